package quote

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// shelf is one work for each list of passages; ids of the w-th begin at 100w+1.
func shelf(works ...[]string) *Finder {
	m := &Memory{}
	for w, passages := range works {
		for i, p := range passages {
			m.Add(int64(w), int64(100*w+i+1), p)
		}
	}
	m.Build()
	return whole(m)
}

func find(t *testing.T, f *Finder, q string) Answer {
	t.Helper()
	a, err := f.Find(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// marked writes pieces down: [-left out-], {+put in+}.
func marked(s *Spot) string {
	var b strings.Builder
	for _, p := range s.Pieces {
		if p.Kind == LeftOut || p.Kind == Changed {
			b.WriteString("[-" + p.Text + "-]")
		} else if p.Kind == Elided {
			b.WriteString("<" + p.Text + ">")
		} else {
			b.WriteString(p.Text)
		}
		if p.Kind == PutIn || p.Kind == Changed {
			b.WriteString("{+" + p.Quoted + "+}")
		}
	}
	return b.String()
}

var lighthouse = []string{
	"The keeper of the lighthouse wrote down every ship that passed, its colours and its hour, for forty years.",
	"Nobody had asked him to. When the book was full he began another, and when the shelf was full he built a second shelf.",
	"In the spring the harbour master came out by boat, read three pages, and went home without a word.",
	"The working-class quarter below the cliff had burned twice; its people knew the light better than the clock.",
}

func TestDifferences(t *testing.T) {
	f := shelf(lighthouse, []string{"A wholly other matter concerns the price of barley in the northern markets, which rose until the autumn."})
	for _, c := range []struct{ name, quote, want string }{
		{"as it stands", "wrote down every ship that passed", "wrote down every ship that passed"},
		{"case and quotation marks", "“WROTE DOWN EVERY SHIP, THAT PASSED”", "wrote down every ship that passed"},
		{"hyphens and soft hyphens", "wrote down ev\u00adery ship that pas-\nsed, its col-\nours", "wrote down every ship that passed, its colours"},
		{"ligatures", "nobody had asked him to. When the book was full he be\u00adgan", "Nobody had asked him to. When the book was full he began"},
		{"a word left out", "wrote down every ship passed, its colours and its hour", "wrote down every ship [-that -]passed, its colours and its hour"},
		{"a word put in", "wrote down every single ship that passed, its colours", "wrote down every {+single+}ship that passed, its colours"},
		{"a word changed", "wrote down every vessel that passed, its colours and its hour", "wrote down every [-ship -]{+vessel+}that passed, its colours and its hour"},
		{"a word put in at the end", "wrote down every ship that passed, its colours tomorrow", "wrote down every ship that passed, its colours{+tomorrow+}"},
		{"misread", "vvrote dovvn everv shlp tbat passcd, its co1ours and its hour", "[-wrote down every ship that passed, -]{+vvrote dovvn everv shlp tbat passcd,+}its [-colours -]{+co1ours+}and its hour"},
		{"split and joined", "wrote down everyship that pas sed, its colours", "wrote down every ship that passed, its colours"},
		{"brackets", "[w]rote down every ship [of the line] that passed, its colours", "wrote down every ship that passed, its colours"},
		{"an ellipsis", "The keeper of the lighthouse … its colours and its hour", "The keeper of the lighthouse <wrote down every ship that passed, >its colours and its hour"},
		{"across passages", "its hour, for forty years. Nobody had asked him to.", "its hour, for forty years.\nNobody had asked him to"},
	} {
		a := find(t, f, c.quote)
		if a.Verdict != Found || len(a.Places) != 1 || len(a.Places[0].Spots) != 1 {
			t.Errorf("%s: %s, %d places", c.name, a.Verdict, len(a.Places))
			continue
		}
		if got := strings.TrimSpace(marked(&a.Places[0].Spots[0])); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// An ellipsis stands for what is next to it before it stands for a page.
func TestEllipsisIsShort(t *testing.T) {
	far := "The dog ran to the river, and barley was sold by the bushel. " + strings.Repeat("Nothing of the kind was seen that year in any town. ", 12)
	f := shelf([]string{far + "Then the dog ran home at last and slept by the stove. " + far + "There was bread, and the cat slept by the stove."})
	for _, c := range []struct{ quote, want string }{
		{"the dog ran home … by the stove", "the dog ran home <at last and slept >by the stove"},
		{"the dog … slept by the stove", "the dog <ran home at last and >slept by the stove"},
	} {
		a := find(t, f, c.quote)
		if a.Verdict != Found || len(a.Places[0].Spots) != 1 {
			t.Errorf("%s: %s %+v", c.quote, a.Verdict, a.Evidence)
			continue
		}
		if got := strings.TrimSpace(marked(&a.Places[0].Spots[0])); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.quote, got, c.want)
		}
	}
}

// Words too short for the index are a formula on a large shelf too.
func TestTooShortForTheIndex(t *testing.T) {
	m := &Memory{}
	line := strings.Repeat("and so it went on as it did of old and ever will, said one to the other. ", 40)
	for id := range int64(1200) {
		m.Add(1, id+1, line)
	}
	m.Build()
	f := whole(m)
	if segs, _ := m.Segments(t.Context()); segs[0].Letters <= scanLetters {
		t.Fatal("the shelf is too small to try this")
	}
	for _, q := range []string{"of", "so it"} {
		if a := find(t, f, q); a.Verdict != TooCommon {
			t.Errorf("%q: %s", q, a.Verdict)
		}
	}
	if a := find(t, f, "xyzzy"); a.Verdict != Absent {
		t.Errorf("xyzzy: %s", a.Verdict)
	}
}

// Of a few damaged words in a text of many the nearest place is seen, however many
// come near.
func TestNearestOfMany(t *testing.T) {
	m, all := prose(11, 1, 600)
	f := whole(m)
	r := rand.New(rand.NewPCG(5, 5))
	right := 0
	const n = 60
	for range n {
		words := strings.Fields(all[0][r.IntN(600)])
		at := r.IntN(len(words) - 6)
		q := strings.Join(words[at:at+5], " ")
		i := r.IntN(len(q))
		a := find(t, f, q[:i]+"x"+q[i:])
		if b := a.Evidence.Best; b != nil && len(b.Spots) > 0 && strings.Contains(b.Spots[0].Passages, q) {
			right++
		}
	}
	if right < n*95/100 {
		t.Errorf("%d of %d", right, n)
	}
}

// Pieces are the stretch of the text, whole and in order, and nothing else.
func TestPiecesAreTheText(t *testing.T) {
	m, all := prose(3, 3, 40)
	f := whole(m)
	r := rand.New(rand.NewPCG(8, 8))
	for range 300 {
		words := strings.Fields(all[r.IntN(3)][r.IntN(40)])
		at := r.IntN(len(words) - 20)
		q := slices.Clone(words[at : at+8+r.IntN(12)])
		for range r.IntN(4) {
			switch i := r.IntN(len(q)); r.IntN(4) {
			case 0:
				q[i] = "nonsense"
			case 1:
				q = slices.Delete(q, i, i+1)
			case 2:
				q = slices.Insert(q, i, "…")
			case 3:
				q[i] += q[r.IntN(len(q))]
			}
		}
		a := find(t, f, strings.Join(q, " "))
		for _, p := range a.Places {
			for _, s := range p.Spots {
				var text strings.Builder
				for _, x := range s.Pieces {
					text.WriteString(x.Text)
				}
				if got, want := text.String(), s.Passages[s.Start:s.End]; strings.TrimSpace(got) != strings.TrimSpace(want) {
					t.Fatalf("%q:\npieces %q\ntext   %q", q, got, want)
				}
			}
		}
	}
}

func TestVerdicts(t *testing.T) {
	formula := make([]string, 40)
	for i := range formula {
		formula[i] = "On the matter of the state and revolution they wrote letter number " + strings.Repeat("x", i+1) + " to the committee that sat in those days."
	}
	f := shelf(lighthouse, formula, lighthouse[1:2])
	for _, c := range []struct {
		quote  string
		want   Verdict
		places int
	}{
		{"The harbour master came out by boat", Found, 1},
		{"When the book was full he began another", Found, 2},
		{"the state and revolution", TooCommon, 0},
		{"The Soviet Union is the greatest achievement of mankind", Absent, 0},
		{"", NoWords, 0},
		{"…!?—", NoWords, 0},
		{"🦀🦀🦀", NoWords, 0},
		{strings.Repeat("a", MaxQuotation+1), TooLong, 0},
		{strings.Repeat("a", 5000), Absent, 0},
	} {
		if a := find(t, f, c.quote); a.Verdict != c.want || len(a.Places) != c.places {
			t.Errorf("%.40q: %s with %d places, want %s with %d", c.quote, a.Verdict, len(a.Places), c.want, c.places)
		}
	}
}

// A few words of which one is replaced, left out or swapped are named where the shelf
// has nothing like them, and no words that merely share some with it.
func TestFewWords(t *testing.T) {
	f := shelf(lighthouse)
	for _, c := range []struct {
		quote string
		want  Verdict
	}{
		{"the harbour commander came out by boat", Found},
		{"harbour master came by boat", Found},
		{"the harbour came master out by boat", Found},
		{"read pages three, and went home", Found},
		{"its people knew the fog better", Found},
		{"came out of the house by night", Absent},
		{"and the people of the harbour", Absent},
		{"for years he was full of words", Absent},
	} {
		a := find(t, f, c.quote)
		if a.Verdict != c.want {
			t.Errorf("%q: %s, want %s (%.2f)", c.quote, a.Verdict, c.want, a.Evidence.sure())
		}
	}
}

// Beside a place that has a quotation none is named that has a few of its words far apart.
func TestNothingByChanceBeside(t *testing.T) {
	apart := strings.Repeat("barley was sold by the bushel in every town of that coast ", 6)
	f := shelf(lighthouse, []string{
		"The guild of that port was made up of coopers and ropemakers, who paid their dues in spring.",
		"They saw the guild of that port rousing coopers and inspiring them; " + apart + "and at last ropemakers.",
	})
	a := find(t, f, "The guild of that port was composed of coopers … ropemakers")
	if a.Verdict != Found || len(a.Places) != 1 {
		t.Errorf("%s, %d places", a.Verdict, len(a.Places))
		for i := range a.Places {
			t.Logf("%.2f %.1f %s", a.Places[i].Score, a.Places[i].Bits, marked(&a.Places[i].Spots[0]))
		}
	}
}

// A word that moved is no word put in and another left out.
func TestMovedWords(t *testing.T) {
	f := shelf(lighthouse)
	a := find(t, f, "the harbour came master out by boat")
	if m := a.Evidence.marks; m.moved != 1 || m.gone != 0 || m.putIn != 0 || m.leftOut != 0 || m.replaced != 0 {
		t.Errorf("marks %+v", m)
	}
	a = find(t, f, "the harbour commander came out by boat")
	if m := a.Evidence.marks; m.replaced != 1 || m.gone != 1 || m.uneven != 0 || m.moved != 0 || m.outside != 0 {
		t.Errorf("marks %+v", m)
	}
	a = find(t, f, "yesterday the harbour master came out by boat")
	if m := a.Evidence.marks; m.outside != 1 || m.gone != 1 || m.replaced != 0 || m.putIn != 0 {
		t.Errorf("marks %+v", m)
	}
}

// A part of which nothing is left, between its neighbours, is none.
func TestPartsWithoutLetters(t *testing.T) {
	words := strings.Fields(strings.Join(lighthouse, " "))
	f := shelf(lighthouse)
	for i := range 400 {
		r := rand.New(rand.NewPCG(9, uint64(i)))
		k := r.IntN(len(words) - 6)
		w := slices.Clone(words[k : k+6])
		w[r.IntN(3)], w[3+r.IntN(2)] = "market", "er"
		q := strings.Join(w[:4], " ") + " … " + w[4+r.IntN(2)]
		a := find(t, f, q)
		for _, p := range a.Places {
			for _, s := range p.Spots {
				if s.Start >= s.End {
					t.Errorf("%q: an empty spot", q)
				}
			}
		}
	}
}

// A shelf is what is looked at, whatever else is in the index.
func TestWithin(t *testing.T) {
	f := shelf(lighthouse, []string{"Barley rose until the autumn, and nobody could say why it had."}, lighthouse)
	f.Within = []Range{{101, 199}}
	if a := find(t, f, lighthouse[0]); a.Verdict != Absent {
		t.Errorf("found on another shelf: %s", a.Verdict)
	}
	f.Within = []Range{{101, 299}}
	if a := find(t, f, lighthouse[0]); a.Verdict != Found || len(a.Places) != 1 || a.Places[0].Spots[0].First != 201 {
		t.Errorf("%+v", a)
	}
}

// Scripts without spaces, without case, with vowels as marks.
func TestScripts(t *testing.T) {
	f := shelf([]string{
		"灯台守は四十年のあいだ、通り過ぎる船の色と時刻をすべて帳面に書きつけた。", "春になると港長が小舟でやって来て、三頁だけ読み、何も言わずに帰って行った。",
	}, []string{
		"灯塔的看守人四十年来把每一艘经过的船都记在本子上,颜色和时刻一样不少。", "春天港务长乘小船前来,读了三页,一言不发地回去了。",
	}, []string{
		"كان حارس المنارة يدوّن كل سفينة تمر أمامه، ألوانها وساعتها، طوال أربعين عامًا.", "وفي الربيع جاء مدير الميناء في قارب وقرأ ثلاث صفحات ثم عاد دون أن ينطق بكلمة.",
	}, []string{
		"Ο φαροφύλακας σημείωνε κάθε πλοίο που περνούσε, τα χρώματα και την ώρα του, για σαράντα χρόνια.", "Την άνοιξη ήρθε ο λιμενάρχης με τη βάρκα, διάβασε τρεις σελίδες και έφυγε χωρίς λέξη.",
	}, []string{
		"Смотритель маяка сорок лет записывал каждый проходивший корабль, его цвета и час.", "Весной приплыл на лодке начальник порта, прочёл три страницы и уехал, не сказав ни слова.",
	}, []string{
		"प्रकाशस्तंभ का रखवाला चालीस वर्षों तक हर गुज़रते जहाज़ का रंग और समय लिखता रहा।", "वसंत में बंदरगाह का अधिकारी नाव से आया, तीन पन्ने पढ़े और बिना कुछ कहे लौट गया।",
	})
	for _, c := range []struct {
		quote string
		id    int64
		want  Verdict
	}{
		{"通り過ぎる船の色と時刻を", 1, Found},
		{"港長が小船でやって来て、三頁だけ読んだ", 2, Found},
		{"每一艘经过的船都写在本子上", 101, Found},
		{"港务长乘小船…一言不发地回去", 102, Found},
		{"حارس المناره يدون كل سفينة تمر", 201, Found},
		{"قرأ ثلاث صفحات ثم عاد دون كلمة", 202, Found},
		{"ΣΗΜΕΙΩΝΕ ΚΑΘΕ ΠΛΟΙΟ ΠΟΥ ΠΕΡΝΟΥΣΕ", 301, Found},
		{"διαβασε τρεις σελιδες κι εφυγε χωρις λεξη", 302, Found},
		{"записывал каждый проходивший карабль, его цвета", 401, Found},
		{"прочел три страницы и уехал не сказав", 402, Found},
		{"चालीस वर्षों तक हर गुजरते जहाज का रंग", 501, Found},
		{"तीन पन्ने पढ़े और बिना कुछ बोले लौट गया", 502, Found},
		{"她在花园里种了许多白色的玫瑰", 0, Absent},
		{"彼女は庭に白い薔薇をたくさん植えた", 0, Absent},
		{"زرعت الورود البيضاء في حديقتها كل صباح", 0, Absent},
		{"она посадила в саду много белых роз", 0, Absent},
		{"उसने अपने बगीचे में सफ़ेद गुलाब लगाए", 0, Absent},
	} {
		a := find(t, f, c.quote)
		switch {
		case a.Verdict != c.want:
			t.Errorf("%s: %s, want %s: %+v", c.quote, a.Verdict, c.want, a.Evidence)
		case c.want == Found && a.Places[0].Spots[0].First != c.id:
			t.Errorf("%s: in %d, want %d", c.quote, a.Places[0].Spots[0].First, c.id)
		}
	}
}

// An ellipsis may skip pages: then there are two spots, in order.
func TestFarParts(t *testing.T) {
	m, all := prose(5, 2, 80)
	q := strings.Join(strings.Fields(all[1][3])[10:22], " ") + " … " + strings.Join(strings.Fields(all[1][70])[30:44], " ")
	a := find(t, whole(m), q)
	if a.Verdict != Found || len(a.Places[0].Spots) != 2 || a.Places[0].Missing || !a.Places[0].Exact {
		t.Fatalf("%s: %+v", a.Verdict, a.Places)
	}
}

func TestTablesSurvive(t *testing.T) {
	m, _ := prose(6, 4, 30)
	for _, s := range m.segments {
		got := &Segment{ID: s.ID, Letters: s.Letters, Bits: s.Bits}
		if err := got.DecodeTables(s.EncodeRuns(), s.EncodeStarts()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got.Runs, s.Runs) || !slices.Equal(got.Starts, s.Starts) {
			t.Error("tables differ after coding")
		}
	}
}

// Myers's distance is that of the plain table of differences.
func TestDistance(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	random := func(n int) []Letter {
		out := make([]Letter, n)
		for i := range out {
			out[i] = Letter('a' + r.IntN(4))
			if r.IntN(9) == 0 {
				out[i] = Letter(0x4E00 + r.IntN(3))
			}
		}
		return out
	}
	for range 400 {
		part, text := random(1+r.IntN(200)), random(r.IntN(300))
		got := make([]int, len(text)+1)
		for i := range got {
			got[i] = len(part)
		}
		newPattern(part).scan(text, len(part)-1, func(end, d int) { got[end] = d })
		row := make([]int, len(part)+1)
		for i := range row {
			row[i] = i
		}
		for j := 1; j <= len(text); j++ {
			diagonal := row[0]
			for i := 1; i <= len(part); i++ {
				cost := 1
				if part[i-1] == text[j-1] {
					cost = 0
				}
				diagonal, row[i] = row[i], min(row[i]+1, row[i-1]+1, diagonal+cost)
			}
			if row[len(part)] != got[j] {
				t.Fatalf("%v in %v at %d: %d, want %d", part, text, j, got[j], row[len(part)])
			}
		}
	}
}

// What repeats itself is found as a whole, for its pieces fit in many places.
func TestRepeatsItself(t *testing.T) {
	for _, unit := range []string{"a", "to and fro, ", "山"} {
		n := 20000 / len(Fold(unit).Letters)
		f := shelf(lighthouse, []string{"It was written so: " + strings.Repeat(unit, n) + " and that was all."})
		a := find(t, f, strings.Repeat(unit, n))
		if a.Verdict != Found || len(a.Places) != 1 || !a.Places[0].Exact || a.Places[0].Spots[0].First != 101 {
			t.Errorf("%q, %d times: %s %d", unit, n, a.Verdict, len(a.Places))
		}
		f = shelf(lighthouse)
		if a = find(t, f, strings.Repeat(unit, n)); a.Verdict != Absent {
			t.Errorf("%q, %d times, on a shelf without it: %s", unit, n, a.Verdict)
		}
	}
}

// A clause that is left out in silence is found on both of its sides, and as one place.
func TestClauseLeftOut(t *testing.T) {
	f := shelf(lighthouse, []string{"In the winter the ferry lay in the ice, and whoever wanted to reach the island, be it the priest or the doctor or the man who bought the wool, walked across behind a sledge that carried planks."})
	for _, c := range []struct{ quote, want string }{
		{"whoever wanted to reach the island walked across behind a sledge", "whoever wanted to reach the island, [-be it the priest or the doctor or the man who bought the wool, -]walked across behind a sledge"},
		{"whoever wanted to reach the island walked across", "whoever wanted to reach the island, [-be it the priest or the doctor or the man who bought the wool, -]walked across"},
		{"the ferry lay in the ice, walked across behind a sledge that carried planks", "the ferry lay in the ice, [-and whoever wanted to reach the island, be it the priest or the doctor or the man who bought the wool, -]walked across behind a sledge that carried planks"},
	} {
		a := find(t, f, c.quote)
		if a.Verdict != Found || len(a.Places) != 1 || len(a.Places[0].Spots) != 1 {
			t.Errorf("%s: %s, %d places", c.quote, a.Verdict, len(a.Places))
			continue
		}
		if got := strings.TrimSpace(marked(&a.Places[0].Spots[0])); got != c.want {
			t.Errorf("%s:\n got %s", c.quote, got)
		}
	}
}

// What stands between two parts that are shown as one need not have been read to find
// them: here the second is in what was read for a worse place.
func TestPassagesBetweenParts(t *testing.T) {
	_, all := prose(7, 1, 1500)
	var passages []string
	for _, p := range all[0] {
		for w := range slices.Chunk(strings.Fields(p), 8) {
			passages = append(passages, strings.Join(w, " "))
		}
	}
	passages[100] = "The keeper counted seventeen grey herons and a crane beside the frozen mill pond on the last day of the year"
	passages[126] = "with a copper kettle"
	passages[136] = "Seventeen grey herons and a crane beside the frozen mill pond are many"
	a := find(t, shelf(passages), passages[100]+" … copper kettle")
	if a.Verdict != Found || len(a.Places[0].Spots) != 1 {
		t.Fatalf("%s %+v", a.Verdict, a.Places)
	}
	if s := &a.Places[0].Spots[0]; s.First != 101 || s.Last != 127 || strings.Count(s.Passages, "\n") != 26 {
		t.Errorf("passages %d to %d: %q", s.First, s.Last, s.Passages)
	}
}
