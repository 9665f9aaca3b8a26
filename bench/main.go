// Command bench measures Lectern as its users meet it, beside what they would
// use instead, in one run, and prints the tables of docs/benchmarks.md. It
// needs grep for the comparison. Its arguments are the texts to read; without
// any it makes some up. With -import before them only the import is measured.
// With -citations and a folder in which npm has put bible-passage-reference-parser
// it measures how citations are resolved and completed, beside that.
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"lectern/bot"
	"lectern/commands"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if len(os.Args) == 4 && os.Args[1] == importOnce {
		return importChild(ctx, os.Args[2], os.Args[3])
	}
	if len(os.Args) > 1 && os.Args[1] == "-citations" {
		return citing(ctx, os.Args[2:])
	}
	only := len(os.Args) > 1 && os.Args[1] == "-import"
	if only {
		os.Args = append(os.Args[:1], os.Args[2:]...)
	}
	dir, err := os.MkdirTemp("", "lectern-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // temporary
	files, err := texts(dir)
	if err != nil {
		return err
	}
	fmt.Printf("%s, %s/%s, %d cores\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if err := importing(ctx, dir, files); err != nil || only {
		return err
	}
	desk, err := shelf(ctx, filepath.Join(dir, "shelf.db"), files)
	if err != nil {
		return err
	}
	if err := asking(ctx, desk, files); err != nil {
		return err
	}
	if err := desk.DB.Close(); err != nil {
		return err
	}
	if err := starting(ctx, dir); err != nil {
		return err
	}
	return resting(ctx, filepath.Join(dir, "groups.db"), files[len(files)-1])
}

// texts are the files to read, the largest last.
func texts(dir string) ([]string, error) {
	files := slices.Clone(os.Args[1:])
	if len(files) == 0 {
		fmt.Println("No texts were named, so these are made up.")
		for i, kb := range []int{4, 35, 80, 30, 480} {
			var b strings.Builder
			fmt.Fprintf(&b, "Book %d\n\n", i)
			for n := 0; b.Len() < kb<<10; n++ {
				fmt.Fprintf(&b, "Sentence %d of book %d speaks of the party, the state and the bureaucracy. It is followed by a second one, which is longer and ends here.\n\n", n, i)
			}
			name := filepath.Join(dir, fmt.Sprintf("book%d.txt", i))
			if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
				return nil, err
			}
			files = append(files, name)
		}
	}
	size := func(f string) int64 {
		info, err := os.Stat(f)
		if err != nil {
			return 0
		}
		return info.Size()
	}
	slices.SortFunc(files, func(a, b string) int { return int(size(a) - size(b)) })
	return files, nil
}

// times runs fn often and gives the median and the 99th percentile.
func times(n int, fn func(i int) error) (p50, p99 time.Duration, err error) {
	all := make([]time.Duration, n)
	for i := range n {
		start := time.Now()
		if err := fn(i); err != nil {
			return 0, 0, err
		}
		all[i] = time.Since(start)
	}
	slices.Sort(all)
	return all[n/2], all[n*99/100], nil
}

func ms(d time.Duration) float64 { return float64(d) / 1e6 }

func shelf(ctx context.Context, path string, files []string) (*commands.Desk, error) {
	desk, err := open(ctx, path)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		r, err := os.Open(f)
		if err != nil {
			return nil, err
		}
		w, err := importer.Read(ctx, f, r, importer.Options{})
		if err != nil {
			return nil, err
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
		w.Aliases = []string{"book" + string(rune('a'+i))}
		if _, err := desk.Import(ctx, 0, w); err != nil {
			return nil, err
		}
	}
	return desk, nil
}

func open(ctx context.Context, path string) (*commands.Desk, error) {
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, path, storage.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	return &commands.Desk{DB: db, Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler)}, nil
}

func event(key, room, who, text string) bot.Event {
	return bot.Event{Key: key, Room: bot.Room{Platform: "bench", ID: bot.RoomID(room)}, Addressed: true, Text: text,
		Account: bot.Account{Platform: "bench", ID: who, Name: who, Manages: true}}
}

