package quote

import "slices"

// elided reports whether there is an ellipsis in the quotation.
func (s *search) elided() bool {
	return slices.ContainsFunc(s.parts, func(p part) bool { return p.elided })
}

// copies are places near some spots that have a long quotation letter for letter.
// Its pieces, each looked for by itself, need not find them: those of a text that
// repeats itself fit in many places.
func (s *search) copies(near []spot) ([]Place, error) {
	if s.elided() {
		return nil, nil
	}
	var letters []Letter
	for i := range s.parts {
		letters = append(letters, s.parts[i].Letters...)
	}
	var out []Place
	for _, x := range near {
		if slices.ContainsFunc(out, func(q Place) bool { return q.has(x) }) {
			continue
		}
		lo, hi := s.bounds(x.seg, x.from)
		lo, hi = max(lo, x.from-len(letters)), min(hi, x.to+len(letters))
		w, err := s.whole(x.seg, lo, hi)
		if err != nil {
			return nil, err
		}
		at := index(w.letters, letters)
		if at < 0 {
			continue
		}
		place := Place{Text: s.segs[x.seg].Runs[x.run].Text}
		at += lo
		for pi := range s.parts {
			to := at + len(s.parts[pi].Letters)
			l, err := s.layWithin(pi, x, at, to)
			if err != nil {
				return nil, err
			}
			place.parts = append(place.parts, l)
			at = to
		}
		if err := s.weigh(&place); err != nil {
			return nil, err
		}
		out = add(out, place)
	}
	return out, nil
}

// index is where a stretch of letters begins in others, -1 if nowhere (Knuth, Morris
// and Pratt, Fast Pattern Matching in Strings, 1977).
func index(text, letters []Letter) int {
	back := make([]int, len(letters))
	for i, k := 1, 0; i < len(letters); i++ {
		for k > 0 && letters[i] != letters[k] {
			k = back[k-1]
		}
		if letters[i] == letters[k] {
			k++
		}
		back[i] = k
	}
	k := 0
	for i, l := range text {
		for k > 0 && l != letters[k] {
			k = back[k-1]
		}
		if l == letters[k] {
			k++
		}
		if k == len(letters) {
			return i + 1 - k
		}
	}
	return -1
}
