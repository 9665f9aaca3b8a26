package discordtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// world is what is kept: the people, the guilds and what stands in them.
type world struct {
	users        map[string]*user
	guilds       map[string]*guild
	channels     map[string]*channel // threads and direct ones too
	commands     []*command          // global
	interactions map[string]*Interaction
	byToken      map[string]*Interaction
	files        map[string]file // by path below /cdn/
}

func newWorld() world {
	return world{
		users: map[string]*user{}, guilds: map[string]*guild{}, channels: map[string]*channel{},
		interactions: map[string]*Interaction{}, byToken: map[string]*Interaction{}, files: map[string]file{},
	}
}

// user is an account.
type user struct {
	ID, Name, Global, Locale string
	Bot                      bool
	dm                       string // the channel with the bot
	blocks                   bool   // takes no direct messages
	installed                bool   // has the application for themselves
}

func (u *user) json() object {
	out := object{
		"id": u.ID, "username": u.Name, "global_name": nil, "discriminator": "0", "avatar": nil,
		"public_flags": 0, "flags": 0, "primary_guild": nil, "banner": nil, "accent_color": nil, "avatar_decoration_data": nil, "collectibles": nil,
	}
	if u.Global != "" {
		out["global_name"] = u.Global
	}
	if u.Bot {
		out["bot"] = true
		out["discriminator"] = "0000"
	}
	return out
}

// guild is a server, as people call it.
type guild struct {
	id, name, owner, locale, botRole string
	roles                            map[string]*role
	members                          map[string]*member
	channels                         []*channel // in order of making, without threads
	threads                          []*channel
	events                           []*Event
	commands                         []*command
	unavailable                      bool
	made                             time.Time
}

type role struct {
	id, name string
	perms    Permission
	position int
	managed  bool
}

func (r *role) json() object {
	return object{
		"id": r.id, "name": r.name, "permissions": r.perms.String(), "position": r.position, "color": 0,
		"colors": object{"primary_color": 0, "secondary_color": nil, "tertiary_color": nil},
		"hoist":  false, "managed": r.managed, "mentionable": false, "icon": nil, "unicode_emoji": nil, "flags": 0, "description": nil,
	}
}

type member struct {
	user   *user
	nick   string
	roles  []string
	joined time.Time
}

func (m *member) json(withUser bool) object {
	out := object{
		"avatar": nil, "banner": nil, "communication_disabled_until": nil, "flags": 0, "joined_at": stamp(m.joined),
		"nick": nil, "pending": false, "premium_since": nil, "roles": append([]string{}, m.roles...), "mute": false, "deaf": false,
	}
	if m.nick != "" {
		out["nick"] = m.nick
	}
	if withUser {
		out["user"] = m.user.json()
	}
	return out
}

type overwrite struct {
	ID          string
	Allow, Deny Permission
	member      bool
}

// A ChannelType is Discord's number for a kind of channel.
type ChannelType int

// The kinds of channels.
const (
	Text          ChannelType = 0
	Direct        ChannelType = 1
	Voice         ChannelType = 2
	Category      ChannelType = 4
	News          ChannelType = 5
	NewsThread    ChannelType = 10
	PublicThread  ChannelType = 11
	PrivateThread ChannelType = 12
	Stage         ChannelType = 13
	Forum         ChannelType = 15
)

// A Channel is what AddChannel makes, and what Channels shows.
type Channel struct {
	ID, GuildID, Parent string
	Name, Topic         string
	Type                ChannelType
	// Tags are a forum's; AddChannel gives them IDs. RequireTag: a post needs one.
	Tags       []Tag
	RequireTag bool
	// Of threads: who opened it, whether it is closed, and its tags' IDs.
	Owner            string
	Archived, Locked bool
	Applied          []string
}

// A Tag is a forum's tag. Moderated: only who may manage threads sets it.
type Tag struct {
	ID, Name  string
	Moderated bool
}

// channel is a channel, a thread or a direct conversation.
type channel struct {
	id         string
	guild      *guild
	parent     *channel
	kind       ChannelType
	name       string
	topic      string
	tags       []Tag
	requireTag bool
	overwrites []overwrite
	recipients map[string]*user
	messages   []*Message // oldest first
	pins       []string   // newest first
	position   int

	owner            string
	archived, locked bool
	archivedAt       time.Time
	autoArchive      int
	applied          []string
	joined           []string
	sent             int
	invitable        bool
}

func (ch *channel) isThread() bool {
	return ch.kind == NewsThread || ch.kind == PublicThread || ch.kind == PrivateThread
}

