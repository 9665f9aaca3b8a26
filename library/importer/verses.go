package importer

import (
	"regexp"
	"strconv"
	"strings"

	"lectern/library"
)

var (
	// "3:16 And so", "[3:16] And so", "Gen 3:16 And so".
	verseAhead = regexp.MustCompile(`^(?:(?:[1-4] ?)?\p{Lu}\p{L}{1,14}\.? )?[\[({]?([0-9]{1,3}):([0-9]{1,3})[\])}]?[.:]? +(\S)`)
	// "16 And so": no list, which has a mark behind its number.
	numberAhead = regexp.MustCompile(`^[\[(]?([0-9]{1,3})[\])]? +(\S)`)
	// "… the thought. 16"
	numberAfter = regexp.MustCompile(`(?:^|[.!?…;:,"'”’»)-] ?)[\[(]?([0-9]{1,4})[\])]?$`)
	// A line's number stands at the margin, with room before it.
	numberMargin = regexp.MustCompile(`(?:\t| {3,})[\[(]?([0-9]{1,5})[\])]?$`)
)

// A mark is where a verse begins.
type verseMark struct {
	line    int // index into draft.lines
	chapter int // 0 where only verses are numbered
	verse   int
}

// findVerses learns whether the text numbers its verses or lines itself: by
// what the person declares, or because it plainly does. Marks stay in the text,
// as those of lists do; numbers of lines at the margin are taken off.
func (d *draft) findVerses(declared library.Scheme) {
	switch declared {
	case library.ChapterVerse:
		if d.versesAhead(3) || d.numbersAhead(3) {
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
	case d.versesAhead(5), d.numbersAhead(12):
		d.meta.Scheme = library.ChapterVerse
		d.warn("scheme_guessed", "The text numbers chapters and verses; passages are cited by them.", 0)
	case d.marginNumbers(3), d.numbersBehind(12):
		d.meta.Scheme = library.LineNumbers
		d.warn("scheme_guessed", "The text numbers its lines or verses; passages are cited by them.", 0)
	}
}

// versesAhead looks for lines that begin with chapter and verse and count up.
func (d *draft) versesAhead(least int) bool {
	var marks []verseMark
	c, v, wrong := 0, 0, 0
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
		switch {
		case len(marks) == 0, chapter == c && verse > v && verse <= v+3, chapter > c && chapter <= c+2 && verse <= 2, chapter == 1 && verse == 1:
		default:
			wrong++
			continue
		}
		marks = append(marks, verseMark{i, chapter, verse})
		c, v = chapter, verse
	}
	if len(marks) < least || wrong*10 > len(marks) {
		return false
	}
	return d.takeVerses(marks)
}

// numbersAhead looks for lines that begin with a number and count up, from 1
// again below each heading of a chapter.
func (d *draft) numbersAhead(least int) bool {
	var marks []verseMark
	v, restarts, blocks, begun := 0, 0, 0, 0
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
		default:
			continue
		}
		marks, v = append(marks, verseMark{i, 0, n}), n
	}
	if len(marks) < least || restarts < 2 || begun*4 < blocks*3 {
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
	for _, m := range marks {
		d.verses[m.line] = m
	}
	return true
}

// marginNumbers takes the numbers of lines off: every fifth or tenth line, or
// whatever the step is, bears one at its margin, and they count up with the
// lines.
func (d *draft) marginNumbers(least int) bool {
	if d.mostTabs {
		return false
	}
	type margin struct{ line, value int }
	var found []margin
	for i := d.frontLines; i < len(d.lines); i++ {
		raw := strings.TrimRight(d.lines[i].raw, " \t")
		if raw == "" || d.lines[i].width > 100 || !strings.ContainsRune("0123456789)]", rune(raw[len(raw)-1])) {
			continue
		}
		m := numberMargin.FindStringSubmatch(tail(raw, 24))
		if m == nil {
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil || n == 0 {
			continue
		}
		if k := len(found); k > 0 && n <= found[k-1].value && n > 10 {
			continue
		}
		found = append(found, margin{i, n})
	}
	if len(found) < least {
		return false
	}
	step := 0
	for k := 1; k < len(found); k++ {
		if s := found[k].value - found[k-1].value; s > 0 && (step == 0 || s < step) {
			step = s
		}
	}
	if step == 0 {
		step = found[0].value
	}
	good := 0
	for k, f := range found {
		// A heading or a stage direction between them is not counted.
		if before := found[max(0, k-1)]; f.value%step == 0 && (k == 0 || f.line-before.line >= f.value-before.value && f.line-before.line <= f.value-before.value+6) {
			good++
		}
	}
	if step > 20 || good*10 < len(found)*9 {
		return false
	}
	d.lineNumbers = make(map[int]int, len(found))
	for _, f := range found {
		l := &d.lines[f.line]
		at := numberMargin.FindStringSubmatchIndex(strings.TrimRight(l.raw, " \t"))
		d.left = append(d.left, library.LeftOut{Text: strconv.Itoa(f.value), Reason: "the number of a line", Line: int(l.no)})
		l.raw = l.raw[:at[0]]
		l.text = tidy(strings.TrimLeft(l.raw, " \t"))
		l.width = columns(l.text)
		d.lineNumbers[f.line] = f.value
	}
	d.countLines = true
	return true
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
	chapter string
	line    int // of the next line that counts
}

// open begins a section: verses without a chapter of their own take its label,
// and lines may be counted anew.
func (v *verser) open(h *heading) {
	if h.numbered && h.value > 0 {
		v.chapter = strconv.Itoa(h.value)
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
		return strconv.Itoa(m.chapter) + ":" + strconv.Itoa(m.verse)
	case v.chapter != "":
		return v.chapter + ":" + strconv.Itoa(m.verse)
	}
	return "1:" + strconv.Itoa(m.verse)
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
			p.Verse = strconv.Itoa(number3(m[1])) + ":" + strconv.Itoa(number3(m[2]))
		} else if m := numberAhead.FindStringSubmatch(text); m != nil {
			for at := p.Section; at >= 0; at = w.Sections[at].Parent {
				if l, ok := readLabel(w.Sections[at].Label()); ok && l.value > 0 {
					p.Verse = strconv.Itoa(l.value) + ":" + strconv.Itoa(number3(m[1]))
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
