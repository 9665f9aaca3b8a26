package importer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

// many repeats a text, under the race detector a quarter as often: it finds
// nothing more in the rest, and no bounds are held to there.
func many(s string, n int) string {
	if raceDetector && n >= 1000 {
		n /= 4
	}
	return strings.Repeat(s, n)
}

// raced is n, or under the race detector fewer, of which it finds as much.
func raced(n, fewer int) int {
	if raceDetector {
		return fewer
	}
	return n
}

// What nobody writes and somebody sends. Each is refused with a reason, or read
// into something sound; none may take memory of more than a stated multiple of
// its size. Time is not asserted; what it takes is in docs/benchmarks.md.
func TestHostileFiles(t *testing.T) {
	const big = 8 << 20
	for _, c := range []struct {
		name, text, reason string
	}{
		{"nothing", "", "file_empty"},
		{"white space", " \n\t\n\u00a0\u200b\r\n", "file_empty"},
		{"NUL bytes", "some text\x00and more", "file_not_text"},
		{"noise", many("\x01\x9f\x02\xfe\x80\xb1\x07", 5000), "file_not_text"},
		{"a zip", "PK\x03\x04\x14\x00", "file_archive_broken"},
		{"no end of line", "One sentence that has no end of line", ""},
		{"one long line", many("word and ", big/9), ""},
		{"one long word", many("x", big), ""},
		{"many empty lines", "a" + many("\n", big) + "b", ""},
		{"many headings", many("# Heading\n\n", 40_000), ""},
		{"many labels", many("II. Heading\n\nText that stands below it.\n\n", 20_000), ""},
		{"many names", many("The Revolution Betrayed\n\nText that stands below.\n\n", 15_000), ""},
		{"many notes", many("[1] A note.\n\n", 40_000), ""},
		{"many dates", many("4 May 1871\n\n", 40_000), ""},
		{"many openings", many("He said:\n\n“Never closed and never ended, and long enough to count as one\n\n", 10_000), ""},
		{"many form feeds", many("a\fb\n", 60_000), ""},
		{"many marks", many("*a **b _c `d [e](f ", 20_000), ""},
		{"many contents", many("Contents\n\n", 20_000), ""},
		{"bullets", strings.Repeat("- ", 50), ""},
		{"lone surrogates and marks", "\ud7ff\u202e\u200d\u0301\ufffd text", ""},
	} {
		for _, name := range []string{"x.txt", "x.md"} {
			t.Run(c.name+" "+name, func(t *testing.T) {
				var before, after runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&before)
				w, err := importer.Read(t.Context(), name, strings.NewReader(c.text), importer.Options{})
				runtime.ReadMemStats(&after)
				if used := after.TotalAlloc - before.TotalAlloc; used > 400*uint64(len(c.text))+8<<20 && !raceDetector {
					t.Errorf("%d bytes took %d of memory in all", len(c.text), used)
				}
				if c.reason != "" {
					if le, ok := errors.AsType[*library.Error](err); !ok || le.Code != library.BadFile || le.Reason != c.reason || le.Args["File"] != name {
						t.Fatalf("got %v, want %s", err, c.reason)
					}
					return
				}
				if le, ok := errors.AsType[*library.Error](err); ok && le.Reason == "file_empty" {
					return // all of it is furniture
				}
				if err != nil {
					t.Fatal(err)
				}
				sound(t, w)
			})
		}
	}
	for _, c := range []struct{ name, text string }{
		{"headings.txt", strings.Repeat("II. Heading\n\nText.\n\n", 1_000_000)}, {"headings.md", strings.Repeat("## Heading\n\n", 1_000_000)},
		{"close.md", strings.Repeat("# Heading\n", 1_000_000)}, {"lines.txt", strings.Repeat("a\n", 4_000_000)}, {"lines.md", strings.Repeat("a\n", 4_000_000)},
	} {
		_, err := importer.Read(t.Context(), c.name, strings.NewReader(c.text), importer.Options{})
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Code != library.TooLarge || le.Reason != "file_too_many_parts" || le.Args["File"] != c.name {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	stairs := func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat("  ", i) + "- step\n")
		}
		return b.String()
	}
	for _, c := range []string{strings.Repeat(">", 5000) + " deep", strings.Repeat("- ", 20_000) + "deep", strings.Repeat("[", 50_000), "a " + strings.Repeat("![", 50_000), stairs(61), strings.Repeat("[^a]: ", 100) + "deep"} {
		_, err := importer.Read(t.Context(), "x.md", strings.NewReader(c), importer.Options{})
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != "file_too_nested" {
			t.Errorf("%.20q…: %v", c, err)
		}
	}
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader(stairs(60)), importer.Options{})
	if err != nil || strings.Count(w.Passages[0].Text, "step") != 60 {
		t.Errorf("60 levels: %v", err)
	}
}

