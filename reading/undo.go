package reading

import (
	"time"

	"lectern/library"
)

// Undo goes back to what a plan was before a change, one revision on. What has
// come due since stays so: if a reading that is still to come would have been
// due already, it is refused; while a plan is paused nothing is due. Error: out_of_range/undo_too_late.
func (p Plan) Undo(before Plan, now time.Time) (Plan, Diff, error) {
	for i, r := range before.Readings {
		if before.State != Paused && i < len(p.Readings) && !r.Due.At.After(now) && p.Readings[i].Due.At.After(now) {
			return p.refuse(library.OutOfRange, "undo_too_late", map[string]any{"N": r.N})
		}
	}
	q := before.clone()
	q.Revision = p.Revision + 1
	q = q.Advance(now)
	return q, Compare(p, q), nil
}
