package discordtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	"github.com/pb33f/libopenapi-validator/cache"
	"github.com/pb33f/libopenapi-validator/config"
	problems "github.com/pb33f/libopenapi-validator/errors"
)

// description is Discord's own description of its API, to which requests are
// held.
type description struct {
	validator validator.Validator
	mu        sync.Mutex // it compiles what it needs as it goes
}

// descriptions keeps what was read, by file: it takes seconds to compile, and
// every test of a program needs the same.
var descriptions struct {
	sync.Mutex
	read map[string]*description
}

// loadDescription reads the description; nil when there is none.
func loadDescription(name string) (*description, error) {
	wanted := name != "" // then it must be there
	switch name {
	case "-":
		return nil, nil
	case "":
		if name = os.Getenv("DISCORD_OPENAPI"); name != "" {
			wanted = true
		} else {
			name = besideRepository("shared/discord/openapi.json")
		}
	}
	if name == "" {
		return nil, nil
	}
	descriptions.Lock()
	defer descriptions.Unlock()
	if d := descriptions.read[name]; d != nil {
		return d, nil
	}
	data, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) && !wanted {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read Discord's description: %w", err)
	}
	doc, err := libopenapi.NewDocument(data)
	if err != nil {
		return nil, fmt.Errorf("read Discord's description: %w", err)
	}
	schemas := &lazy{DefaultCache: cache.NewDefaultCache()}
	v, errs := validator.NewValidator(doc,
		config.WithSchemaCache(schemas),
		config.WithScalarCoercion(), // permissions may be sent as numbers
		config.WithoutSecurityValidation(),
		config.WithLogger(slog.New(slog.DiscardHandler)),
	)
	if len(errs) > 0 {
		return nil, fmt.Errorf("read Discord's description: %w", errors.Join(errs...))
	}
	schemas.open = true
	d := &description{validator: v}
	if err := d.warm(); err != nil {
		return nil, err
	}
	if descriptions.read == nil {
		descriptions.read = map[string]*description{}
	}
	descriptions.read[name] = d
	return d, nil
}

// hurried are the requests that must come within seconds of what they answer:
// what they are held to is compiled before anybody waits for them.
var hurried = []struct{ method, path, body string }{
	{http.MethodPost, "/interactions/100000000000000001/t/callback", `{"type":5}`},
	{http.MethodPost, "/webhooks/100000000000000001/t", `{"content":"a"}`},
	{http.MethodPatch, "/webhooks/100000000000000001/t/messages/@original", `{"content":"a"}`},
}

func (d *description) warm() error {
	for _, h := range hurried {
		r, err := http.NewRequestWithContext(context.Background(), h.method, "http://discord.test/api/v10"+h.path, nil)
		if err != nil {
			return err
		}
		var k checker
		if d.check(&k, &call{raw: []byte(h.body)}, r); len(k.found) > 0 {
			return fmt.Errorf("discord's description refuses %s %s: %s", h.method, h.path, k.found[0].message)
		}
	}
	return nil
}

// A lazy cache compiles a schema when it is first needed. While it is not open
// it says that it has everything: else the validator compiles all of them at
// once, of which a test needs a few, and that takes seconds.
type lazy struct {
	open                bool
	*cache.DefaultCache // its zero value keeps nothing
}

// Load implements cache.SchemaCache.
func (l *lazy) Load(key uint64) (*cache.SchemaCacheEntry, bool) {
	if !l.open {
		return nil, true
	}
	return l.DefaultCache.Load(key)
}

// besideRepository looks for a file beside the folder with go.mod; "" when
// there is none.
func besideRepository(name string) string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			found := filepath.Join(filepath.Dir(dir), name)
			if _, err := os.Stat(found); err == nil {
				return found
			}
		}
		up := filepath.Dir(dir)
		if up == dir {
			return ""
		}
		dir = up
	}
}

// described is a request as the description knows it: version 10, and of a
// body in parts only what is JSON.
func described(c *call, r *http.Request) (*http.Request, error) {
	rest := r.URL.EscapedPath()
	for _, prefix := range []string{"/api/v10", "/api/v9"} {
		if after, ok := bytes.CutPrefix([]byte(rest), []byte(prefix)); ok {
			rest = string(after)
		}
	}
	address := "https://discord.com/api/v10" + rest
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	var body io.Reader
	if c.raw != nil {
		body = bytes.NewReader(c.raw)
	}
	out, err := http.NewRequestWithContext(r.Context(), r.Method, address, body)
	if err != nil {
		return nil, err
	}
	if c.raw != nil {
		out.Header.Set("Content-Type", "application/json")
	}
	return out, nil
}

// check holds a request to the description.
func (d *description) check(k *checker, c *call, r *http.Request) {
	out, err := described(c, r)
	if err != nil {
		k.found = append(k.found, finding{code: "BASE_TYPE_INVALID", message: err.Error()})
		return
	}
	d.mu.Lock()
	ok, errs := d.validator.ValidateHttpRequestSync(out)
	d.mu.Unlock()
	if ok {
		return
	}
	k.found = append(k.found, findings(errs)...)
}

// findings are what the validator says, as ours.
func findings(errs []*problems.ValidationError) []finding {
	var out []finding
	for _, e := range errs {
		if len(e.SchemaValidationErrors) == 0 {
			out = append(out, finding{path: e.ParameterName, code: "BASE_TYPE_INVALID", message: e.Message + ": " + e.Reason})
			continue
		}
		for _, s := range e.SchemaValidationErrors {
			path := ""
			for _, step := range s.InstancePath {
				path = join(path, step)
			}
			out = append(out, finding{path: path, code: "BASE_TYPE_INVALID", message: s.Reason + " (" + s.KeywordLocation + ")"})
		}
	}
	return out
}
