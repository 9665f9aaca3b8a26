package reading

import (
	"slices"

	"lectern/library"
)

// ShortByHand reports whether the short track of reading i, from 0, is not the
// one that the plan's limit gives it: somebody named its passages, or took it
// away. The works are those of the plan.
func (p *Plan) ShortByHand(works []*library.Outline, i int) bool {
	r := &p.Readings[i]
	if p.Short > 0 {
		if t, ok := p.text(works).only(r.Portions); ok {
			return !samePlaces(r.Short, t.reading(r.N, Range{0, len(t.steps)}).Short)
		}
	}
	return len(r.Short) > 0
}

// keepShort leaves short tracks that were set by hand where they were: a
// reading from first on that holds passages of one has those, and of its other
// passages what their readings left to those with little time.
func (p *Plan) keepShort(old *Plan, works []*library.Outline, first int) {
	byHand := make([]bool, len(old.Readings))
	for j := range byHand {
		byHand[j] = old.ShortByHand(works, j)
	}
	if !slices.Contains(byHand, true) {
		return
	}
	for i := first; i < len(p.Readings); i++ {
		r := &p.Readings[i]
		var short []Portion
		named := false
		for j := range old.Readings {
			was := &old.Readings[j]
			mine := intersect(r.Portions, was.Portions)
			if len(mine) == 0 {
				continue
			}
			named = named || byHand[j]
			if len(was.Short) > 0 {
				mine = intersect(mine, was.Short)
			}
			short = append(short, mine...)
		}
		if !named || len(short) == 0 {
			continue
		}
		text, ranges, err := newText(works).byHand([][]Portion{short})
		if err != nil {
			continue // the passages are of works that are not here, and stay
		}
		if r.Short = text.portions(ranges[0]); samePlaces(r.Short, r.Portions) {
			r.Short = nil
		}
	}
}

// intersect is what two runs of portions share, in the order of the first.
func intersect(a, b []Portion) (out []Portion) {
	for _, x := range a {
		for _, y := range b {
			if first, last := max(x.First, y.First), min(x.Last, y.Last); x.Work == y.Work && first <= last {
				out = append(out, Portion{Work: x.Work, First: first, Last: last})
			}
		}
	}
	return out
}

// samePlaces reports whether portions are of the same passages in the same
// order.
func samePlaces(a, b []Portion) bool {
	return slices.EqualFunc(a, b, func(x, y Portion) bool { return x.Work == y.Work && x.First == y.First && x.Last == y.Last })
}
