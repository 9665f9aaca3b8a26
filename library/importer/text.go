package importer

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// readText reads plain text: blocks parted by blank lines, with headings,
// quotations and notes told by their look. Every line goes into exactly one
// block, and every block into one place of the work.
func readText(ctx context.Context, src string) (*library.Work, error) {
	t := &plain{builder: newBuilder(), blocks: blocksOf(src)}
	t.leaveGutenberg()
	if t.wrapped = wrapped(t.blocks); t.wrapped {
		t.column = column(t.blocks)
	}
	t.join()
	t.frontMatter()
	t.survey()
	for i := 0; i < len(t.blocks); i++ {
		if i%1000 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		i = t.read(i)
	}
	return t.finish(), nil
}

// A block is a run of lines without a blank one.
type block struct {
	lines  []string
	line   int // of the first, from 1
	before int // blank lines before it
	done   bool
	joined string // text, once it was asked for
}

type plain struct {
	*builder
	blocks  []block
	wrapped bool
	column  int             // the width that lines were broken to, if wrapped
	styles  []string        // how headings of each open level are labelled
	often   map[string]bool // short lines that stand there more than once
	closing bool            // a letter is being signed
	tail    int             // the block from which only furniture follows
}

func blocksOf(src string) []block {
	var out []block
	blank, n := 0, 0
	open := false
	for line := range strings.SplitSeq(src, "\n") {
		n++
		if strings.ContainsRune(line, '\f') {
			blank += 3 // a page ends here
			line = strings.ReplaceAll(line, "\f", " ")
		}
		if strings.TrimSpace(line) == "" {
			blank++
			open = false
			continue
		}
		if !open {
			out = append(out, block{line: n, before: blank})
			open, blank = true, 0
		}
		at := &out[len(out)-1]
		at.lines = append(at.lines, strings.TrimRightFunc(line, unicode.IsSpace))
	}
	return out
}

// wrapped reports whether the lines of a text were broken to a width: then a
// block of several lines is one paragraph.
func wrapped(blocks []block) bool {
	full, lines := 0, 0
	for i := range blocks {
		for j, l := range blocks[i].lines {
			if j == len(blocks[i].lines)-1 {
				continue // the last may be of any length
			}
			lines++
			if n := utf8.RuneCountInString(l); n >= 45 && n <= 120 {
				full++
			}
		}
	}
	return lines > 3 && full*3 > lines*2
}

func (b *block) text() string {
	if b.joined == "" {
		b.joined = tidy(joinLines(b.lines))
	}
	return b.joined
}

// joinLines joins the lines of a paragraph. A hyphen at a line's end stays:
// whether it belongs to the word cannot be told from here.
func joinLines(lines []string) string {
	var b strings.Builder
	for i, l := range lines {
		l = strings.TrimSpace(l)
		if i > 0 && !strings.HasSuffix(lines[i-1], "-") {
			b.WriteByte(' ')
		}
		b.WriteString(l)
	}
	return b.String()
}

var (
	gutenbergStart = regexp.MustCompile(`^\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG`)
	gutenbergEnd   = regexp.MustCompile(`^(?:\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG|End of (?:the )?Project Gutenberg)`)
)

// leaveGutenberg leaves out what stands around a book of Project Gutenberg.
func (t *plain) leaveGutenberg() {
	start := slices.IndexFunc(t.blocks, func(b block) bool { return gutenbergStart.MatchString(strings.TrimSpace(b.lines[0])) })
	if start < 0 {
		return
	}
	for i := range start + 1 {
		for _, l := range t.blocks[i].lines {
			for key, at := range map[string]*string{"Title: ": &t.w.Title, "Author: ": &t.w.Author, "Language: ": &t.w.Language} {
				if v, ok := strings.CutPrefix(l, key); ok && *at == "" && key != "Language: " {
					*at = tidy(v)
				}
			}
		}
		t.drop(i, "Project Gutenberg's frame")
	}
	if end := slices.IndexFunc(t.blocks, func(b block) bool { return gutenbergEnd.MatchString(strings.TrimSpace(b.lines[0])) }); end > start {
		for i := end; i < len(t.blocks); i++ {
			t.drop(i, "Project Gutenberg's frame")
		}
	}
	t.blocks = slices.DeleteFunc(t.blocks, func(b block) bool { return b.done })
}

