"""Question banks (题库): items by version, media in the file store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from central_sync.centre.api.models import (
    BankRequest,
    BankVersionView,
    BankView,
    ItemsPage,
    ItemsQuery,
    TopicCount,
)
from central_sync.centre.exchange.counters import advance
from central_sync.centre.file_store import FileStore, missing_file
from central_sync.centre.files.bank import BankDraft
from central_sync.centre.files.bank_xlsx import write_bank_xlsx, write_media_zip
from central_sync.centre.files.qti import write_qti
from central_sync.centre.tables.banks import BankItemRow, BankRow, BankVersionRow
from central_sync.protocol.canonical import canonical
from central_sync.protocol.http.problems import Problem
from central_sync.protocol.items import BankItems, Item, ItemType

ImportMode = Literal["merge", "replace"]

MOST_ITEMS = 20_000
"""Items of one bank."""


class Banks:
    """The banks of the centre. Methods work in the caller's transaction."""

    def __init__(self, files: FileStore, clock: Callable[[], datetime]) -> None:
        self._files = files
        self._clock = clock

    def all(self, session: Session) -> list[BankView]:
        """Return all banks by number."""
        return [_view(session, row) for row in session.scalars(select(BankRow).order_by(BankRow.id))]

    def get(self, session: Session, bank: str) -> BankView:
        """Return a bank; raises Problem bank.unknown."""
        return _view(session, held_bank(session, bank))

    def create(self, session: Session, asked: BankRequest) -> BankView:
        """Make an empty bank; raises Problem bank.exists."""
        _refuse_double(session, asked.name, None)
        row = BankRow(
            id=f"B{advance(session, 'number/bank'):04d}",
            name=asked.name,
            category=asked.category,
            version=0,
            updated_at=self._clock(),
        )
        session.add(row)
        session.flush()
        return _view(session, row)

    def change(self, session: Session, bank: str, asked: BankRequest) -> BankView:
        """Rename a bank or give it another category; raises Problem bank.unknown, bank.exists."""
        row = held_bank(session, bank)
        _refuse_double(session, asked.name, bank)
        row.name, row.category, row.updated_at = asked.name, asked.category, self._clock()
        session.flush()
        return _view(session, row)

    def take(
        self, session: Session, bank: str, draft: BankDraft, mode: ImportMode, *, by: str, source: str
    ) -> BankVersionView | None:
        """Put items into a bank as its next version; None when they change nothing.

        merge: items with a known number are replaced, others stay; replace: the bank holds these
        alone. Raises Problem bank.unknown, bank.too_large.
        """
        row = session.get(BankRow, bank, with_for_update=True)
        if row is None:
            raise unknown_bank(bank)
        now, version = self._clock(), row.version + 1
        held = {
            item.item: item
            for item in session.scalars(
                select(BankItemRow).where(BankItemRow.bank == bank, BankItemRow.until_version.is_(None))
            )
        }
        position = max((item.position for item in held.values()), default=0)
        added = changed = removed = 0
        for item in draft.items:
            body = item_body(item)
            old = held.get(item.id)
            if old is not None and old.body == body:
                continue
            if old is None:
                position += 1
                added += 1
            else:
                old.until_version = version
                changed += 1
            session.add(
                BankItemRow(
                    bank=bank,
                    item=item.id,
                    from_version=version,
                    position=position if old is None else old.position,
                    type=item.type.value,
                    topic=item.topic,
                    body=body,
                )
            )
        if mode == "replace":
            kept = {item.id for item in draft.items}
            for name, old in held.items():
                if name not in kept:
                    old.until_version = version
                    removed += 1
        count = len(held) + added - removed
        if count > MOST_ITEMS:
            raise Problem(
                "invalid",
                "bank.too_large",
                f"题库将有 {count} 题，上限 {MOST_ITEMS} 题，请分为多个题库",
                f"the bank would hold {count} items, at most {MOST_ITEMS} are allowed; divide it",
            )
        if not added and not changed and not removed:
            return None
        types = {media.sha256: media.type for item in draft.items for media in item.all_media()}
        self._files.keep(
            session, {sha256: (types[sha256], data) for sha256, data in draft.media.items()}, now
        )
        made = BankVersionRow(
            bank=bank,
            version=version,
            at=now,
            by=by,
            source=source[:200],
            items=count,
            added=added,
            changed=changed,
            removed=removed,
        )
        session.add(made)
        row.version, row.updated_at = version, now
        session.flush()
        return _version_view(made)

    def page(self, session: Session, bank: str, query: ItemsQuery) -> ItemsPage:
        """Return a page of a bank's items; raises Problem bank.unknown, bank.no_version."""
        version = _version(held_bank(session, bank), query.version)
        chosen = _at_version(select(BankItemRow), bank, version)
        if query.type is not None:
            chosen = chosen.where(BankItemRow.type == query.type.value)
        if query.topic is not None:
            chosen = chosen.where(BankItemRow.topic == query.topic)
        chosen = chosen.order_by(BankItemRow.position, BankItemRow.item)
        first = (query.page - 1) * query.size
        if query.search:
            # Columns cannot tell words of an item from the names of its parts, so its texts are read.
            found = [row for row in session.scalars(chosen) if _says(row.body, query.search.casefold())]
            total, rows = len(found), found[first : first + query.size]
        else:
            total = session.scalar(select(func.count()).select_from(chosen.order_by(None).subquery())) or 0
            rows = list(session.scalars(chosen.limit(query.size).offset(first)))
        return ItemsPage(
            bank=bank,
            version=version,
            total=total,
            page=query.page,
            size=query.size,
            items=tuple(Item.model_validate_json(row.body) for row in rows),
        )

    def items(self, session: Session, bank: str, version: int | None = None) -> BankItems:
        """Return all items of a version (the newest when None), as they travel in a package."""
        row = held_bank(session, bank)
        rows = session.scalars(
            _at_version(select(BankItemRow), bank, _version(row, version)).order_by(
                BankItemRow.position, BankItemRow.item
            )
        )
        return BankItems(name=row.name, items=tuple(Item.model_validate_json(each.body) for each in rows))

    def media(self, items: BankItems) -> dict[str, bytes]:
        """Return the contents of all media of the items by SHA-256; raises Problem file.missing."""
        return self._files.read_all(media.sha256 for item in items.items for media in item.all_media())

    def require_media(self, session: Session, bank: str, sha256: str) -> None:
        """Raise Problem file.missing unless an item of the bank, of any version, uses the file."""
        used = session.scalar(
            select(func.count())
            .select_from(BankItemRow)
            .where(BankItemRow.bank == bank, BankItemRow.body.contains(f'"{sha256}"'))
        )
        if not used:
            raise missing_file(sha256)

    def export(self, session: Session, bank: str, form: Literal["qti", "xlsx", "media"]) -> tuple[str, bytes]:
        """Return file name and content of a bank's newest version; it holds the key.

        Raises Problem bank.unknown, bank.empty.
        """
        row = held_bank(session, bank)
        items = self.items(session, bank)
        if not items.items:
            raise Problem(
                "not_ready", "bank.empty", "题库还没有试题，请先导入", "the bank is empty; import items first"
            )
        name = f"{bank}-v{row.version}"
        if form == "xlsx":
            return f"{name}.xlsx", write_bank_xlsx(items.items)
        media = self.media(items)
        if form == "qti":
            return f"{name}-qti3.zip", write_qti(items.items, media, title=row.name)
        return f"{name}-media.zip", write_media_zip(items.items, media)


