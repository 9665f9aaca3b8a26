package library

import (
	"slices"
	"strconv"
	"strings"
)

// sections are the sections that tokens name: by ordinal, by label, by path of
// labels, by title or a piece of it. Loosely, a title's words may stand in any
// order and be cut short.
func (o *Outline) sections(ts []token, scope int, loose bool) []int {
	if len(ts) == 0 || len(o.Sections) == 0 {
		return nil
	}
	if len(ts) == 3 && ts[0].sign == section && ts[1].sign == hash && ts[2].sign == number { // in document order, where nothing else names it
		if n := ts[2].n; n >= 1 && n <= len(o.Sections) {
			return []int{n - 1}
		}
		return nil
	}
	if !loose && !ts[0].quoted {
		var room [8]step
		if steps := o.steps(room[:], ts); len(steps) > 0 {
			if found := o.walk(steps, scope); len(found) > 0 {
				return found
			}
		}
	}
	if len(ts) > 1 && ts[0].sign == section && ts[1].sign == word && !loose { // "§Germany"
		return o.sections(ts[1:], scope, false)
	}
	if t := &ts[0]; t.sign == section || len(ts) == 1 && t.sign == number && len(t.text) < 4 {
		return nil
	}
	if t := &ts[0]; len(ts) == 1 && !t.quoted && keyword(t) && !slices.ContainsFunc(o.folded, func(title string) bool { return hasAll([]byte(title), t.text) }) {
		return nil // "part 7" is not about a partition
	}
	var room [128]byte
	found := o.byTitle(string(glue(room[:0], ts)), loose)
	if len(found) == 0 && !loose && !ts[0].quoted {
		// "chapter The Rise of the River", "2 "A household economy"".
		for i := 1; i < len(ts); i++ {
			if _, ok := rankOf(&ts[i-1]); ok && i == 1 {
				return o.byTitle(string(glue(room[:0], ts[1:])), loose)
			}
			if ts[i].quoted && !ts[i-1].quoted {
				var steps [8]step
				var in []int
				for _, outer := range o.walk(o.steps(steps[:], ts[:i]), scope) {
					for _, f := range o.byTitle(string(glue(room[:0], ts[i:])), loose) {
						if f != outer && o.within(f, outer) {
							in = append(in, f)
						}
					}
				}
				return in
			}
		}
	}
	return found
}

// manySections reads "§§ 2, 3", "chapters 1-3", "sections 2 and 3". ok is false
// where the tokens are something else.
func (o *Outline) manySections(ts []token) ([]part, bool, *Error) {
	if len(ts) < 3 || ts[0].quoted {
		return nil, false, nil
	}
	head, rest := ts[:1], ts[1:]
	switch r, ok := rankOf(&ts[0]); {
	case !ok:
		return nil, false, nil
	case r == counted && ts[1].sign == section:
		rest = ts[2:]
	case r == counted || !strings.HasSuffix(ts[0].text, "s") || ts[0].text == "s":
		return nil, false, nil
	case rest[0].sign == dot:
		rest = rest[1:]
	}
	var out []part
	for len(rest) > 0 {
		n := -1
		for i := range rest {
			if parting(rest, i) {
				n = i
				break
			}
		}
		item := rest
		if n >= 0 {
			item, rest = rest[:n], rest[n+1:]
		} else {
			rest = nil
		}
		if len(item) == 0 {
			continue
		}
		ends := [][]token{item}
		if k := slices.IndexFunc(item, func(t token) bool { return rangeSign(&t) }); k > 0 && k < len(item)-1 {
			ends = [][]token{item[:k], item[k+1:]}
		}
		var p part
		for i, end := range ends {
			named := append(slices.Clone(head), end...)
			if _, again := rankOf(&end[0]); again {
				named = end
			}
			var room [8]step
			found := o.walk(o.steps(room[:], named), -1)
			switch {
			case len(found) == 0:
				if err := o.sectionRange(named); err != nil {
					return nil, false, err
				}
				return nil, false, nil
			case len(found) > 1:
				return nil, false, o.whichSection(typed(end), found, nil)
			}
			s := &o.Sections[found[0]]
			if i == 0 {
				p = part{first: s.First, last: s.Last, at: -1, section: found[0]}
				continue
			}
			p.last, p.section = s.Last, -1
		}
		if p.last < p.first {
			return nil, false, syntaxError(ts)
		}
		out = append(out, p)
	}
	return out, len(out) > 0, nil
}

