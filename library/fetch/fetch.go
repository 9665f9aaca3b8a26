// Package fetch takes one file from a web address, of hosts that the operator
// has named alone.
//
// Whoever may add a book could otherwise have the bot ask machines that only it
// can reach: a router, a database, a cloud's page of credentials. So the list of
// hosts is held at every redirect, and each connection is held to public
// addresses at the moment when it is made, of the very address that it goes to:
// a name that is looked up a second time, and then leads elsewhere, gains nothing.
package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"lectern/library"
)

// What fetching may take at most, unless a Fetcher says otherwise.
const (
	Redirects = 5
	Within    = 30 * time.Second
)

// A Fetcher takes files from the web. The zero Fetcher takes none.
type Fetcher struct {
	// Hosts are those that are asked: "example.org" for one by that very name,
	// "*.example.org" for all whose names end so, with ":8443" behind it for a
	// port other than 443.
	Hosts []string
	// MaxBytes is the largest file.
	MaxBytes int64
	// Within is how long it may take in all, the redirects too; 0 is Within.
	Within time.Duration

	dialer    net.Dialer      // its resolver, in tests
	transport *http.Transport // in tests: whom it trusts
	public    func(netip.Addr) bool
}

// errPrivate is for an address that is not out on the internet.
var errPrivate = errors.New("not a public address")

// IsAddress reports whether a text is a web address rather than a file's name.
func IsAddress(s string) bool {
	s = strings.ToLower(s)
	return strings.HasPrefix(s, "https://") || strings.HasPrefix(s, "http://")
}

// Get takes the file at an address, and returns the address that it was found at
// in the end. Text in another encoding than UTF-8, which only the server names,
// comes back in UTF-8. Errors that a person can mend are *library.Error: syntax
// (address_bad), forbidden (address_off, address_host and address_private, Args
// Host), too_large (file_too_large, address_slow, address_redirects, Args Max),
// not_found (address_status, Args Status) and bad_file (address_failed, Args
// Host).
func (f *Fetcher) Get(ctx context.Context, address string) (at string, data []byte, err error) {
	u, err := f.check(address)
	if err != nil {
		return "", nil, err
	}
	within := f.Within
	if within <= 0 {
		within = Within
	}
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSlow)
	defer cancel()
	client := &http.Client{Transport: f.roundTripper(), CheckRedirect: func(r *http.Request, via []*http.Request) error {
		if len(via) > Redirects {
			return &library.Error{Code: library.TooLarge, Reason: "address_redirects", Args: map[string]any{"Max": Redirects}}
		}
		r.Header.Del("Referer")
		_, err := f.check(r.URL.String())
		return err
	}}
	defer client.CloseIdleConnections()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return "", nil, bad(address)
	}
	r.Header.Set("User-Agent", "Lectern (a reading group's bot)")
	r.Header.Set("Accept", "text/html, application/xhtml+xml, application/epub+zip, application/pdf, text/*;q=0.9, */*;q=0.5")
	res, err := client.Do(r)
	if err != nil {
		return "", nil, f.explain(ctx, u, within, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "", nil, &library.Error{Code: library.NotFound, Reason: "address_status", Args: map[string]any{"Host": res.Request.URL.Host, "Status": res.StatusCode}}
	}
	tooLarge := &library.Error{Code: library.TooLarge, Reason: "file_too_large", Args: map[string]any{"File": fileName(res), "Max": int(max(f.MaxBytes/1e6, 1))}}
	if res.ContentLength > f.MaxBytes {
		return "", nil, tooLarge
	}
	// What was packed for the way counts as what it is unpacked.
	data, err = io.ReadAll(io.LimitReader(res.Body, f.MaxBytes+1))
	if err == nil {
		err = ctx.Err() // what is cut off as the time runs out can look like an end
	}
	if err != nil {
		return "", nil, f.explain(ctx, res.Request.URL, within, err)
	}
	if int64(len(data)) > f.MaxBytes {
		return "", nil, tooLarge
	}
	final := *res.Request.URL
	final.Fragment = ""
	return final.String(), inUTF8(data, res.Header.Get("Content-Type")), nil
}

var errSlow = errors.New("took too long")

func bad(address string) error {
	return &library.Error{Code: library.Syntax, Reason: "address_bad", Args: map[string]any{"Address": address}}
}

