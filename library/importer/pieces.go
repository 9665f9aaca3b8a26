package importer

import (
	"slices"
	"strings"

	"lectern/library"
)

// A pieceKind says what a piece of a marked-up document is.
type pieceKind uint8

const (
	paraPiece pieceKind = iota
	headPiece
	listPiece
	prePiece
	tablePiece
	versePiece
	captionPiece
	furniturePiece // left out, for the reason it gives
)

// A piece is what a reader of marked-up documents (web pages, e-books, files of
// word processors) finds between two breaks: such a document says itself what is
// a heading and where a paragraph ends.
type piece struct {
	kind   pieceKind
	level  int // of a heading, 1 for the highest
	text   string
	quoted int      // in how many block quotations it stands
	by     bool     // it says whose words the quotation before it holds
	ids    []string // the targets of links that stand in it or right before it
	calls  []string // the notes that it calls, by their targets
	note   string   // it belongs to the note with this target
	label  string   // the note's printed label
	page   string   // the page that begins with or within it
	reason string
	linked float64 // the share of its text that stands in links
	bold   bool    // all of it is in bold type
	size   int     // in half points, as a document says it; 0 where it does not
	inset  bool    // it is set in on both sides
	centre bool    // it stands in the middle
	verse  bool    // it is a line of verse
	nav    bool    // it says that it leads elsewhere
	info   bool    // it says where the text comes from
	boxed  bool    // it heads a box within the section that it stands in
	front  bool    // the document says that it belongs to the title page
	said   string  // and as what: one of frontStyles
}

// A composer makes a work of pieces.
type composer struct {
	w      *library.Work
	stack  []int
	levels []int // of the open sections, as the document counts them
	page   string
	called map[string][]int // passages that call a note, by its target
	begun  bool             // the text has begun: what follows is no title page
	titled bool             // the title was there
}

// compose makes a work of the pieces of a document, which says its title in Meta
// or in its first heading.
func compose(meta library.Meta, pieces []piece) (*library.Work, error) {
	if len(pieces) > maxBlocks {
		return nil, tooManyParts()
	}
	headsOfNotes(pieces)
	headsOfBoxes(pieces)
	c := composer{w: &library.Work{Meta: meta, Passages: make([]library.Passage, 0, len(pieces))}, called: map[string][]int{}}
	whole := meta.Title
	authorAbove(&c.w.Meta, pieces)
	title := titlePiece(&c.w.Meta, pieces)
	for i := range pieces {
		p := &pieces[i]
		if p.page != "" {
			c.page = p.page
		}
		switch {
		case p.text == "" || p.note != "" && p.kind != furniturePiece:
		case p.kind == furniturePiece:
			c.w.LeftOut = append(c.w.LeftOut, library.LeftOut{Text: p.text, Reason: p.reason})
		case p.kind == paraPiece && isRule(p.text) && len(p.calls) == 0:
			c.w.LeftOut = append(c.w.LeftOut, library.LeftOut{Text: p.text, Reason: "a rule"})
		case i == title, p.kind == headPiece && !c.begun && library.Fold(p.text) == library.Fold(c.w.Title):
			c.part(library.FrontMatter, p.text)
			c.titled = true
		case p.kind == headPiece && p.said != "" && !c.begun:
			c.part(library.FrontMatter, p.text) // styledFront took it
		case p.kind == headPiece && !c.begun && c.titled && (byline.MatchString(p.text) || c.w.Author != "" && library.Fold(p.text) == library.Fold(c.w.Author)):
			takeFrontLine(&c.w.Meta, p.text)
			c.part(library.FrontMatter, p.text)
		case p.kind == headPiece && !c.begun && c.titled && isDate(p.text) && (strings.HasPrefix(p.text, "(") || strings.Contains(whole, p.text)):
			takeFrontLine(&c.w.Meta, p.text) // as archives set it below the title
			c.part(library.FrontMatter, p.text)
		case p.kind == headPiece:
			c.heading(p)
		case p.kind == captionPiece:
			c.part(library.Caption, p.text)
		case p.info:
			for l := range strings.SplitSeq(p.text, "\n") {
				switch {
				case infoLine(&c.w.Meta, l):
				case !c.begun:
					c.frontLine(l)
				case isDate(l) && c.w.Date == "":
					c.w.Date = strings.Trim(l, "()[] ")
				}
			}
			c.part(library.FrontMatter, strings.ReplaceAll(p.text, "\n", " "))
		case p.front && !c.begun:
			c.frontLine(p.text)
			c.part(library.FrontMatter, p.text)
		case (title >= 0 && i > title || title < 0) && !c.begun && p.kind == paraPiece && p.quoted == 0 && len(p.calls) == 0 && atMostWords(p.text, 25) && (takeFrontLine(&c.w.Meta, p.text) || c.aboveText(pieces[i+1:]) && c.frontLine(p.text)):
			c.part(library.FrontMatter, p.text)
		default:
			c.passage(pieces, i)
		}
	}
	c.notes(pieces)
	c.epigraphs()
	return c.w, nil
}

