package importer

import (
	"encoding/xml"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"lectern/library"
)

// odtReader reads OpenDocument text (ISO/IEC 26300).
type odtReader struct {
	pieces  []piece
	text    *strings.Builder
	outer   []odtNote  // texts around a note
	around  []odtOuter // paragraphs around boxes
	boxed   []piece    // what stands in the boxes of a paragraph
	names   map[string]string
	style   string
	level   int
	lists   []odtList         // those that are open
	formats map[string]string // of lists' styles and levels: "L1/1" is "1", "a", "i"
	starts  map[string]int    // the first number of those that do not begin with 1
	ended   map[string]int    // how far lists counted, by style and level, and by their names
	listing string            // the style that is being read
	inBody  bool
	skip    int
	note    string
	label   string
	inLabel bool
	calls   []string
	tables  docTables
	times   int // how often a cell stands
	notes   int
	looks   map[string]docLook // of styles
	styled  string             // and its name
	self    string             // the style that a paragraph names itself
	spans   []string           // the styles of the pieces of text that are open
	shape   docShape
}

// An odtOuter is a paragraph that waits for the end of a box in it.
type odtOuter struct {
	text        *strings.Builder
	style       string
	level, from int
	calls       []string
	lists       []odtList
	tables      docTables
	shape       docShape
	self        string
}

// An odtNote is what stands around a note.
type odtNote struct {
	text        *strings.Builder
	style, self string
	shape       docShape
}

// An odtList is an open list.
type odtList struct {
	style string
	id    string
	count int
	fresh bool // the next paragraph begins an item
}

func readODT(a *files) (*library.Work, error) {
	locked := false
	if err := a.eachToken("META-INF/manifest.xml", func(t xml.Token) {
		s, ok := t.(xml.StartElement)
		locked = locked || ok && s.Name.Local == "encryption-data"
	}); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if locked {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_protected"}
	}
	meta, err := a.coreMeta("meta.xml")
	if err != nil {
		return nil, err
	}
	o := odtReader{text: &strings.Builder{}, names: map[string]string{}, looks: map[string]docLook{}, formats: map[string]string{}, starts: map[string]int{}, ended: map[string]int{}}
	if err := a.eachToken("styles.xml", o.token); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := a.eachToken("content.xml", o.token); err != nil {
		return nil, orBroken(err)
	}
	o.pieces = append(o.pieces, o.boxed...)
	for i := range o.pieces {
		if p := &o.pieces[i]; p.kind == headPiece && p.level == 0 {
			meta.Title = p.text
			break
		}
	}
	styledFront(&meta, o.pieces)
	docHeads(o.pieces, meta.Title)
	docContents(o.pieces)
	return compose(meta, o.pieces)
}

func (o *odtReader) token(t xml.Token) {
	switch t := t.(type) {
	case xml.StartElement:
		o.start(t)
	case xml.EndElement:
		o.end(t.Name.Space + ":" + t.Name.Local)
	case xml.CharData:
		if o.inBody && o.skip == 0 {
			if o.inLabel {
				o.label += string(t)
			} else {
				o.text.Write(t)
				o.shape.add(string(t), o.lookOf())
			}
		}
	}
}