func (t *plain) drop(i int, reason string) {
	t.leaveOut(t.blocks[i].text(), reason, t.blocks[i].line)
	t.blocks[i].done = true
}

// join mends paragraphs that a page or a blank line broke in mid-sentence: the
// first half ends in no mark, and the second goes on in lower case, or a page
// ended between them.
func (t *plain) join() {
	var out []block
	for _, b := range t.blocks {
		if n := len(out) - 1; n >= 0 {
			a := &out[n]
			last := a.lines[len(a.lines)-1]
			first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(b.lines[0], unicode.IsSpace))
			page := t.wrapped && b.before >= 3
			long := len(a.lines) > 1 || utf8.RuneCountInString(last) > 60
			indented := strings.HasPrefix(b.lines[0], "  ")
			open := !endsSentence(last)
			if page && !open {
				// A sentence may end where a page does. If the next word would not
				// have fitted on the line, the paragraph goes on.
				word, _, _ := strings.Cut(tidy(b.lines[0]), " ")
				open = lineWidth(tidy(last))+lineWidth(" "+word) > t.column
			}
			if (long || page && len(a.lines) > 1) && !indented && open && b.before > 0 && !isItem(b.lines[0]) &&
				(unicode.IsLower(first) && !strings.HasSuffix(last, ":") || page && !looksHeading(&b)) {
				if t.wrapped {
					a.lines = append(a.lines, b.lines...)
				} else { // each line is a paragraph: the two halves are one
					a.lines[len(a.lines)-1] = joinLines([]string{last, b.lines[0]})
					a.lines = append(a.lines, b.lines[1:]...)
				}
				a.joined = ""
				continue
			}
		}
		out = append(out, b)
	}
	t.blocks = out
}

func endsSentence(line string) bool {
	line = strings.TrimRight(line, ` "'”’»)]`+"\t")
	for strings.HasSuffix(line, "]") {
		line = line[:len(line)-1]
	}
	return line == "" || strings.ContainsAny(line[len(line)-1:], ".?!:;") || strings.HasSuffix(line, "…")
}

var (
	// "ii" alone on a line heads what follows; a number alone may be a page's.
	loneLabel   = regexp.MustCompile(`^(?:[IVXLC]{1,7}|[ivxlc]{1,7})\.?$`)
	letterDate  = regexp.MustCompile(`^(?i:(?:[0-9]{1,2}(?:st|nd|rd|th)? )?(?:january|february|march|april|may|june|july|august|september|october|november|december)(?: [0-9]{1,2},?)?(?: [0-9]{4})?)$`)
	valediction = regexp.MustCompile(`^(?i:(?:yours|sincerely|regards|best wishes|with (?:kind|best|warm) |fraternally|comradely|respectfully|cordially|love,|mit freundlichen)[^.?!]{0,40}),?$`)
	salutation  = regexp.MustCompile(`^(?:Dear|Sehr geehrte|Liebe|Lieber|Cher|Chère) [^.?!]{1,60}[,:]$`)
)

var item = regexp.MustCompile(`^\s*(?:[0-9]{1,3}[.)]|[a-z][.)]|[-*•·–])\s+\S`)

func isItem(line string) bool { return item.MatchString(line) }

// looksHeading reports whether a block could be a heading: short, of one line,
// without the end of a sentence.
func looksHeading(b *block) bool {
	if len(b.lines) > 2 || isItem(b.lines[0]) && !labelled.MatchString(b.text()) {
		return false
	}
	s := b.text()
	if loneLabel.MatchString(s) {
		return true
	}
	if utf8.RuneCountInString(s) < 3 || letterDate.MatchString(s) {
		return false
	}
	if labels, title := splitLabel(s); len(labels) > 0 && library.CountWords(title) <= 14 && !strings.HasSuffix(s, ",") && !strings.HasSuffix(s, ";") {
		return strings.Trim(labels[0], "0123456789") != "" || library.CountWords(title) <= 10
	}
	n := library.CountWords(s)
	if n == 0 || n > 12 || len(b.lines) > 1 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(s, `"'“‘«`))
	if unicode.IsLower(first) || !unicode.IsLetter(first) && !unicode.IsDigit(first) {
		return false
	}
	switch r, _ := utf8.DecodeLastRuneInString(s); r {
	case '.', ':', ';', ',', '-', '–', '—', '!', '…', '|', ')', ']':
		return false
	}
	return true
}

