package storage

import (
	"context"
	"time"

	"lectern/library"
	"lectern/reading"
)

// A CheckIn is a member's record of how far they have read. It is about
// passages, and stays with them whatever becomes of the reading for which it
// was made.
type CheckIn struct {
	ID      int64
	Person  reading.PersonID
	Name    string
	Plan    reading.PlanID
	Reading reading.ReadingID // 0 when that reading is gone
	Kind    string            // "at", "done", "skip"
	Work    library.WorkID
	Anchor  library.Anchor
	Number  int
	Covers  []reading.Portion
	At      time.Time
}

// AddCheckIn records how far a member has read.
func (t *Tx) AddCheckIn(ctx context.Context, g reading.GroupID, c CheckIn) error {
	var id int64
	err := t.row(ctx, `INSERT INTO checkin (person, group_id, plan, reading, kind, work, anchor, number, at)
		VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?) RETURNING id`,
		c.Person, g, c.Plan, c.Reading, c.Kind, c.Work, c.Anchor, c.Number, t.ms()).Scan(&id)
	if err != nil {
		return wrap("add check-in", err)
	}
	return t.savePortions(ctx, "covered", "checkin", id, c.Covers)
}

// TakeBack undoes a member's newest check-in of a kind for a reading, and
// reports whether there was one.
func (t *Tx) TakeBack(ctx context.Context, p reading.PersonID, r reading.ReadingID, kind string) (bool, error) {
	n, err := t.affected(ctx, `UPDATE checkin SET undone = ? WHERE id =
		(SELECT id FROM checkin WHERE person = ? AND reading = ? AND (kind = ? OR ? = '') AND undone IS NULL ORDER BY id DESC LIMIT 1)`,
		t.ms(), p, r, kind, kind)
	return n == 1, err
}

// TakeBackOne undoes one check-in of a member's, and reports whether it still
// stood.
func (t *Tx) TakeBackOne(ctx context.Context, p reading.PersonID, id int64) (bool, error) {
	n, err := t.affected(ctx, `UPDATE checkin SET undone = ? WHERE id = ? AND person = ? AND undone IS NULL`, t.ms(), id, p)
	return n == 1, err
}

// LastCheckIn is a member's newest check-in of a kind for a reading that
// stands; 0 if there is none.
func (t *Tx) LastCheckIn(ctx context.Context, p reading.PersonID, r reading.ReadingID, kind string) (id int64, err error) {
	err = t.row(ctx, `SELECT coalesce(max(id), 0) FROM checkin WHERE person = ? AND reading = ? AND kind = ? AND undone IS NULL`, p, r, kind).Scan(&id)
	return id, wrap("find check-in", err)
}

// ReadingOf is the reading that a check-in is for, 0 if it is gone.
func (t *Tx) ReadingOf(ctx context.Context, checkin int64) (r reading.ReadingID, err error) {
	err = t.row(ctx, `SELECT coalesce(max(reading), 0) FROM checkin WHERE id = ?`, checkin).Scan(&r)
	return r, wrap("find check-in", err)
}

// CheckIns are a plan's check-ins that stand, oldest first.
func (t *Tx) CheckIns(ctx context.Context, plan reading.PlanID) ([]CheckIn, error) {
	out, err := collect(ctx, t, func(r scanner, x *CheckIn) error {
		var at int64
		err := r.Scan(&x.ID, &x.Person, &x.Name, &x.Plan, &x.Reading, &x.Kind, &x.Work, &x.Anchor, &x.Number, &at)
		x.At = instant(at)
		return err
	}, `SELECT c.id, c.person, p.name, c.plan, coalesce(c.reading, 0), c.kind, coalesce(c.work, 0), c.anchor, c.number, c.at
		FROM checkin c JOIN person p ON p.id = c.person WHERE c.plan = ? AND c.undone IS NULL ORDER BY c.id`, plan)
	if err != nil || len(out) == 0 {
		return out, err
	}
	covers, err := t.portions(ctx, `covered p JOIN checkin c ON c.id = p.checkin WHERE c.plan = ? AND c.undone IS NULL ORDER BY p.checkin, p.ord`, "checkin", plan)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Covers = covers[out[i].ID]
	}
	return out, nil
}
