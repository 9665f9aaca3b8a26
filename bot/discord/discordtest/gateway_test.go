package discordtest

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// A line is a bot's end of the gateway, by hand.
type line struct {
	t   *testing.T
	ws  *websocket.Conn
	seq int
}

// A said is what the gateway says.
type said struct {
	Op int             `json:"op"`
	D  json.RawMessage `json:"d"`
	S  *int            `json:"s"`
	T  string          `json:"t"`
}

func (b *bench) dial() *line {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	b.mu.Lock()
	address := b.gatewayURL()
	b.mu.Unlock()
	ws, res, err := websocket.DefaultDialer.DialContext(ctx, address+"/?v=10&encoding=json", nil)
	if res != nil && res.Body != nil {
		res.Body.Close()
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { ws.Close() })
	return &line{t: b.t, ws: ws}
}

// read is the next thing that the gateway says, or the code with which it ends.
func (l *line) read() (said, int) {
	l.t.Helper()
	// A test that waits for what never comes fails in half a minute.
	if err := l.ws.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		l.t.Fatal(err)
	}
	kind, data, err := l.ws.ReadMessage()
	if err != nil {
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
			return said{}, closed.Code
		}
		return said{}, -1
	}
	if kind == websocket.BinaryMessage {
		z, err := zlib.NewReader(bytes.NewReader(data))
		if err != nil {
			l.t.Fatal(err)
		}
		if data, err = io.ReadAll(z); err != nil {
			l.t.Fatal(err)
		}
	}
	var s said
	if err := json.Unmarshal(data, &s); err != nil {
		l.t.Fatalf("%s: %v", data, err)
	}
	if s.S != nil {
		l.seq = *s.S
	}
	return s, 0
}

// expect reads until an operation, or an event of a name.
func (l *line) expect(op int, name string) said {
	l.t.Helper()
	for {
		s, code := l.read()
		if code != 0 {
			l.t.Fatalf("the connection ended with %d before op %d %s", code, op, name)
		}
		if s.Op == op && s.T == name {
			return s
		}
	}
}

// closed reads until the end, and returns its code; -1 without one.
func (l *line) closed() int {
	l.t.Helper()
	for {
		if _, code := l.read(); code != 0 {
			return code
		}
	}
}

func (l *line) send(op int, d any) {
	l.t.Helper()
	if err := l.ws.WriteJSON(object{"op": op, "d": d}); err != nil {
		l.t.Fatal(err)
	}
}

func identity(b *bench, change object) object {
	d := object{"token": b.Token(), "intents": int(IntentGuilds | IntentGuildMessagePolls | IntentGuildScheduledEvents), "properties": object{"os": "linux"}}
	maps.Copy(d, change)
	return d
}

// open is a connection that is ready, with its session.
func (b *bench) open(change object) (*line, string) {
	b.t.Helper()
	l := b.dial()
	l.expect(opHello, "")
	l.send(opIdentify, identity(b, change))
	var ready struct {
		Session string `json:"session_id"`
	}
	if err := json.Unmarshal(l.expect(opDispatch, "READY").D, &ready); err != nil {
		b.t.Fatal(err)
	}
	return l, ready.Session
}

func quick() Options { return Options{NoLimits: true, Description: "-", IdentifyGap: -1} }

func TestASessionIsResumed(t *testing.T) {
	b := newBench(t, quick())
	b.register(slash("passage"))
	l, session := b.open(nil)
	l.expect(opDispatch, "GUILD_CREATE")
	l.send(opHeartbeat, l.seq)
	l.expect(opAck, "")
	b.Disconnect()
	if code := l.closed(); code != -1 {
		t.Errorf("a dropped connection ended with %d", code)
	}
	missed := b.command() // while nobody is connected

	l2 := b.dial()
	l2.expect(opHello, "")
	l2.send(opResume, object{"token": b.Token(), "session_id": session, "seq": l.seq})
	var got struct{ ID string }
	if err := json.Unmarshal(l2.expect(opDispatch, "INTERACTION_CREATE").D, &got); err != nil || got.ID != missed.ID() {
		t.Errorf("replayed %q (%v), want %q", got.ID, err, missed.ID())
	}
	l2.expect(opDispatch, "RESUMED")
	if c := b.Counters(); c.Resumes != 1 || c.Resumed != 1 || c.Identifies != 1 || c.Connects != 2 {
		t.Errorf("counted %+v", c)
	}

	// Too late, and after an end in order, there is nothing to resume.
	b.Disconnect()
	if err := b.Until(t.Context(), func() bool { return b.Connected() == 0 }); err != nil {
		t.Fatal(err)
	}
	b.Advance(sessionLives)
	l3 := b.dial()
	l3.expect(opHello, "")
	l3.send(opResume, object{"token": b.Token(), "session_id": session, "seq": l2.seq})
	if s := l3.expect(opInvalidSession, ""); string(s.D) != "false" {
		t.Errorf("op 9 says %s", s.D)
	}
	l4, session := b.open(nil)
	_ = l4.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	l4.closed()
	if err := b.Until(t.Context(), func() bool { return !slices.Contains(b.Sessions(), "0/1") }); err != nil {
		t.Fatal(err)
	}
	l5 := b.dial()
	l5.expect(opHello, "")
	l5.send(opResume, object{"token": b.Token(), "session_id": session, "seq": 1})
	l5.expect(opInvalidSession, "")
}

