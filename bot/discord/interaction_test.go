package discord

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
)

// A desk is a handler that does as a test says, and keeps what it was handed.
type desk struct {
	mu      sync.Mutex
	events  []bot.Event
	changes []bot.RoomChange
	reply   func(ctx context.Context, e bot.Event) (bot.Reply, bool)
	refuse  func(e bot.Event) (bot.Reply, bool)
	choices []bot.Choice
}

func (d *desk) Handle(ctx context.Context, e bot.Event) (bot.Reply, bool) {
	d.mu.Lock()
	d.events = append(d.events, e)
	d.mu.Unlock()
	if d.reply == nil {
		return bot.Say(bot.Plain("done")), true
	}
	return d.reply(ctx, e)
}

func (d *desk) Complete(context.Context, bot.Event, string, string) []bot.Choice { return d.choices }

func (d *desk) Changed(_ context.Context, c bot.RoomChange) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes = append(d.changes, c)
}

func (d *desk) Refuses(_ context.Context, e bot.Event) (bot.Reply, bool) {
	if d.refuse == nil {
		return bot.Reply{}, false
	}
	return d.refuse(e)
}

func (d *desk) last(t *testing.T) bot.Event {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if len(d.events) == 0 {
		t.Fatal("nothing was heard")
	}
	return d.events[len(d.events)-1]
}

func (d *desk) heard() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.events)
}

// A place is a server with a room in which ana manages and ben reads.
type place struct {
	*discordtest.Server
	guild, room, ana, ben string
}

func newPlace(t *testing.T, o discordtest.Options) *place {
	t.Helper()
	o.Now = time.Now
	p := &place{Server: discordtest.NewServer(t, o)}
	p.guild = p.AddGuild("Readers")
	p.room = p.AddChannel(p.guild, discordtest.Channel{Name: "reading"})
	p.ben = p.AddMember(p.guild, p.AddUser("ben"))
	p.ana = p.AddMember(p.guild, p.AddUser("ana"), p.AddRole(p.guild, "organisers", discordtest.ManageGuild|discordtest.ViewChannel|discordtest.SendMessages|discordtest.UseApplicationCommand))
	return p
}

