package search

import (
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

// Marks are the stretches of a text that q looks for, in order and apart. A
// phrase is marked where all of it stands.
func (q *Query) Marks(text string) []Mark {
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

// marked is Marks, where tokens gives at least the words of q.
func (q *Query) marked(text string, tokens func(string, func(token))) []Mark {
	longest := 0
	for _, p := range q.marks {
		longest = max(longest, len(p.words))
	}
	if longest == 0 {
		return nil
	}
	var marks []Mark
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
		for _, p := range q.marks {
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
			marks = add(marks, m)
		}
	})
	return marks
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
// touches.
func add(marks []Mark, m Mark) []Mark {
	for n := len(marks) - 1; n >= 0 && marks[n].End > m.Start; n-- {
		m = Mark{min(m.Start, marks[n].Start), max(m.End, marks[n].End)}
		marks = marks[:n]
	}
	return append(marks, m)
}

// Snippet is the part of a text that shows most of what q looks for, with the
// words marked, about width characters long. It begins and ends at words; "…"
// stands where something is left out.
func (q *Query) Snippet(text string, width int) []Piece {
	hits := q.Marks(text)
	start, end := 0, len(text)
	if longer(text, width) {
		start, end = stretch(text, hits, width)
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

// stretch chooses the part of text, about width characters, with most hits.
func stretch(text string, hits []Mark, width int) (start, end int) {
	some := text[:min(len(text), 4*utf8.UTFMax*width)] // how many bytes its characters have
	bytes := width * len(some) / max(1, utf8.RuneCountInString(some))
	best, most := 0, 0
	for i, last := 0, 0; i < len(hits); i++ {
		for last = max(last, i); last < len(hits) && hits[last].End-hits[i].Start <= bytes*3/4; last++ {
		}
		if last-i > most {
			best, most = i, last-i
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
