package discordtest

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Values are the options of a command by name: string, bool, int, float64, the
// ID of a user, a role or a channel, or a File.
type Values map[string]any

// A File is what a person attaches.
type File struct {
	Name, MIME string
	Data       []byte
}

// Command calls a slash command as somebody in a channel, as their client
// would: it must be registered and offered there, and its options must be what
// it says. name may go on with a subcommand: "plan create".
func (s *Server) Command(userID, channelID, name string, v Values) (*Interaction, error) {
	return s.call(userID, channelID, name, v, "", kindCommand)
}

// Complete asks what the bot offers for an option while somebody types it: its
// value in v is what they have typed so far.
func (s *Server) Complete(userID, channelID, name, option string, v Values) (*Interaction, error) {
	return s.call(userID, channelID, name, v, option, kindAutocomplete)
}

// here finds the person and the channel, which they must be able to see.
func (s *Server) here(userID, channelID string) (*user, *channel, error) {
	u, ch := s.users[userID], s.channels[channelID]
	if u == nil || ch == nil {
		return nil, nil, fmt.Errorf("discordtest: no user %s, or no channel %s", userID, channelID)
	}
	if p := s.rights(ch, u.ID); !p.has(ViewChannel | UseApplicationCommand) {
		return nil, nil, fmt.Errorf("discordtest: %s cannot use commands in channel %q", u.Name, ch.name)
	}
	return u, ch, nil
}

func (s *Server) call(userID, channelID, name string, v Values, focus string, kind int) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.here(userID, channelID)
	if err != nil {
		return nil, err
	}
	words := strings.Fields(name)
	if len(words) == 0 {
		return nil, fmt.Errorf("discordtest: which command?")
	}
	k := s.offered(words[0], commandChat, ch, u)
	if k == nil {
		return nil, fmt.Errorf("discordtest: no command /%s is offered to %s in %q", words[0], u.Name, ch.name)
	}
	data := object{"id": k.id, "name": k.name(), "type": commandChat}
	if k.guild != "" {
		data["guild_id"] = k.guild
	}
	// Down to the subcommand.
	at, declared := data, objects(k.body, "options")
	for _, word := range words[1:] {
		i := slices.IndexFunc(declared, func(o object) bool { return str(o, "name") == word && num(o, "type") <= optGroup })
		if i < 0 {
			return nil, fmt.Errorf("discordtest: /%s has no subcommand %q", name, word)
		}
		o := object{"name": word, "type": num(declared[i], "type")}
		at["options"] = []any{o}
		at, declared = o, objects(declared[i], "options")
	}
	if len(declared) > 0 && num(declared[0], "type") <= optGroup {
		return nil, fmt.Errorf("discordtest: /%s needs a subcommand", name)
	}
	resolved := object{}
	options := []any{}
	given := 0
	for _, d := range declared {
		n := str(d, "name")
		value, ok := v[n]
		if !ok {
			if required, _ := d["required"].(bool); required && kind == kindCommand {
				return nil, fmt.Errorf("discordtest: /%s needs %q", name, n)
			}
			continue
		}
		given++
		o, err := s.option(d, value, resolved, ch, u, n == focus)
		if err != nil {
			return nil, fmt.Errorf("discordtest: /%s %s: %w", name, n, err)
		}
		if n == focus {
			if offers, _ := d["autocomplete"].(bool); !offers {
				return nil, fmt.Errorf("discordtest: /%s %s offers nothing while one types", name, n)
			}
			o["focused"] = true
		}
		options = append(options, o)
	}
	if given < len(v) {
		return nil, fmt.Errorf("discordtest: /%s has no such option among %v", name, v)
	}
	if _, ok := v[focus]; focus != "" && !ok {
		return nil, fmt.Errorf("discordtest: /%s has no option %q to complete", name, focus)
	}
	if len(options) > 0 {
		at["options"] = options
	}
	if len(resolved) > 0 {
		data["resolved"] = resolved
	}
	return s.raise(&Interaction{kind: kind, name: name, user: u, ch: ch, data: data}), nil
}

