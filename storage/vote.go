package storage

import (
	"context"
	"slices"

	"lectern/reading"
)

// AddVote adds a vote to its group and gives it its ID and its number.
func (t *Tx) AddVote(ctx context.Context, v *reading.Vote, author reading.PersonID) error {
	err := t.row(ctx, `INSERT INTO vote (group_id, n, question, several, author, asked, closes)
		VALUES (?1, (SELECT coalesce(max(n), 0) + 1 FROM vote WHERE group_id = ?1), ?2, ?3, nullif(?4, 0), ?5, ?6) RETURNING id, n`,
		v.Group, v.Question, v.Several, author, v.Asked.UnixMilli(), v.Closes.UnixMilli()).Scan(&v.ID, &v.N)
	if err != nil {
		return wrap("add vote", err)
	}
	for i, c := range v.Choices {
		if err := t.exec(ctx, `INSERT INTO vote_choice (vote, ord, text) VALUES (?, ?, ?)`, v.ID, i+1, c); err != nil {
			return err
		}
	}
	return nil
}

// Vote is one vote; ErrNotFound if there is none.
func (t *Tx) Vote(ctx context.Context, id reading.VoteID) (reading.Vote, error) {
	return first(t.votes(ctx, `id = ?`, id))
}

// VoteNumber is a group's vote with a number; ErrNotFound if there is none.
func (t *Tx) VoteNumber(ctx context.Context, g reading.GroupID, n int) (reading.Vote, error) {
	return first(t.votes(ctx, `group_id = ? AND n = ?`, g, n))
}

// OpenVotes are those of a group in which votes can be cast, oldest first.
func (t *Tx) OpenVotes(ctx context.Context, g reading.GroupID) ([]reading.Vote, error) {
	return t.votes(ctx, `group_id = ? AND closes > ? ORDER BY n`, g, t.ms())
}

// LastVote is the newest vote of a group; ErrNotFound if it had none.
func (t *Tx) LastVote(ctx context.Context, g reading.GroupID) (reading.Vote, error) {
	return first(t.votes(ctx, `group_id = ? ORDER BY n DESC LIMIT 1`, g))
}

func first(votes []reading.Vote, err error) (reading.Vote, error) {
	switch {
	case err != nil:
		return reading.Vote{}, err
	case len(votes) == 0:
		return reading.Vote{}, ErrNotFound
	}
	return votes[0], nil
}

func (t *Tx) votes(ctx context.Context, where string, args ...any) ([]reading.Vote, error) {
	out, err := collect(ctx, t, func(r scanner, v *reading.Vote) error {
		var asked, closes int64
		err := r.Scan(&v.ID, &v.Group, &v.N, &v.Question, &v.Several, &asked, &closes)
		v.Asked, v.Closes = instant(asked), instant(closes)
		return err
	}, `SELECT id, group_id, n, question, several, asked, closes FROM vote WHERE `+where, args...)
	for i := range out {
		if err == nil {
			out[i].Choices, err = collect(ctx, t, func(r scanner, s *string) error { return r.Scan(s) },
				`SELECT text FROM vote_choice WHERE vote = ? ORDER BY ord`, out[i].ID)
		}
	}
	return out, err
}

// CloseVote lets nothing more count in a vote, from now.
func (t *Tx) CloseVote(ctx context.Context, id reading.VoteID) error {
	return t.exec(ctx, `UPDATE vote SET closes = min(closes, ?) WHERE id = ?`, t.ms(), id)
}

// Cast puts what somebody said they choose in the place of all they chose in a
// vote before; nothing takes their vote back.
func (t *Tx) Cast(ctx context.Context, id reading.VoteID, p reading.PersonID, choices []int) error {
	if err := t.exec(ctx, `DELETE FROM ballot WHERE vote = ? AND person = ? AND stands = 0`, id, p); err != nil {
		return err
	}
	if err := t.exec(ctx, `UPDATE ballot SET counts = 0 WHERE vote = ? AND person = ?`, id, p); err != nil {
		return err
	}
	for _, n := range choices {
		if err := t.exec(ctx, `INSERT INTO ballot (vote, person, ord, counts, stands) VALUES (?, ?, ?, 1, 0)
			ON CONFLICT (vote, person, ord) DO UPDATE SET counts = 1, id = (SELECT max(id) + 1 FROM ballot)`, id, p, n); err != nil {
			return err
		}
	}
	return nil
}

