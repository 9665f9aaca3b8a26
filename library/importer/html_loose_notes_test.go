package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func pageOf(t *testing.T, body string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader("<html><head><title>Bees</title></head><body><h1>Bees</h1>"+body+"</body></html>"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// notesOf are the passages with the notes that they call.
func notesOf(w *library.Work) (out []string) {
	for i := range w.Passages {
		p := &w.Passages[i]
		s := p.Text
		if p.Kind == library.Footnote {
			s = "fn " + p.Label + ": " + s
		}
		for _, n := range p.Notes {
			s += fmt.Sprintf(" -> fn %s", w.Passages[n].Label)
		}
		out = append(out, s)
	}
	return out
}

// Notes that no link leads to are told by their numbers, which the text calls.
func TestNotesWithoutLinks(t *testing.T) {
	first, second := "<p>The keeper counts the bees [1] in the evening.</p>", "<p>He writes it down [2] each day.</p>"
	text := []string{"The keeper counts the bees [1] in the evening. -> fn 1", "He writes it down [2] each day. -> fn 2", "fn 1: Those that come back.", "fn 2: In a book."}
	round := []string{strings.NewReplacer("[1]", "(1)").Replace(text[0]), strings.NewReplacer("[2]", "(2)").Replace(text[1]), text[2], text[3]}
	toRound := strings.NewReplacer("[1]", "(1)", "[2]", "(2)")
	raised := strings.NewReplacer(" [1]", "<sup>1</sup>", " [2]", "<sup>2</sup>")
	unspaced := []string{strings.Replace(text[0], " [1]", "[1]", 1), strings.Replace(text[1], " [2]", "[2]", 1), text[2], text[3]}
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"in brackets at the end", first + second + "<hr><p>[1] Those that come back.</p><p>[2] In a book.</p>", text},
		{"below a heading", first + second + "<h2>Notes</h2><p>[1] Those that come back.</p><p>[2] In a book.</p>", text},
		{"a counted list", first + second + "<h2>Notes</h2><ol><li>Those that come back.</li><li>In a book.</li></ol>", text},
		{"a list of paragraphs", first + second + "<h2>Notes</h2><ol><li><p>Those that come</p><p>back.</p></li><li><p>In a book.</p></li></ol>", text},
		{"figures with a point", first + second + "<p><b>Notes</b></p><p>1. Those that come back.</p><p>2. In a book.</p>", text},
		{"round brackets", toRound.Replace(first+second) + "<h3>Footnotes</h3><p>(1) Those that come back.</p><p>(2) In a book.</p>", round},
		{"raised", raised.Replace(first+second) + "<hr><p><sup>1</sup> Those that come back.</p><p><sup>2</sup> In a book.</p>", unspaced},
		{"raised, and a list", raised.Replace(first+second) + "<h2>Endnotes</h2><ol><li>Those that come back.</li><li>In a book.</li></ol>", unspaced},
		{"two paragraphs", first + second + "<h2>Notes</h2><div><p>[1] Those that come</p><p>back.</p><p>[2] In a book.</p></div>", text},
		{"behind each part", "<h2>One</h2>" + first + "<h3>Notes</h3><p>1. Those that come back.</p><h2>Two</h2><p>They sleep [1] then.</p><h3>Notes</h3><p>1. All night.</p>",
			[]string{"The keeper counts the bees [1] in the evening. -> fn 1", "They sleep [1] then. -> fn 1", "fn 1: Those that come back.", "fn 1: All night."}},
		{"numbers that nothing calls", "<p>The keeper counts.</p><h2>Rules</h2><p>[1] Count them.</p><p>[2] Write it down.</p>", []string{"The keeper counts.", "[1] Count them.", "[2] Write it down."}},
		{"points that the text counts", "<p>There are (1) bees and (2) wasps.</p><p>(1) Bees make honey.</p><p>(2) Wasps make none.</p>", []string{"There are (1) bees and (2) wasps.", "(1) Bees make honey.", "(2) Wasps make none."}},
		{"powers", "<p>A field of ten m<sup>2</sup> has bees.</p><p>Another.</p>", []string{"A field of ten m2 has bees.", "Another."}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := pageOf(t, c.body)
			same(t, "passages", notesOf(w), c.want)
			for i := range w.Sections {
				if w.Sections[i].Title == "Notes" {
					t.Error("the heading of the notes heads nothing")
				}
			}
		})
	}
}
