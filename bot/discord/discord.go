package discord

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
)

// Name is the platform's name.
const Name = "discord"

// Options are what an operator sets, and what the program lends.
type Options struct {
	// APIURL is https://discord.com, but in tests.
	APIURL string
	Token  string
	// First and Last are this process's shards of Of in all; Of 0 is as many
	// as Discord recommends, all of them here.
	First, Last, Of int
	// Commands are those that people have, and Voice what is said around them;
	// Voices are the languages in which they are called and described besides,
	// by Discord's name of the language.
	Commands []bot.Command
	Voice    bot.Voice
	Voices   map[string]bot.Voice
	// Keep keeps what buttons carry; nil keeps it in memory.
	Keep Keeper
	Now  func() time.Time
	Log  *slog.Logger
	// StopWithin is how long what is under way may take when Run's context
	// ends; 0 is ten seconds.
	StopWithin time.Duration
	// IdentifyGap is how far apart new sessions are; 0 is Discord's five
	// seconds.
	IdentifyGap time.Duration
}

// A Keeper keeps what is too long for a button, under a name made of what it
// is, so that keeping it twice is keeping it once.
type Keeper interface {
	Keep(ctx context.Context, key string, value []byte) error
	Kept(ctx context.Context, key string) (value []byte, ok bool, err error)
}

// A Platform is one application's bot on Discord.
type Platform struct {
	opt  Options
	api  *api
	list *catalogue

	working sync.WaitGroup // interactions and messages under way
	lanes   lanes

	mu       sync.Mutex
	me, app  string // the bot's user and its application
	ids      map[string]string
	shards   map[int]bool                  // ready
	of       int                           // how many must be
	info     *discordgo.GatewayBotResponse // as Discord said at infoAt
	infoAt   time.Time
	channels *memo[string, channel]
	direct   *memo[string, string] // by user
	firsts   *memo[string, string] // of a message, its post's first
	guilds   map[string]*guild
	looked   *memo[string, bool] // channels in which the bot was seen to be able to write
	seen     *memo[string, bool] // interactions
	private  map[string]bool     // commands, by whether their last answer was
}

// maxSeen is how many interactions are remembered, so that none is worked on
// twice. One can come again when a session is gone on with, and is worth
// nothing three seconds after it was made.
const maxSeen = 1024

// New makes the platform; Run connects it. Post works without Run.
func New(opt Options) (*Platform, error) {
	if opt.APIURL == "" {
		opt.APIURL = "https://discord.com"
	}
	if opt.StopWithin == 0 {
		opt.StopWithin = 10 * time.Second
	}
	if opt.IdentifyGap == 0 {
		opt.IdentifyGap = 5 * time.Second
	}
	if opt.Keep == nil {
		opt.Keep = &inMemory{memo: newMemo[string, []byte](4096)}
	}
	list, err := newCatalogue(opt.Commands, opt.Voice, opt.Voices)
	if err != nil {
		return nil, err
	}
	api, err := newAPI(opt.APIURL, opt.Token, opt.Now)
	if err != nil {
		return nil, err
	}
	return &Platform{
		opt: opt, api: api, list: list,
		shards: map[int]bool{}, guilds: map[string]*guild{}, ids: map[string]string{},
		channels: newMemo[string, channel](8192), direct: newMemo[string, string](8192), firsts: newMemo[string, string](8192),
		looked: newMemo[string, bool](8192), seen: newMemo[string, bool](maxSeen),
	}, nil
}

// Name implements bot.Platform.
func (p *Platform) Name() string { return Name }

// Connected implements bot.Connector.
func (p *Platform) Connected() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.of > 0 && len(p.shards) == p.of
}

// ServerTime implements bot.Timekeeper.
func (p *Platform) ServerTime() (time.Time, bool) { return p.api.gate.serverTime() }

// Limit implements bot.Limiter.
func (p *Platform) Limit() (requests int, per time.Duration) { return perSecond - 5, window }

// KeepsKeys implements bot.Idempotent: Discord finds a message by its nonce
// for "the past few minutes".
func (p *Platform) KeepsKeys() time.Duration { return 2 * time.Minute }

