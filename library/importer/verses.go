package importer

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lectern/library"
)

var (
	// "3:16 And so", "[3:16] And so", "Gen 3:16 And so", "3:16-17 And so".
	verseAhead = expr(`^(?:(?:[1-4] ?)?\p{Lu}\p{L}{1,14}\.? )?[\[({]?([0-9]{1,3}):([0-9]{1,3})(?:[-–]([0-9]{1,3}))?[\])}]?[.:]? +(\S)`)
	// "16 And so": no list, which has a mark behind its number.
	numberAhead = expr(`^[\[(]?([0-9]{1,3})(?:[-–]([0-9]{1,3}))?[\])]? +(\S)`)
	// "… the thought. 16"
	numberAfter = expr(`(?:^|[.!?…;:,"'”’»)-] ?)[\[(]?([0-9]{1,4})[\])]?$`)
	// A line's number stands at the margin, with room before it.
	numberMargin = expr(`(?:\t| {3,})[\[(]?([0-9]{1,5})[\])]?$`)
)

// A mark is where a verse begins.
type verseMark struct {
	line    int // index into draft.lines
	chapter int // 0 where only verses are numbered
	verse   int
	last    int // of several in one: "4-5 And so"
	size    int // bytes of the mark before the text, 0 where more than a number stands there
}

// findVerses learns whether the text numbers its verses or lines itself: by
// what the person declares, or because it plainly does. Marks stay in the text,
// as those of lists do; numbers of lines at the margin are taken off.
func (d *draft) findVerses(declared library.Scheme) {
	switch declared {
	case library.ChapterVerse:
		if d.versesAhead(3) || d.numbersAhead(3, declared) {
			d.meta.Scheme = library.ChapterVerse
		} else {
			d.warn("no_verses", "The text was said to have chapters and verses, and bears no numbers that could be theirs.", 0)
		}
		return
	case library.LineNumbers:
		d.meta.Scheme = library.LineNumbers
		if !d.marginNumbers(1) && !d.numbersBehind(3) {
			d.countLines = true
		}
		return
	case library.ByPassage:
	default: // see numberEditionPages
		return
	}
	switch {
	case d.versesAhead(5), d.numbersAhead(12, library.ByPassage):
		d.meta.Scheme = library.ChapterVerse
		d.warn("scheme_guessed", "The text numbers chapters and verses; passages are cited by them.", 0)
	case d.marginNumbers(2), d.numbersBehind(12):
		d.meta.Scheme = library.LineNumbers
		d.warn("scheme_guessed", "The text numbers its lines or verses; passages are cited by them.", 0)
	}
}

// versesAhead looks for lines that begin with chapter and verse and count up.
func (d *draft) versesAhead(least int) bool {
	var marks []verseMark
	c, v, wrong := 0, 0, 0
	var jumps []library.Warning
	var beyond verseMark // a jump, as an excerpt has, until the next goes on from it
	take := func(m verseMark) {
		marks = append(marks, m)
		c, v = m.chapter, m.last
	}
	for i := d.frontLines; i < len(d.lines); i++ {
		s := d.lines[i].text
		if strings.IndexByte(s[:min(len(s), 32)], ':') < 0 {
			continue
		}
		m := verseAhead.FindStringSubmatch(s)
		if m == nil {
			continue
		}
		chapter, verse := number3(m[1]), number3(m[2])
		mark := verseMark{line: i, chapter: chapter, verse: verse, last: max(verse, number3(m[3]))}
		if c := s[0]; c >= '0' && c <= '9' || strings.IndexByte("[({", c) >= 0 {
			mark.size = len(m[0]) - len(m[4])
		}
		switch {
		case len(marks) == 0, nextVerse(c, v, chapter, verse), chapter == 1 && verse == 1:
			beyond = verseMark{}
			take(mark)
		case beyond.chapter > 0 && nextVerse(beyond.chapter, beyond.last, chapter, verse):
			wrong--
			jumps = append(jumps, library.Warning{Line: int(d.lines[beyond.line].no), Message: fmt.Sprintf("The verses go from %d:%d to %d:%d: the text leaves some out, or a number is wrong.", c, v, beyond.chapter, beyond.verse)})
			take(beyond)
			take(mark)
			beyond = verseMark{}
		default:
			wrong++
			if beyond = (verseMark{}); chapter > c || chapter == c && verse > v {
				beyond = mark
			}
		}
	}
	if len(marks) < least || wrong*10 > len(marks) || !d.takeVerses(marks) {
		return false
	}
	for _, j := range jumps {
		d.warn("verses_jump", j.Message, int32(j.Line))
	}
	return true
}

