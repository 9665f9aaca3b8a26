package delivery_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/storage"
)

// In a bubble the engine runs by itself, on a clock that stands still while
// somebody works and leaps when all wait.
func bubble(t *testing.T, fn func(r *rig)) {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lectern.db")
	synctest.Test(t, func(t *testing.T) {
		r := &rig{t: t, path: path, fake: bottest.NewFake(), book: book, real: true}
		if r.db, err = storage.Open(t.Context(), path, storage.Options{Now: r.clock}); err != nil {
			t.Fatal(err)
		}
		fn(r)
		if err := r.db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// run runs an engine until stop is called.
func (r *rig) run(e *delivery.Engine) (stop func()) {
	ctx, cancel := context.WithCancel(r.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	return func() {
		r.t.Helper()
		cancel()
		if err := <-ended; err != nil {
			r.t.Error(err)
		}
	}
}

// A paced platform takes so many requests in a second, refuses more, and
// answers after a while.
type paced struct {
	*bottest.Fake
	per    int
	takes  time.Duration
	mu     sync.Mutex
	log    []time.Time
	refuse atomic.Int64
	slow   map[bot.RoomID]time.Duration
}

func (p *paced) Limit() (int, time.Duration) { return p.per, time.Second }

func (p *paced) Post(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	p.mu.Lock()
	now := time.Now()
	for len(p.log) > 0 && now.Sub(p.log[0]) >= time.Second {
		p.log = p.log[1:]
	}
	full := p.per > 0 && len(p.log) >= p.per
	if !full {
		p.log = append(p.log, now)
	}
	p.mu.Unlock()
	if full {
		p.refuse.Add(1)
		return "", &bot.PostError{Outcome: bot.Retry, Scope: bot.EveryPlace, After: time.Second, Err: errTest}
	}
	p.mu.Lock()
	takes := p.takes
	if slow, ok := p.slow[room.ID]; ok {
		takes = slow
	}
	p.mu.Unlock()
	t := time.NewTimer(takes)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		return "", &bot.PostError{Outcome: bot.Unknown, Err: ctx.Err()}
	}
	return p.Fake.Post(ctx, room, post)
}

// Rooms that do not answer keep no other waiting, however many they are.
func TestHangingRoomsDelayNoOther(t *testing.T) {
	bubble(t, func(r *rig) {
		p := &paced{Fake: r.fake, takes: 50 * time.Millisecond, slow: map[bot.RoomID]time.Duration{}}
		const hang, fine = 40, 200
		for i := range hang {
			p.slow[bot.RoomID(fmt.Sprint("hang", i))] = time.Hour
			r.owe(fmt.Sprint("hang", i), 3)
		}
		for i := range fine {
			r.owe(fmt.Sprint("fine", i), 3)
		}
		e := r.engine("one")
		e.Platforms[bottest.FakeName], e.Timeout = p, 30*time.Second
		stop := r.run(e)
		time.Sleep(3 * time.Second)
		for i := range fine {
			r.want(fmt.Sprint("fine", i), 3)
		}
		// Later those that hang still do, and a post that comes due is out
		// within a second.
		time.Sleep(20 * time.Minute)
		r.owe("new", 1)
		e.Wake()
		time.Sleep(time.Second)
		r.want("new", 1)
		p.mu.Lock()
		clear(p.slow)
		p.mu.Unlock()
		time.Sleep(10 * time.Minute)
		for i := range hang {
			r.want(fmt.Sprint("hang", i), 3)
		}
		stop()
	})
}

// Many that are due at once go out at the platform's own pace: as fast as it
// allows, and never faster.
func TestPace(t *testing.T) {
	bubble(t, func(r *rig) {
		p := &paced{Fake: r.fake, takes: 300 * time.Millisecond, per: 50}
		const rooms = 500
		for i := range rooms {
			r.owe(fmt.Sprint("room", i), 1)
		}
		began := time.Now()
		e := r.engine("one")
		e.Platforms[bottest.FakeName] = p
		stop := r.run(e)
		for len(r.fake.Messages()) < rooms {
			time.Sleep(10 * time.Millisecond)
		}
		took := time.Since(began)
		stop()
		if n := p.refuse.Load(); n > 0 {
			t.Errorf("%d refusals", n)
		}
		if use := rooms / 50.0 / took.Seconds(); use < 0.97 {
			t.Errorf("%.1f %% of the limit, in %s", 100*use, took)
		}
	})
}

// A limit that was not declared is found: few refusals, and all goes out.
func TestPaceUndeclared(t *testing.T) {
	bubble(t, func(r *rig) {
		p := &undeclared{&paced{Fake: r.fake, takes: 100 * time.Millisecond, per: 20}}
		const rooms = 300
		for i := range rooms {
			r.owe(fmt.Sprint("room", i), 1)
		}
		e := r.engine("one")
		e.Platforms[bottest.FakeName] = p
		stop := r.run(e)
		time.Sleep(5 * time.Minute)
		stop()
		if n := len(r.fake.Messages()); n != rooms {
			t.Errorf("%d posts", n)
		}
		if n := p.p.refuse.Load(); n > rooms/5 {
			t.Errorf("%d refusals for %d posts", n, rooms)
		}
	})
}

type undeclared struct{ p *paced }

func (u *undeclared) Name() string                                 { return u.p.Name() }
func (u *undeclared) Run(ctx context.Context, h bot.Handler) error { return u.p.Run(ctx, h) }
func (u *undeclared) Find(ctx context.Context, room bot.Room, key string, since time.Time) (bot.MessageID, error) {
	return u.p.Find(ctx, room, key, since)
}

func (u *undeclared) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	return u.p.Post(ctx, room, p)
}

// A clock that leaps ahead posts nothing early: what it would have posted is
// posted when its time comes. One that is set back posts nothing again.
func TestClockThatJumps(t *testing.T) {
	bubble(t, func(r *rig) {
		t := r.t
		var off atomic.Int64
		wall := func() time.Time { return time.Now().Add(time.Duration(off.Load())) }
		began := time.Now()
		db, err := storage.Open(t.Context(), filepath.Join(t.TempDir(), "jump.db"), storage.Options{Now: wall})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.db.Close(); err != nil {
			t.Fatal(err)
		}
		r.db = db
		r.owe("a", 2)
		due := time.Now().Add(2 * time.Hour)
		err = db.Write(t.Context(), func(tx *storage.Tx) error {
			tx.Now = due
			_, err := tx.Owe(t.Context(), storage.Delivery{Key: "later", Token: delivery.Token("later"), Kind: delivery.Arrival, Occurrence: "later", Platform: bottest.FakeName, Room: "b",
				Body: []byte(`{"blocks":[{"kind":"paragraph","text":[{"text":"b 0"}]}]}`), Due: due})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		e := &delivery.Engine{DB: db, Phrases: r.book, Now: wall, Elapsed: func() time.Duration { return time.Since(began) }, Log: slog.New(slog.DiscardHandler), Owner: "one",
			Platforms: map[string]bot.Platform{bottest.FakeName: r.fake}}
		stop := r.run(e)
		time.Sleep(time.Minute)
		r.want("a", 2)
		off.Store(int64(9 * 365 * 24 * time.Hour)) // wrong, and put right before it is believed
		time.Sleep(25 * time.Second)
		r.want("b", 0)
		if e.Held() == "" {
			t.Error("it does not say that it waits")
		}
		off.Store(0)
		time.Sleep(time.Hour)
		r.want("b", 0)
		off.Store(-int64(time.Hour))
		time.Sleep(time.Hour)
		r.want("a", 2)
		off.Store(0)
		time.Sleep(time.Hour)
		r.want("b", 1)
		r.want("a", 2)
		stop()
	})
}
