package discordtest

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// The types of components.
const (
	actionRow         = 1
	button            = 2
	stringSelect      = 3
	textInput         = 4
	userSelect        = 5
	roleSelect        = 6
	mentionableSelect = 7
	channelSelect     = 8
	section           = 9
	textDisplay       = 10
	thumbnail         = 11
	mediaGallery      = 12
	fileComponent     = 13
	separator         = 14
	container         = 17
	label             = 18
	fileUpload        = 19
)

func kind(c object) int { return num(c, "type") }

func isSelect(kind int) bool {
	return kind == stringSelect || kind >= userSelect && kind <= channelSelect
}

// isV2 reports whether a component needs the flag.
func isV2(kind int) bool { return kind >= section && kind != label && kind != fileUpload }

// The uses of a message's body.
type use int

const (
	asMessage use = iota
	asEdit
	asAnswer   // the data of a callback
	asFollowUp // a webhook's
	asUpdate   // the data of a callback that changes a message
	asPost     // the first message of a forum post
)

// The limits of a message.
const (
	maxContent    = 2000
	maxV2Text     = 4000
	maxComponents = 40
	maxEmbedText  = 6000
	maxFile       = 10 << 20
)

// walkComponents calls f with each component and what stands in it, in reading
// order, with its path.
func walkComponents(all []any, f func(c object, path string)) {
	var visit func(v any, path string)
	visit = func(v any, path string) {
		c, ok := v.(object)
		if !ok {
			return
		}
		f(c, path)
		for i, inner := range list(c, "components") {
			visit(inner, index(join(path, "components"), i))
		}
		visit(c["component"], join(path, "component"))
		visit(c["accessory"], join(path, "accessory"))
	}
	for i, v := range all {
		visit(v, index("components", i))
	}
}

// message holds a message's body to the rules.
func (k *checker) message(body object, path string, as use, files []upload) {
	if body == nil {
		if len(files) == 0 && as != asUpdate {
			k.add(EmptyMessage, "", "Cannot send an empty message")
		}
		return
	}
	fields := "content embeds allowed_mentions components attachments flags poll"
	switch as {
	case asMessage:
		fields += " tts sticker_ids message_reference nonce enforce_nonce shared_client_theme"
	case asAnswer:
		fields += " tts"
	case asFollowUp:
		fields += " tts username avatar_url thread_name applied_tags"
	case asPost:
		fields += " sticker_ids"
	}
	k.known(body, path, fields)
	k.text(ContentLength, body, "content", path, 0, maxContent)
	k.embeds(body, path)
	k.flags(body, path, as)
	v2 := num(body, "flags")&FlagComponentsV2 != 0
	k.components(body, path, v2, as)
	k.attachments(body, path, files)
	k.mentions(body, path)
	if p, ok := body["poll"].(object); ok {
		k.poll(p, join(path, "poll"))
	}
	if as == asMessage {
		if n := utf8.RuneCountInString(nonce(body)); n > 25 {
			k.add(NonceLength, join(path, "nonce"), "Must be 25 or fewer in length.")
		}
		if enforced, _ := body["enforce_nonce"].(bool); enforced && nonce(body) == "" {
			k.add(NonceMissing, join(path, "enforce_nonce"), "nonce is required when enforce_nonce is set")
		}
		if ref, ok := body["message_reference"].(object); ok {
			k.known(ref, join(path, "message_reference"), "type message_id channel_id guild_id fail_if_not_exists")
			k.must(Required, ref, "message_id", join(path, "message_reference"), 1, 20)
		}
	}
	if v2 {
		for _, key := range []string{"content", "embeds", "poll", "sticker_ids"} {
			if present(body[key]) {
				k.add(V2Content, join(path, key), "The %s field cannot be used when using MessageFlags.IS_COMPONENTS_V2", key)
			}
		}
	}
	if as == asEdit || as == asUpdate {
		return // what is not named stays; the message as a whole is looked at by checkEdit
	}
	if strings.TrimSpace(str(body, "content")) == "" && !present(body["embeds"]) && !present(body["components"]) && !present(body["poll"]) &&
		!present(body["sticker_ids"]) && len(files) == 0 && !present(body["shared_client_theme"]) {
		k.add(EmptyMessage, path, "Cannot send an empty message")
	}
}

// present reports whether a value says something.
func present(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case string:
		return v != ""
	case []any:
		return len(v) > 0
	}
	return true
}

