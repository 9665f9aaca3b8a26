package importer

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"lectern/library"
)

// readMarkdown reads CommonMark with tables and footnotes. The first heading,
// if it alone is of its level, is the title.
func readMarkdown(ctx context.Context, src string) (*library.Work, error) {
	b := newBuilder()
	src, meta := frontMatter(src)
	b.meta(meta)
	source := []byte(src)
	doc := goldmark.New(goldmark.WithExtensions(extension.Footnote, extension.Table, extension.Strikethrough)).Parser().Parse(text.NewReader(source))
	m := &markdown{builder: b, src: source, labels: map[int]string{}}
	m.survey(doc)
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.block(n)
	}
	return b.finish(), nil
}

type markdown struct {
	*builder
	src    []byte
	title  ast.Node       // the heading that is the title
	top    int            // the level of the highest headings below it
	labels map[int]string // what footnotes are called, by goldmark's index
}

// survey finds the title and what footnotes are called.
func (m *markdown) survey(doc ast.Node) {
	count := map[int]int{}
	m.top = 7
	var first *ast.Heading
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		switch n := n.(type) {
		case *ast.Heading:
			count[n.Level]++
			if first == nil {
				first = n
			}
		case *east.FootnoteList:
			for f := n.FirstChild(); f != nil; f = f.NextSibling() {
				if note, ok := f.(*east.Footnote); ok {
					m.labels[note.Index] = string(note.Ref)
				}
			}
		}
	}
	if first != nil && count[first.Level] == 1 && m.w.Title == "" {
		higher := false
		for level, n := range count {
			higher = higher || level < first.Level && n > 0
		}
		if !higher {
			m.title = first
			delete(count, first.Level)
		}
	}
	for level := range count {
		m.top = min(m.top, level)
	}
}

func (m *markdown) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		heading := tidy(m.inline(n))
		if ast.Node(n) == m.title {
			m.setTitle(heading)
			return
		}
		labels, title := splitLabel(heading)
		m.heading(n.Level-m.top+1, labels, title, heading)
	case *ast.Paragraph, *ast.TextBlock:
		s := tidy(m.inline(n))
		if m.front(s) {
			return
		}
		m.passage(library.Paragraph, s)
	case *ast.Blockquote:
		m.quote(n)
	case *ast.List:
		m.list(n)
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		m.passage(library.Preformatted, strings.TrimRight(m.lines(n), "\n "))
	case *east.Table:
		m.table(n)
	case *east.FootnoteList:
		for f := n.FirstChild(); f != nil; f = f.NextSibling() {
			if note, ok := f.(*east.Footnote); ok {
				m.note(string(note.Ref), m.flat(note))
			}
		}
	case *ast.HTMLBlock:
		s := m.lines(n)
		if strings.HasPrefix(strings.TrimSpace(s), "<!--") {
			m.leaveOut(s, "a comment", m.lineOf(n))
			return
		}
		if inner := tidy(tags.ReplaceAllString(s, " ")); inner != "" {
			m.passage(library.Paragraph, inner)
		}
		m.leaveOut(strings.Join(tags.FindAllString(s, -1), " "), "HTML", m.lineOf(n))
	case *ast.ThematicBreak:
		m.leaveOut("***", "a rule", m.lineOf(n))
	default:
		if s := m.flat(n); s != "" {
			m.passage(library.Paragraph, s)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// quote reads a block quotation. One that opens the work or a section and says
// whose words it holds is an epigraph.
func (m *markdown) quote(n *ast.Blockquote) {
	var texts []string
	var kinds []library.Kind
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		var s string
		kind := library.Quotation
		switch c := c.(type) {
		case *ast.List:
			s = m.listText(c)
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			s, kind = strings.TrimRight(m.lines(c), "\n "), library.Preformatted
		default:
			s = m.flat(c)
		}
		if s != "" {
			texts, kinds = append(texts, s), append(kinds, kind)
		}
	}
	attribution := ""
	if k := len(texts); k > 1 && isAttribution(texts[k-1]) {
		attribution, texts = texts[k-1], texts[:k-1]
	} else if k == 1 {
		// The attribution may stand on a line of its own in the one paragraph.
		if p, ok := n.FirstChild().(*ast.Paragraph); ok {
			body, last := m.lastLine(p)
			if isAttribution(last) && body != "" {
				texts[0], attribution = body, last
			}
		}
	}
	words := 0
	for _, t := range texts {
		words += library.CountWords(t)
	}
	if attribution != "" && m.opening() && words < 120 && len(texts) == 1 {
		m.epigraph(texts[0], attribution)
		return
	}
	for i, t := range texts {
		m.passage(kinds[i], t)
		if i == len(texts)-1 && attribution != "" {
			m.attribute(attribution)
		}
	}
}

