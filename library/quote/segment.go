package quote

import (
	"encoding/binary"
	"errors"
	"iter"
	"math/bits"
	"sort"
)

// The index knows every other gram of a text (by its hash, so that the same gram
// is known everywhere or nowhere), and where it stands, to eight letters.
const (
	gramWeight = 6 // of a gram's letters together
	sampleMask = 1 // a gram is known if its hash has none of these bits
	fineBits   = 3 // positions are kept in units of 1<<fineBits letters
	perBucket  = 4096
)

// A Run is a stretch of consecutive passages of one text within a segment.
type Run struct {
	Text        int64
	First, Last int64 // ids of passages, both included
}

// A Segment is the index of some runs, as one stream of letters. Its postings are
// in buckets apart, which whoever keeps it reads as they are asked for.
type Segment struct {
	ID      int64 // its keeper's
	Letters int
	Bits    int // there are 1<<Bits buckets
	Runs    []Run
	// Starts has, for each passage in order, the letter at which it begins.
	Starts []uint32
}

// Buckets is how many buckets there are.
func (s *Segment) Buckets() int { return 1 << s.Bits }

// MaxLetters bounds a segment, so that building one takes some 300 MB at most.
const MaxLetters = 16 << 20

// A Builder makes a segment out of passages, which are added in order.
type Builder struct {
	seg   Segment
	tail  []Letter // of the run, for the grams that cross into the next passage
	grams []uint64 // hash and position
	words []uint32 // hashes of words and of pairs
}

// Letters is how many letters were added.
func (b *Builder) Letters() int { return b.seg.Letters }

// Add adds a passage. One that follows the passage before it in the same text
// continues its run.
func (b *Builder) Add(text, id int64, content string) {
	n := len(b.seg.Runs)
	if n == 0 || b.seg.Runs[n-1].Text != text || b.seg.Runs[n-1].Last+1 != id {
		b.seg.Runs = append(b.seg.Runs, Run{Text: text, First: id, Last: id})
		b.tail = b.tail[:0]
	} else {
		b.seg.Runs[n-1].Last = id
	}
	f := Fold(content)
	b.seg.Starts = append(b.seg.Starts, uint32(b.seg.Letters))
	base := b.seg.Letters - len(b.tail)
	b.tail = append(b.tail, f.Letters...)
	b.seg.Letters += len(f.Letters)
	done := 0
	for at, h := range grams(b.tail, gramWeight) {
		done = at + 1
		if h&sampleMask == 0 {
			b.grams = append(b.grams, uint64(key(h))<<32|uint64(base+at)>>fineBits)
		}
	}
	b.tail = append(b.tail[:0], b.tail[done:]...)
	b.addWords(&f)
}

// Build ends the segment and gives its buckets.
func (b *Builder) Build() (*Segment, [][]byte) {
	s := b.seg
	for s.Bits = 0; len(b.grams)>>s.Bits > perBucket && s.Bits < 20; s.Bits++ {
	}
	sorted := sortByKey(b.grams)
	words := repeated(b.words)
	b.grams, b.words = nil, nil
	out := make([][]byte, s.Buckets())
	var one []byte
	i, j := 0, 0
	for n := range out {
		buf := make([]byte, 0, 2*perBucket)
		// The keys of a bucket are told by their differences.
		previous := uint64(n) << (32 - s.Bits)
		put := func(k uint32, count int, data []byte) {
			buf = binary.AppendUvarint(buf, uint64(k)-previous)
			previous = uint64(k)
			buf = binary.AppendUvarint(buf, uint64(count))
			buf = binary.AppendUvarint(buf, uint64(len(data)))
			buf = append(buf, data...)
		}
		for i < len(sorted) && s.Bucket(uint32(sorted[i]>>32)) == n {
			k := uint32(sorted[i] >> 32)
			for ; j < len(words) && words[j].key < k; j++ {
				put(words[j].key, int(words[j].count), nil)
			}
			for j < len(words) && words[j].key == k {
				j++ // it is taken: one in thousands
			}
			count, last := 0, uint64(0)
			one = one[:0]
			for first := i; i < len(sorted) && uint32(sorted[i]>>32) == k; i++ {
				at := uint64(uint32(sorted[i]))
				if i > first && at == last {
					continue
				}
				one = binary.AppendUvarint(one, at-last)
				last = at
				count++
			}
			put(k, count, one)
		}
		for ; j < len(words) && s.Bucket(words[j].key) == n; j++ {
			put(words[j].key, int(words[j].count), nil)
		}
		out[n] = buf
	}
	return &s, out
}