// flags holds the flags to those that a bot can set.
func (k *checker) flags(body object, path string, as use) {
	allowed := FlagSuppressEmbeds | FlagComponentsV2
	switch as {
	case asMessage, asPost:
		allowed |= FlagSuppressNotifications
	case asAnswer, asFollowUp:
		allowed |= FlagSuppressNotifications | FlagEphemeral
	case asEdit, asUpdate:
		// Discord takes the others and does nothing with them.
		allowed |= FlagSuppressNotifications | FlagEphemeral
	}
	if f := num(body, "flags"); f&^allowed != 0 {
		k.add(Flags, join(path, "flags"), "The flags %d cannot be set here.", f&^allowed)
	}
}

// mentions holds allowed_mentions to its rules.
func (k *checker) mentions(body object, path string) {
	am, ok := body["allowed_mentions"].(object)
	at := join(path, "allowed_mentions")
	if !ok {
		text := str(body, "content")
		walkComponents(list(body, "components"), func(c object, _ string) {
			if kind(c) == textDisplay {
				text += "\n" + str(c, "content")
			}
		})
		if mention.MatchString(text) {
			k.add(MentionsUnset, at, "The text has a mention in it, and nothing says who may be pinged")
		}
		return
	}
	k.known(am, at, "parse roles users replied_user")
	for i, v := range list(am, "parse") {
		if v != "roles" && v != "users" && v != "everyone" {
			k.add(NoSuchValue, index(join(at, "parse"), i), "Value must be one of (roles, users, everyone).")
		}
	}
	for _, key := range []string{"users", "roles"} {
		if len(list(am, key)) > 0 && slices.Contains(list(am, "parse"), any(key)) {
			k.add(MentionsConflict, at, "parse:[%q] and %s: [ids...] are mutually exclusive.", key, key)
		}
		k.maxItems(Length, am, key, at, 100)
	}
}

// embeds holds embeds to their limits.
func (k *checker) embeds(body object, path string) {
	k.maxItems(EmbedCount, body, "embeds", path, 10)
	total := 0
	count := func(s string) { total += utf8.RuneCountInString(s) }
	for i, e := range objects(body, "embeds") {
		at := index(join(path, "embeds"), i)
		k.known(e, at, "type url title color timestamp description author image thumbnail footer fields provider video")
		k.text(Length, e, "title", at, 0, 256)
		k.text(Length, e, "description", at, 0, 4096)
		k.maxItems(Length, e, "fields", at, 25)
		count(str(e, "title"))
		count(str(e, "description"))
		for j, f := range objects(e, "fields") {
			in := index(join(at, "fields"), j)
			k.must(Length, f, "name", in, 1, 256)
			k.must(Length, f, "value", in, 1, 1024)
			count(str(f, "name"))
			count(str(f, "value"))
		}
		if f, ok := e["footer"].(object); ok {
			k.text(Length, f, "text", join(at, "footer"), 0, 2048)
			count(str(f, "text"))
		}
		if a, ok := e["author"].(object); ok {
			k.text(Length, a, "name", join(at, "author"), 0, 256)
			count(str(a, "name"))
		}
		if !present(e["title"]) && !present(e["description"]) && !present(e["fields"]) && !present(e["image"]) && !present(e["thumbnail"]) &&
			!present(e["footer"]) && !present(e["author"]) {
			k.add(EmbedEmpty, at, "An embed needs a title, a description, fields or an image.")
		}
	}
	if total > maxEmbedText {
		k.add(EmbedTotal, join(path, "embeds"), "Embed size exceeds maximum size of %d", maxEmbedText)
	}
}

// attachments holds files to what is said of them.
func (k *checker) attachments(body object, path string, files []upload) {
	k.maxItems(Length, body, "attachments", path, 10)
	if len(files) > 10 {
		k.add(Length, join(path, "attachments"), "Must be 10 or fewer in length.")
	}
	size := 0
	names := map[string]bool{}
	for _, f := range files {
		size += len(f.data)
		names[f.name] = true
		if f.name == "" {
			k.add(FileMissing, fmt.Sprintf("files[%d]", f.n), "A file needs a name")
		}
	}
	if size > maxFile {
		k.add(FileSize, join(path, "attachments"), "Request entity too large: %d bytes", size)
	}
	for i, a := range objects(body, "attachments") {
		at := index(join(path, "attachments"), i)
		k.known(a, at, "id filename description is_remix title duration_secs waveform content_type size url proxy_url height width ephemeral flags uploaded_filename original_content_type is_spoiler")
		k.text(Length, a, "description", at, 0, 1024)
		id := idOf(a)
		if n := str(a, "filename"); n != "" {
			names[n] = true
		}
		// A short ID names a file of this request; a long one an attachment
		// that is there already.
		if len(id) < 5 && !slices.ContainsFunc(files, func(f upload) bool { return fmt.Sprint(f.n) == id }) {
			k.add(FileMissing, at, "There is no files[%s] in the request", id)
		}
	}
	walkComponents(list(body, "components"), func(c object, p string) {
		need := func(holder object, key, at string) {
			media, _ := holder[key].(object)
			address := str(media, "url")
			name, local := strings.CutPrefix(address, "attachment://")
			if local && !names[name] && len(list(body, "attachments")) == 0 {
				k.add(FileMissing, join(path, at), "There is no file %q in the request", name)
			}
			if u, err := url.Parse(address); !local && (err != nil || u.Scheme != "https" && u.Scheme != "http") {
				k.add(NoSuchValue, join(path, at), "Scheme must be one of ('http', 'https', 'attachment').")
			}
		}
		switch kind(c) {
		case fileComponent:
			need(c, "file", join(p, "file"))
		case thumbnail:
			need(c, "media", join(p, "media"))
		case mediaGallery:
			for i, item := range objects(c, "items") {
				need(item, "media", join(index(join(p, "items"), i), "media"))
			}
		}
	})
}

