package importer

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"

	"lectern/library"
)

// Bounds on what Markdown may make its parser do. The work of some of its rules
// grows with the square of a paragraph's length, so each is counted while it is
// done, and a file that asks for more than a book does is refused.
const (
	maxNesting  = 60        // block quotations, lists and footnotes within one another
	maxBrackets = 1000      // that are open at one place of a paragraph
	maxCells    = 1_000_000 // of all tables, the missing ones of short rows included
	maxLookups  = 1 << 28   // bytes that are gone through in vain, or again
	maxTag      = 1 << 16   // bytes of an HTML tag on one line
)

// A guard stops the parser when the context ends or a bound is passed. Once
// stopped, the rest of the file counts as read and as plain text.
type guard struct {
	ctx      context.Context
	err      error
	brackets int // open in this paragraph
	cells    int
	lookups  int
}

func (g *guard) refuse(reason string, most int) {
	if g.err == nil {
		g.err = &library.Error{Code: library.TooLarge, Reason: reason, Args: map[string]any{"Max": most}}
	}
}

func (g *guard) stopped() bool {
	if g.err == nil {
		g.err = g.ctx.Err()
	}
	return g.err != nil
}

// parseMarkdown is the tree of a text in CommonMark with tables and footnotes.
// Emphasis and strikethrough are not parsed: their marks stay in the text, and
// finding their pairs takes the square of their number.
func parseMarkdown(ctx context.Context, src []byte) (ast.Node, error) {
	g := &guard{ctx: ctx}
	notes := &footnotes{BlockParser: extension.NewFootnoteBlockParser(), byLabel: map[string]*east.Footnote{}}
	nested := func(p parser.BlockParser) parser.BlockParser { return nesting{p, g} }
	bounded := func(p parser.InlineParser) parser.InlineParser { return spans{p, g} }
	link := parser.NewLinkParser()
	p := parser.NewParser(
		parser.WithBlockParsers(
			util.Prioritized(parser.NewSetextHeadingParser(), 100), util.Prioritized(parser.NewThematicBreakParser(), 200),
			util.Prioritized(nested(parser.NewListParser()), 300), util.Prioritized(parser.NewListItemParser(), 400),
			util.Prioritized(parser.NewCodeBlockParser(), 500), util.Prioritized(parser.NewATXHeadingParser(), 600),
			util.Prioritized(parser.NewFencedCodeBlockParser(), 700), util.Prioritized(nested(parser.NewBlockquoteParser()), 800),
			util.Prioritized(parser.NewHTMLBlockParser(), 900), util.Prioritized(nested(notes), 999),
			util.Prioritized(parser.NewParagraphParser(), 1000)),
		parser.WithInlineParsers(
			util.Prioritized(bounded(parser.NewCodeSpanParser()), 100), util.Prioritized(noteCalls{notes}, 101),
			util.Prioritized(links{spans{link, g}, link.(parser.CloseBlocker)}, 200),
			util.Prioritized(parser.NewAutoLinkParser(), 300), util.Prioritized(bounded(parser.NewRawHTMLParser()), 400)),
		parser.WithParagraphTransformers(
			util.Prioritized(definitions{parser.LinkReferenceParagraphTransformer, g}, 100), util.Prioritized(tables{extension.NewTableParagraphTransformer(), g}, 200)),
		parser.WithASTTransformers(
			util.Prioritized(extension.NewTableASTTransformer(), 0), util.Prioritized(notes, 999)),
	)
	doc := p.Parse(lineReader{text.NewReader(src), g})
	return doc, cmp.Or(g.err, ctx.Err())
}

// A lineReader is at its end once the guard has stopped.
type lineReader struct {
	text.Reader
	g *guard
}

// AdvanceLine goes to the next line, or to the end once the guard has stopped.
func (r lineReader) AdvanceLine() {
	if r.g.stopped() {
		n := len(r.Source())
		line, _ := r.Position()
		r.SetPosition(line, text.NewSegment(n, n))
	}
	r.Reader.AdvanceLine()
}

