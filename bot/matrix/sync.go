package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// maxPatience is how long one thing is tried before the room goes on without
// it.
const maxPatience = time.Hour

// maxBatches bounds how much may be under way before more is asked for.
const maxBatches = 64

// A session is one run of the connection: what was received and is not worked
// through. Events of one room come one after another; rooms do not wait for
// each other.
type session struct {
	*Platform
	h bot.Handler
	// stop ends when no more work is to be begun; work, when what is under
	// way must end too.
	stop, work context.Context

	mu      sync.Mutex
	queues  map[id.RoomID][]job
	batches []*batch
	unsaved *position               // up to which nothing is left, nil if it is saved or being saved
	saving  bool                    // a goroutine saves it
	seen    *memo[id.EventID, bool] // events that were put into a queue
	// repeats are the events of the first answer, which a process before this
	// one may have been given too, and may have dealt with.
	repeats  map[string]bool
	caughtUp bool
	began    time.Time
	slots    chan struct{}
	busy     sync.WaitGroup
	asked    *memo[string, time.Time] // whom, in which room, to open a direct one
	unread   []*unread                // of encrypted rooms, whose keys have not come
	watched  map[id.RoomID]chan struct{}
}

// A batch is one answer of the server's. Its position is saved when all that
// came with it, and before it, has been worked through: whoever is killed
// before gets the same events again.
type batch struct {
	pos  position
	left int
}

// A job is one event. do reports whether it has been worked through.
type job struct {
	batch *batch
	do    func(ctx context.Context) (done bool)
}

// ErrToken says that the homeserver does not take the access token; waiting
// does not help.
var ErrToken = errors.New("matrix: the access token is not valid")

// Connected reports whether the homeserver answered last time.
func (p *Platform) Connected() bool { return p.connected.Load() }

// Run implements bot.Platform.
func (p *Platform) Run(ctx context.Context, h bot.Handler) error {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop, end := context.WithCancel(ctx)
	defer end()
	s := &session{Platform: p, h: h, stop: stop, work: work, queues: map[id.RoomID][]job{}, seen: newMemo[id.EventID, bool](16384), asked: newMemo[string, time.Time](4096), watched: map[id.RoomID]chan struct{}{}, repeats: map[string]bool{}, began: p.opt.Now(), slots: make(chan struct{}, maxBatches)}
	err := s.run(ctx)
	end()
	p.connected.Store(false)
	// Events under way are finished; the others come again.
	finished := make(chan struct{})
	go func() {
		s.busy.Wait()
		close(finished)
	}()
	limit := time.NewTimer(p.opt.StopWithin)
	defer limit.Stop()
	select {
	case <-finished:
	case <-limit.C:
		cancel()
		<-finished
	}
	if ctx.Err() != nil {
		return nil
	}
	return err
}

func (s *session) run(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	pos := s.state.position(s.me)
	failures := 0
	for ctx.Err() == nil {
		resp, err := s.cli.FullSyncRequest(ctx, mautrix.ReqSync{Timeout: 30000, Since: pos.Since, FilterID: filter(pos.Since == "")})
		if err == nil {
			var next position
			if next, err = s.receive(ctx, resp, pos); err == nil {
				if failures > 0 {
					s.opt.Log.Info("the homeserver answers again", "tries", failures)
					if s.opt.Back != nil {
						s.opt.Back(ctx)
					}
				}
				pos, failures = next, 0
				s.connected.Store(true)
				continue
			}
		}
		if ctx.Err() != nil {
			break
		}
		if code(err) == "M_UNKNOWN_TOKEN" || code(err) == "M_MISSING_TOKEN" {
			return fmt.Errorf("%w any more: %w", ErrToken, err)
		}
		if failures == 0 {
			s.opt.Log.Warn("the homeserver does not answer", "err", err)
		}
		failures++
		s.connected.Store(false)
		pause(ctx, max(retryAfter(err), wait(failures)))
	}
	return ctx.Err()
}

