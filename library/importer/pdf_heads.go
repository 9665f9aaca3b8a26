package importer

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

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
			if number == strings.Fields(said)[1] && !isCapitals(said) {
				return said + ". " + title // as it is printed
			}
			return number + ". " + title
		}
	}
	return title
}
