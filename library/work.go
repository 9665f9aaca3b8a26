// Package library holds the texts that a group reads and the ways to point
// into them: works, sections, passages, citations, anchors. It is pure: it
// reads no file, opens no database and knows no platform.
package library

import (
	"strings"
)

// A WorkID identifies a work for as long as it is on any shelf.
type WorkID int64

// A GroupID names the group that a work belongs to; 0 is the shelf that the
// operator shares with every group.
type GroupID int64

// A Work is one text: what is known about it and everything it says.
// Sections and Passages stand in document order. A work whose text may not be
// copied in has its chapters for passages, each in a section of its own; their
// Text is the chapter's title, and is never shown as the work's words.
type Work struct {
	Meta
	Sections []Section
	Passages []Passage
	Parts    []Part
	LeftOut  []LeftOut
	Warnings []Warning
}

// Meta is what a title page says. Fields that the text does not state are
// empty; the importer never guesses a name or a date without a Warning.
type Meta struct {
	ID       WorkID
	Aliases  []string // the first is canonical
	Title    string
	Subtitle string
	Author   string
	Date     string // as the text says it: "August 1941"
	Language string // BCP 47, "en"
	Source   string
	Edition  string
	Rights   string
	Scheme   Scheme // the work's own way of numbering
	// Contents is set where only the outline is kept (OutlineOnly).
	Contents *Contents
}

// Alias is the canonical alias, "" if the work has none yet.
func (m *Meta) Alias() string {
	if len(m.Aliases) == 0 {
		return ""
	}
	return m.Aliases[0]
}

// A Section is a heading and what stands under it. Section 0 of a work is its
// untitled lead when there is text before the first heading (Lead is true);
// otherwise the first section is the first heading.
type Section struct {
	Parent int      // index into Work.Sections, -1 at the top level
	Depth  int      // 1 at the top level
	Labels []string // as printed: "II", "3", "Appendix"; two for a combined heading, none for an unnumbered one
	Title  string   // the heading without its label
	Text   string   // the heading as the text has it
	Lead   bool     // text before the first heading of its level
	Page   string
	// Missing is true for a part whose heading the text lacks and whose
	// label follows from its neighbours'.
	Missing bool

	// Set by Number: the first and last ¶ numbers that stand in the section
	// or below it (0 when there are none) and its words.
	First, Last int
	Words       int
}

// Label is the section's label, "" where it has none: "XXIII/XXIV" for two.
func (s *Section) Label() string { return strings.Join(s.Labels, "/") }

// OtherTitleLines are the lines of the title page that no field of Meta repeats,
// whole or but for a word or two before it, such as "by" and "first published".
func (w *Work) OtherTitleLines() (out []string) {
	m := &w.Meta
	fields := [...]string{Fold(m.Title), Fold(m.Subtitle), Fold(m.Author), Fold(m.Date), Fold(m.Source), Fold(m.Edition), Fold(m.Rights)}
	said := " " + strings.Join(fields[:], " ") + " "
	for i := range w.Parts {
		p := &w.Parts[i]
		if p.Kind != FrontMatter {
			continue
		}
		line := Fold(p.Text)
		known := line == "" || line == "by" || strings.Contains(said, " "+line+" ")
		for _, f := range fields {
			before, ok := strings.CutSuffix(line, f)
			known = known || ok && f != "" && len(strings.Fields(before)) <= 3
		}
		if !known {
			out = append(out, p.Text)
		}
	}
	return out
}

// A Kind says what sort of thing a passage or a part is.
type Kind string

// The kinds of passages. Epigraphs and footnotes are numbered apart.
const (
	Paragraph    Kind = "paragraph"
	Quotation    Kind = "quotation" // a paragraph of a block quotation
	List         Kind = "list"      // a whole list, or an item that is paragraphs
	Stanza       Kind = "stanza"
	Table        Kind = "table"
	Preformatted Kind = "preformatted"
	Epigraph     Kind = "epigraph"
	Footnote     Kind = "footnote"
	Chapter      Kind = "chapter" // of which only the title is kept, and an estimate of its length
)

