package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bwmarrin/discordgo"
)

// intents are the events that are wanted; none of them is privileged. Of what
// people write, the text is there only where the bot is mentioned, or written
// to alone.
const intents = discordgo.IntentGuilds | discordgo.IntentGuildMessages | discordgo.IntentDirectMessages | discordgo.IntentGuildScheduledEvents | discordgo.IntentGuildMessagePolls

// longestWait is the longest time between two tries to connect.
const longestWait = time.Minute

// resumeTries is how many connections in a row may fail before a session is
// given up: perhaps its address is gone.
const resumeTries = 5

// letGoWithin is how long the library may take to let go of a connection that
// has ended; it sleeps for a second of them.
const letGoWithin = 10 * time.Second

// The gateway is spoken to in the version in which the API is.
func init() { discordgo.APIVersion = apiVersion } //nolint:gochecknoinits // it is the library's one switch for that

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

// A shard is one connection to the gateway, that is had again whenever it is
// lost: the session is gone on with where Discord allows it, so that nothing
// is missed. The library speaks to the gateway; what ends a connection, and
// what comes then, is decided here.
//
// A session of the library's is kept as long as Discord's is, as it alone
// knows where to go on, but never two connections of it at one time. With each
// new session of Discord's comes a new one of the library's.
type shard struct {
	n, of   int
	token   string
	log     *slog.Logger
	now     func() time.Time
	address func(ctx context.Context) (string, error)    // of the gateway
	admit   func(ctx context.Context, shard int) error   // waits until it may identify
	handle  func(e *discordgo.Event, late time.Duration) // what was dispatched, and how late it may be; must not wait
	state   func(shard int, ready bool)                  // hears when it is connected

	library *library
	lost    time.Time // when the last connection was
	failed  int       // tries in a row that never got ready
}

// A library is one session of discordgo's.
type library struct {
	*discordgo.Session
	begun  bool          // Discord has begun a session, that can be gone on with
	closed chan struct{} // it has let go of a connection
	hear   func(e *discordgo.Event)
	ctx    context.Context // of the connection that is being opened
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
			if s.failed%resumeTries == 0 {
				s.library = nil
			}
		}
		wait := s.backoff(err)
		s.log.Info("the gateway's connection is lost; connecting again", "shard", s.n, "in", wait.Round(time.Millisecond).String(), "resume", s.library != nil, "err", err)
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
	case errors.Is(err, errInvalid):
		return time.Second + time.Duration(rand.Float64()*float64(4*time.Second)) // as Discord's documentation asks for
	case s.failed == 0:
		return time.Duration(jitter * float64(250*time.Millisecond))
	}
	return time.Duration(jitter * float64(min(time.Second<<min(s.failed-1, 10), longestWait)))
}

