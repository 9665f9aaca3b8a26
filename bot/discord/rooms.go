package discord

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"
	"time"

	"lectern/bot"
)

// Discord's types of channels that are told apart.
const (
	channelText          = 0
	channelDirect        = 1
	channelAnnouncements = 5
	threadAnnouncements  = 10
	threadPublic         = 11
	threadPrivate        = 12
	channelForum         = 15
	channelMedia         = 16
)

// A channel is what must be known of one.
type channel struct {
	ID      string `json:"id"`
	Type    int    `json:"type"`
	Name    string `json:"name"`
	GuildID string `json:"guild_id"`
	Parent  string `json:"parent_id"`
}

func (c channel) forum() bool { return c.Type == channelForum || c.Type == channelMedia }

func (c channel) thread() bool {
	return c.Type == threadAnnouncements || c.Type == threadPublic || c.Type == threadPrivate
}

// channel is what is known of a channel; it is asked for once.
func (p *Platform) channel(ctx context.Context, id string) (channel, error) {
	p.mu.Lock()
	c, ok := p.channels.get(id)
	p.mu.Unlock()
	if ok {
		return c, nil
	}
	err := repeat(ctx, func() error {
		return p.api.do(ctx, http.MethodGet, "/channels/"+escaped(id), nil, nil, &c)
	})
	if err != nil {
		return channel{}, err
	}
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
	mayAdminister    = 1 << 3
	mayManageGuild   = 1 << 5
	mayView          = 1 << 10
	maySend          = 1 << 11
	mayAttach        = 1 << 15
	mayCreateThreads = 1 << 35
	mayManageThreads = 1 << 34
	maySendInThreads = 1 << 38
	mayPin           = 1 << 51
	mayReadHistory   = 1 << 16
)

func permissions(s string) uint64 {
	n, _ := strconv.ParseUint(s, 10, 64) // none that can be read is none
	return n
}

func manages(permissions uint64) bool {
	return permissions&(mayAdminister|mayManageGuild) != 0
}

// abilities are what the bot may do in a room with these permissions.
func abilities(have uint64) []bot.Ability {
	if have&mayAdminister != 0 {
		have = ^uint64(0)
	}
	need := func(deed bot.Deed, from string, rights ...right) bot.Ability {
		a := bot.Ability{Deed: deed, From: from}
		for _, r := range rights {
			if have&r.bit == 0 {
				a.Missing = append(a.Missing, r.name)
			}
		}
		return a
	}
	return []bot.Ability{
		need(bot.ToPost, "Manage Channels", right{mayView, "View Channel"}, right{maySend, "Send Messages"}, right{mayAttach, "Attach Files"}, right{mayReadHistory, "Read Message History"}),
		need(bot.ToOpenThreads, "Manage Channels", right{mayCreateThreads, "Create Public Threads"}, right{maySendInThreads, "Send Messages in Threads"}),
	}
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

// A role is what must be known of one.
type role struct {
	ID          string `json:"id"`
	Permissions string `json:"permissions"`
}

func (g *guild) role(r role) {
	if manages(permissions(r.Permissions)) {
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
func (s *session) ready(d []byte) {
	var r struct {
		User        struct{ ID string }
		Application struct{ ID string }
		Guilds      []struct{ ID string }
	}
	if json.Unmarshal(d, &r) != nil {
		return
	}
	s.mu.Lock()
	s.me, s.app = r.User.ID, r.Application.ID
	for _, g := range r.Guilds { // these are told of next, and are not new
		if s.guilds[g.ID] == nil {
			s.guilds[g.ID] = &guild{managers: map[string]bool{}}
		}
	}
	s.mu.Unlock()
	s.registering.Do(func() { s.working.Go(s.register) })
}

// guildCreate hears of a guild: one that READY named, or one that the bot has
// just entered.
func (s *session) guildCreate(d []byte) {
	var g struct {
		ID       string
		OwnerID  string `json:"owner_id"`
		System   string `json:"system_channel_id"`
		Roles    []role
		Channels []channel
		Threads  []channel
		Off      bool `json:"unavailable"`
	}
	if json.Unmarshal(d, &g) != nil || g.ID == "" || g.Off {
		return
	}
	known := &guild{owner: g.OwnerID, managers: map[string]bool{}}
	for _, r := range g.Roles {
		known.role(r)
	}
	first := ""
	for _, c := range append(g.Channels, g.Threads...) {
		c.GuildID = g.ID
		if c.Type == channelText || c.Type == channelAnnouncements || c.forum() {
			known.channels = append(known.channels, c.ID)
			if first == "" && c.Type == channelText {
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
	to := g.System
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
func (s *session) guildDelete(d []byte) {
	var g struct {
		ID  string
		Off bool `json:"unavailable"`
	}
	if json.Unmarshal(d, &g) != nil || g.Off {
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

// guildUpdate hears that a guild, or a role in it, has changed.
func (s *session) guildUpdate(kind string, d []byte) {
	var x struct {
		ID      string
		GuildID string `json:"guild_id"`
		OwnerID string `json:"owner_id"`
		Role    *role
		RoleID  string `json:"role_id"`
		Roles   []role
	}
	if json.Unmarshal(d, &x) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := x.GuildID
	if id == "" {
		id = x.ID
	}
	g := s.guilds[id]
	if g == nil {
		return
	}
	switch kind {
	case "GUILD_UPDATE":
		if x.OwnerID != "" {
			g.owner = x.OwnerID
		}
		for _, r := range x.Roles {
			g.role(r)
		}
	case "GUILD_ROLE_DELETE":
		delete(g.managers, x.RoleID)
	default:
		if x.Role != nil {
			g.role(*x.Role)
		}
	}
}

// channelChange hears of a channel or a thread.
func (s *session) channelChange(kind string, d []byte) {
	var c channel
	if json.Unmarshal(d, &c) != nil || c.ID == "" {
		return
	}
	if kind == "CHANNEL_DELETE" {
		s.gone("channel "+c.ID, c.ID)
		return
	}
	s.know(c)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looked.put(c.ID, false) // what the bot may do there is to be looked at again
	if g := s.guilds[c.GuildID]; g != nil && kind == "CHANNEL_CREATE" && !c.thread() {
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
