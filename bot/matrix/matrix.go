// Package matrix is Lectern in Matrix rooms: events in, replies out. It is a
// plain client of one account. In encrypted rooms it writes encrypted or not at
// all: where it cannot, it must not say what others may not read.
package matrix

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto/attachment"
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
	firstField   = "org.lectern.first"   // the post's first event, in those that follow it
	actionsField = "org.lectern.actions" // what an answer to it may press
	askerField   = "org.lectern.asker"   // who may turn its pages
)

// Options are what an operator sets, and what the program lends.
type Options struct {
	Homeserver string
	User       string
	Token      string
	// AllowInvites are those whose invitations are accepted; * stands for
	// anything.
	AllowInvites []string
	// Ignore are those who are not heard, with * as in AllowInvites.
	Ignore []string
	// State is the path of a file that holds the sync position; others beside
	// it begin with the same name.
	State string
	// Keys is the path of the database that holds the device's keys, for
	// encrypted rooms; "" is without them.
	Keys string
	// PrefixOf is what a room wants before commands beside Prefix, "" for
	// nothing; nil if no room wants anything.
	PrefixOf func(ctx context.Context, room bot.Room) (string, error)
	// Commands and Voice are what hints are made of.
	Commands []bot.Command
	Voice    bot.Voice
	Now      func() time.Time
	Log      *slog.Logger
	// StopWithin is how long events under way may take when Run's context
	// ends; 0 is ten seconds.
	StopWithin time.Duration
	// Back is called when the homeserver answers again after it did not, so
	// that what waits for it need not wait any longer; nil is nothing.
	Back func(context.Context)
	// Settle is how long a request whose outcome is not known may still be on
	// its way: so long its answer is neither looked for nor sent again; 0 is
	// five seconds.
	Settle time.Duration
	// LookAfter is how long after the bot's own word a room's history is first
	// looked at for what the homeserver did not hand out; 0 is five seconds.
	LookAfter time.Duration
}

// A Platform is one account on a homeserver.
type Platform struct {
	opt   Options
	cli   *mautrix.Client
	me    id.UserID
	look  Look
	state *state

	connected atomic.Bool
	heard     atomic.Pointer[heard]

	mu     sync.Mutex
	names  []string // what the bot is called, in lower case
	rooms  map[id.RoomID]*roomInfo
	own    *memo[bot.MessageID, ownPost] // our own messages
	direct map[id.UserID][]id.RoomID     // nil until it was read
	// These count how often what is known of direct rooms, or of a room, was
	// forgotten: an answer from before is old.
	directAs, roomsAs int
	made              map[id.RoomID]id.UserID // whom rooms were made for, "" for no one person
	vault             *vault                  // nil without keys
	// keysTried is set when it is known whether there are any.
	keysTried bool
	making    sync.Mutex // one direct room at a time
}

// An ownPost is what must be known of a message that is answered. One that is
// not ours has no first.
type ownPost struct {
	first   bot.MessageID // the first event of the post, by which it is known
	key     string
	actions []bot.Action
	asker   id.UserID // who may turn its pages, "" for nobody
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
	if opt.Settle == 0 {
		opt.Settle = 5 * time.Second
	}
	if opt.LookAfter == 0 {
		opt.LookAfter = lookAfter
	}
	p := &Platform{
		opt: opt, cli: cli, me: id.UserID(opt.User),
		look:  Look{Prefix: Prefix + " ", Commands: opt.Commands, Voice: opt.Voice},
		rooms: map[id.RoomID]*roomInfo{},
		made:  map[id.RoomID]id.UserID{},
		own:   newMemo[bot.MessageID, ownPost](4096),
	}
	cli.Client.Transport = listener{http.DefaultTransport, p}
	if p.state, err = openState(opt.State); err != nil {
		return nil, err
	}
	return p, nil
}

// Name implements bot.Platform.
func (p *Platform) Name() string { return Name }

