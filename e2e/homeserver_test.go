package e2e

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A homeserver is a Dendrite on this machine, whose files live in memory.
type homeserver struct {
	t      testing.TB
	dir    string
	port   int
	url    string
	cmd    *exec.Cmd
	exited chan struct{}
	log    *os.File
}

const sharedSecret = "lectern-test-secret"

const homeserverConfig = `version: 2
global:
  server_name: localhost
  private_key: %[1]s/key.pem
  disable_federation: true
  report_stats: {enabled: false}
  server_notices: {enabled: false}
  cache: {max_size_estimated: 67108864, max_age: 1h}
  jetstream: {storage_path: %[1]s/jetstream, in_memory: false}
client_api:
  registration_disabled: true
  guests_disabled: true
  registration_shared_secret: %[2]q
  rate_limiting: {enabled: false}
app_service_api: {config_files: []}
federation_api: {database: {connection_string: "file:%[1]s/federation.db"}, disable_tls_validation: true, send_max_retries: 1, key_perspectives: []}
key_server: {database: {connection_string: "file:%[1]s/keys.db"}}
media_api: {database: {connection_string: "file:%[1]s/media.db"}, base_path: %[1]s/media, max_file_size_bytes: 10485760}
relay_api: {database: {connection_string: "file:%[1]s/relay.db"}}
room_server: {database: {connection_string: "file:%[1]s/rooms.db"}, default_room_version: "10"}
sync_api: {database: {connection_string: "file:%[1]s/sync.db"}, search: {enabled: false}}
user_api: {account_database: {connection_string: "file:%[1]s/users.db"}, bcrypt_cost: 4}
mscs: {mscs: [], database: {connection_string: "file:%[1]s/mscs.db"}}
logging: [{type: std, level: warn}]
`

// memoryDir is a folder on a memory file system, where the system has one.
func memoryDir(t testing.TB) string {
	base := "/dev/shm"
	var space syscall.Statfs_t
	if err := syscall.Statfs(base, &space); err != nil || space.Bavail*uint64(space.Bsize) < 512<<20 {
		base = t.TempDir() // containers have little of it
	}
	dir, err := os.MkdirTemp(base, "lectern-e2e-") //nolint:usetesting // TempDir is on the disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() && os.Getenv("E2E_KEEP") != "" {
			t.Logf("kept: %s", dir)
			return
		}
		os.RemoveAll(dir)
	})
	return dir
}

// program is a program that make built.
func program(t testing.TB, variable string) string {
	t.Helper()
	path := os.Getenv(variable)
	if path == "" {
		t.Skipf("%s is not set: run make e2e", variable)
	}
	return path
}

func newHomeserver(t testing.TB) *homeserver {
	t.Helper()
	dendrite := program(t, "E2E_DENDRITE")
	h := &homeserver{t: t, dir: memoryDir(t), port: freePort(t)}
	h.url = fmt.Sprintf("http://127.0.0.1:%d", h.port)
	keys := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(dendrite), "generate-keys"), "--private-key", h.dir+"/key.pem")
	if out, err := keys.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.WriteFile(h.dir+"/dendrite.yaml", fmt.Appendf(nil, homeserverConfig, h.dir, sharedSecret), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if h.log, err = os.Create(h.dir + "/log"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		h.stop()
		h.log.Close()
	})
	h.start()
	return h
}

