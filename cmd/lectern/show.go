package main

import (
	"strings"

	"lectern/commands"
	"lectern/library"
	"lectern/storage"
)

type showCmd struct {
	Work    []string `arg:"" help:"The book's name on the shelf, or a citation."`
	LeftOut bool     `help:"Print what was left out of the text when it was brought in, and why."`
	JSON    bool     `name:"json" help:"Answer in JSON, as passage does."`
}

func (c *showCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Work, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			return err
		}
		o := ref.Work
		if !ref.Whole() && !c.LeftOut || oneLine && !c.JSON {
			p := passageCmd{JSON: c.JSON}
			return p.one(a, desk, query, ref, oneLine)
		}
		var w *library.Work
		if err := desk.DB.Read(a.ctx, func(tx *storage.Tx) error {
			w, err = tx.Work(a.ctx, o.ID)
			return err
		}); err != nil {
			return err
		}
		if c.LeftOut {
			return c.leftOut(a, query, w)
		}
		pieces := make([]library.Piece, len(o.Passages)) // footnotes too
		for i := range pieces {
			pieces[i].Index = i
		}
		answer, err := passagesOf(a, desk, query, ref, pieces)
		if err != nil {
			return err
		}
		if c.JSON {
			answer.Sections, answer.Parts = sectionsOf(o), partsOf(o, w.Parts)
			return a.emit(answer)
		}
		printWhole(a, o, w, &answer)
		return nil
	})
}

func (c *showCmd) leftOut(a *app, query string, w *library.Work) error {
	if c.JSON {
		return a.emit(leftOutsAnswer{Query: query, Work: w.Alias(), LeftOut: leftOutOf(w)})
	}
	if len(w.LeftOut) == 0 {
		a.show("Nothing of %s was left out.\n", w.Title)
		return nil
	}
	a.show("%s, left out:\n", w.Title)
	for i := range w.LeftOut {
		a.showLeftOut(&w.LeftOut[i], true)
	}
	return nil
}

func leftOutOf(w *library.Work) []leftOutAnswer {
	out := make([]leftOutAnswer, len(w.LeftOut))
	for i := range w.LeftOut {
		l := &w.LeftOut[i]
		out[i] = leftOutAnswer{Text: l.Text, Reason: l.Reason, Line: count(l.Line)}
	}
	return out
}

func partsOf(o *library.Outline, parts []library.Part) []partAnswer {
	out := make([]partAnswer, len(parts))
	for i := range parts {
		p := &parts[i]
		out[i] = partAnswer{Kind: string(p.Kind), Text: p.Text, Before: p.Before}
		if p.Section >= 0 && p.Section < len(o.Sections) {
			out[i].Section = text(o.SectionPath(p.Section))
		}
	}
	return out
}

// printWhole prints all that is kept of a text, in its order: the title page,
// each heading, whatever stands under it or not, the passages, and the parts that
// bear no number, each with what it is.
func printWhole(a *app, o *library.Outline, w *library.Work, answer *passagesAnswer) {
	a.show("%s · %s\n", o.Title, answer.Citation)
	if o.OutlineOnly() {
		a.show("%s\n", a.book.In("en").Text("passage.outline_only"))
	}
	for _, f := range [...][2]string{{"author", w.Author}, {"date", w.Date}} {
		if f[1] != "" {
			a.show("%s: %s\n", f[0], f[1])
		}
	}
	a.showTitlePage(w, "")
	heading := func(i int) {
		if o.OutlineOnly() {
			a.show("\n%s\n", o.SectionName(i))
		} else if s := &o.Sections[i]; !s.Lead {
			title := s.Title
			if title == "" && library.Fold(s.Text) != library.Fold(s.Label()) {
				title = s.Text
			}
			a.show("\n%s\n", strings.TrimSpace(o.SectionPath(i)+" "+title))
		}
	}
	opened, current, part := -1, -1, 0
	enter := func(section int) {
		switch {
		case section > opened:
			for opened < section {
				opened++
				heading(opened)
			}
		case section != current && section >= 0:
			heading(section) // the text goes on under one that began before
		}
		current = section
	}
	parts := func(before int) {
		for ; part < len(w.Parts) && w.Parts[part].Before <= before; part++ {
			p := &w.Parts[part]
			if p.Kind == library.FrontMatter && p.Section <= 0 && p.Before == 0 {
				continue // the title page was shown
			}
			if p.Section > opened {
				enter(p.Section)
			}
			a.show("\n[%s] %s\n", p.Kind, p.Text)
		}
	}
	for i := range w.Passages {
		parts(i)
		if w.Passages[i].Kind != library.Footnote {
			enter(w.Passages[i].Section)
		}
		a.showPassage(o, i, &answer.Passages[i])
	}
	for opened < len(o.Sections)-1 {
		opened++
		heading(opened)
	}
	parts(len(w.Passages))
}
