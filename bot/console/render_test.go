package console

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/bot"
	"lectern/bot/bottest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// Every kind of block, at three widths, as it was seen to be right.
func TestRenderGolden(t *testing.T) {
	for name, reply := range bottest.Gallery() {
		for _, look := range []struct {
			suffix string
			look   Look
		}{{"80", Look{Width: 80}}, {"40", Look{Width: 40}}, {"color", Look{Width: 60, Color: true}}} {
			t.Run(name+"/"+look.suffix, func(t *testing.T) {
				got := Render(reply, look.look)
				path := filepath.Join("testdata", name+"."+look.suffix+".golden")
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
			})
		}
	}
}

// Nothing that a text contains may reach the terminal as an order.
func TestRenderHarmless(t *testing.T) {
	hostile := "a\x1b[2Jb\u202ec\u200bd\x07e\u2066f\x00g"
	r := bot.Reply{
		Title:   bot.Plain(hostile),
		Blocks:  []bot.Block{bot.Para(bot.Plain(hostile)), {Kind: bot.Quoted, Quote: &bot.Quote{Text: bot.Plain(hostile), Fixed: true, Attribution: hostile}}, {Kind: bot.Table, Fields: []bot.Field{{Name: hostile, Value: bot.Plain(hostile)}}}},
		Actions: []bot.Action{{Label: hostile}},
	}
	got := Render(r, Look{Width: 60})
	for _, c := range got {
		if bot.Invisible(c) {
			t.Errorf("%U reaches the terminal", c)
		}
	}
	if strings.Count(got, "abcdefg")+strings.Count(got, "a[2Jbcdefg") < 5 {
		t.Errorf("the text itself is lost: %q", got)
	}
}

// A step in, as an outline has it, is seen in a terminal.
func TestRenderStepsIn(t *testing.T) {
	r := bot.Reply{Blocks: []bot.Block{{Kind: bot.Bullets, Items: []bot.Spans{bot.Plain("II The pace"), bot.Plain("How much in a week")}, Levels: []int{0, 1}}}}
	if got, want := Render(r, Look{Width: 60}), "  • II The pace\n    • How much in a week\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
