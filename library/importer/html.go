package importer

import (
	"bytes"
	"context"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"lectern/library"
)

// What a web page may be at most: in bytes, and in tags, of which each takes
// some three hundred bytes of memory while the page is read.
const (
	maxPage = 24 << 20
	maxTags = 500_000
)

// readHTML reads one web page.
func readHTML(ctx context.Context, data []byte, opt Options) (*library.Work, error) {
	page, err := parsePage(ctx, data, "", false)
	if err != nil {
		return nil, err
	}
	w, err := compose(page.meta, page.pieces)
	if err != nil {
		return nil, err
	}
	numberVerses(w)
	return w, nil
}

// A webPage is one page, cut into pieces.
type webPage struct {
	meta   library.Meta
	pieces []piece
	links  []string // where the page leads, in order, as the page says it
	next   string   // the page after it, if it says so
	linked float64  // the share of its text that stands in links
}

// parsePage reads a page. path is put before the targets of its links, where
// several pages are one work; a page of an e-book has none of a site's own lines.
func parsePage(ctx context.Context, data []byte, path string, book bool) (*webPage, error) {
	if len(data) > maxPage {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"Max": maxPage >> 20}}
	}
	text, err := pageText(data)
	if err != nil {
		return nil, err
	}
	if strings.Count(text, "<") > maxTags {
		return nil, tooManyParts()
	}
	root, err := html.Parse(&readerWithContext{ctx, strings.NewReader(text)})
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_nested", Args: map[string]any{"Max": 512}}
	}
	h := pageReader{ctx: ctx, page: &webPage{}, path: path, book: book, targets: map[string]*html.Node{}, noteAt: map[*html.Node]string{}, noteLabel: map[string]string{}}
	h.survey(root)
	h.findNotes()
	h.body = find(root, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if h.body == nil {
		h.body = root
	}
	h.main = h.findMain()
	h.page.linked = linkShare(h.body)
	h.flow(h.body, 0)
	h.flush(0)
	h.page.pieces = h.pieces
	h.title()
	if !book {
		h.edges()
	}
	return h.page, ctx.Err()
}

// pageText is a page in UTF-8: by its mark, by what it declares where that is
// possible, else as the text of it suggests.
func pageText(data []byte) (string, error) {
	head := data[:min(len(data), 4096)]
	if found := bytes.Contains(data, []byte{0}); found && !bytes.HasPrefix(data, []byte{0xff, 0xfe}) && !bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return "", &library.Error{Code: library.BadFile, Reason: "file_not_text"}
	}
	_, name, _ := charset.DetermineEncoding(head, "")
	if name == "utf-8" || name == "windows-1252" || utf8.Valid(data) && hasHighBytes(data) {
		// Pages that declare UTF-8 may be in windows-1252, and the other way round.
		text, _, err := decode(data)
		return text, err
	}
	r, err := charset.NewReaderLabel(name, bytes.NewReader(data))
	if err != nil {
		return "", err
	}
	out, err := io.ReadAll(io.LimitReader(r, 3*maxPage))
	return string(out), err
}

func hasHighBytes(data []byte) bool {
	return bytes.IndexFunc(data, func(r rune) bool { return r >= utf8.RuneSelf }) >= 0
}

// readerWithContext ends with its context.
type readerWithContext struct {
	ctx context.Context
	r   io.Reader
}

func (r *readerWithContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// A pageReader walks over a page and cuts it into pieces.
type pageReader struct {
	ctx        context.Context
	page       *webPage
	path       string
	book       bool
	body, main *html.Node
	inMain     bool
	titleTag   string
	targets    map[string]*html.Node
	anchors    []*html.Node
	noteAt     map[*html.Node]string // the elements that are notes, with their targets
	noteLabel  map[string]string
	noteCalls  map[*html.Node]string // links that call a note
	noteBacks  map[*html.Node]bool   // and those that lead back
	pieces     []piece

	cur    strings.Builder
	space  bool // a space is due before the next word
	ids    []string
	calls  []string
	pageNo string
	note   string
	front  bool
	hard   int // line breaks in the piece
}

func attr(n *html.Node, key string) string {
	for i := range n.Attr {
		if n.Attr[i].Key == key {
			return n.Attr[i].Val
		}
	}
	return ""
}

func find(n *html.Node, is func(*html.Node) bool) *html.Node {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && is(c) {
			return c
		}
	}
	return nil
}

