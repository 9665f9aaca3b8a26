// Package matrix is Lectern in Matrix rooms: events in, replies out. It is a
// plain client of one account. Rooms that are encrypted are left alone: a bot
// that cannot encrypt must not say there what others may not read.
package matrix

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// Name is the platform's name.
const Name = "matrix"

// Prefix stands before commands.
const Prefix = "!lectern"

// Names in the content of our events.
const (
	keyField     = "org.lectern.key"     // the key of the post
	partField    = "org.lectern.part"    // which part of it, from 0
	partsField   = "org.lectern.parts"   // how many parts it has
	actionsField = "org.lectern.actions" // what an answer to it may press
)

// Options are what an operator sets, and what the program lends.
type Options struct {
	Homeserver string
	User       string
	Token      string
	// AllowInvites are those whose invitations are accepted; * stands for
	// anything.
	AllowInvites []string
	// State is the path of a file that holds the sync position; others beside
	// it begin with the same name.
	State string
	// Commands and Voice are what hints are made of.
	Commands []bot.Command
	Voice    bot.Voice
	Now      func() time.Time
	Log      *slog.Logger
	// StopWithin is how long events under way may take when Run's context
	// ends; 0 is ten seconds.
	StopWithin time.Duration
}

// A Platform is one account on a homeserver.
type Platform struct {
	opt   Options
	cli   *mautrix.Client
	me    id.UserID
	look  Look
	state *state

	connected atomic.Bool

	mu     sync.Mutex
	names  []string // what the bot is called, in lower case
	rooms  map[id.RoomID]*roomInfo
	own    *memo[bot.MessageID, ownPost] // our own messages
	direct map[id.UserID][]id.RoomID     // nil until it was read
	making sync.Mutex                    // one direct room at a time
}

// An ownPost is what must be known of a message that is answered. One that is
// not ours has ours false.
type ownPost struct {
	ours    bool
	actions []bot.Action
}

// New makes the platform; Run connects it. Post works without Run.
func New(opt Options) (*Platform, error) {
	cli, err := mautrix.NewClient(opt.Homeserver, id.UserID(opt.User), opt.Token)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	cli.Log = zerolog.Nop() // it would log texts
	// A request that hangs must end: long polls take thirty seconds at most.
	cli.Client = &http.Client{Timeout: 90 * time.Second}
	if opt.StopWithin == 0 {
		opt.StopWithin = 10 * time.Second
	}
	p := &Platform{
		opt: opt, cli: cli, me: id.UserID(opt.User),
		look:  Look{Prefix: Prefix + " ", Commands: opt.Commands, Voice: opt.Voice},
		rooms: map[id.RoomID]*roomInfo{},
		own:   newMemo[bot.MessageID, ownPost](4096),
	}
	if p.state, err = openState(opt.State); err != nil {
		return nil, err
	}
	return p, nil
}

// Name implements bot.Platform.
func (p *Platform) Name() string { return Name }

// Post implements bot.Platform.
func (p *Platform) Post(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	to := id.RoomID(room.ID)
	look := p.look
	if post.Private && post.Asker != "" {
		direct, err := p.directRoom(ctx, id.UserID(post.Asker))
		if err != nil {
			return "", sendError(err)
		}
		if direct != to {
			to, post.ReplyTo, post.Thread = direct, "", ""
		}
	}
	info, err := p.room(ctx, to)
	if err != nil {
		return "", sendError(err)
	}
	if info.encrypted {
		return "", &bot.PostError{Outcome: bot.Permanent, Right: "a room without encryption", Err: errEncrypted}
	}
	look.Direct = info.direct
	contents := p.contents(post, look)
	var there map[int]bot.MessageID
	if !post.FirstTry.IsZero() && len(contents) > 1 {
		// A try before this one may have sent some of the parts.
		if there, _, err = p.parts(ctx, to, post.Key, post.FirstTry); err != nil {
			return "", sendError(err)
		}
	}
	var last bot.MessageID
	for i := range contents {
		c := &contents[i]
		if sent, ok := there[i]; ok {
			last = sent
			continue
		}
		if err := p.upload(ctx, c); err != nil {
			return "", sendError(err)
		}
		c.fields[partsField] = len(contents)
		c.fields[partField] = i
		resp, err := p.cli.SendMessageEvent(ctx, to, event.EventMessage, &event.Content{Parsed: c.message, Raw: c.fields}, mautrix.ReqSendEvent{TransactionID: c.txn})
		if err != nil {
			return "", sendError(err)
		}
		last = bot.MessageID(resp.EventID)
		p.remember(last, ownPost{ours: true, actions: post.Actions})
	}
	return last, nil
}

