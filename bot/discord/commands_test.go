package discord

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"lectern/bot"
	"lectern/bot/discord/discordtest"
	"lectern/commands"
	"lectern/phrases"
)

func table(t testing.TB) ([]bot.Command, *phrases.Book) {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	return (&commands.Desk{Phrases: book}).Table(), book
}

// Each command that people have is within what Discord lets a command be, in
// English and in another language, and is called by what it says here.
func TestCommandsAreWithinTheBudget(t *testing.T) {
	all, book := table(t)
	c, err := newCatalogue(all, book.In("en"), map[string]bot.Voice{"de": book.In("de")})
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		x := &all[i]
		if x.Hidden {
			continue
		}
		path := c.path(x.Name)
		if c.byPath[path] != x {
			t.Errorf("%s is called /%s, which is %v", x.Name, path, c.byPath[path])
		}
		if !strings.HasPrefix(path, strings.Fields(x.Name)[0]) {
			t.Errorf("%s is called /%s", x.Name, path)
		}
	}
	for _, a := range c.commands {
		t.Logf("/%s: %d characters, %d options", a.Name, chars(a), len(a.Options))
		if strings.HasPrefix(a.Description, "family_of.") {
			t.Errorf("/%s has no description: add family_of.%s to the catalogue of sentences", a.Name, a.Name)
		}
	}
	passage := c.commands[0]
	for _, a := range c.commands {
		if a.Name == "passage" {
			passage = a
		}
	}
	if fmt.Sprint(*passage.Contexts, *passage.IntegrationTypes) != "[0 1 2] [0 1]" {
		t.Errorf("/passage is there in %v for %v", *passage.Contexts, *passage.IntegrationTypes)
	}
}

// Each command and each option has a name and a description in the other
// language too.
func TestCommandsAreInBothLanguages(t *testing.T) {
	all, book := table(t)
	c, err := newCatalogue(all, book.In("en"), map[string]bot.Voice{"de": book.In("de")})
	if err != nil {
		t.Fatal(err)
	}
	var lack []string
	var options func(path string, in []*discordgo.ApplicationCommandOption)
	options = func(path string, in []*discordgo.ApplicationCommandOption) {
		for _, o := range in {
			at := path + " " + o.Name
			if o.NameLocalizations["de"] == "" {
				lack = append(lack, "the name of "+at)
			}
			if o.DescriptionLocalizations["de"] == "" {
				lack = append(lack, "the description of "+at+": "+o.Description)
			}
			options(at, o.Options)
		}
	}
	for _, a := range c.commands {
		if those(a.NameLocalizations)["de"] == "" {
			lack = append(lack, "the name of /"+a.Name)
		}
		if a.Type == discordgo.ChatApplicationCommand && those(a.DescriptionLocalizations)["de"] == "" {
			lack = append(lack, "the description of /"+a.Name+": "+a.Description)
		}
		options("/"+a.Name, a.Options)
	}
	if len(lack) > 0 {
		t.Errorf("the German catalogue has not:\n%s", strings.Join(lack, "\n"))
	}
}

// Discord takes the whole table as it is.
func TestDiscordTakesTheCommands(t *testing.T) {
	all, book := table(t)
	srv := discordtest.NewServer(t, discordtest.Options{Now: time.Now})
	run(t, srv, &desk{}, func(o *Options) {
		o.Commands, o.Voices = all, map[string]bot.Voice{"de": book.In("de")}
	})
	if n := len(srv.Commands("")); n < 20 {
		t.Errorf("%d commands are there", n)
	}
}

// A family that is too large goes on in a second command, and the limits are
// held against what no table should have.
func TestCatalogueSplitsAndRefuses(t *testing.T) {
	var many []bot.Command
	for i := range 60 {
		many = append(many, bot.Command{Name: fmt.Sprintf("plan do%d", i), Summary: strings.Repeat("long summary ", 7), Params: []bot.Param{{Name: "a", Summary: "b"}, {Name: "need", Summary: "first", Required: true}}})
	}
	many[59].Brief = true
	c, err := newCatalogue(many, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.commands) != 3 || c.path("plan do59") != "plan do59" || c.path("plan do40") != "plan-more do40" {
		t.Errorf("%d commands; /%s, /%s", len(c.commands), c.path("plan do59"), c.path("plan do40"))
	}
	if o := c.commands[0].Options[0].Options; o[0].Name != "need" || !o[0].Required {
		t.Errorf("what must be given comes after what may: %+v", o)
	}
	for name, bad := range map[string]bot.Command{
		"upper case": {Name: "Plan", Summary: "x"},
		"long name":  {Name: strings.Repeat("a", 33), Summary: "x"},
		"no summary": {Name: "plan"},
		"options":    {Name: "plan", Summary: "x", Params: make([]bot.Param, 26)},
		"title":      {Name: "plan", Summary: "x", Menu: strings.Repeat("a", 33)},
	} {
		if _, err := newCatalogue([]bot.Command{bad}, nil, nil); err == nil {
			t.Errorf("%s: it is taken", name)
		}
	}
}

// Commands are the same when Discord gives them back, whatever it adds.
func TestDigest(t *testing.T) {
	all, book := table(t)
	c, err := newCatalogue(all, book.In("en"), map[string]bot.Voice{"de": book.In("de")})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(c.commands)
	if err != nil {
		t.Fatal(err)
	}
	var raw []map[string]any
	if err := json.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	for i := range raw {
		raw[i]["id"], raw[i]["version"], raw[i]["dm_permission"], raw[i]["nsfw"] = fmt.Sprint(i), "1", true, false
		if raw[i]["description_localizations"] == nil {
			raw[i]["description_localizations"] = map[string]string{}
		}
		if raw[i]["options"] == nil {
			raw[i]["options"] = []any{}
		}
	}
	if text, err = json.Marshal(raw); err != nil {
		t.Fatal(err)
	}
	var back []*discordgo.ApplicationCommand
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if digest(back) != digest(c.commands) {
		t.Error("what Discord gives back counts as changed")
	}
	back[3].Description += "."
	if digest(back) == digest(c.commands) {
		t.Error("a changed description is not seen")
	}
}
