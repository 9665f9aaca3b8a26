package library

// review takes back what was decided too early. All is known now that can be:
// each pair that was matched is held once more
// against everything else that either of the two could be. Where another, by
// what it says and where it stands together, comes as near, or where two could
// as well have changed places, neither is matched: their passages stay on the
// old text, and an organiser is told.
func (a *aligner) review() {
	all := func(int) bool { return true }
	olds, news := a.posted(a.old, all), a.posted(a.new, all)
	var doubtful []pair
	same := 0
	for j := range a.new {
		if i := a.from[j]; i >= 0 && a.old[i].text == a.new[j].text {
			same++
		}
	}
	rewritten := 2*same < len(a.old) // so that what says the same may be there by chance
	for j := range a.new {
		i := a.from[j]
		if i < 0 {
			continue
		}
		place := a.place(i, j, i, i)
		switch {
		case a.old[i].text != a.new[j].text:
		case rewritten && a.old[i].weight < veryCommon && place < 2*(besides+inStep): // it stands anywhere
			doubtful = append(doubtful, pair{i, j})
			continue
		case place >= certain:
			continue
		}
		if a.doubtful(i, j, &olds, &news) {
			doubtful = append(doubtful, pair{i, j})
		}
	}
	for _, p := range doubtful {
		a.to[p.i], a.from[p.j] = -1, -1
		a.matched--
	}
}

// rivals is how many others are held against a match.
const rivals = 12

// doubtful reports whether passage i before may not be passage j now after all.
func (a *aligner) doubtful(i, j int, olds, news *postings) bool {
	for _, x := range first(a.sharing(&a.new[j], olds), rivals) {
		if x.k != i && a.rivalBefore(i, j, x.k) {
			return true
		}
	}
	for _, x := range first(a.sharing(&a.old[i], news), rivals) {
		if x.k != j && a.rivalNow(i, j, x.k) {
			return true
		}
	}
	return false
}

// first are the first n of a list, which is used again.
func first(list []likeness, n int) []likeness {
	return append([]likeness(nil), list[:min(len(list), n)]...)
}

// rivalBefore reports whether passage r before could as well be passage j now
// as passage i.
func (a *aligner) rivalBefore(i, j, r int) bool {
	old, now, other := &a.old[i], &a.new[j], &a.old[r]
	mine, its := against(now.features, old.features, other.features)
	if mine >= its+farApart {
		return false
	}
	switch to := a.to[r]; {
	case to < 0:
		if mine >= its && mine+a.place(i, j, i, r) >= its+a.place(r, j, i, r)+certain {
			return false
		}
	case other.text == a.new[to].text:
		if mine >= its || a.stayed(r, to) {
			return false
		}
	case mine < its+certain && a.restOf(r, to, j) && 5*a.keeps(i, j) <= 3*len(old.words):
		return true // it may as well be cut off from that one
	case !a.exchanged(i, j, r, to):
		return false
	}
	// It is no rival if both are in it.
	return !a.half(r, j) || (its < 0.4*other.weight || mine < 0.4*old.weight) && (!a.atEdge(r, i, j) || a.keeps(i, j)+a.keeps(r, j) > len(now.words))
}

// rivalNow reports whether passage i before could as well be passage r now as
// passage j.
func (a *aligner) rivalNow(i, j, r int) bool {
	old, now, other := &a.old[i], &a.new[j], &a.new[r]
	mine, its := against(old.features, now.features, other.features)
	if mine >= its+farApart {
		return false
	}
	a.look(i, j)
	if a.apart(i, j, r, mine, its) {
		// Both are pieces of it, of which it is the larger, or the one in its place.
		n, m := a.keeps(i, r), a.keeps(i, j)
		return n > m || n == m && a.from[r] < 0 && a.place(i, r, i, i) > a.place(i, j, i, i)
	}
	switch from := a.from[r]; {
	case from < 0:
		return mine < its || mine+a.place(i, j, i, i) < its+a.place(i, r, i, i)+certain
	case a.old[from].text == other.text:
		return mine < its && !a.stayed(from, r)
	default:
		// It may have been put into that one.
		own := beyond(old.features, other.features, a.old[from].features)
		all := a.pairs[pair{i, j}]
		return own >= certain && (own+certain >= all || its >= mine && 2*own >= all) && a.half(i, r) || a.exchanged(i, j, from, r)
	}
}

// restOf reports whether a passage now is what another one, which passage r
// became, leaves of it.
func (a *aligner) restOf(r, to, j int) bool {
	n := a.keeps(r, j)
	return 10*n >= 9*len(a.new[j].words) && 10*(n+a.keeps(r, to)) >= 9*len(a.old[r].words) && n+a.keeps(r, to) <= len(a.old[r].words)
}

// stayed reports whether a match that says the same stands right between the same
// two as before: it is nothing else.
func (a *aligner) stayed(i, j int) bool { return a.place(i, j, i, i) == 2*(besides+inStep) }

// exchanged reports whether two matches could as well be the other way round.
func (a *aligner) exchanged(i, j, r, to int) bool {
	as := shared(a.old[i].features, a.new[j].features) + shared(a.old[r].features, a.new[to].features) +
		a.place(i, j, i, r) + a.place(r, to, i, r)
	or := shared(a.old[i].features, a.new[to].features) + shared(a.old[r].features, a.new[j].features) +
		a.place(i, to, i, r) + a.place(r, j, i, r)
	return as < or+certain
}

// certain is by how many bits a match must be likelier than any other, when all
// is known.
const certain = 10

// veryCommon is how many bits a passage has that is a word or two which others
// are full of.
const veryCommon = 6

// farApart is by how many bits one is likelier than another whatever else is
// known.
const farApart = 80

// place is the evidence of where two passages stand: right after, and right
// before, the same one, and as far from it. What x and y are is left out of it.
func (a *aligner) place(i, j, x, y int) (bits float64) {
	p, q := i-1, j-1
	for q >= 0 && (a.from[q] < 0 || a.from[q] == x || a.from[q] == y) && j-q < near {
		q--
	}
	for p >= 0 && (a.to[p] < 0 || p == x || p == y) && i-p < near {
		p--
	}
	if q < 0 && p < 0 || q >= 0 && a.from[q] == p {
		bits += besides
		if i-p == j-q {
			bits += inStep
		}
	}
	p, q = i+1, j+1
	for q < len(a.new) && (a.from[q] < 0 || a.from[q] == x || a.from[q] == y) && q-j < near {
		q++
	}
	for p < len(a.old) && (a.to[p] < 0 || p == x || p == y) && p-i < near {
		p++
	}
	if q == len(a.new) && p == len(a.old) || q < len(a.new) && a.from[q] == p && a.to[p] == q {
		bits += besides
		if p-i == q-j {
			bits += inStep
		}
	}
	return bits
}
