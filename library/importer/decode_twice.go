package importer

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// encodedTwice reports whether a text in UTF-8 was taken for windows-1252 once and
// changed to UTF-8 again, so that é became Ã©: nearly all that is beyond ASCII in it
// is made of such pairs. It gives one of them, and what it stands for.
func encodedTwice(text string) (pair [2]string, ok bool) {
	const most = 1 << 16
	first := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf })
	if first < 0 {
		return pair, false
	}
	twice, other := 0, 0
	var run []byte // the bytes that the characters beside each other were
	end := func() {
		for b := run; len(b) > 0; {
			r, n := utf8.DecodeRune(b)
			if r == utf8.RuneError || n == 1 {
				other++
			} else if twice++; pair[1] == "" && n == 2 {
				pair[1] = string(r)
				pair[0] = windows1252(b[:n])
			}
			b = b[n:]
		}
		run = run[:0]
	}
	text = text[first:min(len(text), first+most)]
	for i := 0; i < len(text); {
		if text[i] < utf8.RuneSelf {
			end()
			for i < len(text) && text[i] < utf8.RuneSelf {
				i++
			}
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		b, is := charmap.Windows1252.EncodeRune(r)
		if !is && r < 0xa0 {
			b, is = byte(r), true // what the encoding lacks was kept as it was
		}
		if !is {
			end()
			other++
			continue
		}
		run = append(run, b)
	}
	end()
	return pair, pair[1] != "" && twice >= 3 && twice > 8*other
}

// windows1252 are bytes as that encoding has them.
func windows1252(b []byte) string {
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return ""
	}
	return string(s)
}
