package delivery_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/storage"
)

// A hanging platform answers no send until its time is over, as long as hang
// is set.
type hanging struct {
	*bottest.Fake
	hang  atomic.Bool
	began chan struct{}
	let   chan struct{} // closed: sends go through
}

func (h *hanging) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	if h.hang.Load() {
		h.began <- struct{}{}
		select {
		case <-h.let:
		case <-ctx.Done():
			return "", &bot.PostError{Outcome: bot.Unknown, Err: ctx.Err()}
		}
	}
	return h.Fake.Post(ctx, room, p)
}

// A send that takes all its time is recorded as one of which nobody knows, and
// tried again by the same process.
func TestSendThatHangs(t *testing.T) {
	r := newRig(t)
	r.owe("a", 2)
	h := &hanging{Fake: r.fake, began: make(chan struct{}, 10), let: make(chan struct{})}
	h.hang.Store(true)
	e := r.engine("one")
	e.Platforms[bottest.FakeName], e.Timeout = h, 30*time.Millisecond
	r.sleep(time.Second)
	r.drain(e)
	r.want("a", 0)
	h.hang.Store(false)
	for range 3 {
		r.sleep(10 * time.Minute)
		r.drain(e)
	}
	r.want("a", 2)
}

// Told to stop, an engine finishes the sends that it has begun, and gives the
// others back unsent.
func TestStopFinishesWhatWasBegun(t *testing.T) {
	r := newRig(t)
	const rooms = 20
	for i := range rooms {
		r.owe(fmt.Sprint("room", i), 1)
	}
	h := &hanging{Fake: r.fake, began: make(chan struct{}, rooms), let: make(chan struct{})}
	h.hang.Store(true)
	e := r.engine("one")
	e.Platforms[bottest.FakeName], e.Slots = h, 8
	r.sleep(time.Second)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	<-h.began
	stop()
	time.Sleep(50 * time.Millisecond) // the others have begun or never will
	close(h.let)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	posted := len(r.fake.Messages())
	if posted == 0 || posted > 8 {
		t.Errorf("%d posts went out, want those of 1 to 8 slots", posted)
	}
	var owed int
	for i := range rooms {
		s := r.states(fmt.Sprint("room", i))
		owed += s[storage.Owed]
		if s[storage.Sending] > 0 {
			t.Errorf("room %d is left half done: %v", i, s)
		}
	}
	if owed != rooms-posted {
		t.Errorf("%d are owed and %d posted, of %d", owed, posted, rooms)
	}
	h.hang.Store(false)
	r.drain(r.engine("two"))
	if n := len(r.fake.Messages()); n != rooms {
		t.Errorf("%d posts in the end", n)
	}
}
