package importer

import (
	"encoding/binary"
	"regexp"
	"regexp/syntax"
	"slices"
	"sync"
	"sync/atomic"
	"unicode"
	"unicode/utf8"
)

// An expression is a regular expression that is compiled when it is first asked,
// and that says quickly of most texts that it does not match them. Rules ask
// dozens of expressions about each short line, nearly always in vain, and the
// standard library's backtracking takes a thousand times longer to say no than
// the first letters of the line do.
type expression struct {
	pattern string
	once    sync.Once
	re      *regexp.Regexp
	screen  screen
}

// expr is an expression; its pattern is compiled by the tests, if by nobody else.
func expr(pattern string) *expression { return &expression{pattern: pattern} }

func (e *expression) compile() {
	e.once.Do(func() {
		e.re = regexp.MustCompile(e.pattern)
		e.screen.build(e.pattern)
	})
}

// MatchString is that of [regexp.Regexp].
func (e *expression) MatchString(s string) bool {
	e.compile()
	return e.screen.mayMatch(s) && e.re.MatchString(s)
}

// FindStringSubmatch is that of [regexp.Regexp].
func (e *expression) FindStringSubmatch(s string) []string {
	e.compile()
	if !e.screen.mayMatch(s) {
		return nil
	}
	return e.re.FindStringSubmatch(s)
}

// FindStringSubmatchIndex is that of [regexp.Regexp].
func (e *expression) FindStringSubmatchIndex(s string) []int {
	e.compile()
	if !e.screen.mayMatch(s) {
		return nil
	}
	return e.re.FindStringSubmatchIndex(s)
}

// FindStringIndex is that of [regexp.Regexp].
func (e *expression) FindStringIndex(s string) []int {
	e.compile()
	if !e.screen.mayMatch(s) {
		return nil
	}
	return e.re.FindStringIndex(s)
}

// ReplaceAllString is that of [regexp.Regexp].
func (e *expression) ReplaceAllString(s, with string) string {
	e.compile()
	if !e.screen.mayMatch(s) {
		return s
	}
	return e.re.ReplaceAllString(s, with)
}

// ReplaceAllStringFunc is that of [regexp.Regexp].
func (e *expression) ReplaceAllStringFunc(s string, with func(string) string) string {
	e.compile()
	if !e.screen.mayMatch(s) {
		return s
	}
	return e.re.ReplaceAllStringFunc(s, with)
}

// A screen is a deterministic automaton that accepts whatever an expression
// matches and little else: Thompson's construction, whose sets of states are put
// together and remembered as texts lead to them, as RE2 does. It takes each
// boundary of words and lines for given, and all letters beyond ASCII for one.
// When it has more states than it keeps, it accepts.
type screen struct {
	prog     *syntax.Prog
	anchored bool // it matches at the beginning of a text or not at all
	start    *screenState

	mu    sync.Mutex
	known map[string]*screenState
}

const (
	maxStates = 64   // that a screen keeps
	beyond    = 0x80 // the class of all letters beyond ASCII
)

type screenState struct {
	insts []uint32 // of the program, that wait for a letter
	ends  bool     // it matches where the text ends here
	next  [beyond + 1]atomic.Pointer[screenState]
}

// No match, and a match.
var deadState, acceptState = &screenState{}, &screenState{ends: true}

func (s *screen) build(pattern string) {
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err == nil {
		s.prog, err = syntax.Compile(parsed.Simplify())
	}
	if err != nil {
		panic(err) // regexp.MustCompile was here before
	}
	s.anchored = s.prog.StartCond()&syntax.EmptyBeginText != 0
	s.known = map[string]*screenState{}
	set := s.follow(nil, uint32(s.prog.Start), true, false)
	if s.start = acceptState; !s.accepts(set) {
		s.start = &screenState{insts: set, ends: s.endsAt(set, true)}
	}
}

