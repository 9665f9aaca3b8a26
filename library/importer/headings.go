package importer

import (
	"strings"
	"unicode"

	"lectern/library"
)

// boxClass is the class of headings of boxes: such a heading stands below the section
// that it comes in, whichever that is, and nothing below it.
const boxClass = "box"

// boxTitle is what such a box is mostly called.
var boxTitle = expr(`^(?i:notes?|tip|hint|warning|caution|important|rationale|hinweis|anmerkung|achtung|warnung|wichtig|tipp|remarque|attention|avertissement|nota|aviso|advertencia|importante|примечание|внимание|предупреждение|σημείωση):?$`)

// A heading is a block that opens a section, and the block whose words are its
// title where the label stands alone.
type heading struct {
	block int // -1 for one that the text lacks
	label
	numbered bool
	text     string
	class    string // what tells unnumbered headings of one level from those of another
	depth    int    // 1 at the top
	missing  bool
}

// plausibleHeading reports whether a block looks like a heading by itself.
func (d *draft) plausibleHeading(b *block) bool {
	if b.under {
		return true
	}
	if _, ok := d.verses[b.from]; ok || b.term {
		return false
	}
	if b.role != prose && b.role != stanza && b.role != list && !(b.role == preformatted && d.outdented && b.size() <= 2 && d.standsOut(b) && unicode.IsLetter(lastRune(d.last(b).text))) {
		return false
	}
	if d.isListed(b) {
		return true
	}
	if b.size() > 3 || !d.short(b, 17) {
		return false
	}
	s := d.text(b)
	if s == "" || !hasWord(s) || d.speaks(s) || d.dialogue && d.utters(s) {
		return false
	}
	if m, ok := itemMark(s); ok && m.bullet() {
		return false
	}
	if markedLevel(s) > 0 {
		return d.marked
	}
	if d.framed(s) {
		return b.size() == 1
	}
	if l, ok := d.label(s); ok && l.style != "1 bare" {
		return d.labelledHeading(b, l, s)
	}
	if b.size() > 1 && !isCapitals(s) && strings.Contains(s, " : ") {
		return false // a form's fields
	}
	if b.size() > 1 && !(isCapitals(s) || d.centred(b) || d.standsOut(b)) {
		return false
	}
	if d.outdented && d.standsOut(b) && !strings.HasPrefix(s, "</") && (b.size() == 1 || b.size() == 2 && d.fit.known && !d.fit.byHand(d.first(b), d.last(b))) {
		return !strings.ContainsRune(",;:", lastRune(s))
	}
	r := firstLetter(s)
	if !unicode.IsUpper(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Lo, r) {
		return false
	}
	if isDate(s) || copyrightLine.MatchString(s) || strings.Contains(s, "://") || strings.ContainsAny(s, "@={}\\|$") || strings.Contains(s, "->") {
		return false
	}
	switch lastRune(s) {
	case ',', ';', ':', '-', '–', '—':
		return false
	case '.', '!', '?', '…':
		if isCapitals(s) {
			return true
		}
		if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "…") || unicode.In(firstRune(s), unicode.Pi) || s[0] == '"' || !atMostWords(s, 8) {
			return false
		}
	}
	switch e := end(s); {
	case e == fullEnd && lastRune(s) != '?' && lastRune(s) != '!' && !isCapitals(s):
		// A quoted sentence is one, unless the quotation only begins within.
		return strings.HasSuffix(s, `..."`) || strings.HasSuffix(s, `…”`)
	case e == closedEnd && (isOpener(firstRune(s)) && lastRune(s) != '"' && lastRune(s) != '”' || strings.HasSuffix(s, "—")):
		return false
	}
	if d.fit.known && b.size() == 1 && d.last(b).width+d.last(b).indent > d.fit.full*19/20 {
		return false
	}
	return true
}

