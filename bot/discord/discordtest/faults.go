package discordtest

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// A FaultKind is what goes wrong with a request.
type FaultKind int

// The kinds of faults.
const (
	// Slow answers after Delay, and is right.
	Slow FaultKind = iota
	// ServerError answers Status (500) in JSON; nothing was done.
	ServerError
	// BadGateway answers 502 with the edge's HTML; nothing was done.
	BadGateway
	// Limited answers 429 for this route: wait for RetryAfter.
	Limited
	// LimitedGlobally answers 429 for all routes.
	LimitedGlobally
	// LimitedShared answers 429 for a resource that others use as well; it
	// does not count as invalid.
	LimitedShared
	// EdgeLimited answers 429 with the edge's HTML and a Retry-After header.
	EdgeLimited
	// EdgePage answers 200 with HTML, as a proxy between does.
	EdgePage
	// Drop ends the connection before anything was done.
	Drop
	// LoseAnswer does what was asked for, and ends the connection.
	LoseAnswer
	// FailAfter does what was asked for, and answers Status (502) in HTML.
	FailAfter
	// Truncated does what was asked for, and answers half of a JSON object.
	Truncated
	// Refused answers Status (403) with Code (50013).
	Refused
)

// A Fault is something that goes wrong with requests to come.
type Fault struct {
	Kind FaultKind
	// Method and Path say which requests: "" is any. Path is a route
	// ("/channels/{channel_id}/messages") or a piece of an actual path.
	Method, Path string
	// Times is how often it happens: 1 when it is zero, always when negative.
	Times int
	// Skip lets so many matching requests pass first.
	Skip int
	// Delay comes before the answer, whatever it is.
	Delay time.Duration
	// Before holds the request back until it is closed.
	Before     <-chan struct{}
	RetryAfter time.Duration
	Status     int
	Code       int
}

// Fail adds faults. They are tried in the order in which they were added; a
// request meets one at most.
func (s *Server) Fail(faults ...Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, &f)
	}
}

// Mend takes away the faults that have not happened, of requests and of the
// gateway, and says how many there were.
func (s *Server) Mend() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.faults) + len(s.gateway.faults)
	s.faults, s.gateway.faults = nil, nil
	return n
}

// Waiting is how many faults have not happened yet, of requests and of the
// gateway; those that always happen are not counted.
func (s *Server) Waiting() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.faults {
		n += max(f.Times, 0)
	}
	for _, f := range s.gateway.faults {
		n += max(f.Times, 0)
	}
	return n
}

// takeFault is the fault that a request meets.
func (s *Server) takeFault(method, name, path string) *Fault {
	for i, f := range s.faults {
		if f.Method != "" && f.Method != method || f.Path != "" && !strings.HasSuffix(name, " "+f.Path) && !strings.Contains(path, f.Path) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		if f.Times > 0 {
			if f.Times--; f.Times == 0 {
				s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
			}
		}
		s.counters.Faults++
		taken := *f
		return &taken
	}
	return nil
}

// after reports whether the work is done in spite of the fault.
func (f *Fault) after() bool {
	return f.Kind == Slow || f.Kind == LoseAnswer || f.Kind == FailAfter || f.Kind == Truncated
}

// answer is what a fault that does no work says.
func (f *Fault) answer() *answer {
	wait := f.RetryAfter
	if wait == 0 {
		wait = time.Second
	}
	switch f.Kind {
	case ServerError:
		return &answer{status: set2(f.Status, http.StatusInternalServerError), body: object{"message": "500: Internal Server Error", "code": 0}}
	case BadGateway:
		return &answer{status: set2(f.Status, http.StatusBadGateway), html: gatewayPage}
	case Limited:
		return limited(wait, false, "user", nil)
	case LimitedGlobally:
		return limited(wait, true, "global", nil)
	case LimitedShared:
		return limited(wait, false, "shared", nil)
	case EdgeLimited:
		a := limited(wait, false, "", nil)
		a.header = http.Header{"Retry-After": a.header["Retry-After"]}
		a.body, a.html = nil, bannedPage
		return a
	case EdgePage:
		return &answer{status: http.StatusOK, html: edgePage}
	case Refused:
		return refuse(fail(set2(f.Status, http.StatusForbidden), set2(f.Code, 50013), "Missing Permissions"))
	}
	return nil
}

// pause waits for c; it reports whether the caller still does.
func pause(ctx context.Context, c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	case <-ctx.Done():
		return false
	}
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

// The pages of the edge, in their essentials.
const (
	gatewayPage = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>cloudflare</center>\r\n</body>\r\n</html>\r\n"
	bannedPage  = "<!doctype html>\n<html lang=\"en\"><head><title>Access denied</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>\n"
	edgePage    = "<!doctype html>\n<html><head><title>Checking your connection</title></head><body>One moment.</body></html>\n"
)
