package storage

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lectern/library"
	"lectern/reading"
)

// A StalePlanError says that somebody else changed a plan since it was seen.
type StalePlanError struct{ Seen, Is int }

func (e *StalePlanError) Error() string { return "storage: the plan was changed meanwhile" }

// A PlanRow is a plan and where it is posted.
type PlanRow struct {
	reading.Plan
	Platform, Room string
}

// AddPlan stores a plan with its readings and gives them their ids.
func (t *Tx) AddPlan(ctx context.Context, p *PlanRow) error {
	id, err := t.next(ctx, "plan")
	if err != nil {
		return err
	}
	err = t.row(ctx, `INSERT INTO plan (id, group_id, name, state, cadence, zone, start, ends, skips, preset, short, place, platform, room, revision, created, published, paused)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		id, p.Group, p.Name, p.State, p.Cadence.String(), p.Zone, p.Start.String(), p.End.String(), dates(p.Skips), p.Preset, p.Short, p.Place, p.Platform, p.Room, p.Revision,
		t.ms(), nullTime(p.Published), nullTime(p.PausedAt)).Scan(&p.ID)
	if err != nil {
		return wrap("add plan", err)
	}
	return t.saveReadings(ctx, p)
}

// SavePlan replaces what is stored of a plan, if its revision is still the one
// that was seen; otherwise the error is a *StalePlanError. Readings keep their
// rows by their ids, and check-ins with them.
func (t *Tx) SavePlan(ctx context.Context, p *PlanRow, seen int) error {
	n, err := t.affected(ctx, `UPDATE plan SET name = ?, state = ?, cadence = ?, zone = ?, start = ?, ends = ?, skips = ?, preset = ?, short = ?, place = ?, platform = ?, room = ?, revision = ?, published = ?, paused = ?
		WHERE id = ? AND revision = ?`,
		p.Name, p.State, p.Cadence.String(), p.Zone, p.Start.String(), p.End.String(), dates(p.Skips), p.Preset, p.Short, p.Place, p.Platform, p.Room, p.Revision, nullTime(p.Published), nullTime(p.PausedAt),
		p.ID, seen)
	if err != nil {
		return err
	}
	if n == 0 {
		is, err := t.revision(ctx, p.ID)
		if err != nil {
			return err
		}
		return &StalePlanError{Seen: seen, Is: is}
	}
	return t.saveReadings(ctx, p)
}

// DropPlan removes a plan of which nothing was posted.
func (t *Tx) DropPlan(ctx context.Context, id reading.PlanID) error {
	return t.exec(ctx, `DELETE FROM plan WHERE id = ? AND published IS NULL`, id)
}

func dates(ds []reading.Date) string {
	out := make([]string, len(ds))
	for i, d := range ds {
		out[i] = d.String()
	}
	return strings.Join(out, " ")
}

func nullTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}

func (t *Tx) saveReadings(ctx context.Context, p *PlanRow) error {
	was := reading.Plan{}
	var err error
	if was.Readings, err = t.readings(ctx, p.ID); err != nil {
		return err
	}
	prompts, err := t.prompts(ctx, `q.plan = ? ORDER BY r.n, q.ord`, p.ID)
	if err != nil {
		return err
	}
	// Numbers move out of the way first, since (plan, n) is unique.
	if err := t.exec(ctx, `UPDATE reading SET n = -n WHERE plan = ?`, p.ID); err != nil {
		return err
	}
	for i := range p.Readings {
		if err := t.saveReading(ctx, p.ID, &p.Readings[i]); err != nil {
			return err
		}
	}
	for _, q := range prompts {
		to := q.Held().Follow(&was, &p.Plan)
		if to == nil {
			continue
		}
		if to.At != q.At {
			if err := t.exec(ctx, `UPDATE prompt SET local = ? WHERE id = ?`, to.At.String(), q.ID); err != nil {
				return err
			}
		}
		if to.Reading != q.Reading {
			if err := t.exec(ctx, `UPDATE prompt SET reading = ?2, ord = `+nextOrd+` WHERE id = ?3`, q.Suggested, to.Reading, q.ID); err != nil {
				return err
			}
		}
	}
	return t.exec(ctx, `DELETE FROM reading WHERE plan = ? AND n < 0`, p.ID)
}

func (t *Tx) revision(ctx context.Context, p reading.PlanID) (is int, err error) {
	err = t.row(ctx, `SELECT revision FROM plan WHERE id = ?`, p).Scan(&is)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotFound
	}
	return is, wrap("find plan", err)
}

func (t *Tx) saveReading(ctx context.Context, plan reading.PlanID, r *reading.Reading) error {
	if r.ID == 0 {
		id, err := t.next(ctx, "reading")
		if err != nil {
			return err
		}
		r.ID = reading.ReadingID(id)
	}
	// A reading that a change removed comes back with its number when the
	// change is undone.
	if err := t.exec(ctx, `INSERT INTO reading (id, plan, n, local, zone, due, opens, state, words, warning, no_meeting)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET n = excluded.n, local = excluded.local, zone = excluded.zone, due = excluded.due, opens = excluded.opens,
			state = excluded.state, words = excluded.words, warning = excluded.warning, no_meeting = excluded.no_meeting
		WHERE plan = excluded.plan`,
		r.ID, plan, r.N, r.Due.Local.String(), r.Due.Zone, r.Due.At.UnixMilli(), nullTime(r.Opens), r.State, r.Words, r.Warning, r.NoMeeting); err != nil {
		return err
	}
	if err := t.savePortions(ctx, "portion", "reading", int64(r.ID), r.Portions); err != nil {
		return err
	}
	return t.savePortions(ctx, "short_portion", "reading", int64(r.ID), r.Short)
}

// savePortions replaces the passages that a row of another table is about.
func (t *Tx) savePortions(ctx context.Context, table, of string, id int64, portions []reading.Portion) error {
	if err := t.exec(ctx, `DELETE FROM `+table+` WHERE `+of+` = ?`, id); err != nil {
		return err
	}
	for i, p := range portions {
		if err := t.exec(ctx, `INSERT INTO `+table+` (`+of+`, ord, work, first_anchor, last_anchor, first, last, words) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			id, i, p.Work, p.FirstAnchor, p.LastAnchor, p.First, p.Last, p.Words); err != nil {
			return err
		}
	}
	return nil
}

