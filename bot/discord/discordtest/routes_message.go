package discordtest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// nonceWindow is how long an enforced nonce finds its message again. Discord
// says "the past few minutes".
const nonceWindow = 3 * time.Minute

// channelOf is the channel that a path names.
func (s *Server) channelOf(c *call) (*channel, error) {
	ch := s.channels[c.vars["channel_id"]]
	if ch == nil || ch.guild != nil && ch.guild.unavailable {
		return nil, unknownChannel
	}
	if ch.guild != nil && ch.guild.members[s.app.bot.ID] == nil {
		return nil, missingAccess
	}
	return ch, nil
}

// messageOf is the message that a path names, if the bot may read it.
func (s *Server) messageOf(c *call, p Permission) (*channel, *Message, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, nil, err
	}
	if err := s.need(ch, p); err != nil {
		return nil, nil, err
	}
	m := s.message(ch, c.vars["message_id"])
	if m == nil || m.Ephemeral() {
		return nil, nil, unknownMessage
	}
	return ch, m, nil
}

// maySend says whether the bot may send a body into a channel.
func (s *Server) maySend(ch *channel, body object, files []upload) error {
	if !ch.takesMessages() {
		return notAText
	}
	if ch.kind == Direct {
		for _, u := range ch.recipients {
			if u.blocks {
				return cannotMessage
			}
		}
	}
	p := SendMessages
	if ch.isThread() {
		p = SendMessagesInThreads
		if ch.locked && !s.rights(ch, s.app.bot.ID).has(ManageThreads) {
			return threadLocked
		}
	}
	if len(files) > 0 {
		p |= AttachFiles
	}
	if _, ok := body["poll"].(object); ok {
		p |= SendPolls
	}
	if _, ok := body["message_reference"].(object); ok {
		p |= ReadMessageHistory
	}
	return s.need(ch, p)
}

func (s *Server) createMessage(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.maySend(ch, c.body, c.files); err != nil {
		return nil, err
	}
	if enforced, _ := c.body["enforce_nonce"].(bool); enforced {
		for _, m := range slices.Backward(ch.messages) {
			if s.time().Sub(m.Created) >= nonceWindow {
				break
			}
			if m.Nonce == nonce(c.body) && m.Author == s.app.bot.ID && !m.Deleted {
				return m.json(s), nil
			}
		}
	}
	if ref, ok := c.body["message_reference"].(object); ok {
		must := true
		if v, ok := ref["fail_if_not_exists"].(bool); ok {
			must = v
		}
		if s.message(ch, str(ref, "message_id")) == nil {
			if must {
				return nil, malformed(UnknownReference, "message_reference", "Unknown message")
			}
			delete(c.body, "message_reference")
		}
	}
	m := s.compose(c, c.body, ch)
	if ch.isThread() && ch.archived {
		ch.archived = false
		s.dispatch(ch.guild, IntentGuilds, "THREAD_UPDATE", ch.json(s))
	}
	s.publish(ch, m)
	return m.json(s), nil
}

func (s *Server) editMessage(c *call) (any, error) {
	ch, m, err := s.messageOf(c, 0)
	if err != nil {
		return nil, err
	}
	if m.Author != s.app.bot.ID {
		return nil, notOurMessage
	}
	if err := s.checkEdit(c, m); err != nil {
		return nil, err
	}
	s.revise(c, c.body, m)
	m.Edited = s.time()
	s.tellMessage(ch, "MESSAGE_UPDATE", m)
	return m.json(s), nil
}

func (s *Server) deleteMessage(c *call) (any, error) {
	ch, m, err := s.messageOf(c, 0)
	if err != nil {
		return nil, err
	}
	if m.Author != s.app.bot.ID {
		if err := s.need(ch, ManageMessages); err != nil {
			return nil, err
		}
	}
	s.remove(ch, m)
	return nil, nil
}