// frontMatter takes the title page off: the short blocks before the first
// paragraph.
func (t *plain) frontMatter() {
	end := 0
	for end < len(t.blocks) && end < 12 {
		b := &t.blocks[end]
		if len(b.lines) > 3 || library.CountWords(b.text()) > 45 || isItem(b.lines[0]) {
			break
		}
		end++
	}
	// A labelled heading, or the last short block before the text, opens the
	// text itself.
	for i := range end {
		if labels, _ := splitLabel(t.blocks[i].text()); len(labels) > 0 {
			end = i
			break
		}
	}
	if end == len(t.blocks) { // no paragraph comes: a line at the most is a title
		end = min(end-1, 1)
	}
	var title []int
scan:
	for i := range end {
		s := t.blocks[i].text()
		switch {
		case strings.Count(s, "|") >= 2 || strings.Contains(strings.ToLower(s), "printer-friendly"):
			t.drop(i, "site furniture")
		case dateLine.MatchString(s):
			if t.w.Date == "" {
				t.w.Date = dateLine.FindStringSubmatch(s)[1]
			}
			t.part(library.FrontMatter, s)
			t.blocks[i].done = true
		case byline.MatchString(s) && t.w.Author == "":
			t.w.Author = byline.FindStringSubmatch(s)[1]
			t.part(library.FrontMatter, s)
			t.blocks[i].done = true
		case fromLine.MatchString(t.blocks[i].lines[0]):
			t.w.Source = s
			t.part(library.FrontMatter, s)
			t.blocks[i].done = true
		case looksHeading(&t.blocks[i]) && (t.w.Title == "" || len(title) > 0):
			title = append(title, i)
		default:
			break scan
		}
		if len(title) == 3 {
			break
		}
	}
	// Of several short lines one is the author's name, if it looks like one.
	if len(title) > 1 && t.w.Author == "" && looksName(t.blocks[title[0]].text()) {
		t.take(title[0], &t.w.Author)
		title = title[1:]
	}
	for i, at := range title {
		switch {
		case i == 0 && t.w.Title == "":
			t.take(at, &t.w.Title)
		case i == 1 && t.w.Subtitle == "" && len(title) > 1 && at == title[0]+1 && t.nextIsFront(at+1, end):
			t.take(at, &t.w.Subtitle)
		}
	}
	t.blocks = slices.DeleteFunc(t.blocks, func(b block) bool { return b.done })
}

func (t *plain) nextIsFront(i, end int) bool { return i < end }

func (t *plain) take(i int, into *string) {
	*into = t.blocks[i].text()
	t.part(library.FrontMatter, *into)
	t.blocks[i].done = true
}

var personName = regexp.MustCompile(`^(?:[A-Z][\p{L}’'-]+|[A-Z]\.)(?: (?:[A-Z]\.|[A-Z][\p{L}’'-]+|de|van|von|der|la|le))* [A-Z][\p{L}’'-]+$`)

// looksName reports whether a line is a person's name: two to four words in
// capitals, one of them an initial or none a common word.
func looksName(s string) bool {
	n := library.CountWords(s)
	if n < 2 || n > 4 || !personName.MatchString(s) {
		return false
	}
	for w := range strings.FieldsSeq(s) {
		switch w {
		case "The", "A", "An", "Of", "On", "In", "And", "For", "To":
			return false
		}
	}
	return true
}

