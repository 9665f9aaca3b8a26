package reading

import (
	"slices"
	"time"

	"lectern/library"
)

// The changes of this file touch what readings hold, or when the group meets.
// Unlike those in change.go, some of them change the passages of a reading
// that is open, or reach back to the last one that was due: they say so.

// MaxBreak is the longest break, in days. Who means a longer one has most
// often exchanged its ends.
const MaxBreak = 180

// Break takes every day from one to another out of the calendar: what is due
// in between, and all after it, moves on. Errors: syntax/break_order,
// out_of_range/break_long, out_of_range/break_past,
// not_found/break_no_meeting, out_of_range/plan_past_end,
// forbidden/plan_ended.
func (p Plan) Break(from, to Date, now time.Time) (Plan, Diff, error) {
	loc, err := p.running()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	args := map[string]any{"From": from, "To": to, "Most": MaxBreak}
	switch {
	case to.Before(from):
		return p.refuse(library.Syntax, "break_order", args)
	case to.Sub(from) >= MaxBreak:
		return p.refuse(library.OutOfRange, "break_long", args)
	case p.State != Draft && to.Before(DateOf(now, loc)):
		return p.refuse(library.OutOfRange, "break_past", args)
	}
	first := -1
	for i, r := range p.Readings {
		if day := r.Due.Local.Date; !p.settled(i, now) && !day.Before(from) && !day.After(to) {
			first = i
			break
		}
	}
	if first < 0 {
		return p.refuse(library.NotFound, "break_no_meeting", args)
	}
	if first > 0 {
		// What was due stays, so a break that has begun begins after it.
		if over := p.Readings[first-1].Due.Local.Date; p.settled(first-1, now) && !over.Before(from) {
			from = over.AddDays(1)
		}
	}
	q := p.clone()
	for day := from; !day.After(to); day = day.AddDays(1) {
		q.Skips = append(q.Skips, day)
	}
	q.Skips = sortedDates(q.Skips)
	q.reflow(&p, first, 0, loc)
	return p.finish(q, first, now)
}

// SetCadence lets the group meet at other times from the next meeting on: the
// first reading that is not due yet goes to the first of the new times in its
// week, or after it; the others follow at their distances. Errors:
// syntax/plan_cadence, out_of_range/plan_nothing_left,
// out_of_range/plan_past_end, forbidden/plan_ended.
func (p Plan) SetCadence(c Cadence, now time.Time) (Plan, Diff, error) {
	loc, err := p.running()
	if err != nil {
		return p, Diff{}, err
	}
	if !c.valid() {
		return p.refuse(library.Syntax, "plan_cadence", map[string]any{})
	}
	now = p.effective(now)
	first := p.firstAhead(now)
	if first == len(p.Readings) {
		return p.refuse(library.OutOfRange, "plan_nothing_left", map[string]any{})
	}
	q := p.clone()
	q.Cadence, q.Start = c.normal(), p.Readings[first].Due.Local.Date.monday()
	if p.State == Draft && q.Start.Before(p.Start) {
		q.Start = p.Start
	}
	floor := time.Time{}
	if p.State != Draft {
		floor = now
	}
	if first > 0 && p.Readings[first-1].Due.At.After(floor) {
		floor = p.Readings[first-1].Due.At
	}
	q.Start = q.occurrenceAfter(floor, loc).Local.Date
	zero := p.slot(p.Readings[first].Due.Local.Date)
	for i := first; i < len(p.Readings); i++ {
		q.Readings[i].Due = q.occurrence(p.slot(p.Readings[i].Due.Local.Date)-zero, loc)
	}
	q.keepCancelled(&p, first)
	return p.finish(q, first, now)
}

// CancelMeeting says that the group does not meet on a day on which a reading
// is due, or that it does after all. The reading stays due. Errors:
// not_found/skip_no_meeting, out_of_range/skip_past, forbidden/plan_ended.
func (p Plan) CancelMeeting(day Date, cancelled bool, now time.Time) (Plan, Diff, error) {
	if _, err := p.running(); err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.Due.Local.Date == day })
	if i < 0 {
		return p, Diff{}, p.noMeeting(day, now)
	}
	if p.settled(i, now) {
		return p.refuse(library.OutOfRange, "skip_past", map[string]any{"Date": day})
	}
	q := p.clone()
	q.Readings[i].NoMeeting = cancelled
	return p.changed(q)
}

