package importer

import (
	"slices"
	"strings"
	"unicode"
)

var (
	placeDate = expr(`^(\p{Lu}[\p{L}.' -]{1,40}), (.+)$`)
	byline    = expr(`^(?i:(?:written )?by|von|par|de|por|di|door) +((?:the |an? )?\p{Lu}.{1,80})$`)
	sourced   = expr(`^(?i:from|source|first published|originally published|published|written|delivered|reprinted|reproduced|taken from|aus|quelle|erstveröffentlichung|source)\b:? ?(?:in )?(.*)$`)
	credits   = expr(`^(?i:author of|by the (?:same )?author|illustrated|produced by|prepared by|revised|supersedes|transcribed|transcription|translated|translation|translator|edited|editor|marked[- ]up|mark[- ]?up|proofread|html|online version|converted|copyright|copyleft|©|\(c\)|public domain|licen[cs]e|all rights|isbn|issn|doi|printed|publisher|übersetzt|traduit|traducido|this (?:text|work|book|edition) )`)
	// Who wrote it may stand on the line of the title: "Poems by Ada Lowell".
	authored    = expr(`^(.{2,80}?),? (?:by|von|par) (\p{Lu}[\p{L}\p{M}.'’ -]{2,60})$`)
	imprint     = expr(`(?i)\b(?:publishers?|publishing|press|verlag|éditeurs?|editorial|printers?|& (?:co|sons|company)\b|and (?:co|sons|company)\b)`)
	townYear    = expr(`^\p{Lu}[\p{L}.-]+(?: \p{Lu}[\p{L}.-]+)?,? (?:(?:1[0-9]|20)[0-9]{2}|M[CDLXVI]{2,12})\.?$`)
	mailAddress = expr(`<?[\w.+-]+@[\w-]+\.[\w.-]+>?$`)
	edition     = expr(`(?i)\b(?:edition|impression|printing|auflage|ausgabe|édition|edición|revision|version)\b`)
	// A line of the head that a list of questions has on Usenet.
	newsHead = expr(`^(?:\p{Lu}\p{L}+(?:-\p{L}+)+|Newsgroups|Organi[sz]ation|Expires|Summary|Keywords|Distribution|Approved|URL): \S`)
	spoken   = expr(`\pL{3,} \pL{3,}`)
	field    = expr(`^(?i:(title|subject|subtitle|author|authors|from|by|date|published|year|language|source|edition|rights|translator|editor)) ?: +(\S.*)$`)
	chrome   = expr(`^(?i:printer[- ]friendly(?: version)?|print (?:this )?(?:page|article|version)|(?:e-?mail|share|tweet|download)(?: (?:this|to|as|on|it).{0,30})?|skip to .{1,30}|log ?in|sign (?:in|up)|register|search|subscribe|menu|home|navigation|comments?(?: \([0-9]+\))?|advertisement|cookies?|facebook|twitter|back to .{1,40}|table view|submitted by .{1,60})$`)
)

// isNavigation reports whether a line is a row of links.
func isNavigation(s string) bool {
	if len(s) > 300 {
		return false
	}
	for _, sep := range [...]string{" | ", " » ", " > ", " › ", " :: ", " · ", " • "} {
		if n := strings.Count(s, sep); n >= 2 || n == 1 && sep == " » " {
			return true
		}
	}
	return false
}

// titleWords stand in titles and not in names.
const titleWords = " license licence manual guide handbook guidebook faq howto tutorial constitution declaration manifesto report history introduction poems songs letters journal diary " +
	"essays stories tales works treatise lectures notes abstract document version edition draft release project foundation press society university institute preface contents handbuch anleitung lizenz gedichte briefe "

// workWord reports whether words say what kind of work something is.
func workWord(s string) bool {
	return listed(" essay story tale poem play novel lecture speech memoir letter novella sketch article satire comedy tragedy romance sermon "+titleWords, strings.ToLower(s[strings.LastIndexByte(s, ' ')+1:]))
}

