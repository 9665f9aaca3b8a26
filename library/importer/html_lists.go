package importer

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// linkList reports whether a list leads elsewhere: each of its items is a link
// and hardly more.
func (h *pageReader) linkList(n *html.Node) bool {
	items, links := 0, 0
	for c := range n.Descendants() {
		switch c.DataAtom {
		case atom.Li:
			items++
		case atom.A:
			if attr(c, "href") != "" {
				links++
			}
		}
	}
	return items >= 2 && links >= items
}

// hasItems reports whether a list has items. Old pages have lists without any, to set
// a text in.
func hasItems(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Li || (c.DataAtom == atom.Ul || c.DataAtom == atom.Ol) && hasItems(c) {
			return true
		}
	}
	return false
}

// list reads a list: one passage, unless its items are made of paragraphs.
func (h *pageReader) list(n *html.Node, quoted int) {
	if !loose(n) && !h.holdsNotes(n) {
		lines := slices.DeleteFunc(h.items(n, 0, nil), func(s string) bool { return s == "" })
		calls, ids := h.calls, h.ids
		h.calls, h.ids = nil, nil
		if len(lines) > 0 {
			h.pieces = append(h.pieces, piece{kind: listPiece, text: strings.Join(lines, "\n"), quoted: quoted, note: h.note, label: h.noteLabel[h.note], calls: calls, ids: ids, page: h.pageNo, linked: h.linkShare(n)})
			h.pageNo, h.pageNext = h.pageNext, ""
			h.inLinks = 0
		}
		return
	}
	k := startOf(n)
	defer h.flush(quoted)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode { // beside the items
			h.text(c.Data)
			continue
		}
		if c.Type != html.ElementNode || silent(c) {
			continue
		}
		if c.DataAtom != atom.Li {
			h.element(c, quoted)
			continue
		}
		h.flush(quoted)
		mark := markOf(n, c, &k)
		if _, note := h.noteAt[c]; note {
			h.element(c, quoted)
			continue
		}
		from := len(h.pieces)
		h.element(c, quoted)
		h.flush(quoted)
		for i := from; i < len(h.pieces); i++ {
			if p := &h.pieces[i]; p.note == "" && p.kind == paraPiece {
				p.kind = listPiece
				if i == from {
					p.text = mark + p.text
				}
			}
		}
	}
}

// holdsNotes reports whether some of the items of a list are notes.
func (h *pageReader) holdsNotes(n *html.Node) bool {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if _, ok := h.noteAt[c]; ok {
			return true
		}
	}
	return false
}

// loose reports whether the items of a list are made of paragraphs.
func loose(n *html.Node) bool {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode {
			switch c.DataAtom {
			case atom.P, atom.Pre, atom.Blockquote, atom.Table, atom.Div, atom.Dl, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
				return true
			}
		}
	}
	return false
}

func startOf(n *html.Node) int {
	if k, err := strconv.Atoi(attr(n, "start")); err == nil {
		return k
	}
	return 1
}

// markOf is what a list shows before an item.
func markOf(list, item *html.Node, k *int) string {
	if list.DataAtom != atom.Ol {
		return "- "
	}
	if v, err := strconv.Atoi(attr(item, "value")); err == nil {
		*k = v
	}
	n := *k
	*k++
	kind := attr(list, "type")
	if kind == "" {
		switch {
		case hasClass(list, "loweralpha"):
			kind = "a"
		case hasClass(list, "upperalpha"):
			kind = "A"
		case hasClass(list, "lowerroman"):
			kind = "i"
		case hasClass(list, "upperroman"):
			kind = "I"
		}
	}
	if kind == "" {
		kind = "1"
	}
	return countMark(kind, n)
}

// countMark is what a list shows before its nth item: "1. ", "b. ", "iv. ", or a
// dash where items are not counted.
func countMark(kind string, n int) string {
	switch {
	case kind == "":
		return "- "
	case kind == "a" && n >= 1 && n <= 26:
		return string(rune('a'+n-1)) + ". "
	case kind == "A" && n >= 1 && n <= 26:
		return string(rune('A'+n-1)) + ". "
	case kind == "i":
		return strings.ToLower(romanNumber(n)) + ". "
	case kind == "I":
		return romanNumber(n) + ". "
	}
	return strconv.Itoa(n) + ". "
}

func romanNumber(n int) string {
	if n < 1 || n > 3999 {
		return strconv.Itoa(n)
	}
	var b strings.Builder
	for _, r := range [...]struct {
		value int
		sign  string
	}{{1000, "M"}, {900, "CM"}, {500, "D"}, {400, "CD"}, {100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for ; n >= r.value; n -= r.value {
			b.WriteString(r.sign)
		}
	}
	return b.String()
}

// maxIndent is how many levels of lists are shown by white space.
const maxIndent = 12

// items adds the lines of a list whose items are short.
func (h *pageReader) items(n *html.Node, depth int, lines []string) []string {
	k := startOf(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if h.steps++; h.steps%256 == 0 && h.ctx.Err() != nil {
			return lines
		}
		if c.Type == html.TextNode { // beside the items
			if s := tidy(c.Data); hasWord(s) {
				lines = append(lines, strings.Repeat("  ", min(depth, maxIndent))+s)
			}
			continue
		}
		if c.Type != html.ElementNode || silent(c) {
			continue
		}
		if c.DataAtom == atom.Ul || c.DataAtom == atom.Ol { // not where it should be
			lines = h.items(c, depth+1, lines)
			continue
		}
		mark := ""
		if c.DataAtom == atom.Li {
			mark = markOf(n, c, &k)
		}
		if id := attr(c, "id"); id != "" {
			h.ids = append(h.ids, h.path+"#"+id)
		}
		at := len(lines)
		lines = append(lines, "") // what the item says, which may go on below another list
		for x := c.FirstChild; x != nil; x = x.NextSibling {
			switch {
			case x.Type == html.TextNode:
				h.text(x.Data)
			case x.Type != html.ElementNode || silent(x):
			case x.DataAtom == atom.Ul || x.DataAtom == atom.Ol:
				own := h.cur.String()
				h.cur.Reset()
				lines = h.items(x, depth+1, lines)
				h.cur.WriteString(own)
			default:
				h.element(x, 0)
			}
		}
		s := strings.Join(tidyLines(h.cur.String()), " ")
		h.cur.Reset()
		h.space, h.hard = false, 0
		if s != "" {
			lines[at] = strings.Repeat("  ", min(depth, maxIndent)) + mark + s
		}
	}
	return lines
}