// option is a value as a client sends it.
func (s *Server) option(d object, value any, resolved object, ch *channel, u *user, focused bool) (object, error) {
	t := num(d, "type")
	o := object{"name": str(d, "name"), "type": t}
	add := func(kind, id string, v object) {
		m, _ := resolved[kind].(object)
		if m == nil {
			m = object{}
			resolved[kind] = m
		}
		m[id] = v
	}
	if focused {
		o["value"] = fmt.Sprint(value) // whatever was typed, as it was typed
		return o, nil
	}
	switch t {
	case optString:
		text, ok := value.(string)
		if !ok {
			return nil, fmt.Errorf("%v is no text", value)
		}
		if n := utf8.RuneCountInString(text); n > 6000 || d["min_length"] != nil && n < num(d, "min_length") || d["max_length"] != nil && n > num(d, "max_length") {
			return nil, fmt.Errorf("%d characters are not what it takes", n)
		}
		o["value"] = text
	case optInteger, optNumber:
		var f float64
		switch n := value.(type) {
		case int:
			f = float64(n)
		case float64:
			f = n
		default:
			return nil, fmt.Errorf("%v is no number", value)
		}
		if t == optInteger && f != math.Trunc(f) {
			return nil, fmt.Errorf("%v is no whole number", value)
		}
		if low, ok := d["min_value"].(float64); ok && f < low {
			return nil, fmt.Errorf("%v is less than %v", f, low)
		}
		if high, ok := d["max_value"].(float64); ok && f > high {
			return nil, fmt.Errorf("%v is more than %v", f, high)
		}
		o["value"] = f
	case optBoolean:
		b, ok := value.(bool)
		if !ok {
			return nil, fmt.Errorf("%v is neither true nor false", value)
		}
		o["value"] = b
	case optUser, optMentionable:
		id, _ := value.(string)
		who := s.users[id]
		if who == nil {
			return nil, fmt.Errorf("%v is nobody", value)
		}
		o["value"] = id
		add("users", id, who.json())
		if ch.guild != nil && ch.guild.members[id] != nil {
			m := ch.guild.members[id].json(false)
			m["permissions"] = s.rights(ch, id).String()
			add("members", id, m)
		}
	case optChannel:
		id, _ := value.(string)
		to := s.channels[id]
		if to == nil || !s.rights(to, u.ID).has(ViewChannel) {
			return nil, fmt.Errorf("%v is no channel", value)
		}
		if kinds := list(d, "channel_types"); len(kinds) > 0 && !slices.Contains(kinds, any(float64(to.kind))) {
			return nil, fmt.Errorf("a channel of type %d is not what it takes", to.kind)
		}
		o["value"] = id
		shown := to.json(s)
		shown["permissions"] = s.rights(to, u.ID).String()
		add("channels", id, shown)
	case optRole:
		id, _ := value.(string)
		if ch.guild == nil || ch.guild.roles[id] == nil {
			return nil, fmt.Errorf("%v is no role", value)
		}
		o["value"] = id
		add("roles", id, ch.guild.roles[id].json())
	case optAttachment:
		f, ok := value.(File)
		if !ok {
			return nil, fmt.Errorf("%v is no File", value)
		}
		a := Attachment{ID: s.newID(), Name: f.Name, MIME: f.MIME, Data: f.Data, ephemeral: true}
		a.URL = s.keep(ch.id, a)
		o["value"] = a.ID
		add("attachments", a.ID, a.json())
	}
	choices := objects(d, "choices")
	if len(choices) > 0 && !slices.ContainsFunc(choices, func(c object) bool { return c["value"] == o["value"] }) {
		return nil, fmt.Errorf("%v is not among its choices", value)
	}
	return o, nil
}

