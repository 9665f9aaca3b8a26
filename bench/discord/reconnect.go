package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"lectern/bot/discord/discordtest"
)

// A trial is one fault of the connection and what ends it.
type trial struct {
	name string
	// faults wait for the connection that comes after; begin is what ends the
	// one that there is, nil where the first of faults does.
	faults []discordtest.GatewayFault
	rest   []discordtest.Fault
	begin  func(*discordtest.Server)
	// stays is true where the connection outlives the fault.
	stays bool
	// sentence is a piece of what the process must say as it ends; "" where it
	// must come back.
	sentence string
}

// sentences are pieces of what an operator must read after a fatal code.
var sentences = map[int]string{
	discordtest.CloseAuthentication: "token", discordtest.CloseBadShard: "shard", discordtest.CloseShardingRequired: "shards",
	discordtest.CloseBadVersion: "version", discordtest.CloseBadIntents: "events", discordtest.CloseDisallowed: "Intents",
}

// trials are all faults that there are.
func trials() []trial {
	type fault = discordtest.GatewayFault
	now := func(k discordtest.GatewayFaultKind, code int) func(*discordtest.Server) {
		return func(s *discordtest.Server) { s.FailGateway(fault{At: discordtest.Now, Kind: k, Code: code}) }
	}
	drop, lose := now(discordtest.DropConnection, 0), now(discordtest.InvalidSession, 0)
	all := []trial{
		{name: "drop", begin: drop},
		{name: "op 7", begin: now(discordtest.AskReconnect, 0)},
		{name: "op 9 true", begin: now(discordtest.InvalidResumable, 0)},
		{name: "op 9 false", begin: lose},
		{name: "no ACK", begin: now(discordtest.MuteAcks, 0)},
		{name: "silence", begin: now(discordtest.Hang, 0)},
		{name: "garbage", stays: true, begin: now(discordtest.Garbage, 0)},
		{name: "unknown operation", stays: true, begin: now(discordtest.UnknownOp, 0)},
		{name: "op 1", stays: true, begin: now(discordtest.AskHeartbeat, 0)},
		{name: "malformed event", stays: true, begin: func(s *discordtest.Server) {
			s.Dispatch("INTERACTION_CREATE", map[string]any{"id": 7, "type": "x", "data": []any{map[string]any{"type": 99}}})
		}},
		{name: "unknown event", stays: true, begin: func(s *discordtest.Server) { s.Dispatch("SOMETHING_NEW", map[string]any{"x": 1}) }},
	}
	for _, code := range discordtest.CloseCodes {
		all = append(all, trial{name: fmt.Sprint("code ", code), begin: now(discordtest.Close, code), sentence: sentences[code]})
	}
	// What comes in place of, or before, each step of the next connection.
	for _, m := range []struct {
		at    discordtest.Moment
		name  string
		begin func(*discordtest.Server)
	}{{discordtest.AtConnect, "instead of HELLO", drop}, {discordtest.AtIdentify, "instead of READY", lose}, {discordtest.AtResume, "instead of RESUMED", drop}, {discordtest.AfterReady, "right after RESUMED", drop}} {
		for _, k := range []struct {
			kind discordtest.GatewayFaultKind
			name string
		}{
			{discordtest.DropConnection, "drop"}, {discordtest.AskReconnect, "op 7"}, {discordtest.InvalidSession, "op 9 false"}, {discordtest.InvalidResumable, "op 9 true"},
			{discordtest.Hang, "silence"}, {discordtest.EarlyAck, "op 11"}, {discordtest.ReconnectAndGoOn, "op 7, and on"}, {discordtest.Garbage, "garbage"},
		} {
			all = append(all, trial{name: k.name + " " + m.name, begin: m.begin, faults: []fault{{At: m.at, Kind: k.kind}}})
		}
		for _, code := range []int{discordtest.CloseUnknown, discordtest.CloseTimedOut, discordtest.CloseAuthentication, discordtest.CloseDisallowed} {
			all = append(all, trial{name: fmt.Sprint("code ", code, " ", m.name), begin: m.begin, faults: []fault{{At: m.at, Kind: discordtest.Close, Code: code}}, sentence: sentences[code]})
		}
	}
	all = append(all,
		trial{name: "slow HELLO", begin: drop, faults: []fault{{At: discordtest.AtConnect, Kind: discordtest.Delay, For: 3 * time.Second}}},
		trial{name: "slow READY", begin: lose, faults: []fault{{At: discordtest.AtIdentify, Kind: discordtest.Delay, For: 3 * time.Second}}},
		trial{name: "refused upgrade", begin: drop, faults: []fault{{At: discordtest.AtConnect, Kind: discordtest.RefuseUpgrade, Times: 2}}},
		trial{name: "refused upgrade with 429", begin: drop, faults: []fault{{At: discordtest.AtConnect, Kind: discordtest.RefuseUpgrade, Code: 429}}},
		trial{name: "three faults in a row", begin: drop, faults: []fault{{At: discordtest.AtResume, Kind: discordtest.DropConnection}, {At: discordtest.AtResume, Kind: discordtest.InvalidSession}, {At: discordtest.AtIdentify, Kind: discordtest.AskReconnect}}},
	)
	for _, r := range []discordtest.Fault{
		{Kind: discordtest.ServerError}, {Kind: discordtest.BadGateway}, {Kind: discordtest.EdgePage}, {Kind: discordtest.EdgeLimited}, {Kind: discordtest.Limited},
		{Kind: discordtest.LimitedGlobally}, {Kind: discordtest.Drop}, {Kind: discordtest.Truncated}, {Kind: discordtest.Slow, Delay: 2 * time.Second},
	} {
		r.Path = "/gateway/bot"
		all = append(all, trial{name: fmt.Sprint("request for the gateway, fault ", int(r.Kind)), begin: lose, rest: []discordtest.Fault{r}})
	}
	return all
}

