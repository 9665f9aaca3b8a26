package discordtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// callback holds the answer to an interaction to its shape.
func (k *checker) callback(body object, files []upload) {
	k.known(body, "", "type data")
	data, _ := body["data"].(object)
	t := num(body, "type")
	if t != AnswerMessage && t != AnswerUpdate {
		data = saying(data)
	}
	switch t {
	case AnswerMessage:
		k.message(data, "data", asAnswer, files)
	case AnswerDeferred:
		k.known(data, "data", "flags")
		if f := num(data, "flags"); f&^FlagEphemeral != 0 {
			k.add(Flags, "data.flags", "An answer to come can only be ephemeral, not %d", f)
		}
	case AnswerDeferredUpdate, AnswerPong:
		k.known(data, "data", "")
	case AnswerUpdate:
		k.message(data, "data", asUpdate, files)
	case AnswerChoices:
		k.choices(data)
	case AnswerModal:
		k.modal(data, "data")
	default:
		k.add(NoSuchValue, "type", "Value must be one of %v.", []int{1, 4, 5, 6, 7, 8, 9})
	}
}

// saying is the data of a callback without the fields of a message that say
// nothing: libraries have one type for all answers, and send them along.
func saying(data object) object {
	out := object{}
	for key, v := range data {
		empty := !present(v) || v == false || v == float64(0)
		if !empty || !slices.Contains([]string{"tts", "content", "embeds", "components", "flags", "allowed_mentions", "attachments", "choices", "custom_id", "title"}, key) {
			out[key] = v
		} else if key == "choices" && v != nil {
			out[key] = v
		}
	}
	return out
}

// choices holds what is offered while one types to its limits.
func (k *checker) choices(data object) {
	k.known(data, "data", "choices")
	if data["choices"] == nil {
		k.add(Required, "data.choices", "This field is required")
	}
	k.maxItems(ChoiceCount, data, "choices", "data", 25)
	for i, c := range objects(data, "choices") {
		k.choice(c, index("data.choices", i))
	}
}

func (k *checker) choice(c object, at string) {
	k.known(c, at, "name name_localizations value")
	k.must(ChoiceShape, c, "name", at, 1, 100)
	k.localized(c, "name", at, 100, nil)
	switch v := c["value"].(type) {
	case string:
		k.length(ChoiceShape, v, join(at, "value"), 1, 100)
	case float64:
	default:
		k.add(ChoiceShape, join(at, "value"), "This field is required")
	}
}

// commandNamePattern is Discord's, for slash commands and options.
var commandNamePattern = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// locales are the languages that Discord has.
var locales = strings.Fields("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko")

// commandLimits are how many commands of each kind there may be.
var commandLimits = map[int]int{commandChat: 100, commandUser: 15, commandMessage: 15}

// commands holds a whole list of commands to the rules.
func (k *checker) commands(all []any) {
	count := map[int]int{}
	seen := map[string]bool{}
	for i, v := range all {
		body, ok := v.(object)
		if !ok {
			k.add(WrongType, index("", i), "Only dictionaries may be used in a DictType")
			continue
		}
		at := index("", i)
		k.command(body, at)
		t := max(num(body, "type"), commandChat)
		count[t]++
		if key := fmt.Sprint(t, str(body, "name")); seen[key] {
			k.add(CommandTwice, join(at, "name"), "Application command names must be unique")
		} else {
			seen[key] = true
		}
	}
	for t, n := range count {
		if n > commandLimits[t] {
			k.add(CommandCount, "", "Maximum number of application commands reached (%d)", commandLimits[t])
		}
	}
}

// command holds one command to the rules.
func (k *checker) command(body object, path string) {
	k.known(body, path, "id type name name_localizations description description_localizations options default_member_permissions dm_permission contexts integration_types nsfw default_permission handler application_id version guild_id")
	t := max(num(body, "type"), commandChat)
	k.among(NoSuchValue, body, "type", path, 1, 2, 3, 4)
	if t != commandChat {
		k.must(CommandName, body, "name", path, 1, 32)
		if present(body["description"]) || present(body["description_localizations"]) {
			k.add(CommandText, join(path, "description"), "Context menu commands cannot have description")
		}
		if present(body["options"]) {
			k.add(OptionKinds, join(path, "options"), "Context menu commands cannot have options")
		}
		k.localized(body, "name", path, 32, nil)
	} else {
		k.named(body, path)
		k.options(objects(body, "options"), path, 0)
	}
	if n := commandSize(body); n > 8000 {
		k.add(CommandSize, path, "Command exceeds maximum size (%d of 8000)", n)
	}
	k.contexts(body, path)
}

