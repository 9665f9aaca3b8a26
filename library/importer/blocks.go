package importer

import (
	"strings"
	"unicode"

	"lectern/library"
)

// A role is what a block is taken for.
type role uint8

const (
	prose role = iota
	headline
	quotation
	epigraph
	list
	stanza
	table
	preformatted
	note
	frontLine
	dateline
	salutation
	signature
	editorNote
	caption
	citation // whose words the block before it holds
	leftOut
)

// passageKinds are the kinds of those roles that become passages.
var passageKinds = [...]library.Kind{
	prose: library.Paragraph, quotation: library.Quotation, epigraph: library.Epigraph, list: library.List, stanza: library.Stanza,
	table: library.Table, preformatted: library.Preformatted, note: library.Footnote,
}

// partKinds are the kinds of those that become parts.
var partKinds = [...]library.Kind{
	frontLine: library.FrontMatter, dateline: library.Dateline, salutation: library.Salutation, signature: library.Signature,
	editorNote: library.EditorNote, caption: library.Caption,
}

// A block is a run of lines that belong together.
type block struct {
	from, to int // d.lines[from:to]
	gap      int32
	breaks   bool // a page breaks before it
	role     role
	under    bool   // it was underlined: a heading
	term     bool   // what is defined right below it: no heading
	reason   string // why it is left out
	label    string // a note's
	attr     string // words at the end that say whose the others are
	strip    int    // bytes of a note's mark before its text
	cache    string
}

// text is what a block says on one line.
func (d *draft) text(b *block) string {
	if b.cache == "" {
		b.cache = d.mend.join(d.lines[b.from:b.to])
	}
	return b.cache
}

func (d *draft) first(b *block) *line { return &d.lines[b.from] }
func (d *draft) last(b *block) *line  { return &d.lines[b.to-1] }
func (b *block) size() int            { return b.to - b.from }

// short reports whether a block is one of few words, at most n.
func (d *draft) short(b *block, n int) bool {
	if b.size() > 3 {
		return false
	}
	chars := int32(0)
	for i := b.from; i < b.to; i++ {
		chars += d.lines[i].width
	}
	return chars <= int32(n)*12 && atMostWords(d.text(b), n)
}

// cutBlocks parts the lines into blocks: at empty lines and page breaks first,
// then within what stands together.
func (d *draft) cutBlocks() {
	d.base = d.usualIndent()
	d.para = d.paragraphIndent()
	d.findLineated()
	d.findEdges()
	d.findSpeakers()
	d.learnTerms()
	for i := d.frontLines; i < len(d.lines) && len(d.blocks) <= maxBlocks && !d.stopped(len(d.blocks)); {
		j := i + 1
		for j < len(d.lines) && d.lines[j].gap == 0 && !d.lines[j].feed {
			j++
		}
		d.split(i, j)
		i = j
	}
}

func (d *draft) add(from, to int, r role) *block {
	if from >= to {
		return &block{}
	}
	l := &d.lines[from]
	d.blocks = append(d.blocks, block{from: from, to: to, gap: l.gap, breaks: d.pageBreak(l), role: r})
	return &d.blocks[len(d.blocks)-1]
}

