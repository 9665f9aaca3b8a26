package quote

import (
	"iter"
	"slices"
)

// marks tell how a place differs from what was asked, word by word. What letters are
// worth is in sixteenths of a bit.
type marks struct {
	intact   int // worth of words that stand there as they are
	run      int // of the longest stretch without a fault
	words    int // that are intact
	spoilt   int // words that are misread
	odd      int // letters in them that no scanner takes for one another
	replaced int // times that words stand in the place of others,
	uneven   int // by how many words fewer or more,
	putIn    int // times that words are put in,
	leftOut  int // and left out, but for ellipses
	outside  int // words before the first and after the last that has a place
	moved    int // words that stand elsewhere near
	gone     int // words that have no place
	lacking  int // letters that are left out
	gaps     int // what its ellipses cost

	said []saying // the words, in the order of the quotation

	// Words written as the text has them, and otherwise.
	capitals, recased  int
	pointed, repointed int // of what stands between two words
}

// A move is a word that the alignment gave up, since it stands elsewhere near.
type move struct {
	from, to int // letters of the part
	at       int // the letter of the window
}

// mark adds to the marks of a place those of one part, and gives what its moved words
// are worth, in sixteenths of a bit.
func (s *search) mark(m *marks, l *located, first, last bool) (moved int, err error) {
	const reach = 24 // letters beside a place in which a moved word is looked for
	lo, hi := s.bounds(l.seg, l.from)
	w, err := s.window(l.seg, max(lo, l.from-reach), min(hi, l.to+reach))
	if err != nil {
		return 0, err
	}
	moves, moved := s.moves(l, &w)
	// Letters of the text that moved words account for are not left out.
	filled := make([]bool, len(w.letters))
	for _, x := range moves {
		for i := range x.to - x.from {
			filled[x.at+i] = true
		}
	}
	p, gain := &s.parts[l.part], s.gains[l.part]
	offset := l.base - w.from
	run, gone, skipped, lacks := 0, 0, 0, 0
	sound := -1    // the letter of the window after the word before, if that is intact
	before := true // no word has a place yet
	next := l.from - w.from
	skip := func(to int) {
		for ; next < to; next++ {
			if filled[next] {
				continue
			}
			lacks++
			if w.opens[next] {
				skipped++
			}
		}
	}
	settle := func() {
		m.lacking += lacks
		switch {
		case gone > 0 && lacks > 1:
			m.replaced++
			m.uneven += max(gone-skipped, skipped-gone)
		case gone > 0:
			m.putIn++
		case lacks > 1:
			m.leftOut++
		}
		gone, skipped, lacks = 0, 0, 0
	}
	follows := func(k int) bool { return k > 0 || !p.elided }
	for k := 0; k < len(p.Letters); {
		end := wordEnd(p, k)
		n := end - k
		if len(moves) > 0 && moves[0].from == k {
			moves = moves[1:]
			m.moved++
			worth := 0
			for i := k; i < end; i++ {
				worth += int(gain[i])
			}
			m.said = append(m.said, saying{letters: p.Letters[k:end], worth: worth, held: true, whole: true, follows: follows(k)})
			run, sound = 0, -1
			k = end
			continue
		}
		same, worth, odd := 0, 0, 0
		from, to := -1, -1 // letters of the window
		for i := k; i < end; i++ {
			t := int(l.align.pair[i])
			if t < 0 {
				odd++
				continue
			}
			t += offset
			if from < 0 {
				from = t
			} else if t > to {
				odd += t - to
			}
			to = t + 1
			if l.align.differs(i) {
				if a, b := p.Letters[i], w.letters[t]; a >= 128 || b >= 128 || !look.one[a][b] {
					odd++
				}
				continue
			}
			same++
			worth += int(gain[i])
		}
		if same*5 < n*3 {
			m.said = append(m.said, saying{letters: p.Letters[k:end], follows: follows(k)})
			m.gone++
			run, sound = 0, -1
			if from >= 0 {
				skip(to)
			}
			if gone++; from >= 0 && !before {
				settle()
			}
			k = end
			continue
		}
		if next < from {
			run = 0
		}
		skip(from)
		if before && first {
			m.outside += gone
			gone, skipped, lacks = 0, 0, 0
		}
		settle()
		before = false
		if same == n && to-from == n {
			m.intact += worth
			m.words++
			x := saying{letters: p.Letters[k:end], worth: worth, held: true, whole: wholeWord(&w, from, to), joined: sound == from, follows: follows(k)}
			m.said = append(m.said, x)
			s.spell(m, l, k, w.from+from, x.joined)
			sound = to
			run += worth
		} else {
			m.said = append(m.said, saying{letters: p.Letters[k:end], misread: true, follows: follows(k)})
			m.spoilt++
			m.odd += odd
			run, sound = 0, -1
		}
		m.run = max(m.run, run)
		next = max(next, to)
		k = end
	}
	if last {
		m.outside += gone
	} else {
		settle()
	}
	return moved, nil
}

// wholeWord reports whether the letters of a window are one word.
func wholeWord(w *window, from, to int) bool {
	return w.opens[from] && (to == len(w.opens) || w.opens[to]) && !slices.Contains(w.opens[from+1:to], true)
}

// wordEnd is the letter after the word that begins at k. In scripts without spaces, and
// of long words, so many letters are one.
func wordEnd(p *part, k int) int {
	end := k + 1
	for end < len(p.Letters) && !p.Opens[end] && end-k < 20 {
		end++
	}
	return end
}

// words are the words of a part: where each begins and ends.
func words(p *part) iter.Seq2[int, int] {
	return func(yield func(from, to int) bool) {
		for k := 0; k < len(p.Letters); {
			end := wordEnd(p, k)
			if !yield(k, end) {
				return
			}
			k = end
		}
	}
}

// moves finds words that the alignment had to give up, since they stand elsewhere in a
// window around it: swapped ones. moved is what they are worth, in sixteenths of a bit.
func (s *search) moves(l *located, w *window) (out []move, moved int) {
	const cost = 3 * bit // for each word
	p := &s.parts[l.part]
	var taken []bool
	for k, end := range words(p) {
		lost, worth := 0, 0
		for i := k; i < end; i++ {
			if t := l.align.pair[i]; t < 0 || l.align.differs(i) {
				lost++
				worth += int(s.gains[l.part][i])
			}
		}
		if end-k < 2 || lost*2 <= end-k {
			continue
		}
		if taken == nil {
			taken = make([]bool, len(w.letters))
			for i, t := range l.align.pair {
				if t >= 0 && !l.align.differs(i) {
					taken[int(t)+l.base-w.from] = true
				}
			}
		}
		for at := 0; at+end-k <= len(w.letters); at++ {
			if !w.opens[at] || !slices.Equal(w.letters[at:at+end-k], p.Letters[k:end]) || at+end-k < len(w.letters) && !w.opens[at+end-k] {
				continue
			}
			free := 0
			for i := at; i < at+end-k; i++ {
				if !taken[i] {
					free++
				}
			}
			if free*2 <= end-k {
				continue
			}
			for i := at; i < at+end-k; i++ {
				taken[i] = true
			}
			// Its own letters, and most of what the gaps on both sides cost.
			moved += max(0, worth-cost) + openWord + lost*moreMore/2
			out = append(out, move{k, end, at})
			break
		}
	}
	return out, moved
}
