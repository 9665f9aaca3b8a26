package importer

import (
	"strings"
	"unicode/utf8"
)

var (
	tailLine = expr(`^(?i:last (?:updated?|modified|revised|changed)\b.*|(?:this page )?updated:? .*|(?:continue|go|back|return|on|forward|proceed) to .{1,80}|(?:next|previous|prev)(?: (?:page|chapter|section|article|part|post))?(?:[:»«→←>< ].{0,80})?|` +
		`top(?: of (?:the )?page)?|(?:table of )?contents|index|home(?: ?page)?|main page|(?:to )?contact (?:us|the) .{0,100}|share(?: this.*)?|tags?:.*|categor(?:y|ies):.*|filed under.*|posted (?:by|on|in) .*|` +
		`(?:leave a|no|[0-9]+) comments?.*|subscribe.*|all rights reserved\.?|you are (?:the )?visitor\b.{0,60}|best viewed (?:with|in|at) .*|end of (?:the )?(?:file|document|page)\.?|the end\.?|finis\.?|fin\.?|end\.?|ende\.?|\* ?\* ?\*)$`)
	tailOpener = expr(`^(?i:see also|related(?: (?:articles?|links?|posts?|content|reading))?|read more|more (?:on|from|like) .{0,40}|recommended(?: reading)?|other (?:articles|posts) .{0,40}|also (?:by|in) .{0,40}|links?|recent(?: (?:and ongoing|posts?|articles?|comments?))?)\s*:?$`)
	linkOnly   = expr(`^(?:\[[^\]]*\]\([^)]*\)|<?https?://\S+>?|www\.\S+|\S+@\S+\.\S+)[.,]?$`)
	closing    = expr(`^(?i:(?:yours?|sincerely|fraternally|comradely|faithfully|respectfully|cordially|affectionately|(?:best|kind|warm|warmest|kindest|revolutionary|communist|socialist|fraternal|comradely) (?:wishes|regards|greetings)|regards|greetings|with .{2,40} (?:greetings|regards|wishes)|` +
		`in solidarity|in haste|i (?:am|remain|have the honou?r).{0,40}|your (?:obedient|humble|most|affectionate|devoted|loving|friend).{0,40}|love|adieu|hochachtungsvoll|mit .{2,30} grü(?:ß|ss)en?|(?:bien )?cordialement|salutations.{0,20}|atentamente)(?:,? .{0,40})?)[,.]?$`)
	greeting = expr(`^(?i:(?:my |our )?dear(?:est)?\b.{0,60}|(?:dear )?(?:comrades?|friends?|sirs?|gentlemen|madam|fellow .{1,30})\b.{0,40}|to (?:the )?(?:editor|comrades?|members?)\b.{0,60}|lieber? .{1,40}|cher .{1,40}|querid[oa] .{1,40}|estimad[oa] .{1,40})[,:!]$`)
)

// tail leaves out what a site puts below a text: links, dates of change, empty
// lists.
func (d *draft) tail() {
	n := len(d.blocks)
	// From "See also" on, if nothing long comes after it.
	for i := n - 1; i >= max(d.bodyStart(), n-60); i-- {
		b := &d.blocks[i]
		if b.role == frontLine || b.role != leftOut && !d.short(b, 40) {
			break
		}
		if b.role != leftOut && d.short(b, 8) && tailOpener.MatchString(d.text(b)) {
			rest := 0
			for k := i; k < n; k++ {
				rest += len(d.text(&d.blocks[k]))
			}
			if rest < 4000 {
				for k := i; k < n; k++ {
					d.furniture(k)
				}
				n = i
			}
		}
	}
	for n > 0 {
		b := &d.blocks[n-1]
		if b.role == leftOut {
			n--
			continue
		}
		s := ""
		if d.short(b, 20) {
			s = d.text(b)
		}
		// A label with nothing behind it is the head of an empty list.
		empty := strings.HasSuffix(s, ":") && atMostWords(s, 8) && n-1 > d.bodyStart()
		if s == "" || b.role == frontLine || !empty && !tailLine.MatchString(s) && !linkOnly.MatchString(s) && !isNavigation(s) && !(chrome.MatchString(s) && len(s) < 60) {
			break
		}
		d.furniture(n - 1)
		n--
	}
}

func (d *draft) furniture(i int) {
	if b := &d.blocks[i]; b.role != leftOut {
		b.role, b.reason = leftOut, "the site's own"
	}
}

// bodyStart is the first block below the title page.
func (d *draft) bodyStart() int {
	for i := range d.blocks {
		if d.blocks[i].from >= d.frontLines {
			return i
		}
	}
	return len(d.blocks)
}

