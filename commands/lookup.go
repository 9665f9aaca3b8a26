package commands

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"lectern/bot"
	"lectern/library"
	"lectern/phrases"
	"lectern/storage"
)

// How much one answer shows before it says where to go on.
const (
	shownPassages = 12
	shownWords    = 900
	shownHits     = 5
	shownSections = 60
)

// leaning is what a citation may lean on: where the group is.
func (k *Desk) leaning(ctx context.Context, r *bot.Request) (library.Context, error) {
	var c library.Context
	if r.Group == 0 {
		return c, nil
	}
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		cur, err := k.current(ctx, tx, r)
		var refusal *bot.Error
		if asRefusal(err, &refusal) {
			return nil // no plan, nothing to lean on
		}
		if err != nil {
			return err
		}
		c = contextOf(&cur)
		return nil
	})
	return c, err
}

// passage shows what a citation names.
func (k *Desk) passage(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	if shelf.Empty() {
		return bot.Say(k.voice(r).Say("works.none")), nil
	}
	lean, err := k.leaning(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	ref, err := shelf.Resolve(r.Args.Get("citation"), lean)
	if err != nil {
		return bot.Reply{}, k.refuseCitation(r, err)
	}
	return k.showRef(ctx, r, ref)
}

// showRef shows the passages of a reference, as many as fit, with buttons for
// what stands before and after.
func (k *Desk) showRef(ctx context.Context, r *bot.Request, ref library.Ref) (reply bot.Reply, err error) {
	v := k.voice(r)
	o := ref.Work
	pieces := ref.Pieces()
	indexes := ref.Passages()
	shown := indexes[:fitting(o, indexes)]
	texts, err := k.texts(ctx, o, shown)
	if err != nil {
		return reply, err
	}
	reply.Title = workTitle(v, &o.Meta)
	section := -1
	for i, at := range shown {
		spot := &o.Passages[at]
		headings := o.HeadingsAt(at)
		if len(headings) == 0 && spot.Section != section {
			headings = []int{spot.Section} // it stands under one that begins before it
		}
		section = spot.Section
		for _, h := range headings {
			if name := o.SectionName(h); name != "" {
				reply.Blocks = append(reply.Blocks, bot.Para(bot.Spans{{Text: name, Style: bot.Emphasis}}))
			}
		}
		text := texts[i].Text
		if p := pieces[i]; p.From > 0 {
			text = library.Cut(text, o.Language, p.From, p.To)
		}
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{
			Number: number(spot), Text: bot.Plain(text), Attribution: texts[i].Attribution,
			Fixed: spot.Kind == library.Preformatted || spot.Kind == library.Table, Block: spot.Kind == library.Quotation || spot.Kind == library.Epigraph,
		}})
	}
	foot := bot.Spans{{Text: ref.Canonical(), Style: bot.Code}}
	if left := len(indexes) - len(shown); left > 0 {
		foot = append(foot, bot.Span{Text: " · "})
		foot = append(foot, v.Say("passage.more", "Count", left)...)
	}
	reply.Blocks = append(reply.Blocks, bot.Para(foot))
	reply.Actions = k.around(v, o, indexes, shown)
	return reply, nil
}

// around are the buttons to what stands before and after.
func (k *Desk) around(v *phrases.Voice, o *library.Outline, all, shown []int) []bot.Action {
	var out []bot.Action
	show := func(label, citation string) {
		out = append(out, bot.Action{Label: label, Do: bot.Invocation{Command: "passage", Args: map[string]string{"citation": citation}}})
	}
	if len(all) == 0 || len(shown) == 0 {
		return nil
	}
	first, last := o.Passages[all[0]].Number, o.Passages[shown[len(shown)-1]].Number
	if first > 1 {
		show("◀ "+strconv.Itoa(first-1), o.Cite(first-1, first-1))
	}
	if len(shown) < len(all) {
		if end := o.Passages[all[len(all)-1]].Number; last > 0 && end > last {
			show(v.Text("action.rest"), o.Cite(last+1, end))
		}
	} else if last > 0 && last < o.Last() {
		show(strconv.Itoa(last+1)+" ▶", o.Cite(last+1, last+1))
	}
	if first > 0 && len(all) == 1 {
		show(v.Text("action.around"), o.Cite(max(1, first-2), min(o.Last(), first+2)))
	}
	return out
}