// nextVerse reports whether a chapter and a verse follow on others: a few verses may
// be wanting, and a chapter.
func nextVerse(c, v, chapter, verse int) bool {
	return chapter == c && verse > v && verse <= v+3 || chapter > c && chapter <= c+2 && verse <= 2
}

// numbersAhead looks for lines that begin with a number and count up, from 1
// again below each heading of a chapter.
func (d *draft) numbersAhead(least int, declared library.Scheme) bool {
	var marks []verseMark
	v, restarts, headed, blocks, begun := 0, 0, 0, 0, 0
	for i := d.frontLines; i < len(d.lines); i++ {
		l := &d.lines[i]
		m := numberAhead.FindStringSubmatch(l.text)
		long := l.width > 25
		if l.gap > 0 && long {
			blocks++
			if m != nil {
				begun++
			}
		}
		if m == nil {
			continue
		}
		n := number3(m[1])
		switch {
		case n == v+1 && v > 0:
		case n == 1:
			restarts++
			if lb, ok := readLabel(d.lines[max(i-1, 0)].text); i > d.frontLines && ok && lb.word != "" {
				headed++
			}
		default:
			continue
		}
		last := max(n, number3(m[2]))
		marks, v = append(marks, verseMark{line: i, verse: n, last: last, size: len(m[0]) - len(m[3])}), last
	}
	if headed == restarts {
		least = min(least, 8) // they begin anew below the headings of chapters
	}
	if len(marks) < least || restarts < 2 && declared == library.ByPassage || restarts == 0 || begun*4 < blocks*3 {
		return false
	}
	return d.takeVerses(marks)
}

// takeVerses keeps marks if they are a good part of the text.
func (d *draft) takeVerses(marks []verseMark) bool {
	if len(marks)*12 < len(d.lines)-d.frontLines {
		return false
	}
	d.verses = make(map[int]verseMark, len(marks))
	var off strings.Builder
	first := int32(0)
	for _, m := range marks {
		d.verses[m.line] = m
		l := &d.lines[m.line]
		if m.size == 0 {
			continue
		}
		if off.Len() > 0 {
			off.WriteByte(' ')
		} else {
			first = l.no
		}
		off.WriteString(strings.TrimSpace(l.text[:m.size]))
		l.text = l.text[m.size:]
		l.width = columns(l.text)
	}
	if off.Len() > 0 {
		d.left = append(d.left, library.LeftOut{Text: off.String(), Reason: "the numbers of verses, by which they are cited", Line: int(first)})
	}
	return true
}

// A margin is a line's number as it stands beside the line.
type margin struct {
	line, value int
	rest        string // the line without it
	column      int32  // at which it stands behind the line, 0 for one before it
}

// marginNumbers takes the numbers of lines off: every fifth or tenth line, or
// whatever the step is, bears one at its margin, right or left, and they count up
// with the lines.
func (d *draft) marginNumbers(least int) bool {
	if d.mostTabs {
		return false
	}
	for _, at := range [...]func(int) (margin, bool){d.rightNumber, d.leftNumber} {
		found := d.besideLines(at)
		if len(found) < max(1, least) || !d.countsLines(found, least) {
			continue
		}
		// Whether they stand beside verse is seen without them.
		lines, left := slices.Clone(d.lines), len(d.left)
		d.takeNumbers(found)
		if least < 2 || d.besideVerse(found) {
			return true
		}
		d.lines, d.left, d.lineNumbers, d.countLines, d.ranShort = lines, d.left[:left], nil, false, false
	}
	return false
}

// besideLines are the lines with a number beside them, as long as it counts up.
func (d *draft) besideLines(number func(int) (margin, bool)) (found []margin) {
	for i := d.frontLines; i < len(d.lines); i++ {
		m, ok := number(i)
		if !ok {
			continue
		}
		if k := len(found); k > 0 && m.value <= found[k-1].value && m.value > 10 {
			continue
		}
		found = append(found, m)
	}
	return found
}

// rightNumber reads a number behind a line, with room before it.
func (d *draft) rightNumber(i int) (margin, bool) {
	raw := strings.TrimRight(d.lines[i].raw, " \t")
	if raw == "" || d.lines[i].width > 100 || !strings.ContainsRune("0123456789)]", rune(raw[len(raw)-1])) {
		return margin{}, false
	}
	end := tail(raw, 24)
	m := numberMargin.FindStringSubmatchIndex(end)
	if m == nil {
		return margin{}, false
	}
	n, err := strconv.Atoi(end[m[2]:m[3]])
	at := len(raw) - len(end)
	return margin{i, n, raw[:at+m[0]], columns(raw[:at+m[2]])}, err == nil && n > 0
}

// numberLeft stands before a line, with room behind it.
var numberLeft = expr(`^ *[\[(]?([0-9]{1,5})[\])]?(?: {2,}|\t+)`)