// split parts what stands without empty lines between.
func (d *draft) split(from, to int) {
	if to-from > 2 && gridRule(d.lines[from].text) && barred(d.lines[from:to]) {
		d.add(from, to, table)
		return
	}
	if at := d.headedTable(from, to); at >= 0 {
		d.split(from, at)
		d.add(at, to, table)
		return
	}
	// Rules and underlines part it for certain.
	for i := from; i < to; i++ {
		if !isRule(d.lines[i].text) || i > from && i+1 < to && programLine(d.lines[i-1].text) && programLine(d.lines[i+1].text) {
			continue
		}
		under := i > from && d.underlined(i-1, i-1 == from)
		if !under && d.drawn(from, to) {
			break
		}
		switch {
		case under:
			d.split(from, i-1)
			d.add(i-1, i, prose).under = true
		default:
			d.split(from, i)
		}
		d.add(i, i+1, leftOut).reason = "a rule"
		d.split(i+1, to)
		return
	}
	lines := d.lines[from:to]
	if len(lines) == 0 {
		return
	}
	if len(lines) == 1 {
		d.add(from, to, prose)
		return
	}
	if quoted(lines) {
		at := from
		for i := from; i <= to; i++ {
			if i < to && strings.Trim(d.lines[i].text, "> ") != "" {
				d.lines[i].text = tidy(strings.TrimLeft(d.lines[i].text, "> "))
				continue
			}
			if i > at {
				d.splitProse(at, i, quotation)
			}
			if i < to {
				d.add(i, i+1, leftOut).reason = "a rule"
			}
			at = i + 1
		}
		return
	}
	if at := d.verseStarts(from, to); len(at) > 0 {
		d.split(from, at[0])
		for k, i := range at {
			next := to
			if k+1 < len(at) {
				next = at[k+1]
			}
			d.add(i, next, prose)
		}
		return
	}
	if l, ok := readLabel(lines[0].text); ok && l.title == "" && (l.word == "act" || l.word == "scene") && end(lines[len(lines)-1].text) == fullEnd && !isCapitals(lines[1].text) {
		d.add(from, from+1, prose) // a stage direction follows, and no title
		d.split(from+1, to)
		return
	}
	if at := d.speeches(from, to); len(at) > 0 {
		for k, i := range at {
			next := to
			if k+1 < len(at) {
				next = at[k+1]
			}
			r := prose
			if next-i > 1 && (d.verse(d.lines[i:next]) || d.measured(i, next)) {
				r = stanza
			}
			d.add(i, next, r)
		}
		return
	}
	if at, ok := d.listStart(lines); ok {
		if at > 0 {
			d.split(from, from+at)
		}
		d.add(from+at, to, list)
		return
	}
	if at := d.tableStart(lines); at > 0 {
		d.split(from, from+at)
		d.add(from+at, to, table)
		return
	}
	if at := d.tableBelow(from, to); at > 0 {
		d.split(from, at)
		d.add(at, to, table)
		return
	}
	if d.namesSource(from, to) {
		d.split(from, to-1)
		d.add(to-1, to, prose)
		return
	}
	if at := d.broughtIn(from, to); at > 0 && !d.verse(lines) {
		d.split(from, at)
		if d.keptLines(at, to) {
			d.add(at, to, preformatted)
			return
		}
		d.split(at, to)
		return
	}
	switch {
	case barred(lines):
		d.add(from, to, table)
	case d.drawn(from, to), commandLines(lines):
		d.add(from, to, preformatted)
	case d.tabular(lines):
		d.add(from, to, table)
	case d.verse(lines):
		d.add(from, to, stanza)
	case d.running(lines):
		d.splitProse(from, to, prose)
	default:
		for i := from; i < to; i++ {
			d.add(i, i+1, prose)
		}
	}
}

// underlined reports whether a line is a heading that the next line, a rule,
// underlines: one sign repeated, as long as the line where other words stand
// above it, about as long otherwise.
func (d *draft) underlined(at int, first bool) bool {
	a, r := &d.lines[at], &d.lines[at+1]
	if !hasWord(a.text) || a.width > 100 && a.width != r.width || r.width < 3 || r.gap > 0 || strings.Trim(r.text, r.text[:1]) != "" || strings.Contains(a.text, "|") {
		return false
	}
	if off := r.width + r.indent - a.width - a.indent; off >= -1 && off <= 1 && r.indent <= a.indent+1 {
		return true
	}
	// Between two rules of one length stands an example rather than a title.
	boxed := at > 0 && a.gap == 0 && isRule(d.lines[at-1].text)
	return first && !boxed && r.width <= a.width*2+4
}

// isRule reports whether a line is drawn and says nothing.
func isRule(s string) bool {
	n := 0
	if s != "" && len(s) < 9 && strings.Trim(s, "%") == "" { // between sayings in a collection
		return true
	}
	if len(s) > 4 && strings.Trim(s, `"`) == "" { // the deepest headings of reStructuredText
		return true
	}
	for _, r := range s {
		if !strings.ContainsRune("-=_*~^#+.•·—–─━═⁂❦ \u2015", r) {
			return false
		}
		if r != ' ' {
			n++
		}
	}
	return n >= 3 || s == "*" || s == "⁂" || s == "❦"
}

