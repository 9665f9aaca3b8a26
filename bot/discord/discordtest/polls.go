package discordtest

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// A Poll is a poll as it stands.
type Poll struct {
	Question string
	Answers  []string // the first has the ID 1
	Multiple bool
	Ends     time.Time
	Final    bool
	Votes    map[int][]string // users by an answer's ID, in order
	raw      object
}

func (p *Poll) view() Poll {
	v := *p
	v.Answers = slices.Clone(p.Answers)
	v.Votes = map[int][]string{}
	for id, who := range p.Votes {
		v.Votes[id] = slices.Clone(who)
	}
	return v
}

func (s *Server) newPoll(body object) *Poll {
	q, _ := body["question"].(object)
	p := &Poll{Question: str(q, "text"), Votes: map[int][]string{}, raw: body}
	p.Multiple, _ = body["allow_multiselect"].(bool)
	for _, a := range objects(body, "answers") {
		media, _ := a["poll_media"].(object)
		p.Answers = append(p.Answers, str(media, "text"))
	}
	hours := 24
	if h := num(body, "duration"); h != 0 {
		hours = h
	}
	p.Ends = s.time().Add(time.Duration(hours) * time.Hour)
	return p
}

func (p *Poll) json(s *Server) object {
	answers, counts := []any{}, []any{}
	raw := objects(p.raw, "answers")
	for i, text := range p.Answers {
		media := object{"text": text}
		if from, ok := raw[i]["poll_media"].(object); ok && from["emoji"] != nil {
			media["emoji"] = from["emoji"]
		}
		answers = append(answers, object{"answer_id": i + 1, "poll_media": media})
		if n := len(p.Votes[i+1]); n > 0 {
			counts = append(counts, object{"id": i + 1, "count": n, "me_voted": slices.Contains(p.Votes[i+1], s.app.bot.ID)})
		}
	}
	return object{
		"question": object{"text": p.Question}, "answers": answers, "expiry": stamp(p.Ends), "allow_multiselect": p.Multiple, "layout_type": 1,
		"results": object{"answer_counts": counts, "is_finalized": p.Final},
	}
}

// Vote casts somebody's vote: it stands in place of what they voted before; no
// answers takes it back. Answers are numbered from 1.
func (s *Server) Vote(userID, messageID string, answers ...int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.anywhere(messageID)
	if m == nil || m.Poll == nil {
		return fmt.Errorf("discordtest: message %s is no poll", messageID)
	}
	p := m.Poll
	if p.Final {
		return fmt.Errorf("discordtest: the poll is over")
	}
	if len(answers) > 1 && !p.Multiple {
		return fmt.Errorf("discordtest: the poll takes one answer")
	}
	ch := s.channels[m.Channel]
	for id := 1; id <= len(p.Answers); id++ {
		was, is := slices.Contains(p.Votes[id], userID), slices.Contains(answers, id)
		switch {
		case was && !is:
			p.Votes[id] = slices.DeleteFunc(p.Votes[id], func(u string) bool { return u == userID })
			s.tellVote(ch, m, userID, id, "MESSAGE_POLL_VOTE_REMOVE")
		case is && !was:
			p.Votes[id] = append(p.Votes[id], userID)
			s.tellVote(ch, m, userID, id, "MESSAGE_POLL_VOTE_ADD")
		}
	}
	return nil
}

func (s *Server) tellVote(ch *channel, m *Message, userID string, answer int, name string) {
	need := IntentDirectMessagePolls
	data := object{"user_id": userID, "channel_id": ch.id, "message_id": m.ID, "answer_id": answer}
	if ch.guild != nil {
		need = IntentGuildMessagePolls
		data["guild_id"] = ch.guild.id
	}
	s.dispatch(ch.guild, need, name, data)
	s.bump()
}

// endPolls ends the polls whose time is over.
func (s *Server) endPolls() {
	for _, ch := range s.channels {
		for _, m := range slices.Clone(ch.messages) {
			if m.Poll != nil && !m.Poll.Final && !m.Deleted && !s.time().Before(m.Poll.Ends) {
				s.endPoll(ch, m)
			}
		}
	}
}

// endPoll ends a poll and posts its result, as Discord does.
func (s *Server) endPoll(ch *channel, m *Message) {
	m.Poll.Final = true
	if now := s.time(); now.Before(m.Poll.Ends) {
		m.Poll.Ends = now
	}
	s.tellMessage(ch, "MESSAGE_UPDATE", m)
	total, best, won := 0, 0, 0
	for id := 1; id <= len(m.Poll.Answers); id++ {
		n := len(m.Poll.Votes[id])
		if total += n; n > best {
			best, won = n, id
		}
	}
	fields := []any{
		object{"name": "poll_question_text", "value": m.Poll.Question, "inline": false},
		object{"name": "victor_answer_votes", "value": strconv.Itoa(best), "inline": false},
		object{"name": "total_votes", "value": strconv.Itoa(total), "inline": false},
	}
	if won > 0 {
		fields = append(fields, object{"name": "victor_answer_id", "value": strconv.Itoa(won), "inline": false},
			object{"name": "victor_answer_text", "value": m.Poll.Answers[won-1], "inline": false})
	}
	result := &Message{
		ID: s.newID(), Channel: ch.id, Author: m.Author, Type: 46, Created: s.time(), ReplyTo: m.ID, Reactions: map[string][]string{},
		Embeds: []any{object{"type": "poll_result", "fields": fields}},
	}
	if ch.guild != nil {
		result.Guild = ch.guild.id
	}
	s.publish(ch, result)
}

func (s *Server) pollVoters(c *call) (any, error) {
	_, m, err := s.messageOf(c, ReadMessageHistory)
	if err != nil {
		return nil, err
	}
	id, err := strconv.Atoi(c.vars["answer_id"])
	if m.Poll == nil || err != nil || id < 1 || id > len(m.Poll.Answers) {
		return nil, malformed(BadQuery, "answer_id", "Unknown answer")
	}
	limit := 25
	if l, err := strconv.Atoi(c.query.Get("limit")); err == nil {
		limit = l
	}
	who := slices.Clone(m.Poll.Votes[id])
	slices.SortFunc(who, func(a, b string) int { return int(int64(number(a) - number(b))) })
	users := []any{}
	for _, u := range who {
		if number(u) > number(c.query.Get("after")) && len(users) < limit {
			users = append(users, s.users[u].json())
		}
	}
	return object{"users": users}, nil
}

func (s *Server) expirePoll(c *call) (any, error) {
	ch, m, err := s.messageOf(c, 0)
	if err != nil {
		return nil, err
	}
	switch {
	case m.Poll == nil:
		return nil, notAPoll
	case m.Author != s.app.bot.ID:
		return nil, notOurMessage
	case m.Poll.Final:
		return nil, pollExpired
	}
	s.endPoll(ch, m)
	return m.json(s), nil
}
