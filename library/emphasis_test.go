package library_test

import (
	"fmt"
	"strings"
	"testing"

	"lectern/library"
)

// inRuns draws runs: emphasis in <e>, strong in <s>, code in <c>.
func inRuns(text string) string {
	var b strings.Builder
	for r := range library.Emphases(text) {
		s := r.Text
		for _, t := range []struct {
			on  bool
			tag string
		}{{r.Code, "c"}, {r.Emphasis, "e"}, {r.Strong, "s"}} {
			if t.on {
				s = fmt.Sprintf("<%s>%s</%[1]s>", t.tag, s)
			}
		}
		b.WriteString(s)
	}
	return b.String()
}

func TestEmphases(t *testing.T) {
	for text, want := range map[string]string{
		"": "",
		"To read *slowly* is not **hard**, says `read`.": "To read <e>slowly</e> is not <s>hard</s>, says <c>read</c>.",
		"_As You Like It_, (_passim_) and “*Emma*”.":     "<e>As You Like It</e>, (<e>passim</e>) and “<e>Emma</e>”.",
		"*one* *two*":                                      "<e>one</e> <e>two</e>",
		"***both***":                                       "<s><e>both</e></s>",
		"**strong with *more* in it**":                     "<s>strong with </s><s><e>more</e></s><s> in it</s>",
		"*“Quoted,”* he wrote.":                            "<e>“Quoted,”</e> he wrote.",
		"*читать* _медленно_":                              "<e>читать</e> <e>медленно</e>",
		"`*not so* here`":                                  "<c>*not so* here</c>",
		"A note.* Another.* The end":                       "A note.* Another.* The end",
		"* the note that the star calls, and *more* of it": "* the note that the star calls, and <e>more</e> of it",
		"(*) and (*)":                                      "(*) and (*)",
		"2 * 3 * 4, 2*3*4":                                 "2 * 3 * 4, 2*3*4",
		"snake_case_name and __init__.py":                  "snake_case_name and <s>init</s>.py",
		"Lord M*** and Lady N***":                          "Lord M*** and Lady N***",
		"* * *":                                            "* * *",
		"*begun and not\nended* here":                      "*begun and not\nended* here",
		"`this' and `that'":                                "`this' and `that'",
		"*a *b *c d*":                                      "<e>a *b *c d</e>",
		"**one*":                                           "**one*",
	} {
		if got := inRuns(text); strings.ReplaceAll(got, "</e><e>", "") != strings.ReplaceAll(want, "</e><e>", "") {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	n := 0
	for range library.Emphases("*a* b *c*") {
		if n++; n == 2 {
			break
		}
	}
}

// What is shown is what was written, but for marks.
func FuzzEmphases(f *testing.F) {
	for _, s := range []string{"*a _b **c** d_ e*", "`*`*", strings.Repeat("*a ", 5000), strings.Repeat("*a_ ", 5000), "**\n*", "***a** b*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var shown strings.Builder
		for r := range library.Emphases(text) {
			if r.Text == "" {
				t.Fatal("an empty stretch")
			}
			shown.WriteString(r.Text)
		}
		rest, ok := text, true
		for i := 0; ok && i < shown.Len(); i++ {
			_, rest, ok = strings.Cut(rest, shown.String()[i:i+1])
		}
		words := func(s string) string { return strings.NewReplacer("*", "", "_", "", "`", "").Replace(s) }
		if !ok || words(shown.String()) != words(text) {
			t.Fatalf("%q is shown as %q", text, shown.String())
		}
	})
}
