package library

import (
	"bytes"
	"math/bits"
	"slices"
	"sort"
	"strings"
	"unicode/utf8"
)

// A Shelf is the works that a group can see. It never changes and may be used
// from many goroutines. It knows the works' names; their outlines are opened
// when they are asked for.
type Shelf struct {
	open   func(*Entry) (*Outline, error)
	works  []*Entry
	byID   map[WorkID]*Entry
	alias  map[string][]*Entry
	titles map[string][]*Entry // by the whole title, folded
	words  map[string][]int32  // the works in whose title or author a word stands
	sorted []string            // those words, in order
	having [][]int32           // and for each of them the same as words has
	begins map[string][]int32  // the works by the letters that their authors' names begin with
}

// An Entry is what a shelf knows of a work before its outline is opened.
type Entry struct {
	Meta
	Text     int64 // the storage's, which is another for each version of the work; 0 where there is none
	Sections int
	Last     int   // the number of the last ¶, 0 if there is none
	Words    int   // of the numbered passages
	FirstID  int64 // of the first passage, the storage's; the others follow it one by one
	Passages int   // with epigraphs and footnotes

	title   string   // folded
	outline *Outline // where it need not be opened
}

// HasID reports whether a passage is one of the work's, by the storage's id.
func (e *Entry) HasID(id int64) bool { return id >= e.FirstID && id < e.FirstID+int64(e.Passages) }

// LastID is the id of the last passage.
func (e *Entry) LastID() int64 { return e.FirstID + int64(e.Passages) - 1 }

// NewShelf makes a shelf of works that are indexed.
func NewShelf(works []*Outline) *Shelf {
	entries := make([]*Entry, len(works))
	for i, o := range works {
		e := &Entry{Meta: o.Meta, Sections: len(o.Sections), Last: o.Last(), Passages: len(o.Passages), outline: o}
		for k := range o.Passages {
			if p := &o.Passages[k]; p.Number > 0 {
				e.Words += p.Words
			}
		}
		if e.Passages > 0 {
			e.FirstID = o.Passages[0].ID
		}
		entries[i] = e
	}
	return NewCatalogue(entries)
}

// NewCatalogue makes a shelf that knows works by name alone. Opening says where
// their outlines come from.
func NewCatalogue(works []*Entry) *Shelf {
	s := &Shelf{works: works, byID: map[WorkID]*Entry{}, alias: map[string][]*Entry{}, titles: map[string][]*Entry{}, words: map[string][]int32{}, begins: map[string][]int32{}}
	for i, e := range works {
		s.byID[e.ID] = e
		e.title = Fold(e.Title)
		for _, a := range e.Aliases {
			f := Fold(a)
			if !slices.Contains(s.alias[f], e) {
				s.alias[f] = append(s.alias[f], e)
			}
			s.addWords(f, i)
		}
		if f := e.title; f != "" {
			s.titles[f] = append(s.titles[f], e)
		}
		s.addWords(Fold(e.Title+" "+e.Subtitle+" "+e.Author), i)
		for w := range strings.FieldsSeq(Fold(e.Author)) {
			_, n := utf8.DecodeRuneInString(w)
			if at := s.begins[w[:n]]; len(at) == 0 || at[len(at)-1] != int32(i) {
				s.begins[w[:n]] = append(at, int32(i))
			}
		}
	}
	for w := range s.words {
		s.sorted = append(s.sorted, w)
	}
	sort.Strings(s.sorted)
	for _, w := range s.sorted {
		s.having = append(s.having, s.words[w])
	}
	return s
}

// Opening is the same shelf, whose outlines come from open. Errors of open are
// returned by whatever needed the outline.
func (s *Shelf) Opening(open func(*Entry) (*Outline, error)) *Shelf {
	c := *s
	c.open = open
	return &c
}

func (s *Shelf) addWords(folded string, work int) {
	for w := range strings.FieldsSeq(folded) {
		if at := s.words[w]; len(at) == 0 || at[len(at)-1] != int32(work) {
			s.words[w] = append(at, int32(work))
		}
	}
}

// Works are the works, in the order they were given.
func (s *Shelf) Works() []*Entry { return s.works }

// Empty reports whether there are no works.
func (s *Shelf) Empty() bool { return len(s.works) == 0 }

// Entry is a work by its identity, nil if it is not on the shelf.
func (s *Shelf) Entry(id WorkID) *Entry { return s.byID[id] }

// Outline is the outline of a work of the shelf.
func (s *Shelf) Outline(e *Entry) (*Outline, error) {
	if e.outline != nil {
		return e.outline, nil
	}
	return s.open(e)
}

// ByID is the outline of a work by its identity, nil if it is not on the shelf.
func (s *Shelf) ByID(id WorkID) (*Outline, error) {
	e := s.byID[id]
	if e == nil {
		return nil, nil
	}
	return s.Outline(e)
}

// A lookup is one question to a shelf. It remembers when an outline could not
// be opened, so that nothing is concluded from its absence.
type lookup struct {
	*Shelf
	failed error
}

