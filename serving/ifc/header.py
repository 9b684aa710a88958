"""The schema that an IFC file's header names: which ones are read, and one spelling for the kernel."""

import re

from serving.errors import RequestError
from serving.ifc.zipped import is_zip

FIELD = "model_ifc"
SCHEMAS = ("IFC2X3", "IFC4", "IFC4X3")
"""What is read, as clients are told."""

START_MARK = b"ISO-10303-21;"
END_MARK = b"END-ISO-10303-21;"
START_BYTES = 4_096
"""Within so many bytes a STEP file says what it is."""
HEADER_BYTES = 65_536
"""Within so many bytes it names its schema."""

_KERNEL_SCHEMAS = {
    "IFC2X3": "IFC2X3",
    "IFC4": "IFC4",
    "IFC4X3_ADD2": "IFC4X3_ADD2",
    # Published stages of IFC 4.3; members, placements and profiles are those of the final text, the kernel's only one.
    "IFC4X3": "IFC4X3_ADD2",
    "IFC4X3_TC1": "IFC4X3_ADD2",
    "IFC4X3_ADD1": "IFC4X3_ADD2",
}
_FILE_SCHEMA = re.compile(rb"(FILE_SCHEMA\s*\(\s*\(\s*')([^']{0,200})(')", re.IGNORECASE)
_LONGEST_SHOWN = 40
_NOT_STEP: tuple[tuple[bytes, str], ...] = (
    (b"PK", "a ZIP archive in a ZIP archive; send the IFC file inside"),
    (b"\x1f\x8b", "compressed with gzip; send the IFC file itself"),
    (b"BZh", "compressed with bzip2; send the IFC file itself"),
    (b"\xfd7zXZ", "compressed with xz; send the IFC file itself"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; send the IFC file itself"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; send the IFC file inside"),
    (b"Rar!", "a RAR archive; send the IFC file inside"),
    (b"\x89HDF", "HDF5 (ifcHDF); export it as an IFC STEP file"),
    (b"%PDF", "a PDF; export the model as an IFC STEP file"),
    (b"<", "XML or HTML (ifcXML); export it as an IFC STEP file"),
    (b"{", "JSON (ifcJSON); export it as an IFC STEP file"),
)


def refuse_other_formats(start: bytes, field: str) -> None:
    """Raise `RequestError` (415) when the start of a file is that of a known format other than STEP."""
    # An archive is one whatever its first name says: a STEP file and an archive at once would be unpacked when read.
    if START_MARK in start[:START_BYTES] and not is_zip(start):
        return
    beginning = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, what in _NOT_STEP:
        if beginning.startswith(magic):
            raise RequestError(f"the model is {what}", field=field, status=415)


def with_kernel_schema(content: bytes) -> bytes:
    """Return the content of a STEP file with its schema named as the geometry kernel knows it.

    Raises
    ------
    RequestError
        422, ``field="model_ifc"``: the header names no schema, or one that is not read; the message has the schema
        found and those accepted.
    """
    found, known = _schema_in(content)
    return b"".join((content[: found.start(2)], known.encode(), content[found.end(2) :]))


def schema_of(start: bytes) -> str:
    """Return the schema that the start of a STEP file names, as the file spells it; raises as `with_kernel_schema`."""
    return _schema_in(start)[0][2].decode("ascii", "replace").strip()


def _schema_in(content: bytes) -> tuple[re.Match[bytes], str]:
    """Return where the schema's name stands, and the kernel's name of it."""
    found = _FILE_SCHEMA.search(content, 0, HEADER_BYTES)
    accepted = f"accepted are {', '.join(SCHEMAS[:-1])} and {SCHEMAS[-1]}"
    if found is None:
        raise RequestError(f"the model's header names no schema (FILE_SCHEMA); {accepted}", field=FIELD)
    name = found[2].decode("ascii", "replace").strip()
    known = _KERNEL_SCHEMAS.get(name.upper())
    if known is None:
        raise RequestError(f"the model's schema {name[:_LONGEST_SHOWN]!r} is not read; {accepted}", field=FIELD)
    return found, known
