package commands

import (
	"cmp"
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"lectern/bot"
	"lectern/delivery"
	"lectern/library"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// groupSetup makes the room's group.
func (k *Desk) groupSetup(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	zone, err := reading.ZoneOf(r.Args.Get("city"))
	if err != nil {
		return bot.Reply{}, k.refuse(r, err)
	}
	minutes, err := k.minutes(r, r.Args.Get("length"))
	if err != nil {
		return bot.Reply{}, err
	}
	g := reading.Group{
		Name:     bot.Clean(r.Args.Get("name"), maxGroupName),
		Zone:     zone.String(),
		Language: "en",
		Place:    k.place(r, bot.Clean(r.Args.Get("place"), 200)),
		Minutes:  minutes,
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		room, err := tx.Room(ctx, r.Room.Platform, string(r.Room.ID))
		if err != nil {
			return bot.Reply{}, err
		}
		if room.Group != 0 {
			return bot.Reply{}, k.alreadySetUp(ctx, tx, r, room.Group)
		}
		person, err := k.person(ctx, tx, r)
		if err != nil {
			return bot.Reply{}, err
		}
		id, err := tx.AddGroup(ctx, g, person)
		if err != nil {
			return bot.Reply{}, err
		}
		if err := tx.SetRoom(ctx, r.Room.Platform, string(r.Room.ID), id); err != nil {
			return bot.Reply{}, err
		}
		works, err := tx.Works(ctx, library.GroupID(id))
		if err != nil {
			return bot.Reply{}, err
		}
		reply := bot.Say(v.Say("group.ready", "Name", g.Name))
		reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Table, Fields: k.settled(v, &g, zone)})
		reply.Blocks = append(reply.Blocks, rightsHere(v, r.Abilities, true)...)
		if len(works) == 0 {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("group.next_book")))
		} else {
			reply.Blocks = append(reply.Blocks, bot.Para(v.Say("group.next_plan")))
		}
		return reply, nil
	})
}

// rightsHere says what the bot may do in a room, where its platform tells: what
// it may not do, by whom and how that is mended, and with whole what it may.
func rightsHere(v *phrases.Voice, abilities []bot.Ability, whole bool) (out []bot.Block) {
	var can []string
	for _, a := range abilities {
		if len(a.Missing) == 0 {
			can = append(can, v.Text("deed."+string(a.Deed)))
		}
	}
	if whole && len(can) > 0 {
		out = append(out, bot.Para(v.Say("group.can", "Deeds", v.List(can))))
	}
	for _, a := range abilities {
		if len(a.Missing) == 0 {
			continue
		}
		var rights bot.Spans
		for i, missing := range a.Missing {
			if i > 0 {
				rights = append(rights, bot.Span{Text: v.Text("list.comma")})
			}
			rights = append(rights, v.Say("group.right", "Right", missing)...)
		}
		out = append(out, bot.Para(v.Say("group.cannot", "Deed", v.Text("deed."+string(a.Deed)), "From", a.From, "Rights", rights, "Needed", a.Deed == bot.ToPost)))
	}
	return out
}

// maySetUp refuses before anything is asked where there is a group already.
func (k *Desk) maySetUp(ctx context.Context, r *bot.Request) error {
	if r.Direct {
		return &bot.Error{Code: "syntax", Message: k.voice(r).Say("group.not_here")}
	}
	if r.Group == 0 {
		return nil
	}
	return k.DB.Read(ctx, func(tx *storage.Tx) error { return k.alreadySetUp(ctx, tx, r, reading.GroupID(r.Group)) })
}

func (k *Desk) alreadySetUp(ctx context.Context, tx *storage.Tx, r *bot.Request, id reading.GroupID) error {
	g, err := tx.Group(ctx, id)
	if err != nil {
		return err
	}
	return &bot.Error{Code: "syntax", Message: k.voice(r).Say("group.already", "Name", g.Name)}
}

