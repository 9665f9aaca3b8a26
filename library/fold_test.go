package library_test

import (
	"testing"

	"lectern/library"
)

func TestFold(t *testing.T) {
	for s, want := range map[string]string{
		"The Rise, of Stalinism!":         "the rise of stalinism",
		"Trotsky's, Trotsky’s":            "trotskys trotskys",
		"Das Haus an der Straße":          "das haus an der strasse",
		"STRAẞE":                          "strasse",
		"Søren Kierkegaard, Łódź":         "soren kierkegaard lodz",
		"Œuvres, Æsop, Þórr":              "oeuvres aesop thorr",
		"Zürich cafés, the oﬃce":          "zurich cafes the office",
		"Ὀδύσσεια, λόγος":                 "οδυσσεια λογοσ",
		"Ισταμπούλ, İstanbul, Diyarbakır": "ισταμπουλ istanbul diyarbakir",
		"第3章 革命":                          "第3章 革命",
	} {
		if got := library.Fold(s); got != want {
			t.Errorf("%s: %q, want %q", s, got, want)
		}
		if again := library.Fold(want); again != want {
			t.Errorf("%s: %q the second time", want, again)
		}
	}
}

// Who has no ß types ss, and the other way round.
func TestLettersThatAreSpelledOut(t *testing.T) {
	w := &library.Work{Meta: library.Meta{ID: 1, Aliases: []string{"haus"}, Title: "Das weiße Haus", Author: "Søren Weiß", Language: "de"},
		Sections: []library.Section{{Parent: -1, Depth: 1, Title: "Der Weg", Text: "Der Weg"}, {Parent: -1, Depth: 1, Title: "Die Straße", Text: "Die Straße"}},
		Passages: []library.Passage{{Kind: library.Paragraph, Text: "Eins."}, {Kind: library.Paragraph, Section: 1, Text: "Zwei."}}}
	w.Number()
	shelf := library.NewShelf([]*library.Outline{library.NewOutline(w)})
	for _, query := range []string{"haus strasse", "haus STRAẞE", "weisse haus straße", "das weiße haus 2", "weiss 2", "soren 2"} {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			t.Errorf("%s: %v", query, err)
		} else if got := ref.Canonical(); got != "haus 2" {
			t.Errorf("%s: %s", query, got)
		}
	}
}
