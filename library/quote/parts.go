package quote

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A part is a stretch of a quotation between ellipses, or a piece of a long one:
// what is looked for as one.
type part struct {
	Folded
	elided bool // an ellipsis stands before it
}

// pieceLetters is about how long a piece of a long part is.
const pieceLetters = 300

// split cuts a quotation at its ellipses and takes out what stands in square
// brackets, which is the quoter's own, unless it is part of a word ("[t]he").
func split(s string) (whole string, parts []part) {
	whole = address.ReplaceAllString(strings.ToValidUTF8(s, " "), "$1")
	if out, kept := unbracket(whole); kept {
		whole = out
	}
	start := 0
	add := func(end int) {
		var f Folded
		f.add(whole[start:end], start)
		if len(f.Letters) > 0 {
			parts = append(parts, part{Folded: f, elided: len(parts) > 0})
		}
	}
	for i := 0; i < len(whole); {
		n := ellipsis(whole[i:])
		if n == 0 {
			i++
			continue
		}
		add(i)
		i += n
		start = i
	}
	add(len(whole))
	var pieces []part
	for _, p := range parts {
		pieces = append(pieces, p.pieces()...)
	}
	return whole, pieces
}

// address is a link as Markdown writes it: words in square brackets, which are none of
// the quoter's own here, and an address.
var address = regexp.MustCompile(`\[([^\[\]]+)\]\((?:[a-z]+:|/|#)[^()\s]*\)`)

// ellipsis is the length of the mark of something left out that s begins with, 0
// if there is none.
func ellipsis(s string) int {
	if strings.HasPrefix(s, "…") {
		return len("…")
	}
	dots, end := 0, 0
	for i := range len(s) {
		if s[i] == '.' {
			dots, end = dots+1, i+1
			continue
		}
		if s[i] != ' ' || dots == 0 {
			break
		}
	}
	if dots >= 3 {
		return end
	}
	return 0
}

// unbracket puts spaces in the place of what is in square brackets, as long as
// something is left; "[...]" becomes an ellipsis.
func unbracket(s string) (out string, kept bool) {
	var b strings.Builder
	letters := false
	for i := 0; i < len(s); {
		c := s[i]
		if c == '[' {
			if end := strings.IndexByte(s[i:], ']'); end > 0 {
				inner := s[i+1 : i+end]
				switch {
				case strings.IndexFunc(inner, isLetter) < 0:
					b.WriteString(" " + strings.Map(dotsOnly, inner) + " ")
				case utf8.RuneCountInString(inner) <= 3 && (touches(s[i+end+1:], false) || touches(s[:i], true)):
					b.WriteString(inner) // a letter that was changed
				default:
					b.WriteByte(' ')
				}
				i += end + 1
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		letters = letters || isLetter(r)
		b.WriteString(s[i : i+n])
		i += n
	}
	return b.String(), letters
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// touches reports whether s begins, or ends, with a letter.
func touches(s string, end bool) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if end {
		r, _ = utf8.DecodeLastRuneInString(s)
	}
	return unicode.IsLetter(r)
}

func dotsOnly(r rune) rune {
	if r == '.' || r == '…' {
		return r
	}
	return -1
}

// pieces cuts a part that is long at words.
func (p part) pieces() []part {
	n := len(p.Letters)
	if n <= 2*pieceLetters {
		return []part{p}
	}
	var out []part
	for from := 0; from < n; {
		to := from + pieceLetters
		for to < n && to < from+pieceLetters+60 && !p.Opens[to] {
			to++
		}
		if n-to < pieceLetters/2 {
			to = n
		}
		out = append(out, part{Folded: Folded{p.Letters[from:to], p.At[from:to], p.Opens[from:to]}, elided: p.elided && from == 0})
		from = to
	}
	return out
}