// The kinds of parts, which carry no number.
const (
	FrontMatter Kind = "front matter" // a line whose content went into Meta, or beside it
	Dateline    Kind = "dateline"
	Salutation  Kind = "salutation"
	Signature   Kind = "signature"
	EditorNote  Kind = "editor's note"
	Caption     Kind = "caption"
)

// Numbered reports whether passages of this kind count as ¶.
func (k Kind) Numbered() bool {
	switch k {
	case Paragraph, Quotation, List, Stanza, Table, Preformatted, Chapter:
		return true
	}
	return false
}

// An Anchor is a passage's lasting identity within its work. It is opaque and
// survives the import of a corrected text.
type Anchor string

// A Passage is the smallest thing that is numbered.
type Passage struct {
	Anchor      Anchor
	Kind        Kind
	Section     int    // index into Work.Sections
	Label       string // a footnote's printed label, without brackets; a chapter's
	Text        string // UTF-8; lines of a list, stanza, table or preformatted block are parted by "\n"
	Attribution string // the line that says whose words these are
	Page        string // where the passage begins, if the source had pages
	// Verse is the address at which the passage begins, in the scheme that the
	// work declares in place of ¶: chapter and verse "3:16" ("3:16-18" where one
	// passage holds several), lines "1043", "7-12" or
	// "2.484", a page with its part
	// "514a", pages of two editions "A 51/B 75".
	Verse string
	Notes []int // the footnotes that the text calls: indexes into Work.Passages

	// Set by Number. Number is the ¶ within the work, 0 for an epigraph or a
	// footnote. InSection counts ¶s within the innermost section; for an
	// epigraph it is its ordinal in the section, for a footnote in the work.
	Number    int
	InSection int
	Words     int
}

// A Part is a piece of the text that is kept but carries no number: a
// dateline, a signature, an editor's note.
type Part struct {
	Kind    Kind
	Text    string
	Section int // index into Work.Sections, -1 before the first
	Before  int // the index of the passage it stands before; len(Passages) at the end
}

// LeftOut is a piece of the source that is not part of the work.
type LeftOut struct {
	Text   string
	Reason string // "site furniture", "page number", …
	Line   int    // 1-based, in the source
}

// A Warning is something the importer doubts, the most important first.
type Warning struct {
	Code    string // "no_title", "no_author", "missing_heading", …
	Message string // a sentence in English for the organiser
	Line    int    // 1-based, in the source; 0 for the whole
}

// Number sets every derived field: the numbers of passages, and the spans and
// words of sections. Importers and corrections call it last.
func (w *Work) Number() {
	inSection := make([]int, len(w.Sections))
	epigraphs := make([]int, len(w.Sections))
	for i := range w.Sections {
		s := &w.Sections[i]
		s.First, s.Last, s.Words = 0, 0, 0
	}
	number, notes := 0, 0
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Kind != Chapter { // its length is not that of its title
			p.Words = CountWords(p.Text)
		}
		p.Number, p.InSection = 0, 0
		switch {
		case p.Kind == Epigraph:
			epigraphs[p.Section]++
			p.InSection = epigraphs[p.Section]
		case p.Kind == Footnote:
			notes++
			p.InSection = notes
		default:
			number++
			inSection[p.Section]++
			p.Number, p.InSection = number, inSection[p.Section]
			for at := p.Section; at >= 0; at = w.Sections[at].Parent {
				s := &w.Sections[at]
				if s.First == 0 {
					s.First = number
				}
				s.Last = number
				s.Words += p.Words
			}
		}
	}
}

// Counts sums up a work.
type Counts struct {
	Sections, Passages, Epigraphs, Notes, Words int
}

// Counts returns the number of sections, of numbered passages, of epigraphs
// and footnotes, and the words of the numbered passages.
func (w *Work) Counts() Counts {
	c := Counts{Sections: len(w.Sections)}
	for i := range w.Passages {
		switch p := &w.Passages[i]; {
		case p.Kind == Epigraph:
			c.Epigraphs++
		case p.Kind == Footnote:
			c.Notes++
		default:
			c.Passages++
			if p.Kind == Chapter {
				c.Words += p.Words
			} else {
				c.Words += CountWords(p.Text)
			}
		}
	}
	return c
}
