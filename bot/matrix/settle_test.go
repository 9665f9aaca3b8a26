package matrix

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"lectern/bot"
	"lectern/bot/matrix/matrixtest"
)

// A wire carries requests to a homeserver in the same bubble of time. The next
// send can be made to arrive late, after its sender heard that the connection
// broke; the homeserver takes it for another than one that was under way with
// it, as some do.
type wire struct {
	http.Handler
	mu    sync.Mutex
	late  time.Duration
	cut   chan struct{}        // closed when the late one is on its way
	dead  bool                 // whoever is at this end was killed
	looks map[string]time.Time // into which rooms, and when the first time
}

var errBroken = errors.New("connection reset by peer")

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body := []byte{}
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body) // it is in memory
	}
	w.mu.Lock()
	late, dead := w.late, w.dead
	send := strings.Contains(r.URL.Path, "/send/m.room.message/") || strings.HasSuffix(r.URL.Path, "/createRoom")
	if send && !dead {
		w.late = 0
	}
	if strings.HasSuffix(r.URL.Path, "/messages") && !dead {
		if room := strings.Split(r.URL.Path, "/")[5]; w.looks[room].IsZero() {
			w.looks[room] = time.Now()
		}
	}
	w.mu.Unlock()
	if dead {
		return nil, errBroken
	}
	if send && late > 0 {
		again := r.Clone(context.WithoutCancel(r.Context()))
		again.URL.Path += "-late" // another transaction
		if strings.HasSuffix(r.URL.Path, "/createRoom") {
			again.URL.Path = r.URL.Path
		}
		again.Body = io.NopCloser(bytes.NewReader(body))
		time.AfterFunc(late, func() { w.ServeHTTP(httptest.NewRecorder(), again) })
		close(w.cut)
		return nil, errBroken
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := httptest.NewRecorder()
	w.ServeHTTP(answer, r)
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	return answer.Result(), nil
}

// connected is a bot on a wire, until end is called.
func connected(t *testing.T, hs http.Handler, state string, settle time.Duration, h bot.Handler) (w *wire, end func()) {
	t.Helper()
	w = &wire{Handler: hs, cut: make(chan struct{}), looks: map[string]time.Time{}}
	p, err := New(Options{Homeserver: "http://test.invalid", User: me, Token: me, AllowInvites: []string{"*"}, State: state,
		Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: time.Second, Settle: settle,
		// A look at what was left out is none for what was sent.
		LookAfter: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	p.cli.Client.Transport = listener{w, p}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, h) }()
	return w, func() {
		t.Helper()
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// private answers like echo, and to the asker alone where that is asked for.
type private struct{ echo }

func (h *private) Handle(ctx context.Context, e bot.Event) (bot.Reply, bool) {
	reply, ok := h.echo.Handle(ctx, e)
	reply.Private = strings.Contains(e.Text, "alone")
	return reply, ok
}

// An answer that was on its way when the bot was killed, or when the
// connection broke, arrives seconds later: it is there once all the same, the
// room's next answer comes after it, and other rooms do not wait. Where nothing
// settles, it is there twice.
func TestStragglers(t *testing.T) {
	const late = 3 * time.Second
	for _, killed := range []bool{true, false} {
		for _, question := range []string{"in the room", "alone"} {
			for _, settle := range []time.Duration{0, time.Nanosecond} {
				t.Run(fmt.Sprintf("killed %v, %s, settle %v", killed, question, settle), func(t *testing.T) {
					state := filepath.Join(t.TempDir(), "state")
					synctest.Test(t, func(t *testing.T) {
						straggle(t, state, killed, question, settle, late)
					})
				})
			}
		}
	}
}

func straggle(t *testing.T, state string, killed bool, question string, settle, late time.Duration) {
	hs := matrixtest.New(time.Now)
	as := func(who, method, path string, body, into any) {
		t.Helper()
		text, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(t.Context(), method, "/_matrix/client/v3/"+path, bytes.NewReader(text))
		r.Header.Set("Authorization", "Bearer "+who)
		answer := httptest.NewRecorder()
		hs.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK || into != nil && json.Unmarshal(answer.Body.Bytes(), into) != nil {
			t.Fatalf("%s %s: %d %s", method, path, answer.Code, answer.Body)
		}
	}
	newRoom := func(direct bool) string {
		var got struct {
			Room string `json:"room_id"`
		}
		as("@ana:test", http.MethodPost, "createRoom", map[string]any{"invite": []any{me}, "is_direct": direct}, &got)
		return got.Room
	}
	said := 0
	say := func(room, text string) {
		said++
		as("@ana:test", http.MethodPut, fmt.Sprintf("rooms/%s/send/m.room.message/%d", room, said), map[string]any{"msgtype": "m.text", "body": text}, nil)
	}
	rooms := func() []string {
		var got struct {
			Rooms []string `json:"joined_rooms"`
		}
		as(me, http.MethodGet, "joined_rooms", nil, &got)
		return got.Rooms
	}
	// answers are what the bot said, wherever that was.
	answers := func() (all []string) {
		for _, room := range rooms() {
			var got struct {
				Chunk []matrixtest.Event `json:"chunk"`
			}
			as(me, http.MethodGet, "rooms/"+room+"/messages?dir=b&limit=100", nil, &got)
			for _, e := range got.Chunk {
				if text, _ := e.Content["body"].(string); e.Sender == me && e.Type == "m.room.message" {
					all = append(all, text)
				}
			}
		}
		return all
	}
	times := func(text string) (n int) {
		for _, x := range answers() {
			if x == "heard "+text {
				n++
			}
		}
		return n
	}
	w, end := connected(t, hs, state, settle, &private{})
	one, two := newRoom(false), newRoom(false)
	newRoom(true) // for what is for ana alone
	time.Sleep(time.Second)
	say(one, "!lectern first")
	time.Sleep(time.Second)
	if n := times("first"); n != 1 {
		t.Fatalf("first was answered %d times", n)
	}
	w.mu.Lock()
	w.late = late
	w.mu.Unlock()
	began := time.Now()
	say(one, "!lectern "+question)
	<-w.cut
	if killed {
		w.mu.Lock()
		w.dead = true
		w.mu.Unlock()
		end()
		w, end = connected(t, hs, state, settle, &private{})
	}
	say(one, "!lectern next")
	say(two, "!lectern elsewhere")
	time.Sleep(time.Second)
	if n := times("elsewhere"); n != 1 {
		t.Errorf("another room waits: its question was answered %d times", n)
	}
	time.Sleep(time.Minute)
	end()
	got := times(question)
	if settle == 0 {
		if all := answers(); got != 1 || times("next") != 1 {
			t.Errorf("said %v", all)
		}
		delete(w.looks, two)
		for room, at := range w.looks {
			if at.Sub(began) < 5*time.Second {
				t.Errorf("it looked into %s %v after the send", room, at.Sub(began))
			}
		}
		return
	}
	if got < 2 {
		t.Errorf("where nothing settles it was answered %d times: the trial proves nothing", got)
	}
}
