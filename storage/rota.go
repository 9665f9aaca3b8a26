package storage

import (
	"context"
	"database/sql"
	"errors"

	"lectern/reading"
)

// Rota is who leads a plan's meetings, with the names of all whom it names. A
// plan that has none gives an empty one.
func (t *Tx) Rota(ctx context.Context, plan reading.PlanID) (r reading.Rota, names map[reading.PersonID]string, err error) {
	names = map[reading.PersonID]string{}
	err = t.row(ctx, `SELECT per FROM rota WHERE plan = ?`, plan).Scan(&r.Per)
	if errors.Is(err, sql.ErrNoRows) {
		return r, names, nil
	}
	if err != nil {
		return r, names, wrap("find rota", err)
	}
	type row struct {
		reading reading.ReadingID
		person  reading.PersonID
		name    string
	}
	people, err := collect(ctx, t, func(s scanner, x *row) error { return s.Scan(&x.person, &x.name) },
		`SELECT p.id, p.name FROM rota_person r JOIN person p ON p.id = r.person WHERE r.plan = ? ORDER BY r.ord`, plan)
	if err != nil {
		return r, names, err
	}
	for _, x := range people {
		r.People, names[x.person] = append(r.People, x.person), x.name
	}
	fixed, err := collect(ctx, t, func(s scanner, x *row) error { return s.Scan(&x.reading, &x.person, &x.name) },
		`SELECT r.reading, p.id, p.name FROM rota_fixed r JOIN person p ON p.id = r.person WHERE r.plan = ? ORDER BY r.reading, r.ord`, plan)
	if err != nil {
		return r, names, err
	}
	r.Fixed = map[reading.ReadingID][]reading.PersonID{}
	for _, x := range fixed {
		r.Fixed[x.reading], names[x.person] = append(r.Fixed[x.reading], x.person), x.name
	}
	spent, err := collect(ctx, t, func(s scanner, x *row) error { return s.Scan(&x.reading, &x.person) },
		`SELECT reading, coalesce(person, 0) FROM rota_spent WHERE plan = ? ORDER BY reading, ord`, plan)
	if err != nil {
		return r, names, err
	}
	r.Spends = map[reading.ReadingID][]reading.PersonID{}
	for _, x := range spent {
		people := r.Spends[x.reading]
		if x.person != 0 {
			people = append(people, x.person)
		}
		r.Spends[x.reading] = people
	}
	r.Absences, err = t.Absences(ctx, plan)
	return r, names, err
}

// SaveRota replaces a plan's order of turns and what is fixed of it. Absences
// are the group's, and stay.
func (t *Tx) SaveRota(ctx context.Context, plan reading.PlanID, r reading.Rota) error {
	if err := t.exec(ctx, `INSERT INTO rota (plan, per) VALUES (?1, ?2) ON CONFLICT (plan) DO UPDATE SET per = ?2`, plan, max(r.Per, 1)); err != nil {
		return err
	}
	if err := t.exec(ctx, `DELETE FROM rota_person WHERE plan = ?`, plan); err != nil {
		return err
	}
	for i, p := range r.People {
		if err := t.exec(ctx, `INSERT INTO rota_person (plan, ord, person) VALUES (?, ?, ?)`, plan, i, p); err != nil {
			return err
		}
	}
	if err := t.exec(ctx, `DELETE FROM rota_fixed WHERE plan = ?`, plan); err != nil {
		return err
	}
	for id, people := range r.Fixed {
		for i, p := range people {
			if err := t.exec(ctx, `INSERT INTO rota_fixed (plan, reading, ord, person) VALUES (?, ?, ?, ?)`, plan, id, i, p); err != nil {
				return err
			}
		}
	}
	if err := t.exec(ctx, `DELETE FROM rota_spent WHERE plan = ?`, plan); err != nil {
		return err
	}
	for id, people := range r.Spends {
		if len(people) == 0 {
			people = []reading.PersonID{0}
		}
		for i, p := range people {
			if err := t.exec(ctx, `INSERT INTO rota_spent (plan, reading, ord, person) VALUES (?, ?, ?, nullif(?, 0))`, plan, id, i, p); err != nil {
				return err
			}
		}
	}
	return nil
}

// Absences are the days on which people of a plan's group lead nothing.
func (t *Tx) Absences(ctx context.Context, plan reading.PlanID) ([]reading.Absence, error) {
	return collect(ctx, t, func(s scanner, x *reading.Absence) error {
		var first, last string
		err := s.Scan(&x.Person, &first, &last)
		if err == nil {
			x.From, err = reading.ParseDate(first)
		}
		if err == nil {
			x.To, err = reading.ParseDate(last)
		}
		return err
	}, `SELECT a.person, a.first, a.last FROM absence a JOIN plan p ON p.group_id = a.group_id WHERE p.id = ? ORDER BY a.id`, plan)
}

// AddAbsence keeps that somebody is away.
func (t *Tx) AddAbsence(ctx context.Context, g reading.GroupID, a reading.Absence) error {
	return t.exec(ctx, `INSERT INTO absence (group_id, person, first, last) VALUES (?, ?, ?, ?)`, g, a.Person, a.From.String(), a.To.String())
}

// RemoveAbsences forgets when somebody is away, and reports whether anything
// was known.
func (t *Tx) RemoveAbsences(ctx context.Context, g reading.GroupID, p reading.PersonID) (bool, error) {
	n, err := t.affected(ctx, `DELETE FROM absence WHERE group_id = ? AND person = ?`, g, p)
	return n > 0, err
}

// NameOf is what a person is called.
func (t *Tx) NameOf(ctx context.Context, p reading.PersonID) (name string, err error) {
	return name, wrap("find person", t.row(ctx, `SELECT name FROM person WHERE id = ?`, p).Scan(&name))
}

// UserOf is a person's account on a platform, "" if they have none there.
func (t *Tx) UserOf(ctx context.Context, p reading.PersonID, platform string) (user string, err error) {
	err = t.row(ctx, `SELECT user FROM account WHERE person = ? AND platform = ? ORDER BY user LIMIT 1`, p, platform).Scan(&user)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return user, wrap("find account", err)
}

// Lane is the date by which a member wants to have caught up, zero if they set
// none.
func (t *Tx) Lane(ctx context.Context, plan reading.PlanID, p reading.PersonID) (reading.Date, error) {
	var until string
	err := t.row(ctx, `SELECT until FROM lane WHERE plan = ? AND person = ?`, plan, p).Scan(&until)
	if errors.Is(err, sql.ErrNoRows) {
		return reading.Date{}, nil
	}
	if err != nil {
		return reading.Date{}, wrap("find lane", err)
	}
	return reading.ParseDate(until)
}

// SetLane keeps by when a member wants to have caught up; the zero date takes
// it away.
func (t *Tx) SetLane(ctx context.Context, plan reading.PlanID, p reading.PersonID, until reading.Date) error {
	if until.IsZero() {
		return t.exec(ctx, `DELETE FROM lane WHERE plan = ? AND person = ?`, plan, p)
	}
	return t.exec(ctx, `INSERT INTO lane (plan, person, until) VALUES (?1, ?2, ?3) ON CONFLICT (plan, person) DO UPDATE SET until = ?3`, plan, p, until.String())
}
