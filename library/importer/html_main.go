package importer

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lectern/library"
)

// findMain is the part of a page that holds its text, if the page says so.
func (h *pageReader) findMain() *html.Node {
	all := h.size(h.body).all
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
				if k := h.size(n).all; k > most {
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

// letters are how many bytes of text an element has, without its scripts and the
// white space around each piece of it, and how many of them stand in links.
type letters struct{ all, linked int }

// measure counts the letters of an element and of all that stand on lines of
// their own within it, once, since elements are nested.
func (h *pageReader) measure(n *html.Node, linked bool) (sum letters) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		var k letters
		switch {
		case c.Type == html.TextNode:
			k.all = len(strings.TrimSpace(c.Data))
			if linked {
				k.linked = k.all
			}
		case c.Type == html.ElementNode && !silent(c):
			k = h.measure(c, linked || c.DataAtom == atom.A && attr(c, "href") != "")
		}
		sum.all += k.all
		sum.linked += k.linked
	}
	if ownLines(n) || n == h.body {
		h.sizes[n] = sum
	}
	return sum
}

// size is the letters of an element.
func (h *pageReader) size(n *html.Node) letters {
	if k, ok := h.sizes[n]; ok {
		return k
	}
	return h.measure(n, false) // not on lines of its own: it holds little
}

// linkShare is the share of an element's letters that stand in links.
func (h *pageReader) linkShare(n *html.Node) float64 {
	k := h.size(n)
	if k.all == 0 {
		return 0
	}
	return float64(k.linked) / float64(k.all)
}

// silent reports whether an element shows no text, or none of the work's own:
// how characters are read stands small above them in East Asian books (ruby), and
// would part words.
func silent(n *html.Node) bool {
	switch n.DataAtom {
	case atom.Rt, atom.Rp:
		return true
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
var furniture = expr(`(?i)(?:^|[\s_-])(?:nav|navbar|navigation|navheader|navfooter|navmenu|menu|sidebar|side-bar|sphinxsidebar|breadcrumbs?|related|share|sharing|social|addthis|cookies?|newsletter|subscribe|comments?|comment-list|advert(?:isement)?|ads?|banner|masthead|site-header|site-footer|page-footer|pagination|pager|print-link|printfriendly|skip-link|searchbox|search-form|tags?-links|linkback|toplink|hatnote|catlinks|navbox|vertical-navbox|printfooter|noprint|ambox|mw-jump-link|sistersitebox|updat|headerlink|editsection|mw-editsection|rating|widget|author-bio|author-box|authorbox)(?:$|[\s_-])`)

// furnitureReason says why an element is no part of the text, "" if it is one.
func (h *pageReader) furnitureReason(n *html.Node) string {
	if r := h.aozoraReason(n); r != "" {
		return r
	}
	if h.notesHead[n] {
		return "the heading of the notes"
	}
	if n == h.main || n == h.body || h.main != nil && within(h.main, n) {
		return ""
	}
	if listedAny(attr(n, "id"), "siteSub", "contentSub", "contentSub2", "jump-to-nav", "catlinks") {
		return "site furniture" // of every wiki that MediaWiki serves
	}
	switch n.DataAtom {
	case atom.Nav:
		if listedAny(attr(n, "epub:type"), "toc") || hasClass(n, "toc") || attr(n, "role") == "doc-toc" {
			return "table of contents"
		}
		return "site furniture"
	case atom.Form, atom.Button, atom.Dialog:
		return "site furniture"
	case atom.Menu: // a list in old pages
		if !hasItems(n) || h.linkShare(n) > 0.5 || find(n, func(c *html.Node) bool { return c.DataAtom == atom.Button }) != nil {
			return "site furniture"
		}
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
		if h.linkShare(n) > 0.45 {
			return "table of contents"
		}
	}
	names := attr(n, "class")
	if !h.inMain {
		names += " " + attr(n, "id")
	}
	if n.DataAtom == atom.Td && !h.book && h.linkCell(n) {
		return "site furniture"
	}
	if len(names) > 1 && furniture.MatchString(names) && h.size(n).all < 4000 {
		return "site furniture"
	}
	return ""
}

// title sets the title apart from the name of the site that stands behind or
// before it.
func (h *pageReader) title() {
	m := &h.page.meta
	for _, sep := range []string{" | ", " — ", " – ", " :: ", " - ", " » ", " · "} {
		for _, at := range [...]int{strings.Index(m.Title, sep), strings.LastIndex(m.Title, sep)} {
			if at < 0 {
				continue
			}
			before, after := m.Title[:at], m.Title[at+len(sep):]
			site := library.Fold(h.siteName)
			if h.titles[library.Fold(before)] || site != "" && library.Fold(after) == site {
				m.Title = before
				return
			}
			if h.titles[library.Fold(after)] || site != "" && library.Fold(before) == site {
				m.Title = after
				return
			}
		}
	}
}

// edges leaves out the site's own lines before and after the text: rows of
// links, "printer-friendly", "see also" with what stands below it.
func (h *pageReader) edges() {
	is := func(p *piece) bool {
		return p.kind == furniturePiece || (p.kind == paraPiece || p.kind == headPiece) && p.note == "" && (isNavigation(p.text) || p.nav && p.linked > 0.5 && atMostWords(p.text, 25) || len(p.text) < 80 && chrome.MatchString(p.text) || atMostWords(p.text, 14) && tailLine.MatchString(p.text) || linkOnly.MatchString(p.text))
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
	for range 2 {
		for end > 0 && (is(&h.pieces[end-1]) || h.pieces[end-1].note != "") {
			end--
			if p := &h.pieces[end]; p.note == "" && p.kind != furniturePiece {
				drop(p)
			}
		}
		headsOfNotes(h.pieces) // what stands before the notes may be the site's own too
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

// linkCell reports whether a cell of a table that lays out the page holds its menu:
// links and next to nothing else, beside a cell with a text.
func (h *pageReader) linkCell(n *html.Node) bool {
	if k := h.size(n); k.all == 0 || k.all > 1000 || h.linkShare(n) < 0.8 || n.Parent == nil {
		return false
	}
	links := 0
	for c := range n.Descendants() {
		if c.DataAtom == atom.A && attr(c, "href") != "" {
			links++
		}
	}
	if links < 2 {
		return false
	}
	for c := n.Parent.FirstChild; c != nil; c = c.NextSibling {
		if c != n && c.DataAtom == atom.Td && h.size(c).all > 600 && h.linkShare(c) < 0.3 {
			return true
		}
	}
	return false
}

// saidAuthor is who a page says that wrote it, beside the text: in a line under its
// title, or by a link to who it is. It is "" within what belongs to other texts.
func saidAuthor(n *html.Node) string {
	if !hasClass(n, "byline") && !listedAny(strings.ToLower(attr(n, "rel")), "author") && attr(n, "itemprop") != "author" {
		return ""
	}
	for o := n; o != nil; o = o.Parent {
		if otherTexts.MatchString(attr(o, "class") + " " + attr(o, "id")) {
			return ""
		}
	}
	s := tidy(spacedText(n))
	if m := byline.FindStringSubmatch(s); m != nil {
		s = m[1]
	}
	if !nameLike(s) {
		return ""
	}
	return s
}

// otherTexts is what holds lines about other texts than the page's own.
var otherTexts = expr(`(?i)comment|related|sidebar|recent|more-from|teaser|widget`)
