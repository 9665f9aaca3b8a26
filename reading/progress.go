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
	// Covers is what was read, or left out: it stands when readings are cut
	// anew. Where it is empty the check-in is about its reading as that is.
	Covers []Portion
	At     time.Time
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

// Holding is the reading that holds a passage, nil if none does.
func (p *Plan) Holding(work library.WorkID, number int) *Reading {
	for i := range p.Readings {
		if p.Readings[i].Contains(work, number) {
			return &p.Readings[i]
		}
	}
	return nil
}

// Upto is the part of the reading up to a passage, with it: all of it if the
// passage comes later in its last work, and nothing if it comes before the
// reading or is in another work.
func (r *Reading) Upto(work library.WorkID, number int, anchor library.Anchor) []Portion {
	last := -1
	for i, p := range r.Portions {
		if p.Work == work && p.First <= number {
			last = i
		}
	}
	out := slices.Clone(r.Portions[:last+1])
	if last >= 0 && number < out[last].Last {
		out[last].Last, out[last].LastAnchor = number, anchor
	}
	return out
}

// covers is what a check-in says about the reading: nothing if it is about
// others.
func (r *Reading) covers(c *CheckIn) []Portion {
	switch {
	case len(c.Covers) > 0:
		return c.Covers
	case c.Reading != r.ID:
		return nil
	case c.Kind == IsAt:
		return r.Upto(c.Work, c.Upto, c.Anchor)
	}
	return r.Portions
}

// Touches reports whether a check-in says something about the reading.
func (r *Reading) Touches(c CheckIn) bool {
	if c.Reading == r.ID && r.ID != 0 {
		return true
	}
	return r.mark(make([]bool, r.Passages()), r.covers(&c)) > 0
}

// mark sets what portions cover of the reading's passages, in order, and
// counts what was set.
func (r *Reading) mark(passages []bool, portions []Portion) (n int) {
	at := 0
	for _, p := range r.Portions {
		for _, c := range portions {
			if c.Work != p.Work {
				continue
			}
			for number := max(c.First, p.First); number <= min(c.Last, p.Last); number++ {
				if i := at + number - p.First; !passages[i] {
					passages[i] = true
					n++
				}
			}
		}
		at += p.Last - p.First + 1
	}
	return n
}

// Standing is how far someone who made these check-ins has come with the
// reading: all that they said they have read counts together, so that who goes
// back to a page has not lost what they read. A slip is mended by taking it
// back, which leaves it out of mine. Who leaves a reading out and reads on after
// all is where they say. Check-ins about other passages do not count.
func (r *Reading) Standing(mine []CheckIn) Standing {
	s := Standing{Reading: r.ID, N: r.N, Of: r.Passages()}
	if byTime := func(a, b CheckIn) int { return a.At.Compare(b.At) }; !slices.IsSortedFunc(mine, byTime) {
		mine = slices.Clone(mine)
		slices.SortStableFunc(mine, byTime)
	}
	read, passed := make([]bool, s.Of), make([]bool, s.Of)
	left := s.Of
	leftOut := false // the last word was that they leave it out
	var passedAt time.Time
	for i := range mine {
		c := &mine[i]
		about := r.covers(c)
		if c.Kind == Passes {
			if r.mark(passed, about) > 0 {
				leftOut, passedAt = true, c.At
			}
			continue
		}
		if n := r.mark(read, about); n > 0 {
			left -= n
			s.At = c.At
		}
		if len(about) > 0 && r.mark(make([]bool, s.Of), about) > 0 {
			leftOut = false
			clear(passed)
		}
	}
	s.Left = left
	switch {
	case left == 0 && s.Of > 0:
		s.Status = ReadIt
	case leftOut && r.restOut(read, passed):
		s.Status, s.Left, s.At = LeftItOut, 0, passedAt
	case left < s.Of:
		s.Status = UnderWay
		s.Work, s.Upto = r.furthest(read)
	}
	return s
}

// restOut reports whether all that was not read was left out.
func (r *Reading) restOut(read, passed []bool) bool {
	for i := range read {
		if !read[i] && !passed[i] {
			return false
		}
	}
	return true
}

// furthest is the last passage that was read.
func (r *Reading) furthest(read []bool) (work library.WorkID, number int) {
	at := 0
	for _, p := range r.Portions {
		for n := p.First; n <= p.Last; n++ {
			if read[at] {
				work, number = p.Work, n
			}
			at++
		}
	}
	return work, number
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
		if len(c.Covers) > 0 || c.Reading == r.ID {
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
