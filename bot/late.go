package bot

import (
	"sync"
	"time"
)

// late keeps when each room was last told that something was passed over.
type late struct {
	mu   sync.Mutex
	told map[Room]time.Time
}

// tooLate reports whether a command was said so long ago, by who spoke while
// the bot was away, that nobody waits for it any more.
func (d *Dispatcher) tooLate(r *Request) bool {
	if d.LateCommand <= 0 || d.Now == nil || r.At.IsZero() || r.Command != nil || r.ReplyTo != "" {
		return false
	}
	return d.Now().Sub(r.At) > d.LateCommand
}

// passedOver tells a room once after each absence that what was asked
// meanwhile is not done: nothing is dropped in silence, and nobody is answered
// ten times about it.
func (d *Dispatcher) passedOver(r *Request) (Reply, error) {
	if !r.Addressed {
		return Reply{}, errQuiet
	}
	now := d.Now()
	d.late.mu.Lock()
	defer d.late.mu.Unlock()
	if told, ok := d.late.told[r.Room]; ok && now.Sub(told) < d.LateCommand {
		return Reply{}, errQuiet
	}
	if d.late.told == nil {
		d.late.told = map[Room]time.Time{}
	}
	d.late.told[r.Room] = now
	return Reply{}, &Error{Code: "late", Message: d.voice(r).Say("bot.late", "Minutes", int(d.LateCommand.Minutes()+0.5))}
}
