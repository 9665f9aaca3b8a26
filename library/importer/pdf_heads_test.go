package importer_test

import (
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// A printed page is what an extractor says of one: lines with their places.
type printed struct{ b strings.Builder }

// at sets a line of a size at a height; what is larger than 18 is bold.
func (p *printed) at(top, left, size int, text string) *printed {
	body := html.EscapeString(text)
	if size > 18 {
		body = "<b>" + body + "</b>"
	}
	fmt.Fprintf(&p.b, "<text top=\"%d\" left=\"%d\" width=\"%d\" height=\"%d\" font=\"0\">%s</text>\n", top, left, len(text)*size*45/100, size, body)
	return p
}

// lines sets lines of running text from a height on, of which the last is short.
func (p *printed) lines(top, n int, last string) *printed {
	for range n - 1 {
		p.at(top, 90, 18, "words that fill a whole line of this page from here to there")
		top += 22
	}
	return p.at(top, 90, 18, last)
}

func printedBook(outline string, pages ...*printed) string {
	var b strings.Builder
	b.WriteString(`<fontspec id="0" size="18" family="Serif" color="#000000"/>`)
	for i, p := range pages {
		fmt.Fprintf(&b, "<page number=\"%d\" position=\"absolute\" top=\"0\" left=\"0\" height=\"892\" width=\"629\">\n%s</page>\n", i+1, p.b.String())
	}
	return b.String() + "<outline>" + outline + "</outline>"
}

func passagesOf(w *library.Work) (out []string) {
	for i := range w.Passages {
		p := &w.Passages[i]
		out = append(out, fmt.Sprintf("%s %v: %s", p.Kind, p.Notes, p.Text))
	}
	return out
}

// The heading of a chapter stays one where the running head repeats it, and where
// those of other chapters stand at the same height and differ in their number only.
func TestPDFChaptersLikeHeads(t *testing.T) {
	var pages []*printed
	var outline strings.Builder
	for i := range 4 {
		title := fmt.Sprintf("Chapter %d: The Wait", i+1)
		fmt.Fprintf(&outline, "<item page=\"%d\">%s</item>", 3*i+1, title)
		for k := range 3 {
			p := &printed{}
			p.at(31, 375, 18, title).at(838, 310, 18, fmt.Sprint(3*i+k+1))
			if k == 0 {
				p.at(85, 90, 27, title)
				p.lines(140, 20, "and it ends here.")
			} else {
				p.lines(85, 22, "and it ends here.")
			}
			pages = append(pages, p)
		}
	}
	w, err := importer.ReadPDFLayoutOf(t.Context(), printedBook(outline.String(), pages...), "The Waiting Book", "Ada Lowell")
	if err != nil {
		t.Fatal(err)
	}
	if w.Title != "The Waiting Book" || w.Author != "Ada Lowell" {
		t.Errorf("%q by %q", w.Title, w.Author)
	}
	same(t, "outline", outlineOf(w), []string{"1 1 The Wait", "1 2 The Wait", "1 3 The Wait", "1 4 The Wait"})
	for _, s := range passagesOf(w) {
		if strings.Contains(s, "Chapter") {
			t.Errorf("a running head is in the text: %s", s)
		}
	}
}

// The first of several chapters is not the title of the whole, whether the file
// says what that is or not.
func TestPDFFirstChapterIsNoTitle(t *testing.T) {
	page := func() *printed { return (&printed{}).lines(160, 8, "and it ends here.") }
	text := printedBook(`<item page="1">On Patience</item><item page="2">On Rooms</item>`, page().at(110, 90, 27, "On Patience"), page().at(110, 90, 27, "On Rooms"))
	for _, title := range []string{"", "Waiting"} {
		w, err := importer.ReadPDFLayoutOf(t.Context(), text, title, "")
		if err != nil {
			t.Fatal(err)
		}
		if w.Title != title {
			t.Errorf("it is called %q, want %q", w.Title, title)
		}
		same(t, "outline", outlineOf(w), []string{"1  On Patience", "1  On Rooms"})
	}
}

// Notes at the feet in the size of the text are notes: they begin with the number
// by which the page calls them, though that stands raised nowhere.
func TestPDFNotesInTheSizeOfTheText(t *testing.T) {
	var pages []*printed
	for i := range 4 {
		p := &printed{}
		p.lines(85, 6, fmt.Sprintf("and so said the keeper of the lamps.%d", i+1))
		p.lines(230, 20, "words that fill a whole line of this page from here to the-")
		p.at(759, 107, 18, fmt.Sprintf("%d. This is what is said at the foot of page %d, and it is", i+1, i+1))
		p.at(781, 85, 18, "said in two lines.").at(838, 310, 18, fmt.Sprint(i+1))
		pages = append(pages, p)
	}
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", pages...))
	if err != nil {
		t.Fatal(err)
	}
	notes := 0
	for i := range w.Passages {
		switch p := &w.Passages[i]; {
		case p.Kind == library.Footnote:
			notes++
			if want := fmt.Sprintf("This is what is said at the foot of page %d, and it is said in two lines.", notes); p.Text != want || p.Label != fmt.Sprint(notes) {
				t.Errorf("note %q: %q", p.Label, p.Text)
			}
		case strings.Contains(p.Text, "This is what"):
			t.Errorf("a note is in the text: %q", p.Text)
		case strings.Contains(p.Text, "lamps.[") && len(p.Notes) != 1:
			t.Errorf("%q calls %v", p.Text, p.Notes)
		}
	}
	if notes != 4 {
		t.Errorf("%d notes: %q", notes, passagesOf(w))
	}
}

// Notes at the end of a document part by white space, as a word processor sets
// them; all of them are notes.
func TestPDFEndNotes(t *testing.T) {
	p := (&printed{}).lines(147, 3, "by administrators.").lines(255, 3, "which has a second note.").lines(386, 4, "and there one waits.")
	p.at(191, 252, 11, "1").at(299, 310, 11, "2")
	p.at(717, 90, 11, "1").at(718, 97, 18, "See Montaigne, Essays, book three.").at(757, 90, 11, "2").at(758, 97, 18, "This was first shown by a clerk in Lyon.")
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", p))
	if err != nil {
		t.Fatal(err)
	}
	got := passagesOf(w)
	if n := len(got); n != 5 || got[n-2] != "footnote []: See Montaigne, Essays, book three." || got[n-1] != "footnote []: This was first shown by a clerk in Lyon." {
		t.Errorf("%q", got)
	}
}

// What stands low calls no note.
func TestPDFSubscript(t *testing.T) {
	p := (&printed{}).lines(147, 3, "and it is wet.")
	p.at(230, 90, 18, "They drank H").at(239, 187, 11, "2").at(230, 193, 18, "O alone.")
	w, err := importer.ReadPDFLayout(t.Context(), printedBook("", p))
	if err != nil {
		t.Fatal(err)
	}
	if s := w.Passages[len(w.Passages)-1].Text; s != "They drank H2O alone." {
		t.Errorf("%q", s)
	}
}

func TestPDFInfo(t *testing.T) {
	needPoppler(t)
	data, err := os.ReadFile("testdata/formats/handbook.pdf")
	if err != nil {
		t.Fatal(err)
	}
	if title, author := importer.PDFInfo(t.Context(), data); title != "" || author != "" { // it names its file
		t.Errorf("%q by %q", title, author)
	}
	data = []byte(strings.ReplaceAll(string(data), "reading-together", "Reading Together"))
	if title, _ := importer.PDFInfo(t.Context(), data); title != "Reading Together" {
		t.Errorf("it is called %q", title)
	}
	if title, author := importer.PDFInfo(t.Context(), []byte("%PDF-1.4\nnothing")); title != "" || author != "" {
		t.Errorf("of nothing: %q by %q", title, author)
	}
}

// Where white space parts paragraphs, lines that stand close were ended on purpose, and
// are a stanza where all are short;
// where the first lines of paragraphs are set in, two that are set in are two.
func TestPDFLinesAndIndents(t *testing.T) {
	var spaced, indented []*printed
	names := []string{"Ada", "Ben", "Cy", "Dot", "Eve", "Fay"}
	for i, name := range names {
		p, top := new(printed), 85+7*i
		p.prose(top, 4, "and so it is with "+name+".")
		p.set(top+100, 90, name+" lit the lamp").set(top+122, 90, "when "+name+" came").set(top+144, 90, "Nobody saw "+name)
		spaced = append(spaced, p.prose(top+190, 4, "and so it was with "+name+"."))
		p = new(printed)
		for k := range 4 {
			p.set(top+88*k, 112, name+" says words that are set in and go on to the end of").prose(top+22+88*k, 3, "and so "+name+" goes on.")
		}
		p.set(top+352, 112, "See "+name+" to the end of this line for all that was said.").set(top+374, 112, name+" says that a second one begins below it and goes on").set(top+396, 90, "and further.")
		indented = append(indented, p)
	}
	w := readPrinted(t, printedBook("", spaced...))
	if s := w.Passages[1].Text; s != "Ada lit the lamp\nwhen Ada came\nNobody saw Ada" {
		t.Errorf("lines that stand close are %q", s)
	}
	w = readPrinted(t, printedBook("", indented...))
	if s := w.Passages[4].Text; s != "See Ada to the end of this line for all that was said." {
		t.Errorf("a paragraph of one line is %q", s)
	}
}

// set sets a line in a font whose letters are not all of one width.
func (p *printed) set(top, left int, text string) *printed {
	width := 0
	for _, r := range text {
		width += 9
		if strings.ContainsRune("iltf .,", r) {
			width -= 4
		}
	}
	fmt.Fprintf(&p.b, "<text top=\"%d\" left=\"%d\" width=\"%d\" height=\"18\" font=\"0\">%s</text>\n", top, left, width, html.EscapeString(text))
	return p
}

// prose sets lines of running text, of which the last is short.
func (p *printed) prose(top, n int, last string) *printed {
	for range n - 1 {
		p.set(top, 90, "words that fill a whole line of this page from here to there and")
		top += 22
	}
	return p.set(top, 90, last)
}

func readPrinted(t *testing.T, s string) *library.Work {
	t.Helper()
	w, err := importer.ReadPDFLayout(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return w
}
