// Package reading knows how a group reads: groups and members, plans and their
// dates, how a text is cut into portions, what is owed when, and how far
// everybody is. It is pure: it reads no clock, opens no database and knows no
// platform.
package reading
