package importer_test

import (
	"fmt"
	"strings"
	"testing"
)

// Items that begin with two stars are no notes, though two stars hang on a word
// somewhere else in the text.
func TestItemsOfTwoStarsAreNoNotes(t *testing.T) {
	var b strings.Builder
	b.WriteString("What Is New in the Lamp\n\nby Vera Holm\n\nThe lamp can be trimmed with lamp** or with any other tool that the keeper has at hand.\n\n")
	for n := range 6 {
		fmt.Fprintf(&b, "** The wick of tower %d is cut by the keeper and not by the boatman, as it\nwas before.\n\n", n)
	}
	b.WriteString("That is all of it.\n")
	w := mustRead(t, "x.txt", b.String())
	sameWords(t, b.String(), w)
	if n := w.Counts(); n.Notes != 0 || n.Passages != 8 {
		t.Errorf("%d notes and %d passages, want 0 and 8", n.Notes, n.Passages)
	}
}
