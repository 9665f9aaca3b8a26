package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A homeserver is as much of a Matrix homeserver as the bot needs, with
// Matrix's rules about transactions: the same transaction of the same access
// token is one event, for as long as the server remembers it, and one that is
// started anew remembers none (Client-Server API, "Transaction identifiers";
// the length of time is the server's own, and short here, so that it ends
// within a run).
type homeserver struct {
	listener net.Listener
	http     *http.Server

	trouble
	epoch  int // raised when the server is started anew
	rooms  map[string][]event
	joined []string
	direct map[string]any
	state  map[string]string // of rooms that the bot made: who they are for
	txns   map[string]transaction
	next   int
	all    []post
}

type event struct {
	ID      string         `json:"event_id"`
	Type    string         `json:"type"`
	Sender  string         `json:"sender"`
	At      int64          `json:"origin_server_ts"`
	Room    string         `json:"room_id"`
	Content map[string]any `json:"content"`
}

type transaction struct {
	event string
	at    time.Time
}

// remembers is how long a transaction is known.
const remembers = 2 * time.Second

const (
	me      = "@lectern:crash"
	myToken = "crash-token"
)

func newHomeserver(seed uint64) (*homeserver, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the program
	if err != nil {
		return nil, err
	}
	s := &homeserver{listener: l, trouble: newTrouble(seed), rooms: map[string][]event{}, state: map[string]string{}, txns: map[string]transaction{}}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)}
	go func() { _ = s.http.Serve(l) }() // until it is closed
	return s, nil
}

func (s *homeserver) close() { _ = s.http.Close() }

func (s *homeserver) name() string { return "matrix" }

func (s *homeserver) room(n int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := fmt.Sprintf("!room%d:crash", n)
	s.joined = append(s.joined, id)
	return id
}

func (s *homeserver) person(n int) string { return fmt.Sprintf("@ana%d:crash", n) }

func (s *homeserver) wrong() []string { return nil }

func (s *homeserver) settings(string) []string {
	return []string{"LECTERN_MATRIX_HOMESERVER=http://" + s.listener.Addr().String(), "LECTERN_MATRIX_USER=" + me, "LECTERN_MATRIX_TOKEN=" + myToken}
}

func (s *homeserver) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.txns)
	s.epoch++
	s.witness("the homeserver starts anew")
	s.counts["restarts"]++
}

func (s *homeserver) posts() []post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.all)
}

func answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // whoever asked may be gone
}

func refuse(w http.ResponseWriter, status int, code string, more ...any) {
	v := map[string]any{"errcode": code, "error": "as the harness wants it"}
	for i := 0; i+1 < len(more); i += 2 {
		v[more[i].(string)] = more[i+1]
	}
	answer(w, status, v)
}

// drop closes the connection without an answer.
func drop() { panic(http.ErrAbortHandler) }

// ServeHTTP answers the bot.
func (s *homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	if i := strings.Index(path, "/client/"); i >= 0 {
		path = path[i+len("/client/"):]
		path = path[strings.Index(path, "/")+1:] // without the version
	}
	parts := strings.Split(path, "/")
	s.mu.Lock()
	s.hears()
	s.mu.Unlock()
	body, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		drop()
	}
	if r.Header.Get("Authorization") != "Bearer "+myToken && path != "versions" {
		refuse(w, http.StatusUnauthorized, "M_UNKNOWN_TOKEN")
		return
	}
	switch {
	case path == "account/whoami":
		answer(w, http.StatusOK, map[string]any{"user_id": me, "device_id": "CRASH"})
	case path == "joined_rooms":
		s.mu.Lock()
		joined := slices.Clone(s.joined)
		s.mu.Unlock()
		answer(w, http.StatusOK, map[string]any{"joined_rooms": joined})
	case path == "sync":
		s.sync(w, r)
	case path == "createRoom":
		s.create(w, body)
	case parts[0] == "user" && r.Method == http.MethodPut:
		s.mu.Lock()
		defer s.mu.Unlock()
		_ = json.Unmarshal(body, &s.direct)
		answer(w, http.StatusOK, map[string]any{})
	case parts[0] == "user":
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.direct == nil {
			refuse(w, http.StatusNotFound, "M_NOT_FOUND")
			return
		}
		answer(w, http.StatusOK, s.direct)
	case parts[0] == "profile":
		answer(w, http.StatusOK, map[string]any{"displayname": "Lectern"})
	case len(parts) > 2 && parts[0] == "rooms" && parts[2] == "send":
		s.send(w, r, parts[1], parts[len(parts)-1], body)
	case len(parts) > 2 && parts[0] == "rooms" && parts[2] == "messages":
		s.messages(w, r, parts[1])
	case len(parts) > 2 && parts[0] == "rooms":
		s.look(w, r, parts[1], parts[2:])
	default:
		refuse(w, http.StatusNotFound, "M_UNRECOGNIZED")
	}
}

// look answers what a room is like.
func (s *homeserver) look(w http.ResponseWriter, r *http.Request, room string, what []string) {
	s.mu.Lock()
	who := s.state[room]
	s.mu.Unlock()
	switch {
	case what[0] == "joined_members":
		members := map[string]any{me: map[string]any{}}
		if who != "" {
			members[who] = map[string]any{}
		} else {
			members["@ana:crash"], members["@ben:crash"] = map[string]any{}, map[string]any{}
		}
		answer(w, http.StatusOK, map[string]any{"joined": members})
	case what[0] == "state" && len(what) > 1 && what[1] == "m.room.create":
		content := map[string]any{"room_version": "10"}
		if who != "" {
			content["org.lectern.direct"] = who
		}
		if r.URL.Query().Get("format") == "event" {
			answer(w, http.StatusOK, map[string]any{"type": "m.room.create", "sender": "@ana:crash", "state_key": "", "content": content})
			return
		}
		answer(w, http.StatusOK, content)
	case what[0] == "state" && len(what) > 1 && what[1] == "m.room.power_levels":
		answer(w, http.StatusOK, map[string]any{"users": map[string]any{"@ana:crash": 100}})
	default:
		refuse(w, http.StatusNotFound, "M_NOT_FOUND")
	}
}

