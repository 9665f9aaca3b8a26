package bot_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
)

// voice says keys, so that a test sees which sentence was meant.
type voice struct{}

func (voice) Say(key string, pairs ...any) bot.Spans {
	if key == "bot.before_reply" {
		return bot.Plain("I'm, I have")
	}
	var out strings.Builder
	out.WriteString(key)
	for i := 1; i < len(pairs); i += 2 {
		switch v := pairs[i].(type) {
		case string:
			out.WriteString(" " + v)
		case bot.Spans:
			out.WriteString(" " + v.String())
		}
	}
	return bot.Plain(out.String())
}
func (voice) Has(key string) bool { return strings.HasPrefix(key, "form.") }

// memory keeps forms and answers in maps.
type memory struct {
	mu      sync.Mutex
	forms   map[string]*bot.Form
	answers map[string]bot.Reply
}

func (m *memory) Answered(_ context.Context, key string) (bot.Reply, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.answers[key]
	return r, ok, nil
}

func (m *memory) Form(_ context.Context, room bot.Room, a bot.Account) (*bot.Form, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.forms[room.String()+a.ID], nil
}

func (m *memory) SaveForm(_ context.Context, e bot.Event, f *bot.Form, answer bot.Reply) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.forms[e.Room.String()+e.Account.ID] = f
	m.answers[e.Key] = answer
	return nil
}

// newDispatcher has a command of every sort; ran is what ran last.
func newDispatcher(t testing.TB) (d *bot.Dispatcher, ran *string) {
	t.Helper()
	ran = new(string)
	run := func(_ context.Context, r *bot.Request) (bot.Reply, error) {
		*ran = r.Command.Name
		for _, p := range r.Command.Params {
			*ran += "|" + r.Args.Get(p.Name)
		}
		if r.Undo {
			*ran += "|undo"
		}
		return bot.Say(bot.Plain("done")), nil
	}
	number := func(_ context.Context, _ *bot.Request, v string) (bot.Spans, error) {
		if strings.Trim(v, "0123456789") != "" {
			return nil, &bot.Error{Code: "syntax", Message: bot.Plain("no number")}
		}
		return bot.Plain("echo " + v), nil
	}
	day := func(_ context.Context, _ *bot.Request, v string) (bot.Spans, error) {
		if v != "a time of day" {
			return nil, &bot.Error{Code: "syntax", Message: bot.Plain("no time")}
		}
		return nil, nil
	}
	d = &bot.Dispatcher{
		Voice:    func(string) bot.Voice { return voice{} },
		Identify: func(_ context.Context, r *bot.Request) error { r.Group = 1; r.Role = bot.Member; return nil },
		Organisers: func(context.Context, *bot.Request) ([]string, error) {
			return []string{"Ana", "Ben"}, nil
		},
		Memory: &memory{forms: map[string]*bot.Form{}, answers: map[string]bot.Reply{}},
		Log:    slog.New(slog.DiscardHandler),
		Commands: []bot.Command{
			{Name: "rest", Params: []bot.Param{{Name: "text", Required: true, Rest: true}}, Run: run},
			{Name: "two", Params: []bot.Param{{Name: "a", Required: true}, {Name: "b"}, {Name: "c"}}, Run: run},
			{Name: "two words", Run: run},
			{Name: "three", Params: []bot.Param{{Name: "a"}, {Name: "b", Check: day}, {Name: "c"}}, Run: run},
			{Name: "named", Params: []bot.Param{{Name: "more", Named: true}, {Name: "n"}, {Name: "text", Type: bot.Text, Rest: true}}, Run: run},
			{Name: "person", Params: []bot.Param{{Name: "who", Rest: true}, {Name: "more", Named: true}}, Run: run},
			{Name: "at", InReply: true, Params: []bot.Param{{Name: "place", Required: true, Rest: true}}, Run: run},
			{Name: "done", React: "✅", Run: run},
			{Name: "organise", Who: bot.Organiser, Run: run},
			{Name: "form", Form: true, Params: []bot.Param{{Name: "name", Required: true}, {Name: "number", Check: number}}, Run: run},
			{Name: "pick", Params: []bot.Param{{Name: "which", Type: bot.OneOf, Required: true, Choices: []bot.Choice{{Value: "red", Label: "Red"}, {Value: "blue", Label: "Blue"}}}}, Run: run},
			{Name: "break", Run: func(context.Context, *bot.Request) (bot.Reply, error) { panic("broken") }},
			{Name: "fail", Run: func(context.Context, *bot.Request) (bot.Reply, error) {
				return bot.Reply{}, errors.New("the database is gone: secret")
			}},
			{Name: "help", Params: []bot.Param{{Name: "about", Rest: true}}},
			{Name: "hidden", Hidden: true, Run: run},
		},
	}
	d.Commands = append(d.Commands, d.Answer())
	return d, ran
}

