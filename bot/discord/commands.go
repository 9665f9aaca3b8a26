package discord

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"lectern/bot"
)

// Discord's limits on an application's commands.
const (
	maxCommands     = 100  // of one kind
	maxOptions      = 25   // also subcommands
	maxChoices      = 25   // and completions
	maxName         = 32   // characters
	maxDescription  = 100  // characters
	maxCommandChars = 8000 // names, descriptions and values of one command with all below it
	maxChoice       = 100  // characters of a choice's name and value

	// commandBudget is how much of maxCommandChars is used: what counts
	// otherwise than we do must not refuse what we register.
	commandBudget = 7800
)

// The types of commands and options.
const (
	slashCommand   = 1
	messageCommand = 3

	optionSubcommand = 1
	optionString     = 3
	optionInteger    = 4
	optionBoolean    = 5
	optionUser       = 6
	optionAttachment = 11
)

// Where commands are, and who installs them.
const (
	inGuild   = 0
	inDirect  = 1 // with the bot
	inPrivate = 2 // among other people

	forGuild = 0
	forUser  = 1
)

// fileOption is the option that takes a file.
const fileOption = "file"

// An appCommand is a command as Discord has it.
type appCommand struct {
	ID                       string            `json:"id,omitempty"`
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description,omitempty"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Options                  []appOption       `json:"options,omitempty"`
	Contexts                 []int             `json:"contexts,omitempty"`
	IntegrationTypes         []int             `json:"integration_types,omitempty"`
}

type appOption struct {
	Type                     int               `json:"type"`
	Name                     string            `json:"name"`
	NameLocalizations        map[string]string `json:"name_localizations,omitempty"`
	Description              string            `json:"description"`
	DescriptionLocalizations map[string]string `json:"description_localizations,omitempty"`
	Required                 bool              `json:"required,omitempty"`
	Autocomplete             bool              `json:"autocomplete,omitempty"`
	Choices                  []appChoice       `json:"choices,omitempty"`
	Options                  []appOption       `json:"options,omitempty"`
}

type appChoice struct {
	Name              string            `json:"name"`
	NameLocalizations map[string]string `json:"name_localizations,omitempty"`
	Value             string            `json:"value"`
}

// A catalogue is the table of commands as Discord has it, and which is which.
type catalogue struct {
	commands []appCommand
	paths    map[string]string       // by a command's name, how it is called here
	byPath   map[string]*bot.Command // "plan create"
	menus    map[string]*bot.Command // by the name in a message's menu
	voice    bot.Voice
	voices   map[string]bot.Voice
}

// path is how a command is called here.
func (c *catalogue) path(name string) string {
	if p, ok := c.paths[name]; ok {
		return p
	}
	return name
}

// newCatalogue makes what Discord is told of the commands: a family that has
// the first word in common is one command with subcommands. Where a family
// is larger than Discord lets one command be, what is least needed goes into a
// second one. The error names what does not fit.
func newCatalogue(commands []bot.Command, voice bot.Voice, voices map[string]bot.Voice) (*catalogue, error) {
	c := &catalogue{paths: map[string]string{}, byPath: map[string]*bot.Command{}, menus: map[string]*bot.Command{}, voice: voice, voices: voices}
	var words []string
	families := map[string][]*bot.Command{}
	for i := range commands {
		x := &commands[i]
		if x.Hidden {
			continue
		}
		first, _, _ := strings.Cut(x.Name, " ")
		if families[first] == nil {
			words = append(words, first)
		}
		families[first] = append(families[first], x)
	}
	for _, word := range words {
		family := families[word]
		if len(family) == 1 && family[0].Name == word {
			c.add(c.single(family[0]), family[0])
			continue
		}
		slices.SortStableFunc(family, func(a, b *bot.Command) int { return rank(a) - rank(b) })
		c.family(word, family)
	}
	for i := range commands {
		if x := &commands[i]; x.Menu != "" {
			c.menu(x)
		}
	}
	return c, c.check()
}

// rank puts what is needed most often first.
func rank(x *bot.Command) int {
	switch {
	case x.Brief:
		return 0
	case x.Who < bot.Organiser:
		return 1
	}
	return 2
}

func (c *catalogue) add(a appCommand, x *bot.Command) {
	c.commands = append(c.commands, a)
	c.paths[x.Name], c.byPath[a.Name] = a.Name, x
}

