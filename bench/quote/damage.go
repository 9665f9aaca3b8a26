package main

import (
	"math/rand/v2"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A damage is what happens to a quotation on its way.
type damage struct {
	name string
	do   func(r *rand.Rand, words []string) string
}

// The kinds of damage. Of words, one in twelve is touched, and one at least.
func damages() []damage {
	single := func(name string, f func(r *rand.Rand, words []string) []string) damage {
		return damage{name, func(r *rand.Rand, words []string) string { return strings.Join(f(r, words), " ") }}
	}
	ocr := func(name string, rate float64) damage {
		return damage{name, func(r *rand.Rand, words []string) string { return misread(r, strings.Join(words, " "), rate) }}
	}
	return []damage{
		single("as it stands", func(_ *rand.Rand, w []string) []string { return w }),
		{"case and punctuation", func(r *rand.Rand, w []string) string { return respell(r, strings.Join(w, " ")) }},
		{"hyphens at line ends", wrap},
		ocr("misread letters, 5 %", 0.05),
		ocr("misread letters, 10 %", 0.10),
		single("a word dropped", often(drop)),
		single("a word replaced", often(replace)),
		single("two words swapped", often(swap)),
		single("a word split", often(splitWord)),
		single("two words joined", often(join)),
		single("an ellipsis for one word in ten", func(r *rand.Rand, w []string) []string { return elide(r, w, max(1, len(w)/10)) }),
		single("an ellipsis for two in five", func(r *rand.Rand, w []string) []string { return elide(r, w, len(w)*2/5) }),
		single("brackets", bracket),
		{"all together, 3 % misread", together(0.03)},
		{"all together, 5 % misread", together(0.05)},
		{"all together, 10 % misread", together(0.10)},
	}
}

// together does everything at once: each word is dropped, replaced, swapped, split
// and joined with a chance of one in twenty each; one word in ten, or one, goes
// into an ellipsis; there are brackets, other case and punctuation, and hyphens.
func together(rate float64) func(r *rand.Rand, words []string) string {
	return func(r *rand.Rand, words []string) string {
		kinds := []func(*rand.Rand, []string) []string{drop, replace, swap, splitWord, join}
		r.Shuffle(len(kinds), func(i, j int) { kinds[i], kinds[j] = kinds[j], kinds[i] })
		n := len(words)
		for _, k := range kinds {
			for range n {
				if r.IntN(20) == 0 {
					words = k(r, words)
				}
			}
		}
		words = bracket(r, elide(r, words, max(1, n/10)))
		return misread(r, respell(r, wrap(r, words)), rate)
	}
}

// often does f once, and once more for each twelve words.
func often(f func(*rand.Rand, []string) []string) func(*rand.Rand, []string) []string {
	return func(r *rand.Rand, w []string) []string {
		for range 1 + (len(w)-1)/12 {
			w = f(r, w)
		}
		return w
	}
}

func drop(r *rand.Rand, w []string) []string {
	w = append([]string(nil), w...)
	if len(w) > 2 {
		i := r.IntN(len(w))
		w = append(w[:i], w[i+1:]...)
	}
	return w
}

// fillers are words that come into a quotation from its quoter's mind.
var fillers = strings.Fields(`people always little house water morning history question reason nothing great before whole against certain power number
	thing letter friend country never small answer matter second reading after early simple result never market without between language evening`)

func replace(r *rand.Rand, w []string) []string {
	w = append([]string(nil), w...)
	w[r.IntN(len(w))] = fillers[r.IntN(len(fillers))]
	return w
}

func swap(r *rand.Rand, w []string) []string {
	w = append([]string(nil), w...)
	if len(w) > 1 {
		i := r.IntN(len(w) - 1)
		w[i], w[i+1] = w[i+1], w[i]
	}
	return w
}

func splitWord(r *rand.Rand, w []string) []string {
	w = append([]string(nil), w...)
	i := r.IntN(len(w))
	if n := utf8.RuneCountInString(w[i]); n > 3 {
		x := []rune(w[i])
		at := 1 + r.IntN(n-1)
		w[i] = string(x[:at]) + " " + string(x[at:])
	}
	return w
}

func join(r *rand.Rand, w []string) []string {
	w = append([]string(nil), w...)
	if len(w) > 1 {
		i := r.IntN(len(w) - 1)
		w[i] += w[i+1]
		w = append(w[:i+1], w[i+2:]...)
	}
	return w
}

// elide puts an ellipsis in the place of n inner words.
func elide(r *rand.Rand, w []string, n int) []string {
	if len(w) < n+2 {
		return w
	}
	i := 1 + r.IntN(len(w)-n-1)
	out := append([]string(nil), w[:i]...)
	out = append(out, []string{"…", "...", ". . .", "[…]"}[r.IntN(4)])
	return append(out, w[i+n:]...)
}

func bracket(r *rand.Rand, w []string) []string {
	i := 1 + r.IntN(len(w))
	out := append([]string(nil), w[:i]...)
	out = append(out, []string{"[sic]", "[that is, the author]", "[emphasis mine]", "[1917]"}[r.IntN(4)])
	return append(out, w[i:]...)
}

// respell changes case, quotation marks, dashes and commas.
func respell(r *rand.Rand, s string) string {
	switch r.IntN(4) {
	case 0:
		s = strings.ToUpper(s)
	case 1:
		s = strings.ToLower(s)
	case 2: // written in haste
		s = strings.Map(func(c rune) rune {
			if unicode.IsUpper(c) && r.IntN(2) == 0 {
				return unicode.ToLower(c)
			}
			return c
		}, s)
	}
	s = strings.NewReplacer(",", "", ";", " -", "'", "’", "—", "--", "“", `"`, "”", `"`, "fi", "ﬁ").Replace(s)
	return "„" + s + "”!"
}

// wrap breaks lines within words and at spaces.
func wrap(r *rand.Rand, w []string) string {
	var b strings.Builder
	for i, x := range w {
		if i > 0 {
			b.WriteString([]string{" ", " ", " ", "\n"}[r.IntN(4)])
		}
		if n := utf8.RuneCountInString(x); n > 5 && r.IntN(4) == 0 {
			y := []rune(x)
			at := 2 + r.IntN(n-4)
			x = string(y[:at]) + []string{"-\n", "\u00ad", "-"}[r.IntN(3)] + string(y[at:])
		}
		b.WriteString(x)
	}
	return b.String()
}

// confusions are what scanning makes of letters.
var confusions = map[rune][]string{
	'a': {"o", "e", "u", "á"}, 'b': {"h", "6", "lo"}, 'c': {"e", "o", "("}, 'd': {"cl", "ol", "a"}, 'e': {"c", "o", "é", "a"}, 'f': {"t", "l", "r"},
	'g': {"q", "9", "y"}, 'h': {"b", "li", "n"}, 'i': {"l", "1", "j", "!"}, 'j': {"i", ";"}, 'k': {"lc", "h", "x"}, 'l': {"1", "i", "I", "|", "t"},
	'm': {"rn", "nn", "in", "n"}, 'n': {"u", "ri", "h", "m"}, 'o': {"0", "c", "e", "a"}, 'p': {"n", "y"}, 'q': {"g", "9"}, 'r': {"n", "t", "f"},
	's': {"5", "a", "z"}, 't': {"f", "l", "r", "c"}, 'u': {"n", "ii", "v", "a"}, 'v': {"y", "u", "r"}, 'w': {"vv", "uv", "m"}, 'x': {"z", "k"}, 'y': {"v", "g"},
	'z': {"2", "s"}, '0': {"o", "O"}, '1': {"l", "I"}, '5': {"S"}, '8': {"B", "3"}, '6': {"b"}, '9': {"g"},
}

// misread reads each character wrongly at a rate: mostly as one that looks like
// it; one in ten is any letter, one in ten is lost, one in twenty is doubled.
func misread(r *rand.Rand, s string, rate float64) string {
	var b strings.Builder
	for _, c := range s {
		if unicode.IsSpace(c) || r.Float64() >= rate {
			b.WriteRune(c)
			continue
		}
		switch x := r.IntN(20); {
		case x < 2:
			b.WriteByte(byte('a' + r.IntN(26)))
		case x < 4:
		case x < 5:
			b.WriteRune(c)
			b.WriteRune(c)
		default:
			if to := confusions[unicode.ToLower(c)]; len(to) > 0 {
				b.WriteString(to[r.IntN(len(to))])
			} else {
				b.WriteByte(byte('a' + r.IntN(26)))
			}
		}
	}
	return b.String()
}
