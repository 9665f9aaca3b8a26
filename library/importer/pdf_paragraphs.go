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

// A pdfBlock is a paragraph, an item of a list or an example that is being put
// together of lines.
type pdfBlock struct {
	lines []*pdfLine
	rest  float64 // where its second line begins, and those after it; -1: not known
	kept  int     // how many of its lines were ended on purpose
	item  string  // the mark of an item
	body  float64 // where the item's words begin
}

// flow cuts the lines into paragraphs, lists, examples and tables.
func (d *pdfReader) flow() error {
	all := d.lines()
	var b pdfBlock
	for i := 0; i < len(all); i++ {
		if i%256 == 0 {
			if err := d.ctx.Err(); err != nil {
				return err
			}
		}
		l := all[i]
		if h, ok := d.heads[l]; ok {
			d.endBlock(&b)
			if h.title != "" {
				d.add(l.page, piece{kind: headPiece, level: min(h.depth+1, 9), text: h.title}, l.calls)
			}
			continue
		}
		if n := d.tableAt(all[i:]); n > 0 {
			d.endBlock(&b)
			d.table(all[i : i+n])
			i += n - 1
			continue
		}
		if len(b.lines) > 0 && !d.continues(&b, l) {
			d.endBlock(&b)
		}
		if len(b.lines) == 0 {
			d.begin(&b, l)
			continue
		}
		if last := b.lines[len(b.lines)-1]; len(b.lines) == 1 || l.page != last.page || l.top < last.top {
			b.rest = l.left // in another column, elsewhere
		}
		b.lines = append(b.lines, l)
	}
	d.endBlock(&b)
	d.joinStanzas()
	return nil
}

// bullets are the marks that items bear.
const bullets = "•◦▪‣∙·●○■□–*-−"

// begin begins a block with a line, which may open an item.
func (d *pdfReader) begin(b *pdfBlock, l *pdfLine) {
	*b = pdfBlock{lines: []*pdfLine{l}, rest: -1}
	if l.mono {
		return
	}
	first, _, ok := strings.Cut(l.text, " ")
	if !ok {
		return
	}
	if r, n := utf8.DecodeRuneInString(first); strings.ContainsRune(bullets, r) && n == len(first) {
		b.item = "-"
	} else if _, ok := itemMark(l.text); ok && len(first) <= 6 {
		b.item = first
	} else {
		return
	}
	share := float64(utf8.RuneCountInString(first)+1) / float64(utf8.RuneCountInString(l.text))
	b.body = l.left + (l.right-l.left)*share
}

// continues reports whether a line goes on with a block.
func (d *pdfReader) continues(b *pdfBlock, l *pdfLine) bool {
	last := b.lines[len(b.lines)-1]
	if b.lines[0].mono && strings.HasPrefix(l.text, wrapped) {
		return true
	}
	if last.mono != l.mono && (!d.full(last, l) || len(b.lines) == 1 && last.mono) || !sameSize(last, l) {
		return false
	}
	broken := l.page != last.page || l.top < last.top
	if l.mono && b.lines[0].mono { // an example goes on over empty lines
		if broken {
			return l.left >= b.lines[0].left-1 && d.lowest(last) && d.highest(l)
		}
		return step(last, l) < d.pitch*2.6
	}
	if b.lines[0].mono && !l.mono && len(b.lines) > 1 {
		return false
	}
	if !broken && step(last, l) > max(d.pitch, last.size*1.1)*1.22 {
		return false
	}
	if opensItem(l) && (b.item != "" || !d.full(last, l) || l.left > b.lines[0].left+d.size*0.5) {
		return false
	}
	if !d.full(last, l) && !(b.item == "" && len(b.lines) > 3 && d.centred(b.lines)) {
		if !d.kept(b, last, l, broken) {
			return false
		}
		b.kept++
	}
	if b.lines[0].bold != l.bold && len(b.lines) == 1 && b.lines[0].bold && !d.full(last, l) {
		return false
	}
	near := func(x, y float64) bool { return math.Abs(x-y) < d.size*0.4 }
	switch {
	case len(b.lines) == 1 && b.item != "":
		// The words of an item stand below each other, or its mark hangs.
		if near(l.left, b.body) || l.left > b.lines[0].left+2 && l.left < b.body+d.size*2 || near(l.left, b.lines[0].left) {
			return !broken || d.openEnd(last, l)
		}
		return broken && d.openEnd(last, l)
	case len(b.lines) == 1:
		in := l.left - b.lines[0].left
		if broken {
			return d.openEnd(last, l)
		}
		if near(in, 0) && d.indent > 0 && end(last.text) == fullEnd && math.Abs(l.left-d.lefts[l.page]-d.indent) < 1.5 {
			return false // both are set in as the first lines of paragraphs are
		}
		return near(in, 0) || in < 0 && in > -d.size*4 || in > 0 && in < d.size*4 && d.full(last, l)
	case broken:
		return (near(l.left, b.rest) || d.l.pages[l.page].width > 0 && l.edge != last.edge) && d.openEnd(last, l) || d.midSentence(last, l)
	}
	return near(l.left, b.rest) || l.left < b.rest && last.note != ""
}

