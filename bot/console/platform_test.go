package console

import (
	"context"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"lectern/bot"
	"lectern/bot/bottest"
)

// A screen keeps what is written to it, a message at a time.
type screen struct {
	mu   sync.Mutex
	text []string
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = append(s.text, string(b))
	return len(b), nil
}

// The suite that every platform passes, in a terminal that ana and ben share.
func TestPlatform(t *testing.T) {
	bottest.TestPlatform(t, func(t *testing.T, h bot.Handler) *bottest.World {
		lines := make(chan string)
		read := make(chan struct{}) // the line before was dealt with
		out := &screen{}
		c := &Console{Out: out, Room: "room", Session: t.Name(), Now: time.Now}
		c.Lines = func(ctx context.Context) (string, error) {
			select {
			case read <- struct{}{}:
			case <-ctx.Done():
				return "", ctx.Err()
			}
			select {
			case line := <-lines:
				return line, nil
			case <-ctx.Done():
				return "", io.EOF
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx, h) }()
		<-read
		t.Cleanup(func() {
			cancel()
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
		typed := func(who, line string) {
			c.As(bot.Account{ID: who, Name: strings.ToUpper(who[:1]) + who[1:]})
			lines <- line
			<-read
		}
		return &bottest.World{
			Now: time.Now, Platform: c, Room: bot.Room{Platform: Name, ID: "room"}, Alone: true,
			Shown: func(testing.TB, string) (all []bottest.Shown) {
				out.mu.Lock()
				defer out.mu.Unlock()
				for _, s := range out.text {
					all = append(all, bottest.Shown{Text: s})
				}
				return all
			},
			Say:    func(_ testing.TB, who, text string) { typed(who, Prefix+text) },
			Talk:   func(_ testing.TB, who, text string) { typed(who, text) },
			Answer: func(_ testing.TB, who string, _ bot.MessageID, text string) { typed(who, text) },
			Press: func(_ testing.TB, who string, _ bot.MessageID, a bot.Action) {
				typed(who, "["+a.Label+"]")
			},
		}
	})
}