var errEncrypted = errors.New("matrix: the room is encrypted")

// A content is an event to send.
type content struct {
	txn     string
	message *event.MessageEventContent
	fields  map[string]any
	file    *bot.File // to be uploaded first
}

// contents are the events of a post: its parts, then its picture and file.
func (p *Platform) contents(post bot.Post, look Look) []content {
	kind := event.MsgText
	if post.Notice {
		kind = event.MsgNotice
	}
	var out []content
	add := func(m *event.MessageEventContent, file *bot.File) {
		m.Mentions = &event.Mentions{}
		n := len(out)
		if n == 0 || post.Thread != "" {
			m.RelatesTo = relation(post)
		}
		out = append(out, content{txn: partKey(post.Key, n), message: m, file: file, fields: map[string]any{keyField: post.Key}})
	}
	reply := post.Reply
	if len(reply.Title) > 0 || len(reply.Blocks) > 0 || len(reply.Actions) > 0 {
		for _, part := range Split(reply, look) {
			add(&event.MessageEventContent{MsgType: kind, Body: part.Plain, Format: event.FormatHTML, FormattedBody: part.HTML}, nil)
		}
		if len(reply.Actions) > 0 {
			out[len(out)-1].fields[actionsField] = reply.Actions
		}
	}
	if x := reply.Image; x != nil {
		add(&event.MessageEventContent{MsgType: event.MsgImage, Body: clean(x.Alt), FileName: clean(x.Name), Info: &event.FileInfo{MimeType: x.MIME, Size: len(x.Data)}},
			&bot.File{Name: x.Name, MIME: x.MIME, Data: x.Data})
	}
	if x := reply.File; x != nil {
		add(&event.MessageEventContent{MsgType: event.MsgFile, Body: clean(x.Name), FileName: clean(x.Name), Info: &event.FileInfo{MimeType: x.MIME, Size: len(x.Data)}}, x)
	}
	return out
}

func relation(post bot.Post) *event.RelatesTo {
	if post.Thread == "" && post.ReplyTo == "" {
		return nil
	}
	r := &event.RelatesTo{}
	if post.Thread != "" {
		r.SetThread(id.EventID(post.Thread), id.EventID(post.Thread))
	}
	if post.ReplyTo != "" {
		r.SetReplyTo(id.EventID(post.ReplyTo))
	}
	return r
}

func (p *Platform) upload(ctx context.Context, c *content) error {
	if c.file == nil {
		return nil
	}
	mime := c.file.MIME
	if mime == "" {
		mime = "application/octet-stream"
	}
	resp, err := p.cli.UploadBytesWithName(ctx, c.file.Data, mime, c.file.Name)
	if err != nil {
		return err
	}
	c.message.URL = resp.ContentURI.CUString()
	return nil
}

// Find implements bot.Finder.
func (p *Platform) Find(ctx context.Context, room bot.Room, key string, since time.Time) (bot.MessageID, error) {
	there, of, err := p.parts(ctx, id.RoomID(room.ID), key, since)
	if err != nil {
		return "", sendError(err)
	}
	if of == 0 || len(there) < of {
		// What is missing of a post is sent when it is posted again.
		return "", bot.ErrNotFound
	}
	return there[of-1], nil
}

