package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
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
	Notice  = "notice"  // a word to the organisers about posts
	Changed = "changed" // what was announced has changed
	Leader  = "leader"  // nobody leads a meeting that comes near
	Brief   = "brief"   // to who leads: what there is to talk about
	Ballot  = "ballot"  // something is put to the vote
	Result  = "result"  // and what came of it
	// Discussion is the post under which a reading is talked about in a forum.
	Discussion = "discussion"
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
	// Settle is how long a request whose outcome is not known may still be on
	// its way to the platform: so long its post is neither looked for nor sent
	// again, or else both could arrive. 0 is five seconds.
	Settle time.Duration
	// Slots is how many sends to one platform may be under way at once; 0 is
	// 64.
	Slots int
	// Every is how often what is due is looked for when nothing says that it
	// may have changed; 0 is ten seconds.
	Every time.Duration
	// Elapsed is a clock that nobody sets, for telling whether Now's was; nil
	// is the one that Now's instants carry.
	Elapsed func() time.Duration

	once    sync.Once
	wake    chan struct{}
	ended   chan struct{} // a send ended, or had its turn
	lanes   map[string]*lane
	names   []string // of the platforms, in order
	sends   sync.WaitGroup
	carried atomic.Int64 // sends that came to their end
	began   time.Time
	took    bool // what processes before this one had begun was taken over
	watch   watch
	beat    time.Time // when the last look was kept
	swollen bool      // it was said that the log of the database has grown

	mu       sync.Mutex
	lastTick time.Time
	held     string // why nothing is posted; "" if it is
	unread   error  // why what is due could not be looked for, last time
	unkept   error  // why the last look could not be written down
}

// tickEvery is how often what is due is looked for when nothing says that it
// may have changed: other processes may write, and it is what readiness looks
// at.
const tickEvery = 10 * time.Second

// oweBatch is how many scheduled posts become owed in one transaction, so that
// whoever else writes need not wait for thousands.
const oweBatch = 200

// Wake makes a running engine look for what is due at once.
func (e *Engine) Wake() {
	e.init()
	signal(e.wake)
}

// Back lets go now what waits only because nobody answered on a platform, which
// does again. A failure is logged, and what waits goes at its next try.
func (e *Engine) Back(ctx context.Context, platform string) {
	if err := e.DB.Write(ctx, func(tx *storage.Tx) error { return tx.Reachable(ctx, platform) }); err != nil {
		e.Log.Warn("posts that wait for a platform were not let go", "platform", platform, "err", err)
		return
	}
	e.Wake()
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

func (e *Engine) init() {
	e.once.Do(func() {
		e.wake, e.ended = make(chan struct{}, 1), make(chan struct{}, 1)
		e.began = e.Now()
		e.names = slices.Sorted(maps.Keys(e.Platforms))
		e.lanes = map[string]*lane{}
		if e.Every == 0 {
			e.Every = tickEvery
		}
		slots := e.Slots
		if slots == 0 {
			slots = 64
		}
		for name, p := range e.Platforms {
			limit, per := 0, time.Duration(0)
			if l, ok := p.(bot.Limiter); ok {
				limit, per = l.Limit()
			}
			e.lanes[name] = newLane(slots, limit, per)
		}
	})
}

// LastTick is when the engine last looked for what is due.
func (e *Engine) LastTick() time.Time {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lastTick
}

// Held is why nothing is posted for now, as a key of the catalogue's; "" if
// posts go out.
func (e *Engine) Held() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.held
}

// Trouble is why posts cannot be looked for or written down now, nil if they
// can.
func (e *Engine) Trouble() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	return errors.Join(e.unread, e.unkept)
}

func (e *Engine) trouble(what *error, err error) (before error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	before, *what = *what, err
	return before
}

func (e *Engine) setHeld(why string) (changed bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	changed, e.held = e.held != why, why
	return changed
}

// Run posts what is due until ctx ends. Sends in flight are finished, within
// their own time limit, before it returns.
func (e *Engine) Run(ctx context.Context) error {
	e.init()
	defer e.sends.Wait()
	if err := e.remember(ctx); err != nil && ctx.Err() == nil {
		e.Log.Error("when the bot last ran could not be read", "err", err)
	}
	failures := 0
	for {
		wait, changed := e.Every, e.DB.Changed()
		if now := e.Now(); !e.believe(ctx, now) {
			wait = min(wait, lookEvery)
		} else {
			t, err := e.tick(ctx, now)
			_ = e.trouble(&e.unread, err) // it is told below
			switch {
			case err != nil && ctx.Err() == nil:
				if failures == 0 {
					e.Log.Error("what is due cannot be looked for or written down; trying again", "err", err)
				}
				failures++
				wait = min(time.Second<<min(failures, 3), e.Every)
			case err == nil:
				if failures > 0 {
					e.Log.Info("what is due can be looked for again", "tries", failures)
				}
				failures = 0
				wait = min(wait, t.wait)
			}
		}
		if failures > 0 { // its own changes do not count then
			changed = nil
		}
		if !e.sleep(ctx, wait, changed) {
			return nil
		}
	}
}

