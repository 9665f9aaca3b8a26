package importer

import (
	"cmp"
	"context"
	"maps"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// A pdfReader makes a work of the lines of a PDF.
type pdfReader struct {
	ctx    context.Context
	l      *layout
	size   float64  // of the text
	pitch  float64  // from one of its lines to the next
	labels []string // the printed numbers of pages
	left   []library.LeftOut
	mend   mender
	pieces []piece
	noted  map[string]bool // the labels of notes that there are
	spaced bool            // white space parts its paragraphs
	heads  map[*pdfLine]bookmark

	margin   float64  // where most lines begin
	firstIn  int      // the first of the pieces that are set in, up to the last
	wasIn    bool     // the last one is
	uncalled []string // marks in the text that call no note at a foot
	lastRow  *pdfLine // the last line of the last table
	lastItem *pdfLine // the last line of the last item of a list
	itemLeft float64  // where that list's first item stands
}

// readLayout reads a PDF by the places of its words.
func readLayout(ctx context.Context, l *layout) (*library.Work, error) {
	d := &pdfReader{ctx: ctx, l: l, noted: map[string]bool{}}
	if err := l.cutLines(ctx); err != nil {
		return nil, err
	}
	n := 0
	for i := range l.pages {
		n += len(l.pages[i].lines)
	}
	if n > maxLines {
		return nil, tooManyParts()
	}
	d.measure()
	d.furniture()
	d.contents()
	if err := d.findHeads(); err != nil {
		return nil, err
	}
	notes := d.footnotes()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var lines []line
	for _, p := range d.lines() {
		lines = append(lines, line{text: p.text})
	}
	d.mend.learn(lines)
	meta := d.front()
	if err := d.flow(); err != nil {
		return nil, err
	}
	d.endnotes()
	d.pieces = append(d.pieces, notes(d)...)
	w, err := compose(meta, d.pieces)
	if err != nil {
		return nil, err
	}
	w.LeftOut = append(w.LeftOut, d.left...)
	if d.mend.took > 0 {
		w.Warnings = append(w.Warnings, library.Warning{Code: "hyphens", Message: d.mend.said()})
	}
	numberVerses(w)
	return w, nil
}

// lines are all lines that are not left out.
func (d *pdfReader) lines() (out []*pdfLine) {
	for i := range d.l.pages {
		for k := range d.l.pages[i].lines {
			if l := &d.l.pages[i].lines[k]; !l.gone {
				out = append(out, l)
			}
		}
	}
	return out
}

// measure learns the size of the text and how far its lines stand apart.
func (d *pdfReader) measure() {
	sizes, gaps := map[int]int{}, map[int]int{}
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		for k := range lines {
			sizes[round(lines[k].size)] += utf8.RuneCountInString(lines[k].text)
		}
	}
	d.size = float64(most(sizes))
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		for k := 1; k < len(lines); k++ {
			if a, b := &lines[k-1], &lines[k]; d.isText(a) && d.isText(b) && b.top > a.top && b.top-a.top < 3*d.size {
				gaps[round(b.top-a.top)]++
			}
		}
	}
	if d.pitch = float64(most(gaps)); d.pitch == 0 {
		d.pitch = d.size * 1.2
	}
	d.margins()
	// Paragraphs are parted by white space, or by what is set in.
	parted, pairs := 0, 0
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		for k := 1; k < len(lines); k++ {
			if a, b := &lines[k-1], &lines[k]; d.isText(a) && d.isText(b) && b.bottom > a.bottom && step(a, b) < d.pitch*2.2 {
				pairs++
				if step(a, b) > d.pitch*1.22 {
					parted++
				}
			}
		}
	}
	d.spaced = parted*12 > pairs
}

