package discord

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// rightToConvene is what a server's events need; who may create them may change
// their own.
const rightToConvene = "Create Events"

// Discord's limits on a scheduled event, in characters.
const (
	maxEventName  = 100
	maxEventText  = 1000
	maxEventPlace = 100
)

// Convene implements bot.Convener: the meeting is one of the server's scheduled
// events. Which one it is says the address of the announcement, which stands
// in it, so that nothing needs to be remembered, and what was perhaps done
// before is found.
func (p *Platform) Convene(ctx context.Context, room bot.Room, on bot.MessageID, m *bot.Meeting) error {
	if err := p.convene(ctx, room, on, m); err != nil {
		return sendError(err, rightToConvene)
	}
	return nil
}

func (p *Platform) convene(ctx context.Context, room bot.Room, on bot.MessageID, m *bot.Meeting) error {
	guild, link, err := p.whereItStands(ctx, room, on)
	if err != nil || guild == "" {
		return err
	}
	have, err := p.event(ctx, guild, link)
	if err != nil {
		return err
	}
	if m == nil {
		if have == nil {
			return nil
		}
		err := p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
			return dg.GuildScheduledEventDelete(guild, have.ID, o)
		})
		if hasCode(err, codeUnknownEvent) {
			return nil
		}
		return err
	}
	want := eventOf(m, link)
	switch {
	case have == nil:
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
			_, err := dg.GuildScheduledEventCreate(guild, want, o)
			return err
		})
	case have.Status != discordgo.GuildScheduledEventStatusScheduled, says(have, want):
		return nil // it has begun, and stays as it is; or nothing has changed
	}
	return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
		_, err := dg.GuildScheduledEventEdit(guild, have.ID, want, o)
		return err
	})
}

// Coming implements bot.Convener: those who are interested.
func (p *Platform) Coming(ctx context.Context, room bot.Room, on bot.MessageID) (int, error) {
	guild, link, err := p.whereItStands(ctx, room, on)
	if err != nil {
		return 0, sendError(err, rightToConvene)
	}
	if guild == "" {
		return 0, nil
	}
	e, err := p.event(ctx, guild, link)
	if err != nil {
		return 0, sendError(err, rightToConvene)
	}
	if e == nil {
		return 0, nil
	}
	return e.UserCount, nil
}

// whereItStands is the guild of a message, "" if it is in none, and the
// message's address.
func (p *Platform) whereItStands(ctx context.Context, room bot.Room, on bot.MessageID) (guild, link string, err error) {
	in, err := p.place(ctx, room, on)
	if err != nil {
		return "", "", err
	}
	where, err := p.channel(ctx, string(room.ID))
	if err != nil || where.GuildID == "" {
		return "", "", err
	}
	return where.GuildID, "https://discord.com/channels/" + where.GuildID + "/" + in + "/" + string(on), nil
}

// event is the bot's event that names an announcement, nil if there is none.
func (p *Platform) event(ctx context.Context, guild, link string) (*discordgo.GuildScheduledEvent, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	var all []*discordgo.GuildScheduledEvent
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			all, err = dg.GuildScheduledEvents(guild, true, o)
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(e *discordgo.GuildScheduledEvent) bool {
		return e != nil && (me == "" || e.CreatorID == me) && strings.HasSuffix(e.Description, link)
	})
	if i < 0 {
		return nil, nil
	}
	return all[i], nil
}

// eventOf is a meeting as Discord has it: somewhere outside of Discord, from
// its beginning to its end.
func eventOf(m *bot.Meeting, link string) *discordgo.GuildScheduledEventParams {
	text := shorten(strings.TrimSpace(clean(m.Text)), maxEventText-units(link)-2)
	if text != "" {
		text += "\n\n"
	}
	name, place := shorten(oneLine(m.Title), maxEventName), shorten(oneLine(m.Place), maxEventPlace)
	return &discordgo.GuildScheduledEventParams{
		Name: orDots(name), Description: text + link,
		ScheduledStartTime: new(m.Begins.UTC().Truncate(time.Second)), ScheduledEndTime: new(m.Ends.UTC().Truncate(time.Second)),
		PrivacyLevel: discordgo.GuildScheduledEventPrivacyLevelGuildOnly,
		EntityType:   discordgo.GuildScheduledEventEntityTypeExternal, EntityMetadata: &discordgo.GuildScheduledEventEntityMetadata{Location: orDots(place)},
	}
}

// orDots is a text where there must be one.
func orDots(s string) string {
	if s == "" {
		return "…"
	}
	return s
}

// says reports whether an event is already as it should be.
func says(e *discordgo.GuildScheduledEvent, want *discordgo.GuildScheduledEventParams) bool {
	return e.Name == want.Name && e.Description == want.Description && e.EntityMetadata.Location == want.EntityMetadata.Location &&
		e.ScheduledStartTime.Equal(*want.ScheduledStartTime) && e.ScheduledEndTime != nil && e.ScheduledEndTime.Equal(*want.ScheduledEndTime)
}
