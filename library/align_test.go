package library_test

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"lectern/library"
	"lectern/library/importer"
	"lectern/sample"
)

// A page is a passage whose words know where they come from.
type page []word

type word struct {
	text string
	from int // the passage before, -1 for a word that is new
	copy int // of such a word: one more than the passage that it is copied from
}

func (p page) text() string {
	var b strings.Builder
	for i, w := range p {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(w.text)
	}
	return b.String()
}

// A speaker makes words as frequent as words are (Zipf).
type speaker struct {
	rng   *rand.Rand
	words []string
	sums  []float64
}

func newSpeaker(rng *rand.Rand) *speaker {
	s := &speaker{rng: rng}
	syllables := strings.Fields("ba de ki lo mu na pe ri so tu va we xi yo zu an er in or us st ch th pl gr")
	sum := 0.0
	for i := range 4000 {
		var b strings.Builder
		for range 1 + min(i/20, 1) + rng.IntN(3) {
			b.WriteString(syllables[rng.IntN(len(syllables))])
		}
		s.words = append(s.words, b.String())
		sum += 1 / math.Pow(float64(i)+2.7, 1.05)
		s.sums = append(s.sums, sum)
	}
	return s
}

func (s *speaker) word() string {
	x := s.rng.Float64() * s.sums[len(s.sums)-1]
	lo, hi := 0, len(s.sums)-1
	for lo < hi {
		if mid := (lo + hi) / 2; s.sums[mid] < x {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return s.words[lo]
}

func (s *speaker) some(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s.word()
	}
	return out
}

// formula is a sentence that comes again and again with some words changed.
func (s *speaker) formula(frame []string) []string {
	out := append([]string(nil), frame...)
	for range 1 + len(out)/6 {
		out[s.rng.IntN(len(out))] = s.word()
	}
	return out
}

// speech is a text made by chance, with short passages and formulas in it.
func (s *speaker) speech() [][]string {
	var out [][]string
	var frames [][]string
	for range 3 {
		frames = append(frames, s.some(6+s.rng.IntN(20)))
	}
	for range 30 + s.rng.IntN(90) {
		switch k := s.rng.IntN(20); {
		case k < 3:
			out = append(out, s.some(1+s.rng.IntN(5)))
		case k < 6:
			out = append(out, s.formula(frames[s.rng.IntN(len(frames))]))
		case k < 16:
			out = append(out, s.some(8+s.rng.IntN(70)))
		default:
			out = append(out, s.some(80+s.rng.IntN(250)))
		}
	}
	return out
}

// corrected is a text with so many of its words changed, and passages moved,
// split, merged, taken out and put in.
func corrected(rng *rand.Rand, s *speaker, before [][]string, rate float64) []page {
	var pages []page
	for i, words := range before {
		var p page
		for _, w := range words {
			if rng.Float64() >= rate {
				p = append(p, word{text: w, from: i})
				continue
			}
			switch k := rng.IntN(10); {
			case k < 7:
				if x := s.word(); x == w { // no change at all
					p = append(p, word{text: w, from: i})
				} else {
					p = append(p, word{text: x, from: -1})
				}
			case k < 8:
				p = append(p, word{text: w, from: i}, word{text: s.word(), from: -1})
			}
		}
		pages = append(pages, p)
	}
	times := 1 + int(float64(len(pages))*rate/2)
	for range times {
		n := len(pages)
		if n < 4 {
			break
		}
		switch rng.IntN(5) {
		case 0: // a section moves
			from := rng.IntN(n)
			to := min(n, from+1+rng.IntN(8))
			block := append([]page(nil), pages[from:to]...)
			rest := append(append([]page(nil), pages[:from]...), pages[to:]...)
			at := rng.IntN(len(rest) + 1)
			pages = append(append(append([]page(nil), rest[:at]...), block...), rest[at:]...)
		case 1: // a passage is cut up
			i := rng.IntN(n)
			if len(pages[i]) < 2 {
				continue
			}
			at := 1 + rng.IntN(len(pages[i])-1)
			pages = append(pages[:i:i], append([]page{pages[i][:at:at], pages[i][at:]}, pages[i+1:]...)...)
		case 2: // two are put together
			i := rng.IntN(n - 1)
			both := append(append(page(nil), pages[i]...), pages[i+1]...)
			pages = append(pages[:i:i], append([]page{both}, pages[i+2:]...)...)
		case 3: // one is taken out
			i := rng.IntN(n)
			pages = append(pages[:i:i], pages[i+1:]...)
		case 4: // one is put in
			i := rng.IntN(n + 1)
			var p page
			for _, w := range s.some(1 + rng.IntN(60)) {
				p = append(p, word{text: w, from: -1})
			}
			pages = append(pages[:i:i], append([]page{p}, pages[i:]...)...)
		}
	}
	out := pages[:0]
	for _, p := range pages {
		if len(p) > 0 {
			out = append(out, p)
		}
	}
	return out
}

func workOf(texts []string) *library.Work {
	w := &library.Work{Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for _, t := range texts {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: t})
	}
	w.Number()
	return w
}

