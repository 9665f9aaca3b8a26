// Command river measures how many posts a second are claimed and completed:
// by Lectern's delivery on SQLite, and by River on PostgreSQL, in one run on
// one disk. Neither does anything with a post: the platform, and the worker,
// say at once that it is done. Both keep what they did through a power cut
// (synchronous=FULL; fsync and synchronous_commit on, as PostgreSQL has them).
//
// They are not the same: Lectern keeps the order within a room and commits each
// post by itself, before it is sent and after; River keeps no order and
// completes jobs in batches.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/phrases"
	"lectern/storage"
)

func main() {
	if err := run(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "river:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	dsn := flag.String("postgres", "", "where PostgreSQL is")
	dir := flag.String("dir", "", "a folder on the disk that PostgreSQL is on")
	n := flag.Int("n", 3000, "posts")
	flag.Parse()
	fmt.Printf("%d posts\n", *n)
	for _, workers := range []int{1, 16, 64} {
		ours, err := lectern(ctx, *dir, *n, workers)
		if err != nil {
			return err
		}
		theirs, err := pg(ctx, *dsn, *n, workers)
		if err != nil {
			return err
		}
		fmt.Printf("%2d at once: Lectern on SQLite %.0f/s, River on PostgreSQL %.0f/s, ratio %.2f\n", workers, ours, theirs, ours/theirs)
	}
	return nil
}

// lectern has the engine post what is owed to n rooms.
func lectern(ctx context.Context, dir string, n, workers int) (perSecond float64, err error) {
	path, err := os.MkdirTemp(dir, "lectern-")
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(path)) }()
	db, err := storage.Open(ctx, filepath.Join(path, "lectern.db"), storage.Options{Now: time.Now})
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	book, err := phrases.Load()
	if err != nil {
		return 0, err
	}
	body, err := json.Marshal(bot.Say(bot.Plain("A post.")))
	if err != nil {
		return 0, err
	}
	err = db.Write(ctx, func(tx *storage.Tx) error {
		for i := range n {
			key := fmt.Sprint("post ", i)
			if _, err := tx.Owe(ctx, storage.Delivery{Key: key, Token: delivery.Token(key), Kind: delivery.Arrival, Occurrence: key, Platform: bottest.FakeName, Room: fmt.Sprint("room ", i%1000), Body: body, Due: tx.Now}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	p := &counter{}
	e := &delivery.Engine{DB: db, Phrases: book, Now: time.Now, Log: slog.New(slog.DiscardHandler), Owner: "bench", Slots: workers, Platforms: map[string]bot.Platform{p.Name(): p}}
	began := time.Now()
	if err := e.Drain(ctx); err != nil {
		return 0, err
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

// A counter is a platform that has posted at once.
type counter struct{}

func (*counter) Name() string { return bottest.FakeName }

func (*counter) Run(ctx context.Context, _ bot.Handler) error {
	<-ctx.Done()
	return nil
}

func (*counter) Post(_ context.Context, _ bot.Room, p bot.Post) (bot.MessageID, error) {
	return bot.MessageID(p.Key), nil
}

// A job is what River is given.
type job struct {
	N int `json:"n"`
}

// Kind names the job.
func (job) Kind() string { return "post" }

type worker struct {
	river.WorkerDefaults[job]
}

// Work has done it at once.
func (*worker) Work(context.Context, *river.Job[job]) error { return nil }

func pg(ctx context.Context, dsn string, n, workers int) (perSecond float64, err error) {
	pool, err := pgxpool.New(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		return 0, err
	}
	if _, err := migrator.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return 0, err
	}
	all := river.NewWorkers()
	river.AddWorker(all, &worker{})
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: workers}}, Workers: all, Logger: slog.New(slog.DiscardHandler),
		FetchCooldown: time.Millisecond, FetchPollInterval: 10 * time.Millisecond}) // as often as it can be made to
	if err != nil {
		return 0, err
	}
	if _, err := pool.Exec(ctx, "TRUNCATE river_job"); err != nil {
		return 0, err
	}
	jobs := make([]river.InsertManyParams, n)
	for i := range jobs {
		jobs[i] = river.InsertManyParams{Args: job{N: i}}
	}
	if _, err := client.InsertMany(ctx, jobs); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := client.Start(ctx); err != nil {
		return 0, err
	}
	for {
		var done int
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM river_job WHERE state = 'completed'").Scan(&done); err != nil && !errors.Is(err, pgx.ErrNoRows) {
			return 0, err
		}
		if done >= n {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	took := time.Since(began)
	return float64(n) / took.Seconds(), client.Stop(ctx)
}
