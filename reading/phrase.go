package reading

import (
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// maxPhrase is the most that is read as a date or a cadence, in bytes.
const maxPhrase = 120

// A token is one piece of a phrase. Its shape tells what it looks like: a run
// of digits is 9, of letters a, and punctuation is itself, so that "7:30pm" is
// "9:9a" and "2026-12-01" is "9-9-9".
type token struct {
	text    string // lower case
	shape   string
	numbers []int    // the runs of digits
	digits  []int    // and how many each has
	letters []string // the runs of letters
}

// A phrase is the tokens of what a person typed, read from left to right. A
// rule that does not fit puts at back where it was.
type phrase struct {
	tokens []token
	at     int
	lex    lexicon
}

// newPhrase cuts text into tokens. Commas and semicolons part, and are
// forgotten; a full stop or a colon at the end of a word is dropped. It
// returns false when the text is empty, too long, or has digits in runs of
// more than four.
func newPhrase(text string) (*phrase, bool) {
	if len(text) > maxPhrase || !utf8.ValidString(text) {
		return nil, false
	}
	text = strings.Map(func(r rune) rune {
		switch {
		case r == ',' || r == ';' || unicode.IsSpace(r):
			return ' '
		case r == '–' || r == '—' || r == '‑':
			return '-'
		case r == '’' || r == '\'':
			return -1 // o'clock
		}
		return unicode.ToLower(r)
	}, text)
	// A dash between spaces parts too; one within a word joins.
	text = strings.ReplaceAll(text, " - ", "-")
	ph := &phrase{lex: newLexicon()}
	for field := range strings.FieldsSeq(text) {
		field = strings.NewReplacer("a.m.", "am", "p.m.", "pm").Replace(field)
		tok := scan(field)
		for _, n := range tok.digits {
			if n > 4 {
				return nil, false
			}
		}
		if tok.shape == "a-a" {
			// mon-fri: three tokens, so that the range is seen as one.
			ph.tokens = append(ph.tokens, scan(tok.letters[0]), scan("-"), scan(tok.letters[1]))
			continue
		}
		ph.tokens = append(ph.tokens, tok)
	}
	return ph, len(ph.tokens) > 0
}

// scan finds a token's shape and its runs.
func scan(s string) token {
	if len(s) > 1 && (strings.HasSuffix(s, ".") || strings.HasSuffix(s, ":")) {
		// "dec." is "dec"; "15." and "1.12." keep the stop that makes a date.
		if r, _ := utf8.DecodeLastRuneInString(s[:len(s)-1]); unicode.IsLetter(r) {
			s = s[:len(s)-1]
		}
	}
	t := token{text: s}
	var shape strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		j := i + size
		run := func(in func(rune) bool) string {
			for j < len(s) {
				r, size := utf8.DecodeRuneInString(s[j:])
				if !in(r) {
					break
				}
				j += size
			}
			return s[i:j]
		}
		isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
		switch {
		case isDigit(r):
			text := run(isDigit)
			n, err := strconv.Atoi(text)
			if err != nil {
				n = -1
			}
			t.numbers = append(t.numbers, n)
			t.digits = append(t.digits, len(text))
			shape.WriteByte('9')
		case unicode.IsLetter(r):
			t.letters = append(t.letters, run(unicode.IsLetter))
			shape.WriteByte('a')
		default:
			shape.WriteRune(r)
		}
		i = j
	}
	t.shape = shape.String()
	return t
}

// done reports whether everything has been read.
func (p *phrase) done() bool { return p.at >= len(p.tokens) }

// peek is the token at hand, an empty one at the end.
func (p *phrase) peek() token {
	if p.done() {
		return token{}
	}
	return p.tokens[p.at]
}

// rest is what has not been understood, for an error.
func (p *phrase) rest() string {
	var words []string
	for _, t := range p.tokens[min(p.at, len(p.tokens)):] {
		words = append(words, t.text)
	}
	return clip(strings.Join(words, " "))
}

// word reads a word with the meaning, and gives its value.
func (p *phrase) word(m meaning) (int, bool) {
	v, ok := p.lex[p.peek().text][m]
	if ok && !p.done() {
		p.at++
	}
	return v, ok
}

// skip reads any number of words with one of the meanings.
func (p *phrase) skip(ms ...meaning) {
	for again := true; again; {
		again = false
		for _, m := range ms {
			if _, ok := p.word(m); ok {
				again = true
			}
		}
	}
}

// number reads a whole number in digits or in words.
func (p *phrase) number() (int, bool) {
	if n, ok := p.word(wCount); ok {
		return n, true
	}
	if t := p.peek(); t.shape == "9" && t.digits[0] <= 3 {
		p.at++
		return t.numbers[0], true
	}
	return 0, false
}

// ordinal reads "first", "last", "3rd" or "3.".
func (p *phrase) ordinal() (int, bool) {
	if n, ok := p.word(wOrdinal); ok {
		return n, true
	}
	t := p.peek()
	switch {
	case t.shape == "9." && t.digits[0] <= 2:
	case t.shape == "9a" && t.digits[0] <= 2 && t.letters[0] == ordinalSuffix(t.numbers[0]):
	default:
		return 0, false
	}
	if t.numbers[0] == 0 {
		return 0, false
	}
	p.at++
	return t.numbers[0], true
}

