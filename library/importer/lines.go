package importer

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// A line of the source that has something in it.
type line struct {
	text   string // tidied
	raw    string // as it stands, without its end
	no     int32  // 1-based, in the source
	indent int32  // columns of white space before it; a TAB goes to the next multiple of 8
	width  int32  // columns of text
	gap    int32  // empty lines before it
	page   int32  // ordinal, 0 where pages are not known
	feed   bool   // a form feed stands before it
	soft   bool   // a soft hyphen parts its last word from the rest of it
}

// A draft is a plain text on its way to becoming a work. Its lines are taken
// apart into blocks and left-out pieces, each line by exactly one of them.
type draft struct {
	printed []string // the numbers of pages, where the reader knows them

	ctx         context.Context
	meta        library.Meta
	lines       []line
	blocks      []block
	left        []library.LeftOut
	warns       []library.Warning
	doubts      map[string]int // how many of each kind
	fit         fit
	base        int32          // the usual indent
	para        int32          // how much further in paragraphs begin, 0 where they do not
	pages       []string       // names of pages by ordinal
	paged       bool           // runs of empty lines are page breaks
	mostTabs    bool           // words are parted by TABs
	gap         int32          // empty lines between paragraphs, usually
	asked       int            // how often the whole text was searched
	frontLines  int            // lines that the title page took
	fronts      map[int]string // see frontLine
	mend        mender
	quotes      quoteStyle
	notes       map[string]bool // labels of notes that were found
	round       bool            // notes are called in round brackets too
	plan        []heading
	verses      map[int]verseMark // by line, nil where the text numbers none
	lineNumbers map[int]int       // what stood at the margin, by line
	behind      map[int]int       // what stands at the ends of paragraphs, by line
	countLines  bool              // passages of verse are numbered by their lines
	speakers    map[string]bool   // of a play or a dialogue, nil where there are none
	dialogue    bool              // people talk in it, see learnDialogue
	outdented   bool              // what stands further out than the text heads it
	marked      bool              // headings bear the marks of a plain markup
	frames      bool              // headings stand between signs: *** Title ***
	counted     map[string]bool   // words that number headings, see findCounted
	lineated    bool              // lines end where their writer pleased, see findLineated
	ranShort    bool              // the numbers at the margin say that lines were ended by hand
	edge        int32             // how far the lines of the text go, see findEdges
	edges       map[int32]int32   // and those that are set in, by their indent
	listed      map[string]bool   // headings that the table of contents names, see entry
	listsAll    bool              // it goes further down than the top level
	terms       map[int32]bool    // see learnTerms
	common      map[string]bool   // see lowercase
}

// cutLines splits a text into its lines that are not empty. It stops beyond
// maxLines.
func (d *draft) cutLines(text string) {
	d.lines = make([]line, 0, min(strings.Count(text, "\n")*3/4, len(text)/40)+16)
	no, gap, feed := int32(0), int32(0), false
	for len(text) > 0 && len(d.lines) <= maxLines && !d.stopped(len(d.lines)) {
		if text[0] == '\n' {
			text = text[1:]
			no++
			gap++
			continue
		}
		raw := text
		if i := strings.IndexByte(text, '\n'); i >= 0 {
			raw, text = text[:i], text[i+1:]
		} else {
			text = ""
		}
		no++
		for {
			i := strings.IndexByte(raw, '\f')
			if i < 0 {
				break
			}
			// What stands before a form feed ends its page.
			if before := raw[:i]; strings.TrimFunc(before, invisible) != "" {
				d.addLine(before, no, gap, feed)
				gap = 0
			}
			raw, feed = raw[i+1:], true
		}
		if !d.addLine(raw, no, gap, feed) {
			gap++
			continue
		}
		gap, feed = 0, false
	}
}

// stopped reports whether the reader was told to stop. It asks at every few
// thousandth of the numbers that it is given; the caller then ends early, and
// readText says so.
func (d *draft) stopped(n int) bool { return n&0xfff == 0 && d.ctx.Err() != nil }

// addLine adds a line unless nothing can be seen in it.
func (d *draft) addLine(raw string, no, gap int32, feed bool) bool {
	indent := int32(0)
	at := 0
loop:
	for at < len(raw) {
		switch raw[at] {
		case ' ':
			indent++
		case '\t':
			indent += 8 - indent%8
		case 0xc2: // a space that does not break, as some programs set text in with
			if at+1 == len(raw) || raw[at+1] != 0xa0 {
				break loop
			}
			raw = raw[:at] + " " + raw[at+2:]
			indent++
		default:
			break loop
		}
		at++
	}
	body := strings.TrimRight(raw[at:], " \t")
	if body == "" {
		return false
	}
	text := tidy(body)
	if text == "" {
		return false
	}
	d.lines = append(d.lines, line{text: text, raw: raw, no: no, indent: indent, width: columns(text), gap: gap, feed: feed, soft: strings.HasSuffix(body, "\u00ad")})
	return true
}

