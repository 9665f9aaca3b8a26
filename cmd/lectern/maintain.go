package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

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
	a.show("Everything in %s is in %s now.\n", db.Path(), c.File)
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
	a.show("%s is as it was in %s. The bot answers, but posts nothing until you have seen what it would: lectern deliveries release\n", path, c.File)
	return nil
}

type doctorCmd struct {
	Alive bool `help:"Only ask the bot that runs whether it is ready, by its pages (http.listen)."`
}

func (c *doctorCmd) Run(a *app) error {
	problems := 0
	bad := func(format string, args ...any) {
		problems++
		a.show("✗ "+format+"\n", args...)
	}
	good := func(format string, args ...any) { a.show("✓ "+format+"\n", args...) }
	note := func(format string, args ...any) { a.show("· "+format+"\n", args...) }
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		bad("The settings: %v", err)
	} else {
		good("The settings can be read.")
	}
	if c.Alive && settings.HTTP.Listen != "" { // without pages it is looked at from outside
		text, err := askBot(a.ctx, settings.HTTP.Listen)
		if err != nil {
			bad("%v", err)
			return errShown
		}
		good("%s", text)
		return nil
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
		note("The search index is behind the library; the next search brings it in step.")
	default:
		good("The search index is in step with the library.")
	}
	if _, locked, err := db.Locked(); err == nil && locked && settings.HTTP.Listen != "" {
		if text, err := askBot(a.ctx, settings.HTTP.Listen); err != nil {
			bad("%v", err)
		} else {
			good("%s", text)
		}
	}
	if problems > 0 {
		return errShown
	}
	return nil
}

// askBot asks the bot that runs here whether it lives and is ready.
func askBot(ctx context.Context, listen string) (string, error) {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return "", fmt.Errorf("http.listen: %w", err)
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	for _, page := range []string{"/healthz", "/readyz"} {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+page, http.NoBody)
		if err != nil {
			return "", fmt.Errorf("http.listen: %w", err)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return "", fmt.Errorf("The bot does not answer at %s. Is it running, and with these settings? (%w)", listen, err) //nolint:staticcheck // a person reads it
		}
		text, err := io.ReadAll(io.LimitReader(answer.Body, 4096))
		if err := errors.Join(err, answer.Body.Close()); err != nil {
			return "", err
		}
		if answer.StatusCode != http.StatusOK {
			return "", fmt.Errorf("The bot is not ready: %s", strings.Join(strings.Fields(string(text)), " ")) //nolint:staticcheck // a person reads it
		}
	}
	return "The bot answers at " + listen + ", and is ready.", nil
}

type docsCmd struct{}

func (docsCmd) Run(a *app) error {
	desk := &commands.Desk{Phrases: a.book}
	_, err := fmt.Fprint(a.out, commands.Reference(desk.Dispatcher().Commands))
	return err
}
