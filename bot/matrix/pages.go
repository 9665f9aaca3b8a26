package matrix

import (
	"context"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// The reactions that turn pages, and what their buttons' labels bear.
const (
	back    = "◀"
	forward = "▶"
)

// turns are the actions of a message that turn its pages, by the reactions that
// stand for them.
func turns(actions []bot.Action) map[string]bot.Invocation {
	out := map[string]bot.Invocation{}
	for _, a := range actions {
		switch label := strings.TrimSpace(a.Label); {
		case a.Ask != "":
		case strings.HasPrefix(label, back):
			out[back] = a.Do
		case strings.HasSuffix(label, forward):
			out[forward] = a.Do
		}
	}
	return out
}

// turn shows another page in the place of the one that is there, if the person
// who asked for it wants that: others would be shown what they have not asked
// for. A reaction is put or taken back by the same tap, so that both turn.
func (s *session) turn(ctx context.Context, e bot.Event, on ownPost, do bot.Invocation) (done bool) {
	if on.asker == "" || on.asker != id.UserID(e.Account.ID) {
		return true
	}
	e.Reaction, e.Invocation, e.ReplyTo = nil, &do, on.first
	reply, ok := s.h.Handle(ctx, e)
	if !ok || reply.Empty() {
		return ctx.Err() == nil
	}
	if reply.Failed || reply.Private {
		return s.answer(ctx, e, id.EventID(on.first), reply)
	}
	post := bot.Post{Reply: reply, Key: bot.Key("answer " + e.Key), Asker: e.Account.ID, Notice: true}
	done, err := s.persist(ctx, "turn a page", func() error { return s.Edit(ctx, e.Room, on.first, post) })
	if err != nil && done {
		s.opt.Log.Warn("a page could not be turned", "room", e.Room.String(), "err", err)
	}
	return done
}

// arrows puts the reactions that turn an answer's pages under it, so that they
// need not be looked for. It helps, and nothing hangs on it.
func (s *session) arrows(ctx context.Context, room id.RoomID, on bot.MessageID, post bot.Post) {
	t := turns(post.Actions)
	for _, arrow := range []string{back, forward} {
		if _, ok := t[arrow]; !ok {
			continue
		}
		c := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: id.EventID(on), Key: arrow}}
		_, err := s.cli.SendMessageEvent(ctx, room, event.EventReaction, c, mautrix.ReqSendEvent{TransactionID: bot.Key(arrow + " " + post.Key)})
		if err != nil {
			s.opt.Log.Debug("an answer got no arrows", "err", err)
			return
		}
	}
}

// latest is what one of the bot's messages says since it was last edited.
func (p *Platform) latest(ctx context.Context, room id.RoomID, e *event.Event) *event.Event {
	resp, err := p.cli.GetRelations(ctx, room, e.ID, &mautrix.ReqGetRelations{RelationType: event.RelReplace, Dir: mautrix.DirectionBackward, Limit: 10})
	if err != nil {
		return e // a homeserver that does not know of it
	}
	newest := e
	for _, x := range resp.Chunk {
		if x.Sender == p.me && x.Timestamp >= newest.Timestamp {
			newest = x
		}
	}
	if newest == e {
		return e
	}
	if newest.RoomID = room; newest.Type.Type == event.EventEncrypted.Type && p.keys() != nil {
		plain, err := p.keys().decrypt(ctx, newest)
		if err != nil {
			return e
		}
		return plain
	}
	return newest
}
