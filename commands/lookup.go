package commands

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/library/search"
	"lectern/phrases"
)

// How much one answer shows before it says where to go on.
const (
	shownHits     = 5
	shownSections = 60
)

// search finds words on the shelf.
func (k *Desk) search(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(v.Say("works.none")), nil
	}
	offset := 0
	if n, err := strconv.Atoi(r.Args.Get("from")); err == nil && n > 0 {
		offset = n
	}
	query := r.Args.Get("query")
	found, err := k.Search(ctx, shelf, query, shownHits, offset)
	if err != nil {
		return bot.Reply{}, k.refuseCitation(r, err)
	}
	if found.Total == 0 {
		return k.nothing(v, query, found), nil
	}
	reply := bot.Reply{Title: v.Say("search.title", "Query", bot.Clean(query, 80), "Marked", marked(query), "Count", found.Total)}
	if found.Behind > 0 {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("search.behind", "Count", int(found.Behind))))
	}
	if found.Forms {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("search.forms")))
	}
	// What is of one work stands together, where its best hit comes.
	order := map[library.WorkID]int{}
	for _, h := range found.Hits {
		if _, ok := order[h.Work.ID]; !ok {
			order[h.Work.ID] = len(order)
		}
	}
	slices.SortStableFunc(found.Hits, func(a, b FoundHit) int { return cmp.Compare(order[a.Work.ID], order[b.Work.ID]) })
	var work library.WorkID
	for _, h := range found.Hits {
		if h.Work.ID != work {
			work = h.Work.ID
			reply.Blocks = append(reply.Blocks, bot.Para(workTitle(v, &h.Work.Meta)))
		}
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Number: number(&h.Spot), Text: h.Marked(), Citation: h.Citation}})
		reply.Actions = append(reply.Actions, bot.Action{Label: h.Citation, Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": h.Citation}}})
	}
	if next := offset + len(found.Hits); next < found.Total {
		reply.Actions = append(reply.Actions, bot.Action{Label: v.Text("action.more", "Count", found.Total-next),
			Do: bot.Invocation{Command: "search", Args: map[string]string{"query": query, "from": strconv.Itoa(next)}}})
	}
	return reply, nil
}

// nothing says that nothing was found, where, and what would have been.
func (k *Desk) nothing(v *phrases.Voice, query string, found Found) bot.Reply {
	reply := bot.Say(NotFound(v, query, found))
	for _, s := range found.Instead {
		reply.Actions = append(reply.Actions, bot.Action{Label: v.Text("search.instead", "Query", bot.Clean(s.Query, 40), "Count", s.Total),
			Do: bot.Invocation{Command: "search", Args: map[string]string{"query": s.Query}}})
	}
	return reply
}

// marked reports whether a query has quotation marks of its own.
func marked(query string) bool { return strings.ContainsAny(query, `"“”„‟«»＂`) }

// NotFound is a sentence for a search that found nothing: which works were
// searched, and what would have been found.
func NotFound(v *phrases.Voice, query string, found Found) bot.Spans {
	var searched, bare []*library.Entry
	for _, o := range found.Works {
		if o.OutlineOnly() {
			bare = append(bare, o)
		} else {
			searched = append(searched, o)
		}
	}
	var out bot.Spans
	if len(searched) > 0 || len(bare) == 0 {
		out = v.Say("search.none", "Query", bot.Clean(query, 80), "Marked", marked(query), "Works", v.Text("count.works", "Count", len(searched)), "Names", someAliases(searched))
	}
	if len(bare) > 0 {
		if len(out) > 0 {
			out = append(out, bot.Span{Text: " "})
		}
		out = append(out, v.Say("search.outline_only", "Names", someAliases(bare))...)
	}
	if found.Behind > 0 {
		out = append(out, bot.Span{Text: " "})
		out = append(out, v.Say("search.behind", "Count", int(found.Behind))...)
	}
	if len(found.Instead) > 0 {
		s := found.Instead[0]
		out = append(out, bot.Span{Text: " "})
		out = append(out, v.Say("search.instead_is", "Changes", changes(v, s.Spelled), "Word", bot.Clean(s.Without, 40), "Count", s.Total)...)
	}
	return out
}

