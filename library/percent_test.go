package library_test

import (
	"strings"
	"testing"

	"lectern/library"
)

func TestParsePercent(t *testing.T) {
	for s, want := range map[string]float64{"40%": 0.4, " 40 % ": 0.4, "12.5%": 0.125, "12,5 percent": 0.125, "100%": 1, "7 per cent": 0.07} {
		if got, ok := library.ParsePercent(s); !ok || got != want {
			t.Errorf("%q: %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "%", "40", "0%", "101%", "-3%", "4 0%", "1e1%", "NaN%", "inf%", "0x10%", "40%%", "1.2.3%"} {
		if got, ok := library.ParsePercent(s); ok {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

// Words count, not passages; and whoever has read some is at a passage.
func TestUptoAPart(t *testing.T) {
	o := library.NewOutline(workOf([]string{strings.Repeat("word ", 10), strings.Repeat("word ", 70), strings.Repeat("word ", 20)}))
	for part, want := range map[float64]int{0.01: 1, 0.10: 1, 0.40: 1, 0.50: 2, 0.80: 2, 0.95: 3, 1: 3} {
		if got := o.Upto(part); got != want {
			t.Errorf("at %v: ¶ %d, want %d", part, got, want)
		}
	}
	if got := library.NewOutline(workOf(nil)).Upto(0.5); got != 0 {
		t.Errorf("a work of nothing: ¶ %d", got)
	}
}

func FuzzParsePercent(f *testing.F) {
	for _, s := range []string{"40%", "12,5 percent", "1.2.3%", "%"} {
		f.Add(s)
	}
	o := library.NewOutline(workOf([]string{"one", "two words", "three words here"}))
	f.Fuzz(func(t *testing.T, s string) {
		part, ok := library.ParsePercent(s)
		if !ok {
			return
		}
		if n := o.Upto(part); part <= 0 || part > 1 || n < 1 || n > 3 {
			t.Fatalf("%q is %v, ¶ %d", s, part, n)
		}
	})
}
