package reading

import (
	"slices"
	"time"

	"lectern/library"
)

// The methods below change a plan. Each returns another plan, one revision
// on, and the Diff between the two, and leaves the plan it was called on as it
// was. What was due stays; a reading that has opened keeps its passages and
// its opening, and only its due date may still move.
//
// The errors are *library.Error.

// Publish lets a draft run from now on. Its first reading opens now; readings
// whose due dates have passed already are over, and the one after them opens
// now in their place. Errors: forbidden/plan_not_draft, out_of_range/plan_over
// when every due date has passed.
func (p Plan) Publish(now time.Time) (Plan, Diff, error) {
	if p.State != Draft {
		return p.refuse(library.Forbidden, "plan_not_draft", map[string]any{"State": p.State})
	}
	first := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.Due.At.After(now) })
	if first < 0 {
		return p.refuse(library.OutOfRange, "plan_over", map[string]any{"Due": Ends(p, p).To})
	}
	q := p.clone()
	q.State, q.Published = Published, now
	for i := range q.Readings[:first] {
		q.Readings[i].State = Done
	}
	q.Readings[first].Opens, q.Readings[first].State = now, Open
	return p.changed(q)
}

// Skip takes a day out of the calendar: the reading that is due on it, and all
// after it, move on by one occurrence. Errors: out_of_range/skip_past,
// not_found/skip_no_meeting (with the days nearest to it),
// out_of_range/plan_past_end, forbidden/plan_ended.
func (p Plan) Skip(day Date, now time.Time) (Plan, Diff, error) {
	loc, err := p.running()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	first := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.Due.Local.Date == day })
	if first < 0 {
		return p, Diff{}, p.noMeeting(day, now)
	}
	if p.settled(first, now) {
		return p.refuse(library.OutOfRange, "skip_past", map[string]any{"Date": day})
	}
	q := p.clone()
	q.Skips = sortedDates(append(q.Skips, day))
	q.reflow(&p, first, 0, loc)
	return p.finish(q, first, now)
}

// Shift moves the reading n and all after it by so many weeks, to the first
// occurrences then; backwards if weeks is negative, but not onto or before the
// reading ahead of it. Distances between readings stay, counted in
// occurrences. Errors: out_of_range/plan_reading, out_of_range/shift_past,
// out_of_range/shift_back, syntax/shift_weeks, out_of_range/plan_past_end,
// forbidden/plan_ended.
func (p Plan) Shift(n, weeks int, now time.Time) (Plan, Diff, error) {
	loc, err := p.running()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	first := n - 1
	switch {
	case first < 0 || first >= len(p.Readings):
		return p.refuse(library.OutOfRange, "plan_reading", map[string]any{"N": n, "Last": len(p.Readings)})
	case p.settled(first, now):
		return p.refuse(library.OutOfRange, "shift_past", map[string]any{"N": n})
	case weeks == 0 || weeks > MaxShift || weeks < -MaxShift:
		return p.refuse(library.Syntax, "shift_weeks", map[string]any{"Weeks": weeks, "Most": MaxShift})
	}
	due := p.Readings[first].Due.Local.Date
	before, after := p.slot(due), p.slot(due.AddDays(7*weeks))
	if weeks > 0 {
		after = max(after, before+1)
	}
	if weeks < 0 {
		lowest := 0
		if first > 0 {
			lowest = p.slot(p.Readings[first-1].Due.Local.Date.AddDays(1))
		}
		target := p.occurrence(after, loc)
		if after < lowest || after >= before || p.State != Draft && !target.At.After(now) {
			return p.refuse(library.OutOfRange, "shift_back", map[string]any{"N": n, "Weeks": -weeks})
		}
	}
	q := p.clone()
	q.reflow(&p, first, after-before, loc)
	return p.finish(q, first, now)
}

// MaxShift is the most weeks by which readings move at once.
const MaxShift = 5 * 52

