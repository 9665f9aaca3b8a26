// Package commands is what people can say: one literal table, and one file for
// each family of commands. The functions behind it read and write storage,
// wake delivery, and answer with a bot.Reply in the words of a catalogue.
package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"lectern/bot"
	"lectern/library"
	"lectern/library/fetch"
	"lectern/library/search"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// A Desk is what the commands work with. Its fields are set once.
type Desk struct {
	DB      *storage.DB
	Phrases *phrases.Book
	Now     func() time.Time
	Log     *slog.Logger
	// MaxFile is the largest book that a room may send, in bytes; 0 is the
	// importer's own limit.
	MaxFile int64
	// Web takes books from web addresses; the zero one takes none.
	Web fetch.Fetcher
	// Wake makes delivery look for what is due.
	Wake func()
	// Held says why delivery posts nothing for now, "" if it posts; nil: it
	// posts.
	Held func() string
	// TellRemoved owes organisers a word that the bot was removed from a room;
	// nil tells nobody.
	TellRemoved func(ctx context.Context, tx *storage.Tx, room storage.Room, reason string, by bot.Account) error

	// Threads reports whether posts can go into threads on a platform; nil:
	// nowhere.
	Threads func(platform string) bool
	// Forum is the forum that somebody named, beside a room; bot.ErrNotFound
	// where there is none. nil: there are none anywhere.
	Forum func(ctx context.Context, room bot.Room, named string) (bot.FoundForum, error)
	// Discuss owes the place where a room's current reading is talked about; nil
	// leaves it to the next.
	Discuss func(ctx context.Context, tx *storage.Tx, platform, room string) error
	// Convenes reports whether a platform shows meetings among what is planned
	// there; nil: none does.
	Convenes func(platform string) bool

	// Recount brings what is known of a vote into line with its post; nil:
	// nobody votes at posts.
	Recount func(ctx context.Context, id reading.VoteID) error

	shelves   shelves
	searches  search.Cache
	recent    recent
	explained rooms       // where ¶ was explained
	keeping   atomic.Bool // KeepIndex is running
}

// Dispatcher is the dispatcher over the table of commands.
func (k *Desk) Dispatcher() *bot.Dispatcher {
	d := &bot.Dispatcher{
		Voice:      func(lang string) bot.Voice { return k.Phrases.In(lang) },
		Identify:   k.identify,
		Organisers: k.organisers,
		Memory:     memory{k},
		OnChange:   k.changed,
		Overhear:   k.overhear,
		Log:        k.Log,
	}
	d.Commands = append(k.Table(), d.Answer())
	for i := range d.Commands {
		if c := &d.Commands[i]; c.Run != nil {
			c.Run = k.remembering(c.Run)
		}
	}
	return d
}

func (k *Desk) voice(r *bot.Request) *phrases.Voice { return k.Phrases.In(r.Language) }

