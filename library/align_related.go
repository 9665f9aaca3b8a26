package library

import "slices"

// related says where every passage before is now and what every passage now
// was: those that are matched, and those that were put into another one, or are
// pieces of one.
func (a *aligner) related() Matching {
	m := Matching{Now: fill(len(a.old), -1), Before: fill(len(a.new), -1)}
	for i, j := range a.to {
		if j >= 0 {
			m.Now[i], m.Before[j] = j, i
		}
	}
	a.lookAround()
	for i := range a.byOld {
		slices.Sort(a.byOld[i])
	}
	for j := range a.byNew {
		slices.Sort(a.byNew[j])
	}
	a.mergers(&m)
	a.pieces(&m)
	return m
}

// lookAround makes candidates of what is not matched and what stands beside it:
// passages are merged with their neighbours, and cut where they stand.
func (a *aligner) lookAround() {
	all := func(int) bool { return true }
	in := a.posted(a.new, all)
	for i := range a.old {
		if a.to[i] >= 0 {
			continue
		}
		for _, x := range a.sharing(&a.old[i], &in) {
			if x.bits >= 0.2*a.old[i].weight {
				a.look(i, x.k)
			}
		}
		for _, beside := range []int{i - 1, i + 1} {
			if beside >= 0 && beside < len(a.old) && a.to[beside] >= 0 {
				a.look(i, a.to[beside])
			}
		}
	}
	in = a.posted(a.old, all)
	for j := range a.new {
		if a.from[j] >= 0 {
			continue
		}
		for _, x := range a.sharing(&a.new[j], &in) {
			if x.bits >= 0.3*a.new[j].weight {
				a.look(x.k, j)
			}
		}
		for _, beside := range []int{j - 1, j + 1} {
			if beside >= 0 && beside < len(a.new) && a.from[beside] >= 0 {
				a.look(a.from[beside], j)
			}
		}
	}
}

// beyond is what two passages share that a third, which the second is for the
// rest, does not have.
func beyond(x, y, third []feature) float64 {
	_, of := against(y, third, x)
	return of
}

// mergers finds the passages before that stand within one now that is another's:
// it has half of their words, beside those of the others that it is made of.
func (a *aligner) mergers(m *Matching) {
	var open []int
	for i := range a.old {
		if m.Now[i] < 0 {
			open = append(open, i)
		}
	}
	// The larger first, so that what another one quotes is not taken for a part.
	slices.SortStableFunc(open, func(x, y int) int { return len(a.old[y].words) - len(a.old[x].words) })
	of := map[int][]feature{} // what the passages that one now is made of said
	for _, i := range open {
		best, most, second := -1, 0.0, 0.0
		bestBeside, free := false, -1 // how many words one keeps that is nobody's
		for _, j := range a.byOld[i] {
			if !a.half(i, j) {
				continue
			}
			is := a.from[j]
			if is < 0 { // it may as well be this one
				second = max(second, a.pairs[pair{i, j}])
				free = max(free, a.keeps(i, j))
				continue
			}
			if of[j] == nil {
				of[j] = a.old[is].features
			}
			own := beyond(a.old[i].features, a.new[j].features, of[j])
			beside := a.atEdge(i, is, j)
			n := len(a.old[i].words)
			switch {
			case n < 3 || n < 6 && a.keeps(i, j) < n, // a word or two stand anywhere, and of a few all must be there
				own < 0.3*a.old[i].weight, !beside && (own < 2*wellKnown || own < 0.6*a.old[i].weight || 5*a.keeps(i, j) < 4*n),
				a.keeps(i, j)+a.keeps(is, j) > len(a.new[j].words)+1, !a.likelier(i, j):
				// Not here, but so much of it is that it is nowhere else either.
				second = max(second, own)
				continue
			}
			if beside {
				own += besides
			}
			if own > most {
				best, most, second, bestBeside = j, own, max(most, second), beside
			} else {
				second = max(second, own)
			}
		}
		if best >= 0 && most >= second+certain && (free < 0 || bestBeside && a.keeps(i, best) > free) {
			m.Now[i] = best
			m.Merged++
			of[best] = union(of[best], a.old[i].features)
		}
	}
}

// likelier reports whether no other passage that is nowhere yet, and that is like
// this one, could as well stand in a passage now.
func (a *aligner) likelier(i, j int) bool {
	for _, r := range a.byNew[j] {
		if r == i || a.to[r] >= 0 {
			continue
		}
		mine, its := against(a.new[j].features, a.old[i].features, a.old[r].features)
		if its >= 0.4*a.old[r].weight && mine >= 0.4*a.old[i].weight {
			continue // both do
		}
		if mine < its+tellApart {
			return false
		}
	}
	return true
}

// union is the features of two passages.
func union(x, y []feature) []feature {
	out := make([]feature, 0, len(x)+len(y))
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].id < y[0].id:
			out, x = append(out, x[0]), x[1:]
		case x[0].id > y[0].id:
			out, y = append(out, y[0]), y[1:]
		default:
			out, x, y = append(out, x[0]), x[1:], y[1:]
		}
	}
	return append(append(out, x...), y...)
}

// pieces finds what passages now are pieces of one before: half of what they say
// is of it, beside what it is now.
func (a *aligner) pieces(m *Matching) {
	got := map[int][]int{} // of passages before that nothing is
	cut := map[int]bool{}
	for j := range a.new {
		if m.Before[j] >= 0 {
			continue
		}
		best, most, second := -1, 0.0, 0.0
		for _, i := range a.byNew[j] {
			if 2*a.keeps(i, j) < len(a.new[j].words) {
				continue
			}
			own, beside := a.pairs[pair{i, j}], false
			if is := a.to[i]; is >= 0 {
				own = beyond(a.new[j].features, a.old[i].features, a.new[is].features)
				beside = is == j-1 || is == j+1
			} else if m.Now[i] >= 0 {
				continue
			}
			if own < 0.3*a.new[j].weight || !beside && own < wellKnown || a.to[i] < 0 && own < 2*wellKnown && a.place(i, j, i, i) < besides {
				continue
			}
			if beside {
				own += besides
			}
			if own > most {
				best, most, second = i, own, max(most, second)
			} else {
				second = max(second, own)
			}
		}
		if best < 0 || most < second+certain {
			continue
		}
		m.Before[j] = best
		if a.to[best] >= 0 {
			cut[best] = true
			continue
		}
		got[best] = append(got[best], j)
	}
	m.Split = len(cut)
	for i := range a.old { // in order
		p := got[i]
		if len(p) < 2 {
			continue
		}
		largest, words, together := a.joined(i, p)
		if 10*together < 9*words {
			for _, j := range p {
				m.Before[j] = -1
			}
			continue
		}
		if 2*together < len(a.old[i].words) {
			continue
		}
		// One that keeps half of it would be it, were there no doubt.
		if slices.ContainsFunc(a.byOld[i], func(j int) bool { return a.half(i, j) }) {
			continue
		}
		m.Now[i] = largest
		m.Split++
	}
}

// joined says which of the passages now, in their order, has most of the words
// of one before, how many each has, added up, and how many they have one after
// the other. The last two are alike where the passage was cut up into them; where
// they have the same words of it, or by turns, something else is the reason.
func (a *aligner) joined(i int, pieces []int) (largest, words, together int) {
	largest = pieces[0]
	var all []int32
	for _, j := range pieces {
		n := a.keeps(i, j)
		if n > a.keeps(i, largest) {
			largest = j
		}
		words += n
		all = append(all, a.new[j].words...)
	}
	return largest, words, a.lcs.length(a.old[i].words, all)
}
