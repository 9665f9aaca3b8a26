package importer

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

func (h *pageReader) pre(n *html.Node) {
	s := strings.Trim(strings.ReplaceAll(wholeText(n), "\r", ""), "\n")
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	h.pieces = append(h.pieces, piece{kind: prePiece, text: strings.TrimRight(strings.Join(lines, "\n"), "\n"), note: h.note, label: h.noteLabel[h.note], ids: h.ids, page: h.pageNo})
	h.ids, h.pageNo = nil, ""
}

// table reads a table: one passage of rows, unless it only lays out the page.
func (h *pageReader) table(n *html.Node, quoted int) {
	rows, cells, heads, blocks := 0, 0, 0, 0
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.DataAtom {
		case atom.Tr:
			rows++
		case atom.Td:
			cells++
		case atom.Th:
			cells++
			heads++
		case atom.Table, atom.Ul, atom.Ol, atom.Blockquote, atom.H1, atom.H2, atom.H3, atom.H4, atom.Pre, atom.Hr:
			blocks++
		case atom.P:
			if h.size(c).all > 300 {
				blocks++
			}
		}
	}
	notes := false
	for c := range n.Descendants() {
		if _, ok := h.noteAt[c]; ok {
			notes = true
			break
		}
	}
	said := hasClass(n, "infobox", "wikitable")
	if notes || rows == 0 || !said && (cells <= rows || blocks > 0 && heads == 0 || blocks > rows || attr(n, "role") == "presentation") {
		h.flow(n, quoted)
		h.flush(quoted)
		return
	}
	var lines []string
	for c := range n.Descendants() {
		if c.Type != html.ElementNode {
			continue
		}
		switch c.DataAtom {
		case atom.Caption:
			if s := tidy(plainText(c)); s != "" {
				h.pieces = append(h.pieces, piece{kind: captionPiece, text: s})
			}
		case atom.Tr:
			var row []string
			for x := c.FirstChild; x != nil; x = x.NextSibling {
				if x.DataAtom == atom.Td || x.DataAtom == atom.Th {
					row = append(row, h.cell(x))
				}
			}
			if s := strings.TrimSpace(strings.Join(row, " | ")); strings.Trim(s, "| ") != "" {
				lines = append(lines, s)
			}
		}
	}
	if len(lines) > 0 {
		h.pieces = append(h.pieces, piece{kind: tablePiece, text: strings.Join(lines, "\n"), note: h.note, label: h.noteLabel[h.note], ids: h.ids, calls: h.calls, page: h.pageNo, linked: h.linkShare(n)})
		h.ids, h.calls, h.pageNo = nil, nil, ""
	}
}

// cell is what a cell of a table says on one line, with the notes that it calls. A
// cell that calls none is its text.
func (h *pageReader) cell(n *html.Node) string {
	calls := false
	for c := range n.Descendants() {
		if _, ok := h.noteCalls[c]; ok {
			calls = true
			break
		}
	}
	if !calls {
		return tidy(spacedText(n))
	}
	var b strings.Builder
	h.cellText(n, &b)
	return tidy(b.String())
}

// cellText is spacedText with notes called in brackets.
func (h *pageReader) cellText(n *html.Node, b *strings.Builder) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
			continue
		}
		if c.Type != html.ElementNode || silent(c) {
			continue
		}
		if ownLines(c) || c.DataAtom == atom.Br {
			b.WriteByte(' ')
		}
		if key, ok := h.noteCalls[c]; ok {
			h.calls = append(h.calls, key)
			s := tidy(plainText(c))
			if hasWord(s) && !strings.HasPrefix(s, "[") {
				s = "[" + strings.Trim(s, "().") + "]"
			}
			b.WriteString(s)
			continue
		}
		h.cellText(c, b)
	}
}

// wholeText is all text in an element, however long.
func wholeText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.DataAtom == atom.Br:
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// spacedText is plainText with spaces where blocks end.
func spacedText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type == html.ElementNode && (ownLines(c) || c.DataAtom == atom.Br):
			b.WriteByte(' ')
		}
	}
	return b.String()
}
