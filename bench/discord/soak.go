package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"lectern/bot/discord/discordtest"
)

// A load is a soak under way.
type load struct {
	srv         *discordtest.Server
	rng         *rand.Rand
	room        string
	people      []string
	open        []*discordtest.Interaction // raised and not seen to be done
	done        []time.Duration            // how long the first answers took
	pressable   []string                   // messages with buttons, newest last
	forms       []*discordtest.Modal       // that were opened and not sent
	struck      []string                   // the last faults
	once        int
	twice, late int
	unanswered  int
	raised      int
	worked      int // of those, that reach the handler
	malformed   int // requests that Discord would refuse
	say         func(string, ...any)
	verbose     bool
	byRote      bool
}

// lostEvery is after how many faults of the gateway comes one that ends the
// session: what is raised in between is lost at Discord too, so that the load
// pauses for it.
const lostEvery = 12

func soak(ctx context.Context, args []string, say func(string, ...any)) (err error) {
	f := flag.NewFlagSet("soak", flag.ExitOnError)
	n := f.Int("n", 10000, "how many interactions")
	rate := f.Int("rate", 200, "interactions a second")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "of chance")
	calm := f.Bool("calm", false, "without faults")
	byRote := f.Bool("rote", false, "answers by rote, without a database: the connection alone")
	verbose := f.Bool("v", false, "show each fault, and the end of the bot's log")
	if err := f.Parse(args); err != nil {
		return err
	}
	// What is sent is held to the rules; the description is for tests, which
	// send each form of it once.
	srv, err := discordtest.New(discordtest.Options{Now: time.Now, Description: "-", Heartbeat: 5 * time.Second})
	if err != nil {
		return err
	}
	defer srv.Close()
	l := &load{srv: srv, say: say, verbose: *verbose, byRote: *byRote, rng: rand.New(rand.NewPCG(*seed, 1))}
	guild := srv.AddGuild("Readers")
	l.room = srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
	for i := range 50 {
		l.people = append(l.people, srv.AddMember(guild, srv.AddUser(fmt.Sprint("reader", i))))
	}
	var more []string
	if !*byRote {
		dir, err := os.MkdirTemp("", "lectern-soak-")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
		more = append(more, "-dir", dir, "-room", l.room)
	}
	if *verbose {
		more = append(more, "-v")
	}
	c, err := start(ctx, srv.URL(), srv.Token(), more...)
	if err != nil {
		return err
	}
	defer c.stop()
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if err := srv.WaitReady(soon); err != nil {
		return fmt.Errorf("the bot does not connect: %w: %s", err, c.said)
	}
	// One of each kind first: what is made once is no leak.
	if err := l.run(ctx, 60, 60, false); err != nil {
		return err
	}
	zero, err := l.rest(c)
	if err != nil {
		return err
	}
	*l = load{srv: srv, say: say, verbose: *verbose, byRote: *byRote, rng: l.rng, room: l.room, people: l.people}
	say("seed %d; before the first: %s", *seed, zero)
	var here stall
	go here.watch()
	began := time.Now()
	if err := l.run(ctx, *n/2, *rate, !*calm); err != nil {
		return err
	}
	half, err := l.rest(c)
	if err != nil {
		return err
	}
	say("after the first half: %s", half)
	if err := l.run(ctx, *n-*n/2, *rate, !*calm); err != nil {
		return err
	}
	end, err := l.rest(c)
	if err != nil {
		return err
	}
	say("after the second half: %s", end)
	l.settle(true)
	// What the handler saw more than once was worked on twice, though one answer
	// may have been seen.
	if again := int(end.Handled-zero.Handled+end.Offered-zero.Offered) - l.worked; again > 0 {
		l.twice += again
		l.once -= again
	}
	k := srv.Counters()
	say("%s; faults %d, requests %d, refused for limits %d, identifies %d, resumed %d of %d", time.Since(began).Round(time.Second), k.Faults, k.Requests, k.Limited, k.Identifies, k.Resumed, k.Resumes)
	for _, r := range srv.TakeRefusals() {
		say("Discord would refuse %s", r)
		l.malformed++
	}
	if *verbose {
		say("%s", c.said)
	}
	say("the machine gave the bot no turn for %d ms at most, and this for %d ms", max(half.Stalled, end.Stalled).Milliseconds(), here.take().Milliseconds())
	slices.Sort(l.done)
	p99 := time.Duration(0)
	if len(l.done) > 0 {
		p99 = l.done[len(l.done)*99/100]
	}
	ratio := float64(end.Heap) / float64(half.Heap)
	left := max(end.Goroutines-zero.Goroutines, 0)
	say("%d interactions: %d answered once, %d twice, %d late, %d unanswered; p99 %d ms; heap ratio %.2f; %d goroutines left",
		l.raised, l.once, l.twice, l.late, l.unanswered, p99.Milliseconds(), ratio, left)
	if l.once != l.raised || l.twice+l.late+l.unanswered+l.malformed > 0 || ratio > 1.05 || left > 0 {
		return errors.New("not as it must be")
	}
	return nil
}

