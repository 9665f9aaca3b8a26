package storage_test

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // to look at a database from outside

	"lectern/storage"
	"lectern/storage/storagetest"
)

// helper makes the test binary do something in a process of its own; see
// TestMain.
const helper = "LECTERN_STORAGE_HELPER"

func TestMain(m *testing.M) {
	path := os.Getenv("LECTERN_STORAGE_PATH")
	switch os.Getenv(helper) {
	case "":
		os.Exit(m.Run())
	case "open":
		os.Exit(helperOpen(path))
	case "write":
		os.Exit(helperWrite(path))
	case "lock":
		os.Exit(helperLock(path))
	}
	os.Exit(3)
}

func command(t *testing.T, what, path string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), self)
	c.Env = append(os.Environ(), helper+"="+what, "LECTERN_STORAGE_PATH="+path)
	c.Stderr = os.Stderr
	return c
}

// look runs fn on the database as another program would see it.
func look(t *testing.T, path string, fn func(*sql.DB)) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	fn(db)
}

func must(t *testing.T, db *sql.DB, query string) {
	t.Helper()
	if _, err := db.Exec(query); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
}

func TestOpenByAnyName(t *testing.T) {
	for _, name := range []string{"plain.db", "with space.db", "what?.db", "50%.db", "%41.db", "a#b.db", "a&mode=memory.db", ":memory:", "file:x.db", "Bücher.db", "a;b'c\".db"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir)
			db := storagetest.OpenAt(t, name, &storagetest.Clock{})
			if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.SaveSetting(t.Context(), "a", "b") }); err != nil {
				t.Fatal(err)
			}
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			if info.Mode().Perm() != 0o600 {
				t.Errorf("others may look: %v", info.Mode())
			}
			files, err := os.ReadDir(dir)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				if !strings.HasPrefix(f.Name(), name) {
					t.Errorf("%q is another file", f.Name())
				}
			}
		})
	}
}

func TestSettingsHoldOnEveryConnection(t *testing.T) {
	db := storagetest.Open(t)
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000", "secure_delete": "2"}
	if err := db.Write(t.Context(), func(tx *storage.Tx) error {
		for name, value := range want {
			var got string
			if err := tx.SQL().QueryRow("PRAGMA " + name).Scan(&got); err != nil {
				return err
			}
			if got != value {
				t.Errorf("the writer: %s = %s", name, got)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	// Eight readers at once use every connection there is.
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			err := db.Read(t.Context(), func(tx *storage.Tx) error {
				var keys string
				if err := tx.SQL().QueryRow("PRAGMA foreign_keys").Scan(&keys); err != nil {
					return err
				}
				if keys != "1" {
					t.Errorf("a reader: foreign_keys = %s", keys)
				}
				if _, err := tx.SQL().Exec("DELETE FROM counter"); err == nil {
					t.Error("a reader wrote")
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func helperOpen(path string) int {
	db, err := storage.Open(context.Background(), path, storage.Options{Now: time.Now})
	if err == nil {
		err = db.Write(context.Background(), func(tx *storage.Tx) error {
			return tx.SaveAnswer(context.Background(), "a", []byte("b"))
		})
	}
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	return 0
}

func TestManyOpenANewDatabaseAtOnce(t *testing.T) {
	for range 5 {
		path := filepath.Join(t.TempDir(), "new.db")
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				if err := command(t, "open", path).Run(); err != nil {
					t.Errorf("another process: %v", err)
				}
			})
		}
		for range 3 {
			wg.Go(func() {
				db, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now})
				if err != nil {
					t.Errorf("the same process: %v", err)
					return
				}
				if err := db.Close(); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
	}
}

func TestOpenRefuses(t *testing.T) {
	t.Run("a newer database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		storagetest.OpenAt(t, path, &storagetest.Clock{}).Close()
		look(t, path, func(db *sql.DB) { must(t, db, "PRAGMA user_version = 999") })
		_, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now})
		newer, ok := errors.AsType[*storage.NewerError](err)
		if !ok || newer.Has != 999 || newer.Know != storage.Version() || newer.Path != path {
			t.Errorf("got %v", err)
		}
	})
	t.Run("another program's database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		look(t, path, func(db *sql.DB) { must(t, db, "CREATE TABLE bookmarks (a); PRAGMA user_version = 2") })
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = storage.Open(t.Context(), path, storage.Options{Now: time.Now})
		if _, ok := errors.AsType[*storage.ForeignError](err); !ok {
			t.Errorf("got %v", err)
		}
		if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
			t.Errorf("it was changed: %v", err)
		}
	})
	t.Run("a file that is no database", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.txt")
		if err := os.WriteFile(path, []byte(strings.Repeat("a book, not a database\n", 100)), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now})
		if _, ok := errors.AsType[*storage.ForeignError](err); !ok {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a folder that is not there", func(t *testing.T) {
		_, err := storage.Open(t.Context(), filepath.Join(t.TempDir(), "no", "a.db"), storage.Options{Now: time.Now})
		if err == nil || !strings.Contains(err.Error(), "there is no folder") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("to make one when only reading", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a.db")
		if _, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now, ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("got %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("it was made")
		}
	})
	t.Run("to go on without a clock", func(t *testing.T) {
		if _, err := storage.Open(t.Context(), filepath.Join(t.TempDir(), "a.db"), storage.Options{}); err == nil {
			t.Error("it opened")
		}
	})
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	storagetest.OpenAt(t, path, &storagetest.Clock{}).Close()
	db, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.LibraryRevision(t.Context())
		return err
	}); err != nil {
		t.Error(err)
	}
	if err := db.Write(t.Context(), func(*storage.Tx) error { return nil }); err == nil {
		t.Error("it wrote")
	}
}

