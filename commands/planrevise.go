package commands

import (
	"context"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/reading"
	"lectern/storage"
)

// The commands of this file change what readings hold and when a plan's group
// meets. Each shows its exact effect first; see revise.

// planRebalance divides what has not opened anew.
func (k *Desk) planRebalance(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.reviseText(ctx, r, "plan rebalance", func(p *storage.PlanRow, works []*library.Outline) (reading.Plan, reading.Diff, error) {
		n := 0
		if s := r.Args.Get("meetings"); s != "" {
			var err error
			if n, err = strconv.Atoi(strings.TrimSpace(s)); err != nil || n < 1 {
				return reading.Plan{}, reading.Diff{}, &bot.Error{Code: "syntax", Param: "meetings", Message: k.voice(r).Say("plan.meetings")}
			}
		}
		return p.Rebalance(works, n, k.Now())
	})
}

// planExtend goes on from a passage at the pace that the plan has had, or adds
// another work at that pace.
func (k *Desk) planExtend(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.reviseText(ctx, r, "plan extend", func(p *storage.PlanRow, works []*library.Outline) (reading.Plan, reading.Diff, error) {
		place := r.Args.Get("from")
		if o, err := shelf.Work(place); err == nil {
			if slices.Contains(worksOf(p), o.ID) {
				return reading.Plan{}, reading.Diff{}, &bot.Error{Code: "syntax", Param: "from", Message: k.voice(r).Say("plan.extend_where", "Title", o.Title, "Alias", o.Alias())}
			}
			return p.Append([]*library.Outline{o}, k.Now())
		}
		s, err := k.spot(shelf, &current{plan: *p}, place)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "from", err)
		}
		return p.Extend(works, s.work, s.first, k.Now())
	})
}

// planBreak leaves out every meeting between two dates.
func (k *Desk) planBreak(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan break", nil, func(p *storage.PlanRow, loc *time.Location) (reading.Plan, reading.Diff, error) {
		from, to, err := k.days(r.Args.Get("days"), k.Now().In(loc))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "days", err)
		}
		r.Args["days"] = from.String() + " to " + to.String()
		return p.Break(from, to, k.Now())
	})
}

// days reads "20 dec to 4 jan", or one day.
func (k *Desk) days(s string, now time.Time) (from, to reading.Date, err error) {
	one, two, ranged := cutRange(s)
	if from, err = k.date(one, now); err != nil || !ranged {
		return from, from, err
	}
	loc := now.Location()
	if begun, end, ok := underWay(one, two, now); ok {
		return begun, end, nil
	}
	if leansOnToday(two, now, loc) {
		to, err = k.date(two, now)
		return from, to, err
	}
	// The end is the first such day after the beginning.
	after := reading.Instant(reading.DateTime{Date: from}, loc)
	if after.Before(now) {
		after = now
	}
	to, err = k.date(two, after.In(loc))
	return from, to, err
}

// underWay reads days of which the first has gone by and the last has not, as
// "1 dec to 30 dec" on the 14th, and not as those of the next year.
func underWay(one, two string, now time.Time) (from, to reading.Date, ok bool) {
	loc := now.Location()
	past, err := reading.ParsePast(one, now, loc)
	if err != nil {
		return from, to, false
	}
	next, err1 := reading.ParseWhen(one, now, loc)
	end, err2 := reading.ParseWhen(two, now, loc)
	if err1 != nil || err2 != nil || past.Timed || end.Timed {
		return from, to, false
	}
	from, to = past.Local.Date, end.Local.Date
	return from, to, next.Local.Date.Sub(from) > reading.MaxBreak && next.Local.Date.After(to) && from.Before(reading.DateOf(now, loc)) && to.Sub(from) < reading.MaxBreak
}

// meetingDay reads a day on which a plan's group meets. Where nothing is due on
// the next such day but was on the last, months ago, the last is meant.
func (k *Desk) meetingDay(p *storage.PlanRow, text string, now time.Time) (reading.Date, error) {
	day, err := k.date(text, now)
	if err != nil {
		return day, err
	}
	due := func(d reading.Date) bool {
		return slices.ContainsFunc(p.Readings, func(x reading.Reading) bool { return x.Due.Local.Date == d })
	}
	past, err := reading.ParsePast(text, now, now.Location())
	if err == nil && day.Sub(past.Local.Date) > reading.MaxBreak && due(past.Local.Date) && !due(day) {
		return past.Local.Date, nil
	}
	return day, nil
}

