// Package web is the small server for the operator: whether the bot is alive,
// whether it is ready, and numbers for a monitor. It listens on this machine
// alone unless the settings say otherwise, and knows no texts and no names.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"lectern/storage"
)

// A Server answers the operator's questions. Its fields are set before Serve.
type Server struct {
	DB  *storage.DB
	Now func() time.Time
	Log *slog.Logger
	// LastTick is when what is due was last looked for.
	LastTick func() time.Time
	// Connected says of each platform whether it is connected.
	Connected func() map[string]bool
	// Trouble is why posts cannot be written down now, nil if they can; the
	// function is nil where nobody knows.
	Trouble func() error
	// Held says why nothing is posted for now, "" if it is; nil: it is.
	Held    func() string
	Version string
}

// staleTick is how long ago the last look may be before the bot is not ready.
const staleTick = 30 * time.Second

// Handler answers /healthz, /readyz and /metrics.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { say(w, http.StatusOK, "alive\n") })
	mux.HandleFunc("GET /readyz", s.ready)
	mux.HandleFunc("GET /metrics", s.metrics)
	return mux
}

func say(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // whoever asked is gone
}

// ready says whether the bot can do its work: the database can be written and
// has the schema that the program knows, and what is due is looked for. Platforms that are away do not count: restarting
// the bot would not bring them back.
func (s *Server) ready(w http.ResponseWriter, r *http.Request) {
	var problems []string
	err := s.DB.Ping(r.Context())
	if newer, ok := errors.AsType[*storage.NewerError](err); ok {
		problems = append(problems, newer.Error())
	} else if err != nil {
		problems = append(problems, "the database cannot be written: "+err.Error())
	}
	if s.Trouble != nil {
		if err := s.Trouble(); err != nil {
			problems = append(problems, "posts cannot be written down: "+err.Error())
		}
	}
	if tick := s.LastTick(); s.Now().Sub(tick) > staleTick {
		problems = append(problems, "nothing has looked for what is due since "+tick.UTC().Format(time.RFC3339))
	}
	if len(problems) > 0 {
		say(w, http.StatusServiceUnavailable, strings.Join(problems, "\n")+"\n")
		return
	}
	say(w, http.StatusOK, "ready\n")
}

// metrics prints numbers in the text format of Prometheus.
func (s *Server) metrics(w http.ResponseWriter, r *http.Request) {
	var stats storage.DeliveryStats
	err := s.DB.Read(r.Context(), func(tx *storage.Tx) (err error) {
		stats, err = tx.DeliveryStats(r.Context())
		return err
	})
	if err != nil {
		s.Log.Error("the numbers could not be read", "err", err)
		say(w, http.StatusInternalServerError, "the numbers could not be read\n")
		return
	}
	var b strings.Builder
	metric := func(name, kind, help string) { fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind) }
	number := func(name, labels string, v float64) {
		fmt.Fprintf(&b, "%s%s %s\n", name, labels, strconv.FormatFloat(v, 'f', -1, 64))
	}
	one := func(name, kind, help string, v float64) {
		metric(name, kind, help)
		number(name, "", v)
	}
	metric("lectern_build_info", "gauge", "The version that runs.")
	number("lectern_build_info", fmt.Sprintf("{version=%q}", s.Version), 1)
	metric("lectern_deliveries", "gauge", "Posts by what became of them.")
	for _, state := range []storage.DeliveryState{storage.Owed, storage.Sending, storage.Posted, storage.Skipped, storage.Folded, storage.Failed, storage.Unknown} {
		number("lectern_deliveries", fmt.Sprintf("{state=%q}", state), float64(stats.States[state]))
	}
	one("lectern_deliveries_late_total", "counter", "Posts that went out more than a minute late.", float64(stats.Late))
	metric("lectern_delivery_lateness_seconds", "summary", "How late posts went out.")
	number("lectern_delivery_lateness_seconds_sum", "", stats.LateBy.Seconds())
	number("lectern_delivery_lateness_seconds_count", "", float64(stats.States[storage.Posted]))
	one("lectern_delivery_failed_tries_total", "counter", "Sends that did not succeed; each is tried again unless it was refused for good.", float64(stats.FailedTries))
	age := 0.0
	if !stats.OldestOwed.IsZero() {
		age = max(0, s.Now().Sub(stats.OldestOwed).Seconds())
	}
	one("lectern_oldest_owed_seconds", "gauge", "How long ago the oldest post that is still owed was due.", age)
	one("lectern_paused_rooms", "gauge", "Rooms in which nothing can be posted.", float64(stats.PausedRooms))
	held := 0.0
	if stats.OnHold || s.Held != nil && s.Held() != "" {
		held = 1
	}
	one("lectern_held", "gauge", "Whether posts are held back: after a restore, or while the clock is not believed.", held)
	one("lectern_last_tick_seconds", "gauge", "How long ago what is due was last looked for.", s.Now().Sub(s.LastTick()).Seconds())
	one("lectern_wal_bytes", "gauge", "The size of the database's write-ahead log.", float64(size(s.DB.Path()+"-wal")))
	one("lectern_database_bytes", "gauge", "The size of the database.", float64(size(s.DB.Path())))
	if !stats.LastBackup.IsZero() {
		one("lectern_backup_age_seconds", "gauge", "How long ago the last backup was made.", s.Now().Sub(stats.LastBackup).Seconds())
	}
	metric("lectern_connected", "gauge", "Whether a platform is connected.")
	for name, up := range s.Connected() {
		v := 0.0
		if up {
			v = 1
		}
		number("lectern_connected", fmt.Sprintf("{platform=%q}", name), v)
	}
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(b.String())) // whoever asked is gone
}

func size(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0 // a log that is empty may not be there
	}
	return info.Size()
}

// Listen opens the address, so that a mistake in it is found before anything
// else begins.
func Listen(ctx context.Context, address string) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("http.listen: %w", err)
	}
	return l, nil
}

// Serve answers until ctx ends.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	server := &http.Server{
		Handler: s.Handler(), ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
		defer cancel()
		if server.Shutdown(end) != nil {
			_ = server.Close() // whoever still asks is cut off
		}
	})
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("http: %w", err)
	}
	return nil
}