// Split cuts reading n in two where that costs least, or before a passage of
// it if work is not 0. The second part takes the next meeting, and all after
// it move on by one. An open reading may be split: its second part is not
// announced before its time. Errors: out_of_range/plan_reading,
// out_of_range/split_past, out_of_range/split_short when it is one passage,
// out_of_range/split_place, not_found/plan_text_changed,
// out_of_range/plan_past_end, forbidden/plan_ended.
func (p Plan) Split(works []*library.Outline, n int, work library.WorkID, number int, now time.Time) (Plan, Diff, error) {
	loc, i, err := p.ahead(n, "split_past", now)
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	text, ok := p.text(works).only(p.Readings[i].Portions)
	switch {
	case !ok:
		return p.refuse(library.NotFound, "plan_text_changed", map[string]any{})
	case len(text.steps) < 2:
		return p.refuse(library.OutOfRange, "split_short", map[string]any{"N": n})
	}
	var cut int
	if work == 0 {
		cut = Divide(text.steps, 2)[0].To
	} else {
		cut = text.find(work, number)
	}
	if cut < 1 {
		return p.refuse(library.OutOfRange, "split_place", map[string]any{"N": n, "Number": number})
	}
	old := p.Readings[i]
	one := text.reading(n, Range{0, cut})
	one.ID, one.Opens, one.State, one.Warning = old.ID, old.Opens, old.State, old.Warning
	two := text.reading(n+1, Range{cut, len(text.steps)})
	q := p.clone()
	q.Readings = slices.Concat(q.Readings[:i:i], []Reading{one, two}, q.Readings[i+1:])
	q.keepShort(&p, works, i)
	q.inSlots(&p, i, now, loc)
	return p.finish(q, i+1, now)
}

// Merge makes one reading of n and the one after it, due when n was; all after
// them come forward by one meeting. An open reading may grow so. The works are
// those of the plan. Errors: out_of_range/plan_reading,
// out_of_range/merge_past, out_of_range/merge_last, out_of_range/merge_open
// when the one after it is announced already, not_found/plan_text_changed,
// forbidden/plan_ended.
func (p Plan) Merge(works []*library.Outline, n int, now time.Time) (Plan, Diff, error) {
	loc, i, err := p.ahead(n, "merge_past", now)
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	if i+1 == len(p.Readings) {
		return p.refuse(library.OutOfRange, "merge_last", map[string]any{"N": n})
	}
	if p.opened(i+1, now) {
		return p.refuse(library.OutOfRange, "merge_open", map[string]any{"N": n + 1})
	}
	q := p.clone()
	one, two := &q.Readings[i], q.Readings[i+1]
	one.Portions = join(one.Portions, two.Portions)
	text, ok := p.text(works).only(one.Portions)
	if !ok {
		return p.refuse(library.NotFound, "plan_text_changed", map[string]any{})
	}
	one.Short = text.reading(n, Range{0, len(text.steps)}).Short
	one.Words += two.Words
	one.Minutes = Minutes(one.Words)
	one.Warning = joinWarnings(one.Warning, two.Warning)
	q.Readings = slices.Delete(q.Readings, i+1, i+2)
	q.keepShort(&p, works, i)
	q.inSlots(&p, i, now, loc)
	return p.finish(q, i+1, now)
}

// Extend lets the group go on from a passage at the pace that the plan has had
// so far, in words from one meeting to the next, for as many meetings as that
// takes; never fewer than were left. The passage stands in the last reading
// that was due, or later: the reading that holds it ends before it, even if
// that was open or is over. The works are those of the plan. Errors:
// not_found/plan_no_passage, out_of_range/extend_past,
// not_found/plan_text_changed, out_of_range/plan_past_end.
func (p Plan) Extend(works []*library.Outline, work library.WorkID, number int, now time.Time) (Plan, Diff, error) {
	loc, err := p.Location()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.Contains(work, number) })
	if i < 0 {
		return p.refuse(library.NotFound, "plan_no_passage", map[string]any{"Number": number})
	}
	start := p.Readings[i].Portions[0]
	begins := start.Work == work && start.First == number
	first := i
	if !begins {
		first = i + 1
	}
	if ahead := p.firstAhead(now); i < ahead-1 || i < ahead && begins {
		return p.refuse(library.OutOfRange, "extend_past", map[string]any{"N": p.Readings[i].N, "Number": number})
	}
	var left []Portion
	for _, r := range p.Readings[i:] {
		left = append(left, r.Portions...)
	}
	text, ok := p.text(works).only(left)
	if !ok {
		return p.refuse(library.NotFound, "plan_text_changed", map[string]any{})
	}
	cut := text.find(work, number)
	q := p.clone()
	if cut > 0 {
		kept := text.reading(p.Readings[i].N, Range{0, cut})
		q.Readings[i].Portions, q.Readings[i].Words, q.Readings[i].Minutes = kept.Portions, kept.Words, kept.Minutes
		q.Readings[i].Short = kept.Short
	}
	rest := text.from(cut)
	n := min(max(p.meetingsFor(rest), len(p.Readings)-first), len(rest.steps))
	return p.regroup(q, rest, works, first, n, now, loc)
}

