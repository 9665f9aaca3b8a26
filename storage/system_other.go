//go:build !(linux || darwin || freebsd)

package storage

import (
	"errors"
	"os"
)

// Without a lock two processes could post everything twice, so there is no
// serving where the system is not known to have one.
func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }

func freeSpace(string) (int64, error) { return 0, errors.ErrUnsupported }

func syncDir(string) error { return nil }

func mayWrite(string) error { return nil }