var (
	noteLine   = regexp.MustCompile(`^(?:\[([0-9]{1,3}|\*+)\]|([0-9]{1,3})\.)\s+(.+)$`)
	noteCall   = regexp.MustCompile(`\[([0-9]{1,3}|\*+)\]`)
	inlineCite = regexp.MustCompile(`^(?:—|–|--)\s?\S`)
	furniture  = regexp.MustCompile(`(?i)^(?:last updated|see also:?$|printer-friendly|back to top|top of (?:the )?page|share this|to contact .* visit:?|table of contents$|recent and ongoing:?$|return to |click here|copyright ©|all rights reserved)|https?://\S+\)?$`)
)

// read reads the block at i, and those that belong to it, and returns the last
// that it took.
func (t *plain) read(i int) int {
	b := &t.blocks[i]
	s := b.text()
	switch {
	case furniture.MatchString(s) && library.CountWords(s) < 20:
		t.leaveOut(s, "site furniture", b.line)
		return i
	case noteLine.MatchString(s) && t.isNote(i):
		m := noteLine.FindStringSubmatch(s)
		t.note(m[1]+m[2], m[3])
		// The mark that is not part of the note's text is a label.
		return i
	case len(b.lines) > 1 && isItem(b.lines[0]):
		t.list(b)
		return i
	case i >= t.tail:
		t.leaveOut(s, "site furniture", b.line)
		return i
	case letterDate.MatchString(s):
		t.closing = false
		t.part(library.Dateline, s)
		return i
	case salutation.MatchString(s):
		t.part(library.Salutation, s)
		return i
	case valediction.MatchString(s):
		t.closing = true
		t.part(library.Signature, s)
		return i
	case t.signs(i):
		t.part(library.Signature, s)
		return i
	case t.opening() && t.motto(s):
		return i
	case t.often[s] && len(t.w.Passages) > 0 && !t.opening() && t.w.Passages[len(t.w.Passages)-1].Attribution == "":
		t.attribute(s)
		return i
	case looksHeading(b) && t.heads(i) && i+1 < len(t.blocks) && !(isItem(b.lines[0]) && isItem(t.blocks[i+1].lines[0])):
		if t.attributed(i) {
			t.attribute(s)
			return i
		}
		labels, title := splitLabel(s)
		t.heading(t.level(labels), labels, title, s)
		return i
	case inlineCite.MatchString(s) && library.CountWords(s) < 30 && len(t.w.Passages) > 0:
		t.attribute(s)
		return i
	}
	if !t.wrapped && len(b.lines) > 1 {
		// Each line is a paragraph of its own, unless they are verse.
		if verse(b.lines) {
			t.noteCalls(s)
			t.passage(library.Stanza, stanza(b.lines))
			return i
		}
		for _, l := range b.lines {
			l = tidy(l)
			t.noteCalls(l)
			t.passage(library.Paragraph, l)
		}
		return i
	}
	kind := library.Paragraph
	if t.quoted(i) {
		kind = library.Quotation
	}
	t.noteCalls(s)
	t.passage(kind, s)
	return i
}

// noteCalls remembers the notes that a text calls.
func (t *plain) noteCalls(s string) {
	for _, m := range noteCall.FindAllStringSubmatch(s, -1) {
		t.calls(m[1])
	}
}

// isNote reports whether the block at i is one of the notes at the end of a
// text: a bracketed number, or numbered paragraphs in its last tenth that the
// text calls.
func (t *plain) isNote(i int) bool {
	s := t.blocks[i].text()
	if strings.HasPrefix(s, "[") {
		return true
	}
	// "1. …" near the end of a text, or the next after such a one.
	m := noteLine.FindStringSubmatch(s)
	if n := len(t.notes); n > 0 && t.notes[n-1].Label != "" {
		if last, err := strconv.Atoi(t.notes[n-1].Label); err == nil && m[2] == strconv.Itoa(last+1) {
			return true
		}
	}
	return m[2] == "1" && i*10 > len(t.blocks)*7 && len(t.blocks) > 20 && library.CountWords(s) > 12
}

func (t *plain) list(b *block) {
	var lines []string
	for _, l := range b.lines {
		if isItem(l) || len(lines) == 0 {
			lines = append(lines, tidy(l))
			continue
		}
		lines[len(lines)-1] += " " + tidy(l)
	}
	t.noteCalls(strings.Join(lines, " "))
	t.passage(library.List, strings.Join(lines, "\n"))
}

