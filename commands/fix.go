package commands

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// A Mended is a work with some of its corrections changed, before it counts.
type Mended struct {
	Work   *library.Work // as it would be
	Before *library.Work // as it is
	Brought
	// Added are the corrections that are made, as they are kept: without those that
	// were made already and those that change nothing.
	Added   []library.Correction
	Already int // of MendAll: those that were made already
	// Stranded are corrections that were made, and find no place any more.
	Stranded []library.Failed
	fixes    []library.Correction
	base     *library.Work
	owner    library.GroupID
	undo     int64
	line     string   // what is taken back
	names    []string // that go with it
}

// Mend works out what a correction of a work does. Where it leaves out what a
// passage begins with, that is filled in.
func (k *Desk) Mend(ctx context.Context, id library.WorkID, c library.Correction) (Mended, error) {
	m, _, err := k.mend(ctx, id, []library.Correction{c}, false)
	return m, err
}

// MendAll is Mend for those of a file, each of which sees what those before it did,
// without those that are made already. at is which of them an error is about, -1 if
// none is.
func (k *Desk) MendAll(ctx context.Context, id library.WorkID, all []library.Correction) (m Mended, at int, err error) {
	return k.mend(ctx, id, all, true)
}

func (k *Desk) mend(ctx context.Context, id library.WorkID, add []library.Correction, again bool) (m Mended, at int, err error) {
	if err := k.corrections(ctx, id, 0, &m); err != nil {
		return m, -1, err
	}
	m.Work = m.base.Clone()
	m.Failed = library.Correct(m.Work, m.fixes)
	made := keptFixes(m.fixes)
	for i, c := range add {
		if again && made.has(c) {
			m.Already++
			continue
		}
		if c.Op == library.AddAlias && named(m.Work, c.Text) {
			return m, i, &library.Error{Code: library.Ambiguous, Reason: "fix_alias_has", Args: map[string]any{"Work": m.Before.Alias(), "Alias": bot.Clean(c.Text, 40)}}
		}
		was := m.Work.Clone()
		one := []library.Correction{c}
		if failed := library.Correct(m.Work, one); len(failed) > 0 {
			return m, i, failed[0].Err
		}
		if c.Op == library.AddAlias {
			if err := cleanAliases(m.Work); err != nil {
				return m, i, err
			}
		}
		if !reflect.DeepEqual(was, m.Work) {
			m.Added = append(m.Added, one[0])
		}
	}
	return m, -1, k.compare(ctx, &m)
}

// TakeBack works out what it does to take a correction of a work back: the n-th that
// stands, the last for 0.
func (k *Desk) TakeBack(ctx context.Context, id library.WorkID, n int) (m Mended, err error) {
	if n == 0 {
		n = last
	}
	if err := k.corrections(ctx, id, n, &m); err != nil {
		return m, err
	}
	c, err := library.ParseCorrection(m.line)
	if err != nil {
		return m, err
	}
	m.unname(c)
	m.Work = m.base.Clone()
	m.Failed = library.Correct(m.Work, m.fixes)
	// Those that rested on it are said.
	at := m.at(n)
	before := library.Correct(m.base.Clone(), slices.Insert(slices.Clone(m.fixes), at, c))
	for _, f := range m.Failed {
		if !slices.ContainsFunc(before, func(b library.Failed) bool { return b.String() == f.String() }) {
			m.Stranded = append(m.Stranded, f)
		}
	}
	return m, k.compare(ctx, &m)
}

// last is the last correction of a work, whatever its number.
const last = -1

// at is how many corrections stood before the one that is taken back.
func (m *Mended) at(n int) int {
	if n == last {
		return len(m.fixes)
	}
	return n - 1
}

