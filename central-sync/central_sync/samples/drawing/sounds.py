"""Sounds of the sample bank, made sample by sample like the pictures are drawn line by line."""

from __future__ import annotations

import io
import math
import struct
import wave

RATE_HZ = 8000
_TONE_HZ = 520
"""Within the low range in which smoke alarms wake people best."""
_AMPLITUDE = 11_000
_FADE_S = 0.01
"""Edges this long keep a tone from clicking."""


def evacuation_signal() -> bytes:
    """Return two rounds of the temporal pattern of ISO 8201 as WAV, mono, 16 bit.

    A round is three tones of 0.5 s with pauses of 0.5 s between them, then 1.5 s of silence.
    """
    tone = [
        round(_AMPLITUDE * _edge(n) * math.sin(2 * math.pi * _TONE_HZ * n / RATE_HZ))
        for n in range(RATE_HZ // 2)
    ]
    pause = [0] * (RATE_HZ // 2)
    samples = ((tone + pause) * 3 + pause * 2) * 2
    held = io.BytesIO()
    with wave.open(held, "wb") as clip:
        clip.setnchannels(1)
        clip.setsampwidth(2)
        clip.setframerate(RATE_HZ)
        clip.writeframes(struct.pack(f"<{len(samples)}h", *samples))
    return held.getvalue()


def _edge(n: int) -> float:
    from_edge_s = min(n, RATE_HZ // 2 - 1 - n) / RATE_HZ
    return min(1.0, from_edge_s / _FADE_S)
