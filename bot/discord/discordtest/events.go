package discordtest

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// An Event is a guild's scheduled event as it stands.
type Event struct {
	ID, Guild, Channel, Creator string
	Name, Description, Location string
	Starts, Ends                time.Time // Ends is zero when there is none
	Status                      int       // 1 scheduled, 2 active, 3 completed, 4 cancelled
	Kind                        int       // 1 stage, 2 voice, 3 elsewhere
	Recurrence                  map[string]any
	Interested                  []string // users, in order
}

// The states of an event.
const (
	eventScheduled = 1 + iota
	eventActive
	eventCompleted
	eventCancelled
)

// openEvents is how many events a guild may have ahead of it.
const openEvents = 100

func (e *Event) json(s *Server, count bool) object {
	out := object{
		"id": e.ID, "guild_id": e.Guild, "channel_id": nil, "creator_id": e.Creator, "creator": s.users[e.Creator].json(), "name": e.Name,
		"description": nil, "image": nil, "scheduled_start_time": stamp(e.Starts), "scheduled_end_time": stampOrNil(e.Ends),
		"status": e.Status, "entity_type": e.Kind, "entity_id": nil, "privacy_level": 2, "recurrence_rule": nil,
		"entity_metadata": nil, "user_rsvp": nil, "guild_scheduled_event_exceptions": []any{},
	}
	if e.Description != "" {
		out["description"] = e.Description
	}
	if e.Channel != "" {
		out["channel_id"] = e.Channel
		out["entity_metadata"] = object{}
	}
	if e.Location != "" {
		out["entity_metadata"] = object{"location": e.Location}
	}
	if e.Recurrence != nil {
		rule := object{"end": nil, "by_weekday": nil, "by_n_weekday": nil, "by_month": nil, "by_month_day": nil, "by_year_day": nil, "count": nil}
		maps.Copy(rule, e.Recurrence)
		out["recurrence_rule"] = rule
	}
	if count {
		out["user_count"] = len(e.Interested)
	}
	return out
}

// Events are a guild's scheduled events.
func (s *Server) Events(guildID string) []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Event
	for _, e := range s.mustGuild(guildID).events {
		v := *e
		v.Interested = slices.Clone(e.Interested)
		out = append(out, v)
	}
	return out
}

// Interested marks somebody as interested in an event, or no longer.
func (s *Server) Interested(userID, eventID string, yes bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.guilds {
		for _, e := range g.events {
			was := slices.Contains(e.Interested, userID)
			if e.ID != eventID || was == yes {
				continue
			}
			name := "GUILD_SCHEDULED_EVENT_USER_ADD"
			if yes {
				e.Interested = append(e.Interested, userID)
			} else {
				e.Interested = slices.DeleteFunc(e.Interested, func(u string) bool { return u == userID })
				name = "GUILD_SCHEDULED_EVENT_USER_REMOVE"
			}
			s.dispatch(g, IntentGuildScheduledEvents, name, object{"guild_scheduled_event_id": e.ID, "user_id": userID, "guild_id": g.id})
			s.bump()
		}
	}
}

// CancelEvent cancels an event as a person would.
func (s *Server) CancelEvent(eventID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, g := range s.guilds {
		for _, e := range g.events {
			if e.ID == eventID {
				e.Status = eventCancelled
				s.dispatch(g, IntentGuildScheduledEvents, "GUILD_SCHEDULED_EVENT_UPDATE", e.json(s, false))
			}
		}
	}
}

func (s *Server) listEvents(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, e := range g.events {
		if e.Status == eventScheduled || e.Status == eventActive {
			out = append(out, e.json(s, c.query.Get("with_user_count") == "true"))
		}
	}
	return out, nil
}

func (s *Server) eventOf(c *call) (*guild, *Event, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range g.events {
		if e.ID == c.vars["guild_scheduled_event_id"] {
			return g, e, nil
		}
	}
	return nil, nil, unknownEvent
}

func (s *Server) getEvent(c *call) (any, error) {
	_, e, err := s.eventOf(c)
	if err != nil {
		return nil, err
	}
	return e.json(s, c.query.Get("with_user_count") == "true"), nil
}

// mayEvent says whether the bot may make an event there, or change one.
func (s *Server) mayEvent(g *guild, channelID string, p Permission) error {
	if channelID == "" {
		return s.needIn(g, p)
	}
	ch := s.channels[channelID]
	if ch == nil || ch.guild != g {
		return unknownChannel
	}
	return s.need(ch, p|Connect)
}

