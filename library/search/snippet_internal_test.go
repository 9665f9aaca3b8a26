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
		if some, all := q.Marks(text), q.marked(text, tokenize); !slices.Equal(some, all) {
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
