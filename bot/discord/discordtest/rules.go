package discordtest

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// A Rule names something that Discord refuses.
type Rule string

// rules are what is held whether or not the description is there, with what
// they say. Most of it the description does not hold at all; what it holds too
// is here so that tests mean the same without it.
var rules = map[Rule]string{
	BadBody:      "the body is JSON, or multipart with payload_json and files[n]",
	BadQuery:     "query parameters are within their bounds",
	UnknownField: "a body has no fields that Discord does not know: a misspelt one is ignored there, in silence",
	Required:     "what is required is there",
	WrongType:    "a value is of its field's type",
	Length:       "texts and lists are within their limits",
	NoSuchValue:  "a value is one of those that there are",

	ContentLength:    "content has at most 2,000 characters",
	EmptyMessage:     "a message has something in it",
	V2Content:        "with components V2 there are no content, embeds, polls or stickers",
	V2Flag:           "components of V2 need the flag",
	V2FlagStays:      "a message of V2 stays one: its content and embeds cannot come back",
	V2Text:           "the texts of a message of V2 have at most 4,000 characters together",
	ComponentCount:   "a message has at most 40 components, nested ones counted",
	RowCount:         "without V2 a message has at most 5 rows",
	RowContents:      "a row has 1 to 5 buttons, or one menu",
	Nesting:          "components stand where they may",
	CustomID:         "custom_id is there, of 1 to 100 characters",
	SameCustomID:     "no two components of a message have the same custom_id",
	SameID:           "no two components of a message have the same id",
	ButtonShape:      "a button has a label or an emoji, a style that there is, and an address exactly when it is a link",
	SelectOptions:    "a menu of texts has 1 to 25 options with different values",
	SelectBounds:     "min_values and max_values fit what a menu has",
	EmbedCount:       "a message has at most 10 embeds",
	EmbedTotal:       "embeds have at most 6,000 characters together",
	EmbedEmpty:       "an embed has something in it",
	NonceLength:      "a nonce has at most 25 characters",
	NonceMissing:     "enforce_nonce needs a nonce",
	Flags:            "flags are those that can be set there",
	FileMissing:      "an attachment that is named comes with its file",
	FileSize:         "files have at most 10 MiB together",
	MentionsConflict: "allowed_mentions does not both parse and list",
	MentionsUnset:    "a message that could ping somebody says who may be pinged (a rule of the house)",
	UnknownReference: "the message that is answered is there",

	PollShape:  "a poll has a question of at most 300, 1 to 10 answers of at most 55 characters, and 1 to 768 hours",
	PollEdited: "a message with a poll cannot be given another, or content in its place",

	ModalShape:   "a form has a title of 1 to 45 characters and 1 to 5 parts, each with a label",
	WrongAnswer:  "an interaction takes only answers that fit it",
	ChoiceCount:  "at most 25 choices are offered",
	ChoiceShape:  "a choice has a name of 1 to 100 characters and a value that fits the option",
	CommandName:  "a command's name is of 1 to 32 small letters, digits, - and _",
	CommandText:  "a slash command and each option have a description of 1 to 100 characters; other commands have none",
	CommandSize:  "a command's names, descriptions and values have at most 8,000 characters together",
	CommandCount: "there are at most 100 slash commands, and 15 of each menu",
	CommandTwice: "no two commands of a kind, and no two options of a command, have the same name",
	OptionCount:  "a command has at most 25 options",
	OptionOrder:  "required options come before the others",
	OptionKinds:  "subcommands stand alone, at most two deep",
	OptionBounds: "bounds, choices and completion are where they may be",
	Locale:       "localisations are for languages that Discord has",

	ThreadName:  "a thread has a name of 1 to 100 characters",
	ThreadTime:  "a thread is hidden after 60, 1,440, 4,320 or 10,080 minutes",
	TagCount:    "a post has at most 5 tags",
	UnknownTag:  "a post's tags are the forum's",
	MissingTag:  "a post has a tag where the forum wants one",
	EventShape:  "an event has a name, and a place that fits its kind",
	EventTime:   "an event starts ahead of now, and ends after it starts",
	EventRepeat: "an event repeats in one of the ways that Discord knows",
	EventStatus: "an event goes from scheduled to active or cancelled, and from active to completed",
}

