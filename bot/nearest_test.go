package bot

import (
	"slices"
	"testing"
)

func TestNearest(t *testing.T) {
	commands := []Command{{Name: "done"}, {Name: "at"}, {Name: "help"}, {Name: "passage"}, {Name: "plan create"}, {Name: "plan skip"}, {Name: "progress"}}
	for typed, want := range map[string][]string{
		"hlep":        {"help"},
		"pasage":      {"passage"},
		"PASSAGES":    {"passage"},
		"dnoe":        {"done"},
		"progess":     {"progress"},
		"plan skpi":   {"plan skip"},
		"plan":        {"plan create", "plan skip"},
		"plan craete": {"plan create"},
		"nope":        nil, // two letters from "done"
		"foo":         nil,
		"xyzzy":       nil,
	} {
		if got := nearest(commands, typed); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", typed, got, want)
		}
	}
}
