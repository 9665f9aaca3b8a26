package discordtest

import (
	"slices"
)

// threadFromMessage opens a thread under a message; it has the message's ID.
func (s *Server) threadFromMessage(c *call) (any, error) {
	ch, m, err := s.messageOf(c, ReadMessageHistory|CreatePublicThreads)
	if err != nil {
		return nil, err
	}
	kind := PublicThread
	switch ch.kind {
	case Text:
	case News:
		kind = NewsThread
	default:
		return nil, wrongChannelType
	}
	if m.Thread != "" {
		return nil, threadExists
	}
	t := s.openThread(ch, m.ID, kind, c.body, s.app.bot.ID)
	m.Thread, m.Flags = t.id, m.Flags|FlagHasThread
	s.tellMessage(ch, "MESSAGE_UPDATE", m)
	return t.json(s), nil
}

// newThread opens a thread without a message, or makes a post in a forum.
func (s *Server) newThread(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if ch.kind == Forum {
		return s.newPost(c, ch)
	}
	if ch.kind != Text && ch.kind != News {
		return nil, wrongChannelType
	}
	kind := PrivateThread
	if _, ok := c.body["type"]; ok {
		kind = ChannelType(num(c.body, "type"))
	}
	p := CreatePublicThreads
	if kind == PrivateThread {
		p = CreatePrivateThreads
	}
	if err := s.need(ch, p); err != nil {
		return nil, err
	}
	t := s.openThread(ch, s.newID(), kind, c.body, s.app.bot.ID)
	if kind == PublicThread {
		s.publish(ch, &Message{ID: s.newID(), Channel: ch.id, Guild: ch.guild.id, Author: s.app.bot.ID, Type: 18, Content: t.name, Created: s.time(), Reactions: map[string][]string{}})
	}
	return t.json(s), nil
}

// newPost makes a forum post: a thread with its first message in one.
func (s *Server) newPost(c *call, ch *channel) (any, error) {
	first, ok := c.body["message"].(object)
	if !ok {
		return nil, malformed(Required, "message", "This field is required")
	}
	p := SendMessages // in a forum it is the right to make posts
	if len(c.files) > 0 {
		p |= AttachFiles
	}
	if err := s.need(ch, p); err != nil {
		return nil, err
	}
	tags, err := s.tagsOf(ch, c.body)
	if err != nil {
		return nil, err
	}
	t := s.openThread(ch, s.newID(), PublicThread, c.body, s.app.bot.ID)
	t.applied = tags
	m := s.compose(c, first, t)
	m.ID = t.id // the first message of a post has the post's ID
	t.messages = append(t.messages, m)
	s.tellMessage(t, "MESSAGE_CREATE", m)
	s.bump()
	out := t.json(s)
	out["message"] = m.json(s)
	return out, nil
}

// tagsOf are a post's tags, which must be the forum's.
func (s *Server) tagsOf(forum *channel, body object) ([]string, error) {
	var out []string
	for _, v := range list(body, "applied_tags") {
		id, _ := v.(string)
		if forum == nil || !slices.ContainsFunc(forum.tags, func(t Tag) bool { return t.ID == id }) {
			return nil, malformed(UnknownTag, "applied_tags", "Unknown tag "+id)
		}
		i := slices.IndexFunc(forum.tags, func(t Tag) bool { return t.ID == id })
		if forum.tags[i].Moderated && !s.rights(forum, s.app.bot.ID).has(ManageThreads) {
			return nil, missingPermission
		}
		out = append(out, id)
	}
	if forum != nil && forum.requireTag && len(out) == 0 {
		e := malformed(MissingTag, "applied_tags", "A tag is required to create a forum post in this channel")
		e.code = 40067
		return nil, e
	}
	return out, nil
}

func (s *Server) openThread(parent *channel, id string, kind ChannelType, body object, owner string) *channel {
	t := &channel{
		id: id, guild: parent.guild, parent: parent, kind: kind, name: str(body, "name"), owner: owner,
		autoArchive: 4320, archivedAt: s.time(), joined: []string{owner}, invitable: true,
	}
	if v := num(body, "auto_archive_duration"); v != 0 {
		t.autoArchive = v
	}
	s.channels[t.id] = t
	parent.guild.threads = append(parent.guild.threads, t)
	data := t.json(s)
	data["newly_created"] = true
	s.dispatch(parent.guild, IntentGuilds, "THREAD_CREATE", data)
	return t
}

func (s *Server) joinThread(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if !ch.isThread() {
		return nil, wrongChannelType
	}
	if err := s.need(ch, SendMessagesInThreads); err != nil {
		return nil, err
	}
	who := c.vars["user_id"]
	if who == "" {
		who = s.app.bot.ID
	}
	if ch.guild.members[who] == nil {
		return nil, unknownMember
	}
	if !slices.Contains(ch.joined, who) {
		ch.joined = append(ch.joined, who)
	}
	return nil, nil
}

func (s *Server) activeThreads(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	return s.threadsJSON(g, func(t *channel) bool { return !t.archived }), nil
}

func (s *Server) archivedThreads(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.need(ch, ReadMessageHistory); err != nil {
		return nil, err
	}
	return s.threadsJSON(ch.guild, func(t *channel) bool { return t.archived && t.parent == ch && t.kind != PrivateThread }), nil
}

func (s *Server) threadsJSON(g *guild, want func(*channel) bool) object {
	threads, members := []any{}, []any{}
	for _, t := range slices.Backward(g.threads) {
		if !want(t) || !s.rights(t, s.app.bot.ID).has(ViewChannel) {
			continue
		}
		threads = append(threads, t.json(s))
		if slices.Contains(t.joined, s.app.bot.ID) {
			members = append(members, object{"id": t.id, "user_id": s.app.bot.ID, "join_timestamp": stamp(madeAt(t.id)), "flags": 0})
		}
	}
	return object{"threads": threads, "members": members, "has_more": false}
}
