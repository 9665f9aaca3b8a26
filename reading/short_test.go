package reading

import (
	"slices"
	"testing"

	"lectern/library"
)

// A short track that somebody named goes with its passages, whatever the
// readings are, and the others have what the plan's limit gives them.
func TestShortTracks(t *testing.T) {
	now := at(t, "2026-12-01T12:00")
	works := []*library.Outline{wright()}
	for _, limit := range []int{0, 300} {
		s := wrightSpec(t)
		s.ShortWords = limit
		p := mustBuild(t, s) // 1-16, 17-35, 36-49, 50-74
		byHand := []Portion{{Work: 1, First: 40, Last: 45}}
		p, _, err := p.SetShort(works, 3, byHand)
		if err != nil {
			t.Fatal(err)
		}
		for i := range p.Readings {
			if got := p.ShortByHand(works, i); got != (i == 2) {
				t.Errorf("limit %d: reading %d is by hand: %v", limit, i+1, got)
			}
		}
		check := func(name string, q Plan, err error, want ...int) { // the passages of the short track that somebody named
			t.Helper()
			if err != nil {
				t.Fatal(name, err)
			}
			var got []int
			for _, r := range q.Readings {
				for _, c := range r.Short {
					for n := max(c.First, 36); n <= min(c.Last, 49); n++ {
						got = append(got, n)
					}
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("limit %d, %s: %v, not %v", limit, name, got, want)
			}
		}
		six := []int{40, 41, 42, 43, 44, 45}
		q, d, err := p.Split(works, 3, 1, 43, now)
		check("split", q, err, six...)
		if len(d.Moved) == 0 || slices.Equal(d.Moved[0].From.Short, d.Moved[0].To.Short) {
			t.Errorf("limit %d: the split says nothing of the short track: %+v", limit, d.Moved)
		}
		back, _, err := q.Merge(works, 3, now)
		check("and merged", back, err, six...)
		merged, _, err := p.Merge(works, 3, now)
		check("merged with the next", merged, err, six...)
		again, _, err := p.Rebalance(works, 2, now)
		check("divided anew", again, err, six...)

		if limit == 0 {
			continue
		}
		none, _, err := p.SetShort(works, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		q, _, err = none.Split(works, 2, 0, 0, now)
		if err != nil || q.Readings[1].Short != nil || q.Readings[2].Short != nil {
			t.Errorf("a track that was taken away is back: %v %+v", err, q.Readings[1:3])
		}
		// What the limit gave is measured anew.
		q, _, err = p.Merge(works, 1, now)
		if err != nil || len(q.Readings[0].Short) != 1 || q.Readings[0].Short[0].First != 1 || q.Readings[0].Short[0].Words > limit {
			t.Errorf("%v %+v", err, q.Readings[0].Short)
		}
	}
}

// A pause that is taken back leaves nothing in the time that it took.
func TestUndoPause(t *testing.T) {
	p := mustBuild(t, wrightSpec(t))
	p, _, err := p.Publish(at(t, "2026-12-01T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	paused := at(t, "2026-12-10T12:00") // reading 2, due on the 15th, is open
	stopped, _, err := p.Pause(paused)
	if err != nil {
		t.Fatal(err)
	}
	now := at(t, "2026-12-23T12:00") // two meetings later
	q, _, err := stopped.Undo(p, paused, now)
	if err != nil {
		t.Fatal(err)
	}
	if q.State != Published || q.Readings[1].Due.Local.String() != "2026-12-29T19:00" || q.Readings[2].Opens != q.Readings[1].Due.At || q.Readings[0].Due != p.Readings[0].Due {
		t.Errorf("\n%s", lines(q))
	}
	// The end may be in the way; it can be moved, and then it goes.
	stopped.End, p.End = mustDate(t, "2026-12-30"), mustDate(t, "2026-12-30")
	if _, _, err := stopped.Undo(p, paused, now); reason(t, err) != "out_of_range/plan_past_end" {
		t.Error(err)
	}
	if _, _, err := stopped.SetEnd(mustDate(t, "2026-12-20")); reason(t, err) != "out_of_range/plan_until_early" {
		t.Error(err)
	}
	free, d, err := stopped.SetEnd(Date{})
	if err != nil || d.End == nil || !free.End.IsZero() {
		t.Fatalf("%v %+v", err, d)
	}
	if q, _, err := free.Resume(now); err != nil || q.Readings[3].Due.Local.String() != "2027-01-12T19:00" {
		t.Errorf("%v\n%s", err, lines(q))
	}
}

// A cancelled meeting stays on its day.
func TestCancelledStays(t *testing.T) {
	now := at(t, "2026-12-01T12:00")
	p := mustBuild(t, wrightSpec(t)) // 8, 15, 22 and 29 December
	p, _, err := p.CancelMeeting(mustDate(t, "2026-12-22"), true, now)
	if err != nil {
		t.Fatal(err)
	}
	meets := func(p Plan, err error) (out []bool) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Readings {
			if r.NoMeeting != (r.Due.Local.Date == mustDate(t, "2026-12-22")) {
				t.Errorf("reading %d, due %s: no meeting is %v", r.N, r.Due.Local, r.NoMeeting)
			}
			out = append(out, r.NoMeeting)
		}
		return out
	}
	skipped, d, err := p.Skip(mustDate(t, "2026-12-15"), now)
	if got := meets(skipped, err); !slices.Equal(got, []bool{false, true, false, false}) {
		t.Error(got)
	}
	if !d.Moved[0].To.NoMeeting || d.Moved[1].To.NoMeeting {
		t.Errorf("the difference does not say it: %+v", d.Moved)
	}
	shifted, _, err := p.Shift(1, 1, now)
	meets(shifted, err)
	away, _, err := p.Shift(3, 1, now)
	if got := meets(away, err); slices.Contains(got, true) {
		t.Error(got)
	}
	later, _, err := p.SetCadence(mustCadence(t, "tue 20:00"), now)
	if got := meets(later, err); !slices.Equal(got, []bool{false, false, true, false}) {
		t.Error(got)
	}
}

// LeftOut are the meetings that fall out, and no other days.
func TestLeftOut(t *testing.T) {
	s := wrightSpec(t)
	for d := mustDate(t, "2026-12-14"); d != mustDate(t, "2026-12-24"); d = d.AddDays(1) {
		s.Skips = append(s.Skips, d)
	}
	s.Skips = append(s.Skips, mustDate(t, "2028-01-04")) // long after
	p := mustBuild(t, s)
	if got := p.LeftOut(); !slices.Equal(got, []Date{mustDate(t, "2026-12-15"), mustDate(t, "2026-12-22")}) {
		t.Error(got)
	}
}
