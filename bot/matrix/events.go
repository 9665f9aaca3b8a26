package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
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
func (s *session) event(ctx context.Context, e *event.Event, b *batch) (done bool) {
	switch e.Type.Type {
	case event.EventEncrypted.Type:
		return s.secret(ctx, e, b)
	case event.EventMessage.Type:
		return s.message(ctx, e)
	case event.EventReaction.Type:
		return s.reaction(ctx, e)
	case event.EventRedaction.Type:
		return s.redaction(ctx, e)
	case event.StateTombstone.Type:
		return s.upgraded(ctx, e)
	case event.StateRoomName.Type:
		s.named(e.RoomID, rawString(e, "name"))
	case event.StateEncryption.Type:
		s.opt.Log.Info("a room is encrypted from now on", "room", string(e.RoomID), "keys", s.keys() != nil)
	case event.StatePowerLevels.Type:
		// Perhaps the bot may write again where it could not.
		done, err := s.persist(ctx, "look at the room", func() error {
			direct, err := s.isDirect(ctx, e.RoomID)
			if err == nil && !direct {
				direct, err = s.adopt(ctx, e.RoomID)
			}
			if err == nil && !direct {
				s.changed(bot.RoomChange{Room: roomOf(e.RoomID), What: bot.Joined})
			}
			return err
		})
		if err != nil && done {
			s.opt.Log.Warn("a room could not be looked at", "room", string(e.RoomID), "err", err)
		}
		s.busy.Go(func() { s.describeIn(s.stop, e.RoomID) })
		return done
	}
	return true
}

// base is what every event has in common; ok is false where the bot must not
// act on it.
func (s *session) base(ctx context.Context, e *event.Event) (out bot.Event, info *roomInfo, ok, done bool) {
	if e.Sender == s.me || s.ignores(e.Sender) {
		return out, nil, false, true
	}
	done, err := s.persist(ctx, "look at the room", func() (err error) {
		info, err = s.room(ctx, e.RoomID)
		return err
	})
	if err != nil || !done {
		if done && err != nil {
			s.opt.Log.Warn("an event was passed over, since its room could not be looked at", "room", string(e.RoomID), "event", string(e.ID), "err", err)
		}
		return out, nil, false, done
	}
	if info.encryption != nil && (s.keys() == nil || e.Type.Type == event.EventMessage.Type && !e.Mautrix.WasEncrypted) {
		return out, nil, false, true // nobody can know who wrote it
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
	body := words(m)
	if e.Sender == s.me || body == "" || m.RelatesTo != nil && m.RelatesTo.GetReplaceID() != "" {
		return true // an edit is not said anew
	}
	out, _, ok, done := s.base(ctx, e)
	if !ok {
		return done
	}
	var answered id.EventID
	if m.RelatesTo != nil {
		if answered = m.RelatesTo.GetNonFallbackReplyTo(); answered != "" {
			body = event.TrimReplyFallbackText(body)
		}
		out.Thread = string(m.RelatesTo.GetThreadParent())
	}
	out.Text, out.Addressed = s.addressed(m, body, s.prefixOf(ctx, e.RoomID))
	switch {
	case m.MsgType == event.MsgFile:
		out.Fetch = func(ctx context.Context, limit int64) (*bot.File, error) { return s.file(ctx, m, limit) }
	case answered != "":
		out.Fetch = func(ctx context.Context, limit int64) (*bot.File, error) {
			return s.fileOf(ctx, e.RoomID, answered, limit)
		}
	}
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
			out.ReplyTo, out.ReplyKey = on.first, on.key
			if do := press(on.actions, out.Text); do != nil {
				out.Invocation, out.Text = do, ""
			}
		}
	}
	if do := s.filledIn(m); do != nil {
		out.Invocation, out.Text, out.Addressed = do, "", true
	}
	out.Addressed = out.Addressed || out.Direct
	if answered != "" && out.ReplyTo == "" && out.Addressed {
		done, _ := s.persist(ctx, "read what was answered", func() (err error) {
			out.Quoted, err = s.said(ctx, e.RoomID, answered)
			return err
		})
		if !done {
			return false
		}
	}
	out.Overheard = !out.Addressed && out.Invocation == nil
	if !out.Addressed && out.ReplyTo == "" && !strings.Contains(out.Text, "[") {
		return true // people talk to each other, and cite nothing
	}
	reply, ok := s.h.Handle(ctx, out)
	if !ok || reply.Empty() {
		return ctx.Err() == nil
	}
	return s.answer(ctx, out, e.ID, reply)
}

