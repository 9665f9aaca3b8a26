package importer

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"lectern/library"
)

// readText reads plain text. It goes over the text in a fixed order of steps,
// each of which takes lines or blocks for something and leaves the others to
// the next; what nothing else is, is a paragraph.
func readText(ctx context.Context, text string, opt Options) (*library.Work, error) {
	if aozoraText(text) {
		return readAozora(ctx, text)
	}
	d := &draft{ctx: ctx, printed: opt.pages}
	d.cutLines(text)
	if len(d.lines) > maxLines {
		return nil, tooManyParts()
	}
	d.mostTabs = strings.Count(text, "\t") > strings.Count(text, " ")
	for _, step := range [...]func(){
		d.unbox, d.frame, func() { d.fit.learn(d.lines) }, d.findPages,
		func() { d.base = d.usualIndent() }, func() { d.mend.fit = &d.fit; d.mend.learn(d.lines) }, func() { d.gap = d.usualGap() },
		d.findFramed, d.findCounted, d.front, func() { d.findVerses(opt.Scheme) }, d.cutBlocks,
		d.learnQuotes, d.learnDialogue, d.joinExamples, d.joinBlocks, d.tail, d.contents, d.bracketed, d.findNotes, d.looseLists,
		d.findQuotations, d.letters, d.findMarked, d.findOutdented, d.findHeadings, d.epigraphs,
	} {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if step(); len(d.blocks) > maxBlocks {
			return nil, tooManyParts()
		}
	}
	w := d.assemble()
	if err := ctx.Err(); err != nil {
		return nil, err // it is not whole
	}
	return w, nil
}

// usualGap is how many empty lines mostly part paragraphs.
func (d *draft) usualGap() int32 {
	var count [8]int
	for i := range d.lines {
		if g := d.lines[i].gap; g > 0 && int(g) < len(count) {
			count[g]++
		}
	}
	best := 1
	for g := 2; g < len(count); g++ {
		if count[g] > count[best] {
			best = g
		}
	}
	return int32(best)
}

// epigraphs are quotations right below a heading that say whose words they are;
// elsewhere such a block is a quotation. What follows the closing mark becomes
// the attribution.
func (d *draft) epigraphs() {
	opening, first := true, true // nothing but epigraphs since the heading; no heading yet
	for i := range d.blocks {
		b := &d.blocks[i]
		switch b.role {
		case headline:
			opening, first = true, false
			continue
		case leftOut, frontLine, editorNote, caption, dateline:
			continue
		case prose, quotation, stanza:
		default:
			opening = false
			continue
		}
		next := i + 1
		for next < len(d.blocks) && d.blocks[next].role == citation {
			next++
		}
		body := next < len(d.blocks) && (d.blocks[next].role != headline || first) && d.blocks[next].role != leftOut
		s := d.text(b)
		switch {
		case b.role != prose:
			if opening && body && next > i+1 && atMostWords(s, 150) {
				b.role = epigraph
			}
		case i+1 < len(d.blocks) && d.blocks[i+1].role == citation:
		default:
			if rest, ok := d.ownWords(s); ok && atMostWords(s, 260) {
				if opening && body && atMostWords(s, 220) {
					b.role, b.attr = epigraph, rest
				} else if !atMostWords(s, 20) {
					b.role, b.attr = quotation, rest
				}
			}
		}
		opening = opening && (b.role == epigraph || b.role == citation)
	}
}

// ownWords reports whether a paragraph is one quotation and a source behind it,
// and returns the source.
func (d *draft) ownWords(s string) (source string, ok bool) {
	m := d.marksOf(s)
	if !m.startsOpen || m.unclosed || m.spans != 1 || m.closes == 0 {
		return "", false
	}
	rest := strings.TrimSpace(strings.TrimLeft(s[m.closes:], ".,;: "))
	if rest == "" || !atMostWords(rest, 14) || !sourceLike(rest) {
		return "", false
	}
	return rest, true
}