// ordinalSuffix is the "st" of "1st".
func ordinalSuffix(n int) string {
	if n/10%10 != 1 {
		switch n % 10 {
		case 1:
			return "st"
		case 2:
			return "nd"
		case 3:
			return "rd"
		}
	}
	return "th"
}

// clock reads a time of day: 19:00, 7pm, 7:30 pm, at 7.30pm, 19 Uhr, 19h30,
// noon. A bare number is none. The error tells of a time that no day has, or
// of midnight, which belongs to two.
func (p *phrase) clock() (Clock, bool, error) {
	start := p.at
	_, said := p.word(wAt)
	if _, ok := p.word(wNoon); ok {
		return Clock{12, 0}, true, nil
	}
	if _, ok := p.word(wMidnight); ok {
		return Clock{}, false, &library.Error{Code: library.Ambiguous, Reason: "midnight"}
	}
	t := p.peek()
	h, m, half, ok := 0, 0, -1, false
	switch t.shape {
	case "9:9", "9.9":
		h, m, ok = t.numbers[0], t.numbers[1], t.digits[0] <= 2 && t.digits[1] == 2
	case "9:9a", "9.9a":
		h, m = t.numbers[0], t.numbers[1]
		if half, ok = p.lex[t.letters[0]][wMeridiem]; !ok {
			half = -1
			_, ok = p.lex[t.letters[0]][wOClock]
		}
		ok = ok && t.digits[0] <= 2 && t.digits[1] == 2
	case "9a":
		h = t.numbers[0]
		if half, ok = p.lex[t.letters[0]][wMeridiem]; !ok {
			half = -1
			_, ok = p.lex[t.letters[0]][wOClock]
		}
		// "2h" may be how long; "19h" is when.
		ok = ok && t.digits[0] <= 2 && (said || t.letters[0] != "h" || t.digits[0] == 2)
	case "9a9":
		h, m = t.numbers[0], t.numbers[1]
		ok = t.letters[0] == "h" && t.digits[0] <= 2 && t.digits[1] == 2
	case "9":
		h = t.numbers[0]
		ok = t.digits[0] <= 2 // if what follows says that it is an hour
	}
	if !ok {
		p.at = start
		return Clock{}, false, nil
	}
	p.at++
	hour := t.shape != "9" && t.shape != "9.9"
	if half < 0 && t.shape != "9a" && t.shape != "9a9" {
		if v, ok := p.word(wMeridiem); ok && p.meridiemHere(h) {
			half, hour = v, true
		} else if ok {
			p.at-- // the German "am" before a day
		} else if _, ok := p.word(wOClock); ok {
			hour = true
			if next := p.peek(); t.shape == "9" && next.shape == "9" && next.digits[0] == 2 {
				m = next.numbers[0] // 19 Uhr 30
				p.at++
			}
		}
	}
	switch {
	case hour:
	case t.shape == "9.9" && (said || m > 12 || m == 0 || h > 31 || h == 0):
		// 19.30 can be no date; 18.10 could.
	default:
		p.at = start
		return Clock{}, false, nil
	}
	if half >= 0 {
		if h < 1 || h > 12 {
			return Clock{}, false, badClock(t.text)
		}
		h = h%12 + half
	}
	if h > 23 || m > 59 {
		return Clock{}, false, badClock(t.text)
	}
	return Clock{h, m}, true, nil
}

// meridiemHere reports whether the "am" just read belongs to the hour before
// it. Before a day it is German: "19:00 am dienstag", "8:00 am 3.12.".
func (p *phrase) meridiemHere(hour int) bool {
	if p.tokens[p.at-1].text != "am" || p.done() {
		return true
	}
	t := p.peek()
	return hour <= 12 && t.shape != "9." && t.shape != "9.9." && t.shape != "9.9.9"
}

func badClock(text string) error {
	return &library.Error{Code: library.Syntax, Reason: "clock", Args: map[string]any{"Text": clip(text)}}
}

// weekday reads the name of a day.
func (p *phrase) weekday() (time.Weekday, bool) {
	d, ok := p.word(wWeekday)
	return time.Weekday(d), ok
}

// bareHour reports whether all that is left is a number that may be an hour:
// "tue 7", "tue at 7".
func (p *phrase) bareHour() bool {
	start := p.at
	if start == 0 {
		return false // 15 alone may be a day as well
	}
	p.skip(wAt)
	t := p.peek()
	if t.shape == "9" && t.digits[0] <= 2 && t.numbers[0] <= 24 && p.at == len(p.tokens)-1 {
		return true
	}
	p.at = start
	return false
}

// ambiguousHour asks which half of the day the hour at hand is in.
func (p *phrase) ambiguousHour() error {
	h := p.peek().numbers[0]
	var said strings.Builder
	for _, t := range p.tokens[:p.at] {
		said.WriteString(t.text + " ")
	}
	err := &library.Error{Code: library.Ambiguous, Reason: "hour", Args: map[string]any{"Hour": h}}
	if h >= 1 && h <= 12 {
		err.Suggestions = []library.Suggestion{
			{Citation: said.String() + strconv.Itoa(h) + "am", Label: Clock{h % 12, 0}.String()},
			{Citation: said.String() + strconv.Itoa(h) + "pm", Label: Clock{h%12 + 12, 0}.String()},
		}
	} else if h < 24 {
		c := Clock{h, 0}.String()
		err.Suggestions = []library.Suggestion{{Citation: said.String() + c, Label: c}}
	}
	return err
}
