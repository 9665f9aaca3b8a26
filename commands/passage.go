package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/storage"
)

// How much of a text one answer shows before it says where to go on: about a
// screen of a telephone scrolled three times, and less than the smallest
// message that a platform takes.
const (
	shownPassages = 12
	shownWords    = 700
	shownRunes    = 2800
)

// leaning is what a citation may lean on: where the group is.
func (k *Desk) leaning(ctx context.Context, r *bot.Request) (library.Context, error) {
	var c library.Context
	c.Last, c.Forgot = k.recent.of(r), k.recent.forgot(r)
	if r.Group == 0 {
		return c, nil
	}
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		cur, err := k.current(ctx, tx, r)
		var refusal *bot.Error
		if asRefusal(err, &refusal) {
			return nil // no plan, nothing to lean on
		}
		if err != nil {
			return err
		}
		last, forgot := c.Last, c.Forgot
		c = contextOf(&cur)
		c.Last, c.Forgot = last, forgot
		return nil
	})
	return c, err
}

// resolve finds what the asker's citation names, and remembers it for "ibid".
func (k *Desk) resolve(ctx context.Context, r *bot.Request, shelf *library.Shelf, citation string) (library.Ref, library.Context, error) {
	lean, err := k.leaning(ctx, r)
	if err != nil {
		return library.Ref{}, lean, err
	}
	ref, err := shelf.Resolve(citation, lean)
	if err != nil {
		k.recent.forget(r)
		return library.Ref{}, lean, k.refuseCitation(r, err)
	}
	k.recent.add(r, ref.Canonical())
	return ref, lean, nil
}

// passage shows what a citation names.
func (k *Desk) passage(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(k.voice(r).Say("works.none")), nil
	}
	ref, lean, err := k.resolve(ctx, r, shelf, r.Args.Get("citation"))
	if err != nil {
		return bot.Reply{}, err
	}
	return k.showRef(ctx, r, ref, lean)
}

// showRef shows the passages of a reference, as many as fit, with buttons for
// what stands before and after. A passage that is longer than a screen is cut
// at the end of a sentence, and said to be.
func (k *Desk) showRef(ctx context.Context, r *bot.Request, ref library.Ref, lean library.Context) (reply bot.Reply, err error) {
	v, o := k.voice(r), ref.Work
	pieces := ref.Pieces()
	if notes := ref.Epigraphs(); len(notes) > 0 {
		pieces = withEpigraphs(o, pieces, notes)
	}
	shown, texts, err := k.fitting(ctx, o, pieces)
	if err != nil {
		return reply, err
	}
	rest := after(o, pieces, shown)
	reply.Title = workTitle(v, &o.Meta)
	section := -1
	for i, p := range shown {
		spot := &o.Passages[p.Index]
		headings := o.HeadingsAt(p.Index)
		if len(headings) == 0 && spot.Section != section {
			headings = []int{spot.Section} // it stands under one that begins before it
		}
		section = spot.Section
		for _, h := range headings {
			if name := o.SectionName(h); name != "" {
				reply.Blocks = append(reply.Blocks, bot.Para(bot.Spans{{Text: name, Style: bot.Emphasis}}))
			}
		}
		if spot.Kind == library.Chapter {
			if x := delivery.Extent(v, &o.Meta, spot.Number, spot.Number, spot.Words); x != "" {
				reply.Blocks = append(reply.Blocks, bot.Para(bot.Plain(x)))
			}
			continue
		}
		reply.Blocks = append(reply.Blocks, quoted(o, p, &texts[i]))
	}
	if o.OutlineOnly() {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("passage.outline_only")})
	}
	if page, within, ok := ref.PageWithin(); ok {
		spot := &o.Passages[within.Index]
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("passage.page_within", "Page", page, "Number", number(spot), "Begins", spot.Page, "Next", spot.Number < o.Last() && o.Passages[o.At(spot.Number+1)].Page == page)})
	}
	if first, err := k.explain(ctx, r, o, shown); err != nil {
		return reply, err
	} else if first > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("post.paragraphs", "Number", first, "Ordinal", v.Ordinal(first))})
	}
	reply.Blocks = append(reply.Blocks, bot.Para(k.foot(v, o, shown, rest)))
	reply.Actions = k.around(v, o, shown, texts, rest, lean)
	return reply, nil
}

