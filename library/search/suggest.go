package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
)

// A Suggestion is a query that finds something where another found nothing.
type Suggestion struct {
	Query string
	Total int
	// Without is what was left out, "" if nothing was.
	Without string
	// Spelled are the words that are written otherwise, in their order.
	Spelled []Spelling
}

// A Spelling is how the library writes a word.
type Spelling struct{ Word, Instead string }

const (
	maxSuggestions = 3
	maxLeftOut     = 8       // of a longer query no word is tried
	maxSpellings   = 20      // spellings that are tried, since some are in others' works
	maxApart       = 40      // letters of a word that may be two
	maxInitials    = 6       // letters of a word that may be initials
	wholeIndex     = 100_000 // passages up to which a first letter may be wrong too
)

// A piece is what stands between two spaces of a query, at its top.
type piece struct {
	text   string
	phrase *phrase // what it is looked for as, if that is a word or a phrase
	needed bool    // the query finds less with it

	typed   string // its text before it was spelled otherwise
	spelled []Spelling
}

// Suggest is what would have been found: with the words that nothing has spelled
// as the library spells them, and else with one word left out besides.
func (x *Index) Suggest(ctx context.Context, q Query, ranges []Range) ([]Suggestion, error) {
	// try is the suggestion of some pieces; the total is 0 where it finds nothing.
	try := func(pieces []piece) (s Suggestion, err error) {
		var all []string
		for _, p := range pieces {
			all = append(all, p.text)
			s.Spelled = append(s.Spelled, p.spelled...)
		}
		s.Query = strings.Join(all, " ")
		other, _ := Parse(s.Query) // what is left may be no query, which finds nothing
		r, err := x.Search(ctx, other, ranges, 0, 0)
		s.Total = r.Total
		return s, wrap("suggest", err)
	}
	sp := speller{x: x, ctx: ctx, ranges: ranges}
	pieces, err := sp.pieces(q.pieces)
	if err != nil {
		return nil, wrap("suggest", err)
	}
	if slices.ContainsFunc(pieces, func(p piece) bool { return len(p.spelled) > 0 }) {
		if s, err := try(pieces); err != nil || s.Total > 0 {
			return []Suggestion{s}, err
		}
	}
	// One word less, of those that are spelled right by now.
	needed := 0
	for _, p := range pieces {
		if p.needed {
			needed++
		}
	}
	if needed < 2 || needed > maxLeftOut || slices.ContainsFunc(pieces, func(p piece) bool { return p.text == "OR" }) {
		return nil, nil
	}
	var some []Suggestion
	for i, p := range pieces {
		if !p.needed {
			continue
		}
		s, err := try(slices.Concat(pieces[:i], pieces[i+1:]))
		if err != nil {
			return nil, err
		}
		if s.Without = p.typed; s.Total > 0 {
			some = append(some, s)
		}
	}
	// What few passages have says more.
	slices.SortStableFunc(some, func(a, b Suggestion) int { return cmp.Compare(a.Total, b.Total) })
	return some[:min(len(some), maxSuggestions)], nil
}
