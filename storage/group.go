package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lectern/reading"
)

// A Room is a room that the bot is in.
type Room struct {
	Platform string
	ID       string
	Group    reading.GroupID // 0 for none
	Greeted  bool            // the bot has said who it is
	Paused   string          // why nothing is posted there, "" if it is
	Name     string          // what people call it, "" where that is not known
	Prefix   string          // what stands before commands there, "" for the usual
	Pin      bool            // the announcement of what is being read is pinned there
	Threads  bool            // a reading's questions go into a thread under its announcement
	Forum    string          // the room of the same platform in which each reading has a post, and its questions go there; "" for none
}

// ErrNotFound is returned for a row that is not there.
var ErrNotFound = errors.New("storage: not found")

// PersonOf is the person behind an account; the account and the person are
// made when they are first met, and the name is kept up to date.
func (t *Tx) PersonOf(ctx context.Context, platform, user, name string) (reading.PersonID, error) {
	var id reading.PersonID
	var known string
	err := t.row(ctx, `SELECT person, name FROM account WHERE platform = ? AND user = ?`, platform, user).Scan(&id, &known)
	switch {
	case err == nil:
		if name != "" && name != known {
			if err := t.exec(ctx, `UPDATE account SET name = ? WHERE platform = ? AND user = ?`, name, platform, user); err != nil {
				return 0, err
			}
			return id, t.exec(ctx, `UPDATE person SET name = ? WHERE id = ?`, name, id)
		}
		return id, nil
	case !errors.Is(err, sql.ErrNoRows):
		return 0, wrap("find account", err)
	}
	if err := t.row(ctx, `INSERT INTO person (name, created) VALUES (?, ?) RETURNING id`, name, t.ms()).Scan(&id); err != nil {
		return 0, wrap("add person", err)
	}
	return id, t.exec(ctx, `INSERT INTO account (platform, user, person, name) VALUES (?, ?, ?, ?)`, platform, user, id, name)
}

// Account is the person behind an account and the name stored for them, 0 and
// "" if nobody is.
func (t *Tx) Account(ctx context.Context, platform, user string) (reading.PersonID, string, error) {
	var id reading.PersonID
	var name string
	err := t.row(ctx, `SELECT person, name FROM account WHERE platform = ? AND user = ?`, platform, user).Scan(&id, &name)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, "", nil
	}
	return id, name, wrap("find account", err)
}

// Room is a room, the zero Room with its name if the bot has not met it.
func (t *Tx) Room(ctx context.Context, platform, id string) (Room, error) {
	r := Room{Platform: platform, ID: id}
	err := t.row(ctx, `SELECT coalesce(group_id, 0), greeted IS NOT NULL, paused, name, prefix, pin, threads, forum FROM room WHERE platform = ? AND id = ?`, platform, id).
		Scan(&r.Group, &r.Greeted, &r.Paused, &r.Name, &r.Prefix, &r.Pin, &r.Threads, &r.Forum)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return r, wrap("find room", err)
}

// Rooms are a group's rooms, those that are another's forum last.
func (t *Tx) Rooms(ctx context.Context, g reading.GroupID) ([]Room, error) {
	return collect(ctx, t, func(r scanner, x *Room) error {
		return r.Scan(&x.Platform, &x.ID, &x.Group, &x.Greeted, &x.Paused, &x.Name, &x.Prefix, &x.Pin, &x.Threads, &x.Forum)
	}, `SELECT platform, id, group_id, greeted IS NOT NULL, paused, name, prefix, pin, threads, forum FROM room r WHERE group_id = ?
		ORDER BY platform, EXISTS (SELECT 1 FROM room f WHERE f.platform = r.platform AND f.forum = r.id), id`, g)
}

// NameRoom keeps what people call a room.
func (t *Tx) NameRoom(ctx context.Context, platform, id, name string) error {
	return t.exec(ctx, `INSERT INTO room (platform, id, name) VALUES (?, ?, ?)
		ON CONFLICT (platform, id) DO UPDATE SET name = excluded.name WHERE name <> excluded.name`, platform, id, name)
}

