// What the panel says of error codes in Japanese: prints {texts: {code: [message, remedy] or null},
// sentences: [[English, Japanese], ...], said: [message, ...]}.
// node panel_told.mjs TEXTS_FOLDER_URL '{"codes": [...], "said": [{"code": ..., "message": ...}, ...]}'
const [folder, asked] = process.argv.slice(2);
globalThis.document = { documentElement: {} };
const { textsOf, inWords } = await import(`${folder}/told.js`);
const { toldSentencesJa } = await import(`${folder}/told_sentences_ja.js`);
const { speak } = await import(`${folder}/text.js`);
const { codes, said } = JSON.parse(asked);
speak("ja_JP");
console.log(JSON.stringify({
  texts: Object.fromEntries(codes.map((code) => [code, textsOf(code)])),
  sentences: toldSentencesJa,
  said: said.map((one) => inWords(one)),
}));
