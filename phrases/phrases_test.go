package phrases

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"lectern/bot"
)

func load(t *testing.T) *Book {
	t.Helper()
	b, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSay(t *testing.T) {
	v := load(t).In("en")
	for _, c := range []struct {
		got  bot.Spans
		want bot.Spans
	}{
		{v.Say("count.passages", "Count", 1), bot.Plain("1 passage")},
		{v.Say("count.passages", "Count", 5400), bot.Plain("5,400 passages")},
		{v.Say("group.ready", "Name", "Tuesday **readers** {{.X}} `x`"), bot.Spans{{Text: "Tuesday **readers** {{.X}} `x`", Style: bot.Strong}, {Text: " is ready."}}},
		{v.Say("along.left", "Hidden", true), bot.Plain("You no longer read along. What you checked in stays, and counts again when you come back; it stays hidden, as you chose.")},
		{v.Say("along.left", "Hidden", false)[1:2], bot.Spans{{Text: "privacy hide", Style: bot.Typed}}},
		{v.Say("help.more")[:1], bot.Spans{{Text: "help all", Style: bot.Typed}}},
	} {
		if len(c.got) != len(c.want) {
			t.Errorf("got %+v, want %+v", c.got, c.want)
			continue
		}
		for i := range c.got {
			if c.got[i] != c.want[i] {
				t.Errorf("got %+v, want %+v", c.got[i], c.want[i])
			}
		}
	}
	for n, want := range map[int]string{1: "1st", 2: "2nd", 3: "3rd", 11: "11th", 12: "12th", 13: "13th", 37: "37th", 111: "111th", 122: "122nd"} {
		if got := v.Ordinal(n); got != want {
			t.Errorf("Ordinal(%d) = %s, want %s", n, got, want)
		}
	}
}

// Every sentence that the code asks for is in the catalogue, and the catalogue
// has none that nobody asks for.
func TestEverySentenceIsThere(t *testing.T) {
	keys := map[string]bool{}
	prefixes := map[string]bool{}
	root := ".."
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata" || d.Name() == "e2e" || d.Name() == "bench") {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			s, err := strconv.Unquote(lit.Value)
			if err != nil || strings.ContainsAny(s, " /\n") {
				return true
			}
			if strings.HasSuffix(s, ".") || strings.HasSuffix(s, "_") {
				prefixes[s] = true
			}
			keys[s] = true
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("en.toml")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := toml.Unmarshal(text, &raw); err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	flatten("", raw, have)
	v := load(t).In("en")
	families := map[string]bool{}
	for k := range have {
		family, _, _ := strings.Cut(k, ".")
		families[family] = true
		if !v.Has(k) {
			t.Errorf("the catalogue's %q cannot be said", k)
		}
		used := keys[k]
		for p := range prefixes {
			used = used || strings.HasPrefix(k, p)
		}
		// Reasons and their like are joined from two parts.
		for _, p := range []string{"error.", "ask.", "param.", "command.", "family.", "date."} {
			used = used || strings.HasPrefix(k, p)
		}
		if !used {
			t.Errorf("nobody says %q", k)
		}
	}
	var missing []string
	for k := range keys {
		family, rest, ok := strings.Cut(k, ".")
		if ok && families[family] && rest != "" && !have[k] && !prefixes[k] && !strings.HasSuffix(k, ".go") && !strings.HasSuffix(k, ".toml") && !strings.HasSuffix(k, ".png") {
			missing = append(missing, k)
		}
	}
	sort.Strings(missing)
	for _, k := range missing {
		t.Errorf("%q is asked for and not in the catalogue", k)
	}
}

func flatten(prefix string, m map[string]any, out map[string]bool) {
	if _, ok := m["other"]; ok {
		out[prefix] = true
		return
	}
	for k, v := range m {
		name := k
		if prefix != "" {
			name = prefix + "." + k
		}
		switch x := v.(type) {
		case map[string]any:
			flatten(name, x, out)
		default:
			out[name] = true
		}
	}
}
