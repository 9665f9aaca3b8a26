package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"lectern/library"
	"lectern/reading"
)

// A Reimport is what a corrected text does to the text that it replaces, and to
// what points into it.
type Reimport struct {
	Before   *library.Work // the text that is current now
	Matching library.Matching
	Lost     []LostPassage
	Back     int // passages that an earlier text had and that before it did not; Matching has them among those kept
	Plans    []PlanFollows
	Reading  []string // the names of plans that read the work and are not over
	// Refusal is why it cannot be, a *library.Error, nil if it can.
	Refusal error
}

// A LostPassage is one that is not in the corrected text, as far as can be told.
type LostPassage struct {
	Number   int // ¶, 0 for an epigraph or a footnote
	Anchor   library.Anchor
	Opening  string
	CheckIns int // that stand at it
}

// A PlanFollows is a plan whose readings have other passages, other numbers or
// other words in the corrected text.
type PlanFollows struct {
	Name   string
	Shifts []reading.Shift
}

// held are the anchors that something points at, with the work that they are in:
// every column that holds one is here, and a test says so.
const held = `(SELECT work, anchor FROM checkin WHERE undone IS NULL AND anchor <> '' AND work IS NOT NULL
	UNION SELECT work, anchor FROM prompt WHERE anchor <> ''
	UNION SELECT work, first_anchor FROM portion UNION SELECT work, last_anchor FROM portion
	UNION SELECT work, first_anchor FROM short_portion UNION SELECT work, last_anchor FROM short_portion
	UNION SELECT work, first_anchor FROM covered UNION SELECT work, last_anchor FROM covered)`

// gone is true of an anchor h that no passage of the current text of work w
// bears or stands for.
const gone = `NOT EXISTS (SELECT 1 FROM passage c WHERE c.text = w.text AND c.anchor = h.anchor)
	AND NOT EXISTS (SELECT 1 FROM anchor_moved v JOIN passage c ON c.anchor = v.target WHERE v.work = w.id AND v.anchor = h.anchor AND c.text = w.text)`

// reimport compares a corrected text with the current one of a work, gives its
// passages their anchors, and says what would become of all that points into it.
func (t *Tx) reimport(ctx context.Context, id library.WorkID, w *library.Work) (*Reimport, error) {
	before, err := t.Work(ctx, id)
	if err != nil {
		return nil, err
	}
	// Passages that were lost before, and are pointed at, may come back.
	lost, err := t.lostPassages(ctx, id)
	if err != nil {
		return nil, err
	}
	used, err := t.usedAnchors(ctx, id)
	if err != nil {
		return nil, err
	}
	current := len(before.Passages)
	all := *before
	all.Passages = append(all.Passages[:current:current], lost...)
	m := library.Align(&all, w, used)
	r := &Reimport{Before: &all, Matching: m}
	type at struct {
		anchor library.Anchor
		n      int
	}
	ins, err := collect(ctx, t, func(r scanner, x *at) error { return r.Scan(&x.anchor, &x.n) },
		`SELECT anchor, count(*) FROM checkin WHERE work = ? AND undone IS NULL GROUP BY anchor`, id)
	if err != nil {
		return nil, err
	}
	standing := map[library.Anchor]int{}
	for _, x := range ins {
		standing[x.anchor] = x.n
	}
	for i, j := range m.Now[current:] {
		if j >= 0 && m.Before[j] == current+i {
			r.Back++
		}
	}
	for _, i := range m.Lost {
		if i < current { // of those lost before it was said
			p := &all.Passages[i]
			r.Lost = append(r.Lost, LostPassage{Number: p.Number, Anchor: p.Anchor, Opening: library.Opening(p.Text), CheckIns: standing[p.Anchor]})
		}
	}
	plans, err := t.plansOf(ctx, id)
	if err != nil {
		return nil, err
	}
	f := reading.NewFollower(id, &all, w, &r.Matching)
	for i := range plans {
		if plans[i].State != reading.Ended {
			r.Reading = append(r.Reading, plans[i].Name)
		}
		followed, _, err := plans[i].Follow(f)
		if err != nil {
			r.Refusal = err
			continue
		}
		if shifts := f.Shifts(plans[i].Plan, followed); len(shifts) > 0 {
			r.Plans = append(r.Plans, PlanFollows{plans[i].Name, shifts})
		}
	}
	return r, nil
}

