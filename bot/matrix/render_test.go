package matrix

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/phrases"
)

var update = flag.Bool("update", false, "write the golden files anew")

var table = []bot.Command{{Name: "done"}, {Name: "skip"}, {Name: "at", Params: []bot.Param{{Name: "place", Rest: true}}}, {Name: "text"}, {Name: "passage"}, {Name: "help"}}

func voice(t *testing.T) bot.Voice {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	return book.In("en")
}

// Every kind of block, as it was seen to be right.
func TestRenderGolden(t *testing.T) {
	for name, reply := range bottest.Gallery() {
		t.Run(name, func(t *testing.T) {
			formatted, plain := Render(reply, Look{Commands: table, Voice: voice(t)})
			got := strings.ReplaceAll(formatted, "</p>", "</p>\n") + "\n\n" + plain + "\n"
			golden(t, name, got)
		})
	}
}

// What can be pressed elsewhere is told in as few words as it takes.
func TestHints(t *testing.T) {
	commands := []bot.Command{
		{Name: "passage", Params: []bot.Param{{Name: "citation", Rest: true}}},
		{Name: "search", Params: []bot.Param{{Name: "query", Rest: true}}},
		{Name: "plan publish", Params: []bot.Param{{Name: "plan", Named: true}, {Name: "revision", Named: true}}},
	}
	passage := func(label, citation string) bot.Action {
		return bot.Action{Label: label, Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": citation}}}
	}
	hits := []bot.Action{passage("handbook 3", "handbook 3"), passage("handbook 5", "handbook 5"), passage("handbook 7", "handbook 7")}
	publish := bot.Action{Label: "Publish", Do: bot.Invocation{Command: "plan publish", Args: map[string]string{"plan": "1", "revision": "2"}}}
	for _, x := range []struct {
		actions []bot.Action
		want    string
	}{
		{hits, "Reply handbook 3 and so on"},
		{hits[:1], "Reply handbook 3"},
		{[]bot.Action{passage("◀ 2", "handbook 2"), hits[0]}, "Reply ◀ 2 · handbook 3"},
		{append(hits[:3:3], bot.Action{Label: "5 more", Do: bot.Invocation{Command: "search", Args: map[string]string{"query": "x", "from": "5"}}}), "Reply handbook 3 and so on · 5 more"},
		{[]bot.Action{publish}, "Reply Publish"},
		{[]bot.Action{{Label: "Read", React: "✅"}, {Label: "I'm at…", Do: bot.Invocation{Command: "at"}, Ask: "place"}, publish}, "✅ Read · or reply at 42 · Publish"},
		{[]bot.Action{{Label: "Read", React: "✅"}}, "✅ Read"},
		{[]bot.Action{passage("1.II The Bolshevik programme", "fate 7-17"), passage("2.II A bureaucratic economy", "fate 56")}, "Reply with one of these, or how it begins:\n• 1.II The Bolshevik programme\n• 2.II A bureaucratic economy"},
	} {
		_, plain := Render(bot.Reply{Actions: x.actions}, Look{Commands: commands, Voice: voice(t)})
		if plain != x.want {
			t.Errorf("%q, want %q", plain, x.want)
		}
	}
}

// An answer presses a button by its words, or by what it alone begins with.
func TestPress(t *testing.T) {
	actions := []bot.Action{{Label: "◀ 36", Do: bot.Invocation{Command: "36"}}, {Label: "38 ▶", Do: bot.Invocation{Command: "38"}}, {Label: "More around it", Do: bot.Invocation{Command: "more"}},
		{Label: "Read to here", Do: bot.Invocation{Command: "to"}}, {Label: "Read along", Do: bot.Invocation{Command: "join"}}, {Label: "I have read it", Do: bot.Invocation{Command: "done"}, React: "✅"},
		{Label: "Drop the plan", Do: bot.Invocation{Command: "drop"}, Danger: true}, {Label: "2.II A bureaucratic economy", Do: bot.Invocation{Command: "II"}}, {Label: "At…", Do: bot.Invocation{Command: "at"}, Ask: "place"}}
	for said, want := range map[string]string{
		"◀ 36": "36", "36": "36", "38": "38", " MORE. ": "more", "more around it": "more", "“More”": "more", "read along": "join", "read to": "to", "2.II": "II", "drop the plan": "drop", "i have read it": "done",
		"read": "", "drop": "", "mo": "", "more or less": "", "": "", "…": "", "I": "", "at": "", "3": "", "I have": "",
	} {
		got := ""
		if do := press(actions, said); do != nil {
			got = do.Command
		}
		if got != want {
			t.Errorf("%q presses %q, want %q", said, got, want)
		}
	}
}

// The events that posts become: a picture and a file beside the text, an
// answer in a thread, what may be pressed.
func TestEventsGolden(t *testing.T) {
	p := &Platform{look: Look{Commands: table, Voice: voice(t)}}
	gallery := bottest.Gallery()
	for name, post := range map[string]bot.Post{
		"styles":       {Reply: gallery["styles"], Key: "LKEY", ReplyTo: "$asked", Notice: true},
		"announcement": {Reply: gallery["announcement"], Key: "LKEY"},
		"mentions":     {Reply: gallery["mentions"], Key: "LKEY"},
	} {
		t.Run(name, func(t *testing.T) {
			post.Thread = map[bool]string{true: "$thread"}[post.Notice]
			var got strings.Builder
			for _, c := range p.contents(post, p.look) {
				text, err := json.MarshalIndent(map[string]any{"txn": c.txn, "content": c.message, "more": c.fields, "upload": c.file}, "", " ")
				if err != nil {
					t.Fatal(err)
				}
				got.WriteString(string(text) + "\n")
			}
			golden(t, name+".events", got.String())
		})
	}
}

// golden compares with what was seen to be right.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// The tags that clients are told to keep; others would be shown as nothing.
var allowed = map[string]bool{"p": true, "strong": true, "em": true, "code": true, "pre": true, "del": true, "u": true, "a": true,
	"br": true, "blockquote": true, "ul": true, "ol": true, "li": true, "span": true}

func TestRenderHarmless(t *testing.T) {
	hostile := "a\x1b[2J</p><img src=x onerror=alert(1)>\u202e@room @ROOM &amp; \"'><a href=\"javascript:x\">"
	s := bot.Plain(hostile)
	r := bot.Reply{
		Title: s,
		Blocks: []bot.Block{
			bot.Para(s), bot.Para(bot.Spans{{Text: "x", Link: `https://e.org/"><b>`}, {Text: "y", Link: "javascript:alert(1)"}}),
			{Kind: bot.Quoted, Quote: &bot.Quote{Number: hostile, Text: s, Attribution: hostile, Citation: hostile}},
			{Kind: bot.Quoted, Quote: &bot.Quote{Text: s, Fixed: true}},
			{Kind: bot.Table, Fields: []bot.Field{{Name: hostile, Value: s}}}, {Kind: bot.Bar, Progress: &bot.Progress{Label: hostile}},
			{Kind: bot.Bullets, Items: []bot.Spans{s}}, {Kind: bot.Spoiler, Text: s}, {Kind: bot.Small, Text: s},
		},
		Actions: []bot.Action{{Label: hostile, React: "✅"}, {Label: hostile}, {Label: hostile, Ask: "x"}},
	}
	formatted, plain := Render(r, Look{Voice: voice(t)})
	z := html.NewTokenizer(strings.NewReader(formatted))
	var open []string
	for z.Next() != html.ErrorToken {
		tok := z.Token()
		switch tok.Type {
		case html.StartTagToken:
			if !allowed[tok.Data] {
				t.Errorf("<%s> comes out", tok.Data)
			}
			for _, a := range tok.Attr {
				if a.Key != "data-mx-spoiler" && (a.Key != "href" || !web(a.Val)) {
					t.Errorf("attribute %s=%q comes out", a.Key, a.Val)
				}
			}
			if tok.Data != "br" {
				open = append(open, tok.Data)
			}
		case html.EndTagToken:
			if len(open) == 0 || open[len(open)-1] != tok.Data {
				t.Fatalf("</%s> closes %v", tok.Data, open)
			}
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		t.Errorf("%v are not closed", open)
	}
	for _, text := range []string{formatted, plain} {
		if strings.Contains(strings.ToLower(text), "@room") || strings.ContainsAny(text, "\x1b\u202e") {
			t.Errorf("comes out: %q", text)
		}
	}
}

// A long reply becomes several events, none too large, and loses nothing.
func TestSplit(t *testing.T) {
	word := 0
	long := func(n int) string {
		var b strings.Builder
		for range n {
			word++
			fmt.Fprintf(&b, "w%d< ", word)
		}
		return strings.TrimSpace(b.String())
	}
	r := bot.Reply{Title: bot.Bold(long(6000)), Blocks: []bot.Block{
		{Kind: bot.Quoted, Quote: &bot.Quote{Number: "1", Text: bot.Spans{{Text: long(9000), Style: bot.Emphasis}, {Text: " "}, {Text: long(3000)}}, Citation: "x 1"}},
		bot.Para(bot.Plain(long(20))),
		{Kind: bot.Bullets, Items: []bot.Spans{bot.Plain(long(5000)), bot.Plain(long(10))}},
		{Kind: bot.Table, Fields: []bot.Field{{Name: "n", Value: bot.Plain(long(6000))}}},
		bot.Para(bot.Plain(strings.Repeat("ש", 40000))),
	}}
	parts := Split(r, Look{Voice: voice(t)})
	var all strings.Builder
	for _, p := range parts {
		body, _ := json.Marshal(p)
		if p.size() > maxPart || len(body) > 60000 {
			t.Errorf("a part has %d bytes", p.size())
		}
		all.WriteString(p.Plain + "\n")
	}
	at := 0
	for i := 1; i <= word; i++ {
		w := fmt.Sprintf("w%d<", i)
		j := strings.Index(all.String()[at:], w)
		if j < 0 {
			t.Fatalf("%s is lost", w)
		}
		at += j + len(w)
	}
	if n := strings.Count(all.String(), "ש"); n != 40000 {
		t.Errorf("%d letters of 40000", n)
	}
	if len(parts) > 40 {
		t.Errorf("%d parts", len(parts))
	}
	seen := map[string]bool{}
	for i := range 200 {
		k := partKey("L", i)
		if seen[k] {
			t.Errorf("key %s twice", k)
		}
		seen[k] = true
	}
}
