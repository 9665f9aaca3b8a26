package quote

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzFind asks anything: there must be an answer, its places must be stretches of
// the text, and its pieces those stretches.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"wrote down every ship", "the … harbour [master] came", "[", "...", "a", "🦀", "\xff\xfe", "ﬁ\u0301\u00ad", "keeper of the light-\nhouse", "灯台守は四十年", strings.Repeat("x ", 700)} {
		f.Add(s)
	}
	finder := shelf(lighthouse, lighthouse[1:3], []string{"灯台守は四十年のあいだ、通り過ぎる船の色と時刻をすべて帳面に書きつけた。", "", "…"})
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 4000 {
			return
		}
		a, err := finder.Find(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if (a.Verdict == Found) != (len(a.Places) > 0) {
			t.Fatalf("%s with %d places", a.Verdict, len(a.Places))
		}
		for _, p := range a.Places {
			if len(p.Spots) == 0 || p.Score < 0 || p.Score > 1 {
				t.Fatalf("%+v", p)
			}
			for _, sp := range p.Spots {
				if sp.Start < 0 || sp.End < sp.Start || sp.End > len(sp.Passages) || !utf8.ValidString(sp.Passages[sp.Start:sp.End]) {
					t.Fatalf("%d to %d of %q", sp.Start, sp.End, sp.Passages)
				}
				var b strings.Builder
				for _, x := range sp.Pieces {
					b.WriteString(x.Text)
				}
				if strings.TrimSpace(b.String()) != strings.TrimSpace(sp.Passages[sp.Start:sp.End]) {
					t.Fatalf("pieces %q of %q", b.String(), sp.Passages[sp.Start:sp.End])
				}
			}
		}
	})
}

// FuzzFold folds anything: letters stand in the text, in order.
func FuzzFold(f *testing.F) {
	for _, s := range []string{"Ǆ", "ﬃ", "각", "e\u0301", "\u0344", "[1]a[12]", "İ", "\xc3", "ﷺ"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x := Fold(s)
		if len(x.Letters) != len(x.At) || len(x.Letters) != len(x.Opens) {
			t.Fatal("lengths differ")
		}
		for i, at := range x.At {
			if int(at) >= len(s) || i > 0 && at < x.At[i-1] {
				t.Fatalf("letter %d at %d of %d", i, at, len(s))
			}
		}
	})
}

// FuzzPostings reads buckets that nobody made.
func FuzzPostings(f *testing.F) {
	m, _ := prose(1, 1, 3)
	s := m.segments[0]
	f.Add(m.buckets[s][0], s.EncodeRuns(), s.EncodeStarts())
	f.Fuzz(func(t *testing.T, bucket, runs, starts []byte) {
		seg := &Segment{Bits: 3, Letters: 100}
		_ = seg.DecodeTables(runs, starts)
		_, _, _ = seg.postings(bucket, 12345)
	})
}
