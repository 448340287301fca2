"""Which 32 bytes are an Ed25519 public key that proves something; ``cryptography`` takes any.

A key whose point is of small order (all zeros, say) fits signatures that nobody has made. There are eight such points
with fourteen spellings: see C2SP/CCTV ed25519 (github.com/C2SP/CCTV) and libsodium's ``ge25519_has_small_order``. Here
they are found by what they are: on -x² + y² = 1 + dx²y² the points of order 1 and 2 have y² = 1, those of order 4
y = 0, and those of order 8, which doubling takes to y = 0 (y² = -x²), have dy⁴ + 2y² = 1.
"""

from __future__ import annotations

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P


def is_sound(public: bytes) -> bool:
    """Whether 32 bytes are a point of the curve as RFC 8032 (5.1.3) writes it, and not one of small order."""
    y = int.from_bytes(public, "little") & (2**255 - 1)
    if len(public) != 32 or y >= _P:
        return False
    square = y * y % _P
    small = square * (square - 1) * (_D * square * square + 2 * square - 1) % _P == 0
    x_squared = (square - 1) * (_D * square + 1)  # times a square
    return not small and pow(x_squared, (_P - 1) // 2, _P) == 1
