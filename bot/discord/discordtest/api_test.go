package discordtest

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAnInteractionIsAnsweredOnce(t *testing.T) {
	b := newBench(t, Options{})
	hello := object{"type": AnswerMessage, "data": say("hello")}

	in := b.command()
	b.refused(404, 10062, "POST", "/interactions/"+in.id+"/wrong/callback", hello)
	b.refused(404, 10015, "GET", b.webhook(in, "/messages/@original"), nil)
	if r := b.ok("POST", callbackPath(in), hello); r.status != http.StatusNoContent {
		t.Errorf("answered %d", r.status)
	}
	b.refused(400, 40060, "POST", callbackPath(in), hello)
	o := in.Outcome()
	if o.Message.Text() != "hello" || o.Callbacks != 2 || o.Refused != 1 || !o.Done() {
		t.Errorf("ana sees %+v", o)
	}

	late := b.command()
	b.Advance(answerWithin + time.Millisecond)
	b.refused(404, 10062, "POST", callbackPath(late), hello)

	shown := b.command()
	r := b.ok("POST", callbackPath(shown)+"?with_response=true", object{"type": AnswerMessage, "data": with(say("hello"), "flags", FlagEphemeral)})
	if got := str(r.body["resource"].(object)["message"].(object), "content"); got != "hello" {
		t.Errorf("the answer comes back as %s", r.text)
	}
	if n := len(b.Messages(b.room, b.Owner(b.guild))); n != 1 {
		t.Errorf("the owner sees %d messages, want the first alone", n)
	}
}

func TestADeferredAnswerIsFilledIn(t *testing.T) {
	b := newBench(t, Options{})
	b.held = true
	in := b.command()
	b.ok("POST", callbackPath(in), object{"type": AnswerDeferred, "data": object{"flags": FlagEphemeral}})
	if in.Outcome().Done() {
		t.Error("is thinking… is no answer")
	}
	b.ok("PATCH", b.webhook(in, "/messages/@original"), v2(textOf("the passage")))
	m := in.Outcome().Message
	if m.Text() != "the passage" || !m.Ephemeral() || m.Loading() {
		t.Errorf("ana sees %+v", m)
	}
	if got := str(b.ok("GET", b.webhook(in, "/messages/@original"), nil).body, "id"); got != m.ID {
		t.Errorf("the original is %q", got)
	}
	more := b.ok("POST", b.webhook(in, "?wait=true"), with(say("more"), "flags", FlagEphemeral))
	if got := in.Outcome().FollowUps; len(got) != 1 || got[0].Text() != "more" || !got[0].Ephemeral() {
		t.Errorf("ana sees %v", got)
	}
	b.ok("PATCH", b.webhook(in, "/messages/"+more.id()), say("changed"))
	b.ok("DELETE", b.webhook(in, "/messages/"+more.id()), nil)
	b.refused(404, 10008, "GET", b.webhook(in, "/messages/"+more.id()), nil)
	b.ok("DELETE", b.webhook(in, "/messages/@original"), nil)
	b.Advance(interactionTokenLives)
	b.refused(401, 50027, "POST", b.webhook(in, ""), say("too late"))
}

func TestComponentsAreUsed(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	b.held = true
	in := b.press()
	b.ok("POST", callbackPath(in), object{"type": AnswerUpdate, "data": object{"content": "pressed", "components": []any{}}})
	if got := b.Message(in.Outcome().Message.ID); got.Text() != "pressed" || len(got.Buttons()) != 0 {
		t.Errorf("the message says %q with %v", got.Text(), got.Buttons())
	}
	if _, err := b.Press(b.ana, in.Outcome().Message.ID, "Go"); err == nil {
		t.Error("a button that is gone was pressed")
	}

	m := b.ok("POST", "/channels/"+b.room+"/messages", messageWith(oneRow(menuOf(optionOf("a"), optionOf("b")))))
	if _, err := b.Choose(b.ana, m.id(), "", "c"); err == nil {
		t.Error("a value that is not there was chosen")
	}
	pick, err := b.Choose(b.ana, m.id(), "menu", "b")
	if err != nil {
		t.Fatal(err)
	}
	b.ok("POST", callbackPath(pick), modalWith(
		labelOf("Name", with(textField("name"), "min_length", 2)),
		labelOf("Where", menuOf(optionOf("voice"), optionOf("link"))),
		labelOf("Room", object{"type": 8, "custom_id": "room", "required": false}),
		textOf("A text"),
	))
	form := pick.Outcome().Modal
	for _, wrong := range []map[string]any{{"Name": "x", "Where": "voice"}, {"Name": "xy", "Where": "nowhere"}, {"Name": "xy", "Where": "voice", "where": "x"}, {"Name": "xy"}} {
		if _, err := b.Submit(form, wrong); err == nil {
			t.Errorf("the form takes %v", wrong)
		}
	}
	sent, err := b.Submit(form, map[string]any{"Name": "Tuesday readers", "Where": "voice", "room": []string{b.room}})
	if err != nil {
		t.Fatal(err)
	}
	b.ok("POST", callbackPath(sent), object{"type": AnswerDeferredUpdate})
	b.ok("PATCH", b.webhook(sent, "/messages/@original"), object{"content": "set up", "components": []any{}})
	if got := b.Message(m.id()).Text(); got != "set up" {
		t.Errorf("the message says %q", got)
	}
}

