package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
)

// The operations of the gateway that are used.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opResume         = 6
	opReconnect      = 7
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
)

// intents are the events that are wanted; none of them is privileged. Of what
// people write, the text is there only where the bot is mentioned, or written
// to alone.
const intents = intentGuilds | intentGuildMessages | intentDirectMessages | intentGuildEvents

const (
	intentGuilds         = 1 << 0
	intentGuildMessages  = 1 << 9
	intentDirectMessages = 1 << 12
	intentGuildEvents    = 1 << 16
)

// How long the steps of a connection may take.
const (
	openWithin  = 20 * time.Second // from dialling to READY
	ackWithin   = 15 * time.Second // from a heartbeat to its answer
	writeWithin = 10 * time.Second
	readGrace   = 10 * time.Second // beyond a heartbeat's interval: something must have come by then
	maxFrame    = 64 << 20         // bytes
	longestWait = time.Minute      // between two tries
)

// A FatalError ends a connection for good: trying again is no use until an
// operator has done what it says.
type FatalError struct {
	Code     int // the gateway's, 0 where it was refused before
	Sentence string
}

func (e *FatalError) Error() string { return e.Sentence }

// fatal are the close codes after which Discord does not want to be tried
// again, and what an operator does about them.
var fatal = map[int]string{
	4004: "Discord does not know the bot's token. Make a new one on the application's page (Bot, Reset Token), put it into the file that discord.token_file names, and start again",
	4010: "Discord does not have the shard that discord.shards names. Set discord.shards to \"auto\", or to a range below the number of shards",
	4011: "the bot is in more servers than one connection may hold. Set discord.shards to \"auto\", or to a range of more shards",
	4012: "Discord speaks this version of its protocol no longer. A newer version of Lectern is needed",
	4013: "Discord does not know the events that this version of Lectern asks for. A newer version of Lectern is needed",
	4014: "Discord does not let the application have the events that it asks for. Look at the application's page (Bot, Privileged Gateway Intents); Lectern needs none of them",
}

// lostSession are the close codes after which a session cannot be gone on with.
var lostSession = map[int]bool{4003: true, 4007: true, 4009: true}

var (
	errReconnect = errors.New("discord: the gateway asks to connect anew")
	errInvalid   = errors.New("discord: the session is not valid")
	errNoAck     = errors.New("discord: a heartbeat was not answered")
	errSilent    = errors.New("discord: nothing was heard for longer than a heartbeat's interval")
	errOpening   = errors.New("discord: the connection was not ready in time")
)

// A frame is what goes over the gateway.
type frame struct {
	Op   int             `json:"op"`
	Data json.RawMessage `json:"d"`
	Seq  int64           `json:"s"`
	Type string          `json:"t"`
}

// A shard is one connection to the gateway, that is had again whenever it is
// lost: the session is gone on with where Discord allows it, so that nothing
// is missed. Each connection is a thing of its own, which ends whole.
type shard struct {
	n, of   int
	token   string
	log     *slog.Logger
	address func(ctx context.Context) (string, error)        // of the gateway
	admit   func(ctx context.Context, shard int) error       // waits until it may identify
	handle  func(ctx context.Context, kind string, d []byte) // what was dispatched; must not wait
	state   func(shard int, ready bool)                      // hears when it is connected
	dial    func(context.Context, string) (*websocket.Conn, error)

	session, resume string
	seq             int64
	failed          int // tries in a row that never got ready
}

// run keeps the shard connected until ctx ends or something fatal is said.
func (s *shard) run(ctx context.Context) error {
	for {
		ready, err := s.connect(ctx)
		s.state(s.n, false)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // it was told to stop
		}
		if f, ok := errors.AsType[*FatalError](err); ok {
			return f
		}
		if ready {
			s.failed = 0
		} else {
			s.failed++
			if s.failed%3 == 0 {
				s.resume = "" // perhaps the address is gone, and the session is not
			}
		}
		wait := s.backoff(err)
		s.log.Info("the gateway's connection is lost; connecting again", "shard", s.n, "in", wait.Round(time.Millisecond).String(), "resume", s.session != "", "err", err)
		if !sleep(ctx, wait) {
			return nil
		}
	}
}

// backoff is how long to wait before the next try, with jitter, so that many
// bots do not come back at one instant.
func (s *shard) backoff(err error) time.Duration {
	jitter := 0.5 + rand.Float64()/2
	switch {
	case errors.Is(err, errInvalid) && s.session == "":
		return time.Second + time.Duration(rand.Float64()*float64(4*time.Second)) // as Discord's documentation asks for
	case s.failed == 0:
		return time.Duration(jitter * float64(250*time.Millisecond))
	}
	return time.Duration(jitter * float64(min(time.Second<<min(s.failed-1, 10), longestWait)))
}

