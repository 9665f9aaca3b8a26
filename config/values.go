package config

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A Secret is a text that is never shown. Convert it to a string where it is
// handed to whoever must have it, and nowhere else.
type Secret string

const hidden = "[secret]"

// String hides the secret from the verbs %s and %v.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return hidden
}

// GoString hides the secret from the verb %#v.
func (s Secret) GoString() string { return strconv.Quote(s.String()) }

// Format hides the secret from every verb, %x and %d among them.
func (s Secret) Format(f fmt.State, verb rune) {
	shown := s.String()
	if verb == 'q' || verb == 'v' && f.Flag('#') {
		shown = strconv.Quote(shown)
	}
	_, _ = f.Write([]byte(shown)) // a fmt.State keeps its writer's error to itself
}

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue hides the secret from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// A Size is a number of bytes.
type Size int64

// The units that a Size is written in. They are decimal, as on a disk's box.
const (
	KB Size = 1000
	MB      = 1000 * KB
	GB      = 1000 * MB
)

var sizeForm = regexp.MustCompile(`^([0-9]{1,15})\s*([kKmMgG]?)(i?)[bB]?$`)

// UnmarshalText reads "64 MB", "64MiB", "500k" or a plain number of bytes.
func (s *Size) UnmarshalText(text []byte) error {
	m := sizeForm.FindSubmatch(text)
	if m == nil || len(m[2]) == 0 && len(m[3]) > 0 {
		return errors.New("not a size")
	}
	n, err := strconv.ParseInt(string(m[1]), 10, 64)
	if err != nil {
		return fmt.Errorf("not a size: %w", err)
	}
	unit := int64(1000)
	if len(m[3]) > 0 {
		unit = 1024
	}
	power := 0
	if len(m[2]) > 0 {
		power = 1 + strings.Index("kmg", strings.ToLower(string(m[2])))
	}
	for range power {
		if n > math.MaxInt64/unit {
			return errors.New("too large")
		}
		n *= unit
	}
	*s = Size(n)
	return nil
}

// String writes the size in the largest unit that leaves no remainder.
func (s Size) String() string {
	for _, u := range []struct {
		of   Size
		name string
	}{{GB, "GB"}, {MB, "MB"}, {KB, "kB"}} {
		if s != 0 && s%u.of == 0 {
			return fmt.Sprintf("%d %s", s/u.of, u.name)
		}
	}
	return fmt.Sprintf("%d B", int64(s))
}

// Shards says which of a bot's connections this process holds. The zero value
// holds them all, as many as the platform advises.
type Shards struct {
	First, Last int // from 0, both included
	Of          int // how many there are in all processes; 0 for automatic
}

// Auto reports whether the platform's advice is followed.
func (s Shards) Auto() bool { return s.Of == 0 }

var shardForm = regexp.MustCompile(`^([0-9]{1,5})(?:-([0-9]{1,5}))?/([0-9]{1,5})$`)

// UnmarshalText reads "auto", "0-3/8" or "2/8".
func (s *Shards) UnmarshalText(text []byte) error {
	if string(text) == "auto" {
		*s = Shards{}
		return nil
	}
	m := shardForm.FindStringSubmatch(string(text))
	if m == nil {
		return errors.New("not a range of shards")
	}
	if m[2] == "" {
		m[2] = m[1]
	}
	// At most five digits each: Atoi cannot fail.
	first, _ := strconv.Atoi(m[1])
	last, _ := strconv.Atoi(m[2])
	of, _ := strconv.Atoi(m[3])
	if first > last || last >= of {
		return errors.New("shards are counted from 0, and the last is one less than their number")
	}
	*s = Shards{First: first, Last: last, Of: of}
	return nil
}

// String is the inverse of UnmarshalText.
func (s Shards) String() string {
	switch {
	case s.Auto():
		return "auto"
	case s.First == s.Last:
		return fmt.Sprintf("%d/%d", s.First, s.Of)
	}
	return fmt.Sprintf("%d-%d/%d", s.First, s.Last, s.Of)
}