// Run implements bot.Platform.
func (p *Platform) Run(ctx context.Context, h bot.Handler) error {
	defer p.api.close()
	info, err := p.gatewayInfo(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	first, last, of := p.opt.First, p.opt.Last, p.opt.Of
	if of == 0 {
		of = max(info.Shards, 1)
		first, last = 0, of-1
	}
	p.mu.Lock()
	p.of = last - first + 1
	clear(p.shards)
	p.mu.Unlock()
	// What is under way when ctx ends may finish for a while.
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	s := &session{Platform: p, h: h, ctx: work, turns: make(chan struct{}, maxAtOnce)}
	admission := &budget{ask: p.gatewayInfo, used: p.identifies, gap: p.opt.IdentifyGap, log: p.opt.Log, turns: map[int]chan struct{}{}}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	for n := first; n <= last; n++ {
		sh := &shard{
			n: n, of: of, token: p.opt.Token, log: p.opt.Log, now: p.opt.Now,
			address: func(ctx context.Context) (string, error) {
				info, err := p.gatewayInfo(ctx)
				if err != nil {
					return "", err
				}
				return info.URL, nil
			},
			admit: admission.admit, handle: s.dispatch, state: p.setReady,
		}
		running.Go(func() {
			if err := sh.run(ctx); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	grace := time.AfterFunc(p.opt.StopWithin, stop)
	p.working.Wait()
	grace.Stop()
	if f, ok := errors.AsType[*FatalError](context.Cause(ctx)); ok {
		return f
	}
	return nil
}

func (p *Platform) setReady(shard int, ready bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if ready {
		p.shards[shard] = true
	} else {
		delete(p.shards, shard)
	}
}

// infoKept is how long what Discord says about connecting is taken for true:
// shards that begin together ask once, and who begins later hears how many
// sessions are left by then.
const infoKept = time.Second

// gatewayInfo is where the gateway is, and what is left of today's sessions.
func (p *Platform) gatewayInfo(ctx context.Context) (info *discordgo.GatewayBotResponse, err error) {
	p.mu.Lock()
	info = p.info
	fresh := info != nil && p.opt.Now().Sub(p.infoAt).Abs() < infoKept
	p.mu.Unlock()
	if fresh {
		return info, nil
	}
	err = repeat(ctx, func() error {
		return p.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			info, err = dg.GatewayBot(o)
			return err
		})
	})
	if ae, ok := errors.AsType[*apiError](err); ok && ae.status == http.StatusUnauthorized {
		return nil, &FatalError{Code: 4004, Sentence: fatal[4004]}
	}
	if err == nil && (info == nil || info.URL == "") {
		err = errors.New("discord: the gateway's address is empty")
	}
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.info, p.infoAt = info, p.opt.Now()
	return info, nil
}

// identifies notes that a session of today's is used.
func (p *Platform) identifies() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.info != nil {
		used := *p.info // others may be reading it
		used.SessionStartLimit.Remaining = max(used.SessionStartLimit.Remaining-1, 0)
		p.info = &used
	}
}

// Path is how a command is called here: its name, unless its family is larger
// than Discord lets one be.
func (p *Platform) Path(command string) string { return p.list.path(command) }

func (p *Platform) look() Look {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Look{Commands: p.opt.Commands, Path: p.list.path, IDs: p.ids, Voice: p.opt.Voice}
}

// keep keeps what buttons of a reply carry, before anybody can press them.
func (p *Platform) keep(ctx context.Context, kept []Kept) error {
	for _, k := range kept {
		if err := p.opt.Keep.Keep(ctx, k.Key, k.Value); err != nil {
			return fmt.Errorf("discord: keep what a button carries: %w", err)
		}
	}
	return nil
}

// inMemory keeps what buttons carry until the program ends.
type inMemory struct {
	mu   sync.Mutex
	memo *memo[string, []byte]
}

// Keep implements Keeper.
func (m *inMemory) Keep(_ context.Context, key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.memo.put(key, value)
	return nil
}

// Kept implements Keeper.
func (m *inMemory) Kept(_ context.Context, key string) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.memo.get(key)
	return v, ok, nil
}

// A memo is a map that forgets what was put in first.
type memo[K comparable, V any] struct {
	most  int
	m     map[K]V
	order []K
	next  int
}

func newMemo[K comparable, V any](n int) *memo[K, V] { return &memo[K, V]{most: n, m: map[K]V{}} }

func (m *memo[K, V]) get(k K) (V, bool) {
	v, ok := m.m[k]
	return v, ok
}

func (m *memo[K, V]) put(k K, v V) {
	if _, ok := m.m[k]; !ok {
		if len(m.order) < m.most {
			m.order = append(m.order, k)
		} else {
			delete(m.m, m.order[m.next])
			m.order[m.next] = k
			m.next = (m.next + 1) % m.most
		}
	}
	m.m[k] = v
}

// escaped is an ID as part of a path.
func escaped[T ~string](id T) string { return url.PathEscape(string(id)) }
