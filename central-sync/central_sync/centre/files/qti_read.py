"""Reading QTI 2.1, 2.2 and 3.0: a content package (zip with imsmanifest.xml) or one bare item."""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from pydantic import ValidationError

from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.media import media_name, media_of, suffix_of
from central_sync.centre.files.plain_text import one_line
from central_sync.centre.files.qti_body import ItemRefused
from central_sync.centre.files.qti_item import item_label, read_item
from central_sync.centre.files.report import Findings, ImportReport, Refused, refused
from central_sync.centre.files.safe_xml import children, descendants, local_name, parse_xml
from central_sync.centre.files.safe_zip import MIB, SafeZip, ZipLimits, open_zip
from central_sync.protocol.items import Item, Media

DEFAULT_TOPIC = "未分类"
MAX_ITEMS = 10_000
_ZIP_LIMITS = ZipLimits(entries=40_000)
_MANIFEST = "imsmanifest.xml"
_ITEM_TYPE = re.compile(r"^imsqti_(apip)?item_xmlv(2p1|2p2|3p0)")
_OTHER_ITEM_TYPE = re.compile(r"^imsqti_((apip)?item_)?xmlv[0-9p]+", re.IGNORECASE)
_TEST_TYPE = re.compile(r"^imsqti_(apip)?(test|section)_xmlv")
_DATA_URL = re.compile(r"^data:[a-z]+/[a-z0-9.+-]+;base64,(.*)$", re.DOTALL | re.IGNORECASE)
_MEDIA_NAME = re.compile(r"^[^/\\\x00-\x1f]{1,120}$")


def read_qti(
    data: bytes, *, allow_partial: bool = False, default_topic: str = DEFAULT_TOPIC
) -> tuple[BankDraft | None, ImportReport]:
    """Return the items of a package or of one bare item, and the report.

    What cannot be taken is named per item. Then nothing goes in, unless `allow_partial` lets the
    items that are whole go in without the others. Items without a topic get `default_topic`.
    """
    findings = Findings()
    reader = _Reader(findings, default_topic)
    try:
        if data.startswith(b"PK"):
            with open_zip(data, _ZIP_LIMITS) as archive:
                reader.take_package(archive)
        elif not data:
            raise refused("qti.empty", "文件是空的，请重新选择文件。", "The file is empty; choose it again.")
        else:
            reader.take_bare_item(data)
    except Refused as refusal:
        findings.add(refusal.finding)
        return None, findings.report(0)
    if not reader.items or (findings.failed and not allow_partial):
        if not findings.failed:
            findings.whole("qti.no_items", "包中没有可导入的试题。", "The package holds no items.")
        return None, findings.report(0)
    used = {media.sha256 for item in reader.items for media in item.all_media()}
    contents = {sha256: content for sha256, content in reader.contents.items() if sha256 in used}
    return BankDraft(tuple(reader.items), contents), findings.report(len(reader.items))


@dataclass(frozen=True)
class _Resource:
    identifier: str
    href: str
    """Path in the archive."""
    topic: str


@dataclass
class _Package:
    archive: SafeZip | None = None
    folder: str = ""
    """Where the manifest lies; everything is named from there."""
    titles: dict[str, str] = field(default_factory=dict)
    """Names of media by path, where the manifest gives one."""
    folded: dict[str, str] = field(default_factory=dict)