// A tally counts how anchors fared.
type tally struct{ should, kept, wrong, merged, followed int }

// judge compares what Align did with where each word is known to come from.
func (t *tally) judge(before [][]string, pages []page, old, now *library.Work, m library.Matching, complain func(string, ...any)) {
	index := map[library.Anchor]int{}
	copies := map[string]int{}
	for i := range old.Passages {
		index[old.Passages[i].Anchor] = i
		copies[old.Passages[i].Text]++
	}
	// A copy that says more of a passage than what it became cannot be told from
	// it, and one that says half of it is it, where it became nothing.
	passes := func(i, j, home int) bool {
		if !slices.ContainsFunc(pages[j], func(w word) bool { return w.copy > 0 }) {
			return false
		}
		if old.Passages[i].Text == now.Passages[j].Text {
			return true
		}
		n := common(before[i], pages[j])
		return home < 0 && 2*n >= len(before[i]) || home >= 0 && n > common(before[i], pages[home])
	}
	again := map[string]int{}
	for j := range now.Passages {
		again[now.Passages[j].Text]++
	}
	kept := make([]map[int]int, len(pages)) // of each passage before, in each now
	home := make([]int, len(before))
	for i := range home {
		home[i] = -1
	}
	half := func(i, n int) bool { return 2*n >= len(before[i]) }
	for j, p := range pages {
		kept[j] = map[int]int{}
		for _, w := range p {
			if w.from >= 0 {
				kept[j][w.from]++
			}
		}
	}
	tied := map[int]bool{}
	for j := range pages {
		for i, n := range kept[j] {
			if half(i, n) {
				if home[i] >= 0 {
					tied[i] = true // cut into equal halves
				}
				home[i] = j
			}
		}
	}
	for j := range pages {
		var all []int
		most := 0
		for i, n := range kept[j] {
			if half(i, n) {
				all = append(all, i)
				most = max(most, len(before[i]))
			}
		}
		is, borne := index[now.Passages[j].Anchor]
		dup := again[now.Passages[j].Text] > 1 || borne && copies[old.Passages[is].Text] > 1
		for _, i := range all {
			if copies[old.Passages[i].Text] > 1 || dup || tied[i] {
				continue
			}
			if len(before[i]) < most {
				t.merged++
				if m.Moved[old.Passages[i].Anchor] == now.Passages[j].Anchor {
					t.followed++
				}
				continue
			}
			twins := 0
			for _, k := range all {
				if len(before[k]) == most {
					twins++
				}
			}
			if twins > 1 {
				continue
			}
			t.should++
			if borne && is == i {
				t.kept++
			}
		}
		if dup || !borne {
			continue
		}
		if passes(is, j, home[is]) {
			continue
		}
		if kept[j][is] == 0 || home[is] >= 0 && home[is] != j && !tied[is] || len(all) > 0 && len(before[is]) < most {
			t.wrong++
			for _, i := range all {
				complain("  of %d (%d words) it keeps %d; now at %d, Moved %v: %.300s", i, len(before[i]), kept[j][i], m.Now[i], m.Moved[old.Passages[i].Anchor], old.Passages[i].Text)
			}
			complain("the anchor of %d went to %d (which keeps %d of %d words; it should be at %d):\n  %.200s\n  %.200s", is, j, kept[j][is], len(before[is]), home[is], old.Passages[is].Text, now.Passages[j].Text)
		}
	}
	for i := range old.Passages {
		to, ok := m.Moved[old.Passages[i].Anchor]
		if !ok || copies[old.Passages[i].Text] > 1 {
			continue
		}
		for j := range now.Passages {
			if now.Passages[j].Anchor == to && kept[j][i] == 0 && !passes(i, j, home[i]) {
				t.wrong++
				complain("the anchor of %d was moved to %d, which has none of its words; it should be at %d:\n  %.200s\n  %.200s", i, j, home[i], old.Passages[i].Text, now.Passages[j].Text)
			}
		}
	}
}

