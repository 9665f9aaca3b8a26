package reading

import (
	"lectern/library"
)

// Follow moves a plan's portions of a work from the text that it had to a
// corrected one. A reading keeps its passages: the cut between two readings
// falls where the fewest passages change sides, at the end of a section if one
// is there. What was put in at a cut belongs to the reading before it, unless
// the section of the next begins with it. The revision is raised if a number or
// a length has changed.
//
// The error is a *library.Error, forbidden/reading_vanished, for a portion of
// which nothing is left.
func (p Plan) Follow(work library.WorkID, before, now *library.Work, m library.Matching) (Plan, Diff, error) {
	q := p.clone()
	f := newFollower(before, now, m)
	var mine []*Portion
	var of []int // which reading
	ordered := true
	for i := range q.Readings {
		for k := range q.Readings[i].Portions {
			if x := &q.Readings[i].Portions[k]; x.Work == work {
				if len(mine) > 0 && x.First <= mine[len(mine)-1].Last {
					ordered = false
				}
				mine, of = append(mine, x), append(of, q.Readings[i].N)
			}
		}
	}
	changed := false
	for k, x := range mine {
		first, last := f.after(x.First-1, x.First == 1)+1, f.after(x.Last, x.Last == f.total)
		if k > 0 && mine[k-1].Last >= first && ordered {
			first = mine[k-1].Last + 1
		}
		if first > last {
			if first, last = f.found(x.First, x.Last); first == 0 {
				return p, Diff{}, &library.Error{Code: library.Forbidden, Reason: "reading_vanished", Args: map[string]any{"Plan": p.Name, "N": of[k]}}
			}
		}
		words := 0
		for n := first; n <= last; n++ {
			words += now.Passages[f.index[n]].Words
		}
		next := Portion{Work: work, First: first, Last: last, Words: words,
			FirstAnchor: now.Passages[f.index[first]].Anchor, LastAnchor: now.Passages[f.index[last]].Anchor}
		changed = changed || next.First != x.First || next.Last != x.Last || next.Words != x.Words
		*x = next
	}
	for i := range q.Readings {
		r := &q.Readings[i]
		r.Words = 0
		for _, x := range r.Portions {
			r.Words += x.Words
		}
		r.Minutes = Minutes(r.Words)
	}
	if !changed {
		return q, Diff{}, nil
	}
	q.Revision++
	return q, Compare(p, q), nil
}

// A follower finds cuts again.
type follower struct {
	total int   // numbered passages before
	was   []int // beside the numbers now: the number before, 0 for a new one
	index []int // beside the numbers now: the passage
	now   *library.Work
	at    [][]int // beside the numbers before: the numbers now
}

func newFollower(before, now *library.Work, m library.Matching) *follower {
	f := &follower{now: now, was: []int{0}, index: []int{-1}}
	for i := range before.Passages {
		f.total = max(f.total, before.Passages[i].Number)
	}
	f.at = make([][]int, f.total+1)
	number := make([]int, len(now.Passages))
	for j := range now.Passages {
		if now.Passages[j].Number == 0 {
			continue
		}
		was := 0
		if i := m.Before[j]; i >= 0 {
			was = before.Passages[i].Number
		}
		number[j] = len(f.was)
		if was > 0 {
			f.at[was] = append(f.at[was], len(f.was))
		}
		f.was, f.index = append(f.was, was), append(f.index, j)
	}
	for i := range before.Passages {
		if n, j := before.Passages[i].Number, m.Now[i]; n > 0 && j >= 0 && len(f.at[n]) == 0 && number[j] > 0 {
			f.at[n] = append(f.at[n], number[j]) // it was put into another one
		}
	}
	return f
}

// after is where a cut after a number before falls: after which number now. A
// cut at an end of the text stays there.
func (f *follower) after(n int, end bool) int {
	last := len(f.was) - 1
	switch {
	case end && n == 0:
		return 0
	case end:
		return last
	}
	wrong := 0 // passages on the other side
	for c := 1; c <= last; c++ {
		if w := f.was[c]; w > 0 && w <= n {
			wrong++
		}
	}
	least, best := wrong, 0
	for c := 1; c <= last; c++ {
		switch w := f.was[c]; {
		case w > 0 && w <= n:
			wrong--
		case w > 0:
			wrong++
		}
		if wrong < least || wrong == least && (!f.ends(best) || f.ends(c)) {
			least, best = wrong, c
		}
	}
	return best
}

// ends reports whether a section ends after a number now.
func (f *follower) ends(c int) bool {
	return c > 0 && c+1 < len(f.index) && f.now.Passages[f.index[c]].Section != f.now.Passages[f.index[c+1]].Section
}

// found is the first and the last number now of passages before, 0 for none.
func (f *follower) found(from, to int) (first, last int) {
	for n := from; n <= to && n < len(f.at); n++ {
		for _, c := range f.at[n] {
			if first == 0 || c < first {
				first = c
			}
			last = max(last, c)
		}
	}
	return first, last
}