// nesting opens no block below maxNesting others of its kind.
type nesting struct {
	parser.BlockParser
	g *guard
}

// Open opens a block unless it is nested too deep.
func (p nesting) Open(parent ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	depth := 0
	for n := parent; n != nil; n = n.Parent() {
		switch n.(type) {
		case *ast.List, *ast.Blockquote, *east.Footnote:
			depth++
		}
	}
	if depth < maxNesting {
		return p.BlockParser.Open(parent, reader, pc)
	}
	n, state := p.BlockParser.Open(parent, reader, pc)
	if n != nil {
		p.g.refuse("file_too_nested", maxNesting)
		return nil, parser.NoChildren
	}
	return n, state
}

// Continue counts the white space before a line, as each open block does.
func (p nesting) Continue(node ast.Node, reader text.Reader, pc parser.Context) parser.State {
	line, _ := reader.PeekLine()
	if p.g.lookups += len(line) - len(bytes.TrimLeft(line, " \t")); p.g.lookups > maxLookups {
		p.g.refuse("file_too_tangled", maxLookups)
	}
	return p.BlockParser.Continue(node, reader, pc)
}

// spans counts what is searched in vain for the end of a span.
type spans struct {
	parser.InlineParser
	g *guard
}

// Parse reads a span, unless the guard has stopped.
func (p spans) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	if p.g.stopped() {
		return nil
	}
	line, at := block.PeekLine()
	if line[0] == '<' && len(line) > maxTag && bytes.IndexByte(line[:maxTag], '>') < 0 {
		return nil
	}
	n := p.InlineParser.Parse(parent, block, pc)
	if _, plain := n.(*ast.Text); n == nil || plain {
		p.g.lookups += searched(line, parent.Lines().At(parent.Lines().Len()-1).Stop-at.Start)
		if p.g.lookups > maxLookups {
			p.g.refuse("file_too_tangled", maxLookups)
		}
	}
	return n
}

// searched is how many bytes were gone through for the end of a span that the
// mark at the beginning of a line opens, and that has none in the rest of its
// paragraph; at most.
func searched(line []byte, rest int) int {
	if line[0] == '`' {
		return rest
	}
	if len(line) < 3 {
		return 0
	}
	switch c := line[1]; {
	case line[0] == '<' && (c == '!' || c == '?' || c == '/' || 'a' <= c|0x20 && c|0x20 <= 'z'), line[0] == ']' && c == '[', line[0] == ']' && c == '(' && line[2] == '<':
		return rest
	case line[0] == ']' && c == '(':
		// An address without spaces, and a title behind it.
		to := bytes.IndexAny(line[2:], " \t\n") + 2
		if to < 2 {
			return 4 * len(line)
		}
		if title := bytes.TrimLeft(line[to:], " \t\n"); len(title) == 0 || bytes.IndexByte([]byte(`"'(`), title[0]) >= 0 {
			return rest
		}
		return 4 * to
	}
	return 0
}

// links counts the brackets that are open.
type links struct {
	spans
	parser.CloseBlocker
}

// Parse reads a link, or one of its brackets.
func (p links) Parse(parent ast.Node, block text.Reader, pc parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if line[0] == ']' {
		p.g.brackets = max(p.g.brackets-1, 0)
	} else if line[0] == '[' || len(line) > 1 && line[1] == '[' {
		if p.g.brackets++; p.g.brackets > maxBrackets {
			p.g.refuse("file_too_nested", maxNesting)
		}
	}
	return p.spans.Parse(parent, block, pc)
}

// CloseBlock ends a paragraph: its brackets count no longer.
func (p links) CloseBlock(parent ast.Node, block text.Reader, pc parser.Context) {
	p.g.brackets = 0
	p.CloseBlocker.CloseBlock(parent, block, pc)
}

