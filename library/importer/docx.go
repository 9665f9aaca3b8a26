package importer

import (
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"unicode"

	"lectern/library"
)

// maxXMLDepth is how deep the elements of a document may be nested.
const maxXMLDepth = 256

// eachToken reads a file of an archive as XML and calls f with each start, end
// and text.
func (a *files) eachToken(name string, f func(t xml.Token)) error {
	data, err := a.read(name)
	if err != nil {
		return err
	}
	d := a.decoder(data)
	depth := 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) && depth > 0 {
			return badArchive() // it breaks off
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if a.ctx.Err() != nil {
				return a.ctx.Err()
			}
			return badArchive()
		}
		switch t.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return &library.Error{Code: library.TooLarge, Reason: "file_too_nested", Args: map[string]any{"Max": maxXMLDepth}}
			}
		case xml.EndElement:
			depth--
		}
		f(t)
	}
}

func xmlAttr(t xml.StartElement, key string) string {
	for _, a := range t.Attr {
		if a.Name.Local == key {
			return a.Value
		}
	}
	return ""
}

// coreMeta reads what a document's properties say (Dublin Core).
func (a *files) coreMeta(name string) (library.Meta, error) {
	var m library.Meta
	key := ""
	err := a.eachToken(name, func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			key = t.Name.Local
		case xml.EndElement:
			key = ""
		case xml.CharData:
			s := tidy(string(t))
			switch key {
			case "title":
				m.Title += s
			case "creator": // in an ODT, who edited it last
				if m.Author == "" {
					m.Author = s
				}
			case "initial-creator":
				if s != "" {
					m.Author = s
				}
			case "language":
				m.Language = s
			}
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		return m, nil
	}
	if _, bad := langTag(m.Language); bad != nil {
		m.Language = ""
	}
	if listed(" python-docx pandoc user author administrator admin unknown ", strings.ToLower(m.Author)) {
		m.Author = ""
	}
	return m, err
}

// A docStyle is what a document's style makes of a paragraph.
type docStyle struct {
	name    string
	basedOn string
	outline int // 1 for the highest heading, 0 for none
	numID   string
	look    docLook
}

// docReader reads WordprocessingML (ECMA-376, part 1, clause 17).
type docReader struct {
	a       *files
	parts   map[string]string // where the styles, the numberings and the notes are
	styles  map[string]docStyle
	formats map[string]string // of numberings' levels: "3/0" is "decimal"
	counts  map[string]int
	pieces  []piece

	text    *strings.Builder
	inText  bool
	style   string
	numID   string
	level   int
	outline int
	calls   []string
	deleted int
	note    string
	tables  docTables
	labels  map[string]string // of notes
	mark    string            // the note whose own mark comes next
	hidden  bool
	para    docLook // what the paragraph says of its look
	run     docLook // and a run of it
	base    docLook // of the whole
	normal  string  // the style of what names none
	shape   docShape

	skip     int        // elements around what is not read
	choices  []bool     // of the ways in which something is stored: whether one was read
	read     int        // how much text was
	markGone bool       // the paragraph's mark was deleted: the next one goes on in it
	carried  bool       // and the text before this one does
	inMark   bool       // what is said of the paragraph's mark is being read
	outer    []docOuter // paragraphs around boxes
	boxed    []piece    // what stands in the boxes of a paragraph
}

// A docOuter is a paragraph that waits for the end of a box in it.
type docOuter struct {
	text              *strings.Builder
	style, numID      string
	level, outline    int
	tables            docTables
	calls             []string
	para              docLook
	shape             docShape
	markGone, carried bool
	from              int // where the box's pieces begin
}

// mainPart is the part of a document that holds its text, "" if an archive is none:
// Word on the web numbers its parts ("word/document2.xml").
func mainPart(names map[string]bool) (main string) {
	if names["word/document.xml"] {
		return "word/document.xml"
	}
	for n := range names {
		number, ok := strings.CutPrefix(n, "word/document")
		if number, is := strings.CutSuffix(number, ".xml"); ok && is && strings.Trim(number, "0123456789") == "" && (main == "" || n < main) {
			main = n
		}
	}
	return main
}

