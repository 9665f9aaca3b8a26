package library

import (
	"crypto/sha256"
	"encoding/base32"
	"strconv"
)

// SetAnchors gives each passage that has none an anchor that no other bears:
// base32 of ten bytes of SHA-256 over its kind, its text and how many times the
// same came before.
func SetAnchors(w *Work) {
	taken := make(map[Anchor]bool, len(w.Passages))
	for i := range w.Passages {
		if a := w.Passages[i].Anchor; a != "" {
			taken[a] = true
		}
	}
	fresh := freshAnchors(func(a Anchor) bool { return taken[a] })
	for i := range w.Passages {
		if p := &w.Passages[i]; p.Anchor == "" {
			p.Anchor = fresh(p)
		}
	}
}

// freshAnchors gives out anchors that are not taken, each once.
func freshAnchors(taken func(Anchor) bool) func(p *Passage) Anchor {
	seen := map[string]int{}
	return func(p *Passage) Anchor {
		id := string(p.Kind) + "\x00" + p.Text
		for {
			seen[id]++
			if a := anchor(id, seen[id]); !taken(a) {
				return a
			}
		}
	}
}

func anchor(id string, n int) Anchor {
	sum := sha256.Sum256([]byte(id + "\x00" + strconv.Itoa(n)))
	return Anchor(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:10]))
}
