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
	{-1.792, -2.159}, // always
	{0.053, 0.020},   // bits of words that are intact
	{0.043, 0.062},   // and of such that are misread
	{-0.097, -0.048}, // of the longest stretch without a fault: what chance makes is one formula
	{0.187, 0.076},   // intact words
	{0.606, 0.711},   // misread words
	{-0.287, -0.287}, // letters in them that no scanner takes for one another
	{-0.569, 0.684},  // pieces of words
	{0.393, -0.395},  // times that words are replaced
	{-0.077, -0.091}, // words that stand for more or fewer
	{0.022, -0.659},  // times that words are put in
	{-0.700, 0.049},  // and left out
	{-0.259, -0.756}, // words that stand out at the ends
	{-1.775, -1.041}, // words that stand elsewhere near
	{-1.392, -0.454}, // words that have no place
	{-0.111, -0.058}, // letters that are left out
	{0.127, 0.134},   // bits that ellipses cost
	{1.358, 1.501},   // nothing but one such fault
	{0.081, 0.047},   // bits that the next place is behind
	{0.024, -0.006},  // the second
	{0.047, 0.070},   // the fourth
	{0.065, -0.017},  // the tenth
	{-0.007, 0.031},  // bits of the place
	{-0.009, -0.003}, // bits of a copy without a fault
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
