package reading

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
)

func TestLane(t *testing.T) {
	p := published(t)
	works := []*library.Outline{wright()}
	day := func(s string) Date { return mustDate(t, s) }
	show := func(l Lane) string {
		var out []string
		for _, s := range l.Steps {
			for _, c := range s.Portions {
				out = append(out, fmt.Sprintf("%s %d-%d", s.Day.String()[5:], c.First, c.Last))
			}
		}
		return strings.Join(out, ", ")
	}
	upTo := func(n int) func(library.WorkID, int) bool {
		return func(_ library.WorkID, number int) bool { return number <= n }
	}
	for _, c := range []struct {
		name, today, by string
		read            func(library.WorkID, int) bool
		want            string
	}{
		{"the first reading in four days", "2026-12-05", "2026-12-08", upTo(0), "12-05 1-4, 12-06 5-7, 12-07 8-10, 12-08 11-16"},
		{"two passages in four days", "2026-12-05", "2026-12-08", upTo(14), "12-06 15-15, 12-08 16-16"},
		{"what was left out in between", "2026-12-08", "2026-12-08", func(_ library.WorkID, n int) bool { return n != 3 && n < 15 }, "12-08 3-3, 12-08 15-16"},
		{"all is read", "2026-12-05", "2026-12-08", upTo(16), ""},
		{"behind by two", "2026-12-14", "2026-12-15", upTo(30), "12-14 31-32, 12-15 33-35"},
	} {
		l, err := p.LaneOf(works, c.read, day(c.today), day(c.by))
		if err != nil || show(l) != c.want {
			t.Errorf("%s: %v, %s, not %s", c.name, err, show(l), c.want)
		}
	}
	for _, c := range []struct{ today, by, want string }{
		{"2026-12-05", "2026-12-04", "out_of_range/lane_past"},
		{"2026-12-05", "2028-12-04", "out_of_range/lane_long"},
		{"2026-12-05", "2026-12-07", "not_found/lane_nothing"},
	} {
		if _, err := p.LaneOf(works, upTo(0), day(c.today), day(c.by)); reason(t, err) != c.want {
			t.Errorf("%v, not %s", err, c.want)
		}
	}
}
