package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A quoteStyle is how a text marks quotations: the marks of the outer level.
// Inner quotations take others, so that a paragraph with outer marks in it is
// not itself part of a block quotation.
type quoteStyle struct {
	open, close rune
	stops       [256]bool // bytes that begin a mark or a square bracket
}

func newQuoteStyle(opening, closing rune) quoteStyle {
	q := quoteStyle{open: opening, close: closing}
	for _, r := range [...]rune{opening, closing, '[', ']'} {
		q.stops[string(r)[0]] = true
	}
	return q
}

// learnQuotes counts marks. Straight ones open and close in turn.
func (d *draft) learnQuotes() {
	var curly, single, straight, guil, low int
	for i := range d.lines {
		s := d.lines[i].text
		straight += strings.Count(s, `"`)
		curly += strings.Count(s, "“")
		guil += strings.Count(s, "«")
		low += strings.Count(s, "„")
		single += strings.Count(s, " ‘")
	}
	d.quotes = newQuoteStyle('“', '”')
	switch best := max(curly, straight, guil, low, single/2); {
	case best == 0:
	case best == low:
		d.quotes = newQuoteStyle('„', '“')
	case best == guil:
		d.quotes = newQuoteStyle('«', '»')
		if d.inward() {
			d.quotes = newQuoteStyle('»', '«')
		}
	case best == curly:
	case best == straight:
		d.quotes = newQuoteStyle('"', '"')
	default:
		d.quotes = newQuoteStyle('‘', '’')
	}
}

// inward reports whether guillemets point at what they quote, as German sets
// them: the first one that stands before a word does.
func (d *draft) inward() bool {
	for i := range d.lines {
		s := d.lines[i].text
		at := strings.IndexAny(s, "«»")
		for at >= 0 && at+2 < len(s) {
			if r, _ := utf8.DecodeRuneInString(s[at+2:]); unicode.IsLetter(r) && (at == 0 || s[at-1] == ' ') {
				return strings.HasPrefix(s[at:], "»")
			}
			next := strings.IndexAny(s[at+2:], "«»")
			if next < 0 {
				break
			}
			at += 2 + next
		}
	}
	return false
}

// marks is what the outer quotation marks of a paragraph tell.
type marks struct {
	any        bool // there is one outside brackets
	startsOpen bool // it begins with an opening one
	closeFirst bool // the first is a closing one: the opening one was lost
	unclosed   bool // one stays open at the end
	closes     int  // after how many bytes the last closes, 0 if none does
	spans      int  // how many quotations it holds
}

func (d *draft) marksOf(s string) marks {
	var m marks
	q := &d.quotes
	depth, square := 0, 0
	if !strings.ContainsRune(s, q.open) && !strings.ContainsRune(s, q.close) {
		return m
	}
	for i := 0; i < len(s); i++ {
		if !q.stops[s[i]] {
			continue
		}
		r, _ := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '[':
			square++
		case r == ']':
			square = max(0, square-1)
		case square > 0:
		case r == q.open && (q.open != q.close || depth == 0):
			if !m.any {
				m.startsOpen = strings.TrimFunc(s[:i], func(r rune) bool { return r == ' ' || r == '(' }) == ""
			}
			m.any = true
			depth = 1
			m.spans++
		case r == q.close:
			if q.close == '’' && !closesWord(s, i) {
				continue
			}
			if !m.any {
				m.closeFirst = true
			}
			m.any = true
			depth = 0
			m.closes = i + utf8.RuneLen(r)
		}
	}
	m.unclosed = depth > 0
	return m
}

// closesWord tells a closing mark from an apostrophe: no letter follows.
func closesWord(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i+len("’"):])
	return !unicode.IsLetter(r)
}

