"""Every kind of journal entry, declared once: its name, its body and what it says to a reader.

`t` is always exam-clock time of the site in milliseconds; `ms` is a length in milliseconds. The
subject of `session.*` entries is the session id, that of `attempt.*` and `response.*` the
admission ticket number, that of `staff.*` the user name, that of `site.*` the appliance id, that
of `credit.proposed` the proposal's id, that of `station.*` the station, that of `terminal.*` the
terminal's id, that of `device.*` the
role of the site that the device is bound to, that of `readiness.*` the row of the standard, that of
`print.*` the print job's id, that of `document.viewed` the ticket or room it is about, that of
`candidate.viewed` the admission ticket number, that of
`identity.*` the verification's id, that of `queue.screen` the screen, that of all other `queue.*` the
queue ticket and that of `seat.*` the seat, such as 12 or 第一考场/12.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from central_sync.protocol.items import ChoiceId, ItemId, Sha256, Words
from central_sync.protocol.roster import SeatNumber
from central_sync.protocol.site_files import SITE_FILE_BYTES

Reason = Annotated[str, Field(max_length=500)]
Milliseconds = Annotated[int, Field(ge=0)]


class SiteStarted(Words):
    """The server took up its work; gap_ms is the time since the last entry that carried a clock."""

    t: Milliseconds
    boot: str
    boottime_ms: Milliseconds
    gap_ms: Milliseconds
    gap_source: Literal["first", "boottime", "wall", "unknown"]
    version: str


class SiteStopped(Words):
    """The server was asked to stop and did so in order."""

    t: Milliseconds


class SiteHeartbeat(Words):
    """Proof of time while a session runs: the clock, and last contact by ticket since the last beat."""

    t: Milliseconds
    boot: str
    boottime_ms: Milliseconds
    contacts: dict[str, Milliseconds]


class SiteClockJumped(Words):
    """The wall clock moved against the monotonic clock; no deadline follows it."""

    t: Milliseconds
    by_ms: int


class SitePower(Words):
    """The power of the server changed, as a UPS tells it; charge and runtime as far as it tells them."""

    t: Milliseconds
    device: str
    power: Literal["mains", "battery", "low", "unknown"]
    charge_percent: Annotated[int, Field(ge=0, le=100)] | None
    runtime_s: Annotated[int, Field(ge=0)] | None


ReadinessState = Literal["pass", "fail", "unknown", "declared"]


class SiteReadiness(Words):
    """The site was checked against the environment standard; the report itself stays at the site."""

    ready: bool
    """Every required row passes or is declared."""
    rows: dict[Annotated[str, Field(max_length=60)], ReadinessState]
    software: Annotated[str, Field(max_length=60)]
    report_sha256: Sha256


class SitePreflight(Words):
    """The site was looked over before an exam day (考前检查)."""

    ready: bool
    """Nothing is red."""
    items: dict[Annotated[str, Field(max_length=60)], Literal["pass", "fail", "unknown"]]
    report_sha256: Sha256


class ReadinessDeclared(Words):
    """A person stands for a row that the server cannot measure, with a file as evidence."""

    note: Reason
    evidence_name: Annotated[str, Field(max_length=120)]
    evidence_type: Annotated[str, Field(max_length=60)]
    evidence_sha256: Sha256
    evidence_size: Annotated[int, Field(ge=1)]
    """Bytes."""


class ReadinessWithdrawn(Words):
    """A declaration was taken back."""

    reason: Reason


class StationChanged(Words):
    """A station of the site (点位: a desk, a gate ...) was set up, named or taken away."""

    present: bool
    label: Annotated[str, Field(max_length=40)]


class DeviceBound(Words):
    """A device was given its role (岗位); who it is, so that it is known while it is absent."""

    device: str
    kind: str
    maker: str
    model: str
    serial: str
    port: str
    replaces: str
    """Id of the device whose role it took over in one step, empty for none."""


class DeviceUnbound(Words):
    """A device lost its role."""

    device: str
    cause: Literal["asked", "replaced", "moved", "station", "renamed"]
    """By itself, for another device, to go to another role, with its station, for its own new id."""


class TerminalEnrolled(Words):
    """An identity terminal (一体机) was enrolled, changed or revoked; its key is not in the journal."""

    what: Literal["enrolled", "changed", "revoked", "readmitted", "new_key"]
    name: Annotated[str, Field(max_length=40)]
    place: Annotated[str, Field(max_length=60)]
    mapping: Annotated[str, Field(max_length=40)]
    """Name of the maker's format that it speaks, empty for our own."""


