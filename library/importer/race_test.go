//go:build race

package importer_test

// Under the race detector sync.Pool drops what it is given at random, so that
// regular expressions allocate anew each time: memory is not measured then.
const raceDetector = true
