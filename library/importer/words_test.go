package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// texts are the real texts that lie beside the repository where there are any.
func texts(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("../../../shared/texts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("the real texts are not here (a folder shared/texts beside the repository), so this was not tried on them")
	}
	return files
}

// Every word of a text stands in exactly one passage, attribution, heading or
// part, or is listed as left out. A line of the title page is a part whose
// content is in the metadata too, and counts once.
func TestNoWordIsLost(t *testing.T) {
	for _, file := range texts(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			w, err := importer.Read(t.Context(), file, strings.NewReader(string(src)), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			sameWords(t, string(src), w)
			c := w.Counts()
			if w.Title == "" || c.Sections == 0 || c.Passages == 0 {
				t.Errorf("title %q, %d sections, %d passages", w.Title, c.Sections, c.Passages)
			}
		})
	}
}

// sameWords compares multisets of words. A word that a line end parted at a
// hyphen is one or two, so hyphens part words on both sides.
func sameWords(t *testing.T, src string, w *library.Work) {
	t.Helper()
	count := map[string]int{}
	add := func(s string, n int) {
		for f := range strings.FieldsSeq(strings.NewReplacer("-", " ", "\u00ad", "", "ﬁ", "fi", "ﬂ", "fl").Replace(s)) {
			count[f] += n
		}
	}
	add(src, 1)
	for i := range w.Passages {
		p := &w.Passages[i]
		add(p.Text, -1)
		add(p.Attribution, -1)
		if p.Kind == library.Footnote && p.Label != "" {
			// The mark is the label, printed as "[1]" or "1.".
			for _, mark := range []string{"[" + p.Label + "]", p.Label + ".", p.Label} {
				if count[mark] > 0 {
					count[mark]--
					break
				}
			}
		}
	}
	for i := range w.Sections {
		add(w.Sections[i].Text, -1)
	}
	for i := range w.Parts {
		add(w.Parts[i].Text, -1)
	}
	for i := range w.LeftOut {
		add(w.LeftOut[i].Text, -1)
	}
	var wrong []string
	for word, n := range count {
		if n != 0 {
			wrong = append(wrong, fmt.Sprintf("%+d %q", -n, word))
		}
	}
	sort.Strings(wrong)
	if len(wrong) > 0 {
		t.Errorf("%d words are lost (-) or there too often (+): %s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], ", "))
	}
}
