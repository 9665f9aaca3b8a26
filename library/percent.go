package library

import (
	"strconv"
	"strings"
)

// ParsePercent reads "40%", "40 %" or "12.5 per cent": more than none and at most
// all.
func ParsePercent(s string) (part float64, ok bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	for _, unit := range []string{"%", "percent", "per cent"} {
		number, is := strings.CutSuffix(s, unit)
		if !is {
			continue
		}
		number = strings.ReplaceAll(strings.TrimSpace(number), ",", ".")
		if number == "" || strings.Trim(number, "0123456789.") != "" {
			return 0, false
		}
		n, err := strconv.ParseFloat(number, 64)
		return n / 100, err == nil && n > 0 && n <= 100
	}
	return 0, false
}

// Upto is the number of the ¶ whose end is nearest to where that part of the
// work's words has been read, 0 where it has no passages. Devices count so;
// where on the page their figure falls, they do not say.
func (o *Outline) Upto(part float64) int {
	total := 0
	for n := 1; n <= o.Last(); n++ {
		total += max(o.Passages[o.At(n)].Words, 1)
	}
	goal, read := part*float64(total), 0.0
	for n := 1; n <= o.Last(); n++ {
		words := float64(max(o.Passages[o.At(n)].Words, 1))
		if n > 1 && goal-read < words/2 {
			return n - 1
		}
		read += words
	}
	return o.Last()
}
