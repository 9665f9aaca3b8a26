package storage

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-sqlite3"
)

const (
	busyTimeout = 5 * time.Second
	// A log that a long read let grow is cut back to this at the next
	// checkpoint, in bytes.
	journalLimit = 16 << 20
)

// A mode is what a connection may do.
type mode string

const (
	readWrite mode = "rw"
	readOnly  mode = "ro"
	// probe looks at a file that may not be ours. It writes nothing, but may:
	// else SQLite could not read what a process left that ended badly.
	probe mode = "probe"
	// scratch writes a file that nobody knows of yet; whoever gives it its name
	// sees to it that it is on the disk.
	scratch mode = "scratch"
)

// dsn is the name under which the driver opens the file at path. Settings that
// hold for a connection stand here: a PRAGMA through a pool reaches only one.
func dsn(path string, m mode) (string, error) {
	// An absolute path cannot be mistaken for ":memory:" or a host.
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("storage: %w", err)
	}
	q := url.Values{}
	q.Set("mode", string(m))
	q.Set("_busy_timeout", fmt.Sprint(busyTimeout.Milliseconds()))
	q.Set("_foreign_keys", "1")
	q.Set("_stmt_cache_size", "64")
	switch m {
	case readOnly:
	case probe:
		q.Set("mode", string(readWrite))
	case scratch:
		q.Set("mode", string(readWrite))
		q.Set("_journal_mode", "DELETE")
		q.Set("_synchronous", "OFF")
	case readWrite:
		q.Set("_journal_mode", "WAL")
		q.Set("_synchronous", "FULL") // what people were promised survives a power cut
		q.Set("_txlock", "immediate")
		q.Set("_secure_delete", "FAST") // what people had erased is written over where it stood
	}
	// A path may hold ?, # and %.
	parts := strings.Split(filepath.ToSlash(abs), "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "file:" + strings.Join(parts, "/") + "?" + q.Encode(), nil
}

// pool opens a pool of n connections to the file at path.
func pool(path string, m mode, n int) (*sql.DB, error) {
	name, err := dsn(path, m)
	if err != nil {
		return nil, err
	}
	db := sql.OpenDB(&connector{dsn: name, driver: &sqlite3.SQLiteDriver{ConnectHook: func(c *sqlite3.SQLiteConn) error {
		_, err := c.Exec(fmt.Sprintf("PRAGMA journal_size_limit = %d", journalLimit), nil)
		return err
	}}})
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db, nil
}

// A connector opens connections without a driver registered for the whole
// process.
type connector struct {
	dsn    string
	driver *sqlite3.SQLiteDriver
}

// Driver is part of driver.Connector.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect opens a connection. A new file becomes one with a write-ahead log
// under a lock for which SQLite does not wait, so two processes that open it at
// once need another try.
func (c *connector) Connect(ctx context.Context) (driver.Conn, error) {
	const step = 10 * time.Millisecond
	for tries := 0; ; tries++ {
		conn, err := c.driver.Open(c.dsn)
		if err == nil || !busy(err) || tries >= int(busyTimeout/step) {
			return conn, err
		}
		wait := time.NewTimer(step)
		select {
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		case <-wait.C:
		}
	}
}

// busy reports whether another connection held a lock for too long.
func busy(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrBusy || e.Code == sqlite3.ErrLocked)
}

// notDatabase reports whether SQLite says that a file is none of its own.
func notDatabase(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && e.Code == sqlite3.ErrNotADB
}
