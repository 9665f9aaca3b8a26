package library

import "slices"

// indexPlaces sets what resolving a place looks up.
func (o *Outline) indexPlaces() {
	o.labels = map[string][]int{}
	o.own = make([][]run, len(o.Sections))
	for i := range o.Sections {
		s := &o.Sections[i]
		if s.Lead {
			o.labels["0"] = append(o.labels["0"], i)
		}
		for _, l := range s.Labels {
			o.addLabel(l, i)
		}
		if len(s.Labels) > 1 {
			o.addLabel(s.Label(), i)
		}
	}
	for n := 1; n < len(o.byNumber); n++ {
		s := o.Passages[o.byNumber[n]].Section
		if s >= len(o.own) { // a work without sections
			break
		}
		if k := len(o.own[s]) - 1; k >= 0 && o.own[s][k].last == n-1 {
			o.own[s][k].last = n
			continue
		}
		o.own[s] = append(o.own[s], run{n, n})
	}
	for i := range o.own {
		if s := &o.Sections[i]; len(o.own[i]) == 0 && s.First > 0 {
			o.own[i] = []run{{s.First, s.Last}}
		}
	}
	o.called = map[int]bool{}
	for i := range o.Passages {
		for _, n := range o.Passages[i].Notes {
			o.called[n] = true
		}
	}
	o.year = yearOf(o.Date)
	o.indexAddresses()
}

func (o *Outline) addLabel(label string, section int) {
	key := Fold(label)
	if key == "" {
		return
	}
	if at := o.labels[key]; len(at) == 0 || at[len(at)-1] != section {
		o.labels[key] = append(o.labels[key], section)
	}
}

// yearOf is the one year that a date names, 0 for none or several.
func yearOf(date string) int {
	year := 0
	var room [16]token
	for _, t := range lex(room[:0], date) {
		if t.sign == number && len(t.text) == 4 {
			if year != 0 {
				return 0
			}
			year = t.n
		}
	}
	return year
}

// count is how many ¶s a section's own numbers reach: of the passages directly
// in it, or, where it has none, of all below it; -1 is the work.
func (o *Outline) count(scope int) int {
	if scope < 0 {
		return o.Last()
	}
	n := 0
	for _, r := range o.own[scope] {
		n += r.last - r.first + 1
	}
	return n
}

// nth is the ¶ that a section's own number means.
func (o *Outline) nth(scope, n int) int {
	if scope < 0 {
		return n
	}
	for _, r := range o.own[scope] {
		if size := r.last - r.first + 1; n > size {
			n -= size
			continue
		}
		return r.first + n - 1
	}
	return 0
}

// asTyped reads a place in the work: a list of elements, each of which may
// stand in the section that the one before it named. What follows a semicolon
// begins anew.
func (o *Outline) asTyped(ts []token) (Ref, *Error) {
	ref := Ref{Work: o}
	if len(ts) == 0 {
		ref.whole = true
		if o.Last() > 0 {
			ref.parts = []part{{first: 1, last: o.Last(), at: -1, section: -1}}
		}
		return ref, nil
	}
	alone := !slices.ContainsFunc(ts, func(t token) bool { return t.sign == semi && !t.quoted })
	for len(ts) > 0 {
		end := slices.IndexFunc(ts, func(t token) bool { return t.sign == semi && !t.quoted })
		group := ts
		if end >= 0 {
			group, ts = ts[:end], ts[end+1:]
		} else {
			ts = nil
		}
		var err *Error
		if ref.parts, err = o.list(ref.parts, group, alone); err != nil {
			return Ref{}, err
		}
	}
	if len(ref.parts) == 0 {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_empty"}
	}
	return ref, nil
}

// parting reports whether ts[i] may part the elements of a list. The e of "1e3"
// does not.
func parting(ts []token, i int) bool {
	t := &ts[i]
	if t.quoted || t.glued && i > 0 && ts[i-1].sign == number && t.sign == word {
		return false
	}
	return t.sign == comma || t.sign == and || t.is("and", "und", "et", "y", "e", "u")
}

// signed reports whether a place begins with a number that has a sign, as no
// passage has.
func signed(ts []token) bool {
	if len(ts) < 2 || ts[0].glued || ts[0].quoted || ts[1].sign != number || !ts[1].glued {
		return false
	}
	return ts[0].raw == "-" || ts[0].raw == "−" || ts[0].raw == "+"
}

func signError(ts []token) *Error {
	return &Error{Code: Syntax, Reason: "signed", Args: map[string]any{"Place": ts[0].raw + ts[1].raw, "Number": ts[1].raw}}
}

// maxPartings bounds the commas that one element may hold, as a title may.
const maxPartings = 5

