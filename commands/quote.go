package commands

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/bot"
	"lectern/library"
	"lectern/library/quote"
	"lectern/library/search"
	"lectern/phrases"
	"lectern/storage"
)

// How much of a passage is shown around a quotation, and how much of a long one,
// in bytes.
const (
	shownBeside = 160
	shownQuote  = 1400
)

// Quoted is what was found of a quotation on a shelf.
type Quoted struct {
	Said     string // the quotation: the message, or a stretch of it
	Verdict  quote.Verdict
	Matches  []QuotedAt
	Count    int             // TooCommon: in how many places, at least
	Headings []QuotedHeading // that say the same, if no passage has it
	// Each is what was found of each of the quotations, where a message has several
	// that stand apart; nothing else is set then.
	Each []Quoted
}

// QuotedAt is a place that has a quotation.
type QuotedAt struct {
	Work     *library.Outline
	Index    int // the passage that it begins in
	Citation string
	quote.Place
}

// Quote finds where a quotation stands on a shelf. Where a message is not one as a
// whole, what it quotes is looked for: see quote.Readings.
func (k *Desk) Quote(ctx context.Context, shelf *library.Shelf, text string) (out Quoted, err error) {
	err = k.withQuotes(ctx, shelf, func(f *quote.Finder) error {
		if out, err = place(ctx, f, shelf, text); err == nil && !out.whole() {
			out, err = reread(ctx, f, shelf, text, out)
		}
		return err
	})
	if err == nil {
		err = k.findHeadings(ctx, shelf, &out)
	}
	return out, err
}

// place finds where one quotation stands.
func place(ctx context.Context, f *quote.Finder, shelf *library.Shelf, text string) (Quoted, error) {
	a, err := f.Find(ctx, text)
	if err != nil {
		return Quoted{}, err
	}
	out := Quoted{Said: text, Verdict: a.Verdict, Count: a.Count}
	for _, p := range a.Places {
		m, ok, err := placeOn(shelf, p)
		if err != nil {
			return Quoted{}, err
		}
		if ok {
			out.Matches = append(out.Matches, m)
		}
	}
	if out.Verdict == quote.Found && len(out.Matches) == 0 {
		out.Verdict = quote.Absent // the library changed since the shelf was read
	}
	return out, nil
}

// withQuotes runs fn with a finder over a shelf, whose index it brings in step
// first.
func (k *Desk) withQuotes(ctx context.Context, shelf *library.Shelf, fn func(*quote.Finder) error) error {
	if err := k.freshQuotes(ctx); err != nil {
		return err
	}
	within := passagesOf(shelf)
	return k.DB.Read(ctx, func(tx *storage.Tx) error {
		q := search.Quotes{Tx: tx.SQL()}
		return fn(&quote.Finder{Index: q, Texts: q, Within: within})
	})
}

// passagesOf are the passages of a shelf's works, by their ids.
func passagesOf(shelf *library.Shelf) (all []quote.Range) {
	for _, e := range shelf.Works() {
		if e.Passages > 0 {
			all = append(all, quote.Range{First: e.FirstID, Last: e.LastID()})
		}
	}
	slices.SortFunc(all, func(a, b quote.Range) int { return cmp.Compare(a.First, b.First) })
	return all
}

// freshQuotes brings the index for quotations in step if it is not. It writes
// nothing if it is.
func (k *Desk) freshQuotes(ctx context.Context) error {
	stale := false
	err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		stale, err = search.QuotesStale(ctx, tx.SQL())
		return err
	})
	if err != nil || !stale {
		return err
	}
	return k.SyncQuotes(ctx, nil)
}

// SyncQuotes brings the index for quotations in step with the library. progress,
// if any, hears of the bytes that were read.
func (k *Desk) SyncQuotes(ctx context.Context, progress func(bytes int)) error {
	return search.SyncQuotes(ctx, search.Store[*storage.Tx]{Read: k.DB.Read, Write: k.DB.Write}, progress)
}

