package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// text gives the portion of a reading as a numbered page, to the asker alone.
func (k *Desk) text(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.onCurrent(ctx, r, func(tx *storage.Tx, shelf *library.Shelf, c *current) (err error) {
		x := c.reading
		if s := r.Args.Get("number"); s != "" {
			if x, err = k.readingArg(r, &c.plan, "number"); err != nil {
				return err
			}
		}
		if x == nil {
			x = c.next
		}
		if x == nil {
			reply, err = k.betweenReadings(ctx, tx, r, c)
			return err
		}
		only, err := outlineOnly(v, shelf, x)
		if err != nil {
			return err
		}
		if only != nil {
			reply = bot.Say(v.Say("text.outline_only", "N", x.N, "Plan", c.plan.Name))
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: only})
			reply.Private = true
			return nil
		}
		page, err := portionPage(ctx, tx, v, shelf, c, x)
		if err != nil {
			return err
		}
		instead, err := portionBlocks(ctx, tx, v, shelf, x)
		if err != nil {
			return err
		}
		reply = bot.Say(v.Say("text.here", "N", x.N, "Plan", c.plan.Name))
		reply.Private = true
		reply.File = &bot.File{Name: fmt.Sprintf("reading-%d.html", x.N), MIME: "text/html", Data: page, Instead: instead}
		return nil
	})
	return reply, err
}

// outlineOnly lists the chapters of a reading, and where they stand, where no
// more than the outline is kept of any of its works; nil otherwise.
func outlineOnly(v *phrases.Voice, shelf *library.Shelf, x *reading.Reading) (rows []bot.Spans, err error) {
	for _, portion := range x.Portions {
		o, err := shelf.ByID(portion.Work)
		if err != nil {
			return nil, err
		}
		if o == nil || !o.OutlineOnly() || portion.Last > o.Last() {
			return nil, nil
		}
		for n := portion.First; n <= portion.Last; n++ {
			spot := &o.Passages[o.At(n)]
			row := bot.Plain(o.SectionName(spot.Section))
			if len(x.Portions) > 1 {
				row = append(bot.Spans{{Text: o.Title + ", "}}, row...)
			}
			if long := delivery.Extent(v, &o.Meta, n, n, spot.Words); long != "" {
				row = append(row, bot.Span{Text: " · " + long})
			}
			rows = append(rows, row)
		}
	}
	return rows, nil
}

// portionBlocks is a portion as passages, one after another.
func portionBlocks(ctx context.Context, tx *storage.Tx, v *phrases.Voice, shelf *library.Shelf, x *reading.Reading) ([]bot.Block, error) {
	var out []bot.Block
	section := -1
	for _, portion := range x.Portions {
		passages, err := tx.PassagesByNumber(ctx, portion.Work, portion.First, portion.Last)
		if err != nil {
			return nil, err
		}
		o, err := shelf.ByID(portion.Work)
		if err != nil {
			return nil, err
		}
		for i := range passages {
			q := &passages[i]
			for _, title := range headings(o, q, section) {
				out = append(out, bot.Para(bot.Bold(title)))
			}
			section = q.Section
			if q.Kind == library.Chapter && o != nil {
				out = append(out, bot.Para(bot.Plain(delivery.Extent(v, &o.Meta, q.Number, q.Number, q.Words))))
				continue
			}
			out = append(out, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Number: strconv.Itoa(q.Number), Text: written(q.Kind, q.Text), Attribution: credit(q.Attribution),
				Fixed: q.Kind == library.Preformatted || q.Kind == library.Table, Block: q.Kind == library.Quotation}})
		}
	}
	return out, nil
}

// headings are the titles that stand before a passage, when the one before it
// was in another section, or none was.
func headings(o *library.Outline, q *storage.NumberedPassage, section int) (titles []string) {
	if q.Section == section {
		return nil
	}
	if o != nil && q.Number <= o.Last() {
		for _, i := range o.HeadingsAt(o.At(q.Number)) {
			titles = append(titles, o.Sections[i].Title)
		}
	}
	if len(titles) == 0 { // it stands under one that begins before it
		titles = append(titles, q.SectionTitle)
	}
	return slices.DeleteFunc(titles, func(s string) bool { return s == "" })
}
