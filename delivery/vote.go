package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"lectern/bot"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// ballotKey names the post that puts something to the vote, and resultKey the
// one that says what came of it.
func ballotKey(v reading.VoteID) string { return fmt.Sprintf("vote %d", v) }
func resultKey(v reading.VoteID) string { return fmt.Sprintf("vote %d result", v) }

// PutToVote owes a room the post with which a vote opens, and at its end the one
// that tells what came of it.
func PutToVote(ctx context.Context, tx *storage.Tx, voice *phrases.Voice, loc *time.Location, v reading.Vote, room bot.Room) error {
	body, err := json.Marshal(ballotPaper(voice, loc, &v))
	if err != nil {
		return fmt.Errorf("delivery: %w", err)
	}
	for _, d := range []storage.Delivery{
		{Key: ballotKey(v.ID), Kind: Ballot, Body: body, Due: tx.Now},
		{Key: resultKey(v.ID), Kind: Result, Due: v.Closes},
	} {
		d.Token, d.Group, d.Occurrence = Token(d.Key), v.Group, strconv.FormatInt(int64(v.ID), 10)
		d.Platform, d.Room = room.Platform, string(room.ID)
		if _, err := tx.Owe(ctx, d); err != nil {
			return err
		}
	}
	return nil
}

// CloseVote ends a vote now: what came of it is told at once.
func CloseVote(ctx context.Context, tx *storage.Tx, v reading.VoteID) error {
	if err := tx.CloseVote(ctx, v); err != nil {
		return err
	}
	return tx.Hasten(ctx, resultKey(v))
}

// ballotPaper is the post with which a vote opens.
func ballotPaper(voice *phrases.Voice, loc *time.Location, v *reading.Vote) bot.Reply {
	closes := voice.Moment(v.Closes.In(loc), v.Asked)
	post := bot.Reply{
		Title: voice.Say("vote.title", "N", v.N, "Question", v.Question),
		Blocks: []bot.Block{
			{Kind: bot.Numbers},
			{Kind: bot.Small, Text: voice.Say("vote.how", "Closes", closes, "Several", v.Several, "N", v.N)},
		},
		Poll: &bot.Poll{Name: voice.Text("vote.name", "N", v.N), Question: v.Question, Choices: v.Choices, Several: v.Several, Closes: v.Closes},
	}
	for i, c := range v.Choices {
		post.Blocks[0].Items = append(post.Blocks[0].Items, bot.Plain(c))
		post.Actions = append(post.Actions, bot.Action{Label: bot.Clean(fmt.Sprintf("%d · %s", i+1, c), 60), React: bot.Keycap(i + 1),
			Do: bot.Invocation{Command: "vote", Args: map[string]string{"choice": strconv.Itoa(i + 1), "on": strconv.Itoa(v.N)}}})
	}
	return post
}

// Tally is how a vote stands: what was chosen how often, and by how many.
func Tally(ctx context.Context, tx *storage.Tx, voice *phrases.Voice, v *reading.Vote) ([]bot.Block, error) {
	counts, voters, err := tx.CountVotes(ctx, v)
	if err != nil {
		return nil, err
	}
	list := bot.Block{Kind: bot.Numbers}
	for i, c := range v.Choices {
		list.Items = append(list.Items, voice.Say("vote.row", "Choice", c, "Count", counts[i]))
	}
	said := "vote.so_far"
	var names []string
	leading, most := reading.Leading(counts)
	for _, n := range leading {
		names = append(names, v.Choices[n-1])
	}
	if !v.Open(tx.Now) {
		said = "vote.result"
	}
	return []bot.Block{list, bot.Para(voice.Say(said, "Winners", strings.Join(names, voice.Text("vote.tie")), "Tie", len(names) > 1, "Most", most, "Count", voters, "Nobody", voters == 0))}, nil
}

// VoteOf is the vote that a message opened, or told the result of; ErrNotFound
// if it did neither.
func VoteOf(ctx context.Context, tx *storage.Tx, room bot.Room, message bot.MessageID) (reading.Vote, error) {
	d, err := tx.DeliveryOf(ctx, room.Platform, string(room.ID), string(message))
	if err != nil {
		return reading.Vote{}, err
	}
	if d.Kind != Ballot && d.Kind != Result {
		return reading.Vote{}, storage.ErrNotFound
	}
	return voteOf(ctx, tx, d)
}

func voteOf(ctx context.Context, tx *storage.Tx, d storage.Delivery) (reading.Vote, error) {
	id, err := strconv.ParseInt(d.Occurrence, 10, 64)
	if err != nil {
		return reading.Vote{}, fmt.Errorf("delivery: a post of no vote: %w", err)
	}
	return tx.Vote(ctx, reading.VoteID(id))
}

