package importer

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// readPDFText reads what an extractor took out of a PDF: lines as they stand on
// pages, which form feeds part.
func readPDFText(ctx context.Context, text string, opt Options) (*library.Work, error) {
	text, labels, left := cleanPages(text)
	opt.pages = labels
	w, err := readText(ctx, text, opt)
	if err == nil {
		w.LeftOut = append(w.LeftOut, left...)
	}
	return w, err
}

var (
	// A page's number stands alone, or at one end of its head or foot.
	numberAlone = expr(`^[-–—(\[ ]*([0-9]{1,4}|[ivxlc]{1,7})[-–—)\] ]*$`)
	numberFirst = expr(`^([0-9]{1,4}|[ivxlc]{1,7})(?: {3,}|\t)\S`)
	numberLast  = expr(`\S(?: {3,}|\t)([0-9]{1,4}|[ivxlc]{1,7})$`)
	wideGap     = expr(`\S {5,}\S`)
)

// cleanPages takes the running heads and the numbers off the pages of a text,
// and returns them with the number of each page, "" for one without.
func cleanPages(text string) (string, []string, []library.LeftOut) {
	pages := strings.Split(text, "\f")
	if n := len(pages); n > 1 && strings.TrimSpace(pages[n-1]) == "" {
		pages = pages[:n-1]
	}
	lines := make([][]string, len(pages))
	shapes, exact := map[string]int{}, map[string]int{}
	for i, p := range pages {
		lines[i] = strings.Split(strings.TrimRight(p, "\n"), "\n")
		tops, feet := edges(lines[i])
		for _, k := range append(tops, feet...) {
			s := strings.TrimSpace(lines[i][k])
			exact[s]++
			if s = shape(s); s != "" {
				shapes[s]++
			}
		}
	}
	labels := make([]string, len(pages))
	known, contents := 0, false
	var left []library.LeftOut
	no := 1
	for i := range lines {
		tops, feet := edges(lines[i])
		for _, side := range [][]int{tops, feet} {
			for _, k := range side {
				s := strings.TrimSpace(lines[i][k])
				number := ""
				for _, m := range []*expression{numberAlone, numberFirst, numberLast} {
					if f := m.FindStringSubmatch(s); f != nil {
						number = f[1]
						break
					}
				}
				alone := k+1 >= len(lines[i]) || strings.TrimSpace(lines[i][k+1]) == "" || len(feet) > 0 && k == feet[0]
				_, labelled := readLabel(s)
				running := number != "" && alone || exact[s] >= 2 && shapes[shape(s)] >= 3 || !labelled && shapes[shape(s)] >= 3 || i > 0 && alone && wideGap.MatchString(s)
				if contentsTitle.MatchString(s) && !contents { // the heading itself, once
					running, contents = false, true
				}
				if !running || len(s) > 160 || chapterAlone.MatchString(s) {
					break // what stands behind it is text
				}
				if number != "" && labels[i] == "" {
					labels[i] = number
					known++
				}
				left = append(left, library.LeftOut{Text: strings.Join(strings.Fields(s), " "), Reason: "running head or page number", Line: no + k})
				lines[i][k] = ""
			}
		}
		no += len(lines[i])
	}
	if known*2 <= len(pages) {
		labels = nil
	}
	width := usualWidth(lines)
	out := make([]string, len(pages))
	for i := range lines {
		lines[i] = parted(lines[i], width)
		out[i] = strings.Trim(strings.Join(lines[i], "\n"), "\n")
	}
	return strings.Join(out, "\n\f"), labels, left
}

// edges are the lines of a page that may be its head or its foot: the first two
// that are not empty, and the last two, from the outside to the inside.
func edges(lines []string) (tops, feet []int) {
	for i := 0; i < len(lines) && len(tops) < 2; i++ {
		if strings.TrimSpace(lines[i]) != "" {
			tops = append(tops, i)
		}
	}
	for i := len(lines) - 1; i >= 0 && len(feet) < 2; i-- {
		if strings.TrimSpace(lines[i]) != "" && !slices.Contains(tops, i) {
			feet = append(feet, i)
		}
	}
	return tops, feet
}

// usualWidth is how wide lines that run on are, in columns: nineteen of twenty
// are no wider.
func usualWidth(pages [][]string) int {
	var count [256]int
	n := 0
	for _, lines := range pages {
		for _, l := range lines {
			if w := utf8.RuneCountInString(l); w > 40 && w < len(count) {
				count[w]++
				n++
			}
		}
	}
	for w, k := 0, 0; w < len(count); w++ {
		if k += count[w]; k*20 >= n*19 {
			return w
		}
	}
	return len(count)
}

// chapterAlone is a word that stands above the number of a chapter.
var chapterAlone = expr(`^(?i:chapter|appendix|part|kapitel|chapitre)$`)

// parted puts an empty line where a paragraph ends: after a sentence whose line
// the next word would have fitted on. A chapter's heading that is set on three
// lines becomes one.
func parted(lines []string, width int) []string {
	out := make([]string, 0, len(lines)+8)
	for i := 0; i < len(lines); i++ {
		l := lines[i]
		s := strings.TrimSpace(l)
		if chapterAlone.MatchString(s) {
			if n := nextLine(lines, i+1); n >= 0 && n <= i+9 {
				if t := nextLine(lines, n+1); t >= 0 && t <= n+9 && atMostWords(lines[n], 1) && atMostWords(lines[t], 12) {
					out = append(out, "", s+" "+strings.TrimSpace(lines[n])+": "+strings.TrimSpace(lines[t]), "")
					i = t
					continue
				}
			}
		}
		out = append(out, l)
		if i+1 >= len(lines) || s == "" {
			continue
		}
		next := strings.TrimSpace(lines[i+1])
		if strings.HasPrefix(next, "• ") || strings.HasPrefix(next, "◦ ") || strings.HasPrefix(next, "▪ ") { // each is an item
			out = append(out, "")
			continue
		}
		if next == "" || end(s) != fullEnd {
			continue
		}
		word, _, _ := strings.Cut(next, " ")
		if r := firstRune(strings.TrimLeft(next, "\"“‘'([«„")); (unicode.IsUpper(r) || unicode.IsDigit(r) || r == '•') && utf8.RuneCountInString(l)+1+utf8.RuneCountInString(word) < width*15/16 {
			out = append(out, "")
		}
	}
	return out
}

func nextLine(lines []string, from int) int {
	for i := from; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) != "" {
			return i
		}
	}
	return -1
}

// inColumns reports whether a page is set in columns: half of its long lines
// have a gap about the middle.
func inColumns(text string) bool {
	long, gaps := 0, 0
	for l := range strings.SplitSeq(text, "\n") {
		l = strings.TrimRight(l, " ")
		if len(l) < 70 {
			continue
		}
		long++
		mid := l[len(l)*3/10 : len(l)*7/10]
		if strings.Contains(mid, "   ") && !strings.Contains(l, " . .") && !strings.Contains(l, "...") {
			gaps++
		}
	}
	return long >= 20 && gaps*2 > long
}
