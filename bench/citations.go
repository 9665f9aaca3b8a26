package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"lectern/library"
)

//go:embed bcv.mjs
var bcvProgram []byte

// bookNames are books of many chapters, which both readers know.
var bookNames = []string{"Genesis", "Exodus", "Leviticus", "Numbers", "Deuteronomy", "Joshua", "Judges", "Job", "Isaiah", "Jeremiah", "Ezekiel", "Daniel",
	"Matthew", "Mark", "Luke", "John", "Acts", "Romans", "Hebrews", "Revelation"}

// citing measures how citations are resolved and completed on a shelf of 500
// works, on one core, beside bible-passage-reference-parser where a folder has
// it. Times are the processor's, since a shared machine lets nobody have it alone.
func citing(ctx context.Context, args []string) error {
	runtime.GOMAXPROCS(1)
	shelf := manyWorks()
	fmt.Printf("%s, %s/%s, one core of %d; %d works on the shelf\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), len(shelf.Works()))
	var prose []string
	for i := range 100 {
		prose = append(prose, fmt.Sprintf("study%d %d", i, i%80+1), fmt.Sprintf("study%d %d-%d", i, i%40+1, i%40+9), fmt.Sprintf("Study%d ¶ %d", i, i%80+1), fmt.Sprintf("study%d 1.III %d", i, i%4+1),
			fmt.Sprintf("study%d §2 ¶ 3", i), fmt.Sprintf("study%d part 2, ch. IV", i), fmt.Sprintf("a study of matter %d, %d", i, i%60+1), fmt.Sprintf("study%d question%d", i, i%5), fmt.Sprintf("study%d 12ff", i), fmt.Sprintf("study%d 3, 7; 2.I 1", i))
	}
	var refs []string
	for _, b := range bookNames {
		refs = append(refs, b+" 3:16", strings.ToLower(b)+" 2:3-5", b+" 1:1-2:3", b+" 4:1, 3", b+" 2:4; 3:1", b+" 5", b+" 3 16", b+" ch. 2", b+" 1:2ff", b+" chapter 3, verse 4")
	}
	const rounds = 40
	fmt.Println("\n## Citations resolved in a second of processor time")
	proseTimes, err := resolving(shelf, prose, rounds)
	if err != nil {
		return err
	}
	refTimes, err := resolving(shelf, refs, rounds)
	if err != nil {
		return err
	}
	rate := func(n int, times []time.Duration) float64 { return float64(n) / percentile(times, 50).Seconds() }
	fmt.Printf("\n| | a second |\n| --- | --- |\n| by number, range, section, path, title (%d forms) | %.0f |\n| by chapter and verse (%d references) | %.0f |\n", len(prose), rate(len(prose), proseTimes), len(refs), rate(len(refs), refTimes))
	if len(args) > 0 {
		if err := besideParser(ctx, args[0], shelf, refs, rounds, rate(len(refs), refTimes)); err != nil {
			return err
		}
	}
	// Each key that is pressed, of each citation.
	var keys []time.Duration
	for _, c := range slices.Concat(prose, refs) {
		for at := range c {
			start := cpu()
			_, _ = shelf.Complete(c[:at], 25) // its works are in memory
			keys = append(keys, cpu()-start)
		}
	}
	fmt.Printf("\n## Completion, for each key that is pressed (%d)\n\n| p50 µs | p99 µs | longest µs |\n| --- | --- | --- |\n| %d | %d | %d |\n", len(keys),
		percentile(keys, 50).Microseconds(), percentile(keys, 99).Microseconds(), slices.Max(keys).Microseconds())
	return nil
}

func percentile(all []time.Duration, p int) time.Duration {
	s := slices.Sorted(slices.Values(all))
	return s[min(len(s)-1, len(s)*p/100)]
}

func resolving(shelf *library.Shelf, citations []string, rounds int) ([]time.Duration, error) {
	for _, c := range citations {
		if _, err := shelf.Resolve(c, library.Context{}); err != nil {
			return nil, fmt.Errorf("%s: %w", c, err)
		}
	}
	var times []time.Duration
	for range rounds {
		start := cpu()
		for _, c := range citations {
			_, _ = shelf.Resolve(c, library.Context{}) // tried above
		}
		times = append(times, cpu()-start)
	}
	return times, nil
}

func besideParser(ctx context.Context, dir string, shelf *library.Shelf, refs []string, rounds int, ours float64) error {
	tmp, err := os.MkdirTemp("", "lectern-bcv-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }() // temporary
	program := filepath.Join(tmp, "bcv.mjs")
	if err := os.WriteFile(program, bcvProgram, 0o600); err != nil {
		return err
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	in, err := json.Marshal(map[string]any{"refs": refs, "rounds": rounds})
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "node", program, dir)
	cmd.Stdin, cmd.Stderr = bytes.NewReader(in), os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	var answer struct {
		OSIS    []string `json:"osis"`
		Times   []int64  `json:"times"`
		Version string   `json:"version"`
		Node    string   `json:"node"`
	}
	if err := json.Unmarshal(out, &answer); err != nil {
		return err
	}
	if len(answer.OSIS) != len(refs) || len(answer.Times) == 0 {
		return errors.New("node: an answer is missing")
	}
	same := 0
	for i, r := range refs {
		ref, err := shelf.Resolve(r, library.Context{})
		if err != nil {
			return err
		}
		if begins(ref, answer.OSIS[i]) {
			same++
		} else {
			fmt.Printf("%s: %s, and %s\n", r, ref.Canonical(), answer.OSIS[i])
		}
	}
	var times []time.Duration
	for _, t := range answer.Times {
		times = append(times, time.Duration(t))
	}
	theirs := float64(len(refs)) / percentile(times, 50).Seconds()
	fmt.Printf("| bible-passage-reference-parser %s on node %s, the same references | %.0f |\n| ratio | %.1f |\n\nOf the %d references %d name the same first verse in both.\n", answer.Version, answer.Node, theirs, ours/theirs, len(refs), same)
	return nil
}

// begins reports whether a reference begins where an OSIS reference does:
// "John.3.16-John.3.18", "Gen.5".
func begins(ref library.Ref, osis string) bool {
	first, _, _ := strings.Cut(osis, ",")
	first, _, _ = strings.Cut(first, "-")
	parts := strings.Split(first, ".")
	if len(parts) < 2 {
		return false
	}
	want := parts[1] + ":1"
	if len(parts) > 2 {
		want = parts[1] + ":" + parts[2]
	}
	pieces := ref.Pieces()
	if len(pieces) == 0 {
		return false
	}
	return ref.Work.Passages[pieces[0].Index].Verse == want && strings.HasPrefix(ref.Work.Title, parts[0][:3])
}

// manyWorks is a shelf of 500: twenty books by chapter and verse, and studies
// in two parts of five sections with roman labels that begin again.
func manyWorks() *library.Shelf {
	var all []*library.Outline
	for _, b := range bookNames {
		w := &library.Work{Meta: library.Meta{ID: library.WorkID(len(all) + 1), Aliases: []string{strings.ToLower(b)}, Title: b, Scheme: library.ChapterVerse}}
		for c := 1; c <= 20; c++ {
			w.Sections = append(w.Sections, library.Section{Parent: -1, Depth: 1, Labels: []string{fmt.Sprint(c)}})
			for v := 1; v <= 30; v++ {
				w.Passages = append(w.Passages, library.Passage{Kind: library.Stanza, Section: c - 1, Verse: fmt.Sprintf("%d:%d", c, v), Text: "A verse, of some words."})
			}
		}
		w.Number()
		all = append(all, library.NewOutline(w))
	}
	for i := 0; len(all) < 500; i++ {
		w := &library.Work{Meta: library.Meta{ID: library.WorkID(len(all) + 1), Aliases: []string{fmt.Sprintf("study%d", i)}, Title: fmt.Sprintf("A Study of Matter %d", i), Author: fmt.Sprintf("Author%d Writer", i%90)}}
		for part := 1; part <= 2; part++ {
			p := len(w.Sections)
			w.Sections = append(w.Sections, library.Section{Parent: -1, Depth: 1, Labels: []string{fmt.Sprint(part)}, Title: fmt.Sprintf("Part the %d", part)})
			for s, label := range []string{"I", "II", "III", "IV", "V"} {
				w.Sections = append(w.Sections, library.Section{Parent: p, Depth: 2, Labels: []string{label}, Title: fmt.Sprintf("Of question%d and its answer", (part-1)*5+s)})
				for range 8 {
					w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Section: len(w.Sections) - 1, Text: "A paragraph of some words. And a second sentence."})
				}
			}
		}
		w.Number()
		all = append(all, library.NewOutline(w))
	}
	return library.NewShelf(all)
}
