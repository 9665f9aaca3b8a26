package quote

import (
	"math"
	"slices"
)

// A Place is where a quotation stands in one text.
type Place struct {
	Text int64 // as Run has it
	// Bits is how much speaks for the place: what its letters say, less what
	// differs. Score is its share of what a copy without a fault would have.
	Bits, Score float64
	// Exact is true where the letters are the same, in all parts.
	Exact bool
	// Missing is true where a part of the quotation was not found.
	Missing bool
	Spots   []Spot // in the order of the quotation

	parts []located
	marks marks
}

// A Spot is a stretch of neighbouring passages that a quotation, or a part of it,
// stands in.
type Spot struct {
	First, Last int64  // ids of passages
	Passages    string // their texts, parted by line breaks
	Start, End  int    // the bytes of Passages that were quoted
	// Pieces lay the quotation along them, from Start to End.
	Pieces []Piece
}

// A Piece is a stretch of a place, as the quotation has it.
type Piece struct {
	Kind   Kind
	Text   string // as the passage has it, with what parts it from the next word
	Quoted string // as the quotation has it, where that is something else
}

// A Kind says what the quotation made of a piece.
type Kind string

// The kinds of pieces.
const (
	Same    Kind = "same"     // but for case, punctuation and the like
	LeftOut Kind = "left out" // the quotation lacks it, in silence
	PutIn   Kind = "put in"   // the quotation alone has it
	Changed Kind = "changed"
	Elided  Kind = "elided" // an ellipsis stands for it
)

// A located part is one that was aligned. Its letters are those of the segment.
type located struct {
	part     int
	seg, run int
	from, to int
	align    alignment // whose text is the window from base
	base     int
}

// lay aligns a part around a stretch of a segment, within a run and the shelf.
func (s *search) lay(pi, si, run, from, to int) (located, error) {
	p := &s.parts[pi]
	slack := 16 + len(p.Letters)/4
	lo, hi := s.bounds(si, from)
	from, to = max(lo, from-slack), min(hi, to+slack)
	w, err := s.window(si, from, to)
	if err != nil {
		return located{}, err
	}
	a := s.table.align(p.Letters, p.Opens, s.gains[pi], w.letters, w.opens)
	return located{part: pi, seg: si, run: run, from: from + a.from, to: from + a.to, align: a, base: from}, nil
}

// bounds are the letters of the run that a letter is in, as far as they are on
// the shelf.
func (s *search) bounds(si, letter int) (lo, hi int) {
	_, lo, hi = s.segs[si].runAt(letter)
	for _, l := range s.live[si] {
		if l.from <= letter && letter < l.to {
			return max(lo, l.from), min(hi, l.to)
		}
	}
	return lo, hi
}

// assemble lays every part of the quotation around the place of one of them, in
// order. near are the places of the parts that were looked for everywhere.
func (s *search) assemble(anchor spot, near map[int][]spot) (Place, error) {
	first, err := s.lay(anchor.part, anchor.seg, anchor.run, anchor.from, anchor.to)
	if err != nil {
		return Place{}, err
	}
	lo, hi := s.bounds(anchor.seg, anchor.from)
	place := Place{Text: s.segs[anchor.seg].Runs[anchor.run].Text, parts: []located{first}}
	try := func(pi, from, to int, before bool) (ok bool, err error) {
		from, to = max(lo, from), min(hi, to)
		n := len(s.parts[pi].Letters)
		if from < to {
			w, err := s.window(anchor.seg, from, to)
			if err != nil {
				return false, err
			}
			if end, d := s.nearest(pi, w.letters, before); d*2 < n {
				l, err := s.layWithin(pi, anchor, max(from, from+end-n-n/2-24), min(to, from+end+n/8+8))
				if err != nil {
					return false, err
				}
				if l.align.score > 0 {
					place.parts = append(place.parts, l)
					return true, nil
				}
			}
		}
		return false, nil
	}
	far := func(pi int, ok func(x spot) bool) error {
		for _, x := range near[pi] {
			if x.seg == anchor.seg && x.run == anchor.run && x.distance*4 < len(s.parts[pi].Letters) && ok(x) {
				l, err := s.lay(pi, x.seg, x.run, x.from, x.to)
				if err == nil {
					place.parts = append(place.parts, l)
				}
				return err
			}
		}
		return nil
	}
	at := first.to
	for pi := anchor.part + 1; pi < len(s.parts); pi++ {
		ok, err := try(pi, at, at+nearLetters, false)
		if err != nil {
			return place, err
		}
		if !ok {
			if err := far(pi, func(x spot) bool { return x.from >= at }); err != nil {
				return place, err
			}
		}
		at = max(at, place.parts[len(place.parts)-1].to)
	}
	at = first.from
	for pi := anchor.part - 1; pi >= 0; pi-- {
		ok, err := try(pi, at-nearLetters, at, true)
		if err != nil {
			return place, err
		}
		if !ok {
			if err := far(pi, func(x spot) bool { return x.to <= at }); err != nil {
				return place, err
			}
		}
		at = min(at, place.parts[len(place.parts)-1].from)
	}
	return place, s.weigh(&place)
}

