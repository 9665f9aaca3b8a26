package library_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
)

func TestComplete(t *testing.T) {
	shelf := works()
	for _, c := range []struct{ in, want string }{
		// Works: by alias first, then by title and author.
		{"", "john, jude, bible"},
		{"cap", "capital, capital2"},
		{"wa", "war, wap, warrior"},
		{"tol", "wap"},
		{"war and p", "wap"},
		{"преступ", "prestup"},
		{"论", "lunyu"},
		{"zzz", ""},
		// Then sections, then ¶s.
		{"years ", "years §1, years §2, years 1, years 2"},
		{"capital ", "capital I, capital II, capital III"},
		{"capital II.", "capital II, capital II.4, capital II.5"},
		{"capital of matter 5", "capital II.5"},
		{"capital II.5 ", "capital 9, capital 10"},
		{"deep 1.A ", "deep 1.A.i, deep 1.A.ii, deep 1"},
		{"war 3", "war 3"},
		{"capital 1", "capital 1, capital 10, capital 11"},
		{"capital ¶", "capital 1, capital 2"},
		{"capital II.5 2", "capital 10"},
		{"john 3:16", "john 3:16"},
		{"prestup часть в", "prestup §2"},
	} {
		var got []string
		for _, x := range complete(t, shelf, c.in) {
			got = append(got, x.Value)
			if _, err := shelf.Resolve(x.Value, library.Context{}); err != nil {
				t.Errorf("%q offers %q, which does not resolve: %v", c.in, x.Value, err)
			}
		}
		if list := strings.Join(got, ", "); !strings.HasPrefix(list, c.want) || c.want == "" && list != "" {
			t.Errorf("%q offers %s, want %s first", c.in, list, c.want)
		}
	}
	if got := len(complete(t, fiveHundred(), "")); got != 25 {
		t.Errorf("%d completions of nothing, want 25", got)
	}
}

// FuzzComplete types nonsense: what is offered resolves.
func FuzzComplete(f *testing.F) {
	shelf := works()
	for in := range tableRows(f, "works.txt") {
		f.Add(in)
		f.Add(in[:len(in)/2])
	}
	f.Fuzz(func(t *testing.T, in string) {
		out := complete(t, shelf, in)
		if len(out) > 25 {
			t.Fatalf("%q: %d completions", in, len(out))
		}
		for _, x := range out {
			if _, err := shelf.Resolve(x.Value, library.Context{}); err != nil {
				t.Fatalf("%q offers %q, which does not resolve: %v", in, x.Value, err)
			}
		}
	})
}

// BenchmarkComplete types each citation of the table letter by letter, as
// somebody does, on a shelf of 500 works.
func BenchmarkComplete(b *testing.B) {
	shelf := fiveHundred()
	var keys []string
	for in := range tableRows(b, "works.txt") {
		r := []rune(in)
		for n := range r {
			keys = append(keys, string(r[:n+1]))
		}
	}
	b.Run(fmt.Sprintf("%d keys", len(keys)), func(b *testing.B) {
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			complete(b, shelf, keys[i%len(keys)])
		}
	})
}

func complete(t testing.TB, s *library.Shelf, prefix string) []library.Completion {
	t.Helper()
	out, err := s.Complete(prefix, 25)
	if err != nil {
		t.Fatal(err)
	}
	return out
}
