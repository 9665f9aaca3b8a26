package discord

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot/discord/discordtest"
)

// newWire is a line on which a gateway has said something.
func newWire(t *testing.T, said []byte) *line {
	t.Helper()
	here, there := net.Pipe()
	l, _ := newLine(t.Context())
	l.Conn, l.raw, l.r, l.upgraded = here, here, bufio.NewReader(here), true
	go func() {
		_, _ = there.Write(said) // the reader may have had enough
		_ = there.Close()
	}()
	t.Cleanup(func() { l.end(errHungUp) })
	return l
}

// parted is a message in several frames, with a ping between them.
func parted(message string) []byte {
	third := len(message) / 3
	out := frame(1, []byte(message[:third]))
	out[0] &^= 0x80
	out = append(out, frame(9, []byte("ping"))...)
	middle := frame(0, []byte(message[third:2*third]))
	middle[0] &^= 0x80
	return append(append(out, middle...), frame(0, []byte(message[2*third:]))...)
}

const hello = `{"op":10,"d":{"heartbeat_interval":45000}}`

// What the library reads is what the gateway said, without what would make it
// hang; and what ends a connection is known by its reason.
func TestLine(t *testing.T) {
	long := fmt.Sprintf(`{"op":0,"t":"X","s":1,"d":%q}`, strings.Repeat("a", 70000))
	event := `{"op":0,"t":"READY","s":1,"d":{}}`
	for _, x := range []struct {
		name string
		said []string
		want []string // that is passed on
		why  error    // nil: the connection broke
	}{
		{"all is well", []string{hello, event, `{"op":11}`, `{"op":1}`, long}, []string{hello, event, `{"op":11}`, `{"op":1}`, long}, nil},
		{"an early answer", []string{hello, `{"op":11}`, event}, []string{hello, event}, nil},
		{"asked before it is ready", []string{hello, `{"op":7}`, event}, []string{hello}, errReconnect},
		{"invalid before it is ready", []string{hello, `{"op":9,"d":false}`}, []string{hello}, errInvalid},
		{"interrupted", []string{hello, event, `{"op":9,"d":true}`, event}, []string{hello, event}, errInterrupt},
	} {
		t.Run(x.name, func(t *testing.T) {
			var said, want []byte
			for _, s := range x.said {
				said = append(said, frame(1, []byte(s))...)
			}
			for _, s := range x.want {
				want = append(want, frame(1, []byte(s))...)
			}
			l := newWire(t, said)
			got, err := io.ReadAll(l)
			if string(got) != string(want) {
				t.Errorf("it reads %q, want %q", got, want)
			}
			if x.why != nil && !errors.Is(err, x.why) {
				t.Errorf("it ended with %v", err)
			}
			if err == nil || l.ended() == nil {
				t.Error("it has not ended")
			}
		})
	}
	t.Run("in pieces", func(t *testing.T) {
		l := newWire(t, append(frame(1, []byte(hello)), parted(event)...))
		got, _ := io.ReadAll(l)
		want := string(frame(1, []byte(hello))) + string(frame(9, []byte("ping"))) + string(frame(1, []byte(event)))
		if string(got) != want {
			t.Errorf("it reads %q", got)
		}
	})
	t.Run("closed", func(t *testing.T) {
		l := newWire(t, frame(8, append([]byte{0x0f, 0xa4}, "no"...)))
		_, err := io.ReadAll(l)
		if c, ok := errors.AsType[*closeError](err); !ok || c.code != 4004 || c.reason != "no" {
			t.Errorf("it ended with %v", err)
		}
	})
	t.Run("what would end the session stays here", func(t *testing.T) {
		l := newWire(t, nil)
		// Nobody reads at the other end: a frame that got through would wait.
		if n, err := l.Write([]byte{closingFrame, 0x80, 0, 0, 0, 0}); n != 6 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
		l.end(errHungUp)
		if n, err := l.Write([]byte("a heartbeat")); n != 11 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// Whatever a gateway sends, reading ends.
func FuzzLine(f *testing.F) {
	f.Add(append(frame(1, []byte(hello)), parted(`{"op":0,"t":"X","s":1,"d":{}}`)...))
	f.Add(frame(8, []byte{0x0f, 0xa0}))
	f.Add([]byte{0x81, 127, 255, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, said []byte) {
		l := newWire(t, said)
		if _, err := io.ReadAll(l); err == nil {
			t.Error("it ended without a reason")
		}
	})
}

// The gateway is reached through a proxy, as the API is.
func TestDialVia(t *testing.T) {
	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-"})
	to, err := url.Parse(srv.URL())
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	asked := make(chan string, 1)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				req, err := http.ReadRequest(bufio.NewReader(conn))
				if err != nil {
					return
				}
				asked <- req.Method + " " + req.Host + " " + req.Header.Get("Proxy-Authorization")
				if req.Host != to.Host {
					_, _ = io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\n\r\n")
					return
				}
				on, err := net.Dial("tcp", req.Host)
				if err != nil {
					return
				}
				defer func() { _ = on.Close() }()
				_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
				go func() { _, _ = io.Copy(on, conn) }()
				_, _ = io.Copy(conn, on)
			}()
		}
	}()
	via := &url.URL{Scheme: "http", Host: listener.Addr().String(), User: url.UserPassword("ana", "secret")}
	conn, err := dialVia(t.Context(), via, to.Host)
	if err != nil {
		t.Fatal(err)
	}
	if got := <-asked; got != "CONNECT "+to.Host+" Basic YW5hOnNlY3JldA==" {
		t.Errorf("the proxy was asked %q", got)
	}
	if _, err := io.WriteString(conn, "GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 ") {
		t.Errorf("%q, %v", line, err)
	}
	_ = conn.Close()
	if _, err := dialVia(t.Context(), via, "127.0.0.1:9"); err == nil || !strings.Contains(err.Error(), "403") {
		t.Errorf("a refusal is %v", err)
	}
	<-asked
	if _, err := dialVia(context.Background(), &url.URL{Scheme: "gopher", Host: "x"}, to.Host); err == nil {
		t.Error("a proxy of an unknown kind is taken")
	}
}

