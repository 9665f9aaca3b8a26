package discordtest

import (
	"maps"
	"slices"
)

// tell sends an event to a session, or keeps it until it is resumed.
func (s *Server) tell(ss *session, name string, d object) {
	ss.seq++
	e := event{seq: ss.seq, data: encode(object{"op": opDispatch, "d": d, "s": ss.seq, "t": name})}
	ss.log = append(ss.log, e)
	if len(ss.log) > maxLog {
		ss.log = slices.Clone(ss.log[len(ss.log)-maxLog/2:])
	}
	if ss.conn != nil {
		ss.conn.push(frame{data: e.data})
	}
}

// dispatch tells an event to the sessions that are to get it: of the guild's
// shard, or the first where there is no guild, with the intent.
func (s *Server) dispatch(g *guild, need Intents, name string, d object) {
	for _, ss := range s.listeners(g, need) {
		s.tell(ss, name, d)
	}
}

func (s *Server) listeners(g *guild, need Intents) []*session {
	var out []*session
	if g != nil && (g.members[s.app.bot.ID] == nil || g.unavailable) && need != 0 {
		return nil
	}
	for _, ss := range s.gateway.sessions {
		if ss.dead || need != 0 && ss.intents&need == 0 {
			continue
		}
		if ss.conn == nil && s.time().Sub(ss.gone) >= sessionLives {
			delete(s.gateway.sessions, ss.id)
			continue
		}
		shard := 0
		if g != nil {
			shard = shardOf(g.id, ss.total)
		}
		if ss.shard == shard {
			out = append(out, ss)
		}
	}
	return out
}

// messagesIn is the intent for a channel's messages.
func messagesIn(ch *channel) Intents {
	if ch.guild == nil {
		return IntentDirectMessages
	}
	return IntentGuildMessages
}

// tellMessage tells of a message, to each session what it may read of it.
func (s *Server) tellMessage(ch *channel, name string, m *Message) {
	if m.Ephemeral() {
		return
	}
	data := m.json(s)
	if ch.guild != nil {
		data["guild_id"] = ch.guild.id
		if mem := ch.guild.members[m.Author]; mem != nil {
			data["member"] = mem.json(false)
		}
		if !s.rights(ch, s.app.bot.ID).has(ViewChannel) {
			return
		}
	}
	data["channel_type"] = int(ch.kind)
	for _, ss := range s.listeners(ch.guild, messagesIn(ch)) {
		d := data
		if ss.intents&IntentMessageContent == 0 && m.Guild != "" && m.Author != s.app.bot.ID && !slices.Contains(m.mentions, s.app.bot.ID) {
			d = object{}
			maps.Copy(d, data)
			blank(d)
		}
		s.tell(ss, name, d)
	}
}

// Dispatch sends an event of one's own making to every session: what Discord
// may come to send, or a malformed one.
func (s *Server) Dispatch(name string, d map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.gateway.sessions {
		s.tell(ss, name, d)
	}
}
