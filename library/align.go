package library

import (
	"cmp"
	"slices"
)

// A Matching says what became of each passage of a text when a corrected one
// took its place. Passages are known by their index in Work.Passages.
type Matching struct {
	// Now is beside the passages before: where each is now, -1 where it cannot
	// be found with confidence. Several may be in one place, since passages are
	// merged.
	Now []int
	// Before is beside the passages now: which one each is, or is a piece of,
	// -1 for one that is new.
	Before []int
	// Moved are the anchors that no passage bears any more and that mean
	// another's now: the smaller of two that were merged means the whole, and a
	// passage of whose pieces none keeps half of it means the largest piece.
	Moved map[Anchor]Anchor
	// Kept counts the anchors that a passage bears now as before, and Changed
	// those of them whose words are not what they were. Merged and Split count
	// the passages before that were put into another one, and those that were
	// cut up; Added the passages now that nothing before them became.
	Kept, Changed, Merged, Split, Added int
	// Lost are the passages before that could not be found.
	Lost []int
}

// Align decides which passage of a corrected text is which of the text before,
// and gives each the anchor that it had; the others get new ones, none of which
// is in use, or was: used holds anchors that stand for something elsewhere.
//
// Passages are matched by what they say first: those that say the same and
// enough to be known by it; then, by the words and pairs of words that they
// share, weighed by how rare they are, those that are like each other and
// unlike all others. What is too short, or too like its neighbours' formulas,
// to be told by its words is matched by where it stands: between the same
// neighbours. A passage that was cut up is its piece that keeps at least half of
// its words; one into which several were put is the largest of them. What could
// be either of two is neither: when all is matched, each pair is held once more
// against everything else that either could be (see review).
//
// The weights are inverse document frequencies (Spärck Jones, "A statistical
// interpretation of term specificity", J. Documentation 28, 1972) in bits, and
// what is kept is counted in words by the longest common subsequence, computed
// 64 at a time (Hyyrö, "Bit-parallel LCS-length computation revisited", AWOCA
// 2004).
//
// The chapters of outlines have no text: see alignChapters.
func Align(before, now *Work, used map[Anchor]bool) Matching {
	if before.OutlineOnly() && now.OutlineOnly() {
		a := alignChapters(before, now)
		m := Matching{Now: slices.Clone(a.to), Before: slices.Clone(a.from)}
		a.anchors(&m, before.Passages, now.Passages, used)
		return m
	}
	a := newAligner(before.Passages, now.Passages)
	a.exact()
	a.alike()
	for range 6 {
		n := a.matched
		a.placed()
		a.extend()
		if a.matched == n {
			break
		}
	}
	a.leftover()
	a.review()
	m := a.related()
	a.anchors(&m, before.Passages, now.Passages, used)
	return m
}

// Upto is the ¶ number now up to which somebody has read who had read up to one
// before: that of the last piece of the passage, or of the nearest before it that
// is still there; 0 for none.
func (m *Matching) Upto(before, now *Work, number int) int {
	at := -1
	for i := range before.Passages {
		if n := before.Passages[i].Number; n > 0 && n <= number {
			at = i
		}
	}
	for ; at >= 0; at-- {
		j := m.Now[at]
		if j < 0 || before.Passages[at].Number == 0 {
			continue
		}
		for j+1 < len(m.Before) && m.Before[j+1] == at {
			j++
		}
		for ; j >= 0; j-- {
			if n := now.Passages[j].Number; n > 0 {
				return n
			}
		}
	}
	return 0
}

// anchors gives the passages now their anchors.
func (a *aligner) anchors(m *Matching, before, now []Passage, used map[Anchor]bool) {
	taken := make(map[Anchor]bool, len(before)+len(now))
	for i := range before {
		taken[before[i].Anchor] = true
	}
	fresh := freshAnchors(func(x Anchor) bool { return taken[x] || used[x] })
	for j := range now {
		now[j].Anchor = ""
		i := a.from[j]
		if i < 0 {
			continue
		}
		now[j].Anchor = before[i].Anchor
		m.Kept++
		if before[i].Text != now[j].Text {
			m.Changed++
		}
	}
	for j := range now {
		if now[j].Anchor != "" {
			continue
		}
		now[j].Anchor = fresh(&now[j])
		taken[now[j].Anchor] = true
		if m.Before[j] < 0 {
			m.Added++
		}
	}
	m.Moved = map[Anchor]Anchor{}
	for i, j := range m.Now {
		switch {
		case j < 0:
			m.Lost = append(m.Lost, i)
		case a.from[j] != i:
			m.Moved[before[i].Anchor] = now[j].Anchor
		}
	}
}