// margins learns where the lines of each page and column end at most: where most
// of them do, if they are set flush, else where the longest do.
func (d *pdfReader) margins() {
	usual := func(lines []*pdfLine) (edge float64, flush bool) {
		at := map[int]int{}
		var rights []float64
		for _, l := range lines {
			if d.isText(l) && !l.mono {
				rights = append(rights, l.right)
				for by := -1; by <= 1; by++ {
					at[round(l.right)+by]++
				}
			}
		}
		if len(rights) == 0 {
			return 0, false
		}
		slices.Sort(rights)
		if best := most(at); at[best] >= 4 && at[best]*4 > len(rights) {
			return float64(best), true
		}
		return rights[len(rights)*97/100], false
	}
	var all []*pdfLine
	for _, l := range d.lines() {
		if l.edge == 0 {
			all = append(all, l)
		}
	}
	// What is set in on both sides has a margin of its own.
	inset := map[int]float64{}
	byLeft := map[int][]*pdfLine{}
	for _, l := range all {
		byLeft[round(l.left/2)] = append(byLeft[round(l.left/2)], l)
	}
	whole, flush := usual(all)
	lefts := map[int]int{}
	for _, l := range all {
		lefts[round(l.left)]++
	}
	left := float64(most(lefts))
	d.margin = left
	for left, lines := range byLeft {
		if edge, flush := usual(lines); flush && len(lines) >= 8 {
			inset[left] = edge
		}
	}
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		var wide, column []*pdfLine
		for k := range lines {
			if lines[k].edge > 0 {
				column = append(column, &lines[k])
			} else {
				wide = append(wide, &lines[k])
			}
		}
		// A page of few lines does not tell; left and right pages may differ.
		edge, sure := usual(wide)
		if !sure && (flush || len(wide) < 12) || edge < whole*3/4 {
			edge = whole
		}
		for _, l := range wide {
			l.edge = edge
			if e := inset[round(l.left/2)]; e > 0 && flush && e < edge && l.right <= e+2 {
				l.edge, l.inset = e, e < edge-d.size && l.left > left+d.size*0.8
			}
		}
		if edge, _ := usual(column); edge > 0 {
			for _, l := range column {
				l.edge = edge
			}
		}
	}
}

func round(f float64) int { return int(math.Round(f)) }

// most is the key that was counted most, the smallest of several.
func most(count map[int]int) (best int) {
	for _, k := range slices.Sorted(maps.Keys(count)) {
		if count[k] > count[best] {
			best = k
		}
	}
	return best
}

func (d *pdfReader) isText(l *pdfLine) bool { return math.Abs(l.size-d.size) < 1 }

func (d *pdfReader) drop(l *pdfLine, reason string) {
	l.gone = true
	if l.note != "" {
		d.left = append(d.left, library.LeftOut{Text: l.note + " " + l.text, Reason: reason})
		return
	}
	d.left = append(d.left, library.LeftOut{Text: l.text, Reason: reason})
}

// furniture leaves out the running heads and feet of the pages, and keeps the
// numbers of the pages: what stands at one height at the edge of many pages, and
// is alike there but for its numbers, or is a number alone.
func (d *pdfReader) furniture() {
	pages := d.l.pages
	d.labels = make([]string, len(pages))
	edges := func(i int) (out []*pdfLine) {
		lines := pages[i].lines
		order := make([]*pdfLine, len(lines))
		for k := range lines {
			order[k] = &lines[k]
		}
		slices.SortStableFunc(order, func(a, b *pdfLine) int { return cmp.Compare(a.top, b.top) })
		for k := range order {
			if k < 2 || k >= len(order)-2 {
				out = append(out, order[k])
			}
		}
		return out
	}
	type place struct {
		shape string
		at    int
	}
	alike, heights := map[place]int{}, map[int]int{}
	for i := range pages {
		for _, l := range edges(i) {
			alike[place{shape(l.text), round(l.top / 3)}]++
		}
	}
	running := func(l *pdfLine) bool {
		n := 0
		for by := -1; by <= 1; by++ {
			n += alike[place{shape(l.text), round(l.top/3) + by}]
		}
		return n >= 3 && n*12 >= min(len(pages), 120)
	}
	for i := range pages {
		for _, l := range edges(i) {
			if running(l) || numberAlone.MatchString(l.text) {
				heights[round(l.top/3)]++
			}
		}
	}
	// Heads that change from chapter to chapter stand where the others do.
	usual := func(l *pdfLine) bool {
		n := 0
		for by := -1; by <= 1; by++ {
			n += heights[round(l.top/3)+by]
		}
		return n >= 3 && n*4 >= len(pages)
	}
	head, foot := d.apart(true), d.apart(false)
	known := 0
	for i := range pages {
		h := pages[i].height
		for _, l := range edges(i) {
			outer := h <= 0 || l.top < h*0.14 || l.bottom > h*0.86
			if at := round(l.top / 3); outer && (head > 0 && abs(at-head) <= 1 && l.top < h/2 || foot > 0 && abs(at-foot) <= 1 && l.top > h/2) {
				// It stands where heads and feet stand, whatever it says.
			} else if !outer || !running(l) && !usual(l) && !(numberAlone.MatchString(l.text) && len(pages) > 2) || d.inFlow(i, l) && !running(l) {
				continue
			}
			for _, m := range []*regexp.Regexp{numberAlone, pageAtStart, pageAtEnd} {
				if f := m.FindStringSubmatch(l.text); f != nil && d.labels[i] == "" && (m == numberAlone || len(l.cells) > 0) {
					d.labels[i] = f[1]
					known++
					break
				}
			}
			d.drop(l, "running head or page number")
		}
	}
	if known*2 <= len(pages) {
		d.labels = nil
	}
	for _, l := range d.lines() {
		if continued.MatchString(l.text) {
			d.drop(l, "a remark about the page")
		}
	}
}

