package importer

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// flow reads what stands in an element. quoted is in how many block quotations
// it is.
func (h *pageReader) flow(n *html.Node, quoted int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if h.steps++; h.steps%256 == 0 && h.ctx.Err() != nil {
			return
		}
		switch c.Type {
		case html.TextNode:
			h.text(c.Data)
		case html.ElementNode:
			h.element(c, quoted)
		}
	}
}

func (h *pageReader) element(n *html.Node, quoted int) {
	// Where a link leads, written out behind it for those who cannot follow it.
	if silent(n) || h.noteBacks[n] || n.DataAtom == atom.Span && hasClass(n, "link-target") {
		return
	}
	if reason := h.furnitureReason(n); reason != "" || h.main != nil && !h.inMain && n != h.main && !within(h.main, n) && (ownLines(n) || n.DataAtom == atom.A) {
		if reason == "" {
			reason = "site furniture"
		}
		if ownLines(n) {
			h.flush(quoted)
		}
		if s := tidy(spacedText(n)); hasWord(s) && !hasClass(n, "headerlink") {
			h.pieces = append(h.pieces, piece{kind: furniturePiece, text: s, reason: reason})
		}
		return
	}
	if key, ok := h.noteAt[n]; ok && h.note == "" {
		h.flush(quoted)
		h.note = key
		defer func() { h.note = "" }()
	}
	if n == h.main {
		h.inMain = true
		defer func() { h.inMain = false }()
	}
	isBlock := ownLines(n)
	if isBlock {
		h.flush(quoted)
	}
	for _, key := range [...]string{"id", "name"} {
		if id := attr(n, key); id != "" {
			h.ids = append(h.ids, h.path+"#"+id)
		}
	}
	if p := pageNumber(n); p != "" {
		h.pageNo = p
		if n.FirstChild == nil || tidy(plainText(n)) == p || strings.HasPrefix(attr(n, "epub:type"), "pagebreak") {
			return
		}
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.flow(n, quoted)
		h.finishPiece(headPiece, quoted, int(n.Data[1]-'0'))
	case atom.Br:
		h.cur.WriteByte('\n')
		h.space = false
		h.hard++
	case atom.Hr:
	case atom.Blockquote:
		h.flow(n, quoted+1)
		h.flush(quoted + 1)
		h.attributed(n)
	case atom.Ul, atom.Ol:
		if h.note == "" && !h.inMain && !h.book && h.linkShare(n) > 0.8 && h.linkList(n) {
			if s := tidy(spacedText(n)); hasWord(s) {
				h.pieces = append(h.pieces, piece{kind: furniturePiece, text: s, reason: "a list of links"})
			}
			return
		}
		h.list(n, quoted)
	case atom.Pre:
		h.pre(n)
	case atom.Table:
		h.table(n, quoted)
	case atom.Figcaption, atom.Caption:
		h.flow(n, quoted)
		h.finishPiece(captionPiece, quoted, 0)
	case atom.Sup, atom.A:
		h.call(n, quoted)
	case atom.Q:
		h.text("“")
		h.flow(n, quoted)
		h.space = false
		h.cur.WriteString("”")
	case atom.P, atom.Div, atom.Center:
		front := h.front
		h.front = front || hasClass(n, "information", "info", "author", "byline", "date", "source", "subtitle", "updat", "title")
		if n.DataAtom == atom.Div {
			h.front = front || hasClass(n, "author", "byline")
		}
		in := quoted
		if hasClass(n, "quote", "quoteb", "quotec", "quotation", "blockquote", "indentb", "quotepost", "epigraph") {
			in++
		}
		h.flow(n, in)
		h.flush(in)
		h.front = front
	default:
		h.flow(n, quoted)
		if isBlock {
			h.flush(quoted)
		}
	}
}

// ownLines reports whether an element stands on lines of its own.
func ownLines(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Aside, atom.Header, atom.Footer, atom.Nav, atom.Ul, atom.Ol, atom.Li, atom.Dl, atom.Dt, atom.Dd,
		atom.Blockquote, atom.Pre, atom.Table, atom.Tr, atom.Td, atom.Th, atom.Tbody, atom.Thead, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6,
		atom.Figure, atom.Figcaption, atom.Caption, atom.Center, atom.Address, atom.Hr, atom.Form, atom.Fieldset, atom.Details, atom.Summary, atom.Body, atom.Hgroup, atom.Dir, atom.Menu:
		return true
	}
	return false
}

// pageNumber is the number of the page that an element says begins there.
func pageNumber(n *html.Node) string {
	if !listedAny(attr(n, "epub:type"), "pagebreak") && attr(n, "role") != "doc-pagebreak" && !hasClass(n, "pagenum", "pageno", "pagebreak", "page-number") {
		return ""
	}
	for _, s := range []string{attr(n, "title"), attr(n, "aria-label"), plainText(n), strings.TrimLeft(attr(n, "id"), "Ppage_-.")} {
		s = strings.Trim(tidy(s), "[](){}. ")
		s = strings.TrimSpace(strings.TrimPrefix(strings.TrimPrefix(strings.ToLower(s), "page"), "pg"))
		if s != "" && len(s) < 8 && !strings.ContainsAny(s, " ") {
			return s
		}
	}
	return ""
}