// nameLike reports whether a line could be a person's name: two to five words
// with capitals, an initial or a particle among them, none that a title has.
func nameLike(s string) bool {
	s = strings.TrimRight(s, ".,")
	if l, ok := readLabel(s); ok && l.word != "" {
		return false
	}
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 6 || len(s) > 60 || strings.ContainsAny(s, "0123456789:;?!\"“”()/") {
		return false
	}
	names := 0
	for i, w := range words {
		switch l := strings.ToLower(strings.TrimRight(w, ".,")); {
		case listed(titleWords, l):
			return false
		case listed(" the a an on at in to for with from is against my our der die das ein eine le la les un une el los las ", l) && !(i > 0 && listed(" la le les der los ", l)):
			return false
		case listed(" and und et y & of de da do du des van von der den la le ten ter del di dos zu jr sr st dr ", l):
			if i == 0 && w == l {
				return false
			}
			if listed(" of ", l) {
				return false
			}
		case unicode.IsUpper(firstRune(w)):
			names++
		default:
			return false
		}
	}
	return names >= 2 || len(words) == 1 && len(s) <= 3 && names == 1
}

// A front line is what a line of the title page was taken for.
type frontPiece struct {
	at   int
	what string
}

// front reads the title page: everything above the first line of the text
// itself. Its lines become parts, or are left out.
func (d *draft) front() {
	var pieces []frontPiece
	var heads []int // lines that may be title, subtitle or author
	at := 0
	for ; at < len(d.lines) && at < 40; at++ {
		l := &d.lines[at]
		what := d.frontLine(at, len(heads))
		if what == "" {
			break
		}
		if what == "head" {
			// The heading of the first section stands last, above the text.
			if len(heads) >= 4 || d.opensText(at, len(heads), pieces) || d.opensLines(at, len(heads), pieces) {
				break
			}
			heads = append(heads, at)
		}
		if len(pieces) > 0 && l.gap > 8 && d.paged && len(heads) > 0 && what == "head" {
			break
		}
		pieces = append(pieces, frontPiece{at, what})
	}
	if at >= len(d.lines) {
		return // nothing but a title page: take it for the text
	}
	heads = d.imprints(heads, pieces)
	used := d.name(heads, pieces)
	// Lines at its end that say neither title nor author belong to the text.
	for n := len(pieces); used != nil && n > 1 && pieces[n-1].what == "head" && !used[pieces[n-1].at]; n-- {
		pieces, at = pieces[:n-1], pieces[n-1].at
	}
	for _, p := range pieces {
		r := frontLine
		reason := ""
		switch p.what {
		case "chrome":
			r, reason = leftOut, "the site's own"
		case "rule":
			r, reason = leftOut, "a rule"
		case "drawing":
			r, reason = leftOut, "a drawing"
		case "note":
			r = editorNote
		}
		b := d.add(p.at, p.at+1, r)
		b.reason = reason
		d.takeMeta(p)
	}
	// What a page, or rows of one heading, put together stays so.
	d.frontLines = at
}

// imprints takes the lines of a publisher's imprint out of the possible titles:
// a town above the publisher or the year.
func (d *draft) imprints(heads []int, pieces []frontPiece) []int {
	for i, p := range pieces {
		if p.what != "head" || p.at == heads[0] || i+1 >= len(pieces) || d.lines[p.at].gap == 0 || !atMostWords(d.lines[p.at].text, 4) {
			continue
		}
		if n := pieces[i+1]; d.lines[n.at].gap == 0 && (n.what == "credit" && imprint.MatchString(d.lines[n.at].text) || n.what == "date" && isCapitals(d.lines[p.at].text)) {
			pieces[i].what = "credit"
			heads = slices.DeleteFunc(heads, func(at int) bool { return at == p.at })
		}
	}
	return heads
}

