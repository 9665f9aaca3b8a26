package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// event works through one event of a room that the bot is in.
func (s *session) event(ctx context.Context, e *event.Event) (done bool) {
	switch e.Type.Type {
	case event.EventMessage.Type:
		return s.message(ctx, e)
	case event.EventReaction.Type:
		return s.reaction(ctx, e)
	case event.EventRedaction.Type:
		return s.redaction(ctx, e)
	case event.StateTombstone.Type:
		return s.upgraded(ctx, e)
	case event.StatePowerLevels.Type:
		// Perhaps the bot may write again where it could not.
		done, err := s.persist(ctx, "look at the room", func() error {
			direct, err := s.isDirect(ctx, e.RoomID)
			if err == nil && !direct {
				direct, err = s.adopt(ctx, e.RoomID)
			}
			if err == nil && !direct {
				s.h.Changed(ctx, bot.RoomChange{Room: roomOf(e.RoomID), What: bot.Joined})
			}
			return err
		})
		if err != nil && done {
			s.opt.Log.Warn("a room could not be looked at", "room", string(e.RoomID), "err", err)
		}
		return done
	}
	return true
}

// base is what every event has in common; ok is false where the bot must not
// act on it.
func (s *session) base(ctx context.Context, e *event.Event) (out bot.Event, info *roomInfo, ok, done bool) {
	if e.Sender == s.me {
		return out, nil, false, true
	}
	done, err := s.persist(ctx, "look at the room", func() (err error) {
		info, err = s.room(ctx, e.RoomID)
		return err
	})
	if err != nil || !done || info.encrypted {
		return out, nil, false, done
	}
	return bot.Event{
		Key:     keyOf(e.ID),
		At:      time.UnixMilli(e.Timestamp),
		Room:    roomOf(e.RoomID),
		Account: bot.Account{Platform: Name, ID: string(e.Sender), Name: info.name(e.Sender), Manages: info.manages(e.Sender)},
		Direct:  info.direct,
	}, info, true, true
}

// message works through what somebody wrote.
func (s *session) message(ctx context.Context, e *event.Event) (done bool) {
	if parse(e) != nil {
		return true
	}
	m := e.Content.AsMessage()
	if e.Sender == s.me || m.MsgType != event.MsgText || m.Body == "" || m.RelatesTo != nil && m.RelatesTo.GetReplaceID() != "" {
		return true // an edit is not said anew
	}
	out, _, ok, done := s.base(ctx, e)
	if !ok {
		return done
	}
	body := m.Body
	var answered id.EventID
	if m.RelatesTo != nil {
		if answered = m.RelatesTo.GetNonFallbackReplyTo(); answered != "" {
			body = event.TrimReplyFallbackText(body)
		}
		out.Thread = string(m.RelatesTo.GetThreadParent())
	}
	out.Text, out.Addressed = s.addressed(m, body)
	if answered != "" {
		var on ownPost
		done, err := s.persist(ctx, "look at what was answered", func() (err error) {
			on, err = s.ownPost(ctx, e.RoomID, answered)
			return err
		})
		if !done {
			return false
		}
		if err == nil && on.first != "" {
			out.ReplyTo = on.first
			if do := press(on.actions, out.Text); do != nil {
				out.Invocation, out.Text = do, ""
			}
		}
	}
	out.Addressed = out.Addressed || out.Direct
	if !out.Addressed && out.ReplyTo == "" {
		return true // people talk to each other
	}
	reply, ok := s.h.Handle(ctx, out)
	if !ok || reply.Empty() {
		return ctx.Err() == nil
	}
	return s.answer(ctx, out, e.ID, reply)
}

// addressed takes the prefix or the bot's name off a text that is for it.
func (s *session) addressed(m *event.MessageEventContent, body string) (text string, ok bool) {
	body = strings.TrimSpace(body)
	if rest, ok := cutWord(body, Prefix); ok {
		return strings.TrimLeft(rest, " :,"), true
	}
	s.Platform.mu.Lock()
	names := s.names
	s.Platform.mu.Unlock()
	for _, n := range names {
		rest, ok := cutWord(strings.TrimPrefix(body, "@"), strings.TrimPrefix(n, "@"))
		if !ok {
			continue
		}
		// A name at the start of a sentence may be just talked about.
		if mark := strings.TrimLeft(rest, " "); strings.HasPrefix(mark, ":") || strings.HasPrefix(mark, ",") || strings.HasPrefix(body, "@") || s.mentioned(m) {
			return strings.TrimSpace(strings.TrimLeft(mark, ":,")), true
		}
	}
	return body, false
}

func (s *session) mentioned(m *event.MessageEventContent) bool {
	return m.Mentions != nil && m.Mentions.Has(s.me) || strings.Contains(m.FormattedBody, "https://matrix.to/#/"+string(s.me)+`"`)
}

