package library_test

import (
	"math/rand/v2"
)

// A reviser corrects texts as people do who know them: it rewrites whole runs of
// words with words of the same text, moves sentences from one passage to
// another, lets neighbours change places, makes twins more alike, and puts
// copies where they mislead. It shares nothing with corrected but the record of
// where each word comes from.
type reviser struct {
	rng   *rand.Rand
	words page // of the whole text, in order, as copies
	pages []page
}

// some are words that stand in the text, in a row where they stood so.
func (r *reviser) some(n int) page {
	p := make(page, 0, n)
	at := r.rng.IntN(len(r.words))
	for range n {
		if r.rng.IntN(3) == 0 {
			at = r.rng.IntN(len(r.words))
		}
		p = append(p, r.words[at%len(r.words)])
		at++
	}
	return p
}

// put replaces the words of a page from lo to hi.
func put(p page, lo, hi int, in page) page {
	out := make(page, 0, len(p)+len(in))
	return append(append(append(out, p[:lo]...), in...), p[hi:]...)
}

// rewrite changes so many words of a page, in runs.
func (r *reviser) rewrite(p page, n int) page {
	for n > 0 && len(p) > 0 {
		run := min(n, 1+r.rng.IntN(9), len(p))
		lo := r.rng.IntN(len(p) - run + 1)
		switch r.rng.IntN(6) {
		case 0: // left out
			if len(p) > run {
				p = put(p, lo, lo+run, nil)
			}
		case 1: // more words than before
			p = put(p, lo, lo+run, r.some(run+r.rng.IntN(run+1)))
		case 2: // the same words in another order
			in := append(page(nil), p[lo:lo+run]...)
			r.rng.Shuffle(len(in), func(i, j int) { in[i], in[j] = in[j], in[i] })
			p = put(p, lo, lo+run, in)
		default:
			p = put(p, lo, lo+run, r.some(run))
		}
		n -= run
	}
	return p
}

// copyOf is a page with so many of its words changed whose words come from
// nowhere.
func (r *reviser) copyOf(p page, rate float64) page {
	q := make(page, len(p))
	for k, w := range p {
		q[k] = word{text: w.text, from: -1, copy: w.from + 1}
		if r.rng.Float64() < rate {
			q[k] = r.some(1)[0]
		}
	}
	return q
}

// copied reports whether half of a page is a copy.
func copied(p page) bool {
	n := 0
	for _, w := range p {
		if w.copy > 0 {
			n++
		}
	}
	return 2*n >= len(p)
}

func (r *reviser) insert(at int, in ...page) {
	r.pages = append(r.pages[:at:at], append(in, r.pages[at:]...)...)
}

func (r *reviser) remove(at, n int) { r.pages = append(r.pages[:at:at], r.pages[at+n:]...) }

// short is a page with few words, if there is one near a place.
func (r *reviser) short() int {
	at := r.rng.IntN(len(r.pages))
	for range 40 {
		k := r.rng.IntN(len(r.pages))
		if len(r.pages[k]) < len(r.pages[at]) {
			at = k
		}
		if len(r.pages[at]) < 12 {
			break
		}
	}
	return at
}

