package importer

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A label numbers a heading.
type label struct {
	labels []string // as printed; two for a combined heading
	style  string   // labels of one style count together: "I", "i", "1", "1.1", "A", "a", with the word before: "chapter I"
	value  int      // of the first
	last   int      // of the last
	other  label2   // the same letters read as letters instead of a roman number
	title  string   // what stands after it
	word   string   // "chapter", "appendix", "" for none

	inserted bool // a letter behind the number says that it came in later: "2a"
}

type label2 struct {
	style string
	value int
}

// sectionWords stand before the number of a heading.
var sectionWords = map[string]string{
	"chapter": "chapter", "part": "part", "book": "book", "section": "section", "letter": "letter", "lecture": "lecture", "act": "act", "scene": "scene",
	"canto": "canto", "volume": "volume", "thesis": "thesis", "lesson": "lesson", "stave": "stave", "epistle": "epistle", "appendix": "appendix", "annex": "appendix",
	"kapitel": "chapter", "teil": "part", "buch": "book", "abschnitt": "section", "brief": "letter", "anhang": "appendix",
	"chapitre": "chapter", "partie": "part", "livre": "book", "lettre": "letter", "acte": "act", "scène": "scene", "annexe": "appendix",
	"capítulo": "chapter", "parte": "part", "libro": "book", "capitolo": "chapter", "hoofdstuk": "chapter", "глава": "chapter", "раздел": "section", "книга": "book", "том": "volume", "письмо": "letter", "κεφάλαιο": "chapter", "κεφάλαιον": "chapter", "βιβλίο": "book", "βιβλίον": "book",
	"الفصل": "chapter", "الباب": "chapter", "الجزء": "part", "القسم": "part", "الكتاب": "book", "μέρος": "part", "rozdział": "chapter", "kapitola": "chapter", "kapitel.": "chapter", "luku": "chapter", "capítol": "chapter", "fejezet": "chapter", "часть": "part",
	"psalm": "psalm", "sonnet": "sonnet", "fable": "fable", "article": "article", "§": "§",
}

var spelled = map[string]int{
	"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
	"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
	"eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20,
	"eins": 1, "zwei": 2, "drei": 3, "vier": 4, "erster": 1, "zweiter": 2, "dritter": 3, "erstes": 1, "zweites": 2, "drittes": 3,
	"erste": 1, "zweite": 2, "dritte": 3, "vierter": 4, "vierte": 4, "viertes": 4, "fünfter": 5, "fünfte": 5, "fünftes": 5, "sechstes": 6, "siebentes": 7, "siebtes": 7, "achtes": 8, "neuntes": 9, "zehntes": 10,
	"primero": 1, "segundo": 2, "tercero": 3, "cuarto": 4, "quinto": 5, "primo": 1, "secondo": 2, "terzo": 3,
	"первая": 1, "вторая": 2, "третья": 3, "четвёртая": 4, "четвертая": 4, "пятая": 5, "шестая": 6, "седьмая": 7, "восьмая": 8, "девятая": 9, "десятая": 10,
	"πρώτο": 1, "δεύτερο": 2, "τρίτο": 3, "τέταρτο": 4, "πέμπτο": 5, "έκτο": 6, "έβδομο": 7, "όγδοο": 8, "ένατο": 9, "δέκατο": 10, "πρῶτον": 1, "δεύτερον": 2, "τρίτον": 3, "τέταρτον": 4, "πέμπτον": 5,
	"الأول": 1, "الثاني": 2, "الثالث": 3, "الرابع": 4, "الخامس": 5, "السادس": 6, "السابع": 7, "الثامن": 8, "التاسع": 9, "العاشر": 10,
	"первый": 1, "второй": 2, "третий": 3, "premier": 1, "première": 1, "deuxième": 2, "troisième": 3, "primera": 1, "segunda": 2, "tercera": 3,
}

