package main

import (
	"os"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/library"
)

// The page of a portion has every passage under its number, the pages of the
// printed copy, mottoes and footnotes, and asks nothing of anybody. PAGE names
// a file to look at it.
func TestTextPage(t *testing.T) {
	f := newFakeStage(t, nil).(*fakeStage)
	long := strings.Repeat("What is read slowly is read once, and what is read in haste is read again. ", 6)
	w := &library.Work{Meta: library.Meta{Title: "On <Reading>", Author: "A. Reader", Language: "en", Aliases: []string{"slow"}, Rights: "Free to copy, with this line."},
		Sections: []library.Section{{Title: "The first chapter", Depth: 1, Parent: -1}, {Title: "שער שני", Depth: 1, Parent: -1}},
		Passages: []library.Passage{
			{Kind: library.Epigraph, Text: "Festina lente.", Attribution: "Augustus"},
			{Kind: library.Paragraph, Text: "It begins here.[1] " + long, Page: "12", Notes: []int{7}},
			{Kind: library.Quotation, Text: "A line\nand another <script>alert(1)</script>", Attribution: "Ben, in a letter", Page: "12"},
			{Kind: library.Paragraph, Text: long, Page: "13"},
			{Kind: library.Preformatted, Text: "a    b    c    d    e    f    g    h    i    j    k    l    m\n  1  2", Page: "13"},
			{Kind: library.Paragraph, Section: 1, Text: "פתח דבר " + strings.Repeat("מילה ", 40), Page: "14"},
			{Kind: library.List, Section: 1, Text: "- *one* <b>\n- two", Page: "14"},
			{Kind: library.Footnote, Section: 1, Label: "1", Text: "A note that is called.", Page: "12"},
		}}
	w.Number()
	if _, err := f.house.desk.Import(t.Context(), 0, w); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{`/group setup name:x city:UTC place:- length:-`, `/plan create slow "thu 19:00" 1`, "/plan publish"} {
		f.Say(t, "ana", line)
	}
	e := bot.Event{Key: "fake:text", At: f.clock.now(), Room: bot.Room{Platform: bottest.FakeName, ID: "room"}, Account: account(bottest.FakeName, "ben"), Text: "text", Addressed: true}
	reply, _ := f.house.dispatcher.Handle(t.Context(), e)
	if reply.File == nil || !reply.Private || reply.File.MIME != "text/html" {
		t.Fatalf("answered %+v", reply)
	}
	if name := os.Getenv("PAGE"); name != "" {
		if err := os.WriteFile(name, reply.File.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var text strings.Builder
	z := html.NewTokenizer(strings.NewReader(string(reply.File.Data)))
	style := false
	for z.Next() != html.ErrorToken {
		switch tok := z.Token(); tok.Type {
		case html.TextToken:
			if !style {
				text.WriteString(tok.Data + " ")
			}
		case html.StartTagToken:
			style = tok.Data == "style"
			if tok.Data == "script" || tok.Data == "link" || tok.Data == "img" {
				t.Errorf("the page has a <%s>", tok.Data)
			}
			for _, a := range tok.Attr {
				if strings.Contains(a.Val, "//") {
					t.Errorf("the page asks for %s", a.Val)
				}
			}
		case html.EndTagToken:
			style = false
		}
	}
	if !strings.Contains(string(reply.File.Data), "• <em>one</em> &lt;b&gt;") {
		t.Error("what is emphasised in the text is not on the page")
	}
	shown := strings.Join(strings.Fields(text.String()), " ")
	at := 0
	for _, want := range []string{
		"On <Reading>", "Reading 1 of 1 · ¶ 1–6 · pages 12–14 · ", " words", "The first chapter", "ep 1 Festina lente.", "Augustus", "p. 12", "1 It begins here.[1]",
		"2 A line and another <script>alert(1)</script>", "Ben, in a letter", "p. 13", "3 What", "4 a", "שער שני", "p. 14", "5 פתח", "6 • one <b> • two", "Notes", "fn 1 A note that is called.", "Free to copy",
	} {
		i := strings.Index(shown[at:], want)
		if i < 0 {
			t.Fatalf("%q is missing, or out of order, in\n%s", want, shown)
		}
		at += i + len(want)
	}
}