// result is the post that tells what came of a vote.
func (e *Engine) result(ctx context.Context, d storage.Delivery) (post bot.Reply, skip string, err error) {
	err = e.DB.Read(ctx, func(tx *storage.Tx) error {
		v, err := voteOf(ctx, tx, d)
		if errors.Is(err, storage.ErrNotFound) {
			skip = "gone"
			return nil
		}
		if err != nil {
			return err
		}
		g, err := tx.Group(ctx, v.Group)
		if err != nil {
			return err
		}
		voice := e.Phrases.In(g.Language)
		post.Title = voice.Say("vote.result_title", "N", v.N, "Question", v.Question)
		tx.Now = laterOf(tx.Now, v.Closes)
		post.Blocks, err = Tally(ctx, tx, voice, &v)
		return err
	})
	return post, skip, err
}

func laterOf(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// closing is how much later than a vote's end a choice still counts: clocks
// differ by so much.
const closing = 2 * time.Second

// Recount brings what is known of a vote into line with its post: choices that
// were made or taken back there while nobody heard of it. It does nothing where
// people do not vote at the post, or the post is not there.
func (e *Engine) Recount(ctx context.Context, id reading.VoteID) error {
	var post storage.Delivery
	var v reading.Vote
	err := e.DB.Read(ctx, func(tx *storage.Tx) (err error) {
		if v, err = tx.Vote(ctx, id); err == nil {
			post, err = tx.DeliveryNamed(ctx, ballotKey(id))
		}
		return err
	})
	p, ok := e.Platforms[post.Platform].(bot.Balloter)
	if errors.Is(err, storage.ErrNotFound) || !ok || post.Message == "" {
		return nil
	}
	if err != nil {
		return err
	}
	room, on := bot.Room{Platform: post.Platform, ID: bot.RoomID(post.Room)}, bot.MessageID(post.Message)
	if !v.Open(e.Now()) {
		if err := p.EndPoll(ctx, room, on); err != nil && !errors.Is(err, bot.ErrNotFound) {
			return err
		}
	}
	ballots, err := p.Ballots(ctx, room, on)
	if errors.Is(err, bot.ErrNotFound) {
		return nil // it was taken away; what was heard counts
	}
	if err != nil {
		return err
	}
	return e.DB.Write(ctx, func(tx *storage.Tx) error { return reconcile(ctx, tx, &v, ballots) })
}

// recount counts a vote whose result is about to be told. ok is false if the
// post waits for that.
func (s *sending) recount(ctx, stop context.Context) (r result, ok bool) {
	if s.d.Kind != Result {
		return r, true
	}
	id, err := strconv.ParseInt(s.d.Occurrence, 10, 64)
	if err != nil {
		return r, true // it is said when it is written
	}
	if r, ok := s.admit(stop); !ok {
		return r, false
	}
	err = s.Recount(ctx, reading.VoteID(id))
	if err == nil {
		return r, true
	}
	if pe := postError(err); pe.Outcome == bot.Permanent || s.Now().Sub(s.d.Due) > countFor {
		s.Log.Warn("a vote is counted by what was heard of it", "vote", id, "err", err)
		return r, true
	}
	return s.failed(err, s.maybe()), false
}

// countFor is how long the choices at a post are asked for, where the platform
// does not say.
const countFor = time.Hour

// reconcile writes down what stands at a vote's post and was not known, and
// takes back what does not stand there any more.
func reconcile(ctx context.Context, tx *storage.Tx, v *reading.Vote, ballots []bot.Ballot) error {
	known, err := tx.Marks(ctx, v.ID)
	if err != nil {
		return err
	}
	had := map[storage.Marked]bool{}
	for _, m := range known {
		had[m] = true
	}
	stands := map[storage.Marked]bool{}
	for _, b := range ballots {
		if b.Choice < 1 || b.Choice > len(v.Choices) {
			continue
		}
		person, err := tx.PersonOf(ctx, b.Account.Platform, b.Account.ID, bot.Clean(b.Account.Name, 60))
		if err != nil {
			return err
		}
		m := storage.Marked{Person: person, Choice: b.Choice}
		if stands[m] = true; had[m] || b.At.After(v.Closes.Add(closing)) {
			continue // it is known, or came too late
		}
		if err := tx.Mark(ctx, v.ID, person, b.Choice); err != nil {
			return err
		}
	}
	for _, m := range known {
		if !stands[m] {
			if err := tx.Unmark(ctx, v.ID, m.Person, m.Choice); err != nil {
				return err
			}
		}
	}
	return nil
}
