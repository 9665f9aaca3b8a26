package importer

import (
	"math"
	"strings"
)

// A pdfLone is a line that is a piece of its own.
type pdfLone struct {
	at   int // the piece
	line *pdfLine
}

// lone notes a piece that is made of one line, and whether it goes on with those
// above it: as close as lines, where white space parts paragraphs, and below them.
func (d *pdfReader) lone(at int, l *pdfLine) {
	if n := len(d.run); n > 0 {
		last := d.run[n-1]
		if !d.spaced || last.at != at-1 || last.line.page != l.page || math.Abs(last.line.left-l.left) > 2 || l.top <= last.line.top || step(last.line, l) > d.pitch*1.22 || !sameSize(last.line, l) || last.line.bold != l.bold {
			d.endRun()
		}
	}
	d.run = append(d.run, pdfLone{at, l})
}

// endRun makes a stanza of three and more lines that somebody ended on purpose.
func (d *pdfReader) endRun() {
	if n := len(d.run); n >= 3 {
		var lines []string
		for _, l := range d.run {
			lines = append(lines, l.line.text)
		}
		if verses(lines) {
			d.stanzas = append(d.stanzas, [2]int{d.run[0].at, n})
		}
	}
	d.run = d.run[:0]
}

// joinStanzas puts the lines of stanzas together.
func (d *pdfReader) joinStanzas() {
	d.endRun()
	if len(d.stanzas) == 0 {
		return
	}
	out := d.pieces[:0]
	at := 0
	for _, s := range d.stanzas {
		out = append(out, d.pieces[at:s[0]]...)
		p := d.pieces[s[0]]
		var lines []string
		for _, x := range d.pieces[s[0] : s[0]+s[1]] {
			lines = append(lines, x.text)
			p.quoted = max(p.quoted, x.quoted)
		}
		for _, x := range d.pieces[s[0]+1 : s[0]+s[1]] {
			p.calls = append(p.calls, x.calls...)
		}
		p.kind, p.text = versePiece, strings.Join(lines, "\n")
		out = append(out, p)
		at = s[0] + s[1]
	}
	d.pieces = append(out, d.pieces[at:]...)
}