// apart is the height, in thirds of a pixel's unit, at which a line stands above
// (or below) the text of most pages and away from it; 0 for none.
func (d *pdfReader) apart(above bool) int {
	at, away := map[int]int{}, map[int]int{}
	for i := range d.l.pages {
		var first, second *pdfLine
		for k := range d.l.pages[i].lines {
			l := &d.l.pages[i].lines[k]
			before := func(o *pdfLine) bool { return o == nil || above && l.top < o.top-2 || !above && l.top > o.top+2 }
			switch {
			case before(first):
				first, second = l, first
			case before(second) && math.Abs(l.top-first.top) > 2:
				second = l
			}
		}
		if first == nil || second == nil {
			continue
		}
		at[round(first.top/3)]++
		if math.Abs(first.top-second.top) > d.pitch*1.5 {
			away[round(first.top/3)]++
		}
	}
	best := most(at)
	if n := at[best]; n >= 3 && n*2 >= len(d.l.pages) && away[best]*10 >= n*8 {
		return best
	}
	return 0
}

func abs(n int) int { return max(n, -n) }

// continued is what is said of an example that goes on over a page.
var continued = regexp.MustCompile(`^\((?:continues on next page|continued from previous page|(?i:continued on the next page))\)$`)

var (
	pageAtStart = regexp.MustCompile(`^([0-9]{1,4}|[ivxlc]{1,7}) \S`)
	pageAtEnd   = regexp.MustCompile(`\S ([0-9]{1,4}|[ivxlc]{1,7})$`)
)

// inFlow reports whether a line stands as close to the next one as the lines of
// a paragraph do.
func (d *pdfReader) inFlow(page int, l *pdfLine) bool {
	for k := range d.l.pages[page].lines {
		o := &d.l.pages[page].lines[k]
		if o == l || math.Abs(o.size-l.size) >= 1 || o.left > l.right || o.right < l.left {
			continue
		}
		if gap := math.Abs(o.top - l.top); gap < d.pitch*1.3 {
			return true
		}
	}
	return false
}

// leaders are the dots that lead from a title to its page.
var leaders = regexp.MustCompile(`(?:[.·…] ?){4,}\s*[0-9ivxlc]*$|(?: \. ){3,}`)

// contents leaves out the tables of contents: pages of which a third of the
// lines end in dots and the number of a page.
func (d *pdfReader) contents() {
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		dotted, all := 0, 0
		first := -1
		for k := range lines {
			if lines[k].gone {
				continue
			}
			all++
			if leaders.MatchString(lines[k].text) {
				dotted++
				if first < 0 {
					first = k
				}
			}
		}
		if dotted < 3 || dotted*3 < all {
			continue
		}
		// Text that stands before or behind the contents on their page is text.
		from, last := first, len(lines)-1
		for from > 0 && (lines[from-1].gone || atMostWords(lines[from-1].text, 10)) {
			if from--; contentsTitle.MatchString(lines[from].text) {
				break
			}
		}
		for !leaders.MatchString(lines[last].text) {
			last--
		}
		if !slices.ContainsFunc(lines[last:], func(l pdfLine) bool { return !l.gone && !atMostWords(l.text, 8) && !leaders.MatchString(l.text) }) {
			last = len(lines) - 1
		}
		for k := from; k <= last; k++ {
			if l := &lines[k]; !l.gone {
				d.drop(l, "table of contents")
			}
		}
	}
}