// frontLine says what a line is on a title page, "" for the text itself. It is
// asked for several times.
func (d *draft) frontLine(at, heads int) string {
	key := 2 * at
	if heads > 0 {
		key++
	}
	what, ok := d.fronts[key]
	if !ok {
		if d.fronts == nil {
			d.fronts = map[int]string{}
		}
		what = d.readFrontLine(at, heads)
		d.fronts[key] = what
	}
	return what
}

func (d *draft) readFrontLine(at, heads int) string {
	l := &d.lines[at]
	s := l.text
	switch {
	case at < d.banner():
		return "drawing"
	case isRule(s):
		return "rule"
	case isNavigation(s), len(s) < 80 && chrome.MatchString(s):
		return "chrome"
	case len(s) > 300:
		return ""
	case (strings.IndexByte("[<hw", s[0]) >= 0 || strings.Contains(s, "@")) && linkOnly.MatchString(s):
		return "link"
	case isDate(s):
		if d.datesOpen(at) {
			return ""
		}
		return "date"
	case len(s) < 200 && strings.Contains(s, ": ") && field.MatchString(s):
		return "field"
	case at < 40 && newsHead.MatchString(s) && (at == 0 || l.gap == 0 || newsHead.MatchString(d.lines[at-1].text)):
		return "credit"
	case at > 0 && l.gap == 0 && d.fit.known && !d.fit.byHand(&d.lines[at-1], l) && !isCapitals(s) && credits.MatchString(d.lines[at-1].text):
		return "credit" // it runs on
	case credits.MatchString(s), strings.Contains(s, "@") && atMostWords(s, 10) && mailAddress.MatchString(s):
		return "credit"
	case heads > 0 && (strings.ContainsAny(s, "0123456789") || strings.Contains(s, ":")) && atMostWords(s, 40) && sourced.MatchString(s):
		return "source"
	case atMostWords(s, 12) && byline.MatchString(s) && (heads > 0 || len(s) > 3 && strings.EqualFold(s[:3], "by ")):
		return "byline"
	case s == "by" || s == "BY" || s == "By":
		return "by"
	case heads > 0 && townYear.MatchString(s):
		return "date"
	case heads > 0 && atMostWords(s, 8) && edition.MatchString(s):
		return "edition"
	case heads > 0 && atMostWords(s, 8) && end(s) != colonEnd && imprint.MatchString(s):
		return "credit"
	case d.listsBelow(at), heads > 0 && d.framed(s), heads > 0 && d.counted[counting(s)]:
		return ""
	}
	// A title may be long, but it is no sentence, bears no label and does not
	// run on in lines below.
	if !atMostWords(s, 16) || l.width > 110 {
		return ""
	}
	if lb, ok := d.label(s); ok && lb.style != "1 bare" {
		return ""
	}
	if isGeneric(s) && !(at == 0 && heads == 0 && !strings.EqualFold(s, "introduction")) {
		return ""
	}
	if strings.EqualFold(strings.Trim(s, ".: "), "contents") || strings.EqualFold(strings.Trim(s, ".: "), "table of contents") {
		return ""
	}
	if _, ok := itemMark(s); ok {
		return ""
	}
	e := end(s)
	if e == colonEnd || e == fullEnd && !isCapitals(s) && (heads > 0 || lastRune(s) != '?' && lastRune(s) != '!') && !(nameLike(s) && atMostWords(s, 4)) {
		return ""
	}
	if strings.ContainsRune("\"“«„", firstRune(s)) && heads > 0 {
		return ""
	}
	if strings.HasSuffix(s, ",") && !d.mayRunOn(at) {
		return ""
	}
	if at+1 < len(d.lines) && !isRule(d.lines[at+1].text) {
		next := &d.lines[at+1]
		if next.gap == 0 && startsLower(next.text) && !strings.HasPrefix(next.text, "by ") || next.gap == 0 && d.fit.known && !d.fit.byHand(l, next) {
			if (l.width > 30 || next.width > 60 || end(next.text) == fullEnd || l.soft || hyphenEnd(s)) && !d.mayRunOn(at) {
				return ""
			}
		}
	}
	if startsLower(s) && !d.ranOn(at) {
		return ""
	}
	return "head"
}

