package quote

import (
	"context"
	"math"
	"slices"
)

// A Pair is two places, in different texts, that say the same: one quotes the
// other, or both a third.
type Pair struct {
	A, B Side
	// Words is how many words of A stand in B too.
	Words int
	// Bits is how much speaks for it that this is no chance.
	Bits float64
	// Pieces lay B along A: Text is A's, Quoted is B's.
	Pieces []Piece
}

// A Side is a stretch of neighbouring passages of one text.
type Side struct {
	Text        int64
	First, Last int64
	Passages    string // their texts, parted by line breaks
	Start, End  int    // the bytes of Passages that are meant
}

// Parallels are found by what is rare: grams that stand in few places of the
// library, and in two texts at least. Those that lie on nearly one diagonal are a
// chain; a chain that says enough is aligned and scored like a quotation. Grams
// that many places have, formulas, found no chain, and weigh little in the score.
const (
	rarePlaces   = 6       // a gram in more places than this is a formula
	chainReach   = 160     // letters from one seed of a chain to the next
	chainGap     = 1200    // the same, where one text leaves something out
	chainBits    = 34      // of its rare grams, for a chain to be aligned
	pairBits     = 40      // of a pair that is told, beyond what picking two letters of the shelf takes
	chainBeside  = 24      // letters on both sides of a chain that are looked at first
	chainWrong   = 58      // per cent of those that may differ
	pairWords    = 8       // and the words that both have
	perPass      = 4 << 20 // grams that are held at once
	longestChain = 1500    // letters
	mostPairs    = 5000
)

// A seed is a gram that stands in two texts: in places a and b of the shelf, a the
// earlier.
type seed struct {
	a, b uint32
	bits float32
}

// A strand is a run of the shelf as one stretch of its letters.
type strand struct {
	text     int64
	from, to uint32
	ids      []int64
	starts   []uint32
	meant    bool // it is asked about
}

// Parallels finds the pairs between different texts, the strongest first: all of
// them, or with only, which knows a text by its first passage, those that have a
// side in one. progress, if any, hears which part of the whole is done.
func Parallels(ctx context.Context, shelf Shelf, only func(first int64) bool, progress func(done float64)) ([]Pair, error) {
	p := &parallels{ctx: ctx, shelf: shelf, only: only, progress: progress}
	if err := p.measure(); err != nil {
		return nil, err
	}
	if err := p.seeds(); err != nil {
		return nil, err
	}
	return p.pairs()
}

// A Shelf gives the passages that are compared.
type Shelf interface {
	Texts
	// All gives every passage of the shelf, those of a text one after another.
	All(ctx context.Context, each func(text, id int64, content string) error) error
}

type parallels struct {
	ctx      context.Context
	shelf    Shelf
	only     func(first int64) bool
	progress func(float64)
	strands  []strand
	letters  uint32
	size     int // letters of a seed, by weight
	found    []seed
	common   []uint64 // a bit for each letter at which a formula's gram begins
}

func (p *parallels) told(done float64) {
	if p.progress != nil {
		p.progress(done)
	}
}

// measure lays the passages of the shelf end to end.
func (p *parallels) measure() error {
	err := p.shelf.All(p.ctx, func(text, id int64, content string) error {
		n := len(p.strands)
		if n == 0 || p.strands[n-1].text != text {
			p.letters += 64 // texts do not touch
			p.strands = append(p.strands, strand{text: text, from: p.letters, meant: p.only == nil || p.only(id)})
			n++
		}
		s := &p.strands[n-1]
		s.ids, s.starts = append(s.ids, id), append(s.starts, p.letters)
		f := Fold(content)
		p.letters += uint32(len(f.Letters))
		s.to = p.letters
		return p.ctx.Err()
	})
	// The larger the library, the more letters until a gram is rare.
	p.common = make([]uint64, p.letters>>6+1)
	p.size = int(math.Ceil(math.Log2(float64(max(p.letters, 1<<14))) / 2.1))
	return err
}

