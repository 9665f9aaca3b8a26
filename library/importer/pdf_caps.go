package importer

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxCaps is how many initials of a document are looked for.
const maxCaps = 1000

// dropCaps puts initials that are as high as several lines before the first word
// of the first of these lines, which are then as long as the others.
func (l *layout) dropCaps() {
	tried := 0
	for i := range l.pages {
		p := &l.pages[i]
		heights := map[int]int{}
		for k := range p.frags {
			heights[round(p.frags[k].height)] += len(p.frags[k].text)
		}
		usual := float64(most(heights))
		for k := 0; k < len(p.frags) && tried < maxCaps; k++ {
			if p.frags[k].height < usual*1.6 || len(p.frags[k].text) > 16 {
				continue
			}
			letter, ok := initial(p.frags[k].text)
			if !ok {
				continue
			}
			tried++
			if l.dropCap(p, k, letter) {
				p.frags = slices.Delete(p.frags, k, k+1)
				k--
			}
		}
	}
}

// initial is the letter of an initial, with a mark that opens a quotation.
func initial(s string) (r rune, ok bool) {
	s = strings.TrimLeft(strings.TrimSpace(s), "“‘\"'«„‚")
	r, n := utf8.DecodeRuneInString(s)
	return r, n > 0 && n == len(s) && unicode.IsUpper(r)
}

// dropCap puts one piece of a page before the line that it begins, if it is an
// initial: a capital that stands beside two lines and more of half its height.
func (l *layout) dropCap(p *layoutPage, k int, letter rune) bool {
	c := p.frags[k]
	var rows []int
	for i := range p.frags {
		f := &p.frags[i]
		if f.height*1.6 > c.height || f.left < c.left+c.width/2 || f.left > c.right()+f.height*1.2 {
			continue
		}
		if middle := f.top + f.height/2; middle > c.top && middle < c.bottom() {
			rows = append(rows, i)
		}
	}
	if len(rows) < 2 {
		return false
	}
	slices.SortStableFunc(rows, func(a, b int) int { return int(p.frags[a].top - p.frags[b].top) })
	first := &p.frags[rows[0]]
	text := strings.TrimLeft(first.text, " ")
	if r, _ := utf8.DecodeRuneInString(text); !unicode.IsLetter(r) && r != '’' && r != '\'' {
		return false
	}
	gap := ""
	if rest := firstWord(text); strings.ContainsRune("AIOÀÉYУВКСОЯИА", letter) && l.says(rest) > l.says(string(letter)+rest) {
		gap = " " // it is a word
	}
	first.text = strings.TrimSpace(c.text) + gap + text
	for _, i := range rows {
		f := &p.frags[i]
		f.width, f.left = f.right()-c.left, c.left
	}
	return true
}

func firstWord(s string) string {
	if i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsLetter(r) }); i >= 0 {
		return s[:i]
	}
	return s
}

// says counts how often the first thousand pieces say a word, in any case.
func (l *layout) says(word string) (n int) {
	pieces := 0
	for i := range l.pages {
		for k := range l.pages[i].frags {
			if pieces++; pieces > 1000 {
				return n
			}
			for w := range strings.FieldsFuncSeq(l.pages[i].frags[k].text, func(r rune) bool { return !unicode.IsLetter(r) }) {
				if strings.EqualFold(w, word) {
					n++
				}
			}
		}
	}
	return n
}

// unspace closes words whose letters are set wide, as emphasis was in old prints:
// single letters that one space parts, in words that wider ones do.
func unspace(s string) string {
	if !strings.Contains(s, "  ") {
		return s
	}
	var words []string
	letters, small := 0, 0
	for word := range strings.SplitSeq(strings.TrimSpace(s), "  ") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		for sign := range strings.SplitSeq(word, " ") {
			r, n := utf8.DecodeRuneInString(sign)
			if n != len(sign) {
				return s
			}
			if unicode.IsLetter(r) {
				letters++
			}
			if unicode.IsLower(r) {
				small++
			}
		}
		words = append(words, strings.ReplaceAll(word, " ", ""))
	}
	if letters < 6 || len(words) < 2 || small*2 < letters || letters < 3*len(words) {
		return s
	}
	return strings.Join(words, " ")
}
