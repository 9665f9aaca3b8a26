package quote

import (
	"unicode"
	"unicode/utf8"
)

// Letters alone are compared; but where they leave a choice, commas, stops and
// capitals say which place somebody copied.

// A separator is what stands between two words.
type separator byte

const (
	plain separator = iota
	pause
	stop
)

// separates says what s, which stands between two words, has. Quotation marks and
// brackets come and go as somebody quotes, and say nothing.
func separates(s string) separator {
	out := plain
	for _, r := range s {
		switch r {
		case '.', '!', '?', '。', '！', '？', '؟', '।':
			return stop
		case ',', ';', ':', '—', '–', '，', '、', '；', '：', '،', '؛', '·':
			out = pause
		}
	}
	return out
}

// cased reports whether capitals say something in a quotation: there are some beside
// those that open a sentence, and not in most places.
func cased(s string) bool {
	upper, lower := 0, 0
	opens := true
	for _, r := range s {
		switch {
		case unicode.IsUpper(r) && !opens:
			upper++
		case unicode.IsLower(r):
			lower++
		}
		switch {
		case unicode.IsLetter(r):
			opens = false
		case separates(string(r)) == stop:
			opens = true
		}
	}
	return upper > 0 && lower > 2*upper
}

// spell compares how a word that begins at letter k of a part is written with how the
// text has it, at a letter of the segment. joined says that the word before it is the
// same in both, too.
func (s *search) spell(m *marks, l *located, k, at int, joined bool) {
	seg, p := s.segs[l.seg], &s.parts[l.part]
	n := seg.passageAt(at)
	f := s.known[seg.id(n)]
	i := at - int(seg.Starts[n])
	if f == nil || i >= len(f.At) {
		return
	}
	if s.cased && (k > 0 || l.part > 0) {
		asked, _ := utf8.DecodeRuneInString(s.quotation[p.At[k]:])
		there, _ := utf8.DecodeRuneInString(f.text[f.At[i]:])
		switch a, b := unicode.IsUpper(asked), unicode.IsUpper(there); {
		case a != b:
			m.recased++
		case a:
			m.capitals++
		}
	}
	if !joined || k == 0 {
		return
	}
	var between string
	if i > 0 {
		between = f.text[f.At[i-1]:f.At[i]]
	} else {
		between = f.text[:f.At[0]]
		if n > 0 {
			if b := s.known[seg.id(n-1)]; b != nil && len(b.At) > 0 {
				between = b.text[b.At[len(b.At)-1]:] + between
			}
		}
	}
	switch a, b := separates(s.quotation[p.At[k-1]:p.At[k]]), separates(between); {
	case a != b:
		m.repointed++
	case a != plain:
		m.pointed++
	}
}

// spelt is how much the spelling of a place speaks for it, in bits: only between
// places that are about as good.
func (m *marks) spelt() float64 {
	return 0.5*float64(m.capitals+m.pointed) - float64(m.recased+m.repointed)
}