// listsBelow reports whether a line and the two below it, with no empty line
// between, are entries that count: a table of contents.
func (d *draft) listsBelow(at int) bool {
	if at+3 >= len(d.lines) {
		return false
	}
	n := 0
	for i := at; i < at+4; i++ {
		if _, ok := readLabel(d.lines[i].text); ok && (i == at || d.lines[i].gap == 0) {
			n++
		}
	}
	return n >= 3
}

// mayRunOn reports whether a line of a title goes on in the next, set in alike.
func (d *draft) mayRunOn(at int) bool {
	if at+1 >= len(d.lines) {
		return false
	}
	l, n := &d.lines[at], &d.lines[at+1]
	return n.gap == 0 && l.indent > 4 && n.indent > 4 && atMostWords(n.text, 12) || isCapitals(l.text) && isCapitals(n.text)
}

func (d *draft) ranOn(at int) bool {
	return at > 0 && d.lines[at].gap == 0 && d.lines[at].indent > 4 && d.lines[at-1].indent > 4
}

// opensText reports whether a line that may belong to the title page is rather
// the heading of the first section: prose follows right below, a title stands
// above already, and the text has other headings set as this one is.
func (d *draft) opensText(at, heads int, pieces []frontPiece) bool {
	if heads == 0 || at+1 >= len(d.lines) {
		return false
	}
	for _, p := range pieces {
		if p.at == at-1 && p.what == "by" {
			return false
		}
	}
	if nameLike(d.lines[at].text) && heads == 1 {
		return false
	}
	next := &d.lines[at+1]
	if what := d.frontLine(at+1, heads+1); what != "" {
		return false
	}
	if next.gap == 0 {
		return false
	}
	seen := 0
	for i := at + 2; i < len(d.lines) && i < at+4000; i++ {
		l := &d.lines[i]
		if l.gap > 0 && i+1 < len(d.lines) && d.lines[i+1].gap > 0 && l.width < 70 && l.width > 2 && end(l.text) == openEnd && isCapitals(l.text) == isCapitals(d.lines[at].text) &&
			unicode.IsUpper(firstLetter(l.text)) && !nameLike(l.text) {
			seen++
		}
	}
	for _, p := range pieces {
		if p.what == "byline" || p.what == "by" || p.what == "date" || p.what == "source" {
			return seen >= 1 // the title page is complete
		}
	}
	return seen >= 2
}

// opensLines reports whether lines that stand together, and could each belong to
// a title page, are rather the first of the text: a stanza, or a paragraph of
// short lines. They are neither centred nor in capitals, are two below a title
// page that names its author and three otherwise, and no author comes after them.
func (d *draft) opensLines(at, heads int, pieces []frontPiece) bool {
	l := &d.lines[at]
	if heads == 0 || l.gap == 0 && at > 0 || d.framed(l.text) {
		return false
	}
	least := 3
	for _, p := range pieces {
		if p.what == "byline" || p.what == "by" || p.what == "field" {
			least = 2
		}
	}
	n := at
	for ; n < len(d.lines) && (n == at || d.lines[n].gap == 0); n++ {
		x := &d.lines[n]
		if x.indent > d.base+4 && least == 3 || isCapitals(x.text) || x.indent > d.base+12 {
			return false
		}
		if what := d.frontLine(n, heads); what != "head" && what != "" {
			return false
		}
	}
	if n-at < least || n == len(d.lines) {
		return false
	}
	for i := n; i < len(d.lines) && i < n+4; i++ {
		if s := d.lines[i].text; byline.MatchString(s) || strings.EqualFold(s, "by") {
			return false
		}
	}
	return true
}