// takesMessages reports whether one can write in it.
func (ch *channel) takesMessages() bool {
	return ch.kind != Category && ch.kind != Forum
}

func (ch *channel) view() Channel {
	v := Channel{
		ID: ch.id, Name: ch.name, Topic: ch.topic, Type: ch.kind, Tags: slices.Clone(ch.tags), RequireTag: ch.requireTag,
		Owner: ch.owner, Archived: ch.archived, Locked: ch.locked, Applied: slices.Clone(ch.applied),
	}
	if ch.guild != nil {
		v.GuildID = ch.guild.id
	}
	if ch.parent != nil {
		v.Parent = ch.parent.id
	}
	return v
}

// json is the channel as the bot gets it.
func (ch *channel) json(s *Server) object {
	out := object{"id": ch.id, "type": int(ch.kind), "flags": 0, "last_message_id": nil}
	if n := len(ch.messages); n > 0 {
		out["last_message_id"] = ch.messages[n-1].ID
	}
	if ch.kind == Direct {
		people := []any{}
		for _, id := range slices.Sorted(maps.Keys(ch.recipients)) {
			people = append(people, ch.recipients[id].json())
		}
		out["recipients"] = people
		return out
	}
	out["guild_id"] = ch.guild.id
	out["name"] = ch.name
	out["parent_id"] = nil
	out["rate_limit_per_user"] = 0
	if ch.parent != nil {
		out["parent_id"] = ch.parent.id
	}
	if ch.isThread() {
		out["owner_id"] = ch.owner
		out["message_count"] = ch.sent
		out["total_message_sent"] = ch.sent
		out["member_count"] = len(ch.joined)
		meta := object{
			"archived": ch.archived, "locked": ch.locked, "auto_archive_duration": ch.autoArchive,
			"archive_timestamp": stamp(ch.archivedAt), "create_timestamp": stamp(madeAt(ch.id)),
		}
		if ch.kind == PrivateThread {
			meta["invitable"] = ch.invitable
		}
		out["thread_metadata"] = meta
		if ch.parent.kind == Forum {
			out["applied_tags"] = append([]string{}, ch.applied...)
		}
		return out
	}
	out["position"] = ch.position
	out["nsfw"] = false
	over := []any{}
	for _, o := range ch.overwrites {
		kind := 0
		if o.member {
			kind = 1
		}
		over = append(over, object{"id": o.ID, "type": kind, "allow": o.Allow.String(), "deny": o.Deny.String()})
	}
	out["permission_overwrites"] = over
	out["topic"] = nil
	if ch.topic != "" {
		out["topic"] = ch.topic
	}
	if ch.kind == Forum {
		tags := []any{}
		for _, t := range ch.tags {
			tags = append(tags, object{"id": t.ID, "name": t.Name, "moderated": t.Moderated, "emoji_id": nil, "emoji_name": nil})
		}
		out["available_tags"] = tags
		out["default_reaction_emoji"] = nil
		out["default_sort_order"] = nil
		out["default_forum_layout"] = 0
		if ch.requireTag {
			out["flags"] = 1 << 4
		}
	}
	return out
}

// json is the guild as REST shows it.
func (g *guild) json() object {
	roles := []any{}
	for _, r := range g.sortedRoles() {
		roles = append(roles, r.json())
	}
	return object{
		"id": g.id, "name": g.name, "owner_id": g.owner, "preferred_locale": g.locale, "roles": roles,
		"icon": nil, "description": nil, "home_header": nil, "splash": nil, "discovery_splash": nil, "features": []any{}, "banner": nil,
		"application_id": nil, "region": "rotterdam", "afk_channel_id": nil, "afk_timeout": 300, "system_channel_id": nil, "system_channel_flags": 0,
		"widget_enabled": false, "widget_channel_id": nil, "verification_level": 0, "default_message_notifications": 1, "mfa_level": 0,
		"explicit_content_filter": 0, "max_presences": nil, "max_members": 500000, "max_stage_video_channel_users": 50, "max_video_channel_users": 25,
		"vanity_url_code": nil, "premium_tier": 0, "premium_subscription_count": 0, "rules_channel_id": nil, "safety_alerts_channel_id": nil,
		"public_updates_channel_id": nil, "premium_progress_bar_enabled": false, "premium_progress_bar_enabled_user_updated_at": nil,
		"nsfw": false, "nsfw_level": 0, "emojis": []any{}, "stickers": []any{}, "incidents_data": nil, "inventory_settings": nil,
		"hub_type": nil, "latest_onboarding_question_id": nil, "moderator_reporting": nil, "owner_configured_content_level": 0, "embed_enabled": false, "embed_channel_id": nil,
	}
}

