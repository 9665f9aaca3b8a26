package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"lectern/commands"
	"lectern/library"
	"lectern/library/search"
	"lectern/storage"
)

type backupCmd struct {
	File string `arg:"" help:"The file to write; it must not be there yet."`
}

func (c *backupCmd) Run(a *app) error {
	db, err := a.open()
	if err != nil {
		return err
	}
	defer db.Close()
	err = db.Backup(a.ctx, c.File)
	switch {
	case errors.Is(err, fs.ErrExist):
		return &library.Error{Code: library.BadFile, Reason: "backup_exists", Args: map[string]any{"File": c.File}}
	case err != nil:
		return err
	}
	fmt.Fprintf(a.out, "Everything in %s is in %s now.\n", db.Path(), c.File)
	return nil
}

type restoreCmd struct {
	File string `arg:"" help:"The backup."`
}

func (c *restoreCmd) Run(a *app) error {
	path, err := a.path()
	if err != nil {
		return err
	}
	err = storage.Restore(a.ctx, c.File, path, a.now())
	switch {
	case errors.Is(err, fs.ErrExist):
		return &library.Error{Code: library.Forbidden, Reason: "restore_exists", Args: map[string]any{"File": path}}
	case errors.Is(err, fs.ErrNotExist):
		return &library.Error{Code: library.NotFound, Reason: "backup_missing", Args: map[string]any{"File": c.File}}
	case err != nil:
		if e, ok := errors.AsType[*library.Error](mistake(err)); ok { // what is wrong is the backup
			e.Reason = strings.Replace(e.Reason, "database_", "backup_", 1)
			return e
		}
		return err
	}
	fmt.Fprintf(a.out, "%s is as it was in %s.\n", path, c.File)
	return nil
}

type doctorCmd struct{}

func (doctorCmd) Run(a *app) error {
	problems := 0
	bad := func(format string, args ...any) {
		problems++
		fmt.Fprintf(a.out, "✗ "+format+"\n", args...)
	}
	good := func(format string, args ...any) { fmt.Fprintf(a.out, "✓ "+format+"\n", args...) }
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		bad("The settings: %v", err)
	} else {
		good("The settings can be read.")
	}
	for _, w := range settings.Warnings {
		bad("%s", w)
	}
	path, err := a.path()
	if err != nil {
		return errShown
	}
	if _, err := os.Stat(path); err != nil {
		bad("There is no database at %s yet. It is made when a book is brought in or the bot starts; --db names another.", path)
		return errShown
	}
	db, err := storage.Open(a.ctx, path, storage.Options{Now: a.now})
	if err != nil {
		bad("The database cannot be opened: %s", a.sentence(mistake(err)))
		return errShown
	}
	defer db.Close()
	findings, err := db.Doctor(a.ctx)
	if err != nil {
		bad("The database cannot be examined: %v", err)
		return errShown
	}
	for _, f := range findings {
		if f.Bad {
			bad("%s", f.Text)
		} else {
			good("%s", f.Text)
		}
	}
	stale := false
	err = db.Read(a.ctx, func(tx *storage.Tx) error {
		stale, err = search.Stale(a.ctx, tx.SQL())
		return err
	})
	switch {
	case err != nil:
		bad("The search index cannot be read: %v. Build it anew: lectern library reindex", err)
	case stale:
		good("The search index is behind the library; the next search brings it in step.")
	default:
		good("The search index is in step with the library.")
	}
	if problems > 0 {
		return errShown
	}
	return nil
}

type docsCmd struct{}

func (docsCmd) Run(a *app) error {
	desk := &commands.Desk{Phrases: a.book}
	_, err := fmt.Fprint(a.out, commands.Reference(desk.Dispatcher().Commands))
	return err
}
