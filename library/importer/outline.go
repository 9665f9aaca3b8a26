package importer

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// What an outline may have at most.
const (
	maxChapters     = 2000
	maxEditions     = 8
	maxOutlineTitle = 300 // characters
	maxChapterPages = 10_000
)

// OutlineExtension ends the names of files that are outlines.
const OutlineExtension = ".outline"

// ReadOutline reads the outline of a book that may not be copied in: its title
// page, its editions, and a chapter on each line, with where it stands in each
// edition. docs/outline-only.md says how it is written. Where the text has but
// one line, semicolons part its lines. Its errors are Read's, and *library.Error
// with code bad_file and a reason that begins with "outline_" (Args Line and what
// stands there).
func ReadOutline(ctx context.Context, name string, r io.Reader, opt Options) (*library.Work, error) {
	return read(ctx, name, r, opt, outlineFormat())
}

func outlineFormat() format {
	return format{Name: "outline", Extensions: []string{OutlineExtension}, Sniff: func([]byte) bool { return false }, Read: readOutline}
}

// An outline is one as it is read.
type outline struct {
	w        *library.Work
	contents *library.Contents
	part     int    // the section that chapters go into, -1 for none
	label    string // of the chapter before, in this part
	line     int
	text     string // of the line
}

func readOutline(ctx context.Context, text string, opt Options) (*library.Work, error) {
	o := outline{w: &library.Work{}, contents: &library.Contents{}, part: -1}
	o.w.Scheme, o.w.Contents = library.ByChapter, o.contents
	text = strings.TrimSpace(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text))
	if !strings.Contains(text, "\n") {
		text = strings.ReplaceAll(text, ";", "\n")
	}
	for line := range strings.SplitSeq(text, "\n") {
		o.line++
		if o.text = cleanLine(line); o.text == "" {
			continue
		}
		if err := o.read(); err != nil {
			return nil, err
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	switch {
	case len(o.contents.Chapters) == 0:
		o.text = ""
		return nil, o.wrong("chapters")
	case o.w.Title == "" && opt.Title == "":
		o.text = ""
		return nil, o.wrong("title")
	}
	o.settle()
	return o.w, nil
}

// cleanLine is a line with single spaces and without what cannot be seen.
func cleanLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	}), " ")
}

// wrong is a mistake in the line that is read.
func (o *outline) wrong(reason string, args ...any) error {
	e := &library.Error{Code: library.BadFile, Reason: "outline_" + reason, Args: map[string]any{"Line": o.line, "Text": library.Opening(o.text)}}
	for i := 0; i+1 < len(args); i += 2 {
		e.Args[args[i].(string)] = args[i+1]
	}
	return e
}

func (o *outline) read() error {
	begun := len(o.w.Sections) > 0
	if name, value, ok := strings.Cut(o.text, ":"); ok && !begun {
		if done, err := o.head(strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value)); done || err != nil {
			return err
		}
	}
	if heading, ok := strings.CutPrefix(o.text, "#"); ok {
		return o.heading(strings.TrimSpace(strings.TrimLeft(heading, "#")))
	}
	if l, ok := readLabel(o.text); ok && !strings.Contains(o.text, "|") && slices.Contains([]string{"part", "book", "volume"}, l.word) {
		return o.heading(o.text)
	}
	return o.chapter()
}

// head reads a line of the title page, and reports whether it is one.
func (o *outline) head(name, value string) (bool, error) {
	if utf8.RuneCountInString(value) > maxOutlineTitle {
		return false, o.wrong("long", "Max", maxOutlineTitle)
	}
	m := &o.w.Meta
	switch name {
	case "title":
		m.Title = value
	case "subtitle":
		m.Subtitle = value
	case "author", "by":
		m.Author = value
	case "date", "year":
		m.Date = value
	case "language":
		m.Language = value
	case "source":
		m.Source = value
	case "alias":
		for a := range strings.FieldsFuncSeq(value, func(r rune) bool { return r == ' ' || r == ',' }) {
			m.Aliases = append(m.Aliases, a)
		}
	case "edition":
		return true, o.edition(value)
	default:
		return false, nil
	}
	return true, nil
}

var units = map[string]library.Unit{"pages": library.Pages, "page": library.Pages, "pp": library.Pages, "p": library.Pages,
	"minutes": library.Minutes, "minute": library.Minutes, "min": library.Minutes, "times": library.Minutes}

// edition reads "Penguin 1990, pages" and "audiobook, minutes".
func (o *outline) edition(value string) error {
	e := library.Edition{Name: value, Unit: library.Pages}
	if i := strings.LastIndexByte(value, ','); i >= 0 {
		if u, ok := units[strings.ToLower(strings.Trim(value[i+1:], " ."))]; ok {
			e.Name, e.Unit = strings.TrimSpace(value[:i]), u
		} else if unit := strings.ToLower(strings.Trim(value[i+1:], " .")); listed(" hours hour h hrs seconds words chapters percent % locations location loc screens kilobytes ", unit) {
			return o.wrong("edition_unit", "Unit", unit)
		}
	}
	f := library.Fold(e.Name)
	switch {
	case f == "" || strings.Contains(e.Name, "|"):
		return o.wrong("edition_name")
	case slices.ContainsFunc(o.contents.Editions, func(x library.Edition) bool { return library.Fold(x.Name) == f }):
		return o.wrong("edition_twice", "Name", e.Name)
	case len(o.contents.Editions) == maxEditions:
		return o.wrong("editions", "Max", maxEditions)
	}
	o.contents.Editions = append(o.contents.Editions, e)
	return nil
}

