package importer

import (
	"context"
	"errors"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// What a tag may have at most, as it is handed to the parser.
const (
	maxTagName   = 64
	maxAttrs     = 32
	maxAttrValue = 4096
	slimChunk    = 16 << 10
)

// maxTangle is how many open elements may be gone through for the tags of a page in
// all, beyond the first tangleFree: the parser looks through them at each tag for what
// it closes. Pages of books have hardly any so deep.
const (
	maxTangle  = 50_000_000
	tangleFree = 32
)

var errTangled = errors.New("importer: a page with very many elements within many others")

// keptAttrs are the attributes that a page is read by.
const keptAttrs = " align alt alttext aria-hidden aria-label charset class content epub:type hidden href http-equiv id itemprop lang name property rel role start style title type value xml:lang "

// A slimPage hands a page to the parser without what the reader has no use for:
// scripts, styles, remarks, pictures' data and the like, and marks of fonts. HTML
// opens such marks anew in each paragraph until they are closed ("reconstruct the
// active formatting elements"), so that a page that never closes them grows by
// some elements with each paragraph. Marks of bold type, by which old pages set
// their headings, become elements of another name, which a block's begin or end
// closes and opens again. It reads no more than a chunk at once, so that the
// parser heeds the context.
type slimPage struct {
	ctx  context.Context
	s    string
	at   int
	out  []byte // what is ready to be read
	done int    // of it

	xml            bool // it is XHTML, where any element may close itself
	typed, endless bool

	bold int      // marks of bold type that are open
	on   bool     // the element that stands for them is open
	open []string // marks of other fonts: "" for those that were left out

	depth  int // elements that are open, but for those that others close
	tangle int
}

func newSlimPage(ctx context.Context, s string, xml bool) *slimPage {
	return &slimPage{ctx: ctx, s: s, xml: xml}
}

// looksLikeXML reports whether a page says that it is XHTML.
func looksLikeXML(s string) bool {
	s = s[:min(len(s), 4096)]
	return strings.HasPrefix(strings.TrimLeft(s, "\ufeff \t\r\n"), "<?xml") || strings.Contains(s, `xmlns="http://www.w3.org/1999/xhtml"`)
}

// Read fills p.
func (r *slimPage) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	for r.done == len(r.out) {
		if r.at >= len(r.s) {
			return 0, io.EOF
		}
		r.out, r.done = r.out[:0], 0
		for r.at < len(r.s) && len(r.out) < slimChunk {
			r.step()
		}
		if r.tangle > maxTangle {
			return 0, errTangled
		}
	}
	n := copy(p, r.out[r.done:])
	r.done += n
	return n, nil
}

// step goes on by a text, a tag or a remark.
func (r *slimPage) step() {
	s := r.s[r.at:]
	i := strings.IndexByte(s[:min(len(s), slimChunk)], '<')
	switch {
	case i < 0:
		r.text(s[:min(len(s), slimChunk)])
		return
	case i > 0:
		r.textBeforeTag(s[:i])
		return
	}
	switch {
	case len(s) > 1 && isASCIILetter(s[1]):
		r.tag(s, 1, false)
	case len(s) > 2 && s[1] == '/' && isASCIILetter(s[2]):
		r.tag(s, 2, true)
	case strings.HasPrefix(s, "<!--"):
		r.at += remarkEnd(s)
	case r.xml && strings.HasPrefix(s, "<![CDATA["):
		text, rest := s[len("<![CDATA["):], 0
		if k := strings.Index(text, "]]>"); k >= 0 {
			text, rest = text[:k], 3
		}
		text = text[:min(len(text), maxPage)]
		escaped := html.EscapeString(text)
		at := r.at + len("<![CDATA[") + len(text) + rest
		r.text(escaped)
		r.at = at
	case len(s) > 1 && (s[1] == '!' || s[1] == '?' || s[1] == '/'):
		n := r.declaration(s)
		if k := strings.IndexByte(s[:n], '>') + 1; k < n && s[1] == '!' {
			r.out = append(r.out, "<!DOCTYPE html>"...)
		} else if n < maxAttrValue && s[1] == '!' {
			r.out = append(r.out, s[:n]...)
		}
		r.at += n
	default: // a tag that is left out may not make one of it and what follows
		r.text("<")
		r.out = append(r.out[:len(r.out)-1], "&lt;"...)
	}
}

// declaration is how long a declaration or an instruction is that a text begins
// with. One of a document's type may declare entities of its own, which stay as
// they are written: none can expand.
func (r *slimPage) declaration(s string) int {
	n := strings.IndexByte(s, '>') + 1
	if n == 0 {
		return len(s)
	}
	if r.xml && s[1] == '?' && !r.endless {
		if k := strings.Index(s, "?>"); k >= 0 {
			return k + 2
		}
		r.endless = true // so are those after it
	}
	if open := strings.IndexByte(s[:n], '['); open > 0 && !r.typed && len(s) > 9 && strings.EqualFold(s[:9], "<!doctype") {
		r.typed = true // a page has one
		for from := open; ; {
			k := strings.IndexByte(s[from:], ']')
			if k < 0 {
				return n
			}
			from += k + 1
			if rest := strings.TrimLeft(s[from:min(len(s), from+64)], " \t\r\n"); strings.HasPrefix(rest, ">") {
				return from + strings.IndexByte(s[from:], '>') + 1
			}
		}
	}
	return n
}

