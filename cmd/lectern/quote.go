package main

import (
	"fmt"
	"strings"

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
		answer := quoteAnswer{Query: text, Found: len(found.Matches) > 0, Matches: []matchAnswer{}}
		if !answer.Found {
			reason := string(found.Verdict)
			answer.Reason = &reason
		}
		for i := range found.Matches {
			m := &found.Matches[i]
			answer.Matches = append(answer.Matches, matchAnswer{Citation: m.Citation, Number: count(m.Work.Passages[m.Index].Number), Work: m.Work.Alias(),
				Score: float64(int(m.Score*1000+0.5)) / 1000, Text: m.Text(), Marked: m.MarkedText()})
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
		case !answer.Found:
			_, err := fmt.Fprintln(a.out, plain(commands.QuoteSentence(a.book.In("en"), shelf, &found)))
			return err
		}
		for i, m := range answer.Matches {
			fmt.Fprintf(a.out, "%s  %s\n    %s\n", m.Citation, commands.How(a.book.In("en"), &found.Matches[i]), console.Clean(m.Marked))
		}
		return nil
	})
}