var bracketWords = expr(`^\[ ?(?i:(illustration|figure|fig\.?|image|picture|map|plate)|((?:editor|translator|transcriber|publisher|author)(?:'s|’s|s)?(?:'s|’s)? note|ed(?:itor)?s?\.?:|note by the editor|note:|transcriber|this (?:article|text|chapter|speech|letter|essay|pamphlet|document)\b))`)

// captioned is what stands above a table or an example and names it.
var captioned = expr(`^(?i:table|fig(?:ure|\.)|example|listing|tabelle|abbildung|tableau|exemple|tabla|figura|tabella|esempio) [0-9]{1,3}(?:[.-][0-9]{1,3}){0,2}[.:] \S`)
var noteWords = expr(`^(?i:(?:editor|translator|transcriber|publisher)(?:'s|’s|s['’])? (?:note|introduction|remarks?)\b|note (?:by|from) the (?:editor|translator|publisher)|anmerkung (?:der redaktion|des übersetzers|des herausgebers)|note de l['’](?:éditeur|auteur)|n\. ?d\. ?[tle]\.)`)

// signedNote is how a note in brackets ends that an editor or a translator
// signed: "[… — Ed.]".
var signedNote = expr(`(?i)(?:--?|—|–|―) ?(?:the )?(?:eds?\.?|editors?|note by (?:the )?ed(?:itor)?\.?|tr(?:ans)?\.|translators?|transcribers?|publishers?|red\.|die red(?:aktion|\.)|hrsg\.|anm\. ?d\. ?(?:red|hrsg|üb)\.?|n\. ?d\. ?(?:tr?|e|l[ar])\.)(?:,? [\p{L}\p{N}.'’ -]{1,30})?[.]?[\])]$`)

// editors are those who sign a note.
var editors = expr(`^(?i:(?:--?|—|–)? ?(?:the )?(?:eds?\.?|editors?|editorial board|translators?|transcribers?|publishers?|ed\. note|redaktion|die redaktion|der herausgeber|der übersetzer))[.,]?$`)

// signedNotes takes the notes in brackets that an editor signed, of one
// paragraph or of a few.
func (d *draft) signedNotes() {
	for i := 0; i < len(d.blocks); i++ {
		b := &d.blocks[i]
		first := d.first(b).text
		if b.role != prose && b.role != stanza && b.role != list || first[0] != '[' && first[0] != '(' {
			continue
		}
		opener, closer := first[:1], "]"
		if opener == "(" {
			closer = ")"
		}
		for k := i; k < len(d.blocks) && k < i+5; k++ {
			c := &d.blocks[k]
			if c.role == leftOut || k > i && d.under(c) {
				break
			}
			s := d.text(c)
			if strings.HasSuffix(s, closer) {
				if signedNote.MatchString(tail(s, 60)) && (k > i || strings.Count(s, opener) == strings.Count(s, closer)) {
					for ; i <= k; i++ {
						d.blocks[i].role = editorNote
					}
					i = k
				}
				break
			}
			if strings.Contains(s, closer) || strings.Contains(s[1:], opener) {
				break
			}
		}
	}
}

// under reports whether a block is certainly a heading.
func (d *draft) under(b *block) bool { return b.under || d.isListed(b) }

// bracketed takes captions of pictures and editors' notes.
func (d *draft) bracketed() {
	d.signedNotes()
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose && b.role != stanza {
			continue
		}
		s := d.first(b).text
		switch s[0] {
		case 'T', 'F', 'A', 'E', 'L':
			if b.size() <= 2 && d.short(b, 17) && captioned.MatchString(d.text(b)) && i+1 < len(d.blocks) && (d.blocks[i+1].role == table || d.blocks[i+1].role == preformatted) {
				b.role = caption
				continue
			}
		}
		switch s[0] {
		case '[':
			m := bracketWords.FindStringSubmatch(s[:min(len(s), 120)])
			whole := strings.HasSuffix(d.last(b).text, "]")
			switch {
			case m == nil || !whole:
			case m[1] != "":
				if strings.EqualFold(strings.Trim(d.text(b), "[]. "), m[1]) {
					b.role, b.reason = leftOut, "a picture"
				} else {
					b.role = caption
				}
			default:
				b.role = editorNote
			}
		case 'E', 'T', 'P', 'N', 'A', 'e', 't', 'n':
			if noteWords.MatchString(s[:min(len(s), 120)]) && !d.short(b, 5) {
				b.role = editorNote
			}
		}
	}
}

