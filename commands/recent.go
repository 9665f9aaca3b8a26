package commands

import (
	"slices"
	"sync"

	"lectern/bot"
)

// recent is what was looked up last in each thread, for "ibid". It stands in
// memory and not in the database: it matters for minutes, a citation that fails
// forgets it anyway, and nothing of who looked at what is kept. The zero value
// is ready.
type recent struct {
	mu sync.Mutex
	by map[thread][]string
}

// A thread is where people talk: a thread, or a room outside of any.
type thread struct {
	room   bot.Room
	thread string
}

const (
	maxRecent  = 3    // references that a thread remembers
	maxThreads = 4096 // threads that are remembered
)

// of are the citations that were looked up in the request's thread, the newest
// first.
func (m *recent) of(r *bot.Request) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.by[thread{r.Room, r.Thread}])
}

// forgot reports whether something was looked up in the request's thread before
// a citation failed there.
func (m *recent) forgot(r *bot.Request) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	last, ok := m.by[thread{r.Room, r.Thread}]
	return ok && len(last) == 0
}

// add remembers a citation as the newest.
func (m *recent) add(r *bot.Request, citation string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.by == nil || len(m.by) > maxThreads {
		m.by = map[thread][]string{}
	}
	t := thread{r.Room, r.Thread}
	last := slices.DeleteFunc(m.by[t], func(c string) bool { return c == citation })
	last = slices.Insert(last, 0, citation)
	m.by[t] = last[:min(len(last), maxRecent)]
}

// forget drops what a thread remembers: after a citation that failed nobody
// can tell what "ibid" means.
func (m *recent) forget(r *bot.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := (thread{r.Room, r.Thread}); m.by[t] != nil {
		m.by[t] = []string{}
	}
}

// rooms is a set of rooms. The zero value is empty.
type rooms struct {
	mu  sync.Mutex
	set map[bot.Room]bool
}

func (s *rooms) has(r bot.Room) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.set[r]
}

func (s *rooms) add(r bot.Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.set == nil || len(s.set) > maxThreads {
		s.set = map[bot.Room]bool{}
	}
	s.set[r] = true
}
