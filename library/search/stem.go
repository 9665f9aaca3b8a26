package search

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
)

// A stemmer is one of Snowball's (https://snowballstem.org). It is given words
// that are folded, as the index has them, so it takes off a little less than it
// would with accents; what is compared has lost as much.
type stemmer func(*snowballstem.Env) bool

func (s stemmer) stem(word string) string {
	env := snowballstem.NewEnv(word)
	s(env)
	return env.Current()
}

// stemmerFor is the stemmer of a language, by its first subtag (BCP 47).
func stemmerFor(language string) (stemmer, bool) {
	base, _, _ := strings.Cut(strings.ToLower(language), "-")
	s, ok := map[string]stemmer{
		"ar": arabic.Stem, "da": danish.Stem, "de": german.Stem, "en": english.Stem, "es": spanish.Stem, "fi": finnish.Stem, "fr": french.Stem,
		"ga": irish.Stem, "hu": hungarian.Stem, "it": italian.Stem, "nb": norwegian.Stem, "nl": dutch.Stem, "nn": norwegian.Stem, "no": norwegian.Stem,
		"pt": portuguese.Stem, "ro": romanian.Stem, "ru": russian.Stem, "sv": swedish.Stem, "ta": tamil.Stem, "tr": turkish.Stem,
	}[base]
	return s, ok
}

// stems are the stems of a word in some languages.
type stems map[string]stemmer // by language

// of are the stems of a word, by language.
func (s stems) of(token string) map[string]string {
	out := map[string]string{}
	for lang, st := range s {
		out[lang] = st.stem(token)
	}
	return out
}

// A stemmed word is one that stands for all forms of it.
type forms struct {
	stems stems
	are   map[string]string // the stem by language
}

// has reports whether a token is one of the forms.
func (f *forms) has(token string) bool {
	for lang, st := range f.stems {
		if st.stem(token) == f.are[lang] {
			return true
		}
	}
	return false
}

// OtherForms is q with every form of its words, by the stems of some languages
// (BCP 47). It reports false where there is no other form to look for: no
// stemmer, or no word that is not a beginning or in a script without spaces.
func (q *Query) OtherForms(languages []string) (Query, bool) {
	all := stems{}
	for _, lang := range languages {
		base, _, _ := strings.Cut(strings.ToLower(lang), "-")
		if s, ok := stemmerFor(base); ok {
			all[base] = s
		}
	}
	out := *q
	out.marks, out.weights = nil, nil
	some := false
	if len(all) == 0 || q.tree == nil {
		return out, false
	}
	quiet := map[*phrase]bool{}
	for _, ph := range q.marks {
		quiet[ph] = true
	}
	var copied func(e *expr) *expr
	copied = func(e *expr) *expr {
		c := *e
		c.phrases, c.args = nil, nil
		for _, ph := range e.phrases {
			n := &phrase{raw: ph.raw}
			for i := range ph.words {
				if ph.possessive(i) { // as Snowball's stemmer of English has it, which is given whole words
					some = true
					continue
				}
				n.words = append(n.words, ph.words[i])
			}
			for i := range n.words {
				some = n.words[i].open(all) || some
			}
			c.phrases = append(c.phrases, n)
			if quiet[ph] {
				out.marks = append(out.marks, n)
			}
		}
		for _, a := range e.args {
			c.args = append(c.args, copied(a))
		}
		return &c
	}
	out.tree = copied(q.tree)
	return out, some
}

// open lets a word stand for all forms of it, if it has any that can be looked
// for: those begin as their stems do, but for the last letter, which some
// stemmers change ("happy", "happi").
func (w *word) open(all stems) bool {
	if r, _ := utf8.DecodeRuneInString(w.text); w.prefix || isDense(r) {
		return false
	}
	f := &forms{stems: all, are: all.of(w.text)}
	begin := w.text
	for _, lang := range slices.Sorted(maps.Keys(f.are)) {
		n := 0
		for stem := f.are[lang]; n < len(stem) && n < len(begin) && stem[n] == begin[n]; n++ {
		}
		begin = begin[:n]
	}
	for !utf8.ValidString(begin) {
		begin = begin[:len(begin)-1]
	}
	if utf8.RuneCountInString(begin) > 3 {
		_, n := utf8.DecodeLastRuneInString(begin)
		begin = begin[:len(begin)-n]
	}
	if utf8.RuneCountInString(begin) < 2 {
		return false
	}
	w.text, w.forms = begin, f
	return true
}
