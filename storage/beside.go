package storage

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"lectern/reading"
)

// A Beside is what hangs on the readings of a plan: rows of other tables that
// name one, and that a change of the plan moves along.
type Beside struct {
	Prompts  []BesidePrompt
	CheckIns []BesideCheckIn
	Leaders  []BesideLeader
}

// A BesidePrompt is where a question stands.
type BesidePrompt struct {
	ID      int64
	Reading reading.ReadingID
	Ord     int
	Local   string
}

// A BesideCheckIn is the reading for which a check-in was made, 0 when that is
// gone.
type BesideCheckIn struct {
	ID      int64
	Reading reading.ReadingID
}

// A BesideLeader is somebody who leads a meeting whatever the order of turns.
type BesideLeader struct {
	Reading reading.ReadingID
	Ord     int
	Person  reading.PersonID
}

// Beside is what hangs on a plan's readings.
func (t *Tx) Beside(ctx context.Context, plan reading.PlanID) (b Beside, err error) {
	b.Prompts, err = collect(ctx, t, func(r scanner, x *BesidePrompt) error { return r.Scan(&x.ID, &x.Reading, &x.Ord, &x.Local) },
		`SELECT id, reading, ord, local FROM prompt WHERE plan = ? ORDER BY id`, plan)
	if err != nil {
		return b, err
	}
	b.CheckIns, err = collect(ctx, t, func(r scanner, x *BesideCheckIn) error { return r.Scan(&x.ID, &x.Reading) },
		`SELECT id, coalesce(reading, 0) FROM checkin WHERE plan = ? ORDER BY id`, plan)
	if err != nil {
		return b, err
	}
	b.Leaders, err = collect(ctx, t, func(r scanner, x *BesideLeader) error { return r.Scan(&x.Reading, &x.Ord, &x.Person) },
		`SELECT reading, ord, person FROM rota_fixed WHERE plan = ? ORDER BY reading, ord`, plan)
	return b, err
}

// besides is what a change moved, as it is kept.
type besides struct{ Before, After Beside }

// restore puts back what a change moved, wherever nobody has moved it since; is
// is how it stood just before the change is undone.
func (t *Tx) restore(ctx context.Context, plan reading.PlanID, kept string, is Beside) error {
	if kept == "" { // the change was made before this was kept
		return nil
	}
	var b besides
	if err := json.Unmarshal([]byte(kept), &b); err != nil {
		return fmt.Errorf("storage: what a change moved: %w", err)
	}
	if err := t.restorePrompts(ctx, b, is); err != nil {
		return err
	}
	for _, c := range untouched(b.Before.CheckIns, b.After.CheckIns, is.CheckIns, func(c BesideCheckIn) int64 { return c.ID }) {
		if err := t.exec(ctx, `UPDATE checkin SET reading = (SELECT id FROM reading WHERE id = ?) WHERE id = ?`, c.Reading, c.ID); err != nil {
			return err
		}
	}
	of := func(all []BesideLeader, r reading.ReadingID) (out []BesideLeader) {
		for _, x := range all {
			if x.Reading == r {
				out = append(out, x)
			}
		}
		return out
	}
	done := map[reading.ReadingID]bool{}
	for _, x := range slices.Concat(b.Before.Leaders, b.After.Leaders) {
		was := of(b.Before.Leaders, x.Reading)
		if done[x.Reading] || !slices.Equal(of(b.After.Leaders, x.Reading), of(is.Leaders, x.Reading)) || slices.Equal(was, of(is.Leaders, x.Reading)) {
			continue
		}
		done[x.Reading] = true
		if err := t.exec(ctx, `DELETE FROM rota_fixed WHERE plan = ? AND reading = ?`, plan, x.Reading); err != nil {
			return err
		}
		for _, l := range was {
			if err := t.exec(ctx, `INSERT INTO rota_fixed (plan, reading, ord, person)
				SELECT r.plan, ?2, ?3, p.id FROM rota r, person p WHERE r.plan = ?1 AND p.id = ?4`, plan, l.Reading, l.Ord, l.Person); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Tx) restorePrompts(ctx context.Context, b besides, is Beside) error {
	back := untouched(b.Before.Prompts, b.After.Prompts, is.Prompts, func(p BesidePrompt) int64 { return p.ID })
	// Numbers move out of the way first, since (reading, ord) is unique; whoever
	// has taken one since goes behind.
	for _, p := range back {
		if err := t.exec(ctx, `UPDATE prompt SET ord = -1000000 - id WHERE id = ?`, p.ID); err != nil {
			return err
		}
	}
	for _, p := range back {
		if err := t.exec(ctx, `UPDATE prompt SET ord = `+nextOrd+` WHERE reading = ?2 AND ord = ?3`, p.Ord < 0, p.Reading, p.Ord); err != nil {
			return err
		}
		if err := t.exec(ctx, `UPDATE prompt SET reading = ?, ord = ?, local = ? WHERE id = ?`, p.Reading, p.Ord, p.Local, p.ID); err != nil {
			return err
		}
	}
	return nil
}

// untouched are the rows as they were before a change, of those that are as
// the change left them.
func untouched[T comparable](before, after, is []T, id func(T) int64) (out []T) {
	with := func(all []T, want int64) (T, bool) {
		i := slices.IndexFunc(all, func(x T) bool { return id(x) == want })
		if i < 0 {
			var none T
			return none, false
		}
		return all[i], true
	}
	for _, x := range before {
		left, ok1 := with(after, id(x))
		now, ok2 := with(is, id(x))
		if ok1 && ok2 && left == now {
			out = append(out, x)
		}
	}
	return out
}
