package bottest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
)

// Every kind of block is shown, with all its words, in order.
func testReplies(t *testing.T, w *World, _ *hearer) {
	for name, reply := range Gallery() {
		t.Run(name, func(t *testing.T) {
			before := len(w.all(t, "ana"))
			post(t, w, bot.Post{Reply: reply})
			shown := w.all(t, "ana")[before:]
			inOrder(t, shown, pieces(reply)...)
			if f := reply.File; f != nil && !strings.Contains(shown, f.Name) {
				inOrder(t, shown, pieces(bot.Reply{Blocks: f.Instead})...)
				if len(f.Instead) == 0 {
					t.Errorf("the file %s is not shown, and nothing instead", f.Name)
				}
			}
		})
	}
}

// counted are n words that differ.
func counted(name string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "%s%d; ", name, i)
	}
	return strings.TrimSpace(b.String())
}

// longReply has about 60 kB in blocks of each kind that may be long.
func longReply() bot.Reply {
	var items []bot.Spans
	for i := range 200 {
		items = append(items, bot.Plain(counted(fmt.Sprintf("item%dx", i), 5)))
	}
	return bot.Reply{
		Title: bot.Plain("A long answer"),
		Blocks: []bot.Block{
			{Kind: bot.Quoted, Quote: &bot.Quote{Number: "37", Text: bot.Spans{{Text: counted("q", 1500), Style: bot.Emphasis}, {Text: " " + counted("r", 500)}}, Attribution: "somebody", Citation: "long 37"}},
			bot.Para(bot.Plain(counted("p", 2000))),
			{Kind: bot.Numbers, Start: 5, Items: items},
			{Kind: bot.Table, Fields: []bot.Field{{Name: "short", Value: bot.Plain("yes")}, {Name: "long", Value: bot.Plain(counted("t", 1000))}}},
			{Kind: bot.Quoted, Quote: &bot.Quote{Number: "38", Fixed: true, Text: bot.Plain(strings.ReplaceAll(counted("f", 300), " ", "\n"))}},
		},
	}
}

// A text that is too long for one message goes on in the next: nothing is cut.
func testLong(t *testing.T, w *World, _ *hearer) {
	reply := longReply()
	p := bot.Post{Reply: reply, Key: w.key("long")}
	id := post(t, w, p)
	inOrder(t, w.all(t, "ben"), pieces(reply)...)
	n := len(w.Shown(t, "ben"))
	if again := post(t, w, p); again != id || len(w.Shown(t, "ben")) != n {
		t.Errorf("posted again as %s (was %s); %d messages (were %d)", again, id, len(w.Shown(t, "ben")), n)
	}
	if f, ok := w.Platform.(bot.Finder); ok {
		if found, err := f.Find(t.Context(), w.Room, p.Key, w.Now()); err != nil || found != id {
			t.Errorf("found %s, %v; want %s", found, err, id)
		}
	}
	if w.Fail == nil {
		return
	}
	// Cut off in the middle, it is finished and not begun anew.
	reply = bot.Say(bot.Plain(counted("z", 9000)))
	p = bot.Post{Reply: reply, Key: w.key("cut")}
	w.Fail(t, LostAnswer)
	began := w.Now()
	_, err := w.Platform.Post(t.Context(), w.Room, p)
	wantOutcome(t, err, bot.Unknown)
	p.FirstTry = began
	post(t, w, p)
	inOrder(t, w.all(t, "ben"), pieces(reply)...)
	if n := w.count(t, "ben", "z0; z1;"); n != 1 {
		t.Errorf("its beginning is there %d times", n)
	}
}

// A post is there once for each key, and posts keep their order.
func testOnce(t *testing.T, w *World, _ *hearer) {
	var marks []string
	for i := range 12 {
		mark := fmt.Sprintf("post-%d.", i)
		marks = append(marks, mark)
		p := bot.Post{Reply: bot.Say(bot.Plain(mark)), Key: w.key(mark), Notice: i%2 == 0}
		first := post(t, w, p)
		if again := post(t, w, p); again != first {
			t.Errorf("%s was posted as %s and as %s", mark, first, again)
		}
	}
	inOrder(t, w.all(t, "ana"), marks...)
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			p := bot.Post{Reply: bot.Say(bot.Plain(fmt.Sprintf("beside-%d.", i))), Key: w.key(fmt.Sprint("beside", i))}
			if _, err := w.Platform.Post(t.Context(), w.Room, p); err != nil {
				t.Error(err)
			}
		})
		marks = append(marks, fmt.Sprintf("beside-%d.", i))
	}
	all.Wait()
	for _, mark := range marks {
		if n := w.count(t, "ben", mark); n != 1 {
			t.Errorf("%s is there %d times", mark, n)
		}
	}
}