func TestAClientOffersWhatIsRegistered(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	guildOnly := with(slash("group", with(opt(optSub, "setup"), "options", []any{with(opt(optInteger, "weeks"), "max_value", 10)})), "contexts", []any{0})
	anywhere := with(with(slash("passage", with(opt(optString, "citation"), "required", true)), "integration_types", []any{0, 1}), "contexts", []any{0, 1, 2})
	b.register(guildOnly, anywhere, object{"name": "Find the source", "type": 3})
	foreign := b.AddForeignGuild("Elsewhere")
	lobby := b.AddChannel(foreign, Channel{Name: "lobby"})
	b.AddMember(foreign, b.ana)
	for _, x := range []struct {
		room, name string
		v          Values
		ok         bool
	}{
		{b.room, "passage", Values{"citation": "wright 37"}, true},
		{b.room, "passage", nil, false},                               // required
		{b.room, "passage", Values{"citation": 37}, false},            // a number
		{b.room, "passage", Values{"citation": "x", "y": "z"}, false}, // unknown
		{b.room, "group setup", Values{"weeks": 4}, true},
		{b.room, "group setup", Values{"weeks": 11}, false},
		{b.room, "group", nil, false},
		{b.room, "search", nil, false},
		{b.DM(b.ana), "passage", Values{"citation": "x"}, true},
		{b.DM(b.ana), "group setup", nil, false},
		{lobby, "passage", Values{"citation": "x"}, false},
	} {
		if _, err := b.Command(b.ana, x.room, x.name, x.v); (err == nil) != x.ok {
			t.Errorf("/%s %v: %v", x.name, x.v, err)
		}
	}
	b.Install(b.ana)
	if _, err := b.Command(b.ana, lobby, "passage", Values{"citation": "x"}); err != nil {
		t.Errorf("for whoever has installed it: %v", err)
	}
	said := b.Say(b.ana, b.room, "A strong state, but without mandarins")
	if _, err := b.MessageCommand(b.ana, said, "Find the source"); err != nil {
		t.Error(err)
	}
	first := b.Commands("")
	b.register(guildOnly, anywhere)
	if again := b.Commands(""); len(again) != 2 || again[0]["id"] != first[0]["id"] || again[0]["version"] != first[0]["version"] {
		t.Errorf("the commands are now %v", again)
	}
}

