package bottest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"lectern/bot"
)

// A World is a platform under test, with a room in which the bot, ana and ben
// are. What a platform does not have is nil.
type World struct {
	// Platform is connected: its Run hands what people say to the handler that
	// the world was made with.
	Platform bot.Platform
	Room     bot.Room
	Now      func() time.Time
	// Shown is what a person can read of what the bot said since the world was
	// made, in the room and to them alone, oldest first.
	Shown func(t testing.TB, who string) []Shown
	// Say says something to the bot in the room, as a person addresses it
	// there; Talk says something that is not meant for it.
	Say, Talk func(t testing.TB, who, text string)
	// Answer replies to a message of the bot's.
	Answer func(t testing.TB, who string, to bot.MessageID, text string)
	// Press presses a button under a message of the bot's.
	Press func(t testing.TB, who string, on bot.MessageID, button bot.Action)
	// React puts an emoji on a message, and gives what takes it back.
	React func(t testing.TB, who string, on bot.MessageID, emoji string) (takeBack func())
	// Fail makes the next send go wrong.
	Fail func(t testing.TB, how Failure)
	// Alone is true where one person reads whatever is shown to anybody.
	Alone bool
}

// A Shown is one message as a person reads it.
type Shown struct {
	ID   bot.MessageID // "" where messages have no names
	Text string
}

// A Failure is how a send goes wrong.
type Failure int

// The failures of a World.
const (
	Refused     Failure = iota // the service lacks a right, and says so
	Busy                       // the service asks to wait for BusyFor
	LostAnswer                 // the message arrived; that it did is not known
	LostMessage                // it did not arrive, which is not known either
)

// BusyFor is how long a busy service asks to wait.
const BusyFor = 3 * time.Second

// TestPlatform tests that a platform does what the program relies on. newWorld
// connects it anew, to h, and disconnects it when t ends.
func TestPlatform(t *testing.T, newWorld func(t *testing.T, h bot.Handler) *World) {
	for _, x := range []struct {
		name string
		test func(t *testing.T, w *World, h *hearer)
	}{
		{"replies", testReplies},
		{"long texts", testLong},
		{"once", testOnce},
		{"conversation", testConversation},
		{"answers", testAnswers},
		{"buttons", testButtons},
		{"reactions", testReactions},
		{"private answers", testPrivate},
		{"edits", testEdits},
		{"errors", testErrors},
		{"find", testFind},
	} {
		t.Run(x.name, func(t *testing.T) {
			h := &hearer{}
			w := newWorld(t, h)
			if w.Platform.Name() != w.Room.Platform {
				t.Fatalf("the platform is called %q, its room is %s", w.Platform.Name(), w.Room)
			}
			x.test(t, w, h)
		})
	}
}

// A hearer is a handler that keeps what it is handed and says what it is told.
type hearer struct {
	mu     sync.Mutex
	events []bot.Event
	reply  func(e bot.Event) (bot.Reply, bool)
}

// Handle implements bot.Handler.
func (h *hearer) Handle(_ context.Context, e bot.Event) (bot.Reply, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if e.Text == "" && e.Invocation == nil && e.Reaction == nil || !e.Addressed && e.ReplyTo == "" && e.Invocation == nil && e.Reaction == nil {
		return bot.Reply{}, false // talk
	}
	h.events = append(h.events, e)
	if h.reply == nil {
		return bot.Reply{}, false
	}
	return h.reply(e)
}

// Complete implements bot.Handler.
func (h *hearer) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }

// Changed implements bot.Handler.
func (h *hearer) Changed(context.Context, bot.RoomChange) {}

func (h *hearer) answer(reply func(e bot.Event) (bot.Reply, bool)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.reply = reply
}

// heard waits for the n-th event, from 1, and returns it.
func (h *hearer) heard(t *testing.T, n int) bot.Event {
	t.Helper()
	var e bot.Event
	soon(t, fmt.Sprintf("event %d", n), func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		if len(h.events) < n {
			return false
		}
		e = h.events[n-1]
		return true
	})
	return e
}

// soon waits until ok, since services answer when they do.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never seen: %s", what)
		}
	}
}

// key is a key as those that the program makes; a real service has seen others
// of the same name.
func (w *World) key(name string) string { return bot.Key(fmt.Sprint(name, w.Now().UnixNano())) }

func post(t *testing.T, w *World, p bot.Post) bot.MessageID {
	t.Helper()
	if p.Key == "" {
		p.Key = w.key(t.Name())
	}
	id, err := w.Platform.Post(t.Context(), w.Room, p)
	if err != nil {
		t.Fatalf("post: %v", err)
	}
	if id == "" {
		t.Fatal("the message has no name")
	}
	return id
}

// readable is a text without what cannot be seen, white space folded.
func readable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cf, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, s)
	return fold(s)
}

// all is what a person can read, in one text.
func (w *World) all(t testing.TB, who string) string {
	t.Helper()
	var b strings.Builder
	for _, m := range w.Shown(t, who) {
		b.WriteString(m.Text + "\n")
	}
	return readable(b.String())
}

// count is how many messages that a person can read have a text in them.
func (w *World) count(t testing.TB, who, text string) (n int) {
	t.Helper()
	for _, m := range w.Shown(t, who) {
		if strings.Contains(readable(m.Text), text) {
			n++
		}
	}
	return n
}

// inOrder fails unless every word of the pieces is in text, in order. Marks
// that a platform puts between them do not count.
func inOrder(t *testing.T, text string, pieces ...string) {
	t.Helper()
	at := 0
	for _, piece := range pieces {
		for word := range strings.FieldsSeq(readable(piece)) {
			i := strings.Index(text[at:], word)
			if i < 0 {
				t.Errorf("%q of %q is missing, or out of order, after\n…%s", word, bot.Clean(piece, 80), text[max(0, at-200):at])
				return
			}
			at += i + len(word)
		}
	}
}

// pieces are the texts of a reply in the order in which they are read.
func pieces(r bot.Reply) (out []string) {
	add := func(s ...string) { out = append(out, s...) }
	text := func(s bot.Spans) {
		for _, x := range s {
			if x.Mention == "" { // who that is, the reader's client says
				add(x.Text)
			}
			if x.Link != "" {
				add(x.Link)
			}
		}
	}
	blocks := func(all []bot.Block) {
		for _, b := range all {
			text(b.Text)
			if q := b.Quote; q != nil {
				add(q.Number)
				text(q.Text)
				add(strings.TrimLeft(q.Attribution, "—– "), q.Citation)
			}
			for i, item := range b.Items {
				if b.Kind == bot.Numbers {
					add(strconv.Itoa(max(b.Start, 1) + i))
				}
				text(item)
			}
			for _, f := range b.Fields {
				add(f.Name)
				text(f.Value)
			}
			if b.Progress != nil {
				add(b.Progress.Label)
			}
		}
	}
	text(r.Title)
	blocks(r.Blocks)
	if r.Image != nil {
		add(r.Image.Alt)
	}
	return out
}
