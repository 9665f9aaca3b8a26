package importer

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"
	east "github.com/yuin/goldmark/extension/ast"

	"lectern/library"
)

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

// readMarkdown reads CommonMark with tables and footnotes. Emphasis and code keep their marks in the text; addresses of links, HTML and
// whatever else is not read out is left out and listed. The first heading, if
// it alone is of the highest level, is the title; the lines below it may name
// author, date and source.
func readMarkdown(ctx context.Context, src string, opt Options) (*library.Work, error) {
	if manyBlocks(src) {
		return nil, tooManyParts()
	}
	src = plainMarkdown(src)
	m := &markdown{w: &library.Work{}, src: []byte(src), called: map[string][]int{}, labels: map[int]string{}}
	body := m.head()
	doc, err := parseMarkdown(ctx, body)
	if err != nil {
		return nil, err
	}
	if opt.Scheme != library.ByPassage {
		m.w.Scheme = opt.Scheme
	}
	m.survey(doc)
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m.block(n)
	}
	return m.finish(), nil
}

// manyBlocks reports whether a text has more blocks than a text has: lines that
// follow an empty one or open a block by their mark.
func manyBlocks(src string) bool {
	blocks, lines, gap := 0, 0, true
	for line := range strings.Lines(src) {
		s := strings.TrimLeft(line, " \t")
		if s == "" || s == "\n" {
			gap = true
			continue
		}
		if gap || strings.IndexByte("#>-*+|`~<", s[0]) >= 0 || s[0] >= '0' && s[0] <= '9' {
			blocks++
		}
		gap = false
		if lines++; blocks > maxBlocks || lines > maxLines {
			return true
		}
	}
	return false
}

type span struct{ from, to int }

type markdown struct {
	w       *library.Work
	src     []byte
	off     int      // where the text begins, below its head
	title   ast.Node // the heading that is the title
	top     int      // the level of the highest headings below it
	begun   bool     // the text has begun: what follows is no title page
	stack   []int    // the open sections, outermost first
	fresh   bool     // nothing but epigraphs stands in the innermost one
	labels  map[int]string
	called  map[string][]int // passages that call a note, by its label
	pending []string         // labels called by the passage that is being read
	notes   []markdownNote
	opened  []int  // where the headings of the sections stand, a lead's -1
	levels  []int  // what the headings' marks say of their levels, which may skip some
	used    []span // what of the source went into the work
	pos     int    // up to where it was read last
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
			m.top = min(m.top, n.Level)
		case *east.FootnoteList:
			for f := n.FirstChild(); f != nil; f = f.NextSibling() {
				if note, ok := f.(*east.Footnote); ok && note.Index > 0 {
					m.labels[note.Index] = string(note.Ref)
				}
			}
		}
	}
	if first != nil && count[first.Level] == 1 && first.Level == m.top && (m.w.Title == "" || strings.EqualFold(m.w.Title, unmarked(tidy(string(first.Lines().Value(m.src[m.off:])))))) {
		m.title = first
		m.top = 7
		for level, n := range count {
			if n > 0 && level != first.Level {
				m.top = min(m.top, level)
			}
		}
	}
}