// MessageCommand uses an entry of a message's menu.
func (s *Server) MessageCommand(userID, messageID, name string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.anywhere(messageID)
	if m == nil || m.Deleted {
		return nil, fmt.Errorf("discordtest: there is no message %s", messageID)
	}
	u, ch, err := s.here(userID, m.Channel)
	if err != nil {
		return nil, err
	}
	k := s.offered(name, commandMessage, ch, u)
	if k == nil {
		return nil, fmt.Errorf("discordtest: a message's menu has no %q there", name)
	}
	data := object{"id": k.id, "name": k.name(), "type": commandMessage, "target_id": m.ID, "resolved": object{"messages": object{m.ID: m.json(s)}}}
	return s.raise(&Interaction{kind: kindCommand, name: name, user: u, ch: ch, data: data}), nil
}

// UserCommand uses an entry of a person's menu.
func (s *Server) UserCommand(userID, channelID, targetID, name string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, err := s.here(userID, channelID)
	if err != nil {
		return nil, err
	}
	k, target := s.offered(name, commandUser, ch, u), s.users[targetID]
	if k == nil || target == nil {
		return nil, fmt.Errorf("discordtest: a person's menu has no %q there", name)
	}
	resolved := object{"users": object{targetID: target.json()}}
	if ch.guild != nil && ch.guild.members[targetID] != nil {
		m := ch.guild.members[targetID].json(false)
		m["permissions"] = s.rights(ch, targetID).String()
		resolved["members"] = object{targetID: m}
	}
	data := object{"id": k.id, "name": k.name(), "type": commandUser, "target_id": targetID, "resolved": resolved}
	return s.raise(&Interaction{kind: kindCommand, name: name, user: u, ch: ch, data: data}), nil
}

// Sees reports whether a message is there for somebody to see.
func (s *Server) Sees(userID, messageID string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.anywhere(messageID)
	return m != nil && !m.Deleted && (!m.Ephemeral() || m.For == userID) && s.users[userID] != nil && s.rights(s.channels[m.Channel], userID).has(ViewChannel)
}

// onMessage finds a message that somebody sees, with a component that do picks.
func (s *Server) onMessage(userID, messageID string, want func(object) bool) (*user, *channel, *Message, object, error) {
	m := s.anywhere(messageID)
	if m == nil || m.Deleted || m.Ephemeral() && m.For != userID {
		return nil, nil, nil, nil, fmt.Errorf("discordtest: %s sees no message %s", userID, messageID)
	}
	u, ch := s.users[userID], s.channels[m.Channel]
	if u == nil || !s.rights(ch, userID).has(ViewChannel) {
		return nil, nil, nil, nil, fmt.Errorf("discordtest: %s cannot see channel %q", userID, ch.name)
	}
	var found object
	walkComponents(m.Components, func(c object, _ string) {
		if found == nil && want(c) {
			found = c
		}
	})
	if found == nil {
		return nil, nil, nil, nil, fmt.Errorf("discordtest: message %s has no such button or menu:\n%s", messageID, m.Text())
	}
	if off, _ := found["disabled"].(bool); off {
		return nil, nil, nil, nil, fmt.Errorf("discordtest: it is disabled on message %s", messageID)
	}
	return u, ch, m, found, nil
}

// Press presses a button, by its custom_id or else by its label.
func (s *Server) Press(userID, messageID, which string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pick := func(key string) func(object) bool {
		return func(c object) bool { return kind(c) == button && str(c, "url") == "" && str(c, key) == which }
	}
	u, ch, m, c, err := s.onMessage(userID, messageID, pick("custom_id"))
	if err != nil {
		u, ch, m, c, err = s.onMessage(userID, messageID, func(c object) bool {
			return kind(c) == button && str(c, "url") == "" && buttonLabel(c) == which
		})
	}
	if err != nil {
		return nil, err
	}
	data := object{"component_type": button, "custom_id": str(c, "custom_id"), "id": num(c, "id")}
	return s.raise(&Interaction{kind: kindComponent, name: which, user: u, ch: ch, on: m, data: data}), nil
}

