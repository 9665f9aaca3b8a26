package library

import (
	"slices"
	"strconv"
)

// What people write before a number, and after it.
var (
	paraWords     = []string{"par", "pars", "para", "paras", "parag", "parags", "paragraph", "paragraphs", "passage", "passages", "abs", "absatz", "al", "alinea"}
	countWords    = []string{"no", "nos", "nr", "nrs", "num", "number", "numbers"}
	pageWords     = []string{"p", "pp", "pg", "pgs", "page", "pages", "seite", "seiten"}
	epigraphWords = []string{"ep", "eps", "epi", "epigraph", "epigraphs", "motto"}
	noteWords     = []string{"fn", "fns", "footnote", "footnotes", "note", "notes", "n", "nn", "endnote", "anm", "fussnote"}
	sentenceWords = []string{"sentence", "sentences", "sent", "s", "ss", "satz"}
	lastWords     = []string{"last", "final", "end"}
	followWords   = []string{"f", "ff", "fff", "sq", "sqq", "seq", "foll", "following", "onwards", "onward"}
)

// numbered reads what is counted: ¶s, sentences, pages, epigraphs, footnotes,
// addresses of a scheme. ok is false where the tokens are something else.
func (e *element) numbered(ts []token) (p []part, ok bool, err *Error) {
	c := counting{o: e.o, scope: e.scope, ts: ts, after: e.after, alone: e.alone, inner: e.inner}
	return c.read()
}

// A counting is a place that is counted, as it is being read.
type counting struct {
	o     *Outline
	scope int // the section whose own numbers are meant, -1 for the work's
	ts    []token
	at    int
	after *part
	alone bool
	inner bool // it is an end of a range
}

func (c *counting) peek() *token {
	if c.at < len(c.ts) && !c.ts[c.at].quoted {
		return &c.ts[c.at]
	}
	return nil
}

// word takes one of some words, with the point that may follow it.
func (c *counting) word(words []string) bool {
	if t := c.peek(); t != nil && t.is(words...) {
		c.at++
		c.sign(dot)
		return true
	}
	return false
}

func (c *counting) sign(s sign) bool {
	if t := c.peek(); t != nil && t.sign == s {
		c.at++
		return true
	}
	return false
}

func (c *counting) number() *token {
	if t := c.peek(); t != nil && t.sign == number {
		c.at++
		return t
	}
	return nil
}

// spelled takes a number that is written out: the "twelve" of "¶ twelve".
func (c *counting) spelled() *token {
	t := c.peek()
	if t == nil || t.sign != word || ordinalWords[t.text] < 1 {
		return nil
	}
	c.at++
	n := ordinalWords[t.text]
	return &token{sign: number, text: strconv.Itoa(n), raw: t.raw, n: n}
}

func (c *counting) done() bool {
	if c.at == len(c.ts)-1 && c.ts[c.at].sign == dot {
		c.at++
	}
	return c.at == len(c.ts)
}

// marker takes "¶", "par.", "no.", "#" and their like.
func (c *counting) marker() (found bool) {
	for c.sign(para) || c.sign(hash) || c.word(paraWords) || c.word(countWords) {
		found = true
	}
	return found
}