// poll holds a new poll to its limits.
func (k *checker) poll(p object, path string) {
	k.known(p, path, "question answers allow_multiselect layout_type duration")
	q, _ := p["question"].(object)
	k.known(q, join(path, "question"), "text")
	k.must(PollShape, q, "text", join(path, "question"), 1, 300)
	if n := len(list(p, "answers")); n < 1 || n > 10 {
		k.add(PollShape, join(path, "answers"), "Must be between 1 and 10 in length.")
	}
	for i, a := range objects(p, "answers") {
		at := index(join(path, "answers"), i)
		k.known(a, at, "poll_media answer_id")
		media, _ := a["poll_media"].(object)
		k.known(media, join(at, "poll_media"), "text emoji")
		if media["emoji"] == nil {
			k.must(PollShape, media, "text", join(at, "poll_media"), 1, 55)
		} else {
			k.text(PollShape, media, "text", join(at, "poll_media"), 0, 55)
		}
	}
	k.within(PollShape, p, "duration", path, 1, 768)
	k.among(PollShape, p, "layout_type", path, 1)
}

// checkEdit holds an edit to what the message is.
func (s *Server) checkEdit(c *call, m *Message) error {
	body := c.body
	if data, ok := body["data"].(object); ok {
		body = data
	}
	k := &checker{server: s}
	was := m.Flags&FlagComponentsV2 != 0
	will := was || num(body, "flags")&FlagComponentsV2 != 0
	if _, named := body["flags"]; named && was && num(body, "flags")&FlagComponentsV2 == 0 {
		k.add(V2FlagStays, "flags", "The flag MessageFlags.IS_COMPONENTS_V2 cannot be taken away")
	}
	if will && !was && !m.Loading() && (m.Content != "" && body["content"] == nil && !named(body, "content") || len(m.Embeds) > 0 && !named(body, "embeds")) {
		k.add(V2Content, "flags", "Content and embeds must be taken away to use MessageFlags.IS_COMPONENTS_V2")
	}
	if was && num(body, "flags")&FlagComponentsV2 == 0 {
		for _, key := range []string{"content", "embeds"} {
			if present(body[key]) {
				k.add(V2FlagStays, key, "The %s field cannot be used when using MessageFlags.IS_COMPONENTS_V2", key)
			}
		}
		// The flag that is there holds for the new components too.
		k.found = slices.DeleteFunc(k.found, func(f finding) bool { return f.rule == V2Flag })
	}
	if !was && !will {
		walkComponents(list(body, "components"), func(c object, path string) {
			if isV2(kind(c)) {
				k.add(V2Flag, path, "Components of type %d need MessageFlags.IS_COMPONENTS_V2", kind(c))
			}
		})
	}
	if m.Poll != nil && (present(body["content"]) || present(body["poll"])) {
		k.add(PollEdited, "poll", "Cannot edit a message with a poll")
	} else if present(body["poll"]) && !m.Loading() {
		k.add(PollEdited, "poll", "A poll cannot be added to a message")
	}
	left := func(key string, have bool) bool {
		if named(body, key) {
			return present(body[key])
		}
		return have
	}
	files := len(c.files) > 0 || left("attachments", len(m.Attachments) > 0)
	if !left("content", m.Content != "") && !left("embeds", len(m.Embeds) > 0) && !left("components", len(m.Components) > 0) && !files && m.Poll == nil && !present(body["poll"]) {
		e := fail(400, 50006, "Cannot send an empty message")
		e.found = []finding{{rule: EmptyMessage, message: "Cannot send an empty message"}}
		return e
	}
	if len(k.found) > 0 {
		return k.err()
	}
	return nil
}

func named(o object, key string) bool {
	_, ok := o[key]
	return ok
}
