package discord

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// A channel is what must be known of one.
type channel struct {
	ID, GuildID, Name string
	Parent            string // of a thread
	Type              discordgo.ChannelType
	needsTag          bool // of a forum: each post must have one
}

func channelOf(c *discordgo.Channel) channel {
	return channel{ID: c.ID, GuildID: c.GuildID, Name: c.Name, Parent: c.ParentID, Type: c.Type, needsTag: c.Flags&discordgo.ChannelFlagRequireTag != 0}
}

func (c channel) forum() bool {
	return c.Type == discordgo.ChannelTypeGuildForum || c.Type == discordgo.ChannelTypeGuildMedia
}

func (c channel) thread() bool {
	return c.Type == discordgo.ChannelTypeGuildNewsThread || c.Type == discordgo.ChannelTypeGuildPublicThread || c.Type == discordgo.ChannelTypeGuildPrivateThread
}

// channel is what is known of a channel; it is asked for once.
func (p *Platform) channel(ctx context.Context, id string) (channel, error) {
	p.mu.Lock()
	c, ok := p.channels.get(id)
	p.mu.Unlock()
	if ok {
		return c, nil
	}
	var got *discordgo.Channel
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			got, err = dg.Channel(id, o)
			return err
		})
	})
	if err != nil {
		return channel{}, err
	}
	c = channelOf(got)
	p.know(c)
	return c, nil
}

func (p *Platform) know(c channel) {
	if c.ID == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.channels.put(c.ID, c)
}

// roomOf is the room that a channel is, or that a thread belongs to.
func roomOf(c channel) (room bot.Room, thread string) {
	if c.thread() && c.Parent != "" {
		return bot.Room{Platform: Name, ID: bot.RoomID(c.Parent)}, c.ID
	}
	return bot.Room{Platform: Name, ID: bot.RoomID(c.ID)}, ""
}

// Discord's permissions that are told apart.
const (
	mayAdminister    = discordgo.PermissionAdministrator
	mayManageGuild   = discordgo.PermissionManageGuild
	mayView          = discordgo.PermissionViewChannel
	maySend          = discordgo.PermissionSendMessages
	mayAttach        = discordgo.PermissionAttachFiles
	mayReadHistory   = discordgo.PermissionReadMessageHistory
	mayCreateThreads = discordgo.PermissionCreatePublicThreads
	maySendInThreads = discordgo.PermissionSendMessagesInThreads
	mayConvene       = discordgo.PermissionCreateEvents
	mayPin           = 1 << 51 // the library has no name for it
	mayPoll          = discordgo.PermissionSendPolls
)

func manages(permissions uint64) bool {
	return permissions&(mayAdminister|mayManageGuild) != 0
}

// abilities are what the bot may do in a room with these permissions.
func abilities(have uint64) []bot.Ability {
	if have&mayAdminister != 0 {
		have = ^uint64(0)
	}
	return []bot.Ability{
		need(have, bot.ToPost, "Manage Channels", right{mayView, "View Channel"}, right{maySend, "Send Messages"}, right{mayAttach, "Attach Files"}, right{mayReadHistory, "Read Message History"}),
		need(have, bot.ToOpenThreads, "Manage Channels", right{mayCreateThreads, "Create Public Threads"}, right{maySendInThreads, "Send Messages in Threads"}),
		need(have, bot.ToConvene, "Manage Roles", right{mayConvene, rightToConvene}),
	}
}

// forumAbility is what the bot may do in a forum with these permissions. There
// Discord calls two of them otherwise.
func forumAbility(have uint64) bot.Ability {
	if have&mayAdminister != 0 {
		have = ^uint64(0)
	}
	return need(have, bot.ToPostInForum, "Manage Channels", right{mayView, "View Channel"}, right{maySend, "Create Posts"}, right{maySendInThreads, "Send Messages in Posts"},
		right{mayAttach, "Attach Files"}, right{mayReadHistory, "Read Message History"})
}

func need(have uint64, deed bot.Deed, from string, rights ...right) bot.Ability {
	a := bot.Ability{Deed: deed, From: from}
	for _, r := range rights {
		if have&r.bit == 0 {
			a.Missing = append(a.Missing, r.name)
		}
	}
	return a
}

type right struct {
	bit  uint64
	name string
}

// A guild is what must be known of one: who may manage it, and its channels,
// to say that they are gone when it is.
type guild struct {
	owner    string
	managers map[string]bool // roles
	channels []string
}

func (g *guild) role(r *discordgo.Role) {
	if r == nil {
		return
	}
	if manages(uint64(r.Permissions)) {
		g.managers[r.ID] = true
	} else {
		delete(g.managers, r.ID)
	}
}

// manages reports whether somebody with these roles may manage a guild.
func (p *Platform) manages(guildID, user string, roles []string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	g := p.guilds[guildID]
	if g == nil {
		return false
	}
	if g.owner == user || g.managers[guildID] { // what everyone may has the guild's ID
		return true
	}
	for _, r := range roles {
		if g.managers[r] {
			return true
		}
	}
	return false
}