func TestLines(t *testing.T) {
	d, ran := newDispatcher(t)
	for _, c := range []struct{ line, ran, says string }{
		{`rest a "b" c:d  e`, `rest|a "b" c:d  e`, ""},
		{"REST x", "rest|x", ""},
		{"two one two three", "two|one|two|three", ""},
		{`two "one and a half" 2`, "two|one and a half|2|", ""},
		{"two “one and a half” 2", "two|one and a half|2|", ""},
		{"two c:3 1", "two|1||3", ""},
		{`two 1 c:"three and more"`, "two|1||three and more", ""},
		{"two --c 3 1", "two|1||3", ""},
		{"two one, two and a half, three", "two|one|two and a half|three", ""},
		{"two one, 2", "two|one|2|", ""},
		{"two a,b c", "two|a,b|c|", ""},
		{"three x a time of day 7", "three|x|a time of day|7", ""},
		{"three x wrong 7", "", "no time"},
		{`named more:3 1 a "b" more:c`, `named|3|1|a "b" more:c`, ""},
		{`named 1 more:3 it`, `named|3|1|it`, ""},
		{`named 1 more: what "of" it`, `named||1|more: what "of" it`, ""},
		{`named 1 "whole"`, `named||1|"whole"`, ""},
		{`person "Ben"`, `person|Ben|`, ""},
		{`person Ben Vale more:3`, `person|Ben Vale|3`, ""},
		{"two 1 2 3 4", "", "bot.extra 4"},
		{"two 1 dd:4", "", "bot.no_option dd a, b, c"},
		{"two --plcae=x 1", "", "bot.no_option plcae"},
		{`two 1 "dd:4"`, "two|1|dd:4|", ""},
		{"two 19:00 https://example.org/a", "two|19:00|https://example.org/a|", ""},
		{"two", "", "bot.missing"},
		{"two   words", "two words", ""},
		{"two wordsmith", "two|wordsmith||", ""},
		{"rset x", "", "bot.unknown_near rset rest"},
		{"frobnicate", "", "bot.unknown frobnicate"},
		{"hidden", "", "bot.unknown hidden"},
		{"organise", "", "bot.organisers_only Ana, Ben"},
		{"pick blue", "pick|blue", ""},
		{"pick BLUE", "pick|blue", ""},
		{"pick green", "", "bot.not_a_choice green which red, blue"},
		{"break", "", "bot.internal"},
		{"fail", "", "bot.internal"},
		{"", "", "help"},
		{strings.Repeat("x", bot.MaxLine+1), "", "bot.too_long"},
	} {
		*ran = ""
		reply, ok := d.Handle(t.Context(), bot.Event{Key: "k:" + c.line, Text: c.line, Addressed: true})
		var text strings.Builder
		text.WriteString(reply.Title.String())
		for _, b := range reply.Blocks {
			text.WriteString(b.Text.String())
		}
		if !ok || *ran != c.ran || !strings.Contains(text.String(), c.says) || strings.Contains(text.String(), "secret") {
			t.Errorf("%.60q: ran %q, said %q; want %q, %q", c.line, *ran, text.String(), c.ran, c.says)
		}
	}
}

