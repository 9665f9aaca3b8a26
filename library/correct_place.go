package library

import (
	"slices"
	"strings"
)

// several is the index of what begins with the words of a place more than once.
const several = -2

func (w *Work) findPassage(at Place) int {
	if at.Anchor != "" {
		for i := range w.Passages {
			if w.Passages[i].Anchor == at.Anchor {
				return i
			}
		}
	}
	return nearest(len(w.Passages), at, func(i int) (string, int) { return w.Passages[i].Text, w.Passages[i].Number })
}

func (w *Work) findHeading(at Place) int {
	return nearest(len(w.Sections), at, func(i int) (string, int) {
		s := &w.Sections[i]
		if s.Lead {
			return "", 0
		}
		for _, text := range []string{s.Text, s.Title} {
			if text != "" && at.Words != "" && begins(text, at.Words) {
				return text, i + 1
			}
		}
		return strings.TrimSpace(s.Label() + " " + s.Title), i + 1
	})
}

// nearest is the one of n that begins with the words of a place: of several the
// one whose number is nearest to it, -1 if there is none, and several if no
// number chooses between them.
func nearest(n int, at Place, of func(i int) (text string, number int)) int {
	best, distance, tie, exact := -1, 0, false, false
	for i := range n {
		text, number := of(i)
		if at.Words == "" && (at.Number == 0 || number != at.Number) || at.Words != "" && !begins(text, at.Words) {
			continue
		}
		switch so := at.Number == 0 && beginsSo(text, at.Words); {
		case so && !exact:
			best, tie, exact = -1, false, true // word for word goes before nearly so
		case exact && !so:
			continue
		}
		d := number - at.Number
		if d < 0 {
			d = -d
		}
		switch {
		case best < 0 || d < distance:
			best, distance, tie = i, d, false
		case d == distance:
			tie = true
		}
		if at.Number == 0 && best >= 0 && best != i {
			tie = true
		}
	}
	if tie {
		return several
	}
	return best
}

// begins reports whether a text begins with some words, of which one in four may
// be another.
func begins(text, words string) bool {
	want := strings.Fields(Fold(words))
	if len(want) == 0 {
		return strings.TrimSpace(words) != "" && strings.HasPrefix(text, words)
	}
	if len(text) > 40*len(words)+200 {
		text = strings.ToValidUTF8(text[:40*len(words)+200], "")
	}
	have := strings.Fields(Fold(text))
	have = have[:min(len(have), len(want)+len(want)/4)]
	id := map[string]int32{}
	number := func(ws []string) (out []int32) {
		for _, s := range ws {
			if _, ok := id[s]; !ok {
				id[s] = int32(len(id))
			}
			out = append(out, id[s])
		}
		return out
	}
	var l lcs
	return l.length(number(want), number(have)) >= len(want)-len(want)/4
}

// beginsSo reports whether a text begins with some words, word for word.
func beginsSo(text, words string) bool {
	have, want := strings.Fields(Fold(text[:min(len(text), 4*len(words)+200)])), strings.Fields(Fold(words))
	return len(want) > 0 && len(have) >= len(want) && slices.Equal(have[:len(want)], want)
}

// wordsAt is where some words stand in a text, from the beginning of a word; -1
// if they do not, or more than once.
func wordsAt(text, words string) int {
	words = strings.TrimSpace(words)
	if words == "" {
		return -1
	}
	at := strings.Index(text, words)
	if at < 0 || strings.Contains(text[at+1:], words) {
		return -1
	}
	return at
}
