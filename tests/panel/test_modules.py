"""Single modules of the panel, each in the browser, as the page has them."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.data_folder import DATA_VARIABLE, data_folder
from multiplane.contract.frames import PreviewInfo, pack_preview
from multiplane.contract.proof import pass_of, proof
from tests.jsx.host.aftereffects import AfterEffects
from tests.panel.showing import PANEL, Shown


@pytest.fixture
def page(shown: Shown) -> Any:
    """A page beside the modules, with nothing of the panel in it."""
    shown.page.goto((PANEL / "icon.svg").as_uri())
    shown.page.goto((PANEL / "js" / "first.js").as_uri())
    return shown.page


def run(page: Any, module: str, body: str, given: Any = None) -> Any:
    """The value of a function's `body` with the module as `m` and `given`."""
    url = (PANEL / module).as_uri()
    return page.evaluate(f"async (given) => {{ const m = await import('{url}'); {body} }}", given)


NASTY = [
    "", "plain", 'q"u\'o\\te', "line\nbreak\r\t\b\f\0", "\u2028\u2029\ufeff", "äß€",
    "絵コンテ", "🎬",
    "</script><!--", "${a}`b`", "%25 %", "\x7f\x80\x9f",
]  # fmt: skip


def test_texts_reach_the_scripts_as_they_are(page: Any) -> None:
    host = AfterEffects()
    for text in NASTY:
        literal = run(page, "hosts/cep/script_text.js", "return m.literal(given);", text)
        assert literal.isascii()
        codes = host.run(
            f"(function (t) {{ var a = []; for (var i = 0; i < t.length; i += 1) "
            f"a.push(t.charCodeAt(i)); return a.join(); }}({literal}))"
        )
        units = text.encode("utf-16-le")
        wanted = [int.from_bytes(units[i : i + 2], "little") for i in range(0, len(units), 2)]
        assert codes == ",".join(map(str, wanted))
    lone = run(page, "hosts/cep/script_text.js", "return m.literal('a\\ud800b');")
    assert host.run(f"{lone}.charCodeAt(1)") == 0xD800


@pytest.mark.parametrize(
    "path", ["/a b/ä.jsx", "C:/Users/50%25/#1?/絵🎬.jsx", "//server/share/x & y'.jsx"]
)
def test_paths_reach_file_objects_as_they_are(page: Any, path: str) -> None:
    host = AfterEffects()
    literal = run(page, "hosts/cep/script_text.js", "return m.fileLiteral(given);", path)
    assert host.run(f"new File({literal}).fsName") == path


BRIDGE = """
  const asked = [];
  const evalScript = (script, answer) => asked.push({ script, answer });
  const bridge = new m.Bridge({ evalScript }, "The host");
  const said = (promise) => promise.then((text) => ["ok", text], (error) => [error.code]);
  const soon = () => new Promise((done) => setTimeout(done, 0));
"""


def test_calls_go_one_at_a_time(page: Any) -> None:
    got = run(page, "hosts/cep/bridge.js", BRIDGE + """
      const first = said(bridge.run("1")), second = said(bridge.run("2"));
      await soon();
      const before = asked.map((one) => one.script);
      asked[0].answer("one");
      await first;
      await soon();
      asked[1].answer("two");
      return [before, await first, await second];
    """)  # fmt: skip
    assert got == [["1"], ["ok", "one"], ["ok", "two"]]


def test_a_call_that_failed_does_not_hold_up_the_next(page: Any) -> None:
    got = run(page, "hosts/cep/bridge.js", BRIDGE + """
      const results = [];
      for (const answer of ["EvalScript error.", "", "undefined", undefined, null, "fine"]) {
        const result = said(bridge.run("x"));
        await soon();
        asked.pop().answer(answer);
        results.push((await result)[0]);
      }
      const broken = new m.Bridge({ evalScript: () => { throw new Error("gone"); } }, "The host");
      results.push((await said(broken.run("x")))[0]);
      return [results, bridge.degraded];
    """)  # fmt: skip
    nothing = "cep.no_answer"
    assert got == [
        ["cep.script", nothing, nothing, nothing, nothing, "ok", "cep.script"],
        False,
    ]


def test_after_a_timeout_the_host_is_drained_first(page: Any) -> None:
    got = run(page, "hosts/cep/bridge.js", BRIDGE + """
      const slow = await said(bridge.run("slow", 5));
      const wasDegraded = bridge.degraded;
      const next = said(bridge.run("next"));
      await soon();
      const sentinel = asked[1].script;
      asked[0].answer("late");
      await soon();
      const still = asked.length;
      asked[1].answer(JSON.parse(sentinel));
      await soon();
      asked[2].answer("done");
      return [slow[0], wasDegraded, still, asked[2].script, await next, bridge.degraded];
    """)  # fmt: skip
    assert got == ["cep.timeout", True, 2, "next", ["ok", "done"], False]