// check reads an address, and reports whether its host may be asked.
func (f *Fetcher) check(address string) (*url.URL, error) {
	if len(f.Hosts) == 0 {
		return nil, &library.Error{Code: library.Forbidden, Reason: "address_off"}
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.User != nil || u.Opaque != "" || len(address) > 2000 {
		return nil, bad(address)
	}
	if !strings.EqualFold(u.Scheme, "https") {
		return nil, bad(address)
	}
	port := u.Port()
	if port == "" {
		port = "443"
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	for _, h := range f.Hosts {
		if allows(strings.ToLower(h), host, port) {
			return u, nil
		}
	}
	return nil, &library.Error{Code: library.Forbidden, Reason: "address_host", Args: map[string]any{"Host": u.Host, "Hosts": strings.Join(f.Hosts, ", ")}}
}

// allows reports whether an entry of the list is meant for a host and a port.
func allows(entry, host, port string) bool {
	name, want, ok := strings.Cut(entry, ":")
	if !ok {
		want = "443"
	}
	if want != port {
		return false
	}
	if below, ok := strings.CutPrefix(name, "*."); ok {
		return strings.HasSuffix(host, "."+below)
	}
	return name == host
}

// roundTripper makes connections to public addresses alone. There is no proxy:
// it would look names up where we do not see what comes of it.
func (f *Fetcher) roundTripper() *http.Transport {
	d := f.dialer
	d.Timeout = 10 * time.Second
	public := f.public
	if public == nil {
		public = Public
	}
	// The system calls this with the address that it is about to connect to,
	// after every look-up.
	d.Control = func(network, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil || network != "tcp4" && network != "tcp6" || !public(to.Addr()) {
			return errPrivate
		}
		return nil
	}
	t := &http.Transport{}
	if f.transport != nil {
		t = f.transport.Clone()
	}
	t.Proxy, t.DialContext, t.DialTLSContext = nil, d.DialContext, nil
	t.DisableKeepAlives, t.ForceAttemptHTTP2 = true, true
	t.TLSHandshakeTimeout, t.ResponseHeaderTimeout = 10*time.Second, 20*time.Second
	t.MaxResponseHeaderBytes = 64 << 10
	return t
}

// notPublic are the networks that are no part of the internet, or lead through
// it to such a one (RFC 6890 and the registries of IANA that it founded).
var notPublic = func() (out []netip.Prefix) {
	for _, s := range [...]string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
		"192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	} {
		out = append(out, netip.MustParsePrefix(s))
	}
	for _, s := range [...]string{"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}()

// global is what of IPv6 is given out to the internet.
var global = netip.MustParsePrefix("2000::/3")

// Public reports whether an address is one of the internet at large: no loopback,
// private, link-local or shared one, and none that carries another within it.
func Public(a netip.Addr) bool {
	a = a.Unmap()
	if !a.IsValid() || a.Zone() != "" || a.Is6() && !global.Contains(a) {
		return false
	}
	for _, p := range notPublic {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

// explain is what went wrong, for a person.
func (f *Fetcher) explain(ctx context.Context, u *url.URL, within time.Duration, err error) error {
	if le, ok := errors.AsType[*library.Error](err); ok {
		return le
	}
	// After a redirect it is another host that did not answer.
	if at, ok := errors.AsType[*url.Error](err); ok {
		if to, err := url.Parse(at.URL); err == nil && to.Host != "" {
			u = to
		}
	}
	switch {
	case errors.Is(err, errPrivate):
		return &library.Error{Code: library.Forbidden, Reason: "address_private", Args: map[string]any{"Host": u.Host}}
	case errors.Is(context.Cause(ctx), errSlow):
		return &library.Error{Code: library.TooLarge, Reason: "address_slow", Args: map[string]any{"Host": u.Host, "Max": int(max(within/time.Second, 1))}}
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return errors.Join(&library.Error{Code: library.BadFile, Reason: "address_failed", Args: map[string]any{"Host": u.Host}}, fmt.Errorf("fetch: %w", err))
}

// fileName is what a file that was fetched is called: the last part of its
// address, or its host.
func fileName(res *http.Response) string { return Name(res.Request.URL.String()) }

// Name is what a file at an address is called.
func Name(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	if base := path.Base(u.Path); base != "." && base != "/" {
		return base
	}
	return u.Hostname()
}

// inUTF8 is a text in UTF-8, if only the server's answer names its encoding, and
// the text is not in UTF-8 against what the server says.
func inUTF8(data []byte, contentType string) []byte {
	kind, params, err := mime.ParseMediaType(contentType)
	if err != nil || !strings.HasPrefix(kind, "text/") || params["charset"] == "" || utf8.Valid(data) {
		return data
	}
	e, name := charset.Lookup(params["charset"])
	if e == nil || name == "utf-8" {
		return data
	}
	out, err := e.NewDecoder().Bytes(data)
	if err != nil || !bytes.ContainsFunc(out, func(r rune) bool { return r != utf8.RuneError }) {
		return data
	}
	return append([]byte("\xef\xbb\xbf"), out...)
}