// SetPrefix keeps what stands before commands in a room; "" is the usual.
func (t *Tx) SetPrefix(ctx context.Context, platform, id, prefix string) error {
	return t.exec(ctx, `UPDATE room SET prefix = ? WHERE platform = ? AND id = ?`, prefix, platform, id)
}

// RoomKnown reports whether any platform has a room with an ID.
func (t *Tx) RoomKnown(ctx context.Context, id string) (known bool, err error) {
	return known, wrap("find room", t.row(ctx, `SELECT EXISTS (SELECT 1 FROM room WHERE id = ?)`, id).Scan(&known))
}

// SetPin keeps whether the announcement of what is being read is pinned in a room.
func (t *Tx) SetPin(ctx context.Context, platform, id string, pin bool) error {
	return t.exec(ctx, `UPDATE room SET pin = ? WHERE platform = ? AND id = ?`, pin, platform, id)
}

// SetDiscussion keeps where a room's readings are talked about: in threads, in
// a forum, or, with neither, in the room.
func (t *Tx) SetDiscussion(ctx context.Context, platform, id string, threads bool, forum string) error {
	return t.exec(ctx, `UPDATE room SET threads = ?, forum = ? WHERE platform = ? AND id = ?`, threads, forum, platform, id)
}

// RoomNames are the names of all rooms that have one, by their platform and ID
// with a space between.
func (t *Tx) RoomNames(ctx context.Context) (map[string]string, error) {
	type named struct{ room, name string }
	all, err := collect(ctx, t, func(r scanner, x *named) error { return r.Scan(&x.room, &x.name) },
		`SELECT platform || ' ' || id, name FROM room WHERE name <> ''`)
	names := make(map[string]string, len(all))
	for _, x := range all {
		names[x.room] = x.name
	}
	return names, err
}

// SetRoom gives a room to a group (0 takes it away).
func (t *Tx) SetRoom(ctx context.Context, platform, id string, g reading.GroupID) error {
	return t.exec(ctx, `INSERT INTO room (platform, id, group_id) VALUES (?, ?, nullif(?, 0))
		ON CONFLICT (platform, id) DO UPDATE SET group_id = excluded.group_id`, platform, id, g)
}

// GreetRoom marks that the bot has said who it is, and reports whether it was
// the first time.
func (t *Tx) GreetRoom(ctx context.Context, platform, id string) (first bool, err error) {
	n, err := t.affected(ctx, `INSERT INTO room (platform, id, greeted) VALUES (?, ?, ?)
		ON CONFLICT (platform, id) DO UPDATE SET greeted = excluded.greeted WHERE greeted IS NULL`, platform, id, t.ms())
	return n == 1, err
}

// ExplainParagraphs marks that "¶" was explained in a room, and reports
// whether it was the first time.
func (t *Tx) ExplainParagraphs(ctx context.Context, platform, id string) (first bool, err error) {
	n, err := t.affected(ctx, `INSERT INTO room (platform, id, paragraphs) VALUES (?, ?, ?)
		ON CONFLICT (platform, id) DO UPDATE SET paragraphs = excluded.paragraphs WHERE paragraphs IS NULL`, platform, id, t.ms())
	return n == 1, err
}

// PauseRoom stops posts to a room and keeps why; "" lets them go on.
func (t *Tx) PauseRoom(ctx context.Context, platform, id, reason string) error {
	return t.exec(ctx, `INSERT INTO room (platform, id, paused) VALUES (?, ?, ?)
		ON CONFLICT (platform, id) DO UPDATE SET paused = excluded.paused, removed = CASE WHEN excluded.paused = '' THEN NULL ELSE removed END`, platform, id, reason)
}

// RemovedFrom stops posts to a room that the bot was removed from, and keeps
// why and since when.
func (t *Tx) RemovedFrom(ctx context.Context, platform, id, reason string) error {
	return t.exec(ctx, `INSERT INTO room (platform, id, paused, removed) VALUES (?1, ?2, ?3, ?4)
		ON CONFLICT (platform, id) DO UPDATE SET paused = excluded.paused, removed = coalesce(removed, excluded.removed)`, platform, id, reason, t.ms())
}

