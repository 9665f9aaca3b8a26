package storage_test

import (
	"testing"

	"lectern/storage"
	"lectern/storage/storagetest"
)

func TestRoomNames(t *testing.T) {
	db := storagetest.Open(t)
	err := db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, name := range []string{"Reading", "Reading on Tuesdays"} {
			if err := tx.NameRoom(t.Context(), "p", "!a", name); err != nil {
				return err
			}
		}
		if err := tx.PauseRoom(t.Context(), "p", "!a", "removed"); err != nil {
			return err
		}
		if err := tx.NameRoom(t.Context(), "p", "!b", ""); err != nil {
			return err
		}
		names, err := tx.RoomNames(t.Context())
		if len(names) != 1 || names["p !a"] != "Reading on Tuesdays" {
			t.Errorf("%v", names)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
