// Package planfile writes a reading plan as a file that people can edit, and
// reads one: to run a plan again next year, or to give it to another group
// that has the same texts. The format is TOML, and docs/plan-file.md describes
// it; Format counts its versions.
package planfile

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"

	"lectern/library"
)

// Format is the version of the format that Encode writes. Decode reads this
// one and those before it.
const Format = 1

// maxFile is the most that is read, in bytes.
const maxFile = 1 << 20

// A File is a plan as it stands in a file.
type File struct {
	Format  int       `toml:"format"`
	Name    string    `toml:"name"`
	Cadence string    `toml:"cadence"`         // "tue 19:00"
	Zone    string    `toml:"zone,omitempty"`  // IANA; empty: that of the group
	Start   string    `toml:"start,omitempty"` // a civil date; empty: whoever imports it says
	End     string    `toml:"end,omitempty"`
	Skips   []string  `toml:"skips,omitempty"` // civil dates, or "2026-12-20 to 2027-01-04"
	Preset  string    `toml:"preset,omitempty"`
	Short   int       `toml:"short,omitzero"` // the most words of a short track
	Place   string    `toml:"place,omitempty"`
	Works   []Work    `toml:"work"`
	Reading []Reading `toml:"reading"`
	Rota    *Rota     `toml:"rota,omitempty"`
}

// A Work is a text that the plan reads, as its own shelf knows it. Sections
// are its headings, for people to see which edition is meant.
type Work struct {
	Alias    string   `toml:"alias"`
	Title    string   `toml:"title"`
	Author   string   `toml:"author,omitempty"`
	Date     string   `toml:"date,omitempty"`
	Passages int      `toml:"passages,omitzero"`
	Sections []string `toml:"sections,omitempty"`
}

// A Reading is what is read for one meeting.
type Reading struct {
	Read      []string `toml:"read"`               // citations
	Anchors   []string `toml:"anchors,omitempty"`  // beside Read: "first last" of each
	Due       string   `toml:"due,omitempty"`      // a civil time that the cadence does not give
	Short     []string `toml:"short,omitempty"`    // citations of the part for those with little time
	NoShort   bool     `toml:"no_short,omitempty"` // no such part, though the plan has a short track
	Warning   string   `toml:"warning,omitempty"`
	NoMeeting bool     `toml:"no_meeting,omitempty"`
	Prompt    []Prompt `toml:"prompt,omitempty"`
}

// A Prompt is a question. Without a time it is asked when the bot's own rule
// says.
type Prompt struct {
	Text   string `toml:"text"`
	Before *int   `toml:"days_before,omitempty"` // days before the reading is due
	Time   string `toml:"time,omitempty"`        // on that day
}

// A Rota is who leads, by names as the room shows them.
type Rota struct {
	People []string `toml:"people"`
	Per    int      `toml:"per_meeting,omitzero"`
}

// Encode writes the file. The same file gives the same bytes.
func Encode(f File) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("# A reading plan. Edit it by hand if you like, and read it in with “plan import”.\n")
	e := toml.NewEncoder(&b)
	e.Indent = ""
	if err := e.Encode(f); err != nil {
		return nil, fmt.Errorf("planfile: %w", err)
	}
	return b.Bytes(), nil
}

// Decode reads a file. Its error is a *library.Error: too_large/plan_file_large,
// bad_file/plan_file_toml with Line and Problem, bad_file/plan_file_key with the
// Key that is not known, bad_file/plan_file_format with the Format that is too
// new, bad_file/plan_file_empty.
func Decode(data []byte) (File, error) {
	fail := func(code library.Code, reason string, args map[string]any) (File, error) {
		return File{}, &library.Error{Code: code, Reason: reason, Args: args}
	}
	if len(data) > maxFile {
		return fail(library.TooLarge, "plan_file_large", map[string]any{"Max": maxFile >> 10})
	}
	var f File
	meta, err := toml.NewDecoder(bytes.NewReader(data)).Decode(&f)
	if pe, ok := errors.AsType[toml.ParseError](err); ok {
		return fail(library.BadFile, "plan_file_toml", map[string]any{"Line": pe.Position.Line, "Problem": pe.Message})
	}
	if err != nil {
		return fail(library.BadFile, "plan_file_toml", map[string]any{"Line": 0, "Problem": strings.TrimPrefix(err.Error(), "toml: ")})
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return fail(library.BadFile, "plan_file_key", map[string]any{"Key": unknown[0].String()})
	}
	switch {
	case f.Format < 1 || f.Format > Format:
		return fail(library.BadFile, "plan_file_format", map[string]any{"Format": f.Format, "Known": Format})
	case len(f.Reading) == 0 || len(f.Works) == 0:
		return fail(library.BadFile, "plan_file_empty", map[string]any{})
	}
	return f, nil
}