// survey collects what links lead to, and what the page says about itself.
func (h *pageReader) survey(root *html.Node) {
	m := &h.page.meta
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, key := range [...]string{"id", "name"} {
			if id := attr(n, key); id != "" && n.DataAtom != atom.Meta && n.DataAtom != atom.Input {
				if _, ok := h.targets[id]; !ok {
					h.targets[id] = n
				}
			}
		}
		switch n.DataAtom {
		case atom.Html:
			if l := attr(n, "lang"); l != "" {
				m.Language = l
			} else if l := attr(n, "xml:lang"); l != "" {
				m.Language = l
			}
		case atom.Title:
			if m.Title == "" && n.Namespace == "" {
				m.Title = tidy(plainText(n))
			}
		case atom.Meta:
			name, content := strings.ToLower(attr(n, "name")+attr(n, "property")), tidy(attr(n, "content"))
			switch name {
			case "author", "dc.creator", "dcterms.creator", "citation_author", "article:author":
				if m.Author == "" && !strings.Contains(content, "://") && atMostWords(content, 12) {
					m.Author = content
				}
			case "dc.date", "dcterms.date", "citation_publication_date", "article:published_time":
				if m.Date == "" {
					m.Date = strings.TrimSuffix(strings.SplitN(content, "T", 2)[0], "Z")
				}
			case "dc.source", "dcterms.source":
				m.Source = content
			case "dc.rights", "dcterms.rights", "copyright":
				m.Rights = content
			}
		case atom.A:
			h.anchors = append(h.anchors, n)
			if href := attr(n, "href"); href != "" && !strings.HasPrefix(href, "#") {
				h.page.links = append(h.page.links, href)
				if r := strings.ToLower(attr(n, "rel")); r == "next" || h.page.next == "" && listed(" next next» weiter suivant ", strings.ToLower(strings.Trim(tidy(plainText(n)), " >→»›"))) {
					h.page.next = href
				}
			}
		case atom.Link:
			if strings.EqualFold(attr(n, "rel"), "next") {
				h.page.next = attr(n, "href")
			}
		}
	}
	if _, err := langTag(m.Language); err != nil {
		m.Language = ""
	}
	h.titleTag = m.Title
}

func plainText(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
			if b.Len() > 1<<16 {
				break
			}
		}
	}
	return b.String()
}

// selfClosed is an element that XML lets close itself, and HTML does not; bodyType
// is what a page of an e-book says that it is.
var (
	selfClosed = regexp.MustCompile(`<((?:[aA]|[a-zA-Z]*:?(?:span|div|p|td|li|script|title|i|b|em|strong|section|sup))\b)([^<>]*?)\s*/>`)
	bodyType   = regexp.MustCompile(`epub:type="([^"]*)"`)
)

// noteCall is how a note is called: a number, a letter or a mark, in brackets or
// not.
var noteCall = regexp.MustCompile(`^[\[({]?\s*(?:\^|n|note |fn)?\s*([0-9]{1,4}[a-z]?|[a-z]{1,2}|[ivxlc]{1,6}|\*{1,4}|[†‡§¶‖]{1,3})\s*[\])}.]?$`)

