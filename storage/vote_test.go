package storage_test

import (
	"slices"
	"testing"
	"time"

	"lectern/reading"
	"lectern/storage"
	"lectern/storage/storagetest"
)

// Of one who may choose one thing alone, the newest choice counts; taking it
// back leaves the one that still stands at the post. What is said takes the
// place of all of it.
func TestBallots(t *testing.T) {
	db := storagetest.Open(t)
	ctx := t.Context()
	write := func(fn func(tx *storage.Tx) error) {
		t.Helper()
		if err := db.Write(ctx, fn); err != nil {
			t.Fatal(err)
		}
	}
	var ana, ben reading.PersonID
	one := reading.Vote{Question: "Which?", Choices: []string{"A", "B", "C"}, Asked: time.UnixMilli(0), Closes: time.Now().Add(time.Hour)}
	several := reading.Vote{Question: "Which ones?", Choices: []string{"A", "B", "C"}, Several: true, Asked: time.UnixMilli(0), Closes: one.Closes}
	write(func(tx *storage.Tx) (err error) {
		if ana, err = tx.PersonOf(ctx, "fake", "ana", "Ana"); err != nil {
			return err
		}
		if ben, err = tx.PersonOf(ctx, "fake", "ben", "Ben"); err != nil {
			return err
		}
		g, err := tx.AddGroup(ctx, reading.Group{Name: "Readers", Zone: "Europe/London", Language: "en"}, ana)
		if err != nil {
			return err
		}
		one.Group, several.Group = g, g
		if err = tx.AddVote(ctx, &one, ana); err != nil {
			return err
		}
		return tx.AddVote(ctx, &several, ana)
	})
	if one.N != 1 || several.N != 2 {
		t.Fatalf("they are numbered %d and %d", one.N, several.N)
	}
	for i, step := range []struct {
		do                func(tx *storage.Tx, v reading.VoteID) error
		one, several      []int // counts
		oneOf, severalOf  []int // Ana's choices
		voters, anyVoters int
	}{
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Mark(ctx, v, ana, 1) }, []int{1, 0, 0}, []int{1, 0, 0}, []int{1}, []int{1}, 1, 1},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Mark(ctx, v, ana, 3) }, []int{0, 0, 1}, []int{1, 0, 1}, []int{3}, []int{1, 3}, 1, 1},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Mark(ctx, v, ben, 2) }, []int{0, 1, 1}, []int{1, 1, 1}, []int{3}, []int{1, 3}, 2, 2},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Unmark(ctx, v, ana, 3) }, []int{1, 1, 0}, []int{1, 1, 0}, []int{1}, []int{1}, 2, 2},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Cast(ctx, v, ana, []int{2}) }, []int{0, 2, 0}, []int{0, 2, 0}, []int{2}, []int{2}, 2, 2},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Unmark(ctx, v, ana, 2) }, []int{0, 2, 0}, []int{0, 2, 0}, []int{2}, []int{2}, 2, 2}, // it was said, and stands nowhere
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Mark(ctx, v, ana, 1) }, []int{1, 1, 0}, []int{1, 2, 0}, []int{1}, []int{1, 2}, 2, 2},
		{func(tx *storage.Tx, v reading.VoteID) error { return tx.Cast(ctx, v, ana, nil) }, []int{0, 1, 0}, []int{0, 1, 0}, nil, nil, 1, 1},
	} {
		write(func(tx *storage.Tx) error {
			if err := step.do(tx, one.ID); err != nil {
				return err
			}
			return step.do(tx, several.ID)
		})
		err := db.Read(ctx, func(tx *storage.Tx) error {
			for _, x := range []struct {
				v            *reading.Vote
				counts, mine []int
				voters       int
			}{{&one, step.one, step.oneOf, step.voters}, {&several, step.several, step.severalOf, step.anyVoters}} {
				counts, voters, err := tx.CountVotes(ctx, x.v)
				if err != nil {
					return err
				}
				mine, err := tx.ChoicesOf(ctx, x.v.ID, ana)
				if err != nil {
					return err
				}
				if !slices.Equal(counts, x.counts) || voters != x.voters || !slices.Equal(mine, x.mine) {
					t.Errorf("step %d of vote %d: %v by %d, Ana %v; want %v by %d, Ana %v", i, x.v.N, counts, voters, mine, x.counts, x.voters, x.mine)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
