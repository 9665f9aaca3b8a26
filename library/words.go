package library

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// How many characters stand for a word in scripts that put no spaces between
// words, in tenths. Chinese: 255 characters and 158 words a minute were read aloud
// in Trauzettel-Klosinski and Dietz, "Standardized Assessment of Reading
// Performance: The New International Reading Speed Texts IReST", Investigative
// Ophthalmology & Visual Science 53 (2012), 5452-5461, and translators count 1,300
// to 1,800 of them for a thousand words of English. Japanese, which is told by its
// kana: 357 and 193 there. For Thai, Lao, Khmer and Burmese it is an estimate: what
// stands for a word there takes as many letters as in English.
const (
	hanPerWord  = 16
	kanaPerWord = 19
	thaiPerWord = 50
)

// CountWords counts white-space-separated tokens. Where a script puts no spaces
// between words, as many characters as a word has there count as one, so that
// plans and reading times come out alike in every language.
func CountWords(s string) int {
	n, space := 0, 1 // white space stands before
	han, kana, thai, marks := 0, 0, 0, 0
	for i := 0; i < len(s); {
		// Words end at random: a jump at each of them would be guessed wrong.
		for i < len(s) && s[i] < utf8.RuneSelf {
			now := int(asciiSpace[s[i]])
			n += space &^ now
			space = now
			i++
		}
		if i == len(s) {
			break
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		i += size
		if unicode.IsSpace(r) {
			space = 1
			continue
		}
		script := spacedScript
		if r >= 0x0e00 { // no other begins before Thai
			script = unspaced(r)
		}
		switch script {
		case spacedScript:
			n += space
			space = 0
			continue
		case hanScript:
			han++
		case kanaScript:
			kana++
		case thaiScript:
			thai++
		case noScript:
			marks++
		}
		space = 1
	}
	if han+kana+thai == 0 && (n > 0 || marks == 0) {
		return n
	}
	per := hanPerWord
	if kana*10 > han { // Japanese has some kana in each sentence
		per = kanaPerWord
	}
	if whole := rounded(10*(han+kana), per) + rounded(10*thai, thaiPerWord); n+whole > 0 {
		return n + whole
	}
	return 1
}

// asciiSpace is 1 for white space.
var asciiSpace = [utf8.RuneSelf]uint8{' ': 1, '\t': 1, '\n': 1, '\v': 1, '\f': 1, '\r': 1}

func rounded(a, b int) int { return (a + b/2) / b }

type scriptKind uint8

const (
	spacedScript scriptKind = iota
	hanScript
	kanaScript
	thaiScript
	noScript // punctuation that stands among characters without spaces
)

// unspaced says of which script without spaces between words a character is.
func unspaced(r rune) scriptKind {
	switch {
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3400 && r <= 0x4dbf, r >= 0xf900 && r <= 0xfaff, r >= 0x20000 && r <= 0x323af, r == '々', r == '〇':
		return hanScript
	case r >= 0x3041 && r <= 0x30ff && r != '・' || r >= 0x31f0 && r <= 0x31ff || r >= 0xff66 && r <= 0xff9f:
		return kanaScript
	case r >= 0x0e00 && r <= 0x0eff, r >= 0x1000 && r <= 0x109f, r >= 0x1780 && r <= 0x17ff:
		if unicode.IsMark(r) { // it stands above or below its letter
			return noScript
		}
		return thaiScript
	case r >= 0x3000 && r <= 0x303f, r == '・', r >= 0xff00 && r <= 0xff0f, r >= 0xff1a && r <= 0xff20, r >= 0xff3b && r <= 0xff40, r >= 0xff5b && r <= 0xff65, r >= 0xfe30 && r <= 0xfe4f:
		return noScript
	}
	return spacedScript
}

// Head is the first words of a text, n at most, and whether that is all of it.
func Head(s string, n int) (head string, all bool) {
	s = strings.Join(strings.Fields(s), " ")
	cost, space := 0, true
	for i, r := range s {
		if unicode.IsMark(r) {
			continue
		}
		if cost += wordCost(r, space); cost > n*hanPerWord {
			return strings.TrimRight(s[:i], " "), false
		}
		space = r == ' '
	}
	return s, true
}

// Tail is the last words of a text, n at most, and whether that is all of it.
func Tail(s string, n int) (tail string, all bool) {
	s = strings.Join(strings.Fields(s), " ")
	cost, space := 0, true
	for i := len(s); i > 0; {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.IsMark(r) {
			if cost += wordCost(r, space); cost > n*hanPerWord {
				return strings.TrimLeft(s[i:], " "), false
			}
			space = r == ' '
		}
		i -= size
	}
	return s, true
}

// wordCost is what a character adds to a text's length, in characters of Chinese:
// a letter that begins a word adds all of it.
func wordCost(r rune, space bool) int {
	switch kind := unspaced(r); {
	case kind == thaiScript:
		return hanPerWord / 5
	case kind == hanScript || kind == kanaScript:
		return 10
	case kind == spacedScript && space && r != ' ':
		return hanPerWord
	}
	return 0
}