// connect finds out who the bot is, and tells of the rooms that it is in.
func (s *session) connect(ctx context.Context) error {
	who, err := s.cli.Whoami(ctx)
	if err != nil {
		if status(err) == http.StatusUnauthorized {
			return fmt.Errorf("%w: %w", ErrToken, err)
		}
		return fmt.Errorf("matrix: the homeserver does not answer: %w", err)
	}
	if who.UserID != s.me {
		return fmt.Errorf("%w for %s: it is %s's", ErrToken, s.me, who.UserID)
	}
	names := []string{string(s.me), s.me.Localpart()}
	if name, err := s.cli.GetOwnDisplayName(ctx); err == nil && name.DisplayName != "" {
		names = append(names, name.DisplayName)
	}
	if err := s.openKeys(ctx, who.DeviceID); err != nil {
		return err
	}
	if v := s.keys(); v != nil {
		v.mach.SessionReceived = s.keyCame
	}
	s.Platform.mu.Lock()
	s.names = foldAll(names)
	s.Platform.mu.Unlock()
	joined, err := s.cli.JoinedRooms(ctx)
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	var people []id.RoomID // rooms of several
	for _, room := range joined.JoinedRooms {
		direct, err := s.isDirect(ctx, room)
		if err == nil && !direct {
			direct, err = s.adopt(ctx, room)
		}
		if err != nil {
			return fmt.Errorf("matrix: %w", err)
		}
		if !direct {
			s.changed(bot.RoomChange{Room: roomOf(room), What: bot.Joined})
			people = append(people, room)
		}
	}
	s.busy.Go(func() { // nobody waits for it
		s.nameRooms(ctx, people...)
		s.describeIn(ctx, people...)
	})
	s.opt.Log.Info("connected", "platform", Name, "user", string(s.me), "rooms", len(joined.JoinedRooms))
	return nil
}

func roomOf(r id.RoomID) bot.Room { return bot.Room{Platform: Name, ID: bot.RoomID(r)} }

// filter is what is asked for. At first nothing but the state counts: what was
// said before was said to nobody.
func filter(first bool) string {
	types := []string{"m.room.message", "m.room.encrypted", "m.reaction", "m.room.redaction", "m.room.member", "m.room.power_levels", "m.room.encryption", "m.room.tombstone", "m.room.name"}
	limit := 50
	if first {
		limit = 1
	}
	none := map[string]any{"types": []string{}, "not_types": []string{"*"}}
	text, _ := json.Marshal(map[string]any{ // it is JSON
		"presence":     none,
		"account_data": map[string]any{"types": []string{"m.direct"}},
		"room": map[string]any{
			"account_data": none, "ephemeral": none,
			"state":    map[string]any{"types": types, "lazy_load_members": true},
			"timeline": map[string]any{"types": types, "limit": limit, "lazy_load_members": true},
		},
	})
	return string(text)
}

// receive hands on what came, and returns the position after it.
func (s *session) receive(ctx context.Context, resp *mautrix.RespSync, pos position) (position, error) {
	first := pos.Since == ""
	if v := s.keys(); v != nil {
		v.mach.ProcessSyncResponse(ctx, resp, pos.Since) // keys come before what they open
	}
	next := position{User: s.me, Since: resp.NextBatch, Newest: pos.Newest}
	b := &batch{left: 1}
	type work struct {
		room  id.RoomID
		event id.EventID // "" for what is no event
		do    func(context.Context) bool
	}
	var all []work
	var spoke []id.RoomID // where the bot did
	for room, r := range resp.Rooms.Join {
		events := slices.Clone(r.Timeline.Events)
		own := slices.IndexFunc(events, func(e *event.Event) bool { return s.entered(e) })
		switch {
		case own >= 0:
			// What was said before the bot was there was not said to it.
			events = events[own+1:]
		case r.Timeline.Limited && !first && r.Timeline.PrevBatch != "":
			missed, err := s.missed(ctx, room, r.Timeline.PrevBatch, pos.Newest)
			if err != nil {
				return pos, err
			}
			events = append(missed, events...)
		}
		for _, e := range append(slices.Clone(r.State.Events), r.Timeline.Events...) {
			if e.StateKey != nil {
				s.forgetRoom(room)
			}
		}
		for _, e := range events {
			next.Newest = max(next.Newest, e.Timestamp)
			if first {
				continue
			}
			e.RoomID = room
			if e.Sender == s.me && e.StateKey == nil && !slices.Contains(spoke, room) {
				spoke = append(spoke, room)
			}
			all = append(all, work{room, e.ID, func(ctx context.Context) bool { return s.event(ctx, e, b) }})
		}
	}
	for room, r := range resp.Rooms.Invite {
		all = append(all, work{room, "", func(ctx context.Context) bool { return s.invited(ctx, room, r.State.Events) }})
	}
	for room, r := range resp.Rooms.Leave {
		s.forgetRoom(room)
		if !first {
			all = append(all, work{room, "", func(ctx context.Context) bool {
				return s.left(ctx, room, append(slices.Clone(r.State.Events), r.Timeline.Events...))
			}})
		}
	}
	for _, e := range resp.AccountData.Events {
		if e.Type.Type == "m.direct" {
			s.forgetDirect()
		}
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return pos, ctx.Err()
	}
	b.pos = next
	s.mu.Lock()
	s.batches = append(s.batches, b)
	for _, room := range spoke {
		s.watch(room)
	}
	for _, w := range all {
		if w.event != "" {
			if _, again := s.seen.get(w.event); again {
				continue
			}
			s.seen.put(w.event, true)
			if !s.caughtUp {
				s.repeats[keyOf(w.event)] = true
			}
		}
		b.left++
		s.enqueue(w.room, job{batch: b, do: w.do})
	}
	s.caughtUp = true
	s.mu.Unlock()
	s.done(b)
	return next, nil
}