// findNotes finds the notes: what a link as short as a number leads to, that
// leads back or is said to be one.
func (h *pageReader) findNotes() {
	h.noteCalls, h.noteBacks = map[*html.Node]string{}, map[*html.Node]bool{}
	order := map[*html.Node]int{}
	for i, a := range h.anchors {
		order[a] = i
	}
	for i, a := range h.anchors {
		href := attr(a, "href")
		text := tidy(plainText(a))
		m := noteCall.FindStringSubmatch(text)
		if len(href) < 2 || m == nil {
			continue
		}
		id, ok := h.local(href)
		if !ok {
			continue
		}
		said := strings.Contains(attr(a, "epub:type"), "noteref") || attr(a, "role") == "doc-noteref" || hasClass(a, "footnote-reference", "footnote-ref", "noteref", "footnoteref", "fn-ref")
		target := h.targets[id]
		if target == nil {
			if said { // on another page of the work
				h.noteCalls[a] = h.resolve(href)
				h.noteLabel[h.resolve(href)] = m[1]
			}
			continue
		}
		body := noteElement(target)
		if body == nil || within(a, body) {
			continue
		}
		if !said && !isNote(body) && !h.leadsBack(body, a, i, order) {
			continue
		}
		key := h.path + "#" + id
		if was, ok := h.noteAt[body]; ok {
			key = was
		}
		h.noteCalls[a] = key
		if h.noteLabel[key] == "" {
			h.noteLabel[key] = m[1]
		}
		h.noteAt[body] = key
		if body.DataAtom == atom.Dt { // what it says is beside it
			for d := body.NextSibling; d != nil && d.DataAtom != atom.Dt; d = d.NextSibling {
				if d.DataAtom == atom.Dd {
					h.noteAt[d] = key
				}
			}
		}
	}
	// What leads back is no part of the note.
	for _, a := range h.anchors {
		for n := a; n != nil; n = n.Parent {
			key, ok := h.noteAt[n]
			if !ok {
				continue
			}
			text := tidy(plainText(a))
			if strings.HasPrefix(attr(a, "href"), "#") || strings.Contains(attr(a, "epub:type"), "backlink") || attr(a, "role") == "doc-backlink" {
				back := strings.Trim(text, "[](){}.: ")
				if back == h.noteLabel[key] || back == "" || !hasWord(back) || listed(" back return ↩ ↑ top zurück retour ", strings.ToLower(back)) || len(back) == 1 {
					h.noteBacks[a] = true
				}
			}
			break
		}
	}
	// Notes that nothing calls, but that are said to be some.
	for id, n := range h.targets {
		if body := noteElement(n); body != nil && body == n && isNote(n) {
			if _, ok := h.noteAt[n]; !ok {
				h.noteAt[n] = h.path + "#" + id
			}
		}
	}
}

// local is the target of a link that stays on the page.
func (h *pageReader) local(href string) (id string, ok bool) {
	if strings.HasPrefix(href, "#") {
		return href[1:], true
	}
	if file, frag, ok := strings.Cut(href, "#"); ok && frag != "" && h.path != "" {
		if resolvePath(h.path, file) == h.path {
			return frag, true
		}
		return "\x00", true // elsewhere in the work
	}
	return "", false
}

// resolve is a link's target as the work knows it.
func (h *pageReader) resolve(href string) string {
	file, frag, _ := strings.Cut(href, "#")
	if file == "" {
		return h.path + "#" + frag
	}
	return resolvePath(h.path, file) + "#" + frag
}

// isNote reports whether an element says that it is a note.
func isNote(n *html.Node) bool {
	t := attr(n, "epub:type")
	r := attr(n, "role")
	return listedAny(t, "footnote", "endnote", "rearnote", "note") || r == "doc-footnote" || r == "doc-endnote" || hasClass(n, "footnote", "footnotes-item", "endnote", "fn", "footnote-body")
}

func listedAny(s string, words ...string) bool {
	for f := range strings.FieldsSeq(s) {
		if slices.Contains(words, f) {
			return true
		}
	}
	return false
}

func hasClass(n *html.Node, words ...string) bool {
	return listedAny(strings.ToLower(attr(n, "class")), words...)
}

// noteElement is the block that a target is the beginning of.
func noteElement(n *html.Node) *html.Node {
	for ; n != nil; n = n.Parent {
		switch n.DataAtom {
		case atom.Li, atom.P, atom.Aside, atom.Dd, atom.Dt, atom.Tr, atom.Div, atom.Section:
			return n
		case atom.Body, atom.Html, atom.Article, atom.Main, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
			return nil
		}
	}
	return nil
}

func within(n, outer *html.Node) bool {
	for ; n != nil; n = n.Parent {
		if n == outer {
			return true
		}
	}
	return false
}

