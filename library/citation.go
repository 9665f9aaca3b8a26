package library

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxCitation bounds what is read as a citation, in bytes.
const maxCitation = 500

// A Context is what a citation may lean on: where the group is. The zero
// Context has nothing to lean on.
type Context struct {
	// Current is the work that is being read; a citation that names no work is
	// one into it.
	Current WorkID
	// This is the reading that is open, Next and Prev those beside it.
	This, Next, Prev []Run
	// Last are the citations that were looked up before, the newest first.
	Last []string
}

// A Run is a run of ¶s of a work.
type Run struct {
	Work        WorkID
	First, Last int
}

// A Ref is what a citation names.
type Ref struct {
	Work  *Outline
	parts []part
	whole bool // the work, as such
}

// A part of a reference: a run of numbered passages, with the sentences it is
// cut to, or one epigraph or footnote.
type part struct {
	first, last int // ¶ numbers
	from, to    int // sentences of first, 0 for all
	at          int // the index of an epigraph or a footnote, -1 for none
	section     int // a whole section, -1 for none
}

// Whole reports whether the reference is to a work as such.
func (r Ref) Whole() bool { return r.whole }

// Passages are the indexes, into Work.Passages, of what the reference names,
// in the order it names them: of a whole section its epigraphs too.
func (r Ref) Passages() []int {
	var out []int
	for _, p := range r.parts {
		switch {
		case p.at >= 0:
			out = append(out, p.at)
		case p.section >= 0:
			for i := range r.Work.Passages {
				if s := &r.Work.Passages[i]; s.Kind != Footnote && r.Work.within(s.Section, p.section) {
					out = append(out, i)
				}
			}
		default:
			for n := p.first; n <= p.last; n++ {
				out = append(out, r.Work.At(n))
			}
		}
	}
	return out
}

// Sentences are the first and last sentence of the passage with an index that
// the reference names, counted from 1; zeros are the whole passage.
func (r Ref) Sentences(index int) (first, last int) {
	for _, p := range r.parts {
		if p.at < 0 && p.from > 0 && r.Work.At(p.first) == index {
			return p.from, p.to
		}
	}
	return 0, 0
}

// Canonical is the citation in its one form: the alias and the work's numbers.
func (r Ref) Canonical() string {
	if r.whole {
		return r.Work.Alias()
	}
	var out []string
	for _, p := range r.parts {
		switch {
		case p.at >= 0:
			out = append(out, r.Work.apart(p.at))
		case p.from > 0:
			mark := ""
			if r.Work.Scheme != ByPassage {
				mark = "¶"
			}
			out = append(out, mark+strconv.Itoa(p.first)+":"+runOf(p.from, p.to))
		case p.section >= 0 && p.first == 0: // nothing numbered
			out = append(out, "§"+r.Work.paths[p.section])
		default:
			out = append(out, r.Work.place(p.first, p.last))
		}
	}
	return r.Work.Alias() + " " + strings.Join(out, ", ")
}

// CiteAt is the canonical citation of one passage.
func (o *Outline) CiteAt(index int) string {
	p := &o.Passages[index]
	if p.Number > 0 {
		return o.Cite(p.Number, p.Number)
	}
	return o.Alias() + " " + o.apart(index)
}

// apart names an epigraph or a footnote within its work.
func (o *Outline) apart(index int) string {
	p := &o.Passages[index]
	if p.Kind == Epigraph {
		return o.paths[p.Section] + " ep " + strconv.Itoa(p.InSection)
	}
	if p.Label != "" {
		same := 0
		for i := range o.Passages {
			if q := &o.Passages[i]; q.Kind == Footnote && q.Label == p.Label {
				same++
			}
		}
		if same == 1 {
			return "fn " + p.Label
		}
	}
	return "fn #" + strconv.Itoa(p.InSection)
}

// within reports whether section i is outer or stands in it.
func (o *Outline) within(i, outer int) bool {
	for ; i >= 0; i = o.Sections[i].Parent {
		if i == outer {
			return true
		}
	}
	return false
}

