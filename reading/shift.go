package reading

import (
	"slices"
	"strings"
)

// A Shift is what a corrected text does to one reading of a plan.
type Shift struct {
	From, To Reading
	// Changed counts the passages that stay in it with other words, New those
	// that nothing before them became, Gone those that cannot be found.
	Changed, New, Gone int
	// Came and Went are the passages that another reading had, or none, and
	// those that another has now, or none.
	Came, Went []Crossing
	// Reordered is true where all of it says the same, in another order.
	Reordered bool
}

// A Crossing is a run of passages that a corrected text puts into another reading.
type Crossing struct {
	First, Last int    // ¶ numbers: now for what came, before for what went
	Text        string // of the first
	Reading     int    // from which it came or into which it went, 0 for none of the plan's
}

// Moved reports whether more than words within the reading changed.
func (s *Shift) Moved() bool {
	return s.New+s.Gone+len(s.Came)+len(s.Went) > 0 || s.Reordered || !slices.Equal(s.From.Portions, s.To.Portions)
}

// Same reports whether the reading says what it said, under whatever numbers.
func (s *Shift) Same() bool {
	return s.Changed+s.New+s.Gone+len(s.Came)+len(s.Went) == 0 && !s.Reordered
}

// Shifts says what became of each reading of a plan that followed a text: those
// that have other passages, other numbers or other words.
func (f *Follower) Shifts(before, after Plan) (out []Shift) {
	now := map[readingKey]*Reading{}
	for i := range after.Readings {
		now[after.Readings[i].key()] = &after.Readings[i]
	}
	had, has := f.holders(before, len(f.at)), f.holders(after, len(f.was))
	into := make([][]int, len(f.was)) // beside the numbers now: all the numbers before that are in it
	for n := range f.at {
		for _, c := range f.at[n] {
			into[c] = append(into[c], n)
		}
	}
	for i := range before.Readings {
		from := &before.Readings[i]
		to := now[from.key()]
		if to == nil {
			continue
		}
		s := Shift{From: *from, To: *to}
		f.shift(&s, into, had, has)
		if s.Changed > 0 || s.Moved() {
			out = append(out, s)
		}
	}
	return out
}

// holders is, beside ¶ numbers, the number of the reading that has each.
func (f *Follower) holders(p Plan, n int) []int {
	by := make([]int, n)
	for i := range p.Readings {
		f.each(p.Readings[i].Portions, n, func(k int) { by[k] = p.Readings[i].N })
	}
	return by
}

// each calls do with the numbers of the work that portions cover, below n.
func (f *Follower) each(portions []Portion, n int, do func(number int)) {
	for _, x := range portions {
		for k := x.First; x.Work == f.work && k <= x.Last && k < n; k++ {
			do(k)
		}
	}
}

func (f *Follower) shift(s *Shift, into [][]int, had, has []int) {
	var old, cur []int
	in, is := map[int]bool{}, map[int]bool{}
	f.each(s.From.Portions, len(f.at), func(n int) { old, in[n] = append(old, n), true })
	f.each(s.To.Portions, len(f.was), func(c int) { cur, is[c] = append(cur, c), true })
	textOld := f.texts()
	for _, n := range old {
		out := slices.IndexFunc(f.at[n], func(c int) bool { return !is[c] })
		switch {
		case len(f.at[n]) == 0:
			s.Gone++
		case out >= 0:
			s.Went = cross(s.Went, n, textOld[n], has[f.at[n][out]])
		case !f.saysTheSame(n, into, textOld):
			s.Changed++
		}
	}
	for _, c := range cur {
		from := slices.IndexFunc(into[c], func(n int) bool { return !in[n] })
		switch {
		case len(into[c]) == 0:
			s.New++
		case from >= 0:
			s.Came = cross(s.Came, c, f.now.Passages[f.index[c]].Text, had[into[c][from]])
		}
	}
	if s.Same() {
		var a, b []string
		for _, n := range old {
			a = append(a, textOld[n])
		}
		for _, c := range cur {
			b = append(b, f.now.Passages[f.index[c]].Text)
		}
		s.Reordered = !sameWords(a, b)
	}
}

// cross adds a passage to the runs of those that changed readings.
func cross(runs []Crossing, number int, text string, reading int) []Crossing {
	if k := len(runs) - 1; k >= 0 && runs[k].Last+1 == number && runs[k].Reading == reading {
		runs[k].Last = number
		return runs
	}
	return append(runs, Crossing{First: number, Last: number, Text: text, Reading: reading})
}

// texts are the passages before, beside their numbers.
func (f *Follower) texts() []string {
	if f.before == nil {
		f.before = make([]string, len(f.at))
		for i := range f.old.Passages {
			if n := f.old.Passages[i].Number; n > 0 {
				f.before[n] = f.old.Passages[i].Text
			}
		}
	}
	return f.before
}

// saysTheSame reports whether a passage before, with those that were put
// together with it, says what its pieces now say.
func (f *Follower) saysTheSame(n int, into [][]int, text []string) bool {
	whole, pieces := []int{n}, f.at[n]
	if len(pieces) == 1 {
		whole = into[pieces[0]]
	}
	var a, b []string
	for _, k := range whole {
		if len(whole) > 1 && len(f.at[k]) > 1 {
			return false // cut up and put together at once
		}
		a = append(a, text[k])
	}
	for _, c := range pieces {
		if len(pieces) > 1 && len(into[c]) > 1 {
			return false
		}
		b = append(b, f.now.Passages[f.index[c]].Text)
	}
	return sameWords(a, b)
}

// sameWords reports whether texts one after another say the same words.
func sameWords(a, b []string) bool {
	return slices.Equal(strings.Fields(strings.Join(a, " ")), strings.Fields(strings.Join(b, " ")))
}
