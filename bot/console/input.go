package console

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// maxLine bounds a line of input, in bytes.
const maxLine = 1 << 20

// FromReader gives the lines of r: of a script, or of a pipe.
func FromReader(r io.Reader) func(context.Context) (string, error) {
	br := bufio.NewReader(r)
	return func(context.Context) (string, error) {
		var b strings.Builder
		for {
			part, err := br.ReadString('\n')
			if b.Len()+len(part) > maxLine {
				part = part[:max(0, maxLine-b.Len())]
			}
			b.WriteString(part)
			switch {
			case err == nil || errors.Is(err, io.EOF) && b.Len() > 0:
				return strings.ToValidUTF8(strings.TrimRight(b.String(), "\r\n"), "\uFFFD"), nil
			default:
				return "", err
			}
		}
	}
}

// A TTY is a terminal with line editing and history.
type TTY struct {
	term  *term.Terminal
	fd    int
	state *term.State
}

// OpenTTY makes in and out a terminal with line editing. Restore gives it back
// as it was.
func OpenTTY(in, out *os.File) (*TTY, error) {
	fd := int(in.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	t := &TTY{fd: fd, state: state}
	t.term = term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{in, out}, "> ")
	if w, h, err := term.GetSize(fd); err == nil && w > 0 {
		_ = t.term.SetSize(w, h)
	}
	return t, nil
}

// Prompt sets what stands before the line that is typed.
func (t *TTY) Prompt(s string) { t.term.SetPrompt(s) }

// Write writes above the line that is being typed.
func (t *TTY) Write(p []byte) (int, error) { return t.term.Write(p) }

// Line reads one line. It ends with io.EOF at Ctrl-D or Ctrl-C.
func (t *TTY) Line(context.Context) (string, error) {
	s, err := t.term.ReadLine()
	if errors.Is(err, term.ErrPasteIndicator) {
		err = nil
	}
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return s, err
}

// Restore gives the terminal back.
func (t *TTY) Restore() error { return term.Restore(t.fd, t.state) }

// Width is the width to wrap at, between 40 and 88 columns.
func Width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 80
	}
	return max(40, min(w, 88))
}

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