// daysOfMonth are days of one month that is named once: "8-15 dec", "8 to 15 Dec".
var daysOfMonth = regexp.MustCompile(`(?i)^(?:(?:from|vom) )?(\d{1,2})\.? ?(?:-|–|—|to|until|till|bis) ?(\d{1,2})\.? (\pL.*)$`)

// cutRange parts "20 dec to 4 jan", "20 dec – 4 jan", "20 Dez bis 4 Jan" and
// "8-15 dec".
func cutRange(s string) (from, to string, ok bool) {
	if m := daysOfMonth.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		return m[1] + " " + m[3], m[2] + " " + m[3], true
	}
	for _, sep := range []string{" to ", " until ", " till ", " bis ", "–", "—", " - ", ".."} {
		if i := strings.Index(strings.ToLower(s), sep); i > 0 {
			from, to := strings.TrimSpace(s[:i]), strings.TrimSpace(s[i+len(sep):])
			return strings.TrimPrefix(strings.TrimPrefix(from, "from "), "vom "), to, true
		}
	}
	return s, "", false
}

// planSplit cuts a reading in two.
func (k *Desk) planSplit(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.reviseText(ctx, r, "plan split", func(p *storage.PlanRow, works []*library.Outline) (reading.Plan, reading.Diff, error) {
		x, err := k.readingArg(r, p, "reading")
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		var s spot
		if place := r.Args.Get("before"); place != "" {
			if s, err = k.spot(shelf, &current{plan: *p}, place); err != nil {
				return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "before", err)
			}
		}
		return p.Split(works, x.N, s.work, s.first, k.Now())
	}, reading.Draft)
}

// planMerge makes one reading of two.
func (k *Desk) planMerge(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.reviseText(ctx, r, "plan merge", func(p *storage.PlanRow, works []*library.Outline) (reading.Plan, reading.Diff, error) {
		x, err := k.readingArg(r, p, "reading")
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		return p.Merge(works, x.N, k.Now())
	}, reading.Draft)
}

// planCancel says that the group does not meet on a day, or meets after all.
func (k *Desk) planCancel(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	var g reading.Group
	err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		g, err = tx.Group(ctx, reading.GroupID(r.Group))
		return err
	})
	if err != nil {
		return bot.Reply{}, err
	}
	return k.revise(ctx, r, "plan cancel", nil, func(p *storage.PlanRow, loc *time.Location) (reading.Plan, reading.Diff, error) {
		day, err := k.meetingDay(p, r.Args.Get("date"), k.Now().In(loc))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "date", err)
		}
		if delivery.PlaceOf(g, &p.Plan) == "" {
			return reading.Plan{}, reading.Diff{}, &bot.Error{Code: "syntax", Message: k.voice(r).Say("plan.cancel_written", "Plan", p.Name)}
		}
		r.Args["date"] = day.String()
		cancelled := true
		for i := range p.Readings {
			if p.Readings[i].Due.Local.Date == day {
				cancelled = !p.Readings[i].NoMeeting
			}
		}
		return p.CancelMeeting(day, cancelled, k.Now())
	})
}

// planWhen lets the group meet at other times from the next meeting on.
func (k *Desk) planWhen(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan when", []reading.State{reading.Draft}, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		c, err := reading.ParseCadence(r.Args.Get("when"))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "when", err)
		}
		return p.SetCadence(c, k.Now())
	})
}

// planUntil sets the day after which nothing may be due.
func (k *Desk) planUntil(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan until", []reading.State{reading.Draft}, func(p *storage.PlanRow, loc *time.Location) (reading.Plan, reading.Diff, error) {
		var end reading.Date
		if s := r.Args.Get("date"); !strings.EqualFold(s, k.voice(r).Text("form.word_none")) {
			var err error
			if end, err = k.date(s, k.Now().In(loc)); err != nil {
				return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "date", err)
			}
			r.Args["date"] = end.String()
		}
		plan, diff, err := p.SetEnd(end)
		if err != nil {
			err = k.refuseParam(r, "date", err)
		}
		return plan, diff, err
	})
}

// planZone puts what is to come into another zone's clock.
func (k *Desk) planZone(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan zone", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		loc, err := reading.ZoneOf(r.Args.Get("city"))
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "city", err)
		}
		return p.InZone(loc.String(), k.Now())
	})
}

// planReopen gives a reading that was due until the next meeting.
func (k *Desk) planReopen(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan reopen", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		x, err := k.readingArg(r, p, "reading")
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		return p.Reopen(x.N, k.Now())
	})
}

