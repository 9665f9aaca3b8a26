package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"lectern/library"
)

// The tokens of texts and of queries are made here and nowhere else, so that
// what is found, what is marked and what is asked for cannot differ.

// maxToken bounds a token, in bytes; the rest of a longer one is not indexed.
const maxToken = 120

// A token is a word of a text, or a pair of neighbours in a script that is
// written without spaces, and where it stands, in bytes, end excluded.
type token struct {
	text       string // folded; it may be a piece of the passage
	start, end int
	// mid is where the first character of a pair ends, 0 for a word.
	mid int
	// dense is true for a token of such a script; one that is not a pair is
	// the last character of its run.
	dense bool
}

// denseMarks belong to no one script but are written in those without spaces.
const denseMarks = "ー々〆ｰﾞﾟ"

// isDense reports whether r is of a script that is written without spaces.
func isDense(r rune) bool {
	if r < 0x0E00 {
		return false
	}
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		strings.ContainsRune(denseMarks, r)
}

// ignored reports whether r may stand within a word and is no part of it: the
// soft hyphen, joiners, the mark of byte order.
func ignored(r rune) bool {
	switch r {
	case '\u00ad', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return true
	}
	return false
}

// inWord reports whether r belongs to a word. Raised figures, which call a
// note, do not.
func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.In(r, unicode.Nd, unicode.Nl, unicode.M)
}

// plain are the letters and figures of ASCII in small letters, 0 for the rest.
var plain = func() (t [256]byte) {
	for r := range byte(utf8.RuneSelf) {
		if c := rune(r); unicode.IsLetter(c) || unicode.IsDigit(c) {
			t[r] = byte(unicode.ToLower(c))
		}
	}
	return t
}()

// tokenize calls fn with each token of a text, in order.
//
// A run of n characters of a dense script gives its n-1 pairs and then its last
// character, so that a query of several characters is a phrase of pairs and one
// of a single character is the beginning of a pair, or the end of a run.
func tokenize(s string, fn func(token)) {
	for i := 0; i < len(s); {
		i = tokenizeAt(s, i, fn)
	}
}

// tokenizeAt calls fn with the tokens of what begins at i, which is a word, a run
// of a dense script or a character of neither, and says where that ends.
func tokenizeAt(s string, i int, fn func(token)) int {
	start := i
	if plain[s[i]] != 0 { // most words of most texts: ASCII to their end
		small := true
		for ; i < len(s) && plain[s[i]] != 0; i++ {
			small = small && plain[s[i]] == s[i]
		}
		if i == len(s) || s[i] < utf8.RuneSelf {
			text := s[start:min(i, start+maxToken)]
			if !small {
				text = strings.ToLower(text)
			}
			fn(token{text: text, start: start, end: i})
			return i
		}
		i = start
	}
	r, n := utf8.DecodeRuneInString(s[i:])
	if !inWord(r) {
		return i + n
	}
	dense := isDense(r)
	for i += n; i < len(s); i += n {
		if r, n = utf8.DecodeRuneInString(s[i:]); ignored(r) || unicode.Is(unicode.M, r) {
			continue
		}
		if !inWord(r) || isDense(r) != dense {
			break
		}
	}
	if dense {
		pairs(s, start, i, fn)
	} else if f := fold(s[start:i]); f != "" {
		fn(token{text: f, start: start, end: i})
	}
	return i
}

// A sieve tells by two bytes that follow each other whether a word that is sought
// may begin there: first of the one and second of the other share a bit then.
type sieve struct{ first, second [256]uint8 }

const (
	sought uint8 = 1 << iota
	beyond       // a byte of a character beyond ASCII, which may fold to any
)

// add lets words through that begin, folded, with one or two bytes; second is 0
// where any may follow.
func (v *sieve) add(first, second byte) {
	if v.first[utf8.RuneSelf] == 0 { // the zero value
		for c := range v.first {
			v.second[c] = beyond
			if c >= utf8.RuneSelf {
				v.first[c], v.second[c] = beyond, sought|beyond
			}
		}
	}
	for c := range plain {
		if plain[c] == first && first != 0 {
			v.first[c] |= sought
		}
		if plain[c] == second || second == 0 {
			v.second[c] |= sought
		}
	}
}

// tokenizeSome is tokenize for whoever needs only the words that v lets through:
// most others are passed over, and fn is told so, by a token without a text, once
// for those that follow each other.
func tokenizeSome(s string, v *sieve, fn func(token)) {
	done := 0
	for i := 0; i < len(s); i++ {
		next := byte(0)
		for c := s[i]; i+1 < len(s); i++ {
			if next = s[i+1]; v.first[c]&v.second[next] != 0 {
				break
			}
			c, next = next, 0
		}
		if v.first[s[i]]&v.second[next] == 0 { // the last byte
			break
		}
		start := i
		if start > done && plain[s[start-1]] != 0 { // not the first of its word
			if s[i] < utf8.RuneSelf {
				continue
			}
			for start > done && plain[s[start-1]] != 0 {
				start--
			}
		}
		for j := start; j > done; j-- {
			if plain[s[j-1]] != 0 {
				fn(token{})
				break
			}
		}
		done = tokenizeAt(s, start, fn)
		i = done - 1
	}
}

// pairs gives the tokens of a run of a dense script.
func pairs(s string, start, end int, fn func(token)) {
	type unit struct {
		text       string
		start, end int
	}
	var before unit
	for i := start; i < end; {
		n := norm.NFKC.NextBoundaryInString(s[i:end], true)
		text := fold(s[i : i+n])
		for text != "" {
			_, size := utf8.DecodeRuneInString(text)
			u := unit{text[:size], i, i + n}
			if before.text != "" {
				fn(token{text: before.text + u.text, start: before.start, end: u.end, mid: before.end, dense: true})
			}
			before, text = u, text[size:]
		}
		i += n
	}
	if before.text != "" {
		fn(token{text: before.text, start: before.start, end: before.end, dense: true})
	}
}

// fold makes words comparable: no case, no accents, no ligatures or other
// forms of the same letters.
func fold(s string) string {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if ascii {
		s = strings.ToLower(s)
		return s[:min(len(s), maxToken)]
	}
	var b strings.Builder
	plain := true // nothing that composes
	for _, r := range norm.NFKD.String(s) {
		if accent(r) || ignored(r) || !inWord(r) {
			continue
		}
		if to, ok := library.SpelledOut(r); ok {
			b.WriteString(to)
			continue
		}
		r = unicode.ToLower(r)
		plain = plain && r < 0x0300
		b.WriteRune(r)
		if b.Len() >= maxToken {
			break
		}
	}
	if plain {
		return b.String()
	}
	return norm.NFC.String(b.String())
}

// accent reports whether r is a mark that readers leave out when they type: of
// Latin, Greek and Cyrillic letters, the points of Hebrew and Arabic. The marks
// of other scripts are vowels and stay.
func accent(r rune) bool {
	switch {
	case r < 0x0300:
		return false
	case r <= 0x036F, // combining
		0x0591 <= r && r <= 0x05C7 && unicode.Is(unicode.Mn, r),                                                                                   // Hebrew
		0x0610 <= r && r <= 0x061A, 0x064B <= r && r <= 0x065F, r == 0x0670, 0x06D6 <= r && r <= 0x06ED && unicode.Is(unicode.Mn, r), r == 0x0640, // Arabic
		0x1AB0 <= r && r <= 0x1AFF, 0x1DC0 <= r && r <= 0x1DFF, 0x20D0 <= r && r <= 0x20FF, 0xFE00 <= r && r <= 0xFE2F:
		return true
	}
	return false
}
