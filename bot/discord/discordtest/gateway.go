package discordtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// Intents say which events a session gets.
type Intents int

// The intents; members, presences and message content are privileged.
const (
	IntentGuilds                 Intents = 1 << 0
	IntentGuildMembers           Intents = 1 << 1
	IntentGuildPresences         Intents = 1 << 8
	IntentGuildMessages          Intents = 1 << 9
	IntentGuildMessageReactions  Intents = 1 << 10
	IntentDirectMessages         Intents = 1 << 12
	IntentDirectMessageReactions Intents = 1 << 13
	IntentMessageContent         Intents = 1 << 15
	IntentGuildScheduledEvents   Intents = 1 << 16
	IntentGuildMessagePolls      Intents = 1 << 24
	IntentDirectMessagePolls     Intents = 1 << 25

	privilegedIntents = IntentGuildMembers | IntentGuildPresences | IntentMessageContent
	// knownIntents are the bits that Discord has: 0 to 16, 20, 21, 24, 25.
	knownIntents Intents = 1<<17 - 1 | 1<<20 | 1<<21 | 1<<24 | 1<<25
)

// The operations of the gateway.
const (
	opDispatch       = 0
	opHeartbeat      = 1
	opIdentify       = 2
	opPresence       = 3
	opVoice          = 4
	opResume         = 6
	opReconnect      = 7
	opMembers        = 8
	opInvalidSession = 9
	opHello          = 10
	opAck            = 11
)

// The codes with which Discord closes a connection.
const (
	CloseUnknown          = 4000
	CloseUnknownOpcode    = 4001
	CloseDecode           = 4002
	CloseNotAuthenticated = 4003
	CloseAuthentication   = 4004
	CloseAlready          = 4005
	CloseBadSeq           = 4007
	CloseRateLimited      = 4008
	CloseTimedOut         = 4009
	CloseBadShard         = 4010
	CloseShardingRequired = 4011
	CloseBadVersion       = 4012
	CloseBadIntents       = 4013
	CloseDisallowed       = 4014
)

// CloseCodes are all of them; after those in FatalCodes a client may not
// connect again as it is.
var (
	CloseCodes = []int{4000, 4001, 4002, 4003, 4004, 4005, 4007, 4008, 4009, 4010, 4011, 4012, 4013, 4014}
	FatalCodes = []int{4004, 4010, 4011, 4012, 4013, 4014}
)

const (
	maxPayload   = 4096            // bytes that a client may send at once
	maxSends     = 120             // payloads that it may send in a minute
	sessionLives = 3 * time.Minute // without a connection
	compressFrom = 1024            // bytes, for clients that asked for it
)

// gateway is what is connected.
type gateway struct {
	sessions   map[string]*session
	conns      []*conn
	faults     []*GatewayFault
	running    sync.WaitGroup
	closed     bool
	identifies []time.Time // of the last day
	turns      map[int]time.Time
}

func newGateway() gateway {
	return gateway{sessions: map[string]*session{}, turns: map[int]time.Time{}}
}

// A session outlives its connections.
type session struct {
	id           string
	shard, total int
	intents      Intents
	compress     bool
	seq          int
	log          []event
	conn         *conn // nil when there is none
	gone         time.Time
	dead         bool
}

// An event is what a session was told; a resumed one is told again.
type event struct {
	seq  int
	data []byte
}

// maxLog is how many events a session may have missed and still be resumed.
const maxLog = 5000

// A conn is one connection. What it is to send waits in queue, so that no
// holder of the server's lock waits for the network.
type conn struct {
	ws      *websocket.Conn
	session *session
	sends   []time.Time
	version string

	mu       sync.Mutex
	queue    []frame
	wake     chan struct{}
	compress bool
	frozen   bool // sends nothing any more, and looks at nothing
	noAcks   bool
	ended    bool
	beat     *time.Timer
}

// A frame is something to send: a payload, or the end.
type frame struct {
	data  []byte
	close int  // with this code
	drop  bool // without a word
}

