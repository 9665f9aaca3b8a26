package commands

import (
	"strings"
	"testing"

	"lectern/library"
)

// What stands around a passage leaves room for the passage itself, whatever the
// size of its neighbours, and its citation resolves to the same.
func TestBeside(t *testing.T) {
	sentences := func(n int) string {
		return strings.TrimSpace(strings.Repeat("Ten words make up a sentence of this very text. ", n))
	}
	for _, c := range []struct {
		sizes []int // of the passages, in sentences of ten words
		n     int
		want  string
	}{
		{[]int{3, 3, 3, 3, 3, 3}, 3, "x 1-5"},
		{[]int{3, 3, 3}, 1, "x 1-3"},
		{[]int{3, 300, 4, 300, 3}, 3, "x 2:283-300; 3, 4:1-18"},
		{[]int{3, 300, 4, 3, 3}, 3, "x 2:283-300; 3-5"},
		{[]int{3, 3, 4, 300, 3}, 3, "x 1-3, 4:1-30"},
		{[]int{3, 3, 300, 3, 3}, 3, "x 3-4"},
		{[]int{3, 3, 39, 300, 3}, 3, "x 3-4"},
	} {
		w := &library.Work{Meta: library.Meta{Aliases: []string{"x"}, Language: "en"}, Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
		for _, n := range c.sizes {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: sentences(n)})
		}
		w.Number()
		o := library.NewOutline(w)
		pieces := beside(o, c.n)
		got := o.RefOf(pieces).Canonical()
		if got != c.want {
			t.Errorf("%v, ¶ %d: %s, want %s", c.sizes, c.n, got, c.want)
		}
		if ref, err := o.Resolve(strings.TrimPrefix(got, "x ")); err != nil || len(ref.Pieces()) != len(pieces) {
			t.Errorf("%s does not resolve to itself: %v", got, err)
		}
		total := 0
		for _, p := range pieces {
			if total += pieceWords(o, p); p.Index == o.At(c.n) {
				break
			}
		}
		if total > aroundWords && pieces[0].Index != o.At(c.n) {
			t.Errorf("%v, ¶ %d: %d words stand before its end", c.sizes, c.n, total)
		}
	}
}
