package search

import (
	"cmp"
	"container/heap"
	"context"
	"database/sql"
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"golang.org/x/sync/errgroup"
)

// A Range is a run of passage ids, both ends included.
type Range struct{ First, Last int64 }

// A Hit is a passage that matches.
type Hit struct {
	Passage int64
	Score   float64 // the better the larger
}

// A Result is a page of hits, best first, and how many there are in all.
type Result struct {
	Total int
	Hits  []Hit

	weights []float32 // of the query's marks, by how rare they are: see Query.Weigh
}

// Search is a page of the passages that match within the ranges, best first;
// those that are as good as one another come by their id. There must be an
// index: see Stale and Next. The error is ErrDamaged if it has to be built anew.
//
// Passages are scored by BM25 (Robertson and Zaragoza, The Probabilistic
// Relevance Framework, 2009), with k1 = 1.2 and b = 0.75, over all texts of the
// index. A word that stands in n of N passages weighs ln(1 + (N-n+½)/(n+½)), as
// Lucene has it; a phrase and NEAR weigh what their words do together; a
// beginning is as common as the words that begin so are together.
func Search(ctx context.Context, tx *sql.Tx, q Query, ranges []Range, limit, offset int) (Result, error) {
	x, err := Open(ctx, tx)
	if err != nil {
		return Result{}, err
	}
	return x.Search(ctx, q, ranges, limit, offset)
}

// Search is Search on an index that is open.
func (x *Index) Search(ctx context.Context, q Query, ranges []Range, limit, offset int) (r Result, err error) {
	ranges = merged(ranges)
	if len(ranges) == 0 || q.tree == nil {
		return r, nil
	}
	limit, offset = max(0, limit), max(0, offset)
	s, err := x.searching(ctx, q, ranges, limit+offset)
	if err != nil {
		return r, wrap("look up", err)
	}
	all := []*searching{s}
	for _, more := range s.share() {
		other, err := x.searching(ctx, q, more, limit+offset)
		if err != nil {
			return r, wrap("look up", err)
		}
		all = append(all, other)
	}
	var at errgroup.Group
	for _, s := range all {
		at.Go(s.run)
	}
	if err := at.Wait(); err != nil {
		return r, wrap("search", err)
	}
	for _, other := range all[1:] {
		s.total += other.total
		for _, h := range other.best.hits {
			s.best.offer(h)
		}
	}
	slices.SortFunc(s.best.hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Passage, b.Passage)) })
	r.Total, r.weights = s.total, s.weights
	if offset < len(s.best.hits) {
		r.Hits = s.best.hits[offset:]
	}
	return r, nil
}

// searching prepares a search of merged ranges for as many hits as most.
func (x *Index) searching(ctx context.Context, q Query, ranges []Range, most int) (s *searching, err error) {
	s = &searching{scope: scope{ctx: ctx, x: x}, ranges: ranges, best: best{most: most}, perToken: float32(k1 * b / x.mean)}
	if most > 0 && len(q.marks) > 1 {
		s.marks, s.weights = q.marks, make([]float32, len(q.marks))
	}
	s.root, err = s.compile(q.tree, true)
	return s, err
}

const (
	// Where phrases and NEAR have to look at more lists than this, in passages, it
	// takes some tens of milliseconds, and is shared out over processors.
	muchToLookAt = 400_000
	mostShares   = 4
)

// share keeps a part of what is to be searched and gives the others, if it is
// much: words that stand nearly everywhere, and how they stand to each other.
func (s *searching) share() [][]Range {
	lists := 0
	for _, l := range s.leaves {
		if l.single() == nil {
			for _, src := range slices.Concat(l.phrases...) {
				lists += src.in
			}
		}
	}
	if lists < s.x.much || s.x.shares < 2 {
		return nil
	}
	shares := split(s.ranges, s.x.shares)
	s.ranges = shares[0]
	return shares[1:]
}

// split parts merged ranges into at most n of about as many ids.
func split(ranges []Range, n int) (out [][]Range) {
	ids := int64(0)
	for _, r := range ranges {
		ids += r.Last - r.First + 1
	}
	each := max(1, (ids+int64(n)-1)/int64(n))
	var share []Range
	room := each
	for _, r := range ranges {
		for {
			has := r.Last - r.First + 1
			share = append(share, Range{r.First, r.First + min(has, room) - 1})
			if room -= min(has, room); room > 0 {
				break
			}
			r.First = share[len(share)-1].Last + 1
			out, share, room = append(out, share), nil, each
			if r.First > r.Last {
				break
			}
		}
	}
	if share != nil {
		out = append(out, share)
	}
	return out
}

// run goes through all parts.
func (s *searching) run() error {
	s.scores = s.x.cache.scratch()
	defer s.x.cache.scores.Put(s.scores)
	for i := range s.x.parts {
		p := &s.x.parts[i]
		if some := overlap(s.ranges, p.first, p.last); len(some) > 0 {
			if err := s.searchPart(s.root, i, some); err != nil {
				return err
			}
		}
	}
	return nil
}