// placeOn says where in a work a place is.
func placeOn(shelf *library.Shelf, p quote.Place) (QuotedAt, bool, error) {
	m := QuotedAt{Place: p}
	var cites []string
	for i := range p.Spots {
		o, first, err := locate(shelf, p.Spots[i].First)
		if err != nil {
			return m, false, err
		}
		last := first + int(p.Spots[i].Last-p.Spots[i].First)
		if o == nil || last >= len(o.Passages) {
			return m, false, nil
		}
		if i == 0 {
			m.Work, m.Index = o, first
		}
		cites = append(cites, strings.TrimPrefix(citeRun(o, first, last), o.Alias()+" "))
	}
	if m.Work == nil {
		return m, false, nil
	}
	m.Citation = m.Work.Alias() + " " + strings.Join(slices.Compact(cites), ", ")
	return m, true, nil
}

// citeRun is the citation of passages that follow on each other.
func citeRun(o *library.Outline, first, last int) string {
	from, to := o.Passages[first].Number, o.Passages[last].Number
	if from > 0 && to >= from {
		return o.Cite(from, to)
	}
	if first == last {
		return o.CiteAt(first)
	}
	return o.CiteAt(first) + ", " + strings.TrimPrefix(o.CiteAt(last), o.Alias()+" ")
}

// Text is the whole of the passages.
func (m *QuotedAt) Text() string {
	var out []string
	for i := range m.Spots {
		out = append(out, m.Spots[i].Passages)
	}
	return strings.Join(out, "\n")
}

// MarkedText is the quotation as the passages have it, with the differences in the
// notation of wdiff(1): [-left out-], {+put in+}; "…" stands between spots.
func (m *QuotedAt) MarkedText() string {
	var b strings.Builder
	mark := func(open, s, shut string) {
		text := strings.TrimRightFunc(s, unicode.IsSpace)
		if text != "" {
			b.WriteString(open + text + shut)
		}
		b.WriteString(s[len(text):])
	}
	for i := range m.Spots {
		if i > 0 {
			b.WriteString(" … ")
		}
		for _, p := range m.Spots[i].Pieces {
			switch p.Kind {
			case quote.Same:
				b.WriteString(p.Text)
			case quote.LeftOut, quote.Elided:
				mark("[-", p.Text, "-]")
			case quote.PutIn:
				if parts(b.String()) {
					b.WriteByte(' ') // at the end of what was quoted
				}
				b.WriteString("{+" + p.Quoted + "+} ")
			case quote.Changed:
				text := strings.TrimRightFunc(p.Text, unicode.IsSpace)
				b.WriteString("[-" + text + "-]{+" + p.Quoted + "+}" + p.Text[len(text):])
			}
		}
	}
	return strings.TrimSpace(b.String())
}

// Differences counts the words or groups of words that differ.
func (m *QuotedAt) Differences() int {
	n := 0
	for i := range m.Spots {
		for _, p := range m.Spots[i].Pieces {
			if p.Kind != quote.Same && p.Kind != quote.Elided {
				n++
			}
		}
	}
	return n
}

// quote finds where something stands.
func (k *Desk) quote(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(v.Say("works.none")), nil
	}
	text := r.Args.Get("text")
	if strings.TrimSpace(text) == "" {
		text = r.Quoted
	}
	if strings.TrimSpace(text) == "" {
		return bot.Reply{}, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("quote.ask")}
	}
	found, err := k.Quote(ctx, shelf, text)
	if err != nil {
		return bot.Reply{}, err
	}
	return quoteReply(v, shelf, &found, r.Args.Get("show") != ""), nil
}

func hasElided(m *QuotedAt) bool {
	for i := range m.Spots {
		if slices.ContainsFunc(m.Spots[i].Pieces, func(p quote.Piece) bool { return p.Kind == quote.Elided }) {
			return true
		}
	}
	return len(m.Spots) > 1
}

// How says in words how near a quotation comes.
func How(v *phrases.Voice, m *QuotedAt) string {
	n := m.Differences()
	switch {
	case m.Missing:
		return v.Text("quote.missing")
	case n == 0 && hasElided(m):
		return v.Text("quote.exact_elided")
	case n == 0:
		return v.Text("quote.exact")
	case m.Score >= nearScore:
		return v.Text("quote.near", "Count", n)
	}
	return v.Text("quote.likely")
}

