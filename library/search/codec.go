package search

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math"
	"math/bits"
)

// ErrDamaged says that the index does not hold what was written. It has to be
// built anew: see Drop.
var ErrDamaged = errors.New("search: the index is damaged")

const (
	blockDocs = 128            // passages in a block
	chunkDocs = 32 * blockDocs // passages in a chunk
)

// The constants of BM25 that most others use.
const (
	k1 = 1.2
	b  = 0.75
)

// A list is what an index knows of a token: passages in rising order, counted
// from the first of the part, how often it stands in each, and where, counted
// in tokens.
type list struct {
	docs, counts []uint32
	places       []uint32 // of one passage after another
}

func (l *list) reset() { l.docs, l.counts, l.places = l.docs[:0], l.counts[:0], l.places[:0] }

// A chunk is some blocks of a list as they are kept.
type chunk struct {
	first, last uint32
	docs        []byte // what a query needs to match and to score
	places      []byte // what a phrase needs too
}

// saturation is how much count of a token in a passage of some length counts
// in BM25, below 1; lengths are in tokens.
func saturation(count uint32, length uint16, mean float32) float32 {
	return float32(count) / (float32(count) + k1*(1-b+b*float32(length)/mean))
}

// chunks writes a list. lengths are those of the part's passages, and mean the
// one that scores are bounded by.
//
// A block is, in unsigned varints but for what is said to be a byte: how many
// passages less one; how far the first is from where the block before ended;
// the bound of the score, a byte; how many bytes of positions there are; and
// then for a single passage its count; otherwise how far the last is from the
// first; the bytes of the passages after the first, times two, plus one for a
// bitmap; the bytes of the counts, and both. Counts are a bit for each that is
// more than one, and then those less two; nothing if all are one.
func (l *list) chunks(lengths []uint16, mean float32) []chunk {
	var out []chunk
	var scratch, counts []byte
	place := 0
	for at := 0; at < len(l.docs); {
		var c chunk
		next := uint32(0)
		c.first = l.docs[at]
		for end := min(len(l.docs), at+chunkDocs); at < end; {
			docs := l.docs[at:min(end, at+blockDocs)]
			times := l.counts[at : at+len(docs)]
			at += len(docs)
			bound, most := float32(0), uint32(0)
			before := len(c.places)
			for i, d := range docs {
				n := times[i]
				bound = max(bound, saturation(n, lengths[d], mean))
				most = max(most, n)
				was := uint32(0)
				for _, p := range l.places[place : place+int(n)] {
					c.places = binary.AppendUvarint(c.places, uint64(p-was))
					was = p
				}
				place += int(n)
			}
			first, last := docs[0], docs[len(docs)-1]
			c.docs = binary.AppendUvarint(c.docs, uint64(len(docs)-1))
			c.docs = binary.AppendUvarint(c.docs, uint64(first-next))
			c.docs = append(c.docs, byte(min(255, math.Ceil(float64(bound)*255))))
			c.docs = binary.AppendUvarint(c.docs, uint64(len(c.places)-before))
			next, c.last = last+1, last
			if len(docs) == 1 {
				c.docs = binary.AppendUvarint(c.docs, uint64(times[0]))
				continue
			}
			scratch, counts = scratch[:0], counts[:0]
			for i, d := range docs[1:] {
				scratch = binary.AppendUvarint(scratch, uint64(d-docs[i]-1))
			}
			kind := uint64(0)
			if size := int(last-first+7) / 8; size <= len(scratch) {
				kind = 1
				scratch = scratch[:size]
				clear(scratch)
				for _, d := range docs[1:] {
					bit := d - first - 1
					scratch[bit/8] |= 1 << (bit % 8)
				}
			}
			if most > 1 {
				counts = append(counts, make([]byte, (len(docs)+7)/8)...)
				for i, n := range times {
					if n > 1 {
						counts[i/8] |= 1 << (i % 8)
						counts = binary.AppendUvarint(counts, uint64(n-2))
					}
				}
			}
			c.docs = binary.AppendUvarint(c.docs, uint64(last-first))
			c.docs = binary.AppendUvarint(c.docs, uint64(len(scratch))<<1|kind)
			c.docs = binary.AppendUvarint(c.docs, uint64(len(counts)))
			c.docs = append(append(c.docs, scratch...), counts...)
		}
		out = append(out, c)
	}
	return out
}