class TerminalStanding(Words):
    """A terminal grew silent, is heard again, or reports other faults than before."""

    t: Milliseconds
    silent: bool
    faults: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=20)]


class TerminalRoster(Words):
    """A terminal pulled a version of the roster, which has names and document numbers, for the first time."""

    version: Annotated[str, Field(max_length=16)]
    """Empty while no session is unlocked."""
    candidates: Annotated[int, Field(ge=0)]


MachineText = Annotated[str, Field(max_length=120)]


class SeatBound(Words):
    """A candidate machine (考生机) was given its seat; what it is known by, its public key first."""

    machine: Sha256
    """SHA-256 of the public key."""
    public_key: Annotated[str, Field(max_length=400)]
    """SubjectPublicKeyInfo (DER) in Base64."""
    kept: Literal["tpm", "disk", "browser"]
    """Where the machine keeps the private key."""
    macs: Annotated[tuple[Annotated[str, Field(max_length=17)], ...], Field(max_length=9)]
    vendor: MachineText
    product: MachineText
    serial: MachineText
    uuid: MachineText
    """Of the mainboard, as the firmware tells them (DMI); empty where it does not."""
    address: Annotated[str, Field(max_length=45)]
    cause: Literal["typed", "in_order"]
    replaces: Annotated[str, Field(max_length=64)]
    """The machine whose seat it took in one step, empty for none."""


class SeatUnbound(Words):
    """A candidate machine lost its seat: by itself, for another machine, or to go to another seat."""

    machine: Sha256
    cause: Literal["asked", "replaced", "moved"]


class SeatAdmitted(Words):
    """A bound machine proved its key and was given a certificate until a moment."""

    machine: Sha256
    address: Annotated[str, Field(max_length=45)]
    certificate: Annotated[str, Field(pattern=r"^([0-9a-f]{40})?$")]
    """SHA-1 of the certificate, as nginx tells it; empty for a browser, which gets a token alone."""
    until_ms: Annotated[int, Field(ge=0)]
    """Milliseconds since 1970 UTC."""


class SeatPowerAsked(Words):
    """Somebody had a seat's machine woken, shut down or started anew."""

    order: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    machine: Sha256
    what: Literal["wake", "shutdown", "reboot"]


class SeatPowerAnswered(Words):
    """The machine took the order, could not carry it out, or never answered."""

    order: Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
    outcome: Literal["taken", "failed", "unanswered"]
    detail: Annotated[str, Field(max_length=200)]


PrintId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
DocumentName = Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]


class PrintAsked(Words):
    """Somebody had a document printed (打印); what it says stays at the site, under its digest."""

    document: DocumentName
    about: Annotated[str, Field(max_length=120)]
    """Ticket, room or queue number that it is about."""
    title: Annotated[str, Field(max_length=120)]
    session: Annotated[str, Field(max_length=40)]
    version: Sha256
    """Digest of what it says."""
    copy_number: Annotated[int, Field(ge=1)]
    """1 for the first, more for reprints (补打)."""
    documents: Annotated[int, Field(ge=1)]
    people: Annotated[int, Field(ge=0)]
    """How many people's data is on the paper."""
    role: Annotated[str, Field(max_length=60)]


class PrintSent(Words):
    """A document is about to be handed to a printer: whether it got it, the printer knows."""

    device: Annotated[str, Field(max_length=200)]


class PrintDone(Words):
    """A document came out, as the printer says, or as a person who saw it does."""

    by_person: bool


class PrintFailed(Words):
    """A document did not come out, or nobody knows whether it did; a person decides."""

    doubtful: bool
    code: Annotated[str, Field(max_length=80)]
    zh: Annotated[str, Field(max_length=500)]
    en: Annotated[str, Field(max_length=500)]


class PrintRetried(Words):
    """It is tried again: by itself where the printer did not take it, or because a person wants it so."""

    role: Annotated[str, Field(max_length=60)]
    round: Annotated[int, Field(ge=0)]
    """Grows when a person asks; a printer takes each round of a job once."""


class PrintCancelled(Words):
    """A document is not wanted any more."""

    reason: Reason


class DocumentViewed(Words):
    """Somebody looked at a document with personal data on the screen, or saved it."""

    document: DocumentName
    session: Annotated[str, Field(max_length=40)]
    people: Annotated[int, Field(ge=0)]


