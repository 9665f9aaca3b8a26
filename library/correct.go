package library

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

// An Op is what a correction does.
type Op string

// The corrections. Those of the whole work set a field of Meta.
const (
	SetTitle    Op = "title"
	SetSubtitle Op = "subtitle"
	SetAuthor   Op = "author"
	SetDate     Op = "date"
	SetLanguage Op = "language"
	SetSource   Op = "source"
	SetEdition  Op = "edition"
	SetRights   Op = "rights"
	AddAlias    Op = "alias"

	Rename Op = "rename" // a heading: Text is the new title
	Level  Op = "level"  // a heading: Level, with what stands below it
	ToText Op = "text"   // a heading becomes a paragraph

	ToHeading Op = "heading" // a passage becomes a heading, at Level
	Split     Op = "split"   // a passage; Text is what the second piece begins with
	Merge     Op = "merge"   // a passage and the one after it
	Drop      Op = "drop"    // a passage is left out
	SetKind   Op = "kind"    // a passage: Text is the kind
	SetBy     Op = "by"      // a passage: Text is whose words it is

	Restore Op = "restore" // a piece that was left out; it comes before Before, or last
)

// A Place is a passage, a heading or a piece that was left out, as a correction
// finds it again: by its anchor, which says exactly what it was; else by the
// words with which it begins, of which a few may have changed; among several
// that begin so, by its number.
type Place struct {
	Number int
	Words  string
	Anchor Anchor // as SetAnchors gives it to what stood there, "" if it is not known
	Bare   bool   // the number stands alone, without ¶: as in a citation (see Cited)
	Cite   string // an epigraph or a note as a citation names it: "II ep 1", "fn 2"
}

// placeWords is how many words find a place.
const placeWords = 8

// A Correction is one thing that an organiser does to a text by hand.
type Correction struct {
	Op     Op
	At     Place
	Text   string
	Level  int
	Before Place // for Restore
}

// PlaceOf is the place of a passage in a work whose anchors are as SetAnchors
// gives them.
func PlaceOf(w *Work, i int) Place {
	p := &w.Passages[i]
	return Place{Number: p.Number, Words: FirstWords(p.Text), Anchor: p.Anchor}
}

// Cited is the index of the passage that a bare number means in a citation: that
// of the ¶, or of the chapter with that number where only the outline is kept,
// before which others may stand that have none. -1 if there is none.
func (w *Work) Cited(number int) int {
	place := number
	if w.OutlineOnly() {
		own := strconv.Itoa(number)
		for i := range w.Passages {
			if p := &w.Passages[i]; p.Verse == own {
				return i
			} else if p.Verse != "" && p.Number == number {
				place = 0 // it is another chapter's place
			}
		}
	}
	return slices.IndexFunc(w.Passages, func(p Passage) bool { return place > 0 && p.Number == place })
}

// Placed is a correction whose passages are named by what stands there, if they
// were named by their numbers alone, in a work whose anchors are as SetAnchors
// gives them.
func (w *Work) Placed(c Correction) Correction {
	c.At, c.Before = w.placed(c.At), w.placed(c.Before)
	return c
}

func (w *Work) placed(at Place) Place {
	if !at.Loose() {
		return at
	}
	var i int
	switch {
	case at.Cite != "":
		i = w.unnumbered(at.Cite)
	case at.Bare:
		i = w.Cited(at.Number)
	default:
		i = slices.IndexFunc(w.Passages, func(p Passage) bool { return p.Number == at.Number })
	}
	if i < 0 {
		return at
	}
	return PlaceOf(w, i)
}

// unnumbered is the index of an epigraph or a note as a citation names it; its
// section may be left out where no other has that number. -1 if there is none.
func (w *Work) unnumbered(cite string) int {
	o := NewOutline(w)
	near := -1
	for i := range w.Passages {
		if w.Passages[i].Number > 0 {
			continue
		}
		own := strings.TrimPrefix(o.CiteAt(i), o.Alias()+" ")
		if strings.EqualFold(own, cite) {
			return i
		}
		if _, name, ok := strings.Cut(own, " "); ok && strings.EqualFold(name, cite) {
			if near >= 0 {
				return -1
			}
			near = i
		}
	}
	return near
}

