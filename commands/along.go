package commands

import (
	"context"
	"maps"
	"slices"
	"strconv"

	"lectern/bot"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

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
		shows, err := tx.Visibility(ctx, reading.GroupID(r.Group), p)
		if err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Say(v.Say("along.left", "Hidden", shows == reading.Hidden))
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
		if reply, err = delivery.Describe(ctx, tx, v, k.Now(), c.group, &c.plan, x); err == nil {
			reply.Blocks, err = k.sayPaused(v, &c.plan, reply.Blocks)
		}
		if id := r.Args.Get("plan"); id != "" { // its buttons are about the plan that was named
			for i := range reply.Actions {
				do := &reply.Actions[i].Do
				if do.Args = maps.Clone(do.Args); do.Args == nil {
					do.Args = map[string]string{}
				}
				do.Args["plan"] = strconv.FormatInt(int64(c.plan.ID), 10)
			}
		}
		return err
	})
	return reply, err
}

// sayPaused puts before what is said of a plan that it stands still, or ended
// before its time, if it does.
func (k *Desk) sayPaused(v *phrases.Voice, p *storage.PlanRow, blocks []bot.Block) ([]bot.Block, error) {
	if p.State == reading.Ended && lastDue(p).After(k.Now()) {
		return slices.Insert(blocks, 0, bot.Para(v.Say("plan.ended_early"))), nil
	}
	if p.State != reading.Paused {
		return blocks, nil
	}
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return blocks, err
	}
	return slices.Insert(blocks, 0, bot.Para(v.Say("plan.paused", "Since", v.Moment(p.PausedAt.In(loc), k.Now())))), nil
}

// betweenReadings says why no reading is open.
func (k *Desk) betweenReadings(ctx context.Context, tx *storage.Tx, r *bot.Request, c *current) (bot.Reply, error) {
	v := k.voice(r)
	switch {
	case c.plan.State == reading.Ended:
		return bot.Say(v.Say("along.ended", "Plan", c.plan.Name)), nil
	case c.next != nil:
		reply, err := delivery.Describe(ctx, tx, v, k.Now(), c.group, &c.plan, c.next)
		if err == nil {
			reply.Blocks, err = k.sayPaused(v, &c.plan, reply.Blocks)
		}
		return reply, err
	}
	return bot.Say(v.Say("along.nothing_open", "Plan", c.plan.Name)), nil
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
			member, _, err := tx.Standing(ctx, reading.GroupID(r.Group), p)
			if err != nil {
				return bot.Reply{}, err
			}
			if err := tx.SetVisibility(ctx, reading.GroupID(r.Group), p, s); err != nil {
				return bot.Reply{}, err
			}
			said := key
			if !member { // who left, or only looks on, has a say too
				said = "privacy.kept"
			}
			reply := bot.Say(v.Say(said))
			reply.Private = true
			return reply, nil
		})
	}
}
