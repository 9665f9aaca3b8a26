package importer

import (
	"regexp"
	"strings"

	"lectern/library"
)

// A builder puts a work together in document order. Every piece of the source
// goes through exactly one of its methods, so that nothing is lost.
type builder struct {
	w       *library.Work
	stack   []int             // the open sections, outermost first
	begun   bool              // the text has begun: what follows is no front matter
	called  map[string][]int  // passages that call a note, by its label
	pending []string          // labels called by the passage that is being read
	notes   []library.Passage // kept for the end of the work
}

func newBuilder() *builder {
	return &builder{w: &library.Work{}, called: map[string][]int{}}
}

func (b *builder) meta(m map[string]string) {
	for k, at := range map[string]*string{"title": &b.w.Title, "subtitle": &b.w.Subtitle, "author": &b.w.Author, "date": &b.w.Date,
		"lang": &b.w.Language, "language": &b.w.Language, "source": &b.w.Source, "edition": &b.w.Edition, "rights": &b.w.Rights} {
		if m[k] != "" {
			*at = m[k]
		}
	}
}

func (b *builder) setTitle(s string) { b.w.Title = s }

// section is the innermost open section; a lead is made where there is none.
func (b *builder) section() int {
	if len(b.stack) == 0 {
		b.w.Sections = append(b.w.Sections, library.Section{Parent: -1, Depth: 1, Lead: true})
		b.stack = append(b.stack, len(b.w.Sections)-1)
	}
	return b.stack[len(b.stack)-1]
}

// heading opens a section at a level, 1 the highest.
func (b *builder) heading(level int, labels []string, title, whole string) {
	b.begun = true
	level = max(level, 1)
	for len(b.stack) > 0 {
		top := b.w.Sections[b.stack[len(b.stack)-1]]
		if !top.Lead && top.Depth < level {
			break
		}
		b.stack = b.stack[:len(b.stack)-1]
	}
	parent, depth := -1, 1
	if n := len(b.stack); n > 0 {
		parent = b.stack[n-1]
		depth = b.w.Sections[parent].Depth + 1
	}
	b.w.Sections = append(b.w.Sections, library.Section{Parent: parent, Depth: depth, Labels: labels, Title: title, Text: whole})
	b.stack = append(b.stack, len(b.w.Sections)-1)
}

// opening reports whether nothing of the innermost section has been said yet.
func (b *builder) opening() bool {
	if len(b.stack) == 0 {
		return true
	}
	at := b.stack[len(b.stack)-1]
	for i := range b.w.Passages {
		if p := &b.w.Passages[i]; p.Section == at && p.Kind != library.Epigraph {
			return false
		}
	}
	return true
}

func (b *builder) passage(kind library.Kind, text string) {
	if strings.TrimSpace(text) == "" {
		return
	}
	b.begun = true
	at := len(b.w.Passages)
	b.w.Passages = append(b.w.Passages, library.Passage{Kind: kind, Section: b.section(), Text: text})
	for _, l := range b.pending {
		b.called[l] = append(b.called[l], at)
	}
	b.pending = nil
}

func (b *builder) epigraph(text, attribution string) {
	b.passage(library.Epigraph, text)
	b.attribute(attribution)
}

// attribute says whose words the last passage holds.
func (b *builder) attribute(s string) { b.w.Passages[len(b.w.Passages)-1].Attribution = s }

func (b *builder) part(kind library.Kind, text string) {
	section := -1
	if n := len(b.stack); n > 0 {
		section = b.stack[n-1]
	}
	b.w.Parts = append(b.w.Parts, library.Part{Kind: kind, Text: text, Section: section, Before: len(b.w.Passages)})
}

func (b *builder) leaveOut(text, reason string, line int) {
	if strings.TrimSpace(text) != "" {
		b.w.LeftOut = append(b.w.LeftOut, library.LeftOut{Text: text, Reason: reason, Line: line})
	}
}

// calls remembers that the passage which is being read calls a note.
func (b *builder) calls(label string) { b.pending = append(b.pending, label) }

// note keeps a footnote for the end of the work.
func (b *builder) note(label, text string) {
	if strings.TrimSpace(text) == "" {
		b.leaveOut("["+label+"]", "an empty note", 0)
		return
	}
	b.notes = append(b.notes, library.Passage{Kind: library.Footnote, Label: label, Text: text})
}

var (
	mdByline   = regexp.MustCompile(`^(?i:by|von|par|de)\s+(\S.{1,80})$`)
	mdDateLine = regexp.MustCompile(`^\(?((?:[0-9]{1,2}\s+)?(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+(?:[0-9]{1,2},\s*)?[0-9]{4}|[0-9]{4}(?:-[0-9]{2}(?:-[0-9]{2})?)?)\)?$`)
	mdFromLine = regexp.MustCompile(`^(?:From|Source|First published(?: in)?|Published in|Written|Originally published in):?\s+(\S.*)$`)
)

// front takes a line of the title page: who wrote it and when. It reports
// whether it was one.
func (b *builder) front(s string) bool {
	if b.begun || b.w.Title == "" || library.CountWords(s) > 25 {
		return false
	}
	switch {
	case b.w.Author == "" && mdByline.MatchString(s):
		b.w.Author = mdByline.FindStringSubmatch(s)[1]
	case b.w.Date == "" && mdDateLine.MatchString(s):
		b.w.Date = mdDateLine.FindStringSubmatch(s)[1]
	case b.w.Source == "" && mdFromLine.MatchString(s):
		b.w.Source = s
	case b.w.Subtitle == "" && b.w.Author == "" && library.CountWords(s) <= 15 && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, ":"):
		b.w.Subtitle = s
	default:
		return false
	}
	b.part(library.FrontMatter, s)
	return true
}

// finish ties footnotes to their calls. They stand in the section of the first
// passage that calls them.
func (b *builder) finish() *library.Work {
	for _, n := range b.notes {
		at := len(b.w.Passages)
		n.Section = b.section()
		if by := b.called[n.Label]; len(by) > 0 {
			n.Section = b.w.Passages[by[0]].Section
			for _, i := range by {
				b.w.Passages[i].Notes = append(b.w.Passages[i].Notes, at)
			}
			delete(b.called, n.Label)
		}
		b.w.Passages = append(b.w.Passages, n)
	}
	return b.w
}