// identify fills in who asks and what they are to the room's group.
func (k *Desk) identify(ctx context.Context, r *bot.Request) error {
	var room storage.Room
	err := k.DB.Read(ctx, func(tx *storage.Tx) error {
		var err error
		if room, err = tx.Room(ctx, r.Room.Platform, string(r.Room.ID)); err != nil {
			return err
		}
		person, _, err := tx.Account(ctx, r.Account.Platform, r.Account.ID)
		if err != nil {
			return err
		}
		r.Home = r.Room
		if room.Group == 0 && r.Direct {
			if room, err = home(ctx, tx, r, person); err != nil {
				return err
			}
			r.Home = bot.Room{Platform: room.Platform, ID: bot.RoomID(room.ID)}
		}
		r.Person, r.Group = int64(person), int64(room.Group)
		if room.Group == 0 {
			return nil
		}
		g, err := tx.Group(ctx, room.Group)
		if err != nil {
			return err
		}
		r.Language = g.Language
		if person == 0 {
			return nil
		}
		member, organiser, err := tx.Standing(ctx, room.Group, person)
		switch {
		case organiser:
			r.Role = bot.Organiser
		case member:
			r.Role = bot.Member
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("identify: %w", err)
	}
	if r.Group == 0 && r.Account.Manages {
		// A room without a group is set up by whoever manages it.
		r.Role = bot.Organiser
	}
	return nil
}

func (k *Desk) organisers(ctx context.Context, r *bot.Request) (names []string, err error) {
	err = k.DB.Read(ctx, func(tx *storage.Tx) error {
		all, err := tx.Organisers(ctx, reading.GroupID(r.Group))
		for _, m := range all {
			names = append(names, m.Name)
		}
		return err
	})
	return names, err
}

// person is the person who asks, stored if they were not.
func (k *Desk) person(ctx context.Context, tx *storage.Tx, r *bot.Request) (reading.PersonID, error) {
	return tx.PersonOf(ctx, r.Account.Platform, r.Account.ID, bot.Clean(r.Account.Name, 60))
}

// once runs fn in one transaction together with the answer that it gives, so
// that an event that comes again, after a crash, does nothing and is answered
// the same. Every command that writes goes through it.
func (k *Desk) once(ctx context.Context, r *bot.Request, fn func(tx *storage.Tx) (bot.Reply, error)) (reply bot.Reply, err error) {
	err = k.DB.Write(ctx, func(tx *storage.Tx) error {
		if stored, ok, err := tx.Answer(ctx, r.Key); err != nil {
			return err
		} else if ok {
			return json.Unmarshal(stored, &reply)
		}
		if reply, err = fn(tx); err != nil {
			return err
		}
		return saveAnswer(ctx, tx, r.Key, reply)
	})
	if err == nil && k.Wake != nil {
		k.Wake()
	}
	return reply, err
}

// saveAnswer keeps the answer to an event.
func saveAnswer(ctx context.Context, tx *storage.Tx, key string, reply bot.Reply) error {
	body, err := json.Marshal(reply)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	return tx.SaveAnswer(ctx, key, body)
}

// memory is what the dispatcher must not forget.
type memory struct{ *Desk }

// Answered implements bot.Memory.
func (m memory) Answered(ctx context.Context, key string) (reply bot.Reply, ok bool, err error) {
	err = m.DB.Read(ctx, func(tx *storage.Tx) error {
		var body []byte
		if body, ok, err = tx.Answer(ctx, key); err != nil || !ok {
			return err
		}
		return json.Unmarshal(body, &reply)
	})
	return reply, ok, err
}

// Form implements bot.Memory.
func (m memory) Form(ctx context.Context, room bot.Room, a bot.Account) (f *bot.Form, err error) {
	err = m.DB.Read(ctx, func(tx *storage.Tx) error {
		body, ok, err := tx.Form(ctx, room.Platform, string(room.ID), a.ID)
		if err != nil || !ok {
			return err
		}
		f = &bot.Form{}
		return json.Unmarshal(body, f)
	})
	return f, err
}

// SaveForm implements bot.Memory.
func (m memory) SaveForm(ctx context.Context, e bot.Event, f *bot.Form, answer bot.Reply) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	var form []byte
	if f != nil {
		if form, err = json.Marshal(f); err != nil {
			return fmt.Errorf("encode form: %w", err)
		}
	}
	return m.DB.Write(ctx, func(tx *storage.Tx) error {
		if err := tx.SaveForm(ctx, e.Room.Platform, string(e.Room.ID), e.Account.ID, form); err != nil {
			return err
		}
		return tx.SaveAnswer(ctx, e.Key, body)
	})
}

// refuse turns a mistake that the library or a plan found into a sentence.
// Other errors pass as they are.
func (k *Desk) refuse(r *bot.Request, err error) error {
	var le *library.Error
	if !errors.As(err, &le) {
		return err
	}
	return &bot.Error{Code: string(le.Code), Message: Explain(k.voice(r), le)}
}

// refuseParam is refuse of an argument, which a form then asks for again.
func (k *Desk) refuseParam(r *bot.Request, param string, err error) error {
	refusal := k.refuse(r, err)
	if e, ok := errors.AsType[*bot.Error](refusal); ok && e.Param == "" {
		e.Param = param
	}
	return refusal
}

// refuseCitation is refuse with what may have been meant as buttons, which run
// the same command with that citation: its argument is the command's first
// that is not given by name alone.
func (k *Desk) refuseCitation(r *bot.Request, err error) error {
	at := slices.IndexFunc(r.Command.Params, func(p bot.Param) bool { return !p.Named })
	if at < 0 {
		return k.refuse(r, err)
	}
	param := r.Command.Params[at].Name
	refusal := k.refuseParam(r, param, err)
	var e *bot.Error
	var le *library.Error
	if errors.As(refusal, &e) && errors.As(err, &le) {
		for _, s := range le.Suggestions {
			args := maps.Clone(map[string]string(r.Args))
			if args == nil {
				args = map[string]string{}
			}
			args[param] = s.Citation
			label := labelOf(s)
			if strings.Trim(label, "0123456789") == "" { // a button stands for itself, not in a sentence
				label = s.Citation
			}
			e.Actions = append(e.Actions, bot.Action{Label: bot.Clean(label, 60), Do: bot.Invocation{Command: r.Command.Name, Args: args}})
		}
	}
	return refusal
}

func labelOf(s library.Suggestion) string {
	if s.Label == "" {
		return s.Citation
	}
	return s.Label
}

// Explain is the sentence for a mistake.
func Explain(v *phrases.Voice, e *library.Error) bot.Spans {
	var pairs []any
	// Where a sentence counts what there is, that number is its plural.
	for _, name := range []string{"Count", "Last", "Passages", "Readings"} {
		if n, ok := e.Args[name].(int); ok {
			pairs = append(pairs, "Count", n)
			break
		}
	}
	for name, value := range e.Args {
		if name == "Part" && value == e.Args["Text"] {
			continue // it is the whole
		}
		if n, ok := value.(int); ok && n == 0 && (name == "Year" || name == "Fit") {
			value = "" // was not said, or none
		}
		switch x := value.(type) {
		case string:
			value = bot.Clean(x, 120)
		case reading.Date:
			value = FullDate(v, x)
			pairs = append(pairs, name+"Bare", v.Text("date.bare", "Day", x.Day, "Month", v.Text("date.month."+strconv.Itoa(int(x.Month))), "Year", x.Year))
		}
		pairs = append(pairs, name, value)
	}
	for i, s := range e.Suggestions {
		label := labelOf(s)
		day, clock, timed := strings.Cut(s.Citation, " ")
		if d, err := reading.ParseDate(day); err == nil {
			if label = FullDate(v, d); timed {
				label = v.Text("date.moment", "Day", label, "Time", clock)
			}
		}
		pairs = append(pairs, fmt.Sprintf("Suggestion%d", i+1), bot.Clean(label, 80), fmt.Sprintf("Citation%d", i+1), bot.Clean(s.Citation, 80))
	}
	key := "error." + e.Reason
	if !v.Has(key) {
		key = "error.code_" + string(e.Code)
	}
	return v.Say(key, pairs...)
}

// FullDate is a date with its weekday and its year, as a sentence has it.
func FullDate(v *phrases.Voice, d reading.Date) string {
	return v.Text("date.day_year", "Weekday", v.Text("date.weekday."+strconv.Itoa(int(d.Weekday()))),
		"Day", d.Day, "Month", v.Text("date.month."+strconv.Itoa(int(d.Month))), "Year", d.Year)
}