// What is not for the bot is not answered.
func TestNotForTheBot(t *testing.T) {
	d, ran := newDispatcher(t)
	for _, e := range []bot.Event{
		{Key: "1", Text: "done"},                           // running talk
		{Key: "2", Text: "two 1", ReplyTo: "m1"},           // a reply that no command takes
		{Key: "3", Text: "what a book", ReplyTo: "m1"},     // a reply to a post
		{Key: "4", Reaction: &bot.Reaction{Emoji: "🎉"}},    // some reaction
		{Key: "5", Text: strings.Repeat("word ", 100_000)}, // a long one
	} {
		if reply, ok := d.Handle(t.Context(), e); ok || *ran != "" {
			t.Errorf("%s: answered %v, ran %q", e.Key, reply, *ran)
		}
	}
	if _, ok := d.Handle(t.Context(), bot.Event{Key: "6", Text: "at 42", ReplyTo: "m1"}); !ok || *ran != "at|42" {
		t.Errorf("a reply to a post: ran %q", *ran)
	}
	for said, want := range map[string]string{"I'm at 42.": "at|42", "I’m at ch. 3": "at|ch. 3", "Done!": "done", "I have done": "done"} {
		*ran = ""
		if _, ok := d.Handle(t.Context(), bot.Event{Key: "reply " + said, Text: said, ReplyTo: "m1"}); !ok || *ran != want {
			t.Errorf("%q in answer to a post: ran %q", said, *ran)
		}
		*ran = ""
		if _, ok := d.Handle(t.Context(), bot.Event{Key: "talk " + said, Text: said}); ok || *ran != "" {
			t.Errorf("%q in running talk: ran %q", said, *ran)
		}
	}
	*ran = ""
	if _, ok := d.Handle(t.Context(), bot.Event{Key: "7", Reaction: &bot.Reaction{Message: "m1", Emoji: "✅", Removed: true}}); !ok || *ran != "done|undo" {
		t.Errorf("a reaction taken back: ran %q", *ran)
	}
}

