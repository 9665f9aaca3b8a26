package discord

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/bwmarrin/discordgo"

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

// fileOption is the option that takes a file.
const fileOption = "file"

// A catalogue is the table of commands as Discord has it, and which is which.
type catalogue struct {
	commands []*discordgo.ApplicationCommand
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

func (c *catalogue) add(a *discordgo.ApplicationCommand, x *bot.Command) {
	c.commands = append(c.commands, a)
	c.paths[x.Name], c.byPath[a.Name] = a.Name, x
}

// localized is something in other languages, by Discord's names of them.
type localized = map[discordgo.Locale]string

// command begins a command. One that is there anywhere a person may have for
// themselves, wherever they are.
func command(kind discordgo.ApplicationCommandType, name string, names localized, anywhere bool) *discordgo.ApplicationCommand {
	in := []discordgo.InteractionContextType{discordgo.InteractionContextGuild, discordgo.InteractionContextBotDM}
	by := []discordgo.ApplicationIntegrationType{discordgo.ApplicationIntegrationGuildInstall}
	if anywhere {
		in, by = append(in, discordgo.InteractionContextPrivateChannel), append(by, discordgo.ApplicationIntegrationUserInstall)
	}
	a := &discordgo.ApplicationCommand{Type: kind, Name: name, Contexts: &in, IntegrationTypes: &by}
	if len(names) > 0 {
		a.NameLocalizations = &names
	}
	return a
}

func describe(a *discordgo.ApplicationCommand, text string, others localized) {
	a.Description = text
	if len(others) > 0 {
		a.DescriptionLocalizations = &others
	}
}

// single is a command of one word.
func (c *catalogue) single(x *bot.Command) *discordgo.ApplicationCommand {
	a := command(discordgo.ChatApplicationCommand, x.Name, c.names("word."+x.Name), x.Anywhere && x.Who == bot.Guest && !x.TakesFile)
	a.Options = c.options(x)
	text, others := c.summary(x)
	describe(a, text, others)
	return a
}

// family makes one command of those with the first word in common, or more
// where one is too small.
func (c *catalogue) family(word string, family []*bot.Command) {
	for n := 0; len(family) > 0; n++ {
		more := ""
		if n > 0 {
			more = "-more"
		}
		if n > 1 {
			more += fmt.Sprint(n)
		}
		names := c.names("word." + word)
		for locale, name := range names {
			names[locale] = name + more
		}
		a := command(discordgo.ChatApplicationCommand, word+more, names, false)
		text, others := c.say("family_of." + word)
		describe(a, text, others)
		var rest []*bot.Command
		for _, x := range family {
			_, second, _ := strings.Cut(x.Name, " ")
			if second == "" {
				second = x.Name
			}
			second = strings.ReplaceAll(second, " ", "-")
			o := &discordgo.ApplicationCommandOption{Type: discordgo.ApplicationCommandOptionSubCommand, Name: second, NameLocalizations: c.names("word." + second), Options: c.options(x)}
			o.Description, o.DescriptionLocalizations = c.summary(x)
			if len(a.Options) == maxOptions || len(a.Options) > 0 && chars(a)+optionChars(o) > commandBudget {
				rest = append(rest, x)
				continue
			}
			a.Options = append(a.Options, o)
			c.paths[x.Name], c.byPath[a.Name+" "+second] = a.Name+" "+second, x
		}
		c.commands = append(c.commands, a)
		family = rest
	}
}

// menu puts a command into the menu of messages.
func (c *catalogue) menu(x *bot.Command) {
	c.commands = append(c.commands, command(discordgo.MessageApplicationCommand, x.Menu, c.names("menu."+key(x)), x.Anywhere))
	c.menus[x.Menu] = x
}

// options are a command's parameters: those that must be given first.
func (c *catalogue) options(x *bot.Command) (out []*discordgo.ApplicationCommandOption) {
	for i := range x.Params {
		p := &x.Params[i]
		if p.Button {
			continue
		}
		o := &discordgo.ApplicationCommandOption{Type: discordgo.ApplicationCommandOptionString, Name: p.Name, NameLocalizations: c.names("option." + p.Name), Required: p.Required && !x.Form}
		o.Description, o.DescriptionLocalizations = c.describe(x, p)
		switch {
		case p.Type == bot.Integer:
			o.Type = discordgo.ApplicationCommandOptionInteger
		case p.Type == bot.Boolean:
			o.Type = discordgo.ApplicationCommandOptionBoolean
		case p.Type == bot.Person:
			o.Type = discordgo.ApplicationCommandOptionUser
		case p.Type == bot.ForumID:
			o.Type, o.ChannelTypes = discordgo.ApplicationCommandOptionChannel, []discordgo.ChannelType{discordgo.ChannelTypeGuildForum}
		case p.Complete != nil || len(p.Choices) > maxChoices:
			o.Autocomplete = true
		default:
			for _, choice := range p.Choices {
				o.Choices = append(o.Choices, &discordgo.ApplicationCommandOptionChoice{Name: shorten(choice.Label, maxChoice), Value: choice.Value})
			}
		}
		out = append(out, o)
	}
	if x.TakesFile {
		o := &discordgo.ApplicationCommandOption{Type: discordgo.ApplicationCommandOptionAttachment, Name: fileOption, NameLocalizations: c.names("option." + fileOption)}
		o.Description, o.DescriptionLocalizations = c.say("hint.file")
		out = append(out, o)
	}
	slices.SortStableFunc(out, func(a, b *discordgo.ApplicationCommandOption) int {
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
func (c *catalogue) summary(x *bot.Command) (string, localized) {
	return c.text("command."+key(x), x.Summary)
}

func (c *catalogue) describe(x *bot.Command, p *bot.Param) (string, localized) {
	summary := p.Summary
	if summary == "" {
		summary = p.Name
	}
	text, others := c.text("param."+key(x)+"."+p.Name, summary)
	for locale, v := range c.voices {
		// What is the same in every command is said once.
		if shared := "param.any." + p.Name; others[discordgo.Locale(locale)] == "" && v.Has(shared) {
			others = with(others, locale, shorten(v.Say(shared).String(), maxDescription))
		}
	}
	return text, others
}

func (c *catalogue) say(key string) (string, localized) { return c.text(key, key) }

// text is a sentence of the catalogues, or the one given where they have none.
func (c *catalogue) text(key, otherwise string) (text string, others localized) {
	text = otherwise
	if c.voice != nil && c.voice.Has(key) {
		text = c.voice.Say(key).String()
	}
	for locale, v := range c.voices {
		if s := v.Say(key).String(); v.Has(key) && s != text {
			others = with(others, locale, shorten(s, maxDescription))
		}
	}
	return shorten(text, maxDescription), others
}

// names is what something is called in other languages; in English it is
// called as it is typed everywhere.
func (c *catalogue) names(key string) (out localized) {
	for locale, v := range c.voices {
		if v.Has(key) {
			out = with(out, locale, v.Say(key).String())
		}
	}
	return out
}

func with(m localized, locale, text string) localized {
	if m == nil {
		m = localized{}
	}
	m[discordgo.Locale(locale)] = text
	return m
}

// chars is how many characters a command has as Discord counts them: of each
// field, the longest of its languages.
func chars(a *discordgo.ApplicationCommand) int {
	n := longest(a.Name, those(a.NameLocalizations)) + longest(a.Description, those(a.DescriptionLocalizations))
	for _, o := range a.Options {
		n += optionChars(o)
	}
	return n
}

// those are the languages that a command has, none if it has none.
func those(m *localized) localized {
	if m == nil {
		return nil
	}
	return *m
}

func optionChars(o *discordgo.ApplicationCommandOption) int {
	n := longest(o.Name, o.NameLocalizations) + longest(o.Description, o.DescriptionLocalizations)
	for _, c := range o.Choices {
		n += longest(c.Name, c.NameLocalizations) + units(fmt.Sprint(c.Value))
	}
	for _, x := range o.Options {
		n += optionChars(x)
	}
	return n
}

func longest(s string, others localized) int {
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
	kinds := map[discordgo.ApplicationCommandType]int{}
	names := map[string]bool{}
	for _, a := range c.commands {
		kinds[a.Type]++
		if id := fmt.Sprint(a.Type, a.Name); names[id] {
			bad("there are two commands /%s", a.Name)
		} else {
			names[id] = true
		}
		if n := chars(a); n > maxCommandChars {
			bad("/%s has %d characters, and may have %d", a.Name, n, maxCommandChars)
		}
		check := checkName
		if a.Type != discordgo.ChatApplicationCommand {
			check = checkTitle
		} else if a.Description == "" {
			bad("/%s has no description", a.Name)
		}
		for _, name := range append(slices.Collect(maps.Values(those(a.NameLocalizations))), a.Name) {
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

func checkOptions(path string, options []*discordgo.ApplicationCommandOption, bad func(string, ...any)) {
	if len(options) > maxOptions {
		bad("%s has %d options, and may have %d", path, len(options), maxOptions)
	}
	names := map[string]string{} // by language and name
	for _, o := range options {
		at := path + " " + o.Name
		if o.Description == "" {
			bad("%s has no description", at)
		}
		all := localized{"": o.Name}
		maps.Copy(all, o.NameLocalizations)
		for locale, name := range all {
			if err := checkName(name); err != nil {
				bad("%s: %w", at, err)
			}
			if other, taken := names[string(locale)+" "+name]; taken {
				bad("%s is called as %s is, %q, in %q", at, other, name, locale)
			}
			names[string(locale)+" "+name] = at
		}
		if len(o.Choices) > maxChoices {
			bad("%s has %d choices, and may have %d", at, len(o.Choices), maxChoices)
		}
		for _, c := range o.Choices {
			if c.Name == "" || units(c.Name) > maxChoice || units(fmt.Sprint(c.Value)) > maxChoice {
				bad("%s: the choice %q is empty or too long", at, c.Value)
			}
		}
		checkOptions(at, o.Options, bad)
	}
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
	var have []*discordgo.ApplicationCommand
	err = s.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
		have, err = dg.ApplicationCommands(app, "", o)
		return err
	})
	if err != nil {
		return false, err
	}
	if digest(have) != digest(s.list.commands) {
		changed = true
		err := s.api.call(ctx, func(dg *discordgo.Session, o discordgo.RequestOption) (err error) {
			have, err = dg.ApplicationCommandBulkOverwrite(app, "", s.list.commands, o)
			return err
		})
		if err != nil {
			return false, err
		}
	}
	ids := map[string]string{}
	for _, c := range have {
		if c.Type == discordgo.ChatApplicationCommand {
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
func digest(commands []*discordgo.ApplicationCommand) string {
	all := make([]*discordgo.ApplicationCommand, len(commands))
	for i, c := range commands {
		x := command(c.Type, c.Name, those(c.NameLocalizations), false)
		describe(x, c.Description, those(c.DescriptionLocalizations))
		x.Options, x.Contexts, x.IntegrationTypes = normal(c.Options), sorted(c.Contexts), sorted(c.IntegrationTypes)
		all[i] = x
	}
	slices.SortFunc(all, func(a, b *discordgo.ApplicationCommand) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), strings.Compare(a.Name, b.Name))
	})
	text, err := json.Marshal(all)
	if err != nil {
		panic(err) // strings and numbers can be encoded
	}
	return keyOf(text)
}

func sorted[T cmp.Ordered](list *[]T) *[]T {
	if list == nil {
		return nil
	}
	s := slices.Sorted(slices.Values(*list))
	return &s
}

func normal(options []*discordgo.ApplicationCommandOption) (out []*discordgo.ApplicationCommandOption) {
	for _, o := range options {
		x := *o
		x.Options = normal(o.Options)
		x.Choices, x.ChannelTypes = nil, nil
		for _, c := range o.Choices {
			y := *c
			x.Choices = append(x.Choices, &y)
		}
		if len(x.NameLocalizations) == 0 {
			x.NameLocalizations = nil
		}
		out = append(out, &x)
	}
	return out
}
