package reading

import (
	"cmp"
	"slices"
	"time"

	"lectern/library"
)

// A CheckKind says what a member reported.
type CheckKind string

// The kinds of check-ins.
const (
	IsAt    CheckKind = "at"   // has read up to a passage
	HasRead CheckKind = "done" // has read the whole reading
	Passes  CheckKind = "skip" // leaves this one out
)

// A CheckIn is what a member reported about a reading at a time.
type CheckIn struct {
	Person  PersonID
	Reading ReadingID
	Kind    CheckKind
	Work    library.WorkID // for IsAt: where in which work,
	Upto    int            // the ¶ number of the last passage read,
	Anchor  library.Anchor // and its anchor
	At      time.Time
}

// A Visibility is how much others may see of a member's check-ins.
type Visibility string

// The visibilities. The zero Visibility is Counted.
const (
	Counted Visibility = ""       // in numbers only, which is the default
	Shown   Visibility = "shown"  // by name
	Hidden  Visibility = "hidden" // not at all
)

// A Status is where someone is with a reading.
type Status string

// The statuses.
const (
	NotBegun  Status = ""
	UnderWay  Status = "reading"
	ReadIt    Status = "read"
	LeftItOut Status = "skipped"
)

// A Standing is how far someone has come with one reading.
type Standing struct {
	Reading ReadingID
	N       int
	Status  Status
	Work    library.WorkID // where they are, if UnderWay
	Upto    int            // the ¶ number of the last passage read, if UnderWay
	Left    int            // passages still to read; 0 when read or left out
	Of      int            // passages of the reading
	At      time.Time      // of the check-in that says so
}

// Passages is how many numbered passages the reading has.
func (r *Reading) Passages() int {
	n := 0
	for _, p := range r.Portions {
		n += p.Last - p.First + 1
	}
	return n
}

// Contains reports whether a passage belongs to the reading.
func (r *Reading) Contains(work library.WorkID, number int) bool {
	return slices.ContainsFunc(r.Portions, func(p Portion) bool {
		return p.Work == work && p.First <= number && number <= p.Last
	})
}

// Standing is how far someone who made these check-ins has come with the
// reading: the furthest place counts, so that who goes back to a page has not
// lost what they read. A slip is mended by taking it back, which leaves it out
// of mine. Who leaves a reading out and reads on after all is where they say.
// Who is at the last passage, or beyond it in the same work, has read it; who
// is ahead of the first has not begun. Check-ins for other readings do not
// count.
func (r *Reading) Standing(mine []CheckIn) Standing {
	begin := Standing{Reading: r.ID, N: r.N, Of: r.Passages(), Left: r.Passages()}
	if byTime := func(a, b CheckIn) int { return a.At.Compare(b.At) }; !slices.IsSortedFunc(mine, byTime) {
		mine = slices.Clone(mine)
		slices.SortStableFunc(mine, byTime)
	}
	furthest, passed := begin, begin
	for _, c := range mine {
		if c.Reading != r.ID {
			continue
		}
		s := begin
		s.At = c.At
		switch c.Kind {
		case HasRead:
			s.Status, s.Left = ReadIt, 0
		case Passes:
			passed = s
			passed.Status, passed.Left = LeftItOut, 0
			continue
		case IsAt:
			if s.Left = r.left(c.Work, c.Upto); s.Left == 0 {
				s.Status = ReadIt
			} else if s.Left < s.Of {
				s.Status, s.Work, s.Upto = UnderWay, c.Work, c.Upto
			}
		}
		passed = begin
		if s.Left < furthest.Left {
			furthest = s
		}
	}
	if passed.Status == LeftItOut && furthest.Status != ReadIt {
		return passed
	}
	return furthest
}

// left is how many passages of the reading follow a passage. Where a work is
// not in the reading, all do.
func (r *Reading) left(work library.WorkID, upto int) int {
	all, before := r.Passages(), 0
	left := all
	for _, p := range r.Portions {
		n := p.Last - p.First + 1
		if p.Work == work && upto >= p.First {
			left = all - before - min(upto-p.First+1, n)
		}
		before += n
	}
	return left
}

// Progress is how far someone who made these check-ins has come with each
// reading of a plan.
func Progress(p Plan, mine []CheckIn) []Standing {
	out := make([]Standing, len(p.Readings))
	for i := range p.Readings {
		out[i] = p.Readings[i].Standing(mine)
	}
	return out
}

// A Board is how far a group has come with a reading: numbers of those who may
// be counted, and the places of those who want to be shown. How many there
// are besides it does not say.
type Board struct {
	Reading  ReadingID
	N        int
	Read     int // have read it
	UnderWay int // have begun
	LeftOut  int // leave it out
	Places   []Place
}

// A Place is where a member who is shown stands.
type Place struct {
	Person PersonID
	Standing
}

// BoardOf sums up the check-ins of everyone for a reading. The places are in
// order: who has least left first, then who came there first.
func BoardOf(r Reading, all []CheckIn, visibility func(PersonID) Visibility) Board {
	b := Board{Reading: r.ID, N: r.N}
	of := map[PersonID][]CheckIn{}
	for _, c := range all {
		if c.Reading == r.ID {
			of[c.Person] = append(of[c.Person], c)
		}
	}
	for person, mine := range of {
		seen := visibility(person)
		if seen == Hidden {
			continue
		}
		s := r.Standing(mine)
		switch s.Status {
		case ReadIt:
			b.Read++
		case UnderWay:
			b.UnderWay++
		case LeftItOut:
			b.LeftOut++
		}
		if seen == Shown && s.Status != NotBegun {
			b.Places = append(b.Places, Place{person, s})
		}
	}
	slices.SortFunc(b.Places, func(x, y Place) int {
		out := func(p Place) int {
			if p.Status == LeftItOut {
				return 1
			}
			return 0
		}
		return cmp.Or(cmp.Compare(out(x), out(y)), cmp.Compare(x.Left, y.Left), x.At.Compare(y.At),
			cmp.Compare(x.Person, y.Person))
	})
	return b
}
