package library

import (
	"slices"
	"strconv"
	"strings"
)

// Resolve finds what a citation names. Its errors are *Error: what is not
// understood is syntax, what names several things ambiguous with each of them,
// what lies beyond the text out_of_range with the last number there is; it
// never guesses.
func (s *Shelf) Resolve(query string, c Context) (Ref, error) {
	l := lookup{Shelf: s}
	ref, err := l.resolve(query, c)
	return answer(&l, ref, err)
}

func (s *lookup) resolve(query string, c Context) (Ref, *Error) {
	if len(query) > maxCitation {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_too_long", Args: map[string]any{"Max": maxCitation}}
	}
	var room [32]token
	ts := lex(room[:0], query)
	if signed(ts) {
		return Ref{}, signError(ts)
	}
	ts = trimPlace(ts)
	if len(ts) == 0 {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_empty"}
	}
	if len(s.works) == 0 {
		return Ref{}, &Error{Code: UnknownWork, Reason: "shelf_empty"}
	}
	ts = unquoted(ts)
	ref, err := s.understand(ts, c)
	if err == nil || err.Args["Lost"] == nil && understood(err) || s.failed != nil {
		return ref, err
	}
	var o *Outline
	if alias, _ := err.Args["Work"].(string); alias != "" && err.Code == NotFound {
		if found := s.alias[Fold(alias)]; len(found) == 1 {
			o = s.outline(found[0])
		}
	}
	near := s.meant(ts, o)
	name := ts[:nameEnd(ts)]
	switch {
	case err.Args["Lost"] != nil && len(near) == 0 && !article(name[0]):
		return Ref{}, err
	case err.Args["Lost"] != nil:
		err = s.unknown(ts)
	}
	if len(near) > 0 {
		if err.Code == UnknownWork {
			err.Reason = "no_such_work_near"
			for i := range near { // a work is what is missed, so a work's title is what is offered
				if _, title, ok := strings.Cut(near[i].Label, " · "); ok {
					near[i].Label = title
				}
			}
		}
		err.Suggestions = slices.Concat(near, slices.DeleteFunc(err.Suggestions, func(have Suggestion) bool {
			return slices.ContainsFunc(near, func(n Suggestion) bool { return n.Citation == have.Citation })
		}))
	}
	return Ref{}, err
}

// article reports whether a token is a word that titles begin with and that
// names none.
func article(t token) bool {
	return t.is("the", "a", "an", "der", "die", "das", "le", "la", "les", "el", "los", "il")
}

// nameEnd is where the name of a work ends at the latest: before what only a
// place has.
func nameEnd(ts []token) int {
	for i := 1; i < len(ts); i++ {
		if t := &ts[i]; t.sign == number || t.sign == section || t.sign == para || t.sign == hash {
			return i
		}
	}
	return len(ts)
}

// understand is resolve for what a citation says as it is spelled.
func (s *lookup) understand(ts []token, c Context) (Ref, *Error) {
	if ref, ok, err := s.leaning(ts, c); ok {
		return ref, err
	}
	ref, named, err := s.read(ts)
	if err != nil && len(ts) > 2 && ts[0].is("the") { // "the 12th paragraph of wright"
		if ref, ok, bad := s.turned(ts[1:], true); ok {
			return ref, bad
		}
	}
	if named && (err == nil || understood(err)) {
		return ref, err
	}
	// "see wright 12", "in fate 3"
	for rest := ts; len(rest) > 1 && rest[0].is("see", "cf", "vgl", "in", "compare", "also", "from", "confer", "at"); {
		rest = trimPlace(rest[1:])
		if ref, ok, err := s.read(rest); ok {
			return ref, err
		}
	}
	if ref, ok, err := s.turned(ts, named); ok {
		return ref, err
	}
	if each := s.several(ts); each != nil {
		return Ref{}, &Error{Code: Ambiguous, Reason: "several_works", Args: map[string]any{"Place": typed(ts)}, Suggestions: each}
	}
	if named {
		return Ref{}, err
	}
	// No work is named: the one that is read, the last that was looked up, or
	// the only one there is.
	var tries []*Outline
	try := func(o *Outline) {
		if o != nil && !slices.ContainsFunc(tries, func(t *Outline) bool { return t.ID == o.ID }) {
			tries = append(tries, o)
		}
	}
	if e := s.byID[c.Current]; e != nil {
		try(s.outline(e))
	}
	for _, last := range c.Last {
		if r, _, bad := s.read(lex(nil, last)); bad == nil && startsPlace(ts) {
			try(r.Work)
		}
	}
	if len(tries) == 0 && len(s.works) == 1 {
		try(s.outline(s.works[0]))
	}
	if len(tries) > 0 {
		ref, bad := tries[0].resolve(ts)
		if bad == nil || startsPlace(ts) || understood(bad) {
			return ref, bad
		}
	} else if startsPlace(ts) && !strangeWord(ts) {
		place := typed(ts)
		return Ref{}, &Error{Code: Syntax, Reason: "name_a_work", Args: map[string]any{"Place": place, "Example": s.works[0].Alias() + " " + place}}
	}
	return Ref{}, s.unknown(ts)
}

