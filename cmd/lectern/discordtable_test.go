package main

import (
	"cmp"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/BurntSushi/toml"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/bot/discord/discordtest"
	"lectern/commands"
	"lectern/phrases"
)

// uses are what of the table was used on Discord: each option by its slash
// command, each button by its label, each command whichever way.
type uses struct {
	mu       sync.Mutex
	options  map[string]bool // "plan create weeks", by the path on Discord
	commands map[string]bool
	args     map[string]bool // "leave it offer"
	buttons  map[string]bool
}

func (u *uses) note(m *map[string]bool, what string) {
	if u == nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if *m == nil {
		*m = map[string]bool{}
	}
	(*m)[what] = true
}

func (u *uses) slash(path string, values discordtest.Values) {
	if u == nil {
		return
	}
	path = strings.Replace(path, "-more", "", 1) // what a family has too much of goes on under another name
	u.note(&u.options, path)
	for name := range values {
		u.note(&u.options, path+" "+name)
	}
}

func (u *uses) invocation(do bot.Invocation) {
	if u == nil {
		return
	}
	u.note(&u.commands, do.Command)
	for name := range do.Args {
		u.note(&u.args, do.Command+" "+name)
	}
}

func (u *uses) button(label string) {
	if u != nil {
		u.note(&u.buttons, label)
	}
}

// check fails with what was not used of all that Discord was told of, and of
// all that stands behind a button or on one.
func (u *uses) check(t *testing.T) {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	desk := &commands.Desk{Phrases: book}
	var lack []string
	for _, c := range desk.Table() {
		if !u.commands[c.Name] {
			lack = append(lack, "the command "+c.Name)
		}
		for _, p := range c.Params {
			path := c.Name
			switch {
			case c.Name == "undo check-in" && p.Name == "kind": // buttons of an older version give it
			case p.Button: // one declaration for all changes of a plan, of which some offer nothing
				if !slices.ContainsFunc(slices.Collect(maps.Keys(u.args)), func(a string) bool { return strings.HasSuffix(a, " "+p.Name) }) {
					lack = append(lack, "what a button gives as "+p.Name)
				}
			case c.Hidden:
				if !u.args[c.Name+" "+p.Name] {
					lack = append(lack, "what a button gives "+c.Name+" as "+p.Name)
				}
			case !u.options[path+" "+p.Name]:
				lack = append(lack, "the option /"+path+" "+p.Name)
			}
		}
		if c.TakesFile && !u.options[c.Name+" file"] {
			lack = append(lack, "the file of /"+c.Name)
		}
		if c.Menu != "" && !u.buttons[c.Menu] {
			lack = append(lack, "the entry of a message's menu "+c.Menu)
		}
	}
	for name, label := range labels(t) {
		if name == "more_doubts" {
			continue // one line makes it and more_left_out, by which of the two is looked at
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(u.buttons)), label.MatchString) {
			lack = append(lack, "the button action."+name)
		}
	}
	slices.Sort(lack)
	if len(lack) > 0 {
		t.Errorf("nobody used on Discord:\n%s", strings.Join(lack, "\n"))
	}
}

// labels are the buttons that the catalogue has, by what can stand on them.
func labels(t *testing.T) map[string]*regexp.Regexp {
	t.Helper()
	data, err := os.ReadFile("../../phrases/en.toml")
	if err != nil {
		t.Fatal(err)
	}
	var book struct{ Action map[string]any }
	if err := toml.Unmarshal(data, &book); err != nil {
		t.Fatal(err)
	}
	out := map[string]*regexp.Regexp{}
	value := regexp.MustCompile(`\\\{\\\{.*?\\\}\\\}`)
	for name, v := range book.Action {
		texts := []string{}
		switch x := v.(type) {
		case string:
			texts = append(texts, x)
		case map[string]any:
			for _, s := range x {
				texts = append(texts, s.(string))
			}
		}
		for i := range texts {
			texts[i] = value.ReplaceAllString(regexp.QuoteMeta(texts[i]), ".*")
		}
		out[name] = regexp.MustCompile("^(?:" + strings.Join(texts, "|") + ")$")
	}
	return out
}

// A whole is the conversation in which all of the table is used that no script
// uses.
type whole struct {
	*discordStage
	t *testing.T
}

// use calls a command with options; fails says that it must be refused.
func (w *whole) use(who, name string, v discordtest.Values, fails ...bool) string {
	w.t.Helper()
	return w.in(w.room, who, name, v, fails...)
}

func (w *whole) in(room, who, name string, v discordtest.Values, fails ...bool) string {
	w.t.Helper()
	w.uses.slash(name, v)
	in, err := w.srv.Command(w.people[who], room, w.p.Path(name), v)
	return w.over(who, "/"+name, in, err, fails...)
}

