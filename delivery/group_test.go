package delivery_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/commands"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/sample"
	"lectern/storage"
)

// A club is a rig with a group in room "club", set up with the commands that
// people use.
type club struct {
	*rig
	desk *commands.Desk
	d    *bot.Dispatcher
	said int
}

func newClub(t *testing.T) *club {
	t.Helper()
	return setUp(newRig(t))
}

// openClub is newClub on the wall's clock, for a bubble; whoever opens it
// closes its database.
func openClub(t *testing.T, book *phrases.Book, dir string) *club {
	t.Helper()
	r := &rig{t: t, path: filepath.Join(dir, "lectern.db"), fake: bottest.NewFake(), book: book, real: true}
	var err error
	if r.db, err = storage.Open(t.Context(), r.path, storage.Options{Now: r.clock}); err != nil {
		t.Fatal(err)
	}
	return setUp(r)
}

func setUp(r *rig) *club {
	t := r.t
	t.Helper()
	k := &commands.Desk{DB: r.db, Phrases: r.book, Now: r.clock, Log: slog.New(slog.DiscardHandler)}
	c := &club{rig: r, desk: k, d: k.Dispatcher()}
	w, err := importer.Read(t.Context(), sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.Aliases = []string{"handbook"}
	if _, err := k.Import(t.Context(), 0, w); err != nil {
		t.Fatal(err)
	}
	c.say("ana", `group setup name:"Tuesday readers" city:UTC place:"Reading room" length:90`)
	return c
}

// say says something in the club's room and returns the answer.
func (c *club) say(who, text string) bot.Reply {
	c.t.Helper()
	return c.event(bot.Event{Room: bot.Room{Platform: bottest.FakeName, ID: "club"}, Account: c.account(who), Text: text})
}

func (c *club) account(who string) bot.Account {
	return bot.Account{Platform: bottest.FakeName, ID: who, Name: who, Manages: who == "ana"}
}

// press presses a button of a message.
func (c *club) press(who string, m bottest.Message, label string) bot.Reply {
	c.t.Helper()
	for _, a := range m.Post.Actions {
		if a.Label == label {
			return c.event(bot.Event{Room: m.Room, Account: c.account(who), Invocation: &a.Do})
		}
	}
	c.t.Fatalf("no button %q in %s", label, m.Text)
	return bot.Reply{}
}

func (c *club) event(e bot.Event) bot.Reply {
	c.t.Helper()
	c.said++
	e.Key, e.At, e.Addressed = fmt.Sprintf("fake:%d", c.said), c.clock(), true
	reply, ok := c.d.Handle(c.t.Context(), e)
	if !ok || reply.Failed {
		c.t.Fatalf("%q: %s", e.Text, bottest.Plain(reply))
	}
	return reply
}

// last is the newest message of a room.
func (c *club) last(room string) bottest.Message {
	c.t.Helper()
	all := c.in(room)
	if len(all) == 0 {
		c.t.Fatalf("%s is empty", room)
	}
	return all[len(all)-1]
}

func (c *club) in(room string) (out []bottest.Message) {
	for _, m := range c.fake.Messages() {
		if string(m.Room.ID) == room {
			out = append(out, m)
		}
	}
	return out
}

func (c *club) contains(m bottest.Message, words ...string) {
	c.t.Helper()
	for _, w := range words {
		if !strings.Contains(m.Text, w) {
			c.t.Errorf("no %q in:\n%s", w, m.Text)
		}
	}
}

// until sets the clock.
func (c *club) until(local string) {
	c.t.Helper()
	at, err := time.Parse("2006-01-02 15:04", local)
	if err != nil {
		c.t.Fatal(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = at
}

func (c *club) write(fn func(tx *storage.Tx) error) {
	c.t.Helper()
	if err := c.db.Write(c.t.Context(), fn); err != nil {
		c.t.Fatal(err)
	}
}

func (c *club) rows(f storage.DeliveryFilter) (out []storage.Delivery) {
	c.t.Helper()
	err := c.db.Read(c.t.Context(), func(tx *storage.Tx) (err error) {
		out, err = tx.Deliveries(c.t.Context(), f)
		return err
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}