// The rules.
const (
	BadBody          Rule = "bad body"
	BadQuery         Rule = "bad query"
	UnknownField     Rule = "unknown field"
	Required         Rule = "required"
	WrongType        Rule = "wrong type"
	Length           Rule = "length"
	NoSuchValue      Rule = "choice"
	ContentLength    Rule = "content length"
	EmptyMessage     Rule = "empty message"
	V2Content        Rule = "V2 content"
	V2Flag           Rule = "V2 flag"
	V2FlagStays      Rule = "V2 flag stays"
	V2Text           Rule = "V2 text"
	ComponentCount   Rule = "component count"
	RowCount         Rule = "row count"
	RowContents      Rule = "row contents"
	Nesting          Rule = "nesting"
	CustomID         Rule = "custom_id"
	SameCustomID     Rule = "same custom_id"
	SameID           Rule = "same id"
	ButtonShape      Rule = "button"
	SelectOptions    Rule = "select options"
	SelectBounds     Rule = "select bounds"
	EmbedCount       Rule = "embed count"
	EmbedTotal       Rule = "embed total"
	EmbedEmpty       Rule = "embed empty"
	NonceLength      Rule = "nonce length"
	NonceMissing     Rule = "nonce missing"
	Flags            Rule = "flags"
	FileMissing      Rule = "file missing"
	FileSize         Rule = "file size"
	MentionsConflict Rule = "mentions conflict"
	MentionsUnset    Rule = "mentions unset"
	UnknownReference Rule = "unknown reference"
	PollShape        Rule = "poll"
	PollEdited       Rule = "poll edited"
	ModalShape       Rule = "modal"
	WrongAnswer      Rule = "wrong answer"
	ChoiceCount      Rule = "choice count"
	ChoiceShape      Rule = "choice shape"
	CommandName      Rule = "command name"
	CommandText      Rule = "command description"
	CommandSize      Rule = "command size"
	CommandCount     Rule = "command count"
	CommandTwice     Rule = "command twice"
	OptionCount      Rule = "option count"
	OptionOrder      Rule = "option order"
	OptionKinds      Rule = "option kinds"
	OptionBounds     Rule = "option bounds"
	Locale           Rule = "locale"
	ThreadName       Rule = "thread name"
	ThreadTime       Rule = "thread time"
	TagCount         Rule = "tag count"
	UnknownTag       Rule = "unknown tag"
	MissingTag       Rule = "missing tag"
	EventShape       Rule = "event"
	EventTime        Rule = "event time"
	EventRepeat      Rule = "event repeat"
	EventStatus      Rule = "event status"
)

// Rules are the rules by name, with what each says.
func Rules() map[Rule]string { return maps.Clone(rules) }

// A finding is one thing that is wrong, and where.
type finding struct {
	rule    Rule // "" for the description's
	path    string
	code    string
	message string
}

func (f finding) String() string {
	s := f.message
	if f.path != "" {
		s = f.path + ": " + s
	}
	if f.rule != "" {
		s += " [" + string(f.rule) + "]"
	}
	return s
}

// steps are the parts of a path: "components[0].label" has three.
func (f finding) steps() []string {
	return strings.FieldsFunc(f.path, func(r rune) bool { return r == '.' || r == '[' || r == ']' })
}

// malformed is a refusal with one finding.
func malformed(rule Rule, path, message string) *apiError {
	e := fail(400, 50035, "Invalid Form Body")
	e.found = []finding{{rule: rule, path: path, code: codes[rule], message: message}}
	return e
}

// codes are Discord's names for the errors of some rules; the others are
// BASE_TYPE_… or have no name that is known.
var codes = map[Rule]string{
	ContentLength: "BASE_TYPE_MAX_LENGTH", Length: "BASE_TYPE_BAD_LENGTH", Required: "BASE_TYPE_REQUIRED", NoSuchValue: "BASE_TYPE_CHOICES",
	SameCustomID: "COMPONENT_CUSTOM_ID_DUPLICATED", V2Content: "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2",
	CommandName: "APPLICATION_COMMAND_INVALID_NAME", OptionOrder: "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
	CommandSize: "APPLICATION_COMMAND_TOO_LARGE", CommandTwice: "APPLICATION_COMMANDS_DUPLICATE_NAME", NonceMissing: "NONCE_REQUIRED_IF_ENFORCED",
	MentionsConflict: "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE", EmbedTotal: "MAX_EMBED_SIZE_EXCEEDED",
	ComponentCount: "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", V2Text: "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", EventTime: "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST",
}

// A checker gathers what is wrong with a request.
type checker struct {
	server *Server
	found  []finding
}

func (k *checker) add(rule Rule, path, format string, args ...any) {
	code := codes[rule]
	if code == "" {
		code = "BASE_TYPE_INVALID"
	}
	k.found = append(k.found, finding{rule: rule, path: path, code: code, message: fmt.Sprintf(format, args...)})
}

// err is the refusal of what was found.
func (k *checker) err() *apiError {
	e := fail(400, 50035, "Invalid Form Body")
	e.found = k.found
	return e
}

// text holds a text to a length, if it is there.
func (k *checker) text(rule Rule, o object, key, path string, low, high int) {
	v, ok := o[key]
	if !ok || v == nil {
		return
	}
	at := join(path, key)
	s, ok := v.(string)
	if !ok {
		k.add(WrongType, at, "Could not interpret %q as string.", fmt.Sprint(v))
		return
	}
	k.length(rule, s, at, low, high)
}

