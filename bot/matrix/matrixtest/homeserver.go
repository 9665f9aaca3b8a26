// Package matrixtest is what bots are tested with on Matrix: a homeserver in
// memory, and the people who speak there, who can use a real one as well.
package matrixtest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A Homeserver is one in memory, of as much of the client-server API as bots
// and the people of the tests use. It is as strict as real ones where that
// matters: a transaction counts once, events have a largest size, a timeline
// is limited, and only members read and write. Everybody's token is their user
// ID.
type Homeserver struct {
	now     func() time.Time
	mu      sync.Mutex
	changed chan struct{} // closed when something happens
	rooms   map[string]*hsRoom
	txns    map[string]string
	data    map[string]json.RawMessage
	pos     int
	invalid map[string]bool // tokens that count no more
	media   map[string][]byte
	old     bool     // it knows no authenticated media
	fetched []string // the paths of media that were asked for
}

type hsRoom struct {
	events []Event
}

// An Event is one of a room.
type Event struct {
	Pos      int            `json:"-"`
	ID       string         `json:"event_id"`
	Type     string         `json:"type"`
	Sender   string         `json:"sender"`
	StateKey *string        `json:"state_key,omitempty"`
	At       int64          `json:"origin_server_ts"`
	Content  map[string]any `json:"content"`
	Redacts  string         `json:"redacts,omitempty"`
}

// New is a homeserver without rooms, whose events bear the time that now says.
// Whoever names a token has an account.
func New(now func() time.Time) *Homeserver {
	return &Homeserver{now: now, changed: make(chan struct{}), rooms: map[string]*hsRoom{}, txns: map[string]string{}, data: map[string]json.RawMessage{}, invalid: map[string]bool{}, media: map[string][]byte{}}
}

// add puts an event into a room; h.mu is held.
func (h *Homeserver) add(room, sender, kind string, key *string, content map[string]any) string {
	h.pos++
	r := h.rooms[room]
	if r == nil {
		r = &hsRoom{}
		h.rooms[room] = r
	}
	e := Event{Pos: h.pos, ID: fmt.Sprintf("$e%d", h.pos), Type: kind, Sender: sender, StateKey: key, At: h.now().UnixMilli(), Content: content}
	r.events = append(r.events, e)
	close(h.changed)
	h.changed = make(chan struct{})
	return e.ID
}

func (r *hsRoom) state(kind, key string) *Event {
	for i := len(r.events) - 1; i >= 0; i-- {
		if e := &r.events[i]; e.Type == kind && e.StateKey != nil && *e.StateKey == key {
			return e
		}
	}
	return nil
}

func (r *hsRoom) membership(who string) string {
	if r == nil {
		return ""
	}
	if e := r.state("m.room.member", who); e != nil {
		return e.Content["membership"].(string)
	}
	return ""
}

func (h *Homeserver) member(room, sender, who, membership string, more map[string]any) {
	content := map[string]any{"membership": membership, "displayname": strings.ToUpper(who[1:2]) + who[2:strings.Index(who, ":")]}
	maps.Copy(content, more)
	h.add(room, sender, "m.room.member", &who, content)
}

// An hsError is what a homeserver refuses with.
type hsError struct {
	status int
	code   string
}

// ServeHTTP implements http.Handler.
func (h *Homeserver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, refusal := h.answer(r)
	if data, ok := out.([]byte); ok && refusal == nil {
		w.Header().Set("Content-Type", "application/octet-stream")
		_, _ = w.Write(data) // whoever asked may be gone
		return
	}
	w.Header().Set("Content-Type", "application/json")
	if refusal != nil {
		w.WriteHeader(refusal.status)
		out = map[string]any{"errcode": refusal.code, "error": "no"}
	}
	_ = json.NewEncoder(w).Encode(out) // whoever asked may be gone
}

