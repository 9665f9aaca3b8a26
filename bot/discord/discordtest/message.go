package discordtest

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The flags of messages.
const (
	FlagSuppressEmbeds        = 1 << 2
	FlagHasThread             = 1 << 5
	FlagEphemeral             = 1 << 6
	FlagLoading               = 1 << 7
	FlagSuppressNotifications = 1 << 12
	FlagComponentsV2          = 1 << 15
)

// A Message is a message as it stands.
type Message struct {
	ID, Channel, Guild string
	Author             string // the user's ID
	Type               int    // 0; 18 thread created, 19 reply, 20 command, 21 thread starter, 46 poll result
	Content            string
	Flags              int
	Components         []any // as JSON
	Embeds             []any
	Attachments        []Attachment
	Poll               *Poll
	Nonce              string
	ReplyTo            string
	Thread             string // the thread under it
	Created, Edited    time.Time
	Reactions          map[string][]string // users by emoji, in order
	Pinned             bool
	Deleted            bool
	// Pings are those whose phones rang: user IDs, "&" and a role's ID,
	// "everyone", "here".
	Pings []string
	// For is the only person who sees an ephemeral message.
	For string

	in       *Interaction // that it answers
	mentions []string
	roles    []string
	everyone bool
}

// Ephemeral reports whether only one person sees the message.
func (m *Message) Ephemeral() bool { return m.Flags&FlagEphemeral != 0 }

// Loading reports whether a person sees "is thinking…".
func (m *Message) Loading() bool { return m.Flags&FlagLoading != 0 }

// An Attachment is a file on a message.
type Attachment struct {
	ID, Name, MIME, Description, URL string
	Data                             []byte
	ephemeral                        bool
}

func (a Attachment) json() object {
	out := object{"id": a.ID, "filename": a.Name, "size": len(a.Data), "url": a.URL, "proxy_url": a.URL}
	if a.MIME != "" {
		out["content_type"] = a.MIME
	}
	if a.Description != "" {
		out["description"] = a.Description
	}
	if a.ephemeral {
		out["ephemeral"] = true
	}
	return out
}

// Text is everything that a person reads in the message, a line for each piece.
func (m *Message) Text() string {
	var lines []string
	add := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	add(m.Content)
	for _, e := range m.Embeds {
		e, _ := e.(object)
		add(str(e, "title"))
		add(str(e, "description"))
		for _, f := range objects(e, "fields") {
			add(str(f, "name"))
			add(str(f, "value"))
		}
		footer, _ := e["footer"].(object)
		add(str(footer, "text"))
	}
	walkComponents(m.Components, func(c object, _ string) {
		switch kind(c) {
		case textDisplay:
			add(str(c, "content"))
		case button:
			add(str(c, "label"))
		case mediaGallery:
			for _, item := range objects(c, "items") {
				add(str(item, "description"))
			}
		default:
			if isSelect(kind(c)) {
				add(str(c, "placeholder"))
			}
		}
	})
	if m.Poll != nil {
		add(m.Poll.Question)
		for _, a := range m.Poll.Answers {
			add(a)
		}
	}
	return strings.Join(lines, "\n")
}

// A Button is a button as a person sees it.
type Button struct {
	Label, CustomID, URL string
	Style                int
	Disabled             bool
}

// Buttons are the buttons under a message and in it, in reading order.
func (m *Message) Buttons() []Button {
	var out []Button
	walkComponents(m.Components, func(c object, _ string) {
		if kind(c) == button {
			disabled, _ := c["disabled"].(bool)
			out = append(out, Button{Label: buttonLabel(c), CustomID: str(c, "custom_id"), URL: str(c, "url"), Style: num(c, "style"), Disabled: disabled})
		}
	})
	return out
}

func buttonLabel(c object) string {
	if l := str(c, "label"); l != "" {
		return l
	}
	emoji, _ := c["emoji"].(object)
	return str(emoji, "name")
}

// A Select is a menu as a person sees it.
type Select struct {
	CustomID, Placeholder string
	Type                  int
	Options               []SelectOption
	Min, Max              int
	Disabled              bool
}

// A SelectOption is one line of a menu.
type SelectOption struct{ Label, Value, Description string }

// Selects are the menus of a message.
func (m *Message) Selects() []Select {
	var out []Select
	walkComponents(m.Components, func(c object, _ string) {
		if isSelect(kind(c)) {
			out = append(out, selectOf(c))
		}
	})
	return out
}

