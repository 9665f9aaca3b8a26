package library_test

import (
	"strings"
	"testing"

	"lectern/library"
)

func TestCountWords(t *testing.T) {
	for _, c := range []struct {
		s    string
		want int
	}{
		{"", 0},
		{"  ", 0},
		{"One two\tthree\u00a0four", 4},
		{"an — dash", 3},
		{"Кружок собирается по вторникам", 4},
		{"그 모임은 화요일마다 열린다", 4},
		{strings.Repeat("读书会每周二晚上在旧书店", 20), 150}, // 240 characters
		{"读书会，每周二。", 4},                           // punctuation is none
		{strings.Repeat("読書会は毎週火曜日の夜に", 19), 120}, // 228 characters
		{"字", 1},
		{"他用 Go 语言写程序", 5}, // a word and seven characters
		{"。", 1},
		{strings.Repeat("กลุ่มอ่านหนังสือ", 10), 22}, // 110 letters and 50 marks
	} {
		if got := library.CountWords(c.s); got != c.want {
			t.Errorf("%.40q: %d words, want %d", c.s, got, c.want)
		}
	}
}

func TestWordsOfAPassageWithoutSpaces(t *testing.T) {
	w := &library.Work{Sections: []library.Section{{Parent: -1, Depth: 1}}, Passages: []library.Passage{
		{Kind: library.Paragraph, Text: strings.Repeat("字", 1600)}, {Kind: library.Paragraph, Text: strings.Repeat("字", 16)},
	}}
	w.Number()
	if a, b := w.Passages[0].Words, w.Passages[1].Words; a != 1000 || b != 10 || w.Sections[0].Words != 1010 {
		t.Errorf("%d and %d words, %d in all", a, b, w.Sections[0].Words)
	}
}

func TestHeadAndTail(t *testing.T) {
	for _, c := range []struct{ s, head, tail string }{
		{"One two three  four five", "One two three", "three four five"},
		{"One two", "One two", "One two"},
		{"", "", ""},
		{"读书会每周二晚上", "读书会每", "周二晚上"},
		{"他用 Go 语言写程序", "他用 Go 语", "言写程序"},
		{"Une «phrase» – courte", "Une «phrase» –", "«phrase» – courte"},
	} {
		head, all := library.Head(c.s, 3)
		tail, same := library.Tail(c.s, 3)
		if head != c.head || tail != c.tail || all != same || all != (head == c.s) {
			t.Errorf("%q: %q (%v) and %q (%v)", c.s, head, all, tail, same)
		}
	}
}
