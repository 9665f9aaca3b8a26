package commands

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
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

// onCurrent reads the shelf, and the plan that a member means.
func (k *Desk) onCurrent(ctx context.Context, r *bot.Request, fn func(*storage.Tx, *library.Shelf, *current) error) error {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return err
	}
	return k.DB.Read(ctx, func(tx *storage.Tx) error {
		c, err := k.current(ctx, tx, r)
		if err != nil {
			return err
		}
		return fn(tx, shelf, &c)
	})
}

// current finds the plan that a member means: the one that they name, that of
// the post that was answered, otherwise the one under way in the room,
// otherwise the group's only one. Of several they are asked.
func (k *Desk) current(ctx context.Context, tx *storage.Tx, r *bot.Request) (current, error) {
	var c current
	var err error
	if c.group, err = tx.Group(ctx, reading.GroupID(r.Group)); err != nil {
		return c, err
	}
	if found, err := k.answered(ctx, tx, r, &c); err != nil || found {
		return c, err
	}
	plans, err := k.underWay(ctx, tx, r)
	if err != nil {
		return c, err
	}
	if len(plans) == 0 {
		return c, &bot.Error{Code: "not_found", Message: k.voice(r).Say("along.no_plan")}
	}
	if c.plan, err = k.one(r, plans); err != nil {
		return c, err
	}
	c.settle(tx.Now)
	return c, nil
}

// answered finds the plan of the post that was answered or reacted to.
func (k *Desk) answered(ctx context.Context, tx *storage.Tx, r *bot.Request, c *current) (bool, error) {
	if r.On == "" || r.Args.Get("plan") != "" {
		return false, nil
	}
	d, err := tx.DeliveryOf(ctx, r.Room.Platform, string(r.Room.ID), string(r.On))
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	if err != nil || d.Plan == 0 || d.Group != c.group.ID {
		return false, err
	}
	if c.plan, err = tx.Plan(ctx, d.Plan); err != nil {
		return false, err
	}
	c.settle(tx.Now)
	for i := range c.plan.Readings {
		if x := &c.plan.Readings[i]; x.ID == d.Reading && r.Reaction != nil {
			c.reading = x // a reaction is about the reading of its post
		}
	}
	return true, nil
}