// Choose picks values from a menu, by its custom_id; "" is the only menu.
func (s *Server) Choose(userID, messageID, customID string, values ...string) (*Interaction, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ch, m, c, err := s.onMessage(userID, messageID, func(c object) bool {
		return isSelect(kind(c)) && (customID == "" || str(c, "custom_id") == customID)
	})
	if err != nil {
		return nil, err
	}
	if err := s.pickable(selectOf(c), values); err != nil {
		return nil, err
	}
	data := object{"component_type": kind(c), "custom_id": str(c, "custom_id"), "values": values, "id": num(c, "id")}
	if resolved := s.resolve(kind(c), values, ch); len(resolved) > 0 {
		data["resolved"] = resolved
	}
	return s.raise(&Interaction{kind: kindComponent, name: str(c, "custom_id"), user: u, ch: ch, on: m, data: data}), nil
}

// pickable says whether values can be picked from a menu.
func (s *Server) pickable(sel Select, values []string) error {
	if len(values) < sel.Min || len(values) > sel.Max {
		return fmt.Errorf("discordtest: the menu takes %d to %d values", sel.Min, sel.Max)
	}
	for _, v := range values {
		if sel.Type == stringSelect && !slices.ContainsFunc(sel.Options, func(o SelectOption) bool { return o.Value == v }) {
			return fmt.Errorf("discordtest: the menu has no %q", v)
		}
	}
	return nil
}

// resolve says who and what the values of a menu of people, roles or channels
// are.
func (s *Server) resolve(kind int, values []string, ch *channel) object {
	users, roles, channels := object{}, object{}, object{}
	for _, id := range values {
		if u := s.users[id]; u != nil && (kind == userSelect || kind == mentionableSelect) {
			users[id] = u.json()
		}
		if ch.guild != nil && ch.guild.roles[id] != nil && (kind == roleSelect || kind == mentionableSelect) {
			roles[id] = ch.guild.roles[id].json()
		}
		if c := s.channels[id]; c != nil && kind == channelSelect {
			channels[id] = c.json(s)
		}
	}
	out := object{}
	for name, m := range map[string]object{"users": users, "roles": roles, "channels": channels} {
		if len(m) > 0 {
			out[name] = m
		}
	}
	return out
}

// Say writes a message as somebody and returns its ID. Whoever it mentions as
// <@ID> is mentioned.
func (s *Server) Say(userID, channelID, text string) string {
	return s.say(userID, channelID, text, "")
}

// Reply is Say in answer to a message.
func (s *Server) Reply(userID, messageID, text string) string {
	s.mu.Lock()
	m := s.anywhere(messageID)
	s.mu.Unlock()
	if m == nil {
		panic("discordtest: there is no message " + messageID)
	}
	return s.say(userID, m.Channel, text, messageID)
}

func (s *Server) say(userID, channelID, text, to string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(channelID)
	m := &Message{
		ID: s.newID(), Channel: ch.id, Author: s.mustUser(userID).ID, Content: text, Created: s.time(), Reactions: map[string][]string{},
		ReplyTo: to,
	}
	if ch.guild != nil {
		m.Guild = ch.guild.id
	}
	if to != "" {
		m.Type = 19
	}
	s.ping(m, ch, object{})
	if orig := s.message(ch, to); orig != nil && !slices.Contains(m.mentions, orig.Author) {
		m.mentions = append(m.mentions, orig.Author) // as clients do unless told otherwise
	}
	s.publish(ch, m)
	return m.ID
}

// React puts somebody's emoji on a message, or takes it away.
func (s *Server) React(userID, messageID, emoji string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.anywhere(messageID)
	if m == nil {
		return
	}
	if ch := s.channels[m.Channel]; on {
		s.addReaction(ch, m, emoji, userID)
	} else {
		s.dropReaction(ch, m, emoji, userID)
	}
}

// Remove deletes a message as a moderator would.
func (s *Server) Remove(messageID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.anywhere(messageID); m != nil {
		s.remove(s.channels[m.Channel], m)
	}
}
