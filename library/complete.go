package library

import "strings"

// A Completion is a citation that completes what is being typed.
type Completion struct {
	Value string
	Label string
}

// Complete offers what may follow as somebody types a citation: works, then
// their sections, then ¶s with their first words.
func (s *Shelf) Complete(prefix string, limit int) []Completion {
	var out []Completion
	add := func(value, label string) bool {
		if len(out) < limit {
			out = append(out, Completion{value, label})
		}
		return len(out) < limit
	}
	head, rest, spaced := strings.Cut(strings.TrimLeft(prefix, " "), " ")
	if found := s.alias[Fold(head)]; len(found) == 1 && spaced {
		o := found[0]
		want := Fold(rest)
		for i := range o.Sections {
			name := o.SectionName(i)
			if name != "" && strings.Contains(Fold(o.paths[i]+" "+o.Sections[i].Title), want) && !add(o.citeSection(i), name) {
				return out
			}
		}
		for n := 1; n <= o.Last(); n++ {
			if c := o.Cite(n, n); strings.HasPrefix(c, o.Alias()+" "+strings.TrimSpace(rest)) && !add(c, "¶ "+c[len(o.Alias())+1:]+" "+o.Passages[o.At(n)].Opening) {
				return out
			}
		}
		return out
	}
	f := Fold(prefix)
	for i, o := range s.works {
		if (strings.HasPrefix(Fold(o.Alias()), f) || hasWordsShort(s.whole[i], strings.Fields(f))) && !add(o.Alias(), o.Title) {
			break
		}
	}
	return out
}

// hasWordsShort is hasWords for what is only begun to be typed.
func hasWordsShort(text string, words []string) bool {
	for _, w := range words {
		if !strings.HasPrefix(text, w) && !strings.Contains(text, " "+w) {
			return false
		}
	}
	return true
}
