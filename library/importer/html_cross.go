package importer

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// A linkBlock is a paragraph, or its like, that leads to other pages of the work by
// links as short as the call of a note. Links that lead there and back tell notes
// that stand on another page than their calls.
type linkBlock struct {
	page  int
	ids   []string // what links may lead to in it
	begin string   // the beginning of its text
	links []crossLink
}

type crossLink struct {
	to     string // the target, as the work knows it
	label  string // how it calls a note; "" for a sign that only leads back
	said   bool   // it says that it calls one
	raised bool   // or is raised or stands in brackets
}

// What is looked at of a page and of a block, at most.
const (
	maxBlockIDs   = 64
	maxCrossLinks = 20_000
)

// crossLinks collects the blocks that may hold calls or notes of other pages.
func (h *pageReader) crossLinks() {
	if h.path == "" {
		return
	}
	h.markBlocks()
	blocks := map[*html.Node]int{}
	n := 0
	for _, a := range h.anchors {
		href := attr(a, "href")
		file, frag, _ := strings.Cut(href, "#")
		if file == "" || frag == "" || strings.Contains(file, ":") || n >= maxCrossLinks {
			continue
		}
		to := h.resolve(href)
		if strings.HasPrefix(to, h.path+"#") {
			continue
		}
		text := tidy(plainText(a))
		m := noteCall.FindStringSubmatch(text)
		if m == nil && !isBackSign(text) {
			continue
		}
		body := noteElement(a)
		if body == nil {
			continue
		}
		n++
		link := crossLink{to: to, said: saidCall(a)}
		if m != nil {
			link.label, link.raised = m[1], raisedOrBracketed(a, m[1])
		}
		at, ok := blocks[body]
		if !ok {
			at = len(h.page.blocks)
			blocks[body] = at
			h.page.blocks = append(h.page.blocks, linkBlock{ids: h.idsIn(body), begin: beginning(body)})
		}
		h.page.blocks[at].links = append(h.page.blocks[at].links, link)
	}
}

// markBlocks collects the blocks that begin as notes do and that links may lead to.
func (h *pageReader) markBlocks() {
	seen := map[*html.Node]bool{}
	h.page.marks = map[string]string{}
	if len(h.targets) > maxCrossLinks {
		return
	}
	for id, n := range h.targets {
		body := noteElement(n)
		if body == nil || body.DataAtom == atom.Div || body.DataAtom == atom.Section {
			continue
		}
		if label := h.markOf(body); label != "" {
			h.page.marks[h.path+"#"+id] = label
			if !seen[body] {
				seen[body] = true
				h.page.marked++
			}
		}
	}
}

// oneWayPages are the pages whose marked blocks are called from other pages, nearly
// all, by raised links that say their labels: they hold notes, though no link leads
// back.
func oneWayPages(pages []*webPage) map[string]bool {
	at := map[string]*webPage{}
	for _, p := range pages {
		for to := range p.marks {
			at[to] = p
		}
	}
	called := map[*webPage]map[string]bool{}
	for _, p := range pages {
		for k := range p.blocks {
			for _, l := range p.blocks[k].links {
				if note := at[l.to]; note != nil && note != p && l.raised && note.marks[l.to] == l.label && !begins(p.blocks[k].begin, l.label) {
					if called[note] == nil {
						called[note] = map[string]bool{}
					}
					called[note][l.to] = true
				}
			}
		}
	}
	notes := map[string]bool{}
	for p, to := range called {
		if len(to)*5 < p.marked*4 {
			continue
		}
		for t := range to {
			notes[t] = true
		}
	}
	return notes
}

// isBackSign reports whether a link says no more than that it leads back.
func isBackSign(s string) bool {
	s = strings.Trim(s, "[](){}.: ")
	return !hasWord(s) || listed(" back return zurück retour назад ", strings.ToLower(s))
}

// saidCall reports whether a link says that it calls a note.
func saidCall(a *html.Node) bool {
	return strings.Contains(attr(a, "epub:type"), "noteref") || attr(a, "role") == "doc-noteref" || hasClass(a, "footnote-reference", "footnote-ref", "noteref", "footnoteref", "fn-ref", "fnanchor")
}