// seeds collects the rare grams that two texts share. The grams are taken in
// passes, each of those whose hash has one remainder, so that memory is bounded.
func (p *parallels) seeds() error {
	passes := int(p.letters)/perPass + 1
	total := math.Log2(float64(max(p.letters, 2)))
	for pass := range passes {
		var all []uint64 // hash and place
		var tail []Letter
		var text int64
		var at uint32
		strand := -1
		err := p.shelf.All(p.ctx, func(t, _ int64, content string) error {
			if strand < 0 || t != text {
				strand++
				text, at, tail = t, p.strands[strand].from, tail[:0]
			}
			f := Fold(content)
			base := at - uint32(len(tail))
			tail = append(tail, f.Letters...)
			done := 0
			for i, h := range grams(tail, p.size) {
				done = i + 1
				if int(h>>8%uint64(passes)) == pass {
					all = append(all, uint64(key(h))<<32|uint64(base+uint32(i)))
				}
			}
			tail = append(tail[:0], tail[done:]...)
			at += uint32(len(f.Letters))
			return p.ctx.Err()
		})
		if err != nil {
			return err
		}
		all = sortByKey(all)
		for i := 0; i < len(all); {
			j := i + 1
			for j < len(all) && all[j]>>32 == all[i]>>32 {
				j++
			}
			if n := j - i; n > rarePlaces {
				for _, x := range all[i:j] {
					p.common[uint32(x)>>6] |= 1 << (uint32(x) & 63)
				}
			} else if n > 1 {
				bits := float32(total - math.Log2(float64(n)))
				for x := i; x < j; x++ {
					for y := x + 1; y < j; y++ {
						p.seed(uint32(all[x]), uint32(all[y]), bits)
					}
				}
			}
			i = j
		}
		p.told(0.9 * float64(pass+1) / float64(passes))
	}
	return nil
}

func (p *parallels) seed(a, b uint32, bits float32) {
	if a > b {
		a, b = b, a
	}
	s, t := p.strandAt(a), p.strandAt(b)
	if s == t || !p.strands[s].meant && !p.strands[t].meant {
		return
	}
	p.found = append(p.found, seed{a, b, bits})
}

func (p *parallels) strandAt(letter uint32) int {
	i, ok := slices.BinarySearchFunc(p.strands, letter, func(s strand, l uint32) int {
		switch {
		case s.to <= l:
			return -1
		case s.from > l:
			return 1
		}
		return 0
	})
	if !ok {
		return min(i, len(p.strands)-1)
	}
	return i
}

// A chain is seeds on nearly one diagonal.
type chain struct {
	a0, a1, b0, b1 uint32
	bits           float64
}

// chains joins the seeds: in order of a, each goes on with the chain whose end is
// near before it on both sides.
func (p *parallels) chains() []chain {
	slices.SortFunc(p.found, func(x, y seed) int {
		if x.a != y.a {
			return int(int64(x.a) - int64(y.a))
		}
		return int(int64(x.b) - int64(y.b))
	})
	var done, open []chain
	for _, s := range p.found {
		kept := open[:0]
		joined := false
		for _, c := range open {
			if s.a > c.a1+chainGap {
				if c.bits >= chainBits {
					done = append(done, c)
				}
				continue
			}
			if !joined && s.b >= c.b1 && min(s.a-c.a1, s.b-c.b1) <= chainReach && s.b-c.b1 <= chainGap && s.a-c.a0 < longestChain && s.b-c.b0 < longestChain {
				// What a gram adds is what it does not share with the one before.
				fresh := min(float64(s.a-c.a1)/float64(p.size), 1)
				c.a1, c.b1, c.bits, joined = max(c.a1, s.a), max(c.b1, s.b), c.bits+fresh*float64(s.bits), true
			}
			kept = append(kept, c)
		}
		open = kept
		if !joined {
			open = append(open, chain{s.a, s.a, s.b, s.b, float64(s.bits)})
		}
	}
	for _, c := range open {
		if c.bits >= chainBits {
			done = append(done, c)
		}
	}
	p.found = nil
	return done
}

