// A client that nobody here wrote, in a browser: Ben reads in Hydrogen, in an
// encrypted room, what the bot says to him and to Ana, and ticks ✅ there:
//
//	node hydrogen.mjs HOMESERVER BOT PICTURES
//
// It prints, one JSON object to a line, what he sees, and keeps what the browser
// showed in the folder PICTURES.
import { join } from "node:path";
import { connect, read, room as newRoom } from "./client.mjs";
import { open } from "./browser.mjs";

const [homeserver, bot, pictures] = process.argv.slice(2);
const say = (what) => process.stdout.write(JSON.stringify(what) + "\n");
const ana = await connect(homeserver, "ana", "password-of-ana");
const said = new Map(); // by event, what the bot says to Ana
read(ana, (event) => { if (event.getSender() === bot && event.getType() === "m.room.message") said.set(event.getId(), event.getContent()); });
const until = async (what, found) => {
    for (const end = Date.now() + 60000; Date.now() < end; await new Promise((done) => setTimeout(done, 100))) {
        const x = [...said.entries()].find(([, content]) => found(content));
        if (x) return x;
    }
    throw new Error(`no ${what} among ${JSON.stringify([...said.values()].map((c) => c.body))}`);
};
const ask = async (body, what) => {
    await ana.sendEvent(room, "m.room.message", { msgtype: "m.text", body });
    return until(`answer to ${body}`, (content) => content.body.includes(what));
};

const room = await newRoom(ana, "Tuesday readers", bot);
await until("greeting", (content) => content.msgtype === "m.text");
const { page, close } = await open(homeserver, "ben", "password-of-ben");
await ana.invite(room, "@ben:localhost");
await page.locator(".RoomList").getByText("Tuesday readers").click();
await page.getByRole("button", { name: "Accept" }).click();
const composer = page.locator(".MessageComposer_input textarea");
await composer.waitFor();
process.on("uncaughtException", async (err) => { // what he saw at the end says most
    await keep("failed.png").catch(() => {});
    process.stderr.write(`${err.stack}\n${await page.locator("body").innerText().catch(() => "")}\n`);
    process.exit(1);
});
const keep = (name) => page.screenshot({ path: join(pictures, name) });

// The group, its plan and its first reading are Ana's, from another client.
await ask('!lectern group setup name:"Tuesday readers" city:London place:- length:-', "Tuesday readers is ready");
const day = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"][new Date(Date.now() + 3 * 24 * 3600e3).getUTCDay()];
await ask(`!lectern plan create handbook "${day} 19:00" 4`, "Plan");
await ask("!lectern plan publish", "");
const [announced] = await until("announcement", (content) => content.body.includes("Reading 1 of 4") && content.msgtype === "m.text");

// A passage that Ben asks for.
await composer.fill("!lectern passage handbook 3");
await composer.press("Enter");
const quoted = page.locator(".Timeline_messageBody > blockquote:not(.ReplyPreviewView)").last();
await quoted.waitFor({ timeout: 60000 });
say({ passage: await quoted.innerText(), strong: await quoted.locator("strong").first().innerText() });
await keep("passage.png");

// The announcement, which he ticks.
await ana.sendEvent(room, "m.reaction", { "m.relates_to": { rel_type: "m.annotation", event_id: announced, key: "✅" } });
const announcement = page.locator(`.Timeline_message[data-event-id="${announced}"]`);
const tick = announcement.locator(".Timeline_messageReactions button", { hasText: "✅" });
await tick.waitFor({ timeout: 20000 }).catch(async () => { // one on a fresh message may want a reload
    await page.reload();
    await tick.waitFor({ timeout: 60000 });
});
say({ announcement: await announcement.innerText() });
await tick.click();
await announcement.locator(".Timeline_messageReactions button.active", { hasText: "✅ 2" }).waitFor();
await announcement.evaluate((x) => x.scrollIntoView({ block: "center" }));
await keep("announcement.png");
await ask("!lectern progress", "2 have read it");

// A picture, with the words that stand for it.
await composer.fill("!lectern plan picture");
await composer.press("Enter");
const media = page.locator(".Timeline_messageBody .media").last();
await media.waitFor({ timeout: 60000 });
await media.scrollIntoViewIfNeeded(); // it is loaded when it is seen
const img = media.locator("img");
await img.waitFor();
await page.waitForFunction((x) => x.complete && x.naturalWidth > 0, await img.elementHandle());
say({ picture: await img.evaluate((x) => ({ alt: x.alt, title: x.title, width: x.naturalWidth, height: x.naturalHeight })) });
await keep("picture.png");

// What he could not read, or was warned of.
say({ undecryptable: await page.locator(".Timeline_message.unverified, .Timeline_messageBody:has-text('decrypt')").count() });
await close();
ana.stopClient();
process.exit(0);
