package reading

import (
	"fmt"
	"slices"
	"time"

	"lectern/library"
)

// A PlanID names a plan, as storage does. 0 is none yet, of each of these.
type PlanID int64

// A ReadingID names a reading for as long as it is in any plan.
type ReadingID int64

// A GroupID names a group.
type GroupID int64

// A PersonID names a person across platforms.
type PersonID int64

// A PromptID names a question.
type PromptID int64

// A State says whether a plan runs.
type State string

// The states of a plan.
const (
	Draft     State = "draft"
	Published State = "published"
	Paused    State = "paused"
	Ended     State = "ended" // the last reading was due
)

// A Preset says which posts stand around a reading; see Schedule.
type Preset string

// The presets.
const (
	Quiet Preset = "quiet" // the announcement and one reminder
	Usual Preset = "usual" // a recap as well
	Full  Preset = "full"  // and a word before the meeting
)

// A ReadingState says where a reading is in its time.
type ReadingState string

// The states of a reading.
const (
	Ahead ReadingState = "ahead" // not announced yet
	Open  ReadingState = "open"  // the group is reading it
	Done  ReadingState = "done"  // it was due
)

// wordsPerMinute is the speed that Minutes goes by. Adults read English
// non-fiction silently at about 238 words a minute on average (Brysbaert, "How
// many words do we read per minute?", J. Memory and Language 109, 2019); a
// text that is studied goes slower.
const wordsPerMinute = 200

// maxWeeks is the longest plan whose meetings are counted in the calendar.
const maxWeeks = 20 * 52

// lastStart is the last year in which a plan may begin: the calendar ends with
// maxYear, and no plan runs into its end.
const lastStart = 9000

// InWriting is the place of a plan for which the group does not meet, wherever
// it does otherwise.
const InWriting = "-"

// Minutes is the time that a number of words takes to read, at 200 words a
// minute, rounded up.
func Minutes(words int) int { return (words + wordsPerMinute - 1) / wordsPerMinute }

// A Plan is one or more works cut into readings with dates. It is a value: the
// methods that change a plan return another one and leave theirs as it was.
type Plan struct {
	ID        PlanID
	Group     GroupID
	Name      string
	State     State
	Cadence   Cadence
	Zone      string // IANA
	Start     Date   // the day on or after which the first reading is due
	End       Date   // the day after which none may be due; zero for no such day
	Skips     []Date // days without a meeting, in order
	Preset    Preset
	Short     int       // the most words of a short track; 0 for no such track
	Place     string    // where the group meets for it: "" for where it does otherwise, or InWriting
	Revision  int       // counts the changes
	Published time.Time // zero in a draft
	PausedAt  time.Time // zero unless the state is Paused
	Readings  []Reading // in order; Readings[i].N is i+1
}

// A Reading is one assignment: what to read, when it opens and when it is due.
type Reading struct {
	ID       ReadingID
	N        int       // from 1
	Portions []Portion // one for each work that it touches
	Opens    time.Time // when it is announced; zero: when the plan is published
	Due      Occurrence
	State    ReadingState
	Words    int
	Minutes  int
	// Short is the part of the reading for those with little time, none if
	// there is no such part.
	Short []Portion
	// Warning is a line about the content that some will want to know first.
	Warning string
	// NoMeeting is true when the group does not meet as the reading is due.
	NoMeeting bool
}

// A Portion is passages of one work that follow each other. The anchors last;
// the ¶ numbers are those of the text as it was when the plan was made.
type Portion struct {
	Work                    library.WorkID
	FirstAnchor, LastAnchor library.Anchor
	First, Last             int
	Words                   int
}

// A Spec says what plan to build. Exactly one of Weeks, Parts, WordsPerWeek,
// BySection and ByHand is set. Portions in a Spec need a work and ¶ numbers
// only.
type Spec struct {
	Group  GroupID
	Name   string
	Preset Preset             // "" for Quiet
	Works  []*library.Outline // in the order in which they are read

	Weeks        int         // as many readings as the cadence has meetings in so many weeks
	Parts        int         // so many readings
	WordsPerWeek int         // as many readings as bring the mean nearest to this
	BySection    bool        // one reading for each section, of whatever level
	SectionDepth int         // with BySection: down to this level only; 0 for all
	ByHand       [][]Portion // what each reading holds

	Place string // as a Plan's

	LeaveOut   []Portion // front matter, appendices: passages that are in no reading
	ShortWords int       // the most words of a short track; 0 for none

	Cadence Cadence
	Zone    string
	Start   Date
	End     Date
	Skips   []Date
}