// Plan is a plan with its readings; ErrNotFound if there is none.
func (t *Tx) Plan(ctx context.Context, id reading.PlanID) (PlanRow, error) {
	plans, err := t.plans(ctx, `id = ?`, id)
	if err == nil && len(plans) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return PlanRow{}, err
	}
	return plans[0], nil
}

// PlanOf is the plan that a reading is of; ErrNotFound if there is none.
func (t *Tx) PlanOf(ctx context.Context, r reading.ReadingID) (PlanRow, error) {
	plans, err := t.plans(ctx, `id = (SELECT plan FROM reading WHERE id = ?)`, r)
	if err == nil && len(plans) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return PlanRow{}, err
	}
	return plans[0], nil
}

// Plans are a group's plans, oldest first.
func (t *Tx) Plans(ctx context.Context, g reading.GroupID) ([]PlanRow, error) {
	return t.plans(ctx, `group_id = ?`, g)
}

func (t *Tx) plans(ctx context.Context, where string, args ...any) ([]PlanRow, error) {
	type raw struct {
		PlanRow
		cadence, start, end, skips string
		published, paused          sql.NullInt64
	}
	rows, err := collect(ctx, t, func(r scanner, x *raw) error {
		return r.Scan(&x.ID, &x.Group, &x.Name, &x.State, &x.cadence, &x.Zone, &x.start, &x.end, &x.skips, &x.Preset, &x.Short, &x.Place, &x.Platform, &x.Room, &x.Revision, &x.published, &x.paused)
	}, `SELECT id, group_id, name, state, cadence, zone, start, ends, skips, preset, short, place, platform, room, revision, published, paused FROM plan WHERE `+where+` ORDER BY id`, args...)
	if err != nil {
		return nil, err
	}
	out := make([]PlanRow, len(rows))
	for i, x := range rows {
		p := x.PlanRow
		if p.Cadence, err = reading.ParseCadence(x.cadence); err != nil {
			return nil, wrap("plan's cadence", err)
		}
		if p.Start, err = reading.ParseDate(x.start); err != nil {
			return nil, wrap("plan's start", err)
		}
		if x.end != "" {
			if p.End, err = reading.ParseDate(x.end); err != nil {
				return nil, wrap("plan's end", err)
			}
		}
		if x.published.Valid {
			p.Published = instant(x.published.Int64)
		}
		if x.paused.Valid {
			p.PausedAt = instant(x.paused.Int64)
		}
		for s := range strings.FieldsSeq(x.skips) {
			d, err := reading.ParseDate(s)
			if err != nil {
				return nil, wrap("plan's skips", err)
			}
			p.Skips = append(p.Skips, d)
		}
		if p.Readings, err = t.readings(ctx, p.ID); err != nil {
			return nil, err
		}
		out[i] = p
	}
	return out, nil
}

