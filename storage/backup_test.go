package storage_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"lectern/storage"
	"lectern/storage/storagetest"
)

// setting reads a setting of the database at path.
func setting(t *testing.T, path, name string) (value string) {
	t.Helper()
	db := storagetest.OpenAt(t, path, &storagetest.Clock{})
	if err := db.Read(t.Context(), func(tx *storage.Tx) (err error) {
		value, err = tx.Setting(t.Context(), name)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return value
}

// done ends a test that could not be prepared.
func done(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// names lists a folder.
func names(t *testing.T, dir string) []string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		out = append(out, f.Name())
	}
	return out
}

func TestBackupWhileOthersWrite(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	filler := strings.Repeat("x", 3000)
	write := func(n int) error {
		return db.Write(ctx, func(tx *storage.Tx) error {
			// Every transaction leaves the two equal.
			if err := tx.SaveSetting(ctx, "left", strconv.Itoa(n)); err != nil {
				return err
			}
			if err := tx.SaveAnswer(ctx, "filler "+strconv.Itoa(n), []byte(filler)); err != nil {
				return err
			}
			return tx.SaveSetting(ctx, "right", strconv.Itoa(n))
		})
	}
	for n := range 500 {
		if err := write(n); err != nil {
			t.Fatal(err)
		}
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	wg.Go(func() {
		for n := 500; !stop.Load(); n++ {
			if err := write(n); err != nil {
				t.Error(err)
				return
			}
		}
	})
	dir := t.TempDir()
	for i := range 5 {
		path := filepath.Join(dir, "backup"+strconv.Itoa(i))
		if err := db.Backup(ctx, path); err != nil {
			t.Errorf("backup: %v", err)
		}
	}
	stop.Store(true)
	wg.Wait()
	if got := names(t, dir); len(got) != 5 {
		t.Errorf("a backup is one file: %v", got)
	}
	for _, name := range names(t, dir) {
		path := filepath.Join(t.TempDir(), "restored.db")
		if err := storage.Restore(ctx, filepath.Join(dir, name), path, storagetest.Start); err != nil {
			t.Fatal(err)
		}
		left, right := setting(t, path, "left"), setting(t, path, "right")
		if left == "" || left != right {
			t.Errorf("%s is of two instants: %q, %q", name, left, right)
		}
		if at := setting(t, path, storage.RestoredAt); at != storagetest.Start.Format(time.RFC3339) {
			t.Errorf("it does not know that it was restored: %q", at)
		}
	}
}

func TestBackupTouchesNothingElse(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	dangling := filepath.Join(dir, "dangling")
	if err := os.Symlink(filepath.Join(dir, "nowhere"), dangling); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{taken, dangling, dir} {
		if err := db.Backup(ctx, path); !errors.Is(err, fs.ErrExist) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if b, err := os.ReadFile(taken); err != nil || string(b) != "precious" {
		t.Errorf("it was written over: %q, %v", b, err)
	}
	if err := db.Backup(ctx, filepath.Join(dir, "no", "backup")); err == nil || !strings.Contains(err.Error(), "no folder") {
		t.Errorf("got %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := db.Backup(cancelled, filepath.Join(dir, "cancelled")); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("something was left: %v", got)
	}
	path := filepath.Join(dir, "backup")
	if err := db.Backup(ctx, path); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
}

func TestRestoreRefuses(t *testing.T) {
	ctx := t.Context()
	db := storagetest.Open(t)
	good := filepath.Join(t.TempDir(), "good")
	if err := db.Backup(ctx, good); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	isA := func(target any) func(error) bool {
		return func(err error) bool { return errors.As(err, target) }
	}
	is := func(target error) func(error) bool {
		return func(err error) bool { return errors.Is(err, target) }
	}
	tests := []struct {
		name    string
		prepare func(t *testing.T, backup, path string)
		ok      func(error) bool
	}{
		{"no backup", func(t *testing.T, backup, _ string) { done(t, os.Remove(backup)) }, is(fs.ErrNotExist)},
		{"a folder", func(t *testing.T, backup, _ string) {
			done(t, os.Remove(backup))
			done(t, os.Mkdir(backup, 0o700))
		}, isA(new(*storage.ForeignError))},
		{"a text", func(t *testing.T, backup, _ string) {
			done(t, os.WriteFile(backup, []byte(strings.Repeat("words ", 500)), 0o600))
		}, isA(new(*storage.ForeignError))},
		{"nothing in it", func(t *testing.T, backup, _ string) { done(t, os.Truncate(backup, 0)) }, isA(new(*storage.ForeignError))},
		{"half of it", func(t *testing.T, backup, _ string) { done(t, os.Truncate(backup, int64(len(sound)/8192*4096))) }, isA(new(*storage.DamagedError))},
		{"a page of noise", func(t *testing.T, backup, _ string) {
			f, err := os.OpenFile(backup, os.O_RDWR, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := f.WriteAt([]byte(strings.Repeat("noise", 4096/5)), 5*4096); err != nil {
				t.Fatal(err)
			}
		}, isA(new(*storage.DamagedError))},
		{"newer", func(t *testing.T, backup, _ string) {
			look(t, backup, func(db *sql.DB) { must(t, db, "PRAGMA user_version = 999") })
		}, isA(new(*storage.NewerError))},
		{"a database is there", func(t *testing.T, _, path string) { done(t, os.WriteFile(path, []byte("mine"), 0o600)) }, is(fs.ErrExist)},
		{"its log is there", func(t *testing.T, _, path string) { done(t, os.WriteFile(path+"-wal", []byte("mine"), 0o600)) }, is(fs.ErrExist)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			backup, dir := filepath.Join(t.TempDir(), "backup"), t.TempDir()
			path := filepath.Join(dir, "a.db")
			if err := os.WriteFile(backup, sound, 0o600); err != nil {
				t.Fatal(err)
			}
			tt.prepare(t, backup, path)
			before := names(t, dir)
			if err := storage.Restore(ctx, backup, path, storagetest.Start); !tt.ok(err) {
				t.Errorf("got %v", err)
			}
			if after := names(t, dir); strings.Join(after, " ") != strings.Join(before, " ") {
				t.Errorf("it left %v", after)
			}
		})
	}
}

func TestDoctor(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	path := filepath.Join(dir, "a.db")
	clock := &storagetest.Clock{}
	db := storagetest.OpenAt(t, path, clock)
	bad := func(part string) {
		t.Helper()
		found, err := db.Doctor(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		for _, f := range found {
			if f.Bad {
				said.WriteString(f.Text + "\n")
			}
		}
		if part == "" && said.String() != "" || !strings.Contains(said.String(), part) {
			t.Errorf("want %q, it said %q", part, said.String())
		}
	}
	remarked := func(part string) {
		t.Helper()
		found, err := db.Doctor(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if strings.Contains(f.Text, part) {
				return
			}
		}
		t.Errorf("it does not say %q: %v", part, found)
	}
	run := func(query string) { t.Helper(); look(t, path, func(db *sql.DB) { must(t, db, query) }) }
	bad("")

	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	bad("chmod 600")
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}

	run(`INSERT INTO reading_group (name, zone, language, created) VALUES ('g', 'UTC', 'en', 0)`)
	bad("") // a bot without a backup is not broken; it is told all the same
	remarked("No backup was made yet")
	if err := db.Backup(ctx, filepath.Join(dir, "backup")); err != nil {
		t.Fatal(err)
	}
	bad("")
	clock.Advance(30 * 24 * time.Hour)
	remarked("The last backup is from 2026-12-01. Make a new one")
	clock.Set(storagetest.Start)

	run(`PRAGMA foreign_keys = 0; INSERT INTO text (id, work, imported) VALUES (7, 99, 0)`)
	bad("point at something that is gone")
	run(`DELETE FROM text`)
	bad("")

	unlock, err := db.Lock()
	if err != nil {
		t.Fatal(err)
	}
	bad("")
	if err := unlock(); err != nil {
		t.Fatal(err)
	}

	for n := range 20 {
		run(`INSERT INTO answer (key, body, at) VALUES ('` + strconv.Itoa(n) + `', hex(randomblob(900)), 0)`)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte(strings.Repeat("noise", 4096/5)), info.Size()-4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	db = storagetest.OpenAt(t, path, clock)
	bad("damaged")
}