// outline is the outline of a work, nil if it cannot be opened.
func (s *lookup) outline(e *Entry) *Outline {
	o, err := s.Outline(e)
	if err != nil && s.failed == nil {
		s.failed = err
	}
	return o
}

// answer is what a lookup found, unless it could not look everywhere.
func answer[T any](l *lookup, found T, err *Error) (T, error) {
	var none T
	switch {
	case l.failed != nil:
		return none, l.failed
	case err != nil:
		return none, err
	}
	return found, nil
}

// A naming is a reading of the first tokens of a citation as a work's name.
type naming struct {
	tokens int
	works  []*Entry
	found  []int32 // the works by their places, until worksOf looks at them
	exact  bool    // an alias or a whole title, not a piece of one
	title  bool    // several words of a title, as they stand in it
}

// maxName bounds the tokens of a work's name.
const maxName = 40

// namings are the ways in which a citation may begin with a work's name, the
// longest first: an alias, a whole title, otherwise words that stand in one
// title or author, whole words before beginnings of words.
func (s *Shelf) namings(out []naming, ts []token) []naming {
	var room [128]byte
	var spans [maxName][2]int // the words, in key
	var whole, begun []int32
	wholeOn := true
	long := false // a lone letter or number is too little to name a work by
	words := 0
	key := room[:0]
	for i := 0; i < len(ts) && i < maxName; {
		t := &ts[i]
		if t.sign != word && t.sign != number {
			if t.sign == semi || t.sign == section || t.sign == para || t.sign == hash || t.sign == slash {
				break
			}
			i++
			continue
		}
		// A word ends where the next token does not touch it.
		end := i + 1
		for end < len(ts) && ts[end].glued && (ts[end].sign == word || ts[end].sign == number) {
			end++
		}
		if len(key) > 0 {
			key = append(key, ' ')
		}
		base := len(key)
		for k := i; k < end; k++ {
			key = append(key, ts[k].text...)
			if k+1 == end || ts[k].sign != word && k == i {
				continue
			}
			// "wright12": the letters alone may be the name.
			out = s.exactly(out, key, k+1)
			if wholeOn {
				out = s.pieces(out, k+1, s.narrow(whole, words, key[base:]), long || len(key)-base > 2)
			}
		}
		w := key[base:]
		if words > 0 && len(w) == 1 && keyword(t) {
			break // "wright p. 12" is no initial
		}
		long = long || len(w) > 2 && t.sign == word
		spans[words] = [2]int{base, len(key)}
		words++
		switch {
		case wholeOn:
			narrower := s.narrow(whole, words-1, w)
			if wholeOn = len(narrower) > 0; wholeOn {
				whole = narrower
				break
			}
			// From here on words may be cut short.
			for k := range words {
				begun = s.narrowBegun(begun, k, string(key[spans[k][0]:spans[k][1]]))
			}
		default:
			begun = s.narrowBegun(begun, words-1, string(w))
		}
		out = s.exactly(out, key, end)
		if k := len(key) - 1; !wholeOn && words == 1 && end-i == 1 && k > 0 && key[k] == 's' && strings.ContainsAny(t.raw, "'’") { // "Wright's 12"
			out = s.exactly(out, key[:k], end)
			return s.pieces(out, end, s.words[string(key[:k])], true)
		}
		if !wholeOn && len(begun) == 0 {
			break
		}
		switch {
		case t.sign == number && slices.ContainsFunc(out, func(n naming) bool { return n.exact }):
			// After an alias a number is a place, also where the title has it.
		case wholeOn:
			out = s.pieces(out, end, whole, long)
		default:
			out = s.pieces(out, end, begun, long)
		}
		i = end
	}
	for i := range out {
		n := &out[i]
		if n.exact || len(n.found) != 1 || n.tokens < 2 {
			continue
		}
		var room [128]byte
		f, title := glue(room[:0], ts[:n.tokens]), s.works[n.found[0]].title
		if k := strings.Index(title, string(f)); k >= 0 && (k == 0 || title[k-1] == ' ') && bytes.IndexByte(f, ' ') > 0 {
			n.title = k+len(f) == len(title) || title[k+len(f)] == ' '
		}
	}
	slices.Reverse(out)
	return out
}

func (s *Shelf) exactly(out []naming, key []byte, tokens int) []naming {
	if found := s.alias[string(key)]; len(found) > 0 {
		return append(out, naming{tokens: tokens, works: found, exact: true})
	}
	if found := s.titles[string(key)]; len(found) > 0 {
		return append(out, naming{tokens: tokens, works: found, exact: true})
	}
	return out
}

func (s *Shelf) pieces(out []naming, tokens int, found []int32, long bool) []naming {
	if !long || len(found) == 0 || len(out) > 0 && out[len(out)-1].tokens == tokens {
		return out
	}
	return append(out, naming{tokens: tokens, found: found})
}

