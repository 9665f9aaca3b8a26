package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"lectern/library"
	"lectern/library/importer"
)

// importOnce is the argument that makes this program read one file and say what
// it took: each file is read by a process of its own, on one core, so that its
// processor time and its peak of memory are its own.
const importOnce = "import-once"

// cpu is the processor time that the process has taken so far.
func cpu() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// importChild reads a file once ("peak") or for a second ("speed") and prints
// the megabytes for each second of processor time.
func importChild(ctx context.Context, how, file string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	read := func() error {
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		_, err = importer.Read(ctx, file, f, importer.Options{})
		if _, known := errors.AsType[*library.Error](err); known {
			return nil // a clear refusal is an answer
		}
		return err
	}
	size := int(info.Size())
	if how == "peak" {
		return read()
	}
	if how == "least" {
		start, n := cpu(), 0
		for cpu()-start < time.Second/2 {
			b, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			words := 0
			for p := range strings.SplitSeq(string(b), "\n\n") {
				words += library.CountWords(p)
			}
			n++
		}
		fmt.Println(float64(n*size) / 1e6 / (cpu() - start).Seconds())
		return nil
	}
	if err := read(); err != nil {
		return err
	}
	start, n := cpu(), 0
	for cpu()-start < time.Second {
		if err := read(); err != nil {
			return err
		}
		n++
	}
	fmt.Println(float64(n*size) / 1e6 / (cpu() - start).Seconds())
	return nil
}

// once runs this program on one file and gives what it printed and its peak of
// resident memory in bytes.
func once(ctx context.Context, how, file string) (value float64, peak int64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	c := exec.CommandContext(ctx, self, importOnce, how, file)
	c.Env = append(os.Environ(), "GOMAXPROCS=1")
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w", file, err)
	}
	if len(out) > 0 {
		if _, err := fmt.Sscan(string(out), &value); err != nil {
			return 0, 0, err
		}
	}
	if r, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peak = r.Maxrss << 10 // kilobytes on Linux
	}
	return value, peak, nil
}

func importing(ctx context.Context, dir string, files []string) error {
	empty := filepath.Join(dir, "empty.txt")
	if err := os.WriteFile(empty, []byte("one"), 0o600); err != nil {
		return err
	}
	_, idle, err := once(ctx, "peak", empty)
	if err != nil {
		return err
	}
	made, err := bigFiles(dir)
	if err != nil {
		return err
	}
	fmt.Printf("\n## Import, on one core\n\n| | MB | MB/s | of splitting and counting | peak memory, MB | above the idle process, per byte |\n| --- | --- | --- | --- | --- | --- |\n")
	for i, f := range append(files, made...) {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		speed, _, err := once(ctx, "speed", f)
		if err != nil {
			return err
		}
		least, _, err := once(ctx, "least", f)
		if err != nil {
			return err
		}
		_, peak, err := once(ctx, "peak", f)
		if err != nil {
			return err
		}
		name := strings.ReplaceAll(strings.TrimSuffix(filepath.Base(f), filepath.Ext(f)), "-", " ")
		if i < len(files) {
			name = fmt.Sprintf("text %d", i+1)
		}
		fmt.Printf("| %s | %.2f | %.1f | 1/%.0f | %d | %.1f |\n", name, float64(info.Size())/1e6, speed, least/speed, peak>>20, float64(peak-idle)/float64(info.Size()))
	}
	return nil
}

