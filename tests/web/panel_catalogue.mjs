// The panel's catalogues of texts: prints {language: {key: text or forms}}.
const found = {};
for (const url of process.argv.slice(2)) Object.assign(found, await import(url));
console.log(JSON.stringify(found));
