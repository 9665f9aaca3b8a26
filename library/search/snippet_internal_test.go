package search

import (
	"slices"
	"strings"
	"testing"
)

// What is passed over would not have been marked.
func FuzzMarks(f *testing.F) {
	f.Add("red army", "The Red Army, the red\u00adness; Éred red-army")
	f.Add(`"red army" OR caf*`, "red, army. Café cafes. red big army red army")
	f.Add("NEAR(a b, 2)", "a b A.b ab á b")
	f.Add("革命 党", "革命党 a 革")
	f.Fuzz(func(t *testing.T, query, text string) {
		q, err := Parse(query)
		if err != nil {
			return
		}
		if some, all := q.mark(text), q.marked(text, tokenize); !slices.Equal(some.at, all.at) || !slices.Equal(some.of, all.of) {
			t.Errorf("%q in %q: %v, and %v where all is read", query, text, some, all)
		}
	})
}

func BenchmarkMarks(b *testing.B) {
	text := strings.Repeat("Perhaps the Most common Words of a long passage are read for nothing. ", 100) + "rarely"
	q, err := Parse("rarely")
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			q.marked(text, tokenize)
		}
	})
	b.Run("some", func(b *testing.B) {
		for b.Loop() {
			q.Marks(text)
		}
	})
}

// BenchmarkSnippet cuts a passage of which many words are marked.
func BenchmarkSnippet(b *testing.B) {
	text := strings.Repeat("Perhaps the most common words of a long passage are found in all of it. ", 100)
	for _, bb := range []struct{ name, query string }{
		{"rare", "passage"},
		{"common", "a"},
		{"eight", "the OR most OR common OR words OR of OR a OR long OR passage"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			q, err := Parse(bb.query)
			if err != nil {
				b.Fatal(err)
			}
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				q.Snippet(text, 220)
			}
		})
	}
}