// readings are a plan's readings, in order.
func (t *Tx) readings(ctx context.Context, plan reading.PlanID) ([]reading.Reading, error) {
	out, err := collect(ctx, t, func(r scanner, x *reading.Reading) error {
		var local string
		var due int64
		var opens sql.NullInt64
		if err := r.Scan(&x.ID, &x.N, &local, &x.Due.Zone, &due, &opens, &x.State, &x.Words, &x.Warning, &x.NoMeeting); err != nil {
			return err
		}
		x.Due.At = instant(due)
		if opens.Valid {
			x.Opens = instant(opens.Int64)
		}
		x.Minutes = reading.Minutes(x.Words)
		var err error
		x.Due.Local, err = reading.ParseDateTime(local)
		return err
	}, `SELECT id, n, local, zone, due, opens, state, words, warning, no_meeting FROM reading WHERE plan = ? ORDER BY n`, plan)
	if err != nil {
		return nil, err
	}
	portions, err := t.portions(ctx, `portion p JOIN reading r ON r.id = p.reading WHERE r.plan = ? ORDER BY p.reading, p.ord`, "reading", plan)
	if err != nil {
		return nil, err
	}
	short, err := t.portions(ctx, `short_portion p JOIN reading r ON r.id = p.reading WHERE r.plan = ? ORDER BY p.reading, p.ord`, "reading", plan)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].Portions, out[i].Short = portions[int64(out[i].ID)], short[int64(out[i].ID)]
	}
	return out, nil
}

// portions are the passages that rows are about, by the rows' ids.
func (t *Tx) portions(ctx context.Context, from, of string, args ...any) (map[int64][]reading.Portion, error) {
	type row struct {
		of int64
		reading.Portion
	}
	rows, err := collect(ctx, t, func(r scanner, x *row) error {
		return r.Scan(&x.of, &x.Work, &x.FirstAnchor, &x.LastAnchor, &x.First, &x.Last, &x.Words)
	}, `SELECT p.`+of+`, p.work, p.first_anchor, p.last_anchor, p.first, p.last, p.words FROM `+from, args...)
	if err != nil {
		return nil, err
	}
	out := map[int64][]reading.Portion{}
	for _, x := range rows {
		out[x.of] = append(out[x.of], x.Portion)
	}
	return out, nil
}

