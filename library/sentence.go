package library

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Stretch is a run of bytes of a text, End excluded.
type Stretch struct{ Start, End int }

// Sentences cuts a text into its sentences, without the white space between
// them. It follows the rules of Unicode Standard Annex 29 in outline (a
// terminator, what closes it, a space, and no lower-case letter after), with
// what those rules leave to a language: abbreviations, initials and numbers
// with a point. It is linear in the length of the text.
func Sentences(text, _ string) []Stretch {
	var out []Stretch
	start := -1
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		if start < 0 {
			if unicode.IsSpace(r) {
				i += n
				continue
			}
			start = i
		}
		switch {
		case strings.ContainsRune("。！？｡", r):
			i = closers(text, i+n)
			out, start = append(out, Stretch{start, i}), -1
			continue
		case strings.ContainsRune(".!?…؟۔।", r):
			end := i + n
			for end < len(text) {
				r, n := utf8.DecodeRuneInString(text[end:])
				if !strings.ContainsRune(".!?…", r) {
					break
				}
				end += n
			}
			end = closers(text, end)
			if ends(text, start, i, end, r) {
				out, start = append(out, Stretch{start, end}), -1
			}
			i = end
			continue
		}
		i += n
	}
	if start >= 0 {
		out = append(out, Stretch{start, len(strings.TrimRightFunc(text, unicode.IsSpace))})
	}
	return out
}

// closers skips what closes a sentence after its terminator: quotation marks,
// brackets, note calls.
func closers(text string, i int) int {
	for i < len(text) {
		r, n := utf8.DecodeRuneInString(text[i:])
		if !strings.ContainsRune(`"'”’»›)]」』）`, r) {
			if r == '[' {
				if end := strings.IndexByte(text[i:min(len(text), i+6)], ']'); end > 0 && digits(text[i+1:i+end]) {
					i += end + 1
					continue
				}
			}
			break
		}
		i += n
	}
	return i
}

func digits(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// ends reports whether the terminator at dot ends the sentence that began at
// start; after is what follows what closes it.
func ends(text string, start, dot, after int, r rune) bool {
	if after >= len(text) {
		return true
	}
	next, n := utf8.DecodeRuneInString(text[after:])
	if !unicode.IsSpace(next) {
		return false
	}
	for after < len(text) && (unicode.IsSpace(next) || strings.ContainsRune(`"'“‘«([`, next)) {
		after += n
		next, n = utf8.DecodeRuneInString(text[after:])
	}
	if unicode.IsLower(next) {
		return false
	}
	if r != '.' {
		return true
	}
	word := text[start:dot]
	if i := strings.LastIndexFunc(word, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(`("“‘«[`, r) }); i >= 0 {
		_, size := utf8.DecodeRuneInString(word[i:])
		word = word[i+size:]
	}
	if first, size := utf8.DecodeRuneInString(word); size == len(word) && unicode.IsUpper(first) {
		return false // an initial
	}
	return !abbreviations[strings.ToLower(word)]
}

var abbreviations = func() map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(`mr mrs ms dr prof st sr jr rev hon gen col capt lt sgt fr cf vs viz ca no nos vol vols pp p ch chap sec fig art ed eds trans tr
		e.g i.e eg ie op cit ibid al etc u.s u.k d.h z.b bzw usw hrsg bd s vgl u.a nr jan feb mar apr jun jul aug sep sept oct nov dec`) {
		out[w] = true
	}
	delete(out, "etc") // it ends a sentence as often as not, and then a capital follows
	return out
}()

// CountSentences is the number of sentences of a text.
func CountSentences(text, language string) int { return len(Sentences(text, language)) }

// Cut is the text of sentences first to last, counted from 1. Numbers beyond
// the text are as the nearest.
func Cut(text, language string, first, last int) string {
	all := Sentences(text, language)
	if len(all) == 0 {
		return text
	}
	first = min(max(first, 1), len(all))
	last = min(max(last, first), len(all))
	return text[all[first-1].Start:all[last-1].End]
}

// Opening is the first words of a text, for a list to choose from.
func Opening(text string) string {
	f := strings.Fields(text)
	if len(f) <= 8 {
		return strings.Join(f, " ")
	}
	return strings.TrimRight(strings.Join(f[:8], " "), ",;:–—-") + "…"
}
