// A client that nobody here wrote asks the bot many things in an encrypted room,
// while somebody kills the bot again and again; and prints how often each was
// answered:
//
//	node killed.mjs HOMESERVER USER PASSWORD BOT COMMANDS
//
// It prints "ready" when the bot has come, and "asked" when all is asked.
import { connect, read, room as newRoom } from "./client.mjs";

const [baseUrl, user, password, bot, commands] = process.argv.slice(2);
const client = await connect(baseUrl, user, password);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const answers = new Map(); // by the event that asked: the answers' events
let greeted = 0, last = Date.now();
const seen = new Set();
read(client, (event) => {
    if (event.getSender() !== bot || event.getType() !== "m.room.message" || seen.has(event.getId())) return;
    seen.add(event.getId());
    last = Date.now();
    const relation = event.getContent()["m.relates_to"] ?? event.getWireContent()["m.relates_to"] ?? {};
    const to = relation["m.in_reply_to"]?.event_id;
    if (to) answers.set(to, (answers.get(to) ?? 0) + 1);
    else greeted++;
});
const room = await newRoom(client, "Reading", bot);
while (!greeted) await pause(100);
process.stdout.write("ready\n");
const asked = [];
for (let i = 0; i < Number(commands); i++) {
    asked.push((await client.sendEvent(room, "m.room.message", { msgtype: "m.text", body: ["!lectern works", "!lectern nonsense"][i % 2] })).event_id);
    await pause(100 * Math.random());
}
process.stdout.write("asked\n");
const deadline = Date.now() + 120000;
while (Date.now() < deadline && (asked.some((e) => !answers.get(e)) || Date.now() - last < 10000)) await pause(200);
const times = asked.map((e) => answers.get(e) ?? 0);
process.stdout.write(JSON.stringify({ asked: asked.length, lost: times.filter((n) => n === 0).length, twice: times.filter((n) => n > 1).length, greeted }) + "\n");
client.stopClient();
process.exit(0);
