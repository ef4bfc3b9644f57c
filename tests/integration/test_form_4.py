"""Form 4 filled in from a machine and by a person; its PDF and its Word file read back."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from pydantic import ValidationError

from central_sync.protocol.http.problems import Problem
from exam_appliance.readiness.form_4 import Form4, ServerFacts, filled_in, server_facts
from exam_appliance.readiness.form_4_printed import form_4_docx, form_4_pdf, rows_of
from exam_appliance.readiness.sources import SiteRoom
from exam_appliance.readiness.unit_form import UnitForm, UnitFormFile
from tests.readiness_parts import NOW, pdf_text, programs, rack_server

ROUTE = '[{"dst": "default", "dev": "eno1", "gateway": "203.0.113.1"}]'
UNIT: dict[str, Any] = {
    "unit_name": "示范市安全生产考试中心",
    "site_type": "both",
    "province": "山西省",
    "city": "示范市",
    "county": "城区",
    "credit_code": "91110000600037341L",
    "founded": "2015-03-01",
    "person_in_charge": "赵负责",
    "address": "示范路 1 号",
    "phone": "0351-1234567",
    "deputy": {"name": "钱分管", "mobile": "13800000000", "office_phone": "0351-7654321", "fax": ""},
    "server_name": "一楼服务器",
    "other_servers": [
        {
            "name": "二楼服务器",
            "mobility": "mobile",
            "mac": "0C-42-A1-0B-33-99",
            "cores": 8,
            "memory_gb": 64,
            "disk_gb": 4000,
        }
    ],
    "theory_rooms": [
        {"name": "第一考场", "server": "", "capacity": 50},
        {"name": "第二考场", "server": "二楼服务器", "capacity": 45},
    ],
    "practical_rooms": [
        {"category": "电工作业", "item": "低压电工", "equipment": ["real", "virtual"], "capacity": 20}
    ],
}


@pytest.fixture
async def server(tmp_path: Path) -> ServerFacts:
    root = rack_server(tmp_path / "machine")
    return await server_facts(root, "x86_64", programs({"ip -json route": ROUTE}))


@pytest.fixture
def form(server: ServerFacts) -> Form4:
    return filled_in(UnitForm.model_validate(UNIT), server, (), NOW)


def test_the_server_is_filled_in_from_the_machine_with_the_mac_of_the_card_in_use(form: Form4) -> None:
    first, second = form.servers
    assert (first.name, first.mac, first.cores, first.memory_gb, first.disk_gb) == (
        "一楼服务器",
        "0C-42-A1-0B-33-7E",
        12,
        32,
        2000,
    )
    assert second.mac == "0C-42-A1-0B-33-99"
    assert [(room.name, room.server) for room in form.rooms] == [
        ("第一考场", "一楼服务器"),
        ("第二考场", "二楼服务器"),
    ]
    assert form.open_zh == ()


async def test_the_pdf_holds_all_that_the_form_asks(form: Form4, tmp_path: Path) -> None:
    text = pdf_text(await form_4_pdf(form, "Asia/Shanghai"), tmp_path)
    for cells in rows_of(form):
        for words, _ in cells:
            assert re.sub(r"\s+", "", words) in text
    assert "2015年3月1日" in text
    assert "理论☐实操☐理论和实操☑" in text
    assert "实物设备☑实物仿真☐虚拟仿真☑" in text
    assert "申请单位（盖章）" in text
    assert "市应急管理局意见（盖章）" in text


def test_the_word_file_opens_and_holds_all_that_the_form_asks(form: Form4) -> None:
    document = Document(io.BytesIO(form_4_docx(form)))
    table, seals = document.tables
    read = [list(dict.fromkeys(cell.text for cell in row.cells if cell.text)) for row in table.rows]
    assert read == [list(dict.fromkeys(words for words, _ in cells if words)) for cells in rows_of(form)]
    assert ["服务器名称", "二楼服务器", "服务器类型", "移动服务器 ☑　固定服务器 ☐"] in read
    assert [cell.text.split("\n")[0] for cell in seals.rows[0].cells] == [
        "申请单位（盖章）：",
        "市应急管理局意见（盖章）：",
    ]
    assert "填写说明：" in [paragraph.text for paragraph in document.paragraphs]


async def test_an_empty_form_takes_the_centres_rooms_and_says_what_is_missing(
    server: ServerFacts, tmp_path: Path
) -> None:
    form = filled_in(UnitForm(), server, (SiteRoom("第一考场", 30, ""),), NOW)
    assert [(room.name, room.server, room.capacity) for room in form.rooms] == [("第一考场", "1号服务器", 30)]
    assert "统一社会信用代码" in form.open_zh
    assert len(form.open_zh) == len(form.open_en)
    bare = await server_facts(tmp_path / "none", "x86_64", programs({}))
    assert "本机 MAC 地址" in filled_in(UnitForm(), bare, (), NOW).open_zh
    assert (await form_4_pdf(filled_in(UnitForm(), bare, (), NOW), "Asia/Shanghai")).startswith(b"%PDF-")


def test_this_server_is_called_as_the_centres_rooms_call_it_where_they_name_one(server: ServerFacts) -> None:
    rooms = (SiteRoom("第一考场", 30, "东楼服务器"), SiteRoom("第二考场", 30, "东楼服务器"))
    form = filled_in(UnitForm(), server, rooms, NOW)
    assert [form.servers[0].name, *(room.server for room in form.rooms)] == ["东楼服务器"] * 3
    other = UnitForm.model_validate({"other_servers": UNIT["other_servers"]})
    form = filled_in(other, server, (*rooms, SiteRoom("第三考场", 30, "二楼服务器")), NOW)
    assert [one.name for one in form.servers] == ["东楼服务器", "二楼服务器"]
    with pytest.raises(Problem, match="not among the servers"):
        filled_in(UnitForm(), server, (*rooms, SiteRoom("第三考场", 30, "二楼服务器")), NOW)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"theory_rooms": [{"name": "甲", "server": "没有这台", "capacity": 3}]}, "form.server_unknown"),
        ({"server_name": "二楼服务器"}, "form.server_twice"),
    ],
)
def test_a_room_names_one_of_the_servers_and_no_two_servers_share_a_name(
    server: ServerFacts, change: dict[str, Any], reason: str
) -> None:
    with pytest.raises(Problem) as refusal:
        filled_in(UnitForm.model_validate({**UNIT, **change}), server, (), NOW)
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    "change",
    [
        {"credit_code": "91110000600037341A"},
        {"founded": "2015-13-01"},
        {"deputy": {"mobile": "12345"}},
        {"other_servers": [{**UNIT["other_servers"][0], "mac": "0c:42:a1:0b:33:99"}]},
        {"unit_name": "甲\n乙"},
        {"site_type": "oral"},
        {"theory_rooms": [{"name": "甲", "capacity": 0}]},
    ],
)
def test_wrong_fields_are_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        UnitForm.model_validate({**UNIT, **change})


def test_the_fields_are_kept_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    file = UnitFormFile(tmp_path / "readiness" / "unit.json")
    assert file.read() == UnitForm()
    file.keep(UnitForm.model_validate(UNIT))
    assert file.read() == UnitForm.model_validate(UNIT)
    (tmp_path / "readiness" / "unit.json").write_text("{")
    with pytest.raises(Problem) as refusal:
        file.read()
    assert refusal.value.reason == "form.damaged"
