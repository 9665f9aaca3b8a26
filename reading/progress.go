package reading

import (
	"time"

	"lectern/library"
)

// A CheckInKind is what a member said.
type CheckInKind string

// The kinds of check-ins.
const (
	CheckedAt   CheckInKind = "at"   // read up to a passage
	CheckedDone CheckInKind = "done" // read to the reading's end
	CheckedSkip CheckInKind = "skip" // leaves the reading out
)

// A CheckIn is a member's record of how far they have read.
type CheckIn struct {
	Person  PersonID
	Reading ReadingID
	Work    library.WorkID
	Number  int // At: the ¶
	Kind    CheckInKind
	At      time.Time
}

// A Place is how far a member is in a plan.
type Place struct {
	Done    int // the last reading that they have read, 0 for none
	Reading int // the reading that they are in, if Number is set
	Number  int // the ¶ they are at, 0 if they have not said
}

// A Board is how far a group is. Members who hide are not in it, and those who
// did not choose to be shown are only counted.
type Board struct {
	Read  []int // for each reading, how many have read it
	Shown []Standing
}

// A Standing is a member who chose to be shown.
type Standing struct {
	Name  string
	Place Place
}

// NewBoard counts check-ins, oldest first, of those who read along.
func NewBoard(p *Plan, members []Member, ins []CheckIn) Board {
	b := Board{Read: make([]int, len(p.Readings))}
	n := map[ReadingID]int{}
	for i := range p.Readings {
		n[p.Readings[i].ID] = i + 1
	}
	done := map[PersonID]map[int]bool{}
	places := map[PersonID]Place{}
	for _, c := range ins {
		at := n[c.Reading]
		if at == 0 {
			continue
		}
		place := places[c.Person]
		if done[c.Person] == nil {
			done[c.Person] = map[int]bool{}
		}
		finished := c.Kind == CheckedDone
		if c.Kind == CheckedAt {
			place.Reading, place.Number = at, c.Number
			finished = p.Readings[at-1].Left(c.Work, c.Number) == 0
		}
		if finished {
			done[c.Person][at] = true
			place.Done = max(place.Done, at)
			if place.Reading <= at {
				place.Number = 0
			}
		}
		places[c.Person] = place
	}
	for _, m := range members {
		if m.Shows == Private {
			continue
		}
		for at := range done[m.Person] {
			b.Read[at-1]++
		}
		if m.Shows == Shown {
			b.Shown = append(b.Shown, Standing{Name: m.Name, Place: places[m.Person]})
		}
	}
	return b
}
