package library

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// A Style is a way of writing an entry for a bibliography.
type Style string

// The styles.
const (
	Chicago Style = "chicago"  // Chicago Manual of Style, 17th edition, notes and bibliography: the note
	MLA     Style = "mla"      // MLA Handbook, 9th edition: the entry, then the reference in the text
	BibTeX  Style = "bibtex"   // an entry, escaped for LaTeX in UTF-8
	CSLJSON Style = "csl-json" // an item of csl-data.json 1.0.2
)

// Styles are all of them, the usual one first.
func Styles() []Style { return []Style{Chicago, MLA, BibTeX, CSLJSON} }

// Bibliography writes a reference as a bibliography wants it. What the text
// does not say of itself is left out; nothing is guessed.
func (r Ref) Bibliography(s Style) string {
	e := entryOf(r)
	switch s {
	case MLA:
		return e.mla()
	case BibTeX:
		return e.bibtex()
	case CSLJSON:
		b, err := json.MarshalIndent([]CSLItem{r.CSL()}, "", "  ")
		if err != nil { // of strings and numbers alone
			return ""
		}
		return string(b)
	}
	return e.chicago()
}

// An entry is what is known of a work, taken apart as far as it can be.
type entry struct {
	alias, title, date, source, edition, language string
	authors                                       []name
	others                                        bool // "et al."
	year, month, day                              int
	journal, volume, issue, pages                 string
	unit                                          string // "par.", "fn."; "" for the work as such or a verse
	several                                       bool
	place                                         string // "37", "12–14"
}

// A name is a person's; literal is one that is not taken apart.
type name struct{ family, given, literal string }

func (n name) natural() string {
	if n.literal != "" {
		return n.literal
	}
	return strings.TrimSpace(n.given + " " + n.family)
}

func (n name) inverted() string {
	switch {
	case n.literal != "":
		return n.literal
	case n.given == "":
		return n.family
	}
	return n.family + ", " + n.given
}

func entryOf(r Ref) *entry {
	m := &r.Work.Meta
	e := &entry{alias: m.Alias(), title: m.Title, date: m.Date, source: strings.TrimRight(m.Source, ". "), edition: m.Edition, language: m.Language}
	if m.Subtitle != "" {
		e.title += ": " + m.Subtitle
	}
	if e.title == "" {
		e.title = e.alias
	}
	e.authors, e.others = namesOf(m.Author)
	e.readDate(m.Date)
	e.readSource()
	e.place = strings.TrimPrefix(strings.TrimPrefix(r.Canonical(), m.Alias()), " ")
	e.several = strings.ContainsAny(e.place, "-,;") && !(len(r.parts) == 1 && r.parts[0].first == r.parts[0].last) // sentences of one are one
	pages := r.pages()
	switch {
	case r.whole:
		e.place = ""
	case pages != "": // it was cited by them, and so it can be looked up on paper
		e.unit, e.place, e.several = "p.", pages, strings.ContainsAny(pages, "-,")
	case len(r.parts) == 1 && r.parts[0].at >= 0:
		e.unit, e.place = "", strings.Replace(e.place, "fn ", "note ", 1)
		e.place = strings.Replace(e.place, " ep ", ", epigraph ", 1)
	case r.Work.OutlineOnly() && !strings.ContainsAny(e.place, "§#¶"):
		e.unit = "chap."
	case r.Work.addresses == nil && !strings.ContainsAny(e.place, "§#ef"):
		e.unit = "par."
	}
	e.place = strings.ReplaceAll(e.place, "-", "–")
	return e
}

// locator is the place with its unit: "par. 37", "pars. 12–14".
func (e *entry) locator() string {
	switch {
	case e.place == "" || e.unit == "":
		return e.place
	case e.several && e.unit == "p.":
		return "pp. " + e.place
	case e.several:
		return strings.TrimSuffix(e.unit, ".") + "s. " + e.place
	}
	return e.unit + " " + e.place
}

var byAnd = regexp.MustCompile(`\s*(?:;|\s&\s|\s(?:and|und|et|y)\s)\s*`)

// namesOf takes a line of authors apart: "Ann Lee and Bo Ray", "Lee, Ann".
func namesOf(author string) (out []name, others bool) {
	author = strings.TrimSpace(author)
	for _, end := range []string{"et al.", "et al", "and others"} {
		if head, ok := strings.CutSuffix(author, end); ok {
			author, others = strings.TrimRight(head, ", "), true
		}
	}
	if author == "" {
		return nil, false
	}
	parts := byAnd.Split(author, -1)
	if len(parts) == 1 || strings.Count(parts[0], ",") > 0 {
		// "Ann Lee, Bo Ray and Cy Poe" is three, "Lee, Ann" is one.
		first := strings.Split(parts[0], ",")
		if len(first) > 2 || len(first) == 2 && (len(parts) > 1 || strings.Contains(strings.TrimSpace(first[0]), " ") && strings.Contains(strings.TrimSpace(first[1]), " ")) {
			parts = append(first, parts[1:]...)
		}
	}
	for _, p := range parts {
		if p = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(p), "and ")); p != "" {
			out = append(out, nameOf(p))
		}
	}
	return out, others
}