func TestTheGatewayRefuses(t *testing.T) {
	for _, x := range []struct {
		name string
		code int
		do   func(b *bench, l *line)
	}{
		{"no token", CloseAuthentication, func(b *bench, l *line) { l.send(opIdentify, identity(b, object{"token": "x"})) }},
		{"before identifying", CloseNotAuthenticated, func(_ *bench, l *line) { l.send(opPresence, object{}) }},
		{"unknown operation", CloseUnknownOpcode, func(b *bench, l *line) {
			l.send(opIdentify, identity(b, nil))
			l.expect(opDispatch, "READY")
			l.send(77, nil)
		}},
		{"no JSON", CloseDecode, func(_ *bench, l *line) { _ = l.ws.WriteMessage(websocket.TextMessage, []byte("{")) }},
		{"too long", CloseDecode, func(b *bench, l *line) { l.send(opIdentify, identity(b, object{"x": long(maxPayload)})) }},
		{"twice", CloseAlready, func(b *bench, l *line) {
			l.send(opIdentify, identity(b, nil))
			l.expect(opDispatch, "READY")
			l.send(opIdentify, identity(b, nil))
		}},
		{"sequence", CloseBadSeq, func(b *bench, l *line) {
			first, session := b.open(nil)
			l.send(opResume, object{"token": b.Token(), "session_id": session, "seq": first.seq + 100})
		}},
		{"too many", CloseRateLimited, func(b *bench, l *line) {
			for range maxSends + 1 {
				l.send(opHeartbeat, nil)
			}
		}},
		{"shard", CloseBadShard, func(b *bench, l *line) { l.send(opIdentify, identity(b, object{"shard": []int{2, 2}})) }},
		{"intents that there are not", CloseBadIntents, func(b *bench, l *line) { l.send(opIdentify, identity(b, object{"intents": 1 << 30})) }},
		{"privileged intents", CloseDisallowed, func(b *bench, l *line) { l.send(opIdentify, identity(b, object{"intents": int(IntentMessageContent)})) }},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := newBench(t, quick())
			l := b.dial()
			l.expect(opHello, "")
			x.do(b, l)
			if code := l.closed(); code != x.code {
				t.Errorf("closed with %d, want %d", code, x.code)
			}
		})
	}
	t.Run("sharding required", func(t *testing.T) {
		o := quick()
		o.LargeGuilds = 1
		b := newBench(t, o)
		l := b.dial()
		l.expect(opHello, "")
		l.send(opIdentify, identity(b, nil))
		if code := l.closed(); code != CloseShardingRequired {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("heartbeats missing", func(t *testing.T) {
		o := quick()
		o.Heartbeat = 20 * time.Millisecond
		l, _ := newBench(t, o).open(nil)
		if code := l.closed(); code != CloseTimedOut {
			t.Errorf("closed with %d", code)
		}
	})
	t.Run("identifying too fast", func(t *testing.T) {
		b := newBench(t, Options{Description: "-"})
		b.open(nil)
		l := b.dial()
		l.expect(opHello, "")
		l.send(opIdentify, identity(b, nil))
		l.expect(opInvalidSession, "")
		b.Advance(5 * time.Second)
		l.send(opIdentify, identity(b, nil))
		l.expect(opDispatch, "READY")
	})
	t.Run("the day's identifies", func(t *testing.T) {
		o := quick()
		o.Identifies = 1
		b := newBench(t, o)
		token := b.Token()
		b.open(nil)
		l := b.dial()
		l.expect(opHello, "")
		b.Advance(time.Second)
		l.send(opIdentify, identity(b, nil))
		if code := l.closed(); code != CloseAuthentication || b.Token() == token {
			t.Errorf("closed with %d, the token is reset: %v", code, b.Token() != token)
		}
	})
}

func TestTheGatewayFailsOnDemand(t *testing.T) {
	resumeWith := func(f GatewayFault) (*bench, *line) {
		b := newBench(t, quick())
		first, session := b.open(nil)
		b.Disconnect()
		first.closed()
		b.FailGateway(f)
		l := b.dial()
		if f.At != AtConnect {
			l.expect(opHello, "")
			l.send(opResume, object{"token": b.Token(), "session_id": session, "seq": first.seq})
		}
		return b, l
	}
	t.Run("op 7, 9 and 11 in place of or before RESUMED", func(t *testing.T) {
		_, l := resumeWith(GatewayFault{At: AtResume, Kind: AskReconnect})
		l.expect(opReconnect, "")
		_, l = resumeWith(GatewayFault{At: AtResume, Kind: InvalidSession})
		if s := l.expect(opInvalidSession, ""); string(s.D) != "false" {
			t.Errorf("op 9 says %s", s.D)
		}
		_, l = resumeWith(GatewayFault{At: AtResume, Kind: InvalidResumable})
		if s := l.expect(opInvalidSession, ""); string(s.D) != "true" {
			t.Errorf("op 9 says %s", s.D)
		}
		_, l = resumeWith(GatewayFault{At: AtResume, Kind: EarlyAck})
		l.expect(opAck, "")
		l.expect(opDispatch, "RESUMED")
		_, l = resumeWith(GatewayFault{At: AtResume, Kind: ReconnectAndGoOn})
		l.expect(opReconnect, "")
		l.expect(opDispatch, "RESUMED")
	})
	t.Run("every code, at every moment", func(t *testing.T) {
		for _, code := range CloseCodes {
			b := newBench(t, quick())
			l, _ := b.open(nil)
			b.CloseWith(code)
			if got := l.closed(); got != code {
				t.Errorf("closed with %d, want %d", got, code)
			}
			for _, at := range []Moment{AtConnect, AtIdentify, AfterReady} {
				b.FailGateway(GatewayFault{At: at, Kind: Close, Code: code})
				l := b.dial()
				if at != AtConnect {
					l.expect(opHello, "")
					l.send(opIdentify, identity(b, nil))
				}
				if got := l.closed(); got != code {
					t.Errorf("moment %d: closed with %d, want %d", at, got, code)
				}
			}
			if left := b.Mend(); left != 0 {
				t.Errorf("%d faults are left", left)
			}
		}
	})
	t.Run("an acknowledgement that never comes", func(t *testing.T) {
		b := newBench(t, quick())
		l, _ := b.open(nil)
		b.FailGateway(GatewayFault{At: Now, Kind: MuteAcks})
		l.send(opHeartbeat, l.seq)
		b.AddChannel(b.guild, Channel{Name: "after"})
		for {
			s, code := l.read()
			if code != 0 || s.Op == opAck {
				t.Fatalf("op %d, code %d", s.Op, code)
			}
			if s.T == "CHANNEL_CREATE" {
				break
			}
		}
	})
	t.Run("a connection that says nothing", func(t *testing.T) {
		b := newBench(t, quick())
		b.FailGateway(GatewayFault{At: AtConnect, Kind: Hang})
		l := b.dial()
		_ = l.ws.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		if _, _, err := l.ws.ReadMessage(); err == nil {
			t.Error("it said something")
		}
	})
	t.Run("a slow HELLO", func(t *testing.T) {
		b := newBench(t, quick())
		b.FailGateway(GatewayFault{At: AtConnect, Kind: Delay, For: 20 * time.Millisecond})
		b.open(nil)
	})
	t.Run("an upgrade that is refused", func(t *testing.T) {
		b := newBench(t, quick())
		b.FailGateway(GatewayFault{At: AtConnect, Kind: RefuseUpgrade})
		b.mu.Lock()
		address := b.gatewayURL()
		b.mu.Unlock()
		_, res, err := websocket.DefaultDialer.DialContext(t.Context(), address+"/?v=10&encoding=json", nil)
		if err == nil {
			t.Fatal("it was not refused")
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusBadGateway {
			t.Errorf("refused with %s", res.Status)
		}
		b.open(nil)
	})
}

func TestEventsGoWhereTheyAreWanted(t *testing.T) {
	o := quick()
	o.Concurrency = 2
	b := newBench(t, o)
	b.register(slash("passage"))
	other := b.AddGuild("Others")
	for shardOf(other, 2) == shardOf(b.guild, 2) {
		b.Advance(time.Millisecond)
		other = b.AddGuild("Others")
	}
	mine, _ := b.open(object{"shard": []int{shardOf(b.guild, 2), 2}, "intents": int(IntentGuilds | IntentGuildMessages)})
	theirs, _ := b.open(object{"shard": []int{shardOf(other, 2), 2}, "compress": true})
	mine.expect(opDispatch, "GUILD_CREATE")
	theirs.expect(opDispatch, "GUILD_CREATE")

	// Without the privileged intent a message has its words only where the bot
	// is mentioned.
	read := func() string {
		var m struct{ Content string }
		if err := json.Unmarshal(mine.expect(opDispatch, "MESSAGE_CREATE").D, &m); err != nil {
			t.Fatal(err)
		}
		return m.Content
	}
	b.Say(b.ana, b.room, "nothing for a bot")
	if got := read(); got != "" {
		t.Errorf("the bot reads %q", got)
	}
	b.Say(b.ana, b.room, "<@"+b.Bot()+"> hello")
	if got := read(); got != "<@"+b.Bot()+"> hello" {
		t.Errorf("the bot reads %q", got)
	}
	// The other shard hears of none of it.
	b.AddChannel(other, Channel{Name: "theirs"})
	for {
		s, code := theirs.read()
		if code != 0 || s.T == "MESSAGE_CREATE" {
			t.Fatalf("the other shard hears %s (%d)", s.T, code)
		}
		if s.T == "CHANNEL_CREATE" {
			break
		}
	}
}