func (o *odtReader) start(t xml.StartElement) {
	name := t.Name.Space + ":" + t.Name.Local
	if odtSkipped(name) {
		o.skip++
	}
	if o.skip > 0 {
		return // a remark's paragraphs end none of the text's
	}
	switch name {
	case "style:style":
		// Automatic styles say which one they are made from.
		o.styled = xmlAttr(t, "name")
		if p := xmlAttr(t, "parent-style-name"); p != "" {
			o.names[o.styled] = p
		}
	case "style:default-style":
		o.styled = ""
		if xmlAttr(t, "family") != "paragraph" {
			o.styled = "-" // nothing's
		}
	case "style:text-properties", "style:paragraph-properties":
		look := o.looks[o.styled]
		look.odt(t)
		o.looks[o.styled] = look
	case "text:span":
		o.spans = append(o.spans, xmlAttr(t, "style-name"))
	case "office:body":
		o.inBody = true
	case "text:h", "text:p":
		if o.note == "" || len(o.outer) == 0 {
			o.text.Reset()
		}
		o.style = xmlAttr(t, "style-name")
		o.self, o.shape, o.spans = o.style, docShape{}, nil
		if p, ok := o.names[o.style]; ok {
			o.style = p
		}
		o.style = strings.ToLower(o.style)
		o.level, _ = strconv.Atoi(xmlAttr(t, "outline-level"))
	case "text:list-style":
		o.listing = xmlAttr(t, "name")
	case "text:list-level-style-number":
		o.formats[o.listing+"/"+xmlAttr(t, "level")] = xmlAttr(t, "num-format")
		if v, err := strconv.Atoi(xmlAttr(t, "start-value")); err == nil {
			o.starts[o.listing+"/"+xmlAttr(t, "level")] = v
		}
	case "text:list":
		style := xmlAttr(t, "style-name")
		if n := len(o.lists); style == "" && n > 0 {
			style = o.lists[n-1].style
		}
		key := style + "/" + strconv.Itoa(len(o.lists)+1)
		count := max(o.starts[key], 1) - 1
		if before := xmlAttr(t, "continue-list"); before != "" {
			count = o.ended["#"+before]
		} else if xmlAttr(t, "continue-numbering") == "true" {
			count = o.ended[key]
		}
		if v, err := strconv.Atoi(xmlAttr(t, "start-value")); err == nil {
			count = v - 1
		}
		o.lists = append(o.lists, odtList{style: style, id: xmlAttr(t, "id"), count: count})
	case "text:list-item":
		if n := len(o.lists); n > 0 {
			o.lists[n-1].fresh = true
			o.lists[n-1].count++
			if v, err := strconv.Atoi(xmlAttr(t, "start-value")); err == nil {
				o.lists[n-1].count = v
			}
		}
	case "text:s", "text:tab":
		o.text.WriteByte(' ')
	case "text:line-break":
		o.text.WriteByte('\n')
	case "text:note":
		o.notes++
		o.outer = append(o.outer, odtNote{text: o.text, style: o.style, self: o.self, shape: o.shape})
		o.text = &strings.Builder{}
		o.note = "note" + strconv.Itoa(o.notes)
		o.label = ""
	case "text:note-citation":
		o.inLabel = true
	case "text:note-body":
		o.text.Reset()
	case "draw:text-box":
		o.around = append(o.around, odtOuter{text: o.text, style: o.style, level: o.level, from: len(o.pieces), calls: o.calls, lists: o.lists, tables: o.tables, shape: o.shape, self: o.self})
		o.text, o.calls, o.lists, o.tables = &strings.Builder{}, nil, nil, docTables{}
	case "table:table":
		o.tables.begin(len(o.pieces))
	case "table:table-header-rows":
		o.tables.last().heads = true
	case "table:table-row":
		o.tables.beginRow()
	case "table:table-cell":
		o.tables.beginCell()
		o.times = 1
		if n, err := strconv.Atoi(xmlAttr(t, "number-columns-repeated")); err == nil {
			o.times = n
		}
	}
}

// odtSkipped reports whether nothing in an element is of the text.
func odtSkipped(name string) bool {
	switch name {
	case "text:table-of-content", "text:alphabetical-index", "text:tracked-changes", "office:annotation", "text:sequence-decls", "text:ruby-text":
		return true
	}
	return false
}

func (o *odtReader) end(name string) {
	if odtSkipped(name) {
		o.skip = max(o.skip-1, 0)
		return
	}
	if o.skip > 0 {
		return
	}
	switch name {
	case "text:list":
		if n := len(o.lists); n > 0 {
			l := &o.lists[n-1]
			o.ended[l.style+"/"+strconv.Itoa(n)] = l.count
			if l.id != "" {
				o.ended["#"+l.id] = l.count
			}
			o.lists = o.lists[:n-1]
		}
	case "draw:text-box":
		o.unbox()
	case "text:note-citation":
		o.inLabel = false
	case "text:note":
		if n := len(o.outer) - 1; n >= 0 {
			o.text, o.style, o.self, o.shape = o.outer[n].text, o.outer[n].style, o.outer[n].self, o.outer[n].shape
			o.text.WriteString("[" + tidy(o.label) + "]")
			o.outer = o.outer[:n]
			o.calls = append(o.calls, o.note)
			o.note = ""
		}
	case "table:table-cell":
		o.tables.endCell(o.times)
		o.times = 1
	case "table:table-row":
		o.tables.endRow()
	case "table:table":
		o.pieces = o.tables.end(o.pieces, o.note)
		o.unpack()
	case "text:span":
		o.spans = o.spans[:max(len(o.spans)-1, 0)]
	case "text:h", "text:p":
		o.paragraph(name == "text:h")
		o.unpack()
	}
}

