//go:build linux

package delivery_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
	"lectern/delivery"
	"lectern/storage"
	"lectern/storage/storagetest/disk"
)

// A journal is a log that a test reads.
type journal struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.Write(p)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.b.String()
}

// eventually waits for what another goroutine does.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 2000 {
		if ok() {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
	t.Fatalf("it does not come to be that %s", what)
}

// filling is a platform on which the disk gets full while a post is on its way.
type filling struct {
	*bottest.Fake
	fill func()
}

func (f *filling) Post(ctx context.Context, room bot.Room, p bot.Post) (bot.MessageID, error) {
	id, err := f.Fake.Post(ctx, room, p)
	if f.fill != nil {
		f.fill()
		f.fill = nil
	}
	return id, err
}

// On a disk that is full, or may only be read, what can be answered is, what is
// said gets no false promise, the log and doctor say what is wrong, and a post
// that is on its way is neither lost nor repeated; when the cause is gone, it
// all goes on.
func TestDiskTrouble(t *testing.T) {
	if err := disk.Install(); err != nil {
		t.Fatal(err)
	}
	for name, trouble := range map[string]disk.Trouble{"full": disk.Full, "read-only": disk.ReadOnly, "broken": disk.Broken} {
		t.Run(name, func(t *testing.T) {
			t.Cleanup(disk.Mend)
			c := newClub(t)
			var log journal
			e := c.engine("one")
			e.Log, e.Every = slog.New(slog.NewTextHandler(&log, nil)), 20*time.Millisecond
			e.Platforms[bottest.FakeName] = &filling{Fake: c.fake, fill: func() { disk.Fail(filepath.Dir(c.path), trouble) }}
			c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
			c.say("ana", "plan publish")
			stop := c.run(e)
			eventually(t, "the log says that a delivery cannot be recorded", func() bool { return strings.Contains(log.String(), "could not be recorded") })
			if name != "broken" { // there nothing can be read either
				if text := bottest.Plain(c.say("ben", "passage handbook 12")); !strings.Contains(text, "12 │") {
					t.Errorf("a passage is not shown: %s", text)
				}
				reply, _ := c.d.Handle(t.Context(), bot.Event{Key: "fake:done", At: c.clock(), Addressed: true, Text: "done", Room: bot.Room{Platform: bottest.FakeName, ID: "club"}, Account: c.account("ben")})
				if !reply.Failed {
					t.Errorf("a check-in that was not kept is confirmed: %s", bottest.Plain(reply))
				}
				findings, err := c.db.Doctor(t.Context())
				said := false
				for _, f := range findings {
					said = said || f.Bad && strings.Contains(f.Text, "cannot be written to")
				}
				if err != nil || !said {
					t.Errorf("doctor does not say so: %v, %v", findings, err)
				}
			}
			c.sleep(2 * time.Minute)
			e.Wake()
			eventually(t, "the engine says that it has trouble", func() bool { return e.Trouble() != nil })
			if n := strings.Count(log.String(), "level=ERROR"); n > 4 {
				t.Errorf("the log says it %d times:\n%s", n, log.String())
			}
			disk.Mend()
			eventually(t, "the post is recorded", func() bool {
				rows := c.rows(storage.DeliveryFilter{Platform: bottest.FakeName, Room: "club", States: []storage.DeliveryState{storage.Posted}})
				return len(rows) == 1 && rows[0].Message != ""
			})
			c.sleep(2 * time.Minute)
			e.Wake()
			eventually(t, "the trouble is over", func() bool { return e.Trouble() == nil })
			c.say("ben", "done")
			stop()
			if n := len(c.in("club")); n != 1 {
				t.Errorf("%d posts", n)
			}
		})
	}
}

