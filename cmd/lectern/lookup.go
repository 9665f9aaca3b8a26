package main

import (
	"strings"

	"lectern/commands"
	"lectern/delivery"
	"lectern/library"
	"lectern/storage"
)

type passageCmd struct {
	Citation []string `arg:"" help:"What to print, such as: handbook 12, handbook 3-5, handbook §2. With - one citation from each line of standard input."`
	JSON     bool     `name:"json" help:"Answer in JSON."`
}

func (c *passageCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Citation, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			return err
		}
		return c.one(a, desk, query, ref, oneLine)
	})
}

// one answers one citation.
func (c *passageCmd) one(a *app, desk *commands.Desk, query string, ref library.Ref, oneLine bool) error {
	answer, err := passagesOf(a, desk, query, ref, ref.Pieces())
	if err != nil {
		return err
	}
	switch {
	case c.JSON:
		return a.emit(answer)
	case oneLine:
		var all []string
		for _, p := range answer.Passages {
			all = append(all, strings.ReplaceAll(p.Text, "\n", " "))
		}
		a.show("%s\t%s\n", answer.Citation, strings.Join(all, " "))
	default:
		printPassages(a, ref, ref.Pieces(), answer)
	}
	return nil
}

// passagesOf is some pieces of a work, which a reference names.
func passagesOf(a *app, desk *commands.Desk, query string, ref library.Ref, pieces []library.Piece) (passagesAnswer, error) {
	o := ref.Work
	answer := passagesAnswer{Query: query, Citation: ref.Canonical(), Work: o.Alias(), Passages: []passageAnswer{}}
	ids := make([]int64, len(pieces))
	for i, p := range pieces {
		ids[i] = o.Passages[p.Index].ID
	}
	var texts []library.Passage
	err := desk.DB.Read(a.ctx, func(tx *storage.Tx) (err error) {
		texts, err = tx.PassagesByID(a.ctx, ids)
		return err
	})
	if err != nil {
		return answer, err
	}
	for i, piece := range pieces {
		at := piece.Index
		spot, p := &o.Passages[at], &texts[i]
		out := passageAnswer{Number: count(spot.Number), InSection: spot.InSection, Kind: string(spot.Kind), Citation: o.CiteAt(at), Anchor: string(spot.Anchor),
			Section: sectionRef{Path: o.SectionPath(spot.Section), Title: text(o.Sections[spot.Section].Title)},
			Text:    p.Text, Attribution: text(p.Attribution), Notes: []string{}, Page: text(p.Page)}
		if spot.Kind == library.Chapter { // its title is no text of the work's
			out.Text, out.Editions = "", extentsOf(o, spot.Number)
		} else if piece.From > 0 {
			out.Text = library.Cut(p.Text, o.Language, piece.From, piece.To)
			out.Citation = o.CitePiece(piece)
		}
		for _, n := range p.Notes {
			out.Notes = append(out.Notes, o.CiteAt(n))
		}
		answer.Passages = append(answer.Passages, out)
	}
	return answer, nil
}

// extentsOf is where a chapter stands in the editions that are known.
func extentsOf(o *library.Outline, n int) (out []extentAnswer) {
	if !o.Contents.Has(n, n) {
		return nil
	}
	for i := range o.Contents.Editions {
		e := &o.Contents.Editions[i]
		if x := e.Run(n, n); x.Length > 0 {
			out = append(out, extentAnswer{Name: text(e.Name), Unit: string(e.Unit), First: text(x.First), Last: text(x.Last), Length: x.Length})
		}
	}
	return out
}

