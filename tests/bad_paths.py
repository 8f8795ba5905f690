"""Every bad path there is, as a table; and names that look bad and are good."""

from __future__ import annotations

from pathlib import Path

BAD_PATHS = [
    "", "/", "..", ".", "../x", "a/../../x", "a/..", "a//b", "/etc/passwd", "//server/share/x",
    "\\\\server\\share", "..\\x", "a\\..\\x", "C:", "C:/x", "c:\\x", "x:stream", "a\0b", "a\nb",
    "\x7f", "\ud800", "~/../x/", "con", "CON", "nul.txt", "a/COM1", "lpt9.png", "COM¹", "conin$",
    "a ", " a", "a.", "a/b. /c", "a<b", "a|b", 'a"b', "a?b", "a*b", ".hidden", "a/.git/x",
    "x" * 2000, "file:///etc/passwd", "%2e%2e/../x", "link/x", "link", "deep/link/passwd",
]  # fmt: skip
GOOD_PATHS = [
    "a.png", "layers/01-red warrior.png", "foo..bar.png", "a..b/c", "über/ß.png", "コマ.png",
    "console.png", "com10.txt", "nulls/x", "a~b", "%2e%2e", "-dash", "x" * 200,
]  # fmt: skip


def folder_with_links(folder: Path, secret: Path) -> Path:
    """`folder` as BAD_PATHS has it: links in it lead to `secret`, as others may have put there."""
    secret.mkdir()
    (folder / "deep").mkdir(parents=True)
    for link in ("link", "deep/link"):
        (folder / link).symlink_to(secret, target_is_directory=True)
    return folder