var (
	signs     = strings.NewReplacer("–", "-", "—", "-", "‑", "-", "−", "-", "“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`, "‘", "'", "’", "'", "\u00a0", " ", "\u202f", " ", "¶¶", "¶", "§§", "§", "§ ", "§", "¶ ", "¶")
	splitName = regexp.MustCompile(`^([\p{L}]{3,})([0-9§¶].*)$`)
)

// Resolve finds what a citation names. Its errors are *Error: what is not
// understood is syntax, what names several things ambiguous with each of them,
// what lies beyond the text out_of_range with the last number there is; it
// never guesses.
func (s *Shelf) Resolve(query string, c Context) (Ref, error) {
	if len(query) > maxCitation {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_too_long", Args: map[string]any{"Max": maxCitation}}
	}
	q := strings.Join(strings.Fields(signs.Replace(strings.ToValidUTF8(query, ""))), " ")
	q = strings.TrimSpace(strings.Trim(q, "[]().!? "))
	if q == "" {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_empty"}
	}
	if len(s.works) == 0 {
		return Ref{}, &Error{Code: UnknownWork, Reason: "shelf_empty"}
	}
	if ref, ok, err := s.leaning(q, c); ok {
		return ref, err
	}
	words := strings.Split(q, " ")
	if m := splitName.FindStringSubmatch(words[0]); m != nil && len(s.named(words[0])) == 0 {
		words = append([]string{m[1], m[2]}, words[1:]...)
	}
	// The longest name that fits a work is taken, unless what is left means
	// nothing there and a shorter name does better.
	var firstErr error
	for n := len(words); n > 0; n-- {
		found := s.named(strings.Join(words[:n], " "))
		if len(found) == 0 || n > 1 && Fold(words[n-1]) == "" { // "wright §" is not the name alone
			continue
		}
		rest := strings.TrimLeft(strings.Join(words[n:], " "), ",: ")
		var hits []Ref
		var hitOf []*Outline
		for _, o := range found {
			ref, err := o.resolve(rest)
			if err == nil {
				hits, hitOf = append(hits, ref), append(hitOf, o)
				continue
			}
			if firstErr == nil && (len(found) == 1 || rest == "") {
				firstErr = err
			}
		}
		switch {
		case len(hits) == 1 && len(found) == 1:
			return hits[0], nil
		case len(hits) == 1 && rest != "":
			return hits[0], nil
		case len(hits) > 1:
			e := &Error{Code: Ambiguous, Reason: "which_work", Args: map[string]any{"Name": strings.Join(words[:n], " "), "Count": len(hits)}}
			for i, o := range hitOf[:min(len(hits), 10)] {
				e.Suggestions = append(e.Suggestions, Suggestion{Citation: hits[i].Canonical(), Label: o.Title})
			}
			return Ref{}, e
		case firstErr == nil:
			firstErr = ambiguousWork(strings.Join(words[:n], " "), found)
		}
	}
	if firstErr != nil {
		return Ref{}, firstErr
	}
	// No work is named: the one that is read, or the only one there is.
	o := s.byID[c.Current]
	if o == nil && len(s.works) == 1 {
		o = s.works[0]
	}
	if o != nil {
		ref, err := o.resolve(q)
		if err == nil || startsPlace(q) {
			return ref, err
		}
	} else if startsPlace(q) {
		return Ref{}, &Error{Code: Syntax, Reason: "name_a_work", Args: map[string]any{"Place": q, "Example": s.works[0].Alias() + " " + q}}
	}
	// The name ends where a place begins; what is suggested keeps the place.
	at := len(words)
	for i := 1; i < len(words); i++ {
		if startsPlace(words[i]) {
			at = i
			break
		}
	}
	err := s.unknown(strings.Join(words[:at], " "))
	var e *Error
	if errors.As(err, &e) && at < len(words) {
		for i := range e.Suggestions {
			e.Suggestions[i].Citation += " " + strings.Join(words[at:], " ")
		}
	}
	return Ref{}, err
}

// startsPlace reports whether a citation begins with a place rather than a
// name.
func startsPlace(q string) bool {
	return strings.ContainsAny(q[:1], "0123456789") || strings.HasPrefix(q, "§") || strings.HasPrefix(q, "¶")
}

// leaning resolves the words that lean on where the group is.
func (s *Shelf) leaning(q string, c Context) (ref Ref, ok bool, err error) {
	var runs []Run
	switch strings.ToLower(q) {
	case "this", "this week", "this reading":
		runs = c.This
	case "next", "next week", "next reading":
		runs = c.Next
	case "prev", "previous", "last week", "previous reading":
		runs = c.Prev
	case "ibid", "ibid.":
		if len(c.Last) == 0 {
			return Ref{}, true, &Error{Code: NotFound, Reason: "no_ibid"}
		}
		ref, err := s.Resolve(c.Last[0], Context{})
		return ref, true, err
	default:
		return Ref{}, false, nil
	}
	if len(runs) == 0 {
		return Ref{}, true, &Error{Code: NotFound, Reason: "nothing_to_lean_on", Args: map[string]any{"Word": q}}
	}
	o := s.byID[runs[0].Work]
	if o == nil {
		return Ref{}, true, &Error{Code: NotFound, Reason: "nothing_to_lean_on", Args: map[string]any{"Word": q}}
	}
	ref = Ref{Work: o}
	for _, r := range runs {
		if r.Work == o.ID && r.First >= 1 && r.Last <= o.Last() {
			ref.parts = append(ref.parts, part{first: r.First, last: r.Last, at: -1, section: -1})
		}
	}
	return ref, true, nil
}

// resolve reads a place in the work: a list of elements, each of which may
// stand in the section that the one before it named.
func (o *Outline) resolve(place string) (Ref, error) {
	ref := Ref{Work: o}
	if place == "" {
		ref.whole = true
		if o.Last() > 0 {
			ref.parts = []part{{first: 1, last: o.Last(), at: -1, section: -1}}
		}
		return ref, nil
	}
	for group := range strings.SplitSeq(place, ";") {
		scope := -1
		for _, element := range splitCommas(group) {
			p, inner, err := o.element(strings.TrimSpace(element), scope)
			if err != nil {
				return Ref{}, err
			}
			ref.parts = append(ref.parts, p...)
			scope = inner
		}
	}
	return ref, nil
}

// splitCommas splits at commas that stand outside quotation marks and before a
// number, so that a title may hold one.
func splitCommas(s string) []string {
	var out []string
	start, quoted := 0, false
	for i, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case r == ',' && !quoted:
			if rest := strings.TrimLeft(s[i+1:], " ¶"); rest == "" || unicode.IsDigit(rune(rest[0])) {
				out = append(out, s[start:i])
				start = i + 1
			}
		}
	}
	return append(out, s[start:])
}