// speech are words by which a writer hands over to another.
var speech = expr(`(?i)\b(?:said|says|say|saying|wrote|writes?|writing|written|repl(?:y|ies|ied)|answers?|answered|declare[sd]?|comment(?:s|ed|ing)?|remark(?:s|ed)?|stat(?:e[sd]|ing)|observe[sd]?|` +
	`expla(?:in|ins|ined)|argue[sd]?|add(?:s|ed)|continue[sd]?|conclude[sd]?|recall(?:s|ed)?|thunder(?:s|ed)|summari[sz]e[sd]?|put(?:s|ting)? (?:it|forward)|quote[sd]?|cite[sd]?|insist(?:s|ed)?|` +
	`warn(?:s|ed|ing)?|note[sd]|proclaim(?:s|ed)?|asks?|asked|reads?|as follows|in the words of|according to|these words|schr(?:ieb|eibt)|sagt[e]?|erklärte?|heißt es|écri(?:t|vait|vit)|dit|déclara|escribió|dijo|dice|scrisse|disse)\b|` +
	`(?:пис|сказ)ал|пишет`)

// announces reports whether a paragraph hands over to a quotation: with a
// colon, or a comma, after a word of speech in its last sentence.
func (d *draft) announces(s string) bool {
	r := lastRune(s)
	if r != ':' && r != ',' {
		return false
	}
	tail := s
	if len(tail) > 220 {
		tail = tail[len(tail)-220:]
	}
	if i := strings.LastIndexAny(strings.TrimRight(tail, ".!?"), ".!?"); i >= 0 && i+20 < len(tail) {
		tail = tail[i:]
	}
	return speech.MatchString(tail)
}

var citationWords = expr(`(?i)\b(?:quoted|cited|emphasis|ibid|op\. ?cit|loc\. ?cit|reprinted|published|collected works|selected works|complete works|vol(?:ume)?\.? [0-9ivxlc]+|pp?\. ?[0-9]+|chapter [0-9ivxlc]+|translated|trans\.)\b`)

// citesBy says how surely a line says whose words stand before it: 2 by its own
// shape, 1 by being set as a title where headings are not, 0 not at all.
func (d *draft) citesBy(b *block) int {
	if b.role != prose || b.under || b.size() > 2 || !d.short(b, 24) {
		return 0
	}
	s := d.text(b)
	switch r := firstRune(s); {
	case r == '—' || r == '–' || r == '―' || strings.HasPrefix(s, "--"):
		return 2
	case (r == '(' || r == '[') && (strings.HasSuffix(s, ")") || strings.HasSuffix(s, "]") || strings.HasSuffix(s, ").")) && atMostWords(s, 16) && unicode.IsUpper(firstLetter(s)):
		return 2
	case unicode.IsLower(r):
		return 0
	}
	if isDate(s) {
		return 2
	}
	if _, ok := readLabel(s); ok {
		return 0
	}
	year := strings.ContainsAny(s, "0123456789") && strings.Contains(s, ",")
	if m := d.marksOf(s); m.startsOpen && !m.unclosed && m.closes < len(s) && strings.HasPrefix(strings.TrimLeft(s[m.closes:], " "), ",") {
		return 2
	}
	if citationWords.MatchString(s) && atMostWords(s, 20) || year && end(s) == openEnd && atMostWords(s, 14) {
		return 2
	}
	if end(s) == openEnd && d.titleCase(s) > 0 {
		return 1
	}
	return 0
}

// findQuotations marks block quotations: those that are set in, and, where the
// text has lost the marks of its block quotations, those that are announced or
// that a line about their source follows.
func (d *draft) findQuotations() {
	d.setIn()
	sentence, title := 0, 0
	for i := range d.blocks {
		if b := &d.blocks[i]; b.role == prose && d.plausibleHeading(b) {
			switch t := d.titleCase(d.text(b)); {
			case t > 0:
				title++
			case t < 0:
				sentence++
			}
		}
	}
	plainHeads := sentence > title/2 && sentence >= 2
	lost := 0 // quotations that nothing but words gives away
	last := -1
	for i := 0; i < len(d.blocks); i++ {
		b := &d.blocks[i]
		if b.role != prose {
			continue
		}
		s := d.text(b)
		announced := d.announces(s)
		m := d.marksOf(s)
		switch {
		case announced:
			if n := d.follow(i+1, false, plainHeads); n > 0 {
				lost += n
				i += n
				last = i
			}
		case m.unclosed && len(s) > 60 && (m.startsOpen || m.closeFirst || d.marksUnclosed(s)):
			n := d.follow(i+1, true, plainHeads)
			if n > 0 && (m.startsOpen || m.closeFirst) {
				b.role = quotation
			}
			lost += n
			if n > 0 {
				i += n
				last = i
			}
		case plainHeads && i > 0 && d.citesBy(b) == 1 && d.namedElsewhere(s, i):
			// A source is named though no quotation is open: what stands since
			// the last source is quoted.
			lost += d.backward(i, last)
			last = i
		}
	}
	if lost > 2 {
		d.quotedByText()
	}
	d.attachCitations()
}

