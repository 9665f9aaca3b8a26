package config

import (
	"encoding"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// Prefix begins the name of every variable that is meant for Lectern.
const Prefix = "LECTERN_"

// The variables that the command line reads itself: they say what --config and
// --db say, before there are any settings.
const (
	EnvConfig = Prefix + "CONFIG"
	EnvDB     = Prefix + "DB"
)

// maxFile is the size of a settings file in bytes beyond which it is surely
// another file, named by mistake.
const maxFile = 256 << 10

// maxProblems are told at once; who has more has named another kind of file.
const maxProblems = 20

// A Problem is one thing that is wrong with the settings.
type Problem struct {
	// Where is the file with its line ("lectern.toml:7") or the variable; it
	// is empty where nothing was said that should have been.
	Where string
	// Key is the setting's full name in the file, "matrix.homeserver"; empty
	// where no one setting is at fault.
	Key string
	// Message is a sentence that says what to do.
	Message string
}

func (p Problem) String() string {
	if p.Where == "" {
		return p.Message
	}
	return p.Where + ": " + p.Message
}

// An Error is everything that is wrong with the settings, in the order of the
// file and then of the names, so that they are mended in one go.
type Error struct {
	Problems []Problem
	Err      error // what the operating system said, if it did
}

func (e *Error) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	if more := len(lines) - maxProblems; more > 0 {
		lines = append(lines[:maxProblems], fmt.Sprintf("and %d more.", more))
	}
	return strings.Join(lines, "\n")
}

func (e *Error) Unwrap() error { return e.Err }

// Load reads the settings from the file at path, or from none if path is "",
// and from env, which is in the form of os.Environ. Paths in the file are
// relative to the file's own folder, those in the environment to the working
// directory. It reads no secret: that is ReadSecrets. The error is an *Error.
func Load(path string, env []string) (Config, error) {
	var text []byte
	if path != "" {
		var err error
		if text, err = readFile(path); err != nil {
			return Config{}, err
		}
	}
	return load(path, text, env)
}

func readFile(path string) (text []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		why := err
		if pathErr, ok := errors.AsType[*fs.PathError](err); ok {
			why = pathErr.Err // the path stands in the sentence already
		}
		return nil, &Error{Err: err, Problems: []Problem{{Where: path, Message: fmt.Sprintf(
			"the settings file cannot be read (%v). Check the path after --config or in %s.", why, EnvConfig)}}}
	}
	defer f.Close()
	text, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		return nil, &Error{Err: err, Problems: []Problem{{Where: path, Message: fmt.Sprintf("the settings file cannot be read (%v).", err)}}}
	case len(text) > maxFile:
		return nil, &Error{Problems: []Problem{{Where: path, Message: "this file is larger than 256 kB: it is hardly a settings file. Check the path after --config."}}}
	}
	return text, nil
}

// A setting is a field of Config with its names.
type setting struct {
	key    string // "matrix.homeserver"
	env    string // "LECTERN_MATRIX_HOMESERVER"
	want   string // what a value must be, as a noun phrase
	field  reflect.Value
	secret bool
	path   bool // relative to the settings file, where it stands in it
}

// settings lists what can be set in c, in the order of declaration.
func settings(c *Config) []setting {
	var all []setting
	var walk func(v reflect.Value, prefix string)
	walk = func(v reflect.Value, prefix string) {
		for f, field := range v.Fields() {
			name := f.Tag.Get("toml")
			want, leaf := f.Tag.Lookup("want")
			switch {
			case name == "-":
			case !leaf:
				walk(field, prefix+name+".")
			default:
				key := prefix + name
				_, secret := field.Interface().(Secret)
				_, path := f.Tag.Lookup("path")
				all = append(all, setting{
					key: key, want: want, field: field, secret: secret, path: path,
					env: Prefix + strings.ToUpper(strings.ReplaceAll(key, ".", "_")),
				})
			}
		}
	}
	walk(reflect.ValueOf(c).Elem(), "")
	return all
}

