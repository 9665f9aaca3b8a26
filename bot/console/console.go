// Package console is Lectern in a terminal: one room, a person who types, and
// replies drawn as text with numbered buttons. The demo, the conversation
// scripts and the pictures in the documentation use it.
package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"lectern/bot"
)

// Name is the platform's name.
const Name = "console"

// Prefix stands before commands.
const Prefix = "/"

// A Console is a terminal with one room. Set its fields before Run.
type Console struct {
	Out  io.Writer
	Look Look
	Room bot.RoomID
	Now  func() time.Time
	// Session makes the keys of events unique across restarts.
	Session string
	// Local runs a line that is for the terminal itself, such as "/clock +1d".
	Local func(ctx context.Context, line string) (handled bool, err error)
	// Lines gives what is typed; it ends with io.EOF.
	Lines func(ctx context.Context) (string, error)
	// Echo repeats each line that is read, for scripts.
	Echo bool
	// Open reads a file that "/attach NAME" sends along with the next line. Nil
	// takes the command away.
	Open func(name string) (*bot.File, error)
	// Keep writes a file that an answer brought, for "/save NAME". Nil takes the
	// command away.
	Keep func(name string, data []byte) error
	// Idle is called before a line is read and after each answer: the demo
	// posts what is due there.
	Idle func(ctx context.Context) error

	mu       sync.Mutex
	who      bot.Account
	events   int
	posted   int
	keys     map[string]bot.MessageID
	actions  []offered     // shown last
	question bool          // the last thing shown was a question
	file     *bot.File     // goes along with the next line
	brought  *bot.File     // came with an answer last
	earlier  []offered     // shown before, the newest last
	last     bot.MessageID // the last post that takes check-ins
	gone     bool          // nobody takes what is shown any more
}

// An offered is a button, and the post that it stands under, "" for an answer.
type offered struct {
	bot.Action
	on bot.MessageID
}

// As sets who types.
func (c *Console) As(a bot.Account) {
	c.mu.Lock()
	defer c.mu.Unlock()
	a.Platform = Name
	c.who = a
}

// Who is who types.
func (c *Console) Who() bot.Account {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.who
}

// Name implements bot.Platform.
func (c *Console) Name() string { return Name }

// Run reads lines until they end, or nobody takes what is shown.
func (c *Console) Run(ctx context.Context, h bot.Handler) error {
	for {
		if c.Idle != nil {
			if err := c.Idle(ctx); err != nil {
				return err
			}
		}
		if c.unheard() {
			return nil
		}
		line, err := c.next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && ctx.Err() != nil:
			return nil //nolint:nilerr // told to stop
		case err != nil:
			return fmt.Errorf("console: %w", err)
		}
		if c.Echo {
			c.write(echo(c.Who().Name, line))
		}
		if done := c.line(ctx, h, strings.TrimSpace(line)); done {
			return nil
		}
	}
}

// unheard reports whether nobody takes what is shown any more.
func (c *Console) unheard() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gone
}

