package importer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"lectern/library"
)

// What extracting the text of a PDF may take at most.
const (
	pdfTime   = 10 * time.Second
	pdfMemory = 512 << 20
	pdfText   = 96 << 20 // of text that comes out
	pdfLayout = 48 << 20 // of text with its places: some five thousand pages
)

// readPDF reads a PDF by Poppler's pdftotext, which runs as a process of its own
// with bounds on its time, its memory and what it writes, in a group that is
// ended as a whole, and without the network where the system allows that. Pages
// come parted by form feeds, and what else a page shows is dealt with as in any
// text.
func readPDF(ctx context.Context, data []byte, opt Options) (*library.Work, error) {
	tool := opt.PDFToText
	if tool == "" {
		tool = "pdftotext"
	}
	bin, err := exec.LookPath(tool)
	if err != nil {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_pdf_tool"}
	}
	most := opt.PDFTime
	if most <= 0 {
		most = pdfTime
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	if w, ok, err := readByLayout(ctx, data, opt, most); ok || err != nil {
		return w, err
	}
	text, err := extract(ctx, bin, data, most, pdfText, "-enc", "UTF-8", "-layout", pdfFile, "-")
	if err == nil && inColumns(text) {
		text, err = extract(ctx, bin, data, most, pdfText, "-enc", "UTF-8", pdfFile, "-")
	}
	if err != nil {
		return nil, err
	}
	text, _, err = decode([]byte(strings.ReplaceAll(text, "\x00", "")))
	if err != nil || !hasWord(text) {
		return nil, &library.Error{Code: library.BadFile, Reason: "file_pdf_no_text"}
	}
	return readPDFText(ctx, text, opt)
}

// readByLayout reads a PDF by the places of its words, which Poppler's pdftohtml
// tells with their sizes, their fonts and the file's outline. ok is false where
// the program is missing, or finds nothing.
func readByLayout(ctx context.Context, data []byte, opt Options, most time.Duration) (w *library.Work, ok bool, err error) {
	if opt.PDFToText != "" {
		return nil, false, nil // the extractor is chosen
	}
	bin, err := exec.LookPath("pdftohtml")
	if err != nil {
		return nil, false, nil //nolint:nilerr // pdftotext alone will do
	}
	out, err := extract(ctx, bin, data, most, pdfLayout, "-xml", "-i", "-enc", "UTF-8", "-stdout", pdfFile)
	if le, is := errors.AsType[*library.Error](err); is && (le.Reason == "file_pdf_broken" || le.Reason == "file_pdf_endless") {
		return nil, false, nil // the other one may know better, or say less
	}
	if err != nil {
		return nil, false, err
	}
	l := parseLayout(strings.ReplaceAll(strings.ToValidUTF8(out, "\ufffd"), "\x00", ""))
	if !slices.ContainsFunc(l.pages, func(p layoutPage) bool {
		return slices.ContainsFunc(p.frags, func(f frag) bool { return hasWord(f.text) })
	}) {
		return nil, false, nil
	}
	w, err = readLayout(ctx, l, readInfo(ctx, data, most))
	if errors.Is(err, context.DeadlineExceeded) {
		err = &library.Error{Code: library.TooLarge, Reason: "file_pdf_slow", Args: map[string]any{"Max": int(max(most/time.Second, 1))}}
	}
	return w, err == nil, err
}

// A pdfInfo is what a PDF says about itself.
type pdfInfo struct{ title, author string }

// noTitle is what programs write where nobody gave a title: a file's name, or that
// there is none.
var noTitle = expr(`(?i)^(?:untitled.*|no title|unbenannt.*|sans titre.*|document ?[0-9]*|microsoft (?:word|powerpoint) - .*|.*\.(?:docx?|pdf|tex|dvi|indd|qxd|html?|odt|rtf|txt|pages|p65|ps|wpd)|print|layout [0-9]+|slide [0-9]+|[a-z0-9]+(?:[-_][a-z0-9]+)+)$`)

// noAuthor is what programs write for one who has no name.
var noAuthor = expr(`(?i)^(?:user|admin|administrator|root|owner|author|unknown|anonymous|none|default|(?:pc|user|hp|dell|acer|asus|lenovo)[ -]?(?:user|[0-9]+)?|.*@.*|.*\\.*)$`)

// readInfo is what Poppler's pdfinfo tells of a PDF's title and author; nothing
// where the program is missing or fails.
func readInfo(ctx context.Context, data []byte, most time.Duration) (info pdfInfo) {
	bin, err := exec.LookPath("pdfinfo")
	if err != nil {
		return info
	}
	out, err := extract(ctx, bin, data, most, 1<<16, "-enc", "UTF-8", pdfFile)
	if err != nil {
		return info
	}
	for l := range strings.SplitSeq(strings.ToValidUTF8(out, ""), "\n") {
		key, value, _ := strings.Cut(l, ":")
		value = tidy(value)
		switch {
		case !hasWord(value) || !atMostWords(value, 40):
		case key == "Title" && info.title == "" && !noTitle.MatchString(value):
			info.title = value
		case key == "Author" && info.author == "" && !noAuthor.MatchString(value) && atMostWords(value, 16):
			info.author = value
		}
	}
	return info
}

// pdfFile is what the PDF is called in the folder that an extractor runs in.
const pdfFile = "in.pdf"

// extract runs an extractor over a PDF, which it gets as a file: it looks for
// what it needs in any order. limit is how many bytes may come out.
func extract(ctx context.Context, bin string, data []byte, most time.Duration, limit int, args ...string) (string, error) {
	dir, err := os.MkdirTemp("", "lectern-pdf-")
	if err != nil {
		return "", fmt.Errorf("a folder for the PDF: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }() // the system cleans up what is left
	if err := os.WriteFile(dir+"/"+pdfFile, data, 0o600); err != nil {
		return "", fmt.Errorf("write the PDF: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	// The shell sets the bounds on itself, and becomes the extractor: memory in
	// kB, processor time in seconds, files in blocks of 512 bytes.
	script := fmt.Sprintf(`ulimit -v %d; ulimit -t %d; ulimit -c 0; ulimit -f %d; exec "$0" "$@"`, pdfMemory>>10, int(max(most/time.Second, 1)), pdfText>>9)
	cmd := exec.CommandContext(ctx, "/bin/sh", append([]string{"-c", script, bin}, args...)...)
	cmd.Dir = dir
	cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + dir, "TMPDIR=" + dir, "LC_ALL=C"}
	apart(cmd)
	cmd.Cancel = func() error { return endGroup(cmd) }
	cmd.WaitDelay = time.Second
	out := limited{left: limit, full: cancel}
	said := limited{left: 4096}
	cmd.Stdout, cmd.Stderr = &out, &said
	err = start(cmd)
	_ = endGroup(cmd) // whatever it left running
	switch {
	case out.left < 0:
		return "", &library.Error{Code: library.TooLarge, Reason: "file_pdf_endless", Args: map[string]any{"Max": limit >> 20}}
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return "", &library.Error{Code: library.TooLarge, Reason: "file_pdf_slow", Args: map[string]any{"Max": int(max(most/time.Second, 1))}}
	case ctx.Err() != nil:
		return "", ctx.Err()
	case err == nil:
		return out.b.String(), nil
	}
	message := strings.ToLower(said.b.String())
	if strings.Contains(message, "password") || strings.Contains(message, "permission") || strings.Contains(message, "copy-protection") {
		return "", &library.Error{Code: library.BadFile, Reason: "file_protected"}
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", &library.Error{Code: library.BadFile, Reason: "file_pdf_broken"}
	}
	return "", fmt.Errorf("run the PDF's extractor: %w", err)
}

// start runs a command, apart from the network where that is allowed.
func start(cmd *exec.Cmd) error {
	if noNetwork(cmd) {
		err := cmd.Start()
		if err == nil {
			return cmd.Wait()
		}
		withNetwork(cmd)
	}
	return cmd.Run()
}

// A limited buffer takes so many bytes, and calls full for the next.
type limited struct {
	b    bytes.Buffer
	left int
	full func()
}

func (l *limited) Write(p []byte) (int, error) {
	if l.left -= len(p); l.left < 0 {
		if l.full != nil {
			l.full()
			return 0, io.ErrShortWrite
		}
		return len(p), nil
	}
	return l.b.Write(p)
}
