package storage

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strconv"
	"strings"

	"lectern/library"
)

// LibraryRevision is raised by every change of what is on any shelf.
func (t *Tx) LibraryRevision(ctx context.Context) (n int64, err error) {
	err = t.row(ctx, `SELECT value FROM counter WHERE name = 'library'`).Scan(&n)
	return n, wrap("library revision", err)
}

func (t *Tx) libraryChanged(ctx context.Context) error {
	return t.exec(ctx, `UPDATE counter SET value = value + 1 WHERE name = 'library'`)
}

// RemoveWork takes a work and every text of it away.
func (t *Tx) RemoveWork(ctx context.Context, id library.WorkID) error {
	n, err := t.affected(ctx, `DELETE FROM work WHERE id = ?`, id)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return err
	}
	return t.libraryChanged(ctx)
}

const metaColumns = `w.id, w.title, w.subtitle, w.author, w.date, w.language, w.source, w.edition, w.rights, w.scheme`

func scanMeta(r scanner, m *library.Meta, more ...any) error {
	return r.Scan(append([]any{&m.ID, &m.Title, &m.Subtitle, &m.Author, &m.Date, &m.Language, &m.Source, &m.Edition, &m.Rights, &m.Scheme}, more...)...)
}

func (t *Tx) aliases(ctx context.Context, id library.WorkID) ([]string, error) {
	return collect(ctx, t, func(r scanner, s *string) error { return r.Scan(s) }, `SELECT alias FROM alias WHERE work = ? ORDER BY ord, alias`, id)
}

// WorkMeta is what is known of a work; ErrNotFound if there is none.
func (t *Tx) WorkMeta(ctx context.Context, id library.WorkID) (m library.Meta, err error) {
	err = scanMeta(t.row(ctx, `SELECT `+metaColumns+` FROM work w WHERE w.id = ?`, id), &m)
	if errors.Is(err, sql.ErrNoRows) {
		return m, ErrNotFound
	}
	if err != nil {
		return m, wrap("find work", err)
	}
	if m.OutlineOnly() {
		if m.Contents, err = t.contentsOf(ctx, id); err != nil {
			return m, err
		}
	}
	m.Aliases, err = t.aliases(ctx, id)
	return m, err
}

// OwnerOf is the group on whose shelf a work stands, 0 for the operator's;
// ErrNotFound if there is no such work.
func (t *Tx) OwnerOf(ctx context.Context, id library.WorkID) (g library.GroupID, err error) {
	err = t.row(ctx, `SELECT owner FROM work WHERE id = ?`, id).Scan(&g)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, ErrNotFound
	}
	return g, wrap("find work", err)
}

// Works are the works that a group can see: its own and those that the
// operator shares (group 0), by their alias.
func (t *Tx) Works(ctx context.Context, group library.GroupID) ([]library.Meta, error) {
	return t.works(ctx, `owner IN (0, ?)`, group)
}

func (t *Tx) works(ctx context.Context, where string, args ...any) ([]library.Meta, error) {
	entries, err := t.entries(ctx, where, args...)
	if err != nil {
		return nil, err
	}
	out := make([]library.Meta, len(entries))
	for i, e := range entries {
		out[i] = e.Meta
	}
	return out, nil
}

// OwnWorks are the works that a group has itself, or that the operator shares
// (group 0), by their alias.
func (t *Tx) OwnWorks(ctx context.Context, owner library.GroupID) ([]library.Meta, error) {
	return t.works(ctx, `owner = ?`, owner)
}

// Entries are the works of Works, with how much each holds.
func (t *Tx) Entries(ctx context.Context, group library.GroupID) ([]*library.Entry, error) {
	return t.entries(ctx, `owner IN (0, ?)`, group)
}

func (t *Tx) entries(ctx context.Context, where string, args ...any) ([]*library.Entry, error) {
	out, err := collect(ctx, t, func(r scanner, e **library.Entry) error {
		*e = &library.Entry{}
		return scanMeta(r, &(*e).Meta, &(*e).Text, &(*e).FirstID, &(*e).Passages, &(*e).Last, &(*e).Sections, &(*e).Words)
	}, `SELECT `+metaColumns+`, t.id, t.first, t.passages, t.last, t.sections, t.words
		FROM work w JOIN text t ON t.id = w.text WHERE w.`+where+` ORDER BY w.id`, args...)
	if err != nil {
		return nil, err
	}
	byID := make(map[library.WorkID]*library.Entry, len(out))
	for _, e := range out {
		byID[e.ID] = e
		if e.OutlineOnly() {
			if e.Contents, err = t.contentsOf(ctx, e.ID); err != nil {
				return nil, err
			}
		}
	}
	type name struct {
		work  library.WorkID
		alias string
	}
	names, err := collect(ctx, t, func(r scanner, n *name) error { return r.Scan(&n.work, &n.alias) },
		`SELECT work, alias FROM alias WHERE `+where+` ORDER BY ord, alias`, args...)
	if err != nil {
		return nil, err
	}
	for _, n := range names {
		if e := byID[n.work]; e != nil {
			e.Aliases = append(e.Aliases, n.alias)
		}
	}
	slices.SortStableFunc(out, func(a, b *library.Entry) int { return strings.Compare(a.Alias(), b.Alias()) })
	return out, nil
}

