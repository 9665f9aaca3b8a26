package discordtest

import (
	"slices"
	"strconv"
)

// A Permission is a set of rights, in Discord's bits.
type Permission uint64

// The rights that matter to a bot that reads along.
const (
	Administrator         Permission = 1 << 3
	ManageChannels        Permission = 1 << 4
	ManageGuild           Permission = 1 << 5
	AddReactions          Permission = 1 << 6
	ViewChannel           Permission = 1 << 10
	SendMessages          Permission = 1 << 11
	ManageMessages        Permission = 1 << 13
	EmbedLinks            Permission = 1 << 14
	AttachFiles           Permission = 1 << 15
	ReadMessageHistory    Permission = 1 << 16
	MentionEveryone       Permission = 1 << 17
	Connect               Permission = 1 << 20
	ManageRoles           Permission = 1 << 28
	UseApplicationCommand Permission = 1 << 31
	ManageEvents          Permission = 1 << 33
	ManageThreads         Permission = 1 << 34
	CreatePublicThreads   Permission = 1 << 35
	CreatePrivateThreads  Permission = 1 << 36
	SendMessagesInThreads Permission = 1 << 38
	CreateEvents          Permission = 1 << 44
	SendPolls             Permission = 1 << 49
	PinMessages           Permission = 1 << 51
	everything            Permission = 1<<52 - 1
)

// Usual are the rights that everybody has in a guild made by AddGuild. Making
// events, pinning and managing are not among them.
const Usual = AddReactions | ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | MentionEveryone |
	Connect | UseApplicationCommand | CreatePublicThreads | CreatePrivateThreads | SendMessagesInThreads | SendPolls

func (p Permission) has(q Permission) bool { return p&q == q }

func (p Permission) String() string { return strconv.FormatUint(uint64(p), 10) }

// Where nobody may send, nobody may do what is done by sending.
const bySending = MentionEveryone | AttachFiles | EmbedLinks | SendPolls

// rights computes what somebody may do in a channel, as Discord documents it:
// the base from the roles, then the channel's overwrites for everyone, for the
// roles together, and for the member.
func (s *Server) rights(ch *channel, userID string) Permission {
	if ch.guild == nil {
		if _, in := ch.recipients[userID]; in || userID == s.app.bot.ID {
			return ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadMessageHistory | AddReactions | UseApplicationCommand | SendPolls | PinMessages
		}
		return 0
	}
	g := ch.guild
	m := g.members[userID]
	if m == nil {
		return 0
	}
	base := g.base(m)
	if base.has(Administrator) {
		return everything
	}
	over := ch.overwrites
	if ch.parent != nil && ch.isThread() {
		over = ch.parent.overwrites
	}
	p := base
	apply := func(ids ...string) {
		var allow, deny Permission
		for _, o := range over {
			if slices.Contains(ids, o.ID) {
				allow |= o.Allow
				deny |= o.Deny
			}
		}
		p = p&^deny | allow
	}
	apply(g.id)
	apply(m.roles...)
	apply(userID)
	if !p.has(ViewChannel) {
		return 0
	}
	if ch.isThread() {
		if !p.has(SendMessagesInThreads) {
			p &^= bySending
		}
	} else if !p.has(SendMessages) {
		p &^= bySending
	}
	return p
}

// base are a member's rights in the guild at large.
func (g *guild) base(m *member) Permission {
	if g.owner == m.user.ID {
		return everything
	}
	p := g.roles[g.id].perms
	for _, id := range m.roles {
		if r := g.roles[id]; r != nil {
			p |= r.perms
		}
	}
	if p.has(Administrator) {
		return everything
	}
	return p
}

// need returns an error unless the bot has the rights in the channel. Whoever
// cannot see a channel has no access to it, whatever else is allowed.
func (s *Server) need(ch *channel, p Permission) error {
	have := s.rights(ch, s.app.bot.ID)
	if !have.has(ViewChannel) {
		return missingAccess
	}
	if !have.has(p) {
		return missingPermission
	}
	return nil
}

// needIn is need for the guild at large.
func (s *Server) needIn(g *guild, p Permission) error {
	m := g.members[s.app.bot.ID]
	if m == nil {
		return missingAccess
	}
	if have := g.base(m); !have.has(p) {
		return missingPermission
	}
	return nil
}

// Rights are what somebody may do in a channel.
func (s *Server) Rights(channelID, userID string) Permission {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.channels[channelID]
	if ch == nil {
		return 0
	}
	return s.rights(ch, userID)
}

// CloseThread archives a thread, as its members or time do, or locks it too, so
// that only who may manage threads writes there.
func (s *Server) CloseThread(id string, locked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.mustChannel(id)
	t.archived, t.locked, t.archivedAt = true, locked, s.time()
	s.dispatch(t.guild, IntentGuilds, "THREAD_UPDATE", t.json(s))
}

// Overwrite sets what a channel allows and denies to a role or a member; the
// guild's ID stands for everyone.
func (s *Server) Overwrite(channelID, id string, allow, deny Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(channelID)
	ch.overwrites = slices.DeleteFunc(ch.overwrites, func(o overwrite) bool { return o.ID == id })
	ch.overwrites = append(ch.overwrites, overwrite{ID: id, Allow: allow, Deny: deny, member: ch.guild != nil && ch.guild.members[id] != nil})
	s.dispatch(ch.guild, IntentGuilds, "CHANNEL_UPDATE", ch.json(s))
}

// SetRole sets what a role may do; the guild's ID stands for everyone.
func (s *Server) SetRole(guildID, roleID string, p Permission) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.mustGuild(guildID)
	g.roles[roleID].perms = p
	s.dispatch(g, IntentGuilds, "GUILD_ROLE_UPDATE", object{"guild_id": g.id, "role": g.roles[roleID].json()})
}

// BotRole is the role that a guild's bot has to itself. AddGuild gives it no
// rights beyond everyone's.
func (s *Server) BotRole(guildID string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustGuild(guildID).botRole
}
