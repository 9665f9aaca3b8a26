package library

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A unit is a passage as the aligner sees it.
type unit struct {
	text     string
	size     int       // in words, as people count them
	words    []int32   // folded and numbered
	features []feature // each once, by id
	weight   float64   // the bits of all of them
}

// A feature is a word, or two that follow each other, with the bits that it
// tells: the logarithm of how many passages there are for each that has it.
type feature struct {
	id   int32
	bits float64
}

// units are the passages of both texts, their words numbered alike, and beside
// the features how many passages have each.
func units(before, now []Passage) (old, cur []unit, in []int32) {
	number := map[string]int32{}
	pairs := map[int64]int32{}
	next := int32(0)
	word := func(w []byte) int32 {
		n, ok := number[string(w)]
		if !ok {
			n = next
			number[string(w)] = n
			next++
			in = append(in, 0)
		}
		return n
	}
	var buf []int32
	var room []feature // taken from in large pieces
	read := func(ps []Passage) []unit {
		out := make([]unit, len(ps))
		for i := range ps {
			u := &out[i]
			u.text = ps[i].Text
			u.size = CountWords(u.text)
			u.words = foldedWords(u.text, word)
			buf = append(buf[:0], u.words...)
			for k := 1; k < len(u.words); k++ {
				key := int64(u.words[k-1])<<32 | int64(u.words[k])
				n, ok := pairs[key]
				if !ok {
					n = next
					pairs[key] = n
					next++
					in = append(in, 0)
				}
				buf = append(buf, n)
			}
			slices.Sort(buf)
			buf = slices.Compact(buf)
			if len(room) < len(buf) {
				room = make([]feature, max(len(buf), 1<<13))
			}
			u.features, room = room[:len(buf):len(buf)], room[len(buf):]
			for k, id := range buf {
				u.features[k].id = id
				in[id]++
			}
		}
		return out
	}
	old, cur = read(before), read(now)
	all := float64(len(before) + len(now))
	tells := make([]float64, len(in))
	for id, n := range in {
		tells[id] = math.Log2(all / float64(n))
	}
	for _, us := range [][]unit{old, cur} {
		for i := range us {
			u := &us[i]
			for k := range u.features {
				u.features[k].bits = tells[u.features[k].id]
				u.weight += u.features[k].bits
			}
		}
	}
	return old, cur, in
}

// foldedWords are the words of a text, as CountWords counts them, without case,
// accents and punctuation; in scripts that put no spaces between words, their
// characters. Of a word without a letter or a figure its marks are the word.
func foldedWords(s string, number func([]byte) int32) []int32 {
	out := make([]int32, 0, len(s)/6+1)
	var w []byte
	begin := 0 // of the word, in s
	end := func(at int) {
		if len(w) > 0 {
			out = append(out, number(w))
		} else if begin < at {
			if marks := strings.TrimSpace(s[begin:at]); marks != "" {
				out = append(out, number([]byte(marks)))
			}
		}
		w, begin = w[:0], at
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
				w = append(w, c)
			case 'A' <= c && c <= 'Z':
				w = append(w, c+'a'-'A')
			case c == ' ' || '\t' <= c && c <= '\r':
				end(i)
				begin = i + 1
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case unicode.IsSpace(r):
			end(i)
			begin = i + n
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
			if len(w) > 0 {
				end(i)
			}
			w = append(w, s[i:i+n]...)
			end(i + n)
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			for _, d := range norm.NFKD.String(s[i : i+n]) {
				if !unicode.Is(unicode.Mn, d) {
					w = utf8.AppendRune(w, unicode.ToLower(d))
				}
			}
		}
		i += n
	}
	end(len(s))
	if len(out) == 0 {
		out = append(out, number([]byte(s)))
	}
	return out
}

// A postings says in which passages features stand, as one list cut up by
// feature.
type postings struct {
	start []int32
	list  []int32
}

// of are the passages that have a feature, in order.
func (p *postings) of(id int32) []int32 { return p.list[p.start[id]:p.start[id+1]] }

// common is in how many passages a feature may stand and still lead to them.
const common = 24

