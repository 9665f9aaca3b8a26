package delivery

import (
	"context"
	"time"

	"lectern/bot"
	"lectern/storage"
)

// remember reads when the bot last looked for what is due.
func (e *Engine) remember(ctx context.Context) error {
	var last string
	err := e.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		last, err = tx.Setting(ctx, storage.LastTick)
		return err
	})
	if err == nil {
		// Whether anybody answers now is found out by asking.
		err = e.DB.Write(ctx, func(tx *storage.Tx) error { return tx.Reachable(ctx, "") })
	}
	if err != nil || last == "" {
		return err
	}
	e.watch.last, err = time.Parse(time.RFC3339, last)
	return err
}

// awayFor is how long a time without a look counts as an outage.
const awayFor = 5 * time.Minute

// believe reports whether the clock may be believed, and keeps once a minute
// that the bot has looked. A time in which it had not is kept as an outage.
func (e *Engine) believe(ctx context.Context, now time.Time) bool {
	elapsed := now.Sub(e.began) // by the clock that nobody sets, where the instants carry one
	if e.Elapsed != nil {
		elapsed = e.Elapsed()
	}
	var said []time.Time
	for _, name := range e.names {
		if k, ok := e.Platforms[name].(bot.Timekeeper); ok {
			if at, ok := k.ServerTime(); ok {
				said = append(said, at)
			}
		}
	}
	before := e.watch.last
	if e.beat.IsZero() {
		e.beat = before // as it was kept
	}
	ok, changed := e.watch.look(now, elapsed, said)
	if !ok {
		if changed {
			e.Log.Warn("the clock is not believed; nothing is posted until it is confirmed", "why", e.watch.doubt, "clock", now.UTC().Format(time.RFC3339))
		}
		e.setHeld("held.clock")
		e.mu.Lock()
		e.lastTick = now
		e.mu.Unlock()
		return false
	}
	if changed {
		e.Log.Info("the clock is confirmed", "clock", now.UTC().Format(time.RFC3339))
		for _, l := range e.lanes {
			l.reopen()
		}
	}
	if e.beat.IsZero() || now.Sub(e.beat).Abs() >= time.Minute {
		err := e.keepBeat(ctx, e.beat, now, changed)
		before := e.trouble(&e.unkept, err)
		switch {
		case err != nil && before == nil && ctx.Err() == nil:
			e.Log.Error("nothing can be written down; what is read is answered, and posts wait", "err", err)
		case err == nil && before != nil:
			e.Log.Info("it can be written down again")
		}
		if err == nil {
			e.beat = now.Round(0)
			e.tend(ctx)
		}
	}
	return true
}

// tend keeps the database's log short, and says so when it cannot.
func (e *Engine) tend(ctx context.Context) {
	size, err := e.DB.Tend(ctx)
	switch {
	case err != nil && ctx.Err() == nil:
		e.Log.Warn("the database's log could not be folded in", "err", err)
	case size > storage.LargeWAL && !e.swollen:
		e.swollen = true
		e.Log.Warn("the database's log has grown large: something reads for very long", "bytes", size)
	case size <= storage.LargeWAL && e.swollen:
		e.swollen = false
		e.Log.Info("the database's log is short again", "bytes", size)
	}
}

func (e *Engine) keepBeat(ctx context.Context, before, now time.Time, jumped bool) error {
	return e.DB.Write(ctx, func(tx *storage.Tx) error {
		if !before.IsZero() && now.Sub(before) > max(awayFor, 2*e.Every) {
			if err := tx.AddOutage(ctx, storage.Outage{Began: before, Ended: now}); err != nil {
				return err
			}
		}
		if jumped || before.IsZero() || now.Before(before) {
			// What a wrong clock put off for years is tried again.
			if err := tx.Pull(ctx, now.Add(maxWait)); err != nil {
				return err
			}
		}
		if err := tx.Unconnected(ctx, e.names); err != nil {
			return err
		}
		return tx.SaveSetting(ctx, storage.LastTick, now.UTC().Format(time.RFC3339))
	})
}
