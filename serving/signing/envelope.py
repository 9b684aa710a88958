"""DSSE envelopes: a statement, and the signatures over it.

The signature is over the payload and its type (pre-authentication encoding), see
https://github.com/secure-systems-lab/dsse/blob/v1.0.2/protocol.md.
"""

import base64
import json
from typing import Any

from serving.auth.strict_json import read_object
from serving.signing.errors import UnverifiedError
from serving.signing.keys import SigningKey, TrustedKeys

PAYLOAD_TYPE = "application/vnd.in-toto+json"
MAX_ENVELOPE_BYTES = 1_000_000
_MAX_SIGNATURES = 16


def seal(statement: bytes, key: SigningKey) -> bytes:
    """Return a statement in an envelope signed by a key."""
    signature = key.sign(_encoded(statement))
    signed = {"keyid": key.key_id, "sig": base64.b64encode(signature).decode()}
    envelope = {
        "payloadType": PAYLOAD_TYPE,
        "payload": base64.b64encode(statement).decode(),
        "signatures": [signed],
    }
    return json.dumps(envelope, indent=1).encode()


def unseal(envelope: bytes, trusted: TrustedKeys) -> bytes:
    """Return the statement of an envelope that a trusted key has signed; any other raises `UnverifiedError`.

    Nothing of the statement is looked at before a signature over it has been verified.
    """
    try:
        found = read_object(envelope)
        if found["payloadType"] != PAYLOAD_TYPE:
            raise ValueError("its payload is of another type")
        statement = base64.b64decode(found["payload"], validate=True)
        signatures = [_signature(item) for item in found["signatures"][:_MAX_SIGNATURES]]
    except (KeyError, TypeError, ValueError) as error:
        raise UnverifiedError(f"its signature cannot be read: {error}; promote the model again") from error
    encoded = _encoded(statement)
    known = [(key_id, signature) for key_id, signature in signatures if key_id in trusted]
    if any(trusted.verify(key_id, signature, encoded) for key_id, signature in known):
        return statement
    if known:
        raise UnverifiedError("its signature does not match its manifest; promote the model again")
    names = ", ".join(key_id[:16] for key_id, _ in signatures) or "none"
    raise UnverifiedError(
        f"it is signed by a key that is not trusted here ({names}); "
        "add that public key to SDAI_SIGNING_TRUSTED_KEYS or sign the version again with `sdai sign`"
    )


def _signature(item: Any) -> tuple[str, bytes]:
    key_id = item["keyid"]
    if not isinstance(key_id, str):
        raise TypeError("a key id is no text")
    return key_id, base64.b64decode(item["sig"], validate=True)


def _encoded(statement: bytes) -> bytes:
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(statement), statement)
