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
		{"questions", 12, func(k int) string { return fmt.Sprintf("Question %d.", k) }, false, true},
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

// Running heads that name the book on left pages and the chapter on right ones
// are left out, with the numbers of pages beside them, below or nowhere; a page on
// which a chapter begins has none.
func TestRunningHeadsOfChapters(t *testing.T) {
	titles := []string{"The Oil", "The Wicks", "The Glass", "The Tower", "The Keeper"}
	labels := []string{"I", "II", "III", "IV", "V"}
	names := strings.Fields("amara bela chidi dorte emeka farah goran hilde imani jonas keiko lupe marek noor oskar petra quinn rosa sefu tomas ulla vera")
	who := func(page int) string { return "the " + names[page%len(names)] }
	for _, c := range []struct {
		name, part string
		head       func(title string, page int, left bool) string
		foot       func(page int) string
	}{
		{"numbers in the heads", "\f", func(title string, page int, left bool) string {
			if left {
				return fmt.Sprintf("%d                    THE LAMPS OF ULVIK\n\n", page)
			}
			return fmt.Sprintf("                    %s                    %d\n\n", strings.ToUpper(title), page)
		}, nil},
		{"right above the text", "\f", func(title string, page int, left bool) string {
			if left {
				return fmt.Sprintf("%d THE LAMPS OF ULVIK\n", page)
			}
			return fmt.Sprintf("%s %d\n", strings.ToUpper(title), page)
		}, nil},
		{"no form feeds", "\n", func(title string, page int, left bool) string {
			if left {
				return fmt.Sprintf("\n%d                    THE LAMPS OF ULVIK\n\n", page)
			}
			return fmt.Sprintf("\n                    %s                    %d\n\n", strings.ToUpper(title), page)
		}, nil},
		{"numbers below", "\f", func(title string, _ int, left bool) string {
			if left {
				return "                    The Lamps of Ulvik\n\n"
			}
			return "                    " + title + "\n\n"
		}, func(page int) string { return fmt.Sprintf("\n                              %d\n", page) }},
		{"no numbers", "\f", func(title string, _ int, left bool) string {
			if left {
				return "                    The Lamps of Ulvik\n\n"
			}
			return "                    " + title + "\n\n"
		}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			b.WriteString("THE LAMPS OF ULVIK\n\nby Vera Holm\n\n")
			page, heads := 7, 0
			for k, title := range titles {
				for p := range 4 {
					switch {
					case p > 0:
						heads++
						b.WriteString(c.head(title, page, page%2 == 0))
						fmt.Fprintf(&b, "would not go out again before the summer, whatever %s did to\n%s glass.\n\n", who(page), who(page))
					default:
						fmt.Fprintf(&b, "CHAPTER %s. %s\n\n", labels[k], title)
					}
					for n := range 4 {
						fmt.Fprintf(&b, "In the evening the keeper of tower %d went up with the oil and the\nladder, counted the %d stairs as he had been told to, and came down\nwithout having met anybody. The wind was in the west on that day, and\nthe boats had stayed at home.\n\n", 10*k+p, n+2)
					}
					if p < 3 {
						fmt.Fprintf(&b, "He wrote it down and sat by the stove of %s until it was day, and %s\n", who(page), who(page))
					} else {
						fmt.Fprintf(&b, "He wrote it down for %s.\n", who(page))
					}
					if c.foot != nil {
						b.WriteString(c.foot(page))
					}
					if k < len(titles)-1 || p < 3 {
						b.WriteString(c.part)
					}
					page++
				}
			}
			w := mustRead(t, "x.txt", b.String())
			sameWords(t, b.String(), w)
			if n := w.Counts(); n.Sections != 5 || n.Passages != 5*(4*4+4) {
				t.Errorf("%d sections and %d passages, want 5 and 100", n.Sections, n.Passages)
			}
			if w.Title != "THE LAMPS OF ULVIK" || w.Author != "Vera Holm" {
				t.Errorf("%q by %q", w.Title, w.Author)
			}
			left := 0
			for _, l := range w.LeftOut {
				if strings.ContainsAny(l.Text, "TO") {
					left++
				}
			}
			if left != heads {
				t.Errorf("%d running heads left out of %d: %v", left, heads, w.LeftOut)
			}
			for i := range w.Passages {
				if s := w.Passages[i].Text; strings.Contains(strings.ToLower(s), "ulvik") || strings.Contains(s, "THE ") {
					t.Errorf("a head stands in the text: %s", s)
				}
			}
		})
	}
}
