package delivery_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/storage"
)

// A deaf platform answers nobody for a while.
type deaf struct {
	*bottest.Fake
	hears atomic.Bool
}

func (d *deaf) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	if !d.hears.Load() {
		return "", &bot.PostError{Outcome: bot.Retry, Err: errTest}
	}
	return d.Fake.Post(ctx, room, p)
}

// What waits because nobody answered goes when the platform is known to be
// back, and not at its next try, which may be minutes away.
func TestBack(t *testing.T) {
	bubble(t, func(r *rig) {
		p := &deaf{Fake: r.fake}
		r.owe("a", 2)
		r.owe("b", 1)
		e := r.engine("one")
		e.Platforms[bottest.FakeName] = p
		stop := r.run(e)
		time.Sleep(20 * time.Minute)
		// All wait long, whatever the draw was.
		if err := r.db.Write(r.t.Context(), func(tx *storage.Tx) error {
			_, err := tx.SQL().ExecContext(r.t.Context(), `UPDATE delivery SET next_try = next_try + 600000`)
			return err
		}); err != nil {
			r.t.Error(err)
		}
		p.hears.Store(true)
		time.Sleep(time.Second)
		e.Back(r.t.Context(), "another")
		time.Sleep(time.Second)
		if n := len(r.posted("a")) + len(r.posted("b")); n > 0 {
			r.t.Errorf("%d posts went before their platform was back", n)
		}
		e.Back(r.t.Context(), bottest.FakeName)
		time.Sleep(time.Second)
		r.want("a", 2)
		r.want("b", 1)
		stop()
	})
}