// sleep waits until there may be something to do; it returns false when ctx is
// done.
func (e *Engine) sleep(ctx context.Context, wait time.Duration, changed <-chan struct{}) bool {
	if wait <= 0 {
		return ctx.Err() == nil
	}
	ended := e.ended
	if changed == nil {
		ended = nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-e.wake:
	case <-ended:
	case <-changed:
	case <-t.C:
	}
	return true
}

// Drain posts until nothing more is due now, and waits for what it began.
func (e *Engine) Drain(ctx context.Context) error {
	e.init()
	defer e.sends.Wait()
	for {
		carried := e.carried.Load()
		t, err := e.tick(ctx, e.Now())
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if t.did || e.carried.Load() != carried { // what ended meanwhile may let another go
			continue
		}
		if e.idle() && e.carried.Load() == carried {
			return nil
		}
		if !e.idle() {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-e.ended:
			}
		}
	}
}

func (e *Engine) idle() bool {
	for _, l := range e.lanes {
		if !l.idle() {
			return false
		}
	}
	return true
}

// NextDue is when something is due next; ok is false if nothing is.
func (e *Engine) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	e.init()
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		if at, ok, err = tx.NextScheduled(ctx); err != nil {
			return err
		}
		for _, name := range e.names {
			next, some, err := tx.NextSend(ctx, name, e.Owner, true)
			if err != nil {
				return err
			}
			if some && (!ok || next.Before(at)) {
				at, ok = next, true
			}
		}
		return nil
	})
	return at, ok, err
}

// A ticked is what a look for what is due found.
type ticked struct {
	did  bool          // something became owed, or was begun
	wait time.Duration // until something else may be due
}

// tick looks once for what is due: it makes a batch of it owed, and begins as
// many sends as the platforms take. now is the instant that was believed: the
// clock may be set between that and anything here.
func (e *Engine) tick(ctx context.Context, now time.Time) (t ticked, err error) {
	t.wait = e.Every
	if err := e.inherit(ctx, now); err != nil {
		return t, err
	}
	open := make(map[string]bool, len(e.names))
	for _, name := range e.names {
		n, retries, again := e.lanes[name].allowance(now)
		switch {
		case n > 0:
			open[name] = retries > 0
		case !again.IsZero():
			t.until(now, again)
		} // otherwise the end of one under way says when
	}
	g, err := e.DB.Glance(e.Owner, open)
	if err != nil {
		return t, err
	}
	owed := false
	if !g.Scheduled.IsZero() {
		owed = !g.Scheduled.After(now)
		t.until(now, g.Scheduled)
	}
	var tell []reading.GroupID
	if g.Tell && g.OnHold == "" {
		err := e.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			tx.Now = now
			tell, err = tx.GroupsToTell(ctx, e.failing(now), oweBatch)
			return err
		})
		if err != nil {
			return t, err
		}
	}
	e.mu.Lock()
	e.lastTick = now
	e.mu.Unlock()
	if g.OnHold != "" {
		if e.setHeld("held.restored") {
			e.Log.Warn("the database was restored from a backup: nothing is posted until lectern deliveries release", "since", g.OnHold)
		}
		return ticked{wait: e.Every}, nil
	}
	e.setHeld("")
	if owed {
		n, err := e.owe(ctx, now)
		if err != nil {
			return t, err
		}
		t.did = t.did || n > 0
		t.wait = 0
	}
	for _, name := range e.names {
		at, ok := g.Send[name]
		switch {
		case owed: // something may have come to be owed since
		case !ok:
			continue
		case at.After(now):
			t.until(now, at)
			continue
		}
		n, err := e.begin(ctx, name, now)
		if err != nil {
			return t, err
		}
		t.did = t.did || n > 0
	}
	if len(tell) > 0 && !owed {
		if err := e.tellAll(ctx, tell); err != nil {
			return t, err
		}
		t.did = true
	}
	return t, nil
}