var (
	numbers = regexp.MustCompile(`(?i)^(?:¶|par(?:agraph|a)?s?\.?|passages?|nos?\.)? ?([0-9]+)(?: ?(?:-|to|bis) ?¶?([0-9]+)| ?(ff?)\.?)?$`)
	// The sentences of one passage.
	sentences = regexp.MustCompile(`^¶? ?([0-9]+) ?: ?([0-9]+)(?: ?- ?([0-9]+))?$`)
	lastOne   = regexp.MustCompile(`(?i)^(?:¶|par\.?)? ?last$`)
	pages     = regexp.MustCompile(`(?i)^(?:pp?\.?|pages?) ?([0-9]+|[ivxlc]+)(?: ?- ?([0-9]+|[ivxlc]+))?$`)
	epigraph  = regexp.MustCompile(`(?i)(?:^| )ep(?:igraph)?s?\.? ?([0-9]+)$`)
	footnote  = regexp.MustCompile(`(?i)(?:^| )(?:fn|footnote|note|n)\.? ?(#?)\[?([0-9]+|[*†‡]+|[a-z0-9-]+)\]?$`)
	ordinals  = regexp.MustCompile(`(?i)^(?:§|sect?(?:ion)?\.? |ch(?:ap(?:ter)?)?s?\.? ?|part |pt\.? |book |bk\.? )\s*(.+)$`)
)

func syntaxError(place string) error {
	return &Error{Code: Syntax, Reason: "place", Args: map[string]any{"Place": place}}
}