// cutWord takes a word off the start of a text, in whatever case.
func cutWord(text, word string) (rest string, ok bool) {
	if word == "" || len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return text, false
	}
	rest = text[len(word):]
	if r, _ := utf8.DecodeRuneInString(rest); rest != "" && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-') {
		return text, false
	}
	return rest, true
}

func foldAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.ToLower(n)
	}
	return out
}

// reaction works through an emoji that was put on a message.
func (s *session) reaction(ctx context.Context, e *event.Event) (done bool) {
	if e.Sender == s.me || parse(e) != nil {
		return true
	}
	rel := e.Content.AsReaction().RelatesTo
	emoji := strings.ReplaceAll(rel.Key, "\ufe0f", "")
	if rel.EventID == "" || emoji == "" || len(emoji) > 64 {
		return true
	}
	out, _, ok, done := s.base(ctx, e)
	if !ok {
		return done
	}
	var on ownPost
	done, err := s.persist(ctx, "look at what was reacted to", func() (err error) {
		on, err = s.ownPost(ctx, e.RoomID, rel.EventID)
		return err
	})
	if err != nil || on.first == "" || !offers(on.actions, emoji) {
		return done // people tick what they like; it counts where it was asked for
	}
	if err := s.state.react(reaction{ID: e.ID, Room: e.RoomID, Message: id.EventID(on.first), Sender: e.Sender, Emoji: emoji}); err != nil {
		s.opt.Log.Error("a reaction could not be remembered; taking it back will do nothing", "err", err)
	}
	out.Reaction = &bot.Reaction{Message: on.first, Emoji: emoji}
	return s.hand(ctx, out, rel.EventID)
}

// offers reports whether a reaction stands for one of the actions.
func offers(actions []bot.Action, emoji string) bool {
	return slices.ContainsFunc(actions, func(a bot.Action) bool { return strings.ReplaceAll(a.React, "\ufe0f", "") == emoji })
}

// redaction works through a reaction that was taken back.
func (s *session) redaction(ctx context.Context, e *event.Event) (done bool) {
	what := e.Redacts
	if what == "" {
		what = id.EventID(rawString(e, "redacts"))
	}
	r, ok := s.state.reacted(what)
	if !ok || r.Room != e.RoomID {
		return true
	}
	who := *e
	who.Sender = r.Sender // a moderator may have taken it away
	out, _, ok, done := s.base(ctx, &who)
	if !ok {
		return done
	}
	out.Reaction = &bot.Reaction{Message: bot.MessageID(r.Message), Emoji: r.Emoji, Removed: true}
	return s.hand(ctx, out, r.Message)
}

// hand hands on a reaction. What it did is seen; only what is said beyond that
// is answered.
func (s *session) hand(ctx context.Context, e bot.Event, on id.EventID) (done bool) {
	reply, ok := s.h.Handle(ctx, e)
	if !ok || reply.Empty() {
		return ctx.Err() == nil
	}
	return s.answer(ctx, e, on, reply)
}

// answer sends a reply until it is there or was refused. After a send whose
// outcome is not known, and for an event that a process before this one may have answered, it
// looks first.
func (s *session) answer(ctx context.Context, e bot.Event, on id.EventID, reply bot.Reply) (done bool) {
	if reply.Thread == "" {
		reply.Thread = e.Thread
	}
	if reply.Failed || e.Direct {
		// A refusal is answered where it was asked: a letter about it would be
		// more to do about less.
		reply.Private = false
	}
	post := bot.Post{Reply: reply, Key: bot.Key("answer " + e.Key), ReplyTo: bot.MessageID(on), Asker: e.Account.ID, Notice: true}
	done, err := s.send(ctx, e, post)
	if !done {
		return false
	}
	if post.Private {
		if err == nil {
			s.letter(ctx, e, on)
			return true
		}
		post.Reply = bot.Say(s.opt.Voice.Say("direct.failed"))
		post.Key = bot.Key("refused " + e.Key)
		done, err = s.send(ctx, e, post)
	}
	if err != nil && done {
		s.opt.Log.Warn("an answer was refused", "room", e.Room.String(), "err", err)
	}
	return done
}

// letter marks a question that was answered in a direct message.
func (s *session) letter(ctx context.Context, e bot.Event, on id.EventID) {
	c := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: on, Key: "✉️"}}
	_, err := s.cli.SendMessageEvent(ctx, id.RoomID(e.Room.ID), event.EventReaction, c, mautrix.ReqSendEvent{TransactionID: bot.Key("letter " + e.Key)})
	if err != nil {
		s.opt.Log.Debug("a question could not be marked", "err", err)
	}
}