class CandidateViewed(Words):
    """Somebody looked at a candidate's personal data on the console."""

    what: Literal["photo"]
    """photo: the registration photo."""
    session: Annotated[str, Field(max_length=40)]


VerificationId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
IdentityVerdict = Literal["pass", "ask", "refuse"]
RuleCode = Annotated[str, Field(pattern=r"^[a-z_.]{1,60}$")]
Millionths = Annotated[int, Field(ge=0, le=1_000_000)]


class IdentityStarted(Words):
    """Somebody came to be verified (身份核验); who it is says the document, whose number is masked here."""

    place: Annotated[str, Field(max_length=60)]
    """Station, terminal or seat."""
    way: Literal["desk", "terminal", "seat"]
    ticket: Annotated[str, Field(max_length=12)]
    """Of the candidate on the roster, empty when nobody was found."""
    session: Annotated[str, Field(max_length=40)]
    document: Literal["resident", "permit", "foreign_2017", "foreign_2023", ""]
    number: Annotated[str, Field(max_length=40)]
    """Masked."""


class IdentityEvidence(Words):
    """A picture or the facts, kept at the site as a file."""

    what: Literal["facts", "card", "live", "registration", "desk"]
    sha256: Sha256
    size: Annotated[int, Field(ge=1)]
    """Bytes."""


class IdentityComparison(Words):
    """Two faces compared; scores and thresholds in millionths."""

    pair: Literal["card", "registration", "desk"]
    outcome: Literal["match", "no_match", "not_compared"]
    score: Millionths | None
    threshold: Millionths | None
    code: Annotated[str, Field(max_length=80)]
    """Why it was not compared."""


class IdentityGathered(Words):
    """What is known now, with the files that show it."""

    evidence: Annotated[tuple[IdentityEvidence, ...], Field(max_length=8)]
    comparisons: Annotated[tuple[IdentityComparison, ...], Field(max_length=4)]


class IdentityDecided(Words):
    """What the rules say of the facts; looks again add another decision."""

    verdict: IdentityVerdict
    rules: Annotated[tuple[RuleCode, ...], Field(min_length=1, max_length=40)]
    overridable: bool


class IdentitySettled(Words):
    """A person decided: a question alone, a refusal only with a second person (双人确认)."""

    verdict: Literal["pass", "refuse"]
    before: IdentityVerdict
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    second: Annotated[str, Field(max_length=32)]
    """User name of the second person, empty for none."""


class IdentitySeatGiven(Words):
    """A verified candidate was sent to a seat."""

    ticket: Annotated[str, Field(max_length=12)]
    session: Annotated[str, Field(max_length=40)]
    room: Annotated[str, Field(max_length=60)]
    seat: SeatNumber


class IdentityViewed(Words):
    """Somebody looked at pictures or data of a verification."""

    what: Literal["facts", "card", "live", "registration", "desk"]


class IdentityForgotten(Words):
    """Files of a verification were deleted by the site's policy (按策略删除)."""

    days: Annotated[int, Field(ge=1)]
    files: Annotated[tuple[Sha256, ...], Field(max_length=40)]


class QueueTaken(Words):
    """A candidate took a number (取号); the subject is the queue ticket, `SESSION.A023`."""

    number: Annotated[str, Field(pattern=r"^[A-Z][0-9]{3,5}$")]
    session: Annotated[str, Field(max_length=40)]
    room: Annotated[str, Field(max_length=60)]
    admission: Annotated[str, Field(max_length=12)]
    """Admission ticket number."""
    source: Literal["card", "code", "hand", "staff"]
    machine: Annotated[str, Field(max_length=40)]
    """Ticket machine, empty at the console."""
    priority: Annotated[str, Field(max_length=20)]


class QueueCounter(Words):
    """Something happened to a queue ticket at a counter (窗口): called, recalled, skipped, served ..."""

    counter: Annotated[str, Field(max_length=20)]


class QueueTransferred(Words):
    """A queue ticket was sent elsewhere (转移): to a counter, empty for any, a room, a session."""

    counter: Annotated[str, Field(max_length=20)]
    room: Annotated[str, Field(max_length=60)]
    session: Annotated[str, Field(max_length=40)]


class QueuePrioritised(Words):
    """A queue ticket got a priority, or lost it (empty)."""

    priority: Annotated[str, Field(max_length=20)]