func (m *markdown) block(n ast.Node) {
	switch n := n.(type) {
	case *ast.Heading:
		s := tidy(m.inline(n))
		if at := headAttributes.FindStringIndex(s); at != nil {
			m.w.LeftOut = append(m.w.LeftOut, library.LeftOut{Text: strings.TrimSpace(s[at[0]:]), Reason: "a mark of a place"})
			s = s[:at[0]]
		}
		if ast.Node(n) == m.title {
			m.w.Title = unmarked(s)
			m.part(library.FrontMatter, s)
			return
		}
		m.heading(n.Level-m.top+1, s)
		m.opened = append(m.opened, m.start(n))
	case *ast.Paragraph, *ast.TextBlock:
		if body, last := m.lastLine(n); isAttribution(last) && body != "" {
			m.passage(library.Quotation, body)
			m.attribute(last)
			return
		}
		s := tidy(m.inline(n))
		switch {
		case isRule(s) && len(m.pending) == 0:
			m.w.LeftOut = append(m.w.LeftOut, library.LeftOut{Text: s, Reason: "a rule"})
		case m.front(s):
		case isAttribution(s) && m.afterQuotation():
			m.attribute(s)
		default:
			if kind := m.letterPart(n, s); kind != "" && len(m.pending) == 0 {
				m.section()
				m.part(kind, s)
				return
			}
			if verse := m.hardLines(n); verse != "" && verses(strings.Split(verse, "\n")) {
				m.passage(library.Stanza, verse)
				return
			}
			m.passage(library.Paragraph, s)
		}
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
				m.note(note)
			}
		}
	case *ast.HTMLBlock:
		m.passage(library.Paragraph, m.htmlText(n))
	case *ast.ThematicBreak:
	default:
		m.passage(library.Paragraph, m.flat(n))
	}
}

// unmarked is a text without its marks of emphasis.
func unmarked(s string) string {
	return strings.TrimSpace(emphasisMarks.Replace(s))
}

var emphasisMarks = strings.NewReplacer("**", "", "*", "", "__", "", "`", "")

func (m *markdown) heading(level int, whole string) {
	m.begun, m.fresh = true, true
	level = max(level, 1)
	for len(m.stack) > 0 {
		top := m.w.Sections[m.stack[len(m.stack)-1]]
		if !top.Lead && m.levels[m.stack[len(m.stack)-1]] < level {
			break
		}
		m.stack = m.stack[:len(m.stack)-1]
	}
	parent, depth := -1, 1
	if n := len(m.stack); n > 0 {
		parent = m.stack[n-1]
		depth = m.w.Sections[parent].Depth + 1
	}
	labels, title := splitLabel(unmarked(whole))
	m.w.Sections = append(m.w.Sections, library.Section{Parent: parent, Depth: depth, Labels: labels, Title: title, Text: whole})
	m.stack = append(m.stack, len(m.w.Sections)-1)
	m.levels = append(m.levels, level)
}

// section is the innermost open section; a lead is made where there is none.
func (m *markdown) section() int {
	if len(m.stack) == 0 {
		m.w.Sections = append(m.w.Sections, library.Section{Parent: -1, Depth: 1, Lead: true})
		m.stack, m.fresh = append(m.stack, len(m.w.Sections)-1), true
		m.opened, m.levels = append(m.opened, -1), append(m.levels, 1)
	}
	return m.stack[len(m.stack)-1]
}

func (m *markdown) passage(kind library.Kind, s string) {
	if s == "" {
		return
	}
	m.begun = true
	at := len(m.w.Passages)
	p := library.Passage{Kind: kind, Section: m.section(), Text: s}
	m.fresh = m.fresh && kind == library.Epigraph
	m.w.Passages = append(m.w.Passages, p)
	for _, l := range m.pending {
		m.called[l] = append(m.called[l], at)
	}
	m.pending = nil
}

func (m *markdown) part(kind library.Kind, s string) {
	section := -1
	if n := len(m.stack); n > 0 {
		section = m.stack[n-1]
	}
	m.w.Parts = append(m.w.Parts, library.Part{Kind: kind, Text: s, Section: section, Before: len(m.w.Passages)})
}

// attribute says whose words the last passage holds.
func (m *markdown) attribute(s string) {
	m.w.Passages[len(m.w.Passages)-1].Attribution = s
}

func (m *markdown) afterQuotation() bool {
	if n := len(m.w.Passages); n > 0 {
		p := &m.w.Passages[n-1]
		return p.Attribution == "" && (p.Kind == library.Quotation || p.Kind == library.Stanza)
	}
	return false
}

