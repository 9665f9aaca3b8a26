package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"lectern/bot"
	"lectern/bot/discord"
	"lectern/bot/matrix"
	"lectern/config"
	"lectern/storage"
	"lectern/web"
)

type serveCmd struct{}

// answersKept is how long the answers to events are kept: by then no platform
// delivers an event again.
const answersKept = 30 * 24 * time.Hour

// carriedKept is how long what a button carries is kept after it was last
// shown: a plan's posts are looked back at within its year.
const carriedKept = 365 * 24 * time.Hour

// Run is the bot: it answers what is said and posts what is owed until it is
// told to stop.
func (serveCmd) Run(a *app) (err error) {
	settings, err := a.settings()
	if err == nil {
		err = settings.ReadSecrets()
	}
	if err != nil {
		return err
	}
	log := logger(a, settings.Log)
	for _, w := range settings.Warnings {
		log.Warn(w) //nolint:sloglint // the sentence is the settings' own
	}
	if !settings.Matrix.Enabled() && !settings.Discord.Enabled() {
		return errors.New("there is nothing to serve: the settings name no platform. Set discord.token_file, or matrix.homeserver, matrix.user and matrix.token_file; lectern demo needs none")
	}
	path, err := a.path()
	if err != nil {
		return err
	}
	h, err := newHouse(a.ctx, path, a.now, a.book, log)
	if err != nil {
		return err
	}
	h.desk.MaxFile = int64(settings.Library.MaxFile)
	h.dispatcher.MaxFile = h.desk.MaxFile
	h.desk.Web = webOf(settings)
	defer func() { err = errors.Join(err, h.close()) }()
	unlock, err := h.db.Lock()
	if errors.Is(err, storage.ErrLocked) {
		return fmt.Errorf("another lectern serve has %s open already. Stop that one first, or name another database with --db", path)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	var platforms []connecting
	if settings.Matrix.Enabled() {
		m, err := newMatrix(h, settings, a, path+".matrix.json", keysBeside(path))
		if err != nil {
			return err
		}
		platforms = append(platforms, m)
	}
	if settings.Discord.Enabled() {
		d, err := newDiscord(h, settings, a)
		if err != nil {
			return err
		}
		platforms = append(platforms, d)
	}
	for _, p := range platforms {
		h.engine.Platforms[p.Name()] = p
	}
	h.engine.Timeout = settings.Delivery.StopWithin
	h.engine.Settle = max(settings.Delivery.Settle, 1) // 0 in the settings is "not at all"
	h.dispatcher.Now, h.dispatcher.LateCommand = a.now, settings.Delivery.LateCommand
	h.engine.LateReminder = max(settings.Delivery.LateReminder, 1) // 0 in the settings is "not late at all"
	return h.serve(a, settings, log, platforms...)
}

// connecting is what serve must know of a platform beyond bot.Platform.
type connecting interface {
	bot.Platform
	bot.Connector
}

// serve runs every part until the program is told to stop or one part cannot
// go on.
func (h *house) serve(a *app, settings config.Config, log *slog.Logger, platforms ...connecting) error {
	ctx, cancel := context.WithCancelCause(a.ctx)
	defer cancel(nil)
	var parts sync.WaitGroup
	start := func(name string, run func(context.Context) error) {
		parts.Go(func() {
			if err := run(ctx); err != nil && ctx.Err() == nil {
				cancel(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	if settings.HTTP.Listen != "" {
		l, err := web.Listen(ctx, settings.HTTP.Listen)
		if err != nil {
			return err
		}
		server := &web.Server{DB: h.db, Now: a.now, Log: log, LastTick: h.engine.LastTick, Held: h.engine.Held, Trouble: h.engine.Trouble, Version: version, Connected: func() map[string]bool {
			up := map[string]bool{}
			for _, p := range platforms {
				up[p.Name()] = p.Connected()
			}
			return up
		}}
		start("the operator's pages", func(ctx context.Context) error { return server.Serve(ctx, l) })
	}
	start("watching the database", func(ctx context.Context) error { return h.db.Watch(ctx, time.Second) })
	start("keeping the search index", h.desk.KeepIndex)
	start("posting", h.engine.Run)
	start("forgetting old answers", func(ctx context.Context) error { return h.prune(ctx, log, settings.Delivery.KeepRemoved) })
	for _, p := range platforms {
		start(p.Name(), func(ctx context.Context) error { return supervise(ctx, log, p, h.dispatcher, len(platforms) == 1) })
	}
	log.Info("serving", "version", version, "database", h.db.Path())
	<-ctx.Done()
	log.Info("stopping; what is under way is finished first", "within", settings.Delivery.StopWithin.String())
	parts.Wait()
	if a.ctx.Err() != nil {
		log.Info("stopped")
		return nil
	}
	return context.Cause(ctx)
}

// hopeless reports whether a platform cannot be had again before an operator
// has done something about it.
func hopeless(err error) bool {
	_, refused := errors.AsType[*discord.FatalError](err)
	return refused || errors.Is(err, matrix.ErrToken)
}

// hopelessWait is how long a platform is left alone that only an operator can
// mend, while others are served: some count tries, and punish many.
const hopelessWait = 15 * time.Minute

// supervise connects a platform anew whenever its connection is lost. What only
// an operator can mend ends the program if there is nothing else to serve.
func supervise(ctx context.Context, log *slog.Logger, p bot.Platform, h bot.Handler, only bool) error {
	wait := time.Second
	for {
		began := time.Now()
		err := p.Run(ctx, h)
		if ctx.Err() != nil {
			return err
		}
		if only && hopeless(err) {
			return err
		}
		if time.Since(began) > 10*time.Minute {
			wait = time.Second
		}
		if hopeless(err) {
			wait = hopelessWait
		}
		log.Warn("a platform is not connected; trying again", "platform", p.Name(), "in", wait.String(), "err", err)
		t := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			t.Stop()
			return nil
		case <-t.C:
		}
		wait = min(2*wait, time.Minute) // also after a long one: perhaps it was mended
	}
}

// prune forgets, once a day, what nobody needs any more.
func (h *house) prune(ctx context.Context, log *slog.Logger, keepRemoved time.Duration) error {
	tick := time.NewTicker(24 * time.Hour)
	defer tick.Stop()
	for {
		err := h.db.Write(ctx, func(tx *storage.Tx) error {
			return errors.Join(tx.PruneAnswers(ctx, answersKept), tx.PruneCarried(ctx, carriedKept))
		})
		if err != nil && ctx.Err() == nil {
			log.Error("old answers could not be forgotten", "err", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func logger(a *app, settings config.Log) *slog.Logger {
	opt := &slog.HandlerOptions{Level: settings.Level}
	if settings.Format == "json" {
		return slog.New(slog.NewJSONHandler(a.errOut, opt))
	}
	if os.Getenv("JOURNAL_STREAM") != "" { // the journal writes the time itself
		opt.ReplaceAttr = func(groups []string, attr slog.Attr) slog.Attr {
			if len(groups) == 0 && attr.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return attr
		}
	}
	return slog.New(slog.NewTextHandler(a.errOut, opt))
}
