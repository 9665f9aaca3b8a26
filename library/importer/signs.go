package importer

import (
	"strconv"
	"strings"
	"unicode"
)

// frame is what stands before and behind a heading that is set between signs:
// "*** The Lamp ***", "-- II --", "===== Notes =====".
var framing = expr(`^([*=~#+•·-]{2,}|\*(?: \*){1,4}) +(\S.*?\S|\S) +([*=~#+•·-]{2,}|\*(?: \*){1,4})$`)

// unframed is a heading without the signs between which it stands.
func unframed(s string) string {
	if s == "" || !strings.ContainsRune("*=~#+•·-", firstRune(s)) {
		return s
	}
	if m := framing.FindStringSubmatch(s); m != nil && m[1][:1] == m[3][:1] && hasWord(m[2]) {
		return m[2]
	}
	return s
}

// findFramed learns whether headings stand between signs: two lines at least that
// do, and nothing right above them.
func (d *draft) findFramed() {
	n := 0
	for i := range d.lines {
		l := &d.lines[i]
		if l.width <= 80 && (i == 0 || l.gap > 0) && atMostWords(l.text, 16) && unframed(l.text) != l.text {
			n++
		}
	}
	d.frames = n >= 2
}

// framed reports whether a line is a heading between signs.
func (d *draft) framed(s string) bool { return d.frames && len(s) < 200 && unframed(s) != s }

// counter is a word with a number, which may number headings: "Question 1.",
// "Maxim XII", "Frage 3:", "DEFIN. II.", "_PROP._ I.".
var counter = expr(`^[_*]?(\p{Lu}\p{L}{2,15}|\p{Lu}\p{L}{1,9}\.)[_*]? (?:[Nn]o\. ?)?([0-9]{1,3}|[IVXLC]{1,7})(?:([.:])(?: .*)?| [—–-] .*)?$`)

// notCounters number things that are no sections.
const notCounters = " figure fig table plate page note footnote endnote line verse step item vol pp eq tab cf equation version volume year phase box map diagram abb abbildung tabelle seite bild zeile tafel tableau planche "

// counting is the word that numbers a line, in small letters, "" for none.
func counting(s string) string {
	word, _, _, _ := counted(s)
	return word
}

func counted(s string) (word, number string, value int, title string) {
	if len(s) > 160 || s == "" || !unicode.IsUpper(firstRune(strings.TrimLeft(s, "_*"))) {
		return "", "", 0, ""
	}
	m := counter.FindStringSubmatch(s)
	if m == nil {
		return "", "", 0, ""
	}
	word = strings.ToLower(strings.TrimSuffix(m[1], "."))
	if listed(notCounters, word) {
		return "", "", 0, ""
	}
	if value, _ = strconv.Atoi(m[2]); value == 0 {
		value = romanValue(m[2])
	}
	if value == 0 {
		return "", "", 0, ""
	}
	_, title, _ = strings.Cut(s, m[1])
	_, title, _ = strings.Cut(title, m[2])
	return word, m[2], value, trimSeparator(title)
}

// findCounted learns the words that number headings in this text: those with
// which three lines begin that stand alone, and that count up from one.
func (d *draft) findCounted() {
	last, n := map[string]int{}, map[string]int{}
	for i := range d.lines {
		l := &d.lines[i]
		if l.width > 100 || l.gap == 0 && i > 0 || i+1 < len(d.lines) && d.lines[i+1].gap == 0 {
			continue
		}
		word, _, value, _ := counted(l.text)
		if word == "" {
			continue
		}
		switch {
		case value == 1:
			last[word] = 1
			n[word]++
		case value == last[word]+1 && last[word] > 0:
			last[word] = value
			n[word]++
		default:
			n[word] -= 2
		}
	}
	for word, k := range n {
		if k >= 3 && last[word] >= 2 {
			if d.counted == nil {
				d.counted = map[string]bool{}
			}
			d.counted[word] = true
		}
	}
}

// digest stands before each heading of a list of questions that is cut up for
// mail (RFC 1153).
const digest = "Subject: "

// label is the label of a heading, of those too that this text has of its own.
func (d *draft) label(s string) (label, bool) {
	if d.frames {
		s = unframed(s)
	}
	if l, ok := readLabel(s); ok {
		return l, true
	}
	// "_Part II._", where it is the whole that is emphasised.
	if n := len(s) - 1; n > 1 && (s[0] == '_' || s[0] == '*') && strings.IndexByte(s[1:], s[0]) == n-1 {
		if l, ok := readLabel(s[1:n]); ok && l.word != "" {
			return l, true
		}
	}
	if under, ok := strings.CutPrefix(s, digest); ok {
		if l, ok := readLabel(under); ok {
			return l, true
		}
	}
	word, number, value, title := counted(s)
	if word == "" || !d.counted[word] {
		return label{}, false
	}
	first, _, _ := strings.Cut(s, " ")
	return label{labels: []string{strings.Trim(first, "_*") + " " + number}, style: word + " 1", value: value, last: value, title: title, word: word}, true
}