// genericTitles name sections that stand beside the numbered ones.
const genericTitles = " preface foreword introduction prologue epilogue conclusion conclusions afterword postscript abstract summary acknowledgements acknowledgments acknowledgement " +
	"bibliography references glossary index notes footnotes endnotes appendix appendices dedication argument " +
	"vorwort einleitung nachwort schluss anmerkungen literatur préface avant-propos introducción prólogo epílogo conclusión conclusione prefazione "

// romanValue is the value of a roman number, 0 if it is none.
func romanValue(s string) int {
	if len(s) > 14 {
		return 0
	}
	total, before := 0, 0
	for i := len(s) - 1; i >= 0; i-- {
		v := romanDigit(s[i])
		if v == 0 {
			return 0
		}
		if v < before {
			total -= v
		} else {
			total, before = total+v, v
		}
	}
	if s = strings.ToUpper(s); total > 399 || toRoman(total) != s && s != "IIII" && s != "VIIII" {
		return 0
	}
	return total
}

func romanDigit(c byte) int {
	switch c {
	case 'I', 'i':
		return 1
	case 'V', 'v':
		return 5
	case 'X', 'x':
		return 10
	case 'L', 'l':
		return 50
	case 'C', 'c':
		return 100
	case 'D', 'd':
		return 500
	case 'M', 'm':
		return 1000
	}
	return 0
}

func toRoman(n int) string {
	var b strings.Builder
	for _, r := range [...]struct {
		v int
		s string
	}{{100, "C"}, {90, "XC"}, {50, "L"}, {40, "XL"}, {10, "X"}, {9, "IX"}, {5, "V"}, {4, "IV"}, {1, "I"}} {
		for n >= r.v {
			b.WriteString(r.s)
			n -= r.v
		}
	}
	return b.String()
}

// number reads one number of a label.
func number(s string) (style string, value int, other label2, ok bool) {
	if s == "" || len(s) > 14 {
		return "", 0, label2{}, false
	}
	if s[0] >= '0' && s[0] <= '9' {
		if n, err := strconv.Atoi(s); err == nil && len(s) <= 3 {
			return "1", n, label2{}, true
		}
	}
	if strings.Trim(s, "0123456789.") == "" && strings.Contains(s, ".") && s[0] != '.' && !strings.Contains(s, "..") {
		s = strings.TrimSuffix(s, ".")
		n, err := strconv.Atoi(s[strings.LastIndexByte(s, '.')+1:])
		return "1" + strings.Repeat(".1", strings.Count(s, ".")), n, label2{}, err == nil && n < 200
	}
	if len(s) > 2 && s[0] >= 'A' && s[0] <= 'Z' && s[1] == '.' && strings.Trim(s[1:], "0123456789.") == "" && !strings.Contains(s, "..") {
		if s = strings.TrimSuffix(s, "."); strings.Contains(s, ".") {
			n, err := strconv.Atoi(s[strings.LastIndexByte(s, '.')+1:])
			return "A" + strings.Repeat(".1", strings.Count(s, ".")), n, label2{}, err == nil && n < 200
		}
	}
	if n := romanValue(s); n > 0 && (s == strings.ToUpper(s) || s == strings.ToLower(s)) {
		style := "I"
		if unicode.IsLower(rune(s[0])) {
			style = "i"
		}
		if len(s) == 1 {
			st, v := letter(s[0])
			other = label2{st, v}
		}
		return style, n, other, true
	}
	if n := greekValue(s); n > 0 {
		return "Α", n, label2{}, true
	}
	if len(s) == 1 && (s[0] >= 'A' && s[0] <= 'Z' || s[0] >= 'a' && s[0] <= 'z') {
		st, v := letter(s[0])
		return st, v, label2{}, true
	}
	return "", 0, label2{}, false
}

