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
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// planCreate makes a plan from a work and shows it whole; nothing is posted
// before it is published.
func (k *Desk) planCreate(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		spec, work, err := k.planSpec(r, shelf, g)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		plan, err := reading.Build(spec)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		plan.Group, plan.Name = g.ID, work.Title
		// A new draft takes the place of those that nobody published.
		if err := tx.DropDrafts(ctx, g.ID); err != nil {
			return bot.Reply{}, err
		}
		row := storage.PlanRow{Plan: plan, Platform: r.Room.Platform, Room: string(r.Room.ID)}
		if err := tx.AddPlan(ctx, &row); err != nil {
			return bot.Reply{}, err
		}
		return k.preview(r, &row, shelf)
	})
}

// planSpec reads what a plan is to be from the arguments.
func (k *Desk) planSpec(r *bot.Request, shelf *library.Shelf, g reading.Group) (reading.Spec, *library.Outline, error) {
	work, err := shelf.Work(r.Args.Get("work"))
	if err != nil {
		return reading.Spec{}, nil, err
	}
	cadence, err := reading.ParseCadence(r.Args.Get("when"))
	if err != nil {
		return reading.Spec{}, nil, err
	}
	loc, err := reading.LoadZone(g.Zone)
	if err != nil {
		return reading.Spec{}, nil, err
	}
	now := k.Now().In(loc)
	spec := reading.Spec{Works: []*library.Outline{work}, Cadence: cadence, Zone: g.Zone, Start: reading.DateOf(now, loc).AddDays(1)}
	if s := r.Args.Get("start"); s != "" {
		if spec.Start, err = k.date(s, now); err != nil {
			return spec, nil, err
		}
	}
	if s := r.Args.Get("end"); s != "" {
		if spec.End, err = k.date(s, now); err != nil {
			return spec, nil, err
		}
	}
	for s := range strings.SplitSeq(r.Args.Get("without"), ",") {
		if s = strings.TrimSpace(s); s == "" {
			continue
		}
		d, err := k.date(s, now)
		if err != nil {
			return spec, nil, err
		}
		spec.Skips = append(spec.Skips, d)
	}
	switch size := strings.ToLower(strings.TrimSpace(r.Args.Get("weeks"))); {
	case strings.HasPrefix(size, "section"), strings.HasPrefix(size, "by section"):
		spec.BySection, spec.SectionDepth = true, 1
	default:
		number, unit, _ := strings.Cut(size, " ")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 {
			return spec, nil, &library.Error{Code: library.Syntax, Reason: "weeks", Args: map[string]any{"Value": size}}
		}
		if strings.HasPrefix(strings.TrimSpace(unit), "word") {
			spec.WordsPerWeek = n
		} else {
			spec.Weeks = n
		}
	}
	return spec, work, nil
}

func (k *Desk) date(s string, now time.Time) (reading.Date, error) {
	w, err := reading.ParseWhen(s, now, now.Location())
	if err != nil {
		return reading.Date{}, err
	}
	return w.Local.Date, nil
}

func (k *Desk) checkWork(ctx context.Context, r *bot.Request, value string) (bot.Spans, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return nil, err
	}
	w, err := shelf.Work(value)
	if err != nil {
		return nil, k.refuse(r, err)
	}
	return k.voice(r).Say("plan.work_found", "Title", w.Title, "Words", k.voice(r).Text("count.words", "Count", wordsOf(w))), nil
}

func wordsOf(o *library.Outline) (n int) {
	for i := range o.Passages {
		if o.Passages[i].Kind.Numbered() {
			n += o.Passages[i].Words
		}
	}
	return n
}

func (k *Desk) checkCadence(_ context.Context, r *bot.Request, value string) (bot.Spans, error) {
	c, err := reading.ParseCadence(value)
	if err != nil {
		return nil, k.refuse(r, err)
	}
	return k.voice(r).Say("plan.cadence", "Cadence", c.String()), nil
}

