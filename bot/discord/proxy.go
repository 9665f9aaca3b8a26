package discord

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"golang.org/x/net/proxy"
)

// dialThrough connects to an address, through the proxy that the environment
// names where it names one, as Go's HTTP client does for the API.
func dialThrough(ctx context.Context, address string, secure bool) (net.Conn, error) {
	to := &url.URL{Scheme: "http", Host: address}
	if secure {
		to.Scheme = "https"
	}
	via, err := http.ProxyFromEnvironment(&http.Request{URL: to})
	if err != nil {
		return nil, fmt.Errorf("discord: the proxy's address: %w", err)
	}
	return dialVia(ctx, via, address)
}

func dialVia(ctx context.Context, via *url.URL, address string) (net.Conn, error) {
	direct := &net.Dialer{}
	switch {
	case via == nil:
		return direct.DialContext(ctx, "tcp", address)
	case via.Scheme == "http":
		port := via.Port()
		if port == "" {
			port = "80"
		}
		conn, err := direct.DialContext(ctx, "tcp", net.JoinHostPort(via.Hostname(), port))
		if err != nil {
			return nil, err
		}
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		defer stop()
		if err := tunnel(conn, via, address); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		return conn, nil
	}
	d, err := proxy.FromURL(via, direct)
	if err != nil {
		return nil, fmt.Errorf("discord: the proxy %s://%s: %w", via.Scheme, via.Host, err)
	}
	if d, ok := d.(proxy.ContextDialer); ok {
		return d.DialContext(ctx, "tcp", address)
	}
	return d.Dial("tcp", address)
}

// tunnel asks a proxy to connect on (RFC 9110, section 9.3.6).
func tunnel(conn net.Conn, via *url.URL, address string) error {
	head := "CONNECT " + address + " HTTP/1.1\r\nHost: " + address + "\r\n"
	if via.User != nil {
		password, _ := via.User.Password()
		head += "Proxy-Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(via.User.Username()+":"+password)) + "\r\n"
	}
	if _, err := conn.Write([]byte(head + "\r\n")); err != nil {
		return err
	}
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, &http.Request{Method: http.MethodConnect}) //nolint:bodyclose // the connection goes on, or is closed as a whole
	if err != nil {
		return fmt.Errorf("discord: the proxy %s: %w", via.Host, err)
	}
	if resp.StatusCode != http.StatusOK || r.Buffered() > 0 {
		return fmt.Errorf("discord: the proxy %s answers %s", via.Host, resp.Status)
	}
	return nil
}
