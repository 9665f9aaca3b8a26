package reading

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
	"time"

	"lectern/library"
)

// A trial is one plan that is changed at random, as storage and organisers
// would: each change is made, left, or taken back.
type trial struct {
	t       *testing.T
	r       *rand.Rand
	plan    Plan
	works   []*library.Outline
	now     time.Time
	ids     ReadingID
	history []made
	// What people said and asked meanwhile.
	ins       []CheckIn
	read      map[PersonID]map[passage]bool // what each has read, apart from the plan
	questions []Held
}

// A passage of a work, by its number.
type passage struct {
	work   library.WorkID
	number int
}

// A made is a change that was made: what the plan was before it, and when.
type made struct {
	before    Plan
	works     []*library.Outline
	at        time.Time
	questions []Held
}

// A freedom is what a change may do beyond moving dates to come.
type freedom struct {
	text    bool // change the passages of an open reading
	settled bool // and of the last one that was due
	reopen  bool // and give one that was due another date
}

func words(n int) int { return (n*37)%300 + 5 }

// TestChangesAtRandom changes plans in every way, with time passing, and holds
// what must stay true.
func TestChangesAtRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	changes, refused, undone, talked, asked := 0, 0, 0, 0, 0
	of := map[string]int{}
	for range 600 {
		x := trial{t: t, r: r, read: map[PersonID]map[passage]bool{}}
		if !x.build() {
			continue
		}
		for range 25 {
			x.now = x.now.Add(time.Duration(r.IntN(12*24*60)) * time.Minute)
			x.plan = x.plan.Advance(x.now)
			for range 3 {
				x.talk()
			}
			if len(x.history) > 0 && r.IntN(5) == 0 {
				if x.undo() {
					undone++
				} else {
					refused++
				}
				continue
			}
			name, q, d, works, may, err := x.change()
			if err != nil {
				reason(t, err)
				refused++
				continue
			}
			changes++
			of[name]++
			x.hold(name, q, d, works, may)
			if r.IntN(6) == 0 {
				continue // the organiser leaves it
			}
			x.history = append(x.history, made{x.plan, x.works, x.now, slices.Clone(x.questions)})
			was := x.plan
			x.plan, x.works = x.saved(q), works
			x.follow(&was)
			x.checkPeople(name)
		}
		talked, asked = talked+len(x.ins), asked+len(x.questions)
	}
	if talked < 3000 || asked < 1000 {
		t.Errorf("only %d check-ins and %d questions", talked, asked)
	}
	t.Logf("%d check-ins, %d questions, %d changes, %d refused, %d undone: %v", talked, asked, changes, refused, undone, of)
	if changes < 3000 || undone < 500 {
		t.Errorf("only %d changes and %d undone", changes, undone)
	}
	for name, n := range of {
		if n < 20 {
			t.Errorf("only %d of %s", n, name)
		}
	}
}

var (
	randomCadences = []string{"tue 19:00", "mon, thu 20:00", "every other sun 18:00", "first and third mon 19:00",
		"daily 08:00", "sun 01:30", "monthly on the last day 19:00"}
	randomZones = []string{"Europe/London", "America/Santiago", "Asia/Kathmandu", "Pacific/Apia", "America/New_York"}
)

// build begins with a plan of one or two works; false if they do not fit.
func (x *trial) build() bool {
	r := x.r
	x.works = []*library.Outline{outline(1, words, 1+r.IntN(20), 1+r.IntN(20))}
	if r.IntN(2) == 0 {
		x.works = append(x.works, outline(2, words, 1+r.IntN(9)))
	}
	spec := Spec{Works: x.works, Parts: 1 + r.IntN(2), Cadence: mustCadence(x.t, randomCadences[r.IntN(len(randomCadences))]),
		Zone: randomZones[r.IntN(len(randomZones))], Start: mustDate(x.t, "2026-09-01").AddDays(r.IntN(400))}
	size := len(newText(x.works).steps)
	if r.IntN(4) > 0 {
		spec.Parts = 1 + r.IntN(min(size, 12))
	}
	if spec.Parts > size {
		return false
	}
	if r.IntN(5) == 0 {
		spec.End = spec.Start.AddDays(r.IntN(900))
	}
	if r.IntN(3) == 0 {
		spec.ShortWords = 50 + r.IntN(400)
	}
	p, err := Build(spec)
	if err != nil {
		if reason(x.t, err) != "out_of_range/plan_past_end" {
			x.t.Fatal(err)
		}
		return false
	}
	checkPlan(x.t, p, x.works)
	x.plan = x.saved(p)
	x.now = p.Readings[0].Due.At.Add(-time.Duration(r.IntN(200)) * time.Hour)
	return true
}

