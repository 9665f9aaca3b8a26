package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

// planSkip leaves a meeting's date out; it shows what that does, and does it
// once that is confirmed.
func (k *Desk) planSkip(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan skip", nil, func(p *storage.PlanRow, loc *time.Location) (reading.Plan, reading.Diff, error) {
		date, err := k.meetingDay(p, r.Args.Get("date"), k.Now().In(loc))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "date", err)
		}
		r.Args["date"] = date.String()
		plan, diff, err := p.Skip(date, k.Now())
		if err != nil {
			err = k.refuseParam(r, "date", err)
		}
		return plan, diff, err
	})
}

// planShift moves what is left by whole weeks.
func (k *Desk) planShift(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan shift", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		number, _, _ := strings.Cut(strings.TrimSpace(r.Args.Get("weeks")), " ")
		weeks, err := strconv.Atoi(number)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "weeks", &library.Error{Code: library.Syntax, Reason: "shift_weeks", Args: map[string]any{"Most": reading.MaxShift}})
		}
		from := 0
		if s := r.Args.Get("from"); s != "" {
			x, err := k.readingArg(r, p, "from")
			if err != nil {
				return reading.Plan{}, reading.Diff{}, err
			}
			from = x.N
		} else if x, ok := p.Current(k.Now()); ok {
			from = x.N
		} else if x, ok := p.Next(k.Now()); ok {
			from = x.N
		}
		r.Args["from"] = strconv.Itoa(from)
		plan, diff, err := p.Shift(from, weeks, k.Now())
		if err != nil {
			err = k.refuseParam(r, "weeks", err)
		}
		return plan, diff, err
	})
}

func (k *Desk) planPause(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan pause", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		return p.Pause(k.Now())
	})
}

func (k *Desk) planResume(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan resume", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		return p.Resume(k.Now())
	})
}

// planUndo takes the last change back, once what that does has been shown.
func (k *Desk) planUndo(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	if r.Args.Get("revision") == "" {
		err = k.DB.Rehearse(ctx, func(tx *storage.Tx) error {
			u, err := k.undo(ctx, tx, r)
			if err != nil {
				return err
			}
			reply = bot.Reply{Title: v.Say("plan.would_undo", "What", u.what, "Plan", u.is.Name), Blocks: u.blocks, Actions: k.offer(r, "plan undo", &u.was)}
			return nil
		})
		return reply, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		u, err := k.undo(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := k.askKept(ctx, tx, &u.is); err != nil {
			return bot.Reply{}, err
		}
		if err := k.reschedule(ctx, tx, &u.is); err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Reply{Title: v.Say("plan.undone", "What", u.what), Blocks: u.blocks}
		return reply, k.notice(ctx, tx, r, &u.was, &u.is, u.diff)
	})
}

// An undoing is a change that was taken back: the plan before that and after
// it, and what is said of it.
type undoing struct {
	was, is storage.PlanRow
	diff    reading.Diff
	what    string // the command that made the change
	blocks  []bot.Block
}

func (k *Desk) undo(ctx context.Context, tx *storage.Tx, r *bot.Request) (u undoing, err error) {
	v := k.voice(r)
	if u.was, err = k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published); err != nil {
		return u, err
	}
	if err := k.asShown(ctx, tx, r, &u.was, "plan undo"); err != nil {
		return u, err
	}
	last, err := tx.LastChange(ctx, u.was.ID)
	if errors.Is(err, storage.ErrNotFound) || err == nil && last.What == "plan publish" {
		return u, &bot.Error{Code: "not_found", Message: v.Say("plan.nothing_to_undo", "Plan", u.was.Name)}
	}
	if err != nil {
		return u, err
	}
	var back storage.PlanRow
	if err := json.Unmarshal(last.Before, &back); err != nil {
		return u, err
	}
	u.is, u.what = u.was, last.What
	if u.is.Plan, u.diff, err = u.was.Undo(back.Plan, last.At, k.Now()); err != nil {
		return u, k.refuse(r, err)
	}
	u.is.Platform, u.is.Room = back.Platform, back.Room
	before, err := hungOn(ctx, tx, &u.was)
	if err != nil {
		return u, err
	}
	if err := tx.Undo(ctx, &u.is, u.was.Revision, last); err != nil {
		return u, err
	}
	after, err := hungOn(ctx, tx, &u.is)
	if err != nil {
		return u, err
	}
	u.blocks, err = k.diffBlocks(ctx, tx, r, &u.was, &u.is, u.diff, before, after)
	return u, err
}

