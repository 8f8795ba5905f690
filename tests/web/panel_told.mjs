// What the panel says of error codes in Japanese: prints {texts: {code: [message, remedy] or null},
// wordings: all of the server's, sentences: [[English, Japanese], ...], said: [message, ...]}.
// echo '{"codes": [...], "said": [{"code": ..., "message": ...}, ...]}' | node panel_told.mjs TEXTS_FOLDER_URL
import { readFileSync } from "node:fs";

const [folder] = process.argv.slice(2);
const asked = readFileSync(0, "utf8");
globalThis.document = { documentElement: {} };
const { textsOf, inWords } = await import(`${folder}/told.js`);
const { toldJa } = await import(`${folder}/told_ja.js`);
const { toldSentencesJa } = await import(`${folder}/told_sentences_ja.js`);
const { speak } = await import(`${folder}/text.js`);
const { codes, said } = JSON.parse(asked);
speak("ja_JP");
console.log(JSON.stringify({
  texts: Object.fromEntries(codes.map((code) => [code, textsOf(code)])),
  wordings: toldJa,
  sentences: toldSentencesJa,
  said: said.map((one) => inWords(one)),
}));