// byTitle are the sections with a title, otherwise those in whose title it
// stands, as whole words before beginnings of words. Loosely, the words may
// stand in any order, or be written as one.
func (o *Outline) byTitle(f string, loose bool) []int {
	if f == "" {
		return nil
	}
	if loose {
		return o.byTitleLoosely(f)
	}
	var exact, whole, begun []int
	for i, t := range o.folded {
		if len(t) < len(f) {
			continue
		}
		if t == f {
			exact = append(exact, i)
			continue
		}
		if len(f) < 3 {
			continue
		}
		for at := 0; ; {
			k := strings.Index(t[at:], f)
			if k < 0 {
				break
			}
			at += k
			if at == 0 || t[at-1] == ' ' {
				if end := at + len(f); end == len(t) || t[end] == ' ' {
					whole = append(whole, i)
				} else {
					begun = append(begun, i)
				}
				break
			}
			at++
		}
	}
	switch {
	case len(exact) > 0:
		return exact
	case len(whole) > 0:
		return whole
	case len(begun) > 0:
		return begun
	}
	// "II The plan of works": the label and the title.
	label, title, _ := strings.Cut(f, " ")
	for _, l := range o.labels[label] {
		if t := o.folded[l]; title != "" && t != "" && (t == title || len(title) > 2 && strings.HasPrefix(t, title)) {
			exact = append(exact, l)
		}
	}
	return exact
}

func (o *Outline) byTitleLoosely(f string) []int {
	words := strings.Fields(f)
	joined := strings.Join(words, "")
	var anyOrder, within []int
	for i, t := range o.folded {
		switch {
		case t == "":
		case len(words) > 1 && hasWords(t, words):
			anyOrder = append(anyOrder, i)
		case len(joined) >= 4 && strings.Contains(strings.ReplaceAll(t, " ", ""), joined):
			within = append(within, i)
		}
	}
	if len(anyOrder) > 0 {
		return anyOrder
	}
	return within
}

// whichSection asks which of several sections was meant.
func (o *Outline) whichSection(name string, found []int, cites []string) *Error {
	e := &Error{Code: Ambiguous, Reason: "which_section", Args: map[string]any{"Name": name, "Work": o.Title, "Count": len(found)}}
	for k, i := range found[:min(len(found), maxChoices)] {
		s := Suggestion{Citation: o.citeSection(i), Label: o.SectionName(i)}
		if cites != nil {
			s.Citation = cites[k]
		}
		e.Suggestions = append(e.Suggestions, s)
	}
	return e
}

// sectionRange is the error for an ordinal beyond the last section, nil where
// the tokens are none.
func (o *Outline) sectionRange(ts []token) *Error {
	var room [8]step
	steps := o.steps(room[:], ts)
	if len(steps) == 0 || steps[0].n < 1 {
		return nil
	}
	for k := len(steps) - 1; k > 0; k-- { // "2.XL": the sections of part 2
		if found := o.walk(steps[:k], -1); len(found) > 0 {
			if len(found) > 1 || steps[k].n < 1 {
				return nil
			}
			return o.pathRange(ts, found[0], &steps[k])
		}
	}
	n := o.tops()
	if n == 0 || steps[0].n <= n || steps[0].rank == anyRank && (len(steps) < 2 || !steps[0].num || !o.labelledTop()) {
		return nil
	}
	last := o.nthTop(-1)[0]
	return &Error{Code: OutOfRange, Reason: "section_range", Args: map[string]any{"Work": o.Alias(), "Place": typed(ts), "Last": n, "Count": n},
		Suggestions: []Suggestion{{Citation: o.citeSection(last), Label: o.SectionName(last)}}}
}

// pathRange is the error for a label that no child of a section bears, nil where
// it has none. One that stands deeper in it is offered too.
func (o *Outline) pathRange(ts []token, parent int, s *step) *Error {
	n, last := 0, -1
	for i := range o.Sections {
		if c := &o.Sections[i]; c.Parent == parent && !c.Lead {
			n, last = n+1, i
		}
	}
	if n == 0 {
		return nil
	}
	e := &Error{Code: OutOfRange, Reason: "path_range", Args: map[string]any{"Section": o.SectionName(parent), "Path": o.paths[last], "Last": n, "Count": n, "Place": typed(ts)}}
	e.Suggestions = []Suggestion{{Citation: o.citeSection(last), Label: o.SectionName(last)}}
	for _, l := range o.labelled(s) {
		if l != parent && o.within(l, parent) && len(e.Suggestions) < maxChoices {
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.citeSection(l), Label: o.SectionName(l)})
		}
	}
	return e
}

// noSection is the error for a place that is no section and no number.
func (o *Outline) noSection(ts []token, scope int) *Error {
	if k := slices.IndexFunc(ts, func(t token) bool { return t.sign == para }); k != 0 {
		if k < 0 {
			k = len(ts)
		}
		if err := o.sectionRange(ts[:k]); err != nil {
			return err
		}
	}
	if len(ts) == 1 && (ts[0].sign == section || ts[0].sign == para) {
		return syntaxError(ts)
	}
	if len(ts) == 1 && !ts[0].quoted && countable(&ts[0]) { // "ch"
		return &Error{Code: Syntax, Reason: "place_open", Args: map[string]any{"Work": o.Alias(), "Place": typed(ts)}}
	}
	if len(ts) == 2 && ts[0].sign == number && ts[1].sign == number && scope < 0 && o.addresses == nil { // "12 13"
		if first, last := ts[0].n, ts[1].n; first >= 1 && first < last && last <= o.Last() {
			both := Ref{Work: o, parts: []part{{first: first, last: first, at: -1, section: -1}, {first: last, last: last, at: -1, section: -1}}}
			e := &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": typed(ts)}, Suggestions: []Suggestion{{Citation: o.Cite(first, last)}}}
			if c := both.Canonical(); c != o.Cite(first, last) {
				e.Suggestions = append(e.Suggestions, Suggestion{Citation: c})
			} else {
				e.Code, e.Reason = Syntax, "two_numbers"
			}
			return e
		}
	}
	return &Error{Code: NotFound, Reason: "no_such_section", Args: map[string]any{"Place": typed(ts), "Work": o.Alias()}, Suggestions: o.nearSections(ts)}
}

