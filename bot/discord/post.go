package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// The rights that are missing, as Discord calls them where they are given.
const (
	rightToWrite  = "View Channel, Send Messages and Attach Files"
	rightToThread = "Create Public Threads"
	rightToPin    = "Pin Messages"

	rightToWriteInThread = "View Channel, Send Messages in Threads and Attach Files"
	rightToForum         = "View Channel, Create Posts, Send Messages in Posts and Attach Files"
)

// Post implements bot.Platform. What does not fit into one message goes on in
// the next.
func (p *Platform) Post(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	id, err := p.post(ctx, room, post)
	if err != nil {
		return "", sendError(err, rightToWrite)
	}
	return id, nil
}

func (p *Platform) post(ctx context.Context, room bot.Room, post bot.Post) (bot.MessageID, error) {
	to := string(room.ID)
	if post.Private && post.Asker != "" {
		direct, err := p.directChannel(ctx, post.Asker)
		if err != nil {
			return "", err
		}
		if direct != to {
			to, post.ReplyTo = direct, ""
		}
	} else if post.Thread != "" {
		post.ReplyTo = ""
		return p.postInThread(ctx, room, post)
	}
	return p.postTo(ctx, to, post)
}

// postTo posts into a channel.
func (p *Platform) postTo(ctx context.Context, to string, post bot.Post) (bot.MessageID, error) {
	where, err := p.channel(ctx, to)
	if err != nil {
		return "", err
	}
	if post.Poll != nil {
		if id, ok, err := p.postPoll(ctx, where, to, post); ok || err != nil {
			return id, err
		}
	}
	look := p.look()
	look.Marks = marksOf(post.Key)
	messages, kept := Render(post.Reply, look)
	if err := p.keep(ctx, kept); err != nil {
		return "", &waitError{why: err.Error()}
	}
	if where.forum() {
		return p.postInForum(ctx, where, post, messages)
	}
	var there map[int]string
	if !post.FirstTry.IsZero() && len(messages) > 1 {
		// A try before this one may have sent some of them.
		if there, _, err = p.parts(ctx, to, look.Marks, post.FirstTry); err != nil {
			return "", err
		}
	}
	return p.sendAll(ctx, to, post, messages, there)
}

// sendAll sends the messages of a post that are not there, in order.
func (p *Platform) sendAll(ctx context.Context, to string, post bot.Post, messages []Message, there map[int]string) (bot.MessageID, error) {
	first := ""
	for i := range messages {
		id, sent := there[i]
		if !sent {
			m := &messages[i]
			m.Nonce, m.EnforceNonce = partKey(post.Key, i), post.Key != ""
			if i == 0 && post.ReplyTo != "" {
				m.Reference = &discordgo.MessageReference{MessageID: string(post.ReplyTo), FailIfNotExists: new(false)}
			}
			var err error
			if id, err = p.send(ctx, to, m); err != nil {
				return "", err
			}
		}
		if i == 0 {
			first = id
		}
		p.remember(id, first)
	}
	return bot.MessageID(first), nil
}

func (p *Platform) send(ctx context.Context, to string, m *Message) (string, error) {
	var sent received
	if err := p.api.do(ctx, http.MethodPost, "/channels/"+escaped(to)+"/messages", m, m.files, &sent); err != nil {
		return "", err
	}
	if sent.ID == "" {
		return "", errors.New("discord: a message was sent, and has no ID")
	}
	return sent.ID, nil
}

// partKey is the nonce of the n-th message of a post, at most 25 characters.
func partKey(key string, n int) string {
	if n == 0 {
		return key
	}
	return bot.Key(fmt.Sprintf("%s part %d", key, n))
}

func (p *Platform) remember(message, first string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.firsts.put(message, first)
}

// firstOf is the first message of the post that a message belongs to.
func (p *Platform) firstOf(message string) bot.MessageID {
	p.mu.Lock()
	defer p.mu.Unlock()
	if first, ok := p.firsts.get(message); ok {
		return bot.MessageID(first)
	}
	return bot.MessageID(message)
}

// slack is how far Discord's clock may be from ours.
const slack = 10 * time.Minute

// maxPages bounds how far back a room is looked through, a hundred messages
// each.
const maxPages = 50

var errTooMany = errors.New("discord: the channel has too many messages since")

