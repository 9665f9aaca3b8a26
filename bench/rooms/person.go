package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/crypto/cryptohelper"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
	"maunium.net/go/mautrix/sqlstatestore"
	"maunium.net/go/mautrix/synapseadmin"
)

// password is everybody's.
const password = "correct horse battery"

// A person has an account on the homeserver.
type person struct {
	cli *mautrix.Client

	mu      sync.Mutex
	waiting map[id.EventID]chan id.UserID // who answers what was said
	early   map[id.EventID]id.UserID      // answers that came before one could wait for them
}

// register makes an account by the homeserver's secret.
func register(ctx context.Context, homeserver, secret, name string) (*person, error) {
	cli, err := mautrix.NewClient(homeserver, "", "")
	if err != nil {
		return nil, err
	}
	cli.DefaultHTTPRetries = 5
	admin := synapseadmin.Client{Client: cli}
	resp, err := admin.SharedSecretRegister(ctx, secret, synapseadmin.ReqSharedSecretRegister{Username: name, Password: password})
	if err != nil {
		return nil, fmt.Errorf("register %s: %w", name, err)
	}
	cli.UserID, cli.AccessToken, cli.DeviceID = resp.UserID, resp.AccessToken, resp.DeviceID
	return &person{cli: cli, waiting: map[id.EventID]chan id.UserID{}, early: map[id.EventID]id.UserID{}}, nil
}

// addDevice logs in once more, and publishes the new device's keys.
func (p *person) addDevice(ctx context.Context) error {
	cli, err := mautrix.NewClient(p.cli.HomeserverURL.String(), "", "")
	if err != nil {
		return err
	}
	_, err = cli.Login(ctx, &mautrix.ReqLogin{Type: mautrix.AuthTypePassword, Identifier: mautrix.UserIdentifier{Type: mautrix.IdentifierTypeUser, User: string(p.cli.UserID)}, Password: password, StoreCredentials: true})
	if err != nil {
		return fmt.Errorf("log in: %w", err)
	}
	mach := crypto.NewOlmMachine(cli, nil, crypto.NewMemoryStore(nil), nil)
	if err := mach.Load(ctx); err != nil {
		return err
	}
	return mach.ShareKeys(ctx, 0)
}

// listen has the person's program hear what is said, with keys in a database at
// path.
func (p *person) listen(ctx context.Context, path string) error {
	syncer := mautrix.NewDefaultSyncer()
	syncer.OnEventType(event.EventMessage, func(_ context.Context, e *event.Event) {
		to := answers(e)
		if to == "" {
			return
		}
		p.mu.Lock()
		defer p.mu.Unlock()
		if c := p.waiting[to]; c != nil {
			c <- e.Sender
			delete(p.waiting, to)
			return
		}
		p.early[to] = e.Sender
	})
	p.cli.Syncer = syncer
	helper, err := cryptohelper.NewCryptoHelper(p.cli, []byte("rooms"), path)
	if err != nil {
		return err
	}
	if err := helper.Init(ctx); err != nil {
		return err
	}
	p.cli.Crypto = helper
	go func() { _ = p.cli.SyncWithContext(ctx) }() // it ends with the program
	return nil
}

// makeRoom makes a room, and waits until the person's program knows whether it is
// encrypted.
func (p *person) makeRoom(ctx context.Context, name string, secret bool, invite []id.UserID) (id.RoomID, error) {
	req := &mautrix.ReqCreateRoom{Preset: "private_chat", Name: name, Invite: invite}
	if secret {
		req.InitialState = []*event.Event{{Type: event.StateEncryption, Content: event.Content{Parsed: &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}}}}
	}
	resp, err := p.cli.CreateRoom(ctx, req)
	if err != nil {
		return "", err
	}
	rooms := p.cli.StateStore.(*sqlstatestore.SQLStateStore)
	return resp.RoomID, until(ctx, "the room's encryption", func() (bool, error) {
		is, err := rooms.IsEncrypted(ctx, resp.RoomID)
		return is || !secret, err
	})
}