// tooLong is after how long a bot counts as hung.
const tooLong = 90 * time.Second

// A worker has one bot on one Discord after another.
type worker struct {
	srv        *discordtest.Server
	bot        *child
	who, room  string
	identifies int
}

func reconnect(ctx context.Context, args []string, say func(string, ...any)) error {
	f := flag.NewFlagSet("reconnect", flag.ExitOnError)
	n := f.Int("n", 500, "how many faults")
	side := f.Int("workers", 10, "how many bots at one time")
	only := f.String("only", "", "only the faults with this in their name")
	verbose := f.Bool("v", false, "show each fault")
	if err := f.Parse(args); err != nil {
		return err
	}
	all := trials()
	if *only != "" {
		all = slices.DeleteFunc(all, func(t trial) bool { return !strings.Contains(t.name, *only) })
	}
	if len(all) == 0 {
		return fmt.Errorf("no fault has %q in its name", *only)
	}
	say("%d kinds of faults, %d bots at one time", len(all), *side)
	var mu sync.Mutex
	recovered, hung, identifies, next := 0, 0, 0, 0
	var slowest time.Duration
	slow := map[string]time.Duration{}
	var failures []error
	var working sync.WaitGroup
	for range *side {
		working.Go(func() {
			w := &worker{}
			defer w.close()
			for ctx.Err() == nil {
				mu.Lock()
				i := next
				next++
				mu.Unlock()
				if i >= *n {
					break
				}
				t := all[i%len(all)]
				took, err := w.try(ctx, t)
				mu.Lock()
				if err != nil {
					hung++
					say("%s: %v", t.name, err)
					failures = append(failures, err)
				} else {
					recovered++
					slowest = max(slowest, took)
					slow[t.name] = max(slow[t.name], took)
				}
				if *verbose {
					say("%4d %-40s %6.2f s", i+1, t.name, took.Seconds())
				}
				mu.Unlock()
			}
			mu.Lock()
			identifies += w.counted()
			mu.Unlock()
		})
	}
	working.Wait()
	names := slices.SortedFunc(maps.Keys(slow), func(a, b string) int { return int(slow[b] - slow[a]) })
	for _, name := range names[:min(5, len(names))] {
		say("slow: %s, %.1f s", name, slow[name].Seconds())
	}
	say("%d faults: %d recovered, %d hung; slowest %.1f s; identifies %d", recovered+hung, recovered, hung, slowest.Seconds(), identifies)
	if hung > 0 || recovered != *n {
		return errors.Join(append(failures, errors.New("not every fault was recovered from"))...)
	}
	return nil
}

