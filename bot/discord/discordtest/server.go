package discordtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"
)

// object is a JSON object.
type object = map[string]any

// Options are what a server can be asked for; only Now is required.
type Options struct {
	// Now is the server's clock, to which Advance adds.
	Now func() time.Time
	// Heartbeat is the interval that HELLO asks for: 41.25 s.
	Heartbeat time.Duration
	// Description is the file with Discord's description of its API. "" looks
	// at $DISCORD_OPENAPI and then for shared/discord/openapi.json beside the
	// repository, and goes on without when there is none; "-" never looks.
	Description string
	// NoLimits lets any number of requests pass.
	NoLimits bool
	// Global is how many requests a second all routes take together: 50.
	Global int
	// Shards is how many shards the server recommends: 1.
	Shards int
	// Concurrency is how many shards may identify within five seconds: 1.
	// When IdentifyGap is set it takes the place of the five seconds; a
	// negative one lets them identify as they like.
	Concurrency int
	IdentifyGap time.Duration
	// Identifies is how many are allowed in a day: 1,000.
	Identifies int
	// Privileged are the privileged intents that the application may use.
	Privileged Intents
	// LargeGuilds is how many guilds a shard takes before sharding is
	// required: 2,500.
	LargeGuilds int
	// BanAfter is how many answers of 401, 403 or 429 within ten minutes ban
	// the caller: 10,000.
	BanAfter int
}

// A Server is a Discord. Its methods may be called from many goroutines.
type Server struct {
	opts Options
	http *httptest.Server
	desc *description
	mux  []route

	mu      sync.Mutex
	changed chan struct{} // closed, and made anew, whenever something happened
	skew    time.Duration
	lastID  uint64
	token   string
	app     application
	world
	gateway  gateway
	limits   limits
	faults   []*Fault
	counters Counters
	refusals []Refusal
	lost     []string // what the server itself could not do
}

// application is the bot's own side.
type application struct {
	id        string
	bot       *user
	verifyKey string
	public    bool
}

// Counters are what a server has counted since it was made.
type Counters struct {
	Requests   int            // that arrived
	ByRoute    map[string]int // the same, by "POST /channels/{channel_id}/messages"
	ByStatus   map[int]int    // answers, by status; 0 for none
	Limited    int            // requests refused by a limit that nobody asked for as a fault
	Invalid    int            // 401, 403 and 429 of the last ten minutes
	Banned     bool
	Identifies int // IDENTIFY taken or refused
	Resumes    int // RESUME asked for
	Resumed    int // RESUME granted
	Connects   int // connections of the gateway
	Heartbeats int
	Faults     int // that happened
	Validated  int // requests that were held against the description
}

// A Refusal is a request that Discord would have refused as malformed.
type Refusal struct {
	Method, Path string
	Status, Code int
	Rules        []Rule   // of ours; empty when only the description refuses
	Problems     []string // "components[0].label: Must be 80 or fewer in length."
	Body         string
}

func (r Refusal) String() string {
	return fmt.Sprintf("%s %s: %d (%d) %v", r.Method, r.Path, r.Status, r.Code, r.Problems)
}

// New starts a server; Close ends it.
func New(o Options) (*Server, error) {
	if o.Now == nil {
		return nil, errors.New("discordtest: Options.Now is missing")
	}
	set(&o.Heartbeat, 41250*time.Millisecond)
	set(&o.Global, 50)
	set(&o.Shards, 1)
	set(&o.Concurrency, 1)
	set(&o.IdentifyGap, 5*time.Second)
	set(&o.Identifies, 1000)
	set(&o.LargeGuilds, 2500)
	set(&o.BanAfter, 10000)
	s := &Server{opts: o, changed: make(chan struct{})}
	desc, err := loadDescription(o.Description)
	if err != nil {
		return nil, err
	}
	s.desc = desc
	s.mux = routes()
	s.token = "discordtest." + strconv.FormatInt(o.Now().UnixNano(), 36)
	s.world = newWorld()
	s.limits = newLimits()
	s.gateway = newGateway()
	s.counters = Counters{ByRoute: map[string]int{}, ByStatus: map[int]int{}}
	s.app = application{id: s.newID(), verifyKey: "00", public: true}
	s.app.bot = &user{ID: s.app.id, Name: "lectern", Bot: true}
	s.users[s.app.id] = s.app.bot
	s.http = httptest.NewUnstartedServer(s)
	s.http.Start()
	return s, nil
}

