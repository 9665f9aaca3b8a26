package importer_test

import (
	"bytes"
	"testing"

	"lectern/library/importer"
)

// Notes whose links lead one way only are tied where it is certain.
func TestNotesWithOneWayLinks(t *testing.T) {
	text := []string{"The keeper counts the bees[1] in the evening. -> fn 1", "He writes it down[2] each day. -> fn 2", "fn 1: Those that come back.", "fn 2: In a book."}
	const notes = `<p><a name="n1">1.</a> Those that come back.</p><p><a name="n2">2.</a> In a book.</p>`
	for _, c := range []struct {
		name, body string
		want       []string
	}{
		{"calls that link", `<p>The keeper counts the bees<sup><a href="#n1">1</a></sup> in the evening.</p><p>He writes it down<a href="#n2"><sup>2</sup></a> each day.</p><hr>` + notes, text},
		{"calls in brackets", `<p>The keeper counts the bees[<a href="#n1">1</a>] in the evening.</p><p>He writes it down<a href="#n2">[2]</a> each day.</p>` + notes, text},
		{"numbers that go on", `<p>The keeper counts the bees<sup><a href="#n1">7</a></sup> in the evening.</p><p>[7a] He writes it down.</p><div class="n"><p id="n1">7. Those that come back.</p></div>`,
			[]string{"The keeper counts the bees[7] in the evening. -> fn 7", "[7a] He writes it down.", "fn 7: Those that come back."}},
		{"signs", `<p>The keeper counts the bees<a href="#n1">*</a> in the evening.</p><p>He writes it down<a href="#n2">†</a> each day.</p><p id="n1">* Those that come back.</p><p id="n2">† In a book.</p>`,
			[]string{"The keeper counts the bees* in the evening. -> fn *", "He writes it down† each day. -> fn †", "fn *: Those that come back.", "fn †: In a book."}},
		{"a counted list", `<p>The keeper counts the bees<sup><a href="#n1">1</a></sup> in the evening.</p><p>He writes it down<sup><a href="#n2">2</a></sup> each day.</p><ol><li id="n1">Those that come back.</li><li id="n2">In a book.</li></ol>`, text},
		{"notes that lead back", `<p>The keeper counts the bees<sup id="r1">1</sup> in the evening.</p><p>He writes it down<a name="r2"></a><sup>2</sup> each day.</p><p><a href="#r1">1</a>. Those that come back.</p><p><a href="#r2">2</a>. In a book.</p>`, text},
		{"notes that lead back by signs", `<p>The keeper counts the bees<span id="r1">[1]</span> in the evening.</p><p>He writes it down<a name="r2"></a>[2] each day.</p><ol><li>Those that come back. <a href="#r1">↩</a></li><li>In a book. <a href="#r2">↩</a></li></ol>`, text},
		{"numbered paragraphs that are referred to", `<p id="p1">[1] The keeper counts the bees, see <a href="#p3">[3]</a>, in the evening.</p><p id="p2">[2] He writes it down each day.</p><p id="p3">[3] It is a book.</p><p id="p4">[4] It is full.</p>`,
			[]string{"[1] The keeper counts the bees, see [3], in the evening.", "[2] He writes it down each day.", "[3] It is a book.", "[4] It is full."}},
		{"a row of links", `<p>Go to: <a href="#p1">[1]</a> <a href="#p2">[2]</a></p><p id="p1">1. The keeper counts the bees.</p><p id="p2">2. He writes it down each day.</p>`,
			[]string{"Go to: [1] [2]", "1. The keeper counts the bees.", "2. He writes it down each day."}},
	} {
		t.Run(c.name, func(t *testing.T) { same(t, "passages", notesOf(pageOf(t, c.body)), c.want) })
	}
}

// They are tied on another page of the work, too, where the call says the label with
// which the note begins.
func TestOneWayNotesOnOtherPages(t *testing.T) {
	one := `<html><head><title>One</title></head><body><h1>One</h1><p>Oil is bought on Mondays.<sup><a href="n.html#f1">1</a></sup> And it is kept dry.</p><p>Wicks are cut.<a href="n.html#f2">[2]</a> See <a href="n.html#f3">3</a>.</p></body></html>`
	notes := `<html><head><title>Notes</title></head><body><h1>Notes</h1><p id="f1">1. Or the day after.</p><p><a id="f2"></a>[2] With scissors.</p></body></html>`
	w, err := importer.Read(t.Context(), "x.epub", bytes.NewReader(spine(t, "", "one.html", one, "n.html", notes)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "passages", passagesOf(w), []string{
		"paragraph [2]: Oil is bought on Mondays.[1] And it is kept dry.", "paragraph [3]: Wicks are cut.[2] See 3.",
		"footnote []: Or the day after.", "footnote []: With scissors.",
	})
}
