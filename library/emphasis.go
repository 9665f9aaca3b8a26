package library

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// An Emphasised is a piece of a passage's text that is emphasised in one way.
type Emphasised struct {
	Text                   string
	Emphasis, Strong, Code bool
}

// Emphases are the pieces of a text whose authors or transcribers marked
// emphasis as one does where only letters can be typed: *so* or _so_, **so**
// and `so`. What is not such a pair around words, on one line, is left as it
// stands: the star of a footnote, a name_with_lines, “2 * 3 * 4”. Texts keep
// their marks, so that what is counted, searched and cited is what was written;
// this is for showing them.
func Emphases(text string) iter.Seq[Emphasised] {
	return func(yield func(Emphasised) bool) { emphases(text, Emphasised{}, 0, yield) }
}

// marks are the signs that emphasise.
const marks = "*_`"

// maxMarks is how deep emphasis may stand within emphasis.
const maxMarks = 4

// emphases hands on the pieces of a text that stands within others' emphasis.
func emphases(text string, within Emphasised, depth int, yield func(Emphasised) bool) (more bool) {
	give := func(s string) bool {
		within.Text = s
		return s == "" || yield(within)
	}
	if depth == maxMarks {
		return give(text)
	}
	from := 0
	var never [3][3]int // by mark and how many: up to where nothing is that closes
	for at := 0; at < len(text); {
		n := markAt(text, at)
		if n == 0 {
			at++
			continue
		}
		end := 0
		if marksOpen(text, at, n) {
			none := &never[strings.IndexByte(marks, text[at])][n-1]
			if at >= *none {
				end, *none = closing(text, at, n)
			}
		}
		if end == 0 {
			at += n
			continue
		}
		if !give(text[from:at]) {
			return false
		}
		inner := within
		if text[at] == '`' {
			inner.Code, inner.Text = true, text[at+n:end]
			if !yield(inner) {
				return false
			}
		} else {
			inner.Emphasis = inner.Emphasis || n != 2
			inner.Strong = inner.Strong || n != 1
			if !emphases(text[at+n:end], inner, depth+1, yield) {
				return false
			}
		}
		at = end + n
		from = at
	}
	return give(text[from:])
}

// markAt is how many equal marks stand at a place of a text.
func markAt(text string, at int) (n int) {
	c := text[at]
	if strings.IndexByte(marks, c) < 0 {
		return 0
	}
	for at+n < len(text) && text[at+n] == c {
		n++
	}
	return n
}

// marksOpen reports whether n marks at a place may begin emphasis: before a word,
// and not within one.
func marksOpen(text string, at, n int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after, _ := utf8.DecodeRuneInString(text[at+n:])
	return n <= 3 && (at == 0 || !wordRune(before)) && at+n < len(text) && (wordRune(after) || unicode.In(after, unicode.Ps, unicode.Pi) || after == '"' || after == '\'' || markRune(after))
}

// closing is where the marks stand that end what n marks at a place begin; 0
// where nothing does, and then up to where it was looked for.
func closing(text string, at, n int) (end, none int) {
	i := at + n
	for i < len(text) && text[i] != '\n' {
		m := markAt(text, i)
		if m == n && text[i] == text[at] && i > at+n {
			before, _ := utf8.DecodeLastRuneInString(text[:i])
			after, _ := utf8.DecodeRuneInString(text[i+m:])
			if !unicode.IsSpace(before) && !unicode.In(before, unicode.Ps) && (i+m == len(text) || !wordRune(after)) {
				return i, 0
			}
		}
		i += max(m, 1)
	}
	return 0, i
}

func markRune(r rune) bool { return strings.ContainsRune(marks, r) }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) }
