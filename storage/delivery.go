package storage

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
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
	Recipient  string // a user of the platform, for whom alone it is; Room names them too
	Act        Act
	Target     int64  // the delivery whose post the act is on; 0 for a post
	Body       []byte // a reply as JSON, nil where it follows from the rows
	Due        time.Time
	State      DeliveryState
	Reason     string
	Folded     int64 // the delivery whose post says it too; 0 for none
	Forced     bool  // somebody said to post it, however late
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
	Folded  DeliveryState = "folded" // another post says it too
	Failed  DeliveryState = "failed"
	Unknown DeliveryState = "unknown"
)

// An Act is what is done: a post, or something to an earlier one.
type Act string

// The acts. All but Post are on the post of another delivery.
const (
	Post   Act = "post"
	Edit   Act = "edit"
	Delete Act = "delete"
	Pin    Act = "pin"
	Unpin  Act = "unpin"
	Thread Act = "thread" // open one under the post
	Event  Act = "event"  // what the platform has planned says the same as the reading
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

// EverScheduled are the rows of a plan in whatever state, those dropped too, as
// a kind, a reading and an occurrence each.
func (t *Tx) EverScheduled(ctx context.Context, p reading.PlanID) (map[Scheduled]bool, error) {
	rows, err := collect(ctx, t, func(r scanner, x *Scheduled) error { return r.Scan(&x.Reading, &x.Kind, &x.Occurrence) },
		`SELECT reading, kind, occurrence FROM schedule WHERE plan = ?`, p)
	out := map[Scheduled]bool{}
	for _, x := range rows {
		out[x] = true
	}
	return out, err
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
	where, args := `s.state = 'waiting'`, []any{}
	if f.Group != 0 {
		where, args = where+` AND p.group_id = ?`, append(args, f.Group)
	}
	if f.Room != "" {
		where, args = where+` AND p.room = ?`, append(args, f.Room)
	}
	if f.N != 0 {
		where, args = where+` AND s.reading IN (SELECT id FROM reading WHERE n = ?)`, append(args, f.N)
	}
	if f.Reading != 0 {
		where, args = where+` AND s.reading = ?`, append(args, f.Reading)
	}
	if !f.From.IsZero() {
		where, args = where+` AND s.at >= ? AND s.at < ?`, append(args, f.From.UnixMilli(), f.To.UnixMilli())
	}
	return t.schedules(ctx, where+` ORDER BY s.at, s.id LIMIT 100`, args...)
}

// MarkOwed records that a scheduled row has become deliveries.
func (t *Tx) MarkOwed(ctx context.Context, id int64) error {
	return t.exec(ctx, `UPDATE schedule SET state = 'owed' WHERE id = ?`, id)
}

// Owe adds a delivery, and reports whether it was not owed before. A post that is
// due later is not tried before that; what is done to one is.
func (t *Tx) Owe(ctx context.Context, d Delivery) (added bool, err error) {
	if d.Act == "" {
		d.Act = Post
	}
	next := t.ms()
	if d.Act == Post {
		next = max(next, d.Due.UnixMilli())
	}
	n, err := t.affected(ctx, `INSERT INTO delivery
		(key, token, group_id, plan, reading, prompt, kind, occurrence, platform, room, recipient, act, target, body, due, state, next_try, created)
		VALUES (?, ?, nullif(?, 0), nullif(?, 0), nullif(?, 0), nullif(?, 0), ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, 'owed', ?, ?) ON CONFLICT (key) DO NOTHING`,
		d.Key, d.Token, d.Group, d.Plan, d.Reading, d.Prompt, d.Kind, d.Occurrence, d.Platform, d.Room, d.Recipient, d.Act, d.Target,
		sql.NullString{String: string(d.Body), Valid: d.Body != nil}, d.Due.UnixMilli(), next, t.ms())
	return n == 1, err
}

// NextScheduled is when the first waiting row of a published plan comes due;
// ok is false if none does.
func (t *Tx) NextScheduled(ctx context.Context) (at time.Time, ok bool, err error) {
	// Found along the partial index.
	return t.optional(ctx, `SELECT s.at FROM schedule s JOIN plan p ON p.id = s.plan
		WHERE s.state = 'waiting' AND p.state = 'published' ORDER BY s.at LIMIT 1`)
}

// claimable is true of deliveries of one platform (?1) that may be sent and
// that owner (?2) is not sending already.
const claimable = `d.platform = ?1 AND d.state IN ('owed', 'sending') AND NOT (d.state = 'sending' AND d.owner = ?2)
	AND NOT EXISTS (SELECT 1 FROM room r WHERE r.platform = d.platform AND r.id = d.room AND r.paused <> '')
	AND NOT EXISTS (SELECT 1 FROM delivery e WHERE e.platform = d.platform AND e.room = d.room
		AND e.state IN ('owed', 'sending') AND (e.due, e.id) < (d.due, d.id))`

// NextSend is when the next delivery of a platform may be claimed by owner; ok
// is false if none may. A room's first delivery alone counts, and unless
// retries is set, only what was not tried before.
func (t *Tx) NextSend(ctx context.Context, platform, owner string, retries bool) (at time.Time, ok bool, err error) {
	return t.optional(ctx, `SELECT d.next_try FROM delivery d WHERE `+claimable+` AND (?3 OR d.tries = 0) ORDER BY d.next_try LIMIT 1`, platform, owner, retries)
}

func (t *Tx) optional(ctx context.Context, query string, args ...any) (at time.Time, ok bool, err error) {
	var ms int64
	err = t.row(ctx, query, args...).Scan(&ms)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, false, nil
	}
	return instant(ms), err == nil, wrap("next delivery", err)
}