// load is Load with the file's text at hand.
func load(path string, text []byte, env []string) (Config, error) {
	c := Default()
	l := loader{all: settings(&c), origin: map[string]string{}}
	l.file(path, text)
	l.environment(env)
	if len(l.problems) > 0 {
		// What is missing cannot be told while what is there is in doubt.
		return Config{}, &Error{Problems: l.problems}
	}
	l.check(&c)
	if len(l.problems) > 0 {
		return Config{}, &Error{Problems: l.problems}
	}
	return c, nil
}

// A loader gathers problems while the settings are read.
type loader struct {
	all      []setting
	origin   map[string]string // where a setting was made, by key
	problems []Problem
}

func (l *loader) problem(where, key, format string, args ...any) {
	l.problems = append(l.problems, Problem{Where: where, Key: key, Message: fmt.Sprintf(format, args...)})
}

func (l *loader) find(key string) (setting, bool) {
	i := slices.IndexFunc(l.all, func(s setting) bool { return s.key == key })
	if i < 0 {
		return setting{}, false
	}
	return l.all[i], true
}

// file takes over what stands in the settings file.
func (l *loader) file(path string, text []byte) {
	var tree map[string]any
	md, err := toml.Decode(string(text), &tree)
	if err != nil {
		where, message := path, err.Error()
		if bad, ok := errors.AsType[toml.ParseError](err); ok {
			where, message = fmt.Sprintf("%s:%d", path, bad.Position.Line), bad.Message
		}
		l.problem(where, "", "this is not TOML: %s.", strings.TrimSuffix(message, "."))
		return
	}
	lines := lineNumbers(string(text))
	unknown := map[string]bool{}
	for _, k := range md.Keys() {
		key := strings.Join(k, ".")
		where := path
		if n := lines[key]; n > 0 {
			where = fmt.Sprintf("%s:%d", path, n)
		}
		value, ok := lookUp(tree, k)
		if !ok || under(k, unknown) {
			continue
		}
		s, known := l.find(key)
		if slices.ContainsFunc(k, func(part string) bool { return strings.Contains(part, ".") }) {
			known = false // "log.level" in quotes is a name with a dot in it
		}
		switch _, table := value.(map[string]any); {
		case !known && table && l.section(key):
		case !known && l.section(key):
			l.problem(where, key, "%s is a section: write [%[1]s] on a line of its own, and its settings below.", key)
		case !known && table:
			unknown[key] = true
			l.problem(where, key, "there is no section [%s].%s", cut(key), nearest("Did you mean [%s]?", key, l.sections()))
		case s.secret, !known && isSecretName(k):
			l.problem(where, key, "a token may not stand in the settings file. %s", secretAdvice(key))
		case !known:
			unknown[key] = true
			l.problem(where, key, "there is no setting %s.%s", cut(key), nearest("Did you mean %s?", key, l.keys()))
		default:
			l.origin[key] = where
			if err := setValue(s.field, value); err != nil {
				l.problem(where, key, "%s must be %s; it is %s.", key, s.want, show(value))
			} else if s.path {
				s.field.SetString(beside(path, s.field.String()))
			}
		}
	}
}

// environment takes over what the environment says.
func (l *loader) environment(env []string) {
	names := make([]string, len(l.all), len(l.all)+2)
	for i, s := range l.all {
		names[i] = s.env
	}
	names = append(names, EnvConfig, EnvDB)
	for _, pair := range slices.Sorted(slices.Values(env)) {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || value == "" || !strings.HasPrefix(name, Prefix) || name == EnvConfig || name == EnvDB {
			continue
		}
		i := slices.Index(names, name)
		if i < 0 {
			l.problem(name, "", "Lectern reads no such variable.%s", nearest("Did you mean %s?", name, names))
			continue
		}
		s := l.all[i]
		l.origin[s.key] = s.env
		if err := setText(s.field, value); err != nil {
			l.problem(name, s.key, "this must be %s; it is %s.", s.want, show(value))
		}
	}
}

func (l *loader) keys() []string {
	var out []string
	for _, s := range l.all {
		if !s.secret {
			out = append(out, s.key)
		}
	}
	return out
}