func (p *place) seen(t *testing.T, in *discordtest.Interaction, err error) discordtest.Outcome {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	o, err := in.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A command is heard as an invocation with all that an event must have, and
// answered at once; who may manage the server is known, and what the bot may do
// in the room.
func TestCommand(t *testing.T) {
	d := &desk{}
	p := newPlace(t, discordtest.Options{})
	run(t, p.Server, d, nil)
	in, err := p.Command(p.ana, p.room, "passage", discordtest.Values{"citation": "wright 37; x=1"})
	o := p.seen(t, in, err)
	if o.Kind != discordtest.AnswerMessage || !strings.Contains(o.Message.Text(), "done") || o.Message.Ephemeral() {
		t.Errorf("ana sees %+v", o)
	}
	e := d.last(t)
	if e.Invocation == nil || e.Invocation.Command != "passage" || e.Invocation.Args["citation"] != "wright 37; x=1" || e.Key != "discord:i:"+in.ID() || e.Direct || e.Thread != "" {
		t.Errorf("it was heard as %+v", e)
	}
	if e.Room != (bot.Room{Platform: Name, ID: bot.RoomID(p.room)}) || e.Account != (bot.Account{Platform: Name, ID: p.ana, Name: "ana", Manages: true}) {
		t.Errorf("it was heard from %+v in %v", e.Account, e.Room)
	}
	if len(e.Abilities) != 3 { // to post, to open threads, and to make events
		t.Errorf("abilities %+v", e.Abilities)
	}
	in, err = p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	p.seen(t, in, err)
	if d.last(t).Account.Manages {
		t.Error("ben manages the server")
	}
}

// What takes long is begun in time and finished when it is there, for whom it
// is meant: also where that was not to be known.
func TestSlowAnswers(t *testing.T) {
	for _, x := range []struct {
		name    string
		private bool
	}{{"for the room", false}, {"for the asker", true}} {
		t.Run(x.name, func(t *testing.T) {
			hold := make(chan struct{})
			d := &desk{reply: func(ctx context.Context, e bot.Event) (bot.Reply, bool) {
				select {
				case <-hold:
				case <-ctx.Done():
				}
				r := bot.Say(bot.Plain("at last"))
				r.Private = x.private
				return r, true
			}}
			p := newPlace(t, discordtest.Options{Description: "-"})
			run(t, p.Server, d, nil)
			in, err := p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			if err := p.Until(ctx, func() bool { return in.Outcome().Kind != 0 }); err != nil {
				t.Fatal(err)
			}
			if o := in.Outcome(); o.Kind != discordtest.AnswerDeferred || o.Took > 3*time.Second {
				t.Errorf("after %v it was answered with %d", o.Took, o.Kind)
			}
			close(hold)
			see := func(who string) (n int) {
				for _, m := range p.Messages(p.room, who) {
					if strings.Contains(m.Text(), "at last") {
						n++
					}
				}
				return n
			}
			if err := p.Until(ctx, func() bool { return see(p.ben) == 1 }); err != nil {
				t.Fatalf("ben sees it %d times", see(p.ben))
			}
			if n := see(p.ana); (n == 0) != x.private {
				t.Errorf("ana sees it %d times", n)
			}
		})
	}
}

// A form is opened for a command that has one, and for a button that asks; who
// would be refused is refused before; what was filled in is an invocation.
func TestForms(t *testing.T) {
	d := &desk{}
	p := newPlace(t, discordtest.Options{})
	run(t, p.Server, d, nil)
	in, err := p.Command(p.ana, p.room, "group setup", nil)
	o := p.seen(t, in, err)
	if o.Modal == nil || len(o.Modal.Fields) != 2 || !o.Modal.Fields[0].Required || o.Modal.Fields[1].Required {
		t.Fatalf("ana sees %+v", o)
	}
	if d.heard() != 0 {
		t.Error("the command ran before the form was filled in")
	}
	in, err = p.Submit(o.Modal, map[string]any{"name": " Tuesday; readers ", "place": ""})
	p.seen(t, in, err)
	if e := d.last(t); e.Invocation.Command != "group setup" || e.Invocation.Args["name"] != "Tuesday; readers" {
		t.Errorf("it was heard as %+v", e.Invocation)
	}
	if place, given := d.last(t).Invocation.Args["place"]; place != "" || !given {
		t.Error("what was left out would be asked again")
	}

	d.refuse = func(bot.Event) (bot.Reply, bool) { return failed(bot.Plain("only organisers")), true }
	in, err = p.Command(p.ben, p.room, "group setup", nil)
	if o = p.seen(t, in, err); o.Modal != nil || !o.Message.Ephemeral() || !strings.Contains(o.Message.Text(), "only organisers") {
		t.Errorf("ben sees %+v", o)
	}

	d.reply = func(_ context.Context, e bot.Event) (bot.Reply, bool) {
		return bot.Reply{
			Blocks:  []bot.Block{bot.Para(bot.Plain("Which?"))},
			Actions: []bot.Action{{Label: "I'm at…", Do: bot.Invocation{Command: "at", Args: map[string]string{"plan": "3"}}, Ask: "place"}},
			Ask:     &bot.Question{Param: "city"},
		}, true
	}
	in, err = p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	asked := p.seen(t, in, err).Message
	in, err = p.Press(p.ben, asked.ID, "I'm at…")
	o = p.seen(t, in, err)
	in, err = p.Submit(o.Modal, map[string]any{"place": "42"})
	p.seen(t, in, err)
	if e := d.last(t); fmt.Sprint(*e.Invocation) != "{at map[place:42 plan:3]}" {
		t.Errorf("it was heard as %+v", e.Invocation)
	}
	in, err = p.Press(p.ben, asked.ID, "Answer…")
	o = p.seen(t, in, err)
	in, err = p.Submit(o.Modal, map[string]any{"city": "London"})
	p.seen(t, in, err)
	if e := d.last(t); fmt.Sprint(*e.Invocation) != "{answer map[value:London]}" || e.ReplyTo != bot.MessageID(asked.ID) {
		t.Errorf("it was heard as %+v", e)
	}
}

// Many actions are a menu, long ones are kept apart, and each does what it says.
func TestMenusAndLongButtons(t *testing.T) {
	long := strings.Repeat("a long quotation ", 30)
	d := &desk{reply: func(_ context.Context, e bot.Event) (bot.Reply, bool) {
		r := bot.Say(bot.Plain("Which?"))
		for i := range 12 {
			r.Actions = append(r.Actions, bot.Action{Label: fmt.Sprint("part ", i), Do: bot.Invocation{Command: "quote", Args: map[string]string{"text": fmt.Sprint(long, i)}}})
		}
		return r, true
	}}
	p := newPlace(t, discordtest.Options{})
	run(t, p.Server, d, nil)
	in, err := p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	m := p.seen(t, in, err).Message
	menus := m.Selects()
	if len(menus) != 1 || len(menus[0].Options) != 12 {
		t.Fatalf("ben sees %s", m.Text())
	}
	in, err = p.Choose(p.ben, m.ID, "", menus[0].Options[7].Value)
	p.seen(t, in, err)
	if e := d.last(t); e.Invocation.Args["text"] != long+"7" {
		t.Errorf("it was heard as %+v", e.Invocation)
	}
}

// What is typed is completed; a value that would have to be cut is not offered.
func TestCompletion(t *testing.T) {
	d := &desk{choices: []bot.Choice{{Value: "wright 37", Label: strings.Repeat("the 37th paragraph ", 20)}, {Value: strings.Repeat("x", 101), Label: "too long"}}}
	for i := range 40 {
		d.choices = append(d.choices, bot.Choice{Value: fmt.Sprint("wright ", i), Label: fmt.Sprint(i)})
	}
	p := newPlace(t, discordtest.Options{})
	run(t, p.Server, d, nil)
	in, err := p.Complete(p.ben, p.room, "passage", "citation", discordtest.Values{"citation": "wri"})
	o := p.seen(t, in, err)
	if len(o.Choices) != 25 || o.Choices[0].Value != "wright 37" || o.Choices[1].Value != "wright 0" {
		t.Errorf("%d are offered: %+v", len(o.Choices), o.Choices)
	}
}

// A file goes along, a message's menu finds its words, and what is said among
// strangers stays with who said it.
func TestOtherWays(t *testing.T) {
	d := &desk{}
	p := newPlace(t, discordtest.Options{})
	foreign := p.AddForeignGuild("Strangers")
	p.AddMember(foreign, p.ben)
	elsewhere := p.AddChannel(foreign, discordtest.Channel{Name: "talk"})
	p.Install(p.ben)
	var got *bot.File
	d.reply = func(ctx context.Context, e bot.Event) (bot.Reply, bool) {
		if e.Fetch != nil {
			var err error
			if got, err = e.Fetch(ctx, 100); err != nil {
				return bot.Say(bot.Plain(err.Error())), true
			}
		}
		return bot.Say(bot.Plain("done")), true
	}
	run(t, p.Server, d, nil)
	in, err := p.Command(p.ana, p.room, "library add", discordtest.Values{"file": discordtest.File{Name: "book.txt", MIME: "text/plain", Data: []byte("Once upon a time")}})
	if o := p.seen(t, in, err); got == nil || string(got.Data) != "Once upon a time" || got.Name != "book.txt" {
		t.Errorf("the file is %+v: %s", got, o.Message.Text())
	}
	in, err = p.Command(p.ana, p.room, "library add", discordtest.Values{"file": discordtest.File{Name: "big.txt", MIME: "text/plain", Data: make([]byte, 101)}})
	if o := p.seen(t, in, err); !strings.Contains(o.Message.Text(), "too large") {
		t.Errorf("ana sees %s", o.Message.Text())
	}
	said := p.Say(p.ana, p.room, "A hard book is given up at page sixty.")
	in, err = p.MessageCommand(p.ben, said, "Find the source")
	p.seen(t, in, err)
	if e := d.last(t); e.Invocation.Command != "quote" || e.Quoted != "A hard book is given up at page sixty." {
		t.Errorf("it was heard as %+v", e)
	}
	in, err = p.Command(p.ben, elsewhere, "passage", discordtest.Values{"citation": "x"})
	if o := p.seen(t, in, err); !o.Message.Ephemeral() || !d.last(t).Direct {
		t.Errorf("among strangers it is answered by %+v to %+v", o.Message, d.last(t))
	}
	in, err = p.Command(p.ben, p.DM(p.ben), "passage", discordtest.Values{"citation": "x"})
	if o := p.seen(t, in, err); !d.last(t).Direct || o.Message == nil {
		t.Error("a direct message is not direct")
	}
}

// Whatever goes wrong on the way, a command is answered once and handled once.
func TestAnswersThroughFaults(t *testing.T) {
	callback := "/interactions/{interaction_id}/{interaction_token}/callback"
	for name, f := range map[string]discordtest.Fault{
		"answer lost": {Kind: discordtest.LoseAnswer},
		"dropped":     {Kind: discordtest.Drop, Times: 2},
		"502":         {Kind: discordtest.BadGateway, Times: 2},
		"502 after":   {Kind: discordtest.FailAfter},
		"500":         {Kind: discordtest.ServerError},
		"limited":     {Kind: discordtest.Limited, RetryAfter: 300 * time.Millisecond},
		"html":        {Kind: discordtest.EdgePage},
		"truncated":   {Kind: discordtest.Truncated},
		"slow":        {Kind: discordtest.Slow, Delay: 1200 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{}
			p := newPlace(t, discordtest.Options{Description: "-"})
			run(t, p.Server, d, nil)
			f.Method, f.Path = http.MethodPost, callback
			p.Fail(f)
			in, err := p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
			o := p.seen(t, in, err)
			if o.Took > 3*time.Second || d.heard() != 1 || len(o.FollowUps) > 0 {
				t.Errorf("after %v, handled %d times, %d more messages", o.Took, d.heard(), len(o.FollowUps))
			}
		})
	}
}

