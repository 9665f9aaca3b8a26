package library

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// An Outline is a work without its words: enough to resolve any citation and
// to complete one as it is typed. It is built once per import and kept in
// memory for every work on a shelf.
type Outline struct {
	Meta
	Sections []Section
	Passages []Spot // in document order, as in Work.Passages

	verses   map[string][]int // the passages that an address in the work's scheme names
	byNumber []int            // the index of ¶ n stands at n
	paths    []string
	folded   []string // the titles of sections, folded
}

// A Spot is what an Outline knows of a passage.
type Spot struct {
	ID        int64 // the storage's, 0 where there is none
	Kind      Kind
	Section   int
	Number    int
	InSection int
	Sentences int
	Words     int
	Anchor    Anchor
	Label     string
	Page      string
	Verse     string
	Opening   string // the first words, for a button
}

// NewOutline is the outline of a work whose passages are numbered.
func NewOutline(w *Work) *Outline {
	o := &Outline{Meta: w.Meta, Sections: slices.Clone(w.Sections)}
	for i := range w.Passages {
		p := &w.Passages[i]
		o.Passages = append(o.Passages, Spot{Kind: p.Kind, Section: p.Section, Number: p.Number, InSection: p.InSection, Words: p.Words,
			Sentences: CountSentences(p.Text, w.Language), Anchor: p.Anchor, Label: p.Label, Page: p.Page, Verse: p.Verse, Opening: Opening(p.Text)})
	}
	o.Index()
	return o
}

// Index sets what follows from Sections and Passages. Whoever fills an Outline
// in calls it last.
func (o *Outline) Index() {
	o.indexVerses()
	o.byNumber = []int{-1}
	for i := range o.Sections {
		s := &o.Sections[i]
		s.First, s.Last, s.Words = 0, 0, 0
	}
	for i := range o.Passages {
		p := &o.Passages[i]
		if p.Number == 0 {
			continue
		}
		o.byNumber = append(o.byNumber, i)
		for at := p.Section; at >= 0; at = o.Sections[at].Parent {
			s := &o.Sections[at]
			if s.First == 0 {
				s.First = p.Number
			}
			s.Last = p.Number
			s.Words += p.Words
		}
	}
	o.paths = make([]string, len(o.Sections))
	o.folded = make([]string, len(o.Sections))
	ordinal := map[int]int{} // by parent, of those that are no lead
	arabic := map[int]bool{} // parents with children whose labels are numbers
	seen := map[string]int{} // paths given
	for i := range o.Sections {
		if _, err := strconv.Atoi(o.Sections[i].Label()); err == nil {
			arabic[o.Sections[i].Parent] = true
		}
	}
	for i := range o.Sections {
		s := &o.Sections[i]
		o.folded[i] = Fold(s.Title)
		own := s.Label()
		switch {
		case s.Lead:
			own = "0"
		default:
			ordinal[s.Parent]++
			if own == "" {
				own = strconv.Itoa(ordinal[s.Parent])
				if arabic[s.Parent] {
					own = "§" + own
				}
			}
		}
		path := own
		if s.Parent >= 0 {
			path = o.paths[s.Parent] + "." + own
		}
		// A label that comes twice among its siblings is told apart.
		if seen[path]++; seen[path] > 1 {
			path += "(" + strconv.Itoa(seen[path]) + ")"
		}
		o.paths[i] = path
	}
}

// Last is the number of the last ¶, 0 if there is none.
func (o *Outline) Last() int { return len(o.byNumber) - 1 }

// At is the index of ¶ n, which must exist.
func (o *Outline) At(n int) int { return o.byNumber[n] }

// SectionPath is a section's labels from the top, joined by dots: "2.II"; an
// ordinal stands for a label that is missing, and "0" for a lead.
func (o *Outline) SectionPath(i int) string { return o.paths[i] }

// SectionName is a section as people read it: its path and title where it has
// a label, otherwise its title; "" for a lead.
func (o *Outline) SectionName(i int) string {
	s := &o.Sections[i]
	switch {
	case s.Lead && s.Title == "":
		if s.Parent >= 0 {
			return o.SectionName(s.Parent)
		}
		return ""
	case len(s.Labels) == 0:
		return s.Title
	case s.Title == "":
		return o.paths[i]
	}
	return o.paths[i] + " " + s.Title
}

// Cite is the canonical citation of a run of ¶s.
func (o *Outline) Cite(first, last int) string { return o.Alias() + " " + o.place(first, last) }

