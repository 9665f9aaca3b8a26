package importer_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"lectern/library/importer"
)

// Pages that were made to keep a reader busy are read within a bound for each of
// their bytes and passages in what they allocate.
func TestHostilePages(t *testing.T) {
	many := func(n int, s string) string { return strings.Repeat(s, n) }
	counted := func(n int, format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, page string
		passages   int
	}{
		{"marks of fonts that never close", "<html>" + many(raced(60_000, 15_000), "<p>word<a><i><b><font>"), raced(60_000, 15_000)},
		{"marks of fonts that differ", "<html>" + counted(raced(20_000, 5_000), `<p>word<font id="%[1]d"><b title="%[1]d"><i style="x%[1]d">`), raced(20_000, 5_000)},
		{"paragraphs of one section", "<html>" + many(raced(200_000, 50_000), "<p>word"), raced(200_000, 50_000)},
		{"an attribute of 15 MB", `<html><p title="` + many(3<<20, "data ") + `">word and word`, 1},
		{"a style of 15 MB", `<html><p style="` + many(3<<20, "data ") + `">word and word`, 1},
		{"attributes that come to 15 MB", "<html><p " + counted(1_500_000, "a%d=1 ") + ">word and word", 1},
		{"attributes in many tags", "<html>" + many(10_000, "<p "+counted(200, "a%d=1 ")+">word"), 10_000},
		{"a picture in the page", `<html><p>word <img src="data:image/png;base64,` + many(3<<20, "AAAAA") + `"> and word`, 1},
		{"furniture nested deep", "<html>" + many(300, many(400, "<div class=nav>")+many(400, "word ")+many(400, "</div>")) + "<p>word and word.", 1},
		{"lists nested deep", "<html>" + many(240, "<ul><li>x") + many(raced(100_000, 20_000), "<li>word"), 1},
		{"one-way calls in one block", "<html><p>" + counted(raced(40_000, 5_000), "some words here and there<sup><a href=#n%[1]d>1</a></sup>") + "</p>" + counted(raced(40_000, 5_000), "<p id=n%[1]d>1. x"), raced(40_000, 5_000) + 1},
		{"one-way links back into one block", "<html><p>" + counted(raced(40_000, 5_000), "some words here and there<sup id=n%[1]d>1</sup>") + "</p>" + counted(raced(40_000, 5_000), "<p><a href=#n%[1]d>1</a>. x"), raced(40_000, 5_000) + 1},
		{"calls of notes into one block", "<html><div>" + counted(raced(40_000, 5_000), "a<a id=r%[1]d href=#n%[1]d>9</a>") + "</div><div>" + counted(raced(40_000, 5_000), "<span id=n%[1]d>x</span>") + "</div>", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			w, err := importer.Read(t.Context(), "x.html", strings.NewReader(c.page), importer.Options{})
			runtime.ReadMemStats(&after)
			if err != nil || len(w.Passages) != c.passages {
				t.Fatalf("%v, %v", w, err)
			}
			if n := after.TotalAlloc - before.TotalAlloc; n > uint64(raced(20, 40)*len(c.page)+raced(3, 6)<<10*c.passages+64<<20) {
				t.Errorf("%d MB allocated for %d MB", n>>20, len(c.page)>>20)
			}
			if n := int64(after.Sys) - int64(before.Sys); n > 512<<20 { // it can also shrink
				t.Errorf("the process grew by %d MB", n>>20)
			}
		})
	}
}

// runsOut is a context that ends when it was asked so many times.
type runsOut struct {
	context.Context
	left, late int
}

func (c *runsOut) Err() error {
	if c.left--; c.left > 0 {
		return nil
	}
	c.late++
	return context.Canceled
}

// A page that is being read is left when it shall be: while it is parsed, and while
// its elements are gone through. Once it was told so, nothing is asked or done for
// longer than a chunk of it takes.
func TestCancelledPage(t *testing.T) {
	page := "<html>" + strings.Repeat("<p>word<ul><li>a<li>b</ul>", 40_000)
	whole := &runsOut{Context: t.Context(), left: 1 << 30}
	if _, err := importer.Read(whole, "x.html", strings.NewReader(page), importer.Options{}); err != nil {
		t.Fatal(err)
	}
	asked := 1<<30 - whole.left
	if asked < 200 {
		t.Fatalf("the context was asked %d times", asked)
	}
	for _, part := range []int{10, 4, 2} {
		c := &runsOut{Context: t.Context(), left: asked - asked/part}
		if _, err := importer.Read(c, "x.html", strings.NewReader(page), importer.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d of %d times: %v", asked-asked/part, asked, err)
		}
		if c.late > 600 {
			t.Errorf("it went on for %d questions", c.late)
		}
	}
}

// What is handed to the parser says the same as the page.
func TestSlimPage(t *testing.T) {
	for _, c := range []struct{ name, page, want string }{
		{"remarks, scripts, styles", `a <!-- no --> b<script>if (a < b) "</p>"</script> c<style>p { x }</style> d<!-->e<!-- -- --!>f`, "a b c def"},
		{"marks of fonts", `One <font color="red">two <i>three</font> four</i> <b>five</b> <tt>six</tt>`, "One two three four five six"},
		{"signs of less", `1 < 2 and <3, a<b c`, "1 < 2 and <3, a"},
		{"hidden marks of fonts", `One <i class="x" style="display: none">two</i> three <font hidden="hidden">four</font> five`, "One three five"},
		{"quoted ends of tags", `One <a href="x>y" title='a "b" >'>two</a> three`, "One two three"},
		{"a mark of bold type over blocks", `One <b>two`, "One two"},
		{"attributes without values", `<span hidden=hidden x y= z>no</span>One<br/>two`, "One\ntwo"},
		{"entities", `caf&eacute; &lt;b&gt; &amp; tea`, "café <b> & tea"},
		{"text that is none", `One <textarea><p>x</p></textarea><noscript><p>no</noscript>two`, "One two"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, err := importer.Read(t.Context(), "x.html", strings.NewReader("<html><body><p>"+c.page+"</p><p>The end of it all.</p>"), importer.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if got := w.Passages[0].Text; got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// Text within pre is kept, however long it is and whatever links stand in it.
func TestLongPre(t *testing.T) {
	page := "<html><h1>Of Lamps</h1><pre>" + strings.Repeat("A line of a listing <a name=x></a>that goes on\n", 4000) + "the last of them</pre>"
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s := w.Passages[0].Text; !strings.HasSuffix(s, "the last of them") || len(s) < 4000*30 {
		t.Errorf("%d bytes are left", len(s))
	}
}