func columns(s string) int32 { return int32(utf8.RuneCountInString(s)) }

// drop takes lines out of the draft for good.
func (d *draft) drop(from, to int, reason string) {
	d.leave(d.lines[from:to], reason)
	d.lines = append(d.lines[:from], d.lines[to:]...)
}

// leave lists lines as left out, one piece for each run.
func (d *draft) leave(lines []line, reason string) {
	if len(lines) == 0 {
		return
	}
	texts := make([]string, len(lines))
	for i := range lines {
		texts[i] = lines[i].text
	}
	d.left = append(d.left, library.LeftOut{Text: strings.Join(texts, "\n"), Reason: reason, Line: int(lines[0].no)})
}

// maxDoubts of one kind are told one by one; of the others only how many there
// are.
const maxDoubts = 40

func (d *draft) warn(code, message string, line int32) {
	if d.doubts == nil {
		d.doubts = map[string]int{}
	}
	if d.doubts[code]++; d.doubts[code] > maxDoubts {
		return
	}
	d.warns = append(d.warns, library.Warning{Code: code, Message: message, Line: int(line)})
}

// usualIndent is the indent that most lines of prose have.
func (d *draft) usualIndent() int32 {
	var count, goOn [64]int // lines, and those that follow another without an empty line
	for i := range d.lines {
		if l := &d.lines[i]; l.width > 30 && l.indent < 64 {
			count[l.indent]++
			if l.gap == 0 && i > 0 {
				goOn[l.indent]++
			}
		}
	}
	best := 0
	for i, n := range count {
		if n > count[best] {
			best = i
		}
	}
	// Where paragraphs of one line are set in, the margin is not what most lines
	// begin at, but what the others go on at. Headings stand alone: where they
	// alone are further out, the margin is that of the text.
	for i := max(0, best-10); i < best; i++ {
		if goOn[i]*3 >= count[best] {
			return int32(i)
		}
	}
	return int32(best)
}

// Small questions about a text.

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

func lastRune(s string) rune {
	r, _ := utf8.DecodeLastRuneInString(s)
	return r
}

func isOpener(r rune) bool { return strings.ContainsRune("\"'“‘„«‹([{¿¡*_", r) }
func isCloser(r rune) bool { return strings.ContainsRune("\"'”’»›)]}*_", r) }

// firstLetter is the first letter or digit of a text after what may open it.
func firstLetter(s string) rune {
	for _, r := range s {
		if !isOpener(r) && r != ' ' {
			return r
		}
	}
	return 0
}

// startsLower reports whether a text begins as the middle of a sentence does.
func startsLower(s string) bool { return unicode.IsLower(firstLetter(s)) }

// ends are the ways in which a line can stop.
type ends int

const (
	openEnd   ends = iota // in the middle of a sentence
	colonEnd              // with a colon
	closedEnd             // a closed quotation or bracket without a full stop
	fullEnd               // a sentence ends
)

// end says how a text ends. Note calls after the full stop do not count.
func end(s string) ends {
	for range 3 {
		if strings.HasSuffix(s, "]") {
			if i := strings.LastIndexByte(s, '['); i > 0 && len(s)-i < 7 {
				s = strings.TrimSpace(s[:i])
				continue
			}
		}
		break
	}
	closed := false
	for s != "" {
		r, n := utf8.DecodeLastRuneInString(s)
		switch {
		case strings.ContainsRune(".!?…。！？؟۔।", r):
			return fullEnd
		case r == ':' || r == '：':
			return colonEnd
		case strings.ContainsRune("—–", r) || strings.HasSuffix(s, "--"):
			return closedEnd
		case isCloser(r) || r == ' ':
			closed = closed || r != ' '
			s = s[:len(s)-n]
			continue
		}
		break
	}
	if closed {
		return closedEnd
	}
	return openEnd
}

// tail is the end of a text, n bytes or a little less: it begins with a whole
// character.
func tail(s string, n int) string {
	if len(s) <= n {
		return s
	}
	at := len(s) - n
	for at < len(s) && !utf8.RuneStart(s[at]) {
		at++
	}
	return s[at:]
}

// atMostWords reports whether a text has at most n words; it looks no further.
func atMostWords(s string, n int) bool {
	space := true
	for i := range len(s) {
		if s[i] == ' ' {
			space = true
		} else if space {
			if n--; n < 0 {
				return false
			}
			space = false
		}
	}
	return true
}