// What is said to the bot is heard with all that an event must have, in order
// and under a name of its own; what people say to each other is not for it.
func testConversation(t *testing.T, w *World, h *hearer) {
	said := []struct{ who, text string }{{"ana", "passage handbook 3"}, {"ben", "search \"one thing\" OR two"}, {"ana", "passage handbook 3"}, {"ana", "help ¶ 学 שלום 🙂"}}
	w.Talk(t, "ben", "good evening")
	began := w.Now()
	keys := map[string]bool{}
	for i, x := range said {
		w.Say(t, x.who, x.text)
		e := h.heard(t, i+1)
		if e.Text != x.text || !e.Addressed || e.Direct {
			t.Errorf("%s was heard as %+v", x.text, e)
		}
		if !strings.HasPrefix(e.Key, w.Platform.Name()+":") || len(e.Key) > 255 || keys[e.Key] {
			t.Errorf("an event's key is %q", e.Key)
		}
		keys[e.Key] = true
		if e.Room != w.Room || e.Account.Platform != w.Platform.Name() || e.Account.ID == "" || !strings.EqualFold(e.Account.Name, x.who) {
			t.Errorf("%s was heard from %+v in %s", x.text, e.Account, e.Room)
		}
		if d := e.At.Sub(began); d < -time.Minute || d > time.Minute {
			t.Errorf("it was said at %v, in the middle of now", e.At)
		}
		w.Talk(t, "ben", "nobody asked you")
	}
	if a, b := h.heard(t, 1).Account, h.heard(t, 2).Account; a.ID == b.ID {
		t.Error("ana and ben are one account")
	}
	w.Say(t, "ben", "the end")
	if e := h.heard(t, len(said)+1); e.Text != "the end" {
		t.Errorf("talk was heard: %q", e.Text)
	}
}

// An answer is shown to everybody, and can be answered in turn.
func testAnswers(t *testing.T, w *World, h *hearer) {
	h.answer(func(e bot.Event) (bot.Reply, bool) {
		switch e.Text {
		case "ask me":
			return bot.Reply{Blocks: []bot.Block{bot.Para(bot.Plain("Which city?"))}, Ask: &bot.Question{Param: "city"}}, true
		case "quiet":
			return bot.Reply{}, false
		}
		return bot.Say(bot.Plain("heard <" + e.Text + ">")), true
	})
	w.Say(t, "ana", "quiet")
	w.Say(t, "ana", "ask me")
	soon(t, "the question", func() bool { return w.count(t, "ben", "Which city?") == 1 })
	shown := w.Shown(t, "ana")
	question := shown[len(shown)-1].ID
	w.Answer(t, "ana", question, "London")
	soon(t, "the answer to an answer", func() bool { return w.count(t, "ben", "heard <London>") == 1 })
	e := h.heard(t, 3)
	if e.ReplyTo == "" || question != "" && e.ReplyTo != question {
		t.Errorf("the answer to %q is one to %q", question, e.ReplyTo)
	}
	if n := w.count(t, "ana", "Which city?"); n != 1 {
		t.Errorf("the question is there %d times", n)
	}
}

// A button does what it carries, for whoever presses it, as often as it is
// pressed; one under a post as one under an answer.
func testButtons(t *testing.T, w *World, h *hearer) {
	do := bot.Invocation{Command: "passage", Args: map[string]string{"citation": "handbook 3-5"}}
	hidden := bot.Invocation{Command: "undo check-in", Args: map[string]string{"reading": "7", "kind": "done"}}
	buttons := []bot.Action{{Label: "More around it", Do: do}, {Label: "Undo", Do: hidden}}
	id := post(t, w, bot.Post{Reply: bot.Reply{Blocks: []bot.Block{bot.Para(bot.Plain("with buttons"))}, Actions: buttons}})
	h.answer(func(e bot.Event) (bot.Reply, bool) {
		return bot.Reply{Blocks: []bot.Block{bot.Para(bot.Plain("done, " + e.Account.Name))}, Actions: buttons[1:]}, e.Invocation != nil
	})
	keys := map[string]bool{}
	for i, x := range []struct {
		who    string
		button bot.Action
	}{{"ana", buttons[0]}, {"ben", buttons[1]}, {"ana", buttons[1]}, {"ana", buttons[1]}} {
		w.Press(t, x.who, id, x.button)
		e := h.heard(t, i+1)
		if e.Invocation == nil || e.Invocation.Command != x.button.Do.Command || fmt.Sprint(e.Invocation.Args) != fmt.Sprint(x.button.Do.Args) {
			t.Fatalf("[%s] was heard as %+v", x.button.Label, e)
		}
		if keys[e.Key] || !strings.EqualFold(e.Account.Name, x.who) {
			t.Errorf("[%s] was pressed by %s under the key %q", x.button.Label, e.Account.Name, e.Key)
		}
		keys[e.Key] = true
		soon(t, "an answer to the button", func() bool { return w.count(t, x.who, "done, ") == i+1 })
	}
	shown := w.Shown(t, "ben")
	w.Press(t, "ben", shown[len(shown)-1].ID, buttons[1])
	if e := h.heard(t, 5); e.Invocation == nil || e.Invocation.Command != hidden.Command {
		t.Errorf("a button under an answer was heard as %+v", e)
	}
}

