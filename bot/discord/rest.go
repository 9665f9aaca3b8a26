package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"lectern/bot"
)

// An api is Discord's REST API for one token.
type api struct {
	base   string // with /api/v10
	token  string
	client *http.Client
	gate   *gate
}

// requestLimit bounds one request.
const requestLimit = 30 * time.Second

// maxAnswer is more than any answer that is read has, in bytes.
const maxAnswer = 32 << 20

// userAgent is what Discord asks clients to call themselves.
const userAgent = "DiscordBot (https://github.com/lectern, 1)"

func newAPI(base, token string, now func() time.Time) *api {
	// An own transport: its idle connections end with it.
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	g := newGate(t, now)
	return &api{base: strings.TrimRight(base, "/") + "/api/v10", token: token, gate: g, client: &http.Client{Transport: g, Timeout: requestLimit}}
}

// close ends the connections that nothing uses.
func (a *api) close() {
	if t, ok := a.gate.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// An apiError is an answer that refuses, or that is none of Discord's API.
type apiError struct {
	status  int
	code    int // Discord's own
	message string
	after   time.Duration // 429: how long to wait
	global  bool          // 429: for all requests
	edge    bool          // a page in HTML: something between us and the API
}

func (e *apiError) Error() string {
	if e.edge {
		return fmt.Sprintf("discord: HTTP %d with a page that is not the API's", e.status)
	}
	return fmt.Sprintf("discord: HTTP %d, code %d: %s", e.status, e.code, e.message)
}

// do sends one request, once, and decodes the answer into out.
func (a *api) do(ctx context.Context, method, path string, body any, files []upload, out any) error {
	var r io.Reader
	kind := ""
	switch {
	case len(files) > 0:
		data, t, err := form(body, files)
		if err != nil {
			return err
		}
		r, kind = bytes.NewReader(data), t
	case body != nil:
		data, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("discord: %w", err)
		}
		r, kind = bytes.NewReader(data), "application/json"
	}
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, r)
	if err != nil {
		return fmt.Errorf("discord: %w", err)
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	req.Header.Set("User-Agent", userAgent)
	if _, _, free := routeOf(method, path); !free {
		req.Header.Set("Authorization", "Bot "+a.token)
	}
	resp, err := a.client.Do(req)
	if err != nil {
		return scrub(err)
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("discord: read answer: %w", err)
	}
	edge := strings.HasPrefix(strings.TrimSpace(string(text[:min(len(text), 64)])), "<")
	if resp.StatusCode >= 200 && resp.StatusCode < 300 && !edge {
		if len(text) > 0 && !json.Valid(text) {
			return errors.New("discord: the answer is cut off")
		}
		if out == nil || len(text) == 0 {
			return nil
		}
		if err := json.Unmarshal(text, out); err != nil {
			return fmt.Errorf("discord: the answer cannot be read: %w", err)
		}
		return nil
	}
	e := &apiError{status: resp.StatusCode, edge: edge, after: retryAfter(resp.Header)}
	var said struct {
		Message    string  `json:"message"`
		Code       int     `json:"code"`
		RetryAfter float64 `json:"retry_after"`
		Global     bool    `json:"global"`
		Errors     json.RawMessage
	}
	if !edge && json.Unmarshal(text, &said) == nil {
		e.code, e.message, e.global = said.Code, said.Message, said.Global
		if said.RetryAfter > 0 {
			e.after = seconds(said.RetryAfter)
		}
		if len(said.Errors) > 0 {
			e.message += " " + string(said.Errors[:min(len(said.Errors), 500)])
		}
	}
	if edge && e.status == http.StatusTooManyRequests && e.after == 0 {
		e.after = edgeWait
	}
	return e
}

// scrub takes the address out of an error: that of an interaction holds what
// lets others answer it.
func scrub(err error) error {
	var ue interface{ Unwrap() error }
	if errors.As(err, &ue) && ue.Unwrap() != nil {
		return fmt.Errorf("discord: %w", ue.Unwrap())
	}
	return fmt.Errorf("discord: %w", err)
}