// Append adds works after those of the plan, at the pace that it has had so
// far, in words from one meeting to the next. Errors: not_found/plan_no_text,
// out_of_range/plan_past_end.
func (p Plan) Append(more []*library.Outline, now time.Time) (Plan, Diff, error) {
	loc, err := p.Location()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	text := newText(more)
	if len(text.steps) == 0 {
		return p.refuse(library.NotFound, "plan_no_text", map[string]any{})
	}
	text.short = p.Short
	return p.regroup(p.clone(), text, more, len(p.Readings), p.meetingsFor(text), now, loc)
}

// Reopen gives the group reading n, which was due, until the next meeting, and
// moves what follows on as far as it must. Errors: out_of_range/plan_reading,
// out_of_range/reopen_ahead, out_of_range/plan_past_end.
func (p Plan) Reopen(n int, now time.Time) (Plan, Diff, error) {
	loc, err := p.Location()
	if err != nil {
		return p, Diff{}, err
	}
	now = p.effective(now)
	first := n - 1
	switch {
	case first < 0 || first >= len(p.Readings):
		return p.refuse(library.OutOfRange, "plan_reading", map[string]any{"N": n, "Last": len(p.Readings)})
	case !p.settled(first, now):
		return p.refuse(library.OutOfRange, "reopen_ahead", map[string]any{"N": n})
	}
	q := p.clone()
	at := now
	for i := first; i < len(q.Readings) && !q.Readings[i].Due.At.After(at); i++ {
		q.Readings[i].Due = q.occurrenceAfter(at, loc)
		at = q.Readings[i].Due.At
	}
	q.keepCancelled(&p, first)
	q.Readings[first].State = Open
	for i := first + 1; i < len(q.Readings); i++ {
		q.Readings[i].State = p.Readings[i].State
		if q.Readings[i].State == Done {
			q.Readings[i].State = Open
		}
	}
	if q.State == Ended {
		q.State = Published
	}
	return p.finish(q, first, now)
}

// SetEnd sets the day after which no reading may be due; the zero date is no
// such day. Errors: out_of_range/plan_until_early when a reading is due after
// it already, forbidden/plan_ended.
func (p Plan) SetEnd(end Date) (Plan, Diff, error) {
	if _, err := p.running(); err != nil {
		return p, Diff{}, err
	}
	if last := Ends(p, p).To; !end.IsZero() && last.After(end) {
		return p.refuse(library.OutOfRange, "plan_until_early", map[string]any{"End": end, "Due": last})
	}
	q := p.clone()
	q.End = end
	return p.changed(q)
}

// SetWarning puts a line about its content beside reading n; "" takes it away.
// Error: out_of_range/plan_reading.
func (p Plan) SetWarning(n int, line string) (Plan, Diff, error) {
	if n < 1 || n > len(p.Readings) {
		return p.refuse(library.OutOfRange, "plan_reading", map[string]any{"N": n, "Last": len(p.Readings)})
	}
	q := p.clone()
	q.Readings[n-1].Warning = line
	return p.changed(q)
}

// SetPlace says where the group meets for this plan; "" is where it does
// otherwise, InWriting nowhere.
func (p Plan) SetPlace(place string) (Plan, Diff, error) {
	q := p.clone()
	q.Place = place
	return p.changed(q)
}

// SetShort names the part of reading n for those with little time; none takes
// it away. Errors: out_of_range/plan_reading, out_of_range/short_outside.
func (p Plan) SetShort(works []*library.Outline, n int, short []Portion) (Plan, Diff, error) {
	if n < 1 || n > len(p.Readings) {
		return p.refuse(library.OutOfRange, "plan_reading", map[string]any{"N": n, "Last": len(p.Readings)})
	}
	r := &p.Readings[n-1]
	for _, c := range short {
		if !r.Contains(c.Work, c.First) || !r.Contains(c.Work, c.Last) || c.Last < c.First {
			return p.refuse(library.OutOfRange, "short_outside", map[string]any{"N": n, "First": c.First, "Last": c.Last})
		}
	}
	q := p.clone()
	q.Readings[n-1].Short = nil
	if len(short) > 0 {
		text, ranges, err := newText(works).byHand([][]Portion{short})
		if err != nil {
			return p, Diff{}, err
		}
		if all := text.portions(ranges[0]); !samePlaces(all, r.Portions) { // who has little time reads a part
			q.Readings[n-1].Short = all
		}
	}
	return p.changed(q)
}

