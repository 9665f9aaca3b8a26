package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// apiVersion is the version of Discord's API, and of the gateway, that is
// spoken. The library builds its addresses for an older one.
const apiVersion = "10"

// An api is Discord's REST API for one token. The library makes the requests;
// every one goes through the gate.
type api struct {
	token  string
	client *http.Client
	gate   *gate
}

// requestLimit bounds one request.
const requestLimit = 30 * time.Second

// userAgent is what Discord asks clients to call themselves.
const userAgent = "DiscordBot (https://github.com/lectern, 1)"

func newAPI(base, token string, now func() time.Time) (*api, error) {
	to, err := url.Parse(strings.TrimRight(base, "/"))
	if err != nil {
		return nil, fmt.Errorf("discord: the API's address: %w", err)
	}
	// An own transport: its idle connections end with it.
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 64
	g := newGate(t, now)
	return &api{token: token, gate: g, client: &http.Client{Transport: &road{next: g, to: to}, Timeout: requestLimit}}, nil
}

// close ends the connections that nothing uses.
func (a *api) close() {
	if t, ok := a.gate.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// session is a session of the library's for one request. Its limiter sleeps
// through the end of a context, holds a lock while a request is under way and
// forgets no bucket, so that each request has one of its own, and the gate
// does the limiting. It repeats nothing. Without a token it is for
// interactions, whose addresses hold what they need.
func (a *api) session(authorized bool) *discordgo.Session {
	dg := &discordgo.Session{Client: a.client, UserAgent: userAgent, Ratelimiter: discordgo.NewRatelimiter(), LogLevel: -1}
	if authorized {
		dg.Token = "Bot " + a.token
	}
	return dg
}

// A road leads the library's requests to where Discord is, in the version that
// is spoken, and notes what came back.
type road struct {
	next http.RoundTripper
	to   *url.URL
}

// RoundTrip implements http.RoundTripper.
func (r *road) RoundTrip(req *http.Request) (*http.Response, error) {
	h, _ := req.Context().Value(heardKey{}).(*heard)
	to := *r.to
	path := req.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/api/v"); ok {
		if _, rest, ok = strings.Cut(rest, "/"); ok {
			path = "/api/v" + apiVersion + "/" + rest
		}
	}
	at, err := url.Parse(strings.TrimRight(to.EscapedPath(), "/") + path)
	if err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	to.Path, to.RawPath, to.RawQuery = at.Path, at.RawPath, req.URL.RawQuery
	out := req.Clone(req.Context())
	out.URL, out.Host = &to, ""
	resp, err := r.next.RoundTrip(out)
	if err == nil && h != nil {
		h.status, h.header = resp.StatusCode, resp.Header
	}
	return resp, err
}

// heard is what came back of a request, which the library does not always say.
type heard struct {
	status int
	header http.Header
}

type heardKey struct{}

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

// call makes one request of the library's, once. Its errors are ours: an
// *apiError where Discord refused, and otherwise what went wrong on the way.
func (a *api) call(ctx context.Context, request func(dg *discordgo.Session, o discordgo.RequestOption) error) error {
	return a.ask(ctx, true, request)
}

func (a *api) ask(ctx context.Context, authorized bool, request func(dg *discordgo.Session, o discordgo.RequestOption) error) error {
	h := &heard{}
	ctx = context.WithValue(ctx, heardKey{}, h)
	err := request(a.session(authorized), discordgo.WithContext(ctx))
	switch html := h.header != nil && strings.HasPrefix(h.header.Get("Content-Type"), "text/html"); {
	case h.status == 0 && err != nil: // nothing came back
		return scrub(err)
	case html:
		e := &apiError{status: h.status, edge: true, after: retryAfter(h.header)}
		if e.status == http.StatusTooManyRequests && e.after == 0 {
			e.after = edgeWait
		}
		return e
	case err == nil:
		return nil
	case h.status < 300: // it was done, and the answer cannot be read
		return fmt.Errorf("discord: the answer cannot be read: %w", scrub(err))
	}
	return refusal(h, err)
}

// refusal reads what Discord says in refusing.
func refusal(h *heard, err error) *apiError {
	e := &apiError{status: h.status, after: retryAfter(h.header)}
	if limited, ok := errors.AsType[*discordgo.RateLimitError](err); ok && limited.RateLimit != nil && limited.TooManyRequests != nil {
		e.message, e.global = limited.Message, h.header.Get("X-RateLimit-Global") == "true"
		if limited.RetryAfter > 0 {
			e.after = min(limited.RetryAfter, longestPause)
		}
		return e
	}
	refused, ok := errors.AsType[*discordgo.RESTError](err)
	if !ok {
		return e
	}
	if m := refused.Message; m != nil {
		e.code, e.message = m.Code, m.Message
	}
	var more struct{ Errors json.RawMessage }
	if json.Unmarshal(refused.ResponseBody, &more) == nil && len(more.Errors) > 0 {
		e.message += " " + string(more.Errors[:min(len(more.Errors), 500)])
	}
	return e
}

// do sends one request that the library has no method for, or none that says
// all, once, and decodes the answer into out.
func (a *api) do(ctx context.Context, method, path string, body any, files []upload, out any) error {
	_, _, free := routeOf(method, path)
	return a.ask(ctx, !free, func(dg *discordgo.Session, o discordgo.RequestOption) error {
		var data []byte
		kind := "application/json"
		var err error
		switch {
		case len(files) > 0:
			parts := make([]*discordgo.File, len(files))
			for i, f := range files {
				parts[i] = &discordgo.File{Name: f.name, ContentType: f.mime, Reader: bytes.NewReader(f.data)}
			}
			kind, data, err = discordgo.MultipartBodyWithJSON(body, parts)
		case body != nil:
			data, err = json.Marshal(body)
		}
		if err != nil {
			return err
		}
		answer, err := dg.RequestRaw(method, discordgo.EndpointAPI+strings.TrimPrefix(path, "/"), kind, data, path, 0, o)
		switch {
		case err != nil:
			return err
		case len(answer) > 0 && !json.Valid(answer):
			return errors.New("it is cut off")
		case out == nil || len(answer) == 0:
			return nil
		}
		return json.Unmarshal(answer, out)
	})
}

// scrub takes the address out of an error: that of an interaction holds what
// lets others answer it.
func scrub(err error) error {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	return fmt.Errorf("discord: %w", err)
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
	codeThreadLocked       = 160005
	codeTooManyEvents      = 30038
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
	case ae.code == codeTooManyEvents:
		out.Outcome, out.Right, out.Scope = bot.Permanent, "fewer than a hundred events in the server", bot.OnePost
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
