package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What Discord takes from a bot, and how near to it the gate goes.
const (
	perSecond    = 45               // of 50 requests a second, in all
	window       = time.Second      // for which a request counts
	maxInvalid   = 2000             // of 10,000 answers of 401, 403 or 429 in countedFor, which ban the address
	countedFor   = 10 * time.Minute // as Discord counts them
	patience     = 5 * time.Second  // the longest wait within the gate; a longer one is the caller's
	edgeWait     = 30 * time.Second // after a refusal that names no time
	tokenPause   = time.Minute      // after a refusal of the token
	maxBuckets   = 2048             // that are kept; idle ones go
	longestPause = time.Hour        // that an answer may ask for
)

// A waitError says that a request was not sent, and when it may be.
type waitError struct {
	after  time.Duration
	global bool
	why    string
}

func (e *waitError) Error() string { return "discord: not sent: " + e.why }

// A gate is what every request to Discord's API goes through. It keeps the
// limit of all requests, the limits of each route by the buckets that Discord
// names in its answers, and pauses that Discord asks for; and it stops long
// before so many answers were refusals that the address would be banned.
// Requests about interactions are outside of the limits, also of the pause
// that a limit asks for: so it is at Discord, and nothing is kept of them. They
// wait only where nothing gets through. Waits end with the request's context.
//
// Source: Discord's developer documentation, "Rate Limits".
type gate struct {
	next http.RoundTripper
	now  func() time.Time

	slots chan struct{} // one for each request of the last second

	mu      sync.Mutex
	hash    map[string]string  // of a route, as Discord names its bucket
	buckets map[string]*bucket // by hash and major parameter
	paused  [2]*pause          // of everything, and of what counts against the limit of all
	invalid map[int64]int      // refusals by the minute
	heard   time.Time          // Discord's time in its newest answer
	heardAt time.Time          // ours then
}

// A pause is a time in which nothing is sent.
type pause struct {
	over  chan struct{}
	until time.Time
	why   string
}

func newGate(next http.RoundTripper, now func() time.Time) *gate {
	return &gate{next: next, now: now, slots: make(chan struct{}, perSecond), hash: map[string]string{}, buckets: map[string]*bucket{}, invalid: map[int64]int{}}
}

// RoundTrip implements http.RoundTripper.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	route, major, free := routeOf(r.Method, r.URL.Path)
	if err := g.open(r.Context(), free); err != nil {
		return nil, err
	}
	var b *bucket
	if !free {
		var err error
		if b, err = g.bucket(route, major).take(r.Context()); err != nil {
			return nil, err
		}
		if err := g.slot(r.Context()); err != nil {
			b.giveBack()
			return nil, err
		}
	}
	resp, err := g.next.RoundTrip(r)
	if err != nil {
		if b != nil {
			b.done(nil)
		}
		return nil, err
	}
	g.listen(resp, route, major, b)
	return resp, nil
}