var particles = map[string]bool{"van": true, "von": true, "der": true, "den": true, "de": true, "del": true, "della": true, "di": true, "da": true, "du": true, "la": true, "le": true, "ter": true, "ten": true, "zu": true, "bin": true, "ibn": true, "al": true}

func nameOf(s string) name {
	if family, given, ok := strings.Cut(s, ","); ok {
		return name{family: strings.TrimSpace(family), given: strings.TrimSpace(given)}
	}
	words := strings.Fields(s)
	if len(words) < 2 || strings.IndexFunc(s, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana)
	}) >= 0 {
		return name{literal: s}
	}
	for _, w := range words { // a body, not a person
		switch strings.ToLower(w) {
		case "the", "of", "committee", "party", "society", "league", "institute", "university", "editors", "collective", "press":
			return name{literal: s}
		}
	}
	last := len(words) - 1
	suffix := ""
	switch strings.TrimRight(words[last], ".") {
	case "Jr", "Sr", "II", "III":
		if last > 1 {
			suffix, last = " "+words[last], last-1
		}
	}
	at := last
	for at > 1 && particles[words[at-1]] { // small letters alone: "van Gogh", not "Van Doren"
		at--
	}
	return name{family: strings.Join(words[at:last+1], " "), given: strings.Join(words[:at], " ") + suffix}
}

var months = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}

// readDate takes "28 July 1998", "August 1941", "1941-08-03", "1941" apart. A
// date of any other form is kept as words.
func (e *entry) readDate(date string) {
	var room [16]token
	ts := lex(room[:0], date)
	var numbers []int
	about := false
	for _, t := range ts {
		switch t.sign {
		case number:
			numbers = append(numbers, t.n)
			if len(t.text) == 4 && e.year == 0 {
				e.year = t.n
			}
		case word:
			about = about || t.is("c", "ca", "circa", "about", "before", "after")
			for m, long := range months {
				if len(t.text) >= 3 && strings.HasPrefix(long, t.text) {
					e.month = m + 1
				}
			}
		}
	}
	switch {
	case e.year == 0 || about:
		e.year, e.month = 0, 0
	case e.month > 0 && len(numbers) == 2:
		for _, n := range numbers {
			if n != e.year && n >= 1 && n <= 31 {
				e.day = n
			}
		}
	case e.month == 0 && len(numbers) == 3 && numbers[0] == e.year && numbers[1] >= 1 && numbers[1] <= 12 && numbers[2] <= 31:
		e.month, e.day = numbers[1], numbers[2]
	case e.month == 0 && len(numbers) > 1 || e.month > 0 && len(numbers) > 2: // a span of years, or more
		e.year, e.month = 0, 0
	}
}

var (
	sourceVolume = regexp.MustCompile(`(?i)^(.*?),?\s+(?:vol(?:ume)?\.?\s*)([0-9IVXLC]+)`)
	sourceIssue  = regexp.MustCompile(`(?i)\b(?:no|nr|issue|number)\.?\s*([0-9]+(?:[-–/][0-9]+)?)`)
	sourcePages  = regexp.MustCompile(`(?i)\bpp?\.?\s*([0-9]+(?:\s*[-–]\s*[0-9]+)?)`)
)

// readSource takes a journal apart: "Fourth International, Vol. 2 No. 7, August
// 1941, pp. 217–221". Any other source is kept as words.
func (e *entry) readSource() {
	m := sourceVolume.FindStringSubmatch(e.source)
	if m == nil {
		return
	}
	e.journal, e.volume = strings.Trim(m[1], " ,\"“”*_"), m[2]
	if i := sourceIssue.FindStringSubmatch(e.source); i != nil {
		e.issue = i[1]
	}
	if p := sourcePages.FindStringSubmatch(e.source); p != nil {
		e.pages = strings.ReplaceAll(strings.ReplaceAll(p[1], " ", ""), "-", "–")
	}
}

