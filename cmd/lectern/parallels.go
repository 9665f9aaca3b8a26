package main

import (
	"fmt"
	"io"
	"strings"

	"lectern/bot/console"
	"lectern/commands"
	"lectern/library"
)

type parallelsCmd struct {
	Work string `arg:"" optional:"" help:"A work: what it shares with the others. Without one, what any two share."`
	JSON bool   `name:"json" help:"Answer in JSON."`
}

type parallelsAnswer struct {
	Pairs []pairAnswer `json:"pairs"`
}

type pairAnswer struct {
	A      string `json:"a"`
	B      string `json:"b"`
	Words  int    `json:"words"`
	TextA  string `json:"text_a"`
	TextB  string `json:"text_b"`
	Marked string `json:"marked"`
}

func (c *parallelsCmd) Run(a *app) error {
	return a.onShelf(c.Work, c.JSON, func(desk *commands.Desk, shelf *library.Shelf, name string, oneLine bool) error {
		var only *library.Entry
		if name != "" {
			var err error
			if only, err = shelf.Find(name); err != nil {
				return err
			}
		}
		pairs, err := desk.Parallels(a.ctx, shelf, only, barTo(terminal(a.errOut)))
		if err != nil {
			return err
		}
		answer := parallelsAnswer{Pairs: []pairAnswer{}}
		for _, p := range pairs {
			answer.Pairs = append(answer.Pairs, pairAnswer(p))
		}
		if c.JSON {
			return a.emit(answer)
		}
		v := a.book.In("en")
		if len(pairs) == 0 {
			_, err := fmt.Fprintln(a.out, v.Text("parallels.none", "Works", v.Text("count.works", "Count", len(shelf.Works()))))
			return err
		}
		for _, p := range pairs {
			fmt.Fprintf(a.out, "%s  %s  %s\n", p.A, p.B, v.Text("count.words", "Count", p.Words))
			if !oneLine {
				fmt.Fprintf(a.out, "    %s\n", console.Clean(p.Marked))
			}
		}
		return nil
	})
}

// barTo draws how far long work is, on a terminal; nil where there is none.
func barTo(w io.Writer) func(done float64) {
	if w == nil {
		return nil
	}
	shown := -1
	return func(done float64) {
		part := int(done * 40)
		if part == shown {
			return
		}
		shown = part
		if done >= 1 {
			_, _ = fmt.Fprint(w, "\r\x1b[K") // a bar that is not seen harms nobody
			return
		}
		_, _ = fmt.Fprintf(w, "\r[%s%s]", strings.Repeat("#", part), strings.Repeat(" ", 40-part))
	}
}
