package main

import (
	"fmt"
	"html"
	"strings"
	"testing"

	"github.com/rivo/uniseg"
)

// The README's picture is what the demo shows for docs/demo.txt, drawn anew by
// `make docs`.
func TestPicture(t *testing.T) {
	code, out, errOut := lectern(t, "", "demo", "--script", "../../docs/demo.txt", "--color")
	if code != 0 || errOut != "" {
		t.Fatalf("ended with %d: %s", code, errOut)
	}
	golden(t, "../../docs/demo.svg", picture(out))
}

// Sizes of the picture, in pixels. Every run of text is stretched to its
// columns, so that it stands right in whatever font there is.
const (
	columnWidth = 9
	lineHeight  = 21
	margin      = 24
	columns     = 82
)

// picture draws what a terminal would show as SVG.
func picture(shown string) string {
	lines := strings.Split(strings.TrimRight(shown, "\n"), "\n")
	width, height := columns*columnWidth+2*margin, len(lines)*lineHeight+2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%[1]d" height="%[2]d" font-family="'DejaVu Sans Mono',Menlo,Consolas,monospace" font-size="15" fill="#d9dade" xml:space="preserve">
<title>A reading group in the terminal</title>
<style>.b{font-weight:bold;fill:#fff}.i{font-style:italic;fill:#b9bcc9}.c{fill:#86d3c8}.m{fill:#1d1f24}</style>
<rect width="%[1]d" height="%[2]d" rx="8" fill="#1d1f24"/>
`, width, height)
	for i, l := range lines {
		at, y := 0, margin+i*lineHeight+15
		for l != "" {
			var class string
			run := l
			if codes, rest, ok := strings.Cut(strings.TrimPrefix(l, "\x1b["), "m"); ok && strings.HasPrefix(l, "\x1b[") {
				run, l, _ = strings.Cut(rest, "\x1b[0m")
				class = classes(codes)
			} else if k := strings.IndexByte(l, '\x1b'); k >= 0 {
				run, l = l[:k], l[k:]
			} else {
				l = ""
			}
			wide := uniseg.StringWidth(run)
			if blank := len(run) - len(strings.TrimLeft(run, " ")); blank > 0 { // SVG would fold them
				at, run, wide = at+blank, run[blank:], wide-blank
			}
			if text := strings.TrimRight(run, " "); text != "" {
				fmt.Fprintf(&b, `<text x="%d" y="%d"%s textLength="%d" lengthAdjust="spacingAndGlyphs">%s</text>`+"\n",
					margin+at*columnWidth, y, class, uniseg.StringWidth(text)*columnWidth, html.EscapeString(text))
			}
			at += wide
		}
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// classes are the classes of the SVG for the codes of an ANSI escape.
func classes(codes string) string {
	var out []string
	for c := range strings.SplitSeq(codes, ";") {
		switch c {
		case "1":
			out = append(out, "b")
		case "3":
			out = append(out, "i")
		case "36":
			out = append(out, "c")
		}
	}
	return ` class="` + strings.Join(out, " ") + `"`
}