// settle lays the parts of a quotation where a chain has them. A place without parts
// is none.
func (s *search) settle(chain []spot) (Place, error) {
	place := Place{Text: s.segs[chain[0].seg].Runs[chain[0].run].Text}
	for _, x := range chain {
		n := len(s.parts[x.part].Letters)
		from, to := x.to-n-16-n/4, x.to+16+n/4
		lo, hi := s.bounds(x.seg, x.from)
		if k := len(place.parts); k > 0 {
			lo = max(lo, place.parts[k-1].to)
		}
		if from, to = max(lo, from), min(hi, to); from >= to {
			continue
		}
		l, err := s.layWithin(x.part, x, from, to)
		if err != nil {
			return place, err
		}
		if l.from < l.to { // else nothing of it is there
			place.parts = append(place.parts, l)
		}
	}
	if len(place.parts) == 0 {
		return place, nil
	}
	for pi := range s.parts {
		if err := s.fill(&place, pi); err != nil {
			return place, err
		}
	}
	return place, s.weigh(&place)
}

// fill lays a part that a chain lacks, for it is short or badly damaged, between
// its neighbours or beside them.
func (s *search) fill(place *Place, pi int) error {
	const beside = 600 // letters
	i, there := slices.BinarySearchFunc(place.parts, pi, func(l located, pi int) int { return l.part - pi })
	if there || len(place.parts) == 0 {
		return nil
	}
	x := spot{seg: place.parts[0].seg, run: place.parts[0].run, part: pi}
	var from, to int
	switch {
	case i == 0:
		to = place.parts[0].from
		from = to - beside
	case i == len(place.parts):
		from = place.parts[i-1].to
		to = from + beside
	default:
		from, to = place.parts[i-1].to, place.parts[i].from
		to = min(to, from+beside)
	}
	lo, hi := s.bounds(x.seg, place.parts[0].from)
	if from, to = max(from, lo), min(to, hi); from >= to {
		return nil
	}
	w, err := s.window(x.seg, from, to)
	if err != nil {
		return err
	}
	n := len(s.parts[pi].Letters)
	end, d := s.nearest(pi, w.letters, i == 0)
	if d*2 >= n {
		return nil
	}
	l, err := s.layWithin(pi, x, max(from, from+end-n-n/2-16), min(to, from+end+n/4+8))
	if err == nil && l.align.score > 0 {
		place.parts = slices.Insert(place.parts, i, l)
	}
	return err
}

const (
	widened   = 4   // of the best places are laid anew in a wider stretch,
	widerEnd  = 8   // if so many letters at an end of the quotation have no place:
	widerSide = 240 // so many letters more, since whole clauses are left out in silence
)

// widen looks farther for the end of a quotation, or its beginning, that has no place.
func (s *search) widen(place *Place) error {
	wider := *place
	wider.parts, wider.marks = slices.Clone(place.parts), marks{}
	better := false
	for i := range wider.parts {
		l := &wider.parts[i]
		first, last := l.align.sound()
		from, to := l.from, l.to
		if i == 0 && first >= widerEnd {
			from -= first + widerSide
		}
		if i == len(wider.parts)-1 && len(l.align.pair)-last >= widerEnd {
			to += len(l.align.pair) - last + widerSide
		}
		lo, hi := s.bounds(l.seg, l.from)
		if from, to = max(from, lo), min(to, hi); from == l.from && to == l.to {
			continue
		}
		if err := s.fetch(s.segs[l.seg].passages(from, to)); err != nil {
			return err
		}
		wide, err := s.layWithin(l.part, spot{seg: l.seg, run: l.run}, from, to)
		if err != nil {
			return err
		}
		if wide.align.score > l.align.score {
			*l, better = wide, true
		}
	}
	if !better {
		return nil
	}
	// Words that are swapped fit near each other, too, and then nothing is left out.
	err := s.weigh(&wider)
	if err == nil && wider.Bits > place.Bits {
		*place = wider
	}
	return err
}

// sound is the stretch of the part beyond which no letters in a row have a place.
func (a *alignment) sound() (from, to int) {
	const row = 4
	from = len(a.pair)
	run := 0
	for i, at := range a.pair {
		if at < 0 || a.differs(i) || run > 0 && at != a.pair[i-1]+1 {
			run = 0
		}
		if at >= 0 && !a.differs(i) {
			run++
		}
		if run >= row {
			from, to = min(from, i+1-run), i+1
		}
	}
	return from, to
}

