package discordtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func long(n int) string { return strings.Repeat("ä", n) }

func times(n int, f func(i int) any) []any {
	var out []any
	for i := range n {
		out = append(out, f(i))
	}
	return out
}

func textOf(s string) object { return object{"type": 10, "content": s} }

func v2(components ...any) object {
	return object{"flags": FlagComponentsV2, "components": components, "allowed_mentions": object{"parse": []any{}}}
}

func with(o object, key string, v any) object {
	out := maps.Clone(o)
	out[key] = v
	return out
}

func buttonOf(id string) object {
	return object{"type": 2, "style": 1, "label": "Go", "custom_id": id}
}

func menuOf(options ...any) object {
	return object{"type": 3, "custom_id": "menu", "options": options}
}

func optionOf(v string) object { return object{"label": v, "value": v} }

func messageWith(components ...any) object {
	return object{"content": "x", "components": components}
}

func oneRow(children ...any) object { return object{"type": 1, "components": children} }

func opt(kind int, name string) object {
	return object{"type": kind, "name": name, "description": "What"}
}

func modalWith(fields ...any) object {
	return object{"type": AnswerModal, "data": object{"custom_id": "form", "title": "Ask", "components": fields}}
}

func labelOf(name string, field object) object {
	return object{"type": 18, "label": name, "component": field}
}

func textField(id string) object { return object{"type": 4, "custom_id": id, "style": 1} }

func pollOf(answers ...any) object {
	return object{"poll": object{"question": object{"text": "When?"}, "answers": answers, "duration": 24, "allow_multiselect": false}}
}

func answerOf(s string) object { return object{"poll_media": object{"text": s}} }

func eventOf(change object) object {
	e := object{
		"name": "Meeting", "privacy_level": 2, "entity_type": 3, "scheduled_start_time": "2026-12-08T19:00:00Z",
		"scheduled_end_time": "2026-12-08T20:30:00Z", "entity_metadata": object{"location": "The library"},
	}
	maps.Copy(e, change)
	return e
}

func repeats(change object) object {
	rule := object{"start": "2026-12-08T19:00:00Z", "frequency": 2, "interval": 1, "by_weekday": []any{1}}
	maps.Copy(rule, change)
	return eventOf(object{"recurrence_rule": rule})
}

// TestWhatIsRefused sends, for every rule, something that breaks it and, where
// there is a limit, the most that does not: without Discord's description of
// its API, and with it where it is there.
func TestWhatIsRefused(t *testing.T) {
	t.Run("without the description", func(t *testing.T) { testRefusals(t, "-") })
	t.Run("with the description", func(t *testing.T) {
		if d, err := loadDescription(""); d == nil {
			t.Skipf("Discord's description is not there: set DISCORD_OPENAPI to it (%v)", err)
		}
		testRefusals(t, "")
	})
}