// definitions counts what the definitions of addresses in one paragraph take:
// each goes over all lines that are left.
type definitions struct {
	parser.ParagraphTransformer
	g *guard
}

// Transform takes the definitions out of a paragraph.
func (p definitions) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	if p.g.stopped() {
		return
	}
	lines := node.Lines()
	if n := lines.Len(); n > 0 && bytes.HasPrefix(bytes.TrimLeft(reader.Source()[lines.At(0).Start:lines.At(0).Stop], " "), []byte("[")) {
		if p.g.lookups += 2 * n * n; p.g.lookups > maxLookups {
			p.g.refuse("file_too_tangled", maxLookups)
			return
		}
	}
	p.ParagraphTransformer.Transform(node, reader, pc)
}

// tables counts cells before they are made: a row of one has as many as the
// line below the head.
type tables struct {
	parser.ParagraphTransformer
	g *guard
}

// Transform makes a paragraph a table, if it is one.
func (p tables) Transform(node *ast.Paragraph, reader text.Reader, pc parser.Context) {
	lines := node.Lines()
	for i := 1; i < lines.Len(); i++ {
		s := lines.At(i)
		if rule := s.Value(reader.Source()); len(bytes.Trim(rule, "|-: \t\r\n")) == 0 {
			if p.g.cells += (bytes.Count(rule, []byte("|")) + 1) * (lines.Len() - i); p.g.cells > maxCells {
				p.g.refuse("file_too_many_parts", maxBlocks)
				return
			}
			break
		}
	}
	p.ParagraphTransformer.Transform(node, reader, pc)
}

// footnotes keeps the notes of a text by their labels; the parser's own looks
// each call up in a list, and drops the notes that nothing calls. Called ones
// are numbered from 1 in the order of their first calls and come first; the
// others have none and keep theirs.
type footnotes struct {
	parser.BlockParser
	list    *east.FootnoteList
	all     []*east.Footnote
	byLabel map[string]*east.Footnote // the first of each
	called  int
}

// Close takes a note out of the text.
func (f *footnotes) Close(node ast.Node, _ text.Reader, _ parser.Context) {
	n := node.(*east.Footnote)
	if f.list == nil {
		f.list = east.NewFootnoteList()
		doc := n.OwnerDocument()
		doc.AppendChild(doc, f.list)
	}
	n.Parent().RemoveChild(n.Parent(), n)
	f.list.AppendChild(f.list, n)
	f.all = append(f.all, n)
	if f.byLabel[string(n.Ref)] == nil {
		f.byLabel[string(n.Ref)] = n
	}
}

// Transform puts the notes behind the text.
func (f *footnotes) Transform(doc *ast.Document, _ text.Reader, _ parser.Context) {
	if f.list == nil {
		return
	}
	slices.SortStableFunc(f.all, func(a, b *east.Footnote) int {
		if a.Index < 0 || b.Index < 0 {
			return b.Index - a.Index // -1 last
		}
		return a.Index - b.Index
	})
	for _, n := range f.all {
		f.list.AppendChild(f.list, n)
	}
	doc.AppendChild(doc, f.list)
}

// noteCalls reads the calls of footnotes, [^label].
type noteCalls struct{ notes *footnotes }

// Trigger is the character that calls begin with.
func (noteCalls) Trigger() []byte { return []byte{'['} }

// Parse reads a call of a note that there is.
func (c noteCalls) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	if len(line) < 4 || line[1] != '^' {
		return nil
	}
	stop := bytes.IndexByte(line[:min(len(line), 1000)], ']')
	if stop < 0 {
		return nil
	}
	n := c.notes.byLabel[string(line[2:stop])]
	if n == nil {
		return nil
	}
	if n.Index < 0 {
		c.notes.called++
		n.Index = c.notes.called
	}
	block.Advance(stop + 1)
	return east.NewFootnoteLink(n.Index)
}