// unpack puts what stood in boxes below the paragraph, or the table, around them.
func (o *odtReader) unpack() {
	if len(o.around) == 0 && !o.tables.in() {
		o.pieces = append(o.pieces, o.boxed...)
		o.boxed = nil
	}
}

// lookOf is how the text looks that is being read.
func (o *odtReader) lookOf() (look docLook) {
	if n := len(o.spans); n > 0 {
		look.inherit(o.looks[o.spans[n-1]])
	}
	look.inherit(o.styleLook(o.self))
	return look
}

// styleLook is the look of a style, with those that it is made from.
func (o *odtReader) styleLook(style string) (look docLook) {
	for range 12 {
		look.inherit(o.looks[style])
		if style == "" {
			break
		}
		style = o.names[style]
	}
	return look
}

// odt takes what a style of an OpenDocument says of a look.
func (l *docLook) odt(t xml.StartElement) {
	for _, a := range t.Attr {
		switch a.Name.Local {
		case "font-weight":
			l.bold = -1
			if n, err := strconv.Atoi(a.Value); a.Value == "bold" || err == nil && n >= 600 {
				l.bold = 1
			}
		case "font-size":
			l.size = twips(a.Value) / 10
		case "text-align":
			l.centre = -1
			if a.Value == "center" {
				l.centre = 1
			}
		case "margin-left":
			l.left = twips(a.Value)
		case "margin-right":
			l.right = twips(a.Value)
		}
	}
}

// twips is a length in twentieths of a point, 0 for one that is unknown.
func twips(s string) int {
	for unit, points := range map[string]float64{"pt": 1, "in": 72, "cm": 28.35, "mm": 2.835, "pc": 12, "px": 0.75} {
		if n, ok := strings.CutSuffix(s, unit); ok {
			if f, err := strconv.ParseFloat(n, 64); err == nil && f >= 0 && f < 10_000 {
				return int(f * points * 20)
			}
		}
	}
	return 0
}

// unbox goes on with the paragraph around a box, which stands below it.
func (o *odtReader) unbox() {
	n := len(o.around) - 1
	if n < 0 {
		return
	}
	a := o.around[n]
	o.around = o.around[:n]
	o.boxed = append(o.boxed, o.pieces[a.from:]...)
	o.pieces = o.pieces[:a.from]
	o.text, o.style, o.level, o.calls, o.lists = a.text, a.style, a.level, a.calls, a.lists
	o.tables, o.shape, o.self = a.tables, a.shape, a.self
}

func (o *odtReader) paragraph(head bool) {
	lines := tidyLines(o.text.String())
	o.text.Reset()
	if len(lines) == 0 || o.skip > 0 || len(o.pieces)+len(o.boxed) > maxBlocks {
		return
	}
	p := piece{text: strings.Join(lines, " ")}
	if o.note != "" {
		p.note, p.label = o.note, tidy(o.label)
		o.pieces = append(o.pieces, p)
		return
	}
	if o.tables.in() {
		o.tables.say(p.text)
	}
	p.calls, o.calls = o.calls, nil
	o.shape.give(&p, docLook{}, o.styleLook(o.self))
	switch {
	case head:
		p.kind, p.level = headPiece, max(o.level, 1)
	case o.style == "title", listed(titleStyles, o.style):
		p.kind, p.level = headPiece, 0
	case listed(frontStyles, o.style):
		p.front, p.said = true, o.style
	case headingStyle(strings.ReplaceAll(o.style, "_20_", " ")) > 0:
		p.kind, p.level = headPiece, headingStyle(strings.ReplaceAll(o.style, "_20_", " "))
	case strings.Contains(o.style, "quot"), listed(quoteStyles, o.style):
		p.quoted = 1
	case strings.Contains(o.style, "preformatted"):
		p.kind, p.text = prePiece, strings.Join(lines, "\n")
	case len(o.lists) > 0:
		l := &o.lists[len(o.lists)-1]
		mark := ""
		if l.fresh {
			mark = countMark(o.formats[l.style+"/"+strconv.Itoa(len(o.lists))], l.count)
		}
		l.fresh = false
		line := strings.Repeat("  ", len(o.lists)-1) + mark + p.text
		if k := len(o.pieces) - 1; k >= o.tables.from() && o.pieces[k].kind == listPiece {
			o.pieces[k].text += "\n" + line
			o.pieces[k].calls = append(o.pieces[k].calls, p.calls...)
			return
		}
		p.kind, p.text = listPiece, line
	case len(lines) > 2 && verses(lines):
		p.kind, p.text = versePiece, strings.Join(lines, "\n")
	}
	o.pieces = append(o.pieces, p)
}