// connect has one connection from its beginning to its end, and says whether
// it got ready and why it ended.
func (s *shard) connect(ctx context.Context) (ready bool, err error) {
	if s.library == nil {
		// Waiting for a turn to identify is no fault of the connection's.
		if err := s.admit(ctx, s.n); err != nil {
			return false, err
		}
		if s.library, err = s.newLibrary(); err != nil {
			return false, err
		}
	}
	lib, resumes := s.library, s.library.begun
	lost := s.lost
	l, opening := newLine(ctx)
	lib.Dialer, lib.ctx = l.dialer(opening), opening
	limit := time.AfterFunc(openWithin, func() { l.end(errOpening) })
	defer limit.Stop()
	var got atomic.Bool // ready
	lib.hear = func(e *discordgo.Event) {
		var late time.Duration
		switch {
		case got.Load():
		case e.Type == "READY" || e.Type == "RESUMED":
			lib.begun = true
			got.Store(true)
			limit.Stop()
			s.state(s.n, true)
			s.log.Info("connected", "shard", s.n, "of", s.of, "resumed", e.Type == "RESUMED")
		case resumes:
			// Discord kept it until we were back.
			late = s.now().Sub(lost)
		}
		s.handle(e, late)
	}
	opened := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				opened <- fmt.Errorf("discord: the library panicked: %v", r)
			}
		}()
		opened <- lib.Open()
	}()
	var failed error
	select {
	case failed = <-opened:
	case <-l.over: // what it waits for ends now
		if failed, err = await(opened, letGoWithin); err != nil {
			s.log.Error("the library hangs, and is left to itself", "shard", s.n, "err", l.ended())
			s.library = nil
			return got.Load(), errStuck
		}
	case <-ctx.Done():
		l.end(context.Cause(ctx))
		return got.Load(), context.Cause(ctx)
	}
	if failed != nil {
		l.end(scrub(failed))
	} else {
		select {
		case <-l.over:
		case <-ctx.Done():
			// The library has nothing of ours any more, and is done in a second.
			l.end(context.Cause(ctx))
			return got.Load(), context.Cause(ctx)
		}
		s.lost = s.now()
		s.state(s.n, false)
		if _, err := await(lib.closed, letGoWithin); err != nil {
			s.log.Error("the library does not let go of a connection, and is left to itself", "shard", s.n, "err", l.ended())
			s.library = nil
			return got.Load(), errStuck
		}
	}
	err = l.ended()
	if !lib.begun || over(err) {
		s.library = nil
	}
	if c, ok := errors.AsType[*closeError](err); ok {
		if sentence, ok := fatal[c.code]; ok {
			return got.Load(), &FatalError{Code: c.code, Sentence: sentence}
		}
	}
	return got.Load(), err
}

// over reports whether a session cannot be gone on with after what ended its
// connection.
func over(why error) bool {
	if c, ok := errors.AsType[*closeError](why); ok {
		return lostSession[c.code]
	}
	return errors.Is(why, errInvalid)
}

// await waits for something, but not for ever.
func await[T any](c <-chan T, limit time.Duration) (x T, err error) {
	t := time.NewTimer(limit)
	defer t.Stop()
	select {
	case x = <-c:
		return x, nil
	case <-t.C:
		return x, errStuck
	}
}

// newLibrary makes a session of the library's, with everything off that we do
// ourselves.
func (s *shard) newLibrary() (*library, error) {
	dg, err := discordgo.New("Bot " + s.token)
	if err != nil {
		return nil, fmt.Errorf("discord: %w", err)
	}
	lib := &library{Session: dg, closed: make(chan struct{}, 1)}
	dg.ShouldReconnectOnError, dg.ShouldRetryOnRateLimit, dg.MaxRestRetries = false, false, 0
	dg.StateEnabled, dg.Compress = false, false
	dg.SyncEvents = true // in the order in which they came
	dg.LogLevel = -1     // what it says goes past the operator's log
	dg.Client = &http.Client{Transport: whereabouts(func() (string, error) { return s.address(lib.ctx) })}
	dg.Identify = discordgo.Identify{
		Token: dg.Token, Intents: intents, Shard: &[2]int{s.n, s.of},
		Properties: discordgo.IdentifyProperties{OS: runtime.GOOS, Browser: "lectern", Device: "lectern"},
	}
	dg.AddHandler(func(_ *discordgo.Session, e *discordgo.Event) { lib.hear(e) })
	dg.AddHandler(func(*discordgo.Session, *discordgo.Disconnect) {
		select {
		case lib.closed <- struct{}{}:
		default:
		}
	})
	return lib, nil
}

// whereabouts answers the library's one request, where the gateway is, with
// what Discord has told us along with what is left of today's sessions.
type whereabouts func() (address string, err error)

// RoundTrip implements http.RoundTripper.
func (w whereabouts) RoundTrip(r *http.Request) (*http.Response, error) {
	address, err := w()
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]string{"url": address})
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: http.StatusOK, Status: "200 OK", Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}, nil
}

// A budget keeps what Discord allows of new sessions: one within five seconds
// for each of max_concurrency groups of shards, and so many in a day. Whoever
// takes more has the token reset.
type budget struct {
	ask  func(ctx context.Context) (*discordgo.GatewayBotResponse, error)
	used func()
	gap  time.Duration
	log  *slog.Logger

	mu    sync.Mutex
	turns map[int]chan struct{}
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
	start := info.SessionStartLimit
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
