package commands

import (
	"context"
	"fmt"
	"html"
	"slices"
	"strconv"
	"strings"

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
		page, err := portionPage(ctx, tx, shelf, &c.plan, x)
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

// portionPage writes a portion as one HTML page that reads well on a phone and
// needs nothing from anywhere.
func portionPage(ctx context.Context, tx *storage.Tx, shelf *library.Shelf, p *storage.PlanRow, x *reading.Reading) ([]byte, error) {
	var b strings.Builder
	title := html.EscapeString(fmt.Sprintf("%s · %d", p.Name, x.N))
	b.WriteString(`<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>` + title + `</title><style>
body{font:1.1rem/1.6 Georgia,serif;max-width:38rem;margin:0 auto;padding:1rem 1rem 3rem;color:#222;background:#fdfcf9}
h1{font-size:1.4rem}h2{font-size:1.15rem;margin-top:2.2rem}
.p{display:flex;gap:.8rem;margin:0 0 1rem}.n{flex:0 0 2.2rem;text-align:right;color:#8a6d3b;font:.8rem/2 system-ui,sans-serif}
.t{flex:1;white-space:pre-line}.quotation .t{padding-left:1rem;border-left:3px solid #d8cdb8}.preformatted .t,.table .t{font-family:monospace;white-space:pre;overflow-x:auto}
.a{color:#666;font-size:.9rem}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181715}.n{color:#c9a86a}.quotation .t{border-color:#554}}
</style><h1>` + title + `</h1>`)
	for _, portion := range x.Portions {
		passages, err := tx.PassagesByNumber(ctx, portion.Work, portion.First, portion.Last)
		if err != nil {
			return nil, err
		}
		section := -1
		for i := range passages {
			q := &passages[i]
			for _, title := range headings(shelf.ByID(portion.Work), q, section) {
				b.WriteString("<h2>" + html.EscapeString(title) + "</h2>")
			}
			section = q.Section
			kind := ""
			switch q.Kind {
			case library.Quotation, library.Preformatted, library.Table:
				kind = " " + string(q.Kind)
			}
			n := strconv.Itoa(q.Number)
			b.WriteString(`<div class="p` + kind + `" id="p` + n + `"><span class="n">` + n + `</span><div class="t" dir="auto">` + html.EscapeString(q.Text) + `</div></div>`)
			if q.Attribution != "" {
				b.WriteString(`<div class="p"><span class="n"></span><div class="t a">` + html.EscapeString(q.Attribution) + `</div></div>`)
			}
		}
	}
	b.WriteString("</html>\n")
	return []byte(b.String()), nil
}