func (g *guild) sortedRoles() []*role {
	return slices.SortedFunc(maps.Values(g.roles), func(a, b *role) int {
		if a.position != b.position {
			return a.position - b.position
		}
		return strings.Compare(a.id, b.id)
	})
}

// create is the guild as GUILD_CREATE brings it. Without the intents of members
// and presences only the bot itself is among the members.
func (g *guild) create(s *Server) object {
	out := g.json()
	channels, threads, events := []any{}, []any{}, []any{}
	for _, ch := range g.channels {
		channels = append(channels, ch.json(s))
	}
	for _, ch := range g.threads {
		if !ch.archived {
			threads = append(threads, ch.json(s))
		}
	}
	for _, e := range g.events {
		events = append(events, e.json(s, false))
	}
	members := []any{}
	if m := g.members[s.app.bot.ID]; m != nil {
		members = append(members, m.json(true))
		out["joined_at"] = stamp(m.joined)
	}
	out["channels"], out["threads"], out["members"], out["guild_scheduled_events"] = channels, threads, members, events
	out["member_count"] = len(g.members)
	out["large"], out["unavailable"] = false, false
	out["voice_states"], out["presences"], out["stage_instances"], out["soundboard_sounds"] = []any{}, []any{}, []any{}, []any{}
	return out
}

// mustGuild and mustChannel are for the test's own calls: a wrong ID there is
// a mistake in the test.
func (s *Server) mustGuild(id string) *guild {
	g := s.guilds[id]
	if g == nil {
		panic("discordtest: there is no guild " + id)
	}
	return g
}

func (s *Server) mustChannel(id string) *channel {
	ch := s.channels[id]
	if ch == nil {
		panic("discordtest: there is no channel " + id)
	}
	return ch
}

func (s *Server) mustUser(id string) *user {
	u := s.users[id]
	if u == nil {
		panic("discordtest: there is nobody with the ID " + id)
	}
	return u
}

// AddUser makes an account and returns its ID.
func (s *Server) AddUser(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := &user{ID: s.newID(), Name: strings.ToLower(name), Global: name, Locale: "en-US"}
	s.users[u.ID] = u
	return u.ID
}

// SetLocale sets the language of a person's client: "de".
func (s *Server) SetLocale(userID, locale string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustUser(userID).Locale = locale
}

// Install lets somebody have the application for themselves, in every channel.
func (s *Server) Install(userID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustUser(userID).installed = true
}

// RefuseDirect makes a person take no direct messages, or take them again.
func (s *Server) RefuseDirect(userID string, refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustUser(userID).blocks = refuse
}

// AddGuild makes a guild that the bot is in, owned by somebody else, in which
// everybody has the Usual rights, and returns its ID.
func (s *Server) AddGuild(name string) string { return s.addGuild(name, true) }

// AddForeignGuild is a guild that the bot is not in: only those who installed
// the application for themselves meet it there.
func (s *Server) AddForeignGuild(name string) string { return s.addGuild(name, false) }

func (s *Server) addGuild(name string, withBot bool) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &guild{id: s.newID(), name: name, locale: "en-US", roles: map[string]*role{}, members: map[string]*member{}, made: s.time()}
	g.roles[g.id] = &role{id: g.id, name: "@everyone", perms: Usual}
	owner := &user{ID: s.newID(), Name: fmt.Sprintf("owner%d", len(s.guilds)), Locale: "en-US"}
	s.users[owner.ID] = owner
	g.owner = owner.ID
	g.members[owner.ID] = &member{user: owner, joined: g.made}
	s.guilds[g.id] = g
	if withBot {
		s.joinBot(g)
	}
	return g.id
}

func (s *Server) joinBot(g *guild) {
	r := &role{id: s.newID(), name: s.app.bot.Name, position: len(g.roles), managed: true}
	g.roles[r.id] = r
	g.botRole = r.id
	g.members[s.app.bot.ID] = &member{user: s.app.bot, joined: s.time(), roles: []string{r.id}}
	s.dispatch(g, IntentGuilds, "GUILD_CREATE", g.create(s))
	s.bump()
}

// InviteBot lets the bot into a guild, with these rights for its own role.
func (s *Server) InviteBot(guildID string, p Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	if g.members[s.app.bot.ID] == nil {
		s.joinBot(g)
	}
	g.roles[g.botRole].perms = p
}

