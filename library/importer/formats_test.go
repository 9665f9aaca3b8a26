package importer_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"lectern/library"
	"lectern/library/importer"
	"lectern/sample"
)

// The sample in Markdown and as other tools export it comes in as the same work.
func TestSameThroughFormats(t *testing.T) {
	want, err := importer.Read(t.Context(), sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("testdata/formats/handbook.*")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Ext(file)[1:], func(t *testing.T) {
			least, by := 0.98, plainMarks
			if filepath.Ext(file) == ".pdf" { // which does not say what it is made of
				needPoppler(t)
				least, by = 0.95, lettersOf
			}
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			got, err := importer.Read(t.Context(), file, f, importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got.Title != want.Title || got.Author != want.Author {
				t.Errorf("%q by %q, want %q by %q", got.Title, got.Author, want.Title, want.Author)
			}
			same(t, "outline", outlineOf(got), outlineOf(want))
			if share := sameText(t, want, got, by); share < least {
				t.Errorf("%.3f of the passages are the same", share)
			}
		})
	}
}

func outlineOf(w *library.Work) (out []string) {
	for i := range w.Sections {
		s := &w.Sections[i]
		out = append(out, fmt.Sprintf("%d %s %s", s.Depth, s.Label(), plainMarks(s.Title)))
	}
	return out
}

var unmark = strings.NewReplacer("**", "", "*", "", "`", "", "“", `"`, "”", `"`, "’", "'", "‘", "'", "–", "-", "—", "-", "--", "-", "…", "...")

// plainMarks is a text without Markdown's emphasis, and with typewriter's marks.
func plainMarks(s string) string { return strings.Join(strings.Fields(unmark.Replace(s)), " ") }

// lettersOf are the letters of a text, which is all that a PDF knows for certain.
func lettersOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// sameText is the share of the passages of one work that another one has too.
func sameText(t *testing.T, want, got *library.Work, by func(string) string) float64 {
	has := map[string]int{}
	// Notes are numbered anew in each chapter of an e-book.
	number := regexp.MustCompile(`\[[0-9]+\]`)
	key := func(p *library.Passage) string {
		return string(p.Kind) + ": " + by(number.ReplaceAllString(p.Text, "[n]"))
	}
	for i := range got.Passages {
		has[key(&got.Passages[i])]++
	}
	n := 0
	for i := range want.Passages {
		k := key(&want.Passages[i])
		if has[k] > 0 {
			has[k]--
			n++
			continue
		}
		t.Logf("missing: %.300s", k)
	}
	for k, n := range has {
		if n > 0 {
			t.Logf("besides: %.300s", k)
		}
	}
	return float64(n) / float64(len(want.Passages))
}
