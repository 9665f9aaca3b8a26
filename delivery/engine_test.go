package delivery_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/storage"
)

// A rig is an engine on a real file, a fake platform and a clock in the hand.
type rig struct {
	t    *testing.T
	path string
	db   *storage.DB
	fake *bottest.Fake
	book *phrases.Book

	mu   sync.Mutex
	now  time.Time
	real bool // the clock is the wall's, in a bubble
}

func newRig(t *testing.T) *rig {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "lectern.db"), fake: bottest.NewFake(), book: book, now: time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)}
	if r.db, err = storage.Open(t.Context(), r.path, storage.Options{Now: r.clock}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func (r *rig) clock() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.real {
		return time.Now()
	}
	return r.now
}

func (r *rig) sleep(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

func (r *rig) engine(owner string) *delivery.Engine {
	return &delivery.Engine{DB: r.db, Phrases: r.book, Now: r.clock, Log: slog.New(slog.DiscardHandler), Owner: owner,
		Platforms: map[string]bot.Platform{bottest.FakeName: r.fake}}
}

// owe owes a room some posts that say their own numbers.
func (r *rig) owe(room string, n int) {
	r.t.Helper()
	err := r.db.Write(r.t.Context(), func(tx *storage.Tx) error {
		for i := range n {
			body, err := json.Marshal(bot.Say(bot.Plain(fmt.Sprintf("%s %d", room, i))))
			if err != nil {
				return err
			}
			key := fmt.Sprintf("test %s %d", room, i)
			if _, err := tx.Owe(r.t.Context(), storage.Delivery{Key: key, Token: delivery.Token(key), Kind: delivery.Arrival, Occurrence: key,
				Platform: bottest.FakeName, Room: room, Body: body, Due: tx.Now.Add(time.Duration(i) * time.Millisecond)}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) drain(e *delivery.Engine) {
	r.t.Helper()
	if err := e.Drain(r.t.Context()); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) posted(room string) []string {
	var out []string
	for _, m := range r.fake.Messages() {
		if string(m.Room.ID) == room {
			out = append(out, strings.TrimSpace(m.Text))
		}
	}
	return out
}

func (r *rig) want(room string, n int) {
	r.t.Helper()
	got := r.posted(room)
	if len(got) != n {
		r.t.Fatalf("%s holds %d posts, want %d: %v", room, len(got), n, got)
	}
	for i, text := range got {
		if want := fmt.Sprintf("%s %d", room, i); text != want {
			r.t.Fatalf("post %d of %s says %q, want %q", i, room, text, want)
		}
	}
}

func (r *rig) states(room string) map[storage.DeliveryState]int {
	r.t.Helper()
	out := map[storage.DeliveryState]int{}
	err := r.db.Read(r.t.Context(), func(tx *storage.Tx) error {
		all, err := tx.Deliveries(r.t.Context(), storage.DeliveryFilter{Platform: bottest.FakeName, Room: room})
		for _, d := range all {
			out[d.State]++
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

var errTest = errors.New("the network is gone")

func TestPostsInOrderOnce(t *testing.T) {
	r := newRig(t)
	r.owe("a", 5)
	r.owe("b", 3)
	e := r.engine("one")
	r.sleep(time.Second)
	r.drain(e)
	r.want("a", 5)
	r.want("b", 3)
	r.owe("a", 5) // owed already
	r.drain(e)
	r.want("a", 5)
}

// A send of which nobody knows whether it arrived is looked for before it is
// tried again, whether it had arrived or not.
func TestUnknownOutcome(t *testing.T) {
	for _, stored := range []bool{true, false} {
		t.Run(fmt.Sprint("stored ", stored), func(t *testing.T) {
			r := newRig(t)
			r.owe("a", 3)
			r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Unknown, Err: errTest}, Stored: stored})
			e := r.engine("one")
			for range 5 {
				r.sleep(10 * time.Minute)
				r.drain(e)
			}
			r.want("a", 3)
			if s := r.states("a"); s[storage.Posted] != 3 {
				t.Errorf("%v", s)
			}
		})
	}
}

// "Not before" is obeyed, and the room's other posts wait their turn.
func TestRetryAfter(t *testing.T) {
	r := newRig(t)
	r.owe("a", 2)
	r.owe("b", 1)
	r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Retry, After: time.Minute, Err: errTest}}, bottest.Fault{Err: bot.PostError{Outcome: bot.Retry, After: time.Minute, Err: errTest}})
	e := r.engine("one")
	r.sleep(time.Second)
	r.drain(e)
	r.sleep(58 * time.Second)
	r.drain(e)
	if got := len(r.fake.Messages()); got != 0 {
		t.Fatalf("%d posts before their time", got)
	}
	r.sleep(3 * time.Second)
	r.drain(e)
	r.want("a", 2)
	r.want("b", 1)
}

// A room that refuses is paused with its reason; others go on, and nothing
// that is owed to it is lost.
func TestRefusingRoom(t *testing.T) {
	r := newRig(t)
	r.owe("a", 2)
	r.fake.Fail(bottest.Fault{Err: bot.PostError{Outcome: bot.Permanent, Right: "Send Messages", Err: errTest}})
	e := r.engine("one")
	r.sleep(time.Second)
	r.drain(e)
	r.owe("b", 2)
	r.sleep(time.Hour)
	r.drain(e)
	r.want("a", 0)
	r.want("b", 2)
	err := r.db.Write(t.Context(), func(tx *storage.Tx) error {
		room, err := tx.Room(t.Context(), bottest.FakeName, "a")
		if err != nil {
			return err
		}
		if !strings.Contains(room.Paused, "Send Messages") {
			t.Errorf("paused for %q", room.Paused)
		}
		return tx.PauseRoom(t.Context(), bottest.FakeName, "a", "")
	})
	if err != nil {
		t.Fatal(err)
	}
	r.drain(e)
	r.want("a", 2)
}

// A process that ends between the claim and the record loses and doubles
// nothing: another takes over what it had begun.
func TestTakeOver(t *testing.T) {
	for _, arrived := range []bool{true, false} {
		t.Run(fmt.Sprint("arrived ", arrived), func(t *testing.T) {
			r := newRig(t)
			r.owe("a", 3)
			r.sleep(time.Second)
			err := r.db.Write(t.Context(), func(tx *storage.Tx) error {
				claimed, err := tx.Claim(t.Context(), bottest.FakeName, "dead", 10, 10)
				if err != nil || len(claimed) != 1 {
					return fmt.Errorf("claimed %d: %w", len(claimed), err)
				}
				if !arrived {
					return nil
				}
				var reply bot.Reply
				if err := json.Unmarshal(claimed[0].Body, &reply); err != nil {
					return err
				}
				_, err = r.fake.Post(t.Context(), bot.Room{Platform: bottest.FakeName, ID: "a"}, bot.Post{Reply: reply, Key: claimed[0].Token})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			e := r.engine("alive")
			for range 3 {
				r.sleep(time.Minute)
				r.drain(e)
			}
			r.want("a", 3)
			// The dead one's late record changes nothing.
			err = r.db.Write(t.Context(), func(tx *storage.Tx) error {
				ours, err := tx.Settle(t.Context(), 1, "dead", storage.Settlement{State: storage.Failed, Reason: "late"})
				if ours {
					t.Error("a lease that was lost settles a post")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if s := r.states("a"); s[storage.Posted] != 3 {
				t.Errorf("%v", s)
			}
		})
	}
}

// Run posts what becomes owed while it runs, and ends when it is told to.
func TestRun(t *testing.T) {
	r := newRig(t)
	e := r.engine("one")
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	r.owe("a", 2)
	r.sleep(time.Second)
	e.Wake()
	deadline := time.After(20 * time.Second)
	for len(r.posted("a")) < 2 {
		select {
		case <-deadline:
			t.Fatal("nothing was posted")
		case <-r.db.Changed():
		case <-time.After(50 * time.Millisecond):
			e.Wake()
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	r.want("a", 2)
}

func TestToken(t *testing.T) {
	a, b := delivery.Token("a"), delivery.Token("b")
	if len(a) != 25 || a == b || a != delivery.Token("a") || strings.Trim(a, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") != "" {
		t.Errorf("%q %q", a, b)
	}
}