// kept reports whether a line that does not fill the one above it stands with it all
// the same: where white space parts paragraphs, lines as close as those of one were
// ended on purpose, as those of an address or of a list of changes are.
func (d *pdfReader) kept(b *pdfBlock, last, l *pdfLine, broken bool) bool {
	if !d.spaced || d.indent > 0 || l.mono || last.mono || l.bold != last.bold || !d.isText(l) || !d.isText(last) {
		return false
	}
	if broken {
		return d.midSentence(last, l) && d.lowest(last) && d.highest(l)
	}
	if step(last, l) >= d.pitch*1.1 {
		return false
	}
	if b.item != "" {
		return (end(last.text) == openEnd || l.left > b.lines[0].left+1.5) && l.left > b.lines[0].left-1.5
	}
	return math.Abs(l.left-last.left) < 1.5
}

// step is how far a line stands below another one. Fonts of one line differ in
// how high they are, and hardly in how low.
func step(a, b *pdfLine) float64 { return b.bottom - a.bottom }

// sameSize reports whether lines are set in one size; fonts for examples are
// lower or higher than those beside them.
func sameSize(a, b *pdfLine) bool {
	if a.mixed || b.mixed {
		return a.size < b.size*1.7 && b.size < a.size*1.7
	}
	return math.Abs(a.size-b.size) < 1.6
}

// opensItem reports whether a line begins with the mark of an item.
func opensItem(l *pdfLine) bool {
	first, _, ok := strings.Cut(l.text, " ")
	if !ok || l.mono {
		return false
	}
	r, n := utf8.DecodeRuneInString(first)
	if n == len(first) && strings.ContainsRune("•◦▪‣∙●○■□", r) {
		return true
	}
	_, is := itemMark(l.text)
	return is
}

// full reports whether the next line's first word would not have fitted on a
// line: then nobody ended it on purpose.
func (d *pdfReader) full(a, b *pdfLine) bool {
	word, _, _ := strings.Cut(b.text, " ")
	if r, n := utf8.DecodeRuneInString(word); unspaced(r) {
		word = word[:n] // a line may end behind any letter
	}
	if hyphenEnd(a.text) || strings.HasSuffix(a.text, "-") {
		return true
	}
	if i := strings.IndexByte(word, '-'); i > 0 && i+1 < len(word) {
		word = word[:i+1] // it could have been broken there
	}
	if n := utf8.RuneCountInString(b.text); n > 0 {
		wide := (b.right - b.left) / float64(n)
		slack := d.size * 0.35
		if d.spaced && a.page == b.page && math.Abs(a.left-b.left) < 2 {
			slack = (a.edge - a.left) * 0.12 // nothing but the next word speaks for an end
		}
		return a.right+wide*(float64(utf8.RuneCountInString(word))+0.7) > a.edge-slack
	}
	return false
}

// openEnd reports whether a paragraph goes on over a page: its last line is full,
// and the sentence goes on or the next line is not set in.
func (d *pdfReader) openEnd(a, b *pdfLine) bool {
	if d.midSentence(a, b) {
		return true
	}
	return d.full(a, b) && end(a.text) == openEnd
}

func (d *pdfReader) midSentence(a, b *pdfLine) bool {
	return hyphenEnd(a.text) || end(a.text) == openEnd && startsLower(b.text)
}

