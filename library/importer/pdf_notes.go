package importer

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
		if !slices.ContainsFunc(lines[from:], func(l pdfLine) bool { return !l.gone }) {
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
				d.callInline(lines[:k], label)
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
// the size of the text: white space stands above it, and it begins with a mark,
// raised or not, that a line of the page calls.
func (d *pdfReader) raisedNotes(lines []pdfLine) int {
	first := len(lines)
	for k := len(lines) - 1; k > 0; k-- {
		l := &lines[k]
		if l.gone {
			continue
		}
		// Notes may part by white space, as those at the end of a document do.
		parted := l.top-lines[k-1].bottom >= d.pitch*0.5 || lines[k-1].gone
		label, _ := noteLabelOf(l)
		switch {
		case label != "" && parted && (calledIn(lines[:k], label) || l.note != "" && slices.ContainsFunc(lines[1:k], func(o pdfLine) bool { return o.note == label })):
			first = k
		case label != "" && first < len(lines) && calledIn(lines[:k], label):
			// A note right below another one, or the first of them: go on up.
		case parted:
			return first
		}
	}
	return first
}

// noteLabelOf is the label of a note that a line begins with, raised or with a
// full stop or brackets, and what stands behind it; "" for none.
func noteLabelOf(l *pdfLine) (label, text string) {
	if l.note != "" {
		return l.note, l.text
	}
	if m := noteStart.FindStringSubmatch(l.text); m != nil && !l.mono {
		return m[1], m[2]
	}
	return "", ""
}

// calledIn reports whether one of the lines calls a note: raised, or right behind
// a word or its stop, as programs set it that have no raised figures.
func calledIn(lines []pdfLine, label string) bool {
	for i := range lines {
		if slices.Contains(lines[i].calls, label) || !lines[i].gone && inlineCall(lines[i].text, label) >= 0 {
			return true
		}
	}
	return false
}

// inlineCall is where a label stands right behind a word of three letters and
// more, or behind the stop of one of two; -1 for nowhere.
func inlineCall(s, label string) int {
	if s == "" || label == "" {
		return -1
	}
	for from := 0; ; {
		i := strings.Index(s[from:], label)
		if i < 0 {
			return -1
		}
		at := from + i
		from = at + len(label)
		after, _ := utf8.DecodeRuneInString(s[from:])
		if at == 0 || from < len(s) && !unicode.IsSpace(after) && !strings.ContainsRune(".,;:!?)”’»", after) {
			continue
		}
		word := strings.TrimRight(s[:at], ".,;:!?)”’»\"'")
		if word == s[:at] && unicode.IsDigit(firstRune(label)) || word != "" && !strings.HasSuffix(s[:at], " ") {
			letters := 0
			for j := len(word); j > 0 && letters < 3; letters++ {
				r, n := utf8.DecodeLastRuneInString(word[:j])
				if !unicode.IsLetter(r) {
					break
				}
				j -= n
			}
			if letters == 3 || letters == 2 && word != s[:at] {
				return at
			}
		}
	}
}

// callInline marks the call of a note that none calls by a raised mark, where one
// place of the page can be meant.
func (d *pdfReader) callInline(lines []pdfLine, label string) {
	var line *pdfLine
	at := -1
	for i := range lines {
		l := &lines[i]
		if slices.Contains(l.calls, label) {
			return
		}
		if k := inlineCall(l.text, label); k >= 0 && !l.gone {
			if line != nil || inlineCall(l.text[k+len(label):], label) >= 0 {
				return
			}
			line, at = l, k
		}
	}
	if line != nil {
		line.text = line.text[:at] + "[" + label + "]" + line.text[at+len(label):]
		line.calls = append(line.calls, label)
	}
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
	meta.Title = d.info.title
	if big < d.size*1.2 || d.opensChapter(lines, big) {
		return meta
	}
	meta.Title = ""
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

// opensChapter reports whether the largest words of the first page are the heading
// of a chapter and not the title of the whole: they bear a label, or the file calls
// itself something else, or text stands right below them; and the outline names
// others like them.
func (d *pdfReader) opensChapter(lines []pdfLine, big float64) bool {
	first := slices.IndexFunc(lines, func(l pdfLine) bool { return !l.gone && l.size >= big-1 && hasWord(l.text) && !l.mono })
	if first < 0 {
		return false
	}
	mark, ok := d.heads[&lines[first]]
	if !ok || mark.title == "" {
		return false
	}
	if l, ok := readLabel(mark.title); ok && l.word != "" {
		return true
	}
	like := 0
	for l, b := range d.heads {
		if b.title != "" && b.depth == mark.depth && math.Abs(l.size-lines[first].size) < 1 {
			like++
		}
	}
	if like < 2 || bare(mark.title) == bare(d.info.title) {
		return false
	}
	if d.info.title != "" {
		return true
	}
	for k := first + 1; k < len(lines); k++ {
		if l := &lines[k]; !l.gone {
			if b, ok := d.heads[l]; !ok || b.title != "" {
				return !ok && d.isText(l) && (end(l.text) == fullEnd || !atMostWords(l.text, 7))
			}
		}
	}
	return false
}
