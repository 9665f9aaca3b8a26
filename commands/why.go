package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// why answers what was owed, posted, late or not posted for a reading, a date,
// or the room, and for what reason.
func (k *Desk) why(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return err
		}
		loc, err := reading.LoadZone(g.Zone)
		if err != nil {
			return err
		}
		about := strings.TrimSpace(r.Args.Get("about"))
		filter := storage.DeliveryFilter{Group: g.ID}
		now := k.Now().In(loc)
		if n, err := strconv.Atoi(strings.TrimPrefix(strings.ToLower(about), "reading ")); err == nil {
			p, err := k.plan(ctx, tx, r, reading.Ended, reading.Paused, reading.Published)
			if err != nil {
				return err
			}
			if n < 1 || n > len(p.Readings) {
				return &bot.Error{Code: "out_of_range", Message: v.Say("along.no_such_reading", "Plan", p.Name, "Count", len(p.Readings))}
			}
			filter.Reading = p.Readings[n-1].ID
			reply.Title = v.Say("why.reading", "N", n, "Plan", p.Name)
			return k.whyRows(ctx, tx, v, &reply, &p, filter, loc)
		}
		day := reading.DateOf(now, loc)
		if about != "" {
			// What was posted lies behind, what will be ahead.
			w, err := reading.ParsePast(about, now, loc)
			if err != nil {
				w, err = reading.ParseWhen(about, now, loc)
			}
			if err != nil {
				return k.refuse(r, err)
			}
			day = w.Local.Date
		}
		filter.From = reading.Instant(reading.DateTime{Date: day}, loc)
		filter.To = reading.Instant(reading.DateTime{Date: day.AddDays(1)}, loc)
		reply.Title = v.Say("why.day", "Day", v.Day(filter.From.In(loc), now))
		return k.whyRows(ctx, tx, v, &reply, nil, filter, loc)
	})
	return reply, err
}

func (k *Desk) whyRows(ctx context.Context, tx *storage.Tx, v *phrases.Voice, reply *bot.Reply, p *storage.PlanRow, f storage.DeliveryFilter, loc *time.Location) error {
	rows, err := tx.Deliveries(ctx, f)
	if err != nil {
		return err
	}
	var items []bot.Spans
	for _, d := range rows {
		items = append(items, Outcome(v, d, k.Now(), loc))
	}
	waiting, err := tx.Waiting(ctx, f)
	if err != nil {
		return err
	}
	for _, s := range waiting {
		items = append(items, v.Say("why.waiting", "Kind", v.Text("kind."+s.Kind), "At", v.Moment(s.At.In(loc), k.Now())))
	}
	if len(items) == 0 {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.nothing")))
		return nil
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: items})
	if p != nil && p.State == reading.Paused {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.paused", "Plan", p.Name)))
	}
	rooms, err := tx.Rooms(ctx, f.Group)
	if err != nil {
		return err
	}
	for _, room := range rooms {
		if room.Paused != "" {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.room_paused", "Reason", room.Paused)))
		}
	}
	return nil
}

// Outcome says what became of a delivery, in words.
func Outcome(v *phrases.Voice, d storage.Delivery, now time.Time, loc *time.Location) bot.Spans {
	pairs := []any{"Kind", v.Text("kind." + d.Kind), "Due", v.Moment(d.Due.In(loc), now), "Tries", d.Tries}
	reason := d.Reason
	if words, detail, ok := strings.Cut(reason, ": "); ok {
		reason = words
		pairs = append(pairs, "Detail", detail)
	}
	because := bot.Spans(nil)
	if key := "reason." + reason; reason != "" && v.Has(key) {
		because = v.Say(key, pairs...)
	}
	pairs = append(pairs, "Because", because)
	if d.State == storage.Posted {
		pairs = append(pairs, "Posted", v.Moment(d.PostedAt.In(loc), now))
	}
	return v.Say("why."+string(d.State), pairs...)
}