func selectOf(c object) Select {
	disabled, _ := c["disabled"].(bool)
	sel := Select{CustomID: str(c, "custom_id"), Placeholder: str(c, "placeholder"), Type: kind(c), Min: 1, Max: 1, Disabled: disabled}
	if _, ok := c["min_values"]; ok {
		sel.Min = num(c, "min_values")
	}
	if _, ok := c["max_values"]; ok {
		sel.Max = num(c, "max_values")
	}
	for _, o := range objects(c, "options") {
		sel.Options = append(sel.Options, SelectOption{Label: str(o, "label"), Value: str(o, "value"), Description: str(o, "description")})
	}
	return sel
}

// view is a copy that stays as it is.
func (m *Message) view() *Message {
	v := *m
	v.Attachments = slices.Clone(m.Attachments)
	v.Pings = slices.Clone(m.Pings)
	v.Reactions = maps.Clone(m.Reactions)
	for k, users := range v.Reactions {
		v.Reactions[k] = slices.Clone(users)
	}
	if m.Poll != nil {
		p := m.Poll.view()
		v.Poll = &p
	}
	return &v
}

// json is the message as the bot gets it.
func (m *Message) json(s *Server) object {
	author := s.users[m.Author]
	mentions := []any{}
	for _, id := range m.mentions {
		if u := s.users[id]; u != nil {
			mentions = append(mentions, u.json())
		}
	}
	files := []any{}
	for _, a := range m.Attachments {
		files = append(files, a.json())
	}
	out := object{
		"id": m.ID, "channel_id": m.Channel, "author": author.json(), "type": m.Type, "content": m.Content, "flags": m.Flags,
		"timestamp": stamp(m.Created), "edited_timestamp": stampOrNil(m.Edited), "tts": false, "mention_everyone": m.everyone,
		"mentions": mentions, "mention_roles": append([]string{}, m.roles...), "attachments": files,
		"embeds": append([]any{}, m.Embeds...), "components": append([]any{}, m.Components...), "pinned": m.Pinned,
	}
	if m.Nonce != "" {
		out["nonce"] = m.Nonce
	}
	if author.Bot {
		out["application_id"] = s.app.id
	}
	if m.Poll != nil {
		out["poll"] = m.Poll.json(s)
	}
	if m.ReplyTo != "" {
		ref := object{"type": 0, "message_id": m.ReplyTo, "channel_id": m.Channel}
		if m.Guild != "" {
			ref["guild_id"] = m.Guild
		}
		out["message_reference"] = ref
		out["referenced_message"] = nil
		if to := s.message(s.channels[m.Channel], m.ReplyTo); to != nil && m.Type == 19 {
			inner := to.json(s)
			delete(inner, "referenced_message")
			out["referenced_message"] = inner
		}
	}
	if t := s.channels[m.Thread]; t != nil {
		out["thread"] = t.json(s)
	}
	if in := m.in; in != nil {
		meta := object{
			"id": in.id, "type": in.kind, "user": in.user.json(), "authorizing_integration_owners": in.owners(s),
		}
		switch in.kind {
		case kindComponent:
			meta["interacted_message_id"] = in.on.ID
		case kindModal:
			// The interaction that opened the form is described in it.
			meta["triggering_interaction_metadata"] = in.opener.metadata(s)
		}
		out["interaction_metadata"] = meta
		out["webhook_id"] = s.app.id
		if in.kind == kindCommand {
			out["interaction"] = object{"id": in.id, "type": in.kind, "name": in.name, "user": in.user.json()}
		}
	}
	if len(m.Reactions) > 0 {
		list := []any{}
		for _, e := range slices.Sorted(maps.Keys(m.Reactions)) {
			users := m.Reactions[e]
			if len(users) == 0 {
				continue
			}
			list = append(list, object{
				"emoji": emojiJSON(e), "count": len(users), "me": slices.Contains(users, s.app.bot.ID), "me_burst": false,
				"count_details": object{"burst": 0, "normal": len(users)}, "burst_colors": []any{},
			})
		}
		if len(list) > 0 {
			out["reactions"] = list
		}
	}
	return out
}

func emojiJSON(e string) object {
	if name, id, ok := strings.Cut(e, ":"); ok {
		return object{"id": id, "name": name}
	}
	return object{"id": nil, "name": e}
}

// message finds a message of a channel.
func (s *Server) message(ch *channel, id string) *Message {
	if ch == nil {
		return nil
	}
	i, ok := slices.BinarySearchFunc(ch.messages, id, func(m *Message, id string) int {
		a, b := number(m.ID), number(id)
		switch {
		case a < b:
			return -1
		case a > b:
			return 1
		}
		return 0
	})
	if !ok || ch.messages[i].Deleted {
		return nil
	}
	return ch.messages[i]
}

