package matrix

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// A handler records what it is handed.
type handler struct {
	mu     sync.Mutex
	events []bot.Event
	rooms  []bot.RoomChange
	hold   chan struct{} // Handle waits for it
	got    chan struct{}
}

func (h *handler) Handle(_ context.Context, e bot.Event) (bot.Reply, bool) {
	h.mu.Lock()
	h.events = append(h.events, e)
	h.mu.Unlock()
	h.got <- struct{}{}
	if strings.Contains(e.Text, "panic") {
		panic("as asked")
	}
	if h.hold != nil {
		<-h.hold
	}
	return bot.Say(bot.Plain("answer")), e.Reaction == nil
}

func (h *handler) Complete(context.Context, bot.Event, string, string) []bot.Choice { return nil }

func (h *handler) Changed(_ context.Context, c bot.RoomChange) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rooms = append(h.rooms, c)
}

// run connects until stop is called.
func run(t *testing.T, p *Platform, h *handler) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, h) }()
	return func() {
		t.Helper()
		cancel()
		select {
		case err := <-done:
			if err != nil {
				t.Error(err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it does not stop")
		}
	}
}

func said(eventID, sender, body string, more ...string) string {
	return fmt.Sprintf(`{"type":"m.room.message","event_id":%q,"sender":%q,"origin_server_ts":%d,"content":{"msgtype":"m.text","body":%q%s}}`,
		eventID, sender, now().UnixMilli(), body, strings.Join(more, ""))
}

func synced(next string, events ...string) string {
	return fmt.Sprintf(`{"next_batch":%q,"rooms":{"join":{"!r:test":{"timeline":{"events":[%s]}}}}}`, next, strings.Join(events, ","))
}

func wantSoon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 3000 {
		if ok() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("no %s", what)
}

// The position is saved when the work is done, not before: an event whose
// handler did not come to its end comes again, and its answer has the same
// transaction.
func TestPositionFollowsTheWork(t *testing.T) {
	s := newServer(t)
	path := filepath.Join(t.TempDir(), "state.json")
	s.syncs = []string{`{"next_batch":"s1"}`, synced("s2", said("$a", "@ana:test", "!lectern help"))}
	h := &handler{hold: make(chan struct{}), got: make(chan struct{}, 10)}
	stop := run(t, s.platform(path), h)
	<-h.got
	wantSoon(t, "next sync", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.asked) > 2 })
	wantSoon(t, "saved position", func() bool { // the disk may take its time
		st, err := openState(path)
		return err == nil && st.pos.Since != ""
	})
	again, err := openState(path)
	if err != nil {
		t.Fatal(err)
	}
	if again.pos.Since != "s1" {
		t.Errorf("saved %q before the work was done", again.pos.Since)
	}
	close(h.hold)
	wantSoon(t, "saved position", func() bool {
		st, err := openState(path)
		return err == nil && st.pos.Since == "s2"
	})
	stop()
	if len(s.sent) != 1 || s.sent[0]["msgtype"] != "m.notice" || s.sent[0][keyField] != bot.Key("answer matrix:$a") {
		t.Errorf("sent %v", s.sent)
	}
	// It comes again after a crash that came before the saving: one answer.
	s.mu.Lock()
	s.txns, s.asked = map[string]string{}, nil
	s.syncs = []string{synced("s3", said("$a", "@ana:test", "!lectern help"))}
	s.mu.Unlock()
	h = &handler{got: make(chan struct{}, 10)}
	stop = run(t, s.platform(path), h)
	<-h.got
	wantSoon(t, "saved position", func() bool {
		st, err := openState(path)
		return err == nil && st.pos.Since == "s3"
	})
	stop()
	s.mu.Lock() // the server may still be answering
	defer s.mu.Unlock()
	if s.asked[0] != "s2" {
		t.Errorf("went on from %q", s.asked[0])
	}
	if len(s.sent) != 1 {
		t.Errorf("answered %d times", len(s.sent))
	}
}