// Build makes a draft: the works cut into readings, the k-th due at the k-th
// occurrence of the cadence on or after Start that is not skipped. A reading
// opens when the one before it is due; the first has no time of opening until
// the plan is published.
//
// The error is a *library.Error: not_found with the reason zone or
// plan_no_text; syntax with plan_cadence, plan_start or plan_size;
// out_of_range with plan_too_many, plan_ends_before_start, plan_past_end,
// plan_start_far, plan_by_hand_twice when a passage is in two readings, and
// plan_by_hand_passage when there is no such passage.
func Build(s Spec) (Plan, error) {
	loc, err := LoadZone(s.Zone)
	if err != nil {
		return Plan{}, err
	}
	fail := func(code library.Code, reason string, args map[string]any) (Plan, error) {
		return Plan{}, &library.Error{Code: code, Reason: reason, Args: args}
	}
	if !s.Cadence.valid() {
		return fail(library.Syntax, "plan_cadence", map[string]any{})
	}
	if _, ok := NewDate(s.Start.Year, s.Start.Month, s.Start.Day); !ok {
		return fail(library.Syntax, "plan_start", map[string]any{})
	}
	if s.Start.Year > lastStart {
		return fail(library.OutOfRange, "plan_start_far", map[string]any{"Start": s.Start, "Last": lastStart})
	}
	if !s.End.IsZero() && s.End.Before(s.Start) {
		return fail(library.OutOfRange, "plan_ends_before_start", map[string]any{"Start": s.Start, "End": s.End})
	}
	text := newText(s.Works)
	if len(s.LeaveOut) > 0 {
		text = text.without(s.LeaveOut)
	}
	text.short = max(s.ShortWords, 0)
	if len(text.steps) == 0 {
		return fail(library.NotFound, "plan_no_text", map[string]any{})
	}
	var ranges []Range
	if len(s.ByHand) > 0 {
		text, ranges, err = text.byHand(s.ByHand)
	} else {
		ranges, err = s.divide(text)
	}
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Group: s.Group, Name: s.Name, State: Draft, Cadence: s.Cadence.normal(), Zone: s.Zone,
		Start: s.Start, End: s.End, Skips: sortedDates(s.Skips), Preset: s.Preset, Short: text.short, Place: s.Place, Revision: 1,
	}
	if p.Preset == "" {
		p.Preset = Quiet
	}
	for i, r := range ranges {
		p.Readings = append(p.Readings, text.reading(i+1, r))
	}
	dues := take(p.Cadence.Occurrences(p.Start, loc, p.Skips), len(ranges))
	fit := slices.IndexFunc(dues, func(o Occurrence) bool { return !s.End.IsZero() && o.Local.Date.After(s.End) })
	if fit >= 0 || len(dues) < len(ranges) {
		if fit < 0 {
			fit = len(dues)
		}
		if s.End.IsZero() { // so many readings that they outlast the calendar
			return fail(library.OutOfRange, "plan_start_far", map[string]any{"Start": s.Start, "Last": lastStart})
		}
		return fail(library.OutOfRange, "plan_past_end", map[string]any{"Readings": len(ranges), "Fit": fit, "End": s.End,
			"Due": dues[len(dues)-1].Local.Date})
	}
	for i := range p.Readings {
		p.Readings[i].Due = dues[i]
		p.setOpens(i)
	}
	return p, nil
}

// divide cuts the text as the spec asks.
func (s *Spec) divide(t *text) ([]Range, error) {
	asked := 0
	for _, set := range []bool{s.Weeks != 0, s.Parts != 0, s.WordsPerWeek != 0, s.BySection} {
		if set {
			asked++
		}
	}
	if asked != 1 || s.Weeks < 0 || s.Parts < 0 || s.WordsPerWeek < 0 {
		return nil, &library.Error{Code: library.Syntax, Reason: "plan_size", Args: map[string]any{}}
	}
	parts := s.Parts
	switch {
	case s.BySection:
		return BySections(t.steps, s.levels(t)), nil
	case s.WordsPerWeek > 0:
		return ByWords(t.steps, max(int(float64(s.WordsPerWeek)/s.Cadence.PerWeek()+0.5), 1)), nil
	case s.Weeks > maxWeeks:
		parts = s.Weeks // far too many, and not to be counted out
	case s.Weeks > 0:
		parts = s.Cadence.InWeeks(s.Weeks, s.Start)
	}
	if parts > len(t.steps) {
		return nil, tooMany(parts, len(t.steps))
	}
	return Divide(t.steps, parts), nil
}

// levels is how deep the breaks go at which BySection cuts.
func (s *Spec) levels(t *text) int {
	if s.SectionDepth > 0 && len(t.works) > 1 {
		return s.SectionDepth + 1 // the ends of works come first
	}
	return max(s.SectionDepth, 0)
}

func tooMany(readings, passages int) error {
	return &library.Error{Code: library.OutOfRange, Reason: "plan_too_many",
		Args: map[string]any{"Readings": readings, "Passages": passages}}
}

// IdleSkips are the days without a meeting on which there would have been none
// anyway, or none of this plan's.
func (p *Plan) IdleSkips() []Date {
	loc, err := p.Location()
	if err != nil || len(p.Readings) == 0 {
		return nil
	}
	last := p.Readings[len(p.Readings)-1].Due.Local.Date
	idle := slices.Clone(p.Skips)
	for o := range p.Cadence.Occurrences(p.Start, loc, nil) {
		if o.Local.Date.After(last) {
			break
		}
		idle = slices.DeleteFunc(idle, func(d Date) bool { return d == o.Local.Date })
	}
	return idle
}

