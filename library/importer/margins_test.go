package importer_test

import (
	"fmt"
	"strings"
	"testing"
)

// Numbers at the margin of a few lines in a long text count none of its lines.
func TestFewNumbersAtTheMarginCountNoLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("The Manual of the Lamp\n\nby Vera Holm\n\n")
	for n := range 40 {
		fmt.Fprintf(&b, "The lamp of tower %d is lit at four in the winter and at nine in the\nsummer, and it burns until the sun can be seen from the gallery.\n\n", n)
	}
	b.WriteString("    oil                    1\n    wick                   2\n    glass                  3\n    chain                  4\n\nThat is all of it.\n")
	w := mustRead(t, "x.txt", b.String())
	sameWords(t, b.String(), w)
	if w.Scheme != "" || len(w.LeftOut) > 0 {
		t.Errorf("the text is cited by %q, left out %v", w.Scheme, w.LeftOut)
	}
}
