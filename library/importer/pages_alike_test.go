package importer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func pagesOf(t *testing.T, files ...string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.zip", bytes.NewReader(zipped(t, files...)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What all pages of a work have at their beginnings and ends is the work's title and
// the site's own.
func TestPagesAlike(t *testing.T) {
	var files []string
	for i := range 4 {
		files = append(files, fmt.Sprintf("p%d.html", i+1), fmt.Sprintf(`<html><body><h1>The Mill</h1><h2>Part %d</h2><p>Text of %d, which nobody had counted.</p><p>More of %d.</p><hr><p>Copyright Oak Press 1923</p><p>Printed at the mill.</p></body></html>`, i+1, i+1, i+1))
	}
	w := pagesOf(t, files...)
	same(t, "outline", outlineOf(w), []string{"1 1 ", "1 2 ", "1 3 ", "1 4 "})
	if w.Title != "The Mill" || len(w.Passages) != 8 || len(w.LeftOut) != 12 {
		t.Errorf("%q: %q, %v", w.Title, passagesOf(w), w.LeftOut)
	}
}

// Names that differ in a roman numeral are read in the order of the numbers.
func TestPagesByRomans(t *testing.T) {
	var files, want []string
	for _, r := range []string{"i", "ii", "iii", "iv", "v", "ix", "x"} {
		files = append(files, "ch-"+r+".htm", "<h1>About "+r+"</h1><p>Text of it.")
		want = append(want, "1  About "+r)
	}
	w := pagesOf(t, files...)
	same(t, "outline", outlineOf(w), want)
}

// The menu of pages in frames gives their order, and is none of the text; the heading
// of an index page is the title of the whole.
func TestPagesOfFrames(t *testing.T) {
	page := func(s string) string { return "<h1>" + s + "</h1><p>Text of " + strings.ToLower(s) + "." }
	w := pagesOf(t, "index.html", `<html><head><title>The Coast</title></head><frameset><frame src="menu.html"><frame src="b.html"></frameset></html>`,
		"menu.html", `<body><a href="b.html">Tides</a><br><a href="a.html">Rocks</a><br><a href="c.html">Birds</a></body>`, "a.html", page("Rocks"), "b.html", page("Tides"), "c.html", page("Birds"))
	same(t, "frames", outlineOf(w), []string{"1  Tides", "1  Rocks", "1  Birds"})
	if w.Title != "The Coast" || len(w.Passages) != 3 {
		t.Errorf("%q: %q", w.Title, passagesOf(w))
	}
	w = pagesOf(t, "index.htm", `<h1>The Hive</h1><ul><li><a href="b.html">Tides</a></li><li><a href="a.html">Rocks</a></li></ul>`, "a.html", page("Rocks"), "b.html", page("Tides"))
	same(t, "index", outlineOf(w), []string{"1  Tides", "1  Rocks"})
	if w.Title != "The Hive" {
		t.Errorf("%q", w.Title)
	}
}