// A Glance is what there is to do for a sender, seen at one instant.
type Glance struct {
	OnHold    string               // since when nothing is posted, "" if it is
	Scheduled time.Time            // when the next scheduled post comes due; zero if none does
	Send      map[string]time.Time // by platform, when the next delivery may be claimed
	Tell      bool                 // organisers are to be told something
}

// Glance looks for what is to be done, for one owner, on some platforms; where
// the value is false, only deliveries that were not tried before count. It is
// one statement outside any transaction and not to be interrupted, since it is
// run several times a second and takes some microseconds.
func (db *DB) Glance(owner string, platforms map[string]bool) (g Glance, err error) {
	ctx := context.Background()
	var query strings.Builder
	query.WriteString(`SELECT coalesce((SELECT value FROM setting WHERE name = ?1), ''), EXISTS (SELECT 1 FROM delivery WHERE tell = 1),
		(SELECT s.at FROM schedule s JOIN plan p ON p.id = s.plan WHERE s.state = 'waiting' AND p.state = 'published' ORDER BY s.at LIMIT 1)`)
	args := []any{OnHold, owner}
	var scheduled sql.NullInt64
	into := []any{&g.OnHold, &g.Tell, &scheduled}
	names := slices.Sorted(maps.Keys(platforms))
	next := make([]sql.NullInt64, len(names))
	for i, p := range names {
		args = append(args, p, platforms[p])
		n := strconv.Itoa(len(args) - 1)
		query.WriteString(`, (SELECT d.next_try FROM delivery d WHERE ` + strings.ReplaceAll(claimable, "?1", "?"+n) + ` AND (?` + strconv.Itoa(len(args)) + ` OR d.tries = 0) ORDER BY d.next_try LIMIT 1)`)
		into = append(into, &next[i])
	}
	if err := db.readers.QueryRowContext(ctx, query.String(), args...).Scan(into...); err != nil {
		return g, wrap("look for what is due", err)
	}
	if scheduled.Valid {
		g.Scheduled = instant(scheduled.Int64)
	}
	g.Send = make(map[string]time.Time, len(names))
	for i, p := range names {
		if next[i].Valid {
			g.Send[p] = instant(next[i].Int64)
		}
	}
	return g, nil
}