// Counts says how much a work holds, and what its import doubts, at the text that
// e names. No text is read.
func (t *Tx) Counts(ctx context.Context, e *library.Entry) (c library.Counts, doubts []library.Warning, err error) {
	c = library.Counts{Sections: e.Sections, Passages: e.Last, Words: e.Words}
	if e.Passages > e.Last {
		err = t.tx.QueryRowContext(ctx, `SELECT count(*) FILTER (WHERE kind = ?), count(*) FILTER (WHERE kind = ?) FROM passage WHERE text = ? AND number = 0`,
			library.Epigraph, library.Footnote, e.Text).Scan(&c.Epigraphs, &c.Notes)
		if err != nil {
			return c, nil, wrap("count passages", err)
		}
	}
	doubts, err = collect(ctx, t, func(r scanner, x *library.Warning) error { return r.Scan(&x.Code, &x.Message, &x.Line) },
		`SELECT code, message, line FROM warning WHERE text = ? ORDER BY idx`, e.Text)
	return c, doubts, err
}

// Outline is a work without its words, at the text that e names; ErrNotFound
// if that text has been replaced.
func (t *Tx) Outline(ctx context.Context, e *library.Entry) (*library.Outline, error) {
	o, err := t.Headings(ctx, e)
	if err != nil {
		return nil, err
	}
	if o.Passages, err = t.spots(ctx, e); err != nil {
		return nil, err
	}
	if len(o.Passages) != e.Passages {
		return nil, ErrNotFound
	}
	o.Index()
	return o, nil
}

// Headings is an Outline without the passages.
func (t *Tx) Headings(ctx context.Context, e *library.Entry) (o *library.Outline, err error) {
	o = &library.Outline{Meta: e.Meta}
	if o.Sections, err = t.sections(ctx, e.Text); err != nil {
		return nil, err
	}
	o.Index()
	return o, nil
}

// Outline is Tx.Outline. It may be called within a transaction that reads or
// writes: it has a connection of its own to wait for.
func (db *DB) Outline(ctx context.Context, e *library.Entry) (o *library.Outline, err error) {
	err = read(ctx, db.outlines, db.now(), func(t *Tx) (err error) {
		o, err = t.Outline(ctx, e)
		return err
	})
	return o, err
}

const sectionColumns = `s.parent, s.depth, s.labels, s.title, s.heading, s.lead, s.missing, s.page`

func scanSection(r scanner, s *library.Section, more ...any) error {
	var labels string
	err := r.Scan(append([]any{&s.Parent, &s.Depth, &labels, &s.Title, &s.Text, &s.Lead, &s.Missing, &s.Page}, more...)...)
	if labels != "" {
		s.Labels = strings.Split(labels, "\n")
	}
	return err
}

func (t *Tx) sections(ctx context.Context, text int64) ([]library.Section, error) {
	return collect(ctx, t, func(r scanner, s *library.Section) error { return scanSection(r, s) },
		`SELECT `+sectionColumns+` FROM section s WHERE s.text = ? ORDER BY s.idx`, text)
}

// A HeadingLine is a section's heading: as it stands in the text, and its title.
type HeadingLine struct {
	Section     int // its index
	Text, Title string
}

// HeadingsAbout tells of the headings of every work that are about as long as so many
// characters, by the text that each has now.
func (t *Tx) HeadingsAbout(ctx context.Context, characters int, each func(text int64, h HeadingLine) error) error {
	least, most := characters/2, 2*characters+16
	rows, err := t.tx.QueryContext(ctx, `SELECT text, idx, heading, title FROM section WHERE lead = 0 AND text IN (SELECT text FROM work)
		AND (length(heading) BETWEEN ?1 AND ?2 OR length(title) BETWEEN ?1 AND ?2)`, least, most)
	if err != nil {
		return wrap("look for headings", err)
	}
	defer rows.Close()
	for rows.Next() {
		var text int64
		var h HeadingLine
		if err := rows.Scan(&text, &h.Section, &h.Text, &h.Title); err != nil {
			return wrap("look for headings", err)
		}
		if err := each(text, h); err != nil {
			return err
		}
	}
	return wrap("look for headings", rows.Err())
}