// saved gives new readings their IDs, as storage does.
func (x *trial) saved(p Plan) Plan {
	p = p.clone()
	for i := range p.Readings {
		if p.Readings[i].ID == 0 {
			x.ids++
			p.Readings[i].ID = x.ids
		}
	}
	return p
}

// change makes one change of any kind, without keeping it.
func (x *trial) change() (name string, q Plan, d Diff, works []*library.Outline, may freedom, err error) {
	r, p, now, works := x.r, x.plan, x.now, x.works
	n := 1 + r.IntN(len(p.Readings))
	reading := p.Readings[n-1]
	portion := reading.Portions[r.IntN(len(reading.Portions))]
	work, number := portion.Work, portion.First+r.IntN(portion.Last-portion.First+1)
	day := reading.Due.Local.Date
	kind := r.IntN(22)
	if p.State == Paused && r.IntN(4) == 0 {
		kind = 5 // or little would happen
	}
	switch kind {
	case 0, 1:
		name = "publish"
		q, d, err = p.Publish(now)
	case 2:
		name = "skip"
		q, d, err = p.Skip(day, now)
	case 3:
		name = "shift"
		q, d, err = p.Shift(n, r.IntN(9)-4, now)
	case 4:
		name = "pause"
		q, d, err = p.Pause(now)
	case 5, 6:
		name = "resume"
		q, d, err = p.Resume(now)
	case 7:
		name = "zone"
		q, d, err = p.InZone(randomZones[r.IntN(len(randomZones))], now)
	case 8:
		name = "rebalance"
		q, d, err = p.Rebalance(works, r.IntN(5), now)
	case 9:
		name = "break"
		from := day.AddDays(-r.IntN(9))
		q, d, err = p.Break(from, from.AddDays(r.IntN(40)), now)
	case 10:
		name = "cadence"
		q, d, err = p.SetCadence(mustCadence(x.t, randomCadences[r.IntN(len(randomCadences))]), now)
	case 11:
		name, may.text = "split", true
		q, d, err = p.Split(works, n, 0, 0, now)
	case 12:
		name, may.text = "split at", true
		q, d, err = p.Split(works, n, work, number, now)
	case 13:
		name, may.text = "merge", true
		q, d, err = p.Merge(works, n, now)
	case 14, 15:
		name, may = "extend", freedom{text: true, settled: true}
		q, d, err = p.Extend(works, work, number, now)
	case 16:
		name = "append"
		more := outline(library.WorkID(len(works)+1), words, 1+r.IntN(9))
		works = append(slices.Clone(works), more)
		q, d, err = p.Append([]*library.Outline{more}, now)
	case 17:
		name, may.reopen = "reopen", true
		q, d, err = p.Reopen(n, now)
	case 18:
		name = "cancel"
		q, d, err = p.CancelMeeting(day, !reading.NoMeeting, now)
	case 19:
		name = "warn"
		q, d, err = p.SetWarning(n, time.Duration(r.IntN(99)).String())
	case 20:
		name = "place"
		q, d, err = p.SetPlace([]string{"", "Café Nord", "The park"}[r.IntN(3)])
	case 21:
		name = "short"
		q, d, err = p.SetShort(works, n, []Portion{{Work: work, First: portion.First, Last: number}})
	}
	return name, q, d, works, may, err
}

// hold is what is true of every change.
func (x *trial) hold(name string, q Plan, d Diff, works []*library.Outline, may freedom) {
	t, p := x.t, x.plan
	t.Helper()
	checkPlan(t, q, works)
	x.checkKept(name, q, may)
	if !reflect.DeepEqual(d.Apply(p), q) {
		t.Fatalf("%s: the difference shown is not the difference made: %+v", name, d)
	}
	if !reflect.DeepEqual(d.Reverse().Apply(q), p) {
		t.Fatalf("%s cannot be taken back", name)
	}
	for _, m := range d.Moved {
		if sameReading(m.From, m.To) {
			t.Fatalf("%s: shown as moved, and is not: %+v", name, m)
		}
	}
	for _, r := range q.Readings {
		for _, c := range r.Short {
			if !r.Contains(c.Work, c.First) || !r.Contains(c.Work, c.Last) {
				t.Fatalf("%s: the short track of reading %d is outside of it: %+v", name, r.N, r)
			}
		}
	}
}

