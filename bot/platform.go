package bot

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A RoomID names a room on its platform; the platform alone reads it.
type RoomID string

// A MessageID names a message in its room; the platform alone reads it.
type MessageID string

// A Room is where people talk: a channel, a Matrix room, a terminal.
type Room struct {
	Platform string
	ID       RoomID
}

func (r Room) String() string { return r.Platform + ":" + string(r.ID) }

// An Account is a person as one platform knows them.
type Account struct {
	Platform string
	ID       string
	Name     string // as shown in the room; anybody may choose any name
	// Manages is true when the platform itself gives the person the right to
	// manage the room.
	Manages bool
}

// A Post is a reply that nobody asked for just now, or the answer to one who
// did: it carries the key under which it is sent at most once.
type Post struct {
	Reply
	// Key is the same at each try: at most 25 characters of [A-Za-z0-9].
	Key string
	// ReplyTo is the message that is being answered, if any.
	ReplyTo MessageID
	// Asker is the person to whom a private post goes.
	Asker string
	// Notice marks an answer, which need not ring anybody's phone.
	Notice bool
	// FirstTry is when a send was first tried; zero if it never was. A
	// platform uses it to tell whether its own window of idempotency is open.
	FirstTry time.Time
}

// A Platform carries requests in and replies out. Its methods may be called
// from many goroutines.
type Platform interface {
	// Name is the platform's name in Room and Account, as in the settings.
	Name() string
	// Run connects and hands what people say to h until ctx ends or the
	// connection cannot be had again. It returns nil when ctx ended.
	Run(ctx context.Context, h Handler) error
	// Post sends p to the room. Its errors are *PostError.
	Post(ctx context.Context, room Room, p Post) (MessageID, error)
}

// A Finder looks in a room for the post with a key, after a send whose outcome
// is not known. It returns ErrNotFound when it looked far enough to be sure.
type Finder interface {
	Find(ctx context.Context, room Room, key string, since time.Time) (MessageID, error)
}

// An Editor replaces what a message says.
type Editor interface {
	Edit(ctx context.Context, room Room, id MessageID, p Post) error
}

// An Idempotent platform posts nothing twice that is sent again with the same
// key within a window after the first try. One that is not, or whose window is
// over, is asked by Find.
type Idempotent interface {
	KeepsKeys() time.Duration
}

// A Limiter says how many requests its platform takes in a time, in all rooms
// together.
type Limiter interface {
	Limit() (requests int, per time.Duration)
}

// A Deleter takes a message of the bot's away. One that is gone already is no
// error.
type Deleter interface {
	Delete(ctx context.Context, room Room, id MessageID, key string) error
}

// A Pinner shows a message at the top of its room, or no longer.
type Pinner interface {
	Pin(ctx context.Context, room Room, id MessageID, pinned bool) error
}

// A Threader opens a thread under a message of the bot's. One that is open
// already is no error.
type Threader interface {
	OpenThread(ctx context.Context, room Room, id MessageID, title string) error
}

// A Convener shows a room's meetings among what its platform has planned.
// Convene makes it so, or takes one away that is no more (nil), and comes to the
// same when it is done twice. Coming is how many people said there that they
// come. A key names a meeting for ever: at most 25 characters of [A-Za-z0-9];
// on is the message that announces it, "" while none does.
type Convener interface {
	Convene(ctx context.Context, room Room, key string, on MessageID, m *Meeting) error
	Coming(ctx context.Context, room Room, key string, on MessageID) (int, error)
}

// A Meeting is when and where people meet, and what about.
type Meeting struct {
	Title, Text, Place string
	Begins, Ends       time.Time
}

// A Balloter is a platform on which people vote at the post itself, by a reaction
// or in a poll of the platform's own.
type Balloter interface {
	// Ballots are the choices that stand at a post with a Poll, the bot's own
	// left out and the oldest first as far as that is known. There are none
	// where people do not vote at it.
	Ballots(ctx context.Context, room Room, on MessageID) ([]Ballot, error)
	// EndPoll lets nobody choose at a post any more, where the platform has a
	// way to. It comes to the same when it is done twice.
	EndPoll(ctx context.Context, room Room, on MessageID) error
}

// A Ballot is one choice that somebody made at a post with a Poll.
type Ballot struct {
	Account Account
	Choice  int       // from 1
	At      time.Time // by the bot's own clock; zero if that is not known
}

