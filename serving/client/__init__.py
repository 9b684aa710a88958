"""A client of the service for Python programs: ``pip install structural-design-ai[client]``.

    from serving.client import DesignClient

    with DesignClient("https://design.example", token=read_token) as client:
        answer = client.optimize_section(member_type="beam", span_feet=40, tributary_load_psf=150,
                                         design_code="AISC 360-22")
        print(answer.recommended_section, answer.confidence)

Importing it loads httpx and nothing of the service; the types of answers are loaded with the first answer.
"""

from serving.client.client import DesignClient
from serving.client.errors import ClientError, FieldFault, NoAnswerError, ProblemError, WaitError
from serving.client.models import FeedbackReceipt
from serving.client.retries import RetryPolicy

__all__ = [
    "ClientError",
    "DesignClient",
    "FeedbackReceipt",
    "FieldFault",
    "NoAnswerError",
    "ProblemError",
    "RetryPolicy",
    "WaitError",
]