// strangeWord reports whether a citation that begins with a number has a word
// that no place has: "1 John 3:16" names a work.
func strangeWord(ts []token) bool {
	return ts[0].sign == number && len(ts) > 2 && ts[1].sign == word && !ts[1].glued && !ts[1].quoted && len(ts[1].text) > 2 &&
		!placeWord(&ts[1]) && roman(ts[1].text) == 0 && ordinalWords[ts[1].text] == 0 && ts[2].sign == number
}

// turned reads a citation whose work stands last: "chapter 2 of fate", "¶ 12 in
// wright", "12 wright". Where a work is named in front too, it is not an answer
// unless it is a place there.
func (s *lookup) turned(ts []token, named bool) (Ref, bool, *Error) {
	for i := len(ts) - 1; i > 0; i-- {
		name := ts[i:]
		switch {
		case len(name) > 1 && (name[0].is("of", "in", "from") || name[0].sign == comma && startsPlace(ts)):
			name = name[1:]
		case name[0].sign != word || !startsPlace(ts):
			continue
		}
		ns := s.namings(nil, name)
		if len(ns) == 0 || ns[0].tokens != len(name) || len(name) == len(ts)-i && !ns[0].exact {
			continue
		}
		if ref, _, err := s.read(append(slices.Clone(name), ts[:i]...)); err == nil || !named && len(name) < len(ts)-i {
			return ref, true, err
		}
	}
	return Ref{}, false, nil
}

// several are the citations of several works that stand in a row: "wright 12;
// rise 3"; nil where they do not.
func (s *lookup) several(ts []token) (each []Suggestion) {
	from := 0
	for i := 0; i <= len(ts); i++ {
		if i < len(ts) && ts[i].sign != semi && !parting(ts, i) {
			continue
		}
		one := trimPlace(ts[from:i])
		from = i + 1
		if len(one) == 0 {
			continue
		}
		ref, named, err := s.read(one)
		if !named || err != nil || len(each) == maxChoices {
			return nil
		}
		each = append(each, Suggestion{Citation: ref.Canonical(), Label: ref.Canonical() + " · " + ref.Work.Title})
	}
	if len(each) < 2 {
		return nil
	}
	return each
}

// unquoted is a citation that stands in quotation marks as a whole, without
// them.
func unquoted(ts []token) []token {
	for i := range ts {
		if !ts[i].quoted {
			return ts
		}
	}
	for i := range ts {
		ts[i].quoted = false
	}
	return ts
}

// startsPlace reports whether a citation begins with a place rather than a
// name.
func startsPlace(ts []token) bool {
	t := &ts[0]
	if t.quoted {
		return false
	}
	if t.sign == number || t.sign == section || t.sign == para || t.sign == hash {
		return true
	}
	if _, ok := rankOf(t); ok && len(ts) > 1 && t.text != "s" {
		return true
	}
	return len(ts) > 1 && (t.is(paraWords...) || t.is(pageWords...) || t.is(noteWords...) || t.is(epigraphWords...))
}

