package discordtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// routes is the API, one line an operation. The buckets are about Discord's;
// it publishes none.
func routes() []route {
	const (
		get, post, put, patch, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
		created, empty             = http.StatusCreated, http.StatusNoContent
	)
	// r is a route of the bot's, o one that a token in its path opens.
	r := func(method, pattern string, limit int, per time.Duration, status int, do func(*Server, *call) (any, error)) route {
		return route{method: method, pattern: pattern, limit: limit, per: per, status: status, do: do, parts: strings.Split(pattern[1:], "/")}
	}
	o := func(method, pattern string, limit int, per time.Duration, do func(*Server, *call) (any, error)) route {
		x := r(method, pattern, limit, per, 0, do)
		x.open = true
		return x
	}
	const (
		s1, s2, s5 = time.Second, 2 * time.Second, 5 * time.Second
		webhook    = "/webhooks/{webhook_id}/{webhook_token}"
		message    = "/channels/{channel_id}/messages/{message_id}"
		commands   = "/applications/{application_id}/commands"
		inGuild    = "/applications/{application_id}/guilds/{guild_id}/commands"
		events     = "/guilds/{guild_id}/scheduled-events"
	)
	return []route{
		r(get, "/gateway", 0, 0, 0, (*Server).getGateway),
		r(get, "/gateway/bot", 2, s5, 0, (*Server).getGatewayBot),
		r(get, "/users/@me", 5, s1, 0, (*Server).getMe),
		r(get, "/users/@me/guilds", 5, s1, 0, (*Server).getMyGuilds),
		r(post, "/users/@me/channels", 5, s1, 0, (*Server).openDM),
		r(del, "/users/@me/guilds/{guild_id}", 5, s1, empty, (*Server).leaveGuild),
		r(get, "/users/{user_id}", 30, 30*s1, 0, (*Server).getUser),
		r(get, "/applications/@me", 5, s1, 0, (*Server).getApplication),
		r(get, "/oauth2/applications/@me", 5, s1, 0, (*Server).getApplication),

		r(get, commands, 5, s1, 0, (*Server).listCommands),
		r(put, commands, 2, s5, 0, (*Server).setCommands),
		r(post, commands, 5, 20*s1, 0, (*Server).addCommand),
		r(get, commands+"/{command_id}", 5, s1, 0, (*Server).getCommand),
		r(patch, commands+"/{command_id}", 5, s5, 0, (*Server).editCommand),
		r(del, commands+"/{command_id}", 5, s5, empty, (*Server).deleteCommand),
		r(get, inGuild, 5, s1, 0, (*Server).listCommands),
		r(put, inGuild, 2, s5, 0, (*Server).setCommands),
		r(post, inGuild, 5, 20*s1, 0, (*Server).addCommand),
		r(get, inGuild+"/{command_id}", 5, s1, 0, (*Server).getCommand),
		r(patch, inGuild+"/{command_id}", 5, s5, 0, (*Server).editCommand),
		r(del, inGuild+"/{command_id}", 5, s5, empty, (*Server).deleteCommand),

		o(post, "/interactions/{interaction_id}/{interaction_token}/callback", 0, 0, (*Server).callback),
		o(post, webhook, 5, s2, (*Server).followUp),
		o(get, webhook+"/messages/{message_id}", 5, s2, (*Server).getFollowUp),
		o(patch, webhook+"/messages/{message_id}", 5, s2, (*Server).editFollowUp),
		o(del, webhook+"/messages/{message_id}", 5, s2, (*Server).deleteFollowUp),

		r(get, "/channels/{channel_id}", 5, s1, 0, (*Server).getChannel),
		r(patch, "/channels/{channel_id}", 5, 15*s1, 0, (*Server).editChannel),
		r(del, "/channels/{channel_id}", 5, s5, 0, (*Server).deleteChannel),
		r(get, "/channels/{channel_id}/messages", 5, s5, 0, (*Server).listMessages),
		r(post, "/channels/{channel_id}/messages", 5, s5, 0, (*Server).createMessage),
		r(get, "/channels/{channel_id}/messages/pins", 5, s5, 0, (*Server).listPins),
		r(put, "/channels/{channel_id}/messages/pins/{message_id}", 5, s5, empty, (*Server).pin),
		r(del, "/channels/{channel_id}/messages/pins/{message_id}", 5, s5, empty, (*Server).unpin),
		r(get, "/channels/{channel_id}/pins", 5, s5, 0, (*Server).listPins),
		r(put, "/channels/{channel_id}/pins/{message_id}", 5, s5, empty, (*Server).pin),
		r(del, "/channels/{channel_id}/pins/{message_id}", 5, s5, empty, (*Server).unpin),
		r(get, message, 5, s5, 0, (*Server).getMessage),
		r(patch, message, 5, s5, 0, (*Server).editMessage),
		r(del, message, 5, s1, empty, (*Server).deleteMessage),
		r(del, message+"/reactions", 1, s1/4, empty, (*Server).clearReactions),
		r(get, message+"/reactions/{emoji_name}", 1, s1/4, 0, (*Server).listReactions),
		r(del, message+"/reactions/{emoji_name}", 1, s1/4, empty, (*Server).clearReactions),
		r(put, message+"/reactions/{emoji_name}/@me", 1, s1/4, empty, (*Server).react),
		r(del, message+"/reactions/{emoji_name}/@me", 1, s1/4, empty, (*Server).unreact),
		r(del, message+"/reactions/{emoji_name}/{user_id}", 1, s1/4, empty, (*Server).unreact),
		r(post, message+"/threads", 10, s5, created, (*Server).threadFromMessage),
		r(post, "/channels/{channel_id}/threads", 10, s5, created, (*Server).newThread),
		r(put, "/channels/{channel_id}/thread-members/@me", 5, s5, empty, (*Server).joinThread),
		r(put, "/channels/{channel_id}/thread-members/{user_id}", 5, s5, empty, (*Server).joinThread),
		r(get, "/channels/{channel_id}/threads/archived/public", 5, s5, 0, (*Server).archivedThreads),
		r(post, "/channels/{channel_id}/typing", 5, s5, empty, (*Server).typing),
		r(get, "/channels/{channel_id}/polls/{message_id}/answers/{answer_id}", 5, s5, 0, (*Server).pollVoters),
		r(post, "/channels/{channel_id}/polls/{message_id}/expire", 5, s5, 0, (*Server).expirePoll),
		r(post, "/channels/{channel_id}/invites", 5, 15*s1, 0, (*Server).createInvite),

		r(get, "/guilds/{guild_id}", 5, s1, 0, (*Server).getGuild),
		r(get, "/guilds/{guild_id}/channels", 5, s1, 0, (*Server).listChannels),
		r(post, "/guilds/{guild_id}/channels", 5, s5, created, (*Server).createChannel),
		r(get, "/guilds/{guild_id}/threads/active", 5, s1, 0, (*Server).activeThreads),
		r(get, "/guilds/{guild_id}/roles", 5, s1, 0, (*Server).listRoles),
		r(get, "/guilds/{guild_id}/members", 10, 10*s1, 0, (*Server).listMembers),
		r(get, "/guilds/{guild_id}/members/{user_id}", 5, s1, 0, (*Server).getMember),
		r(get, events, 5, s1, 0, (*Server).listEvents),
		r(post, events, 5, s5, 0, (*Server).createEvent),
		r(get, events+"/{guild_scheduled_event_id}", 5, s1, 0, (*Server).getEvent),
		r(patch, events+"/{guild_scheduled_event_id}", 5, s5, 0, (*Server).editEvent),
		r(del, events+"/{guild_scheduled_event_id}", 5, s5, empty, (*Server).deleteEvent),
		r(get, events+"/{guild_scheduled_event_id}/users", 5, s1, 0, (*Server).eventUsers),
	}
}