// A ThreadPoster puts a post into the thread under a message of its room that
// Reply.Thread names. Where the platform is a Threader too, the thread is opened
// first; elsewhere it begins with the post. FindInThread looks for such a post
// as Finder's Find does for others.
type ThreadPoster interface {
	FindInThread(ctx context.Context, room Room, thread, key string, since time.Time) (MessageID, error)
}

// A Forum is a platform that has rooms in which each post is a thread of its
// own, and the ID of the post names that thread. FindForum is the one that
// somebody named, in the same place as a room; ErrNotFound where there is none.
type Forum interface {
	FindForum(ctx context.Context, room Room, named string) (FoundForum, error)
}

// A FoundForum is a forum, what people call it, and what the bot may do there.
type FoundForum struct {
	Room
	Name    string
	Ability Ability
}

// A Confidant has rooms that nobody but the bot and one person reads. Direct
// is that person's, made if there is none.
type Confidant interface {
	Direct(ctx context.Context, user string) (Room, error)
}

// A Connector says whether it is connected to its platform.
type Connector interface {
	Connected() bool
}

// A Timekeeper knows what time its platform says it is; ok is false until it
// has heard.
type Timekeeper interface {
	ServerTime() (at time.Time, ok bool)
}

// A Handler is what a platform calls; *Dispatcher is the one there is.
type Handler interface {
	// Handle runs what somebody said and gives the answer. ok is false when
	// there is nothing to say: the words were not meant for the bot.
	Handle(ctx context.Context, e Event) (reply Reply, ok bool)
	// Complete offers values for the parameter that is being typed.
	Complete(ctx context.Context, e Event, param, prefix string) []Choice
	// Changed reports what happened to a room.
	Changed(ctx context.Context, c RoomChange)
}

// A Guard says beforehand whether a command would be refused to who asks, so
// that nobody fills in a form in vain. *Dispatcher is one.
type Guard interface {
	// Refuses gives the refusal, if the command of e.Invocation meets one
	// before its parameters are looked at.
	Refuses(ctx context.Context, e Event) (refusal Reply, refused bool)
}

// A RoomChange says that the bot entered or left a room, or what it is called.
type RoomChange struct {
	Room   Room
	What   Change
	Reason string // as the platform gives it
	By     Account
	New    RoomID // Upgraded: the room that takes its place
	Name   string // Named: what people call the room
}

// A Change is what happened to a room.
type Change string

// What can happen to a room.
const (
	Joined   Change = "joined"
	Removed  Change = "removed"
	Upgraded Change = "upgraded"
	Named    Change = "named"
	Writable Change = "writable" // the bot may write there, perhaps again
)

// An Ability is something that the bot does in a room, and what it lacks of
// the rights for it.
type Ability struct {
	Deed Deed
	// Missing are the rights that are missing, in the platform's words; none
	// if the bot may do it.
	Missing []string
	// From is the right of those who can give them.
	From string
}

// A Deed is what rights are for.
type Deed string

// The deeds, in the order in which they are spoken of.
const (
	ToPost        Deed = "post"
	ToOpenThreads Deed = "threads"
	ToConvene     Deed = "events"
	ToPostInForum Deed = "forum"
)

// ErrNotFound is what Find returns when the post is certainly not there.
var ErrNotFound = errors.New("bot: no such post in the room")

// An Outcome says what may be done after a send that failed.
type Outcome string

// The three outcomes of a failed send.
const (
	Permanent Outcome = "permanent" // trying again is no use; Right says what is missing
	Retry     Outcome = "retry"     // it was not sent; try again after After
	Unknown   Outcome = "unknown"   // it may have been sent
)

// A PostError is how a send failed.
type PostError struct {
	Outcome Outcome
	After   time.Duration // Retry: how long to wait, 0 for as the caller likes
	Right   string        // Permanent: the right that is missing, in the platform's words
	// Scope says what it holds for; "" is the room.
	Scope Scope
	Err   error
}

// A Scope is what a failed send says something about.
type Scope string

// The scopes beside the room.
const (
	OnePost    Scope = "post"     // Permanent: others may be sent there
	EveryPlace Scope = "platform" // the limit or the refusal is the platform's as a whole
)

func (e *PostError) Error() string {
	return fmt.Sprintf("post %s: %v", e.Outcome, e.Err)
}

func (e *PostError) Unwrap() error { return e.Err }