// A reaction and its being taken back are heard, with the post they are about.
func testReactions(t *testing.T, w *World, h *hearer) {
	if w.React == nil {
		t.Log("there are no reactions here")
		return
	}
	for _, reply := range []bot.Reply{
		{Blocks: []bot.Block{bot.Para(bot.Plain("to be ticked"))}, Actions: []bot.Action{{Label: "I have read it", React: "✅", Do: bot.Invocation{Command: "done"}}}},
		{Blocks: []bot.Block{bot.Para(bot.Plain(counted("l", 9000)))}, Actions: []bot.Action{{Label: "Not this time", React: "⏭", Do: bot.Invocation{Command: "skip"}}}},
	} {
		n := len(h.events)
		id := post(t, w, bot.Post{Reply: reply})
		emoji := reply.Actions[0].React
		takeBack := w.React(t, "ben", id, emoji+"\ufe0f")
		e := h.heard(t, n+1)
		if e.Reaction == nil || *e.Reaction != (bot.Reaction{Message: id, Emoji: emoji}) || !strings.EqualFold(e.Account.Name, "ben") {
			t.Fatalf("it was heard as %+v %+v", e, e.Reaction)
		}
		takeBack()
		back := h.heard(t, n+2)
		if back.Reaction == nil || *back.Reaction != (bot.Reaction{Message: id, Emoji: emoji, Removed: true}) || back.Account.ID != e.Account.ID || back.Key == e.Key {
			t.Fatalf("taking it back was heard as %+v %+v", back, back.Reaction)
		}
	}
}

// What is for one person, nobody else reads; a refusal they may.
func testPrivate(t *testing.T, w *World, h *hearer) {
	h.answer(func(e bot.Event) (bot.Reply, bool) {
		r := bot.Say(bot.Plain("for " + e.Account.Name + " alone"))
		r.Private = true
		r.File = &bot.File{Name: "reading-1.html", MIME: "text/html", Data: []byte("<p>x"), Instead: []bot.Block{bot.Para(bot.Plain("the text"))}}
		return r, true
	})
	w.Say(t, "ana", "text")
	e := h.heard(t, 1)
	soon(t, "the private answer", func() bool { return w.count(t, "ana", "for "+e.Account.Name+" alone") == 1 })
	soon(t, "its file", func() bool {
		return w.count(t, "ana", "reading-1.html")+w.count(t, "ana", "the text") == 1
	})
	p := bot.Post{Reply: bot.Say(bot.Plain("a letter")), Key: w.key("letter"), Asker: e.Account.ID}
	p.Private = true
	first := post(t, w, p)
	if again := post(t, w, p); again != first {
		t.Errorf("the letter was posted as %s and as %s", first, again)
	}
	if n := w.count(t, "ana", "a letter"); n != 1 {
		t.Errorf("the letter is there %d times", n)
	}
	if w.Alone {
		return
	}
	if text := w.all(t, "ben"); strings.Contains(text, "alone") || strings.Contains(text, "letter") || strings.Contains(text, "the text") || strings.Contains(text, ".html") {
		t.Errorf("ben reads %s", text)
	}
}

