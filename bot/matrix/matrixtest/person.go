package matrixtest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix/crypto/attachment"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// A Person uses the client-server API of a homeserver, the one above or a real
// one.
type Person struct {
	T     testing.TB
	URL   string // the homeserver's
	ID    string
	Token string
	// Device has keys, with which the person's rooms are encrypted; nil for who
	// has none.
	Device *Device
}

// Try asks the homeserver for something; path follows /_matrix/client/v3/.
func (p Person) Try(method, path string, body, into any) (status int, text string) {
	p.T.Helper()
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body)
	}
	req, err := http.NewRequestWithContext(context.WithoutCancel(p.T.Context()), method, p.URL+"/_matrix/client/v3/"+path, strings.NewReader(string(b)))
	if err != nil {
		p.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	return p.Do(req, into)
}

// Do makes a request as the person.
func (p Person) Do(req *http.Request, into any) (status int, text string) {
	p.T.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.T.Fatal(err)
	}
	defer resp.Body.Close()
	var raw json.RawMessage
	if err := json.NewDecoder(resp.Body).Decode(&raw); err != nil {
		p.T.Fatal(err)
	}
	if into != nil && resp.StatusCode == http.StatusOK {
		if err := json.Unmarshal(raw, into); err != nil {
			p.T.Fatal(err)
		}
	}
	return resp.StatusCode, string(raw)
}

