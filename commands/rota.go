package commands

import (
	"context"
	"errors"
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

// rotaSet says who leads, in which order.
func (k *Desk) rotaSet(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		members, err := tx.Members(ctx, p.Group)
		if err != nil {
			return bot.Reply{}, err
		}
		before, _, err := tx.Rota(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		now := settled(&p, tx.Now)
		rota := before.Settle(now)
		rota.People = nil
		if said := r.Args.Get("people"); !strings.EqualFold(said, v.Text("form.word_none")) {
			for name := range strings.SplitSeq(said, ",") {
				m, err := k.memberCalled(r, members, name, "people")
				if err != nil {
					return bot.Reply{}, err
				}
				if !slices.Contains(rota.People, m.Person) {
					rota.People = append(rota.People, m.Person)
				}
			}
		}
		var kept *reading.Turn // what was announced, and stays
		for _, t := range before.Turns(now) {
			if _, fixed := rota.Fixed[t.Reading]; !fixed || now.Readings[t.N-1].State != reading.Open {
				continue
			}
			if len(rota.People) == 0 {
				delete(rota.Fixed, t.Reading) // nobody leads any more
			} else if kept == nil {
				kept = &t
			}
		}
		if s := r.Args.Get("per"); s != "" {
			if rota.Per, err = strconv.Atoi(s); err != nil || rota.Per < 1 || rota.Per > 9 {
				return bot.Reply{}, &bot.Error{Code: "syntax", Param: "per", Message: v.Say("rota.per")}
			}
		}
		if err := k.corrected(ctx, tx, r, &p, func() error { return tx.SaveRota(ctx, p.ID, rota) }); err != nil {
			return bot.Reply{}, err
		}
		if err := k.reschedule(ctx, tx, &p); err != nil {
			return bot.Reply{}, err
		}
		reply, err := k.turns(ctx, tx, r, &p)
		if err != nil || kept == nil {
			return reply, err
		}
		_, names, err := tx.Rota(ctx, p.ID)
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("rota.kept", "N", kept.N, "Names", leaders(v, *kept, names), "Count", len(kept.Leaders), "Self", v.Text("rota.self"))})
		return reply, err
	})
}

// corrected runs what changes who leads, and corrects the announcements that
// name somebody else.
func (k *Desk) corrected(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow, change func() error) error {
	led := func() (map[reading.ReadingID]reading.Turn, error) {
		rota, _, err := tx.Rota(ctx, p.ID)
		turns := map[reading.ReadingID]reading.Turn{}
		for _, t := range rota.Turns(settled(p, k.Now())) {
			turns[t.Reading] = t
		}
		return turns, err
	}
	before, err := led()
	if err != nil {
		return err
	}
	if err := change(); err != nil {
		return err
	}
	after, err := led()
	if err != nil || p.State == reading.Draft {
		return err
	}
	for _, x := range settled(p, k.Now()).Readings {
		if x.State == reading.Open && !slices.Equal(before[x.ID].Leaders, after[x.ID].Leaders) {
			if err := editPosted(ctx, tx, p, x.ID, "led "+r.Key, isAnnouncement); err != nil {
				return err
			}
		}
	}
	return nil
}

// settled is the plan with its readings' states as they are now.
func settled(p *storage.PlanRow, now time.Time) *reading.Plan {
	return new(p.Plan.Advance(now))
}

// memberCalled is the one member with a name.
func (k *Desk) memberCalled(r *bot.Request, members []reading.Member, name, param string) (reading.Member, error) {
	name = bot.Clean(strings.TrimPrefix(strings.TrimSpace(name), "@"), 60)
	var found []reading.Member
	for _, m := range members {
		if strings.EqualFold(m.Name, name) {
			found = append(found, m)
		}
	}
	if len(found) == 1 {
		return found[0], nil
	}
	v := k.voice(r)
	return reading.Member{}, &bot.Error{Code: "not_found", Param: param, Message: v.Say("group.no_such_member", "Name", name, "Members", v.List(memberNames(members)))}
}

// rotaShow says who leads what is to come.
func (k *Desk) rotaShow(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		reply, err = k.turns(ctx, tx, r, &p)
		return err
	})
	return reply, err
}

// turns lists the meetings to come with those who lead them.
func (k *Desk) turns(ctx context.Context, tx *storage.Tx, r *bot.Request, p *storage.PlanRow) (bot.Reply, error) {
	v := k.voice(r)
	rota, names, err := tx.Rota(ctx, p.ID)
	if err != nil {
		return bot.Reply{}, err
	}
	if len(rota.People) == 0 {
		return bot.Say(v.Say("rota.none", "Plan", p.Name)), nil
	}
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	reply := bot.Reply{Title: v.Say("rota.title", "Plan", p.Name)}
	var rows []bot.Spans
	for _, t := range rota.Turns(settled(p, k.Now())) {
		x := &p.Readings[t.N-1]
		if p.State != reading.Draft && !x.Due.At.After(k.Now()) {
			continue
		}
		who := leaders(v, t, names)
		if x.NoMeeting {
			who = v.Text("rota.no_meeting")
		}
		rows = append(rows, v.Say("rota.row", "N", t.N, "Due", v.Moment(x.Due.At.In(loc), k.Now()), "Names", who))
	}
	if len(rows) == 0 {
		rows = append(rows, v.Say("rota.over"))
	}
	reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Bullets, Items: rows})
	return reply, nil
}