// withEpigraphs puts the epigraphs of sections before their passages.
func withEpigraphs(o *library.Outline, pieces []library.Piece, epigraphs []int) []library.Piece {
	var out []library.Piece
	for _, p := range pieces {
		for len(epigraphs) > 0 && epigraphs[0] < p.Index {
			out = append(out, library.Piece{Index: epigraphs[0]})
			epigraphs = epigraphs[1:]
		}
		out = append(out, p)
	}
	for _, e := range epigraphs {
		out = append(out, library.Piece{Index: e})
	}
	return out
}

// quoted is a passage as it is shown.
func quoted(o *library.Outline, p library.Piece, text *library.Passage) bot.Block {
	spot := &o.Passages[p.Index]
	number, words := number(spot), text.Text
	if spot.Kind == library.Footnote || spot.Number > 0 && o.Scheme != library.ByPassage { // as it is cited
		number = strings.TrimPrefix(o.CiteAt(p.Index), o.Alias()+" ")
	}
	if p.From > 0 {
		words = library.Cut(text.Text, o.Language, p.From, p.To)
		number += ":" + strconv.Itoa(p.From)
		if p.To > p.From {
			number += "–" + strconv.Itoa(p.To)
		}
	}
	q := &bot.Quote{Number: number, Text: written(spot.Kind, words),
		Fixed: spot.Kind == library.Preformatted || spot.Kind == library.Table, Block: spot.Kind == library.Quotation || spot.Kind == library.Epigraph}
	if p.From == 0 || p.To >= spot.Sentences {
		q.Attribution = credit(text.Attribution)
	}
	return bot.Block{Kind: bot.Quoted, Quote: q}
}

// written is the text of a passage of some kind as it is shown: emphasised where
// its marks say so, and a list with points.
func written(kind library.Kind, text string) (out bot.Spans) {
	switch kind {
	case library.Preformatted, library.Table:
		return bot.Plain(text)
	case library.List:
		text = points(text)
	}
	for x := range library.Emphases(text) {
		s := bot.Span{Text: x.Text}
		if x.Emphasis {
			s.Style |= bot.Emphasis
		}
		if x.Strong {
			s.Style |= bot.Strong
		}
		if x.Code {
			s.Style |= bot.Code
		}
		out = append(out, s)
	}
	return out
}

// unmarked is a text without its marks of emphasis.
func unmarked(text string) string { return written(library.Paragraph, text).String() }

// credit is whose words a passage has, without the dash that the text sets before
// it: each platform sets its own.
func credit(attribution string) string { return strings.TrimLeft(unmarked(attribution), "—–- ") }

// points puts a point where an item of a list begins with a dash, a star or a
// plus, and keeps the items within items from moving to the edge.
func points(text string) string {
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		item := strings.TrimLeft(l, " ")
		deep := len(l) - len(item)
		for _, mark := range []string{"- ", "* ", "+ "} {
			if rest, ok := strings.CutPrefix(item, mark); ok {
				item = "• " + rest
				break
			}
		}
		lines[i] = strings.Repeat("\u00a0", deep) + item
	}
	return strings.Join(lines, "\n")
}

// fitting are the pieces that one answer shows, with their texts: at least one,
// cut to sentences if it is too long alone.
func (k *Desk) fitting(ctx context.Context, o *library.Outline, pieces []library.Piece) ([]library.Piece, []library.Passage, error) {
	words, n := 0, 0
	for n < len(pieces) && n < shownPassages {
		if words += pieceWords(o, pieces[n]); n > 0 && words > shownWords && !o.OutlineOnly() && pieces[n].From == 0 {
			break
		}
		n++
	}
	texts, err := k.texts(ctx, o, pieces[:n])
	if err != nil {
		return nil, nil, err
	}
	var shown []library.Piece
	left := shownRunes
	for i, p := range pieces[:n] {
		size := utf8.RuneCountInString(texts[i].Text)
		if p.From > 0 {
			size = utf8.RuneCountInString(library.Cut(texts[i].Text, o.Language, p.From, p.To))
		}
		if size > left {
			if i == 0 {
				shown = append(shown, cutTo(o, p, texts[i].Text, left))
			}
			break
		}
		left -= size
		shown = append(shown, p)
	}
	return shown, texts[:len(shown)], nil
}

// cutTo is as many sentences of a piece, from its first, as fit into so many
// characters: at least one.
func cutTo(o *library.Outline, p library.Piece, text string, runes int) library.Piece {
	all := library.Sentences(text, o.Language)
	if len(all) == 0 {
		return p
	}
	from, last := max(p.From, 1), len(all)
	if p.To > 0 {
		last = min(p.To, last)
	}
	to := from
	for to < last && utf8.RuneCountInString(text[all[from-1].Start:all[to].End]) <= runes {
		to++
	}
	if from == 1 && to == len(all) { // one endless sentence
		return library.Piece{Index: p.Index}
	}
	return library.Piece{Index: p.Index, From: from, To: to}
}

