package discordtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A route is one operation of the API.
type route struct {
	method, pattern string
	// per and limit are its bucket: limit requests in per, for each value of
	// the route's major parameter.
	limit int
	per   time.Duration
	// open routes are not authorised by the bot's token but by one in the path;
	// they stand outside the global limit.
	open   bool
	status int // of success; 0: the handler says, or 200
	do     func(*Server, *call) (any, error)
	parts  []string
}

// name is the route as Counters.ByRoute has it.
func (r *route) name() string { return r.method + " " + r.pattern }

// match fills in what stands in the place of {names}.
func (r *route) match(parts []string) (map[string]string, bool) {
	if len(parts) != len(r.parts) {
		return nil, false
	}
	vars := map[string]string{}
	for i, p := range r.parts {
		if strings.HasPrefix(p, "{") {
			if parts[i] == "" {
				return nil, false
			}
			vars[strings.Trim(p, "{}")] = parts[i]
		} else if p != parts[i] {
			return nil, false
		}
	}
	return vars, true
}

// A call is one request as a handler sees it.
type call struct {
	route  *route
	vars   map[string]string
	query  url.Values
	raw    []byte // the JSON of the body
	body   object // nil when it is a list, or there is none
	list   []any
	files  []upload
	status int // of the answer
}

// An upload is a file in a multipart body, by the n of files[n].
type upload struct {
	n          int
	name, mime string
	data       []byte
}

// maxBody is more than Discord takes, so that its own limit can be seen.
const maxBody = 40 << 20

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/gateway" || r.URL.Path == "/gateway/" {
		s.serveGateway(w, r)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/cdn/") {
		s.serveFile(w, r)
		return
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err != nil {
		return // the caller has gone
	}
	s.serveAPI(w, r, data)
}

// serveAPI answers a request: faults first, then limits, then the API itself.
func (s *Server) serveAPI(w http.ResponseWriter, r *http.Request, data []byte) {
	c, rejected := s.find(r)

	s.mu.Lock()
	s.counters.Requests++
	name := r.Method + " " + r.URL.Path
	if c != nil {
		name = c.route.name()
	}
	s.counters.ByRoute[name]++
	if s.limits.banned {
		s.mu.Unlock()
		s.write(w, &answer{status: http.StatusTooManyRequests, html: bannedPage, header: http.Header{"Retry-After": {"3600"}}})
		return
	}
	fault := s.takeFault(r.Method, name, r.URL.Path)
	s.mu.Unlock()

	if fault != nil && fault.Before != nil {
		if !pause(r.Context(), fault.Before) {
			return
		}
	}
	if fault != nil && fault.Delay > 0 && !sleep(r.Context(), fault.Delay) {
		return
	}
	if fault != nil && !fault.after() {
		if fault.Kind == Drop {
			s.count(0)
			hijack(w)
			return
		}
		if a := fault.answer(); a != nil {
			s.write(w, a)
			return
		}
	}

	a := s.answer(c, rejected, r, data)
	if fault != nil && fault.Kind == LoseAnswer {
		s.count(0)
		hijack(w)
		return
	}
	if fault != nil && fault.Kind == Truncated && a.status < 300 {
		a = &answer{status: a.status, header: a.header, html: `{"id":"1`}
	}
	if fault != nil && fault.Kind == FailAfter {
		a = &answer{status: set2(fault.Status, http.StatusBadGateway), html: gatewayPage}
	}
	s.write(w, a)
}

func set2(v, standard int) int {
	if v == 0 {
		return standard
	}
	return v
}

// find looks for the route. It returns why there is none.
func (s *Server) find(r *http.Request) (*call, *apiError) {
	path := r.URL.EscapedPath()
	rest := ""
	for _, prefix := range []string{"/api/v10/", "/api/v9/"} {
		if after, ok := strings.CutPrefix(path, prefix); ok {
			rest = after
		}
	}
	if rest == "" {
		return nil, errNotFound
	}
	parts := strings.Split(rest, "/")
	rejected := errNotFound
	for i := range s.mux {
		vars, ok := s.mux[i].match(parts)
		if !ok {
			continue
		}
		if s.mux[i].method != r.Method {
			rejected = errMethod
			continue
		}
		for k, v := range vars {
			if u, err := url.PathUnescape(v); err == nil {
				vars[k] = u
			}
		}
		return &call{route: &s.mux[i], vars: vars, query: r.URL.Query()}, nil
	}
	return nil, rejected
}

// An answer is what goes back.
type answer struct {
	status int
	header http.Header
	body   any    // as JSON
	html   string // or as a page of the edge
}

func refuse(e *apiError) *answer { return &answer{status: e.status, body: e.body()} }