// frontStyles are the styles of a title page.
const frontStyles = " subtitle author date "

// styledFront takes what a document says by the styles of its title page, which is
// what its writer typed, over what the file says of itself.
func styledFront(m *library.Meta, pieces []piece) {
	var authors []string
	for i := range pieces {
		p := &pieces[i]
		if p.kind == headPiece && p.level > 0 && p.said == "" {
			break
		}
		switch p.said {
		case "author":
			authors = append(authors, strings.TrimPrefix(strings.TrimPrefix(p.text, "by "), "By "))
		case "date":
			m.Date = p.text
		case "subtitle":
			if m.Subtitle == "" {
				m.Subtitle = p.text
			}
		}
	}
	if len(authors) > 0 {
		m.Author = strings.Join(authors, ", ")
	}
}

// headsOfNotes leaves out the headings below which nothing but notes stands: the
// notes go to the passages that call them.
func headsOfNotes(pieces []piece) {
	type under struct {
		at, level   int
		text, notes bool
	}
	var below []under // headings that come later, the next one last
	var now under
	for i := len(pieces) - 1; i >= 0; i-- {
		p := &pieces[i]
		switch {
		case p.text == "" || p.kind == furniturePiece:
		case p.note != "":
			now.notes = true
		case p.kind != headPiece:
			now.text = true
		default:
			now.at, now.level = i, p.level
			for n := len(below); n > 0 && below[n-1].level > p.level; n-- {
				now.text, now.notes = now.text || below[n-1].text, now.notes || below[n-1].notes
				below = below[:n-1]
			}
			if now.notes && !now.text {
				p.kind, p.reason = furniturePiece, "the heading of the notes"
			}
			below = append(below, now)
			now = under{}
		}
	}
}

// authorAbove takes the first heading for the author's name, as archives set it above
// the title, where the document says that this is who wrote it, or is called by both
// ("Ada Lowell: The Mill"), and nothing stands between them.
func authorAbove(meta *library.Meta, pieces []piece) {
	first := -1
	for i := range pieces {
		p := &pieces[i]
		switch {
		case p.kind == furniturePiece || p.text == "" || p.front:
		case p.kind != headPiece:
			return
		case first < 0:
			first = i
		default:
			name, title := library.Fold(pieces[first].text), library.Fold(p.text)
			before, after, ok := strings.Cut(meta.Title, ":")
			both := ok && library.Fold(before) == name && strings.HasPrefix(library.Fold(after)+" ", title+" ") && meta.Author == "" && nameLike(pieces[first].text)
			if name == "" || title == "" || name != library.Fold(meta.Author) && !both {
				return
			}
			meta.Author = pieces[first].text
			pieces[first].kind, pieces[first].front = paraPiece, true
			if ok && library.Fold(before) == name {
				meta.Title = strings.TrimSpace(after)
			}
			return
		}
	}
}

// headsOfBoxes puts the headings of boxes, notes and warnings below the section in
// which each stands: such a heading is set in one size, however deep the box is.
func headsOfBoxes(pieces []piece) {
	level := 0
	for i := range pieces {
		switch p := &pieces[i]; {
		case p.kind != headPiece || p.note != "":
		case p.boxed:
			p.level = max(p.level, level+1)
		default:
			level = p.level
		}
	}
}

