package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

const secret = "syt_swordfish"

func TestNothingSetIsTheDefault(t *testing.T) {
	c, err := Load("", []string{"HOME=/root", "LECTERN_CONFIG=x", "LECTERN_DB=y", "LECTERN_LOG_LEVEL="})
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("got %+v", c)
	}
	if c.Discord.Enabled() || c.Matrix.Enabled() {
		t.Error("a platform is on without a setting")
	}
}

func TestFileAndEnvironment(t *testing.T) {
	text := `
database = "data/group.db"
[discord]
token_file = "/run/credentials/discord"
shards = "0-3/8"
[matrix]
homeserver = "https://matrix.example.org/"
user = "@lectern:example.org"
token_file = "matrix.token"
allow_invites = ["@ana:example.org", "*:example.org"]
ignore = ["@discord_*:*"]
[log]
level = "debug"
[delivery]
late_reminder = "90m"
late_command = "1h"
settle = "20s"
keep_removed = "720h"
[library]
max_file = "5 MiB"
hosts = ["www.example.org", "*.example.net:8443"]
fetch_within = "1m"
`
	c, err := load("/etc/lectern/lectern.toml", []byte(text), []string{
		"LECTERN_LOG_FORMAT=json",
		"LECTERN_DATABASE=here.db",
		"LECTERN_MATRIX_TOKEN=" + secret,
		"LECTERN_MATRIX_ALLOW_INVITES=@ben:example.org, *:example.net",
		"LECTERN_LOG_LEVEL=warn",
		"LECTERN_HTTP_LISTEN=127.0.0.1:8484",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Database: "here.db",
		Discord:  Discord{TokenFile: "/run/credentials/discord", APIURL: "https://discord.com", Shards: Shards{0, 3, 8}},
		Matrix: Matrix{
			Homeserver: "https://matrix.example.org", User: "@lectern:example.org",
			Token: secret, TokenFile: "/etc/lectern/matrix.token",
			AllowInvites: []string{"@ben:example.org", "*:example.net"}, Ignore: []string{"@discord_*:*"},
		},
		Log:      Log{Level: slog.LevelWarn, Format: "json"},
		HTTP:     HTTP{Listen: "127.0.0.1:8484"},
		Delivery: Delivery{StopWithin: 10 * time.Second, Settle: 20 * time.Second, KeepRemoved: 720 * time.Hour, LateReminder: 90 * time.Minute, LateCommand: time.Hour},
		Library:  Library{MaxFile: 5 << 20, Hosts: []string{"www.example.org", "*.example.net:8443"}, FetchWithin: time.Minute},
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %#v\nwant %#v", c, want)
	}
}

// TestRefusals holds the sentences that an operator reads.
func TestRefusals(t *testing.T) {
	matrix := "[matrix]\nhomeserver = \"https://h\"\nuser = \"@l:h\"\ntoken_file = \"t\"\n"
	tests := []struct {
		name, text string
		env        []string
		want       []string // a line each; "…" stands for any text
	}{
		{"unknown key", "[matrix]\nhomesever = \"x\"", nil, []string{"l.toml:2: there is no setting matrix.homesever. Did you mean matrix.homeserver?"}},
		{"wrong section", "[discord]\n\nhomeserver = \"x\"", nil, []string{"l.toml:3: there is no setting discord.homeserver. Did you mean matrix.homeserver?"}},
		{"wrong case", "Database = \"x\"", nil, []string{"l.toml:1: there is no setting Database. Did you mean database?"}},
		{"far from all", "colour = 1", nil, []string{"l.toml:1: there is no setting colour."}},
		{"unknown section", "[matirx]\nuser = \"x\"\nhomeserver = \"y\"", nil, []string{"l.toml:1: there is no section [matirx]. Did you mean [matrix]?"}},
		{"dotted key", "log.levle = \"info\"", nil, []string{"l.toml:1: there is no setting log.levle. Did you mean log.level?"}},
		{"dot in quotes", "\"log.level\" = \"info\"", nil, []string{"l.toml:1: there is no setting log.level. Did you mean log.level?"}},
		{"section as a list", "[[matrix]]\nuser = \"x\"", nil, []string{"l.toml:1: matrix is a section: write [matrix] on a line of its own, and its settings below."}},
		{"section as a value", "matrix = \"x\"", nil, []string{"l.toml:1: matrix is a section: …"}},
		{"value as a section", "[log.level]\nx = 1", nil, []string{"l.toml:1: log.level must be one of …; it is a section.", "l.toml:2: there is no setting log.level.x. …"}},
		{"not TOML", "[log]\nlevel = info", nil, []string{"l.toml:2: this is not TOML: …"}},
		{"twice", "[log]\nlevel = \"info\"\nlevel = \"warn\"", nil, []string{"l.toml:3: this is not TOML: …"}},
		{"wrong type", "[log]\nlevel = 3", nil, []string{`l.toml:2: log.level must be one of "debug", "info", "warn" and "error"; it is 3.`}},
		{"wrong word", "[log]\nlevel = \"loud\"", nil, []string{`l.toml:2: log.level must be one of …; it is "loud".`}},
		{"list of numbers", "[matrix]\nallow_invites = [1]", nil, []string{`l.toml:2: matrix.allow_invites must be a list of user IDs, …; it is a list.`}},
		{"text for a list", "[matrix]\nallow_invites = \"@a:b\"", nil, []string{`l.toml:2: matrix.allow_invites must be a list of user IDs, …; it is "@a:b".`}},
		{"no unit", "[delivery]\nlate_reminder = 2", nil, []string{`l.toml:2: delivery.late_reminder must be a length of time …; it is 2.`}},
		{"bad unit", "[delivery]\nlate_reminder = \"2 hours\"", nil, []string{`l.toml:2: delivery.late_reminder must be a length of time …; it is "2 hours".`}},
		{"too long", "[delivery]\nstop_within = \"1h\"", nil, []string{`l.toml:2: delivery.stop_within must be between "1s" and "5m"; it is "1h0m0s".`}},
		{"too small", "[library]\nmax_file = \"10\"", nil, []string{`l.toml:2: library.max_file must be between "1 kB" and "1 GB"; it is "10 B".`}},
		{"address for a host", "[library]\nhosts = [\"https://example.org/books\"]", nil, []string{`l.toml:2: library.hosts: "https://example.org/books" is neither a host ("www.gutenberg.org") nor all below one ("*.example.org"). …`}},
		{"any host", "[library]\nhosts = [\"*\"]", nil, []string{`l.toml:2: library.hosts: "*" is neither …`}},
		{"for ever", "[library]\nfetch_within = \"1h\"", nil, []string{`l.toml:2: library.fetch_within must be between "1s" and "5m"; it is "1h0m0s".`}},
		{"overflow", "[library]\nmax_file = \"999999999999999 GiB\"", nil, []string{`l.toml:2: library.max_file must be a size …; it is …`}},
		{"shards", "[discord]\nshards = \"4-8/8\"", nil, []string{`l.toml:2: discord.shards must be "auto", or …; it is "4-8/8".`}},
		{"http address", "[discord]\napi_url = \"http://discord.com\"", nil, []string{"l.toml:2: discord.api_url must be an address that begins with https:// …"}},
		{"empty database", "database = \"\"", nil, nil}, // beside() leaves it empty: see below
		{"port", "[http]\nlisten = \"8484\"", nil, []string{`l.toml:2: http.listen must be a host and a port, such as "127.0.0.1:8484"; it is "8484".`}},
		{"format", "[log]\nformat = \"xml\"", nil, []string{`l.toml:2: log.format must be "text" or "json"; it is "xml".`}},
		{"homeserver", strings.Replace(matrix, "https://", "", 1), nil, []string{`l.toml:2: matrix.homeserver must be an address …; it is "h".`}},
		{"user", strings.Replace(matrix, "@l:h", "lectern", 1), nil, []string{`l.toml:3: matrix.user must be a full user ID, …; it is "lectern".`}},
		{"invites", matrix + "allow_invites = [\"ana\"]", nil, []string{`l.toml:5: matrix.allow_invites: "ana" is neither …`}},
		{"half of it", "[matrix]\nhomeserver = \"https://h\"", nil, []string{"matrix.user is missing: …", "matrix.token_file is missing: …"}},
		{"the other half", "[matrix]\nuser = \"@l:h\"", nil, []string{"matrix.homeserver is missing: …"}},
		{"token in the file", "[matrix]\ntoken = \"" + secret + "\"", nil, []string{"l.toml:2: a token may not stand in the settings file. Put it into a file of its own that only the bot's user can read, and name that file in matrix.token_file; or set LECTERN_MATRIX_TOKEN. …"}},
		{"token by another name", "[discord]\nbot_token = \"" + secret + "\"", nil, []string{"l.toml:2: a token may not stand in the settings file. …discord.token_file…"}},
		{"token at the top", "token = \"" + secret + "\"", nil, []string{"l.toml:1: a token may not stand in the settings file. …"}},
		{"unknown variable", "", []string{"LECTERN_MATRIX_HOMESEVER=x"}, []string{"LECTERN_MATRIX_HOMESEVER: Lectern reads no such variable. Did you mean LECTERN_MATRIX_HOMESERVER?"}},
		{"misspelt secret", "", []string{"LECTERN_DISCORD_TOKN=" + secret}, []string{"LECTERN_DISCORD_TOKN: Lectern reads no such variable. Did you mean LECTERN_DISCORD_TOKEN?"}},
		{"wrong in the environment", "", []string{"LECTERN_LOG_LEVEL=loud"}, []string{`LECTERN_LOG_LEVEL: this must be one of …; it is "loud".`}},
		{"out of range in the environment", "", []string{"LECTERN_HTTP_LISTEN=x"}, []string{"LECTERN_HTTP_LISTEN: http.listen must be …"}},
		{"two sources", "", []string{"LECTERN_DISCORD_TOKEN=" + secret, "LECTERN_DISCORD_TOKEN_FILE=f"}, []string{"LECTERN_DISCORD_TOKEN: both LECTERN_DISCORD_TOKEN and LECTERN_DISCORD_TOKEN_FILE are set: keep one."}},
		{"several at once", "colour = 1\n[log]\nlevel = 1", []string{"LECTERN_X=1"}, []string{"l.toml:1: …", "l.toml:3: …", "LECTERN_X: …"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := load("l.toml", []byte(tt.text), tt.env)
			if tt.want == nil {
				tt.want = []string{"l.toml:1: database is empty: …"}
			}
			bad, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v, want an *Error", err)
			}
			if strings.Contains(err.Error(), "swordfish") {
				t.Errorf("the secret is shown: %v", err)
			}
			got := strings.Split(err.Error(), "\n")
			if len(got) != len(tt.want) || len(got) != len(bad.Problems) {
				t.Fatalf("got %q, want %q", got, tt.want)
			}
			for i, want := range tt.want {
				form := strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*")
				if !regexp.MustCompile("^" + form + "$").MatchString(got[i]) {
					t.Errorf("got  %s\nwant %s", got[i], want)
				}
			}
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "large.toml")
	if err := os.WriteFile(large, bytes.Repeat([]byte("#\n"), maxFile), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "none.toml"): "the settings file cannot be read (no such file or directory). Check the path after --config or in LECTERN_CONFIG.",
		dir:                             "the settings file cannot be read (",
		large:                           "this file is larger than 256 kB",
	} {
		_, err := Load(path, nil)
		if err == nil || !strings.HasPrefix(err.Error(), path+": "+want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	_, err := Load(filepath.Join(dir, "none.toml"), nil)
	if !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v hides what the system said", err)
	}
}

func TestWarnings(t *testing.T) {
	c, err := load("l.toml", []byte(`
[matrix]
homeserver = "http://homeserver:8008"
user = "@lectern:example.org"
[http]
listen = ":8484"
`), []string{"LECTERN_MATRIX_TOKEN=" + secret})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) != 2 {
		t.Errorf("got %q", c.Warnings)
	}
}

func TestReadSecrets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil { // whatever the umask says
			t.Fatal(err)
		}
		return path
	}
	tests := []struct {
		name, path, problem, warning string
	}{
		{"good", write("good", secret+"\n", 0o600), "", ""},
		{"open to all", write("open", secret, 0o644), "", "chmod 600"},
		{"none", filepath.Join(dir, "none"), "matrix.token_file: there is no file", ""},
		{"empty", write("empty", " \n", 0o600), "is empty", ""},
		{"two lines", write("two", secret+"\nmore", 0o600), "holds more than a token", ""},
		{"a folder", dir, "is not a file", ""},
		{"too large", write("large", strings.Repeat("x", maxToken+1), 0o600), "larger than any token", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Default()
			c.Matrix.TokenFile = tt.path
			err := c.ReadSecrets()
			if tt.problem != "" {
				if _, ok := errors.AsType[*Error](err); !ok || !strings.Contains(err.Error(), tt.problem) {
					t.Fatalf("got %v, want %s", err, tt.problem)
				}
				return
			}
			if err != nil || c.Matrix.Token != secret {
				t.Fatalf("got %v", err)
			}
			warnings := strings.Join(c.Warnings, "\n")
			if (warnings == "") != (tt.warning == "") || !strings.Contains(warnings, tt.warning) {
				t.Errorf("warnings: %q, want %q", warnings, tt.warning)
			}
		})
	}
	// The environment's token needs no file.
	c := Default()
	c.Discord.Token, c.Discord.TokenFile = secret, filepath.Join(dir, "none")
	if err := c.ReadSecrets(); err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNeverShown(t *testing.T) {
	c := Default()
	c.Matrix.Token = secret
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %[1]v"} {
		for _, value := range []any{c, &c, c.Matrix, c.Matrix.Token, []Secret{secret}, map[string]Secret{"a": secret}} {
			if got := fmt.Sprintf(verb, value); strings.Contains(got, "swordfish") || strings.Contains(got, fmt.Sprintf("%x", "swordfish")) {
				t.Errorf("%s of %T shows the secret: %s", verb, value, got)
			}
		}
	}
	var out bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("settings", "token", c.Matrix.Token, "matrix", c.Matrix, "all", &c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), "swordfish") {
		t.Errorf("the secret is shown: %s", out.String())
	}
	if !strings.Contains(out.String(), hidden) {
		t.Errorf("nothing says that there is a secret: %s", out.String())
	}
	if Secret("").String() != "" {
		t.Error("no secret looks like one")
	}
}

