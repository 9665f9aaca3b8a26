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
	if n.DataAtom == atom.Math {
		h.formula(n)
		return
	}
	if silent(n) || h.noteBacks[n] || n.DataAtom == atom.Span && hasClass(n, "link-target") {
		return
	}
	if reason := h.furnitureReason(n); reason != "" || h.main != nil && !h.inMain && n != h.main && !within(h.main, n) && (ownLines(n) || n.DataAtom == atom.A) && !(n.DataAtom == atom.H1 && !h.mainSeen) {
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
		h.enterRun(key)
		defer func() { h.note = "" }()
	}
	if n == h.main {
		h.inMain, h.mainSeen = true, true
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
	if key, ok := h.silentCalls[n]; ok {
		h.calls = append(h.calls, key)
	}
	if p := pageNumber(n); p != "" {
		if strings.Trim(h.cur.String(), "\n \x0e\x0f\x10") == "" {
			h.pageNo = p
		} else { // it begins within what is read
			h.pageNext = p
		}
		if n.FirstChild == nil || barePage(plainText(n)) == p || strings.HasPrefix(attr(n, "epub:type"), "pagebreak") {
			return
		}
	}
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		h.flow(n, quoted)
		from := len(h.pieces)
		h.finishPiece(headPiece, quoted, int(n.Data[1]-'0'))
		for i := range h.pieces[from:] {
			h.pieces[from+i].said, h.pieces[from+i].boxed = titleRole(n), headsBox(n)
		}
	case atom.Br:
		h.cur.WriteByte('\n')
		h.space = false
		h.hard++
	case atom.Hr:
	case atom.Img:
		h.text(lacking(n))
		h.initial(n)
	case atom.Blockquote:
		h.flow(n, quoted+1)
		h.flush(quoted + 1)
		h.attributed(n)
	case atom.Ul, atom.Ol, atom.Dir, atom.Menu:
		if !hasItems(n) { // it only sets in what stands in it
			in := quoted + 1
			if h.size(n).all*2 > h.size(h.body).all {
				in = quoted
			}
			h.flow(n, in)
			h.flush(in)
			return
		}
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
	case atom.P, atom.Div, atom.Center, atom.Section:
		if lines := stanzaOf(n); lines != nil {
			h.stanza(lines, quoted)
			return
		}
		if kind := titleKind(n); kind != paraPiece {
			h.flow(n, quoted)
			from := len(h.pieces)
			h.finishPiece(kind, quoted, 2)
			for i := range h.pieces[from:] {
				h.pieces[from+i].boxed = kind == headPiece
			}
			return
		}
		front, centre, verse, info, nav := h.front, h.centre, h.verse, h.info, h.nav
		h.nav = nav || hasClass(n, "link", "links", "footer", "next", "prev", "previous", "toplink", "navlinks", "linkback", "skip", "pagenav", "chapternav")
		h.centre = centre || n.DataAtom == atom.Center || strings.EqualFold(attr(n, "align"), "center") || strings.Contains(strings.ReplaceAll(attr(n, "style"), " ", ""), "text-align:center") || hasClass(n, "center", "centre", "centered")
		h.verse = verse || n.DataAtom == atom.P && verseClass.MatchString(attr(n, "class"))
		h.info = info || hasClass(n, "information", "info") && n.DataAtom == atom.P || titlePageLine(n)
		h.front = front || hasClass(n, "information", "info", "author", "byline", "date", "source", "subtitle", "updat", "title")
		if n.DataAtom == atom.Div {
			h.front = front || hasClass(n, "author", "byline")
		}
		kept := h.kept
		h.kept = kept || hasClass(n, "literallayout")
		in := quoted
		if hasClass(n, "quote", "quoteb", "quotec", "quotation", "blockquote", "indentb", "quotepost", "epigraph") {
			in++
		}
		h.flow(n, in)
		h.flush(in)
		h.front, h.centre, h.verse, h.info, h.nav, h.kept = front, centre, verse, info, nav, kept
	default:
		if n.Data == boldTag {
			h.cur.WriteByte(boldFrom)
			h.flow(n, quoted)
			h.cur.WriteByte(boldTo)
			return
		}
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
		if s = barePage(s); s != "" && len(s) < 8 && !strings.ContainsAny(s, " ") {
			return s
		}
	}
	return ""
}

