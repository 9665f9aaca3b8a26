package commands_test

import (
	"context"
	"errors"
	"log/slog"
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
