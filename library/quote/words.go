package quote

import (
	"iter"
	"math"
	"math/bits"
	"slices"
)

// Beside where grams stand the index knows how often each word and each pair of
// neighbouring words does, if more than once: what words say depends on it. Scripts
// without spaces have none.

const (
	wordLetters = 20                 // of a word, at most: those of a longer one are left alone
	wordSalt    = 0x5851F42D4C957F2D // so that a word is no gram
	pairSalt    = 0x14057B7EF767814F

	// What stands in the very place that is weighed speaks neither for it nor
	// against it, and a pair that the library has nowhere else may be new there.
	wordOnce  = 0.5
	pairShare = 0.7
	pairOnce  = 0.5 // of pairs that the library has not, or once

	// lettersAWord is about how many letters of a text there are to a word.
	lettersAWord = 4.7
)

// shingles yields the words of folded letters, each with where it begins and ends,
// and its hash; those of scripts without spaces are left out.
func shingles(letters []Letter, opens []bool) iter.Seq2[[2]int, uint64] {
	return func(yield func([2]int, uint64) bool) {
		for i := 0; i < len(letters); {
			j := i + 1
			for j < len(letters) && !opens[j] {
				j++
			}
			if h, ok := wordHash(letters[i:j]); ok && !yield([2]int{i, j}, h) {
				return
			}
			i = j
		}
	}
}

func wordHash(word []Letter) (uint64, bool) {
	if len(word) > wordLetters {
		return 0, false
	}
	h := uint64(wordSalt)
	for _, l := range word {
		if l.weight() != 1 {
			return 0, false
		}
		h = bits.RotateLeft64((h^uint64(l))*0x9E3779B97F4A7C15, 23)
	}
	return mix(h), true
}

func pairHash(a, b uint64) uint64 { return mix(bits.RotateLeft64(a, 17) ^ b ^ pairSalt) }

// addWords notes the words and pairs of a passage.
func (b *Builder) addWords(f *Folded) {
	before, end := uint64(0), -1
	for at, h := range shingles(f.Letters, f.Opens) {
		b.words = append(b.words, key(h))
		if end == at[0] {
			b.words = append(b.words, key(pairHash(before, h)))
		}
		before, end = h, at[1]
	}
}

// A counted word or pair, by its key.
type counted struct{ key, count uint32 }

// repeated are those words that come more than once, by their keys.
func repeated(words []uint32) []counted {
	slices.Sort(words)
	var out []counted
	for i := 0; i < len(words); {
		j := i + 1
		for j < len(words) && words[j] == words[i] {
			j++
		}
		if j > i+1 {
			out = append(out, counted{words[i], uint32(j - i)})
		}
		i = j
	}
	return out
}

// A saying is a word of the quotation, and what a place makes of it.
type saying struct {
	letters []Letter
	worth   int  // of a word that is held, in sixteenths of a bit, by its grams
	held    bool // the place has it as it is
	misread bool // the place has it, but for some letters
	whole   bool // it is held, and is a word of the text too
	joined  bool // and it follows on the one before, in both
	follows bool // it follows on the one before in the quotation
}

// surprise is how many bits the words say that a place has as they are: how unlikely
// they are where chance puts words as this library does, each after the one before
// it, less what picking a place on the shelf takes. Below zero chance would have them
// somewhere.
func (s *search) surprise(said []saying) (float64, error) {
	if err := s.count(neighbours(said)); err != nil {
		return 0, err
	}
	words, pairs := make([]uint32, len(said)), make([]uint32, len(said)) // 0 for none
	before := uint64(0)
	for i, x := range said {
		h, ok := wordHash(x.letters)
		if !x.held {
			continue
		}
		if !ok || !x.whole {
			before = 0
			continue
		}
		words[i] = key(h)
		if x.joined && before != 0 {
			pairs[i] = key(pairHash(before, h))
		}
		before = h
	}
	all := s.allWords()
	sum := -math.Log2(max(float64(s.letters), 1024) / lettersAWord)
	for i, x := range said {
		if !x.held {
			continue
		}
		if words[i] == 0 {
			sum += float64(x.worth) / bit
			continue
		}
		p := max(float64(s.counted[words[i]])-1, wordOnce) / all
		if pairs[i] != 0 {
			first, both := max(s.counted[words[i-1]]-1, 1), max(s.counted[pairs[i]]-1, 0)
			p = (1-pairShare)*p + pairShare*min(float64(both)/float64(first), 1)
		}
		sum -= math.Log2(p)
	}
	return sum, nil
}

// neighbours are the keys of words and of those that follow on each other.
func neighbours(said []saying) []uint32 {
	var keys []uint32
	before := uint64(0)
	for _, x := range said {
		h, ok := wordHash(x.letters)
		if !ok {
			before = 0
			continue
		}
		keys = append(keys, key(h))
		if x.follows && before != 0 {
			keys = append(keys, key(pairHash(before, h)))
		}
		before = h
	}
	return keys
}

// allWords is about how many words the library has.
func (s *search) allWords() float64 {
	all := 1024.0
	for _, seg := range s.segs {
		all += float64(seg.Letters)
	}
	return all / lettersAWord
}

// count looks up how often words and pairs stand in the library, and keeps it.
func (s *search) count(keys []uint32) error {
	keys = slices.DeleteFunc(keys, func(k uint32) bool { _, known := s.counted[k]; return known })
	slices.Sort(keys)
	keys = slices.Compact(keys)
	for _, k := range keys {
		s.counted[k] = 0
	}
	return s.postings(keys, func(_, i, count int, _ []byte) { s.counted[keys[i]] += count })
}
