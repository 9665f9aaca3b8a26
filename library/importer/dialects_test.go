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

// What Obsidian adds: callouts are quotations with a title, remarks and marks of
// places are left out.
func TestMarkdownOfObsidian(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader("---\ntitle: Of Lamps\nauthors: [Ada Lowell, \"Ben Ash\"]\ntags:\n  - oil\n---\n\n"+
		"Oil is bought on Mondays. ^oil\n\n> [!warning]- Mind the wick\n> It smokes.\n\n> [!tip]\n> Trim it.\n\nBefore %%not for print%% and after.\n\n%%\nA remark -- of\nmany lines.\n%%\n\nAs [[Lamps#Oil|the page on oil]] has it.\n\n`a %% b ^[c]`\n"), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Title != "Of Lamps" || w.Author != "Ada Lowell, Ben Ash" {
		t.Errorf("title %q, author %q", w.Title, w.Author)
	}
	var got []string
	for i := range w.Passages {
		got = append(got, string(w.Passages[i].Kind)+": "+w.Passages[i].Text)
	}
	same(t, "passages", got, []string{
		"paragraph: Oil is bought on Mondays.",
		"quotation: **Mind the wick**", "quotation: It smokes.",
		"quotation: **Tip**", "quotation: Trim it.",
		"paragraph: Before and after.",
		"paragraph: As the page on oil has it.",
		"paragraph: `a %% b ^[c]`",
	})
	var left []string
	for _, x := range w.LeftOut {
		left = append(left, x.Text)
	}
	if all := strings.Join(left, " "); !strings.Contains(all, "^oil") || !strings.Contains(all, "not for print") || !strings.Contains(all, "many lines") {
		t.Errorf("left out: %q", left)
	}
}

// What a head says in the parts of YAML that people use.
func TestMarkdownHeads(t *testing.T) {
	for _, c := range []struct{ name, head, title, subtitle, author, date string }{
		{"Pandoc's, several authors", "title: \"Of Lamps: a book\"\nauthor:\n- Ada Lowell\n- Ben Ash\ndate: May 1881\n...", "Of Lamps: a book", "", "Ada Lowell, Ben Ash", "May 1881"},
		{"authors with more about them", "title: Of Lamps\nauthor:\n  - name: Ada Lowell\n    affiliation: The Guild\n  - name: Ben Ash\n---", "Of Lamps", "", "Ada Lowell, Ben Ash", ""},
		{"titles by type", "title:\n- type: main\n  text: Of Lamps\n- type: subtitle\n  text: and of oil\ncreator:\n- role: author\n  text: Ada Lowell\n---", "Of Lamps", "and of oil", "Ada Lowell", ""},
		{"a text of several lines", "title: Of Lamps\nabstract: |\n  Of oil: much.\n  And of wicks.\ndate: 1881 # a guess\n---", "Of Lamps", "", "", "1881 # a guess"},
		{"an author in braces", "title: Of Lamps\nauthor: {name: Ada Lowell, affiliation: The Guild}\n---", "Of Lamps", "", "Ada Lowell", ""},
		{"authors in braces", "title: Of Lamps\nauthor:\n- {affiliation: The Guild, name: \"Ada Lowell\"}\n- {name: Ben Ash}\n---", "Of Lamps", "", "Ada Lowell, Ben Ash", ""},
		{"a comment", "# made by hand\ntitle: 'Of Lamps'\n---", "Of Lamps", "", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), "x.md", strings.NewReader("---\n"+c.head+"\n\nOil is bought on Mondays.\n"), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if w.Title != c.title || w.Subtitle != c.subtitle || w.Author != c.author || w.Date != c.date || len(w.Passages) != 1 {
				t.Errorf("title %q, subtitle %q, author %q, date %q, %d passages", w.Title, w.Subtitle, w.Author, w.Date, len(w.Passages))
			}
		})
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
