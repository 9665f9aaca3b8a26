package main

import (
	"bytes"
	"context"
	"encoding/gob"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// What may be named of quotations that are not there, per cent of those whose words do
// not stand there as they are. Of three and of one that may be named in all, works of
// different authors take one and a tenth, with words that do stand there; and what is
// left is not used up, for shelves differ.
const (
	shortNamed = 1.4
	longNamed  = 0.45
)

// fitting fits the rule of decision, says how well it does on each shelf when it is
// fitted on the others, and prints it.
func fitting(ctx context.Context, dir, kept string, n int) error {
	all, err := keptRows(ctx, filepath.Join(dir, "doc"), kept, n)
	if err != nil {
		return err
	}
	// Each row is judged by a rule that has not seen its shelf.
	score := make([]float64, len(all))
	for shelf := range shelves() {
		var others []row
		for i := range all {
			if all[i].Shelf != shelf {
				others = append(others, all[i])
			}
		}
		w := regress(others)
		for i := range all {
			if all[i].Shelf == shelf {
				score[i] = dot(w, columns(&all[i]))
			}
		}
	}
	fmt.Print("\n## On shelves that the rule was not fitted on\n\n| per cent named and right (first at all), where of those not there so many are named |")
	lengths := []length{{4, 7}, {8, 12}, {20, 30}}
	short, long := odds(all, score, lengths)
	named := func(i int) bool {
		r := &all[i]
		return !r.Common && (r.Sure || score[i] > short*(1-r.Long)+long*r.Long)
	}
	for _, l := range lengths {
		absent, wrong := 0, 0
		for i := range all {
			if r := &all[i]; r.Kind == absentKind && r.Length == l.String() {
				absent++
				if named(i) && !r.Sure {
					wrong++
				}
			}
		}
		fmt.Printf(" %s: %.1f of %d |", l, 100*float64(wrong)/float64(absent), absent)
	}
	fmt.Println("\n| --- | --- | --- | --- |")
	for _, d := range damages() {
		line, some := "", false
		for _, l := range lengths {
			asked, first, hits := 0, 0, 0
			for i := range all {
				if r := &all[i]; r.Kind == d.name && r.Length == l.String() {
					asked++
					if r.Right {
						first++
						if named(i) {
							hits++
						}
					}
				}
			}
			some = some || asked > 0
			line += fmt.Sprintf(" %.1f (%.1f) |", 100*float64(hits)/float64(asked), 100*float64(first)/float64(asked))
		}
		if some {
			fmt.Printf("| %s |%s\n", d.name, line)
		}
	}
	w := regress(all)
	k := len(w) / 2
	w[0] -= short
	w[k] -= long
	fmt.Println("\nThe rule:")
	for i := range k {
		fmt.Printf("\t{%.3f, %.3f},\n", w[i], w[k+i])
	}
	return nil
}

// odds are what a score has to be above, of short quotations and of long ones, so that
// as many as may be are named of those that are not there.
func odds(all []row, score []float64, lengths []length) (short, long float64) {
	share := func(l length, short, long float64) float64 {
		absent, wrong := 0, 0
		for i := range all {
			if r := &all[i]; r.Kind == absentKind && r.Length == l.String() {
				absent++
				if !r.Sure && !r.Common && score[i] > short*(1-r.Long)+long*r.Long {
					wrong++
				}
			}
		}
		return 100 * float64(wrong) / float64(absent)
	}
	least := func(ok func(x float64) bool) float64 {
		lo, hi := -20.0, 20.0
		for range 30 {
			if mid := (lo + hi) / 2; ok(mid) {
				hi = mid
			} else {
				lo = mid
			}
		}
		return hi
	}
	for range 10 {
		short = least(func(x float64) bool { return share(lengths[0], x, long) <= shortNamed })
		long = least(func(x float64) bool { return share(lengths[1], short, x) <= longNamed })
	}
	return short, long
}

// columns are a row's features, for short quotations and for long ones.
func columns(r *row) []float64 {
	out := make([]float64, 0, 2*len(r.X))
	for _, x := range r.X {
		out = append(out, x*(1-r.Long))
	}
	for _, x := range r.X {
		out = append(out, x*r.Long)
	}
	return out
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// regress fits a logistic regression by Newton's method, with a penalty on large
// weights, on rows whose words do not stand on the shelf as they were asked for. A
// word replaced, and what is not there, count three times: those are hard to tell.
func regress(rows []row) []float64 {
	const penalty, steps = 1.0, 25
	var xs [][]float64
	var ys, weights []float64
	for i := range rows {
		r := &rows[i]
		if r.Sure || r.Common {
			continue
		}
		y, weight := 0.0, 1.0
		if r.Right {
			y = 1
		}
		if r.Kind == absentKind || r.Kind == "a word replaced" {
			weight = 3
		}
		xs, ys, weights = append(xs, columns(r)), append(ys, y), append(weights, weight)
	}
	n := len(xs[0])
	scale := make([]float64, n)
	for j := range n {
		sum := 0.0
		for i := range xs {
			sum += xs[i][j] * xs[i][j]
		}
		scale[j] = math.Sqrt(sum/float64(len(xs))) + 1e-9
		for i := range xs {
			xs[i][j] /= scale[j]
		}
	}
	w := make([]float64, n)
	for range steps {
		g, h := make([]float64, n), make([][]float64, n)
		for j := range n {
			h[j] = make([]float64, n)
			h[j][j], g[j] = penalty, -penalty*w[j]
		}
		for i, x := range xs {
			p := 1 / (1 + math.Exp(-dot(w, x)))
			for j := range n {
				g[j] += weights[i] * (ys[i] - p) * x[j]
				c := weights[i] * p * (1 - p) * x[j]
				for k := range j + 1 {
					h[j][k] += c * x[k]
				}
			}
		}
		step := solve(h, g)
		for j := range n {
			w[j] += step[j]
		}
	}
	for j := range n {
		w[j] /= scale[j]
	}
	return w
}

// solve solves h x = g by Cholesky's method; h is symmetric, and its lower half counts.
func solve(h [][]float64, g []float64) []float64 {
	n := len(g)
	x := slices.Clone(g)
	for j := range n {
		for k := range j {
			h[j][j] -= h[j][k] * h[j][k]
		}
		h[j][j] = math.Sqrt(h[j][j])
		for i := j + 1; i < n; i++ {
			for k := range j {
				h[i][j] -= h[i][k] * h[j][k]
			}
			h[i][j] /= h[j][j]
		}
	}
	for i := range n {
		for k := range i {
			x[i] -= h[i][k] * x[k]
		}
		x[i] /= h[i][i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= h[k][i] * x[k]
		}
		x[i] /= h[i][i]
	}
	return x
}

// keptRows are the rows in a file, which is made if it is missing.
func keptRows(ctx context.Context, dir, file string, n int) ([]row, error) {
	var out []row
	if file != "" {
		if b, err := os.ReadFile(file); err == nil {
			return out, gob.NewDecoder(bytes.NewReader(b)).Decode(&out)
		}
	}
	err := rows(ctx, dir, n, func(r row) { out = append(out, r) })
	if err != nil || file == "" {
		return out, err
	}
	var b bytes.Buffer
	err = gob.NewEncoder(&b).Encode(out)
	return out, errors.Join(err, os.WriteFile(file, b.Bytes(), 0o600))
}
