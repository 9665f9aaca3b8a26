package discordtest

import (
	"encoding/json"
	"maps"
	"slices"
)

// The kinds of commands.
const (
	commandChat = 1 + iota
	commandUser
	commandMessage
)

// The types of options.
const (
	optSub = 1 + iota
	optGroup
	optString
	optInteger
	optBoolean
	optUser
	optChannel
	optRole
	optMentionable
	optNumber
	optAttachment
)

// command is a registered command: what was sent, with what Discord adds.
type command struct {
	id, version string
	guild       string
	body        object
}

func (k *command) name() string { return str(k.body, "name") }

func (k *command) kind() int {
	if v := num(k.body, "type"); v != 0 {
		return v
	}
	return commandChat
}

func (k *command) json(s *Server) object {
	out := object{
		"id": k.id, "application_id": s.app.id, "version": k.version, "type": k.kind(), "name": k.name(), "description": "",
		"default_member_permissions": nil, "nsfw": false, "name_localizations": nil, "description_localizations": nil,
	}
	if k.guild != "" {
		out["guild_id"] = k.guild
	} else {
		out["dm_permission"] = true
		out["contexts"] = nil
		out["integration_types"] = []any{0}
	}
	for key, v := range k.body {
		if v != nil && key != "id" {
			out[key] = v
		}
	}
	return out
}

// commandsOf are the commands that a path names: those of a guild, or the
// global ones.
func (s *Server) commandsOf(c *call) (*[]*command, string, error) {
	if c.vars["application_id"] != s.app.id {
		return nil, "", fail(403, 20012, "You are not authorized to perform this action on this application")
	}
	if _, ok := c.vars["guild_id"]; !ok {
		return &s.commands, "", nil
	}
	g, err := s.guildOf(c)
	if err != nil {
		return nil, "", err
	}
	return &g.commands, g.id, nil
}

func (s *Server) listCommands(c *call) (any, error) {
	all, _, err := s.commandsOf(c)
	if err != nil {
		return nil, err
	}
	return s.commandsJSON(*all), nil
}

func (s *Server) commandsJSON(all []*command) []any {
	out := []any{}
	for _, k := range all {
		out = append(out, k.json(s))
	}
	return out
}

// setCommands puts a list in the place of the commands that there are. A
// command keeps its ID while it keeps its name and kind.
func (s *Server) setCommands(c *call) (any, error) {
	all, guildID, err := s.commandsOf(c)
	if err != nil {
		return nil, err
	}
	old := *all
	*all = nil
	for _, v := range c.list {
		body, _ := v.(object)
		s.putCommand(all, old, guildID, body)
	}
	s.bump()
	return s.commandsJSON(*all), nil
}

// putCommand adds a command or puts it in the place of one of the same name.
func (s *Server) putCommand(all *[]*command, old []*command, guildID string, body object) *command {
	k := &command{body: maps.Clone(body), guild: guildID}
	same := func(o *command) bool { return o.name() == k.name() && o.kind() == k.kind() }
	if i := slices.IndexFunc(old, same); i >= 0 {
		k.id, k.version = old[i].id, old[i].version
		if string(encode(old[i].body)) != string(encode(k.body)) {
			k.version = s.newID()
		}
	} else {
		k.id = s.newID()
		k.version = s.newID()
	}
	*all = slices.DeleteFunc(*all, same)
	*all = append(*all, k)
	return k
}

func (s *Server) addCommand(c *call) (any, error) {
	all, guildID, err := s.commandsOf(c)
	if err != nil {
		return nil, err
	}
	before := len(*all)
	k := s.putCommand(all, *all, guildID, c.body)
	if len(*all) > before {
		c.status = 201
	}
	s.bump()
	return k.json(s), nil
}

func (s *Server) commandOf(c *call) (*[]*command, *command, error) {
	all, _, err := s.commandsOf(c)
	if err != nil {
		return nil, nil, err
	}
	for _, k := range *all {
		if k.id == c.vars["command_id"] {
			return all, k, nil
		}
	}
	return nil, nil, unknownCommand
}

func (s *Server) getCommand(c *call) (any, error) {
	_, k, err := s.commandOf(c)
	if err != nil {
		return nil, err
	}
	return k.json(s), nil
}

func (s *Server) editCommand(c *call) (any, error) {
	_, k, err := s.commandOf(c)
	if err != nil {
		return nil, err
	}
	next := maps.Clone(k.body)
	maps.Copy(next, c.body)
	check := &checker{server: s}
	check.command(next, "")
	if len(check.found) > 0 {
		return nil, check.err()
	}
	k.body, k.version = next, s.newID()
	return k.json(s), nil
}

func (s *Server) deleteCommand(c *call) (any, error) {
	all, k, err := s.commandOf(c)
	if err != nil {
		return nil, err
	}
	*all = slices.DeleteFunc(*all, func(x *command) bool { return x == k })
	return nil, nil
}

// Commands are the registered commands as JSON objects: the global ones for
// "", or those of a guild.
func (s *Server) Commands(guildID string) []map[string]any {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.commands
	if guildID != "" {
		all = s.mustGuild(guildID).commands
	}
	var out []map[string]any
	for _, k := range all {
		var v map[string]any
		if json.Unmarshal(encode(k.json(s)), &v) == nil {
			out = append(out, v)
		}
	}
	return out
}

// offered finds a command as a person's client offers it in a channel. A
// guild's own takes the place of a global one.
func (s *Server) offered(name string, kind int, ch *channel, u *user) *command {
	find := func(all []*command) *command {
		for _, k := range all {
			if k.name() == name && k.kind() == kind {
				return k
			}
		}
		return nil
	}
	withBot := ch.guild != nil && ch.guild.members[s.app.bot.ID] != nil
	if withBot {
		if k := find(ch.guild.commands); k != nil {
			return k
		}
	}
	k := find(s.commands)
	if k == nil {
		return nil
	}
	// Contexts: 0 in guilds, 1 with the bot, 2 in other direct ones; without
	// them everywhere that its installation reaches. Installation: 0 in a
	// guild, 1 by a person.
	context := 0
	if ch.guild == nil {
		context = 1
	}
	if contexts := list(k.body, "contexts"); len(contexts) > 0 && !slices.Contains(contexts, any(float64(context))) {
		return nil
	}
	types := list(k.body, "integration_types")
	byGuild := len(types) == 0 || slices.Contains(types, any(float64(0)))
	byUser := slices.Contains(types, any(float64(1)))
	if byGuild && (withBot || ch.guild == nil) || byUser && u.installed {
		return k
	}
	return nil
}
