package main

import (
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/storage"
)

// Where an organiser wants it, the announcement of what is being read is pinned,
// and no other; also the one that stands there when they say so, and after its room
// was replaced by another.
func TestPin(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	pinned := func(want ...string) {
		t.Helper()
		var got []string
		for _, m := range f.fake.Messages() {
			if m.Pinned {
				title, _, _ := strings.Cut(m.Text, "\n")
				got = append(got, title)
			}
		}
		if strings.Join(got, "; ") != strings.Join(want, "; ") {
			t.Errorf("pinned: %q, want %q", got, want)
		}
	}
	const first, second = "Reading 1 of 2 · Reading Together", "Reading 2 of 2 · Reading Together"
	for _, line := range []string{`/group setup name:x city:UTC place:- length:-`, `/plan create handbook "thu 19:00" 2`, "/plan publish"} {
		f.Say(t, "ana", line)
	}
	pinned()
	f.Say(t, "ben", "/group settings pin:on") // no organiser
	pinned()
	if got := f.Say(t, "ana", "/group settings pin:on"); !strings.Contains(got, "Pinned here") {
		t.Errorf("answered\n%s", got)
	}
	pinned(first)
	f.Say(t, "ana", "/group settings pin:on")
	pinned(first)
	f.sleep(t, 8*24*time.Hour)
	pinned(second)
	f.Say(t, "ana", "/group settings pin:off")
	pinned()
	f.Say(t, "ana", "/group settings pin:on")
	pinned(second)
	f.sleep(t, 8*24*time.Hour) // the plan ends
	pinned()
	old := bot.Room{Platform: bottest.FakeName, ID: "room"}
	f.house.dispatcher.Changed(t.Context(), bot.RoomChange{Room: old, What: bot.Upgraded, New: "next"})
	err := f.house.db.Read(t.Context(), func(tx *storage.Tx) error {
		room, err := tx.Room(t.Context(), bottest.FakeName, "next")
		if !room.Pin {
			t.Error("the room that took its place pins nothing")
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