// markedLevel is the level of a heading that bears the marks of a plain markup:
// "== Title", "## Title"; 0 for any other line.
func markedLevel(s string) int {
	n := 0
	for n < len(s) && n < 7 && s[n] == s[0] && (s[0] == '=' || s[0] == '#') {
		n++
	}
	if n == 0 || n == 7 || n+1 >= len(s) || s[n] != ' ' {
		return 0
	}
	return n
}

// findMarked learns whether the headings of a text bear such marks: two at
// least that stand alone, and no lines with marks that do not.
func (d *draft) findMarked() {
	alone, others, under := 0, 0, 0
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.under {
			under++
		}
		if b.role != prose && b.role != preformatted {
			continue
		}
		for k := b.from; k < b.to; k++ {
			switch {
			case markedLevel(d.lines[k].text) == 0:
			case markedLevel(d.lines[k].text) < 3 && under >= 3: // that is underlined in this text
				others++
			case b.size() == 1:
				alone++
			default:
				others++
			}
		}
	}
	d.marked = alone >= 2 && alone > others
}

// findOutdented learns whether all that stands further out than the text heads
// it, as in manuals that text browsers print: four such lines that stand alone
// at least, and hardly a paragraph.
func (d *draft) findOutdented() {
	heads, others := 0, 0
	for i := range d.blocks {
		switch b := &d.blocks[i]; {
		case b.role != prose && b.role != stanza && b.role != list || !d.standsOut(b):
		case b.size() > 1 || i+1 >= len(d.blocks) || d.standsOut(&d.blocks[i+1]) && !labelledLine(d.first(&d.blocks[i+1]).text):
			others++
		default:
			heads++
		}
	}
	d.outdented = heads >= 4 && heads > 10*others
}

// labelledLine reports whether a line bears the label and the title of a section.
func labelledLine(s string) bool {
	l, ok := readLabel(s)
	return ok && l.title != ""
}

// isListed reports whether a block is a heading that the table of contents
// names.
func (d *draft) isListed(b *block) bool {
	return d.listed != nil && d.maybeListed(b) && d.listed[entry(strings.TrimPrefix(d.text(b), digest))]
}

// standsOut reports whether all lines of a block stand further out than the
// text.
func (d *draft) standsOut(b *block) bool {
	for i := b.from; i < b.to; i++ {
		if d.lines[i].indent+2 > d.base {
			return false
		}
	}
	return true
}

func (d *draft) labelledHeading(b *block, l label, s string) bool {
	if l.word != "" && l.word != "§" {
		return !strings.HasSuffix(s, ",") && !strings.HasSuffix(s, ";") && (end(s) != fullEnd || atMostWords(l.title, 14))
	}
	if l.title == "" {
		return b.size() == 1 && (l.style != "1" || d.last(b).width <= 4)
	}
	r := firstLetter(l.title)
	deep := b.size() == 1 && d.standsOut(b) && strings.Count(l.style, ".") >= 2 // the name of a command, say
	if !deep && !unicode.IsUpper(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Lo, r) {
		return false
	}
	switch lastRune(s) {
	case ',', ';', ':':
		return false
	case '.':
		if !isCapitals(l.title) && !strings.HasSuffix(s, "...") && (!atMostWords(l.title, 8) && !(l.style == "1" && atMostWords(l.title, 12)) || b.size() > 1) {
			return false
		}
	}
	return b.size() == 1 || atMostWords(s, 17) && d.maybeListed(b)
}

func hasWord(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) >= 0
}

// isCapitals reports whether a text is set in capitals.
func isCapitals(s string) bool {
	upper := 0
	for _, r := range s {
		if unicode.IsLower(r) {
			return false
		}
		if unicode.IsUpper(r) {
			upper++
		}
	}
	return upper >= 2
}

// centred reports whether all lines of a block stand far in.
func (d *draft) centred(b *block) bool {
	for i := b.from; i < b.to; i++ {
		if d.lines[i].indent < d.base+6 {
			return false
		}
	}
	return true
}

