package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// A cost is what a program took: processor time, with that of the programs that
// it started, and the peak of memory of the largest of them.
type cost struct {
	cpu  time.Duration
	peak float64 // MB
}

// least is what a command takes at least, of three times.
func least(ctx context.Context, name string, args ...string) (c cost, err error) {
	for i := range 3 {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
		if err := cmd.Run(); err != nil {
			return c, fmt.Errorf("%s: %w", name, err)
		}
		r, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
		if !ok {
			return c, fmt.Errorf("%s: this system does not say what it took", name)
		}
		cpu := time.Duration(r.Utime.Nano() + r.Stime.Nano())
		if i == 0 || cpu < c.cpu {
			c.cpu = cpu
		}
		c.peak = max(c.peak, float64(r.Maxrss)/1024) // kB on Linux
	}
	return c, nil
}

// beside prints what importing files takes, beside pandoc, and beside pdftotext
// for PDFs.
func beside(ctx context.Context, lectern string, files []string) error {
	dir, err := os.MkdirTemp("", "lectern-beside-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system cleans up what is left
	fmt.Println("| file | MB | lectern | MB/s | beside it | ratio | peak memory, MB |\n| --- | --- | --- | --- | --- | --- | --- |")
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		ours, err := least(ctx, lectern, "--db", filepath.Join(dir, "no.db"), "library", "import", "--dry-run", f)
		if err != nil {
			return err
		}
		name, args := "pandoc", []string{"-t", "plain", f}
		if strings.HasSuffix(f, ".pdf") {
			name, args = "pdftotext", []string{"-layout", f, "-"}
		}
		other, err := least(ctx, name, args...)
		if err != nil {
			return err
		}
		mb := float64(info.Size()) / 1e6
		fmt.Printf("| %s | %.2f | %.2f s | %.1f | %s %.2f s | %.2f | %.0f and %.0f |\n", filepath.Base(f), mb, ours.cpu.Seconds(), mb/ours.cpu.Seconds(), name, other.cpu.Seconds(), ours.cpu.Seconds()/other.cpu.Seconds(), ours.peak, other.peak)
	}
	return nil
}
