package importer

import (
	"slices"
	"strings"
	"unicode"
)

// findLineated learns whether the lines of a text whose width is not known end
// where their writer pleased, as those of poems do: nearly all begin with
// capitals though no sentence ended before; or they are short and many would have
// had room for the next word, as hardly a line of wrapped prose has, or
// paragraphs of prose would have ended with a mark, which none of theirs does.
func (d *draft) findLineated() {
	if d.ranShort {
		d.lineated = true
		return
	}
	if d.fit.known {
		d.lineated = d.fit.full <= broad && d.unmarkedStanzas()
		return
	}
	var edges []int32
	for i := d.frontLines + 1; i < len(d.lines); i++ {
		if b := &d.lines[i]; b.gap == 0 && !b.feed {
			edges = append(edges, d.lines[i-1].indent+d.lines[i-1].width)
		}
	}
	if len(edges) < 4 {
		return
	}
	slices.Sort(edges)
	wide := edges[(len(edges)-1)*95/100]
	if wide > 72 {
		return
	}
	if wide <= broad && d.unmarkedStanzas() {
		d.lineated = true
		return
	}
	open, capitals, room := 0, 0, 0
	for i := d.frontLines + 1; i < len(d.lines); i++ {
		a, b := &d.lines[i-1], &d.lines[i]
		if b.gap > 0 || b.feed {
			continue
		}
		if e := end(a.text); e == fullEnd || e == colonEnd || !unicode.IsLetter(firstLetter(b.text)) {
			continue
		}
		if _, ok := itemMark(b.text); ok || firstRune(b.text) == '-' {
			continue
		}
		if _, ok := itemMark(a.text); ok {
			continue
		}
		if open++; unicode.IsUpper(firstLetter(b.text)) {
			capitals++
		}
		if a.indent+a.width+1+columns(unit(b.text)) <= wide {
			room++
		}
	}
	d.lineated = open >= 3 && capitals*10 >= open*9 || wide <= broad && open >= 6 && room*10 >= open*4 && open*2 >= len(edges)
}

// unmarkedStanzas reports whether the text is made of runs of lines in which no
// sentence is marked: two at the least, mostly of three lines or more.
func (d *draft) unmarkedStanzas() bool {
	runs, lines := 0, 0
	for from := d.frontLines; from < len(d.lines); {
		to := from + 1
		for to < len(d.lines) && d.lines[to].gap == 0 {
			to++
		}
		if to-from > 1 {
			if !unstopped(d.lines[from:to]) {
				return false
			}
			runs, lines = runs+1, lines+to-from
		}
		from = to
	}
	return lines >= 4 && lines > runs*2 && runs >= 2
}

// unstopped reports whether lines have no mark at the end of a sentence, nor at
// their own, and are no items of a list.
func unstopped(lines []line) bool {
	for i := range lines {
		s := lines[i].text
		if end(s) != openEnd || strings.Contains(s, ". ") || strings.Contains(s, "? ") || strings.Contains(s, "! ") || !unicode.IsLetter(firstRune(s)) {
			return false
		}
		if _, ok := itemMark(s); ok {
			return false
		}
		if _, ok := readLabel(s); ok {
			return false
		}
	}
	return unicode.IsLetter(lastRune(lines[len(lines)-1].text))
}

// findEdges learns how far the lines of the text go, and those that are set in
// further, by their indent: nearly all of those after which another comes at
// once.
func (d *draft) findEdges() {
	by := map[int32][]int32{}
	var margin []int32
	for i := 1; i < len(d.lines); i++ {
		switch a, b := &d.lines[i-1], &d.lines[i]; {
		case b.gap > 0 || a.indent != b.indent:
		case a.indent > d.base+1:
			by[a.indent] = append(by[a.indent], a.indent+a.width)
		case a.indent == d.base:
			margin = append(margin, a.indent+a.width)
		}
	}
	if slices.Sort(margin); len(margin) > 0 {
		d.edge = margin[(len(margin)-1)*9/10]
	}
	d.edges = make(map[int32]int32, len(by))
	for indent, all := range by {
		slices.Sort(all)
		d.edges[indent] = all[(len(all)-1)*9/10]
	}
}

