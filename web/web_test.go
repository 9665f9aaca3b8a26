package web

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lectern/storage"
)

func get(t *testing.T, h http.Handler, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w.Code, w.Body.String()
}

func TestPages(t *testing.T) {
	clock := time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC)
	now := func() time.Time { return clock }
	db, err := storage.Open(t.Context(), filepath.Join(t.TempDir(), "x.db"), storage.Options{Now: now})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.Owe(t.Context(), storage.Delivery{Key: "k", Token: "L", Kind: "arrival", Platform: "p", Room: "secret-room", Body: []byte(`{}`), Due: clock.Add(-90 * time.Second)})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	tick := clock.Add(-10 * time.Second)
	s := &Server{DB: db, Now: now, Log: slog.New(slog.DiscardHandler), LastTick: func() time.Time { return tick }, Version: "v1",
		Connected: func() map[string]bool { return map[string]bool{"p": false} }}
	h := s.Handler()
	if code, text := get(t, h, "/healthz"); code != 200 || text != "alive\n" {
		t.Errorf("healthz: %d %s", code, text)
	}
	// A platform that is away does not make the bot unready.
	if code, text := get(t, h, "/readyz"); code != 200 || text != "ready\n" {
		t.Errorf("readyz: %d %s", code, text)
	}
	if err := db.Backup(t.Context(), filepath.Join(t.TempDir(), "backup.db")); err != nil {
		t.Fatal(err)
	}
	clock = clock.Add(time.Minute)
	if code, text := get(t, h, "/readyz"); code != 503 || !strings.Contains(text, "2026-11-24T18:59:50Z") {
		t.Errorf("readyz, a minute later: %d %s", code, text)
	}
	clock, tick = clock.Add(time.Second), clock
	err = db.Write(t.Context(), func(tx *storage.Tx) error {
		_, err := tx.SQL().ExecContext(t.Context(), "PRAGMA user_version = 999")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if code, text := get(t, h, "/readyz"); code != 503 || !strings.Contains(text, "newer Lectern") {
		t.Errorf("readyz, after another program migrated: %d %s", code, text)
	}
	clock, tick = clock.Add(-time.Second), tick.Add(-70*time.Second)
	code, text := get(t, h, "/metrics")
	for _, line := range []string{`lectern_deliveries{state="owed"} 1`, "lectern_oldest_owed_seconds 150", "lectern_backup_age_seconds 60", `lectern_connected{platform="p"} 0`, "lectern_last_tick_seconds 70",
		"lectern_delivery_failed_tries_total 0", "lectern_deliveries_late_total 0", "lectern_delivery_lateness_seconds_sum 0", "lectern_paused_rooms 0"} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("metrics (%d) lack %s", code, line)
		}
	}
	if strings.Contains(text, "secret-room") {
		t.Error("the numbers name a room")
	}
	if code, _ := get(t, h, "/"); code != 404 {
		t.Errorf("/: %d", code)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if code, text := get(t, h, "/readyz"); code != 503 || !strings.Contains(text, "database") {
		t.Errorf("readyz without a database: %d %s", code, text)
	}
	if code, _ := get(t, h, "/metrics"); code != 500 {
		t.Errorf("metrics without a database: %d", code)
	}
}

func TestServeEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	l, err := Listen(ctx, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(ctx, l.Addr().String()); err == nil || !strings.HasPrefix(err.Error(), "http.listen") {
		t.Errorf("an address that is taken: %v", err)
	}
	s := &Server{Log: slog.New(slog.DiscardHandler)}
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	resp, err := http.Get("http://" + l.Addr().String() + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	if b, _ := io.ReadAll(resp.Body); string(b) != "alive\n" {
		t.Errorf("%s", b)
	}
	resp.Body.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
