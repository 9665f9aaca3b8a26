package library

import (
	"slices"
	"strconv"
	"strings"
)

// noteOrPassage is the 2 of "fn 1, 2".
func (c *counting) noteOrPassage(t *token) ([]part, bool, *Error) {
	o := c.o
	before := *c.after
	p, _, beyond := c.span(t.n, t.n)
	var apart []part
	var bad *Error
	if q := &o.Passages[before.at]; q.Kind == Footnote {
		apart, bad = o.note(t.text, false)
	} else {
		apart, bad = o.epigraph(q.Section, t.n, t.n)
	}
	if bad != nil {
		return p, true, beyond
	}
	if isPassage := beyond == nil; !isPassage {
		return apart, true, nil
	}
	a, b := Ref{Work: o, parts: append([]part{before}, apart...)}, Ref{Work: o, parts: append([]part{before}, p...)}
	return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": t.text},
		Suggestions: []Suggestion{{Citation: a.Canonical()}, {Citation: b.Canonical()}}}
}

// pageOrPassage is the 36 of "p. 34, 36": a page, or a passage. It is asked where
// both are there; after "pp." it is a page.
func (c *counting) pageOrPassage() ([]part, bool, *Error) {
	start, before := c.at, *c.after
	page, ok, bad := c.pages(before.paged)
	if !ok || before.paged == pages {
		return page, ok, bad
	}
	plain := *c
	plain.at, plain.after = start, nil
	passage, ok, beyond := plain.read()
	switch {
	case !ok || beyond != nil:
		return page, true, bad
	case bad != nil:
		return passage, true, beyond // which is none
	}
	a, b := Ref{Work: c.o, parts: append([]part{before}, page...)}, Ref{Work: c.o, parts: append([]part{before}, passage...)}
	place := typed(c.ts)
	return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": place},
		Suggestions: []Suggestion{{Citation: a.Canonical(), Label: a.Canonical() + " · p. " + place}, {Citation: b.Canonical(), Label: b.Canonical() + " · ¶ " + place}}}
}

// pages reads what follows "p." or "pp.".
func (c *counting) pages(how paging) ([]part, bool, *Error) {
	page := func() string {
		t := c.peek()
		if t == nil || t.sign != number && (t.sign != word || roman(t.text) == 0) {
			return ""
		}
		c.at++
		return t.text
	}
	first := page()
	last := first
	following, one := false, false
	if t := c.peek(); first != "" && t != nil && rangeSign(t) && !c.inner {
		c.at++
		if last = page(); len(last) < len(first) && last != "" && comparePages(last, first) < 0 {
			last = first[:len(first)-len(last)] + last
		}
	}
	if first == "" || last == "" {
		return nil, false, nil
	}
	if c.o.OutlineOnly() && c.o.Contents.Has(1, 1) {
		rest := trimPlace(c.ts[c.at:])
		for len(rest) > 0 && rest[0].is("of", "in", "the") {
			rest = rest[1:]
		}
		var room [64]byte
		p, err := c.o.chapterPages(first, last, string(glue(room[:0], rest)))
		return p, true, err
	}
	if mid := c.at; first == last && c.following() {
		following, one = true, c.ts[mid].text == "f" || c.ts[mid].text == "sq"
		if n, err := strconv.Atoi(first); err == nil && one {
			if _, bad := c.o.page(first, strconv.Itoa(n+1)); bad == nil {
				last = strconv.Itoa(n + 1)
			}
		}
	}
	if !c.done() {
		return nil, false, nil
	}
	p, err := c.o.page(first, last)
	if following && !one && err == nil { // to the end of its section
		begin := p[0].first
		if p, _, err = c.onwards(p[0].last, false); err == nil {
			p[0].first = begin
		}
	}
	for i := range p {
		if p[i].paged = how; !following || one {
			p[i].pages = first
			if last != first {
				p[i].pages += "-" + last
			}
		}
	}
	return p, true, err
}

