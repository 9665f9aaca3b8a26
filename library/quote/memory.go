package quote

import (
	"context"
	"fmt"
)

// Memory is an index and its texts in memory.
type Memory struct {
	segments []*Segment
	buckets  map[*Segment][][]byte
	texts    map[int64]string
	building Builder
}

// Add adds a passage; those of a text come one after another. Build comes last.
func (m *Memory) Add(text, id int64, content string) {
	if m.texts == nil {
		m.texts, m.buckets = map[int64]string{}, map[*Segment][][]byte{}
	}
	m.texts[id] = content
	m.building.Add(text, id, content)
	if m.building.Letters() >= MaxLetters {
		m.Build()
	}
}

// Build makes what was added findable.
func (m *Memory) Build() {
	if m.building.Letters() == 0 {
		return
	}
	s, buckets := m.building.Build()
	s.ID = int64(len(m.segments)) + 1
	m.segments, m.buckets[s] = append(m.segments, s), buckets
	m.building = Builder{}
}

// Segments implements Index.
func (m *Memory) Segments(context.Context) ([]*Segment, error) { return m.segments, nil }

// Buckets implements Index.
func (m *Memory) Buckets(_ context.Context, s *Segment, numbers []int) ([][]byte, error) {
	out := make([][]byte, len(numbers))
	for i, n := range numbers {
		out[i] = m.buckets[s][n]
	}
	return out, nil
}

// Texts implements Texts.
func (m *Memory) Texts(_ context.Context, ids []int64, each func(int64, string) error) error {
	for _, id := range ids {
		text, ok := m.texts[id]
		if !ok {
			return fmt.Errorf("quote: no passage %d", id)
		}
		if err := each(id, text); err != nil {
			return err
		}
	}
	return nil
}

// All implements Shelf.
func (m *Memory) All(_ context.Context, each func(text, id int64, content string) error) error {
	for _, s := range m.segments {
		for _, r := range s.Runs {
			for id := r.First; id <= r.Last; id++ {
				if err := each(r.Text, id, m.texts[id]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