// A reader that does not end keeps the database's log from being folded in:
// doctor and the log say so, and when it ends the log is cut short.
func TestReaderThatPinsTheLog(t *testing.T) {
	c := newClub(t)
	var log journal
	e := c.engine("one")
	e.Log, e.Every = slog.New(slog.NewTextHandler(&log, nil)), 20*time.Millisecond
	stop := c.run(e)
	defer stop()
	release, pinned, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		ended <- c.db.Read(t.Context(), func(tx *storage.Tx) error {
			_, err := tx.Setting(t.Context(), "x") // a state is seen from the first read on
			close(pinned)
			<-release
			return err
		})
	}()
	<-pinned
	large := bytes.Repeat([]byte("x"), 4<<20)
	for i := range 18 {
		c.write(func(tx *storage.Tx) error { return tx.SaveAnswer(t.Context(), "large "+string(rune('a'+i)), large) })
	}
	c.sleep(2 * time.Minute)
	e.Wake()
	eventually(t, "the log says that something reads for long", func() bool { return strings.Contains(log.String(), "has grown large") })
	says := func() bool {
		findings, err := c.db.Doctor(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range findings {
			if f.Bad && strings.Contains(f.Text, "write-ahead log has grown") {
				return true
			}
		}
		return false
	}
	if !says() {
		t.Error("doctor does not say so")
	}
	if text := bottest.Plain(c.say("ben", "join")); text == "" {
		t.Error("nothing is answered")
	}
	close(release)
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	for range 3 { // folded in, then begun anew and cut
		c.sleep(2 * time.Minute)
		e.Wake()
		c.write(func(tx *storage.Tx) error { return tx.SaveSetting(t.Context(), "x", c.clock().String()) })
	}
	eventually(t, "the log is short again", func() bool {
		c.sleep(2 * time.Minute)
		e.Wake()
		c.write(func(tx *storage.Tx) error { return tx.SaveSetting(t.Context(), "x", c.clock().String()) })
		return strings.Contains(log.String(), "short again")
	})
	if says() {
		t.Error("doctor still says so")
	}
}

// Where a page is damaged, what does not stand on it is still answered, doctor
// and the log say what is wrong, and a restored backup goes on.
func TestDamagedPage(t *testing.T) {
	c := newClub(t)
	c.say("ana", `plan create handbook "tue 19:00" 4 start:2026-12-08`)
	c.say("ana", "plan publish")
	const mark = "a body that stands on a page of its own "
	body, err := json.Marshal(bot.Say(bot.Plain(strings.Repeat(mark, 60))))
	if err != nil {
		t.Fatal(err)
	}
	c.write(func(tx *storage.Tx) error {
		_, err := tx.Owe(t.Context(), storage.Delivery{Key: "damaged", Token: delivery.Token("damaged"), Kind: delivery.Arrival, Occurrence: "x", Platform: bottest.FakeName, Room: "z", Body: body, Due: tx.Now})
		return err
	})
	backup := filepath.Join(t.TempDir(), "backup.db")
	if err := c.db.Backup(t.Context(), backup); err != nil {
		t.Fatal(err)
	}
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(c.path)
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	at := bytes.Index(file, []byte(mark)) / page * page
	copy(file[at:at+page], bytes.Repeat([]byte{0xFF}, page))
	if err := os.WriteFile(c.path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if c.db, err = storage.Open(t.Context(), c.path, storage.Options{Now: c.clock}); err != nil {
		t.Fatal(err)
	}
	c.desk.DB = c.db
	findings, err := c.db.Doctor(t.Context())
	if err != nil || !findings[0].Bad || !strings.Contains(findings[0].Text, "is damaged") {
		t.Errorf("doctor: %v, %v", findings, err)
	}
	if text := bottest.Plain(c.say("ben", "passage handbook 12")); !strings.Contains(text, "12 │") {
		t.Errorf("a passage is not shown: %s", text)
	}
	var log journal
	e := c.engine("one")
	e.Log, e.Every = slog.New(slog.NewTextHandler(&log, nil)), 20*time.Millisecond
	stop := c.run(e)
	eventually(t, "the log says what is wrong", func() bool { return strings.Contains(log.String(), "malformed") })
	if e.Trouble() == nil {
		t.Error("the engine has no trouble")
	}
	stop()
	if err := c.db.Close(); err != nil {
		t.Fatal(err)
	}
	restored := filepath.Join(t.TempDir(), "restored.db")
	if err := storage.Restore(t.Context(), backup, restored, c.clock()); err != nil {
		t.Fatal(err)
	}
	if c.db, err = storage.Open(t.Context(), restored, storage.Options{Now: c.clock}); err != nil {
		t.Fatal(err)
	}
	e = c.engine("two")
	reviewed, err := e.Review(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Release(t.Context(), reviewed); err != nil {
		t.Fatal(err)
	}
	c.drain(e)
	if len(c.in("z")) != 1 || len(c.in("club")) != 1 {
		t.Errorf("%v", c.fake.Messages())
	}
}
