package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/commands"
	"lectern/delivery"
	"lectern/library/importer"
	"lectern/phrases"
	"lectern/reading"
	"lectern/sample"
	"lectern/storage"
)

// A ledger is what the harness itself knows that each room is owed, in order.
// It never asks the bot's database what was posted.
type ledger struct {
	path  string
	rng   *rand.Rand
	rooms []ledgerRoom
	next  int
}

type ledgerRoom struct {
	id      string
	plan    reading.PlanID
	reading reading.ReadingID
	last    time.Time // when the last planned post is due
	marks   []string
}

// newLedger sets a group up in each room with the commands that people use:
// each has a plan that was published.
func newLedger(ctx context.Context, path string, s service, rooms int, rng *rand.Rand) (*ledger, error) {
	l := &ledger{path: path, rng: rng}
	book, err := phrases.Load()
	if err != nil {
		return nil, err
	}
	db, err := storage.Open(ctx, path, storage.Options{Now: time.Now})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }() // the bot opens it anew
	desk := &commands.Desk{DB: db, Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
	work, err := importer.Read(ctx, sample.HandbookName, strings.NewReader(sample.Handbook()), importer.Options{})
	if err != nil {
		return nil, err
	}
	work.Aliases = []string{"handbook"}
	if _, err := desk.Import(ctx, 0, work); err != nil {
		return nil, err
	}
	d := desk.Dispatcher()
	meets := strings.ToLower(time.Now().UTC().AddDate(0, 0, 2).Format("Mon 15:00"))
	for i := range rooms {
		who := s.person(i)
		room := ledgerRoom{id: s.room(i), marks: []string{"Reading 1 of 4"}} // its announcement, which opens the plan
		for j, text := range []string{fmt.Sprintf(`group setup name:"Group %d" city:UTC place:- length:60`, i), `plan create handbook "` + meets + `" 4`, "plan publish"} {
			reply, _ := d.Handle(ctx, bot.Event{
				Key: fmt.Sprintf("%s:ledger:%d:%d", s.name(), i, j), At: time.Now(), Addressed: true, Text: text,
				Room:    bot.Room{Platform: s.name(), ID: bot.RoomID(room.id)},
				Account: bot.Account{Platform: s.name(), ID: who, Name: "Ana", Manages: true},
			})
			if reply.Failed {
				return nil, fmt.Errorf("%s: %s", text, bottest.Plain(reply))
			}
		}
		err := db.Read(ctx, func(tx *storage.Tx) error {
			r, err := tx.Room(ctx, s.name(), room.id)
			if err != nil {
				return err
			}
			plans, err := tx.Plans(ctx, r.Group)
			if err == nil {
				room.plan, room.reading = plans[0].ID, plans[0].Readings[0].ID
			}
			return err
		})
		if err != nil {
			return nil, err
		}
		l.rooms = append(l.rooms, room)
	}
	return l, nil
}

// plan lets n more posts fall due at random instants within a time from now:
// each is a question with a mark of its own, scheduled as a plan's questions
// are. Half of them crowd together in a tenth of the time.
func (l *ledger) plan(ctx context.Context, n int, within time.Duration) error {
	db, err := storage.Open(ctx, l.path, storage.Options{Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // the bot opens it anew
	now := time.Now().Truncate(time.Millisecond)
	crowd := time.Duration(l.rng.Int64N(int64(within)))
	type due struct {
		at   time.Duration
		room int
	}
	all := make([]due, n)
	for i := range all {
		all[i] = due{time.Duration(l.rng.Int64N(int64(within))), l.rng.IntN(len(l.rooms))}
		if i%2 == 0 {
			all[i].at = crowd + all[i].at/10
		}
	}
	slices.SortFunc(all, func(a, b due) int { return int(a.at - b.at) })
	return db.Write(ctx, func(tx *storage.Tx) error {
		for _, d := range all {
			r := &l.rooms[d.room]
			at := now.Add(d.at)
			if !at.After(r.last) { // one instant, one post: so that their order is known
				at = r.last.Add(time.Millisecond)
			}
			l.next++
			mark := fmt.Sprintf("mark-%07d", l.next)
			q := storage.Prompt{Plan: r.plan, Reading: r.reading, Text: "What of " + mark + "?"}
			if err := tx.AddPrompt(ctx, &q); err != nil {
				return err
			}
			err := tx.Schedule(ctx, storage.Scheduled{Plan: r.plan, Reading: r.reading, Prompt: q.ID, Kind: delivery.Question, Occurrence: fmt.Sprint("prompt ", q.ID), At: at})
			if err != nil {
				return err
			}
			r.last, r.marks = at, append(r.marks, mark)
		}
		return nil
	})
}

// open is how many posts are planned or owed that were not settled.
func (l *ledger) open(ctx context.Context) (n int, err error) {
	db, err := storage.Open(ctx, l.path, storage.Options{Now: time.Now, ReadOnly: true})
	if err != nil {
		return 0, err
	}
	defer func() { _ = db.Close() }() // it is only read
	err = db.Read(ctx, func(tx *storage.Tx) error {
		rows, err := tx.Deliveries(ctx, storage.DeliveryFilter{States: []storage.DeliveryState{storage.Owed, storage.Sending}})
		if err != nil {
			return err
		}
		due, err := tx.SchedulesDue(ctx, 1000)
		n = len(rows) + len(due)
		for _, r := range l.rooms {
			if r.last.After(tx.Now) {
				n++
			}
		}
		return err
	})
	return n, err
}

type counts struct {
	expected, posted, lost, twice, disorder int
	repeated                                []post // those that are there twice
}

var mark = regexp.MustCompile(`mark-\d{7}|Reading 1 of 4`)

// count holds what the rooms hold against the ledger.
func (l *ledger) count(posts []post) (c counts) {
	type said struct {
		mark string
		post post
	}
	held := map[string][]said{}
	keys := map[string]int{}
	for _, p := range posts {
		for _, m := range mark.FindAllString(p.text, -1) {
			held[p.room] = append(held[p.room], said{m, p})
		}
		if keys[p.room+" "+p.key]++; keys[p.room+" "+p.key] > 1 && mark.FindString(p.text) == "" {
			c.twice++ // a word to somebody
			c.repeated = append(c.repeated, p)
		}
	}
	for _, r := range l.rooms {
		c.expected += len(r.marks)
		place := map[string]int{}
		for i, m := range r.marks {
			place[m] = i
		}
		seen := map[string]bool{}
		last := -1
		for _, h := range held[r.id] {
			m := h.mark
			if seen[m] {
				c.twice++
				c.repeated = append(c.repeated, h.post)
				continue
			}
			seen[m] = true
			c.posted++
			if place[m] < last {
				c.disorder++
			}
			last = max(last, place[m])
		}
		c.lost += len(r.marks) - len(seen)
	}
	return c
}