// next is the next line, or an error if ctx ends first: a terminal's read
// cannot be called off.
func (c *Console) next(ctx context.Context) (line string, err error) {
	type read struct {
		line string
		err  error
	}
	got := make(chan read, 1)
	go func() {
		line, err := c.Lines(ctx)
		got <- read{line, err}
	}()
	select {
	case r := <-got:
		return r.line, r.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// line runs one line; done is true after /quit.
func (c *Console) line(ctx context.Context, h bot.Handler, line string) (done bool) {
	switch line {
	case "":
		return false
	case "/quit", "/exit":
		return true
	}
	if c.Local != nil {
		handled, err := c.Local(ctx, line)
		if err != nil {
			c.write(clean(err.Error()) + "\n")
		}
		if handled || err != nil {
			return false
		}
	}
	if name, ok := strings.CutPrefix(line, Prefix+"attach "); ok && c.Open != nil {
		c.attach(strings.TrimSpace(name))
		return false
	}
	if name, ok := strings.CutPrefix(line+" ", Prefix+"save "); ok && c.Keep != nil {
		c.save(strings.TrimSpace(name))
		return false
	}
	e := c.event()
	e.File, c.file = c.file, nil
	if b, ok := c.pressed(line); ok {
		e.Invocation, e.ReplyTo = &b.Do, b.on
	} else if button.MatchString(line) && !c.asking() {
		// It may be a citation in brackets, which the room is answered.
		e.Text, e.Overheard, e.ReplyTo = line, true, ""
		if strings.HasPrefix(line, "[") {
			if reply, ok := h.Handle(ctx, e); ok {
				c.show(reply)
				return false
			}
		}
		c.Print("There is no button " + line + " to press.")
		return false
	} else {
		e.Text, e.Addressed = strings.CutPrefix(line, Prefix)
		if e.Addressed {
			e.ReplyTo = "" // a command stands for itself; other words answer what was posted last
		} else {
			e.Text, e.Overheard = line, true
		}
	}
	reply, ok := h.Handle(ctx, e)
	if !ok {
		return false
	}
	c.show(reply)
	return false
}

// attach opens a file for the next line.
func (c *Console) attach(name string) {
	f, err := c.Open(name)
	if err != nil {
		c.Print(err.Error())
		return
	}
	c.file = f
	c.Print(f.Name + " goes along with what you type next.")
}

// save writes the file that came last where the person says, or under its own
// name.
func (c *Console) save(name string) {
	c.mu.Lock()
	f := c.brought
	c.mu.Unlock()
	if f == nil {
		c.Print("No answer has brought a file yet.")
		return
	}
	if name == "" {
		name = f.Name
	}
	if err := c.Keep(name, f.Data); err != nil {
		c.Print(err.Error())
		return
	}
	c.Print("Written to " + name + ".")
}

// button is how a button is pressed.
var button = regexp.MustCompile(`^(?:[0-9]{1,3}|\[[^\]]*\])$`)

// asking reports whether the last thing shown was a question, to which a
// number may be the answer.
func (c *Console) asking() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.question
}

// pressed is what a button does: one of those shown last by its number, or the
// newest that bears a label, "[Publish]".
func (c *Console) pressed(line string) (b offered, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n, err := strconv.Atoi(line); err == nil && n > 0 && n <= len(c.actions) {
		return c.actions[n-1], true
	}
	if !strings.HasPrefix(line, "[") || !strings.HasSuffix(line, "]") {
		return b, false
	}
	for i := len(c.earlier) - 1; i >= 0; i-- {
		if c.earlier[i].Label == line[1:len(line)-1] {
			return c.earlier[i], true
		}
	}
	return b, false
}

// maxEarlier is how many buttons can still be pressed by their labels.
const maxEarlier = 200

// offer shows the buttons under a post, or an answer; c.mu is held.
func (c *Console) offer(actions []bot.Action, on bot.MessageID) {
	if len(actions) == 0 {
		return
	}
	c.actions = nil
	for _, a := range actions {
		c.actions = append(c.actions, offered{a, on})
	}
	c.earlier = append(c.earlier, c.actions...)
	c.earlier = c.earlier[max(0, len(c.earlier)-maxEarlier):]
}

func (c *Console) event() bot.Event {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.events++
	return bot.Event{
		Key:     fmt.Sprintf("%s:%s:%d", Name, c.Session, c.events),
		At:      c.Now(),
		Room:    bot.Room{Platform: Name, ID: c.Room},
		Account: c.who,
		ReplyTo: c.last,
	}
}

// show draws an answer; its buttons take the place of those before.
func (c *Console) show(r bot.Reply) {
	c.mu.Lock()
	c.offer(r.Actions, "")
	c.question = r.Ask != nil
	if r.Ask != nil { // what is typed next answers it
		c.last = bot.MessageID(fmt.Sprintf("%s-question-%d", c.Session, c.events))
	}
	look := c.Look
	c.mu.Unlock()
	text := Render(r, look)
	if r.File != nil && c.Keep != nil {
		c.mu.Lock()
		c.brought = r.File
		c.mu.Unlock()
		text += clean("/save writes "+r.File.Name+" here, /save NAME elsewhere.") + "\n"
	}
	if r.Private && !r.Failed {
		text = privately(text)
	}
	c.write(text + "\n")
}

// Post implements bot.Platform.
func (c *Console) Post(_ context.Context, _ bot.Room, p bot.Post) (bot.MessageID, error) {
	c.mu.Lock()
	if id, ok := c.keys[p.Key]; ok {
		c.mu.Unlock()
		return id, nil
	}
	c.posted++
	id := bot.MessageID(fmt.Sprintf("%s-%d", c.Session, c.posted))
	if c.keys == nil {
		c.keys = map[string]bot.MessageID{}
	}
	c.keys[p.Key] = id
	c.offer(p.Actions, id)
	if !p.Private {
		c.last = id
	}
	look := c.Look
	c.mu.Unlock()
	when := c.Now().Format("Mon 2 Jan 15:04")
	c.write("── " + when + " " + strings.Repeat("─", max(3, min(look.Width, 80)-len(when)-4)) + "\n" + Render(p.Reply, look) + "\n")
	return id, nil
}

// Find implements bot.Finder.
func (c *Console) Find(_ context.Context, _ bot.Room, key string, _ time.Time) (bot.MessageID, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id, ok := c.keys[key]; ok {
		return id, nil
	}
	return "", bot.ErrNotFound
}

// Print writes a line of the terminal's own.
func (c *Console) Print(s string) { c.write(clean(s) + "\n") }

func (c *Console) write(s string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.Out, s); err != nil {
		c.gone = true
	}
}

func echo(who, line string) string {
	if who == "" {
		return "> " + clean(line) + "\n"
	}
	return clean(who) + "> " + clean(line) + "\n"
}

// privately draws a line beside what only the asker sees.
func privately(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight("┊ "+l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
