package quote

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Reading is a way to take a message other than as a quotation from beginning to
// end: the stretches of it that quote somebody.
type Reading struct {
	Stretches []string
	// Guess is true where nothing in the message marks the stretches as what is
	// quoted, so that it is taken so only if it stands nowhere as a whole, or badly.
	Guess bool
	// All is true where all the stretches have to be found.
	All bool
}

const (
	maxStretches = 8
	leastWords   = 4 // of a stretch
	markedWords  = 8 // of one in quotation marks that is a small part of a message, whose own quotations these may be; and behind a colon
	leadWords    = 10
	creditWords  = 14
	signedWords  = 6 // of a line of its own, without a dash before it
	bySentence   = 6 // how many sentences' ends are tried
)

// Readings are the ways to take a message, the likeliest first: what stands in
// quotation marks or in lines that begin with >; all but what introduces it and
// whose words it is said to be; its paragraphs; what stands between its ellipses; two
// quotations with nothing between them. A message that is one quotation and nothing
// else has none.
func Readings(message string) (all []Reading) {
	message = strings.TrimSpace(strings.ToValidUTF8(message, " "))
	add := func(r Reading, stretches ...string) {
		var out []string
		for _, s := range stretches {
			if s = strings.TrimSpace(s); strings.IndexFunc(s, isLetter) >= 0 {
				out = append(out, s)
			}
		}
		if len(out) == 0 || len(out) > maxStretches || len(out) == 1 && out[0] == message {
			return
		}
		r.Stretches = out
		all = append(all, r)
	}
	lines := quotedLines(message)
	add(Reading{}, lines...)
	if len(lines) != 1 { // else its lines are marked, and not what is in them
		add(Reading{}, worthy(message, inMarks(message))...)
	}
	body := message
	if cut, ok := withoutCredit(body); ok {
		add(Reading{}, unmarked(cut))
		body = cut
	}
	if cut, ok := withoutLead(message); ok {
		add(Reading{}, unmarked(cut))
		if cut, ok = withoutLead(body); ok && body != message {
			add(Reading{}, unmarked(cut))
		}
	}
	if parts := blankLine.Split(body, -1); len(parts) > 1 {
		add(Reading{Guess: true}, parts...)
	}
	if parts := betweenEllipses(body); len(parts) > 1 {
		add(Reading{Guess: true}, parts...)
	}
	if ends := sentenceEnd.FindAllStringIndex(body, bySentence+1); len(ends) <= bySentence {
		for _, at := range ends {
			if a, b := body[:at[1]], body[at[1]:]; wordsIn(a) >= leastWords && wordsIn(b) >= leastWords {
				add(Reading{Guess: true, All: true}, a, b)
			}
		}
	}
	return all
}

var (
	blankLine   = regexp.MustCompile(`\n[ \t]*\n\s*`)
	sentenceEnd = regexp.MustCompile(`[.!?]["”’»)\]]*\s+`)
	// credit is whose words something is said to be: after a dash, or in brackets.
	credit = regexp.MustCompile(`(?s)^(.*(?:[.!?,;:…"”“’»\]]|\n))\s*(?:[—–―~]|--+|\n-)\s*([^—–―\n]{2,140})$`)
	signed = regexp.MustCompile(`(?s)^(.*[.!?…"”“’»\]])[ \t]*\n\s*([^\n.!?]{2,80})$`)
	online = regexp.MustCompile(`(?s)^(.*\S)\s+<?https?://\S+$`)
	source = regexp.MustCompile(`(?s)^(.*\S)\s*[(\[]([^()\[\]\n]{2,140})[)\]][.,;]?$`)
	lead   = regexp.MustCompile(`(?s)^([^:\n"“„«»]{2,90}):\s+(\S.*)$`)
)

// withoutCredit is a message without whose words it is said to be.
func withoutCredit(message string) (string, bool) {
	if m := online.FindStringSubmatch(message); m != nil {
		if cut, ok := withoutCredit(m[1]); ok {
			return cut, true
		}
		return m[1], true
	}
	if m := credit.FindStringSubmatch(message); m != nil && wordsIn(m[2]) <= creditWords && wordsIn(m[1]) >= leastWords && named(m[2]) {
		return m[1], true
	}
	if m := signed.FindStringSubmatch(message); m != nil && wordsIn(m[2]) <= signedWords && wordsIn(m[1]) >= leastWords && named(m[2]) {
		return m[1], true
	}
	if m := source.FindStringSubmatch(message); m != nil && wordsIn(m[2]) <= creditWords && wordsIn(m[1]) >= leastWords && (named(m[2]) || strings.ContainsFunc(m[2], unicode.IsDigit)) {
		return m[1], true
	}
	return message, false
}

