package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

const me = "@lectern:test"

// A server is as much of a homeserver as the tests need: one room, and answers
// that they prepare.
type server struct {
	t    *testing.T
	http *httptest.Server

	mu      sync.Mutex
	fail    []func(w http.ResponseWriter) bool // for sends; true if it wrote the answer
	sent    []map[string]any
	txns    map[string]string
	paths   []string
	syncs   []string // to be given out, one for each call
	asked   []string // the since of each sync
	members int
	secret  bool     // the room is encrypted
	gap     []string // pages of messages; "" is an error
	left    []string
	joined  []string
}

func newServer(t *testing.T) *server {
	s := &server{t: t, txns: map[string]string{}, members: 3}
	s.http = httptest.NewServer(s)
	t.Cleanup(s.http.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/_matrix/client/v3")
	s.paths = append(s.paths, r.Method+" "+path)
	out := func(v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	refuse := func(status int, code string) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = fmt.Fprintf(w, `{"errcode":%q,"error":"no"}`, code)
	}
	switch {
	case strings.HasSuffix(path, "/whoami"):
		out(map[string]any{"user_id": me, "device_id": "D"})
	case strings.HasSuffix(path, "/joined_rooms"):
		out(map[string]any{"joined_rooms": []string{"!r:test"}})
	case strings.HasSuffix(path, "/displayname"):
		out(map[string]any{"displayname": "Lectern"})
	case strings.HasSuffix(path, "/joined_members"):
		joined := map[string]any{me: map[string]any{}, "@ana:test": map[string]any{"display_name": "Ana"}}
		for i := 2; i < s.members; i++ {
			joined[fmt.Sprintf("@m%d:test", i)] = map[string]any{}
		}
		out(map[string]any{"joined": joined})
	case strings.Contains(path, "/state/m.room.encryption"):
		if !s.secret {
			refuse(404, "M_NOT_FOUND")
			return
		}
		out(map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	case strings.Contains(path, "/state/m.room.create"):
		if r.URL.Query().Get("format") == "event" {
			out(map[string]any{"type": "m.room.create", "sender": "@ana:test", "state_key": "", "content": map[string]any{"room_version": "10"}})
			return
		}
		out(map[string]any{"room_version": "10"})
	case strings.Contains(path, "/state/m.room.power_levels"):
		out(map[string]any{"users": map[string]any{"@ana:test": 50}})
	case strings.Contains(path, "/account_data/"):
		refuse(404, "M_NOT_FOUND")
	case strings.HasSuffix(path, "/messages") && r.URL.Query().Get("from") != "":
		page := s.gap[0]
		s.gap = s.gap[1:]
		if page == "" {
			refuse(500, "M_UNKNOWN")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, page)
	case strings.HasSuffix(path, "/messages"):
		var chunk []any
		for i := len(s.sent) - 1; i >= 0; i-- {
			chunk = append(chunk, map[string]any{"event_id": fmt.Sprintf("$%d", i), "type": "m.room.message", "sender": me, "origin_server_ts": now().UnixMilli(), "content": s.sent[i]})
		}
		out(map[string]any{"chunk": chunk, "start": "a"})
	case strings.Contains(path, "/event/"):
		out(map[string]any{"event_id": path, "type": "m.room.message", "sender": me, "content": map[string]any{"body": "x", actionsField: []any{
			map[string]any{"label": "Undo", "do": map[string]any{"command": "undo check-in"}}, map[string]any{"label": "Read", "react": "✅", "do": map[string]any{"command": "done"}}}}})
	case strings.Contains(path, "/send/"):
		if len(s.fail) > 0 {
			f := s.fail[0]
			s.fail = s.fail[1:]
			if f != nil && f(w) {
				return
			}
		}
		var content map[string]any
		_ = json.NewDecoder(r.Body).Decode(&content)
		txn := path[strings.LastIndex(path, "/")+1:]
		if _, ok := s.txns[txn]; !ok {
			s.txns[txn] = fmt.Sprintf("$%d", len(s.sent))
			s.sent = append(s.sent, content)
		}
		out(map[string]any{"event_id": s.txns[txn]})
	case strings.HasSuffix(path, "/leave"):
		s.left = append(s.left, path)
		out(map[string]any{})
	case strings.Contains(path, "/join"):
		s.joined = append(s.joined, path)
		out(map[string]any{"room_id": "!new:test"})
	case path == "/sync":
		s.asked = append(s.asked, r.URL.Query().Get("since"))
		if len(s.syncs) == 0 {
			s.mu.Unlock()
			select {
			case <-r.Context().Done():
			case <-time.After(50 * time.Millisecond):
			}
			s.mu.Lock()
			out(map[string]any{"next_batch": r.URL.Query().Get("since")})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, s.syncs[0])
		s.syncs = s.syncs[1:]
	default:
		refuse(404, "M_UNRECOGNIZED")
	}
}

func now() time.Time { return time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC) }

func (s *server) platform(state string) *Platform {
	s.t.Helper()
	p, err := New(Options{Homeserver: s.http.URL, User: me, Token: "secret", AllowInvites: []string{"@ana:test", "*:good.test"}, State: state, Voice: voice(s.t),
		Now: now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second})
	if err != nil {
		s.t.Fatal(err)
	}
	return p
}

var room = bot.Room{Platform: Name, ID: "!r:test"}

func answerWith(status int, header, body string) func(w http.ResponseWriter) bool {
	return func(w http.ResponseWriter) bool {
		if k, v, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = fmt.Fprint(w, body)
		return true
	}
}

func TestOutcomes(t *testing.T) {
	for _, x := range []struct {
		name    string
		fail    func(w http.ResponseWriter) bool
		outcome bot.Outcome
		after   time.Duration
	}{
		{"429 by header", answerWith(429, "Retry-After: 7", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow"}`), bot.Retry, 7 * time.Second},
		{"429 by field", answerWith(429, "", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1500}`), bot.Retry, 1500 * time.Millisecond},
		{"429 without either", answerWith(429, "", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow"}`), bot.Retry, 0},
		{"429 of a proxy", answerWith(429, "Retry-After: 3", `slow down`), bot.Retry, 3 * time.Second},
		{"403", answerWith(403, "", `{"errcode":"M_FORBIDDEN","error":"no"}`), bot.Permanent, 0},
		{"404", answerWith(404, "", `{"errcode":"M_NOT_FOUND","error":"no"}`), bot.Permanent, 0},
		{"401", answerWith(401, "", `{"errcode":"M_UNKNOWN_TOKEN","error":"no"}`), bot.Permanent, 0},
		{"404 of a proxy", answerWith(404, "", `<html>`), bot.Unknown, 0},
		{"403 of a proxy", answerWith(403, "", `<html>`), bot.Unknown, 0},
		{"502", answerWith(502, "", `bad gateway`), bot.Unknown, 0},
		{"no answer", func(http.ResponseWriter) bool { panic(http.ErrAbortHandler) }, bot.Unknown, 0},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := newServer(t)
			s.http.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
			s.fail = []func(http.ResponseWriter) bool{x.fail}
			_, err := s.platform(filepath.Join(t.TempDir(), "s")).Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("x")), Key: "L"})
			var pe *bot.PostError
			if !errors.As(err, &pe) || pe.Outcome != x.outcome || pe.After != x.after {
				t.Fatalf("%v", err)
			}
			if (pe.Outcome == bot.Permanent) != (pe.Right != "") {
				t.Errorf("right %q", pe.Right)
			}
		})
	}
}

