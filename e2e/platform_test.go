package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The suite that every platform passes, against a real homeserver. It stands
// with the platform, in the program's own module.
func TestPlatform(t *testing.T) {
	t.Parallel()
	within(t, "./bot/matrix", "TestPlatformOnHomeserver", "lectern", "ana", "ben")
}

// And in encrypted rooms.
func TestPlatformInSecret(t *testing.T) {
	t.Parallel()
	within(t, "./bot/matrix", "TestPlatformInSecretOnHomeserver", "lectern", "ana", "ben")
}

// The conversations that pass on every platform, with a bot that is the real
// one but for its clock: twelve weeks take some seconds.
func TestConversations(t *testing.T) {
	t.Parallel()
	converse(t, "TestConversationsOnHomeserver")
}

// converse runs a test that plays the scripts, for which it wants the people of
// the scripts and one bot for each.
func converse(t *testing.T, test string) {
	t.Helper()
	scripts, err := filepath.Glob("../cmd/lectern/testdata/scripts/*.txtar")
	if err != nil || len(scripts) == 0 {
		t.Fatal("no scripts", err)
	}
	names := []string{"ana", "ben", "cem", "dee", "eli"}
	for _, s := range scripts {
		names = append(names, "lectern-"+strings.TrimSuffix(filepath.Base(s), ".txtar"))
	}
	within(t, "./cmd/lectern", test, names...)
}

// within runs a test of the program's own module against a homeserver on which
// there are some accounts.
func within(t *testing.T, pkg, test string, names ...string) {
	t.Helper()
	h := newHomeserver(t)
	accounts := map[string]map[string]string{}
	for _, name := range names {
		p := h.register(name)
		accounts[name] = map[string]string{"ID": p.id, "Token": p.token}
	}
	text, err := json.Marshal(accounts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-tags", program(t, "E2E_TAGS"), "-run", "^"+test+"$", pkg)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "LECTERN_TEST_HOMESERVER="+h.url, "LECTERN_TEST_ACCOUNTS="+string(text))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+test+" ") {
		t.Fatalf("%v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "--- PASS") {
			t.Log(strings.TrimRight(line, "\n"))
		}
	}
}