// bare is a title without its label, its spaces and its marks.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

func withoutLabel(s string) string {
	if l, ok := readLabel(s); ok && l.title != "" {
		return l.title
	}
	return s
}

// findHeads finds the headings: what the outline names, on its page, and what is
// set as such; where there is no outline, what is set larger than the text.
func (d *pdfReader) findHeads() error {
	d.heads = map[*pdfLine]bookmark{}
	type style struct {
		size int
		bold bool
	}
	styleOf := func(l *pdfLine) style { return style{round(l.size), l.bold} }
	levels := map[style]map[int]int{}
	text := style{round(d.size), false}
	for _, b := range d.l.outline {
		want, whole := bare(withoutLabel(b.title)), bare(b.title)
		if want == "" || b.page < 1 || b.page > len(d.l.pages) {
			continue
		}
		if err := d.ctx.Err(); err != nil {
			return err
		}
		for _, page := range [...]int{b.page - 1, b.page} {
			if page >= len(d.l.pages) || d.findHead(page, b, want, whole) {
				break
			}
		}
	}
	for l, b := range d.heads {
		if s := styleOf(l); b.title != "" && s != text {
			if levels[s] == nil {
				levels[s] = map[int]int{}
			}
			levels[s][b.depth]++
		}
	}
	if len(d.heads) > 0 {
		for s, byDepth := range levels {
			n := 0
			for _, k := range byDepth {
				n += k
			}
			if n < 2 {
				delete(levels, s)
			}
		}
	}
	// Without an outline the sizes tell, the largest first.
	var sizes []style
	if len(levels) == 0 {
		count, chars := map[style]int{}, 0
		for _, l := range d.lines() {
			n := utf8.RuneCountInString(l.text)
			chars += n
			if s := styleOf(l); (float64(s.size) > d.size*1.07 || s.bold && s.size >= round(d.size)) && !l.mono && n < 160 {
				count[s] += n
			}
		}
		for s, n := range count {
			if n*8 < chars {
				sizes = append(sizes, s)
			}
		}
		slices.SortFunc(sizes, func(a, b style) int {
			if c := b.size - a.size; c != 0 {
				return c
			}
			if a.bold != b.bold {
				if a.bold {
					return -1
				}
				return 1
			}
			return 0
		})
		sizes = sizes[:min(len(sizes), 6)]
	}
	all := d.lines()
	for i := 0; i < len(all); i++ {
		l := all[i]
		if _, ok := d.heads[l]; ok || l.mono || len(l.cells) > 0 || !hasWord(l.text) || l.page == 0 && float64(round(l.size)) > d.size*1.3 && len(d.l.pages) > 8 {
			continue
		}
		s := styleOf(l)
		depth := 0
		if by, ok := levels[s]; ok && (float64(s.size) > d.size*1.07 || s.bold) {
			depth = most(by)
		} else if k := slices.Index(sizes, s); k >= 0 {
			depth = k + 1
		} else if len(levels) > 0 && float64(s.size) > d.size*1.15 && !l.mono {
			for t, by := range levels { // a style that the outline does not reach
				if t.size > s.size {
					depth = max(depth, most(by)+1)
				}
			}
		}
		if depth == 0 || !d.standsAlone(all, i, float64(s.size) <= d.size*1.07) {
			continue
		}
		title := l.text
		d.heads[l] = bookmark{page: l.page + 1, depth: depth, title: title}
		// It may go on over several lines.
		for k := i + 1; k < len(all) && k < i+4; k++ {
			n := all[k]
			if styleOf(n) != s || n.page != l.page || n.top-all[k-1].top > n.size*1.6 || n.top <= all[k-1].top {
				break
			}
			if _, ok := d.heads[n]; ok {
				break
			}
			if lb, ok := readLabel(n.text); ok && lb.title != "" {
				break
			}
			title += " " + n.text
			d.heads[n] = bookmark{}
			d.heads[l] = bookmark{page: l.page + 1, depth: depth, title: title}
			i = k
		}
	}
	return nil
}