// verse reports whether short lines are a stanza.
func verse(lines []string) bool {
	if len(lines) < 3 {
		return false
	}
	for _, l := range lines {
		if n := utf8.RuneCountInString(l); n > 60 || n == 0 {
			return false
		}
	}
	return true
}

func stanza(lines []string) string {
	var out []string
	for _, l := range lines {
		out = append(out, tidy(l))
	}
	return strings.Join(out, "\n")
}

// level is how deep a heading stands, from how it is labelled: a new way of
// labelling goes one deeper, one that was used returns to its level.
func (t *plain) level(labels []string) int {
	style := labelStyle(labels)
	if at := slices.Index(t.styles, style); at >= 0 {
		t.styles = t.styles[:at+1]
		return at + 1
	}
	// An arabic label after roman ones opens a part above them.
	if style == "1" && len(t.styles) > 0 && t.styles[0] != "1" && labels[0] != "1" {
		for i := range t.w.Sections {
			s := &t.w.Sections[i]
			s.Depth++
			if s.Parent < 0 {
				s.Parent = -2
			}
		}
		missing := library.Section{Parent: -1, Depth: 1, Labels: []string{"1"}, Missing: true}
		t.w.Sections = append([]library.Section{missing}, t.w.Sections...)
		for i := 1; i < len(t.w.Sections); i++ {
			if p := &t.w.Sections[i]; p.Parent == -2 {
				p.Parent = 0
			} else {
				p.Parent++
			}
		}
		for i := range t.w.Passages {
			t.w.Passages[i].Section++
		}
		for i := range t.w.Parts {
			if t.w.Parts[i].Section >= 0 {
				t.w.Parts[i].Section++
			}
		}
		t.stack = nil
		t.styles = []string{"1"}
		t.warn("missing_heading", "The first part has no heading of its own; it is called 1, since the next is 2.", 0)
		return 1
	}
	t.styles = append(t.styles, style)
	return len(t.styles)
}

// attributed reports whether the short block at i says whose words stand
// before it: a quotation was opened by a colon and not closed since.
func (t *plain) attributed(i int) bool {
	n := len(t.w.Passages)
	return n > 0 && t.w.Passages[n-1].Kind == library.Quotation && t.w.Passages[n-1].Attribution == "" && t.blocks[i].before < 2
}

// quoted reports whether the block at i belongs to a block quotation: it
// follows a paragraph that ends in a colon, and a line that says whose words
// these are stands a few blocks on.
func (t *plain) quoted(i int) bool {
	n := len(t.w.Passages)
	if n == 0 || t.wrapped {
		return false
	}
	last := &t.w.Passages[n-1]
	opened := last.Kind == library.Paragraph && (strings.HasSuffix(last.Text, ":") || strings.HasSuffix(last.Text, ",")) ||
		last.Kind == library.Quotation && last.Attribution == ""
	if !opened {
		return false
	}
	for j := i + 1; j < len(t.blocks) && j < i+8; j++ {
		if looksHeading(&t.blocks[j]) && t.blocks[j].before < 2 {
			return true
		}
		if strings.HasSuffix(t.blocks[j].text(), ":") {
			return false
		}
	}
	return false
}

// survey finds the short lines that come again and again, which name what is
// quoted rather than what follows, and where nothing but furniture is left.
func (t *plain) survey() {
	t.often = map[string]bool{}
	seen := map[string]bool{}
	for i := range t.blocks {
		b := &t.blocks[i]
		s := b.text()
		if labels, _ := splitLabel(s); len(labels) > 0 || loneLabel.MatchString(s) || !looksHeading(b) {
			continue
		}
		t.often[s] = seen[s]
		seen[s] = true
	}
	// From a line of furniture near the end on, short blocks are furniture too.
	t.tail = len(t.blocks)
	for i := len(t.blocks) - 1; i > 0 && len(t.blocks)-i < 12; i-- {
		s := t.blocks[i].text()
		if library.CountWords(s) > 25 {
			break
		}
		if furniture.MatchString(s) || i == t.tail-1 && strings.HasSuffix(s, ":") && library.CountWords(s) < 8 {
			t.tail = i
		}
	}
}

