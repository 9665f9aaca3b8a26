package importer_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"

	"lectern/library"
	"lectern/library/importer"
)

// A text that was changed to UTF-8 twice is doubted; one in any language is not.
func TestEncodedTwice(t *testing.T) {
	const french, russian = "Le café était fermé, déjà la veille; l’élève n’y alla pas.\n", "Вопрос стоял так: кто будет вести счёт.\n"
	twice := func(s string) string {
		var b strings.Builder
		for _, c := range []byte(s) {
			r := charmap.Windows1252.DecodeByte(c)
			if r == '\uFFFD' {
				r = rune(c)
			}
			b.WriteRune(r)
		}
		return b.String()
	}
	for s, want := range map[string]bool{
		french: false, twice(french): true, russian: false, twice(russian): true, "A text.\n": false,
		"Größe, Übermut, Çelik, naïveté: “so” – and ½ of it.\n": false, "ÃO É NÃO, DIZ ELE; SÃO PÃES.\n": false, "Ñandú y año.\n": false,
	} {
		w, err := importer.Read(t.Context(), "x.txt", strings.NewReader(s), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.ContainsFunc(w.Warnings, func(x library.Warning) bool { return x.Code == "broken_characters" }); got != want {
			t.Errorf("%q: %v", s, w.Warnings)
		}
	}
}