// pairs aligns the chains.
func (p *parallels) pairs() ([]Pair, error) {
	chains := p.chains()
	slices.SortStableFunc(chains, func(x, y chain) int {
		switch {
		case x.bits > y.bits:
			return -1
		case x.bits < y.bits:
			return 1
		}
		return 0
	})
	var out []Pair
	taken := map[uint32][]chain{} // by blocks of a
	overlaps := func(c chain) bool {
		return slices.ContainsFunc(taken[c.a0>>takenBits], func(x chain) bool { return c.a0 < x.a1 && x.a0 <= c.a1 && c.b0 < x.b1 && x.b0 <= c.b1 })
	}
	var t table
	for i, c := range chains {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
		if len(out) >= mostPairs {
			break
		}
		if overlaps(c) {
			continue
		}
		pair, at, ok, err := p.pair(&t, c)
		if err != nil {
			return nil, err
		}
		if ok && !overlaps(at) {
			out = append(out, pair)
			for block := at.a0 >> takenBits; block <= at.a1>>takenBits; block++ {
				taken[block] = append(taken[block], at)
			}
		}
		p.told(0.9 + 0.1*float64(i+1)/float64(len(chains)))
	}
	p.told(1)
	slices.SortStableFunc(out, func(x, y Pair) int {
		switch {
		case x.Bits > y.Bits:
			return -1
		case x.Bits < y.Bits:
			return 1
		}
		return 0
	})
	return out, nil
}

const takenBits = 10

// A view is a stretch of a strand: its letters and the passages that hold them.
type view struct {
	Folded         // At is in text
	from   uint32  // the first letter
	text   string  // of the passages, parted by line breaks
	ids    []int64 // theirs
	begins []int   // the byte at which each begins
}

// view reads a stretch of a strand, with some letters around it.
func (p *parallels) view(from, to uint32) (view, int64, error) {
	const around = 120
	s := &p.strands[p.strandAt(from)]
	lo, hi := max(s.from, from-min(from, around)), min(s.to, to+around)
	v := view{from: lo}
	first, _ := slices.BinarySearch(s.starts, lo+1)
	first = max(first-1, 0)
	last := first
	for last < len(s.starts) && s.starts[last] < hi {
		last++
	}
	at := s.starts[first]
	v.ids = s.ids[first:last]
	err := p.shelf.Texts(p.ctx, v.ids, func(_ int64, content string) error {
		if len(v.begins) > 0 {
			v.text += "\n"
		}
		v.begins = append(v.begins, len(v.text))
		f := Fold(content)
		for j := range f.Letters {
			if at >= lo && at < hi {
				v.Letters, v.Opens, v.At = append(v.Letters, f.Letters[j]), append(v.Opens, f.Opens[j]), append(v.At, int32(len(v.text))+f.At[j])
			}
			at++
		}
		v.text += content
		return nil
	})
	return v, s.text, err
}

// side cuts letters from to to out of a view, with the passages that hold them.
func (v *view) side(text int64, from, to int) Side {
	start, end := int(v.At[from]), after(v.text, int(v.At[to-1]))
	first, last := 0, 0
	for k, begin := range v.begins {
		if begin <= start {
			first = k
		}
		if begin < end {
			last = k
		}
	}
	stop := len(v.text)
	if last+1 < len(v.begins) {
		stop = v.begins[last+1] - 1
	}
	base := v.begins[first]
	return Side{Text: text, First: v.ids[first], Last: v.ids[last], Passages: v.text[base:stop], Start: start - base, End: end - base}
}

