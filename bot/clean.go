package bot

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clean makes a person's words safe to repeat: characters that cannot be seen
// (controls, zero-width, private use, bidirectional overrides) are taken out,
// invalid UTF-8 becomes U+FFFD, any white space becomes one space, and what is
// over most runes is cut with an ellipsis; most 0 is no limit. Joiners that
// scripts and emoji need (U+200C, U+200D) stay between visible characters.
func Clean(s string, most int) string {
	var b strings.Builder
	runes, space := 0, false
	var prev rune
	for i, r := range s {
		if r == utf8.RuneError {
			if _, n := utf8.DecodeRuneInString(s[i:]); n == 1 {
				r = '\uFFFD'
			}
		}
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case r == '\u200c' || r == '\u200d':
			if prev == 0 || space || prev == r {
				continue
			}
		case Invisible(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			runes++
			space = false
		}
		if most > 0 && runes >= most {
			b.WriteRune('…')
			break
		}
		b.WriteRune(r)
		runes++
		prev = r
	}
	return b.String()
}

// Invisible reports whether r shows nothing by itself and could disturb what
// stands beside it: controls, formats (bidirectional marks, zero-width
// characters, tags), private use, surrogates and noncharacters.
func Invisible(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return false
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Cs, r):
		return true
	case r == '\u2028' || r == '\u2029', r == '\u115f' || r == '\u1160' || r == '\u3164' || r == '\uffa0': // line separators, Hangul fillers
		return true
	case r&0xfffe == 0xfffe, r >= 0xfdd0 && r <= 0xfdef:
		return true
	}
	return false
}