// weigh sets what speaks for a place whose parts are laid.
func (s *search) weigh(place *Place) error {
	slices.SortFunc(place.parts, func(a, b located) int { return a.part - b.part })
	score, full, edits := 0, 0, 0
	for i := range place.parts {
		l := &place.parts[i]
		moved, err := s.mark(&place.marks, l, i == 0, i == len(place.parts)-1)
		if err != nil {
			return err
		}
		score += l.align.score + moved
		edits += l.align.edits
		if i > 0 {
			cost := gapCost(l.from-place.parts[i-1].to, s.parts[l.part].elided)
			place.marks.gaps += cost
			score -= cost
		}
	}
	for _, g := range s.gains {
		for _, x := range g {
			full += int(x)
		}
	}
	if place.Missing = len(place.parts) < len(s.parts); place.Missing {
		score -= missPart * (len(s.parts) - len(place.parts))
	}
	place.Exact = edits == 0 && !place.Missing && s.unbroken(place.parts)
	place.Bits, place.Score = float64(score)/bit, max(0, min(1, float64(score)/float64(max(full, 1))))
	return nil
}

// gapCost is what it costs, in sixteenths of a bit, that letters stand between two
// parts: whoever puts an ellipsis leaves out words more often than pages.
func gapCost(letters int, elided bool) int {
	if letters <= 0 {
		return 0
	}
	cost := int(gapBits * bit * math.Log2(1+float64(letters)/gapFree))
	if !elided {
		cost += openWord
	}
	return cost
}

// nearest is the end in letters at which a part comes closest, before it or after,
// the gap counted.
func (s *search) nearest(pi int, letters []Letter, before bool) (end, distance int) {
	least := math.MaxInt
	s.pattern(pi).scan(letters, len(s.parts[pi].Letters)/2, func(e, d int) {
		gap := e - len(s.parts[pi].Letters)
		if before {
			gap = len(letters) - e
		}
		if cost := d*changed + gapCost(gap, true); cost < least {
			least, end, distance = cost, e, d
		}
	})
	if least == math.MaxInt {
		distance = len(s.parts[pi].Letters)
	}
	return end, distance
}

// unbroken reports whether pieces of a long part follow on each other at once.
func (s *search) unbroken(parts []located) bool {
	for i := 1; i < len(parts); i++ {
		if !s.parts[parts[i].part].elided && parts[i].from != parts[i-1].to {
			return false
		}
	}
	return true
}

// layWithin is lay between bounds that the other parts set.
func (s *search) layWithin(pi int, anchor spot, from, to int) (located, error) {
	w, err := s.window(anchor.seg, from, to)
	if err != nil {
		return located{}, err
	}
	p := &s.parts[pi]
	a := s.table.align(p.Letters, p.Opens, s.gains[pi], w.letters, w.opens)
	return located{part: pi, seg: anchor.seg, run: anchor.run, from: from + a.from, to: from + a.to, align: a, base: from}, nil
}

// start and stop are the letters that a place is from and to.
func (p *Place) span() (seg, from, to int) {
	seg, from, to = p.parts[0].seg, p.parts[0].from, p.parts[0].to
	for _, l := range p.parts {
		from, to = min(from, l.from), max(to, l.to)
	}
	return seg, from, to
}

// has reports whether a part's spot is in the place already.
func (p *Place) has(x spot) bool {
	for _, l := range p.parts {
		if l.part == x.part && l.seg == x.seg && l.from < x.to && x.from < l.to {
			return true
		}
	}
	return false
}

// overlaps reports whether two places are views of the same.
func (p *Place) overlaps(q *Place) bool {
	ps, pf, pt := p.span()
	qs, qf, qt := q.span()
	return ps == qs && pf < qt && qf < pt
}

// show sets the spots of a place.
func (s *search) show(whole string, p *Place) error {
	const together = 1500 // letters between parts that are shown as one
	parts := make([]located, len(p.parts))
	p.Spots = nil
	for i := range parts {
		parts[i] = s.trim(p.parts[i])
		lo, hi := s.bounds(parts[i].seg, parts[i].from)
		if i > 0 {
			lo = max(lo, parts[i-1].to)
		}
		if i+1 < len(parts) {
			hi = min(hi, p.parts[i+1].from)
		}
		if err := s.wholeWords(&parts[i], lo, hi); err != nil {
			return err
		}
	}
	for i := 0; i < len(parts); {
		j := i + 1
		for j < len(parts) && parts[j].from-parts[j-1].to < together && parts[j].from >= parts[j-1].to {
			j++
		}
		sp, err := s.spotOf(whole, parts[i:j])
		if err != nil {
			return err
		}
		p.Spots = append(p.Spots, sp)
		i = j
	}
	return nil
}