// Bits of evidence.
const (
	wellKnown = 14 // what two passages share that are surely related
	tellApart = 6  // by how much one must be likelier than another
	besides   = 6  // for standing right after, or right before, the same passage
	inStep    = 2  // for standing as far from it as before
)

// An aligner matches the passages of two texts.
type aligner struct {
	old, new []unit
	in       []int32 // beside features: how many passages of both texts have each
	score    []float64
	hits     []likeness
	to       []int // beside old: the passage now that it is, -1
	from     []int // beside new: the passage before that it is, -1
	matched  int
	pairs    map[pair]float64 // the bits that two share, of those looked at
	byOld    [][]int
	byNew    [][]int
	lcs      lcs
	kept     map[pair]int
}

type pair struct{ i, j int }

func newAligner(before, now []Passage) *aligner {
	a := &aligner{to: fill(len(before), -1), from: fill(len(now), -1), pairs: map[pair]float64{}, kept: map[pair]int{},
		byOld: make([][]int, len(before)), byNew: make([][]int, len(now))}
	a.old, a.new, a.in = units(before, now)
	a.score = make([]float64, max(len(before), len(now)))
	return a
}

func fill(n, v int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func (a *aligner) match(i, j int) {
	a.to[i], a.from[j] = j, i
	a.matched++
}

func (a *aligner) free(i, j int) bool { return a.to[i] < 0 && a.from[j] < 0 }

// exact matches what says the same on both sides, once, and enough; then what
// says the same beside it.
func (a *aligner) exact() {
	type seen struct{ old, new, i, j int }
	by := make(map[string]*seen, len(a.old))
	at := func(s string) *seen {
		x := by[s]
		if x == nil {
			x = &seen{}
			by[s] = x
		}
		return x
	}
	for i := range a.old {
		x := at(a.old[i].text)
		x.old++
		x.i = i
	}
	for j := range a.new {
		x := at(a.new[j].text)
		x.new++
		x.j = j
	}
	for j := range a.new { // in order
		if x := by[a.new[j].text]; x.old == 1 && x.new == 1 && a.new[j].weight >= wellKnown {
			a.match(x.i, x.j)
		}
	}
	a.extend()
}

// extend matches what says the same right after, and right before, passages
// that are matched.
func (a *aligner) extend() {
	same := func(i, j int) bool {
		return i >= 0 && j >= 0 && i < len(a.old) && j < len(a.new) && a.free(i, j) && a.old[i].text == a.new[j].text
	}
	if same(0, 0) {
		a.match(0, 0)
	}
	for j := range a.new {
		if i := a.from[j]; i >= 0 && same(i+1, j+1) {
			a.match(i+1, j+1)
		}
	}
	if i, j := len(a.old)-1, len(a.new)-1; same(i, j) {
		a.match(i, j)
	}
	for j := len(a.new) - 1; j >= 0; j-- {
		if i := a.from[j]; i >= 0 && same(i-1, j-1) {
			a.match(i-1, j-1)
		}
	}
}

// alike finds, for each passage that is not matched, those that share rare words
// with it, and matches what can be told from all others.
func (a *aligner) alike() {
	in := a.posted(a.old, func(i int) bool { return a.to[i] < 0 })
	for j := range a.new {
		if a.from[j] >= 0 {
			continue
		}
		like := a.sharing(&a.new[j], &in)
		for _, x := range like[:min(len(like), 8)] {
			a.look(x.k, j)
		}
	}
	a.settle(func(int, int) float64 { return 0 }, wellKnown, 0.3)
}

// look makes two passages candidates for each other.
func (a *aligner) look(i, j int) {
	if _, ok := a.pairs[pair{i, j}]; ok {
		return
	}
	a.pairs[pair{i, j}] = shared(a.old[i].features, a.new[j].features)
	a.byOld[i] = append(a.byOld[i], j)
	a.byNew[j] = append(a.byNew[j], i)
}

// keeps is how many of the words of a passage before stand, in order, in one
// now.
func (a *aligner) keeps(i, j int) int {
	n, ok := a.kept[pair{i, j}]
	if !ok {
		n = a.lcs.length(a.old[i].words, a.new[j].words)
		a.kept[pair{i, j}] = n
	}
	return n
}

// half reports whether a passage now keeps half of the words of one before.
func (a *aligner) half(i, j int) bool { return 2*a.keeps(i, j) >= len(a.old[i].words) }

// settle matches the candidates that share at least so many bits, and such a
// part of what the passage before says, and that are surely not another's. place
// is the evidence of where two stand.
func (a *aligner) settle(place func(i, j int) float64, bits, part float64) {
	type candidate struct {
		pair
		score float64
	}
	var all []candidate
	for p, s := range a.pairs {
		if a.free(p.i, p.j) {
			all = append(all, candidate{p, s + place(p.i, p.j)})
		}
	}
	slices.SortFunc(all, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(y.score, x.score), cmp.Compare(x.j, y.j), cmp.Compare(x.i, y.i))
	})
	for _, c := range all {
		i, j := c.i, c.j
		s := a.pairs[c.pair]
		if !a.free(i, j) || c.score < bits || s < part*min(a.old[i].weight, a.new[j].weight) || !a.half(i, j) || a.keeps(i, j) == 1 && len(a.old[i].words) > 1 || 4*a.keeps(i, j) < len(a.new[j].words) || len(a.old[i].words) <= 4 && 2*a.keeps(i, j) < len(a.new[j].words) {
			continue
		}
		if a.wins(i, j, place) {
			a.match(i, j)
		}
	}
}