// said is what a message says, "" if it says nothing or cannot be read.
func (s *session) said(ctx context.Context, room id.RoomID, message id.EventID) (string, error) {
	e, err := s.getEvent(ctx, room, message)
	hidden := status(err) == http.StatusNotFound || status(err) == http.StatusForbidden
	if err != nil && !hidden {
		return "", err
	}
	if hidden || e.Type.Type != event.EventMessage.Type {
		return "", nil
	}
	if parse(e) != nil {
		return "", nil //nolint:nilerr // what cannot be read says nothing
	}
	m := e.Content.AsMessage()
	if m.MsgType != event.MsgText && m.MsgType != event.MsgNotice && m.MsgType != event.MsgEmote {
		return "", nil
	}
	if m.RelatesTo.GetNonFallbackReplyTo() != "" {
		return event.TrimReplyFallbackText(m.Body), nil
	}
	return m.Body, nil
}

// addressed takes the prefix or the bot's name off a text that is for it; own is
// the room's own prefix.
func (s *session) addressed(m *event.MessageEventContent, body, own string) (text string, ok bool) {
	body = strings.TrimSpace(body)
	if own != "" && lettered(own) {
		if rest, ok := cutWord(body, own); ok {
			return strings.TrimLeft(rest, " :,"), true
		}
	} else if rest, ok := strings.CutPrefix(body, own); ok && own != "" {
		if r, _ := utf8.DecodeRuneInString(rest); unicode.IsLetter(r) { // "!!!" and "? what" are no commands
			return rest, true
		}
	}
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
	do, turns := turns(on.actions)[emoji]
	if err != nil || on.first == "" || !turns && !offers(on.actions, emoji) {
		return done // people tick what they like; it counts where it was asked for
	}
	if err := s.state.react(reaction{ID: e.ID, Room: e.RoomID, Message: id.EventID(on.first), Sender: e.Sender, Emoji: emoji}); err != nil {
		s.opt.Log.Error("a reaction could not be remembered; taking it back will do nothing", "err", err)
	}
	if turns {
		return s.turn(ctx, out, on, do)
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
	if r.Emoji == back || r.Emoji == forward {
		var on ownPost
		done, err := s.persist(ctx, "look at what was reacted to", func() (err error) {
			on, err = s.ownPost(ctx, e.RoomID, r.Message)
			return err
		})
		do, turns := turns(on.actions)[r.Emoji]
		if err != nil || !done || !turns {
			return done
		}
		return s.turn(ctx, out, on, do)
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
// outcome is not known, and for an event that a process before this one may
// have answered, it looks first; and where the request may still be on its way,
// it lets that settle before it looks, since a homeserver may take two that
// arrive together for two answers.
func (s *session) answer(ctx context.Context, e bot.Event, on id.EventID, reply bot.Reply) (done bool) {
	if reply.Thread == "" {
		reply.Thread = e.Thread
	}
	if reply.Failed || e.Direct {
		// A refusal is answered where it was asked: a letter about it would be
		// more to do about less.
		reply.Private = false
	}
	post := bot.Post{Reply: reply, Key: bot.AnswerKey(e.Key), ReplyTo: bot.MessageID(on), Asker: e.Account.ID, Notice: true}
	before, err := s.state.begin(e.Key)
	if err != nil {
		s.opt.Log.Error("it could not be noted that an answer is sent; whoever is killed now may give it twice", "err", err)
	}
	if before {
		pause(s.stop, s.began.Add(s.opt.Settle).Sub(s.opt.Now()))
		if s.stop.Err() != nil {
			return false
		}
	}
	if post.Private {
		if open, done := s.openTo(ctx, e, on, post); !open {
			return done
		}
	}
	sent, done, err := s.send(ctx, e, post)
	if !done {
		return false
	}
	switch {
	case post.Private && err == nil:
		s.letter(ctx, e, on)
		return true
	case post.Private:
		post.Reply = bot.Say(s.opt.Voice.Say("direct.failed"))
		post.Key = bot.Key("refused " + e.Key)
		_, done, err = s.send(ctx, e, post)
	case err == nil && sent != "":
		// What is said next in the room need not wait for them.
		s.busy.Go(func() { s.arrows(ctx, id.RoomID(e.Room.ID), sent, post) })
	}
	if err != nil && done {
		s.opt.Log.Warn("an answer was refused", "room", e.Room.String(), "err", err)
	}
	return done
}

// openTo reports whether somebody has opened a room for what is for them alone.
// If not, they are asked to, once in a while, and the answer waits until they
// do: a bot that invites people is one more invitation to refuse.
func (s *session) openTo(ctx context.Context, e bot.Event, on id.EventID, post bot.Post) (open, done bool) {
	var room id.RoomID
	done, err := s.persist(ctx, "look for a direct room", func() error {
		info, err := s.room(ctx, id.RoomID(e.Room.ID))
		if err != nil {
			return err
		}
		s.making.Lock()
		defer s.making.Unlock()
		room, err = s.directOf(ctx, id.UserID(e.Account.ID), info.encryption != nil)
		return err
	})
	if !done || room != "" {
		return room != "", done
	}
	if err == nil {
		err = s.state.owe(letter{User: id.UserID(e.Account.ID), Room: id.RoomID(e.Room.ID), Event: id.EventID(strings.TrimPrefix(e.Key, Name+":"))})
	}
	if err != nil {
		s.opt.Log.Error("an answer for one person alone could not be kept for them", "room", e.Room.String(), "err", err)
	}
	if !s.invites(e) {
		s.letter(ctx, e, on)
		return false, true
	}
	post.Reply = bot.Say(s.opt.Voice.Say("direct.open", "Me", string(s.me)))
	post.Reply.Thread = e.Thread
	post.Key = bot.Key("open " + e.Key)
	_, done, err = s.send(ctx, e, post)
	if err != nil && done {
		s.opt.Log.Warn("an answer was refused", "room", e.Room.String(), "err", err)
	}
	return false, done
}

// inviteEvery is how often one person is asked, in one room, to open a direct
// one.
const inviteEvery = 12 * time.Hour

func (s *session) invites(e bot.Event) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	who, now := e.Account.ID+" "+string(e.Room.ID), s.opt.Now()
	if at, ok := s.asked.get(who); ok && now.Sub(at) < inviteEvery && !s.repeats[e.Key] {
		return false
	}
	s.asked.put(who, now)
	return true
}

// letters answers what somebody asked before they opened a room to be answered
// in.
func (s *session) letters(ctx context.Context, who id.UserID) {
	owed, err := s.state.owed(who)
	if err != nil {
		s.opt.Log.Error("what is kept for somebody could not be read", "err", err)
	}
	for _, l := range owed {
		e, err := s.getEvent(ctx, l.Room, l.Event)
		if err != nil {
			s.opt.Log.Warn("what somebody asked is gone", "room", string(l.Room), "err", err)
			continue
		}
		e.RoomID, e.Timestamp = l.Room, s.opt.Now().UnixMilli() // it was not late when it was said
		s.mu.Lock()
		s.enqueue(l.Room, job{do: func(ctx context.Context) bool { return s.event(ctx, e, nil) }})
		s.mu.Unlock()
	}
}

// letter marks a question that was answered in a direct message.
func (s *session) letter(ctx context.Context, e bot.Event, on id.EventID) {
	c := &event.ReactionEventContent{RelatesTo: event.RelatesTo{Type: event.RelAnnotation, EventID: on, Key: "✉️"}}
	_, err := s.cli.SendMessageEvent(ctx, id.RoomID(e.Room.ID), event.EventReaction, c, mautrix.ReqSendEvent{TransactionID: bot.Key("letter " + e.Key)})
	if err != nil {
		s.opt.Log.Debug("a question could not be marked", "err", err)
	}
}

// send sends one post, once. sent is "" for one that was there already.
func (s *session) send(ctx context.Context, e bot.Event, post bot.Post) (sent bot.MessageID, done bool, err error) {
	maybe := s.repeated(e.Key)
	done, err = s.persist(ctx, "answer", func() (err error) {
		if maybe {
			room := e.Room
			if post.Private {
				direct, err := s.directFrom(ctx, id.UserID(post.Asker), id.RoomID(e.Room.ID))
				if err != nil {
					return err
				}
				room = roomOf(direct)
			}
			_, err = s.Find(ctx, room, post.Key, e.At)
			if err == nil {
				return nil
			}
			if !errors.Is(err, bot.ErrNotFound) {
				return err
			}
			post.FirstTry = e.At
		}
		sent, err = s.Post(ctx, e.Room, post)
		var pe *bot.PostError
		if errors.As(err, &pe) && pe.Outcome == bot.Unknown {
			maybe, pe.After = true, max(pe.After, s.opt.Settle)
		}
		return err
	})
	return sent, done, err
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
