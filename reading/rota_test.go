package reading

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// led writes turns as letters, A for the person 1: "A B -".
func led(turns []Turn) string {
	var out []string
	for _, t := range turns {
		s := ""
		for _, p := range t.Leaders {
			s += string(rune('A' + p - 1))
		}
		s += strings.Repeat("?", t.Missing)
		if s == "" {
			s = "-"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func rotaPlan(t testing.TB, readings int) *Plan {
	s := wrightSpec(t)
	s.Weeks = readings
	p := mustBuild(t, s)
	for i := range p.Readings {
		p.Readings[i].ID = ReadingID(100 + i)
	}
	return &p
}

func TestTurns(t *testing.T) {
	p := rotaPlan(t, 8) // Tuesdays from 8 December to 26 January
	four := []PersonID{1, 2, 3, 4}
	away := func(person PersonID, from, to string) Absence {
		return Absence{person, mustDate(t, from), mustDate(t, to)}
	}
	check := func(name string, r Rota, p *Plan, want string) {
		t.Helper()
		if got := led(r.Turns(p)); got != want {
			t.Errorf("%s: %s, not %s", name, got, want)
		}
	}
	check("nobody", Rota{}, p, "- - - - - - - -")
	check("in turn", Rota{People: four}, p, "A B C D A B C D")
	check("two lead", Rota{People: []PersonID{1, 2, 3}, Per: 2}, p, "AB CA BC AB CA BC AB CA")
	check("away, and next when back", Rota{People: four, Absences: []Absence{away(2, "2026-12-10", "2026-12-23")}}, p, "A C D B A C D B")
	check("all are away", Rota{People: []PersonID{1}, Absences: []Absence{away(1, "2026-12-15", "2026-12-15")}}, p, "A ? A A A A A A")
	check("more than there are", Rota{People: []PersonID{1}, Per: 2}, p, "A? A? A? A? A? A? A? A?")
	r := Rota{People: four}.Swap(p, 101, 102)
	check("swapped", r, p, "A C B D A B C D")
	r = Rota{People: four, Fixed: map[ReadingID][]PersonID{101: {9}}}
	check("a guest leads", r, p, "A I B C D A B C")

	cancelled, _, err := p.CancelMeeting(mustDate(t, "2026-12-22"), true, at(t, "2026-12-01T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	check("a meeting that is cancelled uses up no turn", Rota{People: four}, &cancelled, "A B - C D A B C")
	skipped, _, err := p.Skip(mustDate(t, "2026-12-15"), at(t, "2026-12-01T12:00"))
	if err != nil {
		t.Fatal(err)
	}
	check("a skipped week keeps one's turn", Rota{People: four}, &skipped, "A B C D A B C D")

	r = Rota{People: four}.Swap(p, 101, 103)
	check("nobody else's turn moves", r, p, "A D C B A B C D")
	check("swapped back", r.Swap(p, 101, 103), p, "A B C D A B C D")
	check("and swapped on", r.Swap(p, 103, 106), p, "A D C C A B B D")

	// Somebody joins in the middle: what was announced stays.
	open := p.clone()
	open.State, open.Published = Published, at(t, "2026-12-01T12:00")
	open.Readings[0].Opens = open.Published
	open = open.Advance(at(t, "2026-12-17T12:00"))
	r = Rota{People: four}.Settle(&open)
	r.People = []PersonID{5, 1, 2, 3, 4}
	check("one more", r, &open, "A B C E D A B C")

	// Where nobody led before, the first in order leads the next meeting.
	r = Rota{}.Settle(&open)
	r.People = four
	check("an order in a plan under way", r, &open, "- - A B C D A B")
	// An order that is new gives up what was swapped in the one before.
	r = Rota{People: four}.Swap(p, 104, 105).Settle(&open)
	check("swaps given up", r, &open, "A B C D A B C D")
}

// TestTurnsAtRandom: nobody leads while away, nobody is missing while somebody
// is there, and in a full round without absences each leads once.
func TestTurnsAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		p := rotaPlan(t, 4+r.IntN(20))
		people := 1 + r.IntN(6)
		rota := Rota{Per: 1 + r.IntN(3)}
		for i := range people {
			rota.People = append(rota.People, PersonID(i+1))
		}
		for range r.IntN(5) {
			from := p.Start.AddDays(r.IntN(100))
			rota.Absences = append(rota.Absences, Absence{PersonID(1 + r.IntN(people)), from, from.AddDays(r.IntN(30))})
		}
		count := map[PersonID]int{}
		for i, turn := range rota.Turns(p) {
			day := p.Readings[i].Due.Local.Date
			there := slices.DeleteFunc(slices.Clone(rota.People), func(x PersonID) bool { return rota.away(x, day) })
			if len(turn.Leaders)+turn.Missing != rota.Per || turn.Missing > 0 && len(turn.Leaders) < min(len(there), rota.Per) {
				t.Fatalf("%+v of %v", turn, there)
			}
			for _, x := range turn.Leaders {
				if !slices.Contains(there, x) {
					t.Fatalf("%d leads while away", x)
				}
				count[x]++
			}
			if len(slices.Compact(slices.Sorted(slices.Values(turn.Leaders)))) != len(turn.Leaders) {
				t.Fatalf("somebody leads twice: %+v", turn)
			}
		}
		if len(rota.Absences) == 0 && rota.Per <= people {
			least, most := 1<<30, 0
			for _, x := range rota.People {
				least, most = min(least, count[x]), max(most, count[x])
			}
			if most-least > 1 {
				t.Fatal(fmt.Sprint("not fair: ", count))
			}
		}
	}
}
