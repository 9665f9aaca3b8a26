package discord

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// The operations of the gateway that are looked at.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
)

// How long the steps of a connection may take.
const (
	openWithin = 20 * time.Second // from dialling to READY or RESUMED
	ackWithin  = 15 * time.Second // from a heartbeat to its answer
	readGrace  = 10 * time.Second // beyond a heartbeat's interval: something must have come by then
	maxFrame   = 64 << 20         // bytes
)

var (
	errReconnect = errors.New("discord: the gateway asks to connect anew")
	errInvalid   = errors.New("discord: the session is not valid")
	errInterrupt = errors.New("discord: the session is not valid now, and can be gone on with")
	errNoAck     = errors.New("discord: a heartbeat was not answered")
	errSilent    = errors.New("discord: nothing was heard for longer than a heartbeat's interval")
	errOpening   = errors.New("discord: the connection was not ready in time")
	errHungUp    = errors.New("discord: the connection was given up")
	errStuck     = errors.New("discord: the library did not let go of a connection that has ended")
)

// A closeError is the gateway's closing of a connection.
type closeError struct {
	code   int
	reason string
}

func (e *closeError) Error() string {
	return fmt.Sprintf("discord: the gateway closed the connection with code %d: %s", e.code, e.reason)
}

// A line is what one connection to the gateway goes over, beneath the library:
// what we dial, what we can cut at any moment, and what we overhear. The
// library waits without limits, and hangs for ever when it is told to connect
// anew, or that its session is not valid, before it is ready: it closes the
// connection while it holds its own lock. So it never reads that. Whatever
// ends a connection ends here, is known by its reason, and the library sees no
// more than a connection that broke.
//
// Its heartbeat's answers are watched here too, as it gives up only after five
// intervals; and its closing frames stay here, as the one it sends ends the
// session at Discord.
type line struct {
	net.Conn // once dialled; over TLS where the address is
	raw      net.Conn
	r        *bufio.Reader
	stop     context.CancelFunc // of a dial, or of the library's request

	// Of what is read: only the reader of the connection touches it.
	pending    []byte // the library has yet to read this
	upgraded   bool
	plain      bool // no WebSocket was opened; the answer is the library's to read
	message    []byte
	opcode     byte
	dispatched bool
	interval   time.Duration
	silence    *time.Timer
	acks       *time.Timer

	mu   sync.Mutex
	why  error
	over chan struct{} // closed when it has ended
}

// newLine makes a line, and the context in which it is opened.
func newLine(parent context.Context) (*line, context.Context) {
	ctx, stop := context.WithCancel(parent)
	return &line{stop: stop, over: make(chan struct{})}, ctx
}

// end cuts the line, whatever happens on it. The first reason counts.
func (l *line) end(why error) {
	l.mu.Lock()
	if l.why != nil {
		l.mu.Unlock()
		return
	}
	l.why = why
	close(l.over)
	raw := l.raw
	l.mu.Unlock()
	l.stop()
	if raw != nil {
		_ = raw.Close() // nothing is owed to it any more
	}
}

// ended is why it was cut, nil while it is not.
func (l *line) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.why
}

// dialer opens the line for the library. The context that the library gives is
// nobody's: ctx is the line's.
func (l *line) dialer(ctx context.Context) *websocket.Dialer {
	return &websocket.Dialer{
		HandshakeTimeout: openWithin,
		NetDialContext:   func(_ context.Context, _, address string) (net.Conn, error) { return l.dial(ctx, address, false) },
		NetDialTLSContext: func(_ context.Context, _, address string) (net.Conn, error) {
			return l.dial(ctx, address, true)
		},
	}
}

func (l *line) dial(ctx context.Context, address string, secure bool) (net.Conn, error) {
	raw, err := dialThrough(ctx, address, secure)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	gone := l.why
	l.raw, l.Conn = raw, raw
	l.mu.Unlock()
	if gone != nil {
		_ = raw.Close() // it was cut meanwhile
		return nil, gone
	}
	if secure {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		over := tls.Client(raw, &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}})
		if err := over.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
		l.Conn = over
	}
	l.r = bufio.NewReader(l.Conn)
	return l, nil
}

// Close implements net.Conn: the library has done with it.
func (l *line) Close() error {
	l.end(errHungUp)
	return nil
}

// closingFrame is how a frame that closes a WebSocket begins.
const closingFrame = 0x88

// Write implements net.Conn. What is written after the end is dropped without
// an error, which would make the library close what comes after as well.
func (l *line) Write(p []byte) (int, error) {
	if len(p) > 0 && p[0] == closingFrame && l.ended() == nil {
		return len(p), nil
	}
	n, err := l.Conn.Write(p)
	if err != nil {
		l.end(fmt.Errorf("discord: write to the gateway: %w", err))
		return len(p), nil
	}
	return n, nil
}

// Read implements net.Conn.
func (l *line) Read(p []byte) (int, error) {
	for len(l.pending) == 0 {
		if l.plain {
			return l.r.Read(p)
		}
		l.pending = nil
		if err := l.fill(); err != nil {
			l.end(err)
			for _, t := range []*time.Timer{l.silence, l.acks} {
				if t != nil {
					t.Stop()
				}
			}
			return 0, l.ended()
		}
	}
	n := copy(p, l.pending)
	l.pending = l.pending[n:]
	return n, nil
}

