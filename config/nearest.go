package config

import (
	"fmt"
	"strings"
)

// nearest offers the candidate that one most likely meant, in a sentence with
// a space before it; it offers nothing where none is near.
func nearest(sentence, typed string, candidates []string) string {
	best, least := "", len(typed)/3+2
	for _, c := range candidates {
		d := distance(strings.ToLower(typed), strings.ToLower(c))
		// A setting looked for in the wrong section is one step away.
		if lastPart(typed) == lastPart(c) {
			d = min(d, 1)
		}
		if d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return " " + fmt.Sprintf(sentence, best)
}

func lastPart(key string) string { return key[strings.LastIndexByte(key, '.')+1:] }

// distance is the optimal string alignment distance in bytes: insertions,
// deletions, replacements and swaps of neighbours.
func distance(a, b string) int {
	// Names are short; a longer text is no misspelling of one.
	if len(a) > 200 {
		return len(a)
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
