package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
)

func ballotPaper(question string, closes time.Time, choices ...string) bot.Reply {
	r := bot.Reply{
		Title:  bot.Plain("Vote 3 · " + question),
		Blocks: []bot.Block{{Kind: bot.Numbers}, {Kind: bot.Small, Text: bot.Plain("One choice each.")}},
		Poll:   &bot.Poll{Name: "Vote 3", Question: question, Choices: choices, Closes: closes},
	}
	for i, c := range choices {
		r.Blocks[0].Items = append(r.Blocks[0].Items, bot.Plain(c))
		r.Actions = append(r.Actions, bot.Action{Label: c, React: bot.Keycap(i + 1), Do: bot.Invocation{Command: "vote", Args: map[string]string{"choice": fmt.Sprint(i + 1)}}})
	}
	return r
}

// What Discord would refuse as a poll is none: it is posted with buttons.
func TestPollLimits(t *testing.T) {
	now := time.Date(2026, 11, 24, 19, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name     string
		question string
		closes   time.Duration
		choice   string
		hours    int // 0: not as a poll
	}{
		{"a minute", "Which?", time.Minute, "A", 1},
		{"an hour and a half", "Which?", 90 * time.Minute, "A", 2},
		{"two hours", "Which?", 2 * time.Hour, "A", 2},
		{"as long as there is", "Which?", 768 * time.Hour, "A", 768},
		{"longer", "Which?", 768*time.Hour + time.Minute, "A", 0},
		{"55 characters", "Which?", time.Hour, strings.Repeat("a", 55), 1},
		{"56 characters", "Which?", time.Hour, strings.Repeat("a", 56), 0},
		{"55 that count twice", "Which?", time.Hour, strings.Repeat("📚", 55), 0},
		{"a question of 300", strings.Repeat("q", 300), time.Hour, "A", 1},
		{"a question of 301", strings.Repeat("q", 301), time.Hour, "A", 0},
	} {
		m, ok := (&drawing{Look: Look{Path: func(s string) string { return s }}}).pollOf(ballotPaper(c.question, now.Add(c.closes), c.choice, "other"), now)
		if ok != (c.hours > 0) || ok && m.Poll.Duration != c.hours {
			t.Errorf("%s: %v, %d hours", c.name, ok, m.Poll.Duration)
		}
	}
}

// A poll is there once, whatever happens on the way to it; who chose what is
// known of any number of people, and it ends when the bot says so.
func TestPoll(t *testing.T) {
	h := &desk{reply: func(context.Context, bot.Event) (bot.Reply, bool) { return bot.Reply{}, false }}
	p := newPlace(t, discordtest.Options{NoLimits: true})
	d := run(t, p.Server, h, nil)
	room := bot.Room{Platform: Name, ID: bot.RoomID(p.room)}
	post := bot.Post{Reply: ballotPaper("Which **book** @everyone?", time.Now().Add(48*time.Hour), "Letters", "Essays"), Key: bot.Key("vote")}
	began := time.Now()
	p.Fail(discordtest.Fault{Kind: discordtest.LoseAnswer, Method: http.MethodPost, Path: "/channels/{channel_id}/messages"})
	if _, err := d.Post(t.Context(), room, post); err == nil {
		t.Fatal("a lost answer is none")
	}
	found, err := d.Find(t.Context(), room, post.Key, began)
	if err != nil {
		t.Fatal(err)
	}
	post.FirstTry = began
	on, err := d.Post(t.Context(), room, post)
	if err != nil || on != found {
		t.Fatalf("it is %s, and was found as %s: %v", on, found, err)
	}
	if _, err := d.Find(t.Context(), room, bot.Key("another vote"), began); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("another was found: %v", err)
	}
	polls := 0
	for _, m := range p.Messages(p.room, p.ana) {
		if m.Poll != nil {
			polls++
		}
	}
	if m := p.Message(string(on)); polls != 1 || m.Poll.Question != "Which **book** @everyone?" || len(m.Components) > 0 || !strings.Contains(m.Content, "Vote 3") {
		t.Fatalf("%d polls: %+v", polls, m)
	}

	const many = 130 // more than Discord gives at once
	for n := range many {
		who := p.AddMember(p.guild, p.AddUser(fmt.Sprint("reader", n)))
		if err := p.Vote(who, string(on), 1+n%2); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Vote(p.ben, string(on), 1); err != nil {
		t.Fatal(err)
	}
	for want := many + 1; h.heard() < want; time.Sleep(time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Fatalf("%d of %d votes were heard", h.heard(), want)
		}
	}
	if e := h.last(t); e.Reaction == nil || e.Reaction.Message != on || bot.KeycapNumber(e.Reaction.Emoji) == 0 || e.Reaction.Removed || e.Room != room {
		t.Errorf("a vote was heard as %+v %+v", e, e.Reaction)
	}
	if err := p.Vote(p.ben, string(on)); err != nil {
		t.Fatal(err)
	}
	for h.heard() < many+2 {
		time.Sleep(time.Millisecond)
	}
	if e := h.last(t); e.Account.ID != p.ben || !e.Reaction.Removed {
		t.Errorf("taking it back was heard as %+v %+v", e, e.Reaction)
	}
	count := map[int]int{}
	ballots, err := d.Ballots(t.Context(), room, on)
	for _, b := range ballots {
		count[b.Choice]++
	}
	if err != nil || count[1] != many/2 || count[2] != many/2 {
		t.Errorf("votes %v, %v", count, err)
	}
	for range 2 {
		if err := d.EndPoll(t.Context(), room, on); err != nil {
			t.Fatal(err)
		}
	}
	if !p.Message(string(on)).Poll.Final {
		t.Error("it goes on")
	}

	// Where there is no poll nobody votes at the post, and nothing is to end.
	plain, err := d.Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("Reading 1")), Key: bot.Key("one")})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := d.Ballots(t.Context(), room, plain); len(got) > 0 || err != nil {
		t.Errorf("votes %v, %v", got, err)
	}
	if err := d.EndPoll(t.Context(), room, plain); err != nil {
		t.Error(err)
	}
	if _, err := d.Ballots(t.Context(), room, "1"); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("of a message that is not there: %v", err)
	}
}