func testRefusals(t *testing.T, description string) {
	b := newBench(t, Options{NoLimits: true, Description: description})
	b.InviteBot(b.guild, CreateEvents|ManageChannels)
	forum := b.AddChannel(b.guild, Channel{Name: "books", Type: Forum, Tags: []Tag{{Name: "prompt"}}, RequireTag: true})
	tag := b.Channels(b.guild)[1].Tags[0].ID
	messages, threads, events := "/channels/"+b.room+"/messages", "/channels/"+b.room+"/threads", "/guilds/"+b.guild+"/scheduled-events"
	commands := "/applications/" + b.Application() + "/commands"

	seen := map[Rule]bool{}
	expect := func(t *testing.T, rule Rule, r reply) {
		t.Helper()
		seen[rule] = true
		var got []Rule
		for _, x := range b.TakeRefusals() {
			got = append(got, x.Rules...)
			if len(x.Rules) == 0 && b.Described() {
				got = append(got, rule) // the description was first
			}
		}
		if r.status != 400 || !slices.Contains(got, rule) {
			t.Errorf("%d %s: refused by %q, want %q", r.status, r.text, got, rule)
		}
	}
	bad := func(rule Rule, name, method, path string, body any, files ...File) {
		t.Helper()
		t.Run(string(rule)+"/"+name, func(t *testing.T) { expect(t, rule, b.send(method, path, body, files...)) })
	}
	good := func(name, method, path string, body any, files ...File) reply {
		t.Helper()
		var r reply
		t.Run("fine/"+name, func(t *testing.T) {
			if r = b.send(method, path, body, files...); r.status >= 300 {
				b.TakeRefusals()
				t.Errorf("%d %s", r.status, r.text)
			}
		})
		return r
	}
	post := func(rule Rule, name string, body any, files ...File) {
		t.Helper()
		bad(rule, name, "POST", messages, body, files...)
	}
	sent := func(name string, body any, files ...File) reply {
		t.Helper()
		return good(name, "POST", messages, body, files...)
	}
	command := func(rule Rule, name string, bodies ...any) {
		t.Helper()
		bad(rule, name, "PUT", commands, bodies)
	}

	// Messages.
	post(ContentLength, "2001", object{"content": long(2001)})
	sent("2000", object{"content": long(2000)})
	post(EmptyMessage, "blank", object{"content": " "})
	post(EmptyMessage, "nothing", object{})
	post(UnknownField, "top", object{"content": "x", "silent": true})
	post(UnknownField, "component", messageWith(oneRow(with(buttonOf("a"), "text", "x"))))
	post(NonceLength, "26", object{"content": "x", "nonce": strings.Repeat("n", 26), "enforce_nonce": true})
	sent("nonce of 25", object{"content": "x", "nonce": strings.Repeat("n", 25), "enforce_nonce": true})
	post(NonceMissing, "none", object{"content": "x", "enforce_nonce": true})
	post(Flags, "ephemeral", object{"content": "x", "flags": FlagEphemeral})
	post(MentionsUnset, "user", object{"content": "hello <@" + b.ana + ">"})
	post(MentionsUnset, "everyone in V2", object{"flags": FlagComponentsV2, "components": []any{textOf("@everyone")}})
	sent("mention with allowed_mentions", say("hello <@"+b.ana+">"))
	post(MentionsConflict, "users", object{"content": "x", "allowed_mentions": object{"parse": []any{"users"}, "users": []any{b.ana}}})
	post(NoSuchValue, "parse", object{"content": "x", "allowed_mentions": object{"parse": []any{"all"}}})
	post(UnknownReference, "message", object{"content": "x", "message_reference": object{"message_id": "42"}})
	sent("reference that may fail", object{"content": "x", "message_reference": object{"message_id": "42", "fail_if_not_exists": false}})
	post(Required, "reference", object{"content": "x", "message_reference": object{}})
	post(WrongType, "content", object{"content": 42})
	post(FileMissing, "attachment", object{"content": "x", "attachments": []any{object{"id": 0, "filename": "a.txt"}}})
	post(FileMissing, "component", v2(object{"type": 13, "file": object{"url": "attachment://a.txt"}}))
	post(FileSize, "11 MiB", object{"content": "x"}, File{Name: "a", MIME: "text/plain", Data: make([]byte, 11<<20)})
	sent("file", v2(object{"type": 13, "file": object{"url": "attachment://a.txt"}}), File{Name: "a.txt", MIME: "text/plain", Data: []byte("a")})
	post(Length, "11 files", object{"content": "x"}, make11()...)
	t.Run("bad body", func(t *testing.T) { expect(t, BadBody, b.send("POST", messages, rawJSON("{"))) })

	// Embeds.
	embed := func(change object) object { return object{"embeds": []any{change}} }
	post(EmbedCount, "11", object{"embeds": times(11, func(int) any { return object{"title": "x"} })})
	post(Length, "embed title", embed(object{"title": long(257)}))
	post(Length, "embed description", embed(object{"description": long(4097)}))
	post(Length, "embed fields", embed(object{"fields": times(26, func(int) any { return object{"name": "a", "value": "b"} })}))
	post(EmbedTotal, "6001", object{"embeds": []any{object{"description": long(3000)}, object{"description": long(3001)}}})
	sent("6000", object{"embeds": []any{object{"description": long(3000)}, object{"description": long(3000)}}})
	post(EmbedEmpty, "empty", embed(object{"color": 1}))

	// Components.
	post(V2Content, "content", with(v2(textOf("x")), "content", "y"))
	post(V2Content, "embeds", with(v2(textOf("x")), "embeds", []any{object{"title": "x"}}))
	post(V2Flag, "missing", object{"components": []any{textOf("x")}})
	post(V2Text, "4001", v2(textOf(long(2000)), textOf(long(2001))))
	sent("V2 text of 4000", v2(textOf(long(2000)), textOf(long(2000))))
	post(ComponentCount, "41", v2(object{"type": 17, "components": times(40, func(int) any { return textOf("x") })}))
	sent("40 components", v2(object{"type": 17, "components": times(39, func(int) any { return textOf("x") })}))
	rows := func(n int) []any {
		return times(n, func(i int) any { return oneRow(buttonOf(fmt.Sprint(i))) })
	}
	post(RowCount, "6", messageWith(rows(6)...))
	sent("5 rows", messageWith(rows(5)...))
	post(RowContents, "6 buttons", messageWith(oneRow(times(6, func(i int) any { return buttonOf(fmt.Sprint(i)) })...)))
	post(RowContents, "menu and button", messageWith(oneRow(menuOf(optionOf("a")), buttonOf("b"))))
	post(RowContents, "none", messageWith(object{"type": 1, "components": []any{}}))
	post(Nesting, "button at the top", messageWith(buttonOf("a")))
	post(Nesting, "container in a container", v2(object{"type": 17, "components": []any{object{"type": 17, "components": []any{textOf("x")}}}}))
	post(Nesting, "text field", messageWith(oneRow(textField("a"))))
	post(CustomID, "missing", messageWith(oneRow(object{"type": 2, "style": 1, "label": "Go"})))
	post(CustomID, "101", messageWith(oneRow(buttonOf(long(101)))))
	sent("custom_id of 100", messageWith(oneRow(buttonOf(long(100)))))
	post(SameCustomID, "twice", messageWith(oneRow(buttonOf("a"), buttonOf("a"))))
	post(SameID, "twice", messageWith(oneRow(with(buttonOf("a"), "id", 7), with(buttonOf("b"), "id", 7))))
	post(Length, "label", messageWith(oneRow(with(buttonOf("a"), "label", long(81)))))
	sent("label of 80", messageWith(oneRow(with(buttonOf("a"), "label", long(80)))))
	post(ButtonShape, "neither label nor emoji", messageWith(oneRow(object{"type": 2, "style": 1, "custom_id": "a"})))
	post(ButtonShape, "link with custom_id", messageWith(oneRow(object{"type": 2, "style": 5, "label": "x", "custom_id": "a", "url": "https://example.org"})))
	post(ButtonShape, "style", messageWith(oneRow(with(buttonOf("a"), "style", 9))))
	post(ButtonShape, "address", messageWith(oneRow(object{"type": 2, "style": 5, "label": "x", "url": "ftp://example.org"})))
	post(SelectOptions, "26", messageWith(oneRow(menuOf(times(26, func(i int) any { return optionOf(fmt.Sprint(i)) })...))))
	sent("25 options", messageWith(oneRow(menuOf(times(25, func(i int) any { return optionOf(fmt.Sprint(i)) })...))))
	post(SelectOptions, "same value", messageWith(oneRow(menuOf(optionOf("a"), optionOf("a")))))
	post(SelectOptions, "label", messageWith(oneRow(menuOf(object{"label": long(101), "value": "a"}))))
	post(SelectBounds, "more than there are", messageWith(oneRow(with(menuOf(optionOf("a")), "max_values", 2))))
	post(Required, "accessory", v2(object{"type": 9, "components": []any{textOf("x")}}))
	sent("section", v2(object{"type": 9, "components": []any{textOf("x")}, "accessory": buttonOf("a")}))

	// Edits.
	old := sent("old message", object{"content": "x"})
	bad(EmptyMessage, "edit", "PATCH", messages+"/"+old.id(), object{"content": ""})
	bad(ContentLength, "edit", "PATCH", messages+"/"+old.id(), object{"content": long(2001)})
	bad(V2Flag, "edit", "PATCH", messages+"/"+old.id(), object{"components": []any{textOf("x")}})
	bad(PollEdited, "edit", "PATCH", messages+"/"+old.id(), pollOf(answerOf("a")))
	modern := sent("modern message", v2(textOf("x")))
	bad(V2FlagStays, "content", "PATCH", messages+"/"+modern.id(), object{"content": "y"})
	bad(V2FlagStays, "flag", "PATCH", messages+"/"+modern.id(), object{"flags": 0, "components": []any{oneRow(buttonOf("a"))}})
	good("edit of V2", "PATCH", messages+"/"+modern.id(), v2(textOf("y")))

	// Polls.
	post(PollShape, "answer of 56", pollOf(answerOf(long(56))))
	post(PollShape, "11 answers", pollOf(times(11, func(i int) any { return answerOf(fmt.Sprint(i)) })...))
	post(PollShape, "question of 301", with(pollOf(), "poll", object{"question": object{"text": long(301)}, "answers": []any{answerOf("a")}}))
	post(PollShape, "769 hours", object{"poll": object{"question": object{"text": "x"}, "answers": []any{answerOf("a")}, "duration": 769}})
	sent("poll", pollOf(times(10, func(i int) any { return answerOf(fmt.Sprint(i) + long(54)) })...))

	// Answers to interactions.
	answer := func(rule Rule, name string, in *Interaction, body any) {
		t.Helper()
		bad(rule, name, "POST", callbackPath(in), body)
	}
	b.register(slash("passage", with(opt(optString, "citation"), "autocomplete", true)))
	in := b.command()
	answer(ModalShape, "title", in, with(modalWith(labelOf("a", textField("a"))), "data", object{"custom_id": "f", "title": long(46), "components": []any{labelOf("a", textField("a"))}}))
	answer(ModalShape, "6 fields", in, modalWith(times(6, func(i int) any { return labelOf("a", textField(fmt.Sprint(i))) })...))
	answer(ModalShape, "label", in, modalWith(labelOf(long(46), textField("a"))))
	answer(ModalShape, "label inside", in, modalWith(labelOf("a", with(textField("a"), "label", "b"))))
	answer(ModalShape, "button", in, modalWith(labelOf("a", buttonOf("a"))))
	answer(SameCustomID, "form", in, modalWith(labelOf("a", textField("a")), labelOf("b", textField("a"))))
	answer(WrongAnswer, "choices for a command", in, object{"type": AnswerChoices, "data": object{"choices": []any{}}})
	answer(WrongAnswer, "update of nothing", in, object{"type": AnswerUpdate, "data": object{"content": "x"}})
	answer(NoSuchValue, "type", in, object{"type": 3})
	answer(EmptyMessage, "answer", in, object{"type": AnswerMessage, "data": object{}})
	answer(Flags, "deferred", in, object{"type": AnswerDeferred, "data": object{"flags": FlagComponentsV2}})
	good("form", "POST", callbackPath(in), modalWith(labelOf(long(45), textField("a")), labelOf("b", with(menuOf(optionOf("a")), "required", false))))
	typing, err := b.Complete(b.ana, b.room, "passage", "citation", Values{"citation": "w"})
	if err != nil {
		t.Fatal(err)
	}
	choice := func(i int) any { return object{"name": fmt.Sprint(i), "value": fmt.Sprint(i)} }
	answer(ChoiceCount, "26", typing, object{"type": AnswerChoices, "data": object{"choices": times(26, choice)}})
	answer(ChoiceShape, "name", typing, object{"type": AnswerChoices, "data": object{"choices": []any{object{"name": long(101), "value": "x"}}}})
	answer(WrongAnswer, "message while typing", typing, object{"type": AnswerMessage, "data": object{"content": "x"}})
	good("25 choices", "POST", callbackPath(typing), object{"type": AnswerChoices, "data": object{"choices": times(25, choice)}})

	// Commands.
	command(CommandName, "capital", slash("Passage"))
	command(CommandName, "space", slash("plan create"))
	command(CommandName, "33", slash(strings.Repeat("a", 33)))
	command(CommandName, "localised", with(slash("a"), "name_localizations", object{"de": "Groß"}))
	command(CommandText, "missing", object{"name": "a"})
	command(CommandText, "101", object{"name": "a", "description": long(101)})
	command(CommandText, "of a menu", object{"name": "Find the source", "type": 3, "description": "x"})
	command(Locale, "unknown", with(slash("a"), "name_localizations", object{"xx": "b"}))
	command(CommandTwice, "commands", slash("a"), slash("a"))
	command(CommandTwice, "options", slash("a", opt(optString, "b"), opt(optUser, "b")))
	command(CommandCount, "101", times(101, func(i int) any { return slash(fmt.Sprint("c", i)) })...)
	command(OptionCount, "26", slash("a", times(26, func(i int) any { return opt(optString, fmt.Sprint("o", i)) })...))
	command(OptionOrder, "after", slash("a", opt(optString, "b"), with(opt(optString, "c"), "required", true)))
	command(OptionKinds, "mixed", slash("a", opt(optSub, "b"), opt(optString, "c")))
	command(OptionKinds, "too deep", slash("a", with(opt(optGroup, "b"), "options", []any{with(opt(optGroup, "c"), "options", []any{opt(optSub, "d")})})))
	command(OptionBounds, "choices and completion", slash("a", with(with(opt(optString, "b"), "autocomplete", true), "choices", []any{object{"name": "x", "value": "x"}})))
	command(OptionBounds, "completion of a user", slash("a", with(opt(optUser, "b"), "autocomplete", true)))
	command(OptionBounds, "26 choices", slash("a", with(opt(optString, "b"), "choices", times(26, choice))))
	command(OptionBounds, "choice of another type", slash("a", with(opt(optInteger, "b"), "choices", []any{object{"name": "x", "value": "x"}})))
	big := func(n int) object { // n characters, and what the names take
		return slash("a", times(25, func(i int) any {
			return object{"type": optString, "name": fmt.Sprint("option", i), "description": long(n), "choices": times(4, func(j int) any {
				return object{"name": fmt.Sprint(i, j) + long(25), "value": fmt.Sprint(i, j) + strings.Repeat("v", 25)}
			})}
		})...)
	}
	command(CommandSize, "more than 8000", big(100))
	good("commands", "PUT", commands, []any{big(50), object{"name": "Find the source", "type": 3}, slash("grün")})

	// Threads and posts.
	bad(ThreadName, "101", "POST", threads, object{"name": long(101), "type": 11})
	bad(ThreadName, "missing", "POST", messages+"/"+old.id()+"/threads", object{})
	bad(ThreadTime, "61", "POST", threads, object{"name": "x", "type": 11, "auto_archive_duration": 61})
	good("thread", "POST", threads, object{"name": long(100), "type": 11, "auto_archive_duration": 60})
	posts := "/channels/" + forum + "/threads"
	first := object{"content": "x"}
	bad(MissingTag, "none", "POST", posts, object{"name": "x", "message": first})
	bad(UnknownTag, "other", "POST", posts, object{"name": "x", "message": first, "applied_tags": []any{"42"}})
	bad(TagCount, "6", "POST", posts, object{"name": "x", "message": first, "applied_tags": times(6, func(int) any { return tag })})
	bad(EmptyMessage, "post", "POST", posts, object{"name": "x", "message": object{}, "applied_tags": []any{tag}})
	bad(Required, "post without a message", "POST", posts, object{"name": "x", "applied_tags": []any{tag}})
	good("post", "POST", posts, object{"name": "x", "message": first, "applied_tags": []any{tag}})

	// Events.
	event := func(rule Rule, name string, body object) {
		t.Helper()
		bad(rule, name, "POST", events, body)
	}
	event(EventShape, "name", eventOf(object{"name": long(101)}))
	event(EventShape, "no place", eventOf(object{"entity_metadata": object{}}))
	event(EventShape, "place of 101", eventOf(object{"entity_metadata": object{"location": long(101)}}))
	event(EventShape, "channel of text", eventOf(object{"entity_type": 2, "channel_id": b.room, "entity_metadata": nil}))
	event(EventTime, "past", eventOf(object{"scheduled_start_time": "2026-11-08T19:00:00Z"}))
	event(EventTime, "no end", eventOf(object{"scheduled_end_time": nil}))
	event(EventTime, "ends before", eventOf(object{"scheduled_end_time": "2026-12-08T18:00:00Z"}))
	event(EventRepeat, "two days a week", repeats(object{"by_weekday": []any{1, 3}}))
	event(EventRepeat, "every third week", repeats(object{"interval": 3}))
	event(EventRepeat, "start", repeats(object{"start": "2026-12-09T19:00:00Z"}))
	event(EventRepeat, "count", repeats(object{"count": 4}))
	made := good("event", "POST", events, repeats(object{"interval": 2}))
	bad(EventStatus, "completed at once", "PATCH", events+"/"+made.id(), object{"status": 3})

	bad(BadQuery, "limit", "GET", messages+"?limit=101", nil)

	for rule := range Rules() {
		if !seen[rule] {
			t.Errorf("nothing shows that %q is refused", rule)
		}
	}
}

// rawJSON is a body as it stands.
type rawJSON string

func make11() []File {
	var out []File
	for i := range 11 {
		out = append(out, File{Name: fmt.Sprint(i), MIME: "text/plain", Data: []byte("x")})
	}
	return out
}
