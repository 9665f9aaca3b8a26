package main

import (
	"strings"
	"testing"
)

// Who takes one check-in back and has said the same elsewhere is told that it
// still counts, and only as long as it does.
func TestTakenBackButRead(t *testing.T) {
	s := newFakeStage(t, nil)
	for _, line := range []string{`/group setup name:Readers city:London place:"Reading room" length:90`, `/plan create handbook "tue 19:00" 4`, "[Publish]"} {
		s.Say(t, "ana", line)
	}
	for _, step := range []struct{ line, want, not string }{
		{"/done", "Noted: you have read reading 1.", ""},
		{"+✅", "", "Noted"},
		{"[Undo]", "Taken back. You also said elsewhere that you have read reading 1, and that counts until you take it back there.", ""},
		{"[Undo]", "That was taken back already. You also said elsewhere that you have read reading 1", ""},
		{"/progress", "one has read it", ""},
		{"-✅", "", ""},
		{"[Undo]", "That was taken back already", "elsewhere"},
		{"/progress", "", "one has read it"},
	} {
		got := strings.Join(strings.Fields(s.Say(t, "ben", step.line)), " ")
		if !strings.Contains(got, step.want) || step.not != "" && strings.Contains(got, step.not) {
			t.Errorf("%s: %q, not %q", step.line, got, step.want)
		}
	}
}
