"""boto3's clients with short timeouts and few tries. boto3 is imported when one is made."""

from typing import Any

from serving.errors import ServingError

CONNECT_TIMEOUT_S = 3.0
ATTEMPTS = 3


class AwsClientError(ServingError):
    """No client can be made: boto3 is missing, or no region is set."""


def aws_client(service: str, region: str | None, endpoint_url: str | None, timeout_s: float) -> Any:
    """Return boto3's client of a service (``s3``, ``kms``).

    Arguments: the region, none = the one that botocore finds; another address than AWS's; how long an answer may take,
    in seconds. Raises `AwsClientError`.
    """
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError
    except ImportError as error:
        raise AwsClientError("boto3 is not installed: pip install 'structural-design-ai[serve,aws]'") from error
    limits = Config(
        connect_timeout=CONNECT_TIMEOUT_S,
        read_timeout=timeout_s,
        retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
    )
    try:
        return boto3.client(service, region_name=region, endpoint_url=endpoint_url, config=limits)
    except (BotoCoreError, ValueError) as error:
        raise AwsClientError(f"no client for {service.upper()}: {error}") from error
