package storage_test

import (
	"errors"
	"path/filepath"
	"testing"
	"time"

	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// A group is forgotten when the bot was removed from all of its rooms for as
// long as the operator wants, and no sooner; an invitation stops that.
func TestForgetRemoved(t *testing.T) {
	clock := &storagetest.Clock{}
	db := storagetest.OpenAt(t, filepath.Join(t.TempDir(), "lectern.db"), clock)
	ctx := t.Context()
	write := func(fn func(tx *storage.Tx) error) {
		t.Helper()
		if err := db.Write(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	var gone, back, half reading.GroupID
	write(func(tx *storage.Tx) (err error) {
		person, err := tx.PersonOf(ctx, "p", "@ana", "Ana")
		if err != nil {
			return err
		}
		for i, g := range []*reading.GroupID{&gone, &back, &half} {
			if *g, err = tx.AddGroup(ctx, reading.Group{Name: "Readers", Zone: "UTC", Language: "en"}, person); err != nil {
				return err
			}
			for _, room := range []string{"a", "b"} {
				id := string(rune('0'+i)) + room
				if err := tx.SetRoom(ctx, "p", id, *g); err != nil {
					return err
				}
				if *g == half && room == "b" {
					continue
				}
				if err := tx.RemovedFrom(ctx, "p", id, "removed: tidying up"); err != nil {
					return err
				}
			}
		}
		return nil
	})
	clock.Advance(20 * 24 * time.Hour)
	write(func(tx *storage.Tx) error {
		return errors.Join(tx.PauseRoom(ctx, "p", "1a", ""), tx.RemovedFrom(ctx, "p", "0a", "removed")) // the second time counts for nothing
	})
	forget := func(want int64) {
		t.Helper()
		write(func(tx *storage.Tx) error {
			n, err := tx.ForgetRemoved(ctx, 30*24*time.Hour)
			if n != want {
				t.Errorf("%d groups are forgotten, want %d", n, want)
			}
			return err
		})
	}
	forget(0)
	clock.Advance(11 * 24 * time.Hour)
	forget(1)
	err := db.Read(ctx, func(tx *storage.Tx) error {
		if _, err := tx.Group(ctx, gone); !errors.Is(err, storage.ErrNotFound) {
			t.Errorf("the group that is gone: %v", err)
		}
		_, b := tx.Group(ctx, back)
		_, h := tx.Group(ctx, half)
		return errors.Join(b, h)
	})
	if err != nil {
		t.Fatal(err)
	}
}
