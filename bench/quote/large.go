package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lectern/commands"
	"lectern/library"
	"lectern/library/quote"
	"lectern/library/search"
	"lectern/storage"
)

// largeShelves puts the texts among sentences that were shuffled into paragraphs,
// in a library of each size as the program keeps it. A book is kept out, for
// questions that have no answer.
func largeShelves(ctx context.Context, n int, dir, work, npm string, sizes []string, show int, texts []text) error {
	out, err := sentences(dir, 1<<20, true)
	if err != nil {
		return err
	}
	if len(out) == 0 {
		return fmt.Errorf("%s lacks %s", dir, keptOut)
	}
	absent := []text{{name: keptOut, passages: out}}
	if work == "" {
		if work, err = os.MkdirTemp("", "quote"); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(work) }() // it is a temporary folder
	}
	if err := os.MkdirAll(work, 0o700); err != nil {
		return err
	}
	const most = 104 << 20 // bytes of different sentences
	for _, size := range sizes {
		mb, err := strconv.Atoi(size)
		if err != nil {
			return err
		}
		all, err := kept(filepath.Join(work, "sentences.txt"), min(mb<<20, most), func() ([]string, error) { return sentences(dir, most, false) })
		if err != nil {
			return err
		}
		// Where there are not enough sentences they come several times, in another order.
		on := append(slices.Clone(texts), shuffled(all, 4)...)
		total := 0
		for _, x := range all {
			total += len(x) + 1
		}
		for left := mb<<20 - total; left > total/10; left -= total {
			more := shuffled(all[:min(len(all), int(float64(len(all))*float64(left)/float64(total)))], uint64(left))
			on = append(on, more...)
		}
		if err := largeShelf(ctx, n, filepath.Join(work, size+".db"), npm, mb, show, on, texts, absent); err != nil {
			return err
		}
	}
	return nil
}

// kept reads lines of a size together from a file, which is made if it is missing.
func kept(file string, size int, draw func() ([]string, error)) ([]string, error) {
	if b, err := os.ReadFile(file); err == nil {
		if size = min(size, len(b)); size < len(b) {
			size += bytes.IndexByte(b[size:], '\n') + 1
		}
		return strings.Split(strings.TrimSuffix(string(b[:size]), "\n"), "\n"), nil
	}
	all, err := draw()
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(file, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		return nil, err
	}
	for i, n := 0, 0; i < len(all); i++ {
		if n += len(all[i]) + 1; n >= size {
			return all[:i+1], nil
		}
	}
	return all, nil
}

// bring makes a library of texts, unless it is there, and its index.
func bring(ctx context.Context, db *storage.DB, there bool, texts []text) error {
	for i := range texts {
		if there {
			break
		}
		w := &library.Work{Meta: library.Meta{Aliases: []string{fmt.Sprintf("w%d", i)}, Title: texts[i].name, Language: "en"},
			Sections: []library.Section{{Parent: -1, Depth: 1, Lead: true}}}
		for _, p := range texts[i].passages {
			w.Passages = append(w.Passages, library.Passage{Kind: library.Paragraph, Text: p})
		}
		w.Number()
		if _, err := db.Import(ctx, w, storage.Importing{}); err != nil {
			return err
		}
	}
	desk := &commands.Desk{DB: db, Now: time.Now}
	return desk.SyncQuotes(ctx, nil)
}

// besides is how many quotations of a row are asked of others too.
const besides = 60