// leaders are the names of who leads, and that somebody is missing.
func leaders(v *phrases.Voice, t reading.Turn, names map[reading.PersonID]string) string {
	var out []string
	for _, p := range t.Leaders {
		out = append(out, bot.Clean(names[p], 40))
	}
	if t.Missing > 0 {
		out = append(out, v.Text("rota.missing", "Count", t.Missing))
	}
	return v.List(out)
}

// rotaSwap lets the leaders of two meetings change places.
func (k *Desk) rotaSwap(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		one, err := k.readingArg(r, &p, "reading")
		if err != nil {
			return bot.Reply{}, err
		}
		two, err := k.readingArg(r, &p, "with")
		if err != nil {
			return bot.Reply{}, err
		}
		for _, x := range []*reading.Reading{one, two} {
			if p.State != reading.Draft && !x.Due.At.After(k.Now()) {
				return bot.Reply{}, &bot.Error{Code: "out_of_range", Message: v.Say("rota.past", "N", x.N)}
			}
		}
		rota, _, err := tx.Rota(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		a, _ := rota.Turn(settled(&p, tx.Now), one.ID)
		b, _ := rota.Turn(settled(&p, tx.Now), two.ID)
		if len(a.Leaders) == 0 || len(b.Leaders) == 0 || one.ID == two.ID {
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("rota.nothing_to_swap")}
		}
		me := reading.PersonID(r.Person)
		if r.Role < bot.Organiser && !slices.Contains(a.Leaders, me) && !slices.Contains(b.Leaders, me) {
			return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("rota.not_yours")}
		}
		if err := k.corrected(ctx, tx, r, &p, func() error { return tx.SaveRota(ctx, p.ID, rota.Swap(settled(&p, tx.Now), one.ID, two.ID)) }); err != nil {
			return bot.Reply{}, err
		}
		return k.turns(ctx, tx, r, &p)
	})
}

// rotaAbsent keeps that somebody leads nothing between two dates.
func (k *Desk) rotaAbsent(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		who, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if name := r.Args.Get("who"); name != "" {
			members, err := tx.Members(ctx, p.Group)
			if err != nil {
				return bot.Reply{}, err
			}
			m, err := k.memberCalled(r, members, name, "who")
			if err != nil {
				return bot.Reply{}, err
			}
			if m.Person != who && r.Role < bot.Organiser {
				return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("rota.only_self")}
			}
			who = m.Person
		}
		if strings.EqualFold(r.Args.Get("days"), v.Text("form.word_none")) {
			err := k.corrected(ctx, tx, r, &p, func() error { _, err := tx.RemoveAbsences(ctx, p.Group, who); return err })
			if err != nil {
				return bot.Reply{}, err
			}
			return k.turns(ctx, tx, r, &p)
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		from, to, err := k.days(r.Args.Get("days"), k.Now().In(loc))
		if err != nil {
			return bot.Reply{}, k.refuseParam(r, "days", err)
		}
		if to.Before(from) {
			return bot.Reply{}, k.refuseParam(r, "days", &library.Error{Code: library.Syntax, Reason: "break_order", Args: map[string]any{"From": from, "To": to}})
		}
		if to.Sub(from) >= maxAway { // the ends are exchanged, most often
			return bot.Reply{}, &bot.Error{Code: "out_of_range", Param: "days", Message: v.Say("rota.away_long", "From", FullDate(v, from), "To", FullDate(v, to), "Most", maxAway)}
		}
		if to.Before(reading.DateOf(k.Now(), loc)) {
			return bot.Reply{}, &bot.Error{Code: "out_of_range", Param: "days", Message: v.Say("rota.away_past", "To", FullDate(v, to))}
		}
		away := reading.Absence{Person: who, From: from, To: to}
		if err := k.corrected(ctx, tx, r, &p, func() error { return tx.AddAbsence(ctx, p.Group, away) }); err != nil {
			return bot.Reply{}, err
		}
		reply, err := k.turns(ctx, tx, r, &p)
		name, err2 := tx.NameOf(ctx, who)
		// The days are said as they were understood.
		said := v.Say("rota.away", "Name", bot.Clean(name, 40), "Self", v.Text("rota.self"), "From", FullDate(v, from), "To", FullDate(v, to))
		reply.Blocks = append([]bot.Block{bot.Para(said)}, reply.Blocks...)
		return reply, errors.Join(err, err2)
	})
}

// rotaLead lets a member take a meeting that nobody leads.
func (k *Desk) rotaLead(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		x, err := k.readingArg(r, &p, "reading")
		if err != nil {
			return bot.Reply{}, err
		}
		rota, names, err := tx.Rota(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		t, _ := rota.Turn(settled(&p, tx.Now), x.ID)
		me, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		switch {
		case slices.Contains(t.Leaders, me):
			return bot.Say(v.Say("rota.lead_already", "N", x.N)), nil
		case t.Missing == 0 && len(t.Leaders) > 0:
			return bot.Reply{}, &bot.Error{Code: "forbidden", Message: v.Say("rota.led", "N", x.N, "Names", leaders(v, t, names))}
		}
		if _, err := tx.Join(ctx, p.Group, me); err != nil {
			return bot.Reply{}, err
		}
		if err := k.corrected(ctx, tx, r, &p, func() error { return tx.SaveRota(ctx, p.ID, rota.Give(x.ID, append(t.Leaders, me))) }); err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(v.Say("rota.leads", "N", x.N, "Name", bot.Clean(r.Account.Name, 40), "Self", v.Text("rota.self"))), nil
	})
}

// maxAway is the longest absence, in days.
const maxAway = 300
