package delivery

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A lane is what one platform may be asked: how many requests in a time, how
// many at once, and none before an instant.
//
// Where the platform declares a limit, requests are paced by a log of the last
// ones (a sliding window, so that no window of the platform's holds too many).
// Where it does not, a refusal halves what is under way at once and a success
// raises it again (additive increase, multiplicative decrease, as TCP does).
type lane struct {
	limit int // requests in per; 0: not declared
	per   time.Duration
	slots int

	mu       sync.Mutex
	log      []time.Time // when the last limit requests went out, a ring
	next     int         // the oldest in log
	window   float64     // how many may be under way
	busy     int         // claimed
	waiting  int         // claimed and not yet admitted
	retrying int         // claimed and tried before
	closed   time.Time   // no request before
	failing  time.Time   // the first failure after the last success
	failed   time.Time   // the last failure
}

// guard is added to a platform's window, for what a request's way there may
// shrink the distance between two.
const guard = 8 * time.Millisecond

// patience is how long a claimed post waits for a lane that was closed; one
// that would wait longer is given back.
const patience = time.Second

var errClosed = errors.New("delivery: the platform asked for a pause")

func newLane(slots, limit int, per time.Duration) *lane {
	l := &lane{limit: limit, per: per, slots: slots, window: float64(slots)}
	if limit > 0 {
		l.log = make([]time.Time, limit)
	}
	return l
}

// allowance is how many posts may be claimed now, and how many of them may
// have been tried before: those that hang must not hold every slot. Where none
// may, at is when to ask again, zero if the end of one under way says so.
func (l *lane) allowance(now time.Time) (n, retries int, at time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.closed) {
		return 0, 0, l.closed
	}
	n = int(l.window) - l.busy
	if l.limit > 0 {
		// A few are kept ready, so that writing to the disk costs no turn.
		n = min(n, max(l.limit/8, 2)-l.waiting)
	}
	return max(n, 0), max((int(l.window)+1)/2-l.retrying, 0), time.Time{}
}

// take notes that a post was claimed, and put that what became of it is
// written down.
func (l *lane) take(again bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy++
	l.waiting++
	if again {
		l.retrying++
	}
}

func (l *lane) put(again, admitted bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.busy--
	if !admitted {
		l.waiting--
	}
	if again {
		l.retrying--
	}
}

// idle reports whether nothing is under way.
func (l *lane) idle() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.busy == 0
}

// admit waits for a request's turn. first is true for the first of a post.
func (l *lane) admit(ctx context.Context, now func() time.Time, first bool) error {
	for {
		wait, err := l.turn(now(), first)
		if err != nil || wait <= 0 {
			return err
		}
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return ctx.Err()
		case <-t.C:
		}
	}
}

// turn takes a turn, or says how long to wait for one.
func (l *lane) turn(now time.Time, first bool) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.closed.Sub(now); wait > patience {
		return 0, errClosed
	} else if wait > 0 {
		return wait, nil
	}
	if l.limit > 0 {
		if wait := l.pace(now); wait > 0 {
			return wait, nil
		}
		l.log[l.next] = now
		l.next = (l.next + 1) % l.limit
	}
	if first {
		l.waiting--
	}
	return 0, nil
}

// pace is how long to wait: the request that is limit requests old must be
// older than the window, and no tenth of it may hold more than a fifth of the
// requests, so that they come as a stream.
func (l *lane) pace(now time.Time) time.Duration {
	wait := l.log[l.next].Add(l.per + guard).Sub(now)
	if burst := l.limit / 5; burst > 1 {
		recent := l.log[(l.next+l.limit-burst)%l.limit]
		wait = max(wait, recent.Add(l.per/10).Sub(now))
	}
	// A clock that was set back does not close the lane for as long.
	return min(wait, l.per+guard)
}

// succeeded notes an answer; was is since when there had been none, zero if
// the last request was answered too.
func (l *lane) succeeded() (was time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, l.failing = l.failing, time.Time{}
	l.window = min(float64(l.slots), l.window+1/l.window)
	return was
}

// fail notes that the platform could not be reached, or did not answer.
func (l *lane) fail(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.failed = now
	if l.failing.IsZero() {
		l.failing = now
	}
}

// fails reports whether nobody has answered lately.
func (l *lane) fails(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return !l.failing.IsZero() && now.Sub(l.failed) < 2*maxBackoff
}

// shut lets no request through before an instant.
func (l *lane) shut(now, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !now.Before(l.closed) { // of those that were refused together, one counts
		l.window = max(1, l.window/2)
	}
	if until.After(l.closed) {
		l.closed = until
	}
}

// reopen takes back what was shut by a clock that was wrong.
func (l *lane) reopen() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed, l.failing = time.Time{}, time.Time{}
}
