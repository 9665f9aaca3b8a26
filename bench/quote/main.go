// Command quote measures how well quotations are found. It draws some from texts,
// damages them in each way that quotations suffer, asks, and prints the tables of
// docs/benchmarks.md: how often the right place comes first, and how often one is
// named for a quotation from a text that is not there.
//
//	quote [-n 1000] TEXT…            the texts, each left out in turn
//	quote -large DIR [-mb 100] TEXT… the texts among shuffled sentences of DIR
//	quote -fit DIR [-rows FILE]      fit the rule of decision anew, on other texts
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
	"slices"
	"strings"
	"sync"
	"time"

	"lectern/library/quote"
)

func main() {
	n := flag.Int("n", 1000, "quotations in each cell")
	large := flag.String("large", "", "a folder that corpus.sh made: put the texts among its sentences")
	sizes := flag.String("mb", "100", "how many MB of sentences, one shelf for each")
	work := flag.String("work", "", "a folder for the libraries of -large, which are made where they are missing")
	npm := flag.String("beside", "", "a folder where approx-string-match is installed: ask it and ripgrep the same")
	thorough := flag.Int("thorough", 0, "look for so many quotations of each cell everywhere, in no haste: what the best could come to")
	show := flag.Int("show", 0, "print so many of each cell that fail, and why")
	fit := flag.String("fit", "", "a folder that corpus.sh made: fit the rule of decision, and print it")
	kept := flag.String("rows", "", "a file for what -fit asks, which is made if it is missing")
	kind := flag.String("kind", "", "only the kinds of damage whose name has this, and of the texts alone")
	flag.Parse()
	if err := run(context.Background(), *n, *large, *work, *npm, strings.Fields(*sizes), *fit, *kept, *kind, *thorough, *show, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "quote:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, n int, large, work, npm string, sizes []string, fit, kept, kind string, thorough, show int, files []string) error {
	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	var texts []text
	for _, f := range files {
		t, err := read(ctx, f)
		if err != nil {
			return err
		}
		texts = append(texts, t)
	}
	if kind == "ceilings" {
		ceilings(texts, n, []length{{4, 6}, {8, 12}})
		return nil
	}
	if fit != "" {
		return fitting(ctx, fit, kept, n)
	}
	if large != "" {
		return largeShelves(ctx, n, large, work, npm, sizes, show, texts)
	}
	return smallShelf(ctx, n, kind, thorough, show, texts)
}

// A length is how many words quotations of a row have.
type length struct{ from, to int }

func (l length) String() string { return fmt.Sprintf("%d–%d words", l.from, l.to) }

// A drawn quotation, and the work it is from.
type drawn struct {
	work  int
	words []string
}

// draw takes words that follow on each other in a work, each place as often as any
// other; crossing ones are from two passages.
func draw(r *rand.Rand, texts []text, only int, l length, crossing bool) drawn {
	total := 0
	for i := range texts {
		if only < 0 || i == only {
			total += texts[i].size()
		}
	}
	for {
		i, j := passageAt(texts, only, r.IntN(total))
		n := l.from + r.IntN(l.to-l.from+1)
		words := strings.Fields(texts[i].passages[j])
		if crossing {
			if j+1 == len(texts[i].passages) {
				continue
			}
			a := 1 + r.IntN(n-1)
			next := strings.Fields(texts[i].passages[j+1])
			if len(words) >= a && len(next) >= n-a {
				return drawn{i, slices.Concat(words[len(words)-a:], next[:n-a])}
			}
			continue
		}
		if len(words) < n {
			continue
		}
		k := r.IntN(len(words) - n + 1)
		if d := (drawn{i, words[k : k+n]}); len(quote.Fold(strings.Join(d.words, " ")).Letters) >= 2*n {
			return d
		}
	}
}

// passageAt is the work, and the passage of it, that a byte of all of them is in, or of
// one work alone.
func passageAt(texts []text, only, at int) (work, passage int) {
	for i := range texts {
		if only >= 0 && i != only {
			continue
		}
		if n := texts[i].size(); at >= n {
			at -= n
			continue
		}
		for j, p := range texts[i].passages {
			if at < len(p) {
				return i, j
			}
			at -= len(p)
		}
	}
	panic("a byte that no work has")
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
	return a.Evidence.Best != nil && has(d, a.Evidence.Best)
}

// has reports whether a place has the words that were drawn.
func has(d drawn, p *quote.Place) bool {
	letters := string16(quote.Fold(strings.Join(d.words, " ")).Letters)
	for i := range p.Spots {
		s := &p.Spots[i]
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

// shown reports whether one of the places that are named is right.
func shown(r *result) bool {
	for i := range r.answer.Places {
		if has(r.drawn, &r.answer.Places[i]) {
			return true
		}
	}
	return false
}

func hit(r *result) bool { return placed(r) && r.right }

// smallShelf measures the texts by themselves.
func smallShelf(ctx context.Context, n int, kind string, thorough, show int, texts []text) error {
	lengths := []length{{4, 6}, {8, 12}, {20, 30}}
	f := memory(texts, -1)
	fmt.Printf("\n## The right place first, %d texts, %d quotations a cell\n\n| per cent: named and right (first, named or not; among the places shown) |", len(texts), n)
	for _, l := range lengths {
		fmt.Printf(" %s |", l)
	}
	fmt.Printf("\n| --- | --- | --- | --- |\n")
	ds := damages()
	ds = append(ds, damage{"across two passages", ds[0].do})
	for di, d := range ds {
		if !strings.Contains(d.name, kind) {
			continue
		}
		fmt.Printf("| %s |", d.name)
		for li, l := range lengths {
			draws := func(r *rand.Rand) (drawn, string) {
				x := draw(r, texts, -1, l, di == len(ds)-1)
				return x, d.do(r, x.words)
			}
			rs, err := ask(ctx, n, uint64(100*di+li), f, draws)
			if err != nil {
				return err
			}
			first := func(r *result) bool { return r.right }
			fmt.Printf(" %.1f (%.1f, %.1f", share(rs, hit), share(rs, first), share(rs, shown))
			if thorough > 0 {
				all := *f
				all.Thorough = 20
				ts, err := ask(ctx, min(n, thorough), uint64(100*di+li), &all, draws)
				if err != nil {
					return err
				}
				fmt.Printf("; %.1f for %.1f", share(ts, first), share(rs[:len(ts)], first))
			}
			fmt.Print(") |")
			if err := failures(ctx, f, rs, show); err != nil {
				return err
			}
		}
		fmt.Println()
	}
	if !strings.Contains(absentKind, kind) {
		return nil
	}
	if kind == "" {
		ceilings(texts, 4*n, lengths[:2])
	}
	fmt.Printf("\n## From a text that is not there, each left out in turn\n\n| per cent named (less those whose words stand there as they are) |")
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
			fmt.Printf(" %.1f (%.1f) |", share(rs, placed), share(rs, func(r *result) bool { return placed(r) && !r.answer.Evidence.Exact }))
		}
		fmt.Println()
	}
	return nil
}

// failures prints the first of some results that are not named and right, and why.
func failures(ctx context.Context, f *quote.Finder, rs []result, most int) error {
	for i := range rs {
		r := &rs[i]
		if most <= 0 {
			break
		}
		if hit(r) {
			continue
		}
		most--
		why := "it is first, and said to be " + string(r.answer.Verdict)
		if !r.right {
			all := *f
			all.Thorough = 20
			a, err := all.Find(ctx, r.asked)
			if err != nil {
				return err
			}
			switch k := slices.IndexFunc(a.Evidence.Ranked, func(p quote.Place) bool { return has(r.drawn, &p) }); {
			case k < 0:
				why = "it is not looked at"
			case k == 0:
				why = "it would be first for somebody in no haste"
			default:
				why = fmt.Sprintf("it comes after %d others, %.1f bits behind", k, a.Evidence.Bits-a.Evidence.Ranked[k].Bits)
			}
			why += ", said to be " + string(r.answer.Verdict)
		}
		fmt.Fprintf(os.Stderr, "%s\n\t%s\n", why, shownOf(r))
	}
	return nil
}
