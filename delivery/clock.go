package delivery

import (
	"time"
)

// A watch says whether the machine's clock may be believed. A post that goes
// out because the clock is ahead cannot be taken back, one that waits for half
// a minute is hardly late, so after anything odd nothing is posted until the
// clock is confirmed:
//
//   - at the start, the clock stands before the last look that was kept, or
//     more than maxGap after it;
//   - later, it has moved by more than maxStep against the clock that nobody
//     sets: it was set, or the machine slept;
//   - at any time, a platform that is connected says that it is another time,
//     by more than maxSkew.
//
// A platform that says the same time confirms it at once. Where none has said
// a time, confirmLooks looks in a row do, each at least lookEvery after the one
// before, between which both clocks have gone on alike. What a platform says
// goes before that.
type watch struct {
	last    time.Time     // the wall's time at the last look
	elapsed time.Duration // the other clock's
	began   bool
	doubt   string // why it is not believed; "" when it is
	looks   int    // how many have confirmed it
	looked  time.Duration
	need    int
}

// What a clock must keep to.
const (
	maxStep      = time.Minute
	maxSkew      = 5 * time.Minute
	maxGap       = 45 * 24 * time.Hour
	lookEvery    = 10 * time.Second
	confirmLooks = 3
	confirmGap   = 12 // after a gap, in which the clock may have been lost
)

// Why a clock is not believed.
const (
	doubtBack   = "it stands before the time of the last look"
	doubtGap    = "it stands far after the time of the last look"
	doubtJump   = "it was set, or the machine slept"
	doubtServer = "a platform says another time"
)

// look is told the wall's time, that of the clock that nobody sets, and what
// platforms say. It reports whether the wall's may be believed, and whether
// that has changed.
func (w *watch) look(now time.Time, elapsed time.Duration, platforms []time.Time) (ok, changed bool) {
	now = now.Round(0) // without its monotonic part
	was := w.doubt
	switch {
	case !w.began && w.last.IsZero(): // nothing to hold it against
	case !w.began && now.Before(w.last.Add(-maxStep)):
		w.suspect(doubtBack, confirmLooks, elapsed)
	case !w.began && now.Sub(w.last) > maxGap:
		w.suspect(doubtGap, confirmGap, elapsed)
	case w.began && (now.Sub(w.last)-(elapsed-w.elapsed)).Abs() > maxStep:
		w.suspect(doubtJump, confirmLooks, elapsed)
	case w.doubt != "" && elapsed-w.looked >= lookEvery:
		w.looks, w.looked = w.looks+1, elapsed
	}
	w.began, w.last, w.elapsed = true, now, elapsed
	agree, differ := false, false
	for _, p := range platforms {
		if p.Sub(now).Abs() <= maxSkew {
			agree = true
		} else {
			differ = true
		}
	}
	switch {
	case differ && !agree:
		w.suspect(doubtServer, confirmLooks, elapsed)
	case agree, w.looks >= w.need:
		w.doubt = ""
	}
	return w.doubt == "", was != w.doubt
}

func (w *watch) suspect(why string, need int, elapsed time.Duration) {
	w.doubt, w.looks, w.need, w.looked = why, 0, need, elapsed
}
