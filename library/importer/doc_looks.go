package importer

import (
	"encoding/xml"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"lectern/library"
)

// How documents look, where their styles do not say what is what: many writers make
// their headings by hand.

// A docLook is how text is set, as far as something says it.
type docLook struct {
	bold        int // 1 if so, -1 if not
	size        int // in half points
	centre      int
	left, right int // how far it is set in, in twentieths of a point
}

// said takes what an element of WordprocessingML says of a look.
func (l *docLook) said(t xml.StartElement) {
	switch t.Name.Local {
	case "b":
		l.bold = 1
		if v := xmlAttr(t, "val"); v == "0" || v == "false" || v == "none" {
			l.bold = -1
		}
	case "sz":
		l.size, _ = strconv.Atoi(xmlAttr(t, "val"))
	case "jc":
		l.centre = -1
		if xmlAttr(t, "val") == "center" {
			l.centre = 1
		}
	case "ind":
		for _, key := range []string{"left", "start"} {
			if n, err := strconv.Atoi(xmlAttr(t, key)); err == nil {
				l.left = n
			}
		}
		for _, key := range []string{"right", "end"} {
			if n, err := strconv.Atoi(xmlAttr(t, key)); err == nil {
				l.right = n
			}
		}
	}
}

// inherit takes from a style what nothing said yet.
func (l *docLook) inherit(s docLook) {
	set := func(to *int, from int) {
		if *to == 0 {
			*to = from
		}
	}
	set(&l.bold, s.bold)
	set(&l.size, s.size)
	set(&l.centre, s.centre)
	set(&l.left, s.left)
	set(&l.right, s.right)
}

// styleLook is the look of a paragraph's style; "" is that of a document's own.
func (d *docReader) styleLook(id string) (look docLook) {
	if id == "" {
		id = d.normal
	}
	for range 12 {
		s, ok := d.styles[id]
		if !ok {
			break
		}
		look.inherit(s.look)
		id = s.basedOn
	}
	look.inherit(d.base)
	return look
}

// A docShape is how the letters of a paragraph are set.
type docShape struct {
	letters, bold, size int // of letters; the size of the first
}

func (s *docShape) add(text string, l docLook) {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	s.letters += n
	if l.bold > 0 {
		s.bold += n
	}
	if s.size == 0 && n > 0 {
		s.size = l.size
	}
}

// give tells a piece how it looks.
func (s *docShape) give(p *piece, para, style docLook) {
	para.inherit(style)
	p.bold = s.letters > 0 && s.bold == s.letters
	p.size = s.size
	p.centre = para.centre > 0
	p.inset = para.left >= 360 && para.right >= 360
}

// docHeads finds the headings of a document whose styles name none: paragraphs in
// bold or larger type, those with labels, and what is set in on both sides as
// quotations are.
func docHeads(pieces []piece, title string) {
	all, inset := 0, 0
	sizes := map[int]int{}
	headed := false
	for i := range pieces {
		p := &pieces[i]
		headed = headed || p.kind == headPiece && p.level > 0
		if p.kind != paraPiece || p.note != "" {
			continue
		}
		all++
		if p.inset {
			inset++
		}
		sizes[p.size] += len(p.text)
	}
	for i := range pieces {
		if p := &pieces[i]; inset*3 <= all && p.inset && p.kind == paraPiece && p.note == "" && !p.front && !p.bold && !p.centre {
			p.quoted = max(p.quoted, 1)
		}
	}
	if headed {
		return
	}
	usual := most(sizes)
	for i := range pieces {
		if p := &pieces[i]; usual > 0 && p.size*10 >= usual*11 && p.kind == paraPiece {
			p.bold = true
		}
	}
	if boldHeads(pieces, title); !slices.ContainsFunc(pieces, func(p piece) bool { return p.kind == headPiece && p.level > 0 }) {
		labelHeads(pieces)
	}
}

// labelHeads takes short paragraphs that a word and a number open ("Chapter IV") for
// headings, where there are two and more of them and not too many.
func labelHeads(pieces []piece) {
	var found []int
	all := 0
	for i := range pieces {
		p := &pieces[i]
		if p.kind != paraPiece || p.note != "" || p.quoted > 0 {
			continue
		}
		all++
		first, _, _ := strings.Cut(p.text, " ")
		_, word := sectionWords[strings.ToLower(strings.TrimRight(first, ".:,"))]
		_, han := hanLabel(p.text)
		if l, ok := readLabel(p.text); ok && (word || han) && atMostWords(p.text, 12) && (end(p.text) == openEnd || l.title == "" || isCapitals(p.text)) {
			found = append(found, i)
		}
	}
	if len(found) < 2 || len(found)*2 > all {
		return
	}
	for _, i := range found {
		pieces[i].kind, pieces[i].level = headPiece, 2
	}
}

// What Word's own styles are called in the languages in which its documents come
// with such names; Word itself stores the English ones.
const (
	headingNames = " überschrift titre título titulo encabezado titolo заголовок 标题 標題 見出し kop rubrik overskrift otsikko nagłówek nadpis címsor başlık επικεφαλίδα כותרת عنوان 제목 titlu naslov заглавие judul "
	titleStyles  = " titel titre título titulo titolo название 标题 標題 表題 tytuł název cím titill otsikko τίτλος "
	quoteStyles  = " quote cita citazione citação citat cytat цитата 引用 引文 引用文 인용 alıntı idézet lainaus παράθεση "
)