// isAttribution reports whether a line says whose words stand before it.
func isAttribution(s string) bool {
	return (strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–") || strings.HasPrefix(s, "--") || strings.HasPrefix(s, "― ")) && library.CountWords(s) < 30
}

// lastLine parts the last line of a paragraph from those before it.
func (m *markdown) lastLine(p *ast.Paragraph) (body, last string) {
	var line ast.Node
	for c := p.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok && (t.SoftLineBreak() || t.HardLineBreak()) && c.NextSibling() != nil {
			line = c.NextSibling()
		}
	}
	if line == nil {
		return "", ""
	}
	var head, tail strings.Builder
	into := &head
	for c := p.FirstChild(); c != nil; c = c.NextSibling() {
		if c == line {
			into = &tail
		}
		m.write(into, c)
	}
	return tidy(head.String()), tidy(tail.String())
}

// list reads a list: one passage, unless its items are paragraphs parted by
// blank lines.
func (m *markdown) list(n *ast.List) {
	if n.IsTight {
		m.passage(library.List, m.listText(n))
		return
	}
	i := max(n.Start, 1)
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		m.passage(library.List, mark(n, i)+m.flat(item))
		i++
	}
}

func mark(n *ast.List, i int) string {
	if n.IsOrdered() {
		return strconv.Itoa(i) + string(n.Marker) + " "
	}
	return string(n.Marker) + " "
}

func (m *markdown) listText(n *ast.List) string {
	var lines []string
	i := max(n.Start, 1)
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		var own []string
		var below []string
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			if sub, ok := c.(*ast.List); ok {
				for l := range strings.SplitSeq(m.listText(sub), "\n") {
					below = append(below, "  "+l)
				}
				continue
			}
			if s := m.flat(c); s != "" {
				own = append(own, s)
			}
		}
		lines = append(lines, mark(n, i)+strings.Join(own, " "))
		lines = append(lines, below...)
		i++
	}
	return strings.Join(lines, "\n")
}

func (m *markdown) table(n *east.Table) {
	var rows []string
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, tidy(m.inline(c)))
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	m.passage(library.Table, strings.Join(rows, "\n"))
}

// flat is all the text of a block on one line.
func (m *markdown) flat(n ast.Node) string {
	if n.Type() == ast.TypeInline || n.FirstChild() != nil && n.FirstChild().Type() == ast.TypeInline {
		return tidy(m.inline(n))
	}
	var parts []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if s := m.flat(c); s != "" {
			parts = append(parts, s)
		}
	}
	if len(parts) == 0 && n.Type() == ast.TypeBlock {
		return tidy(m.lines(n))
	}
	return strings.Join(parts, " ")
}

func (m *markdown) lines(n ast.Node) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		seg := n.Lines().At(i)
		b.Write(seg.Value(m.src))
	}
	return b.String()
}

func (m *markdown) lineOf(n ast.Node) int {
	if n.Lines() == nil || n.Lines().Len() == 0 {
		return 0
	}
	return 1 + strings.Count(string(m.src[:n.Lines().At(0).Start]), "\n")
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
		b.Write(n.Segment.Value(m.src))
		if n.SoftLineBreak() || n.HardLineBreak() {
			b.WriteByte('\n')
		}
		return
	case *ast.String:
		b.Write(n.Value)
		return
	case *ast.AutoLink:
		b.Write(n.URL(m.src))
		return
	case *ast.RawHTML:
		return
	case *east.FootnoteLink:
		label := m.labels[n.Index]
		if label == "" {
			label = strconv.Itoa(n.Index)
		}
		m.calls(label)
		fmt.Fprintf(b, "[%s]", label)
		return
	case *east.FootnoteBacklink:
		return
	case *ast.Image:
		b.WriteString(m.inline(n))
		m.leaveOut(string(n.Destination), "the address of a picture", 0)
		return
	case *ast.Link:
		b.WriteString(m.inline(n))
		m.leaveOut(string(n.Destination), "the address of a link", 0)
		return
	}
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		m.write(b, c)
	}
}

// frontMatter takes the lines between two --- at the head of a file off: keys
// and values of one line each.
func frontMatter(src string) (rest string, meta map[string]string) {
	if !strings.HasPrefix(src, "---\n") {
		return src, nil
	}
	end := strings.Index(src[4:], "\n---\n")
	if end < 0 {
		return src, nil
	}
	meta = map[string]string{}
	for line := range strings.SplitSeq(src[4:4+end], "\n") {
		k, v, ok := strings.Cut(line, ":")
		if !ok || strings.TrimSpace(k) == "" {
			if strings.TrimSpace(line) == "" {
				continue
			}
			return src, nil
		}
		meta[strings.ToLower(strings.TrimSpace(k))] = strings.Trim(strings.TrimSpace(v), `"'`)
	}
	return src[4+end+5:], meta
}

// looksLikeMarkdown reports whether a text without a telling name is Markdown:
// it has headings and links or fences as Markdown writes them.
func looksLikeMarkdown(head []byte) bool {
	n := 0
	for line := range bytes.Lines(head) {
		switch {
		case bytes.HasPrefix(line, []byte("# ")), bytes.HasPrefix(line, []byte("## ")):
			n += 2
		case bytes.HasPrefix(line, []byte("```")), bytes.HasPrefix(line, []byte("[^")):
			n++
		}
	}
	return n >= 3
}