func (c *conn) push(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended && !f.drop || c.frozen && !f.drop {
		return
	}
	c.queue = append(c.queue, f)
	if f.drop || f.close != 0 {
		c.ended = true
	}
	if f.drop {
		_ = c.ws.Close() // what waits to be sent is lost, as in life
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

func (c *conn) send(op int, d any) {
	c.push(frame{data: encode(object{"op": op, "d": d, "s": nil, "t": nil})})
}

func (c *conn) closeWith(code int) { c.push(frame{close: code}) }
func (c *conn) drop()              { c.push(frame{drop: true}) }

// write sends what waits, until the connection is over.
func (c *conn) write() {
	defer c.ws.Close()
	for range c.wake {
		for {
			c.mu.Lock()
			if len(c.queue) == 0 {
				c.mu.Unlock()
				break
			}
			f := c.queue[0]
			c.queue = c.queue[1:]
			packed := c.compress && len(f.data) >= compressFrom
			c.mu.Unlock()
			switch {
			case f.drop:
				return
			case f.close != 0:
				message := websocket.FormatCloseMessage(f.close, closeReasons[f.close])
				_ = c.ws.WriteControl(websocket.CloseMessage, message, time.Time{}) // it may be gone
				return
			case packed:
				if c.ws.WriteMessage(websocket.BinaryMessage, deflate(f.data)) != nil {
					return
				}
			default:
				if c.ws.WriteMessage(websocket.TextMessage, f.data) != nil {
					return
				}
			}
		}
	}
}

var closeReasons = map[int]string{
	CloseUnknown: "Unknown error.", CloseUnknownOpcode: "Unknown opcode.", CloseDecode: "Error while decoding payload.",
	CloseNotAuthenticated: "Not authenticated.", CloseAuthentication: "Authentication failed.", CloseAlready: "Already authenticated.",
	CloseBadSeq: "Invalid sequence.", CloseRateLimited: "You are being rate limited.", CloseTimedOut: "Session timed out.",
	CloseBadShard: "Invalid shard.", CloseShardingRequired: "Sharding required.", CloseBadVersion: "Invalid API version.",
	CloseBadIntents: "Invalid intent(s).", CloseDisallowed: "Disallowed intent(s).",
}

// serveGateway is one connection from its beginning to its end.
func (s *Server) serveGateway(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	if s.gateway.closed {
		s.mu.Unlock()
		hijack(w)
		return
	}
	s.gateway.running.Add(1)
	s.counters.Connects++
	fault := s.takeGatewayFault(AtConnect)
	s.bump()
	s.mu.Unlock()
	defer s.gateway.running.Done()

	if q := r.URL.Query(); q.Get("compress") != "" || q.Get("encoding") == "etf" {
		http.Error(w, "discordtest speaks JSON, without transport compression", http.StatusBadRequest)
		return
	}
	if fault != nil && fault.Kind == RefuseUpgrade {
		s.write(w, &answer{status: set2(fault.Code, http.StatusBadGateway), html: gatewayPage})
		return
	}
	up := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	ws, err := up.Upgrade(w, r, nil)
	if err != nil {
		return // the upgrader has answered
	}
	c := &conn{ws: ws, wake: make(chan struct{}, 1), version: r.URL.Query().Get("v")}
	s.gateway.running.Go(c.write)
	s.mu.Lock()
	s.gateway.conns = append(s.gateway.conns, c)
	s.mu.Unlock()
	defer s.hangUp(c)

	if !s.gatewayFault(r, c, fault) {
		s.drain(c)
		return
	}
	c.send(opHello, object{"heartbeat_interval": s.opts.Heartbeat.Milliseconds(), "_trace": []string{"discordtest"}})
	s.expectBeat(c)
	s.listen(r, c)
}

// drain reads until the other side ends it, for faults that say nothing more.
func (s *Server) drain(c *conn) {
	for {
		if _, _, err := c.ws.ReadMessage(); err != nil {
			return
		}
	}
}

// hangUp is the end of a connection. Its session waits to be resumed unless
// the client ended it in order.
func (s *Server) hangUp(c *conn) {
	c.drop()
	s.mu.Lock()
	defer s.mu.Unlock()
	c.mu.Lock()
	if c.beat != nil {
		c.beat.Stop()
	}
	c.mu.Unlock()
	s.gateway.conns = slices.DeleteFunc(s.gateway.conns, func(x *conn) bool { return x == c })
	if ss := c.session; ss != nil && ss.conn == c {
		ss.conn, ss.gone = nil, s.time()
	}
	s.bump()
}

// expectBeat closes the connection when no heartbeat comes for two intervals.
func (s *Server) expectBeat(c *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.beat != nil {
		c.beat.Reset(2 * s.opts.Heartbeat)
		return
	}
	c.beat = time.AfterFunc(2*s.opts.Heartbeat, func() { c.closeWith(CloseTimedOut) })
}

// A payload is what a client sends.
type payload struct {
	Op *int            `json:"op"`
	D  json.RawMessage `json:"d"`
}

// listen takes what the client says.
func (s *Server) listen(r *http.Request, c *conn) {
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			// 1000 and 1001 end the session at Discord; anything else leaves it.
			if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
				s.mu.Lock()
				if ss := c.session; ss != nil && ss.conn == c {
					ss.dead = true
					delete(s.gateway.sessions, ss.id)
				}
				s.mu.Unlock()
			}
			return
		}
		c.mu.Lock()
		frozen := c.frozen
		c.mu.Unlock()
		if frozen {
			continue
		}
		if !s.take(r, c, data) {
			s.drain(c)
			return
		}
	}
}

