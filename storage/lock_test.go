package storage_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"lectern/storage"
	"lectern/storage/storagetest"
)

func helperLock(path string) int {
	db, err := storage.Open(context.Background(), path, storage.Options{Now: time.Now})
	if err == nil {
		_, err = db.Lock()
	}
	if err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		return 1
	}
	_, _ = os.Stdout.WriteString("locked\n")
	select {} // until it is killed
}

func TestOneProcessServes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db := storagetest.OpenAt(t, path, &storagetest.Clock{})
	c := command(t, "lock", path)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 7)); err != nil {
		t.Fatal(err)
	}
	// By another name too.
	link := filepath.Join(t.TempDir(), "link.db")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*storage.DB{db, storagetest.OpenAt(t, link, &storagetest.Clock{})} {
		_, err = d.Lock()
		if !errors.Is(err, storage.ErrLocked) {
			t.Errorf("got %v", err)
		}
		if pid, locked, err := d.Locked(); err != nil || !locked || pid != c.Process.Pid {
			t.Errorf("locked: %v by %d, %v; want %d", locked, pid, err, c.Process.Pid)
		}
	}
	if err := db.Write(t.Context(), func(tx *storage.Tx) error { return tx.SaveSetting(t.Context(), "a", "b") }); err != nil {
		t.Errorf("other commands must work beside it: %v", err)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // it was killed
	unlock, err := db.Lock()
	if err != nil {
		t.Fatalf("the process that had it is gone: %v", err)
	}
	if _, err := db.Lock(); err == nil {
		t.Error("locked twice")
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
	if unlock, err = db.Lock(); err != nil {
		t.Fatal(err)
	}
	if err := unlock(); err != nil {
		t.Error(err)
	}
}
