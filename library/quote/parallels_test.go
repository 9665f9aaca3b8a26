package quote

import (
	"strings"
	"testing"
)

func TestParallels(t *testing.T) {
	_, all := prose(9, 4, 24)
	// The second work quotes the first with a change and a gap; the fourth has it in
	// other words, of which most are the same; a formula stands everywhere.
	words := strings.Fields(all[0][20])
	said := append([]string{}, words[10:44]...)
	said[7] = "otherwise"
	said = append(said[:20], said[26:]...)
	said2 := append([]string{}, words[10:40]...)
	for i := 4; i < len(said2); i += 6 {
		said2[i] = "rendered"
	}
	formula := " the dictatorship of the proletariat and nothing but that "
	n := &Memory{}
	id := int64(0)
	for w := range all {
		for i, p := range all[w] {
			id++
			switch {
			case w == 1 && i == 13:
				p = "As was written: " + strings.Join(said, " ") + ". " + p
			case w == 3 && i == 5:
				p += " " + strings.Join(said2, " ") + " so it went."
			case i%6 == 0:
				p += formula + p[:20]
			}
			n.Add(int64(w+1), id, p)
		}
	}
	n.Build()
	var told float64
	pairs, err := Parallels(t.Context(), n, nil, func(done float64) {
		if done < told {
			t.Errorf("progress went back from %v to %v", told, done)
		}
		told = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if told != 1 {
		t.Errorf("ended at %v", told)
	}
	got := map[[2]int64]int{}
	for _, p := range pairs {
		a, b := min(p.A.First, p.B.First), max(p.A.First, p.B.First)
		got[[2]int64{a, b}] = p.Words
		var text strings.Builder
		for _, x := range p.Pieces {
			text.WriteString(x.Text)
		}
		if strings.TrimSpace(text.String()) != strings.TrimSpace(p.A.Passages[p.A.Start:p.A.End]) {
			t.Errorf("pieces %q of %q", text.String(), p.A.Passages[p.A.Start:p.A.End])
		}
	}
	for _, want := range [][2]int64{{21, 38}, {21, 78}, {38, 78}} {
		if got[want] < 15 {
			t.Errorf("%v share %d words; all pairs %v", want, got[want], got)
		}
		delete(got, want)
	}
	if len(got) > 0 {
		t.Errorf("chance: %v", got)
	}

	// Of one work its own are told, and no others.
	pairs, err = Parallels(t.Context(), n, func(first int64) bool { return first >= 73 }, nil)
	if err != nil || len(pairs) != 2 {
		t.Errorf("%d pairs of one work, %v", len(pairs), err)
	}
}
