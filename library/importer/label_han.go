package importer

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// hanUnits are what East Asian headings count: 第二章, 第3節, 第一卷.
var hanUnits = map[rune]string{
	'章': "chapter", '回': "chapter", '話': "chapter", '话': "chapter", '課': "lesson", '课': "lesson", '講': "lecture", '讲': "lecture", '信': "letter",
	'部': "part", '編': "part", '编': "part", '篇': "part", '卷': "book", '巻': "book", '冊': "volume", '册': "volume", '節': "section", '节': "section",
	'幕': "act", '場': "scene", '场': "scene", '条': "article", '條': "article", '장': "chapter", '부': "part", '절': "section", '편': "part", '권': "book", '조': "article",
}

// hanLabel reads the label of a heading that begins with 第: "第二章 油", "第12章",
// and what Korean makes of it, "제2장".
func hanLabel(s string) (label, bool) {
	r, n := utf8.DecodeRuneInString(s)
	if r != '第' && r != '제' {
		return label{}, false
	}
	rest := strings.TrimLeft(s[n:], " \u3000")
	end := strings.IndexFunc(rest, func(r rune) bool { return hanUnits[r] != "" })
	if end <= 0 || end > 24 {
		return label{}, false
	}
	value := hanNumber(strings.TrimSpace(rest[:end]))
	unit, n := utf8.DecodeRuneInString(rest[end:])
	if value < 1 || value > 9999 {
		return label{}, false
	}
	after := rest[end+n:]
	title := strings.TrimLeft(after, " \u3000:：.．、・—–-")
	// "第二章では…" is a sentence: a title stands apart from its label.
	if title != "" && title == after {
		return label{}, false
	}
	// The whole is what it is called: 第二章 is one word.
	return label{labels: []string{strconv.Itoa(value)}, style: hanUnits[unit] + " 第", value: value, last: value, title: s, word: hanUnits[unit]}, true
}

// hanNumber is the value of a number in Chinese characters or in figures, full-width
// ones too; 0 for what is none.
func hanNumber(s string) int {
	s = norm.NFKC.String(s)
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	total, digit, plain := 0, 0, true
	for _, r := range s {
		switch {
		case r == '〇' || r == '零':
			digit *= 10
		case strings.ContainsRune("一二三四五六七八九", r):
			d := strings.IndexRune("一二三四五六七八九", r)/len("一") + 1
			if plain { // figure by figure, 二一
				digit = 10*digit + d
			} else {
				digit = d
			}
		case strings.ContainsRune("十百千", r):
			unit := 10
			for range strings.IndexRune("十百千", r) / len("十") {
				unit *= 10
			}
			total += max(digit, 1) * unit
			digit, plain = 0, false
		case r == '廿':
			total, plain = total+20, false
		case r == '卅':
			total, plain = total+30, false
		default:
			return 0
		}
		if digit > 9999 || total > 99999 {
			return 0
		}
	}
	return total + digit
}