func set[T comparable](v *T, standard T) {
	var zero T
	if *v == zero {
		*v = standard
	}
}

// NewServer starts a server for a test. At the test's end it is closed, and
// what was refused and not taken by TakeRefusals fails the test.
func NewServer(t testing.TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		for _, r := range s.TakeRefusals() {
			t.Errorf("Discord would refuse %s\n%.2000s", r, r.Body)
		}
		for _, l := range s.lost {
			t.Error(l)
		}
	})
	return s
}

// Close drops every connection and stops listening.
func (s *Server) Close() {
	s.Disconnect()
	s.mu.Lock()
	s.gateway.closed = true
	s.mu.Unlock()
	s.http.CloseClientConnections()
	s.http.Close()
	s.gateway.running.Wait()
}

// URL is what stands in place of https://discord.com.
func (s *Server) URL() string { return s.http.URL }

// Token is the bot's token.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// ResetToken makes the bot's token worthless, as Discord does when too many
// identified in a day. The new one is returned.
func (s *Server) ResetToken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resetToken()
	return s.token
}

func (s *Server) resetToken() { s.token = "discordtest." + s.newID() }

// Application is the application's ID.
func (s *Server) Application() string { return s.app.id }

// Bot is the bot's user ID.
func (s *Server) Bot() string { return s.app.bot.ID }

// Now is the time on the server.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.time()
}

func (s *Server) time() time.Time { return s.opts.Now().Add(s.skew) }

// Advance moves the server's clock forward. Polls that end in that time do.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += d
	s.endPolls()
	s.bump()
}

// Described reports whether requests are held against Discord's description.
func (s *Server) Described() bool { return s.desc != nil }

// Counters are the counts so far.
func (s *Server) Counters() Counters {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counters
	c.ByRoute, c.ByStatus = map[string]int{}, map[int]int{}
	maps.Copy(c.ByRoute, s.counters.ByRoute)
	maps.Copy(c.ByStatus, s.counters.ByStatus)
	c.Invalid = s.limits.invalidSince(s.time())
	c.Banned = s.limits.banned
	return c
}

// Refusals are the requests that were refused as malformed so far.
func (s *Server) Refusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.refusals)
}

// TakeRefusals returns what Refusals does, and forgets it.
func (s *Server) TakeRefusals() []Refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.refusals
	s.refusals = nil
	return taken
}

// WaitReady waits until the bot is connected and has registered its commands.
func (s *Server) WaitReady(ctx context.Context) error {
	return s.Until(ctx, func() bool {
		s.mu.Lock()
		registered := len(s.commands) > 0
		s.mu.Unlock()
		return registered && s.Connected() > 0
	})
}

// CloseIdle closes the connections of the API on which nothing is under way, so
// that those who count what a bot holds do not count them.
func (s *Server) CloseIdle() {
	s.http.Config.SetKeepAlivesEnabled(false)
	s.http.Config.SetKeepAlivesEnabled(true)
}

