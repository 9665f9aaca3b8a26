package importer

import (
	"strings"
	"unicode/utf8"

	"github.com/yuin/goldmark/ast"

	"lectern/library"
)

// letterPart is which part of a letter a paragraph is, "" for none: place and date
// above a greeting; a greeting that opens its section, or stands below a date; and
// the closing words and names, with nothing below them but such, a postscript, or
// the next heading.
func (m *markdown) letterPart(n ast.Node, s string) library.Kind {
	if !atMostWords(s, 40) { // some may be marks
		return ""
	}
	plain := unmarked(s)
	if !atMostWords(plain, 14) || plain == "" {
		return ""
	}
	switch {
	case isDate(plain) && utf8.RuneCountInString(plain) > 4:
		if next := m.plainParagraph(n.NextSibling()); greets(next) || m.wasPart(library.Signature) {
			return library.Dateline
		}
	case greets(plain):
		if p := n.PreviousSibling(); p == nil || p.Kind() == ast.KindHeading || m.wasPart(library.Dateline) {
			return library.Salutation
		}
	case m.wasPart(library.Signature) && nameLike(plain):
		return library.Signature
	case atMostWords(plain, 9) && closing.MatchString(plain):
		next := m.plainParagraph(n.NextSibling())
		if n.NextSibling() == nil || n.NextSibling().Kind() == ast.KindHeading || n.NextSibling().Kind() == ast.KindThematicBreak || nameLike(next) || postscript(next) {
			return library.Signature
		}
	}
	return ""
}

// greets reports whether a line is a greeting.
func greets(s string) bool {
	return s != "" && strings.ContainsAny(s[len(s)-1:], ",:!") && atMostWords(s, 9) && greeting.MatchString(s)
}

func postscript(s string) bool {
	s = strings.ToLower(s)
	return strings.HasPrefix(s, "p.s.") || strings.HasPrefix(s, "ps.") || strings.HasPrefix(s, "ps:") || strings.HasPrefix(s, "p. s.")
}

// plainParagraph is what a paragraph says on its lines, "" for any other node.
func (m *markdown) plainParagraph(n ast.Node) string {
	if n == nil || n.Kind() != ast.KindParagraph {
		return ""
	}
	return unmarked(tidy(string(n.Lines().Value(m.src[m.off:]))))
}

// wasPart reports whether the last that was read is a part of a kind.
func (m *markdown) wasPart(kind library.Kind) bool {
	n := len(m.w.Parts)
	return n > 0 && m.w.Parts[n-1].Kind == kind && m.w.Parts[n-1].Before == len(m.w.Passages) && len(m.stack) > 0 && m.w.Parts[n-1].Section == m.stack[len(m.stack)-1]
}