// merged sorts ranges and joins those that touch.
func merged(ranges []Range) []Range {
	order := func(a, b Range) int { return cmp.Compare(a.First, b.First) }
	if !slices.IsSortedFunc(ranges, order) {
		ranges = slices.Clone(ranges)
		slices.SortFunc(ranges, order)
	}
	var out []Range
	for _, r := range ranges {
		switch n := len(out) - 1; {
		case r.Last < r.First:
		case n >= 0 && r.First <= out[n].Last+1:
			out[n].Last = max(out[n].Last, r.Last)
		default:
			out = append(out, r)
		}
	}
	return out
}

// overlap are those of some merged ranges that have a passage from one to
// another.
func overlap(ranges []Range, first, last int64) []Range {
	from, _ := slices.BinarySearchFunc(ranges, first, func(r Range, id int64) int { return cmp.Compare(r.Last, id) })
	to := from
	for to < len(ranges) && ranges[to].First <= last {
		to++
	}
	return ranges[from:to]
}

// A searching is one search under way.
type searching struct {
	scope
	root    *node
	ranges  []Range
	sources []*source
	leaves  []*leaf
	total   int
	best    best

	marks   []*phrase // whose weights are wanted
	weights []float32

	within, found, wanted bitmap
	lengths               []byte  // of the window's passages, two bytes each
	perToken              float32 // k1 b over the mean length
	scores                *[window]float32
	counts                []uint32 // of a word with several lists
}

// compile looks the words of an expression up. What comes after NOT is not
// scored.
func (s *searching) compile(e *expr, scored bool) (*node, error) {
	n := &node{op: e.op}
	if e.op == isPhrase || e.op == isNear {
		l := &leaf{within: e.within, scored: scored}
		n.in = math.MaxInt
		for _, ph := range e.phrases {
			var sources []*source
			before := l.weight
			for i := range ph.words {
				src, err := s.source(&ph.words[i])
				if err != nil {
					return nil, err
				}
				sources = append(sources, src)
				n.in = min(n.in, src.in)
				l.weight += float32(weight(s.x.passages, src.in))
			}
			l.phrases = append(l.phrases, sources)
			if i := slices.Index(s.marks, ph); i >= 0 {
				s.weights[i] = l.weight - before
			}
		}
		n.leaf = l
		s.leaves = append(s.leaves, l)
		return n, nil
	}
	for i, a := range e.args {
		arg, err := s.compile(a, scored && (e.op != isBut || i == 0))
		if err != nil {
			return nil, err
		}
		n.args = append(n.args, arg)
		switch {
		case e.op == isAny:
			n.in += arg.in
		case i == 0 || e.op == isAll:
			n.in = min(arg.in, cmp.Or(n.in, math.MaxInt))
		}
	}
	if e.op == isAll {
		slices.SortStableFunc(n.args, func(a, b *node) int { return cmp.Compare(a.in, b.in) })
	}
	return n, nil
}

// weight is what a word can give at most that stands in n of N passages.
func weight(passages int64, n int) float64 {
	all, in := float64(passages), float64(min(int64(n), passages))
	return math.Log(1 + (all-in+0.5)/(in+0.5))
}

// source looks a word up in all parts.
func (s *searching) source(w *word) (*source, error) {
	src := &source{word: w, entries: make([][]entry, len(s.x.parts))}
	for i := range s.x.parts {
		p := &s.x.parts[i]
		keep := func(token []byte, e *entry) bool {
			if w.forms != nil && !w.forms.has(string(token)) {
				return true
			}
			e.settle()
			src.entries[i] = append(src.entries[i], entry{e.passages, slices.Clone(e.refs)})
			src.in += e.passages
			return true
		}
		if w.exact() {
			e, err := s.x.find(s.ctx, p, w.text)
			if err != nil {
				return nil, err
			}
			if e.passages > 0 {
				keep(nil, &e)
			}
			continue
		}
		if err := s.x.scan(s.ctx, p, w.text, keep); err != nil {
			return nil, err
		}
	}
	s.sources = append(s.sources, src)
	return src, nil
}

// searchPart goes through the windows of a part.
func (s *searching) searchPart(root *node, i int, ranges []Range) error {
	p := &s.x.parts[i]
	s.part = p
	for _, src := range s.sources {
		src.enter(i)
	}
	for len(ranges) > 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		first := max(ranges[0].First-p.first, 0)
		s.from = uint32(first) &^ (window - 1)
		s.to = min(s.from+window, uint32(p.has())) - 1
		lo, hi := p.first+int64(s.from), p.first+int64(s.to)
		s.within = bitmap{}
		for len(ranges) > 0 && ranges[0].First <= hi {
			r := ranges[0]
			s.within.setRange(uint32(max(r.First, lo)-lo), uint32(min(r.Last, hi)-lo))
			if r.Last > hi { // it goes on in the next window
				rest := slices.Clone(ranges)
				rest[0].First = hi + 1
				ranges = rest
				break
			}
			ranges = ranges[1:]
		}
		for _, l := range s.leaves {
			l.hits, l.bound = l.hits[:0], 0
		}
		some, err := root.match(&s.scope, &s.within, &s.found)
		if err != nil {
			return err
		}
		if some {
			found := s.found.count()
			s.total += found
			if err := s.score(found); err != nil {
				return err
			}
		}
		if hi >= p.last {
			break
		}
	}
	return nil
}

