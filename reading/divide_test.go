package reading

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// randomSteps makes a text of up to size passages, some very long, some
// without words, with sections of up to three levels.
func randomSteps(r *rand.Rand, size int) []Step {
	steps := make([]Step, 1+r.IntN(size))
	for i := range steps {
		steps[i].Words = r.IntN(200)
		switch r.IntN(10) {
		case 0:
			steps[i].Words *= 20
		case 1:
			steps[i].Words = 0
		}
		if r.IntN(3) == 0 {
			steps[i].Break = 1 + r.IntN(3)
		}
	}
	return steps
}

// bruteForce is the least cost of any division into n portions.
func bruteForce(steps []Step, n int) float64 {
	least := math.Inf(1)
	var try func(cuts []int)
	try = func(cuts []int) {
		if len(cuts) == n-1 {
			var portions []Range
			from := 0
			for _, c := range append(slices.Clone(cuts), len(steps)) {
				portions = append(portions, Range{from, c})
				from = c
			}
			least = min(least, Cost(steps, portions))
			return
		}
		from := 1
		if len(cuts) > 0 {
			from = cuts[len(cuts)-1] + 1
		}
		for c := from; c < len(steps); c++ {
			try(append(cuts, c))
		}
	}
	try(nil)
	return least
}

// checkPortions holds that portions cover n steps in order, none empty.
func checkPortions(t *testing.T, portions []Range, steps int) {
	t.Helper()
	at := 0
	for _, p := range portions {
		if p.From != at || p.To <= p.From {
			t.Fatalf("%v does not cover %d steps", portions, steps)
		}
		at = p.To
	}
	if at != steps {
		t.Fatalf("%v does not cover %d steps", portions, steps)
	}
}

func TestDivideIsOptimal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 1500 {
		steps := randomSteps(r, 12)
		n := 1 + r.IntN(len(steps))
		portions := Divide(steps, n)
		checkPortions(t, portions, len(steps))
		if len(portions) != n {
			t.Fatalf("%d portions, not %d", len(portions), n)
		}
		got, want := Cost(steps, portions), bruteForce(steps, n)
		if got > want*(1+1e-12)+1e-12 {
			t.Fatalf("%v into %d: %v costs %v, the best %v", steps, n, portions, got, want)
		}
		if again := Divide(steps, n); !slices.Equal(again, portions) {
			t.Fatalf("%v, and then %v", portions, again)
		}
	}
}

// TestDivideLonger compares with the plain method, which tries every last cut.
func TestDivideLonger(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 60 {
		steps := randomSteps(r, 160)
		n := 1 + r.IntN(min(len(steps), 30))
		sums := lengths(steps)
		mean := float64(sums[len(steps)]) / float64(n)
		best := make([]float64, len(steps)+1)
		for i := range best {
			best[i] = math.Inf(1)
		}
		best[0] = 0
		for range n {
			row := make([]float64, len(steps)+1)
			for i := range row {
				row[i] = math.Inf(1)
				for j := range i {
					c := best[j] + square(float64(sums[i]-sums[j])/mean-1)
					if j > 0 {
						c += cutCost(steps[j-1].Break)
					}
					row[i] = min(row[i], c)
				}
			}
			best = row
		}
		if got, want := Cost(steps, Divide(steps, n)), best[len(steps)]; math.Abs(got-want) > 1e-9 {
			t.Fatalf("%d steps into %d: %v, want %v", len(steps), n, got, want)
		}
	}
}

func TestDivideEdges(t *testing.T) {
	if got := Divide(nil, 1); got != nil {
		t.Errorf("nothing into 1: %v", got)
	}
	three := make([]Step, 3) // without words
	for n, want := range map[int][]Range{0: nil, -1: nil, 4: nil, 1: {{0, 3}}, 3: {{0, 1}, {1, 2}, {2, 3}}} {
		if got := Divide(three, n); !slices.Equal(got, want) {
			t.Errorf("three into %d: %v, want %v", n, got, want)
		}
	}
	if got := Divide([]Step{{Words: 10}, {Words: 1_000_000}, {Words: 10}}, 3); len(got) != 3 {
		t.Errorf("a giant in the middle: %v", got)
	}
}

