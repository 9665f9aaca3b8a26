package matrix

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"maunium.net/go/mautrix/id"
)

// A state is what outlives the process, in six files: the position in the
// stream of events, the reactions that may still be taken back, one line each,
// the events whose answer was begun to be sent, one line each, those whose
// answer waits for a room to be sent to, the rooms that are encrypted, one line
// each, and those whose clients were told of the commands, one line each. They stand beside the database, not in
// it: a backup that is restored must not rewind them.
type state struct {
	path string

	saving    sync.Mutex // one position at a time
	mu        sync.Mutex // never held while the disk is waited for at length
	pos       position
	reactions map[id.EventID]reaction
	order     []id.EventID
	log       *os.File
	answers   map[string]bool // keys of events
	begun     *os.File
	letters   []letter
	secret    map[id.RoomID]bool
	secrets   *os.File
	told      map[id.RoomID]string // which description of the commands a room has
	tells     *os.File
}

// A position is how far the events have been worked through.
type position struct {
	User  id.UserID `json:"user"`
	Since string    `json:"since"`
	// Newest is the time of the newest event, in milliseconds.
	Newest int64 `json:"newest"`
}

// A reaction is what must be known of one to take it back.
type reaction struct {
	ID      id.EventID `json:"id"`
	Room    id.RoomID  `json:"room"`
	Message id.EventID `json:"message"`
	Sender  id.UserID  `json:"sender"`
	Emoji   string     `json:"emoji"`
}

// maxReactions is how many are kept when the program starts.
const maxReactions = 20000

func openState(path string) (*state, error) {
	s := &state{path: path, reactions: map[id.EventID]reaction{}, answers: map[string]bool{}, secret: map[id.RoomID]bool{}, told: map[id.RoomID]string{}}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, fmt.Errorf("matrix: %w", err)
	default:
		if err := json.Unmarshal(text, &s.pos); err != nil {
			return nil, fmt.Errorf("matrix: %s is damaged; take it away, and what was said while the bot was down is passed over: %w", path, err)
		}
	}
	if err := s.readReactions(); err != nil {
		return nil, err
	}
	if s.begun, err = readLines(path+".answers", func(line string) { s.answers[line] = true }); err != nil {
		return nil, err
	}
	if s.secrets, err = readLines(path+".encrypted", func(line string) { s.secret[id.RoomID(line)] = true }); err != nil {
		return nil, err
	}
	s.tells, err = readLines(path+".described", func(line string) {
		if room, version, ok := strings.Cut(line, " "); ok {
			s.told[id.RoomID(room)] = version
		}
	})
	if err != nil {
		return nil, err
	}
	text, err = os.ReadFile(s.path + ".letters")
	if err == nil {
		err = json.Unmarshal(text, &s.letters)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("matrix: %s.letters: %w", s.path, err)
	}
	return s, nil
}

// A letter is an event whose answer is for somebody alone, who has not opened a
// room for it yet.
type letter struct {
	User  id.UserID  `json:"user"`
	Room  id.RoomID  `json:"room"`
	Event id.EventID `json:"event"`
}

// manyLetters is how many answers wait for one person, the newest.
const manyLetters = 5

// owe keeps a letter until its room is there.
func (s *state) owe(l letter) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if slices.Contains(s.letters, l) {
		return nil
	}
	next := append(slices.Clone(s.letters), l)
	if mine := s.of(next, l.User); len(mine) > manyLetters {
		next = slices.DeleteFunc(next, func(x letter) bool { return x == mine[0] })
	}
	return s.saveLetters(next)
}

// owed are a person's letters, which are not kept any more.
func (s *state) owed(who id.UserID) ([]letter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	mine := s.of(s.letters, who)
	if len(mine) == 0 {
		return nil, nil
	}
	return mine, s.saveLetters(slices.DeleteFunc(slices.Clone(s.letters), func(l letter) bool { return l.User == who }))
}

func (*state) of(all []letter, who id.UserID) (mine []letter) {
	for _, l := range all {
		if l.User == who {
			mine = append(mine, l)
		}
	}
	return mine
}

func (s *state) saveLetters(next []letter) error {
	text, err := json.Marshal(next)
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	if err := replace(s.path+".letters", append(text, '\n')); err != nil {
		return err
	}
	s.letters = next
	return nil
}

// readLines reads a file of lines, and opens it for more.
func readLines(path string, each func(line string)) (*os.File, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		each(strings.TrimSuffix(line, "\n"))
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	return f, nil
}

// encrypted remembers that a room is encrypted, which it never ceases to be: a
// homeserver that says otherwise later is mistaken, or lies.
func (s *state) encrypted(room id.RoomID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.secret[room] {
		return nil
	}
	if _, err := s.secrets.WriteString(string(room) + "\n"); err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	if err := s.secrets.Sync(); err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	s.secret[room] = true
	return nil
}

