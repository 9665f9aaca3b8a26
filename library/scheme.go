package library

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A Scheme is a work's own way of numbering, where it declares one.
type Scheme string

// The schemes.
const (
	ByPassage      Scheme = ""        // ¶
	ChapterVerse   Scheme = "verse"   // 3:16
	LineNumbers    Scheme = "line"    // 1043
	StephanusPages Scheme = "section" // 514a; A 51/B 75
)

// schemes are all of them.
var schemes = []Scheme{ByPassage, ChapterVerse, LineNumbers, StephanusPages}

// KnownScheme reports whether a scheme is one of those above.
func KnownScheme(s Scheme) bool { return slices.Contains(schemes, s) }

var (
	verseAddress = regexp.MustCompile(`(?i)^(?:v(?:v|erses?)?\.? ?)?([0-9]{1,4})[:.]([0-9]{1,4})(?: ?- ?(?:([0-9]{1,4})[:.])?([0-9]{1,4})| ?(ff?)\.?)?$`)
	chapterRun   = regexp.MustCompile(`^([0-9]{1,4})(?: ?- ?([0-9]{1,4}))?$`)
	lineRun      = regexp.MustCompile(`(?i)^(?:l(?:l|ines?)?\.? ?)?([0-9]{1,7})(?: ?- ?([0-9]{1,7})| ?(ff?)\.?)?$`)
)

// indexVerses sets what follows from the passages' own addresses.
func (o *Outline) indexVerses() {
	o.verses = nil
	if o.Scheme == ByPassage {
		return
	}
	o.verses = map[string][]int{}
	for i := range o.Passages {
		if p := &o.Passages[i]; p.Verse != "" && p.Number > 0 {
			o.verses[p.Verse] = append(o.verses[p.Verse], i)
		}
	}
}

// addressed reads an address in the work's own scheme, in a section or, for -1,
// in the whole work. It is not ok if it is none, so that ¶ numbers are tried:
// these need their sign in such a work, unless nothing bears an address.
func (o *Outline) addressed(s string, scope int) (p []part, in int, ok bool, err error) {
	if len(o.verses) == 0 {
		return nil, scope, false, nil
	}
	switch o.Scheme {
	case ChapterVerse:
		if m := verseAddress.FindStringSubmatch(s); m != nil {
			p, err = o.verseRun(m, scope)
			return p, scope, true, err
		}
		// A number alone is a chapter, never a verse.
		if m := chapterRun.FindStringSubmatch(s); m != nil {
			return o.chapters(m[1], m[2], scope)
		}
	case LineNumbers:
		if m := lineRun.FindStringSubmatch(s); m != nil {
			p, err = o.lines(m, scope)
			return p, scope, true, err
		}
	}
	return nil, scope, false, nil
}

// chapters are the sections whose labels are a run of numbers.
func (o *Outline) chapters(first, last string, scope int) (p []part, in int, ok bool, err error) {
	if last == "" {
		last = first
	}
	one := func(label string) (int, bool, error) {
		var found []int
		for _, i := range o.labelled(label, -2) {
			if scope < 0 || o.within(i, scope) && i != scope {
				found = append(found, i)
			}
		}
		if len(found) > 1 {
			return 0, true, o.sectionError(label, found)
		}
		if len(found) == 0 {
			return 0, false, nil
		}
		return found[0], true, nil
	}
	a, ok, err := one(first)
	if !ok || err != nil {
		return nil, scope, ok, err
	}
	b, ok, err := one(last)
	if !ok || err != nil || a == b {
		return []part{{first: o.Sections[a].First, last: o.Sections[a].Last, at: -1, section: a}}, a, true, err
	}
	if o.Sections[a].First == 0 || o.Sections[b].Last < o.Sections[a].First {
		return nil, scope, false, nil
	}
	return []part{{first: o.Sections[a].First, last: o.Sections[b].Last, at: -1, section: -1}}, scope, true, nil
}