// findHeadings decides which blocks are headings, and of what level.
func (d *draft) findHeadings() {
	var found []heading
	blocks := d.blocks
	plain := 0
	for i := range blocks {
		b := &blocks[i]
		if b.role == leftOut || b.role == frontLine || !d.plausibleHeading(b) {
			continue
		}
		h := heading{block: i, text: d.text(b)}
		if n := markedLevel(h.text); n > 0 && d.marked {
			h.title, h.class = strings.TrimRight(h.text[n+1:], h.text[:1]+" "), "marked "+string(rune('0'+n))
			if labels, title := splitLabel(h.title); len(labels) > 0 {
				h.labels, h.title = labels, title
			}
			found = append(found, h)
			continue
		}
		if l, ok := d.label(h.text); ok && (b.under || d.isListed(b) || d.framed(h.text) || d.labelledHeading(b, l, h.text)) {
			h.label, h.numbered = l, true
		} else {
			h.title = unframed(h.text)
			if strings.HasPrefix(h.title, "** ") { // of an outline
				h.title = strings.TrimLeft(h.title, "* ")
			}
			plain++
		}
		h.class = d.class(b, h.text)
		found = append(found, h)
	}
	unify(found)
	found = d.sift(found, plain)
	found = d.joinTitles(found)
	levels(&found, d)
	for _, h := range found {
		if h.block >= 0 {
			d.blocks[h.block].role = headline
		}
	}
	d.plan = found
}

// unify lets "Chapter One" and "Chapter II" count together.
func unify(found []heading) {
	style := map[string]string{}
	for i := range found {
		if f := &found[i]; f.numbered && f.word != "" && f.style != f.word+" word" {
			style[f.word] = f.style
		}
	}
	for i := range found {
		if f := &found[i]; f.numbered && f.word != "" && f.style == f.word+" word" && style[f.word] != "" {
			f.style = style[f.word]
		}
	}
}

// class tells headings apart by how they are set.
func (d *draft) class(b *block, s string) string {
	switch {
	case b.under && b.to < len(d.lines) && isRule(d.lines[b.to].text):
		return "under " + string(firstRune(d.lines[b.to].text))
	case b.under:
		return "date"
	case d.framed(s):
		return "framed"
	case isCapitals(s):
		return "capitals"
	case d.first(b).indent > d.base+6:
		return "centred"
	case d.standsOut(b):
		return "out"
	}
	return "plain"
}

