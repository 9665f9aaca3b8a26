package importer

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"lectern/library"
)

// pageHeads finds running heads that are not the same on every page: those with
// a number that counts the pages, at either end of the line and whatever else the
// line says; and, at the top of a page, those that repeat the title of the text
// or the heading of the chapter. It returns the numbers that pages bear so, and
// marks the lines.
func (d *draft) pageHeads(starts []int) (printed []string, drop []bool) {
	printed, drop = make([]string, len(starts)), make([]bool, len(d.lines))
	ends := func(p int) (from, to int) {
		if to = len(d.lines); p+1 < len(starts) {
			to = starts[p+1]
		}
		return starts[p], to
	}
	for _, at := range [...]func(from, to int) int{
		func(from, _ int) int { return from },
		func(_, to int) int { return to - 1 },
	} {
		// Pages are counted by most of the numbers there, each less its page.
		votes := map[int]int{}
		for p := range starts {
			if from, to := ends(p); to-from > 2 {
				for _, n := range endNumbers(d.lines[at(from, to)].text) {
					votes[n-p]++
				}
			}
		}
		shift, most := 0, 0
		for k, n := range votes {
			if n > most || n == most && k < shift {
				shift, most = k, n
			}
		}
		if most < 3 || most*3 < len(starts) {
			continue
		}
		for p := range starts {
			from, to := ends(p)
			if to-from <= 2 {
				continue
			}
			i := at(from, to)
			for _, n := range endNumbers(d.lines[i].text) {
				if n-p == shift && d.headLike(i) {
					printed[p], drop[i] = strconv.Itoa(n), true
				}
			}
		}
	}
	d.repeatedHeads(starts, drop)
	return printed, drop
}

// mixedHeads are lines that stand alone and bear the numbers of pages at either
// end, whatever else they say: the longest run that counts up, five at least, most
// of them in capitals or alike. Pages on which chapters begin may bear none.
func (d *draft) mixedHeads() []int {
	type head struct{ at, n, before, length int }
	var all []head
	last := map[int]int{} // the longest run that ends with a number
	alike := map[string]int{}
	best := -1
	for i := range d.lines {
		l := &d.lines[i]
		if l.gap == 0 || l.width > 80 || i+1 < len(d.lines) && d.lines[i+1].gap == 0 || !strings.ContainsAny(l.text, "0123456789") || columns(shape(l.text)) < 5 || !d.headLike(i) {
			continue
		}
		if lb, ok := readLabel(l.text); ok && lb.style != "1 bare" {
			continue
		}
		for _, n := range endNumbers(l.text) {
			h := head{i, n, -1, 1}
			for step := 1; step <= 3; step++ {
				if k, ok := last[n-step]; ok && all[k].at < i && all[k].length >= h.length {
					h.before, h.length = k, all[k].length+1
				}
			}
			all = append(all, h)
			last[n] = len(all) - 1
			alike[shape(l.text)]++
			if best < 0 || h.length > all[best].length {
				best = len(all) - 1
			}
		}
	}
	if best < 0 || all[best].length < 5 {
		return nil
	}
	var at []int
	known := 0
	for k := best; k >= 0; k = all[k].before {
		at = append(at, all[k].at)
		if s := d.lines[all[k].at].text; isCapitals(s) || alike[shape(s)] > 1 {
			known++
		}
	}
	if known*3 < len(at)*2 {
		return nil
	}
	slices.Reverse(at)
	return at
}

// endNumbers are the numbers with which a line begins and ends.
func endNumbers(s string) (out []int) {
	if len(s) > 120 {
		return nil
	}
	f := strings.Fields(s)
	for i, w := range f {
		if i > 0 && i < len(f)-1 {
			continue
		}
		w = strings.Trim(w, "-–—[]()|·•")
		if n, err := strconv.Atoi(w); err == nil && len(w) <= 4 && n > 0 {
			out = append(out, n)
		}
	}
	return out
}

// headLike reports whether a line with the number of its page may be a running
// head rather than text: it is short and no sentence, whichever end bears the
// number.
func (d *draft) headLike(i int) bool {
	s := strings.TrimFunc(d.lines[i].text, func(r rune) bool {
		return unicode.IsDigit(r) || unicode.IsSpace(r) || strings.ContainsRune("-–—[]()|·•", r)
	})
	return atMostWords(s, 14) && !startsLower(s) && (end(s) != fullEnd || isCapitals(s)) && !strings.HasSuffix(s, ",")
}

// repeatedHeads marks the lines at the top of pages that say what the title of
// the text says, or the last heading with a label before them.
func (d *draft) repeatedHeads(starts []int, drop []bool) {
	title, chapter := "", ""
	for i := range d.lines[:min(len(d.lines), 3)] {
		if l := &d.lines[i]; atMostWords(l.text, 14) && !startsLower(l.text) {
			title = library.Fold(l.text)
			break
		}
	}
	top := make(map[int]bool, len(starts))
	for _, i := range starts[1:] {
		top[i] = true
	}
	for i := range d.lines {
		l := &d.lines[i]
		if drop[i] || l.width > 90 || !atMostWords(l.text, 14) {
			continue
		}
		if top[i] {
			if said := library.Fold(l.text); said != "" && (said == title || said == chapter) {
				drop[i] = true
				continue
			}
		}
		if l.gap == 0 && !l.feed && i > 0 {
			continue
		}
		// "CHAPTER I. The Oil", or the title on the line below the label.
		lb, ok := d.label(l.text)
		switch {
		case !ok || lb.style == "1 bare":
		case lb.title != "":
			chapter = library.Fold(lb.title)
		case lb.style != "1" && i+1 < len(d.lines) && !top[i+1] && atMostWords(d.lines[i+1].text, 14):
			chapter = library.Fold(d.lines[i+1].text)
		}
	}
}