func (d *draft) marksUnclosed(s string) bool {
	// The writer's own sentence leads into the quotation.
	i := strings.LastIndexByte(s, ':')
	return i > 0 && strings.ContainsRune(s[i:], d.quotes.open)
}

// follow marks the blocks from one on as quoted, up to a line about the source,
// a double empty line, or the closing mark. Where none of these comes before
// the writer's own words, an announced quotation is one block and one that was
// merely left open is none. It returns how many blocks it took.
func (d *draft) follow(from int, opened, plainHeads bool) int {
	const limit = 15
	n, open, ended := 0, opened, false
	for i := from; i < len(d.blocks) && n < limit; i++ {
		b := &d.blocks[i]
		if b.role != prose {
			break
		}
		if (i > from || opened) && b.gap > d.gap && !b.breaks {
			ended = true
			break
		}
		how := d.citesBy(b)
		if (i > from || opened) && (how == 2 || how == 1 && plainHeads) {
			b.role = citation
			d.mark(from, i)
			return n + 1
		}
		s := d.text(b)
		if d.plausibleHeading(b) || len(s) < 40 || i > from && d.announces(s) {
			break
		}
		m := d.marksOf(s)
		if m.any {
			first := i == from && !opened
			open = open || first && m.startsOpen
			if !first && !(open && (m.startsOpen || m.closeFirst)) {
				break
			}
			if open && !m.unclosed {
				if hasLetter(s[m.closes:]) {
					break // the writer goes on behind the closing mark
				}
				n++
				d.mark(from, from+n)
				if i+1 < len(d.blocks) {
					if how := d.citesBy(&d.blocks[i+1]); how == 2 || how == 1 && plainHeads {
						d.blocks[i+1].role = citation
						n++
					}
				}
				return n
			}
		}
		n++
	}
	switch {
	case ended:
	case !opened && n > 0:
		n = 1
	default:
		n = 0
	}
	d.mark(from, from+n)
	return n
}

func hasLetter(s string) bool { return strings.IndexFunc(s, unicode.IsLetter) >= 0 }

func (d *draft) mark(from, to int) {
	for i := from; i < to; i++ {
		if d.blocks[i].role == prose {
			d.blocks[i].role = quotation
		}
	}
}

// namedElsewhere reports whether a line is the name of a work that the text
// names in other places too: in brackets, or on another line of its own below a
// quotation.
func (d *draft) namedElsewhere(s string, at int) bool {
	if d.asked++; d.asked > 200 {
		return false
	}
	n := 0
	for i := range d.blocks {
		b := &d.blocks[i]
		if i == at {
			continue
		}
		if t := d.text(b); len(t) == len(s) && t == s || strings.Contains(t, "("+s+")") || strings.Contains(t, "("+s+",") {
			if n++; n >= 2 {
				return true
			}
		}
	}
	return false
}

// backward marks what stands between the last source and this one, unless the
// writer's own marks stand there.
func (d *draft) backward(at, last int) int {
	i := at
	for i > 0 && at-i < 12 {
		b := &d.blocks[i-1]
		if b.role != prose || i-1 == last || d.announces(d.text(b)) || d.marksOf(d.text(b)).any || d.plausibleHeading(b) || b.gap > 1 {
			break
		}
		i--
	}
	if i == at {
		return 0
	}
	if last != i-1 { // nothing says where it begins
		i = at - 1
	}
	d.mark(i, at)
	d.blocks[at].role = citation
	d.warn("citation_guessed", "The line "+quote(d.text(&d.blocks[at]))+" was taken for the source of what stands before it.", d.first(&d.blocks[at]).no)
	return at - i
}