func (h *homeserver) start() {
	h.t.Helper()
	// Without this address it would listen to the whole network.
	h.cmd = exec.Command(program(h.t, "E2E_DENDRITE"), "-config", h.dir+"/dendrite.yaml", "-http-bind-address", fmt.Sprintf("127.0.0.1:%d", h.port))
	h.cmd.Stdout, h.cmd.Stderr = h.log, h.log
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	exited, cmd := make(chan struct{}), h.cmd
	h.exited = exited
	go func() {
		_ = cmd.Wait()
		close(exited)
	}()
	until(h.t, 30*time.Second, "the homeserver to answer", func() bool {
		resp, err := http.Get(h.url + "/_matrix/client/versions")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func (h *homeserver) stop() {
	if h.cmd == nil {
		return
	}
	_ = h.cmd.Process.Kill()
	<-h.exited
	h.cmd = nil
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func until(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	end := time.Now().Add(limit)
	for !ok() {
		if time.Now().After(end) {
			t.Fatalf("waited %v for %s", limit, what)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// A person has an account on the homeserver.
type person struct {
	t     testing.TB
	h     *homeserver
	id    string
	token string
	txn   int
}

// register makes an account by the shared secret.
func (h *homeserver) register(name string) *person {
	h.t.Helper()
	p := &person{t: h.t, h: h}
	var nonce struct {
		Nonce string `json:"nonce"`
	}
	p.call("GET", "/_synapse/admin/v1/register", nil, &nonce)
	mac := hmac.New(sha1.New, []byte(sharedSecret))
	_, _ = fmt.Fprintf(mac, "%s\x00%s\x00%s\x00notadmin", nonce.Nonce, name, "password-of-"+name)
	var got struct {
		UserID string `json:"user_id"`
		Token  string `json:"access_token"`
	}
	p.call("POST", "/_synapse/admin/v1/register", map[string]any{"nonce": nonce.Nonce, "username": name, "password": "password-of-" + name, "mac": hex.EncodeToString(mac.Sum(nil)), "admin": false}, &got)
	p.id, p.token = got.UserID, got.Token
	p.call("PUT", "/_matrix/client/v3/profile/"+url.PathEscape(p.id)+"/displayname", map[string]any{"displayname": strings.ToUpper(name[:1]) + name[1:]}, nil)
	return p
}

// openDirect opens a room for the person and the bot alone.
func (p *person) openDirect(bot *person) string {
	p.t.Helper()
	var got struct {
		Room string `json:"room_id"`
	}
	p.call("POST", "/_matrix/client/v3/createRoom", map[string]any{"preset": "trusted_private_chat", "is_direct": true, "invite": []string{bot.id}}, &got)
	until(p.t, 20*time.Second, "the bot in a direct room", func() bool { return slices.Contains(bot.joined(), got.Room) })
	return got.Room
}

// try makes a request; status 0 means that nobody answered.
func (p *person) try(method, path string, body, into any) (status int, text string) {
	var r io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			p.t.Fatal(err)
		}
		r = bytes.NewReader(b)
	}
	req, err := http.NewRequest(method, p.h.url+path, r)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.do(req, into)
}

func (p *person) do(req *http.Request, into any) (status int, text string) {
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err.Error()
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err.Error()
	}
	if resp.StatusCode == http.StatusOK && into != nil {
		if err := json.Unmarshal(b, into); err != nil {
			p.t.Fatalf("%s %s: %v in %s", req.Method, req.URL.Path, err, b)
		}
	}
	return resp.StatusCode, string(b)
}

func (p *person) call(method, path string, body, into any) {
	p.t.Helper()
	if status, text := p.try(method, path, body, into); status != http.StatusOK {
		p.t.Fatalf("%s %s: %d %s", method, path, status, text)
	}
}

func (p *person) createRoom(name string, invite ...string) string {
	p.t.Helper()
	var got struct {
		RoomID string `json:"room_id"`
	}
	p.call("POST", "/_matrix/client/v3/createRoom", map[string]any{"name": name, "invite": invite, "preset": "private_chat"}, &got)
	return got.RoomID
}

func (p *person) join(room string) {
	p.t.Helper()
	p.call("POST", "/_matrix/client/v3/join/"+url.PathEscape(room), map[string]any{}, nil)
}

func (p *person) send(room, kind string, content map[string]any) (event string) {
	p.t.Helper()
	p.txn++
	var got struct {
		EventID string `json:"event_id"`
	}
	p.call("PUT", fmt.Sprintf("/_matrix/client/v3/rooms/%s/send/%s/t%d", url.PathEscape(room), kind, p.txn), content, &got)
	return got.EventID
}

func (p *person) say(room, text string) string {
	p.t.Helper()
	return p.send(room, "m.room.message", map[string]any{"msgtype": "m.text", "body": text})
}

func (p *person) reply(room, to, text string) string {
	p.t.Helper()
	return p.send(room, "m.room.message", map[string]any{"msgtype": "m.text", "body": text, "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": to}}})
}

func (p *person) react(room, to, emoji string) string {
	p.t.Helper()
	return p.send(room, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": to, "key": emoji}})
}

func (p *person) redact(room, event string) {
	p.t.Helper()
	p.txn++
	p.call("PUT", fmt.Sprintf("/_matrix/client/v3/rooms/%s/redact/%s/r%d", url.PathEscape(room), url.PathEscape(event), p.txn), map[string]any{}, nil)
}

// upload puts a file on the homeserver.
func (p *person) upload(data string) (uri string) {
	p.t.Helper()
	req, err := http.NewRequest("POST", p.h.url+"/_matrix/media/v3/upload", strings.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	var got struct {
		URI string `json:"content_uri"`
	}
	if status, text := p.do(req, &got); status != http.StatusOK {
		p.t.Fatalf("upload: %d %s", status, text)
	}
	return got.URI
}

// sendFile sends a file to a room, with words under it or none; size is what the
// message says it is.
func (p *person) sendFile(room, name, uri string, size int, caption string) (event string) {
	p.t.Helper()
	content := map[string]any{"msgtype": "m.file", "body": name, "filename": name, "url": uri, "info": map[string]any{"mimetype": "text/markdown", "size": size}}
	if caption != "" {
		content["body"] = caption
	}
	return p.send(room, "m.room.message", content)
}

// An event is what a room holds.
type event struct {
	ID       string         `json:"event_id"`
	Type     string         `json:"type"`
	Sender   string         `json:"sender"`
	StateKey *string        `json:"state_key"`
	At       int64          `json:"origin_server_ts"`
	Content  map[string]any `json:"content"`
}

func (e event) text(field string) string {
	s, _ := e.Content[field].(string)
	return s
}

func (e event) answers() string {
	rel, _ := e.Content["m.relates_to"].(map[string]any)
	to, _ := rel["m.in_reply_to"].(map[string]any)
	s, _ := to["event_id"].(string)
	return s
}

// messages are all that a person can read in a room, oldest first.
func (p *person) messages(room string) []event {
	p.t.Helper()
	var all []event
	from := ""
	for {
		var page struct {
			Chunk []event `json:"chunk"`
			End   string  `json:"end"`
		}
		q := url.Values{"dir": {"b"}, "limit": {"100"}}
		if from != "" {
			q.Set("from", from)
		}
		p.call("GET", "/_matrix/client/v3/rooms/"+url.PathEscape(room)+"/messages?"+q.Encode(), nil, &page)
		all = append(all, page.Chunk...)
		if page.End == "" || page.End == from || len(page.Chunk) == 0 {
			break
		}
		from = page.End
	}
	for i, j := 0, len(all)-1; i < j; i, j = i+1, j-1 {
		all[i], all[j] = all[j], all[i]
	}
	return all
}

// joined are the rooms that a person is in.
func (p *person) joined() []string {
	var got struct {
		Rooms []string `json:"joined_rooms"`
	}
	p.call("GET", "/_matrix/client/v3/joined_rooms", nil, &got)
	return got.Rooms
}

// invites are the rooms that a person is invited to.
func (p *person) invites() []string {
	var got struct {
		Rooms struct {
			Invite map[string]any `json:"invite"`
		} `json:"rooms"`
	}
	p.call("GET", "/_matrix/client/v3/sync?timeout=0", nil, &got)
	var out []string
	for r := range got.Rooms.Invite {
		out = append(out, r)
	}
	return out
}
