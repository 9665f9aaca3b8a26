package discordtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"
	"time"
)

// A bench is a server with a guild, a room and people, and a way to send what
// a bot would.
type bench struct {
	*Server
	t                *testing.T
	guild, room, ana string
	held             bool // answers are held to the description
}

func newBench(t *testing.T, o Options) *bench {
	t.Helper()
	if o.Now == nil {
		o.Now = func() time.Time { return time.Date(2026, 12, 1, 18, 42, 0, 0, time.UTC) }
	}
	b := &bench{Server: NewServer(t, o), t: t}
	b.guild = b.AddGuild("Readers")
	b.room = b.AddChannel(b.guild, Channel{Name: "reading"})
	b.ana = b.AddMember(b.guild, b.AddUser("Ana"))
	return b
}

// A reply is an answer of the API.
type reply struct {
	status int
	header http.Header
	body   map[string]any
	list   []any
	text   string
}

func (r reply) code() int { return num(r.body, "code") }

func (r reply) id() string { return str(r.body, "id") }

// send sends a body as JSON, or as multipart with files.
func (b *bench) send(method, path string, body any, files ...File) reply {
	b.t.Helper()
	r, err := b.try(b.t.Context(), method, path, body, files...)
	if err != nil {
		b.t.Fatalf("%s %s: %v", method, path, err)
	}
	return r
}

func (b *bench) try(ctx context.Context, method, path string, body any, files ...File) (reply, error) {
	var data bytes.Buffer
	kind := "application/json"
	switch {
	case len(files) > 0:
		form := multipart.NewWriter(&data)
		kind = form.FormDataContentType()
		if body != nil {
			h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="payload_json"`}, "Content-Type": {"application/json"}}
			part, _ := form.CreatePart(h)
			_, _ = part.Write(encode(body))
		}
		for i, f := range files {
			h := textproto.MIMEHeader{"Content-Disposition": {fmt.Sprintf(`form-data; name="files[%d]"; filename=%q`, i, f.Name)}, "Content-Type": {f.MIME}}
			part, _ := form.CreatePart(h)
			_, _ = part.Write(f.Data)
		}
		form.Close()
	case body != nil:
		if raw, ok := body.(rawJSON); ok {
			data.WriteString(string(raw))
		} else {
			data.Write(encode(body))
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, b.URL()+"/api/v10"+path, &data)
	if err != nil {
		return reply{}, err
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Authorization", "Bot "+b.Token())
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return reply{}, err
	}
	r := reply{status: res.StatusCode, header: res.Header, text: string(text)}
	b.describedAnswer(req, res, text)
	if strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		var v any
		if err := json.Unmarshal(text, &v); err != nil {
			return r, err
		}
		r.body, _ = v.(object)
		r.list, _ = v.([]any)
	}
	return r, nil
}

// describedAnswer holds what the server itself says to Discord's description,
// so that a bot is not tested against answers that Discord never gives.
func (b *bench) describedAnswer(req *http.Request, res *http.Response, text []byte) {
	if !b.held || b.desc == nil || res.StatusCode >= 300 || !strings.HasPrefix(res.Header.Get("Content-Type"), "application/json") {
		return
	}
	asked, err := described(&call{}, req)
	if err != nil {
		b.t.Error(err)
		return
	}
	said := *res
	said.Body = io.NopCloser(bytes.NewReader(text))
	b.desc.mu.Lock()
	defer b.desc.mu.Unlock()
	if ok, errs := b.desc.validator.ValidateHttpResponse(asked, &said); !ok {
		for _, f := range findings(errs) {
			b.t.Errorf("the answer to %s %s is not as described: %s", req.Method, req.URL.Path, f)
		}
	}
}

// ok is send for what must succeed.
func (b *bench) ok(method, path string, body any, files ...File) reply {
	b.t.Helper()
	r := b.send(method, path, body, files...)
	if r.status >= 300 {
		b.t.Fatalf("%s %s: %d %s", method, path, r.status, r.text)
	}
	return r
}

// refused is send for what must be refused with a status and a code.
func (b *bench) refused(status, code int, method, path string, body any) reply {
	b.t.Helper()
	r := b.send(method, path, body)
	if r.status != status || r.code() != code {
		b.t.Errorf("%s %s: %d %s, want %d with code %d", method, path, r.status, r.text, status, code)
	}
	return r
}

func say(content string) object {
	return object{"content": content, "allowed_mentions": object{"parse": []any{}}}
}

// register registers slash commands.
func (b *bench) register(commands ...object) {
	b.t.Helper()
	var all []any
	for _, c := range commands {
		all = append(all, c)
	}
	b.ok("PUT", "/applications/"+b.Application()+"/commands", all)
}

func slash(name string, options ...any) object {
	return object{"name": name, "description": "Does " + name, "options": options}
}

func callbackPath(in *Interaction) string {
	return "/interactions/" + in.id + "/" + in.token + "/callback"
}

func (b *bench) webhook(in *Interaction, rest string) string {
	return "/webhooks/" + b.Application() + "/" + in.token + rest
}

// command has ana call /passage, which is registered if there is none.
func (b *bench) command(v ...Values) *Interaction {
	b.t.Helper()
	v = append(v, nil)
	if len(b.Commands("")) == 0 {
		b.register(slash("passage"))
	}
	in, err := b.Command(b.ana, b.room, "passage", v[0])
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

// press has ana press a button of a new message.
func (b *bench) press() *Interaction {
	b.t.Helper()
	m := b.ok("POST", "/channels/"+b.room+"/messages", object{"content": "x", "components": row(object{"type": 2, "style": 1, "label": "Go", "custom_id": "go"})})
	in, err := b.Press(b.ana, m.id(), "Go")
	if err != nil {
		b.t.Fatal(err)
	}
	return in
}

func row(children ...any) []any { return []any{object{"type": 1, "components": children}} }
