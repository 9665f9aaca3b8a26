package importer

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Notes that no link leads to: paragraphs or items behind a text, or below a heading
// that says that notes follow, that count up from 1, and whose numbers stand in
// brackets, or raised, in the text before them.

// A noteRun are the notes behind one part of a text.
type noteRun struct {
	style byte           // '[' or '(' around its numbers, '^' for raised ones, '.' for those of a list
	keys  map[int]string // the notes by their numbers
}

// A leaf is an element on lines of its own with no other such element in it.
type leaf struct {
	n       *html.Node
	head    bool
	style   byte
	value   int
	calls   map[byte][]int // what numbers stand in it, by what is around them
	noteful bool           // a heading that says that notes follow
}

// maxLooseNotes is how many notes a text may have without links.
const maxLooseNotes = 999

// findLooseNotes finds them, on a page that ties no notes by links.
func (h *pageReader) findLooseNotes() {
	if len(h.noteAt) > 0 || len(h.noteCalls) > 0 {
		return
	}
	leaves := h.leaves()
	called := map[byte]map[int]bool{}
	headed, head := false, 0
	for i := 0; i < len(leaves); i++ {
		l := &leaves[i]
		if l.head {
			headed, head = l.noteful, i
		}
		if l.value == 1 && (headed || l.style == '[' || l.style == '^') {
			if to := h.noteRun(leaves, i, headed, called); to > i {
				i = to - 1
				if n := leaves[head].n; headed && !isHeading(n) {
					h.notesHead[n] = true
				}
				headed, called = false, map[byte]map[int]bool{}
				continue
			}
		}
		for style, values := range l.calls {
			if called[style] == nil {
				called[style] = map[int]bool{}
			}
			for _, v := range values {
				called[style][v] = true
			}
		}
	}
}

// noteRun takes the notes that begin with the ith leaf, if the text before calls
// them, and returns where they end.
func (h *pageReader) noteRun(leaves []leaf, i int, headed bool, called map[byte]map[int]bool) int {
	type note struct {
		from, to int
	}
	var notes []note
	style, end := leaves[i].style, i
	for j := i; j < len(leaves) && !leaves[j].head && len(notes) < maxLooseNotes; j++ {
		switch l := &leaves[j]; {
		case l.style == style && l.value == len(notes)+1:
			notes = append(notes, note{j, j + 1})
			end = j + 1
		case headed && l.value == 0 && j == end && l.n.DataAtom == atom.P && leaves[j-1].n.DataAtom == atom.P && l.n.Parent == leaves[j-1].n.Parent:
			notes[len(notes)-1].to = j + 1 // its next paragraph
			end = j + 1
		default:
			j = len(leaves)
		}
	}
	n := 0
	calls := style
	for _, as := range [...]byte{style, '[', '^', '('} {
		k := 0
		for v := range notes {
			if called[as][v+1] && (as != '(' || headed) {
				k++
			}
		}
		if k > n {
			n, calls = k, as
		}
	}
	if n == 0 || n*5 < len(notes)*4 || !headed && (len(notes) < 2 || n < len(notes)) {
		return i
	}
	run := noteRun{style: calls, keys: map[int]string{}}
	for v, x := range notes {
		key := "\x00" + strconv.Itoa(len(h.runs)) + "/" + strconv.Itoa(v+1)
		run.keys[v+1] = key
		h.noteLabel[key] = strconv.Itoa(v + 1)
		for k := x.from; k < x.to; k++ {
			h.noteAt[leaves[k].n] = key
		}
	}
	h.runs = append(h.runs, run)
	return end
}

// leaves are the leaves of a page in their order.
func (h *pageReader) leaves() (out []leaf) {
	items := map[*html.Node]int{} // the numbers of items
	var walk func(n *html.Node) bool
	walk = func(n *html.Node) (holds bool) {
		k := 0
		if n.DataAtom == atom.Ol {
			k = startOf(n)
		}
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if c.Type != html.ElementNode || silent(c) {
				continue
			}
			if h.steps++; h.steps%256 == 0 && h.ctx.Err() != nil {
				return holds
			}
			if n.DataAtom == atom.Ol && c.DataAtom == atom.Li {
				items[c] = k
				k++
			}
			block := ownLines(c)
			inner := walk(c)
			if block && !inner {
				out = append(out, readLeaf(c, items))
			}
			holds = holds || block || inner
		}
		return holds
	}
	walk(h.body)
	return out
}

