package importer

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// A note's mark is kept with what stands around it while notes are tied to
// their calls ("[1]", "1.", "*"), because "[1]" calls "[1]" rather than "1.".

const superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹"

var (
	footnoteWord = expr(`^\[(?i:footnote|note|fn|anmerkung) ?([0-9A-Za-z*†‡]{0,4}):? `)
	introduces   = expr(`(?i)\bfollowing (?:foot|end)?notes?\b`)
	notesTitle   = expr(`^(?i:notes?|footnotes?|endnotes?|notes and references|references|anmerkungen|fu(?:ß|ss)noten|notas|note)\.?:?$`)
)

// noteMark reads the mark at the beginning of a note: its key and its bytes.
// Marks that items of lists bear too ("1.") are read only where notes stand.
func noteMark(s string, among bool) (key string, size int, ok bool) {
	if s == "" {
		return "", 0, false
	}
	if m := footnoteWord.FindStringSubmatch(s); m != nil && s[len(s)-1] == ']' {
		return "[" + m[1] + "]", len(m[0]), true
	}
	if strings.HasPrefix(s, "^[") { // as text browsers set raised figures
		key, size, ok = noteMark(s[1:], among)
		return key, size + 1, ok
	}
	switch r, n := utf8.DecodeRuneInString(s); {
	case r == '[' || among && r == '(':
		closing := byte(']')
		if r == '(' {
			closing = ')'
		}
		j := strings.IndexByte(s[:min(len(s), 12)], closing)
		if j < 2 || j+1 >= len(s) || s[j+1] != ' ' && s[j+1] != ':' || !noteLabel(strings.TrimPrefix(s[1:j], "^")) {
			return "", 0, false
		}
		size = j + 1
		for size < len(s) && (s[size] == ' ' || s[size] == ':') {
			size++
		}
		return "[" + strings.TrimPrefix(s[1:j], "^") + "]", size, size < len(s)
	case strings.ContainsRune(superscripts, r):
		var value strings.Builder
		at := 0
		for at < len(s) {
			r, n := utf8.DecodeRuneInString(s[at:])
			i := strings.IndexRune(superscripts, r)
			if i < 0 {
				break
			}
			value.WriteString(strconv.Itoa(utf8.RuneCountInString(superscripts[:i])))
			at += n
		}
		if at < len(s) && s[at] == ' ' {
			at++
		}
		return "^" + value.String(), at, at < len(s)
	case r == '†' || r == '‡' || r == '*':
		for n < len(s) && s[n] == s[0] && r == '*' {
			n++
		}
		key = s[:n]
		if n < len(s) && s[n] == ' ' {
			n++
		}
		return key, n, n < len(s) && unicode.IsUpper(firstLetter(s[n:])) && (r != '*' || !strings.HasSuffix(s, "*"))
	case among && unicode.IsDigit(r):
		m, ok := itemMark(s)
		if ok && m.style == '1' {
			return strconv.Itoa(m.value) + ".", m.size, true
		}
		if j := strings.IndexByte(s, ' '); j > 0 && j <= 3 && strings.Trim(s[:j], "0123456789") == "" && unicode.IsUpper(firstLetter(s[j:])) {
			return s[:j] + ".", j + 1, true
		}
	}
	return "", 0, false
}

func noteLabel(s string) bool {
	if s == "*" || s == "**" || s == "†" || s == "‡" {
		return true
	}
	return s != "" && len(s) <= 4 && (strings.Trim(s, "0123456789") == "" || len(s) == 1 && s[0] >= 'a' && s[0] <= 'z' || romanValue(s) > 0 && s == strings.ToLower(s))
}

// bareLabel is a key without what stands around it.
func bareLabel(key string) string { return strings.Trim(key, "[]().^ ") }

// callBytes begin what may call a note: superscript figures and daggers with the
// last two.
var callBytes = [256]bool{'[': true, '*': true, 0xc2: true, 0xe2: true}