// read reads a name and a place. named is false where no work is named. The
// longest name is taken, unless what is left means nothing there and a shorter
// name does better.
func (s *lookup) read(ts []token) (out Ref, named bool, err *Error) {
	var room [16]naming
	names := s.namings(room[:0], ts)
	if len(names) == 0 {
		return Ref{}, false, nil
	}
	var best Ref
	have := false
	for i := range names {
		n := &names[i]
		if n.tokens < len(ts) && !endsName(ts, n.tokens) {
			continue
		}
		ref, bad := s.under(n, ts)
		switch {
		case bad != nil:
			if err == nil || understood(bad) && !understood(err) {
				// A shorter name asks only where no longer one is an answer, or
				// where it is an alias: "fate revolution" is a section of fate.
				if !have || n.exact && bad.Code == Ambiguous && best.whole && names[0].tokens == len(ts) && bad.Reason == "which_section" {
					err = bad
				}
			}
			continue
		case (n.exact || n.title && len(ts) > n.tokens) && !have:
			return ref, true, nil
		case !have:
			best, have = ref, true
		case n.exact:
			// A piece of a title, and an alias with a place: where they differ
			// it is asked, but what is left over decides for the place.
			if best.whole || same(best, ref) {
				return ref, true, nil
			}
			if best.Work == ref.Work {
				return Ref{}, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": typed(ts)}, Suggestions: []Suggestion{
					{Citation: ref.Canonical(), Label: ref.label()}, {Citation: best.Canonical(), Label: best.label()}}}
			}
			return best, true, nil
		}
	}
	if !have && err == nil { // a name, and signs that mean nothing
		return Ref{}, true, syntaxError(ts)
	}
	if have && (err == nil || err.Code != Ambiguous || !best.whole) {
		return best, true, nil
	}
	return Ref{}, true, err
}

func same(a, b Ref) bool { return a.Work == b.Work && a.Canonical() == b.Canonical() }

// label is a reference for a button: the section it stands in, and the numbers.
func (r Ref) label() string {
	if r.whole || len(r.parts) == 0 || r.parts[0].at >= 0 || r.parts[0].first < 1 {
		return r.Canonical()
	}
	name := r.Work.SectionName(r.Work.Passages[r.Work.At(r.parts[0].first)].Section)
	if name == "" {
		return r.Canonical()
	}
	return r.Canonical() + " · " + name
}

// keyword reports whether a token is a word of citations rather than of names.
func keyword(t *token) bool {
	if _, ok := rankOf(t); ok {
		return true
	}
	return t.is(pageWords...) || t.is(noteWords...) || t.is(sentenceWords...) || t.is(verseWords...)
}

// endsName reports whether a name may end before ts[at]: a place must begin
// there.
func endsName(ts []token, at int) bool {
	rest := trimPlace(ts[at:])
	return len(rest) > 0
}

// under reads what follows a name as a place in the works that it may mean.
func (s *lookup) under(n *naming, ts []token) (Ref, *Error) {
	if rest := ts[n.tokens:]; signed(rest) {
		return Ref{}, signError(rest)
	}
	rest := trimPlace(ts[n.tokens:])
	works := s.worksOf(n, ts)
	if len(rest) == 0 && len(works) > 1 {
		return Ref{}, ambiguousWork(typed(ts[:n.tokens]), works)
	}
	var hits []Ref
	var first *Error
	for _, e := range works {
		o := s.outline(e)
		if o == nil { // the lookup has failed
			return Ref{}, &Error{Code: NotFound, Reason: "not_opened"}
		}
		ref, err := o.inWork(rest)
		if err == nil {
			hits = append(hits, ref)
			continue
		}
		if first == nil || understood(err) && !understood(first) {
			first = err
		}
	}
	switch {
	case len(hits) == 1:
		return hits[0], nil
	case len(hits) > 1:
		e := &Error{Code: Ambiguous, Reason: "which_work", Args: map[string]any{"Name": typed(ts[:n.tokens]), "Count": len(hits)}}
		for _, h := range hits[:min(len(hits), maxChoices)] {
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: h.Canonical(), Label: h.Work.Title})
		}
		return Ref{}, e
	case len(works) > 1:
		e := ambiguousWork(typed(ts[:n.tokens]), works)
		e.Args["Lost"] = typed(rest) // which is a place in none of them
		return Ref{}, e
	}
	return Ref{}, first
}

// inWork reads a place after a work's name, which its year may follow: "Wright
// 1941, 12".
func (o *Outline) inWork(rest []token) (Ref, *Error) {
	ref, err := o.resolve(rest)
	if err != nil && len(rest) > 1 && o.year > o.Last() && rest[0].sign == number && rest[0].n == o.year {
		if after := trimPlace(rest[1:]); len(after) > 0 {
			if ref, bad := o.resolve(after); bad == nil || understood(bad) {
				return ref, bad
			}
		}
	}
	if err != nil && o.year > o.Last() && len(rest) > 1 && rest[0].sign == number && rest[0].n > o.Last() && plausibleYear(rest[0].n) && rest[1].sign == comma {
		if ref, bad := o.resolve(trimPlace(rest[1:])); bad == nil { // "Wright (1942), 12" is another text of theirs
			return Ref{}, &Error{Code: NotFound, Reason: "no_other_year", Args: map[string]any{"Work": o.Alias(), "Year": strconv.Itoa(o.year), "Number": rest[0].text}, Suggestions: []Suggestion{{Citation: ref.Canonical()}}}
		}
	}
	return ref, err
}

