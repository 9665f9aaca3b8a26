package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mattn/go-sqlite3"
)

// lastBackup is the setting that holds when the last backup was made.
const lastBackup = "last_backup"

// Backup copies the database to a file by SQLite's online backup, while others
// read and write. The file appears whole or not at all; one that is there
// already is an error that is fs.ErrExist.
func (db *DB) Backup(ctx context.Context, path string) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("storage: backup: %s: %w", path, fs.ErrExist)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".lectern-backup-*")
	if err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	name := part.Name()
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	if err := part.Close(); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if err := db.copyTo(ctx, name); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if err := check(ctx, name); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if err := syncFile(name); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	// A link fails if the name was taken meanwhile; a rename would overwrite.
	if err := os.Link(name, path); err != nil {
		if errors.Is(err, fs.ErrExist) {
			return fmt.Errorf("storage: backup: %w", err)
		}
		if err := os.Rename(name, path); err != nil { // a file system without links
			return fmt.Errorf("storage: backup: %w", err)
		}
	} else if err := os.Remove(name); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	if err := syncFile(filepath.Dir(path)); err != nil {
		return fmt.Errorf("storage: backup: %w", err)
	}
	return db.Write(ctx, func(tx *Tx) error { return tx.SaveSetting(ctx, lastBackup, tx.Now.UTC().Format(time.RFC3339)) })
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// copyTo runs the online backup, some pages at a time so that writers get
// their turn.
func (db *DB) copyTo(ctx context.Context, path string) error {
	to, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?mode=rwc&_journal_mode=DELETE&_synchronous=FULL")
	if err != nil {
		return err
	}
	defer to.Close()
	dst, err := to.Conn(ctx)
	if err != nil {
		return err
	}
	defer dst.Close()
	src, err := db.readers.Conn(ctx)
	if err != nil {
		return err
	}
	defer src.Close()
	return dst.Raw(func(d any) error {
		return src.Raw(func(s any) error {
			b, err := d.(*sqlite3.SQLiteConn).Backup("main", s.(*sqlite3.SQLiteConn), "main")
			if err != nil {
				return err
			}
			for {
				done, err := b.Step(2000)
				if err != nil {
					return errors.Join(err, b.Close())
				}
				if done {
					return b.Finish()
				}
				if err := ctx.Err(); err != nil {
					return errors.Join(err, b.Close())
				}
			}
		})
	})
}

// check opens a file and says whether it is a whole database of ours.
func check(ctx context.Context, path string) error {
	db, err := sql.Open("sqlite3", "file:"+escapePath(path)+"?mode=ro")
	if err != nil {
		return err
	}
	defer db.Close()
	var version int
	if err := db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&version); err != nil {
		return fmt.Errorf("%s is not a database of Lectern: %w", path, err)
	}
	if version > Version() {
		return &NewerError{Path: path, Has: version, Know: Version()}
	}
	var ours int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name IN ('work', 'passage', 'text')`).Scan(&ours); err != nil {
		return fmt.Errorf("%s is not a database of Lectern: %w", path, err)
	}
	if ours < 3 || version == 0 {
		return fmt.Errorf("%s is not a database of Lectern", path)
	}
	var verdict string
	if err := db.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("%s is damaged: %s", path, verdict)
	}
	return nil
}

// Restore makes a database from a backup, in a place where there is none. The
// backup is examined first; if anything is wrong with it, nothing is changed.
func Restore(ctx context.Context, backup, path string) (err error) {
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		if _, err := os.Lstat(p); err == nil {
			return fmt.Errorf("storage: restore: %s: %w", p, fs.ErrExist)
		}
	}
	from, err := os.Open(backup)
	if err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	defer from.Close()
	if err := check(ctx, backup); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	part, err := os.CreateTemp(filepath.Dir(path), ".lectern-restore-*")
	if err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	if _, err := io.Copy(part, from); err != nil {
		return errors.Join(fmt.Errorf("storage: restore: %w", err), part.Close())
	}
	if err := errors.Join(part.Sync(), part.Close()); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	if err := check(ctx, part.Name()); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	if err := syncFile(filepath.Dir(path)); err != nil {
		return fmt.Errorf("storage: restore: %w", err)
	}
	return nil
}