// ready makes sure that there is a bot, and that it is connected.
func (w *worker) ready(ctx context.Context) (err error) {
	if w.bot == nil {
		w.close()
		w.srv, err = discordtest.New(discordtest.Options{Now: time.Now, Description: "-", Heartbeat: 2 * time.Second})
		if err != nil {
			return err
		}
		guild := w.srv.AddGuild("Readers")
		w.room = w.srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
		w.who = w.srv.AddMember(guild, w.srv.AddUser("ana"))
		if w.bot, err = start(ctx, w.srv.URL(), w.srv.Token(), "-v"); err != nil {
			return err
		}
		w.bot.await()
	}
	soon, cancel := context.WithTimeout(ctx, tooLong)
	defer cancel()
	if err := w.srv.WaitReady(soon); err != nil {
		return fmt.Errorf("not ready before the fault: %w: %s", err, w.bot.said)
	}
	return nil
}

// try lets one fault happen, and says how long it took to recover.
func (w *worker) try(ctx context.Context, t trial) (time.Duration, error) {
	if err := w.ready(ctx); err != nil {
		w.drop()
		return 0, err
	}
	before := w.srv.Counters()
	w.srv.FailGateway(t.faults...)
	w.srv.Fail(t.rest...)
	began := time.Now()
	t.begin(w.srv)
	soon, cancel := context.WithTimeout(ctx, tooLong)
	defer cancel()
	if t.sentence != "" {
		defer w.drop()
		select {
		case <-w.bot.done:
		case <-soon.Done():
			return 0, fmt.Errorf("the bot goes on after a fatal code: %s", w.bot.said)
		}
		last := w.bot.said.String()
		last = last[strings.LastIndexByte(last, '\n')+1:]
		if w.bot.err == nil || !strings.Contains(last, t.sentence) {
			return 0, fmt.Errorf("the bot ended with %w and says %q, without %q", w.bot.err, last, t.sentence)
		}
		return time.Since(began), nil
	}
	// The faults happen first: what is waiting has happened when it is gone.
	err := w.srv.Until(soon, func() bool {
		return w.srv.Waiting() == 0 && (t.stays || w.srv.Counters().Connects > before.Connects)
	})
	for err == nil && soon.Err() == nil {
		if err = w.alive(soon); err == nil {
			break
		}
		if w.over() {
			break
		}
		err = nil
	}
	if err == nil {
		err = soon.Err()
	}
	if err != nil {
		err = fmt.Errorf("%w; connects %d, identifies %d, resumed %d; the bot says: %s", err, w.srv.Counters().Connects-before.Connects,
			w.srv.Counters().Identifies-before.Identifies, w.srv.Counters().Resumed-before.Resumed, w.bot.said)
		w.drop()
		return 0, err
	}
	return time.Since(began), nil
}

// over reports whether the bot has ended.
func (w *worker) over() bool {
	select {
	case <-w.bot.done:
		return true
	default:
		return false
	}
}

// alive asks the bot for something, and wants an answer in time.
func (w *worker) alive(ctx context.Context) error {
	if err := w.srv.WaitReady(ctx); err != nil {
		return err
	}
	in, err := w.srv.Command(w.who, w.room, "passage", discordtest.Values{"citation": "wright 37"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	_, err = in.Wait(ctx)
	return err
}

// counted is how often the bots of a worker identified.
func (w *worker) counted() int {
	n := w.identifies
	if w.srv != nil {
		n += w.srv.Counters().Identifies
	}
	return n
}

// drop ends the bot; the next trial has another.
func (w *worker) drop() {
	if w.bot != nil {
		w.bot.stop()
		<-w.bot.done
		w.bot = nil
	}
}

func (w *worker) close() {
	w.drop()
	if w.srv != nil {
		w.identifies += w.srv.Counters().Identifies
		w.srv.Close()
		w.srv = nil
	}
}