// ahead is the index of reading n, which must not have been due.
func (p *Plan) ahead(n int, past string, now time.Time) (*time.Location, int, error) {
	loc, err := p.running()
	if err != nil {
		return nil, 0, err
	}
	i := n - 1
	if i < 0 || i >= len(p.Readings) {
		_, _, err = p.refuse(library.OutOfRange, "plan_reading", map[string]any{"N": n, "Last": len(p.Readings)})
	} else if p.settled(i, p.effective(now)) {
		_, _, err = p.refuse(library.OutOfRange, past, map[string]any{"N": n})
	}
	return loc, i, err
}

// firstAhead is the index of the first reading that is not due yet.
func (p *Plan) firstAhead(now time.Time) int {
	for i := len(p.Readings); i > 0; i-- {
		if p.settled(i-1, now) {
			return i
		}
	}
	return 0
}

// text is the works as the plan divides them.
func (p *Plan) text(works []*library.Outline) *text {
	t := newText(works)
	t.short = p.Short
	return t
}

// meetingsFor is how many meetings a text takes at the plan's pace.
func (p *Plan) meetingsFor(t *text) int {
	words := 0
	for _, r := range p.Readings {
		words += r.Words
	}
	if words == 0 {
		return len(t.steps)
	}
	return portionsOf(t.steps, float64(words)/float64(len(p.Readings)))
}

// regroup divides a text into n readings in place of those from first on. They
// take their meetings, and further ones after those.
func (p Plan) regroup(q Plan, t *text, works []*library.Outline, first, n int, now time.Time, loc *time.Location) (Plan, Diff, error) {
	q.Readings = q.Readings[:first]
	for i, r := range Divide(t.steps, n) {
		next := t.reading(first+i+1, r)
		if first+i < len(p.Readings) {
			old := p.Readings[first+i]
			next.ID, next.Opens, next.State = old.ID, old.Opens, old.State
		}
		q.Readings = append(q.Readings, next)
	}
	q.keepShort(&p, works, max(first-1, 0))
	q.keepWarnings(&p, first)
	q.inSlots(&p, first, now, loc)
	if q.State == Ended {
		q.State = Published
	}
	return p.finish(q, first, now)
}

// inSlots numbers the readings from first on and gives them the meetings that
// p has there, and the next ones after those.
func (p *Plan) inSlots(old *Plan, first int, now time.Time, loc *time.Location) {
	var last time.Time
	if p.State != Draft {
		last = now
	}
	for i := first; i < len(p.Readings); i++ {
		r := &p.Readings[i]
		r.N = i + 1
		if i < len(old.Readings) {
			r.Due, r.NoMeeting = old.Readings[i].Due, old.Readings[i].NoMeeting
		} else {
			if i > 0 && p.Readings[i-1].Due.At.After(last) {
				last = p.Readings[i-1].Due.At
			}
			r.Due, r.NoMeeting = p.occurrenceAfter(last, loc), false
		}
	}
}

// keepWarnings gives each warning to the reading that holds the first passage
// of the one that had it.
func (p *Plan) keepWarnings(old *Plan, first int) {
	for _, was := range old.Readings[min(first, len(old.Readings)):] {
		if was.Warning == "" || len(was.Portions) == 0 {
			continue
		}
		for i := first; i < len(p.Readings); i++ {
			if r := &p.Readings[i]; r.Contains(was.Portions[0].Work, was.Portions[0].First) {
				r.Warning = joinWarnings(r.Warning, was.Warning)
			}
		}
	}
}

func joinWarnings(a, b string) string {
	switch {
	case a == "" || a == b:
		return b
	case b == "":
		return a
	}
	return a + "; " + b
}

// join strings portions together; those that meet become one.
func join(a, b []Portion) []Portion {
	out := slices.Clone(a)
	for _, c := range b {
		if n := len(out); n > 0 && out[n-1].Work == c.Work && out[n-1].Last+1 == c.First {
			last := &out[n-1]
			last.Last, last.LastAnchor = c.Last, c.LastAnchor
			last.Words += c.Words
			continue
		}
		out = append(out, c)
	}
	return out
}

// occurrenceAfter is the first occurrence of the plan's calendar after an
// instant.
func (p *Plan) occurrenceAfter(t time.Time, loc *time.Location) Occurrence {
	for o := range p.Cadence.Occurrences(p.Start, loc, p.Skips) {
		if o.At.After(t) {
			return o
		}
	}
	return Occurrence{}
}
