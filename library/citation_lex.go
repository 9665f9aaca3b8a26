package library

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxCitation bounds what is read as a citation, in bytes.
const maxCitation = 500

// A sign is what a token of a citation is.
type sign uint8

const (
	word    sign = iota // letters, folded
	number              // digits of any script
	dash                // - – — ~ .. …
	comma               // , 、 ،
	semi                // ;
	colon               // :
	dot                 // .
	slash               // /
	and                 // & +
	section             // §
	para                // ¶
	hash                // #
	mark                // *, †, ‡, whatever else may be a footnote's label
)

// A token is a piece of a citation.
type token struct {
	sign   sign
	glued  bool   // no white space before it
	quoted bool   // it stands within quotation marks
	text   string // words: as Fold has them; numbers: ASCII digits
	raw    string // as typed, in compatibility form
	n      int    // numbers, at most tooMany
}

// tooMany stands for any number too large to be one of a passage.
const tooMany = 1 << 30

// is reports whether the token is one of some unquoted words.
func (t *token) is(words ...string) bool {
	if t.sign != word || t.quoted {
		return false
	}
	return slices.Contains(words, t.text)
}

// spelledOut writes signs as they are read, which NFKC would make letters of.
var spelledOut = strings.NewReplacer("№", "#", "…", "..")

// lex cuts a citation into tokens, appended to out. Brackets and the marks of
// emphasis are dropped; letters and digits that touch are two tokens.
func lex(out []token, s string) []token {
	ascii := true
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			ascii = false
			break
		}
	}
	if !ascii {
		s = norm.NFKC.String(strings.ToValidUTF8(spelledOut.Replace(s), " "))
	}
	lower := strings.ToLower(s)
	if len(lower) != len(s) { // a letter whose lower case is of another length
		s = lower
	}
	glued := false
	closing := rune(0)
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		switch {
		case letter(r):
			end := i + n
			for end < len(s) {
				r, n := utf8.DecodeRuneInString(s[end:])
				if letter(r) || unicode.Is(unicode.Mn, r) {
					end += n
					continue
				}
				// An apostrophe within a word: "Trotsky's".
				if r == '\'' || r == '’' {
					if next, _ := utf8.DecodeRuneInString(s[end+n:]); letter(next) {
						end += n
						continue
					}
				}
				break
			}
			t := token{sign: word, glued: glued, quoted: closing != 0, raw: s[i:end], text: lower[i:end]}
			if !ascii || strings.IndexByte(t.text, '\'') >= 0 {
				t.text = Fold(t.raw)
			}
			if t.text != "" {
				out = append(out, t)
			}
			i, glued = end, true
			continue
		case unicode.IsDigit(r):
			end := i
			t := token{sign: number, glued: glued, quoted: closing != 0}
			plain := true
			for end < len(s) {
				r, n := utf8.DecodeRuneInString(s[end:])
				if !unicode.IsDigit(r) {
					break
				}
				plain = plain && n == 1
				t.n = min(t.n*10+digit(r), tooMany)
				end += n
			}
			t.raw, t.text = s[i:end], s[i:end]
			if !plain {
				var b strings.Builder
				for _, r := range t.raw {
					b.WriteByte(byte('0' + digit(r)))
				}
				t.text = b.String()
			}
			out = append(out, t)
			i, glued = end, true
			continue
		case unicode.IsSpace(r):
			glued = false
			i += n
			continue
		}
		one := func(what sign) {
			out = append(out, token{sign: what, glued: glued, quoted: closing != 0, raw: s[i : i+n]})
		}
		switch r {
		case '"', '“', '”', '„', '‟', '«', '»', '「', '」', '『', '』', '《', '》', '‹', '›', '‘', '’', '‚', '\'', '`':
			switch {
			case closing == 0 && opens(s, i+n, r):
				closing = r
			case closing != 0 && closes(closing, r):
				closing = 0
			}
			glued = false
			i += n
			continue
		case '-', '–', '—', '−', '‐', '‑', '‒', '―', '~', '〜':
			if len(out) == 0 || out[len(out)-1].sign != dash || !glued {
				one(dash)
			}
		case ',', '、', '،':
			one(comma)
		case ';', '؛':
			one(semi)
		case ':', '∶':
			one(colon)
		case '.', '·', '。':
			// Two dots or more are a dash: "12..14".
			if k := len(out) - 1; k >= 0 && glued && (out[k].sign == dot || out[k].sign == dash && strings.HasPrefix(out[k].raw, ".")) {
				out[k].sign = dash
				break
			}
			one(dot)
		case '/', '\\':
			one(slash)
		case '&', '+':
			one(and)
		case '§':
			one(section)
		case '¶', '⁋':
			one(para)
		case '#':
			one(hash)
		case '*', '†', '‡', '‖':
			one(mark)
		case '(', ')', '[', ']', '{', '}', '<', '>', '_', '|', '!', '?', '^', '=':
			glued = false
			i += n
			continue
		default:
			if !unicode.IsSymbol(r) && !unicode.IsPunct(r) {
				glued = false
				i += n
				continue
			}
			one(mark)
		}
		glued = true
		i += n
	}
	return emphasis(out)
}

