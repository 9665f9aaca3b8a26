package importer_test

import (
	"strings"
	"testing"

	"lectern/library/importer"
)

func TestBylines(t *testing.T) {
	const text = "\n\n\nBees are kept by those who have the patience for it, and some have none. I had little.\n\nMy aunt had a great deal of it, and she kept forty hives behind the barn.\n"
	for _, c := range []struct{ head, title, author string }{
		{"Why I Keep Bees\nAn essay by Lotte Brandt", "Why I Keep Bees", "Lotte Brandt"},
		{"Why I Keep Bees\n\nAn essay by Lotte Brandt", "Why I Keep Bees", "Lotte Brandt"},
		{"THE HIVE DESCRIBED\n\nBy a Gentleman\n\nLONDON, MDCCLXXI", "THE HIVE DESCRIBED", "a Gentleman"},
		{"THE HIVE DESCRIBED\n\nBy a Gentleman\nLONDON, MDCCLXXI", "THE HIVE DESCRIBED", "a Gentleman"},
	} {
		w, err := importer.Read(t.Context(), "bees.txt", strings.NewReader(c.head+text), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if w.Title != c.title || w.Author != c.author {
			t.Errorf("%q: %q by %q", c.head, w.Title, w.Author)
		}
	}
}
