package main

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"lectern/library/quote"
)

//go:embed approx.mjs
var approxProgram []byte

// beside are what one would take instead: ripgrep's plain search in a file of the
// passages, one to a line, and npm's approx-string-match over the passages that
// the index proposes, for whoever has such an index.
type beside struct {
	file string // of the passages
	node *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader

	asked, rgFound, approxFound int
	rg, approx                  []time.Duration // processor time
}

// newBeside writes the passages down and starts node; npm is a folder in which
// approx-string-match is installed.
func newBeside(ctx context.Context, npm, file string, texts []text) (*beside, error) {
	var all bytes.Buffer
	for i := range texts {
		for _, p := range texts[i].passages {
			all.WriteString(strings.Join(strings.Fields(p), " ") + "\n")
		}
	}
	program := filepath.Join(filepath.Dir(file), "approx.mjs")
	err := errors.Join(os.WriteFile(file, all.Bytes(), 0o600), os.WriteFile(program, approxProgram, 0o600))
	if err != nil {
		return nil, err
	}
	b := &beside{file: file, node: exec.CommandContext(ctx, "node", program, npm)}
	b.node.Stderr = os.Stderr
	if b.in, err = b.node.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := b.node.StdoutPipe()
	if err != nil {
		return nil, err
	}
	b.out = bufio.NewReader(out)
	return b, b.node.Start()
}

// ask asks both. texts are what the finder read of the library for the question.
func (b *beside) ask(ctx context.Context, q string, d drawn, texts []string) error {
	has := func(s string) bool {
		return strings.Contains(strings.Join(strings.Fields(s), " "), strings.Join(d.words, " "))
	}
	b.asked++
	rg := exec.CommandContext(ctx, "rg", "--fixed-strings", "--ignore-case", "--no-line-number", "--", strings.Join(strings.Fields(q), " "), b.file)
	found, err := rg.Output()
	if exit := (*exec.ExitError)(nil); err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		return fmt.Errorf("rg: %w", err)
	}
	b.rg = append(b.rg, rg.ProcessState.UserTime()+rg.ProcessState.SystemTime())
	if first, _, _ := strings.Cut(string(found), "\n"); first != "" && has(first) {
		b.rgFound++
	}
	line, err := json.Marshal(map[string]any{"quote": q, "texts": append([]string{}, texts...)})
	if err != nil {
		return err
	}
	if _, err := b.in.Write(append(line, '\n')); err != nil {
		return err
	}
	answer, err := b.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	var a struct {
		Nearest int
		NS      int64
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return err
	}
	b.approx = append(b.approx, time.Duration(a.NS))
	if a.Nearest >= 0 && has(texts[a.Nearest]) {
		b.approxFound++
	}
	return nil
}

// row ends a row of a table, and begins anew.
func (b *beside) row() string {
	if b.asked == 0 {
		return ""
	}
	r50, r99 := quantiles(b.rg)
	a50, a99 := quantiles(b.approx)
	s := fmt.Sprintf(" %.0f | %.0f | %.0f | %.0f | %.0f | %.0f |", 100*float64(b.rgFound)/float64(b.asked), float64(r50)/1e6, float64(r99)/1e6,
		100*float64(b.approxFound)/float64(b.asked), float64(a50)/1e6, float64(a99)/1e6)
	b.asked, b.rgFound, b.approxFound, b.rg, b.approx = 0, 0, 0, nil, nil
	return s
}

func (b *beside) close() error { return errors.Join(b.in.Close(), b.node.Wait()) }

// recorded notes which texts are read.
type recorded struct {
	from quote.Texts
	read []string
}

// Texts implements quote.Texts.
func (r *recorded) Texts(ctx context.Context, ids []int64, each func(int64, string) error) error {
	return r.from.Texts(ctx, ids, func(id int64, s string) error {
		r.read = append(r.read, s)
		return each(id, s)
	})
}
