package importer

import (
	"bytes"
	"context"
	"io"
	"strings"
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
	page, err := parsePage(ctx, data, "", false, nil)
	if err != nil {
		return nil, err
	}
	w, err := readTyped(ctx, page, opt)
	if w == nil && err == nil {
		takeFrame(&page.meta, page.pieces)
		styledFront(&page.meta, saidByHeadings(page.pieces))
		w, err = compose(page.meta, page.pieces)
	}
	if err != nil {
		return nil, err
	}
	if len(w.Passages) == 0 && len(w.Sections) == 0 {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_page_empty"}
	}
	w.Warnings = append(page.doubts, w.Warnings...)
	numberVerses(w)
	return w, nil
}

// A webPage is one page, cut into pieces.
type webPage struct {
	meta   library.Meta
	pieces []piece
	doubts []library.Warning
	links  []string // where the page leads, in order, as the page says it
	next   string   // the page after it, if it says so
	blocks []linkBlock
	marks  map[string]string // the labels with which blocks begin that may be notes, by what leads to them
	marked int               // how many such blocks there are
	notes  bool              // other pages call notes that stand on it
	kind   string            // what a page of an e-book says that it is
	linked float64           // the share of its text that stands in links
}

// parsePage reads a page. path is put before the targets of its links, where
// several pages are one work; a page of an e-book has none of a site's own lines.
// cross are notes that stand on other pages than their calls.
func parsePage(ctx context.Context, data []byte, path string, book bool, cross map[string]string) (*webPage, error) {
	if len(data) > maxPage {
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"Max": maxPage >> 20}}
	}
	text, doubts, err := pageText(data)
	if err != nil {
		return nil, err
	}
	if strings.Count(text, "<") > maxTags {
		return nil, tooManyParts()
	}
	root, err := html.Parse(newSlimPage(ctx, text, book || looksLikeXML(text)))
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &library.Error{Code: library.TooLarge, Reason: "file_too_nested", Args: map[string]any{"Max": 512}}
	}
	h := pageReader{ctx: ctx, page: &webPage{doubts: doubts}, path: path, book: book, cross: cross, targets: map[string]*html.Node{}, before: map[*html.Node]int{}, sizes: map[*html.Node]letters{}, titles: map[string]bool{}, noteAt: map[*html.Node]string{}, noteLabel: map[string]string{}, notesHead: map[*html.Node]bool{}}
	h.survey(root)
	if !book {
		saidToEngines(&h.page.meta, text)
	}
	h.crossLinks()
	h.findNotes()
	h.body = find(root, func(n *html.Node) bool { return n.DataAtom == atom.Body })
	if h.body == nil {
		h.body = root
	}
	h.measure(h.body, false)
	h.main = h.findMain()
	h.page.linked = h.linkShare(h.body)
	h.headed = find(h.body, isHeading) != nil
	h.findLooseNotes()
	paragraphs := 0
	for n := range h.sizes {
		if n.DataAtom == atom.P {
			paragraphs++
		}
	}
	h.pieces = make([]piece, 0, min(paragraphs, maxBlocks)+16)
	h.flow(h.body, 0)
	h.flush(0)
	h.tieLooseNotes()
	if !h.headed {
		boldHeads(h.pieces, h.page.meta.Title)
	}
	takeContents(h.pieces)
	h.pieces = joinVerses(h.pieces)
	h.page.pieces = h.pieces
	h.page.kind = attr(h.body, "epub:type")
	if one := only(h.body); h.page.kind == "" && one != nil {
		h.page.kind = attr(one, "epub:type")
	}
	h.title()
	if !book {
		h.edges()
	}
	return h.page, ctx.Err()
}

// pageText is a page in UTF-8: by its mark, by what it declares where that is
// possible, else as the text of it suggests, which is doubted.
func pageText(data []byte) (string, []library.Warning, error) {
	head := data[:min(len(data), 4096)]
	_, name, _ := charset.DetermineEncoding(head, "")
	if said := xmlEncoding(head); said != "" {
		name = said
	}
	if name == "utf-8" || name == "windows-1252" || bytes.IndexByte(data, 0) >= 0 || utf8.Valid(data) && hasHighBytes(data) {
		// Pages that declare UTF-8 may be in an old encoding, and the other way
		// round; what declares none is taken for windows-1252.
		return decode(data)
	}
	r, err := charset.NewReaderLabel(name, bytes.NewReader(data))
	if err != nil {
		return "", nil, err
	}
	out, err := io.ReadAll(io.LimitReader(r, 3*maxPage))
	return string(out), nil, err
}

// xmlDeclaration is the encoding that the declaration of XML names.
var xmlDeclaration = expr(`^\x{feff}?\s*<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._-]*)["']`)

func xmlEncoding(head []byte) string {
	m := xmlDeclaration.FindStringSubmatch(string(head[:min(len(head), 256)]))
	if m == nil {
		return ""
	}
	_, name := charset.Lookup(m[1])
	return name
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
	ctx         context.Context
	page        *webPage
	path        string
	book        bool
	cross       map[string]string
	body, main  *html.Node
	inMain      bool
	mainSeen    bool // it began
	siteName    string
	titles      map[string]bool // what its first headings say, without case and marks
	targets     map[string]*html.Node
	anchors     []*html.Node
	sizes       map[*html.Node]letters // of elements that stand on lines of their own
	steps       int
	noteAt      map[*html.Node]string // the elements that are notes, with their targets
	noteLabel   map[string]string
	noteCalls   map[*html.Node]string // links that call a note
	noteBacks   map[*html.Node]bool   // and those that lead back
	noteLinks   map[*html.Node][]*html.Node
	before      map[*html.Node]int    // how many links stand before a target
	numbers     map[*html.Node]string // of the items of lists that count
	silentCalls map[*html.Node]string // what calls a note and is no link
	runs        []noteRun             // notes that no link leads to
	run         int                   // the next of them
	notesHead   map[*html.Node]bool   // paragraphs that head them
	pieces      []piece

	cur    strings.Builder
	space  bool // a space is due before the next word
	ids    []string
	calls  []string
	pageNo string
	note   string
	front  bool
	hard   int // line breaks in the piece

	pageNext string // the page that begins within the piece
	inLinks  int    // how much of the piece stands in links
	in       int    // spaces that do not break, before the next word
	centre   bool
	verse    bool
	info     bool
	nav      bool
	kept     bool // lines end where they do on purpose
	headed   bool // the page has headings
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
	said := "" // who wrote it, by a line beside the text
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		for _, key := range [...]string{"id", "name"} {
			if id := attr(n, key); id != "" && n.DataAtom != atom.Meta && n.DataAtom != atom.Input {
				if _, ok := h.targets[id]; !ok {
					h.targets[id], h.before[n] = n, len(h.anchors)
				}
			}
		}
		if said == "" && len(n.Attr) > 0 {
			said = saidAuthor(n)
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
		case atom.H1, atom.H2, atom.H3:
			if len(h.titles) < 64 {
				if f := library.Fold(tidy(plainText(n))); f != "" {
					h.titles[f] = true
				}
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
			case "og:site_name", "application-name":
				if h.siteName == "" {
					h.siteName = content
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
	if m.Author == "" && !h.book {
		m.Author = said
	}
}

// isHeading reports whether an element is a heading with words in it.
func isHeading(n *html.Node) bool {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return hasWord(plainText(n))
	}
	return false
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