// Loose reports whether a place is named by a number alone, which another text may
// have elsewhere.
func (p Place) Loose() bool { return p.Words == "" && p.Anchor == "" && (p.Number > 0 || p.Cite != "") }

// Loose reports whether a place of the correction is.
func (c Correction) Loose() bool { return c.At.Loose() || c.Before.Loose() }

// FirstWords are the words by which a place is found again.
func FirstWords(s string) string {
	f := strings.Fields(s)
	return strings.Join(f[:min(len(f), placeWords)], " ")
}

// Bare gives every passage the anchor that its text alone has, by which
// corrections find it.
func (w *Work) Bare() {
	for i := range w.Passages {
		w.Passages[i].Anchor = ""
	}
	SetAnchors(w)
}

// Correct applies corrections in order to a work as it was imported, numbers it
// anew and gives it the anchors of SetAnchors. Those that no longer apply are
// returned, each with a *library.Error that says why; nothing of them is done.
// What stands at places that all names by a number alone is filled in there, so
// that they are found again in another text.
func Correct(w *Work, all []Correction) (failed []Failed) {
	w.Bare()
	for i := range all {
		all[i] = w.Placed(all[i])
		if err := w.correct(all[i]); err != nil {
			failed = append(failed, Failed{all[i], err})
			continue
		}
		w.Number()
		w.Bare()
	}
	return failed
}

// A Failed correction is one that does not apply.
type Failed struct {
	Correction
	Err *Error
}

func (w *Work) correct(c Correction) *Error {
	if w.OutlineOnly() {
		switch c.Op {
		case Rename, Drop:
			return w.correctChapter(c)
		case Level, ToText, ToHeading, Split, Merge, SetKind, SetBy, Restore:
			return &Error{Code: Forbidden, Reason: "fix_outline_only", Args: map[string]any{"Work": w.Alias(), "Line": c.String()}}
		}
	}
	switch c.Op {
	case SetTitle:
		w.Title = c.Text
	case SetSubtitle:
		w.Subtitle = c.Text
	case SetAuthor:
		w.Author = c.Text
	case SetDate:
		w.Date = c.Text
	case SetLanguage:
		if _, err := language.Parse(c.Text); err != nil && c.Text != "" {
			return &Error{Code: Syntax, Reason: "fix_language", Args: map[string]any{"Line": c.String(), "Text": c.Text}}
		}
		w.Language = c.Text
	case SetSource:
		w.Source = c.Text
	case SetEdition:
		w.Edition = c.Text
	case SetRights:
		w.Rights = c.Text
	case AddAlias:
		if !slices.ContainsFunc(w.Aliases, func(a string) bool { return Fold(a) == Fold(c.Text) }) {
			w.Aliases = append(w.Aliases, c.Text)
		}
	case Rename, Level, ToText:
		return w.correctHeading(c)
	case Restore:
		return w.restore(c)
	default:
		return w.correctPassage(c)
	}
	return nil
}

func refuse(reason string, c *Correction) *Error {
	return &Error{Code: NotFound, Reason: reason, Args: map[string]any{"Line": c.String(), "Words": c.At.Words, "Number": c.At.Number, "Cite": c.At.Cite}}
}

// refusePlace is refuse for a place that is not there, or is there more than
// once, which at says.
func refusePlace(reason string, c *Correction, place Place, at int) *Error {
	e := refuse(reason, c)
	e.Args["Words"], e.Args["Number"], e.Args["Cite"], e.Args["Several"] = place.Words, place.Number, place.Cite, at == several
	return e
}

// deepest is the deepest level that a heading at an index can have: one below
// that of the heading before it.
func (w *Work) deepest(section int) int {
	for i := section - 1; i >= 0; i-- {
		if s := &w.Sections[i]; !s.Lead {
			return s.Depth + 1
		}
	}
	return 1
}

