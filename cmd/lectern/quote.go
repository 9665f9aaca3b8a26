package main

import (
	"fmt"
	"strings"

	"lectern/bot"
	"lectern/bot/console"
	"lectern/commands"
	"lectern/library"
	"lectern/library/quote"
)

type quoteCmd struct {
	Text []string `arg:"" help:"The words that somebody is said to have written. With - one quotation from each line of standard input."`
	JSON bool     `name:"json" help:"Answer in JSON."`
}

func (c *quoteCmd) Run(a *app) error {
	return a.onShelf(strings.Join(c.Text, " "), c.JSON, func(desk *commands.Desk, shelf *library.Shelf, text string, oneLine bool) error {
		found, err := desk.Quote(a.ctx, shelf, text)
		if err != nil {
			return err
		}
		switch found.Verdict {
		case quote.NoWords:
			return &library.Error{Code: library.Syntax, Reason: "quote_no_words"}
		case quote.TooLong:
			return &library.Error{Code: library.TooLarge, Reason: "quote_too_long", Args: map[string]any{"Max": quote.MaxQuotation}}
		}
		all := found.Each
		if len(all) == 0 {
			all = []commands.Quoted{found}
		}
		answer := quoteAnswer{Query: text, Matches: []matchAnswer{}}
		for i := range all {
			answer.Matches = append(answer.Matches, matchesOf(&all[i])...)
		}
		if answer.Found = len(answer.Matches) > 0; !answer.Found {
			reason := string(found.Verdict)
			answer.Reason = &reason
		}
		switch {
		case c.JSON:
			return a.emit(answer)
		case oneLine:
			var cites []string
			for _, m := range answer.Matches {
				cites = append(cites, m.Citation)
			}
			_, err := fmt.Fprintln(a.out, strings.Join(cites, "\t"))
			return err
		}
		for i := range all {
			if len(all) > 1 {
				if i > 0 {
					fmt.Fprintln(a.out)
				}
				fmt.Fprintln(a.out, plain(a.book.In("en").Say("quote.said", "Text", bot.Clean(library.Opening(all[i].Said), 80))))
			}
			if s := commands.QuoteSentence(a.book.In("en"), shelf, &all[i]); s != nil {
				fmt.Fprintln(a.out, plain(s))
			}
			if s := commands.HeadingSentence(a.book.In("en"), &all[i]); all[i].Verdict == quote.Found && s != nil {
				fmt.Fprintln(a.out, plain(s))
			}
			for j := range all[i].Matches {
				m := &all[i].Matches[j]
				fmt.Fprintf(a.out, "%s  %s\n    %s\n", m.Citation, commands.How(a.book.In("en"), m), console.Clean(m.MarkedText()))
			}
		}
		return nil
	})
}

// matchesOf are the places and the headings that were found for a quotation.
func matchesOf(q *commands.Quoted) (out []matchAnswer) {
	for i := range q.Matches {
		m := &q.Matches[i]
		out = append(out, matchAnswer{Citation: m.Citation, Number: count(m.Work.Passages[m.Index].Number), Work: m.Work.Alias(), Quoted: q.Said,
			Score: float64(int(m.Score*1000+0.5)) / 1000, Text: m.Text(), Marked: m.MarkedText()})
	}
	for i := range q.Headings {
		h := &q.Headings[i]
		out = append(out, matchAnswer{Citation: h.Citation, Work: h.Work.Alias(), Quoted: q.Said, Heading: true, Score: 1, Text: h.Title, Marked: h.Title})
	}
	return out
}