func (s *Server) getGateway(*call) (any, error) { return object{"url": s.gatewayURL()}, nil }

func (s *Server) getGatewayBot(*call) (any, error) {
	left, reset := s.identifiesLeft()
	return object{"url": s.gatewayURL(), "shards": s.opts.Shards, "session_start_limit": object{
		"total": s.opts.Identifies, "remaining": left, "reset_after": reset.Milliseconds(), "max_concurrency": s.opts.Concurrency,
	}}, nil
}

func (s *Server) gatewayURL() string {
	return "ws" + strings.TrimPrefix(s.http.URL, "http") + "/gateway"
}

func (s *Server) getMe(*call) (any, error) {
	me := s.app.bot.json()
	me["mfa_enabled"], me["verified"], me["locale"], me["email"] = true, true, "en-US", nil
	return me, nil
}

func (s *Server) getApplication(*call) (any, error) {
	owner := (&user{ID: "1", Name: "operator"}).json()
	return object{
		"id": s.app.id, "name": s.app.bot.Name, "icon": nil, "description": "", "type": nil, "bot": s.app.bot.json(), "bot_public": s.app.public,
		"bot_require_code_grant": false, "verify_key": s.app.verifyKey, "flags": 0, "flags_new": "0", "max_participants": nil, "redirect_uris": []any{},
		"interactions_endpoint_url": nil, "role_connections_verification_url": nil, "owner": owner, "approximate_guild_count": len(s.guilds),
		"approximate_user_install_count": 0, "approximate_user_authorization_count": 0, "explicit_content_filter": 0, "team": nil,
		"eligible_oauth2_scopes": []any{}, "integration_types_config": object{"0": object{}, "1": object{}},
	}, nil
}