// eachCall calls f with the key of each call of a note in a text.
func eachCall(s string, f func(key string)) {
	for i := 0; i < len(s); {
		for i < len(s) && !callBytes[s[i]] {
			i++
		}
		if i == len(s) {
			return
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r != '[' && r != '*' && r != '†' && r != '‡' && !strings.ContainsRune(superscripts, r) {
			i += n
			continue
		}
		switch {
		case r == '[':
			if j := strings.IndexByte(s[i:min(len(s), i+8)], ']'); j > 1 && noteLabel(strings.TrimPrefix(s[i+1:i+j], "^")) {
				f("[" + strings.TrimPrefix(s[i+1:i+j], "^") + "]")
				n = j + 1
			}
		case r == '*' || r == '†' || r == '‡':
			for i+n < len(s) && s[i+n] == s[i] && r == '*' {
				n++
			}
			before, _ := utf8.DecodeLastRuneInString(s[:i])
			after, _ := utf8.DecodeRuneInString(s[i+n:])
			if i > 0 && before != ' ' && (i+n == len(s) || !unicode.IsLetter(after)) {
				f(s[i : i+n])
			}
		default:
			var value strings.Builder
			for {
				r, m := utf8.DecodeRuneInString(s[i:])
				j := strings.IndexRune(superscripts, r)
				if j < 0 || m == 0 {
					break
				}
				value.WriteString(strconv.Itoa(utf8.RuneCountInString(superscripts[:j])))
				i += m
			}
			f("^" + value.String())
			n = 0
		}
		i += n
	}
}

// findNotes takes for notes what begins with a mark that the text calls, and
// what is numbered where notes stand: below their heading, or below an editor's
// sentence that brings them.
func (d *draft) findNotes() {
	called := map[string]bool{}
	for i := range d.blocks {
		if r := d.blocks[i].role; r == prose || r == list || r == stanza {
			s := d.text(&d.blocks[i])
			if _, size, ok := noteMark(s, false); ok {
				s = s[size:] // a note does not call itself
			}
			eachCall(s, func(k string) { called[k] = true })
		}
	}
	d.splitNotes(called)
	d.notes = map[string]bool{}
	among, ruled := false, false
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role == leftOut && b.reason == "a rule" {
			ruled = d.browserNotes(i + 1)
		}
		if b.from < b.to && d.hangs(i) {
			d.joinNote(i)
			continue
		}
		if b.role != prose && b.role != list && !(among && b.role == stanza) || b.from >= b.to {
			continue
		}
		s := d.text(b)
		key, size, ok := noteMark(s, among)
		if !ok && b.role == prose && s[0] == '(' && d.calledInBrackets(i) {
			key, size, ok = noteMark(s, true)
			if ok {
				called[key], d.round = true, true
			}
		}
		switch {
		case ok && (among || ruled && s[0] == '^' || i > 0 && (called[key] || footnoteWord.MatchString(s))):
			if key[0] == '*' && !among && (!d.starBefore(i, key) || d.bulleted(i)) {
				continue
			}
			b.role, b.label = note, key
			b.strip = size
			d.notes[key] = true
		case d.short(b, 4) && notesTitle.MatchString(s) && d.numberedBelow(i):
			among = true
		case strings.Contains(s, "ollowing") && atMostWords(s, 90) && introduces.MatchString(s) && i*10 > len(d.blocks)*6 && d.numberedBelow(i):
			b.role, among = editorNote, true
		case among && d.plausibleHeading(b):
			among = false
		case ruled && d.plausibleHeading(b):
			ruled = false
		case ruled && d.behindNote(i), among && d.goesOn(i):
			d.joinNote(i)
		}
	}
	d.blocks = slices.DeleteFunc(d.blocks, func(b block) bool { return b.from >= b.to })
}

// browserNotes reports whether notes begin at a block as text browsers set them below
// a rule, with raised figures in brackets: "^[3]". All that follows up to the next
// heading belongs to them.
func (d *draft) browserNotes(at int) bool {
	if at >= len(d.blocks) || !strings.HasPrefix(d.first(&d.blocks[at]).text, "^[") {
		return false
	}
	_, _, ok := noteMark(d.text(&d.blocks[at]), false)
	return ok
}

// behindNote reports whether a block stands right behind a note.
func (d *draft) behindNote(at int) bool {
	i := at - 1
	for i > 0 && d.blocks[i].from >= d.blocks[i].to {
		i--
	}
	return i >= 0 && d.blocks[i].role == note && d.blocks[i].to == d.blocks[at].from
}

