package commands

import (
	"context"
	"strings"
	"unicode"

	"lectern/bot"
	"lectern/library"
	"lectern/library/quote"
	"lectern/library/search"
	"lectern/storage"
)

const (
	shownPairs = 8
	// parallelWords is how large a shelf is compared while somebody waits in a
	// room, in words.
	parallelWords = 1_500_000
)

// A Parallel is two places, in different works, that say the same.
type Parallel struct {
	A, B   string // citations
	Words  int    // that both have
	TextA  string
	TextB  string
	Marked string // A, with what differs in B in the notation of wdiff(1)
}

// Parallels finds the passages of a shelf's works that quote each other, or the
// same source; those of one work, if it is not nil.
func (k *Desk) Parallels(ctx context.Context, shelf *library.Shelf, only *library.Entry, progress func(float64)) (out []Parallel, err error) {
	within := passagesOf(shelf)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		var meant func(int64) bool
		if only != nil {
			meant = func(first int64) bool {
				return only.HasID(first)
			}
		}
		pairs, err := quote.Parallels(ctx, search.QuoteShelf{Quotes: search.Quotes{Tx: tx.SQL()}, Within: within}, meant, progress)
		if err != nil {
			return err
		}
		for i := range pairs {
			p := &pairs[i]
			a, ai, err := locate(shelf, p.A.First)
			if err != nil {
				return err
			}
			b, bi, err := locate(shelf, p.B.First)
			if err != nil {
				return err
			}
			if a == nil || b == nil {
				continue // the library changed since the shelf was read
			}
			m := QuotedAt{Place: quote.Place{Spots: []quote.Spot{{Pieces: p.Pieces}}}}
			out = append(out, Parallel{A: citeRun(a, ai, ai+int(p.A.Last-p.A.First)), B: citeRun(b, bi, bi+int(p.B.Last-p.B.First)), Words: p.Words,
				TextA: p.A.Passages[p.A.Start:p.A.End], TextB: p.B.Passages[p.B.Start:p.B.End], Marked: m.MarkedText()})
		}
		return nil
	})
	return out, err
}

// parallels lists what the works of a shelf share.
func (k *Desk) parallels(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	var only *library.Entry
	if name := r.Args.Get("work"); name != "" {
		if only, err = shelf.Find(name); err != nil {
			return bot.Reply{}, k.refuseCitation(r, err)
		}
	}
	words := 0
	for _, e := range shelf.Works() {
		words += e.Words
	}
	switch {
	case len(shelf.Works()) < 2:
		return bot.Say(v.Say("parallels.too_few")), nil
	case words > parallelWords:
		return bot.Say(v.Say("parallels.large")), nil
	}
	pairs, err := k.Parallels(ctx, shelf, only, nil)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(pairs) == 0 {
		return bot.Say(v.Say("parallels.none", "Works", v.Text("count.works", "Count", len(shelf.Works())))), nil
	}
	reply := bot.Reply{Title: v.Say("parallels.title", "Count", len(pairs))}
	var lines []bot.Spans
	for _, p := range pairs[:min(len(pairs), shownPairs)] {
		lines = append(lines, v.Say("parallels.pair", "A", p.A, "B", p.B, "Count", p.Words, "Opening", library.Opening(p.TextA)))
		if len(reply.Actions) < 5 {
			reply.Actions = append(reply.Actions, bot.Action{Label: p.A + " · " + p.B,
				Do: bot.Invocation{Command: "quote", Args: map[string]string{"text": shortened(p.TextA), "show": "all"}}})
		}
	}
	reply.Blocks = []bot.Block{{Kind: bot.Bullets, Items: lines}}
	if left := len(pairs) - len(lines); left > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("parallels.more", "Count", left)})
	}
	return reply, nil
}

// shortened is as much of a text as a button carries.
func shortened(s string) string {
	const most = 700
	if len(s) <= most {
		return s
	}
	return strings.TrimRightFunc(s[:atWord(s, most-40, 1)], unicode.IsSpace)
}
