package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mattn/go-sqlite3"

	"lectern/library"
)

// Settings that backups keep. Values are milliseconds since 1970 UTC.
const (
	// LastBackup is when a backup was last finished.
	LastBackup = "backup.last"
	// RestoredAt is when the database was made from a backup. Whoever posts
	// must first look which posts were made since the backup: the rows do not
	// know.
	RestoredAt = "backup.restored"
)

// backupStep is how many pages are copied before ctx is asked again.
const backupStep = 2048

// Backup copies the database, as it is at one instant, to a new file at dst,
// while others read and write. The file is whole, checked and on the disk when
// Backup returns, or it is not there. A dst that exists is a *library.Error.
func (db *DB) Backup(ctx context.Context, dst string) error {
	if err := mustNotExist(dst, "backup_exists"); err != nil {
		return err
	}
	if err := newFile(dst, "backup_exists", func(tmp string) error { return copyDatabase(ctx, db.path, tmp) }); err != nil {
		return err
	}
	if db.writer == nil {
		return nil
	}
	return db.Write(ctx, func(t *Tx) error {
		return t.SaveSetting(ctx, LastBackup, strconv.FormatInt(t.ms(), 10))
	})
}

// Restore makes a database at dst from the backup at src. There must be no
// database at dst, not even the remains of one. The backup is checked before
// dst appears: what is missing, damaged or no backup is a *library.Error, what
// a newer program wrote a *NewerError. now is when it happens.
func Restore(ctx context.Context, src, dst string, now time.Time) error {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := mustNotExist(dst+suffix, "restore_exists"); err != nil {
			return err
		}
	}
	if info, err := os.Stat(src); err != nil || !info.Mode().IsRegular() {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("storage: restore: %w", err)
		}
		return badBackup("backup_missing", src, "")
	}
	return newFile(dst, "restore_exists", func(tmp string) error {
		if err := copyDatabase(ctx, src, tmp); err != nil {
			return err
		}
		db, err := pool(tmp, scratch, 1)
		if err != nil {
			return err
		}
		_, err = db.ExecContext(ctx, `INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
			RestoredAt, strconv.FormatInt(now.UnixMilli(), 10))
		return errors.Join(wrap("restore", err), db.Close())
	})
}

func badBackup(reason, file, detail string) error {
	return &library.Error{Code: library.BadFile, Reason: reason, Args: map[string]any{"File": file, "Detail": detail}}
}

// mustNotExist refuses to write over a file, or over a link that leads nowhere.
func mustNotExist(path, reason string) error {
	_, err := os.Lstat(path)
	switch {
	case err == nil:
		return badBackup(reason, path, "")
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	return fmt.Errorf("storage: %w", err)
}

// newFile has make write a file beside dst and then gives it its name, so that
// dst is whole or not there, and nothing is written over; exists is the reason
// given where something is.
func newFile(dst, exists string, write func(tmp string) error) (err error) {
	dir := filepath.Dir(dst)
	f, err := os.CreateTemp(dir, "."+filepath.Base(dst)+".*")
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return badBackup("no_folder", dir, "")
		}
		return fmt.Errorf("storage: %w", err)
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
		return fmt.Errorf("storage: %w", err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	// A link, unlike a new name, fails where dst has appeared meanwhile.
	switch err := os.Link(tmp, dst); {
	case errors.Is(err, fs.ErrExist):
		return badBackup(exists, dst, "")
	case err != nil: // no links on this disk
		if err := mustNotExist(dst, exists); err != nil {
			return err
		}
		if err := os.Rename(tmp, dst); err != nil {
			return fmt.Errorf("storage: %w", err)
		}
	}
	if err := syncDir(dir); err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	return nil
}

// copyDatabase copies a database page by page into the empty file dst and
// checks the copy, which is left without a log beside it.
func copyDatabase(ctx context.Context, src, dst string) error {
	from, err := pool(src, readOnly, 1)
	if err != nil {
		return err
	}
	defer from.Close()
	if at, err := schemaOf(ctx, from, src); err != nil {
		if _, ok := errors.AsType[*ForeignError](err); ok {
			return badBackup("backup_foreign", src, "")
		}
		if damaged(err) {
			return badBackup("backup_damaged", src, err.Error())
		}
		return err
	} else if at > Version() {
		return &NewerError{Path: src, Has: at, Know: Version()}
	} else if at == 0 {
		return badBackup("backup_foreign", src, "")
	}
	to, err := pool(dst, scratch, 1)
	if err != nil {
		return err
	}
	defer to.Close()
	if err := copyPages(ctx, from, to); err != nil {
		if damaged(err) {
			return badBackup("backup_damaged", src, err.Error())
		}
		return err
	}
	if err := oneFile(ctx, to); err != nil {
		return fmt.Errorf("storage: copy: %w", err)
	}
	if found, err := integrity(ctx, to, 1); err != nil {
		return err
	} else if len(found) > 0 {
		return badBackup("backup_damaged", src, found[0])
	}
	if err := to.Close(); err != nil {
		return fmt.Errorf("storage: copy: %w", err)
	}
	return nil
}

// copyPages copies within one read transaction, so that writers neither wait
// for the copy nor make it begin again.
func copyPages(ctx context.Context, from, to *sql.DB) error {
	fail := func(err error) error { return fmt.Errorf("storage: copy: %w", err) }
	in, err := from.Conn(ctx)
	if err != nil {
		return fail(err)
	}
	defer in.Close()
	out, err := to.Conn(ctx)
	if err != nil {
		return fail(err)
	}
	defer out.Close()
	if _, err := in.ExecContext(ctx, `BEGIN; SELECT count(*) FROM sqlite_master`); err != nil {
		return fail(err)
	}
	defer func() { _, _ = in.ExecContext(context.WithoutCancel(ctx), `ROLLBACK`) }() // it wrote nothing
	err = in.Raw(func(source any) error {
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
	if err != nil {
		return fail(err)
	}
	return nil
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
		return nil, fmt.Errorf("storage: check: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, fmt.Errorf("storage: check: %w", err)
		}
		if s != "ok" {
			found = append(found, s)
		}
	}
	if err := rows.Err(); damaged(err) {
		return append(found, err.Error()), nil
	} else if err != nil {
		return nil, fmt.Errorf("storage: check: %w", err)
	}
	return found, nil
}

// damaged reports whether SQLite says that a database is not sound.
func damaged(err error) bool {
	e, ok := errors.AsType[sqlite3.Error](err)
	return ok && (e.Code == sqlite3.ErrCorrupt || e.Code == sqlite3.ErrNotADB)
}
