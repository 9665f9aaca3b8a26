package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The suite that every platform passes, against a real homeserver. It stands
// with the platform, in the program's own module.
func TestPlatform(t *testing.T) {
	t.Parallel()
	h := newHomeserver(t)
	accounts := map[string]map[string]string{}
	for _, name := range []string{"lectern", "ana", "ben"} {
		p := h.register(name)
		accounts[name] = map[string]string{"ID": p.id, "Token": p.token}
	}
	text, err := json.Marshal(accounts)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-v", "-tags", program(t, "E2E_TAGS"), "-run", "^TestPlatformOnHomeserver$", "./bot/matrix")
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), "LECTERN_TEST_HOMESERVER="+h.url, "LECTERN_TEST_ACCOUNTS="+string(text))
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestPlatformOnHomeserver ") {
		t.Fatalf("%v\n%s", err, out)
	}
}