func tooDeep(c *Correction, most int) *Error {
	return &Error{Code: OutOfRange, Reason: "fix_level", Args: map[string]any{"Line": c.String(), "Level": c.Level, "Max": most}}
}

// correctChapter renames a part or a chapter, or takes a chapter out, of a work
// of which only the outline is kept.
func (w *Work) correctChapter(c Correction) *Error {
	if c.Op == Rename {
		s := w.findHeading(c.At)
		if s < 0 {
			return refusePlace("fix_no_heading", &c, c.At, s)
		}
		x := &w.Sections[s]
		x.Title = c.Text
		x.Text = strings.TrimSpace(x.Label() + " " + c.Text)
		for i := range w.Passages {
			if p := &w.Passages[i]; p.Section == s {
				p.Text, w.Contents.Chapters[p.Number-1].Title = c.Text, c.Text
			}
		}
		return nil
	}
	i := w.findPassage(c.At)
	if c.At.Bare {
		i = w.Cited(c.At.Number)
	}
	if i < 0 {
		return refusePlace("fix_no_passage", &c, c.At, i)
	}
	if len(w.Passages) == 1 {
		return &Error{Code: Forbidden, Reason: "fix_last_chapter", Args: map[string]any{"Work": w.Alias(), "Line": c.String()}}
	}
	p := w.Passages[i]
	n := p.Number - 1
	w.Contents.Chapters = slices.Delete(w.Contents.Chapters, n, n+1)
	for k := range w.Contents.Editions {
		e := &w.Contents.Editions[k]
		e.Chapters = slices.Delete(e.Chapters, n, n+1)
	}
	w.LeftOut = append(w.LeftOut, LeftOut{Text: p.Text, Reason: "left out by hand"})
	w.Sections = slices.Delete(w.Sections, p.Section, p.Section+1)
	w.remove(i)
	for k := range w.Passages {
		if x := &w.Passages[k]; x.Section > p.Section {
			x.Section--
		}
	}
	w.nest()
	w.addressChapters()
	return nil
}

// addressChapters lets chapters be cited by their own numbers where these are not
// their places any more.
func (w *Work) addressChapters() {
	seen, shifted := map[string]bool{}, false
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Verse != "" || seen[p.Label] || strings.Contains(p.Label, ".") {
			return
		}
		if p.Label != "" {
			seen[p.Label] = true
			n, err := strconv.Atoi(p.Label)
			shifted = shifted || err == nil && n != i+1
		}
	}
	for i := range w.Passages {
		if p := &w.Passages[i]; shifted {
			if _, err := strconv.Atoi(p.Label); err == nil {
				p.Verse = p.Label
			}
		}
	}
}

func (w *Work) correctHeading(c Correction) *Error {
	s := w.findHeading(c.At)
	if s < 0 {
		return refusePlace("fix_no_heading", &c, c.At, s)
	}
	x := &w.Sections[s]
	switch c.Op {
	case Rename:
		if strings.TrimSpace(c.Text) == "" {
			return refuse("fix_no_title", &c)
		}
		x.Title = c.Text
	case Level:
		if most := w.deepest(s); c.Level > most {
			return tooDeep(&c, most)
		}
		by := c.Level - x.Depth
		for i := s + 1; i < len(w.Sections) && w.Sections[i].Depth > x.Depth; i++ {
			w.Sections[i].Depth += by
		}
		x.Depth = c.Level
		w.nest()
	case ToText:
		text := x.Text
		if text == "" {
			text = strings.TrimSpace(x.Label() + " " + x.Title)
		}
		at := len(w.Passages)
		for i := range w.Passages {
			if w.Passages[i].Section >= s && w.Passages[i].Kind != Footnote {
				at = i
				break
			}
		}
		w.insert(at, Passage{Kind: Paragraph, Section: s, Text: text, Page: x.Page})
		if s == 0 {
			// Nothing stands before it that it could belong to: its text becomes a
			// lead.
			*x = Section{Parent: x.Parent, Depth: x.Depth, Lead: true, Page: x.Page}
			w.nest()
			return nil
		}
		w.Sections = slices.Delete(w.Sections, s, s+1)
		for i := range w.Passages {
			if w.Passages[i].Section >= s {
				w.Passages[i].Section--
			}
		}
		for i := range w.Parts {
			if w.Parts[i].Section >= s {
				w.Parts[i].Section--
			}
		}
		w.nest()
	}
	return nil
}

