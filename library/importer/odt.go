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
	text    strings.Builder
	outer   []string // texts around a note
	names   map[string]string
	style   string
	level   int
	lists   []odtList         // those that are open
	formats map[string]string // of lists' styles and levels: "L1/1" is "1", "a", "i"
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

// An odtList is an open list.
type odtList struct {
	style string
	count int
	fresh bool // the next paragraph begins an item
}

func readODT(a *files) (*library.Work, error) {
	meta, err := a.coreMeta("meta.xml")
	if err != nil {
		return nil, err
	}
	o := odtReader{names: map[string]string{}, formats: map[string]string{}}
	if err := a.eachToken("styles.xml", o.token); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err := a.eachToken("content.xml", o.token); err != nil {
		return nil, orBroken(err)
	}
	for i := range o.pieces {
		if p := &o.pieces[i]; p.kind == headPiece && p.level == 0 {
			meta.Title = p.text
			break
		}
	}
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
	case "text:list":
		style := xmlAttr(t, "style-name")
		if n := len(o.lists); style == "" && n > 0 {
			style = o.lists[n-1].style
		}
		count := 0
		if v, err := strconv.Atoi(xmlAttr(t, "start-value")); err == nil {
			count = v - 1
		}
		o.lists = append(o.lists, odtList{style: style, count: count})
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
		o.outer = append(o.outer, o.text.String(), o.style)
		o.note = "note" + strconv.Itoa(o.notes)
		o.label = ""
	case "text:note-citation":
		o.inLabel = true
	case "text:note-body":
		o.text.Reset()
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
		o.lists = o.lists[:max(len(o.lists)-1, 0)]
	case "text:note-citation":
		o.inLabel = false
	case "text:note":
		if len(o.outer) >= 2 {
			n := len(o.outer) - 2
			o.text.Reset()
			o.text.WriteString(o.outer[n] + "[" + tidy(o.label) + "]")
			o.style = o.outer[n+1]
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
	}
}

func (o *odtReader) paragraph(head bool) {
	lines := tidyLines(o.text.String())
	o.text.Reset()
	if len(lines) == 0 || o.skip > 0 || len(o.pieces) > maxBlocks {
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
	case o.style == "subtitle" || o.style == "author" || o.style == "date":
		p.front = true
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
