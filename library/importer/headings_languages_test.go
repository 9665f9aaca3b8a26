package importer_test

import (
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// Headings can be cited as they are shown, and by their numbers, whatever language
// they are in and however their numbers are written.
func TestHeadingsAsTheyAreShown(t *testing.T) {
	for _, c := range []struct {
		first, second string
		cited         []string // the second
	}{
		{"Chapter One. Oil", "Chapter Two. Wicks", []string{"Chapter Two", "chapter 2", "ch. 2", "second chapter", "Wicks"}},
		{"Глава 1. Масло", "Глава 2. Фитиль", []string{"Глава 2", "глава 2. Фитиль", "гл. 2", "Фитиль"}},
		{"Глава первая", "Глава вторая", []string{"Глава вторая", "Глава 2", "ch. 2"}},
		{"Часть I", "Часть II", []string{"Часть II", "часть 2"}},
		{"Κεφάλαιο 1: Το λάδι", "Κεφάλαιο 2: Το φιτίλι", []string{"Κεφάλαιο 2", "Κεφ. 2", "φιτίλι"}},
		{"Βιβλίο πρώτο", "Βιβλίο δεύτερο", []string{"Βιβλίο δεύτερο", "Βιβλίο 2"}},
		{"الفصل الأول", "الفصل الثاني", []string{"الفصل الثاني", "الفصل 2"}},
		{"الفصل 1", "الفصل 2", []string{"الفصل 2"}},
		{"第一章 灯", "第二章 油", []string{"第二章", "第二章 油", "油", "ch. 2"}},
		{"第1章 灯", "第2章 油", []string{"第2章", "第２章", "第2章 油", "油", "ch. 2"}},
		{"第１章　灯", "第２章　油", []string{"第2章", "第２章", "第２章　油", "油", "ch. 2"}},
		{"第1章", "第2章", []string{"第2章", "第２章", "ch. 2"}},
		{"第十一章 灯", "第十二章 油", []string{"第十二章", "第十二章 油", "ch. 12"}},
		{"第百二十章　灯", "第百二十一章　油", []string{"第百二十一章", "ch. 121"}},
		{"第二〇章 灯", "第二一章 油", []string{"第二一章", "ch. 21"}},
		{"제1장 등불", "제2장 기름", []string{"제2장", "기름", "ch. 2"}},
	} {
		page := "<html><head><title>x y z</title></head><body><h1>x y z</h1><h2>" + c.first + "</h2><p>One lamp.</p><p>Another.</p><h2>" + c.second + "</h2><p>The third of them.</p></body></html>"
		w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		w.Aliases = []string{"w"}
		shelf := library.NewShelf([]*library.Outline{library.NewOutline(w)})
		for _, s := range c.cited {
			ref, err := shelf.Resolve("w "+s, library.Context{})
			if err != nil {
				t.Errorf("%s: %v", s, err)
			} else if p := ref.Passages(); len(p) != 1 || w.Passages[p[0]].Text != "The third of them." {
				t.Errorf("%s is %v", s, p)
			}
		}
	}
}