// worksOf are the works that a naming may mean.
func (s *Shelf) worksOf(n *naming, ts []token) []*Entry {
	if n.works != nil || len(n.found) == 0 {
		return n.works
	}
	n.works = s.some(n.found)
	if len(n.works) == 1 {
		return n.works
	}
	// "Holm, Capital" is "Capital" and not "Capital Revisited".
	var room [128]byte
	key := glue(room[:0], ts[:n.tokens])
	var full []*Entry
	for _, o := range n.works {
		if o.title != "" && len(o.title) <= len(key) && hasAll(key, o.title) {
			full = append(full, o)
		}
	}
	if len(full) > 0 {
		n.works = full
	}
	return n.works
}

// hasAll reports whether each word of a title is among the words of a name.
func hasAll(name []byte, title string) bool {
	for w := range strings.FieldsSeq(title) {
		found := false
		for n := range bytes.FieldsSeq(name) {
			found = found || string(n) == w
		}
		if !found {
			return false
		}
	}
	return true
}

// some are works by their places, no more than anybody could choose from.
func (s *Shelf) some(at []int32) []*Entry {
	at = at[:min(len(at), 64)]
	works := make([]*Entry, len(at))
	for i, a := range at {
		works[i] = s.works[a]
	}
	return works
}

// narrow keeps those of have in whose title or author a word stands.
func (s *Shelf) narrow(have []int32, words int, w []byte) []int32 {
	with := s.words[string(w)]
	if words == 0 {
		return with
	}
	return intersect(have, with)
}

// narrowBegun is narrow for words that may be cut short. "a" is no beginning
// of "animal", but "J" is one of an author's name.
func (s *Shelf) narrowBegun(have []int32, words int, w string) []int32 {
	with := s.words[w]
	switch n := utf8.RuneCountInString(w); {
	case n == 1 && len(w) == 1:
		with = either(with, s.begins[w])
	case n == 2 && len(w) == 2 && words == 0 && len(with) == 0: // "JG" for "J. G."
		return intersect(s.begins[w[:1]], s.begins[w[1:]])
	case n > 2 || len(w) > n || n == 2 && words > 0 && len(have) < 16:
		if words > 0 && len(have) == 0 {
			return nil
		}
		some := make(places, len(s.works)/64+1)
		for i := sort.SearchStrings(s.sorted, w); i < len(s.sorted) && strings.HasPrefix(s.sorted[i], w); i++ {
			some.add(s.having[i])
		}
		if words == 0 {
			return some.all()
		}
		return some.of(have)
	}
	if words == 0 {
		return with
	}
	return intersect(have, with)
}

// places are some works, by a bit for each.
type places []uint64

func (p places) add(at []int32) {
	for _, a := range at {
		p[a/64] |= 1 << (a % 64)
	}
}

func (p places) all() (out []int32) {
	for i, w := range p {
		for ; w != 0; w &= w - 1 {
			out = append(out, int32(i*64+bits.TrailingZeros64(w)))
		}
	}
	return out
}

// of are those of at that are among p.
func (p places) of(at []int32) (out []int32) {
	for _, a := range at {
		if p[a/64]>>(a%64)&1 == 1 {
			out = append(out, a)
		}
	}
	return out
}

func either(a, b []int32) []int32 {
	if len(b) == 0 {
		return a
	}
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

func intersect(a, b []int32) []int32 {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	var out []int32
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			out = append(out, a[i])
			i, j = i+1, j+1
		}
	}
	return out
}

// named are the works that a whole name fits.
func (s *Shelf) named(name string) []*Entry {
	var tokens [32]token
	ts := trimPlace(lex(tokens[:0], name))
	for _, n := range s.namings(nil, ts) {
		if n.tokens == len(ts) {
			return s.worksOf(&n, ts)
		}
	}
	return nil
}

// hasWords reports whether each word begins a word of text.
func hasWords(text string, words []string) bool {
	for _, w := range words {
		at := 0
		for {
			k := strings.Index(text[at:], w)
			if k < 0 {
				return false
			}
			at += k
			end := at + len(w)
			if (at == 0 || text[at-1] == ' ') && (len(w) > 2 || end == len(text) || text[end] == ' ') {
				break
			}
			at++
		}
	}
	return len(words) > 0
}

// Work is the work that a name fits. None is unknown_work with the nearest
// names, several are ambiguous with each of them.
func (s *Shelf) Work(name string) (*Outline, error) {
	e, err := s.Find(name)
	if err != nil {
		return nil, err
	}
	return s.Outline(e)
}

// Find is Work without opening the work.
func (s *Shelf) Find(name string) (*Entry, error) {
	switch found := s.named(name); len(found) {
	case 1:
		return found[0], nil
	case 0:
		var tokens [32]token
		l := lookup{Shelf: s}
		return answer[*Entry](&l, nil, l.unknown(trimPlace(lex(tokens[:0], name))))
	default:
		return nil, ambiguousWork(name, found)
	}
}

func ambiguousWork(name string, found []*Entry) *Error {
	e := &Error{Code: Ambiguous, Reason: "which_work", Args: map[string]any{"Name": name, "Count": len(found)}}
	for _, o := range found[:min(len(found), maxChoices)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.Alias(), Label: o.Title})
	}
	return e
}
