package quote

import (
	"cmp"
	"context"
	"slices"
)

// A Verdict is what is said of a quotation.
type Verdict string

// The verdicts.
const (
	Found     Verdict = "found"
	Absent    Verdict = "absent"     // nothing comes near enough
	TooCommon Verdict = "too_common" // it stands in so many places that none of them is meant
	NoWords   Verdict = "no_words"   // there is no letter in it
	TooLong   Verdict = "too_long"
)

// An Answer is what was found of a quotation.
type Answer struct {
	Verdict Verdict
	// Places are where it stands, the best first: for Found, one or several.
	Places []Place
	// Count is how many places have it, at least; for TooCommon.
	Count int

	// Evidence of the best place, for whoever fits the rule.
	Evidence Evidence
}

// Evidence is what a verdict rests on.
type Evidence struct {
	Letters  int       // of the quotation
	Full     float64   // bits that a copy without a fault would have
	Bits     float64   // of the best place
	Surprise float64   // bits that its words say by what the library has of them
	Next     []float64 // of the places from that on, one after another
	Ranked   []Place   // all that were weighed, the best first; shown if the finder is asked to
	Exact    bool
	Certain  bool // it is named whatever the rule says: the letters are there in one stretch, or most of many
	Alike    int  // places that are as good as the best
	Best     *Place

	marks   marks
	harmony harmony
}

// Find looks for a quotation.
func (f *Finder) Find(ctx context.Context, quotation string) (Answer, error) {
	whole, parts := split(quotation)
	letters := 0
	for _, p := range parts {
		letters += len(p.Letters)
	}
	switch {
	case letters == 0:
		return Answer{Verdict: NoWords}, nil
	case letters > MaxQuotation:
		return Answer{Verdict: TooLong}, nil
	}
	s, err := f.start(ctx, whole, parts)
	if err != nil {
		return Answer{}, err
	}
	places, err := s.places()
	if err != nil {
		return Answer{}, err
	}
	return s.judge(whole, letters, places)
}

// places are the best places, the best first.
func (s *search) places() ([]Place, error) {
	s.gains = make([][]int32, len(s.parts))
	all := 0
	for i := range s.parts {
		all += len(s.parts[i].Letters)
	}
	var out []Place
	var err error
	if all <= jointPart {
		out, err = s.short(all)
	} else {
		out, err = s.long()
	}
	if err != nil {
		return nil, err
	}
	rank(out)
	for i := range out[:min(len(out), widened)] {
		if err := s.widen(&out[i]); err != nil {
			return nil, err
		}
	}
	rank(out)
	var apart []Place
	for _, p := range out {
		apart = add(apart, p) // wider ones may be views of one place
	}
	return apart, nil
}

// rank puts the best places first.
func rank(places []Place) {
	slices.SortStableFunc(places, func(a, b Place) int {
		return cmp.Compare(b.Bits+b.marks.spelt(), a.Bits+a.marks.spelt())
	})
}

// short looks for a quotation of some lines: all its parts wherever one may be.
func (s *search) short(letters int) ([]Place, error) {
	const aloneLetters = 24
	var hits []hit
	own := make([][]hit, len(s.parts))
	before := 0
	for pi := range s.parts {
		p := &s.parts[pi]
		h, err := s.lookUp(p, letters)
		if err != nil {
			return nil, err
		}
		s.gains[pi], own[pi] = s.gain(p, h), h
		for _, x := range h {
			x.offset += before
			hits = append(hits, x)
		}
		before += len(p.Letters)
	}
	var places []stretch
	aligned := max(24, 128-letters)
	switch {
	case s.Thorough > 0:
		places = s.everywhere(s.letters)
		aligned *= s.Thorough
	case len(hits) == 0 || letters <= scanJoint && s.letters <= scanLetters:
		// So few letters that the index knows none of their grams are a formula
		// if they stand in what can be read in time.
		places = s.everywhere(scanLetters)
	default:
		k, width, slack := 400, cellBits, 24+letters/3
		if letters > 100 {
			k = 120
		}
		if len(s.parts) > 1 {
			width, slack = wideBits, 600
		}
		cells := s.vote(hits, letters, k, width)
		places = s.around(cells, letters, width, slack)
		for _, pi := range s.anchors() {
			// A part of some words is found for itself, too.
			if n := len(s.parts[pi].Letters); len(s.parts) > 1 && n >= aloneLetters {
				places = append(places, s.around(s.vote(own[pi], n, 40, cellBits), n, cellBits, slack)...)
			}
		}
		var err error
		if places, err = s.read(places); err != nil {
			return nil, err
		}
	}
	chains, err := s.chains(places, aligned)
	if err != nil {
		return nil, err
	}
	var out []Place
	for _, c := range chains {
		p, err := s.settle(c)
		if err != nil {
			return nil, err
		}
		if len(p.parts) > 0 {
			out = add(out, p)
		}
	}
	return out, nil
}