// lostPassages are those of texts before the current one that something points
// at and that are nowhere else, each as it was last.
func (t *Tx) lostPassages(ctx context.Context, id library.WorkID) ([]library.Passage, error) {
	return collect(ctx, t, func(r scanner, p *library.Passage) error {
		err := scanPassage(r, p)
		p.Number, p.Section, p.Notes = 0, 0, nil
		return err
	}, `SELECT `+passageColumns+` FROM work w JOIN (SELECT DISTINCT work, anchor FROM `+held+`) h ON h.work = w.id
		JOIN passage p ON p.id = (SELECT max(o.id) FROM text x JOIN passage o ON o.text = x.id WHERE x.work = w.id AND o.anchor = h.anchor)
		WHERE w.id = ? AND `+gone+` ORDER BY p.id`, id)
}

// usedAnchors are those that meant something in any text of a work.
func (t *Tx) usedAnchors(ctx context.Context, id library.WorkID) (map[library.Anchor]bool, error) {
	all, err := collect(ctx, t, func(r scanner, a *library.Anchor) error { return r.Scan(a) },
		`SELECT p.anchor FROM text x JOIN passage p ON p.text = x.id WHERE x.work = ?1
		UNION SELECT anchor FROM anchor_moved WHERE work = ?1`, id)
	used := make(map[library.Anchor]bool, len(all))
	for _, a := range all {
		used[a] = true
	}
	return used, err
}

func (t *Tx) plansOf(ctx context.Context, id library.WorkID) ([]PlanRow, error) {
	return t.plans(ctx, `id IN (SELECT r.plan FROM portion x JOIN reading r ON r.id = x.reading WHERE x.work = ?)`, id)
}

// follow moves what points into a work to the corrected text, which is current
// already.
func (t *Tx) follow(ctx context.Context, id library.WorkID, r *Reimport, w *library.Work) error {
	for from, to := range r.Matching.Moved {
		// What meant the one that means another now, means that.
		if err := t.exec(ctx, `UPDATE anchor_moved SET target = ? WHERE work = ? AND target = ?`, to, id, from); err != nil {
			return err
		}
		if err := t.exec(ctx, `INSERT INTO anchor_moved (work, anchor, target) VALUES (?, ?, ?) ON CONFLICT (work, anchor) DO UPDATE SET target = excluded.target`, id, from, to); err != nil {
			return err
		}
	}
	if err := t.exec(ctx, `DELETE FROM anchor_moved WHERE work = ?1 AND anchor IN (SELECT p.anchor FROM work w JOIN passage p ON p.text = w.text WHERE w.id = ?1)`, id); err != nil {
		return err
	}
	// Numbers are those of the current text, so what they mean can be found.
	f := reading.NewFollower(id, r.Before, w, &r.Matching)
	plans, err := t.plansOf(ctx, id)
	if err != nil {
		return err
	}
	ends := map[int]bool{} // of readings, where what is put in belongs to what was read
	for i := range plans {
		for _, x := range plans[i].Readings {
			for _, k := range x.Portions {
				ends[k.Last] = ends[k.Last] || k.Work == id
			}
		}
	}
	if err := t.followPlaces(ctx, id, f, ends); err != nil {
		return err
	}
	for i := range plans {
		p := &plans[i]
		seen := p.Revision
		if p.Plan, _, err = p.Follow(f); err != nil {
			return err
		}
		if err := t.SavePlan(ctx, p, seen); err != nil {
			return err
		}
		if err := t.followHistory(ctx, p.ID, f); err != nil {
			return err
		}
	}
	return nil
}

