package quote

import "slices"

// What an ellipsis costs: so many bits for each doubling of the letters that it
// stands for, beyond a few.
const (
	gapBits = 1.2
	gapFree = 4
)

const (
	partHits  = 20000 // of one part that are looked at
	lookBack  = 48    // places of an earlier part that a later one may follow
	missBits  = 10    // what it costs that a part has no place, before it is aligned
	letterFor = 30    // what a letter of a part is worth, and one that differs costs,
	letterOff = 44    // before it is aligned; in sixteenths of a bit

	// Of a quotation of more letters than this the right place is far ahead of others
	// before it is aligned: beyond a few, those so many times behind are left.
	clearLetters, clearLeast, clearBehind = 200, 6, 2
)

// A link is a spot in a chain, worth what it and those before it are.
type link struct {
	spot
	worth  int
	before int // -1 for none
}

// chains are the places where the parts of a quotation stand one after another,
// the k best, judged by what differs and how far apart they are. The parts of each
// are in order, and some may be missing.
func (s *search) chains(places []stretch, k int) ([][]spot, error) {
	var links []link
	for pi := range s.parts {
		n := len(s.parts[pi].Letters)
		limit, keep := n/2, partHits
		if len(s.parts) == 1 {
			keep = 4 * k
		} else if n < 6 {
			limit = n / 6
		} else if n < 12 {
			limit = n / 3
		}
		found, err := s.scan(pi, places, limit, keep)
		if err != nil {
			return nil, err
		}
		few := 12
		if n > clearLetters {
			few = 1
		}
		for wider := limit + max(n/6, 1); len(s.parts) == 1 && len(found) < few && limit < n-1; wider += max(n/6, 1) {
			// Nothing comes so near: more is let in.
			limit = min(wider, n-1)
			if found, err = s.scan(pi, places, limit, keep); err != nil {
				return nil, err
			}
		}
		if len(found) > partHits && len(s.parts) > 1 {
			continue // it says nothing
		}
		for _, x := range found {
			links = append(links, link{x, n*letterFor - x.distance*letterOff, -1})
		}
	}
	if len(s.parts) > 1 {
		s.join(links)
	}
	letters := 0
	for i := range s.parts {
		letters += len(s.parts[i].Letters)
	}
	// The best that end at each place; another that has its last link is a worse one.
	order := make([]int, len(links))
	for i := range order {
		order[i] = i
	}
	final := func(i int) int {
		return links[i].worth - missBits*bit*(len(s.parts)-1-links[i].part)
	}
	slices.SortStableFunc(order, func(a, b int) int { return final(b) - final(a) })
	used := make([]bool, len(links))
	var out [][]spot
	for _, i := range order {
		if len(out) == k || letters > clearLetters && len(out) >= clearLeast && final(i)*clearBehind < final(order[0]) {
			break
		}
		var c []spot
		for at := i; at >= 0; at = links[at].before {
			if used[at] && len(s.parts) > 1 && at == i {
				c = nil
				break
			}
			used[at] = true
			c = append(c, links[at].spot)
		}
		if len(c) > 0 {
			slices.Reverse(c)
			out = append(out, c)
		}
	}
	return out, nil
}

// join lets each link follow the best one of an earlier part that ends near before
// it.
func (s *search) join(links []link) {
	slices.SortStableFunc(links, func(a, b link) int {
		switch {
		case a.seg != b.seg:
			return a.seg - b.seg
		case a.run != b.run:
			return a.run - b.run
		case a.to != b.to:
			return a.to - b.to
		}
		return a.part - b.part
	})
	recent := make([][]int, len(s.parts))
	best := make([]int, len(s.parts)) // of the run so far
	for i := range links {
		x := &links[i]
		if i == 0 || links[i-1].seg != x.seg || links[i-1].run != x.run {
			for q := range best {
				recent[q], best[q] = recent[q][:0], -1
			}
		}
		own := x.worth
		x.worth -= missBits * bit * x.part
		begin := x.to - len(s.parts[x.part].Letters)
		follow := func(q, at int) {
			y := &links[at]
			if y.to > begin+len(s.parts[x.part].Letters)/3 {
				return // it stands within
			}
			v := own + y.worth - gapCost(begin-y.to, s.parts[x.part].elided) - missBits*bit*(x.part-q-1)
			if v > x.worth {
				x.worth, x.before = v, at
			}
		}
		for q := range x.part {
			r := recent[q]
			for b := len(r) - 1; b >= max(0, len(r)-lookBack); b-- {
				follow(q, r[b])
			}
			if best[q] >= 0 {
				follow(q, best[q])
			}
		}
		if b := best[x.part]; b < 0 || links[b].worth <= x.worth {
			best[x.part] = i
		}
		recent[x.part] = append(recent[x.part], i)
	}
}
