"""Authentication and authorisation of the HTTP service: bearer tokens (JWT, RFC 8725) and scopes by route.

`serving.auth.setup.build_authoriser` makes the `Authoriser` that settings ask for; `Authoriser.authorise` decides one
request. `serving.auth.development` makes the local key and its tokens.
"""

from serving.auth.authoriser import Authoriser
from serving.auth.decision import Principal, Reason, Refusal
from serving.auth.errors import AuthSetupError, KeySetError
from serving.auth.setup import build_authoriser, require_loopback

__all__ = [
    "AuthSetupError",
    "Authoriser",
    "KeySetError",
    "Principal",
    "Reason",
    "Refusal",
    "build_authoriser",
    "require_loopback",
]
