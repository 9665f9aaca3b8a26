package importer_test

import (
	"os"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// Verse in small letters, without a mark, is verse, however its lines are cited.
func TestUnmarkedVerse(t *testing.T) {
	src, err := os.ReadFile("testdata/shapes/verse-small.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		text   string
		scheme library.Scheme
		verse  []string
	}{
		{string(src), "", []string{"", ""}},
		{string(src), library.LineNumbers, []string{"1-4", "5-8"}},
	} {
		w, err := importer.Read(t.Context(), "kettle.txt", strings.NewReader(c.text), importer.Options{Scheme: c.scheme})
		if err != nil {
			t.Fatal(err)
		}
		if len(w.Passages) != len(c.verse) {
			t.Fatalf("scheme %q: %d passages, want %d stanzas", c.scheme, len(w.Passages), len(c.verse))
		}
		for i, p := range w.Passages {
			if p.Kind != library.Stanza || strings.Count(p.Text, "\n") != 3 || p.Verse != c.verse[i] {
				t.Errorf("scheme %q: %s %q: %q", c.scheme, p.Kind, p.Verse, p.Text)
			}
		}
	}
}