func (w *Work) correctPassage(c Correction) *Error {
	i := w.findPassage(c.At)
	if i < 0 {
		return refusePlace("fix_no_passage", &c, c.At, i)
	}
	p := &w.Passages[i]
	switch c.Op {
	case ToHeading:
		if !p.Kind.Numbered() {
			return refuse("fix_not_a_heading", &c)
		}
		k := p.Section
		if most := w.deepest(k + 1); c.Level > most {
			return tooDeep(&c, most)
		}
		s := Section{Depth: c.Level, Title: strings.Join(strings.Fields(p.Text), " "), Text: p.Text, Page: p.Page}
		if s.Depth < 1 {
			s.Depth = w.Sections[k].Depth
		}
		w.Sections = slices.Insert(w.Sections, k+1, s)
		for j := range w.Passages {
			if x := &w.Passages[j]; x.Section > k || x.Section == k && j > i && x.Kind != Footnote {
				x.Section++
			}
		}
		for j := range w.Parts {
			if x := &w.Parts[j]; x.Section > k || x.Section == k && x.Before > i {
				x.Section++
			}
		}
		w.remove(i)
		if first := &w.Sections[k]; first.Lead && !w.holds(k) { // the lead was the heading
			w.Sections = slices.Delete(w.Sections, k, k+1)
			for j := range w.Passages {
				if w.Passages[j].Section > k {
					w.Passages[j].Section--
				}
			}
			for j := range w.Parts {
				if w.Parts[j].Section > k {
					w.Parts[j].Section--
				}
			}
		}
		w.nest()
	case Split:
		at := wordsAt(p.Text, c.Text)
		if at <= 0 {
			e := refuse("fix_no_split", &c)
			e.Args["Text"], e.Args["Begins"], e.Args["Several"] = c.Text, at == 0, strings.Count(p.Text, strings.TrimSpace(c.Text)) > 1
			return e
		}
		second := *p
		second.Text = p.Text[at:]
		p.Text = strings.TrimSpace(p.Text[:at])
		p.Attribution = ""
		var first, rest []int
		for _, n := range p.Notes {
			if mark := w.Passages[n].Label; mark != "" && strings.Contains(p.Text, mark) {
				first = append(first, n)
			} else {
				rest = append(rest, n)
			}
		}
		p.Notes, second.Notes = first, rest
		w.insert(i+1, second)
	case Merge:
		if i+1 >= len(w.Passages) || w.Passages[i+1].Section != p.Section || w.Passages[i+1].Kind.Numbered() != p.Kind.Numbered() {
			e := refuse("fix_no_merge", &c)
			e.Args["Last"] = p.Kind.Numbered() && !slices.ContainsFunc(w.Passages[i+1:], func(q Passage) bool { return q.Kind.Numbered() })
			return e
		}
		next := w.Passages[i+1]
		gap := " "
		if p.Kind == next.Kind && p.Kind != Paragraph && p.Kind != Quotation {
			gap = "\n"
		}
		p.Text += gap + next.Text
		p.Notes = append(slices.Clone(p.Notes), next.Notes...)
		if next.Attribution != "" {
			p.Attribution = next.Attribution
		}
		w.remove(i + 1)
	case Drop:
		w.LeftOut = append(w.LeftOut, LeftOut{Text: p.Text, Reason: "left out by hand"})
		w.remove(i)
	case SetKind:
		p.Kind = Kind(c.Text)
	case SetBy:
		p.Attribution = c.Text
	default:
		return refuse("fix_unknown", &c)
	}
	return nil
}

