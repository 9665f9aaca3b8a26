package discord

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"lectern/bot"
)

// A wire answers requests as a test says.
type wire func(r *http.Request) *http.Response

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	if resp := w(r); resp != nil {
		return resp, nil
	}
	return nil, errors.New("the connection is lost")
}

func answered(status int, kind, body string, header ...string) *http.Response {
	rec := httptest.NewRecorder()
	rec.Header().Set("Content-Type", kind)
	for i := 0; i < len(header); i += 2 {
		rec.Header().Set(header[i], header[i+1])
	}
	rec.WriteHeader(status)
	_, _ = rec.WriteString(body)
	return rec.Result()
}

// through is an API whose requests go through a gate to a wire.
func through(w wire) *api {
	g := newGate(w, time.Now)
	to := &url.URL{Scheme: "http", Host: "discord.test"}
	return &api{token: "t", gate: g, client: &http.Client{Transport: &road{next: g, to: to}}}
}

const jsonType = "application/json"

// However many ask at once, no second has more requests than Discord takes.
func TestGateKeepsTheLimitOfAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Time
		a := through(func(*http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			at = append(at, time.Now())
			return answered(200, jsonType, `{}`)
		})
		var all sync.WaitGroup
		for i := range 300 {
			all.Go(func() {
				path := fmt.Sprintf("/channels/%d/messages", 100000+i)
				if err := a.do(t.Context(), http.MethodGet, path, nil, nil, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		for i := range at {
			n := 0
			for _, x := range at {
				if d := x.Sub(at[i]); d >= 0 && d < time.Second {
					n++
				}
			}
			if n > 50 {
				t.Fatalf("%d requests in a second", n)
			}
		}
		if d := at[len(at)-1].Sub(at[0]); d > 10*time.Second {
			t.Errorf("300 requests took %v", d)
		}
		time.Sleep(2 * time.Second) // the slots are given back
	})
}

// A route waits when its bucket is empty, another channel's does not, and an
// interaction never.
func TestGateKeepsTheLimitsOfRoutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		left := map[string]int{}
		fresh := map[string]time.Time{}
		refused := 0
		var mu sync.Mutex
		a := through(func(r *http.Request) *http.Response {
			mu.Lock()
			defer mu.Unlock()
			_, major, free := routeOf(r.Method, r.URL.Path)
			if free {
				return answered(204, jsonType, "")
			}
			if !time.Now().Before(fresh[major]) {
				left[major], fresh[major] = 5, time.Now().Add(2*time.Second)
			}
			after := fmt.Sprintf("%.3f", time.Until(fresh[major]).Seconds())
			if left[major] == 0 {
				refused++
				return answered(429, jsonType, `{"message":"wait","retry_after":`+after+`,"global":false}`, "Retry-After", after)
			}
			left[major]--
			return answered(200, jsonType, `{}`, "X-RateLimit-Limit", "5", "X-RateLimit-Remaining", fmt.Sprint(left[major]), "X-RateLimit-Reset-After", after, "X-RateLimit-Bucket", "abc")
		})
		began := time.Now()
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				if err := a.do(t.Context(), http.MethodPost, fmt.Sprintf("/channels/1111%d/messages", i%2), nil, nil, nil); err != nil {
					t.Error(err)
				}
			})
		}
		all.Go(func() {
			if err := a.do(t.Context(), http.MethodPost, "/interactions/111111/token/callback", nil, nil, nil); err != nil {
				t.Error(err)
			}
			if d := time.Since(began); d > 100*time.Millisecond {
				t.Errorf("an interaction waited %v", d)
			}
		})
		all.Wait()
		if d := time.Since(began); d < 2*time.Second || d > 5*time.Second {
			t.Errorf("ten requests each to two channels took %v", d)
		}
		if refused > 0 {
			t.Errorf("%d requests were refused", refused)
		}
		time.Sleep(5 * time.Second)
		if n := len(a.gate.buckets); n > 2 {
			t.Errorf("%d buckets are kept", n)
		}
	})
}

// A wait ends with the context of who waits, and a pause holds for all.
func TestGateObeysPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var n atomic.Int64
		a := through(func(r *http.Request) *http.Response {
			if n.Add(1) == 1 {
				return answered(429, jsonType, `{"message":"wait","retry_after":3,"global":true}`, "Retry-After", "3", "X-RateLimit-Global", "true")
			}
			return answered(200, jsonType, `{}`)
		})
		err := a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
		if ae, ok := errors.AsType[*apiError](err); !ok || ae.after != 3*time.Second || !ae.global {
			t.Fatal(err)
		}
		began := time.Now()
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := a.do(short, http.MethodGet, "/channels/22222", nil, nil, nil); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if err := a.do(t.Context(), http.MethodGet, "/channels/22222", nil, nil, nil); err != nil || time.Since(began) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		if n.Load() != 2 {
			t.Errorf("%d requests were sent", n.Load())
		}
		time.Sleep(time.Minute)
	})
}

