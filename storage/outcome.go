package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"lectern/reading"
)

// Fold marks those deliveries of head's room that owner may say in head's post
// too, and settles others: what stands in into is Folded, what stands in over
// is Skipped for its reason. It happens before the post is sent, so that a
// second try says the same.
func (t *Tx) Fold(ctx context.Context, head int64, into []int64, over map[int64]string) error {
	for _, id := range into {
		if err := t.exec(ctx, `UPDATE delivery SET state = 'folded', reason = 'folded', folded = ?, tell = 1 WHERE id = ? AND state = 'owed'`, head, id); err != nil {
			return err
		}
	}
	for id, reason := range over {
		if err := t.exec(ctx, `UPDATE delivery SET state = 'skipped', reason = ?, tell = 1 WHERE id = ? AND state = 'owed'`, reason, id); err != nil {
			return err
		}
	}
	return nil
}

// FoldedInto are the deliveries that another's post says too, in order.
func (t *Tx) FoldedInto(ctx context.Context, head int64) ([]Delivery, error) {
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE folded = ? ORDER BY due, id`, head)
}

// Behind are the deliveries that stand behind another in its room and were due
// by an instant, in order.
func (t *Tx) Behind(ctx context.Context, d Delivery, due time.Time, limit int) ([]Delivery, error) {
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE platform = ? AND room = ? AND state = 'owed'
		AND (due, id) > (?, ?) AND due <= ? ORDER BY due, id LIMIT ?`, d.Platform, d.Room, d.Due.UnixMilli(), d.ID, due.UnixMilli(), limit)
}

// Reopen lets a delivery that was not posted be sent, on somebody's word. again
// says that no try before this one counts. It reports whether there was
// something to reopen.
func (t *Tx) Reopen(ctx context.Context, id int64, again bool) (bool, error) {
	n, err := t.affected(ctx, `UPDATE delivery SET state = CASE WHEN state = 'sending' AND NOT ?1 THEN 'sending' ELSE 'owed' END,
		reason = '', folded = NULL, forced = 1, tell = 0, owner = '', next_try = max(?2, CASE WHEN ?1 THEN 0 ELSE settles END),
		tries = CASE WHEN ?1 THEN 0 ELSE tries END, first_try = CASE WHEN ?1 THEN NULL ELSE first_try END
		WHERE id = ?3 AND (state IN ('skipped', 'failed', 'unknown', 'folded') OR state IN ('owed', 'sending') AND owner = '')`, again, t.ms(), id)
	return n == 1, err
}

// Drop settles a delivery that was not posted as one that is not to be, and
// reports whether it was one. What is under way is not dropped.
func (t *Tx) Drop(ctx context.Context, id int64, reason string) (bool, error) {
	n, err := t.affected(ctx, `UPDATE delivery SET state = 'skipped', reason = ?, tell = 0, owner = ''
		WHERE id = ? AND (state IN ('owed', 'failed', 'unknown', 'skipped') OR state = 'sending' AND owner = '')`, reason, id)
	return n == 1, err
}

// Recognise records that a delivery was found in its room.
func (t *Tx) Recognise(ctx context.Context, id int64, message string) error {
	return t.exec(ctx, `UPDATE delivery SET state = 'posted', reason = 'found', message = ?, posted = coalesce(first_try, due), owner = '', tell = 0
		WHERE id = ? AND state IN ('owed', 'sending')`, message, id)
}

// Pull lets what waits to be tried again later than at an instant be tried
// now, or when a post is due: the clock was wrong when it was put off.
func (t *Tx) Pull(ctx context.Context, latest time.Time) error {
	return t.exec(ctx, `UPDATE delivery SET next_try = CASE act WHEN 'post' THEN max(?1, due) ELSE ?1 END, settles = min(settles, ?1) WHERE state IN ('owed', 'sending') AND next_try > ?2`, t.ms(), latest.UnixMilli())
}