// fill reads the next thing that came, and keeps what the library may read.
func (l *line) fill() error {
	if !l.upgraded {
		return l.handshake()
	}
	head, err := l.take(2)
	if err != nil {
		return err
	}
	final, opcode, size := head[0]&0x80 != 0, head[0]&0x0f, uint64(head[1]&0x7f)
	if head[1]&0x80 != 0 || head[0]&0x70 != 0 {
		return errors.New("discord: the gateway sent what is no frame")
	}
	switch size {
	case 126:
		b, err := l.take(2)
		if err != nil {
			return err
		}
		size = uint64(binary.BigEndian.Uint16(b))
	case 127:
		b, err := l.take(8)
		if err != nil {
			return err
		}
		size = binary.BigEndian.Uint64(b)
	}
	if size+uint64(len(l.message)) > maxFrame {
		return fmt.Errorf("discord: the gateway sent a frame of %d bytes", size)
	}
	data, err := l.take(int(size))
	if err != nil {
		return err
	}
	if l.silence != nil {
		l.silence.Reset(l.interval + readGrace)
	}
	switch {
	case opcode == websocket.CloseMessage:
		e := &closeError{code: websocket.CloseNoStatusReceived}
		if len(data) >= 2 {
			e.code, e.reason = int(binary.BigEndian.Uint16(data)), strings.ToValidUTF8(string(data[2:]), "")
		}
		return e
	case opcode >= 8: // a ping, or its answer
		l.pending = frame(opcode, data)
		return nil
	case opcode != 0:
		l.opcode = opcode
	}
	// A message may come in several frames, and goes on as one.
	if l.message = append(l.message, data...); !final {
		return nil
	}
	data, l.message = l.message, nil
	pass, err := l.overhear(data)
	if err != nil {
		return err
	}
	if pass {
		l.pending = frame(l.opcode, data)
	}
	return nil
}

// take reads so many bytes.
func (l *line) take(n int) ([]byte, error) {
	b := make([]byte, n)
	if _, err := io.ReadFull(l.r, b); err != nil {
		return nil, fmt.Errorf("discord: the connection broke: %w", err)
	}
	return b, nil
}

// handshake lets the answer to the opening of the WebSocket through.
func (l *line) handshake() error {
	text, err := l.r.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("discord: the connection broke: %w", err)
	}
	switch {
	case strings.HasPrefix(string(text), "HTTP/") && !strings.Contains(string(text), " 101 "):
		l.plain = true
	case strings.TrimSpace(string(text)) == "":
		l.upgraded = true
	}
	l.pending = text
	return nil
}

// frame is a message of the gateway as a frame of its own.
func frame(opcode byte, data []byte) []byte {
	b := make([]byte, 0, len(data)+10)
	b = append(b, 0x80|opcode)
	switch n := len(data); {
	case n < 126:
		b = append(b, byte(n))
	case n <= 0xffff:
		b = binary.BigEndian.AppendUint16(append(b, 126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 127), uint64(n))
	}
	return append(b, data...)
}

// overhear listens to a message before the library reads it, and says whether
// it may. An error ends the connection.
func (l *line) overhear(data []byte) (pass bool, err error) {
	var f struct {
		Op   int             `json:"op"`
		Data json.RawMessage `json:"d"`
	}
	if err := json.Unmarshal(data, &f); err != nil {
		return false, fmt.Errorf("discord: the gateway sent what is no message: %w", err)
	}
	switch {
	case f.Op == opReconnect:
		return false, errReconnect
	case f.Op == opInvalidSession && string(f.Data) == "true":
		return false, errInterrupt
	case f.Op == opInvalidSession:
		return false, errInvalid
	case f.Op == opHello:
		var h struct {
			Interval int64 `json:"heartbeat_interval"` // milliseconds
		}
		if json.Unmarshal(f.Data, &h) != nil || h.Interval <= 0 {
			return false, errors.New("discord: the gateway's greeting names no interval")
		}
		l.interval = time.Duration(h.Interval) * time.Millisecond
		l.silence = time.AfterFunc(l.interval+readGrace, func() { l.end(errSilent) })
		return true, nil
	case l.interval == 0:
		return false, fmt.Errorf("discord: the gateway began with operation %d instead of a greeting", f.Op)
	case f.Op == opAck:
		if l.acks != nil {
			l.acks.Reset(l.ackDue())
		}
	case f.Op == opDispatch && !l.dispatched:
		// The library sends its first heartbeat now, and then one an interval.
		l.dispatched = true
		l.acks = time.AfterFunc(l.ackDue(), func() { l.end(errNoAck) })
		return true, nil
	}
	// Before the first event it takes whatever comes for that.
	return l.dispatched || f.Op == opHeartbeat, nil
}

// ackDue is after how long another answer to a heartbeat must have come.
func (l *line) ackDue() time.Duration { return l.interval + min(ackWithin, l.interval) }