// element reads one element, in a section or in the whole work, and returns
// the section that it named.
func (o *Outline) element(s string, scope int) ([]part, int, error) {
	if s == "" {
		return nil, scope, syntaxError(s)
	}
	if o.Scheme != ByPassage {
		if p, in, ok, err := o.addressed(s, scope); ok {
			return p, in, err
		}
	}
	if p, ok, err := o.numbered(s, scope); ok {
		return p, scope, err
	}
	if m := pages.FindStringSubmatch(s); m != nil {
		p, err := o.page(m[1], m[2])
		return p, scope, err
	}
	if m := footnote.FindStringSubmatchIndex(s); m != nil && (m[0] == 0 || o.hasSection(s[:m[0]])) {
		p, err := o.note(s[m[4]:m[5]], m[2] != m[3])
		return p, scope, err
	}
	if m := epigraph.FindStringSubmatchIndex(s); m != nil {
		n, _ := strconv.Atoi(s[m[2]:m[3]])
		in := scope
		if head := strings.TrimSpace(s[:m[0]]); head != "" {
			found := o.sections(head)
			if len(found) != 1 {
				return nil, scope, o.sectionError(head, found)
			}
			in = found[0]
		}
		p, err := o.epigraph(in, n)
		return p, in, err
	}
	// A section, and perhaps numbers within it: the longest name that fits.
	words := strings.Split(s, " ")
	var bad error
	for n := len(words); n > 0; n-- {
		head, rest := strings.Join(words[:n], " "), strings.Join(words[n:], " ")
		head = strings.TrimRight(head, ":")
		found := o.sections(head)
		if len(found) == 0 {
			continue
		}
		if rest == "" {
			if len(found) > 1 {
				return nil, scope, o.sectionError(head, found)
			}
			sec := &o.Sections[found[0]]
			return []part{{first: sec.First, last: sec.Last, at: -1, section: found[0]}}, found[0], nil
		}
		// A label that several sections bear is clear if one alone has the numbers.
		var fit []int
		var parts []part
		for _, f := range found {
			p, ok, err := o.inSection(rest, f)
			if !ok {
				break
			}
			if err != nil {
				bad = err
				continue
			}
			fit, parts = append(fit, f), p
		}
		if len(fit) == 1 {
			return parts, fit[0], nil
		}
		if len(fit) > 1 {
			return nil, scope, o.sectionError(head, fit)
		}
		if bad != nil && len(found) == 1 {
			return nil, scope, bad
		}
	}
	if bad != nil {
		return nil, scope, bad
	}
	return nil, scope, &Error{Code: NotFound, Reason: "no_such_section", Args: map[string]any{"Place": s, "Work": o.Alias()}, Suggestions: o.nearSections(s)}
}

// inSection reads an address in the work's own scheme, or ¶ numbers, within a
// section.
func (o *Outline) inSection(s string, section int) (p []part, ok bool, err error) {
	if o.Scheme != ByPassage {
		if p, _, ok, err = o.addressed(s, section); ok {
			return p, ok, err
		}
	}
	return o.numbered(s, section)
}

