package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

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
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
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
		joined, err := k.joinAlong(ctx, tx, r, c.group.ID, p)
		if err != nil {
			return bot.Reply{}, err
		}
		before, err := standing(ctx, tx, &c.plan, c.reading, p)
		if err != nil {
			return bot.Reply{}, err
		}
		again := before.Status == reading.ReadIt && kind == "done" && r.Reaction == nil
		if !again { // said twice, it is taken back at once
			if err := tx.AddCheckIn(ctx, c.group.ID, storage.CheckIn{Person: p, Plan: c.plan.ID, Reading: c.reading.ID, Kind: kind, Covers: c.reading.Portions}); err != nil {
				return bot.Reply{}, err
			}
		}
		if r.Reaction != nil {
			return bot.Reply{}, nil // the reaction itself is seen
		}
		if before.Status == reading.ReadIt && kind == "skip" {
			return k.further(r, shelf, c.reading, before, c.reading.Passages()), nil
		}
		id, err := tx.LastCheckIn(ctx, p, c.reading.ID, kind)
		return k.noted(r, v.Say("along."+kind, "N", c.reading.N), id, joined), err
	})
}

// joinAlong makes whoever checks in a member, and is what they are told of it,
// nothing if they were one.
func (k *Desk) joinAlong(ctx context.Context, tx *storage.Tx, r *bot.Request, g reading.GroupID, p reading.PersonID) (bot.Spans, error) {
	if joined, err := tx.Join(ctx, g, p); err != nil || !joined {
		return nil, err
	}
	shows, err := tx.Visibility(ctx, g, p)
	if err != nil {
		return nil, err
	}
	return k.voice(r).Say("along.joined_by_checkin", "Hidden", shows == reading.Hidden, "Shown", shows == reading.Shown), nil
}

// noted answers a check-in, with a button that takes this one back; joined is
// what somebody is told who reads along by it.
func (k *Desk) noted(r *bot.Request, said bot.Spans, id int64, joined bot.Spans) bot.Reply {
	v := k.voice(r)
	reply := bot.Say(said)
	if len(joined) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: joined})
	}
	reply.Actions = []bot.Action{{Label: v.Text("action.undo"), Do: bot.Invocation{Command: "undo check-in", Args: map[string]string{"checkin": strconv.FormatInt(id, 10)}}}}
	reply.Private = true
	return reply
}

// further answers a check-in of somebody who was further already, which counts
// until they take it back: left is how many passages they say are left.
func (k *Desk) further(r *bot.Request, shelf *library.Shelf, x *reading.Reading, before reading.Standing, left int) bot.Reply {
	v := k.voice(r)
	said := v.Say("along.further", "Where", delivery.Span(v, metaOf(shelf)(before.Work), before.Upto, before.Upto), "N", x.N)
	if before.Status == reading.ReadIt {
		said = v.Say("along.read_already", "N", x.N)
	}
	reply := bot.Say(said)
	reply.Actions = []bot.Action{{Label: v.Text("action.take_back"), Do: bot.Invocation{Command: "undo check-in",
		Args: map[string]string{"reading": strconv.Itoa(int(x.ID)), "left": strconv.Itoa(left)}}}}
	reply.Private = true
	return reply
}

// standing is how far somebody has come with a reading.
func standing(ctx context.Context, tx *storage.Tx, plan *storage.PlanRow, x *reading.Reading, p reading.PersonID) (reading.Standing, error) {
	mine, err := checkInsOf(ctx, tx, plan.ID, x, p)
	return x.Standing(delivery.CheckIns(mine)), err
}

// checkInsOf are somebody's check-ins that are about a reading.
func checkInsOf(ctx context.Context, tx *storage.Tx, plan reading.PlanID, x *reading.Reading, p reading.PersonID) ([]storage.CheckIn, error) {
	all, err := tx.CheckIns(ctx, plan)
	return slices.DeleteFunc(all, func(c storage.CheckIn) bool {
		return c.Person != p || !x.Touches(delivery.CheckIns([]storage.CheckIn{c})[0])
	}), err
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
	one := r.Args.Get("checkin") // without, the button is of an older version, or takes back several
	id, err := strconv.ParseInt(cmp.Or(one, r.Args.Get("reading")), 10, 64)
	if err != nil {
		return bot.Reply{}, fmt.Errorf("undo check-in: %w", err)
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		var undone bool
		switch left := r.Args.Get("left"); {
		case one != "":
			undone, err = tx.TakeBackOne(ctx, p, id)
		case left != "":
			undone, err = takeBackFurther(ctx, tx, reading.ReadingID(id), p, left)
		default:
			undone, err = tx.TakeBack(ctx, p, reading.ReadingID(id), r.Args.Get("kind"))
		}
		if err != nil {
			return bot.Reply{}, err
		}
		key := "along.undone"
		switch {
		case !undone && one != "":
			key = "along.undone_already"
		case !undone:
			key = "along.nothing_to_undo"
		}
		still, err := stillRead(ctx, tx, p, id, one != "")
		if err != nil {
			return bot.Reply{}, err
		}
		if still > 0 && key != "along.nothing_to_undo" {
			key += "_but"
		}
		reply := bot.Say(v.Say(key, "N", still))
		reply.Private = true
		return reply, nil
	})
}