func (h *pageReader) text(s string) {
	for i, r := range s {
		switch {
		case r == '\u00ad' || r == '\u200b' || r == '\ufeff':
		case unicode.IsSpace(r):
			h.space = true
		default:
			if h.space && h.cur.Len() > 0 && !strings.HasSuffix(h.cur.String()[h.cur.Len()-1:], "\n") {
				h.cur.WriteByte(' ')
			}
			h.space = false
			// Copy up to the next space at once.
			_ = i
			h.cur.WriteRune(r)
		}
	}
}

// call reads a link or what stands raised: a note is called in brackets, so that
// its number is not taken for a part of the word before it.
func (h *pageReader) call(n *html.Node, quoted int) {
	key, ok := h.noteCalls[n]
	if !ok && n.DataAtom == atom.Sup {
		for c := n.FirstChild; c != nil && !ok; c = c.NextSibling {
			if c.Type == html.ElementNode {
				if key, ok = h.noteCalls[c]; !ok && c.FirstChild != nil {
					key, ok = h.noteCalls[c.FirstChild]
				}
			}
		}
	}
	if !ok {
		h.flow(n, quoted)
		return
	}
	if id := attr(n, "id"); id != "" {
		h.ids = append(h.ids, h.path+"#"+id)
	}
	h.calls = append(h.calls, key)
	s := tidy(plainText(n))
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) }) == 0 {
		s = "[" + strings.TrimRight(s, ".") + "]"
	}
	h.text(s)
}

// flush ends a paragraph.
func (h *pageReader) flush(quoted int) { h.finishPiece(paraPiece, quoted, 0) }

// finishPiece ends a piece. Two breaks of a line part paragraphs; lines as short
// as verses stay lines.
func (h *pageReader) finishPiece(kind pieceKind, quoted, level int) {
	s := strings.Trim(h.cur.String(), " \n")
	hard := h.hard
	h.cur.Reset()
	h.space, h.hard = false, 0
	if s == "" {
		return
	}
	parts := []string{s}
	if hard > 0 && kind == paraPiece {
		parts = strings.FieldsFunc(doubleBreak.ReplaceAllString(s, "\x00"), func(r rune) bool { return r == 0 })
	}
	for k, part := range parts {
		lines := tidyLines(part)
		if len(lines) == 0 {
			continue
		}
		as := kind
		text := strings.Join(lines, " ")
		if kind == paraPiece && verses(lines) {
			as, text = versePiece, strings.Join(lines, "\n")
		}
		p := piece{kind: as, level: level, text: text, quoted: quoted, note: h.note, front: h.front}
		if h.note != "" {
			p.label = h.noteLabel[h.note]
			p.text = withoutNoteLabel(p.text, p.label)
			// What stood behind the label, where that was the link back.
			if rest := strings.TrimLeft(p.text, ".:)],^"); strings.HasPrefix(rest, " ") && !strings.HasPrefix(p.text, "..") {
				p.text = strings.TrimLeft(rest, " ")
			}
		}
		if k == 0 {
			p.ids, p.page = h.ids, h.pageNo
			h.ids, h.pageNo = nil, ""
		}
		if k == len(parts)-1 {
			p.calls, h.calls = h.calls, nil
		}
		h.pieces = append(h.pieces, p)
	}
}

var doubleBreak = regexp.MustCompile(`\n[ \t]*\n[\s]*`)

func tidyLines(s string) (out []string) {
	for l := range strings.SplitSeq(s, "\n") {
		if l = tidy(l); l != "" {
			out = append(out, l)
		}
	}
	return out
}

// verses reports whether lines that were broken on purpose are those of a poem:
// three and more, all short, of which few end a sentence in the middle.
func verses(lines []string) bool {
	if len(lines) < 2 {
		return false
	}
	long := 0
	for _, l := range lines {
		if len([]rune(l)) > 64 {
			long++
		}
	}
	return long*8 <= len(lines)
}

// withoutNoteLabel takes the label of a note off its text.
func withoutNoteLabel(s, label string) string {
	if label == "" {
		return s
	}
	t := strings.TrimLeft(s, "[({^ ")
	if rest, ok := strings.CutPrefix(t, label); ok {
		if rest = strings.TrimLeft(rest, "])}.:^ "); rest != "" {
			return rest
		}
	}
	return s
}

// attributed marks the last piece of a quotation if it says whose words it is.
func (h *pageReader) attributed(n *html.Node) {
	if len(h.pieces) == 0 {
		return
	}
	last := n.LastChild
	for last != nil && (last.Type != html.ElementNode || silent(last)) {
		if last.Type == html.TextNode && strings.TrimSpace(last.Data) != "" {
			return
		}
		last = last.PrevSibling
	}
	if last == nil {
		return
	}
	is := last.DataAtom == atom.Footer || last.DataAtom == atom.Cite || hasClass(last, "attribution", "source", "cite", "author", "signature")
	if c := only(last); c != nil && c.DataAtom == atom.Cite {
		is = true
	}
	p := &h.pieces[len(h.pieces)-1]
	if is && p.quoted > 0 && atMostWords(p.text, 30) {
		p.by = true
	}
}

// only is the one child of an element that is not white space, nil if there are
// more.
func only(n *html.Node) (one *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
			continue
		}
		if one != nil {
			return nil
		}
		one = c
	}
	return one
}