// readLeaf reads the number that a leaf begins with, and those that stand in it.
func readLeaf(n *html.Node, items map[*html.Node]int) leaf {
	l := leaf{n: n}
	s := tidy(plainText(n))
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		l.head = true
	}
	if len(s) < 40 && notesTitle.MatchString(strings.Trim(s, "*: ")) {
		l.head, l.noteful = true, true
	}
	if l.head || s == "" {
		return l
	}
	l.style, l.value = noteNumber(n, s, items)
	for i := 0; i < len(s); i++ {
		if s[i] != '[' && s[i] != '(' {
			continue
		}
		j := i + 1
		for j < len(s) && j < i+4 && s[j] >= '0' && s[j] <= '9' {
			j++
		}
		if v, err := strconv.Atoi(s[i+1 : j]); err == nil && j < len(s) && (s[j] == ']' || s[j] == ')') && (s[i] == '[') == (s[j] == ']') && i > 0 {
			l.call(s[i], v)
		}
	}
	for c := range n.Descendants() {
		if v := raised(c); v > 0 && (l.style != '^' || v != l.value) {
			l.call('^', v)
		}
	}
	return l
}

func (l *leaf) call(style byte, v int) {
	if l.calls == nil {
		l.calls = map[byte][]int{}
	}
	l.calls[style] = append(l.calls[style], v)
}

// raised is the number that an element raises, with brackets or without; 0 for none.
func raised(n *html.Node) int {
	if n.DataAtom != atom.Sup {
		return 0
	}
	s := strings.Trim(tidy(plainText(n)), "[]()")
	if v, err := strconv.Atoi(s); err == nil && v > 0 && v <= maxLooseNotes {
		return v
	}
	return 0
}

// noteNumber is the number that a note begins with, and what stands around it.
func noteNumber(n *html.Node, s string, items map[*html.Node]int) (style byte, value int) {
	item := n
	if n.DataAtom == atom.P && n.Parent != nil && firstChild(n) {
		item = n.Parent
	}
	if v := items[item]; v > 0 && v <= maxLooseNotes {
		return '.', v
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
			continue
		}
		if v := raised(c); v > 0 {
			return '^', v
		}
		break
	}
	key, size, ok := noteMark(s, true)
	if !ok || size >= len(s) {
		return 0, 0
	}
	v, err := strconv.Atoi(strings.Trim(key, "[]()^."))
	if err != nil || v < 1 || v > maxLooseNotes {
		return 0, 0
	}
	switch s[0] {
	case '[', '(':
		return s[0], v
	}
	return '.', v
}

// firstChild reports whether an element is the first of those around it.
func firstChild(n *html.Node) bool {
	for c := n.PrevSibling; c != nil; c = c.PrevSibling {
		if c.Type == html.ElementNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return false
		}
	}
	return true
}

// looseCall is the note that a raised number calls.
func (h *pageReader) looseCall(n *html.Node) (key string, ok bool) {
	if h.run < len(h.runs) && h.runs[h.run].style == '^' && h.note == "" {
		key, ok = h.runs[h.run].keys[raised(n)]
	}
	return key, ok
}

// enterRun says that the notes of a part of the text began: what is raised behind
// them calls those of the next part.
func (h *pageReader) enterRun(key string) {
	if n, _, ok := strings.Cut(strings.TrimPrefix(key, "\x00"), "/"); ok && key[0] == 0 {
		if k, err := strconv.Atoi(n); err == nil {
			h.run = k + 1
		}
	}
}

// tieLooseNotes ties the numbers in brackets that stand in the pieces before notes.
func (h *pageReader) tieLooseNotes() {
	run := 0
	for i := range h.pieces {
		p := &h.pieces[i]
		if p.note != "" {
			if n, _, ok := strings.Cut(strings.TrimPrefix(p.note, "\x00"), "/"); ok {
				if k, err := strconv.Atoi(n); err == nil {
					run = k + 1
				}
			}
			continue
		}
		if run >= len(h.runs) || p.kind == furniturePiece || h.runs[run].style != '[' && h.runs[run].style != '(' {
			continue
		}
		open := h.runs[run].style
		for s := p.text; ; {
			j := strings.IndexByte(s, open)
			if j < 0 {
				break
			}
			s = s[j+1:]
			k := strings.IndexAny(s[:min(len(s), 4)], "])")
			if k <= 0 {
				continue
			}
			if v, err := strconv.Atoi(s[:k]); err == nil {
				if key, ok := h.runs[run].keys[v]; ok {
					p.calls = append(p.calls, key)
				}
			}
		}
	}
}