// centred reports whether lines stand about one axis.
func (d *pdfReader) centred(lines []*pdfLine) bool {
	for i := 1; i < len(lines); i++ {
		if math.Abs(lines[i].left+lines[i].right-lines[0].left-lines[0].right) > 4 {
			return false
		}
	}
	return true
}

// lowest reports whether a line is the last of its page, highest whether one is
// the first.
func (d *pdfReader) lowest(l *pdfLine) bool {
	lines := d.l.pages[l.page].lines
	for i := range slices.Backward(lines) {
		if !lines[i].gone {
			return &lines[i] == l
		}
	}
	return false
}

func (d *pdfReader) highest(l *pdfLine) bool {
	lines := d.l.pages[l.page].lines
	for i := range lines {
		if !lines[i].gone {
			return &lines[i] == l
		}
	}
	return false
}

// endBlock makes a piece of a block.
func (d *pdfReader) endBlock(b *pdfBlock) {
	if len(b.lines) == 0 {
		return
	}
	lines := b.lines
	b.lines = nil
	if lines[0].mono && (len(lines) > 1 || !d.alone(lines[0])) {
		d.add(lines[0].page, piece{kind: prePiece, text: d.example(lines)}, nil)
		return
	}
	text := make([]line, 0, len(lines))
	var calls []string
	for i, l := range lines {
		s := l.text
		switch {
		case l.note != "" && i > 0: // it is called by the end of the line above
			text[len(text)-1].text += "[" + l.note + "]"
			calls = append(calls, l.note)
		case l.note != "": // raised at the beginning, and no note
			s = l.note + " " + s
		}
		calls = append(calls, l.calls...)
		if i > 0 && brokenAddress(text[len(text)-1].text, s) {
			text[len(text)-1].text += s
			continue
		}
		text = append(text, line{text: s})
	}
	s := d.mend.join(text)
	if b.item == "" && len(lines) >= 3 && b.kept == len(lines)-1 {
		whole := make([]string, len(text))
		for i := range text {
			whole[i] = text[i].text
		}
		if verses(whole) {
			d.add(lines[0].page, piece{kind: versePiece, text: strings.Join(whole, "\n")}, calls)
			return
		}
	}
	if b.item == "" {
		quoted := 0
		if lines[0].inset && (b.rest < 0 || math.Abs(b.rest-lines[0].left) < d.size*2.5) {
			quoted = 1
		}
		// What is set in above a line that says whose words it is.
		in := lines[0].left > d.margin+d.size*0.8
		if strings.HasPrefix(s, "— ") && in && d.wasIn && atMostWords(s, 16) {
			for k := len(d.pieces) - 1; k >= d.firstIn && k >= 0; k-- {
				d.pieces[k].quoted = 1
			}
			quoted = 1
		}
		if !in {
			d.firstIn = len(d.pieces) + 1
		}
		d.wasIn = in
		if d.add(lines[0].page, piece{kind: paraPiece, text: s, quoted: quoted}, calls); len(lines) == 1 && !lines[0].mono {
			d.lone(len(d.pieces)-1, lines[0])
		}
		return
	}
	if b.item == "-" {
		_, rest, _ := strings.Cut(s, " ")
		s = "- " + rest
	}
	// Items that stand as close as lines are one list.
	if n := len(d.pieces); n > 0 && d.pieces[n-1].kind == listPiece && d.lastItem != nil && d.lastItem.page == lines[0].page && lines[0].top > d.lastItem.top && step(d.lastItem, lines[0]) < max(d.pitch, lines[0].size*1.1)*1.22 {
		p := &d.pieces[n-1]
		deeper := 0
		if off := lines[0].left - d.itemLeft; off > d.size*0.5 {
			deeper = min(max(round(off/(d.size*1.5)), 1), 4)
		}
		p.text += "\n" + strings.Repeat("  ", deeper) + s
		p.calls = append(p.calls, d.keys(lines[0].page, calls)...)
	} else {
		d.add(lines[0].page, piece{kind: listPiece, text: s}, calls)
		d.itemLeft = lines[0].left
	}
	d.lastItem = lines[len(lines)-1]
}