// titlePiece is the heading that is the title of the whole, -1 for none: the
// only one of its level, or one that says what the document is called.
func titlePiece(meta *library.Meta, pieces []piece) int {
	first, same := -1, 0
	for i := range pieces {
		p := &pieces[i]
		if p.kind != headPiece || p.note != "" || p.said != "" {
			continue
		}
		if first < 0 {
			first = i
		}
		if p.level <= pieces[first].level {
			same++
		}
	}
	if first < 0 {
		return -1
	}
	for i := range first { // text before it
		if p := &pieces[i]; p.kind != furniturePiece && p.note == "" && !p.front && !atMostWords(p.text, 25) {
			return -1
		}
	}
	head := library.Fold(pieces[first].text)
	whole := library.Fold(meta.Title)
	_, labelled := readLabel(pieces[first].text)
	switch {
	case head == "":
		return -1
	case head == whole, whole == "" && same == 1, same == 1 && !labelled, strings.Contains(" "+whole+" ", " "+head+" ") && !labelled && !isGeneric(pieces[first].text):
	default:
		return -1
	}
	if whole == head && isCapitals(pieces[first].text) && !isCapitals(meta.Title) {
		return first // as it is set there, and not as it is called
	}
	if whole == "" || strings.Contains(whole, head) {
		meta.Title = pieces[first].text
	}
	return first
}

// aboveText reports whether a line that stands before pieces is parted from the text
// by more of the title page, a heading or a quotation: what stands right above a
// paragraph may as well be one.
func (c *composer) aboveText(after []piece) bool {
	for i := range after {
		p := &after[i]
		if p.text == "" || p.kind == furniturePiece || p.note != "" {
			continue
		}
		meta := c.w.Meta
		return p.kind != paraPiece || p.front || p.quoted > 0 || atMostWords(p.text, 25) && takeFrontLine(&meta, p.text)
	}
	return false
}

// frontLine takes a line of the title page; one that says nothing known, and is
// no sentence, right below the title is the subtitle.
func (c *composer) frontLine(s string) bool {
	if takeFrontLine(&c.w.Meta, s) {
		return true
	}
	if m := &c.w.Meta; c.titled && m.Subtitle == "" && m.Author == "" && atMostWords(s, 15) && end(s) == openEnd {
		m.Subtitle = s
		return true
	}
	return false
}

// takeFrontLine takes a line of the title page for what it says: who wrote it
// and when. It reports whether it said something.
func takeFrontLine(m *library.Meta, s string) bool {
	switch {
	case m.Author == "" && byline.MatchString(s):
		m.Author = byline.FindStringSubmatch(s)[1]
	case isDate(s):
		if m.Date == "" {
			m.Date = strings.Trim(s, "()[] ")
		}
	case sourced.MatchString(s) && strings.ContainsAny(s, "0123456789:"):
		if m.Source == "" {
			m.Source = sourced.FindStringSubmatch(s)[1]
		}
	case credits.MatchString(s), library.Fold(s) == library.Fold(m.Author) && m.Author != "", library.Fold(s) == library.Fold(m.Title):
	case m.Author == "" && nameLike(s):
		m.Author = s
	default:
		return false
	}
	return true
}

func (c *composer) heading(p *piece) {
	c.begun = true
	for n := len(c.stack); n > 0 && (c.w.Sections[c.stack[n-1]].Lead || c.levels[n-1] >= p.level); n-- {
		c.stack, c.levels = c.stack[:n-1], c.levels[:n-1]
	}
	parent := -1
	if n := len(c.stack); n > 0 {
		parent = c.stack[n-1]
	}
	labels, title := splitLabel(p.text)
	c.w.Sections = append(c.w.Sections, library.Section{Parent: parent, Depth: len(c.stack) + 1, Labels: labels, Title: title, Text: p.text, Page: c.page})
	c.stack, c.levels = append(c.stack, len(c.w.Sections)-1), append(c.levels, p.level)
}

func (c *composer) section() int {
	if len(c.stack) == 0 {
		c.w.Sections = append(c.w.Sections, library.Section{Parent: -1, Depth: 1, Lead: true, Page: c.page})
		c.stack, c.levels = append(c.stack, len(c.w.Sections)-1), append(c.levels, 0)
	}
	return c.stack[len(c.stack)-1]
}