// offer is the buttons under what a command would do to a plan. They carry the
// revision that was shown, so that nothing is done to another, and a name, so
// that what was left is not done afterwards.
func (k *Desk) offer(r *bot.Request, command string, was *storage.PlanRow) []bot.Action {
	v := k.voice(r)
	which := map[string]string{"plan": strconv.FormatInt(int64(was.ID), 10), "revision": strconv.Itoa(was.Revision), "offer": bot.Key("offer " + r.Key)}
	args := maps.Clone(which)
	for name, value := range r.Args {
		if _, set := args[name]; !set {
			args[name] = value
		}
	}
	return []bot.Action{
		{Label: v.Text("action.do_it"), Do: bot.Invocation{Command: command, Args: args}, Primary: true},
		{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it", Args: which}},
	}
}

// leftKey is under which it is kept that an offer was left.
func leftKey(offer string) string { return "left " + offer }

// asShown refuses what was asked for a plan as it was, or was left.
func (k *Desk) asShown(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, what string) error {
	if seen := r.Args.Get("revision"); seen != "" && seen != strconv.Itoa(p.Revision) {
		return k.stale(ctx, tx, r, p, what)
	}
	offer := r.Args.Get("offer")
	if offer == "" {
		return nil
	}
	_, left, err := tx.Carried(ctx, leftKey(offer))
	if err == nil && left {
		err = &bot.Error{Code: "syntax", Message: k.voice(r).Say("plan.left_already", "What", what)}
	}
	return err
}

// revise shows the exact effect of a change, with a button that makes it. The
// button carries the revision that was shown: if somebody else has changed the
// plan meanwhile, nothing is done.
func (k *Desk) revise(ctx context.Context, r *bot.Request, command string, more []reading.State, fn func(*storage.PlanRow, *time.Location) (reading.Plan, reading.Diff, error)) (reply bot.Reply, err error) {
	v := k.voice(r)
	states := append([]reading.State{reading.Ended, reading.Paused, reading.Published}, more...)
	apply := func(p *storage.PlanRow) (reading.Plan, reading.Diff, error) {
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		return fn(p, loc)
	}
	if r.Args.Get("revision") == "" {
		err = k.DB.Read(ctx, func(tx *storage.Tx) error {
			p, err := k.plan(ctx, tx, r, states...)
			if err != nil {
				return err
			}
			was := p
			plan, diff, err := apply(&p)
			if err != nil {
				return k.refuse(r, err)
			}
			p.Plan = plan
			if diff.Empty() && was.Platform == p.Platform && was.Room == p.Room {
				reply = bot.Say(v.Say("plan.nothing_changes", "Plan", p.Name))
				return nil
			}
			reply.Title = v.Say("plan.would", "Plan", p.Name)
			h, err := hungOn(ctx, tx, &was)
			if err != nil {
				return err
			}
			if reply.Blocks, err = k.diffBlocks(ctx, tx, r, &was, &p, diff, h, h.follow(&was, &p)); err != nil {
				return err
			}
			reply.Actions = k.offer(r, command, &was)
			return nil
		})
		return reply, err
	}
	return k.change(ctx, r, command, states, func(tx *storage.Tx, p *storage.PlanRow) (reading.Diff, bot.Reply, error) {
		was := *p
		plan, diff, err := apply(p)
		if err != nil {
			return diff, bot.Reply{}, err
		}
		p.Plan = plan
		h, err := hungOn(ctx, tx, &was)
		if err != nil {
			return diff, bot.Reply{}, err
		}
		blocks, err := k.diffBlocks(ctx, tx, r, &was, p, diff, h, h.follow(&was, p))
		if err != nil {
			return diff, bot.Reply{}, err
		}
		return diff, bot.Reply{Blocks: append(blocks, bot.Para(v.Say("plan.done_undo")))}, nil
	})
}

// change runs fn on a plan that nobody has changed since it was seen, and
// saves it. A button carries the revision that its plan had.
func (k *Desk) change(ctx context.Context, r *bot.Request, what string, states []reading.State, fn func(tx *storage.Tx, p *storage.PlanRow) (reading.Diff, bot.Reply, error)) (bot.Reply, error) {
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, states...)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := k.asShown(ctx, tx, r, &p, what); err != nil {
			return bot.Reply{}, err
		}
		was := p
		before, err := json.Marshal(p)
		if err != nil {
			return bot.Reply{}, err
		}
		beside, err := tx.Beside(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		seen := p.Revision
		diff, reply, err := fn(tx, &p)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		if err := tx.SavePlan(ctx, &p, seen); err != nil {
			return bot.Reply{}, err
		}
		if err := k.askKept(ctx, tx, &p); err != nil {
			return bot.Reply{}, err
		}
		by, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.SaveChange(ctx, p.ID, p.Revision, what, before, beside, by); err != nil {
			return bot.Reply{}, err
		}
		if err := k.reschedule(ctx, tx, &p); err != nil {
			return bot.Reply{}, err
		}
		return reply, k.notice(ctx, tx, r, &was, &p, diff)
	})
}