func runOf(first, last int) string {
	if first == last {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(last)
}

// Fold makes a name comparable: lower case, no accents, no punctuation, words
// parted by single spaces.
func Fold(s string) string {
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	if folded, _, err := transform.String(t, s); err == nil {
		s = folded
	}
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			b.WriteRune(unicode.ToLower(r))
		case r == '\'' || r == '’':
		default:
			gap = true
		}
	}
	return b.String()
}

// A Shelf is the works that a group can see. It never changes and may be used
// from many goroutines.
type Shelf struct {
	works  []*Outline
	byID   map[WorkID]*Outline
	alias  map[string][]*Outline
	titles []string // folded "title", beside works
	whole  []string // folded "title subtitle author"
}

// NewShelf makes a shelf of works that are indexed.
func NewShelf(works []*Outline) *Shelf {
	s := &Shelf{works: works, byID: map[WorkID]*Outline{}, alias: map[string][]*Outline{}}
	for _, o := range works {
		s.byID[o.ID] = o
		for _, a := range o.Aliases {
			f := Fold(a)
			s.alias[f] = append(s.alias[f], o)
		}
		s.titles = append(s.titles, Fold(o.Title))
		s.whole = append(s.whole, Fold(o.Title+" "+o.Subtitle+" "+o.Author))
	}
	return s
}

// Works are the works, in the order they were given.
func (s *Shelf) Works() []*Outline { return s.works }

// Empty reports whether there are no works.
func (s *Shelf) Empty() bool { return len(s.works) == 0 }

// ByID is a work by its identity, nil if it is not on the shelf.
func (s *Shelf) ByID(id WorkID) *Outline { return s.byID[id] }

// named are the works that a name fits: those with that alias, otherwise those
// with that title, otherwise those in whose title or author its words stand.
func (s *Shelf) named(name string) []*Outline {
	f := Fold(name)
	if f == "" {
		return nil
	}
	if found := s.alias[f]; len(found) > 0 {
		return found
	}
	var exact, part []*Outline
	words := strings.Fields(f)
	for i, o := range s.works {
		if s.titles[i] == f {
			exact = append(exact, o)
		}
		if hasWords(s.whole[i], words) {
			part = append(part, o)
		}
	}
	if len(exact) > 0 {
		return exact
	}
	return part
}

// hasWords reports whether each word begins a word of text. A lone letter or
// number is too little to name a work by.
func hasWords(text string, words []string) bool {
	long := false
	text = " " + text + " "
	for _, w := range words {
		if len(w) < 3 { // "a" is no beginning of "animal"
			w += " "
		} else {
			long = true
		}
		if !strings.Contains(text, " "+w) {
			return false
		}
	}
	return long
}

// Work is the work that a name fits. None is unknown_work with the nearest
// names, several are ambiguous with each of them.
func (s *Shelf) Work(name string) (*Outline, error) {
	switch found := s.named(name); len(found) {
	case 1:
		return found[0], nil
	case 0:
		return nil, s.unknown(name)
	default:
		return nil, ambiguousWork(name, found)
	}
}

func ambiguousWork(name string, found []*Outline) error {
	e := &Error{Code: Ambiguous, Reason: "which_work", Args: map[string]any{"Name": name, "Count": len(found)}}
	for _, o := range found[:min(len(found), 10)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.Alias(), Label: o.Title})
	}
	return e
}

// unknown is the error for a name that fits no work.
func (s *Shelf) unknown(name string) error {
	e := &Error{Code: UnknownWork, Reason: "no_such_work", Args: map[string]any{"Name": strings.TrimSpace(name), "Works": len(s.works)}}
	f := Fold(name)
	if first, _, ok := strings.Cut(f, " "); ok {
		f = first
	}
	if len(f) > 40 {
		return e
	}
	type near struct {
		o *Outline
		d int
	}
	var all []near
	for i, o := range s.works {
		best := 99
		for _, w := range append(strings.Fields(s.whole[i]), Fold(o.Alias())) {
			if len(w) > 2 {
				best = min(best, editDistance(f, w))
			}
		}
		if best <= 1+len(f)/4 && best < len(f)/2+1 {
			all = append(all, near{o, best})
		}
	}
	slices.SortStableFunc(all, func(a, b near) int { return a.d - b.d })
	for _, n := range all[:min(len(all), 3)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: n.o.Alias(), Label: n.o.Title})
	}
	if len(e.Suggestions) > 0 {
		e.Reason = "no_such_work_near"
	}
	return e
}

// editDistance is the distance of Damerau and Levenshtein between two short
// words (optimal string alignment), in bytes.
func editDistance(a, b string) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		d[i][0] = i
	}
	for j := range d[0] {
		d[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d[i][j] = min(d[i-1][j]+1, d[i][j-1]+1, d[i-1][j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}
