package search

import (
	"strings"
	"unicode"
)

// A Piece is a stretch of a snippet.
type Piece struct {
	Text string
	Hit  bool
}

// Snippet is the part of a text that shows most of what q looks for, with the
// words marked, about width runes long. It begins and ends at words; "…"
// stands where something is left out.
func (q *Query) Snippet(text string, width int) []Piece {
	var hits []word
	scan(text, func(w word) {
		for _, m := range q.marks {
			if w.text == m.word || m.prefix && strings.HasPrefix(w.text, m.word) {
				if n := len(hits) - 1; n >= 0 && hits[n].end > w.start {
					hits[n].end = max(hits[n].end, w.end) // pairs of a dense script overlap
				} else {
					hits = append(hits, w)
				}
				return
			}
		}
	})
	start, end := 0, len(text)
	if len([]rune(text)) > width {
		start, end = window(text, hits, width)
	}
	var out []Piece
	put := func(s string, hit bool) {
		if s != "" {
			out = append(out, Piece{s, hit})
		}
	}
	at := start
	if start > 0 {
		put("…", false)
	}
	for _, h := range hits {
		if h.start < at || h.end > end {
			continue
		}
		put(text[at:h.start], false)
		put(text[h.start:h.end], true)
		at = h.end
	}
	put(strings.TrimRightFunc(text[at:end], unicode.IsSpace), false)
	if end < len(text) {
		put("…", false)
	}
	return out
}

// window chooses the stretch of text, about width runes, with most hits.
func window(text string, hits []word, width int) (start, end int) {
	bytes := width * max(1, len(text)/max(1, len([]rune(text))))
	best, most := 0, -1
	for i := range hits {
		n := 0
		for j := i; j < len(hits) && hits[j].end-hits[i].start <= bytes*3/4; j++ {
			n++
		}
		if n > most {
			best, most = i, n
		}
	}
	if most > 0 {
		start = max(0, hits[best].start-bytes/6)
	}
	end = min(len(text), start+bytes)
	return boundary(text, max(0, min(start, end-bytes)), -1), boundary(text, end, 1)
}

// boundary moves i to the next space in a direction, or, where none is near, to
// the next character.
func boundary(text string, i, step int) int {
	const near = 60
	for j := i; j > 0 && j < len(text) && j-i <= near && i-j <= near; j += step {
		if text[j] == ' ' {
			if step < 0 {
				j++
			}
			return j
		}
	}
	for i > 0 && i < len(text) && text[i]&0xC0 == 0x80 {
		i += step
	}
	return i
}
