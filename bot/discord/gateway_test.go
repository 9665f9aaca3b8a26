package discord

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"lectern/bot/discord/discordtest"
)

// Whatever the gateway does, at whatever moment, the bot is connected again
// and answers; it goes on with its session where it may.
func TestRecovers(t *testing.T) {
	for _, x := range []struct {
		name   string
		faults []discordtest.GatewayFault
		// identifies are the new sessions beside the first.
		identifies int
	}{
		{"dropped", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.DropConnection}}, 0},
		{"asked to connect anew", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.AskReconnect}}, 0},
		{"asked right after resuming", []discordtest.GatewayFault{{At: discordtest.AtResume, Kind: discordtest.AskReconnect}, {At: discordtest.Now, Kind: discordtest.AskReconnect}}, 0},
		{"invalid right after resuming", []discordtest.GatewayFault{{At: discordtest.AtResume, Kind: discordtest.InvalidSession}, {At: discordtest.Now, Kind: discordtest.DropConnection}}, 1},
		{"invalid, and may resume", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.InvalidResumable}}, 0},
		{"invalid right after identifying", []discordtest.GatewayFault{{At: discordtest.AtIdentify, Kind: discordtest.InvalidSession}, {At: discordtest.Now, Kind: discordtest.InvalidSession}}, 2},
		{"silent", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.MuteAcks}}, 0},
		{"hangs", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.Hang}}, 0},
		{"an early answer", []discordtest.GatewayFault{{At: discordtest.AtResume, Kind: discordtest.EarlyAck}, {At: discordtest.Now, Kind: discordtest.DropConnection}}, 0},
		{"refused at the door", []discordtest.GatewayFault{{At: discordtest.AtConnect, Kind: discordtest.RefuseUpgrade}, {At: discordtest.Now, Kind: discordtest.DropConnection}}, 0},
		{"nonsense", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.Garbage}}, 0},
		{"closed by code", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.Close, Code: 4000}}, 0},
		{"session timed out", []discordtest.GatewayFault{{At: discordtest.Now, Kind: discordtest.Close, Code: 4009}}, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			d := &desk{}
			p := newPlace(t, discordtest.Options{Description: "-", Heartbeat: 100 * time.Millisecond, IdentifyGap: time.Millisecond})
			run(t, p.Server, d, nil)
			before := p.Counters()
			p.FailGateway(x.faults...)
			ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
			defer cancel()
			err := p.Until(ctx, func() bool {
				c := p.Counters()
				return c.Connects > before.Connects && p.Connected() == 1 && c.Faults >= before.Faults+len(x.faults)
			})
			if err != nil {
				t.Fatalf("it never came back: %+v", p.Counters())
			}
			// Until it resumed, what somebody does waits for it.
			in, err := p.Command(p.ben, p.room, "passage", map[string]any{"citation": "x"})
			if o := p.seen(t, in, err); !strings.Contains(o.Message.Text(), "done") {
				t.Errorf("ben sees %s", o.Message.Text())
			}
			if got := p.Counters().Identifies - before.Identifies; got != x.identifies {
				t.Errorf("%d new sessions, want %d", got, x.identifies)
			}
		})
	}
}

// Where Discord advises several connections there are so many, each hears of its
// own guilds, and one that fails is had again by itself. A range is a process's
// part.
func TestShards(t *testing.T) {
	const shards = 3
	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-", Shards: shards, IdentifyGap: -1, Heartbeat: 500 * time.Millisecond})
	var rooms, people []string
	for i := range 2 * shards {
		// A guild's shard follows from the instant at which it was made.
		srv.Advance(time.Millisecond)
		guild := srv.AddGuild(fmt.Sprint("Readers ", i))
		rooms = append(rooms, srv.AddChannel(guild, discordtest.Channel{Name: "reading"}))
		people = append(people, srv.AddMember(guild, srv.AddUser(fmt.Sprint("ana", i))))
	}
	d := &desk{}
	p := run(t, srv, d, nil)
	answered := func(when string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 40*time.Second)
		defer cancel()
		if err := srv.Until(ctx, func() bool { return p.Connected() && srv.Connected() == shards }); err != nil {
			t.Fatalf("%s: %d connections", when, srv.Connected())
		}
		for i, room := range rooms {
			in, err := srv.Command(people[i], room, "passage", discordtest.Values{"citation": "x"})
			if err != nil {
				t.Fatal(err)
			}
			if o, err := in.Wait(ctx); err != nil || o.Message == nil || !strings.Contains(o.Message.Text(), "done") {
				t.Errorf("%s, guild %d: %+v, %v", when, i, o, err)
			}
		}
	}
	answered("at first")
	before := srv.Counters()
	srv.FailGateway(discordtest.GatewayFault{At: discordtest.Now, Kind: discordtest.DropConnection})
	answered("after a drop")
	if after := srv.Counters(); after.Identifies != before.Identifies || after.Identifies < shards {
		t.Errorf("%d new sessions, of %d at first", after.Identifies-before.Identifies, before.Identifies)
	}

	half := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-", Shards: shards, IdentifyGap: -1, Heartbeat: 500 * time.Millisecond})
	part := run(t, half, &desk{}, func(o *Options) { o.First, o.Last, o.Of = 1, 2, shards })
	if !part.Connected() || half.Connected() != 2 {
		t.Errorf("two of three shards have %d connections", half.Connected())
	}
}

// What Discord says for good ends the bot with a sentence that an operator
// understands.
func TestFatalCloseCodes(t *testing.T) {
	for code := range fatal {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-"})
			srv.FailGateway(discordtest.GatewayFault{At: discordtest.AtIdentify, Kind: discordtest.Close, Code: code, Times: -1})
			err := runOnce(t, srv, srv.Token())
			f, ok := errors.AsType[*FatalError](err)
			if !ok || f.Code != code || f.Sentence != fatal[code] {
				t.Errorf("it ended with %v", err)
			}
			srv.Mend()
		})
	}
	t.Run("a wrong token", func(t *testing.T) {
		srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now, Description: "-"})
		if f, ok := errors.AsType[*FatalError](runOnce(t, srv, "wrong")); !ok || f.Code != 4004 {
			t.Errorf("it ended with %v", f)
		}
	})
}

// runOnce runs the platform until it ends by itself.
func runOnce(t *testing.T, srv *discordtest.Server, token string) error {
	t.Helper()
	p, err := New(Options{APIURL: srv.URL(), Token: token, Commands: few(), Now: time.Now, Log: quiet, IdentifyGap: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	return p.Run(ctx, &desk{})
}