// single is a command of one word.
func (c *catalogue) single(x *bot.Command) appCommand {
	a := appCommand{Type: slashCommand, Name: x.Name, NameLocalizations: c.names("word." + x.Name), Options: c.options(x)}
	a.Description, a.DescriptionLocalizations = c.summary(x)
	a.Contexts, a.IntegrationTypes = []int{inGuild, inDirect}, []int{forGuild}
	if x.Anywhere && x.Who == bot.Guest && !x.TakesFile {
		// A person may have it for themselves, wherever they are.
		a.Contexts, a.IntegrationTypes = append(a.Contexts, inPrivate), append(a.IntegrationTypes, forUser)
	}
	return a
}

// family makes one command of those with the first word in common, or more
// where one is too small.
func (c *catalogue) family(word string, family []*bot.Command) {
	for n := 0; len(family) > 0; n++ {
		a := appCommand{Type: slashCommand, Name: word, NameLocalizations: c.names("word." + word), Contexts: []int{inGuild, inDirect}, IntegrationTypes: []int{forGuild}}
		if n > 0 {
			a.Name += "-more"
			if n > 1 {
				a.Name += fmt.Sprint(n)
			}
			for locale, name := range a.NameLocalizations {
				a.NameLocalizations[locale] = name + strings.TrimPrefix(a.Name, word)
			}
		}
		a.Description, a.DescriptionLocalizations = c.say("family_of." + word)
		var rest []*bot.Command
		for _, x := range family {
			_, second, _ := strings.Cut(x.Name, " ")
			if second == "" {
				second = x.Name
			}
			second = strings.ReplaceAll(second, " ", "-")
			o := appOption{Type: optionSubcommand, Name: second, NameLocalizations: c.names("word." + second), Options: c.options(x)}
			o.Description, o.DescriptionLocalizations = c.summary(x)
			grown := a
			grown.Options = append(slices.Clone(a.Options), o)
			if len(grown.Options) > maxOptions || len(a.Options) > 0 && chars(grown) > commandBudget {
				rest = append(rest, x)
				continue
			}
			a = grown
			c.paths[x.Name], c.byPath[a.Name+" "+second] = a.Name+" "+second, x
		}
		c.commands = append(c.commands, a)
		family = rest
	}
}

// menu puts a command into the menu of messages.
func (c *catalogue) menu(x *bot.Command) {
	a := appCommand{Type: messageCommand, Name: x.Menu, NameLocalizations: c.names("menu." + key(x)), Contexts: []int{inGuild, inDirect}, IntegrationTypes: []int{forGuild}}
	if x.Anywhere {
		a.Contexts, a.IntegrationTypes = append(a.Contexts, inPrivate), append(a.IntegrationTypes, forUser)
	}
	c.commands = append(c.commands, a)
	c.menus[x.Menu] = x
}

// options are a command's parameters: those that must be given first.
func (c *catalogue) options(x *bot.Command) (out []appOption) {
	for i := range x.Params {
		p := &x.Params[i]
		if p.Button {
			continue
		}
		o := appOption{Type: optionString, Name: p.Name, NameLocalizations: c.names("option." + p.Name), Required: p.Required && !x.Form}
		o.Description, o.DescriptionLocalizations = c.describe(x, p)
		switch {
		case p.Type == bot.Integer:
			o.Type = optionInteger
		case p.Type == bot.Boolean:
			o.Type = optionBoolean
		case p.Type == bot.Person:
			o.Type = optionUser
		case p.Complete != nil || len(p.Choices) > maxChoices:
			o.Autocomplete = true
		default:
			for _, choice := range p.Choices {
				o.Choices = append(o.Choices, appChoice{Name: shorten(choice.Label, maxChoice), Value: choice.Value})
			}
		}
		out = append(out, o)
	}
	if x.TakesFile {
		o := appOption{Type: optionAttachment, Name: fileOption, NameLocalizations: c.names("option." + fileOption)}
		o.Description, o.DescriptionLocalizations = c.say("hint.file")
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b appOption) int {
		switch {
		case a.Required == b.Required:
			return 0
		case a.Required:
			return -1
		}
		return 1
	})
	return out
}

func key(x *bot.Command) string { return strings.ReplaceAll(x.Name, " ", "_") }

