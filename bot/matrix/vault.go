package matrix

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"sync"

	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream" // drivers for what keeps the keys
	"go.mau.fi/util/exsync"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/crypto"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"lectern/bot"
)

// A vault holds the keys of the bot's device, and with them reads and writes
// in encrypted rooms (Client-Server API, "End-to-End Encryption"). The keys are
// in a database of their own beside the bot's, which no backup holds: whoever
// restored older ones would use a key twice. They are kept from others by the
// file's mode, as the token is.
type vault struct {
	mach *crypto.OlmMachine
	db   *dbutil.Database

	// writing keeps one room's messages in order, from the choice of a key on.
	writing *exsync.KeyedMutex[id.RoomID]
	mu      sync.Mutex
	// shared is with whom the key that a room is written with was shared, by
	// this process: at first a room gets a new one.
	shared map[id.RoomID]map[id.UserID]bool
}

// pickled is what the keys are wrapped with in their database, which the
// library wants; it protects nothing.
const pickled = "lectern"

// Errors about the keys that somebody must do something about.
var (
	errKeysOfAnother = errors.New("matrix: the keys are those of another device than the token's; run lectern matrix login, which makes a new device")
	errKeysLost      = errors.New("matrix: the keys of this device are lost; run lectern matrix login, which makes a new device")
)

