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
	Spent    []BesideLeader // whose turns it uses up; Person is 0 for nobody's
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
	if err != nil {
		return b, err
	}
	b.Spent, err = collect(ctx, t, func(r scanner, x *BesideLeader) error { return r.Scan(&x.Reading, &x.Ord, &x.Person) },
		`SELECT reading, ord, coalesce(person, 0) FROM rota_spent WHERE plan = ? ORDER BY reading, ord`, plan)
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
	if err := t.restoreLeaders(ctx, plan, "rota_fixed", b.Before.Leaders, b.After.Leaders, is.Leaders); err != nil {
		return err
	}
	return t.restoreLeaders(ctx, plan, "rota_spent", b.Before.Spent, b.After.Spent, is.Spent)
}

// restoreLeaders is restore of a table that names people beside readings.
func (t *Tx) restoreLeaders(ctx context.Context, plan reading.PlanID, table string, before, after, is []BesideLeader) error {
	of := func(all []BesideLeader, r reading.ReadingID) (out []BesideLeader) {
		for _, x := range all {
			if x.Reading == r {
				out = append(out, x)
			}
		}
		return out
	}
	done := map[reading.ReadingID]bool{}
	for _, x := range slices.Concat(before, after) {
		was := of(before, x.Reading)
		if done[x.Reading] || !slices.Equal(of(after, x.Reading), of(is, x.Reading)) || slices.Equal(was, of(is, x.Reading)) {
			continue
		}
		done[x.Reading] = true
		if err := t.exec(ctx, `DELETE FROM `+table+` WHERE plan = ? AND reading = ?`, plan, x.Reading); err != nil {
			return err
		}
		for _, l := range was {
			if err := t.exec(ctx, `INSERT INTO `+table+` (plan, reading, ord, person)
				SELECT r.plan, ?2, ?3, nullif(?4, 0) FROM rota r WHERE r.plan = ?1 AND (?4 = 0 OR EXISTS (SELECT 1 FROM person WHERE id = ?4))`, plan, l.Reading, l.Ord, l.Person); err != nil {
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

// untouched are the rows as they were before a change, of those that it moved
// and that are as it left them.
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
		if ok1 && ok2 && left == now && x != left {
			out = append(out, x)
		}
	}
	return out
}