func TestDividePrefersSections(t *testing.T) {
	// Four sections of ten: the cuts fall at their ends, though one of the
	// sections is a fifth longer than another.
	var steps []Step
	for s := range 4 {
		for p := range 10 {
			st := Step{Words: 100 + 10*(s%2)}
			if p == 9 {
				st.Break = 1
			}
			steps = append(steps, st)
		}
	}
	if got, want := Divide(steps, 4), []Range{{0, 10}, {10, 20}, {20, 30}, {30, 40}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// Where no section ends, the lengths decide.
	for i := range steps {
		steps[i] = Step{Words: 100}
	}
	steps[1].Break = 1
	if got, want := Divide(steps, 2), []Range{{0, 20}, {20, 40}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// Of two ends equally far off, the outer section's is taken.
	steps[18].Break, steps[20].Break = 2, 1
	if got, want := Divide(steps, 2), []Range{{0, 21}, {21, 40}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestByWords(t *testing.T) {
	steps := make([]Step, 54)
	for i := range steps {
		steps[i].Words = 100
	}
	for words, want := range map[int]int{1000: 5, 2000: 3, 900: 6, 5400: 1, 9999999: 1, 100: 54, 1: 54, 0: 0} {
		got := ByWords(steps, words)
		if len(got) != want {
			t.Errorf("%d words at a time: %d portions, want %d", words, len(got), want)
		}
	}
}

func TestBySections(t *testing.T) {
	steps := []Step{{1, 2}, {1, 0}, {1, 1}, {1, 0}, {1, 3}, {1, 0}}
	if got, want := BySections(steps, 0), []Range{{0, 1}, {1, 3}, {3, 5}, {5, 6}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := BySections(steps, 1), []Range{{0, 3}, {3, 6}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := BySections(nil, 0); got != nil {
		t.Errorf("got %v", got)
	}
}

// BenchmarkDivide is a book of 5,000 passages in a year of weeks.
func BenchmarkDivide(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	steps := make([]Step, 5000)
	for i := range steps {
		steps[i].Words = 20 + r.IntN(200)
		if r.IntN(20) == 0 {
			steps[i].Break = 1 + r.IntN(3)
		}
	}
	for b.Loop() {
		Divide(steps, 52)
	}
}

// bookSteps is the shape of a real book: 127 passages of up to 3,000 words in
// six parts, most of their sections short beside a portion.
func bookSteps(t testing.TB) []Step {
	t.Helper()
	b, err := os.ReadFile("testdata/book.txt")
	if err != nil {
		t.Fatal(err)
	}
	var steps []Step
	for line := range strings.Lines(string(b)) {
		var s Step
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscan(line, &s.Words, &s.Break); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, s)
	}
	return steps
}

// TestDivideBook holds that the cost is tuned for real books: where every cut
// can fall at the end of a section at a small price, it does.
func TestDivideBook(t *testing.T) {
	steps := bookSteps(t)
	sums := lengths(steps)
	for n, most := range map[int]float64{4: 0.10, 8: 0.10, 12: 0.10, 16: 0.15} {
		portions := Divide(steps, n)
		checkPortions(t, portions, len(steps))
		mean := float64(sums[len(steps)]) / float64(n)
		for i, p := range portions {
			if i > 0 && steps[p.From-1].Break == 0 {
				t.Errorf("into %d: portion %d begins inside a section", n, i+1)
			}
			if off := float64(sums[p.To]-sums[p.From])/mean - 1; math.Abs(off) > most {
				t.Errorf("into %d: portion %d is %.1f %% off the mean", n, i+1, 100*off)
			}
		}
	}
}