// create makes a room for one person.
func (s *homeserver) create(w http.ResponseWriter, body []byte) {
	var req struct {
		Invite []string `json:"invite"`
	}
	_ = json.Unmarshal(body, &req)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.next++
	id := fmt.Sprintf("!direct%d:crash", s.next)
	if len(req.Invite) > 0 {
		s.state[id] = req.Invite[0]
	}
	answer(w, http.StatusOK, map[string]any{"room_id": id})
}

// sync has nothing to tell.
func (s *homeserver) sync(w http.ResponseWriter, r *http.Request) {
	since, _ := strconv.Atoi(r.URL.Query().Get("since"))
	if since > 0 {
		t := time.NewTimer(30 * time.Second)
		defer t.Stop()
		select {
		case <-r.Context().Done():
			return
		case <-t.C:
		}
	}
	answer(w, http.StatusOK, map[string]any{"next_batch": strconv.Itoa(since + 1)})
}

// send takes an event, or does not.
func (s *homeserver) send(w http.ResponseWriter, r *http.Request, room, txn string, body []byte) {
	s.mu.Lock()
	epoch := s.epoch
	s.mu.Unlock()
	how, wait := s.sends()
	s.diary.note(room+" "+keyOf(body), "heard: %s", how)
	if how == late {
		s.straggle(w, r, epoch, room, txn, body)
		return
	}
	s.spring(whenHeard)
	switch how {
	case dropped:
		drop()
	case failed:
		refuse(w, http.StatusInternalServerError, "M_UNKNOWN")
		return
	case limited:
		refuse(w, http.StatusTooManyRequests, "M_LIMIT_EXCEEDED", "retry_after_ms", wait.Milliseconds()+1)
		return
	case slow:
		time.Sleep(wait)
	}
	id, ok := s.store(r, epoch, room, txn, body, false)
	if !ok {
		drop() // the server that heard it is gone
	}
	s.spring(whenStored)
	switch how {
	case lost:
		drop()
	case gateway:
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>Bad gateway</html>") // whoever asked may be gone
		return
	}
	answer(w, http.StatusOK, map[string]any{"event_id": id})
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
	s.spring(whenHandled)
}

// keyOf is the key of a post.
func keyOf(body []byte) string {
	var c struct {
		Key string `json:"org.lectern.key"`
	}
	_ = json.Unmarshal(body, &c) // what cannot be read has none
	return c.Key
}

// straggle takes an event late: the bot is killed as soon as it has sent it.
// Whether the transaction is known is asked when the request comes, as Dendrite
// does it, which does not join two that are under way at once.
func (s *homeserver) straggle(w http.ResponseWriter, r *http.Request, epoch int, room, txn string, body []byte) {
	s.mu.Lock()
	_, known := s.known(r, room, txn)
	s.mu.Unlock()
	s.diary.note(room+" "+keyOf(body), "on its way, known %v", known)
	s.outlive()
	id, ok := s.store(r, epoch, room, txn, body, !known)
	if !ok {
		drop()
	}
	answer(w, http.StatusOK, map[string]any{"event_id": id})
}

// known is the event that a transaction made, if the server remembers it. The
// caller holds the lock.
func (s *homeserver) known(r *http.Request, room, txn string) (id string, ok bool) {
	t, ok := s.txns[r.Header.Get("Authorization")+" "+room+" "+txn]
	return t.event, ok && time.Since(t.at) < remembers
}

// store puts an event into its room, once for each transaction, unless it was
// found to be a new one before.
func (s *homeserver) store(r *http.Request, epoch int, room, txn string, body []byte, anew bool) (string, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch != epoch {
		return "", false
	}
	if id, ok := s.known(r, room, txn); ok && !anew {
		s.counts["repeats taken for the same"]++
		return id, true
	}
	e := event{Type: "m.room.message", Sender: me, At: time.Now().UnixMilli(), Room: room}
	if err := json.Unmarshal(body, &e.Content); err != nil {
		return "", false
	}
	s.next++
	e.ID = fmt.Sprintf("$%d", s.next)
	s.diary.note(room+" "+keyOf(body), "stored as %s", e.ID)
	s.txns[r.Header.Get("Authorization")+" "+room+" "+txn] = transaction{e.ID, time.Now()}
	s.rooms[room] = append(s.rooms[room], e)
	text, _ := e.Content["body"].(string)
	name, _ := e.Content["org.lectern.key"].(string)
	s.all = append(s.all, post{room, name, text})
	return e.ID, true
}

// messages pages back through a room.
func (s *homeserver) messages(w http.ResponseWriter, r *http.Request, room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts["looks into rooms"]++
	how := s.fault()
	s.diary.note(room, "looked into: %s", how)
	switch how {
	case dropped, lost:
		drop()
	case failed, gateway:
		refuse(w, http.StatusInternalServerError, "M_UNKNOWN")
		return
	}
	all := s.rooms[room]
	end := len(all)
	if n, err := strconv.Atoi(r.URL.Query().Get("from")); err == nil {
		end = min(n, end)
	}
	begin := max(end-100, 0)
	chunk := slices.Clone(all[begin:end])
	slices.Reverse(chunk)
	out := map[string]any{"chunk": chunk, "start": strconv.Itoa(end)}
	if begin > 0 {
		out["end"] = strconv.Itoa(begin)
	}
	answer(w, http.StatusOK, out)
}
