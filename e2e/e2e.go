// Package e2e tries the whole: a real homeserver, the real program, and people
// who write into a room. It is a module of its own, so that what it needs stays
// out of the program's.
package e2e
