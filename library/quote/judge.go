package quote

import (
	"context"
	"math"
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
	Letters int     // of the quotation
	Full    float64 // bits that a copy without a fault would have
	Bits    float64 // of the best place
	Second  float64 // of the best place that has not the same words
	Exact   bool
	Library float64 // the logarithm, to base 2, of the letters on the shelf
	Best    *Place
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
	s, err := f.start(ctx, parts)
	if err != nil {
		return Answer{}, err
	}
	places, err := s.places()
	if err != nil {
		return Answer{}, err
	}
	return s.judge(whole, letters, places), nil
}

// places are the best places, the best first.
func (s *search) places() ([]Place, error) {
	s.gains = make([][]int32, len(s.parts))
	anchors := s.anchors()
	near := map[int][]spot{}
	for pi := range s.parts {
		p := &s.parts[pi]
		if !slices.Contains(anchors, pi) {
			s.gains[pi] = s.gain(p, nil)
			continue
		}
		hits, err := s.lookUp(p)
		if err != nil {
			return nil, err
		}
		s.gains[pi] = s.gain(p, hits)
		if near[pi], err = s.spots(pi, p, s.pattern(pi), hits); err != nil {
			return nil, err
		}
	}
	joint, err := s.joint(anchors[0])
	if err != nil {
		return nil, err
	}
	tries := joint
	for _, pi := range anchors {
		n := 32
		switch {
		case len(s.parts) > 4:
			n = 3
		case len(s.parts[pi].Letters) > scanPart:
			n = 10
		}
		tries = append(tries, near[pi][:min(n, len(near[pi]))]...)
	}
	var out []Place
	for _, x := range tries {
		if slices.ContainsFunc(out, func(q Place) bool { return q.has(x) }) {
			continue // from another part
		}
		p, err := s.assemble(x, near)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(out, func(q Place) bool { return q.overlaps(&p) }); i >= 0 {
			if out[i].Bits < p.Bits {
				out[i] = p
			}
			continue
		}
		out = append(out, p)
	}
	slices.SortStableFunc(out, func(a, b Place) int {
		if a.Exact != b.Exact {
			if a.Exact {
				return -1
			}
			return 1
		}
		switch {
		case a.Bits > b.Bits:
			return -1
		case a.Bits < b.Bits:
			return 1
		}
		return 0
	})
	return out, nil
}

// joint looks for the parts of a quotation as if nothing were between them, for
// short ones say too little alone. What it finds is where the longest, pi, is.
func (s *search) joint(pi int) ([]spot, error) {
	const keep = 32
	var all part
	for i := range s.parts {
		p := &s.parts[i]
		all.Letters, all.Opens = append(all.Letters, p.Letters...), append(all.Opens, p.Opens...)
	}
	if len(s.parts) == 1 || len(all.Letters) > jointPart {
		return nil, nil
	}
	hits, err := s.lookUp(&all)
	if err != nil {
		return nil, err
	}
	out, err := s.spots(pi, &all, newPattern(all.Letters), hits)
	return out[:min(len(out), keep)], err
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

// The rule of decision is a logistic regression on what speaks for the best place:
// its bits, those of a copy without a fault, how far ahead of the next place it is,
// and how large the library is. It was fitted on Debian's manuals, some there and
// damaged, some from manuals that were left out (bench/quote -fit). Books on one
// subject share more than manuals do, so that it is a little stricter than the fit.
const (
	fitFirst   = -2.6
	fitBits    = 0.1406
	fitFull    = -0.0874
	fitAhead   = 0.159
	fitLibrary = -0.04 // for each doubling beyond half a million letters
	aheadMost  = 60

	// The shorter the quotation, the surer it has to be: chance makes some short
	// ones, and hardly any of a line.
	strictBelow, easedBy, easedMost = 60, 45, 4

	// Words that stand somewhere as they were asked for are a formula when they
	// are in more places than this and say less than this.
	formulaPlaces, formulaBits = 5, 90
	shownPlaces                = 12
)

// sure is how sure the rule is of the best place: above 0 it is named. It is a
// logarithm of odds.
func (e *Evidence) sure() float64 {
	ahead := min(max(e.Bits-max(e.Second, 0), 0), aheadMost)
	z := fitFirst + fitBits*e.Bits + fitFull*e.Full + fitAhead*ahead + fitLibrary*(e.Library-19)
	return z + min(max((e.Full-strictBelow)/easedBy, 0), easedMost)
}

// judge decides what is said.
func (s *search) judge(whole string, letters int, places []Place) Answer {
	a := Answer{Verdict: Absent}
	e := &a.Evidence
	e.Letters, e.Library = letters, math.Log2(float64(max(s.letters, 2)))
	for _, g := range s.gains {
		for _, x := range g {
			e.Full += float64(x) / bit
		}
	}
	if len(places) == 0 {
		return a
	}
	best := &places[0]
	e.Best, e.Bits, e.Exact = best, best.Bits, best.Exact
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
	if alike-1 > copies {
		e.Second = e.Bits
	} else if alike < len(places) {
		e.Second = places[alike].Bits
	}
	switch {
	case alike > formulaPlaces && e.Full < formulaBits && (best.Exact || best.Score > 0.8):
		a.Verdict, a.Count = TooCommon, alike
	case best.Exact || e.sure() > 0:
		a.Verdict = Found
		for i := range places {
			if p := &places[i]; i == 0 || i < shownPlaces && (i < alike || e.Full >= formulaBits && p.Bits >= 0.7*best.Bits) {
				s.show(whole, p)
				a.Places = append(a.Places, *p)
			}
		}
	}
	if len(best.Spots) == 0 {
		s.show(whole, best) // for whoever measures
	}
	return a
}
