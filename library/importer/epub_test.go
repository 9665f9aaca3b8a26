package importer_test

import (
	"bytes"
	"strings"
	"testing"

	"lectern/library/importer"
)

// What an e-book says about itself: who wrote it and who only translated it, its
// title and its subtitle, the pages of the printed book; the page about its rights
// is left out, and a heading in two paragraphs is the one that the table names.
func TestEPUBTellsOfItself(t *testing.T) {
	const ncx = `<ncx><navMap><navPoint><navLabel><text>1. The Start</text></navLabel><content src="a.xhtml"/></navPoint><navPoint><navLabel><text>Chapter Two: The End</text></navLabel><content src="b.xhtml"/></navPoint></navMap>` +
		`<pageList><pageTarget><navLabel><text>Page 7</text></navLabel><content src="a.xhtml#p7"/></pageTarget><pageTarget><navLabel><text>8</text></navLabel><content src="b.xhtml#p8"/></pageTarget></pageList></ncx>`
	const nav = `<html><body><nav epub:type="toc"><ol><li><a href="a.xhtml">1. The Start</a></li><li><a href="b.xhtml">Chapter Two: The End</a></li></ol></nav><nav epub:type="page-list"><ol><li><a href="a.xhtml#p7">7</a></li><li><a href="b.xhtml#p8">8</a></li></ol></nav></body></html>`
	pages := []string{
		"c.xhtml", `<html><body><p>Copyright © 2001 by Ada Lowell. All rights reserved.</p><p>ISBN 978-0-00-000000-2</p></body></html>`,
		"a.xhtml", `<html><body><p>1</p><p>The Start</p><p id="p7">It started with a lamp.</p></body></html>`,
		"b.xhtml", `<html><body><h2>CHAPTER TWO</h2><p>The End</p><p id="p8">It ended with one.</p></body></html>`,
	}
	items := `<manifest><item id="c" href="c.xhtml" media-type="application/xhtml+xml"/><item id="a" href="a.xhtml" media-type="application/xhtml+xml"/><item id="b" href="b.xhtml" media-type="application/xhtml+xml"/>`
	spine := `<spine toc="n"><itemref idref="c"/><itemref idref="a"/><itemref idref="b"/></spine>`
	for _, c := range []struct{ name, opf, toc, file string }{
		{"EPUB 2", `<package xmlns:opf="http://www.idpf.org/2007/opf" version="2.0"><metadata><title>Of Lamps</title><creator opf:role="aut">Ada Lowell</creator><creator opf:role="trl">Ben Ash</creator></metadata>` + items + `<item id="n" href="t.ncx" media-type="application/x-dtbncx+xml"/></manifest>` + spine + `</package>`, ncx, "t.ncx"},
		{"EPUB 3", `<package version="3.0"><metadata><title id="s">and of oil</title><title id="t">Of Lamps</title><meta refines="#s" property="title-type">subtitle</meta><meta refines="#t" property="title-type">main</meta><creator id="x">Ada Lowell</creator><creator id="y">Ben Ash</creator><meta refines="#y" property="role" scheme="marc:relators">trl</meta></metadata>` + items + `<item id="n" href="t.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>` + spine + `</package>`, nav, "t.xhtml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := zipped(t, append([]string{"mimetype", "application/epub+zip", "META-INF/container.xml", container, "c.opf", c.opf, c.file, c.toc}, pages...)...)
			w, err := importer.Read(t.Context(), "x.epub", bytes.NewReader(data), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if w.Title != "Of Lamps" || w.Author != "Ada Lowell" || strings.HasSuffix(c.name, "3") && w.Subtitle != "and of oil" {
				t.Errorf("%q, %q by %q", w.Title, w.Subtitle, w.Author)
			}
			same(t, "outline", outlineOf(w), []string{"1 1 The Start", "1 Two The End"})
			same(t, "passages", passagesOf(w), []string{"paragraph []: It started with a lamp.", "paragraph []: It ended with one."})
			if w.Passages[0].Page != "7" || w.Passages[1].Page != "8" {
				t.Errorf("pages %q and %q", w.Passages[0].Page, w.Passages[1].Page)
			}
			if rights := leftFor(w, "the copyright page"); len(rights) != 2 {
				t.Errorf("left out: %v", w.LeftOut)
			}
		})
	}
}