func (r *reviser) step() {
	n := len(r.pages)
	if n < 5 {
		return
	}
	i := r.rng.IntN(n)
	switch r.rng.IntN(13) {
	case 0: // a sentence goes to another passage
		if p := r.pages[i]; len(p) > 12 {
			run := 3 + r.rng.IntN(len(p)/4)
			lo := r.rng.IntN(len(p) - run)
			sentence := append(page(nil), p[lo:lo+run]...)
			r.pages[i] = put(p, lo, lo+run, nil)
			to := r.rng.IntN(n)
			if r.rng.IntN(2) == 0 {
				to = min(n-1, i+1)
			}
			if to == i {
				to = (i + 1) % n
			}
			q := r.pages[to]
			at := r.rng.IntN(len(q) + 1)
			r.pages[to] = put(q, at, at, sentence)
		}
	case 1: // short neighbours change places
		if i = r.short(); i+1 < n {
			r.pages[i], r.pages[i+1] = r.pages[i+1], r.pages[i]
		}
	case 2: // three in another order
		if i+2 < n {
			r.pages[i], r.pages[i+2] = r.pages[i+2], r.pages[i]
		}
	case 3: // a copy that was changed more stands beside it
		r.insert(i+r.rng.IntN(2), r.copyOf(r.pages[i], 0.3+0.3*r.rng.Float64()))
	case 4: // or elsewhere
		r.insert(r.rng.IntN(n+1), r.copyOf(r.pages[i], 0.3+0.3*r.rng.Float64()))
	case 5: // a passage goes, and a copy of another takes its place
		if i = r.short(); r.rng.IntN(2) == 0 {
			i = r.rng.IntN(n)
		}
		k := r.short()
		if k != i {
			r.pages[i] = r.copyOf(r.pages[k], 0.3+0.3*r.rng.Float64())
		}
	case 6: // two become more alike: one takes words of the other
		k := i + 1
		if k >= n {
			k = 0
		}
		p, q := r.pages[i], append(page(nil), r.pages[k]...)
		for at := range min(len(p), len(q)) {
			if r.rng.IntN(4) == 0 {
				q[at] = word{text: p[at].text, from: -1, copy: p[at].from + 1}
			}
		}
		r.pages[k] = q
	case 7: // one is cut into three, at places that are far from even
		if p := r.pages[i]; len(p) > 8 && !copied(p) {
			a := 1 + r.rng.IntN(len(p)-2)
			b := a + 1 + r.rng.IntN(len(p)-a-1)
			r.remove(i, 1)
			r.insert(i, p[:a:a], p[a:b:b], p[b:])
		}
	case 8: // three are put together
		if i+2 < n {
			all := append(append(append(page(nil), r.pages[i]...), r.pages[i+1]...), r.pages[i+2]...)
			r.remove(i, 3)
			r.insert(i, all)
		}
	case 9: // a short one is taken into its neighbour
		if i = r.short(); i+1 < n {
			both := append(append(page(nil), r.pages[i]...), r.pages[i+1]...)
			r.remove(i, 2)
			r.insert(i, both)
		}
	case 10: // a half is cut off and stands elsewhere
		if p := r.pages[i]; len(p) > 8 && !copied(p) {
			at := len(p)/3 + r.rng.IntN(len(p)/3)
			tail := append(page(nil), p[at:]...)
			r.pages[i] = p[:at:at]
			r.insert(r.rng.IntN(n+1), tail)
		}
	case 11: // short new ones of common words
		r.insert(i, r.some(1+r.rng.IntN(3)))
	case 12: // a section changes its place
		hi := min(n, i+1+r.rng.IntN(6))
		block := append([]page(nil), r.pages[i:hi]...)
		r.remove(i, hi-i)
		r.insert(r.rng.IntN(len(r.pages)+1), block...)
	}
}

// revised is a text after a revision at a rate.
func revised(rng *rand.Rand, before [][]string, rate float64) []page {
	r := reviser{rng: rng}
	for i, words := range before {
		for _, w := range words {
			r.words = append(r.words, word{text: w, from: -1, copy: i + 1})
		}
		p := make(page, len(words))
		for k, w := range words {
			p[k] = word{text: w, from: i}
		}
		r.pages = append(r.pages, p)
	}
	if len(r.words) == 0 {
		return r.pages
	}
	for i, p := range r.pages { // as many words as the rate says, more here and less there
		n := 0
		mine := rate * 2 * rng.Float64()
		for range p {
			if rng.Float64() < mine {
				n++
			}
		}
		r.pages[i] = r.rewrite(p, n)
	}
	for range 1 + int(float64(len(r.pages))*rate/2) {
		r.step()
	}
	out := r.pages[:0]
	for _, p := range r.pages {
		if len(p) > 0 {
			out = append(out, p)
		}
	}
	return out
}

// speeches are texts of several sorts: as speech makes them, of very short
// passages, of few words that come again, and of hardly anything but formulas.
func speeches(rng *rand.Rand) [][]string {
	s := newSpeaker(rng)
	var out [][]string
	switch rng.IntN(4) {
	case 0:
		return s.speech()
	case 1:
		for range 60 + rng.IntN(60) {
			out = append(out, s.some(1+rng.IntN(12)))
		}
	case 2:
		for range 40 + rng.IntN(60) {
			p := make([]string, 2+rng.IntN(40))
			for k := range p {
				p[k] = s.words[int(150*rng.Float64()*rng.Float64())]
			}
			out = append(out, p)
		}
	default:
		var frames [][]string
		for range 5 {
			frames = append(frames, s.some(5+rng.IntN(25)))
		}
		for range 40 + rng.IntN(60) {
			out = append(out, s.formula(frames[rng.IntN(len(frames))]))
		}
	}
	return out
}
