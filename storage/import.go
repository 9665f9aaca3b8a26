package storage

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"lectern/library"
)

// An Importing says how a work is brought in.
type Importing struct {
	// Owner is the group on whose shelf it stands, 0 for the operator's.
	Owner library.GroupID
	// New means that no work may be replaced: an alias that is in use is taken,
	// whoever has it.
	New bool
	// Check hears what a corrected text does to the one that it replaces, before
	// anything is written, and may refuse it. It is not called for a work that is
	// new.
	Check func(r *Reimport) error
	// Unname are names that the work had and has no more; all others stay.
	Unname []string
	// Done runs in the transaction that shows the work.
	Done func(ctx context.Context, t *Tx, id library.WorkID) error
	// Index puts the passages with ids from first to last of a text into the
	// search index. It is called in transactions that write, before anybody
	// sees the text.
	Index func(ctx context.Context, t *Tx, text, first, last int64) error
}

// Import puts a work on a shelf. What is long is written in several short
// transactions, and one more shows it to everybody at once; if anything fails,
// nothing is seen of it.
//
// A work of the same owner that has its first alias is replaced: it keeps its
// id, its passages keep their anchors (library.Align), and plans and check-ins
// follow in the transaction that shows it. Its text before stays only while
// something points at a passage of it that is nowhere else. An alias that belongs
// to another work that is seen beside it is a *library.Error with code
// ambiguous.
func (db *DB) Import(ctx context.Context, w *library.Work, how Importing) (library.WorkID, error) {
	const tries = 3
	for i := 0; ; i++ {
		id, err := db.importOnce(ctx, w, how)
		if !errors.Is(err, errReplaced) || i == tries {
			return id, err
		}
	}
}

// errReplaced says that a work's text is another than the one that was matched.
var errReplaced = errors.New("storage: the text was replaced meanwhile")

// Compare says what an import would do, and writes nothing: nil for a work that
// would be new. The passages of w get their anchors.
func (db *DB) Compare(ctx context.Context, w *library.Work, how Importing) (r *Reimport, err error) {
	err = db.Read(ctx, func(t *Tx) error {
		known, err := t.aliasesFree(ctx, how.Owner, w, how.New)
		if err != nil || known == 0 {
			return err
		}
		r, err = t.reimport(ctx, known, w)
		return err
	})
	return r, err
}