def held_bank(session: Session, bank: str) -> BankRow:
    """Return a bank's row; raises Problem bank.unknown."""
    row = session.get(BankRow, bank)
    if row is None:
        raise unknown_bank(bank)
    return row


def unknown_bank(bank: str) -> Problem:
    """Return the problem of a bank that is not there."""
    return Problem(
        "missing",
        "bank.unknown",
        f"没有题库 {bank[:20]}，请刷新页面",
        f"there is no bank {bank[:20]}; reload the page",
    )


def item_body(item: Item) -> str:
    """Return an item as canonical JSON."""
    return canonical(item.model_dump(mode="json")).decode()


def _says(body: str, wanted: str) -> bool:
    """Return whether number, stem or a choice of an item holds a text, which is casefolded."""
    item = orjson.loads(body)
    texts = (item["id"], item["stem"], *(choice["text"] for choice in item["choices"]))
    return any(wanted in text.casefold() for text in texts)


def held_counts(session: Session, bank: str) -> dict[tuple[ItemType, str], int]:
    """Return how many items the newest version holds of each type and topic."""
    found = session.execute(
        select(BankItemRow.type, BankItemRow.topic, func.count())
        .where(BankItemRow.bank == bank, BankItemRow.until_version.is_(None))
        .group_by(BankItemRow.type, BankItemRow.topic)
    )
    return {(ItemType(type_), topic): count for type_, topic, count in found}


def _at_version(chosen: Select[BankItemRow], bank: str, version: int) -> Select[BankItemRow]:
    return chosen.where(
        BankItemRow.bank == bank,
        BankItemRow.from_version <= version,
        or_(BankItemRow.until_version.is_(None), BankItemRow.until_version > version),
    )


def _version(row: BankRow, wanted: int | None) -> int:
    if wanted is None:
        return row.version
    if wanted > row.version:
        raise Problem(
            "missing",
            "bank.no_version",
            f"题库没有第 {wanted} 版，最新为第 {row.version} 版",
            f"the bank has no version {wanted}; the newest is {row.version}",
        )
    return wanted


def _refuse_double(session: Session, name: str, own: str | None) -> None:
    held = session.scalar(select(BankRow.id).where(BankRow.name == name))
    if held is not None and held != own:
        raise Problem(
            "conflict",
            "bank.exists",
            f"已有名为“{name}”的题库（{held}），请换一个名称",
            f"bank {held} has the name '{name}'; choose another",
            fields=(("name", "名称已使用", "the name is taken"),),
        )


def _view(session: Session, row: BankRow) -> BankView:
    counts = held_counts(session, row.id)
    bodies = session.scalars(
        select(BankItemRow.body).where(
            BankItemRow.bank == row.id,
            BankItemRow.until_version.is_(None),
            BankItemRow.body.contains('"sha256"'),
        )
    )
    media = {sha256 for body in bodies for sha256 in _digests(orjson.loads(body))}
    versions = session.scalars(
        select(BankVersionRow).where(BankVersionRow.bank == row.id).order_by(BankVersionRow.version.desc())
    )
    return BankView(
        bank=row.id,
        name=row.name,
        category=row.category,
        version=row.version,
        items=sum(counts.values()),
        media=len(media),
        counts=tuple(
            TopicCount(topic=topic, type=type_, items=count)
            for (type_, topic), count in sorted(counts.items(), key=lambda found: (found[0][1], found[0][0]))
        ),
        versions=tuple(_version_view(version) for version in versions),
        updated_at=row.updated_at,
    )


def _digests(item: dict[str, Any]) -> set[str]:
    media = [*item["media"], *(each for choice in item["choices"] for each in choice["media"])]
    return {each["sha256"] for each in media}


def _version_view(row: BankVersionRow) -> BankVersionView:
    return BankVersionView.model_validate({name: getattr(row, name) for name in BankVersionView.model_fields})