// plausibleYear reports whether a number may be the year of a text.
func plausibleYear(n int) bool { return n >= 1000 && n < 2100 }

// leaning resolves the words that lean on where the group is.
func (s *lookup) leaning(ts []token, c Context) (ref Ref, ok bool, err *Error) {
	var runs []Run
	week := len(ts) == 2 && ts[1].is("week", "reading", "weeks")
	switch {
	case ts[0].is("ibid", "ibidem", "ebd", "ebenda") || len(ts) == 1 && ts[0].is("id", "idem"):
		return s.ibid(trimPlace(ts[1:]), c)
	case len(ts) > 1 && !week:
		return s.leaningPlace(ts, c)
	case ts[0].is("this"):
		runs = c.This
	case ts[0].is("next"):
		runs = c.Next
	case ts[0].is("prev", "previous"), ts[0].is("last") && week:
		runs = c.Prev
	default:
		return Ref{}, false, nil
	}
	nothing := &Error{Code: NotFound, Reason: "nothing_to_lean_on", Args: map[string]any{"Word": typed(ts)}}
	for _, r := range runs {
		e := s.byID[r.Work]
		if e == nil || r.First < 1 || r.Last > e.Last || ref.Work != nil && ref.Work.ID != e.ID {
			continue
		}
		if ref.Work == nil {
			if ref.Work = s.outline(e); ref.Work == nil {
				break
			}
		}
		ref.parts = append(ref.parts, part{first: r.First, last: r.Last, at: -1, section: -1})
	}
	if ref.Work == nil {
		return Ref{}, true, nothing
	}
	return ref, true, nil
}

// leaningPlace is "this ¶ 3": a reading is leant on whole, so a place in the work
// that is read is offered.
func (s *lookup) leaningPlace(ts []token, c Context) (Ref, bool, *Error) {
	t := &ts[0]
	rest := ts[1:]
	if len(rest) > 1 && rest[0].is("week", "reading") {
		rest = rest[1:]
	}
	if rest = trimPlace(rest); !t.is("this", "next", "prev", "previous") || len(rest) == 0 || !startsPlace(rest) || len(s.alias[t.text]) > 0 || len(s.titles[t.text]) > 0 {
		return Ref{}, false, nil
	}
	runs := c.This
	switch {
	case t.is("next"):
		runs = c.Next
	case !t.is("this"):
		runs = c.Prev
	}
	if len(runs) == 0 && c.Current == 0 {
		return Ref{}, false, nil
	}
	id := c.Current
	if len(runs) > 0 {
		id = runs[0].Work
	}
	e := s.byID[id]
	if e == nil {
		return Ref{}, false, nil
	}
	o := s.outline(e)
	if o == nil {
		return Ref{}, false, nil
	}
	err := &Error{Code: Syntax, Reason: "lean_whole", Args: map[string]any{"Word": t.raw, "Place": typed(rest), "Work": o.Alias()}}
	if ref, bad := o.resolve(rest); bad == nil {
		err.Suggestions = []Suggestion{{Citation: ref.Canonical()}}
	}
	return Ref{}, true, err
}

// ibid is what was looked up last, or another place in the same work. A place
// that is not there, but is in a work looked up before it, is offered.
func (s *lookup) ibid(place []token, c Context) (Ref, bool, *Error) {
	var first *Error
	for i, last := range c.Last {
		ref, named, err := s.read(trimPlace(lex(nil, last)))
		if !named || err != nil {
			continue // it was removed since
		}
		if len(place) == 0 {
			return ref, true, nil
		}
		if ref, err = ref.Work.inWork(place); err == nil && i == 0 {
			return ref, true, nil
		}
		switch {
		case i == 0:
			first = err
		case err == nil && first != nil:
			first.Suggestions = slices.Insert(first.Suggestions, 0, Suggestion{Citation: ref.Canonical()})
			return Ref{}, true, first
		}
	}
	if first == nil {
		first = &Error{Code: NotFound, Reason: "no_ibid"}
		if c.Forgot {
			first.Reason = "ibid_forgotten"
		}
	}
	return Ref{}, true, first
}
