package commands_test

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/commands"
	"lectern/library"
	"lectern/library/search"
	"lectern/phrases"
	"lectern/storage"
	"lectern/storage/storagetest"
)

func desk(t *testing.T) *commands.Desk {
	t.Helper()
	book, err := phrases.Load()
	if err != nil {
		t.Fatal(err)
	}
	return &commands.Desk{DB: storagetest.Open(t), Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler)}
}

// put imports a work and leaves the index behind.
func put(t *testing.T, k *commands.Desk, alias string, texts ...string) {
	t.Helper()
	w := &library.Work{Meta: library.Meta{Aliases: []string{alias}, Title: alias, Language: "en"}, Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
	for _, s := range texts {
		w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: s})
	}
	w.Number()
	if _, err := k.DB.Import(t.Context(), w, storage.Importing{}); err != nil {
		t.Fatal(err)
	}
}

func find(t *testing.T, k *commands.Desk, query string) commands.Found {
	t.Helper()
	shelf, err := k.Shelf(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	found, err := k.Search(t.Context(), shelf, query, 10, 0)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

func TestSearchMendsADamagedIndex(t *testing.T) {
	k := desk(t)
	put(t, k, "a", "A strong state.", "A weak one.")
	if n := find(t, k, "state").Total; n != 1 {
		t.Fatalf("%d passages", n)
	}
	if err := k.DB.Write(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.SQL().Exec(`UPDATE search_page SET data = x'00112233445566'`)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// Another process, which has read nothing of it before.
	k = &commands.Desk{DB: k.DB, Phrases: k.Phrases, Now: k.Now, Log: k.Log}
	if n := find(t, k, "state").Total; n != 1 {
		t.Errorf("%d passages after damage", n)
	}
}

// TestKeepIndex: what another process brings in is indexed without anybody
// asking for it.
func TestKeepIndex(t *testing.T) {
	k := desk(t)
	ctx, cancel := context.WithCancel(t.Context())
	var keeper sync.WaitGroup
	keeper.Go(func() {
		if err := k.KeepIndex(ctx); err != nil {
			t.Error(err)
		}
	})
	defer keeper.Wait()
	defer cancel()
	put(t, k, "a", "A strong state.")
	for {
		changed := k.DB.Changed()
		stale := false
		if err := k.DB.Read(ctx, func(tx *storage.Tx) (err error) {
			stale, err = search.Stale(ctx, tx.SQL())
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !stale {
			break
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the index is still behind")
		}
	}
}

func TestNotFound(t *testing.T) {
	k := desk(t)
	put(t, k, "a", "A strong state, but without mandarins.", "The workers are weak.")
	put(t, k, "b", "Nothing of the kind.")
	for _, tt := range []struct{ query, want string }{
		{"mandarinns", "“mandarinns” is not in what I searched: 2 works on this shelf (a, b). With mandarins for mandarinns I find 1."},
		{"mandarinns wekers", "“mandarinns wekers” is not in what I searched: 2 works on this shelf (a, b). With workers for wekers and without mandarinns I find 1."},
		{"wrokers aer the wek", "“wrokers aer the wek” is not in what I searched: 2 works on this shelf (a, b). With workers for wrokers, are for aer and weak for wek I find 1."},
		{`"stronk state"`, "\"stronk state\" is not in what I searched: 2 works on this shelf (a, b). With strong for stronk I find 1."},
		{"mandarins weak", "“mandarins weak” is not in what I searched: 2 works on this shelf (a, b). Without mandarins I find 1."},
		{"in:b state", "“in:b state” is not in what I searched: 1 work on this shelf (b)."},
		{"unobtainium", "“unobtainium” is not in what I searched: 2 works on this shelf (a, b)."},
	} {
		found := find(t, k, tt.query)
		if got := commands.NotFound(k.Phrases.In("en"), tt.query, found).String(); found.Total != 0 || got != tt.want {
			t.Errorf("%s: %d found, %q, want %q", tt.query, found.Total, got, tt.want)
		}
	}
	found := find(t, k, "worker")
	if !found.Forms || found.Total != 1 || !strings.Contains(found.Hits[0].Marked().String(), "workers") {
		t.Errorf("another form: %+v", found)
	}
}

// A shelf that was read before a book is replaced says so, and nothing else.
func TestAReplacedBookIsNotMistaken(t *testing.T) {
	k := desk(t)
	put(t, k, "a", "A strong state.", "A weak one.")
	shelf, err := k.Shelf(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	put(t, k, "a", "Quite another text.", "And more of it.", "And still more.")
	for name, ask := range map[string]func() error{
		"a citation":   func() error { _, err := shelf.Resolve("a 2", library.Context{}); return err },
		"a name":       func() error { _, err := shelf.Work("a"); return err },
		"a bracket":    func() error { _, err := shelf.InText("see [a 2]", 3); return err },
		"completion":   func() error { _, err := shelf.Complete("a 2", 10); return err },
		"what is read": func() error { _, err := shelf.Resolve("2", library.Context{Current: shelf.Works()[0].ID}); return err },
	} {
		err := ask()
		e, ok := errors.AsType[*library.Error](err)
		if !ok || e.Reason != "work_replaced" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := find(t, k, "text").Total; n != 1 {
		t.Errorf("%d passages of the new text", n)
	}
}

// A limit that fits nothing says what it fits, and offers the query with that.
func TestLimitsOfASearch(t *testing.T) {
	k := desk(t)
	for _, b := range []struct{ alias, author, section string }{
		{"fate", "Various", "The plan of works"}, {"war", "John G. Wright", "The rise of the river"}, {"letters", "J. Wright", "To a friend"}, {"blank", "", "To a river"},
	} {
		w := &library.Work{Meta: library.Meta{Aliases: []string{b.alias}, Title: "About " + b.alias, Author: b.author, Language: "en"},
			Sections: []library.Section{{Parent: -1, Depth: 1, Title: b.section, Text: b.section}},
			Passages: []library.Passage{{Kind: library.Paragraph, Text: "A strong state."}}}
		w.Number()
		if _, err := k.DB.Import(t.Context(), w, storage.Importing{}); err != nil {
			t.Fatal(err)
		}
	}
	shelf, err := k.Shelf(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]string{
		"by:wright state":                "2",
		`by:"john wright" state`:         "2", // J. may be John
		`by:"wright, john g" state`:      "1",
		"by:JohnWright state":            "Nobody on this shelf is called “JohnWright”.",
		"by:vairous state":               "Nobody on this shelf is called “vairous”. Did you mean Various? [by:various state]",
		"by:jones state":                 "Nobody on this shelf is called “jones”.",
		"by:… state":                     "Nobody on this shelf is called “…”.",
		"by:wrigth state":                "Nobody on this shelf is called “wrigth”. Did you mean wright? [by:wright state]",
		`state NOT weak by:"jon wrigth"`: `Nobody on this shelf is called “jon wrigth”. Did you mean john wright? [by:"john wright" state NOT weak]`,
		"by:wright in:fate state":        "“wright” wrote letters, war, not fate. Leave out one of the two limits. [by:wright state] [in:fate state]",
		"by:various in:war state":        "Various wrote fate, not war. Leave out one of the two limits. [by:various state] [in:war state]",
		"by:wrigth in:fate state":        "Nobody on this shelf is called “wrigth”. Did you mean wright? [by:wright state]",
		"in:wra state":                   "No work on this shelf is called “wra”. Did you mean About war (in:war state)? [in:war state]",
		"section:river state":            "2",
		"in:fate section:river state":    "No section of fate is called “river”, but one of blank, war is. Shall I search there? [in:blank section:river state] [in:war section:river state]",
		"by:various section:plan state":  "1",
		"by:various section:river state": "No section of fate is called “river”, but one of blank, war is. Shall I search there? [in:blank section:river state] [in:war section:river state]",
		"section:rivver state":           "No section on this shelf is called “rivver”. Did you mean river? [section:river state]",
		`state section:"rise rivver"`:    `No section on this shelf is called “rise rivver”. Did you mean rise river? [section:"rise river" state]`,
		"in:fate section:paln state":     "No section of fate is called “paln”. Did you mean plan? [section:plan in:fate state]",
		"section:zebra state":            "No section on this shelf is called “zebra”.",
	} {
		found, err := k.Search(t.Context(), shelf, query, 10, 0)
		got := strconv.Itoa(found.Total)
		if e, ok := errors.AsType[*library.Error](err); ok {
			got = commands.Explain(k.Phrases.In("en"), e).String()
			for _, s := range e.Suggestions {
				got += " [" + s.Citation + "]"
				if again, err := k.Search(t.Context(), shelf, s.Citation, 10, 0); err != nil || again.Total == 0 {
					t.Errorf("%s: %s finds %d, %v", query, s.Citation, again.Total, err)
				}
			}
		} else if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s:\n %s\nwant\n %s", query, got, want)
		}
	}
}