// take does what one payload asks for; it reports whether to go on.
func (s *Server) take(r *http.Request, c *conn, data []byte) bool {
	var p payload
	if len(data) > maxPayload || json.Unmarshal(data, &p) != nil || p.Op == nil {
		c.closeWith(CloseDecode)
		return false
	}
	s.mu.Lock()
	now := s.time()
	c.sends = append(slices.DeleteFunc(c.sends, func(t time.Time) bool { return now.Sub(t) >= time.Minute }), now)
	tooMany := len(c.sends) > maxSends
	session := c.session
	s.mu.Unlock()
	if tooMany {
		c.closeWith(CloseRateLimited)
		return false
	}
	switch *p.Op {
	case opHeartbeat:
		s.mu.Lock()
		s.counters.Heartbeats++
		s.bump()
		s.mu.Unlock()
		c.mu.Lock()
		mute := c.noAcks
		c.mu.Unlock()
		s.expectBeat(c)
		if !mute {
			c.send(opAck, nil)
		}
		return true
	case opIdentify:
		if session != nil {
			c.closeWith(CloseAlready)
			return false
		}
		return s.identify(r, c, p.D)
	case opResume:
		if session != nil {
			c.closeWith(CloseAlready)
			return false
		}
		return s.resume(r, c, p.D)
	case opPresence, opVoice, opMembers, 31:
		if session == nil {
			c.closeWith(CloseNotAuthenticated)
			return false
		}
		return true
	}
	if session == nil {
		c.closeWith(CloseNotAuthenticated)
	} else {
		c.closeWith(CloseUnknownOpcode)
	}
	return false
}

// identifiesLeft is how many identifies are left today, and when there are
// more.
func (s *Server) identifiesLeft() (int, time.Duration) {
	now := s.time()
	g := &s.gateway
	for len(g.identifies) > 0 && now.Sub(g.identifies[0]) >= 24*time.Hour {
		g.identifies = g.identifies[1:]
	}
	if len(g.identifies) == 0 {
		return s.opts.Identifies, 0
	}
	return max(s.opts.Identifies-len(g.identifies), 0), 24*time.Hour - now.Sub(g.identifies[0])
}

// identify begins a session, or says why not.
func (s *Server) identify(r *http.Request, c *conn, d json.RawMessage) bool {
	var id struct {
		Token      string         `json:"token"`
		Intents    *int64         `json:"intents"`
		Compress   bool           `json:"compress"`
		Shard      *[2]int        `json:"shard"`
		Properties map[string]any `json:"properties"`
	}
	if json.Unmarshal(d, &id) != nil || id.Intents == nil || id.Properties == nil {
		c.closeWith(CloseDecode)
		return false
	}
	s.mu.Lock()
	s.counters.Identifies++
	shard := [2]int{0, 1}
	if id.Shard != nil {
		shard = *id.Shard
	}
	now := s.time()
	left, _ := s.identifiesLeft()
	s.gateway.identifies = append(s.gateway.identifies, now)
	turn := shard[0] % s.opts.Concurrency
	early := now.Sub(s.gateway.turns[turn]) < s.opts.IdentifyGap && !s.gateway.turns[turn].IsZero()
	code := 0
	intents := Intents(*id.Intents)
	switch {
	case left == 0:
		s.resetToken()
		code = CloseAuthentication
	case id.Token != s.token && id.Token != "Bot "+s.token:
		code = CloseAuthentication
	case c.version != "9" && c.version != "10":
		code = CloseBadVersion
	case shard[1] < 1 || shard[0] < 0 || shard[0] >= shard[1]:
		code = CloseBadShard
	case intents&^knownIntents != 0 || *id.Intents < 0:
		code = CloseBadIntents
	case intents&privilegedIntents&^s.opts.Privileged != 0:
		code = CloseDisallowed
	case s.guildsOf(shard) >= s.opts.LargeGuilds:
		code = CloseShardingRequired
	}
	var fault *GatewayFault
	if code == 0 && !early {
		s.gateway.turns[turn] = now
		fault = s.takeGatewayFault(AtIdentify)
	}
	s.bump()
	s.mu.Unlock()
	if code != 0 {
		c.closeWith(code)
		return false
	}
	if early {
		c.send(opInvalidSession, false)
		return true
	}
	if !s.gatewayFault(r, c, fault) {
		return s.goesOn(fault)
	}
	s.mu.Lock()
	ss := &session{id: "session" + s.newID(), shard: shard[0], total: shard[1], intents: intents, compress: id.Compress, conn: c}
	s.gateway.sessions[ss.id] = ss
	c.session = ss
	c.mu.Lock()
	c.compress = id.Compress
	c.mu.Unlock()
	guilds := []any{}
	var mine []*guild
	for _, g := range s.sortedGuilds() {
		if g.members[s.app.bot.ID] != nil && shardOf(g.id, ss.total) == ss.shard {
			guilds = append(guilds, object{"id": g.id, "unavailable": true})
			mine = append(mine, g)
		}
	}
	me := s.app.bot.json()
	me["mfa_enabled"], me["verified"], me["email"] = true, true, nil
	s.tell(ss, "READY", object{
		"v": 10, "user": me, "guilds": guilds, "session_id": ss.id, "resume_gateway_url": s.gatewayURL() + "/", "session_type": "normal",
		"shard": shard, "application": object{"id": s.app.id, "flags": 0}, "private_channels": []any{}, "presences": []any{}, "relationships": []any{},
		"user_settings": object{}, "geo_ordered_rtc_regions": []any{}, "_trace": []any{},
	})
	if intents&IntentGuilds != 0 {
		for _, g := range mine {
			if !g.unavailable {
				s.tell(ss, "GUILD_CREATE", g.create(s))
			}
		}
	}
	late := s.takeGatewayFault(AfterReady)
	s.bump()
	s.mu.Unlock()
	return s.gatewayFault(r, c, late) || s.goesOn(late)
}

