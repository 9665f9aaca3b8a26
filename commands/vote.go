package commands

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/delivery"
	"lectern/reading"
	"lectern/storage"
)

// voteAsk puts a question to the vote, in the group's room.
func (k *Desk) voteAsk(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	voice := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(g.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		v, err := reading.ParseVote(r.Args.Get("question"), r.Args.Get("choices"), r.Args.Get("until"), tx.Now, loc)
		if err != nil {
			return bot.Reply{}, k.refuse(r, err)
		}
		v.Group, v.Several = g.ID, r.Args.Get("several") == "yes"
		for i := range v.Choices {
			v.Choices[i] = bot.Clean(v.Choices[i], reading.MaxChoice)
		}
		v.Question = bot.Clean(v.Question, reading.MaxQuestion)
		author, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.AddVote(ctx, &v, author); err != nil {
			return bot.Reply{}, err
		}
		if err := delivery.PutToVote(ctx, tx, voice, loc, v, r.Home); err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(voice.Say("vote.asked", "N", v.N, "Closes", voice.Moment(v.Closes.In(loc), tx.Now), "Elsewhere", r.Home != r.Room)), nil
	})
}

// vote casts a vote, or tells how it stands.
func (k *Desk) vote(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	said := strings.TrimSpace(r.Args.Get("choice"))
	if said == "" {
		return k.voteShow(ctx, r)
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		voice := k.voice(r)
		v, err := k.openVote(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		choices, err := v.ParseChoice(said)
		if err != nil {
			return bot.Reply{}, k.refuseParam(r, "choice", err)
		}
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.Cast(ctx, v.ID, p, choices); err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Say(voice.Say("vote.cast", "N", v.N, "Choices", voice.List(chosen(&v, choices)), "Question", v.Question))
		reply.Private = true
		return reply, nil
	})
}

func chosen(v *reading.Vote, choices []int) (names []string) {
	for _, n := range choices {
		names = append(names, v.Choices[n-1])
	}
	return names
}

// voteShow tells how a vote stands; to who asks alone, what they chose too.
func (k *Desk) voteShow(ctx context.Context, r *bot.Request) (reply bot.Reply, err error) {
	var v reading.Vote
	err = k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		v, err = k.voteMeant(ctx, tx, r, false)
		return err
	})
	if err != nil {
		return reply, err
	}
	if k.Recount != nil && v.Open(k.Now()) {
		// What was chosen while the bot did not hear of it counts too. It
		// helps, and nothing hangs on it: it is asked for again in the end.
		soon, cancel := context.WithTimeout(ctx, recountWithin)
		defer cancel()
		if err := k.Recount(soon, v.ID); err != nil {
			k.Log.Info("a vote is shown as it was heard of", "vote", int64(v.ID), "err", err)
		}
	}
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		voice := k.voice(r)
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return err
		}
		loc, err := reading.LoadZone(g.Zone)
		if err != nil {
			return err
		}
		if v, err = tx.Vote(ctx, v.ID); err != nil {
			return err
		}
		reply.Title = voice.Say("vote.title", "N", v.N, "Question", v.Question)
		if reply.Blocks, err = delivery.Tally(ctx, tx, voice, &v); err != nil {
			return err
		}
		var mine []int
		if r.Direct && r.Person != 0 {
			if mine, err = tx.ChoicesOf(ctx, v.ID, reading.PersonID(r.Person)); err != nil {
				return err
			}
		}
		if len(mine) > 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(voice.Say("vote.yours", "Choices", voice.List(chosen(&v, mine)))))
		}
		if v.Open(tx.Now) {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: voice.Say("vote.open", "Closes", voice.Moment(v.Closes.In(loc), tx.Now), "N", v.N)})
		}
		return nil
	})
	return reply, err
}

// recountWithin is how long an answer waits for the platform.
const recountWithin = 5 * time.Second

// openVote is the vote that is meant, which must be open.
func (k *Desk) openVote(ctx context.Context, tx *storage.Tx, r *bot.Request) (v reading.Vote, err error) {
	if v, err = k.voteMeant(ctx, tx, r, true); err == nil && !v.Open(tx.Now) {
		err = &bot.Error{Code: "out_of_range", Message: k.voice(r).Say("vote.closed", "N", v.N)}
	}
	return v, err
}