// connect has one connection from its beginning to its end, and says whether
// it got ready and why it ended.
func (s *shard) connect(parent context.Context) (ready bool, err error) {
	ctx, cancel := context.WithCancelCause(parent)
	defer cancel(nil)
	opening := time.AfterFunc(openWithin, func() { cancel(errOpening) })
	defer opening.Stop()

	if s.session == "" {
		// Waiting for a turn to identify is no fault of the connection's.
		opening.Stop()
		if err := s.admit(ctx, s.n); err != nil {
			return false, cause(ctx, err)
		}
		opening.Reset(openWithin)
	}
	address := s.resume
	if s.session == "" || address == "" {
		if address, err = s.address(ctx); err != nil {
			return false, cause(ctx, err)
		}
	}
	ws, err := s.dial(ctx, address+"/?v=10&encoding=json")
	if err != nil {
		return false, cause(ctx, fmt.Errorf("discord: connect to the gateway: %w", err))
	}
	defer func() { _ = ws.CloseNow() }() // nothing is owed to it any more
	ws.SetReadLimit(maxFrame)

	hello, err := s.read(ctx, ws, openWithin)
	if err != nil {
		return false, s.ended(ctx, err)
	}
	var h struct {
		Interval int64 `json:"heartbeat_interval"` // milliseconds
	}
	if hello.Op == opInvalidSession || hello.Op == opReconnect {
		return false, s.told(hello)
	}
	if hello.Op != opHello || json.Unmarshal(hello.Data, &h) != nil || h.Interval <= 0 {
		return false, fmt.Errorf("discord: the gateway began with operation %d instead of a greeting", hello.Op)
	}
	c := &connection{ws: ws, interval: time.Duration(h.Interval) * time.Millisecond, acks: make(chan struct{}, 1), asked: make(chan struct{}, 1), seq: s.seq, end: cancel}
	if err := s.begin(ctx, c); err != nil {
		return false, s.ended(ctx, err)
	}
	var beating sync.WaitGroup
	beating.Go(func() { c.beat(ctx) })
	defer beating.Wait()
	defer cancel(nil)
	for {
		f, err := s.read(ctx, ws, c.interval+readGrace)
		if err != nil {
			return ready, s.ended(ctx, err)
		}
		switch f.Op {
		case opDispatch:
			if f.Seq > 0 {
				s.seq = f.Seq
				c.setSeq(f.Seq)
			}
			switch f.Type {
			case "READY":
				s.welcome(f.Data)
				fallthrough
			case "RESUMED":
				ready = true
				opening.Stop()
				s.state(s.n, true)
				s.log.Info("connected", "shard", s.n, "of", s.of, "resumed", f.Type == "RESUMED")
			}
			s.handle(ctx, f.Type, f.Data)
		case opHeartbeat:
			notify(c.asked)
		case opAck:
			notify(c.acks)
		case opReconnect, opInvalidSession:
			return ready, s.told(f)
		}
	}
}

// told is what the gateway says before it ends a connection.
func (s *shard) told(f *frame) error {
	if f.Op == opReconnect {
		return errReconnect
	}
	if string(f.Data) != "true" {
		s.forget()
	}
	return errInvalid
}

func (s *shard) forget() { s.session, s.resume, s.seq = "", "", 0 }

// begin identifies, or goes on with a session.
func (s *shard) begin(ctx context.Context, c *connection) error {
	if s.session != "" {
		return c.send(ctx, opResume, map[string]any{"token": s.token, "session_id": s.session, "seq": s.seq})
	}
	return c.send(ctx, opIdentify, map[string]any{
		"token": s.token, "intents": intents, "shard": []int{s.n, s.of},
		"properties": map[string]string{"os": "linux", "browser": "lectern", "device": "lectern"},
	})
}

func (s *shard) welcome(data []byte) {
	var r struct {
		Session string `json:"session_id"`
		Resume  string `json:"resume_gateway_url"`
	}
	if json.Unmarshal(data, &r) == nil {
		s.session, s.resume = r.Session, strings.TrimRight(r.Resume, "/")
	}
}

// read waits for one frame, for a time.
func (s *shard) read(ctx context.Context, ws *websocket.Conn, within time.Duration) (*frame, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, within, errSilent)
	defer cancel()
	_, text, err := ws.Read(ctx)
	if err != nil {
		return nil, cause(ctx, err)
	}
	f := &frame{}
	if err := json.Unmarshal(text, f); err != nil {
		return nil, fmt.Errorf("discord: the gateway sent what is no frame: %w", err)
	}
	return f, nil
}

