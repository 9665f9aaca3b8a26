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

// fitting prints what the rule of decision weighs of quotations that are there and
// of such that are not, one to a line, on shelves of other texts than those
// reported: for a logistic regression on whether the best place is right.
func fitting(ctx context.Context, dir string, n int) error {
	for si, names := range [][]string{
		{"anarchism/usr/share/doc/anarchism/html/secA", "anarchism/usr/share/doc/anarchism/html/secD", "anarchism/usr/share/doc/anarchism/html/secH", "anarchism/usr/share/doc/anarchism/html/secI", "anarchism/usr/share/doc/anarchism/html/append1"},
		{"debian-reference-en", "debian-policy", "developers-reference", "git-doc", "gnome-user-docs"},
	} {
		for _, size := range []int{25_000, 130_000, 4_000_000} {
			texts, err := manuals(dir, size, names...)
			if err != nil {
				return err
			}
			for i := range texts {
				fmt.Fprintf(os.Stderr, "%s %d passages\n", texts[i].name, len(texts[i].passages))
			}
			for li, l := range []length{{4, 7}, {8, 12}, {20, 30}} {
				n := n
				if size != 130_000 {
					n /= 3
				}
				if li > 0 {
					n /= 3
				}
				f := memory(texts, -1)
				tell := func(kind string, rs []result) {
					for i := range rs {
						e := &rs[i].answer.Evidence
						if rs[i].answer.Verdict == quote.TooCommon || e.Best == nil {
							continue
						}
						fmt.Printf("%s\t%s\t%v\t%v", kind, l, rs[i].right, e.Exact)
						for _, x := range e.Features() {
							fmt.Printf("\t%.3f", x)
						}
						fmt.Printf("\t%s\n", shownOf(&rs[i]))
					}
				}
				for di, d := range damages() {
					if di < 3 || di == 8 || di == 9 || di == 12 {
						continue // hardly ever in doubt
					}
					rs, err := ask(ctx, n/10, uint64(di*10+li+1000*si), f, func(r *rand.Rand) (drawn, string) {
						x := draw(r, texts, -1, l, false)
						return x, d.do(r, x.words)
					})
					if err != nil {
						return err
					}
					tell(d.name, rs)
				}
				for i := range texts {
					rs, err := ask(ctx, n/5, uint64(i*10+li+1000*si), memory(texts, i), func(r *rand.Rand) (drawn, string) {
						x := draw(r, texts, i, l, false)
						return x, strings.Join(x.words, " ")
					})
					if err != nil {
						return err
					}
					for k := range rs {
						rs[k].right = false
					}
					tell("absent", rs)
					ds := damages()
					rs, err = ask(ctx, n/10, uint64(i*10+li+1000*si+500), memory(texts, i), func(r *rand.Rand) (drawn, string) {
						x := draw(r, texts, i, l, false)
						return x, ds[r.IntN(len(ds))].do(r, x.words)
					})
					if err != nil {
						return err
					}
					for k := range rs {
						rs[k].right = false
					}
					tell("absent, damaged", rs)
				}
			}
		}
	}
	return nil
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
