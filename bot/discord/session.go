package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// maxAtOnce is how many requests are worked on at one time; others wait, and
// those who asked are told that they are heard.
const maxAtOnce = 64

// A session is one run of the platform: what people do goes through it to the
// handler.
type session struct {
	*Platform
	h           bot.Handler
	ctx         context.Context // ends a while after Run's
	turns       chan struct{}
	registering sync.Once
	waiting     atomic.Int64 // interactions that are worked on
}

// dispatch takes what the gateway hands on. It does not wait. late is how long
// Discord may have kept it for us.
func (s *session) dispatch(e *discordgo.Event, late time.Duration) {
	defer func() {
		if r := recover(); r != nil {
			s.opt.Log.Error("an event could not be worked through", "event", e.Type, "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	switch x := e.Struct.(type) {
	case *discordgo.Ready:
		s.ready(x)
	case *discordgo.GuildCreate:
		s.guildCreate(x.Guild)
	case *discordgo.GuildDelete:
		s.guildDelete(x.Guild)
	case *discordgo.GuildUpdate:
		s.guildUpdate(x.Guild)
	case *discordgo.GuildRoleCreate:
		if x.GuildRole != nil {
			s.roleChange(x.GuildID, x.Role, "")
		}
	case *discordgo.GuildRoleUpdate:
		if x.GuildRole != nil {
			s.roleChange(x.GuildID, x.Role, "")
		}
	case *discordgo.GuildRoleDelete:
		s.roleChange(x.GuildID, nil, x.RoleID)
	case *discordgo.ChannelCreate:
		s.channelChange(x.Channel, true)
	case *discordgo.ChannelUpdate:
		s.channelChange(x.Channel, false)
	case *discordgo.ThreadCreate:
		s.channelChange(x.Channel, false)
	case *discordgo.ThreadUpdate:
		s.channelChange(x.Channel, false)
	case *discordgo.ChannelDelete:
		if x.Channel != nil && x.ID != "" {
			s.gone("channel "+x.ID, x.ID)
		}
	case *discordgo.MessageCreate:
		m := x.Message
		if m == nil || m.Author == nil {
			m = again[discordgo.Message](e.RawData)
		}
		s.message(m)
	case *discordgo.MessagePollVoteAdd:
		s.voted(x, false, e.Sequence)
	case *discordgo.MessagePollVoteRemove:
		s.voted((*discordgo.MessagePollVoteAdd)(x), true, e.Sequence)
	case *discordgo.InteractionCreate:
		in := x.Interaction
		if in == nil || in.ID == "" || in.Data == nil {
			in = again[discordgo.Interaction](e.RawData)
		}
		s.interaction(in, e.RawData, late)
	}
}

// again reads once more what the library could not: it refuses all of an event
// for one kind of component that it does not know, in a message that somebody
// points at. Of such messages we want the text. It is nil where that was not
// what was wrong.
func again[T any](raw json.RawMessage) *T {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var all map[string]any
	if d.Decode(&all) != nil {
		return nil
	}
	for k, v := range all {
		if k == "components" {
			delete(all, k)
		} else if inner, ok := v.(map[string]any); ok {
			// What was filled into a form is ours, and stays.
			withoutComponents(inner, k == "data")
		}
	}
	bare, err := json.Marshal(all)
	if err != nil {
		return nil
	}
	out := new(T)
	if json.Unmarshal(bare, out) != nil {
		return nil
	}
	return out
}

func withoutComponents(v any, keep bool) {
	switch v := v.(type) {
	case map[string]any:
		if !keep {
			delete(v, "components")
		}
		for k, x := range v {
			if k != "components" {
				withoutComponents(x, false)
			}
		}
	case []any:
		for _, x := range v {
			withoutComponents(x, false)
		}
	}
}

// later does something apart from the gateway, after what was handed over
// before under the same name.
func (s *session) later(lane string, do func(ctx context.Context)) {
	s.laterUntil(lane, nil, do)
}

// laterUntil does something apart, and what comes after it under the same name
// waits besides until over is closed.
func (s *session) laterUntil(lane string, over <-chan struct{}, do func(ctx context.Context)) {
	s.lanes.add(&s.working, lane, func() {
		s.now(do)
		if over != nil {
			select {
			case <-over:
			case <-s.ctx.Done():
			}
		}
	})
}

// now does something as soon as not too much else is done.
func (s *session) now(do func(ctx context.Context)) {
	defer func() {
		if r := recover(); r != nil {
			s.opt.Log.Error("a request panicked", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
		}
	}()
	select {
	case s.turns <- struct{}{}:
		defer func() { <-s.turns }()
	case <-s.ctx.Done():
		return
	}
	do(s.ctx)
}

// lanes keep the order of what one person asks in one room: each is a
// goroutine while there is something in it, and nothing otherwise.
type lanes struct {
	mu sync.Mutex
	m  map[string][]func()
}

func (l *lanes) add(running *sync.WaitGroup, name string, do func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.m == nil {
		l.m = map[string][]func(){}
	}
	waiting, busy := l.m[name]
	l.m[name] = append(waiting, do)
	if busy {
		return
	}
	running.Go(func() {
		for {
			l.mu.Lock()
			queue := l.m[name]
			if len(queue) == 0 {
				delete(l.m, name)
				l.mu.Unlock()
				return
			}
			next := queue[0]
			l.m[name] = queue[1:]
			l.mu.Unlock()
			next()
		}
	})
}

// forever runs what must succeed some time, further and further apart, until
// it does, is refused or ctx ends.
func forever(ctx context.Context, try func() error) error {
	wait := 200 * time.Millisecond
	for {
		err := try()
		again, after := transient(err)
		var pe *bot.PostError
		if errors.As(err, &pe) {
			again, after = pe.Outcome != bot.Permanent, pe.After
		}
		if !again || !sleep(ctx, max(wait, after)) {
			return err
		}
		wait = min(2*wait, 10*time.Second)
	}
}

func nameOf(u *discordgo.User, m *discordgo.Member) string {
	if m != nil && m.Nick != "" {
		return m.Nick
	}
	return u.DisplayName()
}

// message hears what somebody wrote.
func (s *session) message(m *discordgo.Message) {
	if m == nil || m.Author == nil || m.Author.Bot || m.Author.ID == "" || m.WebhookID != "" || m.Type != discordgo.MessageTypeDefault && m.Type != discordgo.MessageTypeReply {
		return
	}
	s.mu.Lock()
	me := s.me
	s.mu.Unlock()
	direct := m.GuildID == ""
	text, addressed := cutMention(m.Content, me)
	mentioned := slices.ContainsFunc(m.Mentions, func(u *discordgo.User) bool { return u != nil && u.ID == me })
	if me == "" || m.Author.ID == me || text == "" && !addressed || !direct && !addressed && !mentioned {
		return
	}
	e := bot.Event{
		Key: Name + ":m:" + m.ID, At: madeAt(m.ID), Text: text, Addressed: addressed || direct, Direct: direct,
		Account: bot.Account{Platform: Name, ID: m.Author.ID, Name: nameOf(m.Author, m.Member)},
	}
	if !direct {
		var roles []string
		if m.Member != nil {
			roles = m.Member.Roles
		}
		e.Account.Manages = s.manages(m.GuildID, m.Author.ID, roles)
	}
	if r := m.ReferencedMessage; r != nil && r.Author != nil {
		if r.Author.ID == me {
			e.ReplyTo = s.firstOf(r.ID)
		} else if e.Addressed {
			e.Quoted = r.Content
		}
	}
	e.Overheard = !e.Addressed && e.ReplyTo == ""
	if len(m.Attachments) > 0 && m.Attachments[0] != nil {
		e.Fetch = s.fetch(m.Attachments[0])
	}
	s.later(m.ChannelID+" "+m.Author.ID, func(ctx context.Context) {
		where, err := s.channel(ctx, m.ChannelID)
		if err != nil {
			// A channel that cannot be looked at is a room all the same.
			where = channel{ID: m.ChannelID, GuildID: m.GuildID}
		}
		e.Room, e.Thread = roomOf(where)
		if e.ReplyTo != "" {
			e.ReplyTo = inThread(e.Thread, string(e.ReplyTo))
		}
		reply, ok := s.h.Handle(ctx, e)
		if ok && !reply.Empty() {
			s.answerMessage(ctx, e, m.ID, reply)
		}
	})
}

// cutMention takes the bot's name off a text that begins with it.
func cutMention(text, me string) (rest string, ok bool) {
	text = strings.TrimSpace(text)
	for _, mark := range []string{"<@" + me + ">", "<@!" + me + ">"} {
		if rest, ok := strings.CutPrefix(text, mark); ok {
			return strings.TrimSpace(strings.TrimLeft(rest, " ,:")), true
		}
	}
	return text, false
}

// answerMessage answers what somebody wrote, until the answer is there or was
// refused. The nonce keeps it from being there twice.
func (s *session) answerMessage(ctx context.Context, e bot.Event, on string, reply bot.Reply) {
	if reply.Thread == "" {
		reply.Thread = e.Thread
	}
	if reply.Failed || e.Direct {
		// A refusal is answered where it was asked: a letter about it would be
		// more to do about less.
		reply.Private = false
	}
	post := bot.Post{Reply: reply, Key: bot.Key("answer " + e.Key), ReplyTo: bot.MessageID(on), Asker: e.Account.ID, Notice: true}
	err := s.persist(ctx, e, post)
	if err != nil && post.Private {
		post.Reply = bot.Say(s.opt.Voice.Say("direct.failed"))
		post.Thread, post.Key = e.Thread, bot.Key("refused "+e.Key)
		err = s.persist(ctx, e, post)
	}
	if err != nil {
		s.opt.Log.Warn("an answer was refused", "room", e.Room.String(), "err", err)
	}
}

// answerWithin is how long an answer to a message is tried.
const answerWithin = 2 * time.Minute

func (s *session) persist(ctx context.Context, e bot.Event, post bot.Post) error {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	return forever(ctx, func() error {
		_, err := s.Post(ctx, e.Room, post)
		if pe, ok := errors.AsType[*bot.PostError](err); ok && pe.Outcome == bot.Unknown && post.FirstTry.IsZero() {
			post.FirstTry = e.At
		}
		return err
	})
}
