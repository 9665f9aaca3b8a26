package reading

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

// outline makes a work with sections of so many passages, each of which has
// the words that its number calls for.
func outline(id library.WorkID, words func(n int) int, sections ...int) *library.Outline {
	o := &library.Outline{Meta: library.Meta{ID: id, Title: fmt.Sprintf("Work %d", id)}}
	n := 0
	for s, passages := range sections {
		o.Sections = append(o.Sections, library.Section{Parent: -1, Depth: 1, Title: fmt.Sprintf("Section %d", s)})
		o.Passages = append(o.Passages, library.Spot{Kind: library.Epigraph, Section: s, InSection: 1, Words: 30})
		for i := range passages {
			n++
			o.Passages = append(o.Passages, library.Spot{Kind: library.Paragraph, Section: s, Number: n, InSection: i + 1,
				Words: words(n), Anchor: library.Anchor(fmt.Sprintf("w%d-%d", id, n))})
		}
	}
	return o
}

// wrightWords are the words of the passages of an article in five sections of
// 16, 19, 14, 19 and 6 passages.
var wrightWords = []int{80, 95, 77, 60, 147, 100, 52, 114, 78, 62, 58, 10, 57, 38, 55, 40,
	28, 167, 74, 12, 80, 123, 67, 152, 89, 155, 32, 45, 56, 119, 86, 128, 150, 116, 67,
	100, 92, 105, 73, 98, 19, 58, 51, 34, 46, 33, 80, 29, 79,
	44, 59, 99, 45, 24, 138, 41, 82, 39, 47, 105, 39, 74, 85, 75, 16, 101, 78, 84,
	83, 85, 88, 57, 31, 41}

func wright() *library.Outline {
	return outline(1, func(n int) int { return wrightWords[n-1] }, 16, 19, 14, 19, 6)
}