func (l *loader) sections() []string {
	var out []string
	for _, s := range l.all {
		if name, _, ok := strings.Cut(s.key, "."); ok && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (l *loader) section(key string) bool { return slices.Contains(l.sections(), key) }

// under reports whether a part of the key is itself known to be unknown.
func under(k toml.Key, unknown map[string]bool) bool {
	for i := 1; i < len(k); i++ {
		if unknown[strings.Join(k[:i], ".")] {
			return true
		}
	}
	return false
}

func lookUp(tree map[string]any, k toml.Key) (any, bool) {
	var at any = tree
	for _, part := range k {
		m, ok := at.(map[string]any)
		if !ok {
			return nil, false // below an array of tables, which is refused as a whole
		}
		if at, ok = m[part]; !ok {
			return nil, false
		}
	}
	return at, true
}

// isSecretName tells a secret that was put under a wrong name, so that the
// answer does not invite the operator to try the next one.
func isSecretName(k toml.Key) bool {
	last := strings.ToLower(k[len(k)-1])
	return slices.Contains([]string{"token", "access_token", "bot_token", "password", "secret"}, last)
}

func secretAdvice(key string) string {
	section, _, _ := strings.Cut(key, ".")
	switch section {
	case "discord", "matrix":
		return fmt.Sprintf("Put it into a file of its own that only the bot's user can read, and name that file in %s.token_file; or set %s%s_TOKEN. If this file was ever shared, have the token replaced.",
			section, Prefix, strings.ToUpper(section))
	}
	return "Put it into a file of its own that only the bot's user can read, and name that file in token_file."
}

// beside makes a path in the settings file relative to the file.
func beside(file, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// setValue sets a field to a value as the TOML decoder gives it.
func setValue(field reflect.Value, value any) error {
	switch v := value.(type) {
	case string:
		if field.Kind() == reflect.Bool || field.Kind() == reflect.Slice {
			return errors.New("text")
		}
		return setText(field, v)
	case bool:
		if field.Kind() == reflect.Bool {
			field.SetBool(v)
			return nil
		}
	case []any:
		if field.Kind() != reflect.Slice {
			break
		}
		list := make([]string, len(v))
		for i, item := range v {
			s, ok := item.(string)
			if !ok {
				return errors.New("not a list of text")
			}
			list[i] = s
		}
		field.Set(reflect.ValueOf(list))
		return nil
	}
	return errors.New("another type")
}

// setText sets a field to a value as the environment gives it.
func setText(field reflect.Value, text string) error {
	switch p := field.Addr().Interface().(type) {
	case encoding.TextUnmarshaler:
		return p.UnmarshalText([]byte(text))
	case *time.Duration:
		d, err := time.ParseDuration(text)
		*p = d
		return err
	case *[]string:
		*p = strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
		return nil
	case *bool:
		b, err := strconv.ParseBool(text)
		*p = b
		return err
	}
	field.SetString(text)
	return nil
}

// show writes a wrong value, cut short.
func show(value any) string {
	s := fmt.Sprintf("%#v", value)
	switch v := value.(type) {
	case string:
		s = strconv.Quote(v)
	case bool, int64, float64:
		s = fmt.Sprint(v)
	case time.Time:
		s = "a date"
	case []any:
		return "a list"
	case map[string]any, []map[string]any:
		return "a section"
	}
	return cut(s)
}

func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

var (
	headerLine = regexp.MustCompile(`^\s*\[+\s*([^\]]+?)\s*\]`)
	keyLine    = regexp.MustCompile(`^\s*([A-Za-z0-9_."'\- ]+?)\s*=`)
)

// lineNumbers finds the lines on which keys stand. The decoder does not tell;
// this knows plain headers and keys, which is what people write, and says
// nothing of others.
func lineNumbers(text string) map[string]int {
	lines := map[string]int{}
	section, n := "", 0
	put := func(key string) {
		key = strings.NewReplacer(" ", "", `"`, "", "'", "").Replace(key)
		if _, seen := lines[key]; !seen {
			lines[key] = n
		}
	}
	for line := range strings.Lines(text) {
		n++
		if m := headerLine.FindStringSubmatch(line); m != nil {
			section = m[1] + "."
			put(m[1])
		} else if m := keyLine.FindStringSubmatch(line); m != nil {
			put(section + m[1])
		}
	}
	return lines
}
