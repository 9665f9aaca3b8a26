package importer

import "unicode"

// joinBlocks puts together again what a page or an empty line parted in the
// middle of a sentence.
func (d *draft) joinBlocks() {
	inside, at := d.pagePrior()
	out := d.blocks[:0]
	for _, b := range d.blocks {
		if len(out) > 0 {
			a := &out[len(out)-1]
			if a.to == b.from && d.continues(a, &b, inside > at) {
				a.to, a.cache = b.to, ""
				continue
			}
		}
		out = append(out, b)
	}
	d.blocks = out
}

// pagePrior counts the page breaks that certainly part a paragraph and those
// that certainly do not.
func (d *draft) pagePrior() (inside, outside int) {
	for i := 1; i < len(d.blocks); i++ {
		if b := &d.blocks[i]; b.breaks {
			a, l := d.last(&d.blocks[i-1]), d.first(b)
			switch {
			case end(a.text) == openEnd && !d.fit.byHand(a, l):
				inside++
			case end(a.text) == fullEnd && d.fit.byHand(a, l):
				outside++
			}
		}
	}
	return inside, outside
}

// opensSection reports whether a block is certainly a heading: one line that
// bears a label and was ended on purpose.
func (d *draft) opensSection(b *block) bool {
	if b.size() > 1 || !d.short(b, 17) {
		return false
	}
	s := d.text(b)
	l, ok := readLabel(s)
	return ok && l.style != "1 bare" && l.style != "1" && l.title != "" && d.labelledHeading(b, l, s)
}

// numberBehind is the number of a verse or a paragraph that stands at its end.
var numberBehind = expr(`[.!?…;:,]["'”’»)]{0,2} [\[(]?[0-9]{1,4}[\])]?$`)

func endsNumbered(s string) bool {
	c := s[len(s)-1]
	return (c >= '0' && c <= '9' || c == ']' || c == ')') && numberBehind.MatchString(tail(s, 24))
}

func (d *draft) continues(a, b *block, pagesPart bool) bool {
	if b.role != prose && b.role != stanza || a.role != prose && !(a.role == list && b.breaks) {
		return false
	}
	if _, ok := d.verses[b.from]; ok {
		return false
	}
	if _, ok := d.behind[a.to-1]; ok {
		return false
	}
	if a.under || b.under || d.opensSection(b) || d.speaks(d.first(b).text) {
		return false
	}
	x, y := d.last(a), d.first(b)
	e := end(x.text)
	if e == colonEnd {
		return false
	}
	lower := startsLower(y.text)
	if _, ok := itemMark(y.text); ok && !b.breaks {
		return false
	}
	heading := d.plausibleHeading(a) && !lower
	switch {
	case b.breaks && d.fit.known:
		if d.fit.byHand(x, y) {
			return e == openEnd && lower && a.size() > 1
		}
		if heading && a.size() == 1 && x.width < d.fit.full*3/4 {
			return false
		}
		if e == fullEnd && !lower {
			// The line is full, so that nothing speaks for the end of a
			// paragraph but the full stop.
			if pagesPart {
				d.warn("page_join", "A sentence and a page end together here; the paragraph was taken to go on.", y.no)
			}
			return pagesPart
		}
		return e == openEnd || lower
	case b.breaks:
		return e == openEnd && lower && !heading
	case b.gap == 0 || b.gap > 2:
		return false
	case e != openEnd || heading || endsNumbered(x.text):
		return false
	}
	// An empty line in the middle of a sentence. In a wrapped text a line by
	// itself is a command or an example, and no part of the sentence.
	if d.fit.known && (a.size() == 1 || b.size() == 1) {
		return false
	}
	if _, ok := d.ownWords(d.text(a)); ok || d.announces(d.text(a)) || a.size() == 1 && x.width < 40 {
		return false
	}
	r := lastRune(x.text)
	if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != ',' && r != '-' && r != ';' {
		return false
	}
	if lower && y.indent == x.indent || a.size() > 2 && b.size() > 2 && b.role == prose && d.fit.known && a.role == prose && !lower && y.indent == x.indent {
		if b.role == stanza {
			return false
		}
		d.warn("joined", "An empty line in the middle of a sentence was closed.", y.no)
		return true
	}
	return false
}