// asking goes the whole way of a command: words in, reply out.
func asking(ctx context.Context, desk *commands.Desk, files []string) error {
	d := desk.Dispatcher()
	largest := "book" + string(rune('a'+len(files)-1))
	ask := func(text func(i int) string) func(int) error {
		return func(i int) error {
			reply, ok := d.Handle(ctx, event(fmt.Sprint("bench:", text(i), i), "room", "ann", text(i)))
			if !ok || reply.Failed {
				return fmt.Errorf("%s: %v", text(i), reply.Blocks)
			}
			return nil
		}
	}
	grep := func(args ...string) func(int) error {
		return func(int) error {
			// Nothing found ends with 1, which is an answer.
			err := exec.CommandContext(ctx, "grep", append(append([]string{"-c", "-i"}, args...), files...)...).Run()
			if e, ok := err.(*exec.ExitError); ok && e.ExitCode() == 1 { //nolint:errorlint // as Run returns it
				return nil
			}
			return err
		}
	}
	fmt.Printf("\n## Asking, through the whole path of a command, five works on the shelf\n\n| | p50 ms | p99 ms | grep, p50 ms | ratio |\n| --- | --- | --- | --- | --- |\n")
	for _, c := range []struct {
		name string
		text func(int) string
		grep []string
	}{
		{"a passage", func(i int) string { return fmt.Sprintf("passage %s %d", largest, i%100+1) }, nil},
		{"ten passages", func(i int) string { return fmt.Sprintf("passage %s %d-%d", largest, i%100+1, i%100+10) }, nil},
		{"search, a rare word", func(int) string { return "search longer" }, []string{"-w", "longer"}},
		{"search, a common word", func(int) string { return "search party" }, []string{"-w", "party"}},
		{"search, a phrase", func(int) string { return `search "the state"` }, []string{"the state"}},
		{"search, either of two", func(int) string { return "search bureaucracy OR party" }, []string{"-E", "bureaucracy|party"}},
	} {
		if err := ask(c.text)(1 << 20); err != nil { // once, to warm up
			return err
		}
		p50, p99, err := times(400, ask(c.text))
		if err != nil {
			return err
		}
		if c.grep == nil {
			fmt.Printf("| %s | %.2f | %.2f | | |\n", c.name, ms(p50), ms(p99))
			continue
		}
		other, _, err := times(50, grep(c.grep...))
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.2f | %.2f | %.2f | %.2f |\n", c.name, ms(p50), ms(p99), ms(other), p50.Seconds()/other.Seconds())
	}
	return nil
}

// starting runs the program itself.
func starting(ctx context.Context, dir string) error {
	binary, err := filepath.Abs("bin/lectern")
	if err != nil {
		return err
	}
	if _, err := os.Stat(binary); err != nil {
		return fmt.Errorf("build it first: make build: %w", err)
	}
	db := filepath.Join(dir, "shelf.db")
	line := filepath.Join(dir, "line.md")
	if err := os.WriteFile(line, []byte("# A Line\n\nIt stands alone.\n"), 0o600); err != nil {
		return err
	}
	fmt.Printf("\n## Start to ready\n\n| | p50 ms | p99 ms |\n| --- | --- | --- |\n")
	for _, c := range []struct {
		name string
		args []string
	}{
		{"process starts, opens the database, prints a passage, ends", []string{"--db", db, "passage", "booka", "1"}},
		{"the same with a database that it makes and a book of one line that it brings in", []string{"library", "import", line}},
		{"`lectern version`: the process alone", []string{"version"}},
	} {
		p50, p99, err := times(30, func(i int) error {
			args := c.args
			if args[0] == "library" {
				args = append([]string{"--db", filepath.Join(dir, fmt.Sprintf("new%d.db", i))}, args...)
			}
			return exec.CommandContext(ctx, binary, args...).Run()
		})
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.1f | %.1f |\n", c.name, ms(p50), ms(p99))
	}
	return nil
}

// resting sets up a thousand groups and looks at the memory when nothing is
// to be done.
func resting(ctx context.Context, path, file string) error {
	const groups, members = 1000, 8
	desk, err := shelf(ctx, path, []string{file})
	if err != nil {
		return err
	}
	d := desk.Dispatcher()
	n := 0
	say := func(room, who, text string) error {
		n++
		reply, ok := d.Handle(ctx, event(fmt.Sprint("bench:", n), room, who, text))
		if !ok || reply.Failed {
			return fmt.Errorf("%s: %v", text, reply.Blocks)
		}
		return nil
	}
	start := time.Now()
	for g := range groups {
		room := fmt.Sprint("room", g)
		for _, text := range []string{fmt.Sprintf("group setup name:Group%d city:London place:- length:90", g), `plan create booka "tue 19:00" 12`, "plan publish"} {
			if err := say(room, fmt.Sprint("organiser", g), text); err != nil {
				return err
			}
		}
		for m := range members {
			if err := say(room, fmt.Sprint("member", g, "-", m), "done"); err != nil {
				return err
			}
		}
	}
	setup := time.Since(start)
	if err := desk.DB.Close(); err != nil {
		return err
	}
	if desk, err = open(ctx, path); err != nil {
		return err
	}
	d = desk.Dispatcher()
	for g := range groups { // each asks once
		if err := say(fmt.Sprint("room", g), "guest", "reading"); err != nil {
			return err
		}
	}
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	var plans int
	err = desk.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := tx.Plans(ctx, reading.GroupID(1))
		plans = len(p)
		return err
	})
	if err != nil || plans != 1 {
		return fmt.Errorf("group 1 has %d plans: %w", plans, err)
	}
	fmt.Printf("\n## At rest with %d groups, each with %d members and a plan of 12 weeks\n\n| | |\n| --- | --- |\n", groups, members)
	fmt.Printf("| resident memory | %.0f MB |\n| Go heap in use | %.1f MB |\n| database | %.1f MB |\n| setting them up, %d commands that write | %.1f s (%.1f ms each) |\n",
		rss(), float64(m.HeapAlloc)/1e6, float64(info.Size())/1e6, groups*(3+members), setup.Seconds(), ms(setup)/float64(groups*(3+members)))
	return desk.DB.Close()
}

// rss is the memory that the process holds, in MB, 0 where it cannot be told.
func rss() float64 {
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		var kb float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kb); err == nil {
			return kb / 1000
		}
	}
	return 0
}
