package importer

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// noteCall is how a note is called: a number, a letter or a mark, in brackets or
// not.
var noteCall = expr(`^[\[({]?\s*(?:\^|n|note |fn)?\s*([0-9]{1,4}[a-z]?|[a-z]{1,2}|[A-Z]|[ivxlc]{1,6}|\*{1,4}|[†‡§¶‖]{1,3})\s*[\])}.]?$`)

// findNotes finds the notes: what a link as short as a number leads to, that
// leads back or is said to be one.
func (h *pageReader) findNotes() {
	h.noteCalls, h.noteBacks = map[*html.Node]string{}, map[*html.Node]bool{}
	h.noteLinks = map[*html.Node][]*html.Node{}
	order := map[*html.Node]int{}
	for i, a := range h.anchors {
		order[a] = i
	}
	oneWay := h.oneWayCalls(order)
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
		said := saidCall(a)
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
		if _, certain := oneWay[a]; !said && !certain && !isNote(body) && !h.leadsBack(body, a, i, order) {
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
	h.findCrossNotes()
	h.silentCalls = map[*html.Node]string{}
	h.oneWayBacks(order)
	h.goOn()
	// What leads back is no part of the note.
	for _, a := range h.anchors {
		for n := a; n != nil; n = n.Parent {
			key, ok := h.noteAt[n]
			if !ok {
				continue
			}
			text := tidy(plainText(a))
			if strings.HasPrefix(attr(a, "href"), "#") || h.cross[key] != "" && strings.Contains(attr(a, "href"), "#") || strings.Contains(attr(a, "epub:type"), "backlink") || attr(a, "role") == "doc-backlink" {
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

// goOn takes into a note its further paragraphs: those of the element around it that
// says that it is one note, and those behind it that say that they are notes, and
// bear no mark of their own.
func (h *pageReader) goOn() {
	more := map[*html.Node]string{}
	for body, key := range h.noteAt {
		if body.DataAtom != atom.P {
			continue
		}
		around := body.Parent != nil && isNote(body.Parent)
		for n := body.NextSibling; n != nil; n = n.NextSibling {
			if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
				continue
			}
			if _, ok := h.noteAt[n]; ok || !around && (n.DataAtom != atom.P || !isNote(n) && !(strings.Contains(attr(n, "class"), "note") && attr(n, "class") == attr(body, "class"))) || h.marked(n) {
				break
			}
			more[n] = key
		}
	}
	maps.Copy(h.noteAt, more)
}

// marked reports whether an element begins with a link, or with what links may lead
// to, as a note of its own does.
func (h *pageReader) marked(n *html.Node) bool {
	if attr(n, "id") != "" {
		return true
	}
	for c := range n.Descendants() {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			_, _, ok := noteMark(tidy(c.Data), true)
			return ok
		case c.DataAtom == atom.A || c.Type == html.ElementNode && attr(c, "id") != "":
			return true
		}
	}
	return false
}

// maxNoteLinks is how many links of a note are looked at for one that leads back.
const maxNoteLinks = 64

// leadsBack reports whether a block that comes after a call has a link to where
// the call stands.
func (h *pageReader) leadsBack(body, call *html.Node, at int, order map[*html.Node]int) bool {
	from := noteElement(call)
	links, ok := h.noteLinks[body]
	if !ok {
		for n := range body.Descendants() {
			if n.DataAtom == atom.A && strings.HasPrefix(attr(n, "href"), "#") {
				if links = append(links, n); len(links) == maxNoteLinks {
					break
				}
			}
		}
		h.noteLinks[body] = links
	}
	for _, n := range links {
		if order[n] < at {
			continue
		}
		if t := h.targets[attr(n, "href")[1:]]; t != nil && (t == call || within(t, call) || within(call, t) || from != nil && within(t, from)) {
			return true
		}
	}
	return false
}