// fitting is how many of the passages one answer shows: at least one.
func fitting(o *library.Outline, indexes []int) int {
	words := 0
	for i, at := range indexes {
		words += o.Passages[at].Words
		if i > 0 && (i >= shownPassages || words > shownWords) {
			return i
		}
	}
	return len(indexes)
}

func (k *Desk) texts(ctx context.Context, o *library.Outline, indexes []int) (out []library.Passage, err error) {
	ids := make([]int64, len(indexes))
	for i, at := range indexes {
		ids[i] = o.Passages[at].ID
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		out, err = tx.PassagesByID(ctx, ids)
		return err
	})
	return out, err
}

func number(s *library.Spot) string {
	switch s.Kind {
	case library.Epigraph:
		return "ep " + strconv.Itoa(s.InSection)
	case library.Footnote:
		if s.Label != "" {
			return "fn " + s.Label
		}
		return "fn " + strconv.Itoa(s.InSection)
	}
	return strconv.Itoa(s.Number)
}

func workTitle(v *phrases.Voice, m *library.Meta) bot.Spans {
	title := m.Title
	if title == "" {
		title = m.Alias()
	}
	s := bot.Bold(title)
	var by []string
	if m.Author != "" {
		by = append(by, m.Author)
	}
	if m.Date != "" {
		by = append(by, m.Date)
	}
	if len(by) > 0 {
		s = append(s, bot.Span{Text: " · " + strings.Join(by, ", ")})
	}
	return s
}

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
	reply := bot.Reply{Title: v.Say("search.title", "Query", bot.Clean(query, 80), "Count", found.Total)}
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
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Number: number(h.Spot), Text: h.Marked(), Citation: h.Citation}})
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

// NotFound is a sentence for a search that found nothing: which works were
// searched, and what would have been found.
func NotFound(v *phrases.Voice, query string, found Found) bot.Spans {
	const named = 6
	var names []string
	for _, o := range found.Works[:min(len(found.Works), named)] {
		names = append(names, o.Alias())
	}
	if len(found.Works) > named {
		names = append(names, "…")
	}
	out := v.Say("search.none", "Query", bot.Clean(query, 80), "Works", v.Text("count.works", "Count", len(found.Works)), "Names", strings.Join(names, ", "))
	if found.Behind > 0 {
		out = append(out, bot.Span{Text: " "})
		out = append(out, v.Say("search.behind", "Count", int(found.Behind))...)
	}
	for i, s := range found.Instead {
		key := "search.without"
		if s.Instead != "" {
			key = "search.spelled"
		}
		if i == 0 {
			out = append(out, bot.Span{Text: " "})
			out = append(out, v.Say(key, "Word", bot.Clean(s.Word, 40), "Instead", s.Instead, "Count", s.Total)...)
		}
	}
	return out
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
		rows = append(rows, append(row, v.Say("works.size", "Sections", v.Text("count.sections", "Count", len(o.Sections)), "Passages", v.Text("count.passages", "Count", o.Last()))...))
	}
	return bot.Reply{Title: v.Say("works.title"), Blocks: []bot.Block{{Kind: bot.Bullets, Items: rows}}}, nil
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
	for i := range o.Sections {
		s := &o.Sections[i]
		row := bot.Plain(strings.Repeat("\u2003", s.Depth-1))
		name := o.SectionName(i)
		if name == "" {
			name = v.Text("outline.lead")
		}
		row = append(row, bot.Span{Text: name})
		if s.First > 0 {
			row = append(row, bot.Span{Text: " · " + v.Range(s.First, s.Last)})
		}
		rows = append(rows, row)
	}
	if len(rows) > shownSections {
		out = append(out, bot.Para(v.Say("outline.cut", "Shown", shownSections, "Count", len(rows))))
		rows = rows[:shownSections]
	}
	return append(out, bot.Block{Kind: bot.Bullets, Items: rows})
}

func (k *Desk) completeCitation(ctx context.Context, r *bot.Request, prefix string) []bot.Choice {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		k.Log.Error("completion failed", "err", err)
		return nil
	}
	var out []bot.Choice
	for _, c := range shelf.Complete(prefix, 25) {
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
