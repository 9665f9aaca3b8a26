package commands

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// A current is the plan that a request is about and where it stands.
type current struct {
	plan    storage.PlanRow
	group   reading.Group
	reading *reading.Reading // the one that is read now, nil before the first and after the last
	next    *reading.Reading
}

// current finds the plan: that of the post that was answered, otherwise the
// one under way in the room, otherwise the group's only one.
func (k *Desk) current(ctx context.Context, tx *storage.Tx, r *bot.Request) (current, error) {
	var c current
	var err error
	if c.group, err = tx.Group(ctx, reading.GroupID(r.Group)); err != nil {
		return c, err
	}
	if r.On != "" {
		d, err := tx.DeliveryOf(ctx, r.Room.Platform, string(r.Room.ID), string(r.On))
		switch {
		case err == nil && d.Plan != 0 && d.Group == c.group.ID:
			if c.plan, err = tx.Plan(ctx, d.Plan); err != nil {
				return c, err
			}
			c.settle(tx.Now)
			for i := range c.plan.Readings {
				if x := &c.plan.Readings[i]; x.ID == d.Reading && r.Reaction != nil {
					c.reading = x // a reaction is about the reading of its post
				}
			}
			return c, nil
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return c, err
		}
	}
	plans, err := tx.Plans(ctx, c.group.ID)
	if err != nil {
		return c, err
	}
	best := -1
	for i := range plans {
		p := &plans[i]
		rank := map[reading.State]int{reading.Published: 4, reading.Paused: 3, reading.Ended: 2}[p.State]
		if rank == 0 {
			continue
		}
		if p.Platform == r.Room.Platform && p.Room == string(r.Room.ID) {
			rank += 4
		}
		if rank >= best {
			best, c.plan = rank, *p
		}
	}
	if best < 0 {
		return c, &bot.Error{Code: "not_found", Message: k.voice(r).Say("along.no_plan")}
	}
	c.settle(tx.Now)
	return c, nil
}

// settle finds the readings that are open and next.
func (c *current) settle(now time.Time) {
	c.plan.Plan = c.plan.Advance(now)
	for i := range c.plan.Readings {
		switch x := &c.plan.Readings[i]; x.State {
		case reading.Open:
			c.reading = x
		case reading.Ahead:
			if c.next == nil {
				c.next = x
			}
		}
	}
}

// join makes the asker a member.
func (k *Desk) join(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		joined, err := tx.Join(ctx, g.ID, p)
		if err != nil {
			return bot.Reply{}, err
		}
		key := "along.joined"
		if !joined {
			key = "along.joined_already"
		}
		reply := bot.Say(v.Say(key, "Group", g.Name))
		reply.Private = true
		return reply, nil
	})
}

// leave ends the asker's membership.
func (k *Desk) leave(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if _, err := tx.Leave(ctx, reading.GroupID(r.Group), p); err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Say(v.Say("along.left"))
		reply.Private = true
		return reply, nil
	})
}

// showReading answers "reading": what is read now.
func (k *Desk) showReading(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return err
		}
		x := c.reading
		if n := r.Args.Get("number"); n != "" {
			i, err := strconv.Atoi(n)
			if err != nil || i < 1 || i > len(c.plan.Readings) {
				return &bot.Error{Code: "out_of_range", Message: v.Say("along.no_such_reading", "Plan", c.plan.Name, "Count", len(c.plan.Readings))}
			}
			x = &c.plan.Readings[i-1]
		}
		if x == nil {
			reply, err = k.betweenReadings(ctx, tx, r, &c)
			return err
		}
		reply, err = delivery.Describe(ctx, tx, v, k.Now(), c.group, &c.plan, x)
		return err
	})
	return reply, err
}

// betweenReadings says why no reading is open.
func (k *Desk) betweenReadings(ctx context.Context, tx *storage.Tx, r *bot.Request, c *current) (bot.Reply, error) {
	v := k.voice(r)
	switch {
	case c.plan.State == reading.Ended:
		return bot.Say(v.Say("along.ended", "Plan", c.plan.Name)), nil
	case c.next != nil:
		return delivery.Describe(ctx, tx, v, k.Now(), c.group, &c.plan, c.next)
	}
	return bot.Say(v.Say("along.nothing_open", "Plan", c.plan.Name)), nil
}

// done records that the asker has read the current reading, or all before it
// if a number is given.
func (k *Desk) done(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.checkIn(ctx, r, "done")
}

// skip records that the asker leaves the current reading out.
func (k *Desk) skip(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.checkIn(ctx, r, "skip")
}

func (k *Desk) checkIn(ctx context.Context, r *bot.Request, kind string) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, k.quietly(r, err)
		}
		if last := len(c.plan.Readings) - 1; c.reading == nil && c.next == nil && last >= 0 {
			c.reading = &c.plan.Readings[last] // who was late for the last one
		}
		if c.reading == nil {
			reply, err := k.betweenReadings(ctx, tx, r, &c)
			if r.Reaction != nil {
				return bot.Reply{}, bot.Quiet()
			}
			return reply, err
		}
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if r.Undo {
			if _, err := tx.TakeBack(ctx, p, c.reading.ID, kind); err != nil {
				return bot.Reply{}, err
			}
			return bot.Reply{}, nil
		}
		first, err := tx.Join(ctx, c.group.ID, p)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.AddCheckIn(ctx, c.group.ID, storage.CheckIn{Person: p, Plan: c.plan.ID, Reading: c.reading.ID, Kind: kind}); err != nil {
			return bot.Reply{}, err
		}
		if r.Reaction != nil {
			return bot.Reply{}, nil // the reaction itself is seen
		}
		reply := bot.Say(v.Say("along."+kind, "Name", r.Account.Name, "N", c.reading.N))
		if first {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("along.joined_by_checkin")})
		}
		reply.Actions = []bot.Action{{Label: v.Text("action.undo"), Do: bot.Invocation{Command: "undo check-in", Args: map[string]string{"reading": strconv.Itoa(int(c.reading.ID)), "kind": kind}}}}
		reply.Private = true
		return reply, nil
	})
}