// front takes a line of the title page: who wrote it and when. It reports
// whether it was one.
func (m *markdown) front(s string) bool {
	if m.begun || m.title == nil && len(m.w.Parts) == 0 || s == "" || !atMostWords(s, 25) {
		return false
	}
	plain := unmarked(s)
	switch {
	case m.w.Author == "" && byline.MatchString(plain):
		m.w.Author = byline.FindStringSubmatch(plain)[1]
	case m.w.Date == "" && isDate(plain):
		m.w.Date = strings.Trim(plain, "()[] ")
	case m.w.Source == "" && sourced.MatchString(plain) && strings.ContainsAny(plain, "0123456789:"):
		m.w.Source = sourced.FindStringSubmatch(plain)[1]
	case credits.MatchString(plain):
	case m.w.Author == "" && nameLike(plain):
		m.w.Author = plain
	case m.w.Subtitle == "" && m.w.Author == "" && atMostWords(s, 15) && end(plain) == openEnd:
		m.w.Subtitle = plain
	default:
		return false
	}
	m.part(library.FrontMatter, s)
	return true
}

// quote reads a block quotation. One that opens the work or a section and says
// whose words it holds is an epigraph.
func (m *markdown) quote(n *ast.Blockquote) {
	type piece struct {
		kind library.Kind
		text string
	}
	var pieces []piece
	attribution := ""
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.List:
			pieces = append(pieces, piece{library.List, m.listText(c, 0)})
		case *ast.FencedCodeBlock, *ast.CodeBlock:
			pieces = append(pieces, piece{library.Preformatted, strings.TrimRight(m.lines(c), "\n ")})
		case *ast.Paragraph:
			if body, last := m.lastLine(c); isAttribution(last) && c.NextSibling() == nil {
				if body != "" {
					pieces = append(pieces, piece{library.Quotation, body})
				}
				attribution = last
				continue
			}
			if s := tidy(m.inline(c)); isAttribution(s) && c.NextSibling() == nil && len(pieces) > 0 {
				attribution = s
			} else if verse := m.hardLines(c); verse != "" {
				pieces = append(pieces, piece{library.Stanza, verse})
			} else {
				pieces = append(pieces, piece{library.Quotation, s})
			}
		default:
			pieces = append(pieces, piece{library.Quotation, m.flat(c)})
		}
	}
	pieces = slices.DeleteFunc(pieces, func(p piece) bool { return p.text == "" })
	m.section()
	if attribution != "" && m.fresh && len(pieces) == 1 && atMostWords(pieces[0].text, 120) {
		pieces[0].kind = library.Epigraph
	}
	for _, p := range pieces {
		m.passage(p.kind, p.text)
	}
	switch {
	case attribution == "":
	case len(pieces) > 0:
		m.attribute(attribution)
	default:
		m.passage(library.Quotation, attribution)
	}
}

// headAttributes are those of a heading, as Pandoc writes them.
var headAttributes = expr(` \{ ?[#.][\pL\pN][^{}"]*\}$`)

// isAttribution reports whether a line says whose words stand before it.
func isAttribution(s string) bool {
	return bracketedSource(s) || (strings.HasPrefix(s, "—") || strings.HasPrefix(s, "–") || strings.HasPrefix(s, "--") || strings.HasPrefix(s, "― ")) && atMostWords(s, 30)
}

// bracketedSource reports whether a line is a source in brackets: "(Krumm, p. 3)".
func bracketedSource(s string) bool {
	if !strings.HasPrefix(s, "(") || !strings.HasSuffix(strings.TrimRight(s, "."), ")") || !atMostWords(s, 16) {
		return false
	}
	body := strings.Trim(s, "(). ")
	return !strings.ContainsAny(body, "()") && unicode.IsUpper(firstLetter(body)) && strings.ContainsAny(body, "0123456789") && sourceLike(body)
}