// slack is how far a homeserver's clock may be from ours.
const slack = 10 * time.Minute

// maxPages bounds how far back Find and gaps are paged.
const maxPages = 50

// parts looks back through a room for the parts of a post, and says how many
// the post has, 0 if none of it is there.
func (p *Platform) parts(ctx context.Context, room id.RoomID, key string, since time.Time) (there map[int]bot.MessageID, of int, err error) {
	there = map[int]bot.MessageID{}
	oldest := since.Add(-slack)
	from := ""
	for range maxPages {
		page, err := p.cli.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			return nil, 0, err
		}
		for _, e := range page.Chunk {
			if e.Sender == p.me && rawString(e, keyField) == key {
				n, _ := rawOf(e)[partField].(float64)
				all, _ := rawOf(e)[partsField].(float64)
				there[int(n)] = bot.MessageID(e.ID)
				of = max(of, int(all), 1)
			}
			if time.UnixMilli(e.Timestamp).Before(oldest) {
				return there, of, nil
			}
		}
		if of > 0 && len(there) >= of || page.End == "" || page.End == from || len(page.Chunk) == 0 {
			return there, of, nil
		}
		from = page.End
	}
	if of > 0 {
		return there, of, nil
	}
	return nil, 0, errors.New("matrix: the room has too many messages since")
}

// Edit implements bot.Editor. What does not fit into one event is left out.
func (p *Platform) Edit(ctx context.Context, room bot.Room, message bot.MessageID, post bot.Post) error {
	info, err := p.room(ctx, id.RoomID(room.ID))
	if err != nil {
		return sendError(err)
	}
	if info.encrypted {
		return &bot.PostError{Outcome: bot.Permanent, Right: "a room without encryption", Err: errEncrypted}
	}
	post.File, post.Image, post.ReplyTo, post.Thread = nil, nil, "", ""
	all := p.contents(post, p.look)
	if len(all) == 0 {
		return nil
	}
	c := all[0]
	whole := *c.message
	c.message.NewContent = &whole
	c.message.Body = "* " + c.message.Body
	c.message.FormattedBody = "* " + c.message.FormattedBody
	c.message.RelatesTo = (&event.RelatesTo{}).SetReplace(id.EventID(message))
	_, err = p.cli.SendMessageEvent(ctx, id.RoomID(room.ID), event.EventMessage, &event.Content{Parsed: c.message, Raw: c.fields}, mautrix.ReqSendEvent{TransactionID: c.txn})
	if err != nil {
		return sendError(err)
	}
	p.remember(message, ownPost{ours: true, actions: post.Actions})
	return nil
}

func (p *Platform) remember(m bot.MessageID, o ownPost) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.own.put(m, o)
}

// ownPost says whether a message is ours, and what it offered.
func (p *Platform) ownPost(ctx context.Context, room id.RoomID, m id.EventID) (ownPost, error) {
	p.mu.Lock()
	o, ok := p.own.get(bot.MessageID(m))
	p.mu.Unlock()
	if ok {
		return o, nil
	}
	e, err := p.cli.GetEvent(ctx, room, m)
	if err != nil {
		if status(err) == http.StatusNotFound || status(err) == http.StatusForbidden {
			return ownPost{}, nil
		}
		return ownPost{}, err
	}
	o.ours = e.Sender == p.me
	if o.ours {
		o.actions = actionsOf(rawOf(e))
	}
	p.remember(bot.MessageID(m), o)
	return o, nil
}

// press is the action of a message that an answer names: by its label.
func press(actions []bot.Action, text string) *bot.Invocation {
	text = strings.TrimSpace(text)
	for i := range actions {
		if a := &actions[i]; a.Ask == "" && strings.EqualFold(text, strings.TrimSpace(a.Label)) {
			do := a.Do
			return &do
		}
	}
	return nil
}