// letters takes what opens and closes a letter: place and date, the greeting,
// the closing words and the names below them.
func (d *draft) letters() {
	dates := false
	for i := d.bodyStart(); i < len(d.blocks) && !dates; i++ {
		if b := &d.blocks[i]; b.role == prose && !b.term && b.size() == 1 && isDate(d.first(b).text) {
			dates = d.datesOpen(b.from)
			break
		}
	}
	for i := range d.blocks {
		b := &d.blocks[i]
		if b.role != prose && b.role != stanza || i < d.bodyStart() || !d.short(b, 14) || b.under || b.term {
			continue
		}
		s := d.text(b)
		switch {
		case d.signsNote(i, s):
			b.role = signature
		case d.signsRight(i):
			b.role = signature
		case isDate(s) && utf8.RuneCountInString(s) > 4:
			if dates {
				b.under = true
				continue
			}
			b.role = dateline
			// A name right above a date signs what stands before it.
			if i > 0 {
				a := &d.blocks[i-1]
				if (a.role == prose || a.role == stanza) && d.short(a, 6) && nameLike(d.text(a)) && i-1 > d.bodyStart() && (i < 2 || d.blocks[i-2].role != headline) {
					a.role = signature
				}
			}
		case strings.ContainsAny(s[len(s)-1:], ",:!") && atMostWords(s, 9) && greeting.MatchString(s) && (i == d.bodyStart() || d.blocks[i-1].role != prose || !d.announces(d.text(&d.blocks[i-1]))):
			b.role = salutation
		case atMostWords(s, 9) && (strings.ContainsAny(s[len(s)-1:], ",.") || atMostWords(s, 5)) && closing.MatchString(s) && i > 0 && i > d.bodyStart():
			b.role = signature
			for k := i + 1; k < len(d.blocks) && k < i+5; k++ {
				c := &d.blocks[k]
				if c.role != prose && c.role != stanza || !d.short(c, 9) {
					break
				}
				t := d.text(c)
				if isDate(t) {
					c.role = dateline
					continue
				}
				if _, ok := readLabel(t); ok || end(t) == fullEnd && !nameLike(t) || greeting.MatchString(t) {
					break
				}
				c.role = signature
			}
		case strings.HasPrefix(s, "—") && nameLike(strings.TrimLeft(s, "— ")) && d.lastOfText(i):
			b.role = signature
		case nameLike(s) && d.lastOfText(i) && i > d.bodyStart() && !d.announces(d.text(&d.blocks[i-1])):
			b.role = signature
		}
	}
}

// signsNote reports whether a block signs the editor's note right above it.
func (d *draft) signsNote(at int, s string) bool {
	i := at - 1
	for i > 0 && (d.blocks[i].role == dateline || d.blocks[i].role == signature) {
		i--
	}
	if i < 0 || d.blocks[i].role != editorNote || !d.short(&d.blocks[at], 6) {
		return false
	}
	if editors.MatchString(s) {
		return true
	}
	name := strings.TrimLeft(s, "—–- ")
	return nameLike(name) && !isCapitals(name) && (name != s || !d.headsText(at))
}

// headsText reports whether text stands right below a block, as it does below a
// heading, and as it does not below a name that signs.
func (d *draft) headsText(at int) bool {
	for i := at + 1; i < len(d.blocks); i++ {
		switch b := &d.blocks[i]; b.role {
		case leftOut, dateline, signature:
		case headline, editorNote, note:
			return false
		default:
			return !d.plausibleHeading(b)
		}
	}
	return false
}

// lastOfText reports whether nothing but parts and what is left out follows.
func (d *draft) lastOfText(at int) bool {
	for i := at + 1; i < len(d.blocks); i++ {
		if i > at+200 {
			return false
		}
		switch d.blocks[i].role {
		case leftOut, dateline, signature, note, editorNote:
		case prose:
			if s := d.text(&d.blocks[i]); (!isDate(s) || len(s) > 40) && !d.signsNote(i, s) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// signsRight reports whether a block is who signs what stands before it: a line
// of some words at the right margin, below a paragraph that is not the first
// below a heading (then it may say whose words an epigraph has).
func (d *draft) signsRight(i int) bool {
	b := &d.blocks[i]
	if i < 2 || b.size() != 1 || b.gap == 0 || !d.fit.known {
		return false
	}
	l, a := d.first(b), &d.blocks[i-1]
	right := int32(0) // how far the paragraph goes
	for k := a.from; k < a.to; k++ {
		right = max(right, d.lines[k].indent+d.lines[k].width)
	}
	rest := right - l.indent - l.width
	return a.role == prose && a.size() >= 3 && right >= 50 && right <= 110 && rest <= 6 && l.indent-d.base > rest+30 && atMostWords(l.text, 5) &&
		hasLetter(l.text) && d.blocks[i-2].role != headline && !d.plausibleHeading(&d.blocks[i-2])
}