func (s *Server) remove(ch *channel, m *Message) {
	m.Deleted = true
	ch.pins = slices.DeleteFunc(ch.pins, func(id string) bool { return id == m.ID })
	data := object{"id": m.ID, "channel_id": ch.id}
	if ch.guild != nil {
		data["guild_id"] = ch.guild.id
	}
	if !m.Ephemeral() {
		s.dispatch(ch.guild, messagesIn(ch), "MESSAGE_DELETE", data)
	}
	s.bump()
}

func (s *Server) getMessage(c *call) (any, error) {
	_, m, err := s.messageOf(c, ReadMessageHistory)
	if err != nil {
		return nil, err
	}
	return s.withoutContent(m), nil
}

// withoutContent is the message as one reads it who has no right to content:
// the intent counts for REST as it does for events.
func (s *Server) withoutContent(m *Message) object {
	out := m.json(s)
	if !s.readsContent(m) {
		blank(out)
	}
	return out
}

func blank(out object) {
	out["content"], out["embeds"], out["attachments"], out["components"] = "", []any{}, []any{}, []any{}
	delete(out, "poll")
}

// readsContent: an application without the privileged intent reads its own
// messages, direct ones, and those that mention it.
func (s *Server) readsContent(m *Message) bool {
	return m.Guild == "" || m.Author == s.app.bot.ID || slices.Contains(m.mentions, s.app.bot.ID) ||
		s.opts.Privileged&IntentMessageContent != 0
}

func (s *Server) listMessages(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.need(ch, 0); err != nil {
		return nil, err
	}
	out := []any{}
	if !s.rights(ch, s.app.bot.ID).has(ReadMessageHistory) {
		return out, nil
	}
	limit := 50
	if l := c.query.Get("limit"); l != "" {
		n, err := strconv.Atoi(l)
		if err != nil || n < 1 || n > 100 {
			return nil, malformed(BadQuery, "limit", "int value should be between 1 and 100.")
		}
		limit = n
	}
	before, after, around := c.query.Get("before"), c.query.Get("after"), c.query.Get("around")
	var seen []*Message
	for _, m := range ch.messages {
		if m.Deleted || m.Ephemeral() {
			continue
		}
		n := number(m.ID)
		if before != "" && n >= number(before) || after != "" && n <= number(after) {
			continue
		}
		seen = append(seen, m)
	}
	switch {
	case around != "":
		i, _ := slices.BinarySearchFunc(seen, number(around), func(m *Message, n uint64) int {
			if number(m.ID) < n {
				return -1
			}
			return 1
		})
		from := max(i-limit/2, 0)
		seen = seen[from:min(from+limit, len(seen))]
	case after != "":
		seen = seen[:min(limit, len(seen))]
	default:
		seen = seen[max(len(seen)-limit, 0):]
	}
	for _, m := range slices.Backward(seen) { // newest first, whichever way
		out = append(out, s.withoutContent(m))
	}
	return out, nil
}

// maxPinned is how many messages a channel pins.
const maxPinned = 250

func (s *Server) pin(c *call) (any, error) {
	ch, m, err := s.messageOf(c, PinMessages)
	if err != nil {
		return nil, err
	}
	if m.Pinned {
		return nil, nil
	}
	if len(ch.pins) >= maxPinned {
		return nil, maxPins
	}
	m.Pinned = true
	ch.pins = append([]string{m.ID}, ch.pins...)
	s.tellPins(ch)
	return nil, nil
}

func (s *Server) unpin(c *call) (any, error) {
	ch, m, err := s.messageOf(c, PinMessages)
	if err != nil {
		return nil, err
	}
	m.Pinned = false
	ch.pins = slices.DeleteFunc(ch.pins, func(id string) bool { return id == m.ID })
	s.tellPins(ch)
	return nil, nil
}

func (s *Server) tellPins(ch *channel) {
	data := object{"channel_id": ch.id, "last_pin_timestamp": stamp(s.time())}
	if ch.guild != nil {
		data["guild_id"] = ch.guild.id
	}
	s.dispatch(ch.guild, IntentGuilds, "CHANNEL_PINS_UPDATE", data)
}

