package quote

// A pattern is a quotation's part prepared for Myers's algorithm: for each letter
// the places where it stands, as bits in blocks of 64.
type pattern struct {
	n      int // letters
	blocks int
	pages  [256]*page
	pv, mv []uint64
}

// A page holds the bits of the letters with one high byte.
type page struct{ bits [256][]uint64 }

func newPattern(letters []Letter) *pattern {
	p := &pattern{n: len(letters), blocks: (len(letters) + 63) / 64}
	p.pv, p.mv = make([]uint64, p.blocks), make([]uint64, p.blocks)
	none := make([]uint64, p.blocks)
	for i, l := range letters {
		pg := p.pages[l>>8]
		if pg == nil {
			pg = &page{}
			for b := range pg.bits {
				pg.bits[b] = none
			}
			p.pages[l>>8] = pg
		}
		at := &pg.bits[l&255]
		if &(*at)[0] == &none[0] {
			*at = make([]uint64, p.blocks)
		}
		(*at)[i/64] |= 1 << (i % 64)
	}
	empty := &page{}
	for b := range empty.bits {
		empty.bits[b] = none
	}
	for i := range p.pages {
		if p.pages[i] == nil {
			p.pages[i] = empty
		}
	}
	return p
}

// best is the end in text, exclusive, at which the pattern comes closest to some
// stretch of it, and the distance there: letters left out, put in or changed. The
// first such end counts.
func (p *pattern) best(text []Letter) (end, distance int) {
	distance = p.n
	p.scan(text, p.n-1, func(e, d int) {
		if d < distance {
			end, distance = e, d
		}
	})
	return end, distance
}

// scan calls found with the distance at each end where it is at most limit. A text may begin and end anywhere: the alignment is semi-global.
func (p *pattern) scan(text []Letter, limit int, found func(end, distance int)) {
	if p.n == 0 {
		return
	}
	if p.blocks == 1 {
		p.scan64(text, limit, found)
		return
	}
	for b := range p.pv {
		p.pv[b], p.mv[b] = ^uint64(0), 0
	}
	last, top := p.blocks-1, uint64(1)<<((p.n-1)%64)
	score := p.n
	for j, l := range text {
		eqs := p.pages[l>>8].bits[l&255]
		// What comes in from above: nothing, for the text is free to begin anywhere.
		var plus, minus uint64
		for b := range p.blocks {
			pv, mv, eq := p.pv[b], p.mv[b], eqs[b]
			xv := eq | mv
			eq |= minus
			xh := (((eq & pv) + pv) ^ pv) | eq
			ph := mv | ^(xh | pv)
			mh := pv & xh
			if b == last {
				if ph&top != 0 {
					score++
				}
				if mh&top != 0 {
					score--
				}
			}
			pout, mout := ph>>63, mh>>63
			ph, mh = ph<<1|plus, mh<<1|minus
			p.pv[b], p.mv[b] = mh|^(xv|ph), ph&xv
			plus, minus = pout, mout
		}
		if score <= limit {
			found(j+1, score)
		}
	}
}

// scan64 is scan for a pattern that fits into one word.
func (p *pattern) scan64(text []Letter, limit int, found func(end, distance int)) {
	pv, mv, top := ^uint64(0), uint64(0), uint64(1)<<(p.n-1)
	score := p.n
	for j, l := range text {
		eq := p.pages[l>>8].bits[l&255][0]
		xv := eq | mv
		xh := (((eq & pv) + pv) ^ pv) | eq
		ph := mv | ^(xh | pv)
		mh := pv & xh
		if ph&top != 0 {
			score++
		}
		if mh&top != 0 {
			score--
		}
		ph <<= 1
		mh <<= 1
		pv = mh | ^(xv | ph)
		mv = ph & xv
		if score <= limit {
			found(j+1, score)
		}
	}
}