class QueueReturned(Words):
    """Somebody who was not there when called came back and waits again under the same number."""

    source: Literal["card", "code", "hand", "staff"]
    machine: Annotated[str, Field(max_length=40)]


class QueueScreen(Words):
    """A ticket machine or display got its key, lost it, or was named; the key's SHA-256 only."""

    what: Literal["enrolled", "renewed", "revoked"]
    use: Literal["tickets", "display"]
    name: Annotated[str, Field(max_length=40)]
    station: Annotated[str, Field(max_length=20)]
    """Station whose devices a ticket machine uses, empty for none."""
    key_sha256: Sha256


class StaffAccount(Words):
    """A staff account was made or changed (no secret is in the journal)."""

    name: str
    roles: tuple[str, ...]
    active: bool
    origin: Literal["site", "centre"]


class StaffPassword(Words):
    """A staff member's password was set anew."""

    by_self: bool


class StaffLogin(Words):
    """A staff member logged in."""

    address: str


class StaffRefused(Words):
    """A login was refused."""

    address: str
    reason: str


class SessionDownloaded(Words):
    """The package of a session is here, whole and signed."""

    package: str
    package_sha256: Sha256
    title: str
    starts_at: str
    candidates: int


class SessionCancelled(Words):
    """The centre took the session back before it was opened."""

    reason: Reason


class SessionUnlocked(Words):
    """The content key is here and fits."""

    by: Literal["online", "code", "courier"]
    candidates: int
    items: int


class SessionOpened(Words):
    """Candidates may log in."""

    t: Milliseconds


class SessionStarted(Words):
    """The start bell: waiting candidates begin."""

    t: Milliseconds


class SessionPaused(Words):
    """The session stands still; so do its deadlines."""

    t: Milliseconds
    reason: Reason


class SessionResumed(Words):
    """The session goes on; paused_ms was added to every deadline that ran."""

    t: Milliseconds
    paused_ms: Milliseconds


class SessionEnded(Words):
    """Nobody sits any more."""

    t: Milliseconds
    reason: Reason


class SessionSignedOff(Words):
    """The lead and a second person signed the session off; counts by ledger state."""

    second: str
    counts: dict[str, int]
    remarks: Reason


class AttemptCheckedIn(Words):
    """A candidate logged in and confirmed the identity data; token is the SHA-256 of the page's secret."""

    session: str
    room: str
    seat: SeatNumber
    token: Sha256
    t: Milliseconds


class AttemptResumed(Words):
    """A candidate logged in again, perhaps on another seat; gap_ms since the last contact."""

    seat: SeatNumber
    token: Sha256
    t: Milliseconds
    gap_ms: Milliseconds


class AttemptStarted(Words):
    """A paper was drawn with this seed and the attempt's time began."""

    t: Milliseconds
    seed: Sha256
    paper: Sha256
    duration_ms: Milliseconds
    extra_ms: Milliseconds
    deadline_t: Milliseconds


class ResponseSaved(Words):
    """The candidate's response to an item; n counts the saves of this attempt's page."""

    item: ItemId
    choices: tuple[ChoiceId, ...]
    flagged: bool
    n: Annotated[int, Field(ge=1)]
    t: Milliseconds


class ResponseRefused(Words):
    """A response that came when none may be taken, kept as evidence and never marked."""

    item: str
    choices: tuple[str, ...]
    n: int
    t: Milliseconds
    reason: Literal["deadline", "submitted", "terminated", "not_started"]


class AttemptPaused(Words):
    """The attempt stands still, alone or with its whole session."""

    t: Milliseconds
    scope: Literal["seat", "session"]
    reason: Reason


class AttemptContinued(Words):
    """The attempt goes on; paused_ms was added to its deadline."""

    t: Milliseconds
    paused_ms: Milliseconds


class AttemptExtended(Words):
    """The invigilator gave more time."""

    t: Milliseconds
    ms: Milliseconds
    reason: Reason


class AttemptCredited(Words):
    """Lost time was given back on evidence: from_t to to_t without service or contact."""

    t: Milliseconds
    ms: Milliseconds
    reason: Reason
    proposal: str
    cause: Literal["server", "seat"]
    from_t: Milliseconds
    to_t: Milliseconds


class CreditDeclined(Words):
    """The invigilator looked at a proposed credit and said no."""

    t: Milliseconds
    reason: Reason
    proposal: str


