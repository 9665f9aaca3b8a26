package reading

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// owedLines are posts, one to a line, in London's time.
func owedLines(t testing.TB, owed []Owed) string {
	t.Helper()
	var b strings.Builder
	for _, o := range owed {
		fmt.Fprintf(&b, "%s %d %s %q", DateTimeOf(o.At, mustZone(t, "Europe/London")), o.N, o.Kind, o.Occurrence)
		if o.Recap != 0 {
			fmt.Fprintf(&b, " and %d is over", o.Recap)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestScheduleQuiet(t *testing.T) {
	p := published(t)
	const want = `2026-11-30T18:42 1 announcement "open"
2026-12-07T19:00 1 reminder "2026-12-08"
2026-12-08T19:00 2 announcement "open"
2026-12-14T19:00 2 reminder "2026-12-15"
2026-12-15T19:00 3 announcement "open"
2026-12-18T09:00 3 prompt "prompt 8"
2026-12-21T19:00 3 reminder "2026-12-22"
2026-12-22T19:00 4 announcement "open"
2026-12-24T19:00 4 prompt "prompt 9"
2026-12-28T19:00 4 reminder "2026-12-29"
`
	prompts := []Prompt{{ID: 9, N: 4}, {ID: 8, N: 3, At: mustLocal(t, "2026-12-18T09:00")}}
	if got := owedLines(t, Schedule(p, prompts)); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := Schedule(mustBuild(t, wrightSpec(t)), prompts); got != nil {
		t.Errorf("a draft owes %v", got)
	}
	paused, _, err := p.Pause(at(t, "2026-12-17T12:00"))
	if err != nil || Schedule(paused, prompts) != nil {
		t.Errorf("a paused plan owes %v, %v", Schedule(paused, prompts), err)
	}
}

func TestScheduleFull(t *testing.T) {
	spec := wrightSpec(t)
	spec.Preset, spec.Weeks = Full, 2
	p, _, err := mustBuild(t, spec).Publish(at(t, "2026-11-30T18:42"))
	if err != nil {
		t.Fatal(err)
	}
	const want = `2026-11-30T18:42 1 announcement "open"
2026-12-02T19:00 1 prompt "prompt 1"
2026-12-03T19:00 1 prompt "prompt 2"
2026-12-07T19:00 1 reminder "2026-12-08"
2026-12-08T18:00 1 meeting "2026-12-08"
2026-12-08T19:00 2 announcement "open" and 1 is over
2026-12-14T19:00 2 reminder "2026-12-15"
2026-12-15T18:00 2 meeting "2026-12-15"
2026-12-16T19:00 2 recap "close"
`
	if got := owedLines(t, Schedule(p.Advance(at(t, "2027-01-01T00:00")), []Prompt{{ID: 1, N: 1}, {ID: 2, N: 1}})); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestScheduleDaily(t *testing.T) {
	spec := wrightSpec(t)
	spec.Weeks, spec.Parts, spec.Cadence = 0, 3, mustCadence(t, "daily 08:00")
	p, _, err := mustBuild(t, spec).Publish(at(t, "2026-12-08T07:00"))
	if err != nil {
		t.Fatal(err)
	}
	// Nobody is reminded as a reading opens, and a question does not come
	// when it is over.
	const want = `2026-12-08T07:00 1 announcement "open"
2026-12-08T08:00 2 announcement "open"
2026-12-08T20:00 2 prompt "prompt 1"
2026-12-09T08:00 3 announcement "open"
`
	if got := owedLines(t, Schedule(p, []Prompt{{ID: 1, N: 2}})); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

// TestScheduleKeys holds that no two posts of a plan have one name, that what
// has gone out keeps its name through changes, and that a reading which is due
// on another day is reminded of again.
func TestScheduleKeys(t *testing.T) {
	p := published(t)
	for i := range p.Readings {
		p.Readings[i].ID = ReadingID(i + 1)
	}
	prompts := []Prompt{{ID: 1, Reading: 3}, {ID: 2, Reading: 3}, {ID: 3, Reading: 4}}
	now := at(t, "2026-12-21T20:00") // the reminder for the 22nd is out
	names := func(p Plan, before time.Time) []string {
		var out []string
		for _, o := range Schedule(p, prompts) {
			if o.At.Before(before) {
				out = append(out, fmt.Sprint(o.Reading, " ", o.Kind, " ", o.Occurrence))
			}
		}
		slices.Sort(out)
		return out
	}
	far := now.AddDate(1, 0, 0)
	all := names(p, far)
	if len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("two posts have one name: %v", all)
	}
	out := names(p, now)
	for name, change := range map[string]func() (Plan, Diff, error){
		"zone":  func() (Plan, Diff, error) { return p.InZone("Europe/Berlin", now) },
		"skip":  func() (Plan, Diff, error) { return p.Skip(mustDate(t, "2026-12-29"), now) },
		"shift": func() (Plan, Diff, error) { return p.Shift(4, 2, now) },
	} {
		q, _, err := change()
		if err != nil {
			t.Fatal(err)
		}
		if got := names(q, now); !slices.Equal(got, out) {
			t.Errorf("%s: what is out was %v and is %v", name, out, got)
		}
	}
	q, _, err := p.Skip(mustDate(t, "2026-12-22"), now)
	if err != nil {
		t.Fatal(err)
	}
	if got := names(q, far); !slices.Contains(got, "3 reminder 2026-12-29") || slices.Contains(got, "3 reminder 2026-12-22") {
		t.Errorf("after a skip: %v", got)
	}
	// What has not moved keeps its time as well.
	if a, b := owedLines(t, Schedule(p, prompts)), owedLines(t, Schedule(p, append(prompts, Prompt{ID: 4, Reading: 3}))); strings.Count(b, "\n") != strings.Count(a, "\n")+1 {
		t.Errorf("one more question changes\n%sinto\n%s", a, b)
	}
}

// However many questions have no time of their own, no two of a reading come
// together, each comes before it is due, and another one moves none of them.
func TestManyQuestions(t *testing.T) {
	for _, cadence := range []string{"daily 08:00", "tue 19:00", "every other tue 19:00"} {
		spec := wrightSpec(t)
		spec.Weeks, spec.Parts, spec.Cadence = 0, 3, mustCadence(t, cadence)
		p, _, err := mustBuild(t, spec).Publish(at(t, "2026-12-01T07:00"))
		if err != nil {
			t.Fatal(err)
		}
		var prompts []Prompt
		before := map[PromptID]time.Time{}
		for n := 1; n <= 40; n++ {
			prompts = append(prompts, Prompt{ID: PromptID(n), N: 2})
			seen := map[time.Time]PromptID{}
			for _, o := range Schedule(p, prompts) {
				if o.Kind != PromptPost {
					continue
				}
				if other, ok := seen[o.At]; ok {
					t.Fatalf("%s: questions %d and %d both come %v", cadence, other, o.Prompt, o.At)
				}
				seen[o.At] = o.Prompt
				if r := p.Readings[1]; !o.At.After(r.Opens) || !o.At.Before(r.Due.At) {
					t.Fatalf("%s: question %d of %d comes %v, not between %v and %v", cadence, o.Prompt, n, o.At, r.Opens, r.Due.At)
				}
				if was, ok := before[o.Prompt]; ok && !was.Equal(o.At) {
					t.Fatalf("%s: question %d moves from %v to %v when there are %d", cadence, o.Prompt, was, o.At, n)
				}
				before[o.Prompt] = o.At
			}
			if len(seen) != n {
				t.Fatalf("%s: %d of %d questions are asked", cadence, len(seen), n)
			}
		}
	}
}

// A time of a question's own that a change of the plan puts outside the time in
// which its reading is read is no time of its own any more; one that was
// outside before moves along.
func TestFollowOutsideTheReading(t *testing.T) {
	loc := mustZone(t, "Europe/London")
	at := func(s string) DateTime { return mustLocal(t, s) }
	plan := func(opens, due string) *Plan {
		return &Plan{Zone: "Europe/London", Readings: []Reading{{ID: 1, N: 1, Opens: Instant(at(opens), loc), Due: OccurrenceAt(at(due), loc)}}}
	}
	was := plan("2026-12-01T19:00", "2026-12-08T19:00")
	for _, c := range []struct {
		opens, due, at string
		want           DateTime
	}{
		{"2026-12-08T19:00", "2026-12-15T19:00", "2026-12-05T18:00", at("2026-12-12T18:00")},
		{"2026-12-07T19:00", "2026-12-08T19:00", "2026-12-05T18:00", DateTime{}},
		{"2026-12-01T19:00", "2026-12-08T17:00", "2026-12-08T18:00", DateTime{}},
		{"2026-12-07T19:00", "2026-12-08T19:00", "2026-11-28T18:00", at("2026-11-28T18:00")},
	} {
		h := Held{Reading: 1, At: at(c.at)}
		if got := h.Follow(was, plan(c.opens, c.due)); got == nil || got.At != c.want {
			t.Errorf("%s, read from %s to %s: %+v, want %v", c.at, c.opens, c.due, got, c.want)
		}
	}
}
