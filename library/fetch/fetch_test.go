package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"lectern/library"
)

// A names server answers each question for a name with the next of its answers,
// and goes on with the last.
type names struct {
	mu   sync.Mutex
	says map[string][]string
}

func (n *names) next(name string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := n.says[strings.TrimSuffix(name, ".")]
	if len(all) == 0 {
		return ""
	}
	if len(all) > 1 {
		n.says[strings.TrimSuffix(name, ".")] = all[1:]
	}
	return all[0]
}

// resolver asks a server of names that the test runs.
func (n *names) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		buf := make([]byte, 1500)
		for {
			k, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:k]) != nil || len(m.Questions) != 1 {
				continue
			}
			q := m.Questions[0]
			m.Response, m.Authoritative, m.Additionals = true, true, nil
			if q.Type == dnsmessage.TypeA { // a question for AAAA takes no answer away
				if a := n.next(q.Name.String()); a != "" {
					m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, TTL: 0}, Body: &dnsmessage.AResource{A: netip.MustParseAddr(a).As4()}}}
				}
			}
			if out, err := m.Pack(); err == nil {
				_, _ = conn.WriteTo(out, from) // the asker tries again
			}
		}
	})
	t.Cleanup(func() { _ = conn.Close(); done.Wait() })
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

// A site answers on 127.0.0.1, which the tests take for a public address, and on
// 127.0.0.2, which they take for a private one, at the same port.
type site struct {
	*httptest.Server
	port    string
	private atomic.Int32 // connections to the private address
}

func newSite(t *testing.T, h http.Handler) *site {
	t.Helper()
	s := &site{Server: httptest.NewTLSServer(h)}
	t.Cleanup(s.Close)
	_, s.port, _ = net.SplitHostPort(s.Listener.Addr().String())
	l, err := net.Listen("tcp4", "127.0.0.2:"+s.port)
	if err != nil {
		t.Skipf("this system has no second address of its own to listen at: %v", err)
	}
	var done sync.WaitGroup
	done.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.private.Add(1)
			_ = c.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); done.Wait() })
	return s
}

func (s *site) fetcher(t *testing.T, says map[string][]string) *Fetcher {
	f := &Fetcher{Hosts: []string{"example.com:" + s.port}, MaxBytes: 1 << 20, Within: 20 * time.Second,
		transport: s.Client().Transport.(*http.Transport),
		public:    func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }}
	n := names{says: says}
	f.dialer.Resolver = n.resolver(t)
	return f
}

func (s *site) at(path string) string { return "https://example.com:" + s.port + path }

func reason(err error) string {
	if le, ok := errors.AsType[*library.Error](err); ok {
		return le.Reason
	}
	return fmt.Sprint(err)
}

