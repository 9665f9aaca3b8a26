package delivery

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"lectern/bot"
	"lectern/storage"
)

// A result is what became of one try, as it is to be written down: the
// settlement, or when to try again.
type result struct {
	back   bool // the platform answers again
	settle *storage.Settlement
	next   time.Time
	sent   bool // it may have been sent
	reason string
	pause  string // why the room gets no more posts
	outage *storage.Outage
	// settles is when a request that may still be on its way will have come or
	// never will; zero if none is.
	settles time.Time
}

func settled(state storage.DeliveryState, reason string) result {
	return result{settle: &storage.Settlement{State: state, Reason: reason}}
}

// carry sends one claimed delivery and writes down what became of it.
// now is the instant at which it was claimed, by which its lateness counts.
func (e *Engine) carry(stop context.Context, l *lane, d storage.Delivery, now time.Time) {
	s := &sending{Engine: e, lane: l, d: d, claimed: now}
	defer func() {
		l.put(d.Tries > 0, s.admitted)
		e.carried.Add(1)
		signal(e.ended)
	}()
	e.record(stop, d, s.try(stop))
}

// A sending is one try of one delivery.
type sending struct {
	*Engine
	lane     *lane
	d        storage.Delivery
	claimed  time.Time
	admitted bool
}

// try is attempt, with a way out of a panic: nobody else sends this post.
func (s *sending) try(stop context.Context) (r result) {
	defer func() {
		if p := recover(); p != nil {
			s.Log.Error("a post made the bot stumble", "delivery", s.d.ID, "kind", s.d.Kind, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			r = s.unsure(backoff(s.d.Tries+4), true, "compose")
		}
	}()
	return s.attempt(stop)
}

// later is to try again after a time.
func (s *sending) later(wait time.Duration, sent bool, reason string) result {
	return result{next: s.Now().Add(wait), sent: sent, reason: reason}
}

// unsure is to try again after a time, and not before what was sent just now
// has settled.
func (s *sending) unsure(wait time.Duration, sent bool, reason string) result {
	r := s.later(max(wait, s.settle()), sent, reason)
	r.settles = s.Now().Add(s.settle())
	return r
}

// admit waits for the platform's turn. ok is false when there is none now: the
// engine stops, or the platform wants a pause.
func (s *sending) admit(stop context.Context) (r result, ok bool) {
	err := s.lane.admit(stop, s.Now, !s.admitted)
	switch {
	case err == nil:
		if !s.admitted {
			s.admitted = true
			signal(s.ended) // another may be claimed
		}
		return r, true
	case errors.Is(err, errClosed):
		_, _, at := s.lane.allowance(s.Now())
		return result{next: at, sent: s.maybe(), reason: "retry"}, false
	}
	return s.later(0, s.maybe(), "stopping"), false
}

// maybe reports whether a try before this one may have arrived.
func (s *sending) maybe() bool { return s.d.State == storage.Sending }

// attempt sends a delivery and says what became of it.
func (s *sending) attempt(stop context.Context) result {
	d := s.d
	if stop.Err() != nil {
		return s.later(0, s.maybe(), "stopping")
	}
	// What was begun is finished even when the process is told to stop.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(stop), s.timeout()+patience)
	defer cancel()
	if d.Act != storage.Post {
		return s.act(ctx, stop)
	}
	if d.Due.After(s.claimed) { // somebody said that all that waits be tried
		return result{next: d.Due}
	}
	p := s.Platforms[d.Platform]
	room := bot.Room{Platform: d.Platform, ID: bot.RoomID(d.Room)}
	if d.Recipient != "" {
		c, ok := p.(bot.Confidant)
		if !ok && d.Kind == Brief {
			return settled(storage.Skipped, "no_direct") // it helps, and nothing hangs on it
		}
		if !ok {
			return settled(storage.Failed, "no_direct")
		}
		if r, ok := s.admit(stop); !ok {
			return r
		}
		var err error
		if room, err = c.Direct(ctx, d.Recipient); err != nil {
			return s.failed(err, s.maybe())
		}
	}
	if s.maybe() && !noKey {
		if r, done := s.look(ctx, stop, p, room); done {
			return r
		}
	}
	if r, ok := s.recount(ctx, stop); !ok {
		return r
	}
	post, skip, err := s.whole(ctx, d, s.claimed)
	if err != nil {
		s.Log.Error("a post could not be written", "delivery", d.ID, "kind", d.Kind, "err", err)
		return s.later(backoff(d.Tries), s.maybe(), "compose")
	}
	if skip != "" {
		return settled(storage.Skipped, skip)
	}
	var wait bool
	if post.Thread, wait, err = s.threadOf(ctx, d); err != nil {
		return s.later(backoff(d.Tries), s.maybe(), "compose")
	}
	if wait {
		return s.later(forumAgain, s.maybe(), "forum")
	}
	if r, ok := s.admit(stop); !ok {
		return r
	}
	post = s.coming(ctx, p, room, post)
	if markedFirst {
		s.record(stop, d, settled(storage.Posted, ""))
	}
	sendBy, cancelSend := context.WithTimeout(context.WithoutCancel(stop), s.timeout())
	defer cancelSend()
	id, err := p.Post(sendBy, room, bot.Post{Reply: post, Key: keyFor(d), FirstTry: d.FirstTry})
	if err != nil {
		return s.failed(err, true)
	}
	late := s.claimed.Sub(d.Due)
	r := s.arrived(s.Now())
	r.settle = &storage.Settlement{State: storage.Posted, Message: string(id), Tell: late > tellAfter}
	if late > time.Minute {
		r.settle.Reason = "late"
	}
	s.Log.Info("posted", "kind", d.Kind, "room", room.String(), "late", late.Round(time.Second).String())
	return r
}

// arrived notes that the platform answered. If it had not for long, that is
// kept as an outage.
func (s *sending) arrived(now time.Time) (r result) {
	was := s.lane.succeeded()
	r.back = !was.IsZero()
	if r.back && now.Sub(was) > awayFor {
		r.outage = &storage.Outage{Platform: s.d.Platform, Began: was, Ended: now}
	}
	return r
}

// lookFor is how long a post of which nobody knows is looked for, where the
// platform answers and does not say.
const lookFor = 24 * time.Hour

// look finds out what became of a try before this one. done is false if the
// post is to be sent again.
func (s *sending) look(ctx, stop context.Context, p bot.Platform, room bot.Room) (r result, done bool) {
	d := s.d
	if k, ok := p.(bot.Idempotent); ok {
		// The platform itself knows the key for so long; a send takes a while.
		if age := s.Now().Sub(d.FirstTry); age >= 0 && age < k.KeepsKeys()-s.timeout() {
			return r, false
		}
	}
	f, ok := p.(bot.Finder)
	if !ok {
		return settled(storage.Unknown, "unknown"), true
	}
	if r, ok := s.admit(stop); !ok {
		return r, true
	}
	id, err := s.findPost(ctx, p, f, room, d, d.FirstTry)
	switch {
	case err == nil:
		r = s.arrived(s.Now())
		r.settle = &storage.Settlement{State: storage.Posted, Reason: "found", Message: string(id), Tell: s.Now().Sub(d.Due) > tellAfter}
		return r, true
	case errors.Is(err, bot.ErrNotFound):
		return r, false
	case s.Now().Sub(d.FirstTry) > lookFor && postError(err).Outcome != bot.Retry: // where nobody answers, it waits
		return settled(storage.Unknown, "unknown"), true
	}
	return s.failed(err, true), true
}

// failed says what follows from a request that did not succeed. sent says that
// the post may have been sent if the outcome is not known.
func (s *sending) failed(err error, sent bool) result {
	d, now := s.d, s.Now()
	pe := postError(err)
	s.Log.Warn("a post failed", "kind", d.Kind, "room", d.Platform+":"+d.Room, "outcome", string(pe.Outcome), "err", pe.Err)
	switch pe.Outcome {
	case bot.Permanent:
		reason := "refused: " + pe.Right
		switch {
		case pe.Scope == bot.EveryPlace:
			// No room is to blame: nothing goes out there for a while.
			s.lane.shut(now, now.Add(time.Minute))
			return s.later(time.Minute, s.maybe(), reason)
		case pe.Scope == bot.OnePost, d.Recipient != "", d.Act != storage.Post:
			return settled(storage.Failed, reason)
		}
		// The post waits, with all others for the room, until somebody mends
		// what is wrong.
		return result{next: now, sent: s.maybe(), reason: reason, pause: reason}
	case bot.Retry:
		wait, reason := pe.After, "retry"
		if wait <= 0 {
			wait, reason = backoff(d.Tries), storage.Unreachable
		}
		if pe.Scope == bot.EveryPlace {
			s.lane.shut(now, now.Add(wait))
		} else if pe.After <= 0 {
			s.lane.fail(now)
		}
		return s.later(wait, s.maybe(), reason)
	default:
		s.lane.fail(now)
		return s.unsure(backoff(d.Tries), sent, "unknown")
	}
}

// act does something to an earlier post. Each such act comes to the same when
// it is done twice, so that one whose outcome is not known is done again.
func (s *sending) act(ctx, stop context.Context) result {
	d := s.d
	if d.Act == storage.Event {
		return s.event(ctx, stop)
	}
	var target storage.Delivery
	err := s.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		target, err = tx.Delivery(ctx, d.Target)
		if err == nil && target.State == storage.Folded {
			target, err = tx.Delivery(ctx, target.Folded)
		}
		return err
	})
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return settled(storage.Skipped, "no_target")
	case err != nil:
		return s.later(backoff(d.Tries), false, "compose")
	case target.State != storage.Posted || target.Message == "":
		return settled(storage.Skipped, "no_target")
	}
	p := s.Platforms[d.Platform]
	room, id := bot.Room{Platform: target.Platform, ID: bot.RoomID(target.Room)}, bot.MessageID(target.Message)
	var do func() error
	switch d.Act {
	case storage.Edit:
		if x, ok := p.(bot.Editor); ok {
			of := d
			if d.Body == nil { // as the post would be written now
				of = target
				of.Forced = true
			}
			post, skip, err := s.whole(ctx, of, s.claimed)
			if err != nil {
				return s.later(backoff(d.Tries), false, "compose")
			}
			if skip != "" {
				return settled(storage.Skipped, skip)
			}
			do = func() error { return x.Edit(ctx, room, id, bot.Post{Reply: post, Key: d.Token, FirstTry: d.FirstTry}) }
		}
	case storage.Delete:
		if x, ok := p.(bot.Deleter); ok {
			do = func() error { return x.Delete(ctx, room, id, d.Token) }
		}
	case storage.Pin, storage.Unpin:
		if x, ok := p.(bot.Pinner); ok {
			do = func() error { return x.Pin(ctx, room, id, d.Act == storage.Pin) }
		}
	case storage.Thread:
		if x, ok := p.(bot.Threader); ok {
			title := d.Occurrence
			do = func() error { return x.OpenThread(ctx, room, id, title) }
		}
	}
	return s.finish(stop, do, lookFor)
}

