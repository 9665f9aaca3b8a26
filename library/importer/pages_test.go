package importer_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// chapters are a book of n chapters of one to four paragraphs, each below a
// line that head gives for its number.
func chapters(n int, head func(k int) string) string {
	var b strings.Builder
	b.WriteString("The Long Book\n\nby Ann Day\n\n")
	for k := 1; k <= n; k++ {
		b.WriteString(head(k) + "\n\n")
		for p := range k%4 + 1 {
			fmt.Fprintf(&b, "In the morning the ferryman of place %d counted his %d boats again,\nand wrote down in a book that he kept for it how many of them\nhad come home in the night. Nobody asked him to.\n\n", k*7%11, p+k)
		}
	}
	return b.String()
}

// What looks like the number of a page and stands between finished paragraphs
// is a heading, or text; it is never left out.
func TestNumbersOfChaptersAreNoPages(t *testing.T) {
	for _, c := range []struct {
		name   string
		n      int
		head   func(k int) string
		doubt  bool
		titles bool
	}{
		{"numbers", 20, func(k int) string { return fmt.Sprint(k) }, true, true},
		{"nights", 12, func(k int) string { return fmt.Sprintf("The %d. Night", k) }, false, true},
		{"chapters beyond 1000", 1003, func(k int) string { return fmt.Sprintf("Chapter %d", k) }, false, true},
		{"questions", 12, func(k int) string { return fmt.Sprintf("Question %d.", k) }, false, false},
		{"sentences", 19, func(k int) string { return fmt.Sprintf("In the year %d nothing was written down.", 1800+k) }, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := chapters(c.n, c.head)
			w := mustRead(t, "x.txt", src)
			sameWords(t, src, w)
			if len(w.LeftOut) > 0 {
				t.Errorf("left out: %v", w.LeftOut)
			}
			if c.titles && len(w.Sections) != c.n {
				t.Errorf("%d sections, want %d", len(w.Sections), c.n)
			}
			if has(w, "numbers_kept") != c.doubt {
				t.Errorf("doubts: %v", w.Warnings)
			}
		})
	}
}

// Heads that take turns on left and right pages, without a form feed, are left
// out, and the sentences that they part are joined.
func TestHeadsThatTakeTurns(t *testing.T) {
	var b strings.Builder
	b.WriteString("The Long Book\n\nby Ann Day\n\nIt was told in the town for years how the old ferryman of\nthe place had counted the boats that came and went and had\n")
	for p := 217; p < 225; p++ {
		head := fmt.Sprintf("THE LONG BOOK                 %d", p)
		if p%2 == 0 {
			head = fmt.Sprintf("%d                       ANN DAY", p)
		}
		b.WriteString("\n" + head + "\n\nwritten all of them down in a book that nobody ever saw. It\nwas told in the town for years how the old ferryman of the\nplace had counted the boats that came and went and had\n")
	}
	b.WriteString("never told anybody why.\n")
	w := mustRead(t, "x.txt", b.String())
	sameWords(t, b.String(), w)
	if len(w.LeftOut) != 8 || len(w.Sections) != 1 || len(w.Passages) != 1 {
		t.Errorf("%d left out, %d sections, %d passages", len(w.LeftOut), len(w.Sections), len(w.Passages))
	}
}

// The heads of the columns of a table of contents are no entry of it.
func TestContentsWithHeadsOfColumns(t *testing.T) {
	var src strings.Builder
	src.WriteString("THE LONG FIELD\n\nby Anne Moor\n\n\n\nCONTENTS\n\n\nCHAPTER                         PAGE\n\nI. The Gate                        1\nII. The Ditch                     14\nIII. The Hill                     22\n\n\n\n\n")
	for i, title := range []string{"THE GATE", "THE DITCH", "THE HILL"} {
		src.WriteString("CHAPTER " + strings.Repeat("I", i+1) + "\n\n" + title + "\n\nIt had always been a long field, and those who had to plough it\nknew how long it was, for they had to walk it.\n\n\n\n")
	}
	w := mustRead(t, "x.txt", src.String())
	sameWords(t, src.String(), w)
	if len(w.Sections) != 3 || len(w.Passages) != 3 || len(w.LeftOut) == 0 || w.LeftOut[0].Reason != "table of contents" {
		t.Errorf("%d sections, %d passages, left out %v", len(w.Sections), len(w.Passages), w.LeftOut)
	}
}

// The place of a broken byte is told.
func TestABrokenByteIsPlaced(t *testing.T) {
	w := mustRead(t, "x.txt", "Naïve people ran.\n\nOne after the other went home again, past a fa\xe7ade that was new.\n")
	for _, x := range w.Warnings {
		if x.Code == "broken_characters" && x.Line == 3 && strings.Contains(x.Message, "E7") {
			return
		}
	}
	t.Errorf("doubts: %v", w.Warnings)
}

// The first line of the text is no subtitle, though it is short.
func TestAShortFirstLineIsText(t *testing.T) {
	w := mustRead(t, "x.txt", "A Report\n\nby Ann Day\n\nThe officer was in a\nhurry and left, and nobody could believe in the remaining time of that year what he had done.\n\nHe went home again.\n")
	if w.Subtitle != "" || len(w.Passages) != 2 || !strings.HasPrefix(w.Passages[0].Text, "The officer was in a hurry") {
		t.Errorf("subtitle %q, first passage %q", w.Subtitle, w.Passages[0].Text)
	}
}

// More chapters than a book has are too many, and not furniture.
func TestTooManyChapters(t *testing.T) {
	var b strings.Builder
	for k := range 300_000 {
		fmt.Fprintf(&b, "Chapter %d\n\n", k+1)
	}
	_, err := importer.Read(t.Context(), "x.txt", strings.NewReader(b.String()), importer.Options{})
	if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != "file_too_many_parts" {
		t.Errorf("got %v", err)
	}
}

func mustRead(t *testing.T, name, src string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), name, strings.NewReader(src), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, w)
	return w
}

func has(w *library.Work, code string) bool {
	for _, x := range w.Warnings {
		if x.Code == code {
			return true
		}
	}
	return false
}
