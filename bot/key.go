package bot

import (
	"crypto/sha256"
	"encoding/base32"
)

// Key is a name of any length as platforms take keys: "L" and base32 of 15
// bytes of SHA-256, 25 characters of [A-Z0-9]. Who knows the name of an event
// knows the key of its answer.
func Key(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "L" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:15])
}

// AnswerKey is the key of the post that answers an event.
func AnswerKey(event string) string { return Key("answer " + event) }
