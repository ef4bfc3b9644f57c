"""While candidates log in or sit at a real site server, its system stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from exam_appliance.config import load_site
from exam_appliance.state_folder import JOURNAL
from site_update.freezing import open_sessions, refuse_while_open
from site_update.slots import UpdateStopped
from tests.site_app import site_app


async def test_an_open_or_running_session_freezes_the_system_until_it_has_ended(tmp_path: Path) -> None:
    async with site_app(tmp_path, candidates=1) as site:
        journal = load_site(site.file).settings.state_dir / JOURNAL
        (session,) = open_sessions(journal)
        lead = await site.staff("wang")
        with pytest.raises(UpdateStopped, match=f"场次 {session} 正在进行"):
            refuse_while_open(site.file)
        await site.candidate(1)
        await lead.step("start")
        assert open_sessions(journal) == [session]
        await lead.step("end", "停电")
        assert open_sessions(journal) == []
        refuse_while_open(site.file)


def test_a_server_that_is_no_site_yet_may_be_updated(tmp_path: Path) -> None:
    refuse_while_open(tmp_path / "site.yaml")
    assert open_sessions(tmp_path / JOURNAL) == []


def test_when_it_cannot_be_told_nothing_is_updated(tmp_path: Path) -> None:
    (tmp_path / JOURNAL).write_bytes(b"no database" * 1000)
    (tmp_path / "site.yaml").write_text(f"state_dir: {tmp_path}\n")
    with pytest.raises(UpdateStopped, match="无法确认"):
        refuse_while_open(tmp_path / "site.yaml")
