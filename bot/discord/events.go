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
// events. Which one it is says a few characters of its key, which stand in it
// with the address of what announces it, so that nothing needs to be remembered,
// and what was perhaps done before is found.
func (p *Platform) Convene(ctx context.Context, room bot.Room, key string, on bot.MessageID, m *bot.Meeting) error {
	if err := p.convene(ctx, room, key, on, m); err != nil {
		return sendError(err, rightToConvene)
	}
	return nil
}

func (p *Platform) convene(ctx context.Context, room bot.Room, key string, on bot.MessageID, m *bot.Meeting) error {
	guild, mark, err := p.eventMark(ctx, room, key, on)
	if err != nil || guild == "" {
		return err
	}
	have, err := p.event(ctx, guild, mark)
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
	want := eventOf(m, mark)
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
func (p *Platform) Coming(ctx context.Context, room bot.Room, key string, on bot.MessageID) (int, error) {
	guild, mark, err := p.eventMark(ctx, room, key, on)
	if err != nil {
		return 0, sendError(err, rightToConvene)
	}
	if guild == "" {
		return 0, nil
	}
	e, err := p.event(ctx, guild, mark)
	if err != nil {
		return 0, sendError(err, rightToConvene)
	}
	if e == nil {
		return 0, nil
	}
	return e.UserCount, nil
}

// An eventMark is what stands at the end of an event's text: the address of what
// announces it, or of its room, and what tells it from others.
type eventMark struct{ link, ref string }

func (m eventMark) String() string { return m.link + "\n" + m.ref }

// in reports whether a text ends with the mark. Before events had one, they
// ended with the address of the announcement.
func (m eventMark) in(text string) bool {
	return strings.HasSuffix(text, m.ref) || strings.Count(m.link, "/") == 6 && strings.HasSuffix(text, m.link)
}

// eventMark is the guild of a room, "" if it is in none, and the mark of the
// event with a key.
func (p *Platform) eventMark(ctx context.Context, room bot.Room, key string, on bot.MessageID) (guild string, m eventMark, err error) {
	where, err := p.channel(ctx, string(room.ID))
	if err != nil || where.GuildID == "" {
		return "", m, err
	}
	m = eventMark{link: "https://discord.com/channels/" + where.GuildID + "/" + where.ID, ref: "(" + key[:min(len(key), 8)] + ")"}
	if on != "" {
		in, message, err := p.place(ctx, room, on)
		if err != nil {
			return "", m, err
		}
		m.link = "https://discord.com/channels/" + where.GuildID + "/" + in + "/" + message
	}
	return where.GuildID, m, nil
}

// event is the bot's event that bears a mark, nil if there is none.
func (p *Platform) event(ctx context.Context, guild string, mark eventMark) (*discordgo.GuildScheduledEvent, error) {
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
		return e != nil && (me == "" || e.CreatorID == me) && mark.in(e.Description)
	})
	if i < 0 {
		return nil, nil
	}
	return all[i], nil
}

// eventOf is a meeting as Discord has it: somewhere outside of Discord, from
// its beginning to its end.
func eventOf(m *bot.Meeting, mark eventMark) *discordgo.GuildScheduledEventParams {
	text := shorten(strings.TrimSpace(clean(m.Text)), maxEventText-units(mark.String())-2)
	if text != "" {
		text += "\n\n"
	}
	name, place := shorten(oneLine(m.Title), maxEventName), shorten(oneLine(m.Place), maxEventPlace)
	return &discordgo.GuildScheduledEventParams{
		Name: orDots(name), Description: text + mark.String(),
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