func TestRightsAreComputed(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	messages := "/channels/" + b.room + "/messages"
	m := b.ok("POST", messages, say("x"))
	b.refused(403, 50013, "PUT", "/channels/"+b.room+"/messages/pins/"+m.id(), nil)
	b.InviteBot(b.guild, PinMessages)
	b.ok("PUT", "/channels/"+b.room+"/messages/pins/"+m.id(), nil)
	b.Overwrite(b.room, b.guild, 0, SendMessages)
	b.refused(403, 50013, "POST", messages, say("x"))
	b.Overwrite(b.room, b.BotRole(b.guild), SendMessages, 0)
	b.ok("POST", messages, say("x"))
	b.Overwrite(b.room, b.Bot(), 0, ViewChannel)
	b.refused(403, 50001, "POST", messages, say("x"))
	b.refused(403, 50001, "GET", "/channels/"+b.room, nil)
	b.Overwrite(b.room, b.Bot(), 0, 0)
	b.refused(403, 50013, "POST", "/guilds/"+b.guild+"/scheduled-events", eventOf(nil))
	b.InviteBot(b.guild, CreateEvents)
	e := b.ok("POST", "/guilds/"+b.guild+"/scheduled-events", eventOf(nil))
	b.ok("PATCH", "/guilds/"+b.guild+"/scheduled-events/"+e.id(), object{"name": "Moved", "scheduled_start_time": "2026-12-08T18:00:00Z"})
	b.Overwrite(b.room, b.guild, 0, CreatePublicThreads)
	b.refused(403, 50013, "POST", messages+"/"+m.id()+"/threads", object{"name": "x"})
	b.Overwrite(b.room, b.guild, 0, AttachFiles|SendPolls)
	if r := b.send("POST", messages, say("x"), File{Name: "a.txt", Data: []byte("a")}); r.status != 403 {
		t.Errorf("a file without the right: %d", r.status)
	}
	b.refused(403, 50013, "POST", messages, pollOf(answerOf("a")))
	said := b.Say(b.ana, b.room, "mine")
	b.refused(403, 50005, "PATCH", messages+"/"+said, say("yours"))
	b.refused(403, 50013, "DELETE", messages+"/"+said, nil)
	b.RefuseDirect(b.ana, true)
	dm := b.ok("POST", "/users/@me/channels", object{"recipient_id": b.ana})
	b.refused(403, 50007, "POST", "/channels/"+dm.id()+"/messages", say("x"))
	b.refused(404, 10008, "GET", messages+"/42", nil)
	b.refused(404, 10003, "GET", "/channels/42", nil)
	b.refused(404, 10004, "GET", "/guilds/42", nil)
	b.RemoveBot(b.guild)
	b.refused(403, 50001, "POST", messages, say("x"))
	if r := b.send("GET", "/users/@me/nothing", nil); r.status != 404 {
		t.Errorf("no such route: %d", r.status)
	}
}

func TestANonceIsSentOnce(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	messages := "/channels/" + b.room + "/messages"
	body := with(with(say("once"), "nonce", "key"), "enforce_nonce", true)
	first := b.ok("POST", messages, body)
	if again := b.ok("POST", messages, body); again.id() != first.id() {
		t.Error("the same nonce made another message")
	}
	if other := b.ok("POST", messages, with(say("once"), "nonce", "key")); other.id() == first.id() {
		t.Error("a nonce that is not enforced found a message")
	}
	b.Advance(nonceWindow)
	if late := b.ok("POST", messages, body); late.id() == first.id() {
		t.Error("the window never ends")
	}
	if n := len(b.Messages(b.room, b.ana)); n != 3 {
		t.Errorf("the room has %d messages", n)
	}
}

func TestFilesAreKept(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	b.held = true
	m := b.ok("POST", "/channels/"+b.room+"/messages", object{"content": "x", "attachments": []any{object{"id": "0", "filename": "portion.html", "description": "¶ 1–16"}}},
		File{Name: "portion.html", MIME: "text/html", Data: []byte("<p>1</p>")})
	a := b.Message(m.id()).Attachments[0]
	fetch := func(address string) (int, string) {
		res, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		data, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(data)
	}
	if status, data := fetch(a.URL); status != 200 || data != "<p>1</p>" || a.Description != "¶ 1–16" {
		t.Errorf("%d %q %+v", status, data, a)
	}
	if status, _ := fetch(strings.Replace(a.URL, "hm=", "hm=0", 1)); status != 404 {
		t.Errorf("a wrong signature: %d", status)
	}
	b.Advance(keptFor + time.Second)
	if status, _ := fetch(a.URL); status != 404 {
		t.Errorf("after its time: %d", status)
	}
	b.register(slash("add", opt(optAttachment, "file")))
	in, err := b.Command(b.ana, b.room, "add", Values{"file": File{Name: "book.txt", MIME: "text/plain", Data: []byte("It was.")}})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range in.data["resolved"].(object)["attachments"].(object) {
		if status, data := fetch(str(v.(object), "url")); status != 200 || data != "It was." {
			t.Errorf("what ana attached: %d %q", status, data)
		}
	}
}