// authorsLine joins names: natural all, or the first inverted.
func (e *entry) authorsLine(invert, etAlFromThree bool) string {
	var out []string
	for i, n := range e.authors {
		if invert && i == 0 {
			out = append(out, n.inverted())
			continue
		}
		out = append(out, n.natural())
	}
	switch n := len(out); {
	case n == 0:
		return ""
	case e.others || etAlFromThree && n > 2:
		return out[0] + ", et al."
	case n > 3 && !etAlFromThree:
		return out[0] + " et al."
	case n == 1:
		return out[0]
	case n == 2:
		sep := " and "
		if invert {
			sep = ", and "
		}
		return out[0] + sep + out[1]
	}
	return strings.Join(out[:len(out)-1], ", ") + ", and " + out[len(out)-1]
}

func inside(title string) string { // quotation marks within quotation marks
	return strings.NewReplacer("“", "‘", "”", "’", `"`, "'").Replace(title)
}

// stopped adds a full stop where none closes the text.
func stopped(s string) string {
	if s == "" || strings.ContainsRune(".?!", rune(s[len(s)-1])) {
		return s
	}
	return s + "."
}

func quoteTitle(title, mark string) string {
	title = inside(title)
	if strings.HasSuffix(title, "?") || strings.HasSuffix(title, "!") {
		return "“" + title + "”"
	}
	return "“" + title + mark + "”"
}

// chicago is a note, since a note is what has a place: 17th edition, chapter
// 14. A title without a source is a book's, in italics.
func (e *entry) chicago() string {
	var out []string
	if a := e.authorsLine(false, false); a != "" {
		out = append(out, a)
	}
	when := e.date
	switch {
	case e.journal != "":
		s := quoteTitle(e.title, ",") + " *" + e.journal + "* " + e.volume
		if e.issue != "" {
			s += ", no. " + e.issue
		}
		if when != "" {
			s += " (" + when + ")"
		}
		if e.pages != "" {
			s += ": " + e.pages
		}
		out = append(out, s)
	case e.source != "":
		s := quoteTitle(e.title, ",") + " " + e.source
		if when != "" && !strings.Contains(e.source, when) {
			s += ", " + when
		}
		out = append(out, s)
	default:
		s := "*" + e.title + "*"
		if e.edition != "" {
			s += ", " + e.edition
		}
		if when != "" {
			s += " (" + when + ")"
		}
		out = append(out, s)
	}
	if l := e.locator(); l != "" {
		out = append(out, l)
	}
	return sentence(stopped(strings.Join(out, ", ")))
}

// sentence begins with a capital where a body's name would begin with "the".
func sentence(s string) string {
	if rest, ok := strings.CutPrefix(s, "the "); ok {
		return "The " + rest
	}
	return s
}

// mla is an entry for the list of works cited, and the reference in the text.
func (e *entry) mla() string {
	var b strings.Builder
	if a := e.authorsLine(true, true); a != "" {
		b.WriteString(stopped(a) + " ")
	}
	when := e.date
	switch {
	case e.journal != "":
		b.WriteString(quoteTitle(e.title, ".") + " *" + e.journal + "*, vol. " + e.volume)
		if e.issue != "" {
			b.WriteString(", no. " + e.issue)
		}
		if when != "" {
			b.WriteString(", " + when)
		}
		if e.pages != "" {
			if strings.Contains(e.pages, "–") {
				b.WriteString(", pp. " + e.pages)
			} else {
				b.WriteString(", p. " + e.pages)
			}
		}
	case e.source != "":
		b.WriteString(quoteTitle(e.title, ".") + " " + e.source)
		if when != "" && !strings.Contains(e.source, when) {
			b.WriteString(", " + when)
		}
	default:
		b.WriteString("*" + e.title + "*")
		if e.edition != "" {
			b.WriteString(". " + e.edition)
		}
		if when != "" {
			b.WriteString(", " + when)
		}
	}
	entry := sentence(stopped(b.String()))
	if e.place == "" {
		return entry
	}
	var who string
	switch n := len(e.authors); {
	case n == 0 && e.source != "":
		who = quoteTitle(e.title, "")
	case n == 0:
		who = "*" + e.title + "*"
	default:
		short := func(n name) string {
			if n.literal != "" {
				return n.literal
			}
			return n.family
		}
		who = short(e.authors[0])
		switch {
		case e.others || n > 2:
			who += " et al."
		case n == 2:
			who += " and " + short(e.authors[1])
		}
	}
	sep := " "
	if e.unit != "" { // "par." is set off by a comma, a page is not
		sep = ", "
	}
	return entry + "\n(" + who + sep + e.locator() + ")"
}

