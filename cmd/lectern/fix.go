package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"lectern/bot/console"
	"lectern/commands"
	"lectern/library"
	"lectern/storage"
)

type fixCmd struct {
	Work   string   `arg:"" help:"The book's name on the shelf."`
	What   []string `arg:"" optional:"" help:"A correction, such as: 12 split \"where the second part begins\"; or undo, or undo 2. Nothing lists those that were made."`
	File   string   `placeholder:"FILE" help:"A file of corrections, one on each line."`
	DryRun bool     `help:"Show what would change, and change nothing."`
	JSON   bool     `name:"json" help:"Answer in JSON."`
}

// fixAnswer is a correction and what it changed, or would.
type fixAnswer struct {
	Work       string   `json:"work"`
	Correction string   `json:"correction"`
	Undone     bool     `json:"undone"`
	DryRun     bool     `json:"dry_run"`
	Effect     []string `json:"effect"`
}

func (c *fixCmd) Run(a *app) error {
	if c.File != "" && len(c.What) > 0 {
		return wrongCall("give a correction or --file, not both")
	}
	return a.onShelf(c.Work, c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, _ bool) error {
		o, err := shelf.Work(query)
		if err != nil {
			return err
		}
		if c.File != "" {
			return c.file(a, desk, o)
		}
		what := strings.Join(c.What, " ")
		if len(c.What) > 1 { // the shell took the quotation marks off
			what = requoted(c.What)
		}
		if what == "" {
			return c.list(a, desk, o)
		}
		return c.one(a, desk, o, what)
	})
}

// requoted is a correction whose words in quotation marks the shell gave as
// single arguments.
func requoted(args []string) string {
	var out []string
	for i, s := range args {
		word := strings.TrimLeft(s, "¶§0123456789")
		switch {
		case i == 0 || strings.ContainsAny(s, `"“#`) || strings.Trim(s, "0123456789") == "":
		case i == len(args)-1 && needsQuotes(args[i-1]), strings.Contains(s, " ") && word == s:
			s = `"` + s + `"`
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

// needsQuotes reports whether a text in quotation marks follows a word.
func needsQuotes(op string) bool {
	switch library.Op(op) {
	case library.SetTitle, library.SetSubtitle, library.SetAuthor, library.SetDate, library.SetLanguage, library.SetSource, library.SetEdition, library.SetRights,
		library.AddAlias, library.Rename, library.Split, library.SetBy:
		return true
	}
	return false
}

func (c *fixCmd) one(a *app, desk *commands.Desk, o *library.Outline, what string) error {
	undo, n := false, 0
	if rest, ok := strings.CutPrefix(what+" ", "undo "); ok {
		undo = true
		n, _ = strconv.Atoi(strings.TrimSpace(rest)) // 0 is the last
	}
	m, err := desk.Mend(a.ctx, o.ID, what, undo, n)
	if err != nil {
		return err
	}
	v := a.book.In("en")
	answer := fixAnswer{Work: o.Alias(), Correction: m.Line(), Undone: undo, DryRun: c.DryRun, Effect: []string{}}
	for _, s := range m.Effect(v) {
		answer.Effect = append(answer.Effect, plain(s))
	}
	if !c.DryRun {
		if err := desk.Apply(a.ctx, &m, 0); err != nil {
			return err
		}
	}
	if c.JSON {
		return a.emit(answer)
	}
	fmt.Fprintln(a.out, console.Clean(answer.Correction))
	for _, s := range answer.Effect {
		fmt.Fprintf(a.out, "  %s\n", console.Clean(s))
	}
	if len(answer.Effect) == 0 {
		fmt.Fprintf(a.out, "  %s\n", v.Text("fix.nothing"))
	}
	if c.DryRun {
		fmt.Fprintln(a.out, "  Nothing was changed.")
	}
	return nil
}

// file makes the corrections of a file, in order, and stops at the first that
// does not apply.
func (c *fixCmd) file(a *app, desk *commands.Desk, o *library.Outline) error {
	b, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	fixes, err := library.ParseCorrections(string(b))
	if err != nil {
		return inFile(err, filepath.Base(c.File))
	}
	for _, f := range fixes {
		if err := c.one(a, desk, o, f.String()); err != nil {
			return err
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

func (c *fixCmd) list(a *app, desk *commands.Desk, o *library.Outline) error {
	return desk.DB.Read(a.ctx, func(tx *storage.Tx) error {
		rows, err := tx.Corrections(a.ctx, o.ID)
		if err != nil {
			return err
		}
		if len(rows) == 0 && !c.JSON {
			fmt.Fprintf(a.out, "%s has no corrections.\n", console.Clean(o.Title))
		}
		for i, row := range rows {
			if c.JSON {
				if err := a.emit(fixAnswer{Work: o.Alias(), Correction: row.Line, Effect: []string{}}); err != nil {
					return err
				}
				continue
			}
			fmt.Fprintf(a.out, "%3d  %s\n", i+1, console.Clean(row.Line))
		}
		return nil
	})
}
