package importer

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"lectern/library"
)

// footnotes finds the notes at the feet of pages: small lines behind the text, of
// which the first bears a mark. It returns what makes their pieces.
func (d *pdfReader) footnotes() func(*pdfReader) []piece {
	type note struct {
		label, key string
		lines      []*pdfLine
	}
	var notes []note
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		from := len(lines)
		for from > 0 && (lines[from-1].gone || lines[from-1].size < d.size*0.93) {
			from--
		}
		if from == len(lines) {
			from = d.raisedNotes(lines)
		}
		// Small examples stand there too: the notes begin with the first mark.
		marked := false
		for k := from; k < len(lines); k++ {
			l := &lines[k]
			if l.gone {
				continue
			}
			label, text := l.note, l.text
			if label == "" && !marked {
				if m := noteStart.FindStringSubmatch(l.text); m != nil && !l.mono {
					label, text = m[1], m[2]
				}
			} else if label == "" {
				// The next note of the same kind counts on.
				if m := noteStart.FindStringSubmatch(l.text); m != nil && !l.mono && countsOn(notes[len(notes)-1].label, m[1]) {
					label, text = m[1], m[2]
				}
			}
			if label != "" {
				marked = true
				l.text, l.note = text, ""
				notes = append(notes, note{label: label, key: "p" + strconv.Itoa(i) + "#" + label})
				d.noted[notes[len(notes)-1].key] = true
			}
			switch {
			case marked:
				n := &notes[len(notes)-1]
				n.lines = append(n.lines, l)
				l.gone = true
			case len(notes) > 0 && d.goesOn(notes[len(notes)-1].lines, l, i):
				n := &notes[len(notes)-1]
				n.lines = append(n.lines, l)
				l.gone = true
			}
		}
	}
	return func(d *pdfReader) (out []piece) {
		for i := range notes {
			n := &notes[i]
			lines := make([]line, len(n.lines))
			for k, l := range n.lines {
				lines[k].text = l.text
			}
			out = append(out, piece{kind: paraPiece, text: d.mend.join(lines), note: n.key, label: n.label, page: d.label(n.lines[0].page)})
		}
		return out
	}
}

// raisedNotes is the first of the lines at the foot of a page that are notes in
// the size of the text: white space stands above it, and it begins with a raised
// mark that a line of the page calls.
func (d *pdfReader) raisedNotes(lines []pdfLine) int {
	for k := len(lines) - 1; k > 0; k-- {
		l := &lines[k]
		if l.gone || l.note == "" || l.top-lines[k-1].bottom < d.pitch*0.5 {
			continue
		}
		for i := range lines[:k] {
			if slices.Contains(lines[i].calls, l.note) || i > 0 && lines[i].note == l.note {
				return k
			}
		}
	}
	return len(lines)
}

var noteStart = expr(`^\[?([0-9]{1,3}|[*†‡§]{1,3})\]?[.:]? (\S.*)$`)

// countsOn reports whether a label is the next of another.
func countsOn(a, b string) bool {
	x, err := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err != nil || err2 != nil {
		return err != nil && err2 != nil && a != b
	}
	return y == x+1
}

// goesOn reports whether a small line at the foot of a page goes on with the note
// of the page before.
func (d *pdfReader) goesOn(lines []*pdfLine, l *pdfLine, page int) bool {
	last := lines[len(lines)-1]
	return last.page == page-1 && math.Abs(last.size-l.size) < 1 && end(last.text) == openEnd
}

// keyOf is the note that a mark calls on a page or the one behind it, "" for
// none.
func (d *pdfReader) keyOf(page int, mark string) string {
	for _, p := range [...]int{page, page + 1} {
		if key := "p" + strconv.Itoa(p) + "#" + mark; d.noted[key] {
			return key
		}
	}
	return ""
}

// front is what the title page says: its largest words are the title.
func (d *pdfReader) front() library.Meta {
	var meta library.Meta
	if len(d.l.pages) == 0 {
		return meta
	}
	lines := d.l.pages[0].lines
	big := 0.0
	for i := range lines {
		if l := &lines[i]; !l.gone && hasWord(l.text) && !l.mono {
			big = max(big, l.size)
		}
	}
	if big < d.size*1.2 {
		return meta
	}
	for i := range lines {
		l := &lines[i]
		if l.gone || l.size < big-1 {
			if meta.Title != "" && !l.gone {
				break
			}
			continue
		}
		meta.Title = strings.TrimSpace(meta.Title + " " + l.text)
		delete(d.heads, l)
		d.drop(l, "the title")
	}
	d.left = slices.DeleteFunc(d.left, func(x library.LeftOut) bool { return x.Reason == "the title" })
	d.pieces = append(d.pieces, piece{kind: headPiece, level: 1, text: meta.Title, front: true})
	if len(d.l.pages) > 8 {
		// A page of its own holds nothing but what belongs to the title.
		words := 0
		for i := range lines {
			if !lines[i].gone {
				words += len(strings.Fields(lines[i].text))
			}
		}
		if words < 80 {
			for i := range lines {
				if l := &lines[i]; !l.gone {
					delete(d.heads, l)
					d.pieces = append(d.pieces, piece{kind: paraPiece, text: l.text, front: true})
					l.gone = true
				}
			}
		}
	}
	return meta
}