// quoted reports whether lines are quoted as in mail.
func quoted(lines []line) bool {
	said := false
	for i := range lines {
		if lines[i].text[0] != '>' {
			return false
		}
		said = said || strings.Trim(lines[i].text, "> ") != ""
	}
	return said
}

// running reports whether lines are prose that was wrapped, rather than
// paragraphs of one line each.
func (d *draft) running(lines []line) bool {
	limit := max(d.fit.full*3/2, 140)
	if !d.fit.known {
		limit = 140
	}
	for i := range lines {
		if lines[i].width > limit {
			return false
		}
	}
	return true
}

// splitProse parts wrapped prose into paragraphs that no empty line parts: at
// lines that are set in, and after lines that were ended on purpose where a
// sentence ends too.
func (d *draft) splitProse(from, to int, r role) {
	at := from
	rest := d.lines[from].indent
	if to-from > 1 {
		rest = d.lines[from+1].indent
	}
	if d.defines(from, to) {
		d.add(from, from+1, r).term = true
		at, from = from+1, from+1
	}
	sentences := !d.fit.known && to-from >= 3 && d.sentences(d.lines[from:to]) && d.starts(from, to)
	for i := from + 1; i < to; i++ {
		a, b := &d.lines[i-1], &d.lines[i]
		indented := b.indent > rest && b.indent <= rest+10 && b.indent > a.indent && end(a.text) != openEnd && (i+1 == to || d.lines[i+1].indent < b.indent)
		if d.para > 0 && b.indent == d.base+d.para && (a.indent == d.base || a.indent == b.indent && i-1 == at) && end(a.text) != openEnd {
			indented = true
		}
		if indented || sentences || d.fit.known && end(a.text) == fullEnd && !startsLower(b.text) && d.fit.withNext(a, b) < d.fit.limit*9/10 {
			d.add(at, i, r)
			at = i
		}
	}
	d.add(at, to, r)
}

// defines reports whether the first line of a block is a term that those below
// it define: ended by hand, and they are set in below it, all to one place.
func (d *draft) defines(from, to int) bool {
	if !d.fit.known || d.fit.times || to-from < 2 {
		return false
	}
	a, b := &d.lines[from], &d.lines[from+1]
	in := b.indent - a.indent
	if in < 2 || in > 12 || !atMostWords(a.text, 14) || d.fit.withNext(a, b) >= d.fit.limit*95/100 && !d.terms[in] {
		return false
	}
	if e := end(a.text); e != openEnd && e != closedEnd && e != colonEnd {
		return false
	}
	// An item's title stands further out than what it says below.
	if m, ok := itemMark(a.text); ok && (m.bullet() || b.indent <= a.indent+int32(m.size)) {
		return false
	}
	for i := from + 2; i < to; i++ {
		if d.lines[i].indent != b.indent {
			return false
		}
	}
	return true
}

// namesSource reports whether the last line of a block says whose words the
// others are: a dash, a name, and a sentence that ended before or room at the
// left.
func (d *draft) namesSource(from, to int) bool {
	a, b := &d.lines[to-2], &d.lines[to-1]
	if r := firstRune(b.text); r != '—' && r != '―' && r != '–' && !strings.HasPrefix(b.text, "--") || !atMostWords(b.text, 16) {
		return false
	}
	name := firstLetter(strings.TrimLeft(b.text, "—-–― "))
	return (unicode.IsUpper(name) || name == '*' || name == '_') && lastRune(b.text) != '?' && (end(a.text) == fullEnd || end(a.text) == closedEnd || b.indent > d.lines[from].indent+3)
}

// starts reports whether all lines are short and begin as sentences do.
func (d *draft) starts(from, to int) bool {
	for i := from; i < to; i++ {
		if l := &d.lines[i]; l.width > 50 || !unicode.IsUpper(firstLetter(l.text)) {
			return false
		}
	}
	return true
}

