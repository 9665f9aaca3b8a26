package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// A wordFilter says quickly that a word is not among those that are looked for:
// it counts them by length, first, middle and last byte.
type wordFilter [1 << 12]uint16

func (f *wordFilter) slot(w string) *uint16 {
	return &f[(uint(w[0])*37+uint(w[len(w)/2])*1031+uint(w[len(w)-1])*5+uint(len(w))*331)%uint(len(f))]
}

// Small words bear capitals in no style of titles.
var smallWords = wordSet("a an and the of on in at to for from with by or as against but after before")

func wordSet(list string) map[string]bool {
	is := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		is[w] = true
	}
	return is
}

// lowercase are the words that the text has in small letters, where it matters:
// those of short lines.
func (d *draft) lowercase() map[string]bool {
	if d.common != nil {
		return d.common
	}
	d.common = map[string]bool{}
	var filter wordFilter
	missing := map[string]bool{}
	for i := range d.blocks {
		if b := &d.blocks[i]; b.role == prose && d.short(b, 24) {
			for w := range strings.FieldsSeq(d.text(b)) {
				w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }))
				if w != "" && len(missing) < 5000 && !missing[w] && !smallWords[w] {
					missing[w] = true
					*filter.slot(w)++
				}
			}
		}
	}
	for i := range d.lines {
		if len(missing) == 0 {
			break
		}
		eachSmall(d.lines[i].text, func(w string) {
			if slot := filter.slot(w); *slot > 0 && missing[w] {
				delete(missing, w)
				*slot--
				d.common[w] = true
			}
		})
	}
	return d.common
}

// eachSmall calls f with each word of a line that begins with a small letter,
// without what is no letter before and behind it.
func eachSmall(s string, f func(w string)) {
	for i := 0; i < len(s); {
		j := i
		for j < len(s) && wordBytes[s[j]] == smallByte {
			j++
		}
		plain := true
		for j < len(s) && s[j] != ' ' {
			plain = plain && s[j] < utf8.RuneSelf
			j++
		}
		w := s[i:j]
		i = j + 1
		if w == "" || 'A' <= w[0] && w[0] <= 'Z' {
			continue
		}
		if plain && 'a' <= w[0] && w[0] <= 'z' {
			for !('a' <= w[len(w)-1] && w[len(w)-1] <= 'z') {
				w = w[:len(w)-1]
			}
		} else {
			if r := firstRune(w); !unicode.IsLower(r) && !isOpener(r) {
				continue
			}
			if w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }); w == "" {
				continue
			}
		}
		f(w)
	}
}

// titleCase is positive for a line whose common words bear capitals, negative
// for one that leaves them small, 0 where that cannot be told. Whether a word
// is common, the text itself says.
func (d *draft) titleCase(s string) int {
	low := 0
	var capitals []string // that matter
	first := true
	for w := range strings.FieldsSeq(s) {
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
		if first || w == "" {
			first = false
			continue
		}
		if l := strings.ToLower(w); smallWords[l] {
			continue
		} else if unicode.IsLower(firstRune(w)) {
			low++
		} else if low == 0 {
			capitals = append(capitals, l)
		}
	}
	if low > 0 {
		return -low
	}
	up := 0
	for _, w := range capitals { // only they are worth looking through the text
		if d.lowercase()[w] {
			up++
		}
	}
	return up
}
