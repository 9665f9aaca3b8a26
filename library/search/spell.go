package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A speller knows how the passages of some ranges write their words.
type speller struct {
	x      *Index
	ctx    context.Context
	ranges []Range
}

// pieces are those of a query, with the words that stand nowhere spelled as the
// library spells them, where that is known.
func (sp *speller) pieces(typed []piece) (out []piece, err error) {
	for i := 0; i < len(typed); i++ {
		p := typed[i]
		p.typed = p.text
		if p.phrase == nil || !p.needed {
			out = append(out, p)
			continue
		}
		if i+1 < len(typed) {
			if one, err := sp.asOne(&p, &typed[i+1]); err != nil {
				return nil, err
			} else if one != "" {
				p.typed += " " + typed[i+1].text
				p.text, p.spelled = one, []Spelling{{p.typed, one}}
				out = append(out, p)
				i++
				continue
			}
		}
		if err := sp.piece(&p); err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// piece spells a word or a phrase.
func (sp *speller) piece(p *piece) error {
	ph := p.phrase
	texts := make([]string, 0, len(ph.words))
	for i := 0; i < len(ph.words); i++ {
		n := ph.tied(i)
		text, err := sp.together(ph, i, n)
		if err == nil && text == "" {
			n = 1
			text, err = sp.word(&ph.words[i])
		}
		if err != nil {
			return err
		}
		if text != "" {
			p.spelled = append(p.spelled, Spelling{ph.typed(i, n), text})
		} else if text = ph.words[i].text; ph.words[i].prefix {
			text += "*"
		}
		texts = append(texts, text)
		i += n - 1
	}
	if len(p.spelled) == 0 {
		return nil
	}
	p.text = strings.Join(texts, " ")
	if strings.Contains(p.text, " ") {
		p.text = `"` + p.text + `"`
	}
	return nil
}

// plain reports whether a word is looked for as it stands and is of a script that
// parts words, so that it can be written otherwise.
func (w *word) plain() bool {
	r, _ := utf8.DecodeRuneInString(w.text)
	return w.exact() && !isDense(r)
}

// tied is how many words of a phrase, from the i-th, were typed without a space
// between them.
func (p *phrase) tied(i int) int {
	n := 1
	for i+n < len(p.words) && !strings.ContainsFunc(p.between(i+n), unicode.IsSpace) {
		n++
	}
	return n
}

// typed is what was typed for n words of a phrase, from the i-th.
func (p *phrase) typed(i, n int) string {
	end := p.words[i+n-1].end
	if n > 1 && strings.HasPrefix(p.raw[end:], ".") && p.between(i+1) == "." {
		end++ // of an abbreviation
	}
	return p.raw[p.words[i].start:end]
}

// there is in how many passages words stand one after the other.
func (sp *speller) there(texts ...string) (int, error) {
	ph := &phrase{}
	for _, t := range texts {
		ph.words = append(ph.words, word{text: t})
	}
	r, err := sp.x.Search(sp.ctx, Query{tree: &expr{op: isPhrase, phrases: []*phrase{ph}}}, sp.ranges, 0, 0)
	return r.Total, err
}

// asOne is two words as the library writes them in one; "" if it does not, or
// has each of them alone.
func (sp *speller) asOne(a, b *piece) (string, error) {
	if b.phrase == nil || !b.needed || len(a.phrase.words) > 1 || len(b.phrase.words) > 1 || !a.phrase.words[0].plain() || !b.phrase.words[0].plain() {
		return "", nil
	}
	one, two := a.phrase.words[0].text, b.phrase.words[0].text
	if n, err := sp.there(one + two); err != nil || n == 0 {
		return "", err
	}
	for _, t := range []string{one, two} {
		if n, err := sp.there(t); err != nil || n == 0 {
			return one + two, err
		}
	}
	return "", nil
}

// together is how the library writes n words of a phrase, from the i-th, that
// were typed with signs between them and stand nowhere so: in one word, or
// without the s of a possessive; "" if it writes neither.
func (sp *speller) together(ph *phrase, i, n int) (string, error) {
	if n < 2 {
		return "", nil
	}
	var texts []string
	for j := range n {
		if !ph.words[i+j].plain() {
			return "", nil
		}
		texts = append(texts, ph.words[i+j].text)
	}
	if is, err := sp.there(texts...); err != nil || is > 0 {
		return "", err
	}
	one := strings.Join(texts, "")
	if is, err := sp.there(one); err != nil || is > 0 {
		return one, err
	}
	if n != 2 || !ph.possessive(i+1) {
		return "", nil
	}
	if is, err := sp.there(texts[0]); err != nil || is > 0 {
		return texts[0], err
	}
	return sp.word(&ph.words[i])
}

// word is how the library writes a word that stands nowhere: in two words, as
// initials, or as the word that is nearest to it; "" if the word stands somewhere,
// or there is none.
func (sp *speller) word(w *word) (string, error) {
	if !w.plain() || utf8.RuneCountInString(w.text) < 2 {
		return "", nil
	}
	if is, err := sp.there(w.text); err != nil || is > 0 {
		return "", err
	}
	if text, err := sp.apart(w.text); err != nil || text != "" {
		return text, err
	}
	return sp.nearest(w.text)
}

// apart is a word as initials, or as the two words, of two letters each at
// least, that most passages have in its place: "working class" for
// "workingclass". A hyphen may stand between them.
func (sp *speller) apart(text string) (string, error) {
	letters := []rune(text)
	if len(letters) <= maxInitials {
		var each []string
		for _, r := range letters {
			each = append(each, string(r))
		}
		if n, err := sp.there(each...); err != nil || n > 0 {
			return strings.Join(each, ".") + ".", err
		}
	}
	if len(letters) > maxApart {
		return "", nil
	}
	best, most := "", 0
	for i := 2; i <= len(letters)-2; i++ {
		one, two := string(letters[:i]), string(letters[i:])
		if known, err := sp.known(one, two); err != nil || !known {
			if err != nil {
				return "", err
			}
			continue
		}
		n, err := sp.there(one, two)
		if err != nil {
			return "", err
		}
		if n > most {
			best, most = one+" "+two, n
		}
	}
	return best, nil
}

// known reports whether the index has some tokens at all, which is asked sooner
// than where they stand.
func (sp *speller) known(tokens ...string) (bool, error) {
	for _, t := range tokens {
		some := false
		for i := range sp.x.parts {
			e, err := sp.x.find(sp.ctx, &sp.x.parts[i], t)
			if err != nil {
				return false, err
			}
			some = some || e.passages > 0
		}
		if !some {
			return false, nil
		}
	}
	return true, nil
}

// far is how many letters of a word may be wrong, so that another is still
// likely to be meant.
func far(letters int) int {
	switch {
	case letters < 3:
		return 0
	case letters < 5:
		return 1
	case letters < 9:
		return 2
	}
	return 3
}

// sharePairs reports whether two words share half of their pairs of letters (the
// coefficient of Dice, Measures of the Amount of Ecologic Association Between
// Species, 1945). Where more than a quarter of the letters is wrong they should:
// "burocracy" means bureaucracy, and "mandarins" does not mean maintains.
func sharePairs(a, b []rune) bool {
	pairs := map[[2]rune]int{}
	for i := range len(a) - 1 {
		pairs[[2]rune{a[i], a[i+1]}]++
	}
	same := 0
	for i := range len(b) - 1 {
		if p := [2]rune{b[i], b[i+1]}; pairs[p] > 0 {
			pairs[p]--
			same++
		}
	}
	return 4*same >= len(a)+len(b)-2
}

// nearest is the word of the library that is nearest to one that stands nowhere;
// "" if none is near.
func (sp *speller) nearest(text string) (string, error) {
	_, size := utf8.DecodeRuneInString(text)
	letters := []rune(text)
	far := far(len(letters))
	if far == 0 {
		return "", nil
	}
	begin := text[:size]
	if sp.x.passages <= wholeIndex {
		begin = ""
	}
	type candidate struct {
		text     string
		distance int
		passages int
	}
	found := map[string]*candidate{}
	for i := range sp.x.parts {
		err := sp.x.scan(sp.ctx, &sp.x.parts[i], begin, func(token []byte, e *entry) bool {
			if n := len(token) - len(text); n > 4*far || n < -4*far {
				return true
			}
			if c := found[string(token)]; c != nil {
				c.passages += e.passages
			} else if d := nearer(letters, []rune(string(token)), far); d <= far {
				found[string(token)] = &candidate{string(token), d, e.passages}
			}
			return sp.ctx.Err() == nil
		})
		if err != nil {
			return "", err
		}
	}
	var all []*candidate
	for _, c := range found {
		all = append(all, c)
	}
	same := func(s string) int { // whether it begins with the same letter
		if strings.HasPrefix(s, text[:size]) {
			return 1
		}
		return 0
	}
	slices.SortFunc(all, func(a, b *candidate) int {
		return cmp.Or(cmp.Compare(a.distance, b.distance), same(b.text)-same(a.text), cmp.Compare(b.passages, a.passages), cmp.Compare(a.text, b.text))
	})
	for _, c := range all[:min(len(all), maxSpellings)] {
		if is, err := sp.there(c.text); err != nil || is > 0 {
			return c.text, err
		}
	}
	return "", nil
}

// Nearest is the word that another, which is none of them, is likely to mean; "" if
// none is near. All are in small letters and without accents, as library.Fold has
// them. Of several that are as near, one that begins alike is taken, and the first.
func Nearest(word string, among []string) string {
	letters := []rune(word)
	best, least := "", 2*far(len(letters))+2
	for _, w := range among {
		other := []rune(w)
		d := 2 * nearer(letters, other, (least-1)/2)
		if d < least && letters[0] != other[0] {
			d++
		}
		if d < least {
			best, least = w, d
		}
	}
	return best
}

// nearer is the distance of two words, as misspelt has it; more than far too where
// they have little in common.
func nearer(a, b []rune, far int) int {
	if len(b) == 0 || far < 1 {
		return far + 1
	}
	d := misspelt(a, b, far)
	if d > 1 && 4*d > len(a) && !sharePairs(a, b) {
		return far + 1
	}
	return d
}

// misspelt is the distance of two words, and one more where they begin otherwise:
// people seldom mistake the first letter.
func misspelt(a, b []rune, far int) int {
	d := distance(a, b, far)
	if a[0] != b[0] {
		d++
	}
	return d
}

// distance is how many letters must be put in, left out, replaced, or swapped
// with their neighbour to make one word of another (the optimal string
// alignment of Damerau, A Technique for Computer Detection and Correction of
// Spelling Errors, 1964); more than far where it is more than that.
func distance(a, b []rune, far int) int {
	if len(a)-len(b) > far || len(b)-len(a) > far {
		return far + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range a {
		row[0] = i + 1
		least := row[0]
		for j := range b {
			same := 1
			if a[i] == b[j] {
				same = 0
			}
			row[j+1] = min(last[j]+same, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
			least = min(least, row[j+1])
		}
		if least > far {
			return far + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