// pair aligns what a chain joins, and keeps of it the stretch that speaks most for
// it. A is the side that says more.
func (p *parallels) pair(t *table, c chain) (pair Pair, at chain, ok bool, err error) {
	size := uint32(p.size)
	va, ta, err := p.view(c.a0, c.a1+size)
	if err != nil {
		return pair, at, false, err
	}
	vb, tb, err := p.view(c.b0, c.b1+size)
	if err != nil {
		return pair, at, false, err
	}
	swapped := len(va.Letters) < len(vb.Letters)
	if swapped {
		va, vb, ta, tb = vb, va, tb, ta
	}
	n := len(vb.Letters)
	// Most chains are chance, and what is around their grams has nothing in common.
	first, last := c.b0, c.b1
	if swapped {
		first, last = c.a0, c.a1
	}
	lo := max(0, int(first)-int(vb.from)-chainBeside)
	hi := min(n, int(last+size)-int(vb.from)+chainBeside)
	if _, d := newPattern(vb.Letters[lo:hi]).best(va.Letters); d*100 > (hi-lo)*chainWrong {
		return pair, at, false, nil
	}
	gain := make([]int32, n)
	formula := 0 // letters of it still to come
	for i, l := range vb.Letters {
		at := vb.from + uint32(i)
		if p.common[at>>6]>>(at&63)&1 != 0 {
			formula = p.size / l.weight()
		}
		gain[i] = int32(2 * bit * l.weight())
		if formula > 0 {
			gain[i] /= 2
			formula--
		}
	}
	al := t.align(vb.Letters, vb.Opens, gain, va.Letters, va.Opens)
	from, to, score := core(&al, vb.Opens, gain)
	if float64(score)/bit < pairBits+2*math.Log2(float64(p.letters)) {
		return pair, at, false, nil
	}
	a0, a1 := int(al.pair[from]), int(al.pair[to-1])+1
	text := tokens(va.Letters[a0:a1], va.Opens[a0:a1], va.At[a0:a1], after(va.text, int(va.At[a1-1])))
	end := after(vb.text, int(vb.At[to-1]))
	quoted := tokens(vb.Letters[from:to], vb.Opens[from:to], vb.At[from:to], end)
	part := part{Folded: Folded{vb.Letters[from:to], vb.At[from:to], vb.Opens[from:to]}}
	laid := make([]int, to-from)
	for i := range laid {
		laid[i] = -1
		if x := al.pair[from+i]; x >= 0 {
			laid[i] = int(x) - a0
		}
	}
	sp := Spot{Passages: va.text}
	sp.weave(vb.text, &part, va.Letters[a0:a1], text, quoted, laid)
	pair = Pair{A: va.side(ta, a0, a1), B: vb.side(tb, from, to), Bits: float64(score) / bit, Pieces: sp.Pieces}
	words := 0
	for _, x := range sp.Pieces {
		if x.Kind == Same {
			words += wordsOf(x.Text)
		}
	}
	pair.Words = words
	at = chain{va.from + uint32(a0), va.from + uint32(a1), vb.from + uint32(from), vb.from + uint32(to), pair.Bits}
	if at.a0 > at.b0 {
		at.a0, at.a1, at.b0, at.b1 = at.b0, at.b1, at.a0, at.a1
	}
	return pair, at, words >= pairWords, nil
}

// wordsOf counts words; in scripts without spaces five letters' worth is one.
func wordsOf(s string) int {
	f := Fold(s)
	n, heavy := 0, 0
	for i, l := range f.Letters {
		if w := l.weight(); w > 1 {
			heavy += w
		} else if f.Opens[i] {
			n++
		}
	}
	return n + heavy/5
}

// core is the stretch of a part, from one matched letter to another, that scores
// most along an alignment: what the two have in common without what is around it.
func core(al *alignment, opens []bool, gain []int32) (from, to, score int) {
	sum, start, last := 0, 0, -1
	for i, x := range al.pair {
		var step int
		switch {
		case x < 0 && (i == 0 || al.pair[i-1] >= 0):
			step = -openWord - moreMore
		case x < 0:
			step = -moreMore
		case al.differs(i):
			step = -changed
		default:
			step = int(gain[i])
		}
		if x >= 0 {
			if gap := int(x) - last - 1; last >= 0 && gap > 0 {
				step -= openWord + moreLess*gap
			}
			last = int(x)
		}
		if sum += step; sum < 0 || sum == 0 && step <= 0 {
			sum, start, last = 0, i+1, -1
			continue
		}
		if x >= 0 && !al.differs(i) && sum > score {
			from, to, score = start, i+1, sum
		}
	}
	// From the beginning of a word to the end of one.
	for from < to && (al.pair[from] < 0 || al.differs(from) || !opens[from]) && from+1 < to {
		from++
	}
	for to < len(opens) && !opens[to] && al.pair[to] >= 0 {
		to++
	}
	for to-1 > from && al.pair[to-1] < 0 {
		to--
	}
	return from, to, score
}
