package importer_test

import (
	"bytes"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

const wordNames = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" xmlns:v="urn:schemas-microsoft-com:vml"`

func docxOf(t *testing.T, body string, more ...string) *library.Work {
	t.Helper()
	files := append([]string{"[Content_Types].xml", "<Types/>", "word/document.xml", `<w:document ` + wordNames + `><w:body>` + body + `</w:body></w:document>`}, more...)
	w, err := importer.Read(t.Context(), "x.docx", bytes.NewReader(zipped(t, files...)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func odtOf(t *testing.T, styles, body string) *library.Work {
	t.Helper()
	content := `<office:document-content xmlns:office="o" xmlns:text="t" xmlns:style="s" xmlns:draw="d" xmlns:xml="http://www.w3.org/XML/1998/namespace">` +
		`<office:automatic-styles>` + styles + `</office:automatic-styles><office:body><office:text>` + body + `</office:text></office:body></office:document-content>`
	w, err := importer.Read(t.Context(), "x.odt", bytes.NewReader(zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", content)), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func textsOf(w *library.Work) (out []string) {
	for i := range w.Passages {
		out = append(out, w.Passages[i].Text)
	}
	return out
}

func para(s string) string { return `<w:p><w:r><w:t>` + s + `</w:t></w:r></w:p>` }

// A box is stored in two ways, of which one is read; it stands below the paragraph
// that holds it, which stays whole.
func TestBoxesInDOCX(t *testing.T) {
	inside := `<w:txbxContent>` + para("In the box, first.") + para("In the box, then.") + `</w:txbxContent>`
	box := func(choice, fallback string) string {
		return `<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>` + choice + `</wps:txbx></w:drawing></mc:Choice>` +
			`<mc:Fallback><w:pict><v:textbox>` + fallback + `</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>`
	}
	for name, body := range map[string]string{
		"both":          box(inside, inside),
		"only the old":  box("", inside),
		"without a way": `<w:r><w:pict><v:textbox>` + inside + `</v:textbox></w:pict></w:r>`,
	} {
		w := docxOf(t, `<w:p><w:r><w:t>Before it and </w:t></w:r>`+body+`<w:r><w:t>behind it.</w:t></w:r></w:p>`+para("After it."))
		same(t, name, textsOf(w), []string{"Before it and behind it.", "In the box, first.", "In the box, then.", "After it."})
	}
}

// Where a paragraph's mark was deleted with changes tracked, the next one goes on in
// it; what was there before a change of style is not read.
func TestTrackedChangesInDOCX(t *testing.T) {
	gone := func(s string) string {
		return `<w:p><w:pPr><w:rPr><w:del w:id="1" w:author="A"/></w:rPr></w:pPr><w:r><w:t xml:space="preserve">` + s + `</w:t></w:r></w:p>`
	}
	w := docxOf(t, gone("The bees came back ")+gone("in the ")+para("evening.")+
		`<w:p><w:pPr><w:rPr><w:del w:id="2"/></w:rPr></w:pPr><w:del w:id="3"><w:r><w:delText>Gone.</w:delText></w:r></w:del></w:p>`+para("They were counted.")+
		`<w:p><w:pPr><w:rPr><w:ins w:id="4"/></w:rPr></w:pPr><w:ins w:id="5"><w:r><w:t>Put in.</w:t></w:r></w:ins></w:p>`+
		`<w:p><w:pPr><w:pPrChange w:id="6"><w:pPr><w:pStyle w:val="Heading1"/><w:numPr><w:numId w:val="1"/></w:numPr></w:pPr></w:pPrChange></w:pPr><w:r><w:t>No heading any more.</w:t></w:r></w:p>`+
		gone("The last."))
	same(t, "passages", textsOf(w), []string{"The bees came back in the evening.", "They were counted.", "Put in.", "No heading any more.", "The last."})
}

// The title page that a document sets counts more than what its file says of itself.
func TestTitlePageInDOCX(t *testing.T) {
	styled := func(style, s string) string {
		return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
	}
	core := `<cp:coreProperties xmlns:cp="c" xmlns:dc="d"><dc:title>report template v3.dot</dc:title><dc:creator>user42</dc:creator></cp:coreProperties>`
	w := docxOf(t, styled("Title", "The Hive")+styled("Subtitle", "On bees")+styled("Author", "Ada Brandt")+styled("Author", "Bo Carl")+styled("Date", "1911")+
		styled("Heading1", "One")+para("Text of the first.")+styled("Heading1", "Two")+para("Text of the second."), "docProps/core.xml", core)
	same(t, "title page", []string{w.Title, w.Subtitle, w.Author, w.Date}, []string{"The Hive", "On bees", "Ada Brandt, Bo Carl", "1911"})
	same(t, "outline", outlineOf(w), []string{"1  One", "1  Two"})
}

func TestTitlePageInODT(t *testing.T) {
	w := odtOf(t, "", `<text:p text:style-name="Title">The Hive</text:p><text:p text:style-name="Subtitle">On bees</text:p><text:p text:style-name="Author">Ada Brandt</text:p><text:p text:style-name="Author">Bo Carl</text:p>`+
		`<text:p text:style-name="Date">1911</text:p><text:h text:outline-level="1">One</text:h><text:p>Text of it.</text:p>`)
	same(t, "title page", []string{w.Title, w.Subtitle, w.Author, w.Date}, []string{"The Hive", "On bees", "Ada Brandt, Bo Carl", "1911"})
}

// Lists of an ODT go on counting where they say so, and begin where their style says.
func TestListsInODT(t *testing.T) {
	list := func(attrs string, items ...string) string {
		return `<text:list ` + attrs + `><text:list-item><text:p>` + strings.Join(items, `</text:p></text:list-item><text:list-item><text:p>`) + `</text:p></text:list-item></text:list>`
	}
	style := func(name, start string) string {
		return `<text:list-style style:name="` + name + `"><text:list-level-style-number text:level="1" style:num-format="1"` + start + `/></text:list-style>`
	}
	w := odtOf(t, style("L1", "")+style("L2", ` text:start-value="7"`),
		list(`xml:id="a" text:style-name="L1"`, "one", "two")+`<text:p>Between.</text:p>`+
			list(`text:style-name="L1" text:continue-numbering="true"`, "three")+`<text:p>Between.</text:p>`+
			list(`text:style-name="L2"`, "seven", "eight")+`<text:p>Between.</text:p>`+
			list(`text:style-name="L1" text:continue-list="a"`, "three again")+`<text:p>Between.</text:p>`+
			list(`text:style-name="L1"`, "one again"))
	same(t, "lists", textsOf(w), []string{"1. one\n2. two", "Between.", "3. three", "Between.", "7. seven\n8. eight", "Between.", "3. three again", "Between.", "1. one again"})
}

func TestBoxesInODT(t *testing.T) {
	w := odtOf(t, "", `<text:p>Before it and <draw:frame><draw:text-box><text:p>In the box.</text:p></draw:text-box></draw:frame>behind it.</text:p><text:p>After it.</text:p>`)
	same(t, "passages", textsOf(w), []string{"Before it and behind it.", "In the box.", "After it."})
}

func wordStyle(id, name, more string) string {
	return `<w:style w:type="paragraph" w:styleId="` + id + `"><w:name w:val="` + name + `"/>` + more + `</w:style>`
}

func styledPara(style, s string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + s + `</w:t></w:r></w:p>`
}

func wordTable(rows ...[]string) string {
	var b strings.Builder
	b.WriteString("<w:tbl>")
	for _, r := range rows {
		b.WriteString("<w:tr><w:tc>" + strings.Join(r, "</w:tc><w:tc>") + "</w:tc></w:tr>")
	}
	return b.String() + "</w:tbl>"
}

// Each cell keeps its words, whatever table stands in another one; what its cells
// call is called by the table. A table that lays out the page is read through.
func TestTablesInDOCX(t *testing.T) {
	notes := `<w:footnotes ` + wordNames + `><w:footnote w:id="1"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> By the gauge.</w:t></w:r></w:p></w:footnote></w:footnotes>`
	called := `<w:p><w:r><w:t>1911</w:t></w:r><w:r><w:footnoteReference w:id="1"/></w:r></w:p>`
	w := docxOf(t, para("Before.")+wordTable([]string{para("Year"), para("m")}, []string{called, para("4.2")})+para("After."), "word/footnotes.xml", notes)
	same(t, "table", textsOf(w), []string{"Before.", "Year | m\n1911[1] | 4.2", "After.", "By the gauge."})
	if n := w.Passages[1].Notes; len(n) != 1 || n[0] != 3 {
		t.Errorf("the table calls %v", n)
	}
	inner := wordTable([]string{para("a"), para("b")}, []string{para("c"), para("d")})
	w = docxOf(t, para("Before.")+wordTable([]string{para("Year") + inner, para("m")})+para("After."))
	same(t, "a table in a table", textsOf(w), []string{"Before.", "Year", "a | b\nc | d", "m", "After."})
	w = docxOf(t, wordTable([]string{styledPara("Heading1", "One") + para("Text of it.") + styledPara("Heading1", "Two") + para("More.")}))
	same(t, "layout", outlineOf(w), []string{"1  One", "1  Two"})
}

func TestTablesInODT(t *testing.T) {
	cell := func(s string) string { return `<table:table-cell>` + s + `</table:table-cell>` }
	p := func(s string) string { return `<text:p>` + s + `</text:p>` }
	row := func(s ...string) string { return `<table:table-row>` + strings.Join(s, "") + `</table:table-row>` }
	note := `<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>By the gauge.</text:p></text:note-body></text:note>`
	w := odtOf(t, "", p("Before.")+`<table:table xmlns:table="b">`+row(cell(p("Year")), cell(p("m")))+row(cell(p("1911"+note)), cell(p("4.2")))+`</table:table>`+p("After."))
	same(t, "table", textsOf(w), []string{"Before.", "Year | m\n1911[1] | 4.2", "After.", "By the gauge."})
	if n := w.Passages[1].Notes; len(n) != 1 || n[0] != 3 {
		t.Errorf("the table calls %v", n)
	}
	inner := `<table:table>` + row(cell(p("a")), cell(p("b"))) + `</table:table>`
	w = odtOf(t, "", `<table:table xmlns:table="b">`+row(cell(p("Year")+inner), cell(p("m")))+`</table:table>`+p("After."))
	same(t, "a table in a table", textsOf(w), []string{"Year", "a | b", "m", "After."})
}

// A break of the page parts words, readings above characters are none of the text,
// and a note with a mark of its own has that one.
func TestSignsInDOCX(t *testing.T) {
	notes := `<w:footnotes ` + wordNames + `><w:footnote w:id="1"><w:p><w:r><w:t>* The keeper's.</w:t></w:r></w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:footnoteRef/></w:r><w:r><w:t> The clerk's.</w:t></w:r></w:p></w:footnote></w:footnotes>`
	w := docxOf(t, `<w:p><w:r><w:t>One page.</w:t><w:br w:type="page"/><w:t>Another.</w:t></w:r></w:p>`+
		`<w:p><w:r><w:ruby><w:rt><w:r><w:t>かん</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby></w:r><w:r><w:t>字だ。</w:t></w:r></w:p>`+
		`<w:p><w:r><w:t>The lamp</w:t></w:r><w:r><w:footnoteReference w:customMarkFollows="1" w:id="1"/><w:t>*</w:t></w:r><w:r><w:t> and the till.</w:t></w:r><w:r><w:footnoteReference w:id="2"/></w:r></w:p>`+
		`<w:p><w:r><w:t>The angle </w:t><w:sym w:font="Symbol" w:char="F061"/></w:r></w:p>`, "word/footnotes.xml", notes)
	same(t, "passages", textsOf(w), []string{"One page. Another.", "漢字だ。", "The lamp[*] and the till.[1]", "The angle α", "The keeper's.", "The clerk's."})
	if w.Passages[4].Label != "*" || w.Passages[5].Label != "1" || len(w.Passages[2].Notes) != 2 {
		t.Errorf("%+v", w.Passages[2:])
	}
}

// Headings by the names that styles have in other languages, or by hand.
func TestHeadingsByHandInDOCX(t *testing.T) {
	named := func(title, heading, quote string) *library.Work {
		styles := `<w:styles ` + wordNames + `>` + wordStyle("a", title, "") + wordStyle("b", heading+" 1", "") + wordStyle("c", heading+" 2", "") + wordStyle("d", quote, "") + `</w:styles>`
		return docxOf(t, styledPara("a", "The Mill")+styledPara("b", "Wheels")+para("Text of it.")+styledPara("c", "Stones")+styledPara("d", "Said by him.")+styledPara("b", "Water")+para("More."), "word/styles.xml", styles)
	}
	for _, n := range [][]string{{"Titel", "Überschrift", "Zitat"}, {"Titre", "Titre", "Citation"}, {"Título", "Título", "Cita"}, {"Название", "Заголовок", "Цитата"}, {"标题", "标题", "引用"}} {
		w := named(n[0], n[1], n[2])
		same(t, n[1], outlineOf(w), []string{"1  Wheels", "2  Stones", "1  Water"})
		if w.Title != "The Mill" || w.Passages[1].Kind != library.Quotation {
			t.Errorf("%q: %q", w.Title, passagesOf(w))
		}
	}
	looks := func(ppr, rpr, s string) string {
		return `<w:p><w:pPr>` + ppr + `</w:pPr><w:r><w:rPr>` + rpr + `</w:rPr><w:t>` + s + `</w:t></w:r></w:p>`
	}
	long := strings.Repeat("the wheel went round and nobody stood beside it, ", 4) + "he said."
	bold := func(s string) string { return looks("", "<w:b/>", s) }
	w := docxOf(t, looks(`<w:jc w:val="center"/>`, `<w:b/><w:sz w:val="48"/>`, "THE MILL")+looks(`<w:jc w:val="center"/>`, "", "by Ada Lowell")+
		bold("1. The Clerks")+para("One: "+long)+bold("Nobody came that day, and it was a Monday.")+para("Two: "+long)+looks(`<w:ind w:left="720" w:right="720"/>`, "", "Set in: "+long)+
		bold("2. The Tills")+para("Three: "+long)+para("Four: "+long)+bold("Conclusion")+para("Five: "+long))
	same(t, "by hand", outlineOf(w), []string{"1 1 The Clerks", "1 2 The Tills", "1  Conclusion"})
	if w.Title != "THE MILL" || w.Author != "Ada Lowell" || w.Passages[3].Kind != library.Quotation {
		t.Errorf("%q by %q: %q", w.Title, w.Author, passagesOf(w))
	}
	w = docxOf(t, para("CHAPTER I")+para("One: "+long)+para("Two: "+long)+para("CHAPTER II")+para("Three: "+long))
	same(t, "by their labels", outlineOf(w), []string{"1 I ", "1 II "})
	w = docxOf(t, looks("", `<w:sz w:val="40"/>`, "Wheels")+para("One: "+long)+looks("", `<w:sz w:val="30"/>`, "Stones")+para("Two: "+long)+looks("", `<w:sz w:val="40"/>`, "Water")+para("Three: "+long)+looks("", `<w:sz w:val="30"/>`, "Rain")+para("Four: "+long))
	same(t, "by their size", outlineOf(w), []string{"1  Wheels", "2  Stones", "1  Water", "2  Rain"})
}

func TestHeadingsByHandInODT(t *testing.T) {
	long := strings.Repeat("the wheel went round and nobody stood beside it, ", 4) + "he said."
	p := func(style, s string) string { return `<text:p text:style-name="` + style + `">` + s + `</text:p>` }
	w := odtOf(t, `<style:style style:name="B" style:family="paragraph"><style:text-properties fo:font-weight="bold" xmlns:fo="f"/></style:style><style:style style:name="I" style:family="paragraph"><style:paragraph-properties fo:margin-left="1cm" fo:margin-right="1cm" xmlns:fo="f"/></style:style>`,
		p("B", "1. The Clerks")+p("", "One: "+long)+p("I", "Set in: "+long)+p("", "Two: "+long)+p("", "Three: "+long)+p("B", "2. The Tills")+p("", "Four: "+long))
	same(t, "outline", outlineOf(w), []string{"1 1 The Clerks", "1 2 The Tills"})
	if w.Passages[1].Kind != library.Quotation {
		t.Errorf("%q", passagesOf(w))
	}
}

// Contents that no style names are left out: their entries are headings.
func TestContentsByHandInDOCX(t *testing.T) {
	w := docxOf(t, styledPara("Title", "The Mill")+para("Contents")+para("Clerks 1")+para("Tills ..... 5")+styledPara("Heading1", "Clerks")+para("Text of it.")+styledPara("Heading1", "Tills")+para("More."))
	same(t, "passages", textsOf(w), []string{"Text of it.", "More."})
	if len(w.LeftOut) != 3 {
		t.Errorf("%v", w.LeftOut)
	}
}

// Word on the web numbers the parts of a document.
func TestNumberedPartsInDOCX(t *testing.T) {
	body := styledPara("h", "One") + para("Text of it.") + styledPara("h", "Two") + para("More.")
	data := zipped(t, "[Content_Types].xml", "<Types/>", "word/document2.xml", `<w:document `+wordNames+`><w:body>`+body+`</w:body></w:document>`,
		"word/_rels/document2.xml.rels", `<Relationships><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="/word/styles2.xml"/></Relationships>`,
		"word/styles2.xml", `<w:styles `+wordNames+`>`+wordStyle("h", "heading 1", "")+`</w:styles>`)
	w, err := importer.Read(t.Context(), "x.docx", bytes.NewReader(data), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "outline", outlineOf(w), []string{"1  One", "1  Two"})
}

// The author of an ODT is who began it, and not who changed it last.
func TestAuthorOfODT(t *testing.T) {
	data := zipped(t, "mimetype", "application/vnd.oasis.opendocument.text",
		"content.xml", `<d xmlns:office="o" xmlns:text="t"><office:body><office:text><text:p>Text of it.</text:p></office:text></office:body></d>`,
		"meta.xml", `<d xmlns:dc="d" xmlns:meta="m"><meta:initial-creator>Ada Lowell</meta:initial-creator><dc:creator>Typist</dc:creator></d>`)
	w, err := importer.Read(t.Context(), "x.odt", bytes.NewReader(data), importer.Options{})
	if err != nil || w.Author != "Ada Lowell" {
		t.Errorf("%v, %v", w, err)
	}
}
