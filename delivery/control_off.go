//go:build !crashcontrol

package delivery

import "lectern/storage"

// The crash harness checks itself against two engines that are wrong on
// purpose, which only the build tag crashcontrol brings into being.
const (
	noKey       = false
	markedFirst = false
)

func keyFor(d storage.Delivery) string { return d.Token }
