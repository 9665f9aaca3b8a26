package storage

import (
	"bytes"
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lectern/library"
	"lectern/reading"
)

// A CorrectionRow is a correction of a work that stands.
type CorrectionRow struct {
	ID   int64
	Line string // as library.Correction writes it
}

// Corrections are those of a work that stand, in the order in which they apply.
func (t *Tx) Corrections(ctx context.Context, id library.WorkID) ([]CorrectionRow, error) {
	return collect(ctx, t, func(r scanner, c *CorrectionRow) error { return r.Scan(&c.ID, &c.Line) },
		`SELECT id, line FROM correction WHERE work = ? AND undone IS NULL ORDER BY id`, id)
}

// AddCorrection keeps a correction after those that a work has.
func (t *Tx) AddCorrection(ctx context.Context, id library.WorkID, line string, by reading.PersonID) error {
	return t.exec(ctx, `INSERT INTO correction (work, line, person, at) VALUES (?, ?, nullif(?, 0), ?)`, id, line, by, t.ms())
}

// RewriteCorrection words a correction that stands anew.
func (t *Tx) RewriteCorrection(ctx context.Context, id library.WorkID, correction int64, line string) error {
	return t.exec(ctx, `UPDATE correction SET line = ? WHERE id = ? AND work = ?`, line, correction, id)
}

// UndoCorrection takes a correction back, and reports whether it stood.
func (t *Tx) UndoCorrection(ctx context.Context, id library.WorkID, correction int64) (bool, error) {
	n, err := t.affected(ctx, `UPDATE correction SET undone = ? WHERE id = ? AND work = ? AND undone IS NULL`, t.ms(), correction, id)
	return n == 1, err
}

// SaveBase keeps a work as it was imported, before its corrections.
func (t *Tx) SaveBase(ctx context.Context, id library.WorkID, w *library.Work) error {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if err := errors.Join(json.NewEncoder(z).Encode(w), z.Close()); err != nil {
		return fmt.Errorf("storage: pack work: %w", err)
	}
	return t.exec(ctx, `INSERT INTO base (work, body) VALUES (?, ?) ON CONFLICT (work) DO UPDATE SET body = excluded.body`, id, b.Bytes())
}

// Base is a work as it was imported, before its corrections: the current text
// where it has none.
func (t *Tx) Base(ctx context.Context, id library.WorkID) (*library.Work, error) {
	var body []byte
	err := t.row(ctx, `SELECT body FROM base WHERE work = ?`, id).Scan(&body)
	if errors.Is(err, sql.ErrNoRows) {
		return t.Work(ctx, id)
	}
	if err != nil {
		return nil, wrap("find base", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, wrap("unpack work", err)
	}
	w := &library.Work{}
	if err := errors.Join(json.NewDecoder(z).Decode(w), z.Close()); err != nil {
		return nil, wrap("unpack work", err)
	}
	w.ID = id
	return w, nil
}

// A Draft is a book that was shown and is not on a shelf yet.
type Draft struct {
	ID            int64
	Group         reading.GroupID
	Person        reading.PersonID
	Name          string // the file's
	Alias         string
	Title, Author string // "" as the file says
	Fixes         string // corrections, one on each line
	Data          []byte // the file
}

// draftAge is how long a draft waits for somebody to say yes.
const draftAge = 7 * 24 * time.Hour

// SaveDraft keeps a draft, and forgets those that nobody said anything to for a
// week. A group has one by each alias.
func (t *Tx) SaveDraft(ctx context.Context, d *Draft) error {
	if d.ID != 0 {
		return t.exec(ctx, `UPDATE draft SET alias = ?, title = ?, author = ?, fixes = ?, at = ? WHERE id = ?`, d.Alias, d.Title, d.Author, d.Fixes, t.ms(), d.ID)
	}
	if err := t.exec(ctx, `DELETE FROM draft WHERE at < ? OR group_id = ? AND alias = ? COLLATE NOCASE`, t.Now.Add(-draftAge).UnixMilli(), d.Group, d.Alias); err != nil {
		return err
	}
	return wrap("keep draft", t.row(ctx, `INSERT INTO draft (group_id, person, name, alias, title, author, fixes, data, at) VALUES (?, nullif(?, 0), ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
		d.Group, d.Person, d.Name, d.Alias, d.Title, d.Author, d.Fixes, d.Data, t.ms()).Scan(&d.ID))
}

const draftColumns = `id, group_id, coalesce(person, 0), name, alias, title, author, fixes, data`

func scanDraft(r scanner, d *Draft) error {
	return r.Scan(&d.ID, &d.Group, &d.Person, &d.Name, &d.Alias, &d.Title, &d.Author, &d.Fixes, &d.Data)
}

// Draft is a group's draft; ErrNotFound if there is none.
func (t *Tx) Draft(ctx context.Context, g reading.GroupID, id int64) (d Draft, err error) {
	err = scanDraft(t.row(ctx, `SELECT `+draftColumns+` FROM draft WHERE id = ? AND group_id = ?`, id, g), &d)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return d, wrap("find draft", err)
}

// DraftCalled is a group's draft by its alias; ErrNotFound if there is none.
func (t *Tx) DraftCalled(ctx context.Context, g reading.GroupID, alias string) (d Draft, err error) {
	err = scanDraft(t.row(ctx, `SELECT `+draftColumns+` FROM draft WHERE group_id = ? AND alias = ? COLLATE NOCASE`, g, alias), &d)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	return d, wrap("find draft", err)
}

// DropDraft forgets a draft.
func (t *Tx) DropDraft(ctx context.Context, id int64) error {
	return t.exec(ctx, `DELETE FROM draft WHERE id = ?`, id)
}

// WorkUse says what would be lost with a work.
type WorkUse struct {
	Plans    []string // of which it is read, over or not
	CheckIns int
}

// UseOf says what would be lost with a work.
func (t *Tx) UseOf(ctx context.Context, id library.WorkID) (u WorkUse, err error) {
	if u.Plans, err = collect(ctx, t, func(r scanner, s *string) error { return r.Scan(s) },
		`SELECT DISTINCT p.name FROM portion x JOIN reading r ON r.id = x.reading JOIN plan p ON p.id = r.plan WHERE x.work = ? ORDER BY p.name`, id); err != nil {
		return u, err
	}
	err = t.row(ctx, `SELECT count(*) FROM checkin WHERE work = ? AND undone IS NULL`, id).Scan(&u.CheckIns)
	return u, wrap("count check-ins", err)
}