// RemoveBot throws the bot out of a guild.
func (s *Server) RemoveBot(guildID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	s.leave(g)
}

func (s *Server) leave(g *guild) {
	s.dispatch(g, IntentGuilds, "GUILD_DELETE", object{"id": g.id})
	delete(g.members, s.app.bot.ID)
	delete(g.roles, g.botRole)
	s.bump()
}

// SetAvailable takes a guild away for an outage, or brings it back.
func (s *Server) SetAvailable(guildID string, available bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	g.unavailable = !available
	if available {
		s.dispatch(g, IntentGuilds, "GUILD_CREATE", g.create(s))
	} else {
		s.dispatch(g, IntentGuilds, "GUILD_DELETE", object{"id": g.id, "unavailable": true})
	}
}

// AddRole makes a role and returns its ID.
func (s *Server) AddRole(guildID, name string, p Permission) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	r := &role{id: s.newID(), name: name, perms: p, position: len(g.roles)}
	g.roles[r.id] = r
	s.dispatch(g, IntentGuilds, "GUILD_ROLE_CREATE", object{"guild_id": g.id, "role": r.json()})
	return r.id
}

// AddMember lets somebody into a guild, with roles, and returns their ID.
// Doing it again sets the roles.
func (s *Server) AddMember(guildID, userID string, roles ...string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	if m := g.members[userID]; m != nil {
		m.roles = slices.Clone(roles)
		return userID
	}
	m := &member{user: s.mustUser(userID), joined: s.time(), roles: slices.Clone(roles)}
	g.members[userID] = m
	data := m.json(true)
	data["guild_id"] = g.id
	s.dispatch(g, IntentGuildMembers, "GUILD_MEMBER_ADD", data)
	return userID
}

// Owner is the ID of a guild's owner.
func (s *Server) Owner(guildID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustGuild(guildID).owner
}

// AddChannel makes a channel, of text unless c says otherwise, and returns its
// ID.
func (s *Server) AddChannel(guildID string, c Channel) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	ch := &channel{id: s.newID(), guild: g, kind: c.Type, name: c.Name, topic: c.Topic, requireTag: c.RequireTag, position: len(g.channels)}
	if c.Parent != "" {
		ch.parent = s.mustChannel(c.Parent)
	}
	for _, t := range c.Tags {
		ch.tags = append(ch.tags, Tag{ID: s.newID(), Name: t.Name, Moderated: t.Moderated})
	}
	s.channels[ch.id] = ch
	g.channels = append(g.channels, ch)
	s.dispatch(g, IntentGuilds, "CHANNEL_CREATE", ch.json(s))
	return ch.id
}

// DeleteChannel takes a channel or a thread away.
func (s *Server) DeleteChannel(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dropChannel(s.mustChannel(id))
}

func (s *Server) dropChannel(ch *channel) {
	same := func(c *channel) bool { return c == ch }
	delete(s.channels, ch.id)
	if ch.guild == nil {
		return
	}
	name := "CHANNEL_DELETE"
	if ch.isThread() {
		name = "THREAD_DELETE"
		ch.guild.threads = slices.DeleteFunc(ch.guild.threads, same)
	}
	ch.guild.channels = slices.DeleteFunc(ch.guild.channels, same)
	s.dispatch(ch.guild, IntentGuilds, name, ch.json(s))
	for _, t := range slices.Clone(ch.guild.threads) {
		if t.parent == ch {
			s.dropChannel(t)
		}
	}
	s.bump()
}

// Channels are a guild's channels and threads, in the order of their making.
func (s *Server) Channels(guildID string) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	var out []Channel
	for _, ch := range g.channels {
		out = append(out, ch.view())
	}
	for _, ch := range g.threads {
		out = append(out, ch.view())
	}
	return out
}

// Threads are the threads and posts of a channel.
func (s *Server) Threads(channelID string) []Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(channelID)
	var out []Channel
	for _, t := range ch.guild.threads {
		if t.parent == ch {
			out = append(out, t.view())
		}
	}
	return out
}

// DM is the channel between somebody and the bot, made if there is none.
func (s *Server) DM(userID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dm(s.mustUser(userID)).id
}

func (s *Server) dm(u *user) *channel {
	if ch := s.channels[u.dm]; ch != nil {
		return ch
	}
	ch := &channel{id: s.newID(), kind: Direct, recipients: map[string]*user{u.ID: u}}
	u.dm = ch.id
	s.channels[ch.id] = ch
	return ch
}
