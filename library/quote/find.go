package quote

import (
	"cmp"
	"container/heap"
	"context"
	"encoding/binary"
	"math"
	"slices"
	"sort"
	"strings"
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
	maxGrams    = 96 // of a part that are looked up
	maxHits     = 1 << 20
	fewHits     = 200_000
	fewGrams    = 10
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
}

// A span is a stretch of letters of a segment, to excluded.
type span struct{ from, to int }

type folded struct {
	text string
	Folded
}

// A spot is where a part may stand: its letters in a run of a segment.
type spot struct {
	seg, run int
	from, to int // letters of the segment
	distance int // as Myers counts
	part     int
}

func (f *Finder) start(ctx context.Context, quotation string, parts []part) (*search, error) {
	s := &search{Finder: f, ctx: ctx, quotation: quotation, cased: cased(quotation), parts: parts, known: map[int64]*folded{}, wholes: map[[3]int]window{}, pats: make([]*pattern, len(parts))}
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

// end is the letter after the i-th passage.
func (s *Segment) end(i int) int {
	if i+1 < len(s.Starts) {
		return int(s.Starts[i+1])
	}
	return s.Letters
}

// A hit is a gram of a part that the library knows.
type hit struct {
	offset int // in the part
	count  int // how often it stands in the library
	data   [][]byte
}

// lookUp finds the grams of a part in every segment.
func (s *search) lookUp(p *part) ([]hit, error) {
	type want struct {
		key  uint32
		hits []int
	}
	var hits []hit
	byKey := map[uint32]int{}
	var wants []want
	all := 0
	for range grams(p.Letters, gramWeight) {
		all++
	}
	// Of a long part every so manieth is enough.
	step := max(1, all/(2*maxGrams))
	for at, h := range grams(p.Letters, gramWeight) {
		if h&sampleMask != 0 || at/2%step != 0 {
			continue
		}
		k := key(h)
		i, ok := byKey[k]
		if !ok {
			i = len(wants)
			byKey[k] = i
			wants = append(wants, want{key: k})
		}
		wants[i].hits = append(wants[i].hits, len(hits))
		hits = append(hits, hit{offset: at, data: make([][]byte, len(s.segs))})
	}
	slices.SortFunc(wants, func(a, b want) int { return cmp.Compare(a.key, b.key) })
	keys := make([]uint32, len(wants))
	for i, w := range wants {
		keys[i] = w.key
	}
	err := s.postings(keys, func(si, i, count int, data []byte) {
		for _, h := range wants[i].hits {
			hits[h].count += count
			hits[h].data[si] = data
		}
	})
	return hits, err
}

// postings looks keys up, which rise, in every segment, and calls found for each: i is
// which of the keys it is.
func (s *search) postings(keys []uint32, found func(si, i, count int, data []byte)) error {
	for si, seg := range s.segs {
		var numbers []int
		for _, k := range keys {
			if b := seg.Bucket(k); len(numbers) == 0 || numbers[len(numbers)-1] != b {
				numbers = append(numbers, b)
			}
		}
		if len(numbers) == 0 {
			continue
		}
		buckets, err := s.Index.Buckets(s.ctx, seg, numbers)
		if err != nil {
			return err
		}
		at := 0
		for i, k := range keys {
			for numbers[at] != seg.Bucket(k) {
				at++
			}
			count, data, err := seg.postings(buckets[at], k)
			if err != nil {
				return err
			}
			found(si, i, count, data)
		}
	}
	return nil
}

// gain is what each letter of a part is worth, in sixteenths of a bit: how rare
// the grams around it are here. Where none is known, the letter is damaged, or
// the words are new, and it is worth what a letter usually is.
func (s *search) gain(p *part, hits []hit) []int32 {
	n := len(p.Letters)
	sum, count := make([]float64, n), make([]int, n)
	total := math.Log2(float64(max(s.letters, 1024)))
	for _, h := range hits {
		if h.count == 0 {
			continue
		}
		info := max(total-math.Log2(float64(h.count)), 1)
		w := 0
		for j := h.offset; j < n && w < gramWeight; j++ {
			w += p.Letters[j].weight()
		}
		for j, weight := h.offset, 0; j < n && weight < gramWeight; j++ {
			sum[j] += info * float64(p.Letters[j].weight()) / float64(w)
			count[j]++
			weight += p.Letters[j].weight()
		}
	}
	out := make([]int32, n)
	for j := range out {
		weight := float64(p.Letters[j].weight())
		worth := 2 * weight
		if count[j] > 0 {
			worth = sum[j] / float64(count[j])
		}
		out[j] = int32(bit * min(max(worth, 0.8*weight), 3.2*weight))
		if p.Opens[j] && weight == 1 {
			out[j] += together
		}
	}
	return out
}

// A cell is a diagonal that got votes.
type cell struct {
	votes    int
	seg, num int
}

type cells []cell

// Len, Less, Swap, Push and Pop make cells a heap whose root has the fewest votes.
func (c cells) Len() int           { return len(c) }
func (c cells) Less(i, j int) bool { return c[i].votes < c[j].votes }
func (c cells) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }

// Push implements heap.Interface.
func (c *cells) Push(x any) { *c = append(*c, x.(cell)) }

// Pop implements heap.Interface.
func (c *cells) Pop() any {
	old := *c
	x := old[len(old)-1]
	*c = old[:len(old)-1]
	return x
}

// vote lets the grams of a part vote for the diagonals that they lie on, each as
// loud as it is rare, and gives the k with most votes.
func (s *search) vote(hits []hit, n, k, width int) []cell {
	rare := make([]*hit, 0, len(hits))
	for i := range hits {
		if hits[i].count > 0 {
			rare = append(rare, &hits[i])
		}
	}
	slices.SortFunc(rare, func(a, b *hit) int { return a.count - b.count })
	// The rare ones find a place; the common ones add to it what they cost. A few
	// are asked all the same, for rare ones are often damaged.
	read := 0
	for i, h := range rare {
		if read += h.count; read > fewHits && i >= fewGrams || read > maxHits && i > 0 {
			rare = rare[:i]
			break
		}
	}
	total := math.Log2(float64(max(s.letters, 1024)))
	var best cells
	var votes []uint16
	bias := n // so that none is negative
	for si, seg := range s.segs {
		if len(s.live[si]) == 0 {
			continue
		}
		size := (seg.Letters+bias)>>width + 3
		if cap(votes) < size {
			votes = make([]uint16, size)
		}
		votes = votes[:size]
		clear(votes)
		for _, h := range rare {
			loud := uint16(4 * max(total-math.Log2(float64(h.count)), 1))
			at := uint64(0)
			for data := h.data[si]; len(data) > 0; {
				d, size := uint64(data[0]), 1
				if d >= 0x80 {
					if d, size = binary.Uvarint(data); size <= 0 {
						break
					}
				}
				at += d
				data = data[size:]
				if c := (int(at<<fineBits) - h.offset + bias) >> width; uint(c) < uint(len(votes)) {
					votes[c] += loud
				}
			}
		}
		for _, live := range s.live[si] {
			from, to := max(1, live.from>>width), min(len(votes)-2, (live.to+bias)>>width+1)
			for i := from; i < to; i++ {
				v := int(votes[i]) + int(votes[i+1])
				if v < 40 || v < int(votes[i-1])+int(votes[i]) || v <= int(votes[i+1])+int(votes[i+2]) && i+2 < to {
					continue
				}
				if len(best) < k {
					heap.Push(&best, cell{v, si, i})
				} else if v > best[0].votes {
					best[0] = cell{v, si, i}
					heap.Fix(&best, 0)
				}
			}
		}
	}
	// What lies far behind the best is chance.
	top := 0
	for _, c := range best {
		top = max(top, c.votes)
	}
	return slices.DeleteFunc(best, func(c cell) bool { return c.votes*behind < top })
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

// around are the stretches that cells of n letters stand for, with some letters on
// both sides.
func (s *search) around(found []cell, n, width, slack int) []stretch {
	var out []stretch
	for _, c := range found {
		diagonal := c.num<<width - n
		from, to := diagonal-slack, diagonal+2<<width+n+slack
		// The middle says which run it is in.
		mid := diagonal + n/2 + 1<<width
		live := s.live[c.seg]
		li := sort.Search(len(live), func(i int) bool { return live[i].to > mid })
		if li == len(live) {
			li--
		}
		mid = min(max(mid, live[li].from), live[li].to-1)
		run, rf, rt := s.segs[c.seg].runAt(mid)
		from, to = max(from, rf, live[li].from), min(to, rt, live[li].to)
		if from < to {
			out = append(out, stretch{c.seg, run, from, to})
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

// whole is the window of a run, which is kept: a quotation of several parts reads
// it several times.
func (s *search) whole(si, from, to int) (window, error) {
	k := [3]int{si, from, to}
	if w, ok := s.wholes[k]; ok {
		return w, nil
	}
	w, err := s.window(si, from, to)
	if err == nil {
		s.wholes[k] = w
	}
	return w, err
}

// runAt is the run that a letter is in, and its letters.
func (s *Segment) runAt(letter int) (run, from, to int) {
	p := s.passageAt(letter)
	for i, r := range s.Runs {
		n := int(r.Last-r.First) + 1
		if p < n {
			first := 0
			for j := range i {
				first += int(s.Runs[j].Last-s.Runs[j].First) + 1
			}
			return i, int(s.Starts[first]), s.end(first + n - 1)
		}
		p -= n
	}
	return 0, 0, 0
}

// passageAt is the number, in the segment, of the passage that a letter is in.
func (s *Segment) passageAt(letter int) int {
	i := sort.Search(len(s.Starts), func(i int) bool { return int(s.Starts[i]) > letter })
	return max(i-1, 0)
}

// id is the id of the segment's p-th passage.
func (s *Segment) id(p int) int64 {
	for _, r := range s.Runs {
		n := int(r.Last-r.First) + 1
		if p < n {
			return r.First + int64(p)
		}
		p -= n
	}
	return 0
}

// passages are the ids of those that have letters from one to another.
func (s *Segment) passages(from, to int) []int64 {
	var out []int64
	for p := s.passageAt(from); p < len(s.Starts) && int(s.Starts[p]) < to; p++ {
		out = append(out, s.id(p))
	}
	return out
}

// fetch reads passages that are not known yet.
func (s *search) fetch(ids []int64) error {
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id int64) bool { return s.known[id] != nil })
	if len(ids) == 0 {
		return nil
	}
	return s.Texts.Texts(s.ctx, ids, func(id int64, text string) error {
		s.known[id] = &folded{text, Fold(text)}
		return s.ctx.Err()
	})
}

// A window is a stretch of a run: its letters, and which passages they are from.
type window struct {
	letters []Letter
	opens   []bool
	from    int // the first letter, in the segment
	seg     *Segment
	first   int // passage, in the segment
}

// window cuts a stretch of one run out of its passages.
func (s *search) window(si, from, to int) (window, error) {
	seg := s.segs[si]
	w := window{from: from, seg: seg, first: seg.passageAt(from)}
	if err := s.fetch(seg.passages(from, to)); err != nil {
		return w, err
	}
	for p := w.first; p < len(seg.Starts) && int(seg.Starts[p]) < to; p++ {
		f := s.known[seg.id(p)]
		if f == nil || len(f.Letters) != seg.end(p)-int(seg.Starts[p]) {
			return w, errBucket
		}
		a, b := max(0, from-int(seg.Starts[p])), min(len(f.Letters), to-int(seg.Starts[p]))
		if a == 0 && b == len(f.Letters) && w.letters == nil && seg.end(p) >= to {
			w.letters, w.opens = f.Letters, f.Opens
			continue
		}
		if w.letters == nil && seg.end(p) >= to {
			w.letters, w.opens = f.Letters[a:b:b], f.Opens[a:b:b]
			continue
		}
		w.letters, w.opens = append(w.letters, f.Letters[a:b]...), append(w.opens, f.Opens[a:b]...)
	}
	return w, nil
}

// hull is the text of the passages between two letters, which were read, parted by line breaks,
// and where in it each letter from from to to stands.
func (s *search) hull(si, from, to int) (first, last int64, text string, at []int32) {
	seg := s.segs[si]
	p := seg.passageAt(from)
	first = seg.id(p)
	var b strings.Builder
	for ; p < len(seg.Starts) && int(seg.Starts[p]) < to; p++ {
		f := s.known[seg.id(p)]
		if b.Len() > 0 {
			b.WriteByte('\n')
		}
		for i := max(0, from-int(seg.Starts[p])); i < min(len(f.Letters), to-int(seg.Starts[p])); i++ {
			at = append(at, int32(b.Len())+f.At[i])
		}
		b.WriteString(f.text)
		last = seg.id(p)
	}
	return first, last, b.String(), at
}