// What a homeserver asks to wait is waited before an answer is tried again, by
// its header or by its field.
func TestAnswersWait(t *testing.T) {
	for _, refusal := range []func(http.ResponseWriter) bool{
		answerWith(429, "Retry-After: 1", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow"}`),
		answerWith(429, "", `{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":1000}`),
	} {
		s := newServer(t)
		var refused, sent time.Time
		s.fail = []func(http.ResponseWriter) bool{
			func(w http.ResponseWriter) bool { refused = time.Now(); return refusal(w) },
			func(http.ResponseWriter) bool { sent = time.Now(); return false },
		}
		s.syncs = []string{`{"next_batch":"s1"}`, synced("s2", said("$a", "@ana:test", "!lectern help"))}
		stop := run(t, s.platform(filepath.Join(t.TempDir(), "s")), &handler{got: make(chan struct{}, 9)})
		wantSoon(t, "answer", func() bool { s.mu.Lock(); defer s.mu.Unlock(); return len(s.sent) == 1 })
		stop()
		if d := sent.Sub(refused); d < time.Second {
			t.Errorf("it was tried again after %v", d)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	s := newServer(t)
	p := s.platform(filepath.Join(t.TempDir(), "s"))
	s.http.Close()
	_, err := p.Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("x")), Key: "L"})
	var pe *bot.PostError
	if !errors.As(err, &pe) || pe.Outcome != bot.Retry {
		t.Fatalf("%v", err)
	}
}

