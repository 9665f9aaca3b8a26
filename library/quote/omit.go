package quote

// Omitted compares what follows in two texts that have said the same so far: it is
// the stretch of a, in bytes, that b leaves out before both go on alike. ok is
// false where they go on alike at once, or not at all.
func Omitted(a, b string) (start, end int, ok bool) {
	const (
		ahead    = 1500    // letters of a
		compared = 240     // letters of b
		worth    = 2 * bit // of a letter that both have
		least    = 24      // letters that count as left out
	)
	fa, fb := Fold(a), Fold(b)
	n, m := min(len(fb.Letters), compared), min(len(fa.Letters), ahead)
	if n < least || m < least {
		return 0, 0, false
	}
	gain := make([]int32, n)
	for i := range gain {
		gain[i] = worth
	}
	var t table
	al := t.align(fb.Letters[:n], fb.Opens[:n], gain, fa.Letters[:m], fa.Opens[:m])
	same := 0
	last := -1 // the letter of a before the gap
	from, to := 0, 0
	for i, x := range al.pair {
		if x < 0 || al.differs(i) {
			continue
		}
		if same++; int(x)-last-1 > to-from {
			from, to = last+1, int(x)
		}
		last = int(x)
	}
	if to-from < least || same*4 < n*3 {
		return 0, 0, false
	}
	return int(fa.At[from]), int(fa.At[to]), true
}
