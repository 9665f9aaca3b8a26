//go:build linux

package storage_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
	"lectern/storage/storagetest/disk"
)

var cuts = flag.Int("cuts", 100, "how many power cuts are played")

// Whatever instant the power fails at, each check-in and each post that was
// acknowledged is there afterwards, and the database is whole. A database that
// is flushed less often (synchronous=NORMAL, the driver's own default) loses
// some: that the test finds it out is part of the test.
func TestPowerCut(t *testing.T) {
	if err := disk.Install(); err != nil {
		t.Fatal(err)
	}
	lost, damaged := playCuts(t, *cuts, "")
	careless, broken := playCuts(t, *cuts, "PRAGMA synchronous = NORMAL")
	t.Logf("%d power cuts: %d lost something acknowledged, %d damaged; with synchronous=NORMAL %d lost something, %d damaged", *cuts, lost, damaged, careless, broken)
	if lost > 0 || damaged > 0 {
		t.Errorf("of %d power cuts %d lost something acknowledged and %d damaged the database", *cuts, lost, damaged)
	}
	if careless == 0 {
		t.Error("a database that is not flushed at each commit lost nothing: the cuts are not real")
	}
}

// One run of so many transactions is cut so many times.
const (
	cutsOfARun   = 100
	transactions = 250
)

// playCuts counts the cuts that lost something acknowledged, and those after
// which the database was not sound.
func playCuts(t *testing.T, n int, less string) (lost, damaged int) {
	t.Helper()
	for run := 0; n > 0; run++ {
		rng := rand.New(rand.NewPCG(uint64(run), 7))
		base, records := busy(t, rng, less)
		for range min(n, cutsOfARun) {
			cut := 1 + rng.IntN(len(records))
			if rng.IntN(2) == 0 { // just before or after a flush
				for cut < len(records) && records[cut].Kind != disk.Sync {
					cut++
				}
				cut = min(cut+rng.IntN(2), len(records))
			}
			dir := filepath.Join(t.TempDir(), fmt.Sprint(cut))
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			acknowledged, err := disk.CutPower(base, records, cut, dir, rng)
			if err != nil {
				t.Fatal(err)
			}
			l, d := after(t, filepath.Join(dir, "lectern.db"), acknowledged)
			lost, damaged = lost+l, damaged+d
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
		}
		n -= cutsOfARun
	}
	return lost, damaged
}

// busy makes a database, and checks in and posts on it. After each transaction
// its number is acknowledged.
func busy(t *testing.T, rng *rand.Rand, less string) (base map[string][]byte, records []disk.Record) {
	t.Helper()
	ctx := t.Context()
	dir := t.TempDir()
	path := filepath.Join(dir, "lectern.db")
	clock := &storagetest.Clock{}
	db, err := storage.Open(ctx, path, storage.Options{Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if less != "" {
		if err := db.WriterSays(ctx, less); err != nil {
			t.Fatal(err)
		}
	}
	write := func(fn func(tx *storage.Tx) error) {
		t.Helper()
		if err := db.Write(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	g, plan, person := furnish(t, db)
	if base, err = disk.Note(dir); err != nil {
		t.Fatal(err)
	}
	acknowledged := int64(0)
	for acknowledged < transactions {
		// One check-in, with the answer that is stored beside it.
		write(func(tx *storage.Tx) error {
			acknowledged++
			c := storage.CheckIn{Person: person, Plan: plan.ID, Reading: plan.Readings[0].ID, Kind: "at", Number: int(acknowledged), Covers: plan.Readings[0].Portions}
			if err := tx.AddCheckIn(ctx, g, c); err != nil {
				return err
			}
			return tx.SaveAnswer(ctx, fmt.Sprint("event ", acknowledged), []byte(strings.Repeat("answer ", rng.IntN(200))))
		})
		disk.Acknowledge(acknowledged)
		// One post, from owed to posted.
		key := fmt.Sprint("post ", acknowledged+1)
		write(func(tx *storage.Tx) error {
			_, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: key, Group: g, Kind: "arrival", Occurrence: key, Platform: "fake", Room: "a", Body: []byte(strings.Repeat("x", rng.IntN(3000))), Due: tx.Now})
			return err
		})
		var d storage.Delivery
		write(func(tx *storage.Tx) error {
			claimed, err := tx.Claim(ctx, "fake", "me", 1, 1)
			if err == nil && len(claimed) != 1 {
				err = fmt.Errorf("claimed %d", len(claimed))
			}
			if err == nil {
				d = claimed[0]
			}
			return err
		})
		write(func(tx *storage.Tx) error {
			_, err := tx.Settle(ctx, d.ID, "me", storage.Settlement{State: storage.Posted, Message: key})
			return err
		})
		acknowledged++
		disk.Acknowledge(acknowledged)
	}
	return base, disk.Noted()
}

// furnish makes a group with one member and a plan of one reading.
func furnish(t *testing.T, db *storage.DB) (g reading.GroupID, plan storage.PlanRow, person reading.PersonID) {
	t.Helper()
	ctx := t.Context()
	cadence, err := reading.ParseCadence("tue 19:00")
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(ctx, func(tx *storage.Tx) error {
		if person, err = tx.PersonOf(ctx, "fake", "ana", "Ana"); err != nil {
			return err
		}
		if g, err = tx.AddGroup(ctx, reading.Group{Name: "Readers", Zone: "UTC", Language: "en"}, person); err != nil {
			return err
		}
		due := reading.DateTime{Date: reading.DateOf(tx.Now, tx.Now.Location())}
		plan = storage.PlanRow{Plan: reading.Plan{Group: g, Name: "Plan", State: reading.Published, Cadence: cadence, Zone: "UTC", Start: due.Date,
			Readings: []reading.Reading{{N: 1, State: reading.Ahead, Due: reading.Occurrence{Local: due, Zone: "UTC", At: tx.Now}, Portions: []reading.Portion{{Work: 1, First: 1, Last: 9, Words: 900}}, Words: 900}}}, Platform: "fake", Room: "a"}
		return tx.AddPlan(ctx, &plan)
	})
	if err != nil {
		t.Fatal(err)
	}
	return g, plan, person
}

// after opens what a power cut left and looks for everything up to the last
// acknowledged transaction.
func after(t *testing.T, path string, acknowledged int64) (lost, damaged int) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	clock := &storagetest.Clock{}
	db, err := storage.Open(ctx, path, storage.Options{Now: clock.Now})
	if err != nil {
		t.Logf("not to be opened: %v", err)
		return 0, 1
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	findings, err := db.Doctor(ctx)
	if err != nil {
		t.Logf("not to be examined: %v", err)
		return 0, 1
	}
	if findings[0].Bad {
		t.Log(findings[0].Text)
		return 0, 1
	}
	err = db.Read(ctx, func(tx *storage.Tx) error {
		ins, err := tx.CheckIns(ctx, 1)
		if err != nil {
			return err
		}
		there := map[int64]bool{}
		for _, c := range ins {
			there[int64(c.Number)] = true
		}
		posts, err := tx.Deliveries(ctx, storage.DeliveryFilter{Limit: 10_000, States: []storage.DeliveryState{storage.Posted}})
		if err != nil {
			return err
		}
		for _, d := range posts {
			var n int64
			if _, err := fmt.Sscanf(d.Message, "post %d", &n); err != nil {
				return err
			}
			there[n] = true
		}
		for n := int64(1); n <= acknowledged; n++ {
			if !there[n] {
				lost = 1
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return lost, damaged
}