// planWarn puts a line about its content beside a reading.
func (k *Desk) planWarn(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan warn", []reading.State{reading.Draft}, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		x, err := k.readingArg(r, p, "reading")
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		line := bot.Clean(r.Args.Get("text"), 200)
		if strings.EqualFold(line, k.voice(r).Text("form.word_none")) {
			line = ""
		}
		return p.SetWarning(x.N, line)
	})
}

// planShort names the part of a reading for those with little time.
func (k *Desk) planShort(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.reviseText(ctx, r, "plan short", func(p *storage.PlanRow, works []*library.Outline) (reading.Plan, reading.Diff, error) {
		x, err := k.readingArg(r, p, "reading")
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		place := r.Args.Get("passages")
		if strings.EqualFold(place, k.voice(r).Text("form.word_none")) {
			return p.SetShort(works, x.N, nil)
		}
		portions, err := portionsOf(works, x.Portions[0].Work, place)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, k.refuseParam(r, "passages", err)
		}
		return p.SetShort(works, x.N, portions)
	}, reading.Draft)
}

// portionsOf are the passages that a citation names, in the work of a plan that
// it leans on or in another that it names.
func portionsOf(works []*library.Outline, lean library.WorkID, place string) ([]reading.Portion, error) {
	ref, err := library.NewShelf(works).Resolve(place, library.Context{Current: lean})
	for _, o := range works {
		if o.ID == lean && !slices.ContainsFunc(works, func(w *library.Outline) bool { return w.Named(place) }) {
			if inner, innerErr := o.Resolve(place); innerErr == nil || err != nil {
				ref, err = inner, innerErr
			}
		}
	}
	if err != nil {
		return nil, err
	}
	if ref.Whole() {
		return []reading.Portion{{Work: ref.Work.ID, First: 1, Last: ref.Work.Last()}}, nil
	}
	var out []reading.Portion
	for _, at := range ref.Passages() {
		n := ref.Work.Passages[at].Number
		switch last := len(out) - 1; {
		case n == 0:
		case last >= 0 && out[last].Last+1 == n:
			out[last].Last = n
		default:
			out = append(out, reading.Portion{Work: ref.Work.ID, First: n, Last: n})
		}
	}
	if len(out) == 0 {
		return nil, &library.Error{Code: library.NotFound, Reason: "no_number", Args: map[string]any{"Place": place}}
	}
	return out, nil
}

// planRoom lets a plan post in the room where this is said.
func (k *Desk) planRoom(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan room", nil, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		if here(r, p) {
			return reading.Plan{}, reading.Diff{}, &bot.Error{Code: "syntax", Message: k.voice(r).Say("plan.room_already", "Plan", p.Name)}
		}
		p.Platform, p.Room = r.Home.Platform, string(r.Home.ID)
		plan := p.Plan
		plan.Revision++
		return plan, reading.Compare(p.Plan, plan), nil
	})
}

// planPlace says where the group meets for this plan.
func (k *Desk) planPlace(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.revise(ctx, r, "plan place", []reading.State{reading.Draft}, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		place := k.planPlaceOf(r, r.Args.Get("place"))
		if place == p.Place {
			return reading.Plan{}, reading.Diff{}, &bot.Error{Code: "syntax", Message: k.voice(r).Say("plan.place_already", "Plan", p.Name)}
		}
		return p.SetPlace(place)
	})
}

// planPlaceOf reads where a plan's group meets: "none" is where it does
// otherwise, and the words for that it only writes are no place at all.
func (k *Desk) planPlaceOf(r *bot.Request, s string) string {
	s = bot.Clean(s, 200)
	switch {
	case strings.EqualFold(s, k.voice(r).Text("form.word_none")):
		return ""
	case k.place(r, s) == "" && s != "":
		return reading.InWriting
	}
	return s
}

// reviseText is revise with the works of the plan.
func (k *Desk) reviseText(ctx context.Context, r *bot.Request, command string, fn func(*storage.PlanRow, []*library.Outline) (reading.Plan, reading.Diff, error), more ...reading.State) (bot.Reply, error) {
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.revise(ctx, r, command, more, func(p *storage.PlanRow, _ *time.Location) (reading.Plan, reading.Diff, error) {
		works, err := outlinesOf(shelf, p)
		if err != nil {
			return reading.Plan{}, reading.Diff{}, err
		}
		return fn(p, works)
	})
}

// outlinesOf are the outlines of a plan's works, but of those that have been
// taken from the shelf.
func outlinesOf(shelf *library.Shelf, p *storage.PlanRow) (works []*library.Outline, err error) {
	for _, id := range worksOf(p) {
		o, err := shelf.ByID(id)
		if err != nil {
			return nil, err
		}
		if o != nil {
			works = append(works, o)
		}
	}
	return works, nil
}
