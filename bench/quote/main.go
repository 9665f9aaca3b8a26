// Command quote measures how well quotations are found. It draws some from texts,
// damages them in each way that quotations suffer, asks, and prints the tables of
// docs/benchmarks.md: how often the right place comes first, and how often one is
// named for a quotation from a text that is not there.
//
//	quote [-n 1000] TEXT…            the texts, each left out in turn
//	quote -large DIR [-mb 100] TEXT… the texts among shuffled sentences of DIR
//	quote -fit DIR                   what the rule of decision is fitted on
//
// DIR is what corpus.sh fetched.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"lectern/library/quote"
)

func main() {
	n := flag.Int("n", 1000, "quotations in each cell")
	large := flag.String("large", "", "a folder that corpus.sh made: put the texts among its sentences")
	mb := flag.Int("mb", 100, "how many MB of sentences")
	fit := flag.String("fit", "", "a folder that corpus.sh made: print what the rule is fitted on")
	flag.Parse()
	if err := run(context.Background(), *n, *large, *mb, *fit, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "quote:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n int, large string, mb int, fit string, files []string) error {
	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	var texts []text
	for _, f := range files {
		t, err := read(ctx, f)
		if err != nil {
			return err
		}
		texts = append(texts, t)
	}
	if fit != "" {
		return fitting(ctx, fit, n)
	}
	if large != "" {
		return largeShelf(ctx, n, large, mb, texts)
	}
	return smallShelf(ctx, n, texts)
}

// A length is how many words quotations of a row have.
type length struct{ from, to int }

func (l length) String() string { return fmt.Sprintf("%d–%d words", l.from, l.to) }

// A drawn quotation, and the work it is from.
type drawn struct {
	work  int
	words []string
}

// draw takes words that follow on each other in a work; crossing ones are from two
// passages.
func draw(r *rand.Rand, texts []text, only int, l length, crossing bool) drawn {
	total := 0
	for i := range texts {
		if only < 0 || i == only {
			for _, p := range texts[i].passages {
				total += len(p)
			}
		}
	}
	for {
		// A place by its weight in letters.
		at := r.IntN(total)
		for i := range texts {
			if only >= 0 && i != only {
				continue
			}
			for j, p := range texts[i].passages {
				if at >= len(p) {
					at -= len(p)
					continue
				}
				n := l.from + r.IntN(l.to-l.from+1)
				words := strings.Fields(p)
				if crossing {
					if j+1 == len(texts[i].passages) {
						break
					}
					a := 1 + r.IntN(n-1)
					next := strings.Fields(texts[i].passages[j+1])
					if len(words) >= a && len(next) >= n-a {
						return drawn{i, append(append([]string(nil), words[len(words)-a:]...), next[:n-a]...)}
					}
					break
				}
				if len(words) < n {
					break
				}
				k := r.IntN(len(words) - n + 1)
				if d := (drawn{i, words[k : k+n]}); len(quote.Fold(strings.Join(d.words, " ")).Letters) >= 2*n {
					return d
				}
				break
			}
			break
		}
	}
}

// memory is a shelf in memory without some work, -1 for none.
func memory(texts []text, without int) *quote.Finder {
	m := &quote.Memory{}
	id := int64(0)
	for i := range texts {
		for _, p := range texts[i].passages {
			id++
			if i != without {
				m.Add(int64(i), id, p)
			}
		}
		id += 10
	}
	m.Build()
	return &quote.Finder{Index: m, Texts: m, Within: []quote.Range{{First: 1, Last: id}}}
}

// right reports whether the best place has the words that were drawn.
func right(d drawn, a quote.Answer) bool {
	if a.Evidence.Best == nil {
		return false
	}
	letters := string16(quote.Fold(strings.Join(d.words, " ")).Letters)
	for i := range a.Evidence.Best.Spots {
		s := &a.Evidence.Best.Spots[i]
		lo := string16(quote.Fold(s.Passages[:s.Start]).Letters)
		all := string16(quote.Fold(s.Passages).Letters)
		hi := len(lo) + len(string16(quote.Fold(s.Passages[s.Start:s.End]).Letters))
		for at := 0; ; at += 2 {
			k := strings.Index(all[at:], letters)
			if k < 0 {
				break
			}
			at += k
			if overlap := min(hi, at+len(letters)) - max(len(lo), at); overlap*2 > min(len(letters), hi-len(lo)) {
				return true
			}
		}
	}
	return false
}

func string16(l []quote.Letter) string {
	b := make([]byte, 0, 2*len(l))
	for _, x := range l {
		b = append(b, byte(x>>8), byte(x))
	}
	return string(b)
}

// A result is what came of one quotation.
type result struct {
	asked  string
	drawn  drawn
	answer quote.Answer
	right  bool
	took   time.Duration
}

// ask asks n quotations, on as many cores as there are.
func ask(ctx context.Context, n int, seed uint64, f *quote.Finder, one func(r *rand.Rand) (drawn, string)) ([]result, error) {
	out := make([]result, n)
	var wg sync.WaitGroup
	var failed error
	var mu sync.Mutex
	workers := runtime.NumCPU()
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n; i += workers {
				d, q := one(rand.New(rand.NewPCG(seed, uint64(i))))
				start := time.Now()
				a, err := f.Find(ctx, q)
				if err != nil {
					mu.Lock()
					failed = err
					mu.Unlock()
					return
				}
				out[i] = result{q, d, a, right(d, a), time.Since(start)}
			}
		})
	}
	wg.Wait()
	return out, failed
}

func share(rs []result, f func(*result) bool) float64 {
	n := 0
	for i := range rs {
		if f(&rs[i]) {
			n++
		}
	}
	return 100 * float64(n) / float64(len(rs))
}

