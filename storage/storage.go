// Package storage is the database: one SQLite file with everything that a
// group would miss. Queries are methods of Tx; SQL stands nowhere else but in
// the index's own package.
//
// One connection writes and several read. Settings stand in the DSN, since a
// PRAGMA through a pool reaches one connection only.
package storage

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"sync"
	"time"
)

//go:generate go test -tags sqlite_fts5 -run TestSchema -update .

//go:embed migrations/*.sql
var migrations embed.FS

// Options says how a database is opened.
type Options struct {
	// Now is the clock. There must be one.
	Now func() time.Time
	// ReadOnly opens a database that must be there already, and writes nothing.
	ReadOnly bool
}

// A DB is an open database. It is safe for concurrent use.
type DB struct {
	path    string
	now     func() time.Time
	writer  *sql.DB
	readers *sql.DB
	// outlines is apart, so that whoever reads or writes may open a work: with
	// readers alone, as many as there are connections could wait for one more.
	outlines *sql.DB

	mu      sync.Mutex
	changed chan struct{}
}

// A NewerError says that a newer program wrote the database.
type NewerError struct {
	Path      string
	Has, Know int
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("%s was written by a newer Lectern (schema %d; this one knows %d): install that version, or restore a backup from before the update", e.Path, e.Has, e.Know)
}

// Open opens the database at path, makes it if it is not there, and brings it
// up to date. A database that is newer than the program is a *NewerError.
func Open(ctx context.Context, path string, opt Options) (*DB, error) {
	if opt.Now == nil {
		return nil, errors.New("storage: open: no clock was given")
	}
	db := &DB{path: path, now: opt.Now, changed: make(chan struct{})}
	if opt.ReadOnly {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("storage: %w", err)
		}
	} else if info, err := os.Stat(path); err == nil && info.IsDir() {
		return nil, &ForeignError{Path: path}
	} else if err := create(ctx, path); err != nil {
		return nil, fmt.Errorf("storage: make a database: %w", err)
	}
	// What is not ours, or newer, is refused before anything is written to it.
	if err := db.check(ctx, opt.ReadOnly); err != nil {
		return nil, err
	}
	var err error
	if !opt.ReadOnly {
		if db.writer, err = pool(path, readWrite, 1); err != nil {
			return nil, err
		}
		if err := db.migrate(ctx); err != nil {
			return nil, errors.Join(err, db.Close())
		}
	}
	if db.readers, err = pool(path, readOnly, 4); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if db.outlines, err = pool(path, readOnly, 1); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// create makes a database where there is none. It appears whole, and can be
// read by its owner alone: it will hold what people said they have read.
func create(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	err := newFile(path, func(tmp string) error {
		db := &DB{path: tmp}
		var err error
		if db.writer, err = pool(tmp, readWrite, 1); err != nil {
			return err
		}
		return errors.Join(db.migrate(ctx), db.Close())
	})
	if errors.Is(err, fs.ErrExist) { // another process was faster
		return nil
	}
	return err
}

// Close ends every connection; the last one checkpoints the log.
func (db *DB) Close() error {
	var errs []error
	if db.outlines != nil {
		errs = append(errs, db.outlines.Close())
	}
	if db.readers != nil {
		errs = append(errs, db.readers.Close())
	}
	if db.writer != nil {
		errs = append(errs, db.writer.Close())
	}
	return errors.Join(errs...)
}

// Path is where the database is.
func (db *DB) Path() string { return db.path }

// Read runs fn in a transaction that sees one state and changes nothing.
func (db *DB) Read(ctx context.Context, fn func(*Tx) error) error {
	return read(ctx, db.readers, db.now(), fn)
}