// An edit takes the place of what was there, all of it.
func testEdits(t *testing.T, w *World, _ *hearer) {
	ed, ok := w.Platform.(bot.Editor)
	if !ok {
		t.Log("what was shown cannot be changed here")
		return
	}
	edit := func(id bot.MessageID, r bot.Reply) {
		t.Helper()
		if err := ed.Edit(t.Context(), w.Room, id, bot.Post{Reply: r, Key: w.key("edit")}); err != nil {
			t.Fatal(err)
		}
	}
	long := bot.Say(bot.Plain(counted("e", 9000)))
	id := post(t, w, bot.Post{Reply: bot.Say(bot.Plain("page one"))})
	edit(id, bot.Say(bot.Plain("page two")))
	if text := w.all(t, "ben"); !strings.Contains(text, "page two") || strings.Contains(text, "page one") || len(w.Shown(t, "ben")) != 1 {
		t.Errorf("ben reads %s", text)
	}
	edit(id, long)
	text := w.all(t, "ben")
	inOrder(t, text, pieces(long)...)
	if strings.Contains(text, "page two") {
		t.Error("what was edited is still there")
	}
	edit(id, bot.Say(bot.Plain("page three")))
	// What a service takes away may be read a moment longer.
	soon(t, "a long edit gone whole", func() bool {
		text := w.all(t, "ben")
		return strings.Contains(text, "page three") && !strings.Contains(text, "e1;") && !strings.Contains(text, "e8999;")
	})
	id = post(t, w, bot.Post{Reply: bot.Say(bot.Plain(counted("o", 9000)))})
	edit(id, bot.Say(bot.Plain("short again")))
	soon(t, "a long post gone whole", func() bool {
		text := w.all(t, "ben")
		return strings.Contains(text, "short again") && !strings.Contains(text, "o1;") && !strings.Contains(text, "o8999;")
	})
	err := ed.Edit(t.Context(), w.Room, "$nothing-of-ours", bot.Post{Reply: long, Key: w.key("none")})
	wantOutcome(t, err, bot.Permanent)
}

func wantOutcome(t *testing.T, err error, want bot.Outcome) {
	t.Helper()
	if pe, ok := errors.AsType[*bot.PostError](err); !ok || pe.Outcome != want {
		t.Fatalf("%v; want an outcome that is %s", err, want)
	}
}

// A send that fails says what may be done about it, and doing that leaves the
// post there once.
func testErrors(t *testing.T, w *World, _ *hearer) {
	stopped, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := w.Platform.Post(stopped, w.Room, bot.Post{Reply: bot.Say(bot.Plain("stopped")), Key: w.key("stopped")}); err != nil {
		wantOutcome(t, err, bot.Unknown)
	}
	if w.Fail == nil {
		t.Log("nothing stands between the bot and its reader")
		return
	}
	for _, x := range []struct {
		name    string
		failure Failure
		outcome bot.Outcome
		there   int
	}{
		{"refused", Refused, bot.Permanent, 0},
		{"busy", Busy, bot.Retry, 0},
		{"answer lost", LostAnswer, bot.Unknown, 1},
		{"message lost", LostMessage, bot.Unknown, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			mark := "post-" + strings.ReplaceAll(x.name, " ", "-") + "."
			p := bot.Post{Reply: bot.Say(bot.Plain(mark)), Key: w.key(mark)}
			w.Fail(t, x.failure)
			began := w.Now()
			_, err := w.Platform.Post(t.Context(), w.Room, p)
			wantOutcome(t, err, x.outcome)
			pe, _ := errors.AsType[*bot.PostError](err)
			if (pe.Outcome == bot.Permanent) != (pe.Right != "") {
				t.Errorf("the right that is missing: %q", pe.Right)
			}
			if x.outcome == bot.Retry && pe.After != BusyFor {
				t.Errorf("it is to be tried after %v", pe.After)
			}
			if n := w.count(t, "ana", mark); n != x.there {
				t.Errorf("it is there %d times", n)
			}
			if x.outcome == bot.Unknown {
				f, ok := w.Platform.(bot.Finder)
				if !ok {
					return // the caller must say that it does not know
				}
				id, err := f.Find(t.Context(), w.Room, p.Key, began)
				if (err == nil) != (x.there == 1) || err != nil && !errors.Is(err, bot.ErrNotFound) || (id != "") != (x.there == 1) {
					t.Errorf("it was looked for: %q, %v", id, err)
				}
				p.FirstTry = began
			}
			post(t, w, p)
			if n := w.count(t, "ana", mark); n != 1 {
				t.Errorf("after the next try it is there %d times", n)
			}
		})
	}
}

// A post is found by its key, however much was said since.
func testFind(t *testing.T, w *World, _ *hearer) {
	f, ok := w.Platform.(bot.Finder)
	if !ok {
		t.Log("posts cannot be looked for here")
		return
	}
	began := w.Now()
	p := bot.Post{Reply: bot.Say(bot.Plain("wanted")), Key: w.key("wanted")}
	id := post(t, w, p)
	for i := range 130 {
		post(t, w, bot.Post{Reply: bot.Say(bot.Plain(fmt.Sprint("since ", i))), Key: w.key(fmt.Sprint("since", i))})
	}
	if found, err := f.Find(t.Context(), w.Room, p.Key, began); err != nil || found != id {
		t.Errorf("found %q, %v; want %q", found, err, id)
	}
	if found, err := f.Find(t.Context(), w.Room, w.key("never"), began); !errors.Is(err, bot.ErrNotFound) {
		t.Errorf("found %q, %v; want nothing", found, err)
	}
}
