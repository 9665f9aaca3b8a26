package library_test

import (
	"fmt"
	"testing"

	"lectern/library"
)

// fiveHundred is a shelf of 500 works: the made-up ones again and again, with
// an alias, a title and an author of their own.
func fiveHundred() *library.Shelf {
	var all []*library.Outline
	for i := 0; len(all) < 500; i++ {
		made := works()
		for _, e := range made.Works() {
			if len(all) == 500 {
				break
			}
			o, _ := made.Outline(e) // it is in memory
			o.ID = library.WorkID(len(all) + 1)
			if i > 0 {
				o.Aliases = []string{fmt.Sprintf("%s-%s", o.Alias(), nth(i))}
				o.Title += " in the " + nth(i) + " edition"
				o.Author = "Editor " + nth(i)
			}
			o.Index()
			all = append(all, o)
		}
	}
	return library.NewShelf(all)
}

// nth is a word of its own for each small number.
func nth(i int) string {
	return string([]byte{'q' - byte(i%13), 'a' + byte(i%5), 'z' - byte(i/13), 'o'})
}

// What a room types, in the shares in which rooms type it: most by alias and
// number, some by section, some by title, some mistaken.
var benchCitations = []struct {
	name string
	in   []string
}{
	{"number", []string{"capital 3", "war 7", "deep 12", "capital2 5-7", "wap 3, 7", "republic-" + nth(7) + " 514a"}},
	{"section", []string{"capital ch. 5", "deep 1.A.i", "capital II.5", "capital part two ch 5", "deep 2.B 3", "prestup часть вторая 2"}},
	{"verse", []string{"john 3:16", "john 3:16-18", "john 4:2, 7", "republic 514a-b", "iliad 1.6", "jude 3"}},
	{"title", []string{"war and peace 3", "The Republic, 515c", "holm, capital revisited 3", "论语 学而 2", "warriors of the steppe 3", "deep the second part"}},
	{"mistake", []string{"capital 90", "deep A", "wpa 3", "john 3:90", "nobody 3", "deep banana"}},
}

func BenchmarkResolve(b *testing.B) {
	shelf := fiveHundred()
	resolve := func(b *testing.B, in []string) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			_, _ = shelf.Resolve(in[i%len(in)], library.Context{})
		}
		b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "citations/s")
	}
	var mixed []string
	for i := range benchCitations {
		share := []int{10, 4, 3, 2, 1}[i]
		for k := range share {
			mixed = append(mixed, benchCitations[i].in[k%len(benchCitations[i].in)])
		}
		b.Run(benchCitations[i].name, func(b *testing.B) { resolve(b, benchCitations[i].in) })
	}
	b.Run("mixed", func(b *testing.B) { resolve(b, mixed) })
}