// name finds title, subtitle and author among the lines that may be either, and
// returns the lines that are; nil where something else had named them.
func (d *draft) name(heads []int, pieces []frontPiece) map[int]bool {
	if len(heads) == 0 {
		return nil
	}
	// Lines of one block that are set alike are one title.
	var texts []string
	var first []int
	rows := map[int][]int{} // of one piece, by its first
	for k, at := range heads {
		l := &d.lines[at]
		if k > 0 && heads[k-1] == at-1 && l.gap == 0 && !nameLike(l.text) && (isCapitals(l.text) == isCapitals(d.lines[at-1].text)) && (isCapitals(l.text) || l.indent > 4 || startsLower(l.text)) {
			texts[len(texts)-1] += " " + l.text
			rows[first[len(first)-1]] = append(rows[first[len(first)-1]], at)
			continue
		}
		texts, first = append(texts, l.text), append(first, at)
		rows[at] = []int{at}
	}
	used := map[int]bool{}
	use := func(at int) {
		for _, row := range rows[at] {
			used[row] = true
		}
	}
	by := false
	for _, p := range pieces {
		by = by || p.what == "byline" || p.what == "by"
		if k := slices.Index(first, p.at+1); p.what == "by" && k > 0 {
			use(first[k])
			texts, first = slices.Delete(texts, k, k+1), slices.Delete(first, k, k+1)
		}
		by = by || p.what == "field" && strings.HasPrefix(strings.ToLower(d.lines[p.at].text), "author")
	}
	if d.meta.Title != "" {
		for _, t := range texts {
			if d.meta.Author == "" && nameLike(t) {
				d.meta.Author = t
			}
		}
		return nil
	}
	author := -1
	if k := 1; !by && d.meta.Author == "" && len(texts) > k {
		// "An essay by Lotte Brandt" below the title says whose it is.
		if m := authored.FindStringSubmatch(texts[k]); m != nil && nameLike(m[2]) && atMostWords(m[1], 4) && workWord(m[1]) {
			by, d.meta.Author = true, m[2]
		}
	}
	if !by && d.meta.Author == "" && len(texts) > 1 {
		for k, t := range texts {
			if nameLike(t) && (k > 0 || !nameLike(texts[1]) || d.titled(texts[1]) > d.titled(t)) && (k == 0 || d.titled(t)*2 <= len(strings.Fields(t))) {
				author = k
				break
			}
		}
	}
	title := 0
	if author == 0 {
		title = 1
		d.warn("author_guessed", quote(texts[0])+" stands above the title and was taken for the author.", d.lines[first[0]].no)
	}
	d.meta.Title = unframed(texts[title])
	use(first[title])
	if n := markedLevel(d.meta.Title); n > 0 {
		d.meta.Title = d.meta.Title[n+1:]
	}
	if author >= 0 {
		d.meta.Author = strings.TrimRight(texts[author], ",")
		use(first[author])
		// Further authors stand below the first, each on a line set as his is.
		for k := author + 1; author > title && k < len(texts) && nameLike(texts[k]) && d.lines[first[k]].indent == d.lines[first[author]].indent; k++ {
			d.meta.Author += ", " + strings.TrimRight(texts[k], ",")
			use(first[k])
		}
	}
	if k := title + 1; k < len(texts) && k != author {
		d.meta.Subtitle = texts[k]
		use(first[k])
	}
	if d.meta.Author == "" && !by && author < 0 {
		for _, s := range [...]string{d.meta.Subtitle, d.meta.Title} {
			if m := authored.FindStringSubmatch(s); m != nil && nameLike(m[2]) && atMostWords(m[1], 10) {
				d.meta.Author = m[2]
				if s == d.meta.Title {
					d.meta.Title = m[1]
					d.warn("author_guessed", quote(m[2])+" stands behind the title and was taken for the author.", d.lines[first[title]].no)
				}
				break
			}
		}
	}
	if author > 0 && !isCapitals(texts[author]) && !strings.Contains(texts[author], ".") {
		d.warn("author_guessed", quote(texts[author])+" stands below the title and was taken for the author.", d.lines[first[author]].no)
	}
	if len(texts) > 2 && author < 0 {
		d.warn("title_guessed", "Several lines stand above the text; "+quote(d.meta.Title)+" was taken for the title.", d.lines[first[title]].no)
	}
	return used
}

