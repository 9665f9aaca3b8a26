package bottest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"lectern/bot"
)

// A Fake is a platform in memory. It keeps a message once for each key, as
// platforms with idempotent sends do, and fails as it is told to.
type Fake struct {
	mu       sync.Mutex
	messages []Message
	faults   []Fault
	handler  bot.Handler
	ready    chan struct{}
	next     int
}

// A Message is what a room of a Fake holds.
type Message struct {
	ID   bot.MessageID
	Room bot.Room
	Post bot.Post
	Text string // the reply in plain text
	// Pinned and Thread are what was done to it.
	Pinned bool
	Thread string
}

// A Fault is how a send to come goes wrong.
type Fault struct {
	Err    bot.PostError
	Stored bool // the message is there all the same: only the answer was lost
}

// FakeName is the fake platform's name.
const FakeName = "fake"

// NewFake makes a fake platform with no rooms; rooms come to be when used.
func NewFake() *Fake { return &Fake{ready: make(chan struct{})} }

// Name implements bot.Platform.
func (f *Fake) Name() string { return FakeName }

// Run implements bot.Platform: it waits for ctx, and Say reaches h meanwhile.
func (f *Fake) Run(ctx context.Context, h bot.Handler) error {
	f.mu.Lock()
	f.handler = h
	f.mu.Unlock()
	close(f.ready)
	<-ctx.Done()
	return nil
}

// Handle hands an event to the bot as if somebody in a room had caused it,
// shows the answer in the room, and returns it.
func (f *Fake) Handle(ctx context.Context, h bot.Handler, e bot.Event) (bot.Reply, bool) {
	reply, ok := h.Handle(ctx, e)
	if ok {
		_, _ = f.Post(ctx, e.Room, bot.Post{Reply: reply, Key: "answer " + e.Key, Notice: true, Asker: e.Account.ID})
	}
	return reply, ok
}

// Fail makes the next sends fail, one fault each.
func (f *Fake) Fail(faults ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults = append(f.faults, faults...)
}

// Post implements bot.Platform.
func (f *Fake) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return "", &bot.PostError{Outcome: bot.Unknown, Err: err}
	}
	var fault *Fault
	if len(f.faults) > 0 {
		fault = new(f.faults[0])
		f.faults = f.faults[1:]
		if !fault.Stored {
			return "", &fault.Err
		}
	}
	id := f.store(room, p)
	if fault != nil {
		return "", &fault.Err
	}
	return id, nil
}

func (f *Fake) store(room bot.Room, p bot.Post) bot.MessageID {
	for _, m := range f.messages {
		if m.Room == room && m.Post.Key == p.Key && p.Key != "" {
			return m.ID
		}
	}
	f.next++
	m := Message{ID: bot.MessageID(fmt.Sprintf("m%d", f.next)), Room: room, Post: p, Text: Plain(p.Reply)}
	f.messages = append(f.messages, m)
	return m.ID
}

// Find implements bot.Finder.
func (f *Fake) Find(_ context.Context, room bot.Room, key string, _ time.Time) (bot.MessageID, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.messages {
		if m.Room == room && m.Post.Key == key {
			return m.ID, nil
		}
	}
	return "", bot.ErrNotFound
}

// Edit implements bot.Editor.
func (f *Fake) Edit(_ context.Context, room bot.Room, id bot.MessageID, p bot.Post) error {
	return f.change(room, id, func(m *Message) { m.Post.Reply, m.Text = p.Reply, Plain(p.Reply) })
}

// Delete implements bot.Deleter.
func (f *Fake) Delete(_ context.Context, room bot.Room, id bot.MessageID, _ string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages = slices.DeleteFunc(f.messages, func(m Message) bool { return m.Room == room && m.ID == id })
	return nil
}

// Pin implements bot.Pinner.
func (f *Fake) Pin(_ context.Context, room bot.Room, id bot.MessageID, pinned bool) error {
	return f.change(room, id, func(m *Message) { m.Pinned = pinned })
}

// FindInThread implements bot.ThreadPoster.
func (f *Fake) FindInThread(ctx context.Context, room bot.Room, _, key string, since time.Time) (bot.MessageID, error) {
	return f.Find(ctx, room, key, since)
}

// FindForum implements bot.Forum: a forum's name begins so.
func (*Fake) FindForum(_ context.Context, room bot.Room, named string) (bot.FoundForum, error) {
	if !strings.HasPrefix(named, "forum") {
		return bot.FoundForum{}, bot.ErrNotFound
	}
	return bot.FoundForum{Room: bot.Room{Platform: room.Platform, ID: bot.RoomID(named)}, Name: named, Ability: bot.Ability{Deed: bot.ToPostInForum}}, nil
}

// OpenThread implements bot.Threader.
func (f *Fake) OpenThread(_ context.Context, room bot.Room, id bot.MessageID, title string) error {
	return f.change(room, id, func(m *Message) { m.Thread = title })
}

func (f *Fake) change(room bot.Room, id bot.MessageID, do func(m *Message)) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.messages {
		if m := &f.messages[i]; m.Room == room && m.ID == id {
			do(m)
			return nil
		}
	}
	return &bot.PostError{Outcome: bot.Permanent, Scope: bot.OnePost, Err: errors.New("no such message")}
}

// Direct implements bot.Confidant: each person has a room of their own.
func (f *Fake) Direct(_ context.Context, user string) (bot.Room, error) {
	return bot.Room{Platform: FakeName, ID: bot.RoomID("direct " + user)}, nil
}

// Messages are those of every room, oldest first.
func (f *Fake) Messages() []Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.messages)
}

// Plain is a reply as text that a script can look into, one line a block.
func Plain(r bot.Reply) string {
	var b strings.Builder
	line := func(s string) {
		if s != "" {
			b.WriteString(s + "\n")
		}
	}
	line(spans(r.Title))
	for _, k := range r.Blocks {
		line(spans(k.Text))
		if q := k.Quote; q != nil {
			line(strings.TrimSpace(q.Number + " │ " + spans(q.Text)))
			if q.Attribution != "" {
				line("— " + strings.TrimLeft(q.Attribution, "—– "))
			}
			line(q.Citation)
		}
		for i, item := range k.Items {
			mark := "•"
			if k.Kind == bot.Numbers {
				mark = fmt.Sprintf("%d ·", max(k.Start, 1)+i)
			}
			line(mark + " " + spans(item))
		}
		for _, f := range k.Fields {
			line(f.Name + " " + spans(f.Value))
		}
		if p := k.Progress; p != nil {
			line(fmt.Sprintf("%s (%d of %d)", p.Label, p.Done, p.Total))
		}
	}
	if r.Image != nil {
		line("[image: " + r.Image.Alt + "]")
	}
	if r.File != nil {
		line("[file: " + r.File.Name + "]")
	}
	var labels []string
	for i, a := range r.Actions {
		labels = append(labels, fmt.Sprintf("[%d %s]", i+1, a.Label))
	}
	line(strings.Join(labels, " "))
	return b.String()
}

func spans(s bot.Spans) string {
	var b strings.Builder
	for _, x := range s {
		if x.Style&bot.Typed != 0 {
			b.WriteByte('/')
		}
		if x.Mention != "" {
			b.WriteByte('@')
		}
		switch {
		case x.Style&bot.Marked != 0:
			b.WriteString("»" + x.Text + "«")
		default:
			b.WriteString(x.Text)
		}
		if x.Link != "" {
			b.WriteString(" <" + x.Link + ">")
		}
	}
	return b.String()
}
