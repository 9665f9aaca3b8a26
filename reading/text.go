package reading

import (
	"slices"

	"lectern/library"
)

// A text is the numbered passages of works, one after the other, as plans
// divide them. Epigraphs and footnotes are read along with what they belong
// to, and are not counted.
type text struct {
	works []*library.Outline
	spots []spot
	steps []Step // beside spots
	short int    // the most words of a short track; 0 for none
}

// A spot is a numbered passage of one of the works.
type spot struct {
	work int // index into text.works
	*library.Spot
}

// newText strings the works together. Where there are several, the end of a
// work is the outermost break and every section is one level deeper.
func newText(works []*library.Outline) *text {
	t := &text{works: works}
	for w, o := range works {
		for i := range o.Passages {
			if o.Passages[i].Number > 0 {
				t.spots = append(t.spots, spot{w, &o.Passages[i]})
			}
		}
	}
	t.measure()
	return t
}

// measure sets the steps from the spots.
func (t *text) measure() {
	t.steps = make([]Step, len(t.spots))
	for i, s := range t.spots {
		t.steps[i].Words = s.Words
		if i+1 == len(t.spots) {
			continue
		}
		next := t.spots[i+1]
		switch {
		case s.work != next.work:
			t.steps[i].Break = 1
		default:
			if b := breakBetween(t.works[s.work].Sections, s.Section, next.Section); b > 0 {
				t.steps[i].Break = b
				if len(t.works) > 1 {
					t.steps[i].Break++
				}
			}
		}
	}
}

// breakBetween is the level of the outermost section that ends, or begins,
// between two passages in sections a and b; 0 if they are in the same one.
func breakBetween(sections []library.Section, a, b int) int {
	if a == b {
		return 0
	}
	path := func(s int) []int {
		var up []int
		for s >= 0 && s < len(sections) && len(up) <= len(sections) {
			up = append(up, s)
			s = sections[s].Parent
		}
		return up
	}
	from, to := path(a), path(b)
	shared := 0
	for shared < len(from) && shared < len(to) && from[len(from)-1-shared] == to[len(to)-1-shared] {
		shared++
	}
	return shared + 1
}

// reading is the reading of a range of the text, without its dates.
func (t *text) reading(n int, r Range) Reading {
	out := Reading{N: n, State: Ahead, Portions: t.portions(r)}
	for _, p := range out.Portions {
		out.Words += p.Words
	}
	out.Minutes = Minutes(out.Words)
	if to := t.upTo(r, t.short); t.short > 0 && out.Words > t.short && to < r.To {
		out.Short = t.portions(Range{r.From, to})
	}
	return out
}

// portions are the passages of a range: a portion for each run of one work.
// Passages that were left out of the plan part runs too.
func (t *text) portions(r Range) (out []Portion) {
	for i := r.From; i < r.To; i++ {
		s := t.spots[i]
		if i == r.From || t.spots[i-1].work != s.work || t.spots[i-1].Number+1 != s.Number {
			out = append(out, Portion{Work: t.works[s.work].ID, FirstAnchor: s.Anchor, First: s.Number})
		}
		p := &out[len(out)-1]
		p.LastAnchor, p.Last = s.Anchor, s.Number
		p.Words += s.Words
	}
	return out
}

// upTo is how far into a range so many words go, in whole passages, at least
// one.
func (t *text) upTo(r Range, words int) int {
	i := r.From
	for i < r.To && (i == r.From || t.spots[i].Words <= words) {
		words -= t.spots[i].Words
		i++
	}
	return i
}

// find is the index of a passage by its number, -1 if it is not there.
func (t *text) find(work library.WorkID, number int) int {
	for i, s := range t.spots {
		if t.works[s.work].ID == work && s.Number == number {
			return i
		}
	}
	return -1
}

// without is the text less the passages of some portions.
func (t *text) without(portions []Portion) *text {
	out := &text{works: t.works, short: t.short}
	for _, s := range t.spots {
		id := t.works[s.work].ID
		if !slices.ContainsFunc(portions, func(p Portion) bool { return p.Work == id && p.First <= s.Number && s.Number <= p.Last }) {
			out.spots = append(out.spots, s)
		}
	}
	out.measure()
	return out
}

// byHand is the text in the order in which readings were picked by hand, and
// the range of each. A passage may be in one reading only.
func (t *text) byHand(readings [][]Portion) (*text, []Range, error) {
	out := &text{works: t.works, short: t.short}
	var ranges []Range
	seen := map[spot]bool{}
	for i, portions := range readings {
		from := len(out.spots)
		for _, p := range portions {
			for n := p.First; n <= p.Last; n++ {
				at := t.find(p.Work, n)
				if at < 0 {
					return nil, nil, &library.Error{Code: library.OutOfRange, Reason: "plan_by_hand_passage", Args: map[string]any{"N": i + 1, "Number": n}}
				}
				if seen[t.spots[at]] {
					return nil, nil, &library.Error{Code: library.OutOfRange, Reason: "plan_by_hand_twice", Args: map[string]any{"N": i + 1, "Number": n}}
				}
				seen[t.spots[at]] = true
				out.spots = append(out.spots, t.spots[at])
			}
		}
		if len(out.spots) == from {
			return nil, nil, &library.Error{Code: library.NotFound, Reason: "plan_no_text", Args: map[string]any{}}
		}
		ranges = append(ranges, Range{from, len(out.spots)})
	}
	out.measure()
	return out, ranges, nil
}

// from is the text from a passage on.
func (t *text) from(i int) *text {
	out := &text{works: t.works, spots: t.spots[i:], short: t.short}
	out.measure()
	return out
}

// only is the part of the text that portions cover, in their order, and false
// if one of them is not to be found. A passage is known by its anchor, or by
// its number where the text has no anchors.
func (t *text) only(portions []Portion) (*text, bool) {
	out := &text{works: t.works, short: t.short}
	find := func(work library.WorkID, anchor library.Anchor, number int) int {
		for i, s := range t.spots {
			if t.works[s.work].ID == work && (anchor != "" && s.Anchor == anchor || anchor == "" && s.Number == number) {
				return i
			}
		}
		return -1
	}
	for _, p := range portions {
		from := find(p.Work, p.FirstAnchor, p.First)
		to := find(p.Work, p.LastAnchor, p.Last)
		if from < 0 || to < from {
			return nil, false
		}
		out.spots = append(out.spots, t.spots[from:to+1]...)
	}
	out.measure()
	return out, true
}
