"""Signing a model folder, and taking from one only what was signed.

What is loaded is what was verified: each file is read once, its bytes are hashed and written to a private folder on
the way, and the predictor reads that folder. A file exchanged in the model store after its check changes nothing.
"""

from pathlib import Path

from serving.auth.files import write_atomically
from serving.signing.envelope import MAX_ENVELOPE_BYTES, seal, unseal
from serving.signing.errors import UnverifiedError
from serving.signing.folders import SIGNATURE_FILE, list_files, read_file
from serving.signing.keys import SigningKey, TrustedKeys
from serving.signing.manifest import Expected, Manifest, files_digest, from_statement, read_folder

_PUBLIC_FILE = 0o644


def sign_folder(folder: Path, problem: str, version: str, key: SigningKey) -> Manifest:
    """Write the signature of a model folder into it and return what it says of the files.

    Signing again with the same key leaves the same bytes. Raises `SigningError` when the key cannot be used.
    """
    manifest = Manifest(problem, version, read_folder(folder))
    statement = manifest.to_statement()
    if not _has_signed(folder, statement, key):
        write_atomically(folder / SIGNATURE_FILE, seal(statement, key), _PUBLIC_FILE)
    return manifest


def verify_folder(folder: Path, expected: Expected, trusted: TrustedKeys, into: Path | None = None) -> Manifest:
    """Return what a trusted key signed of a folder, each file of it compared, and copied if wanted as it was read.

    Raises `UnverifiedError` for a folder without signature, one of an unknown key, of another problem, version or
    artifact than expected, and one in which a file is missing, changed or too much.
    """
    manifest = from_statement(unseal(_read_signature(folder), trusted))
    expected.check(manifest)
    listed, found = {file.name for file in manifest.files}, set(list_files(folder))
    if listed != found:
        what, names = ("missing", listed - found) if listed - found else ("not among what was signed", found - listed)
        raise UnverifiedError(f"{', '.join(sorted(names)[:3])}: {what}; promote the model again")
    for file in manifest.files:
        if read_file(folder, file.name, into, limit_bytes=file.size_bytes) != file:
            raise UnverifiedError(f"{file.name} is not what was signed; promote the model again")
    return manifest


def copy_checked(folder: Path, sha256: str, into: Path) -> None:
    """Copy a folder whose digest is known without a signature; another digest raises `UnverifiedError`."""
    if files_digest(read_folder(folder, into)) != sha256:
        raise UnverifiedError(f"the files of {folder.name} are not those that were named; its digest differs")


def _has_signed(folder: Path, statement: bytes, key: SigningKey) -> bool:
    try:
        return unseal(_read_signature(folder), TrustedKeys([key.public])) == statement
    except UnverifiedError:
        return False


def _read_signature(folder: Path) -> bytes:
    path = folder / SIGNATURE_FILE
    try:
        if path.is_symlink():
            raise UnverifiedError(f"{SIGNATURE_FILE} is a link, which no model folder may hold")
        with path.open("rb") as stream:
            content = stream.read(MAX_ENVELOPE_BYTES + 1)
    except FileNotFoundError:
        raise UnverifiedError(
            "it is not signed (promoted by an older release, or copied without its signature); run `sdai sign`"
        ) from None
    except OSError as error:
        raise UnverifiedError(f"{SIGNATURE_FILE} cannot be read: {error.strerror}") from error
    if len(content) > MAX_ENVELOPE_BYTES:
        raise UnverifiedError(f"{SIGNATURE_FILE} is larger than any signature of ours")
    return content