// mayMatch reports whether the expression may match a text. Where it says no,
// the expression does not.
func (s *screen) mayMatch(text string) bool {
	at := s.start
	for i := 0; i < len(text) && at != acceptState; {
		c, n := text[i], 1
		if c >= utf8.RuneSelf {
			_, n = utf8.DecodeRuneInString(text[i:])
			c = beyond
		}
		next := at.next[c].Load()
		if next == nil {
			next = s.step(at, c)
		}
		if next == deadState {
			return false
		}
		at = next
		i += n
	}
	return at.ends
}

// step is the state behind a letter.
func (s *screen) step(from *screenState, c byte) *screenState {
	s.mu.Lock()
	defer s.mu.Unlock()
	var set []uint32
	for _, pc := range from.insts {
		if in := &s.prog.Inst[pc]; takes(in, c) {
			set = s.follow(set, in.Out, false, false)
		}
	}
	if !s.anchored {
		set = s.follow(set, uint32(s.prog.Start), false, false)
	}
	next := s.state(set)
	from.next[c].Store(next)
	return next
}

// state is the one with a set of instructions.
func (s *screen) state(set []uint32) *screenState {
	switch {
	case len(set) == 0:
		return deadState
	case s.accepts(set):
		return acceptState
	}
	slices.Sort(set)
	key := make([]byte, 0, 4*len(set))
	for _, pc := range set {
		key = binary.LittleEndian.AppendUint32(key, pc)
	}
	state, ok := s.known[string(key)]
	if !ok {
		if len(s.known) == maxStates {
			return acceptState
		}
		state = &screenState{insts: set, ends: s.endsAt(set, false)}
		s.known[string(key)] = state
	}
	return state
}

// accepts reports whether a set holds the end of a match.
func (s *screen) accepts(set []uint32) bool {
	return slices.ContainsFunc(set, func(pc uint32) bool { return s.prog.Inst[pc].Op == syntax.InstMatch })
}

// endsAt reports whether a set matches where the text ends.
func (s *screen) endsAt(set []uint32, first bool) bool {
	var all []uint32
	for _, pc := range set {
		if in := &s.prog.Inst[pc]; in.Op == syntax.InstEmptyWidth {
			all = s.follow(all, in.Out, first, true)
		}
	}
	return s.accepts(set) || s.accepts(all)
}

// follow adds to a set the instructions that an instruction leads to without a
// letter: those that take one, the end of a match, and the end of a text where
// it is not known yet.
func (s *screen) follow(set []uint32, pc uint32, first, last bool) []uint32 {
	seen := make(map[uint32]bool, 16)
	var walk func(pc uint32)
	walk = func(pc uint32) {
		if seen[pc] {
			return
		}
		seen[pc] = true
		switch in := &s.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			walk(in.Out)
			walk(in.Arg)
		case syntax.InstCapture, syntax.InstNop:
			walk(in.Out)
		case syntax.InstEmptyWidth:
			switch cond := syntax.EmptyOp(in.Arg); {
			case cond&syntax.EmptyBeginText != 0 && !first:
			case cond&syntax.EmptyEndText != 0 && !last:
				if !slices.Contains(set, pc) {
					set = append(set, pc)
				}
			default:
				walk(in.Out)
			}
		case syntax.InstFail:
		default:
			if !slices.Contains(set, pc) {
				set = append(set, pc)
			}
		}
	}
	walk(pc)
	return set
}

// takes reports whether an instruction takes a letter, or for the class of those
// beyond ASCII, one of them.
func takes(in *syntax.Inst, c byte) bool {
	switch in.Op {
	case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
	default:
		return false
	}
	if c < beyond {
		return in.MatchRune(rune(c))
	}
	if in.Op == syntax.InstRuneAny || in.Op == syntax.InstRuneAnyNotNL {
		return true
	}
	if len(in.Rune) == 1 {
		if in.Rune[0] >= utf8.RuneSelf {
			return true
		}
		if syntax.Flags(in.Arg)&syntax.FoldCase == 0 {
			return false
		}
		for r := unicode.SimpleFold(in.Rune[0]); r != in.Rune[0]; r = unicode.SimpleFold(r) {
			if r >= utf8.RuneSelf {
				return true
			}
		}
		return false
	}
	return in.Rune[len(in.Rune)-1] >= utf8.RuneSelf
}
