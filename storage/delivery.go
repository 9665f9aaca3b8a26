package storage

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"lectern/reading"
)

// A Scheduled is a row of what a plan will owe.
type Scheduled struct {
	ID         int64
	Group      reading.GroupID
	Plan       reading.PlanID
	Reading    reading.ReadingID
	Prompt     int64 // 0 for none
	Kind       string
	Occurrence string
	At         time.Time
	Platform   string // of the room that the plan is posted in
	Room       string
}

// A Delivery is one post owed to one room.
type Delivery struct {
	ID         int64
	Key        string // unique for ever
	Token      string // what goes along to the platform
	Group      reading.GroupID
	Plan       reading.PlanID    // 0 for none
	Reading    reading.ReadingID // 0 for none
	Prompt     int64             // 0 for none
	Kind       string
	Occurrence string
	Platform   string
	Room       string
	Body       []byte // a reply as JSON, nil where it follows from the rows
	Due        time.Time
	State      DeliveryState
	Reason     string
	Tries      int
	FirstTry   time.Time
	NextTry    time.Time
	Message    string
	PostedAt   time.Time
}

// A DeliveryState is what became of a delivery.
type DeliveryState string

// The states. Sending was claimed by a process and may have been sent.
const (
	Owed    DeliveryState = "owed"
	Sending DeliveryState = "sending"
	Posted  DeliveryState = "posted"
	Skipped DeliveryState = "skipped"
	Failed  DeliveryState = "failed"
	Unknown DeliveryState = "unknown"
)

// Schedule adds what a plan will owe; a row that is there already is moved if
// it still waits.
func (t *Tx) Schedule(ctx context.Context, s Scheduled) error {
	return t.exec(ctx, `INSERT INTO schedule (plan, reading, prompt, kind, occurrence, at) VALUES (?, ?, nullif(?, 0), ?, ?, ?)
		ON CONFLICT (plan, reading, kind, occurrence) DO UPDATE SET at = excluded.at, state = 'waiting'
		WHERE state <> 'owed'`,
		s.Plan, s.Reading, s.Prompt, s.Kind, s.Occurrence, s.At.UnixMilli())
}

// DropSchedule forgets what a plan would owe and has not become owed.
func (t *Tx) DropSchedule(ctx context.Context, p reading.PlanID) error {
	return t.exec(ctx, `UPDATE schedule SET state = 'dropped' WHERE plan = ? AND state = 'waiting'`, p)
}

// SchedulesDue are the rows of published plans that have come due, oldest
// first.
func (t *Tx) SchedulesDue(ctx context.Context, limit int) ([]Scheduled, error) {
	return t.schedules(ctx, `s.state = 'waiting' AND s.at <= ? AND p.state = 'published' ORDER BY s.at, s.id LIMIT ?`, t.ms(), limit)
}

// SchedulesOf are all rows of a plan, in order.
func (t *Tx) SchedulesOf(ctx context.Context, p reading.PlanID) ([]Scheduled, error) {
	return t.schedules(ctx, `s.plan = ? AND s.state = 'waiting' ORDER BY s.at, s.id`, p)
}

func (t *Tx) schedules(ctx context.Context, where string, args ...any) ([]Scheduled, error) {
	return collect(ctx, t, func(r scanner, x *Scheduled) error {
		var at int64
		err := r.Scan(&x.ID, &x.Group, &x.Plan, &x.Reading, &x.Prompt, &x.Kind, &x.Occurrence, &at, &x.Platform, &x.Room)
		x.At = instant(at)
		return err
	}, `SELECT s.id, p.group_id, s.plan, s.reading, coalesce(s.prompt, 0), s.kind, s.occurrence, s.at, p.platform, p.room
		FROM schedule s JOIN plan p ON p.id = s.plan WHERE `+where, args...)
}

