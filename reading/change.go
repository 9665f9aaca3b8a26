package reading

import (
	"slices"
	"time"

	"lectern/library"
)

// A Diff is what a change makes of a plan.
type Diff struct {
	From, To PlanState
	Moved    []Move
}

// A Move is a reading that is due at another time.
type Move struct {
	N        int
	Reading  ReadingID
	From, To Occurrence
}

// diff compares two states of one plan.
func diff(a, b *Plan) Diff {
	d := Diff{From: a.State, To: b.State}
	for i := range b.Readings {
		if i < len(a.Readings) && !a.Readings[i].Due.At.Equal(b.Readings[i].Due.At) {
			d.Moved = append(d.Moved, Move{N: b.Readings[i].N, Reading: b.Readings[i].ID, From: a.Readings[i].Due, To: b.Readings[i].Due})
		}
	}
	return d
}

func (p *Plan) clone() Plan {
	q := *p
	q.Skips = slices.Clone(p.Skips)
	q.Readings = slices.Clone(p.Readings)
	return q
}

// ahead is the index of the first reading that is not yet due, len if none is.
func (p *Plan) ahead(now time.Time) int {
	for i := range p.Readings {
		if p.Readings[i].Due.At.After(now) {
			return i
		}
	}
	return len(p.Readings)
}

// Skip leaves a date out: the reading that was due on it and those after it
// move to the next occurrences.
func Skip(p Plan, day Date, now time.Time) (Plan, Diff, error) {
	loc, err := LoadZone(p.Zone)
	if err != nil {
		return p, Diff{}, err
	}
	q := p.clone()
	at := -1
	for i := q.ahead(now); i < len(q.Readings); i++ {
		if q.Readings[i].Due.Local.Date == day {
			at = i
		}
	}
	if at < 0 {
		var dates []library.Suggestion
		for i := q.ahead(now); i < len(q.Readings); i++ {
			dates = append(dates, library.Suggestion{Citation: q.Readings[i].Due.Local.Date.String()})
		}
		e := &library.Error{Code: library.NotFound, Reason: "no_meeting_then", Args: map[string]any{"Date": day.String()}}
		if len(dates) > 0 {
			e.Args["Next"] = dates[0].Citation
		}
		return p, Diff{}, e
	}
	q.Skips = append(q.Skips, day)
	q.date(at, day, loc)
	return q, diff(&p, &q), nil
}

// Shift moves every reading that is not yet due by so many weeks.
func Shift(p Plan, weeks int, now time.Time) (Plan, Diff, error) {
	loc, err := LoadZone(p.Zone)
	if err != nil {
		return p, Diff{}, err
	}
	q := p.clone()
	at := q.ahead(now)
	if at == len(q.Readings) {
		return p, Diff{}, &library.Error{Code: library.NotFound, Reason: "nothing_ahead"}
	}
	q.date(at, q.Readings[at].Due.Local.Date.AddDays(7*weeks), loc)
	return q, diff(&p, &q), nil
}

// Pause stops a plan.
func Pause(p Plan, _ time.Time) (Plan, Diff, error) {
	if p.State != Published {
		return p, Diff{}, &library.Error{Code: library.Syntax, Reason: "not_running"}
	}
	q := p.clone()
	q.State = Paused
	return q, diff(&p, &q), nil
}

// Resume goes on with a plan that was paused: what came due meanwhile moves to
// the occurrences from now on, and what comes after follows it.
func Resume(p Plan, now time.Time) (Plan, Diff, error) {
	if p.State != Paused {
		return p, Diff{}, &library.Error{Code: library.Syntax, Reason: "not_paused"}
	}
	loc, err := LoadZone(p.Zone)
	if err != nil {
		return p, Diff{}, err
	}
	q := p.clone()
	q.State = Published
	for i := range q.Readings {
		if x := &q.Readings[i]; x.State != Closed && !x.Due.At.After(now) {
			q.date(i, DateOf(now, loc).AddDays(1), loc)
			break
		}
	}
	return q, diff(&p, &q), nil
}

// Restore goes back to an earlier state of a plan. What has been opened or
// closed since stays so.
func Restore(p, before Plan, now time.Time) (Plan, Diff, error) {
	q := before.clone()
	q.Revision = p.Revision
	for i := range q.Readings {
		if i >= len(p.Readings) {
			continue
		}
		is := &p.Readings[i]
		q.Readings[i].State = is.State
		if is.State != Planned {
			q.Readings[i].Opens = is.Opens
		}
		if is.State == Closed {
			q.Readings[i].Due = is.Due
		} else if !q.Readings[i].Due.At.After(now) && is.Due.At.After(now) {
			return p, Diff{}, &library.Error{Code: library.OutOfRange, Reason: "undo_too_late", Args: map[string]any{"N": is.N}}
		}
	}
	return q, diff(&p, &q), nil
}