// verse is the passage that bears an address.
func (o *Outline) verse(chapter, verse, scope int) (int, error) {
	address := fmt.Sprintf("%d:%d", chapter, verse)
	var found []int
	for _, i := range o.verses[address] {
		if scope < 0 || o.within(o.Passages[i].Section, scope) {
			found = append(found, i)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return -1, o.noVerse(chapter, verse, scope)
	}
	var sections []int
	for _, i := range found {
		// Books are told apart by what stands above the chapters.
		at := o.Passages[i].Section
		for o.Sections[at].Parent >= 0 {
			at = o.Sections[at].Parent
		}
		if !slices.Contains(sections, at) {
			sections = append(sections, at)
		}
	}
	e := &Error{Code: Ambiguous, Reason: "which_section", Args: map[string]any{"Name": address, "Work": o.Title, "Count": len(sections)}}
	for k, i := range found[:min(len(found), 10)] {
		label := o.Passages[i].Opening
		if k < len(sections) && o.SectionName(sections[k]) != "" {
			label = o.SectionName(sections[k])
		}
		n := o.Passages[i].Number
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.Cite(n, n), Label: label})
	}
	return -1, e
}

// noVerse says what the last chapter, or the last verse of a chapter, is.
func (o *Outline) noVerse(chapter, verse, scope int) error {
	lastChapter, lastVerse := 0, 0
	for i := range o.Passages {
		c, v, ok := splitVerse(o.Passages[i].Verse)
		if !ok || scope >= 0 && !o.within(o.Passages[i].Section, scope) {
			continue
		}
		lastChapter = max(lastChapter, c)
		if c == chapter {
			lastVerse = max(lastVerse, v)
		}
	}
	if lastVerse == 0 {
		return &Error{Code: OutOfRange, Reason: "chapter_range", Args: map[string]any{"Work": o.Alias(), "Number": chapter, "Last": lastChapter}}
	}
	e := &Error{Code: OutOfRange, Reason: "verse_range", Args: map[string]any{"Work": o.Alias(), "Chapter": chapter, "Number": verse, "Last": lastVerse}}
	if at := o.verses[fmt.Sprintf("%d:%d", chapter, lastVerse)]; len(at) == 1 {
		n := o.Passages[at[0]].Number
		e.Suggestions = []Suggestion{{Citation: o.Cite(n, n), Label: o.Passages[at[0]].Verse}}
	}
	return e
}

func splitVerse(s string) (chapter, verse int, ok bool) {
	a, b, ok := strings.Cut(s, ":")
	if !ok {
		return 0, 0, false
	}
	chapter, errA := strconv.Atoi(a)
	verse, errB := strconv.Atoi(b)
	return chapter, verse, errA == nil && errB == nil
}

// verseRun are the verses of "3:16", "3:16-18", "3:16-4:2", "3:16ff".
func (o *Outline) verseRun(m []string, scope int) ([]part, error) {
	chapter, verse := atoi(m[1]), atoi(m[2])
	first, err := o.verse(chapter, verse, scope)
	if err != nil {
		return nil, err
	}
	last := first
	switch {
	case m[4] != "":
		to := chapter
		if m[3] != "" {
			to = atoi(m[3])
		}
		if last, err = o.verse(to, atoi(m[4]), scope); err != nil {
			return nil, err
		}
	case strings.EqualFold(m[5], "f"):
		last = o.At(min(o.Passages[first].Number+1, o.Last()))
	case strings.EqualFold(m[5], "ff"):
		for n := o.Passages[first].Number; n <= o.Last() && o.Passages[o.At(n)].Section == o.Passages[first].Section; n++ {
			last = o.At(n)
		}
	}
	a, b := o.Passages[first].Number, o.Passages[last].Number
	if b < a {
		return nil, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": o.Passages[first].Verse, "Last": o.Passages[last].Verse},
			Suggestions: []Suggestion{{Citation: o.Cite(b, a)}}}
	}
	return []part{{first: a, last: b, at: -1, section: -1}}, nil
}