// headingStyle is the level of a heading by the name of its style, 0 for none.
func headingStyle(name string) int {
	word := strings.TrimRightFunc(name, func(r rune) bool { return unicode.IsDigit(r) || r == ' ' })
	if word == name || word == "" || !listed(headingNames, word) {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(name[len(word):]))
	if err != nil || n < 1 || n > 9 {
		return 0
	}
	return n
}

// symbols are the letters of the font Symbol from 41 and from 61 on.
const (
	symbolCapitals = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ"
	symbolSmall    = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ"
)

// symbol is a sign by its number in a font: what Symbol has for letters, or the
// character itself where it is one.
func symbol(font, char string) string {
	n, err := strconv.ParseUint(char, 16, 32)
	if err != nil {
		return ""
	}
	r := rune(n)
	if r >= 0xf000 && r <= 0xf0ff {
		if !strings.EqualFold(font, "symbol") {
			return "" // a picture
		}
		r -= 0xf000
		switch {
		case r >= 'A' && r <= 'Z':
			return string([]rune(symbolCapitals)[r-'A'])
		case r >= 'a' && r <= 'z':
			return string([]rune(symbolSmall)[r-'a'])
		case r < 0x20 || r > 0x7e:
			return ""
		}
	}
	if !unicode.IsPrint(r) {
		return ""
	}
	return string(r)
}

// likeOthers reports whether the first heading is one of several: text stands right
// below it, and others are as large and stand alike. Where nothing says how large it
// is, it is not known.
func likeOthers(pieces []piece, at int) bool {
	p := &pieces[at]
	if p.size == 0 || at+1 >= len(pieces) || pieces[at+1].kind != paraPiece || atMostWords(pieces[at+1].text, 25) {
		return false
	}
	for i := at + 1; i < len(pieces); i++ {
		if x := &pieces[i]; x.bold && x.size >= p.size && x.centre == p.centre && x.kind == paraPiece && atMostWords(x.text, 16) {
			return true
		}
	}
	return false
}

// boldHeads takes short paragraphs in bold type for headings, in what has no others.
// Those in the middle stand above those that are not, and larger ones above smaller,
// if there are both.
func boldHeads(pieces []piece, title string) {
	is := func(p *piece) bool {
		if !p.bold || p.kind != paraPiece && p.kind != versePiece || p.note != "" || p.quoted > 0 || !hasWord(p.text) || !atMostWords(p.text, 16) || byline.MatchString(p.text) {
			return false
		}
		_, labelled := readLabel(p.text)
		return end(p.text) == openEnd || labelled || isCapitals(p.text) || lastRune(p.text) == '?' || lastRune(p.text) == '!'
	}
	all, heads, centred := 0, 0, 0
	for i := range pieces {
		p := &pieces[i]
		if p.kind == furniturePiece || p.note != "" {
			continue
		}
		all++
		if is(p) {
			heads++
			if p.centre {
				centred++
			}
		}
	}
	if heads == 0 || heads*2 > all {
		return
	}
	first := true
	var sizes []int // of those that are not the title
	for i := range pieces {
		p := &pieces[i]
		if p.kind == furniturePiece || p.note != "" {
			continue
		}
		if p.kind == headPiece { // the title
			first = false
			continue
		}
		if !is(p) {
			first = first && (p.front || atMostWords(p.text, 12) && end(p.text) == openEnd)
			continue
		}
		p.text = strings.ReplaceAll(p.text, "\n", " ")
		p.kind, p.level = headPiece, 2
		if centred > 0 && centred < heads && !p.centre {
			p.level = 3
		}
		if _, labelled := readLabel(p.text); first && !labelled && !likeOthers(pieces, i) && (heads > 1 || library.Fold(p.text) == library.Fold(title)) {
			p.level = 1
		} else if p.size > 0 {
			sizes = append(sizes, p.size)
		}
		first = false
	}
	slices.Sort(sizes)
	if sizes = slices.Compact(sizes); len(sizes) < 2 || len(sizes) > 4 || centred > 0 && centred < heads {
		return
	}
	for i := range pieces {
		if p := &pieces[i]; p.kind == headPiece && p.level == 2 && p.size > 0 {
			p.level = 1 + len(sizes) - slices.Index(sizes, p.size)
		}
	}
}

// entryPage is the number of a page at the end of an entry of the contents.
var entryPage = expr(`[\s.…·_]*\s[0-9]{1,4}$|[.…·_]{2,}\s*[0-9]{1,4}$`)

// docContents leaves out contents that no style names: below a title that says that
// they are, paragraphs that name headings, with the numbers of their pages or not.
func docContents(pieces []piece) {
	heads := map[string]bool{}
	for i := range pieces {
		if pieces[i].kind == headPiece {
			heads[bare(pieces[i].text)] = true
		}
	}
	for i := range pieces {
		p := &pieces[i]
		if p.kind != paraPiece && p.kind != headPiece || p.note != "" || !contentsTitle.MatchString(p.text) {
			continue
		}
		j := i + 1
		for j < len(pieces) && pieces[j].kind == paraPiece && pieces[j].note == "" {
			s := bare(entryPage.ReplaceAllString(pieces[j].text, ""))
			if !heads[s] && !heads[bare(pieces[j].text)] || s == "" {
				break
			}
			j++
		}
		if j-i > 2 {
			for k := i; k < j; k++ {
				pieces[k].kind, pieces[k].reason = furniturePiece, "table of contents"
			}
		}
		return
	}
}
