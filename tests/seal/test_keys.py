"""Keys: which are refused because any signature fits them, and how they are listed."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from xlkit.cli import main
from xlkit.errors import XlkitError
from xlkit.seal.keys import is_signed, list_keys, make_key, revoke_key, trust_key
from xlkit.seal.points import is_sound

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
