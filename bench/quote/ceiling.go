package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"lectern/library/quote"
)

// anyWord stands in a form for a word that is not known.
const anyWord = ""

// A guess is how somebody who knew which kind of damage was done, but not where, would
// look: forms are what the text may have had, of which one is meant.
type guess struct {
	name  string
	forms func(r *rand.Rand, words []string) [][]string
}

// guesses are those of the kinds of damage that take words.
func guesses() []guess {
	elided := func(n int) func(r *rand.Rand, words []string) [][]string {
		return func(r *rand.Rand, words []string) [][]string {
			k := max(1, n*len(words)/10)
			if len(words) < k+2 {
				return [][]string{words}
			}
			f := slices.Clone(words)
			at := 1 + r.IntN(len(words)-k-1)
			for i := range k {
				f[at+i] = anyWord
			}
			return [][]string{f}
		}
	}
	return []guess{
		{"a word dropped", func(r *rand.Rand, words []string) (out [][]string) {
			at := r.IntN(len(words))
			rest := slices.Delete(slices.Clone(words), at, at+1)
			for i := range words {
				out = append(out, slices.Insert(slices.Clone(rest), i, anyWord))
			}
			return out
		}},
		{"a word replaced", func(r *rand.Rand, words []string) (out [][]string) {
			asked := slices.Clone(words)
			asked[r.IntN(len(words))] = "\x00" // a word that is nowhere
			for i := range words {
				f := slices.Clone(asked)
				f[i] = anyWord
				out = append(out, f)
			}
			return out
		}},
		{"two words swapped", func(r *rand.Rand, words []string) (out [][]string) {
			i := r.IntN(len(words) - 1)
			asked := slices.Clone(words)
			asked[i], asked[i+1] = asked[i+1], asked[i]
			for i := range len(words) - 1 {
				f := slices.Clone(asked)
				f[i], f[i+1] = f[i+1], f[i]
				out = append(out, f)
			}
			return out
		}},
		{"an ellipsis for one word in ten", elided(1)},
		{"an ellipsis for two in five", elided(4)},
	}
}

// ceilings prints how often the right place could come first, at each length, by
// somebody who knew what was done to the words: where several places have what is left
// of them, the words that are in most of them are likeliest, and between equals only
// chance can choose. It is counted by whole words; commas and capitals, which may tell
// places apart, are not looked at.
func ceilings(texts []text, n int, lengths []length) {
	c := words{index: map[string][]wordAt{}}
	for i := range texts {
		for _, p := range texts[i].passages {
			c.add(folded(strings.Fields(p)))
		}
	}
	fmt.Printf("\n## How often the right place could come first, for whoever knew what was done\n\n| per cent of %d |", n)
	for _, l := range lengths {
		fmt.Printf(" %s |", l)
	}
	fmt.Println("\n| --- |" + strings.Repeat(" --- |", len(lengths)))
	for _, g := range guesses() {
		fmt.Printf("| %s |", g.name)
		for _, l := range lengths {
			sum, all := 0.0, 0
			for i := range n {
				r := rand.New(rand.NewPCG(77, uint64(i)))
				drawn := folded(draw(r, texts, -1, l, false).words)
				if len(drawn) < 3 {
					continue
				}
				all++
				sum += c.chance(drawn, g.forms(r, drawn))
			}
			fmt.Printf(" %.1f |", 100*sum/float64(all))
		}
		fmt.Println()
	}
}

// words are the words of passages, by where they stand.
type words struct {
	passages [][]string
	index    map[string][]wordAt
}

type wordAt struct{ passage, word int }

func (c *words) add(passage []string) {
	for k, w := range passage {
		c.index[w] = append(c.index[w], wordAt{len(c.passages), k})
	}
	c.passages = append(c.passages, passage)
}

// chance is how likely a place that has the drawn words is picked among all that fit
// one of the forms: one of those whose words stand most often.
func (c *words) chance(drawn []string, forms [][]string) float64 {
	places := map[wordAt][]string{} // by the first word that is known
	count := map[string]int{}
	for _, f := range forms {
		rarest, first := -1, -1
		for j, w := range f {
			if w == anyWord {
				continue
			}
			if first < 0 {
				first = j
			}
			if rarest < 0 || len(c.index[w]) < len(c.index[f[rarest]]) {
				rarest = j
			}
		}
		if rarest < 0 {
			continue
		}
		for _, x := range c.index[f[rarest]] {
			p, from := c.passages[x.passage], x.word-rarest
			if from < 0 || from+len(f) > len(p) {
				continue
			}
			there := p[from : from+len(f)]
			fits := true
			for j, w := range f {
				fits = fits && (w == anyWord || w == there[j])
			}
			if key := strings.Join(there, " "); fits {
				at := wordAt{x.passage, from + first}
				places[at] = append(places[at], key)
				count[key]++
			}
		}
	}
	own := strings.Join(drawn, " ")
	most, equals, right := 0, 0, 0
	for _, keys := range places {
		n := 0
		for _, k := range keys {
			n = max(n, count[k])
		}
		if n > most {
			most, equals, right = n, 0, 0
		}
		if n == most {
			equals++
			if slices.Contains(keys, own) {
				right++
			}
		}
	}
	return float64(right) / float64(max(equals, 1))
}

// folded are words as the finder sees them.
func folded(words []string) []string {
	var out []string
	for _, w := range words {
		if x := string16(quote.Fold(w).Letters); x != "" {
			out = append(out, x)
		}
	}
	return out
}