// open waits until nothing is paused.
func (g *gate) open(ctx context.Context, free bool) error {
	for {
		g.mu.Lock()
		p := g.paused[everything]
		if p == nil && !free {
			p = g.paused[counted]
		}
		refused := g.refusals()
		g.mu.Unlock()
		if refused >= maxInvalid && !free {
			return &waitError{after: countedFor / 2, global: true, why: fmt.Sprintf("Discord has refused %d requests within ten minutes, and bans an address at 10,000", refused)}
		}
		if p == nil {
			return nil
		}
		if wait := p.until.Sub(g.now()); wait > patience {
			return &waitError{after: wait, global: true, why: p.why}
		}
		select {
		case <-p.over:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// slot takes one of the requests of this second.
func (g *gate) slot(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		time.AfterFunc(window, func() { <-g.slots })
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// What a pause is of.
const (
	everything = iota
	counted    // against the limit of all
)

// pause sends nothing for a time.
func (g *gate) pause(what int, wait time.Duration, why string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	until := g.now().Add(wait)
	if g.paused[what] != nil && !until.After(g.paused[what].until) {
		return
	}
	p := &pause{over: make(chan struct{}), until: until, why: why}
	g.paused[what] = p
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.paused[what] == p {
			g.paused[what] = nil
		}
		close(p.over) // who waits for it looks again whether another has begun
	})
}

// refusals counts those of the last ten minutes.
func (g *gate) refusals() (n int) {
	oldest := g.now().Add(-countedFor).Unix() / 60
	for minute, count := range g.invalid {
		if minute < oldest {
			delete(g.invalid, minute)
			continue
		}
		n += count
	}
	return n
}

// listen learns from an answer.
func (g *gate) listen(resp *http.Response, route, major string, b *bucket) {
	h := resp.Header
	if at, err := http.ParseTime(h.Get("Date")); err == nil {
		g.mu.Lock()
		g.heard, g.heardAt = at, g.now()
		g.mu.Unlock()
	}
	html := strings.HasPrefix(h.Get("Content-Type"), "text/html")
	switch resp.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		if h.Get("X-RateLimit-Scope") != "shared" {
			g.mu.Lock()
			g.invalid[g.now().Unix()/60]++
			g.mu.Unlock()
		}
	}
	wait := retryAfter(h)
	switch {
	case resp.StatusCode == http.StatusTooManyRequests && html, resp.StatusCode == http.StatusForbidden && html:
		// The edge refuses the address, whatever is asked for.
		if wait == 0 {
			wait = edgeWait
		}
		g.pause(everything, wait, "Discord's edge asks to wait")
	case resp.StatusCode == http.StatusTooManyRequests && h.Get("X-RateLimit-Global") == "true":
		g.pause(counted, wait, "Discord's limit for all requests is reached")
	case resp.StatusCode == http.StatusUnauthorized && b != nil:
		g.pause(everything, tokenPause, "Discord does not take the bot's token")
	}
	if b == nil {
		return
	}
	if name := h.Get("X-RateLimit-Bucket"); name != "" {
		g.mu.Lock()
		g.hash[route] = name
		// From now on the route shares the bucket of that name.
		if shared := g.buckets[name+" "+major].last(); shared != nil && shared != b {
			shared.join(h)
			b.become(shared)
		} else {
			g.buckets[name+" "+major] = b
		}
		delete(g.buckets, route+" "+major)
		g.mu.Unlock()
	}
	b.done(resp)
}

// serverTime is what time Discord says it is.
func (g *gate) serverTime() (time.Time, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.heard.IsZero() {
		return time.Time{}, false
	}
	return g.heard.Add(g.now().Sub(g.heardAt)), true
}

// bucket is that of a route; it is made where there is none.
func (g *gate) bucket(route, major string) *bucket {
	g.mu.Lock()
	defer g.mu.Unlock()
	key := route + " " + major
	b := g.buckets[key]
	if h := g.hash[route]; h != "" {
		// The name may have been learnt from another channel while this one's
		// first request is under way: there is one bucket all the same.
		first := b
		key = h + " " + major
		if b = g.buckets[key]; b == nil && first != nil {
			b = first
			g.buckets[key] = b
		}
		delete(g.buckets, route+" "+major)
	}
	if b == nil {
		if len(g.buckets) >= maxBuckets {
			for k, x := range g.buckets {
				if x.idle() {
					delete(g.buckets, k)
				}
			}
		}
		b = &bucket{changed: make(chan struct{})}
		g.buckets[key] = b
	}
	return b
}

// A bucket is a limit that Discord has for some routes about one channel,
// guild or webhook.
type bucket struct {
	mu        sync.Mutex
	known     bool // its limit is; until then one request goes at a time
	limit     int
	remaining int
	flying    int
	refill    *time.Timer // nil while it is full
	changed   chan struct{}
	shared    *bucket // what it turned out to be; those who wait go there
}

// take waits for a turn, and says in which bucket it was given.
func (b *bucket) take(ctx context.Context) (*bucket, error) {
	for {
		b.mu.Lock()
		if shared := b.shared; shared != nil {
			b.mu.Unlock()
			b = shared
			continue
		}
		if b.known && b.remaining > 0 || !b.known && b.flying == 0 && b.refill == nil {
			b.remaining--
			b.flying++
			b.mu.Unlock()
			return b, nil
		}
		changed := b.changed
		b.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// last is the bucket that b turned out to be.
func (b *bucket) last() *bucket {
	for b != nil {
		b.mu.Lock()
		shared := b.shared
		b.mu.Unlock()
		if shared == nil {
			return b
		}
		b = shared
	}
	return nil
}

// become sends those who wait, and those who come, to another bucket.
func (b *bucket) become(shared *bucket) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.shared = shared
	b.wake()
}

func (b *bucket) giveBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying--
	b.remaining++
	b.wake()
}

func (b *bucket) wake() {
	close(b.changed)
	b.changed = make(chan struct{})
}

// done learns from an answer; nil is none.
func (b *bucket) done(resp *http.Response) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flying--
	defer b.wake()
	if resp == nil {
		return
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		if resp.Header.Get("X-RateLimit-Global") != "true" {
			b.remaining = 0
			b.fillAfter(retryAfter(resp.Header))
		}
		return
	}
	b.learn(resp.Header)
}