// wins reports whether nothing else that is not matched could be passage i, and
// passage i could be nothing else than passage j.
func (a *aligner) wins(i, j int, place func(i, j int) float64) bool {
	old, now := &a.old[i], &a.new[j]
	here := place(i, j)
	if rest := len(now.words) - a.keeps(i, j); 2*rest >= len(old.words) {
		// There is room in it for half of a larger one, of which it would be; nearly
		// half will do, since words that changed places are not counted.
		for r := range a.old {
			if n := len(a.old[r].words); n <= 2*rest && r != i && a.to[r] < 0 && larger(a.old, r, i) && nearHalf(a.keeps(r, j), n) && (a.begins(r, j) || a.ends(r, j)) {
				return false
			}
		}
	}
	for _, r := range a.byNew[j] {
		if r == i || a.to[r] >= 0 {
			continue
		}
		mine, its := against(now.features, old.features, a.old[r].features)
		if a.half(r, j) && (its >= 0.4*a.old[r].weight && mine >= 0.4*old.weight || a.atEdge(r, i, j) && a.keeps(i, j)+a.keeps(r, j) <= len(now.words)) {
			// Both are in it. It is the larger.
			if larger(a.old, r, i) {
				return false
			}
			continue
		}
		if mine+here < its+place(r, j)+tellApart {
			return false
		}
	}
	for _, r := range a.byOld[i] {
		if r == j || a.from[r] >= 0 {
			continue
		}
		mine, its := against(old.features, now.features, a.new[r].features)
		if a.apart(i, j, r, mine, its) {
			// Both are pieces of it, of which it is the larger.
			if n, m := a.keeps(i, r), a.keeps(i, j); n > m || n == m && cmp.Or(cmp.Compare(place(i, r), here), cmp.Compare(j, r)) > 0 {
				return false
			}
			continue
		}
		if mine+here < its+place(i, r)+tellApart {
			return false
		}
	}
	return true
}

// apart reports whether two passages now, each with what it shares of passage i
// beside the other, are pieces of it: they say different parts of it.
func (a *aligner) apart(i, j, r int, mine, its float64) bool {
	return its >= 0.4*a.new[r].weight && mine >= 0.4*a.new[j].weight &&
		2*(a.pairs[pair{i, j}]-mine) <= min(mine, its)
}

// larger reports whether of two that were put together the first gives the
// anchor.
func larger(us []unit, r, i int) bool {
	n, m := us[r].size, us[i].size
	return n > m || n == m && r < i
}

