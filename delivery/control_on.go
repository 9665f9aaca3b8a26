//go:build crashcontrol

package delivery

import (
	"crypto/rand"
	"os"

	"lectern/bot"
	"lectern/storage"
)

// With this build tag the engine can be made wrong, for the crash harness to
// find: without keys ("nokey"), or marking posts before they are sent
// ("marked").
var (
	noKey       = os.Getenv("CRASH_CONTROL") == "nokey"
	markedFirst = os.Getenv("CRASH_CONTROL") == "marked"
)

func keyFor(d storage.Delivery) string {
	if noKey {
		return bot.Key(rand.Text())
	}
	return d.Token
}
