// Command search measures Lectern's search beside what one would take instead:
// bleve with highlighting, SQLite's FTS5 with ORDER BY rank and snippet(), and
// ripgrep, on the same passages and queries, in one run.
//
//	bench/search/texts.sh FOLDER
//	make measure-search TEXTS=FOLDER/files WORK=OTHER SIZES="10 100 1000"
//
// Passages are paragraphs of real texts; where there are not enough of them,
// their sentences shuffled. It is a module of its own, since bleve would bring
// dozens of modules into the program's.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"lectern/library/search"
	"lectern/storage"
)

func main() {
	texts := flag.String("texts", "", "a folder of real texts")
	work := flag.String("work", "", "a folder for what is built; it is made anew where it lacks something")
	sizes := flag.String("sizes", "10 100", "sizes in MB")
	n := flag.Int("queries", 150, "queries of each class")
	profile := flag.String("cpuprofile", "", "a file for a profile of the queries")
	prepare := flag.Bool("prepare", false, "only write the passages and bring them into a library, which takes longest")
	only := flag.String("only", "", "the programs to measure, of lectern, bleve, fts5, ripgrep; all if empty")
	kinds := flag.String("classes", "", "the classes of queries to measure, as the table names them and parted by semicolons; all if empty")
	keep := flag.Bool("keep", false, "keep an index that is there, which is not measured then")
	flag.Parse()
	o := options{n: *n, only: strings.Fields(*only), profile: *profile, prepare: *prepare, keep: *keep}
	if *kinds != "" {
		o.classes = strings.Split(*kinds, ";")
	}
	if err := run(context.Background(), *texts, *work, strings.Fields(*sizes), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// options say what is measured; see the flags.
type options struct {
	n             int
	only, classes []string
	profile       string
	prepare, keep bool
}

func run(ctx context.Context, texts, work string, sizes []string, opt options) error {
	var real []string
	for _, s := range sizes {
		mb, err := strconv.Atoi(s)
		if err != nil {
			return err
		}
		dir := filepath.Join(work, s)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		file := filepath.Join(dir, "passages.txt")
		if _, err := os.Stat(file); err != nil {
			if real == nil {
				if real, err = gather(texts); err != nil {
					return err
				}
				total := 0
				for _, p := range real {
					total += len(p)
				}
				fmt.Printf("Real text: %d paragraphs, %.1f MB.\n\n", len(real), float64(total)/1e6)
			}
			if _, err := write(file, real, mb*1_000_000); err != nil {
				return err
			}
		}
		if opt.prepare {
			mine := &ours{dir: dir}
			if err := errors.Join(mine.bring(ctx, file), mine.close()); err != nil {
				return err
			}
			continue
		}
		if err := measure(ctx, dir, file, s, opt); err != nil {
			return err
		}
	}
	return nil
}

// A figure is how long each query of a class took a program, at best.
type figure map[int]time.Duration

// byClass are the figures of a program.
type byClass map[string]figure

func (c byClass) note(class string, query int, took time.Duration) {
	if c[class] == nil {
		c[class] = figure{}
	}
	if was, ok := c[class][query]; !ok || took < was {
		c[class][query] = took
	}
}

func (f figure) at(p float64) float64 {
	if len(f) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(maps.Values(f))
	return float64(s[min(len(s)-1, int(p*float64(len(s))))]) / 1e6
}

func (f figure) String() string {
	if len(f) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s / %s", digits(f.at(.5)), digits(f.at(.99)))
}

func digits(ms float64) string {
	switch {
	case ms < 1:
		return fmt.Sprintf("%.2f", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}

func measure(ctx context.Context, dir, file, size string, opt options) error {
	queries, err := draw(file, opt.n)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	mb := float64(info.Size()) / 1e6
	if len(opt.classes) > 0 {
		queries = slices.DeleteFunc(queries, func(q query) bool { return !slices.Contains(opt.classes, q.class) })
	}
	mine := &ours{dir: dir, keep: opt.keep}
	names := []string{"lectern", "bleve", "fts5", "ripgrep"}
	engines := []engine{mine, &bleved{dir: dir}, &fts5{dir: dir}, &ripgrep{}}
	if len(opt.only) > 0 {
		for i := len(names) - 1; i > 0; i-- {
			if !slices.Contains(opt.only, names[i]) {
				names, engines = slices.Delete(names, i, i+1), slices.Delete(engines, i, i+1)
			}
		}
	}
	fmt.Printf("## %s MB\n\n| | built in, s | MB without the text |\n| --- | --- | --- |\n", size)
	for i, e := range engines {
		took, bytes, err := e.build(ctx, file)
		if err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
		if names[i] == "bleve" {
			bare := &bleved{dir: dir, bare: true}
			_, without, err := bare.build(ctx, file)
			if err := errors.Join(err, bare.close()); err != nil {
				return fmt.Errorf("bleve: %w", err)
			}
			fmt.Printf("| bleve | %.1f | %.0f, and %.0f with it, compressed |\n", took.Seconds(), float64(without)/1e6, float64(bytes)/1e6)
			continue
		}
		fmt.Printf("| %s | %.1f | %.0f |\n", names[i], took.Seconds(), float64(bytes)/1e6)
	}
	before := memory()
	opened, err := mine.reopen(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("\nOpening the library and its shelf: %.2f s, and %.1f MB of memory (%.2f per MB).\n\n", opened.Seconds(), float64(memory()-before)/1e6, float64(memory()-before)/1e6/mb)

	if opt.profile != "" {
		f, err := os.Create(opt.profile)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // a profile that is cut short says so
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	figures, work := map[string]byClass{}, map[string]byClass{} // by the clock, and of the processor's time
	match, score := byClass{}, byClass{}
	for _, name := range names {
		figures[name], work[name] = byClass{}, byClass{}
	}
	// Every program answers a query before the next is asked, so that what else
	// the machine does falls on all of them; of three times the shortest counts,
	// which is what the query takes.
	const rounds = 4
	for round := range rounds {
		warm := round > 0
		for qi, q := range queries {
			for i, e := range engines {
				if names[i] == "ripgrep" && (round != 1 || qi%10 != 0) {
					continue // a process each time
				}
				start, busy := time.Now(), processor()
				_, ok, err := e.ask(ctx, q)
				took, worked := time.Since(start), processor()-busy
				if err != nil {
					return fmt.Errorf("%s: %s: %w", names[i], q.text(), err)
				}
				if ok && warm {
					figures[names[i]].note(q.class, qi, took)
					work[names[i]].note(q.class, qi, worked)
				}
			}
			m, s, err := mine.parts(ctx, q)
			if err != nil {
				return err
			}
			if warm {
				match.note(q.class, qi, m)
				score.note(q.class, qi, max(0, s-m))
			}
		}
	}
	fmt.Printf("p50 / p99 in ms, to ten marked snippets:\n\n| | %s | of Lectern's: matching | scoring | the rest |\n|%s\n", strings.Join(names, " | "), strings.Repeat(" --- |", len(names)+4))
	for _, class := range classes {
		fmt.Printf("| %s |", class)
		for _, name := range names {
			fmt.Printf(" %s |", figures[name][class])
		}
		rest := figure{}
		for q, all := range figures["lectern"][class] {
			rest[q] = max(0, all-match[class][q]-score[class][q])
		}
		fmt.Printf(" %s | %s | %s |\n", match[class], score[class], rest)
	}
	fmt.Printf("\nThe same in processor time, all that the program did meanwhile:\n\n| | %s |\n|%s\n", strings.Join(names, " | "), strings.Repeat(" --- |", len(names)+1))
	for _, class := range classes {
		fmt.Printf("| %s |", class)
		for _, name := range names {
			if name == "ripgrep" { // another process
				fmt.Print(" – |")
				continue
			}
			fmt.Printf(" %s |", work[name][class])
		}
		fmt.Println()
	}
	for i, e := range engines {
		if err := e.close(); err != nil {
			return fmt.Errorf("%s: %w", names[i], err)
		}
	}
	fmt.Println()
	return agreement(ctx, mine, file, queries)
}

// agreement compares the ten best with those that BM25 gives when every passage
// is scored, for queries of words; as good as the tenth counts as one of them.
func agreement(ctx context.Context, o *ours, file string, queries []query) error {
	type scored struct {
		query
		scores []float64
	}
	var some []*scored
	per := map[string]int{}
	for _, q := range queries {
		if (q.op == "and" || q.op == "or") && per[q.class] < 10 {
			per[q.class]++
			some = append(some, &scored{query: q})
		}
	}
	if len(some) == 0 {
		return nil
	}
	// The lengths and frequencies first, and then the scores.
	frequency := map[string]float64{}
	for _, q := range some {
		for _, w := range q.words {
			frequency[w] = 0
		}
	}
	passages, tokens := 0.0, 0.0
	times := map[string]float64{}
	tally := func(s string) float64 {
		clear(times)
		all := words(s)
		for _, w := range all {
			if _, ok := frequency[w]; ok {
				times[w]++
			}
		}
		return float64(len(all))
	}
	if err := read(file, func(_ int, s string) error {
		tokens += tally(s)
		passages++
		for w := range times {
			frequency[w]++
		}
		return nil
	}); err != nil {
		return err
	}
	if err := read(file, func(_ int, s string) error {
		length := tally(s)
		for _, q := range some {
			score, found := 0.0, 0
			for _, w := range q.words {
				n := times[w]
				if n > 0 {
					found++
				}
				score += math.Log(1+(passages-frequency[w]+.5)/(frequency[w]+.5)) * n / (n + 1.2*(1-.75+.75*length/(tokens/passages)))
			}
			if found == len(q.words) || q.op == "or" && found > 0 {
				q.scores = append(q.scores, score)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := o.open(ctx); err != nil {
		return err
	}
	right, all, totals := 0, 0, 0
	for _, q := range some {
		parsed, err := search.Parse(q.text())
		if err != nil {
			return err
		}
		var r search.Result
		if err := o.db.Read(ctx, func(tx *storage.Tx) (err error) {
			r, err = search.Search(ctx, tx.SQL(), parsed, []search.Range{{First: 0, Last: 1 << 40}}, 10, 0)
			return err
		}); err != nil {
			return err
		}
		slices.SortFunc(q.scores, func(a, b float64) int { return cmp.Compare(b, a) })
		best := q.scores[:min(10, len(q.scores))]
		all += len(best)
		for _, h := range r.Hits {
			if h.Score >= best[len(best)-1]-1e-4 {
				right++
			}
		}
		if r.Total == len(q.scores) {
			totals++
		}
	}
	fmt.Printf("Of the ten best that BM25 gives when every passage is scored: %.1f %% of %d; %d of %d counts right.\n\n", 100*float64(right)/float64(all), all, totals, len(some))
	return o.close()
}

// processor is the time that the program has had of the processors.
func processor() time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_PROCESS_CPUTIME_ID, &at); err != nil {
		return 0
	}
	return time.Duration(at.Nano())
}

// memory is what the program holds, in bytes.
func memory() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