func (k *checker) length(rule Rule, s, at string, low, high int) {
	if n := utf8.RuneCountInString(s); n < low || n > high {
		if low > 0 {
			k.add(rule, at, "Must be between %d and %d in length.", low, high)
		} else {
			k.add(rule, at, "Must be %d or fewer in length.", high)
		}
	}
}

// must is text for what cannot be left out.
func (k *checker) must(rule Rule, o object, key, path string, low, high int) {
	if o[key] == nil {
		k.add(rule, join(path, key), "This field is required")
		return
	}
	k.text(rule, o, key, path, low, high)
}

// known holds an object to the fields that there are.
func (k *checker) known(o object, path string, fields string) {
	allowed := strings.Fields(fields)
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(allowed, key) {
			k.add(UnknownField, join(path, key), "There is no such field")
		}
	}
}

// maxItems holds a list to a length.
func (k *checker) maxItems(rule Rule, o object, key, path string, high int) {
	if n := len(list(o, key)); n > high {
		k.add(rule, join(path, key), "Must be %d or fewer in length.", high)
	}
}

// among holds a number to those that there are.
func (k *checker) among(rule Rule, o object, key, path string, values ...int) {
	if o[key] == nil {
		return
	}
	if v, ok := o[key].(float64); !ok || !slices.Contains(values, int(v)) || v != float64(int(v)) {
		k.add(rule, join(path, key), "Value must be one of %v.", values)
	}
}

// within holds a number to bounds.
func (k *checker) within(rule Rule, o object, key, path string, low, high int) {
	if o[key] == nil {
		return
	}
	if v, ok := o[key].(float64); !ok || v < float64(low) || v > float64(high) {
		k.add(rule, join(path, key), "int value should be between %d and %d.", low, high)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	if strings.HasPrefix(key, "[") {
		return path + key
	}
	return path + "." + key
}

func index(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// The fields of objects, of the type that they should have; anything else is
// as if it were not there.

func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}

func num(o object, key string) int {
	switch v := o[key].(type) {
	case float64:
		return int(v)
	case int:
		return v
	}
	return 0
}

func list(o object, key string) []any {
	l, _ := o[key].([]any)
	return l
}

func objects(o object, key string) []object {
	var out []object
	for _, v := range list(o, key) {
		if x, ok := v.(object); ok {
			out = append(out, x)
		}
	}
	return out
}

func instant(o object, key string) time.Time {
	t, err := time.Parse(time.RFC3339, str(o, key))
	if err != nil {
		return time.Time{}
	}
	return t
}

// nonce is a message's nonce, which may be a number.
func nonce(o object) string {
	switch v := o["nonce"].(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return ""
}

// idOf is an ID that may be a number, as those of attachments are.
func idOf(o object) string {
	switch v := o["id"].(type) {
	case string:
		return v
	case float64:
		return strconv.Itoa(int(v))
	}
	return ""
}

// checkRules holds a request to the rules for its route.
func (s *Server) checkRules(k *checker, c *call) {
	const wh = "/webhooks/{webhook_id}/{webhook_token}"
	switch c.route.name() {
	case "POST /channels/{channel_id}/messages":
		k.message(c.body, "", asMessage, c.files)
	case "PATCH /channels/{channel_id}/messages/{message_id}":
		k.message(c.body, "", asEdit, c.files)
	case "POST " + wh:
		k.message(c.body, "", asFollowUp, c.files)
	case "PATCH " + wh + "/messages/{message_id}":
		k.message(c.body, "", asEdit, c.files)
	case "POST /interactions/{interaction_id}/{interaction_token}/callback":
		k.callback(c.body, c.files)
	case "POST /channels/{channel_id}/threads", "POST /channels/{channel_id}/messages/{message_id}/threads":
		k.thread(c)
	case "PATCH /channels/{channel_id}":
		k.text(ThreadName, c.body, "name", "", 1, 100)
		k.among(ThreadTime, c.body, "auto_archive_duration", "", archiveAfter...)
		k.maxItems(TagCount, c.body, "applied_tags", "", 5)
		k.text(Length, c.body, "topic", "", 0, 4096)
	case "POST /guilds/{guild_id}/channels":
		k.must(ThreadName, c.body, "name", "", 1, 100)
	case "PUT /applications/{application_id}/commands", "PUT /applications/{application_id}/guilds/{guild_id}/commands":
		k.commands(c.list)
	case "POST /applications/{application_id}/commands", "POST /applications/{application_id}/guilds/{guild_id}/commands":
		k.command(c.body, "")
	case "POST /guilds/{guild_id}/scheduled-events", "PATCH /guilds/{guild_id}/scheduled-events/{guild_scheduled_event_id}":
		k.eventBody(c.body, c.route.method == "POST")
	case "POST /users/@me/channels":
		k.known(c.body, "", "recipient_id")
		k.must(Required, c.body, "recipient_id", "", 1, 20)
	}
}