func (s *state) isEncrypted(room id.RoomID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secret[room]
}

// describe remembers which description of the commands a room has.
func (s *state) describe(room id.RoomID, version string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.tells.WriteString(string(room) + " " + version + "\n"); err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	s.told[room] = version
	return nil
}

// described is which description of the commands a room has, "" for none.
func (s *state) described(room id.RoomID) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.told[room]
}

// begin notes that the answer to an event is about to be sent, and reports
// whether that was begun before. It is not flushed to the disk: a process that
// is killed leaves it all the same, and whoever cuts the power cuts the request
// too.
func (s *state) begin(key string) (before bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.answers[key] {
		return true, nil
	}
	s.answers[key] = true
	if _, err := s.begun.WriteString(key + "\n"); err != nil {
		return false, fmt.Errorf("matrix: %w", err)
	}
	return false, nil
}

// manyAnswers is from how many on those that were begun are forgotten.
const manyAnswers = 500

// answered forgets the answers that were begun, when all of them are sent and
// the position after them is saved.
func (s *state) answered() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.answers) < manyAnswers {
		return nil
	}
	clear(s.answers)
	if err := s.begun.Truncate(0); err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	return nil
}

func (s *state) reactionsPath() string { return s.path + ".reactions" }

// readReactions reads the log and writes it anew, without what is too old.
func (s *state) readReactions() error {
	f, err := os.Open(s.reactionsPath())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("matrix: %w", err)
	}
	if err == nil {
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			var r reaction
			if json.Unmarshal(lines.Bytes(), &r) == nil && r.ID != "" { // the last line may be torn
				s.keep(r)
			}
		}
		if err := errors.Join(lines.Err(), f.Close()); err != nil {
			return fmt.Errorf("matrix: %w", err)
		}
	}
	if n := len(s.order) - maxReactions; n > 0 {
		for _, x := range s.order[:n] {
			delete(s.reactions, x)
		}
		s.order = s.order[n:]
	}
	var all []byte
	for _, x := range s.order {
		line, err := json.Marshal(s.reactions[x])
		if err != nil {
			return fmt.Errorf("matrix: %w", err)
		}
		all = append(append(all, line...), '\n')
	}
	if err := replace(s.reactionsPath(), all); err != nil {
		return err
	}
	s.log, err = os.OpenFile(s.reactionsPath(), os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	return nil
}

func (s *state) keep(r reaction) {
	if _, ok := s.reactions[r.ID]; !ok {
		s.order = append(s.order, r.ID)
	}
	s.reactions[r.ID] = r
}

// react remembers a reaction.
func (s *state) react(r reaction) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.reactions[r.ID]; ok {
		return nil
	}
	s.keep(r)
	line, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	if _, err := s.log.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	return nil
}

// reacted is a reaction that was remembered.
func (s *state) reacted(e id.EventID) (reaction, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r, ok := s.reactions[e]
	return r, ok
}

// position is how far the account has come; another account's position is
// nobody's.
func (s *state) position(user id.UserID) position {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pos.User != user {
		return position{User: user}
	}
	return s.pos
}

// save keeps a position; whatever came before it has been worked through. A busy
// disk may take seconds over it, and nobody who answers meanwhile waits for that.
func (s *state) save(pos position) error {
	s.saving.Lock()
	defer s.saving.Unlock()
	s.mu.Lock()
	before := s.pos
	s.mu.Unlock()
	pos.Newest = max(pos.Newest, before.Newest)
	if before == pos {
		return nil
	}
	text, err := json.Marshal(pos)
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	if err := errors.Join(s.log.Sync(), replace(s.path, append(text, '\n'))); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pos = pos
	return nil
}

// replace writes a file whole or not at all.
func replace(path string, text []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return fmt.Errorf("matrix: %w", err)
	}
	_, werr := f.Write(text)
	err = errors.Join(werr, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("matrix: %w", errors.Join(err, os.Remove(f.Name())))
	}
	return nil
}

// A memo is a map that forgets what was put in first.
type memo[K comparable, V any] struct {
	max   int
	m     map[K]V
	order []K
}

func newMemo[K comparable, V any](n int) *memo[K, V] { return &memo[K, V]{max: n, m: map[K]V{}} }

func (m *memo[K, V]) get(k K) (V, bool) {
	v, ok := m.m[k]
	return v, ok
}

func (m *memo[K, V]) put(k K, v V) {
	if _, ok := m.m[k]; !ok {
		m.order = append(m.order, k)
	}
	m.m[k] = v
	if len(m.order) > m.max {
		delete(m.m, m.order[0])
		m.order = m.order[1:]
	}
}