// atEdge reports whether passage r stood right before or after passage i, and
// half of its words stand at that end of a passage now: it was put before or
// after it.
func (a *aligner) atEdge(r, i, j int) bool {
	return r == i-1 && a.begins(r, j) || r == i+1 && a.ends(r, j)
}

// nearHalf reports whether so many of n words are half of them, or would be if
// one in nine of those had not changed its place.
func nearHalf(kept, n int) bool { return 9*kept >= 4*n }

// begins reports whether a passage now begins with half of the words of one
// before, or nearly half, which may have others between them.
func (a *aligner) begins(r, j int) bool {
	words, in := a.old[r].words, a.new[j].words
	n := min(reach(len(words)), len(in))
	return nearHalf(a.lcs.length(words, in[:n]), len(words))
}

// ends is begins for the end.
func (a *aligner) ends(r, j int) bool {
	words, in := a.old[r].words, a.new[j].words
	n := min(reach(len(words)), len(in))
	return nearHalf(a.lcs.length(words, in[len(in)-n:]), len(words))
}

// reach is in how many words those of a passage may be found again.
func reach(n int) int {
	if n > 2 {
		n += n/2 + 2
	}
	return n
}

// near is how far from a passage that is matched its neighbours may help.
const near = 12

// placed matches what stands between the same neighbours as before.
func (a *aligner) placed() {
	before, after := a.neighbours()
	for j := range a.new {
		if a.from[j] >= 0 {
			continue
		}
		p, q := before[j], after[j]
		for i := p.i + 1; i < len(a.old) && i <= p.i+near && j-p.j <= near && a.to[i] < 0; i++ {
			a.look(i, j)
		}
		for i := q.i - 1; i >= 0 && i >= q.i-near && q.j-j <= near && a.to[i] < 0; i-- {
			a.look(i, j)
		}
	}
	place := a.places(before, after)
	a.settle(place, besides+inStep, 0.25)
}

// neighbours are, beside each passage now, the nearest before and after it that
// are matched, with what they were.
func (a *aligner) neighbours() (before, after []pair) {
	before, after = make([]pair, len(a.new)), make([]pair, len(a.new))
	last := pair{-1, -1}
	for j := range a.new {
		before[j] = last
		if a.from[j] >= 0 {
			last = pair{a.from[j], j}
		}
	}
	last = pair{len(a.old), len(a.new)}
	for j := len(a.new) - 1; j >= 0; j-- {
		after[j] = last
		if a.from[j] >= 0 {
			last = pair{a.from[j], j}
		}
	}
	return before, after
}

// places is the evidence of where two passages stand: right after the same one,
// right before the same one, and as far from it.
func (a *aligner) places(before, after []pair) func(i, j int) float64 {
	// run is beside the passages before: how many that are not matched stand in
	// a row up to it, and from it on.
	up, down := make([]int, len(a.old)), make([]int, len(a.old))
	for i := range a.old {
		if a.to[i] < 0 {
			up[i] = 1
			if i > 0 {
				up[i] += up[i-1]
			}
		}
	}
	for i := len(a.old) - 1; i >= 0; i-- {
		if a.to[i] < 0 {
			down[i] = 1
			if i+1 < len(a.old) {
				down[i] += down[i+1]
			}
		}
	}
	return func(i, j int) (bits float64) {
		if p := before[j]; i-p.i == up[i] {
			bits += besides
			if i-p.i == j-p.j {
				bits += inStep
			}
		}
		if q := after[j]; q.i-i == down[i] {
			bits += besides
			if q.i-i == q.j-j {
				bits += inStep
			}
		}
		return bits
	}
}

// leftover matches copies of one another that are as many as before, in their
// order.
func (a *aligner) leftover() {
	old, now := map[string][]int{}, map[string][]int{}
	for i := range a.old {
		if s := a.old[i].text; a.to[i] < 0 {
			old[s] = append(old[s], i)
		}
	}
	for j := range a.new {
		if s := a.new[j].text; a.from[j] < 0 && old[s] != nil {
			now[s] = append(now[s], j)
		}
	}
	for s, js := range now {
		if is := old[s]; len(is) == len(js) && len(is) > 1 {
			for k := range is {
				a.match(is[k], js[k])
			}
		}
	}
}
