package importer_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func readFile(t *testing.T, name string) *library.Work {
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
	return w
}

// A page in two columns, with a running head and numbers at the feet, is read as
// the page that it was made of: one column after the other, paragraphs over
// columns and pages.
func TestPDFColumns(t *testing.T) {
	needPoppler(t)
	want, got := readFile(t, "testdata/pdf/columns.html"), readFile(t, "testdata/pdf/columns.pdf")
	same(t, "outline", outlineOf(got), outlineOf(want))
	if share := sameText(t, want, got, lettersOf); share < 0.95 {
		t.Errorf("%.3f of the passages are the same", share)
	}
	for i := range got.Passages {
		if s := got.Passages[i].Text; strings.Contains(s, "Of Lamps") {
			t.Errorf("a running head is in the text: %q", s)
		}
		if p := got.Passages[i].Page; p != "1" && p != "2" {
			t.Errorf("passage %d is on page %q", i+1, p)
		}
	}
}

// Books in scripts that run from right to left or put no spaces between words, as
// a word processor makes PDFs of them, are read as the text that they were made
// of, with the notes at their feet. A line that is set in may be a quotation or
// not: a PDF does not say.
func TestPDFScripts(t *testing.T) {
	needPoppler(t)
	texts := func(w *library.Work, by func(string) string) (out []string) {
		for i := range w.Passages {
			p := &w.Passages[i]
			out = append(out, fmt.Sprintf("%t %s %d", p.Kind == library.Footnote, by(p.Text), len(p.Notes)))
		}
		return out
	}
	// Lam and alef are one sign in the font of the Arabic book.
	one := strings.NewReplacer("لا", "_", "ال", "_")
	for _, name := range []string{"chinese", "hebrew", "russian", "arabic"} {
		t.Run(name, func(t *testing.T) {
			want, got := readFile(t, "testdata/pdf/"+name+".md"), readFile(t, "testdata/pdf/"+name+".pdf")
			same(t, "outline", outlineOf(got), outlineOf(want))
			by := plainMarks
			if name == "arabic" {
				by = one.Replace
			}
			same(t, "texts", texts(got, by), texts(want, by))
			doubt := slices.ContainsFunc(got.Warnings, func(w library.Warning) bool { return w.Code == "lam_alef" })
			if doubt != (name == "arabic") {
				t.Errorf("doubts: %v", got.Warnings)
			}
		})
	}
}

// What stands on the page from left to right is read from right to left, but for
// numbers and words of other scripts.
func TestLogical(t *testing.T) {
	for page, want := range map[string]string{
		"םלוע םולש":               "שלום עולם",
		")1996 תנש( ןושאר":        "ראשון (שנת 1996)",
		"(1996 תנש) ןושאר":        "ראשון (שנת 1996)",
		"Of Lamps רפסה":           "הספר Of Lamps",
		"12–34 ,3.5 םידומע":       "עמודים 3.5, 12–34",
		"٣٤ ةحفص":                 "صفحة ٣٤",
		"لا باتكلا":               "الكتاب لا",
		".لوألا":                  "الأول.",
		"":                        "",
		"no letter runs that way": "no letter runs that way",
	} {
		if got := importer.Logical(page); got != want {
			t.Errorf("%q is read as %q, want %q", page, got, want)
		}
	}
}