// A post of several parts, cut off after the first, is neither found nor sent
// twice.
func TestPartsAreFinished(t *testing.T) {
	s := newServer(t)
	p := s.platform(filepath.Join(t.TempDir(), "s"))
	long := bot.Say(bot.Plain(strings.Repeat("word ", 12000)))
	s.fail = []func(http.ResponseWriter) bool{nil, answerWith(502, "", "")}
	post := bot.Post{Reply: long, Key: "LKEY"}
	if _, err := p.Post(t.Context(), room, post); err == nil {
		t.Fatal("no error")
	}
	if _, err := p.Find(t.Context(), room, "LKEY", now()); !errors.Is(err, bot.ErrNotFound) {
		t.Fatalf("find: %v", err)
	}
	s.txns = map[string]string{} // the server was started anew, and knows no transaction
	post.FirstTry = now()
	last, err := p.Post(t.Context(), room, post)
	if err != nil {
		t.Fatal(err)
	}
	parts := len(Split(long, p.look))
	if parts < 3 || len(s.sent) != parts {
		t.Errorf("%d events for %d parts", len(s.sent), parts)
	}
	if found, err := p.Find(t.Context(), room, "LKEY", now()); err != nil || found != last {
		t.Errorf("find: %s, %v; want %s", found, err, last)
	}
}

func TestEncryptedRoomsHearNothing(t *testing.T) {
	s := newServer(t)
	s.secret = true
	_, err := s.platform(filepath.Join(t.TempDir(), "s")).Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("x")), Key: "L"})
	var pe *bot.PostError
	if !errors.As(err, &pe) || pe.Outcome != bot.Permanent || len(s.sent) > 0 {
		t.Fatalf("%v; sent %v", err, s.sent)
	}
}

// An edit replaces a message, and says so to clients that know no edits.
func TestEdit(t *testing.T) {
	s := newServer(t)
	p := s.platform(filepath.Join(t.TempDir(), "s"))
	if err := p.Edit(t.Context(), room, "$1", bot.Post{Reply: bot.Say(bot.Bold("new")), Key: "LEDIT"}); err != nil {
		t.Fatal(err)
	}
	c := s.sent[0]
	whole, _ := c["m.new_content"].(map[string]any)
	rel, _ := c["m.relates_to"].(map[string]any)
	if c["body"] != "* new" || whole["body"] != "new" || whole["formatted_body"] != "<p><strong>new</strong></p>" || rel["rel_type"] != "m.replace" || rel["event_id"] != "$1" {
		t.Errorf("sent %v", c)
	}
	if m, ok := whole["m.mentions"].(map[string]any); !ok || len(m) > 0 {
		t.Errorf("it mentions %v", whole["m.mentions"])
	}
}

// A post answers, has its key, and mentions nobody.
func TestPost(t *testing.T) {
	s := newServer(t)
	p := s.platform(filepath.Join(t.TempDir(), "s"))
	post := bot.Post{Reply: bot.Reply{Blocks: []bot.Block{bot.Para(bot.Plain("@room x"))}, Thread: "$t"}, Key: "LPOST", ReplyTo: "$q"}
	first, err := p.Post(t.Context(), room, post)
	if err != nil {
		t.Fatal(err)
	}
	again, err := p.Post(t.Context(), room, post)
	if err != nil || again != first || len(s.sent) != 1 {
		t.Errorf("sent again as %s, %v", again, err)
	}
	text, _ := json.Marshal(s.sent[0])
	for _, part := range []string{`"m.mentions":{}`, `"org.lectern.key":"LPOST"`, `"rel_type":"m.thread"`, `"m.in_reply_to":{"event_id":"$q"}`, `"msgtype":"m.text"`} {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s is not in %s", part, text)
		}
	}
}

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
	)}
	h := &handler{got: make(chan struct{}, 20)}
	stop := run(t, s.platform(filepath.Join(t.TempDir(), "s")), h)
	for range 7 {
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
		if got, ok := s.addressed(&event.MessageEventContent{Body: x.body}, x.body); !ok || got != x.text {
			t.Errorf("%q: %q, %v", x.body, got, ok)
		}
	}
	for _, body := range []string{"!lecterns help", "lectern help", "lecterns: x", "der vorleserin: x", "help", "a !lectern help"} {
		if got, ok := s.addressed(&event.MessageEventContent{Body: body}, body); ok {
			t.Errorf("%q is taken for %q", body, got)
		}
	}
	m := &event.MessageEventContent{Body: "Lectern help", Mentions: &event.Mentions{UserIDs: []id.UserID{me}}}
	if got, ok := s.addressed(m, m.Body); !ok || got != "help" {
		t.Errorf("a mention: %q, %v", got, ok)
	}
}