// leadsBack reports whether a block that comes after a call has a link to where
// the call stands.
func (h *pageReader) leadsBack(body, call *html.Node, at int, order map[*html.Node]int) bool {
	from := noteElement(call)
	for n := range body.Descendants() {
		if n.DataAtom != atom.A || !strings.HasPrefix(attr(n, "href"), "#") || order[n] < at {
			continue
		}
		if t := h.targets[attr(n, "href")[1:]]; t != nil && (t == call || within(t, call) || within(call, t) || from != nil && within(t, from)) {
			return true
		}
	}
	return false
}

// findMain is the part of a page that holds its text, if the page says so.
func (h *pageReader) findMain() *html.Node {
	all := len(plainWords(h.body))
	for _, is := range []func(n *html.Node) bool{
		func(n *html.Node) bool { return n.DataAtom == atom.Main || attr(n, "role") == "main" },
		func(n *html.Node) bool { return n.DataAtom == atom.Article },
		func(n *html.Node) bool { return attr(n, "itemprop") == "articleBody" },
		func(n *html.Node) bool {
			return (n.DataAtom == atom.Div || n.DataAtom == atom.Td) && (listedAny(attr(n, "id"), "content", "main", "main-content", "bodyContent", "article") || hasClass(n, "entry-content", "post-content", "article-body", "article-content", "field-name-body"))
		},
	} {
		var best *html.Node
		most, second := 0, 0
		for n := range h.body.Descendants() {
			if n.Type == html.ElementNode && is(n) && (best == nil || !within(n, best)) {
				if k := len(plainWords(n)); k > most {
					best, most, second = n, k, most
				} else {
					second = max(second, k)
				}
			}
		}
		if best != nil && most*5 >= all*2 && second*2 < most {
			return best
		}
	}
	return nil
}

// plainWords are the letters of an element's text, without its scripts.
func plainWords(n *html.Node) string {
	var b strings.Builder
	var walk func(n *html.Node)
	walk = func(n *html.Node) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch {
			case c.Type == html.TextNode:
				b.WriteString(strings.TrimSpace(c.Data))
			case c.Type == html.ElementNode && !silent(c):
				walk(c)
			}
		}
	}
	walk(n)
	return b.String()
}

// silent reports whether an element shows no text.
func silent(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Head, atom.Noscript, atom.Svg, atom.Math, atom.Iframe, atom.Object, atom.Select, atom.Textarea, atom.Datalist:
		return true
	}
	if attr(n, "hidden") != "" || attr(n, "aria-hidden") == "true" && n.DataAtom != atom.Span {
		return true
	}
	style := strings.ReplaceAll(strings.ToLower(attr(n, "style")), " ", "")
	return strings.Contains(style, "display:none")
}

// furniture are the words by which sites name what is not the text.
var furniture = regexp.MustCompile(`(?i)(?:^|[\s_-])(?:nav|navbar|navigation|navheader|navfooter|navmenu|menu|sidebar|side-bar|sphinxsidebar|breadcrumbs?|related|share|sharing|social|addthis|cookies?|newsletter|subscribe|comments?|comment-list|advert(?:isement)?|ads?|banner|masthead|site-header|site-footer|page-footer|pagination|pager|print-link|printfriendly|skip-link|searchbox|search-form|tags?-links|linkback|headerlink|editsection|mw-editsection|rating|widget)(?:$|[\s_-])`)