func (o *outline) heading(text string) error {
	if text == "" || utf8.RuneCountInString(text) > maxOutlineTitle {
		return o.wrong("heading", "Max", maxOutlineTitle)
	}
	s := library.Section{Parent: -1, Depth: 1, Text: text}
	s.Labels, s.Title = splitLabel(text)
	o.w.Sections = append(o.w.Sections, s)
	o.part, o.label = len(o.w.Sections)-1, ""
	if len(o.w.Sections) > 2*maxChapters {
		return o.wrong("long_list", "Max", maxChapters)
	}
	return nil
}

// chapter reads "1 The first chapter | 1-24 | 31".
func (o *outline) chapter() error {
	cells := strings.Split(o.text, "|")
	for i := range cells {
		cells[i] = strings.TrimSpace(cells[i])
	}
	label, title := chapterHead(cells[0])
	c := o.contents
	n := len(c.Chapters)
	switch {
	case label == "" && title == "":
		return o.wrong("untitled")
	case utf8.RuneCountInString(cells[0]) > maxOutlineTitle:
		return o.wrong("long", "Max", maxOutlineTitle)
	case n == maxChapters:
		return o.wrong("long_list", "Max", maxChapters)
	case label != "" && label == o.label:
		return o.wrong("label_twice", "Label", label)
	}
	cells = cells[1:]
	if n == 0 && len(cells) == 1 && len(c.Editions) == 0 {
		c.Editions = []library.Edition{{Unit: library.Pages}} // the only one, without a name
	}
	switch {
	case len(c.Editions) == 0 && len(cells) > 0:
		return o.wrong("no_edition")
	case len(cells) != len(c.Editions):
		return o.wrong("stretches", "Given", len(cells), "Count", len(c.Editions))
	}
	for i, cell := range cells {
		x, err := o.extent(&c.Editions[i], cell)
		if err != nil {
			return err
		}
		c.Editions[i].Chapters = append(c.Editions[i].Chapters, x)
	}
	c.Chapters = append(c.Chapters, library.ChapterName{Label: label, Title: title})
	s := library.Section{Parent: o.part, Depth: 1, Title: title, Text: strings.TrimSpace(label + " " + title)}
	if o.part >= 0 {
		s.Depth = 2
	}
	if label != "" {
		s.Labels, o.label = []string{label}, label
	}
	o.w.Sections = append(o.w.Sections, s)
	p := library.Passage{Kind: library.Chapter, Section: len(o.w.Sections) - 1, Label: label, Text: title}
	if title == "" {
		p.Text = label
	}
	o.w.Passages = append(o.w.Passages, p)
	return nil
}

// chapterHead parts a chapter's number from its title. What stands in quotation
// marks is a title, whatever it looks like.
func chapterHead(s string) (label, title string) {
	if t, ok := inQuotes(s); ok {
		return "", t
	}
	first, rest, _ := strings.Cut(s, " ")
	if number := strings.TrimRight(first, ".:)"); number != "" && len(number) <= 3 && strings.Trim(number, "0123456789") == "" && number[0] != '0' {
		label, title = number, strings.TrimLeft(rest, "–—- ")
	} else if l, ok := readLabel(s); ok && len(l.labels) == 1 && l.style != "1 bare" {
		switch l.word {
		case "", "chapter", "appendix", "letter", "lecture", "lesson":
			label, title = l.labels[0], l.title
			if strings.HasSuffix(l.style, "word") {
				label = strconv.Itoa(l.value)
			}
		}
	}
	if label == "" {
		return "", s
	}
	if t, ok := inQuotes(title); ok {
		title = t
	}
	return label, title
}

func inQuotes(s string) (string, bool) {
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		t := strings.TrimSpace(s[1 : len(s)-1])
		return t, t != ""
	}
	return "", false
}

// extent reads where a chapter stands: "25-60", "25", "xi-xx", "-" where nobody
// knows; "44", "44:10" or "1:02:30" in a recording.
func (o *outline) extent(e *library.Edition, cell string) (x library.Extent, err error) {
	cell = strings.NewReplacer("–", "-", "—", "-", "‑", "-", " ", "").Replace(cell)
	if cell == "-" || cell == "" || cell == "?" {
		return x, nil
	}
	if e.Unit == library.Minutes {
		if x.Length = minutesOf(cell); x.Length == 0 {
			return x, o.wrong("minutes", "Value", library.Opening(cell))
		}
		return x, nil
	}
	cell = strings.ToLower(cell)
	for _, sign := range []string{"pages", "page", "pp.", "pp", "p."} {
		cell = strings.TrimPrefix(cell, sign)
	}
	first, last, run := strings.Cut(cell, "-")
	if !run {
		last = first
	}
	a, romanA := library.PageNumber(first)
	b, romanB := library.PageNumber(last)
	if a == 0 || b == 0 || romanA != romanB || b < a || b-a >= maxChapterPages {
		return x, o.wrong("pages", "Value", library.Opening(cell))
	}
	for i := len(e.Chapters) - 1; i >= 0; i-- {
		if e.Chapters[i].Length == 0 {
			continue
		}
		before, romanBefore := library.PageNumber(e.Chapters[i].Last)
		if romanA && !romanBefore || romanA == romanBefore && a < before {
			return x, o.wrong("order", "Page", first, "Before", e.Chapters[i].Last)
		}
		break
	}
	return library.Extent{First: first, Last: last, Length: b - a + 1}, nil
}

