package importer

import (
	"slices"
	"strings"
	"unicode"
)

// pdftohtml says the letters of a line in the order in which they stand on the
// page, from left to right, whatever their script.

// rightToLeft reports whether a rune belongs to a script that is written from
// right to left.
func rightToLeft(r rune) bool {
	return r >= 0x0590 && r <= 0x08FF || r >= 0xFB1D && r <= 0xFDFF || r >= 0xFE70 && r <= 0xFEFE
}

// arabic reports whether a rune is a letter of the Arabic script, in which Persian
// and Urdu are written too.
func arabic(r rune) bool { return r >= 0x0620 && r <= 0x06D3 }

// turn puts a file whose letters run from right to left into the order in which
// they are read, and looks at its pages in a mirror, so that what is said of the
// beginnings and the ends of lines holds for them too. In other files it turns
// the pieces that run so.
func (l *layout) turn() (turned bool) {
	rtl, ltr := 0, 0
	for i := range l.pages {
		for k := range l.pages[i].frags {
			for _, r := range l.pages[i].frags[k].text {
				switch {
				case rightToLeft(r):
					rtl++
				case unicode.IsLetter(r):
					ltr++
				}
			}
		}
	}
	if rtl == 0 {
		return false
	}
	for i := range l.pages {
		p := &l.pages[i]
		for k := range p.frags {
			f := &p.frags[k]
			if strings.ContainsFunc(f.text, rightToLeft) {
				f.text = logical(f.text)
			}
			if rtl > ltr && p.width > 0 {
				f.left = p.width - f.right()
			}
		}
	}
	return rtl > ltr
}

// mirrored is the bracket that stands for another one in a line that runs the
// other way.
func mirrored(r rune) rune {
	const pairs = "()[]{}<>«»‹›"
	for i, p := range pairs {
		if p != r {
			continue
		}
		rest := pairs[i+len(string(p)):]
		if before := []rune(pairs[:i]); len(before)%2 == 1 {
			return before[len(before)-1]
		}
		return []rune(rest)[0]
	}
	return r
}

// logical turns what stands from left to right on the page into the order in
// which it is read: all of it is turned round, and numbers and words of other
// scripts within it are turned back (rules N1 and L2 of the Unicode Bidirectional
// Algorithm, UAX 9, the other way round).
func logical(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	strong := func(c rune) bool { return !rightToLeft(c) && (unicode.IsLetter(c) || unicode.IsDigit(c)) || digitOf(c) }
	for i := 0; i < len(r); {
		if !strong(r[i]) {
			i++
			continue
		}
		// What stands between two such letters belongs to them, and a mark between
		// two digits.
		j := i + 1
		for k := j; k < len(r) && !(rightToLeft(r[k]) && !digitOf(r[k])); k++ {
			if !strong(r[k]) {
				continue
			}
			if unicode.IsDigit(r[j-1]) && unicode.IsDigit(r[k]) && (k > j+1 || k == j+1 && r[j] == ' ') {
				break
			}
			j = k + 1
		}
		slices.Reverse(r[i:j])
		i = j
	}
	// Some files name the bracket that is seen, others the one that is read: the
	// first one opens.
	if i := slices.IndexFunc(r, func(c rune) bool { return mirrored(c) != c }); i >= 0 && strings.ContainsRune(")]}>»›", r[i]) {
		for k := range r {
			r[k] = mirrored(r[k])
		}
	}
	// Vowel signs stand behind their letters.
	for i := 0; i+1 < len(r); i++ {
		if j := i; unicode.Is(unicode.Mn, r[i]) && (i == 0 || !unicode.IsLetter(r[i-1]) && !unicode.Is(unicode.Mn, r[i-1])) {
			for j < len(r) && unicode.Is(unicode.Mn, r[j]) {
				j++
			}
			if j < len(r) && unicode.IsLetter(r[j]) {
				slices.Reverse(r[i : j+1])
			}
		}
	}
	return lamAlef(string(r))
}

// digitOf reports whether a rune is a digit of the scripts that run from right to
// left, whose numbers run from left to right all the same.
func digitOf(r rune) bool { return r >= 0x0660 && r <= 0x0669 || r >= 0x06F0 && r <= 0x06F9 }

// lamAlef mends what turning round does to the letter pair of lam and alef. It is
// one sign on the page, whose letters a file may name in the order in which they
// are read, so that they come out exchanged. Where that is certain, they are put
// back: in the word for "not", and where two alefs would stand together, as they
// do in no word.
func lamAlef(s string) string {
	if !strings.Contains(s, "ل") {
		return s
	}
	for _, alef := range []string{"أ", "إ", "آ", "ا"} {
		s = strings.ReplaceAll(s, "ا"+alef+"ل", "ال"+alef)
	}
	words := strings.Split(s, " ")
	for i, w := range words {
		core := strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) })
		switch core {
		case "ال", "وال", "فال":
			words[i] = strings.Replace(w, "ال", "لا", 1)
		case "إال", "أال":
			words[i] = strings.Replace(w, core, core[:2]+"لا", 1)
		}
	}
	return strings.Join(words, " ")
}
