package main

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/discord"
	"lectern/bot/discord/discordtest"
	"lectern/reading"
)

// A discordStage is a channel of a server in which people call commands, press
// buttons, fill in forms and mention the bot, and the bot is the real one but
// for its clock.
type discordStage struct {
	*stage
	srv    *discordtest.Server
	guild  string
	room   string
	people map[string]string
	p      *discord.Platform
	usher  *usher
	stop   func()
	sent   *bot.File
	seen   map[string]bool // messages of the bot's
	shown  []string        // the same, in order
	form   *discordtest.Modal
	zone   *time.Location // of the person whose client shows an instant
	// uses, if it is there, notes what of the table is used.
	uses *uses
	last bot.Reply // to what was called last
}

// called hears what somebody called, pressed or sent.
func (d *discordStage) called(do bot.Invocation, reply bot.Reply) {
	d.usher.mu.Lock()
	d.last = reply
	d.usher.mu.Unlock()
	d.uses.invocation(do)
}

func newDiscordStage(t *testing.T, books []txtar.File) bottest.Stage {
	t.Helper()
	d := &discordStage{people: map[string]string{}, seen: map[string]bool{}, zone: demoStart.Location()}
	d.stage = newStage(t, books, func(s *stage) bot.Platform {
		if d.srv == nil {
			// Its own rules hold here; the description's are held in the
			// platform's tests, and take long to read.
			d.srv = discordtest.NewServer(t, discordtest.Options{Now: s.clock.now, NoLimits: true, Description: "-", IdentifyGap: time.Nanosecond})
		}
		p, err := discord.New(discord.Options{
			APIURL: d.srv.URL(), Token: d.srv.Token(), Commands: s.house.dispatcher.Commands, Voice: s.house.desk.Phrases.In("en"),
			Voices: map[string]bot.Voice{"de": s.house.desk.Phrases.In("de")}, Keep: carried{s.house.db},
			Now: s.clock.now, Log: slog.New(slog.NewTextHandler(logTo{t}, nil)), StopWithin: 5 * time.Second, IdentifyGap: time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		d.p = p
		return unhurried{p}
	})
	guild := d.srv.AddGuild("Readers")
	d.srv.InviteBot(guild, discordtest.CreateEvents) // as the invitation asks for
	d.guild = guild
	d.room = d.srv.AddChannel(guild, discordtest.Channel{Name: "reading"})
	for _, name := range people {
		user := d.srv.AddUser(strings.ToUpper(name[:1]) + name[1:])
		var roles []string
		if name == "ana" {
			roles = append(roles, d.srv.AddRole(guild, "organisers", discordtest.ManageGuild))
		}
		d.people[name] = d.srv.AddMember(guild, user, roles...)
	}
	d.begin(t)
	t.Cleanup(func() { d.stop() })
	d.drain(t)
	d.news()
	return d
}

// unhurried has no limit: a clock that stands still would keep it for ever.
type unhurried struct{ *discord.Platform }

// Limit implements bot.Limiter.
func (unhurried) Limit() (requests int, per time.Duration) { return 1 << 20, time.Nanosecond }

// Confides implements bottest.Confidant.
func (d *discordStage) Confides() bool { return true }

// begin connects the bot.
func (d *discordStage) begin(t testing.TB) {
	t.Helper()
	d.usher = d.newUsher(d.called)
	d.stop = d.connect(t, d.p, d.usher)
	wait(t, "the bot connected", func() bool { return d.p.Connected() && len(d.srv.Commands("")) > 0 })
}

func (d *discordStage) Restart(t testing.TB) {
	t.Helper()
	d.stop()
	d.srv.Advance(time.Millisecond) // a new session needs some time after the last
	d.stage.Restart(t)
	d.begin(t)
}

// settle waits until the bot has dealt with all that somebody said.
func (d *discordStage) settle(t testing.TB, who string) {
	t.Helper()
	d.stage.ask(t, d.usher, func(words string) { d.srv.Say(d.people[who], d.room, "<@"+d.srv.Bot()+"> "+words) })
}

func (d *discordStage) Say(t testing.TB, who, line string) string {
	t.Helper()
	if name, ok := strings.CutPrefix(line, "/attach "); ok {
		var err error
		if d.sent, err = d.stage.file(name); err != nil {
			t.Fatal(err)
		}
		return ""
	}
	// Everybody lives where the clock is set.
	if city, ok := strings.CutPrefix(line, "/plan zone "); ok {
		if loc, err := reading.ZoneOf(city); err == nil {
			d.zone = loc
		}
	}
	user := d.people[who]
	if d.form == nil && !strings.ContainsAny(line[:1], "/[+-") {
		d.form = d.asked(t, user)
	}
	var in *discordtest.Interaction
	var err error
	switch {
	case strings.HasPrefix(line, "["):
		in, err = d.press(t, user, strings.Trim(line, "[]"))
	case strings.ContainsAny(line[:1], "+-") && bot.KeycapNumber(line[1:]) > 0:
		err = d.choose(user, bot.KeycapNumber(line[1:]), line[0] == '+')
	case strings.HasPrefix(line, "+") || strings.HasPrefix(line, "-"):
		in, err = d.ticked(t, user, line[1:])
	case d.form != nil && !strings.HasPrefix(line, "/"):
		values := map[string]any{}
		for _, f := range d.form.Fields {
			values[f.CustomID] = line
		}
		in, err = d.srv.Submit(d.form, values)
		d.form = nil
	case strings.HasPrefix(line, "/"):
		if command, values, ok := d.slash(line[1:]); ok {
			d.uses.slash(command, values)
			in, err = d.srv.Command(user, d.room, command, values)
		} else {
			d.srv.Say(user, d.room, "<@"+d.srv.Bot()+"> "+line[1:])
		}
	case strings.Contains(line, "["):
		// What is said among people the bot sees where it is mentioned.
		d.srv.Say(user, d.room, line+" <@"+d.srv.Bot()+">")
	case d.latest() != "":
		d.srv.Reply(user, d.latest(), line)
	default:
		d.srv.Say(user, d.room, line)
	}
	if err != nil {
		t.Fatal(err)
	}
	if in != nil {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		o, err := in.Wait(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if d.form = o.Modal; d.form != nil {
			return o.Modal.Title + "\n" + o.Modal.Fields[0].Label + "\n" + o.Modal.Fields[0].Description
		}
	}
	d.settle(t, who)
	d.drain(t)
	return d.news()
}

// slash is a line as a command with options, where a person's client would
// take it so; other lines mention the bot.
func (d *discordStage) slash(line string) (path string, values discordtest.Values, ok bool) {
	do, ok := bot.Read(d.house.dispatcher.Commands, line)
	if !ok {
		return "", nil, false
	}
	c, _ := bot.FindCommand(d.house.dispatcher.Commands, do.Command)
	if do.Args["when"] != "" && !strings.Contains(line, `"`) {
		return "", nil, false // "tue 19:00" is one value only to who knows what fits
	}
	values = discordtest.Values{}
	for i := range c.Params {
		p := &c.Params[i]
		value, given := do.Args[p.Name]
		if !given {
			if p.Required || c.Form {
				return "", nil, false
			}
			continue
		}
		switch {
		case p.Button || p.Type == bot.Person || value == "":
			return "", nil, false
		case p.Type == bot.Integer:
			n, err := strconv.Atoi(value)
			if err != nil {
				return "", nil, false
			}
			values[p.Name] = n
		case len(p.Choices) > 0 && !slices.ContainsFunc(p.Choices, func(c bot.Choice) bool { return c.Value == value }):
			return "", nil, false
		default:
			values[p.Name] = value
		}
	}
	if d.sent != nil {
		if !c.TakesFile {
			return "", nil, false
		}
		values["file"] = discordtest.File{Name: d.sent.Name, MIME: "application/octet-stream", Data: d.sent.Data}
		d.sent = nil
	}
	return d.p.Path(c.Name), values, true
}

// asked opens the form again that somebody's last answer did not do for.
func (d *discordStage) asked(t testing.TB, user string) *discordtest.Modal {
	t.Helper()
	if len(d.shown) == 0 {
		return nil
	}
	m := d.srv.Message(d.shown[len(d.shown)-1])
	if m == nil || !m.Ephemeral() || m.For != user || !slices.ContainsFunc(m.Buttons(), func(b discordtest.Button) bool { return b.Label == "Answer…" }) {
		return nil
	}
	in, err := d.srv.Press(user, m.ID, "Answer…")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o, err := in.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return o.Modal
}

// press presses the newest button with a label, or chooses it from a menu.
func (d *discordStage) press(t testing.TB, user, label string) (*discordtest.Interaction, error) {
	t.Helper()
	for _, id := range slices.Backward(d.shown) {
		if !d.srv.Sees(user, id) {
			continue
		}
		m := d.srv.Message(id)
		for _, b := range m.Buttons() {
			if b.Label == label {
				d.uses.button(label)
				return d.srv.Press(user, id, b.CustomID)
			}
		}
		for _, s := range m.Selects() {
			for _, o := range s.Options {
				if o.Label == label {
					d.uses.button(label)
					return d.srv.Choose(user, id, s.CustomID, o.Value)
				}
			}
		}
	}
	return nil, fmt.Errorf("nobody can press [%s]", label)
}

// ticked presses the button that stands for a reaction elsewhere.
func (d *discordStage) ticked(t testing.TB, user, emoji string) (*discordtest.Interaction, error) {
	t.Helper()
	return d.press(t, user, map[string]string{"✅": "I have read it", "⏭": "Not this time"}[emoji])
}

// choose chooses an answer of the newest poll, or takes it back.
func (d *discordStage) choose(user string, answer int, chosen bool) error {
	for _, id := range slices.Backward(d.shown) {
		if m := d.srv.Message(id); m != nil && m.Poll != nil {
			var now []int
			for n := range m.Poll.Answers {
				if has := slices.Contains(m.Poll.Votes[n+1], user); n+1 == answer && chosen || n+1 != answer && has && m.Poll.Multiple {
					now = append(now, n+1)
				}
			}
			return d.srv.Vote(user, id, now...)
		}
	}
	return fmt.Errorf("nothing is put to the vote")
}

// latest is the newest message that one answers to: a post, or a question.
func (d *discordStage) latest() string {
	for _, id := range slices.Backward(d.shown) {
		m := d.srv.Message(id)
		if m == nil || m.Deleted || m.Channel != d.room || m.Ephemeral() {
			continue
		}
		if m.Type == 0 || slices.ContainsFunc(m.Buttons(), func(b discordtest.Button) bool { return b.Label == "Answer…" }) {
			return id
		}
	}
	return ""
}

// news is what the bot has said since, to whomever.
func (d *discordStage) news() string {
	var fresh []*discordtest.Message
	for _, name := range people {
		for _, in := range []string{d.room, d.srv.DM(d.people[name])} {
			for _, m := range d.srv.Messages(in, d.people[name]) {
				if m.Author == d.srv.Bot() && !d.seen[m.ID] {
					d.seen[m.ID] = true
					fresh = append(fresh, m)
				}
			}
		}
	}
	slices.SortFunc(fresh, func(a, b *discordtest.Message) int {
		if len(a.ID) != len(b.ID) {
			return len(a.ID) - len(b.ID)
		}
		return strings.Compare(a.ID, b.ID)
	})
	var b strings.Builder
	for _, m := range fresh {
		d.shown = append(d.shown, m.ID)
		if said := zoned.FindStringSubmatch(strings.ReplaceAll(m.Text(), "\\", "")); said != nil {
			if loc, err := time.LoadLocation(said[1]); err == nil {
				d.zone = loc
			}
		}
		b.WriteString(d.inScript(m) + "\n")
	}
	return b.String()
}

// Reread implements bottest.Rereader.
func (d *discordStage) Reread(testing.TB) string {
	var b strings.Builder
	for _, id := range d.shown {
		if m := d.srv.Message(id); m != nil && !m.Deleted {
			b.WriteString(d.inScript(m) + "\n")
		}
	}
	return b.String()
}

func (d *discordStage) Sleep(t testing.TB, by time.Duration) string {
	t.Helper()
	d.sleep(t, by)
	return d.news()
}

// zoned is how the bot says which clock it understood.
var zoned = regexp.MustCompile(`([A-Z][A-Za-z]+/[A-Z][A-Za-z_]+); it is`)

var (
	dcInstant = regexp.MustCompile(`<t:([0-9]+):([A-Za-z])>`)
	dcMention = regexp.MustCompile(`<@[0-9]+>`)
	dcCommand = regexp.MustCompile("</([^:>]+):[0-9]+>")
	dcTyped   = regexp.MustCompile("`(/[^`]*)`")
	dcItem    = regexp.MustCompile(`(?m)^( *)- `)
	dcNumber  = regexp.MustCompile(`(?m)^( *[0-9]+)\. `)
	dcPassage = regexp.MustCompile(`(?m)^\*\*((?:[a-z]+ )?[0-9][0-9:.]*)\*\* `)
	dcHead    = regexp.MustCompile(`(?m)^(### |-# |> )+`)
	dcLink    = regexp.MustCompile(`\[([^\]]*)\]\((https?://[^)]*)\)`)
	dcMarks   = regexp.MustCompile("\\*+|__|~~|\\|\\||`+")
)

// inScript is what a message says, as scripts have it: without Discord's marks,
// and with instants as the client of somebody in the group's zone shows them.
func (d *discordStage) inScript(m *discordtest.Message) string {
	text := m.Text()
	var kept []string // what is escaped is text
	text = regexp.MustCompile(`\\.`).ReplaceAllStringFunc(text, func(s string) string {
		kept = append(kept, s[1:])
		return "\x00"
	})
	text = dcInstant.ReplaceAllStringFunc(text, func(s string) string {
		parts := dcInstant.FindStringSubmatch(s)
		n, _ := strconv.ParseInt(parts[1], 10, 64)
		at := time.Unix(n, 0).In(d.zone)
		v := d.house.desk.Phrases.In("en")
		if parts[2] == "D" {
			return v.Day(at, d.clock.now())
		}
		return v.Moment(at, d.clock.now()).String()
	})
	text = dcMention.ReplaceAllStringFunc(text, func(s string) string {
		for name, id := range d.people {
			if s == "<@"+id+">" {
				return "@" + strings.ToUpper(name[:1]) + name[1:]
			}
		}
		return s
	})
	text = dcCommand.ReplaceAllString(text, "/$1")
	text = dcTyped.ReplaceAllString(text, "$1")
	text = dcLink.ReplaceAllString(text, "$1 <$2>")
	text = dcHead.ReplaceAllString(text, "")
	text = dcPassage.ReplaceAllString(text, "$1 │ ")
	text = dcItem.ReplaceAllString(text, "$1• ")
	text = dcNumber.ReplaceAllString(text, "$1 · ")
	text = strings.NewReplacer("\u2060", "", "\u2068", "", "\u2069", "").Replace(dcMarks.ReplaceAllString(text, ""))
	for _, s := range kept {
		text = strings.Replace(text, "\x00", s, 1)
	}
	for _, a := range m.Attachments {
		kind := "file"
		if strings.HasPrefix(a.MIME, "image/") {
			kind = "image"
		}
		text += fmt.Sprintf("\n[%s: %s]", kind, a.Name)
	}
	return text
}