// Find implements bot.Finder.
func (p *Platform) Find(ctx context.Context, room bot.Room, key string, since time.Time) (bot.MessageID, error) {
	where, err := p.channel(ctx, string(room.ID))
	if err != nil {
		return "", sendError(err, rightToWrite)
	}
	in := where.ID
	if where.forum() {
		if in, err = p.inForum(ctx, where, marksOf(key), since); err != nil {
			return "", sendError(err, rightToWrite)
		}
		if in == "" {
			return "", bot.ErrNotFound
		}
	}
	there, of, err := p.parts(ctx, in, marksOf(key), since)
	if err != nil {
		return "", sendError(err, rightToWrite)
	}
	if of == 0 {
		poll, err := p.findPoll(ctx, in, key, since)
		if err != nil {
			return "", sendError(err, rightToWrite)
		}
		if poll != "" {
			return bot.MessageID(poll), nil
		}
	}
	if of == 0 || len(there) < of {
		// What is missing of a post is sent when it is posted again.
		return "", bot.ErrNotFound
	}
	return bot.MessageID(there[0]), nil
}

// parts looks back through a channel for the messages of a post, and says how
// many it has, 0 if none of them is there.
func (p *Platform) parts(ctx context.Context, in string, k marks, since time.Time) (there map[int]string, of int, err error) {
	there = map[int]string{}
	err = p.lookBack(ctx, in, since, func(m *received) (enough bool) {
		if n, parts, ok := k.match(m); ok {
			there[n] = m.ID
			of = max(of, parts)
		}
		return of > 0 && len(there) >= of
	})
	if errors.Is(err, errTooMany) && of > 0 {
		err = nil
	}
	return there, of, err
}

// lookBack hands the messages of a channel, newest first, to see until that
// has seen enough, or all since a time have been seen.
func (p *Platform) lookBack(ctx context.Context, in string, since time.Time, see func(*received) (enough bool)) error {
	oldest, before := since.Add(-slack), ""
	for range maxPages {
		page, err := p.page(ctx, in, "before", before)
		if err != nil {
			return err
		}
		for i := range page {
			m := &page[i]
			if see(m) || madeAt(m.ID).Before(oldest) {
				return nil
			}
			before = m.ID
		}
		if len(page) < 100 {
			return nil
		}
	}
	return errTooMany
}

// page is up to a hundred messages of a channel, before or after one.
func (p *Platform) page(ctx context.Context, in, side, message string) (page []received, err error) {
	path := "/channels/" + escaped(in) + "/messages?limit=100"
	if message != "" {
		path += "&" + side + "=" + escaped(message)
	}
	err = repeat(ctx, func() error { return p.api.do(ctx, http.MethodGet, path, nil, nil, &page) })
	return page, err
}

// place is the channel in which a post of a room stands, and its message there:
// a forum's stand each in a thread of their own.
func (p *Platform) place(ctx context.Context, room bot.Room, id bot.MessageID) (in, message string, err error) {
	thread, message, threaded := strings.Cut(string(id), "/")
	if !threaded {
		thread, message = string(id), string(id)
	}
	if !isID(thread) || !isID(message) {
		return "", "", &apiError{status: http.StatusNotFound, code: codeUnknownMessage, message: "no message has this ID"}
	}
	if threaded {
		return thread, message, nil
	}
	where, err := p.channel(ctx, string(room.ID))
	if err != nil {
		return "", "", err
	}
	if where.forum() {
		return message, message, nil
	}
	return where.ID, message, nil
}

// Edit implements bot.Editor: all messages of a post are changed, those that
// it needs no more are taken away, and those that it needs besides are added.
// Files and pictures cannot be edited in.
func (p *Platform) Edit(ctx context.Context, room bot.Room, id bot.MessageID, post bot.Post) error {
	if err := p.edit(ctx, room, id, post); err != nil {
		return sendError(err, rightToWrite)
	}
	return nil
}