// A panic in a command is not the end of the bot.
func TestPanic(t *testing.T) {
	d := &desk{}
	d.reply = func(context.Context, bot.Event) (bot.Reply, bool) {
		if d.heard() == 1 {
			panic("a mistake")
		}
		return bot.Say(bot.Plain("still here")), true
	}
	p := newPlace(t, discordtest.Options{Description: "-"})
	run(t, p.Server, d, nil)
	in, err := p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	if o := p.seen(t, in, err); !o.Message.Ephemeral() {
		t.Errorf("ben sees %s", o.Message.Text())
	}
	in, err = p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	if o := p.seen(t, in, err); !strings.Contains(o.Message.Text(), "still here") {
		t.Errorf("ben sees %s", o.Message.Text())
	}
}

// Commands are registered when they changed, and not otherwise.
func TestRegistersOnlyWhatChanged(t *testing.T) {
	p := newPlace(t, discordtest.Options{})
	put := "PUT /applications/{application_id}/commands"
	for i, want := range []int{1, 1, 2} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			got := run(t, p.Server, &desk{}, func(o *Options) {
				if i == 2 {
					o.Commands[0].Summary += " Or two."
				}
			})
			eventually(t, "the commands' IDs", func() bool {
				got.mu.Lock()
				defer got.mu.Unlock()
				return len(got.ids) > 0
			})
			if n := p.Counters().ByRoute[put]; n != want {
				t.Errorf("registered %d times, want %d", n, want)
			}
		})
	}
}