// lineSpan is the first and last line of a passage.
func lineSpan(verse string) (first, last int, ok bool) {
	a, b, ranged := strings.Cut(verse, "-")
	first, err := strconv.Atoi(a)
	if err != nil {
		return 0, 0, false
	}
	if !ranged {
		return first, first, true
	}
	last, err = strconv.Atoi(b)
	return first, last, err == nil
}

// line is the number of the ¶ in which a line stands.
func (o *Outline) line(n, scope int) (int, error) {
	var found, sections []int
	end := 0
	for i := range o.Passages {
		p := &o.Passages[i]
		first, last, ok := lineSpan(p.Verse)
		if !ok || p.Number == 0 || scope >= 0 && !o.within(p.Section, scope) {
			continue
		}
		end = max(end, last)
		if first <= n && n <= last {
			found, sections = append(found, p.Number), append(sections, p.Section)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return 0, &Error{Code: OutOfRange, Reason: "line_range", Args: map[string]any{"Work": o.Alias(), "Number": n, "Last": end}}
	}
	e := &Error{Code: Ambiguous, Reason: "which_section", Args: map[string]any{"Name": strconv.Itoa(n), "Work": o.Title, "Count": len(found)}}
	for k, f := range found[:min(len(found), 10)] {
		e.Suggestions = append(e.Suggestions, Suggestion{Citation: o.Cite(f, f), Label: o.SectionName(sections[k])})
	}
	return 0, e
}

// lines are the passages in which a run of lines stands.
func (o *Outline) lines(m []string, scope int) ([]part, error) {
	first, err := o.line(atoi(m[1]), scope)
	if err != nil {
		return nil, err
	}
	last := first
	switch {
	case m[2] != "":
		if last, err = o.line(atoi(m[2]), scope); err != nil {
			return nil, err
		}
	case strings.EqualFold(m[3], "f"):
		last = min(first+1, o.Last())
	case strings.EqualFold(m[3], "ff"):
		for n := first; n <= o.Last() && o.Passages[o.At(n)].Section == o.Passages[o.At(first)].Section; n++ {
			last = n
		}
	}
	if last < first {
		return nil, &Error{Code: Syntax, Reason: "backwards", Args: map[string]any{"First": m[1], "Last": m[2]}, Suggestions: []Suggestion{{Citation: o.Cite(last, first)}}}
	}
	return []part{{first: first, last: last, at: -1, section: -1}}, nil
}

// place is a run of ¶s as the work numbers them: in its own scheme where both
// ends have an address that no other passage has, otherwise by ¶, which has its
// sign where the work has a scheme.
func (o *Outline) place(first, last int) string {
	if o.Scheme == ByPassage || len(o.verses) == 0 {
		return runOf(first, last)
	}
	a, b := &o.Passages[o.At(first)], &o.Passages[o.At(last)]
	if len(o.verses[a.Verse]) != 1 || len(o.verses[b.Verse]) != 1 {
		return "¶" + runOf(first, last)
	}
	switch o.Scheme {
	case ChapterVerse:
		c, _, okA := splitVerse(a.Verse)
		d, v, okB := splitVerse(b.Verse)
		switch {
		case !okA || !okB:
		case first == last:
			return a.Verse
		case c == d:
			return a.Verse + "-" + strconv.Itoa(v)
		default:
			return a.Verse + "-" + b.Verse
		}
	case LineNumbers:
		x, _, okA := lineSpan(a.Verse)
		_, y, okB := lineSpan(b.Verse)
		if _, err := o.line(x, -1); okA && okB && err == nil {
			if _, err := o.line(y, -1); err == nil {
				return runOf(x, y)
			}
		}
	}
	return "¶" + runOf(first, last)
}