// Until waits until ok is true, which is asked whenever something has happened
// on the server. ok may call the server's methods.
func (s *Server) Until(ctx context.Context, ok func() bool) error {
	for {
		s.mu.Lock()
		changed := s.changed
		s.mu.Unlock()
		if ok() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// bump wakes those that wait in Until.
func (s *Server) bump() {
	close(s.changed)
	s.changed = make(chan struct{})
}

// epoch is where Discord's IDs begin.
const epoch = 1420070400000

// newID is a snowflake of now; each is greater than the one before.
func (s *Server) newID() string {
	id := uint64(max(s.time().UnixMilli()-epoch, 0)) << 22
	if id <= s.lastID {
		id = s.lastID + 1
	}
	s.lastID = id
	return strconv.FormatUint(id, 10)
}

// madeAt is the instant in a snowflake.
func madeAt(id string) time.Time {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.UnixMilli(int64(n>>22) + epoch)
}

func number(id string) uint64 {
	n, _ := strconv.ParseUint(id, 10, 64) // IDs are ours, or were looked at before
	return n
}

// stamp is an instant as Discord writes it.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000-07:00") }

func stampOrNil(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return stamp(t)
}

// An apiError is an answer that refuses.
type apiError struct {
	status  int
	code    int
	message string
	found   []finding // of a malformed request
}

func (e *apiError) Error() string { return fmt.Sprintf("%d: %s (%d)", e.status, e.message, e.code) }

// body is the error as Discord writes it: the problems stand at the places of
// the fields that have them.
func (e *apiError) body() object {
	out := object{"message": e.message, "code": e.code}
	if len(e.found) == 0 {
		return out
	}
	tree := object{}
	for _, f := range e.found {
		at := tree
		for _, step := range f.steps() {
			next, ok := at[step].(object)
			if !ok {
				next = object{}
				at[step] = next
			}
			at = next
		}
		list, _ := at["_errors"].([]any)
		at["_errors"] = append(list, object{"code": f.code, "message": f.message})
	}
	out["errors"] = tree
	return out
}

// The errors by Discord's codes.
func fail(status, code int, message string) *apiError {
	return &apiError{status: status, code: code, message: message}
}

var (
	errUnauthorized   = fail(http.StatusUnauthorized, 0, "401: Unauthorized")
	errNotFound       = fail(http.StatusNotFound, 0, "404: Not Found")
	errMethod         = fail(http.StatusMethodNotAllowed, 0, "405: Method Not Allowed")
	unknownChannel    = fail(http.StatusNotFound, 10003, "Unknown Channel")
	unknownGuild      = fail(http.StatusNotFound, 10004, "Unknown Guild")
	unknownMember     = fail(http.StatusNotFound, 10007, "Unknown Member")
	unknownMessage    = fail(http.StatusNotFound, 10008, "Unknown Message")
	unknownUser       = fail(http.StatusNotFound, 10013, "Unknown User")
	unknownEmoji      = fail(http.StatusBadRequest, 10014, "Unknown Emoji")
	unknownWebhook    = fail(http.StatusNotFound, 10015, "Unknown Webhook")
	unknownInteract   = fail(http.StatusNotFound, 10062, "Unknown interaction")
	unknownCommand    = fail(http.StatusNotFound, 10063, "Unknown application command")
	unknownEvent      = fail(http.StatusNotFound, 10070, "Unknown Guild Scheduled Event")
	alreadyAnswered   = fail(http.StatusBadRequest, 40060, "Interaction has already been acknowledged.")
	missingAccess     = fail(http.StatusForbidden, 50001, "Missing Access")
	notOurMessage     = fail(http.StatusForbidden, 50005, "Cannot edit a message authored by another user")
	emptyMessage      = fail(http.StatusBadRequest, 50006, "Cannot send an empty message")
	cannotMessage     = fail(http.StatusForbidden, 50007, "Cannot send messages to this user")
	notAText          = fail(http.StatusBadRequest, 50008, "Cannot send messages in a non-text channel")
	missingPermission = fail(http.StatusForbidden, 50013, "Missing Permissions")
	badToken          = fail(http.StatusUnauthorized, 50027, "Invalid Webhook Token")
	wrongChannelType  = fail(http.StatusBadRequest, 50024, "Cannot execute action on this channel type")
	threadArchived    = fail(http.StatusBadRequest, 50083, "Thread is archived")
	threadExists      = fail(http.StatusBadRequest, 160004, "A thread has already been created for this message")
	threadLocked      = fail(http.StatusForbidden, 160005, "Thread is locked")
	maxPins           = fail(http.StatusBadRequest, 30003, "Maximum number of pins reached (250)")
	maxReactions      = fail(http.StatusBadRequest, 30010, "Maximum number of reactions reached (20)")
	maxEvents         = fail(http.StatusBadRequest, 30038, "Maximum number of uncompleted guild scheduled events reached (100)")
	pollExpired       = fail(http.StatusBadRequest, 520001, "Poll expired")
	notAPoll          = fail(http.StatusBadRequest, 520003, "Cannot expire a non-poll message")
)

// encode is v as JSON; what is encoded here always can be.
func encode(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}
