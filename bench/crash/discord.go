package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"lectern/bot/discord/discordtest"
)

// A guild is a server on the Discord that the tests use, with a way to it that
// loses, delays and garbles what is posted. Discord's own rule about what is
// the same post holds there: an enforced nonce finds the message of the past
// few minutes.
type guild struct {
	srv  *discordtest.Server
	id   string
	way  *httputil.ReverseProxy
	http *http.Server
	at   string // where the bot finds it
	send *http.Client

	trouble
	rooms  []string
	people []string
}

func newGuild(seed uint64) (*guild, error) {
	// Each bot is a new session and knows nothing of the requests of the last
	// one: how limits are kept is measured elsewhere.
	srv, err := discordtest.New(discordtest.Options{Now: time.Now, Description: "-", NoLimits: true, IdentifyGap: -1, Identifies: 1 << 20})
	if err != nil {
		return nil, err
	}
	to, err := url.Parse(srv.URL())
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it ends with the program
	if err != nil {
		return nil, err
	}
	quiet := slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	g := &guild{
		srv: srv, id: srv.AddGuild("Readers"), at: "http://" + l.Addr().String(), send: &http.Client{Transport: http.DefaultTransport.(*http.Transport).Clone()},
		way:     &httputil.ReverseProxy{ErrorLog: quiet, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) }},
		trouble: newTrouble(seed),
	}
	g.http = &http.Server{Handler: g, ReadHeaderTimeout: 10 * time.Second, ErrorLog: quiet}
	go func() { _ = g.http.Serve(l) }() // until it is closed
	return g, nil
}

func (g *guild) close() {
	_ = g.http.Close()
	g.srv.Close()
}

func (g *guild) name() string { return "discord" }

func (g *guild) room(n int) string {
	id := g.srv.AddChannel(g.id, discordtest.Channel{Name: fmt.Sprint("reading-", n)})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.rooms = append(g.rooms, id)
	return id
}

func (g *guild) person(n int) string {
	id := g.srv.AddMember(g.id, g.srv.AddUser(fmt.Sprint("Ana", n)))
	g.mu.Lock()
	defer g.mu.Unlock()
	g.people = append(g.people, id)
	return id
}

func (g *guild) settings(string) []string {
	return []string{"LECTERN_DISCORD_API_URL=" + g.at, "LECTERN_DISCORD_TOKEN=" + g.srv.Token()}
}

// forget has the gateway refuse the next connection: what is posted does not
// need one.
func (g *guild) forget() {
	g.srv.FailGateway(discordtest.GatewayFault{At: discordtest.AtConnect, Kind: discordtest.RefuseUpgrade})
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts["connections refused"]++
}

func (g *guild) posts() (out []post) {
	g.mu.Lock()
	rooms, people := slices.Clone(g.rooms), slices.Clone(g.people)
	g.mu.Unlock()
	for i, p := range people {
		for _, in := range []string{rooms[i], g.srv.DM(p)} {
			for _, m := range g.srv.Messages(in, p) {
				if m.Author == g.srv.Bot() {
					out = append(out, post{in, m.Nonce, m.Text()})
				}
			}
		}
	}
	return out
}

// wrong says what the server would have refused as malformed.
func (g *guild) wrong() (out []string) {
	for _, r := range g.srv.TakeRefusals() {
		out = append(out, r.String())
	}
	return out
}

// ServeHTTP leads the bot's requests to the server.
func (g *guild) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.hears()
	posts := r.Method == http.MethodPost && strings.Contains(r.URL.Path, "/channels/") && strings.HasSuffix(r.URL.Path, "/messages")
	if r.Method == http.MethodGet && strings.HasSuffix(r.URL.Path, "/messages") {
		g.counts["looks into rooms"]++
	}
	g.mu.Unlock()
	if !posts {
		g.way.ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 32<<20))
	if err != nil {
		drop()
	}
	g.post(w, r, body)
}

// post takes a message, or does not.
func (g *guild) post(w http.ResponseWriter, r *http.Request, body []byte) {
	how, wait := g.sends()
	key := path.Base(path.Dir(r.URL.Path)) + " " + nonceOf(body)
	g.diary.note(key, "heard: %s", how)
	if how == late {
		g.outlive()
		g.diary.note(key, "handed on late")
		g.forward(r, body).hand(w)
		return
	}
	g.spring(whenHeard)
	switch how {
	case dropped:
		drop()
	case failed:
		http.Error(w, `{"message":"500: Internal Server Error","code":0}`, http.StatusInternalServerError)
		return
	case limited:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = fmt.Fprintf(w, `{"message":"You are being rate limited.","retry_after":%.3f,"global":false}`, wait.Seconds()+.001) // whoever asked may be gone
		return
	case slow:
		time.Sleep(wait)
	}
	answer := g.forward(r, body)
	g.spring(whenStored)
	switch how {
	case lost:
		drop()
	case gateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = io.WriteString(w, "<html>Bad gateway</html>") // whoever asked may be gone
		return
	}
	answer.hand(w)
	g.spring(whenHandled)
}

// nonceOf is the nonce of a message, which is in a part of its own where there are files.
func nonceOf(body []byte) string {
	if m := nonce.FindSubmatch(body); m != nil {
		return string(m[1])
	}
	return ""
}

var nonce = regexp.MustCompile(`"nonce":"([^"]*)"`)

// forward hands a message on, whether who sent it is alive or not.
func (g *guild) forward(r *http.Request, body []byte) reply {
	out, err := http.NewRequestWithContext(context.WithoutCancel(r.Context()), r.Method, g.srv.URL()+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		drop()
	}
	out.Header = r.Header.Clone()
	resp, err := g.send.Do(out)
	if err != nil {
		drop()
	}
	text, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close() // it was read
	if err != nil {
		drop()
	}
	return reply{resp.StatusCode, resp.Header, text}
}

// A reply is what the server answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// hand gives it to whoever waits for it.
func (a reply) hand(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // whoever asked may be gone
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}