func (c *counting) read() ([]part, bool, *Error) {
	o := c.o
	if t := c.peek(); t != nil && t.is("from") {
		c.at++
	}
	if t := c.peek(); c.word(pageWords) {
		how := onePage
		if t.is("pp", "pgs", "pages", "seiten") {
			how = pages
		}
		return c.pages(how)
	}
	if c.word(epigraphWords) {
		return c.epigraphs()
	}
	if c.word(noteWords) {
		return c.notes()
	}
	marked := c.marker()
	if marked && c.done() {
		return nil, true, syntaxError(c.ts)
	}
	if c.after != nil && c.after.paged != unpaged && !marked && c.scope < 0 {
		if p, ok, err := c.pageOrPassage(); ok {
			return p, true, err
		}
	}
	if o.addresses != nil && !marked {
		start := c.at
		if t := c.peek(); t != nil && o.Scheme == ChapterVerse && t.sign == word && t.text != "v" && t.text != "l" && roman(t.text) > 0 && len(o.labels[t.text]) == 0 && (c.at+1 == len(c.ts) || !c.ts[c.at+1].glued || c.ts[c.at+1].sign != word) {
			c.ts = slices.Clone(c.ts) // "III 16"
			c.ts[c.at] = token{sign: number, glued: t.glued, text: strconv.Itoa(roman(t.text)), raw: t.raw, n: roman(t.text)}
		}
		if p, ok, err := c.address(); ok {
			return p, true, err
		}
		c.at = start
	}
	if n, ok := c.end(); ok {
		if many := c.number(); many != nil && many.n > 0 { // "the last 3"
			if c.word(paraWords); !c.done() {
				return nil, false, nil
			}
			switch count := o.count(c.scope); {
			case many.n > count:
				return nil, true, c.outside(many.n)
			case n == 1 && count > 1:
				return c.span(1, many.n)
			default:
				return c.span(count-many.n+1, count)
			}
		}
		if c.word(paraWords); !c.done() {
			return nil, false, nil
		}
		if n == 0 {
			return nil, true, c.outside(1)
		}
		return c.span(n, n)
	}
	first := c.number()
	if first == nil && marked {
		first = c.spelled()
	}
	if first == nil {
		return nil, false, nil
	}
	// "12th paragraph"
	if t := c.peek(); t != nil && t.glued && t.is("st", "nd", "rd", "th") {
		c.at++
		if marked = c.word(paraWords) || marked; !marked && !c.done() {
			return nil, false, nil
		}
	}
	if c.done() {
		if c.after != nil && (c.after.from > 0 || c.after.to > 0) && !marked && c.scope < 0 {
			return c.sentenceOrPassage(first)
		}
		if c.after != nil && c.after.at >= 0 && !marked && c.scope < 0 {
			return c.noteOrPassage(first)
		}
		return c.span(first.n, first.n)
	}
	if c.sign(colon) {
		return c.sentences(first)
	}
	mid := c.at
	c.sign(comma)
	if c.word(sentenceWords) {
		if t := c.peek(); t != nil && t.sign == number {
			return c.sentences(first)
		}
		return nil, false, nil
	}
	c.at = mid
	if c.following() {
		if !c.done() {
			return nil, false, nil
		}
		return c.onwards(first.n, c.ts[mid].text == "f" || c.ts[mid].text == "sq")
	}
	if t := c.peek(); t == nil || !rangeSign(t) || c.inner {
		return nil, false, nil
	}
	c.at++
	if c.done() { // "12-"
		err := syntaxError(c.ts)
		err.Reason = "range_open"
		if n := first.n; n >= 1 && n <= o.count(c.scope) {
			p, _, _ := c.span(n, n)
			err.Args["Number"] = first.text
			err.Suggestions = []Suggestion{{Citation: Ref{Work: o, parts: p}.Canonical()}}
			if more, _, bad := c.onwards(n, false); bad == nil {
				err.Suggestions = append(err.Suggestions, Suggestion{Citation: Ref{Work: o, parts: more}.Canonical()})
			}
		}
		return nil, true, err
	}
	c.marker()
	if n, ok := c.end(); ok {
		if c.word(paraWords); !c.done() {
			return nil, false, nil
		}
		return c.span(first.n, n)
	}
	last := c.number()
	if last == nil || !c.done() {
		return nil, false, nil
	}
	to := last.n
	if to < first.n && len(last.text) < len(first.text) {
		// "217-21" is how pages are written short.
		if n := atoi(first.text[:len(first.text)-len(last.text)] + last.text); n > first.n && n <= o.count(c.scope) {
			to = n
		}
	}
	return c.span(first.n, to)
}

