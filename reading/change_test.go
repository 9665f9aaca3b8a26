package reading

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"lectern/library"
)

// at is an instant in London.
func at(t testing.TB, local string) time.Time {
	t.Helper()
	return Instant(mustLocal(t, local), mustZone(t, "Europe/London"))
}

func published(t testing.TB) Plan {
	t.Helper()
	p, _, err := mustBuild(t, wrightSpec(t)).Publish(at(t, "2026-11-30T18:42"))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestSkip is the storyboard's: the last reading moves to 5 January.
func TestSkip(t *testing.T) {
	p := published(t)
	q, d, err := p.Skip(mustDate(t, "2026-12-29"), at(t, "2026-12-17T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Moved) != 1 || d.Moved[0].From.N != 4 || !d.Moved[0].DueMoved() || d.Moved[0].OpensMoved() || d.Moved[0].TextMoved() {
		t.Errorf("%+v", d)
	}
	if e := Ends(p, q); e.From.String() != "2026-12-29" || e.To.String() != "2027-01-05" {
		t.Errorf("ends %v", e)
	}
	// A reading that is open keeps its opening, and those after it follow.
	q, d, err = p.Skip(mustDate(t, "2026-12-22"), at(t, "2026-12-17T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `1 1:1-16 1123w 6min opens 11-30T18:42 due 2026-12-08T19:00
2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-15T19:00
3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-29T19:00
4 1:50-74 1660w 9min opens 12-29T19:00 due 2027-01-05T19:00
`
	if got := lines(q); got != want || len(d.Moved) != 2 {
		t.Errorf("got\n%s%d moved, want\n%s", got, len(d.Moved), want)
	}
	if back := d.Reverse().Apply(q); !reflect.DeepEqual(back, p) {
		t.Errorf("taken back:\n%s", lines(back))
	}
}

func TestChangesRefuse(t *testing.T) {
	p := published(t)
	now := at(t, "2026-12-17T12:00")
	draft := mustBuild(t, wrightSpec(t))
	ending := p
	ending.End = mustDate(t, "2026-12-31")
	over := p.Advance(at(t, "2027-02-01T00:00"))
	for name, c := range map[string]struct {
		do   func() (Plan, Diff, error)
		want string
	}{
		"skip a day that was":     {func() (Plan, Diff, error) { return p.Skip(mustDate(t, "2026-12-15"), now) }, "out_of_range/skip_past"},
		"skip a Monday":           {func() (Plan, Diff, error) { return p.Skip(mustDate(t, "2026-12-21"), now) }, "not_found/skip_no_meeting"},
		"skip past the end":       {func() (Plan, Diff, error) { return ending.Skip(mustDate(t, "2026-12-22"), now) }, "out_of_range/plan_past_end"},
		"shift a reading too far": {func() (Plan, Diff, error) { return p.Shift(5, 1, now) }, "out_of_range/plan_reading"},
		"shift what was due":      {func() (Plan, Diff, error) { return p.Shift(2, 1, now) }, "out_of_range/shift_past"},
		"shift by nothing":        {func() (Plan, Diff, error) { return p.Shift(3, 0, now) }, "syntax/shift_weeks"},
		"shift back onto another": {func() (Plan, Diff, error) { return p.Shift(3, -1, now) }, "out_of_range/shift_back"},
		"publish twice":           {func() (Plan, Diff, error) { return p.Publish(now) }, "forbidden/plan_not_draft"},
		"publish too late":        {func() (Plan, Diff, error) { return draft.Publish(at(t, "2027-01-01T00:00")) }, "out_of_range/plan_over"},
		"pause a draft":           {func() (Plan, Diff, error) { return draft.Pause(now) }, "forbidden/plan_not_running"},
		"resume what runs":        {func() (Plan, Diff, error) { return p.Resume(now) }, "forbidden/plan_not_paused"},
		"into a zone of dreams":   {func() (Plan, Diff, error) { return p.InZone("Europe/Atlantis", now) }, "not_found/zone"},
		"skip after the end":      {func() (Plan, Diff, error) { return over.Skip(mustDate(t, "2026-12-29"), now) }, "forbidden/plan_ended"},
		"rebalance another text": {func() (Plan, Diff, error) {
			return p.Rebalance([]*library.Outline{outline(2, func(int) int { return 1 }, 9)}, 0, now)
		}, "not_found/plan_text_changed"},
		"rebalance into too many": {func() (Plan, Diff, error) { return p.Rebalance([]*library.Outline{wright()}, 26, now) }, "out_of_range/plan_too_many"},
		"rebalance nothing": {func() (Plan, Diff, error) {
			return p.Rebalance([]*library.Outline{wright()}, 0, at(t, "2026-12-23T00:00"))
		}, "out_of_range/plan_nothing_left"},
	} {
		q, d, err := c.do()
		if reason(t, err) != c.want || !d.Empty() || q.State == "" {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestPauseAndResume(t *testing.T) {
	p := published(t)
	paused, _, err := p.Pause(at(t, "2026-12-17T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := paused.Current(at(t, "2027-02-01T00:00")); !ok || r.N != 3 {
		t.Errorf("while it stands still the group reads %v", r.N)
	}
	// Back before anything was missed: nothing moves.
	_, d, err := paused.Resume(at(t, "2026-12-20T12:00"))
	if err != nil || len(d.Moved) != 0 {
		t.Errorf("%+v, %v", d.Moved, err)
	}
	// Back on a Tuesday in February, before seven.
	q, _, err := paused.Resume(at(t, "2027-02-02T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `1 1:1-16 1123w 6min opens 11-30T18:42 due 2026-12-08T19:00
2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-15T19:00
3 1:36-49 897w 5min opens 12-15T19:00 due 2027-02-02T19:00
4 1:50-74 1660w 9min opens 02-02T19:00 due 2027-02-09T19:00
`
	if got := lines(q); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestPublishUnderWay(t *testing.T) {
	p, _, err := mustBuild(t, wrightSpec(t)).Publish(at(t, "2026-12-10T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	if r, ok := p.Current(at(t, "2026-12-10T12:00")); !ok || r.N != 2 || !r.Opens.Equal(p.Published) {
		t.Errorf("current %+v", r)
	}
	for _, o := range Schedule(p, nil) {
		if o.At.Before(p.Published) || o.N < 2 {
			t.Errorf("owed from before: %+v", o)
		}
	}
}

func TestRebalance(t *testing.T) {
	p := published(t)
	now := at(t, "2026-12-09T12:00") // 2 is open
	q, _, err := p.Rebalance([]*library.Outline{wright()}, 3, now)
	if err != nil {
		t.Fatal(err)
	}
	const want = `1 1:1-16 1123w 6min opens 11-30T18:42 due 2026-12-08T19:00
2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-15T19:00
3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-22T19:00
4 1:50-62 836w 5min opens 12-22T19:00 due 2026-12-29T19:00
5 1:63-74 824w 5min opens 12-29T19:00 due 2027-01-05T19:00
`
	if got := lines(q); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestInZone(t *testing.T) {
	p := published(t)
	now := at(t, "2026-12-09T12:00")
	q, d, err := p.InZone("America/New_York", now)
	if err != nil {
		t.Fatal(err)
	}
	if q.Readings[0].Due.Zone != "Europe/London" || q.Readings[1].Due.At.UTC().Format(time.RFC3339) != "2026-12-16T00:00:00Z" {
		t.Errorf("%+v", q.Readings)
	}
	keys := func(p Plan) (out []string) {
		for _, o := range Schedule(p, nil) {
			out = append(out, fmt.Sprint(o.N, o.Kind, o.Occurrence))
		}
		return out
	}
	if !slices.Equal(keys(p), keys(q)) {
		t.Errorf("posts are named anew: %v, %v", keys(p), keys(q))
	}
	if len(d.Moved) != 3 {
		t.Errorf("%d moved", len(d.Moved))
	}
}

// checkPlan holds what is true of every plan after any change.
func checkPlan(t *testing.T, p Plan, works []*library.Outline) {
	t.Helper()
	var covered, all []string
	for _, o := range works {
		for _, s := range o.Passages {
			if s.Number > 0 {
				all = append(all, fmt.Sprint(o.ID, s.Number))
			}
		}
	}
	var last time.Time
	for i, r := range p.Readings {
		if r.N != i+1 {
			t.Fatalf("reading %d stands at %d", r.N, i)
		}
		words := 0
		for _, c := range r.Portions {
			words += c.Words
			for n := c.First; n <= c.Last; n++ {
				covered = append(covered, fmt.Sprint(c.Work, n))
			}
		}
		if words != r.Words || Minutes(words) != r.Minutes {
			t.Fatalf("reading %d: %d words, %d minutes, in portions %d", r.N, r.Words, r.Minutes, words)
		}
		if !r.Due.At.After(last) {
			t.Fatalf("reading %d is not due after the one before:\n%s", r.N, lines(p))
		}
		last = r.Due.At
		if slices.Contains(p.Skips, r.Due.Local.Date) {
			t.Fatalf("reading %d is due on a skipped day:\n%s", r.N, lines(p))
		}
		if !r.Opens.IsZero() && !r.Opens.Before(r.Due.At) {
			t.Fatalf("reading %d opens when it is due:\n%s", r.N, lines(p))
		}
	}
	if !slices.Equal(covered, all) {
		t.Fatalf("the readings do not cover the works, each passage once and in order:\n%s", lines(p))
	}
}
