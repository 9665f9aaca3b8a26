package discord

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// maxThreadName is Discord's limit on a thread's name, in characters.
const maxThreadName = 100

// A week is how long a thread without talk stays open, in minutes: until the
// next reading opens.
const aWeek = 7 * 24 * 60

func threadName(s string) string {
	if s = shorten(oneLine(s), maxThreadName); s == "" {
		return "…"
	}
	return s
}

// A post in a thread has the thread before its own ID, so that it is found
// again by its room: a thread is a channel of its own. The message under which a
// thread stands, and the first of a forum post, have the thread's ID.
func inThread(thread, message string) bot.MessageID {
	if thread == "" || thread == message {
		return bot.MessageID(message)
	}
	return bot.MessageID(thread + "/" + message)
}

// OpenThread implements bot.Threader. A message has one thread at most, which has
// the message's ID, so that an uncertain try is done again.
func (p *Platform) OpenThread(ctx context.Context, room bot.Room, id bot.MessageID, title string) error {
	where, err := p.channel(ctx, string(room.ID))
	if err != nil {
		return sendError(err, rightToThread)
	}
	if where.forum() {
		return nil // a forum's posts are threads
	}
	err = repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
			_, err := dg.MessageThreadStart(where.ID, string(id), threadName(title), aWeek, o)
			return err
		})
	})
	if err != nil && !hasCode(err, codeThreadExists) {
		return sendError(err, rightToThread)
	}
	return nil
}

// FindInThread implements bot.ThreadPoster. Where the thread is gone or closed,
// the post went into the room.
func (p *Platform) FindInThread(ctx context.Context, room bot.Room, thread, key string, since time.Time) (bot.MessageID, error) {
	there, of, err := p.parts(ctx, thread, marksOf(key), since)
	switch {
	case hasCode(err, codeUnknownChannel):
	case err != nil:
		return "", sendError(err, rightToWriteInThread)
	case of > 0 && len(there) >= of:
		return inThread(thread, there[0]), nil
	case of > 0:
		return "", bot.ErrNotFound // the rest of it goes there
	}
	return p.Find(ctx, room, key, since)
}

// postInThread posts where a thread is open; to the room where it is gone or
// was closed by somebody: what was said there shall not swallow what comes.
func (p *Platform) postInThread(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	thread := post.Thread
	id, err := p.postTo(ctx, thread, post)
	switch {
	case err == nil:
		return inThread(thread, string(id)), nil
	case !hasCode(err, codeUnknownChannel, codeThreadLocked):
		return "", sendError(err, rightToWriteInThread)
	}
	post.Thread = ""
	return p.postTo(ctx, string(room.ID), post)
}

// postInForum opens a forum post. Discord takes no nonce there, so that after a
// try before this one it is looked for.
func (p *Platform) postInForum(ctx context.Context, where channel, post bot.Post, messages []Message) (bot.MessageID, error) {
	if !post.FirstTry.IsZero() {
		id, err := p.inForum(ctx, where, marksOf(post.Key), post.FirstTry)
		if err != nil {
			return "", err
		}
		if id != "" {
			there, _, err := p.parts(ctx, id, marksOf(post.Key), post.FirstTry)
			if err != nil {
				return "", err
			}
			return p.sendAll(ctx, id, post, messages, there)
		}
	}
	var made received
	body := map[string]any{"name": threadName(post.Title.String()), "auto_archive_duration": aWeek, "message": messages[0]}
	if where.needsTag {
		tag, err := p.tagOf(ctx, where)
		if err != nil {
			return "", err
		}
		body["applied_tags"] = []string{tag}
	}
	if err := p.api.do(ctx, http.MethodPost, "/channels/"+escaped(where.ID)+"/threads", body, messages[0].files, &made); err != nil {
		return "", sendError(err, rightToForum)
	}
	post.ReplyTo = ""
	return p.sendAll(ctx, made.ID, post, messages, map[int]string{0: made.ID})
}

// tagOf is a tag for the posts of a forum that wants one: the first that
// whoever posts may set. Tags are looked up anew, since they come and go.
func (p *Platform) tagOf(ctx context.Context, where channel) (string, error) {
	c, err := p.fresh(ctx, where.ID)
	if err != nil {
		return "", err
	}
	for _, t := range c.AvailableTags {
		if !t.Moderated {
			return t.ID, nil
		}
	}
	return "", &bot.PostError{Outcome: bot.Permanent, Right: "a tag in the forum that everybody may set",
		Err: errors.New("discord: the forum wants a tag, and has none that is not moderated")}
}