// numbered reads ¶ numbers within a section, or within the work for -1.
func (o *Outline) numbered(s string, scope int) (p []part, ok bool, err error) {
	count := o.Last()
	number := func(n int) int { return n }
	if scope >= 0 {
		inside := o.inner(scope)
		count = len(inside)
		number = func(n int) int { return inside[n-1] }
	}
	outside := func(n int) error {
		e := &Error{Code: OutOfRange, Reason: "passage_range", Args: map[string]any{"Work": o.Alias(), "Number": n, "Last": count}}
		if scope >= 0 {
			e.Reason, e.Args["Section"] = "passage_range_section", o.SectionName(scope)
			if o.SectionName(scope) == "" {
				e.Args["Section"] = "§" + o.paths[scope]
			}
		}
		for _, near := range nearNumbers(n, count) {
			c := o.Cite(number(near), number(near))
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: c, Label: strconv.Itoa(near)})
		}
		return e
	}
	one := func(text string) (int, bool) {
		if len(text) > 9 {
			return 0, false
		}
		n, err := strconv.Atoi(text)
		return n, err == nil && n >= 1 && n <= count
	}
	if m := sentences.FindStringSubmatch(s); m != nil {
		n, fits := one(m[1])
		if !fits {
			return nil, true, outside(atoi(m[1]))
		}
		at := number(n)
		from, to := atoi(m[2]), atoi(m[2])
		if m[3] != "" {
			to = atoi(m[3])
		}
		has := o.Passages[o.At(at)].Sentences
		if from < 1 || to < from || to > has {
			return nil, true, &Error{Code: OutOfRange, Reason: "sentence_range", Args: map[string]any{"Citation": o.Cite(at, at), "Last": has},
				Suggestions: []Suggestion{{Citation: o.Cite(at, at)}}}
		}
		return []part{{first: at, last: at, from: from, to: to, at: -1, section: -1}}, true, nil
	}
	if lastOne.MatchString(s) {
		if count == 0 {
			return nil, true, outside(1)
		}
		return []part{{first: number(count), last: number(count), at: -1, section: -1}}, true, nil
	}
	m := numbers.FindStringSubmatch(s)
	if m == nil {
		return nil, false, nil
	}
	first, fits := one(m[1])
	if !fits {
		return nil, true, outside(atoi(m[1]))
	}
	end := first
	switch {
	case m[2] != "":
		if end, fits = one(m[2]); !fits {
			// "217-21" is how pages are written short.
			if short := m[1][:max(0, len(m[1])-len(m[2]))] + m[2]; len(m[2]) < len(m[1]) {
				end, fits = one(short)
			}
			if !fits {
				return nil, true, outside(atoi(m[2]))
			}
		}
		if end < first {
			if short, okay := one(m[1][:max(0, len(m[1])-len(m[2]))] + m[2]); okay && short > first && len(m[2]) < len(m[1]) {
				end = short
			} else {
				return nil, true, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": first, "Last": end},
					Suggestions: []Suggestion{{Citation: o.Cite(number(end), number(first))}}}
			}
		}
	case strings.EqualFold(m[3], "f"):
		end = min(first+1, count)
	case strings.EqualFold(m[3], "ff"):
		// To the end of the innermost section it stands in.
		sec := o.Passages[o.At(number(first))].Section
		for end < count && o.Passages[o.At(number(end+1))].Section == sec {
			end++
		}
	}
	// Numbers within a section may have gaps where a deeper one stands between.
	var out []part
	for n := first; n <= end; n++ {
		at := number(n)
		if k := len(out) - 1; k >= 0 && out[k].last+1 == at {
			out[k].last = at
			continue
		}
		out = append(out, part{first: at, last: at, at: -1, section: -1})
	}
	return out, true, nil
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 1 << 30 // digits alone, so too many of them
	}
	return n
}

// inner are the ¶ numbers that a section's own numbers mean: of the passages
// directly in it, or, where it has none, of all below it.
func (o *Outline) inner(section int) []int {
	var own, all []int
	for n := o.Sections[section].First; n > 0 && n <= o.Sections[section].Last; n++ {
		all = append(all, n)
		if o.Passages[o.At(n)].Section == section {
			own = append(own, n)
		}
	}
	if len(own) > 0 {
		return own
	}
	return all
}

