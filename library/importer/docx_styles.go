package importer

import (
	"encoding/xml"
	"strconv"
	"strings"
)

func (d *docReader) readStyles() error {
	id := ""
	var s docStyle
	return d.a.eachToken(d.parts["styles"], func(t xml.Token) {
		switch t := t.(type) {
		case xml.StartElement:
			switch t.Name.Local {
			case "style":
				if id == "" && s.look.size > 0 { // what comes before the styles is for all of them
					d.base.size = s.look.size
				}
				id, s = xmlAttr(t, "styleId"), docStyle{}
				if xmlAttr(t, "default") == "1" && xmlAttr(t, "type") == "paragraph" {
					d.normal = id
				}
			case "name":
				s.name = strings.ToLower(xmlAttr(t, "val"))
			case "basedOn":
				s.basedOn = xmlAttr(t, "val")
			case "outlineLvl":
				if n, err := strconv.Atoi(xmlAttr(t, "val")); err == nil && n < 9 {
					s.outline = n + 1
				}
			case "numId":
				s.numID = xmlAttr(t, "val")
			default:
				s.look.said(t)
			}
		case xml.EndElement:
			if t.Name.Local == "style" {
				d.styles[id] = s
			}
		}
	})
}

func (d *docReader) readNumbering() error {
	abstract, level, num := "", "", ""
	formats := map[string]string{}
	return d.a.eachToken(d.parts["numbering"], func(t xml.Token) {
		s, ok := t.(xml.StartElement)
		if !ok {
			return
		}
		switch s.Name.Local {
		case "abstractNum":
			abstract = xmlAttr(s, "abstractNumId")
		case "lvl":
			level = xmlAttr(s, "ilvl")
		case "numFmt":
			formats[abstract+"/"+level] = xmlAttr(s, "val")
		case "num":
			num = xmlAttr(s, "numId")
		case "abstractNumId":
			of := xmlAttr(s, "val")
			for l := range 9 {
				if f := formats[of+"/"+strconv.Itoa(l)]; f != "" {
					d.formats[num+"/"+strconv.Itoa(l)] = f
				}
			}
		}
	})
}

// readNotes reads the notes of a kind; those that hold lines and signs are none.
func (d *docReader) readNotes(kind string) error {
	id := ""
	return d.a.eachToken(d.parts[kind+"s"], func(t xml.Token) {
		switch x := t.(type) {
		case xml.StartElement:
			if x.Name.Local == kind {
				id = kind + xmlAttr(x, "id")
				if k := xmlAttr(x, "type"); k != "" && k != "normal" {
					id = ""
				}
				d.note = id
			}
		case xml.EndElement:
			if x.Name.Local == kind && id != "" {
				d.token(t) // what it carries is its own
				d.note, id = "", ""
			}
		}
		if id != "" {
			d.token(t)
		}
	})
}

func (d *docReader) styleOf(id string) (name string, outline int, numID string) {
	name = d.styles[id].name
	for range 12 {
		s, ok := d.styles[id]
		if !ok {
			break
		}
		if outline == 0 {
			outline = s.outline
		}
		if numID == "" {
			numID = s.numID
		}
		id = s.basedOn
	}
	return name, outline, numID
}
