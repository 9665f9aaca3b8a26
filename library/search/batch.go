package search

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// A batch is the tokens of some passages, in the order in which they were read,
// until they are sorted into lists.
type batch struct {
	base     int64    // the id of the first passage
	lengths  []uint16 // of the passages, in tokens, by their distance from base
	passages int64    // that are not empty
	total    int64    // tokens
	known    map[string]uint32
	names    []string // the tokens by their number
	tokens   []uint32 // the numbers of the tokens of one passage after another
	docs     []passageEnd
}

// A passageEnd says which passage the tokens up to one belong to.
type passageEnd struct {
	doc uint32
	end int
}

func newBatch(base int64) *batch {
	return &batch{base: base, known: map[string]uint32{}}
}

// add takes a passage in; ids rise.
func (t *batch) add(id int64, text string) {
	doc := uint32(id - t.base)
	before := len(t.tokens)
	tokenize(text, func(tok token) {
		n, ok := t.known[tok.text]
		if !ok {
			n = uint32(len(t.names))
			name := strings.Clone(tok.text) // it may be a piece of the passage
			t.known[name] = n
			t.names = append(t.names, name)
		}
		t.tokens = append(t.tokens, n)
	})
	n := len(t.tokens) - before
	for len(t.lengths) <= int(doc) {
		t.lengths = append(t.lengths, 0)
	}
	t.lengths[doc] = uint16(min(n, math.MaxUint16))
	t.total += int64(n)
	if n > 0 {
		t.passages++
	}
	t.docs = append(t.docs, passageEnd{doc, len(t.tokens)})
}

// lists gives each token and its list, in the order of the tokens; the list is
// valid until the next.
func (t *batch) lists(fn func(name string, l *list)) {
	starts := make([]int, len(t.names)+1)
	for _, n := range t.tokens {
		starts[n+1]++
	}
	for i := range t.names {
		starts[i+1] += starts[i]
	}
	// A counting sort: what stands where, by token and then by place.
	type at struct{ doc, place uint32 }
	sorted := make([]at, len(t.tokens))
	next := slices.Clone(starts)
	from := 0
	for _, d := range t.docs {
		for i, n := range t.tokens[from:d.end] {
			sorted[next[n]] = at{d.doc, uint32(i)}
			next[n]++
		}
		from = d.end
	}
	var l list
	for _, name := range slices.Sorted(maps.Keys(t.known)) {
		n := t.known[name]
		l.reset()
		for _, a := range sorted[starts[n]:starts[n+1]] {
			if last := len(l.docs) - 1; last >= 0 && l.docs[last] == a.doc {
				l.counts[last]++
			} else {
				l.docs, l.counts = append(l.docs, a.doc), append(l.counts, 1)
			}
			l.places = append(l.places, a.place)
		}
		fn(name, &l)
	}
}
