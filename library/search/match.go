package search

import (
	"cmp"
	"context"
	"encoding/binary"
	"math/bits"
	"slices"
)

// A bitmap says of each passage of a window whether it is meant.
type bitmap [window / 64]uint64

func (m *bitmap) has(i uint32) bool { return m[i/64%(window/64)]>>(i%64)&1 == 1 }
func (m *bitmap) set(i uint32)      { m[i/64%(window/64)] |= 1 << (i % 64) }

// setRange sets the bits from one to another, both included.
func (m *bitmap) setRange(from, to uint32) {
	for w := from / 64; w <= to/64; w++ {
		m[w] |= mask(w, from, to)
	}
}

// mask is the bits of word w that are from one bit to another.
func mask(w, from, to uint32) uint64 {
	x := ^uint64(0)
	if w == from/64 {
		x &= ^uint64(0) << (from % 64)
	}
	if w == to/64 {
		x &= ^uint64(0) >> (63 - to%64)
	}
	return x
}

// any reports whether a bit from one to another is set.
func (m *bitmap) any(from, to uint32) bool {
	for w := from / 64; w <= to/64; w++ {
		if m[w]&mask(w, from, to) != 0 {
			return true
		}
	}
	return false
}

func (m *bitmap) and(o *bitmap) (some bool) {
	var x uint64
	for i := range m {
		m[i] &= o[i]
		x |= m[i]
	}
	return x != 0
}

func (m *bitmap) count() (n int) {
	for _, w := range m {
		n += bits.OnesCount64(w)
	}
	return n
}

// each calls fn with each bit that is set.
func (m *bitmap) each(fn func(i uint32)) {
	for i, w := range m {
		for ; w != 0; w &= w - 1 {
			fn(uint32(i*64 + bits.TrailingZeros64(w)))
		}
	}
}

// A scope is the window that is being looked at, in a part.
type scope struct {
	ctx      context.Context
	x        *Index
	part     *part
	from, to uint32 // its first passage and its last, in the part

	docs, times [blockDocs]uint32
	block       block
}

// A source is a word of a query in the part that is being looked at: one list,
// or one for each token that the word means.
type source struct {
	word    *word
	entries [][]entry // by part
	lists   []reader  // in the part that is being looked at
	in      int       // in how many passages of the index at most
	bound   byte      // of the blocks that the last match read
}

// A reader is a list and how far the windows have come in it.
type reader struct {
	refs []ref
	at   int
}

// enter begins with a part.
func (s *source) enter(part int) {
	s.lists = s.lists[:0]
	for _, e := range s.entries[part] {
		s.lists = append(s.lists, reader{refs: e.refs})
	}
}