// furnitureReason says why an element is no part of the text, "" if it is one.
func (h *pageReader) furnitureReason(n *html.Node) string {
	if n == h.main || n == h.body || h.main != nil && within(h.main, n) {
		return ""
	}
	switch n.DataAtom {
	case atom.Nav:
		if listedAny(attr(n, "epub:type"), "toc") || hasClass(n, "toc") || attr(n, "role") == "doc-toc" {
			return "table of contents"
		}
		return "site furniture"
	case atom.Form, atom.Button, atom.Dialog, atom.Menu:
		return "site furniture"
	case atom.Footer, atom.Header:
		if h.main == nil && n.Parent == h.body && n.DataAtom == atom.Footer {
			return "site furniture"
		}
	}
	switch attr(n, "role") {
	case "navigation", "banner", "contentinfo", "search", "complementary", "menu":
		return "site furniture"
	case "doc-toc":
		return "table of contents"
	}
	if hasClass(n, "toc", "toctree-wrapper", "list-of-tables", "list-of-figures", "contents", "topic") && (hasClass(n, "toc", "toctree-wrapper", "list-of-tables", "list-of-figures") || hasClass(n, "contents")) || attr(n, "id") == "toc" || attr(n, "id") == "TOC" {
		if linkShare(n) > 0.6 {
			return "table of contents"
		}
	}
	names := attr(n, "class")
	if !h.inMain {
		names += " " + attr(n, "id")
	}
	if len(names) > 1 && furniture.MatchString(names) && len(plainWords(n)) < 4000 {
		return "site furniture"
	}
	return ""
}