// The limit of all requests is not one for interactions; a refusal of the edge
// is one for everything.
func TestGateLetsInteractionsThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const callback = "/interactions/11111/token/callback"
		kind, header := jsonType, []string{"Retry-After", "3", "X-RateLimit-Global", "true"}
		a := through(func(r *http.Request) *http.Response {
			if strings.Contains(r.URL.Path, "/channels/") {
				return answered(429, kind, `{"message":"wait","retry_after":3,"global":true}`, header...)
			}
			return answered(204, jsonType, "")
		})
		for _, wait := range []time.Duration{0, 4 * time.Second} {
			_ = a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
			began := time.Now()
			if err := a.do(t.Context(), http.MethodPost, callback, map[string]int{"type": 5}, nil, nil); err != nil || time.Since(began) != wait {
				t.Errorf("%v after %v, want %v", err, time.Since(began), wait)
			}
			time.Sleep(time.Minute)
			kind, header = "text/html", []string{"Retry-After", "4"}
		}
	})
}

// What the edge says in HTML is understood, and long waits are the caller's.
func TestGateUnderstandsPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		status, header := 429, []string{"Retry-After", "120"}
		a := through(func(*http.Request) *http.Response {
			return answered(status, "text/html; charset=UTF-8", "<!doctype html><html>Error 1015</html>", header...)
		})
		err := a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
		if pe, ok := errors.AsType[*bot.PostError](sendError(err, "")); !ok || pe.Outcome != bot.Retry || pe.After != 2*time.Minute || pe.Scope != bot.EveryPlace {
			t.Errorf("%v", err)
		}
		err = a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
		if we, ok := errors.AsType[*waitError](err); !ok || we.after != 2*time.Minute {
			t.Errorf("%v", err)
		}
		time.Sleep(3 * time.Minute)
		status, header = 502, nil
		err = a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
		if pe, ok := errors.AsType[*bot.PostError](sendError(err, "")); !ok || pe.Outcome != bot.Unknown {
			t.Errorf("%v", err)
		}
		status = 200
		err = a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil)
		if pe, ok := errors.AsType[*bot.PostError](sendError(err, "")); !ok || pe.Outcome != bot.Unknown {
			t.Errorf("%v", err)
		}
		time.Sleep(3 * time.Minute)
	})
}

// The bot falls silent long before so many refusals that its address is banned,
// and speaks again when they are old.
func TestGateStopsBeforeABan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		status := 403
		a := through(func(*http.Request) *http.Response {
			sent++
			return answered(status, jsonType, `{"message":"Missing Access","code":50001}`)
		})
		for i := range 4 * maxInvalid {
			_ = a.do(t.Context(), http.MethodGet, fmt.Sprintf("/channels/%d", 10000+i%1000), nil, nil, nil)
			time.Sleep(50 * time.Millisecond)
		}
		if sent > maxInvalid {
			t.Errorf("%d requests were sent, and all refused", sent)
		}
		time.Sleep(11 * time.Minute)
		status = 200
		if err := a.do(t.Context(), http.MethodGet, "/channels/11111", nil, nil, nil); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
	})
}

// A token that Discord refuses is not tried over and over.
func TestGatePausesWithABadToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sent := 0
		a := through(func(*http.Request) *http.Response {
			sent++
			return answered(401, jsonType, `{"message":"401: Unauthorized","code":0}`)
		})
		for range 100 {
			_ = a.do(t.Context(), http.MethodGet, "/users/@me", nil, nil, nil)
		}
		if sent != 1 {
			t.Errorf("%d requests were sent", sent)
		}
		time.Sleep(2 * time.Minute)
	})
}

func TestRouteOf(t *testing.T) {
	for _, x := range []struct {
		path, route, major string
		free               bool
	}{
		{"/api/v10/channels/123456/messages/987654", "GET channels/{}/messages/{}", "channels/123456", false},
		{"/api/v10/guilds/123456/members/987654", "GET guilds/{}/members/{}", "guilds/123456", false},
		{"/channels/123456", "GET channels/{}", "channels/123456", false},
		{"/api/v10/users/@me/channels", "GET users/@me/channels", "", false},
		{"/api/v10/applications/123456/commands", "GET applications/{}/commands", "applications/123456", false},
		{"/api/v10/interactions/123456/abc/callback", "", "", true},
		{"/api/v10/webhooks/123456/abc/messages/@original", "", "", true},
	} {
		if route, major, free := routeOf("GET", x.path); route != x.route || major != x.major || free != x.free {
			t.Errorf("%s: %q %q %t", x.path, route, major, free)
		}
	}
}