// cutBefore is cutTo for the sentences that end before one.
func cutBefore(o *library.Outline, p library.Piece, text string, runes int) library.Piece {
	all := library.Sentences(text, o.Language)
	to := min(p.From-1, len(all))
	from := to
	for from > 1 && utf8.RuneCountInString(text[all[from-2].Start:all[to-1].End]) <= runes {
		from--
	}
	return library.Piece{Index: p.Index, From: from, To: to}
}

// after is what is left of the pieces when some are shown.
func after(o *library.Outline, pieces, shown []library.Piece) []library.Piece {
	if len(shown) == 0 {
		return nil
	}
	last := len(shown) - 1
	rest := slices.Clone(pieces[len(shown):])
	was, is := pieces[last], shown[last]
	end := was.To
	if end == 0 {
		end = o.Passages[was.Index].Sentences
	}
	if is.From > 0 && is.To < end {
		rest = slices.Insert(rest, 0, library.Piece{Index: is.Index, From: is.To + 1, To: end})
	}
	return rest
}

// foot is the citation of what is shown, and what is left.
func (k *Desk) foot(v *phrases.Voice, o *library.Outline, shown, rest []library.Piece) bot.Spans {
	foot := bot.Spans{{Text: o.RefOf(shown).Canonical(), Style: bot.Code}}
	if len(rest) == 0 {
		return foot
	}
	if first := rest[0]; len(shown) > 0 && first.Index == shown[len(shown)-1].Index {
		foot = append(foot, bot.Span{Text: " · "})
		foot = append(foot, v.Say("passage.sentences", "Count", o.Passages[first.Index].Sentences)...)
		rest = rest[1:]
	}
	if len(rest) > 0 {
		foot = append(foot, bot.Span{Text: " · "})
		foot = append(foot, v.Say("passage.more", "Count", len(rest))...)
	}
	return foot
}

