package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
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
			return k.whyRows(ctx, r, tx, &reply, &p, filter, loc)
		}
		day := reading.DateOf(now, loc)
		if about != "" {
			if day, err = NearestDay(about, now, loc); err != nil {
				return k.refuse(r, err)
			}
		}
		filter.From = reading.Instant(reading.DateTime{Date: day}, loc)
		filter.To = reading.Instant(reading.DateTime{Date: day.AddDays(1)}, loc)
		reply.Title = v.Say("why.day", "Day", v.Day(filter.From.In(loc), now))
		return k.whyRows(ctx, r, tx, &reply, nil, filter, loc)
	})
	return reply, err
}

// NearestDay is the day that a person means who may ask about what was posted
// or what will be: of the last such day and the next, the nearer one.
func NearestDay(about string, now time.Time, loc *time.Location) (reading.Date, error) {
	ahead, aheadErr := reading.ParseWhen(about, now, loc)
	past, err := reading.ParsePast(about, now, loc)
	if err != nil {
		if aheadErr == nil {
			err = nil
		}
		return ahead.Local.Date, err
	}
	today := reading.DateOf(now, loc)
	if aheadErr == nil && ahead.Local.Date.Sub(today) < today.Sub(past.Local.Date) {
		return ahead.Local.Date, nil
	}
	return past.Local.Date, nil
}

func (k *Desk) whyRows(ctx context.Context, r *bot.Request, tx *storage.Tx, reply *bot.Reply, p *storage.PlanRow, f storage.DeliveryFilter, loc *time.Location) error {
	v := k.voice(r)
	rows, err := tx.Deliveries(ctx, f)
	if err != nil {
		return err
	}
	var items []bot.Spans
	var missed []storage.Delivery
	for _, d := range rows {
		if d.Kind == delivery.Notice || d.Recipient != "" && d.Kind != delivery.Brief {
			continue // a word to the organisers
		}
		if d.Act == storage.Edit && d.State == storage.Skipped {
			continue // it could not be corrected there, or need not be
		}
		if d.Act == storage.Event && d.State != storage.Failed {
			continue // it is no post, and stands where everybody sees it
		}
		out, err := outage(ctx, tx, d)
		if err != nil {
			return err
		}
		kind, err := delivery.KindOf(ctx, tx, v, d.Kind, d.Prompt)
		if err != nil {
			return err
		}
		items = append(items, delivery.Outcome(v, kind, d, out, k.Now(), loc))
		if d.Act == storage.Post && d.Recipient == "" && !idle[d.Reason] && (d.State == storage.Skipped || d.State == storage.Failed || d.State == storage.Unknown) {
			missed = append(missed, d)
		}
	}
	waiting, err := tx.Waiting(ctx, f)
	if err != nil {
		return err
	}
	for _, s := range waiting {
		kind, err := delivery.KindOf(ctx, tx, v, s.Kind, s.Prompt)
		if err != nil {
			return err
		}
		items = append(items, v.Say("why.waiting", "Kind", kind, "At", v.Moment(s.At.In(loc), k.Now())))
	}
	if len(items) == 0 {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.nothing")))
	} else {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: items})
	}
	if r.Role >= bot.Organiser {
		reply.Actions = postNow(v, missed)
	}
	if p != nil && p.State == reading.Paused {
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.paused", "Plan", p.Name)))
	}
	return k.whyNothingGoesOut(ctx, tx, v, reply, f.Group)
}

// whyNothingGoesOut says what keeps every post of a group back, if something
// does.
func (k *Desk) whyNothingGoesOut(ctx context.Context, tx *storage.Tx, v *phrases.Voice, reply *bot.Reply, g reading.GroupID) error {
	hold, err := tx.Setting(ctx, storage.OnHold)
	if err != nil {
		return err
	}
	switch {
	case hold != "":
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.held_restored")))
	case k.Held != nil && k.Held() != "":
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why."+strings.ReplaceAll(k.Held(), ".", "_"))))
	}
	rooms, err := tx.Rooms(ctx, g)
	if err != nil {
		return err
	}
	for _, room := range rooms {
		if room.Paused == "" {
			continue
		}
		if because := delivery.Because(v, room.Paused, nil); because != nil {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.room_refused", "Because", because)))
		} else {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("why.room_paused", "Reason", room.Paused)))
		}
	}
	return nil
}

func outage(ctx context.Context, tx *storage.Tx, d storage.Delivery) (*storage.Outage, error) {
	o, ok, err := tx.OutageAt(ctx, d.Platform, d.Due)
	if err != nil || !ok {
		return nil, err
	}
	return &o, nil
}

// idle are the reasons of posts that would say nothing now either.
var idle = map[string]bool{"nothing_to_say": true, "no_meeting": true, "led": true, "gone": true}

// maxPostNow is how many posts that were missed get a button.
const maxPostNow = 3

func postNow(v *phrases.Voice, missed []storage.Delivery) (out []bot.Action) {
	for i, d := range missed {
		if i == maxPostNow {
			break
		}
		label := v.Text("action.post_now")
		if len(missed) > 1 {
			label += ": " + v.Text("kind."+d.Kind)
		}
		out = append(out, bot.Action{Label: label, Do: bot.Invocation{Command: "post owed", Args: map[string]string{"delivery": strconv.FormatInt(d.ID, 10)}}})
	}
	return out
}

// postOwed stands behind the buttons that post what was not, or of which nobody
// knows; leaveOwed behind the one that leaves it.
func (k *Desk) postOwed(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.decide(ctx, r, func(tx *storage.Tx, v *phrases.Voice, d storage.Delivery) (bot.Reply, error) {
		ok, err := tx.Reopen(ctx, d.ID, true)
		if err != nil || !ok {
			return bot.Say(v.Say("owed.not_open")), err
		}
		room, err := tx.Room(ctx, d.Platform, d.Room)
		if err != nil {
			return bot.Reply{}, err
		}
		if because := delivery.Because(v, room.Paused, nil); because != nil {
			return bot.Say(v.Say("owed.posting_paused", "Because", because)), nil
		}
		return bot.Say(v.Say("owed.posting")), nil
	})
}

func (k *Desk) leaveOwed(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.decide(ctx, r, func(tx *storage.Tx, v *phrases.Voice, d storage.Delivery) (bot.Reply, error) {
		ok, err := tx.Drop(ctx, d.ID, "left")
		if err != nil || !ok {
			return bot.Say(v.Say("owed.not_open")), err
		}
		return bot.Say(v.Say("owed.left")), nil
	})
}

// decide lets an organiser of a delivery's group decide on it, in whatever room
// they are asked: it may be one of their own.
func (k *Desk) decide(ctx context.Context, r *bot.Request, do func(*storage.Tx, *phrases.Voice, storage.Delivery) (bot.Reply, error)) (bot.Reply, error) {
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		v := k.voice(r)
		id, err := strconv.ParseInt(r.Args.Get("delivery"), 10, 64)
		if err != nil {
			return bot.Reply{}, &bot.Error{Code: "not_found", Message: v.Say("owed.not_open")}
		}
		d, err := tx.Delivery(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return bot.Reply{}, &bot.Error{Code: "not_found", Message: v.Say("owed.not_open")}
		}
		if err != nil {
			return bot.Reply{}, err
		}
		_, organiser, err := tx.Standing(ctx, d.Group, reading.PersonID(r.Person))
		if err != nil {
			return bot.Reply{}, err
		}
		if !organiser {
			return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("owed.organisers_only")}
		}
		if d.State == storage.Posted {
			return bot.Say(v.Say("owed.not_open")), nil
		}
		return do(tx, v, d)
	})
}
