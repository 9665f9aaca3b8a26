package main

import (
	"fmt"
	"strings"

	"lectern/bot/console"
	"lectern/commands"
	"lectern/library"
	"lectern/storage"
)

type passageCmd struct {
	Citation []string `arg:"" help:"What to print, such as: handbook 12, handbook 3-5, handbook §2. With - one citation from each line of standard input."`
	JSON     bool     `name:"json" help:"Answer in JSON."`

	whole bool // for show: a citation is a work's name
}

func (c *passageCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Citation, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			return err
		}
		answer, err := passagesOf(a, desk, query, ref, c.whole)
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
			_, err = fmt.Fprintf(a.out, "%s\t%s\n", answer.Citation, console.Clean(strings.Join(all, " ")))
			return err
		}
		return printPassages(a, ref, indexesOf(ref, c.whole), answer)
	})
}

// indexesOf are the passages that a reference names; with notes, of a work
// whole, its footnotes too.
func indexesOf(ref library.Ref, notes bool) []int {
	if !notes || !ref.Whole() {
		return ref.Passages()
	}
	all := make([]int, len(ref.Work.Passages))
	for i := range all {
		all[i] = i
	}
	return all
}

// passagesOf is what a reference names; with notes, a work whole: its
// footnotes too.
func passagesOf(a *app, desk *commands.Desk, query string, ref library.Ref, notes bool) (passagesAnswer, error) {
	o := ref.Work
	answer := passagesAnswer{Query: query, Citation: ref.Canonical(), Work: o.Alias(), Passages: []passageAnswer{}}
	indexes := indexesOf(ref, notes)
	ids := make([]int64, len(indexes))
	for i, at := range indexes {
		ids[i] = o.Passages[at].ID
	}
	var texts []library.Passage
	err := desk.DB.Read(a.ctx, func(tx *storage.Tx) (err error) {
		texts, err = tx.PassagesByID(a.ctx, ids)
		return err
	})
	if err != nil {
		return answer, err
	}
	for i, at := range indexes {
		spot, p := &o.Passages[at], &texts[i]
		out := passageAnswer{Number: count(spot.Number), InSection: spot.InSection, Kind: string(spot.Kind), Citation: o.CiteAt(at), Anchor: string(spot.Anchor),
			Section: sectionRef{Path: o.SectionPath(spot.Section), Title: text(o.Sections[spot.Section].Title)},
			Text:    p.Text, Attribution: text(p.Attribution), Notes: []string{}, Page: text(p.Page)}
		if from, to := ref.Sentences(at); from > 0 {
			out.Text = library.Cut(p.Text, o.Language, from, to)
			out.Citation = ref.Canonical()
		}
		for _, n := range p.Notes {
			out.Notes = append(out.Notes, o.CiteAt(n))
		}
		answer.Passages = append(answer.Passages, out)
	}
	return answer, nil
}

func printPassages(a *app, ref library.Ref, indexes []int, answer passagesAnswer) error {
	o := ref.Work
	fmt.Fprintf(a.out, "%s · %s\n", o.Title, answer.Citation)
	section := -1
	for i, p := range answer.Passages {
		headings := o.HeadingsAt(indexes[i])
		if len(headings) == 0 && o.Passages[indexes[i]].Section != section {
			headings = []int{o.Passages[indexes[i]].Section} // it stands under one that begins before it
		}
		section = o.Passages[indexes[i]].Section
		for _, h := range headings {
			if title := o.Sections[h].Title; title != "" {
				fmt.Fprintf(a.out, "\n%s %s\n", o.SectionPath(h), title)
			}
		}
		n := strings.TrimPrefix(p.Citation, o.Alias()+" ")
		fmt.Fprintf(a.out, "\n%s  %s\n", n, console.Clean(p.Text))
		if p.Attribution != nil {
			fmt.Fprintf(a.out, "    — %s\n", console.Clean(strings.TrimLeft(*p.Attribution, "—– ")))
		}
	}
	return nil
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
		answer := searchAnswer{Query: query, Total: found.Total, Hits: []hitAnswer{}}
		for i := range found.Hits {
			h := &found.Hits[i]
			var snippet strings.Builder
			for _, p := range h.Snippet {
				if p.Hit {
					snippet.WriteString("**" + p.Text + "**")
					continue
				}
				snippet.WriteString(p.Text)
			}
			answer.Hits = append(answer.Hits, hitAnswer{Citation: h.Citation, Number: count(h.Spot.Number), Work: h.Work.Alias(), Section: h.Section,
				Score: h.Score, Text: h.Text, Snippet: snippet.String()})
		}
		if c.JSON {
			return a.emit(answer)
		}
		if oneLine {
			var cites []string
			for _, h := range answer.Hits {
				cites = append(cites, h.Citation)
			}
			_, err := fmt.Fprintf(a.out, "%d\t%s\n", answer.Total, strings.Join(cites, "; "))
			return err
		}
		if answer.Total == 0 {
			_, err := fmt.Fprintln(a.out, a.book.In("en").Text("search.none", "Query", query, "Works", a.book.In("en").Text("count.works", "Count", len(shelf.Works()))))
			return err
		}
		for _, h := range answer.Hits {
			fmt.Fprintf(a.out, "%s\n    %s\n", h.Citation, console.Clean(h.Snippet))
		}
		if left := answer.Total - len(answer.Hits); left > 0 {
			fmt.Fprintf(a.out, "… and %d more; --limit shows them\n", left)
		}
		return nil
	})
}
