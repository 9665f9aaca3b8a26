package reading

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"lectern/library"
)

// twoWorks is a reading of ¶ 36–49 of work 1 and ¶ 1–3 of work 2.
func twoWorks() Reading {
	return Reading{ID: 3, N: 3, Portions: []Portion{{Work: 1, First: 36, Last: 49}, {Work: 2, First: 1, Last: 3}}}
}

func TestStanding(t *testing.T) {
	one := Reading{ID: 3, N: 3, Portions: []Portion{{Work: 1, First: 36, Last: 49}}}
	two := twoWorks()
	now := time.Date(2026, 12, 21, 19, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		r      Reading
		mine   []CheckIn
		status Status
		left   int
	}{
		"nothing":                      {one, nil, NotBegun, 14},
		"the storyboard's":             {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 42}}, UnderWay, 7},
		"at the first":                 {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 36}}, UnderWay, 13},
		"ahead of the first":           {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 35}}, NotBegun, 14},
		"at the last":                  {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 49}}, ReadIt, 0},
		"beyond it":                    {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 60}}, ReadIt, 0},
		"another reading's":            {one, []CheckIn{{Reading: 2, Kind: HasRead}}, NotBegun, 14},
		"done":                         {one, []CheckIn{{Reading: 3, Kind: HasRead}}, ReadIt, 0},
		"left out":                     {one, []CheckIn{{Reading: 3, Kind: Passes}}, LeftItOut, 0},
		"done, then back to a page":    {one, []CheckIn{{Reading: 3, Kind: HasRead}, {Reading: 3, Kind: IsAt, Work: 1, Upto: 40}}, ReadIt, 0},
		"further, then back":           {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 42}, {Reading: 3, Kind: IsAt, Work: 1, Upto: 40}}, UnderWay, 7},
		"done, then left out":          {one, []CheckIn{{Reading: 3, Kind: HasRead}, {Reading: 3, Kind: Passes}}, ReadIt, 0},
		"begun, then left out":         {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 42}, {Reading: 3, Kind: Passes}}, LeftItOut, 0},
		"left out, and read after all": {one, []CheckIn{{Reading: 3, Kind: Passes}, {Reading: 3, Kind: HasRead}}, ReadIt, 0},
		"left out, and begun after":    {one, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 42}, {Reading: 3, Kind: Passes}, {Reading: 3, Kind: IsAt, Work: 1, Upto: 40}}, UnderWay, 7},
		"in no order":                  {one, []CheckIn{{Reading: 3, Kind: HasRead, At: now}, {Reading: 3, Kind: IsAt, Work: 1, Upto: 40, At: now.Add(-time.Hour)}}, ReadIt, 0},
		"the first of two works":       {two, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 42}}, UnderWay, 10},
		"the end of the first of two":  {two, []CheckIn{{Reading: 3, Kind: IsAt, Work: 1, Upto: 70}}, UnderWay, 3},
		"the second of two":            {two, []CheckIn{{Reading: 3, Kind: IsAt, Work: 2, Upto: 1}}, UnderWay, 2},
		"the end of the second of two": {two, []CheckIn{{Reading: 3, Kind: IsAt, Work: 2, Upto: 3}}, ReadIt, 0},
		"a work that is not in it":     {two, []CheckIn{{Reading: 3, Kind: IsAt, Work: 9, Upto: 3}}, NotBegun, 17},
	} {
		s := c.r.Standing(c.mine)
		if s.Status != c.status || s.Left != c.left || s.Of != c.r.Passages() {
			t.Errorf("%s: %+v, want %q with %d left", name, s, c.status, c.left)
		}
	}
	if !two.Contains(2, 3) || two.Contains(2, 4) || two.Contains(1, 35) || !two.Contains(1, 36) {
		t.Error("Contains is wrong")
	}
}

func TestBoard(t *testing.T) {
	r := Reading{ID: 3, N: 3, Portions: []Portion{{Work: 1, First: 36, Last: 49}}}
	t0 := time.Date(2026, 12, 21, 19, 0, 0, 0, time.UTC)
	seen := map[PersonID]Visibility{1: Shown, 2: Counted, 3: Hidden, 4: Shown, 5: Shown, 7: Shown}
	all := []CheckIn{
		{Person: 1, Reading: 3, Kind: IsAt, Work: 1, Upto: 42, At: t0},
		{Person: 2, Reading: 3, Kind: HasRead, At: t0},
		{Person: 3, Reading: 3, Kind: HasRead, At: t0},
		{Person: 4, Reading: 3, Kind: HasRead, At: t0.Add(time.Hour)},
		{Person: 5, Reading: 3, Kind: Passes, At: t0},
		{Person: 6, Reading: 3, Kind: IsAt, Work: 1, Upto: 40, At: t0}, // never said how, so counted
		{Person: 7, Reading: 2, Kind: HasRead, At: t0},
	}
	b := BoardOf(r, all, func(p PersonID) Visibility { return seen[p] })
	var places []string
	for _, p := range b.Places {
		places = append(places, fmt.Sprintf("%d %s %d", p.Person, p.Status, p.Left))
	}
	if b.Read != 2 || b.UnderWay != 2 || b.LeftOut != 1 || strings.Join(places, ", ") != "4 read 0, 1 reading 7, 5 skipped 0" {
		t.Errorf("%+v, %v", b, places)
	}
	// The order in which check-ins are kept does not count.
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	if again := BoardOf(r, all, func(p PersonID) Visibility { return seen[p] }); !reflect.DeepEqual(again, b) {
		t.Errorf("%+v, and then %+v", b, again)
	}
}

// TestHiddenLeavesNoTrace holds that a board is the same with and without
// those who hide.
func TestHiddenLeavesNoTrace(t *testing.T) {
	r := twoWorks()
	rnd := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		var all, others []CheckIn
		see := func(p PersonID) Visibility { return []Visibility{Counted, Shown, Hidden}[p%3] }
		for i := range rnd.IntN(30) {
			c := CheckIn{Person: PersonID(rnd.IntN(9)), Reading: ReadingID(2 + rnd.IntN(2)), Work: library.WorkID(1 + rnd.IntN(2)),
				Kind: []CheckKind{IsAt, HasRead, Passes}[rnd.IntN(3)], Upto: rnd.IntN(60), At: time.Unix(int64(i), 0)}
			all = append(all, c)
			if see(c.Person) != Hidden {
				others = append(others, c)
			}
		}
		a, b := BoardOf(r, all, see), BoardOf(r, others, see)
		if !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v, without the hidden %+v", a, b)
		}
		for _, p := range a.Places {
			if see(p.Person) != Shown {
				t.Fatalf("%d is shown", p.Person)
			}
		}
	}
}

func TestProgress(t *testing.T) {
	p := published(t)
	for i := range p.Readings {
		p.Readings[i].ID = ReadingID(10 + i)
	}
	var got strings.Builder
	for _, s := range Progress(p, []CheckIn{{Reading: 10, Kind: HasRead}, {Reading: 11, Kind: IsAt, Work: 1, Upto: 20}}) {
		got.WriteString(fmt.Sprintf("%d %q %d; ", s.N, s.Status, s.Left))
	}
	if want := `1 "read" 0; 2 "reading" 15; 3 "" 14; 4 "" 25; `; got.String() != want {
		t.Errorf("got %s, want %s", got.String(), want)
	}
}