// Told to stop, the bot finishes the answer that it is at and begins no other;
// one that takes longer than it may is given up, and comes again.
func TestStopping(t *testing.T) {
	for _, late := range []bool{false, true} {
		s := newServer(t)
		path := filepath.Join(t.TempDir(), "s")
		s.syncs = []string{`{"next_batch":"s1"}`, synced("s2", said("$a", "@ana:test", "!lectern one")), synced("s3", said("$b", "@ana:test", "!lectern two"))}
		h := &handler{hold: make(chan struct{}), got: make(chan struct{}, 10)}
		p := s.platform(path)
		p.opt.StopWithin = 200 * time.Millisecond
		if !late {
			p.opt.StopWithin = time.Minute
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- p.Run(ctx, h) }()
		<-h.got
		wantSoon(t, "both", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.syncs) == 0 })
		cancel()
		if late { // the handler is told by its context, as commands are
			time.AfterFunc(time.Second, func() { close(h.hold) })
		} else {
			close(h.hold)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		st, err := openState(path)
		if err != nil {
			t.Fatal(err)
		}
		s.mu.Lock()
		sent := len(s.sent)
		s.mu.Unlock()
		want, position := 1, "s2"
		if late {
			want, position = 0, "s1"
		}
		if sent != want || st.pos.Since != position || len(h.events) != 1 {
			t.Errorf("late %v: sent %d answers to %d events, and is at %s", late, sent, len(h.events), st.pos.Since)
		}
	}
}

