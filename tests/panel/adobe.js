/* What CEP puts into a page. The three functions with two underscores are the test's own. */
((setting) => {
  const listeners = new Map();
  window.__adobe_cep__ = {
    evalScript: (script, answer) => {
      window.__hostEval(script).then((text) => {
        // A test may hold an answer back.
        if (text.startsWith("hold:")) {
          (window.__held = window.__held || []).push(() => answer(text.slice("hold:".length)));
        } else {
          answer(text);
        }
      });
    },
    getSystemPath: (kind) => (kind === "extension" ? setting.extension : ""),
    getHostEnvironment: () => JSON.stringify(setting.environment),
    getExtensionId: () => "org.multiplane.panel",
    addEventListener: (type, listener) => {
      listeners.set(type, [...(listeners.get(type) || []), listener]);
    },
    dispatchEvent: () => {},
  };
  window.__setSkin = (skin) => {
    setting.environment.appSkinInfo = skin;
    for (const listener of listeners.get("com.adobe.csxs.events.ThemeColorChanged") || []) listener({});
  };
  const failing = (name, path) => {
    throw Object.assign(new Error(`ENOENT: no such file or directory, ${name} '${path}'`), { code: "ENOENT" });
  };
  const modules = {
    fs: {
      promises: {
        readFile: async (path) => {
          const text = await window.__readFile(path);
          return text === null ? failing("open", path) : text;
        },
        realpath: (path) => window.__realpath(path),
        mkdtemp: (prefix) => window.__makeFolder(prefix),
        open: async (path) => ({ fd: path, close: async () => {} }),
      },
    },
    os: { homedir: () => setting.home, tmpdir: () => setting.temporary },
    process: { env: setting.env, platform: setting.platform },
  };
  if (setting.starts) {
    modules.child_process = {
      spawn: (file, given, { stdio, detached }) => {
        const heard = { error: [], exit: [] };
        window.__spawn([file, ...given], stdio[1], detached).then(async (pid) => {
          if (pid === null) return heard.error.forEach((one) => one(new Error(`spawn ${file} ENOENT`)));
          let status = null;
          while ((status = await window.__ended(pid)) === null) await new Promise((go) => setTimeout(go, 100));
          heard.exit.forEach((one) => one(status));
        });
        return { on: (type, one) => heard[type].push(one), unref: () => {} };
      },
    };
  }
  window.cep_node = { require: (name) => modules[name] };
})
