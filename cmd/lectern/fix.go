package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"lectern/bot/console"
	"lectern/commands"
	"lectern/library"
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
	NoPlace    *string  `json:"no_place"` // of a list: why it is not made now
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
	var m commands.Mended
	n, undo := commands.Undoes(what)
	if undo {
		var err error
		if m, err = desk.TakeBack(a.ctx, o.ID, n); err != nil {
			return err
		}
		return c.apply(a, desk, o, &m, []string{m.Undone()})
	}
	fix, err := library.ParseCorrection(what)
	if err != nil {
		return err
	}
	if m, err = desk.Mend(a.ctx, o.ID, fix); err != nil {
		return err
	}
	return c.apply(a, desk, o, &m, linesOf(&m, fix))
}

// linesOf are the corrections that a Mended makes; one that changes nothing as it
// was typed.
func linesOf(m *commands.Mended, typed library.Correction) (out []string) {
	for _, c := range m.Added {
		out = append(out, c.String())
	}
	if len(out) == 0 {
		out = append(out, typed.String())
	}
	return out
}

// apply makes what was worked out count, unless it is only to be shown, and says what
// it changes. In JSON that goes with the last of the corrections.
func (c *fixCmd) apply(a *app, desk *commands.Desk, o *library.Outline, m *commands.Mended, lines []string) error {
	v := a.book.In("en")
	effect := []string{}
	for _, s := range m.Effect(v) {
		effect = append(effect, plain(s))
	}
	if !c.DryRun && !m.Nothing() {
		if err := desk.Apply(a.ctx, m, 0); err != nil {
			return err
		}
	}
	for i, line := range lines {
		if c.JSON {
			answer := fixAnswer{Work: o.Alias(), Correction: line, Undone: m.Undone() != "", DryRun: c.DryRun, Effect: []string{}}
			if i == len(lines)-1 {
				answer.Effect = effect
			}
			if err := a.emit(answer); err != nil {
				return err
			}
			continue
		}
		fmt.Fprintln(a.out, console.Clean(line))
	}
	if c.JSON {
		return nil
	}
	if len(effect) == 0 {
		effect = append(effect, v.Text("fix.nothing"))
	}
	if m.Already > 0 {
		effect = append(effect, v.Text("fix.already", "Count", m.Already))
	}
	for _, s := range effect {
		fmt.Fprintf(a.out, "  %s\n", console.Clean(s))
	}
	if c.DryRun {
		fmt.Fprintln(a.out, "  Nothing was changed.")
	}
	return nil
}

// file makes the corrections of a file, in order: all of them that are not made
// already, or none where one does not apply.
func (c *fixCmd) file(a *app, desk *commands.Desk, o *library.Outline) error {
	name := filepath.Base(c.File)
	b, err := os.ReadFile(c.File)
	if os.IsNotExist(err) {
		return &library.Error{Code: library.BadFile, Reason: "file_missing", Args: map[string]any{"File": c.File}}
	}
	if err != nil {
		return err
	}
	fixes, err := library.ParseCorrections(string(b))
	if err != nil {
		return inFile(err, name)
	}
	if len(fixes) == 0 {
		_, err := fmt.Fprintln(a.out, a.book.In("en").Text("fix.file_empty", "File", name))
		return err
	}
	m, at, err := desk.MendAll(a.ctx, o.ID, fixes)
	if e, ok := errors.AsType[*library.Error](err); ok && at >= 0 {
		return &library.Error{Code: e.Code, Reason: "fix_file_line", Args: map[string]any{"File": name, "Line": fixes[at].String(), "Why": a.sentence(e)}}
	}
	if err != nil {
		return err
	}
	var lines []string
	for _, f := range m.Added {
		lines = append(lines, f.String())
	}
	return c.apply(a, desk, o, &m, lines)
}

func (c *fixCmd) list(a *app, desk *commands.Desk, o *library.Outline) error {
	made, err := desk.Corrections(a.ctx, o.ID)
	if err != nil {
		return err
	}
	if len(made) == 0 && !c.JSON {
		fmt.Fprintf(a.out, "%s has no corrections.\n", console.Clean(o.Title))
	}
	v := a.book.In("en")
	for i, x := range made {
		why := ""
		if x.Err != nil {
			why = a.sentence(x.Err)
		}
		if c.JSON {
			if err := a.emit(fixAnswer{Work: o.Alias(), Correction: x.Line, Effect: []string{}, NoPlace: text(why)}); err != nil {
				return err
			}
			continue
		}
		line := x.Line
		if why != "" {
			line += v.Text("fix.no_place", "Why", why)
		}
		fmt.Fprintf(a.out, "%3d  %s\n", i+1, console.Clean(line))
	}
	return nil
}