// ready is what the gateway says first.
func (s *session) ready(r *discordgo.Ready) {
	if r.User == nil || r.Application == nil {
		s.opt.Log.Error("Discord did not say who the bot is")
		return
	}
	s.mu.Lock()
	s.me, s.app = r.User.ID, r.Application.ID
	for _, g := range r.Guilds { // these are told of next, and are not new
		if g != nil && s.guilds[g.ID] == nil {
			s.guilds[g.ID] = &guild{managers: map[string]bool{}}
		}
	}
	s.mu.Unlock()
	s.registering.Do(func() { s.working.Go(s.register) })
}

// guildCreate hears of a guild: one that READY named, or one that the bot has
// just entered.
func (s *session) guildCreate(g *discordgo.Guild) {
	if g == nil || g.ID == "" || g.Unavailable {
		return
	}
	known := &guild{owner: g.OwnerID, managers: map[string]bool{}}
	for _, r := range g.Roles {
		known.role(r)
	}
	first := ""
	for _, x := range slices.Concat(g.Channels, g.Threads) {
		if x == nil {
			continue
		}
		c := channelOf(x)
		c.GuildID = g.ID
		if c.Type == discordgo.ChannelTypeGuildText || c.Type == discordgo.ChannelTypeGuildNews || c.forum() {
			known.channels = append(known.channels, c.ID)
			if first == "" && c.Type == discordgo.ChannelTypeGuildText {
				first = c.ID
			}
		}
		s.know(c)
	}
	s.mu.Lock()
	_, old := s.guilds[g.ID]
	s.guilds[g.ID] = known
	s.mu.Unlock()
	if old {
		return
	}
	to := g.SystemChannelID
	if to == "" {
		to = first
	}
	if to != "" {
		s.later("guild "+g.ID, func(ctx context.Context) {
			s.h.Changed(ctx, bot.RoomChange{Room: bot.Room{Platform: Name, ID: bot.RoomID(to)}, What: bot.Joined})
		})
	}
}

// guildDelete hears that the bot was removed from a guild.
func (s *session) guildDelete(g *discordgo.Guild) {
	if g == nil || g.Unavailable {
		return // Discord has trouble; the guild comes back
	}
	s.mu.Lock()
	known := s.guilds[g.ID]
	delete(s.guilds, g.ID)
	s.mu.Unlock()
	if known != nil {
		s.gone("guild "+g.ID, known.channels...)
	}
}

// gone says that channels are there no more.
func (s *session) gone(lane string, channels ...string) {
	s.later(lane, func(ctx context.Context) {
		for _, c := range channels {
			s.h.Changed(ctx, bot.RoomChange{Room: bot.Room{Platform: Name, ID: bot.RoomID(c)}, What: bot.Removed})
		}
	})
}

// guildUpdate hears that a guild has changed.
func (s *session) guildUpdate(x *discordgo.Guild) {
	if x == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[x.ID]
	if g == nil {
		return
	}
	if x.OwnerID != "" {
		g.owner = x.OwnerID
	}
	for _, r := range x.Roles {
		g.role(r)
	}
}

// roleChange hears that a role was made or changed, or is gone.
func (s *session) roleChange(guildID string, r *discordgo.Role, gone string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := s.guilds[guildID]
	if g == nil {
		return
	}
	delete(g.managers, gone)
	g.role(r)
}

// channelChange hears of a channel or a thread.
func (s *session) channelChange(x *discordgo.Channel, created bool) {
	if x == nil || x.ID == "" {
		return
	}
	c := channelOf(x)
	s.know(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked.put(c.ID, false) // what the bot may do there is to be looked at again
	if g := s.guilds[c.GuildID]; g != nil && created && !c.thread() {
		g.channels = append(g.channels, c.ID)
	}
}

// looks says that the bot can write in a room, where that was not known: what
// waits there because a right was missing goes out.
func (s *session) looks(where channel, room bot.Room, have uint64) {
	if have&maySend == 0 && have&mayAdminister == 0 {
		return
	}
	s.mu.Lock()
	looked, _ := s.looked.get(string(room.ID))
	s.looked.put(string(room.ID), true)
	s.mu.Unlock()
	if !looked {
		s.later("room "+string(room.ID), func(ctx context.Context) {
			s.h.Changed(ctx, bot.RoomChange{Room: room, What: bot.Writable})
			if where.Name != "" && !where.thread() {
				s.h.Changed(ctx, bot.RoomChange{Room: room, What: bot.Named, Name: "#" + where.Name})
			}
		})
	}
}

// epoch is where Discord's IDs begin, in milliseconds.
const epoch = 1420070400000

// madeAt is the instant in an ID.
func madeAt(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch)
}