// paragraphIndent is how far in the first lines of paragraphs stand, 0 where
// they do not: lines that follow the end of a sentence, and after which the text
// goes back to its margin.
func (d *draft) paragraphIndent() int32 {
	var count [11]int
	for i := 1; i < len(d.lines); i++ {
		a, b := &d.lines[i-1], &d.lines[i]
		in := b.indent - d.base
		if in <= 0 || in > 10 || b.gap > 0 || a.indent != d.base && a.indent != b.indent || end(a.text) == openEnd {
			continue
		}
		if i+1 < len(d.lines) && d.lines[i+1].gap == 0 && d.lines[i+1].indent == d.base {
			count[in]++
		}
	}
	best := 0
	for i, n := range count {
		if n > count[best] {
			best = i
		}
	}
	if count[best] < 2 {
		return 0
	}
	return int32(best)
}

// tableStart is the first line of a table right below the sentence that brings
// it, 0 where there is none.
func (d *draft) tableStart(lines []line) int {
	for at := 1; at <= 6 && at+3 <= len(lines); at++ {
		if e := end(lines[at-1].text); e != colonEnd && e != fullEnd || withoutCalls(lines[at].text) == "" {
			continue
		}
		if !d.tabular(lines[:at]) && d.tabular(lines[at:]) && !d.tabular(lines[at-1:at+1]) {
			return at
		}
	}
	return 0
}

// tabular reports whether lines have columns: gaps of two spaces and more, or
// TABs, that end at the same place in most of them, or bars.
func (d *draft) tabular(lines []line) bool {
	cols := map[int]int{}
	bars, wide := 0, 0
	for i := range lines {
		raw := lines[i].raw
		if len(raw) > 250 {
			return false
		}
		if strings.Count(raw, "|") >= 2 {
			bars++
		}
		if len(strings.TrimSpace(raw)) == len(lines[i].text) && (d.mostTabs || strings.IndexByte(raw, '\t') < 0) {
			continue // tidying took nothing out: there is no gap
		}
		col, gap, seen, some := 0, 0, false, false
		for k := range len(raw) {
			switch raw[k] {
			case ' ':
				gap++
				col++
				continue
			case '\t':
				if d.mostTabs {
					gap++
				} else {
					gap += 3
				}
				col += 8 - col%8
				continue
			}
			if seen && gap >= 3 {
				cols[col]++
				some = true
			}
			gap, seen = 0, true
			col++
		}
		if some {
			wide++
		}
	}
	if bars*10 >= len(lines)*8 {
		return true
	}
	if wide < 2 || wide*10 < len(lines)*6 {
		return false
	}
	for _, n := range cols {
		if n >= 2 && n*2 >= wide {
			return true
		}
	}
	return false
}

// drawingSigns is 1 for what drawings and programs are made of.
var drawingSigns = func() (is [256]uint8) {
	for _, c := range []byte(`{}<>=;|\#$@^~+`) {
		is[c] = 1
	}
	return is
}()

// drawnLines is by how many lines a drawing is told: it is asked again at each
// rule of a block.
const drawnLines = 200

// drawn reports whether lines are a drawing or a program rather than words.
func (d *draft) drawn(from, to int) bool {
	to = min(to, from+drawnLines)
	signs, all, art, n := 0, 0, 0, to-from
	for i := from; i < to; i++ {
		s := d.lines[i].text
		if len(s) > 200 {
			return false
		}
		if n <= 3 && (i == from || i == to-1) && isRule(s) {
			n-- // one that parts, above or below a heading
			continue
		}
		own := 0
		for k := range len(s) {
			own += int(drawingSigns[s[k]])
		}
		if own > 1 && (strings.Contains(s, "+-") || strings.Contains(s, "-+") || strings.Count(s, "|") >= 2) {
			art++
		}
		signs += own
		all += len(s)
	}
	return n >= 2 && signs*100 > all*7 && signs >= n || art*2 > n && art >= 2
}

// sentences reports whether most lines are sentences of their own: then they are
// short paragraphs, not verse.
func (d *draft) sentences(lines []line) bool {
	n := 0
	for i := range lines {
		if end(lines[i].text) == fullEnd {
			n++
		}
	}
	return n*10 >= len(lines)*9
}