// ForgetRemoved forgets the groups from all of whose rooms the bot was removed
// longer than keep ago, with all that was theirs, and returns how many those
// were.
func (t *Tx) ForgetRemoved(ctx context.Context, keep time.Duration) (groups int64, err error) {
	return t.affected(ctx, `DELETE FROM reading_group WHERE id IN
		(SELECT group_id FROM room WHERE group_id IS NOT NULL GROUP BY group_id HAVING count(*) = count(removed) AND max(removed) < ?)`, t.Now.Add(-keep).UnixMilli())
}

// AddGroup makes a group and its first organiser.
func (t *Tx) AddGroup(ctx context.Context, g reading.Group, organiser reading.PersonID) (reading.GroupID, error) {
	var id reading.GroupID
	err := t.row(ctx, `INSERT INTO reading_group (name, zone, language, place, minutes, created) VALUES (?, ?, ?, ?, ?, ?) RETURNING id`,
		g.Name, g.Zone, g.Language, g.Place, g.Minutes, t.ms()).Scan(&id)
	if err != nil {
		return 0, wrap("add group", err)
	}
	return id, t.AddOrganiser(ctx, id, organiser)
}

// SetGroup changes what a group has settled.
func (t *Tx) SetGroup(ctx context.Context, g reading.Group) error {
	return t.exec(ctx, `UPDATE reading_group SET name = ?, zone = ?, language = ?, place = ?, minutes = ?, brackets = ? WHERE id = ?`,
		g.Name, g.Zone, g.Language, g.Place, g.Minutes, g.Brackets, g.ID)
}

// Group is a group; ErrNotFound if there is none.
func (t *Tx) Group(ctx context.Context, id reading.GroupID) (reading.Group, error) {
	g := reading.Group{ID: id}
	err := t.row(ctx, `SELECT name, zone, language, place, minutes, brackets FROM reading_group WHERE id = ?`, id).
		Scan(&g.Name, &g.Zone, &g.Language, &g.Place, &g.Minutes, &g.Brackets)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	return g, wrap("find group", err)
}

// AddOrganiser lets a person look after a group.
func (t *Tx) AddOrganiser(ctx context.Context, g reading.GroupID, p reading.PersonID) error {
	return t.exec(ctx, `INSERT INTO organiser (group_id, person, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, g, p, t.ms())
}

// Organisers are those who look after a group, longest first.
func (t *Tx) Organisers(ctx context.Context, g reading.GroupID) ([]reading.Member, error) {
	return collect(ctx, t, func(r scanner, x *reading.Member) error { return r.Scan(&x.Person, &x.Name) },
		`SELECT p.id, p.name FROM organiser o JOIN person p ON p.id = o.person WHERE o.group_id = ? ORDER BY o.since, p.id`, g)
}

// Join makes a person a member, and reports whether they were not one.
func (t *Tx) Join(ctx context.Context, g reading.GroupID, p reading.PersonID) (joined bool, err error) {
	n, err := t.affected(ctx, `INSERT INTO member (group_id, person, joined) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, g, p, t.ms())
	return n == 1, err
}

// Leave ends a membership. Check-ins stay, and count again on joining, as far
// as the person lets them: what they chose about that stays as well.
func (t *Tx) Leave(ctx context.Context, g reading.GroupID, p reading.PersonID) (left bool, err error) {
	n, err := t.affected(ctx, `DELETE FROM member WHERE group_id = ? AND person = ?`, g, p)
	return n == 1, err
}

// SetVisibility keeps what others may see of a person, whether or not they
// read along just now.
func (t *Tx) SetVisibility(ctx context.Context, g reading.GroupID, p reading.PersonID, s reading.Visibility) error {
	return t.exec(ctx, `INSERT INTO privacy (group_id, person, shows) VALUES (?, ?, ?)
		ON CONFLICT (group_id, person) DO UPDATE SET shows = excluded.shows`, g, p, s)
}

// Visibility is what a person lets others see of them.
func (t *Tx) Visibility(ctx context.Context, g reading.GroupID, p reading.PersonID) (s reading.Visibility, err error) {
	err = t.row(ctx, `SELECT shows FROM privacy WHERE group_id = ? AND person = ?`, g, p).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return reading.Counted, nil
	}
	return s, wrap("find visibility", err)
}

