package search

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func words(s string) []string {
	var out []string
	tokenize(s, func(t token) { out = append(out, t.text) })
	return out
}

func TestTokens(t *testing.T) {
	tests := []struct{ text, want string }{
		{"The Red Army's morale, in 1941.", "the red army s morale in 1941"},
		{"don’t l’État", "don t l etat"},
		{"working-class", "working class"},
		{"revolu\u00adtion zero\u200bwidth", "revolution zerowidth"},
		{"ﬁnal oﬃce ｆｕｌｌ", "final office full"},
		{"Łódź Ærø Straße Øre İstanbul ısı", "lodz aero strasse ore istanbul isi"},
		{"ΟΔΥΣΣΕΎΣ ὁδός", "οδυσσευσ οδοσ"},
		{"Ёлка", "елка"},
		{"morale.² note[3] ①", "morale note 3"},
		{"naïve cafe\u0301", "naive cafe"},
		{"한국어 책", "한국어 책"},
		{"שָׁלוֹם كِتَابٌ", "שלום كتاب"},
		{"हिन्दी", "हिन्दी"},
		{"革命党", "革命 命党 党"},
		{"党", "党"},
		{"第3章", "第 3 章"},
		{"ﾊﾟｰﾃｨ", "パー ーテ ティ ィ"},
		{"パーティ", "パー ーテ ティ ィ"},
		{"ไทย", "ไท ทย ย"},
		{"snake_case a.b c/d", "snake case a b c d"},
		{"— … * \" ' ( ) ☃", ""},
	}
	for _, tt := range tests {
		if got := strings.Join(words(tt.text), " "); got != tt.want {
			t.Errorf("%q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestALongTokenIsCut(t *testing.T) {
	for _, letter := range []string{"a", "é", "ж"} {
		got := words(strings.Repeat(letter, 100_000))
		if len(got) != 1 || len(got[0]) > 2*maxToken || !utf8.ValidString(got[0]) {
			t.Errorf("%q: %d tokens", letter, len(got))
		}
	}
}

func FuzzTokenize(f *testing.F) {
	for _, s := range []string{"", "The Red Army", "革命党は、第3章", "e\u0301\u0301\u0301", "ﬁ\u00adn", "\xff\xfe", "กำ", "ﷺ", "가각힣", "ゞ゛"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, end := 0, 0
		tokenize(s, func(tok token) {
			if tok.start < at || tok.end > len(s) || tok.start >= tok.end || tok.mid != 0 && (tok.mid < tok.start || tok.mid > tok.end) {
				t.Errorf("%q: token %+v after %d", s, tok, at)
			}
			if !tok.dense && tok.start < end {
				t.Errorf("%q: words overlap: %+v", s, tok)
			}
			at, end = tok.start, tok.end
			if tok.text == "" || !utf8.ValidString(tok.text) {
				t.Errorf("%q: token %q", s, tok.text)
			}
			// Signs are no part of words.
			if i := strings.IndexFunc(tok.text, func(r rune) bool {
				return r < utf8.RuneSelf && !unicode.IsLower(r) && !unicode.IsDigit(r)
			}); i >= 0 {
				t.Errorf("%q: %q is more than a word", s, tok.text)
			}
		})
		// A word that was folded is folded.
		tokenize(s, func(tok token) {
			w := tok.text
			if tok.dense {
				return
			}
			if again := words(w); len(w) < maxToken && (len(again) == 0 || !slices.Contains(again, w)) {
				t.Errorf("%q: %q becomes %q", s, w, again)
			}
		})
	})
}