// Pause stops a running plan: until Resume nothing opens and nothing is due.
// Error: forbidden/plan_not_running.
func (p Plan) Pause(now time.Time) (Plan, Diff, error) {
	if p.State != Published {
		return p.refuse(library.Forbidden, "plan_not_running", map[string]any{"State": p.State})
	}
	q := p.clone()
	q.State, q.PausedAt = Paused, now
	return p.changed(q)
}

// Resume lets a paused plan run again. If a due date has passed in the
// meantime, the first reading that missed its own is due at the first
// occurrence to come, and all after it follow at their distances. Errors:
// forbidden/plan_not_paused, out_of_range/plan_past_end.
func (p Plan) Resume(now time.Time) (Plan, Diff, error) {
	if p.State != Paused {
		return p.refuse(library.Forbidden, "plan_not_paused", map[string]any{"State": p.State})
	}
	loc, err := p.Location()
	if err != nil {
		return p, Diff{}, err
	}
	q := p.clone()
	q.State, q.PausedAt = Published, time.Time{}
	first := len(p.Readings)
	for i := range p.Readings {
		if !p.settled(i, p.effective(now)) {
			first = i
			break
		}
	}
	if first == len(p.Readings) || p.Readings[first].Due.At.After(now) {
		return p.finish(q, len(p.Readings), now)
	}
	before := p.slot(p.Readings[first].Due.Local.Date)
	after := p.slot(DateOf(now, loc))
	if !p.occurrence(after, loc).At.After(now) {
		after++
	}
	q.reflow(&p, first, after-before, loc)
	return p.finish(q, first, p.PausedAt)
}

// InZone moves the plan into another zone, or into its own when the zone
// database has changed: what is still due keeps its civil time and gets the
// instant that this means there, unless that has gone by: then it stays due
// when it was. Error: not_found/zone.
func (p Plan) InZone(zone string, now time.Time) (Plan, Diff, error) {
	loc, err := LoadZone(zone)
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	q := p.clone()
	q.Zone = zone
	first := len(p.Readings)
	for i := len(p.Readings) - 1; i >= 0; i-- {
		if p.settled(i, now) {
			break
		}
		first = i
		if due := OccurrenceAt(p.Readings[i].Due.Local, loc); p.State == Draft || due.At.After(now) {
			q.Readings[i].Due = due
		}
	}
	return p.finish(q, first, now)
}

// Rebalance divides what has not opened yet anew, into n readings, or into as
// many as it is in now if n is 0. They take the due dates of those they
// replace, and the occurrences after those if they are more. The works are
// those of the plan. Errors: out_of_range/plan_nothing_left,
// out_of_range/plan_too_many, not_found/plan_text_changed when a passage of
// the plan is not in the works, out_of_range/plan_past_end,
// forbidden/plan_ended.
func (p Plan) Rebalance(works []*library.Outline, n int, now time.Time) (Plan, Diff, error) {
	loc, err := p.running()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	first := len(p.Readings)
	for first > 0 && !p.opened(first-1, now) && !p.settled(first-1, now) {
		first--
	}
	if first == len(p.Readings) {
		return p.refuse(library.OutOfRange, "plan_nothing_left", map[string]any{})
	}
	var left []Portion
	for _, r := range p.Readings[first:] {
		left = append(left, r.Portions...)
	}
	text, ok := p.text(works).only(left)
	if !ok {
		return p.refuse(library.NotFound, "plan_text_changed", map[string]any{})
	}
	if n == 0 {
		n = len(p.Readings) - first
	}
	if n < 1 || n > len(text.steps) {
		return p, Diff{}, tooMany(n, len(text.steps))
	}
	return p.regroup(p.clone(), text, works, first, n, now, loc)
}

// slot counts the occurrences of the plan's calendar before a day.
func (p *Plan) slot(day Date) int {
	n := 0
	for d := range p.Cadence.dates(p.Start) {
		if !d.Before(day) {
			break
		}
		if !slices.Contains(p.Skips, d) {
			n++
		}
	}
	return n
}