// Unconnected gives the posts of platforms that are not connected in this run
// their reason.
func (t *Tx) Unconnected(ctx context.Context, connected []string) error {
	args, in := []any{}, `''`
	for _, p := range connected {
		args, in = append(args, p), in+`, ?`
	}
	return t.exec(ctx, `UPDATE delivery SET reason = 'not_connected' WHERE state = 'owed' AND platform NOT IN (`+in+`) AND reason <> 'not_connected'`, args...)
}

// GroupsToTell are the groups whose organisers are to be told something, once
// nothing that was due before now is still on its way, and nothing of it is
// about a platform that does not answer yet.
func (t *Tx) GroupsToTell(ctx context.Context, failing []string, limit int) ([]reading.GroupID, error) {
	args, in := []any{t.ms(), limit}, `''`
	for _, p := range failing {
		args, in = append(args, p), in+fmt.Sprintf(`, ?%d`, len(args)+1)
	}
	return collect(ctx, t, func(r scanner, g *reading.GroupID) error { return r.Scan(g) },
		`SELECT DISTINCT d.group_id FROM delivery d WHERE d.tell = 1 AND d.group_id IS NOT NULL AND d.platform NOT IN (`+in+`)
		AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.group_id = d.group_id AND e.state IN ('owed', 'sending') AND e.due <= ?1 AND e.recipient = ''
			AND NOT EXISTS (SELECT 1 FROM room r WHERE r.platform = e.platform AND r.id = e.room AND r.paused <> '')) LIMIT ?2`, args...)
}

// ToTell are the deliveries of which a group's organisers are to be told, in
// order.
func (t *Tx) ToTell(ctx context.Context, g reading.GroupID) ([]Delivery, error) {
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE group_id = ? AND tell = 1 ORDER BY due, id`, g)
}

// Told records that a group's organisers have been told.
func (t *Tx) Told(ctx context.Context, g reading.GroupID) error {
	return t.exec(ctx, `UPDATE delivery SET tell = 0 WHERE group_id = ? AND tell = 1`, g)
}

// Unreachable is the reason of a post that waits because nobody answered.
const Unreachable = "unreachable"

// Reachable lets go now what waits because nobody answered on a platform, or on
// any if it is "".
func (t *Tx) Reachable(ctx context.Context, platform string) error {
	// What stands behind such a post in its room waits for the same instant.
	return t.exec(ctx, `UPDATE delivery SET next_try = max(?1, settles) WHERE state IN ('owed', 'sending') AND (platform, room, next_try) IN (
		SELECT platform, room, next_try FROM delivery WHERE state IN ('owed', 'sending') AND reason = 'unreachable' AND next_try > ?1 AND (platform = ?2 OR ?2 = ''))`,
		t.ms(), platform)
}

// Pinned are the posts of a room, but one, that were pinned last, or are about to
// be, and not taken down since.
func (t *Tx) Pinned(ctx context.Context, platform, room string, but int64) ([]Delivery, error) {
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery d WHERE d.id IN
		(SELECT target FROM delivery WHERE platform = ?1 AND room = ?2 AND target <> ?3 AND act = 'pin')
		AND (SELECT u.act FROM delivery u WHERE u.platform = ?1 AND u.room = ?2 AND u.target = d.id AND u.act IN ('pin', 'unpin')
			ORDER BY u.id DESC LIMIT 1) = 'pin' ORDER BY d.id`, platform, room, but)
}

// Announced is the newest announcement that stands in a room; ErrNotFound if none
// does.
func (t *Tx) Announced(ctx context.Context, platform, room, kind string) (Delivery, error) {
	return t.delivery(ctx, `platform = ? AND room = ? AND message <> '' AND act = 'post' AND kind = ? AND state = 'posted' ORDER BY due DESC, id DESC LIMIT 1`, platform, room, kind)
}