// preview shows a plan whole.
func (k *Desk) preview(r *bot.Request, p *storage.PlanRow, shelf *library.Shelf) (bot.Reply, error) {
	v := k.voice(r)
	reply := bot.Reply{Title: v.Say("plan.title", "Name", p.Name)}
	rows, err := k.planRows(v, p, shelf)
	if err != nil {
		return reply, err
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Numbers, Items: rows})
	args := map[string]string{"plan": strconv.FormatInt(int64(p.ID), 10), "revision": strconv.Itoa(p.Revision)}
	if p.State == reading.Draft {
		if len(p.Readings) > 0 {
			days := int(p.Readings[0].Due.At.Sub(k.Now()).Hours()) / 24
			switch {
			case p.Readings[0].Due.At.Before(k.Now()):
				reply.Blocks = append(reply.Blocks, bot.Para(v.Say("plan.first_over")))
			case days < 5:
				reply.Blocks = append(reply.Blocks, bot.Para(v.Say("plan.first_soon", "Count", max(days, 1))))
			default:
				reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("plan.first_due", "Count", days)})
			}
		}
		reply.Actions = []bot.Action{
			{Label: v.Text("action.publish"), Do: bot.Invocation{Command: "plan publish", Args: args}, Primary: true},
			{Label: v.Text("action.drop"), Do: bot.Invocation{Command: "plan drop", Args: args}, Danger: true},
		}
	}
	return reply, nil
}

func (k *Desk) planRows(v *phrases.Voice, p *storage.PlanRow, shelf *library.Shelf) ([]bot.Spans, error) {
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return nil, err
	}
	var rows []bot.Spans
	for i := range p.Readings {
		x := &p.Readings[i]
		due := v.Moment(x.Due.At.In(loc), k.Now())
		for j := range due {
			due[j].Style |= bot.Strong
		}
		opens := v.Text("plan.opens_published")
		if !x.Opens.IsZero() {
			opens = v.Text("plan.opens", "Day", v.Day(x.Opens.In(loc), k.Now()))
		}
		var ranges, sections []string
		for _, portion := range x.Portions {
			ranges = append(ranges, v.Range(portion.First, portion.Last))
			s := sectionOf(shelf, portion)
			if s == "" {
				s = v.Text("post.opening")
			}
			sections = append(sections, s)
		}
		rows = append(rows, v.Say("plan.row", "Due", due, "Range", strings.Join(ranges, "; "), "Section", strings.Join(sections, "; "),
			"Words", v.Text("count.words", "Count", x.Words), "Minutes", x.Minutes, "Opens", opens))
	}
	return rows, nil
}

// sectionOf is the title of the section in which a portion begins.
func sectionOf(shelf *library.Shelf, p reading.Portion) string {
	o := shelf.ByID(p.Work)
	if o == nil {
		return ""
	}
	for i := range o.Passages {
		if o.Passages[i].Number == p.First {
			return o.SectionName(o.Passages[i].Section)
		}
	}
	return ""
}

// plan is the plan that a command names, or the group's newest in a state.
func (k *Desk) plan(ctx context.Context, tx *storage.Tx, r *bot.Request, states ...reading.State) (storage.PlanRow, error) {
	if id, err := strconv.ParseInt(r.Args.Get("plan"), 10, 64); err == nil {
		p, err := tx.Plan(ctx, reading.PlanID(id))
		if err == nil && p.Group == reading.GroupID(r.Group) {
			return p, nil
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return p, err
		}
		return p, &bot.Error{Code: "not_found", Message: k.voice(r).Say("plan.gone")}
	}
	plans, err := tx.Plans(ctx, reading.GroupID(r.Group))
	if err != nil {
		return storage.PlanRow{}, err
	}
	var found *storage.PlanRow
	for i := range plans {
		for _, s := range states {
			if plans[i].State == s {
				found = &plans[i]
			}
		}
	}
	if found == nil {
		return storage.PlanRow{}, &bot.Error{Code: "not_found", Message: k.voice(r).Say("plan.none")}
	}
	return *found, nil
}