// page are the passages that begin on the pages from first to last, and the one
// within which the first of them begins, or may begin.
func (o *Outline) page(first, last string) ([]part, *Error) {
	a, b, end := 0, 0, 0
	for n := 1; n <= o.Last(); n++ {
		p := o.Passages[o.At(n)].Page
		if p == "" {
			continue
		}
		end = n
		switch d := comparePages(p, first); {
		case d < 0:
			a = n // the page may begin within it
		case d == 0 && (a == 0 || o.Passages[o.At(a)].Page != p):
			a = n
		case a == 0: // the pages begin later
			a = -1
		}
		if comparePages(p, last) <= 0 {
			b = n
		}
	}
	if end == 0 {
		return nil, &Error{Code: NotFound, Reason: "no_pages", Args: map[string]any{"Work": o.Alias()}}
	}
	has := o.Passages[o.At(end)].Page
	if comparePages(first, has) > 0 || comparePages(last, has) > 0 || a <= 0 {
		lastPage, _ := strconv.Atoi(has)
		return nil, &Error{Code: OutOfRange, Reason: "page_range", Args: map[string]any{"Work": o.Alias(), "Page": last, "LastPage": has, "Last": lastPage},
			Suggestions: []Suggestion{{Citation: o.Cite(end, end)}}}
	}
	if comparePages(last, first) < 0 {
		return nil, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": first, "Last": last},
			Suggestions: []Suggestion{{Citation: o.Alias() + " pp. " + last + "-" + first}}}
	}
	b = max(a, b)
	if a > 1 && o.Passages[o.At(a)].Page == first && !o.headed(a) {
		a-- // nothing says that the page begins with a passage: its first lines may end the one before
	}
	return []part{{first: a, last: b, at: -1, section: -1}}, nil
}

// headed reports whether a heading stands before ¶ n, or before its epigraphs.
func (o *Outline) headed(n int) bool {
	for i := o.At(n); ; i-- {
		if len(o.HeadingsAt(i)) > 0 {
			return true
		}
		if i == 0 || o.Passages[i-1].Kind != Epigraph {
			return false
		}
	}
}

// PageWithin is the page that the reference begins with, where it was named by
// it and begins with a passage that stands on a page before: where in the
// passage the page begins is not known. ok is false otherwise.
func (r Ref) PageWithin() (page string, passage Piece, ok bool) {
	if len(r.parts) == 0 || r.parts[0].pages == "" || r.parts[0].first < 1 {
		return "", Piece{}, false
	}
	page, _, _ = strings.Cut(r.parts[0].pages, "-")
	at := r.Work.At(r.parts[0].first)
	return page, Piece{Index: at}, comparePages(r.Work.Passages[at].Page, page) < 0
}

func comparePages(a, b string) int {
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil:
		return x - y
	case errX == nil: // roman pages come first
		return 1
	case errY == nil:
		return -1
	}
	return roman(a) - roman(b)
}

// roman is the value of a roman numeral in either case, 0 for none.
func roman(s string) int {
	total, last := 0, 0
	for i := range len(s) {
		var v int
		switch s[i] | 0x20 {
		case 'i':
			v = 1
		case 'v':
			v = 5
		case 'x':
			v = 10
		case 'l':
			v = 50
		case 'c':
			v = 100
		case 'd':
			v = 500
		case 'm':
			v = 1000
		default:
			return 0
		}
		if v > last {
			total -= 2 * last
		}
		total += v
		last = v
	}
	return max(total, 0)
}