// compose makes a message of the bot's from a body that has passed the rules.
func (s *Server) compose(c *call, body object, ch *channel) *Message {
	m := &Message{
		ID: s.newID(), Channel: ch.id, Author: s.app.bot.ID, Created: s.time(), Reactions: map[string][]string{},
		Content: str(body, "content"), Flags: num(body, "flags"), Nonce: nonce(body),
	}
	if ch.guild != nil {
		m.Guild = ch.guild.id
	}
	m.Embeds = typed(list(body, "embeds"))
	m.Components = s.complete(list(body, "components"))
	m.Attachments = s.attach(ch, body, c.files, nil)
	s.resolveFiles(m)
	if p, ok := body["poll"].(object); ok {
		m.Poll = s.newPoll(p)
	}
	if ref, ok := body["message_reference"].(object); ok {
		m.ReplyTo, m.Type = str(ref, "message_id"), 19
	}
	s.ping(m, ch, body)
	return m
}

// revise changes a message as a PATCH says: what is not named stays.
func (s *Server) revise(c *call, body object, m *Message) {
	ch := s.channels[m.Channel]
	if _, ok := body["content"]; ok {
		m.Content = str(body, "content")
	}
	if _, ok := body["embeds"]; ok {
		m.Embeds = typed(list(body, "embeds"))
	}
	if _, ok := body["components"]; ok {
		m.Components = s.complete(list(body, "components"))
	}
	if _, ok := body["flags"]; ok {
		const settable = FlagSuppressEmbeds | FlagComponentsV2
		m.Flags = m.Flags&^FlagSuppressEmbeds | num(body, "flags")&settable
	}
	if _, ok := body["attachments"]; ok || len(c.files) > 0 {
		kept := m.Attachments
		if !ok {
			m.Attachments = append(slices.Clone(kept), s.attach(ch, body, c.files, nil)...)
		} else {
			m.Attachments = s.attach(ch, body, c.files, kept)
		}
	}
	s.resolveFiles(m)
	before := m.Pings
	s.ping(m, ch, body)
	m.Pings = before // an edit rings nobody's phone
}

// attach keeps the files of a body. kept are those that an edit may name to
// keep them.
func (s *Server) attach(ch *channel, body object, files []upload, kept []Attachment) []Attachment {
	var out []Attachment
	named := map[int]object{}
	for _, a := range objects(body, "attachments") {
		id := idOf(a)
		if i := slices.IndexFunc(kept, func(k Attachment) bool { return k.ID == id }); i >= 0 {
			out = append(out, kept[i])
			continue
		}
		named[int(number(id))] = a
	}
	for _, f := range files {
		a := Attachment{ID: s.newID(), Name: f.name, MIME: f.mime, Data: f.data, Description: str(named[f.n], "description")}
		if n := str(named[f.n], "filename"); n != "" {
			a.Name = n
		}
		a.URL = s.keep(ch.id, a)
		out = append(out, a)
	}
	return out
}

// resolveFiles puts the addresses of attachments where components name them.
func (s *Server) resolveFiles(m *Message) {
	walkComponents(m.Components, func(c object, _ string) {
		resolve := func(holder object, key string) {
			media, _ := holder[key].(object)
			name, ok := strings.CutPrefix(str(media, "url"), "attachment://")
			if !ok {
				return
			}
			for _, a := range m.Attachments {
				if a.Name == name {
					media["url"], media["proxy_url"], media["attachment_id"] = a.URL, a.URL, a.ID
					media["content_type"] = a.MIME
					if kind(c) == fileComponent {
						c["name"], c["size"] = a.Name, len(a.Data)
					}
				}
			}
		}
		switch kind(c) {
		case fileComponent:
			resolve(c, "file")
		case thumbnail:
			resolve(c, "media")
		case mediaGallery:
			for _, item := range objects(c, "items") {
				resolve(item, "media")
			}
		}
	})
}

// typed says of embeds that they are a bot's.
func typed(embeds []any) []any {
	for _, v := range embeds {
		if e, ok := v.(object); ok {
			e["type"] = "rich"
		}
	}
	return embeds
}