func TestGet(t *testing.T) {
	held := make(chan struct{})
	var asked atomic.Int32
	mux := http.NewServeMux()
	mux.HandleFunc("/books/lamps.txt", func(w http.ResponseWriter, r *http.Request) {
		if r.Referer() != "" {
			t.Errorf("it says where it came from: %s", r.Referer())
		}
		_, _ = io.WriteString(w, "Of lamps and oil.\n")
	})
	mux.HandleFunc("/koi8", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=koi8-r")
		_, _ = w.Write([]byte{0xec, 0xc1, 0xcd, 0xd0, 0xd9})
	})
	mux.HandleFunc("/wrong", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=iso-8859-1")
		_, _ = io.WriteString(w, "Öl")
	})
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/books/lamps.txt", http.StatusFound)
	})
	mux.HandleFunc("/round", func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		http.Redirect(w, r, "/round", http.StatusFound)
	})
	for name, to := range map[string]string{"other": "https://other.example/x", "inside": "https://127.0.0.2/x", "plain": "http://example.com/x", "file": "file:///etc/passwd", "user": "https://u:p@example.com/x", "port": "https://example.com:22/x"} {
		mux.HandleFunc("/to-"+name, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", to)
			w.WriteHeader(http.StatusMovedPermanently)
		})
	}
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "2000000000")
		_, _ = io.WriteString(w, "a")
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		piece := []byte(strings.Repeat("a", 1<<16))
		for r.Context().Err() == nil {
			if _, err := w.Write(piece); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		select {
		case <-held:
		case <-r.Context().Done():
		}
	})
	s := newSite(t, mux)
	t.Cleanup(func() { close(held) })
	f := s.fetcher(t, map[string][]string{"example.com": {"127.0.0.1"}})
	for _, c := range []struct{ path, text, want string }{
		{"/books/lamps.txt", "Of lamps and oil.\n", ""},
		{"/moved", "Of lamps and oil.\n", ""},
		{"/koi8", "\ufeffЛампы", ""},
		{"/wrong", "Öl", ""},
		{"/missing", "", "address_status"},
		{"/round", "", "address_redirects"},
		{"/to-other", "", "address_host"},
		{"/to-inside", "", "address_host"},
		{"/to-port", "", "address_host"},
		{"/to-plain", "", "address_bad"},
		{"/to-file", "", "address_bad"},
		{"/to-user", "", "address_bad"},
		{"/large", "", "file_too_large"},
		{"/endless", "", "file_too_large"},
	} {
		at, data, err := f.Get(t.Context(), s.at(c.path))
		if got := reason(err); err != nil && got != c.want || err == nil && (c.want != "" || string(data) != c.text) {
			t.Errorf("%s: %q %q, want %q %q", c.path, data, got, c.text, c.want)
		}
		if c.path == "/moved" && at != s.at("/books/lamps.txt") {
			t.Errorf("it was found at %s", at)
		}
	}
	if n := asked.Load(); n != Redirects+1 {
		t.Errorf("it was led in a circle %d times", n)
	}
	short := *f
	short.Within = 300 * time.Millisecond
	if _, _, err := short.Get(t.Context(), s.at("/slow")); reason(err) != "address_slow" {
		t.Errorf("an answer that never ends: %v", err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, _, err := f.Get(stopped, s.at("/slow")); !errors.Is(err, context.Canceled) {
		t.Errorf("told to stop: %v", err)
	}
	if n := s.private.Load(); n > 0 {
		t.Errorf("%d connections to a private address", n)
	}
}

// A name that is looked up again, and then leads to a private address, gains
// nothing; neither does one that leads there at once.
func TestNamesThatLeadInside(t *testing.T) {
	s := newSite(t, http.RedirectHandler("/again", http.StatusFound))
	for name, says := range map[string][]string{
		"at once": {"127.0.0.2"}, "at the second look-up": {"127.0.0.1", "127.0.0.2"}, "at the third": {"127.0.0.1", "127.0.0.1", "127.0.0.2"},
	} {
		f := s.fetcher(t, map[string][]string{"example.com": says})
		if _, _, err := f.Get(t.Context(), s.at("/")); reason(err) != "address_private" {
			t.Errorf("%s: %v", name, err)
		}
	}
	// With the rule as it is, neither of both is public.
	f := s.fetcher(t, map[string][]string{"example.com": {"127.0.0.1"}})
	f.public = nil
	if _, _, err := f.Get(t.Context(), s.at("/")); reason(err) != "address_private" {
		t.Errorf("a loopback address: %v", err)
	}
	f.Hosts = append(f.Hosts, "127.0.0.2:"+s.port)
	if _, _, err := f.Get(t.Context(), "https://127.0.0.2:"+s.port+"/"); reason(err) != "address_private" {
		t.Errorf("a loopback address by number: %v", err)
	}
	// A proxy of the environment would look names up itself.
	t.Setenv("HTTPS_PROXY", "https://127.0.0.2:"+s.port)
	if _, _, err := f.Get(t.Context(), s.at("/")); reason(err) != "address_private" {
		t.Errorf("with a proxy: %v", err)
	}
	if n := s.private.Load(); n > 0 {
		t.Errorf("%d connections to a private address", n)
	}
}

// What is refused after a redirect is told by its own name.
func TestRefusedRedirect(t *testing.T) {
	s := newSite(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://"+r.URL.Query().Get("to"), http.StatusFound)
	}))
	f := s.fetcher(t, map[string][]string{"example.com": {"127.0.0.1"}, "other.example.com": {"127.0.0.2"}})
	other := "other.example.com:" + s.port
	f.Hosts = append(f.Hosts, other)
	for to, want := range map[string]string{other: "address_private", "elsewhere.example.net": "address_host"} {
		_, _, err := f.Get(t.Context(), s.at("/?to="+to))
		if le, ok := errors.AsType[*library.Error](err); !ok || le.Reason != want || le.Args["Host"] != to {
			t.Errorf("to %s: %v", to, err)
		}
	}
}

