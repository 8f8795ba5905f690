/* What an evil page tries: sockets, requests, elements and forms; says what became of each. */
async ({ server, job, tokens, quiet = false }) => {
  const http = `http://${server}`;
  const submit = { job: "job-of-the-page", storyboard: { shots: [{ prompt: "a **dog**" }] } };
  const found = { sockets: {}, fetches: {}, elements: {}, forms: 0 };

  const socket = (protocols) =>
    new Promise((done) => {
      const one = new WebSocket(`ws://${server}/ws`, protocols);
      let last = "closed";
      one.onopen = () => {
        last = "opened";
        const say = (type, data) => one.send(JSON.stringify({ type, id: type, data }));
        say("hello", { client: "page", version: 1 });
        if (!quiet) {
          say("remove", { job });
          say("submit", submit);
          say("resume", {});
        }
      };
      one.onmessage = (event) => {
        last = JSON.parse(event.data).type;
        if (quiet) one.close();
      };
      one.onclose = () => done(last);
    });
  found.sockets["no protocol"] = await socket([]);
  found.sockets["no token"] = await socket(["multiplane.1"]);
  for (const token of tokens) {
    // An empty token is no subprotocol that a browser would send.
    found.sockets[token] = await socket(["multiplane.1", `multiplane.token.${token || "-"}`]);
  }

  const tried = async (name, path, options) => {
    try {
      const answer = await fetch(http + path, { cache: "no-store", ...options });
      found.fetches[name] = answer.type === "opaque" ? "opaque" : String(answer.status);
    } catch {
      found.fetches[name] = "failed";
    }
  };
  const paths = ["/nothing", `/jobs/${job}/storyboard.json`, "/artifacts/" + "0".repeat(64), "/ws"];
  for (const path of paths) {
    await tried(`GET ${path}`, path, {});
    await tried(`GET ${path} opaque`, path, { mode: "no-cors", credentials: "include" });
  }
  for (const token of tokens) {
    const headers = { Authorization: `Bearer ${token}` };
    await tried(`GET /nothing ${token}`, "/nothing", { headers });
    if (!quiet) await tried(`POST ${token}`, "/uploads", { method: "POST", headers, body: "x" });
  }
  if (quiet) return found;

  const posts = { "/uploads": "x".repeat(1000), "/pair": '{"code": "AAAA-AAAA"}', "/ws": "{}" };
  for (const [path, body] of Object.entries(posts)) {
    await tried(`POST ${path}`, path, { method: "POST", body });
    await tried(`POST ${path} opaque`, path, { method: "POST", body, mode: "no-cors" });
    const headers = { "Content-Type": "application/json" };
    await tried(`POST ${path} json`, path, { method: "POST", body, headers });
    await tried(`DELETE ${path}`, path, { method: "DELETE" });
  }

  const element = (name, attribute) =>
    new Promise((done) => {
      const one = document.createElement(name);
      one.onload = () => done("load");
      one.onerror = () => done("error");
      one[attribute] = `${http}/jobs/${job}/sequence.json`;
      if (name === "link") one.rel = "stylesheet";
      document.body.append(one);
    });
  found.elements.img = await element("img", "src");
  found.elements.script = await element("script", "src");
  found.elements.link = await element("link", "href");

  for (const kind of ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"]) {
    const frame = document.createElement("iframe");
    frame.name = `answer-${kind}`;
    document.body.append(frame);
    for (const path of ["/uploads", "/pair"]) {
      const form = document.createElement("form");
      Object.assign(form, { method: "post", enctype: kind, action: http + path });
      form.target = frame.name;
      const field = document.createElement("input");
      Object.assign(field, { name: '{"code": "AAAA-AAAA", "x": "', value: '"}' });
      form.append(field);
      document.body.append(form);
      const sent = new Promise((done) => {
        frame.onload = done;
        setTimeout(done, 5000);
      });
      form.submit();
      await sent;
    }
    found.forms += 1;
  }
  return found;
}
