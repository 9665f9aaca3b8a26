package commands

import (
	"context"
	"errors"
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
	fixes []library.Correction
	base  *library.Work
	added *library.Correction
	owner library.GroupID
	undo  int64
	line  string   // what is taken back
	names []string // that go with it
}

// Mend works out what a correction of a work does, or, with undo, what it does
// to take one back: the n-th that stands, the last for 0. Where the line leaves
// out what a passage begins with, it is filled in.
func (k *Desk) Mend(ctx context.Context, id library.WorkID, line string, undo bool, n int) (m Mended, err error) {
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
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
		if undo && n == 0 {
			n = len(rows)
		}
		if undo && (n < 1 || n > len(rows)) {
			return &library.Error{Code: library.NotFound, Reason: "fix_none_to_undo", Args: map[string]any{"Work": m.Before.Alias()}}
		}
		for i, row := range rows {
			if undo && i == n-1 {
				m.undo, m.line = row.ID, row.Line
				continue
			}
			c, err := library.ParseCorrection(row.Line)
			if err != nil {
				return err
			}
			m.fixes = append(m.fixes, c)
		}
		return nil
	})
	if err != nil {
		return m, err
	}
	m.base.Aliases = m.Before.Aliases
	if err := m.unname(); err != nil {
		return m, err
	}
	m.Work = m.base.Clone()
	m.Failed = library.Correct(m.Work, m.fixes)
	if !undo {
		c, err := ReadFix(line, m.Work)
		if err != nil {
			return m, err
		}
		if c.Op == library.AddAlias && named(m.Work, c.Text) {
			return m, &library.Error{Code: library.Ambiguous, Reason: "fix_alias_has", Args: map[string]any{"Work": m.Before.Alias(), "Alias": bot.Clean(c.Text, 40)}}
		}
		if failed := library.Correct(m.Work, []library.Correction{c}); len(failed) > 0 {
			return m, failed[0].Err
		}
		if c.Op == library.AddAlias {
			if err := cleanAliases(m.Work); err != nil {
				return m, err
			}
		}
		m.added = &c
	}
	m.Was, err = k.DB.Compare(ctx, m.Work, storage.Importing{Owner: m.owner})
	if err == nil && m.Was != nil {
		err = m.Was.Refusal
	}
	return m, err
}

// unname takes a name that a correction gave off again, where that is taken back:
// not the first, by which the work is cited, nor one that another correction
// gives too.
func (m *Mended) unname() error {
	if m.undo == 0 {
		return nil
	}
	c, err := library.ParseCorrection(m.line)
	if err != nil || c.Op != library.AddAlias {
		return err
	}
	for _, other := range m.fixes {
		if other.Op == library.AddAlias && library.Fold(other.Text) == library.Fold(c.Text) {
			return nil
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
	return nil
}

// named reports whether a work answers to a name.
func named(w *library.Work, name string) bool {
	return slices.ContainsFunc(w.Aliases, func(a string) bool { return library.Fold(a) == library.Fold(name) })
}

// ReadFix reads a correction as a person types it about a work: what its passage
// begins with is filled in.
func ReadFix(line string, w *library.Work) (library.Correction, error) {
	c, err := library.ParseCorrection(line)
	if err != nil {
		return c, err
	}
	if c.At.Number > 0 && c.At.Words == "" {
		i := slices.IndexFunc(w.Passages, func(p library.Passage) bool { return p.Number == c.At.Number })
		if c.At.Bare {
			i = w.Cited(c.At.Number)
		}
		if i >= 0 {
			c.At = library.PlaceOf(w, i)
		}
	}
	return c, nil
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
		if m.added != nil {
			if err := tx.AddCorrection(ctx, id, m.added.String(), by); err != nil {
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

// Line is the correction that is added or taken back, as it is kept.
func (m *Mended) Line() string {
	if m.added != nil {
		return m.added.String()
	}
	return m.line
}

// Effect says what a Mended changes, in a few lines.
func (m *Mended) Effect(v *phrases.Voice) (out []bot.Spans) {
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
	undo, n := false, 0
	if rest, ok := strings.CutPrefix(what+" ", "undo "); ok {
		undo = true
		n, _ = strconv.Atoi(strings.TrimSpace(rest)) // 0 is the last
	}
	m, err := k.Mend(ctx, o.ID, what, undo, n)
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	effect := m.Effect(v)
	if len(effect) == 0 {
		effect = []bot.Spans{v.Say("fix.nothing")}
	}
	if !sure {
		reply := bot.Reply{Title: v.Say("fix.would", "Work", bot.Clean(o.Title, 200)), Blocks: some(v, effect)}
		args := map[string]string{"work": o.Alias(), "what": "do " + what}
		if !undo {
			args["what"] = "do " + m.Line()
		}
		reply.Actions = []bot.Action{
			{Label: v.Text("action.do_it"), Do: bot.Invocation{Command: "library fix", Args: args}, Primary: true},
			{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it"}},
		}
		return reply, nil
	}
	reply := bot.Reply{Blocks: some(v, effect)}
	if undo {
		reply.Title = v.Say("fix.undone", "Line", bot.Clean(m.Line(), 200))
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
	switch {
	case what == "":
		return bot.Reply{Title: workTitle(v, &w.Meta), Blocks: draftFixes(v, &d, w)}, true, nil
	case what == "undo":
		lines = lines[:len(lines)-1]
	default:
		w.Bare() // places are told by the text alone
		c, err := ReadFix(what, w)
		if err != nil {
			return reply, true, k.refuse(r, err)
		}
		if failed := library.Correct(w, []library.Correction{c}); len(failed) > 0 {
			return reply, true, k.refuse(r, failed[0].Err)
		}
		lines = append(lines, c.String())
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

// listFixes lists a work's corrections.
func (k *Desk) listFixes(ctx context.Context, r *bot.Request, o *library.Outline) (bot.Reply, error) {
	v := k.voice(r)
	var rows []storage.CorrectionRow
	err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		rows, err = tx.Corrections(ctx, o.ID)
		return err
	})
	if err != nil {
		return bot.Reply{}, err
	}
	if len(rows) == 0 {
		return bot.Say(v.Say("fix.how", "Work", o.Alias())), nil
	}
	lines := make([]string, len(rows))
	for i, row := range rows {
		lines[i] = row.Line
	}
	items := fixItems(lines)
	return bot.Reply{Title: v.Say("fix.title", "Work", bot.Clean(o.Title, 200)),
		Blocks: []bot.Block{{Kind: bot.Numbers, Items: items}, {Kind: bot.Small, Text: v.Say("fix.undo", "Work", o.Alias(), "N", len(rows))}}}, nil
}