// summary is what a command is for, in each language.
func (c *catalogue) summary(x *bot.Command) (string, map[string]string) {
	return c.text("command."+key(x), x.Summary)
}

func (c *catalogue) describe(x *bot.Command, p *bot.Param) (string, map[string]string) {
	summary := p.Summary
	if summary == "" {
		summary = p.Name
	}
	text, localized := c.text("param."+key(x)+"."+p.Name, summary)
	for locale, v := range c.voices {
		// What is the same in every command is said once.
		if shared := "param.any." + p.Name; localized[locale] == "" && v.Has(shared) {
			localized = with(localized, locale, shorten(v.Say(shared).String(), maxDescription))
		}
	}
	return text, localized
}

func (c *catalogue) say(key string) (string, map[string]string) { return c.text(key, key) }

// text is a sentence of the catalogues, or the one given where they have none.
func (c *catalogue) text(key, otherwise string) (text string, localized map[string]string) {
	text = otherwise
	if c.voice != nil && c.voice.Has(key) {
		text = c.voice.Say(key).String()
	}
	for locale, v := range c.voices {
		if s := v.Say(key).String(); v.Has(key) && s != text {
			localized = with(localized, locale, shorten(s, maxDescription))
		}
	}
	return shorten(text, maxDescription), localized
}

// names is what something is called in other languages; in English it is
// called as it is typed everywhere.
func (c *catalogue) names(key string) (out map[string]string) {
	for locale, v := range c.voices {
		if v.Has(key) {
			out = with(out, locale, v.Say(key).String())
		}
	}
	return out
}

func with(m map[string]string, k, v string) map[string]string {
	if m == nil {
		m = map[string]string{}
	}
	m[k] = v
	return m
}

// chars is how many characters a command has as Discord counts them: of each
// field, the longest of its languages.
func chars(a appCommand) int {
	n := longest(a.Name, a.NameLocalizations) + longest(a.Description, a.DescriptionLocalizations)
	for i := range a.Options {
		n += optionChars(&a.Options[i])
	}
	return n
}

func optionChars(o *appOption) int {
	n := longest(o.Name, o.NameLocalizations) + longest(o.Description, o.DescriptionLocalizations)
	for _, c := range o.Choices {
		n += longest(c.Name, c.NameLocalizations) + units(c.Value)
	}
	for i := range o.Options {
		n += optionChars(&o.Options[i])
	}
	return n
}

func longest(s string, others map[string]string) int {
	n := units(s)
	for _, o := range others {
		n = max(n, units(o))
	}
	return n
}

// check holds the commands to Discord's limits.
func (c *catalogue) check() error {
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf("discord: "+format, args...)) }
	kinds := map[int]int{}
	names := map[string]bool{}
	for i := range c.commands {
		a := &c.commands[i]
		kinds[a.Type]++
		if id := fmt.Sprint(a.Type, a.Name); names[id] {
			bad("there are two commands /%s", a.Name)
		} else {
			names[id] = true
		}
		if n := chars(*a); n > maxCommandChars {
			bad("/%s has %d characters, and may have %d", a.Name, n, maxCommandChars)
		}
		check := checkName
		if a.Type != slashCommand {
			check = checkTitle
		} else if a.Description == "" {
			bad("/%s has no description", a.Name)
		}
		for _, name := range append(values(a.NameLocalizations), a.Name) {
			if err := check(name); err != nil {
				bad("/%s: %w", a.Name, err)
			}
		}
		checkOptions("/"+a.Name, a.Options, bad)
	}
	for kind, n := range kinds {
		if n > maxCommands {
			bad("%d commands of kind %d, and there may be %d", n, kind, maxCommands)
		}
	}
	return errors.Join(errs...)
}