// occurrence is the n-th occurrence of the plan's calendar, from 0.
func (p *Plan) occurrence(n int, loc *time.Location) Occurrence {
	for o := range p.Cadence.Occurrences(p.Start, loc, p.Skips) {
		if n == 0 {
			return o
		}
		n--
	}
	return Occurrence{}
}

// reflow puts the readings from first on into the calendar of q, each shift
// occurrences after where it stands in that of p. So distances stay, and what
// falls on a day that is skipped now goes on to the next.
func (p *Plan) reflow(old *Plan, first, shift int, loc *time.Location) {
	for i := first; i < len(p.Readings); i++ {
		p.Readings[i].Due = p.occurrence(old.slot(old.Readings[i].Due.Local.Date)+shift, loc)
	}
	p.keepCancelled(old, first)
}

// keepCancelled leaves a cancelled meeting on its day: a reading that moves
// away has a meeting again, and one that comes there has none.
func (p *Plan) keepCancelled(old *Plan, first int) {
	var cancelled []Date
	for _, r := range old.Readings[min(first, len(old.Readings)):] {
		if r.NoMeeting {
			cancelled = append(cancelled, r.Due.Local.Date)
		}
	}
	for i := first; i < len(p.Readings); i++ {
		p.Readings[i].NoMeeting = slices.Contains(cancelled, p.Readings[i].Due.Local.Date)
	}
}

// finish sets the openings that follow from new due dates, and refuses a plan
// that now ends after its end.
func (p Plan) finish(q Plan, first int, now time.Time) (Plan, Diff, error) {
	opened := map[readingKey]bool{}
	for i := range p.Readings {
		opened[p.Readings[i].key()] = p.opened(i, now)
	}
	for i := first; i < len(q.Readings); i++ {
		if !opened[q.Readings[i].key()] {
			q.setOpens(i)
			if opens := &q.Readings[i].Opens; q.State != Draft && opens.Before(now) {
				*opens = now // what should have opened before this change opens with it
			}
		}
	}
	if last := Ends(p, q); !q.End.IsZero() && last.To.After(q.End) && last.To.After(last.From) {
		fit := slices.IndexFunc(q.Readings, func(r Reading) bool { return r.Due.Local.Date.After(q.End) })
		return p.refuse(library.OutOfRange, "plan_past_end",
			map[string]any{"Readings": len(q.Readings), "Fit": fit, "End": q.End, "Due": last.To})
	}
	return p.changed(q)
}

// changed counts the revision.
func (p Plan) changed(q Plan) (Plan, Diff, error) {
	q.Revision = p.Revision + 1
	return q, Compare(p, q), nil
}

func (p Plan) refuse(code library.Code, reason string, args map[string]any) (Plan, Diff, error) {
	return p, Diff{}, &library.Error{Code: code, Reason: reason, Args: args}
}

// running returns the plan's zone, unless the plan has ended.
func (p *Plan) running() (*time.Location, error) {
	if p.State == Ended {
		return nil, &library.Error{Code: library.Forbidden, Reason: "plan_ended", Args: map[string]any{}}
	}
	return p.Location()
}

// noMeeting says that nothing is due on a day, and names the days nearest to
// it.
func (p *Plan) noMeeting(day Date, now time.Time) error {
	err := &library.Error{Code: library.NotFound, Reason: "skip_no_meeting", Args: map[string]any{"Date": day}}
	for _, d := range p.nearestDues(day, now) {
		err.Suggestions = append(err.Suggestions,
			library.Suggestion{Citation: d.String(), Label: weekdayName(d.Weekday()) + " " + d.String()})
	}
	return err
}

// nearestDues is the due dates to come that are nearest to a day: the last
// before it and the first after it.
func (p *Plan) nearestDues(day Date, now time.Time) []Date {
	var before, after Date
	for i, r := range p.Readings {
		switch d := r.Due.Local.Date; {
		case p.settled(i, now):
		case d.Before(day):
			before = d
		case after.IsZero():
			after = d
		}
	}
	return slices.DeleteFunc([]Date{before, after}, Date.IsZero)
}
