package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"lectern/bot"
)

// A plan that was changed in every way goes out as a file, comes in again in
// another group that has the same texts, and goes out as the same bytes.
func TestPlanGoesThroughItsFile(t *testing.T) {
	books := []txtar.File{{Name: "letters.md", Data: []byte("# Letters\n\nBy Ana, 1911\n\n" + strings.Repeat("It says what the first had no room for.\n\n", 12))}}
	setup := []string{`/group setup name:"Readers" city:London place:"Reading room" length:"90 min"`, "/join"}
	one := newFakeStage(t, books).(*fakeStage)
	for _, line := range append(slices.Clone(setup),
		`/plan create "handbook, letters" "tue 19:00" 8 without:"29 dec" leave:IX posts:usual name:"The winter"`, "[Publish]",
		"/rota set Ana", "/prompt add 3 [mon 18:00] What for?", "/prompt add 3 And why?", "/plan skip 15 dec", "[Do it]", "/plan split 4", "[Do it]",
		"/plan warn 2 A quarrel", "[Do it]", "/plan short 5 none", "/plan cancel 5 jan", "[Do it]", "/plan place Café Nord", "[Do it]", "/plan zone Berlin", "[Do it]") {
		one.Say(t, "ana", line)
	}
	first := one.exported(t)
	two := newFakeStage(t, books).(*fakeStage)
	for _, line := range setup {
		two.Say(t, "ana", line)
	}
	two.files["plan.toml"] = first
	two.Say(t, "ana", "/attach plan.toml")
	if shown := two.Say(t, "ana", "/plan import"); !strings.Contains(shown, "Plan · The winter") {
		t.Fatal(shown)
	}
	if second := two.exported(t); !bytes.Equal(first, second) {
		t.Errorf("in another group it became\n%s\nit was\n%s", second, first)
	}
	for _, want := range []string{"A quarrel", "Café Nord", "Europe/Berlin", "What for?", "no_meeting = true", "2026-12-15", `people = ["Ana"]`} {
		if !strings.Contains(string(first), want) {
			t.Errorf("the file has no %q:\n%s", want, first)
		}
	}
}

// exported is the plan's file as the room has it.
func (f *fakeStage) exported(t *testing.T) []byte {
	t.Helper()
	f.Say(t, "ana", "/plan export")
	var file *bot.File
	for _, m := range f.fake.Messages() {
		if m.Post.File != nil && m.Post.File.Name == "plan.toml" {
			file = m.Post.File
		}
	}
	if file == nil {
		t.Fatal("no file")
	}
	return file.Data
}
