package commands

import (
	"errors"
	"testing"

	"lectern/library"
)

// The outlines that were asked for last are kept, as many as fit, and one that
// is larger than all of the room is kept alone.
func TestOutlinesAreKeptWithinBounds(t *testing.T) {
	var c outlines
	opened := map[int64]int{}
	open := func(text int64, passages int) {
		t.Helper()
		e := &library.Entry{Text: text}
		o, err := c.open(e, func() (*library.Outline, error) {
			opened[text]++
			return &library.Outline{Passages: make([]library.Spot, passages)}, nil
		})
		if err != nil || len(o.Passages) != passages {
			t.Fatalf("text %d: %v, %v", text, o, err)
		}
	}
	const half = maxSpots / 2
	open(1, half)
	open(2, half)
	open(1, half)
	open(3, half) // 2 has to go: it was asked for before 1
	open(1, half)
	open(2, half)
	if opened[1] != 1 || opened[2] != 2 || opened[3] != 1 {
		t.Errorf("opened %v", opened)
	}
	open(4, 3*maxSpots)
	open(4, 3*maxSpots)
	if opened[4] != 1 || c.recent.Len() != 1 || c.spots != 3*maxSpots {
		t.Errorf("opened %v, %d kept with %d passages", opened, c.recent.Len(), c.spots)
	}
	open(1, half)
	if c.recent.Len() != 1 || c.spots != half {
		t.Errorf("%d kept with %d passages", c.recent.Len(), c.spots)
	}
	broken := errors.New("broken")
	if _, err := c.open(&library.Entry{Text: 5}, func() (*library.Outline, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
	open(5, 1)
}
