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
	// Spends says whose turns a meeting uses up, where that are not those of
	// who leads it: after a swap those of who would have led, and nobody's
	// where it was over before there was an order.
	Spends map[ReadingID][]PersonID
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
		spends, otherwise := r.Spends[x.ID]
		switch {
		case !ok && otherwise: // it was over before there was an order
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
		if !otherwise {
			spends = t.Leaders
		}
		for _, person := range spends {
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

// Swap lets the leaders of two readings change places. Nobody else's turn
// moves: each meeting uses up the turns that it would have.
func (r Rota) Swap(p *Plan, a, b ReadingID) Rota {
	one, _ := r.Turn(p, a)
	two, _ := r.Turn(p, b)
	spends := maps.Clone(r.Spends)
	if spends == nil {
		spends = map[ReadingID][]PersonID{}
	}
	for _, t := range []Turn{one, two} {
		if _, ok := spends[t.Reading]; !ok {
			spends[t.Reading] = slices.Clone(t.Leaders)
		}
	}
	one.Reading, two.Reading = b, a
	r = r.fix([]Turn{one, two})
	r.Spends = spends
	return r
}

// Give lets some people lead a reading, whatever the order says.
func (r Rota) Give(id ReadingID, people []PersonID) Rota {
	return r.fix([]Turn{{Reading: id, Leaders: people}})
}

// Settle fixes the turns of the readings that have opened, so that a change of
// the order does not rewrite what was announced, and gives up the swaps of those
// that have not. A meeting that is over and that nobody led uses up no turn of
// the new order.
func (r Rota) Settle(p *Plan) Rota {
	turns := r.Turns(p)
	out := r
	out.Fixed, out.Spends = maps.Clone(r.Fixed), map[ReadingID][]PersonID{}
	for _, t := range turns {
		spends, otherwise := r.Spends[t.Reading]
		switch state := p.Readings[t.N-1].State; {
		case state == Ahead && otherwise:
			delete(out.Fixed, t.Reading)
		case state == Ahead || state == Open && t.Missing > 0:
		case len(t.Leaders) > 0:
			if out = out.fix([]Turn{t}); otherwise {
				out.Spends[t.Reading] = spends
			}
		case state == Done:
			out.Spends[t.Reading] = nil
		}
	}
	return out
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