// followPlaces moves check-ins, with what they cover, and questions.
func (t *Tx) followPlaces(ctx context.Context, id library.WorkID, f *reading.Follower, ends map[int]bool) error {
	type at struct {
		id int64
		n  int
	}
	scan := func(r scanner, x *at) error { return r.Scan(&x.id, &x.n) }
	ins, err := collect(ctx, t, scan, `SELECT id, number FROM checkin WHERE work = ? AND number > 0`, id)
	if err != nil {
		return err
	}
	for _, x := range ins { // its anchor is the passage's, wherever that is
		if err := t.exec(ctx, `UPDATE checkin SET number = ? WHERE id = ?`, f.Place(x.n), x.id); err != nil {
			return err
		}
	}
	prompts, err := collect(ctx, t, scan, `SELECT id, number FROM prompt WHERE work = ? AND number > 0`, id)
	if err != nil {
		return err
	}
	for _, x := range prompts {
		n := f.Place(x.n)
		if ends[x.n] { // it is about the reading
			n = f.End(x.n)
		}
		if n = max(n, 1); f.Anchor(n) == "" {
			continue
		}
		if err := t.exec(ctx, `UPDATE prompt SET number = ?, anchor = ? WHERE id = ?`, n, f.Anchor(n), x.id); err != nil {
			return err
		}
	}
	type cover struct {
		checkin int64
		ord     int
		reading.Portion
	}
	covers, err := collect(ctx, t, func(r scanner, x *cover) error {
		return r.Scan(&x.checkin, &x.ord, &x.Work, &x.FirstAnchor, &x.LastAnchor, &x.First, &x.Last, &x.Words)
	}, `SELECT checkin, ord, work, first_anchor, last_anchor, first, last, words FROM covered WHERE work = ?`, id)
	if err != nil {
		return err
	}
	for _, x := range covers {
		to, ok := f.Portion(x.Portion, ends[x.Last])
		if !ok {
			err = t.exec(ctx, `DELETE FROM covered WHERE checkin = ? AND ord = ?`, x.checkin, x.ord)
		} else {
			err = t.exec(ctx, `UPDATE covered SET first_anchor = ?, last_anchor = ?, first = ?, last = ?, words = ? WHERE checkin = ? AND ord = ?`,
				to.FirstAnchor, to.LastAnchor, to.First, to.Last, to.Words, x.checkin, x.ord)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// followHistory does to what a plan was before its changes what was done to it,
// so that undoing one does not bring old numbers back.
func (t *Tx) followHistory(ctx context.Context, plan reading.PlanID, f *reading.Follower) error {
	type change struct {
		id   int64
		body []byte
	}
	all, err := collect(ctx, t, func(r scanner, c *change) error { return r.Scan(&c.id, &c.body) }, `SELECT id, before FROM plan_change WHERE plan = ?`, plan)
	if err != nil {
		return err
	}
	for _, c := range all {
		var p PlanRow
		if err := json.Unmarshal(c.body, &p); err != nil {
			return wrap("plan's change", err)
		}
		followed, _, err := p.Follow(f)
		if _, ok := errors.AsType[*library.Error](err); ok {
			continue // a reading that is not in the plan any more
		}
		if err != nil {
			return err
		}
		followed.Revision = p.Revision
		p.Plan = followed
		body, err := json.Marshal(p)
		if err != nil {
			return wrap("plan's change", err)
		}
		if err := t.exec(ctx, `UPDATE plan_change SET before = ? WHERE id = ?`, string(body), c.id); err != nil {
			return err
		}
	}
	return nil
}

// Anchored is the passage that an anchor of a work means: one of the current
// text, or, where that has none, of the text that had it last, and then current
// is false. ErrNotFound if there is none.
func (t *Tx) Anchored(ctx context.Context, id library.WorkID, a library.Anchor) (p library.Passage, current bool, err error) {
	err = scanPassage(t.row(ctx, `SELECT `+passageColumns+` FROM work w JOIN passage p ON p.text = w.text WHERE w.id = ?1
		AND p.anchor IN (?2, (SELECT target FROM anchor_moved WHERE work = ?1 AND anchor = ?2)) ORDER BY p.anchor = ?2 DESC LIMIT 1`, id, a), &p)
	if err == nil {
		return p, true, nil
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = scanPassage(t.row(ctx, `SELECT `+passageColumns+` FROM text x JOIN passage p ON p.text = x.id WHERE x.work = ? AND p.anchor = ? ORDER BY p.id DESC LIMIT 1`, id, a), &p)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, ErrNotFound
	}
	return p, false, wrap("find anchor", err)
}

// sweepStep is how many passages one transaction takes out.
const sweepStep = 2000

// sweep takes out the texts that were replaced and at which nothing points that
// is nowhere else: of each anchor the last text that has it stays.
func (db *DB) sweep(ctx context.Context) error {
	for {
		var left int64
		err := db.Write(ctx, func(t *Tx) error {
			var text int64
			err := t.row(ctx, `SELECT x.id FROM text x JOIN work w ON w.id = x.work WHERE x.id <> w.text AND NOT EXISTS (
				SELECT 1 FROM `+held+` h JOIN passage p ON p.text = x.id AND p.anchor = h.anchor WHERE h.work = w.id AND `+gone+`
				AND NOT EXISTS (SELECT 1 FROM text y JOIN passage o ON o.text = y.id WHERE y.work = w.id AND y.id > x.id AND o.anchor = h.anchor)) LIMIT 1`).Scan(&text)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return wrap("find old text", err)
			}
			left, err = t.affected(ctx, `DELETE FROM passage WHERE id IN (SELECT id FROM passage WHERE text = ? LIMIT ?)`, text, sweepStep)
			if err == nil && left < sweepStep {
				left = 1 // there may be another text
				err = t.exec(ctx, `DELETE FROM text WHERE id = ?`, text)
			}
			return err
		})
		if err != nil || left == 0 {
			return err
		}
	}
}
