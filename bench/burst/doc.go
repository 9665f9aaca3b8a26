// Package burst lets the announcements of thousands of groups fall due in the
// same minute, at a platform that takes fifty requests a second and refuses
// more, while people go on asking. "make burst" runs it and ends with the line
//
//	G posts in S s: U % of the limit, Q refused, p99 command C ms
//
// It is a test, since the clock is a fake one (testing/synctest) that stands
// while anything works: S, U and Q are what the engine does, whatever else the
// machine does at the time. The database is real, and commands are timed by the
// real clock while posts that should take minutes are written in a fraction of
// that. With -real everything is on the real clock.
package burst