// sift takes out candidates that are no headings: items of short lists, labels
// that go with no others, and unnumbered lines where nearly every line would be
// one.
func (d *draft) sift(found []heading, plain int) []heading {
	styles := map[string]int{}
	for i := range found {
		if found[i].numbered {
			styles[found[i].style]++
			if o := found[i].other; o.style != "" {
				styles[o.style]++
			}
		}
	}
	body := 0
	for i := range d.blocks {
		if r := d.blocks[i].role; r != leftOut && r != frontLine && !d.short(&d.blocks[i], 17) {
			body++
		}
	}
	crowded := plain > 12 && plain > 2*body
	outside, listed, listedPlain, underlined := 0, 0, 0, 0
	for i := range found {
		b := &d.blocks[found[i].block]
		if found[i].class == "out" {
			outside++
		}
		if b.under && found[i].numbered && found[i].word == "" {
			underlined++
		}
		if d.isListed(b) {
			if listed++; found[i].class == "plain" {
				listedPlain++
			}
		}
	}
	same := map[string]int{} // unnumbered headings that say the same
	for i := range found {
		if h := &found[i]; !h.numbered && h.class == "out" {
			same[library.Fold(h.text)]++
		}
	}
	runIn := d.runInLabels(found)
	defined := d.defined(found)
	out := make([]heading, 0, len(found))
	for i, h := range found {
		b := &d.blocks[h.block]
		known := b.under || d.isListed(b) || h.class == "framed" || strings.HasPrefix(h.class, "marked")
		// Nothing follows: the end of a work is no heading.
		next := h.block + 1
		for next < len(d.blocks) && d.blocks[next].role == leftOut {
			next++
		}
		if next >= len(d.blocks) {
			continue
		}
		if !h.numbered && !known && defined[h.block] {
			continue
		}
		if h.word == "example" && !known && listed >= 5 && d.listsAll {
			b.role = caption // the table of contents would name it
			continue
		}
		if h.numbered && !known && runIn[parentLabel(h.label)] {
			continue
		}
		if h.numbered && h.word == "" && !known && strings.Contains(h.style, ".1") && strings.HasSuffix(h.text, ".") && !isCapitals(h.title) && d.labelBelow(h.block) {
			continue // a numbered sentence
		}
		if h.numbered && h.word == "" && !known && h.style == "1" && underlined >= 5 {
			continue // the headings of this text are underlined
		}
		if h.numbered && h.word == "" && !known {
			lonely := styles[h.style] < 2 && h.value > 1 && (h.other.style == "" || styles[h.other.style] < 2)
			follows := i+1 < len(found) && found[i+1].block == h.block+1 && found[i+1].numbered && found[i+1].style == h.style && found[i+1].value == h.last+1
			came := len(out) > 0 && out[len(out)-1].block == -1
			if h.style == "1" || h.style == "a" || h.style == "1 bare" {
				// Short items one after another are a list.
				if follows || came || d.itemBeside(h.block, h.label) || i > 0 && found[i-1].block == h.block-1 && found[i-1].numbered && found[i-1].style == h.style {
					continue
				}
				// One that ends as a sentence does needs others before and after it.
				if strings.HasSuffix(h.text, ".") && h.title != "" && !isCapitals(h.title) && !countsUp(found, i) {
					continue
				}
			}
			if lonely && h.title == "" && h.style == "I" && len(h.text) > 1 && b.gap > 0 && d.blocks[min(h.block+1, len(d.blocks)-1)].gap > 0 {
				lonely = false // nothing else stands on a line of its own like this
			}
			if lonely && h.style != "1" || lonely && h.value > 20 || h.style == "1 bare" && styles[h.style] < 3 {
				if h.style != "1 bare" {
					continue
				}
				h.numbered, h.label, h.title = false, label{}, h.text
			}
		}
		if !h.numbered && !known && h.class == "out" && listed >= 5 && d.listsAll && !isGeneric(h.text) {
			// The table of contents would name it, unless it heads a box that comes
			// again and again ("Rationale").
			if !d.outdented || same[library.Fold(h.text)] < 3 && !boxTitle.MatchString(h.text) {
				continue
			}
			h.class = boxClass
		}
		if !h.numbered && h.class == "plain" && listed >= 5 && d.listsAll && d.first(b).indent < d.base && boxTitle.MatchString(h.text) {
			h.class = boxClass
		}
		if !h.numbered && !known && h.class == "plain" && !isGeneric(h.text) {
			next := &d.blocks[min(h.block+1, len(d.blocks)-1)]
			switch {
			case d.marked:
				continue // the headings of this text bear marks
			case outside >= 3 && d.base >= 2 && d.first(b).indent >= d.base:
				continue // the headings of this text stand out
			case listed >= 5 && (d.listsAll || listedPlain == 0):
				continue // the table of contents would name it
			case next.gap == 0 && next.role == list && !next.breaks:
				continue // it brings a list
			}
		}
		if !h.numbered && crowded && !b.under && h.class == "plain" && !isGeneric(h.text) {
			continue
		}
		out = append(out, h)
	}
	return out
}