// send sends one post, once.
func (s *session) send(ctx context.Context, e bot.Event, post bot.Post) (done bool, err error) {
	maybe := s.repeated(e.Key)
	return s.persist(ctx, "answer", func() error {
		if maybe {
			room := e.Room
			if post.Private {
				direct, err := s.directRoom(ctx, id.UserID(post.Asker))
				if err != nil {
					return err
				}
				room = roomOf(direct)
			}
			_, err := s.Find(ctx, room, post.Key, e.At)
			if err == nil {
				return nil
			}
			if !errors.Is(err, bot.ErrNotFound) {
				return err
			}
			post.FirstTry = e.At
		}
		_, err := s.Post(ctx, e.Room, post)
		var pe *bot.PostError
		if errors.As(err, &pe) && pe.Outcome == bot.Unknown {
			maybe = true
		}
		return err
	})
}

// invited joins a room if whoever invites may, and declines otherwise. The
// same invitation may come twice.
func (s *session) invited(ctx context.Context, room id.RoomID, state []*event.Event) (done bool) {
	var by id.UserID
	direct := false
	for _, e := range state {
		if e.Type.Type == event.StateMember.Type && e.GetStateKey() == string(s.me) && rawString(e, "membership") == "invite" {
			by = e.Sender
			direct, _ = rawOf(e)["is_direct"].(bool)
		}
	}
	if !s.allows(by) {
		s.opt.Log.Info("an invitation was declined", "room", string(room), "by", string(by))
		done, _ := s.persist(ctx, "decline an invitation", func() error {
			_, err := s.cli.LeaveRoom(ctx, room, &mautrix.ReqLeave{Reason: s.opt.Voice.Say("invite.refused").String()})
			return err
		})
		return done
	}
	done, err := s.persist(ctx, "join a room", func() error {
		_, err := s.cli.JoinRoomByID(ctx, room)
		return err
	})
	if err != nil || !done {
		if done {
			s.opt.Log.Warn("a room could not be joined", "room", string(room), "err", err)
		}
		return done
	}
	s.forgetRoom(room)
	var info *roomInfo
	done, err = s.persist(ctx, "look at the room", func() (err error) {
		info, err = s.room(ctx, room)
		return err
	})
	if err != nil || !done {
		return done
	}
	if info.encrypted {
		s.opt.Log.Info("an encrypted room was left", "room", string(room), "by", string(by))
		done, _ := s.persist(ctx, "leave a room", func() error {
			_, err := s.cli.LeaveRoom(ctx, room, &mautrix.ReqLeave{Reason: s.opt.Voice.Say("invite.encrypted").String()})
			return err
		})
		return done
	}
	if direct {
		if done, err := s.persist(ctx, "remember a direct room", func() error { return s.addDirect(ctx, by, room) }); !done {
			return false
		} else if err != nil {
			s.opt.Log.Warn("a direct room could not be remembered", "err", err)
		}
	}
	if done, was := s.follow(ctx, room); !done || was {
		return done
	}
	s.h.Changed(ctx, bot.RoomChange{Room: roomOf(room), What: bot.Joined, By: bot.Account{Platform: Name, ID: string(by), Name: info.name(by), Manages: info.manages(by)}})
	return true
}