// corrections reads a work and its corrections but the n-th, which is taken back; 0
// is none.
func (k *Desk) corrections(ctx context.Context, id library.WorkID, n int, m *Mended) error {
	return k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		if m.base, err = tx.Base(ctx, id); err != nil {
			return err
		}
		if m.Before, err = tx.Work(ctx, id); err != nil {
			return err
		}
		if m.owner, err = tx.OwnerOf(ctx, id); err != nil {
			return err
		}
		rows, err := tx.Corrections(ctx, id)
		if err != nil {
			return err
		}
		if n == last {
			n = len(rows)
			if n == 0 {
				n = 1 // there is none
			}
		}
		if n < 0 || n > len(rows) {
			return &library.Error{Code: library.NotFound, Reason: "fix_none_to_undo", Args: map[string]any{"Work": m.Before.Alias()}}
		}
		for i, row := range rows {
			if i == n-1 {
				m.undo, m.line = row.ID, row.Line
				continue
			}
			c, err := library.ParseCorrection(row.Line)
			if err != nil {
				return err
			}
			m.fixes = append(m.fixes, c)
		}
		m.base.Aliases = m.Before.Aliases
		return nil
	})
}

// compare holds what a work would be against what it is.
func (k *Desk) compare(ctx context.Context, m *Mended) (err error) {
	m.Was, err = k.DB.Compare(ctx, m.Work, storage.Importing{Owner: m.owner})
	if err == nil && m.Was != nil {
		err = m.Was.Refusal
	}
	return err
}

// Undoes reads "undo" and "undo 2": the number of the correction that is taken back,
// 0 for the last, and -2 for what is no number of one.
func Undoes(what string) (n int, undo bool) {
	rest, undo := strings.CutPrefix(strings.TrimSpace(what)+" ", "undo ")
	if rest = strings.TrimSpace(rest); !undo || rest == "" {
		return 0, undo
	}
	if n, err := strconv.Atoi(rest); err == nil && n > 0 {
		return n, true
	}
	return -2, true
}

// unname takes a name that a correction gave off again, where that is taken back:
// not the first, by which the work is cited, nor one that another correction
// gives too.
func (m *Mended) unname(c library.Correction) {
	if c.Op != library.AddAlias {
		return
	}
	for _, other := range m.fixes {
		if other.Op == library.AddAlias && library.Fold(other.Text) == library.Fold(c.Text) {
			return
		}
	}
	var keep []string
	for i, a := range m.base.Aliases {
		if i > 0 && library.Fold(a) == library.Fold(c.Text) {
			m.names = append(m.names, a)
		} else {
			keep = append(keep, a)
		}
	}
	m.base.Aliases = keep
}

// named reports whether a work answers to a name.
func named(w *library.Work, name string) bool {
	return slices.ContainsFunc(w.Aliases, func(a string) bool { return library.Fold(a) == library.Fold(name) })
}

// Apply makes a Mended count.
func (k *Desk) Apply(ctx context.Context, m *Mended, by reading.PersonID) error {
	return k.apply(ctx, m, by, nil)
}

func (k *Desk) apply(ctx context.Context, m *Mended, by reading.PersonID, done func(ctx context.Context, tx *storage.Tx) error) error {
	how := k.importing(m.owner)
	how.Unname = m.names
	how.Done = func(ctx context.Context, tx *storage.Tx, id library.WorkID) error {
		if err := tx.SaveBase(ctx, id, m.base); err != nil {
			return err
		}
		if m.undo != 0 {
			stood, err := tx.UndoCorrection(ctx, id, m.undo)
			if err != nil {
				return err
			}
			if !stood {
				return &library.Error{Code: library.NotFound, Reason: "fix_none_to_undo", Args: map[string]any{"Work": m.Before.Alias()}}
			}
		}
		for _, c := range m.Added {
			if err := tx.AddCorrection(ctx, id, c.String(), by); err != nil {
				return err
			}
		}
		if done != nil {
			return done(ctx, tx)
		}
		return nil
	}
	if _, err := k.DB.Import(ctx, m.Work, how); err != nil {
		return err
	}
	return k.index(ctx)
}

// Undone is the correction that is taken back, "" if none is.
func (m *Mended) Undone() string { return m.line }

// Nothing reports whether the text stays as it is, with nothing to keep.
func (m *Mended) Nothing() bool { return m.undo == 0 && len(m.Added) == 0 }

