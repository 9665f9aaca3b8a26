package reading

import (
	"time"

	"lectern/library"
)

// Undo goes back to what a plan was before a change that was made at an
// instant, one revision on. What has come due since stays so: if a reading that
// is still to come would have been due in between, it is refused; while a plan
// is paused nothing is due. A pause is undone as Resume ends it: what missed its
// due date meanwhile moves on, and is announced. Errors:
// out_of_range/undo_too_late, out_of_range/plan_past_end.
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
	if p.State == Paused && before.State == Published {
		stood := before.clone()
		stood.State, stood.PausedAt = Paused, p.PausedAt
		var err error
		if q, _, err = stood.Resume(now); err != nil {
			return p, Diff{}, err
		}
	}
	q.Revision = p.Revision + 1
	q = q.Advance(now)
	return q, Compare(p, q), nil
}