func read(ctx context.Context, from *sql.DB, now time.Time, fn func(*Tx) error) error {
	tx, err := from.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("storage: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it wrote nothing
	return fn(&Tx{tx: tx, Now: now})
}

// Write runs fn in a transaction and commits it if fn returns nil. Writers
// come one after another; fn must not wait for anything but the database.
func (db *DB) Write(ctx context.Context, fn func(*Tx) error) error {
	if db.writer == nil {
		return errors.New("storage: the database is open for reading only")
	}
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("storage: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // after a commit it does nothing
	if err := fn(&Tx{tx: tx, Now: db.now()}); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil { // it was rolled back when ctx ended
			err = ctx.Err()
		}
		return fmt.Errorf("storage: commit: %w", err)
	}
	db.announce()
	return nil
}

// errRehearsed rolls a rehearsal back.
var errRehearsed = errors.New("storage: rehearsed")

// Rehearse runs fn as Write does, and leaves everything as it was: to show what
// a change would do, by doing it.
func (db *DB) Rehearse(ctx context.Context, fn func(*Tx) error) error {
	err := db.Write(ctx, func(tx *Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errRehearsed
	})
	if errors.Is(err, errRehearsed) {
		return nil
	}
	return err
}

// Changed is closed when this process next commits a change, or Watch sees
// that another has.
func (db *DB) Changed() <-chan struct{} {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.changed
}

func (db *DB) announce() {
	db.mu.Lock()
	defer db.mu.Unlock()
	close(db.changed)
	db.changed = make(chan struct{})
}

// Watch notices what other processes change, by PRAGMA data_version on a
// connection of its own, until ctx ends. It wakes waiters for what this process
// changes too, at most once in every interval.
func (db *DB) Watch(ctx context.Context, every time.Duration) error {
	conn, err := pool(db.path, readOnly, 1)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // it is only read
	tick := time.NewTicker(every)
	defer tick.Stop()
	var last int64 = -1
	for {
		var now int64
		if err := conn.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&now); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("storage: watch: %w", err)
		}
		if last >= 0 && now != last {
			db.announce()
		}
		last = now
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// Version is the newest schema that this program knows.
func Version() int {
	files, _ := fs.Glob(migrations, "migrations/*.sql") // the pattern is right
	return len(files)
}

// migrate applies the migrations that the database lacks, each in a
// transaction of its own. Two processes may do so at once: the second waits.
func (db *DB) migrate(ctx context.Context) error {
	files, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	for i := 0; ; i++ {
		done, err := db.migrateOne(ctx, files)
		if err != nil || done {
			return err
		}
		if i > len(files) {
			return errors.New("storage: migrations do not end")
		}
	}
}

func (db *DB) migrateOne(ctx context.Context, files []string) (done bool, err error) {
	tx, err := db.writer.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("storage: %s: %w", db.path, err)
	}
	defer func() { _ = tx.Rollback() }()
	at, err := schemaOf(ctx, tx, db.path)
	if err != nil {
		return false, err
	}
	if at > len(files) {
		return false, &NewerError{Path: db.path, Has: at, Know: len(files)}
	}
	if at == len(files) {
		return true, nil
	}
	text, err := migrations.ReadFile(files[at])
	if err != nil {
		return false, fmt.Errorf("storage: %w", err)
	}
	if _, err := tx.ExecContext(ctx, string(text)); err != nil {
		return false, fmt.Errorf("storage: %s: %w", files[at], err)
	}
	if _, err := tx.ExecContext(ctx, `PRAGMA user_version = `+strconv.Itoa(at+1)); err != nil {
		return false, fmt.Errorf("storage: %s: %w", files[at], err)
	}
	return false, wrap(files[at], tx.Commit())
}

// check refuses a database that this program cannot work with, and unless it
// will be brought up to date, an older one.
func (db *DB) check(ctx context.Context, current bool) error {
	m := probe
	if current {
		m = readOnly
	}
	conn, err := pool(db.path, m, 1)
	if err != nil {
		return err
	}
	at, err := schemaOf(ctx, conn, db.path)
	err = errors.Join(err, conn.Close())
	switch {
	case err != nil:
		return err
	case at > Version():
		return &NewerError{Path: db.path, Has: at, Know: Version()}
	case current && at < Version():
		return fmt.Errorf("storage: %s is of an older Lectern (schema %d; this one knows %d) and can only be read once it was opened for writing", db.path, at, Version())
	}
	return nil
}

// A ForeignError says that a file is not a database of ours.
type ForeignError struct{ Path string }

func (e *ForeignError) Error() string {
	return e.Path + " is not a database of Lectern's: give it another file with --db"
}

// appID marks a database as ours, in its header ("Lctn").
const appID = 0x4C63746E

// schemaOf is the version of the schema of a database, 0 if it is empty. A
// file that is something else is a *ForeignError.
func schemaOf(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}, path string) (at int, err error) {
	var id, tables int
	err = q.QueryRowContext(ctx, `SELECT (SELECT user_version FROM pragma_user_version), (SELECT application_id FROM pragma_application_id),
		(SELECT count(*) FROM sqlite_master)`).Scan(&at, &id, &tables)
	switch {
	case notDatabase(err):
		return 0, &ForeignError{Path: path}
	case damaged(err):
		return 0, &DamagedError{Path: path, Detail: detail(err)}
	case err != nil:
		return 0, fmt.Errorf("storage: %s: %w", path, err)
	case id != appID && (at != 0 || tables != 0):
		return 0, &ForeignError{Path: path}
	}
	return at, nil
}