func (s *Server) createEvent(c *call) (any, error) {
	g, err := s.guildOf(c)
	if err != nil {
		return nil, err
	}
	if err := s.mayEvent(g, str(c.body, "channel_id"), CreateEvents); err != nil {
		return nil, err
	}
	ahead := 0
	for _, e := range g.events {
		if e.Status == eventScheduled || e.Status == eventActive {
			ahead++
		}
	}
	if ahead >= openEvents {
		return nil, maxEvents
	}
	e := &Event{ID: s.newID(), Guild: g.id, Creator: s.app.bot.ID, Status: eventScheduled}
	if err := s.setEvent(e, c.body, true); err != nil {
		return nil, err
	}
	g.events = append(g.events, e)
	s.dispatch(g, IntentGuildScheduledEvents, "GUILD_SCHEDULED_EVENT_CREATE", e.json(s, false))
	return e.json(s, false), nil
}

// setEvent fills in what a body names, and holds the whole to the rules.
func (s *Server) setEvent(e *Event, body object, fresh bool) error {
	next := *e
	has := func(k string) bool { _, ok := body[k]; return ok }
	if has("name") {
		next.Name = str(body, "name")
	}
	if has("description") {
		next.Description = str(body, "description")
	}
	if has("entity_type") {
		next.Kind = num(body, "entity_type")
	}
	if has("channel_id") {
		next.Channel = str(body, "channel_id")
	}
	if has("entity_metadata") {
		meta, _ := body["entity_metadata"].(object)
		next.Location = str(meta, "location")
	}
	moved := has("scheduled_start_time")
	if moved {
		next.Starts = instant(body, "scheduled_start_time")
	}
	if has("scheduled_end_time") {
		next.Ends = instant(body, "scheduled_end_time")
	}
	if has("recurrence_rule") {
		next.Recurrence, _ = body["recurrence_rule"].(object)
	}
	if has("status") {
		to := num(body, "status")
		allowed := to == e.Status || e.Status == eventScheduled && (to == eventActive || to == eventCancelled) || e.Status == eventActive && to == eventCompleted
		if fresh || !allowed {
			return malformed(EventStatus, "status", "Invalid Guild Scheduled Event Status Transition")
		}
		next.Status = to
	} else if !fresh && (e.Status == eventCompleted || e.Status == eventCancelled) {
		return fail(400, 180000, "Cannot update a finished event")
	}
	k := &checker{server: s}
	k.event(&next, moved, s.time())
	if len(k.found) > 0 {
		return k.err()
	}
	*e = next
	return nil
}

func (s *Server) editEvent(c *call) (any, error) {
	g, e, err := s.eventOf(c)
	if err != nil {
		return nil, err
	}
	p := ManageEvents
	if e.Creator == s.app.bot.ID {
		p = CreateEvents // whoever may create events may change their own
	}
	where := e.Channel
	if _, ok := c.body["channel_id"]; ok {
		where = str(c.body, "channel_id")
	}
	if err := s.mayEvent(g, where, p); err != nil {
		return nil, err
	}
	if err := s.setEvent(e, c.body, false); err != nil {
		return nil, err
	}
	s.dispatch(g, IntentGuildScheduledEvents, "GUILD_SCHEDULED_EVENT_UPDATE", e.json(s, false))
	return e.json(s, false), nil
}

func (s *Server) deleteEvent(c *call) (any, error) {
	g, e, err := s.eventOf(c)
	if err != nil {
		return nil, err
	}
	p := ManageEvents
	if e.Creator == s.app.bot.ID {
		p = CreateEvents
	}
	if err := s.mayEvent(g, e.Channel, p); err != nil {
		return nil, err
	}
	g.events = slices.DeleteFunc(g.events, func(x *Event) bool { return x == e })
	s.dispatch(g, IntentGuildScheduledEvents, "GUILD_SCHEDULED_EVENT_DELETE", e.json(s, false))
	return nil, nil
}

func (s *Server) eventUsers(c *call) (any, error) {
	g, e, err := s.eventOf(c)
	if err != nil {
		return nil, err
	}
	limit := 100
	if l, err := strconv.Atoi(c.query.Get("limit")); err == nil {
		limit = min(l, 100)
	}
	who := slices.Clone(e.Interested)
	slices.SortFunc(who, func(a, b string) int { return int(int64(number(a) - number(b))) })
	out := []any{}
	for _, u := range who {
		if number(u) <= number(c.query.Get("after")) || len(out) == limit || s.users[u] == nil {
			continue
		}
		one := object{"guild_scheduled_event_id": e.ID, "user_id": u, "user": s.users[u].json(), "response": 1}
		if m := g.members[u]; m != nil && c.query.Get("with_member") == "true" {
			one["member"] = m.json(true)
		}
		out = append(out, one)
	}
	return out, nil
}
