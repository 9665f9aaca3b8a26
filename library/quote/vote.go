package quote

import (
	"cmp"
	"container/heap"
	"encoding/binary"
	"math"
	"slices"
	"sort"
)

// A hit is a gram of a part that the library knows.
type hit struct {
	offset int // in the part
	count  int // how often it stands in the library
	data   [][]byte
}

// lookUp finds the grams of a part in every segment: as many of them as are the part's
// share of all letters that are looked up.
func (s *search) lookUp(p *part, letters int) ([]hit, error) {
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
	most := max(fewGrams, maxGrams*len(p.Letters)/letters)
	step := max(1, all/(2*most))
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
func (c cells) Len() int { return len(c) }

func (c cells) Less(i, j int) bool { return c[i].votes < c[j].votes }

func (c cells) Swap(i, j int) { c[i], c[j] = c[j], c[i] }

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