class _Reader:
    """Takes items one by one; remembers ids and media seen before."""

    def __init__(self, findings: Findings, default_topic: str) -> None:
        self.items: list[Item] = []
        self.contents: dict[str, bytes] = {}
        self._findings = findings
        self._default_topic = default_topic
        self._ids: set[str] = set()
        self._without_topic = 0

    def take_bare_item(self, data: bytes) -> None:
        self._take(parse_xml(data, "XML"), "", _Package(), "")

    def take_package(self, archive: SafeZip) -> None:
        package = _Package(archive=archive, folder=_manifest_folder(archive))
        package.folded = {name.casefold(): name for name in archive}
        path = package.folder + _MANIFEST
        manifest = parse_xml(archive.read(path, 32 * MIB), _MANIFEST)
        if local_name(manifest.tag) != "manifest":
            raise refused(
                "qti.manifest",
                "imsmanifest.xml 的根元素应为 manifest。",
                "The root element of imsmanifest.xml should be manifest.",
                place=_MANIFEST,
            )
        resources = self._resources(manifest, package)
        if len(resources) > MAX_ITEMS:
            raise refused(
                "qti.items",
                f"包中超过 {MAX_ITEMS} 道试题，请分成几个包。",
                f"The package holds more than {MAX_ITEMS} items; split it into several packages.",
                place=_MANIFEST,
            )
        for resource in resources:
            self._take_resource(resource, package)
        if self._without_topic:
            self._findings.whole(
                "qti.no_topic",
                f"有 {self._without_topic} 道试题没有知识点信息，已归入“{self._default_topic}”。",
                f"{self._without_topic} items name no topic; they were put under '{self._default_topic}'.",
                severity="warning",
            )

    def _resources(self, manifest: Element, package: _Package) -> list[_Resource]:
        items = []
        for element in descendants(manifest, "resource"):
            kind = (element.get("type") or "").strip()
            name = one_line(element.get("identifier") or "?")[:80]
            href = _inside(package.folder, element.get("href") or "")
            if _ITEM_TYPE.match(kind):
                items.append(_Resource(name, href or "", _topic(element)))
            elif _OTHER_ITEM_TYPE.match(kind):
                self._findings.at_item(
                    name,
                    "resource",
                    "qti.version",
                    f"资源类型 {kind[:60]} 不支持，请用 QTI 2.1、2.2 或 3.0 导出。",
                    f"the resource type {kind[:60]} is not supported; export it as QTI 2.1, 2.2 or 3.0.",
                )
            elif _TEST_TYPE.match(kind):
                self._findings.at_item(
                    name,
                    "resource",
                    "qti.test",
                    "试卷结构不导入，只导入其中的试题；请在系统中用组卷蓝图组卷。",
                    "the structure of a test is not taken, only its items; use a blueprint to put papers "
                    "together.",
                    "warning",
                )
            elif href and (title := _title(element)) and _MEDIA_NAME.match(title):
                package.titles[href] = title
        return items

    def _take_resource(self, resource: _Resource, package: _Package) -> None:
        archive = package.archive
        path = resource.href if archive is not None and resource.href in archive else None
        if archive is None or path is None:
            self._findings.at_item(
                resource.identifier,
                "resource",
                "qti.file_missing",
                f"清单所指的文件 {resource.href[:80] or '(空)'} 不在包中。",
                f"the file {resource.href[:80] or '(none)'} named by the manifest is not in the package.",
            )
            return
        try:
            root = parse_xml(archive.read(path), path)
        except Refused as refusal:
            finding = refusal.finding
            self._findings.at_item(resource.identifier, path, finding.code, finding.zh, finding.en)
            return
        self._take(root, resource.topic, package, path)

    def _take(self, root: Element, topic: str, package: _Package, path: str) -> None:
        label = item_label(root)

        def read_media(element: str, source: str, alt: str) -> Media:
            return self._media(package, path, element, source, alt)

        try:
            read = read_item(root, topic or self._default_topic, read_media)
            if read.item.id in self._ids:
                raise ItemRefused(
                    "identifier",
                    "qti.double",
                    "试题标识在包中重复出现。",
                    "another item of the package has the same identifier.",
                )
        except ItemRefused as refusal:
            self._findings.at_item(label, refusal.element, refusal.code, refusal.zh, refusal.en)
            return
        self._ids.add(read.item.id)
        self.items.append(read.item)
        self._without_topic += not topic
        for element, zh, en in read.notes:
            self._findings.at_item(label, element, "qti.simplified", zh, en, "warning")
        if read.item.id not in {label, label.removeprefix("_")}:
            self._findings.at_item(
                label,
                "identifier",
                "qti.identifier",
                f"标识不能用作题号，已改为 {read.item.id}。",
                f"the identifier cannot be an item number; it became {read.item.id}.",
                "warning",
            )

    def _media(self, package: _Package, item_path: str, element: str, source: str, alt: str) -> Media:
        data_url = _DATA_URL.match(source)
        try:
            if data_url:
                content = base64.b64decode("".join(data_url.group(1).split()), validate=True)
                media = media_of("media", content, alt, any_suffix=True)
                media = media.model_copy(update={"name": f"{media.sha256[:16]}{suffix_of(media.type)}"})
            else:
                path = self._path(package, item_path, element, source)
                content = package.archive.read(path) if package.archive is not None else b""
                name = package.titles.get(path) or media_name(path)
                media = media_of(name, content, alt, any_suffix=True)
        except binascii.Error:
            raise ItemRefused(
                element,
                "qti.media",
                "内嵌图片的 base64 数据已损坏。",
                "the embedded base64 data are damaged.",
            ) from None
        except Refused as refusal:
            raise ItemRefused(element, refusal.finding.code, refusal.finding.zh, refusal.finding.en) from None
        except ValidationError:
            raise ItemRefused(
                element,
                "qti.media",
                f"文件名 {source[:80]} 不可用。",
                f"the file name {source[:80]} is not allowed.",
            ) from None
        self.contents[media.sha256] = content
        return media

    def _path(self, package: _Package, item_path: str, element: str, source: str) -> str:
        shown = one_line(source)[:80]
        if package.archive is None:
            raise ItemRefused(
                element,
                "qti.media_missing",
                f"引用了文件 {shown}，但只上传了单个 XML。请上传包含图片的完整包。",
                f"it refers to the file {shown}, but only one XML file was uploaded; upload the whole "
                f"package.",
            )
        path = _inside(posixpath.dirname(item_path), source)
        if path is None:
            raise ItemRefused(
                element,
                "qti.external_media",
                f"引用了包外的文件 {shown}，请把文件放进包中。",
                f"it refers to {shown}, which is outside of the package; put the file into the package.",
            )
        found = path if path in package.archive else package.folded.get(path.casefold())
        if found is None:
            raise ItemRefused(
                element,
                "qti.media_missing",
                f"文件 {shown} 不在包中。",
                f"the file {shown} is not in the package.",
            )
        return found


