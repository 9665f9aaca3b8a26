package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ErrLocked says that another process serves from the database.
var ErrLocked = errors.New("storage: locked")

// Lock makes this process the only one that serves the database. The lock
// stands on a file beside it, is let go by unlock or by the end of the process
// however it ends, and keeps no other command from working. The error is
// ErrLocked if another process has it.
func (db *DB) Lock() (unlock func() error, err error) {
	f, err := os.OpenFile(lockPath(db.path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("storage: lock: %w", err)
	}
	ok, err := tryLock(f)
	switch {
	case err != nil:
		return nil, errors.Join(fmt.Errorf("storage: lock %s: %w", f.Name(), err), f.Close())
	case !ok:
		return nil, errors.Join(fmt.Errorf("%w by process %d", ErrLocked, holder(f)), f.Close())
	}
	// Who has it, for whoever wonders; the lock does not lean on it.
	err = f.Truncate(0)
	if err == nil {
		_, err = f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("storage: lock: %w", err), f.Close())
	}
	// The file stays: to remove it would let two processes lock two files.
	return f.Close, nil
}

// lockPath is the file that is locked for the database at path: one, by
// whatever name the database is opened.
func lockPath(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		path = resolved
	}
	return path + ".lock"
}

// holder is the process that wrote its number into a locked file, 0 if none did.
func holder(f io.ReaderAt) int {
	b := make([]byte, 20)
	n, err := f.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:n])))
	if err != nil {
		return 0
	}
	return pid
}

// Locked reports whether a process serves from the database, and its number
// where it is known.
func (db *DB) Locked() (pid int, locked bool, err error) {
	f, err := os.OpenFile(lockPath(db.path), os.O_RDWR, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("storage: lock: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing is written
	free, err := tryLock(f)
	if err != nil {
		return 0, false, fmt.Errorf("storage: lock: %w", err)
	}
	if free { // closing lets it go again
		return 0, false, nil
	}
	return holder(f), true, nil
}