// greekValue is the value of a Greek number up to 19 with its sign: "Β΄", "ιγʹ".
func greekValue(s string) int {
	body := strings.TrimRight(s, "΄ʹ´'’")
	if body == s || body == "" {
		return 0
	}
	total := 0
	for _, r := range strings.NewReplacer("ΣΤ", "Ϛ", "στ", "ϛ").Replace(body) {
		i := strings.IndexRune("ΑΒΓΔΕϚΖΗΘΙ", unicode.ToUpper(r))
		if i < 0 {
			return 0
		}
		total += utf8.RuneCountInString("ΑΒΓΔΕϚΖΗΘΙ"[:i]) + 1
	}
	return total
}

func letter(c byte) (string, int) {
	if c >= 'a' {
		return "a", int(c-'a') + 1
	}
	return "A", int(c-'A') + 1
}

// readLabel reads the label of a heading: "II: …", "3. …", "4.2 …", "iv",
// "Chapter I. …", "Appendix: …", "XXIII/XXIV. …", "§ 3 …".
func readLabel(s string) (label, bool) {
	if l, ok := hanLabel(s); ok {
		return l, true
	}
	if strings.HasPrefix(s, "§") {
		s = "§ " + strings.TrimLeft(s[len("§"):], "§ ")
	}
	first, rest, _ := strings.Cut(s, " ")
	word := strings.ToLower(strings.TrimRight(first, ".:,"))
	if kind, ok := sectionWords[word]; ok {
		return wordLabel(kind, first, strings.TrimSpace(rest))
	}
	// "THE FIRST BOOK" is left to the words; "FIRST PART" is a label.
	if v := spelled[word]; v > 0 {
		next, title, _ := strings.Cut(rest, " ")
		if kind, ok := sectionWords[strings.ToLower(strings.TrimRight(next, ".:"))]; ok {
			return label{labels: []string{first}, style: kind + " word", value: v, last: v, title: trimSeparator(title), word: kind}, true
		}
		return label{}, false
	}
	if len(first) < 40 && strings.Contains(first, ".") {
		if num, title := tiedTitle(first, rest); strings.HasSuffix(num, ".") {
			first, rest = num, trimSeparator(title)
		}
	}
	body := strings.TrimRight(first, ".:)—–")
	sep := first[len(body):]
	open := strings.HasPrefix(body, "(") && strings.HasPrefix(sep, ")")
	if open {
		body = body[1:]
	}
	// A combined label: "23/24", "XXIII & XXIV".
	second := ""
	if a, b, ok := strings.Cut(body, "/"); ok {
		body, second = a, b
	} else if next := strings.TrimLeft(rest, " \t"); sep == "" && (strings.HasPrefix(next, "&") || strings.HasPrefix(next, "and") || strings.HasPrefix(next, "/")) {
		if f := strings.Fields(rest); len(f) >= 2 && (f[0] == "&" || f[0] == "and" || f[0] == "/") {
			b := strings.TrimRight(f[1], ".:)")
			if st, _, _, ok := number(b); ok {
				if st1, _, _, ok1 := number(body); ok1 && st1 == st && f[1] != b {
					second, sep, rest = b, f[1][len(b):], strings.Join(f[2:], " ")
				}
			}
		}
	}
	style, value, other, ok := number(body)
	if !ok {
		return label{}, false
	}
	l := label{labels: []string{body}, style: style, value: value, last: value, other: other, title: strings.TrimSpace(rest)}
	if second != "" {
		st, v, _, ok := number(second)
		if !ok || st != style {
			return label{}, false
		}
		l.labels, l.last = append(l.labels, second), v
	}
	if strings.HasPrefix(l.title, "— ") || strings.HasPrefix(l.title, "– ") || strings.HasPrefix(l.title, "- ") {
		sep, l.title = "—", trimSeparator(l.title)
	}
	switch {
	case sep != "" || l.title == "":
	case strings.Contains(style, "."): // "4.2 Title" needs no mark
	case style == "1" && value < 100 && unicode.IsUpper(firstLetter(l.title)): // nor does "4 Title", if others go with it
		l.style = "1 bare"
	default:
		return label{}, false
	}
	return l, true
}