// itemBeside reports whether the next block, or the one before, is a paragraph that
// bears the number after, or before, a label: then both are items.
func (d *draft) itemBeside(at int, l label) bool {
	for _, step := range [...]int{-1, 1} {
		if at+step < 0 || at+step >= len(d.blocks) {
			continue
		}
		b := &d.blocks[at+step]
		if b.role != prose && b.role != list || d.first(b).indent != d.first(&d.blocks[at]).indent || d.short(b, 17) {
			continue
		}
		if o, ok := readLabel(d.first(b).text); ok && o.style == l.style && o.value == l.value+step {
			return true
		}
	}
	return false
}

// labelBelow reports whether the next block begins with a number too.
func (d *draft) labelBelow(at int) bool {
	if at+1 >= len(d.blocks) {
		return true
	}
	l, ok := readLabel(d.first(&d.blocks[at+1]).text)
	return ok && strings.HasPrefix(l.style, "1")
}

// parentLabel is what stands before the last dot of a decimal label.
func parentLabel(l label) string {
	if i := strings.LastIndexByte(strings.TrimRight(l.labels[0], "."), '.'); i > 0 && strings.Contains(l.style, ".") {
		return l.labels[0][:i]
	}
	return ""
}

// runInLabels are the decimal labels below which most numbered blocks are
// paragraphs: "1.4" that opens a paragraph is none that opens a section.
func (d *draft) runInLabels(found []heading) map[string]bool {
	heads := map[string]int{}
	is := map[int]bool{}
	for i := range found {
		if f := &found[i]; f.numbered {
			is[f.block] = true
			heads[parentLabel(f.label)]++
		}
	}
	paragraphs := map[string]int{}
	for i := range d.blocks {
		b := &d.blocks[i]
		s := d.first(b).text
		if s[0] < '0' || s[0] > '9' || is[i] || b.role != prose && b.role != list {
			continue
		}
		if l, ok := readLabel(s); ok && strings.Contains(l.style, ".") {
			paragraphs[parentLabel(l)]++
		}
	}
	run := map[string]bool{}
	for k, n := range paragraphs {
		run[k] = k != "" && n > heads[k]
	}
	return run
}

// countsUp reports whether a numbered heading is one of three at least of its
// style that count up, with text between them.
func countsUp(found []heading, at int) bool {
	run := 1
	for _, step := range [...]int{-1, 1} {
		value, block := found[at].value, found[at].block
		for i := at + step; i >= 0 && i < len(found) && run < 3; i += step {
			f := &found[i]
			if !f.numbered || f.style != found[at].style {
				continue
			}
			if f.value != value+step || f.block == block+step {
				break
			}
			value, block = f.value, f.block
			run++
		}
	}
	return run >= 3
}

// joinTitles puts a label that stands alone together with the line below it,
// where that is the title.
func (d *draft) joinTitles(found []heading) []heading {
	out := make([]heading, 0, len(found))
	for i, h := range found {
		if n := len(out); n > 0 && !h.numbered && !firstOfPart(found, i) {
			a := &out[n-1]
			x, y := &d.blocks[a.block], &d.blocks[h.block]
			if a.numbered && a.title == "" && (a.word != "" || a.style == "I" || a.style == "1") && h.block == a.block+1 && x.to == y.from && y.gap <= 2 && !x.under && !isGeneric(h.text) {
				x.to, x.cache = y.to, ""
				y.from = y.to
				y.role = leftOut
				a.title, a.text = h.text, a.text+" "+h.text
				continue
			}
		}
		out = append(out, h)
	}
	return out
}

// firstOfPart reports whether an unnumbered heading below the bare label of a
// part is that of its first section rather than its title: text follows, and
// other headings set alike come before the next part.
func firstOfPart(found []heading, i int) bool {
	if i == 0 || i+1 >= len(found) {
		return false
	}
	part, h := &found[i-1], &found[i]
	if part.word != "part" && part.word != "book" && part.word != "volume" || part.title != "" || found[i+1].block == h.block+1 {
		return false
	}
	for k := i + 1; k < len(found) && found[k].style != part.style; k++ {
		if !found[k].numbered && found[k].class == h.class {
			return true
		}
	}
	return false
}