// join learns from the answer to a route that turned out to share the bucket.
func (b *bucket) join(h http.Header) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.learn(h)
	b.wake()
}

func (b *bucket) learn(h http.Header) {
	limit, err := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, err2 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, err3 := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if errors.Join(err, err2, err3) != nil || limit <= 0 {
		b.known = false // the route has no limit of its own that is told
		if b.refill == nil {
			b.limit, b.remaining, b.known = perSecond, perSecond, true
		}
		return
	}
	// Those under way are not in Discord's count yet. An answer may be overtaken
	// by a later one: until the bucket is filled, its count only falls.
	now := min(left-b.flying, limit)
	if b.known && b.refill != nil {
		now = min(now, b.remaining)
	}
	b.known, b.limit, b.remaining = true, limit, now
	if left < limit {
		b.fillAfter(seconds(after))
	}
}

// fillAfter fills the bucket after a time.
func (b *bucket) fillAfter(wait time.Duration) {
	if b.refill != nil {
		b.refill.Stop()
	}
	var t *time.Timer
	t = time.AfterFunc(max(wait, time.Millisecond), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.refill != t {
			return
		}
		b.refill = nil
		if b.known {
			b.remaining = b.limit - b.flying
		}
		b.wake()
	})
	b.refill = t
}

func (b *bucket) idle() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.flying == 0 && b.refill == nil
}

func seconds(s float64) time.Duration {
	return min(max(time.Duration(s*float64(time.Second)), 0), longestPause)
}

// retryAfter is how long an answer asks to wait, 0 if it does not say.
func retryAfter(h http.Header) time.Duration {
	for _, name := range []string{"Retry-After", "X-RateLimit-Reset-After"} {
		if s, err := strconv.ParseFloat(h.Get(name), 64); err == nil && s > 0 {
			return seconds(s)
		}
	}
	return 0
}

// routeOf parts a path into what its limit is for: the route, and the channel,
// guild or webhook that it is about. free is true for interactions, which stand
// outside the limits.
func routeOf(method, path string) (route, major string, free bool) {
	if i := strings.Index(path, "/api/v"); i >= 0 {
		path = path[i+len("/api/v"):]
		if j := strings.IndexByte(path, '/'); j >= 0 {
			path = path[j:]
		}
	}
	parts := strings.Split(strings.Trim(path, "/"), "/")
	switch parts[0] {
	case "interactions":
		return "", "", true
	case "webhooks":
		return "", "", len(parts) > 2
	}
	for i := 1; i < len(parts); i++ {
		if !isID(parts[i]) {
			continue
		}
		if i == 1 {
			major = parts[0] + "/" + parts[1]
		}
		parts[i] = "{}"
	}
	return method + " " + strings.Join(parts, "/"), major, false
}

func isID(s string) bool {
	if len(s) < 5 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
