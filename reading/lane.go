package reading

import "lectern/library"

// A Lane is the private pace of somebody who joined late or fell behind: what
// to read each day, to be where the group is by a date. It moves nobody else.
type Lane struct {
	By    Date
	Steps []LaneStep // in order of their days; none if there is nothing to catch up with
	Words int        // of all that is to be read
}

// A LaneStep is a day's reading.
type LaneStep struct {
	Day      Date
	Portions []Portion
	Words    int
}

// maxLane is the longest lane, in days.
const maxLane = 366

// LaneOf divides what somebody has not read of the readings that are due by a
// date into the days from today to it, both included, as evenly in words as
// passages allow. Short ways have days without any. read reports which passages
// they have read. Errors: out_of_range/lane_past, out_of_range/lane_long,
// not_found/lane_nothing when nothing of the plan is due by then,
// not_found/plan_text_changed.
func (p *Plan) LaneOf(works []*library.Outline, read func(library.WorkID, int) bool, today, by Date) (Lane, error) {
	fail := func(code library.Code, reason string) (Lane, error) {
		return Lane{}, &library.Error{Code: code, Reason: reason, Args: map[string]any{"By": by, "Most": maxLane}}
	}
	days := by.Sub(today) + 1
	switch {
	case days < 1:
		return fail(library.OutOfRange, "lane_past")
	case days > maxLane:
		return fail(library.OutOfRange, "lane_long")
	}
	var due []Portion
	for _, r := range p.Readings {
		if !r.Due.Local.Date.After(by) {
			due = append(due, r.Portions...)
		}
	}
	if len(due) == 0 {
		return fail(library.NotFound, "lane_nothing")
	}
	text, ok := newText(works).only(due)
	if !ok {
		return fail(library.NotFound, "plan_text_changed")
	}
	left := text.spots[:0:0]
	for _, s := range text.spots {
		if !read(text.works[s.work].ID, s.Number) {
			left = append(left, s)
		}
	}
	text.spots = left
	text.measure()
	lane := Lane{By: by}
	n := min(days, len(text.steps))
	for i, r := range Divide(text.steps, n) {
		step := LaneStep{Day: today.AddDays((i+1)*days/n - 1), Portions: text.portions(r)}
		for _, c := range step.Portions {
			step.Words += c.Words
		}
		lane.Words += step.Words
		lane.Steps = append(lane.Steps, step)
	}
	return lane, nil
}