func (k *checker) contexts(body object, path string) {
	for key, high := range map[string]float64{"contexts": 2, "integration_types": 1} {
		for i, v := range list(body, key) {
			n, ok := v.(float64)
			if !ok || n < 0 || n > high {
				k.add(NoSuchValue, index(join(path, key), i), "Value must be one of 0 to %v.", high)
			}
			if slices.Contains(list(body, key)[:i], v) {
				k.add(NoSuchValue, join(path, key), "Values must be unique")
			}
		}
	}
	if v := body["default_member_permissions"]; v != nil {
		if s, ok := v.(string); !ok || s == "" || strings.Trim(s, "0123456789") != "" {
			k.add(WrongType, join(path, "default_member_permissions"), "Could not interpret %q as a set of permissions", fmt.Sprint(v))
		}
	}
}

// named holds the name and description of a slash command or an option.
func (k *checker) named(o object, path string) {
	name := str(o, "name")
	if !commandNamePattern.MatchString(name) || name != lower(name) {
		k.add(CommandName, join(path, "name"), "Command name is invalid: %q", name)
	}
	k.must(CommandText, o, "description", path, 1, 100)
	k.localized(o, "name", path, 32, func(s string) bool { return commandNamePattern.MatchString(s) && s == lower(s) })
	k.localized(o, "description", path, 100, nil)
}

// lower is s in small letters where its script has them.
func lower(s string) string { return strings.Map(unicode.ToLower, s) }

// localized holds the translations of a field to what holds for the field.
func (k *checker) localized(o object, key, path string, high int, ok func(string) bool) {
	m, _ := o[key+"_localizations"].(object)
	for _, l := range slices.Sorted(maps.Keys(m)) {
		at := join(join(path, key+"_localizations"), l)
		if !slices.Contains(locales, l) {
			k.add(Locale, at, "Discord has no language %q", l)
		}
		s, _ := m[l].(string)
		rule := CommandText
		if key == "name" {
			rule = CommandName
		}
		k.length(rule, s, at, 1, high)
		if ok != nil && !ok(s) {
			k.add(CommandName, at, "Command name is invalid: %q", s)
		}
	}
}