// minutesOf is a length in minutes, at least one: "44", "44 min", "44:10",
// "1:02:30", "1h02". 0 where it is none.
func minutesOf(s string) int {
	s = strings.ToLower(s)
	for _, unit := range []string{"minutes", "min.", "min", "m"} {
		if rest, ok := strings.CutSuffix(s, unit); ok {
			s = rest
			break
		}
	}
	if h, m, ok := strings.Cut(s, "h"); ok {
		if m == "" {
			m = "0"
		}
		s = h + ":" + m + ":0"
	}
	parts := strings.Split(s, ":")
	if len(parts) > 3 {
		return 0
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 || p[0] == '+' || v > 6000 || i > 0 && v > 59 {
			return 0
		}
		n[i] = v
	}
	seconds := 60*n[0] + n[1]
	if len(parts) == 3 {
		seconds = 60*seconds + n[2]
	}
	if seconds == 0 || seconds > 6000*60 {
		return 0
	}
	return max(1, (seconds+30)/60)
}

// settle sets what follows from the chapters together: their lengths, their
// pages, and the numbers by which they are cited.
func (o *outline) settle() {
	w, c := o.w, o.contents
	count := map[string]int{}
	for _, x := range c.Chapters {
		count[x.Label]++
	}
	once, shifted := true, false
	words := c.Words()
	for i := range w.Passages {
		p, s := &w.Passages[i], &w.Sections[w.Passages[i].Section]
		p.Words = words[i]
		for _, e := range c.Editions {
			if e.Unit == library.Pages {
				p.Page, s.Page = e.Chapters[i].First, e.Chapters[i].First
				break
			}
		}
		if p.Label == "" {
			continue
		}
		if count[p.Label] > 1 {
			once = false
			if s.Parent >= 0 {
				if part := w.Sections[s.Parent].Label(); part != "" {
					p.Label = part + "." + p.Label
				}
			}
		}
		n, err := strconv.Atoi(p.Label)
		shifted = shifted || err == nil && n != i+1
		c.Chapters[i].Label = p.Label
	}
	if !once || !shifted { // a bare number is the chapter's place, which is its own number or nobody's
		return
	}
	for i := range w.Passages {
		if _, err := strconv.Atoi(w.Passages[i].Label); err == nil {
			w.Passages[i].Verse = w.Passages[i].Label
		}
	}
}

// FormatOutline writes a work of which only the outline is kept as ReadOutline
// reads it.
func FormatOutline(w *library.Work) string {
	var b strings.Builder
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	field("title", w.Title)
	field("subtitle", w.Subtitle)
	field("author", w.Author)
	field("date", w.Date)
	field("language", w.Language)
	field("source", w.Source)
	field("alias", strings.Join(w.Aliases, ", "))
	if w.Contents == nil {
		return b.String()
	}
	for _, e := range w.Contents.Editions {
		if e.Name != "" {
			field("edition", e.Name+", "+string(e.Unit))
		}
	}
	for i := range w.Sections {
		s := &w.Sections[i]
		at := slices.IndexFunc(w.Passages, func(p library.Passage) bool { return p.Section == i })
		if at < 0 {
			fmt.Fprintf(&b, "# %s\n", s.Text)
			continue
		}
		b.WriteString(headOf(s.Label(), s.Title))
		for _, e := range w.Contents.Editions {
			x := e.Chapters[at]
			switch {
			case x.Length == 0:
				b.WriteString(" | -")
			case e.Unit == library.Minutes:
				fmt.Fprintf(&b, " | %d", x.Length)
			case x.First == x.Last:
				b.WriteString(" | " + x.First)
			default:
				b.WriteString(" | " + x.First + "-" + x.Last)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// headOf writes a chapter's number and title so that they are read as they are.
func headOf(label, title string) string {
	var tries []string
	switch {
	case label == "":
		tries = []string{title, `"` + title + `"`}
	case title == "":
		tries = []string{label, label + ".", "Chapter " + label}
	default:
		for _, t := range []string{title, `"` + title + `"`} {
			tries = append(tries, label+" "+t, label+". "+t, "Chapter "+label+". "+t)
		}
	}
	for _, t := range tries {
		if l, x := chapterHead(t); l == label && x == title {
			return t
		}
	}
	return tries[len(tries)-1]
}
