package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// words are those of a text, as every program here sees them: ASCII letters and
// figures, in small letters.
func words(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
		return !('a' <= r && r <= 'z' || '0' <= r && r <= '9')
	})
}

// A query is what is asked for, in a form that each program translates.
type query struct {
	class string
	op    string // "and", "or", "phrase", "prefix", "near"
	words []string
}

// classes are the kinds of queries, in the order of the tables.
var classes = []string{"rare", "middling", "common", "stop word", "two words", "phrase", "prefix", "NEAR", "eight words, OR"}

// draw draws n queries of each class from a corpus: words by how common they
// are, the rest from passages, so that they find something.
func draw(path string, n int) ([]query, error) {
	frequency := map[string]int{}
	passages := 0
	var some [][]string
	rng := rand.New(rand.NewPCG(7, 7))
	err := read(path, func(i int, s string) error {
		passages++
		all := words(s)
		seen := map[string]bool{}
		for _, w := range all {
			if !seen[w] {
				seen[w] = true
				frequency[w]++
			}
		}
		// A sample in which every passage is as likely.
		if len(all) >= 20 {
			if len(some) < 4*n {
				some = append(some, all)
			} else if j := rng.IntN(i + 1); j < len(some) {
				some[j] = all
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var byClass [4][]string
	for _, w := range slices.Sorted(maps.Keys(frequency)) {
		share := float64(frequency[w]) / float64(passages)
		switch {
		case len(w) < 2:
		case frequency[w] >= 2 && frequency[w] <= 20:
			byClass[0] = append(byClass[0], w)
		case share >= 0.001 && share < 0.01:
			byClass[1] = append(byClass[1], w)
		case share >= 0.02 && share < 0.15:
			byClass[2] = append(byClass[2], w)
		case share >= 0.15:
			byClass[3] = append(byClass[3], w)
		}
	}
	var out []query
	for i, class := range classes {
		for range n {
			q := query{class: class, op: "and"}
			p := some[rng.IntN(len(some))]
			switch i {
			case 0, 1, 2, 3:
				q.words = []string{byClass[i][rng.IntN(len(byClass[i]))]}
			case 4:
				q.words = []string{p[rng.IntN(len(p))], p[rng.IntN(len(p))]}
			case 5:
				k := 2 + rng.IntN(3)
				at := rng.IntN(len(p) - k)
				q.op, q.words = "phrase", p[at:at+k]
			case 6:
				w := p[rng.IntN(len(p))]
				for len(w) < 4 {
					w = p[rng.IntN(len(p))]
				}
				q.op, q.words = "prefix", []string{w[:3+rng.IntN(2)]}
			case 7:
				at := rng.IntN(len(p) - 8)
				q.op, q.words = "near", []string{p[at], p[at+1+rng.IntN(7)]}
			case 8:
				q.op = "or"
				for range 8 {
					q.words = append(q.words, p[rng.IntN(len(p))])
				}
			}
			out = append(out, q)
		}
	}
	return out, nil
}