// stillRead is the number of a reading that a member has read by what else they
// said, 0 if by nothing. id is the reading's, or a check-in's for it.
func stillRead(ctx context.Context, tx *storage.Tx, p reading.PersonID, id int64, ofCheckIn bool) (n int, err error) {
	of := reading.ReadingID(id)
	if ofCheckIn {
		if of, err = tx.ReadingOf(ctx, id); err != nil || of == 0 {
			return 0, err
		}
	}
	last, err := tx.LastCheckIn(ctx, p, of, "done")
	if err != nil || last == 0 {
		return 0, err
	}
	plan, err := tx.PlanOf(ctx, of)
	if err != nil {
		return 0, err
	}
	for i := range plan.Readings {
		if plan.Readings[i].ID == of {
			return plan.Readings[i].N, nil
		}
	}
	return 0, nil
}

// takeBackFurther undoes what somebody said of a reading that leaves fewer
// passages than they have left.
func takeBackFurther(ctx context.Context, tx *storage.Tx, id reading.ReadingID, p reading.PersonID, left string) (undone bool, err error) {
	most, err := strconv.Atoi(left)
	if err != nil {
		return false, fmt.Errorf("undo check-in: %w", err)
	}
	plan, err := tx.PlanOf(ctx, id)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(plan.Readings, func(x reading.Reading) bool { return x.ID == id })
	if i < 0 {
		return false, nil
	}
	x := &plan.Readings[i]
	mine, err := checkInsOf(ctx, tx, plan.ID, x, p)
	if err != nil {
		return false, err
	}
	for _, c := range mine {
		if c.Kind == string(reading.Passes) || x.Standing(delivery.CheckIns([]storage.CheckIn{c})).Left >= most {
			continue
		}
		if _, err := tx.TakeBackOne(ctx, p, c.ID); err != nil {
			return false, err
		}
		undone = true
	}
	return undone, nil
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
		if cur, ok := k.planAt(ctx, tx, r, shelf, place); err != nil && ok {
			c, err = cur, nil // of several plans the place names one
		}
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
		joined, err := k.joinAlong(ctx, tx, r, c.group.ID, p)
		if err != nil {
			return bot.Reply{}, err
		}
		before, err := standing(ctx, tx, &c.plan, target, p)
		if err != nil {
			return bot.Reply{}, err
		}
		in := storage.CheckIn{Person: p, Plan: c.plan.ID, Reading: target.ID, Kind: "at", Work: spot.work, Anchor: spot.anchor, Number: spot.number,
			Covers: c.upto(target, spot)}
		if err := tx.AddCheckIn(ctx, c.group.ID, in); err != nil {
			return bot.Reply{}, err
		}
		left := target.Standing([]reading.CheckIn{{Reading: target.ID, Kind: reading.IsAt, Work: spot.work, Upto: spot.number}}).Left
		if before.Left < left && before.Status != reading.LeftItOut {
			return k.further(r, shelf, target, before, left), nil
		}
		key, m := "along.at", metaOf(shelf)(spot.work)
		if m.OutlineOnly() {
			key = "along.at_chapter"
		}
		if left == 0 {
			key = "along.at_end"
		}
		id, err := tx.LastCheckIn(ctx, p, target.ID, "at")
		return k.noted(r, v.Say(key, "Where", delivery.Span(v, m, spot.number, spot.number), "N", target.N, "Count", left), id, joined), err
	})
}

// planAt is the one plan of several that reads a place, where the place names
// its work: "at fate 42".
func (k *Desk) planAt(ctx context.Context, tx *storage.Tx, r *bot.Request, shelf *library.Shelf, place string) (c current, ok bool) {
	var work library.WorkID
	if ref, err := shelf.Resolve(place, library.Context{}); err == nil {
		work = ref.Work.ID
	} else if name, _, _ := strings.Cut(place, " "); name != "" { // the place may not be in it, which is said
		o, err := shelf.Work(name)
		if err != nil {
			return c, false
		}
		work = o.ID
	}
	plans, err := k.underWay(ctx, tx, r)
	if err != nil {
		return c, false
	}
	plans = slices.DeleteFunc(plans, func(p storage.PlanRow) bool { return !slices.Contains(worksOf(&p), work) })
	if len(plans) != 1 {
		return c, false
	}
	if c.group, err = tx.Group(ctx, reading.GroupID(r.Group)); err != nil {
		return c, false
	}
	c.plan = plans[0]
	c.settle(tx.Now)
	return c, true
}

// upto is what somebody has read who is at a place: of what is open, all that
// comes before it too.
func (c *current) upto(target *reading.Reading, s spot) []reading.Portion {
	covers := target.Upto(s.work, s.number, s.anchor)
	if c.reading != nil && c.reading.N < target.N {
		var before []reading.Portion
		for i := c.reading.N - 1; i < target.N-1; i++ {
			before = append(before, c.plan.Readings[i].Portions...)
		}
		covers = append(before, covers...)
	}
	return covers
}

// A spot is a numbered passage in a plan's work.
type spot struct {
	work     library.WorkID
	anchor   library.Anchor
	first    int // where what was named begins,
	number   int // and its last passage
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
