package importer

import (
	"path"
	"slices"
	"strings"

	"lectern/library"
)

// What pages that are one work have alike: the heading of the whole above each of
// them, the site's lines at their ends, and numerals in their names.

// alike is how many of so many pages say that something is said by all.
func alike(n, of int) bool { return n >= 3 && n*3 >= of*2 }

// headOfAll is the first heading of nearly all pages, the title of the whole. It
// stands once, and what each page has below it is its own.
func headOfAll(order []string, index string, pages map[string]*webPage) string {
	count := map[string]int{}
	first := func(p *webPage) *piece {
		for i := range p.pieces {
			if x := &p.pieces[i]; x.kind == headPiece {
				return x
			}
		}
		return nil
	}
	own := 0
	for _, n := range order {
		if n == index {
			continue
		}
		own++
		if h := first(pages[n]); h != nil {
			count[library.Fold(h.text)]++
		}
	}
	for _, n := range order {
		h := first(pages[n])
		if h == nil || library.Fold(h.text) == "" || !alike(count[library.Fold(h.text)], own) {
			continue
		}
		title, once := h.text, false
		for _, n := range order {
			if h := first(pages[n]); h != nil && library.Fold(h.text) == library.Fold(title) {
				h.kind, h.reason = furniturePiece, "the title of the whole, again"
				if !once {
					h.reason = "the title of the whole"
				}
				once = true
			}
		}
		return title
	}
	return ""
}

// feetOfAll leaves out the lines with which nearly all pages end.
func feetOfAll(order []string, pages map[string]*webPage) {
	for range 5 {
		count := map[string]int{}
		last := func(p *webPage) *piece {
			for i := range slices.Backward(p.pieces) {
				if x := &p.pieces[i]; x.text != "" && x.note == "" && x.kind != furniturePiece {
					return x
				}
			}
			return nil
		}
		for _, n := range order {
			if p := last(pages[n]); p != nil && p.kind == paraPiece && len(p.calls) == 0 && atMostWords(p.text, 25) {
				count[p.text]++
			}
		}
		found := false
		for _, n := range order {
			if p := last(pages[n]); p != nil && alike(count[p.text], len(order)) {
				p.kind, p.reason, found = furniturePiece, "site furniture", true
			}
		}
		if !found {
			return
		}
	}
}

// sortRomans sorts names that differ in a roman numeral at their end by its value.
func sortRomans(names []string) {
	stem, long := "", false
	value := map[string]int{}
	for i, n := range names {
		base := strings.ToLower(strings.TrimSuffix(n, path.Ext(n)))
		numeral := base[strings.LastIndexAny(base, " _-./")+1:]
		if i == 0 {
			stem = strings.TrimSuffix(base, numeral)
		}
		v := romanValue(numeral)
		if v == 0 || base != stem+numeral {
			return
		}
		value[n], long = v, long || len(numeral) > 1
	}
	if long && len(names) > 2 {
		slices.SortStableFunc(names, func(a, b string) int { return value[a] - value[b] })
	}
}