// titled is how many words of a line are words of the language rather than
// somebody's name: pronouns and their like, and those that the text has in small
// letters.
func (d *draft) titled(s string) (n int) {
	const little = " why how what when where who whom which i me my we us our you your he she it his her its they them their is are was were be do does did can will shall must should not no "
	open := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		w = strings.ToLower(strings.TrimFunc(w, func(r rune) bool { return !unicode.IsLetter(r) }))
		switch {
		case listed(little, w):
			n++
		case len(w) > 2:
			open[w] = true
		}
	}
	for i := 0; i < len(d.lines) && i < 3000 && len(open) > 0; i++ {
		eachSmall(d.lines[i].text, func(w string) {
			if open[w] {
				delete(open, w)
				n++
			}
		})
	}
	return n
}

// takeMeta puts what a line of the title page says into Meta.
func (d *draft) takeMeta(p frontPiece) {
	s := d.lines[p.at].text
	set := func(to *string, v string) {
		if *to == "" {
			*to = strings.TrimSpace(v)
		}
	}
	m := &d.meta
	switch p.what {
	case "date":
		set(&m.Date, strings.Trim(s, "()[] "))
	case "byline":
		set(&m.Author, byline.FindStringSubmatch(s)[1])
	case "by":
		if p.at+1 < len(d.lines) {
			set(&m.Author, d.lines[p.at+1].text)
		}
	case "link":
		if s = strings.Trim(s, "<>. "); !strings.Contains(s, "@") || strings.Contains(s, "://") { // no address of a person
			set(&m.Source, s)
		}
	case "source":
		set(&m.Source, sourced.FindStringSubmatch(s)[1])
	case "edition":
		set(&m.Edition, s)
	case "credit":
		if low := strings.ToLower(s); strings.Contains(low, "copyright") || strings.Contains(low, "©") || strings.Contains(low, "licen") || strings.Contains(low, "public domain") || strings.Contains(low, "rights") {
			set(&m.Rights, s)
		}
	case "field":
		f := field.FindStringSubmatch(s)
		switch strings.ToLower(f[1]) {
		case "title", "subject":
			m.Title = f[2]
		case "from":
			if name := strings.TrimSpace(mailAddress.ReplaceAllString(f[2], "")); nameLike(name) || name != f[2] && name != "" {
				m.Author = strings.Trim(name, `"'<> `)
			} else {
				set(&m.Source, f[2])
			}
		case "subtitle":
			m.Subtitle = f[2]
		case "author", "authors", "by":
			m.Author = f[2]
		case "date", "published", "year":
			m.Date = f[2]
		case "language":
			set(&m.Language, languageCode(f[2]))
		case "source":
			m.Source = f[2]
		case "edition":
			m.Edition = f[2]
		case "rights":
			m.Rights = f[2]
		}
	}
}

// banner is how many lines a title takes that is drawn of signs: three at least
// that stand together at the top, of whose characters hardly any is a letter.
func (d *draft) banner() int {
	n, letters, signs := 0, 0, 0
	for ; n < len(d.lines) && n < 16 && (n == 0 || d.lines[n].gap == 0); n++ {
		s := d.lines[n].text
		if isRule(s) {
			continue
		}
		if spoken.MatchString(s) {
			return 0
		}
		for _, r := range s {
			switch {
			case unicode.IsLetter(r) || unicode.IsDigit(r):
				letters++
			case r != ' ':
				signs++
			}
		}
	}
	if n < 3 || letters*4 > signs {
		return 0
	}
	return n
}