// press presses a button, or chooses from a menu.
func (w *whole) press(who, label string, fails ...bool) string {
	w.t.Helper()
	in, err := w.discordStage.press(w.t, w.people[who], label)
	return w.over(who, "["+label+"]", in, err, fails...)
}

// pressLike presses the newest button whose label begins and ends so.
func (w *whole) pressLike(who, begins, ends string) string {
	w.t.Helper()
	for _, id := range slices.Backward(w.shown) {
		if !w.srv.Sees(w.people[who], id) {
			continue
		}
		m := w.srv.Message(id)
		for _, b := range m.Buttons() {
			if strings.HasPrefix(b.Label, begins) && strings.HasSuffix(b.Label, ends) {
				return w.press(who, b.Label)
			}
		}
	}
	w.t.Errorf("nobody can press [%s…%s]", begins, ends)
	return ""
}

func (w *whole) over(who, what string, in *discordtest.Interaction, err error, fails ...bool) string {
	w.t.Helper()
	if err != nil {
		w.t.Errorf("%s: %v", what, err)
		return ""
	}
	o, err := in.Wait(w.t.Context())
	if err != nil {
		w.t.Fatalf("%s: %v", what, err)
	}
	w.form = o.Modal
	w.settle(w.t, who)
	w.drain(w.t)
	said := w.news()
	w.usher.mu.Lock()
	failed := w.last.Failed
	w.usher.mu.Unlock()
	if want := len(fails) > 0 && fails[0]; failed != want && o.Modal == nil {
		w.t.Errorf("%s failed: %v, said:\n%s", what, failed, cmp.Or(said, bot.Reply{}.Title.String()))
	}
	return said
}