// inForum looks for a post among a forum's threads, "" if it is not there:
// among the open ones, and those that somebody closed.
func (p *Platform) inForum(ctx context.Context, where channel, k marks, since time.Time) (string, error) {
	for _, list := range []func(*discordgo.Session, discordgo.RequestOption) (*discordgo.ThreadsList, error){
		func(dg *discordgo.Session, o discordgo.RequestOption) (*discordgo.ThreadsList, error) {
			return dg.GuildThreadsActive(where.GuildID, o)
		},
		func(dg *discordgo.Session, o discordgo.RequestOption) (*discordgo.ThreadsList, error) {
			return dg.ThreadsArchived(where.ID, nil, 100, o)
		},
	} {
		var threads *discordgo.ThreadsList
		err := repeat(ctx, func() error {
			return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
				threads, err = list(dg, o)
				return err
			})
		})
		if err != nil {
			return "", err
		}
		for _, t := range threads.Threads {
			if t.ParentID != where.ID || madeAt(t.ID).Before(since.Add(-slack)) {
				continue
			}
			there, _, err := p.parts(ctx, t.ID, k, since)
			if err != nil {
				return "", err
			}
			if there[0] != "" {
				return t.ID, nil
			}
		}
	}
	return "", nil
}

// FindForum implements bot.Forum: a forum is named by its ID, as it is mentioned,
// by its address, or by its name.
func (p *Platform) FindForum(ctx context.Context, room bot.Room, named string) (found bot.FoundForum, err error) {
	here, err := p.channel(ctx, string(room.ID))
	if err != nil {
		return found, sendError(err, rightToWrite)
	}
	if here.GuildID == "" {
		return found, bot.ErrNotFound
	}
	c, err := p.forumCalled(ctx, here.GuildID, named)
	if hasCode(err, codeUnknownChannel) || err == nil && (c == nil || c.GuildID != here.GuildID || !channelOf(c).forum()) {
		return found, bot.ErrNotFound
	}
	if err != nil {
		return found, sendError(err, rightToForum)
	}
	p.know(channelOf(c))
	have, err := p.rightsIn(ctx, c)
	if err != nil {
		return found, sendError(err, rightToForum)
	}
	return bot.FoundForum{Room: bot.Room{Platform: Name, ID: bot.RoomID(c.ID)}, Name: "#" + c.Name, Ability: forumAbility(have)}, nil
}

// forumCalled looks a channel up by what somebody called it, nil if a name
// names none.
func (p *Platform) forumCalled(ctx context.Context, guild, named string) (*discordgo.Channel, error) {
	named = strings.TrimSpace(named)
	id := strings.TrimSuffix(strings.TrimPrefix(named, "<#"), ">")
	if i := strings.LastIndex(id, "/"); i >= 0 {
		id = id[i+1:]
	}
	if isID(id) {
		return p.fresh(ctx, id)
	}
	var all []*discordgo.Channel
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			all, err = dg.GuildChannels(guild, o)
			return err
		})
	})
	i := slices.IndexFunc(all, func(c *discordgo.Channel) bool {
		return c != nil && channelOf(c).forum() && strings.EqualFold(c.Name, strings.TrimPrefix(named, "#"))
	})
	if err != nil || i < 0 {
		return nil, err
	}
	all[i].GuildID = guild
	return all[i], nil
}

// fresh is a channel as it is now.
func (p *Platform) fresh(ctx context.Context, id string) (c *discordgo.Channel, err error) {
	err = repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			c, err = dg.Channel(id, o)
			return err
		})
	})
	return c, err
}

// rightsIn are the bot's rights in a channel. Discord says them with what is
// done in it; of another channel they are put together from its guild's roles
// and from what the channel itself gives and takes.
// https://discord.com/developers/docs/topics/permissions#permission-overwrites
func (p *Platform) rightsIn(ctx context.Context, c *discordgo.Channel) (uint64, error) {
	p.mu.Lock()
	me := p.me
	p.mu.Unlock()
	var roles []*discordgo.Role
	var member *discordgo.Member
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			if roles, err = dg.GuildRoles(c.GuildID, o); err == nil {
				member, err = dg.GuildMember(c.GuildID, me, o)
			}
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	mine := append([]string{c.GuildID}, member.Roles...) // what everyone may has the guild's ID
	var have uint64
	for _, r := range roles {
		if r != nil && slices.Contains(mine, r.ID) {
			have |= uint64(r.Permissions)
		}
	}
	if have&mayAdminister != 0 {
		return have, nil
	}
	for _, who := range [][]string{{c.GuildID}, member.Roles, {me}} {
		var allow, deny uint64
		for _, o := range c.PermissionOverwrites {
			if o != nil && slices.Contains(who, o.ID) {
				allow, deny = allow|uint64(o.Allow), deny|uint64(o.Deny)
			}
		}
		have = have&^deny | allow
	}
	return have, nil
}
