package library

import (
	"iter"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// InText are the citations in square brackets that running talk holds, at most
// most of them. A bracket counts where it begins with a work's alias or whole
// title and goes on with a place that is plainly one: numbers, labels, a whole
// heading, or a piece of one in quotation marks. No date, no link, no code and
// nobody else's words that are quoted are read.
func (s *Shelf) InText(text string, most int) ([]Ref, error) {
	var out []Ref
	for inner := range bracketed(ownWords(text)) {
		if len(out) >= most {
			break
		}
		var room [32]token
		ts := trimPlace(lex(room[:0], inner))
		if len(ts) < 2 || ts[0].sign != word {
			continue
		}
		for _, n := range s.namings(nil, ts) {
			rest := trimPlace(ts[n.tokens:])
			if !n.exact || len(rest) == 0 || len(n.works) != 1 {
				continue
			}
			o, err := s.Outline(n.works[0])
			if err != nil {
				return nil, err
			}
			ref, bad := o.inWork(rest)
			if bad == nil && o.plainly(rest) && !slices.ContainsFunc(out, func(r Ref) bool { return same(r, ref) }) {
				out = append(out, ref)
			}
			break
		}
	}
	return out, nil
}

// bracketed are the contents of the square brackets of a text that stand by
// themselves: no link, image, footnote or its mark, index of an array, address.
func bracketed(text string) iter.Seq[string] {
	const longest = 120
	return func(yield func(string) bool) {
		for at := 0; ; {
			k := strings.IndexByte(text[at:], '[')
			if k < 0 {
				return
			}
			open := at + k
			at = open + 1
			n := strings.IndexAny(text[at:], "[]\n")
			if n < 0 {
				return
			}
			if end := at + n; text[end] == ']' {
				before, _ := utf8.DecodeLastRuneInString(text[:open])
				inner, after := text[at:end], text[end+1:]
				begins := open == 0 || before == '\n'
				at = end + 1
				if n > longest || !begins && !parts(before) || strings.HasPrefix(inner, "^") || strings.HasSuffix(inner, `\`) || linked(after, begins) {
					continue
				}
				if !yield(inner) {
					return
				}
			}
		}
	}
}

// parts reports whether a bracket may follow a character: it does not where it
// belongs to a word, an address or a mark.
func parts(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`(.,;:?"'*_~|`, r) ||
		unicode.In(r, unicode.Pd, unicode.Ps, unicode.Pi, unicode.Pf, unicode.Po) && r > unicode.MaxASCII
}

// linked reports whether what follows a bracket makes it a link's words, or at
// the beginning of a line what a link or a footnote is defined by.
func linked(after string, begins bool) bool {
	switch {
	case strings.HasPrefix(after, "("), strings.HasPrefix(after, "["), strings.HasPrefix(after, "]"):
		return true
	case strings.HasPrefix(after, ":") && !strings.HasPrefix(after, ": "):
		return true
	}
	return begins && definition.MatchString(after)
}

var (
	definition = regexp.MustCompile(`^: +<?[a-z][a-z0-9+.-]*:`)
	fence      = regexp.MustCompile("^ {0,3}(`{3,}|~{3,})")
)

// ownWords is what somebody says in a message themselves: without lines that
// quote, and without code.
func ownWords(text string) string {
	var b strings.Builder
	fenced := ""
	for line := range strings.Lines(text) {
		mark := ""
		if m := fence.FindStringSubmatch(line); m != nil {
			mark = m[1]
		}
		switch {
		case fenced != "":
			if strings.HasPrefix(mark, fenced) && strings.Trim(strings.TrimSpace(line), mark[:1]) == "" {
				fenced = ""
			}
		case mark != "" && !strings.Contains(strings.TrimLeft(strings.TrimSpace(line), mark[:1]), mark[:1]):
			fenced = mark
		case strings.HasPrefix(strings.TrimLeft(line, " "), ">>> "): // a quotation to the end
			return withoutCode(b.String())
		case strings.HasPrefix(strings.TrimLeft(line, " "), ">"):
		default:
			b.WriteString(line)
			continue
		}
		b.WriteByte('\n')
	}
	return withoutCode(b.String())
}

// withoutCode leaves out what stands between backquotes: a run of them is
// closed by the next of the same length.
func withoutCode(text string) string {
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '`')
		if open < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:open])
		n := 1
		for open+n < len(text) && text[open+n] == '`' {
			n++
		}
		text = text[open+n:]
		for from := 0; ; {
			k := strings.IndexByte(text[from:], '`')
			if k < 0 { // it closes nothing, so it is a mark like any other
				b.WriteByte('\'')
				break
			}
			run := 1
			for from+k+run < len(text) && text[from+k+run] == '`' {
				run++
			}
			if from += k + run; run == n {
				b.WriteByte('`')
				text = text[from:]
				break
			}
		}
	}
}

// plainly reports whether a place is one that no other words could be: it is of
// numbers, labels and whole headings. Words of a heading count in quotation
// marks, and a number does not that is written as dates and times are.
func (o *Outline) plainly(ts []token) bool {
	for i := range ts {
		if t := &ts[i]; t.quoted {
			continue
		} else if t.sign == number {
			if len(t.text) > 1 && t.text[0] == '0' { // "10:05"
				return false
			}
			if i > 1 && ts[i-2].sign == number && t.glued && ts[i-1].glued && (ts[i-1].sign == slash || ts[i-1].sign == dot) && o.addresses == nil {
				if _, ok := o.labels[ts[i-2].text+" "+t.text]; !ok { // "2/12"
					return false
				}
			}
		}
	}
	if k := len(ts) - 1; ts[k].is(lastWords...) && (k == 0 || k == 1 && ts[0].is("the")) || k == 0 && ts[0].is("first") {
		return o.wholly(ts)
	}
	for i := 0; i < len(ts); {
		t := &ts[i]
		if t.sign != word || t.quoted || placeWord(t) || o.bears(t) || t.is("the") && i > 0 && i+1 < len(ts) && ts[i+1].is(lastWords...) || t.glued && i > 0 && ts[i-1].sign == number && len(t.text) < 3 {
			i++
			continue
		}
		// Words that are no part of an address are the heading, whole.
		end := len(ts)
		for end > i && !o.wholly(ts[i:end]) {
			end--
		}
		if end == i {
			return i > 0 && o.wholly(ts)
		}
		i = end
	}
	return true
}

// wholly reports whether tokens are a heading as it stands, with or without its
// label.
func (o *Outline) wholly(ts []token) bool {
	if t := &ts[0]; t.sign != word && t.sign != number || ts[len(ts)-1].sign != word && ts[len(ts)-1].sign != number {
		return false
	}
	var room [128]byte
	f := glue(room[:0], ts)
	return slices.Contains(o.folded, string(f))
}

// bears reports whether a word is a label that a section bears, or a number in
// roman letters or in words.
func (o *Outline) bears(t *token) bool {
	_, ok := o.labels[t.text]
	return ok || roman(t.text) > 0 || ordinalWords[t.text] > 0
}

// placeWord reports whether a word is one that addresses are written with.
func placeWord(t *token) bool {
	return keyword(t) || rangeSign(t) || t.is(paraWords...) || t.is(countWords...) || t.is(epigraphWords...) || t.is(chapterWords...) || t.is(lastWords...) ||
		t.is(followWords...) || t.is("and", "et", "und", "of", "st", "nd", "rd", "th", "from")
}
