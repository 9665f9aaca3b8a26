package library

import (
	"slices"
	"sort"
	"strconv"
	"strings"
)

// tens are the words that a number from 20 to 99 begins with.
var tens = map[string]int{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}

// moreOrdinals are the ordinals beyond the tenth.
var moreOrdinals = map[string]int{
	"eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19,
	"twentieth": 20, "thirtieth": 30, "fortieth": 40, "fiftieth": 50, "sixtieth": 60, "seventieth": 70, "eightieth": 80, "ninetieth": 90,
}

// firstOrdinals are those up to it.
var firstOrdinals = map[string]int{"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}

// numberWord reads a number in words from the start of ts: "twelve",
// "twenty-one", "third". used is 0 where there is none.
func numberWord(ts []token) (n, used int, ordinal bool) {
	t := &ts[0]
	if t.sign != word || t.quoted {
		return 0, 0, false
	}
	if n = firstOrdinals[t.text] + moreOrdinals[t.text]; n > 0 {
		return n, 1, true
	}
	if n = tens[t.text]; n == 0 {
		if n = ordinalWords[t.text]; n < 1 {
			return 0, 0, false
		}
		return n, 1, false
	}
	next := 1
	if next < len(ts) && ts[next].sign == dash && ts[next].glued {
		next++
	}
	if next < len(ts) && ts[next].sign == word && !ts[next].quoted {
		one := &ts[next]
		if k := firstOrdinals[one.text]; k > 0 && k < 10 {
			return n + k, next + 1, true
		}
		if k := ordinalWords[one.text]; k > 0 && k < 10 {
			return n + k, next + 1, false
		}
	}
	return n, 1, false
}

// inDigits is a place whose numbers are spelled out, with digits, and "12th
// paragraph", "second sentence" as "paragraph 12", "sentence 2"; nil where there
// is nothing to change.
func inDigits(ts []token) []token {
	var out []token
	changed := false
	for i := 0; i < len(ts); {
		n, used, ordinal := numberWord(ts[i:])
		if t := &ts[i]; used == 0 && t.sign == number && !t.quoted && i+1 < len(ts) && ts[i+1].glued && ts[i+1].is("st", "nd", "rd", "th") {
			n, used, ordinal = t.n, 2, true
		}
		if used == 0 {
			out = append(out, ts[i])
			i++
			continue
		}
		changed = true
		digits := token{sign: number, text: strconv.Itoa(n), raw: typed(ts[i : i+used]), n: n}
		if i += used; ordinal && i < len(ts) && countable(&ts[i]) {
			out = append(out, ts[i])
			i++
		}
		out = append(out, digits)
	}
	if !changed {
		return nil
	}
	return out
}

// countable reports whether a token is a word for what a place counts.
func countable(t *token) bool {
	_, ranked := rankOf(t)
	return ranked && t.sign == word || t.is(paraWords...) || t.is(sentenceWords...) || t.is(pageWords...) || t.is(noteWords...) || t.is(epigraphWords...)
}

// resolve reads a place as it is typed, and where it means nothing so, with
// the numbers that it spells out.
func (o *Outline) resolve(ts []token) (Ref, *Error) {
	ref, err := o.asTyped(ts)
	if err != nil && !understood(err) {
		if digits := inDigits(ts); digits != nil {
			again, bad := o.asTyped(digits)
			switch {
			case len(digits) == 1 && bad == nil: // "twelve" may be a title that is not there
				err.Suggestions = append([]Suggestion{{Citation: again.Canonical()}}, err.Suggestions...)
			case bad == nil || understood(bad):
				return again, bad
			}
		}
	}
	return ref, err
}

// What a citation without a meaning is looked through for, at most.
const (
	maxMisspelt  = 3  // words
	maxRespelled = 16 // tokens
	longestWord  = 30 // bytes
)

// meant are the citations that one that means nothing comes near: with words in
// front left out ("show me wright 12"), with words parted that are written as
// one ("wrightch2"), with words as the shelf spells them.
func (s *lookup) meant(ts []token, o *Outline) (out []Suggestion) {
	if len(ts) > maxRespelled {
		return nil
	}
	offer := func(ref Ref) {
		c := ref.Canonical()
		if len(out) < maxOffers && !slices.ContainsFunc(out, func(have Suggestion) bool { return have.Citation == c }) {
			out = append(out, Suggestion{Citation: c, Label: c + " · " + ref.Work.Title})
		}
	}
	for i := 1; i < len(ts) && len(out) == 0; i++ {
		if ts[i].sign != word {
			continue
		}
		for _, n := range s.namings(nil, ts[i:]) {
			if n.exact && i+n.tokens < len(ts) {
				if ref, named, err := s.read(ts[i:]); named && err == nil {
					offer(ref)
				}
				break
			}
		}
	}
	if t := &ts[0]; t.sign == word && !t.quoted {
		if parted := s.parted(ts); parted != nil {
			if ref, named, err := s.read(parted); named && err == nil {
				offer(ref)
			}
		}
	}
	if len(out) > 0 {
		return out
	}
	for _, spelled := range s.respelled(ts, o) {
		ref, named, err := s.read(spelled)
		switch {
		case !named:
		case err == nil:
			offer(ref)
		case err.Code == Ambiguous && err.Reason != "which_place":
			for _, x := range err.Suggestions {
				if len(out) < maxOffers {
					out = append(out, x)
				}
			}
		}
	}
	return out
}

// maxOffers bounds what is offered in place of a citation that means nothing.
const maxOffers = 3

// parted is a citation whose first word is a work's short name and a word for a
// place, written as one; nil where it is not.
func (s *lookup) parted(ts []token) []token {
	t := ts[0]
	for k := len(t.text) - 1; k > 1; k-- {
		if len(s.alias[t.text[:k]]) == 0 || len(t.raw) != len(t.text) {
			continue
		}
		rest := token{sign: word, text: t.text[k:], raw: t.raw[k:]}
		if countable(&rest) {
			head := t
			head.text, head.raw = t.text[:k], t.raw[:k]
			return append([]token{head, rest}, ts[1:]...)
		}
	}
	return nil
}

// spellable are the words for places that people misspell.
var spellable = []string{"chapter", "epigraph", "footnote", "note", "page", "paragraph", "part", "passage", "section", "sentence", "verse"}

// respelled are the readings of a citation in which words that nothing on the
// shelf is called are spelled as the nearest that are: of o's headings, too,
// where it is about o.
func (s *lookup) respelled(ts []token, o *Outline) (out [][]token) {
	var headings []string
	if o != nil {
		for _, title := range o.folded {
			headings = append(headings, strings.Fields(title)...)
		}
		slices.Sort(headings)
		headings = slices.Compact(headings)
	}
	out, wrong := [][]token{ts}, 0
	for i := range ts {
		t := &ts[i]
		if t.sign != word || t.quoted || len(t.text) < 4 || len(t.text) > longestWord || placeWord(t) || ordinalWords[t.text] != 0 {
			continue
		}
		if hasBeginning(s.sorted, t.text) || hasBeginning(headings, t.text) {
			continue
		}
		near := nearestWords(t.text, s.sorted, headings, spellable)
		if wrong++; len(near) == 0 || wrong > maxMisspelt {
			return nil
		}
		var next [][]token
		for _, have := range out {
			for _, w := range near {
				again := slices.Clone(have)
				again[i].text, again[i].raw = w, w
				if next = append(next, again); len(next) >= 2*maxOffers {
					break
				}
			}
		}
		out = next
	}
	if wrong == 0 {
		return nil
	}
	return out
}

// hasBeginning reports whether one of some words in order begins so.
func hasBeginning(words []string, w string) bool {
	i := sort.SearchStrings(words, w)
	return i < len(words) && strings.HasPrefix(words[i], w)
}

// nearestWords are the words of some lists that are nearest to one, no further than
// a misspelling is.
func nearestWords(w string, lists ...[]string) (out []string) {
	best := 1 + len(w)/6
	for _, words := range lists {
		for _, x := range words {
			if len(x) < 4 || len(x) > len(w)+best || len(w) > len(x)+best {
				continue
			}
			switch d := editDistance(w, x); {
			case d < best:
				best, out = d, []string{x}
			case d == best && !slices.Contains(out, x):
				out = append(out, x)
			}
		}
	}
	return out[:min(len(out), maxOffers)]
}