func (p *Platform) edit(ctx context.Context, room bot.Room, id bot.MessageID, post bot.Post) error {
	in, first, err := p.place(ctx, room, id)
	if err != nil {
		return err
	}
	there, k, err := p.messagesOf(ctx, in, first)
	if err != nil {
		return err
	}
	post.File, post.Image, post.ReplyTo = nil, nil, ""
	look := p.look()
	if look.Marks = k; k.none() {
		look.Marks = marksOf(post.Key)
	}
	messages, kept := Render(post.Reply, look)
	if err := p.keep(ctx, kept); err != nil {
		return &waitError{why: err.Error()}
	}
	for i := range max(len(messages), len(there)) {
		path := "/channels/" + escaped(in) + "/messages"
		switch {
		case i >= len(messages):
			err = p.delete(ctx, in, there[i])
		case i >= len(there):
			m := &messages[i]
			m.Nonce, m.EnforceNonce = partKey(post.Key, i), true
			var added string
			added, err = p.send(ctx, in, m)
			p.remember(added, first)
		default:
			err = p.api.do(ctx, http.MethodPatch, path+"/"+escaped(there[i]), &messages[i], nil, nil)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// messagesOf are the messages of a post, in order, by its first, and its marks.
func (p *Platform) messagesOf(ctx context.Context, in, first string) ([]string, marks, error) {
	var m received
	err := repeat(ctx, func() error {
		return p.api.do(ctx, http.MethodGet, "/channels/"+escaped(in)+"/messages/"+escaped(first), nil, nil, &m)
	})
	if err != nil {
		return nil, marks{}, err
	}
	k := marksIn(&m)
	out := []string{first}
	_, of, ok := k.match(&m)
	if !ok || of <= 1 {
		return out, k, nil
	}
	after := first
	for range maxPages {
		page, err := p.page(ctx, in, "after", after)
		if err != nil {
			return nil, k, err
		}
		for i := len(page) - 1; i >= 0; i-- { // newest first
			if n, _, ok := k.match(&page[i]); ok && n == len(out) {
				out = append(out, page[i].ID)
			}
		}
		if len(out) >= of || len(page) < 100 {
			return out, k, nil
		}
		after = page[0].ID
	}
	return out, k, nil
}

// Delete implements bot.Deleter.
func (p *Platform) Delete(ctx context.Context, room bot.Room, id bot.MessageID, _ string) error {
	in, first, err := p.place(ctx, room, id)
	if err != nil {
		return sendError(err, rightToWrite)
	}
	there, _, err := p.messagesOf(ctx, in, first)
	if hasCode(err, codeUnknownMessage, codeUnknownChannel) {
		return nil
	}
	if err != nil {
		return sendError(err, rightToWrite)
	}
	for _, x := range there {
		if err := p.delete(ctx, in, x); err != nil {
			return sendError(err, rightToWrite)
		}
	}
	return nil
}

// delete takes one message away; one that is gone is no error.
func (p *Platform) delete(ctx context.Context, in, id string) error {
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
			return dg.ChannelMessageDelete(in, id, o)
		})
	})
	if hasCode(err, codeUnknownMessage) {
		return nil
	}
	return err
}

// Pin implements bot.Pinner.
func (p *Platform) Pin(ctx context.Context, room bot.Room, id bot.MessageID, pinned bool) error {
	in, message, err := p.place(ctx, room, id)
	if err != nil {
		return sendError(err, rightToPin)
	}
	err = repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) error {
			if pinned {
				return dg.ChannelMessagePin(in, message, o)
			}
			return dg.ChannelMessageUnpin(in, message, o)
		})
	})
	if err != nil {
		return sendError(err, rightToPin)
	}
	return nil
}

// Direct implements bot.Confidant.
func (p *Platform) Direct(ctx context.Context, user string) (bot.Room, error) {
	in, err := p.directChannel(ctx, user)
	if err != nil {
		return bot.Room{}, sendError(err, rightToWrite)
	}
	return bot.Room{Platform: Name, ID: bot.RoomID(in)}, nil
}

func (p *Platform) directChannel(ctx context.Context, user string) (string, error) {
	p.mu.Lock()
	in, ok := p.direct.get(user)
	p.mu.Unlock()
	if ok {
		return in, nil
	}
	if strings.TrimSpace(user) == "" {
		return "", errors.New("discord: nobody to write to")
	}
	var made *discordgo.Channel
	err := repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			made, err = dg.UserChannelCreate(user, o)
			return err
		})
	})
	if err != nil {
		return "", err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.direct.put(user, made.ID)
	p.channels.put(made.ID, channelOf(made))
	return made.ID, nil
}
