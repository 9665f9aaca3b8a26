package e2e

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// enter runs the program with lines of input, and says how it ended.
func (l *lectern) enter(lines string, args ...string) (code int, out string) {
	l.t.Helper()
	cmd := exec.Command(program(l.t, "E2E_BIN"), append([]string{"--config", l.dir + "/lectern.toml"}, args...)...)
	var b bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(lines), &b, &b
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		l.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

// signed are the keys that the homeserver holds of an account: whether it has
// keys that sign devices, and which of its devices they signed.
func (p *person) signed() (master bool, devices map[string]bool) {
	p.t.Helper()
	var got struct {
		Devices map[string]map[string]struct {
			Signatures map[string]map[string]string `json:"signatures"`
		} `json:"device_keys"`
		Self map[string]struct {
			Keys map[string]string `json:"keys"`
		} `json:"self_signing_keys"`
	}
	p.call("POST", "/_matrix/client/v3/keys/query", map[string]any{"device_keys": map[string]any{p.id: []string{}}}, &got)
	devices = map[string]bool{}
	for device, keys := range got.Devices[p.id] {
		for name := range got.Self[p.id].Keys {
			if keys.Signatures[p.id][name] != "" {
				devices[device] = true
			}
		}
	}
	return len(got.Self[p.id].Keys) > 0, devices
}

// An operator who has an account and its password logs the bot in: its device
// is verified, and again after its keys were lost. Neither password nor key is
// in a log or in a file.
func TestLogin(t *testing.T) {
	t.Parallel()
	h := newHomeserver(t)
	l := newLectern(t, h)
	if err := os.Remove(l.dir + "/token"); err != nil {
		t.Fatal(err)
	}
	if code, out := l.enter("not the password\n", "matrix", "login"); code != 1 || !strings.Contains(out, "does not take") {
		t.Fatalf("with a wrong password: %d\n%s", code, out)
	}
	const password = "password-of-lectern"
	code, out := l.enter(password+"\n", "matrix", "login")
	key := regexp.MustCompile(`(?m)^    ((\w{4} ){11}\w{4})$`).FindStringSubmatch(out)
	if code != 0 || key == nil || !strings.Contains(out, "is verified") {
		t.Fatalf("login: %d\n%s", code, out)
	}
	if master, devices := l.me.signed(); !master || len(devices) != 1 {
		t.Errorf("the homeserver has keys %v, which sign %v", master, devices)
	}
	if code, out := l.enter("", "matrix", "verify", "--check"); code != 0 || strings.Contains(out, key[1]) {
		t.Errorf("verify: %d\n%s", code, out)
	}
	if code, out := l.enter(password+"\n", "matrix", "login"); code != 1 || !strings.Contains(out, "--new-device") {
		t.Errorf("login again: %d\n%s", code, out)
	}
	l.start()
	if code, out := l.enter(password+"\n", "matrix", "login", "--new-device"); code != 1 || !strings.Contains(out, "Stop it first") {
		t.Errorf("login beside a running bot: %d\n%s", code, out)
	}
	l.stop()
	// The keys are lost, and the backup has none.
	l.run("backup", l.dir+"/backup.db")
	for _, name := range []string{"lectern.db.matrix.keys", "lectern.db.matrix.keys-wal", "lectern.db.matrix.keys-shm"} {
		if err := os.Remove(filepath.Join(l.dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if code, out := l.enter("", "matrix", "verify"); code != 1 || !strings.Contains(out, "the keys of this device are lost; run lectern matrix login") {
		t.Errorf("verify without keys: %d\n%s", code, out)
	}
	if code, out := l.enter(password+"\nEsTc wrong\n", "matrix", "login", "--new-device"); code != 1 || !strings.Contains(out, "not the account's recovery key") {
		t.Errorf("with a wrong recovery key: %d\n%s", code, out)
	}
	if code, out := l.enter("", "matrix", "verify", "--check"); code != 1 || !strings.Contains(out, "is not verified") {
		t.Errorf("verify --check of a device that is not: %d\n%s", code, out)
	}
	if code, out := l.enter(key[1]+"\n", "matrix", "verify"); code != 0 || !strings.Contains(out, "is verified") {
		t.Errorf("with the recovery key: %d\n%s", code, out)
	}
	if _, devices := l.me.signed(); len(devices) != 2 {
		t.Errorf("signed are %v", devices)
	}
	l.start()
	ana := h.register("ana")
	var made struct {
		Room string `json:"room_id"`
	}
	secret := []any{map[string]any{"type": "m.room.encryption", "state_key": "", "content": map[string]any{"algorithm": "m.megolm.v1.aes-sha2"}}}
	ana.call("POST", "/_matrix/client/v3/createRoom", map[string]any{"preset": "private_chat", "invite": []string{l.me.id}, "initial_state": secret}, &made)
	until(t, 20*time.Second, "a greeting that nobody else reads", func() bool {
		for _, e := range ana.messages(made.Room) {
			if e.Sender == l.me.id && e.Type == "m.room.message" {
				t.Fatalf("it spoke plainly in an encrypted room: %v", e.Content)
			}
			if e.Sender == l.me.id && e.Type == "m.room.encrypted" {
				return true
			}
		}
		return false
	})
	l.stop()
	token, err := os.ReadFile(l.dir + "/token")
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(l.dir + "/*")
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for what, s := range map[string]string{"password": password, "recovery key": key[1], "token": strings.TrimSpace(string(token))} {
			if bytes.Contains(text, []byte(s)) && !(what == "token" && f == l.dir+"/token") {
				t.Errorf("%s has the %s", f, what)
			}
		}
		if info, err := os.Stat(f); err == nil && strings.Contains(f, ".keys") && info.Mode().Perm() != 0o600 {
			t.Errorf("%s can be read by others: %v", f, info.Mode())
		}
	}
}