// openVault opens the keys of a device, and makes them if the device has none
// yet.
func openVault(ctx context.Context, cli *mautrix.Client, path string, rooms crypto.StateStore) (v *vault, err error) {
	// The database takes its mode from a file that is there.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	where := url.URL{Scheme: "file", Opaque: url.PathEscape(path), RawQuery: "_txlock=immediate&_busy_timeout=5000"}
	db, err := dbutil.NewWithDialect(where.String(), "sqlite3-fk-wal-fullsync")
	if err != nil {
		return nil, fmt.Errorf("matrix: the keys cannot be opened: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	store := crypto.NewSQLCryptoStore(db, dbutil.NoopLogger, "", cli.DeviceID, []byte(pickled))
	if err := store.DB.Upgrade(ctx); err != nil {
		return nil, fmt.Errorf("matrix: the keys cannot be opened: %w", err)
	}
	switch device, err := store.FindDeviceID(ctx); {
	case err != nil:
		return nil, fmt.Errorf("matrix: the keys cannot be opened: %w", err)
	case device != "" && device != cli.DeviceID:
		return nil, errKeysOfAnother
	}
	v = &vault{db: db, writing: exsync.NewKeyedMutex[id.RoomID](), shared: map[id.RoomID]map[id.UserID]bool{}}
	if rooms == nil {
		rooms = v // it is asked nothing then
	}
	v.mach = crypto.NewOlmMachine(cli, &cli.Log, store, rooms)
	if err := v.mach.Load(ctx); err != nil {
		return nil, fmt.Errorf("matrix: the keys cannot be read: %w", err)
	}
	if err := v.publish(ctx); err != nil {
		return nil, err
	}
	return v, nil
}

// publish makes sure that the homeserver has the device's public keys, and no
// other's.
func (v *vault) publish(ctx context.Context) error {
	cli, account := v.mach.Client, v.mach.GetAccount()
	resp, err := cli.QueryKeys(ctx, &mautrix.ReqQueryKeys{DeviceKeys: map[id.UserID]mautrix.DeviceIDList{cli.UserID: {cli.DeviceID}}})
	if err != nil {
		return fmt.Errorf("matrix: the homeserver does not say which keys the device has: %w", err)
	}
	device, ok := resp.DeviceKeys[cli.UserID][cli.DeviceID]
	switch there := ok && len(device.Keys) > 0; {
	case there && (!account.Shared || device.Keys.GetEd25519(cli.DeviceID) != v.mach.OwnIdentity().SigningKey):
		return errKeysLost
	case there:
		return nil
	}
	account.Shared = false // the homeserver forgot them, or never had them
	if err := v.mach.ShareKeys(ctx, -1); err != nil {
		return fmt.Errorf("matrix: the device's keys cannot be published: %w", err)
	}
	return nil
}

// standing says whether the account has keys that sign its devices, and whether
// this one is signed.
func (v *vault) standing(ctx context.Context) (has, signed bool, err error) {
	me := v.mach.Client.UserID
	if _, err := v.mach.FetchKeys(ctx, []id.UserID{me}, true); err != nil {
		return false, false, fmt.Errorf("matrix: the homeserver does not say who signed the device: %w", err)
	}
	has, signed, err = v.mach.GetOwnVerificationStatus(ctx)
	if err != nil {
		err = fmt.Errorf("matrix: %w", err)
	}
	return has, signed, err
}

func (v *vault) close() error { return v.db.Close() }

// encrypt makes of a message what its room alone can read. The key is shared
// with whoever is in the room now: it is another one after somebody left or
// came, or has another device.
func (v *vault) encrypt(ctx context.Context, room id.RoomID, readers []id.UserID, content *event.Content) (*event.EncryptedEventContent, error) {
	defer v.writing.WithLock(room)()
	now := make(map[id.UserID]bool, len(readers))
	for _, u := range readers {
		now[u] = true
	}
	v.mu.Lock()
	same := maps.Equal(v.shared[room], now)
	v.mu.Unlock()
	if !same {
		if err := v.mach.CryptoStore.RemoveOutboundGroupSession(ctx, room); err != nil {
			return nil, fmt.Errorf("matrix: %w", err)
		}
	}
	out, err := v.mach.EncryptMegolmEvent(ctx, room, event.EventMessage, content)
	if err == nil {
		return out, nil
	}
	if !errors.Is(err, crypto.ErrSessionExpired) && !errors.Is(err, crypto.ErrSessionNotShared) && !errors.Is(err, crypto.ErrNoGroupSession) {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	v.mu.Lock()
	v.shared[room] = now // before, so that a device that comes meanwhile is seen
	v.mu.Unlock()
	err = v.mach.ShareGroupSession(ctx, room, readers)
	if err == nil {
		out, err = v.mach.EncryptMegolmEvent(ctx, room, event.EventMessage, content)
	}
	if err != nil {
		v.mu.Lock()
		delete(v.shared, room)
		v.mu.Unlock()
		return nil, fmt.Errorf("matrix: %w", err)
	}
	return out, nil
}

// decrypt reads an event of an encrypted room.
func (v *vault) decrypt(ctx context.Context, e *event.Event) (*event.Event, error) {
	if e.Content.Parsed == nil {
		e.Type.Class = event.MessageEventType
		if err := e.Content.ParseRaw(e.Type); err != nil {
			return nil, fmt.Errorf("matrix: %w", err)
		}
	}
	plain, err := v.mach.DecryptMegolmEvent(ctx, e)
	if err != nil {
		return nil, fmt.Errorf("matrix: %w", err)
	}
	return plain, nil
}

// FindSharedRooms implements crypto.StateStore: the rooms whose key somebody
// has, since they get a new one when that person's devices change.
func (v *vault) FindSharedRooms(_ context.Context, who id.UserID) (out []id.RoomID, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for room, users := range v.shared {
		if users[who] {
			out = append(out, room)
		}
	}
	return out, nil
}

// IsEncrypted implements crypto.StateStore, where nothing is written.
func (v *vault) IsEncrypted(context.Context, id.RoomID) (bool, error) { return true, nil }

// GetEncryptionEvent implements crypto.StateStore, where nothing is written.
func (v *vault) GetEncryptionEvent(context.Context, id.RoomID) (*event.EncryptionEventContent, error) {
	return &event.EncryptionEventContent{Algorithm: id.AlgorithmMegolmV1}, nil
}

// GetHistoryVisibility implements crypto.StateStore, where nothing is written.
func (v *vault) GetHistoryVisibility(context.Context, id.RoomID) (*event.HistoryVisibilityEventContent, error) {
	return &event.HistoryVisibilityEventContent{}, nil
}

// A roomKeys is what the library that encrypts asks about rooms.
type roomKeys struct{ p *Platform }

// IsEncrypted implements crypto.StateStore.
func (k roomKeys) IsEncrypted(ctx context.Context, room id.RoomID) (bool, error) {
	info, err := k.p.room(ctx, room)
	if err != nil {
		return true, err
	}
	return info.encryption != nil, nil
}

// GetEncryptionEvent implements crypto.StateStore.
func (k roomKeys) GetEncryptionEvent(ctx context.Context, room id.RoomID) (*event.EncryptionEventContent, error) {
	info, err := k.p.room(ctx, room)
	if err != nil {
		return nil, err
	}
	return info.encryption, nil
}

// GetHistoryVisibility implements crypto.StateStore.
func (k roomKeys) GetHistoryVisibility(ctx context.Context, room id.RoomID) (*event.HistoryVisibilityEventContent, error) {
	c := &event.HistoryVisibilityEventContent{HistoryVisibility: event.HistoryVisibilityShared}
	if err := k.p.cli.StateEvent(ctx, room, event.StateHistoryVisibility, "", c); err != nil && status(err) != http.StatusNotFound {
		return nil, err
	}
	return c, nil
}

// FindSharedRooms implements crypto.StateStore.
func (k roomKeys) FindSharedRooms(ctx context.Context, who id.UserID) ([]id.RoomID, error) {
	v := k.p.keys()
	if v == nil {
		return nil, nil
	}
	return v.FindSharedRooms(ctx, who)
}

// keys are the bot's keys, nil while there are none.
func (p *Platform) keys() *vault {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.vault
}

// openKeys opens the keys once; without them the bot goes on in rooms that are
// not encrypted, and says nothing in others. The error is that the homeserver
// does not answer.
func (p *Platform) openKeys(ctx context.Context, device id.DeviceID) error {
	if p.opt.Keys == "" || p.keys() != nil {
		return nil
	}
	p.cli.DeviceID = device
	v, err := openVault(ctx, p.cli, p.opt.Keys, roomKeys{p})
	var he mautrix.HTTPError
	if errors.As(err, &he) && (status(err) == 0 || status(err) >= 500 || status(err) == http.StatusTooManyRequests) {
		return err
	}
	p.mu.Lock()
	p.vault, p.keysTried = v, true
	p.mu.Unlock()
	if err != nil {
		p.opt.Log.Error("there is no encryption, and the bot is silent in encrypted rooms", "err", err)
		return nil
	}
	switch has, signed, err := v.standing(ctx); {
	case err != nil:
		p.opt.Log.Warn("it is not known whether the bot's device is verified", "err", err)
	case !has || !signed:
		p.opt.Log.Warn("the bot's device is not verified, and people are warned of it in encrypted rooms: run lectern matrix verify")
	}
	return nil
}

// canWrite is nil if the bot may write in a room: never without encryption where
// that is on.
func (p *Platform) canWrite(info *roomInfo) error {
	if info.encryption == nil {
		return nil
	}
	p.mu.Lock()
	v, tried := p.vault, p.keysTried
	p.mu.Unlock()
	switch {
	case v != nil && info.encryption.Algorithm == id.AlgorithmMegolmV1:
		return nil
	case v == nil && p.opt.Keys != "" && !tried: // it is not connected yet
		return &bot.PostError{Outcome: bot.Retry, Err: errEncrypted}
	}
	return &bot.PostError{Outcome: bot.Permanent, Right: "a room without encryption, or the keys to it", Err: errEncrypted}
}

func (p *Platform) writable(info *roomInfo) bool { return p.canWrite(info) == nil }

// emit sends a message to a room, encrypted where the room is.
func (p *Platform) emit(ctx context.Context, room id.RoomID, info *roomInfo, c *content) (id.EventID, error) {
	kind, body := event.EventMessage, &event.Content{Parsed: c.message, Raw: c.fields}
	if info.encryption != nil {
		v := p.keys()
		if v == nil {
			return "", p.canWrite(info)
		}
		secret, err := v.encrypt(ctx, room, info.readers, body)
		if err != nil {
			var pe *bot.PostError
			if errors.As(sendError(err), &pe) && pe.Outcome == bot.Unknown {
				err = &bot.PostError{Outcome: bot.Retry, Err: err} // nothing of it was sent
			}
			return "", err
		}
		// What the bot finds its posts by is no secret: a hash and some numbers.
		open := map[string]any{}
		for _, f := range []string{keyField, partField, partsField, firstField} {
			if x, ok := c.fields[f]; ok {
				open[f] = x
			}
		}
		kind, body = event.EventEncrypted, &event.Content{Parsed: secret, Raw: open}
	}
	resp, err := p.cli.SendMessageEvent(ctx, room, kind, body, mautrix.ReqSendEvent{TransactionID: c.txn, DontEncrypt: true})
	if err != nil {
		return "", err
	}
	return resp.EventID, nil
}

// getEvent is one event of a room, as its readers see it. Where the bot has not
// the key, it is as the homeserver has it.
func (p *Platform) getEvent(ctx context.Context, room id.RoomID, which id.EventID) (*event.Event, error) {
	e, err := p.cli.GetEvent(ctx, room, which)
	if err != nil || e.Type.Type != event.EventEncrypted.Type {
		return e, err
	}
	e.RoomID = room
	v := p.keys()
	if v == nil {
		return e, nil
	}
	plain, err := v.decrypt(ctx, e)
	if err != nil {
		p.opt.Log.Debug("a message cannot be decrypted", "room", string(room), "err", err)
		return e, nil
	}
	return plain, nil
}

// removeKeys moves the keys of a device that is no more aside, so that nothing
// that could still be read with them is lost.
func removeKeys(path string) error {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.old-%d", path, n)
		if _, err := os.Stat(aside); err == nil {
			continue
		}
		for _, end := range []string{"", "-wal", "-shm"} {
			if err := os.Rename(path+end, aside+end); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("matrix: %w", err)
			}
		}
		return nil
	}
}

// present are those of a room's members to whom its messages are for.
func present(members []*event.Event) (out []id.UserID) {
	for _, e := range members {
		if m := rawString(e, "membership"); m == "join" || m == "invite" {
			out = append(out, id.UserID(e.GetStateKey()))
		}
	}
	slices.Sort(out)
	return out
}
