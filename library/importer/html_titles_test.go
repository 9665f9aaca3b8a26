package importer_test

import (
	"testing"

	"lectern/library"
)

// Pages of DocBook's set the title page, and the heads of boxes, as headings of one
// size, however deep they stand.
func TestHeadingsOfTitlePagesAndBoxes(t *testing.T) {
	w := readPage(t, `<html><head><title>Of Lamps</title></head><body><div class="titlepage"><h1 class="title">Of Lamps</h1><h3 class="subtitle">Second edition</h3>
<div class="author"><h3 class="author">Ada Lowell</h3><div class="affiliation">The Reading Room</div></div><div class="author"><h3 class="author">Ben Ode</h3></div></div>
<h2>1. Oil</h2><p>It is bought.</p><h3>1.1. When</h3><p>On Mondays.</p><h4>1.1.1. And then</h4><p>Every week.</p>
<div class="tip"><h3 class="title">Rationale</h3><p>It runs out.</p></div><div class="note"><h3 class="title">Note</h3><p>Often.</p></div>
<h4>1.1.2. Never</h4><p>On Sundays.</p><h2>2. Wicks</h2><h3 class="author">Cy Roe</h3><p>They are cut.</p></body></html>`)
	if w.Title != "Of Lamps" || w.Subtitle != "Second edition" || w.Author != "Ada Lowell, Ben Ode" {
		t.Errorf("%q, %q, by %q", w.Title, w.Subtitle, w.Author)
	}
	same(t, "outline", outlineOf(w), []string{"1 1 Oil", "2 1.1 When", "3 1.1.1 And then", "4  Rationale", "4  Note", "3 1.1.2 Never", "1 2 Wicks", "2  Cy Roe"})
	var front []string
	for _, p := range w.Parts {
		if p.Kind == library.FrontMatter {
			front = append(front, p.Text)
		}
	}
	same(t, "title page", front, []string{"Of Lamps", "Second edition", "Ada Lowell", "The Reading Room", "Ben Ode"})
}

// What a page calls laid out literally keeps its lines, also those that are set in.
func TestLiteralLayout(t *testing.T) {
	w := readPage(t, `<html><head><title>Changes</title></head><body><h1>Changes</h1><div class="literallayout"><p><br>
*&nbsp;A&nbsp;lamp&nbsp;is&nbsp;lit&nbsp;before&nbsp;anybody&nbsp;comes,&nbsp;and&nbsp;put&nbsp;out&nbsp;when<br>
&nbsp;&nbsp;nobody&nbsp;is&nbsp;there.<br><br>
&nbsp;&nbsp;-&nbsp;The&nbsp;oil&nbsp;is&nbsp;counted.<br>
&nbsp;&nbsp;&nbsp;&nbsp;Twice.<br></p></div><p>Nothing else has changed.</p></body></html>`)
	same(t, "passages", passagesOf(w), []string{
		"stanza []: * A lamp is lit before anybody comes, and put out when\nnobody is there.",
		"stanza []: - The oil is counted.\nTwice.",
		"paragraph []: Nothing else has changed.",
	})
}