// EndPlan marks a plan as read to its end.
func (t *Tx) EndPlan(ctx context.Context, p reading.PlanID) error {
	if err := t.exec(ctx, `UPDATE reading SET state = 'done' WHERE plan = ?`, p); err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE plan SET state = 'ended', revision = revision + 1 WHERE id = ?`, p)
}

// ReplacePlan ends a plan whose place another takes. The meetings that it had
// still to come do not take place.
func (t *Tx) ReplacePlan(ctx context.Context, p reading.PlanID) error {
	if err := t.exec(ctx, `UPDATE reading SET no_meeting = 1 WHERE plan = ? AND due > ?`, p, t.ms()); err != nil {
		return err
	}
	if err := t.EndPlan(ctx, p); err != nil {
		return err
	}
	return t.DropSchedule(ctx, p)
}

// A Prompt is a question for a reading.
type Prompt struct {
	ID      int64
	Plan    reading.PlanID
	Reading reading.ReadingID
	Ord     int // 1, 2, … within its reading
	Text    string
	At      reading.DateTime // in the plan's zone; zero: as reading.Schedule has it
	Author  reading.PersonID
	By      string // the author's name
	// Suggested says that a member would like to see it asked. It is not one of
	// the plan's questions before an organiser takes it; its Ord is below 0.
	Suggested bool
	// Work and Number are the last passage that it is about.
	Work   library.WorkID
	Number int
}

// Held is the question as a change of its plan moves it.
func (p *Prompt) Held() reading.Held {
	return reading.Held{Reading: p.Reading, Work: p.Work, Number: p.Number, At: p.At}
}

// nextOrd is the number of another question of reading ?2: after those that
// are asked, or apart from them where ?1 is true.
const nextOrd = `(SELECT CASE WHEN ?1 THEN min(coalesce(min(ord), 0), 0) - 1 ELSE max(coalesce(max(ord), 0), 0) + 1 END FROM prompt WHERE reading = ?2)`

// AddPrompt adds a question after those that its reading has.
func (t *Tx) AddPrompt(ctx context.Context, p *Prompt) error {
	id, err := t.next(ctx, "prompt")
	if err != nil {
		return err
	}
	return wrap("add prompt", t.row(ctx, `INSERT INTO prompt (id, plan, reading, ord, text, local, author, created, suggested, work, anchor, number)
		SELECT ?8, ?3, ?2, `+nextOrd+`, ?4, ?5, nullif(?6, 0), ?7, ?1, p.work, p.last_anchor, p.last
		FROM portion p WHERE p.reading = ?2 ORDER BY p.ord DESC LIMIT 1 RETURNING id, ord`,
		p.Suggested, p.Reading, p.Plan, p.Text, p.At.String(), p.Author, t.ms(), id).Scan(&p.ID, &p.Ord))
}

// Prompts are a plan's questions, in order.
func (t *Tx) Prompts(ctx context.Context, plan reading.PlanID) ([]Prompt, error) {
	return t.prompts(ctx, `q.plan = ? AND q.suggested = 0 ORDER BY r.n, q.ord`, plan)
}

// Suggestions are the questions that members would like to see asked, oldest
// first.
func (t *Tx) Suggestions(ctx context.Context, plan reading.PlanID) ([]Prompt, error) {
	return t.prompts(ctx, `q.plan = ? AND q.suggested = 1 ORDER BY q.id`, plan)
}

// Prompt is one question; ErrNotFound if there is none.
func (t *Tx) Prompt(ctx context.Context, id int64) (Prompt, error) {
	ps, err := t.prompts(ctx, `q.id = ?`, id)
	if err == nil && len(ps) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Prompt{}, err
	}
	return ps[0], nil
}

func (t *Tx) prompts(ctx context.Context, where string, args ...any) ([]Prompt, error) {
	return collect(ctx, t, func(r scanner, x *Prompt) error {
		var local string
		err := r.Scan(&x.ID, &x.Plan, &x.Reading, &x.Ord, &x.Text, &local, &x.Author, &x.By, &x.Suggested, &x.Work, &x.Number)
		if err == nil && local != "" {
			x.At, err = reading.ParseDateTime(local)
		}
		return err
	}, `SELECT q.id, q.plan, q.reading, q.ord, q.text, q.local, coalesce(q.author, 0), coalesce(a.name, ''), q.suggested, q.work, q.number
		FROM prompt q JOIN reading r ON r.id = q.reading LEFT JOIN person a ON a.id = q.author WHERE `+where, args...)
}

// Posed are a plan's questions that were posted, or are on their way.
func (t *Tx) Posed(ctx context.Context, plan reading.PlanID) (map[int64]bool, error) {
	ids, err := collect(ctx, t, func(r scanner, id *int64) error { return r.Scan(id) },
		`SELECT prompt FROM schedule WHERE plan = ? AND prompt IS NOT NULL AND state = 'owed'`, plan)
	out := map[int64]bool{}
	for _, id := range ids {
		out[id] = true
	}
	return out, err
}

// SavePrompt keeps a question's words and its time.
func (t *Tx) SavePrompt(ctx context.Context, p Prompt) error {
	return t.exec(ctx, `UPDATE prompt SET text = ?, local = ? WHERE id = ?`, p.Text, p.At.String(), p.ID)
}

// TakePrompt makes a plan's question of one that was suggested.
func (t *Tx) TakePrompt(ctx context.Context, p *Prompt) error {
	err := t.row(ctx, `UPDATE prompt SET suggested = ?1, ord = `+nextOrd+` WHERE id = ?3 AND suggested = 1 RETURNING ord`, false, p.Reading, p.ID).Scan(&p.Ord)
	if errors.Is(err, sql.ErrNoRows) {
		return ErrNotFound
	}
	return wrap("take prompt", err)
}

// GivePrompt moves a question to another reading, about the end of which it
// then is.
func (t *Tx) GivePrompt(ctx context.Context, p *Prompt, to reading.ReadingID) error {
	err := t.row(ctx, `UPDATE prompt SET reading = ?2, ord = `+nextOrd+`, local = ?4, (work, anchor, number) =
		(SELECT p.work, p.last_anchor, p.last FROM portion p WHERE p.reading = ?2 ORDER BY p.ord DESC LIMIT 1)
		WHERE id = ?3 RETURNING ord`, p.Suggested, to, p.ID, p.At.String()).Scan(&p.Ord)
	p.Reading = to
	return wrap("move prompt", err)
}

// RemovePrompt takes a question away, unless it was posted.
func (t *Tx) RemovePrompt(ctx context.Context, id int64) error {
	return t.exec(ctx, `DELETE FROM prompt WHERE id = ?`, id)
}

// SaveChange keeps what a plan was before a change, and what hung on it, for
// Undo.
func (t *Tx) SaveChange(ctx context.Context, plan reading.PlanID, revision int, what string, before []byte, hung Beside, by reading.PersonID) error {
	hangs, err := t.Beside(ctx, plan)
	if err != nil {
		return err
	}
	beside, err := json.Marshal(besides{hung, hangs})
	if err != nil {
		return fmt.Errorf("storage: %w", err)
	}
	return t.exec(ctx, `INSERT INTO plan_change (plan, revision, what, before, beside, person, at) VALUES (?, ?, ?, ?, ?, nullif(?, 0), ?)`,
		plan, revision, what, string(before), string(beside), by, t.ms())
}

// Undo saves a plan as it was before a change, as SavePlan does, with what the
// change moved beside it.
func (t *Tx) Undo(ctx context.Context, p *PlanRow, seen int, c PlanChange) error {
	is, err := t.Beside(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := t.SavePlan(ctx, p, seen); err != nil {
		return err
	}
	if err := t.restore(ctx, p.ID, c.beside, is); err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE plan_change SET undone = ? WHERE id = ?`, t.ms(), c.ID)
}

