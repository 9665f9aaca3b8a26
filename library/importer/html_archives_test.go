package importer_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"lectern/library"
	"lectern/library/importer"
)

func readPage(t *testing.T, page string) *library.Work {
	t.Helper()
	w, err := importer.Read(t.Context(), "x.html", strings.NewReader(page), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func leftFor(w *library.Work, reason string) (out []string) {
	for _, l := range w.LeftOut {
		if l.Reason == reason {
			out = append(out, l.Text)
		}
	}
	return out
}

// A page of Project Gutenberg: its frame says title and author, numbers of pages
// stand in the middle of words' lines, stanzas are made of elements.
func TestGutenbergPage(t *testing.T) {
	w := readPage(t, `<!DOCTYPE html><html lang="en"><head><title>The Project Gutenberg eBook of Of Lamps, by Ada Lowell</title></head><body>
<section class="pg-boilerplate pgheader"><h2>The Project Gutenberg eBook of Of Lamps</h2><p>For the use of anyone.</p><p><strong>Title</strong>: Of Lamps</p><p><strong>Author</strong>: Ada Lowell</p><p>Language: English</p><div><span>*** START OF THE PROJECT GUTENBERG EBOOK OF LAMPS ***</span></div></section>
<p>Produced by Somebody</p><h1>OF LAMPS</h1><h2>by Ada Lowell</h2>
<h2>CONTENTS</h2><table><tr><td>I.</td><td><a href="#c1">Of Oil</a></td><td><a href="#Page_1">1</a></td></tr><tr><td>II.</td><td><a href="#c2">Of Wicks</a></td><td><a href="#Page_9">9</a></td></tr></table>
<div class="chapter"><h2 id="c1"><span class="pagenum"><a id="Page_1">[Pg 1]</a></span>CHAPTER I<br>OF OIL</h2></div>
<p>Oil is bought on Mondays,<a id="FNanchor_1" href="#Footnote_1" class="fnanchor">[1]</a> and it is kept dry all<span class="pagenum"><a id="Page_2">[Pg 2]</a></span> through the week.</p><p>So it was.</p>
<div class="poem"><div class="stanza"><div class="verse indent0">The oil is low,</div><div class="verse indent2">the wick is long,</div></div><div class="stanza"><span class="i0">and nobody<br /></span><span class="i0">knows a song.<br /></span></div></div>
<div class="footnotes"><h3>FOOTNOTES:</h3><div class="footnote"><p><a id="Footnote_1" href="#FNanchor_1" class="label">[1]</a> Or on Tuesdays.</p><p>Never on Sundays.</p></div></div>
<h2 id="c2">CHAPTER II<br>OF WICKS</h2><p><span class="pagenum" id="Page_9">9</span>Wicks are cut.</p>
<div>*** END OF THE PROJECT GUTENBERG EBOOK OF LAMPS ***</div><p>Updated editions will replace this one.</p></body></html>`)
	if w.Title != "Of Lamps" || w.Author != "Ada Lowell" || w.Language != "en" {
		t.Errorf("%q by %q in %q", w.Title, w.Author, w.Language)
	}
	same(t, "outline", outlineOf(w), []string{"1 I OF OIL", "1 II OF WICKS"})
	same(t, "passages", passagesOf(w), []string{
		"paragraph [5]: Oil is bought on Mondays,[1] and it is kept dry all through the week.",
		"paragraph []: So it was.",
		"stanza []: The oil is low,\nthe wick is long,",
		"stanza []: and nobody\nknows a song.",
		"paragraph []: Wicks are cut.",
		"footnote []: Or on Tuesdays. Never on Sundays.",
	})
	var pages []string
	for i := range w.Passages[:5] {
		pages = append(pages, w.Passages[i].Page)
	}
	same(t, "pages", pages, []string{"1", "2", "2", "2", "9"})
	if frame := leftFor(w, "Project Gutenberg's frame"); len(frame) < 8 {
		t.Errorf("of the frame: %q", frame)
	}
	if contents := leftFor(w, "table of contents"); len(contents) != 2 {
		t.Errorf("of the contents: %q", contents)
	}
}

// A page of an archive: lines about its source, a second paragraph of a note, links
// to the next page before and behind the notes.
func TestArchivePage(t *testing.T) {
	w := readPage(t, `<html><head><title>Lowell: Of Lamps</title></head><body><p class="title">Ada Lowell</p><h1>Of Lamps</h1><h3>Part One</h3>
<p class="information"><span class="info">Written:</span> May 1881.<br><span class="info">Source:</span> <em>Lamps</em>, London 1937.<br><span class="info">Transcription:</span> A. Volunteer.</p>
<h4>Chapter I<br>Of Oil</h4><p class="fst">Oil is bought on Mondays.<a href="#n1" name="f1"><sup>[1]</sup></a></p><p class="quoteb">It is kept dry.</p><p>And so on <a href="#n2" name="f2">[2]</a></p>
<p class="link"><a href="ch02.htm">Next Chapter: Of Wicks</a></p><hr><h3>Footnotes</h3><p class="endnote"><a name="n1" href="#f1">[1]</a> Or on Tuesdays.</p><p class="endnote">Never on Sundays.</p><p class="endnote"><a name="n2" href="#f2">[2]</a> Without end.</p>
<p class="footer"><a href="index.htm">Ada Lowell Archive</a> | <a href="../index.htm">Library</a></p><p class="updat">Last updated on: 28.11.2008</p></body></html>`)
	if w.Title != "Of Lamps" || w.Author != "Ada Lowell" || w.Date != "May 1881" || w.Source != "Lamps, London 1937" {
		t.Errorf("%q by %q, %q, from %q", w.Title, w.Author, w.Date, w.Source)
	}
	same(t, "outline", outlineOf(w), []string{"1 One ", "2 I Of Oil"})
	same(t, "passages", passagesOf(w), []string{
		"paragraph [3]: Oil is bought on Mondays.[1]", "quotation []: It is kept dry.", "paragraph [4]: And so on [2]",
		"footnote []: Or on Tuesdays. Never on Sundays.", "footnote []: Without end.",
	})
	if site := leftFor(w, "site furniture"); !slices.Contains(site, "Next Chapter: Of Wicks") || !slices.Contains(site, "Ada Lowell Archive | Library") {
		t.Errorf("of the site: %q", site)
	}
}

// An old page without any heading or paragraph that says so: headings in bold type,
// paragraphs set in by spaces that do not break, verses.
func TestPageOfBreaks(t *testing.T) {
	long := "which goes on for more than a line when it is shown in a window of some width, as of old"
	in := "&nbsp;&nbsp;&nbsp;"
	w := readPage(t, `<html><body><font face=arial><center><b>OF LAMPS</b><br>by Ada Lowell</center><br><br><b>1. Of Oil</b><br><br>`+
		in+`A paragraph, `+long+`.<br>`+in+`Another one, `+long+`.<br>`+in+`A third, `+long+`.<br><br><b>2. Of Wicks</b><br><br>`+
		in+`The oil is low<br>`+in+in+`the wick is long<br>`+in+`and nobody knows a song<br><br>The <b>end</b> of it.</font></body></html>`)
	if w.Title != "OF LAMPS" || w.Author != "Ada Lowell" {
		t.Errorf("%q by %q", w.Title, w.Author)
	}
	same(t, "outline", outlineOf(w), []string{"1 1 Of Oil", "1 2 Of Wicks"})
	same(t, "passages", passagesOf(w), []string{
		"paragraph []: A paragraph, " + long + ".", "paragraph []: Another one, " + long + ".", "paragraph []: A third, " + long + ".",
		"stanza []: The oil is low\nthe wick is long\nand nobody knows a song", "paragraph []: The end of it.",
	})
}

// Bold type within paragraphs makes no headings, nor does it where there are some.
func TestBoldIsNoHeading(t *testing.T) {
	w := readPage(t, `<html><body><h1>Of Lamps</h1><p><b>Oil and more</b></p><p>It is <b>bought</b>.</p><p><b>Wicks</b></p><p>They are cut.</p></body></html>`)
	if len(w.Sections) != 1 || len(w.Passages) != 4 {
		t.Errorf("%q, %q", outlineOf(w), passagesOf(w))
	}
}

func TestTitleTails(t *testing.T) {
	for _, c := range []struct{ head, body, want string }{
		{`<title>Of Lamps | The Daily Example</title>`, `<header><h1>Of Lamps</h1></header><article><p>Oil is bought on Mondays, as everybody knows.</p></article>`, "Of Lamps"},
		{`<title>The Daily Example - Of Lamps</title><meta property="og:site_name" content="The Daily Example">`, `<p>Oil is bought on Mondays.</p>`, "Of Lamps"},
		{`<title>Oil - and wicks - The Daily Example</title><meta property="og:site_name" content="The Daily Example">`, `<p>Oil is bought on Mondays.</p>`, "Oil - and wicks"},
		{`<title>Of Lamps - an essay</title>`, `<p>Oil is bought on Mondays.</p>`, "Of Lamps - an essay"},
	} {
		if w := readPage(t, `<html><head>`+c.head+`</head><body>`+c.body+`</body></html>`); w.Title != c.want {
			t.Errorf("%s: %q", c.head, w.Title)
		}
	}
}

// A short paragraph below the title is a subtitle where more of the title page
// follows, and otherwise text.
func TestSubtitleOrText(t *testing.T) {
	text := readPage(t, `<html><body><h1>Of Lamps</h1><p>The group meets on Tuesdays</p><p>It reads by the light of one lamp, and nobody minds.</p></body></html>`)
	if text.Subtitle != "" || len(text.Passages) != 2 {
		t.Errorf("subtitle %q, %q", text.Subtitle, passagesOf(text))
	}
	title := readPage(t, `<html><body><h1>Of Lamps</h1><p>An essay for beginners</p><p>By Ada Lowell</p><p>It reads by the light of one lamp, and nobody minds.</p></body></html>`)
	if title.Subtitle != "An essay for beginners" || title.Author != "Ada Lowell" || len(title.Passages) != 1 {
		t.Errorf("subtitle %q, author %q, %q", title.Subtitle, title.Author, passagesOf(title))
	}
}

// What a wiki puts around its text is left out; what a browser saves beside a page
// is none of the work.
func TestWikiAndSavedPages(t *testing.T) {
	wiki := `<html><head><title>Lamp - Example Wiki</title></head><body><div id="content" role="main"><h1>Lamp</h1><div id="siteSub">From Example Wiki</div><div class="hatnote">For oil, see <a href="/o">Oil</a>.</div><table class="infobox"><tr><th>Lamp</th></tr><tr><td>Brass</td></tr></table><p>A lamp burns oil by a wick, and it gives some light.</p><div id="toc" class="toc"><h2>Contents</h2><ul><li><a href="#H">1 History</a></li></ul></div><h2 id="H">History</h2><p>They were of brass, and before that they were of clay.</p></div></body></html>`
	w, err := importer.Read(t.Context(), "x.zip", bytes.NewReader(zipped(t, "Lamp.html", wiki, "Lamp_files/frame.html", "<p>Buy lamps today, while they last.")), importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if w.Title != "Lamp" || w.Subtitle != "" {
		t.Errorf("%q, %q", w.Title, w.Subtitle)
	}
	same(t, "passages", passagesOf(w), []string{"table []: Lamp\nBrass", "paragraph []: A lamp burns oil by a wick, and it gives some light.", "paragraph []: They were of brass, and before that they were of clay."})
	if saved := leftFor(w, "a part of a saved page"); len(saved) != 1 {
		t.Errorf("left out: %v", w.LeftOut)
	}
}

// Archives set the author's name above the title, and a date below it; lines about
// the text end where they say so; notes have further paragraphs and letters.
func TestAuthorAboveTitle(t *testing.T) {
	w := htmlWork(t, `<html><head><title>Ada Lowell: The Mill (March 1923)</title></head><body><p class="title"><a href="../../index.htm">Archive</a> &gt; <a href="../index.htm">Lowell</a></p>`+
		`<h2>Ada Lowell</h2><h1>The Mill</h1><h3>(March 1923)</h3><p class="information"><span class="info">Written:</span> in March 1923, when the wheel was mended and everything was at a standstill<br><span class="info">First published:</span> <em>The Millhand</em>, number twelve of the fourth of March 1923<br><span class="info">Source:</span> <em>Collected Works</em>, volume two, as printed by the mill</p>`+
		`<p class="fst">The wheel went round.<sup><a name="n1" href="#f1">[1]</a></sup></p><p>The clerk counted.<sup><a name="eb1" href="#en1">[A]</a></sup></p><h4>I. The Clerks</h4><p class="fst">They counted on, and nobody asked for whom it was that they did.</p>`+
		`<hr><h3>Notes</h3><p class="note"><a name="f1" href="#n1">1.</a> The mill stood at Oak Lane.</p><p class="note">It burned in 1925.</p><h3>Note of the archive</h3><p class="note"><a name="en1" href="#eb1">A.</a> Missing in the edition of 1930.</p></body></html>`)
	same(t, "title page", []string{w.Title, w.Author, w.Date, w.Source}, []string{"The Mill", "Ada Lowell", "March 1923", "Collected Works, volume two, as printed by the mill"})
	same(t, "outline", outlineOf(w), []string{"1  ", "1 I The Clerks"})
	same(t, "passages", textsOf(w), []string{"The wheel went round.[1]", "The clerk counted.[A]", "They counted on, and nobody asked for whom it was that they did.", "The mill stood at Oak Lane. It burned in 1925.", "Missing in the edition of 1930."})
	if len(w.Passages[1].Notes) != 1 || w.Passages[4].Label != "A" {
		t.Errorf("%+v", w.Passages)
	}
}

// A chapter that bears a person's name is no author's.
func TestNameThatIsAChapter(t *testing.T) {
	w := htmlWork(t, `<html><head><title>Two Clerks</title></head><body><h1>Two Clerks</h1><h2>Ada Lowell</h2><p>She counted all day, and nobody asked for whom it was that she did.</p><h2>Bo Carl</h2><p>He did not, and nobody asked for whom it was that he did not.</p></body></html>`)
	same(t, "outline", outlineOf(w), []string{"1  Ada Lowell", "1  Bo Carl"})
	if w.Title != "Two Clerks" || w.Author != "" {
		t.Errorf("%q by %q", w.Title, w.Author)
	}
}

// The menu of a page that is laid out by a table is none of its text, and a line
// beside the text says who wrote it.
func TestMenusInCells(t *testing.T) {
	long := "<P>" + strings.Repeat("the wheel went round and nobody stood beside it, ", 6) + "he said."
	w := htmlWork(t, `<HTML><HEAD><TITLE>My Home Page - Letters from the Coast</TITLE></HEAD><BODY><TABLE><TR><TD><A HREF=index.html>Home</A><BR><A HREF=guest.html>Guestbook</A><BR><A HREF=links.html>Links</A></TD><TD>`+
		`<CENTER><FONT SIZE="+3"><B>Letters from the Coast</B></FONT><BR>by Edith Larkin</CENTER><P><CENTER><B>I</B></CENTER>`+long+long+`<P><CENTER><B>II</B></CENTER>`+long+`</TD></TR></TABLE><HR>You are visitor 12 since May</BODY></HTML>`)
	same(t, "outline", outlineOf(w), []string{"1 I ", "1 II "})
	if w.Title != "Letters from the Coast" || w.Author != "Edith Larkin" || len(w.Passages) != 3 {
		t.Errorf("%q by %q: %q", w.Title, w.Author, passagesOf(w))
	}
	text := strings.Repeat("The wheel went round and nobody stood beside it. ", 12)
	w = htmlWork(t, `<html><head><title>The Mill | The Lantern</title></head><body><div class="entry-header"><h1>The Mill</h1><div class="byline">By <a href="/ann">Ann Weir</a></div></div><div class="entry-content"><p>`+text+`</p><p>`+text+`</p></div><div class="comments"><span class="byline">Jo Doe</span> says no.</div></body></html>`)
	if w.Author != "Ann Weir" {
		t.Errorf("by %q", w.Author)
	}
}

// Rules that are drawn of signs are left out as they are in plain text; a quotation
// may say whose it is on its last line; tables call notes.
func TestRulesAndCallsOnPages(t *testing.T) {
	w := htmlWork(t, `<html><body><h1>The Mill</h1><p>Some words before.</p><table><tr><th>Year</th><th>m</th></tr><tr><td>1911<sup><a href="#n1" id="r1">1</a></sup></td><td>4.2<a href="#n2" id="r2"><sup>b</sup></a></td></tr></table>`+
		`<p>After it.</p><p>* * *</p><p>More of it.</p><blockquote><p>Count, and do not stop.<br>— Proverb</p></blockquote><p>The rest.</p><p id="n1"><a href="#r1">1</a> By the gauge.</p><p id="n2"><a href="#r2">b</a> At noon.</p></body></html>`)
	same(t, "passages", textsOf(w), []string{"Some words before.", "Year | m\n1911[1] | 4.2[b]", "After it.", "More of it.", "Count, and do not stop.", "The rest.", "By the gauge.", "At noon."})
	if len(w.Passages[1].Notes) != 2 || w.Passages[4].Attribution != "— Proverb" || len(w.LeftOut) != 1 {
		t.Errorf("%+v, %v", w.Passages, w.LeftOut)
	}
	w = markdownOf(t, "# The Mill\n\nBefore.\n\n\\* \\* \\*\n\nAfter.\n")
	same(t, "Markdown", textsOf(w), []string{"Before.", "After."})
}

// Lists without items only set in what stands in them, and text beside items is text.
func TestListsThatSetIn(t *testing.T) {
	long := strings.Repeat("the wheel went round and nobody stood beside it, ", 3) + "he said."
	w := htmlWork(t, `<html><body><h1>The Mill</h1><p>One: `+long+`<ul>Set in: `+long+`</ul><p>Two: `+long+`<menu><li>one thing<li>another</menu><dir><li>a<li>b</dir><ul>These: <li>c<li>d</ul><p>Three: `+long+`<ul>Lead <li><p>e</p></li> and tail</ul></body></html>`)
	same(t, "passages", textsOf(w), []string{"One: " + long, "Set in: " + long, "Two: " + long, "- one thing\n- another", "- a\n- b", "These:\n- c\n- d", "Three: " + long, "Lead", "- e", "and tail"})
	if w.Passages[1].Kind != library.Quotation {
		t.Errorf("%q", passagesOf(w))
	}
}

// A page that only shows a text as it was typed is read as that text; one with an
// example is not.
func TestTypedPage(t *testing.T) {
	para := "The question that stood before the delegates was not whether the\nmill would be taken over, but who would keep the accounts once it\nhad been. The clerks had gone home, and nobody had thought of it.\n\n"
	var text strings.Builder
	for _, r := range []string{"I", "II", "III"} {
		text.WriteString("CHAPTER " + r + "\n\n" + para + para + para)
	}
	w := htmlWork(t, "<html><head><title>The Mill</title></head><body><p><a href=x>Home</a> | <a href=y>Index</a></p><h1>The Mill</h1><p>by Ada Lowell</p><pre>\n"+text.String()+"</pre></body></html>")
	same(t, "outline", outlineOf(w), []string{"1 I ", "1 II ", "1 III "})
	if w.Title != "The Mill" || w.Author != "Ada Lowell" || len(w.Passages) != 9 || w.Passages[0].Kind != library.Paragraph || len(w.LeftOut) != 1 {
		t.Errorf("%q by %q: %q, %v", w.Title, w.Author, passagesOf(w), w.LeftOut)
	}
	w = htmlWork(t, "<html><body><h1>How</h1><p>"+strings.Repeat("Write it so. ", 60)+"</p><pre>\n"+strings.Repeat("if level > 4:\n    flood()\n\n", 60)+"</pre></body></html>")
	if w.Passages[1].Kind != library.Preformatted {
		t.Errorf("%q", passagesOf(w))
	}
}
