//go:build unix

package delivery_test

import (
	"fmt"
	"log/slog"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/reading"
	"lectern/storage"
)

// schedules makes a database with n scheduled posts in plans of fifty each,
// all of them to come.
func schedules(b *testing.B, n int) *storage.DB {
	b.Helper()
	now := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
	db, err := storage.Open(b.Context(), filepath.Join(b.TempDir(), "lectern.db"), storage.Options{Now: func() time.Time { return now }})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := db.Close(); err != nil {
			b.Error(err)
		}
	})
	cadence, err := reading.ParseCadence("tue 19:00")
	if err != nil {
		b.Fatal(err)
	}
	const each = 50
	for done := 0; done < n; {
		err := db.Write(b.Context(), func(tx *storage.Tx) error {
			person, err := tx.PersonOf(b.Context(), bottest.FakeName, "ana", "Ana")
			if err != nil {
				return err
			}
			for range min(400, (n-done)/each) {
				g, err := tx.AddGroup(b.Context(), reading.Group{Name: "g", Zone: "UTC", Language: "en"}, person)
				if err != nil {
					return err
				}
				local := reading.DateTime{Date: reading.DateOf(now, time.UTC)}
				p := storage.PlanRow{Platform: bottest.FakeName, Room: fmt.Sprint("room", done), Plan: reading.Plan{Group: g, Name: "p", State: reading.Published, Cadence: cadence, Zone: "UTC", Start: local.Date,
					Readings: []reading.Reading{{N: 1, State: reading.Ahead, Due: reading.Occurrence{Local: local, Zone: "UTC", At: now}, Portions: []reading.Portion{{Work: 1, First: 1, Last: 2, Words: 9}}, Words: 9}}}}
				if err := tx.AddPlan(b.Context(), &p); err != nil {
					return err
				}
				for i := range each {
					at := now.Add(time.Duration(1+(done+i*7919)%500_000) * time.Minute)
					if err := tx.Schedule(b.Context(), storage.Scheduled{Plan: p.ID, Reading: p.Readings[0].ID, Kind: delivery.Reminder, Occurrence: fmt.Sprint(i), At: at}); err != nil {
						return err
					}
				}
				done += each
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	return db
}

// A look for what is due, with nothing due, as the number of scheduled posts
// grows: it costs the same, since the first is found along an index.
func BenchmarkTick(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := schedules(b, n)
			book, err := phrases.Load()
			if err != nil {
				b.Fatal(err)
			}
			now := time.Date(2026, 12, 1, 19, 0, 0, 0, time.UTC)
			e := &delivery.Engine{DB: db, Phrases: book, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler), Owner: "bench",
				Platforms: map[string]bot.Platform{bottest.FakeName: bottest.NewFake()}}
			if err := e.Drain(b.Context()); err != nil {
				b.Fatal(err)
			}
			before, n := busyTime(b), 0
			for b.Loop() {
				n++
				if err := e.Drain(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((busyTime(b)-before).Nanoseconds())/float64(n), "cpu-ns/op")
		})
	}
}

// busyTime is the time that this process has had a processor: on a machine that
// does other things too it says more than the clock.
func busyTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Finding the first scheduled post, without the transaction around it.
func BenchmarkNextScheduled(b *testing.B) {
	for _, n := range []int{10_000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			db := schedules(b, n)
			err := db.Read(b.Context(), func(tx *storage.Tx) error {
				for b.Loop() {
					if _, ok, err := tx.NextScheduled(b.Context()); err != nil || !ok {
						return fmt.Errorf("nothing is scheduled: %w", err)
					}
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}
