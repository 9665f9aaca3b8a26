package importer

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"lectern/library"
)

// What archives of texts and old pages made by hand have in common: a frame around
// the text, lines about its source, headings in bold type, paragraphs set in by
// spaces that do not break.

// gutenbergTitle is what Project Gutenberg calls its pages.
var gutenbergTitle = expr(`^(?i:the )?(?i:project gutenberg(?:['’]s)? e-?(?:book|text)(?:,? (?:of|in)|,|:)?) (.+?)(?:,? (?i:by) (\p{Lu}.+))?$`)

// takeFrame leaves out Project Gutenberg's frame, and takes out of it what it says
// of the book.
func takeFrame(meta *library.Meta, pieces []piece) {
	start, last := -1, len(pieces)
	for i := range pieces {
		p := &pieces[i]
		if !strings.Contains(p.text, "***") && !strings.Contains(p.text, "nd of") {
			continue
		}
		for l := range strings.SplitSeq(p.text, "\n") {
			l = strings.TrimSpace(l)
			if start < 0 && frameStart.MatchString(l) {
				start = i
			} else if start >= 0 && last == len(pieces) && frameEnd.MatchString(l) {
				last = i
			}
		}
		if last < len(pieces) {
			break
		}
	}
	if start < 0 {
		return
	}
	named := false
	for i := range pieces[:start+1] {
		for l := range strings.SplitSeq(pieces[i].text, "\n") {
			m := frameField.FindStringSubmatch(strings.TrimSpace(l))
			if m == nil {
				continue
			}
			switch m[1] {
			case "Title":
				meta.Title, named = m[2], true
			case "Author":
				meta.Author = m[2]
			case "Language":
				if code := languageCode(m[2]); code != "" {
					meta.Language = code
				}
			case "Original publication":
				meta.Source = m[2]
			case "Edition":
				meta.Edition = m[2]
			}
		}
	}
	if m := gutenbergTitle.FindStringSubmatch(meta.Title); m != nil && !named {
		meta.Title = strings.TrimSpace(strings.SplitN(m[1], " | ", 2)[0])
		if meta.Author == "" {
			meta.Author = m[2]
		}
	}
	// Who made the electronic text stands right below the mark.
	for start+1 < last && (pieces[start+1].kind == furniturePiece || producers.MatchString(pieces[start+1].text) && atMostWords(pieces[start+1].text, 60)) {
		start++
	}
	drop := func(p *piece) {
		if p.kind != furniturePiece {
			p.kind, p.reason, p.note = furniturePiece, "Project Gutenberg's frame", ""
		}
	}
	for i := range pieces[:start+1] {
		drop(&pieces[i])
	}
	for i := last; i < len(pieces); i++ {
		if pieces[i].note == "" {
			drop(&pieces[i])
		}
	}
}

// listTitle is the heading of a list of what else stands in a book.
var listTitle = expr(`^(?i:(?:list of )?(?:illustrations|plates|maps|figures|tables)|verzeichnis der abbildungen|abbildungsverzeichnis|table des illustrations)\.?:?$`)

// takeContents leaves out lists of contents: below a heading that says so, pieces
// that are links for the greater part.
func takeContents(pieces []piece) {
	for i := range pieces {
		p := &pieces[i]
		if p.kind != headPiece && p.kind != paraPiece || p.note != "" || !contentsTitle.MatchString(p.text) && !listTitle.MatchString(p.text) {
			continue
		}
		to, lines := i+1, 0
		for to < len(pieces) && pieces[to].note == "" && (pieces[to].kind == furniturePiece || pieces[to].linked >= 0.4 && (pieces[to].kind != paraPiece || atMostWords(pieces[to].text, 40))) {
			lines += 1 + strings.Count(pieces[to].text, "\n")
			to++
		}
		if lines < 2 {
			continue
		}
		for k := i; k < to; k++ {
			if pieces[k].kind != furniturePiece {
				pieces[k].kind, pieces[k].reason = furniturePiece, "table of contents"
			}
		}
	}
}

// verseClass is how pages call a line of verse.
var verseClass = expr(`(?i)(?:^|[\s_-])(?:verse|poem|poetry|line|verseline|poemline|l)(?:$|[\s_0-9-])`)

// stanzaOf are the lines of an element that holds a stanza and says so: each stands
// in an element of its own that holds no other.
func stanzaOf(n *html.Node) (lines []*html.Node) {
	if !hasClass(n, "stanza", "linegroup", "line-group", "lg", "strophe", "verse-group", "poem", "poetry", "verse") {
		return nil
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			return nil
		case c.Type != html.ElementNode || silent(c):
		case c.DataAtom != atom.Div && c.DataAtom != atom.P:
			if c.DataAtom == atom.Br || c.DataAtom == atom.Span && c.FirstChild == nil {
				continue
			}
			return nil
		default:
			for x := range c.Descendants() {
				if x.Type == html.ElementNode && (ownLines(x) || x.DataAtom == atom.Br) {
					return nil
				}
			}
			if len(plainText(c)) > 200 {
				return nil
			}
			lines = append(lines, c)
		}
	}
	if len(lines) < 2 && !hasClass(n, "stanza", "linegroup", "lg", "strophe") {
		return nil
	}
	return lines
}

// stanza reads the lines of a stanza as one piece.
func (h *pageReader) stanza(lines []*html.Node, quoted int) {
	for i, l := range lines {
		if i > 0 {
			h.cur.WriteByte('\n')
			h.space = false
		}
		if id := attr(l, "id"); id != "" {
			h.ids = append(h.ids, h.path+"#"+id)
		}
		h.flow(l, quoted)
	}
	h.finishPiece(versePiece, quoted, 0)
}