// heads reports whether the short block at i can head what follows: a labelled
// line always, another only before a paragraph or another heading with a label.
func (t *plain) heads(i int) bool {
	s := t.blocks[i].text()
	if labels, _ := splitLabel(s); len(labels) > 0 || loneLabel.MatchString(s) {
		return true
	}
	if i+1 >= len(t.blocks) {
		return false
	}
	next := &t.blocks[i+1]
	if looksHeading(next) {
		labels, _ := splitLabel(next.text())
		return len(labels) > 0 || loneLabel.MatchString(next.text())
	}
	return library.CountWords(next.text()) > 8
}

// signs reports whether the block at i is part of a signature: it follows a
// valediction, or is a lone letter or name between paragraphs and a date.
func (t *plain) signs(i int) bool {
	b := &t.blocks[i]
	s := b.text()
	n := library.CountWords(s)
	if t.closing {
		if n <= 10 && len(b.lines) <= 2 && !strings.HasSuffix(s, ".") {
			return true
		}
		t.closing = false
		return false
	}
	next := i+1 < len(t.blocks) && letterDate.MatchString(t.blocks[i+1].text())
	return next && n <= 5 && len(t.w.Passages) > 0 && !endsSentence(s)
}

// motto takes an epigraph: a quotation right after a heading, between
// quotation marks, with whose words they are after it.
func (t *plain) motto(s string) bool {
	if len(t.stack) == 0 || t.w.Sections[t.stack[len(t.stack)-1]].Lead || library.CountWords(s) > 250 {
		return false
	}
	pairs := map[rune]string{'"': `"`, '“': "”", '‘': "’", '«': "»"}
	first, size := utf8.DecodeRuneInString(s)
	mark, ok := pairs[first]
	if !ok {
		return false
	}
	end := strings.LastIndex(s, mark)
	if end <= size {
		return false
	}
	end += len(mark)
	if end < len(s) && s[end] == '.' {
		end++
	}
	tail := strings.TrimSpace(s[end:])
	name, _ := utf8.DecodeRuneInString(strings.TrimLeft(tail, "[(—– "))
	if n := library.CountWords(tail); n == 0 || n > 15 || !unicode.IsUpper(name) {
		return false
	}
	t.noteCalls(s)
	t.epigraph(strings.TrimSpace(s[:end]), tail)
	return true
}

// column is the width to which lines were broken: that of the widest, a few
// that stick out apart.
func column(blocks []block) int {
	var all []int
	for i := range blocks {
		for _, l := range blocks[i].lines {
			all = append(all, lineWidth(tidy(l)))
		}
	}
	slices.Sort(all)
	return all[len(all)-1-len(all)/500]
}

// times are the widths of the characters from space to tilde in Times Roman,
// in thousandths of its size, as Adobe's metrics give them: what most pages
// were set in, and near enough for what was not.
var times = [...]int{
	250, 333, 408, 500, 500, 833, 778, 333, 333, 333, 500, 564, 250, 333, 250, 278,
	500, 500, 500, 500, 500, 500, 500, 500, 500, 500, 278, 278, 564, 564, 564, 444,
	921, 722, 667, 667, 722, 611, 556, 722, 722, 333, 389, 722, 611, 889, 722, 722,
	556, 722, 667, 556, 611, 722, 722, 944, 722, 722, 611, 333, 278, 333, 469, 500,
	333, 444, 500, 444, 500, 444, 333, 500, 500, 278, 278, 500, 278, 778, 500, 500,
	500, 500, 333, 389, 278, 500, 500, 722, 500, 500, 444, 480, 200, 480, 541,
}

// lineWidth is how wide a line would be set, in thousandths of its size.
func lineWidth(s string) int {
	w := 0
	for _, r := range s {
		switch {
		case r >= ' ' && int(r-' ') < len(times):
			w += times[r-' ']
		case unicode.Is(unicode.Mn, r):
		case r >= 0x2E80: // full width
			w += 1000
		default:
			w += 500
		}
	}
	return w
}
