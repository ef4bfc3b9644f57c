"""QTI 2.1, 2.2 and 3.0 packages: items are taken whole, and what cannot be taken is named per item."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from central_sync.centre.files.qti import BankDraft, read_qti
from central_sync.centre.files.report import Finding
from central_sync.protocol.items import Item, ItemType

ITEM_NAMESPACE = {
    "2.1": "http://www.imsglobal.org/xsd/imsqti_v2p1",
    "2.2": "http://www.imsglobal.org/xsd/imsqti_v2p2",
    "3.0": "http://www.imsglobal.org/xsd/imsqtiasi_v3p0",
}
RESOURCE_TYPE = {"2.1": "imsqti_item_xmlv2p1", "2.2": "imsqti_item_xmlv2p2", "3.0": "imsqti_item_xmlv3p0"}
MATCH_CORRECT = {
    "2.1": "http://www.imsglobal.org/question/qti_v2p1/rptemplates/match_correct",
    "2.2": "http://www.imsglobal.org/question/qti_v2p2/rptemplates/match_correct",
    "3.0": "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml",
}
CHOICES = (("c1", "12 V"), ("c2", "36 V"), ("c3", "110 V"))
DECLARED = "identifier='RESPONSE' cardinality='{}' baseType='identifier'"


def in_qti_3(document: str) -> str:
    """Spell QTI 2 names as QTI 3 does: `simpleChoice` becomes `qti-simple-choice`."""

    def dashed(name: str) -> str:
        return re.sub(r"[A-Z]", lambda letter: "-" + letter.group().lower(), name)

    own = (
        "assessmentItem|responseDeclaration|correctResponse|outcomeDeclaration|defaultValue|itemBody|"
        "choiceInteraction|prompt|simpleChoice|responseProcessing|modalFeedback|value|feedbackInline"
    )
    document = re.sub(rf"(</?)({own})\b", lambda tag: f"{tag.group(1)}qti-{dashed(tag.group(2))}", document)
    return re.sub(r" ([a-z]+[A-Z][A-Za-z]*)=", lambda attribute: f" {dashed(attribute.group(1))}=", document)


def item(
    identifier: str = "q1",
    *,
    version: str = "2.1",
    body: str = "<p>安全电压额定值不包括哪一个？</p>",
    choices: tuple[tuple[str, str], ...] = CHOICES,
    key: tuple[str, ...] = ("c3",),
    cardinality: str = "single",
    processing: str | None = None,
    declaration: str | None = None,
    interaction: str = "maxChoices='1'",
    attributes: str = "",
    extra: str = "",
) -> str:
    values = "".join(f"<value>{each}</value>" for each in key)
    declared = declaration or (
        f"<responseDeclaration "
        f"{DECLARED.format(cardinality)}><correctResponse>{values}</correctResponse></responseDeclaration>"
    )
    offered = "".join(f"<simpleChoice identifier='{name}'>{text}</simpleChoice>" for name, text in choices)
    marking = (
        f"<responseProcessing template='{MATCH_CORRECT[version]}'/>" if processing is None else processing
    )
    document = (
        f"<assessmentItem xmlns='{ITEM_NAMESPACE[version]}' identifier='{identifier}' title='t' "
        f"adaptive='false' timeDependent='false' {attributes}>{declared}<outcomeDeclaration "
        f"identifier='SCORE' cardinality='single' baseType='float'/><itemBody>{body}<choiceInteraction "
        f"responseIdentifier='RESPONSE' shuffle='true' {interaction}><prompt>请选择。"
        f"</prompt>{offered}</choiceInteraction></itemBody>{marking}{extra}</assessmentItem>"
    )
    return in_qti_3(document) if version == "3.0" else document


def package(
    items: Mapping[str, str | bytes],
    *,
    version: str = "2.1",
    files: Mapping[str, bytes] | None = None,
    topic: str = "安全用电",
    folder: str = "",
    resources: str = "",
) -> bytes:
    metadata = (
        f"<metadata><lom xmlns='http://ltsc.ieee.org/xsd/LOM'><general><keyword><string "
        f"language='zh'>{topic}</string></keyword></general></lom></metadata>"
        if topic
        else ""
    )
    listed = "".join(
        f"<resource identifier='r-{number}' type='{RESOURCE_TYPE[version]}' href='{name}'>{metadata}<file "
        f"href='{name}'/></resource>"
        for number, name in enumerate(items)
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(
            f"{folder}imsmanifest.xml",
            f"<manifest xmlns='http://www.imsglobal.org/xsd/imscp_v1p1' "
            f"identifier='m'><organizations/><resources>{listed}{resources}</resources></manifest>",
        )
        for name, content in {**items, **(files or {})}.items():
            archive.writestr(folder + name, content)
    return out.getvalue()


def picture(colour: str = "red") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(out, "PNG")
    return out.getvalue()


def read(data: bytes) -> BankDraft:
    draft, report = read_qti(data)
    assert report.ok, report
    assert draft is not None
    assert report.taken == len(draft.items)
    return draft


def one(document: str) -> Item:
    return read(package({"q.xml": document})).items[0]


def only_error(data: bytes) -> Finding:
    draft, report = read_qti(data)
    assert draft is None
    assert report.taken == 0
    assert len(report.errors) == 1, report
    finding = report.errors[0]
    assert any("\u4e00" <= each <= "\u9fff" for each in finding.zh)
    assert re.search(r"[a-z]{3,} [a-z]{2,}", finding.en)
    return finding


@pytest.mark.parametrize("version", ["2.1", "2.2", "3.0"])
def test_single_and_multiple_choice_are_read_in_every_version(version: str) -> None:
    documents = {
        "q1.xml": item("q1", version=version),
        "q2.xml": item(
            "q2", version=version, cardinality="multiple", key=("c3", "c1"), interaction="maxChoices='0'"
        ),
    }
    single, multiple = read(package(documents, version=version)).items
    assert (single.id, single.type, single.key, single.topic) == ("q1", ItemType.SINGLE, ("C",), "安全用电")
    assert single.stem == "安全电压额定值不包括哪一个？\n请选择。"
    assert [(choice.id, choice.text) for choice in single.choices] == [
        ("A", "12 V"),
        ("B", "36 V"),
        ("C", "110 V"),
    ]
    assert (multiple.type, multiple.key) == (ItemType.MULTIPLE, ("A", "C"))


@pytest.mark.parametrize(
    ("choices", "key", "expected"),
    [
        ((("a", "正确"), ("b", "错误")), "a", "A"),
        ((("a", "错"), ("b", "对")), "b", "A"),
        ((("a", "True"), ("b", "False")), "b", "B"),
        ((("true", "可以"), ("false", "不可以")), "false", "B"),
    ],
)
@pytest.mark.parametrize("version", ["2.1", "3.0"])
def test_true_false_is_recognised(
    choices: tuple[tuple[str, str], ...], key: str, expected: str, version: str
) -> None:
    document = item(choices=choices, key=(key,), version=version)
    read_item = read(package({"q.xml": document}, version=version)).items[0]
    assert (read_item.type, read_item.key) == (ItemType.TRUE_FALSE, (expected,))
    assert [choice.text for choice in read_item.choices] == ["正确", "错误"]


def test_xhtml_becomes_plain_text_with_its_meaning_kept() -> None:
    body = (
        "<p>导线  截面为\n 10 mm<sup>2</sup>，<strong>CO<sub>2</sub></strong> 浓度 10<sup>a</sup>："
        "</p><ul><li>甲</li><li>乙</li></ul><ol><li>先断电</li><li>后救人</li></ol>"
        "<table><tr><td>项目</td><td>数值</td></tr><tr><td>电压</td><td>36 V</td></tr></table>"
        "一行<br/>又一行<pre>  保留  空格\n</pre>"
    )
    document = item(body=f"<div>{body}</div>").replace("<prompt>请选择。</prompt>", "")
    assert one(document).stem == (
        "导线 截面为 10 mm²，CO₂ 浓度 10^(a)：\n甲\n乙\n1. 先断电\n2. 后救人\n项目 | 数值\n电压 | 36 "
        "V\n一行\n又一行\n  保留  空格\n"
    )


def test_table_turned_to_text_is_a_warning() -> None:
    _, report = read_qti(package({"q.xml": item(body="<table><tr><td>a</td></tr></table>")}))
    assert report.ok
    assert [(each.code, each.field, each.place) for each in report.findings] == [
        ("qti.simplified", "table", "q1")
    ]


def test_feedback_inside_a_choice_never_becomes_part_of_it() -> None:
    document = item(
        choices=(("c1", "甲<feedbackInline identifier='x'>这是正确答案</feedbackInline>"), ("c3", "乙"))
    )
    assert [choice.text for choice in one(document).choices] == ["甲", "乙"]


def test_feedback_after_the_item_becomes_the_explanation() -> None:
    shown = "outcomeIdentifier='F' identifier='f' showHide='show'"
    extra = f"<modalFeedback {shown}><p>规程规定。</p></modalFeedback>"
    assert one(item(extra=extra)).explanation == "规程规定。"


def test_pictures_and_clips_are_taken_from_the_package() -> None:
    clip = b"OggS" + bytes(60)
    body = (
        "<p>见图：<img src='../img/%E5%9B%BE%201.png' alt='配电箱'/></p><object data='../img/b.png' "
        "type='image/png'>接线图</object><audio controls='controls' aria-label='录音'><source "
        "src='../clip/a.ogg' type='audio/ogg'/></audio>"
    )
    document = item(body=body, choices=(("c1", "<img src='../IMG/c.PNG' alt=''/>"), ("c3", "乙")))
    files = {
        "img/图 1.png": picture("red"),
        "img/b.png": picture("green"),
        "clip/a.ogg": clip,
        "img/c.png": picture("blue"),
    }
    draft = read(package({"items/q.xml": document}, files=files))
    read_item = draft.items[0]
    assert [(each.name, each.type, each.alt) for each in read_item.media] == [
        ("图 1.png", "image/png", "配电箱"),
        ("b.png", "image/png", "接线图"),
        ("a.ogg", "audio/ogg", "录音"),
    ]
    assert read_item.choices[0].media[0].name == "c.png"
    assert read_item.choices[0].text == ""
    assert set(draft.media.values()) == set(files.values())


def test_picture_embedded_as_data_is_taken() -> None:
    data = base64.b64encode(picture()).decode()
    draft = read(package({"q.xml": item(body=f"<p>图<img src='data:image/png;base64,{data}' alt=''/></p>")}))
    assert draft.items[0].media[0].type == "image/png"
    assert list(draft.media.values()) == [picture()]


def test_bare_item_is_taken() -> None:
    draft, report = read_qti(item(version="3.0").encode())
    assert report.ok
    assert draft is not None
    assert (draft.items[0].id, draft.items[0].topic) == ("q1", "未分类")


def test_bare_item_with_a_picture_is_told_to_come_as_a_package() -> None:
    assert only_error(item(body="<p><img src='a.png' alt=''/></p>").encode()).code == "qti.media_missing"


def test_package_zipped_with_its_folder_is_taken() -> None:
    assert len(read(package({"q.xml": item()}, folder="题库/")).items) == 1


def test_items_without_topic_get_the_default_and_one_warning() -> None:
    draft, report = read_qti(
        package({"a.xml": item("a"), "b.xml": item("b")}, topic=""), default_topic="电工"
    )
    assert draft is not None
    assert {each.topic for each in draft.items} == {"电工"}
    assert [each.code for each in report.findings] == ["qti.no_topic"]


def test_identifier_that_cannot_be_an_item_number_is_replaced_and_named() -> None:
    draft, report = read_qti(package({"q.xml": item("题目一"), "r.xml": item("_007")}))
    assert draft is not None
    assert draft.items[0].id.startswith("q-")
    assert draft.items[1].id == "007"
    assert [(each.code, each.place) for each in report.findings] == [("qti.identifier", "题目一")]


MATCH = "<match><variable identifier='RESPONSE'/><correct identifier='RESPONSE'/></match>"
GIVE = "<setOutcomeValue identifier='SCORE'><baseValue baseType='float'>{}</baseValue></setOutcomeValue>"
NULL = "<isNull><variable identifier='RESPONSE'/></isNull>"
FEEDBACK = (
    "<setOutcomeValue identifier='FEEDBACK'><baseValue baseType='identifier'>x</baseValue></setOutcomeValue>"
)


def rules(*branches: str) -> str:
    return (
        f"<responseProcessing><responseCondition>{''.join(branches)}</responseCondition></responseProcessing>"
    )


def mapped(**points: float) -> str:
    entries = "".join(f"<mapEntry mapKey='{key}' mappedValue='{value}'/>" for key, value in points.items())
    return (
        f"<responseDeclaration "
        f"{DECLARED.format('single')}><correctResponse><value>c3</value></correctResponse><mapping "
        f"defaultValue='0'>{entries}</mapping></responseDeclaration>"
    )


MAP_RESPONSE = (
    "<responseProcessing template='http://www.imsglobal.org/question/qti_v2p1/rptemplates/map_response'/>"
)


@pytest.mark.parametrize(
    "document",
    [
        item(processing=""),
        item(processing="<responseProcessing/>"),
        item(processing=rules(f"<responseIf>{MATCH}{GIVE.format(1)}</responseIf>")),
        item(
            processing=rules(
                f"<responseIf>{NULL}{GIVE.format(0)}</responseIf>",
                f"<responseElseIf>{MATCH}{GIVE.format(2)}{FEEDBACK}</responseElseIf>",
                f"<responseElse>{GIVE.format(0)}</responseElse>",
            )
        ),
        item(
            processing=rules(
                f"<responseIf><match><variable identifier='RESPONSE'/><baseValue "
                f"baseType='identifier'>c3</baseValue></match>{GIVE.format(1)}</responseIf>"
            )
        ),
        item(declaration=mapped(c3=1, c1=-1), processing=MAP_RESPONSE),
    ],
)
def test_marking_that_equals_all_or_nothing_is_taken(document: str) -> None:
    assert one(document).key == ("C",)


@pytest.mark.parametrize(
    "document",
    [
        item(declaration=mapped(c3=1, c1=0.5), processing=MAP_RESPONSE),
        item(processing=MAP_RESPONSE),
        item(processing="<responseProcessing template='http://example.invalid/mine.xml'/>"),
        item(processing=rules(f"<responseIf><not>{MATCH}</not>{GIVE.format(1)}</responseIf>")),
        item(
            processing=rules(
                f"<responseIf>{MATCH}{GIVE.format(1)}</responseIf>",
                f"<responseElse>{GIVE.format(0.5)}</responseElse>",
            )
        ),
        item(
            processing=rules(
                f"<responseIf><match><variable identifier='RESPONSE'/><baseValue "
                f"baseType='identifier'>c1</baseValue></match>{GIVE.format(1)}</responseIf>"
            )
        ),
        item(processing=f"<responseProcessing>{GIVE.format(1)}</responseProcessing>"),
        item(processing="<responseProcessing><lookupOutcomeValue identifier='SCORE'/></responseProcessing>"),
    ],
)
def test_marking_unlike_all_or_nothing_is_refused(document: str) -> None:
    finding = only_error(package({"q.xml": document}))
    assert (finding.code, finding.place) == ("qti.response_processing", "q1")


INTERACTIONS = (
    "textEntryInteraction extendedTextInteraction orderInteraction matchInteraction associateInteraction "
    "gapMatchInteraction inlineChoiceInteraction hottextInteraction hotspotInteraction sliderInteraction "
    "uploadInteraction drawingInteraction mediaInteraction customInteraction portableCustomInteraction"
)


@pytest.mark.parametrize("name", INTERACTIONS.split())
def test_unsupported_interaction_is_named(name: str) -> None:
    finding = only_error(package({"q.xml": item(body=f"<p><{name} responseIdentifier='R'/></p>")}))
    assert (finding.code, finding.place, finding.field) == ("qti.interaction", "q1", name)
    assert name in finding.zh
    assert name in finding.en


def test_unsupported_interaction_of_version_3_is_named() -> None:
    body = "<p><qti-text-entry-interaction response-identifier='R'/></p>"
    finding = only_error(package({"q.xml": item(body=body, version="3.0")}, version="3.0"))
    assert finding.field == "qti-text-entry-interaction"


NO_KEY = f"<responseDeclaration {DECLARED.format('single')}/>"
ORDERED = NO_KEY.replace("single", "ordered")
MANY = tuple((f"c{n}", f"选项 {n}") for n in range(9))
MATH = "<p><math xmlns='http://www.w3.org/1998/Math/MathML'><mi>x</mi></math></p>"


@pytest.mark.parametrize(
    ("document", "code", "element"),
    [
        (item(attributes="").replace("adaptive='false'", "adaptive='true'"), "qti.adaptive", "adaptive"),
        (item(extra="<templateProcessing/>"), "qti.template", "templateProcessing"),
        (
            item(extra="<assessmentStimulusRef identifier='s' href='s.xml'/>"),
            "qti.element",
            "assessmentStimulusRef",
        ),
        (item(body=MATH), "qti.math", "math"),
        (item(body="<p><script>alert(1)</script></p>"), "qti.element", "script"),
        (item(body="<p><iframe src='http://example.invalid'/></p>"), "qti.element", "iframe"),
        (item(body="<p><printedVariable identifier='x'/></p>"), "qti.element", "printedVariable"),
        (item(body="<p><img alt='x'/></p>"), "qti.media", "img"),
        (item(body="<p><img src='http://example.invalid/a.png' alt=''/></p>"), "qti.external_media", "img"),
        (item(body="<p><img src='//example.invalid/a.png' alt=''/></p>"), "qti.external_media", "img"),
        (item(body="<p><img src='/etc/passwd' alt=''/></p>"), "qti.external_media", "img"),
        (item(body="<p><img src='../../a.png' alt=''/></p>"), "qti.external_media", "img"),
        (item(body="<p><img src='none.png' alt=''/></p>"), "qti.media_missing", "img"),
        (item(body="<p><img src='bad.png' alt=''/></p>"), "media.not_a_picture", "img"),
        (item(body="<p><img src='bad.svg' alt=''/></p>"), "media.active_svg", "img"),
        (item(body="<p><img src='data:image/png;base64,!!!' alt=''/></p>"), "qti.media", "img"),
        (item(declaration=NO_KEY), "qti.no_key", "correctResponse"),
        (item(declaration=" "), "qti.no_key", "responseDeclaration"),
        (item(declaration=ORDERED), "qti.cardinality", "responseDeclaration"),
        (item(key=("nothing",)), "qti.key", "correctResponse"),
        (item(key=("c1", "c2")), "qti.key", "correctResponse"),
        (item(cardinality="multiple"), "qti.key", "correctResponse"),
        (
            item(cardinality="multiple", key=("c1", "c2", "c3"), interaction="maxChoices='2'"),
            "qti.max_choices",
            None,
        ),
        (item(choices=MANY, key=("c1",)), "qti.choices", "choiceInteraction"),
        (item(choices=CHOICES[2:]), "qti.choices", "choiceInteraction"),
        (item(choices=(*CHOICES, ("c1", "again"))), "qti.choices", "simpleChoice"),
        (item(choices=(*CHOICES, ("c4", " "))), "qti.choices", "simpleChoice"),
        (item(body="<p>甲" + "长" * 4000 + "</p>"), "qti.item", "assessmentItem"),
        (item(choices=(*CHOICES, ("c4", "长" * 2001))), "qti.choices", "simpleChoice"),
        (
            item(body="<p>响铃&#13;</p>", choices=(*CHOICES, ("c4", "<pre>a&#13;b</pre>"))),
            "qti.control",
            "simpleChoice",
        ),
        (item().replace("imsqti_v2p1'", "imsqti_v2p0'", 1), "qti.version", "assessmentItem"),
        (
            item(
                body="<choiceInteraction responseIdentifier='R2'>"
                "<simpleChoice identifier='a'>x</simpleChoice></choiceInteraction>"
            ),
            "qti.interactions",
            "itemBody",
        ),
        (
            "<assessmentTest xmlns='http://www.imsglobal.org/xsd/imsqti_v2p1'/>",
            "qti.version",
            "assessmentTest",
        ),
    ],
)
def test_item_that_cannot_be_taken_is_named_with_element_and_reason(
    document: str, code: str, element: str | None
) -> None:
    files = {"bad.png": b"MZ program", "bad.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"}
    finding = only_error(package({"q.xml": document}, files=files))
    assert finding.code == code
    assert element is None or finding.field == element
    assert finding.place


def test_nothing_goes_in_when_one_item_cannot_be_taken() -> None:
    data = package(
        {"a.xml": item("a"), "b.xml": item("b", declaration=NO_KEY), "c.xml": item("c", body=MATH)}
    )
    draft, report = read_qti(data)
    assert draft is None
    assert report.taken == 0
    assert [(each.place, each.code) for each in report.errors] == [("b", "qti.no_key"), ("c", "qti.math")]


def test_the_whole_items_go_in_when_the_caller_allows_it() -> None:
    picture_item = item("b", declaration=NO_KEY, body="<p><img src='a.png' alt=''/></p>")
    data = package({"a.xml": item("a"), "b.xml": picture_item}, files={"a.png": picture()})
    draft, report = read_qti(data, allow_partial=True)
    assert draft is not None
    assert [each.id for each in draft.items] == ["a"]
    assert not draft.media
    assert (report.ok, report.taken) == (True, 1)
    assert [each.place for each in report.errors] == ["b"]


def test_double_identifiers_are_refused() -> None:
    assert only_error(package({"a.xml": item("a"), "b.xml": item("a")})).code == "qti.double"


def test_file_that_the_manifest_names_and_the_archive_lacks_is_named() -> None:
    resource = "<resource identifier='r-x' type='imsqti_item_xmlv2p1' href='gone.xml'/>"
    finding = only_error(package({"a.xml": item("a")}, resources=resource))
    assert (finding.code, finding.place) == ("qti.file_missing", "r-x")


def test_items_of_other_versions_are_named_and_tests_are_a_warning() -> None:
    old = "<resource identifier='old' type='imsqti_xmlv1p2' href='old.xml'/>"
    assert (only_error(package({"a.xml": item("a")}, resources=old))).code == "qti.version"
    test = "<resource identifier='t' type='imsqti_test_xmlv2p1' href='t.xml'/>"
    _, report = read_qti(package({"a.xml": item("a")}, resources=test))
    assert report.ok
    assert [(each.code, each.severity) for each in report.findings] == [("qti.test", "warning")]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (
            item()
            .replace("<assess", '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><assess', 1)
            .encode(),
            "xml.entity",
        ),
        (item().encode("gbk"), "xml.encoding"),
        (item(body="<div>" * 300 + "</div>" * 300).encode(), "xml.depth"),
        (item().encode()[:-10], "xml.syntax"),
    ],
)
def test_hostile_item_files_are_named_by_resource_and_file(content: bytes, code: str) -> None:
    finding = only_error(package({"good.xml": item("good"), "bad.xml": content}))
    assert (finding.code, finding.place, finding.field) == (code, "r-1", "bad.xml")


def test_archive_without_manifest_is_told_what_to_export() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("q.xml", item())
    assert only_error(out.getvalue()).code == "qti.manifest"


def test_package_without_items_is_refused() -> None:
    assert only_error(package({})).code == "qti.no_items"


def test_empty_file_and_text_are_refused() -> None:
    assert only_error(b"").code == "qti.empty"
    assert only_error(b"no xml at all").code == "xml.syntax"


BARE = item(version="3.0", body="<p>图<sub>1</sub></p>").encode()
PACKAGE = package({"q.xml": item(body="<p><img src='a.png' alt=''/></p>")}, files={"a.png": picture()})


@settings(max_examples=200)
@given(st.integers(0, len(BARE) - 1), st.binary(max_size=12), st.integers(0, 30))
def test_mutated_item_is_taken_or_refused_and_nothing_else(at: int, put: bytes, cut: int) -> None:
    draft, report = read_qti(BARE[:at] + put + BARE[at + cut :])
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors


@settings(max_examples=150)
@given(st.lists(st.tuples(st.integers(0, len(PACKAGE) - 1), st.integers(0, 255)), min_size=1, max_size=5))
def test_mutated_package_is_taken_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    data = bytearray(PACKAGE)
    for at, value in changes:
        data[at] = value
    draft, report = read_qti(bytes(data), allow_partial=True)
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors


NAMES = (
    "p div pre table tr td ul ol li img object audio video source sub sup br itemBody choiceInteraction "
    "simpleChoice prompt responseProcessing responseCondition responseIf match variable correct mapping "
    "correctResponse value responseDeclaration modalFeedback q rt"
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(
        ["identifier", "src", "data", "responseIdentifier", "cardinality", "baseType", "template"]
    ),
    st.sampled_from(
        ["RESPONSE", "a", "single", "multiple", "identifier", "q.xml", "data:,x", "http://[", "..", "%00"]
    ),
    max_size=3,
)


def element(name: str, attributes: Mapping[str, str], parts: list[str]) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(parts)}</{name}>"


TREES = st.recursive(
    st.text("甲a <&", max_size=4).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;")),
    lambda inner: st.builds(element, st.sampled_from(NAMES.split()), ATTRIBUTES, st.lists(inner, max_size=4)),
    max_leaves=15,
)


@settings(max_examples=200)
@given(TREES, TREES)
def test_any_tree_of_qti_elements_is_taken_or_refused_and_nothing_else(body: str, extra: str) -> None:
    draft, report = read_qti(package({"q.xml": item(body=body, extra=extra)}))
    assert (draft is None) == (not report.ok)
    assert draft is not None or report.errors


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_random_bytes_give_a_clean_report(data: bytes) -> None:
    for each in (data, b"PK\x03\x04" + data, b"<?xml version='1.0'?>" + data):
        assert read_qti(each)[1].errors
