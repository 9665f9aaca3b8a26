package importer

import (
	"cmp"
	"math"
	"slices"
)

// furniture leaves out the running heads and feet of the pages, and keeps the
// numbers of the pages: what stands at one height at the edge of many pages, and
// is alike there but for its numbers, or is a number alone.
func (d *pdfReader) furniture() {
	pages := d.l.pages
	d.bookmarks = map[int][]bookmark{}
	for _, b := range d.l.outline {
		d.bookmarks[b.page] = append(d.bookmarks[b.page], b)
	}
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
		return n >= min(max(len(pages), 2), 3) && n*12 >= min(len(pages), 120)
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
		kept := d.keptAtEdges(i)
		for _, l := range edges(i) {
			// Headings of chapters that begin a page may be alike but for their
			// numbers; what runs over most pages is hardly larger than the text.
			if kept[l] || l.size > d.size*1.2 && len(pages) > 2 && alike[place{shape(l.text), round(l.top / 3)}]*2 < len(pages) {
				continue
			}
			outer := h <= 0 || l.top < h*0.14 || l.bottom > h*0.86
			if at := round(l.top / 3); outer && (head > 0 && abs(at-head) <= 1 && l.top < h/2 || foot > 0 && abs(at-foot) <= 1 && l.top > h/2) {
				// It stands where heads and feet stand, whatever it says.
			} else if !outer || !running(l) && !usual(l) && !(numberAlone.MatchString(l.text) && len(pages) > 1) || d.inFlow(i, l) && !running(l) {
				continue
			}
			for _, m := range []*expression{numberAlone, pageAtStart, pageAtEnd} {
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

// keptAtEdges are the lines of a page that are no running heads or feet, whatever
// stands at their places on other pages: the heading that the file's outline names
// there, which a head above it may repeat, and notes that the page calls.
func (d *pdfReader) keptAtEdges(page int) map[*pdfLine]bool {
	kept := map[*pdfLine]bool{}
	lines := d.l.pages[page].lines
	for _, b := range d.bookmarks[page+1] {
		want, whole := bare(withoutLabel(b.title)), bare(b.title)
		var best *pdfLine
		n := 0
		for k := range lines {
			l := &lines[k]
			if said := bare(l.text); said == "" || said != whole && said != want && bare(withoutLabel(l.text)) != want {
				continue
			}
			if n++; best == nil || l.size > best.size || l.size == best.size && (l.bold && !best.bold || l.bold == best.bold && l.top > best.top) {
				best = l
			}
		}
		if best != nil && (n > 1 || best.bold || best.size > d.size*1.1) {
			kept[best] = true
		}
	}
	from := -1
	for k := range lines {
		l := &lines[k]
		switch label, _ := noteLabelOf(l); {
		case label != "" && l.top > d.l.pages[page].height/3 && calledIn(lines[:k], label):
			from = k
		case from >= 0 && (step(&lines[k-1], l) > d.pitch*1.3 || numberAlone.MatchString(l.text)):
			from = -1
		}
		if from >= 0 {
			kept[l] = true
		}
	}
	return kept
}

func abs(n int) int { return max(n, -n) }

// continued is what is said of an example that goes on over a page.
var continued = expr(`^\((?:continues on next page|continued from previous page|(?i:continued on the next page))\)$`)

var (
	pageAtStart = expr(`^([0-9]{1,4}|[ivxlc]{1,7}) \S`)
	pageAtEnd   = expr(`\S ([0-9]{1,4}|[ivxlc]{1,7})$`)
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
var leaders = expr(`(?:[.·…] ?){4,}\s*[0-9ivxlc]*$|(?: \. ){3,}`)

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
