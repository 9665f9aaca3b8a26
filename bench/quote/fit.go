package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"lectern/library/quote"
)

func quantiles(d []time.Duration) (p50, p99 time.Duration) {
	slices.Sort(d)
	return d[len(d)/2], d[len(d)*99/100]
}

// manuals are the documents of some packages, each as one work of a size.
func manuals(dir string, size int, names ...string) ([]text, error) {
	var out []text
	seen := map[string]bool{}
	for _, name := range names {
		docs, err := documentsOf(dir, name)
		if err != nil {
			return nil, err
		}
		t := text{name: name}
		got := 0
		for _, d := range docs {
			ps, err := plain(d)
			if err != nil {
				return nil, err
			}
			for _, p := range ps {
				if len(p) < 120 || seen[p] || got >= size || !sentence(p[:min(len(p), 580)]+".") {
					continue
				}
				seen[p] = true
				t.passages = append(t.passages, p)
				got += len(p)
			}
		}
		if got > min(size, 200_000)/4 {
			out = append(out, t)
		}
	}
	return out, nil
}

// documentsOf are the documents of a folder, or those whose names begin with it.
func documentsOf(dir, name string) ([]string, error) {
	if strings.Contains(name, "/") {
		return filepath.Glob(filepath.Join(dir, name) + "*.html")
	}
	return documents(filepath.Join(dir, name))
}

// book is where the long text is that the rule is fitted on.
const book = "anarchism/usr/share/doc/anarchism/html/"

// A shelfOf is what a shelf for fitting is made of: works and their sizes in bytes.
type shelfOf struct {
	names []string
	sizes []int
}

// shelves are those that the rule is fitted on. None has a text that is reported.
func shelves() []shelfOf {
	const k = 1000
	sections := []string{"secA", "secB", "secC", "secD", "secE", "secF", "secG", "secH", "secI", "secJ", "append1", "append3"}
	var out []shelfOf
	for i := range 4 {
		// Works as long as those of a group: one book, and articles.
		var names []string
		for j := range 5 {
			names = append(names, book+sections[(3*i+j*[]int{1, 5, 7, 11}[i])%len(sections)])
		}
		out = append(out, shelfOf{names, [][]int{{5 * k, 35 * k, 80 * k, 30 * k, 480 * k}, {130 * k, 130 * k, 130 * k, 130 * k, 130 * k}, {25 * k, 25 * k, 25 * k, 25 * k, 25 * k}, {400 * k, 60 * k, 10 * k, 900 * k, 40 * k}}[i]})
	}
	manuals := []string{"debian-reference-en", "debian-policy", "developers-reference", "git-doc"}
	for _, size := range []int{25 * k, 130 * k, 4000 * k} {
		out = append(out, shelfOf{manuals, []int{size, size, size, size}})
	}
	return out
}

// absentKind is the kind of questions whose text is not on the shelf.
const absentKind = "not there"

// A row is what the rule weighs of one question.
type row struct {
	Shelf  int
	Kind   string
	Length string
	Right  bool // the best place is
	Sure   bool // it is named whatever the rule says
	Common bool // it is said to be too common
	Long   float64
	X      []float64
	Told   string
}

// rows asks quotations that are on a shelf, damaged, and such that are not.
func rows(ctx context.Context, dir string, n int, each func(row)) error {
	for si, shelf := range shelves() {
		var texts []text
		for i, name := range shelf.names {
			t, err := manuals(dir, shelf.sizes[i], name)
			if err != nil {
				return err
			}
			texts = append(texts, t...)
		}
		for i := range texts {
			fmt.Fprintf(os.Stderr, "%s %d passages\n", texts[i].name, len(texts[i].passages))
		}
		for li, l := range []length{{4, 7}, {8, 12}, {20, 30}} {
			n := n
			if li == 2 {
				n /= 4
			}
			tell := func(kind string, there bool, rs []result) {
				for i := range rs {
					e := &rs[i].answer.Evidence
					r := row{Shelf: si, Kind: kind, Length: l.String(), Long: e.Long(), Right: there && rs[i].right, Sure: e.Certain,
						Common: rs[i].answer.Verdict == quote.TooCommon || e.Best == nil, X: e.Features(), Told: shownOf(&rs[i])}
					each(r)
				}
			}
			f := memory(texts, -1)
			for di, d := range damages() {
				if di == 0 || di == 2 || di == 8 || di == 9 || di == 12 {
					continue // hardly ever in doubt
				}
				rs, err := ask(ctx, n/10, uint64(di*10+li+1000*si), f, func(r *rand.Rand) (drawn, string) {
					x := draw(r, texts, -1, l, false)
					return x, d.do(r, x.words)
				})
				if err != nil {
					return err
				}
				tell(d.name, true, rs)
			}
			for i := range texts {
				f := memory(texts, i)
				rs, err := ask(ctx, n/5, uint64(i*10+li+1000*si), f, func(r *rand.Rand) (drawn, string) {
					x := draw(r, texts, i, l, false)
					return x, strings.Join(x.words, " ")
				})
				if err != nil {
					return err
				}
				// Works on one matter quote the same books: what they share is there.
				rs = slices.DeleteFunc(rs, func(r result) bool { return len(r.drawn.words) >= 8 && shares(&r, sharedWords) })
				tell(absentKind, false, rs)
			}
		}
	}
	return nil
}

// sharedWords in a row, of a quotation of eight and more, are no chance.
const sharedWords = 6

// shares reports whether the best place has so many words in a row of those drawn.
func shares(r *result, words int) bool {
	b := r.answer.Evidence.Best
	for i := 0; b != nil && i+words <= len(r.drawn.words); i++ {
		if has(drawn{words: r.drawn.words[i : i+words]}, b) {
			return true
		}
	}
	return false
}

// shownOf is a quotation and where it was found, for whoever wonders.
func shownOf(r *result) string {
	var s strings.Builder
	s.WriteString(fmt.Sprintf("%q FROM %q", r.asked, strings.Join(r.drawn.words, " ")))
	if b := r.answer.Evidence.Best; b != nil {
		for _, sp := range b.Spots {
			s.WriteString(fmt.Sprintf(" BEST %q", sp.Passages[sp.Start:sp.End]))
		}
	}
	return s.String()
}
