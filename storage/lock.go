package storage

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// ErrLocked says that another process serves from the database.
var ErrLocked = errors.New("storage: locked")

// Lock keeps any other process from serving from the same database, until
// unlock is called or the process ends, however it ends. Commands that read
// and write beside it take no lock. It returns ErrLocked if another has it.
func (db *DB) Lock() (unlock func() error, err error) {
	f, err := os.OpenFile(db.path+".lock", os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("storage: lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, fmt.Errorf("storage: lock: %w", err)
	}
	// The file stays: removing it would let two processes lock two files.
	return f.Close, nil
}

// Locked reports whether a process serves from the database.
func (db *DB) Locked() (bool, error) {
	if _, err := os.Stat(db.path + ".lock"); err != nil {
		return false, nil // nobody ever served from it
	}
	unlock, err := db.Lock()
	if errors.Is(err, ErrLocked) {
		return true, nil
	}
	if err != nil {
		return false, err
	}
	return false, unlock()
}
