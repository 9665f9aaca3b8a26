package importer

import (
	"context"
	"maps"
	"math"
	"slices"
	"strings"
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

	bookmarks map[int][]bookmark // by their pages, from 1
	info      pdfInfo

	margin   float64 // where most lines begin
	indent   float64 // how far in the first lines of paragraphs begin; 0 where they do not
	lefts    []float64
	firstIn  int       // the first of the pieces that are set in, up to the last
	wasIn    bool      // the last one is
	uncalled []string  // marks in the text that call no note at a foot
	lastRow  *pdfLine  // the last line of the last table
	lastItem *pdfLine  // the last line of the last item of a list
	itemLeft float64   // where that list's first item stands
	run      []pdfLone // pieces of one line each, the last ones
	stanzas  [][2]int  // pieces that are the lines of one, the first and how many
}

// readLayout reads a PDF by the places of its words.
func readLayout(ctx context.Context, l *layout, info pdfInfo) (*library.Work, error) {
	d := &pdfReader{ctx: ctx, l: l, info: info, noted: map[string]bool{}}
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
	if w.Author == "" {
		w.Author = info.author
	}
	w.LeftOut = append(w.LeftOut, d.left...)
	if d.mend.took > 0 {
		w.Warnings = append(w.Warnings, library.Warning{Code: "hyphens", Message: d.mend.said()})
	}
	if l.turned && strings.ContainsFunc(w.Passages[0].Text, arabic) {
		w.Warnings = append(w.Warnings, library.Warning{Code: "lam_alef", Message: "In a PDF, lam and alef are one sign, and may have changed places within words. Look at some of them, or take another format of the book."})
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
	d.learnIndent()
}

// learnIndent learns how far the first lines of paragraphs are set in, against those
// right below them, and where the lines of each page begin otherwise.
func (d *pdfReader) learnIndent() {
	ins := map[int]int{}
	pairs := 0
	d.lefts = make([]float64, len(d.l.pages))
	for i := range d.l.pages {
		lines := d.l.pages[i].lines
		at := map[int]int{}
		for k := range lines {
			if !d.isText(&lines[k]) || lines[k].mono {
				continue
			}
			at[round(lines[k].left)]++
			if k == 0 || !d.isText(&lines[k-1]) || opensItem(&lines[k-1]) {
				continue
			}
			a, b := &lines[k-1], &lines[k]
			if b.bottom <= a.bottom || step(a, b) > d.pitch*1.22 {
				continue
			}
			pairs++
			if in := a.left - b.left; in > d.size*0.6 && in < d.size*3 {
				ins[round(in)]++
			}
		}
		d.lefts[i] = float64(most(at))
	}
	if best := most(ins); ins[best] >= 8 && ins[best]*40 > pairs {
		d.indent = float64(best)
	}
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
		d.setIn(wide, left)
		if edge, _ := usual(column); edge > 0 {
			for _, l := range column {
				l.edge = edge
			}
		}
	}
}

// setIn finds what is set in alike on both sides and not flush: three and more
// lines below each other that end before the margin by about as much as they begin
// behind it, and of which few had room for the next one's first word.
func (d *pdfReader) setIn(lines []*pdfLine, left float64) {
	for i := 0; i < len(lines); {
		in := lines[i].left - left
		margin := lines[i].edge
		edge, j := margin-in, i
		// Where lines are ragged, the margin is known by the longest of them only.
		most := edge + min(d.size*1.2, in/2)
		for ; j < len(lines); j++ {
			l := lines[j]
			if !d.isText(l) || l.mono || l.inset || len(l.cells) > 0 || l.left-lines[i].left > d.size*2.5 || l.left < lines[i].left-1 || l.right > most || l.edge != margin ||
				j > i && step(lines[j-1], l) > d.pitch*2.2 {
				break
			}
			edge = max(edge, l.right)
		}
		full := 0
		for k := i + 1; k < j; k++ {
			a := *lines[k-1]
			if a.edge = edge; d.full(&a, lines[k]) {
				full++
			}
		}
		if pairs := j - i - 1; in > d.size*0.8 && pairs >= 2 && full*4 >= pairs*3 {
			for _, l := range lines[i:j] {
				l.edge, l.inset = edge, true
			}
		}
		i = max(j, i+1)
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

// label is the number of a page, "" where it has none.
func (d *pdfReader) label(page int) string {
	if page >= 0 && page < len(d.labels) {
		return d.labels[page]
	}
	return ""
}
