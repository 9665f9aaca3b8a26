package importer_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// fuzzIn reads anything as a file that stands within another one.
func fuzzIn(f *testing.F, name string, wrap func(t testing.TB, data []byte) []byte, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := importer.Read(t.Context(), name, bytes.NewReader(wrap(t, data)), importer.Options{})
		if err != nil {
			if _, ok := errors.AsType[*library.Error](err); !ok {
				t.Fatalf("no person could mend this: %v", err)
			}
			return
		}
		sound(t, w)
	})
}

func asIs(_ testing.TB, data []byte) []byte { return data }

func FuzzHTML(f *testing.F) {
	fuzzIn(f, "x.html", asIs,
		`<html lang="en"><title>T | Site</title><body><nav>a b</nav><h1>T</h1><p>by A. Nobody</p><h2>I. One</h2><p>A word<sup><a href="#n1" id="f1">1</a></sup>.<blockquote>q<footer>— S</footer></blockquote><ul><li>a<ul><li>b</ul><li>c</ul><ol type=i><li><p>x<p>y</ol><table><tr><th>a<th>b<tr><td>c<td>d</table><pre>x  y</pre><p id="n1"><a href="#f1">1</a>. note`,
		"<meta charset=windows-1252><p>caf\xe9<br><br>two<br>three<dl><dt>a<dd>b</dl><q>q</q><div class=quote>x</div>",
		`<main><p>a<span epub:type="pagebreak" title="7"></span>b</main><footer>c</footer>`)
}

func FuzzEPUB(f *testing.F) {
	fuzzIn(f, "x.epub", func(t testing.TB, data []byte) []byte {
		return zipped(t, "META-INF/container.xml", container, "c.opf", `<package><manifest><item id="p" href="p.xhtml"/><item id="n" href="n.xhtml" properties="nav"/></manifest><spine><itemref idref="p"/></spine></package>`,
			"p.xhtml", string(data), "n.xhtml", string(data))
	}, `<html><body><nav epub:type="toc"><ol><li><a href="p.xhtml#a">One</a><ol><li><a href="p.xhtml#b">Two</a></ol></ol></nav><h1 id="a">One</h1><p>x<p id="b">Two<p>y<a epub:type="noteref" href="#n">1</a><aside epub:type="footnote" id="n">z</aside>`)
}

func FuzzPackage(f *testing.F) {
	fuzzIn(f, "x.epub", func(t testing.TB, data []byte) []byte {
		return zipped(t, "META-INF/container.xml", container, "c.opf", string(data), "p.xhtml", "<h1>A</h1><p>b", "toc.ncx", string(data))
	}, `<package><metadata><title>T</title><creator>A</creator><language>en</language></metadata><manifest><item id="p" href="p.xhtml" media-type="application/xhtml+xml"/><item id="x" href="toc.ncx" media-type="application/x-dtbncx+xml"/></manifest><spine toc="x"><itemref idref="p"/></spine><guide><reference type="cover" href="p.xhtml"/></guide><navMap><navPoint><text>A</text><content src="p.xhtml"/></navPoint></navMap></package>`)
}

func FuzzDOCX(f *testing.F) {
	fuzzIn(f, "x.docx", func(t testing.TB, data []byte) []byte {
		return zipped(t, "word/document.xml", string(data), "word/styles.xml", string(data), "word/footnotes.xml", string(data), "word/numbering.xml", string(data))
	}, `<w:document xmlns:w="w"><w:style w:styleId="h"><w:name w:val="heading 1"/><w:outlineLvl w:val="0"/></w:style><w:p><w:pPr><w:pStyle w:val="h"/></w:pPr><w:r><w:t>One</w:t></w:r></w:p><w:p><w:r><w:t>a</w:t><w:footnoteReference w:id="2"/></w:r></w:p><w:p><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr><w:r><w:t>b</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:r><w:t>c</w:t></w:r></w:p></w:tc></w:tr></w:tbl><w:footnote w:id="2"><w:p><w:r><w:t>n</w:t></w:r></w:p></w:footnote></w:document>`,
		`<w:body><w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>a</w:t></w:r></w:p></w:txbxContent></mc:Choice><mc:Fallback><w:t>b</w:t></mc:Fallback></mc:AlternateContent><w:t>c</w:t></w:r></w:p><w:p><w:pPr><w:pStyle w:val="Author"/></w:pPr><w:r><w:t>d</w:t></w:r></w:p></w:body>`)
}

