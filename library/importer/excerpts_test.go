package importer

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"lectern/library"
)

// An excerpt numbers on after what it leaves out: what is there is cited by its
// address, what is not is no other place, and the jump is doubted.
func TestExcerpts(t *testing.T) {
	const verses = `The Gospel of John

3:1 There was a man of the Pharisees, named Nicodemus.
3:2 The same came by night, and asked.
3:3 And the answer was that he must be born again.
3:16 For God so loved the world.
3:17 For he was not sent to condemn it.
4:1 When therefore it was known.
4:2 Though he himself did not baptize.
`
	const pages = `The Republic

Book I

[327a] I went down yesterday to the harbour with a friend.

[328b] We stayed for the race in the evening.

[331e] He said that justice is to pay what one owes.

Book VII

[514a] Next, compare our nature to people in a cave.

[515c] And if one were freed he would be in pain.

[521b] Those who rule must be no lovers of ruling.
`
	for _, c := range []struct {
		name, text string
		scheme     library.Scheme
		doubt      string
		places     map[string]string // "!" and a code for none
	}{
		{"verses that nobody declared", verses, "", "verses_jump", map[string]string{"3:3": "3:3", "3:4": "! address_gap", "3:16": "3:16", "3:17": "3:17", "3:18": "! verse_range", "4:1": "4:1", "3:16a": "3:16", "3": "3:1-17"}},
		{"verses", verses, library.ChapterVerse, "verses_jump", map[string]string{"3:3": "3:3", "3:4": "! address_gap", "3:16": "3:16", "4:2": "4:2"}},
		{"pages", pages, library.StephanusPages, "pages_jump", map[string]string{"331e": "331e", "514a": "514a", "328c": "328b", "400a": "! address_gap", "332a": "! address_gap", "331d": "328b", "520a": "515c", "600a": "! address_range"}},
	} {
		w, err := Read(t.Context(), "x.txt", strings.NewReader(c.text), Options{Scheme: c.scheme})
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(w.Warnings, func(w library.Warning) bool { return w.Code == c.doubt }) {
			t.Errorf("%s: the jump is not doubted: %v", c.name, w.Warnings)
		}
		w.Aliases = []string{"x"}
		o := library.NewOutline(w)
		for place, want := range c.places {
			ref, err := o.Resolve(place)
			var got string
			if e, ok := errors.AsType[*library.Error](err); ok {
				got = "! " + e.Reason
			} else {
				got = strings.TrimPrefix(ref.Canonical(), "x ")
			}
			if got != want {
				t.Errorf("%s: %s is %s, want %s", c.name, place, got, want)
			}
		}
	}
	// Times of the day are no verses.
	w, err := Read(t.Context(), "x.txt", strings.NewReader("The day\n\n7:10 I rise.\n7:30 I eat.\n8:15 I go.\n9:00 I work.\n12:30 I eat again.\n"), Options{})
	if err != nil || w.Scheme != library.ByPassage {
		t.Errorf("a list of times is read as %q: %v", w.Scheme, err)
	}
}
