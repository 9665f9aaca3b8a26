//go:build linux || darwin || freebsd

package storage

import (
	"errors"
	"os"
	"syscall"
)

// tryLock takes an advisory lock on a file, or reports that another has it.
// The kernel lets it go when the file is closed or the process ends.
func tryLock(f *os.File) (bool, error) {
	for {
		switch err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		case !errors.Is(err, syscall.EINTR):
			return false, err
		}
	}
}

// freeSpace is how many bytes may still be written to the disk that holds path.
func freeSpace(path string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(path, &st); err != nil {
		return 0, &os.PathError{Op: "statfs", Path: path, Err: err}
	}
	return int64(st.Bavail) * int64(st.Bsize), nil //nolint:unconvert // the types differ between systems
}

// syncDir makes a new name in a folder last.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// mayWrite says why a file cannot be written to. It does not open it: closing
// it would let go of SQLite's locks.
func mayWrite(path string) error {
	const writeOK = 2
	if err := syscall.Access(path, writeOK); err != nil {
		return &os.PathError{Op: "write", Path: path, Err: err}
	}
	return nil
}
