package discordtest

import (
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// limits are the rate limits: a window for each bucket, and one for all.
type limits struct {
	windows map[string]*window
	global  window
	bad     []time.Time // answers of 401, 403 and 429
	banned  bool
}

// A window takes so many requests until it ends.
type window struct {
	used int
	ends time.Time
}

func newLimits() limits { return limits{windows: map[string]*window{}} }

// badFor is how long an invalid request counts.
const badFor = 10 * time.Minute

// invalid counts an answer of 401, 403 or 429.
func (l *limits) invalid(now time.Time, ban int) {
	l.bad = append(l.bad, now)
	if l.invalidSince(now) >= ban {
		l.banned = true
	}
}

func (l *limits) invalidSince(now time.Time) int {
	for len(l.bad) > 0 && now.Sub(l.bad[0]) >= badFor {
		l.bad = l.bad[1:]
	}
	return len(l.bad)
}

// major are the parameters of a path that have buckets of their own.
var major = []string{"channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id"}

// take counts a request. It returns the headers of its bucket, or the answer
// that says to wait.
func (l *limits) take(s *Server, c *call) (http.Header, *answer) {
	if s.opts.NoLimits {
		return http.Header{}, nil
	}
	now := s.time()
	if !c.route.open {
		if !now.Before(l.global.ends) {
			l.global = window{ends: now.Add(time.Second)}
		}
		if l.global.used++; l.global.used > s.opts.Global {
			return nil, limited(l.global.ends.Sub(now), true, "global", nil)
		}
	}
	if c.route.limit == 0 {
		return http.Header{}, nil
	}
	// Interaction callbacks have no bucket that one could meet twice.
	hash := bucketHash(c.route)
	var key strings.Builder
	key.WriteString(hash)
	for _, m := range major {
		if v := c.vars[m]; v != "" {
			key.WriteString(":" + v)
		}
	}
	w := l.windows[key.String()]
	if w == nil || !now.Before(w.ends) {
		l.prune(now)
		w = &window{ends: now.Add(c.route.per)}
		l.windows[key.String()] = w
	}
	w.used++
	h := http.Header{
		"X-Ratelimit-Limit":       {strconv.Itoa(c.route.limit)},
		"X-Ratelimit-Remaining":   {strconv.Itoa(max(c.route.limit-w.used, 0))},
		"X-Ratelimit-Reset":       {seconds(time.Duration(w.ends.UnixNano()))},
		"X-Ratelimit-Reset-After": {seconds(w.ends.Sub(now))},
		"X-Ratelimit-Bucket":      {hash},
	}
	if w.used > c.route.limit {
		return nil, limited(w.ends.Sub(now), false, "user", h)
	}
	return h, nil
}

// prune forgets windows that have ended, once there are many.
func (l *limits) prune(now time.Time) {
	if len(l.windows) < 4096 {
		return
	}
	for k, w := range l.windows {
		if !now.Before(w.ends) {
			delete(l.windows, k)
		}
	}
}

// bucketHash names a route's bucket, the same for each major parameter.
func bucketHash(r *route) string {
	sum := sha256.Sum256([]byte(r.name()))
	return hex.EncodeToString(sum[:16])
}

func seconds(d time.Duration) string {
	return strconv.FormatFloat(math.Ceil(d.Seconds()*1000)/1000, 'f', 3, 64)
}

// limited is Discord's answer to one request too many.
func limited(after time.Duration, global bool, scope string, h http.Header) *answer {
	if h == nil {
		h = http.Header{}
	}
	wait, _ := strconv.ParseFloat(seconds(after), 64) // it was made a line above
	h.Set("Retry-After", strconv.Itoa(int(math.Ceil(after.Seconds()))))
	h.Set("X-RateLimit-Scope", scope)
	if global {
		h.Set("X-RateLimit-Global", "true")
	}
	h.Set("Via", "1.1 google")
	return &answer{status: http.StatusTooManyRequests, header: h, body: object{
		"message": "You are being rate limited.", "retry_after": wait, "global": global,
	}}
}
