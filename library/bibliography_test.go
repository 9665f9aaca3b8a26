package library_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"lectern/library"
)

// one is a shelf of a single work of three passages with a footnote.
func one(m library.Meta) *library.Shelf {
	m.ID, m.Aliases = 1, []string{"x"}
	w := &library.Work{Meta: m, Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for i, t := range []string{"One. And more.", "Two.", "Three."} {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: t, Page: strconv.Itoa(i + 7)})
	}
	w.Passages = append(w.Passages, library.Passage{Kind: library.Footnote, Label: "1", Text: "A note."})
	w.Number()
	return library.NewShelf([]*library.Outline{library.NewOutline(w)})
}

func TestBibliography(t *testing.T) {
	article := library.Meta{Title: "The Mill at War", Author: "John G. Holt", Date: "August 1941", Source: "Fourth Review, Vol. 2 No. 7, August 1941, pp. 217–221."}
	book := library.Meta{Title: "What Is a Room?", Author: "Ann Lee and Bo van Ray", Date: "1917"}
	bare := library.Meta{Title: "100% of {it} & $5_a #1"}
	for _, c := range []struct {
		name  string
		meta  library.Meta
		cite  string
		style library.Style
		want  string
	}{
		{"article", article, "x 2", library.Chicago, "John G. Holt, “The Mill at War,” *Fourth Review* 2, no. 7 (August 1941): 217–221, par. 2."},
		{"article, a run", article, "x 2-3", library.Chicago, "John G. Holt, “The Mill at War,” *Fourth Review* 2, no. 7 (August 1941): 217–221, pars. 2–3."},
		{"article", article, "x 2", library.MLA, "Holt, John G. “The Mill at War.” *Fourth Review*, vol. 2, no. 7, August 1941, pp. 217–221.\n(Holt, par. 2)"},
		{"article", article, "x 2", library.BibTeX, "@article{holt1941mill,\n  author = {Holt, John G.},\n  title = {{The Mill at War}},\n  journal = {Fourth Review},\n  volume = {2},\n  number = {7},\n  pages = {217--221},\n  year = {1941},\n  month = aug,\n  note = {par. 2},\n}"},
		{"book", book, "x 2", library.Chicago, "Ann Lee and Bo van Ray, *What Is a Room?* (1917), par. 2."},
		{"book", book, "x", library.MLA, "Lee, Ann, and Bo van Ray. *What Is a Room?*, 1917."},
		{"book, a sentence", book, "x 1:2", library.MLA, "Lee, Ann, and Bo van Ray. *What Is a Room?*, 1917.\n(Lee and van Ray, par. 1:2)"},
		{"book", book, "x fn 1", library.BibTeX, "@misc{lee1917room,\n  author = {Lee, Ann and van Ray, Bo},\n  title = {{What Is a Room?}},\n  year = {1917},\n  note = {note 1},\n}"},
		{"nothing known", bare, "x 2", library.Chicago, "*100% of {it} & $5_a #1*, par. 2."},
		{"nothing known", bare, "x 2", library.MLA, "*100% of {it} & $5_a #1*.\n(*100% of {it} & $5_a #1*, par. 2)"},
		{"nothing known", bare, "x 2", library.BibTeX, "@misc{x,\n  title = {{100\\% of \\{it\\} \\& \\$5\\_a \\#1}},\n  note = {par. 2},\n}"},
		{"a source in words", library.Meta{Title: "“Yes”", Author: "孔子", Date: "spring of the year", Source: "From the author's papers"}, "x 1", library.Chicago, "孔子, “‘Yes’,” From the author's papers, spring of the year, par. 1."},
		{"four authors", library.Meta{Title: "T", Author: "A One, B Two, C Three and D Four"}, "x 1", library.Chicago, "A One et al., *T*, par. 1."},
		{"three authors", library.Meta{Title: "T", Author: "A One; B Two; C Three"}, "x 1", library.MLA, "One, A, et al. *T*.\n(One et al., par. 1)"},
		{"sentences of one passage", book, "x 1:1-2", library.Chicago, "Ann Lee and Bo van Ray, *What Is a Room?* (1917), par. 1:1–2."},
		{"sentences of two", book, "x 1:2-2:1", library.Chicago, "Ann Lee and Bo van Ray, *What Is a Room?* (1917), pars. 1:2–2:1."},
		{"a page", book, "x p. 8", library.Chicago, "Ann Lee and Bo van Ray, *What Is a Room?* (1917), p. 8."},
		{"pages", book, "x pp. 7-8", library.MLA, "Lee, Ann, and Bo van Ray. *What Is a Room?*, 1917.\n(Lee and van Ray, pp. 7–8)"},
		{"a page and a passage", book, "x p. 8; 3", library.Chicago, "Ann Lee and Bo van Ray, *What Is a Room?* (1917), pars. 1–3."},
		{"a body", library.Meta{Title: "T", Author: "the Room committee"}, "x 1", library.Chicago, "The Room committee, *T*, par. 1."},
		{"a body", library.Meta{Title: "T", Author: "the Room committee"}, "x 1", library.MLA, "The Room committee. *T*.\n(the Room committee, par. 1)"},
		{"inverted", library.Meta{Title: "T", Author: "Marx, Karl"}, "x 1", library.Chicago, "Karl Marx, *T*, par. 1."},
	} {
		ref, err := one(c.meta).Resolve(c.cite, library.Context{})
		if err != nil {
			t.Fatal(err)
		}
		if got := ref.Bibliography(c.style); got != c.want {
			t.Errorf("%s, %s:\n got %s\nwant %s", c.name, c.style, got, c.want)
		}
	}
}

// What the schema of CSL-JSON asks for: an array of items with a type out of
// its list and an id; dates in parts are arrays of one to three numbers.
func TestCSLJSON(t *testing.T) {
	known := map[string]bool{"type": true, "id": true, "title": true, "author": true, "issued": true, "container-title": true, "volume": true, "issue": true, "page": true, "edition": true, "language": true, "source": true, "locator": true}
	for date, parts := range map[string]string{"28 July 1998": "[[1998,7,28]]", "August 1941": "[[1941,8]]", "1941-08-03": "[[1941,8,3]]", "1867": "[[1867]]", "1844-1845": "", "c. 1600": "", "": "none"} {
		ref, err := one(library.Meta{Title: "T", Author: "Ann Lee", Date: date, Language: "en"}).Resolve("x 2", library.Context{})
		if err != nil {
			t.Fatal(err)
		}
		var items []map[string]json.RawMessage
		if err := json.Unmarshal([]byte(ref.Bibliography(library.CSLJSON)), &items); err != nil || len(items) != 1 {
			t.Fatalf("%s: %v", ref.Bibliography(library.CSLJSON), err)
		}
		for field := range items[0] {
			if !known[field] {
				t.Errorf("the schema has no %s", field)
			}
		}
		if string(items[0]["type"]) != `"document"` || string(items[0]["id"]) == `""` || items[0]["id"] == nil {
			t.Errorf("type %s, id %s", items[0]["type"], items[0]["id"])
		}
		var issued struct {
			Parts   json.RawMessage `json:"date-parts"`
			Literal string          `json:"literal"`
		}
		if parts == "none" {
			if items[0]["issued"] != nil {
				t.Errorf("an unknown date is %s", items[0]["issued"])
			}
			continue
		}
		if err := json.Unmarshal(items[0]["issued"], &issued); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(strings.Fields(string(issued.Parts)), ""); got != parts || parts == "" && issued.Literal != date {
			t.Errorf("%q is %s %q, want %s", date, got, issued.Literal, parts)
		}
	}
}
