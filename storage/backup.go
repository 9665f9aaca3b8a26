package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"
)

// Settings that backups keep. Values are instants in RFC 3339, in UTC.
const (
	// LastBackup is when a backup was last finished.
	LastBackup = "last_backup"
	// RestoredAt is when the database was made from a backup. Whoever posts
	// must first look which posts were made since the backup: the rows do not
	// know.
	RestoredAt = "restored"
	// OnHold is since when nothing is posted until somebody lets it go on; ""
	// is no hold. A restored database begins so.
	OnHold = "hold"
	// LastTick is when what is due was last looked for.
	LastTick = "last_tick"
)

// backupStep is how many pages are copied before ctx is asked again.
const backupStep = 2048

// A DamagedError says that a database is not sound.
type DamagedError struct{ Path, Detail string }

func (e *DamagedError) Error() string { return e.Path + " is damaged: " + e.Detail }

// A NoFolderError says that the folder of a file that is to be made is missing.
type NoFolderError struct{ Path string }

func (e *NoFolderError) Error() string { return "there is no folder " + e.Path }

// Backup copies the database, as it is at one instant, to a new file at path,
// while others read and write. The file is whole, checked and on the disk when
// Backup returns, or it is not there. The error is fs.ErrExist if something is
// there already.
func (db *DB) Backup(ctx context.Context, path string) error {
	if err := mustNotExist(path); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if err := newFile(path, func(tmp string) error { return copyDatabase(ctx, db.path, tmp) }); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if db.writer == nil {
		return nil
	}
	return db.Write(ctx, func(t *Tx) error {
		return t.SaveSetting(ctx, LastBackup, t.Now.UTC().Format(time.RFC3339))
	})
}

// Restore makes a database at path from a backup. The error is fs.ErrExist if
// there is one, or the remains of one, and fs.ErrNotExist if there is no
// backup. The backup is checked first: one that is damaged is a *DamagedError,
// one that is something else a *ForeignError, and what a newer program wrote a
// *NewerError; then nothing is changed. now is when it happens.
func Restore(ctx context.Context, backup, path string, now time.Time) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := mustNotExist(path + suffix); err != nil {
			return fmt.Errorf("storage: restore: %w", err)
		}
	}
	if info, err := os.Stat(backup); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	} else if !info.Mode().IsRegular() {
		return fmt.Errorf("storage: restore: %w", &ForeignError{Path: backup})
	}
	err := newFile(path, func(tmp string) error {
		if err := copyDatabase(ctx, backup, tmp); err != nil {
			return err
		}
		db, err := pool(tmp, scratch, 1)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES (?1, ?3), (?2, ?3) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			RestoredAt, OnHold, now.UTC().Format(time.RFC3339))
		return errors.Join(err, db.Close())
	})
	if err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	return nil
}

// mustNotExist refuses to write over a file, or over a link that leads nowhere.
func mustNotExist(path string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return fmt.Errorf("%s: %w", path, fs.ErrExist)
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return err
}

// newFile has write fill a file beside dst and then gives it its name, so that
// dst is whole or not there, and nothing is written over.
func newFile(dst string, write func(tmp string) error) (err error) {
	dir := filepath.Dir(dst)
	f, err := os.CreateTemp(dir, "."+filepath.Base(dst)+".*")
	if errors.Is(err, fs.ErrNotExist) {
		return &NoFolderError{Path: dir} // not to be taken for a backup that is missing
	}
	if err != nil {
		return err
	}
	tmp := f.Name()
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
			if e := os.Remove(tmp + suffix); e != nil && !errors.Is(e, fs.ErrNotExist) {
				err = errors.Join(err, e)
			}
		}
	}()
	if err := errors.Join(f.Close(), write(tmp)); err != nil {
		return err
	}
	if f, err = os.OpenFile(tmp, os.O_RDWR, 0); err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	// A link, unlike a new name, fails where dst has appeared meanwhile.
	if err := os.Link(tmp, dst); errors.Is(err, fs.ErrExist) {
		return err
	} else if err != nil { // a disk without links
		if err := mustNotExist(dst); err != nil {
			return err
		}
		if err := os.Rename(tmp, dst); err != nil {
			return err
		}
	}
	return syncDir(dir)
}

// copyDatabase copies a database page by page into the empty file dst and
// checks the copy, which is left without a log beside it.
func copyDatabase(ctx context.Context, src, dst string) error {
	from, err := pool(src, readOnly, 1)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it is only read
	switch at, err := schemaOf(ctx, from, src); {
	case err != nil:
		return err
	case at > Version():
		return &NewerError{Path: src, Has: at, Know: Version()}
	case at == 0:
		return &ForeignError{Path: src}
	}
	to, err := pool(dst, scratch, 1)
	if err != nil {
		return err
	}
	defer func() { _ = to.Close() }() // where all goes well it is closed below
	if err := copyPages(ctx, from, to); damaged(err) {
		return &DamagedError{Path: src, Detail: detail(err)}
	} else if err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if err := oneFile(ctx, to); err != nil {
		return fmt.Errorf("copy: %w", err)
	}
	if found, err := integrity(ctx, to, 1); err != nil {
		return err
	} else if len(found) > 0 {
		return &DamagedError{Path: src, Detail: found[0]}
	}
	return to.Close()
}

// copyPages copies within one read transaction, so that writers neither wait
// for the copy nor make it begin again.
func copyPages(ctx context.Context, from, to *sql.DB) error {
	in, err := from.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // back to its pool
	out, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = out.Close() }() // back to its pool
	if _, err := in.ExecContext(ctx, `BEGIN; SELECT count(*) FROM sqlite_master`); err != nil {
		return err
	}
	defer func() { _, _ = in.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) }() // it wrote nothing
	return in.Raw(func(source any) error {
		return out.Raw(func(target any) error {
			b, err := target.(*sqlite3.SQLiteConn).Backup("main", source.(*sqlite3.SQLiteConn), "main")
			if err != nil {
				return err
			}
			for {
				done, err := b.Step(backupStep)
				if err == nil && !done {
					err = ctx.Err()
				}
				if done || err != nil {
					return errors.Join(err, b.Finish())
				}
			}
		})
	})
}

// oneFile folds the log into the database, so that the file is all there is.
func oneFile(ctx context.Context, db *sql.DB) error {
	var mode string
	if err := db.QueryRowContext(ctx, `PRAGMA journal_mode = DELETE`).Scan(&mode); err != nil {
		return err
	}
	if mode != "delete" {
		return fmt.Errorf("the log stays (%s)", mode)
	}
	return nil
}

// integrity is what SQLite finds wrong with a database, at most limit things.
func integrity(ctx context.Context, db *sql.DB, limit int) (found []string, err error) {
	rows, err := db.QueryContext(ctx, fmt.Sprintf(`PRAGMA integrity_check(%d)`, limit))
	if damaged(err) {
		return []string{err.Error()}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("check: %w", err)
		}
		if s != "ok" {
			found = append(found, s)
		}
	}
	if err := rows.Err(); damaged(err) {
		return append(found, err.Error()), nil
	} else if err != nil {
		return nil, fmt.Errorf("check: %w", err)
	}
	return found, nil
}

// detail is what SQLite itself says of a damage.
func detail(err error) string {
	if e, ok := errors.AsType[sqlite3.Error](err); ok {
		return e.Error()
	}
	return err.Error()
}

// damaged reports whether SQLite says that a database is not sound.
func damaged(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}
