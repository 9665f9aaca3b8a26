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
	table   int
	cell    strings.Builder
	cells   []string
	rows    []string
	notes   int
}

// An odtOuter is a paragraph that waits for the end of a box in it.
type odtOuter struct {
	text        *strings.Builder
	style       string
	level, from int
	calls       []string
	lists       []odtList
}

// An odtNote is what stands around a note.
type odtNote struct {
	text  *strings.Builder
	style string
}

// An odtList is an open list.
type odtList struct {
	style string
	id    string
	count int
	fresh bool // the next paragraph begins an item
}

func readODT(a *files) (*library.Work, error) {
	meta, err := a.coreMeta("meta.xml")
	if err != nil {
		return nil, err
	}
	o := odtReader{text: &strings.Builder{}, names: map[string]string{}, formats: map[string]string{}, starts: map[string]int{}, ended: map[string]int{}}
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
		if p := xmlAttr(t, "parent-style-name"); p != "" {
			o.names[xmlAttr(t, "name")] = p
		}
	case "office:body":
		o.inBody = true
	case "text:h", "text:p":
		if o.note == "" || len(o.outer) == 0 {
			o.text.Reset()
		}
		o.style = xmlAttr(t, "style-name")
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
		o.outer = append(o.outer, odtNote{o.text, o.style})
		o.text = &strings.Builder{}
		o.note = "note" + strconv.Itoa(o.notes)
		o.label = ""
	case "text:note-citation":
		o.inLabel = true
	case "text:note-body":
		o.text.Reset()
	case "draw:text-box":
		o.around = append(o.around, odtOuter{text: o.text, style: o.style, level: o.level, from: len(o.pieces), calls: o.calls, lists: o.lists})
		o.text, o.calls, o.lists = &strings.Builder{}, nil, nil
	case "table:table":
		o.table++
	case "table:table-row":
		o.cells = nil
	case "table:table-cell":
		o.cell.Reset()
	}
}

// odtSkipped reports whether nothing in an element is of the text.
func odtSkipped(name string) bool {
	switch name {
	case "text:table-of-content", "text:alphabetical-index", "text:tracked-changes", "office:annotation", "text:sequence-decls":
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
			o.text, o.style = o.outer[n].text, o.outer[n].style
			o.text.WriteString("[" + tidy(o.label) + "]")
			o.outer = o.outer[:n]
			o.calls = append(o.calls, o.note)
			o.note = ""
		}
	case "table:table-cell":
		o.cells = append(o.cells, tidy(o.cell.String()))
	case "table:table-row":
		if s := strings.TrimSpace(strings.Join(o.cells, " | ")); strings.Trim(s, "| ") != "" && o.table == 1 {
			o.rows = append(o.rows, s)
		}
	case "table:table":
		if o.table--; o.table == 0 && len(o.rows) > 0 {
			o.pieces = append(o.pieces, piece{kind: tablePiece, text: strings.Join(o.rows, "\n")})
			o.rows = nil
		}
	case "text:h", "text:p":
		o.paragraph(name == "text:h")
		if len(o.around) == 0 {
			o.pieces = append(o.pieces, o.boxed...)
			o.boxed = nil
		}
	}
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
	if o.table > 0 {
		if o.cell.Len() > 0 {
			o.cell.WriteByte(' ')
		}
		o.cell.WriteString(p.text)
		return
	}
	p.calls, o.calls = o.calls, nil
	switch {
	case head:
		p.kind, p.level = headPiece, max(o.level, 1)
	case o.style == "title":
		p.kind, p.level = headPiece, 0
	case listed(frontStyles, o.style):
		p.front, p.said = true, o.style
	case strings.Contains(o.style, "quot"):
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
		if k := len(o.pieces) - 1; k >= 0 && o.pieces[k].kind == listPiece {
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
