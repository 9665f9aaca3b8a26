package library_test

import (
	"errors"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// texts is the shelf of five real texts, which stand beside the source where
// its tests run in full.
func texts(t testing.TB) *library.Shelf {
	t.Helper()
	dir := filepath.Join("..", "..", "shared", "texts")
	var works []*library.Outline
	for i, alias := range []string{"letters", "wright", "rise", "moscow", "fate"} {
		names, err := filepath.Glob(filepath.Join(dir, "00"+strconv.Itoa(i)+"*"))
		if err != nil || len(names) != 1 {
			t.Skipf("the five texts are not here: %s has no file 00%d", dir, i)
		}
		works = append(works, imported(t, names[0], alias, library.WorkID(i+1)))
	}
	return library.NewShelf(works)
}

func imported(t testing.TB, name, alias string, id library.WorkID) *library.Outline {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := importer.Read(t.Context(), name, f, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w.ID, w.Aliases = id, []string{alias}
	if alias == "fate" { // it does not name itself
		w.Title = "The Fate of the Russian Revolution"
	}
	return library.NewOutline(w)
}

// tableRows are what people type and what is right, from a file in testdata.
// The file says how it is written.
func tableRows(t testing.TB, name string) iter.Seq2[string, string] {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "citations", name))
	if err != nil {
		t.Fatal(err)
	}
	return func(yield func(in, want string) bool) {
		for line := range strings.Lines(string(text)) {
			in, want, ok := strings.Cut(line, "→")
			if ok && !strings.HasPrefix(in, "#") && !yield(strings.TrimSuffix(in, " "), strings.TrimSpace(want)) {
				return
			}
		}
	}
}

// table tries each row of a file of at least so many.
func table(t *testing.T, shelf *library.Shelf, name string, least int) {
	t.Helper()
	n, wrong := 0, 0
	for in, want := range tableRows(t, name) {
		n++
		if got := outcome(shelf, in, want); got != want {
			wrong++
			t.Errorf("%q\n  got  %s\n  want %s", in, got, want)
		}
	}
	if n < least {
		t.Errorf("%s has %d citations, not %d", name, n, least)
	}
	t.Logf("%s: %d of %d citations are right", name, n-wrong, n)
}

// outcome is what a citation gives, as the table writes it: as much of it as
// the table asks for.
func outcome(shelf *library.Shelf, in, want string) string {
	ref, err := shelf.Resolve(in, library.Context{})
	if err == nil {
		again, err := shelf.Resolve(ref.Canonical(), library.Context{})
		if err != nil || !slices.Equal(again.Pieces(), ref.Pieces()) {
			return ref.Canonical() + ", which does not resolve to itself"
		}
		return ref.Canonical()
	}
	var e *library.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	var offered []string
	for _, s := range e.Suggestions {
		offered = append(offered, s.Citation)
		if _, err := shelf.Resolve(s.Citation, library.Context{}); err != nil {
			return s.Citation + " is offered and does not resolve: " + err.Error()
		}
	}
	if e.Code == library.Ambiguous {
		return "? " + strings.Join(offered, " | ")
	}
	got := "! " + string(e.Code)
	head, asks, _ := strings.Cut(want, " > ")
	if len(strings.Fields(head)) > 2 {
		last, _ := e.Args["Last"]
		switch last := last.(type) {
		case int:
			got += " " + strconv.Itoa(last)
		case string:
			got += " " + last
		}
	}
	if asks != "" {
		got += " > " + strings.Join(offered[:min(len(offered), strings.Count(asks, "|")+1)], " | ")
	}
	return got
}

func TestCitationsOfTheTexts(t *testing.T) { table(t, texts(t), "texts.txt", 150) }

func TestCitationsAsked(t *testing.T) { table(t, texts(t), "asked.txt", 25) }