func printPassages(a *app, ref library.Ref, pieces []library.Piece, answer passagesAnswer) {
	o := ref.Work
	v := a.book.In("en")
	a.show("%s · %s\n", o.Title, answer.Citation)
	if o.OutlineOnly() {
		a.show("%s\n", v.Text("passage.outline_only"))
	}
	section := -1
	for i := range answer.Passages {
		at := pieces[i].Index
		headings := o.HeadingsAt(at)
		if len(headings) == 0 && o.Passages[at].Section != section {
			headings = []int{o.Passages[at].Section} // it stands under one that begins before it
		}
		section = o.Passages[at].Section
		for _, h := range headings {
			if o.OutlineOnly() {
				a.show("\n%s\n", o.SectionName(h))
			} else if title := o.Sections[h].Title; title != "" {
				a.show("\n%s %s\n", o.SectionPath(h), title)
			}
		}
		a.showPassage(o, at, &answer.Passages[i])
	}
}

// showPassage prints a passage with its number, or a chapter of which only the
// title is kept.
func (a *app) showPassage(o *library.Outline, at int, p *passageAnswer) {
	if x := &o.Passages[at]; x.Kind == library.Chapter {
		if long := delivery.Extent(a.book.In("en"), &o.Meta, x.Number, x.Number, x.Words); long != "" {
			a.show("    %s\n", long)
		}
		return
	}
	a.show("\n%s  %s\n", strings.TrimPrefix(p.Citation, o.Alias()+" "), p.Text)
	if p.Attribution != nil {
		a.show("    — %s\n", strings.TrimLeft(*p.Attribution, "—–- "))
	}
}

type searchCmd struct {
	Query []string `arg:"" help:"Words, \"a phrase\", prefix*, OR, NOT, NEAR(a b, N), in:WORK, by:AUTHOR, section:TITLE. With - one query from each line of standard input."`
	Limit int      `placeholder:"N" default:"10" help:"How many passages at most."`
	JSON  bool     `name:"json" help:"Answer in JSON."`
}

func (c *searchCmd) Run(a *app) error {
	if c.Limit < 0 || c.Limit > 10000 {
		return wrongCall("--limit is a number from 0 to 10000")
	}
	return a.onShelf(strings.Join(c.Query, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		found, err := desk.Search(a.ctx, shelf, query, c.Limit, 0)
		if err != nil {
			return err
		}
		answer := searchAnswer{Query: query, Total: found.Total, Hits: []hitAnswer{}, Forms: found.Forms}
		for _, s := range found.Instead {
			answer.Instead = append(answer.Instead, insteadAnswer{s.Query, s.Total})
		}
		for i := range found.Hits {
			h := &found.Hits[i]
			section := ""
			if c.JSON {
				o, err := shelf.Outline(h.Work)
				if err != nil {
					return err
				}
				section = o.SectionPath(h.Section)
			}
			answer.Hits = append(answer.Hits, hitAnswer{Citation: h.Citation, Number: count(h.Number), Work: h.Work.Alias(), Section: section,
				Score: h.Score, Text: h.Text, Snippet: marked(h, "**", "**")})
		}
		if c.JSON {
			return a.emit(answer)
		}
		if oneLine {
			var cites []string
			for _, h := range answer.Hits {
				cites = append(cites, h.Citation)
			}
			a.show("%d\t%s\n", answer.Total, strings.Join(cites, "; "))
			return nil
		}
		if answer.Total == 0 {
			a.show("%s\n", commands.NotFound(a.book.In("en"), query, found))
			return nil
		}
		if found.Forms {
			a.show("%s\n", a.book.In("en").Text("search.forms"))
		}
		for i := range found.Hits {
			a.show("%s\n    %s\n", found.Hits[i].Citation, marked(&found.Hits[i], "»", "«"))
		}
		if left := answer.Total - len(answer.Hits); left > 0 {
			v := a.book.In("en")
			a.show("%s; --limit shows them\n", v.Text("count.more", "Count", left))
		}
		return nil
	})
}

// marked is the snippet of a hit with marks around what was found.
func marked(h *commands.FoundHit, before, after string) string {
	var b strings.Builder
	for _, p := range h.Snippet {
		if p.Hit {
			b.WriteString(before + p.Text + after)
			continue
		}
		b.WriteString(p.Text)
	}
	return b.String()
}