// end reads "last", "the end", "first", and gives the number it means.
func (c *counting) end() (n int, ok bool) {
	start := c.at
	if t := c.peek(); t != nil && t.is("the") {
		c.at++
	}
	if c.word(lastWords) {
		if t := c.peek(); t != nil && t.is("one") {
			c.at++
		}
		return c.o.count(c.scope), true
	}
	if t := c.peek(); t != nil && t.is("first") {
		c.at++
		return min(1, c.o.count(c.scope)), true
	}
	c.at = start
	return 0, false
}

// following reads "f", "ff.", "et seq.".
func (c *counting) following() bool {
	start := c.at
	if t := c.peek(); t != nil && t.is("et", "and") {
		c.at++
		if c.word([]string{"seq", "seqq", "following"}) {
			return true
		}
		c.at = start
		return false
	}
	return c.word(followWords)
}

// span is a run of the section's or the work's numbers.
func (c *counting) span(first, last int) ([]part, bool, *Error) {
	o := c.o
	count := o.count(c.scope)
	if first < 1 || first > count {
		return nil, true, c.outside(first)
	}
	if last < first && last >= 1 {
		return nil, true, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": first, "Last": last},
			Suggestions: []Suggestion{{Citation: o.Cite(o.nth(c.scope, last), o.nth(c.scope, first))}}}
	}
	if last > count || last < 1 {
		err := c.outside(last)
		err.Suggestions = slices.Insert(err.Suggestions, 0, Suggestion{Citation: c.cite(first, count), Label: runOf(first, count)})
		err.Suggestions = err.Suggestions[:1]
		return nil, true, err
	}
	return c.parts(first, last), true, nil
}

// parts are the runs of the work's numbers that the section's own mean: they
// have gaps where a deeper section stands between.
func (c *counting) parts(first, last int) []part {
	if c.scope < 0 {
		return []part{{first: first, last: last, at: -1, section: -1}}
	}
	var out []part
	base := 0
	for _, r := range c.o.own[c.scope] {
		size := r.last - r.first + 1
		a, b := max(first-base, 1), min(last-base, size)
		if a <= b {
			out = append(out, part{first: r.first + a - 1, last: r.first + b - 1, at: -1, section: -1})
		}
		base += size
	}
	return out
}

func (c *counting) cite(first, last int) string {
	return Ref{Work: c.o, parts: c.parts(first, last)}.Canonical()
}

// onwards is "12f" or "12ff": with the next, or to the end of the innermost
// section.
func (c *counting) onwards(first int, one bool) ([]part, bool, *Error) {
	o := c.o
	count := o.count(c.scope)
	if first < 1 || first > count {
		return nil, true, c.outside(first)
	}
	end := first
	if one {
		return c.span(first, min(first+1, count))
	}
	section := o.Passages[o.At(o.nth(c.scope, first))].Section
	for end < count && o.Passages[o.At(o.nth(c.scope, end+1))].Section == section {
		end++
	}
	return c.span(first, end)
}

// outside is the error for a number that is none of the section's or work's.
func (c *counting) outside(n int) *Error {
	o := c.o
	count := o.count(c.scope)
	e := &Error{Code: OutOfRange, Reason: "passage_range", Args: map[string]any{"Work": o.Alias(), "Number": n, "Last": count, "Count": count}}
	if c.scope >= 0 {
		e.Reason, e.Args["Section"] = "passage_range_section", o.SectionName(c.scope)
		if o.SectionName(c.scope) == "" {
			e.Args["Section"] = "§" + o.paths[c.scope]
		}
	}
	if o.Scheme == ByChapter && c.scope < 0 {
		e.Reason = "chapter_range"
	}
	for _, near := range nearNumbers(n, count) {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: c.cite(near, near), Label: strconv.Itoa(near)})
	}
	if c.scope < 0 && n > 999 && n < tooMany {
		// A year may be what a section is called.
		if found := o.byTitle(strconv.Itoa(n), false); len(found) == 1 {
			e.Suggestions = slices.Insert(e.Suggestions, 0, Suggestion{Citation: o.citeSection(found[0]), Label: o.SectionName(found[0])})
		}
	}
	return e
}