// lastLine parts the last line of a paragraph from those before it, if it is an
// attribution; otherwise both are empty.
func (m *markdown) lastLine(p ast.Node) (body, last string) {
	var line ast.Node
	for c := p.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok && (t.SoftLineBreak() || t.HardLineBreak()) && c.NextSibling() != nil {
			line = c.NextSibling()
		}
	}
	t, ok := line.(*ast.Text)
	if !ok {
		return "", ""
	}
	if v := strings.TrimSpace(string(t.Value(m.src[m.off:]))); !isAttribution(v+" x") && !bracketedSource(v) {
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

// hardLines is a paragraph in which every line is ended on purpose, one line to
// a line: a stanza. It is empty for any other.
func (m *markdown) hardLines(p ast.Node) string {
	lines := 0
	for c := p.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			if t.SoftLineBreak() && !t.HardLineBreak() {
				return ""
			}
			if t.HardLineBreak() {
				lines++
			}
		}
	}
	if lines < 1 {
		return ""
	}
	var out []string
	for l := range strings.SplitSeq(m.inline(p), "\n") {
		if l = tidy(l); l != "" {
			out = append(out, l)
		}
	}
	return strings.Join(out, "\n")
}

// list reads a list: one passage, unless its items are paragraphs parted by
// blank lines.
func (m *markdown) list(n *ast.List) {
	if n.IsTight {
		m.passage(library.List, m.listText(n, 0))
		return
	}
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			first := c == item.FirstChild()
			switch c := c.(type) {
			case *ast.List:
				m.passage(library.List, m.listText(c, 0))
			case *ast.Paragraph, *ast.TextBlock:
				mark := ""
				if first {
					mark = m.mark(n, item)
				}
				m.passage(library.List, mark+m.flat(c))
			default:
				m.block(c)
			}
		}
	}
}

// mark is what stands before an item, as the source has it.
func (m *markdown) mark(n *ast.List, item ast.Node) string {
	if !n.IsOrdered() {
		return string(n.Marker) + " "
	}
	at := m.start(item)
	if at < 0 {
		return ""
	}
	// Lists that begin on the same line, "1. 2. b", stand between.
	lists := []*ast.List{n}
	for c := item.FirstChild(); c != nil; {
		inner, ok := c.(*ast.List)
		if !ok {
			break
		}
		lists = append(lists, inner)
		if c = inner.FirstChild(); c != nil {
			c = c.FirstChild()
		}
	}
	i, j := at, at
	for k := len(lists) - 1; k >= 0; k-- {
		before := i
		if j = bytes.LastIndexByte(m.src[:before], lists[k].Marker); j < 0 || before-j > 12 {
			return ""
		}
		i = j
		for lists[k].IsOrdered() && i > 0 && m.src[i-1] >= '0' && m.src[i-1] <= '9' {
			i--
		}
	}
	m.use(i, j+1)
	return string(m.src[i:j+1]) + " "
}

// start is where the first line of a block begins in the source, -1 where it has
// none.
func (m *markdown) start(n ast.Node) int {
	for ; n != nil; n = n.FirstChild() {
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			return n.Lines().At(0).Start + m.off
		}
	}
	return -1
}

func (m *markdown) listText(n *ast.List, depth int) string {
	var lines []string
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		own, below := []string{}, []string{}
		mark := m.mark(n, item)
		for c := item.FirstChild(); c != nil; c = c.NextSibling() {
			if sub, ok := c.(*ast.List); ok {
				for l := range strings.SplitSeq(m.listText(sub, depth+1), "\n") {
					below = append(below, "  "+l)
				}
				continue
			}
			if s := m.flat(c); s != "" {
				own = append(own, s)
			}
		}
		if len(own)+len(below) > 0 || strings.ContainsAny(mark, "0123456789") {
			lines = append(lines, strings.TrimRight(mark+strings.Join(own, " "), " "))
		}
		lines = append(lines, below...)
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
		if row := strings.TrimSpace(strings.Join(cells, " | ")); row != "" {
			rows = append(rows, row)
		}
	}
	m.passage(library.Table, strings.Join(rows, "\n"))
}