// goesOn reports whether a block is one more paragraph of the note before it:
// another note comes after it, or it is set in as the note's text is.
func (d *draft) goesOn(at int) bool {
	if !d.behindNote(at) {
		return false
	}
	i := at - 1
	for d.blocks[i].from >= d.blocks[i].to {
		i--
	}
	a, b := d.first(&d.blocks[i]), d.first(&d.blocks[at])
	if b.indent > a.indent && b.indent > d.base {
		return true
	}
	for k := at + 1; k < len(d.blocks) && k < at+6; k++ {
		c := &d.blocks[k]
		if c.role != prose && c.role != list && c.role != quotation && c.role != stanza {
			return false
		}
		if _, _, ok := noteMark(d.first(c).text, true); ok {
			return true
		}
		if d.plausibleHeading(c) {
			return false
		}
	}
	return false
}

// hangs reports whether all lines of a block stand below the words of the note
// before it, further in than its mark and than the text, and are no paragraph
// whose first line is set in.
func (d *draft) hangs(at int) bool {
	i := at - 1
	for i > 0 && d.blocks[i].from >= d.blocks[i].to {
		i--
	}
	b := &d.blocks[at]
	if i < 0 || d.blocks[i].role != note || d.blocks[i].to != b.from || b.role == headline || b.role == leftOut || b.under {
		return false
	}
	a := &d.blocks[i]
	words := d.first(a).indent + int32(a.strip)
	if a.size() > 1 && d.lines[a.from+1].gap == 0 && d.lines[a.from+1].indent > d.first(a).indent {
		words = d.lines[a.from+1].indent
	}
	if words < d.first(a).indent+2 || words <= d.base || d.first(b).indent > words+12 || d.opensSection(b) || d.para > 0 && b.size() == 1 && d.first(b).indent == d.base+d.para {
		return false
	}
	for k := b.from; k < b.to; k++ {
		if d.lines[k].indent < words {
			return false
		}
	}
	_, _, marked := noteMark(d.first(b).text, false)
	return !marked
}

// joinNote puts a block into the note before it.
func (d *draft) joinNote(at int) {
	i := at - 1
	for d.blocks[i].from >= d.blocks[i].to {
		i--
	}
	a, b := &d.blocks[i], &d.blocks[at]
	a.to, a.cache = b.to, ""
	b.from = b.to // nothing of it
}

// calledInBrackets reports whether a block begins with "(1)" and a paragraph
// shortly before calls it so, right behind a word.
func (d *draft) calledInBrackets(at int) bool {
	s := d.text(&d.blocks[at])
	j := strings.IndexByte(s[:min(len(s), 5)], ')')
	if j < 2 || strings.Trim(s[1:j], "0123456789") != "" {
		return false
	}
	for i := at - 1; i >= max(0, at-6); i-- {
		if d.blocks[i].role != prose {
			continue
		}
		t := d.text(&d.blocks[i])
		if k := strings.Index(t, s[:j+1]); k > 0 && d.blocks[i].size() > 1 {
			return true
		}
	}
	return false
}

// bulleted reports whether a block that begins with a star is an item of a list:
// another one shortly before or after it begins with a star too, at the same
// place, with nothing but what is set in below the items between them.
func (d *draft) bulleted(at int) bool {
	if d.blocks[at].role == list {
		return true
	}
	in := d.first(&d.blocks[at]).indent
	for _, step := range [...]int{-1, 1} {
		for i := at + step; i >= max(0, at-6) && i < min(len(d.blocks), at+7); i += step {
			b := &d.blocks[i]
			if b.from >= b.to {
				continue
			}
			l := d.first(b)
			if m, ok := itemMark(l.text); ok && m.style == '*' || strings.HasPrefix(l.text, "** ") {
				return true
			}
			if l.indent <= in {
				break
			}
		}
	}
	return false
}

// starBefore reports whether as many stars as a note has hang on a word in the
// paragraphs before.
func (d *draft) starBefore(at int, key string) bool {
	for i := at - 1; i >= max(0, at-12); i-- {
		found := false
		eachCall(d.text(&d.blocks[i]), func(k string) { found = found || k == key })
		if found {
			return true
		}
	}
	return false
}

// numberedBelow reports whether the next block begins with a note's mark.
func (d *draft) numberedBelow(at int) bool {
	for i := at + 1; i < len(d.blocks) && i < at+4; i++ {
		if d.blocks[i].role == leftOut {
			continue
		}
		_, _, ok := noteMark(d.first(&d.blocks[i]).text, true)
		return ok
	}
	return false
}