// groupSettings shows what the group has settled, or changes one thing.
func (k *Desk) groupSettings(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	forum, err := k.findForum(ctx, r)
	if err != nil {
		return bot.Reply{}, err
	}
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		g, err := tx.Group(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		changed := false
		place, minutes := g.Place, g.Minutes
		if s := bot.Clean(r.Args.Get("name"), maxGroupName); s != "" {
			g.Name, changed = s, true
		}
		moved := false
		if s := r.Args.Get("city"); s != "" {
			zone, err := reading.ZoneOf(s)
			if err != nil {
				return bot.Reply{}, k.refuse(r, err)
			}
			moved = zone.String() != g.Zone
			g.Zone, changed = zone.String(), true
		}
		if s := bot.Clean(r.Args.Get("place"), 200); s != "" {
			g.Place, changed = k.place(r, s), true
		}
		if s := r.Args.Get("length"); s != "" {
			if g.Minutes, err = k.minutes(r, s); err != nil {
				return bot.Reply{}, err
			}
			changed = true
		}
		if s := r.Args.Get("brackets"); s != "" {
			g.Brackets, changed = s == "on", true
		}
		if changed {
			if err := tx.SetGroup(ctx, g); err != nil {
				return bot.Reply{}, err
			}
		}
		if place != g.Place || minutes != g.Minutes {
			plans, err := tx.Plans(ctx, g.ID)
			if err != nil {
				return bot.Reply{}, err
			}
			for i := range plans {
				if err := delivery.Reconvene(ctx, tx, &plans[i], r.Key, k.convenes(&plans[i])); err != nil {
					return bot.Reply{}, err
				}
			}
		}
		if s, given := r.Args["prefix"]; given {
			if err := tx.SetPrefix(ctx, r.Room.Platform, string(r.Room.ID), s); err != nil {
				return bot.Reply{}, err
			}
		}
		room, err := tx.Room(ctx, r.Room.Platform, string(r.Room.ID))
		if err == nil && r.Args.Get("pin") != "" {
			err = k.setPin(ctx, tx, &room, r.Args.Get("pin") == "on")
		}
		if s := cmp.Or(r.Args.Get("discuss"), whereFor(forum)); err == nil && s != "" {
			if err = k.setDiscussion(ctx, tx, r, &room, s, forum); err != nil {
				return bot.Reply{}, err
			}
		}
		if err != nil {
			return bot.Reply{}, err
		}
		loc, err := reading.LoadZone(g.Zone)
		if err != nil {
			return bot.Reply{}, err
		}
		organisers, err := tx.Organisers(ctx, g.ID)
		if err != nil {
			return bot.Reply{}, err
		}
		fields := append(k.settled(v, &g, loc),
			bot.Field{Name: v.Text("group.field_brackets"), Value: v.Say(map[bool]string{true: "group.brackets_on", false: "group.brackets_off"}[g.Brackets])})
		switch {
		case room.Forum != "":
			there, err := tx.Room(ctx, room.Platform, room.Forum)
			if err != nil {
				return bot.Reply{}, err
			}
			fields = append(fields, bot.Field{Name: v.Text("group.field_discuss"), Value: v.Say("group.discuss_forum", "Forum", cmp.Or(there.Name, there.ID))})
		case room.Threads:
			fields = append(fields, bot.Field{Name: v.Text("group.field_discuss"), Value: v.Say("group.discuss_thread")})
		}
		if room.Pin {
			fields = append(fields, bot.Field{Name: v.Text("group.field_pin"), Value: v.Say("group.pin_on")})
		}
		if room.Prefix != "" {
			fields = append(fields, bot.Field{Name: v.Text("group.field_prefix"), Value: bot.Spans{{Text: room.Prefix, Style: bot.Code}}})
		}
		fields = append(fields, bot.Field{Name: v.Text("group.field_organisers"), Value: bot.Plain(v.List(memberNames(organisers)))})
		reply := bot.Reply{Title: bot.Plain(g.Name), Blocks: append([]bot.Block{{Kind: bot.Table, Fields: fields}}, rightsHere(v, r.Abilities, false)...)}
		if forum != nil {
			reply.Blocks = append(reply.Blocks, rightsHere(v, []bot.Ability{forum.Ability}, true)...)
		}
		if moved {
			reply.Blocks = append(reply.Blocks, bot.Block{Kind: bot.Small, Text: v.Say("group.clock_moved")})
		}
		return reply, nil
	})
}

// whereFor is what naming a forum means where nothing else was said.
func whereFor(f *bot.FoundForum) string {
	if f == nil {
		return ""
	}
	return "forum"
}

