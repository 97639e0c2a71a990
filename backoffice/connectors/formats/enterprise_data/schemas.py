"""A written message held against the firm's own schema of its version: XSD as 1C gives it out, and not part of this.

A file for each version, `1.20.xsd`, and beside it what it imports. It has a type for each kind of object, named as its
element is: the body is held against these, whether or not the file declares elements.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from lxml import etree

from backoffice.connectors.formats.enterprise_data.writing import version_named
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.xml import SAFE, Node, local_name

XSD = "http://www.w3.org/2001/XMLSchema"


def check_against_firms_schema(raw: bytes, folder: Path, version: str) -> bool:
    """Whether the folder has a schema of the version; then raises Refused for what the message has against it."""
    file = folder / f"{version}.xsd"
    if not file.is_file():
        return False
    message = etree.fromstring(raw, etree.XMLParser(**SAFE))
    body = etree.fromstring(etree.tostring(message.find("{*}Body"), encoding="utf-8"))
    schema = _schema(
        file, version_named(version).namespace, sorted({local_name(each) for each in body})
    )
    problems = Problems(f"EnterpriseData {version}")
    if not schema.validate(body):
        for error in schema.error_log:
            problems.add(
                "against-schema",
                f"{_place(body, error.path)}, {at_line(error.line)}",
                reason=error.message,
            )
    problems.refuse_if_any()
    return True


def _schema(file: Path, namespace: str, names: list[str]) -> Any:
    """The firm's types under a body of the objects that there are. Raises Refused for a schema that is none."""
    elements = "".join(
        f"<xs:element name={quoteattr(n)} type={quoteattr('b:' + n)}/>" for n in names
    )
    text = (
        f'<xs:schema xmlns:xs="{XSD}" xmlns:b={quoteattr(namespace)} targetNamespace={quoteattr(namespace)}'
        f' elementFormDefault="qualified"><xs:include schemaLocation={quoteattr(file.as_uri())}/>'
        f'<xs:complexType name="OurBody"><xs:choice minOccurs="0" maxOccurs="unbounded">{elements}</xs:choice>'
        '</xs:complexType><xs:element name="Body" type="b:OurBody"/></xs:schema>'
    )
    try:
        return etree.XMLSchema(
            etree.parse(BytesIO(text.encode()), etree.XMLParser(no_network=True))
        )
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError) as error:
        problems = Problems(file.name)
        problems.add("not-xml", file.name, reason=str(error).partition("\n")[0][:200])
        problems.refuse()


def _place(body: Any, steps: str) -> str:
    found = body.getroottree().xpath(steps) if steps else []
    return Node(found[0]).path if found else "/Body"