// notes reads what follows "fn".
func (c *counting) notes() ([]part, bool, *Error) {
	ordinal := c.sign(hash)
	if c.at >= len(c.ts) {
		if ordinal || c.scope >= 0 {
			return nil, false, nil
		}
		p, err := c.o.anyNote()
		return p, true, err
	}
	label := string(glueAll(c.ts[c.at:]))
	first := c.ts[c.at]
	if first.sign != number && first.sign != mark && len(c.o.notesCalled(label)) == 0 {
		if t := &c.ts[c.at]; t.sign != word || len(c.ts)-c.at > 1 || len(t.text) > 3 || c.o.Notes() == 0 {
			return nil, false, nil
		}
	}
	// A run: "fn 1-3".
	if k := slices.IndexFunc(c.ts[c.at:], func(t token) bool { return rangeSign(&t) }); k == 1 && first.sign == number && c.at+3 == len(c.ts) && c.ts[c.at+2].sign == number {
		var out []part
		for n := first.n; n <= c.ts[c.at+2].n && n-first.n < 200; n++ {
			p, err := c.o.note(strconv.Itoa(n), ordinal)
			if err != nil {
				return nil, true, err
			}
			out = append(out, p...)
		}
		return out, len(out) > 0, nil
	}
	if first.sign == number && len(c.ts)-c.at > 1 && c.ts[c.at+1].sign != word {
		return nil, false, nil
	}
	p, err := c.o.note(label, ordinal)
	return p, true, err
}

// glueAll is the tokens' text with nothing between: a footnote's label.
func glueAll(ts []token) []byte {
	var b []byte
	for i := range ts {
		if ts[i].sign == dot && i == len(ts)-1 {
			break
		}
		if ts[i].sign == word || ts[i].sign == number {
			b = append(b, ts[i].text...)
			continue
		}
		b = append(b, ts[i].raw...)
	}
	return b
}

// Notes is how many footnotes there are.
func (o *Outline) Notes() (n int) {
	for i := range o.Passages {
		if o.Passages[i].Kind == Footnote {
			n++
		}
	}
	return n
}

// notesCalled are the footnotes with a label; of several that bear the same,
// those that the text calls.
func (o *Outline) notesCalled(label string) []int {
	var all, called []int
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Kind == Footnote && p.Label != "" && (p.Label == label || strings.EqualFold(p.Label, label)) {
			all = append(all, i)
			if o.called[i] {
				called = append(called, i)
			}
		}
	}
	if len(all) > 1 && len(called) > 0 {
		return called
	}
	return all
}

// anyNote is the only footnote, or the question which.
func (o *Outline) anyNote() ([]part, *Error) {
	offers := o.noteOffers()
	switch n := o.Notes(); n {
	case 0:
		return nil, &Error{Code: NotFound, Reason: "no_notes", Args: map[string]any{"Work": o.Alias()}}
	case 1:
		for i := range o.Passages {
			if o.Passages[i].Kind == Footnote {
				return []part{{at: i, section: -1}}, nil
			}
		}
		return nil, nil
	default:
		return nil, &Error{Code: Ambiguous, Reason: "which_footnote", Args: map[string]any{"Work": o.Alias(), "Count": n}, Suggestions: offers}
	}
}

// noteOffers are footnotes to choose from, with their first words.
func (o *Outline) noteOffers() (out []Suggestion) {
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Kind == Footnote && len(out) < maxChoices {
			out = append(out, Suggestion{Citation: o.CiteAt(i), Label: o.apart(i) + " · " + p.Opening})
		}
	}
	return out
}