// wrapped is what stands before the rest of a line of an example that was too
// long for the page.
const wrapped = "˓→"

// brokenAddress reports whether a line's end broke a web address or a path: after
// one of its marks, where no space can have stood.
func brokenAddress(a, b string) bool {
	token := a[strings.LastIndexByte(a, ' ')+1:]
	token = strings.TrimLeft(token, `("'<[“‘`)
	r := firstRune(b)
	if len(token) < 2 || unicode.IsUpper(r) || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/<~_", r) {
		return false
	}
	last := token[len(token)-1]
	switch {
	case strings.Contains(token, "://"), strings.HasPrefix(token, "www."), token == "https:", token == "http:", token == "ftp:":
		return strings.IndexByte("./_-:=?&#~%", last) >= 0
	case token[0] == '/' || strings.HasPrefix(token, "~/"):
		return last == '/'
	}
	return false
}

// alone reports whether a line in the font of examples is a term that is defined
// below it rather than an example.
func (d *pdfReader) alone(l *pdfLine) bool { return atMostWords(l.text, 6) }

// example keeps the lines of an example as they stand.
func (d *pdfReader) example(lines []*pdfLine) string {
	least, wide := lines[0].left, 0.0
	for _, l := range lines {
		least = min(least, l.left)
		if n := utf8.RuneCountInString(l.text); n > 0 {
			wide = max(wide, (l.right-l.left)/float64(n))
		}
	}
	if wide <= 0 {
		wide = d.size * 0.6
	}
	step := d.pitch
	for i := 1; i < len(lines); i++ {
		if gap := lines[i].top - lines[i-1].top; gap > 0 {
			step = min(step, gap)
		}
	}
	var b strings.Builder
	for i, l := range lines {
		if rest, ok := strings.CutPrefix(l.text, wrapped); ok && i > 0 {
			b.WriteString(" " + strings.TrimSpace(rest))
			continue
		}
		if i > 0 {
			b.WriteByte('\n')
			if gap := l.top - lines[i-1].top; gap > step*1.7 && l.page == lines[i-1].page {
				b.WriteByte('\n')
			}
		}
		b.WriteString(strings.Repeat(" ", min(max(round((l.left-least)/wide), 0), 80)))
		if len(l.cells) == 0 {
			b.WriteString(l.text)
			continue
		}
		at := 0
		for k, c := range l.cells {
			if k > 0 {
				b.WriteString(strings.Repeat(" ", min(max(round((c.left-l.left)/wide)-at, 1), 80)))
				at = round((c.left - l.left) / wide)
			}
			b.WriteString(c.text)
			at += utf8.RuneCountInString(c.text)
		}
	}
	return b.String()
}

// tableAt is how many lines from here on are the rows of a table: two and more
// in cells, whose second cells begin below each other.
func (d *pdfReader) tableAt(lines []*pdfLine) int {
	n := 0
	rows := 0
	for n < len(lines) {
		l := lines[n]
		if _, ok := d.heads[l]; ok || l.mono || opensItem(l) {
			break
		}
		if n > 0 && (l.page != lines[0].page || l.top-lines[n-1].top > d.pitch*2.2 || l.top < lines[n-1].top) {
			break
		}
		switch {
		case len(l.cells) > 0 && (n == 0 || shareColumn(lines[0], l)):
			rows++
		case n > 0 && inCell(lines[0], l):
		default:
			if rows >= 2 {
				return n
			}
			return 0
		}
		n++
	}
	if rows < 2 {
		return 0
	}
	return n
}

// shareColumn reports whether a column after the first begins below one of
// another row.
func shareColumn(a, b *pdfLine) bool {
	for _, x := range a.cells[1:] {
		for _, y := range b.cells {
			if math.Abs(x.left-y.left) < 4 {
				return true
			}
		}
	}
	return false
}

// inCell reports whether a line goes on with one cell of a row above it.
func inCell(row, l *pdfLine) bool {
	for _, c := range row.cells[1:] {
		if math.Abs(c.left-l.left) < 4 {
			return true
		}
	}
	return false
}

