package commands

import (
	"context"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// progress answers with the group's board and the asker's own place.
func (k *Desk) progress(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.onCurrent(ctx, r, func(tx *storage.Tx, shelf *library.Shelf, c *current) error {
		members, err := tx.Members(ctx, c.group.ID)
		if err != nil {
			return err
		}
		ins, err := tx.CheckIns(ctx, c.plan.ID)
		if err != nil {
			return err
		}
		reply = board(v, shelf, c, members, delivery.CheckIns(ins))
		reply.Blocks, err = k.sayPaused(v, &c.plan, reply.Blocks)
		return err
	})
	return reply, err
}

// board draws how far the group is. Who did not choose to be shown is counted
// only, and nobody is told how many have not read.
func board(v *phrases.Voice, shelf *library.Shelf, c *current, members []reading.Member, ins []reading.CheckIn) bot.Reply {
	reply := bot.Reply{Title: v.Say("board.title", "Plan", c.plan.Name)}
	at := 0
	var rows []bot.Spans
	names := map[reading.PersonID]string{}
	for _, m := range members {
		names[m.Person] = bot.Clean(m.Name, 40)
	}
	var places []reading.Place // of the newest reading that has some
	for _, x := range c.plan.Readings {
		if x.State == reading.Ahead {
			continue
		}
		at = x.N
		b := reading.BoardOf(x, ins, delivery.Visibility(members))
		if b.Read > 0 {
			rows = append(rows, v.Say("board.read", "N", x.N, "Count", b.Read))
		}
		if len(b.Places) > 0 {
			places = b.Places
		}
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bar, Progress: &bot.Progress{
		Label: v.Text("board.reading", "N", at, "Total", len(c.plan.Readings)), Done: at, Total: len(c.plan.Readings)}})
	if len(rows) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: rows})
	}
	var shown []bot.Field
	for _, p := range places {
		shown = append(shown, bot.Field{Name: names[p.Person], Value: placeOf(v, shelf, p)})
	}
	if len(shown) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Table, Fields: shown})
	}
	return reply
}

func placeOf(v *phrases.Voice, shelf *library.Shelf, p reading.Place) bot.Spans {
	switch p.Status {
	case reading.ReadIt:
		return v.Say("board.done", "N", p.N)
	case reading.LeftItOut:
		return v.Say("board.skipped", "N", p.N)
	}
	return v.Say("board.at", "Where", delivery.Span(v, metaOf(shelf)(p.Work), p.Upto, p.Upto), "N", p.N)
}
