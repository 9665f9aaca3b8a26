package importer_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

const chapterText = "<p>The question that stood before them was who would keep the accounts.</p><p>Nobody spoke until the lamp was lit.</p>"

// anEPUB is an e-book of pages, which its spine names in their order.
func anEPUB(t *testing.T, names []string, files ...string) []byte {
	t.Helper()
	var items, refs strings.Builder
	for i, n := range names {
		fmt.Fprintf(&items, `<item id="i%d" href="%s" media-type="application/xhtml+xml"/>`, i, n)
		fmt.Fprintf(&refs, `<itemref idref="i%d"/>`, i)
	}
	return zipped(t, append([]string{
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>`,
		"O/p.opf", `<package version="3.0"><metadata><title>The Mill</title><creator>Ada Lowell</creator><language>en</language></metadata><manifest>` + items.String() + `</manifest><spine>` + refs.String() + `</spine></package>`,
	}, files...)...)
}

func readEPUB(t *testing.T, data []byte) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.epub", strings.NewReader(string(data)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// In XHTML any element may close itself, and none of those that do may swallow what
// comes after it.
func TestElementsThatCloseThemselves(t *testing.T) {
	for _, tag := range []string{"style", "script", "iframe", "select", "textarea", "video", "audio", "object", "noscript", "title", "a", "i", "b", "code", "div", "h2", "blockquote", "xmp", "template", "svg", "table", "li", "dl", "plaintext"} {
		body := "<h1>One</h1><" + tag + "/>" + chapterText
		page := `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title><` + tag + ` /></head><body>` + body + `</body></html>`
		for name, w := range map[string]*library.Work{
			"e-book": readEPUB(t, anEPUB(t, []string{"a.xhtml", "b.xhtml"}, "O/a.xhtml", page, "O/b.xhtml", strings.ReplaceAll(page, "One", "Two"))),
			"page":   htmlWork(t, page),
		} {
			want := map[string]int{"e-book": 4, "page": 2}[name]
			if len(w.Passages) != want || w.Passages[0].Kind != library.Paragraph {
				t.Errorf("<%s/> in a %s: %q", tag, name, passagesOf(w))
			}
		}
	}
}

func htmlWork(t *testing.T, page string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What XML can say that HTML cannot: sections of characters, instructions, a type
// with entities of its own, which do not expand, and an encoding.
func TestXMLOfPages(t *testing.T) {
	for body, want := range map[string]string{
		"<p>Fish <![CDATA[& <chips>]]> at noon.</p>": "Fish & <chips> at noon.",
		"<?page n > 3?><p>Fish at noon.</p>":         "Fish at noon.",
		"<p>Fish &lot; at noon.</p>":                 "Fish &lot; at noon.",
	} {
		page := `<?xml version="1.0"?><!DOCTYPE html [<!ENTITY lo "lo"><!ENTITY lot "&lo;&lo;"> ]><html xmlns="http://www.w3.org/1999/xhtml"><body><h1>One</h1>` + body + "<p>And more of it.</p></body></html>"
		w := readEPUB(t, anEPUB(t, []string{"a.xhtml"}, "O/a.xhtml", page))
		if len(w.Passages) != 2 || w.Passages[0].Text != want {
			t.Errorf("%s: %q", body, passagesOf(w))
		}
	}
	w := htmlWork(t, "<?xml version=\"1.0\" encoding=\"iso-8859-15\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\"><body><h1>Caf\xe9</h1><p>It is 5 \xa4, they say.</p><p>And more.</p></body></html>")
	if w.Passages[0].Text != "It is 5 €, they say." || slices.ContainsFunc(w.Warnings, func(x library.Warning) bool { return x.Code == "old_encoding" }) {
		t.Errorf("%q, %v", passagesOf(w), w.Warnings)
	}
}

// Formulas are a part of their sentence, and a picture of an initial is one of its
// word.
func TestSignsOnPages(t *testing.T) {
	for body, want := range map[string]string{
		`<p>Let <math><mi>x</mi><mo>=</mo><mfrac><mn>1</mn><mn>2</mn></mfrac></math> be.</p>`:                                                              "Let x=1/2 be.",
		`<p>Let <math alttext="x^2"><semantics><msup><mi>x</mi><mn>2</mn></msup><annotation encoding="TeX">x^{2}</annotation></semantics></math>, so.</p>`: "Let x^2, so.",
		`<p>Let <math><msqrt><mi>a</mi><mo>+</mo><mi>b</mi></msqrt></math> be.</p>`:                                                                        "Let √(a+b) be.",
		`<p><img src="t.png" alt="T"/>he clerk spoke.</p>`:                                                                                                 "The clerk spoke.",
		`<p><span><img src="t.png" alt="T"/></span><span>he</span> clerk spoke.</p>`:                                                                       "The clerk spoke.",
		`<p>Plan <img src="b.png" alt="B"/>was better.</p>`:                                                                                                "Plan was better.",
	} {
		w := htmlWork(t, "<html><body><h1>One</h1>"+body+"<p>And more of it.</p></body></html>")
		if len(w.Passages) != 2 || w.Passages[0].Text != want {
			t.Errorf("%s: %q", body, passagesOf(w))
		}
	}
}

// Pages of an e-book are found though its spine writes their names otherwise, and
// those that the file does not hold are doubted.
func TestPagesThatAreNotThere(t *testing.T) {
	page := func(s string) string { return "<html><body><h1>" + s + "</h1>" + chapterText + "</body></html>" }
	w := readEPUB(t, anEPUB(t, []string{"Text/One.xhtml", "text/caf%C3%A9.xhtml", "gone.xhtml"}, "O/text/one.xhtml", page("One"), "O/text/cafe\u0301.xhtml", page("Two")))
	same(t, "outline", outlineOf(w), []string{"1  One", "1  Two"})
	if w.Warnings[0].Code != "missing_page" || !strings.Contains(w.Warnings[0].Message, "“gone.xhtml”") {
		t.Errorf("%v", w.Warnings)
	}
}

// The package and the pages of an e-book may be in UTF-16.
func TestWideEPUB(t *testing.T) {
	wide := func(s string) string {
		out := []byte{0xff, 0xfe}
		for _, r := range s {
			out = append(out, byte(r), byte(r>>8))
		}
		return string(out)
	}
	data := zipped(t,
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>`,
		"p.opf", wide(`<?xml version="1.0" encoding="UTF-16"?><package><metadata><title>Żyto</title></metadata><manifest><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine><itemref idref="a"/></spine></package>`),
		"a.xhtml", wide(`<?xml version="1.0" encoding="UTF-16"?><html><body><p>Łąka.</p><p>Las.</p></body></html>`))
	w := readEPUB(t, data)
	if w.Title != "Żyto" || len(w.Passages) != 2 || w.Passages[0].Text != "Łąka." {
		t.Errorf("%q: %q", w.Title, passagesOf(w))
	}
}

// A heading of two lines is the one that the contents name in one.
func TestHeadingOfTwoLines(t *testing.T) {
	data := zipped(t,
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="p.opf"/></rootfiles></container>`,
		"p.opf", `<package><metadata><title>The Mill</title></metadata><manifest><item id="t" href="t.ncx" media-type="application/x-dtbncx+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/></manifest><spine toc="t"><itemref idref="a"/></spine></package>`,
		"t.ncx", `<ncx><navMap><navPoint><navLabel><text>Chapter 1: Clerks</text></navLabel><content src="a.xhtml#c1"/></navPoint><navPoint><navLabel><text>Chapter 2: Tills</text></navLabel><content src="a.xhtml#c2"/></navPoint></navMap></ncx>`,
		"a.xhtml", `<html><body><p id="c1">Chapter 1<br/>Clerks</p>`+chapterText+`<p id="c2">Chapter 2<br/>Tills</p>`+chapterText+`</body></html>`)
	w := readEPUB(t, data)
	same(t, "outline", outlineOf(w), []string{"1 1 Clerks", "1 2 Tills"})
	if len(w.Passages) != 4 {
		t.Errorf("%q", passagesOf(w))
	}
}

// A document whose text breaks off is damaged, and not half of one.
func TestDocumentsThatBreakOff(t *testing.T) {
	docx := []string{"word/document.xml", `<w:document xmlns:w="w"><w:body><w:p><w:r><w:t>The first half.</w:t></w:r></w:p><w:p><w:r>`}
	odt := []string{"mimetype", "application/vnd.oasis.opendocument.text", "content.xml", `<d xmlns:office="o" xmlns:text="t"><office:body><text:p>The first half.</text:p><text:p>`}
	for name, files := range map[string][]string{"x.docx": docx, "x.odt": odt} {
		_, err := importer.Read(t.Context(), name, strings.NewReader(string(zipped(t, files...))), importer.Options{})
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != "file_archive_broken" {
			t.Errorf("%s: %v", name, err)
		}
	}
}