// A message with a component of a kind that the library does not know is read
// all the same: somebody points at it, or answers it.
func TestUnknownComponents(t *testing.T) {
	const strange = `"components":[{"type":1,"components":[{"type":99,"id":1}]}]`
	for name, raw := range map[string]string{
		"menu of messages": `{"id":"11111","application_id":"22222","type":2,"token":"t","data":{"id":"33333","name":"Find the source","type":3,"target_id":"44444","resolved":{"messages":{"44444":{"id":"44444","content":"the words",` + strange + `}}}}}`,
		"button":           `{"id":"11111","application_id":"22222","type":3,"token":"t","message":{"id":"44444","flags":64,` + strange + `},"data":{"custom_id":"r0;;x","component_type":2}}`,
	} {
		var x discordgo.InteractionCreate
		if json.Unmarshal([]byte(raw), &x) == nil {
			t.Fatalf("%s: the library reads it by itself", name)
		}
		in := again[discordgo.Interaction](json.RawMessage(raw))
		if in == nil || in.ID != "11111" || in.Token != "t" || in.Data == nil {
			t.Fatalf("%s: it is read as %+v", name, in)
		}
		if m := (&interaction{Interaction: in}).command().Resolved.Messages["44444"]; name == "menu of messages" && (m == nil || m.Content != "the words") {
			t.Errorf("%s: the message is %+v", name, m)
		}
		if name == "button" && (in.Message == nil || in.Message.Flags != discordgo.MessageFlagsEphemeral) {
			t.Errorf("%s: the message is %+v", name, in.Message)
		}
	}
	m := again[discordgo.Message](json.RawMessage(`{"id":"11111","content":"hello","author":{"id":"22222"},"referenced_message":{"id":"33333","content":"before","author":{"id":"44444"},` + strange + `}}`))
	if m == nil || m.Content != "hello" || m.ReferencedMessage == nil || m.ReferencedMessage.Content != "before" {
		t.Errorf("an answer is read as %+v", m)
	}
	if again[discordgo.Interaction](json.RawMessage(`{"id":7}`)) != nil {
		t.Error("nonsense is read")
	}
}