// checkKept holds that a change leaves what was due or has opened.
func (x *trial) checkKept(name string, q Plan, may freedom) {
	t, p := x.t, x.plan
	t.Helper()
	if p.State == Draft {
		return
	}
	now := p.effective(x.now)
	ahead := p.firstAhead(now)
	for i, old := range p.Readings {
		settled, opened := p.settled(i, now), p.opened(i, now)
		at := slices.IndexFunc(q.Readings, func(r Reading) bool { return r.ID == old.ID })
		if at < 0 {
			if settled || opened {
				t.Fatalf("%s: reading %d is gone", name, old.N)
			}
			continue
		}
		is := q.Readings[at]
		if may.settled && i == ahead-1 || name == "warn" || name == "short" {
			is.Portions, is.Words, is.Minutes, is.Short, is.Warning = old.Portions, old.Words, old.Minutes, old.Short, old.Warning
		}
		if settled && !may.reopen && !sameReading(old, is) {
			t.Fatalf("%s: reading %d was over and has changed: %+v, %+v", name, old.N, old, is)
		}
		if opened && (!is.Opens.Equal(old.Opens) || !may.text && !slices.Equal(is.Portions, old.Portions)) {
			t.Fatalf("%s: reading %d was open and has changed: %+v, %+v", name, old.N, old, is)
		}
		if q.State == Published && !settled && !is.Due.At.After(now) {
			t.Fatalf("%s: reading %d is due in the past:\n%s", name, old.N, lines(q))
		}
	}
	for _, r := range q.Readings {
		isNew := !slices.ContainsFunc(p.Readings, func(o Reading) bool { return o.ID == r.ID })
		if isNew && q.State == Published && (!r.Due.At.After(now) || r.Opens.Before(now)) {
			t.Fatalf("%s: reading %d is new and in the past:\n%s", name, r.N, lines(q))
		}
	}
}

// undo takes the last change back. Nothing of it is left but the revision, and
// what time has done since.
func (x *trial) undo() bool {
	t := x.t
	last := x.history[len(x.history)-1]
	q, d, err := x.plan.Undo(last.before, last.at, x.now)
	if err != nil {
		if r := reason(t, err); r != "out_of_range/undo_too_late" && r != "out_of_range/plan_past_end" {
			t.Fatal(err)
		}
		return false
	}
	want, missed := last.before.clone(), false
	if x.plan.State == Paused && want.State == Published {
		// A pause ends as by Resume: nothing is left in the time that it took.
		want.State, want.PausedAt = Paused, x.plan.PausedAt
		missed = slices.ContainsFunc(want.Readings, func(r Reading) bool {
			return r.Due.At.After(x.plan.PausedAt) && !r.Due.At.After(x.now)
		})
		resumed, _, err := want.Resume(x.now)
		if err != nil {
			t.Fatal(err)
		}
		if want.State, want.PausedAt = Published, (time.Time{}); missed {
			want = resumed
		}
		for _, r := range q.Readings {
			if r.Due.At.After(x.plan.PausedAt) && !r.Due.At.After(x.now) {
				t.Fatalf("reading %d came due while the plan was paused:\n%s", r.N, lines(q))
			}
		}
	}
	want.Revision = x.plan.Revision + 1
	if !reflect.DeepEqual(q, want.Advance(x.now)) {
		t.Fatalf("undo restored\n%s, not\n%s", lines(q), lines(want))
	}
	if !reflect.DeepEqual(d.Apply(x.plan), q) {
		t.Fatal("the difference that undo shows is not the one it makes")
	}
	checkPlan(t, q, last.works)
	was := x.plan
	x.plan, x.works, x.history = q, last.works, x.history[:len(x.history)-1]
	x.follow(&was)
	if missed { // what was asked before the pause has moved on with its reading
		x.history = nil
		x.checkPeople("undo")
		return true
	}
	// Those that were there before the change are where they were.
	for i, h := range last.questions {
		if x.questions[i].At.IsZero() { // a time that the change took is kept beside it, and put back
			x.questions[i].At = h.At
		}
		if x.questions[i] != h {
			t.Fatalf("undo leaves a question at %+v that was at %+v", x.questions[i], h)
		}
	}
	x.checkPeople("undo")
	return true
}

