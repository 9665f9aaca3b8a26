package library

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A correction is written on one line, which can be typed, kept in a file beside
// the text and compared by any tool:
//
//	title "The Soviet Union at War"
//	¶12 "The first words of it" split "Where the second begins"
//	§"What Stalin Destroyed" level 2
//	left "Last updated" restore ¶74 "The last paragraph"
//
// A place is ¶ with a number, the first words in quotation marks, or both; § with
// the words of a heading; left with those of a piece that was left out. Before a
// number or a quotation mark ¶ may be missing; "ep 1" and "fn 2" are an epigraph
// and a note, as a citation names them. After a place may stand # and the anchor of
// what was there. A text that ends the line needs no quotation marks.

// String is the line.
func (c Correction) String() string {
	var b strings.Builder
	switch c.Op {
	case Rename, Level, ToText:
		writePlace(&b, "§", c.At)
	case Restore:
		writePlace(&b, "left ", c.At)
	case ToHeading, Split, Merge, Drop, SetKind, SetBy:
		writePlace(&b, "¶", c.At)
	}
	b.WriteString(string(c.Op))
	switch c.Op {
	case Level:
		b.WriteString(" " + strconv.Itoa(c.Level))
	case ToHeading:
		if c.Level > 0 {
			b.WriteString(" " + strconv.Itoa(c.Level))
		}
	case ToText, Merge, Drop:
	case Restore:
		if c.Before != (Place{}) {
			b.WriteByte(' ')
			writePlace(&b, "¶", c.Before)
		}
	default:
		b.WriteString(" " + quote(c.Text))
	}
	return strings.TrimSpace(b.String())
}

func writePlace(b *strings.Builder, mark string, p Place) {
	if p.Cite != "" {
		b.WriteString(p.Cite + " ")
		return
	}
	if !p.Bare {
		b.WriteString(mark)
	}
	if p.Number > 0 {
		b.WriteString(strconv.Itoa(p.Number) + " ")
	}
	if p.Words != "" {
		b.WriteString(quote(p.Words) + " ")
	}
	if p.Anchor != "" {
		b.WriteString("#" + string(p.Anchor) + " ")
	}
}

func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", " ").Replace(s) + `"`
}

// ParseCorrection reads a line. The error is a *library.Error, syntax.
func ParseCorrection(line string) (Correction, error) {
	p := fixParser{rest: strings.TrimSpace(strings.ReplaceAll(line, "\r", " "))}
	c, ok := p.correction()
	if !ok || strings.TrimSpace(p.rest) != "" {
		if p.why == "" {
			p.why = "fix_line"
		}
		return Correction{}, &Error{Code: Syntax, Reason: p.why, Args: map[string]any{"Line": line, "Op": string(c.Op), "Max": maxLevel}}
	}
	return c, nil
}

// ParseCorrections reads a file of them: one on each line; empty lines and those
// that begin with # are passed over.
func ParseCorrections(text string) ([]Correction, error) {
	var out []Correction
	n := 0
	for line := range strings.Lines(text) {
		n++
		if line = strings.TrimSpace(strings.TrimPrefix(line, "\ufeff")); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		c, err := ParseCorrection(line)
		if err != nil {
			return nil, &Error{Code: Syntax, Reason: "fix_file", Args: map[string]any{"Line": line, "N": n}}
		}
		out = append(out, c)
	}
	return out, nil
}

type fixParser struct {
	rest string
	why  string // the reason to give, if there is one more exact than that it can't be read
}

func (p *fixParser) skip() { p.rest = strings.TrimLeftFunc(p.rest, unicode.IsSpace) }

// word is the next word of letters.
func (p *fixParser) word() string {
	p.skip()
	end := strings.IndexFunc(p.rest, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' })
	if end < 0 {
		end = len(p.rest)
	}
	w := p.rest[:end]
	p.rest = p.rest[end:]
	return w
}

func (p *fixParser) number() (n int, ok bool) {
	p.skip()
	end := 0
	for end < len(p.rest) && p.rest[end] >= '0' && p.rest[end] <= '9' {
		end++
	}
	n, err := strconv.Atoi(p.rest[:end])
	if err != nil || n > 1<<30 {
		return 0, false
	}
	p.rest = p.rest[end:]
	return n, true
}

// quotes are the quotation marks in which a text may stand, beside straight ones:
// each with those that end it.
var quotes = map[string]string{"“": "”", "„": "“”", "«": "»", "»": "«", "‘": "’", "'": "'"}

// text is what stands in quotation marks.
func (p *fixParser) text() (s string, ok bool) {
	p.skip()
	for open, shut := range quotes {
		rest, is := strings.CutPrefix(p.rest, open)
		if !is {
			continue
		}
		for i, r := range rest {
			if !strings.ContainsRune(shut, r) {
				continue
			}
			// An apostrophe stands within a word.
			after := rest[i+utf8.RuneLen(r):]
			if open != "'" && open != "‘" || after == "" || after[0] == ' ' {
				p.rest = after
				return rest[:i], true
			}
		}
		return "", false
	}
	rest, ok := strings.CutPrefix(p.rest, `"`)
	if !ok {
		return "", false
	}
	var b strings.Builder
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; c {
		case '"':
			p.rest = rest[i+1:]
			return b.String(), true
		case '\\':
			i++
			if i == len(rest) {
				return "", false
			}
			if rest[i] == 'n' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(rest[i])
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", false
}

