package main

import (
	"strings"
	"testing"

	"lectern/bot"
	"lectern/bot/bottest"
)

// Organisers learn that the bot was removed from their room, once and although
// nothing was owed to it, unless one of them did it; and the operator's why says
// it.
func TestRemoved(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	f.Say(t, "ana", `/group setup name:Tuesday city:UTC place:- length:-`)
	before := len(f.fake.Messages())
	room := bot.Room{Platform: bottest.FakeName, ID: "room"}
	removed := func(who string) string {
		t.Helper()
		f.house.dispatcher.Changed(t.Context(), bot.RoomChange{Room: room, What: bot.Removed, Reason: "too loud", By: account(bottest.FakeName, who)})
		f.drain(t)
		return f.since(before)
	}
	if got := removed("ana"); got != "" {
		t.Errorf("who removed the bot was told\n%s", got)
	}
	f.house.dispatcher.Changed(t.Context(), bot.RoomChange{Room: room, What: bot.Joined})
	f.drain(t)
	before = len(f.fake.Messages())
	got := removed("eve")
	if !strings.Contains(got, "I can't post to the room of Tuesday: I was removed from it (too loud).") {
		t.Errorf("told\n%s", got)
	}
	if again := removed("eve"); again != got {
		t.Errorf("told again\n%s", again)
	}
	for _, args := range [][]string{{"why"}, {"why", "--room", "room"}, {"deliveries", "list"}} {
		if code, out, errOut := lectern(t, "", append([]string{"--db", f.path}, args...)...); code != 0 || !strings.Contains(out, "I was removed from it (too loud)") {
			t.Errorf("%v: %d\n%s%s", args, code, out, errOut)
		}
	}
}