// joined waits until so many are in a room.
func (p *person) joined(ctx context.Context, room id.RoomID, n int) error {
	return until(ctx, "everybody in the room", func() (bool, error) {
		resp, err := p.cli.JoinedMembers(ctx, room)
		if err != nil {
			return false, err
		}
		known, err := p.cli.StateStore.(*sqlstatestore.SQLStateStore).GetRoomJoinedOrInvitedMembers(ctx, room)
		return len(resp.Joined) >= n && len(known) >= n, err
	})
}

func until(ctx context.Context, what string, ok func() (bool, error)) error {
	for end := time.Now().Add(time.Minute); ; {
		if done, err := ok(); err != nil || done {
			return err
		}
		if time.Now().After(end) {
			return fmt.Errorf("never: %s", what)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// ask says something in a room, and returns how long it took until a bot's answer
// was there.
func (p *person) ask(ctx context.Context, room id.RoomID, text string, whom id.UserID) (time.Duration, error) {
	began := time.Now()
	resp, err := p.cli.SendMessageEvent(ctx, room, event.EventMessage, &event.MessageEventContent{MsgType: event.MsgText, Body: text})
	if err != nil {
		return 0, fmt.Errorf("say %q: %w", text, err)
	}
	came := make(chan id.UserID, 1)
	p.mu.Lock()
	if by, ok := p.early[resp.EventID]; ok {
		came <- by
	} else {
		p.waiting[resp.EventID] = came
	}
	p.mu.Unlock()
	select {
	case by := <-came:
		if by != whom {
			return 0, fmt.Errorf("%q was answered by %s", text, by)
		}
		return time.Since(began), nil
	case <-time.After(2 * time.Minute):
		return 0, fmt.Errorf("%q was not answered in two minutes; %s", text, p.whatOf(ctx, room, resp.EventID))
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// whatOf says where an answer is that never came: whether the homeserver has it
// and did not hand it out, or the bot owes it.
func (p *person) whatOf(ctx context.Context, room id.RoomID, asked id.EventID) string {
	page, err := p.cli.Messages(ctx, room, "", "", mautrix.DirectionBackward, nil, 50)
	if err != nil {
		return "the room's history cannot be had: " + err.Error()
	}
	for _, e := range page.Chunk {
		_ = e.Content.ParseRaw(e.Type) // one of another kind is not the answer
		if relates := e.Content.AsEncrypted().RelatesTo; answers(e) == asked || relates != nil && relates.GetNonFallbackReplyTo() == asked {
			return fmt.Sprintf("the answer is in the room's history since %v, and the homeserver never handed it to who asked", time.UnixMilli(e.Timestamp))
		}
	}
	return fmt.Sprintf("the last %d events of the room have no answer", len(page.Chunk))
}

// A program is a bot's.
type program struct {
	user  id.UserID
	ask   string // what it answers
	state string // the file with its place in the stream of events
	args  []string
	env   []string
	cmd   *exec.Cmd
	log   *os.File
}

func command(ctx context.Context, args, env []string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Stderr = os.Stderr
	return cmd
}

func (p *program) start(ctx context.Context) (err error) {
	p.cmd = command(ctx, p.args, p.env)
	// What it logs is shown if it fails to answer.
	if p.log, err = os.OpenFile(p.state+".log", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600); err != nil {
		return err
	}
	p.cmd.Stdout, p.cmd.Stderr = p.log, p.log
	return p.cmd.Start()
}

func (p *program) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	_ = p.cmd.Wait()
	_ = p.log.Close()
}

// last is what the program logged last, and where each of its goroutines is: it
// ends with that.
func (p *program) last() string {
	_ = p.cmd.Process.Signal(syscall.SIGQUIT)
	_ = p.cmd.Wait()
	said, _ := os.ReadFile(p.log.Name())
	return string(said[max(0, len(said)-200_000):])
}
