package importer

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A mender joins lines. A hyphen at a line's end belongs to the word or to the
// line: it goes when the joined word stands elsewhere in the text more often
// than the hyphenated one; it stays when the compound stands there, or both of
// its halves; what the text does not settle follows a short list of words that
// compounds begin with, and then what the text does mostly.
type mender struct {
	count      map[string]int
	filter     *wordFilter    // over count
	keeps      bool           // most hyphens at line ends belong to their words
	whole      map[string]int // addresses and names of files, see learnNames
	strokes    int            // how many addresses are certainly parted behind a stroke
	fit        *fit           // how wide the lines are, nil where nothing is known of it
	took, kept int
}

// compounds begin with these more often than not.
const firstParts = " self non anti semi counter half well ill long short high low post pre ex middle working ruling petty cross mid neo pseudo quasi ultra co " +
	"one two three four five six seven eight nine ten first second third world class state party labour labor left right north south east west old new " +
	"full part time hard soft deep wide far near all ever much so man woman life death war peace land sea life blood brother mother father sister great vice all "

// fragments are ends of words that are no words.
const fragments = " tion tions sion sions ment ments ness ing ings ity ism ist ists ical ically ance ence ances ences able ible ably ibly tive sive ive ous ously tional ary ery ory " +
	"lution lutions tionary ture tures dom ship hood ful less ly er ers ed es al ally ation ations ization isation izing ising ized ised ate ated ating ates ty ties cal cally " +
	"nal tic tics gy gies phy ry ries cy cies sis ses que ques ber bers der ders ter ters ver vers ner ners ger gers lic lics cial tial rial "

// brokenWord parts a line's last word from the next line's first, if a hyphen
// stands between them.
func brokenWord(a, b string) (left, right string, ok bool) {
	a = strings.TrimSuffix(strings.TrimSuffix(a, "-"), "\u2010")
	i := strings.LastIndexFunc(a, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '’' && r != '\'' })
	left = a[i+1:]
	if i >= 0 {
		_, n := utf8.DecodeRuneInString(a[i:])
		left = a[i+n:]
	}
	left = strings.TrimLeft(left, "'’-")
	j := strings.IndexFunc(b, func(r rune) bool { return !unicode.IsLetter(r) })
	right = b
	if j >= 0 {
		right = b[:j]
	}
	return left, right, left != "" && right != ""
}

func hyphenEnd(s string) bool {
	return strings.HasSuffix(s, "-") && !strings.HasSuffix(s, "--") || strings.HasSuffix(s, "\u2010")
}

// learn counts the words that the hyphens at line ends ask about.
func (m *mender) learn(lines []line) {
	m.learnNames(lines)
	type pair struct{ left, right string }
	var pairs []pair
	for i := 1; i < len(lines); i++ {
		if hyphenEnd(lines[i-1].text) && lines[i].gap < 12 {
			if l, r, ok := brokenWord(lines[i-1].text, lines[i].text); ok {
				pairs = append(pairs, pair{strings.ToLower(l), strings.ToLower(r)})
			}
		}
	}
	if len(pairs) == 0 {
		return
	}
	m.count = make(map[string]int, 4*len(pairs))
	m.filter = &wordFilter{}
	for _, p := range pairs {
		for _, w := range [...]string{p.left, p.right, p.left + p.right, p.left + "-" + p.right} {
			m.count[w] = 0
			*m.filter.slot(w) = 1
		}
	}
	skip := false // the line before broke a word, whose end opens this one
	for i := range lines {
		skip = m.countWords(lines[i].text, skip)
	}
	joined, hyphenated := 0, 0
	for _, p := range pairs {
		switch j, c := m.count[p.left+p.right], m.count[p.left+"-"+p.right]; {
		case j > c:
			joined++
		case c > 0 || m.count[p.left] > 0 && m.count[p.right] > 0:
			hyphenated++
		}
	}
	m.keeps = hyphenated >= 5 && hyphenated > 4*joined
}

// What a byte may be within a word: a small letter, a hyphen, or a capital or a
// part of a letter beyond ASCII.
const (
	smallByte = 1 << iota
	dashByte
	otherByte
)

var wordBytes = func() (kinds [256]uint8) {
	for c := range kinds {
		switch {
		case 'a' <= c && c <= 'z':
			kinds[c] = smallByte
		case c == '-':
			kinds[c] = dashByte
		case 'A' <= c && c <= 'Z' || c >= utf8.RuneSelf:
			kinds[c] = otherByte
		}
	}
	return kinds
}()

