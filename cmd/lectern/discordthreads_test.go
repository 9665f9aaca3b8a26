package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
)

// spoken are what the bot has said in a channel, in order.
func (d *discordStage) spoken(in string) (out []string) {
	for _, m := range d.srv.Messages(in, d.people["ana"]) {
		if m.Author == d.srv.Bot() {
			out = append(out, d.inScript(m))
		}
	}
	return out
}

// A group that talks in threads has one under each announcement, in which its
// questions stand; one that may not open it has them in the room, and is told
// which right is missing.
func TestDiscordThreads(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	d.Say(t, "ana", "/group setup name:\"Room above\" city:London place:\"Café Nord\" length:90")
	d.Say(t, "ana", "/plan create handbook \"thu 19:00\" 4")
	d.Say(t, "ana", "[Publish]")
	if got := d.srv.Threads(d.room); len(got) != 0 {
		t.Fatalf("threads that nobody wanted: %+v", got)
	}
	if got := d.Say(t, "ana", "/group settings discuss:thread"); !strings.Contains(got, "in a thread under each announcement") {
		t.Errorf("the settings say:\n%s", got)
	}
	threads := d.srv.Threads(d.room)
	if len(threads) != 1 || !strings.HasPrefix(threads[0].Name, "Reading 1 of 4") {
		t.Fatalf("the threads are %+v", threads)
	}
	if got := d.Say(t, "ana", "/prompt add 1 [today 21:00] What is a hard book?"); !strings.Contains(got, "comes Tue 24 Nov, 21:00") {
		t.Fatalf("it says:\n%s", got)
	}
	d.Sleep(t, 2*time.Hour)
	if got := d.spoken(threads[0].ID); len(got) != 1 || !strings.Contains(got[0], "What is a hard book?") {
		t.Errorf("in the thread stands %q", got)
	}
	// What is asked there is about this group, and answered there.
	in, err := d.srv.Command(d.people["ben"], threads[0].ID, "reading", nil)
	if err != nil {
		t.Fatal(err)
	}
	if o, err := in.Wait(t.Context()); err != nil || !strings.Contains(d.inScript(o.Message), "Reading 1 of 4") {
		t.Errorf("asked in the thread: %v, %v", o.Message, err)
	}
	d.srv.Overwrite(d.room, d.srv.Bot(), 0, discordtest.CreatePublicThreads)
	if got := d.Say(t, "ana", "/group settings"); !strings.Contains(got, "ask someone with Manage Channels to give me Create Public Threads") {
		t.Errorf("without the right the settings say:\n%s", got)
	}
	d.Say(t, "ana", "/prompt add 2 [fri 21:00] What is a calendar?")
	d.Sleep(t, 4*24*time.Hour)
	room := strings.Join(d.spoken(d.room), "\n")
	if !strings.Contains(room, "What is a calendar?") || !strings.Contains(room, "Reading 2 of 4") {
		t.Errorf("in the room stands:\n%s", room)
	}
	if told := strings.Join(d.spoken(d.srv.DM(d.people["ana"])), "\n"); !strings.Contains(told, "Create Public Threads") {
		t.Errorf("the organiser was told:\n%s", told)
	}
	d.srv.TakeRefusals()
}

// A group that talks in a forum has a post there for each reading, in which its
// questions stand.
func TestDiscordForum(t *testing.T) {
	d := newDiscordStage(t, nil).(*discordStage)
	forum := d.srv.AddChannel(d.guild, discordtest.Channel{Name: "books", Type: discordtest.Forum})
	d.Say(t, "ana", "/group setup name:\"Room above\" city:London place:\"Café Nord\" length:90")
	if got := d.Say(t, "ana", "/group settings discuss:forum"); !strings.Contains(got, "Which forum?") {
		t.Errorf("without a forum it says:\n%s", got)
	}
	d.srv.Overwrite(forum, d.srv.Bot(), 0, discordtest.SendMessages)
	if got := d.Say(t, "ana", "/group settings forum:"+forum); !strings.Contains(got, "I cannot open posts in the forum: ask someone with Manage Channels to give me Create Posts") || !strings.Contains(got, "in the forum #books") {
		t.Errorf("without the right it says:\n%s", got)
	}
	d.Say(t, "ana", "/plan create handbook \"thu 19:00\" 4")
	d.Say(t, "ana", "[Publish]")
	d.Sleep(t, time.Minute)
	if got := d.srv.Threads(forum); len(got) != 0 {
		t.Fatalf("posts without the right: %+v", got)
	}
	if told := strings.Join(d.spoken(d.srv.DM(d.people["ana"])), "\n"); !strings.Contains(told, "Create Posts") {
		t.Errorf("the organiser was told:\n%s", told)
	}
	d.srv.Overwrite(forum, d.srv.Bot(), 0, 0)
	if got := d.Say(t, "ana", "/group settings forum:"+forum); !strings.Contains(got, "I can open posts in the forum here") {
		t.Errorf("with the right it says:\n%s", got)
	}
	d.Sleep(t, time.Minute)
	posts := d.srv.Threads(forum)
	if len(posts) != 1 || !strings.HasPrefix(posts[0].Name, "Reading 1 of 4") {
		t.Fatalf("the posts are %+v", posts)
	}
	d.Say(t, "ana", "/prompt add 1 [today 21:00] What is a hard book?")
	d.Sleep(t, 2*time.Hour)
	if got := d.spoken(posts[0].ID); len(got) != 2 || !strings.Contains(got[0], "Its questions come here") || !strings.Contains(got[1], "What is a hard book?") {
		t.Errorf("in the post stands %q", got)
	}
	// Buttons there are this group's, and what the plan changes is corrected there.
	first := d.srv.Messages(posts[0].ID, d.people["ben"])[0]
	in, err := d.srv.Press(d.people["ben"], first.ID, "I have read it")
	if err != nil {
		t.Fatal(err)
	}
	if o, err := in.Wait(t.Context()); err != nil || o.Message == nil {
		t.Errorf("pressed there: %v, %v", o.Message, err)
	}
	d.Say(t, "ana", "/plan shift 1")
	d.Say(t, "ana", "[Do it]")
	if got := d.spoken(posts[0].ID); !strings.Contains(got[0], "3 Dec") {
		t.Errorf("after a shift the post says:\n%s", got[0])
	}
	d.Sleep(t, 10*24*time.Hour)
	if got := d.srv.Threads(forum); len(got) != 2 || !slices.ContainsFunc(got, func(c discordtest.Channel) bool { return strings.HasPrefix(c.Name, "Reading 2 of 4") }) {
		t.Errorf("the posts are %+v", got)
	}
	if got := d.Say(t, "ana", "/group settings discuss:room"); strings.Contains(got, "forum") {
		t.Errorf("back in the room it says:\n%s", got)
	}
	d.srv.TakeRefusals()
}