func mustCadence(t testing.TB, s string) Cadence {
	t.Helper()
	c, err := ParseCadence(s)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func wrightSpec(t testing.TB) Spec {
	return Spec{Group: 7, Name: "The war", Works: []*library.Outline{wright()}, Weeks: 4,
		Cadence: mustCadence(t, "tue 19:00"), Zone: "Europe/London", Start: mustDate(t, "2026-12-08")}
}

func mustBuild(t testing.TB, s Spec) Plan {
	t.Helper()
	p, err := Build(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// lines are a plan's readings, one to a line, for comparison.
func lines(p Plan) string {
	var b strings.Builder
	for _, r := range p.Readings {
		fmt.Fprintf(&b, "%d", r.N)
		for _, c := range r.Portions {
			fmt.Fprintf(&b, " %d:%d-%d", c.Work, c.First, c.Last)
		}
		opens := "-"
		if !r.Opens.IsZero() {
			opens = r.Opens.UTC().Format("01-02T15:04")
		}
		fmt.Fprintf(&b, " %dw %dmin opens %s due %s\n", r.Words, r.Minutes, opens, r.Due.Local)
	}
	return b.String()
}

func TestBuild(t *testing.T) {
	p := mustBuild(t, wrightSpec(t))
	const want = `1 1:1-16 1123w 6min opens - due 2026-12-08T19:00
2 1:17-35 1746w 9min opens 12-08T19:00 due 2026-12-15T19:00
3 1:36-49 897w 5min opens 12-15T19:00 due 2026-12-22T19:00
4 1:50-74 1660w 9min opens 12-22T19:00 due 2026-12-29T19:00
`
	if got := lines(p); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if p.State != Draft || p.Preset != Quiet || p.Revision != 1 || p.Zone != "Europe/London" {
		t.Errorf("%+v", p)
	}
	r := p.Readings[2]
	if r.Portions[0].FirstAnchor != "w1-36" || r.Portions[0].LastAnchor != "w1-49" || r.Portions[0].Words != r.Words {
		t.Errorf("%+v", r.Portions)
	}
}

func TestBuildOtherSizes(t *testing.T) {
	spec := wrightSpec(t)
	count := func(change func(*Spec)) int {
		s := spec
		s.Weeks = 0
		change(&s)
		return len(mustBuild(t, s).Readings)
	}
	for name, c := range map[string]struct{ got, want int }{
		"by section":            {count(func(s *Spec) { s.BySection = true }), 5},
		"parts":                 {count(func(s *Spec) { s.Parts = 9 }), 9},
		"words":                 {count(func(s *Spec) { s.WordsPerWeek = 1000 }), 5},
		"words, twice a week":   {count(func(s *Spec) { s.WordsPerWeek = 1000; s.Cadence = mustCadence(t, "mon, thu 19:00") }), 11},
		"weeks, twice a week":   {count(func(s *Spec) { s.Weeks = 4; s.Cadence = mustCadence(t, "mon, thu 19:00") }), 8},
		"weeks, every other":    {count(func(s *Spec) { s.Weeks = 4; s.Cadence = mustCadence(t, "every other tue 19:00") }), 2},
		"as many as it bears":   {count(func(s *Spec) { s.Weeks = 74 }), 74},
		"one":                   {count(func(s *Spec) { s.Weeks = 1 }), 1},
		"more words than there": {count(func(s *Spec) { s.WordsPerWeek = 1_000_000 }), 1},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d readings, want %d", name, c.got, c.want)
		}
	}
}

func TestBuildSkipsAndClocks(t *testing.T) {
	spec := wrightSpec(t)
	spec.Start = mustDate(t, "2027-03-16")
	spec.Cadence = mustCadence(t, "sun 01:30")
	spec.Skips = []Date{mustDate(t, "2027-04-04"), mustDate(t, "2027-04-04"), mustDate(t, "2027-04-06")}
	p := mustBuild(t, spec)
	var got []string
	for _, r := range p.Readings {
		got = append(got, r.Due.Local.String()+" "+r.Due.At.Format(time.RFC3339))
	}
	want := []string{
		"2027-03-21T01:30 2027-03-21T01:30:00Z",
		"2027-03-28T01:30 2027-03-28T02:30:00+01:00", // the clock skips it
		"2027-04-11T01:30 2027-04-11T01:30:00+01:00", // a week was left out
		"2027-04-18T01:30 2027-04-18T01:30:00+01:00",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestBuildSeveralWorks(t *testing.T) {
	spec := wrightSpec(t)
	same := func(int) int { return 100 }
	spec.Works = []*library.Outline{outline(1, same, 10), outline(2, same, 5, 5), outline(3, same, 5)}
	spec.Weeks = 0
	spec.Parts = 2
	got := lines(mustBuild(t, spec))
	// The end of a section of the second work would divide as well by words,
	// but the end of a work is a better place.
	const want = `1 1:1-10 1000w 5min opens - due 2026-12-08T19:00
2 2:1-10 3:1-5 1500w 8min opens 12-08T19:00 due 2026-12-15T19:00
`
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestBuildRefuses(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		"not_found/zone":                      func(s *Spec) { s.Zone = "Europe/Londn" },
		"syntax/plan_cadence":                 func(s *Spec) { s.Cadence = Cadence{} },
		"syntax/plan_start":                   func(s *Spec) { s.Start = Date{} },
		"syntax/plan_size":                    func(s *Spec) { s.Weeks = 0 },
		"out_of_range/plan_too_many":          func(s *Spec) { s.Weeks = 75 },
		"not_found/plan_no_text":              func(s *Spec) { s.Works = []*library.Outline{{}} },
		"out_of_range/plan_ends_before_start": func(s *Spec) { s.End = mustDate(t, "2026-12-07") },
		"out_of_range/plan_past_end":          func(s *Spec) { s.End = mustDate(t, "2026-12-28") },
		"out_of_range/plan_start_far":         func(s *Spec) { s.Start = mustDate(t, "9999-12-01") },
	} {
		spec := wrightSpec(t)
		change(&spec)
		if _, err := Build(spec); reason(t, err) != want {
			t.Errorf("got %q, want %q", reason(t, err), want)
		}
	}
	spec := wrightSpec(t)
	spec.Weeks, spec.BySection = 2, true
	if _, err := Build(spec); reason(t, err) != "syntax/plan_size" {
		t.Errorf("two sizes: %v", err)
	}
	spec = wrightSpec(t)
	spec.Weeks = 2_000_000_000
	if _, err := Build(spec); reason(t, err) != "out_of_range/plan_too_many" {
		t.Errorf("two thousand million weeks: %v", err)
	}
	spec = wrightSpec(t)
	spec.Weeks = -1
	if _, err := Build(spec); reason(t, err) != "syntax/plan_size" {
		t.Errorf("minus one week: %v", err)
	}
}

func TestIdleSkips(t *testing.T) {
	spec := wrightSpec(t)
	first := mustBuild(t, spec).Readings[0].Due.Local.Date
	spec.Skips = []Date{first.AddDays(-7), first, first.AddDays(1), first.AddDays(7), first.AddDays(7 * 40)}
	p := mustBuild(t, spec)
	if got, want := fmt.Sprint(p.IdleSkips()), fmt.Sprint([]Date{first.AddDays(-7), first.AddDays(1), first.AddDays(7 * 40)}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestBreakBetween(t *testing.T) {
	sections := []library.Section{{Parent: -1}, {Parent: -1}, {Parent: 1}, {Parent: 1}, {Parent: 3}, {Parent: -1}}
	for _, c := range []struct{ a, b, want int }{
		{0, 0, 0}, {0, 1, 1}, {1, 2, 2}, {2, 3, 2}, {3, 4, 3}, {2, 4, 2}, {4, 5, 1}, {4, 2, 2},
	} {
		if got := breakBetween(sections, c.a, c.b); got != c.want {
			t.Errorf("between %d and %d: %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