// sourceLike reports whether words name a person or a work: all of them bear
// capitals but for the small words of names and titles.
func sourceLike(s string) bool {
	names := 0
	for w := range strings.FieldsSeq(s) {
		w = strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		r := firstRune(w)
		switch {
		case w == "", unicode.IsDigit(r):
		case unicode.IsUpper(r) || unicode.Is(unicode.Lo, r):
			names++
		case listed(" of the and on in to for from a an de du des la le les von van der den und del di y et e at with by as or p pp vol ch trans ed ibid letter speech quoted cited after his her ", strings.ToLower(w)):
		default:
			return false
		}
	}
	return names > 0 && !listed(" he she it they we i you but and then so ", strings.ToLower(strings.Fields(s)[0]))
}

// assemble makes the work: each block goes to exactly one place.
func (d *draft) assemble() *library.Work {
	w := &library.Work{Meta: d.meta}
	if d.mend.took > 0 {
		d.warn("hyphens", d.mend.said(), 0)
	}
	var stack []int
	verses := verser{d: d}
	plan := d.plan
	open := func(h *heading, page string) {
		for len(stack) > 0 && w.Sections[stack[len(stack)-1]].Depth >= h.depth {
			stack = stack[:len(stack)-1]
		}
		parent := -1
		if len(stack) > 0 {
			parent = stack[len(stack)-1]
		}
		s := h.section(parent)
		s.Depth = len(stack) + 1
		s.Page = page
		w.Sections = append(w.Sections, s)
		verses.open(h)
		// A depth that was skipped stays skipped for those that close it.
		stack = append(stack, len(w.Sections)-1)
	}
	section := func() int {
		if len(stack) == 0 {
			w.Sections = append(w.Sections, library.Section{Parent: -1, Depth: 1, Lead: true})
			stack = append(stack, len(w.Sections)-1)
		}
		return stack[len(stack)-1]
	}
	n := 0
	for i := range d.blocks {
		n++
		if d.blocks[i].role == headline {
			n += 2
		}
	}
	w.Passages = make([]library.Passage, 0, n)
	calls := newCalls(d.notes)
	calls.round = d.round
	runIns := 0
	for i := range d.blocks {
		if d.stopped(i) {
			break
		}
		b := &d.blocks[i]
		if b.from >= b.to {
			continue
		}
		page := d.page(d.first(b))
		for len(plan) > 0 && (plan[0].missing || plan[0].block == i) {
			here := plan[0].block == i
			if plan[0].missing && b.role != headline && passageKinds0(b.role) == "" && !here {
				break
			}
			open(&plan[0], page)
			plan = plan[1:]
			if here {
				break
			}
		}
		switch b.role {
		case headline:
		case leftOut:
			d.leave(d.lines[b.from:b.to], b.reason)
		case citation:
			at := len(w.Passages) - 1
			if at < 0 || w.Passages[at].Attribution != "" {
				w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: section(), Text: d.text(b), Page: page})
				continue
			}
			w.Passages[at].Attribution = d.text(b)
			calls.in(d.text(b), at)
		case frontLine, dateline, salutation, signature, editorNote, caption:
			at := -1
			if len(stack) > 0 {
				at = stack[len(stack)-1]
			}
			w.Parts = append(w.Parts, library.Part{Kind: partKinds[b.role], Text: d.text(b), Section: at, Before: len(w.Passages)})
		default:
			p := library.Passage{Kind: passageKinds[b.role], Section: section(), Page: page, Label: b.label}
			p.Text, p.Attribution = d.body(b)
			if d.meta.Scheme != library.ByPassage && p.Kind.Numbered() {
				p.Verse = verses.of(b)
			}
			if b.role == prose && runIn(p.Text) {
				if runIns++; runIns == 1 {
					d.warn("run_in", quote(p.Text)+" begins with words in capitals. They were left in the paragraph, not taken for a heading.", d.first(b).no)
				}
			}
			at := len(w.Passages)
			w.Passages = append(w.Passages, p)
			if b.role != note {
				calls.in(p.Text, at)
			} else {
				calls.note(p.Label, at)
				// "[Footnote 1: …]": its number is its label.
				if m := footnoteWord.FindStringSubmatch(d.text(b)[:b.strip]); m != nil {
					word := strings.TrimSpace(strings.TrimSuffix(strings.Trim(m[0], "[ :"), m[1]))
					d.left = append(d.left, library.LeftOut{Text: word, Reason: "the mark of a footnote", Line: int(d.first(b).no)})
				}
			}
		}
	}
	calls.tie(w, d)
	for _, code := range slices.Sorted(maps.Keys(d.doubts)) {
		if n := d.doubts[code]; n > maxDoubts {
			d.warns = append(d.warns, library.Warning{Code: code, Message: fmt.Sprintf("There are %d more doubts of this kind.", n-maxDoubts)})
		}
	}
	w.LeftOut, w.Warnings = d.left, d.warns
	return w
}

