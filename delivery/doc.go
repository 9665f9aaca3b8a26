// Package delivery posts what is owed: it turns what plans have scheduled into
// deliveries, one row for each post and room, sends them in order, and records
// what became of each, so that a process killed at any instant loses nothing
// and posts nothing twice, and so that "why?" has an answer.
//
// A delivery is claimed in one transaction, sent outside any, and settled in
// another. The token goes along with the post; a send whose outcome is not
// known is looked up in the room before it is tried again.
package delivery
