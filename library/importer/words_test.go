package importer_test

import (
	"fmt"
	"html"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lectern/library"
	"lectern/library/importer"
)

// texts are the real texts that lie beside the repository where there are any.
func texts(t testing.TB) []string {
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
	for _, file := range append(texts(t), "../../sample/reading-together.md") {
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
		})
	}
}

// words are the runs of letters and digits of a text, ligatures undone. Soft
// hyphens are no part of a word; hyphens part words. Each character is a word of its
// own in scripts that put no spaces between words.
func words(s string) []string {
	s = html.UnescapeString(s)
	s = strings.NewReplacer("\u00ad", "", "\u200b", "", "\ufeff", "", "\u2060", "").Replace(s)
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' && r != '\r' && r != '\f' && r != '\v' || r == 0x7f {
			return -1
		}
		return r
	}, s)
	for _, l := range []string{"ﬀ", "ﬁ", "ﬂ", "ﬃ", "ﬄ", "ﬅ", "ﬆ"} {
		s = strings.ReplaceAll(s, l, norm.NFKC.String(l))
	}
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		at := 0
		for i, r := range w {
			if !unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
				continue
			}
			if i > at {
				out = append(out, w[at:i])
			}
			at = i + utf8.RuneLen(r)
			out = append(out, w[i:at])
		}
		if at < len(w) {
			out = append(out, w[at:])
		}
	}
	return out
}

// sameWords compares multisets of words. Where a hyphen at a line's end was
// mended, two words of the source are one of the work.
func sameWords(t *testing.T, src string, w *library.Work) {
	t.Helper()
	count := map[string]int{}
	add := func(s string, n int) {
		for _, f := range words(s) {
			count[f] += n
		}
	}
	add(src, 1)
	for i := range w.Passages {
		p := &w.Passages[i]
		add(p.Text, -1)
		add(p.Attribution, -1)
		if p.Kind == library.Footnote {
			add(p.Label, -1) // the mark before it is its label
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
	// Mended words: what is there too often is made of two that are lost.
	var lost []string
	for word, n := range count {
		if n > 0 {
			lost = append(lost, word)
		}
	}
	slices.Sort(lost)
	for word, n := range count {
		for ; n < 0; n++ {
			if !mended(word, lost, count) {
				break
			}
			count[word]++
		}
	}
	var wrong []string
	for word, n := range count {
		if n != 0 {
			wrong = append(wrong, fmt.Sprintf("%+d %q", -n, word))
		}
	}
	slices.Sort(wrong)
	if len(wrong) > 0 {
		t.Errorf("%d words are lost (-) or there too often (+): %s", len(wrong), strings.Join(wrong[:min(len(wrong), 20)], ", "))
	}
}

func mended(word string, lost []string, count map[string]int) bool {
	for _, left := range lost {
		right, ok := strings.CutPrefix(word, left)
		if ok && right != "" && count[left] > 0 && count[right] > 0 && (left != right || count[left] > 1) {
			count[left]--
			count[right]--
			return true
		}
	}
	return false
}

// FuzzControls holds the count of control characters, eight bytes at a time, to
// one byte after the other.
func FuzzControls(f *testing.F) {
	f.Add("a\x01bcdefgh\x7f\tijklmnop\x00")
	f.Add(strings.Repeat("é…\n", 9) + "\x1f")
	f.Fuzz(func(t *testing.T, s string) {
		n, first := 0, 0
		for i := range len(s) {
			if c := s[i]; c < ' ' && (c < '\t' || c > '\r') || c == 0x7f {
				if n == 0 {
					first = i
				}
				n++
			}
		}
		if gotN, gotFirst := importer.Controls(s); gotN != n || gotFirst != first {
			t.Fatalf("%q: %d from %d, not %d from %d", s, gotN, gotFirst, n, first)
		}
	})
}