// Waiting are the rows that will be owed, chosen as deliveries are.
func (t *Tx) Waiting(ctx context.Context, f DeliveryFilter) ([]Scheduled, error) {
	where, args := `s.state = 'waiting' AND p.group_id = ?`, []any{f.Group}
	if f.Reading != 0 {
		where, args = where+` AND s.reading = ?`, append(args, f.Reading)
	}
	if !f.From.IsZero() {
		where, args = where+` AND s.at >= ? AND s.at < ?`, append(args, f.From.UnixMilli(), f.To.UnixMilli())
	}
	return t.schedules(ctx, where+` ORDER BY s.at, s.id LIMIT 100`, args...)
}

// Sendable reports whether a delivery's time has come.
func (t *Tx) Sendable(ctx context.Context) (some bool, err error) {
	err = t.row(ctx, `SELECT EXISTS (SELECT 1 FROM delivery d LEFT JOIN room r ON r.platform = d.platform AND r.id = d.room
		WHERE d.state IN ('owed', 'sending') AND d.next_try <= ? AND coalesce(r.paused, '') = '')`, t.ms()).Scan(&some)
	return some, wrap("find sendable", err)
}

// MarkOwed records that a scheduled row has become deliveries.
func (t *Tx) MarkOwed(ctx context.Context, id int64) error {
	return t.exec(ctx, `UPDATE schedule SET state = 'owed' WHERE id = ?`, id)
}

// Owe adds a delivery, and reports whether it was not owed before.
func (t *Tx) Owe(ctx context.Context, d Delivery) (added bool, err error) {
	n, err := t.affected(ctx, `INSERT INTO delivery
		(key, token, group_id, plan, reading, prompt, kind, occurrence, platform, room, body, due, state, next_try, created)
		VALUES (?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, 'owed', ?, ?) ON CONFLICT (key) DO NOTHING`,
		d.Key, d.Token, d.Group, d.Plan, d.Reading, d.Prompt, d.Kind, d.Occurrence, d.Platform, d.Room,
		sql.NullString{String: string(d.Body), Valid: d.Body != nil}, d.Due.UnixMilli(), t.ms(), t.ms())
	return n == 1, err
}

// NextDue is when something will be owed or sent next; ok is false if nothing
// will.
func (t *Tx) NextDue(ctx context.Context) (at time.Time, ok bool, err error) {
	var ms sql.NullInt64
	// The first waiting row of a published plan, found along the partial index.
	err = t.row(ctx, `SELECT s.at FROM schedule s JOIN plan p ON p.id = s.plan
		WHERE s.state = 'waiting' AND p.state = 'published' ORDER BY s.at LIMIT 1`).Scan(&ms)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, wrap("next schedule", err)
	}
	var next sql.NullInt64
	err = t.row(ctx, `SELECT d.next_try FROM delivery d LEFT JOIN room r ON r.platform = d.platform AND r.id = d.room
		WHERE d.state IN ('owed', 'sending') AND coalesce(r.paused, '') = '' ORDER BY d.next_try LIMIT 1`).Scan(&next)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, wrap("next delivery", err)
	}
	if next.Valid && (!ms.Valid || next.Int64 < ms.Int64) {
		ms = next
	}
	return instant(ms.Int64), ms.Valid, nil
}

