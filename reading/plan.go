package reading

import (
	"time"

	"lectern/library"
)

// A GroupID names a group, as the database does.
type GroupID int64

// A PersonID names a person across platforms.
type PersonID int64

// A PlanID names a plan.
type PlanID int64

// A ReadingID names a reading, for as long as it is in any plan.
type ReadingID int64

// A Plan is a work, or several, cut into readings with dates. It is a value:
// changes give a new one.
type Plan struct {
	ID       PlanID
	Group    GroupID
	Name     string
	State    PlanState
	Cadence  Cadence
	Zone     string // IANA
	Start    Date
	Skips    []Date // dates without a meeting
	Preset   Preset
	Revision int // raised by every change that is stored
	Readings []Reading
}

// A PlanState is where a plan is in its life.
type PlanState string

// The states of a plan.
const (
	Draft     PlanState = "draft"
	Published PlanState = "published"
	Paused    PlanState = "paused"
	Ended     PlanState = "ended"
	Dropped   PlanState = "dropped"
)

// A Preset says how much is posted around a reading.
type Preset string

// The presets. Quiet is the default: the announcement and one reminder.
const (
	Quiet Preset = "quiet"
	Usual Preset = "usual"
	Full  Preset = "full"
)

// A Reading is one assignment.
type Reading struct {
	ID       ReadingID
	N        int // 1, 2, …
	Portions []Portion
	Opens    time.Time // zero: when the plan is published
	Due      Occurrence
	State    ReadingState
	Words    int
	Minutes  int // to read, at ReadingSpeed
}

// A ReadingState is where a reading is in its life.
type ReadingState string

// The states of a reading.
const (
	Planned ReadingState = "planned"
	Open    ReadingState = "open"
	Closed  ReadingState = "closed"
)

// A Portion is a run of numbered passages of one work.
type Portion struct {
	Work                    library.WorkID
	FirstAnchor, LastAnchor library.Anchor
	First, Last             int // ¶ numbers
	Words                   int
}

// ReadingSpeed is how many words a person reads in a minute, of a text worth
// talking about. Silent reading of non-fiction in English takes 238 on average
// (Brysbaert, Journal of Memory and Language 109, 2019); a group that means to
// discuss it reads more slowly.
const ReadingSpeed = 200

// Minutes is how long a number of words takes to read, rounded up.
func Minutes(words int) int { return (words + ReadingSpeed - 1) / ReadingSpeed }

// A Spec says what plan to build. One of Weeks, WordsPer and BySection is set.
type Spec struct {
	Works     []*library.Outline
	Weeks     int // over how many weeks; a weekly cadence has a reading in each
	WordsPer  int // about so many words in each
	BySection bool
	Cadence   Cadence
	Zone      string
	Start     Date // the first day on which a reading may be due
	End       Date // the last, zero for none
	Skips     []Date
}

// maxReadings bounds a plan: more than ten years of weeks.
const maxReadings = 600