// leftNumber reads a number before a line that begins where the lines beside it
// do, further in than the number.
func (d *draft) leftNumber(i int) (margin, bool) {
	l := &d.lines[i]
	if l.width > 100 || l.text[0] != '[' && l.text[0] != '(' && (l.text[0] < '0' || l.text[0] > '9') {
		return margin{}, false
	}
	m := numberLeft.FindStringSubmatchIndex(l.raw)
	if m == nil || strings.ContainsRune(l.raw[:m[1]], '\t') {
		return margin{}, false
	}
	column := columns(l.raw[:m[1]])
	beside := false
	for _, k := range [...]int{i - 1, i + 1} {
		if k >= 0 && k < len(d.lines) && (k < i && l.gap == 0 || k > i && d.lines[k].gap == 0) {
			beside = beside || d.lines[k].indent == column
		}
	}
	n, err := strconv.Atoi(l.raw[m[2]:m[3]])
	return margin{i, n, strings.Repeat(" ", int(column)) + l.raw[m[1]:], 0}, beside && err == nil && n > 0
}

// countsLines reports whether numbers count the lines beside which they stand:
// nine in ten at their distances. Two alone must be the first ones of their step,
// and right to the line.
func (d *draft) countsLines(found []margin, least int) bool {
	step := 0
	for k := 1; k < len(found); k++ {
		if s := found[k].value - found[k-1].value; s > 0 && (step == 0 || s < step) {
			step = s
		}
	}
	if step == 0 {
		step = found[0].value
	}
	if least > 1 && len(found)*step*3 < len(d.lines)-d.frontLines {
		return false // most of the text is none of the lines that they count
	}
	if len(found) == 2 && least > 1 {
		a, b := found[0], found[1]
		return (step == 5 || step == 10) && a.value == step && b.line-a.line == step && a.line-d.frontLines >= step-1 && a.line-d.frontLines <= step+1
	}
	good := 0
	for k, f := range found {
		// A heading or a stage direction between them is not counted.
		if before := found[max(0, k-1)]; f.value%step == 0 && (k == 0 || f.line-before.line >= f.value-before.value && f.line-before.line <= f.value-before.value+6) {
			good++
		}
	}
	return step <= 20 && good*10 >= len(found)*9
}

// besideVerse reports whether numbers that nobody declared are those of lines: at
// every second line at the least, so that they are no column of a table or a list
// of values; beside a good part of the text's verse and not in one corner of it; and
// mostly beside lines that end where a writer pleased, as verse does.
func (d *draft) besideVerse(found []margin) bool {
	first, last := found[0], found[len(found)-1]
	if (last.value-first.value)*2 < 3*(len(found)-1) { // each line is numbered
		return false
	}
	d.ranShort = d.endsBefore(found)
	d.findLineated()
	verse, within := 0, 0
	for from := d.frontLines; from < len(d.lines); {
		to := from + 1
		for to < len(d.lines) && d.lines[to].gap == 0 {
			to++
		}
		if to-from > 1 && (d.lineated || d.verse(d.lines[from:to])) {
			verse += to - from
			within += max(0, min(to, last.line+1)-max(from, first.line))
		}
		from = to
	}
	return within*2 >= last.line-first.line+1 && within*3 >= verse
}

// endsBefore reports whether the lines that numbers count mostly end though the next
// word would have fitted before the numbers: nobody wrapped them to that margin.
func (d *draft) endsBefore(found []margin) bool {
	column := found[0].column
	for _, f := range found {
		column = min(column, f.column)
	}
	pairs, room := 0, 0
	for i := max(d.frontLines, found[0].line-4) + 1; i <= found[len(found)-1].line; i++ {
		a, b := &d.lines[i-1], &d.lines[i]
		if b.gap > 0 {
			continue
		}
		if pairs++; a.indent+a.width+1+columns(unit(b.text)) < column-2 {
			room++
		}
	}
	return column > 0 && len(found) >= 3 && pairs >= 6 && room*10 >= pairs*8
}

// takeNumbers takes the numbers off their lines, and lists them as left out.
func (d *draft) takeNumbers(found []margin) {
	d.lineNumbers = make(map[int]int, len(found))
	for _, f := range found {
		l := &d.lines[f.line]
		d.left = append(d.left, library.LeftOut{Text: strconv.Itoa(f.value), Reason: "the number of a line", Line: int(l.no)})
		l.raw = f.rest
		body := strings.TrimLeft(l.raw, " \t")
		if !strings.ContainsRune(l.raw[:len(l.raw)-len(body)], '\t') {
			l.indent = int32(len(l.raw) - len(body))
		}
		l.text = tidy(body)
		l.width = columns(l.text)
		d.lineNumbers[f.line] = f.value
	}
	d.countLines = true
}

