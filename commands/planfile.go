package commands

import (
	"context"

	"lectern/bot"
	"lectern/reading"
	"lectern/reading/planfile"
	"lectern/storage"
)

// planExport gives the plan as a file that can be edited and read in again.
func (k *Desk) planExport(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return reply, err
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		prompts, err := tx.Prompts(ctx, p.ID)
		if err != nil {
			return err
		}
		number := map[reading.ReadingID]int{}
		for _, x := range p.Readings {
			number[x.ID] = x.N
		}
		var questions []planfile.Question
		for _, q := range prompts {
			questions = append(questions, planfile.Question{N: number[q.Reading], Text: q.Text, At: q.At})
		}
		rota, names, err := tx.Rota(ctx, p.ID)
		if err != nil {
			return err
		}
		var leaders []string
		for _, who := range rota.People {
			leaders = append(leaders, names[who])
		}
		f, err := planfile.From(&p.Plan, shelf, questions, leaders, rota.Per)
		if err != nil {
			return k.refuse(r, err)
		}
		data, err := planfile.Encode(f)
		if err != nil {
			return err
		}
		reply = bot.Say(v.Say("plan.exported", "Plan", p.Name))
		reply.File = &bot.File{Name: "plan.toml", MIME: "application/toml", Data: data,
			Instead: []bot.Block{{Kind: bot.Quoted, Quote: &bot.Quote{Text: bot.Plain(string(data)), Fixed: true}}}}
		return nil
	})
	return reply, err
}

// planImport makes a draft of a plan's file.
func (k *Desk) planImport(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	if r.File == nil {
		return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("plan.import_what")}
	}
	f, err := planfile.Decode(r.File.Data)
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	shelf, err := k.shelf(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(g.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		now := k.Now().In(loc)
		change := planfile.Change{Zone: g.Zone, Today: reading.DateOf(now, loc)}
		if s := r.Args.Get("start"); s != "" {
			if change.Start, err = k.date(s, now); err != nil {
				return bot.Reply{}, k.refuseParam(r, "start", err)
			}
		}
		plan, questions, err := f.Plan(shelf, change)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		plan.Group = g.ID
		row := storage.PlanRow{Plan: plan, Platform: r.Room.Platform, Room: string(r.Room.ID)}
		kept, err := k.addDraft(ctx, tx, &row)
		if err != nil {
			return bot.Reply{}, err
		}
		me, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		for _, q := range questions {
			prompt := storage.Prompt{Plan: row.ID, Reading: row.Readings[q.N-1].ID, Text: q.Text, At: q.At, Author: me}
			if err := tx.AddPrompt(ctx, &prompt); err != nil {
				return bot.Reply{}, err
			}
		}
		missing, err := k.importRota(ctx, tx, &row, f.Rota)
		if err != nil {
			return bot.Reply{}, err
		}
		reply, err := k.preview(r, &row, shelf, g)
		if err != nil {
			return reply, err
		}
		if len(questions) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("plan.with_questions", "Count", len(questions))})
		}
		if len(missing) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("plan.rota_missing", "Names", v.List(missing))))
		}
		reply.Blocks = append(reply.Blocks, kept.say(v)...)
		return reply, nil
	})
}

// importRota takes those leaders over who are members here, and names the
// others.
func (k *Desk) importRota(ctx context.Context, tx *storage.Tx, p *storage.PlanRow, f *planfile.Rota) (missing []string, err error) {
	if f == nil {
		return nil, nil
	}
	members, err := tx.Members(ctx, p.Group)
	if err != nil {
		return nil, err
	}
	rota := reading.Rota{Per: f.Per}
	for _, name := range f.People {
		var found []reading.PersonID
		for _, m := range members {
			if m.Name == name {
				found = append(found, m.Person)
			}
		}
		if len(found) == 1 {
			rota.People = append(rota.People, found[0])
		} else {
			missing = append(missing, bot.Clean(name, 40))
		}
	}
	return missing, tx.SaveRota(ctx, p.ID, rota)
}
