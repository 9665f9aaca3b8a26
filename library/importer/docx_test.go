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