func TestWhoIsPinged(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	ben := b.AddMember(b.guild, b.AddUser("Ben"))
	both := "<@" + b.ana + "> <@" + ben + "> @everyone"
	for _, x := range []struct {
		allowed object
		want    []string
	}{
		{object{"parse": []any{}}, nil},
		{object{"parse": []any{"users"}}, []string{b.ana, ben}},
		{object{"parse": []any{}, "users": []any{ben}}, []string{ben}},
		{object{"parse": []any{"everyone"}}, []string{"everyone"}},
	} {
		for _, body := range []object{{"content": both}, {"flags": FlagComponentsV2, "components": []any{textOf(both)}}} {
			m := b.ok("POST", "/channels/"+b.room+"/messages", with(body, "allowed_mentions", x.allowed))
			if got := b.Message(m.id()).Pings; !slices.Equal(got, x.want) {
				t.Errorf("%v pings %v, want %v", x.allowed, got, x.want)
			}
		}
	}
}

func TestReactionsPinsAndHistory(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	messages := "/channels/" + b.room + "/messages"
	var ids []string
	for i := range 5 {
		ids = append(ids, b.ok("POST", messages, say(fmt.Sprint(i))).id())
	}
	page := func(query string) (out []string) {
		for _, v := range b.ok("GET", messages+query, nil).list {
			out = append(out, str(v.(object), "content"))
		}
		return out
	}
	for query, want := range map[string]string{"": "4 3 2 1 0", "?limit=2": "4 3", "?limit=2&before=" + ids[2]: "1 0", "?limit=2&after=" + ids[1]: "3 2", "?limit=3&around=" + ids[2]: "3 2 1"} {
		if got := strings.Join(page(query), " "); got != want {
			t.Errorf("%q lists %s, want %s", query, got, want)
		}
	}
	b.Say(b.ana, b.room, "not for the bot")
	if got := page("?limit=1"); got[0] != "" {
		t.Errorf("the bot reads %q without the intent", got[0])
	}
	b.ok("PUT", messages+"/"+ids[0]+"/reactions/%E2%9C%85/@me", nil)
	b.React(b.ana, ids[0], "✅", true)
	if got := b.Message(ids[0]).Reactions["✅"]; len(got) != 2 {
		t.Errorf("✅ by %v", got)
	}
	b.ok("DELETE", messages+"/"+ids[0]+"/reactions/%E2%9C%85/@me", nil)
	if got := b.ok("GET", messages+"/"+ids[0]+"/reactions/%E2%9C%85", nil).list; len(got) != 1 {
		t.Errorf("✅ by %v", got)
	}
	b.InviteBot(b.guild, PinMessages)
	b.ok("PUT", messages+"/pins/"+ids[0], nil)
	if got := b.ok("GET", messages+"/pins", nil).body["items"].([]any); len(got) != 1 {
		t.Errorf("pinned: %v", got)
	}
	b.ok("DELETE", messages+"/"+ids[0], nil)
	if got := b.ok("GET", messages+"/pins", nil).body["items"].([]any); len(got) != 0 {
		t.Errorf("pinned after deleting: %v", got)
	}
	if m := b.Message(ids[0]); !m.Deleted {
		t.Error("it is not deleted")
	}
}