// Effect says what a Mended changes, in a few lines.
func (m *Mended) Effect(v *phrases.Voice) (out []bot.Spans) {
	return append(m.changes(v), NotFixed(v, m.Stranded)...)
}

func (m *Mended) changes(v *phrases.Voice) (out []bot.Spans) {
	a, b := m.Before, m.Work
	field := func(from, to string) {
		if from != to {
			out = append(out, v.Say("fix.numbers", "From", bot.Clean(orDash(from), 100), "To", bot.Clean(orDash(to), 100)))
		}
	}
	field(a.Title, b.Title)
	field(a.Subtitle, b.Subtitle)
	field(a.Author, b.Author)
	field(a.Date, b.Date)
	field(a.Language, b.Language)
	field(a.Source, b.Source)
	field(a.Edition, b.Edition)
	field(a.Rights, b.Rights)
	field(strings.Join(a.Aliases, ", "), strings.Join(b.Aliases, ", "))
	x, y := a.Counts(), b.Counts()
	what := "count.passages"
	if a.OutlineOnly() { // each chapter is a section too
		what, x.Sections, y.Sections = "count.chapters", 0, 0
	}
	if x.Sections != y.Sections {
		field(v.Text("count.sections", "Count", x.Sections), v.Text("count.sections", "Count", y.Sections))
	}
	if x.Passages != y.Passages {
		field(v.Text(what, "Count", x.Passages), v.Text(what, "Count", y.Passages))
	}
	from, to := headingLines(a), headingLines(b)
	for i := 0; i < max(len(from), len(to)); i++ {
		if i >= len(from) || i >= len(to) || from[i] != to[i] {
			if len(from) == len(to) {
				field(from[i], to[i])
				continue
			}
			break
		}
	}
	if m.Was == nil {
		return out
	}
	shown := 0
	for i, p := range a.Passages {
		j := m.Was.Matching.Now[i]
		if j >= 0 && b.Passages[j].Text == p.Text && b.Passages[j].Kind == p.Kind && b.Passages[j].Attribution == p.Attribution {
			continue
		}
		if shown++; shown > shownPieces {
			break
		}
		number := numbered(p.Number)
		if p.Kind == library.Chapter {
			number = ""
		}
		became := "–"
		if headed(b, p.Text) && !headed(a, p.Text) {
			became = v.Text("fix.heading", "Text", library.Opening(p.Text))
		}
		if j >= 0 {
			var parts []string
			for k := range b.Passages {
				if k == j || m.Was.Matching.Before[k] == i {
					q := &b.Passages[k]
					part := strings.TrimSpace(numberSign(q))
					if q.Kind != library.Chapter && (q.Number == 0 || q.Kind != p.Kind) {
						part = strings.TrimSpace(part + " " + string(q.Kind))
					}
					part += " “" + library.Opening(q.Text) + "”"
					if q.Attribution != p.Attribution {
						part += " — " + credit(q.Attribution)
					}
					parts = append(parts, part)
				}
			}
			became = strings.Join(parts, "; ")
		}
		out = append(out, v.Say("fix.passage_became", "Number", number, "From", bot.Clean(library.Opening(p.Text), 80), "To", bot.Clean(became, 300)))
	}
	fresh := 0
	for j := range b.Passages {
		if q := &b.Passages[j]; m.Was.Matching.Before[j] < 0 {
			if fresh++; fresh > shownPieces {
				break
			}
			out = append(out, v.Say("fix.passage_new", "Number", numberSign(q), "Text", bot.Clean(library.Opening(q.Text), 80)))
		}
	}
	return append(out, shifted(v, m.Was, &b.Meta)...)
}

// headed reports whether a heading is all that a text says.
func headed(w *library.Work, text string) bool {
	return slices.ContainsFunc(w.Sections, func(s library.Section) bool { return s.Text == text })
}

// numberSign is how a passage is numbered: "¶ 12", a chapter's own number, "" for
// an epigraph or a note.
func numberSign(p *library.Passage) string {
	switch {
	case p.Kind == library.Chapter:
		return p.Label
	case p.Number == 0:
		return ""
	}
	return "¶ " + strconv.Itoa(p.Number)
}