// String shows a measure.
func (m measure) String() string {
	return fmt.Sprintf("heap %.2f MiB, %d goroutines, %d handled, %d completed", float64(m.Heap)/(1<<20), m.Goroutines, m.Handled, m.Offered)
}

// rest waits until everything is answered and measures the bot, without the
// connections that wait for something to do.
func (l *load) rest(c *child) (m measure, err error) {
	l.srv.Mend()
	for range 300 {
		if l.settle(false); len(l.open) == 0 && l.srv.Connected() > 0 {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	time.Sleep(time.Second)
	for range 20 {
		l.srv.CloseIdle()
		time.Sleep(100 * time.Millisecond)
	}
	if m, err = c.measure(); err == nil && m.Stacks != "" {
		fmt.Println(m.Stacks)
	}
	return m, err
}

// run raises n interactions, rate of them a second.
func (l *load) run(ctx context.Context, n, rate int, faults bool) error {
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	next, struck := time.Now().Add(time.Second), 0
	for range n {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
		if err := l.raise(); err != nil {
			return err
		}
		if l.raised%50 == 0 {
			l.settle(false)
		}
		if faults && time.Now().After(next) {
			next = time.Now().Add(400*time.Millisecond + time.Duration(l.rng.IntN(800))*time.Millisecond)
			if struck++; struck%lostEvery == 0 {
				if err := l.lose(ctx); err != nil {
					return err
				}
			} else {
				l.strike()
			}
		}
	}
	return nil
}

// raise does something that people do.
func (l *load) raise() error {
	in, handled, err := l.does()
	if err != nil {
		return err
	}
	if handled {
		l.worked++
	}
	l.raised++
	l.open = append(l.open, in)
	return nil
}

// does is something that people do, and whether the handler is asked for it.
func (l *load) does() (in *discordtest.Interaction, handled bool, err error) {
	if l.byRote {
		return l.doesByRote()
	}
	who := l.people[l.rng.IntN(len(l.people))]
	place := fmt.Sprint(l.rng.IntN(86) + 1)
	cited := discordtest.Values{"citation": "handbook " + place}
	command := func(name string, v discordtest.Values) (*discordtest.Interaction, bool, error) {
		in, err := l.srv.Command(who, l.room, name, v)
		return in, true, err
	}
	if len(l.forms) > 0 {
		form := l.forms[0]
		l.forms = l.forms[1:]
		in, err = l.srv.Submit(form, map[string]any{form.Fields[0].CustomID: place})
		return in, true, err
	}
	switch x := l.rng.IntN(100); {
	case x < 22:
		return command("passage", cited)
	case x < 38:
		in, err = l.srv.Complete(who, l.room, "passage", "citation", cited)
		return in, true, err
	case x < 54 && len(l.pressable) > 0:
		on := l.pressable[l.rng.IntN(len(l.pressable))]
		var labels []discordtest.Button
		for _, b := range l.srv.Message(on).Buttons() {
			if b.URL == "" && !b.Disabled {
				labels = append(labels, b)
			}
		}
		b := labels[l.rng.IntN(len(labels))]
		in, err = l.srv.Press(who, on, b.CustomID)
		return in, !strings.HasSuffix(b.Label, "…"), err // that opens a form
	case x < 62:
		return command("search", discordtest.Values{"query": []string{"question", "\"hard book\"", "evening OR week", "read*"}[l.rng.IntN(4)]})
	case x < 68:
		return command("quote", discordtest.Values{"text": "a hard book is given up at page sixty, with nobody looking"})
	case x < 74:
		return command("done", nil)
	case x < 80:
		return command("at", discordtest.Values{"place": place})
	case x < 84:
		return command("reading", nil)
	case x < 88:
		return command("progress", nil)
	case x < 92:
		return command("plan show", nil)
	case x < 94:
		return command("outline", discordtest.Values{"work": "handbook"})
	case x < 96:
		return command("text", nil)
	case x < 97:
		return command("plan picture", nil)
	case x < 98:
		return command("help", discordtest.Values{"about": panics})
	default:
		return command("works", nil)
	}
}

// doesByRote is something that the handler without a database knows.
func (l *load) doesByRote() (in *discordtest.Interaction, handled bool, err error) {
	who := l.people[l.rng.IntN(len(l.people))]
	cited := discordtest.Values{"citation": fmt.Sprint("wright ", l.rng.IntN(74)+1)}
	handled = true
	switch x := l.rng.IntN(100); {
	case len(l.forms) > 0:
		in, err = l.srv.Submit(l.forms[0], map[string]any{"question": "What would count as evidence?"})
		l.forms = l.forms[1:]
	case x < 40:
		in, err = l.srv.Command(who, l.room, "passage", cited)
	case x < 60:
		in, err = l.srv.Complete(who, l.room, "passage", "citation", cited)
	case x < 75 && len(l.pressable) > 0:
		in, err = l.srv.Press(who, l.pressable[l.rng.IntN(len(l.pressable))], "38 ▶")
	case x < 85:
		in, err = l.srv.Command(who, l.room, "progress", nil)
	case x < 90:
		in, err = l.srv.Command(who, l.room, "catchup", nil)
	case x < 91:
		in, err = l.srv.Command(who, l.room, "remind", nil)
	default: // opens a form, which asks the handler for nothing
		in, err = l.srv.Command(who, l.room, "ask", nil)
		handled = false
	}
	return in, handled, err
}

// settle looks which interactions are done. At the end those that are not are
// counted as what they are.
func (l *load) settle(end bool) {
	now := time.Now()
	var still []*discordtest.Interaction
	for _, in := range l.open {
		o := in.Outcome()
		switch {
		case !o.Done() && !end && (o.Kind != 0 || now.Sub(in.Made()) < 10*time.Second):
			still = append(still, in)
			continue
		case o.Kind == 0 && o.Callbacks > 0:
			l.late++
			l.wrong("late", in, o)
		case !o.Done():
			l.unanswered++
			l.wrong("unanswered", in, o)
		case seen(o) > 1 && !end && now.Sub(in.Made()) < 20*time.Second:
			// One that was begun for all and is for one alone has a message of its
			// own, and the one that was begun goes after it. If it stays, it counts.
			still = append(still, in)
			continue
		case seen(o) > 1:
			l.twice++
			l.wrong("twice", in, o)
		default:
			l.once++
			l.done = append(l.done, o.Took)
		}
		if o.Modal != nil {
			l.forms = append(l.forms, o.Modal)
		}
		if m := o.Message; m != nil && !m.Ephemeral() && len(m.Buttons()) > 1 {
			l.pressable = append(l.pressable, m.ID)
			l.pressable = l.pressable[max(len(l.pressable)-20, 0):]
		}
	}
	l.open = still
	l.srv.Forget(now.Add(-time.Minute))
}

// wrong shows an interaction that was not answered as it must be, and what
// else happened around it.
func (l *load) wrong(how string, in *discordtest.Interaction, o discordtest.Outcome) {
	k := l.srv.Counters()
	l.say("%s: %s at %s, %d edits, %d more messages, %d answers refused; last faults %q; identifies %d", how, in, in.Made().Format("15:04:05.000"), o.Edits, len(o.FollowUps), o.Refused, l.struck, k.Identifies)
	for _, m := range o.FollowUps {
		l.say("    more: %q", m.Text())
	}
}

// note remembers the last faults.
func (l *load) note(format string, args ...any) {
	line := time.Now().Format("15:04:05.000 ") + fmt.Sprintf(format, args...)
	if l.verbose {
		l.say("%s", line)
	}
	l.struck = append(l.struck, line)
	l.struck = l.struck[max(len(l.struck)-4, 0):]
}

// seen is how many answers a person sees. Where one that was begun for all
// turned out to be for one alone, another took its place.
func seen(o discordtest.Outcome) int {
	n := len(o.FollowUps)
	if o.Message != nil || o.Modal != nil || o.Choices != nil {
		n++
	}
	return n
}

// strike puts a fault before what comes.
func (l *load) strike() {
	const answers, edits = "/interactions/{interaction_id}/{interaction_token}/callback", "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"
	switch l.rng.IntN(3) {
	case 0:
		codes := []int{discordtest.CloseUnknown, discordtest.CloseUnknownOpcode, discordtest.CloseDecode, discordtest.CloseAlready, discordtest.CloseRateLimited}
		fault := []discordtest.GatewayFault{
			{At: discordtest.Now, Kind: discordtest.DropConnection},
			{At: discordtest.Now, Kind: discordtest.AskReconnect},
			{At: discordtest.Now, Kind: discordtest.InvalidResumable},
			{At: discordtest.Now, Kind: discordtest.Close, Code: codes[l.rng.IntN(len(codes))]},
			{At: discordtest.Now, Kind: discordtest.AskHeartbeat},
			{At: discordtest.Now, Kind: discordtest.UnknownOp},
		}[l.rng.IntN(6)]
		l.note("gateway %d (%d)", fault.Kind, fault.Code)
		l.srv.FailGateway(fault)
	default:
		path := []string{answers, answers, edits}[l.rng.IntN(3)]
		kinds := []discordtest.Fault{
			{Kind: discordtest.ServerError}, {Kind: discordtest.BadGateway}, {Kind: discordtest.Slow, Delay: 500 * time.Millisecond},
			{Kind: discordtest.LoseAnswer}, {Kind: discordtest.FailAfter}, {Kind: discordtest.Drop},
			{Kind: discordtest.Limited, RetryAfter: 200 * time.Millisecond}, {Kind: discordtest.LimitedGlobally, RetryAfter: 300 * time.Millisecond},
			{Kind: discordtest.EdgePage}, {Kind: discordtest.Truncated},
		}
		fault := kinds[l.rng.IntN(len(kinds))]
		fault.Path, fault.Times = path, 1+l.rng.IntN(3)
		if fault.RetryAfter > 0 {
			fault.Times = 1 // three of them are longer than an answer may take
		}
		l.note("request %d, %d times, for %s", fault.Kind, fault.Times, path)
		l.srv.Fail(fault)
	}
}

// lose ends the session when nothing is under way, and waits for the next.
func (l *load) lose(ctx context.Context) error {
	for range 300 {
		if l.settle(false); len(l.open) == 0 {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	before := l.srv.Counters().Identifies
	kinds := []discordtest.GatewayFault{
		{At: discordtest.Now, Kind: discordtest.InvalidSession},
		{At: discordtest.Now, Kind: discordtest.Close, Code: discordtest.CloseBadSeq},
		{At: discordtest.Now, Kind: discordtest.Close, Code: discordtest.CloseTimedOut},
	}
	fault := kinds[l.rng.IntN(len(kinds))]
	l.note("gateway %d (%d), session lost", fault.Kind, fault.Code)
	l.srv.FailGateway(fault)
	soon, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := l.srv.Until(soon, func() bool { return l.srv.Counters().Identifies > before && l.srv.Connected() > 0 })
	if err != nil {
		return fmt.Errorf("the bot does not come back after its session was lost: %w", err)
	}
	return nil
}