// common is how many words a passage has in common with a page, in order.
func common(p []string, q page) int {
	row := make([]int, len(q)+1)
	for _, w := range p {
		last := 0
		for k := range q {
			above := row[k+1]
			if q[k].text == w {
				row[k+1] = last + 1
			} else {
				row[k+1] = max(above, row[k])
			}
			last = above
		}
	}
	return row[len(q)]
}

func (t *tally) add(o tally) {
	t.should += o.should
	t.kept += o.kept
	t.wrong += o.wrong
	t.merged += o.merged
	t.followed += o.followed
}

// realTexts are the sample, and the texts beside the project where they are.
func realTexts(t testing.TB) (out [][][]string) {
	add := func(name string, text string) {
		w, err := importer.Read(t.Context(), name, strings.NewReader(text), importer.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var words [][]string
		for i := range w.Passages {
			words = append(words, strings.Fields(w.Passages[i].Text))
		}
		out = append(out, words)
	}
	add(sample.HandbookName, sample.Handbook())
	files, _ := filepath.Glob("../../shared/texts/*.txt")
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		add(f, string(b))
	}
	return out
}

var (
	seeds    = flag.Int("seeds", usualSeeds, "how many texts TestAnchorsSurvive corrects at each rate")
	seedFrom = flag.Int("seed-from", 0, "the first of them")
)

func TestAnchorsSurvive(t *testing.T) {
	books := realTexts(t)
	survive(t, [3]float64{0.999, 0.99, 0.95}, func(rng *rand.Rand, seed int, rate float64) ([][]string, []page) {
		s := newSpeaker(rng)
		before := s.speech()
		if k := seed % 50; k < len(books) {
			before = books[k]
		}
		return before, corrected(rng, s, before, rate)
	})
}

// The same with other texts and other corrections, which mislead on purpose.
func TestAnchorsSurviveRevision(t *testing.T) {
	books := realTexts(t)
	survive(t, [3]float64{0.99, 0.98, 0.90}, func(rng *rand.Rand, seed int, rate float64) ([][]string, []page) {
		before := speeches(rng)
		if k := seed % 20; k < len(books) {
			before = books[k]
		}
		return before, revised(rng, before, rate)
	})
}

// survive corrects texts at three rates and counts what became of the anchors.
func survive(t *testing.T, want [3]float64, revise func(rng *rand.Rand, seed int, rate float64) (before [][]string, now []page)) {
	for k, rate := range []float64{0.01, 0.05, 0.20} {
		t.Run(fmt.Sprint(rate), func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var total tally
			var wg sync.WaitGroup
			for lane := range 2 {
				wg.Go(func() {
					for seed := *seedFrom + lane; seed < *seedFrom+*seeds; seed += 2 {
						rng := rand.New(rand.NewPCG(uint64(seed), uint64(rate*100)))
						before, pages := revise(rng, seed, rate)
						var was, is []string
						for _, w := range before {
							was = append(was, strings.Join(w, " "))
						}
						for _, p := range pages {
							is = append(is, p.text())
						}
						old, now := workOf(was), workOf(is)
						library.SetAnchors(old)
						m := library.Align(old, now, nil)
						var one tally
						one.judge(before, pages, old, now, m, func(format string, args ...any) { t.Errorf("seed %d: "+format, append([]any{seed}, args...)...) })
						mu.Lock()
						total.add(one)
						mu.Unlock()
					}
				})
			}
			wg.Wait()
			got := float64(total.kept) / float64(total.should)
			t.Logf("%d of %d anchors kept (%.5f), %d wrong; of those merged into a larger one %d of %d followed (%.4f)",
				total.kept, total.should, got, total.wrong, total.followed, total.merged, float64(total.followed)/float64(max(1, total.merged)))
			if got < want[k] {
				t.Errorf("%.5f kept, want %.3f", got, want[k])
			}
		})
	}
}

