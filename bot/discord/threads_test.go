package discord

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
)

// said are the texts of a channel, in order.
func (p *place) said(in string) (out []string) {
	for _, m := range p.Messages(in, p.ana) {
		if m.Author == p.Bot() {
			out = append(out, strings.ReplaceAll(m.Text(), "\\", ""))
		}
	}
	return out
}

func (p *place) holds(t *testing.T, in string, want ...string) {
	t.Helper()
	if got := p.said(in); !slices.Equal(got, want) {
		t.Errorf("there stands %q, want %q", got, want)
	}
}

func note(s, key string) bot.Post {
	return bot.Post{Reply: bot.Say(bot.Plain(s)), Key: bot.Key(key)}
}

// missing is the right that a refusal names.
func missing(err error) string {
	if pe, ok := errors.AsType[*bot.PostError](err); ok && pe.Outcome == bot.Permanent {
		return pe.Right
	}
	return fmt.Sprint(err)
}

// A thread is opened once under a message, and what is posted into it is found
// there, corrected there and taken away there.
func TestThread(t *testing.T) {
	p := newPlace(t, discordtest.Options{})
	d := run(t, p.Server, &desk{}, nil)
	room := bot.Room{Platform: Name, ID: bot.RoomID(p.room)}
	on, err := d.Post(t.Context(), room, note("Reading 1", "one"))
	if err != nil {
		t.Fatal(err)
	}

	p.Overwrite(p.room, p.Bot(), 0, discordtest.CreatePublicThreads)
	if got := missing(d.OpenThread(t.Context(), room, on, "Reading 1")); got != "Create Public Threads" {
		t.Errorf("without the right: %s", got)
	}
	p.Overwrite(p.room, p.Bot(), 0, 0)
	// The answer is lost, and it is done again: there is one all the same.
	p.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Method: http.MethodPost, Path: "/channels/{channel_id}/messages/{message_id}/threads"})
	for range 2 {
		if err := d.OpenThread(t.Context(), room, on, strings.Repeat("Reading 1 of 4 ", 9)); err != nil {
			t.Fatal(err)
		}
	}
	threads := p.Threads(p.room)
	if len(threads) != 1 || threads[0].ID != string(on) || len([]rune(threads[0].Name)) > 100 {
		t.Fatalf("the threads are %+v", threads)
	}
	thread := string(on)

	// A question whose answer was lost stands there once, and is found.
	question := note("Question 1.", "question")
	question.Thread = thread
	p.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Method: http.MethodPost, Path: "/channels/{channel_id}/messages"})
	if _, err := d.Post(t.Context(), room, question); err == nil {
		t.Fatal("a lost answer is none")
	}
	since := time.Now().Add(-time.Minute)
	id, err := d.FindInThread(t.Context(), room, thread, question.Key, since)
	if err != nil || !strings.HasPrefix(string(id), thread+"/") {
		t.Fatalf("found %q, %v", id, err)
	}
	if again, err := d.Post(t.Context(), room, question); err != nil || again != id {
		t.Errorf("posted again it is %q, %v, not %q", again, err, id)
	}
	p.holds(t, thread, "Question 1.")
	if _, err := d.FindInThread(t.Context(), room, thread, bot.Key("never"), since); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("what was never posted: %v", err)
	}
	if err := d.Edit(t.Context(), room, id, note("Question 1, put better.", "question")); err != nil {
		t.Fatal(err)
	}
	p.holds(t, thread, "Question 1, put better.")
	if err := d.Delete(t.Context(), room, id, question.Key); err != nil {
		t.Fatal(err)
	}
	p.holds(t, thread)

	// Closed by time, it opens again; the right is named that is missing there.
	p.CloseThread(thread, false)
	question.Key = bot.Key("two")
	if _, err := d.Post(t.Context(), room, question); err != nil {
		t.Fatal(err)
	}
	p.holds(t, thread, "Question 1.")
	p.Overwrite(p.room, p.Bot(), 0, discordtest.SendMessagesInThreads)
	question.Key = bot.Key("three")
	if _, err := d.Post(t.Context(), room, question); !strings.Contains(missing(err), "Send Messages in Threads") {
		t.Errorf("without the right: %v", err)
	}
	p.Overwrite(p.room, p.Bot(), 0, 0)
	// Locked, or gone, it swallows nothing: the room gets it, where it is found.
	p.CloseThread(thread, true)
	if id, err = d.Post(t.Context(), room, question); err != nil || strings.Contains(string(id), "/") {
		t.Errorf("in a locked thread: %q, %v", id, err)
	}
	if found, err := d.FindInThread(t.Context(), room, thread, question.Key, since); err != nil || found != id {
		t.Errorf("found %q, %v", found, err)
	}
	p.DeleteChannel(thread)
	question.Key = bot.Key("four")
	if id, err = d.Post(t.Context(), room, question); err != nil {
		t.Fatal(err)
	}
	if found, err := d.FindInThread(t.Context(), room, thread, question.Key, since); err != nil || found != id {
		t.Errorf("found %q, %v", found, err)
	}
	p.holds(t, p.room, "Reading 1", "Question 1.", "Question 1.")
	p.TakeRefusals()
}