class CreditProposed(Words):
    """The evidence shows lost time: without service (server) or without contact (seat)."""

    session: str
    cause: Literal["server", "seat"]
    from_t: Milliseconds
    to_t: Milliseconds
    ms: Milliseconds
    tickets: tuple[str, ...]


class AttemptLocked(Words):
    """The seat's page is covered; time runs on."""

    t: Milliseconds
    reason: Reason


class AttemptUnlocked(Words):
    """The cover is taken away."""

    t: Milliseconds
    reason: Reason


class AttemptMoved(Words):
    """The candidate may go on at another seat; the old page is logged out."""

    t: Milliseconds
    from_seat: SeatNumber
    to_seat: SeatNumber
    reason: Reason


class AttemptMessaged(Words):
    """A message was shown on the candidate's page."""

    t: Milliseconds
    text: Reason


class AttemptSeatChecked(Words):
    """The picture at the seat was decided about (座位拍照核对), by rule or by a person."""

    t: Milliseconds
    verification: VerificationId
    room: Annotated[str, Field(max_length=60)]
    seat: SeatNumber
    verdict: IdentityVerdict
    picture: bool
    """False where there was none: no camera, or given up."""
    by_person: bool
    retake: bool
    """Another picture may change it."""
    zh: Annotated[str, Field(max_length=500)]
    en: Annotated[str, Field(max_length=500)]


class AttemptSeatRenewed(Words):
    """An invigilator wants the picture at the seat taken anew; tries count from zero."""

    t: Milliseconds
    reason: Reason


class AttemptSubmitted(Words):
    """The paper was handed in, by whom and with how many responses."""

    t: Milliseconds
    by: Literal["candidate", "invigilator", "clock"]
    answered: int
    blank: int
    reason: Reason


class SectionScore(Words):
    """Points of one section of the paper."""

    type: str
    topic: str | None
    items: int
    right: int
    points: int
    of: int


class AttemptScored(Words):
    """The score as graded at the site."""

    points: int
    of: int
    passed: bool
    right: int
    items: int
    sections: tuple[SectionScore, ...]


class AttemptTerminated(Words):
    """The attempt was ended for cause and is void; two people stand for it."""

    t: Milliseconds
    reason: Reason
    second: str


class AttemptReopened(Words):
    """A submitted or terminated attempt goes on; two people stand for it."""

    t: Milliseconds
    reason: Reason
    second: str
    deadline_t: Milliseconds


class AttemptAbsent(Words):
    """The candidate did not come (缺考)."""

    session: str
    t: Milliseconds
    reason: Reason


class AttemptPresent(Words):
    """An absence was taken back, or a late candidate let in."""

    session: str
    t: Milliseconds
    reason: Reason


class ReceiptMissing(Words):
    """A page showed a receipt that this server signed and whose entry it does not hold: an incident."""

    seq: int
    hash: Sha256
    t: Milliseconds


class KeyReceived(Words):
    """The key of a package reached the site, over the line or on a stick."""

    package: str
    by: Literal["online", "courier"]