// textBeforeTag goes on by a text that a mark ends: a character that it names without
// the semicolon ends there too, though the mark may be left out.
func (r *slimPage) textBeforeTag(s string) {
	i := strings.LastIndexByte(s[max(0, len(s)-40):], '&')
	if i += max(0, len(s)-40); i < max(0, len(s)-40) || strings.ContainsFunc(s[i+1:], func(c rune) bool {
		return c != '#' && !(c < 0x80 && (isASCIILetter(byte(c)) || '0' <= c && c <= '9'))
	}) {
		r.text(s)
		return
	}
	r.text(s[:i])
	r.text(s[i:])
	r.out = append(r.out[:len(r.out)-len(s[i:])], html.EscapeString(html.UnescapeString(s[i:]))...)
}

// text goes on by a text.
func (r *slimPage) text(s string) {
	if r.bold > 0 && !r.on && strings.TrimSpace(s) != "" {
		r.embolden()
	}
	r.out = append(r.out, s...)
	r.at += len(s)
}

func (r *slimPage) embolden() {
	r.out = append(r.out, "<"+boldTag+">"...)
	r.on = true
}

func (r *slimPage) lighten() {
	if r.on {
		r.out = append(r.out, "</"+boldTag+">"...)
		r.on = false
	}
}

// remarkEnd is how long a remark is that a text begins with.
func remarkEnd(s string) int {
	if strings.HasPrefix(s, "<!-->") || strings.HasPrefix(s, "<!--->") {
		return strings.IndexByte(s, '>') + 1
	}
	n := len(s)
	if k := strings.Index(s[4:], "-->"); k >= 0 {
		n = 4 + k + 3
	}
	if k := strings.Index(s[4:n], "--!>"); k >= 0 {
		n = 4 + k + 4
	}
	return n
}

func isASCIILetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isHTMLSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// tag goes on by a tag whose name begins at from.
func (r *slimPage) tag(s string, from int, end bool) {
	i := from
	for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '/' && s[i] != '>' {
		i++
	}
	name := ""
	if i-from <= maxTagName {
		name = strings.ToLower(s[from:i])
	}
	var kept [][2]int // the attributes that are kept, as they are written
	closed := false
	for i < len(s) && s[i] != '>' {
		if isHTMLSpace(s[i]) || s[i] == '/' {
			closed = s[i] == '/' || closed && s[i] != '/'
			i++
			continue
		}
		closed = false
		begin := i
		if s[i] == '=' { // a name may begin with it
			i++
		}
		for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '/' && s[i] != '>' && s[i] != '=' {
			i++
		}
		key, value := s[begin:i], i
		for i < len(s) && isHTMLSpace(s[i]) {
			i++
		}
		if i < len(s) && s[i] == '=' {
			i++
			for i < len(s) && isHTMLSpace(s[i]) {
				i++
			}
			switch {
			case i < len(s) && (s[i] == '"' || s[i] == '\''):
				k := strings.IndexByte(s[i+1:], s[i])
				if k < 0 { // the page ends within it
					r.at += len(s)
					return
				}
				i += k + 2
			default:
				for i < len(s) && !isHTMLSpace(s[i]) && s[i] != '>' {
					i++
				}
			}
			value = i
		}
		if !end && len(kept) < maxAttrs && value-begin <= maxAttrValue && len(key) <= 16 && listed(keptAttrs, strings.ToLower(key)) {
			kept = append(kept, [2]int{begin, value})
		}
	}
	if i >= len(s) { // the page ends within the tag
		r.at += len(s)
		return
	}
	i++
	r.at += i
	if r.xml && closed && !end && !listed(voidTags, name) {
		r.empty(s, name, kept)
		return
	}
	switch name {
	case "":
		return
	case "script", "style":
		if !end {
			r.at += rawEnd(r.s[r.at:], name, true)
		}
		return
	case "b", "strong":
		if !end {
			r.bold++
			r.anchors(s, kept)
		} else if r.bold = max(r.bold-1, 0); r.bold == 0 {
			r.lighten()
		}
		return
	case "font", "i", "em", "u", "s", "strike", "big", "small", "tt", "code", "nobr":
		r.font(s, kept, end)
		return
	}
	if end {
		if !listed(impliedEnds, name) {
			r.depth = max(r.depth-1, 0)
		}
	} else if !closed && !listed(impliedEnds, name) {
		r.depth++
	}
	r.tangle += max(r.depth-tangleFree, 0)
	if listed(blockTags, name) {
		r.lighten()
	} else if r.bold > 0 && !r.on && !end {
		r.embolden()
	}
	r.out = append(r.out, '<')
	if end {
		r.out = append(r.out, '/')
	}
	r.out = append(r.out, name...)
	for _, k := range kept {
		r.out = append(r.out, ' ')
		r.out = append(r.out, s[k[0]:k[1]]...)
	}
	if closed {
		r.out = append(r.out, " /"...)
	}
	r.out = append(r.out, '>')
	if !end && !r.xml {
		switch name {
		case "iframe", "noembed", "noframes", "noscript", "xmp", "textarea":
			n := rawEnd(r.s[r.at:], name, false)
			if name == "xmp" {
				r.out = append(r.out, r.s[r.at:r.at+n]...)
			}
			r.at += n
		case "title":
			n := rawEnd(r.s[r.at:], name, false)
			r.out = append(r.out, r.s[r.at:r.at+min(n, maxAttrValue)]...)
			r.at += n
		}
	} else if !end && name == "title" {
		n := rawEnd(r.s[r.at:], name, false)
		r.out = append(r.out, r.s[r.at:r.at+min(n, maxAttrValue)]...)
		r.at += n
	}
}

