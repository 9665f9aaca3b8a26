package storage_test

import (
	"testing"
	"time"

	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// A button carries the number of a plan or a question; whatever it was about
// is gone for good when it is gone.
func TestNumbersDoNotComeAgain(t *testing.T) {
	db := storagetest.Open(t)
	ctx := t.Context()
	cadence, err := reading.ParseCadence("tue 19:00")
	if err != nil {
		t.Fatal(err)
	}
	var g reading.GroupID
	add := func(tx *storage.Tx) (plan reading.PlanID, prompt int64, err error) {
		p := storage.PlanRow{Plan: reading.Plan{Group: g, Name: "Plan", State: reading.Draft, Cadence: cadence, Zone: "UTC", Start: reading.DateOf(tx.Now, time.UTC),
			Readings: []reading.Reading{{N: 1, State: reading.Ahead, Portions: []reading.Portion{{Work: 1, First: 1, Last: 9, Words: 900}}, Words: 900}}}, Platform: "fake", Room: "a"}
		if err := tx.AddPlan(ctx, &p); err != nil {
			return 0, 0, err
		}
		q := storage.Prompt{Plan: p.ID, Reading: p.Readings[0].ID, Text: "Why?"}
		err = tx.AddPrompt(ctx, &q)
		return p.ID, q.ID, err
	}
	err = db.Write(ctx, func(tx *storage.Tx) error {
		ana, err := tx.PersonOf(ctx, "fake", "ana", "Ana")
		if err != nil {
			return err
		}
		if g, err = tx.AddGroup(ctx, reading.Group{Name: "Readers", Zone: "UTC", Language: "en"}, ana); err != nil {
			return err
		}
		plan, prompt, err := add(tx)
		if err != nil {
			return err
		}
		if err := tx.DropPlan(ctx, plan); err != nil {
			return err
		}
		again, another, err := add(tx)
		if err == nil && (again == plan || another == prompt) {
			t.Errorf("plan %d came again as %d, question %d as %d", plan, again, prompt, another)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
