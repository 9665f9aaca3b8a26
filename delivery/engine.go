package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// Kinds of posts.
const (
	Arrival = "arrival" // who the bot is, once a room
	Closing = "closing" // the last reading is over
)

// The kinds that a plan schedules.
const (
	Announcement = string(reading.Announcement)
	Reminder     = string(reading.Reminder)
	Question     = string(reading.PromptPost)
	Recap        = string(reading.Recap)
	Meeting      = string(reading.Meeting)
)

// An Engine posts what is owed. Its fields are set before Run.
type Engine struct {
	DB        *storage.DB
	Platforms map[string]bot.Platform
	Phrases   *phrases.Book
	Now       func() time.Time
	Log       *slog.Logger
	// Owner names this process among those that ever claimed a delivery.
	Owner string
	// LateReminder is how late a reminder may still go out; 0 is two hours.
	LateReminder time.Duration
	// Timeout bounds one send; 0 is thirty seconds.
	Timeout time.Duration

	wake chan struct{}
	once sync.Once

	mu       sync.Mutex
	lastTick time.Time
}

// Wake makes a running engine look for what is due at once.
func (e *Engine) Wake() {
	e.init()
	select {
	case e.wake <- struct{}{}:
	default:
	}
}

func (e *Engine) init() { e.once.Do(func() { e.wake = make(chan struct{}, 1) }) }

// LastTick is when the engine last looked for what is due.
func (e *Engine) LastTick() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lastTick
}

// Run posts what is due until ctx ends. Sends in flight are finished, within
// their own time limit, before it returns.
func (e *Engine) Run(ctx context.Context) error {
	e.init()
	for {
		wait := 10 * time.Second // other processes may write; the tick is also what readiness looks at
		if err := e.Drain(ctx); err != nil && ctx.Err() == nil {
			e.Log.Error("posting what is due failed", "err", err)
		}
		if at, ok, err := e.NextDue(ctx); err == nil && ok {
			wait = min(wait, max(at.Sub(e.Now()), 0)+time.Millisecond)
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-e.wake:
			t.Stop()
		case <-e.DB.Changed():
			t.Stop()
		case <-t.C:
		}
	}
}

// Drain posts until nothing more is due now.
func (e *Engine) Drain(ctx context.Context) error {
	for {
		owed, err := e.owe(ctx)
		if err != nil {
			return err
		}
		sent, err := e.send(ctx)
		if err != nil {
			return err
		}
		e.mu.Lock()
		e.lastTick = e.Now()
		e.mu.Unlock()
		if owed == 0 && sent == 0 || ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// NextDue is when something is due next; ok is false if nothing is.
func (e *Engine) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		at, ok, err = tx.NextDue(ctx)
		return err
	})
	return at, ok, err
}

// owe turns what has come due into deliveries, in the transaction that
// advances the schedule.
func (e *Engine) owe(ctx context.Context) (n int, err error) {
	due := 0
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		rows, err := tx.SchedulesDue(ctx, 1)
		due = len(rows)
		return err
	})
	if err != nil || due == 0 {
		return 0, err
	}
	err = e.DB.Write(ctx, func(tx *storage.Tx) error {
		n = 0
		rows, err := tx.SchedulesDue(ctx, 500)
		if err != nil {
			return err
		}
		for _, s := range rows {
			if err := e.oweOne(ctx, tx, s); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

func (e *Engine) oweOne(ctx context.Context, tx *storage.Tx, s storage.Scheduled) error {
	if s.Kind == Closing {
		if err := tx.EndPlan(ctx, s.Plan); err != nil {
			return err
		}
	}
	key := fmt.Sprintf("g%d p%d r%d %s %s %s %s", s.Group, s.Plan, s.Reading, s.Kind, s.Occurrence, s.Platform, s.Room)
	_, err := tx.Owe(ctx, storage.Delivery{
		Key: key, Token: Token(key), Group: s.Group, Plan: s.Plan, Reading: s.Reading, Prompt: s.Prompt,
		Kind: s.Kind, Occurrence: s.Occurrence, Platform: s.Platform, Room: s.Room, Due: s.At,
	})
	if err != nil {
		return err
	}
	return tx.MarkOwed(ctx, s.ID)
}

// Token is the key of a post as platforms take it, which fits Discord's nonce
// and Matrix's transaction identifiers.
func Token(key string) string { return bot.Key(key) }

// send claims and posts the first delivery of each room.
func (e *Engine) send(ctx context.Context) (int, error) {
	var claimed []storage.Delivery
	some := false
	err := e.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		some, err = tx.Sendable(ctx)
		return err
	})
	if err != nil || !some {
		return 0, err
	}
	err = e.DB.Write(ctx, func(tx *storage.Tx) (err error) {
		claimed, err = tx.Claim(ctx, e.Owner, 64)
		return err
	})
	if err != nil {
		return 0, err
	}
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for _, d := range claimed {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			deliver := e.deliver
			if ctx.Err() != nil {
				deliver = e.giveBack // told to stop before it was its turn
			}
			if err := deliver(ctx, d); err != nil {
				e.Log.Error("a delivery could not be recorded", "delivery", d.ID, "kind", d.Kind, "err", err)
			}
		})
	}
	wg.Wait()
	return len(claimed), nil
}

