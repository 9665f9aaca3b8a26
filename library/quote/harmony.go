package quote

import "math"

// A harmony says how the words of a quotation fit each other where a place does not
// have them so: those of a quotation that stands elsewhere fit, and those that were
// damaged do not. Each is a logarithm, to the base of two, of how often neighbours
// stand in the library to how often chance would put them there.
type harmony struct {
	seams, rifts     float64 // of words that the place has, but not side by side: above 0, and below
	strange, strains float64 // of others
	// Words that the place has not, or only misread, and whether the library has them.
	lostUnknown, lostKnown, misreadUnknown, misreadKnown int

	rarest float64 // bits that the rarest word says which the place has
}

// harmonyOf weighs the words that a place does not have as they are.
func (s *search) harmonyOf(said []saying) (harmony, error) {
	var h harmony
	if err := s.count(neighbours(said)); err != nil {
		return h, err
	}
	hashes := make([]uint64, len(said)) // 0 for none
	for i, x := range said {
		if hash, ok := wordHash(x.letters); ok {
			hashes[i] = hash
		}
	}
	all := s.allWords()
	for i, x := range said {
		if hashes[i] == 0 {
			continue
		}
		own := s.counted[key(hashes[i])]
		switch {
		case x.held:
			h.rarest = max(h.rarest, -math.Log2(max(float64(own)-1, wordOnce)/all))
		case x.misread && own == 0:
			h.misreadUnknown++
		case x.misread:
			h.misreadKnown++
		case own == 0:
			h.lostUnknown++
		default:
			h.lostKnown++
		}
		if !x.follows || x.joined || i == 0 || hashes[i-1] == 0 {
			continue
		}
		both := s.counted[key(pairHash(hashes[i-1], hashes[i]))]
		chance := float64(s.counted[key(hashes[i-1])]) * float64(own) / all
		switch fit := math.Log2((float64(both) + pairOnce) / (chance + pairOnce)); {
		case x.held && said[i-1].held && fit > 0:
			h.seams += fit
		case x.held && said[i-1].held:
			h.rifts += fit
		case fit > 0:
			h.strange += fit
		default:
			h.strains += fit
		}
	}
	return h, nil
}
