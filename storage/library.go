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

// ImportWork puts a work on a shelf, 0 for the operator's. A work of the same
// owner that has its first alias is replaced: it keeps its id, and its text
// before stays for what points into it. Another of its aliases that belongs to
// another work is a *library.Error.
func (t *Tx) ImportWork(ctx context.Context, owner library.GroupID, w *library.Work) (library.WorkID, error) {
	id, err := t.aliasOf(ctx, owner, w.Alias())
	if err != nil {
		return 0, err
	}
	m := &w.Meta
	if id == 0 {
		err := t.row(ctx, `INSERT INTO work (owner, title, subtitle, author, date, language, source, edition, rights, added)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			owner, m.Title, m.Subtitle, m.Author, m.Date, m.Language, m.Source, m.Edition, m.Rights, t.ms()).Scan(&id)
		if err != nil {
			return 0, wrap("add work", err)
		}
	} else if err := t.exec(ctx, `UPDATE work SET title = ?, subtitle = ?, author = ?, date = ?, language = ?, source = ?, edition = ?, rights = ? WHERE id = ?`,
		m.Title, m.Subtitle, m.Author, m.Date, m.Language, m.Source, m.Edition, m.Rights, id); err != nil {
		return 0, err
	}
	for i, a := range w.Aliases {
		taken, err := t.aliasOf(ctx, owner, a)
		if err != nil {
			return 0, err
		}
		if taken != 0 && taken != id {
			return 0, &library.Error{Code: library.Ambiguous, Reason: "alias_taken", Args: map[string]any{"Alias": a}}
		}
		if err := t.exec(ctx, `INSERT INTO alias (owner, alias, work, ord) VALUES (?, ?, ?, ?)
			ON CONFLICT (owner, alias) DO UPDATE SET ord = excluded.ord`, owner, a, id, i); err != nil {
			return 0, err
		}
	}
	text, err := t.stage(ctx, id, w)
	if err != nil {
		return 0, err
	}
	if err := t.exec(ctx, `UPDATE work SET text = ? WHERE id = ?`, text, id); err != nil {
		return 0, err
	}
	w.ID = id
	return id, t.libraryChanged(ctx)
}

func (t *Tx) aliasOf(ctx context.Context, owner library.GroupID, alias string) (id library.WorkID, err error) {
	err = t.row(ctx, `SELECT work FROM alias WHERE owner = ? AND alias = ?`, owner, alias).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return id, wrap("find alias", err)
}

// stage writes a text that nobody sees before its work names it.
func (t *Tx) stage(ctx context.Context, id library.WorkID, w *library.Work) (text int64, err error) {
	if err := t.row(ctx, `INSERT INTO text (work, imported) VALUES (?, ?) RETURNING id`, id, t.ms()).Scan(&text); err != nil {
		return 0, wrap("add text", err)
	}
	put := func(query string, n int, args func(i int) []any) error {
		if n == 0 {
			return nil
		}
		st, err := t.tx.PrepareContext(ctx, query)
		if err != nil {
			return wrap("import", err)
		}
		defer st.Close()
		for i := range n {
			if _, err := st.ExecContext(ctx, args(i)...); err != nil {
				return wrap("import", err)
			}
		}
		return nil
	}
	var base int64
	if err := t.row(ctx, `SELECT coalesce(max(id), 0) + 1 FROM passage`).Scan(&base); err != nil {
		return 0, wrap("import", err)
	}
	err = put(`INSERT INTO section (text, idx, parent, depth, labels, title, heading, lead, missing, page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, len(w.Sections), func(i int) []any {
		s := &w.Sections[i]
		return []any{text, i, s.Parent, s.Depth, strings.Join(s.Labels, "\n"), s.Title, s.Text, s.Lead, s.Missing, s.Page}
	})
	if err != nil {
		return 0, err
	}
	err = put(`INSERT INTO passage (id, text, idx, section, kind, number, in_section, anchor, label, page, verse, words, sentences, opening, notes, attribution, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, len(w.Passages), func(i int) []any {
		p := &w.Passages[i]
		var notes []string
		for _, n := range p.Notes {
			notes = append(notes, strconv.Itoa(n))
		}
		return []any{base + int64(i), text, i, p.Section, p.Kind, p.Number, p.InSection, p.Anchor, p.Label, p.Page, p.Verse, p.Words,
			library.CountSentences(p.Text, w.Language), library.Opening(p.Text), strings.Join(notes, " "), p.Attribution, p.Text}
	})
	if err != nil {
		return 0, err
	}
	err = put(`INSERT INTO part (text, idx, kind, section, before, content) VALUES (?, ?, ?, ?, ?, ?)`, len(w.Parts), func(i int) []any {
		p := &w.Parts[i]
		return []any{text, i, p.Kind, p.Section, p.Before, p.Text}
	})
	if err != nil {
		return 0, err
	}
	err = put(`INSERT INTO left_out (text, idx, reason, line, content) VALUES (?, ?, ?, ?, ?)`, len(w.LeftOut), func(i int) []any {
		l := &w.LeftOut[i]
		return []any{text, i, l.Reason, l.Line, l.Text}
	})
	if err != nil {
		return 0, err
	}
	return text, put(`INSERT INTO warning (text, idx, code, message, line) VALUES (?, ?, ?, ?, ?)`, len(w.Warnings), func(i int) []any {
		x := &w.Warnings[i]
		return []any{text, i, x.Code, x.Message, x.Line}
	})
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

const metaColumns = `w.id, w.title, w.subtitle, w.author, w.date, w.language, w.source, w.edition, w.rights`

func scanMeta(r scanner, m *library.Meta, more ...any) error {
	return r.Scan(append([]any{&m.ID, &m.Title, &m.Subtitle, &m.Author, &m.Date, &m.Language, &m.Source, &m.Edition, &m.Rights}, more...)...)
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
	m.Aliases, err = t.aliases(ctx, id)
	return m, err
}

// Works are the works that a group can see: its own and those that the
// operator shares (group 0), by their alias.
func (t *Tx) Works(ctx context.Context, group library.GroupID) ([]library.Meta, error) {
	ids, err := collect(ctx, t, func(r scanner, id *library.WorkID) error { return r.Scan(id) },
		`SELECT id FROM work WHERE owner IN (0, ?) ORDER BY id`, group)
	if err != nil {
		return nil, err
	}
	out := make([]library.Meta, len(ids))
	for i, id := range ids {
		if out[i], err = t.WorkMeta(ctx, id); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(out, func(a, b library.Meta) int { return strings.Compare(a.Alias(), b.Alias()) })
	return out, nil
}

// Outlines are the works of Works without their words.
func (t *Tx) Outlines(ctx context.Context, group library.GroupID) ([]*library.Outline, error) {
	works, err := t.Works(ctx, group)
	if err != nil {
		return nil, err
	}
	var out []*library.Outline
	for _, m := range works {
		o := &library.Outline{Meta: m}
		if o.Sections, err = t.sections(ctx, m.ID); err != nil {
			return nil, err
		}
		o.Passages, err = collect(ctx, t, func(r scanner, s *library.Spot) error {
			return r.Scan(&s.ID, &s.Kind, &s.Section, &s.Number, &s.InSection, &s.Sentences, &s.Words, &s.Anchor, &s.Label, &s.Page, &s.Verse, &s.Opening)
		}, `SELECT p.id, p.kind, p.section, p.number, p.in_section, p.sentences, p.words, p.anchor, p.label, p.page, p.verse, p.opening
			FROM passage p JOIN work w ON w.text = p.text WHERE w.id = ? ORDER BY p.idx`, m.ID)
		if err != nil {
			return nil, err
		}
		o.Index()
		out = append(out, o)
	}
	return out, nil
}

func (t *Tx) sections(ctx context.Context, id library.WorkID) ([]library.Section, error) {
	return collect(ctx, t, func(r scanner, s *library.Section) error {
		var labels string
		err := r.Scan(&s.Parent, &s.Depth, &labels, &s.Title, &s.Text, &s.Lead, &s.Missing, &s.Page)
		if labels != "" {
			s.Labels = strings.Split(labels, "\n")
		}
		return err
	}, `SELECT s.parent, s.depth, s.labels, s.title, s.heading, s.lead, s.missing, s.page
		FROM section s JOIN work w ON w.text = s.text WHERE w.id = ? ORDER BY s.idx`, id)
}

const passageColumns = `p.section, p.kind, p.number, p.in_section, p.anchor, p.label, p.page, p.verse, p.words, p.notes, p.attribution, p.content`

func scanPassage(r scanner, p *library.Passage, more ...any) error {
	var notes string
	err := r.Scan(append([]any{&p.Section, &p.Kind, &p.Number, &p.InSection, &p.Anchor, &p.Label, &p.Page, &p.Verse, &p.Words, &notes, &p.Attribution, &p.Text}, more...)...)
	for f := range strings.FieldsSeq(notes) {
		n, _ := strconv.Atoi(f) // written by stage
		p.Notes = append(p.Notes, n)
	}
	return err
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

// Work is a work whole, as it was imported; ErrNotFound if there is none.
func (t *Tx) Work(ctx context.Context, id library.WorkID) (*library.Work, error) {
	w := &library.Work{}
	var err error
	if w.Meta, err = t.WorkMeta(ctx, id); err != nil {
		return nil, err
	}
	if w.Sections, err = t.sections(ctx, id); err != nil {
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
