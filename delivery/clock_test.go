package delivery

import (
	"testing"
	"time"
)

// A clock that jumps, and a machine that sleeps, are not believed until
// something confirms them.
func TestWatch(t *testing.T) {
	start := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
	type look struct {
		wall  time.Duration // after start
		mono  time.Duration
		hears time.Duration // what a platform says, against the wall; -1: nothing
		ok    bool
	}
	const s, m, h, year = time.Second, time.Minute, time.Hour, 365 * 24 * time.Hour
	const none = -1
	for _, x := range []struct {
		name  string
		last  time.Duration // the last look that was kept, after start; none if none was
		looks []look
	}{
		{"nothing odd", none, []look{{0, 0, none, true}, {10 * s, 10 * s, none, true}, {10*s + h, 10*s + h, none, true}}},
		{"away for a month", -30 * 24 * h, []look{{0, 0, none, true}}},
		{"a step ahead", none, []look{{0, 0, none, true}, {h, 10 * s, none, false}, {h + 10*s, 20 * s, none, false}, {h + 20*s, 30 * s, none, false}, {h + 30*s, 40 * s, none, true}}},
		{"looks in quick succession confirm nothing", none, []look{{0, 0, none, true}, {h, s, none, false}, {h + s, 2 * s, none, false}, {h + 2*s, 3 * s, none, false}, {h + 3*s, 4 * s, none, false}, {h + 4*s, 5 * s, none, false}}},
		{"a step ahead and back again", none, []look{{0, 0, none, true}, {year, 10 * s, none, false}, {year + 10*s, 20 * s, none, false}, {30 * s, 30 * s, none, false}, {40 * s, 40 * s, none, false}, {50 * s, 50 * s, none, false}, {m, m, none, true}}},
		{"a step back", none, []look{{0, 0, none, true}, {-h, 10 * s, none, false}, {-h + 10*s, 20 * s, none, false}, {-h + 20*s, 30 * s, none, false}, {-h + 30*s, 40 * s, none, true}}},
		{"sleep, and a platform confirms it", none, []look{{0, 0, none, true}, {8 * h, 10 * s, 2 * s, true}}},
		{"a platform says that the clock is ahead", none, []look{{0, 0, -year, false}, {10 * s, 10 * s, -year, false}, {m, m, -year, false}, {h, h, -year, false}, {h + s, h + s, 0, true}}},
		{"a wrong year at boot", -h, []look{{9 * year, 0, none, false}, {9*year + 10*s, 10 * s, none, false}, {20 * s, 20 * s, none, false}, {30 * s, 30 * s, none, false}, {40 * s, 40 * s, none, false}, {50 * s, 50 * s, none, true}}},
		{"1970 at boot", 0, []look{{-56 * year, 0, none, false}, {m, 10 * s, 0, true}}},
		{"a long gap takes longer", -60 * 24 * h, []look{{0, 0, none, false}, {10 * s, 10 * s, none, false}, {20 * s, 20 * s, none, false}, {30 * s, 30 * s, none, false}, {40 * s, 40 * s, none, false}, {50 * s, 50 * s, 0, true}}},
	} {
		t.Run(x.name, func(t *testing.T) {
			var w watch
			if x.last != none {
				w.last = start.Add(x.last)
			}
			for i, l := range x.looks {
				now := start.Add(l.wall)
				var said []time.Time
				if l.hears != none {
					said = append(said, now.Add(l.hears))
				}
				if ok, _ := w.look(now, l.mono, said); ok != l.ok {
					t.Fatalf("look %d: believed %v, want %v (%s)", i, ok, l.ok, w.doubt)
				}
			}
		})
	}
}