// wordLabel reads what follows "Chapter", "Part", "Appendix".
func wordLabel(kind, first, rest string) (label, bool) {
	num, title, _ := strings.Cut(rest, " ")
	// "LETTER THE FIRST"; "Letter the first of them" is a sentence.
	ordinal := false
	if strings.EqualFold(num, "the") && unicode.IsUpper(firstRune(first)) {
		next, after, _ := strings.Cut(title, " ")
		if o := strings.ToLower(strings.TrimRight(next, ".:,—–-")); spelled[o] > 0 && (strings.HasSuffix(o, "st") || strings.HasSuffix(o, "nd") || strings.HasSuffix(o, "rd") || strings.HasSuffix(o, "th")) {
			num, title, ordinal = next, after, true
		}
	}
	num, title = tiedTitle(num, title)
	body := strings.TrimRight(num, ".:,)—–-")
	style, value, _, ok := number(body)
	if n, err := strconv.Atoi(body); err == nil && len(body) == 4 && body[0] != '0' {
		style, value, ok = "1", n, true // after a word it is no year
	}
	suffix := false
	if n := len(body); !ok && n > 1 && n < 5 && body[n-1] >= 'a' && body[n-1] <= 'h' { // "Article 2a", put in after 2
		if v, err := strconv.Atoi(body[:n-1]); err == nil && v > 0 {
			style, value, ok, suffix = "1", v, true, true
		}
	}
	if ok && len(body) == 1 && unicode.IsLower(rune(body[0])) && style != "1" {
		ok = false // "Part a way through"
	}
	if !ok {
		if v := spelled[strings.ToLower(body)]; v > 0 && (ordinal || kind != "letter" && kind != "act") {
			style, value, ok = "word", v, true
		}
	}
	if ok {
		name := body
		if kind == "appendix" {
			name = strings.TrimRight(first, ".:") + " " + body
		}
		if kind == "§" && style != "1" {
			return label{}, false
		}
		// "Part two of the plan" is a sentence, "Part Two" and "Part Two. The plan" are not.
		t := trimSeparator(title)
		if body == num && t == title && unicode.IsLower(firstLetter(t)) {
			return label{}, false
		}
		return label{labels: []string{name}, style: kind + " " + style, value: value, last: value, title: t, word: kind, inserted: suffix}, true
	}
	if kind == "appendix" && (rest == "" || strings.HasSuffix(first, ":") || strings.HasSuffix(first, ".")) {
		return label{labels: []string{strings.TrimRight(first, ".:")}, style: "appendix", value: 1, last: 1, title: rest, word: kind}, true
	}
	return label{}, false
}

// tiedTitle parts a number from the title that dashes tie to it: "1.--A room".
func tiedTitle(num, title string) (string, string) {
	for _, dash := range [...]string{"--", "—"} {
		if i := strings.Index(num, dash); i > 0 && hasLetter(num[i:]) {
			return num[:i], strings.TrimSpace(num[i:] + " " + title)
		}
	}
	return num, title
}

func trimSeparator(s string) string {
	return strings.TrimSpace(strings.TrimLeft(s, ".:—–- "))
}

// splitLabel takes the label off a heading whose level is known without it.
func splitLabel(s string) (labels []string, title string) {
	l, ok := readLabel(s)
	if !ok || l.style == "1 bare" && utf8.RuneCountInString(s) > 60 {
		return nil, s
	}
	return l.labels, l.title
}

// isGeneric reports whether a title is one that sections beside the numbered
// ones bear.
func isGeneric(s string) bool {
	s = closedUp(s)
	return listed(genericTitles, strings.ToLower(strings.TrimRight(s, ".:"))) || len(s) < 60 && castTitle.MatchString(s)
}

// closedUp is "PREFACE" for "P R E F A C E".
func closedUp(s string) string {
	if len(s) < 5 || len(s) > 80 || s[1] != ' ' || s[3] != ' ' {
		return s
	}
	for w := range strings.FieldsSeq(s) {
		if len(w) > 1 && utf8.RuneCountInString(w) > 1 {
			return s
		}
	}
	return strings.ReplaceAll(s, " ", "")
}
