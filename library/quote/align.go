package quote

import (
	"math"
	"strings"
)

// Costs and gains of an alignment, in sixteenths of a bit.
const (
	bit      = 16
	misread  = 14 // letters that scanners take for one another
	changed  = 40 // any other letter
	openWord = 40 // a gap that begins with a word
	openAny  = 64
	moreLess = 4 // a further letter of the text that the quotation lacks
	moreMore = 8 // a further letter that the quotation has too much
)

// A lookalikes table says which letters print and scanners confuse.
type lookalikes struct {
	one [128][128]bool // one letter for another
	two [128][128]byte // two letters for this one
}

var look = func() *lookalikes {
	var l lookalikes
	for p := range strings.FieldsSeq("ec co eo o0 d0 l1 i1 il lt it ft fl ij hb hn nu uv ao ae s5 sa gq g9 b6 b8 z2 rn rt mn vy kh cg xk pn q9 a4 b3 t7 b5") {
		l.one[p[0]][p[1]], l.one[p[1]][p[0]] = true, true
	}
	for p := range strings.FieldsSeq("rnm cld vvw lih iiu nnm inm lck rin lob tih cio nim") {
		l.two[p[0]][p[1]] = p[2]
	}
	return &l
}()

// An alignment lays a part of a quotation along a text.
type alignment struct {
	score    int     // sixteenths of a bit
	from, to int     // the letters of the text, to excluded
	pair     []int32 // for each letter of the part that of the text, -1 for none
	edits    int     // letters that are changed, left out or put in
	wrong    []bool  // for each letter of the part, whether the text's is another
}

// differs reports whether a letter of the part is laid along another one.
func (a *alignment) differs(i int) bool { return a.wrong[i] }

// A table is the memory of an aligner, used again and again.
type table struct {
	h, more []int32
	ways    []uint8
}

// The ways into a cell.
const (
	viaStart = iota
	viaDiagonal
	viaLess // the text has more
	viaMore // the quotation has more
	viaTwoInText
	viaTwoInPart
	wayMask  = 7
	moreLong = 8  // the gap of viaMore goes on
	lessLong = 16 // the gap of viaLess goes on
)

const never = math.MinInt32 / 2

// align finds the best place of a part within a text, by the three tables of
// Gotoh (An Improved Algorithm for Matching Biological Sequences, 1982), where the
// text is free at both ends. gain is what each letter of the part is worth if it
// is there.
func (t *table) align(part []Letter, opens []bool, gain []int32, text []Letter, textOpens []bool) alignment {
	n, m := len(part), len(text)
	width := m + 1
	if cap(t.ways) < (n+1)*width {
		t.ways = make([]uint8, (n+1)*width)
	}
	ways := t.ways[:(n+1)*width]
	if cap(t.h) < 3*width {
		t.h, t.more = make([]int32, 3*width), make([]int32, width)
	}
	above, here, twoAbove := t.h[:width], t.h[width:2*width], t.h[2*width:3*width]
	more := t.more[:width] // the table of viaMore, by column
	for j := range width {
		above[j], more[j], ways[j] = 0, never, viaStart
	}
	for i := 1; i <= n; i++ {
		row := ways[i*width : (i+1)*width]
		l := part[i-1]
		openMore := int32(openAny)
		if opens[i-1] {
			openMore = openWord
		}
		less := int32(never)
		for j := range width {
			way := uint8(0)
			// The quotation has this letter too much.
			if start, on := above[j]-openMore, more[j]-moreMore; on > start {
				more[j], way = on, moreLong
			} else {
				more[j] = start
			}
			best, via := more[j], uint8(viaMore)
			if j > 0 {
				r := text[j-1]
				step := int32(-changed)
				if l == r {
					step = gain[i-1]
				} else if l < 128 && r < 128 && look.one[l][r] {
					step = -misread
				}
				if s := above[j-1] + step; s >= best {
					best, via = s, viaDiagonal
				}
				open := int32(openAny)
				if textOpens[j-1] {
					open = openWord
				}
				if start, on := here[j-1]-open, less-moreLess; on > start {
					less, way = on, way|lessLong
				} else {
					less = start
				}
				if less > best {
					best, via = less, viaLess
				}
				if l < 128 && r < 128 && l != r {
					if j > 1 && text[j-2] < 128 && look.two[text[j-2]][r] == byte(l) && above[j-2]-misread > best {
						best, via = above[j-2]-misread, viaTwoInText
					}
					if i > 1 && part[i-2] < 128 && look.two[part[i-2]][l] == byte(r) && twoAbove[j-1]-misread > best {
						best, via = twoAbove[j-1]-misread, viaTwoInPart
					}
				}
			}
			here[j], row[j] = best, way|via
		}
		twoAbove, above, here = above, here, twoAbove
	}
	a := alignment{score: never, pair: make([]int32, n), wrong: make([]bool, n)}
	for j := range width {
		if s := int(above[j]); s > a.score {
			a.score, a.to = s, j
		}
	}
	for i := range a.pair {
		a.pair[i] = -1
	}
	i, j := n, a.to
	for i > 0 {
		switch way := ways[i*width+j]; way & wayMask {
		case viaDiagonal:
			i, j = i-1, j-1
			a.pair[i] = int32(j)
			if part[i] != text[j] {
				a.edits++
				a.wrong[i] = true
			}
		case viaTwoInText:
			i, j = i-1, j-2
			a.pair[i] = int32(j)
			a.edits++
		case viaTwoInPart:
			i, j = i-2, j-1
			a.pair[i], a.pair[i+1] = int32(j), int32(j)
			a.edits++
		case viaMore:
			for long := true; long && i > 0; i-- {
				long = ways[i*width+j]&moreLong != 0
				a.edits++
			}
		case viaLess:
			for long := true; long && j > 0; j-- {
				long = ways[i*width+j]&lessLong != 0
				a.edits++
			}
		default:
			a.from = j
			return a
		}
	}
	a.from = j
	return a
}