// setIn marks blocks that stand further in than the text as quotations, where
// most of the text does not.
func (d *draft) setIn() {
	at, all := 0, 0
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role == prose && b.size() > 1 {
			all++
			if d.inset(b) {
				at++
			}
		}
	}
	if at == 0 || at*3 > all {
		return
	}
	for i := range d.blocks {
		if b := &d.blocks[i]; b.role == prose && (b.size() > 1 || !d.short(b, 17)) && d.inset(b) {
			b.role = quotation
		}
	}
}

// inset reports whether all lines of a block stand in by two columns and more.
func (d *draft) inset(b *block) bool {
	if d.para > 0 && b.size() == 1 && d.first(b).indent == d.base+d.para {
		return false // a paragraph of one line
	}
	for i := b.from; i < b.to; i++ {
		if d.lines[i].indent < d.base+2 {
			return false
		}
	}
	return true
}

// attachCitations takes lines that begin with a dash, or the source in
// brackets, below quotations and stanzas for their source.
func (d *draft) attachCitations() {
	for i := 1; i < len(d.blocks); i++ {
		b, a := &d.blocks[i], &d.blocks[i-1]
		if b.role != prose && !(b.role == quotation && d.short(b, 16)) || b.gap > 2 {
			continue
		}
		s := d.text(b)
		dash := strings.HasPrefix(s, "—") || strings.HasPrefix(s, "--") || strings.HasPrefix(s, "―") || strings.HasPrefix(s, "– ")
		if !dash || !atMostWords(s, 24) || !unicode.IsUpper(firstLetter(strings.TrimLeft(s, "—-–― "))) || strings.HasSuffix(s, "?") {
			continue
		}
		switch a.role {
		case quotation, stanza:
			b.role = citation
		case prose:
			m := d.marksOf(d.text(a))
			if m.startsOpen && !m.unclosed && m.closes*10 > len(d.text(a))*9 {
				a.role, b.role = quotation, citation
			}
		}
	}
}

// quotedByText finds paragraphs that the text elsewhere quotes, in marks, at
// length: in a text that has lost the marks of its block quotations they are
// other people's words.
func (d *draft) quotedByText() {
	const span = 10
	want, firsts := map[uint64]bool{}, map[uint64]bool{}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose {
			continue
		}
		d.eachSpan(d.text(b), func(s string) {
			if h, n := fold(s, span); n == span {
				want[h] = true
				h, _ = fold(s, 1)
				firsts[h] = true
			}
		})
	}
	if len(want) == 0 {
		return
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose || i == 0 || d.marksOf(d.text(b)).any || d.plausibleHeading(b) {
			continue
		}
		s := d.text(b)
		for at := 0; at < len(s); {
			h, n := fold(s[at:], 1)
			if firsts[h] {
				if h, n = fold(s[at:], span); n < span {
					break
				}
			}
			if n == span && want[h] {
				b.role = quotation
				d.warn("quotation_guessed", "The text quotes this paragraph elsewhere, so it was taken for a quotation.", d.first(b).no)
				break
			}
			next := strings.IndexByte(s[at:], ' ')
			if next < 0 {
				break
			}
			at += next + 1
		}
	}
}

// eachSpan calls f with each quotation within a paragraph.
func (d *draft) eachSpan(s string, f func(string)) {
	q := &d.quotes
	for {
		i := strings.IndexRune(s, q.open)
		if i < 0 {
			return
		}
		s = s[i+utf8.RuneLen(q.open):]
		j := strings.IndexRune(s, q.close)
		if j < 0 {
			return
		}
		f(s[:j])
		s = s[j+utf8.RuneLen(q.close):]
	}
}

// fold hashes the letters of the first n words (FNV-1a) and says how many there
// were.
func fold(s string, n int) (uint64, int) {
	h := uint64(14695981039346656037)
	words, in := 0, false
	for _, r := range s {
		if 'a' <= r && r <= 'z' {
			in = true
			h = (h ^ uint64(r)) * 1099511628211
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			in = true
			h = (h ^ uint64(unicode.ToLower(r))) * 1099511628211
			continue
		}
		if r == ' ' && in {
			in = false
			if words++; words == n {
				return h, words
			}
		}
	}
	if in {
		words++
	}
	return h, words
}
