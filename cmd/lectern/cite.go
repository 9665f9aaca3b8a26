package main

import (
	"fmt"
	"strings"

	"lectern/commands"
	"lectern/library"
)

type citeCmd struct {
	Citation []string `arg:"" help:"What to cite, such as: handbook 12. With - one citation from each line of standard input."`
	Style    string   `enum:"chicago,mla,bibtex,csl-json" default:"chicago" help:"How: chicago, mla, bibtex or csl-json."`
	JSON     bool     `name:"json" help:"Answer in JSON, in every style."`
}

type citeAnswer struct {
	Query    string            `json:"query"`
	Citation string            `json:"citation"`
	Work     string            `json:"work"`
	Chicago  string            `json:"chicago"`
	MLA      string            `json:"mla"`
	BibTeX   string            `json:"bibtex"`
	CSL      []library.CSLItem `json:"csl"`
}

func (c *citeCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Citation, " "), c.JSON, func(_ *commands.Desk, shelf *library.Shelf, query string, oneLine bool) error {
		ref, err := shelf.Resolve(query, library.Context{})
		if err != nil {
			return err
		}
		if c.JSON {
			return a.emit(citeAnswer{Query: query, Citation: ref.Canonical(), Work: ref.Work.Alias(), Chicago: ref.Bibliography(library.Chicago), MLA: ref.Bibliography(library.MLA),
				BibTeX: ref.Bibliography(library.BibTeX), CSL: []library.CSLItem{ref.CSL()}})
		}
		text := ref.Bibliography(library.Style(c.Style))
		if oneLine {
			text = strings.Join(strings.Fields(text), " ")
		}
		_, err = fmt.Fprintln(a.out, text)
		return err
	})
}
