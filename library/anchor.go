package library

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
)

// SetAnchors gives each passage that has none an anchor: base32 of ten bytes of
// SHA-256 over its kind, its text and how many times the same came before.
func SetAnchors(w *Work) {
	seen := map[string]int{}
	for i := range w.Passages {
		p := &w.Passages[i]
		if p.Anchor != "" {
			continue
		}
		id := string(p.Kind) + "\x00" + p.Text
		seen[id]++
		sum := sha256.Sum256([]byte(id + "\x00" + strconv.Itoa(seen[id])))
		p.Anchor = Anchor(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
	}
}
