package reading

import (
	"lectern/library"
)

// A Follower moves what points into a work from the text that it had to a
// corrected one.
//
// What is a run of passages keeps its passages: its ends are cuts, and a cut
// falls where the fewest passages change sides, at the end of a section if one
// is there. What was put in at a cut belongs to what comes before it, unless the
// section of what comes after begins with it. A cut between two sections stays
// between them: a passage that was moved to the end of the first, or to the
// beginning of the second, is read with the section that it is in now.
type Follower struct {
	work  library.WorkID
	m     *library.Matching
	old   *library.Work
	now   *library.Work
	total int     // numbered passages before
	was   []int   // beside the numbers now: the number before, 0 for a new one
	index []int   // beside the numbers now: the passage
	home  []int   // beside the numbers before: the section
	at    [][]int // beside the numbers before: the numbers now
	cuts  map[int]int

	before []string // see texts
}

// NewFollower is a Follower from one text of a work to another.
func NewFollower(work library.WorkID, before, now *library.Work, m *library.Matching) *Follower {
	f := &Follower{work: work, m: m, old: before, now: now, was: []int{0}, index: []int{-1}, cuts: map[int]int{}}
	for i := range before.Passages {
		f.total = max(f.total, before.Passages[i].Number)
	}
	f.at, f.home = make([][]int, f.total+1), make([]int, f.total+1)
	for i := range before.Passages {
		if n := before.Passages[i].Number; n > 0 {
			f.home[n] = before.Passages[i].Section
		}
	}
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

// Place is the ¶ number now of the passage that had a number before: of its last
// piece where it was cut up, and where it cannot be found, of the nearest before
// it; 0 for none.
func (f *Follower) Place(number int) int { return f.m.Upto(f.old, f.now, number) }

// Anchor is the anchor of a ¶ now, "" for none.
func (f *Follower) Anchor(number int) library.Anchor {
	if number < 1 || number >= len(f.index) {
		return ""
	}
	return f.now.Passages[f.index[number]].Anchor
}

// End is the ¶ number now of the last passage before a cut that came after a
// number before.
func (f *Follower) End(number int) int { return f.after(number, true) }

// Portion is where a portion of the work is now, and false if nothing of it is
// left; one of another work stays as it is. With whole it takes in what was put
// in right after it, as a reading does; otherwise not, as what somebody has read.
func (f *Follower) Portion(x Portion, whole bool) (Portion, bool) {
	if x.Work != f.work {
		return x, true
	}
	first, last := f.after(x.First-1, true)+1, f.after(x.Last, whole)
	if first > last {
		if first, last = f.found(x.First, x.Last); first == 0 {
			return x, false
		}
	}
	words := 0
	for n := first; n <= last; n++ {
		words += f.now.Passages[f.index[n]].Words
	}
	return Portion{Work: x.Work, First: first, Last: last, Words: words, FirstAnchor: f.Anchor(first), LastAnchor: f.Anchor(last)}, true
}

// Follow moves a plan. The revision is raised if a number or a length has
// changed. Of a short track, what is not there any more is left out.
//
// The error is a *library.Error, forbidden/reading_vanished, for a reading of
// which nothing is left.
func (p Plan) Follow(f *Follower) (Plan, Diff, error) {
	q := p.clone()
	changed := false
	move := func(x *Portion) bool {
		next, ok := f.Portion(*x, true)
		if ok {
			changed = changed || next.First != x.First || next.Last != x.Last || next.Words != x.Words
			*x = next
		}
		return ok
	}
	for i := range q.Readings {
		r := &q.Readings[i]
		r.Words = 0
		for k := range r.Portions {
			if !move(&r.Portions[k]) {
				return p, Diff{}, &library.Error{Code: library.Forbidden, Reason: "reading_vanished", Args: map[string]any{"Plan": p.Name, "N": r.N}}
			}
			r.Words += r.Portions[k].Words
		}
		r.Minutes = Minutes(r.Words)
		short := r.Short
		r.Short = nil
		for _, x := range short {
			if move(&x) {
				r.Short = append(r.Short, x)
			}
		}
	}
	if !changed {
		return q, Diff{}, nil
	}
	q.Revision++
	return q, Compare(p, q), nil
}

// after is where a cut after a number before falls: after which number now. A
// cut at an end of the text stays there. Of several places as good it is the
// end of a section, otherwise with late the last, without it the first.
func (f *Follower) after(n int, late bool) int {
	last := len(f.was) - 1
	switch {
	case n <= 0:
		return 0
	case n >= f.total && late:
		return last
	}
	key := 2 * n
	if late {
		key++
	}
	if c, ok := f.cuts[key]; ok {
		return c
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
		if wrong < least || wrong == least && late && (!f.ends(best) || f.ends(c)) {
			least, best = wrong, c
		}
	}
	if late && n < f.total && f.home[n] != f.home[n+1] && best > 0 && !f.ends(best) {
		best = f.between(n, best)
	}
	f.cuts[key] = best
	return best
}

// between is where the sections part now that parted after a number before, if
// nothing but passages that were moved there from other sections stands between
// that and a cut; otherwise it is the cut.
func (f *Follower) between(n, cut int) int {
	section := func(c int) int { return f.now.Passages[f.index[c]].Section }
	from := func(c, home int) bool { return f.was[c] > 0 && f.home[f.was[c]] != home }
	for c := cut; c+1 < len(f.was) && section(c+1) == section(cut) && from(c+1, f.home[n]); c++ {
		if f.ends(c + 1) {
			return c + 1
		}
	}
	for c := cut; c > 1 && c+1 < len(f.was) && section(c) == section(cut+1) && from(c, f.home[n+1]); c-- {
		if f.ends(c - 1) {
			return c - 1
		}
	}
	return cut
}

// ends reports whether a section ends after a number now.
func (f *Follower) ends(c int) bool {
	return c > 0 && c+1 < len(f.index) && f.now.Passages[f.index[c]].Section != f.now.Passages[f.index[c+1]].Section
}

// found is the first and the last number now of passages before, 0 for none.
func (f *Follower) found(from, to int) (first, last int) {
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
