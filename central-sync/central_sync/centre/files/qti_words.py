"""Names of QTI 2.1, 2.2 and 3.0, brought to one spelling: `qti-simple-choice` is `simpleChoice`."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from central_sync.centre.files.safe_xml import local_name

QTI3 = "http://www.imsglobal.org/xsd/imsqtiasi_v3p0"
CP3 = "http://www.imsglobal.org/xsd/qti/qtiv3p0/imscp_v1p1"
LOM = "http://ltsc.ieee.org/xsd/LOM"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
MATHML = "http://www.w3.org/1998/Math/MathML"
MATCH_CORRECT = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"
EXPLANATION_ID = "explanation"

_SPACE = re.compile(r"[ \t\r\n]+")


def word(element: Element) -> str:
    """Return an element's name as QTI 2 spells it, in any namespace."""
    return _camel(local_name(element.tag).removeprefix("qti-"))


def value_of(element: Element, name: str) -> str | None:
    """Return an attribute by its QTI 2 name, in either spelling (`maxChoices`, `max-choices`)."""
    for key, value in element.attrib.items():
        if _camel(local_name(key)) == name:
            return value
    return None


def is_true(element: Element, name: str) -> bool:
    """Return whether a boolean attribute is true."""
    return (value_of(element, name) or "").strip().lower() in {"true", "1"}


def squeezed(text: str) -> str:
    """Return text with white space as HTML shows it: runs as one space, none at the ends."""
    return _SPACE.sub(" ", text).strip(" ")


def _camel(name: str) -> str:
    first, *rest = name.split("-")
    return first + "".join(part[:1].upper() + part[1:] for part in rest)