// spent is the processor time that the process has taken.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func largeShelf(ctx context.Context, n int, file, npm string, mb, show int, texts, few, absent []text) error {
	_, missing := os.Stat(file)
	db, err := storage.Open(ctx, file, storage.Options{Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }() // nothing is written any more
	start, cpu := time.Now(), spent()
	if err := bring(ctx, db, missing == nil, texts); err != nil {
		return err
	}
	fmt.Printf("\n## %d MB of shuffled sentences, %d quotations a row\n\n", mb, n)
	if missing != nil {
		fmt.Printf("Brought in, with both indexes, in %.0f s (%.0f s of processor time).\n\n", time.Since(start).Seconds(), (spent() - cpu).Seconds())
	}
	if info, err := os.Stat(file); err == nil {
		fmt.Printf("The database takes %.0f MB.\n\n", float64(info.Size())/1e6)
	}
	ds := damages()
	var others *beside
	fmt.Print("| | named and right, per cent (first at all) | named, per cent (less those that stand there word for word) | processor ms, p50 | p99 | clock ms, p50 | p99 |")
	if npm != "" {
		if others, err = newBeside(ctx, npm, strings.TrimSuffix(file, ".db")+".txt", texts); err != nil {
			return err
		}
		defer func() { _ = others.close() }() // it was read
		fmt.Print(" rg finds, per cent | p50 | p99 | approx-string-match | p50 | p99 |")
	}
	fmt.Println("\n| --- | --- | --- | --- | --- | --- | --- |" + strings.Repeat(" --- |", 6*min(len(npm), 1)))
	for i, c := range []struct {
		l      length
		damage string
		from   []text
	}{
		{length{4, 6}, "misread letters, 10 %", few}, {length{8, 12}, "misread letters, 10 %", few}, {length{20, 30}, "misread letters, 10 %", few},
		{length{8, 12}, "all together, 5 % misread", few}, {length{20, 30}, "all together, 5 % misread", few}, {length{20, 30}, "all together, 10 % misread", few},
		{length{100, 150}, "all together, 5 % misread", few}, {length{8, 12}, "misread letters, 10 %", texts}, {length{20, 30}, "all together, 5 % misread", texts},
		{length{4, 7}, absentKind, absent}, {length{8, 12}, absentKind, absent}, {length{20, 30}, absentKind, absent},
	} {
		d := ds[0]
		for _, x := range ds {
			if x.name == c.damage {
				d = x
			}
		}
		rs := make([]result, 0, n)
		var took, clock []time.Duration
		for k := range n {
			r := rand.New(rand.NewPCG(uint64(500+i), uint64(k)))
			x := draw(r, c.from, -1, c.l, false)
			q := d.do(r, x.words)
			start, cpu := time.Now(), spent()
			var a quote.Answer
			read := &recorded{}
			err := db.Read(ctx, func(tx *storage.Tx) (err error) {
				p := search.Quotes{Tx: tx.SQL()}
				read.from = p
				f := &quote.Finder{Index: p, Texts: read, Within: []quote.Range{{First: 0, Last: 1 << 60}}}
				a, err = f.Find(ctx, q)
				return err
			})
			if err != nil {
				return errors.Join(err, errors.New(q))
			}
			took, clock = append(took, spent()-cpu), append(clock, time.Since(start))
			rs = append(rs, result{asked: q, drawn: x, answer: a, right: right(x, a), took: clock[k]})
			if others != nil && k < besides && c.damage != absentKind {
				if err := others.ask(ctx, q, x, read.read); err != nil {
					return err
				}
			}
		}
		p50, p99 := quantiles(took)
		c50, c99 := quantiles(clock)
		whence := ""
		if len(c.from) == len(texts) {
			whence = ", from anywhere"
		}
		fmt.Printf("| %s, %s%s | ", c.l, c.damage, whence)
		if c.damage != absentKind {
			fmt.Printf("%.1f (%.1f)", share(rs, hit), share(rs, func(r *result) bool { return r.right }))
		}
		named := fmt.Sprintf("%.1f", share(rs, placed))
		if c.damage == absentKind {
			named += fmt.Sprintf(" (%.1f)", share(rs, func(r *result) bool { return placed(r) && !r.answer.Evidence.Exact }))
		}
		fmt.Printf(" | %s | %.0f | %.0f | %.0f | %.0f |", named, float64(p50)/1e6, float64(p99)/1e6, float64(c50)/1e6, float64(c99)/1e6)
		if others != nil {
			fmt.Print(others.row())
		}
		fmt.Println()
		shown := 0
		for k := range rs {
			if wrong := c.damage == absentKind && placed(&rs[k]) && !rs[k].answer.Evidence.Exact; wrong && shown < show {
				shown++
				fmt.Fprintln(os.Stderr, "\t"+shownOf(&rs[k]))
			}
		}
	}
	return nil
}