// What makes a parser of Markdown look through the same text again and again is
// refused before it has done so; what only looks like that is read.
func TestTangledMarkdown(t *testing.T) {
	repeat := strings.Repeat
	ticks := func() string {
		var b strings.Builder
		for k := range 3000 {
			b.WriteString(repeat("`", k+1) + "a ")
		}
		return b.String()
	}
	for _, c := range []struct{ name, text, reason string }{
		{"emphasis", many("*a_ ", 1<<20), ""},
		{"strikethrough", many("~~a ", 1<<20), ""},
		{"code", ticks(), "file_too_tangled"},
		{"titles", repeat("[a](b \"", 1<<18), "file_too_tangled"},
		{"addresses", repeat("[a](b", 1<<18), "file_too_tangled"},
		{"angles", repeat("[a](<b ", 1<<18), "file_too_tangled"},
		{"references", repeat("[a][b ", 1<<18), "file_too_tangled"},
		{"attributes", many("<a b='c\" ", 1<<16), ""},
		{"a tag that never ends", "a <a" + many(" a", 1<<18), ""},
		{"definitions", repeat("[a]: b\n", 1<<18), "file_too_tangled"},
		{"white space within lists", repeat("- ", 59) + "a\n" + repeat(repeat(" ", 200)+"a\n", 1<<16), "file_too_tangled"},
		{"a wide table", repeat("|a", 2000) + "\n" + repeat("|-", 2000) + "\n" + repeat("|\n", 1<<14), "file_too_many_parts"},
		{"marks that close", many("`a` [b](c) <i>d</i>\n", 1<<15), ""},
		{"brackets that are text", repeat("He [the author] said [so](so). ", 1<<12), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), "x.md", strings.NewReader(c.text), importer.Options{})
			if le, ok := errors.AsType[*library.Error](err); c.reason != "" && (!ok || le.Code != library.TooLarge || le.Reason != c.reason) || c.reason == "" && err != nil {
				t.Fatalf("got %v, want %q", err, c.reason)
			}
			if c.reason == "" {
				sound(t, w)
			}
		})
	}
}

// A parser that is told to stop does not go on to the end of its file.
func TestParsingHeedsTheContext(t *testing.T) {
	for _, text := range []string{strings.Repeat("`a` [b](c) <d> ", 1<<14), strings.Repeat("- a\n", 1<<14)} {
		ctx := &lateContext{Context: t.Context(), left: 100}
		if _, err := importer.Read(ctx, "x.md", strings.NewReader(text), importer.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%.10q…: %v", text, err)
		}
		// Once more for each line or mark that is passed over, at most.
		if ctx.asked > 200 {
			t.Errorf("asked %d times", ctx.asked)
		}
	}
}

// A lateContext ends when it has been asked a number of times.
type lateContext struct {
	context.Context
	left, asked int
}

func (c *lateContext) Err() error {
	if c.asked++; c.asked > c.left {
		return context.Canceled
	}
	return nil
}