// On entering a server the bot says so, in the channel for that; what it may
// not do in a room it is told with each command there.
func TestArrivalAndRights(t *testing.T) {
	d := &desk{}
	p := newPlace(t, discordtest.Options{Description: "-"})
	run(t, p.Server, d, nil)
	p.Overwrite(p.room, p.BotRole(p.guild), 0, discordtest.CreateEvents|discordtest.CreatePublicThreads)
	in, err := p.Command(p.ben, p.room, "passage", discordtest.Values{"citation": "x"})
	p.seen(t, in, err)
	if got := fmt.Sprint(d.last(t).Abilities); !strings.Contains(got, "Create Public Threads") || !strings.Contains(got, "{post []") {
		t.Errorf("abilities %s", got)
	}
	foreign := p.AddForeignGuild("Newcomers")
	p.AddChannel(foreign, discordtest.Channel{Name: "hall"})
	p.InviteBot(foreign, discordtest.ViewChannel|discordtest.SendMessages)
	joined := func(what bot.Change) bool {
		d.mu.Lock()
		defer d.mu.Unlock()
		for _, c := range d.changes {
			if c.What == what {
				return true
			}
		}
		return false
	}
	eventually(t, "that it entered", func() bool { return joined(bot.Joined) })
	p.RemoveBot(foreign)
	eventually(t, "that it was removed", func() bool { return joined(bot.Removed) })
}

// eventually waits for what the bot does on its side, of which the server
// hears nothing.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal("never seen: ", what)
		}
	}
}
