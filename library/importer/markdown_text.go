package importer

import (
	"bytes"
	"html"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
)

// What a block of Markdown says, and which stretches of the source went into it.

// flat is all the text of a block on one line.
func (m *markdown) flat(n ast.Node) string {
	switch n := n.(type) {
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return tidy(m.lines(n))
	case *ast.HTMLBlock:
		return m.htmlText(n)
	case *ast.List:
		return tidy(m.listText(n, 0))
	}
	if n.Type() == ast.TypeInline || n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeInline {
		return tidy(m.inline(n))
	}
	var parts []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if s := m.flat(c); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " ")
}

// lines are the lines of a block as they stand.
func (m *markdown) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		m.use(s.Start+m.off, s.Stop+m.off)
		b.Write(s.Value(m.src[m.off:]))
	}
	return b.String()
}

var breaks = regexp.MustCompile(`^</?(?i:br|p|div|li|td|tr|th|hr)\b`)

var tags = regexp.MustCompile(`(?s)<!--.*?-->|<(?i:script|style)\b.*?</(?i:script|style)>|<[^<>]*>`)

// htmlText is what HTML says between its tags.
func (m *markdown) htmlText(n *ast.HTMLBlock) string {
	lines := n.Lines()
	from, to := 0, 0
	if lines.Len() > 0 {
		from, to = lines.At(0).Start+m.off, lines.At(lines.Len()-1).Stop+m.off
	}
	if n.HasClosure() {
		to = max(to, n.ClosureLine.Stop+m.off)
		if lines.Len() == 0 {
			from = n.ClosureLine.Start + m.off
		}
	}
	s := m.src[from:to]
	var b strings.Builder
	at := 0
	for _, tag := range append(tags.FindAllIndex(s, -1), []int{len(s), len(s)}) {
		if piece := s[at:tag[0]]; len(bytes.TrimSpace(piece)) > 0 {
			m.use(from+at, from+tag[0])
			b.WriteString(html.UnescapeString(string(piece)))
		}
		b.WriteByte(' ')
		at = tag[1]
	}
	return tidy(b.String())
}

func (m *markdown) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		m.write(&b, c)
	}
	return b.String()
}

func (m *markdown) write(b *strings.Builder, n ast.Node) {
	switch n := n.(type) {
	case *ast.Text:
		m.use(n.Segment.Start+m.off, n.Segment.Stop+m.off)
		v := n.Segment.Value(m.src[m.off:])
		if !n.IsRaw() && bytes.ContainsAny(v, `\&`) {
			v = util.ResolveEntityNames(util.ResolveNumericReferences(util.UnescapePunctuations(v)))
		}
		b.Write(v)
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte('\n')
		}
	case *ast.String:
		b.Write(n.Value)
	case *ast.AutoLink:
		m.find(string(n.Label(m.src[m.off:])))
		b.Write(n.Label(m.src[m.off:]))
	case *ast.RawHTML:
		// A break in the line, or in a table's cell, parts words.
		if n.Segments.Len() > 0 {
			if s := n.Segments.At(0); breaks.Match(s.Value(m.src[m.off:])) {
				b.WriteByte(' ')
			}
		}
	case *east.FootnoteLink:
		label := m.labels[n.Index]
		if label == "" {
			label = strconv.Itoa(n.Index)
		}
		m.find("[^" + label + "]")
		m.pending = append(m.pending, label)
		b.WriteString("[" + label + "]")
	case *ast.CodeSpan:
		m.around(b, n, "`")
	default:
		for c := n.FirstChild(); c != nil; c = c.NextSibling() {
			m.write(b, c)
		}
	}
}

func (m *markdown) around(b *strings.Builder, n ast.Node, mark string) {
	b.WriteString(mark)
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		m.write(b, c)
	}
	b.WriteString(mark)
}

// use remembers that a stretch of the source went into the work.
func (m *markdown) use(from, to int) {
	if n := len(m.used); n > 0 && m.used[n-1].to == from {
		m.used[n-1].to = to
	} else {
		m.used = append(m.used, span{from, to})
	}
	m.pos = to
}

// find uses the next place where a string stands, near where was read last.
func (m *markdown) find(s string) {
	if i := bytes.Index(m.src[m.pos:min(len(m.src), m.pos+len(s)+4096)], []byte(s)); i >= 0 && s != "" {
		m.use(m.pos+i, m.pos+i+len(s))
	}
}
