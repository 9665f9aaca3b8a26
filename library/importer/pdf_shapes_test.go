package importer_test

import (
	"fmt"
	"testing"

	"lectern/library/importer"
)

// A running head stands again on each page, as wide each time: that does not make
// its font one whose letters are all of one width.
func TestPDFHeadsAreNoExamples(t *testing.T) {
	var pages []*printed
	for i := range 8 {
		p := &printed{}
		p.at(31, 280, 18, "The Mill").at(838, 310, 18, fmt.Sprint(i+1))
		p.lines(85, 6, "and so it ends with this, said the miller.")
		p.lines(245, 6, "and so it ends with that, said the clerk.")
		pages = append(pages, p)
	}
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", pages...))
	if err != nil {
		t.Fatal(err)
	}
	if n := len(w.Passages); n != 16 {
		t.Errorf("%d passages, want 16: %q", n, passagesOf(w)[:1])
	}
	for _, s := range passagesOf(w) {
		if s[:9] != "paragraph" {
			t.Errorf("%s", s)
		}
	}
}

// An initial as high as three lines begins the word of the first of them.
func TestPDFInitials(t *testing.T) {
	p := (&printed{}).lines(85, 4, "where the clerk and the miller once stood in the morning.")
	p.at(240, 90, 60, "T").at(240, 125, 18, "he clerk said what the others said of this page and so on")
	p.at(262, 125, 18, "and what fills a line of this page from here to there and").at(284, 125, 18, "and what fills a line of this page from here to there and")
	p.at(306, 90, 18, "that was the whole of it.")
	p.at(380, 90, 60, "A").at(380, 125, 18, "clerk said what the others said of this page and so on an")
	p.at(402, 125, 18, "and what fills a line of this page from here to there and").at(424, 90, 18, "that was the whole of it, too.")
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", p))
	if err != nil {
		t.Fatal(err)
	}
	got := passagesOf(w)
	if len(got) != 3 {
		t.Fatalf("%q", got)
	}
	const fills = " and what fills a line of this page from here to there and"
	same(t, "passages", got[1:], []string{
		"paragraph []: The clerk said what the others said of this page and so on" + fills + fills + " that was the whole of it.",
		"paragraph []: A clerk said what the others said of this page and so on an" + fills + " that was the whole of it, too.",
	})
}

// Lines that were ended on purpose, as close as those of a paragraph where white
// space parts paragraphs, are a stanza; words whose letters are set wide are words.
func TestPDFStanzas(t *testing.T) {
	p := &printed{}
	top := 85
	for range 3 {
		p.lines(top, 4, "and that is where the paragraph comes to its end, he said.")
		top += 4*22 + 20
	}
	for _, l := range []string{"The wheel goes round", "and round it goes,", "it grinds the corn,", "whose corn who knows?"} {
		p.at(top, 90, 18, l)
		top += 22
	}
	p.at(top+20, 90, 18, "S p a c e d   w o r d s   s t a n d   w i d e .")
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", p))
	if err != nil {
		t.Fatal(err)
	}
	got := passagesOf(w)
	if len(got) != 5 {
		t.Fatalf("%q", got)
	}
	same(t, "passages", got[3:], []string{
		"stanza []: The wheel goes round\nand round it goes,\nit grinds the corn,\nwhose corn who knows?",
		"paragraph []: Spaced words stand wide.",
	})
}

// What is set in on both sides and not flush is a quotation, whose lines end by its
// own margin.
func TestPDFSetInAndRagged(t *testing.T) {
	p := (&printed{}).lines(85, 8, "and that is where the paragraph comes to its end, he said.")
	top := 85 + 8*22 + 20
	for _, l := range []string{"words that fill this line of the page as the one", "wordsthat fill those lines of it as another", "wordsthat fill this line of the page another", "and its end is here."} {
		p.at(top, 142, 18, l)
		top += 22
	}
	p.lines(top+20, 6, "and that is where the paragraph comes to its end, he said.")
	// On a page that is ragged itself the margin is known by its longest line.
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", p))
	if err != nil {
		t.Fatal(err)
	}
	got := passagesOf(w)
	if len(got) != 3 || got[1] != "quotation []: words that fill this line of the page as the one wordsthat fill those lines of it as another wordsthat fill this line of the page another and its end is here." {
		t.Errorf("%q", got)
	}
}
