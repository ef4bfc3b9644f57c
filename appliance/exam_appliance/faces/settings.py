"""What can be configured about faces: the service, its models and bounds, or a third party's."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

MIB = 1024 * 1024
SOCKET_BYTES = 107
"""Linux takes no longer path of a Unix socket."""
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#]+(/\S*)?$", max_length=500)]
Pointer = Annotated[str, StringConstraints(pattern=r"^(/[^/]*)+$", max_length=200)]
"""A JSON pointer (RFC 6901) such as /result/score."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelFile(_Part):
    """A model file, known by its size and SHA-256."""

    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,100}$")]
    size: Annotated[int, Field(strict=True, ge=1, le=1024 * MIB)]
    """Bytes."""
    sha256: Sha256
    address: Url | None = None
    """Where `faces fetch` gets it."""


class QualityBounds(_Part):
    """What a picture must have to be compared; units as in `Quality`."""

    face_px: Annotated[float, Field(ge=16, le=1000)] = 40
    sharpness: Annotated[float, Field(ge=0, le=10_000)] = 12
    yaw: Annotated[float, Field(gt=0, le=2)] = 0.45
    pitch_low: Annotated[float, Field(ge=0, le=1)] = 0.3
    pitch_high: Annotated[float, Field(ge=0, le=1)] = 0.8
    roll: Annotated[float, Field(gt=0, le=90)] = 35
    """Degrees."""
    dark: Annotated[float, Field(ge=0, le=255)] = 45
    bright: Annotated[float, Field(ge=0, le=255)] = 225
    contrast: Annotated[float, Field(ge=0, le=127)] = 14
    several: Annotated[float, Field(gt=0, le=1)] = 0.4
    """Another face of at least this share of the largest one's width counts as a second."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.pitch_low < self.pitch_high or not self.dark < self.bright:
            raise ValueError(
                "须满足 pitch_low < pitch_high 且 dark < bright / "
                "pitch_low < pitch_high and dark < bright must hold"
            )
        return self


class ThirdParty(_Part):
    """A third party's comparison service: how it is asked and how its answer reads."""

    url: Url
    headers: dict[str, str] = Field(default_factory=dict)
    """Such as an access key."""
    form: Literal["multipart", "json"]
    """multipart: pictures as files; json: pictures as base64 text."""
    picture: Annotated[str, Field(min_length=1, max_length=200)]
    """Where the live picture goes: a field name, in JSON a pointer such as /images/0/data."""
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    fields: dict[str, str | int | float | bool] = Field(default_factory=dict)
    """Further fields that are always sent; in JSON keyed by pointer."""
    score: Pointer
    """Where the score stands in the answer."""
    score_low: float = 0
    """Their score for complete strangers, which becomes 0."""
    score_high: float = 1
    """Their score for the same picture, which becomes 1; such as 100."""
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    """After scaling; None: read from the answer."""
    threshold_at: Pointer | None = None
    """Where the answer has its threshold, on their scale."""
    error: Pointer | None = None
    """Where the answer has an error code."""
    error_none: tuple[str, ...] = ("0", "", "null", "ok", "OK")
    """Values of it that mean no error."""
    error_text: Pointer | None = None
    """Where the answer has words about the error."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.score_low == self.score_high:
            raise ValueError("score_low 与 score_high 须不同 / score_low and score_high must differ")
        if self.threshold is None and self.threshold_at is None:
            raise ValueError("须给出 threshold 或 threshold_at / give threshold or threshold_at")
        if self.form == "json" and not all(
            key.startswith("/") for key in (self.picture, self.reference, *self.fields)
        ):
            raise ValueError(
                "form 为 json 时各位置须以 / 开头，如 /image_a / with form json, places begin with /"
            )
        return self


class FacesSettings(_Part):
    """Face comparison (人像比对)."""

    run: Literal["service", "child", "third_party", "none"]
    """service: the system starts it; child: the site server does; third_party; none: compare by eye."""
    socket: Path | None
    """Where the service listens; None: faces.sock below the state folder."""
    url: Annotated[str, StringConstraints(pattern=r"^http://(127\.0\.0\.1|localhost):\d{1,5}$")] | None
    """Where it listens instead of the socket, loopback only."""
    models: Path | None
    """Folder of the model files; None: models below the state folder."""
    detector: ModelFile
    recogniser: ModelFile
    threshold: Annotated[float, Field(ge=-1, le=1)]
    """Cosine from which two faces are the same person; `faces calibrate` measures it."""
    workers: Annotated[int, Field(strict=True, ge=1, le=64)] | None
    """Processes; None: one a core."""
    waiting: Annotated[int, Field(strict=True, ge=1, le=1000)]
    """Requests that may wait for a worker; further ones are told that it is busy."""
    deadline_seconds: Annotated[float, Field(gt=0, le=60)]
    """A request that takes longer, waiting included, is given up; a worker that hangs is replaced."""
    bytes_limit: Annotated[int, Field(strict=True, ge=100_000, le=64 * MIB)]
    """Of one picture."""
    pixels_limit: Annotated[int, Field(strict=True, ge=1_000_000, le=200_000_000)]
    quality: QualityBounds
    third_party: ThirdParty | None

    @field_validator("socket", "models")
    @classmethod
    def _absolute(cls, path: Path | None) -> Path | None:
        if path is not None and not path.is_absolute():
            raise ValueError("须为以 / 开头的绝对路径 / must be an absolute path that begins with /")
        return path

    @field_validator("socket")
    @classmethod
    def _short(cls, socket: Path | None) -> Path | None:
        if socket is not None and len(str(socket).encode()) > SOCKET_BYTES:
            raise ValueError(
                f"套接字路径超过 {SOCKET_BYTES} 字节，请改用较短的路径 / "
                f"the path of the socket is over {SOCKET_BYTES} bytes: use a shorter one"
            )
        return socket

    @model_validator(mode="after")
    def _third_party_told(self) -> Self:
        if self.run == "third_party" and self.third_party is None:
            raise ValueError("run 为 third_party 时须配置 third_party / run third_party needs third_party")
        return self


class ServiceSettings(_Part):
    """The service's own settings, all paths told; JSON of it is what a started child reads."""

    socket: Path
    url: str | None
    models: Path
    faces: FacesSettings


def service_settings(faces: FacesSettings, state_dir: Path) -> ServiceSettings:
    """Return the settings with what is left open put below the state folder."""
    return ServiceSettings(
        socket=faces.socket or state_dir / "faces.sock",
        url=faces.url,
        models=faces.models or state_dir / "models",
        faces=faces,
    )
