package quote

// The rule of decision is a logistic regression on what speaks for the best place: on
// its words, and on how far behind it the next places of the same shelf are. Those
// are what chance makes of this very question there, and of the scores that chance
// makes the best lie near each other (Karlin and Altschul, Methods for Assessing the
// Statistical Significance of Molecular Sequence Features, 1990): one that is far ahead
// of them is meant, on a small shelf as on a large one. bench/quote -fit prints the
// rule, from texts that are none of those it is measured on.

const (
	aheadMost  = 60  // bits that a place counts as ahead, at most
	leastBits  = -20 // of a place that counts as the next
	nextPlaces = 10

	// Up to so many bits of a copy without a fault a quotation is short, from so many
	// on it is long; between them the rule goes over from one column to the other.
	shortBits, longBits = 80, 160
)

// Features are what the rule of decision weighs, in the order of rule.
func (e *Evidence) Features() []float64 {
	m := &e.marks
	faults := m.replaced + m.putIn + m.leftOut + m.outside + m.moved
	single := 0.0
	if faults == 1 && m.spoilt == 0 {
		single = 1
	}
	return []float64{
		1,
		float64(m.intact) / bit,
		float64(m.misread) / bit,
		float64(m.run) / bit,
		float64(m.words),
		float64(m.spoilt),
		float64(m.odd),
		float64(m.ragged),
		float64(m.replaced),
		float64(m.uneven),
		float64(m.putIn),
		float64(m.leftOut),
		float64(m.outside),
		float64(m.moved),
		float64(m.gone),
		float64(m.lacking),
		float64(m.gaps) / bit,
		single,
		e.ahead(1),
		e.ahead(2),
		e.ahead(4),
		e.ahead(nextPlaces),
		e.Bits,
		e.Full,
	}
}

// Long is how much the column of long quotations counts, and not that of short ones:
// 0 to 1.
func (e *Evidence) Long() float64 {
	return min(max((e.Full-shortBits)/(longBits-shortBits), 0), 1)
}

// ahead is by how many bits the best place is ahead of the k-th of the next.
func (e *Evidence) ahead(k int) float64 {
	x := 0.0
	if k <= len(e.Next) {
		x = max(e.Next[k-1], leastBits)
	}
	return min(max(e.Bits-x, 0), aheadMost)
}

// rule has a weight for each feature, of short quotations and of long ones.
var rule = [...][2]float64{
	{-0.949, -2.197}, // always
	{0.052, 0.020},   // bits of words that are intact
	{0.041, 0.067},   // and of such that are misread
	{-0.104, -0.047}, // of the longest stretch without a fault: what chance makes is one formula
	{0.203, 0.076},   // intact words
	{0.257, 0.864},   // misread words
	{-0.295, -0.312}, // letters in them that no scanner takes for one another
	{-0.654, 0.678},  // pieces of words
	{0.059, -0.363},  // times that words are replaced
	{-0.059, -0.080}, // words that stand for more or fewer
	{-0.283, -0.625}, // times that words are put in
	{-1.038, 0.173},  // and left out
	{-0.547, -0.766}, // words that stand out at the ends
	{-2.138, -0.998}, // words that stand elsewhere near
	{-1.350, -0.478}, // words that have no place
	{-0.111, -0.065}, // letters that are left out
	{0.144, 0.133},   // bits that ellipses cost
	{0.720, 1.440},   // nothing but one such fault
	{0.085, 0.048},   // bits that the next place is behind
	{0.019, -0.002},  // the second
	{0.048, 0.069},   // the fourth
	{0.062, -0.022},  // the tenth
	{0.008, 0.031},   // bits of the place
	{-0.013, -0.004}, // bits of a copy without a fault
}

// sure is how sure the rule is of the best place: above 0 it is named. It is a
// logarithm of odds, less what they have to be.
func (e *Evidence) sure() float64 {
	z, long := 0.0, e.Long()
	x := e.Features()
	for i, w := range rule {
		z += x[i] * (w[0]*(1-long) + w[1]*long)
	}
	return z
}