// Opening is the post of some kind that a delivery's reading has in its room, or
// the one that says it too; ErrNotFound if it stands nowhere there.
func (t *Tx) Opening(ctx context.Context, d Delivery, kind string) (Delivery, error) {
	return t.delivery(ctx, `id = (SELECT coalesce(folded, id) FROM delivery WHERE reading = ? AND platform = ? AND room = ? AND kind = ? AND act = 'post'
		AND state IN ('posted', 'folded') ORDER BY id DESC LIMIT 1) AND message <> ''`, d.Reading, d.Platform, d.Room, kind)
}

// OrganiserAccounts are the accounts of a group's organisers, longest first.
func (t *Tx) OrganiserAccounts(ctx context.Context, g reading.GroupID) ([]OrganiserAccount, error) {
	return collect(ctx, t, func(r scanner, a *OrganiserAccount) error { return r.Scan(&a.Person, &a.Platform, &a.User) },
		`SELECT o.person, a.platform, a.user FROM organiser o JOIN account a ON a.person = o.person WHERE o.group_id = ? ORDER BY o.since, o.person, a.platform, a.user`, g)
}

// An OrganiserAccount is one account of an organiser.
type OrganiserAccount struct {
	Person         reading.PersonID
	Platform, User string
}

// An Outage is a time in which nothing could be posted.
type Outage struct {
	Platform     string // "": anywhere
	Began, Ended time.Time
}

// AddOutage keeps an outage.
func (t *Tx) AddOutage(ctx context.Context, o Outage) error {
	return t.exec(ctx, `INSERT INTO outage (platform, began, ended) VALUES (?, ?, ?)`, o.Platform, o.Began.UnixMilli(), o.Ended.UnixMilli())
}

// OutageAt is the longest outage of a platform, or of everything, that an
// instant falls into; ok is false if none does.
func (t *Tx) OutageAt(ctx context.Context, platform string, at time.Time) (o Outage, ok bool, err error) {
	var began, ended int64
	err = t.row(ctx, `SELECT platform, began, ended FROM outage WHERE ended >= ?1 AND began <= ?1 AND platform IN ('', ?2) ORDER BY ended - began DESC LIMIT 1`,
		at.UnixMilli(), platform).Scan(&o.Platform, &began, &ended)
	if errors.Is(err, sql.ErrNoRows) {
		return o, false, nil
	}
	o.Began, o.Ended = instant(began), instant(ended)
	return o, err == nil, wrap("find outage", err)
}

// Doubt settles an owed delivery as one of which nobody knows, and reports
// whether it was one.
func (t *Tx) Doubt(ctx context.Context, id int64) (bool, error) {
	n, err := t.affected(ctx, `UPDATE delivery SET state = 'unknown', reason = 'unknown', owner = '' WHERE id = ? AND state IN ('owed', 'sending')`, id)
	return n == 1, err
}

// TryAgain lets every post that waits be tried now, or as soon as what may be on
// its way has settled, and rooms that refused one be tried again. It counts both.
func (t *Tx) TryAgain(ctx context.Context) (posts, rooms int64, err error) {
	if rooms, err = t.affected(ctx, `UPDATE room SET paused = '' WHERE paused LIKE 'refused%'`); err != nil {
		return 0, 0, err
	}
	posts, err = t.affected(ctx, `UPDATE delivery SET next_try = max(CASE act WHEN 'post' THEN max(?1, due) ELSE ?1 END, settles) WHERE state IN ('owed', 'sending') AND owner = ''`, t.ms())
	return posts, rooms, err
}

// PausedRooms are the rooms in which nothing is posted.
func (t *Tx) PausedRooms(ctx context.Context) ([]Room, error) {
	return collect(ctx, t, func(r scanner, x *Room) error {
		return r.Scan(&x.Platform, &x.ID, &x.Group, &x.Greeted, &x.Paused, &x.Name)
	},
		`SELECT platform, id, coalesce(group_id, 0), greeted IS NOT NULL, paused, name FROM room WHERE paused <> '' ORDER BY platform, id`)
}