func (w *Work) restore(c Correction) *Error {
	n := -1
	for k := range w.LeftOut {
		if text := w.LeftOut[k].Text; c.At.Words == "" || !begins(text, c.At.Words) {
			continue
		} else if exact := beginsSo(text, c.At.Words); n < 0 || exact {
			if n = k; exact {
				break
			}
		}
	}
	if n < 0 {
		return refuse("fix_no_left_out", &c)
	}
	at, section := len(w.Passages), max(len(w.Sections)-1, 0)
	if c.Before != (Place{}) {
		if at = w.findPassage(c.Before); at < 0 {
			return refusePlace("fix_no_passage", &c, c.Before, at)
		}
		section = w.Passages[at].Section
	} else {
		for at > 0 && w.Passages[at-1].Kind == Footnote {
			at--
		}
	}
	if len(w.Sections) == 0 {
		w.Sections = []Section{{Parent: -1, Depth: 1, Lead: true}}
	}
	w.insert(at, Passage{Kind: Paragraph, Section: section, Text: w.LeftOut[n].Text})
	w.LeftOut = slices.Delete(w.LeftOut, n, n+1)
	return nil
}

// holds reports whether a passage stands in a section itself.
func (w *Work) holds(section int) bool {
	return slices.ContainsFunc(w.Passages, func(p Passage) bool { return p.Section == section })
}

// insert puts a passage before the one at i.
func (w *Work) insert(i int, p Passage) {
	w.Passages = slices.Insert(w.Passages, i, p)
	for j := range w.Passages {
		notes := slices.Clone(w.Passages[j].Notes)
		for k, n := range notes {
			if n >= i {
				notes[k] = n + 1
			}
		}
		w.Passages[j].Notes = notes
	}
	for j := range w.Parts {
		if w.Parts[j].Before > i {
			w.Parts[j].Before++
		}
	}
}

// remove takes a passage out.
func (w *Work) remove(i int) {
	w.Passages = slices.Delete(w.Passages, i, i+1)
	for j := range w.Passages {
		var notes []int
		for _, n := range w.Passages[j].Notes {
			switch {
			case n > i:
				notes = append(notes, n-1)
			case n < i:
				notes = append(notes, n)
			}
		}
		w.Passages[j].Notes = notes
	}
	for j := range w.Parts {
		if w.Parts[j].Before > i {
			w.Parts[j].Before--
		}
	}
}

// nest sets the parents of sections from their order and depths, and leaves no
// level out.
func (w *Work) nest() {
	var open []int
	var said []int // their depths as they were given
	for i := range w.Sections {
		s := &w.Sections[i]
		given := max(s.Depth, 1)
		for len(open) > 0 && said[len(said)-1] >= given {
			open, said = open[:len(open)-1], said[:len(said)-1]
		}
		s.Parent, s.Depth = -1, 1
		if len(open) > 0 {
			s.Parent = open[len(open)-1]
			s.Depth = w.Sections[s.Parent].Depth + 1
		}
		if !s.Lead { // under which no heading stands
			open, said = append(open, i), append(said, given)
		}
	}
}

// Clone is a copy that shares nothing that a correction changes.
func (w *Work) Clone() *Work {
	c := *w
	c.Aliases = slices.Clone(w.Aliases)
	if w.Contents != nil {
		c.Contents = &Contents{Chapters: slices.Clone(w.Contents.Chapters), Editions: slices.Clone(w.Contents.Editions)}
		for i := range c.Contents.Editions {
			e := &c.Contents.Editions[i]
			e.Chapters = slices.Clone(e.Chapters)
		}
	}
	c.Sections = slices.Clone(w.Sections)
	c.Passages = slices.Clone(w.Passages)
	c.Parts = slices.Clone(w.Parts)
	c.LeftOut = slices.Clone(w.LeftOut)
	c.Warnings = slices.Clone(w.Warnings)
	return &c
}
