package importer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

var (
	frameStart = expr(`(?i)^\*{3} ?START OF (?:THE|THIS) PROJECT GUTENBERG`)
	frameEnd   = expr(`(?i)^(?:\*{3} ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg)`)
	frameField = expr(`^(Title|Author|Translator|Editor|Release [Dd]ate|Original publication|Language|Edition|Credits|Illustrator): (.+)$`)
	producers  = expr(`(?i)^(?:produced by|e-?text prepared by|transcribed (?:from|by)|this e-?(?:text|book) was)`)
)

// frame takes Project Gutenberg's frame off, and out of it what it says of the
// book.
func (d *draft) frame() {
	start := -1
	for i := range d.lines {
		if l := &d.lines[i]; l.text[0] == '*' && l.width < 200 && frameStart.MatchString(l.text) {
			start = i
			break
		}
		if i > 600 {
			break
		}
	}
	if start < 0 {
		return
	}
	for last, i := len(d.lines), len(d.lines)-1; i > start; i-- {
		if l := &d.lines[i]; (l.text[0] == '*' || l.text[0] == 'E') && l.width < 200 && frameEnd.MatchString(l.text) {
			for i > start+1 && d.lines[i-1].text[0] == 'E' && frameEnd.MatchString(d.lines[i-1].text) {
				i--
			}
			d.drop(i, last, "Project Gutenberg's frame")
			break
		}
	}
	for i := range d.lines[:start] {
		m := frameField.FindStringSubmatch(d.lines[i].text)
		if m == nil {
			continue
		}
		switch m[1] {
		case "Title":
			d.meta.Title = m[2]
		case "Author":
			d.meta.Author = m[2]
		case "Language":
			d.meta.Language = languageCode(m[2])
		case "Original publication":
			d.meta.Source = m[2]
		case "Edition":
			d.meta.Edition = m[2]
		}
	}
	// Who made the electronic text stands right below the mark.
	to := start + 1
	if to < len(d.lines) && producers.MatchString(d.lines[to].text) {
		to++
		for to < len(d.lines) && d.lines[to].gap == 0 {
			to++
		}
	}
	d.drop(0, to, "Project Gutenberg's frame")
}

// languageCode is the BCP 47 code of a language that a title page names.
func languageCode(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, l := range [...][2]string{{"english", "en"}, {"german", "de"}, {"deutsch", "de"}, {"french", "fr"}, {"français", "fr"}, {"spanish", "es"}, {"español", "es"},
		{"italian", "it"}, {"italiano", "it"}, {"dutch", "nl"}, {"nederlands", "nl"}, {"portuguese", "pt"}, {"português", "pt"}, {"russian", "ru"}, {"latin", "la"}, {"greek", "el"},
		{"finnish", "fi"}, {"swedish", "sv"}, {"danish", "da"}, {"polish", "pl"}, {"chinese", "zh"}, {"japanese", "ja"}, {"esperanto", "eo"}} {
		if s == l[0] {
			return l[1]
		}
	}
	if len(s) >= 2 && len(s) <= 12 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz-") == "" && (len(s) <= 3 || strings.Contains(s, "-")) {
		return s
	}
	return ""
}

var (
	pageFoot = expr(`(?i)(?:^|\s)\[?(?:page|p\.|pg\.?) ?([0-9ivxlc]+)\]?(?:\s|$)`)
	bareNum  = expr(`^[-–—(\[ ]*([0-9]{1,4})[-–—)\] ]*$`)
)

// findPages learns where pages break: at form feeds, or at runs of three and
// more empty lines where many of those part sentences. Running heads and page
// numbers are left out. Pages take the number that is printed on them, or are
// counted.
func (d *draft) findPages() {
	var breaks []int // indexes of the first lines of pages
	for i := range d.lines {
		if i > 0 && d.lines[i].feed {
			breaks = append(breaks, i)
		}
	}
	byFeed := len(breaks) > 0
	if !byFeed {
		inside := 0
		for i := 1; i < len(d.lines); i++ {
			if a, b := &d.lines[i-1], &d.lines[i]; b.gap >= 3 {
				breaks = append(breaks, i)
				if end(a.text) == openEnd && a.width > 25 && (startsLower(b.text) || d.fit.known && !d.fit.byHand(a, b)) {
					inside++
				}
			}
		}
		if len(breaks) < 5 || inside*4 < len(breaks) {
			d.barePages()
			return
		}
	}
	d.paged = true
	starts := append([]int{0}, breaks...)
	head, foot := d.runningLines(starts)
	printed, drop := d.pageHeads(starts)
	known := 0
	for p, from := range starts {
		to := len(d.lines)
		if p+1 < len(starts) {
			to = starts[p+1]
		}
		take := func(i int, common map[string]bool) bool {
			s := d.lines[i].text
			if !common[shape(s)] || p == 0 && i == 0 && !strings.ContainsAny(s, "0123456789") { // that is the title
				return false
			}
			drop[i] = true
			if m := pageFoot.FindStringSubmatch(s); m != nil {
				printed[p] = m[1]
			} else if m := bareNum.FindStringSubmatch(s); m != nil {
				printed[p] = m[1]
			}
			return true
		}
		for i := from; i < min(to, from+2) && (drop[i] || take(i, head)); i++ {
		}
		for i := to - 1; i >= max(from, to-2) && !drop[i] && take(i, foot); i-- {
		}
		if printed[p] != "" {
			known++
		}
	}
	d.pages = make([]string, len(starts)+1)
	for p, from := range starts {
		to := len(d.lines)
		if p+1 < len(starts) {
			to = starts[p+1]
		}
		for i := from; i < to; i++ {
			d.lines[i].page = int32(p + 1)
		}
		d.pages[p+1] = strconv.Itoa(p + 1)
		if known*2 > len(starts) {
			d.pages[p+1] = printed[p]
		}
	}
	for p := range starts {
		if len(d.printed) == len(starts) {
			d.pages[p+1] = d.printed[p]
		}
	}
	if known*2 <= len(starts) && len(d.printed) != len(starts) {
		d.warn("pages_counted", "The pages bear no numbers; they were counted from the breaks between them.", 0)
	}
	d.dropMarked(drop, "running head or page number")
}

