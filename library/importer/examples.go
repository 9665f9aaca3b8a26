package importer

import (
	"strings"
	"unicode"
)

// Examples stand within a text that is wrapped: programs, commands, tables that
// spaces are drawn up for. What is said before them often stands right above.

// broughtIn is where what a sentence brings in begins: behind a line that ends with
// a colon though the next word would have fitted on it, or, where the sentence has
// no colon, where a program begins, further out or in than the sentence. It is 0
// where nothing is brought in so.
func (d *draft) broughtIn(from, to int) int {
	if !d.fit.known || d.fit.times {
		return 0
	}
	for i := from + 1; i < to && i-from <= broughtAfter; i++ {
		a, b := &d.lines[i-1], &d.lines[i]
		if _, ok := itemMark(b.text); ok {
			return 0
		}
		said := strings.TrimRight(withoutCalls(a.text), " ")
		if said == "" && i > from+1 {
			said = d.lines[i-2].text
		}
		e := end(said)
		if i == from+1 && atMostWords(a.text, 3) || withoutCalls(b.text) == "" {
			continue // a field's name, or a term; or the sentence's own note is called
		}
		switch {
		case e == colonEnd && i > from+1 && b.indent != a.indent,
			e == colonEnd && d.fit.withNext(a, b) < d.fit.limit*9/10 && !startsLower(b.text):
			return i
		case e == colonEnd && i+1 < to && end(b.text) == openEnd && d.fit.withNext(b, &d.lines[i+1]) < d.fit.limit*6/10:
			return i // a line of a sentence would have been filled
		case b.indent != a.indent && programLine(b.text) && !programLine(a.text) && d.fit.byHand(a, b):
			return i
		}
	}
	return 0
}

// trailingCalls are the calls of notes at the end of a line, as text browsers set them.
var trailingCalls = expr(`(?: ?\^\[[0-9]{1,3}\])+$`)

func withoutCalls(s string) string {
	if !strings.HasSuffix(s, "]") {
		return s
	}
	return trailingCalls.ReplaceAllString(s, "")
}

// tableBelow is the first line of a table with a head of its own right below the
// sentence that brings it, 0 where there is none.
func (d *draft) tableBelow(from, to int) int {
	if !d.fit.known || d.fit.times || to-from < 4 || d.columnsBelow(from, to) {
		return 0
	}
	for i := from + 1; i < to && i < from+6; i++ {
		if d.fit.byHand(&d.lines[i-1], &d.lines[i]) && d.columnsBelow(i, to) {
			return i
		}
	}
	return 0
}

// columnsBelow reports whether a table begins with the ith line: a head of two words
// or more, and two rows at least, all of which have words below one of the head's and
// most of them a gap before it.
func (d *draft) columnsBelow(i, to int) bool {
	if to-i < 3 || len(d.lines[i].raw) > 60 || strings.Contains(d.lines[i].raw, "\t") {
		return false
	}
	head := strings.Split(d.lines[i].raw, " ")
	col := 0
	for k, w := range head {
		if k > 0 && w != "" && hasWord(strings.Join(head[:k], "")) && unicode.IsUpper(firstLetter(w)) {
			gaps, rows := 0, 0
			for r := i + 1; r < to; r++ {
				raw := d.lines[r].raw
				if len(raw) <= col || raw[col-1] != ' ' || raw[col] == ' ' || !hasWord(raw[:col]) {
					continue
				}
				rows++
				if raw[col-2] == ' ' {
					gaps++
				}
			}
			if rows >= 2 && rows == to-i-1 && gaps*2 >= rows {
				return true
			}
		}
		col += len(w) + 1
	}
	return false
}

// keptLines reports whether lines that a sentence brings in are no prose: all but a
// few were ended by hand, and hardly one where a sentence ends.
func (d *draft) keptLines(from, to int) bool {
	full, sentences := 0, 0
	for i := from; i < to; i++ {
		if _, ok := itemMark(d.lines[i].text); ok {
			return false
		}
		if end(d.lines[i].text) == fullEnd {
			sentences++
		}
		if i+1 < to && !d.fit.byHand(&d.lines[i], &d.lines[i+1]) {
			full++
		}
	}
	return to-from > 1 && full*4 <= to-from && sentences*4 <= to-from && !d.tabular(d.lines[from:to]) && !d.verse(d.lines[from:to])
}

// broughtAfter is how many lines of a sentence are looked at.
const broughtAfter = 40

// programLine reports whether a line is of a program or a page's source, and no
// sentence: it begins with a tag or a mark of a remark, or ends as a statement does.
func programLine(s string) bool {
	return strings.HasPrefix(s, "<?") || strings.HasPrefix(s, "<!") || s[0] == '<' && s[len(s)-1] == '>' || strings.HasPrefix(s, "#!") || strings.HasPrefix(s, "/*")
}

