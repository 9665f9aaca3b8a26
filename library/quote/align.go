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
	missPart = 64 // a part that has no place
	openAny  = 96
	moreLess = 4 // a further letter of the text that the quotation lacks
	moreMore = 8 // a further letter that the quotation has too much

	// Words that come in are rarer than words that take the place of others.
	putWord = 88 // a gap that begins with a word which the quotation alone has
	putAny  = 112
	forWord = 24 // the same, right after words of the text that it lacks

	// Spaces are no letters, and yet they speak: chance cuts words elsewhere.
	together = 16 // more, for a letter that opens a word in both
	parted   = 40 // less, for one that opens a word in one of them
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
	rows [5][]int32
	ways []uint8
}

// The ways into a cell.
const (
	viaStart = iota
	viaDiagonal
	viaLess // the text has more
	viaMore // the quotation has more
	viaTwoInText
	viaTwoInPart
	wayMask   = 7
	moreLong  = 8  // the gap of viaMore goes on
	lessLong  = 16 // the gap of viaLess goes on
	moreAfter = 32 // the gap of viaMore begins right after one of viaLess
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
	for i := range t.rows {
		if cap(t.rows[i]) < width {
			t.rows[i] = make([]int32, width)
		}
	}
	above, here, twoAbove := t.rows[0][:width], t.rows[1][:width], t.rows[2][:width]
	more := t.rows[3][:width]  // the table of viaMore, by column
	lacks := t.rows[4][:width] // that of viaLess, of the row above
	for j := range width {
		above[j], more[j], lacks[j], ways[j] = 0, never, never, viaStart
	}
	for i := 1; i <= n; i++ {
		row := ways[i*width : (i+1)*width]
		l, opensHere := part[i-1], opens[i-1]
		openMore, after := int32(putAny), int32(putAny)
		if opensHere {
			openMore, after = putWord, forWord
		}
		spaced := l.weight() == 1
		less := int32(never)
		for j := range width {
			way := uint8(0)
			// The quotation has this letter too much.
			start := above[j] - openMore
			if s := lacks[j] - after; s > start {
				start, way = s, moreAfter
			}
			if on := more[j] - moreMore; on > start {
				more[j], way = on, moreLong
			} else {
				more[j] = start
			}
			best, via := more[j], uint8(viaMore)
			below := int32(never)
			if j > 0 {
				r := text[j-1]
				step := int32(-changed)
				if l == r {
					step = gain[i-1]
				} else if l < 128 && r < 128 && look.one[l][r] {
					step = -misread
				}
				if spaced && opensHere != textOpens[j-1] {
					step -= parted
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
				if below = less; less > best {
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
			here[j], row[j], lacks[j] = best, way|via, below
		}
		twoAbove, above, here = above, here, twoAbove
	}
	a := alignment{score: never, pair: make([]int32, n), wrong: make([]bool, n)}
	for j := range width {
		s := int(above[j])
		if j < m && !textOpens[j] && text[j].weight() == 1 {
			s -= parted
		}
		if s > a.score {
			a.score, a.to = s, j
		}
	}
	for i := range a.pair {
		a.pair[i] = -1
	}
	i, j := n, a.to
	lacking := false // the cell is reached through the table of viaLess
	for i > 0 {
		way := ways[i*width+j]
		via := way & wayMask
		if lacking {
			via, lacking = viaLess, false
		}
		switch via {
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
				way := ways[i*width+j]
				long, lacking = way&moreLong != 0, way&(moreLong|moreAfter) == moreAfter
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
