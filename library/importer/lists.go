package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A marker opens the item of a list: a bullet, or a number or letter with what
// stands around it.
type marker struct {
	style byte // the bullet itself, or '1', 'a', 'A', 'i' for what counts
	paren bool // "(1)" or "1)" rather than "1."
	value int
	size  int // bytes with the space after it
}

// bullet reports whether the marker does not count.
func (m marker) bullet() bool { return m.value == 0 && m.style != '1' }

// follows reports whether an item can come after another in one list.
func (m marker) follows(before marker) bool {
	if m.style != before.style {
		return before.style == 'i' && m.style == 'a' || before.style == 'a' && m.style == 'i'
	}
	return m.value == 0 || m.paren == before.paren && m.value == before.value+1
}

// itemMark reads the mark at the beginning of a text.
func itemMark(s string) (marker, bool) {
	r, n := utf8.DecodeRuneInString(s)
	switch r {
	case '*', '-', '+', '•', '·', '‣', '▪', '◦', '–', '○', '●', '■', '□', 'o':
		if len(s) > n+1 && s[n] == ' ' {
			b := byte('*')
			if r < 0x80 {
				b = byte(r)
			}
			return marker{style: b, size: n + 1}, true
		}
		if r != 'o' {
			return marker{}, false
		}
	}
	i := 0
	open := s != "" && s[0] == '('
	if open {
		i = 1
	}
	j := i
	for j < len(s) && j-i < 5 && (s[j] >= '0' && s[j] <= '9' || s[j] >= 'a' && s[j] <= 'z' || s[j] >= 'A' && s[j] <= 'Z') {
		j++
	}
	if j == i || j+1 >= len(s) || s[j] != ')' && (open || s[j] != '.') || s[j+1] != ' ' {
		return marker{}, false
	}
	body := s[i:j]
	m := marker{paren: s[j] == ')', size: j + 2}
	if body[0] <= '9' {
		if n, err := strconv.Atoi(body); err == nil {
			m.style, m.value = '1', n
			return m, j-i <= 3
		}
		return marker{}, false
	}
	if len(body) == 1 {
		c := body[0]
		switch {
		case c == 'i' || c == 'v' || c == 'x':
			m.style, m.value = 'i', romanValue(body)
		case c >= 'a':
			m.style, m.value = 'a', int(c-'a')+1
		default:
			m.style, m.value = 'A', int(c-'A')+1
		}
		return m, true
	}
	if strings.Trim(body, "ivxl") == "" {
		if v := romanValue(body); v > 0 {
			m.style, m.value = 'i', v
			return m, true
		}
	}
	return marker{}, false
}

// listStart finds a list among lines: the index of its first item. A list has
// two items at least; it opens the lines, or follows a colon.
func (d *draft) listStart(lines []line) (int, bool) {
	for at := range lines {
		m, ok := itemMark(lines[at].text)
		if !ok {
			if at > 6 {
				return 0, false
			}
			continue
		}
		if at > 0 && end(lines[at-1].text) != colonEnd && lines[at].indent <= lines[at-1].indent {
			continue
		}
		items, text := 1, false
		for i := at + 1; i < len(lines); i++ {
			n, ok := itemMark(lines[i].text)
			if ok && n.follows(m) && lines[i].indent <= lines[at].indent+1 && (n.value > 0 || lines[i].indent+1 >= lines[at].indent) {
				items, m = items+1, n
			} else if lines[i].indent < lines[at].indent && !ok {
				text = true
			}
		}
		if items >= 2 && !text || items >= 3 {
			return at, true
		}
		if at == 0 && items == 1 && len(lines) > 1 {
			return 0, false
		}
	}
	return 0, false
}

// listText is a list with one item to a line; what is set in further is set in
// by two spaces a level.
func (d *draft) listText(b *block) string {
	lines := d.lines[b.from:b.to]
	var out strings.Builder
	var indents []int32
	start := 0
	flush := func(to int) {
		if to <= start {
			return
		}
		in := lines[start].indent
		for len(indents) > 0 && indents[len(indents)-1] > in {
			indents = indents[:len(indents)-1]
		}
		if len(indents) == 0 || indents[len(indents)-1] < in {
			indents = append(indents, in)
		}
		if out.Len() > 0 {
			out.WriteByte('\n')
		}
		out.WriteString(strings.Repeat("  ", len(indents)-1))
		out.WriteString(d.mend.join(lines[start:to]))
		start = to
	}
	style, _ := itemMark(lines[0].text)
	for i := 1; i < len(lines); i++ {
		m, ok := itemMark(lines[i].text)
		if !ok {
			continue
		}
		before := &lines[i-1]
		// A line that begins with a dash or a number by chance hangs under its item.
		if m.follows(style) || lines[i].indent != before.indent || m.value == 1 || m.value == 0 && end(before.text) != openEnd {
			flush(i)
			style = m
		}
	}
	flush(len(lines))
	return out.String()
}

// looseLists marks blocks that are items of a list whose items are paragraphs:
// two and more blocks whose marks count up, or bear the same bullet.
func (d *draft) looseLists() {
	last := -1 // the block with the last item
	var m marker
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose && b.role != list {
			if b.role == headline {
				last = -1
			}
			continue
		}
		n, ok := itemMark(d.first(b).text)
		if !ok || n.style == 'o' || n.style == 'A' && !n.paren {
			if last >= 0 && i-last > 6 {
				last = -1
			}
			continue
		}
		if last >= 0 && n.follows(m) && (n.value > 0 || i-last == 1 || d.first(b).indent == d.first(&d.blocks[last]).indent) {
			d.blocks[last].role, b.role = list, list
		}
		last, m = i, n
	}
}