func passageKinds0(r role) library.Kind {
	if int(r) < len(passageKinds) {
		return passageKinds[r]
	}
	return ""
}

// page is the name of the page that a line stands on.
func (d *draft) page(l *line) string {
	if int(l.page) < len(d.pages) && l.page > 0 {
		return d.pages[l.page]
	}
	return ""
}

// body is the text of a passage, and the attribution that stood on its line.
func (d *draft) body(b *block) (text, attribution string) {
	lines := d.lines[b.from:b.to]
	switch b.role {
	case list:
		return d.listText(b), ""
	case stanza:
		return join(lines), ""
	case epigraph, quotation:
		if d.verse(lines) {
			return join(lines), ""
		}
	case table, preformatted:
		if b.role == table && barred(lines) {
			if s, ok := gridRows(lines); ok {
				return s, ""
			}
		}
		return aligned(lines), ""
	}
	s := d.text(b)
	if b.role == note {
		s = s[b.strip:]
		if footnoteWord.MatchString(d.text(b)) {
			s = strings.TrimSuffix(s, "]")
		}
		return s, ""
	}
	if b.attr != "" {
		return strings.TrimSpace(strings.TrimSuffix(s, b.attr)), b.attr
	}
	return s, ""
}

// join keeps each line, and how far it is set in against the least.
func join(lines []line) string {
	least := lines[0].indent
	for i := range lines {
		least = min(least, lines[i].indent)
	}
	var b strings.Builder
	for i := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.Repeat(" ", min(int(lines[i].indent-least), 40)))
		b.WriteString(lines[i].text)
	}
	return b.String()
}

// aligned keeps the lines as they stand, without the white space that all have
// before them. TABs become spaces.
func aligned(lines []line) string {
	out := make([]string, len(lines))
	least := 1 << 20
	for i := range lines {
		var b strings.Builder
		col := 0
		for _, r := range strings.TrimRight(lines[i].raw, " \t") {
			switch {
			case r == '\t':
				n := 8 - col%8
				b.WriteString("        "[:n])
				col += n
				continue
			case r == '\u00ad' || r == '\ufeff' || unicode.IsControl(r):
				continue
			}
			b.WriteRune(r)
			col++
		}
		out[i] = b.String()
		least = min(least, len(out[i])-len(strings.TrimLeft(out[i], " ")))
	}
	var b strings.Builder
	for i := range out {
		if i > 0 {
			b.WriteByte('\n')
			if lines[i].gap > 0 { // an example goes on below an empty line
				b.WriteByte('\n')
			}
		}
		b.WriteString(out[i][least:])
	}
	return b.String()
}

// runIn reports whether a paragraph begins with a heading in capitals.
func runIn(s string) bool {
	head, rest, ok := strings.Cut(s[:min(len(s), 60)], ". ")
	return ok && rest != "" && len(head) >= 6 && isCapitals(head) && strings.Contains(head, " ")
}