// letter reports whether r is part of a word.
func letter(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.Is(unicode.Mc, r)
}

// digit is the value of a decimal digit of any script: Unicode has each ten of
// them in order, beginning at a multiple of ten from the first of its range.
func digit(r rune) int {
	if r < utf8.RuneSelf {
		return int(r - '0')
	}
	for _, x := range unicode.Nd.R16 {
		if r >= rune(x.Lo) && r <= rune(x.Hi) {
			return int(r-rune(x.Lo)) % 10
		}
	}
	for _, x := range unicode.Nd.R32 {
		if r >= rune(x.Lo) && r <= rune(x.Hi) {
			return int(r-rune(x.Lo)) % 10
		}
	}
	return 0
}

// opens reports whether a quotation mark before s[at:] opens rather than ends
// something or stands for an apostrophe.
func opens(s string, at int, r rune) bool {
	next, _ := utf8.DecodeRuneInString(s[at:])
	if unicode.IsSpace(next) || next == utf8.RuneError {
		return false
	}
	if r == '\'' || r == '’' || r == '`' { // an apostrophe unless it is closed
		return strings.ContainsRune(s[at:], r)
	}
	return true
}

func closes(opened, r rune) bool {
	switch opened {
	case '"', '“', '”', '„', '‟':
		return r == '"' || r == '“' || r == '”' || r == '‟'
	case '«':
		return r == '»'
	case '»':
		return r == '«'
	case '‘', '‚':
		return r == '’' || r == '‘' || r == '\''
	case '「':
		return r == '」'
	case '『':
		return r == '』'
	case '《':
		return r == '》'
	case '‹':
		return r == '›'
	case '›':
		return r == '‹'
	}
	return opened == r
}

// emphasis takes out asterisks that stand in pairs around words: "*Title* 12".
// A single one may be a footnote's label.
func emphasis(ts []token) []token {
	stars := 0
	for i := range ts {
		if ts[i].sign == mark && ts[i].raw == "*" {
			stars++
		}
	}
	if stars < 2 {
		return ts
	}
	out := ts[:0]
	for _, t := range ts {
		if t.sign != mark || t.raw != "*" {
			out = append(out, t)
		}
	}
	return out
}

// glue is the tokens' words as Fold would have them: what touches is one word.
func glue(buf []byte, ts []token) []byte {
	start, gap := len(buf), false
	for i := range ts {
		t := &ts[i]
		if t.sign != word && t.sign != number {
			gap = true
			continue
		}
		if len(buf) > start && (gap || !t.glued) {
			buf = append(buf, ' ')
		}
		gap = false
		buf = append(buf, t.text...)
	}
	return buf
}

// typed is the tokens as they were typed, for a sentence that names them.
func typed(ts []token) string {
	var b strings.Builder
	for i := range ts {
		if i > 0 && !ts[i].glued {
			b.WriteByte(' ')
		}
		b.WriteString(ts[i].raw)
	}
	return b.String()
}
