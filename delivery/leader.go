package delivery

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// When posts about who leads go out, in days before a meeting.
const (
	LeaderDays = 3 // asking for one who is missing
	BriefDays  = 1 // to the one who leads
)

// oweLeaders owes each leader of a reading a word of their own, on the platform
// that the plan is read on.
func oweLeaders(ctx context.Context, tx *storage.Tx, s storage.Scheduled) error {
	p, err := tx.Plan(ctx, s.Plan)
	if err != nil {
		return err
	}
	rota, _, err := tx.Rota(ctx, s.Plan)
	if err != nil {
		return err
	}
	turn, _ := rota.Turn(&p.Plan, s.Reading)
	for _, person := range turn.Leaders {
		user, err := tx.UserOf(ctx, person, s.Platform)
		if err != nil {
			return err
		}
		if user == "" {
			continue
		}
		key := fmt.Sprintf("g%d p%d r%d %s %s %s %s", s.Group, s.Plan, s.Reading, s.Kind, s.Occurrence, s.Platform, user)
		if _, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: Token(key), Group: s.Group, Plan: s.Plan, Reading: s.Reading,
			Kind: s.Kind, Occurrence: s.Occurrence, Platform: s.Platform, Room: user, Recipient: user, Due: s.At}); err != nil {
			return err
		}
	}
	return nil
}

// leaderless asks for somebody to lead a meeting, if nobody does.
func leaderless(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	rota, names, err := tx.Rota(ctx, p.ID)
	if err != nil {
		return bot.Reply{}, err
	}
	t, _ := rota.Turn(&p.Plan, x.ID)
	if t.Missing == 0 || x.NoMeeting {
		return bot.Reply{}, nil
	}
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	var who []string
	for _, id := range t.Leaders {
		who = append(who, bot.Clean(names[id], 40))
	}
	post := bot.Say(v.Say("rota.nobody", "N", x.N, "Due", v.Moment(x.Due.At.In(loc), now), "Names", v.List(who)))
	post.Actions = []bot.Action{{Label: v.Text("action.lead"), Do: bot.Invocation{Command: "rota lead",
		Args: map[string]string{"reading": strconv.Itoa(x.N), "plan": strconv.FormatInt(int64(p.ID), 10)}}, Primary: true}}
	return post, nil
}

// brief gives who leads what there is to talk about, asked or not.
func brief(ctx context.Context, tx *storage.Tx, v *phrases.Voice, now time.Time, p *storage.PlanRow, x *reading.Reading) (bot.Reply, error) {
	loc, err := reading.LoadZone(p.Zone)
	if err != nil {
		return bot.Reply{}, err
	}
	works, err := Works(ctx, tx, x.Portions)
	if err != nil {
		return bot.Reply{}, err
	}
	post := bot.Say(v.Say("rota.brief", "N", x.N, "Plan", p.Name, "Due", v.Moment(x.Due.At.In(loc), now), "Range", Ranges(v, works, x.Portions, p.Works() > 1)))
	asked, toCome, err := questionsOf(ctx, tx, p, x)
	if err != nil {
		return post, err
	}
	if len(asked) > 0 {
		post.Blocks = append(post.Blocks, bot.Para(v.Say("post.to_talk_about")), bot.Block{Kind: bot.Numbers, Items: asked})
	}
	if len(toCome) > 0 {
		post.Blocks = append(post.Blocks, bot.Para(v.Say("rota.to_come")), bot.Block{Kind: bot.Numbers, Start: len(asked) + 1, Items: toCome})
	}
	return post, nil
}