// answer does what a request asks for.
func (s *Server) answer(c *call, rejected *apiError, r *http.Request, data []byte) *answer {
	if c == nil {
		return refuse(rejected)
	}
	var malformed *apiError
	if err := c.read(r, data); err != nil {
		malformed = fail(http.StatusBadRequest, 50109, "The request body contains invalid JSON.")
		malformed.found = []finding{{rule: BadBody, message: err.Error()}}
	}

	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.bump()
	if !c.route.open && r.Header.Get("Authorization") != "Bot "+s.token {
		return refuse(errUnauthorized)
	}
	header, limited := s.limits.take(s, c)
	if limited != nil {
		s.counters.Limited++
		return limited
	}
	if malformed == nil {
		malformed = s.check(c, r)
	}
	if malformed != nil {
		s.refused(r, c, malformed)
		a := refuse(malformed)
		a.header = header
		return a
	}
	body, err := c.route.do(s, c)
	if err != nil {
		e, ok := errors.AsType[*apiError](err)
		if !ok {
			e = fail(http.StatusInternalServerError, 0, err.Error())
			s.lost = append(s.lost, c.route.name()+": "+err.Error())
		}
		if len(e.found) > 0 || e == emptyMessage {
			s.refused(r, c, e)
		}
		a := refuse(e)
		a.header = header
		return a
	}
	a := &answer{status: c.status, header: header, body: body}
	if a.status == 0 {
		a.status = set2(c.route.status, http.StatusOK)
	}
	return a
}

// check holds a request against the description and the rules.
func (s *Server) check(c *call, r *http.Request) *apiError {
	k := &checker{server: s}
	if s.desc != nil {
		s.counters.Validated++
		s.desc.check(k, c, r)
	}
	described := k.found
	k.found = nil
	s.checkRules(k, c)
	// Ours first: they say more.
	found := slices.Concat(k.found, described)
	if len(found) == 0 {
		return nil
	}
	e := fail(http.StatusBadRequest, 50035, "Invalid Form Body")
	if len(k.found) > 0 && k.found[0].rule == EmptyMessage {
		e = fail(http.StatusBadRequest, 50006, "Cannot send an empty message")
	}
	e.found = found
	return e
}

func (s *Server) refused(r *http.Request, c *call, e *apiError) {
	one := Refusal{Method: r.Method, Path: r.URL.Path, Status: e.status, Code: e.code, Body: string(c.raw)}
	for _, f := range e.found {
		if f.rule != "" {
			one.Rules = append(one.Rules, f.rule)
		}
		one.Problems = append(one.Problems, f.String())
	}
	if len(e.found) == 0 {
		one.Problems = []string{e.message}
	}
	s.refusals = append(s.refusals, one)
}

// read takes the body apart.
func (c *call) read(r *http.Request, data []byte) error {
	if len(data) == 0 {
		return nil
	}
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		return fmt.Errorf("Content-Type: %w", err)
	}
	switch kind {
	case "application/json":
		c.raw = data
	case "multipart/form-data":
		form := multipart.NewReader(bytes.NewReader(data), params["boundary"])
		for {
			part, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			body, err := io.ReadAll(part)
			if err != nil {
				return err
			}
			name := part.FormName()
			switch {
			case name == "payload_json":
				c.raw = body
			case strings.HasPrefix(name, "files[") && strings.HasSuffix(name, "]"):
				n, err := strconv.Atoi(name[len("files[") : len(name)-1])
				if err != nil {
					return fmt.Errorf("part %q: %w", name, err)
				}
				c.files = append(c.files, upload{n: n, name: part.FileName(), mime: part.Header.Get("Content-Type"), data: body})
			default:
				return fmt.Errorf("part %q is neither payload_json nor files[n]", name)
			}
		}
	default:
		return fmt.Errorf("Content-Type %s: send application/json or multipart/form-data", kind)
	}
	if len(c.raw) == 0 {
		return nil
	}
	var v any
	if err := json.Unmarshal(c.raw, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case object:
		c.body = v
	case []any:
		c.list = v
	}
	return nil
}

// write sends an answer and counts it.
func (s *Server) write(w http.ResponseWriter, a *answer) {
	scope := a.header.Get("X-RateLimit-Scope")
	if a.status == http.StatusUnauthorized || a.status == http.StatusForbidden || a.status == http.StatusTooManyRequests && scope != "shared" {
		s.mu.Lock()
		s.limits.invalid(s.time(), s.opts.BanAfter)
		s.mu.Unlock()
	}
	s.count(a.status)
	h := w.Header()
	h.Set("Date", s.Now().UTC().Format(http.TimeFormat))
	maps.Copy(h, a.header)
	var body []byte
	switch {
	case a.html != "":
		h.Set("Content-Type", "text/html; charset=UTF-8")
		h.Set("Server", "cloudflare")
		body = []byte(a.html)
	case a.body != nil:
		h.Set("Content-Type", "application/json")
		body = encode(a.body)
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(a.status)
	if a.status == http.StatusNoContent {
		return
	}
	_, _ = w.Write(body) // the caller may have gone
}

func (s *Server) count(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counters.ByStatus[status]++
	s.bump()
}

// hijack ends a connection without a word.
func hijack(w http.ResponseWriter) {
	if h, ok := w.(http.Hijacker); ok {
		if conn, _, err := h.Hijack(); err == nil {
			_ = conn.Close() // that is the point
			return
		}
	}
	panic(http.ErrAbortHandler)
}
