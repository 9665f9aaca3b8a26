package reading

import (
	"maps"
	"slices"
)

// A Rota says whose turn it is to lead a plan's meetings.
type Rota struct {
	People   []PersonID // in the order of their turns
	Per      int        // how many lead a meeting; 0 is one
	Absences []Absence
	// Fixed are meetings whose leaders do not follow from the order: those
	// that are over, and those that were swapped.
	Fixed map[ReadingID][]PersonID
}

// An Absence is days on which somebody leads nothing, from the first to the
// last.
type Absence struct {
	Person   PersonID
	From, To Date
}

// A Turn is who leads the meeting of a reading.
type Turn struct {
	Reading ReadingID
	N       int
	Leaders []PersonID
	Missing int // how many are still to be found
}

// away reports whether somebody is absent on a day.
func (r *Rota) away(person PersonID, day Date) bool {
	return slices.ContainsFunc(r.Absences, func(a Absence) bool {
		return a.Person == person && !day.Before(a.From) && !day.After(a.To)
	})
}

// Turns says who leads each reading of a plan. People lead in their order, and
// who has led goes to its end. Who is away is passed over and is next when they
// are back; a meeting that does not take place uses up nobody's turn, nor does
// a week that is skipped, since turns go by readings and not by weeks.
func (r *Rota) Turns(p *Plan) []Turn {
	per := max(r.Per, 1)
	queue := slices.Clone(r.People)
	toEnd := func(person PersonID) {
		if i := slices.Index(queue, person); i >= 0 {
			queue = append(slices.Delete(queue, i, i+1), person)
		}
	}
	var turns []Turn
	for i := range p.Readings {
		x := &p.Readings[i]
		t := Turn{Reading: x.ID, N: x.N}
		fixed, ok := r.Fixed[x.ID]
		switch {
		case ok:
			t.Leaders = slices.Clone(fixed)
			if x.State != Done { // who falls out is missed, and asked about
				t.Leaders = slices.DeleteFunc(t.Leaders, func(person PersonID) bool { return r.away(person, x.Due.Local.Date) })
				t.Missing = len(fixed) - len(t.Leaders)
			}
		case x.NoMeeting || len(r.People) == 0:
			turns = append(turns, t)
			continue
		default:
			for _, person := range queue {
				if len(t.Leaders) < per && !r.away(person, x.Due.Local.Date) {
					t.Leaders = append(t.Leaders, person)
				}
			}
			t.Missing = per - len(t.Leaders)
		}
		for _, person := range t.Leaders {
			toEnd(person)
		}
		turns = append(turns, t)
	}
	return turns
}

// Turn is who leads one reading.
func (r *Rota) Turn(p *Plan, id ReadingID) (Turn, bool) {
	for _, t := range r.Turns(p) {
		if t.Reading == id {
			return t, true
		}
	}
	return Turn{}, false
}

// Swap lets the leaders of two readings change places. The turns after them
// follow from who led last.
func (r Rota) Swap(p *Plan, a, b ReadingID) Rota {
	one, _ := r.Turn(p, a)
	two, _ := r.Turn(p, b)
	one.Reading, two.Reading = b, a
	return r.fix([]Turn{one, two})
}

// Give lets some people lead a reading, whatever the order says.
func (r Rota) Give(id ReadingID, people []PersonID) Rota {
	return r.fix([]Turn{{Reading: id, Leaders: people}})
}

// Settle fixes the turns of the readings that have opened, so that a change of
// the order does not rewrite what was announced.
func (r Rota) Settle(p *Plan) Rota {
	turns := slices.DeleteFunc(r.Turns(p), func(t Turn) bool {
		return t.Missing > 0 || p.Readings[t.N-1].State == Ahead
	})
	return r.fix(turns)
}

func (r Rota) fix(turns []Turn) Rota {
	fixed := maps.Clone(r.Fixed)
	if fixed == nil {
		fixed = map[ReadingID][]PersonID{}
	}
	for _, t := range turns {
		if len(t.Leaders) > 0 {
			fixed[t.Reading] = t.Leaders
		}
	}
	r.Fixed = fixed
	return r
}