func TestValuesReadBack(t *testing.T) {
	for _, s := range []string{"auto", "0/1", "0-3/8", "2/4"} {
		var v Shards
		if err := v.UnmarshalText([]byte(s)); err != nil || v.String() != s {
			t.Errorf("%s: got %s, %v", s, v, err)
		}
	}
	for s, want := range map[string]Size{"0": 0, "12": 12, "12 B": 12, "3 kB": 3000, "3k": 3000, "2MiB": 2 << 20, "1 GB": GB} {
		var v Size
		if err := v.UnmarshalText([]byte(s)); err != nil || v != want {
			t.Errorf("%s: got %d, %v", s, v, err)
		}
		var again Size
		if err := again.UnmarshalText([]byte(v.String())); err != nil || again != v {
			t.Errorf("%s: %s reads back as %d, %v", s, v, again, err)
		}
	}
	for _, s := range []string{"", "MB", "-1", "1.5 MB", "1iB", "9999999999999999999", "999999999999999GB"} {
		if err := new(Size).UnmarshalText([]byte(s)); err == nil {
			t.Errorf("%q is taken for a size", s)
		}
	}
}

// TestExample holds contrib/lectern.example.toml to what can be set: it loads
// as it stands, says nothing but defaults, names every setting, and still
// loads with every line switched on.
func TestExample(t *testing.T) {
	const path = "../contrib/lectern.example.toml"
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	c, err := load("lectern.toml", text, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(c, Default()) {
		t.Errorf("the example changes a default: %+v", c)
	}
	all := regexp.MustCompile(`(?m)^#([a-z_]+ = )`).ReplaceAll(text, []byte("$1"))
	on, err := load("lectern.toml", all, nil)
	if err != nil {
		t.Fatal(err)
	}
	d := Default()
	lines := lineNumbers(string(all))
	for i, s := range settings(&on) {
		if s.secret {
			continue
		}
		if lines[s.key] == 0 {
			t.Errorf("contrib/lectern.example.toml does not name %s: add it with its default and a comment", s.key)
		}
		// Where there is a default, the example shows it.
		def := settings(&d)[i].field
		if !def.IsZero() && !reflect.DeepEqual(def.Interface(), s.field.Interface()) {
			t.Errorf("the example says %s = %v, the default is %v", s.key, s.field, def)
		}
	}
}

func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("../contrib/lectern.example.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(example, "LECTERN_MATRIX_TOKEN=x")
	f.Add([]byte("[matrix]\nhomeserver = \"https://h\"\nuser = \"@l:h\"\ntoken_file = \"t\""), "LECTERN_LOG_LEVEL=debug")
	f.Add([]byte("[log]\nlevel = 3\n[[matrix]]\n[a.b]\nc = 1979-05-27\n"), "LECTERN_LIBRARY_MAX_FILE=9 GB")
	f.Add([]byte("\"a.b\".\"\" = {x = [[1], {y = 2}]}"), "LECTERN_")
	f.Fuzz(func(t *testing.T, text []byte, pair string) {
		c, err := load("l.toml", text, []string{pair})
		if err != nil {
			bad, ok := errors.AsType[*Error](err)
			if !ok || len(bad.Problems) == 0 || !reflect.DeepEqual(c, Config{}) {
				t.Fatalf("an error without a sentence: %v", err)
			}
			return
		}
		// Whatever loads is within the bounds that the rest relies on.
		if c.Database == "" || c.Delivery.StopWithin <= 0 || c.Library.MaxFile <= 0 || c.Log.Format == "" {
			t.Errorf("loaded, and cannot work: %+v", c)
		}
		if c.Matrix.Enabled() && (c.Matrix.User == "" || c.Matrix.Token == "" && c.Matrix.TokenFile == "") {
			t.Errorf("half of the Matrix settings: %+v", c.Matrix)
		}
	})
}
