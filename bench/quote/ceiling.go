package main

import (
	"fmt"
	"math/rand/v2"
	"strings"

	"lectern/library/quote"
)

// ceiling prints how often the right place could come first for a quotation of
// four to six words of which one is not there, by somebody who knew which: where
// other words stand there in several places, only chance can choose between them.
// It is counted by whole words.
func ceiling(texts []text, n int) {
	type at struct{ passage, word int }
	var passages [][]string
	index := map[string][]at{}
	for i := range texts {
		for _, p := range texts[i].passages {
			words := folded(strings.Fields(p))
			for k, w := range words {
				index[w] = append(index[w], at{len(passages), k})
			}
			passages = append(passages, words)
		}
	}
	sum, all := 0.0, 0
	for i := range n {
		r := rand.New(rand.NewPCG(77, uint64(i)))
		words := folded(draw(r, texts, -1, length{4, 6}, false).words)
		if len(words) < 3 {
			continue
		}
		gone := r.IntN(len(words))
		rarest := -1
		for j, w := range words {
			if j != gone && (rarest < 0 || len(index[w]) < len(index[words[rarest]])) {
				rarest = j
			}
		}
		forms := map[string]bool{} // what stands in the place of the word
		for _, x := range index[words[rarest]] {
			p, from := passages[x.passage], x.word-rarest
			fits := true
			for j, w := range words {
				k := from + j
				fits = fits && (j == gone || k >= 0 && k < len(p) && p[k] == w)
			}
			switch k := from + gone; {
			case !fits:
			case k >= 0 && k < len(p):
				forms[p[k]] = true
			default:
				forms[""] = true
			}
		}
		all++
		sum += 1 / float64(max(len(forms), 1))
	}
	fmt.Printf("\nOf %d quotations of 4–6 words the right place could come first in %.1f per cent, for whoever knew which word is not there.\n", all, 100*sum/float64(all))
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