// linkShare is the share of an element's letters that stand in links.
func linkShare(n *html.Node) float64 {
	all, in := 0, 0
	for c := range n.Descendants() {
		if c.Type != html.TextNode {
			continue
		}
		k := len(strings.TrimSpace(c.Data))
		all += k
		for p := c.Parent; p != nil && p != n.Parent; p = p.Parent {
			if p.DataAtom == atom.A && attr(p, "href") != "" {
				in += k
				break
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(in) / float64(all)
}

// flow reads what stands in an element. quoted is in how many block quotations
// it is.
func (h *pageReader) flow(n *html.Node, quoted int) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch c.Type {
		case html.TextNode:
			h.text(c.Data)
		case html.ElementNode:
			h.element(c, quoted)
		}
	}
}

func (h *pageReader) element(n *html.Node, quoted int) {
	if silent(n) || h.noteBacks[n] {
		return
	}
	if reason := h.furnitureReason(n); reason != "" || h.main != nil && !h.inMain && n != h.main && !within(h.main, n) && (ownLines(n) || n.DataAtom == atom.A) {
		if reason == "" {
			reason = "site furniture"
		}
		if ownLines(n) {
			h.flush(quoted)
		}
		if s := tidy(plainText(n)); hasWord(s) && !hasClass(n, "headerlink") {
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
		if h.note == "" && !h.inMain && !h.book && linkShare(n) > 0.8 && h.linkList(n) {
			if s := tidy(plainText(n)); hasWord(s) {
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

// list reads a list: one passage, unless its items are made of paragraphs.
func (h *pageReader) list(n *html.Node, quoted int) {
	if !loose(n) {
		lines := h.items(n, 0)
		calls, ids := h.calls, h.ids
		h.calls, h.ids = nil, nil
		if len(lines) > 0 {
			h.pieces = append(h.pieces, piece{kind: listPiece, text: strings.Join(lines, "\n"), quoted: quoted, note: h.note, label: h.noteLabel[h.note], calls: calls, ids: ids, page: h.pageNo})
			h.pageNo = ""
		}
		return
	}
	k := startOf(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || silent(c) {
			continue
		}
		if c.DataAtom != atom.Li {
			h.element(c, quoted)
			continue
		}
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

// items are the lines of a list whose items are short.
func (h *pageReader) items(n *html.Node, depth int) (lines []string) {
	k := startOf(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type != html.ElementNode || silent(c) {
			continue
		}
		if c.DataAtom == atom.Ul || c.DataAtom == atom.Ol { // not where it should be
			lines = append(lines, h.items(c, depth+1)...)
			continue
		}
		mark := ""
		if c.DataAtom == atom.Li {
			mark = markOf(n, c, &k)
		}
		if id := attr(c, "id"); id != "" {
			h.ids = append(h.ids, h.path+"#"+id)
		}
		var below []string
		for x := c.FirstChild; x != nil; x = x.NextSibling {
			switch {
			case x.Type == html.TextNode:
				h.text(x.Data)
			case x.Type != html.ElementNode || silent(x):
			case x.DataAtom == atom.Ul || x.DataAtom == atom.Ol:
				below = append(below, h.items2(x, depth+1)...)
			default:
				h.element(x, 0)
			}
		}
		s := strings.Join(tidyLines(h.cur.String()), " ")
		h.cur.Reset()
		h.space, h.hard = false, 0
		if s != "" {
			lines = append(lines, strings.Repeat("  ", depth)+mark+s)
		}
		lines = append(lines, below...)
	}
	return lines
}

// items2 is items in the middle of an item, whose own text is kept.
func (h *pageReader) items2(n *html.Node, depth int) []string {
	own := h.cur.String()
	h.cur.Reset()
	below := h.items(n, depth)
	h.cur.WriteString(own)
	return below
}

func (h *pageReader) pre(n *html.Node) {
	s := strings.Trim(strings.ReplaceAll(plainText(n), "\r", ""), "\n")
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
			if len(plainWords(c)) > 300 {
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
	if notes || rows == 0 || cells <= rows || blocks > 0 && heads == 0 || blocks > rows || attr(n, "role") == "presentation" {
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
					row = append(row, tidy(spacedText(x)))
				}
			}
			if s := strings.TrimSpace(strings.Join(row, " | ")); strings.Trim(s, "| ") != "" {
				lines = append(lines, s)
			}
		}
	}
	if len(lines) > 0 {
		h.pieces = append(h.pieces, piece{kind: tablePiece, text: strings.Join(lines, "\n"), note: h.note, label: h.noteLabel[h.note], ids: h.ids, page: h.pageNo})
		h.ids, h.pageNo = nil, ""
	}
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

// title sets the title apart from the name of the site that stands behind or
// before it.
func (h *pageReader) title() {
	m := &h.page.meta
	for _, sep := range []string{" | ", " — ", " – ", " :: ", " - ", " » ", " · "} {
		before, after, ok := strings.Cut(m.Title, sep)
		if !ok {
			continue
		}
		for i := range h.pieces {
			if p := &h.pieces[i]; p.kind == headPiece && p.level <= 3 {
				switch f := library.Fold(p.text); f {
				case "":
				case library.Fold(before):
					m.Title = before
					return
				case library.Fold(after):
					m.Title = after
					return
				}
			}
		}
	}
}

// edges leaves out the site's own lines before and after the text: rows of
// links, "printer-friendly", "see also" with what stands below it.
func (h *pageReader) edges() {
	is := func(p *piece) bool {
		return p.kind == furniturePiece || (p.kind == paraPiece || p.kind == headPiece) && p.note == "" && (isNavigation(p.text) || len(p.text) < 80 && chrome.MatchString(p.text) || atMostWords(p.text, 14) && tailLine.MatchString(p.text) || linkOnly.MatchString(p.text))
	}
	drop := func(p *piece) { p.kind, p.reason = furniturePiece, "site furniture" }
	for i := range h.pieces {
		if !is(&h.pieces[i]) {
			if h.pieces[i].kind == headPiece || !atMostWords(h.pieces[i].text, 12) {
				break
			}
			continue
		}
		if h.pieces[i].kind != furniturePiece {
			drop(&h.pieces[i])
		}
	}
	end := len(h.pieces)
	for end > 0 && (is(&h.pieces[end-1]) || h.pieces[end-1].note != "") {
		end--
		if p := &h.pieces[end]; p.note == "" && p.kind != furniturePiece {
			drop(p)
		}
	}
	// "See also", near the end, and everything below it.
	for i := end - 1; i >= 0 && i >= end-40; i-- {
		p := &h.pieces[i]
		if p.kind != furniturePiece && p.note == "" && atMostWords(p.text, 8) && tailOpener.MatchString(strings.TrimRight(p.text, ":")) {
			few := true
			for k := i + 1; k < end; k++ {
				few = few && (h.pieces[k].kind == furniturePiece || atMostWords(h.pieces[k].text, 25))
			}
			if few {
				for k := i; k < end; k++ {
					if h.pieces[k].note == "" && h.pieces[k].kind != furniturePiece {
						drop(&h.pieces[k])
					}
				}
			}
		}
	}
}