// giveBack returns a delivery that was claimed and not begun.
func (e *Engine) giveBack(ctx context.Context, d storage.Delivery) error {
	return e.postpone(context.WithoutCancel(ctx), d, e.Now(), d.State == storage.Sending, "stopping")
}

// deliver sends one claimed delivery and records the outcome.
func (e *Engine) deliver(ctx context.Context, d storage.Delivery) error {
	// What was begun is finished even when the process is told to stop.
	// What became of it is recorded even when the time for sending is over.
	record := context.WithoutCancel(ctx)
	ctx, cancel := context.WithTimeout(record, e.timeout())
	defer cancel()
	now := e.Now()
	settle := func(state storage.DeliveryState, reason, message string) error {
		return e.DB.Write(record, func(tx *storage.Tx) error { return tx.Settle(record, d.ID, e.Owner, state, reason, message) })
	}
	p, ok := e.Platforms[d.Platform]
	if !ok {
		// The platform is not connected in this run; its posts wait.
		return e.postpone(record, d, now.Add(time.Minute), d.State == storage.Sending, "not_connected")
	}
	room := bot.Room{Platform: d.Platform, ID: bot.RoomID(d.Room)}
	if d.State == storage.Sending {
		// A try before this one may have arrived.
		if f, can := p.(bot.Finder); can {
			id, err := f.Find(ctx, room, d.Token, d.FirstTry)
			switch {
			case err == nil:
				return settle(storage.Posted, "found", string(id))
			case !errors.Is(err, bot.ErrNotFound):
				return e.failed(record, d, err)
			}
		}
	}
	post, skip, err := e.compose(ctx, d, now)
	if err != nil {
		e.Log.Error("a post could not be written", "delivery", d.ID, "kind", d.Kind, "err", err)
		return e.postpone(record, d, now.Add(backoff(d.Tries)), false, "compose")
	}
	if skip != "" {
		return settle(storage.Skipped, skip, "")
	}
	id, err := p.Post(ctx, room, bot.Post{Reply: post, Key: d.Token, FirstTry: d.FirstTry})
	if err != nil {
		return e.failed(record, d, err)
	}
	late := now.Sub(d.Due)
	reason := ""
	if late > time.Minute {
		reason = "late"
	}
	e.Log.Info("posted", "kind", d.Kind, "room", room.String(), "late", late.Round(time.Second).String())
	return settle(storage.Posted, reason, string(id))
}

// failed records a send that did not succeed, by its outcome.
func (e *Engine) failed(ctx context.Context, d storage.Delivery, err error) error {
	now := e.Now()
	var pe *bot.PostError
	if !errors.As(err, &pe) {
		pe = &bot.PostError{Outcome: bot.Unknown, Err: err}
	}
	e.Log.Warn("a post failed", "kind", d.Kind, "room", d.Platform+":"+d.Room, "outcome", string(pe.Outcome), "err", pe.Err)
	switch pe.Outcome {
	case bot.Permanent:
		return e.DB.Write(ctx, func(tx *storage.Tx) error {
			// The post waits, with all others for the room, until somebody
			// mends what is wrong.
			if err := tx.PauseRoom(ctx, d.Platform, d.Room, "refused: "+pe.Right); err != nil {
				return err
			}
			return tx.Postpone(ctx, d.ID, e.Owner, now, false, "refused: "+pe.Right)
		})
	case bot.Retry:
		wait := pe.After
		if wait <= 0 {
			wait = backoff(d.Tries)
		}
		return e.postpone(ctx, d, now.Add(wait), d.State == storage.Sending, "retry")
	default:
		return e.postpone(ctx, d, now.Add(backoff(d.Tries)), true, "unknown")
	}
}

func (e *Engine) postpone(ctx context.Context, d storage.Delivery, next time.Time, sent bool, reason string) error {
	return e.DB.Write(ctx, func(tx *storage.Tx) error { return tx.Postpone(ctx, d.ID, e.Owner, next, sent, reason) })
}

func (e *Engine) timeout() time.Duration {
	if e.Timeout > 0 {
		return e.Timeout
	}
	return 30 * time.Second
}

// backoff is full jitter under an exponential ceiling: between nothing and
// 1, 2, 4, … seconds, at most five minutes.
func backoff(tries int) time.Duration {
	ceiling := min(time.Second<<min(tries, 10), 5*time.Minute)
	return time.Duration(rand.Int64N(int64(ceiling))) + 50*time.Millisecond
}