func TestThreadsAndForums(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	b.held = true
	messages := "/channels/" + b.room + "/messages"
	m := b.ok("POST", messages, say("Reading 3"))
	th := b.ok("POST", messages+"/"+m.id()+"/threads", object{"name": "Reading 3", "auto_archive_duration": 1440})
	if th.status != http.StatusCreated || th.id() != m.id() {
		t.Errorf("%d %s", th.status, th.text)
	}
	b.refused(400, 160004, "POST", messages+"/"+m.id()+"/threads", object{"name": "again"})
	b.ok("POST", "/channels/"+th.id()+"/messages", say("in it"))
	b.ok("PATCH", "/channels/"+th.id(), object{"archived": true})
	b.ok("POST", "/channels/"+th.id()+"/messages", say("opens it again"))
	if th := b.Threads(b.room)[0]; th.Archived {
		t.Error("a message does not open a thread again")
	}
	forum := b.AddChannel(b.guild, Channel{Name: "books", Type: Forum, Tags: []Tag{{Name: "prompt"}}})
	b.refused(400, 50008, "POST", "/channels/"+forum+"/messages", say("no post"))
	var tag string
	for _, ch := range b.Channels(b.guild) {
		if ch.ID == forum {
			tag = ch.Tags[0].ID
		}
	}
	post := b.ok("POST", "/channels/"+forum+"/threads", object{"name": "Question 1", "message": say("What is evidence?"), "applied_tags": []any{tag}})
	got := b.Messages(post.id(), b.ana)
	if len(got) != 1 || got[0].ID != post.id() || got[0].Text() != "What is evidence?" {
		t.Errorf("the post has %v", got)
	}
	if n := len(b.ok("GET", "/guilds/"+b.guild+"/threads/active", nil).body["threads"].([]any)); n != 2 {
		t.Errorf("%d active threads", n)
	}
	// A closed thread is opened by a message, unless it is locked.
	b.CloseThread(th.id(), false)
	b.ok("POST", "/channels/"+th.id()+"/messages", say("opens it again"))
	b.CloseThread(th.id(), true)
	b.refused(403, 160005, "POST", "/channels/"+th.id()+"/messages", say("locked"))
	b.CloseThread(post.id(), false)
	if n := len(b.ok("GET", "/channels/"+forum+"/threads/archived/public", nil).body["threads"].([]any)); n != 1 {
		t.Errorf("%d archived posts", n)
	}
	// Each right that is missing is said.
	other := b.ok("POST", messages, say("Reading 4"))
	b.Overwrite(b.room, b.Bot(), 0, CreatePublicThreads)
	b.refused(403, 50013, "POST", messages+"/"+other.id()+"/threads", object{"name": "x"})
	b.Overwrite(b.room, b.Bot(), 0, SendMessagesInThreads)
	th = b.ok("POST", messages+"/"+other.id()+"/threads", object{"name": "x"})
	b.refused(403, 50013, "POST", "/channels/"+th.id()+"/messages", say("may not"))
	b.Overwrite(forum, b.Bot(), 0, SendMessages)
	b.refused(403, 50013, "POST", "/channels/"+forum+"/threads", object{"name": "x", "message": say("may not")})
	b.Overwrite(forum, b.Bot(), 0, 0)
	kept := b.AddChannel(b.guild, Channel{Name: "kept", Type: Forum, Tags: []Tag{{Name: "ours", Moderated: true}}, RequireTag: true})
	for _, ch := range b.Channels(b.guild) {
		if ch.ID == kept {
			tag = ch.Tags[0].ID
		}
	}
	b.refused(403, 50013, "POST", "/channels/"+kept+"/threads", object{"name": "x", "message": say("may not"), "applied_tags": []any{tag}})
	b.DeleteChannel(forum)
	b.refused(404, 10003, "POST", "/channels/"+post.id()+"/messages", say("gone"))
	b.TakeRefusals()
}

func TestPollsAndEvents(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	b.held = true
	b.InviteBot(b.guild, CreateEvents)
	m := b.ok("POST", "/channels/"+b.room+"/messages", pollOf(answerOf("Tuesday"), answerOf("Wednesday")))
	ben := b.AddMember(b.guild, b.AddUser("Ben"))
	if err := b.Vote(b.ana, m.id(), 1, 2); err == nil {
		t.Error("two answers to one question")
	}
	for who, answer := range map[string]int{b.ana: 1, ben: 2} {
		if err := b.Vote(who, m.id(), answer); err != nil {
			t.Fatal(err)
		}
	}
	if err := b.Vote(ben, m.id(), 1); err != nil {
		t.Fatal(err)
	}
	if got := b.ok("GET", "/channels/"+b.room+"/polls/"+m.id()+"/answers/1", nil).body["users"].([]any); len(got) != 2 {
		t.Errorf("voters: %v", got)
	}
	b.Advance(24 * time.Hour)
	if p := b.Message(m.id()).Poll; !p.Final {
		t.Error("the poll does not end")
	}
	if err := b.Vote(ben, m.id(), 2); err == nil {
		t.Error("a vote after the end")
	}
	b.refused(400, 520001, "POST", "/channels/"+b.room+"/polls/"+m.id()+"/expire", nil)
	if last := b.Messages(b.room, b.ana); last[len(last)-1].Type != 46 {
		t.Error("the result is not posted")
	}

	events := "/guilds/" + b.guild + "/scheduled-events"
	e := b.ok("POST", events, repeats(nil))
	b.Interested(b.ana, e.id(), true)
	b.Interested(ben, e.id(), true)
	b.Interested(ben, e.id(), false)
	if got := b.ok("GET", events+"/"+e.id()+"/users", nil).list; len(got) != 1 {
		t.Errorf("interested: %v", got)
	}
	if got := b.ok("GET", events+"/"+e.id()+"?with_user_count=true", nil).body["user_count"]; got != 1.0 {
		t.Errorf("user_count is %v", got)
	}
	b.ok("PATCH", events+"/"+e.id(), object{"status": 2})
	b.ok("PATCH", events+"/"+e.id(), object{"status": 3})
	b.refused(400, 180000, "PATCH", events+"/"+e.id(), object{"name": "again"})
	b.ok("DELETE", events+"/"+e.id(), nil)
	b.refused(404, 10070, "GET", events+"/"+e.id(), nil)
}