// Call is Try for what must not be refused.
func (p Person) Call(method, path string, body, into any) {
	p.T.Helper()
	if status, text := p.Try(method, path, body, into); status != http.StatusOK {
		p.T.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

// CreateRoom makes a room of the person's.
func (p Person) CreateRoom(invite ...string) string {
	p.T.Helper()
	var got struct {
		RoomID string `json:"room_id"`
	}
	room := map[string]any{"name": "Reading", "preset": "private_chat", "invite": invite}
	if p.Device != nil {
		room["initial_state"] = []any{map[string]any{"type": "m.room.encryption", "state_key": "", "content": map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}
	}
	p.Call("POST", "createRoom", room, &got)
	return got.RoomID
}

// OpenDirect opens a room for the person and a bot alone, and returns when the
// bot is in it.
func (p Person) OpenDirect(bot Person) string {
	p.T.Helper()
	var got struct {
		RoomID string `json:"room_id"`
	}
	room := map[string]any{"preset": "trusted_private_chat", "is_direct": true, "invite": []string{bot.ID}}
	if p.Device != nil {
		room["initial_state"] = []any{map[string]any{"type": "m.room.encryption", "state_key": "", "content": map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}
	}
	p.Call("POST", "createRoom", room, &got)
	bot.T, bot.URL = p.T, p.URL
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 3000 {
		if slices.Contains(bot.Rooms(), got.RoomID) {
			return got.RoomID
		}
		<-tick.C
	}
	p.T.Fatal("the bot does not come")
	return ""
}

// Send sends an event, and returns its ID.
func (p Person) Send(room, kind string, content map[string]any) string {
	p.T.Helper()
	if p.Device != nil && kind == "m.room.message" {
		return p.Device.send(p.T, room, content)
	}
	var got struct {
		EventID string `json:"event_id"`
	}
	p.Call("PUT", fmt.Sprintf("rooms/%s/send/%s/%s", room, kind, rand.Text()), content, &got)
	return got.EventID
}

// Say writes a message, in answer to another one if replyTo names one.
func (p Person) Say(room, text, replyTo string) string {
	p.T.Helper()
	content := map[string]any{"msgtype": "m.text", "body": text}
	if replyTo != "" {
		content["m.relates_to"] = map[string]any{"m.in_reply_to": map[string]any{"event_id": replyTo}}
	}
	return p.Send(room, "m.room.message", content)
}

// React puts an emoji on a message.
func (p Person) React(room, to, emoji string) string {
	p.T.Helper()
	return p.Send(room, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": to, "key": emoji}})
}

// Redact takes an event back.
func (p Person) Redact(room, event string) {
	p.T.Helper()
	p.Call("PUT", fmt.Sprintf("rooms/%s/redact/%s/%s", room, event, rand.Text()), map[string]any{}, nil)
}

// Joined are the rooms that a person is in, after taking every invitation.
func (p Person) Joined() []string {
	p.T.Helper()
	var news struct {
		Rooms struct {
			Invite map[string]any `json:"invite"`
		} `json:"rooms"`
	}
	p.Call("GET", "sync?timeout=0", nil, &news)
	for r := range news.Rooms.Invite {
		p.Call("POST", "join/"+r, map[string]any{}, nil)
	}
	return p.Rooms()
}

// Rooms are those that a person is in.
func (p Person) Rooms() []string {
	p.T.Helper()
	var got struct {
		Rooms []string `json:"joined_rooms"`
	}
	p.Call("GET", "joined_rooms", nil, &got)
	return got.Rooms
}

// Messages are a room's events, oldest first, or none if it may not be read.
func (p Person) Messages(room string) (all []Event) {
	p.T.Helper()
	from := ""
	for {
		var page struct {
			Chunk []Event `json:"chunk"`
			End   string  `json:"end"`
		}
		path := "rooms/" + room + "/messages?dir=b&limit=100"
		if from != "" {
			path += "&from=" + from
		}
		p.Call("GET", path, nil, &page)
		all = append(all, page.Chunk...)
		if page.End == "" || page.End == from || len(page.Chunk) == 0 {
			slices.Reverse(all)
			for i := range all {
				if p.Device != nil {
					all[i] = p.Device.open(p.T, room, all[i])
				}
			}
			return all
		}
		from = page.End
	}
}

// Read is one event of a room, as the person reads it; ok is false if it may not
// be read, or its key has not come.
func (p Person) Read(room, event string) (e Event, ok bool) {
	p.T.Helper()
	if status, _ := p.Try("GET", "rooms/"+url.PathEscape(room)+"/event/"+url.PathEscape(event), nil, &e); status != http.StatusOK {
		return e, false
	}
	if p.Device != nil {
		e = p.Device.open(p.T, room, e)
	}
	return e, e.Type != "m.room.encrypted"
}

// Upload puts a file on the homeserver.
func (p Person) Upload(data string) (uri string) {
	p.T.Helper()
	req, err := http.NewRequestWithContext(p.T.Context(), http.MethodPost, p.URL+"/_matrix/media/v3/upload", strings.NewReader(data))
	if err != nil {
		p.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+p.Token)
	var got struct {
		URI string `json:"content_uri"`
	}
	if status, text := p.Do(req, &got); status != http.StatusOK {
		p.T.Fatalf("upload: %d %s", status, text)
	}
	return got.URI
}

// Attach sends a file to a room as the person's program does: encrypted where the
// person has keys. There are words under it or none.
func (p Person) Attach(room, name, data, caption string) string {
	p.T.Helper()
	info := map[string]any{"size": len(data), "mimetype": "application/octet-stream"}
	if p.Device == nil {
		return p.SendFile(room, name, p.Upload(data), caption, "info", info)
	}
	lock := attachment.NewEncryptedFile()
	secret := []byte(data)
	lock.EncryptInPlace(secret)
	uri := id.ContentURIString(p.Upload(string(secret)))
	return p.SendFile(room, name, "", caption, "info", info, "url", nil, "file", &event.EncryptedFileInfo{EncryptedFile: *lock, URL: uri})
}

// SendFile sends a file to a room, with words under it or none; more are fields
// of the message and their values; one without a value is left out.
func (p Person) SendFile(room, name, uri, caption string, more ...any) string {
	p.T.Helper()
	content := map[string]any{"msgtype": "m.file", "body": name, "filename": name, "url": uri}
	if caption != "" {
		content["body"] = caption
	}
	for i := 0; i < len(more); i += 2 {
		content[more[i].(string)] = more[i+1]
		if more[i+1] == nil {
			delete(content, more[i].(string))
		}
	}
	return p.Send(room, "m.room.message", content)
}