// partsOf are the parts that a document's text is related to, by their kinds.
func (a *files) partsOf(main string) (map[string]string, error) {
	parts := map[string]string{}
	for _, kind := range []string{"styles", "numbering", "footnotes", "endnotes"} {
		parts[kind] = path.Join(path.Dir(main), kind+".xml")
	}
	err := a.eachToken(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), func(t xml.Token) {
		if s, ok := t.(xml.StartElement); ok && s.Name.Local == "Relationship" && xmlAttr(s, "TargetMode") != "External" {
			kind := path.Base(xmlAttr(s, "Type"))
			if _, ok := parts[kind]; ok {
				target := xmlAttr(s, "Target")
				if rest, ok := strings.CutPrefix(target, "/"); ok {
					parts[kind] = path.Clean(rest)
				} else {
					parts[kind] = resolvePath(main, target)
				}
			}
		}
	})
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return parts, err
}

func readDOCX(a *files, main string) (*library.Work, error) {
	parts, err := a.partsOf(main)
	if err != nil {
		return nil, err
	}
	meta, err := a.coreMeta("docProps/core.xml")
	if err != nil {
		return nil, err
	}
	d := docReader{a: a, parts: parts, text: &strings.Builder{}, labels: map[string]string{}, styles: map[string]docStyle{}, formats: map[string]string{}, counts: map[string]int{}, base: docLook{size: 20}}
	for _, step := range []func() error{d.readStyles, d.readNumbering} {
		if err := step(); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if err := a.eachToken(main, d.token); err != nil {
		return nil, orBroken(err)
	}
	for _, kind := range []string{"footnote", "endnote"} {
		if err := d.readNotes(kind); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	d.meta(&meta)
	docHeads(d.pieces, meta.Title)
	docContents(d.pieces)
	return compose(meta, d.pieces)
}

// meta takes the title and the author from the paragraphs that are styled so.
func (d *docReader) meta(m *library.Meta) {
	for i := range d.pieces {
		p := &d.pieces[i]
		if p.kind == headPiece && p.level == 0 {
			m.Title = p.text
			break
		}
		if p.kind == headPiece {
			break
		}
	}
	styledFront(m, d.pieces)
}

func (d *docReader) token(t xml.Token) {
	switch t := t.(type) {
	case xml.StartElement:
		d.start(t)
	case xml.EndElement:
		d.end(t)
	case xml.CharData:
		if d.inText && d.deleted == 0 && !d.hidden && d.skip == 0 {
			s := string(t)
			if d.mark != "" { // a note's own mark
				if mark := strings.TrimSpace(s); len([]rune(mark)) <= 6 && mark != "" {
					d.labels[d.mark], s = mark, "["+mark+"]"
				}
				d.mark = ""
			}
			d.text.WriteString(s)
			d.read += len(t)
			d.shape.add(s, d.lookOf())
		}
	}
}

// passedOver reports whether nothing in an element is read: how something was styled
// before a change, and a second way in which it is stored.
func (d *docReader) passedOver(name string) bool {
	switch name {
	case "rt", // how characters are read
		"pPrChange", "rPrChange", "sectPrChange", "tblPrChange", "numberingChange":
		return true
	case "Choice", "Fallback":
		return len(d.choices) > 0 && d.choices[len(d.choices)-1]
	}
	return false
}

// box begins what stands in a box within a paragraph.
func (d *docReader) box() {
	d.outer = append(d.outer, docOuter{
		text: d.text, style: d.style, numID: d.numID, level: d.level, outline: d.outline, tables: d.tables, calls: d.calls,
		markGone: d.markGone, carried: d.carried, from: len(d.pieces), para: d.para, shape: d.shape,
	})
	d.text, d.calls, d.tables, d.markGone, d.carried = &strings.Builder{}, nil, docTables{}, false, false
}

// unbox goes on with the paragraph around a box, which stands below it.
func (d *docReader) unbox() {
	n := len(d.outer) - 1
	if n < 0 {
		return
	}
	d.endCarried()
	o := d.outer[n]
	d.outer = d.outer[:n]
	d.boxed = append(d.boxed, d.pieces[o.from:]...)
	d.pieces = d.pieces[:o.from]
	d.text, d.style, d.numID, d.level, d.outline, d.tables, d.calls, d.markGone, d.carried = o.text, o.style, o.numID, o.level, o.outline, o.tables, o.calls, o.markGone, o.carried
	d.para, d.shape = o.para, o.shape
}

// endCarried ends a paragraph whose mark was deleted and that nothing follows.
func (d *docReader) endCarried() {
	if d.carried {
		d.carried = false
		d.paragraph()
	}
}

func (d *docReader) start(t xml.StartElement) {
	name := t.Name.Local
	if d.skip > 0 {
		d.skip++
		return
	}
	switch {
	case d.passedOver(name):
		d.skip++
		return
	case name == "AlternateContent":
		d.choices = append(d.choices, false)
	case name == "Choice" && len(d.choices) > 0:
		d.read = 0
	}
	switch name {
	case "p":
		if !d.carried {
			d.text.Reset()
			d.calls = nil
		}
		d.carried, d.markGone = false, false
		d.style, d.numID, d.level, d.outline, d.hidden = "", "", 0, 0, false
		d.para, d.run, d.mark = docLook{}, docLook{}, ""
		d.shape = docShape{}
	case "pStyle":
		d.style = xmlAttr(t, "val")
	case "numId":
		d.numID = xmlAttr(t, "val")
	case "ilvl":
		d.level, _ = strconv.Atoi(xmlAttr(t, "val"))
	case "outlineLvl":
		if n, err := strconv.Atoi(xmlAttr(t, "val")); err == nil && n < 9 {
			d.outline = n + 1
		}
	case "r":
		d.hidden, d.run = false, docLook{}
	case "vanish":
		d.hidden = xmlAttr(t, "val") != "false" && xmlAttr(t, "val") != "0"
	case "t":
		d.inText = true
	case "tab":
		if len(t.Attr) == 0 {
			d.text.WriteByte(' ')
		}
	case "br", "cr":
		if xmlAttr(t, "type") == "page" {
			d.text.WriteByte(' ')
		} else {
			d.text.WriteByte('\n')
		}
	case "sym":
		d.text.WriteString(symbol(xmlAttr(t, "font"), xmlAttr(t, "char")))
	case "noBreakHyphen":
		d.text.WriteByte('-')
	case "pPr":
		d.inMark = true
	case "txbxContent":
		d.box()
	case "del", "moveFrom":
		d.deleted++
		d.markGone = d.markGone || d.inMark
	case "footnoteReference", "endnoteReference":
		id := strings.TrimSuffix(t.Name.Local, "Reference") + xmlAttr(t, "id")
		if d.deleted == 0 {
			d.calls = append(d.calls, id)
			if own := xmlAttr(t, "customMarkFollows"); own != "" && own != "0" && own != "false" {
				d.mark = id
				break
			}
			d.counts["note"]++
			d.labels[id] = strconv.Itoa(d.counts["note"])
			d.text.WriteString("[" + d.labels[id] + "]")
		}
	case "tbl":
		d.endCarried()
		d.tables.begin(len(d.pieces))
	case "tr":
		d.tables.beginRow()
	case "tc":
		d.tables.beginCell()
	case "tblHeader":
		d.tables.last().heads = true
	default:
		if d.inMark {
			d.para.said(t)
		} else {
			d.run.said(t)
		}
	}
}

func (d *docReader) end(t xml.EndElement) {
	if d.skip > 0 {
		d.skip--
		return
	}
	switch t.Name.Local {
	case "AlternateContent":
		d.choices = d.choices[:max(len(d.choices)-1, 0)]
	case "Choice":
		if n := len(d.choices); n > 0 && d.read > 0 {
			d.choices[n-1] = true
		}
	case "pPr":
		d.inMark = false
	case "txbxContent":
		d.unbox()
	case "body", "footnote", "endnote":
		d.endCarried()
		d.unpack() // a box that stood in no paragraph
	case "t":
		d.inText = false
	case "del", "moveFrom":
		d.deleted = max(d.deleted-1, 0)
	case "p":
		if d.markGone {
			d.markGone, d.carried = false, true
			return
		}
		d.paragraph()
		d.unpack()
	case "tc":
		d.endCarried()
		d.tables.endCell(1)
	case "tr":
		d.tables.endRow()
	case "tbl":
		d.pieces = d.tables.end(d.pieces, d.note)
		d.unpack()
	}
}

// unpack puts what stood in boxes below the paragraph, or the table, around them.
func (d *docReader) unpack() {
	if len(d.outer) == 0 && !d.tables.in() {
		d.pieces = append(d.pieces, d.boxed...)
		d.boxed = nil
	}
}

// lookOf is how the text looks that is being read: as its run or the paragraph's
// style says.
func (d *docReader) lookOf() docLook {
	look := d.run
	look.inherit(d.styleLook(d.style))
	return look
}

// paragraph ends a paragraph, and makes of it what its style says.
func (d *docReader) paragraph() {
	lines := tidyLines(d.text.String())
	d.text.Reset()
	if len(lines) == 0 || len(d.pieces)+len(d.boxed) > maxBlocks {
		return
	}
	s := strings.Join(lines, " ")
	if d.tables.in() {
		d.tables.say(s)
	}
	name, outline, numID := d.styleOf(d.style)
	if d.outline > 0 {
		outline = d.outline
	}
	if d.numID != "" {
		numID = d.numID
	}
	p := piece{text: s, calls: d.calls, note: d.note}
	if d.note != "" {
		p.label = d.labels[d.note]
		if p.text = withoutNoteLabel(p.text, p.label); unicode.IsDigit(firstRune(p.label)) {
			p.text = s
		}
		d.pieces = append(d.pieces, p)
		return
	}
	d.shape.give(&p, d.para, d.styleLook(d.style))
	id := strings.ToLower(d.style)
	switch is := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(name, w) || strings.Contains(id, strings.ReplaceAll(w, " ", "")) {
				return true
			}
		}
		return false
	}; {
	case strings.HasPrefix(name, "toc ") || strings.HasPrefix(id, "toc") && id != "toc" || is("table of contents"):
		p.kind, p.reason = furniturePiece, "table of contents"
	case is("toc heading"):
		p.kind, p.reason = furniturePiece, "table of contents"
	case name == "title" || id == "title" || listed(titleStyles, name):
		p.kind, p.level = headPiece, 0
	case listed(frontStyles, name), listed(frontStyles, id):
		p.front, p.said = true, name
		if listed(frontStyles, id) {
			p.said = id
		}
	case outline > 0 || strings.HasPrefix(name, "heading ") || strings.HasPrefix(id, "heading") || headingStyle(name) > 0:
		if outline == 0 {
			outline = headingStyle(name)
		}
		if outline == 0 {
			outline, _ = strconv.Atoi(strings.TrimLeft(name+id, "heading "))
			outline = max(outline%10, 1)
		}
		p.kind, p.level = headPiece, outline
	case is("quote", "quotation", "block text", "zitat", "citation") || listed(quoteStyles, name):
		p.quoted = 1
		if len(lines) > 2 && verses(lines) {
			p.kind, p.text = versePiece, strings.Join(lines, "\n")
		}
	case is("source code", "preformatted", "verbatim", "code"):
		p.kind, p.text = prePiece, strings.Join(lines, "\n")
	case is("caption"):
		p.kind = captionPiece
	case numID != "" && numID != "0":
		d.item(&p, numID)
		return
	case len(lines) > 2 && verses(lines):
		p.kind, p.text = versePiece, strings.Join(lines, "\n")
	}
	d.pieces = append(d.pieces, p)
}

// item puts a paragraph that is an item into its list.
func (d *docReader) item(p *piece, numID string) {
	key := numID + "/" + strconv.Itoa(d.level)
	mark := "- "
	if f := d.formats[key]; f != "" && f != "bullet" && f != "none" {
		d.counts[key]++
		for l := d.level + 1; l < 9; l++ {
			delete(d.counts, numID+"/"+strconv.Itoa(l))
		}
		kind := map[string]string{"lowerLetter": "a", "upperLetter": "A", "lowerRoman": "i", "upperRoman": "I"}[f]
		if kind == "" {
			kind = "1"
		}
		mark = countMark(kind, d.counts[key])
	}
	line := strings.Repeat("  ", d.level) + mark + p.text
	if k := len(d.pieces) - 1; k >= d.tables.from() && d.pieces[k].kind == listPiece && d.pieces[k].label == "list" {
		d.pieces[k].text += "\n" + line
		d.pieces[k].calls = append(d.pieces[k].calls, p.calls...)
		return
	}
	p.kind, p.text, p.label = listPiece, line, "list"
	d.pieces = append(d.pieces, *p)
}