// texEscape makes text safe in a field of an entry.
var texEscape = strings.NewReplacer(`\`, `\textbackslash{}`, `{`, `\{`, `}`, `\}`, `$`, `\$`, `&`, `\&`, `#`, `\#`, `%`, `\%`, `_`, `\_`, `~`, `\textasciitilde{}`, `^`, `\textasciicircum{}`, "\n", " ", "–", "--", "—", "---")

// key is what the entry is called by: letters and digits of ASCII.
func (e *entry) key() string {
	var b strings.Builder
	add := func(s string) {
		for _, r := range Fold(s) {
			if r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				b.WriteRune(r)
			}
		}
	}
	if len(e.authors) > 0 {
		add(e.authors[0].family + e.authors[0].literal)
	}
	if e.year > 0 {
		b.WriteString(strconv.Itoa(e.year))
	}
	for w := range strings.FieldsSeq(Fold(e.title)) {
		if len(w) > 3 && !dull[w] {
			add(w)
			break
		}
	}
	if b.Len() == 0 {
		add(e.alias)
	}
	if b.Len() == 0 {
		return "work"
	}
	return b.String()
}

func (e *entry) bibtex() string {
	kind := "misc"
	if e.journal != "" {
		kind = "article"
	}
	var b strings.Builder
	b.WriteString("@" + kind + "{" + e.key() + ",\n")
	field := func(name, value string) {
		if value != "" {
			b.WriteString("  " + name + " = {" + value + "},\n")
		}
	}
	var authors []string
	for _, n := range e.authors {
		if n.literal != "" || n.given == "" { // braces keep it whole
			authors = append(authors, "{"+texEscape.Replace(n.literal+n.family)+"}")
			continue
		}
		authors = append(authors, texEscape.Replace(n.inverted()))
	}
	if e.others {
		authors = append(authors, "others")
	}
	field("author", strings.Join(authors, " and "))
	field("title", "{"+texEscape.Replace(e.title)+"}")
	field("journal", texEscape.Replace(e.journal))
	field("volume", texEscape.Replace(e.volume))
	field("number", texEscape.Replace(e.issue))
	field("pages", texEscape.Replace(e.pages))
	if e.journal == "" {
		field("howpublished", texEscape.Replace(e.source))
	}
	field("edition", texEscape.Replace(e.edition))
	switch {
	case e.year > 0:
		field("year", strconv.Itoa(e.year))
		if e.month > 0 {
			b.WriteString("  month = " + months[e.month-1][:3] + ",\n")
		}
	default:
		field("year", texEscape.Replace(e.date))
	}
	field("note", texEscape.Replace(e.locator()))
	b.WriteString("}")
	return b.String()
}

// A CSLItem is an item of CSL-JSON: https://resource.citationstyles.org/schema/v1.0/input/json/csl-data.json.
type CSLItem struct {
	Type           string    `json:"type"`
	ID             string    `json:"id"`
	Title          string    `json:"title,omitempty"`
	Author         []CSLName `json:"author,omitempty"`
	Issued         *CSLDate  `json:"issued,omitempty"`
	ContainerTitle string    `json:"container-title,omitempty"`
	Volume         string    `json:"volume,omitempty"`
	Issue          string    `json:"issue,omitempty"`
	Page           string    `json:"page,omitempty"`
	Edition        string    `json:"edition,omitempty"`
	Language       string    `json:"language,omitempty"`
	Source         string    `json:"source,omitempty"`
	Locator        string    `json:"locator,omitempty"`
}

// A CSLName is a person, or a literal name that is not taken apart.
type CSLName struct {
	Family  string `json:"family,omitempty"`
	Given   string `json:"given,omitempty"`
	Literal string `json:"literal,omitempty"`
}

// A CSLDate is a date in parts, or in words.
type CSLDate struct {
	Parts   [][]int `json:"date-parts,omitempty"`
	Literal string  `json:"literal,omitempty"`
}

// CSL is the reference as an item of CSL-JSON.
func (r Ref) CSL() CSLItem {
	e := entryOf(r)
	item := CSLItem{Type: "document", ID: e.key(), Title: e.title, ContainerTitle: e.journal, Volume: e.volume, Issue: e.issue, Page: strings.ReplaceAll(e.pages, "–", "-"),
		Edition: e.edition, Language: e.language, Locator: e.locator()}
	switch {
	case e.journal != "":
		item.Type = "article-journal"
	case e.source != "":
		item.Source = e.source
	}
	for _, n := range e.authors {
		item.Author = append(item.Author, CSLName{Family: n.family, Given: n.given, Literal: n.literal})
	}
	switch {
	case e.day > 0:
		item.Issued = &CSLDate{Parts: [][]int{{e.year, e.month, e.day}}}
	case e.month > 0:
		item.Issued = &CSLDate{Parts: [][]int{{e.year, e.month}}}
	case e.year > 0:
		item.Issued = &CSLDate{Parts: [][]int{{e.year}}}
	case e.date != "":
		item.Issued = &CSLDate{Literal: e.date}
	}
	return item
}