func (s *Server) getMyGuilds(c *call) (any, error) {
	out := []any{}
	for _, g := range s.sortedGuilds() {
		if m := g.members[s.app.bot.ID]; m != nil && number(g.id) > number(c.query.Get("after")) {
			out = append(out, object{"id": g.id, "name": g.name, "icon": nil, "banner": nil, "owner": false, "permissions": g.base(m).String(), "features": []any{}})
		}
	}
	return out, nil
}

func (s *Server) sortedGuilds() []*guild {
	var out []*guild
	for _, g := range s.guilds {
		out = append(out, g)
	}
	slices.SortFunc(out, func(a, b *guild) int { return strings.Compare(a.id, b.id) })
	return out
}

func (s *Server) openDM(c *call) (any, error) {
	u := s.users[str(c.body, "recipient_id")]
	if u == nil || u.Bot {
		return nil, fail(http.StatusBadRequest, 50033, "Invalid Recipient(s)")
	}
	return s.dm(u).json(s), nil
}

func (s *Server) leaveGuild(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	s.leave(g)
	return nil, nil
}

func (s *Server) getUser(c *call) (any, error) {
	u := s.users[c.vars["user_id"]]
	if u == nil {
		return nil, unknownUser
	}
	return u.json(), nil
}

// guildOf is the guild that a path names, if the bot is in it.
func (s *Server) guildOf(c *call) (*guild, error) {
	g := s.guilds[c.vars["guild_id"]]
	switch {
	case g == nil || g.unavailable:
		return nil, unknownGuild
	case g.members[s.app.bot.ID] == nil:
		return nil, missingAccess
	}
	return g, nil
}

func (s *Server) getGuild(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	return g.json(), nil
}

func (s *Server) listChannels(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, ch := range g.channels {
		out = append(out, ch.json(s))
	}
	return out, nil
}

func (s *Server) listRoles(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, r := range g.sortedRoles() {
		out = append(out, r.json())
	}
	return out, nil
}

func (s *Server) listMembers(c *call) (any, error) {
	if _, err := s.guildOf(c); err != nil {
		return nil, err
	}
	if s.opts.Privileged&IntentGuildMembers == 0 {
		return nil, missingAccess // the list needs the privileged intent
	}
	out := []any{}
	for _, m := range s.guilds[c.vars["guild_id"]].members {
		out = append(out, m.json(true))
	}
	return out, nil
}