// list reads elements parted by commas, and appends what they name. Since a
// title may hold a comma, the longest stretch that is an element is one.
func (o *Outline) list(out []part, ts []token, alone bool) ([]part, *Error) {
	if parts, ok, err := o.manySections(ts); ok || err != nil {
		return append(out, parts...), err
	}
	scope, begun := -1, len(out)
	var longer *Error // of a longer stretch than what was taken
	for i := 0; i < len(ts); {
		if parting(ts, i) {
			i++
			continue
		}
		var ends [maxPartings + 1]int
		n := 0
		for j := i + 1; j < len(ts) && n < maxPartings; j++ {
			if parting(ts, j) {
				ends[n] = j
				n++
			}
		}
		if n < maxPartings {
			ends[n] = len(ts)
			n++
		}
		var best *Error
		done := false
		for n--; n >= 0 && !done; n-- {
			e := element{o: o, scope: scope, alone: alone && i == 0 && ends[n] == len(ts)}
			if len(out) > begun {
				e.after = &out[len(out)-1]
			}
			parts, err := e.read(ts[i:ends[n]])
			if err != nil {
				if best == nil || understood(err) && !understood(best) {
					best = err
				}
				if understood(err) && err.Code == Ambiguous {
					break
				}
				continue
			}
			out = append(out, parts...)
			scope, i, done = e.scope, ends[n], true
		}
		switch {
		case !done && understood(longer) && !understood(best):
			return nil, longer
		case !done:
			return nil, best
		}
		longer = best
	}
	return out, nil
}

// An element is one piece of a list as it is being read.
type element struct {
	o     *Outline
	scope int   // the section it stands in, -1 for the work; set to the one it names
	after *part // what stands before it in the list
	alone bool  // it is all there is
	inner bool  // it is an end of a range, and holds none
}

// read reads an element: numbers, or a section and perhaps numbers in it.
func (e *element) read(ts []token) ([]part, *Error) {
	o := e.o
	ts = trimPlace(ts)
	if len(ts) == 0 {
		return nil, syntaxError(ts)
	}
	if p, ok, err := e.numbered(ts); ok {
		return p, err
	}
	var best *Error
	keep := func(err *Error) {
		if best == nil || understood(err) && !understood(best) {
			best = err
		}
	}
	for _, loose := range [...]bool{false, true} {
		for n := min(len(ts), maxHead); n > 0; n-- {
			if t := &ts[n-1]; n < len(ts) && t.sign != word && t.sign != number && t.sign != mark {
				continue
			}
			found := o.sections(ts[:n], e.scope, loose)
			if len(found) == 0 {
				continue
			}
			parts, ok, err := e.inSections(ts[:n], ts[n:], found)
			if ok && err == nil {
				return parts, nil
			}
			if err != nil {
				keep(err)
				if err.Code == Ambiguous {
					return nil, err
				}
			}
		}
		if best != nil {
			// "Germany 1923" is a title that says more than its first word.
			if found := o.sections(ts, e.scope, true); len(found) == 1 && !loose && best.Code == OutOfRange {
				if parts, ok, err := e.inSections(ts, nil, found); ok && err == nil {
					return parts, nil
				}
			}
			return nil, best
		}
		if p, ok, err := e.between(ts); ok || err != nil && understood(err) {
			return p, err
		}
	}
	return nil, o.noSection(ts, e.scope)
}

// maxHead bounds the tokens of a section's name.
const maxHead = 40

// inSections reads what follows the name of a section: nothing, or numbers. A
// name that several sections bear is clear if one alone has the numbers.
func (e *element) inSections(head, rest []token, found []int) ([]part, bool, *Error) {
	o := e.o
	if len(found) > 1 && e.scope >= 0 { // beside the one that was named before
		var near []int
		for _, f := range found {
			if o.Sections[f].Parent == o.Sections[e.scope].Parent {
				near = append(near, f)
			}
		}
		if len(near) == 1 {
			found = near
		}
	}
	bare := len(head) == 1 && head[0].sign == number && !head[0].quoted
	if len(rest) > 0 && rest[0].sign == comma && bare {
		return nil, false, nil // "2, 5" is a list
	}
	if len(rest) > 0 && rest[0].sign == dash {
		return nil, false, nil // a range of sections
	}
	after := trimPlace(rest)
	if len(after) == 0 {
		if len(rest) > 0 && rest[0].sign != comma && rest[0].sign != colon && rest[0].sign != dot {
			return nil, false, nil
		}
		if len(found) > 1 {
			return nil, true, o.whichSection(typed(head), found, nil)
		}
		sec := &o.Sections[found[0]]
		e.scope = found[0]
		return []part{{first: sec.First, last: sec.Last, at: -1, section: found[0]}}, true, nil
	}
	if c := (counting{o: o, ts: after}); len(found) == 1 && c.following() && c.done() {
		return e.sectionsFrom(found[0], after[0].text == "f" || after[0].text == "sq")
	}
	var fit []int
	var cites []string
	var parts []part
	var bad *Error
	for _, f := range found {
		inner := element{o: o, scope: f}
		p, ok, err := inner.numbered(after)
		if !ok {
			return nil, false, nil
		}
		if err != nil {
			if bad == nil || lastOf(err) > lastOf(bad) {
				bad = err
			}
			continue
		}
		fit, parts, cites = append(fit, f), p, append(cites, Ref{Work: o, parts: p}.Canonical())
	}
	switch {
	case len(fit) > 1 && len(slices.Compact(slices.Clone(cites))) > 1:
		return nil, true, o.whichSection(typed(head), fit, cites)
	case len(fit) == 0:
		return nil, true, bad
	}
	if bare && after[0].sign == number && e.alone {
		// "2 5": the fifth passage of section 2, or passages 2 and 5?
		if n := after[0].n; len(after) == 1 && head[0].n >= 1 && head[0].n <= o.Last() && n >= 1 && n <= o.Last() && o.addresses == nil {
			list := o.Alias() + " " + head[0].text + ", " + after[0].text
			return nil, true, &Error{Code: Ambiguous, Reason: "which_place", Args: map[string]any{"Place": typed(head) + " " + typed(after)},
				Suggestions: []Suggestion{{Citation: cites[0], Label: o.SectionName(fit[0]) + ", ¶ " + after[0].text}, {Citation: list, Label: "¶ " + head[0].text + ", ¶ " + after[0].text}}}
		}
	}
	e.scope = fit[0]
	return parts, true, nil
}