// table makes one piece of rows, cells parted as tables of web pages are.
func (d *pdfReader) table(lines []*pdfLine) {
	var rows [][]string
	var at []float64
	// A table goes on over a page, where its head stands again.
	if n := len(d.pieces); n > 0 && d.pieces[n-1].kind == tablePiece && d.lastRow != nil && d.lastRow.page == lines[0].page-1 && d.highest(lines[0]) && d.lowest(d.lastRow) {
		head, _, _ := strings.Cut(d.pieces[n-1].text, "\n")
		if rowOf(lines[0]) == head {
			d.left = append(d.left, library.LeftOut{Text: head, Reason: "the head of a table, again"})
			lines = lines[1:]
		}
		defer func() {
			if m := len(d.pieces); m == n+1 {
				d.pieces[n-1].text += "\n" + d.pieces[n].text
				d.pieces = d.pieces[:n]
			}
		}()
	}
	if len(lines) == 0 {
		return
	}
	d.lastRow = lines[len(lines)-1]
	for _, l := range lines {
		if len(l.cells) == 0 && len(rows) > 0 {
			row := rows[len(rows)-1]
			best := 0
			for k := range at {
				if k < len(row) && math.Abs(at[k]-l.left) < math.Abs(at[best]-l.left) {
					best = k
				}
			}
			row[best] = strings.TrimSpace(row[best] + " " + l.text)
			continue
		}
		var row []string
		at = at[:0]
		for _, c := range l.cells {
			row = append(row, c.text)
			at = append(at, c.left)
		}
		rows = append(rows, row)
	}
	var out []string
	for _, r := range rows {
		out = append(out, strings.Join(r, " | "))
	}
	d.add(lines[0].page, piece{kind: tablePiece, text: strings.Join(out, "\n")}, nil)
}

// rowOf is a line as a row of a table.
func rowOf(l *pdfLine) string {
	var row []string
	for _, c := range l.cells {
		row = append(row, c.text)
	}
	return strings.Join(row, " | ")
}

func endKey(label string) string { return "end#" + label }

// endnotes takes the numbered items that end the text for its notes, if marks in
// the text call those numbers.
func (d *pdfReader) endnotes() {
	called := map[string]bool{}
	for _, c := range d.uncalled {
		called[c] = true
	}
	if len(called) == 0 {
		return
	}
	from := len(d.pieces)
	var items []piece
	for from > 0 && d.pieces[from-1].kind == listPiece {
		var here []piece
		for s := range strings.SplitSeq(d.pieces[from-1].text, "\n") {
			m := noteStart.FindStringSubmatch(s)
			if m == nil || !called[m[1]] {
				here = nil
				break
			}
			here = append(here, piece{kind: paraPiece, text: m[2], note: endKey(m[1]), label: m[1], page: d.pieces[from-1].page})
		}
		if here == nil {
			break
		}
		items = append(here, items...)
		from--
	}
	for i := range items {
		if items[i].label != strconv.Itoa(i+1) {
			return
		}
	}
	if len(items) > 0 && len(items)*2 >= len(called) {
		d.pieces = append(d.pieces[:from], items...)
	}
}

// keys are the notes that marks on a page call.
func (d *pdfReader) keys(page int, calls []string) (out []string) {
	for _, c := range calls {
		out = append(out, d.keyOf(page, c))
	}
	return out
}

// add adds a piece that begins on a page, with the notes that it calls.
func (d *pdfReader) add(page int, p piece, calls []string) {
	p.page = d.label(page)
	for _, c := range calls {
		if key := d.keyOf(page, c); key != "" {
			p.calls = append(p.calls, key)
		} else if i := strings.Index(p.text, "["+c+"]"); i > 0 && unicode.IsDigit(rune(p.text[i-1])) {
			p.text = p.text[:i] + "^" + c + p.text[i+len(c)+2:] // an exponent, and no note
		} else if unicode.IsDigit(firstRune(c)) {
			p.calls = append(p.calls, endKey(c)) // one at the end, perhaps
			d.uncalled = append(d.uncalled, c)
		}
	}
	p.text = strings.TrimSpace(p.text)
	if p.kind == prePiece {
		p.text = strings.TrimRight(p.text, " \n")
	}
	if p.kind != paraPiece {
		d.firstIn, d.wasIn = len(d.pieces)+1, false
	}
	d.pieces = append(d.pieces, p)
}