// guildsOf counts the guilds of a shard.
func (s *Server) guildsOf(shard [2]int) (n int) {
	for id, g := range s.guilds {
		if g.members[s.app.bot.ID] != nil && shardOf(id, shard[1]) == shard[0] {
			n++
		}
	}
	return n
}

// shardOf is the shard that a guild's events go to.
func shardOf(guildID string, total int) int { return int(number(guildID) >> 22 % uint64(total)) }

// resume goes on with a session.
func (s *Server) resume(r *http.Request, c *conn, d json.RawMessage) bool {
	var res struct {
		Token   string `json:"token"`
		Session string `json:"session_id"`
		Seq     *int   `json:"seq"`
	}
	if json.Unmarshal(d, &res) != nil || res.Seq == nil {
		c.closeWith(CloseDecode)
		return false
	}
	s.mu.Lock()
	s.counters.Resumes++
	fault := s.takeGatewayFault(AtResume)
	right := res.Token == s.token || res.Token == "Bot "+s.token
	s.bump()
	s.mu.Unlock()
	if !right {
		c.closeWith(CloseAuthentication)
		return false
	}
	if !s.gatewayFault(r, c, fault) {
		return s.goesOn(fault)
	}
	s.mu.Lock()
	ss := s.gateway.sessions[res.Session]
	if ss != nil && ss.conn == nil && s.time().Sub(ss.gone) >= sessionLives {
		delete(s.gateway.sessions, ss.id)
		ss = nil
	}
	missed := ss == nil || len(ss.log) > 0 && ss.log[0].seq > *res.Seq+1
	if missed || ss.dead {
		s.mu.Unlock()
		c.send(opInvalidSession, false)
		return true
	}
	if *res.Seq > ss.seq || *res.Seq < 0 {
		s.mu.Unlock()
		c.closeWith(CloseBadSeq)
		return false
	}
	if old := ss.conn; old != nil {
		old.closeWith(CloseUnknown) // one connection a session
	}
	ss.conn, c.session = c, ss
	c.mu.Lock()
	c.compress = ss.compress
	c.mu.Unlock()
	s.counters.Resumed++
	for _, e := range ss.log {
		if e.seq > *res.Seq {
			c.push(frame{data: e.data})
		}
	}
	s.tell(ss, "RESUMED", object{"_trace": []string{"discordtest"}})
	late := s.takeGatewayFault(AfterReady)
	s.bump()
	s.mu.Unlock()
	return s.gatewayFault(r, c, late) || s.goesOn(late)
}

// Connected is how many sessions have a connection.
func (s *Server) Connected() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ss := range s.gateway.sessions {
		if ss.conn != nil {
			n++
		}
	}
	return n
}

// Sessions are the shards that have a session, connected or not, as "0/1".
func (s *Server) Sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []string
	for _, ss := range s.gateway.sessions {
		out = append(out, strconv.Itoa(ss.shard)+"/"+strconv.Itoa(ss.total))
	}
	slices.Sort(out)
	return out
}