// add adds a place unless it is a view of one that is there.
func add(out []Place, p Place) []Place {
	if i := slices.IndexFunc(out, func(q Place) bool { return q.overlaps(&p) }); i >= 0 {
		if out[i].Bits < p.Bits {
			out[i] = p
		}
		return out
	}
	return append(out, p)
}

// long looks for a quotation of many lines: its longest parts everywhere, the
// others near them.
func (s *search) long() ([]Place, error) {
	anchors := s.anchors()
	near := map[int][]spot{}
	letters := 0
	for _, pi := range anchors {
		letters += len(s.parts[pi].Letters)
	}
	for pi := range s.parts {
		p := &s.parts[pi]
		if !slices.Contains(anchors, pi) {
			s.gains[pi] = s.gain(p, nil)
			continue
		}
		hits, err := s.lookUp(p, letters)
		if err != nil {
			return nil, err
		}
		s.gains[pi] = s.gain(p, hits)
		if near[pi], err = s.spots(pi, p, hits); err != nil {
			return nil, err
		}
	}
	var tries []spot
	for _, pi := range anchors {
		n := 10
		if len(s.parts) > 4 {
			n = 3
		}
		tries = append(tries, near[pi][:min(n, len(near[pi]))]...)
	}
	out, err := s.copies(tries)
	if err != nil {
		return nil, err
	}
	for _, x := range tries {
		if slices.ContainsFunc(out, func(q Place) bool { return q.has(x) }) {
			continue // from another part
		}
		p, err := s.assemble(x, near)
		if err != nil {
			return nil, err
		}
		out = add(out, p)
	}
	return out, nil
}

// anchors are the parts that are looked for everywhere: the longest.
func (s *search) anchors() []int {
	all := make([]int, len(s.parts))
	for i := range all {
		all[i] = i
	}
	slices.SortStableFunc(all, func(a, b int) int { return len(s.parts[b].Letters) - len(s.parts[a].Letters) })
	return all[:min(len(all), maxAnchors)]
}

const (
	// Words that stand somewhere as they were asked for are a formula when they
	// are in more places than this and say less than this.
	formulaPlaces, formulaBits = 5, 90
	shownPlaces                = 12
	surelyBits                 = 200 // chance makes no place of so many
)

// beside reports whether a place is shown beside the best one, as another that has the
// quotation: it has most of it, too, and is not merely the next by chance.
func (p *Place) beside(best *Place) bool {
	return p.Bits >= 0.7*best.Bits && p.Score >= min(0.6, best.Score)
}

// judge decides what is said.
func (s *search) judge(whole string, letters int, places []Place) (Answer, error) {
	a := Answer{Verdict: Absent}
	e := &a.Evidence
	e.Letters = letters
	for _, g := range s.gains {
		for _, x := range g {
			e.Full += float64(x) / bit
		}
	}
	if len(places) == 0 {
		return a, nil
	}
	best := &places[0]
	e.Best, e.Bits, e.Exact, e.marks = best, best.Bits, best.Exact, best.marks
	e.Certain = best.Exact && !s.elided() || best.Bits >= surelyBits
	// A place or two may have the very same words; of a formula there are many.
	const same, copies = 1.5, 2
	alike := 1
	for i := range places[1:] {
		p := &places[i+1]
		if p.Exact != best.Exact || best.Bits-p.Bits >= same {
			break
		}
		alike++
	}
	e.Alike = alike
	from := alike
	if alike-1 > copies {
		from = 1
	}
	for i := from; i < min(len(places), from+nextPlaces); i++ {
		e.Next = append(e.Next, places[i].Bits)
	}
	if !e.Certain {
		var err error
		if e.Surprise, err = s.surprise(best.marks.said); err != nil {
			return a, err
		}
		if e.harmony, err = s.harmonyOf(best.marks.said); err != nil {
			return a, err
		}
	}
	switch {
	case alike > formulaPlaces && e.Full < formulaBits && (best.Exact || best.Score > 0.8):
		a.Verdict, a.Count = TooCommon, alike
	case e.Certain || e.sure() > 0:
		a.Verdict = Found
		for i := range places {
			if p := &places[i]; i == 0 || i < shownPlaces && (i < alike || e.Full >= formulaBits && p.beside(best)) {
				if err := s.show(whole, p); err != nil {
					return a, err
				}
				a.Places = append(a.Places, *p)
			}
		}
	}
	if len(best.Spots) == 0 {
		if err := s.show(whole, best); err != nil { // for whoever measures
			return a, err
		}
	}
	if s.Thorough > 0 {
		for i := range places {
			if err := s.show(whole, &places[i]); err != nil {
				return a, err
			}
		}
		e.Ranked = places
	}
	return a, nil
}
