//go:build race

package library_test

// usualSeeds is fewer under the race detector: nothing here runs beside anything
// else, and all of them are tried without it.
const usualSeeds = 30
