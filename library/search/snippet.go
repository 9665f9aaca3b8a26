package search

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Piece is a stretch of a snippet.
type Piece struct {
	Text string
	Hit  bool
}

// A Mark is a stretch of bytes of a text, End excluded.
type Mark struct{ Start, End int }

// marks are the marks of a text, and a bit for each of Query.marks that stands at
// each of them, where there are several: maxTerms of them fit.
type marks struct {
	at []Mark
	of []uint64
}

// someMarks is for how many marks of a text room is made at first.
const someMarks = 8

// Marks are the stretches of a text that q looks for, in order and apart. A
// phrase is marked where all of it stands.
func (q *Query) Marks(text string) []Mark { return q.mark(text).at }

func (q *Query) mark(text string) marks {
	var v sieve
	for _, p := range q.marks {
		for _, w := range p.words {
			switch {
			case w.text == "":
				return q.marked(text, tokenize)
			case w.forms != nil || len(w.text) == 1: // forms of a word may differ from its second letter on
				v.add(w.text[0], 0)
			default:
				v.add(w.text[0], w.text[1])
			}
		}
	}
	return q.marked(text, func(s string, fn func(token)) { tokenizeSome(s, &v, fn) })
}

// marked is mark, where tokens gives at least the words of q.
func (q *Query) marked(text string, tokens func(string, func(token))) (out marks) {
	longest := 0
	for _, p := range q.marks {
		longest = max(longest, len(p.words))
	}
	if longest == 0 {
		return out
	}
	several := len(q.marks) > 1
	last := make([]token, 0, 2*longest) // the tokens before, as many as a phrase is long
	tokens(text, func(t token) {
		if t.text == "" { // no word of a phrase, which cannot stand around it
			last = last[:0]
			return
		}
		if len(last) == cap(last) {
			last = append(last[:0], last[longest:]...)
		}
		last = append(last, t)
		for i, p := range q.marks {
			if len(p.words) > len(last) {
				continue
			}
			at := last[len(last)-len(p.words):]
			if !p.matches(at) {
				continue
			}
			m := Mark{at[0].start, t.end}
			// One character was asked for, and a pair begins with it.
			if n := len(p.words) - 1; t.mid > 0 && p.words[n].prefix && utf8.RuneCountInString(p.words[n].text) == 1 {
				m.End = t.mid
			}
			if out.at == nil {
				out.at = make([]Mark, 0, someMarks)
				if several {
					out.of = make([]uint64, 0, someMarks)
				}
			}
			if of := out.add(m); several {
				out.of = append(out.of, of|1<<i)
			}
		}
	})
	return out
}

// matches reports whether tokens, as many as p has words, are those of p.
func (p *phrase) matches(at []token) bool {
	for i := range p.words {
		if !p.words[i].matches(at[i].text) {
			return false
		}
	}
	return true
}

// add puts m behind marks that end no later, and joins it with those that it
// touches: it returns what stood there, which is wanted with m.
func (x *marks) add(m Mark) (of uint64) {
	for n := len(x.at) - 1; n >= 0 && x.at[n].End > m.Start; n-- {
		m = Mark{min(m.Start, x.at[n].Start), max(m.End, x.at[n].End)}
		x.at = x.at[:n]
		if x.of != nil {
			of |= x.of[n]
			x.of = x.of[:n]
		}
	}
	x.at = append(x.at, m)
	return of
}

// Weigh tells q how rare its words are, as a search for it found them, so that
// its snippets rather show those that are.
func (q *Query) Weigh(r Result) { q.weights = r.weights }

