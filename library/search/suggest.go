package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Suggestion is a query that finds something where another found nothing.
type Suggestion struct {
	Query string
	Total int
	// Word is what was left out or spelled otherwise, and Instead how the
	// library spells it; "" where it was left out.
	Word, Instead string
}

const (
	maxSuggestions = 3
	maxLeftOut     = 8       // of a longer query no word is tried
	maxSpellings   = 20      // spellings that are tried, since some are in others' works
	wholeIndex     = 100_000 // passages up to which a first letter may be wrong too
)

// A piece is what stands between two spaces of a query, at its top.
type piece struct {
	text   string
	phrase *phrase // what it is looked for as, if that is a word or a phrase
	needed bool    // the query finds less with it
}

// Suggest is what would have been found: with the words that nothing has spelled
// as the library spells them, and else with one word left out besides.
func (x *Index) Suggest(ctx context.Context, q Query, ranges []Range) ([]Suggestion, error) {
	try := func(pieces []piece) (string, int, error) {
		var all []string
		for _, p := range pieces {
			all = append(all, p.text)
		}
		s := strings.Join(all, " ")
		other, _ := Parse(s) // what is left may be no query, which finds nothing
		r, err := x.Search(ctx, other, ranges, 0, 0)
		return s, r.Total, err
	}
	spelled := slices.Clone(q.pieces)
	var out Suggestion
	for i := range spelled {
		p := &spelled[i]
		if p.phrase == nil || !p.needed {
			continue
		}
		words := make([]string, len(p.phrase.words))
		changed := false
		for j := range p.phrase.words {
			w := &p.phrase.words[j]
			words[j] = w.text
			near, err := x.spelling(ctx, w, ranges)
			if err != nil {
				return nil, wrap("suggest", err)
			}
			if near != "" {
				words[j], changed = near, true
				if out.Word == "" {
					out.Word, out.Instead = w.text, near
				}
			}
		}
		if changed {
			p.text = strings.Join(words, " ")
			if len(words) > 1 {
				p.text = `"` + p.text + `"`
			}
		}
	}
	if out.Word != "" {
		var err error
		if out.Query, out.Total, err = try(spelled); err != nil {
			return nil, wrap("suggest", err)
		}
		if out.Total > 0 {
			return []Suggestion{out}, nil
		}
	}
	// One word less, of those that are spelled right by now.
	needed := 0
	for _, p := range spelled {
		if p.needed {
			needed++
		}
	}
	if needed < 2 || needed > maxLeftOut || slices.ContainsFunc(spelled, func(p piece) bool { return p.text == "OR" }) {
		return nil, nil
	}
	var some []Suggestion
	for i, p := range spelled {
		if !p.needed {
			continue
		}
		s, n, err := try(slices.Concat(spelled[:i], spelled[i+1:]))
		if err != nil {
			return nil, wrap("suggest", err)
		}
		if n > 0 {
			some = append(some, Suggestion{Query: s, Total: n, Word: p.text})
		}
	}
	// What few passages have says more.
	slices.SortStableFunc(some, func(a, b Suggestion) int { return cmp.Compare(a.Total, b.Total) })
	return some[:min(len(some), maxSuggestions)], nil
}

// spelling is the word of the library that is nearest to one that stands
// nowhere within the ranges; "" if it stands somewhere, or there is none.
func (x *Index) spelling(ctx context.Context, w *word, ranges []Range) (string, error) {
	first, size := utf8.DecodeRuneInString(w.text)
	letters := []rune(w.text)
	if w.prefix || w.forms != nil || isDense(first) || len(letters) < 3 {
		return "", nil
	}
	there := func(text string) (bool, error) {
		ph := &phrase{words: []word{{text: text}}}
		r, err := x.Search(ctx, Query{tree: &expr{op: isPhrase, phrases: []*phrase{ph}}}, ranges, 0, 0)
		return r.Total > 0, err
	}
	if is, err := there(w.text); err != nil || is {
		return "", err
	}
	far := 2
	switch n := len(letters); {
	case n < 5:
		far = 1
	case n > 8:
		far = 3
	}
	begin := w.text[:size]
	if x.passages <= wholeIndex {
		begin = ""
	}
	type candidate struct {
		text     string
		distance int
		passages int
	}
	found := map[string]*candidate{}
	for i := range x.parts {
		err := x.scan(ctx, &x.parts[i], begin, func(token []byte, e *entry) bool {
			if n := len(token) - len(w.text); n > 4*far || n < -4*far {
				return true
			}
			if c := found[string(token)]; c != nil {
				c.passages += e.passages
			} else if d := misspelt(letters, []rune(string(token)), far); d <= far {
				found[string(token)] = &candidate{string(token), d, e.passages}
			}
			return ctx.Err() == nil
		})
		if err != nil {
			return "", err
		}
	}
	var all []*candidate
	for _, c := range found {
		all = append(all, c)
	}
	same := func(s string) int { // whether it begins with the same letter
		if strings.HasPrefix(s, w.text[:size]) {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), same(b.text)-same(a.text), cmp.Compare(b.passages, a.passages), cmp.Compare(a.text, b.text))
	})
	for _, c := range all[:min(len(all), maxSpellings)] {
		if is, err := there(c.text); err != nil || is {
			return c.text, err
		}
	}
	return "", nil
}

// misspelt is the distance of two words, and one more where they begin otherwise:
// people seldom mistake the first letter.
func misspelt(a, b []rune, far int) int {
	d := distance(a, b, far)
	if a[0] != b[0] {
		d++
	}
	return d
}

// distance is how many letters must be put in, left out, replaced, or swapped
// with their neighbour to make one word of another (the optimal string
// alignment of Damerau, A Technique for Computer Detection and Correction of
// Spelling Errors, 1964); more than far where it is more than that.
func distance(a, b []rune, far int) int {
	if len(a)-len(b) > far || len(b)-len(a) > far {
		return far + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		least := row[0]
		for j := range b {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(last[j]+same, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > far {
			return far + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