// sectionsFrom is a section "f" or "ff": with the next beside it, or all that
// follow.
func (e *element) sectionsFrom(first int, one bool) ([]part, bool, *Error) {
	o := e.o
	out := []part{{first: o.Sections[first].First, last: o.Sections[first].Last, at: -1, section: first}}
	for i := first + 1; i < len(o.Sections); i++ {
		if s := &o.Sections[i]; s.Parent == o.Sections[first].Parent && s.First > 0 {
			out[0].last, out[0].section = s.Last, -1
			if one {
				break
			}
		}
	}
	if out[0].first == 0 {
		return nil, false, nil
	}
	e.scope = first
	return out, true, nil
}

func lastOf(e *Error) int {
	n, _ := e.Args["Last"].(int)
	return n
}

// between reads a range whose ends are sections or places in sections:
// "2.XX-XXII", "§2-3", "37:2-38:1".
func (e *element) between(ts []token) ([]part, bool, *Error) {
	o := e.o
	tries := 0
	for i := 1; i < len(ts)-1 && !e.inner && tries < maxPartings; i++ {
		if !rangeSign(&ts[i]) {
			continue
		}
		tries++
		left := element{o: o, scope: e.scope, inner: true}
		a, err := left.read(ts[:i])
		if err != nil || len(a) != 1 || a[0].at >= 0 {
			continue
		}
		right := element{o: o, scope: left.scope, inner: true}
		var b []part
		if right.scope >= 0 && a[0].section >= 0 {
			// "2.XX-XXII": a sibling of the first.
			if found := o.siblings(right.scope, ts[i+1:]); len(found) == 1 {
				s := &o.Sections[found[0]]
				b = []part{{first: s.First, last: s.Last, at: -1, section: found[0]}}
				right.scope = found[0]
			}
		}
		if b == nil {
			if b, err = right.read(ts[i+1:]); err != nil || len(b) != 1 || b[0].at >= 0 || (a[0].section < 0) != (b[0].section < 0) {
				continue
			}
		}
		if a[0].first == 0 || b[0].last == 0 {
			continue
		}
		p := part{first: a[0].first, from: a[0].from, last: b[0].last, to: b[0].to, at: -1, section: -1}
		if p.from > 0 || p.to > 0 {
			p.from = max(p.from, 1)
			if p.to == 0 {
				p.to = o.Passages[o.At(p.last)].Sentences
			}
		}
		if p.last < p.first || p.first == p.last && p.to > 0 && p.to < p.from {
			turned := Ref{Work: o, parts: []part{{first: b[0].first, from: b[0].from, last: a[0].last, to: a[0].to, at: -1, section: -1}}}
			return nil, true, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": typed(ts[:i]), "Last": typed(ts[i+1:])},
				Suggestions: []Suggestion{{Citation: turned.Canonical()}}}
		}
		e.scope = right.scope
		return []part{p}, true, nil
	}
	return nil, false, nil
}

func rangeSign(t *token) bool {
	return !t.quoted && (t.sign == dash || t.is("to", "through", "thru", "until", "till", "bis"))
}

// trimPlace takes off what may stand around a place and means nothing.
func trimPlace(ts []token) []token {
	for len(ts) > 0 {
		t := &ts[0]
		if t.sign == comma || t.sign == semi || t.sign == colon || t.sign == dot || t.sign == slash || t.sign == dash {
			ts = ts[1:]
			continue
		}
		break
	}
	for len(ts) > 0 {
		t := &ts[len(ts)-1]
		if t.sign == comma || t.sign == colon || t.sign == dot || t.sign == slash {
			ts = ts[:len(ts)-1]
			continue
		}
		break
	}
	return ts
}