// joinVerses makes stanzas of lines of verse that are paragraphs of their own.
func joinVerses(pieces []piece) []piece {
	out := pieces[:0]
	for i := range pieces {
		p := pieces[i]
		if n := len(out); n > 0 && p.verse && p.kind == paraPiece && p.page == "" && (out[n-1].kind == versePiece && out[n-1].verse || out[n-1].kind == paraPiece && out[n-1].verse) && out[n-1].quoted == p.quoted && out[n-1].note == p.note {
			last := &out[n-1]
			last.kind = versePiece
			last.text += "\n" + p.text
			last.calls = append(last.calls, p.calls...)
			last.ids = append(last.ids, p.ids...)
			continue
		}
		out = append(out, p)
	}
	return out
}

// The cut text bears these marks: of bold type, and of a line that is set in by
// spaces that do not break.
const (
	boldFrom, boldTo = '\x0e', '\x0f'
	setIn            = '\x10'
)

// boldness reports whether all letters of a text stand between the marks of bold
// type, and whether such a mark is open at its end.
func boldness(s string, open bool) (all, still bool) {
	letters := false
	all = true
	for _, r := range s {
		switch {
		case r == boldFrom:
			open = true
		case r == boldTo:
			open = false
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			letters = true
			all = all && open
		}
	}
	return all && letters, open
}

// partsOf cuts a text with breaks of lines into paragraphs: at empty lines, where
// long lines are set in, and below lines in bold type where the page has no
// headings but those.
func (h *pageReader) partsOf(s string) (parts []string) {
	for part := range strings.FieldsFuncSeq(doubleBreak.ReplaceAllString(s, "\x00"), func(r rune) bool { return r == 0 }) {
		lines := strings.Split(part, "\n")
		in := 0
		for _, l := range lines {
			if strings.ContainsRune(l, setIn) {
				in++
			}
		}
		cut := make([]bool, len(lines))
		if in > 0 && !h.kept && len(part) > 64*(in+1) && !verses(tidyLines(part)) { // paragraphs, and not lines
			for i, l := range lines {
				cut[i] = i > 0 && strings.ContainsRune(l, setIn)
			}
		}
		if in > 0 && lineParagraphs(lines) {
			for i := range lines {
				cut[i] = i > 0
			}
		}
		if !h.headed && strings.ContainsRune(part, boldFrom) {
			open := false
			was := false
			for i, l := range lines {
				var all bool
				all, open = boldness(l, open)
				cut[i] = cut[i] || i > 0 && was && !all && i < 4
				was = all && (i == 0 || was)
			}
		}
		from := 0
		for i := range lines {
			if cut[i] {
				parts = append(parts, strings.Join(lines[from:i], "\n"))
				from = i
			}
		}
		parts = append(parts, strings.Join(lines[from:], "\n"))
	}
	return parts
}

// lineParagraphs reports whether the lines of a page in an East Asian script are
// paragraphs: most of them end as sentences do.
func lineParagraphs(lines []string) bool {
	ended, all := 0, 0
	for _, l := range lines {
		if l = tidy(l); l == "" {
			continue
		}
		all++
		if strings.ContainsRune("。！？」』）…", lastRune(l)) && strings.ContainsFunc(l, unspaced) {
			ended++
		}
	}
	return ended*2 > all
}

// aozoraReason says why an element of Aozora Bunko's pages is no part of the text: what
// stands below it, and what says how it is set.
func (h *pageReader) aozoraReason(n *html.Node) string {
	switch {
	case n.DataAtom == atom.Div && hasClass(n, "bibliographical_information"):
		if _, after, ok := strings.Cut(plainText(n), "底本："); ok && h.page.meta.Source == "" {
			source, _, _ := strings.Cut(after, "\n")
			h.page.meta.Source = tidy(source)
		}
		return "where the text comes from"
	case n.DataAtom == atom.Div && hasClass(n, "notation_notes"):
		return "how the text is marked"
	case n.DataAtom == atom.Span && hasClass(n, "notes") && strings.HasPrefix(strings.TrimSpace(plainText(n)), "［＃"):
		return "how the text is set"
	}
	return ""
}

// lacking is the character that a picture stands for, since the encoding of the page
// lacks it: by its number, or the sign that something stands there.
func lacking(n *html.Node) string {
	if !hasClass(n, "gaiji") {
		return ""
	}
	if c := codePoint(attr(n, "alt")); c != 0 {
		return string(c)
	}
	return "※"
}

// infoLine takes a line about a text as archives set them above it: "Written:
// 1900", "Source: …". It reports whether it is one.
func infoLine(m *library.Meta, s string) bool {
	key, value, ok := strings.Cut(s, ":")
	value = strings.TrimRight(strings.TrimSpace(value), ".;")
	if !ok || !atMostWords(key, 3) {
		return false
	}
	switch key = strings.ToLower(strings.TrimSpace(key)); key {
	case "written", "date", "delivered", "composed", "first published", "published", "speech", "spoken", "first printed":
		switch {
		case m.Date == "" && value != "" && (isDate(value) || atMostWords(value, 6) && strings.ContainsAny(value, "0123456789")):
			m.Date = value
		case m.Source == "":
			m.Source = value
		}
	case "source", "sources", "original source":
		if value != "" {
			m.Source = value
		}
	case "author", "authors", "by":
		if m.Author == "" {
			m.Author = value
		}
	case "copyright", "copyleft", "public domain", "license", "licence":
		if m.Rights == "" {
			m.Rights = value
		}
	case "translated", "translator", "translation", "transcribed", "transcription", "transcriber", "html", "html markup", "markup", "mark-up", "proofread", "proofreading", "online version", "transcription/html markup", "transcription/markup", "edited", "editor", "publisher", "note", "cc-by-sa", "originally published", "reprinted":
	default:
		return false
	}
	return true
}