func TestWriteIsAllOrNothing(t *testing.T) {
	db := storagetest.Open(t)
	ctx := t.Context()
	stop := errors.New("stop")
	save := func(tx *storage.Tx) error { return tx.SaveSetting(ctx, "a", "b") }
	if err := db.Write(ctx, func(tx *storage.Tx) error {
		if err := save(tx); err != nil {
			return err
		}
		return stop
	}); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
	func() {
		defer func() { _ = recover() }()
		_ = db.Write(ctx, func(tx *storage.Tx) error {
			if err := save(tx); err != nil {
				t.Error(err)
			}
			panic("oh")
		})
	}()
	if err := db.Read(ctx, func(tx *storage.Tx) error {
		v, err := tx.Setting(ctx, "a")
		if v != "" {
			t.Error("half of a transaction stayed")
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := db.Write(ctx, save); err != nil {
		t.Errorf("after a panic: %v", err)
	}
}

func TestChangedWakesEveryone(t *testing.T) {
	db := storagetest.Open(t)
	ctx := t.Context()
	first, second := db.Changed(), db.Changed()
	if err := db.Write(ctx, func(*storage.Tx) error { return errors.New("no") }); err == nil {
		t.Fatal("it committed")
	}
	select {
	case <-first:
		t.Fatal("woken by what was not committed")
	default:
	}
	if err := db.Write(ctx, func(tx *storage.Tx) error { return tx.SaveSetting(ctx, "a", "b") }); err != nil {
		t.Fatal(err)
	}
	<-first
	<-second
	select {
	case <-db.Changed():
		t.Error("the next change is not yet there")
	default:
	}
}

func TestWatchSeesAnotherProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := storagetest.OpenAt(t, path, &storagetest.Clock{})
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := db.Watch(ctx, time.Millisecond); err != nil {
			t.Errorf("watch: %v", err)
		}
	})
	changed := db.Changed()
	if err := command(t, "open", path).Run(); err != nil {
		t.Fatal(err)
	}
	<-changed
	stop()
	wg.Wait()
	if err := db.Read(t.Context(), func(tx *storage.Tx) error {
		_, ok, err := tx.Answer(t.Context(), "a")
		if !ok {
			t.Error("what it wrote is not there")
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func helperWrite(path string) int {
	db, err := storage.Open(context.Background(), path, storage.Options{Now: time.Now})
	for n := 0; err == nil; n++ {
		err = db.Write(context.Background(), func(tx *storage.Tx) error {
			return tx.SaveAnswer(context.Background(), strconv.Itoa(n), []byte("promised"))
		})
		if err == nil {
			_, err = fmt.Println(n)
		}
	}
	_, _ = fmt.Fprintln(os.Stderr, err)
	return 1
}

// TestWhatWasPromisedSurvivesAKill kills a writer in the middle, again and
// again, on one file.
func TestWhatWasPromisedSurvivesAKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	for round := range 5 {
		c := command(t, "write", path)
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		said := bufio.NewScanner(out)
		last := ""
		for range 20 + round*17 {
			if !said.Scan() {
				t.Fatal("the writer ended by itself")
			}
			last = said.Text()
		}
		if err := c.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		for said.Scan() {
			last = said.Text()
		}
		_ = c.Wait() // it was killed
		db := storagetest.OpenAt(t, path, &storagetest.Clock{})
		if err := db.Read(t.Context(), func(tx *storage.Tx) error {
			_, ok, err := tx.Answer(t.Context(), last)
			if !ok {
				t.Errorf("%s is lost", last)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		found, err := db.Doctor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Bad {
				t.Error(f.Text)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What buttons carry is kept until nothing has carried it for long.
func TestCarried(t *testing.T) {
	clock := &storagetest.Clock{}
	db := storagetest.OpenAt(t, filepath.Join(t.TempDir(), "a.db"), clock)
	ctx := t.Context()
	step := func(want string, fn func(tx *storage.Tx) error) {
		t.Helper()
		err := db.Write(ctx, func(tx *storage.Tx) error {
			if err := fn(tx); err != nil {
				return err
			}
			var got strings.Builder
			for _, key := range []string{"a", "b"} {
				body, ok, err := tx.Carried(ctx, key)
				if err != nil {
					return err
				}
				if ok {
					got.WriteString(string(body))
				}
			}
			if got.String() != want {
				t.Errorf("kept are %q, want %q", got.String(), want)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	prune := func(tx *storage.Tx) error { return tx.PruneCarried(ctx, 36*time.Hour) }
	step("A", func(tx *storage.Tx) error { return tx.Carry(ctx, "a", []byte("A")) })
	step("AB", func(tx *storage.Tx) error { return tx.Carry(ctx, "b", []byte("B")) })
	clock.Advance(24 * time.Hour)
	step("AB", func(tx *storage.Tx) error { return tx.Carry(ctx, "b", []byte("B")) })
	clock.Advance(24 * time.Hour)
	step("B", prune)
	clock.Advance(24 * time.Hour)
	step("", prune)
}

func TestAnswers(t *testing.T) {
	clock := &storagetest.Clock{}
	db := storagetest.OpenAt(t, filepath.Join(t.TempDir(), "a.db"), clock)
	ctx := t.Context()
	write := func(fn func(tx *storage.Tx) error) {
		t.Helper()
		if err := db.Write(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	get := func(key string) (body string, found bool) {
		t.Helper()
		if err := db.Read(ctx, func(tx *storage.Tx) error {
			b, ok, err := tx.Answer(ctx, key)
			body, found = string(b), ok
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return body, found
	}
	if _, ok := get("k"); ok {
		t.Error("an answer that nobody gave")
	}
	write(func(tx *storage.Tx) error { return tx.SaveAnswer(ctx, "k", []byte("first")) })
	write(func(tx *storage.Tx) error { return tx.SaveAnswer(ctx, "k", []byte("second")) })
	if b, _ := get("k"); b != "first" {
		t.Errorf("the answer is %q now", b)
	}
	clock.Advance(48 * time.Hour)
	write(func(tx *storage.Tx) error { return tx.SaveAnswer(ctx, "new", []byte("x")) })
	write(func(tx *storage.Tx) error { return tx.PruneAnswers(ctx, 24*time.Hour) })
	if _, ok := get("k"); ok {
		t.Error("an old answer stays")
	}
	if _, ok := get("new"); !ok {
		t.Error("a new answer went")
	}
}
