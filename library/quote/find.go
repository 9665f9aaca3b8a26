package quote

import (
	"cmp"
	"context"
	"slices"
)

// An Index gives what Builder made.
type Index interface {
	Segments(ctx context.Context) ([]*Segment, error)
	// Buckets are those of a segment with the numbers, which rise, in their order.
	Buckets(ctx context.Context, s *Segment, numbers []int) ([][]byte, error)
}

// Texts gives the texts of passages, whose ids rise, in their order.
type Texts interface {
	Texts(ctx context.Context, ids []int64, each func(id int64, text string) error) error
}

// A Range is a run of ids of passages, both ends included.
type Range struct{ First, Last int64 }

// A Finder looks for quotations in the passages of an index that are within some
// ranges, which rise: a shelf.
type Finder struct {
	Index  Index
	Texts  Texts
	Within []Range
	// Thorough, if not 0, is for measuring what haste misses: the whole shelf is read
	// for a short quotation, and so many times as many places are aligned.
	Thorough int
}

const (
	// MaxQuotation bounds a quotation, in letters: some eight pages.
	MaxQuotation = 20000
	// scanLetters is how large a shelf may be that is read whole for a short
	// quotation: damage may leave no gram of a few words as it was.
	scanLetters = 2 << 20
	scanJoint   = 80 // letters of such a quotation
	maxGrams    = 96 // that are looked up
	maxHits     = 1 << 20
	fewHits     = 200_000
	fewGrams    = 10   // of a part, at least
	behind      = 6    // how many times fewer votes than the best a place may have
	cellBits    = 5    // the width of a diagonal, in letters
	wideBits    = 7    // the same where an ellipsis may shift it
	nearLetters = 3000 // how far from each other the parts of a quotation are looked for
	maxAnchors  = 3    // parts that are looked for everywhere
	jointPart   = 600  // letters of several parts that are looked for together too
)

// A search is one question under way.
type search struct {
	*Finder
	ctx       context.Context
	quotation string // what the parts were cut out of
	cased     bool   // and its capitals say something
	parts     []part
	gains     [][]int32
	segs      []*Segment
	live      [][]span // of each segment, the letters on the shelf
	letters   int      // on the shelf
	known     map[int64]*folded
	table     table
	pats      []*pattern
	wholes    map[[3]int]window
	counted   map[uint32]int // how often words and pairs stand in the library, by their keys
}

// A span is a stretch of letters of a segment, to excluded.
type span struct{ from, to int }

// A spot is where a part may stand: its letters in a run of a segment.
type spot struct {
	seg, run int
	from, to int // letters of the segment
	distance int // as Myers counts
	part     int
}

func (f *Finder) start(ctx context.Context, quotation string, parts []part) (*search, error) {
	s := &search{Finder: f, ctx: ctx, quotation: quotation, cased: cased(quotation), parts: parts, known: map[int64]*folded{}, wholes: map[[3]int]window{}, counted: map[uint32]int{}, pats: make([]*pattern, len(parts))}
	var err error
	if s.segs, err = f.Index.Segments(ctx); err != nil {
		return nil, err
	}
	for _, seg := range s.segs {
		var live []span
		at := 0
		for _, r := range seg.Runs {
			i, _ := slices.BinarySearchFunc(f.Within, r.First, func(w Range, id int64) int { return cmp.Compare(w.Last, id) })
			for ; i < len(f.Within) && f.Within[i].First <= r.Last; i++ {
				first, last := max(r.First, f.Within[i].First), min(r.Last, f.Within[i].Last)
				from := int(seg.Starts[at+int(first-r.First)])
				to := seg.end(at + int(last-r.First))
				if n := len(live); n > 0 && live[n-1].to == from {
					live[n-1].to = to
				} else {
					live = append(live, span{from, to})
				}
				s.letters += to - from
			}
			at += int(r.Last-r.First) + 1
		}
		s.live = append(s.live, live)
	}
	return s, nil
}

// A stretch is of one run, on the shelf: letters of a segment.
type stretch struct{ seg, run, from, to int }

// everywhere is the whole shelf, as far as it has not more than some letters.
func (s *search) everywhere(most int) []stretch {
	var out []stretch
	for si, seg := range s.segs {
		for _, live := range s.live[si] {
			for from := live.from; from < live.to; {
				run, _, end := seg.runAt(from)
				to := min(end, live.to)
				if most -= to - from; most < 0 {
					to += most
				}
				if from < to {
					out = append(out, stretch{si, run, from, to})
				}
				if most <= 0 {
					return out
				}
				from = to
			}
		}
	}
	return out
}

// read reads the texts of stretches, and joins those that touch.
func (s *search) read(places []stretch) ([]stretch, error) {
	slices.SortFunc(places, func(a, b stretch) int {
		if a.seg != b.seg {
			return a.seg - b.seg
		}
		return a.from - b.from
	})
	joined := places[:0]
	var ids []int64
	for _, x := range places {
		if n := len(joined); n > 0 && joined[n-1].seg == x.seg && joined[n-1].run == x.run && x.from <= joined[n-1].to {
			joined[n-1].to = max(joined[n-1].to, x.to)
		} else {
			joined = append(joined, x)
		}
		ids = append(ids, s.segs[x.seg].passages(x.from, x.to)...)
	}
	return joined, s.fetch(ids)
}

// spots are where a part may stand, the nearest first.
func (s *search) spots(pi int, p *part, hits []hit) ([]spot, error) {
	n := len(p.Letters)
	var found []stretch
	if len(hits) == 0 {
		found = s.everywhere(scanLetters) // it repeats a gram that the index leaves out
	} else {
		found = s.around(s.vote(hits, n, 120, cellBits), n, cellBits, 24+n/3)
	}
	places, err := s.read(found)
	if err != nil {
		return nil, err
	}
	out, err := s.scan(pi, places, n*2/3, 120)
	slices.SortStableFunc(out, func(a, b spot) int { return a.distance - b.distance })
	return out, err
}

func (s *search) pattern(pi int) *pattern {
	if s.pats[pi] == nil {
		s.pats[pi] = newPattern(s.parts[pi].Letters)
	}
	return s.pats[pi]
}

// scan finds the ends at which a part comes within a distance, in the order of the
// stretches; of those that overlap the nearest. Of more than keep the nearest are
// given, as far as they are told from others.
func (s *search) scan(pi int, places []stretch, limit, keep int) ([]spot, error) {
	pat := s.pattern(pi)
	n := pat.n
	count := make([]int, n+1)
	total := 0
	var out []spot
	for _, j := range places {
		w, err := s.whole(j.seg, j.from, j.to)
		if err != nil {
			return nil, err
		}
		last := spot{to: -1}
		put := func() {
			if last.distance > limit {
				return // since the scan of this stretch began, enough are nearer
			}
			out = append(out, last)
			count[last.distance]++
			for total++; limit > 0 && total-count[limit] >= keep; limit-- {
				total -= count[limit] // enough are nearer
			}
		}
		pat.scan(w.letters, limit, func(e, d int) {
			if e += j.from; last.to >= 0 && e-last.to < n {
				if d < last.distance {
					last.to, last.distance, last.from = e, d, max(j.from, e-n)
				}
				return
			}
			if last.to >= 0 {
				put()
			}
			last = spot{seg: j.seg, run: j.run, from: max(j.from, e-n), to: e, distance: d, part: pi}
		})
		if last.to >= 0 {
			put()
		}
	}
	return slices.DeleteFunc(out, func(x spot) bool { return x.distance > limit }), nil
}
