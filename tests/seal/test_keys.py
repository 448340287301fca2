"""Keys: which are refused because any signature fits them, and how they are listed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xlkit.actions import keys as known_keys
from xlkit.actions.seal import VerifiedFile, VerifyResult
from xlkit.cli import main
from xlkit.errors import XlkitError
from xlkit.report.seal_text import verify_text
from xlkit.rules.registered import Cluster, Register
from xlkit.seal.keys import is_signed, list_keys, make_key, revoke_key, trust_key
from xlkit.seal.points import is_sound
from xlkit.settings import home as home_folder
from xlkit.texts import Text

NOW = "2026-11-21T12:00:00+00:00"
P = 2**255 - 19
ORDER_8 = (
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
)
SMALL = [
    (y + sign * 2**255).to_bytes(32, "little")
    for y in (0, 1, P - 1, P, P + 1, *(int.from_bytes(bytes.fromhex(one), "little") for one in ORDER_8))
    for sign in (0, 1)
]
"""All spellings of the points of small order, as libsodium and C2SP/CCTV list them."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XLKIT_HOME", str(tmp_path))


@pytest.mark.parametrize("content", SMALL, ids=bytes.hex)
def test_a_point_of_small_order_is_no_key(content: bytes) -> None:
    with pytest.raises(XlkitError, match="верить нельзя"):
        trust_key(base64.b64encode(content).decode(), "ОПЦ-1", NOW)
    assert list_keys() == ()


def test_what_fits_all_zeros_is_no_signature() -> None:
    """``cryptography`` believes it: R is the neutral point and s is 0."""
    key, forged = SMALL[2], SMALL[2] + bytes(32)
    Ed25519PublicKey.from_public_bytes(key).verify(forged, b"anything")
    assert not is_signed(key, forged, b"anything")


@pytest.mark.parametrize("y", [2, P + 3, 2**255 - 1])
def test_what_is_no_point_or_is_spelt_otherwise_is_no_key(y: int) -> None:
    assert not is_sound(y.to_bytes(32, "little"))


def test_keys_that_are_made_are_sound() -> None:
    made = [Ed25519PrivateKey.generate().public_key().public_bytes_raw() for _ in range(20)]
    assert all(map(is_sound, made)) and not is_sound(made[0] + b"\0") and not is_sound(b"")


def test_keys_are_listed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    old = make_key(NOW)
    new = make_key(NOW)
    public = base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()
    revoke_key(trust_key(public, "ОПЦ-1", NOW).fingerprint, NOW)
    with pytest.raises(SystemExit) as ended:
        main(["keys", "list", "--json"])
    told = json.loads(capsys.readouterr().out)["keys"]
    assert ended.value.code == 0
    assert [(one["public_key"], one["owner"], one["own"], one["state"], one["until"]) for one in told] == [
        (old.public, None, True, "retired", NOW), (new.public, None, True, "active", None),
        (public, "ОПЦ-1", False, "revoked", NOW),
    ]  # fmt: skip
    assert told[1]["fingerprint"] == new.fingerprint and told[1]["since"] == NOW


# --- whose a key is ---------------------------------------------------------------------------------------


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch) -> Register:
    """A register of two clusters, which the settings name."""
    made = Register("r.xlsx", (Cluster("ОПЦ-32"), Cluster("ОПЦ-121")))
    monkeypatch.setattr(known_keys, "_own_register", lambda: (made, None))
    return made


def a_public_key() -> str:
    return base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode()


def told(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["keys", *words])
    said = capsys.readouterr()
    assert ended.value.code == code, said
    return said.out + said.err


def test_the_owner_is_looked_up_and_can_be_corrected(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    public = a_public_key()
    said = told(capsys, "trust", public, "--owner", "ОПЦ-321")
    (key,) = list_keys()
    assert "«ОПЦ-321» нет в реестре; похожие: ОПЦ-32" in said and f"xlkit keys owner {key.fingerprint}" in said
    assert "исправьте: xlkit keys owner" in told(capsys, "trust", public, "--owner", "опц-32", code=1)
    assert "нет в реестре" not in told(capsys, "owner", key.fingerprint, "oпц – 32")  # a Latin «o», another dash
    assert list_keys() == (replace(key, owner="ОПЦ-32"),), "as the register writes it, the same key"
    assert "Ничего не изменено" not in told(capsys, "trust", public, "--owner", "ОПЦ-32")


def test_only_another_s_trusted_key_has_an_owner(register: Register, capsys: pytest.CaptureFixture[str]) -> None:
    own, other = make_key(NOW), trust_key(a_public_key(), "ОПЦ-32", NOW)
    revoke_key(other.fingerprint, NOW)
    for fingerprint in (own.fingerprint, other.fingerprint, "0" * 16):
        told(capsys, "owner", fingerprint, "ОПЦ-121", code=2)
    told(capsys, "owner", own.fingerprint, " ", code=2)


def test_a_register_that_cannot_be_read_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    (home_folder() / "settings.toml").write_text('register = "нет.xlsx"\n', "utf-8")
    assert "не сверен с реестром" in told(capsys, "trust", a_public_key(), "--owner", "ОПЦ-32")
    told(capsys, "trust", a_public_key(), "--owner", "ОПЦ-32", "--register", "нет.xlsx", code=2)
    assert len(list_keys()) == 1


def test_a_new_key_is_to_be_passed_on_and_times_are_moscow_s(capsys: pytest.CaptureFixture[str]) -> None:
    said = told(capsys, "rotate")
    assert "xlkit keys export" in said and " МСК" in said and "+00:00" not in said


@pytest.mark.parametrize("time", ["", "вчера", "2026-11-21T12:00:00", "9999-12-31T23:59:59+00:00"])
def test_a_time_of_a_stranger_s_manifest_is_shown_as_it_stands(time: str) -> None:
    facts = VerifiedFile("x", "EXACT", Text("", ""), facts={"time": time}, key="k")
    assert f" {time}, " in list(verify_text(VerifyResult((facts,))))[-1]