// splitNotes parts blocks in which several notes stand without empty lines
// between.
func (d *draft) splitNotes(called map[string]bool) {
	among := false
	out := make([]block, 0, len(d.blocks))
	for i := range d.blocks {
		b := d.blocks[i]
		s := d.first(&b).text
		key, _, ok := noteMark(s, among)
		if d.short(&b, 4) && notesTitle.MatchString(s) {
			among = true
		}
		if b.size() < 2 || !ok || !among && !called[key] || b.role != prose && (b.role != list || key[0] == '*') {
			out = append(out, b)
			continue
		}
		at := b.from
		for k := b.from + 1; k < b.to; k++ {
			if _, _, ok := noteMark(d.lines[k].text, among); ok && d.lines[k].indent <= d.lines[b.from].indent {
				part := b
				part.from, part.to, part.cache = at, k, ""
				out = append(out, part)
				at, b.gap, b.breaks = k, 0, false
			}
		}
		b.from, b.cache = at, ""
		out = append(out, b)
	}
	d.blocks = out
}

// calls ties notes to the passages that call them.
type calls struct {
	keys   map[string]bool
	round  bool              // a note was found that is called in round brackets: "(1)"
	byBare map[string]string // a key for each label without what stands around it
	byWhom map[string][]int
	notes  map[string][]int
}

func newCalls(keys map[string]bool) *calls {
	c := &calls{keys: keys, byBare: map[string]string{}, byWhom: map[string][]int{}, notes: map[string][]int{}}
	for k := range keys {
		if old, ok := c.byBare[bareLabel(k)]; !ok || k > old {
			c.byBare[bareLabel(k)] = k
		}
	}
	return c
}

// in looks for calls in the text of a passage. A call in brackets means the note
// in brackets; where there is none, the one that bears the same number.
func (c *calls) in(s string, at int) {
	if len(c.keys) == 0 {
		return
	}
	each := eachCall
	if c.round {
		each = eachRound
	}
	each(s, func(k string) {
		if !c.keys[k] {
			if k = c.byBare[bareLabel(k)]; k == "" {
				return
			}
		}
		if by := c.byWhom[k]; len(by) == 0 || by[len(by)-1] != at {
			c.byWhom[k] = append(by, at)
		}
	})
}

// eachRound is eachCall for a text that calls notes in round brackets too.
func eachRound(s string, f func(key string)) {
	eachCall(s, f)
	for i := strings.IndexByte(s, '('); i >= 0; {
		if j := strings.IndexByte(s[i:min(len(s), i+5)], ')'); j > 1 && strings.Trim(s[i+1:i+j], "0123456789") == "" {
			f("[" + s[i+1:i+j] + "]")
		}
		next := strings.IndexByte(s[i+1:], '(')
		if next < 0 {
			return
		}
		i += 1 + next
	}
}

func (c *calls) note(key string, at int) { c.notes[key] = append(c.notes[key], at) }

// tie pairs calls and notes of one key. Where several notes bear it, each call
// takes the next one below it.
func (c *calls) tie(w *library.Work, d *draft) {
	for key, by := range c.byWhom {
		notes := c.notes[key]
		if len(notes) == 0 {
			continue
		}
		k := 0
		for _, p := range by {
			for k+1 < len(notes) && notes[k] < p {
				k++
			}
			if !slices.Contains(w.Passages[p].Notes, notes[k]) {
				w.Passages[p].Notes = append(w.Passages[p].Notes, notes[k])
			}
			if k+1 < len(notes) && len(notes) >= len(by) {
				k++
			}
		}
	}
	lost := 0
	for i := range w.Passages {
		p := &w.Passages[i]
		slices.Sort(p.Notes)
		if p.Kind == library.Footnote {
			if len(c.byWhom[p.Label]) == 0 {
				lost++
			}
			p.Label = bareLabel(p.Label)
		}
	}
	if lost > 0 {
		d.warn("note_uncalled", uncalled(lost), 0)
	}
}

// uncalled says of how many notes nothing in the text says where they belong.
func uncalled(lost int) string {
	if lost == 1 {
		return "1 of the footnotes is called nowhere in the text."
	}
	return strconv.Itoa(lost) + " of the footnotes are called nowhere in the text."
}