// last is the text that ends a line, in quotation marks or without.
func (p *fixParser) last() (s string, ok bool) {
	if s, ok = p.text(); ok {
		return s, true
	}
	if s = strings.TrimSpace(p.rest); s == "" || strings.ContainsAny(s[:1], `"#`) || p.quoted() {
		if s == "" {
			p.why = "fix_needs_text"
		}
		return "", false
	}
	p.rest = ""
	return s, true
}

// quoted reports whether a quotation mark comes next.
func (p *fixParser) quoted() bool {
	r, n := utf8.DecodeRuneInString(p.rest)
	_, is := quotes[string(r)]
	return n > 0 && (is || r == '"')
}

// unnumbered is an epigraph or a note, as a citation names it: what stands before ep
// is its section.
var unnumbered = regexp.MustCompile(`^(?:[^\s"“§¶#]+ )?(?:ep|fn) \d+(?:\s|$)`)

// place is a number, words, an anchor; at least one of the first two.
func (p *fixParser) place() (at Place, ok bool) {
	p.skip()
	if cite := unnumbered.FindString(p.rest); cite != "" {
		p.rest = p.rest[len(cite):]
		at.Cite = strings.TrimSpace(cite)
		return at, true
	}
	if n, is := p.number(); is {
		if n == 0 {
			return at, false
		}
		at.Number, ok = n, true
	}
	if s, is := p.text(); is {
		if strings.TrimSpace(s) == "" {
			return at, false
		}
		at.Words, ok = s, true
	}
	p.skip()
	if rest, is := strings.CutPrefix(p.rest, "#"); is && ok {
		end := strings.IndexFunc(rest+" ", unicode.IsSpace)
		if end == 0 {
			return at, false
		}
		at.Anchor, p.rest = Anchor(rest[:end]), rest[end:]
	}
	return at, ok
}

func (p *fixParser) correction() (c Correction, ok bool) {
	mark := ""
	for _, m := range []string{"¶", "§"} {
		if rest, is := strings.CutPrefix(p.rest, m); is {
			mark, p.rest = m, rest
		}
	}
	bare := false
	if mark == "" && p.rest != "" && (p.rest[0] >= '0' && p.rest[0] <= '9' || p.quoted() || unnumbered.MatchString(p.rest)) {
		mark, bare = "¶", true
	}
	if mark == "" {
		before := p.rest
		if w := p.word(); w == "left" {
			mark = w
		} else {
			p.rest = before
		}
	}
	if mark != "" {
		if c.At, ok = p.place(); !ok {
			return c, false
		}
		c.At.Bare = bare && c.At.Number > 0 && c.At.Words == "" && c.At.Anchor == ""
		if mark != "¶" && c.At.Words == "" {
			if mark == "§" {
				p.why = "fix_heading_words"
			}
			return c, false
		}
		p.skip()
	}
	c.Op = Op(strings.ToLower(p.word()))
	switch c.Op {
	case SetTitle, SetSubtitle, SetAuthor, SetDate, SetLanguage, SetSource, SetEdition, SetRights, AddAlias:
		if c.Text, ok = p.last(); ok && (c.Op == SetTitle || c.Op == AddAlias) && strings.TrimSpace(c.Text) == "" {
			p.why = "fix_needs_text"
			return c, false
		}
		return c, ok && mark == ""
	case Rename:
		c.Text, ok = p.last()
		return c, ok && mark == "§"
	case Level:
		if c.Level, ok = p.number(); !ok || c.Level < 1 || c.Level > maxLevel {
			p.why = "fix_needs_level"
			return c, false
		}
		return c, mark == "§"
	case ToText:
		return c, mark == "§"
	case ToHeading:
		if c.Level, ok = p.number(); ok && (c.Level < 1 || c.Level > maxLevel) {
			p.why = "fix_needs_level"
			return c, false
		}
		return c, mark == "¶"
	case Split, SetBy:
		if c.Text, ok = p.last(); ok && c.Op == Split && strings.TrimSpace(c.Text) == "" {
			p.why = "fix_needs_text"
			return c, false
		}
		return c, ok && mark == "¶"
	case SetKind:
		if c.Text, ok = p.text(); !ok {
			c.Text = p.word()
		}
		switch k := Kind(c.Text); {
		case k.Numbered() && k != Chapter, k == Epigraph, k == Footnote:
			return c, mark == "¶"
		}
		if mark == "¶" {
			p.why = "fix_kinds"
		}
		return c, false
	case Merge, Drop:
		return c, mark == "¶"
	case Restore:
		p.skip()
		rest, is := strings.CutPrefix(p.rest, "¶")
		if p.rest = rest; is || rest != "" {
			if c.Before, ok = p.place(); !ok {
				return c, false
			}
		}
		return c, mark == "left"
	}
	return c, false
}

// maxLevel is the deepest level of a heading.
const maxLevel = 9
