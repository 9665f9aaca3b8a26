package reading

import (
	"slices"
	"testing"
	"time"

	"lectern/library"
)

// What each change does to the storyboard's plan on a Thursday in its third
// week: readings 1 and 2 are over, 3 is open.
func TestRevise(t *testing.T) {
	const first = "1 1:1-16 1123w 6min opens 11-30T18:42 due 2026-12-08T19:00\n"
	const two = first + "2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-15T19:00\n"
	const three = two + "3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-22T19:00\n"
	now := at(t, "2026-12-17T12:00")
	works := []*library.Outline{wright()}
	more := outline(2, func(int) int { return 300 }, 3, 7)
	for _, c := range []struct {
		name string
		do   func(Plan) (Plan, Diff, error)
		want string
	}{
		{"a break over Christmas", func(p Plan) (Plan, Diff, error) {
			return p.Break(mustDate(t, "2026-12-20"), mustDate(t, "2027-01-04"), now)
		}, two + `3 1:36-49 897w 5min opens 12-15T19:00 due 2027-01-05T19:00
4 1:50-74 1660w 9min opens 01-05T19:00 due 2027-01-12T19:00
`},
		{"a day later in the week", func(p Plan) (Plan, Diff, error) { return p.SetCadence(mustCadence(t, "wed 20:00"), now) },
			two + `3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-23T20:00
4 1:50-74 1660w 9min opens 12-23T20:00 due 2026-12-30T20:00
`},
		{"a day earlier in the week", func(p Plan) (Plan, Diff, error) { return p.SetCadence(mustCadence(t, "mon 19:00"), now) },
			two + `3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-21T19:00
4 1:50-74 1660w 9min opens 12-21T19:00 due 2026-12-28T19:00
`},
		{"every other week", func(p Plan) (Plan, Diff, error) {
			return p.SetCadence(mustCadence(t, "every other tue 19:00"), now)
		}, three + "4 1:50-74 1660w 9min opens 12-22T19:00 due 2027-01-05T19:00\n"},
		{"split where it costs least", func(p Plan) (Plan, Diff, error) { return p.Split(works, 4, 0, 0, now) },
			three + `4 1:50-62 836w 5min opens 12-22T19:00 due 2026-12-29T19:00
5 1:63-74 824w 5min opens 12-29T19:00 due 2027-01-05T19:00
`},
		{"split at the section", func(p Plan) (Plan, Diff, error) { return p.Split(works, 4, 1, 69, now) },
			three + `4 1:50-68 1275w 7min opens 12-22T19:00 due 2026-12-29T19:00
5 1:69-74 385w 2min opens 12-29T19:00 due 2027-01-05T19:00
`},
		{"split the open one", func(p Plan) (Plan, Diff, error) { return p.Split(works, 3, 1, 43, now) },
			two + `3 1:36-42 545w 3min opens 12-15T19:00 due 2026-12-22T19:00
4 1:43-49 352w 2min opens 12-22T19:00 due 2026-12-29T19:00
5 1:50-74 1660w 9min opens 12-29T19:00 due 2027-01-05T19:00
`},
		{"merge the last two", func(p Plan) (Plan, Diff, error) { return p.Merge(works, 3, now) },
			two + "3 1:36-74 2557w 13min opens 12-15T19:00 due 2026-12-22T19:00\n"},
		{"behind, in the open reading", func(p Plan) (Plan, Diff, error) { return p.Extend(works, 1, 43, now) },
			two + `3 1:36-42 545w 3min opens 12-15T19:00 due 2026-12-22T19:00
4 1:43-59 970w 5min opens 12-22T19:00 due 2026-12-29T19:00
5 1:60-74 1042w 6min opens 12-29T19:00 due 2027-01-05T19:00
`},
		{"behind, in the last that was due", func(p Plan) (Plan, Diff, error) { return p.Extend(works, 1, 30, now) },
			first + `2 1:17-29 1080w 6min opens 12-08T19:00 due 2026-12-15T19:00
3 1:30-49 1563w 8min opens 12-15T19:00 due 2026-12-22T19:00
4 1:50-74 1660w 9min opens 12-22T19:00 due 2026-12-29T19:00
`},
		{"another work at the same pace", func(p Plan) (Plan, Diff, error) { return p.Append([]*library.Outline{more}, now) },
			three + `4 1:50-74 1660w 9min opens 12-22T19:00 due 2026-12-29T19:00
5 2:1-5 1500w 8min opens 12-29T19:00 due 2027-01-05T19:00
6 2:6-10 1500w 8min opens 01-05T19:00 due 2027-01-12T19:00
`},
		{"the last one again", func(p Plan) (Plan, Diff, error) { return p.Reopen(2, now) },
			first + `2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-22T19:00
3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-29T19:00
4 1:50-74 1660w 9min opens 12-29T19:00 due 2027-01-05T19:00
`},
	} {
		p := published(t)
		q, d, err := c.do(p)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := lines(q); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
		if q.Revision != p.Revision+1 || d.Empty() {
			t.Errorf("%s: revision %d", c.name, q.Revision)
		}
	}
}

