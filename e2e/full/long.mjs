// A client that nobody here wrote sets up groups in rooms of which every other
// one is encrypted, and asks the bot many things there, while somebody kills the
// bot and the homeserver again and again:
//
//	node long.mjs HOMESERVER USER PASSWORD BOT ROOMS QUESTIONS COMMANDS MINUTES
//
// QUESTIONS are asked in each room within MINUTES, and so are the COMMANDS in all
// of them together. It prints "ready" and the rooms when the groups are set up,
// "asked" when all is said; and, after a line of input, how many of the bot's
// messages it read, and could not read.
import { createInterface } from "node:readline";
import { connect, read, room as newRoom, sdk } from "./client.mjs";

const [baseUrl, user, password, bot, ...numbers] = process.argv.slice(2);
const [rooms, questions, commands, minutes] = numbers.map(Number);
const client = await connect(baseUrl, user, password);
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const answered = new Set();
const greeted = new Set();
read(client, (event) => {
    if (event.getSender() !== bot || event.getType() !== "m.room.message") return;
    if (event.replyEventId) answered.add(event.replyEventId);
    else greeted.add(event.getRoomId());
});
const say = (room, body) => client.sendEvent(room, "m.room.message", { msgtype: "m.text", body });
const ask = async (room, body) => {
    const { event_id } = await say(room, body);
    for (const end = Date.now() + 60000; !answered.has(event_id); await pause(5)) if (Date.now() > end) throw new Error(`no answer to ${body}`);
};
const all = [];
for (let i = 0; i < rooms; i++) {
    const room = i % 2 ? await newRoom(client, `Reading ${i}`, bot) : (await client.createRoom({ preset: "private_chat", name: `Reading ${i}`, invite: [bot] })).room_id;
    all.push(room);
    while (!greeted.has(room)) await pause(10);
    await ask(room, `!lectern group setup name:"Group ${i}" city:London place:- length:-`);
    const day = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][new Date(Date.now() + 3 * 24 * 3600e3).getUTCDay()];
    await ask(room, `!lectern plan create handbook "${day} 19:00" 4`);
    await ask(room, "!lectern plan publish");
}
await Promise.all(all.map(async (room) => {
    for (let q = 0; q < questions; q++) await ask(room, `!lectern prompt add 1 [in ${2 + Math.floor(minutes * q / questions)} minutes] Question number ${q}?`);
}));
process.stdout.write(`ready\n${JSON.stringify(all)}\n`);

const began = Date.now();
for (let i = 0; i < commands; i++) {
    const room = all[Math.floor(Math.random() * rooms)];
    const body = [`!lectern passage handbook ${i % 80 + 1}`, "!lectern works", "!lectern reading", "!lectern search question"][i % 4];
    while (true) { // the homeserver may be gone; what it took and did not confirm is said twice then, and counted so
        try { await say(room, body); break; } catch { await pause(200); }
    }
    await pause(Math.max(0, began + (i + 1) * minutes * 60000 / commands - Date.now()));
}
process.stdout.write("asked\n");

for await (const _ of createInterface({ input: process.stdin })) break;
let messages = 0, unread = [];
for (const room of all) {
    for (let from = ""; ;) {
        const page = await client.createMessagesRequest(room, from || null, 100, "b");
        for (const raw of page.chunk) {
            if (raw.sender !== bot || !["m.room.message", "m.room.encrypted"].includes(raw.type)) continue;
            const event = new sdk.MatrixEvent({ ...raw, room_id: room });
            await client.decryptEventIfNeeded(event);
            messages++;
            if (event.isDecryptionFailure()) unread.push(raw.event_id);
        }
        if (!page.end || page.end === from || !page.chunk.length) break;
        from = page.end;
    }
}
process.stdout.write(JSON.stringify({ messages, unread }) + "\n");
client.stopClient();
process.exit(0);