func TestLimits(t *testing.T) {
	b := newBench(t, Options{BanAfter: 8})
	b.register(slash("passage"))
	path := "/channels/" + b.room + "/messages"
	hash := ""
	for i := range 5 {
		r := b.ok("POST", path, say("x"))
		if got := r.header.Get("X-RateLimit-Remaining"); got != fmt.Sprint(4-i) {
			t.Errorf("%d: %s remain", i, got)
		}
		hash = r.header.Get("X-RateLimit-Bucket")
	}
	r := b.send("POST", path, say("x"))
	if r.status != 429 || r.header.Get("Retry-After") != "5" || r.header.Get("X-RateLimit-Scope") != "user" || r.body["retry_after"] != 5.0 || r.body["global"] != false {
		t.Errorf("%d %v %s", r.status, r.header, r.text)
	}
	other := b.AddChannel(b.guild, Channel{Name: "other"})
	if r := b.ok("POST", "/channels/"+other+"/messages", say("x")); r.header.Get("X-RateLimit-Bucket") != hash || r.header.Get("X-RateLimit-Remaining") != "4" {
		t.Errorf("another channel: %v", r.header)
	}
	b.Advance(5 * time.Second)
	b.ok("POST", path, say("x"))
	for range 49 {
		b.ok("GET", "/gateway", nil)
	}
	if r := b.send("GET", "/gateway", nil); r.status != 429 || r.header.Get("X-RateLimit-Global") != "true" || r.body["global"] != true {
		t.Errorf("the fifty-first: %d %v", r.status, r.header)
	}
	in := b.command()
	b.ok("POST", callbackPath(in), object{"type": AnswerMessage, "data": say("interactions are outside of it")})
	b.Advance(time.Second)
	for range 6 {
		b.send("GET", "/channels/"+b.room+"/messages/42?"+fmt.Sprint(b.Counters().Requests), nil)
		b.Advance(time.Second)
	}
	if c := b.Counters(); c.Banned || c.Invalid != 2 || c.Limited != 2 {
		t.Errorf("404 is not invalid: %+v", c)
	}
	b.Overwrite(b.room, b.guild, 0, ViewChannel)
	for range 6 {
		b.Advance(2 * time.Second)
		b.send("GET", "/channels/"+b.room, nil)
	}
	if r := b.send("GET", "/gateway", nil); r.status != 429 || !strings.HasPrefix(r.text, "<!doctype html>") || !b.Counters().Banned {
		t.Errorf("after too many invalid requests: %d %s", r.status, r.text)
	}
}

