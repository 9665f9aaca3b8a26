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
	nextPlaces = 4

	leastSurprise, someSurprise = -40, 12 // bits, of what words say
	someBits                    = 30      // of words that are intact

	// A place that has less of what a copy would have is none, whatever its words
	// say. The texts for fitting are all in English, and to the rule the words of
	// another language look as strange as damaged ones.
	leastScore = 0.2

	// Up to so many bits of a copy without a fault a quotation is short, from so many
	// on it is long; between them the rule goes over from one column to the other.
	shortBits, longBits = 80, 160
)

// Features are what the rule of decision weighs, in the order of rule.
func (e *Evidence) Features() []float64 {
	m := &e.marks
	faults := m.replaced + m.putIn + m.leftOut + m.outside + m.moved
	asked := float64(max(m.words+m.spoilt+m.gone+m.moved, 1))
	elided := is(m.gaps > 0)
	one := faults == 1 && m.spoilt == 0
	return []float64{
		1,
		float64(m.run) / bit,
		float64(m.words),
		float64(m.spoilt),
		float64(m.odd),
		float64(m.putIn),
		float64(m.outside),
		float64(m.moved),
		float64(m.gone),
		float64(m.lacking),
		float64(m.gaps) / bit,
		is(one),
		is(one && m.leftOut == 1),
		is(one && m.moved == 1),
		e.ahead(1),
		e.ahead(4),
		e.Bits,
		max(e.Surprise, leastSurprise),
		min(e.Surprise, someSurprise),
		float64(m.capitals),
		float64(m.recased),
		float64(m.pointed),
		elided * float64(m.words),
		elided * e.ahead(1),
		float64(m.words) / asked,
		min(float64(m.intact)/bit, someBits),
		float64(m.replaced * m.words),
		float64(m.uneven),
		e.harmony.seams,
		e.harmony.rifts,
		e.harmony.strange,
		e.harmony.strains,
		float64(e.harmony.lostUnknown),
		float64(e.harmony.lostKnown),
		float64(e.harmony.misreadUnknown),
		float64(e.harmony.misreadKnown),
		e.harmony.rarest,
	}
}

func is(x bool) float64 {
	if x {
		return 1
	}
	return 0
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
	{-4.074, 0.546},  // always
	{-0.071, 0.010},  // bits of the longest stretch without a fault: what chance makes is one formula
	{-0.234, 0.097},  // intact words
	{0.941, 0.460},   // misread words
	{-0.278, -0.040}, // letters in them that no scanner takes for one another
	{-0.623, -1.064}, // times that words are put in
	{-0.243, -1.117}, // words that stand out at the ends
	{-2.355, -0.714}, // words that stand elsewhere near
	{-0.415, -0.282}, // words that have no place
	{-0.095, -0.056}, // letters that are left out
	{-0.274, 0.158},  // bits that ellipses cost
	{1.545, 0.899},   // nothing but one word replaced, put in,
	{-1.807, -4.522}, // left out
	{0.631, 2.320},   // or moved
	{0.027, 0.036},   // bits that the next place is behind
	{0.089, 0.044},   // the fourth
	{0.066, 0.016},   // bits of the place
	{0.039, 0.037},   // bits of surprise
	{0.089, -0.062},  // the same, as far as they are few
	{-0.459, -0.521}, // capitals that both have
	{-2.937, 0.194},  // and that one of them has
	{1.114, 0.475},   // commas and stops that both have
	{0.762, -0.155},  // where there is an ellipsis: intact words,
	{0.097, 0.114},   // and bits that the next place is behind
	{1.967, -0.547},  // the share of the words that are intact
	{-0.032, -0.011}, // bits of intact words, as far as they are few
	{0.111, -0.034},  // intact words, for each time that one is replaced
	{-0.435, -0.460}, // words that stand for more or fewer
	{-0.352, 0.013},  // how words go together that the text parts, above what chance has,
	{-0.138, -0.097}, // and below
	{-1.180, -0.318}, // how others go with those beside them, above
	{-0.289, 0.371},  // and below
	{-0.223, 0.699},  // words that the place has not: the library hardly has them,
	{-0.601, -0.496}, // or it has
	{1.705, 1.159},   // words that are misread: the library hardly has them,
	{-1.078, -2.074}, // or it has
	{0.103, 0.068},   // bits of the rarest word that is intact
}

// sure is how sure the rule is of the best place: above 0 it is named. It is a
// logarithm of odds, less what they have to be.
func (e *Evidence) sure() float64 {
	if e.Best == nil || e.Best.Score < leastScore {
		return -1
	}
	z, long := 0.0, e.Long()
	x := e.Features()
	for i, w := range rule {
		z += x[i] * (w[0]*(1-long) + w[1]*long)
	}
	return z
}