// event makes a meeting's entry say what the plan says.
func (s *sending) event(ctx, stop context.Context) result {
	d := s.d
	p, ok := s.Platforms[d.Platform].(bot.Convener)
	if !ok {
		return settled(storage.Skipped, "cannot")
	}
	m, on, err := s.meetingOf(ctx, d)
	if err != nil {
		return s.later(backoff(d.Tries), false, "compose")
	}
	room := bot.Room{Platform: d.Platform, ID: bot.RoomID(d.Room)}
	return s.finish(stop, func() error { return p.Convene(ctx, room, meetingIn(d).key(), on, m) }, eventFor)
}

// finish does an act, nil if the platform knows no such thing, and says what
// became of it. What fails for longer than a limit is not tried again.
func (s *sending) finish(stop context.Context, do func() error, limit time.Duration) result {
	d := s.d
	if do == nil {
		return settled(storage.Skipped, "cannot")
	}
	if r, ok := s.admit(stop); !ok {
		return r
	}
	if err := do(); err != nil {
		if s.Now().Sub(d.Due) > limit {
			return settled(storage.Failed, "unknown")
		}
		return s.failed(err, false)
	}
	r := s.arrived(s.Now())
	r.settle = &storage.Settlement{State: storage.Posted}
	return r
}

// record writes down what became of a try. A disk that is full, or any other
// trouble, must not lose it: the post is made, and would be looked for in the
// room at the next start only.
func (e *Engine) record(stop context.Context, d storage.Delivery, r result) {
	ctx := context.WithoutCancel(stop)
	for n := 0; ; n++ {
		err := e.DB.Write(ctx, func(tx *storage.Tx) error { return e.write(ctx, tx, d, r) })
		if err == nil {
			if n > 0 {
				e.Log.Info("a delivery is recorded at last", "delivery", d.ID, "tries", n+1)
			}
			return
		}
		if n == 0 {
			e.Log.Error("a delivery could not be recorded; trying until it can", "delivery", d.ID, "kind", d.Kind, "err", err)
		}
		wait := time.NewTimer(min(100*time.Millisecond<<min(n, 6), 5*time.Second))
		select {
		case <-wait.C:
		case <-stop.Done():
			wait.Stop()
			if n >= 3 { // the next start looks for it
				return
			}
		}
	}
}