// citeSection is a citation that names a section whatever its label: by its
// numbers, where it has any.
func (o *Outline) citeSection(i int) string {
	if s := &o.Sections[i]; s.First > 0 {
		return o.Cite(s.First, s.Last)
	}
	return o.Alias() + " " + o.nameOf(i)
}

// CiteSection is a citation of a section: of what stands in it, or of itself where
// nothing does.
func (o *Outline) CiteSection(i int) string { return o.citeSection(i) }

// nameOf names a section by its path, or by its place where another has the
// same path.
func (o *Outline) nameOf(i int) string {
	path := o.paths[i]
	if found := o.byLabels(path); len(found) == 1 && found[0] == i && !strings.Contains(path, "(") {
		if _, err := strconv.Atoi(path); err != nil { // a number alone is a passage's
			return path
		}
	}
	if s := "§" + path; !strings.ContainsAny(path, "(.") {
		if found := o.byLabels(s); len(found) == 1 && found[0] == i {
			return s
		}
	}
	return "§#" + strconv.Itoa(i+1)
}

// nearSections are the sections whose titles are close to what was typed.
func (o *Outline) nearSections(ts []token) []Suggestion {
	var room [128]byte
	f := string(glue(room[:0], ts))
	if f == "" || len(f) > 60 {
		return nil
	}
	if slices.Contains([]string{"introduction", "intro", "preface", "lead", "opening", "beginning", "start"}, f) {
		if lead := o.nthTop(0); len(lead) > 0 {
			return []Suggestion{{Citation: o.citeSection(lead[0]), Label: "§0"}}
		}
	}
	best, at := len(f)/3+1, -1
	for i, t := range o.folded {
		if len(t) > 120 {
			continue
		}
		if d := editDistance(f, t); d < best {
			best, at = d, i
		}
		for w := range strings.FieldsSeq(t) {
			if len(w) < 4 || len(w) > 60 {
				continue
			}
			if d := editDistance(f, w); d < best {
				best, at = d, i
			}
		}
	}
	if at < 0 {
		return nil
	}
	return []Suggestion{{Citation: o.citeSection(at), Label: o.SectionName(at)}}
}

// FindSections are the sections that a name fits, however many.
func (o *Outline) FindSections(name string) []int {
	var room [32]token
	ts := trimPlace(lex(room[:0], name))
	if found := o.sections(ts, -1, false); len(found) > 0 {
		return found
	}
	return o.sections(ts, -1, true)
}

// Span is the first and the last index, into Passages, of what stands in a
// section or below it, -1 where nothing does.
func (o *Outline) Span(section int) (first, last int) {
	first, last = -1, -1
	for i := range o.Passages {
		if o.within(o.Passages[i].Section, section) {
			if first < 0 {
				first = i
			}
			last = i
		}
	}
	return first, last
}

// Heading is the heading under which one finds ¶ n when one begins to read
// there, as people read it: where several begin with it, the first that has a
// title, so that a part is not called by its first chapter. "" where there is
// none.
func (o *Outline) Heading(n int) string {
	at := o.At(n)
	begin := o.HeadingsAt(at)
	for i := at - 1; i >= 0 && o.Passages[i].Number == 0; i-- { // its epigraphs
		begin = append(o.HeadingsAt(i), begin...)
	}
	for _, i := range begin {
		if o.Sections[i].Title != "" {
			return o.SectionName(i)
		}
	}
	if len(begin) > 0 {
		return o.SectionName(begin[0])
	}
	return o.SectionName(o.Passages[at].Section)
}

// HeadingsAt are the sections that begin with a passage, given by its index,
// as their headings stand before it. No heading stands before a footnote.
func (o *Outline) HeadingsAt(at int) []int {
	if o.Passages[at].Kind == Footnote {
		return nil
	}
	before := -1
	for i := at - 1; i >= 0; i-- {
		if o.Passages[i].Kind != Footnote {
			before = o.Passages[i].Section
			break
		}
	}
	var out []int
	for i := o.Passages[at].Section; i > before; i = o.Sections[i].Parent {
		if s := &o.Sections[i]; !s.Lead || s.Title != "" {
			out = append(out, i)
		}
	}
	slices.Reverse(out)
	return out
}