// Post implements bot.Platform. What does not fit into one event goes on in the
// next; the first names them all.
func (p *Platform) Post(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	to := id.RoomID(room.ID)
	if post.Private && post.Asker != "" {
		direct, err := p.directFrom(ctx, id.UserID(post.Asker), to)
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
	if err := p.canWrite(info); err != nil {
		return "", err
	}
	look := p.lookIn(ctx, to, info)
	contents := p.contents(post, look)
	var there map[int]bot.MessageID
	if !post.FirstTry.IsZero() && len(contents) > 1 {
		// A try before this one may have sent some of the parts.
		if there, _, err = p.parts(ctx, to, post.Key, post.FirstTry); err != nil {
			return "", sendError(err)
		}
	}
	var first bot.MessageID
	for i := range contents {
		c := &contents[i]
		id, sent := there[i]
		if !sent {
			c.fields[partsField] = len(contents)
			if id, err = p.sendPart(ctx, to, info, c, i, first); err != nil {
				return "", sendError(err)
			}
		}
		if i == 0 {
			first = id
		}
		p.remember(id, ownPost{first, post.Key, post.Actions, turner(post)})
	}
	if post.Poll != nil {
		p.offer(ctx, to, first, post)
	}
	return first, nil
}

// lookIn is how replies are drawn in a room.
func (p *Platform) lookIn(ctx context.Context, room id.RoomID, info *roomInfo) Look {
	look := p.look
	look.Direct, look.Secret = info.direct, info.encryption != nil
	if own := p.prefixOf(ctx, room); own != "" {
		look.Prefix = own
		if lettered(own) {
			look.Prefix += " "
		}
	}
	return look
}

// prefixOf is what a room wants before commands. Where that cannot be found out,
// the usual one does.
func (p *Platform) prefixOf(ctx context.Context, room id.RoomID) string {
	if p.opt.PrefixOf == nil {
		return ""
	}
	prefix, err := p.opt.PrefixOf(ctx, roomOf(room))
	if err != nil {
		p.opt.Log.Warn("what stands before commands in a room cannot be found out", "room", string(room), "err", err)
	}
	return prefix
}

// lettered reports whether a space must part a prefix from a command.
func lettered(prefix string) bool {
	r, _ := utf8.DecodeLastRuneInString(prefix)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// sendPart sends the n-th event of a post.
func (p *Platform) sendPart(ctx context.Context, room id.RoomID, info *roomInfo, c *content, n int, first bot.MessageID) (bot.MessageID, error) {
	if err := p.upload(ctx, c, info.encryption != nil); err != nil {
		return "", err
	}
	c.fields[partField] = n
	if first != "" {
		c.fields[firstField] = first
	}
	sent, err := p.emit(ctx, room, info, c)
	return bot.MessageID(sent), err
}

var errEncrypted = errors.New("matrix: the room is encrypted")

// A content is an event to send.
type content struct {
	txn     string
	message *event.MessageEventContent
	fields  map[string]any
	file    *bot.File // to be uploaded first
	thumb   *bot.File // a picture's thumbnail, the same
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
		if n == 0 && !post.Notice {
			for _, user := range post.Mentioned() {
				if isUser(user) {
					m.Mentions.Add(id.UserID(user))
				}
			}
		}
		if n == 0 || post.Thread != "" {
			m.RelatesTo = relation(post)
		}
		c := content{txn: partKey(post.Key, n), message: m, file: file, fields: map[string]any{keyField: post.Key}}
		if len(post.Actions) > 0 {
			c.fields[actionsField] = post.Actions // whichever part is answered
		}
		if who := turner(post); who != "" {
			c.fields[askerField] = who
		}
		out = append(out, c)
	}
	reply := post.Reply
	if len(reply.Title) > 0 || len(reply.Blocks) > 0 || len(reply.Actions) > 0 {
		for _, part := range Split(reply, look) {
			add(&event.MessageEventContent{MsgType: kind, Body: part.Plain, Format: event.FormatHTML, FormattedBody: part.HTML}, nil)
		}
	}
	if x := reply.Image; x != nil {
		info, thumb := picture(x)
		add(&event.MessageEventContent{MsgType: event.MsgImage, Body: clean(x.Alt), FileName: clean(x.Name), Info: info},
			&bot.File{Name: x.Name, MIME: x.MIME, Data: x.Data})
		out[len(out)-1].thumb = thumb
	}
	if x := reply.File; x != nil {
		add(&event.MessageEventContent{MsgType: event.MsgFile, Body: clean(x.Name), FileName: clean(x.Name), Info: &event.FileInfo{MimeType: x.MIME, Size: len(x.Data)}}, x)
	}
	return out
}

// turner is who may turn an answer's pages, "" where it has none.
func turner(post bot.Post) id.UserID {
	if !post.Notice || len(turns(post.Actions)) == 0 {
		return ""
	}
	return id.UserID(post.Asker)
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

// upload puts what goes along with a message where its readers get it; secret
// says that nobody else may be able to read it.
func (p *Platform) upload(ctx context.Context, c *content, secret bool) (err error) {
	m := c.message
	if c.file != nil {
		if m.URL, m.File, err = p.put(ctx, c.file, secret); err != nil {
			return err
		}
	}
	if c.thumb != nil {
		m.Info.ThumbnailURL, m.Info.ThumbnailFile, err = p.put(ctx, c.thumb, secret)
	}
	return err
}

// put uploads a file: encrypted, lock tells where it is and how it is read;
// otherwise where does.
func (p *Platform) put(ctx context.Context, f *bot.File, secret bool) (where id.ContentURIString, lock *event.EncryptedFileInfo, err error) {
	data, mime, name := f.Data, cmp.Or(f.MIME, "application/octet-stream"), f.Name
	if secret {
		lock = &event.EncryptedFileInfo{EncryptedFile: *attachment.NewEncryptedFile()}
		data, mime, name = slices.Clone(data), "application/octet-stream", ""
		lock.EncryptInPlace(data)
	}
	resp, err := p.cli.UploadBytesWithName(ctx, data, mime, name)
	if err != nil {
		return "", nil, err
	}
	if lock != nil {
		lock.URL = resp.ContentURI.CUString()
		return "", lock, nil
	}
	return resp.ContentURI.CUString(), nil, nil
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
	return there[0], nil
}

// slack is how far a homeserver's clock may be from ours.
const slack = 10 * time.Minute

// maxPages bounds how far back Find and gaps are paged.
const maxPages = 50

// parts looks back through a room for the parts of a post, and says how many
// the post has, 0 if none of it is there.
func (p *Platform) parts(ctx context.Context, room id.RoomID, key string, since time.Time) (there map[int]bot.MessageID, of int, err error) {
	there = map[int]bot.MessageID{}
	err = p.lookBack(ctx, room, since, func(e *event.Event) (enough bool) {
		if rawString(e, keyField) == key {
			there[number(e, partField)] = bot.MessageID(e.ID)
			of = max(of, number(e, partsField), 1)
		}
		return of > 0 && len(there) >= of
	})
	if errors.Is(err, errTooMany) && of > 0 {
		err = nil
	}
	return there, of, err
}

var errTooMany = errors.New("matrix: the room has too many messages since")

// lookBack hands the bot's own messages, newest first, to see until that has
// seen enough, or all since a time have been seen.
func (p *Platform) lookBack(ctx context.Context, room id.RoomID, since time.Time, see func(*event.Event) (enough bool)) error {
	oldest := since.Add(-slack)
	from := ""
	for range maxPages {
		page, err := p.cli.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			return err
		}
		for _, e := range page.Chunk {
			if e.Sender == p.me && see(e) || time.UnixMilli(e.Timestamp).Before(oldest) {
				return nil
			}
		}
		if page.End == "" || page.End == from || len(page.Chunk) == 0 {
			return nil
		}
		from = page.End
	}
	return errTooMany
}

// Edit implements bot.Editor: all events of a post are changed, those that it
// needs no more are taken away, and those that it needs besides are added. Files
// and pictures cannot be edited in.
func (p *Platform) Edit(ctx context.Context, room bot.Room, message bot.MessageID, post bot.Post) error {
	in := id.RoomID(room.ID)
	info, err := p.room(ctx, in)
	if err != nil {
		return sendError(err)
	}
	if err := p.canWrite(info); err != nil {
		return err
	}
	there, err := p.events(ctx, in, id.EventID(message))
	if err != nil {
		return sendError(err)
	}
	post.File, post.Image, post.ReplyTo, post.Thread = nil, nil, "", ""
	look := p.lookIn(ctx, in, info)
	contents := p.contents(post, look)
	for i := range max(len(contents), len(there)) {
		switch {
		case i >= len(contents):
			_, err = p.cli.RedactEvent(ctx, in, id.EventID(there[i]), mautrix.ReqRedact{TxnID: partKey(post.Key, i)})
		case i >= len(there):
			var added bot.MessageID
			contents[i].fields[partsField] = len(contents)
			added, err = p.sendPart(ctx, in, info, &contents[i], i, message)
			p.remember(added, ownPost{message, post.Key, post.Actions, turner(post)})
		default:
			c := &contents[i]
			whole := *c.message
			c.message.NewContent = &whole
			c.message.Mentions = &event.Mentions{} // it rang when it was posted
			c.message.Body = "* " + c.message.Body
			c.message.FormattedBody = "* " + c.message.FormattedBody
			c.message.RelatesTo = (&event.RelatesTo{}).SetReplace(id.EventID(there[i]))
			_, err = p.emit(ctx, in, info, c)
			p.remember(there[i], ownPost{message, post.Key, post.Actions, turner(post)})
		}
		if err != nil {
			return sendError(err)
		}
	}
	return nil
}

// A homeserver's history may lack what it has just taken in: events that are
// missing in it are looked for so often, and so far apart.
const (
	historyTries = 5
	historyPause = 200 * time.Millisecond
)

// events are those of a post, in order, by its first.
func (p *Platform) events(ctx context.Context, room id.RoomID, first id.EventID) ([]bot.MessageID, error) {
	var rest map[int]bot.MessageID
	for try := range historyTries {
		if try > 0 {
			pause(ctx, historyPause)
		}
		e, err := p.cli.GetEvent(ctx, room, first)
		if errors.Is(err, mautrix.MNotFound) && try+1 < historyTries {
			continue
		}
		if err != nil {
			return nil, err
		}
		// An edit may have added some; what one took away is gone for good.
		rest = map[int]bot.MessageID{}
		of := number(e, partsField)
		err = p.lookBack(ctx, room, time.UnixMilli(e.Timestamp), func(x *event.Event) (enough bool) {
			if rawString(x, firstField) == string(first) {
				rest[number(x, partField)] = bot.MessageID(x.ID)
				of = max(of, number(x, partsField))
			}
			return x.ID == first
		})
		if err != nil {
			return nil, err
		}
		if len(rest)+1 >= of {
			break
		}
	}
	out := []bot.MessageID{bot.MessageID(first)}
	for _, n := range slices.Sorted(maps.Keys(rest)) {
		out = append(out, rest[n])
	}
	return out, nil
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
	e, err := p.getEvent(ctx, room, m)
	if err != nil {
		if status(err) == http.StatusNotFound || status(err) == http.StatusForbidden {
			return ownPost{}, nil
		}
		return ownPost{}, err
	}
	if e.Sender == p.me {
		o.first, o.key, o.actions, o.asker = bot.MessageID(m), rawString(e, keyField), actionsOf(rawOf(e)), id.UserID(rawString(e, askerField))
		if o.asker != "" { // its page may have been turned
			o.actions = actionsOf(rawOf(p.latest(ctx, room, e)))
		}
		if first := rawString(e, firstField); first != "" {
			o.first = bot.MessageID(first)
		}
	}
	p.remember(bot.MessageID(m), o)
	return o, nil
}

// press is the action of a message that an answer names: by its label, or by
// words that this label alone begins with, such as "cite" or "4" for "4 ▶". What
// takes something away needs its whole label.
func press(actions []bot.Action, text string) *bot.Invocation {
	said := letters(text)
	if said == "" {
		return nil
	}
	var found *bot.Action
	for i := range actions {
		a := &actions[i]
		label := letters(a.Label)
		switch {
		case a.Ask != "":
		case label == said:
			return new(a.Do)
		case !a.Danger && a.React == "" && strings.HasPrefix(label, said+" "):
			if found != nil {
				return nil // it may be either
			}
			found = a
		}
	}
	if found == nil {
		return nil
	}
	return new(found.Do)
}

// letters is a text's letters and digits, in lower case, in words.
func letters(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }), " ")
}