// note is the footnote that bears a label, or has an ordinal.
func (o *Outline) note(label string, ordinal bool) ([]part, *Error) {
	var found []int
	if !ordinal {
		found = o.notesCalled(label)
	}
	count, last := 0, 0
	for i := range o.Passages {
		p := &o.Passages[i]
		if p.Kind != Footnote {
			continue
		}
		count++
		if n, err := strconv.Atoi(p.Label); err == nil {
			last = max(last, n)
		} else {
			last = max(last, p.InSection)
		}
		if (ordinal || p.Label == "") && strconv.Itoa(p.InSection) == label {
			found = append(found, i)
		}
	}
	switch {
	case count == 0:
		return nil, &Error{Code: NotFound, Reason: "no_notes", Args: map[string]any{"Work": o.Alias()}}
	case len(found) == 0:
		e := &Error{Code: OutOfRange, Reason: "note_range", Args: map[string]any{"Work": o.Alias(), "Count": count, "Last": last, "Label": label}}
		if count <= maxChoices {
			e.Suggestions = o.noteOffers()
			var names []string
			for i := range o.Passages {
				if o.Passages[i].Kind == Footnote {
					names = append(names, o.apart(i))
				}
			}
			e.Args["Names"] = strings.Join(names, ", ")
		}
		return nil, e
	case len(found) > 1:
		e := &Error{Code: Ambiguous, Reason: "which_note", Args: map[string]any{"Label": label, "Count": len(found)}}
		for _, i := range found[:min(len(found), maxChoices)] {
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.CiteAt(i), Label: o.Passages[i].Opening})
		}
		return nil, e
	}
	return []part{{at: found[0], section: -1}}, nil
}

// epigraphs reads what follows "ep": a number, a run of them, or nothing.
func (c *counting) epigraphs() ([]part, bool, *Error) {
	first, last := 0, 0
	if t := c.number(); t != nil {
		first, last = t.n, t.n
		if r := c.peek(); r != nil && rangeSign(r) {
			c.at++
			if t = c.number(); t == nil {
				return nil, false, nil
			}
			last = t.n
		}
	}
	if !c.done() {
		// "ep 1.II": of that section.
		start := c.at
		if first > 0 {
			for start--; start > 0 && c.ts[start-1].sign != word; start-- {
			}
		}
		rest := trimPlace(c.ts[start:])
		for len(rest) > 1 && rest[0].is("of", "in", "to") {
			rest = rest[1:]
		}
		if found := c.o.sections(rest, -1, false); c.scope < 0 && len(found) == 1 {
			p, err := c.o.epigraph(found[0], 1, c.o.epigraphsOf(found[0]))
			return p, true, err
		}
		return nil, false, nil
	}
	p, err := c.o.epigraph(c.scope, first, last)
	return p, true, err
}

// epigraphsOf is how many epigraphs stand over a section.
func (o *Outline) epigraphsOf(section int) (n int) {
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Kind == Epigraph && p.Section == section {
			n++
		}
	}
	return n
}

// epigraph are the epigraphs from first to last of a section, or of the work;
// 0 is the only one.
func (o *Outline) epigraph(section, first, last int) ([]part, *Error) {
	var all []int
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Kind == Epigraph && (section < 0 || p.Section == section) {
			all = append(all, i)
		}
	}
	where := o.Alias()
	if section >= 0 {
		where += " " + o.paths[section]
	}
	if len(all) == 0 {
		return nil, &Error{Code: NotFound, Reason: "no_epigraphs", Args: map[string]any{"Work": where}}
	}
	if first == 0 && last == 0 && len(all) == 1 {
		first, last = 1, 1
	}
	several := section < 0 && o.Passages[all[0]].Section != o.Passages[all[len(all)-1]].Section
	var choices []int
	for _, i := range all {
		if first == 0 && last == 0 || several && o.Passages[i].InSection == first {
			choices = append(choices, i)
		}
	}
	if len(choices) > 0 {
		e := &Error{Code: Ambiguous, Reason: "which_epigraph", Args: map[string]any{"Count": len(choices)}}
		for _, i := range choices[:min(len(choices), maxChoices)] {
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.CiteAt(i), Label: o.Passages[i].Opening})
		}
		return nil, e
	}
	if first < 1 || last > len(all) || last < first || several {
		return nil, &Error{Code: OutOfRange, Reason: "epigraph_range", Args: map[string]any{"Work": where, "Count": len(all), "Last": len(all)}}
	}
	var out []part
	for n := first; n <= last; n++ {
		out = append(out, part{at: all[n-1], section: -1})
	}
	return out, nil
}