// verse reports whether lines were ended on purpose: by their width, or because
// they begin with capitals though no sentence ended before.
func (d *draft) verse(lines []line) bool {
	if len(lines) < 2 || !d.running(lines) {
		return false
	}
	if d.ranShort {
		return !d.sentences(lines)
	}
	if d.fit.known && d.lineated {
		return unstopped(lines)
	}
	if d.narrow(lines) || runsOn(lines) {
		return false
	}
	hand, capital, pairs := 0, 0, 0
	in := true // all stand further in than the text
	wide := int32(0)
	for i := range lines {
		wide = max(wide, lines[i].width)
		in = in && lines[i].indent > d.base+1
		if i == 0 {
			continue
		}
		a, b := &lines[i-1], &lines[i]
		pairs++
		if d.fit.known && d.fit.withNext(a, b) < d.fit.limit*95/100 {
			hand++
		}
		if unicode.IsUpper(firstLetter(b.text)) && end(a.text) != fullEnd && a.width <= 62 {
			capital++
		}
	}
	switch {
	case pairs == 1:
		couplet := capital == 1 && lines[1].width <= 62 && lines[0].indent == lines[1].indent && hasLower(lines[0].text) && hasLower(lines[1].text)
		// The next word would have had room by far.
		early := lines[0].indent+lines[0].width+1+columns(unit(lines[1].text)) <= max(d.edge, d.fit.full)*3/4
		return couplet && (in && early || d.lineated)
	case d.fit.known:
		return hand*10 >= pairs*7 && (pairs >= 2) && hand >= 2 && !d.sentences(lines)
	case d.lineated && wide <= 72 && !d.sentences(lines) && !listed(" * - + • ", lines[0].text[:1]), in && d.slim(lines) && !d.sentences(lines):
		return true
	}
	return capital*10 >= pairs*5 && capital >= 2
}

// runsOn reports whether lines are prose that somebody broke unevenly: most begin in
// mid-sentence, and sentences end within them rather than with them.
func runsOn(lines []line) bool {
	lower, within, wide := 0, 0, int32(0)
	for i := range lines {
		s := lines[i].text
		wide = max(wide, lines[i].width)
		if i > 0 && startsLower(s) {
			lower++
		}
		for k := 0; k+2 < len(s); k++ {
			if c := s[k]; (c == '.' || c == '?' || c == '!') && s[k+1] == ' ' && unicode.IsUpper(firstLetter(s[k+2:])) {
				within++
			}
		}
	}
	return within > 0 && lower*2 > len(lines)-1 && (wide > 36 && within*3 >= len(lines)-1 || wide > 50 && within*6 >= len(lines)-1)
}

func hasLower(s string) bool {
	for _, r := range s {
		if unicode.IsLower(r) {
			return true
		}
	}
	return false
}

// narrow reports whether lines are prose that was wrapped to a width of its own:
// sentences run on over their ends, and there would seldom have been room for
// the next word. A few short lines end near each other by chance: they are held
// against all lines that are set in as far.
func (d *draft) narrow(lines []line) bool {
	if len(lines) < 3 {
		return false
	}
	wide, same := int32(0), true
	for i := range lines {
		if i < len(lines)-1 {
			wide = max(wide, lines[i].indent+lines[i].width)
		}
		same = same && lines[i].indent == lines[0].indent
	}
	room, lower := 0, 0
	for i := 1; i < len(lines); i++ {
		a, b := &lines[i-1], &lines[i]
		if a.indent+a.width+1+columns(unit(b.text)) <= wide {
			room++
		}
		if startsLower(b.text) {
			lower++
		}
	}
	pairs := len(lines) - 1
	if lower*2 <= pairs || room*10 >= pairs*4 {
		return false
	}
	if !same || pairs > 8 {
		return true
	}
	if wide > d.edge*3/4 && !d.lineated || wide-lines[0].indent > broad {
		return true
	}
	if pairs >= 3 && wide <= d.edge*3/4 && unstopped(lines) {
		return false
	}
	return !d.lineated && !d.endsEarly(lines) && !d.slim(lines)
}

// broad is a width of lines, in columns, that verse in small letters seldom has.
const broad = 50

// slim reports whether lines are so short, of one indent and in a text of full
// width, that nobody would have wrapped prose to them.
func (d *draft) slim(lines []line) bool {
	const slender = 32 // columns
	if d.edge < 60 {
		return false
	}
	for i := range lines {
		if lines[i].width > slender || lines[i].indent != lines[0].indent {
			return false
		}
	}
	return true
}

// endsEarly reports whether most of a few lines would have had room for the next
// word, had they been as wide as others that are set in as far.
func (d *draft) endsEarly(lines []line) bool {
	wide := d.edges[lines[0].indent]
	if wide > 72 {
		return false
	}
	room := 0
	for i := 1; i < len(lines); i++ {
		if lines[i-1].indent+lines[i-1].width+1+columns(unit(lines[i].text)) <= wide {
			room++
		}
	}
	return room*10 >= (len(lines)-1)*6
}
