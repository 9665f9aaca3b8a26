package importer_test

import (
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func TestMarkdownOfOtherTools(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader("% Of Lamps\n% Ada Lowell; Ben Ash\n% May 1881\n\n# Oil\n\n"+
		"Oil is bought on Mondays^[Or on the day *after* them.] by [[The treasurer|whoever keeps the box]], as [[Rules]] has it.\n\n"+
		"> Mind the wick.\n\n```\nx^[2] = [[y]]\n```\n"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Title != "Of Lamps" || w.Author != "Ada Lowell, Ben Ash" || w.Date != "May 1881" {
		t.Errorf("title %q, author %q, date %q", w.Title, w.Author, w.Date)
	}
	var got []string
	for i := range w.Passages {
		got = append(got, string(w.Passages[i].Kind)+": "+w.Passages[i].Text)
	}
	same(t, "passages", got, []string{
		"paragraph: Oil is bought on Mondays[1] by whoever keeps the box, as Rules has it.",
		"quotation: Mind the wick.",
		"preformatted: x^[2] = [[y]]",
		"footnote: Or on the day *after* them.",
	})
	if len(w.Passages[0].Notes) != 1 {
		t.Error("the note is not tied to its call")
	}
}

// Pages in old encodings come in by what they declare.
func TestPagesInManyLanguages(t *testing.T) {
	for _, c := range []struct {
		name, lang, declared, title, text string
		as                                encoding.Encoding
	}{
		{"Chinese", "zh", "gb2312", "灯与书", "读书会每周二晚上在旧书店的后屋里聚会。", simplifiedchinese.GBK},
		{"Japanese", "ja", "shift_jis", "ランプの話", "読書会は毎週火曜日の夜に古本屋の奥の部屋で開かれる。", japanese.ShiftJIS},
		{"Russian", "ru", "windows-1251", "О лампах", "Кружок собирается по вторникам в задней комнате старой лавки.", charmap.Windows1251},
		{"Russian, KOI8", "ru", "koi8-r", "О лампах", "Кружок собирается по вторникам в задней комнате старой лавки.", charmap.KOI8R},
		{"Greek", "el", "iso-8859-7", "Περί λύχνων", "Η ομάδα συναντιέται κάθε Τρίτη στο πίσω δωμάτιο του μαγαζιού.", charmap.ISO8859_7},
		{"Arabic", "ar", "windows-1256", "عن المصابيح", "تجتمع المجموعة كل ثلاثاء في الغرفة الخلفية للدكان القديم.", charmap.Windows1256},
		{"Persian", "fa", "utf-8", "دربارهٔ چراغ\u200cها", "گروه هر سه\u200cشنبه در اتاق پشتی کتاب\u200cفروشی گرد هم می\u200cآید.", encoding.Nop},
		{"French, wrongly declared", "fr", "utf-8", "Des lampes", "Le cercle se réunit chaque mardi à la lumière d’une lampe fêlée.", charmap.Windows1252},
	} {
		t.Run(c.name, func(t *testing.T) {
			page := `<html lang="` + c.lang + `"><head><meta http-equiv="Content-Type" content="text/html; charset=` + c.declared + `"><title>` + c.title + `</title></head><body><h1>` + c.title + `</h1><p>` + c.text + `</p></body></html>`
			b, err := c.as.NewEncoder().String(page)
			if err != nil {
				t.Fatal(err)
			}
			w, err := importer.Read(t.Context(), "x.html", strings.NewReader(b), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			w.Aliases = []string{"lamps"}
			if w.Title != c.title || w.Language != c.lang || len(w.Passages) != 1 || !strings.HasPrefix(w.Passages[0].Text, c.text[:8]) {
				t.Errorf("title %q, language %q, %d passages: %q", w.Title, w.Language, len(w.Passages), w.Passages[0].Text)
			}
			if _, err := library.NewShelf([]*library.Outline{library.NewOutline(w)}).Resolve("lamps 1", library.Context{}); err != nil {
				t.Error(err)
			}
		})
	}
}
