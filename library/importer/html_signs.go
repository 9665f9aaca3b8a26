package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// What stands for signs on web pages: formulas, and pictures of letters.

// initial reads a picture of a letter at the beginning of a paragraph, which the
// rest of its first word follows at once.
func (h *pageReader) initial(n *html.Node) {
	letter, ok := initial(attr(n, "alt"))
	if !ok || h.cur.Len() > 0 {
		return
	}
	next := n.NextSibling
	for o := n; next == nil && o.Parent != nil && !ownLines(o.Parent); {
		o = o.Parent
		next = o.NextSibling
	}
	for next != nil && next.Type == html.ElementNode && next.FirstChild != nil && !ownLines(next) {
		next = next.FirstChild
	}
	if next == nil || next.Type != html.TextNode {
		return
	}
	if r, _ := utf8.DecodeRuneInString(next.Data); unicode.IsLetter(r) || r == '’' || r == '\'' {
		h.text(string(letter))
	}
}

// formula reads a formula (MathML): as its page describes it, else its signs in
// one line.
func (h *pageReader) formula(n *html.Node) {
	s := tidy(attr(n, "alttext"))
	if s == "" || len(s) > 2000 {
		var b strings.Builder
		mathLine(n, &b, 0)
		s = tidy(b.String())
	}
	if attr(n, "hidden") != "" || attr(n, "aria-hidden") == "true" {
		return
	}
	if strings.EqualFold(attr(n, "display"), "block") {
		s = " " + s + " "
	}
	h.text(s)
}

// mathLine writes a formula on one line, as calculators do: a/b, x^2, x_1, √(a).
func mathLine(n *html.Node, b *strings.Builder, depth int) {
	if depth > 64 || b.Len() > 4000 {
		return
	}
	if n.Type == html.TextNode {
		b.WriteString(strings.TrimSpace(n.Data))
		return
	}
	var parts []*html.Node
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Type == html.ElementNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			parts = append(parts, c)
		}
	}
	part := func(i int) string {
		var p strings.Builder
		mathLine(parts[i], &p, depth+1)
		s := p.String()
		if utf8.RuneCountInString(s) > 1 && strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			s = "(" + s + ")"
		}
		return s
	}
	switch {
	case n.Data == "annotation" || n.Data == "annotation-xml":
	case n.Data == "mfrac" && len(parts) == 2:
		b.WriteString(part(0) + "/" + part(1))
	case (n.Data == "msup" || n.Data == "mover") && len(parts) == 2:
		b.WriteString(part(0) + "^" + part(1))
	case (n.Data == "msub" || n.Data == "munder") && len(parts) == 2:
		b.WriteString(part(0) + "_" + part(1))
	case (n.Data == "msubsup" || n.Data == "munderover") && len(parts) == 3:
		b.WriteString(part(0) + "_" + part(1) + "^" + part(2))
	case n.Data == "mroot" && len(parts) == 2:
		b.WriteString(part(0) + "^(1/" + part(1) + ")")
	case n.Data == "msqrt":
		b.WriteString("√(")
		for i := range parts {
			mathLine(parts[i], b, depth+1)
		}
		b.WriteString(")")
	default:
		for _, c := range parts {
			mathLine(c, b, depth+1)
		}
	}
}