// headingLines are a work's headings, each with its level.
func headingLines(w *library.Work) (out []string) {
	for i := range w.Sections {
		s := &w.Sections[i]
		out = append(out, strings.Repeat("· ", s.Depth)+strings.TrimSpace(s.Label()+" "+s.Title))
	}
	return out
}

// numbered is a ¶, "" for what has none.
func numbered(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// libraryFix mends a text by hand: a book that is not added yet at once, one on
// the shelf once that is confirmed.
func (k *Desk) libraryFix(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	what := strings.TrimSpace(r.Args.Get("what"))
	if reply, ok, err := k.fixDraft(ctx, r, what); ok || err != nil {
		return reply, err
	}
	o, err := k.mine(ctx, r, r.Args.Get("work"))
	if err != nil {
		return bot.Reply{}, err
	}
	if what == "" {
		return k.listFixes(ctx, r, o)
	}
	what, sure := cutDo(what)
	var m Mended
	n, undo := Undoes(what)
	if undo {
		m, err = k.TakeBack(ctx, o.ID, n)
	} else {
		var c library.Correction
		if c, err = library.ParseCorrection(what); err == nil {
			m, err = k.Mend(ctx, o.ID, c)
		}
	}
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	effect := m.Effect(v)
	if len(effect) == 0 {
		effect = []bot.Spans{v.Say("fix.nothing")}
	}
	if m.Nothing() {
		return bot.Reply{Blocks: some(v, effect)}, nil
	}
	if !sure {
		reply := bot.Reply{Title: v.Say("fix.would", "Work", bot.Clean(o.Title, 200)), Blocks: some(v, effect)}
		args := map[string]string{"work": o.Alias(), "what": "do " + what}
		if !undo {
			args["what"] = "do " + m.Added[0].String()
		}
		reply.Actions = []bot.Action{
			{Label: v.Text("action.do_it"), Do: bot.Invocation{Command: "library fix", Args: args}, Primary: true},
			{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it"}},
		}
		return reply, nil
	}
	reply := bot.Reply{Blocks: some(v, effect)}
	if undo {
		reply.Title = v.Say("fix.undone", "Line", bot.Clean(m.Undone(), 200))
	} else {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("fix.done", "Work", o.Alias())))
	}
	var by reading.PersonID
	if err := k.DB.Write(ctx, func(tx *storage.Tx) (err error) {
		by, err = k.person(ctx, tx, r)
		return err
	}); err != nil {
		return bot.Reply{}, err
	}
	// The answer is kept in the transaction that shows the text, so that an event
	// that comes again mends nothing twice.
	err = k.apply(ctx, &m, by, func(ctx context.Context, tx *storage.Tx) error { return saveAnswer(ctx, tx, r.Key, reply) })
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	return reply, nil
}

// cutDo takes the word off a correction that says that it was seen.
func cutDo(what string) (rest string, sure bool) {
	if rest, sure = strings.CutPrefix(what, "do "); sure {
		return strings.TrimSpace(rest), true
	}
	return what, false
}

