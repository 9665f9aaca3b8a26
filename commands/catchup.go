package commands

import (
	"context"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// lanesShown is how many days of a lane are shown at once.
const lanesShown = 7

// catchup gives who is behind a private pace to a date, and shows it again. It
// moves nobody else.
func (k *Desk) catchup(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		me, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(c.plan.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		now := k.Now().In(loc)
		by, err := tx.Lane(ctx, c.plan.ID, me)
		if err != nil {
			return bot.Reply{}, err
		}
		said := strings.TrimSpace(r.Args.Get("by"))
		switch {
		case strings.EqualFold(said, v.Text("form.word_none")):
			if err := tx.SetLane(ctx, c.plan.ID, me, reading.Date{}); err != nil {
				return bot.Reply{}, err
			}
			return private(bot.Say(v.Say("lane.gone"))), nil
		case said != "":
			if by, err = k.date(strings.TrimPrefix(said, "by "), now); err != nil {
				return bot.Reply{}, k.refuseParam(r, "by", err)
			}
		case by.IsZero():
			return bot.Reply{}, &bot.Error{Code: "syntax", Param: "by", Message: v.Say("lane.by_when")}
		}
		lane, err := k.lane(ctx, tx, shelf, &c.plan, me, reading.DateOf(now, loc), by)
		if err != nil {
			return bot.Reply{}, k.refuseParam(r, "by", err)
		}
		if said != "" {
			if _, err := tx.Join(ctx, c.group.ID, me); err != nil {
				return bot.Reply{}, err
			}
			if err := tx.SetLane(ctx, c.plan.ID, me, by); err != nil {
				return bot.Reply{}, err
			}
		}
		day := func(d reading.Date) string {
			return v.Day(reading.Instant(reading.DateTime{Date: d}, loc).In(loc), k.Now())
		}
		if len(lane.Steps) == 0 {
			return private(bot.Say(v.Say("lane.nothing_left", "Day", day(by)))), nil
		}
		reply := bot.Reply{Title: v.Say("lane.title", "Plan", c.plan.Name, "Day", day(by))}
		var rows []bot.Spans
		for _, s := range lane.Steps[:min(len(lane.Steps), lanesShown)] {
			long, _ := delivery.Lengths(v, metaOf(shelf), s.Portions)
			rows = append(rows, v.Say("lane.row", "Day", day(s.Day), "Range", delivery.Ranges(v, metaOf(shelf), s.Portions, c.plan.Works() > 1), "Words", long))
		}
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: rows})
		if more := len(lane.Steps) - len(rows); more > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("lane.more", "Count", more, "Words", wordsInAll(v, shelf, &lane))))
		}
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("lane.private")})
		return private(reply), nil
	})
}

func private(reply bot.Reply) bot.Reply {
	reply.Private = true
	return reply
}

// lane is the pace of somebody who wants to have caught up by a day.
func (k *Desk) lane(ctx context.Context, tx *storage.Tx, shelf *library.Shelf, p *storage.PlanRow, who reading.PersonID, today, by reading.Date) (reading.Lane, error) {
	ins, err := tx.CheckIns(ctx, p.ID)
	if err != nil {
		return reading.Lane{}, err
	}
	var read []reading.Portion
	for _, c := range delivery.CheckIns(ins) {
		if c.Person == who {
			read = append(read, c.Covers...) // left out counts as well: they do not mean to read it
		}
	}
	works, err := outlinesOf(shelf, p)
	if err != nil {
		return reading.Lane{}, err
	}
	return p.LaneOf(works, func(w library.WorkID, n int) bool {
		for _, c := range read {
			if c.Work == w && c.First <= n && n <= c.Last {
				return true
			}
		}
		return false
	}, today, by)
}

// wordsInAll is how many words somebody still has to read, "" where no more than
// the outline is kept of some of them, since they are then an estimate.
func wordsInAll(v *phrases.Voice, shelf *library.Shelf, lane *reading.Lane) string {
	for _, s := range lane.Steps {
		for _, p := range s.Portions {
			if m := metaOf(shelf)(p.Work); m != nil && m.OutlineOnly() {
				return ""
			}
		}
	}
	return v.Text("count.words", "Count", lane.Words)
}