// change runs fn on a plan that nobody has changed since it was seen, and
// saves it. A button carries the revision that its plan had.
func (k *Desk) change(ctx context.Context, r *bot.Request, what string, states []reading.State, fn func(tx *storage.Tx, p *storage.PlanRow) (bot.Reply, error)) (bot.Reply, error) {
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, states...)
		if err != nil {
			return bot.Reply{}, err
		}
		if seen := r.Args.Get("revision"); seen != "" && seen != strconv.Itoa(p.Revision) {
			return bot.Reply{}, k.stale(r, &p)
		}
		before, err := json.Marshal(p)
		if err != nil {
			return bot.Reply{}, err
		}
		seen := p.Revision
		reply, err := fn(tx, &p)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		if err := tx.SavePlan(ctx, &p, seen); err != nil {
			return bot.Reply{}, err
		}
		by, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.SaveChange(ctx, p.ID, p.Revision, what, before, by); err != nil {
			return bot.Reply{}, err
		}
		return reply, k.reschedule(ctx, tx, &p)
	})
}

func (k *Desk) stale(r *bot.Request, p *storage.PlanRow) error {
	return &bot.Error{Code: "syntax", Message: k.voice(r).Say("plan.stale", "Plan", p.Name),
		Actions: []bot.Action{{Label: k.voice(r).Text("action.show_plan"), Do: bot.Invocation{Command: "plan show"}}}}
}

// reschedule writes anew what a plan will owe.
func (k *Desk) reschedule(ctx context.Context, tx *storage.Tx, p *storage.PlanRow) error {
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
	add := func(o reading.Owed, kind string) error {
		occurrence := fmt.Sprintf("%d %s", o.Reading, o.Occurrence)
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
	return add(reading.Owed{Reading: last.ID, Occurrence: "end", At: last.Due.At}, delivery.Closing)
}

// planPublish starts a plan: its first reading opens now.
func (k *Desk) planPublish(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.change(ctx, r, "plan publish", []reading.State{reading.Draft}, func(tx *storage.Tx, p *storage.PlanRow) (bot.Reply, error) {
		plan, _, err := p.Publish(tx.Now)
		if err != nil {
			return bot.Reply{}, err
		}
		p.Plan = plan
		return bot.Say(v.Say("plan.published", "Plan", p.Name)), nil
	})
}

// planDrop forgets a draft.
func (k *Desk) planDrop(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft)
		if err != nil {
			return bot.Reply{}, err
		}
		if p.State != reading.Draft {
			return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("plan.already_published", "Plan", p.Name)}
		}
		return bot.Say(v.Say("plan.dropped", "Plan", p.Name)), tx.DropPlan(ctx, p.ID)
	})
}

// planShow shows the plan.
func (k *Desk) planShow(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return reply, err
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		reply, err = k.preview(r, &p, shelf)
		return err
	})
	return reply, err
}

// planSkip leaves a meeting's date out; it shows what that does, and does it
// once that is confirmed.
func (k *Desk) planSkip(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan skip", func(p *storage.PlanRow, loc *time.Location) (reading.Plan, reading.Diff, error) {
		date, err := k.date(r.Args.Get("date"), k.Now().In(loc))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		r.Args["date"] = date.String()
		return p.Skip(date, k.Now())
	})
}

// planShift moves what is left by whole weeks.
func (k *Desk) planShift(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan shift", func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		number, _, _ := strings.Cut(strings.TrimSpace(r.Args.Get("weeks")), " ")
		weeks, err := strconv.Atoi(number)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, &library.Error{Code: library.Syntax, Reason: "weeks", Args: map[string]any{"Value": r.Args.Get("weeks")}}
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
		return p.Shift(from, weeks, k.Now())
	})
}

func (k *Desk) planPause(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan pause", func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		return p.Pause(k.Now())
	})
}

func (k *Desk) planResume(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan resume", func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		return p.Resume(k.Now())
	})
}

