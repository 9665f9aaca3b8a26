package library

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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

	byNumber  []int // the index of ¶ n stands at n
	paths     []string
	folded    []string         // the titles of sections, folded
	labels    map[string][]int // sections by label, folded
	own       [][]run          // by section, the ¶s directly in it, or below it where it has none
	addresses []address        // by ¶, where the work has a scheme
	loci      map[locus][]run  // the ¶s at an address, and at what it begins with
	called    map[int]bool     // the footnotes that the text calls, by index
	year      int              // of Date, 0 if it says none
}

// A run is a run of ¶ numbers.
type run struct{ first, last int }

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
	Notes     []int  // the footnotes that the text calls: indexes into Outline.Passages
}

// NewOutline is the outline of a work whose passages are numbered.
func NewOutline(w *Work) *Outline {
	o := &Outline{Meta: w.Meta, Sections: slices.Clone(w.Sections)}
	for i := range w.Passages {
		p := &w.Passages[i]
		o.Passages = append(o.Passages, Spot{Kind: p.Kind, Section: p.Section, Number: p.Number, InSection: p.InSection, Words: p.Words,
			Sentences: CountSentences(p.Text, w.Language), Anchor: p.Anchor, Label: p.Label, Page: p.Page, Verse: p.Verse, Opening: Opening(p.Text), Notes: p.Notes})
	}
	o.Index()
	return o
}

// Index sets what follows from Sections and Passages. Whoever fills an Outline
// in calls it last.
func (o *Outline) Index() {
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
		if above := o.above(i); above >= 0 {
			path = o.paths[above] + "." + own
		}
		// A label that comes twice among its siblings is told apart.
		if seen[path]++; seen[path] > 1 {
			path += "(" + strconv.Itoa(seen[path]) + ")"
		}
		o.paths[i] = path
	}
	o.indexPlaces()
}

// above is the section whose path that of a section goes on from, -1 for none:
// the one it stands in, unless its label says that of a top one already, as 2.1
// does that of chapter 2.
func (o *Outline) above(i int) int {
	s := &o.Sections[i]
	if strings.Contains(s.Label(), ".") {
		for k := s.Parent; k >= 0; k = o.Sections[k].Parent {
			if x := &o.Sections[k]; x.Parent < 0 && x.Label() != "" && strings.HasPrefix(s.Label(), x.Label()+".") {
				return -1
			}
		}
	}
	return s.Parent
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
	case o.OutlineOnly() && s.Text != "": // as the table of contents has it
		return s.Text
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
func (o *Outline) Cite(first, last int) string { return o.Alias() + " " + o.numbers(first, last) }

// Named reports whether a citation begins with one of the work's short names and
// goes on with a number, so that no heading is meant that begins with that word.
func (o *Outline) Named(citation string) bool {
	folded := Fold(citation)
	for _, a := range o.Aliases {
		if place, ok := strings.CutPrefix(folded, Fold(a)+" "); ok && '0' <= place[0] && place[0] <= '9' {
			return true
		}
	}
	return false
}

// Fold makes a name comparable: lower case, no accents or letters that few
// keyboards have, no punctuation, words parted by single spaces.
func Fold(s string) string {
	if f, ok := foldASCII(s); ok {
		return f
	}
	t := transform.Chain(norm.NFKD, runes.Remove(runes.In(unicode.Mn)), norm.NFC)
	if folded, _, err := transform.String(t, s); err == nil {
		s = folded
	}
	var b strings.Builder
	gap := false
	for _, r := range s {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mc, r):
			if gap && b.Len() > 0 {
				b.WriteByte(' ')
			}
			gap = false
			if to, ok := SpelledOut(r); ok {
				b.WriteString(to)
				continue
			}
			b.WriteRune(unicode.ToLower(r))
		case r == '\'' || r == '’':
		default:
			gap = true
		}
	}
	return b.String()
}

// SpelledOut is how readers type a letter that Unicode does not decompose, where
// they type it otherwise: ss for ß.
func SpelledOut(r rune) (string, bool) {
	switch r {
	case 'ß', 'ẞ':
		return "ss", true
	case 'æ', 'Æ':
		return "ae", true
	case 'œ', 'Œ':
		return "oe", true
	case 'ø', 'Ø':
		return "o", true
	case 'ł', 'Ł':
		return "l", true
	case 'đ', 'Đ', 'ð', 'Ð':
		return "d", true
	case 'þ', 'Þ':
		return "th", true
	case 'ħ', 'Ħ':
		return "h", true
	case 'ı':
		return "i", true
	case 'ς': // the end of a word, which may yet be a piece of one
		return "σ", true
	}
	return "", false
}

// foldASCII is Fold for the common case, which it reports.
func foldASCII(s string) (string, bool) {
	out := make([]byte, 0, len(s))
	gap := false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= utf8.RuneSelf:
			return "", false
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9':
		case c == '\'':
			continue
		default:
			gap = true
			continue
		}
		if gap && len(out) > 0 {
			out = append(out, ' ')
		}
		gap = false
		out = append(out, c)
	}
	return string(out), true
}
