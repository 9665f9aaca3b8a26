package main

import (
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
)

// What somebody says to the bot alone is about the group in which they were
// last answered in private, or the only one that they belong to. It reaches no
// other group's plan, and a guest's leave to ask there ends.
func TestSaidAlone(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	say := func(room, who, text string) string {
		t.Helper()
		f.said++
		e := bot.Event{Key: "alone:" + string(rune('a'+f.said/26)) + string(rune('a'+f.said%26)), At: f.clock.now(), Account: account(bottest.FakeName, who), Text: text,
			Room: bot.Room{Platform: bottest.FakeName, ID: bot.RoomID(room)}, Addressed: true}
		if room == "" {
			e.Room.ID, e.Direct = bot.RoomID("alone with "+who), true
			e.Account.Manages = true // it is their own room as much as the bot's
		}
		reply, _ := f.fake.Handle(t.Context(), f.house.dispatcher, e)
		f.drain(t)
		return bottest.Plain(reply)
	}
	want := func(got, text string) {
		t.Helper()
		if !strings.Contains(got, text) {
			t.Errorf("answered\n%s\nwant %q in it", got, text)
		}
	}
	for _, room := range []string{"one", "two"} {
		say(room, "ana", `group setup name:"Group `+room+`" city:UTC place:- length:-`)
		say(room, "ana", `plan create handbook "thu 19:00" 4`)
		want(say(room, "ana", "plan publish"), "")
	}
	want(say("", "ben", "reading"), "I don't know which group you mean.")
	want(say("", "ben", "group setup"), "A group reads in a room of its own")
	want(say("one", "ben", "text"), "Reading 1 of Reading Together")
	want(say("", "ben", "passage this"), "handbook 1")
	want(say("", "ben", "at 3"), "3")
	want(say("", "ben", "done"), "reading 1")
	want(say("one", "ana", "progress"), "one has read it")
	if got := say("two", "ana", "progress"); strings.Contains(got, "has read it") {
		t.Errorf("the other group's board says\n%s", got)
	}
	// The group that was asked about last is meant, whoever belongs to several.
	want(say("two", "ben", "join"), "Group two")
	want(say("", "ben", "done"), "reading 1")
	want(say("two", "ana", "progress"), "one has read it")
	// An organiser who makes a plan alone with the bot makes it for the room.
	want(say("one", "ana", "at 2"), "2")
	want(say("", "ana", `plan create handbook "fri 19:00" 2`), "Plan")
	want(say("one", "ana", "plan show"), "Reading Together, not published")
	// Who belongs to one group need not say which, but a stranger must, and a
	// guest anew on another day.
	want(say("one", "cem", "text"), "Reading 1")
	want(say("", "cem", "reading"), "Reading 1 of 4")
	f.sleep(t, 25*time.Hour)
	want(say("", "cem", "reading"), "I don't know which group you mean.")
	want(say("one", "cem", "join"), "Group one")
	f.sleep(t, 25*time.Hour)
	want(say("", "cem", "reading"), "Reading")
	want(say("", "dee", "done"), "I don't know which group you mean.")
}
