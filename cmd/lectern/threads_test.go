package main

import (
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
)

// Where a group talks in threads, a reading's questions stand under its
// announcement, and elsewhere in the room.
func TestThreads(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	for _, line := range []string{`/group setup name:x city:UTC place:- length:-`, `/plan create handbook "thu 19:00" 2`, "/plan publish", "/prompt add 1 [in 1 hour] What is this?"} {
		f.Say(t, "ana", line)
	}
	under := func(text string) (thread string, found bool) {
		for _, m := range f.fake.Messages() {
			if !m.Post.Notice && strings.Contains(m.Text, text) {
				return m.Post.Thread, true
			}
		}
		return "", false
	}
	announcement := func(title string) (id bot.MessageID) {
		t.Helper()
		for _, m := range f.fake.Messages() {
			if !m.Post.Notice && strings.HasPrefix(m.Text, title) {
				id = m.ID
			}
		}
		return id
	}
	f.sleep(t, 2*time.Hour)
	if thread, found := under("What is this?"); !found || thread != "" {
		t.Errorf("the question of a group that talks in the room: %q, %v", thread, found)
	}
	if got := f.Say(t, "ana", "/group settings discuss:thread"); !strings.Contains(got, "in a thread under each announcement") {
		t.Errorf("answered\n%s", got)
	}
	f.Say(t, "ana", "/prompt add 1 [in 1 hour] What is that?")
	f.Say(t, "ana", "/prompt add 2 [in 5 days] What was that?")
	f.sleep(t, 10*24*time.Hour)
	for text, title := range map[string]string{"What is that?": "Reading 1 of 2", "What was that?": "Reading 2 of 2"} {
		if thread, found := under(text); !found || thread == "" || thread != string(announcement(title)) {
			t.Errorf("%s stands under %q, not under %q", text, thread, announcement(title))
		}
	}
	f.Say(t, "ana", "/group settings discuss:room")
	// Where a platform has none, it is said.
	f.house.desk.Threads = func(string) bool { return false }
	e := bot.Event{Key: "fake:threads", At: f.clock.now(), Room: bot.Room{Platform: bottest.FakeName, ID: "room"}, Account: account(bottest.FakeName, "ana"), Text: "group settings discuss:thread", Addressed: true}
	if reply, _ := f.house.dispatcher.Handle(t.Context(), e); !reply.Failed || !strings.Contains(bottest.Plain(reply), "I can't post into threads here yet") {
		t.Errorf("answered\n%s", bottest.Plain(reply))
	}
}