// nearNumbers are what may have been meant by a number that is too large: it
// with a digit dropped, and the last there is.
func nearNumbers(n, count int) []int {
	var out []int
	s := strconv.Itoa(n)
	for i := len(s) - 1; i >= 0 && len(s) <= 5 && len(s) > 1; i-- {
		if x := atoi(s[:i] + s[i+1:]); x >= 1 && x <= count {
			out = append(out, x)
			break
		}
	}
	if n == 0 && count > 0 {
		out = append(out, 1)
	}
	if count > 0 && !slices.Contains(out, count) {
		out = append(out, count)
	}
	return out
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return tooMany // digits alone, so too many of them
	}
	return min(n, tooMany)
}

// sentences reads what follows "37:".
func (c *counting) sentences(passage *token) ([]part, bool, *Error) {
	o := c.o
	first := c.number()
	if first == nil && c.word(lastWords) && c.done() && passage.n >= 1 && passage.n <= o.count(c.scope) {
		at := o.nth(c.scope, passage.n)
		n := o.Passages[o.At(at)].Sentences
		return []part{{first: at, last: at, from: n, to: n, at: -1, section: -1}}, n > 0, nil
	}
	if first == nil {
		return nil, false, nil
	}
	to := first
	rest := false
	if c.following() {
		rest = c.ts[c.at-1].sign == dot && c.ts[c.at-2].text != "f" || c.ts[c.at-1].sign == word && c.ts[c.at-1].text != "f"
		if !rest {
			to = &token{sign: number, n: first.n + 1}
		}
	} else if t := c.peek(); t != nil && rangeSign(t) {
		if c.inner {
			return nil, false, nil
		}
		c.at++
		if c.word(lastWords) {
			rest = true
		} else if to = c.number(); to == nil {
			return nil, false, nil
		}
	}
	if !c.done() {
		return nil, false, nil
	}
	if passage.n < 1 || passage.n > o.count(c.scope) {
		return nil, true, c.outside(passage.n)
	}
	at := o.nth(c.scope, passage.n)
	has := o.Passages[o.At(at)].Sentences
	last := to.n
	if rest {
		last = has
	}
	if first.n >= 1 && last >= 1 && last < first.n && first.n <= has {
		return nil, true, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": first.n, "Last": last},
			Suggestions: []Suggestion{{Citation: Ref{Work: o, parts: []part{{first: at, last: at, from: last, to: first.n, at: -1, section: -1}}}.Canonical()}}}
	}
	if first.n < 1 || last < first.n || last > has {
		return nil, true, &Error{Code: OutOfRange, Reason: "sentence_range", Args: map[string]any{"Citation": o.Cite(at, at), "Last": has, "Count": has},
			Suggestions: []Suggestion{{Citation: o.Cite(at, at)}}}
	}
	return []part{{first: at, last: at, from: first.n, to: last, at: -1, section: -1}}, true, nil
}

// sentenceOrPassage is the 3 of "37:1, 3": a sentence of 37, or a passage. It
// is asked where both are there.
func (c *counting) sentenceOrPassage(t *token) ([]part, bool, *Error) {
	o := c.o
	before := *c.after
	has := o.Passages[o.At(before.last)].Sentences
	p, _, beyond := c.span(t.n, t.n)
	sentence := []part{{first: before.last, last: before.last, from: t.n, to: t.n, at: -1, section: -1}}
	if isSentence := t.n >= 1 && t.n <= has; !isSentence {
		return p, true, beyond
	}
	if isPassage := beyond == nil; !isPassage {
		return sentence, true, nil
	}
	a, b := Ref{Work: o, parts: append([]part{before}, sentence...)}, Ref{Work: o, parts: append([]part{before}, p...)}
	return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": t.text},
		Suggestions: []Suggestion{{Citation: a.Canonical()}, {Citation: b.Canonical()}}}
}

// maxChoices bounds the choices that a question offers.
const maxChoices = 10
