package reading

import (
	"time"

	"lectern/library"
)

// Undo goes back to what a plan was before a change that was made at an
// instant, one revision on. What has come due since stays so: if a reading that
// is still to come would have been due in between, it is refused; while a plan
// is paused nothing is due. Error: out_of_range/undo_too_late.
func (p Plan) Undo(before Plan, made, now time.Time) (Plan, Diff, error) {
	is := map[readingKey]*Reading{}
	for i := range p.Readings {
		is[p.Readings[i].key()] = &p.Readings[i]
	}
	for _, r := range before.Readings {
		after := is[r.key()]
		if before.State != Paused && after != nil && r.Due.At.After(made) && !r.Due.At.After(now) && after.Due.At.After(now) {
			return p.refuse(library.OutOfRange, "undo_too_late", map[string]any{"N": r.N})
		}
	}
	q := before.clone()
	q.Revision = p.Revision + 1
	q = q.Advance(now)
	return q, Compare(p, q), nil
}
