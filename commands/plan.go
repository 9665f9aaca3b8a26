package commands

import (
	"context"
	"errors"
	"slices"
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
		spec, unread, err := k.planSpec(r, shelf, g)
		if err != nil {
			return bot.Reply{}, err
		}
		plan, err := reading.Build(spec)
		if err != nil {
			return bot.Reply{}, k.refuseParam(r, buildParam(err), err)
		}
		plan.Group = g.ID
		row := storage.PlanRow{Plan: plan, Platform: r.Home.Platform, Room: string(r.Home.ID)}
		kept, err := k.addDraft(ctx, tx, &row)
		if err != nil {
			return bot.Reply{}, err
		}
		reply, err := k.preview(r, &row, shelf, g)
		if unread > 0 {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: k.voice(r).Say("plan.holidays_unread", "Count", unread)})
		}
		reply.Blocks = append(reply.Blocks, kept.say(k.voice(r))...)
		return reply, err
	})
}

// drafts are the names of plans that nobody published.
type drafts []string

// addDraft adds a plan that is not published. It takes the place of those that
// nobody published and that read the same; of others the names are returned.
func (k *Desk) addDraft(ctx context.Context, tx *storage.Tx, row *storage.PlanRow) (kept drafts, err error) {
	all, err := tx.Plans(ctx, row.Group)
	if err != nil {
		return nil, err
	}
	works := slices.Sorted(slices.Values(worksOf(row)))
	for i := range all {
		switch p := &all[i]; {
		case p.State != reading.Draft:
		case slices.Equal(slices.Sorted(slices.Values(worksOf(p))), works):
			if err := tx.DropPlan(ctx, p.ID); err != nil {
				return nil, err
			}
		default:
			kept = append(kept, bot.Clean(p.Name, 60))
		}
	}
	return kept, tx.AddPlan(ctx, row)
}

func (d drafts) say(v *phrases.Voice) []bot.Block {
	if len(d) == 0 {
		return nil
	}
	return []bot.Block{{Kind: bot.Small, Text: v.Say("plan.other_drafts", "Names", v.List(d), "One", d[0])}}
}

// buildParam is the argument at fault where a plan cannot be made.
func buildParam(err error) string {
	le, ok := errors.AsType[*library.Error](err)
	if !ok {
		return ""
	}
	switch le.Reason {
	case "plan_too_many":
		return "weeks"
	case "plan_ends_before_start", "plan_past_end":
		return "end"
	case "plan_start_far":
		return "start"
	}
	return "work"
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
	works, err := worksNamed(shelf, value)
	if err != nil {
		return nil, k.refuse(r, err)
	}
	v := k.voice(r)
	var titles []string
	var whole []reading.Portion
	for _, w := range works {
		titles = append(titles, w.Title)
		if n := w.Last(); n > 0 {
			whole = append(whole, reading.Portion{Work: w.ID, First: 1, Last: n, Words: wordsOf(w)})
		}
	}
	long, _ := delivery.Lengths(v, metaOf(shelf), whole)
	return v.Say("plan.work_found", "Title", strings.Join(titles, ", "), "Words", long), nil
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
func (k *Desk) preview(r *bot.Request, p *storage.PlanRow, shelf *library.Shelf, g reading.Group) (bot.Reply, error) {
	v := k.voice(r)
	reply := bot.Reply{Title: v.Say("plan.title", "Name", p.Name)}
	rows, err := k.planRows(v, p, shelf)
	if err != nil {
		return reply, err
	}
	minutes := ""
	if g.Minutes > 0 {
		minutes = v.Text("count.minutes", "Count", g.Minutes)
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("plan.meets", "Cadence", p.Cadence.String(), "Zone", p.Zone, "Place", delivery.PlaceOf(g, &p.Plan), "Minutes", minutes)})
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Numbers, Items: rows})
	if days := p.LeftOut(); len(days) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("plan.left_out", "Days", leftOut(v, days))})
	}
	if idle := lone(p.IdleSkips()); p.State == reading.Draft && len(idle) > 0 {
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("plan.idle_skips", "Count", len(idle), "Days", IdleDays(v, idle))})
	}
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
	several := len(worksOf(p)) > 1
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
			which := delivery.Span(v, metaOf(shelf)(portion.Work), portion.First, portion.Last)
			if e := shelf.Entry(portion.Work); several && e != nil {
				which = e.Alias() + " " + which
			}
			ranges = append(ranges, which)
			s, err := headingOf(v, shelf, portion)
			if err != nil {
				return nil, err
			}
			if s != "" {
				sections = append(sections, s)
			}
		}
		long, timed := delivery.Lengths(v, metaOf(shelf), x.Portions)
		minutes := any(x.Minutes)
		if !timed {
			minutes = ""
		}
		row := v.Say("plan.row", "Due", due, "Range", strings.Join(ranges, "; "), "Section", strings.Join(sections, "; "),
			"Words", long, "Minutes", minutes, "Opens", opens)
		if len(x.Short) > 0 {
			row = append(row, v.Say("plan.row_short", "Range", delivery.Ranges(v, metaOf(shelf), x.Short, several))...)
		}
		if x.NoMeeting {
			row = append(row, v.Say("plan.row_no_meeting")...)
		}
		if x.Warning != "" {
			row = append(row, v.Say("plan.row_warning", "Text", x.Warning)...)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// headingOf is the heading under which a portion begins, "" for none. What
// stands before the first heading is the opening.
func headingOf(v *phrases.Voice, shelf *library.Shelf, p reading.Portion) (string, error) {
	o, err := shelf.ByID(p.Work)
	if err != nil {
		return "", err
	}
	if o == nil || p.First < 1 || p.First > o.Last() { // the text has changed
		return "", nil
	}
	heading := o.Heading(p.First)
	s := &o.Sections[o.Passages[o.At(p.First)].Section]
	switch {
	case heading == "" && s.Lead && s.Parent < 0 && len(o.Sections) > 1:
		return v.Text("post.opening"), nil
	case heading != "" && strings.Trim(heading, "0123456789.") == "": // a label alone
		return v.Text("post.label", "Label", heading), nil
	}
	return heading, nil
}

// lone are the days that stand alone. A span of days is a break, which is
// meant to leave out whatever falls into it.
func lone(days []reading.Date) []reading.Date {
	return slices.DeleteFunc(slices.Clone(days), func(d reading.Date) bool {
		return slices.Contains(days, d.AddDays(-1)) || slices.Contains(days, d.AddDays(1))
	})
}

// maxLeftOut is how many days without a meeting are listed.
const maxLeftOut = 12

// leftOut lists the days without a meeting.
func leftOut(v *phrases.Voice, days []reading.Date) string {
	more := len(days) - maxLeftOut
	out := make([]string, 0, maxLeftOut+1)
	for _, d := range days[:min(len(days), maxLeftOut)] {
		out = append(out, FullDate(v, d))
	}
	if more > 0 {
		out = append(out, v.Text("plan.left_out_more", "Count", more))
	}
	return v.List(out)
}

// IdleDays are days on which there would be no meeting anyway, as a sentence
// lists them.
func IdleDays(v *phrases.Voice, days []reading.Date) string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = FullDate(v, d)
	}
	return v.List(out)
}

