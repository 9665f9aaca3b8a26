package importer_test

import (
	"strings"
	"testing"

	"lectern/library/importer"
)

// A page as a browser saves it: with the site's menus, share links, related
// pages and comments around an article, and a note in a list of one line.
func TestSavedPage(t *testing.T) {
	w, err := importer.Read(t.Context(), "saved.html", strings.NewReader(`<!DOCTYPE html><html lang="en"><head><title>The lamplighter's ledger – The Evening Review</title><meta name="author" content="Hilde Vane"></head>
<body><header class="site-header"><a href="/">The Evening Review</a><nav><ul><li><a href="/a">Politics</a></li><li><a href="/b">Books</a></li></ul></nav></header>
<article><h1>The lamplighter's ledger</h1><p class="byline">By Hilde Vane</p><div class="share"><a href="#">Share</a> <a href="#">Print</a></div>
<p>Every evening at dusk the keeper of the lamps wrote down the hour.<sup><a href="#fn1" id="r1">1</a></sup></p>
<h2>What the ledger says</h2><p>It says little, and the little it says it says twice over.</p>
<blockquote><p>Lit at five.</p><footer>— the keeper</footer></blockquote><ul><li>oil, by the barrel</li><li>wicks, by the yard</li></ul>
<section class="footnotes"><ol><li id="fn1">The magistrate's clerk, as it seems. <a href="#r1">↩</a></li></ol></section>
</article><aside class="related"><h3>Read next</h3><ul><li><a href="/x">The glassblower</a></li></ul></aside>
<div id="comments"><h3>One comment</h3><p>Anna: a lovely piece.</p></div><footer class="site-footer">© The Evening Review</footer></body></html>`), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Title != "The lamplighter's ledger" || w.Author != "Hilde Vane" {
		t.Errorf("title %q, author %q", w.Title, w.Author)
	}
	var got, left []string
	for i := range w.Passages {
		got = append(got, string(w.Passages[i].Kind)+": "+w.Passages[i].Text)
	}
	same(t, "passages", got, []string{
		"paragraph: Every evening at dusk the keeper of the lamps wrote down the hour.[1]",
		"paragraph: It says little, and the little it says it says twice over.",
		"quotation: Lit at five.",
		"list: - oil, by the barrel\n- wicks, by the yard",
		"footnote: The magistrate's clerk, as it seems.",
	})
	if len(w.Passages[0].Notes) != 1 {
		t.Error("the note is not tied to its call")
	}
	for _, x := range w.LeftOut {
		left = append(left, x.Text)
	}
	same(t, "left out", left, []string{"The Evening Review Politics Books", "Share Print", "Read next The glassblower", "One comment Anna: a lovely piece.", "© The Evening Review"})
}

// An e-book that writes out where each link leads says the same as the pages
// that it was made of.
func TestAddressesBehindLinks(t *testing.T) {
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(`<html><body><p>See the <a class="reference external" href="https://example.org/oil">page on oil</a><span class="link-target"> [https://example.org/oil]</span>.</p></body></html>`), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Passages[0].Text; got != "See the page on oil." {
		t.Errorf("%q", got)
	}
}