func (db *DB) importOnce(ctx context.Context, w *library.Work, how Importing) (id library.WorkID, err error) {
	var text, before int64
	var old *Reimport
	err = db.Read(ctx, func(t *Tx) error {
		known, err := t.aliasesFree(ctx, how.Owner, w, how.New)
		if err != nil || known == 0 {
			return err
		}
		if before, err = t.currentText(ctx, known); err != nil {
			return err
		}
		old, err = t.reimport(ctx, known, w)
		return err
	})
	if err != nil {
		return 0, err
	}
	if old != nil {
		if how.Check != nil {
			if err := how.Check(old); err != nil {
				return 0, err
			}
		}
		if old.Refusal != nil {
			return 0, old.Refusal
		}
	}
	s := newStaging(w)
	if err := db.Write(ctx, func(t *Tx) error {
		if err := t.forgetStaged(ctx); err != nil {
			return err
		}
		return s.begin(ctx, t)
	}); err != nil {
		return 0, err
	}
	text = s.text
	defer func() {
		if err != nil { // what is left of it is of no use to anybody
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), busyTimeout)
			defer cancel()
			err = errors.Join(err, db.Write(ctx, func(t *Tx) error { return t.exec(ctx, `DELETE FROM text WHERE id = ? AND work IS NULL`, text) }))
		}
	}()
	for s.at < len(w.Passages) {
		if err := db.Write(ctx, func(t *Tx) error {
			from := s.at
			if err := s.some(ctx, t, stageBytes); err != nil || how.Index == nil {
				return err
			}
			return how.Index(ctx, t, text, s.base+int64(from), s.base+int64(s.at)-1)
		}); err != nil {
			return 0, err
		}
	}
	err = db.Write(ctx, func(t *Tx) error {
		if id, err = t.show(ctx, how, w, text, before); err != nil {
			return err
		}
		if old != nil {
			if err := t.follow(ctx, id, old, w); err != nil {
				return err
			}
		}
		if how.Done != nil {
			return how.Done(ctx, t, id)
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	w.ID = id
	return id, db.sweep(ctx)
}

// ImportWork is Import within a transaction, for a work that is short. It leaves
// the search index to Sync, and old texts to the next Import.
func (t *Tx) ImportWork(ctx context.Context, owner library.GroupID, w *library.Work) (library.WorkID, error) {
	known, err := t.aliasesFree(ctx, owner, w, false)
	if err != nil {
		return 0, err
	}
	var before int64
	var old *Reimport
	if known != 0 {
		if before, err = t.currentText(ctx, known); err != nil {
			return 0, err
		}
		if old, err = t.reimport(ctx, known, w); err != nil {
			return 0, err
		}
	}
	s := newStaging(w)
	if err := s.begin(ctx, t); err != nil {
		return 0, err
	}
	for s.at < len(w.Passages) {
		if err := s.some(ctx, t, stageBytes); err != nil {
			return 0, err
		}
	}
	id, err := t.show(ctx, Importing{Owner: owner}, w, s.text, before)
	if err == nil && old != nil {
		err = t.follow(ctx, id, old, w)
	}
	if err == nil {
		w.ID = id
	}
	return id, err
}

func (t *Tx) currentText(ctx context.Context, id library.WorkID) (text int64, err error) {
	err = t.row(ctx, `SELECT coalesce(text, 0) FROM work WHERE id = ?`, id).Scan(&text)
	return text, wrap("find text", err)
}

// AliasesBeside are the names, folded, that a work of an owner may not have
// unless they are its own: those on its shelf and, for the operator's, those on
// every shelf, since it is part of each. A name maps to its owner's work, and to
// 0 if it is somebody else's.
func (t *Tx) AliasesBeside(ctx context.Context, owner library.GroupID) (map[string]library.WorkID, error) {
	type known struct {
		owner library.GroupID
		work  library.WorkID
		alias string
	}
	all, err := collect(ctx, t, func(r scanner, k *known) error { return r.Scan(&k.owner, &k.work, &k.alias) },
		`SELECT owner, work, alias FROM alias WHERE ? = 0 OR owner IN (0, ?)`, owner, owner)
	if err != nil {
		return nil, err
	}
	names := make(map[string]library.WorkID, len(all))
	for _, k := range all {
		f := library.Fold(k.alias)
		if k.owner == owner {
			names[f] = k.work
		} else if _, ok := names[f]; !ok {
			names[f] = 0
		}
	}
	return names, nil
}

// aliasesFree is the work that w replaces, 0 for none, or an error if another
// work that is seen on a shelf with it has one of its names. With fresh it must
// replace none.
func (t *Tx) aliasesFree(ctx context.Context, owner library.GroupID, w *library.Work, fresh bool) (replaced library.WorkID, err error) {
	if w.Alias() == "" {
		return 0, errors.New("storage: a work without an alias")
	}
	names, err := t.AliasesBeside(ctx, owner)
	if err != nil {
		return 0, err
	}
	replaced = names[library.Fold(w.Alias())]
	for _, a := range w.Aliases {
		if by, taken := names[library.Fold(a)]; taken && (by == 0 || by != replaced || fresh) {
			return 0, &library.Error{Code: library.Ambiguous, Reason: "alias_taken", Args: map[string]any{"Alias": a}}
		}
	}
	return replaced, nil
}

// show makes a staged text the current one of its work, which it adds if there
// is none. before is the text that is current now, as far as is known.
func (t *Tx) show(ctx context.Context, how Importing, w *library.Work, text, before int64) (library.WorkID, error) {
	owner := how.Owner
	id, err := t.aliasesFree(ctx, owner, w, how.New)
	if err != nil {
		return 0, err
	}
	m := &w.Meta
	var is int64
	if id != 0 {
		if is, err = t.currentText(ctx, id); err != nil {
			return 0, err
		}
	}
	switch {
	case is != before:
		return 0, errReplaced
	case id == 0:
		err = wrap("add work", t.row(ctx, `INSERT INTO work (owner, title, subtitle, author, date, language, source, edition, rights, scheme, added)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
			owner, m.Title, m.Subtitle, m.Author, m.Date, m.Language, m.Source, m.Edition, m.Rights, m.Scheme, t.ms()).Scan(&id))
	default:
		err = t.exec(ctx, `UPDATE work SET title = ?, subtitle = ?, author = ?, date = ?, language = ?, source = ?, edition = ?, rights = ?, scheme = ? WHERE id = ?`,
			m.Title, m.Subtitle, m.Author, m.Date, m.Language, m.Source, m.Edition, m.Rights, m.Scheme, id)
	}
	if err != nil {
		return 0, err
	}
	for _, a := range how.Unname {
		if err := t.exec(ctx, `DELETE FROM alias WHERE work = ? AND alias = ?`, id, a); err != nil {
			return 0, err
		}
	}
	// Names that it had before stay, after those that it has now.
	if err := t.exec(ctx, `UPDATE alias SET ord = ord + ? WHERE work = ?`, len(w.Aliases), id); err != nil {
		return 0, err
	}
	for i, a := range w.Aliases {
		if err := t.exec(ctx, `INSERT INTO alias (owner, alias, work, ord) VALUES (?, ?, ?, ?)
			ON CONFLICT (owner, alias) DO UPDATE SET alias = excluded.alias, ord = min(ord, excluded.ord)`, owner, a, id, i); err != nil {
			return 0, err
		}
	}
	if n, err := t.affected(ctx, `UPDATE text SET work = ? WHERE id = ? AND work IS NULL`, id, text); err != nil {
		return 0, err
	} else if n == 0 { // it took so long that another import swept it away
		return 0, errReplaced
	}
	if err := t.exec(ctx, `UPDATE work SET text = ? WHERE id = ?`, text, id); err != nil {
		return 0, err
	}
	return id, t.libraryChanged(ctx)
}

// forgetStaged removes what imports left that ended badly long ago.
func (t *Tx) forgetStaged(ctx context.Context) error {
	return t.exec(ctx, `DELETE FROM text WHERE work IS NULL AND imported < ?`, t.Now.Add(-24*time.Hour).UnixMilli())
}

// stageBytes is about how much text one transaction of an import writes, so
// that other writers wait no longer than some hundredths of a second.
const stageBytes = 512 << 10

// A staging writes a text that nobody sees before a work names it.
type staging struct {
	w    *library.Work
	text int64
	base int64 // the id of the first passage
	at   int   // the passage to write next
}

func newStaging(w *library.Work) *staging {
	library.SetAnchors(w)
	return &staging{w: w}
}

// begin writes everything but the passages, for which it takes the ids.
func (s *staging) begin(ctx context.Context, t *Tx) error {
	w := s.w
	// Ids follow one another even when two import at once.
	if err := t.row(ctx, `UPDATE counter SET value = value + ? WHERE name = 'passage' RETURNING value`, len(w.Passages)).Scan(&s.base); err != nil {
		return wrap("number passages", err)
	}
	s.base -= int64(len(w.Passages))
	last, words := 0, 0
	for i := range w.Passages {
		if p := &w.Passages[i]; p.Number > 0 {
			last = p.Number
			words += p.Words
		}
	}
	if err := t.row(ctx, `INSERT INTO text (work, imported, first, passages, last, sections, words) VALUES (NULL, ?, ?, ?, ?, ?, ?) RETURNING id`,
		t.ms(), s.base, len(w.Passages), last, len(w.Sections), words).Scan(&s.text); err != nil {
		return wrap("add text", err)
	}
	text := s.text
	return errors.Join(
		t.put(ctx, `INSERT INTO section (text, idx, parent, depth, labels, title, heading, lead, missing, page) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, len(w.Sections), func(i int) []any {
			x := &w.Sections[i]
			return []any{text, i, x.Parent, x.Depth, strings.Join(x.Labels, "\n"), x.Title, x.Text, x.Lead, x.Missing, x.Page}
		}),
		t.put(ctx, `INSERT INTO part (text, idx, kind, section, before, content) VALUES (?, ?, ?, ?, ?, ?)`, len(w.Parts), func(i int) []any {
			x := &w.Parts[i]
			return []any{text, i, x.Kind, x.Section, x.Before, x.Text}
		}),
		t.put(ctx, `INSERT INTO left_out (text, idx, reason, line, content) VALUES (?, ?, ?, ?, ?)`, len(w.LeftOut), func(i int) []any {
			x := &w.LeftOut[i]
			return []any{text, i, x.Reason, x.Line, x.Text}
		}),
		t.put(ctx, `INSERT INTO warning (text, idx, code, message, line) VALUES (?, ?, ?, ?, ?)`, len(w.Warnings), func(i int) []any {
			x := &w.Warnings[i]
			return []any{text, i, x.Code, x.Message, x.Line}
		}),
		t.putContents(ctx, text, w.Contents),
	)
}

// some writes passages until they come to about so many bytes. If it fails,
// its transaction must be rolled back, and it can be called again.
func (s *staging) some(ctx context.Context, t *Tx, bytes int) error {
	end := s.at
	for n := 0; end < len(s.w.Passages) && n < bytes; end++ {
		n += len(s.w.Passages[end].Text) + 200 // what the row itself takes
	}
	err := t.put(ctx, `INSERT INTO passage (id, text, idx, section, kind, number, in_section, anchor, label, page, verse, words, sentences, opening, notes, attribution, content)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, end-s.at, func(i int) []any {
		i += s.at
		p := &s.w.Passages[i]
		notes := make([]string, len(p.Notes))
		for j, n := range p.Notes {
			notes[j] = strconv.Itoa(n)
		}
		return []any{s.base + int64(i), s.text, i, p.Section, p.Kind, p.Number, p.InSection, p.Anchor, p.Label, p.Page, p.Verse, p.Words,
			library.CountSentences(p.Text, s.w.Language), library.Opening(p.Text), strings.Join(notes, " "), p.Attribution, p.Text}
	})
	if err == nil {
		s.at = end
	}
	return err
}

// put runs a statement n times.
func (t *Tx) put(ctx context.Context, query string, n int, args func(i int) []any) error {
	if n == 0 {
		return nil
	}
	st, err := t.tx.PrepareContext(ctx, query)
	if err != nil {
		return wrap("import", err)
	}
	defer func() { _ = st.Close() }() // its errors came from Exec
	for i := range n {
		if _, err := st.ExecContext(ctx, args(i)...); err != nil {
			return wrap("import", err)
		}
	}
	return nil
}