// countWords counts the words of a line that matter, compounds whole and by
// their parts. It reports whether the line ends within a word.
func (m *mender) countWords(s string, skip bool) bool {
	broken := hyphenEnd(s)
	var buf [64]byte
	for i := 0; i < len(s); i++ {
		if wordBytes[s[i]]&(smallByte|otherByte) == 0 {
			continue
		}
		start, kinds := i, uint8(0)
		for i < len(s) && wordBytes[s[i]] != 0 {
			kinds |= wordBytes[s[i]]
			i++
		}
		w, upper := s[start:i], kinds&otherByte != 0
		if skip {
			skip = false
			continue
		}
		if broken && i >= len(s)-1 && strings.HasSuffix(w, "-") {
			break
		}
		if upper || len(w) > len(buf) {
			w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }))
		}
		m.tally(w)
		for rest := w; kinds&dashByte != 0; {
			p, q, ok := strings.Cut(rest, "-")
			if !ok {
				if rest != w {
					m.tally(rest)
				}
				break
			}
			m.tally(p)
			rest = q
		}
	}
	return broken
}

func (m *mender) tally(w string) {
	if w == "" || *m.filter.slot(w) == 0 {
		return
	}
	if n, ok := m.count[w]; ok {
		m.count[w] = n + 1
	}
}

func listed(list, w string) bool { return strings.Contains(list, " "+w+" ") }

// keep reports whether the hyphen between two halves belongs to the word.
func (m *mender) keep(left, right string) bool {
	if strings.Contains(left, "-") || unicode.IsUpper(firstRune(right)) {
		return true
	}
	l, r := strings.ToLower(left), strings.ToLower(right)
	j, c := m.count[l+r], m.count[l+"-"+r]
	switch {
	case j > c:
		return false
	case c > 0, m.count[l] > 0 && m.count[r] > 0:
		return true
	case listed(fragments, r):
		return false
	case listed(firstParts, l):
		return true
	}
	return m.keeps
}

// suspended is a hyphen that stands for the second half of a compound that
// comes later: "middle- and working-class".
const suspended = " and or nor to und oder bis et ou y o e "

// join makes one line of several.
func (m *mender) join(lines []line) string {
	if len(lines) == 1 {
		return lines[0].text
	}
	n := 0
	for i := range lines {
		n += len(lines[i].text) + 1
	}
	var b strings.Builder
	b.Grow(n)
	for i := range lines {
		s := lines[i].text
		if i+1 == len(lines) {
			b.WriteString(s)
			break
		}
		next := lines[i+1].text
		r := firstRune(next)
		word := unicode.IsLetter(r) || unicode.IsDigit(r)
		switch {
		case lines[i].soft && word:
			b.WriteString(s)
		case hyphenEnd(s) && word && len(s) > 1 && s[len(s)-2] != ' ':
			left, right, ok := brokenWord(s, next)
			switch {
			case !ok || m.keep(left, right):
				b.WriteString(s)
				if ok && listed(suspended, right) {
					b.WriteByte(' ')
				}
				m.kept++
			default:
				b.WriteString(strings.TrimSuffix(strings.TrimSuffix(s, "-"), "\u2010"))
				m.took++
			}
		case (strings.HasSuffix(s, "—") || strings.HasSuffix(s, "--")) && word && !strings.HasSuffix(s, " —") && !strings.HasSuffix(s, " --"):
			b.WriteString(s)
		case unspaced(r) && unspaced(lastRune(s)) || (r == '/' || r == '-' || strings.HasSuffix(s, "/")) && m.parted(&lines[i], &lines[i+1]):
			b.WriteString(s)
		default:
			b.WriteString(s)
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// unspaced reports whether a rune belongs to a script whose words no spaces part,
// or to its punctuation: the end of a line adds none either.
func unspaced(r rune) bool {
	return r >= 0x0E00 && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) ||
		r >= 0x3000 && r <= 0x30FF || r >= 0xFF01 && r <= 0xFFEF)
}

// said is what the organiser should know of the hyphens.
func (m *mender) said() string {
	return fmt.Sprintf("%s that a hyphen parted at a line's end %s joined; %d kept their hyphen.", count(m.took, "word"), were(m.took), m.kept)
}

// count says a number of things in English: "1 word", "2 words".
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

func were(n int) string {
	if n == 1 {
		return "was"
	}
	return "were"
}