func TestFaults(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	const route = "/channels/{channel_id}/messages"
	path := "/channels/" + b.room + "/messages"
	meet := func(f Fault) (reply, error) {
		f.Method, f.Path = "POST", route
		b.Fail(f)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		return b.try(ctx, "POST", path, say("x"))
	}
	for _, x := range []struct {
		fault  Fault
		status int // 0: no answer
		stored bool
		header string
	}{
		{Fault{Kind: ServerError}, 500, false, ""},
		{Fault{Kind: BadGateway}, 502, false, ""},
		{Fault{Kind: Limited, RetryAfter: 1500 * time.Millisecond}, 429, false, "Retry-After: 2"},
		{Fault{Kind: LimitedGlobally}, 429, false, "X-Ratelimit-Global: true"},
		{Fault{Kind: LimitedShared}, 429, false, "X-Ratelimit-Scope: shared"},
		{Fault{Kind: EdgeLimited}, 429, false, "Content-Type: text/html; charset=UTF-8"},
		{Fault{Kind: EdgePage}, 200, false, "Content-Type: text/html; charset=UTF-8"},
		{Fault{Kind: Truncated}, 200, true, ""},
		{Fault{Kind: Refused}, 403, false, ""},
		{Fault{Kind: Drop}, 0, false, ""},
		{Fault{Kind: LoseAnswer}, 0, true, ""},
		{Fault{Kind: FailAfter}, 502, true, ""},
		{Fault{Kind: Slow, Delay: time.Millisecond}, 200, true, ""},
	} {
		before := len(b.Messages(b.room, b.ana))
		r, err := meet(x.fault)
		if (err != nil) != (x.status == 0) || r.status != x.status {
			t.Errorf("%+v: %d, %v", x.fault, r.status, err)
		}
		if name, want, ok := strings.Cut(x.header, ": "); ok && r.header.Get(name) != want {
			t.Errorf("%+v: %s is %q", x.fault, name, r.header.Get(name))
		}
		if stored := len(b.Messages(b.room, b.ana)) > before; stored != x.stored {
			t.Errorf("%+v: stored is %v", x.fault, stored)
		}
	}
	b.Fail(Fault{Kind: ServerError, Path: route, Skip: 1, Times: 2})
	for i, want := range []int{200, 500, 500, 200} {
		if r := b.send("POST", path, say("x")); r.status != want {
			t.Errorf("request %d: %d, want %d", i, r.status, want)
		}
	}
	if c := b.Counters(); c.Faults != 15 || c.ByRoute["POST "+route] != 17 {
		t.Errorf("counted %+v", c)
	}
	b.Fail(Fault{Kind: ServerError})
	if b.Mend() != 1 {
		t.Error("Mend found nothing")
	}
}

// TestAnswersAreAsDescribed asks for what the other tests do not, and sends
// each kind of component.
func TestAnswersAreAsDescribed(t *testing.T) {
	b := newBench(t, Options{NoLimits: true})
	if !b.Described() {
		t.Skip("Discord's description is not there: set DISCORD_OPENAPI to it")
	}
	b.held = true
	b.InviteBot(b.guild, ManageChannels)
	b.register(slash("passage", with(opt(optString, "citation"), "required", true)), object{"name": "Find the source", "type": 3})
	for _, path := range []string{
		"/gateway", "/gateway/bot", "/users/@me", "/users/@me/guilds", "/users/" + b.ana, "/applications/@me",
		"/applications/" + b.Application() + "/commands", "/guilds/" + b.guild, "/guilds/" + b.guild + "/channels", "/guilds/" + b.guild + "/roles",
		"/guilds/" + b.guild + "/members/" + b.ana, "/channels/" + b.room,
	} {
		b.ok("GET", path, nil)
	}
	dm := b.ok("POST", "/users/@me/channels", object{"recipient_id": b.ana})
	b.ok("GET", "/channels/"+dm.id(), nil)
	b.ok("POST", "/guilds/"+b.guild+"/channels", object{"name": "books", "type": 15, "available_tags": []any{object{"name": "prompt"}}})
	picture := object{"url": "https://example.org/board.png"}
	b.ok("POST", "/channels/"+b.room+"/messages", v2(
		object{"type": 17, "accent_color": 0x336699, "components": []any{
			textOf("# The Soviet Union at War"), object{"type": 14},
			object{"type": 9, "components": []any{textOf("37")}, "accessory": object{"type": 11, "media": picture}},
			object{"type": 12, "items": []any{object{"media": picture, "description": "The board"}}},
			oneRow(buttonOf("a"), object{"type": 2, "style": 5, "label": "Open", "url": "https://example.org"}),
		}},
		oneRow(menuOf(optionOf("a"))), oneRow(object{"type": 5, "custom_id": "who"}),
	))
	in := b.command(Values{"citation": "wright 37"})
	b.ok("POST", callbackPath(in)+"?with_response=true", object{"type": AnswerMessage, "data": say("x")})
}