// commandLines reports whether lines are a command: a stroke at the end of one says
// that it goes on in the next.
func commandLines(lines []line) bool {
	for i := range lines[:len(lines)-1] {
		if strings.HasSuffix(lines[i].text, ` \`) {
			return true
		}
	}
	return false
}

// headedTable is where a table begins whose columns' names a rule underlines, with
// the line of their names: lines[at], a rule, and rows below it. It is -1 where
// there is none.
func (d *draft) headedTable(from, to int) int {
	for i := from + 1; i+1 < to; i++ {
		if !isRule(d.lines[i].text) {
			continue
		}
		head, rule := &d.lines[i-1], &d.lines[i]
		if strings.Trim(rule.text, "-=─━ ") != "" || !columned(head.raw) || isRule(head.text) || rule.indent+rule.width < head.indent+head.width {
			return -1
		}
		if d.tabular(d.lines[i+1:to]) || i+2 == to && columned(d.lines[i+1].raw) {
			return i - 1
		}
		return -1
	}
	return -1
}

// columned reports whether three spaces or a TAB part the words of a line.
func columned(raw string) bool {
	s := strings.TrimSpace(raw)
	return strings.Contains(s, "   ") || strings.Contains(s, "\t")
}

// joinExamples puts examples together that empty lines part: a run of blocks that
// are set in as far as the first one or further, and further than the text before
// them, all of lines that were ended by hand, and one of which is a program. What
// stands between two examples is one of their lines, as in Markdown.
func (d *draft) joinExamples() {
	if !d.fit.known || d.fit.times {
		return
	}
	column := d.outerColumn()
	out := d.blocks[:0]
	for i := 0; i < len(d.blocks); {
		j := i
		if len(out) > 0 {
			j = d.example(&out[len(out)-1], i)
			if j == i {
				j = d.outerExample(i, column)
			}
		}
		b := d.blocks[i]
		if j > i {
			b.to, b.cache, b.role = d.blocks[j-1].to, "", preformatted
			i = j
		} else {
			i++
		}
		out = append(out, b)
	}
	d.blocks = out
}

// example is the end of the run of blocks from the ith on that are one example, i if
// there is none.
func (d *draft) example(before *block, i int) int {
	in := d.first(&d.blocks[i]).indent
	if before.from >= before.to || before.role == list {
		return i
	}
	margin := d.last(before).indent
	if in < margin+2 {
		return i
	}
	programs, j := 0, i
	for ; j < len(d.blocks); j++ {
		b := &d.blocks[j]
		switch b.role {
		case prose, stanza, table, preformatted:
		default:
			return i
		}
		if d.first(b).indent < in || j > i && (d.first(b).gap > 2 || b.breaks) {
			break
		}
		if _, ok := itemMark(d.first(b).text); ok || !d.handLines(b, in) {
			return i
		}
		if b.role == preformatted || b.size() == 1 && programLine(d.first(b).text) {
			programs++
		}
	}
	if programs == 0 || j-i < 2 {
		return i
	}
	return j
}

// handLines reports whether the lines of a block were ended by hand, none further
// out than a column.
func (d *draft) handLines(b *block, in int32) bool {
	full := 0
	for i := b.from; i < b.to; i++ {
		if d.lines[i].indent < in {
			return false
		}
		if i+1 < b.to && !d.fit.byHand(&d.lines[i], &d.lines[i+1]) && !programLine(d.lines[i].text) {
			full++
		}
	}
	return b.role == preformatted || b.role == table || full*4 <= b.size()
}

// outerColumn is the column at which examples begin further out than the text, as
// text browsers set what is preformatted: between the margin and the text, where no
// heading with a label begins. It is -1 where there is none.
func (d *draft) outerColumn() int32 {
	var heads, blocks, several [8]int
	all := 0
	for i := 0; i < len(d.blocks); {
		b := &d.blocks[i]
		l := d.first(b)
		more := b.size() > 1
		for i++; i < len(d.blocks) && d.blocks[i].gap == 0 && d.blocks[i].from == d.blocks[i-1].to; i++ {
			more = true // no empty line parts them
		}
		switch {
		case l.indent >= d.base || int(l.indent) >= len(heads):
		case !more && labelledLine(l.text) || b.under:
			heads[l.indent]++
			all++
		default:
			blocks[l.indent]++
			if more {
				several[l.indent]++
			}
		}
	}
	if all < 5 {
		return -1
	}
	at := int32(-1)
	for x := 1; x < len(heads); x++ {
		if heads[x] == 0 && blocks[x] >= 2 && (several[x] == blocks[x] || blocks[x] > 2 && several[x]*3 >= blocks[x]) {
			if at >= 0 {
				return -1
			}
			at = int32(x)
		}
	}
	return at
}

// outerExample is the end of the run of blocks from the ith on that are one example
// further out than the text: those that begin in the column of such examples, or a
// program, up to what heads a section or is set in as the text is. It is i if there
// is none.
func (d *draft) outerExample(i int, column int32) int {
	j := i
	if column > 0 {
		for ; j < len(d.blocks) && (j > i || d.blocks[i].role != leftOut) && d.inColumn(&d.blocks[j], column) && (j == i || d.first(&d.blocks[j]).gap <= 2 && !d.blocks[j].breaks); j++ {
		}
		if j > i {
			return j
		}
	}
	if !programLine(d.first(&d.blocks[i]).text) || d.blocks[i].size() < 2 {
		return i
	}
	in := d.first(&d.blocks[i]).indent
	for ; j < len(d.blocks); j++ {
		b := &d.blocks[j]
		l := d.first(b)
		if l.indent != in || l.indent >= d.base || j > i && (l.gap > 2 || b.breaks) || b.role != prose && b.role != stanza && b.role != preformatted || b.role != preformatted && !programLine(l.text) {
			break
		}
		if b.size() == 1 && !strings.HasPrefix(l.text, "</") && j+1 < len(d.blocks) && d.first(&d.blocks[j+1]).indent > in {
			break // it heads what is set in below it
		}
	}
	if j < i+2 {
		return i
	}
	return j
}

// inColumn reports whether a block begins in a column, and none of its lines further
// out.
func (d *draft) inColumn(b *block, column int32) bool {
	if b.role == leftOut {
		return b.size() == 1 && b.gap == 0 && b.reason == "a rule" && d.first(b).indent >= column // a line of one star
	}
	if d.first(b).indent != column || b.under || b.size() == 1 && labelledLine(d.first(b).text) {
		return false
	}
	for k := b.from; k < b.to; k++ {
		if d.lines[k].indent < column {
			return false
		}
	}
	return true
}
