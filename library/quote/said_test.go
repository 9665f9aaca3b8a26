package quote

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// What a message quotes, by its marks. The first reading is the likeliest; "" is none
// at all.
func TestReadings(t *testing.T) {
	for _, c := range []struct{ name, message, want string }{
		{"one quotation", "The keeper wrote down every ship", ""},
		{"in marks", "“The keeper wrote down every ship”", ""},
		{"every line of it marked", "> The keeper wrote\n> down every ship", ""},
		{"within a sentence", "As Vera wrote: \"the keeper wrote down every ship\". Did she?", "the keeper wrote down every ship"},
		{"two", "“The keeper wrote down every ship” and «nobody had asked him to»", "The keeper wrote down every ship|nobody had asked him to"},
		{"German marks", "Sie schrieb: „The keeper wrote down every ship“, glaube ich.", "The keeper wrote down every ship"},
		{"not closed", "Vera wrote: “The keeper wrote down every ship", "The keeper wrote down every ship"},
		{"Japanese marks", "これは「灯台守は四十年のあいだ」という", "灯台守は四十年のあいだ"},
		{"most of it", `who said "full book"?`, "full book"},
		{"a phrase in marks", "The keeper wrote down every ship, \"for the sake of order\", that passed the light in all those years", ""},
		{"a word in marks", `The keeper wrote down every "ship" that passed, its colours and its hour`, ""},
		{"marked lines", "Look at this:\n> The keeper wrote\n> down every ship\n\nIs it so?", "The keeper wrote\ndown every ship"},
		{"whose words", "The keeper wrote down every ship. — Vera Holm, Diary", "The keeper wrote down every ship."},
		{"on a line", "The keeper wrote down every ship.\n- Vera Holm", "The keeper wrote down every ship."},
		{"signed", "The keeper wrote down every ship.\nVera Holm", "The keeper wrote down every ship."},
		{"a line of verse", "The keeper wrote down every ship\nAnd every boat", ""},
		{"with an address", "The keeper wrote down every ship https://example.org/a", "The keeper wrote down every ship"},
		{"asked about", "In which chapter does she call it \"a full book\"?", "a full book"},
		{"a short one among several", "“full book” and “nobody had asked him to”", "full book|nobody had asked him to"},
		{"in brackets", "The keeper wrote down every ship (Holm, 1931, p. 7)", "The keeper wrote down every ship"},
		{"brackets of its own", "The keeper wrote down every ship (and every boat)", ""},
		{"a dash of its own", "The keeper wrote down every ship – and every boat", ""},
		{"introduced", "Vera Holm: the keeper wrote down every ship that passed", "the keeper wrote down every ship that passed"},
		{"a colon of its own", "Vera Holm: for the sake of peace", ""},
		{"introduced, and whose", "From the diary: “the keeper wrote down every ship.” — Vera", "the keeper wrote down every ship."},
		{"paragraphs", "The keeper wrote down every ship\n\nNobody had asked him to do so", "The keeper wrote down every ship|Nobody had asked him to do so"},
		{"ellipses", "The keeper wrote down […] nobody had asked him to", "The keeper wrote down|nobody had asked him to"},
		{"sentences", "The keeper wrote down every ship. Nobody had asked him to.", "The keeper wrote down every ship.|Nobody had asked him to."},
	} {
		got := ""
		if all := Readings(c.message); len(all) > 0 {
			var out []string
			for _, s := range all[0].Stretches {
				out = append(out, strings.TrimSpace(s))
			}
			got = strings.Join(out, "|")
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if many := Readings(strings.Repeat("“the keeper wrote down” ", 500)); len(many) > 0 {
		t.Errorf("of 500 quotations: %d readings", len(many))
	}
}

// Words of the text are told whole: a place begins and ends with one, unless the
// quotation was cut within it.
func TestDifferencesByWords(t *testing.T) {
	f := shelf([]string{"Human beings make their own history, but not as they themselves will it.", "The answer came in spring; “We rest our hope on them,” he said, and nothing else."},
		[]string{"Men make their own history, but they do not make it just as they please; they do not make it alone."})
	for _, c := range []struct{ quote, want string }{
		{"Men make their own history, but not as they themselves will it", "[-Human -]{+Men+}[-beings -]make their own history, but not as they themselves will it"},
		{"uman beings make their own history, but not as they themselves wil", "uman beings make their own history, but not as they themselves wil"},
		{"The answer came in winter: “We rest our hope on them", "The answer came in [-spring; -]{+winter:+}“We rest our hope on them"},
		{"[Men make their own history](https://example.org/x), but they do not", "Men make their own history, but they do not"},
	} {
		var got []string
		for _, p := range find(t, f, c.quote).Places {
			got = append(got, strings.TrimSpace(marked(&p.Spots[0])))
		}
		if !slices.Equal(got, strings.Split(c.want, "|")) {
			t.Errorf("%s:\n got %q\nwant %q", c.quote, got, c.want)
		}
	}
}

func TestAlike(t *testing.T) {
	for _, c := range []struct {
		a, b  string
		wrong int
		alike bool
	}{
		{"The Post-War Wave", "“The post‐war wave”", 0, true}, {"The post-war wave", "The post war wawe", 1, true}, {"The wave", "The cave", 0, false}, {"The war", "The wax", 0, false},
		{"", "", 0, false}, {"The post-war wave", "The post-war wave of revolution", 0, false}, {"第二章", "第三章", 0, false},
	} {
		wrong, alike := Alike(c.a, c.b)
		if alike != c.alike || alike && wrong != c.wrong {
			t.Errorf("%q and %q: %d, %v", c.a, c.b, wrong, alike)
		}
	}
}

// FuzzReadings reads anything: stretches are words of the message, and few.
func FuzzReadings(f *testing.F) {
	for _, s := range []string{"", "“", "”“„“", `a "b c d e" f`, "> a\nb", "a: b c d e", "a b c d. — E", "a b c d … e f g h", "a b c d. e f g h.", "\xff\"\xfe", "「」『』", "x (y) [z]", "[a](b:c)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, r := range Readings(s) {
			if len(r.Stretches) == 0 || len(r.Stretches) > maxStretches {
				t.Fatalf("%d stretches of %q", len(r.Stretches), s)
			}
			for _, x := range r.Stretches {
				if !utf8.ValidString(x) || strings.IndexFunc(x, isLetter) < 0 || lettersIn(x) > lettersIn(strings.ToValidUTF8(s, " ")) {
					t.Fatalf("%q of %q", x, s)
				}
			}
		}
	})
}