// A forum is found by whatever people call it, the rights that are missing
// there are named, and each post is made once, with a tag where one is wanted.
func TestForum(t *testing.T) {
	p := newPlace(t, discordtest.Options{})
	forum := p.AddChannel(p.guild, discordtest.Channel{Name: "books", Type: discordtest.Forum, RequireTag: true, Tags: []discordtest.Tag{{Name: "official", Moderated: true}, {Name: "reading"}}})
	elsewhere := p.AddChannel(p.AddGuild("Others"), discordtest.Channel{Name: "books", Type: discordtest.Forum})
	d := run(t, p.Server, &desk{}, nil)
	room := bot.Room{Platform: Name, ID: bot.RoomID(p.room)}
	for _, called := range []string{forum, "<#" + forum + ">", "https://discord.com/channels/" + p.guild + "/" + forum, "books", "#Books"} {
		got, err := d.FindForum(t.Context(), room, called)
		if err != nil || string(got.ID) != forum || got.Name != "#books" || len(got.Ability.Missing) > 0 || got.Ability.Deed != bot.ToPostInForum {
			t.Errorf("%s: %+v %v", called, got, err)
		}
	}
	for _, called := range []string{p.room, elsewhere, "no such", "1234567", ""} {
		if got, err := d.FindForum(t.Context(), room, called); !errors.Is(err, bot.ErrNotFound) {
			t.Errorf("%q: %v %v", called, got, err)
		}
	}
	if _, err := d.FindForum(t.Context(), bot.Room{Platform: Name, ID: bot.RoomID(p.DM(p.ana))}, forum); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("from a direct chat: %v", err)
	}
	p.Overwrite(forum, p.guild, 0, discordtest.SendMessages|discordtest.AttachFiles)
	p.Overwrite(forum, p.Bot(), discordtest.AttachFiles, discordtest.SendMessagesInThreads)
	less, err := d.FindForum(t.Context(), room, forum)
	if err != nil || !slices.Equal(less.Ability.Missing, []string{"Create Posts", "Send Messages in Posts"}) || less.Ability.From != "Manage Channels" {
		t.Errorf("with less: %+v %v", less, err)
	}
	in := bot.Room{Platform: Name, ID: bot.RoomID(forum)}
	post := note("Read by Tuesday.", "discussion")
	post.Title = bot.Plain("Reading 1 of 4")
	if _, err := d.Post(t.Context(), in, post); !strings.Contains(missing(err), "Create Posts") {
		t.Errorf("without the right: %v", err)
	}
	p.Overwrite(forum, p.guild, 0, 0)
	p.Overwrite(forum, p.Bot(), 0, 0)

	// The answer is lost; somebody closes the post; it is there, and found.
	p.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Method: http.MethodPost, Path: "/channels/{channel_id}/threads"})
	since := time.Now().Add(-time.Minute)
	if _, err := d.Post(t.Context(), in, post); err == nil {
		t.Fatal("a lost answer is none")
	}
	threads := p.Threads(forum)
	if len(threads) != 1 || threads[0].Name != "Reading 1 of 4" || len(threads[0].Applied) != 1 {
		t.Fatalf("the posts are %+v", threads)
	}
	p.CloseThread(threads[0].ID, false)
	id, err := d.Find(t.Context(), in, post.Key, since)
	if err != nil || string(id) != threads[0].ID {
		t.Errorf("found %q, %v", id, err)
	}
	post.FirstTry = since
	if again, err := d.Post(t.Context(), in, post); err != nil || again != id || len(p.Threads(forum)) != 1 {
		t.Errorf("posted again it is %q, %v, beside %d", again, err, len(p.Threads(forum)))
	}
	question := note("Question 1.", "question")
	question.Thread = string(id)
	if _, err := d.Post(t.Context(), room, question); err != nil {
		t.Fatal(err)
	}
	if got := p.said(string(id)); len(got) != 2 || got[1] != "Question 1." {
		t.Errorf("in the post there is %q", got)
	}
	p.holds(t, p.room)

	// A forum whose tags none may set but who manages it.
	kept := p.AddChannel(p.guild, discordtest.Channel{Name: "kept", Type: discordtest.Forum, RequireTag: true, Tags: []discordtest.Tag{{Name: "official", Moderated: true}}})
	if _, err := d.Post(t.Context(), bot.Room{Platform: Name, ID: bot.RoomID(kept)}, post); !strings.Contains(missing(err), "tag") {
		t.Errorf("where no tag may be set: %v", err)
	}
	p.TakeRefusals()
}
