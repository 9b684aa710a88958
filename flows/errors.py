"""The errors of the `flows` package.

FlowError                 a run, a promotion or a command cannot go on; a person has to act
└── RetryableError        the same work may succeed when tried again (a crash, a signal, a full disk made free)
"""


class FlowError(RuntimeError):
    """The pipeline cannot go on: the message says what is wrong, where, and how to mend it."""


class RetryableError(FlowError):
    """The work failed for a reason that may pass; the flow tries it again."""