def _manifest_folder(archive: SafeZip) -> str:
    """Return the folder of the manifest: the top, or the one folder that somebody zipped as a whole."""
    found = sorted(
        (name.removesuffix(_MANIFEST) for name in archive if name.rpartition("/")[2] == _MANIFEST), key=len
    )
    if found and found[0].count("/") <= 1:
        return found[0]
    raise refused(
        "qti.manifest",
        "压缩包根目录没有 imsmanifest.xml，不是 QTI 内容包。请从出题工具导出“QTI 内容包 (zip)”。",
        "There is no imsmanifest.xml at the top of the archive, so it is no QTI package. Export a QTI "
        "content package (zip).",
        place=_MANIFEST,
    )


def _inside(folder: str, reference: str) -> str | None:
    """Return the path in the archive of a relative reference, None when it leads outside."""
    try:
        parts = urlsplit(reference)
    except ValueError:
        return None
    if parts.scheme or parts.netloc or not parts.path or parts.path.startswith("/"):
        return None
    path = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
    return None if path == ".." or path.startswith(("../", "/")) else path


def _topic(resource: Element) -> str:
    """Return the topic that a resource's metadata name: its last taxon, else a keyword."""
    for name in ("taxon", "keyword"):
        found = [text for each in descendants(resource, name) if (text := _string(each))]
        if found:
            return one_line(found[-1] if name == "taxon" else found[0])[:120]
    return ""


def _string(element: Element) -> str:
    entry = next(children(element, "entry"), element)
    return next(
        (
            each.text.strip()
            for each in entry.iter()
            if local_name(each.tag) in {"string", "langstring"} and each.text
        ),
        "",
    )


def _title(resource: Element) -> str:
    for general in descendants(resource, "general"):
        for title in children(general, "title"):
            for each in title.iter():
                if local_name(each.tag) in {"string", "langstring"} and each.text:
                    return each.text
    return ""