// fixDraft mends a book that is not added yet; ok is false if none has that
// name.
func (k *Desk) fixDraft(ctx context.Context, r *bot.Request, what string) (reply bot.Reply, ok bool, err error) {
	v := k.voice(r)
	var d storage.Draft
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		d, err = tx.DraftCalled(ctx, reading.GroupID(r.Group), strings.TrimSpace(r.Args.Get("work")))
		return err
	})
	if errors.Is(err, storage.ErrNotFound) {
		return reply, false, nil
	}
	if err != nil {
		return reply, false, err
	}
	w, _, err := k.readDraft(ctx, &d)
	if err != nil {
		return reply, true, k.refuse(r, err)
	}
	lines := strings.Split(strings.TrimSpace(d.Fixes), "\n")
	what, _ = cutDo(what)
	n, undo := Undoes(what)
	switch {
	case what == "":
		return bot.Reply{Title: workTitle(v, &w.Meta), Blocks: draftFixes(v, &d, w)}, true, nil
	case undo:
		if n == 0 {
			n = len(lines)
		}
		if n < 1 || n > len(lines) || lines[n-1] == "" {
			return reply, true, k.refuse(r, &library.Error{Code: library.NotFound, Reason: "fix_none_to_undo", Args: map[string]any{"Work": w.Alias()}})
		}
		lines = slices.Delete(lines, n-1, n)
	default:
		c, err := library.ParseCorrection(what)
		if err != nil {
			return reply, true, k.refuse(r, err)
		}
		one := []library.Correction{c}
		if failed := library.Correct(w, one); len(failed) > 0 {
			return reply, true, k.refuse(r, failed[0].Err)
		}
		lines = append(lines, one[0].String())
	}
	d.Fixes = strings.TrimSpace(strings.Join(lines, "\n"))
	w, b, err := k.readDraft(ctx, &d)
	if err != nil {
		return reply, true, k.refuse(r, err)
	}
	reply, err = k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		return k.showDraft(v, &d, w, b), tx.SaveDraft(ctx, &d)
	})
	return reply, true, err
}

// draftFixes are the corrections of a book that is not added yet, if there are any,
// and how others are written.
func draftFixes(v *phrases.Voice, d *storage.Draft, w *library.Work) (out []bot.Block) {
	if made := fixItems(strings.Split(strings.TrimSpace(d.Fixes), "\n")); len(made) > 0 {
		out = append(out, bot.Para(v.Say("draft.corrected")), bot.Block{Kind: bot.Numbers, Items: made},
			bot.Block{Kind: bot.Small, Text: v.Say("draft.undo", "Alias", w.Alias())})
	}
	return append(out, bot.Para(v.Say("draft.correct")), bot.Block{Kind: bot.Bullets, Items: fixExamples(v, w)})
}

// fixItems are corrections as they are shown: without the anchors of their places.
func fixItems(lines []string) (items []bot.Spans) {
	for _, line := range lines {
		if c, err := library.ParseCorrection(line); err == nil {
			c.At.Anchor, c.Before.Anchor = "", ""
			items = append(items, bot.Plain(bot.Clean(c.String(), 300)))
		}
	}
	return items
}

// A MadeFix is a correction of a work, with why it finds no place, if it does not.
type MadeFix struct {
	Line string
	Err  *library.Error
}

// Corrections are those of a work, in their order.
func (k *Desk) Corrections(ctx context.Context, id library.WorkID) (made []MadeFix, err error) {
	var m Mended
	if err := k.corrections(ctx, id, 0, &m); err != nil || len(m.fixes) == 0 {
		return nil, err
	}
	lines := make([]string, len(m.fixes))
	for i, c := range m.fixes {
		lines[i] = c.String()
	}
	m.base.Bare()
	for i := range m.fixes {
		x := MadeFix{Line: lines[i]}
		if failed := library.Correct(m.base, m.fixes[i:i+1]); len(failed) > 0 {
			x.Err = failed[0].Err
		}
		made = append(made, x)
	}
	return made, nil
}

// listFixes lists a work's corrections.
func (k *Desk) listFixes(ctx context.Context, r *bot.Request, o *library.Outline) (bot.Reply, error) {
	v := k.voice(r)
	made, err := k.Corrections(ctx, o.ID)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(made) == 0 {
		return bot.Say(v.Say("fix.how", "Work", o.Alias())), nil
	}
	var items []bot.Spans
	for _, x := range made {
		item := fixItems([]string{x.Line})[0]
		if x.Err != nil {
			item = append(item, v.Say("fix.no_place", "Why", Explain(v, x.Err).String())...)
		}
		items = append(items, item)
	}
	return bot.Reply{Title: v.Say("fix.title", "Work", bot.Clean(o.Title, 200)),
		Blocks: []bot.Block{{Kind: bot.Numbers, Items: items}, {Kind: bot.Small, Text: v.Say("fix.undo", "Work", o.Alias(), "N", len(made))}}}, nil
}
