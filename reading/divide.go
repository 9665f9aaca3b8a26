package reading

import "math"

// A Step is one passage as a division sees it.
type Step struct {
	Words int
	// Break says what ends after the passage: 0 nothing, 1 a section at the
	// top level, 2 one below it, and so on. Where several end, the highest.
	Break int
}

// A Range is a run of steps, First and Last included, counted from 0.
type Range struct{ First, Last int }

// What a cut costs that does not fall at the end of a top-level section, in
// squared deviations of a portion's length from the mean. A cut inside a
// section costs as much as one portion that is 20 per cent off; one at the end
// of a deeper section a little, so that of two equal cuts the higher wins.
const (
	insideCost = 0.2 * 0.2
	deeperCost = 0.03 * 0.03
)

// Divide cuts steps into n portions of about equal length, and never inside a
// passage. It is optimal in the stated cost: the sum over portions of the
// squared relative deviation of their words from the mean, and for each cut
// nothing at the end of a top-level section, deeperCost for each level below
// it, and insideCost where no section ends. Of equal divisions the one with
// the earliest cuts is taken. It is a dynamic programme over cuts, after
// Bellman, O(n·len(steps)²) at worst; portions of more than four times the
// mean are not tried unless one passage is that long.
//
// It returns nil if n is less than 1 or more than len(steps).
func Divide(steps []Step, n int) []Range {
	count := len(steps)
	if n < 1 || n > count {
		return nil
	}
	sum := make([]float64, count+1)
	for i, s := range steps {
		sum[i+1] = sum[i] + float64(s.Words)
	}
	mean := sum[count] / float64(n)
	if mean == 0 {
		mean = 1
	}
	longest := 0.0
	for i := range steps {
		longest = math.Max(longest, float64(steps[i].Words))
	}
	limit := math.Max(4*mean, 2*longest)
	cut := func(i int) float64 { // after step i
		switch b := steps[i].Break; {
		case i == count-1 || b == 1:
			return 0
		case b == 0:
			return insideCost
		default:
			return deeperCost * float64(b-1)
		}
	}
	const inf = math.MaxFloat64
	// best[i] is the least cost of cutting the first i steps into k portions.
	best := make([]float64, count+1)
	from := make([][]int32, n+1)
	for i := range best {
		best[i] = inf
	}
	best[0] = 0
	for k := 1; k <= n; k++ {
		next := make([]float64, count+1)
		from[k] = make([]int32, count+1)
		for i := range next {
			next[i] = inf
		}
		for end := k; end <= count-(n-k); end++ {
			c := cut(end - 1)
			for start := end - 1; start >= k-1; start-- {
				words := sum[end] - sum[start]
				if words > limit && next[end] < inf {
					break
				}
				if best[start] == inf {
					continue
				}
				d := words/mean - 1
				// <= keeps the earliest start of equals.
				if cost := best[start] + d*d + c; cost <= next[end] {
					next[end], from[k][end] = cost, int32(start)
				}
			}
		}
		best = next
	}
	out := make([]Range, n)
	end := count
	for k := n; k >= 1; k-- {
		start := int(from[k][end])
		out[k-1] = Range{start, end - 1}
		end = start
	}
	return out
}

// DivideByWords cuts steps into portions of about so many words.
func DivideByWords(steps []Step, words int) []Range {
	total := 0
	for _, s := range steps {
		total += s.Words
	}
	n := min(max(1, int(math.Round(float64(total)/float64(max(words, 1))))), len(steps))
	return Divide(steps, n)
}

// DivideBySections cuts steps at the end of every top-level section; where
// there is but one, at the ends of those below it.
func DivideBySections(steps []Step) []Range {
	level := 1
	for ; level < 8; level++ {
		ends := 0
		for i, s := range steps {
			if s.Break > 0 && s.Break <= level && i < len(steps)-1 {
				ends++
			}
		}
		if ends > 0 {
			break
		}
	}
	var out []Range
	first := 0
	for i, s := range steps {
		if i == len(steps)-1 || s.Break > 0 && s.Break <= level {
			out = append(out, Range{first, i})
			first = i + 1
		}
	}
	return out
}
