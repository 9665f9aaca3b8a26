package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"lectern/bot"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

// text gives the portion of a reading as a numbered page, to the asker alone.
func (k *Desk) text(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return reply, err
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return err
		}
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
			reply, err = k.betweenReadings(ctx, tx, r, &c)
			return err
		}
		page, err := portionPage(ctx, tx, v, shelf, &c, x)
		if err != nil {
			return err
		}
		instead, err := portionBlocks(ctx, tx, shelf, x)
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

// portionBlocks is a portion as passages, one after another.
func portionBlocks(ctx context.Context, tx *storage.Tx, shelf *library.Shelf, x *reading.Reading) ([]bot.Block, error) {
	var out []bot.Block
	section := -1
	for _, portion := range x.Portions {
		passages, err := tx.PassagesByNumber(ctx, portion.Work, portion.First, portion.Last)
		if err != nil {
			return nil, err
		}
		for i := range passages {
			q := &passages[i]
			for _, title := range headings(shelf.ByID(portion.Work), q, section) {
				out = append(out, bot.Para(bot.Bold(title)))
			}
			section = q.Section
			out = append(out, bot.Block{Kind: bot.Quoted, Quote: &bot.Quote{Number: strconv.Itoa(q.Number), Text: bot.Plain(q.Text), Attribution: q.Attribution,
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