// options holds the options at one depth of a command.
func (k *checker) options(all []object, path string, depth int) {
	at := join(path, "options")
	if len(all) > 25 {
		k.add(OptionCount, at, "Must be 25 or fewer in length.")
	}
	optional, subs := false, 0
	seen := map[string]bool{}
	for i, o := range all {
		in := index(at, i)
		k.known(o, in, "type name name_localizations description description_localizations required choices options channel_types min_value max_value min_length max_length autocomplete file_types")
		k.named(o, in)
		if seen[str(o, "name")] {
			k.add(CommandTwice, join(in, "name"), "Application command option names must be unique")
		}
		seen[str(o, "name")] = true
		t := num(o, "type")
		if t < optSub || t > optAttachment {
			k.add(NoSuchValue, join(in, "type"), "Value must be one of 1 to 11.")
			continue
		}
		if t <= optGroup {
			subs++
			k.sub(o, in, t, depth)
			continue
		}
		required, _ := o["required"].(bool)
		if required && optional {
			k.add(OptionOrder, in, "Required options must be placed before non-required options")
		}
		optional = optional || !required
		k.bounds(o, in, t)
	}
	if subs > 0 && subs < len(all) {
		k.add(OptionKinds, at, "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
}

// sub holds a subcommand or a group of them.
func (k *checker) sub(o object, path string, t, depth int) {
	inner := objects(o, "options")
	if t == optGroup {
		if depth > 0 || len(inner) == 0 {
			k.add(OptionKinds, path, "A group of subcommands stands at the top, and has some in it")
		}
	} else if depth > 1 {
		k.add(OptionKinds, path, "Subcommands stand at most two deep")
	}
	for i, x := range inner {
		if isSub := num(x, "type") <= optGroup; isSub != (t == optGroup) || t == optGroup && num(x, "type") != optSub {
			k.add(OptionKinds, index(join(path, "options"), i), "It cannot stand in an option of type %d", t)
		}
	}
	if _, ok := o["required"]; ok {
		if r, _ := o["required"].(bool); r {
			k.add(OptionKinds, join(path, "required"), "A subcommand is not required")
		}
	}
	k.options(inner, path, depth+1)
}

// bounds holds what narrows an option's values.
func (k *checker) bounds(o object, path string, t int) {
	numeric := t == optInteger || t == optNumber
	choosable := numeric || t == optString
	choices := objects(o, "choices")
	offers, _ := o["autocomplete"].(bool)
	switch {
	case len(choices) > 25:
		k.add(OptionBounds, join(path, "choices"), "Must be 25 or fewer in length.")
	case (len(choices) > 0 || offers) && !choosable:
		k.add(OptionBounds, path, "Only texts and numbers have choices or completion")
	case len(choices) > 0 && offers:
		k.add(OptionBounds, join(path, "autocomplete"), "Autocomplete cannot be set together with choices")
	}
	seen := map[string]bool{}
	for i, c := range choices {
		at := index(join(path, "choices"), i)
		k.choice(c, at)
		if _, text := c["value"].(string); text != (t == optString) {
			k.add(OptionBounds, join(at, "value"), "The value is not of the option's type")
		}
		if seen[str(c, "name")] {
			k.add(CommandTwice, join(at, "name"), "Choice names must be unique")
		}
		seen[str(c, "name")] = true
	}
	if (o["min_value"] != nil || o["max_value"] != nil) && !numeric || (o["min_length"] != nil || o["max_length"] != nil) && t != optString {
		k.add(OptionBounds, path, "Bounds of another type of option")
	}
	k.within(OptionBounds, o, "min_length", path, 0, 6000)
	k.within(OptionBounds, o, "max_length", path, 1, 6000)
	if len(list(o, "channel_types")) > 0 && t != optChannel {
		k.add(OptionBounds, join(path, "channel_types"), "Only an option for channels has kinds of channels")
	}
	if present(o["options"]) {
		k.add(OptionKinds, join(path, "options"), "Only subcommands have options")
	}
}

// commandSize counts what Discord counts: names, descriptions and values, of
// the longest language of each.
func commandSize(o object) int {
	size := 0
	for _, key := range []string{"name", "description"} {
		longest := utf8.RuneCountInString(str(o, key))
		if m, ok := o[key+"_localizations"].(object); ok {
			for _, v := range m {
				s, _ := v.(string)
				longest = max(longest, utf8.RuneCountInString(s))
			}
		}
		size += longest
	}
	for _, x := range objects(o, "options") {
		size += commandSize(x)
	}
	for _, c := range objects(o, "choices") {
		size += commandSize(c)
		if s, ok := c["value"].(string); ok {
			size += utf8.RuneCountInString(s)
		}
	}
	return size
}

// archiveAfter are the times after which a thread can be hidden, in minutes.
var archiveAfter = []int{60, 1440, 4320, 10080}

// thread holds a new thread or post to its limits.
func (k *checker) thread(c *call) {
	fields := "name auto_archive_duration rate_limit_per_user type invitable applied_tags message"
	k.known(c.body, "", fields)
	k.must(ThreadName, c.body, "name", "", 1, 100)
	k.among(ThreadTime, c.body, "auto_archive_duration", "", archiveAfter...)
	k.maxItems(TagCount, c.body, "applied_tags", "", 5)
	if m, ok := c.body["message"].(object); ok {
		k.message(m, "message", asPost, c.files)
	}
	k.among(NoSuchValue, c.body, "type", "", int(NewsThread), int(PublicThread), int(PrivateThread))
}

// eventBody holds the fields of an event to their types.
func (k *checker) eventBody(body object, fresh bool) {
	k.known(body, "", "name description image privacy_level entity_type scheduled_start_time scheduled_end_time channel_id entity_metadata recurrence_rule status")
	if fresh {
		for _, key := range []string{"name", "privacy_level", "scheduled_start_time", "entity_type"} {
			if body[key] == nil {
				k.add(Required, key, "This field is required")
			}
		}
	}
	k.text(EventShape, body, "name", "", 1, 100)
	k.text(EventShape, body, "description", "", 0, 1000)
	k.among(EventShape, body, "privacy_level", "", 2)
	k.among(EventShape, body, "entity_type", "", 1, 2, 3)
	if meta, ok := body["entity_metadata"].(object); ok {
		k.known(meta, "entity_metadata", "location")
		k.text(EventShape, meta, "location", "entity_metadata", 1, 100)
	}
	for _, key := range []string{"scheduled_start_time", "scheduled_end_time"} {
		if body[key] != nil && instant(body, key).IsZero() {
			k.add(WrongType, key, "Could not parse %v. Should be ISO8601.", body[key])
		}
	}
	if rule, ok := body["recurrence_rule"].(object); ok {
		k.recurrence(rule)
	}
}

// event holds an event as it would be.
func (k *checker) event(e *Event, moved bool, now time.Time) {
	if e.Name == "" {
		k.add(EventShape, "name", "This field is required")
	}
	switch e.Kind {
	case 3:
		if e.Location == "" {
			k.add(EventShape, "entity_metadata.location", "An event elsewhere needs a place")
		}
		if e.Channel != "" {
			k.add(EventShape, "channel_id", "An event elsewhere has no channel")
		}
		if e.Ends.IsZero() {
			k.add(EventTime, "scheduled_end_time", "An event elsewhere needs an end")
		}
	default:
		ch := k.server.channels[e.Channel]
		if want := map[int]ChannelType{1: Stage, 2: Voice}[e.Kind]; ch == nil || ch.kind != want {
			k.add(EventShape, "channel_id", "The event needs a channel of type %d", want)
		}
	}
	if moved && !e.Starts.After(now) {
		k.add(EventTime, "scheduled_start_time", "Cannot schedule event in the past.")
	}
	if e.Starts.After(now.AddDate(5, 0, 0)) {
		k.add(EventTime, "scheduled_start_time", "Cannot schedule event more than 5 years in the future.")
	}
	if !e.Ends.IsZero() && !e.Ends.After(e.Starts) {
		k.add(EventTime, "scheduled_end_time", "Cannot schedule event to end before it starts.")
	}
	if e.Recurrence != nil {
		if start := instant(e.Recurrence, "start"); !start.Equal(e.Starts) {
			k.add(EventRepeat, "recurrence_rule.start", "The first time is when the event starts.")
		}
	}
}

// The frequencies of a recurrence.
const (
	yearly = iota
	monthly
	weekly
	daily
)

// daysTogether are the sets of weekdays (0 is Monday) that a daily event may
// keep to, as Discord documents them.
var daysTogether = [][]float64{{0, 1, 2, 3, 4}, {1, 2, 3, 4, 5}, {6, 0, 1, 2, 3}, {4, 5}, {5, 6}, {6, 0}}

// recurrence holds a rule to what Discord can repeat, which is less than the
// fields could say.
func (k *checker) recurrence(rule object) {
	const at = "recurrence_rule"
	k.known(rule, at, "start end frequency interval by_weekday by_n_weekday by_month by_month_day by_year_day count")
	if instant(rule, "start").IsZero() {
		k.add(EventRepeat, at+".start", "This field is required")
	}
	for _, key := range []string{"end", "count", "by_year_day"} {
		if present(rule[key]) {
			k.add(EventRepeat, join(at, key), "It cannot be set")
		}
	}
	days, nth := list(rule, "by_weekday"), objects(rule, "by_n_weekday")
	months, dates := list(rule, "by_month"), list(rule, "by_month_day")
	kinds := 0
	for _, n := range []int{len(days), len(nth), len(months) + len(dates)} {
		if n > 0 {
			kinds++
		}
	}
	if kinds > 1 {
		k.add(EventRepeat, at, "by_weekday, by_n_weekday, and by_month with by_month_day exclude each other")
	}
	interval := num(rule, "interval")
	f, ok := rule["frequency"].(float64)
	switch {
	case !ok:
		k.add(EventRepeat, at+".frequency", "This field is required")
	case int(f) == daily:
		if len(days) > 0 && !slices.ContainsFunc(daysTogether, func(set []float64) bool { return sameDays(set, days) }) || len(nth)+len(months)+len(dates) > 0 {
			k.add(EventRepeat, at+".by_weekday", "Days that a daily event cannot keep to")
		}
		if interval != 1 {
			k.add(EventRepeat, at+".interval", "Must be 1")
		}
	case int(f) == weekly:
		if len(days) != 1 || len(nth)+len(months)+len(dates) > 0 {
			k.add(EventRepeat, at+".by_weekday", "A weekly event has one day")
		}
		if interval != 1 && interval != 2 {
			k.add(EventRepeat, at+".interval", "Must be 1 or 2")
		}
	case int(f) == monthly:
		if len(nth) != 1 || len(days)+len(months)+len(dates) > 0 || interval != 1 {
			k.add(EventRepeat, at+".by_n_weekday", "A monthly event has one day of one week")
		}
	case int(f) == yearly:
		if len(months) != 1 || len(dates) != 1 || len(days)+len(nth) > 0 || interval != 1 {
			k.add(EventRepeat, at+".by_month", "A yearly event has one month and one day of it")
		}
	default:
		k.add(EventRepeat, at+".frequency", "Value must be one of 0 to 3.")
	}
}

func sameDays(set []float64, days []any) bool {
	if len(set) != len(days) {
		return false
	}
	for _, d := range set {
		if !slices.Contains(days, any(d)) {
			return false
		}
	}
	return true
}
