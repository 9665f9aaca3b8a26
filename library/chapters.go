package library

import (
	"slices"
	"strconv"
	"strings"
)

// A Unit is what an edition's chapters are measured in.
type Unit string

// The units.
const (
	Pages   Unit = "pages"
	Minutes Unit = "minutes" // of a recording
)

// Contents is the table of contents of a work of which only the outline is
// kept, since its text may not be copied in: its numbered passages are its
// chapters, and Chapters[n-1] is what is known of ¶ n.
type Contents struct {
	Chapters []ChapterName
	Editions []Edition // the first is the one that a page without more means
}

// A ChapterName is what a chapter is called. Label is as printed, with its part
// before it where another chapter bears the same: "5", "Two.5"; "" for one
// without a number.
type ChapterName struct{ Label, Title string }

// An Edition is a form of a book that people hold, with where each chapter
// stands in it.
type Edition struct {
	Name     string // "" where there is but one, and nobody named it
	Unit     Unit
	Chapters []Extent // beside Contents.Chapters
}

// An Extent is where a chapter stands in an edition: its first and last page as
// printed, and how many pages they are; of a recording its length in minutes
// alone. The zero Extent is one that is not known.
type Extent struct {
	First, Last string
	Length      int
}

// What a page and a minute count for where plans are balanced: a page of prose
// holds about three hundred words, and a minute is what reading.Minutes makes of
// two hundred, so that a recording takes as long as it takes.
const (
	WordsPerPage   = 300
	WordsPerMinute = 200
	// wordsUnknown is what each chapter counts for where no edition says how
	// long any is: ten pages.
	wordsUnknown = 10 * WordsPerPage
)

// OutlineOnly reports whether only the work's outline is kept.
func (m *Meta) OutlineOnly() bool { return m.Scheme == ByChapter }

// Words is an estimate of each chapter's length in words, from the first edition
// that says how long it is. A chapter that none says anything of counts as the
// mean of the others.
func (c *Contents) Words() []int {
	out := make([]int, len(c.Chapters))
	sum, known := 0, 0
	for i := range out {
		for _, e := range c.Editions {
			if n := e.Chapters[i].Length; n > 0 {
				if out[i] = n * WordsPerPage; e.Unit == Minutes {
					out[i] = n * WordsPerMinute
				}
				sum, known = sum+out[i], known+1
				break
			}
		}
	}
	mean := wordsUnknown
	if known > 0 {
		mean = sum / known
	}
	for i := range out {
		if out[i] == 0 {
			out[i] = mean
		}
	}
	return out
}

// Measured reports whether any edition says how long a chapter is.
func (c *Contents) Measured() bool {
	for _, e := range c.Editions {
		for _, x := range e.Chapters {
			if x.Length > 0 {
				return true
			}
		}
	}
	return false
}

// Has reports whether ¶s from first to last are chapters of it.
func (c *Contents) Has(first, last int) bool {
	return c != nil && first >= 1 && first <= last && last <= len(c.Chapters)
}

// Run is where the chapters from one number to another stand in the edition, with
// the lengths of all together: the zero Extent where that is not known, since no
// part of it may pass for the whole. Of pages the ends are enough.
func (e *Edition) Run(first, last int) (out Extent) {
	for i, x := range e.Chapters[first-1 : last] {
		if x.Length == 0 && (e.Unit == Minutes || i == 0 || i == last-first) {
			return Extent{}
		}
		if i == 0 {
			out.First = x.First
		}
		out.Last = x.Last
		out.Length += x.Length
	}
	return out
}

// PageNumber is the value of a page's number, and whether it is a roman one,
// which come first; 0 where it is neither.
func PageNumber(s string) (n int, isRoman bool) {
	if n, err := strconv.Atoi(s); err == nil && n > 0 && n < 100_000 && s[0] >= '1' && s[0] <= '9' {
		return n, false
	}
	if s != strings.ToLower(s) {
		return 0, false
	}
	return roman(s), true
}

// chapterPages reads a page, or a run of them, as the chapters that have it, in
// the edition that is named after it, or else in the first that has pages.
func (o *Outline) chapterPages(first, last, edition string) ([]part, *Error) {
	var e *Edition
	for i := range o.Contents.Editions {
		x := &o.Contents.Editions[i]
		if x.Unit == Pages && (edition == "" || strings.Contains(" "+Fold(x.Name)+" ", " "+edition+" ")) {
			e = x
			break
		}
	}
	if e == nil && edition != "" {
		return nil, &Error{Code: NotFound, Reason: "no_such_edition", Args: map[string]any{"Work": o.Alias(), "Name": edition}}
	}
	if e == nil || !slices.ContainsFunc(e.Chapters, func(x Extent) bool { return x.Length > 0 }) {
		return nil, &Error{Code: NotFound, Reason: "no_chapter_pages", Args: map[string]any{"Work": o.Alias()}}
	}
	a, b, end := 0, 0, 0
	for i, x := range e.Chapters {
		if x.Length == 0 {
			continue
		}
		end = i + 1
		if a == 0 && comparePages(first, x.Last) <= 0 && comparePages(first, x.First) >= 0 {
			a = i + 1
		}
		if comparePages(last, x.First) >= 0 && comparePages(last, x.Last) <= 0 && (b == 0 || first == last) {
			b = i + 1
		}
		if first == last && a > 0 { // the chapter that ends on it, where two share it
			b = a
		}
	}
	if comparePages(last, first) < 0 {
		return nil, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": first, "Last": last},
			Suggestions: []Suggestion{{Citation: o.Alias() + " pp. " + last + "-" + first}}}
	}
	if a == 0 || b == 0 {
		page := first
		if a > 0 {
			page = last
		}
		return nil, &Error{Code: OutOfRange, Reason: "chapter_page_range", Args: map[string]any{"Work": o.Alias(), "Page": page, "Last": e.Chapters[end-1].Last, "Name": e.Name},
			Suggestions: []Suggestion{{Citation: o.Cite(end, end), Label: o.Contents.Chapters[end-1].Title}}}
	}
	p := part{first: a, last: b, at: -1, section: -1}
	// Who is on a page has read the chapter that it is in, or the one before it,
	// whichever end is nearer.
	x := e.Chapters[b-1]
	from, _ := PageNumber(x.First)
	to, _ := PageNumber(x.Last)
	if at, _ := PageNumber(last); b > 1 && 2*(at-from+1) < to-from+1 {
		p.upto = b - 1
	}
	return []part{p}, nil
}

// Upto is the last ¶ that somebody has read who is at what the reference names:
// its last ¶, except on a page in the first half of a chapter of which only the
// outline is kept. 0 where it has no number.
func (r Ref) Upto() int {
	last := 0
	for _, p := range r.parts {
		switch {
		case p.upto > 0:
			last = max(last, p.upto)
		case p.at < 0:
			last = max(last, p.last)
		}
	}
	return last
}
