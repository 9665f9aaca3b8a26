// Package archtest holds the rules of the house that a compiler does not know:
// who may import whom, where SQL may stand, where a platform may be named, and
// that every package says what it is for. There is no code in it, only tests;
// docs/architecture.md gives the reasons.
package archtest
