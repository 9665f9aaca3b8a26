package main

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/delivery"
	"lectern/storage"
)

// What is owed can be seen, tried again and given up from the command line,
// and a restored database waits to be released.
func TestDeliveries(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lectern.db")
	db, err := storage.Open(t.Context(), path, storage.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		for _, room := range []string{"a", "b"} {
			if _, err := tx.Owe(t.Context(), storage.Delivery{Key: room, Token: delivery.Token(room), Kind: delivery.Arrival, Occurrence: "once", Platform: "nowhere", Room: room, Body: []byte(`{}`), Due: tx.Now}); err != nil {
				return err
			}
		}
		return tx.PauseRoom(t.Context(), "nowhere", "b", "refused: Send Messages")
	})
	if err == nil {
		err = db.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	run := func(want int, args ...string) string {
		t.Helper()
		code, out, errOut := lectern(t, "", append([]string{"--db", path}, args...)...)
		if code != want {
			t.Fatalf("%v: status %d: %s%s", args, code, out, errOut)
		}
		return out + errOut
	}
	has := func(text string, words ...string) {
		t.Helper()
		for _, w := range words {
			if !strings.Contains(text, w) {
				t.Errorf("no %q in:\n%s", w, text)
			}
		}
	}
	has(run(0, "deliveries", "list"), "     1  nowhere a  Who I am: due ", "Nothing is posted to nowhere b: the room refused it (what is missing: Send Messages).")
	var row deliveryAnswer
	if err := json.Unmarshal([]byte(strings.Split(run(0, "deliveries", "list", "--json"), "\n")[1]), &row); err != nil || row.ID != 2 || row.State != "owed" || row.NextTry == nil || row.Group != nil {
		t.Errorf("%+v %v", row, err)
	}
	has(run(0, "deliveries", "retry"), "Posts that are tried again: 2. Rooms that are: 1.")
	has(run(0, "deliveries", "drop", "1"), "1 (arrival to a) is given up.")
	has(run(0, "deliveries", "list", "--all"), "the operator dropped it")
	has(run(0, "deliveries", "retry", "1", "--json"), `"state":"owed"`)
	has(run(1, "deliveries", "drop", "2", "77"), "There is no post 77.")
	has(run(1, "deliveries", "drop", "77", "--json"), `"code":"not_found"`)
	has(run(0, "deliveries", "list"), "nowhere a", "nowhere b") // all or none
	has(run(0, "deliveries", "release"), "Nothing is held back")
	run(2, "deliveries", "drop", "x")

	backup := filepath.Join(t.TempDir(), "backup.db")
	run(0, "backup", backup)
	path = filepath.Join(t.TempDir(), "restored.db")
	has(run(0, "restore", backup), "posts nothing until you have seen what it would: lectern deliveries release")
	has(run(1, "doctor"), "Nothing is posted since the restore of")
	has(run(0, "deliveries", "list"), "Nothing is posted since the restore of")
	has(run(0, "deliveries", "release"), "may be in the room: it cannot be looked into (the platform is not in the settings)", "Of 2 posts that the backup knows as owed, 0 would be posted.", "Nothing was sent or changed.")
	has(run(0, "deliveries", "release", "--yes", "--json"), `"unseen":"the platform is not in the settings"`)
	has(run(0, "deliveries", "list"), "whether it was posted is not known")
	has(run(0, "deliveries", "release"), "Nothing is held back")
}