// nearNumbers are what may have been meant by a number that is too large: it
// with a digit dropped, and the last there is.
func nearNumbers(n, count int) []int {
	var out []int
	add := func(x int) {
		if x >= 1 && x <= count && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	s := strconv.Itoa(n)
	if len(s) <= 5 {
		for i := len(s) - 1; i >= 0; i-- {
			add(atoi("0" + s[:i] + s[i+1:]))
			if len(out) == 1 {
				break
			}
		}
	}
	add(count)
	return out
}

// page are the passages that begin on a page, or on which it begins.
func (o *Outline) page(first, last string) ([]part, error) {
	if last == "" {
		last = first
	}
	a, b := -1, -1
	has := ""
	for n := 1; n <= o.Last(); n++ {
		p := o.Passages[o.At(n)].Page
		if p == "" {
			continue
		}
		has = p
		if comparePages(p, first) <= 0 {
			a = n // a page may begin within a passage
			if comparePages(p, first) == 0 && (n == 1 || o.Passages[o.At(n-1)].Page != p) {
				b = -1
			}
		}
		if comparePages(p, last) <= 0 {
			b = n
		}
	}
	if has == "" {
		return nil, &Error{Code: NotFound, Reason: "no_pages", Args: map[string]any{"Work": o.Alias()}}
	}
	if comparePages(first, has) > 0 || a < 0 {
		return nil, &Error{Code: OutOfRange, Reason: "page_range", Args: map[string]any{"Work": o.Alias(), "Page": first, "Last": has}}
	}
	for a > 1 && o.Passages[o.At(a-1)].Page == o.Passages[o.At(a)].Page {
		a--
	}
	return []part{{first: a, last: max(a, b), at: -1, section: -1}}, nil
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
	values := map[rune]int{'i': 1, 'v': 5, 'x': 10, 'l': 50, 'c': 100, 'd': 500, 'm': 1000}
	total, last := 0, 0
	for _, r := range strings.ToLower(s) {
		v := values[r]
		if v == 0 {
			return 0
		}
		if v > last {
			total -= 2 * last
		}
		total += v
		last = v
	}
	return total
}

// note is the footnote that bears a label, or has an ordinal.
func (o *Outline) note(label string, ordinal bool) ([]part, error) {
	var found []int
	count := 0
	for i := range o.Passages {
		p := &o.Passages[i]
		if p.Kind != Footnote {
			continue
		}
		count++
		if !ordinal && strings.EqualFold(p.Label, label) || ordinal && strconv.Itoa(p.InSection) == label {
			found = append(found, i)
		}
	}
	if len(found) == 0 && !ordinal { // notes that bear no label go by their place
		for i := range o.Passages {
			if p := &o.Passages[i]; p.Kind == Footnote && p.Label == "" && strconv.Itoa(p.InSection) == label {
				found = append(found, i)
			}
		}
	}
	switch {
	case count == 0:
		return nil, &Error{Code: NotFound, Reason: "no_notes", Args: map[string]any{"Work": o.Alias()}}
	case len(found) == 0:
		return nil, &Error{Code: OutOfRange, Reason: "note_range", Args: map[string]any{"Work": o.Alias(), "Count": count}}
	case len(found) > 1:
		e := &Error{Code: Ambiguous, Reason: "which_note", Args: map[string]any{"Label": label, "Count": len(found)}}
		for _, i := range found {
			e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.CiteAt(i), Label: o.Passages[i].Opening})
		}
		return nil, e
	}
	return []part{{at: found[0], section: -1}}, nil
}

func (o *Outline) epigraph(section, n int) ([]part, error) {
	var all []int
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Kind == Epigraph && (section < 0 || p.Section == section) {
			all = append(all, i)
		}
	}
	if n < 1 || n > len(all) {
		where := o.Alias()
		if section >= 0 {
			where += " " + o.paths[section]
		}
		return nil, &Error{Code: OutOfRange, Reason: "epigraph_range", Args: map[string]any{"Work": where, "Count": len(all)}}
	}
	if section < 0 && o.Passages[all[0]].Section != o.Passages[all[len(all)-1]].Section {
		e := &Error{Code: Ambiguous, Reason: "which_epigraph", Args: map[string]any{"Count": len(all)}}
		for _, i := range all {
			if o.Passages[i].InSection == n {
				e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.CiteAt(i), Label: o.Passages[i].Opening})
			}
		}
		return nil, e
	}
	return []part{{at: all[n-1], section: -1}}, nil
}

// Resolve finds what a place in the work names: a citation without the work's
// name.
func (o *Outline) Resolve(place string) (Ref, error) {
	if len(place) > maxCitation {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_too_long", Args: map[string]any{"Max": maxCitation}}
	}
	q := strings.Join(strings.Fields(signs.Replace(strings.ToValidUTF8(place, ""))), " ")
	if q == "" {
		return Ref{}, &Error{Code: Syntax, Reason: "citation_empty"}
	}
	return o.resolve(q)
}
