package importer

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Notes whose links lead one way only: a call that links to its note, which has no
// link back, or a note that links back to a call that is none. Either is tied where
// it is certain: the same label stands at both ends, the call is raised or stands in
// brackets, the note comes after it, and nearly all that stands with the note in a
// row, and begins as notes do, is called so. Numbered paragraphs that a text refers to
// are called now and then, and lists of links have no words around them.

// A labelled is a block that may be a note, and its label.
type labelled struct {
	body  *html.Node
	label string
}

// oneWayCalls are the notes that one-way links call, by the links.
func (h *pageReader) oneWayCalls(order map[*html.Node]int) map[*html.Node]labelled {
	found := map[*html.Node]labelled{}
	called := map[*html.Node]map[*html.Node]bool{} // notes that are called, by what they stand in
	from := map[*html.Node]int{}                   // how many calls stand in a block
	for _, a := range h.anchors {
		href := attr(a, "href")
		m := noteCall.FindStringSubmatch(tidy(plainText(a)))
		if len(href) < 2 || m == nil || !raisedOrBracketed(a, m[1]) {
			continue
		}
		id, ok := h.local(href)
		if !ok {
			continue
		}
		target := h.targets[id]
		if target == nil || h.before[target] <= order[a] {
			continue
		}
		body, block := noteElement(target), noteElement(a)
		if body == nil || block == nil || within(a, body) || h.markOf(body) != m[1] || begins(beginning(block), m[1]) {
			continue
		}
		found[a] = labelled{body, m[1]}
		row := body.Parent
		if called[row] == nil {
			called[row] = map[*html.Node]bool{}
		}
		called[row][body] = true
		from[block]++
	}
	rows := map[*html.Node]bool{}
	for row, notes := range called {
		all := 0
		for c := range row.ChildNodes() {
			if c.Type == html.ElementNode && (notes[c] || h.markOf(c) != "") {
				all++
			}
		}
		rows[row] = len(notes)*5 >= all*4
	}
	bare := map[*html.Node]bool{} // blocks that hold hardly more than their links
	for block, n := range from {
		bare[block] = atMostWords(plainText(block), 4*n)
	}
	for a, n := range found {
		if !rows[n.body.Parent] || bare[noteElement(a)] {
			delete(found, a)
		}
	}
	return found
}

// markOf is the label that a block begins with as a note does, or that its list counts;
// "" for none.
func (h *pageReader) markOf(n *html.Node) string {
	switch n.DataAtom {
	case atom.Li:
		if n.Parent != nil && n.Parent.DataAtom == atom.Ol {
			return h.itemLabel(n)
		}
	case atom.P, atom.Dd, atom.Dt, atom.Div, atom.Tr:
	default:
		return ""
	}
	s := beginning(n)
	end := strings.IndexAny(s, " ])}.:,")
	if end < 0 {
		end = len(s)
	}
	label := s[:end]
	if end == 0 || !noteCall.MatchString(label) {
		return ""
	}
	return strings.Trim(label, "^")
}

// itemLabel is the number of an item of a list that counts.
func (h *pageReader) itemLabel(item *html.Node) string {
	if h.numbers == nil {
		h.numbers = map[*html.Node]string{}
	}
	list := item.Parent
	if _, ok := h.numbers[item]; !ok {
		k := startOf(list)
		for c := range list.ChildNodes() {
			if c.DataAtom == atom.Li {
				mark := strings.TrimRight(markOf(list, c, &k), ".) ")
				h.numbers[c] = mark
			}
		}
	}
	return h.numbers[item]
}

// raisedOrBracketed reports whether what calls a note is raised or stands in brackets,
// or is a sign that nothing else bears.
func raisedOrBracketed(n *html.Node, label string) bool {
	if strings.ContainsAny(label, "*†‡§¶‖") {
		return true
	}
	s := tidy(plainText(n))
	if strings.HasPrefix(s, "[") || strings.HasPrefix(s, "(") || strings.HasPrefix(s, "{") {
		return true
	}
	for p := n; p != nil && !ownLines(p); p = p.Parent {
		if p.DataAtom == atom.Sup {
			return true
		}
	}
	for c := range n.Descendants() {
		if c.DataAtom == atom.Sup {
			return true
		}
	}
	before, after := n.PrevSibling, n.NextSibling
	return before != nil && after != nil && before.Type == html.TextNode && after.Type == html.TextNode &&
		strings.HasSuffix(strings.TrimRight(before.Data, " \n"), "[") && strings.HasPrefix(strings.TrimLeft(after.Data, " \n"), "]")
}

// oneWayBacks ties the notes that lead back to calls that are no links: the target is
// raised or stands in brackets, and says the note's label.
func (h *pageReader) oneWayBacks(order map[*html.Node]int) {
	for _, a := range h.anchors {
		href := attr(a, "href")
		if len(href) < 2 || href[0] != '#' {
			continue
		}
		call := h.targets[href[1:]]
		body := noteElement(a)
		if call == nil || body == nil || h.before[call] > order[a] || within(call, body) || h.noteCalls[call] != "" {
			continue
		}
		if _, ok := h.noteAt[body]; ok {
			continue
		}
		text := tidy(plainText(a))
		label := h.markOf(body)
		if m := noteCall.FindStringSubmatch(text); m != nil && label == "" {
			label = m[1]
		} else if m == nil && !isBackSign(text) {
			continue
		}
		mark := markAt(call)
		if mark == nil || label == "" {
			continue
		}
		var said string
		if mark.Type == html.TextNode {
			said = mark.Data // "[1]" right behind an anchor
			if end := strings.IndexAny(said, "])"); end > 0 && end < 8 && strings.IndexAny(said, "[(") == 0 {
				said = said[:end+1]
			} else {
				continue
			}
		} else if said = brief(mark); !raisedOrBracketed(mark, label) {
			continue
		}
		if m := noteCall.FindStringSubmatch(said); m == nil || m[1] != label {
			continue
		}
		if block := noteElement(call); block == nil || begins(beginning(block), label) || noteElement(call) == body {
			continue
		}
		key := "\x00back " + h.path + href
		h.noteAt[body], h.noteLabel[key] = key, label
		if mark.Type == html.ElementNode && mark.DataAtom == atom.Sup {
			h.noteCalls[mark] = key
		} else {
			h.silentCalls[call] = key
		}
	}
}

// markAt is the element, or the text, that says the label of a call at a target: itself,
// or what stands right behind an empty anchor.
func markAt(n *html.Node) *html.Node {
	if ownLines(n) {
		return nil
	}
	if n.DataAtom == atom.Sup || brief(n) != "" {
		if c := only(n); n.DataAtom != atom.Sup && c != nil && c.DataAtom == atom.Sup {
			return c
		}
		if p := n.Parent; p != nil && p.DataAtom == atom.Sup && only(p) == n {
			return p
		}
		return n
	}
	if next := n.NextSibling; next != nil && (next.Type == html.TextNode || next.DataAtom == atom.Sup) {
		return next
	}
	return nil
}

// brief is the text of an element, or enough of it to see that it is too long for the
// call of a note.
func brief(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			if b.WriteString(c.Data[:min(len(c.Data), 32)]); b.Len() >= 32 {
				break
			}
		}
	}
	return tidy(strings.ToValidUTF8(b.String(), ""))
}