class FileOffered(Words):
    """A file goes up to the centre beside the journal (上传文件); the subject is what it belongs to."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    type: Annotated[str, Field(max_length=100)]
    """Media type."""
    purpose: Annotated[str, Field(pattern=r"^[a-z_]{1,40}$")]
    sha256: Sha256
    size: Annotated[int, Field(ge=1, le=SITE_FILE_BYTES)]


class SiteBackup(Words):
    """A backup was made and tried by restoring, or failed."""

    destination: Annotated[str, Field(max_length=60)]
    ok: bool
    snapshot: Annotated[str, Field(max_length=64)]
    head: Annotated[int, Field(ge=0)]
    """Seq of the last journal entry in it."""
    code: Annotated[str, Field(max_length=40)]
    """Why it failed, empty when it did not."""


class SiteRestored(Words):
    """This server was restored from a backup, perhaps on another machine."""

    snapshot: Annotated[str, Field(max_length=64)]
    made_at: Annotated[str, Field(max_length=40)]
    head: Annotated[int, Field(ge=0)]
    """Seq of the last entry in the backup."""
    fetched: Annotated[int, Field(ge=0)]
    """Entries that the centre gave in addition."""


class CourierMoved(Words):
    """A bundle was written to or read from a stick."""

    direction: Literal["export", "import"]
    bundle: str
    first_seq: int
    last_seq: int


class LedgerState(StrEnum):
    """The explained states of an arranged candidate: exactly one holds for each."""

    ARRANGED = "arranged"
    """已安排"""
    ABSENT = "absent"
    """缺考"""
    CHECKED_IN = "checked_in"
    """已签到"""
    SITTING = "sitting"
    """考试中"""
    SUBMITTED = "submitted"
    """已交卷"""
    SCORED = "scored"
    """已评分"""
    VOIDED = "voided"
    """作废（注明原因）"""
    NOT_REPORTED = "not_reported"
    """未上报: the site has not reported this session yet"""


@dataclass(frozen=True)
class Kind:
    """A declared kind of entry: name, body model, and a sentence in Chinese and English."""

    name: str
    body: type[Words]
    zh: str
    en: str
    ledger: LedgerState | None = None
    """The ledger state that an entry of this kind puts its candidate in, None for no change."""


_DECLARED = (
    Kind("site.started", SiteStarted, "服务器启动", "server started"),
    Kind("site.stopped", SiteStopped, "服务器停止", "server stopped"),
    Kind("site.heartbeat", SiteHeartbeat, "计时心跳", "clock heartbeat"),
    Kind("site.clock_jumped", SiteClockJumped, "系统时钟被调整", "wall clock moved"),
    Kind("site.power", SitePower, "供电变化", "power changed"),
    Kind("site.readiness", SiteReadiness, "环境就绪检查", "checked against the environment standard"),
    Kind("site.preflight", SitePreflight, "考前检查", "looked over before an exam day"),
    Kind("site.backup", SiteBackup, "备份", "backup"),
    Kind("site.restored", SiteRestored, "从备份恢复", "restored from a backup"),
    Kind("readiness.declared", ReadinessDeclared, "申报就绪项", "readiness row declared"),
    Kind("readiness.withdrawn", ReadinessWithdrawn, "撤回申报", "declaration taken back"),
    Kind("station.changed", StationChanged, "设备点位变更", "station changed"),
    Kind("device.bound", DeviceBound, "设备绑定到岗位", "device bound to a role"),
    Kind("device.unbound", DeviceUnbound, "设备解除绑定", "device lost its role"),
    Kind("terminal.enrolled", TerminalEnrolled, "一体机登记变更", "terminal enrolled or changed"),
    Kind("terminal.standing", TerminalStanding, "一体机状态变化", "how a terminal stands"),
    Kind("terminal.roster", TerminalRoster, "一体机下载名单", "a terminal pulled the roster"),
    Kind("seat.bound", SeatBound, "考生机绑定座位", "machine bound to a seat"),
    Kind("seat.unbound", SeatUnbound, "考生机解除绑定", "machine lost its seat"),
    Kind("seat.admitted", SeatAdmitted, "考生机通过认证", "machine proved its key"),
    Kind("seat.power_asked", SeatPowerAsked, "考生机开关机指令", "power order to a seat"),
    Kind("seat.power_answered", SeatPowerAnswered, "考生机指令结果", "what became of a power order"),
    Kind("print.asked", PrintAsked, "要求打印", "asked to print"),
    Kind("print.sent", PrintSent, "交给打印机", "handed to a printer"),
    Kind("print.done", PrintDone, "打印完成", "printed"),
    Kind("print.failed", PrintFailed, "打印未完成", "not printed"),
    Kind("print.retried", PrintRetried, "重新打印", "print tried again"),
    Kind("print.cancelled", PrintCancelled, "取消打印", "print cancelled"),
    Kind("document.viewed", DocumentViewed, "查看单据", "document looked at"),
    Kind("candidate.viewed", CandidateViewed, "查看考生照片", "a candidate's photo looked at"),
    Kind("identity.started", IdentityStarted, "开始身份核验", "identity verification began"),
    Kind("identity.gathered", IdentityGathered, "核验资料留存", "facts of a verification"),
    Kind("identity.decided", IdentityDecided, "核验判定", "identity decided by rule"),
    Kind("identity.settled", IdentitySettled, "人工核验决定", "identity decided by a person"),
    Kind("identity.seat_given", IdentitySeatGiven, "核验后入座", "seat given"),
    Kind("identity.viewed", IdentityViewed, "查看核验资料", "data of a verification looked at"),
    Kind("identity.forgotten", IdentityForgotten, "核验资料到期删除", "evidence deleted by policy"),
    Kind("queue.taken", QueueTaken, "取号", "took a number"),
    Kind("queue.called", QueueCounter, "叫号", "called"),
    Kind("queue.recalled", QueueCounter, "重呼", "called again"),
    Kind("queue.skipped", QueueCounter, "过号", "passed over, waits again"),
    Kind("queue.no_show", QueueCounter, "叫号未到", "did not come when called"),
    Kind("queue.served", QueueCounter, "办理完毕", "served"),
    Kind("queue.transferred", QueueTransferred, "转窗口", "sent elsewhere"),
    Kind("queue.prioritised", QueuePrioritised, "优先变更", "priority changed"),
    Kind("queue.returned", QueueReturned, "重新排队", "waits again"),
    Kind("queue.screen", QueueScreen, "取号机或显示屏登记", "ticket machine or display enrolled"),
    Kind("site.key_received", KeyReceived, "密钥已到达", "key received"),
    Kind("staff.account", StaffAccount, "工作人员账户变更", "staff account changed"),
    Kind("staff.password", StaffPassword, "密码更改", "password set"),
    Kind("staff.login", StaffLogin, "工作人员登录", "staff login"),
    Kind("staff.refused", StaffRefused, "登录被拒绝", "login refused"),
    Kind("session.downloaded", SessionDownloaded, "考试包已下载", "package downloaded"),
    Kind("session.cancelled", SessionCancelled, "场次被撤回", "session taken back"),
    Kind("session.unlocked", SessionUnlocked, "考试包已解密", "package unlocked"),
    Kind("session.opened", SessionOpened, "开放登录", "session opened"),
    Kind("session.started", SessionStarted, "开考", "session started"),
    Kind("session.paused", SessionPaused, "全场暂停", "session paused"),
    Kind("session.resumed", SessionResumed, "全场恢复", "session resumed"),
    Kind("session.ended", SessionEnded, "考试结束", "session ended"),
    Kind("session.signed_off", SessionSignedOff, "场次签结", "session signed off"),
    Kind("attempt.checked_in", AttemptCheckedIn, "签到", "checked in", LedgerState.CHECKED_IN),
    Kind("attempt.resumed", AttemptResumed, "重新登录", "logged in again"),
    Kind("attempt.started", AttemptStarted, "开始作答", "attempt started", LedgerState.SITTING),
    Kind("response.saved", ResponseSaved, "保存作答", "response saved"),
    Kind("response.refused", ResponseRefused, "作答被拒绝", "response refused"),
    Kind("attempt.paused", AttemptPaused, "暂停", "attempt paused"),
    Kind("attempt.continued", AttemptContinued, "继续", "attempt continued"),
    Kind("attempt.extended", AttemptExtended, "延长时间", "time extended"),
    Kind("credit.proposed", CreditProposed, "补时建议", "credit proposed"),
    Kind("attempt.credited", AttemptCredited, "补时", "lost time credited"),
    Kind("attempt.credit_declined", CreditDeclined, "不予补时", "credit declined"),
    Kind("attempt.locked", AttemptLocked, "锁定", "seat locked"),
    Kind("attempt.unlocked", AttemptUnlocked, "解锁", "seat unlocked"),
    Kind("attempt.moved", AttemptMoved, "换座", "seat moved"),
    Kind("attempt.messaged", AttemptMessaged, "发送消息", "message sent"),
    Kind("attempt.seat_checked", AttemptSeatChecked, "座位拍照核对", "picture at the seat"),
    Kind("attempt.seat_renewed", AttemptSeatRenewed, "要求重新拍照", "another picture at the seat wanted"),
    Kind("attempt.submitted", AttemptSubmitted, "交卷", "submitted", LedgerState.SUBMITTED),
    Kind("attempt.scored", AttemptScored, "评分", "scored", LedgerState.SCORED),
    Kind("attempt.terminated", AttemptTerminated, "终止考试", "terminated", LedgerState.VOIDED),
    Kind("attempt.reopened", AttemptReopened, "重新开放作答", "reopened", LedgerState.SITTING),
    Kind("attempt.absent", AttemptAbsent, "缺考", "absent", LedgerState.ABSENT),
    Kind("attempt.present", AttemptPresent, "撤销缺考", "absence taken back", LedgerState.ARRANGED),
    Kind("receipt.missing", ReceiptMissing, "回执与日志不符", "receipt without entry"),
    Kind("file.offered", FileOffered, "文件待上传", "file offered"),
    Kind("courier.moved", CourierMoved, "U 盘传递", "courier bundle"),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in _DECLARED}
"""All kinds by name."""