// EachHeadings tells of the sections of every work, one work after another, by the
// text that each has now.
func (t *Tx) EachHeadings(ctx context.Context, each func(text int64, sections []library.Section)) error {
	rows, err := t.tx.QueryContext(ctx, `SELECT `+sectionColumns+`, s.text FROM section s WHERE s.text IN (SELECT text FROM work) ORDER BY s.text, s.idx`)
	if err != nil {
		return wrap("read headings", err)
	}
	defer rows.Close()
	var own []library.Section
	last := int64(0)
	for rows.Next() {
		var s library.Section
		var text int64
		if err := scanSection(rows, &s, &text); err != nil {
			return wrap("read headings", err)
		}
		if text != last && len(own) > 0 {
			each(last, own)
			own = nil
		}
		own, last = append(own, s), text
	}
	if len(own) > 0 {
		each(last, own)
	}
	return wrap("read headings", rows.Err())
}

const passageColumns = `p.section, p.kind, p.number, p.in_section, p.anchor, p.label, p.page, p.verse, p.words, p.notes, p.attribution, p.content`

func scanPassage(r scanner, p *library.Passage, more ...any) error {
	var notes string
	err := r.Scan(append([]any{&p.Section, &p.Kind, &p.Number, &p.InSection, &p.Anchor, &p.Label, &p.Page, &p.Verse, &p.Words, &notes, &p.Attribution, &p.Text}, more...)...)
	p.Notes = indexesOf(notes)
	return err
}

// indexesOf reads the indexes of the footnotes that a passage calls.
func indexesOf(notes string) (out []int) {
	for f := range strings.FieldsSeq(notes) {
		n, _ := strconv.Atoi(f) // written by stage
		out = append(out, n)
	}
	return out
}

// PassagesByID are passages whole, in the order of the ids, of which none may
// be unknown.
func (t *Tx) PassagesByID(ctx context.Context, ids []int64) ([]library.Passage, error) {
	out := make([]library.Passage, len(ids))
	for i, id := range ids {
		if err := scanPassage(t.row(ctx, `SELECT `+passageColumns+` FROM passage p WHERE p.id = ?`, id), &out[i]); err != nil {
			if errors.Is(err, sql.ErrNoRows) {
				return nil, ErrNotFound
			}
			return nil, wrap("find passage", err)
		}
	}
	return out, nil
}

// A Content is a passage's words and how it is numbered.
type Content struct {
	library.Spot // its id, kind, section, numbers and label
	Text         string
}

// Contents are what passages say, by their ids, without those that are not
// there.
func (t *Tx) Contents(ctx context.Context, ids []int64) (map[int64]*Content, error) {
	const at = 100
	out := make(map[int64]*Content, len(ids))
	for some := range slices.Chunk(ids, at) {
		args := make([]any, len(some))
		for i, id := range some {
			args[i] = id
		}
		rows, err := collect(ctx, t, func(r scanner, x *Content) error {
			return r.Scan(&x.ID, &x.Kind, &x.Section, &x.Number, &x.InSection, &x.Label, &x.Text)
		}, `SELECT id, kind, section, number, in_section, label, content FROM passage WHERE id IN (?`+strings.Repeat(", ?", len(some)-1)+`)`, args...)
		if err != nil {
			return nil, err
		}
		for i := range rows {
			out[rows[i].ID] = &rows[i]
		}
	}
	return out, nil
}

// A NumberedPassage is a passage with the title of the section it stands in.
type NumberedPassage struct {
	library.Passage
	SectionTitle string
}

// PassagesByNumber are the current passages of a work from one ¶ to another.
func (t *Tx) PassagesByNumber(ctx context.Context, work library.WorkID, first, last int) ([]NumberedPassage, error) {
	return collect(ctx, t, func(r scanner, x *NumberedPassage) error { return scanPassage(r, &x.Passage, &x.SectionTitle) },
		`SELECT `+passageColumns+`, s.title FROM work w JOIN passage p ON p.text = w.text
		JOIN section s ON s.text = p.text AND s.idx = p.section
		WHERE w.id = ? AND p.number BETWEEN ? AND ? AND p.number > 0 ORDER BY p.idx`, work, first, last)
}