// underWay are the plans that a member may mean: those that they name,
// otherwise those that run in the room, in another, that are paused, or the
// last that ended.
func (k *Desk) underWay(ctx context.Context, tx *storage.Tx, r *bot.Request) ([]storage.PlanRow, error) {
	plans, err := tx.Plans(ctx, reading.GroupID(r.Group))
	if err != nil {
		return nil, err
	}
	plans = slices.DeleteFunc(plans, func(p storage.PlanRow) bool { return p.State == reading.Draft })
	if plans, err = k.named(ctx, tx, r, plans); err != nil {
		return nil, err
	}
	best := 0
	var out []storage.PlanRow
	for i := range plans {
		rank := map[reading.State]int{reading.Published: 4, reading.Paused: 3, reading.Ended: 2}[plans[i].State]
		if here(r, &plans[i]) {
			rank += 4
		}
		if rank > best || plans[i].State == reading.Ended && rank == best { // of those that ended the newest
			best, out = rank, nil
		}
		if rank == best {
			out = append(out, plans[i])
		}
	}
	return out, nil
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

// plan is the plan that a command names, or the only one of the group in one
// of the states, before all those of the room. Of several the asker is asked;
// one that ended is meant where there is no other.
func (k *Desk) plan(ctx context.Context, tx *storage.Tx, r *bot.Request, states ...reading.State) (storage.PlanRow, error) {
	all, err := tx.Plans(ctx, reading.GroupID(r.Group))
	if err != nil {
		return storage.PlanRow{}, err
	}
	if id, err := strconv.ParseInt(r.Args.Get("plan"), 10, 64); err == nil {
		// In whatever state: a button says what it was about.
		for i := range all {
			if all[i].ID == reading.PlanID(id) {
				return all[i], nil
			}
		}
		if !slices.ContainsFunc(all, func(p storage.PlanRow) bool { return strings.Contains(p.Name, r.Args.Get("plan")) }) {
			return storage.PlanRow{}, &bot.Error{Code: "not_found", Param: "plan", Message: k.voice(r).Say("plan.gone")}
		}
	}
	if all, err = k.named(ctx, tx, r, all); err != nil {
		return storage.PlanRow{}, err
	}
	var found, local []storage.PlanRow
	var ended *storage.PlanRow
	for i := range all {
		switch p := &all[i]; {
		case !slices.Contains(states, p.State):
		case p.State == reading.Ended:
			ended = p
		default:
			found = append(found, *p)
			if here(r, p) {
				local = append(local, *p)
			}
		}
	}
	if r.Role < bot.Organiser { // what is not published is the organisers' affair
		local, found = published(local), published(found)
	}
	switch {
	case len(local) > 0:
		return k.one(r, local)
	case len(found) > 0:
		return k.one(r, found)
	case ended != nil:
		return *ended, nil
	}
	if slices.Equal(states, []reading.State{reading.Draft}) {
		for i := range all {
			if p := &all[i]; p.State == reading.Published && here(r, p) {
				return storage.PlanRow{}, &bot.Error{Code: "forbidden", Message: k.voice(r).Say("plan.already_published", "Plan", p.Name)}
			}
		}
	}
	return storage.PlanRow{}, &bot.Error{Code: "not_found", Message: k.voice(r).Say("plan.none")}
}

// published are the plans that are no drafts, or all if there are only drafts.
func published(plans []storage.PlanRow) []storage.PlanRow {
	out := slices.DeleteFunc(slices.Clone(plans), func(p storage.PlanRow) bool { return p.State == reading.Draft })
	if len(out) == 0 {
		return plans
	}
	return out
}

// here reports whether a plan is read in the room that asks.
func here(r *bot.Request, p *storage.PlanRow) bool {
	return p.Platform == r.Home.Platform && p.Room == string(r.Home.ID)
}

// named keeps the plans that the request's argument names, by number, by their
// own names or by a work that they read; all where nothing was said.
func (k *Desk) named(ctx context.Context, tx *storage.Tx, r *bot.Request, plans []storage.PlanRow) ([]storage.PlanRow, error) {
	said := strings.TrimSpace(r.Args.Get("plan"))
	if said == "" {
		return plans, nil
	}
	id, _ := strconv.ParseInt(said, 10, 64) // 0 is no plan
	word := library.Fold(said)
	var out []storage.PlanRow
	for i := range plans {
		p := &plans[i]
		fits := int64(p.ID) == id || word != "" && strings.Contains(library.Fold(p.Name), word)
		for _, w := range worksOf(p) {
			m, err := tx.WorkMeta(ctx, w)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return nil, err
			}
			fits = fits || slices.ContainsFunc(m.Aliases, func(a string) bool { return library.Fold(a) == word })
		}
		if fits {
			out = append(out, *p)
		}
	}
	if len(out) == 0 {
		return nil, &bot.Error{Code: "not_found", Param: "plan", Message: k.voice(r).Say("plan.no_such", "Plan", bot.Clean(said, 60))}
	}
	return out, nil
}

// worksOf are the works that a plan reads, in order.
func worksOf(p *storage.PlanRow) []library.WorkID {
	var out []library.WorkID
	for i := range p.Readings {
		for _, x := range p.Readings[i].Portions {
			if !slices.Contains(out, x.Work) {
				out = append(out, x.Work)
			}
		}
	}
	return out
}

// one is the only plan, or a question which of several is meant, with a button
// for each that says the same again with its number.
func (k *Desk) one(r *bot.Request, plans []storage.PlanRow) (storage.PlanRow, error) {
	if len(plans) == 1 {
		return plans[0], nil
	}
	v := k.voice(r)
	e := &bot.Error{Code: "ambiguous", Param: "plan", Message: v.Say("plan.which", "Count", len(plans))}
	for i := range plans {
		args := maps.Clone(map[string]string(r.Args))
		if args == nil {
			args = map[string]string{}
		}
		args["plan"] = strconv.FormatInt(int64(plans[i].ID), 10)
		e.Actions = append(e.Actions, bot.Action{Label: planLabel(v, &plans[i]), Do: bot.Invocation{Command: r.Command.Name, Args: args}})
	}
	return storage.PlanRow{}, e
}

// planLabel tells a plan from those beside it.
func planLabel(v *phrases.Voice, p *storage.PlanRow) string {
	name := bot.Clean(p.Name, 40)
	switch p.State {
	case reading.Draft:
		return v.Text("plan.label_draft", "Name", name)
	case reading.Paused:
		return v.Text("plan.label_paused", "Name", name)
	}
	return name
}
