package importer_test

import (
	"bytes"
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

// What somebody remarks in the margin of a document is no part of it, and ends no
// paragraph of it.
func TestRemarksInODT(t *testing.T) {
	const content = `<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>` +
		`<text:p>Words before it.<office:annotation><text:p>Is that so?</text:p></office:annotation> Words after it.</text:p><text:p>More.</text:p></office:text></office:body></office:document-content>`
	w, err := importer.Read(t.Context(), "x.odt", bytes.NewReader(zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", content)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Passages) != 2 || w.Passages[0].Text != "Words before it. Words after it." {
		t.Errorf("%+v", w.Passages)
	}
}

// How characters are read stands above them in Japanese books, and parts no word.
func TestRuby(t *testing.T) {
	const page = `<html lang="ja"><body><h1>坊っちゃん</h1><p><ruby>親譲<rp>（</rp><rt>おやゆず</rt><rp>）</rp></ruby>りの<ruby>無鉄砲<rt>むてっぽう</rt></ruby>で小供の時から損ばかりしている。</p><p>次の段落もここにある。</p></body></html>`
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Passages[0].Text; got != "親譲りの無鉄砲で小供の時から損ばかりしている。" {
		t.Errorf("%q", got)
	}
}
