// A client that nobody here wrote reads what the bot says in an encrypted room,
// and prints, one JSON object to a line, what it would show of each message:
//
//	node shield.mjs HOMESERVER USER PASSWORD BOT
import { connect, read, room as newRoom, sdk } from "./client.mjs";

const [baseUrl, user, password, bot] = process.argv.slice(2);
const client = await connect(baseUrl, user, password, { threads: true });

// The bot's messages, in the order in which they could be read.
const seen = new Map();
const waiting = [];
const look = (event) => {
    if (event.getSender() !== bot || event.getType() !== "m.room.message" || seen.has(event.getId())) return;
    seen.set(event.getId(), {
        event, body: event.getContent().body, msgtype: event.getContent().msgtype, encrypted: event.isEncrypted(),
        replies: event.replyEventId ?? "", thread: event.threadRootId ?? "", // as the client itself understands them
    });
    waiting.forEach((check) => check());
};
read(client, look);
const until = (what, found) => new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error("no " + what + " among " + JSON.stringify([...seen.values()].map((x) => x.body)))), 30000);
    const check = () => { const x = [...seen.values()].find(found); if (x) { clearTimeout(late); done(x); } };
    waiting.push(check);
    check();
});

const room = await newRoom(client, "Reading", bot);
await until("greeting", (x) => x.msgtype === "m.text");
const asked = await client.sendEvent(room, "m.room.message", { msgtype: "m.text", body: "!lectern works" });
await until("answer", (x) => x.replies === asked.event_id);
const root = await client.sendEvent(room, "m.room.message", { msgtype: "m.text", body: "Let us talk about it here." });
// What it sends into a thread the client takes for lost when the echo overtakes
// the answer to its request; it is there all the same, and is known by the echo.
const echo = new Promise((done) => client.on(sdk.RoomEvent.Timeline, (event) => {
    if (event.getSender() === client.getUserId() && event.threadRootId === root.event_id && event.getId().startsWith("$")) done(event.getId());
}));
const sent = client.sendEvent(room, "m.room.message", {
    msgtype: "m.text", body: "!lectern works",
    "m.relates_to": { rel_type: "m.thread", event_id: root.event_id, is_falling_back: true, "m.in_reply_to": { event_id: root.event_id } },
}).then(({ event_id }) => event_id, () => echo);
const threaded = await Promise.race([sent, echo]);
await until("answer in a thread", (x) => x.thread === root.event_id && x.replies === threaded);
const inThread = client.getRoom(room).getThread(root.event_id)?.events.map((event) => event.getId()) ?? [];
for (const { event, ...x } of seen.values()) { // by now it knows who signed the bot's device
    const info = await client.getCrypto().getEncryptionInfoForEvent(event);
    process.stdout.write(JSON.stringify({ ...x, inThread: inThread.includes(event.getId()), shield: info?.shieldColour ?? -1, reason: info?.shieldReason ?? null }) + "\n");
}
client.stopClient();
process.exit(0);