def test_a_host_that_answers_something_else_is_not_trusted(page: Any) -> None:
    got = run(page, "hosts/cep/bridge.js", BRIDGE + """
      await said(bridge.run("slow", 5));
      const next = said(bridge.run("next"));
      await soon();
      asked[1].answer("the answer of an earlier call");
      return [(await next)[0], bridge.degraded, asked.length];
    """)  # fmt: skip
    assert got == ["cep.unresponsive", True, 2]


PLACES = [
    ({"MULTIPLANE_DATA": "/own"}, "linux", "/own"),
    ({}, "linux", "/home/me/.local/share/multiplane"),
    ({"XDG_DATA_HOME": "/x"}, "linux", "/x/multiplane"),
    ({}, "darwin", "/home/me/Library/Application Support/multiplane"),
    ({"LOCALAPPDATA": "C:/L"}, "win32", "C:/L/multiplane"),
    ({}, "win32", "/home/me/AppData/Local/multiplane"),
]


@pytest.mark.parametrize(("env", "platform", "folder"), PLACES)
def test_the_data_folder_is_where_the_server_puts_it(
    page: Any, env: dict[str, str], platform: str, folder: str
) -> None:
    got = run(page, "hosts/cep/server_place.js", """
      const address = '{"host": "127.0.0.1", "scheme": "https"}';
      const texts = { port: "8472\\n", token: "t\\n", "server.json": address };
      const modules = {
        process: { env: given.env, platform: given.platform },
        os: { homedir: () => "/home/me" },
        fs: { promises: { readFile: async (path) => texts[path.split("/").pop()] } },
      };
      window.cep_node = { require: (name) => modules[name] };
      return m.findServer();
    """, {"env": env, "platform": platform})  # fmt: skip
    assert got == {"url": "https://127.0.0.1:8472", "token": "t", "folder": folder}


def test_the_servers_own_data_folder_is_the_same(page: Any, monkeypatch: Any) -> None:
    """What the panel works out agrees with platformdirs on the system that this runs on."""
    monkeypatch.delenv(DATA_VARIABLE, raising=False)
    platform = {"linux": "linux", "darwin": "darwin", "win32": "win32"}[sys.platform]
    got = run(page, "hosts/cep/server_place.js", """
      const modules = {
        process: given, os: { homedir: () => given.home },
        fs: { promises: { readFile: async () => "{}" } },
      };
      window.cep_node = { require: (name) => modules[name] };
      return (await m.findServer()).folder;
    """, {"env": dict(os.environ), "platform": platform, "home": str(Path.home())})  # fmt: skip
    assert os.path.normpath(got) == str(data_folder().root)


def test_the_panels_proof_is_the_servers(page: Any) -> None:
    """Two ways to the same HMAC, for keys and texts about the hash's block of 64 bytes."""
    for length in (1, 43, 63, 64, 65, 130):
        token, run_ = "k" * length, "r" * (length + 7)
        got = run(page, "js/server/proof.js", """
          return [m.signed(given.token, ["multiplane server", "8472", given.run, "n"]),
                  m.signed(given.token, ["multiplane client", "8472", given.run])];
        """, {"token": token, "run": run_})  # fmt: skip
        assert got == [
            proof(token, port=8472, run=run_, nonce="n"),
            pass_of(token, port=8472, run=run_),
        ]


PLACE = {"url": "http://127.0.0.1:8472", "token": "t" * 43}


@pytest.mark.parametrize(
    ("place", "code"), [(PLACE, "server.not_ours"), (PLACE | {"isPaired": True}, "server.refused")]
)
def test_a_program_that_took_the_port_gets_no_token(
    page: Any, place: dict[str, Any], code: str
) -> None:
    got = run(page, "js/server/proof.js", """
      const asked = [];
      window.fetch = async (url, init) => {
        asked.push(url + JSON.stringify(init));
        return { ok: true, json: async () => ({ run: "r", proof: "0".repeat(64) }) };
      };
      const trouble = await m.proven(given).catch((error) => error);
      return [trouble.code, asked.length, asked.some((one) => one.includes(given.token))];
    """, place)  # fmt: skip
    assert got == [code, 1, False]


