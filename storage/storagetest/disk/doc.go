// Package disk is a disk for tests: it stands between SQLite and the system,
// notes what is written and when it is flushed, so that a power cut can be
// played at any instant of it, and fails as it is told to. It is SQLite's own
// way in for such things, a VFS (https://sqlite.org/vfs.html).
//
// Only tests import it.
package disk
