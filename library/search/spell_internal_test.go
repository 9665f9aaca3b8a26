package search

import "testing"

func TestNearest(t *testing.T) {
	among := []string{"autocracy", "bureaucracy", "", "river", "rivet", "state", "wright", "über"}
	for word, want := range map[string]string{
		"burocracy": "bureaucracy", // autocracy is as near
		"rivver":    "river",
		"rived":     "river",
		"wrigth":    "wright",
		"stait":     "state",
		"ubre":      "",
		"überr":     "über",
		"mandarins": "",
		"ri":        "",
		"x":         "",
		"":          "",
	} {
		if got := Nearest(word, among); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