// standsAlone reports whether a line that is set as a heading can be one: short,
// with no more of its paragraph behind it. strict asks that it be no sentence.
func (d *pdfReader) standsAlone(all []*pdfLine, i int, strict bool) bool {
	l := all[i]
	if !atMostWords(l.text, 25) {
		return false
	}
	if !strict {
		return true
	}
	if !atMostWords(l.text, 14) || end(l.text) != openEnd || l.note != "" {
		return false
	}
	if _, ok := itemMark(l.text); ok && strings.HasPrefix(l.text, "•") {
		return false
	}
	if i > 0 && all[i-1].page == l.page && l.top > all[i-1].top && l.top-all[i-1].top < d.pitch*1.15 {
		return false
	}
	// What is defined stands above what is set in below it.
	if i+1 < len(all) && all[i+1].page == l.page && all[i+1].left > l.left+d.size*0.8 {
		return false
	}
	return true
}

// findHead finds a bookmark's heading on a page: one to four lines that say what
// it says.
func (d *pdfReader) findHead(page int, b bookmark, want, whole string) bool {
	lines := d.l.pages[page].lines
	for i := range lines {
		if lines[i].gone {
			continue
		}
		if _, ok := d.heads[&lines[i]]; ok {
			continue
		}
		said, text := "", ""
		for k := i; k < len(lines) && k < i+4; k++ {
			if lines[k].gone || k > i && lines[k].top-lines[k-1].top > lines[k].size*3 {
				break
			}
			said += bare(lines[k].text)
			text = strings.TrimSpace(text + " " + lines[k].text)
			if said != whole && said != want && bare(withoutLabel(text)) != want {
				if !strings.HasPrefix(whole, said) && !strings.HasPrefix(want, said) && !strings.HasPrefix(want, bare(withoutLabel(text))) {
					break
				}
				continue
			}
			// What is the same text within a paragraph is none.
			if k+1 < len(lines) && !lines[k+1].gone && d.isText(&lines[k]) && !lines[k].bold && lines[k+1].top-lines[k].top < d.pitch*1.15 && lines[k+1].left <= lines[k].left {
				break
			}
			if isCapitals(text) && !isCapitals(b.title) && bare(text) == whole {
				text = b.title
			}
			// "CHAPTER" and "ONE" stand above it.
			text = d.chapterAbove(lines, i, text)
			d.heads[&lines[i]] = bookmark{page: page + 1, depth: b.depth, title: text}
			for j := i + 1; j <= k; j++ {
				d.heads[&lines[j]] = bookmark{}
			}
			return true
		}
	}
	return false
}

// chapterAbove takes "CHAPTER ONE" above a heading for its label.
func (d *pdfReader) chapterAbove(lines []pdfLine, i int, title string) string {
	from := i
	said := ""
	for from > 0 && from > i-2 && !lines[from-1].gone && lines[from-1].top < lines[from].top && atMostWords(lines[from-1].text, 2) {
		from--
		said = strings.TrimSpace(lines[from].text + " " + said)
		if l, ok := readLabel(said); ok && l.title == "" && chapterAlone.MatchString(strings.Fields(said)[0]) && len(strings.Fields(said)) == 2 {
			number := strings.Fields(said)[1]
			if v := spelled[strings.ToLower(number)]; v > 0 {
				number = strconv.Itoa(v)
			}
			for k := from; k < i; k++ {
				d.drop(&lines[k], "the number of a chapter, kept with its title")
			}
			return number + ". " + title
		}
	}
	return title
}

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

var noteStart = regexp.MustCompile(`^\[?([0-9]{1,3}|[*†‡§]{1,3})\]?[.:]? (\S.*)$`)

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

// label is the number of a page, "" where it has none.
func (d *pdfReader) label(page int) string {
	if page >= 0 && page < len(d.labels) {
		return d.labels[page]
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