// talk lets somebody check in, or ask something, now and then.
func (x *trial) talk() {
	r := x.r
	if x.plan.State == Draft {
		return
	}
	reading := &x.plan.Readings[r.IntN(len(x.plan.Readings))]
	portion := reading.Portions[r.IntN(len(reading.Portions))]
	if r.IntN(2) == 0 {
		c := CheckIn{Person: PersonID(1 + r.IntN(3)), Reading: reading.ID, At: x.now, Kind: []CheckKind{IsAt, HasRead, HasRead, Passes}[r.IntN(4)], Covers: slices.Clone(reading.Portions)}
		if c.Kind == IsAt {
			c.Work, c.Upto = portion.Work, portion.First+r.IntN(portion.Last-portion.First+1)
			c.Covers = reading.Upto(c.Work, c.Upto, "")
		}
		x.ins = append(x.ins, c)
		if x.read[c.Person] == nil {
			x.read[c.Person] = map[passage]bool{}
		}
		for _, p := range c.Covers {
			for n := p.First; n <= p.Last && c.Kind != Passes; n++ {
				x.read[c.Person][passage{p.Work, n}] = true
			}
		}
	}
	if r.IntN(3) == 0 {
		last := reading.Portions[len(reading.Portions)-1]
		h := Held{Reading: reading.ID, Work: last.Work, Number: last.Last}
		if r.IntN(2) == 0 {
			h.At = DateTime{reading.Due.Local.Date.AddDays(-1 - r.IntN(5)), Clock{r.IntN(24), 30}}
		}
		x.questions = append(x.questions, h)
	}
}

// follow moves the questions along with a change.
func (x *trial) follow(was *Plan) {
	for i := range x.questions {
		before := x.questions[i]
		after := before.Follow(was, &x.plan)
		if after == nil {
			x.t.Fatal("a question is lost")
		}
		to := x.plan.Readings[slices.IndexFunc(x.plan.Readings, func(r Reading) bool { return r.ID == after.Reading })]
		// A work that was added and is gone again leaves its questions to the end.
		if !to.Contains(before.Work, before.Number) && x.plan.Holding(before.Work, before.Number) != nil {
			x.t.Fatalf("a question about ¶ %d of work %d went to reading %d: %+v", before.Number, before.Work, to.N, to.Portions)
		}
		from, ok := was.readingOf(before.Reading)
		if ok && !before.At.IsZero() && after.At.IsZero() {
			moved := DateTime{before.At.Date.AddDays(to.Due.Local.Date.Sub(from.Due.Local.Date)), before.At.Clock}
			loc := mustZone(x.t, x.plan.Zone)
			if at := Instant(moved, loc); !at.Before(to.Opens) && at.Before(to.Due.At) {
				x.t.Fatalf("a question %v before %v has no time of its own any more, and %v is between %v and %v", before.At, from.Due.Local, moved, to.Opens, to.Due.At)
			}
		} else if ok && !before.At.IsZero() &&
			(to.Due.Local.Date.Sub(after.At.Date) != from.Due.Local.Date.Sub(before.At.Date) || after.At.Clock != before.At.Clock) {
			x.t.Fatalf("a question %v before %v comes %v before %v", before.At, from.Due.Local, after.At, to.Due.Local)
		}
		x.questions[i] = *after
	}
}

func (p *Plan) readingOf(id ReadingID) (Reading, bool) {
	i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.ID == id })
	if i < 0 {
		return Reading{}, false
	}
	return p.Readings[i], true
}

// checkPeople holds that each has read what they said, however the readings are
// cut now: what a reading's standing says is counted anew, passage by passage.
func (x *trial) checkPeople(name string) {
	t := x.t
	t.Helper()
	for person, read := range x.read {
		var mine []CheckIn
		for _, c := range x.ins {
			if c.Person == person {
				mine = append(mine, c)
			}
		}
		for _, s := range Progress(x.plan, mine) {
			r := x.plan.Readings[s.N-1]
			left := 0
			for _, p := range r.Portions {
				for n := p.First; n <= p.Last; n++ {
					if !read[passage{p.Work, n}] {
						left++
					}
				}
			}
			switch {
			case left == 0 && s.Status != ReadIt, left > 0 && s.Status == ReadIt, s.Status == UnderWay && s.Left != left, s.Status == NotBegun && left != s.Of:
				t.Fatalf("%s: %d of reading %d are left to person %d, and it says %+v", name, left, r.N, person, s)
			case s.Status == UnderWay && !read[passage{s.Work, s.Upto}]:
				t.Fatalf("%s: person %d is said to be at ¶ %d, which they did not read", name, person, s.Upto)
			}
		}
	}
}