// explain says, once in each room, what ¶ means: it gives the number of the
// passage to explain it by, 0 where it was explained.
func (k *Desk) explain(ctx context.Context, r *bot.Request, o *library.Outline, shown []library.Piece) (number int, err error) {
	if len(shown) == 0 || o.Scheme != library.ByPassage {
		return 0, nil
	}
	n := o.Passages[shown[0].Index].Number
	if n == 0 || k.explained.has(r.Room) {
		return 0, nil
	}
	err = k.DB.Write(ctx, func(tx *storage.Tx) error {
		first, err := tx.ExplainParagraphs(ctx, r.Room.Platform, string(r.Room.ID))
		if first {
			number = n
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		// A passage is shown also where nothing can be written down.
		k.Log.Warn("that ¶ was explained could not be kept", "err", err)
		return 0, nil
	}
	if err == nil {
		k.explained.add(r.Room)
	}
	return number, err
}

// around are the buttons beside a passage: what stands before and after, more
// around it, its notes, how to cite it, and that one has read to here.
func (k *Desk) around(v *phrases.Voice, o *library.Outline, shown []library.Piece, texts []library.Passage, rest []library.Piece, lean library.Context) []bot.Action {
	if len(shown) == 0 {
		return nil
	}
	var out []bot.Action
	do := func(label, command, param, value string) {
		out = append(out, bot.Action{Label: label, Do: bot.Invocation{Command: command, Args: map[string]string{param: value}}})
	}
	show := func(label, citation string) { do(label, "passage", "citation", citation) }
	place := func(citation string) string { return strings.TrimPrefix(citation, o.Alias()+" ") }
	first, end := shown[0], shown[len(shown)-1]
	firstNumber, lastNumber := o.Passages[first.Index].Number, o.Passages[end.Index].Number
	switch {
	case first.From > 1:
		c := o.CitePiece(cutBefore(o, first, texts[0].Text, shownRunes))
		show("◀ "+place(c), c)
	case firstNumber > 1:
		c := o.Cite(firstNumber-1, firstNumber-1)
		show("◀ "+place(c), c)
	}
	switch {
	case len(rest) > 0:
		show(v.Text("action.rest"), o.RefOf(rest).Canonical())
	case end.From > 0 && end.To < o.Passages[end.Index].Sentences:
		c := o.CitePiece(library.Piece{Index: end.Index, From: end.To + 1, To: o.Passages[end.Index].Sentences})
		show(place(c)+" ▶", c)
	case lastNumber > 0 && lastNumber < o.Last():
		c := o.Cite(lastNumber+1, lastNumber+1)
		show(place(c)+" ▶", c)
	}
	if len(shown) == 1 && len(rest) == 0 && firstNumber > 0 && o.Last() > 1 {
		if first.From > 0 {
			show(v.Text("action.whole"), o.Cite(firstNumber, firstNumber))
		} else {
			show(v.Text("action.around"), o.RefOf(beside(o, firstNumber)).Canonical())
		}
	}
	var notes []library.Piece
	for _, p := range shown {
		for _, n := range o.Passages[p.Index].Notes {
			notes = append(notes, library.Piece{Index: n})
		}
	}
	if len(notes) > 0 {
		show(v.Text("action.notes", "Count", len(notes)), o.RefOf(notes).Canonical())
	}
	if o.Passages[first.Index].Kind == library.Footnote {
		for i := range o.Passages {
			if slices.Contains(o.Passages[i].Notes, first.Index) {
				c := o.CiteAt(i)
				show("◀ "+place(c), c)
			}
		}
	}
	do(v.Text("action.cite"), "cite", "citation", o.RefOf(shown).Canonical())
	for _, run := range lean.This {
		if run.Work == o.ID && lastNumber >= run.First && lastNumber <= run.Last && end.From == 0 {
			do(v.Text("action.read_to"), "at", "place", o.Cite(lastNumber, lastNumber))
			break
		}
	}
	return out
}

// aroundWords is how many words are shown of a passage with what stands around
// it: what fits in one answer, at six letters a word and some to spare.
const aroundWords = shownRunes / 7

// beside is a passage with two before and two after it, as far as they fit in one
// answer together; the last of those on either side may be cut to its sentences
// next to the passage. Where the passage fills an answer alone, it comes first.
func beside(o *library.Outline, n int) []library.Piece {
	own := library.Piece{Index: o.At(n)}
	left := aroundWords - pieceWords(o, own)
	var before, after []library.Piece
	share := left / 2
	for i := n - 1; i >= max(1, n-2) && share > 0; i-- {
		p := library.Piece{Index: o.At(i)}
		spot := &o.Passages[p.Index]
		if spot.Words > share {
			if most := spot.Sentences * share / spot.Words; most > 0 && most < spot.Sentences {
				before = append(before, library.Piece{Index: p.Index, From: spot.Sentences - most + 1, To: spot.Sentences})
			}
			break
		}
		share -= spot.Words
		before = append(before, p)
	}
	for _, p := range before {
		left -= pieceWords(o, p)
	}
	for i := n + 1; i <= min(o.Last(), n+2); i++ {
		p := library.Piece{Index: o.At(i)}
		spot := &o.Passages[p.Index]
		if spot.Words > left && len(before)+len(after) > 0 {
			if most := spot.Sentences * max(left, 0) / spot.Words; most > 0 && most < spot.Sentences {
				after = append(after, library.Piece{Index: p.Index, From: 1, To: most})
			}
			break
		}
		left -= spot.Words
		after = append(after, p)
	}
	slices.Reverse(before)
	return append(append(before, own), after...)
}

// pieceWords is about how many words a piece has.
func pieceWords(o *library.Outline, p library.Piece) int {
	spot := &o.Passages[p.Index]
	if p.From == 0 || spot.Sentences == 0 {
		return spot.Words
	}
	return spot.Words * (p.To - p.From + 1) / spot.Sentences
}

func (k *Desk) texts(ctx context.Context, o *library.Outline, pieces []library.Piece) (out []library.Passage, err error) {
	ids := make([]int64, len(pieces))
	for i, p := range pieces {
		ids[i] = o.Passages[p.Index].ID
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = tx.PassagesByID(ctx, ids)
		return err
	})
	return out, err
}

func number(s *library.Spot) string {
	switch s.Kind {
	case library.Epigraph:
		return "ep " + strconv.Itoa(s.InSection)
	case library.Footnote:
		if s.Label != "" {
			return "fn " + s.Label
		}
		return "fn " + strconv.Itoa(s.InSection)
	}
	return strconv.Itoa(s.Number)
}

func workTitle(v *phrases.Voice, m *library.Meta) bot.Spans {
	title := m.Title
	if title == "" {
		title = m.Alias()
	}
	s := bot.Bold(title)
	var by []string
	if m.Author != "" {
		by = append(by, m.Author)
	}
	if m.Date != "" {
		by = append(by, m.Date)
	}
	if len(by) > 0 {
		s = append(s, bot.Span{Text: " · " + strings.Join(by, ", ")})
	}
	return s
}
