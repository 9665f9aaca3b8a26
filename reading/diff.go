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
	Short     *Change[int]
	Place     *Change[string]
	Moved     []Move    // readings that are in both and differ, in the order of From
	Added     []Reading // in order
	Removed   []Reading // in order
}

// A Move is a reading before and after a change.
type Move struct{ From, To Reading }

// DueMoved reports whether the reading is due at another time.
func (m Move) DueMoved() bool { return !sameOccurrence(m.From.Due, m.To.Due) }

// OpensMoved reports whether the reading opens at another time.
func (m Move) OpensMoved() bool { return !m.From.Opens.Equal(m.To.Opens) }

// TextMoved reports whether the reading covers other passages.
func (m Move) TextMoved() bool { return !slices.Equal(m.From.Portions, m.To.Portions) }

// Renumbered reports whether the reading has another number.
func (m Move) Renumbered() bool { return m.From.N != m.To.N }

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
	d.Short = changed(a.Short, b.Short)
	d.Place = changed(a.Place, b.Place)
	after := map[readingKey]*Reading{}
	for i := range b.Readings {
		after[b.Readings[i].key()] = &b.Readings[i]
	}
	for _, r := range a.Readings {
		to := after[r.key()]
		delete(after, r.key())
		switch {
		case to == nil:
			d.Removed = append(d.Removed, r)
		case !sameReading(r, *to):
			d.Moved = append(d.Moved, Move{r, *to})
		}
	}
	for _, r := range b.Readings {
		if after[r.key()] != nil {
			d.Added = append(d.Added, r)
		}
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
	apply(d.Short, &p.Short)
	apply(d.Place, &p.Place)
	gone := map[readingKey]bool{}
	for _, r := range d.Removed {
		gone[r.key()] = true
	}
	moved := map[readingKey]Reading{}
	for _, m := range d.Moved {
		moved[m.From.key()] = m.To
	}
	var readings []Reading
	for _, r := range p.Readings {
		if gone[r.key()] {
			continue
		}
		if to, ok := moved[r.key()]; ok {
			r = to
		}
		readings = append(readings, r)
	}
	p.Readings = slices.Concat(readings, d.Added)
	slices.SortStableFunc(p.Readings, func(a, b Reading) int { return a.N - b.N })
	return p.clone()
}

// Reverse is the change that takes d back.
func (d Diff) Reverse() Diff {
	r := Diff{
		Name: reverse(d.Name), State: reverse(d.State), Cadence: reverse(d.Cadence), Zone: reverse(d.Zone),
		Start: reverse(d.Start), End: reverse(d.End), Skips: reverse(d.Skips), Preset: reverse(d.Preset),
		Revision: reverse(d.Revision), Published: reverse(d.Published), PausedAt: reverse(d.PausedAt), Short: reverse(d.Short), Place: reverse(d.Place),
		Added: d.Removed, Removed: d.Added,
	}
	for _, m := range d.Moved {
		r.Moved = append(r.Moved, Move{m.To, m.From})
	}
	slices.SortStableFunc(r.Moved, func(a, b Move) int { return a.From.N - b.From.N })
	return r
}

// Empty reports whether nothing differs, the count of revisions apart.
func (d Diff) Empty() bool {
	return d.Name == nil && d.State == nil && d.Cadence == nil && d.Zone == nil && d.Start == nil && d.End == nil &&
		d.Skips == nil && d.Preset == nil && d.Published == nil && d.PausedAt == nil && d.Short == nil && d.Place == nil &&
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

// A readingKey is what tells a reading from others of its plan: its ID, or its
// number where it has none yet.
type readingKey struct {
	id ReadingID
	n  int
}

func (r *Reading) key() readingKey {
	if r.ID != 0 {
		return readingKey{id: r.ID}
	}
	return readingKey{n: r.N}
}

func sameReading(a, b Reading) bool {
	return a.ID == b.ID && a.N == b.N && a.State == b.State && a.Words == b.Words && a.Minutes == b.Minutes &&
		a.Opens.Equal(b.Opens) && sameOccurrence(a.Due, b.Due) && slices.Equal(a.Portions, b.Portions) &&
		slices.Equal(a.Short, b.Short) && a.Warning == b.Warning && a.NoMeeting == b.NoMeeting
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
