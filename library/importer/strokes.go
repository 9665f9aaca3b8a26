package importer

import (
	"strings"
	"unicode"
)

// Addresses and the names of files have no spaces in them, and what wraps a text
// parts them at strokes all the same, before one or behind it:
//
//	see https://example.org/doc
//	/manuals, and the file /usr/
//	share/doc/README

// parted reports whether the end of a line goes on in the next one without a
// space: what ends there, or begins here, with a stroke, and is an address or a
// name, or together with it stands elsewhere in the text.
func (m *mender) parted(a, b *line) bool {
	s, next := a.text, b.text
	left := s[strings.LastIndexByte(s, ' ')+1:]
	right, _, _ := strings.Cut(next, " ")
	if left == "" || right == "" || len(left)+len(right) > maxAddress {
		return false
	}
	behind, before := strings.HasSuffix(left, "/"), right[0] == '/'
	if !behind && !before { // "x" and "-window-manager", which stands elsewhere too
		return dashed(s, next) && m.whole[wholeName(left+right)] > 0
	}
	if before && strings.HasSuffix(left, ":") && strings.HasPrefix(right, "//") || behind && strings.HasSuffix(left, "://") && wordRune(right[0]) {
		return true
	}
	bare := strings.TrimLeft(left, openings)
	switch {
	case behind && before: // "https:/" and "/example.org", not "/etc/" and "/var/"
		return strings.HasSuffix(left, ":/")
	case m.fit != nil && m.fit.known && !m.fit.times && int(a.indent+a.width+columns(nextStep(right))) < m.fit.limit*9/10:
		return false // ended by hand
	case behind && (!wordRune(right[0]) || len(left) < 2 || !wordRune(left[len(left)-2])):
		return false
	case before && (strings.HasPrefix(left, "/") || len(right) < 2 || !wordRune(right[1]) || !wordRune(left[len(left)-1])): // names in a row, remarks in a program
		return false
	case m.whole[wholeName(left+right)] > 0:
		return true
	case before:
		return strings.Contains(bare, "://") || openQuote(left) && strings.ContainsAny(right, `"”»`)
	}
	// What is no word of a sentence: "share/doc/README", "login.debian".
	name := strings.TrimRight(right, ".,;:!?)\"'”’")
	if strings.ContainsAny(name, "/_") || strings.Contains(name, ".") {
		return true
	}
	if m.strokes >= 3 && strings.Contains(bare[:len(bare)-1], "/") && !listed(sentenceWords, name) {
		return true
	}
	// "and/\nor", "CD/\nDVD", but not "the tests/\ndirectory"
	one := bare[:len(bare)-1]
	return one == "and" && name == "or" || !strings.Contains(one, "/") && unicode.IsUpper(firstRune(one)) && unicode.IsUpper(firstRune(name))
}

// sentenceWords are those that follow a name more often than they are a part of one.
const sentenceWords = " a an and are as at be but by can directory file files folder for from has have if in is it may must not of on or program programs script scripts should so than that the then they this to was were when where which will with "

// dashed reports whether a line begins with a hyphen and a letter right behind it,
// below one that ends with a letter.
func dashed(s, next string) bool {
	return len(next) > 2 && next[0] == '-' && wordRune(next[1]) && wordRune(s[len(s)-1])
}

// wordRune reports whether a byte begins a letter or a digit.
func wordRune(c byte) bool { return c >= '0' && c <= '9' || wordBytes[c]&(smallByte|otherByte) != 0 }

// nextStep is a name up to its next stroke, or its next part behind one that it begins
// with.
func nextStep(s string) string {
	if i := strings.IndexByte(s[1:], '/'); i >= 0 {
		return s[:i+1]
	}
	return s
}

// maxAddress is how long an address may be, in bytes.
const maxAddress = 400

const openings = "(<[{\"'“‘«*_`"

// openQuote reports whether a word opens a quotation that it does not close.
func openQuote(w string) bool {
	switch {
	case strings.HasPrefix(strings.TrimLeft(w, "(["), `"`):
		return strings.Count(w, `"`)%2 == 1
	case strings.ContainsAny(w, "“«"):
		return !strings.ContainsAny(w, "”»")
	}
	return false
}

// wholeName is an address or a name without what stands around it.
func wholeName(s string) string {
	return strings.Trim(s, openings+".,;:!?)>]}”’»")
}

// learnNames counts the addresses and names that strokes at the ends of lines ask
// about.
func (m *mender) learnNames(lines []line) {
	for i := 1; i < len(lines); i++ {
		s, next := lines[i-1].text, lines[i].text
		if lines[i].gap > 0 || !strings.HasSuffix(s, "/") && next[0] != '/' && !dashed(s, next) {
			continue
		}
		right, _, _ := strings.Cut(next, " ")
		if left := s[strings.LastIndexByte(s, ' ')+1:]; len(left)+len(right) <= maxAddress {
			if m.whole == nil {
				m.whole = map[string]int{}
			}
			m.whole[wholeName(left+right)] = 0
			if strings.Contains(left, "://") && strings.HasSuffix(left, "/") && strings.ContainsAny(strings.Trim(right, ".,)"), "./") {
				m.strokes++
			}
		}
	}
	if m.whole == nil {
		return
	}
	for i := range lines {
		if !strings.ContainsAny(lines[i].text, "/-") {
			continue
		}
		for w := range strings.SplitSeq(lines[i].text, " ") {
			if w = wholeName(w); strings.ContainsAny(w, "/-") {
				if n, ok := m.whole[w]; ok {
					m.whole[w] = n + 1
				}
			}
		}
	}
}