// Bucket is the bucket that knows a gram's key.
func (s *Segment) Bucket(key uint32) int { return int(uint64(key) >> (32 - s.Bits)) }

// errBucket says that a bucket is not what Build made.
var errBucket = errors.New("quote: the index is damaged; it must be built anew")

// postings finds a gram in its bucket: how often it stands in the segment, and
// where, as differences.
func (s *Segment) postings(bucket []byte, key uint32) (count int, data []byte, err error) {
	at := uint64(s.Bucket(key)) << (32 - s.Bits)
	for len(bucket) > 0 {
		d, n := binary.Uvarint(bucket)
		if n <= 0 {
			return 0, nil, errBucket
		}
		bucket = bucket[n:]
		c, n := binary.Uvarint(bucket)
		if n <= 0 {
			return 0, nil, errBucket
		}
		bucket = bucket[n:]
		size, n := binary.Uvarint(bucket)
		if n <= 0 || uint64(len(bucket)-n) < size {
			return 0, nil, errBucket
		}
		bucket = bucket[n:]
		at += d
		if at == uint64(key) {
			return int(c), bucket[:size], nil
		}
		if at > uint64(key) {
			break
		}
		bucket = bucket[size:]
	}
	return 0, nil, nil
}

// sortByKey sorts by the upper half, in place of equals as they were: a radix
// sort, for there are millions.
func sortByKey(a []uint64) []uint64 {
	const digit = 11
	b := make([]uint64, len(a))
	for shift := 32; shift < 64; shift += digit {
		var count [1 << digit]int
		for _, x := range a {
			count[x>>shift&(1<<digit-1)]++
		}
		sum := 0
		for i, c := range count {
			count[i], sum = sum, sum+c
		}
		for _, x := range a {
			d := x >> shift & (1<<digit - 1)
			b[count[d]] = x
			count[d]++
		}
		a, b = b, a
	}
	return a
}

// grams yields each gram's place and hash. A gram is as many letters as have a
// weight together.
func grams(letters []Letter, size int) iter.Seq2[int, uint64] {
	return func(yield func(int, uint64) bool) {
		for i := range letters {
			h, w := uint64(0), 0
			j := i
			for ; j < len(letters) && w < size; j++ {
				h = (h ^ uint64(letters[j])) * 0x9E3779B97F4A7C15
				h = bits.RotateLeft64(h, 23)
				w += letters[j].weight()
			}
			if w < size {
				return
			}
			if !yield(i, mix(h)) {
				return
			}
		}
	}
}

// mix spreads what differs over all bits (the finalizer of MurmurHash3).
func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func key(h uint64) uint32 { return uint32(h >> 32) }

// EncodeRuns and EncodeStarts make bytes of a segment's tables; DecodeTables
// reads them.
func (s *Segment) EncodeRuns() []byte {
	var out []byte
	for _, r := range s.Runs {
		out = binary.AppendVarint(out, r.Text)
		out = binary.AppendVarint(out, r.First)
		out = binary.AppendVarint(out, r.Last-r.First)
	}
	return out
}

// EncodeStarts is EncodeRuns for where passages begin.
func (s *Segment) EncodeStarts() []byte {
	var out []byte
	last := uint32(0)
	for _, x := range s.Starts {
		out = binary.AppendUvarint(out, uint64(x-last))
		last = x
	}
	return out
}

// DecodeTables sets Runs and Starts from what EncodeRuns and EncodeStarts gave.
func (s *Segment) DecodeTables(runs, starts []byte) error {
	var v [3]int64
	passages := int64(0)
	for len(runs) > 0 {
		for i := range v {
			x, n := binary.Varint(runs)
			if n <= 0 {
				return errBucket
			}
			v[i], runs = x, runs[n:]
		}
		if v[2] < 0 {
			return errBucket
		}
		s.Runs = append(s.Runs, Run{Text: v[0], First: v[1], Last: v[1] + v[2]})
		passages += v[2] + 1
	}
	if passages > int64(len(starts)) {
		return errBucket // each passage takes a byte at least
	}
	s.Starts = make([]uint32, 0, passages)
	at := uint64(0)
	for len(starts) > 0 {
		d, n := binary.Uvarint(starts)
		if n <= 0 {
			return errBucket
		}
		at, starts = at+d, starts[n:]
		s.Starts = append(s.Starts, uint32(at))
	}
	if int64(len(s.Starts)) != passages {
		return errBucket
	}
	return nil
}

// end is the letter after the i-th passage.
func (s *Segment) end(i int) int {
	if i+1 < len(s.Starts) {
		return int(s.Starts[i+1])
	}
	return s.Letters
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
