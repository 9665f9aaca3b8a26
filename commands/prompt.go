package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
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
		x, err := k.readingArg(r, &p, "reading")
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(p.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		text := strings.TrimSpace(r.Args.Get("text"))
		at := reading.PromptTime(&p.Plan, x.N, tx.Now)
		if inner, rest, ok := strings.Cut(text, "]"); ok && strings.HasPrefix(inner, "[") {
			w, err := reading.ParseWhen(strings.TrimPrefix(inner, "["), tx.Now, loc)
			if err != nil {
				return bot.Reply{}, k.refuse(r, err)
			}
			if !w.Timed { // at the meeting's hour
				w.At = reading.Instant(reading.DateTime{Date: w.Local.Date, Clock: p.Cadence.Clock}, loc)
			}
			at, text = w.At, rest
		}
		text = bot.Clean(text, maxPrompt)
		switch {
		case text == "":
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.empty")}
		case at.Before(tx.Now.Add(-time.Minute)):
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.past", "At", v.Moment(at.In(loc), tx.Now))}
		case x.State == reading.Closed:
			return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.closed", "N", x.N)}
		}
		by, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		q := storage.Prompt{Plan: p.ID, Reading: x.ID, Text: text, At: at, Author: by}
		if err := tx.AddPrompt(ctx, &q); err != nil {
			return bot.Reply{}, err
		}
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
		var rows []bot.Spans
		for _, q := range qs {
			rows = append(rows, v.Say("prompt.row", "N", n[q.Reading], "Ord", q.Ord, "At", v.Moment(q.At.In(loc), k.Now()), "Text", q.Text))
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
		ord, _ := strconv.Atoi(strings.TrimSpace(r.Args.Get("question"))) // 0 is no question's number
		for _, q := range qs {
			if q.Reading != x.ID || q.Ord != ord {
				continue
			}
			if !q.At.After(tx.Now) && p.State == reading.Published {
				return bot.Reply{}, &bot.Error{Code: "syntax", Message: v.Say("prompt.posted")}
			}
			return bot.Say(v.Say("prompt.removed", "Text", q.Text)), tx.RemovePrompt(ctx, q.ID)
		}
		return bot.Reply{}, &bot.Error{Code: "not_found", Param: "question", Message: v.Say("prompt.no_such", "N", x.N)}
	})
}