def test_lines_keep_their_cameras_and_ids(page: Any) -> None:
    got = run(page, "js/board/work.js", """
      const id = ({ id, camera, prompt }) => id.slice(-1) + (camera || "") + ":" + prompt;
      const ids = (work) => work.board.shots.map(id).join(" ");
      let work = m.withField(m.retyped(m.BLANK, "a\\nb\\nc"), [1], "camera", "!");
      const out = [ids(m.withField(work, [1], "camera", "!"))];
      for (const next of ["xabc", "xabd", "xb", "b", "", "q"]) {
        work = m.retyped(work, [...next].join("\\n"));
        out.push(ids(work));
      }
      return out;
    """)  # fmt: skip
    assert got == [
        "1:a 2!:b 3:c",
        "4:x 1:a 2!:b 3:c",
        "4:x 1:a 2!:b 3:d",
        "4:x 2!:b",
        "2!:b",
        "",
        "1:q",
    ]


def test_lines_are_read_as_people_paste_them(page: Any) -> None:
    text = (
        "1. one\r\n2) two\n\n  - three\n* four\n• five\n**six** and **seven**\u20282 cats\n-\n3.5 m"
    )
    got = run(page, "js/board/lines.js", "return m.promptsIn(given);", text)
    assert got == [
        "one", "two", "three", "four", "five", "**six** and **seven**", "2 cats", "-", "3.5 m",
    ]  # fmt: skip


def test_a_zip_is_what_others_read(page: Any) -> None:
    files = {"a/ä 絵.txt": "hello", "b.bin": "x" * 70_000, "empty": ""}
    encoded = run(page, "hosts/zip.js", """
      const zip = new m.Zip();
      for (const [path, text] of Object.entries(given)) await zip.add(path, new Blob([text]));
      const bytes = new Uint8Array(await zip.finish().arrayBuffer());
      let text = "";
      for (const byte of bytes) text += String.fromCharCode(byte);
      return btoa(text);
    """, files)  # fmt: skip
    with zipfile.ZipFile(io.BytesIO(b64decode(encoded))) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name).decode() for name in archive.namelist()} == files
    too_large = (
        "return [m.Zip.tooLarge(4e9, 10), m.Zip.tooLarge(5e9, 1), m.Zip.tooLarge(1, 70000)];"
    )
    assert run(page, "hosts/zip.js", too_large) == [False, True, True]


def test_previews_are_read_as_they_are_packed(page: Any) -> None:
    info = PreviewInfo(job="jöb", shot="ß", done=1, total=2, width=3, height=4)
    good = pack_preview(info, b"\xff\xd8picture")
    frames = [good, good[:3], b"XXXX" + good[4:], good[:8] + b"\xff\xff\xff\xff" + good[12:], b""]
    got = run(page, "js/server/frames.js", """
      const out = [];
      for (const frame of given) {
        const read = m.readPreview(new Uint8Array(frame).buffer);
        const bytes = read && new Uint8Array(await read.picture.arrayBuffer());
        out.push(read && [read.info, read.picture.type, [...bytes]]);
      }
      return out;
    """, [list(frame) for frame in frames])  # fmt: skip
    assert got[0] == [json.loads(info.model_dump_json()), "image/jpeg", list(b"\xff\xd8picture")]
    assert got[1:] == [None] * 4


def test_a_panel_that_may_keep_nothing_goes_on(page: Any) -> None:
    got = run(page, "js/state/keep.js", """
      Storage.prototype.setItem = () => { throw new Error("QuotaExceededError"); };
      const kept = m.keep("draft", { text: "a cat" });
      return [kept, m.recall("draft"), m.keep("draft", null), m.recall("draft")];
    """)  # fmt: skip
    assert got == [False, {"text": "a cat"}, True, None]


def test_every_cutter_that_the_panel_offers_is_one(page: Any) -> None:
    """Of what is installed alone, in the names that a storyboard has for them."""
    from multiplane.layers.cutters.choice import cutter_choice, cutter_names
    from multiplane.models.vision.profiles import VISION_PROFILES

    models = [
        {"name": one.name, "title": one.title, "kind": one.role.value, "installed": True}
        for one in VISION_PROFILES.values()
    ]
    body = "return m.cuttersOf(given).map((one) => one.name);"
    offered = run(page, "js/board/cutters.js", body, models)
    assert offered[0] == "auto"
    assert set(cutter_names()) <= set(offered)
    assert [cutter_choice(name).name for name in offered[1:]] == offered[1:]
    one = [{**model, "installed": model["name"] == "sam-2.1-tiny"} for model in models]
    assert run(page, "js/board/cutters.js", body, one) == [
        "auto", "attention", "attention+sam-2.1-tiny",
    ]  # fmt: skip