// barePage is the number of a page as it is printed, "[Pg 12]", without what stands
// around it.
func barePage(s string) string {
	s = strings.ToLower(strings.Trim(tidy(s), "[](){}. "))
	for _, word := range [...]string{"page", "pg", "p", "seite", "s"} {
		if rest, ok := strings.CutPrefix(s, word); ok && strings.ContainsAny(rest, "0123456789") && !unicode.IsLetter(firstRune(rest)) {
			return strings.Trim(rest, ". _-")
		}
	}
	return s
}

func (h *pageReader) text(s string) {
	for _, r := range s {
		switch {
		case r == '\u00ad' || r == '\u200b' || r == '\ufeff':
		case unicode.IsSpace(r):
			h.space = true
			if r == '\u00a0' || r == '\u2003' || r == '\u2002' {
				h.in++
			} else if r == '\u3000' { // an indent in East Asian books
				h.in += 2
			}
		default:
			if h.in >= 2 && (h.cur.Len() == 0 || strings.HasSuffix(h.cur.String()[h.cur.Len()-1:], "\n")) {
				h.cur.WriteByte(setIn)
			}
			h.in = 0
			if h.space && h.cur.Len() > 0 && !strings.HasSuffix(h.cur.String()[h.cur.Len()-1:], "\n") {
				h.cur.WriteByte(' ')
			}
			h.space = false
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
		key, ok = h.looseCall(n)
	}
	if !ok {
		before := h.cur.Len()
		h.flow(n, quoted)
		if n.DataAtom == atom.A && attr(n, "href") != "" {
			h.inLinks += max(h.cur.Len()-before, 0)
		}
		return
	}
	if id := attr(n, "id"); id != "" {
		h.ids = append(h.ids, h.path+"#"+id)
	}
	h.calls = append(h.calls, key)
	s := tidy(plainText(n))
	if strings.IndexFunc(s, func(r rune) bool { return unicode.IsDigit(r) || unicode.IsLetter(r) }) == 0 {
		s = strings.TrimRight(s, ".")
		if cur := h.cur.String(); !strings.HasSuffix(cur, "[") { // brackets may stand around the link
			s = "[" + s + "]"
		}
	}
	h.text(s)
}

// flush ends a paragraph.
func (h *pageReader) flush(quoted int) { h.finishPiece(paraPiece, quoted, 0) }

// finishPiece ends a piece. Two breaks of a line part paragraphs; lines as short
// as verses stay lines.
func (h *pageReader) finishPiece(kind pieceKind, quoted, level int) {
	s := strings.Trim(h.cur.String(), " \n")
	hard, linked := h.hard, 0.0
	if len(s) > 0 {
		linked = min(float64(h.inLinks)/float64(len(s)), 1)
	}
	h.cur.Reset()
	h.space, h.hard, h.inLinks, h.in = false, 0, 0, 0
	if strings.Trim(s, "\n \x0e\x0f\x10") == "" {
		return
	}
	parts := []string{s}
	if hard > 0 && kind == paraPiece {
		parts = h.partsOf(s)
	}
	open := false
	for k, part := range parts {
		lines := tidyLines(part)
		var bold bool
		bold, open = boldness(part, open)
		if len(lines) == 0 {
			continue
		}
		as := kind
		by := ""
		if n := len(lines) - 1; n > 0 && kind == paraPiece && quoted > 0 && h.note == "" && k == len(parts)-1 && saysWhose(lines[n]) {
			lines, by = lines[:n], lines[n]
		}
		text := strings.Join(lines, " ")
		if kind == paraPiece && (verses(lines) || h.kept && len(lines) > 1) {
			as, text = versePiece, strings.Join(lines, "\n")
		}
		if kind == versePiece || kind == paraPiece && h.info {
			text = strings.Join(lines, "\n")
		}
		p := piece{kind: as, level: level, text: text, quoted: quoted, note: h.note, front: h.front, linked: linked, bold: bold, centre: h.centre, verse: h.verse && kind == paraPiece && len(lines) == 1 && len([]rune(text)) <= 80, info: h.info, nav: h.nav}
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
		if k == len(parts)-1 && h.pageNext != "" {
			h.pageNo, h.pageNext = h.pageNext, ""
		}
		h.pieces = append(h.pieces, p)
		if by != "" {
			h.pieces = append(h.pieces, piece{kind: paraPiece, text: by, quoted: quoted, by: true})
		}
	}
}

// saysWhose reports whether the last line of a quotation says whose words it is.
func saysWhose(s string) bool {
	return (strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–") || strings.HasPrefix(s, "― ") || strings.HasPrefix(s, "-- ")) && hasWord(s) && atMostWords(s, 16)
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