// numbersBehind looks for paragraphs that end with their number and count up
// through the whole text.
func (d *draft) numbersBehind(least int) bool {
	behind := map[int]int{}
	last, blocks := 0, 0
	for i := d.frontLines; i < len(d.lines); i++ {
		l := &d.lines[i]
		if i+1 < len(d.lines) && d.lines[i+1].gap == 0 || l.gap > 0 && l.width < 30 {
			continue
		}
		blocks++
		if c := l.text[len(l.text)-1]; (c < '0' || c > '9') && c != ')' && c != ']' {
			continue
		}
		m := numberAfter.FindStringSubmatch(tail(l.text, 24))
		if m == nil {
			continue
		}
		if n, err := strconv.Atoi(m[1]); err == nil && (n > last && n <= last+8 && last > 0 || n == 1) {
			behind[i], last = n, n
		}
	}
	if len(behind) < least || len(behind)*5 < blocks*3 {
		return false
	}
	d.behind = behind
	return true
}

func number3(s string) int {
	n, _ := strconv.Atoi(s) // three digits at most
	return n
}

// verseStarts are the lines within a block at which verses begin.
func (d *draft) verseStarts(from, to int) []int {
	if d.verses == nil {
		return nil
	}
	var at []int
	for i := from; i < to; i++ {
		if _, ok := d.verses[i]; ok {
			at = append(at, i)
		}
	}
	return at
}

// A verser gives passages their addresses as the work is put together.
type verser struct {
	d       *draft
	chapter int // 0 before the first
	verse   int // the last one of it
	line    int // of the next line that counts
}

// open begins a section: verses without a chapter of their own take its label,
// and lines may be counted anew.
func (v *verser) open(h *heading) {
	if h.numbered && h.value > 0 {
		v.chapter, v.verse = h.value, 0
	}
}

// of is the address of a block that becomes a passage.
func (v *verser) of(b *block) string {
	d := v.d
	if n, ok := d.behind[b.to-1]; ok {
		return strconv.Itoa(n)
	}
	if d.countLines && (b.role == stanza || d.meta.Scheme == library.LineNumbers && b.role == prose) {
		return v.lines(b)
	}
	m, ok := d.verses[b.from]
	switch {
	case !ok:
		return ""
	case m.chapter > 0:
		return strconv.Itoa(m.chapter) + ":" + verseNumbers(m.verse, m.last)
	case v.chapter == 0, v.verse > 0 && m.verse <= v.verse: // they begin anew though no heading says so
		v.chapter++
	}
	v.verse = m.last
	return strconv.Itoa(v.chapter) + ":" + verseNumbers(m.verse, m.last)
}

// verseNumbers are those of a passage: "16", "16-17".
func verseNumbers(first, last int) string {
	if last > first {
		return strconv.Itoa(first) + "-" + strconv.Itoa(last)
	}
	return strconv.Itoa(first)
}

// lines are the numbers of a block's lines, set right by the numbers at the
// margin.
func (v *verser) lines(b *block) string {
	first := v.line + 1
	for i := b.from; i < b.to; i++ {
		if n, ok := v.d.lineNumbers[i]; ok {
			first = n - (i - b.from)
			break
		}
	}
	if first < 1 {
		first = 1
	}
	v.line = first + b.size() - 1
	if b.size() == 1 {
		return strconv.Itoa(first)
	}
	return strconv.Itoa(first) + "-" + strconv.Itoa(v.line)
}

// numberVerses gives the passages of a work that declares chapters and verses
// the addresses that they begin with.
func numberVerses(w *library.Work) {
	if w.Scheme != library.ChapterVerse {
		return
	}
	found := false
	for i := range w.Passages {
		p := &w.Passages[i]
		if !p.Kind.Numbered() {
			continue
		}
		text := strings.TrimLeft(p.Text, "*_ ")
		if m := verseAhead.FindStringSubmatch(text); m != nil {
			p.Verse = strconv.Itoa(number3(m[1])) + ":" + verseNumbers(number3(m[2]), number3(m[3]))
		} else if m := numberAhead.FindStringSubmatch(text); m != nil {
			for at := p.Section; at >= 0; at = w.Sections[at].Parent {
				if l, ok := readLabel(w.Sections[at].Label()); ok && l.value > 0 {
					p.Verse = strconv.Itoa(l.value) + ":" + verseNumbers(number3(m[1]), number3(m[2]))
					break
				}
			}
		}
		found = found || p.Verse != ""
	}
	if !found {
		w.Warnings = append(w.Warnings, library.Warning{Code: "no_verses", Message: "The text was said to have chapters and verses, and bears no numbers that could be theirs."})
	}
}