// setOpens sets when reading i opens: when the one before it is due.
func (p *Plan) setOpens(i int) {
	if i == 0 {
		p.Readings[i].Opens = p.Published
	} else {
		p.Readings[i].Opens = p.Readings[i-1].Due.At
	}
}

// Location is the plan's zone.
func (p *Plan) Location() (*time.Location, error) {
	loc, err := LoadZone(p.Zone)
	if err != nil {
		return nil, fmt.Errorf("reading: plan %d: %w", p.ID, err)
	}
	return loc, nil
}

// Reading is the reading with a number, and false if there is none.
func (p *Plan) Reading(n int) (Reading, bool) {
	if n < 1 || n > len(p.Readings) {
		return Reading{}, false
	}
	return p.Readings[n-1], true
}

// Works is how many works the plan reads.
func (p *Plan) Works() int {
	seen := map[library.WorkID]bool{}
	for _, r := range p.Readings {
		for _, c := range r.Portions {
			seen[c.Work] = true
		}
	}
	return len(seen)
}

// LeftOut are the days on which the group would meet and does not, up to the
// plan's last reading.
func (p *Plan) LeftOut() (out []Date) {
	if len(p.Readings) == 0 || len(p.Skips) == 0 {
		return nil
	}
	last := p.Readings[len(p.Readings)-1].Due.Local.Date
	for d := range p.Cadence.dates(p.Start) {
		if d.After(last) {
			break
		}
		if slices.Contains(p.Skips, d) {
			out = append(out, d)
		}
	}
	return out
}

// Current is the reading that the group has open at now: the last that has
// opened and is not due yet. There is none in a draft, and none after the end.
func (p *Plan) Current(now time.Time) (Reading, bool) {
	if p.State == Draft {
		return Reading{}, false
	}
	now = p.effective(now)
	for i := len(p.Readings) - 1; i >= 0; i-- {
		if p.opened(i, now) && !p.settled(i, now) {
			return p.Readings[i], true
		}
	}
	return Reading{}, false
}

// Next is the first reading that has not opened at now.
func (p *Plan) Next(now time.Time) (Reading, bool) {
	now = p.effective(now)
	for i, r := range p.Readings {
		if !p.opened(i, now) && !p.settled(i, now) {
			return r, true
		}
	}
	return Reading{}, false
}

// effective is the time at which the plan stands: a paused one stands still.
func (p *Plan) effective(now time.Time) time.Time {
	if p.State == Paused && p.PausedAt.Before(now) {
		return p.PausedAt
	}
	return now
}

// opened reports whether reading i has been announced at now.
func (p *Plan) opened(i int, now time.Time) bool {
	opens := p.Readings[i].Opens
	return p.State != Draft && !opens.IsZero() && !opens.After(now)
}

// Announced reports whether a reading has been announced at now; while the plan
// is paused none is.
func (p *Plan) Announced(id ReadingID, now time.Time) bool {
	i := slices.IndexFunc(p.Readings, func(r Reading) bool { return r.ID == id })
	return i >= 0 && p.opened(i, p.effective(now))
}

// settled reports whether reading i was due at now, after which nothing of it
// changes.
func (p *Plan) settled(i int, now time.Time) bool {
	return p.State != Draft && !p.Readings[i].Due.At.After(now)
}

// Advance brings the states of the readings, and of the plan when its last
// reading is over, to now.
func (p Plan) Advance(now time.Time) Plan {
	p = p.clone()
	at := p.effective(now)
	for i := range p.Readings {
		switch {
		case p.settled(i, at):
			p.Readings[i].State = Done
		case p.opened(i, at):
			p.Readings[i].State = Open
		default:
			p.Readings[i].State = Ahead
		}
	}
	if last := len(p.Readings) - 1; p.State == Published && last >= 0 && p.settled(last, at) {
		p.State = Ended
	}
	return p
}

// clone is a copy that shares nothing that a change touches.
func (p Plan) clone() Plan {
	p.Skips = slices.Clone(p.Skips)
	p.Readings = slices.Clone(p.Readings)
	for i := range p.Readings {
		p.Readings[i].Portions = slices.Clone(p.Readings[i].Portions)
		p.Readings[i].Short = slices.Clone(p.Readings[i].Short)
	}
	return p
}

// sortedDates is dates in order, each once.
func sortedDates(dates []Date) []Date {
	out := slices.Clone(dates)
	slices.SortFunc(out, Date.Compare)
	return slices.Compact(out)
}

// A Span is days that follow each other, from the first to the last.
type Span struct{ From, To Date }

// Spans are days, in order, those that follow each other as one.
func Spans(days []Date) (out []Span) {
	for _, d := range days {
		if n := len(out) - 1; n >= 0 && d.Sub(out[n].To) == 1 {
			out[n].To = d
			continue
		}
		out = append(out, Span{d, d})
	}
	return out
}

// take is the first n of a sequence, fewer if it ends.
func take[T any](seq func(func(T) bool), n int) []T {
	out := make([]T, 0, n)
	if n == 0 {
		return out
	}
	for v := range seq {
		if out = append(out, v); len(out) == n {
			break
		}
	}
	return out
}