// inherit takes over, once, what a process before this one had begun to send.
// It may have died with a request on its way, and homeservers were seen to take
// two such requests for two posts when both were under way at once, although
// they bore the same key. So they settle first, counted from here: the other
// process had ended by then.
func (e *Engine) inherit(ctx context.Context, now time.Time) error {
	if e.took {
		return nil
	}
	err := e.DB.Write(ctx, func(tx *storage.Tx) error {
		n, err := tx.Inherit(ctx, e.Owner, now.Add(e.settle()))
		switch {
		case err == nil && n == 0:
			return errNothing
		case err == nil:
			e.Log.Info("posts that were under way when the bot last ended are looked for once they have settled", "posts", n, "in", e.settle().String())
		}
		return err
	})
	if err != nil && !errors.Is(err, errNothing) {
		return err
	}
	e.took = true
	return nil
}

func (e *Engine) settle() time.Duration {
	if e.Settle > 0 {
		return e.Settle
	}
	return 5 * time.Second
}

// failing are the platforms that do not answer: an outage is told when it is
// over, in one message.
func (e *Engine) failing(now time.Time) (out []string) {
	for _, name := range e.names {
		down := e.lanes[name].fails(now)
		if c, ok := e.Platforms[name].(bot.Connector); ok {
			down = !c.Connected()
		}
		if down {
			out = append(out, name)
		}
	}
	return out
}

// until shortens the wait to an instant.
func (t *ticked) until(now, at time.Time) {
	t.wait = min(t.wait, max(at.Sub(now), 0)+time.Millisecond)
}

// owe turns a batch of what has come due into deliveries, in the transaction
// that advances the schedule.
func (e *Engine) owe(ctx context.Context, now time.Time) (n int, err error) {
	err = e.DB.Write(ctx, func(tx *storage.Tx) error {
		n, tx.Now = 0, now
		rows, err := tx.SchedulesDue(ctx, oweBatch)
		if err != nil {
			return err
		}
		for _, s := range rows {
			if err := OweScheduled(ctx, tx, s); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// OweScheduled turns a row of a schedule into a delivery.
func OweScheduled(ctx context.Context, tx *storage.Tx, s storage.Scheduled) error {
	if s.Kind == Closing {
		if err := tx.EndPlan(ctx, s.Plan); err != nil {
			return err
		}
	}
	if s.Kind == Brief {
		return errors.Join(oweLeaders(ctx, tx, s), tx.MarkOwed(ctx, s.ID))
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

// begin claims the first deliveries of rooms of a platform and sends each in a
// goroutine of its own, as many as the platform takes now.
func (e *Engine) begin(ctx context.Context, platform string, now time.Time) (n int, err error) {
	l := e.lanes[platform]
	limit, retries, _ := l.allowance(now)
	if limit == 0 {
		return 0, nil
	}
	var claimed []storage.Delivery
	err = e.DB.Write(ctx, func(tx *storage.Tx) (err error) {
		tx.Now = now
		claimed, err = tx.Claim(ctx, platform, e.Owner, limit, retries)
		if err == nil && len(claimed) == 0 {
			err = errNothing // nothing to commit, and nobody to wake
		}
		return err
	})
	if errors.Is(err, errNothing) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	for _, d := range claimed {
		l.take(d.Tries > 0)
		e.sends.Go(func() { e.carry(ctx, l, d, now) })
	}
	return len(claimed), nil
}

var errNothing = errors.New("delivery: nothing may be sent")

func (e *Engine) timeout() time.Duration {
	if e.Timeout > 0 {
		return e.Timeout
	}
	return 30 * time.Second
}

// maxWait is how far ahead a post that was put off may stand after the clock
// was wrong.
const maxWait = 24 * time.Hour

// maxBackoff is the longest wait after a failure, unless the platform says one.
const maxBackoff = 5 * time.Minute

// backoff is full jitter under an exponential ceiling: between nothing and
// 1, 2, 4, … seconds, at most five minutes.
func backoff(tries int) time.Duration {
	ceiling := min(time.Second<<min(tries, 10), maxBackoff)
	return time.Duration(rand.Int64N(int64(ceiling))) + 50*time.Millisecond
}

// postError is how a send failed; an error that does not say is one of which
// the outcome is not known.
func postError(err error) *bot.PostError {
	var pe *bot.PostError
	if !errors.As(err, &pe) {
		pe = &bot.PostError{Outcome: bot.Unknown, Err: err}
	}
	return pe
}
