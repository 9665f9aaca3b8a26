package importer_test

import (
	"os"
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