// posted are the features of some passages that others have too, but not many.
func (a *aligner) posted(us []unit, some func(k int) bool) postings {
	p := postings{start: make([]int32, len(a.in)+1)}
	rare := func(id int32) bool { return a.in[id] > 1 && a.in[id] <= 2*common }
	for k := range us {
		if some(k) {
			for _, f := range us[k].features {
				if rare(f.id) {
					p.start[f.id+1]++
				}
			}
		}
	}
	for id := range a.in {
		p.start[id+1] += p.start[id]
	}
	p.list = make([]int32, p.start[len(a.in)])
	at := slices.Clone(p.start)
	for k := range us {
		if some(k) {
			for _, f := range us[k].features {
				if rare(f.id) {
					p.list[at[f.id]] = int32(k)
					at[f.id]++
				}
			}
		}
	}
	return p
}

// sharing are the passages of an index that share rare features with one, and
// the bits of those, most first.
func (a *aligner) sharing(u *unit, in *postings) []likeness {
	a.hits = a.hits[:0]
	for _, f := range u.features {
		for _, k := range in.of(f.id) {
			if a.score[k] == 0 {
				a.hits = append(a.hits, likeness{k: int(k)})
			}
			a.score[k] += f.bits
		}
	}
	for n := range a.hits {
		h := &a.hits[n]
		h.bits, a.score[h.k] = a.score[h.k], 0
	}
	slices.SortFunc(a.hits, func(x, y likeness) int { return cmp.Or(cmp.Compare(y.bits, x.bits), cmp.Compare(x.k, y.k)) })
	return a.hits
}

// A likeness is a passage and how much it shares with another.
type likeness struct {
	k    int
	bits float64
}

// shared is the bits that two passages have in common.
func shared(x, y []feature) (bits float64) {
	for len(x) > 0 && len(y) > 0 {
		switch {
		case x[0].id < y[0].id:
			x = x[1:]
		case x[0].id > y[0].id:
			y = y[1:]
		default:
			bits += x[0].bits
			x, y = x[1:], y[1:]
		}
	}
	return bits
}

// against is what a passage shares with one of two others and not with the
// other, in bits: what speaks for each of them.
func against(of, one, other []feature) (forOne, forOther float64) {
	for _, f := range of {
		for len(one) > 0 && one[0].id < f.id {
			one = one[1:]
		}
		for len(other) > 0 && other[0].id < f.id {
			other = other[1:]
		}
		inOne := len(one) > 0 && one[0].id == f.id
		inOther := len(other) > 0 && other[0].id == f.id
		switch {
		case inOne && !inOther:
			forOne += f.bits
		case inOther && !inOne:
			forOther += f.bits
		}
	}
	return forOne, forOther
}

// An lcs computes lengths of longest common subsequences and keeps its memory.
type lcs struct {
	index map[int32]int // of a word among the masks
	masks []uint64
	row   []uint64
}

// length is the number of words that two texts have in common in the same
// order. The steps are len(x)·len(y)/64.
func (l *lcs) length(x, y []int32) int {
	if len(x) > len(y) {
		x, y = y, x
	}
	// What they begin and end with alike need not be computed.
	same := 0
	for len(x) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
		same++
	}
	for len(x) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
		same++
	}
	if len(x) == 0 {
		return same
	}
	size := (len(x) + 63) / 64
	if l.index == nil {
		l.index = map[int32]int{}
	}
	clear(l.index)
	l.masks = l.masks[:0]
	for k, w := range x {
		at, ok := l.index[w]
		if !ok {
			at = len(l.masks)
			l.index[w] = at
			for range size {
				l.masks = append(l.masks, 0)
			}
		}
		l.masks[at+k/64] |= 1 << (k % 64)
	}
	l.row = l.row[:0]
	for range size {
		l.row = append(l.row, ^uint64(0))
	}
	for _, w := range y {
		at, ok := l.index[w]
		if !ok {
			continue
		}
		mask := l.masks[at : at+size]
		var carry uint64
		for k, v := range l.row {
			u := v & mask[k]
			var sum uint64
			sum, carry = bits.Add64(v, u, carry)
			l.row[k] = sum | v&^mask[k]
		}
	}
	n := 0
	for k, v := range l.row {
		if rest := len(x) - 64*k; rest < 64 {
			v |= ^uint64(0) << rest
		}
		n += bits.OnesCount64(^v)
	}
	return same + n
}