// form is a body with files.
func form(body any, files []upload) (data []byte, kind string, err error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	text, err := json.Marshal(body)
	if err != nil {
		return nil, "", fmt.Errorf("discord: %w", err)
	}
	part := func(disposition, mime string, data []byte) {
		if err != nil {
			return
		}
		var p io.Writer
		if p, err = w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {disposition}, "Content-Type": {mime}}); err == nil {
			_, err = p.Write(data)
		}
	}
	part(`form-data; name="payload_json"`, "application/json", text)
	for i, f := range files {
		mime := f.mime
		if mime == "" {
			mime = "application/octet-stream"
		}
		part(fmt.Sprintf(`form-data; name="files[%d]"; filename="%s"`, i, f.name), mime, f.data)
	}
	if err = errors.Join(err, w.Close()); err != nil {
		return nil, "", fmt.Errorf("discord: %w", err)
	}
	return b.Bytes(), w.FormDataContentType(), nil
}

// repeat runs what changes nothing, or nothing twice, until it succeeds, is
// refused, or ctx ends: a few times, further and further apart.
func repeat(ctx context.Context, try func() error) error {
	wait := 200 * time.Millisecond
	for n := 0; ; n++ {
		err := try()
		again, after := transient(err)
		if !again || n >= 6 {
			return err
		}
		if !sleep(ctx, max(wait, after)) {
			return err
		}
		wait = min(2*wait, 5*time.Second)
	}
}

// transient says whether another try may go better, and when.
func transient(err error) (again bool, after time.Duration) {
	var we *waitError
	var ae *apiError
	switch {
	case err == nil:
		return false, 0
	case errors.As(err, &we):
		return true, we.after
	case errors.As(err, &ae):
		if ae.status == http.StatusTooManyRequests {
			return true, max(ae.after, 100*time.Millisecond)
		}
		return ae.status >= 500 || ae.edge, 0
	}
	return true, 0
}

func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Discord's codes that are told apart.
const (
	codeUnknownChannel     = 10003
	codeUnknownMessage     = 10008
	codeUnknownWebhook     = 10015
	codeUnknownInteraction = 10062
	codeUnknownEvent       = 10070
	codeTooLarge           = 40005
	codeAnsweredAlready    = 40060
	codeMissingAccess      = 50001
	codeCannotWriteTo      = 50007
	codeMissingPermissions = 50013
	codeBadForm            = 50035
	codeArchived           = 50083
	codeThreadExists       = 160004
)

// hasCode reports whether Discord said so.
func hasCode(err error, codes ...int) bool {
	ae, ok := errors.AsType[*apiError](err)
	if !ok {
		return false
	}
	return slices.Contains(codes, ae.code)
}

// sendError says of an error what may be done about it. right is what is
// missing where Discord says that something is.
func sendError(err error, right string) error {
	if _, ok := errors.AsType[*bot.PostError](err); ok {
		return err
	}
	out := &bot.PostError{Outcome: bot.Unknown, Err: err}
	if we, ok := errors.AsType[*waitError](err); ok {
		out.Outcome, out.After = bot.Retry, we.after
		if we.global {
			out.Scope = bot.EveryPlace
		}
		return out
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		out.Outcome = bot.Retry // nobody was there to hear it
		return out
	}
	ae, ok := errors.AsType[*apiError](err)
	if !ok {
		return out
	}
	switch {
	case ae.status == http.StatusTooManyRequests:
		out.Outcome, out.After = bot.Retry, ae.after
		if ae.global || ae.edge {
			out.Scope = bot.EveryPlace
		}
	case ae.edge && ae.status < 500:
		// A page from between: whether the API saw the request is not known.
	case ae.status == http.StatusUnauthorized:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "a valid bot token", bot.EveryPlace
	case ae.code == codeMissingAccess:
		out.Outcome, out.Right = bot.Permanent, "View Channel"
	case ae.code == codeCannotWriteTo:
		out.Outcome, out.Right = bot.Permanent, "to write to this person"
	case ae.code == codeMissingPermissions || ae.status == http.StatusForbidden:
		out.Outcome, out.Right = bot.Permanent, right
	case ae.code == codeUnknownChannel:
		out.Outcome, out.Right = bot.Permanent, "a channel that is still there"
	case ae.status == http.StatusNotFound:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "a message that is still there", bot.OnePost
	case ae.status == http.StatusRequestEntityTooLarge || ae.code == codeTooLarge:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "files of this size", bot.OnePost
	case ae.status >= 400 && ae.status < 500:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "a message that Discord takes", bot.OnePost
	}
	return out
}
