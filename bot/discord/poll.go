package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// Discord's limits on a poll; lengths are in characters.
const (
	maxPollQuestion = 300
	maxPollAnswer   = 55
	maxPollAnswers  = 10
	maxPollHours    = 768
	maxContent      = 2000
)

// A pollMessage puts something to the vote in a poll of Discord's own. Such a
// message has no components, and is never changed again.
type pollMessage struct {
	Content         string                           `json:"content"`
	Poll            discordgo.Poll                   `json:"poll"`
	AllowedMentions discordgo.MessageAllowedMentions `json:"allowed_mentions"`
	Nonce           string                           `json:"nonce,omitempty"`
	EnforceNonce    bool                             `json:"enforce_nonce,omitempty"`
}

// pollOf is a reply as a poll; ok is false where it does not fit into one.
func (d *drawing) pollOf(r bot.Reply, now time.Time) (m pollMessage, ok bool) {
	v := r.Poll
	hours := max(1, int((v.Closes.Sub(now)+time.Hour-1)/time.Hour)) // whole ones, and it must not end before its time
	question := clean(v.Question)
	if len(v.Choices) == 0 || len(v.Choices) > maxPollAnswers || hours > maxPollHours || units(question) > maxPollQuestion || strings.TrimSpace(question) == "" {
		return m, false
	}
	m = pollMessage{
		Poll:            discordgo.Poll{Question: discordgo.PollMedia{Text: question}, AllowMultiselect: v.Several, LayoutType: discordgo.PollLayoutTypeDefault, Duration: hours},
		AllowedMentions: newMessage().AllowedMentions,
	}
	for _, c := range v.Choices {
		if c = oneLine(c); c == "" || units(c) > maxPollAnswer {
			return m, false
		}
		m.Poll.Answers = append(m.Poll.Answers, discordgo.PollAnswer{Media: &discordgo.PollMedia{Text: c}})
	}
	lines := []string{"**" + escape(oneLine(v.Name), false) + "**"}
	for _, b := range r.Blocks {
		if b.Kind == bot.Small {
			lines = append(lines, d.block(b))
		}
	}
	m.Content = strings.Join(lines, "\n")
	return m, units(m.Content) <= maxContent
}

// A pollSign is what a poll is known by in its channel: there are no numbers in
// it that nobody sees. Its name is one of its own in its group.
type pollSign struct{ Content, Question string }

func pollKey(key string) string { return "poll " + key }

// postPoll posts a reply as a poll. ok is false where it must be posted
// otherwise: it does not fit, or the bot may not begin polls there.
func (p *Platform) postPoll(ctx context.Context, where channel, to string, post bot.Post) (id bot.MessageID, ok bool, err error) {
	if where.forum() {
		return "", false, nil // a forum's post cannot begin with one
	}
	look := p.look()
	if look.Path == nil {
		look.Path = func(name string) string { return name }
	}
	m, ok := (&drawing{Look: look}).pollOf(post.Reply, p.opt.Now())
	if !ok {
		return "", false, nil
	}
	m.Nonce, m.EnforceNonce = post.Key, post.Key != ""
	sign, err := json.Marshal(pollSign{m.Content, m.Poll.Question.Text})
	if err != nil {
		return "", false, fmt.Errorf("discord: %w", err)
	}
	if err := p.keep(ctx, []Kept{{Key: pollKey(post.Key), Value: sign}}); err != nil {
		return "", false, &waitError{why: err.Error()}
	}
	var sent received
	err = p.api.do(ctx, http.MethodPost, "/channels/"+escaped(to)+"/messages", m, nil, &sent)
	if ae, refused := errors.AsType[*apiError](err); refused && !ae.edge && (ae.status == http.StatusForbidden || ae.status == http.StatusBadRequest) {
		p.opt.Log.Warn("a poll was refused, and its choices are posted as buttons", "channel", to, "err", err)
		return "", false, nil
	}
	if err == nil && sent.ID == "" {
		err = errors.New("discord: a poll was sent, and has no ID")
	}
	if err != nil {
		return "", false, err
	}
	p.remember(sent.ID, sent.ID)
	return bot.MessageID(sent.ID), true, nil
}

// findPoll looks for a poll in its channel, "" if it is not there or was none.
func (p *Platform) findPoll(ctx context.Context, in, key string, since time.Time) (id string, err error) {
	value, ok, err := p.opt.Keep.Kept(ctx, pollKey(key))
	var want pollSign
	if err != nil || !ok || json.Unmarshal(value, &want) != nil {
		return "", err
	}
	err = p.lookBack(ctx, in, since, func(m *received) (enough bool) {
		if m.Poll != nil && m.Content == want.Content && m.Poll.Question.Text == want.Question {
			id = m.ID
		}
		return id != ""
	})
	return id, err
}