// Claim takes the first delivery of each room of a platform whose time has
// come, for one owner, and marks it as being sent: at most limit, of which at
// most retries were tried before. A room's later posts wait for it.
func (t *Tx) Claim(ctx context.Context, platform, owner string, limit, retries int) ([]Delivery, error) {
	const list = `SELECT ` + deliveryColumns + ` FROM delivery d WHERE ` + claimable + ` AND d.next_try <= ?3 AND `
	const order = ` ORDER BY d.next_try, d.id LIMIT ?4`
	again, err := collect(ctx, t, scanDelivery, list+`d.tries > 0`+order, platform, owner, t.ms(), min(limit, retries))
	if err != nil {
		return nil, err
	}
	out, err := collect(ctx, t, scanDelivery, list+`d.tries = 0`+order, platform, owner, t.ms(), limit-len(again))
	if err != nil {
		return nil, err
	}
	out = append(again, out...)
	for _, d := range out {
		if err := t.exec(ctx, `UPDATE delivery SET state = 'sending', owner = ?, tries = tries + 1, first_try = coalesce(first_try, ?) WHERE id = ?`,
			owner, t.ms(), d.ID); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// A Settlement is what became of a delivery.
type Settlement struct {
	State   DeliveryState
	Reason  string
	Message string // Posted: the platform's id
	Tell    bool   // the organisers are to be told
}

// Settle records what became of a delivery that owner claimed, and reports
// whether it was still owner's. Another owner's delivery is left alone: its
// lease was lost.
func (t *Tx) Settle(ctx context.Context, id int64, owner string, s Settlement) (bool, error) {
	var posted any
	if s.State == Posted {
		posted = t.ms()
	}
	n, err := t.affected(ctx, `UPDATE delivery SET state = ?, reason = ?, message = ?, posted = ?, tell = ? WHERE id = ? AND owner = ? AND state = 'sending'`,
		s.State, s.Reason, s.Message, posted, s.Tell, id, owner)
	return n == 1, err
}

// A Postponement is why a delivery is given back, and until when.
type Postponement struct {
	Next   time.Time // when to try again
	Sent   bool      // it may have been sent, which the next try must find out
	Reason string
	// Settles is when a request that may still be on its way will have come or
	// never will; zero if none is. Nothing is tried before, whoever asks for it.
	Settles time.Time
}

// Postpone gives a delivery back, to be tried at a time. What stands behind it
// in its room waits as long.
func (t *Tx) Postpone(ctx context.Context, id int64, owner string, p Postponement) error {
	state := Owed
	if p.Sent {
		state = Sending
	}
	settles := int64(0)
	if !p.Settles.IsZero() {
		settles = p.Settles.UnixMilli()
	}
	n, err := t.affected(ctx, `UPDATE delivery SET state = ?1, owner = '', reason = ?2, settles = max(settles, ?3), next_try = max(?4, settles, ?3)
		WHERE id = ?5 AND owner = ?6 AND state = 'sending'`, state, p.Reason, settles, p.Next.UnixMilli(), id, owner)
	if err != nil || n == 0 {
		return err
	}
	return t.exec(ctx, `UPDATE delivery SET next_try = d.next_try FROM (SELECT platform, room, next_try FROM delivery WHERE id = ?1) AS d
		WHERE delivery.platform = d.platform AND delivery.room = d.room AND delivery.state = 'owed' AND delivery.next_try < d.next_try`, id)
}

// Inherit takes over what other owners, who are no more, had begun to send:
// their requests may still be on their way, until an instant at most.
func (t *Tx) Inherit(ctx context.Context, owner string, settles time.Time) (n int64, err error) {
	return t.affected(ctx, `UPDATE delivery SET owner = '', settles = max(settles, ?1), next_try = max(next_try, ?1)
		WHERE state = 'sending' AND owner NOT IN ('', ?2)`, settles.UnixMilli(), owner)
}

const deliveryColumns = `id, key, token, coalesce(group_id, 0), coalesce(plan, 0), coalesce(reading, 0), coalesce(prompt, 0),
	kind, occurrence, platform, room, recipient, act, coalesce(target, 0), body, due, state, reason, coalesce(folded, 0), forced,
	tries, first_try, next_try, message, posted`

func scanDelivery(r scanner, d *Delivery) error {
	var body sql.NullString
	var due, next int64
	var first, posted sql.NullInt64
	err := r.Scan(&d.ID, &d.Key, &d.Token, &d.Group, &d.Plan, &d.Reading, &d.Prompt, &d.Kind, &d.Occurrence, &d.Platform, &d.Room,
		&d.Recipient, &d.Act, &d.Target, &body, &due, &d.State, &d.Reason, &d.Folded, &d.Forced, &d.Tries, &first, &next, &d.Message, &posted)
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
	Act      Act // "" for all
	Group    reading.GroupID
	Plan     reading.PlanID
	Reading  reading.ReadingID
	N        int    // the reading's number in its plan
	Platform string // of Room; "" for any
	Room     string
	From, To time.Time // due at or after, and before
	States   []DeliveryState
	Limit    int // 0: 200
}

// Deliveries are those that the filter chooses, in order.
func (t *Tx) Deliveries(ctx context.Context, f DeliveryFilter) ([]Delivery, error) {
	where, args := `1`, []any{}
	add := func(cond string, a ...any) { where += ` AND ` + cond; args = append(args, a...) }
	if f.Group != 0 {
		add(`group_id = ?`, f.Group)
	}
	if f.Plan != 0 {
		add(`plan = ?`, f.Plan)
	}
	if f.Reading != 0 {
		add(`reading = ?`, f.Reading)
	}
	if f.N != 0 {
		add(`reading IN (SELECT id FROM reading WHERE n = ?)`, f.N)
	}
	if f.Act != "" {
		add(`act = ?`, f.Act)
	}
	if f.Room != "" {
		add(`room = ?`, f.Room)
	}
	if f.Platform != "" {
		add(`platform = ?`, f.Platform)
	}
	if !f.From.IsZero() {
		add(`due >= ?`, f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add(`due < ?`, f.To.UnixMilli())
	}
	if len(f.States) > 0 {
		in := make([]any, len(f.States))
		for i, s := range f.States {
			in[i] = s
		}
		add(`state IN (?`+strings.Repeat(`, ?`, len(in)-1)+`)`, in...)
	}
	if f.Limit == 0 {
		f.Limit = 200
	}
	return collect(ctx, t, scanDelivery, `SELECT `+deliveryColumns+` FROM delivery WHERE `+where+` ORDER BY due, id LIMIT ?`, append(args, f.Limit)...)
}