// bigFiles makes up what nobody should have to wait long for: a book of twelve
// megabytes as text and as Markdown, and files of shapes that are no book's.
func bigFiles(dir string) ([]string, error) {
	rng := rand.New(rand.NewPCG(1, 2)) // the same book each time
	common := strings.Fields("the of and to in a that was it he for with as his on be at by had not they which this from but have you are or her she were their one all we when there can said an what up if out so who them into time has him no could then now than its other some my do made these about over new two any where before after many may")
	rare := make([]string, 4000)
	for i := range rare {
		var b strings.Builder
		for range 2 + rng.IntN(3) {
			b.WriteString([]string{"ka", "lo", "mi", "ter", "ves", "un", "dra", "sol", "pen", "ri", "ost", "gal"}[rng.IntN(12)])
		}
		rare[i] = b.String()
	}
	word := func() string {
		if rng.IntN(5) < 3 {
			return common[rng.IntN(len(common))]
		}
		return rare[rng.IntN(len(rare))]
	}
	sentence := func() string {
		words := make([]string, 5+rng.IntN(25))
		for i := range words {
			words[i] = word()
		}
		words[0] = strings.ToUpper(words[0][:1]) + words[0][1:]
		s := strings.Join(words, " ") + "."
		if rng.IntN(8) == 0 {
			s = "“" + s + "”"
		}
		return s
	}
	paragraph := func(b *strings.Builder) {
		col := 0
		for range 1 + rng.IntN(7) {
			for w := range strings.FieldsSeq(sentence()) {
				if col > 0 && col+len(w) > 71 {
					b.WriteByte('\n')
					col = 0
				} else if col > 0 {
					b.WriteByte(' ')
					col++
				}
				b.WriteString(w)
				col += len(w)
			}
		}
		b.WriteString("\n\n")
	}
	var text, md strings.Builder
	text.WriteString("THE LONG ROAD\n\nby A. Writer\n\n")
	md.WriteString("# The Long Road\n\nby A. Writer\n\n")
	for chapter := 1; text.Len() < 12_000_000; chapter++ {
		fmt.Fprintf(&text, "CHAPTER %d\n\n", chapter)
		fmt.Fprintf(&md, "## Chapter %d\n\n", chapter)
		for p := range 60 {
			var b strings.Builder
			paragraph(&b)
			text.WriteString(b.String())
			switch {
			case p%20 == 7:
				md.WriteString("> " + strings.ReplaceAll(strings.TrimSpace(b.String()), "\n", "\n> ") + "\n>\n> — Somebody\n\n")
			case p%20 == 15:
				md.WriteString("- one *thing*\n- another `thing`, and [a third](https://example.org/x)\n\n")
			default:
				md.WriteString(b.String())
			}
		}
	}
	var files []string
	for _, f := range []struct {
		name string
		fill func(w *bufio.Writer)
	}{
		{"a-book-of-12-MB.txt", func(w *bufio.Writer) { _, _ = w.WriteString(text.String()) }},
		{"a-book-of-12-MB-in-Markdown.md", func(w *bufio.Writer) { _, _ = w.WriteString(md.String()) }},
		{"one-line-of-50-MB.txt", func(w *bufio.Writer) { repeat(w, "word and ", 50<<20) }},
		{"one-line-of-50-MB-in-Markdown.md", func(w *bufio.Writer) { repeat(w, "word and ", 50<<20) }},
		{"a-million-headings.txt", func(w *bufio.Writer) { repeat(w, "II. Heading\n\nText.\n\n", 1_000_000*20) }},
		{"a-million-headings-in-Markdown.md", func(w *bufio.Writer) { repeat(w, "## Heading\n\n", 1_000_000*12) }},
		{"eight-million-empty-lines.txt", func(w *bufio.Writer) { _, _ = w.WriteString("a"); repeat(w, "\n", 8<<20); _, _ = w.WriteString("b") }},
	} {
		path := filepath.Join(dir, f.name)
		out, err := os.Create(path)
		if err != nil {
			return nil, err
		}
		w := bufio.NewWriter(out)
		f.fill(w)
		if err := errors.Join(w.Flush(), out.Close()); err != nil {
			return nil, err
		}
		files = append(files, path)
	}
	return files, nil
}

// repeat writes a piece until there are n bytes of it. Errors show at Flush.
func repeat(w *bufio.Writer, piece string, n int) {
	for i := 0; i < n; i += len(piece) {
		_, _ = w.WriteString(piece)
	}
}
