"""A print job (打印任务): one document on its way to one printer."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum

import orjson

from exam_appliance.documents.kinds import DocumentKind


class PrintState(StrEnum):
    """States of a print job (打印任务状态)."""

    WAITING = "waiting"  # 等待：排队、生成中，或打印机暂不可用；会自动重试
    SENDING = "sending"  # 已交给打印机，尚无结果
    PRINTED = "printed"  # 已打印
    FAILED = "failed"  # 失败：需要人处理
    DOUBTFUL = "doubtful"  # 不确定是否已打印：需要人看出纸口
    CANCELLED = "cancelled"  # 已取消

    @property
    def open(self) -> bool:
        """Whether the service goes on with it by itself."""
        return self in (PrintState.WAITING, PrintState.SENDING)

    @property
    def needs_person(self) -> bool:
        """Whether somebody must decide."""
        return self in (PrintState.FAILED, PrintState.DOUBTFUL)


@dataclass(frozen=True, slots=True)
class PrintJob:
    """One copy of one version of a document."""

    id: str
    """The same copy of the same version has the same id."""
    kind: DocumentKind
    subject: str
    """What it is about: an admission ticket's or queue ticket's number, `SESSION/room`."""
    title: str
    """For people: whose or which room's it is."""
    session: str
    """Session that it belongs to, empty for none."""
    version: str
    """SHA-256 of the data; the same data is the same version."""
    copy: int
    """1 for the first print, n for the (n-1)-th reprint (补打)."""
    documents: int
    """How many documents it holds: 60 tickets of a room are one job."""
    people: int
    """How many people's data is on the paper."""
    role: str
    """Where it comes out: the role of the printer."""
    actor: str
    """Who asked for it."""
    asked_at: str
    state: PrintState = PrintState.WAITING
    device: str = ""
    """Printer that it was given to."""
    tries: int = 0
    """How often it was handed over."""
    round: int = 0
    """How often a person had it tried again: each round has a key of its own."""
    reason: str = ""
    """Code of the reason for its state, empty for none."""
    zh: str = ""
    """What is wrong and what to do."""
    en: str = ""
    settled_at: str = ""
    """When it was printed, failed or cancelled."""
    seq: int = 0
    """Entry of the journal with which it began."""

    @property
    def key(self) -> str:
        """The key under which a printer takes it once."""
        return f"{self.id}-{self.round}"

    @property
    def reprint(self) -> int:
        """n for the n-th reprint, 0 for the first print."""
        return self.copy - 1

    def row(self) -> tuple[str, int, str, str, str, str]:
        """Return the row of the `print` table."""
        data = orjson.dumps(asdict(self), option=orjson.OPT_SORT_KEYS).decode()
        return (self.id, self.seq, self.state.value, self.kind.value, self.session, data)

    @staticmethod
    def from_row(data: str) -> PrintJob:
        """Return the job that a row's `data` holds."""
        value = orjson.loads(data)
        value["kind"], value["state"] = DocumentKind(value["kind"]), PrintState(value["state"])
        return PrintJob(**value)


def job_id(kind: DocumentKind, subject: str, version: str, copy: int) -> str:
    """Return the id of a copy of a version of a document: 32 hexadecimal digits."""
    return hashlib.sha256(f"{kind.value}\n{subject}\n{version}\n{copy}".encode()).hexdigest()[:32]
