package importer_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/html"

	"lectern/library/importer"
)

// shown are the letters of a page that a browser's tokenizer shows: those of its
// texts, but for what stands in elements whose content is no part of the page.
func shown(page string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	hidden := ""
	for {
		switch t := z.Next(); t {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			hidden = ""
			if name, _ := z.TagName(); t != html.EndTagToken {
				switch string(name) {
				case "script", "style", "iframe", "noembed", "noframes", "noscript", "textarea":
					hidden = string(name)
				}
			}
		case html.TextToken:
			if hidden == "" {
				b.WriteString(strings.Map(func(r rune) rune {
					if unicode.IsLetter(r) || unicode.IsDigit(r) {
						return r
					}
					return -1
				}, string(z.Text())))
			}
			hidden = ""
		}
	}
}

// FuzzHTMLTags holds the scanner of tags to a browser's tokenizer: what it hands to
// the parser has the same words in the same order, however little is read at once, is
// not much longer, and has nothing more to be left out.
func FuzzHTMLTags(f *testing.F) {
	for _, s := range []string{
		"<p>a<b>b<i class=x>c</i><p>d</b>e", "<!doctype html><title>a<b>c</title><p id=1 name='2' onclick=\"x>y\">d", "<script>a</b></script >b<style>c</style/>d", "<!-->a<!--b--!>c<!-- d",
		"<?x>a</>b</ c>d<1>e<a/=b/c>f", "<xmp>a<b></xmp>c<textarea>d</textarea>e<noscript><p>f</noscript>g", "<font color=red>a<em hidden>b</font>c<b id=x>d<table><td>e</b>f", "<a =b=\"c>\" d='e>f' g>h&lt;i&#106;",
		"a<B><P><STRONG>b</P></STRONG></B>c</b>d", "<p title=\"a", "<p a=b", "<l-bold>a</l-bold><b>b", "<svg><title>a<b>b</title></svg>c", "\x00<p\x00>a\xff<b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, page string) {
		low := strings.ToLower(page)
		if len(page) > 1<<16 || !utf8.ValidString(page) || strings.Contains(low, "<plaintext") || strings.Contains(low, "<svg") || strings.Contains(low, "<math") {
			return // what these make of tags is known to the parser alone
		}
		out, err := importer.SlimPage(t.Context(), page, 1<<15)
		if err != nil {
			t.Fatal(err)
		}
		if few, err := importer.SlimPage(t.Context(), page, 1); err != nil || few != out {
			t.Fatalf("by bytes %q, at once %q, %v", few, out, err)
		}
		if len(out) > 12*len(page)+64 {
			t.Fatalf("%d bytes became %d", len(page), len(out))
		}
		if got, want := shown(out), shown(page); got != want {
			t.Fatalf("%q became %q:\n shows %q\n want  %q", page, out, got, want)
		}
		if again, err := importer.SlimPage(t.Context(), out, 1<<15); err != nil || shown(again) != shown(out) {
			t.Fatalf("%q became %q the second time, %v", out, again, err)
		}
	})
}
