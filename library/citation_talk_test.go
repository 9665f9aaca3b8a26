package library_test

import (
	"strings"
	"testing"

	"lectern/library"
)

// In running talk a citation in brackets is looked up, and nothing else is.
func TestTalk(t *testing.T) {
	shelf, n := texts(t), 0
	for in, want := range tableRows(t, "talk.txt") {
		n++
		if got := overheard(t, shelf, strings.ReplaceAll(in, "⏎", "\n")); got != want {
			t.Errorf("%q\n  got  %s\n  want %s", in, got, want)
		}
	}
	if n < 90 {
		t.Errorf("only %d lines were tried", n)
	}
}

// overheard is what a shelf finds in what somebody says, as the table has it.
func overheard(t testing.TB, shelf *library.Shelf, text string) string {
	t.Helper()
	refs, err := shelf.InText(text, 9)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, r := range refs {
		found = append(found, r.Canonical())
	}
	if len(found) == 0 {
		return "nothing"
	}
	return strings.Join(found, " | ")
}

// FuzzTalk feeds nonsense to the reader of running talk: what it finds resolves
// to itself, and stands in brackets in what was said.
func FuzzTalk(f *testing.F) {
	shelf := works()
	for _, name := range []string{"talk.txt", "works.txt"} {
		for in := range tableRows(f, name) {
			f.Add(strings.ReplaceAll(in, "⏎", "\n"))
			f.Add("see [" + in + "]")
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		refs, err := shelf.InText(in, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(refs) > min(3, strings.Count(in, "[")) {
			t.Fatalf("%q: %d citations are found in it", in, len(refs))
		}
		for _, r := range refs {
			again, err := shelf.Resolve(r.Canonical(), library.Context{})
			if err != nil || again.Canonical() != r.Canonical() {
				t.Fatalf("%q has %q, which does not resolve to itself: %v", in, r.Canonical(), err)
			}
		}
	})
}