// Texts that Align must survive: none, all the same, and words without letters.
func TestAlignOddTexts(t *testing.T) {
	many := func(s string, n int) (out []string) {
		for range n {
			out = append(out, s)
		}
		return out
	}
	texts := [][]string{nil, {""}, {"* * *"}, many("* * *", 300), many("the same words each time", 300), {"革命の前夜", "人民は革命を"}, {"a", "b", "c"},
		{strings.Repeat("word ", 20000)}, many("", 50)}
	for i, x := range texts {
		for j, y := range texts {
			old, now := workOf(x), workOf(y)
			library.SetAnchors(old)
			m := library.Align(old, now, map[library.Anchor]bool{})
			seen := map[library.Anchor]bool{}
			for k := range now.Passages {
				a := now.Passages[k].Anchor
				if a == "" || seen[a] {
					t.Fatalf("%d to %d: passage %d bears the anchor %q, which is empty or borne twice", i, j, k, a)
				}
				seen[a] = true
			}
			if len(m.Now) != len(x) || len(m.Before) != len(y) {
				t.Fatalf("%d to %d: %d and %d places", i, j, len(m.Now), len(m.Before))
			}
			if i == j {
				for k := range old.Passages {
					if now.Passages[k].Anchor != old.Passages[k].Anchor {
						t.Errorf("text %d against itself: passage %d lost its anchor", i, k)
						break
					}
				}
			}
		}
	}
}

