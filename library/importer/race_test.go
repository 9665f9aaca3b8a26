//go:build race

package importer_test

// Under the race detector sync.Pool drops a quarter of what it is given, so that
// one match of a regular expression in four allocates its tables anew, up to
// 32 kB each (regexp.bitState): memory is not measured then.
const raceDetector = true