// A poll as it is read back.
type poll struct {
	Question discordgo.PollMedia `json:"question"`
	Answers  []struct {
		ID int `json:"answer_id"`
	} `json:"answers"`
	Results struct {
		Final bool `json:"is_finalized"`
	} `json:"results"`
}

// pollAt is the poll that a message holds, nil if it holds none, and where polls
// of its channel and message are read and ended.
func (p *Platform) pollAt(ctx context.Context, room bot.Room, on bot.MessageID) (held *poll, path string, err error) {
	in, message, err := p.place(ctx, room, on)
	if err != nil {
		return nil, "", err
	}
	var m received
	err = repeat(ctx, func() error {
		return p.api.do(ctx, http.MethodGet, "/channels/"+escaped(in)+"/messages/"+escaped(message), nil, nil, &m)
	})
	return m.Poll, "/channels/" + escaped(in) + "/polls/" + escaped(message), err
}

// votersPerPage is how many of an answer's voters Discord gives at once.
const votersPerPage = 100

// Ballots implements bot.Balloter: who chose what in a poll. Buttons keep
// nothing.
func (p *Platform) Ballots(ctx context.Context, room bot.Room, on bot.MessageID) (out []bot.Ballot, err error) {
	held, at, err := p.pollAt(ctx, room, on)
	if hasCode(err, codeUnknownMessage) {
		return nil, bot.ErrNotFound
	}
	if err != nil {
		return nil, sendError(err, rightToWrite)
	}
	if held == nil {
		return nil, nil
	}
	for _, a := range held.Answers {
		after := ""
		for {
			path := fmt.Sprintf("%s/answers/%d?limit=%d", at, a.ID, votersPerPage)
			if after != "" {
				path += "&after=" + escaped(after)
			}
			var page struct {
				Users []*discordgo.User `json:"users"`
			}
			if err := repeat(ctx, func() error { return p.api.do(ctx, http.MethodGet, path, nil, nil, &page) }); err != nil {
				return nil, sendError(err, rightToWrite)
			}
			for _, u := range page.Users {
				out = append(out, bot.Ballot{Account: bot.Account{Platform: Name, ID: u.ID, Name: u.DisplayName()}, Choice: a.ID})
				after = u.ID
			}
			if len(page.Users) < votersPerPage {
				break
			}
		}
	}
	return out, nil
}

// Discord's codes for a poll that cannot be ended.
const codePollExpired = 520001

// EndPoll implements bot.Balloter.
func (p *Platform) EndPoll(ctx context.Context, room bot.Room, on bot.MessageID) error {
	held, at, err := p.pollAt(ctx, room, on)
	switch {
	case hasCode(err, codeUnknownMessage):
		return bot.ErrNotFound
	case err != nil:
		return sendError(err, rightToWrite)
	case held == nil || held.Results.Final:
		return nil
	}
	err = p.api.do(ctx, http.MethodPost, at+"/expire", nil, nil, nil)
	if err != nil && !hasCode(err, codePollExpired) {
		return sendError(err, rightToWrite)
	}
	return nil
}

// voted hears that somebody chose an answer of a poll, or takes it back. Such an
// event has no name of its own: its place in the connection's order tells two
// choices of one person apart.
func (s *session) voted(v *discordgo.MessagePollVoteAdd, removed bool, sequence int64) {
	s.mu.Lock()
	me := s.me
	s.mu.Unlock()
	emoji := strings.ReplaceAll(bot.Keycap(v.AnswerID), "\ufe0f", "")
	if v.UserID == "" || v.UserID == me || emoji == "" {
		return
	}
	e := bot.Event{
		Key:      fmt.Sprintf("%s:v:%s:%s:%d:%t:%d", Name, v.MessageID, v.UserID, v.AnswerID, removed, sequence),
		At:       s.opt.Now(),
		Account:  bot.Account{Platform: Name, ID: v.UserID},
		Direct:   v.GuildID == "",
		Reaction: &bot.Reaction{Message: s.firstOf(v.MessageID), Emoji: emoji, Removed: removed},
	}
	s.later(v.ChannelID+" "+v.UserID, func(ctx context.Context) {
		where, err := s.channel(ctx, v.ChannelID)
		if err != nil {
			where = channel{ID: v.ChannelID, GuildID: v.GuildID}
		}
		e.Room, e.Thread = roomOf(where)
		s.h.Handle(ctx, e) // what it did is seen in the poll
	})
}