// Claim takes the first delivery of each room whose time has come, for one
// owner, and marks it as being sent. A room's later posts wait for it.
func (t *Tx) Claim(ctx context.Context, owner string, limit int) ([]Delivery, error) {
	ids, err := collect(ctx, t, func(r scanner, x *int64) error { return r.Scan(x) },
		`SELECT d.id FROM delivery d LEFT JOIN room r ON r.platform = d.platform AND r.id = d.room
		WHERE d.state IN ('owed', 'sending') AND d.next_try <= ?1 AND coalesce(r.paused, '') = ''
		AND NOT (d.state = 'sending' AND d.owner = ?2)
		AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.platform = d.platform AND e.room = d.room
			AND e.state IN ('owed', 'sending') AND (e.due, e.id) < (d.due, d.id))
		ORDER BY d.next_try LIMIT ?3`, t.ms(), owner, limit)
	if err != nil {
		return nil, err
	}
	var out []Delivery
	for _, id := range ids {
		d, err := t.Delivery(ctx, id)
		if err != nil {
			return nil, err
		}
		if err := t.exec(ctx, `UPDATE delivery SET state = 'sending', owner = ?, tries = tries + 1, first_try = coalesce(first_try, ?) WHERE id = ?`,
			owner, t.ms(), id); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, nil
}

// Settle records what became of a delivery that owner claimed. Another
// owner's delivery is left alone: its lease was lost.
func (t *Tx) Settle(ctx context.Context, id int64, owner string, state DeliveryState, reason, message string) error {
	var posted any
	if state == Posted {
		posted = t.ms()
	}
	return t.exec(ctx, `UPDATE delivery SET state = ?, reason = ?, message = ?, posted = ? WHERE id = ? AND owner = ? AND state = 'sending'`,
		state, reason, message, posted, id, owner)
}

// Postpone gives a delivery back, to be tried at a time. sent says that it may
// have been sent, which the next try must find out.
func (t *Tx) Postpone(ctx context.Context, id int64, owner string, next time.Time, sent bool, reason string) error {
	state := Owed
	if sent {
		state = Sending
	}
	return t.exec(ctx, `UPDATE delivery SET state = ?, owner = '', next_try = ?, reason = ? WHERE id = ? AND owner = ? AND state = 'sending'`,
		state, next.UnixMilli(), reason, id, owner)
}

const deliveryColumns = `id, key, token, coalesce(group_id, 0), coalesce(plan, 0), coalesce(reading, 0), coalesce(prompt, 0),
	kind, occurrence, platform, room, body, due, state, reason, tries, first_try, next_try, message, posted`

func scanDelivery(r scanner, d *Delivery) error {
	var body sql.NullString
	var due, next int64
	var first, posted sql.NullInt64
	err := r.Scan(&d.ID, &d.Key, &d.Token, &d.Group, &d.Plan, &d.Reading, &d.Prompt, &d.Kind, &d.Occurrence, &d.Platform, &d.Room,
		&body, &due, &d.State, &d.Reason, &d.Tries, &first, &next, &d.Message, &posted)
	if body.Valid {
		d.Body = []byte(body.String)
	}
	d.Due, d.NextTry = instant(due), instant(next)
	if first.Valid {
		d.FirstTry = instant(first.Int64)
	}
	if posted.Valid {
		d.PostedAt = instant(posted.Int64)
	}
	return err
}

// Delivery is one delivery; ErrNotFound if there is none.
func (t *Tx) Delivery(ctx context.Context, id int64) (Delivery, error) {
	return t.delivery(ctx, `id = ?`, id)
}

// DeliveryOf is the delivery that became a message; ErrNotFound if none did.
func (t *Tx) DeliveryOf(ctx context.Context, platform, room, message string) (Delivery, error) {
	return t.delivery(ctx, `platform = ? AND room = ? AND message = ?`, platform, room, message)
}

func (t *Tx) delivery(ctx context.Context, where string, args ...any) (Delivery, error) {
	var d Delivery
	err := scanDelivery(t.row(ctx, `SELECT `+deliveryColumns+` FROM delivery WHERE `+where, args...), &d)
	if errors.Is(err, sql.ErrNoRows) {
		return d, ErrNotFound
	}
	return d, wrap("find delivery", err)
}

// A DeliveryFilter chooses deliveries; zero fields choose all.
type DeliveryFilter struct {
	Group    reading.GroupID
	Reading  reading.ReadingID
	Platform string
	Room     string
	From, To time.Time // due at or after, and before
	Limit    int
}

// Deliveries are those that the filter chooses, in order.
func (t *Tx) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	where, args := `1`, []any{}
	add := func(cond string, a ...any) { where += ` AND ` + cond; args = append(args, a...) }
	if f.Group != 0 {
		add(`group_id = ?`, f.Group)
	}
	if f.Reading != 0 {
		add(`reading = ?`, f.Reading)
	}
	if f.Room != "" {
		add(`platform = ? AND room = ?`, f.Platform, f.Room)
	}
	if !f.From.IsZero() {
		add(`due >= ?`, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add(`due < ?`, f.To.UnixMilli())
	}
	if f.Limit == 0 {
		f.Limit = 200
	}
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE `+where+` ORDER BY due, id LIMIT ?`, append(args, f.Limit)...)
}