// revise shows the exact effect of a change, with a button that makes it. The
// button carries the revision that was shown: if somebody else has changed the
// plan meanwhile, nothing is done.
func (k *Desk) revise(ctx context.Context, r *bot.Request, command string, fn func(*storage.PlanRow, *time.Location) (reading.Plan, reading.Diff, error)) (reply bot.Reply, err error) {
	v := k.voice(r)
	states := []reading.State{reading.Paused, reading.Published}
	apply := func(p *storage.PlanRow) (reading.Plan, reading.Diff, *time.Location, error) {
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, nil, err
		}
		plan, diff, err := fn(p, loc)
		return plan, diff, loc, err
	}
	if r.Args.Get("revision") == "" {
		err = k.DB.Read(ctx, func(tx *storage.Tx) error {
			p, err := k.plan(ctx, tx, r, states...)
			if err != nil {
				return err
			}
			_, diff, loc, err := apply(&p)
			if err != nil {
				return k.refuse(r, err)
			}
			args := map[string]string{"plan": strconv.FormatInt(int64(p.ID), 10), "revision": strconv.Itoa(p.Revision)}
			maps.Copy(args, r.Args)
			reply = bot.Reply{Title: v.Say("plan.would", "Plan", p.Name), Blocks: k.diffBlocks(v, diff, loc)}
			reply.Actions = []bot.Action{
				{Label: v.Text("action.do_it"), Do: bot.Invocation{Command: command, Args: args}, Primary: true},
				{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it"}},
			}
			return nil
		})
		return reply, err
	}
	return k.change(ctx, r, command, states, func(_ *storage.Tx, p *storage.PlanRow) (bot.Reply, error) {
		plan, diff, loc, err := apply(p)
		if err != nil {
			return bot.Reply{}, err
		}
		p.Plan = plan
		reply := bot.Reply{Blocks: k.diffBlocks(v, diff, loc)}
		reply.Blocks = append(reply.Blocks, bot.Para(v.Say("plan.done_undo")))
		return reply, nil
	})
}

// diffBlocks says what a change moves.
func (k *Desk) diffBlocks(v *phrases.Voice, d reading.Diff, loc *time.Location) []bot.Block {
	var rows []bot.Spans
	if d.State != nil {
		rows = append(rows, v.Say("plan.state_"+string(d.State.To)))
	}
	for _, m := range d.Moved {
		if m.DueMoved() {
			rows = append(rows, v.Say("plan.moved", "N", m.To.N, "From", v.Moment(m.From.Due.At.In(loc), k.Now()), "To", v.Moment(m.To.Due.At.In(loc), k.Now())))
		}
		if m.TextMoved() {
			rows = append(rows, v.Say("plan.regrouped", "N", m.To.N, "From", delivery.Ranges(v, &m.From), "To", delivery.Ranges(v, &m.To)))
		}
	}
	if len(rows) == 0 {
		rows = append(rows, v.Say("plan.nothing_moves"))
	}
	return []bot.Block{{Kind: bot.Bullets, Items: rows}, {Kind: bot.Small, Text: v.Say("plan.no_checkin_touched")}}
}

// planUndo takes the last change back.
func (k *Desk) planUndo(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		id, what, body, err := tx.LastChange(ctx, p.ID)
		if errors.Is(err, storage.ErrNotFound) || err == nil && what == "plan publish" {
			return bot.Reply{}, &bot.Error{Code: "not_found", Message: v.Say("plan.nothing_to_undo", "Plan", p.Name)}
		}
		if err != nil {
			return bot.Reply{}, err
		}
		var before storage.PlanRow
		if err := json.Unmarshal(body, &before); err != nil {
			return bot.Reply{}, err
		}
		seen := p.Revision
		restored, diff, err := p.Undo(before.Plan, k.Now())
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		p.Plan = restored
		if err := tx.SavePlan(ctx, &p, seen); err != nil {
			return bot.Reply{}, err
		}
		if err := tx.MarkUndone(ctx, id); err != nil {
			return bot.Reply{}, err
		}
		if err := k.reschedule(ctx, tx, &p); err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		return bot.Reply{Title: v.Say("plan.undone", "What", what), Blocks: k.diffBlocks(v, diff, loc)}, nil
	})
}

// leaveIt stands behind the button that changes nothing.
func (k *Desk) leaveIt(_ context.Context, r *bot.Request) (bot.Reply, error) {
	return bot.Say(k.voice(r).Say("plan.left")), nil
}
