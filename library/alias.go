package library

import (
	"strconv"
	"strings"
	"unicode"
)

// SuggestAlias is a short name for a work that nobody has named: its author's
// last name, or the first word of its title that says something. taken tells
// which names are in use.
func SuggestAlias(m *Meta, taken func(string) bool) string {
	var tries []string
	if author := strings.Fields(Fold(m.Author)); len(author) > 0 && len(author) < 5 {
		tries = append(tries, author[len(author)-1])
	}
	for w := range strings.FieldsSeq(Fold(m.Title)) {
		if len([]rune(w)) > 3 && !dull[w] {
			tries = append(tries, w)
		}
	}
	tries = append(tries, strings.ReplaceAll(Fold(m.Title), " ", "-"), "work")
	for _, t := range tries {
		if t != "" && len(t) <= 32 && strings.IndexFunc(t, unicode.IsLetter) >= 0 && !taken(t) { // figures alone name a passage
			return t
		}
	}
	for n := 2; ; n++ {
		if t := tries[0] + strconv.Itoa(n); !taken(t) && strings.IndexFunc(t, unicode.IsLetter) >= 0 {
			return t
		}
		if t := "work" + strconv.Itoa(n); !taken(t) {
			return t
		}
	}
}

var dull = map[string]bool{"with": true, "from": true, "that": true, "this": true, "what": true, "when": true, "about": true, "into": true, "upon": true, "over": true, "and": true, "the": true, "part": true, "chapter": true, "introduction": true}