// complete numbers the components that have no number, and fills in what
// Discord does where nothing was said.
func (s *Server) complete(components []any) []any {
	used := map[int]bool{}
	walkComponents(components, func(c object, _ string) { used[num(c, "id")] = true })
	next := 1
	walkComponents(components, func(c object, _ string) {
		if num(c, "id") == 0 {
			for used[next] {
				next++
			}
			c["id"] = next
			used[next] = true
		}
		standard := func(o object, key string, v any) {
			if o[key] == nil {
				o[key] = v
			}
		}
		medium := func(o object, key string) {
			if m, ok := o[key].(object); ok && m["id"] == nil {
				m["id"], m["proxy_url"] = s.newID(), m["url"]
			}
		}
		switch t := kind(c); t {
		case container:
			standard(c, "accent_color", nil)
			standard(c, "spoiler", false)
		case separator:
			standard(c, "spacing", 1)
			standard(c, "divider", true)
		case thumbnail:
			standard(c, "description", nil)
			standard(c, "spoiler", false)
			medium(c, "media")
		case mediaGallery:
			for _, item := range objects(c, "items") {
				standard(item, "description", nil)
				standard(item, "spoiler", false)
				medium(item, "media")
			}
		case fileComponent:
			standard(c, "spoiler", false)
			standard(c, "name", nil)
			standard(c, "size", nil)
			medium(c, "file")
		default:
			if isSelect(t) {
				standard(c, "min_values", 1)
				standard(c, "max_values", 1)
			}
		}
	})
	return components
}

var mention = regexp.MustCompile(`<@(!|&)?(\d+)>|@everyone|@here`)

// ping works out whom a message names and whose phone rings: what stands in
// its text, as far as allowed_mentions lets it.
func (s *Server) ping(m *Message, ch *channel, body object) {
	m.mentions, m.roles, m.everyone, m.Pings = nil, nil, false, nil
	allowed, limited := body["allowed_mentions"].(object)
	parse := func(kind string) bool { return !limited || slices.Contains(list(allowed, "parse"), any(kind)) }
	may := func(kind, id string) bool { return parse(kind) || slices.Contains(list(allowed, kind), any(id)) }
	ring := func(who string) {
		if !slices.Contains(m.Pings, who) {
			m.Pings = append(m.Pings, who)
		}
	}
	for _, found := range mention.FindAllStringSubmatch(spoken(m), -1) {
		id := found[2]
		switch {
		case id == "":
			if parse("everyone") && ch.guild != nil && s.rights(ch, m.Author).has(MentionEveryone) {
				m.everyone = true
				ring(strings.TrimPrefix(found[0], "@"))
			}
		case found[1] == "&":
			if may("roles", id) {
				m.roles = append(m.roles, id)
				ring("&" + id)
			}
		default:
			if s.users[id] != nil && !slices.Contains(m.mentions, id) {
				m.mentions = append(m.mentions, id)
			}
			if may("users", id) {
				ring(id)
			}
		}
	}
	if to := s.message(ch, m.ReplyTo); to != nil {
		replied, set := allowed["replied_user"].(bool)
		if set && replied || !limited {
			ring(to.Author)
		}
	}
	if m.Flags&FlagSuppressNotifications != 0 || m.Ephemeral() {
		m.Pings = nil
	}
}

// spoken is the text of a message in which mentions count.
func spoken(m *Message) string {
	text := m.Content
	walkComponents(m.Components, func(c object, _ string) {
		if kind(c) == textDisplay {
			text += "\n" + str(c, "content")
		}
	})
	return text
}

// publish puts a message into its channel and tells everybody.
func (s *Server) publish(ch *channel, m *Message) {
	ch.messages = append(ch.messages, m)
	if ch.isThread() {
		ch.sent++
	}
	s.tellMessage(ch, "MESSAGE_CREATE", m)
	s.bump()
}

// Messages are what one person sees in a channel, oldest first: what was
// deleted is gone, and of ephemeral messages only their own.
func (s *Server) Messages(channelID, userID string) []*Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	ch := s.mustChannel(channelID)
	var out []*Message
	for _, m := range ch.messages {
		if !m.Deleted && (!m.Ephemeral() || m.For == userID) {
			out = append(out, m.view())
		}
	}
	return out
}

// Message is a message as it stands now, wherever it is; nil when it was never
// there. One that was deleted says so.
func (s *Server) Message(id string) *Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.anywhere(id); m != nil {
		return m.view()
	}
	return nil
}

func (s *Server) anywhere(id string) *Message {
	for _, ch := range s.channels {
		for _, m := range ch.messages {
			if m.ID == id {
				return m
			}
		}
	}
	return nil
}