// shape is a line without its numbers: running heads differ in nothing else.
func shape(s string) string {
	if len(s) > 160 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsDigit(r):
			return -1
		case r == ' ':
			return -1
		}
		return r
	}, s)
}

// runningLines are the shapes that stand at the head or foot of many pages.
func (d *draft) runningLines(starts []int) (head, foot map[string]bool) {
	heads, feet := map[string]int{}, map[string]int{}
	for p, from := range starts {
		to := len(d.lines)
		if p+1 < len(starts) {
			to = starts[p+1]
		}
		for i := from; i < min(to, from+2); i++ {
			heads[shape(d.lines[i].text)]++
		}
		for i := to - 1; i >= max(from, to-2); i-- {
			feet[shape(d.lines[i].text)]++
		}
	}
	many := func(count map[string]int) map[string]bool {
		common := map[string]bool{}
		for s, n := range count {
			if n >= 3 && n*4 > len(starts) {
				common[s] = true
			}
		}
		return common
	}
	return many(heads), many(feet)
}

// numberedHeads are lines that stand alone and are alike but for a number that
// counts up, five at least: the heads of pages; and the lines between which
// nothing but empty ones stand that come with them each time.
func (d *draft) numberedHeads() (at []int, drop []bool) {
	type run struct {
		at, n []int // lines and their numbers
		last  int
	}
	runs := map[string]*run{}
	for i := range d.lines {
		l := &d.lines[i]
		if l.gap == 0 || l.width > 80 || i+1 < len(d.lines) && d.lines[i+1].gap == 0 || !strings.ContainsAny(l.text, "0123456789") || bareNum.MatchString(l.text) {
			continue
		}
		if lb, ok := readLabel(l.text); ok && lb.style != "1 bare" {
			continue
		}
		k := strings.LastIndexFunc(l.text, unicode.IsDigit)
		m := k
		for m > 0 && l.text[m-1] >= '0' && l.text[m-1] <= '9' {
			m--
		}
		n, err := strconv.Atoi(l.text[m : k+1])
		s := shape(l.text)
		if err != nil || utf8.RuneCountInString(s) < 5 {
			continue
		}
		r := runs[s]
		if r == nil {
			r = &run{}
			runs[s] = r
		}
		if len(r.at) == 0 || n > r.last && n <= r.last+2 {
			r.at, r.n, r.last = append(r.at, i), append(r.n, n), n
		}
	}
	// The longest, and the one that it takes turns with on left and right pages.
	longest := slices.SortedFunc(maps.Values(runs), func(a, b *run) int {
		return cmp.Or(len(b.at)-len(a.at), a.at[0]-b.at[0])
	})
	longest = longest[:min(len(longest), 20)]
	for _, r := range longest {
		if len(r.at) >= 5 && len(r.at) > len(at) && r.last-r.n[0] < 2*len(r.n)-2 {
			at = r.at
		}
		for _, o := range longest {
			if len(r.at)+len(o.at) > max(len(at), 4) && o.n[0] == r.n[0]+1 && takeTurns(r.at, o.at) && takeTurns(r.n, o.n) {
				at = append(slices.Clone(r.at), o.at...)
				slices.Sort(at)
			}
		}
	}
	if at == nil || !d.pageLike(at) {
		if at = d.mixedHeads(); at == nil || !d.pageLike(at) {
			return nil, nil
		}
	}
	drop = make([]bool, len(d.lines))
	for _, i := range at {
		drop[i] = true
	}
	d.dropBeside(at, drop)
	return at, drop
}

// takeTurns reports whether the numbers of a and b come by turns, the first of a
// first.
func takeTurns(a, b []int) bool {
	if len(a) != len(b) && len(a) != len(b)+1 {
		return false
	}
	for k := range b {
		if a[k] >= b[k] || k+1 < len(a) && b[k] >= a[k+1] {
			return false
		}
	}
	return true
}