func checkOptions(path string, options []appOption, bad func(string, ...any)) {
	if len(options) > maxOptions {
		bad("%s has %d options, and may have %d", path, len(options), maxOptions)
	}
	names := map[string]string{} // by language and name
	for i := range options {
		o := &options[i]
		at := path + " " + o.Name
		if o.Description == "" {
			bad("%s has no description", at)
		}
		all := map[string]string{"": o.Name}
		maps.Copy(all, o.NameLocalizations)
		for locale, name := range all {
			if err := checkName(name); err != nil {
				bad("%s: %w", at, err)
			}
			if other, taken := names[locale+" "+name]; taken {
				bad("%s is called as %s is, %q, in %q", at, other, name, locale)
			}
			names[locale+" "+name] = at
		}
		if len(o.Choices) > maxChoices {
			bad("%s has %d choices, and may have %d", at, len(o.Choices), maxChoices)
		}
		for _, c := range o.Choices {
			if c.Name == "" || units(c.Name) > maxChoice || units(c.Value) > maxChoice {
				bad("%s: the choice %q is empty or too long", at, c.Value)
			}
		}
		checkOptions(at, o.Options, bad)
	}
}

func values(m map[string]string) (out []string) {
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// checkName holds the name of a command or an option: small letters of any
// script, digits, hyphens, underscores and apostrophes.
func checkName(name string) error {
	if name == "" || units(name) > maxName {
		return fmt.Errorf("the name %q must have 1 to %d characters", name, maxName)
	}
	for _, r := range name {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_'", r) || unicode.ToLower(r) != r {
			return fmt.Errorf("the name %q may not have %q in it", name, r)
		}
	}
	return nil
}

// checkTitle holds the name of an entry in a menu.
func checkTitle(name string) error {
	if name == "" || units(name) > maxName {
		return fmt.Errorf("the name %q must have 1 to %d characters", name, maxName)
	}
	return nil
}

// register tells Discord of the commands where it does not have them as they
// are, and learns their IDs. It tries until it has.
func (s *session) register() {
	err := forever(s.ctx, func() error {
		changed, err := s.publish(s.ctx)
		if err == nil {
			s.opt.Log.Info("the commands are known to Discord", "commands", len(s.list.commands), "changed", changed)
		}
		return err
	})
	if err != nil && s.ctx.Err() == nil {
		s.opt.Log.Error("Discord did not take the commands; those that it has stay as they are", "err", err)
	}
}

// publish registers the commands if they changed.
func (s *session) publish(ctx context.Context) (changed bool, err error) {
	s.mu.Lock()
	app := s.app
	s.mu.Unlock()
	path := "/applications/" + escaped(app) + "/commands"
	var have []appCommand
	if err := s.api.do(ctx, http.MethodGet, path+"?with_localizations=true", nil, nil, &have); err != nil {
		return false, err
	}
	if digest(have) != digest(s.list.commands) {
		changed = true
		if err := s.api.do(ctx, http.MethodPut, path, s.list.commands, nil, &have); err != nil {
			return false, err
		}
	}
	ids := map[string]string{}
	for _, c := range have {
		if c.Type == slashCommand {
			ids[c.Name] = c.ID
		}
	}
	s.mu.Lock()
	s.ids = ids
	s.mu.Unlock()
	return changed, nil
}

// digest is what two lists of commands have in common that are the same: the
// order does not count, nor does what Discord adds.
func digest(commands []appCommand) string {
	all := slices.Clone(commands)
	for i := range all {
		all[i].ID = ""
		all[i].Options = normal(all[i].Options)
		all[i].NameLocalizations, all[i].DescriptionLocalizations = nonEmpty(all[i].NameLocalizations), nonEmpty(all[i].DescriptionLocalizations)
		all[i].Contexts, all[i].IntegrationTypes = slices.Sorted(slices.Values(all[i].Contexts)), slices.Sorted(slices.Values(all[i].IntegrationTypes))
	}
	slices.SortFunc(all, func(a, b appCommand) int {
		if a.Type != b.Type {
			return a.Type - b.Type
		}
		return strings.Compare(a.Name, b.Name)
	})
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return keyOf(text)
}

func normal(options []appOption) []appOption {
	out := slices.Clone(options)
	for i := range out {
		out[i].Options = normal(out[i].Options)
		out[i].NameLocalizations, out[i].DescriptionLocalizations = nonEmpty(out[i].NameLocalizations), nonEmpty(out[i].DescriptionLocalizations)
		out[i].Choices = slices.Clone(out[i].Choices)
		for j := range out[i].Choices {
			out[i].Choices[j].NameLocalizations = nonEmpty(out[i].Choices[j].NameLocalizations)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func nonEmpty(m map[string]string) map[string]string {
	if len(m) == 0 {
		return nil
	}
	return m
}
