"""What a mapping file (映射文件) may hold. One file describes one maker's format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, Literal, NamedTuple, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Format = Literal["json", "xml", "form"]
Calls = Literal["heartbeat", "roster", "photo", "announcement", "result"]
"""The operations of our own interface, each of which a maker may name as it likes."""

FIELDS: dict[Calls, frozenset[str]] = {
    "heartbeat": frozenset({"software", "faults"}),
    "roster": frozenset({"session"}),
    "photo": frozenset({"ticket"}),
    "announcement": frozenset(),
    "result": frozenset(
        {
            "id",
            "taken_at",
            "ticket",
            "document_kind",
            "document_number",
            "name",
            "valid_from",
            "valid_until",
            "card_picture",
            "live_picture",
            "score",
            "threshold",
            "verdict",
        }
    ),
}
"""Our field names by operation: what `fields` may name."""
WORDS: dict[str, frozenset[str]] = {
    "document_kind": frozenset({"resident", "permit", "foreign_2017", "foreign_2023"}),
    "verdict": frozenset({"match", "no_match", "not_compared"}),
}
"""Fields that take one of a few words of ours, which `values` leads to."""
NEEDED: dict[Calls, frozenset[str]] = {
    "heartbeat": frozenset(),
    "roster": frozenset(),
    "photo": frozenset({"ticket"}),
    "announcement": frozenset(),
    "result": frozenset({"id", "document_number", "live_picture"}),
}
"""Fields without which the operation makes no sense."""


class Fault(NamedTuple):
    """What is wrong with parts of a file that are well each by itself."""

    path: tuple[str, ...]
    zh: str
    en: str


class MappingFaults(ValueError):
    """The parts of a mapping do not go together; `faults` names all."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.zh} / {fault.en}" for fault in faults))
        self.faults = tuple(faults)


def _pointer(text: str) -> str:
    if not text.startswith("/") or re.search(r"~(?![01])", text):
        raise ValueError(
            "须为 JSON 指针，如 /data/name / must be a JSON pointer such as /data/name (RFC 6901)"
        )
    return text


Pointer = Annotated[str, StringConstraints(max_length=200), AfterValidator(_pointer)]
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:@-]{1,60}$")]


class _Part(BaseModel):
    """Base: unknown keys are refused, values cannot be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(_Part):
    """Where a value of the signature stands."""

    at: Literal["header", "query", "field"]
    """`field` is one of the outermost fields of the body."""
    name: Name


class TimePlace(Place):
    """Where the time of the request stands, and in what form."""

    form: Literal["ms", "s"] = "ms"


class SignaturePlace(Place):
    """Where the signature stands, and how it is written."""

    form: Literal["hex", "base64"] = "hex"


SignedPart = Literal["method", "path", "query", "time", "nonce", "terminal", "body", "body_sha256", "fields"]
"""`fields`: all outermost fields but the signature, sorted by name, as name=value joined by &."""


class Signature(_Part):
    """How the maker signs: HMAC-SHA-256 of the parts, joined."""

    terminal: Place
    time: TimePlace
    nonce: Place
    value: SignaturePlace
    signs: Annotated[tuple[SignedPart, ...], Field(min_length=1)]
    join: Literal["", "\n", "&", "|"] = "\n"

    @model_validator(mode="after")
    def _all_is_signed(self) -> Self:
        signed = set(self.signs)
        whole = bool(signed & {"body", "body_sha256", "fields"})
        missing = {"time", "nonce"} - signed
        for part, place in (("time", self.time), ("nonce", self.nonce)):
            if place.at == "field" and whole:
                missing.discard(part)
        if not whole:
            missing.add("body")
        if missing:
            raise ValueError(
                f"签名须包括 {'、'.join(sorted(missing))}，否则可被篡改或重放 / "
                f"the signature must cover {', '.join(sorted(missing))}"
            )
        if self.value.at == "field" and signed & {"body", "body_sha256"}:
            raise ValueError(
                "签名写在正文中时只能对 fields 签名 / a signature within the body can only sign `fields`"
            )
        return self


class Taken(_Part):
    """Where one of our fields comes from and how it is read."""

    at: Pointer
    read: Literal["text", "number", "time", "date", "base64"] = "text"
    form: Annotated[str, Field(max_length=40)] = ""
    """Of a time or date as strptime writes it; empty: ISO 8601, or s or ms since 1970 as a number."""
    scale: Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)] = 1.0
    """A number is multiplied by this."""
    values: dict[str, str] | None = None
    """Their word -> ours; a word that is not in it is refused, unless `otherwise` is given."""
    otherwise: Annotated[str, Field(max_length=60)] | None = None


class Answer(_Part):
    """What is sent back: a tree whose texts hold {fields}, `from` takes a value whole, `each` repeats."""

    format: Format
    root: Name = "response"
    """Outermost element of XML."""
    body: dict[str, Any]


class Call(_Part):
    """One operation as the maker writes it."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    path: Annotated[str, StringConstraints(pattern=r"^(/[A-Za-z0-9_.-]{1,40}){1,6}$")]
    format: Format = "json"
    """Of the request's body; a GET has query fields."""
    fields: dict[str, Taken] = {}
    answer: Answer | None = None
    """None only for `photo`, which answers the picture itself."""