func TestWhatIsHeard(t *testing.T) {
	s := newServer(t)
	s.syncs = []string{`{"next_batch":"s1"}`, synced("s2",
		said("$1", "@ana:test", "!lectern passage x 1"),
		said("$2", "@ana:test", "hello all"),
		said("$3", me, "!lectern help"),
		said("$4", "@m2:test", "Lectern: panic"),
		said("$5", "@m2:test", "lectern is a nice word"),
		said("$6", "@m2:test", "!lecterns"),
		said("$7", "@m2:test", "at 42", `,"m.relates_to":{"m.in_reply_to":{"event_id":"$own"}}`),
		said("$8", "@m2:test", "undo", `,"m.relates_to":{"m.in_reply_to":{"event_id":"$own"}}`),
		said("$9", "@m2:test", "* !lectern help", `,"m.new_content":{"msgtype":"m.text","body":"!lectern help"},"m.relates_to":{"rel_type":"m.replace","event_id":"$2"}`),
		strings.Replace(said("$10", "@m2:test", "!lectern help"), fmt.Sprint(now().UnixMilli()), fmt.Sprint(now().Add(-time.Hour).UnixMilli()), 1),
		`{"type":"m.reaction","event_id":"$11","sender":"@m2:test","origin_server_ts":1,"content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$own","key":"✅️"}}}`,
		`{"type":"m.room.redaction","event_id":"$12","sender":"@ana:test","origin_server_ts":1,"redacts":"$11","content":{"redacts":"$11"}}`,
		`{"type":"m.reaction","event_id":"$13","sender":"@m2:test","origin_server_ts":1,"content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$own","key":"👍"}}}`,
		`{"type":"m.room.redaction","event_id":"$14","sender":"@ana:test","origin_server_ts":1,"redacts":"$13","content":{"redacts":"$13"}}`,
		said("$1", "@ana:test", "!lectern passage x 1"),
		said("$15", "@m2:test", "!lectern quote", `,"m.relates_to":{"m.in_reply_to":{"event_id":"$theirs"}}`),
		said("$17", "@discord_77:test", "!lectern help"),
		`{"type":"m.reaction","event_id":"$18","sender":"@_xmpp_x:test","origin_server_ts":1,"content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$own","key":"✅"}}}`,
		said("$19", "@m2:test", "look at [wright 12]"),
		said("$20", "@m2:test", "* look at [wright 13]", `,"m.new_content":{"msgtype":"m.text","body":"look at [wright 13]"},"m.relates_to":{"rel_type":"m.replace","event_id":"$19"}`),
		strings.Replace(said("$21", "@m2:test", "look at [wright 14]"), "m.text", "m.notice", 1), // as bots speak
		said("$16", "@m2:test", "I doubt it", `,"m.relates_to":{"m.in_reply_to":{"event_id":"$theirs"}}`),
	)}
	h := &handler{got: make(chan struct{}, 20)}
	stop := run(t, s.platform(filepath.Join(t.TempDir(), "s")), h)
	for range 9 {
		select {
		case <-h.got:
		case <-time.After(5 * time.Second):
			t.Fatalf("heard only %+v", h.events)
		}
	}
	time.Sleep(100 * time.Millisecond)
	stop()
	var got []string
	for _, e := range h.events {
		line := fmt.Sprintf("%s %s manages=%v addressed=%v %q on=%s", e.Key, e.Account.Name, e.Account.Manages, e.Addressed, e.Text, e.ReplyTo)
		if e.Invocation != nil {
			line += " do=" + e.Invocation.Command
		}
		if e.Overheard && strings.Contains(e.Text, "[") {
			line += " overheard"
		}
		if e.Quoted != "" {
			line += fmt.Sprintf(" quoted=%q", e.Quoted)
		}
		if e.Reaction != nil {
			line += fmt.Sprintf(" %s %s %v by %s", e.Reaction.Emoji, e.Reaction.Message, e.Reaction.Removed, e.Account.ID)
		}
		got = append(got, line)
	}
	want := []string{
		`matrix:$1 Ana manages=true addressed=true "passage x 1" on=`,
		`matrix:$4 m2 manages=false addressed=true "panic" on=`,
		`matrix:$7 m2 manages=false addressed=false "at 42" on=$own`,
		`matrix:$8 m2 manages=false addressed=false "" on=$own do=undo check-in`,
		`matrix:$10 m2 manages=false addressed=true "help" on=`,
		`matrix:$11 m2 manages=false addressed=false "" on= ✅ $own false by @m2:test`,
		`matrix:$12 m2 manages=false addressed=false "" on= ✅ $own true by @m2:test`,
		`matrix:$15 m2 manages=false addressed=true "quote" on= quoted="It has the books open."`,
		`matrix:$19 m2 manages=false addressed=false "look at [wright 12]" on= overheard`,
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("heard\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What was said in a gap is fetched, in order; if fetching fails, nothing that
// came along is lost.
func TestGap(t *testing.T) {
	for range 8 { // rooms come in any order
		s := newServer(t)
		limited := `{"next_batch":"s3","rooms":{"join":{
			"!r:test":{"timeline":{"limited":true,"prev_batch":"p","events":[` + said("$4", "@ana:test", "!lectern 4") + `]}},
			"!q:test":{"timeline":{"events":[` + said("$q", "@ana:test", "!lectern q") + `]}}}}}`
		s.syncs = []string{`{"next_batch":"s1"}`, synced("s2", said("$1", "@ana:test", "!lectern 1")), limited, limited}
		old := strings.Replace(said("$0", "@ana:test", "!lectern 0"), fmt.Sprint(now().UnixMilli()), fmt.Sprint(now().Add(-time.Hour).UnixMilli()), 1)
		s.gap = []string{"", `{"chunk":[` + said("$3", "@ana:test", "!lectern 3") + `,` + said("$2", "@ana:test", "!lectern 2") + `],"end":"e"}`,
			`{"chunk":[` + said("$1", "@ana:test", "!lectern 1") + `,` + old + `],"end":"f"}`}
		h := &handler{got: make(chan struct{}, 20)}
		path := filepath.Join(t.TempDir(), "s")
		stop := run(t, s.platform(path), h)
		wantSoon(t, "position", func() bool {
			st, err := openState(path)
			return err == nil && st.pos.Since == "s3"
		})
		stop()
		var r, q []string
		for _, e := range h.events {
			if e.Room == room {
				r = append(r, e.Text)
			} else {
				q = append(q, e.Text)
			}
		}
		if fmt.Sprint(r, q) != "[1 2 3 4] [q]" {
			t.Fatalf("heard %v %v", r, q)
		}
	}
}

// What the room's history has and no sync ever had is heard all the same, once,
// and what was said before anything that was received is not.
func TestLeftOut(t *testing.T) {
	s := newServer(t)
	s.syncs = []string{`{"next_batch":"s1"}`, synced("s2", said("$1", "@ana:test", "!lectern 1"), said("$own", me, "answer")), synced("s3", said("$4", "@ana:test", "!lectern 4"))}
	s.history = `{"chunk":[` + strings.Join([]string{said("$4", "@ana:test", "!lectern 4"), said("$3", "@ana:test", "!lectern 3"), said("$2", "@ana:test", "!lectern 2"),
		said("$own", me, "answer"), said("$1", "@ana:test", "!lectern 1"), said("$0", "@ana:test", "!lectern 0")}, ",") + `],"end":"e"}`
	h := &handler{got: make(chan struct{}, 20)}
	p := s.platform(filepath.Join(t.TempDir(), "s"))
	p.opt.LookAfter = 50 * time.Millisecond
	stop := run(t, p, h)
	for range 4 {
		select {
		case <-h.got:
		case <-time.After(5 * time.Second):
			t.Fatalf("heard only %+v", h.events)
		}
	}
	s.mu.Lock()
	s.syncs = append(s.syncs, synced("s4", said("$2", "@ana:test", "!lectern 2"), said("$5", "@ana:test", "!lectern 5"))) // it was only late
	s.mu.Unlock()
	<-h.got
	stop()
	var got []string
	for _, e := range h.events {
		got = append(got, e.Text)
	}
	slices.Sort(got)
	if fmt.Sprint(got) != "[1 2 3 4 5]" {
		t.Errorf("heard %v", got)
	}
}

func TestInvitationsAndRemovals(t *testing.T) {
	s := newServer(t)
	invite := func(room, by string) string {
		return fmt.Sprintf(`%q:{"invite_state":{"events":[{"type":"m.room.member","state_key":%q,"sender":%q,"content":{"membership":"invite"}}]}}`, room, me, by)
	}
	invites := `{"next_batch":"s2","rooms":{"invite":{` + invite("!a:test", "@ana:test") + `,` + invite("!b:test", "@eve:test") + `,` + invite("!c:test", "@x:good.test") + `,` + invite("!d:test", "@ana:test.evil") + `}}}`
	s.syncs = []string{`{"next_batch":"s1"}`, invites, invites,
		`{"next_batch":"s3","rooms":{"leave":{"!r:test":{"timeline":{"events":[{"type":"m.room.member","event_id":"$k","state_key":"` + me + `","sender":"@ana:test","content":{"membership":"leave","reason":"too loud"}}]}}}}}`}
	h := &handler{got: make(chan struct{}, 20)}
	stop := run(t, s.platform(filepath.Join(t.TempDir(), "s")), h)
	wantSoon(t, "removal", func() bool {
		h.mu.Lock()
		defer h.mu.Unlock()
		for _, c := range h.rooms {
			if c.What == bot.Removed && c.Reason == "too loud" && c.Room == room {
				return true
			}
		}
		return false
	})
	wantSoon(t, "answers to the invitations", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.left) >= 2 && len(s.joined) >= 2 })
	stop()
	for _, x := range s.left {
		if !strings.Contains(x, "!b:") && !strings.Contains(x, "!d:") {
			t.Errorf("left %s", x)
		}
	}
	for _, x := range s.joined {
		if !strings.Contains(x, "!a:") && !strings.Contains(x, "!c:") {
			t.Errorf("joined %s", x)
		}
	}
}

func TestStateSurvives(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.json")
	s, err := openState(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := s.react(reaction{ID: id.EventID(fmt.Sprint("$", i)), Room: "!r:test", Emoji: "✅"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.save(position{User: me, Since: "x"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.log.WriteString(`{"id":"$torn`); err != nil {
		t.Fatal(err)
	}
	again, err := openState(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := again.reacted("$1"); !ok || again.position(me).Since != "x" || len(again.order) != 3 {
		t.Errorf("read %+v", again)
	}
	if again.position("@other:test").Since != "" {
		t.Error("another account goes on where this one was")
	}
}

func TestAddressed(t *testing.T) {
	s := &session{Platform: &Platform{me: me, names: []string{"@lectern:test", "lectern", "der vorleser"}}}
	for _, x := range []struct{ body, text string }{
		{"!lectern help", "help"}, {"!LECTERN: help", "help"}, {"!lectern", ""}, {"lectern: help", "help"}, {"Der Vorleser, help", "help"},
		{"@lectern:test help", "help"}, {"@lectern help", "help"},
	} {
		if got, ok := s.addressed(&event.MessageEventContent{Body: x.body}, x.body, ""); !ok || got != x.text {
			t.Errorf("%q: %q, %v", x.body, got, ok)
		}
	}
	for _, body := range []string{"!lecterns help", "lectern help", "lecterns: x", "der vorleserin: x", "help", "a !lectern help"} {
		if got, ok := s.addressed(&event.MessageEventContent{Body: body}, body, ""); ok {
			t.Errorf("%q is taken for %q", body, got)
		}
	}
	m := &event.MessageEventContent{Body: "Lectern help", Mentions: &event.Mentions{UserIDs: []id.UserID{me}}}
	if got, ok := s.addressed(m, m.Body, ""); !ok || got != "help" {
		t.Errorf("a mention: %q, %v", got, ok)
	}
	for _, x := range []struct{ own, body, text string }{
		{"!r", "!r help", "help"}, {"!r", "!R: help", "help"}, {"!r", "!lectern help", "help"}, {"?", "?help", "help"}, {"?", "?passage x 1", "passage x 1"},
	} {
		if got, ok := s.addressed(&event.MessageEventContent{Body: x.body}, x.body, x.own); !ok || got != x.text {
			t.Errorf("%q before %q: %q, %v", x.own, x.body, got, ok)
		}
	}
	for _, x := range []struct{ own, body string }{{"!r", "!reading"}, {"?", "? what"}, {"?", "??"}, {"?", "what?"}, {"!", "!!!"}} {
		if got, ok := s.addressed(&event.MessageEventContent{Body: x.body}, x.body, x.own); ok {
			t.Errorf("%q before %q is taken for %q", x.own, x.body, got)
		}
	}
}