// visit calls fn with each block of the source in the window that holds a
// passage of within, and the chunk that it is in.
func (c *scope) visit(s *source, within *bitmap, fn func(r *ref, b *block) error) error {
	for i := range s.lists {
		l := &s.lists[i]
		for l.at < len(l.refs) && l.refs[l.at].last < c.from {
			if r := &l.refs[l.at]; r.id != 0 {
				r.docs, r.places = nil, nil
			}
			l.at++
		}
		for j := l.at; j < len(l.refs) && l.refs[j].first <= c.to; j++ {
			r := &l.refs[j]
			if !within.any(max(r.first, c.from)-c.from, min(r.last, c.to)-c.from) {
				continue
			}
			if err := c.x.readDocs(c.ctx, r); err != nil {
				return err
			}
			b := &c.block
			for from := (blocks{data: r.docs}); from.read(b) && b.first <= c.to; {
				if b.last < c.from || !within.any(max(b.first, c.from)-c.from, min(b.last, c.to)-c.from) {
					continue
				}
				if err := fn(r, b); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// match sets the bits of the passages of within in which the word stands.
func (c *scope) match(s *source, within, out *bitmap) (some bool, err error) {
	*out = bitmap{}
	s.bound = 0
	err = c.visit(s, within, func(_ *ref, b *block) error {
		s.bound = max(s.bound, b.bound)
		if b.bitmap && c.from <= b.first && b.last < c.to {
			out.set(b.first - c.from)
			at := b.first + 1 - c.from
			for i := 0; i < len(b.docs); i += 8 {
				w := word64(b.docs[i:])
				out[at/64%(window/64)] |= w << (at % 64)
				if over := w >> 1 >> (63 - at%64); over != 0 {
					out[(at/64+1)%(window/64)] |= over
				}
				at += 64
			}
			return nil
		}
		for _, d := range b.passages(&c.docs) {
			if i := d - c.from; i < window {
				out.set(i)
			}
		}
		return nil
	})
	return out.and(within), err
}

// places appends where the word stands in the passages of within: the passage
// in the upper half, the position in the lower, rising.
func (c *scope) places(s *source, within *bitmap, out []uint64) ([]uint64, error) {
	err := c.eachPlaces(s, within, func(d, n uint32, data []byte) (at int) {
		key := uint64(d) << 32
		for ; n > 0; n-- {
			x := uint32(data[at])
			at++
			if x >= 0x80 {
				x, at = uvarint(data, at-1)
			}
			key += uint64(x)
			out = append(out, key)
		}
		return at
	})
	if len(s.lists) > 1 {
		slices.Sort(out)
	}
	return out, err
}

// follow keeps those of some places, rising, that the word stands so many after.
func (c *scope) follow(s *source, within *bitmap, some []uint64, after int) ([]uint64, error) {
	kept, from := 0, 0
	err := c.eachPlaces(s, within, func(d, n uint32, data []byte) (at int) {
		key := uint64(d) << 32
		for from < len(some) && some[from] < key {
			from++
		}
		for ; n > 0; n-- {
			x := uint32(data[at])
			at++
			if x >= 0x80 {
				x, at = uvarint(data, at-1)
			}
			key += uint64(x)
			for from < len(some) && some[from]+uint64(after) < key {
				from++
			}
			if from == len(some) {
				return 0
			}
			if some[from]+uint64(after) == key {
				some[kept] = some[from]
				kept++
				from++
			}
		}
		return at
	})
	return some[:kept], err
}

// eachPlaces calls fn with each passage of within that the word stands in, how
// often it does, and where, as the difference to the place before. fn gives how
// many bytes of that it read, 0 if not all. A passage may come again for another
// list of the word.
func (c *scope) eachPlaces(s *source, within *bitmap, fn func(d, n uint32, data []byte) int) error {
	return c.visit(s, within, func(r *ref, b *block) error {
		if err := c.x.readPlaces(c.ctx, r); err != nil {
			return err
		}
		data := r.places[b.from:b.to]
		times := b.times(&c.times)
		over := uint32(0) // places of passages before, which nobody asked for
		for i, d := range b.passages(&c.docs) {
			n := times[i]
			if d -= c.from; d >= window || !within.has(d) {
				over += n
				continue
			}
			if over > 0 {
				data, over = data[after(data, over):], 0
			}
			if at := fn(d, n, data); at > 0 {
				data = data[at:]
			} else {
				over = n
			}
		}
		return nil
	})
}

// after is where the n-th number of some data ends.
func after(data []byte, n uint32) (at int) {
	for len(data)-at >= 8 {
		ends := ^binary.LittleEndian.Uint64(data[at:]) & 0x8080808080808080
		if has := uint32(bits.OnesCount64(ends)); has >= n {
			for ; n > 1; n-- {
				ends &= ends - 1
			}
			return at + bits.TrailingZeros64(ends)/8 + 1
		} else {
			n -= has
		}
		at += 8
	}
	for ; n > 0; at++ {
		if data[at] < 0x80 {
			n--
		}
	}
	return at
}

// A leaf is a word, a phrase or a NEAR of a query: what is scored.
type leaf struct {
	phrases [][]*source
	within  int
	scored  bool
	weight  float32 // what it gives at most

	hits   []hit // in the window, unless it is a word
	lists  [][]uint64
	second []uint64
	tmp    bitmap
	seen   bitmap  // the passages of the window where it was looked for and found
	bound  float32 // in the window, 0 where it was not found
}

// A hit is a passage of the window and how often a leaf stands in it.
type hit struct {
	doc   uint32
	times uint32
}

// single is the source of a leaf that is one word, nil for others.
func (l *leaf) single() *source {
	if len(l.phrases) == 1 && len(l.phrases[0]) == 1 {
		return l.phrases[0][0]
	}
	return nil
}

// match sets the bits of the passages of within in which the leaf stands.
func (l *leaf) match(c *scope, within, out *bitmap) (some bool, err error) {
	if some, err = l.find(c, within, out); some {
		l.seen = *out
	} else {
		l.bound = 0
	}
	return some, err
}

func (l *leaf) find(c *scope, within, out *bitmap) (bool, error) {
	if s := l.single(); s != nil {
		some, err := c.match(s, within, out)
		l.bound = l.weight
		if len(s.lists) == 1 {
			l.bound = l.weight * min(1, float32(s.bound)/255*max(1, float32(c.x.mean/c.part.mean)))
		}
		return some, err
	}
	// All its words must stand in a passage, before it is looked at where.
	l.bound = l.weight
	*out = *within
	for _, s := range l.rarest() {
		some, err := c.match(s, out, &l.tmp)
		if err != nil || !some {
			*out = bitmap{}
			return false, err
		}
		*out = l.tmp
	}
	if few, many := l.pair(); many != nil {
		if err := l.nearby(c, few, many, out); err != nil {
			return false, err
		}
		return l.found(out), nil
	}
	if len(l.lists) < len(l.phrases) {
		l.lists = make([][]uint64, len(l.phrases))
	}
	for i, ph := range l.phrases {
		starts, err := l.starts(c, ph, out, l.lists[i][:0])
		if err != nil {
			return false, err
		}
		l.lists[i] = starts
	}
	if len(l.phrases) == 1 {
		for _, key := range l.lists[0] {
			l.hit(uint32(key >> 32))
		}
	} else {
		l.near()
	}
	return l.found(out), nil
}

// found sets the bits of the passages of the hits.
func (l *leaf) found(out *bitmap) bool {
	*out = bitmap{}
	for _, h := range l.hits {
		out.set(h.doc)
	}
	return len(l.hits) > 0
}

// pair are the two words of a NEAR that is of two words, the rarer first; nil for
// others.
func (l *leaf) pair() (few, many *source) {
	if len(l.phrases) != 2 || len(l.phrases[0]) != 1 || len(l.phrases[1]) != 1 {
		return nil, nil
	}
	few, many = l.phrases[0][0], l.phrases[1][0]
	if many.in < few.in {
		few, many = many, few
	}
	if len(many.lists) > 1 { // its places do not rise
		return nil, nil
	}
	return few, many
}

// nearby is near for two words, without a list of where the more common one
// stands.
func (l *leaf) nearby(c *scope, few, many *source, within *bitmap) (err error) {
	if l.second, err = c.places(few, within, l.second[:0]); err != nil {
		return err
	}
	some, far := l.second, uint32(l.within)+1
	return c.eachPlaces(many, within, func(d, n uint32, data []byte) (at int) {
		for len(some) > 0 && uint32(some[0]>>32) < d {
			some = some[1:]
		}
		here := 0
		for here < len(some) && uint32(some[here]>>32) == d {
			here++
		}
		others := some[:here]
		some = some[here:]
		times, place := uint32(0), uint32(0)
		for ; n > 0 && len(others) > 0; n-- {
			x := uint32(data[at])
			at++
			if x >= 0x80 {
				x, at = uvarint(data, at-1)
			}
			place += x
			for len(others) > 0 && uint32(others[0]) <= place {
				times += upTo(place-uint32(others[0]), far)
				others = others[1:]
			}
			if len(others) > 0 {
				times += upTo(uint32(others[0])-place, far)
			}
		}
		if times > 0 {
			l.hits = append(l.hits, hit{d, times})
		}
		if n > 0 {
			return 0
		}
		return at
	})
}

// upTo is 1 if x is no more than most, else 0, without a branch: which it is
// cannot be foretold.
func upTo(x, most uint32) uint32 { return uint32((uint64(x) - uint64(most) - 1) >> 63) }

// rarest are the words of a leaf, the rarest first.
func (l *leaf) rarest() []*source {
	all := slices.Concat(l.phrases...)
	slices.SortStableFunc(all, func(a, b *source) int { return cmp.Compare(a.in, b.in) })
	return all
}

func (l *leaf) hit(doc uint32) {
	if n := len(l.hits) - 1; n >= 0 && l.hits[n].doc == doc {
		l.hits[n].times++
		return
	}
	l.hits = append(l.hits, hit{doc, 1})
}

// starts are where a phrase begins in the passages of within. The rarest word
// says where it may; each further one is looked at in the passages that are left.
func (l *leaf) starts(c *scope, ph []*source, within *bitmap, out []uint64) ([]uint64, error) {
	order := make([]int, len(ph))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(ph[a].in, ph[b].in) })
	rare := order[0]
	out, err := c.places(ph[rare], within, out)
	if err != nil || len(ph) == 1 {
		return out, err
	}
	n := 0
	for _, key := range out {
		if uint32(key) >= uint32(rare) {
			out[n] = key - uint64(rare)
			n++
		}
	}
	out = out[:n]
	for k, i := range order[1:] {
		if len(out) == 0 {
			break
		}
		left := within
		if k > 0 {
			left = &l.tmp
			*left = bitmap{}
			for _, key := range out {
				left.set(uint32(key >> 32))
			}
		}
		if len(ph[i].lists) == 1 {
			if out, err = c.follow(ph[i], left, out, i); err != nil {
				return out, err
			}
			continue
		}
		if l.second, err = c.places(ph[i], left, l.second[:0]); err != nil {
			return out, err
		}
		out = both(out, l.second, uint64(i))
	}
	return out, nil
}

// both keeps those of some places that one of others stands so many after; all
// rise.
func both(some, others []uint64, after uint64) []uint64 {
	n, at := 0, 0
	for _, key := range some {
		for at < len(others) && others[at] < key+after {
			at++
		}
		if at == len(others) {
			break
		}
		if others[at] == key+after {
			some[n] = key
			n++
		}
	}
	return some[:n]
}

// near finds where the phrases stand near one another: of each start, those of
// the others that come soonest after it.
func (l *leaf) near() {
	lists := slices.Clone(l.lists[:len(l.phrases)])
	for {
		first, most := 0, uint64(0)
		for i, starts := range lists {
			if len(starts) == 0 {
				return
			}
			if starts[0] < lists[first][0] {
				first = i
			}
			most = max(most, starts[0])
		}
		least := lists[first][0]
		if most>>32 == least>>32 && int64(most)-int64(least)-int64(len(l.phrases[first])) <= int64(l.within) {
			l.hit(uint32(least >> 32))
		}
		lists[first] = lists[first][1:]
	}
}

// A node is an expression of a query, ready to be matched.
type node struct {
	op   operator
	leaf *leaf
	args []*node
	in   int // in how many passages at most
	tmp  bitmap
}

// match sets the bits of the passages of within that the node matches.
func (n *node) match(c *scope, within, out *bitmap) (some bool, err error) {
	switch n.op {
	case isAll:
		*out = *within
		for _, a := range n.args {
			if some, err = a.match(c, out, &n.tmp); err != nil || !some {
				*out = bitmap{}
				return false, err
			}
			*out = n.tmp
		}
		return true, nil
	case isAny:
		*out = bitmap{}
		for _, a := range n.args {
			one, err := a.match(c, within, &n.tmp)
			if err != nil {
				return false, err
			}
			if one {
				some = true
				for i := range out {
					out[i] |= n.tmp[i]
				}
			}
		}
		return some, nil
	case isBut:
		if some, err = n.args[0].match(c, within, out); err != nil || !some {
			return false, err
		}
		for _, a := range n.args[1:] {
			if _, err := a.match(c, out, &n.tmp); err != nil {
				return false, err
			}
			some = false
			for i := range out {
				out[i] &^= n.tmp[i]
				some = some || out[i] != 0
			}
			if !some {
				return false, nil
			}
		}
		return true, nil
	}
	return n.leaf.match(c, within, out)
}