// A block is one that is being read; what it holds is decoded when asked for.
type block struct {
	n           int
	first, last uint32
	bound       byte
	bitmap      bool
	docs        []byte
	counts      []byte
	count       uint32 // of a single passage
	from, to    int    // its positions, in the chunk's
}

// blocks reads the blocks of a chunk one after another.
type blocks struct {
	data  []byte
	next  uint32
	place int
}

// read reads a block and reports whether there was one. The bytes are those
// that chunks wrote: their sum was checked.
func (r *blocks) read(b *block) bool {
	if len(r.data) == 0 {
		return false
	}
	b.n = int(r.uvarint()) + 1
	b.first = r.next + r.uvarint()
	b.bound = r.data[0]
	r.data = r.data[1:]
	b.from = r.place
	r.place += int(r.uvarint())
	b.to = r.place
	if b.n == 1 {
		b.last, b.count = b.first, r.uvarint()
		b.docs, b.counts = nil, nil
	} else {
		b.last = b.first + r.uvarint()
		size := r.uvarint()
		b.bitmap = size&1 == 1
		counts := int(r.uvarint())
		docs := int(size >> 1)
		b.docs, b.counts = r.data[:docs], r.data[docs:docs+counts]
		r.data = r.data[docs+counts:]
	}
	r.next = b.last + 1
	return true
}

func (r *blocks) uvarint() uint32 {
	if x := r.data[0]; x < 0x80 {
		r.data = r.data[1:]
		return uint32(x)
	}
	x, n := binary.Uvarint(r.data)
	r.data = r.data[n:]
	return uint32(x)
}

// uvarint reads a number at i and gives where it ends.
func uvarint(data []byte, i int) (uint32, int) {
	x := uint32(data[i])
	i++
	if x < 0x80 {
		return x, i
	}
	x &= 0x7f
	for shift := 7; ; shift += 7 {
		y := data[i]
		i++
		x |= uint32(y&0x7f) << shift
		if y < 0x80 {
			return x, i
		}
	}
}

// passages decodes the passages of a block.
func (b *block) passages(out *[blockDocs]uint32) []uint32 {
	out[0] = b.first
	n := 1
	switch {
	case b.n == 1:
	case b.bitmap:
		base := b.first + 1
		for i := 0; i < len(b.docs); i += 8 {
			for w := word64(b.docs[i:]); w != 0; w &= w - 1 {
				out[n&(blockDocs-1)] = base + uint32(i*8+bits.TrailingZeros64(w))
				n++
			}
		}
	default:
		doc := b.first
		for i := 0; i < len(b.docs); {
			x := uint32(b.docs[i])
			i++
			if x >= 0x80 {
				x, i = uvarint(b.docs, i-1)
			}
			doc += x + 1
			out[n&(blockDocs-1)] = doc
			n++
		}
	}
	return out[:b.n]
}

// word64 is up to eight bytes as a number.
func word64(data []byte) uint64 {
	if len(data) >= 8 {
		return binary.LittleEndian.Uint64(data)
	}
	var w uint64
	for i, x := range data {
		w |= uint64(x) << (8 * i)
	}
	return w
}

// times decodes how often the token stands in each passage of a block.
func (b *block) times(out *[blockDocs]uint32) []uint32 {
	if b.n == 1 {
		out[0] = b.count
		return out[:1]
	}
	*out = once
	if len(b.counts) == 0 {
		return out[:b.n]
	}
	bitmap := (b.n + 7) / 8
	at := bitmap
	for i := 0; i < bitmap; i += 8 {
		for w := word64(b.counts[i:min(i+8, bitmap)]); w != 0; w &= w - 1 {
			var n uint32
			n, at = uvarint(b.counts, at)
			out[(i*8+bits.TrailingZeros64(w))&(blockDocs-1)] = n + 2
		}
	}
	return out[:b.n]
}

// once is how often a token stands in the passages of most blocks.
var once = func() (t [blockDocs]uint32) {
	for i := range t {
		t[i] = 1
	}
	return t
}()

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal puts a sum behind data that is kept.
func seal(data []byte) []byte {
	return binary.LittleEndian.AppendUint32(data, crc32.Checksum(data, castagnoli))
}

// unseal is sealed data, or ErrDamaged.
func unseal(data []byte) ([]byte, error) {
	n := len(data) - 4
	if n < 0 || crc32.Checksum(data[:n], castagnoli) != binary.LittleEndian.Uint32(data[n:]) {
		return nil, ErrDamaged
	}
	return data[:n], nil
}