// keyOf names an event for ever.
func keyOf(e id.EventID) string { return Name + ":" + string(e) }

// repeated reports whether an event may have been dealt with before this run.
func (s *session) repeated(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repeats[key]
}

// entered reports whether an event is the bot's own entry into the room.
func (s *session) entered(e *event.Event) bool {
	if e.Type.Type != event.StateMember.Type || e.GetStateKey() != string(s.me) || rawString(e, "membership") != "join" {
		return false
	}
	return e.Unsigned.PrevContent == nil || prevMembership(e) != "join"
}

func prevMembership(e *event.Event) string {
	var m struct {
		Membership string `json:"membership"`
	}
	_ = json.Unmarshal(e.Unsigned.PrevContent.VeryRaw, &m) // no membership then
	return m.Membership
}

// missed pages back over a gap, to the last event that was seen, and returns
// what it found, oldest first.
func (s *session) missed(ctx context.Context, room id.RoomID, from string, newest int64) ([]*event.Event, error) {
	var out []*event.Event
	oldest := newest - slack.Milliseconds()
	for range maxPages {
		page, err := s.cli.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			return nil, err
		}
		end := false
		for _, e := range page.Chunk {
			if e.Timestamp < oldest || s.entered(e) {
				end = true
				break
			}
			out = append(out, e)
		}
		if end || page.End == "" || page.End == from || len(page.Chunk) == 0 {
			slices.Reverse(out)
			return out, nil
		}
		from = page.End
	}
	s.opt.Log.Warn("too much was said while the bot was away; the oldest of it is passed over", "room", string(room))
	slices.Reverse(out)
	return out, nil
}

// enqueue adds a job to its room's queue, and a worker if none is at it. The
// caller holds s.mu.
func (s *session) enqueue(room id.RoomID, j job) {
	queue, working := s.queues[room]
	s.queues[room] = append(queue, j)
	if !working {
		s.busy.Add(1)
		go s.worker(room)
	}
}

func (s *session) worker(room id.RoomID) {
	defer s.busy.Done()
	for {
		s.mu.Lock()
		queue := s.queues[room]
		if len(queue) == 0 || s.stop.Err() != nil {
			// Of what is left nothing counts as done, so that it comes again.
			delete(s.queues, room)
			s.mu.Unlock()
			return
		}
		j := queue[0]
		s.queues[room] = queue[1:]
		s.mu.Unlock()
		if s.try(j) {
			s.done(j.batch)
		}
	}
}

// try runs a job; one that panics is over, since it would do so again.
func (s *session) try(j job) (done bool) {
	defer func() {
		if p := recover(); p != nil {
			s.opt.Log.Error("an event made the bot stumble", "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			done = true
		}
	}()
	return j.do(s.work)
}

// done counts a job of a batch, and has the position saved after the last batch
// up to which nothing is left.
func (s *session) done(b *batch) {
	if b == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	b.left--
	for len(s.batches) > 0 && s.batches[0].left == 0 {
		s.unsaved = &s.batches[0].pos
		s.batches = s.batches[1:]
		<-s.slots
	}
	if s.unsaved != nil && !s.saving {
		s.saving = true
		s.busy.Go(s.save)
	}
}

// save saves the newest position until there is none newer. It waits for the
// disk, and nobody else does: whoever is killed before gets some events again,
// which are answered already.
func (s *session) save() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.unsaved != nil {
		pos := *s.unsaved
		s.unsaved = nil
		s.mu.Unlock()
		err := s.state.save(pos)
		s.mu.Lock()
		if err == nil && len(s.batches) == 0 && s.unsaved == nil {
			err = s.state.answered()
		}
		if err != nil {
			s.opt.Log.Error("the position in the stream of events could not be saved", "err", err)
		}
	}
	s.saving = false
}

// persist tries until something succeeds or is refused for good, or no more
// work may be done. done is false in the last case.
func (s *session) persist(ctx context.Context, what string, try func() error) (done bool, err error) {
	began := s.opt.Now()
	for n := 1; ; n++ {
		err := try()
		if err == nil {
			return true, nil
		}
		var pe *bot.PostError
		if !errors.As(sendError(err), &pe) || pe.Outcome == bot.Permanent {
			return true, err
		}
		if s.stop.Err() != nil || ctx.Err() != nil {
			return false, err
		}
		if s.opt.Now().Sub(began) > maxPatience {
			return true, err
		}
		if n == 1 {
			s.opt.Log.Warn("to be tried again", "what", what, "err", err)
		}
		pause(s.stop, max(pe.After, wait(n)))
	}
}

// wait is how long to wait after the n-th failure in a row.
func wait(n int) time.Duration { return min(250*time.Millisecond<<min(n, 10), 10*time.Second) }

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}
