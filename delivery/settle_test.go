package delivery_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/storage"
)

// A straggler is a platform on which requests may arrive late: after whoever
// sent them gave up, or died. It takes two that are under way at once for two
// posts, though they bear the same key.
type straggler struct {
	*bottest.Fake
	mu    sync.Mutex
	late  time.Duration // of the next request; its sender hears of a broken connection at once
	looks []time.Time
	sends []time.Time
}

func (s *straggler) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	s.mu.Lock()
	late := s.late
	s.late = 0
	s.sends = append(s.sends, time.Now())
	s.mu.Unlock()
	if late == 0 {
		return s.Fake.Post(ctx, room, p)
	}
	s.arrive(room, p, late)
	return "", &bot.PostError{Outcome: bot.Unknown, Err: errTest}
}

// arrive lets a request come after a time, whatever was posted meanwhile.
func (s *straggler) arrive(room bot.Room, p bot.Post, late time.Duration) {
	time.AfterFunc(late, func() {
		if id, err := s.Fake.Find(context.Background(), room, p.Key, time.Time{}); err == nil && id != "" {
			p.Key += " again" // the fake would take it for the same
		}
		_, _ = s.Fake.Post(context.Background(), room, p) // it cannot fail
	})
}

func (s *straggler) Find(ctx context.Context, room bot.Room, key string, since time.Time) (bot.MessageID, error) {
	s.mu.Lock()
	s.looks = append(s.looks, time.Now())
	s.mu.Unlock()
	return s.Fake.Find(ctx, room, key, since)
}

// What a process that was killed had sent arrives after the next one has
// started, and what a live one sent arrives after it gave up: neither is posted
// twice, other rooms are not kept waiting, and the room's order is kept. Where
// nothing settles, both are there twice.
func TestStragglers(t *testing.T) {
	const late = 1500 * time.Millisecond
	for _, c := range []struct {
		settle time.Duration
		want   int
	}{{0, 3}, {time.Nanosecond, 4}} {
		t.Run(fmt.Sprint("killed, settle ", c.settle), func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := &straggler{Fake: r.fake}
				r.owe("a", 3)
				r.owe("b", 2)
				time.Sleep(time.Second)
				// This is what is left by whoever dies with a request on its way.
				err := r.db.Write(r.t.Context(), func(tx *storage.Tx) error {
					claimed, err := tx.Claim(r.t.Context(), bottest.FakeName, "dead", 1, 1)
					if err != nil || len(claimed) != 1 || claimed[0].Room != "a" {
						return fmt.Errorf("claimed %v: %w", claimed, err)
					}
					var reply bot.Reply
					if err := json.Unmarshal(claimed[0].Body, &reply); err != nil {
						return err
					}
					p.arrive(bot.Room{Platform: bottest.FakeName, ID: "a"}, bot.Post{Reply: reply, Key: claimed[0].Token}, late)
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				e := r.engine("alive")
				e.Platforms[bottest.FakeName], e.Settle = p, c.settle
				began := time.Now()
				stop := r.run(e)
				time.Sleep(time.Second)
				r.want("b", 2) // at once
				// Whoever is told to try at once waits for it too.
				err = r.db.Write(r.t.Context(), func(tx *storage.Tx) error {
					if _, err := tx.Reopen(r.t.Context(), 1, false); err != nil {
						return err
					}
					_, _, err := tx.TryAgain(r.t.Context())
					return err
				})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(time.Minute)
				stop()
				if c.settle == 0 {
					r.want("a", c.want)
					if len(p.looks) != 1 || p.looks[0].Sub(began) < 5*time.Second {
						t.Errorf("looked %d times, after %v", len(p.looks), p.looks[0].Sub(began))
					}
				} else if got := r.posted("a"); len(got) != c.want {
					t.Errorf("where nothing settles the room holds %v: the trial proves nothing", got)
				}
			})
		})
		t.Run(fmt.Sprint("broken off, settle ", c.settle), func(t *testing.T) {
			bubble(t, func(r *rig) {
				p := &straggler{Fake: r.fake, late: 4 * time.Second}
				r.owe("a", 3)
				e := r.engine("one")
				e.Platforms[bottest.FakeName], e.Settle = p, c.settle
				stop := r.run(e)
				time.Sleep(time.Second)
				r.owe("b", 2)
				e.Wake()
				time.Sleep(100 * time.Millisecond)
				r.want("b", 2)
				time.Sleep(time.Minute)
				stop()
				if c.settle == 0 {
					r.want("a", c.want)
				} else if got := r.posted("a"); len(got) != c.want {
					t.Errorf("where nothing settles the room holds %v: the trial proves nothing", got)
				}
			})
		})
	}
}