// ended says why a connection ended: in our words where we ended it, by its
// close code where Discord did.
func (s *shard) ended(ctx context.Context, err error) error {
	err = cause(ctx, err)
	code := int(websocket.CloseStatus(err))
	if sentence, ok := fatal[code]; ok {
		return &FatalError{Code: code, Sentence: sentence}
	}
	if lostSession[code] {
		s.forget()
	}
	return err
}

// cause is why ctx ended, if it did, and otherwise err.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		return c
	}
	return err
}

func notify(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// A connection is what the two sides of a shard share: the one that reads, and
// the one that beats.
type connection struct {
	ws       *websocket.Conn
	interval time.Duration
	acks     chan struct{}
	asked    chan struct{} // Discord wants a heartbeat now
	end      context.CancelCauseFunc

	mu  sync.Mutex
	seq int64
}

func (c *connection) setSeq(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seq = n
}

func (c *connection) send(ctx context.Context, op int, data any) error {
	text, err := json.Marshal(map[string]any{"op": op, "d": data})
	if err != nil {
		return fmt.Errorf("discord: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	return c.ws.Write(ctx, websocket.MessageText, text)
}

// beat sends heartbeats, and ends the connection when one is not answered: it
// is dead then, though nobody has said so.
func (c *connection) beat(ctx context.Context) {
	wait := time.Duration(rand.Float64() * float64(c.interval))
	for {
		t := time.NewTimer(wait)
		select {
		case <-t.C:
		case <-c.asked:
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return
		}
		wait = c.interval
		select { // an answer that nobody waited for
		case <-c.acks:
		default:
		}
		c.mu.Lock()
		var seq any
		if c.seq > 0 {
			seq = c.seq
		}
		c.mu.Unlock()
		if err := c.send(ctx, opHeartbeat, seq); err != nil {
			c.end(fmt.Errorf("discord: send a heartbeat: %w", err))
			return
		}
		within := min(ackWithin, c.interval)
		t = time.NewTimer(within)
		select {
		case <-c.acks:
			wait = max(c.interval, 0)
		case <-t.C:
			c.end(errNoAck)
		case <-ctx.Done():
		}
		t.Stop()
		if ctx.Err() != nil {
			return
		}
	}
}

// A budget keeps what Discord allows of new sessions: one within five seconds
// for each of max_concurrency groups of shards, and so many in a day. Whoever
// takes more has the token reset.
type budget struct {
	ask  func(ctx context.Context) (gatewayInfo, error)
	used func()
	gap  time.Duration
	log  *slog.Logger

	mu    sync.Mutex
	turns map[int]chan struct{}
}

// gatewayInfo is what Discord says about connecting.
type gatewayInfo struct {
	URL    string `json:"url"`
	Shards int    `json:"shards"`
	Start  struct {
		Total          int   `json:"total"`
		Remaining      int   `json:"remaining"`
		ResetAfter     int64 `json:"reset_after"` // milliseconds
		MaxConcurrency int   `json:"max_concurrency"`
	} `json:"session_start_limit"`
}

// The last reserve-th of a day's sessions is spread over what is left of the
// day; until then they are used as they are needed.
const reserve = 5

// admit waits until a shard may identify.
func (b *budget) admit(ctx context.Context, shard int) error {
	info, err := b.ask(ctx)
	if err != nil {
		return err
	}
	start := info.Start
	turn := b.turn(shard % max(start.MaxConcurrency, 1))
	select {
	case turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	left := time.Duration(start.ResetAfter) * time.Millisecond
	var wait time.Duration
	switch {
	case start.Total == 0:
	case start.Remaining <= 0:
		wait = left + time.Second
	case start.Remaining < start.Total/reserve:
		wait = min(left/time.Duration(start.Remaining), 10*time.Minute)
	}
	if wait > time.Second {
		b.log.Warn("few new sessions are left for today; waiting", "remaining", start.Remaining, "of", start.Total, "wait", wait.Round(time.Second).String())
	}
	free := func() { <-turn }
	if !sleep(ctx, wait) {
		free()
		return context.Cause(ctx)
	}
	b.used()
	time.AfterFunc(b.gap, free)
	return nil
}

func (b *budget) turn(key int) chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.turns[key] == nil {
		b.turns[key] = make(chan struct{}, 1)
	}
	return b.turns[key]
}