func placed(r *result) bool { return r.answer.Verdict == quote.Found }

func hit(r *result) bool { return placed(r) && r.right }

// smallShelf measures the texts by themselves.
func smallShelf(ctx context.Context, n int, texts []text) error {
	lengths := []length{{4, 6}, {8, 12}, {20, 30}}
	f := memory(texts, -1)
	fmt.Printf("\n## The right place first, %d texts, %d quotations a cell\n\n| per cent: named and right (first at all) |", len(texts), n)
	for _, l := range lengths {
		fmt.Printf(" %s |", l)
	}
	fmt.Printf("\n| --- | --- | --- | --- |\n")
	ds := damages()
	ds = append(ds, damage{"across two passages", ds[0].do})
	for di, d := range ds {
		fmt.Printf("| %s |", d.name)
		for li, l := range lengths {
			rs, err := ask(ctx, n, uint64(100*di+li), f, func(r *rand.Rand) (drawn, string) {
				x := draw(r, texts, -1, l, di == len(ds)-1)
				return x, d.do(r, x.words)
			})
			if err != nil {
				return err
			}
			fmt.Printf(" %.1f (%.1f) |", share(rs, hit), share(rs, func(r *result) bool { return r.right }))
			if os.Getenv("QUOTE_SHOW") != "" {
				shown := 0
				for i := range rs {
					if !hit(&rs[i]) && shown < 6 {
						shown++
						e := rs[i].answer.Evidence
						fmt.Fprintf(os.Stderr, "%s %s %v right=%v bits %.0f/%.0f second %.0f: %q from %q\n", d.name, l, rs[i].answer.Verdict, rs[i].right, e.Bits, e.Full, e.Second, rs[i].asked, strings.Join(rs[i].drawn.words, " "))
					}
				}
			}
		}
		fmt.Println()
	}
	fmt.Printf("\n## From a text that is not there, each left out in turn\n\n| per cent named |")
	lengths = []length{{4, 7}, {8, 12}, {13, 19}, {20, 30}}
	for _, l := range lengths {
		fmt.Printf(" %s |", l)
	}
	fmt.Printf("\n| --- | --- | --- | --- | --- |\n")
	for i := range texts {
		f := memory(texts, i)
		fmt.Printf("| %s |", strings.TrimSuffix(filepath.Base(texts[i].name), ".txt"))
		for li, l := range lengths {
			rs, err := ask(ctx, n, uint64(9000+100*i+li), f, func(r *rand.Rand) (drawn, string) {
				x := draw(r, texts, i, l, false)
				return x, strings.Join(x.words, " ")
			})
			if err != nil {
				return err
			}
			fmt.Printf(" %.1f |", share(rs, placed))
		}
		fmt.Println()
	}
	return nil
}

// largeShelf puts the texts among sentences that were shuffled into paragraphs.
// A book is kept out, for questions that have no answer.
func largeShelf(ctx context.Context, n int, dir string, mb int, texts []text) error {
	all, err := sentences(dir, mb<<20, false)
	if err != nil {
		return err
	}
	out, err := sentences(dir, 1<<20, true)
	if err != nil {
		return err
	}
	if len(out) == 0 {
		return fmt.Errorf("%s lacks %s", dir, keptOut)
	}
	absent := []text{{name: keptOut, passages: out}}
	texts = append(texts, shuffled(all)...)
	start := time.Now()
	f := memory(texts, -1)
	fmt.Printf("\n## %d MB of shuffled sentences, %d quotations a row; the index is built in %.1f s\n\n", mb, n, time.Since(start).Seconds())
	fmt.Println("| | named and right, per cent (first at all) | named, per cent | p50 ms | p99 ms |\n| --- | --- | --- | --- | --- |")
	ds := damages()
	for i, c := range []struct {
		l      length
		damage string
	}{
		{length{4, 6}, "misread letters, 10 %"}, {length{8, 12}, "misread letters, 10 %"}, {length{20, 30}, "misread letters, 10 %"},
		{length{8, 12}, "all together, 5 % misread"}, {length{20, 30}, "all together, 5 % misread"}, {length{20, 30}, "all together, 10 % misread"}, {length{100, 150}, "all together, 5 % misread"},
		{length{4, 7}, "not there"}, {length{8, 12}, "not there"}, {length{20, 30}, "not there"},
	} {
		from, d := texts, ds[0]
		for _, x := range ds {
			if x.name == c.damage {
				d = x
			}
		}
		if c.damage == "not there" {
			from = absent
		}
		rs, err := ask(ctx, n, uint64(500+i), f, func(r *rand.Rand) (drawn, string) {
			x := draw(r, from, -1, c.l, false)
			return x, d.do(r, x.words)
		})
		if err != nil {
			return err
		}
		took := make([]time.Duration, len(rs))
		for j := range rs {
			took[j] = rs[j].took
		}
		p50, p99 := quantiles(took)
		fmt.Printf("| %s, %s | ", c.l, c.damage)
		if c.damage != "not there" {
			fmt.Printf("%.1f (%.1f)", share(rs, hit), share(rs, func(r *result) bool { return r.right }))
		}
		fmt.Printf(" | %.1f | %.0f | %.0f |\n", share(rs, placed), float64(p50)/1e6, float64(p99)/1e6)
	}
	start = time.Now()
	pairs, err := quote.Parallels(ctx, f.Index.(*quote.Memory), nil, nil)
	if err != nil {
		return err
	}
	fmt.Printf("\nParallels: %d pairs in %.1f s.\n", len(pairs), time.Since(start).Seconds())
	return nil
}
