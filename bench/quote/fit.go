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
		docs, err := documents(filepath.Join(dir, name))
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
		if got > size/4 {
			out = append(out, t)
		}
	}
	return out, nil
}

// fitting prints the evidence of quotations that are there and of such that are
// not, one to a line, from shelves of manuals.
func fitting(ctx context.Context, dir string, n int) error {
	for si, shelf := range [][]string{
		{"debian-reference-en", "debian-policy", "developers-reference", "git-doc", "gnome-user-docs"},
		{"bible-kjv-text", "postgresql-doc-15", "python3.11-doc", "zsh-doc", "emacs-common"},
		{"debian-handbook", "linux-doc-6.1", "vim-doc", "perl-doc", "sqlite3-doc"},
	} {
		for _, size := range []int{30_000, 150_000, 1_000_000} {
			texts, err := manuals(dir, size, shelf...)
			if err != nil {
				return err
			}
			for i := range texts {
				fmt.Fprintf(os.Stderr, "%s %d passages\n", texts[i].name, len(texts[i].passages))
			}
			for li, l := range []length{{4, 7}, {8, 12}, {13, 19}, {20, 30}} {
				f := memory(texts, -1)
				for di, d := range damages() {
					rs, err := ask(ctx, n/10, uint64(di*10+li), f, func(r *rand.Rand) (drawn, string) {
						x := draw(r, texts, -1, l, false)
						return x, d.do(r, x.words)
					})
					if err != nil {
						return err
					}
					print2(si, size, l, d.name, rs)
				}
				for i := range texts {
					rs, err := ask(ctx, n/4, uint64(i*10+li), memory(texts, i), func(r *rand.Rand) (drawn, string) {
						x := draw(r, texts, i, l, false)
						return x, strings.Join(x.words, " ")
					})
					if err != nil {
						return err
					}
					print2(si, size, l, "absent", rs)
				}
			}
		}
	}
	return nil
}

func print2(shelf, size int, l length, kind string, rs []result) {
	for i := range rs {
		e := &rs[i].answer.Evidence
		score := 0.0
		if e.Best != nil {
			score = e.Best.Score
		}
		fmt.Printf("%d\t%d\t%d\t%s\t%v\t%d\t%.1f\t%.1f\t%.1f\t%v\t%.2f\t%.3f\t%q\n", shelf, size, l.from, kind, rs[i].right, e.Letters, e.Full, e.Bits, e.Second, e.Exact, e.Library, score, rs[i].asked)
	}
}