// Build makes a plan. The k-th reading is due at the k-th occurrence of the
// cadence on or after the start, without the dates that are skipped, and opens
// when the one before it is due. Mistakes are *library.Error.
func Build(s Spec) (Plan, error) {
	loc, err := LoadZone(s.Zone)
	if err != nil {
		return Plan{}, err
	}
	if !s.End.IsZero() && s.End.Before(s.Start) {
		return Plan{}, &library.Error{Code: library.OutOfRange, Reason: "ends_before_start", Args: map[string]any{"Start": s.Start.String(), "End": s.End.String()}}
	}
	steps, spots := stepsOf(s.Works)
	if len(steps) == 0 {
		return Plan{}, &library.Error{Code: library.NotFound, Reason: "nothing_to_read"}
	}
	var ranges []Range
	switch {
	case s.BySection:
		ranges = BySections(steps, 1)
	case s.WordsPer > 0:
		ranges = ByWords(steps, s.WordsPer)
	default:
		n := s.Cadence.InWeeks(min(s.Weeks, maxReadings+1), s.Start)
		if n > len(steps) {
			return Plan{}, &library.Error{Code: library.OutOfRange, Reason: "more_weeks_than_passages", Args: map[string]any{"Weeks": s.Weeks, "Readings": n, "Passages": len(steps)}}
		}
		ranges = Divide(steps, n)
	}
	if len(ranges) == 0 || len(ranges) > maxReadings {
		return Plan{}, &library.Error{Code: library.OutOfRange, Reason: "too_many_readings", Args: map[string]any{"Readings": len(ranges), "Most": maxReadings}}
	}
	p := Plan{State: Draft, Cadence: s.Cadence, Zone: s.Zone, Start: s.Start, Skips: s.Skips, Preset: Quiet}
	for i, r := range ranges {
		x := Reading{N: i + 1, State: Planned, Portions: portions(spots[r.From:r.To])}
		for _, q := range x.Portions {
			x.Words += q.Words
		}
		x.Minutes = Minutes(x.Words)
		p.Readings = append(p.Readings, x)
	}
	p.date(0, s.Start, loc)
	if last := p.Readings[len(p.Readings)-1]; last.Due.At.IsZero() || !s.End.IsZero() && s.End.Before(last.Due.Local.Date) {
		return Plan{}, &library.Error{Code: library.OutOfRange, Reason: "ends_too_soon", Args: map[string]any{
			"End": s.End.String(), "Readings": len(p.Readings), "Last": last.Due.Local.Date.String()}}
	}
	return p, nil
}

// date gives the readings from index i on the occurrences from a day on. A
// reading that is open keeps when it opened.
func (p *Plan) date(i int, from Date, loc *time.Location) {
	for o := range p.Cadence.Occurrences(from, loc, p.Skips) {
		if i >= len(p.Readings) {
			return
		}
		x := &p.Readings[i]
		x.Due = o
		if i > 0 && x.State == Planned {
			x.Opens = p.Readings[i-1].Due.At
		}
		i++
	}
}

// A placed step is a passage with the work it stands in.
type placedStep struct {
	work *library.Outline
	spot *library.Spot
}

// stepsOf are the numbered passages of works, with the sections that end.
func stepsOf(works []*library.Outline) (steps []Step, spots []placedStep) {
	for _, o := range works {
		begin := len(steps)
		last := -1
		for i := range o.Passages {
			s := &o.Passages[i]
			if !s.Kind.Numbered() {
				continue
			}
			if last >= 0 && s.Section != last {
				steps[len(steps)-1].Break = breakBetween(o, last, s.Section)
			}
			last = s.Section
			steps = append(steps, Step{Words: s.Words})
			spots = append(spots, placedStep{o, s})
		}
		if len(steps) > begin {
			steps[len(steps)-1].Break = 1 // a work ends
		}
	}
	return steps, spots
}

// breakBetween is the depth of the highest section that ends between a
// passage in section a and the next one in section b.
func breakBetween(o *library.Outline, a, b int) int {
	onPath := map[int]bool{}
	for at := b; at >= 0; at = o.Sections[at].Parent {
		onPath[at] = true
	}
	depth := 0
	for at := a; at >= 0 && !onPath[at]; at = o.Sections[at].Parent {
		depth = o.Sections[at].Depth
	}
	if depth == 0 { // b stands inside a: a heading between the two
		depth = o.Sections[b].Depth
	}
	return depth
}

// portions joins passages that follow one another in a work.
func portions(steps []placedStep) []Portion {
	var out []Portion
	for _, s := range steps {
		if n := len(out) - 1; n >= 0 && out[n].Work == s.work.ID && out[n].Last+1 == s.spot.Number {
			out[n].Last, out[n].LastAnchor = s.spot.Number, s.spot.Anchor
			out[n].Words += s.spot.Words
			continue
		}
		out = append(out, Portion{Work: s.work.ID, First: s.spot.Number, Last: s.spot.Number, FirstAnchor: s.spot.Anchor, LastAnchor: s.spot.Anchor, Words: s.spot.Words})
	}
	return out
}

// Left is how many passages of the reading come after a place in it.
func (r *Reading) Left(work library.WorkID, number int) int {
	left, seen := 0, false
	for _, p := range r.Portions {
		switch {
		case seen:
			left += p.Last - p.First + 1
		case p.Work == work && p.First <= number && number <= p.Last:
			seen = true
			left += p.Last - number
		}
	}
	return left
}
