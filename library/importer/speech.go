package importer

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// speakerMark is what stands before a speech: a name in capitals with a full
// stop or a colon, or a name with a colon.
var speakerMark = expr(`^(\p{Lu}[\p{Lu}\p{M}.'’ -]{1,28}[\p{Lu}.]|\p{Lu}[\p{Ll}\p{M}’'-]+(?: \p{Lu}[\p{Ll}\p{M}’'-]+)?)([.:])(?:[ ]|$)`)

// speaker is the name before a speech, "" where a line begins with none.
func speaker(s string) string {
	head := s[:min(len(s), 40)]
	if strings.IndexByte(head, '.') < 0 && strings.IndexByte(head, ':') < 0 {
		return ""
	}
	m := speakerMark.FindStringSubmatch(head)
	if m == nil {
		return ""
	}
	name := strings.TrimRight(m[1], ". ")
	if m[2] == "." && !isCapitals(name) || utf8.RuneCountInString(name) < 3 {
		return ""
	}
	if _, ok := readLabel(m[1]); ok {
		return ""
	}
	return name
}

// castTitle stands above the list of those who speak in a play.
var castTitle = expr(`^(?i:(?:the )?(?:dramatis person(?:ae|æ)|persons?(?: (?:of|in) the (?:play|drama|dialogue))?|persons represented|characters(?: (?:of|in) the (?:play|drama|dialogue))?|cast(?: of characters)?|speakers|(?:die )?personen|personnages|personajes|personaggi|действующие лица))[.:]?$`)

// cast are the names that the list of those who speak says, nil where there is
// none.
func (d *draft) cast() map[string]bool {
	for i := d.frontLines; i+1 < len(d.lines) && i < d.frontLines+200; i++ {
		if d.lines[i].width > 40 || !castTitle.MatchString(d.lines[i].text) {
			continue
		}
		names := map[string]bool{}
		for k := i + 1; k < len(d.lines) && k < i+80; k++ {
			l := &d.lines[k]
			if lb, ok := readLabel(l.text); ok && lb.style != "1 bare" || l.gap > 1 && k > i+1 || l.width > 90 {
				break
			}
			name, _, _ := strings.Cut(l.text, ",")
			if name = strings.TrimRight(name, ". "); name != "" && unicode.IsUpper(firstRune(name)) && atMostWords(name, 4) {
				names[name] = true
			}
		}
		return names
	}
	return nil
}

// findSpeakers learns who speaks in a play or a dialogue: names that open lines
// again and again, two at least, and together a good part of the text; or those
// that the play lists. In a play, a name in capitals that opens a line once
// speaks too.
func (d *draft) findSpeakers() {
	count := map[string]int{}
	cast := d.cast()
	for i := d.frontLines; i < len(d.lines); i++ {
		l := &d.lines[i]
		if l.gap == 0 && i > d.frontLines && end(d.lines[i-1].text) == openEnd && d.lines[i-1].width > 50 {
			continue
		}
		if name := speaker(l.text); name != "" {
			count[name]++
		}
	}
	all, names, listing := 0, 0, 0
	var once []string
	for name, n := range count {
		if cast[name] {
			listing++
		} else if n < 2 {
			delete(count, name)
			if isCapitals(name) && !listed(" scene act time place setting note end curtain prologue epilogue ", strings.ToLower(name)) {
				once = append(once, name)
			}
			continue
		}
		all, names = all+n, names+1
	}
	if names < 2 || all < 5 && (listing < 2 || all < 3) || all*12 < len(d.lines)-d.frontLines {
		return
	}
	d.speakers = map[string]bool{}
	for name := range count {
		d.speakers[name] = true
	}
	if names >= 3 && all >= 12 || listing >= 2 {
		for _, name := range once {
			d.speakers[name] = true
		}
	}
}

// speaks reports whether a line opens a speech.
func (d *draft) speaks(s string) bool { return d.speakers != nil && d.speakers[speaker(s)] }

// measured reports whether the lines of a speech are verse: all begin with
// capitals though not every sentence ends with its line.
func (d *draft) measured(from, to int) bool {
	runs := 0
	for i := from + 1; i < to; i++ {
		if !unicode.IsUpper(firstLetter(d.lines[i].text)) || d.lines[i-1].width > 62 {
			return false
		}
		if end(d.lines[i-1].text) != fullEnd {
			runs++
		}
	}
	return runs > 0
}

// speeches are the lines within a block at which speeches begin, none if the
// first is not one of them.
func (d *draft) speeches(from, to int) []int {
	if d.speakers == nil || !d.speaks(d.lines[from].text) {
		return nil
	}
	at := []int{from}
	for i := from + 1; i < to; i++ {
		if d.speaks(d.lines[i].text) {
			at = append(at, i)
		}
	}
	return at
}