// dropBeside marks the lines that come with most of the numbers of pages: the
// heads of pages. One that opens the text is its title.
func (d *draft) dropBeside(at []int, drop []bool) {
	beside := map[string]int{}
	near := func(f func(i int)) {
		for _, i := range at {
			for _, k := range [...]int{i - 1, i + 1} {
				if k >= 0 && k < len(d.lines) && d.lines[k].gap > 0 && (k+1 == len(d.lines) || d.lines[k+1].gap > 0) {
					f(k)
				}
			}
		}
	}
	near(func(i int) { beside[d.lines[i].text]++ })
	near(func(i int) { drop[i] = drop[i] || i > 1 && beside[d.lines[i].text]*2 > len(at) })
}

// pageLike reports whether lines that stand alone part pages rather than
// chapters: one in five breaks a sentence, or they stand at even distances, as
// the lines of a page do.
func (d *draft) pageLike(at []int) bool {
	broken, even := 0, 0
	far := make([]int32, 0, len(at))
	for k, i := range at {
		if k > 0 {
			far = append(far, d.lines[i].no-d.lines[at[k-1]].no)
		}
		if i == 0 || i+1 == len(d.lines) {
			continue
		}
		a, b := &d.lines[i-1], &d.lines[i+1]
		// A running head may stand beside the number.
		for j := i - 2; j >= 0 && i-j <= 3 && a.gap > 0 && isCapitals(a.text); j-- {
			a = &d.lines[j]
		}
		for j := i + 2; j < len(d.lines) && j-i <= 3 && isCapitals(b.text); j++ {
			b = &d.lines[j]
		}
		if hyphenEnd(a.text) || a.soft || end(a.text) == openEnd && a.width > 25 && (startsLower(b.text) || d.fit.known && !d.fit.byHand(a, b)) {
			broken++
		}
	}
	if broken*5 >= len(at) {
		return true
	}
	slices.Sort(far)
	middle := far[len(far)/2]
	for _, n := range far {
		if n >= middle-2 && n <= middle+2 {
			even++
		}
	}
	return middle >= 20 && even*4 >= len(far)*3
}

// barePages takes out page numbers, and running heads with numbers, that stand
// alone between the paragraphs of a text without page breaks: five or more that
// count up.
func (d *draft) barePages() {
	if d.statedPages() {
		return
	}
	if at, drop := d.numberedHeads(); at != nil {
		d.pages = []string{""}
		from := 0
		for _, i := range at {
			s := d.lines[i].text
			k := strings.LastIndexFunc(s, unicode.IsDigit)
			m := k
			for m > 0 && s[m-1] >= '0' && s[m-1] <= '9' {
				m--
			}
			d.pages = append(d.pages, s[m:k+1])
			for ; from <= i; from++ {
				d.lines[from].page = int32(len(d.pages) - 1)
			}
		}
		d.dropMarked(drop, "running head or page number")
		for i := 1; i < len(d.lines); i++ {
			// Dropped lines between two others are a page break.
			if d.lines[i].no-d.lines[i-1].no > d.lines[i].gap+1 {
				d.lines[i].feed = true
			}
		}
		d.paged = true
		return
	}
	var at []int
	last := -1
	for i := range d.lines {
		l := &d.lines[i]
		if l.width > 8 || l.gap == 0 && i > 0 || i+1 < len(d.lines) && d.lines[i+1].gap == 0 {
			continue
		}
		if m := bareNum.FindStringSubmatch(l.text); m != nil {
			if n, err := strconv.Atoi(m[1]); err == nil && (n == last+1 || last < 0) {
				at, last = append(at, i), n
			}
		}
	}
	if len(at) < 5 {
		return
	}
	if !d.pageLike(at) {
		first, last := &d.lines[at[0]], &d.lines[at[len(at)-1]]
		d.warn("numbers_kept", fmt.Sprintf("The numbers %s to %s stand alone between finished paragraphs and at no even distance, so they were not taken for those of pages. If they are, leave them out.", first.text, last.text), first.no)
		return
	}
	d.pages = []string{""}
	drop := make([]bool, len(d.lines))
	from := 0
	for _, i := range at {
		d.pages = append(d.pages, strings.Trim(d.lines[i].text, "-–—()[] "))
		for ; from <= i; from++ {
			d.lines[from].page = int32(len(d.pages) - 1)
		}
		drop[i] = true
	}
	d.dropBeside(at, drop)
	d.dropMarked(drop, "page number")
}

// dropMarked leaves marked lines out; what followed one takes over its gap and
// its page break.
func (d *draft) dropMarked(drop []bool, reason string) {
	kept := d.lines[:0]
	gap, feed := int32(0), false
	for i, l := range d.lines {
		if drop[i] {
			d.left = append(d.left, library.LeftOut{Text: l.text, Reason: reason, Line: int(l.no)})
			gap, feed = max(gap, l.gap), feed || l.feed
			continue
		}
		l.gap, l.feed = max(l.gap, gap), l.feed || feed
		gap, feed = 0, false
		kept = append(kept, l)
	}
	clear(d.lines[len(kept):])
	d.lines = slices.Clip(kept)
}

// pageBreak reports whether a page ends before a line.
func (d *draft) pageBreak(l *line) bool {
	return l.feed || d.paged && l.gap >= 3
}
