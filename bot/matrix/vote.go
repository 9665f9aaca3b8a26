package matrix

import (
	"context"
	"net/http"
	"slices"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// People vote by reactions, which every client has; few have polls, and none
// shows those of another version of the proposal (MSC3381).

// offer puts the numbers under a post, so that they need not be looked for. It
// helps, and nothing hangs on it.
func (p *Platform) offer(ctx context.Context, room id.RoomID, on bot.MessageID, post bot.Post) {
	for n := range post.Poll.Choices {
		key := bot.Keycap(n + 1)
		if key == "" {
			return
		}
		c := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: id.EventID(on), Key: key}}
		_, err := p.cli.SendMessageEvent(ctx, room, event.EventReaction, c, mautrix.ReqSendEvent{TransactionID: bot.Key(key + " " + post.Key)})
		if err != nil {
			p.opt.Log.Debug("a vote got no numbers", "err", err)
			return
		}
	}
}

// Ballots implements bot.Balloter: the reactions that stand at a message, as the
// homeserver has them.
func (p *Platform) Ballots(ctx context.Context, room bot.Room, on bot.MessageID) (out []bot.Ballot, err error) {
	in := id.RoomID(room.ID)
	info, err := p.room(ctx, in)
	if err != nil {
		return nil, sendError(err)
	}
	from := ""
	for range maxPages {
		page, err := p.cli.GetRelations(ctx, in, id.EventID(on), &mautrix.ReqGetRelations{RelationType: event.RelAnnotation, Dir: mautrix.DirectionBackward, From: from, Limit: 100})
		switch {
		case status(err) == http.StatusNotFound && code(err) == mautrix.MNotFound.ErrCode:
			return nil, bot.ErrNotFound
		case err != nil:
			return nil, sendError(err)
		}
		for _, e := range page.Chunk {
			if e.Type.Type != event.EventReaction.Type || e.Sender == p.me || matches(p.opt.Ignore, e.Sender) || e.Unsigned.RedactedBecause != nil || parse(e) != nil {
				continue
			}
			rel := e.Content.AsReaction().RelatesTo
			n := bot.KeycapNumber(rel.Key)
			if n == 0 || rel.EventID != id.EventID(on) {
				continue
			}
			who := bot.Account{Platform: Name, ID: string(e.Sender)}
			if _, here := info.members[e.Sender]; here { // of others the name is not known
				who.Name = info.name(e.Sender)
			}
			out = append(out, bot.Ballot{Account: who, Choice: n, At: p.here(e.Timestamp)})
		}
		if page.NextBatch == "" || page.NextBatch == from {
			break
		}
		from = page.NextBatch
	}
	slices.SortStableFunc(out, func(a, b bot.Ballot) int { return a.At.Compare(b.At) })
	return out, nil
}

// here is a homeserver's instant, in milliseconds, by the bot's clock.
func (p *Platform) here(ms int64) time.Time {
	at := time.UnixMilli(ms)
	if theirs, ok := p.ServerTime(); ok {
		return p.opt.Now().Add(at.Sub(theirs))
	}
	return at
}

// EndPoll implements bot.Balloter. Reactions cannot be closed: those that come
// later do not count.
func (*Platform) EndPoll(context.Context, bot.Room, bot.MessageID) error { return nil }