class Mapping(_Part):
    """A maker's whole format."""

    mapping: Literal[1]
    """Version of this kind of file."""
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,39}$")]
    zh: Annotated[str, Field(min_length=1, max_length=80)]
    en: Annotated[str, Field(min_length=1, max_length=80)]
    signature: Signature
    calls: dict[Calls, Call]
    refusal: Answer
    """What a refused request is answered with; fields status, code, zh, en."""

    @model_validator(mode="after")
    def _sound(self) -> Self:
        faults = list(self._faults())
        if faults:
            raise MappingFaults(faults)
        return self

    def _faults(self) -> Iterator[Fault]:
        for need in ("heartbeat", "result"):
            if need not in self.calls:
                yield Fault(("calls",), f"缺少 calls.{need}", f"calls.{need} is missing")
        seen: dict[tuple[str, str], str] = {}
        for kind, call in self.calls.items():
            here = ("calls", kind)
            yield from _faults_of_fields(kind, call)
            if call.method == "GET" and not {"query", "fields"} & set(self.signature.signs):
                yield Fault(
                    ("signature", "signs"),
                    f"calls.{kind} 为 GET，签名须包括 query 或 fields",
                    f"calls.{kind} is a GET: sign query or fields",
                )
            if (call.method, call.path) in seen:
                first = seen[call.method, call.path]
                yield Fault(
                    (*here, "path"),
                    f"{call.method} {call.path} 已用于 calls.{first}",
                    f"{call.method} {call.path} is that of calls.{first} already",
                )
            seen.setdefault((call.method, call.path), kind)
            if call.answer is None and kind != "photo":
                yield Fault(here, f"calls.{kind} 缺少 answer", f"calls.{kind} needs an answer")
            elif call.answer is not None and kind == "photo":
                yield Fault(
                    (*here, "answer"),
                    "photo 的回应就是照片，不能有 answer",
                    "photo answers the picture itself: it takes no answer",
                )


def _faults_of_fields(kind: Calls, call: Call) -> Iterator[Fault]:
    fields = ("calls", kind, "fields")
    known = sorted(FIELDS[kind])
    listed = ", ".join(known) or "—"
    for name in call.fields:
        if name not in FIELDS[kind]:
            near = get_close_matches(name, known, 1)
            yield Fault(
                (*fields, name),
                f"没有字段 {name}{f'，是否为 {near[0]}？' if near else ''}；可用：{listed}",
                f"no such field: {name}{f'; did you mean {near[0]}?' if near else ''}; known: {listed}",
            )
    for name in sorted(NEEDED[kind] - set(call.fields)):
        yield Fault(fields, f"缺少字段 {name}", f"the field {name} is missing")
    for name, words in WORDS.items():
        taken = call.fields.get(name)
        if taken is None:
            continue
        told = {*(taken.values or {}).values(), taken.otherwise} - {None}
        if not told or told - words:
            ours = sorted(words)
            yield Fault(
                (*fields, name),
                f"values 和 otherwise 须译为：{'、'.join(ours)}",
                f"values and otherwise must lead to {', '.join(ours)}",
            )