// idsIn are what links may lead to in a block, with those that stand right before
// it.
func (h *pageReader) idsIn(body *html.Node) (ids []string) {
	add := func(n *html.Node) {
		for _, key := range [...]string{"id", "name"} {
			if id := attr(n, key); id != "" && len(ids) < maxBlockIDs {
				ids = append(ids, h.path+"#"+id)
			}
		}
	}
	add(body)
	for n := range body.Descendants() {
		if n.Type == html.ElementNode {
			if add(n); len(ids) >= maxBlockIDs {
				break
			}
		}
	}
	for n := body.PrevSibling; n != nil; n = n.PrevSibling { // an anchor that stands alone
		if n.Type == html.TextNode && strings.TrimSpace(n.Data) == "" {
			continue
		}
		if n.DataAtom == atom.A || n.DataAtom == atom.Span {
			add(n)
		}
		break
	}
	if p := body.Parent; p != nil && only(p) == body { // a list's item around its paragraph
		add(p)
	}
	return ids
}

// beginning is how the text of a block begins.
func beginning(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			if b.WriteString(c.Data[:min(len(c.Data), 32)]); len(strings.TrimSpace(b.String())) > 16 {
				break
			}
		}
	}
	return strings.TrimLeft(tidy(strings.ToValidUTF8(b.String(), "")), "[({^ ")
}

// crossNotes finds the notes that stand on other pages than their calls: by links
// that lead there and back, or that say that they call one. Of both ends the note
// is the one that begins with its link; where that does not tell, the later one.
// It returns their labels, by the targets of their calls.
func crossNotes(pages []*webPage) map[string]string {
	blockOf := map[string]*linkBlock{}
	for i, p := range pages {
		for k := range p.blocks {
			b := &p.blocks[k]
			b.page = i
			for _, id := range b.ids {
				if old, ok := blockOf[id]; !ok || len(old.ids) > len(b.ids) {
					blockOf[id] = b
				}
			}
		}
	}
	notes := map[string]string{}
	oneWay := oneWayPages(pages)
	for _, p := range pages {
		for k := range p.blocks {
			b := &p.blocks[k]
			for _, l := range b.links {
				if l.label == "" {
					continue
				}
				if l.said || l.raised && oneWay[l.to] {
					notes[l.to] = l.label
					continue
				}
				other := blockOf[l.to]
				if other == nil || other.page == b.page {
					continue
				}
				for _, back := range other.links[:min(len(other.links), maxNoteLinks)] {
					if blockOf[back.to] != b {
						continue
					}
					here, there := begins(b.begin, l.label), back.label != "" && begins(other.begin, back.label) || back.label == ""
					if here != there && there || here == there && other.page > b.page {
						notes[l.to] = l.label
					}
					break
				}
			}
		}
	}
	return notes
}

// begins reports whether a text begins with a label that is no part of a word.
func begins(s, label string) bool {
	rest, ok := strings.CutPrefix(s, label)
	return ok && label != "" && (rest == "" || strings.ContainsRune(" ])}.:,*", firstRune(rest)))
}

// findCrossNotes takes for calls and notes what crossNotes found.
func (h *pageReader) findCrossNotes() {
	for _, a := range h.anchors {
		if href := attr(a, "href"); strings.Contains(href, "#") && !strings.HasPrefix(href, "#") {
			key := h.resolve(href)
			if label, ok := h.cross[key]; ok && noteCall.MatchString(tidy(plainText(a))) {
				h.noteCalls[a], h.noteLabel[key] = key, label
			}
		}
	}
	for id, n := range h.targets {
		key := h.path + "#" + id
		label, ok := h.cross[key]
		if !ok {
			continue
		}
		body := noteElement(n)
		if body == nil {
			continue
		}
		if _, ok := h.noteAt[body]; !ok {
			h.noteAt[body], h.noteLabel[key] = key, label
		}
	}
}