// A form asks one thing at a time, asks again after a mistake, and an event
// that comes again is answered the same and not taken for the next answer.
func TestForm(t *testing.T) {
	d, ran := newDispatcher(t)
	say := func(key, text string) string {
		reply, ok := d.Handle(t.Context(), bot.Event{Key: key, Text: text, ReplyTo: "q"})
		if !ok {
			return ""
		}
		var out []string
		for _, b := range reply.Blocks {
			out = append(out, b.Text.String())
		}
		if reply.Ask != nil {
			out = append(out, "asks "+reply.Ask.Param)
		}
		return strings.Join(out, "; ")
	}
	start := func(key string) {
		if _, ok := d.Handle(t.Context(), bot.Event{Key: key, Text: "form", Addressed: true}); !ok {
			t.Fatal("no question")
		}
	}
	start("a")
	if got := say("b", "Readers"); !strings.Contains(got, "asks number") {
		t.Errorf("after the first answer: %q", got)
	}
	if got := say("b", "Readers"); !strings.Contains(got, "asks number") || *ran != "" {
		t.Errorf("the first answer again: %q, ran %q", got, *ran)
	}
	if got := say("c", "many"); !strings.Contains(got, "no number") || !strings.Contains(got, "asks number") {
		t.Errorf("after a mistake: %q", got)
	}
	if got := say("d", "12"); got != "done" || *ran != "form|Readers|12" {
		t.Errorf("at the end: %q, ran %q", got, *ran)
	}
	*ran = ""
	start("e")
	if got := say("f", "Cancel"); got != "form.cancelled" {
		t.Errorf("cancelled: %q", got)
	}
	if got := say("g", "Readers"); got != "" || *ran != "" {
		t.Errorf("after cancelling: %q, ran %q", got, *ran)
	}
	start("h")
	say("i", "Readers")
	if got := say("j", "-"); got != "done" || *ran != "form|Readers|" {
		t.Errorf("left out: %q, ran %q", got, *ran)
	}
	// Where it is known which post was answered, only the open question takes an
	// answer, and one before it says how it is mended.
	*ran = ""
	start("m")
	reply := func(key, text, to string) (string, bool) {
		r, ok := d.Handle(t.Context(), bot.Event{Key: key, Text: text, ReplyTo: "x", ReplyKey: to})
		var said strings.Builder
		for _, b := range r.Blocks {
			said.WriteString(b.Text.String() + "; ")
		}
		return said.String(), ok
	}
	if got, ok := reply("n", "Readers", bot.AnswerKey("other")); ok {
		t.Errorf("an answer to another post: %q", got)
	}
	if got, ok := reply("o", "Readers", bot.AnswerKey("m")); !ok || *ran != "" {
		t.Errorf("an answer to the question: %q, ran %q", got, *ran)
	}
	if got, ok := reply("p", "Side readers", bot.AnswerKey("m")); !ok || !strings.Contains(got, "form.answered") || *ran != "" {
		t.Errorf("an answer to the question before: %q, ran %q", got, *ran)
	}
	if got, ok := reply("q", "12", bot.AnswerKey("p")); !ok || *ran != "form|Readers|12" {
		t.Errorf("an answer to the question as it was asked again: %q, ran %q", got, *ran)
	}
	// A command that is said anew wins over the question.
	*ran = ""
	start("k")
	if _, ok := d.Handle(t.Context(), bot.Event{Key: "l", Text: "rest x", Addressed: true}); !ok || *ran != "rest|x" {
		t.Errorf("a command in between: ran %q", *ran)
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"  two\n words\t": "two words", "a\x1b[2Jb": "a[2Jb", "\u202eevil\u2066": "evil", "z\u200bero": "zero", "نمی\u200cشود": "نمی\u200cشود",
		"\u200d": "", "👩\u200d🚀": "👩\u200d🚀", "\xff": "\uFFFD", "\ue000x\ue001": "x", "12345678901": "1234567890…",
	} {
		if got := bot.Clean(in, 10); got != want {
			t.Errorf("Clean(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzHandle(f *testing.F) {
	for _, s := range []string{"rest x", `two "a`, "two a:b c=d --c", "form", "help rest", "two “x” «y»", "pick red", "at 42", "\xff\x00", "two , , ,"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		d, _ := newDispatcher(t)
		d.Log = slog.New(slog.DiscardHandler)
		reply, ok := d.Handle(t.Context(), bot.Event{Key: "k", Text: line, Addressed: true})
		if !ok || reply.Empty() {
			t.Fatalf("%q is not answered", line)
		}
		if strings.Contains(reply.Blocks[0].Text.String(), "bot.internal") && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "break") && !strings.HasPrefix(strings.ToLower(strings.TrimSpace(line)), "fail") {
			t.Fatalf("%q broke something", line)
		}
	})
}

// Commands that were said long before the bot came to hear them are passed
// over, and the room is told so once; what answers a post counts at any age.
func TestLateCommands(t *testing.T) {
	d, ran := newDispatcher(t)
	now := time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)
	d.Now, d.LateCommand = func() time.Time { return now }, 10*time.Minute
	n := 0
	say := func(ago time.Duration, e bot.Event) (bot.Reply, bool) {
		n++
		*ran = ""
		e.Key, e.At = fmt.Sprint("k", n), now.Add(-ago)
		if e.Room.ID == "" {
			e.Room.ID = "r"
		}
		return d.Handle(t.Context(), e)
	}
	words := bot.Event{Text: "two words", Addressed: true}
	if _, ok := say(9*time.Minute, words); !ok || *ran != "two words" {
		t.Error("one of nine minutes ago is not obeyed")
	}
	reply, ok := say(11*time.Minute, words)
	if !ok || !reply.Failed || *ran != "" {
		t.Errorf("one of eleven minutes ago: %v, %v, ran %q", reply, ok, *ran)
	}
	if _, ok := say(10*time.Minute+time.Second, words); ok || *ran != "" {
		t.Error("the room is told twice")
	}
	if _, ok := say(time.Hour, bot.Event{Text: "two words", Addressed: true, Room: bot.Room{ID: "other"}}); !ok {
		t.Error("another room is not told")
	}
	for _, e := range []bot.Event{
		{Text: "at 42", ReplyTo: "post"}, {Reaction: &bot.Reaction{Message: "post", Emoji: "✅"}}, {Invocation: &bot.Invocation{Command: "two words"}},
	} {
		if _, ok := say(24*time.Hour, e); !ok || *ran == "" {
			t.Errorf("%+v is passed over", e)
		}
	}
	now = now.Add(time.Hour)
	if _, ok := say(11*time.Minute, words); !ok {
		t.Error("after the next absence the room is not told")
	}
}
