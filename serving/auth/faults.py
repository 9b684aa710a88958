"""What may be wrong with a token. The texts go to clients: they name no key and quote nothing of the token."""

from enum import StrEnum


class Fault(StrEnum):
    """One thing wrong with a token, in words that fit an ``error_description`` (RFC 6750: ASCII, no quote marks)."""

    MALFORMED = "the token is not a well-formed JWT"
    TOO_LONG = "the token is too long"
    ALGORITHM = "the token is signed by an algorithm that is not accepted"
    TOKEN_TYPE = "the typ of the token is not accepted"  # noqa: S105  (a message)
    CRITICAL = "the token has critical header parameters"
    NO_KEY_ID = "the token names no key (kid)"
    UNKNOWN_KEY = "the token is signed by a key that is not known here"
    SIGNATURE = "the signature of the token is not valid"
    MISSING_CLAIM = "the token lacks one of the claims exp, iat, iss, aud, sub"
    ISSUER = "the token is from another issuer"
    AUDIENCE = "the token is for another audience"
    SUBJECT = "the sub of the token is not 1 to 255 printable characters"
    TIMES = "the exp, iat and nbf of the token must be seconds since 1970"
    EXPIRED = "the token has expired"
    NOT_YET_VALID = "the token is not valid yet"
    SCOPE = "the scope of the token must be a text of names with spaces between"
    ROLES = "the roles of the token must be a list of texts"
    CLAIMS = "the claims of the token are not valid"


class TokenRejectedError(Exception):
    """Ends the reading of a token."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class NoKeysError(Exception):
    """No key set was ever read: no token can be judged."""