// stale is what is said to whoever presses a button of a plan as it was. It may
// be the second press of one that did what it says.
func (k *Desk) stale(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, what string) error {
	key := "plan.stale"
	others := maps.Clone(r.Args)
	maps.DeleteFunc(others, func(name, value string) bool {
		return name == "plan" || name == "revision" || name == "offer" || value == ""
	})
	if seen, err := strconv.Atoi(r.Args.Get("revision")); err == nil && seen+1 == p.Revision && len(others) == 0 {
		last, err := tx.LastChange(ctx, p.ID)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err == nil && last.What == what {
			key = "plan.done_already"
		}
	}
	return &bot.Error{Code: "syntax", Message: k.voice(r).Say(key, "Plan", p.Name),
		Actions: []bot.Action{{Label: k.voice(r).Text("action.show_plan"), Do: bot.Invocation{Command: "plan show"}}}}
}

// reschedule writes anew what a plan will owe. Where a change gives a reading a
// date so near that the time of a reminder, a word before the meeting or a recap
// has gone by, that was never owed.
func (k *Desk) reschedule(ctx context.Context, tx *storage.Tx, p *storage.PlanRow) error {
	if err := delivery.Reconvene(ctx, tx, p, fmt.Sprint("r", p.Revision), k.convenes(p)); err != nil {
		return err
	}
	ever, err := tx.EverScheduled(ctx, p.ID)
	if err != nil {
		return err
	}
	if err := tx.DropSchedule(ctx, p.ID); err != nil {
		return err
	}
	if p.State != reading.Published && p.State != reading.Paused || len(p.Readings) == 0 {
		return nil
	}
	prompts, err := tx.Prompts(ctx, p.ID)
	if err != nil {
		return err
	}
	posed, err := tx.Posed(ctx, p.ID)
	if err != nil {
		return err
	}
	add := func(o reading.Owed, kind string) error {
		if posed[int64(o.Prompt)] {
			return nil // it was asked, and is not asked again in another reading
		}
		occurrence := fmt.Sprintf("%d %s", o.Reading, o.Occurrence)
		switch o.Kind {
		case reading.Reminder, reading.Meeting, reading.Recap:
			if !o.At.After(tx.Now) && !ever[storage.Scheduled{Reading: o.Reading, Kind: kind, Occurrence: occurrence}] {
				return nil
			}
		}
		return tx.Schedule(ctx, storage.Scheduled{Plan: p.ID, Reading: o.Reading, Prompt: int64(o.Prompt), Kind: kind, Occurrence: occurrence, At: o.At})
	}
	last := p.Readings[len(p.Readings)-1]
	for _, o := range reading.Schedule(p.Plan, delivery.Asked(prompts)) {
		if o.Kind == reading.Recap && o.Reading == last.ID {
			continue // the closing words say it
		}
		if err := add(o, string(o.Kind)); err != nil {
			return err
		}
	}
	if err := k.scheduleLeaders(ctx, tx, p, add); err != nil {
		return err
	}
	return add(reading.Owed{Reading: last.ID, Occurrence: "end " + last.Due.Local.Date.String(), At: last.Due.At}, delivery.Closing)
}

// convenes reports whether a plan's platform shows its meetings.
func (k *Desk) convenes(p *storage.PlanRow) bool {
	return k.Convenes != nil && k.Convenes(p.Platform)
}

// scheduleLeaders adds what a rota owes: a question in good time where nobody
// leads, and a word to who does.
func (k *Desk) scheduleLeaders(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, add func(reading.Owed, string) error) error {
	rota, _, err := tx.Rota(ctx, p.ID)
	if err != nil || len(rota.People) == 0 {
		return err
	}
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return err
	}
	for _, x := range p.Readings {
		if x.NoMeeting || x.Opens.IsZero() {
			continue
		}
		for _, o := range []struct {
			kind string
			days int
		}{{delivery.Leader, delivery.LeaderDays}, {delivery.Brief, delivery.BriefDays}} {
			local := x.Due.Local
			local.Date = local.Date.AddDays(-o.days)
			at := reading.Instant(local, loc)
			if !at.After(k.Now()) {
				continue
			}
			if err := add(reading.Owed{Reading: x.ID, Occurrence: x.Due.Local.Date.String(), At: at}, o.kind); err != nil {
				return err
			}
		}
	}
	return nil
}

// leaveIt stands behind the button that changes nothing. What it stands beside
// is not done afterwards, and what was done already is said.
func (k *Desk) leaveIt(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	left := bot.Say(v.Say("plan.left"))
	offer := r.Args.Get("offer")
	if offer == "" {
		return left, nil
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		id, _ := strconv.ParseInt(r.Args.Get("plan"), 10, 64) // 0 is no plan
		p, err := tx.Plan(ctx, reading.PlanID(id))
		switch {
		case err != nil && !errors.Is(err, storage.ErrNotFound):
			return bot.Reply{}, err
		case err == nil && p.Group == reading.GroupID(r.Group) && r.Args.Get("revision") != strconv.Itoa(p.Revision):
			return bot.Say(v.Say("plan.left_late", "Plan", p.Name)), nil
		}
		return left, tx.Carry(ctx, leftKey(offer), []byte("{}"))
	})
}