// TestReopenTheEnd brings a plan back that was over.
func TestReopenTheEnd(t *testing.T) {
	now := at(t, "2027-02-03T12:00")
	p := published(t).Advance(now)
	if p.State != Ended {
		t.Fatal(p.State)
	}
	q, _, err := p.Reopen(4, now)
	if err != nil || q.State != Published || q.Readings[3].Due.Local.String() != "2027-02-09T19:00" || q.Readings[3].State != Open {
		t.Errorf("%v\n%s", err, lines(q))
	}
	q, _, err = p.Extend([]*library.Outline{wright()}, 1, 60, now)
	if err != nil || q.State != Published || len(q.Readings) != 5 || q.Readings[4].Due.Local.String() != "2027-02-09T19:00" || !q.Readings[4].Opens.Equal(now) {
		t.Errorf("%v\n%s", err, lines(q))
	}
	if back, _, err := q.Undo(p, now, now.Add(time.Hour)); err != nil || back.State != Ended || len(back.Readings) != 4 {
		t.Errorf("%v\n%s", err, lines(back))
	}
}

func TestReviseRefuses(t *testing.T) {
	now := at(t, "2026-12-17T12:00")
	works := []*library.Outline{wright()}
	day := func(s string) Date { return mustDate(t, s) }
	for _, c := range []struct {
		want string
		do   func(Plan) (Plan, Diff, error)
	}{
		{"syntax/break_order", func(p Plan) (Plan, Diff, error) { return p.Break(day("2026-12-23"), day("2026-12-21"), now) }},
		{"out_of_range/break_long", func(p Plan) (Plan, Diff, error) { return p.Break(day("2026-12-23"), day("2029-12-21"), now) }},
		{"out_of_range/break_past", func(p Plan) (Plan, Diff, error) { return p.Break(day("2026-12-01"), day("2026-12-10"), now) }},
		{"not_found/break_no_meeting", func(p Plan) (Plan, Diff, error) { return p.Break(day("2026-12-23"), day("2026-12-27"), now) }},
		{"syntax/plan_cadence", func(p Plan) (Plan, Diff, error) { return p.SetCadence(Cadence{}, now) }},
		{"out_of_range/split_past", func(p Plan) (Plan, Diff, error) { return p.Split(works, 2, 0, 0, now) }},
		{"out_of_range/split_place", func(p Plan) (Plan, Diff, error) { return p.Split(works, 3, 1, 36, now) }},
		{"out_of_range/split_place", func(p Plan) (Plan, Diff, error) { return p.Split(works, 3, 1, 60, now) }},
		{"out_of_range/plan_reading", func(p Plan) (Plan, Diff, error) { return p.Split(works, 5, 0, 0, now) }},
		{"out_of_range/merge_last", func(p Plan) (Plan, Diff, error) { return p.Merge(works, 4, now) }},
		{"out_of_range/merge_past", func(p Plan) (Plan, Diff, error) { return p.Merge(works, 1, now) }},
		{"not_found/plan_no_passage", func(p Plan) (Plan, Diff, error) { return p.Extend(works, 1, 75, now) }},
		{"out_of_range/extend_past", func(p Plan) (Plan, Diff, error) { return p.Extend(works, 1, 5, now) }},
		{"out_of_range/extend_past", func(p Plan) (Plan, Diff, error) { return p.Extend(works, 1, 17, now) }},
		{"out_of_range/reopen_ahead", func(p Plan) (Plan, Diff, error) { return p.Reopen(3, now) }},
		{"not_found/skip_no_meeting", func(p Plan) (Plan, Diff, error) { return p.CancelMeeting(day("2026-12-23"), true, now) }},
		{"out_of_range/skip_past", func(p Plan) (Plan, Diff, error) { return p.CancelMeeting(day("2026-12-15"), true, now) }},
		{"out_of_range/short_outside", func(p Plan) (Plan, Diff, error) {
			return p.SetShort(works, 3, []Portion{{Work: 1, First: 40, Last: 52}})
		}},
	} {
		p := published(t)
		q, d, err := c.do(p)
		if got := reason(t, err); got != c.want {
			t.Errorf("%s, not %s", got, c.want)
		}
		if !d.Empty() || lines(q) != lines(p) {
			t.Errorf("%s: something changed all the same", c.want)
		}
	}
}

// TestBuildByHand picks readings by their passages, leaves front matter out,
// and gives those with little time a part of each.
func TestBuildByHand(t *testing.T) {
	s := wrightSpec(t)
	s.Weeks, s.ByHand = 0, [][]Portion{{{Work: 1, First: 17, Last: 20}, {Work: 1, First: 30, Last: 31}}, {{Work: 1, First: 1, Last: 3}}}
	const want = `1 1:17-20 1:30-31 486w 3min opens - due 2026-12-08T19:00
2 1:1-3 252w 2min opens 12-08T19:00 due 2026-12-15T19:00
`
	if got := lines(mustBuild(t, s)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	s.ByHand[1][0].Last = 17
	if _, err := Build(s); reason(t, err) != "out_of_range/plan_by_hand_twice" {
		t.Error(err)
	}
	s.ByHand[1][0] = Portion{Work: 1, First: 70, Last: 75}
	if _, err := Build(s); reason(t, err) != "out_of_range/plan_by_hand_passage" {
		t.Error(err)
	}

	s = wrightSpec(t)
	s.LeaveOut, s.ShortWords = []Portion{{Work: 1, First: 1, Last: 16}, {Work: 1, First: 69, Last: 74}}, 300
	p := mustBuild(t, s)
	if p.Readings[0].Portions[0].First != 17 || p.Readings[3].Portions[0].Last != 68 {
		t.Errorf("\n%s", lines(p))
	}
	if short := p.Readings[0].Short; !slices.Equal(short, []Portion{{1, "w1-17", "w1-20", 17, 20, 281}}) {
		t.Errorf("%+v", short)
	}
}
