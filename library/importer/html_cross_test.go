package importer_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func spine(t testing.TB, more string, pages ...string) []byte {
	var items, refs strings.Builder
	for i := 0; i < len(pages); i += 2 {
		fmt.Fprintf(&items, `<item id="p%d" href="%s" media-type="application/xhtml+xml"/>`, i, pages[i])
		fmt.Fprintf(&refs, `<itemref idref="p%d"/>`, i)
	}
	return zipped(t, append([]string{"mimetype", "application/epub+zip", "META-INF/container.xml", container,
		"c.opf", `<package version="3.0"><metadata><title>Of Lamps</title><creator>Ada Lowell</creator></metadata><manifest>` + items.String() + more + `</manifest><spine>` + refs.String() + `</spine></package>`}, pages...)...)
}

// Notes on another page of the work are tied to their calls by links that lead
// there and back, or that say that they call one; the heading above them is left
// out. So it is in e-books and in folders, where no other link leads to the page.
func TestNotesOnOtherPages(t *testing.T) {
	one := `<html><head><title>One</title></head><body><h1>One</h1><p>Oil is bought on Mondays.<a id="r1" href="n.html#f1"><sup>1</sup></a> And it is kept dry.</p><p>Wicks are cut.<sup id="r2"><a href="n.html#f2">2</a></sup> See <a href="two.html#s">3</a>.</p></body></html>`
	two := `<html><head><title>Two</title></head><body><h1>Two</h1><p id="s">It burns.<a href="n.html#f3" id="r3">[1]</a></p></body></html>`
	notes := `<html><head><title>Notes</title></head><body><h1>Notes</h1><p><a id="f1" href="one.html#r1">1</a>. Or the day after.</p><ol start="2"><li id="f2"><p>With scissors. <a href="one.html#r2">↩</a></p></li></ol><p id="f3"><a href="two.html#r3">[1]</a> For an hour.</p></body></html>`
	said := strings.NewReplacer(`<a id="r1" `, `<a epub:type="noteref" `, `<a href="n.html#f2"`, `<a epub:type="noteref" href="n.html#f2"`, `<a href="n.html#f3" id="r3"`, `<a epub:type="noteref" href="n.html#f3"`)
	mute := strings.NewReplacer(`href="one.html#r1"`, "", `<a href="one.html#r2">↩</a>`, "", `href="two.html#r3"`, "")
	index := `<html><head><title>Of Lamps</title></head><body><h1>Of Lamps</h1><ul><li><a href="one.html">One</a></li><li><a href="two.html">Two</a></li></ul></body></html>`
	for _, c := range []struct {
		name, file string
		data       []byte
	}{
		{"an e-book", "x.epub", spine(t, "", "one.html", one, "two.html", two, "n.html", notes)},
		{"an e-book that says what calls a note", "x.epub", spine(t, "", "one.html", said.Replace(one), "two.html", said.Replace(two), "n.html", mute.Replace(notes))},
		{"pages with an index that does not name the notes", "x.zip", zipped(t, "index.html", index, "one.html", one, "two.html", two, "n.html", notes)},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), c.file, bytes.NewReader(c.data), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if w.Title != "Of Lamps" {
				t.Errorf("it is called %q", w.Title)
			}
			same(t, "outline", outlineOf(w), []string{"1  One", "1  Two"})
			same(t, "passages", passagesOf(w), []string{
				"paragraph [3]: Oil is bought on Mondays.[1] And it is kept dry.",
				"paragraph [4]: Wicks are cut.[2] See 3.",
				"paragraph [5]: It burns.[1]",
				"footnote []: Or the day after.", "footnote []: With scissors.", "footnote []: For an hour.",
			})
			var left []string
			for _, x := range w.LeftOut {
				left = append(left, x.Reason)
			}
			if !strings.Contains(strings.Join(left, " "), "the heading of the notes") {
				t.Errorf("left out: %v", w.LeftOut)
			}
			w.Aliases = []string{"lamps"}
			ref, err := library.NewShelf([]*library.Outline{library.NewOutline(w)}).Resolve("lamps fn 2", library.Context{})
			if err != nil || w.Passages[ref.Passages()[0]].Text != "With scissors." {
				t.Errorf("fn 2 is %v, %v", ref, err)
			}
		})
	}
}