// voidTags are the elements that HTML has without an end.
const voidTags = " area base br col embed hr img input link meta param source track wbr "

// empty goes on by an element that closes itself.
func (r *slimPage) empty(s, name string, kept [][2]int) {
	switch name {
	case "", "script", "style":
		return
	case "b", "strong", "font", "i", "em", "u", "s", "strike", "big", "small", "tt", "code", "nobr":
		r.anchors(s, kept)
		return
	case "iframe", "noembed", "noframes", "noscript", "xmp", "textarea", "plaintext", "select", "object", "video", "audio", "template":
		return // nothing is in it
	}
	if listed(blockTags, name) {
		r.lighten()
	}
	r.out = append(append(r.out, '<'), name...)
	for _, k := range kept {
		r.out = append(append(r.out, ' '), s[k[0]:k[1]]...)
	}
	r.out = append(append(append(r.out, "></"...), name...), '>')
}

// impliedEnds are the elements that have no end, or that others may end.
const impliedEnds = " a area base body br col colgroup dd dt embed head hr html img input li link meta option p param rp rt source tbody td tfoot th thead tr track wbr "

// boldTag is the name of elements that stand for marks of bold type.
const boldTag = "l-bold"

// blockTags are the elements that a mark of bold type does not reach over.
const blockTags = " address article aside blockquote body caption center col colgroup dd details div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 head header hr html li link main meta nav ol p pre section table tbody td tfoot th thead title tr ul "

// font goes on by a mark of a font: what it says besides is kept, in an element
// that is not opened anew.
func (r *slimPage) font(s string, kept [][2]int, end bool) {
	if end {
		if n := len(r.open); n > 0 {
			if r.open[n-1] != "" {
				r.out = append(r.out, "</span>"...)
			}
			r.open = r.open[:n-1]
		}
		return
	}
	says := false
	for _, k := range kept {
		a := strings.ToLower(s[k[0]:min(k[1], k[0]+maxAttrValue)])
		says = says || strings.HasPrefix(a, "class") || strings.HasPrefix(a, "epub:") || strings.HasPrefix(a, "role") || strings.HasPrefix(a, "hidden") || strings.HasPrefix(a, "aria-hidden") || strings.HasPrefix(a, "style") && strings.Contains(a, "none")
	}
	if !says {
		if len(r.open) < 64 {
			r.open = append(r.open, "")
		}
		r.anchors(s, kept)
		return
	}
	if len(r.open) >= 64 {
		return
	}
	r.open = append(r.open, "span")
	r.out = append(r.out, "<span"...)
	for _, k := range kept {
		r.out = append(r.out, ' ')
		r.out = append(r.out, s[k[0]:k[1]]...)
	}
	r.out = append(r.out, '>')
}

// anchors keeps what links may lead to, of a mark that is left out.
func (r *slimPage) anchors(s string, kept [][2]int) {
	for _, k := range kept {
		if a := strings.ToLower(s[k[0]:min(k[1], k[0]+5)]); strings.HasPrefix(a, "id=") || strings.HasPrefix(a, "id ") || strings.HasPrefix(a, "name=") || strings.HasPrefix(a, "name ") {
			r.out = append(r.out, "<span "...)
			r.out = append(r.out, s[k[0]:k[1]]...)
			r.out = append(r.out, "></span>"...)
		}
	}
}

// rawEnd is how much stands before the end tag of an element whose content is no
// markup, the tag itself included if through.
func rawEnd(s, name string, through bool) int {
	for from := 0; ; {
		k := strings.Index(s[from:], "</")
		if k < 0 {
			return len(s)
		}
		at := from + k
		if rest := s[at+2:]; len(rest) > len(name) && strings.EqualFold(rest[:len(name)], name) && (isHTMLSpace(rest[len(name)]) || rest[len(name)] == '>' || rest[len(name)] == '/') {
			if !through {
				return at
			}
			if e := strings.IndexByte(rest, '>'); e >= 0 {
				return at + 2 + e + 1
			}
			return len(s)
		}
		from = at + 2
	}
}