// planPublish starts a plan: its first reading opens now. A room reads a work
// by one plan at a time; another takes its place if the organiser says so.
func (k *Desk) planPublish(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.change(ctx, r, "plan publish", []reading.State{reading.Draft}, func(tx *storage.Tx, p *storage.PlanRow) (diff reading.Diff, reply bot.Reply, err error) {
		beside, err := besides(ctx, tx, p)
		if err != nil {
			return diff, reply, err
		}
		if len(p.Readings) > 0 && !p.Readings[0].Due.At.After(tx.Now) {
			loc, err := reading.LoadZone(p.Zone)
			if err != nil {
				return diff, reply, err
			}
			return diff, reply, &bot.Error{Code: "out_of_range", Message: v.Say("plan.first_past", "Plan", p.Name, "Due", v.Moment(p.Readings[0].Due.At.In(loc), tx.Now))}
		}
		plan, _, err := p.Publish(tx.Now)
		if err != nil {
			return diff, reply, err
		}
		instead := func(x storage.PlanRow) bool { return r.Args.Get("instead") == strconv.FormatInt(int64(x.ID), 10) }
		if len(beside) > 0 && !slices.ContainsFunc(beside, instead) {
			return diff, reply, k.readAlready(r, p, &beside[len(beside)-1])
		}
		for i := range beside {
			if err := tx.ReplacePlan(ctx, beside[i].ID); err != nil {
				return diff, reply, err
			}
		}
		p.Plan = plan
		return diff, bot.Say(v.Say("plan.published", "Plan", p.Name)), nil
	})
}

// besides are the plans by which a plan's room reads one of its works already.
func besides(ctx context.Context, tx *storage.Tx, p *storage.PlanRow) ([]storage.PlanRow, error) {
	all, err := tx.Plans(ctx, p.Group)
	if err != nil {
		return nil, err
	}
	works := worksOf(p)
	var out []storage.PlanRow
	for i := range all {
		x := &all[i]
		if x.ID == p.ID || x.Platform != p.Platform || x.Room != p.Room || x.State != reading.Published && x.State != reading.Paused {
			continue
		}
		if x.Plan.Advance(tx.Now).State == reading.Ended { // and the post that says so is on its way
			continue
		}
		if slices.ContainsFunc(worksOf(x), func(w library.WorkID) bool { return slices.Contains(works, w) }) {
			out = append(out, *x)
		}
	}
	return out, nil
}

// readAlready asks whether a plan shall take the place of one that runs.
func (k *Desk) readAlready(r *bot.Request, p, running *storage.PlanRow) error {
	v := k.voice(r)
	args := map[string]string{"plan": strconv.FormatInt(int64(p.ID), 10), "revision": strconv.Itoa(p.Revision), "instead": strconv.FormatInt(int64(running.ID), 10)}
	return &bot.Error{Code: "forbidden", Message: v.Say("plan.runs_already", "Plan", running.Name),
		Actions: []bot.Action{
			{Label: v.Text("action.replace"), Do: bot.Invocation{Command: "plan publish", Args: args}, Danger: true},
			{Label: v.Text("action.leave_it"), Do: bot.Invocation{Command: "leave it"}},
		}}
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
		g, err := tx.Group(ctx, p.Group)
		if err != nil {
			return err
		}
		if reply, err = k.preview(r, &p, shelf, g); err == nil {
			reply.Blocks, err = k.sayPaused(k.voice(r), &p, reply.Blocks)
		}
		return err
	})
	return reply, err
}