// changes says how words would be written otherwise: "*party* for *partey*".
func changes(v *phrases.Voice, spelled []search.Spelling) (out bot.Spans) {
	const said = 4
	spelled = spelled[:min(len(spelled), said)]
	for i, c := range spelled {
		one := v.Say("search.change", "Word", bot.Clean(c.Word, 40), "Instead", bot.Clean(c.Instead, 40))
		switch {
		case i == 0:
			out = one
		case i == len(spelled)-1:
			out = v.Say("list.and", "Head", out, "Last", one)
		default:
			out = append(append(out, bot.Span{Text: v.Text("list.comma")}), one...)
		}
	}
	return out
}

// someAliases names works, no more than can be read.
func someAliases(works []*library.Entry) string {
	const named = 6
	var names []string
	for _, o := range works[:min(len(works), named)] {
		names = append(names, o.Alias())
	}
	if len(works) > named {
		names = append(names, "…")
	}
	return strings.Join(names, ", ")
}

// works lists the shelf.
func (k *Desk) works(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(v.Say("works.none")), nil
	}
	var rows []bot.Spans
	for _, o := range shelf.Works() {
		row := bot.Spans{{Text: o.Alias(), Style: bot.Code}, {Text: " · "}}
		row = append(row, workTitle(v, &o.Meta)...)
		rows = append(rows, append(row, v.Say("works.size", "Size", shortSize(v, o))...))
	}
	return bot.Reply{Title: v.Say("works.title"), Blocks: []bot.Block{{Kind: bot.Bullets, Items: rows}}}, nil
}

// shortSize says how much a work holds.
func shortSize(v *phrases.Voice, e *library.Entry) string {
	if e.OutlineOnly() {
		return v.Text("works.outline_only", "Chapters", v.Text("count.chapters", "Count", e.Last))
	}
	return v.Text("count.sections", "Count", e.Sections) + ", " + v.Text("count.passages", "Count", e.Last)
}

// outline lists a work's sections.
func (k *Desk) outline(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	o, err := shelf.Work(r.Args.Get("work"))
	if err != nil {
		return bot.Reply{}, k.refuseCitation(r, err)
	}
	return bot.Reply{Title: workTitle(v, &o.Meta), Blocks: outlineBlocks(v, o)}, nil
}

// outlineBlocks lists the sections of a work.
func outlineBlocks(v *phrases.Voice, o *library.Outline) (out []bot.Block) {
	var rows []bot.Spans
	var levels []int
	for i := range o.Sections {
		s := &o.Sections[i]
		name := o.SectionName(i)
		if name == "" {
			name = v.Text("outline.lead")
		}
		row := bot.Plain(name)
		if s.First > 0 {
			row = append(row, bot.Span{Text: " · " + where(v, o, s)})
		}
		rows, levels = append(rows, row), append(levels, s.Depth-1)
	}
	if len(rows) > shownSections {
		out = append(out, bot.Para(v.Say("outline.cut", "Shown", shownSections, "Count", len(rows))))
		rows, levels = rows[:shownSections], levels[:shownSections]
	}
	return append(out, bot.Block{Kind: bot.Bullets, Items: rows, Levels: levels})
}

// where says where a section stands: its ¶s, or its pages and times where only
// the outline is kept.
func where(v *phrases.Voice, o *library.Outline, s *library.Section) string {
	if o.OutlineOnly() {
		if x := delivery.Extent(v, &o.Meta, s.First, s.Last, s.Words); x != "" {
			return x
		}
	}
	return delivery.Span(v, &o.Meta, s.First, s.Last)
}

func (k *Desk) completeCitation(ctx context.Context, r *bot.Request, prefix string) []bot.Choice {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		k.Log.Error("completion failed", "err", err)
		return nil
	}
	found, err := shelf.Complete(prefix, 25)
	if err != nil {
		k.Log.Error("completion failed", "err", err)
		return nil
	}
	var out []bot.Choice
	for _, c := range found {
		out = append(out, bot.Choice{Value: c.Value, Label: c.Label})
	}
	return out
}

func (k *Desk) completeWork(ctx context.Context, r *bot.Request, prefix string) []bot.Choice {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		k.Log.Error("completion failed", "err", err)
		return nil
	}
	var out []bot.Choice
	for _, o := range shelf.Works() {
		if label := o.Title; strings.Contains(strings.ToLower(o.Alias()+" "+label+" "+o.Author), strings.ToLower(prefix)) && len(out) < 25 {
			out = append(out, bot.Choice{Value: o.Alias(), Label: label})
		}
	}
	return out
}