// Members are those who read along, in the order they joined.
func (t *Tx) Members(ctx context.Context, g reading.GroupID) ([]reading.Member, error) {
	return collect(ctx, t, func(r scanner, x *reading.Member) error { return r.Scan(&x.Person, &x.Name, &x.Shows) },
		`SELECT p.id, p.name, coalesce(s.shows, '') FROM member m JOIN person p ON p.id = m.person
		LEFT JOIN privacy s ON s.group_id = m.group_id AND s.person = m.person WHERE m.group_id = ? ORDER BY m.joined, p.id`, g)
}

// What a member may ask to be mentioned in.
const (
	MentionNever     = ""
	MentionReminders = "reminders" // announcements and reminders
	MentionAll       = "all"       // questions and words before a meeting too
)

// SetMention keeps in which of a group's posts a member is mentioned.
func (t *Tx) SetMention(ctx context.Context, g reading.GroupID, p reading.PersonID, in string) error {
	return t.exec(ctx, `UPDATE member SET mention = ? WHERE group_id = ? AND person = ?`, in, g, p)
}

// Mention is in which of a group's posts a person is mentioned.
func (t *Tx) Mention(ctx context.Context, g reading.GroupID, p reading.PersonID) (in string, err error) {
	err = t.row(ctx, `SELECT mention FROM member WHERE group_id = ? AND person = ?`, g, p).Scan(&in)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return in, wrap("find mention", err)
}

// Mentions are how many of a group ask to be mentioned.
func (t *Tx) Mentions(ctx context.Context, g reading.GroupID) (n int, err error) {
	return n, wrap("count mentions", t.row(ctx, `SELECT count(*) FROM member WHERE group_id = ? AND mention <> ''`, g).Scan(&n))
}

// A Mentioned is an account that asked to be mentioned.
type Mentioned struct {
	User string // on the platform
	Name string
}

// Mentioned are those of a group's members on a platform who asked to be
// mentioned, in the order they joined: in all posts, or only in the first kind
// of them.
func (t *Tx) Mentioned(ctx context.Context, g reading.GroupID, platform string, all bool) ([]Mentioned, error) {
	return collect(ctx, t, func(r scanner, x *Mentioned) error { return r.Scan(&x.User, &x.Name) },
		`SELECT a.user, a.name FROM member m JOIN account a ON a.person = m.person AND a.platform = ?2
		WHERE m.group_id = ?1 AND (m.mention = 'all' OR m.mention = 'reminders' AND NOT ?3) ORDER BY m.joined, a.user`, g, platform, all)
}

// Standing says what a person is to a group.
func (t *Tx) Standing(ctx context.Context, g reading.GroupID, p reading.PersonID) (member, organiser bool, err error) {
	err = t.row(ctx, `SELECT EXISTS (SELECT 1 FROM member WHERE group_id = ?1 AND person = ?2),
		EXISTS (SELECT 1 FROM organiser WHERE group_id = ?1 AND person = ?2)`, g, p).Scan(&member, &organiser)
	return member, organiser, wrap("find standing", err)
}

// MoveRoom gives what a room had to the one that takes its place: its group,
// its plans, and what is still owed to it.
func (t *Tx) MoveRoom(ctx context.Context, platform, from, to string, g reading.GroupID) error {
	if err := t.SetRoom(ctx, platform, to, g); err != nil {
		return err
	}
	if err := t.SetRoom(ctx, platform, from, 0); err != nil {
		return err
	}
	if err := t.exec(ctx, `UPDATE room SET greeted = ?1, (prefix, pin, threads, forum) = (SELECT coalesce(max(prefix), ''), coalesce(max(pin), 0), coalesce(max(threads), 0), coalesce(max(forum), '') FROM room WHERE platform = ?2 AND id = ?4) WHERE platform = ?2 AND id = ?3`, t.ms(), platform, to, from); err != nil {
		return err
	}
	if err := t.exec(ctx, `UPDATE direct SET room = ? WHERE platform = ? AND room = ?`, to, platform, from); err != nil {
		return err
	}
	if err := t.exec(ctx, `UPDATE plan SET room = ? WHERE platform = ? AND room = ?`, to, platform, from); err != nil {
		return err
	}
	return t.exec(ctx, `UPDATE delivery SET room = ? WHERE platform = ? AND room = ? AND state = 'owed'`, to, platform, from)
}