func (s *Server) getMember(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	m := g.members[c.vars["user_id"]]
	if m == nil {
		if s.users[c.vars["user_id"]] == nil {
			return nil, unknownUser
		}
		return nil, unknownMember
	}
	return m.json(true), nil
}

func (s *Server) getChannel(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.need(ch, 0); err != nil {
		return nil, err
	}
	return ch.json(s), nil
}

func (s *Server) editChannel(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	if ch.kind == Direct {
		return nil, wrongChannelType
	}
	p := ManageChannels
	if ch.isThread() {
		p = ManageThreads
		// Whoever may write can open a thread again that is not locked, and the
		// one who opened it may do more.
		_, closes := c.body["archived"]
		_, locks := c.body["locked"]
		if ch.owner == s.app.bot.ID || closes && !locks && len(c.body) == 1 && !ch.locked {
			p = SendMessagesInThreads
		}
		if locks {
			p = ManageThreads
		}
	}
	if err := s.need(ch, p); err != nil {
		return nil, err
	}
	if ch.isThread() && ch.archived {
		if open, ok := c.body["archived"].(bool); !ok || open {
			return nil, threadArchived
		}
	}
	if name := str(c.body, "name"); name != "" {
		ch.name = name
	}
	if _, ok := c.body["topic"]; ok {
		ch.topic = str(c.body, "topic")
	}
	if v, ok := c.body["archived"].(bool); ok {
		ch.archived, ch.archivedAt = v, s.time()
	}
	if v, ok := c.body["locked"].(bool); ok {
		ch.locked = v
	}
	if v := num(c.body, "auto_archive_duration"); v != 0 {
		ch.autoArchive = v
	}
	if _, ok := c.body["applied_tags"]; ok {
		tags, err := s.tagsOf(ch.parent, c.body)
		if err != nil {
			return nil, err
		}
		ch.applied = tags
	}
	if _, ok := c.body["available_tags"]; ok {
		old := ch.tags
		ch.tags = nil
		for _, t := range objects(c.body, "available_tags") {
			tag := Tag{ID: str(t, "id"), Name: str(t, "name")}
			if !slices.ContainsFunc(old, func(o Tag) bool { return o.ID == tag.ID }) {
				tag.ID = s.newID()
			}
			ch.tags = append(ch.tags, tag)
		}
	}
	name := "CHANNEL_UPDATE"
	if ch.isThread() {
		name = "THREAD_UPDATE"
	}
	s.dispatch(ch.guild, IntentGuilds, name, ch.json(s))
	return ch.json(s), nil
}

func (s *Server) deleteChannel(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	p := ManageChannels
	if ch.isThread() {
		p = ManageThreads
	}
	if err := s.need(ch, p); err != nil {
		return nil, err
	}
	out := ch.json(s)
	s.dropChannel(ch)
	return out, nil
}

func (s *Server) createChannel(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.needIn(g, ManageChannels); err != nil {
		return nil, err
	}
	ch := &channel{id: s.newID(), guild: g, kind: ChannelType(num(c.body, "type")), name: str(c.body, "name"), topic: str(c.body, "topic"), position: len(g.channels)}
	if id := str(c.body, "parent_id"); id != "" {
		if ch.parent = s.channels[id]; ch.parent == nil {
			return nil, unknownChannel
		}
	}
	for _, t := range objects(c.body, "available_tags") {
		ch.tags = append(ch.tags, Tag{ID: s.newID(), Name: str(t, "name")})
	}
	s.channels[ch.id] = ch
	g.channels = append(g.channels, ch)
	s.dispatch(g, IntentGuilds, "CHANNEL_CREATE", ch.json(s))
	return ch.json(s), nil
}

func (s *Server) createInvite(c *call) (any, error) {
	ch, err := s.channelOf(c)
	if err != nil {
		return nil, err
	}
	const createInvite = Permission(1)
	if err := s.need(ch, createInvite); err != nil {
		return nil, err
	}
	return nil, wrongChannelType
}