// omitted says what one place leaves out that the other goes on with.
func omitted(v *phrases.Voice, a, b *QuotedAt) bot.Spans {
	after := func(m *QuotedAt) string {
		s := &m.Spots[len(m.Spots)-1]
		return s.Passages[s.End:]
	}
	for key, x := range map[string][2]string{"quote.omits": {after(a), after(b)}, "quote.omitted": {after(b), after(a)}} {
		if start, end, ok := quote.Omitted(x[0], x[1]); ok {
			return append(bot.Plain(" "), v.Say(key, "Count", library.CountSentences(strings.TrimSpace(x[0][start:end]), ""))...)
		}
	}
	return nil
}

// spotSpans is a stretch of passages with a quotation's differences marked, and a
// little of what stands around it.
func spotSpans(s *quote.Spot) bot.Spans {
	var out bot.Spans
	put := func(text string, style bot.Style) {
		if text != "" {
			out = append(out, bot.Span{Text: text, Style: style})
		}
	}
	from, to := s.Start, s.End
	if from > shownBeside {
		from = atWord(s.Passages, s.Start-shownBeside, -1)
		put("…", 0)
	} else {
		from = 0
	}
	put(s.Passages[from:s.Start], 0)
	shown := 0
	for i, p := range s.Pieces {
		if p.Kind == quote.Elided {
			p.Text = shortGap(p.Text) // so that what comes after it is seen
		}
		if shown += len(p.Text) + len(p.Quoted); shown > shownQuote {
			put(" …", 0)
			return out
		}
		text := strings.TrimRightFunc(p.Text, unicode.IsSpace)
		space := p.Text[len(text):]
		switch p.Kind {
		case quote.Same:
			put(p.Text, bot.Strong)
		case quote.LeftOut, quote.Elided:
			put(text, bot.Marked)
			put(space, 0)
		case quote.PutIn:
			if n := len(out); n > 0 && parts(out[n-1].Text) {
				put(" ", 0) // at the end of what was quoted
			}
			put(p.Quoted, bot.Struck)
			if i < len(s.Pieces)-1 {
				put(" ", 0)
			}
		case quote.Changed:
			put(text, bot.Marked)
			put(" ", 0)
			put(p.Quoted, bot.Struck)
			put(space, 0)
		}
	}
	if len(s.Passages)-to > shownBeside {
		end := atWord(s.Passages, to+shownBeside, 1)
		put(s.Passages[to:end], 0)
		if end < len(s.Passages) {
			put("…", 0)
		}
	} else {
		put(s.Passages[to:], 0)
	}
	return out
}

// parts reports whether a word that is put in after s needs a space before it: not at
// the beginning, after a space or after what opens a quotation.
func parts(s string) bool {
	r, n := utf8.DecodeLastRuneInString(s)
	return n > 0 && !unicode.In(r, unicode.White_Space, unicode.Ps, unicode.Pi) && r != '"'
}

// shortGap is what an ellipsis stands for; of a long stretch its beginning and its end.
func shortGap(s string) string {
	if len(s) < 3*shownBeside {
		return s
	}
	return strings.TrimSpace(s[:atWord(s, shownBeside, 1)]) + " […] " + strings.TrimLeftFunc(s[atWord(s, len(s)-shownBeside, -1):], unicode.IsSpace)
}

// atWord moves i to the next space in a direction, or to a character's beginning.
func atWord(s string, i, step int) int {
	for j := i; j > 0 && j < len(s) && j-i < 40 && i-j < 40; j += step {
		if s[j] == ' ' || s[j] == '\n' {
			if step < 0 {
				j++
			}
			return j
		}
	}
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i += step
	}
	return i
}

// sentencesAround cites what a button shows: the passages, or of a very long one
// the sentences around the quotation.
func sentencesAround(m *QuotedAt) string {
	const long, beside = 2500, 2
	s := &m.Spots[0]
	spot := &m.Work.Passages[m.Index]
	if s.First != s.Last || len(s.Passages) < long || spot.Number == 0 || len(m.Spots) > 1 {
		return m.Citation
	}
	first, last := 0, 0
	for i, at := range library.Sentences(s.Passages, m.Work.Language) {
		if at.Start <= s.Start {
			first = i + 1
		}
		if at.Start < s.End {
			last = i + 1
		}
	}
	first, last = max(1, first-beside), min(spot.Sentences, last+beside)
	if last < first {
		return m.Citation
	}
	return m.Citation + ":" + strconv.Itoa(first) + "-" + strconv.Itoa(last)
}
