package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// isDense reports whether r is of a script that is written without spaces
// between words. Such text is indexed by pairs of characters.
func isDense(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

// A word is a token of a text and where it stands, in bytes.
type word struct {
	text       string // folded
	start, end int
}

// fold makes a token comparable: compatibility forms and ligatures undone,
// no accents, lower case, no soft hyphens.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= 0x80 {
			ascii = false
			break
		}
	}
	if ascii {
		return strings.ToLower(s)
	}
	t := transform.Chain(norm.NFKD, runes.Remove(runes.Predicate(func(r rune) bool { return unicode.Is(unicode.Mn, r) || unicode.Is(unicode.Cf, r) })), norm.NFC)
	if folded, _, err := transform.String(t, s); err == nil {
		s = folded
	}
	return strings.ToLower(s)
}

// inWord reports whether r belongs to a token.
func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) || r == '\u00ad' || r == '\u200c' || r == '\u200d'
}

// scan calls fn for each token of a text, in order. Runs of a dense script
// give each pair of neighbours, and a lone character itself; the last of a run
// is the beginning of no pair and is left out where the run has several.
func scan(s string, fn func(w word)) {
	start := -1
	dense := false
	flush := func(end int) {
		if start < 0 {
			return
		}
		piece := s[start:end]
		switch {
		case !dense:
			if f := fold(piece); f != "" {
				fn(word{f, start, end})
			}
		default:
			var at []int
			for i := range piece {
				at = append(at, i)
			}
			at = append(at, len(piece))
			if len(at) == 2 {
				fn(word{fold(piece), start, end})
			}
			for i := 0; i+2 < len(at); i++ {
				fn(word{fold(piece[at[i]:at[i+2]]), start + at[i], start + at[i+2]})
			}
		}
		start = -1
	}
	for i, r := range s {
		if !inWord(r) {
			flush(i)
			continue
		}
		d := isDense(r)
		if start >= 0 && d != dense && !unicode.Is(unicode.M, r) {
			flush(i)
		}
		if start < 0 {
			start, dense = i, d
		}
	}
	flush(len(s))
}

// tokens are the folded tokens of a text.
func tokens(s string) []string {
	var out []string
	scan(s, func(w word) { out = append(out, w.text) })
	return out
}

// indexed is a text as it goes into the index: its tokens parted by spaces.
func indexed(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	scan(s, func(w word) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	})
	return b.String()
}