func FuzzODT(f *testing.F) {
	fuzzIn(f, "x.odt", func(t testing.TB, data []byte) []byte {
		return zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", string(data))
	}, `<office:body><text:h text:outline-level="1">One</text:h><text:p>a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>n</text:p></text:note-body></text:note></text:p><text:list text:style-name="L"><text:list-item><text:p>b</text:p></text:list-item></text:list><table:table><table:table-row><table:table-cell><text:p>c</text:p></table:table-cell></table:table-row></table:table></office:body>`,
		`<office:body><text:list xml:id="a" text:style-name="L"><text:list-item><text:p>b<draw:text-box><text:p>c</text:p></draw:text-box></text:p></text:list-item></text:list><text:list text:continue-list="a"><text:list-item><text:p>d</text:p></text:list-item></text:list></office:body>`)
}

func FuzzArchive(f *testing.F) {
	fuzzIn(f, "x.zip", asIs, string(zipped(f, "a.html", "<p>a")), string(zipped(f, "index.html", `<a href="b.html">B</a><a href="c.html">C</a>`, "b.html", "<h1>B</h1><p>b", "c.html", "<h1>C</h1><p>c")))
}

// FuzzPDFText is what is made of what an extractor says.
func FuzzPDFText(f *testing.F) {
	for _, s := range []string{"Lamps\n\n\fCHAPTER\n\n  ONE\n\n  OF LAMPS\n\nA line that is long enough to run on in this\nand ends.\nAnother one.\n\n   1\n\f2    OF LAMPS\n\nmore of it\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		w, err := importer.ReadPDFText(t.Context(), strings.ToValidUTF8(s, "?"))
		if err == nil && len(w.Passages) > 0 {
			w.Number()
			library.SetAnchors(w)
			sound(t, w)
		}
	})
}

// FuzzPDFLayout is what is made of the places of words.
func FuzzPDFLayout(f *testing.F) {
	f.Add(`<page number="1" top="0" left="0" height="1188" width="918">
<fontspec id="0" size="15" family="Serif" color="#000000"/><fontspec id="1" size="15" family="Mono" color="#000000"/>
<text top="50" left="400" width="90" height="15" font="0">OF LAMPS 1</text>
<text top="100" left="108" width="200" height="22" font="0"><b>1.1 Lamps</b></text>
<text top="140" left="108" width="702" height="15" font="0">A line of words that goes on to the end of its measure and is bro-</text>
<text top="158" left="108" width="60" height="15" font="0">ken there.</text><text top="157" left="168" width="5" height="10" font="0">1</text>
<text top="190" left="132" width="300" height="15" font="0">• an item</text><text top="208" left="132" width="300" height="15" font="0">• another</text>
<text top="240" left="132" width="120" height="12" font="1">ls  -l</text><text top="270" left="108" width="50" height="15" font="0">a</text><text top="270" left="300" width="50" height="15" font="0">b</text>
<text top="288" left="108" width="50" height="15" font="0">c</text><text top="288" left="300" width="50" height="15" font="0">d</text>
<text top="900" left="108" width="5" height="9" font="0">1</text><text top="902" left="118" width="300" height="12" font="0">A note.</text>
</page><page number="2" top="0" left="0" height="1188" width="918"><text top="140" left="108" width="702" height="15" font="0">more &amp; more</text></page>
<outline><item page="1">Lamps</item><outline><item page="2">more</item></outline></outline>`)
	f.Fuzz(func(t *testing.T, s string) {
		w, err := importer.ReadPDFLayout(t.Context(), strings.ToValidUTF8(s, "?"))
		if err == nil && len(w.Passages) > 0 {
			w.Number()
			library.SetAnchors(w)
			sound(t, w)
		}
	})
}

func FuzzMHTML(f *testing.F) {
	fuzzIn(f, "x.mhtml", asIs, savedPage, "MIME-Version: 1.0\nContent-Type: text/html; charset=koi8-r\nContent-Transfer-Encoding: base64\n\nPHA+YQ==")
}