// withoutLead is a message without the words that introduce what it quotes.
func withoutLead(message string) (string, bool) {
	m := lead.FindStringSubmatch(message)
	if m == nil || wordsIn(m[1]) > leadWords || wordsIn(m[2]) < markedWords {
		return message, false
	}
	return m[2], true
}

// named reports whether something begins with a name, as far as capitals tell.
func named(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, func(r rune) bool { return !isLetter(r) }))
	return !unicode.IsLower(r)
}

// unmarked is a stretch without the quotation marks that it stands in.
func unmarked(s string) string {
	s = strings.TrimSpace(s)
	if in := inMarks(s); len(in) == 1 && lettersIn(in[0]) == lettersIn(s) {
		return in[0]
	}
	return s
}

// worthy are those stretches in quotation marks that may be what a message is about:
// most of it, what it asks about, or many words. A few words in marks within others
// are rather a quotation of the text that is quoted.
func worthy(message string, in []string) (out []string) {
	all, sum, longest := lettersIn(message), 0, 0
	around := message
	for _, s := range in {
		sum += lettersIn(s)
		longest = max(longest, wordsIn(s))
		around = strings.Replace(around, s, " ", 1)
	}
	if sum == all && len(in) < 2 {
		return nil // it is the whole
	}
	asks := len(in) == 1 && strings.HasSuffix(strings.TrimRight(around, " \t\n.!)\"”"), "?")
	about := asks || sum*2 >= all && (longest >= leastWords || len(in) == 1)
	for _, s := range in {
		if n := wordsIn(s); n >= markedWords || about && (n > 1 || len(in) == 1) {
			out = append(out, s)
		}
	}
	return out
}

// shuts are the marks that open a quotation, each with those that may end it.
var shuts = map[rune]string{'“': "”", '„': "“”", '«': "»", '»': "«", '"': `"`, '「': "」", '『': "』", '‹': "›"}

// inMarks are the stretches of a message in quotation marks. One that is not closed
// goes on to the end, if it is the only one.
func inMarks(message string) (out []string) {
	open, depth, start := rune(0), 0, 0
	for i, r := range message {
		switch {
		case open == 0 && shuts[r] != "":
			open, depth, start = r, 0, i+utf8.RuneLen(r)
		case open == 0:
		case r == open && !strings.ContainsRune(shuts[open], r):
			depth++
		case strings.ContainsRune(shuts[open], r):
			if depth--; depth < 0 {
				out = append(out, message[start:i])
				open = 0
			}
		}
	}
	if open != 0 && len(out) == 0 {
		out = append(out, message[start:])
	}
	return out
}

// quotedLines are the runs of lines that begin with >, as mail and chat mark what
// others said, where other lines stand beside them.
func quotedLines(message string) (out []string) {
	var run []string
	others := false
	end := func() {
		if len(run) > 0 {
			out = append(out, strings.Join(run, "\n"))
		}
		run = nil
	}
	for line := range strings.SplitSeq(message, "\n") {
		line = strings.TrimSpace(line)
		if rest, ok := strings.CutPrefix(line, ">"); ok {
			run = append(run, strings.TrimLeft(rest, "> "))
			continue
		}
		others = others || line != ""
		end()
	}
	if end(); !others {
		return nil
	}
	return out
}

// betweenEllipses are the parts of a message between its ellipses.
func betweenEllipses(message string) (out []string) {
	whole := message
	if s, kept := unbracket(message); kept {
		whole = s
	}
	start := 0
	for i := 0; i < len(whole); {
		n := ellipsis(whole[i:])
		if n == 0 {
			i++
			continue
		}
		out = append(out, whole[start:i])
		i += n
		start = i
	}
	out = append(out, whole[start:])
	var long []string
	for _, s := range out {
		if wordsIn(s) >= leastWords {
			long = append(long, s)
		}
	}
	return long
}

func wordsIn(s string) int {
	return len(strings.FieldsFunc(s, func(r rune) bool { return !isLetter(r) && r != '\'' && r != '’' && r != '-' }))
}

func lettersIn(s string) (n int) {
	for _, r := range s {
		if isLetter(r) {
			n++
		}
	}
	return n
}

// Alike reports whether two short texts, such as headings, say the same but for a
// letter in eight: how many letters are wrong, 0 for none.
func Alike(a, b string) (wrong int, alike bool) {
	x, y := Fold(a).Letters, Fold(b).Letters
	most := min(len(x), len(y)) / 8
	if d := len(x) - len(y); len(x) == 0 || d > most || -d > most {
		return 0, false
	}
	d := distance(x, y)
	return d, d <= most
}

// distance is how many letters are changed, left out or put in between two words
// (Levenshtein).
func distance(a, b []Letter) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