// voteMeant is the vote that a request is about: the one that was answered, the
// one that was named, the one that is open; to be looked at, the newest.
func (k *Desk) voteMeant(ctx context.Context, tx *storage.Tx, r *bot.Request, open bool) (reading.Vote, error) {
	voice, group := k.voice(r), reading.GroupID(r.Group)
	if on := strings.TrimSpace(r.Args.Get("on")); on != "" {
		n, err := strconv.Atoi(strings.TrimPrefix(on, "#"))
		if err != nil {
			n = 0 // is no vote's number
		}
		v, err := tx.VoteNumber(ctx, group, n)
		if errors.Is(err, storage.ErrNotFound) {
			return v, &bot.Error{Code: "not_found", Param: "on", Message: voice.Say("vote.no_such", "Text", bot.Clean(on, 20))}
		}
		return v, err
	}
	if r.On != "" {
		v, err := delivery.VoteOf(ctx, tx, r.Room, r.On)
		if err == nil && v.Group == group || err != nil && !errors.Is(err, storage.ErrNotFound) {
			return v, err
		}
	}
	all, err := tx.OpenVotes(ctx, group)
	switch {
	case err != nil:
		return reading.Vote{}, err
	case len(all) == 1:
		return all[0], nil
	case len(all) > 1:
		var items []string
		for _, v := range all {
			items = append(items, voice.Text("vote.which_item", "N", v.N, "Question", bot.Clean(v.Question, 60)))
		}
		return reading.Vote{}, &bot.Error{Code: "ambiguous", Message: voice.Say("vote.which", "Votes", strings.Join(items, "; "), "N", all[0].N)}
	}
	v, err := tx.LastVote(ctx, group)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return v, &bot.Error{Code: "not_found", Message: voice.Say("vote.none")}
	case err == nil && open:
		return v, &bot.Error{Code: "not_found", Message: voice.Say("vote.none_open", "N", v.N)}
	}
	return v, err
}

// voteMark is a number that somebody put on a vote's post, or took off it. What
// counts is seen there; other numbers, and other posts, are nobody's business.
func (k *Desk) voteMark(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	if r.Reaction == nil {
		return bot.Reply{}, bot.Quiet()
	}
	choice := bot.KeycapNumber(r.Reaction.Emoji)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		v, err := delivery.VoteOf(ctx, tx, r.Room, r.On)
		if errors.Is(err, storage.ErrNotFound) || err == nil && (!v.Open(tx.Now) || choice < 1 || choice > len(v.Choices) || v.Group != reading.GroupID(r.Group)) {
			return bot.Reply{}, bot.Quiet()
		}
		if err != nil {
			return bot.Reply{}, err
		}
		p, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if r.Undo {
			return bot.Reply{}, tx.Unmark(ctx, v.ID, p, choice)
		}
		return bot.Reply{}, tx.Mark(ctx, v.ID, p, choice)
	})
}

// voteClose ends a vote before its time.
func (k *Desk) voteClose(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		voice := k.voice(r)
		v, err := k.openVote(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := delivery.CloseVote(ctx, tx, v.ID); err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(voice.Say("vote.closing", "N", v.N)), nil
	})
}

// completeChoice offers what can be chosen in the group's open vote.
func (k *Desk) completeChoice(ctx context.Context, r *bot.Request, prefix string) (out []bot.Choice) {
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := tx.OpenVotes(ctx, reading.GroupID(r.Group))
		if err != nil || len(all) != 1 {
			return err
		}
		for i, c := range all[0].Choices {
			label := strconv.Itoa(i+1) + " · " + c
			if strings.Contains(strings.ToLower(label), strings.ToLower(strings.TrimSpace(prefix))) {
				out = append(out, bot.Choice{Value: strconv.Itoa(i + 1), Label: label})
			}
		}
		return nil
	})
	if err != nil {
		k.Log.Error("completion failed", "err", err)
	}
	return out
}