// allows reports whether somebody's invitations are accepted.
func (s *session) allows(who id.UserID) bool {
	if who == "" {
		return false
	}
	for _, pattern := range s.opt.AllowInvites {
		if pattern == "*" {
			return true
		}
		// No character of a user ID but * is special here.
		escaped := strings.NewReplacer(`\`, `\\`, `[`, `\[`, `?`, `\?`).Replace(pattern)
		if ok, err := path.Match(escaped, strings.ReplaceAll(string(who), "/", "\x00")); ok && err == nil {
			return true
		}
		if pattern == string(who) {
			return true
		}
	}
	return false
}

// left tells that the bot was removed from a room.
func (s *session) left(ctx context.Context, room id.RoomID, events []*event.Event) (done bool) {
	for i := len(events) - 1; i >= 0; i-- {
		e := events[i]
		if e.Type.Type != event.StateMember.Type || e.GetStateKey() != string(s.me) {
			continue
		}
		if m := rawString(e, "membership"); e.Sender != s.me && (m == "leave" || m == "ban") {
			s.h.Changed(ctx, bot.RoomChange{Room: roomOf(room), What: bot.Removed, Reason: rawString(e, "reason"), By: bot.Account{Platform: Name, ID: string(e.Sender), Name: e.Sender.Localpart()}})
		}
		return true
	}
	return true
}

// upgraded follows a room to the one that takes its place, if that one says so
// too.
func (s *session) upgraded(ctx context.Context, e *event.Event) (done bool) {
	next := id.RoomID(rawString(e, "replacement_room"))
	if next == "" {
		return true
	}
	done, err := s.persist(ctx, "follow a room", func() error {
		_, err := s.cli.JoinRoom(ctx, string(next), &mautrix.ReqJoinRoom{Via: []string{e.Sender.Homeserver()}})
		return err
	})
	if err != nil || !done {
		if done {
			// It needs an invitation first; the rooms are told to be one when
			// it comes.
			s.opt.Log.Warn("the room that takes another's place could not be joined", "room", string(e.RoomID), "new", string(next), "err", err)
			s.h.Changed(ctx, bot.RoomChange{Room: roomOf(e.RoomID), What: bot.Removed, Reason: "upgraded, and the new room cannot be joined"})
		}
		return done
	}
	if done, was := s.follow(ctx, next); !done || was {
		return done
	}
	s.opt.Log.Warn("a room that is said to take another's place does not say so itself, and was left", "room", string(e.RoomID), "new", string(next))
	done, _ = s.persist(ctx, "leave a room", func() error { _, err := s.cli.LeaveRoom(ctx, next); return err })
	return done
}

// follow tells that a room takes another's place, if both of them say so.
func (s *session) follow(ctx context.Context, next id.RoomID) (done, was bool) {
	var create event.CreateEventContent
	done, err := s.persist(ctx, "look at a new room", func() error {
		return s.cli.StateEvent(ctx, next, event.StateCreate, "", &create)
	})
	if err != nil || create.Predecessor == nil || create.Predecessor.RoomID == "" {
		return done, false
	}
	old := create.Predecessor.RoomID
	var end event.TombstoneEventContent
	done, err = s.persist(ctx, "look at an old room", func() error {
		return s.cli.StateEvent(ctx, old, event.StateTombstone, "", &end)
	})
	if err != nil || end.ReplacementRoom != next {
		return done, false
	}
	s.h.Changed(ctx, bot.RoomChange{Room: roomOf(old), What: bot.Upgraded, New: bot.RoomID(next)})
	return true, true
}

// parse reads an event's content into its type.
func parse(e *event.Event) error {
	if e.Content.Parsed != nil {
		return nil
	}
	e.Type.Class = event.MessageEventType
	return e.Content.ParseRaw(e.Type)
}

func rawOf(e *event.Event) map[string]any {
	if e.Content.Raw == nil && e.Content.VeryRaw != nil {
		_ = json.Unmarshal(e.Content.VeryRaw, &e.Content.Raw) // nothing is in it then
	}
	return e.Content.Raw
}

func rawString(e *event.Event, field string) string {
	v, _ := rawOf(e)[field].(string)
	return v
}

// number is a whole number in an event's content, 0 if there is none.
func number(e *event.Event, field string) int {
	n, _ := rawOf(e)[field].(float64)
	return int(n)
}

func actionsOf(raw map[string]any) (out []bot.Action) {
	text, err := json.Marshal(raw[actionsField])
	if err != nil || json.Unmarshal(text, &out) != nil {
		return nil
	}
	return out
}

// A roomInfo is what is known of a room until something in it changes.
type roomInfo struct {
	encrypted bool
	direct    bool // the bot and one other, in a room that has no name
	levels    event.PowerLevelsEventContent
	members   map[id.UserID]mautrix.JoinedMember
}

func (i *roomInfo) manages(who id.UserID) bool { return i.levels.GetUserLevel(who) >= 50 }

func (i *roomInfo) name(who id.UserID) string {
	if n := bot.Clean(i.members[who].DisplayName, 60); n != "" {
		return n
	}
	return who.Localpart()
}

func (p *Platform) forgetRoom(r id.RoomID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.rooms, r)
}

// room asks the server what it must know of a room. Whatever cannot be found
// out is an error: a bot that is not sure must not speak.
func (p *Platform) room(ctx context.Context, r id.RoomID) (*roomInfo, error) {
	p.mu.Lock()
	info, ok := p.rooms[r]
	p.mu.Unlock()
	if ok {
		return info, nil
	}
	info = &roomInfo{}
	var encryption event.EncryptionEventContent
	switch err := p.cli.StateEvent(ctx, r, event.StateEncryption, "", &encryption); {
	case err == nil:
		info.encrypted = true
	case status(err) != http.StatusNotFound || code(err) == "M_UNRECOGNIZED" || code(err) == "":
		return nil, err
	}
	create, err := p.cli.FullStateEvent(ctx, r, event.StateCreate, "")
	if err != nil {
		return nil, err
	}
	if err := p.cli.StateEvent(ctx, r, event.StatePowerLevels, "", &info.levels); err != nil && status(err) != http.StatusNotFound {
		return nil, err
	}
	info.levels.CreateEvent = create
	members, err := p.cli.JoinedMembers(ctx, r)
	if err != nil {
		return nil, err
	}
	info.members = members.Joined
	if len(info.members) == 2 {
		if info.direct, err = p.isDirect(ctx, r); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	p.rooms[r] = info
	p.mu.Unlock()
	return info, nil
}