func (h *Homeserver) answer(r *http.Request) (any, *hsError) {
	who := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	path := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	var body map[string]any
	raw := json.RawMessage{}
	if r.Method != http.MethodGet && !strings.Contains(r.URL.Path, "/media/") {
		if err := json.NewDecoder(r.Body).Decode(&raw); err == nil {
			_ = json.Unmarshal(raw, &body) // it may be anything
		}
	}
	var file []byte
	if strings.HasSuffix(r.URL.Path, "/upload") {
		file, _ = io.ReadAll(r.Body) // whoever sent it may be gone
	}
	if len(path) < 4 {
		return map[string]any{"versions": []string{"v1.11"}}, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.invalid[who] {
		return nil, &hsError{401, "M_UNKNOWN_TOKEN"}
	}
	path = path[3:] // _matrix, client, v3
	none := map[string]any{}
	switch path[0] {
	case "account":
		return map[string]any{"user_id": who, "device_id": "D"}, nil
	case "joined_rooms":
		rooms := []string{}
		for id, r := range h.rooms {
			if r.membership(who) == "join" {
				rooms = append(rooms, id)
			}
		}
		return map[string]any{"joined_rooms": rooms}, nil
	case "profile":
		return map[string]any{"displayname": strings.ToUpper(path[1][1:2]) + path[1][2:strings.Index(path[1], ":")]}, nil
	case "upload":
		name := fmt.Sprintf("file%d", len(h.media))
		h.media[name] = file
		return map[string]any{"content_uri": "mxc://test/" + name}, nil
	case "media", "download": // with a token, and as it was before Matrix 1.11
		h.fetched = append(h.fetched, r.URL.Path)
		if (path[0] == "download") != h.old {
			return nil, &hsError{404, "M_UNRECOGNIZED"}
		}
		if data, ok := h.media[path[len(path)-1]]; ok {
			return data, nil
		}
		return nil, &hsError{404, "M_NOT_FOUND"}
	case "user":
		if key := path[1] + "/" + path[3]; r.Method == http.MethodPut {
			h.data[key] = raw
		} else if d, ok := h.data[key]; ok {
			return d, nil
		} else {
			return nil, &hsError{404, "M_NOT_FOUND"}
		}
		return none, nil
	case "createRoom":
		return map[string]any{"room_id": h.create(who, body)}, nil
	case "join":
		return h.join(who, path[1])
	case "sync":
		return h.sync(r, who), nil
	case "rooms":
		return h.inRoom(r, who, path[1], path[2:], body)
	}
	return nil, &hsError{404, "M_UNRECOGNIZED"}
}

func (h *Homeserver) create(who string, body map[string]any) string {
	room := fmt.Sprintf("!r%d:test", h.pos)
	empty := ""
	content, _ := body["creation_content"].(map[string]any)
	if content == nil {
		content = map[string]any{}
	}
	content["room_version"] = "10"
	h.add(room, who, "m.room.create", &empty, content)
	h.member(room, who, who, "join", nil)
	levels := map[string]any{who: 100}
	invited, _ := body["invite"].([]any)
	if body["preset"] == "trusted_private_chat" {
		for _, x := range invited {
			levels[x.(string)] = 100
		}
	}
	h.add(room, who, "m.room.power_levels", &empty, map[string]any{"users": levels})
	for _, x := range invited {
		h.member(room, who, x.(string), "invite", map[string]any{"is_direct": body["is_direct"] == true})
	}
	return room
}

func (h *Homeserver) join(who, room string) (any, *hsError) {
	switch h.rooms[room].membership(who) {
	case "invite":
		h.member(room, who, who, "join", nil)
	case "join":
	default:
		return nil, &hsError{403, "M_FORBIDDEN"}
	}
	return map[string]any{"room_id": room}, nil
}

// maxEvent is the largest event that homeservers take.
const maxEvent = 65536

func (h *Homeserver) inRoom(r *http.Request, who, id string, path []string, body map[string]any) (any, *hsError) {
	room := h.rooms[id]
	none := map[string]any{}
	if room == nil {
		return nil, &hsError{404, "M_NOT_FOUND"}
	}
	if in := room.membership(who); in != "join" && (in != "invite" || path[0] != "leave" && path[0] != "join") {
		return nil, &hsError{403, "M_FORBIDDEN"}
	}
	switch path[0] {
	case "join":
		return h.join(who, id)
	case "leave":
		h.member(id, who, who, "leave", nil)
		return none, nil
	case "invite", "kick":
		h.member(id, who, body["user_id"].(string), map[string]string{"invite": "invite", "kick": "leave"}[path[0]], map[string]any{"reason": body["reason"]})
		return none, nil
	case "joined_members":
		joined := map[string]any{}
		for _, e := range room.events {
			if e.Type == "m.room.member" && room.membership(*e.StateKey) == "join" {
				joined[*e.StateKey] = map[string]any{"display_name": e.Content["displayname"]}
			}
		}
		return map[string]any{"joined": joined}, nil
	case "state":
		key := ""
		if len(path) > 2 {
			key = strings.Join(path[2:], "/")
		}
		if r.Method == http.MethodPut {
			if !room.manages(who) {
				return nil, &hsError{403, "M_FORBIDDEN"}
			}
			return map[string]any{"event_id": h.add(id, who, path[1], &key, body)}, nil
		}
		if e := room.state(path[1], key); e == nil {
			return nil, &hsError{404, "M_NOT_FOUND"}
		} else if r.URL.Query().Get("format") == "event" {
			return e, nil
		} else {
			return e.Content, nil
		}
	case "event":
		for _, e := range room.events {
			if e.ID == path[1] {
				return e, nil
			}
		}
		return nil, &hsError{404, "M_NOT_FOUND"}
	case "relations":
		edits := []Event{}
		for _, e := range slices.Backward(room.events) {
			if rel, _ := e.Content["m.relates_to"].(map[string]any); len(path) > 2 && rel["rel_type"] == path[2] && rel["event_id"] == path[1] {
				edits = append(edits, e)
			}
		}
		return map[string]any{"chunk": edits}, nil
	case "messages":
		return room.messages(r), nil
	case "send", "redact":
		txn := strings.Join([]string{who, id, path[0], path[len(path)-1]}, " ")
		if e, ok := h.txns[txn]; ok {
			return map[string]any{"event_id": e}, nil
		}
		if text, _ := json.Marshal(body); len(text) > maxEvent-1000 {
			return nil, &hsError{413, "M_TOO_LARGE"}
		}
		if path[0] == "send" {
			h.txns[txn] = h.add(id, who, path[1], nil, body)
			return map[string]any{"event_id": h.txns[txn]}, nil
		}
		h.txns[txn] = h.add(id, who, "m.room.redaction", nil, map[string]any{"redacts": path[1]})
		for i := range room.events {
			if room.events[i].ID == path[1] {
				room.events[i].Content = map[string]any{}
			}
		}
		room.events[len(room.events)-1].Redacts = path[1]
		return map[string]any{"event_id": h.txns[txn]}, nil
	}
	return nil, &hsError{404, "M_UNRECOGNIZED"}
}

// manages reports whether somebody may change the room's state.
func (r *hsRoom) manages(who string) bool {
	levels, _ := r.state("m.room.power_levels", "").Content["users"].(map[string]any)
	switch level := levels[who].(type) {
	case int:
		return level >= 50
	case float64: // as people's programs send it
		return level >= 50
	}
	return false
}

// messages pages back through a room.
func (r *hsRoom) messages(req *http.Request) any {
	q := req.URL.Query()
	before, limit := 1<<60, 10
	if from := strings.TrimPrefix(q.Get("from"), "b"); from != "" {
		before, _ = strconv.Atoi(from)
	}
	if n, err := strconv.Atoi(q.Get("limit")); err == nil {
		limit = n
	}
	out := map[string]any{"start": q.Get("from")}
	chunk := []Event{}
	for _, e := range slices.Backward(r.events) {
		if e.Pos >= before {
			continue
		}
		if len(chunk) == limit {
			out["end"] = fmt.Sprintf("b%d", chunk[len(chunk)-1].Pos)
			break
		}
		chunk = append(chunk, e)
	}
	out["chunk"] = chunk
	return out
}

// sync answers with what happened since, when something has; h.mu is held, but
// not while it waits.
func (h *Homeserver) sync(r *http.Request, who string) any {
	q := r.URL.Query()
	since, _ := strconv.Atoi(q.Get("since"))
	timeout, _ := strconv.Atoi(q.Get("timeout"))
	var filter struct {
		Room struct {
			Timeline struct {
				Limit int `json:"limit"`
			} `json:"timeline"`
		} `json:"room"`
	}
	_ = json.Unmarshal([]byte(q.Get("filter")), &filter) // it may be none
	limit := filter.Room.Timeline.Limit
	if limit == 0 {
		limit = 20
	}
	wait, cancel := context.WithTimeout(r.Context(), time.Duration(timeout)*time.Millisecond)
	defer cancel()
	for {
		join, invite, leave, some := map[string]any{}, map[string]any{}, map[string]any{}, false
		for id, room := range h.rooms {
			own := room.state("m.room.member", who)
			switch in := room.membership(who); {
			case in == "invite" && own.Pos > since:
				invite[id] = map[string]any{"invite_state": map[string]any{"events": []any{own}}}
			case in == "leave" && own.Pos > since && since > 0:
				leave[id] = map[string]any{"timeline": map[string]any{"events": []any{own}}}
			case in == "join":
				var events []Event
				for _, e := range room.events {
					if e.Pos > since {
						events = append(events, e)
					}
				}
				if len(events) == 0 {
					continue
				}
				timeline := map[string]any{"events": events}
				if n := len(events) - limit; n > 0 {
					timeline = map[string]any{"events": events[n:], "limited": true, "prev_batch": fmt.Sprintf("b%d", events[n].Pos)}
				}
				join[id] = map[string]any{"timeline": timeline}
			default:
				continue
			}
			some = true
		}
		if some || since == 0 || wait.Err() != nil {
			return map[string]any{"next_batch": strconv.Itoa(h.pos), "rooms": map[string]any{"join": join, "invite": invite, "leave": leave}}
		}
		changed := h.changed
		h.mu.Unlock()
		select {
		case <-changed:
		case <-wait.Done():
		}
		h.mu.Lock()
	}
}

// Position is how far the stream of events is.
func (h *Homeserver) Position() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.pos
}

// Fetched is how many files were asked for.
func (h *Homeserver) Fetched() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.fetched)
}

// Age makes it one that knows no authenticated media, as before Matrix 1.11.
func (h *Homeserver) Age() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.old = true
}