func (s *Server) listPins(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.need(ch, ReadMessageHistory); err != nil {
		return nil, err
	}
	items, plain := []any{}, []any{}
	for _, id := range ch.pins {
		if m := s.message(ch, id); m != nil {
			items = append(items, object{"pinned_at": stamp(s.time()), "message": s.withoutContent(m)})
			plain = append(plain, s.withoutContent(m))
		}
	}
	if strings.HasSuffix(c.route.pattern, "/messages/pins") {
		return object{"items": items, "has_more": false}, nil
	}
	return plain, nil
}

// maxEmoji is how many different reactions a message takes.
const maxEmoji = 20

func (s *Server) react(c *call) (any, error) {
	ch, m, err := s.messageOf(c, ReadMessageHistory)
	if err != nil {
		return nil, err
	}
	e := c.vars["emoji_name"]
	if len(e) < 2 || strings.ContainsAny(e, " \n") {
		return nil, unknownEmoji
	}
	if len(m.Reactions[e]) == 0 {
		if err := s.need(ch, AddReactions); err != nil {
			return nil, err
		}
		if len(m.Reactions) >= maxEmoji {
			return nil, maxReactions
		}
	}
	s.addReaction(ch, m, e, s.app.bot.ID)
	return nil, nil
}

func (s *Server) addReaction(ch *channel, m *Message, e, userID string) {
	if slices.Contains(m.Reactions[e], userID) {
		return
	}
	m.Reactions[e] = append(m.Reactions[e], userID)
	s.tellReaction(ch, m, e, userID, "MESSAGE_REACTION_ADD")
}

func (s *Server) dropReaction(ch *channel, m *Message, e, userID string) {
	if !slices.Contains(m.Reactions[e], userID) {
		return
	}
	m.Reactions[e] = slices.DeleteFunc(m.Reactions[e], func(id string) bool { return id == userID })
	if len(m.Reactions[e]) == 0 {
		delete(m.Reactions, e)
	}
	s.tellReaction(ch, m, e, userID, "MESSAGE_REACTION_REMOVE")
}

func (s *Server) tellReaction(ch *channel, m *Message, e, userID, name string) {
	data := object{"user_id": userID, "channel_id": ch.id, "message_id": m.ID, "emoji": emojiJSON(e), "burst": false, "type": 0}
	need := IntentDirectMessageReactions
	if ch.guild != nil {
		need = IntentGuildMessageReactions
		data["guild_id"] = ch.guild.id
		if mem := ch.guild.members[userID]; mem != nil && name == "MESSAGE_REACTION_ADD" {
			data["member"] = mem.json(true)
		}
	}
	if name == "MESSAGE_REACTION_ADD" {
		data["message_author_id"] = m.Author
	}
	s.dispatch(ch.guild, need, name, data)
	s.bump()
}

func (s *Server) unreact(c *call) (any, error) {
	ch, m, err := s.messageOf(c, ReadMessageHistory)
	if err != nil {
		return nil, err
	}
	who := c.vars["user_id"]
	if who == "" {
		who = s.app.bot.ID
	} else if err := s.need(ch, ManageMessages); err != nil {
		return nil, err
	}
	s.dropReaction(ch, m, c.vars["emoji_name"], who)
	return nil, nil
}

func (s *Server) listReactions(c *call) (any, error) {
	_, m, err := s.messageOf(c, ReadMessageHistory)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, id := range m.Reactions[c.vars["emoji_name"]] {
		out = append(out, s.users[id].json())
	}
	return out, nil
}

func (s *Server) clearReactions(c *call) (any, error) {
	_, m, err := s.messageOf(c, ReadMessageHistory|ManageMessages)
	if err != nil {
		return nil, err
	}
	if e := c.vars["emoji_name"]; e != "" {
		delete(m.Reactions, e)
	} else {
		clear(m.Reactions)
	}
	return nil, nil
}

func (s *Server) typing(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	return nil, s.need(ch, SendMessages)
}
