package library

import (
	"slices"
	"strconv"
	"strings"
)

// numberWords are chapters' numbers as people write them out.
var numberWords = map[string]int{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}

func (o *Outline) hasSection(name string) bool {
	name = strings.TrimSpace(name)
	return name == "" || len(o.sections(name)) > 0
}

// sections are the sections that a name fits: by ordinal, by label, by path of
// labels, by title, or by a piece of a title.
func (o *Outline) sections(name string) []int {
	name = strings.TrimSpace(name)
	if m := ordinals.FindStringSubmatch(name); m != nil {
		if found := o.ordinal(strings.TrimSpace(m[1]), strings.HasPrefix(name, "§")); len(found) > 0 {
			return found
		}
		if strings.HasPrefix(name, "§") {
			return nil
		}
	}
	quoted := strings.HasPrefix(name, `"`)
	if !quoted {
		if found := o.byPath(name); len(found) > 0 {
			return found
		}
	}
	return o.byTitle(name)
}

// ordinal are the sections that "§3", "ch. 3" and their like name: those that
// bear the label, otherwise the third at the top level. § always counts.
func (o *Outline) ordinal(s string, counts bool) []int {
	if strings.ContainsAny(s, ". ") || !counts {
		if found := o.byPath(s); len(found) > 0 {
			return found
		}
	}
	if s == "" || strings.ContainsAny(s[:1], "+-") {
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		if n = numberWords[strings.ToLower(s)]; n == 0 {
			if found := o.byPath(s); len(found) > 0 {
				return found
			}
			n = roman(s)
		}
		if n == 0 {
			return nil
		}
	}
	var top []int
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Parent < 0 && (!s.Lead || n == 0) {
			if n == 0 && s.Lead {
				return []int{i}
			}
			if !s.Lead {
				top = append(top, i)
			}
		}
	}
	if n == -1 && len(top) > 0 {
		return top[len(top)-1:]
	}
	if n < 1 || n > len(top) {
		return nil
	}
	return top[n-1 : n]
}

// byPath are the sections whose labels are a path: "2.II", "2 appendix", "II".
// A path of several labels begins at the top level; one label is found at any.
func (o *Outline) byPath(s string) []int {
	for i, p := range o.paths {
		if p == s && (len(o.Sections[i].Labels) > 0 || o.Sections[i].Lead || strings.ContainsAny(p, ".§")) {
			return []int{i}
		}
	}
	steps := strings.FieldsFunc(s, func(r rune) bool { return r == '.' || r == ' ' })
	if len(steps) == 0 || len(steps) > 8 {
		return nil
	}
	if len(steps) == 1 {
		return o.labelled(steps[0], -2)
	}
	// After a space a number counts passages, unless a section bears it as its
	// label: "VI 3". After a dot it counts sections: "VI.3".
	dotted := strings.Contains(s, ".")
	found := o.child(-1, steps[0], dotted)
	for _, step := range steps[1:] {
		var next []int
		for _, f := range found {
			next = append(next, o.child(f, step, dotted)...)
		}
		found = next
	}
	return found
}

// child are the children of a section that bear a label, or whose roman label
// has that value, or, if ordinals count, the one at that place.
func (o *Outline) child(parent int, label string, ordinals bool) []int {
	if found := o.labelled(label, parent); len(found) > 0 || !ordinals {
		return found
	}
	n, err := strconv.Atoi(label)
	if err != nil {
		return nil
	}
	var found []int
	for i := range o.Sections {
		if s := &o.Sections[i]; s.Parent == parent && n > 0 {
			for _, l := range s.Labels {
				if roman(l) == n {
					found = append(found, i)
				}
			}
		}
	}
	if len(found) == 0 {
		return o.ordinalIn(parent, label)
	}
	return found
}

// labelled are the children of parent that bear a label; of -1 those at the
// top level, of -2 all sections. Labels ignore case, and an exact match wins.
func (o *Outline) labelled(label string, parent int) []int {
	var exact, folded []int
	for i := range o.Sections {
		s := &o.Sections[i]
		if parent != -2 && s.Parent != parent {
			continue
		}
		labels := s.Labels
		if len(labels) > 1 {
			labels = append(slices.Clone(labels), s.Label())
		}
		if s.Lead && label == "0" {
			exact = append(exact, i)
		}
		for _, l := range labels {
			if l == label {
				exact = append(exact, i)
			} else if strings.EqualFold(l, label) {
				folded = append(folded, i)
			}
		}
	}
	if len(exact) > 0 {
		// "II" wins over "ii" only where both stand: told apart by the text itself.
		return slices.Compact(exact)
	}
	return slices.Compact(folded)
}

// ordinalIn is the n-th child of a section, where children bear no labels.
func (o *Outline) ordinalIn(parent int, s string) []int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return nil
	}
	at := 0
	for i := range o.Sections {
		if c := &o.Sections[i]; c.Parent == parent && !c.Lead {
			if at++; at == n && len(c.Labels) == 0 {
				return []int{i}
			}
		}
	}
	return nil
}

// byTitle are the sections with a title, otherwise those in whose title it
// stands. Less than three letters are no piece of a title.
func (o *Outline) byTitle(name string) []int {
	f := Fold(name)
	if f == "" {
		return nil
	}
	var exact, begins, words, part []int
	for i, t := range o.folded {
		full := t
		if l := Fold(o.Sections[i].Label()); l != "" {
			full = l + " " + t
		}
		switch {
		case t == "":
		case t == f || full == f:
			exact = append(exact, i)
		case len(f) >= 3 && (strings.HasPrefix(t, f) || strings.HasPrefix(full, f)):
			begins = append(begins, i)
		case len(f) >= 3 && strings.Contains(" "+t, " "+f):
			words = append(words, i)
		case len(f) >= 4 && strings.Contains(t, f):
			part = append(part, i)
		}
	}
	switch {
	case len(exact) > 0:
		return exact
	case len(begins)+len(words) > 0:
		begins = append(begins, words...)
		slices.Sort(begins)
		return begins
	}
	return part
}

// sectionError asks which of several sections was meant, or says that there is
// none.
func (o *Outline) sectionError(name string, found []int) error {
	if len(found) == 0 {
		return &Error{Code: NotFound, Reason: "no_such_section", Args: map[string]any{"Place": name, "Work": o.Alias()}, Suggestions: o.nearSections(name)}
	}
	e := &Error{Code: Ambiguous, Reason: "which_section", Args: map[string]any{"Name": name, "Work": o.Title, "Count": len(found)}}
	for _, i := range found[:min(len(found), 10)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.citeSection(i), Label: o.SectionName(i)})
	}
	return e
}

// citeSection is a citation that names a section whatever its label: by its
// numbers, where it has any.
func (o *Outline) citeSection(i int) string {
	if s := &o.Sections[i]; s.First > 0 {
		return o.Cite(s.First, s.Last)
	}
	return o.Alias() + " §" + o.paths[i]
}

// nearSections are the sections whose titles or labels are close to a name.
func (o *Outline) nearSections(name string) []Suggestion {
	f := Fold(name)
	if f == "" || len(f) > 60 {
		return nil
	}
	best, at := len(f)/3+1, -1
	for i, t := range o.folded {
		for _, w := range append(strings.Fields(t), t) {
			if len(w) < 4 || len(w) > 80 {
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
func (o *Outline) FindSections(name string) []int { return o.sections(name) }

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
