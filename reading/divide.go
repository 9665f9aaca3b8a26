package reading

import "math"

// A Step is one passage on the way through a text, as Divide sees it.
type Step struct {
	Words int
	// Break says what ends after the passage: 0 nothing, 1 a section of the
	// outermost level, 2 one of the level below, and so on.
	Break int
}

// A Range is some steps that follow each other: From is the index of the first
// and To the one after the last.
type Range struct {
	From, To int
}

// What a cut costs, in the measure of Cost.
const (
	cutInside   = 0.25 // within a section
	cutPerLevel = 0.01 // at the end of a section, for each level below the outermost
	cutDeepest  = 0.10 // and at most
)

// Cost is what Divide makes as small as can be: for each portion the square
// of its deviation from the mean length, as a part of the mean, and for each
// cut 0.25 if it falls inside a section, otherwise 0.01 for each level that the
// section lies below the outermost, up to 0.1. So one cut inside a section
// weighs as much as one portion that is half as long again as it should be, or
// as two neighbours of which one is a third too long and the other too short.
//
// Lengths are counted in words; if no step has any, each counts one.
func Cost(steps []Step, portions []Range) float64 {
	sums := lengths(steps)
	mean := float64(sums[len(steps)]) / float64(len(portions))
	total := 0.0
	for i, r := range portions {
		total += square(float64(sums[r.To]-sums[r.From])/mean - 1)
		if i > 0 {
			total += cutCost(steps[r.From-1].Break)
		}
	}
	return total
}

// lengths are the words before each step, and in the end all of them.
func lengths(steps []Step) []int {
	sums := make([]int, len(steps)+1)
	for i, s := range steps {
		sums[i+1] = sums[i] + max(s.Words, 0)
	}
	if sums[len(steps)] == 0 {
		for i := range sums {
			sums[i] = i
		}
	}
	return sums
}

// cutCost is the cost of a cut after a passage.
func cutCost(end int) float64 {
	if end <= 0 {
		return cutInside
	}
	return math.Min(cutPerLevel*float64(end-1), cutDeepest)
}

// Divide cuts steps into n portions, none of them empty, such that no other
// division has a smaller Cost; of several equally good ones it takes the same
// each time. It returns nil if n is less than 1 or more than the steps.
//
// The method is dynamic programming over (portions, steps). The cost of a
// portion is convex in its length, so the best last cut moves only forward as
// the end does, and each row can be filled by halving (Yao, "Speed-up in
// dynamic programming", SIAM J. Alg. Disc. Meth. 3, 1982; Galil and Park,
// "Dynamic programming with convexity, concavity and sparsity", Theor. Comp.
// Sci. 92, 1992): n·N·log N steps of work in place of n·N².
func Divide(steps []Step, n int) []Range {
	size := len(steps)
	if n < 1 || n > size {
		return nil
	}
	sums := make([]float64, size+1) // whole numbers, so differences are exact
	for i, words := range lengths(steps) {
		sums[i] = float64(words)
	}
	mean := sums[size] / float64(n)
	scale := float64(mean * mean) // costs are kept in words squared

	// After k portions between k and size-(n-k) steps are used up: spare is
	// the number of choices but one. best[i] is the least cost of k portions
	// that use k+i steps, and last[k][i] where the last of them begins, as an
	// index into the row before.
	spare := size - n
	best, row := make([]float64, spare+1), make([]float64, spare+1)
	for i := range best {
		best[i] = square(sums[1+i] - mean)
	}
	last := make([][]int32, n+1)
	for k := 2; k <= n; k++ {
		for j := range best {
			best[j] += float64(scale * cutCost(steps[k-2+j].Break))
		}
		last[k] = make([]int32, spare+1)
		fill(best, row, last[k], sums[k-1:], sums[k:], mean)
		best, row = row, best
	}

	portions := make([]Range, n)
	to := spare
	for k := n; k >= 1; k-- {
		portions[k-1].To = k + to
		if k > 1 {
			to = int(last[k][to])
			portions[k-1].From = k - 1 + to
		}
	}
	return portions
}

// fill computes a row from the one before: row[i] is the least of before[j]
// and the cost of a portion from begin[j] to end[i], over all j up to i, and
// from[i] is that j.
func fill(before, row []float64, from []int32, begin, end []float64, mean float64) {
	var part func(lo, hi, first, final int)
	part = func(lo, hi, first, final int) {
		if lo > hi {
			return
		}
		mid := (lo + hi) / 2
		least, at := math.Inf(1), first
		to := end[mid]
		choices := before[first : min(mid, final)+1]
		starts := begin[first:][:len(choices)]
		for j, c := range choices {
			if c += square(to - starts[j] - mean); c < least {
				least, at = c, first+j
			}
		}
		row[mid], from[mid] = least, int32(at)
		part(lo, mid-1, first, at)
		part(mid+1, hi, at, final)
	}
	part(0, len(row)-1, 0, len(row)-1)
}

// square is x². The conversion keeps compilers from fusing the multiplication
// with an addition, so that every machine finds the same division.
func square(x float64) float64 { return float64(x * x) }

// ByWords divides steps into portions of about so many words: into the number
// whose mean comes nearest to it. It returns nil where there are no steps, or
// words is not positive.
func ByWords(steps []Step, words int) []Range {
	if len(steps) == 0 || words <= 0 {
		return nil
	}
	return Divide(steps, portionsOf(steps, float64(words)))
}

// portionsOf is the number of portions whose mean comes nearest to so many
// words, at most one for each step.
func portionsOf(steps []Step, words float64) int {
	total := float64(lengths(steps)[len(steps)])
	n := max(math.Floor(total/words), 1)
	if math.Abs(total/n-words) > math.Abs(total/(n+1)-words) {
		n++
	}
	return int(min(n, float64(len(steps))))
}

// BySections cuts steps wherever a section ends: one of any level if depth is
// 0, otherwise one of the outermost levels down to depth.
func BySections(steps []Step, depth int) []Range {
	var portions []Range
	from := 0
	for i, s := range steps {
		ends := s.Break > 0 && (depth == 0 || s.Break <= depth)
		if ends || i == len(steps)-1 {
			portions = append(portions, Range{from, i + 1})
			from = i + 1
		}
	}
	return portions
}