func TestPublic(t *testing.T) {
	for _, a := range []string{"1.1.1.1", "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:8.8.8.8"} {
		if !Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is public", a)
		}
	}
	for _, a := range []string{
		"0.0.0.0", "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "192.0.0.1", "198.18.0.1", "224.0.0.1", "255.255.255.255",
		"::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2001:0:7f00:1::", "2001:db8::1", "100::1",
	} {
		if Public(netip.MustParseAddr(a)) {
			t.Errorf("%s is not public", a)
		}
	}
	if Public(netip.Addr{}) {
		t.Error("no address is public")
	}
}

func TestHosts(t *testing.T) {
	f := Fetcher{Hosts: []string{"example.org", "*.example.net", "files.example.com:8443", "1.1.1.1"}}
	for address, want := range map[string]string{
		"https://example.org/a":          "",
		"HTTPS://EXAMPLE.org:443/a":      "",
		"https://example.org./a":         "",
		"https://www.example.net/a":      "",
		"https://files.example.com:8443": "",
		"https://1.1.1.1/":               "",
		"https://example.net/a":          "address_host",
		"https://badexample.net/a":       "address_host",
		"https://www.example.org/a":      "address_host",
		"https://example.org.evil.test/": "address_host",
		"https://example.org:444/a":      "address_host",
		"https://files.example.com/":     "address_host",
		"https://localhost/":             "address_host",
		"https://[::1]/":                 "address_host",
		"https://2130706433/":            "address_host",
		"http://example.org/a":           "address_bad",
		"https://example.org@evil.test/": "address_bad",
		"https://evil@example.org/":      "address_bad",
		"https:///a":                     "address_bad",
		"https:example.org":              "address_bad",
		"//example.org/a":                "address_bad",
		"gopher://example.org/":          "address_bad",
		"https://exa mple.org/":          "address_bad",
		"":                               "address_bad",
	} {
		_, err := f.check(address)
		if err == nil && want != "" || err != nil && reason(err) != want {
			t.Errorf("%s: %v, want %q", address, err, want)
		}
	}
	if _, _, err := new(Fetcher).Get(t.Context(), "https://example.org/a"); reason(err) != "address_off" {
		t.Errorf("without hosts: %v", err)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"https://example.org/a", "https://example.org@evil.test", "https://example.org:443", "https://EXAMPLE.ORG.", "https://example.org\\@evil.test/", "https://evil.test#@example.org"} {
		f.Add(s)
	}
	one := Fetcher{Hosts: []string{"example.org"}}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := one.check(s)
		if err != nil {
			return
		}
		if h := strings.ToLower(u.Hostname()); h != "example.org" && h != "example.org." || u.Scheme != "https" || u.Port() != "" && u.Port() != "443" || u.User != nil {
			t.Errorf("%q is let through to %s", s, u)
		}
		r, err := http.NewRequest(http.MethodGet, u.String(), nil)
		if err == nil && strings.TrimSuffix(strings.ToLower(r.URL.Hostname()), ".") != "example.org" {
			t.Errorf("%q is asked of %s", s, r.URL.Host)
		}
	})
}
