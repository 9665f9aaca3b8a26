package matrix

import (
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
	history string   // the newest page of messages, "" for what was sent
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
	case strings.HasSuffix(path, "/messages") && s.history != "":
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, s.history)
	case strings.HasSuffix(path, "/messages"):
		var chunk []any
		for i := len(s.sent) - 1; i >= 0; i-- {
			chunk = append(chunk, map[string]any{"event_id": fmt.Sprintf("$%d", i), "type": "m.room.message", "sender": me, "origin_server_ts": now().UnixMilli(), "content": s.sent[i]})
		}
		out(map[string]any{"chunk": chunk, "start": "a"})
	case strings.HasSuffix(path, "/event/$theirs"):
		out(map[string]any{"event_id": "$theirs", "type": "m.room.message", "sender": "@ana:test", "content": map[string]any{"msgtype": "m.text", "body": "It has the books open."}})
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
	p, err := New(Options{Homeserver: s.http.URL, User: me, Token: "secret", AllowInvites: []string{"@ana:test", "*:good.test"}, Ignore: []string{"@_*:*", "@discord_*:*"}, State: state, Voice: voice(s.t),
		Now: now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second, Settle: time.Millisecond})
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

// A room that was encrypted once is never written to plainly, whatever the
// homeserver says of it later.
func TestOnceEncrypted(t *testing.T) {
	s := newServer(t)
	state := filepath.Join(t.TempDir(), "s")
	s.secret = true
	for range 2 { // it is remembered, also by the next process
		p := s.platform(state)
		_, err := p.Post(t.Context(), room, bot.Post{Reply: bot.Say(bot.Plain("x")), Key: "L"})
		var pe *bot.PostError
		if !errors.As(err, &pe) || pe.Outcome != bot.Permanent || len(s.sent) > 0 {
			t.Fatalf("%v; sent %v", err, s.sent)
		}
		s.mu.Lock()
		s.secret = false
		s.mu.Unlock()
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