func (e *Engine) write(ctx context.Context, tx *storage.Tx, d storage.Delivery, r result) error {
	if r.outage != nil {
		if err := tx.AddOutage(ctx, *r.outage); err != nil {
			return err
		}
	}
	if r.back {
		// What waits for its next try only because nobody answered goes now.
		if err := tx.Reachable(ctx, d.Platform); err != nil {
			return err
		}
	}
	if r.settle == nil {
		if r.pause != "" {
			if err := tx.PauseRoom(ctx, d.Platform, d.Room, r.pause); err != nil {
				return err
			}
			if err := e.tellPaused(ctx, tx, d, r.pause); err != nil {
				return err
			}
		}
		return tx.Postpone(ctx, d.ID, e.Owner, storage.Postponement{Next: r.next, Sent: r.sent, Reason: r.reason, Settles: r.settles})
	}
	s := *r.settle
	// What one waits for is told; what somebody dropped, or asked for, is not.
	switch {
	case d.Act == storage.Thread && s.State == storage.Failed:
		s.Tell = true // the group chose to talk there
	case d.Plan == 0 || d.Recipient != "" || d.Forced || d.Act != storage.Post:
		s.Tell = false
	case s.State == storage.Failed, s.State == storage.Skipped && missed(s.Reason):
		s.Tell = true
	}
	ours, err := tx.Settle(ctx, d.ID, e.Owner, s)
	if err != nil || !ours {
		return err
	}
	if s.State == storage.Posted && d.Act == storage.Post && d.Plan != 0 {
		if err := e.posted(ctx, tx, d); err != nil {
			return err
		}
	}
	if s.State == storage.Unknown && d.Recipient == "" {
		return e.tellUnknown(ctx, tx, d)
	}
	if s.State == storage.Posted && d.Act == storage.Post {
		return e.keepPins(ctx, tx, d)
	}
	return nil
}

// posted owes what follows from a post that was made: the events of coming
// meetings, and the place where a reading is talked about.
func (e *Engine) posted(ctx context.Context, tx *storage.Tx, d storage.Delivery) error {
	said, err := tx.FoldedInto(ctx, d.ID)
	if err != nil {
		return err
	}
	for _, x := range append([]storage.Delivery{d}, said...) {
		if x.Kind != Announcement {
			continue
		}
		if err := e.convene(ctx, tx, x); err != nil {
			return err
		}
		if err := e.discuss(ctx, tx, x); err != nil {
			return err
		}
	}
	return nil
}