// quietly makes nothing of a mistake if nobody asked for an answer.
func (k *Desk) quietly(r *bot.Request, err error) error {
	var refusal *bot.Error
	if r.Reaction != nil && errors.As(err, &refusal) {
		return bot.Quiet()
	}
	return err
}

// undoCheckIn stands behind the button of a check-in.
func (k *Desk) undoCheckIn(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	id, err := strconv.ParseInt(r.Args.Get("reading"), 10, 64)
	if err != nil {
		return bot.Reply{}, fmt.Errorf("undo check-in: %w", err)
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		undone, err := tx.TakeBack(ctx, p, reading.ReadingID(id), r.Args.Get("kind"))
		if err != nil {
			return bot.Reply{}, err
		}
		key := "along.undone"
		if !undone {
			key = "along.nothing_to_undo"
		}
		reply := bot.Say(v.Say(key))
		reply.Private = true
		return reply, nil
	})
}

// at records the place to which the asker has read.
func (k *Desk) at(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	place := strings.TrimSpace(r.Args.Get("place"))
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		spot, err := k.spot(shelf, &c, place)
		if err != nil {
			return bot.Reply{}, k.refuseCitation(r, err)
		}
		target := c.readingOf(spot)
		if target == nil {
			return bot.Reply{}, &bot.Error{Code: "out_of_range", Param: "place", Message: v.Say("along.not_in_plan", "Place", spot.citation, "Plan", c.plan.Name)}
		}
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if _, err := tx.Join(ctx, c.group.ID, p); err != nil {
			return bot.Reply{}, err
		}
		in := storage.CheckIn{Person: p, Plan: c.plan.ID, Reading: target.ID, Kind: "at", Work: spot.work, Anchor: spot.anchor, Number: spot.number}
		if err := tx.AddCheckIn(ctx, c.group.ID, in); err != nil {
			return bot.Reply{}, err
		}
		key, left := "along.at", target.Standing([]reading.CheckIn{{Reading: target.ID, Kind: reading.IsAt, Work: spot.work, Upto: spot.number}}).Left
		if left == 0 {
			key = "along.at_end"
		}
		reply := bot.Say(v.Say(key, "Number", spot.number, "N", target.N, "Count", left))
		reply.Actions = []bot.Action{{Label: v.Text("action.undo"), Do: bot.Invocation{Command: "undo check-in", Args: map[string]string{"reading": strconv.Itoa(int(target.ID)), "kind": "at"}}}}
		reply.Private = true
		return reply, nil
	})
}

// A spot is a numbered passage in a plan's work.
type spot struct {
	work     library.WorkID
	anchor   library.Anchor
	number   int
	citation string
}

// readingOf is the reading that a spot lies in, nil if it lies in none.
func (c *current) readingOf(s spot) *reading.Reading {
	for i := range c.plan.Readings {
		if c.plan.Readings[i].Contains(s.work, s.number) {
			return &c.plan.Readings[i]
		}
	}
	return nil
}

// progress answers with the group's board and the asker's own place.
func (k *Desk) progress(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return err
		}
		members, err := tx.Members(ctx, c.group.ID)
		if err != nil {
			return err
		}
		ins, err := tx.CheckIns(ctx, c.plan.ID)
		if err != nil {
			return err
		}
		reply = board(v, &c, members, delivery.CheckIns(ins))
		return nil
	})
	return reply, err
}

// board draws how far the group is. Who did not choose to be shown is counted
// only, and nobody is told how many have not read.
func board(v *phrases.Voice, c *current, members []reading.Member, ins []reading.CheckIn) bot.Reply {
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
		shown = append(shown, bot.Field{Name: names[p.Person], Value: placeOf(v, p)})
	}
	if len(shown) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Table, Fields: shown})
	}
	return reply
}

func placeOf(v *phrases.Voice, p reading.Place) bot.Spans {
	switch p.Status {
	case reading.ReadIt:
		return v.Say("board.done", "N", p.N)
	case reading.LeftItOut:
		return v.Say("board.skipped", "N", p.N)
	}
	return v.Say("board.at", "Number", p.Upto, "N", p.N)
}

// privacy keeps what others may see of the asker.
func (k *Desk) privacy(s reading.Visibility, key string) func(context.Context, *bot.Request) (bot.Reply, error) {
	return func(ctx context.Context, r *bot.Request) (bot.Reply, error) {
		v := k.voice(r)
		return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
			p, err := k.person(ctx, tx, r)
			if err != nil {
				return bot.Reply{}, err
			}
			// An organiser may be none of those who read along.
			member, _, err := tx.Standing(ctx, reading.GroupID(r.Group), p)
			if err != nil {
				return bot.Reply{}, err
			}
			if !member {
				return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("bot.members_only")}
			}
			if err := tx.SetVisibility(ctx, reading.GroupID(r.Group), p, s); err != nil {
				return bot.Reply{}, err
			}
			reply := bot.Say(v.Say(key))
			reply.Private = true
			return reply, nil
		})
	}
}
