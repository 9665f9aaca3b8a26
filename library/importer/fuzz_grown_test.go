package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// Documents that are grown from bytes by the grammar of their format are well-formed,
// however the bytes are: so fuzzing reaches what reads them, and knows which words
// there are in them. None may be lost.

// A bud is an element as it may stand in a document: what it opens and closes with,
// what may stand in it, and how a word stands there ("" where none may).
type bud struct {
	open, end string
	kids      []string
	word      string
	drops     bool // what stands in it is no part of the text
}

const maxGrown = 24 // elements that are open

// grow makes a document of bytes: each opens one of the elements that may stand here,
// closes the innermost, or sets a word. It returns the words that may not be lost.
func grow(data []byte, grammar map[string]bud, root string, words *int) (string, []string) {
	var b strings.Builder
	var kept []string
	stack := []string{root}
	dropped := 0
	b.WriteString(grammar[root].open)
	shut := func() {
		g := grammar[stack[len(stack)-1]]
		b.WriteString(g.end)
		if g.drops {
			dropped--
		}
		stack = stack[:len(stack)-1]
	}
	for _, c := range data[:min(len(data), 4096)] {
		g := grammar[stack[len(stack)-1]]
		choices := len(g.kids) + 1
		if g.word != "" {
			choices++
		}
		switch k := int(c) % choices; {
		case k < len(g.kids):
			if len(stack) >= maxGrown {
				continue
			}
			kid := grammar[g.kids[k]]
			b.WriteString(kid.open)
			if kid.kids == nil && kid.word == "" { // it holds nothing
				b.WriteString(kid.end)
				continue
			}
			stack = append(stack, g.kids[k])
			if kid.drops {
				dropped++
			}
		case k == len(g.kids):
			if len(stack) > 1 {
				shut()
			}
		default:
			*words++
			w := fmt.Sprintf("w%dz", *words)
			fmt.Fprintf(&b, g.word, w)
			if dropped == 0 {
				kept = append(kept, w)
			}
		}
	}
	for len(stack) > 0 {
		shut()
	}
	return b.String(), kept
}

// fuzzGrown reads what grows of bytes: it may be refused by a sentence, and what is
// read is sound and has all words.
func fuzzGrown(f *testing.F, name string, file func(t testing.TB, data []byte) (data2 []byte, words []string)) {
	f.Add([]byte("\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c"))
	f.Add([]byte("a document of some length, from which many elements grow, and words in them too."))
	f.Add(bytes.Repeat([]byte{0, 2, 5, 1, 7, 3, 11, 4, 9, 6, 13, 8}, 12))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, want := file(t, data)
		w, err := importer.Read(t.Context(), name, bytes.NewReader(doc), importer.Options{})
		if err != nil {
			e, ok := errors.AsType[*library.Error](err)
			if !ok || len(want) > 0 && e.Code != library.TooLarge {
				t.Fatalf("%d words, and it is refused: %v", len(want), err)
			}
			return
		}
		sound(t, w)
		// A raised figure may stand right before a word.
		all := strings.Join(allTexts(w), "\n")
		if lost := slices.DeleteFunc(want, func(x string) bool { return strings.Contains(all, x) }); len(lost) > 0 {
			t.Fatalf("%d words are lost, the first of them %s", len(lost), lost[0])
		}
	})
}

// allTexts is all that a work says, with what was left out.
func allTexts(w *library.Work) (out []string) {
	out = append(out, w.Title, w.Subtitle, w.Author, w.Date)
	for i := range w.Passages {
		out = append(out, w.Passages[i].Text, w.Passages[i].Attribution)
	}
	for i := range w.Sections {
		out = append(out, w.Sections[i].Text)
	}
	for i := range w.Parts {
		out = append(out, w.Parts[i].Text)
	}
	for i := range w.LeftOut {
		out = append(out, w.LeftOut[i].Text)
	}
	return out
}