// What a person would do to a text, and what becomes of each anchor.
func TestAlign(t *testing.T) {
	const (
		one   = "The first meeting was held in the back room of a shop that sold lamps."
		two   = "Nobody took minutes, and so what we know of it comes from a letter."
		three = "The letter was written eleven years later by a woman who had been the youngest there. She remembered the lamps best of all."
		four  = "They agreed to read one chapter in a week."
	)
	for _, c := range []struct {
		name        string
		before, now []string
		want        []int // which passage before each one now is, -1 for a new one
		moved       map[int]int
		lost        []int
	}{
		{"the same", []string{one, two, three}, []string{one, two, three}, []int{0, 1, 2}, nil, nil},
		{"a word is mended", []string{one, two, three}, []string{one, strings.Replace(two, "minutes", "notes", 1), three}, []int{0, 1, 2}, nil, nil},
		{"one is put in", []string{one, two, three}, []string{one, four, two, three}, []int{0, -1, 1, 2}, nil, nil},
		{"one is taken out", []string{one, two, three}, []string{one, three}, []int{0, 2}, nil, []int{1}},
		{"one takes another's place", []string{one, two, three}, []string{one, four, three}, []int{0, -1, 2}, nil, []int{1}},
		{"they change places", []string{one, two, three, four}, []string{three, four, one, two}, []int{2, 3, 0, 1}, nil, nil},
		{"two are put together", []string{one, two, three}, []string{one, two + " " + three}, []int{0, 2}, map[int]int{1: 1}, nil},
		{"one is cut up", []string{one, three, four}, []string{one, "The letter was written eleven years later by a woman who had been the youngest there.", "She remembered the lamps best of all.", four}, []int{0, 1, -1, 2}, nil, nil},
		{"copies stay in their order", []string{one, "* * *", two, "* * *", three}, []string{one, "* * *", two, "* * *", three}, []int{0, 1, 2, 3, 4}, nil, nil},
		{"a copy is taken out", []string{one, "* * *", two, "* * *", three}, []string{one, two, "* * *", three}, []int{0, 2, 3, 4}, nil, []int{1}},
		{"a copy stands elsewhere, and it was taken into another", []string{one, two, three, four}, []string{one, two + " " + three, four, strings.Replace(two, "minutes", "notes", 1)}, []int{0, 2, 3, -1}, map[int]int{1: 1}, nil},
		{"one of twins, and which cannot be told", []string{one, "Chapter the first, read aloud by Ada.", two, "Chapter the first, read aloud by Ben.", three}, []string{"Chapter the first, read aloud by all.", one, two, three}, []int{-1, 0, 2, 4}, nil, []int{1, 3}},
		{"two that have words of it by turns are no pieces of it", []string{one, "the oldest lamp hung over their door", two, three}, []string{one, "lamp hung over", two, "the oldest clock in door", three}, []int{0, -1, 2, -1, 3}, nil, []int{1}},
		{"one that could be it keeps it from being followed elsewhere", []string{one, "red lamps were lit along quays", two, three}, []string{one, "red lamps nobody lit before quays", two, three + " red lamps were lit along quays"}, []int{0, -1, 2, 3}, nil, []int{1}},
		{"a formula that stayed is no rival of another that was cut", []string{one, "Resolved, by the meeting, that lamps be bought and trimmed at once.", two, "Resolved, by the meeting, that lamps be lit and trimmed daily at the expense of all.", three}, []string{one, "Resolved, by the meeting, that lamps be bought and trimmed at once.", two, "Resolved, by the meeting, that lamps be lit and trimmed", "daily at the expense of all.", three}, []int{0, 1, 2, 3, -1, 4}, nil, nil},
		{"another book", []string{one, two}, []string{four, "Lamps are not cheap."}, []int{-1, -1}, nil, []int{0, 1}},
	} {
		old, now := workOf(c.before), workOf(c.now)
		library.SetAnchors(old)
		m := library.Align(old, now, nil)
		at := map[library.Anchor]int{}
		for i := range old.Passages {
			at[old.Passages[i].Anchor] = i
		}
		for j := range now.Passages {
			is, ok := at[now.Passages[j].Anchor]
			if !ok {
				is = -1
			}
			if is != c.want[j] {
				t.Errorf("%s: passage %d now has the anchor of %d, want %d", c.name, j, is, c.want[j])
			}
		}
		if len(m.Moved) != len(c.moved) {
			t.Errorf("%s: moved %v, want %v", c.name, m.Moved, c.moved)
		}
		for i, j := range c.moved {
			if m.Moved[old.Passages[i].Anchor] != now.Passages[j].Anchor {
				t.Errorf("%s: the anchor of %d does not mean %d", c.name, i, j)
			}
		}
		if !slices.Equal(m.Lost, c.lost) {
			t.Errorf("%s: lost %v, want %v", c.name, m.Lost, c.lost)
		}
	}
}

// A text that says again what another passage said before it was changed gets an
// anchor of its own.
func TestAlignGivesNoAnchorTwice(t *testing.T) {
	first := workOf([]string{"The lamp was lit at seven in the evening.", "Nobody spoke of it again."})
	library.SetAnchors(first)
	second := workOf([]string{"The lamp was lit at eight in the evening.", "Nobody spoke of it again."})
	library.Align(first, second, nil)
	third := workOf([]string{"The lamp was lit at seven in the evening.", "The lamp was lit at eight in the evening.", "Nobody spoke of it again."})
	library.Align(second, third, nil)
	if third.Passages[0].Anchor == third.Passages[1].Anchor {
		t.Fatal("two passages bear one anchor")
	}
	if third.Passages[1].Anchor != first.Passages[0].Anchor {
		t.Error("the passage lost its anchor")
	}
}

func BenchmarkAlign(b *testing.B) {
	for _, c := range []struct {
		name string
		rate float64
	}{{"same", 0}, {"1%", 0.01}, {"5%", 0.05}, {"20%", 0.2}, {"another", 1}} {
		b.Run(c.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(1, 2))
			s := newSpeaker(rng)
			var before [][]string
			for len(before) < 5000 {
				before = append(before, s.speech()...)
			}
			before = before[:5000]
			var was, is []string
			for _, w := range before {
				was = append(was, strings.Join(w, " "))
			}
			for _, p := range corrected(rng, s, before, c.rate) {
				is = append(is, p.text())
			}
			old := workOf(was)
			library.SetAnchors(old)
			for b.Loop() {
				now := workOf(is)
				library.Align(old, now, nil)
			}
		})
	}
}
