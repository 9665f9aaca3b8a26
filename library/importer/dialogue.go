package importer

import "unicode/utf8"

// learnDialogue learns whether people talk in a text, each in paragraphs of one
// line: a novel, in which such a line is never a heading, however it is set.
func (d *draft) learnDialogue() {
	turns := 0
	for i := 1; i < len(d.lines); i++ {
		if x, y := &d.lines[i-1], &d.lines[i]; (y.gap > 0 || y.indent > d.base) && d.utters(y.text) && d.utters(x.text) {
			turns++
		}
	}
	d.dialogue = turns >= 10
}

// utters reports whether a line begins with a quotation mark, or with the dash
// that brings what somebody says.
func (d *draft) utters(s string) bool {
	r, n := utf8.DecodeRuneInString(s)
	return r == d.quotes.open || (r == '—' || r == '―' || r == '–') && n < len(s)
}