// findForum asks the platform about the forum that a request names, nil if it
// names none.
func (k *Desk) findForum(ctx context.Context, r *bot.Request) (*bot.FoundForum, error) {
	v := k.voice(r)
	name, discuss := r.Args.Get("forum"), r.Args.Get("discuss")
	if name == "" || discuss != "" && discuss != "forum" {
		return nil, nil
	}
	if k.Forum == nil {
		return nil, &bot.Error{Code: "cannot", Param: "forum", Message: v.Say("group.no_forums")}
	}
	found, err := k.Forum(ctx, r.Room, name)
	if errors.Is(err, bot.ErrNotFound) {
		return nil, &bot.Error{Code: "syntax", Param: "forum", Message: v.Say("group.no_forum", "Value", name)}
	}
	if pe, ok := errors.AsType[*bot.PostError](err); ok && pe.Outcome == bot.Permanent {
		return nil, &bot.Error{Code: "cannot", Param: "forum", Message: v.Say("group.forum_closed", "Value", name, "Right", pe.Right)}
	}
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// setDiscussion keeps where a room's readings are talked about.
func (k *Desk) setDiscussion(ctx context.Context, tx *storage.Tx, r *bot.Request, room *storage.Room, where string, forum *bot.FoundForum) error {
	v := k.voice(r)
	room.Threads, room.Forum = where == "thread", ""
	if where != "room" && (k.Threads == nil || !k.Threads(room.Platform)) {
		return &bot.Error{Code: "cannot", Param: "discuss", Message: v.Say("group.no_threads")}
	}
	if where == "forum" {
		if forum == nil {
			return &bot.Error{Code: "syntax", Param: "forum", Message: v.Say("group.which_forum")}
		}
		there, err := tx.Room(ctx, forum.Platform, string(forum.ID))
		if err != nil {
			return err
		}
		if there.Group != 0 && there.Group != room.Group {
			return &bot.Error{Code: "cannot", Param: "forum", Message: v.Say("group.forum_taken")}
		}
		if err := tx.SetRoom(ctx, there.Platform, there.ID, room.Group); err != nil {
			return err
		}
		if err := tx.NameRoom(ctx, there.Platform, there.ID, bot.Clean(forum.Name, 100)); err != nil {
			return err
		}
		if there.Paused != "" && len(forum.Ability.Missing) == 0 {
			if err := tx.PauseRoom(ctx, there.Platform, there.ID, ""); err != nil {
				return err
			}
		}
		room.Forum = there.ID
	}
	if err := tx.SetDiscussion(ctx, room.Platform, room.ID, room.Threads, room.Forum); err != nil || where == "room" || k.Discuss == nil {
		return err
	}
	return k.Discuss(ctx, tx, room.Platform, room.ID)
}

// setPin keeps whether a room's current reading is pinned, and pins it or takes it
// down.
func (*Desk) setPin(ctx context.Context, tx *storage.Tx, room *storage.Room, pin bool) error {
	room.Pin = pin
	if err := tx.SetPin(ctx, room.Platform, room.ID, pin); err != nil {
		return err
	}
	if !pin {
		return delivery.Unpin(ctx, tx, room.Platform, room.ID, 0)
	}
	current, err := tx.Announced(ctx, room.Platform, room.ID, delivery.Announcement)
	if errors.Is(err, storage.ErrNotFound) {
		return nil // the next one is
	}
	if err != nil {
		return err
	}
	return delivery.Pin(ctx, tx, current)
}

// settled is what a group has settled about its meetings.
func (k *Desk) settled(v *phrases.Voice, g *reading.Group, loc *time.Location) []bot.Field {
	place, length := v.Say("group.writes"), v.Say("group.no_length")
	if g.Place != "" {
		place = bot.Plain(g.Place)
	}
	if g.Minutes > 0 {
		length = v.Say("count.minutes", "Count", g.Minutes)
	}
	return []bot.Field{
		{Name: v.Text("group.field_clock"), Value: v.Say("group.clock", "Zone", g.Zone, "Time", k.Now().In(loc).Format("15:04"))},
		{Name: v.Text("group.field_place"), Value: place},
		{Name: v.Text("group.field_length"), Value: length},
	}
}

// prefix is what may stand before commands: a mark, and letters or digits after
// it, so that no word that people write begins like it. Marks that programs keep
// for themselves are none.
var prefix = regexp.MustCompile(`^[!?.,;:+*~$%&=|^-][\pL\pN]{0,11}$`)

func (k *Desk) checkPrefix(_ context.Context, r *bot.Request, value string) (bot.Spans, error) {
	if !prefix.MatchString(value) {
		return nil, &bot.Error{Code: "syntax", Param: "prefix", Message: k.voice(r).Say("group.bad_prefix", "Value", bot.Clean(value, 20))}
	}
	return nil, nil
}

// groupOrganiser lets a member of the room look after the group too.
func (k *Desk) groupOrganiser(ctx context.Context, r *bot.Request) (bot.Reply, error) {
	v := k.voice(r)
	return k.once(ctx, r, func(tx *storage.Tx) (bot.Reply, error) {
		members, err := tx.Members(ctx, reading.GroupID(r.Group))
		if err != nil {
			return bot.Reply{}, err
		}
		found, err := k.memberCalled(r, members, r.Args.Get("member"), "member")
		if err != nil {
			return bot.Reply{}, err
		}
		if _, already, err := tx.Standing(ctx, reading.GroupID(r.Group), found.Person); err != nil {
			return bot.Reply{}, err
		} else if already {
			return bot.Say(v.Say("group.organiser_already", "Name", found.Name)), nil
		}
		if err := tx.AddOrganiser(ctx, reading.GroupID(r.Group), found.Person); err != nil {
			return bot.Reply{}, err
		}
		return bot.Say(v.Say("group.organiser_added", "Name", found.Name)), nil
	})
}

func memberNames(ms []reading.Member) []string {
	out := make([]string, len(ms))
	for i, m := range ms {
		out[i] = m.Name
	}
	return out
}

func (k *Desk) checkCity(_ context.Context, r *bot.Request, value string) (bot.Spans, error) {
	loc, err := reading.ZoneOf(value)
	if err != nil {
		return nil, k.refuse(r, err)
	}
	return k.voice(r).Say("group.clock_now", "Zone", loc.String(), "Time", k.Now().In(loc).Format("15:04")), nil
}

// maxGroupName is how long a group's name may be, in characters.
const maxGroupName = 80

func (k *Desk) checkName(_ context.Context, r *bot.Request, value string) (bot.Spans, error) {
	switch name := bot.Clean(value, 2*maxGroupName); {
	case name == "":
		return nil, &bot.Error{Code: "syntax", Message: k.voice(r).Say("group.name_empty")}
	case utf8.RuneCountInString(name) > maxGroupName:
		return nil, &bot.Error{Code: "too_large", Message: k.voice(r).Say("group.name_long", "Max", maxGroupName)}
	}
	return nil, nil
}

func (k *Desk) checkLength(_ context.Context, r *bot.Request, value string) (bot.Spans, error) {
	_, err := k.minutes(r, value)
	return nil, err
}

// place is where a group meets; the words for "we only write" are no place.
func (k *Desk) place(r *bot.Request, s string) string {
	v := k.voice(r)
	for _, none := range []string{v.Text("group.writes"), v.Text("group.word_write"), v.Text("form.word_none"), "-"} {
		if strings.EqualFold(s, none) {
			return ""
		}
	}
	return s
}

var errMinutes = errors.New("commands: no length")

// minutes reads "90", "90 min", "1:30", "2h", "1.5 hours", "1h30".
func (k *Desk) minutes(r *bot.Request, s string) (int, error) {
	n, err := parseMinutes(s)
	if err != nil || n < 0 || n > 24*60 {
		return 0, &bot.Error{Code: "syntax", Param: "length", Message: k.voice(r).Say("group.bad_length", "Value", bot.Clean(s, 40))}
	}
	return n, nil
}

func parseMinutes(s string) (int, error) {
	s = strings.ToLower(strings.Join(strings.Fields(s), ""))
	if s == "" {
		return 0, nil
	}
	if h, m, ok := strings.Cut(s, ":"); ok {
		hours, err1 := strconv.Atoi(h)
		mins, err2 := strconv.Atoi(m)
		if err1 != nil || err2 != nil || mins > 59 {
			return 0, errMinutes
		}
		return hours*60 + mins, nil
	}
	total, used := 0.0, false
	for s != "" {
		end := 0
		for end < len(s) && (s[end] >= '0' && s[end] <= '9' || s[end] == '.' || s[end] == ',') {
			end++
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(s[:end], ",", "."), 64)
		if err != nil || n > 1e4 {
			return 0, errMinutes
		}
		s = s[end:]
		unit := 0
		for unit < len(s) && (s[unit] < '0' || s[unit] > '9') {
			unit++
		}
		switch s[:unit] {
		case "", "m", "min", "mins", "minute", "minutes", "minuten", "'":
		case "h", "hr", "hrs", "hour", "hours", "stunde", "stunden", "std":
			n *= 60
		default:
			return 0, errMinutes
		}
		total, used, s = total+n, true, s[unit:]
	}
	if !used {
		return 0, errMinutes
	}
	return int(total + 0.5), nil
}