// A Heading is the heading under which one finds a ¶ when one begins to read
// there.
type Heading struct {
	Title string
	Label string // of a section without a title: its labels from the top, "2.XX"
	Lead  bool   // the ¶ stands before the first heading of a work that has headings
}

// Heading is the heading under which one finds a ¶ of a work when one begins to
// read there: where several begin with it, the first that has a title. The zero
// Heading is a section that has neither title nor label, or no section.
func (t *Tx) Heading(ctx context.Context, work library.WorkID, number int) (Heading, error) {
	type row struct {
		title, labels string
		lead, begins  bool
		more          bool // the work has other sections
	}
	// Sections are numbered as they stand, so those that begin after the
	// section of the ¶ before are those that begin with this one.
	up, err := collect(ctx, t, func(r scanner, x *row) error { return r.Scan(&x.title, &x.labels, &x.lead, &x.begins, &x.more) }, `WITH RECURSIVE
		here (text, section, before) AS (
			SELECT p.text, p.section, coalesce((SELECT q.section FROM passage q WHERE q.text = p.text AND q.number = ?2 - 1 AND q.number > 0), -1)
			FROM work w JOIN passage p ON p.text = w.text WHERE w.id = ?1 AND p.number = ?2),
		up (idx, parent, title, labels, lead) AS (
			SELECT s.idx, s.parent, s.title, s.labels, s.lead FROM here JOIN section s ON s.text = here.text AND s.idx = here.section
			UNION ALL
			SELECT s.idx, s.parent, s.title, s.labels, s.lead FROM here, up JOIN section s ON s.text = here.text AND s.idx = up.parent)
		SELECT title, labels, lead, idx > before, EXISTS (SELECT 1 FROM section s WHERE s.text = here.text AND s.idx > 0)
		FROM up, here ORDER BY idx`, work, number)
	if err != nil {
		return Heading{}, wrap("find heading", err)
	}
	h := Heading{Lead: len(up) == 1 && up[0].lead && up[0].more && up[0].title == ""}
	path, own := "", len(up)
	for i, x := range up {
		if x.begins && x.title != "" {
			return Heading{Title: x.title}, nil
		}
		if x.lead && x.title == "" { // what stands in it stands under the heading around it
			own = min(own, i)
			continue
		}
		if label := strings.ReplaceAll(x.labels, "\n", "/"); path != "" && label != "" {
			path += "." + label
		} else if label != "" {
			path = label
		}
	}
	for i := own - 1; i >= 0; i-- {
		switch x := up[i]; {
		case x.title != "":
			h.Title = x.title
			return h, nil
		case x.labels != "":
			h.Label = path
			return h, nil
		}
	}
	return h, nil
}

// Work is a work whole, as it was imported; ErrNotFound if there is none.
func (t *Tx) Work(ctx context.Context, id library.WorkID) (*library.Work, error) {
	meta, err := t.WorkMeta(ctx, id)
	if err != nil {
		return nil, err
	}
	text, err := t.currentText(ctx, id)
	if err != nil {
		return nil, err
	}
	w := &library.Work{Meta: meta}
	if w.Sections, err = t.sections(ctx, text); err != nil {
		return nil, err
	}
	const of = ` x JOIN work w ON w.text = x.text WHERE w.id = ? ORDER BY x.idx`
	w.Passages, err = collect(ctx, t, func(r scanner, p *library.Passage) error { return scanPassage(r, p) },
		`SELECT `+passageColumns+` FROM passage p JOIN work w ON w.text = p.text WHERE w.id = ? ORDER BY p.idx`, id)
	if err != nil {
		return nil, err
	}
	w.Parts, err = collect(ctx, t, func(r scanner, p *library.Part) error { return r.Scan(&p.Kind, &p.Section, &p.Before, &p.Text) },
		`SELECT x.kind, x.section, x.before, x.content FROM part`+of, id)
	if err != nil {
		return nil, err
	}
	w.LeftOut, err = collect(ctx, t, func(r scanner, l *library.LeftOut) error { return r.Scan(&l.Reason, &l.Line, &l.Text) },
		`SELECT x.reason, x.line, x.content FROM left_out`+of, id)
	if err != nil {
		return nil, err
	}
	w.Warnings, err = collect(ctx, t, func(r scanner, x *library.Warning) error { return r.Scan(&x.Code, &x.Message, &x.Line) },
		`SELECT x.code, x.message, x.line FROM warning`+of, id)
	w.Number()
	return w, err
}
