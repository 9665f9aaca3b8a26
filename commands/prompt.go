package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/reading"
	"lectern/storage"
)

// maxPrompt bounds a question, in characters.
const maxPrompt = 1000

// promptAdd adds a question to a reading. A time in brackets before it says
// when it is posted; otherwise the plan's rule does.
func (k *Desk) promptAdd(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Paused, reading.Published)
		if err != nil {
			return bot.Reply{}, err
		}
		p.Plan = p.Advance(tx.Now)
		x, err := k.readingArg(r, &p, "reading")
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		text := strings.TrimSpace(r.Args.Get("text"))
		q := storage.Prompt{Plan: p.ID, Reading: x.ID}
		if inner, rest, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(inner, "[") {
			// A Thursday is one within the reading's time.
			from := tx.Now
			if x.Opens.After(from) {
				from = x.Opens
			}
			w, err := reading.ParseWhen(strings.TrimPrefix(inner, "["), from, loc)
			if err != nil {
				return bot.Reply{}, k.refuseParam(r, "text", err)
			}
			if !w.Timed { // at the meeting's hour
				w.Local.Clock = p.Cadence.Clock
			}
			if at := reading.Instant(w.Local, loc); at.Before(tx.Now.Add(-time.Minute)) {
				return bot.Reply{}, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("prompt.past", "At", v.Moment(at.In(loc), tx.Now))}
			}
			if at := reading.Instant(w.Local, loc); x.State != reading.Done && !at.Before(x.Due.At) {
				return bot.Reply{}, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("prompt.after", "At", v.Moment(at.In(loc), tx.Now), "N", x.N, "Due", v.Moment(x.Due.At.In(loc), tx.Now))}
			}
			q.At, text = w.Local, rest
		}
		text = bot.Clean(text, maxPrompt)
		switch {
		case text == "":
			return bot.Reply{}, &bot.Error{Code: "syntax", Param: "text", Message: v.Say("prompt.empty")}
		case x.State == reading.Done:
			return bot.Reply{}, &bot.Error{Code: "syntax", Param: "reading", Message: v.Say("prompt.closed", "N", x.N)}
		}
		if q.Author, err = k.person(ctx, tx, r); err != nil {
			return bot.Reply{}, err
		}
		q.Text = text
		if q.At.IsZero() {
			// Where the usual time has gone by it is asked at once.
			if at := delivery.PromptTimes(p.Plan, []storage.Prompt{q}, tx.Now)[0]; at.Before(tx.Now) {
				q.At = reading.DateTimeOf(tx.Now.Add(time.Minute), loc)
			}
		}
		if err := tx.AddPrompt(ctx, &q); err != nil {
			return bot.Reply{}, err
		}
		all, err := tx.Prompts(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		at := delivery.PromptTimes(p.Plan, all, tx.Now)[q.ID]
		if err := k.reschedule(ctx, tx, &p); err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(v.Say("prompt.added", "Ord", q.Ord, "N", x.N, "At", v.Moment(at.In(loc), tx.Now))), nil
	})
}

// readingArg is the reading of a plan that an argument numbers.
func (k *Desk) readingArg(r *bot.Request, p *storage.PlanRow, name string) (*reading.Reading, error) {
	n, err := strconv.Atoi(strings.TrimSpace(r.Args.Get(name)))
	if err != nil || n < 1 || n > len(p.Readings) {
		return nil, &bot.Error{Code: "out_of_range", Param: name, Message: k.voice(r).Say("along.no_such_reading", "Plan", p.Name, "Count", len(p.Readings))}
	}
	return &p.Readings[n-1], nil
}

// promptList shows the plan's questions.
func (k *Desk) promptList(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	v := k.voice(r)
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		p, err := k.plan(ctx, tx, r, reading.Draft, reading.Ended, reading.Paused, reading.Published)
		if err != nil {
			return err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return err
		}
		qs, err := tx.Prompts(ctx, p.ID)
		if err != nil {
			return err
		}
		if len(qs) == 0 {
			reply = bot.Say(v.Say("prompt.none"))
			return nil
		}
		reply.Title = v.Say("prompt.title", "Plan", p.Name)
		reply.Private = true
		n := map[reading.ReadingID]int{}
		for _, x := range p.Readings {
			n[x.ID] = x.N
		}
		times := delivery.PromptTimes(p.Plan, qs, k.Now())
		var rows []bot.Spans
		for _, q := range qs {
			rows = append(rows, v.Say("prompt.row", "N", n[q.Reading], "Ord", q.Ord, "At", v.Moment(times[q.ID].In(loc), k.Now()), "Text", q.Text))
		}
		reply.Blocks = []bot.Block{{Kind: bot.Bullets, Items: rows}}
		return nil
	})
	return reply, err
}

// promptRemove takes a question away that was not posted yet.
func (k *Desk) promptRemove(ctx context.Context, r *bot.Request) (bot.Reply, error) {
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
		qs, err := tx.Prompts(ctx, p.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		times := delivery.PromptTimes(p.Plan, qs, tx.Now)
		ord, _ := strconv.Atoi(strings.TrimSpace(r.Args.Get("question"))) // 0 is no question's number
		for _, q := range qs {
			if q.Reading != x.ID || q.Ord != ord {
				continue
			}
			if !times[q.ID].After(tx.Now) && p.State == reading.Published {
				return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.posted")}
			}
			return bot.Say(v.Say("prompt.removed", "Text", q.Text)), tx.RemovePrompt(ctx, q.ID)
		}
		return bot.Reply{}, &bot.Error{Code: "not_found", Param: "question", Message: v.Say("prompt.no_such", "N", x.N)}
	})
}