// useTheRest uses each command, option and button that no script uses, in one
// long conversation.
func useTheRest(t *testing.T, used *uses) {
	t.Helper()
	d := newDiscordStage(t, nil).(*discordStage)
	d.uses = used
	w := &whole{d, t}
	type v = discordtest.Values
	const fails = true
	book := discordtest.File{Name: "tides.md", MIME: "text/markdown", Data: []byte("# Tides\n\n## Ebb\n\nThe water went out at noon and left the boats on their sides.\n\nNobody came.\n\n## Flood\n\nIt came back at six, as it always had.\n\nThe boats rose one after another, and nobody thanked it.\n")}
	second := discordtest.File{Name: "winds.md", MIME: "text/markdown", Data: []byte("# Winds\n\nThe first wind came from the north.\n\nThe second came from nowhere in particular.\n")}

	// The group.
	w.use("ana", "group setup", v{"name": "Readers", "city": "London", "place": "Café Nord", "length": "90 min"})
	w.use("ana", "group settings", v{"name": "Room above", "city": "London", "place": "Café Nord", "length": "60", "brackets": "on", "prefix": "!r", "pin": "on", "discuss": "thread"})
	forum := w.srv.AddChannel(w.guild, discordtest.Channel{Name: "books", Type: discordtest.Forum})
	w.use("ana", "group settings", v{"discuss": "forum", "forum": forum})
	w.use("ana", "group settings", v{"discuss": "room"})
	w.use("ben", "join", nil)
	w.use("cem", "join", nil)
	w.use("ana", "group organiser", v{"member": w.people["ben"]})

	// Its books.
	w.use("ana", "library add", v{"from": "https://example.org/tides.md"}, fails) // the operator allows none
	w.use("ana", "library add", v{"file": book, "alias": "tides", "title": "Tides", "author": "A. Ness"})
	w.press("ana", "Details")
	w.press("ana", "Outline")
	w.use("ana", "library look", v{"book": "tides", "show": "left-out", "from": 1, "draft": 1})
	w.use("ana", "library put", v{"book": "tides", "replace": "yes", "draft": 1})
	w.use("ana", "library add", v{"file": second, "alias": "winds"})
	w.use("ana", "library put", v{"book": "winds", "drop": "yes"})
	w.use("ana", "library chapters", v{"outline": "title: The Sea Road; alias: sea; edition: Norton, pages; 1 Setting out | 1-24; 2 The strait | 25-60; 3 Home | 61-90"})
	w.press("ana", "Add it")
	w.use("ana", "library chapters", v{"file": discordtest.File{Name: "ice.txt", MIME: "text/plain", Data: []byte("title: The Ice Road\nalias: ice\nedition: Norton, pages\n1 Out | 1-24\n2 Back | 25-60\n")}})
	w.press("ana", "Add it")
	w.use("ana", "library fix", v{"work": "tides", "what": `title "The Tides"`})
	w.use("ana", "library remove", v{"work": "ice", "sure": "yes"})

	// Looking up.
	w.use("cem", "passage", v{"citation": "handbook 12"})
	w.press("cem", "More around it")
	w.use("cem", "passage", v{"citation": "handbook 12"})
	w.press("cem", "Cite")
	w.use("cem", "passage", v{"citation": "handbook 4-60"})
	w.press("cem", "Go on ▶")
	w.use("cem", "cite", v{"citation": "handbook 12 mla"})
	w.use("cem", "search", v{"query": "the"})
	w.pressLike("cem", "", " more")
	w.use("cem", "passage", v{"citation": "handbook 12:1"})
	w.press("cem", "The whole passage")
	w.Say(t, "cem", "Look at [handbook 4-6], will you?")
	w.press("cem", "All of handbook 4-6")
	w.use("cem", "quote", v{"text": "a hard book is given up at page sixty, with nobody looking"})
	w.use("cem", "parallels", v{"work": "handbook"})
	w.use("cem", "works", nil)
	w.use("cem", "outline", v{"work": "handbook"})
	said := w.srv.Say(w.people["dee"], w.room, "The water went out at noon and left the boats on their sides.")
	used.button("Find the source")
	in, err := w.srv.MessageCommand(w.people["cem"], said, "Find the source")
	w.over("cem", "the menu", in, err)

	// The plan.
	w.use("ana", "plan create", v{"work": "handbook", "when": "thu 19:00", "weeks": "6", "start": "2026-11-25", "end": "2027-03-01", "without": "31 dec", "leave": "85-86", "short": "300",
		"posts": "full", "name": "Handbook", "place": "Café Nord", "file": discordtest.File{Name: "holidays.ics", MIME: "text/calendar", Data: []byte("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20261101T000000Z\r\nDTSTART;VALUE=DATE:20261225\r\nSUMMARY:Christmas\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n")}})
	w.use("ana", "plan publish", v{"plan": "Handbook"})
	w.press("cem", "Not this time")
	for _, line := range []struct {
		name string
		with v
	}{
		{"plan skip", v{"date": "10 dec"}}, {"plan shift", v{"weeks": "1", "from": 3}}, {"plan break", v{"days": "20 dec to 4 jan"}}, {"plan cancel", v{"date": "3 dec"}},
		{"plan when", v{"when": "thu 20:00"}}, {"plan until", v{"date": "1 jun 2027"}}, {"plan zone", v{"city": "Lisbon"}}, {"plan place", v{"place": "The library"}},
		{"plan rebalance", v{"meetings": "5"}}, {"plan extend", v{"from": "tides"}}, {"plan split", v{"reading": 3}}, {"plan merge", v{"reading": 3}},
		{"plan warn", v{"reading": 3, "text": "A quarrel is told in detail"}}, {"plan undo", v{}}, {"plan pause", v{}}, {"plan resume", v{}},
	} {
		line.with["plan"] = "Handbook"
		if said := w.use("ana", line.name, line.with); strings.Contains(said, "Do it") {
			w.press("ana", "Do it")
		}
	}
	w.use("ana", "plan shift", v{"weeks": "1", "plan": "Handbook"})
	w.press("ana", "Do it")
	w.press("ana", "Do it", fails) // done already
	w.press("ana", "Show the plan")
	w.use("ana", "plan show", v{"plan": "Handbook"})
	w.use("ana", "plan split", v{"reading": 2, "before": "20", "plan": "Handbook"})
	w.press("ana", "Leave it")
	w.use("ana", "plan short", v{"reading": 1, "passages": "2-3", "plan": "Handbook"})
	w.press("ana", "Do it")
	w.use("ana", "plan room", v{"plan": "Handbook"}, fails) // it is here already
	w.use("cem", "plan picture", v{"plan": "Handbook"})
	w.use("cem", "plan calendar", v{"due": "due", "plan": "Handbook"})
	w.use("ana", "plan export", v{"plan": "Handbook"})
	file := w.srv.Message(w.shown[len(w.shown)-1]).Attachments[0]

	// Reading along.
	w.use("cem", "reading", v{"number": 2, "plan": "Handbook"})
	w.use("cem", "text", v{"number": 1, "plan": "Handbook"})
	w.use("cem", "at", v{"place": "5", "plan": "Handbook"})
	w.use("cem", "done", v{"plan": "Handbook"})
	w.use("ben", "skip", v{"plan": "Handbook"})
	w.use("cem", "catchup", v{"by": "20 dec", "plan": "Handbook"})
	w.use("cem", "progress", v{"plan": "Handbook"})
	for _, how := range []string{"show", "hide", "count"} {
		w.use("cem", "privacy "+how, nil)
	}

	// Who leads, and what is asked.
	w.use("ana", "rota set", v{"people": "Ben, Cem", "per": 1, "plan": "Handbook"})
	w.use("ana", "rota show", v{"plan": "Handbook"})
	w.use("ben", "rota swap", v{"reading": 4, "with": 5, "plan": "Handbook"})
	w.use("ana", "rota absent", v{"days": "1 dec to 30 dec", "who": w.people["ben"], "plan": "Handbook"})
	w.use("ana", "rota absent", v{"days": "1 dec to 30 dec", "who": w.people["cem"], "plan": "Handbook"})
	w.use("cem", "rota lead", v{"reading": 2, "plan": "Handbook"})
	w.use("ana", "prompt add", v{"reading": 2, "text": "Who is it for?", "plan": "Handbook"})
	w.use("ana", "prompt edit", v{"reading": 2, "question": 1, "text": "For whom is it?", "plan": "Handbook"})
	w.use("ana", "prompt move", v{"reading": 2, "question": 1, "to": "none", "plan": "Handbook"})
	w.use("ana", "prompt list", v{"plan": "Handbook"})
	w.use("ana", "prompt remove", v{"reading": 2, "question": 1, "plan": "Handbook"})
	w.use("ana", "prompt import", v{"text": "2 What is quoted here?", "plan": "Handbook"})
	w.use("ana", "prompt import", v{"file": discordtest.File{Name: "q.txt", MIME: "text/plain", Data: []byte("3 Who speaks?\n")}, "plan": "Handbook"})
	w.use("cem", "prompt suggest", v{"reading": 2, "text": "Who is silent?", "plan": "Handbook"})
	w.use("ana", "why", v{"about": "1", "plan": "Handbook"})

	// What is put to the vote; the second has buttons, since a poll cannot hold it.
	w.use("ana", "vote ask", v{"question": "Which evenings?", "choices": "Mondays | Tuesdays", "several": "yes", "until": "friday"})
	if err := w.choose(w.people["ben"], 1, true); err != nil {
		t.Error(err)
	}
	w.drain(t)
	if said := w.use("cem", "vote", v{"on": 1}); strings.Contains(said, "One has voted") {
		used.note(&used.commands, "vote mark") // a poll's own event leads to it
	} else {
		t.Errorf("the vote in the poll did not count: %s", said)
	}
	w.use("ana", "vote ask", v{"question": "Where?", "choices": "In the back room of the old shop, where we have always met | Outside"})
	w.use("cem", "vote", v{"on": 1, "choice": "2"})
	w.pressLike("cem", "2 · ", "Outside")
	w.use("ana", "vote close", v{"on": 1})
	w.use("cem", "help", v{"about": "passage"})
	w.use("cem", "leave", nil)

	// A second plan, in the place of the first.
	w.use("ana", "plan import", v{"file": discordtest.File{Name: file.Name, MIME: file.MIME, Data: file.Data}, "start": "1 sep 2027"})
	w.use("ana", "plan publish", v{"instead": 1})
	w.use("ana", "plan create", v{"work": "tides", "when": "thu 19:00", "weeks": "1"})
	w.press("ana", "Drop")
	w.use("ana", "plan create", v{"work": "tides", "when": "thu 19:00", "weeks": "1"})
	w.use("ana", "plan drop", nil)

	// What was missed, and what nobody knows of.
	w.use("ana", "plan create", v{"work": "tides", "when": "thu 19:00", "weeks": "1", "name": "Tides"})
	w.use("ana", "plan publish", v{"plan": "Tides"}, fails) // it is read here already
	w.press("ana", "Read by the new one")
	w.clock.set(w.clock.now().Add(8 * 24 * time.Hour))
	w.drain(t)
	w.news()
	w.use("ana", "why", v{"about": "1", "plan": "Tides"})
	w.press("ana", "Post it now")
	w.doubt()
	w.press("ana", "Leave it")
	w.press("ana", "Post it")
	if bad := w.srv.TakeRefusals(); len(bad) > 0 {
		t.Errorf("refused as malformed: %v", bad)
	}
}

// doubt has the database come back from a backup while the room cannot be looked
// into, of which the organiser is asked.
func (w *whole) doubt() {
	w.t.Helper()
	w.use("ana", "plan create", discordtest.Values{"work": "sea", "when": "thu 19:00", "weeks": "1", "name": "Sea"})
	w.srv.Overwrite(w.room, w.srv.Bot(), 0, discordtest.ViewChannel)
	in, err := w.srv.Command(w.people["ana"], w.room, "plan publish", discordtest.Values{"plan": "Sea"})
	if err == nil {
		_, err = in.Wait(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.usher.mu.Lock()
	failed := w.last.Failed
	w.usher.mu.Unlock()
	if failed {
		w.t.Fatalf("it was not published: %s", bottest.Plain(w.last))
	}
	rows, err := w.house.engine.Review(w.t.Context())
	if err == nil {
		err = w.house.engine.Release(w.t.Context(), rows)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.srv.Overwrite(w.room, w.srv.Bot(), 0, 0)
	w.settle(w.t, "ana")
	w.drain(w.t)
	w.news()
}