var docxGrammar = map[string]bud{
	"document": {open: `<w:document xmlns:w="w" xmlns:mc="mc"><w:body>`, end: `<w:p><w:r><w:t>Here the last words of it stand, and nobody has read as far.</w:t></w:r></w:p></w:body></w:document>`, kids: []string{"p", "h1", "h2", "item", "tbl", "block", "quote", "deletedMark", "title", "author"}},
	"notes":    {open: `<w:footnotes xmlns:w="w" xmlns:mc="mc">`, end: `</w:footnotes>`, kids: []string{"note2", "note3"}},
	"note2":    {open: `<w:footnote w:id="2">`, end: `</w:footnote>`, kids: []string{"p", "item", "tbl"}},
	"note3":    {open: `<w:footnote w:id="3">`, end: `</w:footnote>`, kids: []string{"p", "box"}},
	"block":    {open: `<w:sdt><w:sdtContent>`, end: `</w:sdtContent></w:sdt>`, kids: []string{"p", "h1", "tbl", "item"}},
	"p":        {open: `<w:p>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	"h1":       {open: `<w:p><w:pPr><w:pStyle w:val="h1"/></w:pPr>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	"h2":       {open: `<w:p><w:pPr><w:outlineLvl w:val="1"/></w:pPr>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	"title":    {open: `<w:p><w:pPr><w:pStyle w:val="title"/></w:pPr>`, end: `</w:p>`, word: `<w:r><w:t>%s </w:t></w:r>`},
	"author":   {open: `<w:p><w:pPr><w:pStyle w:val="author"/></w:pPr>`, end: `</w:p>`, word: `<w:r><w:t>%s </w:t></w:r>`},
	"quote":    {open: `<w:p><w:pPr><w:pStyle w:val="quote"/></w:pPr>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	"item":     {open: `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	// The mark of this paragraph was deleted: it goes on in the next.
	"deletedMark": {open: `<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>`, end: `</w:p>`, kids: runs, word: `<w:r><w:t>%s </w:t></w:r>`},
	"tbl":         {open: `<w:tbl>`, end: `</w:tbl>`, kids: []string{"tr"}},
	"tr":          {open: `<w:tr>`, end: `</w:tr>`, kids: []string{"tc", "tc2"}},
	"tc":          {open: `<w:tc>`, end: `</w:tc>`, kids: []string{"p", "item", "tbl", "h1"}},
	"tc2":         {open: `<w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>`, end: `</w:tc>`, kids: []string{"p"}},
	"link":        {open: `<w:hyperlink>`, end: `</w:hyperlink>`, kids: []string{"br", "call2"}, word: `<w:r><w:t>%s </w:t></w:r>`},
	"ins":         {open: `<w:ins>`, end: `</w:ins>`, kids: []string{"br", "call2", "box"}, word: `<w:r><w:t>%s </w:t></w:r>`},
	"del":         {open: `<w:del>`, end: `</w:del>`, kids: []string{"br", "call2"}, word: `<w:r><w:delText>%s </w:delText></w:r>`, drops: true},
	"bold":        {open: ``, end: ``, word: `<w:r><w:rPr><w:b/><w:sz w:val="32"/></w:rPr><w:t>%s </w:t></w:r>`},
	"box":         {open: `<w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>`, end: `</w:txbxContent></w:drawing></mc:Choice></mc:AlternateContent></w:r>`, kids: []string{"p", "item", "tbl", "h1"}},
	"boxTwice":    {open: `<w:r><mc:AlternateContent><mc:Choice><w:drawing/></mc:Choice><mc:Fallback><w:pict><w:txbxContent>`, end: `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>`, kids: []string{"p", "tbl"}},
	"call2":       {open: `<w:r><w:footnoteReference w:id="2"/>`, end: `</w:r>`},
	"call3":       {open: `<w:r><w:footnoteReference w:id="3"/>`, end: `</w:r>`},
	"br":          {open: `<w:r><w:br/>`, end: `</w:r>`},
	"page":        {open: `<w:r><w:br w:type="page"/>`, end: `</w:r>`},
	"tab":         {open: `<w:r><w:tab/>`, end: `</w:r>`},
	"deep":        {open: `<w:r>`, end: `</w:r>`, word: `<w:t>%s </w:t>`},
}

var runs = []string{"deep", "link", "ins", "del", "bold", "box", "boxTwice", "call2", "call3", "br", "page", "tab"}

const docxStyles = `<w:styles xmlns:w="w"><w:style w:styleId="h1"><w:name w:val="heading 1"/></w:style><w:style w:styleId="quote"><w:name w:val="Quote"/></w:style><w:style w:styleId="title"><w:name w:val="Title"/></w:style><w:style w:styleId="author"><w:name w:val="Author"/></w:style></w:styles>`

const docxNumbering = `<w:numbering xmlns:w="w"><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>`

func FuzzGrownDOCX(f *testing.F) {
	fuzzGrown(f, "x.docx", func(t testing.TB, data []byte) ([]byte, []string) {
		n, cut := 0, len(data)*3/4
		body, kept := grow(data[:cut], docxGrammar, "document", &n)
		notes, more := grow(data[cut:], docxGrammar, "notes", &n)
		return zipped(t, "word/document.xml", body, "word/footnotes.xml", notes, "word/styles.xml", docxStyles, "word/numbering.xml", docxNumbering), append(kept, more...)
	})
}

var odtGrammar = map[string]bud{
	"document": {open: `<office:document-content xmlns:office="office" xmlns:text="text" xmlns:table="table" xmlns:draw="draw"><office:body><office:text>`, end: `<text:p>Here the last words of it stand, and nobody has read as far.</text:p></office:text></office:body></office:document-content>`, kids: []string{"p", "h1", "h2", "list", "table", "section", "title", "quote", "index", "changes"}},
	"section":  {open: `<text:section>`, end: `</text:section>`, kids: []string{"p", "h1", "list", "table"}},
	"index":    {open: `<text:table-of-content><text:index-body>`, end: `</text:index-body></text:table-of-content>`, kids: []string{"p", "h1"}, drops: true},
	"changes":  {open: `<text:tracked-changes><text:deletion>`, end: `</text:deletion></text:tracked-changes>`, kids: []string{"p", "list"}, drops: true},
	"p":        {open: `<text:p>`, end: `</text:p>`, kids: spans, word: "%s "},
	"h1":       {open: `<text:h text:outline-level="1">`, end: `</text:h>`, kids: spans, word: "%s "},
	"h2":       {open: `<text:h text:outline-level="2">`, end: `</text:h>`, kids: spans, word: "%s "},
	"title":    {open: `<text:p text:style-name="Title">`, end: `</text:p>`, word: "%s "},
	"quote":    {open: `<text:p text:style-name="Quotations">`, end: `</text:p>`, kids: spans, word: "%s "},
	"list":     {open: `<text:list text:style-name="L">`, end: `</text:list>`, kids: []string{"item", "goOn"}},
	"goOn":     {open: `<text:list-header>`, end: `</text:list-header>`, kids: []string{"p"}},
	"item":     {open: `<text:list-item>`, end: `</text:list-item>`, kids: []string{"p", "h2", "list"}},
	"table":    {open: `<table:table>`, end: `</table:table>`, kids: []string{"row", "head"}},
	"head":     {open: `<table:table-header-rows>`, end: `</table:table-header-rows>`, kids: []string{"row"}},
	"row":      {open: `<table:table-row>`, end: `</table:table-row>`, kids: []string{"cell", "cells"}},
	"cell":     {open: `<table:table-cell>`, end: `</table:table-cell>`, kids: []string{"p", "list", "table", "h1"}},
	"cells":    {open: `<table:table-cell table:number-columns-repeated="2">`, end: `</table:table-cell>`, kids: []string{"p"}},
	"span":     {open: `<text:span text:style-name="T1">`, end: `</text:span>`, kids: []string{"span", "br", "note", "s"}, word: "%s "},
	"a":        {open: `<text:a>`, end: `</text:a>`, kids: []string{"span"}, word: "%s "},
	"note":     {open: `<text:note><text:note-citation>1</text:note-citation><text:note-body>`, end: `</text:note-body></text:note>`, kids: []string{"p", "list"}},
	"remark":   {open: `<office:annotation>`, end: `</office:annotation>`, kids: []string{"p", "list"}, drops: true},
	"box":      {open: `<draw:frame><draw:text-box>`, end: `</draw:text-box></draw:frame>`, kids: []string{"p", "list", "table", "h1"}},
	"br":       {open: `<text:line-break/>`},
	"s":        {open: `<text:s text:c="3"/>`},
}

var spans = []string{"span", "a", "note", "remark", "box", "br", "s"}

func FuzzGrownODT(f *testing.F) {
	fuzzGrown(f, "x.odt", func(t testing.TB, data []byte) ([]byte, []string) {
		n := 0
		body, kept := grow(data, odtGrammar, "document", &n)
		return zipped(t, "mimetype", "application/vnd.oasis.opendocument.text", "content.xml", body), kept
	})
}

var pageGrammar = map[string]bud{
	"page":    {open: `<html xmlns:epub="e"><head><title>T</title></head><body>`, end: `<p>Here the last words of it stand, and nobody has read as far.</p></body></html>`, kids: blocks},
	"div":     {open: `<div>`, end: `</div>`, kids: blocks, word: "%s "},
	"section": {open: `<section epub:type="chapter">`, end: `</section>`, kids: blocks},
	"h1":      {open: `<h1>`, end: `</h1>`, kids: []string{"span", "br", "call1"}, word: "%s "},
	"h3":      {open: `<h3 id="r2">`, end: `</h3>`, kids: []string{"span", "em"}, word: "%s "},
	"p":       {open: `<p>`, end: `</p>`, kids: phrases, word: "%s "},
	"p1":      {open: `<p id="n1">1. `, end: `</p>`, kids: phrases, word: "%s "},
	"p2":      {open: `<p><a id="n2" href="#r2">[2]</a> `, end: `</p>`, kids: phrases, word: "%s "},
	"ul":      {open: `<ul>`, end: `</ul>`, kids: []string{"li"}},
	"ol":      {open: `<ol start="2">`, end: `</ol>`, kids: []string{"li"}},
	"li":      {open: `<li>`, end: `</li>`, kids: []string{"p", "ul", "span", "br", "call1"}, word: "%s "},
	"dl":      {open: `<dl>`, end: `</dl>`, kids: []string{"dt", "dd"}},
	"dt":      {open: `<dt>`, end: `</dt>`, kids: []string{"span"}, word: "%s "},
	"dd":      {open: `<dd>`, end: `</dd>`, kids: []string{"p", "ul"}, word: "%s "},
	"quote":   {open: `<blockquote>`, end: `</blockquote>`, kids: []string{"p", "by", "ul"}, word: "%s "},
	"by":      {open: `<footer>— `, end: `</footer>`, word: "%s "},
	"pre":     {open: `<pre>`, end: `</pre>`, kids: []string{"span", "em"}, word: "%s\n"},
	"table":   {open: `<table>`, end: `</table>`, kids: []string{"caption", "tr"}},
	"caption": {open: `<caption>`, end: `</caption>`, word: "%s "},
	"tr":      {open: `<tr>`, end: `</tr>`, kids: []string{"td", "th"}},
	"td":      {open: `<td>`, end: `</td>`, kids: []string{"p", "table", "call1"}, word: "%s "},
	"th":      {open: `<th colspan="2">`, end: `</th>`, word: "%s "},
	"aside":   {open: `<aside epub:type="footnote" id="n3">`, end: `</aside>`, kids: []string{"p", "ul"}, word: "%s "},
	"figure":  {open: `<figure>`, end: `</figure>`, kids: []string{"figcap", "p"}},
	"figcap":  {open: `<figcaption>`, end: `</figcaption>`, word: "%s "},
	"literal": {open: `<div class="literallayout"><p>`, end: `</p></div>`, kids: []string{"br", "em"}, word: "%s&nbsp;"},
	"box":     {open: `<div class="note"><h3>`, end: `</h3></div>`, word: "%s "},
	"author":  {open: `<h4 class="author">`, end: `</h4>`, word: "%s "},
	"span":    {open: `<span>`, end: `</span>`, kids: []string{"em", "call2", "br"}, word: "%s "},
	"em":      {open: `<em>`, end: `</em>`, kids: []string{"b"}, word: "%s "},
	"b":       {open: `<b>`, end: `</b>`, word: "%s "},
	"sup":     {open: `<sup id="r1">1</sup>`},
	"bracket": {open: ` [1] `},
	"call1":   {open: `<sup><a href="#n1">1</a></sup>`},
	"call2":   {open: `<a href="#n2">[2]</a>`},
	"call3":   {open: `<a epub:type="noteref" href="#n3">3</a>`},
	"back":    {open: `<a href="#r1">↩</a>`},
	"br":      {open: `<br/>`},
	"pagenum": {open: `<span epub:type="pagebreak" title="7" id="p7"></span>`},
	"notes":   {open: `<h2>Notes</h2>`},
}

var (
	blocks  = []string{"p", "h1", "h3", "div", "section", "ul", "ol", "dl", "quote", "pre", "table", "aside", "figure", "p1", "p2", "notes", "literal", "box", "author"}
	phrases = []string{"span", "em", "b", "sup", "bracket", "call1", "call2", "call3", "back", "br", "pagenum"}
)

func FuzzGrownEPUB(f *testing.F) {
	fuzzGrown(f, "x.epub", func(t testing.TB, data []byte) ([]byte, []string) {
		n, cut := 0, len(data)/2
		one, kept := grow(data[:cut], pageGrammar, "page", &n)
		two, more := grow(data[cut:], pageGrammar, "page", &n)
		// The second page's notes are called by the first, too.
		one = strings.ReplaceAll(one, `href="#n2"`, `href="two.html#n2"`)
		return spine(t, "", "one.html", one, "two.html", two), append(kept, more...)
	})
}

// FuzzGrownNotes is for notes whose links lead one way, or nowhere.
func FuzzGrownNotes(f *testing.F) {
	fuzzGrown(f, "x.html", func(t testing.TB, data []byte) ([]byte, []string) {
		n := 0
		page, kept := grow(data, pageGrammar, "page", &n)
		return []byte(page), kept
	})
}