// score scores what was found in the window, some passages, as far as they may be
// among the best.
func (s *searching) score(found int) error {
	if s.best.most == 0 {
		return nil
	}
	var leaves []*leaf
	rest := float32(0)
	for _, l := range s.leaves {
		if l.scored && l.bound > 0 {
			leaves = append(leaves, l)
			rest += l.bound
		}
	}
	slices.SortStableFunc(leaves, func(a, b *leaf) int { return cmp.Compare(b.bound, a.bound) })
	least := s.best.least()
	if rest < least {
		return nil
	}
	at := int(s.from) / window
	var err error
	if s.lengths, err = s.x.lengths(s.ctx, s.part, at); err != nil {
		return err
	}
	s.wanted = s.found
	if found < window/64 {
		s.found.each(func(d uint32) { s.scores[d] = 0 })
	} else {
		clear(s.scores[:])
	}
	for i, l := range leaves {
		if i > 0 && rest < least { // only those that have something already
			left := least - rest
			for w, word := range s.wanted {
				keep := word
				for ; word != 0; word &= word - 1 {
					bit := word & -word
					if s.scores[w*64+bits.TrailingZeros64(bit)] < left {
						keep &^= bit
					}
				}
				s.wanted[w] = keep
			}
		}
		rest -= l.bound
		if err := s.add(l, least-max(0, rest), i == 0); err != nil {
			return err
		}
	}
	first := s.part.first + int64(s.from)
	s.wanted.each(func(d uint32) { s.best.offer(Hit{first + int64(d), float64(s.scores[d])}) })
	return nil
}

// add adds what a leaf gives to each passage that is wanted. If it is the first,
// blocks that give less than least may be left out: nothing that comes later
// could make up for it.
func (s *searching) add(l *leaf, least float32, first bool) error {
	src := l.single()
	if src == nil {
		for _, h := range l.hits {
			if s.wanted.has(h.doc) {
				n := float32(h.times)
				s.scores[h.doc] += l.weight * n / (n + s.norm(h.doc))
			}
		}
		return nil
	}
	l.seen.and(&s.wanted)
	several := len(src.lists) > 1
	if several && s.counts == nil {
		s.counts = make([]uint32, window)
	}
	most := l.weight / 255 * max(1, float32(s.x.mean/s.part.mean))
	err := s.visit(src, &l.seen, func(_ *ref, b *block) error {
		if first && !several && float32(b.bound)*most < least {
			return nil
		}
		times := b.times(&s.times)
		for i, d := range b.passages(&s.docs) {
			switch d -= s.from; {
			case d >= window || !l.seen.has(d):
			case several:
				s.counts[d] += times[i]
			default:
				n := float32(times[i])
				s.scores[d] += l.weight * n / (n + s.norm(d))
			}
		}
		return nil
	})
	if several {
		l.seen.each(func(d uint32) {
			n := float32(s.counts[d])
			s.scores[d] += l.weight * n / (n + s.norm(d))
			s.counts[d] = 0
		})
	}
	return err
}

// norm is what the length of a passage takes from its score.
func (s *searching) norm(d uint32) float32 {
	return k1*(1-b) + s.perToken*float32(binary.LittleEndian.Uint16(s.lengths[2*d:]))
}

// best are the hits with the highest scores, as a heap with the least at its
// top.
type best struct {
	hits []Hit
	most int
}

// least is the score that a passage must have to be among the best. It is a
// little lower than that of the last, since sums differ by the order in which
// they are made.
func (b *best) least() float32 {
	if len(b.hits) < b.most {
		return float32(math.Inf(-1))
	}
	return float32(b.hits[0].Score) * (1 - 1e-5)
}

func (b *best) offer(h Hit) {
	switch {
	case len(b.hits) < b.most:
		heap.Push(b, h)
	case b.worse(b.hits[0], h):
		b.hits[0] = h
		heap.Fix(b, 0)
	}
}

func (*best) worse(x, y Hit) bool {
	return x.Score < y.Score || x.Score == y.Score && x.Passage > y.Passage
}

func (b *best) Len() int           { return len(b.hits) }
func (b *best) Less(i, j int) bool { return b.worse(b.hits[i], b.hits[j]) }
func (b *best) Swap(i, j int)      { b.hits[i], b.hits[j] = b.hits[j], b.hits[i] }

// Push is container/heap's.
func (b *best) Push(h any) { b.hits = append(b.hits, h.(Hit)) }

// Pop is container/heap's; nobody asks for it.
func (b *best) Pop() any { return nil }
