package matrix

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot/matrix/matrixtest"
)

// A withholder stands between the bot and its homeserver, and keeps keys back.
type withholder struct {
	http.Handler
	mu    sync.Mutex
	on    bool
	held  []json.RawMessage
	asked int // how often the bot has asked somebody for a key
}

func (w *withholder) ServeHTTP(to http.ResponseWriter, r *http.Request) {
	switch {
	case strings.Contains(r.URL.Path, "/sendToDevice/m.room_key_request/"):
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if strings.Contains(string(body), `"action":"request"`) {
			w.mu.Lock()
			w.asked++
			w.mu.Unlock()
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	case strings.HasSuffix(r.URL.Path, "/sync"):
		r.Header.Del("Accept-Encoding")
		kept := httptest.NewRecorder()
		w.Handler.ServeHTTP(kept, r)
		to.Header().Set("Content-Type", "application/json")
		to.WriteHeader(kept.Code)
		_, _ = to.Write(w.without(kept.Body.Bytes())) // the bot may be gone
		return
	}
	w.Handler.ServeHTTP(to, r)
}

// without is the answer to a sync without what comes to the device, or with all
// that was kept back of it.
func (w *withholder) without(answer []byte) []byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all map[string]json.RawMessage
	if json.Unmarshal(answer, &all) != nil {
		return answer
	}
	var device struct {
		Events []json.RawMessage `json:"events"`
	}
	if all["to_device"] != nil && json.Unmarshal(all["to_device"], &device) != nil {
		return answer
	}
	w.held = append(w.held, device.Events...)
	device.Events = nil
	if !w.on {
		device.Events, w.held = w.held, nil
	}
	all["to_device"], _ = json.Marshal(device) // it was JSON
	answer, _ = json.Marshal(all)
	return answer
}

func (w *withholder) hold(on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.on = on
}

// A message whose key comes late is asked for, and dealt with when it is there,
// before what was said after it.
func TestLateKeysOnHomeserver(t *testing.T) {
	address := os.Getenv("LECTERN_TEST_HOMESERVER")
	if address == "" {
		t.Skip("LECTERN_TEST_HOMESERVER is not set: make e2e-full sets it")
	}
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	var accounts map[string]matrixtest.Person
	if err := json.Unmarshal([]byte(os.Getenv("LECTERN_TEST_ACCOUNTS")), &accounts); err != nil {
		t.Fatal(err)
	}
	ana, me := accounts["ana"], accounts["lectern"]
	ana.T, ana.URL, me.T, me.URL = t, address, t, address
	ana.Device = matrixtest.NewDevice(t, ana)
	between := &withholder{Handler: httputil.NewSingleHostReverseProxy(u)}
	server := httptest.NewServer(between)
	t.Cleanup(server.Close)
	p, err := New(Options{Homeserver: server.URL, User: me.ID, Token: me.Token, AllowInvites: []string{"*"}, State: filepath.Join(t.TempDir(), "state"), Keys: filepath.Join(t.TempDir(), "keys"),
		Voice: voice(t), Now: time.Now, Log: slog.New(slog.DiscardHandler), StopWithin: 2 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	hears := &ear{said: map[string]bool{}}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, hears) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	room := ana.CreateRoom(me.ID)
	wantSoon(t, "the bot in the room", func() bool { return slices.Contains(me.Rooms(), room) })
	between.hold(true)
	ana.Say(room, "!lectern one", "")
	ana.Say(room, "!lectern two", "")
	wantSoon(t, "that the key is asked for", func() bool {
		between.mu.Lock()
		defer between.mu.Unlock()
		return between.asked > 0 && len(between.held) > 0
	})
	if hears.heard("one") || hears.heard("two") {
		t.Fatal("it reads what it has no key to")
	}
	between.hold(false)
	ana.Say(room, "!lectern three", "") // with it comes the key
	wantSoon(t, "all that was said", func() bool { return hears.heard("one") && hears.heard("two") && hears.heard("three") })
	hears.mu.Lock()
	defer hears.mu.Unlock()
	if order := strings.Join(hears.order, " "); order != "one two three" {
		t.Errorf("it dealt with %s", order)
	}
}