// LastChange is the newest change of a plan that was not undone; ErrNotFound
// if there is none.
func (t *Tx) LastChange(ctx context.Context, plan reading.PlanID) (c PlanChange, err error) {
	var at int64
	err = t.row(ctx, `SELECT id, what, before, beside, at FROM plan_change WHERE plan = ? AND undone IS NULL ORDER BY id DESC LIMIT 1`, plan).Scan(&c.ID, &c.What, &c.Before, &c.beside, &at)
	c.At = instant(at)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return c, wrap("find change", err)
}

// A PlanChange is a change that was made to a plan.
type PlanChange struct {
	ID     int64
	What   string // the command that made it
	Before []byte // the plan as it was, as SaveChange got it
	At     time.Time
	beside string
}

// PlanReading is the name of a plan that is not over and reads a work, "" if
// none does.
func (t *Tx) PlanReading(ctx context.Context, w library.WorkID) (name string, err error) {
	err = t.row(ctx, `SELECT p.name FROM portion x JOIN reading r ON r.id = x.reading JOIN plan p ON p.id = r.plan
		WHERE x.work = ? AND p.state IN ('draft', 'published', 'paused') LIMIT 1`, w).Scan(&name)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return name, wrap("find plan", err)
}

// ReadingKnown reports whether a reading is still there.
func (t *Tx) ReadingKnown(ctx context.Context, id reading.ReadingID) (known bool, err error) {
	return known, wrap("find reading", t.row(ctx, `SELECT EXISTS (SELECT 1 FROM reading WHERE id = ?)`, id).Scan(&known))
}