// Snippet is the part of a text that shows most of what q looks for, with the
// words marked, about width characters long: as many different words as it can,
// the rarer first, then as often as it can. It begins and ends at words; "…"
// stands where something is left out.
func (q *Query) Snippet(text string, width int) []Piece {
	marked := q.mark(text)
	hits := marked.at
	start, end := 0, len(text)
	if longer(text, width) {
		start, end = q.stretch(text, marked, width)
	}
	var out []Piece
	put := func(s string, hit bool) {
		if s != "" {
			out = append(out, Piece{s, hit})
		}
	}
	if start > 0 {
		put("…", false)
	}
	at := start
	for _, h := range hits {
		if h.Start < at || h.End > end {
			continue
		}
		put(text[at:h.Start], false)
		put(text[h.Start:h.End], true)
		at = h.End
	}
	put(strings.TrimRightFunc(text[at:end], unicode.IsSpace), false)
	if end < len(text) {
		put("…", false)
	}
	return out
}

// longer reports whether a text has more than n characters.
func longer(text string, n int) bool {
	return len(text) > n && (len(text) > n*utf8.UTFMax || utf8.RuneCountInString(text) > n)
}

// A tally counts how often each of Query.marks stands in a part of a text, and
// what it is worth to show those that do.
type tally struct {
	worth []int // of each
	times [maxTerms]int
	value int
}

func (t *tally) add(of uint64) {
	for ; of != 0; of &= of - 1 {
		w := bits.TrailingZeros64(of)
		if t.times[w]++; t.times[w] == 1 {
			t.value += t.worth[w]
		}
	}
}

func (t *tally) remove(of uint64) {
	for ; of != 0; of &= of - 1 {
		w := bits.TrailingZeros64(of)
		if t.times[w]--; t.times[w] == 0 {
			t.value -= t.worth[w]
		}
	}
}

// weigh is what it is worth to show each of q.marks: the rarer in the library the
// more, and where that is not known, the rarer among the marks.
func (q *Query) weigh(of []uint64) []int {
	const one = 1 << 16
	if of == nil { // there is nothing to choose between
		return nil
	}
	out := make([]int, len(q.marks))
	if len(q.weights) == len(q.marks) {
		for i, w := range q.weights {
			out[i] = 1 + int(w*one)
		}
		return out
	}
	for _, of := range of {
		for ; of != 0; of &= of - 1 {
			out[bits.TrailingZeros64(of)]++
		}
	}
	for i, n := range out {
		if n > 0 { // any two are more than one
			out[i] = one + one/maxTerms/n
		}
	}
	return out
}

// stretch chooses the part of text, about width characters, whose hits are worth
// most, each word counted once; then that with most hits.
func (q *Query) stretch(text string, m marks, width int) (start, end int) {
	hits := m.at
	some := text[:min(len(text), 4*utf8.UTFMax*width)] // how many bytes its characters have
	bytes := width * len(some) / max(1, utf8.RuneCountInString(some))
	shown := tally{worth: q.weigh(m.of)}
	best, most, highest := 0, 0, 0
	for i, last := 0, 0; i < len(hits); i++ {
		for last = max(last, i); last < len(hits) && hits[last].End-hits[i].Start <= bytes*3/4; last++ {
			if m.of != nil {
				shown.add(m.of[last])
			}
		}
		if last > i && (shown.value > highest || shown.value == highest && last-i > most) {
			best, most, highest = i, last-i, shown.value
		}
		if last > i && m.of != nil { // not wider than the part
			shown.remove(m.of[i])
		}
	}
	if len(hits) > 0 {
		start = hits[best].Start - bytes/6
	}
	start = max(0, min(start, len(text)-bytes))
	end = min(len(text), start+bytes)
	if most == 0 && len(hits) > 0 { // one hit is wider than the window
		end = max(end, hits[best].End)
	}
	return boundary(text, start, -1), boundary(text, end, 1)
}

// boundary moves i to the next space in a direction, or, where none is near, to
// the next character.
func boundary(text string, i, step int) int {
	const near = 60
	for j := i; j > 0 && j < len(text) && j-i <= near && i-j <= near; j += step {
		if text[j] == ' ' || text[j] == '\n' {
			if step < 0 {
				j++
			}
			return j
		}
	}
	for i > 0 && i < len(text) && !utf8.RuneStart(text[i]) {
		i += step
	}
	return i
}