// Notes that are called, and those that are not, are looked up by their labels
// and take no more than their size.
func TestManyFootnotes(t *testing.T) {
	const n = 50_000
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "Text.[^%d]\n\n", i)
	}
	for i := range n {
		fmt.Fprintf(&b, "[^%d]: Note %d.\n", n-1-i, n-1-i)
	}
	b.WriteString("[^spare]: Nobody calls it.\n")
	w, err := importer.Read(t.Context(), "x.md", strings.NewReader(b.String()), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	p := w.Passages
	if len(p) != 2*n+1 || p[n].Text != "Note 0." || p[2*n].Label != "spare" || len(p[7].Notes) != 1 || p[7].Notes[0] != n+7 {
		t.Errorf("%d passages, first note %q, last %q", len(p), p[n].Text, p[len(p)-1].Text)
	}
}

// A large file is refused after its first bytes beyond the limit.
func TestTooLargeIsNotReadWhole(t *testing.T) {
	r := &counting{r: endless{}, left: 200 << 20}
	_, err := importer.Read(t.Context(), "big.txt", r, importer.Options{MaxBytes: 1 << 20})
	le, ok := errors.AsType[*library.Error](err)
	if !ok || le.Code != library.TooLarge || le.Reason != "file_too_large" || le.Args["Max"] != 1 || le.Args["File"] != "big.txt" {
		t.Fatalf("got %v", err)
	}
	if r.read > 1<<20+1 {
		t.Errorf("%d bytes were read", r.read)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "a text \n"[i%8]
	}
	return len(p), nil
}

type counting struct {
	r    io.Reader
	read int64
	left int64
}

func (c *counting) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, io.EOF
	}
	n, err := c.r.Read(p)
	c.read += int64(n)
	c.left -= int64(n)
	return n, err
}

// An error in the middle of a file is no file, and not a person's mistake.
func TestReadErrorIsNoBadFile(t *testing.T) {
	_, err := importer.Read(t.Context(), "x.txt", io.MultiReader(strings.NewReader("text"), broken{}), importer.Options{})
	if _, ok := errors.AsType[*library.Error](err); ok || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Old encodings are read where they are plainly so, and the doubt is told.
func TestEncodings(t *testing.T) {
	for _, c := range []struct{ name, text, want, warning string }{
		{"windows-1252", "Die Stra\xdfe ist l\xe4nger als der Weg, sagte \x84er\x93.\n", "Die Straße ist länger als der Weg, sagte „er“.", "old_encoding"},
		{"UTF-16, little", "\xff\xfeO\x00n\x00e\x00 \x00d\x00a\x00y\x00.\x00", "One day.", "old_encoding"},
		{"UTF-16, big", "\xfe\xff\x00O\x00n\x00e\x00 \x00d\x00a\x00y\x00.", "One day.", "old_encoding"},
		{"a byte order mark", "\ufeffOne day.", "One day.", ""},
		{"broken UTF-8", "Élan, façade, naïve, déjà vu\xff and so on.", "Élan, façade, naïve, déjà vu\ufffd and so on.", "broken_characters"},
		{"one stray byte", "Naïve people ran.\n\nIt was a fa\xe7ade.", "Naïve people ran.", "broken_characters"},
		{"ligatures, soft hyphens, odd spaces", "The ﬁrst of\u00adﬁce\u00a0is\u2009here  now.", "The first office is here now.", ""},
		{"soft hyphens at line ends", "Nobody who lived in the whole of that long and narrow country could be\u00ad\nlieve what the in\u00ad \ndeed efficient man did.", "Nobody who lived in the whole of that long and narrow country could believe what the indeed efficient man did.", ""},
		{"old line ends", "One day.\r\rAnother.", "One day.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), "x.txt", strings.NewReader(c.text), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if w.Passages[0].Text != c.want {
				t.Errorf("got %q, want %q", w.Passages[0].Text, c.want)
			}
			if m, err := importer.Read(t.Context(), "x.md", strings.NewReader(c.text), importer.Options{}); err != nil || m.Passages[0].Text != c.want {
				t.Errorf("as Markdown: %v, %v", m, err)
			}
			has := false
			for _, x := range w.Warnings {
				has = has || x.Code == c.warning
			}
			if has != (c.warning != "") {
				t.Errorf("warnings: %v", w.Warnings)
			}
		})
	}
}