// Mark records a choice that somebody made at the post of a vote, where what
// they chose before still stands until they take it back.
func (t *Tx) Mark(ctx context.Context, id reading.VoteID, p reading.PersonID, choice int) error {
	return t.exec(ctx, `INSERT INTO ballot (vote, person, ord, counts, stands) VALUES (?, ?, ?, 1, 1)
		ON CONFLICT (vote, person, ord) DO UPDATE SET counts = 1, stands = 1, id = (SELECT max(id) + 1 FROM ballot)`, id, p, choice)
}

// Unmark takes back a choice that somebody made at the post of a vote.
func (t *Tx) Unmark(ctx context.Context, id reading.VoteID, p reading.PersonID, choice int) error {
	return t.exec(ctx, `DELETE FROM ballot WHERE vote = ? AND person = ? AND ord = ? AND stands = 1`, id, p, choice)
}

// A Marked is a choice that stands at the post of a vote.
type Marked struct {
	Person reading.PersonID
	Choice int
}

// Marks are the choices that stand at the post of a vote, as far as it is known.
func (t *Tx) Marks(ctx context.Context, id reading.VoteID) ([]Marked, error) {
	return collect(ctx, t, func(r scanner, m *Marked) error { return r.Scan(&m.Person, &m.Choice) },
		`SELECT person, ord FROM ballot WHERE vote = ? AND stands = 1`, id)
}

// counted are the ballots that count in a vote (?1): of one who may choose one
// thing alone, the newest.
const counted = `ballot b JOIN vote v ON v.id = b.vote WHERE b.vote = ?1 AND b.counts = 1 AND (v.several OR NOT EXISTS
	(SELECT 1 FROM ballot o WHERE o.vote = b.vote AND o.person = b.person AND o.counts = 1 AND o.id > b.id))`

// CountVotes counts a vote: how many chose each of its choices, in their order,
// and how many people chose anything.
func (t *Tx) CountVotes(ctx context.Context, v *reading.Vote) (counts []int, voters int, err error) {
	counts = make([]int, len(v.Choices))
	type row struct{ ord, n int }
	rows, err := collect(ctx, t, func(r scanner, x *row) error { return r.Scan(&x.ord, &x.n) },
		`SELECT b.ord, count(*) FROM `+counted+` GROUP BY b.ord`, v.ID)
	if err != nil {
		return nil, 0, err
	}
	for _, x := range rows {
		if x.ord >= 1 && x.ord <= len(counts) {
			counts[x.ord-1] = x.n
		}
	}
	err = t.row(ctx, `SELECT count(DISTINCT b.person) FROM `+counted, v.ID).Scan(&voters)
	return counts, voters, wrap("count votes", err)
}

// ChoicesOf is what somebody chose in a vote, in order.
func (t *Tx) ChoicesOf(ctx context.Context, id reading.VoteID, p reading.PersonID) ([]int, error) {
	out, err := collect(ctx, t, func(r scanner, n *int) error { return r.Scan(n) }, `SELECT b.ord FROM `+counted+` AND b.person = ?2`, id, p)
	slices.Sort(out)
	return out, err
}

// DeliveryNamed is the delivery with a key; ErrNotFound if there is none.
func (t *Tx) DeliveryNamed(ctx context.Context, key string) (Delivery, error) {
	return t.delivery(ctx, `key = ?`, key)
}

// Hasten lets a delivery that is owed later be due now.
func (t *Tx) Hasten(ctx context.Context, key string) error {
	return t.exec(ctx, `UPDATE delivery SET due = ?1, next_try = max(?1, settles) WHERE key = ?2 AND state = 'owed' AND due > ?1`, t.ms(), key)
}
