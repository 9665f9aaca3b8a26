package quote

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Letter is a folded letter or figure. Those beyond the basic plane share the
// private-use area, where two of them may meet; what is shown comes from the
// text itself.
type Letter uint16

// Folded is a text reduced to what survives copying, scanning and retyping: its
// letters and figures without case, accents, ligatures, spaces and hyphens. Each
// letter knows where it stood.
type Folded struct {
	Letters []Letter
	At      []int32 // the byte at which the letter's character begins
	// Opens marks letters that begin a word, as far as spaces tell.
	Opens []bool
}

// spelled are letters that Unicode does not decompose and people type otherwise.
var spelled = map[rune]string{
	'ß': "ss", 'æ': "ae", 'œ': "oe", 'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'ħ': "h", 'ı': "i", 'ς': "σ",
	'ـ': "", // the stroke that stretches Arabic words
}

// Fold folds a text. Short marks in square brackets, which call a note, are left
// out.
func Fold(s string) Folded {
	var f Folded
	f.add(s, 0)
	return f
}

// add folds s, which stands at a byte of a longer text.
func (f *Folded) add(s string, base int) {
	if need := len(f.Letters) + len(s); cap(f.Letters) < need && len(s) > 64 {
		f.Letters = append(make([]Letter, 0, need), f.Letters...)
		f.At = append(make([]int32, 0, need), f.At...)
		f.Opens = append(make([]bool, 0, need), f.Opens...)
	}
	opens := true
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			f.put(Letter(c), base+i, &opens)
			i++
		case 'A' <= c && c <= 'Z':
			f.put(Letter(c+'a'-'A'), base+i, &opens)
			i++
		case c == '[':
			if n := noteCall(s[i:]); n > 0 {
				i += n
				continue
			}
			opens = true
			i++
		case c == '-' && i+1 < len(s) && s[i+1] == '-':
			opens = true // a dash, as people type it
			i++
		case c == '-' && i > 0 && i+1 < len(s) && s[i+1] == '\n' && s[i-1] > ' ':
			i += 2 // the end of a line, within a word
		case c == '\'' || c == '-':
			i++ // within a word, or beside a space
		case c < utf8.RuneSelf:
			opens = true
			i++
		default:
			i += f.rune(s[i:], base+i, &opens)
		}
	}
}

// noteCall is the length of a call like [1] or [*], 0 if there is none.
func noteCall(s string) int {
	end := strings.IndexByte(s[:min(len(s), 5)], ']')
	if end < 2 {
		return 0
	}
	for _, c := range []byte(s[1:end]) {
		if c != '*' && (c < '0' || c > '9') {
			return 0
		}
	}
	return end + 1
}

func (f *Folded) put(l Letter, at int, opens *bool) {
	f.Letters = append(f.Letters, l)
	f.At = append(f.At, int32(at))
	f.Opens = append(f.Opens, *opens)
	*opens = false
}

// rune folds the character that s begins with, and gives its length.
func (f *Folded) rune(s string, at int, opens *bool) int {
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsLetter(r), unicode.Is(unicode.Nd, r), unicode.Is(unicode.Nl, r), unicode.Is(unicode.M, r):
	case r == '\u00ad', r == '’', r == 'ʼ', r == '‐', r == '‑', r == '\u200b', r == '\u200c', r == '\u200d', r == '\u2060', r == '\ufeff':
		return n // no part of a word, and does not end one
	case r == '…', r == '—', r == '–', unicode.IsSpace(r), unicode.IsPunct(r), unicode.IsSymbol(r), unicode.Is(unicode.No, r), unicode.IsControl(r):
		*opens = true
		return n
	default:
		return n
	}
	props := norm.NFKD.PropertiesString(s)
	form := props.Decomposition()
	if form == nil {
		form = []byte(s[:n])
	}
	if 0xAC00 <= r && r <= 0xD7A3 { // Hangul, which decomposes by rule
		form = norm.NFKD.Bytes(form)
	}
	for len(form) > 0 {
		d, size := utf8.DecodeRune(form)
		ccc := norm.NFKD.Properties(form).CCC()
		form = form[size:]
		if unicode.Is(unicode.M, d) && (ccc != 0 || unicode.Is(unicode.Variation_Selector, d)) || !unicode.IsLetter(d) && !unicode.IsDigit(d) && !unicode.Is(unicode.M, d) {
			continue // accents and points; the vowels of other scripts stay
		}
		d = unicode.ToLower(d)
		if to, ok := spelled[d]; ok {
			for i := range len(to) {
				if utf8.RuneStart(to[i]) {
					x, _ := utf8.DecodeRuneInString(to[i:])
					f.put(Letter(x), at, opens)
				}
			}
			continue
		}
		if d > 0xFFFF {
			d = 0xE000 + d&0x0FFF
		}
		f.put(Letter(d), at, opens)
	}
	return n
}

// weight is about how much a letter says, in letters of an alphabet: a Chinese
// character says as much as three.
func (l Letter) weight() int {
	switch {
	case l < 0x2E80:
		return 1
	case l >= 0x3400 && l <= 0x9FFF, l >= 0xF900 && l <= 0xFAFF:
		return 3
	case l >= 0x3040 && l <= 0x30FF:
		return 2
	}
	return 1
}
