package reading

import (
	"slices"
	"time"
)

// A Change is a value before and after.
type Change[T any] struct{ From, To T }

// A Diff is everything in which two revisions of a plan differ: what a person
// is shown before a change counts, and what storage writes. A nil pointer
// means unchanged.
type Diff struct {
	Name      *Change[string]
	State     *Change[State]
	Cadence   *Change[Cadence]
	Zone      *Change[string]
	Start     *Change[Date]
	End       *Change[Date]
	Skips     *Change[[]Date]
	Preset    *Change[Preset]
	Revision  *Change[int]
	Published *Change[time.Time]
	PausedAt  *Change[time.Time]
	Moved     []Move    // readings that are in both, by N
	Added     []Reading // at the end
	Removed   []Reading // from the end
}

// A Move is a reading before and after a change.
type Move struct{ From, To Reading }

// DueMoved reports whether the reading is due at another time.
func (m Move) DueMoved() bool { return !sameOccurrence(m.From.Due, m.To.Due) }

// OpensMoved reports whether the reading opens at another time.
func (m Move) OpensMoved() bool { return !m.From.Opens.Equal(m.To.Opens) }

// TextMoved reports whether the reading covers other passages.
func (m Move) TextMoved() bool { return !slices.Equal(m.From.Portions, m.To.Portions) }

// Compare says in what b differs from a.
func Compare(a, b Plan) Diff {
	var d Diff
	d.Name = changed(a.Name, b.Name)
	d.State = changed(a.State, b.State)
	if !a.Cadence.Equal(b.Cadence) {
		d.Cadence = &Change[Cadence]{a.Cadence, b.Cadence}
	}
	d.Zone = changed(a.Zone, b.Zone)
	d.Start = changed(a.Start, b.Start)
	d.End = changed(a.End, b.End)
	if !slices.Equal(a.Skips, b.Skips) {
		d.Skips = &Change[[]Date]{slices.Clone(a.Skips), slices.Clone(b.Skips)}
	}
	d.Preset = changed(a.Preset, b.Preset)
	d.Revision = changed(a.Revision, b.Revision)
	d.Published = changedTime(a.Published, b.Published)
	d.PausedAt = changedTime(a.PausedAt, b.PausedAt)
	for i := range min(len(a.Readings), len(b.Readings)) {
		if !sameReading(a.Readings[i], b.Readings[i]) {
			d.Moved = append(d.Moved, Move{a.Readings[i], b.Readings[i]})
		}
	}
	if len(b.Readings) > len(a.Readings) {
		d.Added = slices.Clone(b.Readings[len(a.Readings):])
	} else if len(a.Readings) > len(b.Readings) {
		d.Removed = slices.Clone(a.Readings[len(b.Readings):])
	}
	return d
}

// Apply makes the change that d describes. Applied to the first plan of a
// Compare it gives the second.
func (d Diff) Apply(p Plan) Plan {
	p = p.clone()
	apply(d.Name, &p.Name)
	apply(d.State, &p.State)
	apply(d.Cadence, &p.Cadence)
	apply(d.Zone, &p.Zone)
	apply(d.Start, &p.Start)
	apply(d.End, &p.End)
	apply(d.Skips, &p.Skips)
	apply(d.Preset, &p.Preset)
	apply(d.Revision, &p.Revision)
	apply(d.Published, &p.Published)
	apply(d.PausedAt, &p.PausedAt)
	for _, m := range d.Moved {
		if i := m.To.N - 1; i >= 0 && i < len(p.Readings) {
			p.Readings[i] = m.To
		}
	}
	p.Readings = p.Readings[:max(len(p.Readings)-len(d.Removed), 0)]
	p.Readings = append(p.Readings, d.Added...)
	return p.clone()
}

// Reverse is the change that takes d back.
func (d Diff) Reverse() Diff {
	r := Diff{
		Name: reverse(d.Name), State: reverse(d.State), Cadence: reverse(d.Cadence), Zone: reverse(d.Zone),
		Start: reverse(d.Start), End: reverse(d.End), Skips: reverse(d.Skips), Preset: reverse(d.Preset),
		Revision: reverse(d.Revision), Published: reverse(d.Published), PausedAt: reverse(d.PausedAt),
		Added: d.Removed, Removed: d.Added,
	}
	for _, m := range d.Moved {
		r.Moved = append(r.Moved, Move{m.To, m.From})
	}
	return r
}

// Empty reports whether nothing differs, the count of revisions apart.
func (d Diff) Empty() bool {
	return d.Name == nil && d.State == nil && d.Cadence == nil && d.Zone == nil && d.Start == nil && d.End == nil &&
		d.Skips == nil && d.Preset == nil && d.Published == nil && d.PausedAt == nil &&
		len(d.Moved)+len(d.Added)+len(d.Removed) == 0
}

// Ends is the day on which the last reading is due, before and after, in plans
// that have readings.
func Ends(a, b Plan) (c Change[Date]) {
	if n := len(a.Readings); n > 0 {
		c.From = a.Readings[n-1].Due.Local.Date
	}
	if n := len(b.Readings); n > 0 {
		c.To = b.Readings[n-1].Due.Local.Date
	}
	return c
}

func sameReading(a, b Reading) bool {
	return a.ID == b.ID && a.N == b.N && a.State == b.State && a.Words == b.Words && a.Minutes == b.Minutes &&
		a.Opens.Equal(b.Opens) && sameOccurrence(a.Due, b.Due) && slices.Equal(a.Portions, b.Portions)
}

func sameOccurrence(a, b Occurrence) bool {
	return a.Local == b.Local && a.Zone == b.Zone && a.At.Equal(b.At)
}

func changed[T comparable](a, b T) *Change[T] {
	if a == b {
		return nil
	}
	return &Change[T]{a, b}
}

func changedTime(a, b time.Time) *Change[time.Time] {
	if a.Equal(b) {
		return nil
	}
	return &Change[time.Time]{a, b}
}

func apply[T any](c *Change[T], to *T) {
	if c != nil {
		*to = c.To
	}
}

func reverse[T any](c *Change[T]) *Change[T] {
	if c == nil {
		return nil
	}
	return &Change[T]{c.To, c.From}
}