func (c *composer) part(kind library.Kind, s string) {
	section := -1
	if n := len(c.stack); n > 0 {
		section = c.stack[n-1]
	}
	c.w.Parts = append(c.w.Parts, library.Part{Kind: kind, Text: s, Section: section, Before: len(c.w.Passages)})
}

func (c *composer) passage(pieces []piece, i int) {
	p := &pieces[i]
	c.begun = true
	kind := library.Paragraph
	switch {
	case p.kind == listPiece:
		kind = library.List
	case p.kind == prePiece:
		kind = library.Preformatted
	case p.kind == tablePiece:
		kind = library.Table
	case p.kind == versePiece:
		kind = library.Stanza
	case p.quoted > 0:
		kind = library.Quotation
	}
	if n := len(c.w.Passages); n > 0 && (kind == library.Paragraph || kind == library.Quotation) {
		last := &c.w.Passages[n-1]
		quoted := last.Kind == library.Quotation || last.Kind == library.Stanza
		if quoted && last.Attribution == "" && last.Section == c.section() && (p.by || isAttribution(p.text)) {
			last.Attribution = p.text
			c.call(p, n-1)
			return
		}
	}
	c.w.Passages = append(c.w.Passages, library.Passage{Kind: kind, Section: c.section(), Text: p.text, Page: c.page})
	c.call(p, len(c.w.Passages)-1)
}

func (c *composer) call(p *piece, passage int) {
	for _, id := range p.calls {
		c.called[id] = append(c.called[id], passage)
	}
}

// notes puts the notes behind the text, in the section of the first passage that
// calls them.
func (c *composer) notes(pieces []piece) {
	at := map[string]int{}
	lost := 0
	page := ""
	for i := range pieces {
		p := &pieces[i]
		if p.page != "" {
			page = p.page
		}
		if p.note == "" || p.text == "" || p.kind == furniturePiece {
			continue
		}
		if k, ok := at[p.note]; ok {
			c.w.Passages[k].Text += " " + strings.ReplaceAll(p.text, "\n", " ")
			continue
		}
		n := library.Passage{Kind: library.Footnote, Label: p.label, Text: strings.ReplaceAll(p.text, "\n", " "), Section: c.section(), Page: page}
		by := c.called[p.note]
		if len(by) == 0 {
			lost++
		}
		k := len(c.w.Passages)
		for _, i := range by {
			n.Section = c.w.Passages[by[0]].Section
			if !slices.Contains(c.w.Passages[i].Notes, k) {
				c.w.Passages[i].Notes = append(c.w.Passages[i].Notes, k)
			}
		}
		at[p.note] = k
		c.w.Passages = append(c.w.Passages, n)
	}
	if lost > 0 {
		c.w.Warnings = append(c.w.Warnings, library.Warning{Code: "note_uncalled", Message: uncalled(lost)})
	}
}

// epigraphs are quotations right below a heading that say whose words they are,
// with a text below them.
func (c *composer) epigraphs() {
	opening := false
	last := -1
	for i := range c.w.Passages {
		p := &c.w.Passages[i]
		if p.Kind == library.Footnote {
			break
		}
		if p.Section != last {
			opening, last = true, p.Section
		}
		quoted := p.Kind == library.Quotation || p.Kind == library.Stanza
		if !opening || !quoted {
			opening = false
			continue
		}
		// All of the quotation, up to whose words it is.
		end := i
		for end+1 < len(c.w.Passages) && c.w.Passages[end].Attribution == "" && c.w.Passages[end+1].Section == p.Section && c.w.Passages[end+1].Kind == p.Kind {
			end++
		}
		more := end+1 < len(c.w.Passages) && c.w.Passages[end+1].Section == p.Section && c.w.Passages[end+1].Kind != library.Footnote
		if c.w.Passages[end].Attribution == "" || end != i || !more || !atMostWords(p.Text, 260) || len(c.w.Passages) < 3 {
			opening = false
			continue
		}
		p.Kind = library.Epigraph
	}
}
