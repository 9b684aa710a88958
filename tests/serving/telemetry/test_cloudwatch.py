"""Sending to CloudWatch: an AWS double, and failures of every kind."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from configs.telemetry_settings import TelemetrySettings
from serving.errors import ServingError
from serving.telemetry import cloudwatch
from serving.telemetry.cloudwatch import CloudWatchPublisher, cloudwatch_client
from serving.telemetry.cloudwatch_data import Datum

NOW_S = datetime(2026, 10, 14, 12, 0, tzinfo=UTC).timestamp()


def figure(name: str, **value: Any) -> Datum:
    return {"MetricName": name, "Unit": "Count", "Dimensions": [{"Name": "Model", "Value": "m"}], **value}


class Double:
    """A client whose calls fail as told."""

    def __init__(self, *failures: Exception | None) -> None:
        self.failures = list(failures)
        self.sent: list[str] = []

    def put_metric_data(self, *, Namespace: str, MetricData: list[Datum]) -> None:
        failure = self.failures.pop(0) if self.failures else None
        if failure:
            raise failure
        self.sent += [datum["MetricName"] for datum in MetricData]


def refusal(code: str) -> Exception:
    from botocore.exceptions import ClientError

    return ClientError({"Error": {"Code": code, "Message": "no"}}, "PutMetricData")


def gone() -> Exception:
    from botocore.exceptions import EndpointConnectionError

    return EndpointConnectionError(endpoint_url="https://monitoring.example")


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return moto's CloudWatch."""
    moto = pytest.importorskip("moto")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    with moto.mock_aws():
        yield cloudwatch_client(TelemetrySettings(cloudwatch_region="us-east-1"))


def statistics(client: Any, name: str) -> dict[str, Any]:
    answer = client.get_metric_statistics(
        Namespace="sdai",
        MetricName=name,
        Dimensions=[{"Name": "Environment", "Value": "test"}, {"Name": "Model", "Value": "m"}],
        StartTime=datetime.fromtimestamp(NOW_S - 60, UTC),
        EndTime=datetime.fromtimestamp(NOW_S + 60, UTC),
        Period=60,
        Statistics=["Sum", "SampleCount", "Average", "Maximum"],
    )
    (point,) = answer["Datapoints"]
    return dict(point)


def test_values_and_weighted_values_arrive(aws: Any) -> None:
    publisher = CloudWatchPublisher(lambda: aws, "sdai", {"Environment": "test"})
    publisher.publish(
        [figure("Requests", Value=5.0), figure("ErrorRate", Values=[100.0, 0.0], Counts=[1.0, 4.0])], NOW_S
    )
    assert statistics(aws, "Requests")["Sum"] == 5
    rate = statistics(aws, "ErrorRate")
    assert (rate["Average"], rate["SampleCount"], rate["Maximum"]) == (20, 5, 100)
    assert publisher.waiting == 0


def test_what_cannot_be_sent_waits_and_goes_first_next_time() -> None:
    client, told = Double(gone()), []
    publisher = CloudWatchPublisher(lambda: client, "sdai", {}, told.append)
    publisher.publish([figure("first", Value=1.0)], NOW_S)
    assert (client.sent, publisher.waiting) == ([], 1)
    publisher.publish([figure("second", Value=2.0)], NOW_S + 60)
    assert (client.sent, publisher.waiting, told) == (["first", "second"], 0, ["failed", "sent"])


def test_of_several_batches_only_the_ones_not_sent_wait() -> None:
    client = Double(None, refusal("Throttling"))
    publisher = CloudWatchPublisher(lambda: client, "sdai", {})
    publisher.publish([figure(str(number), Value=1.0) for number in range(2_500)], NOW_S)
    first_batch = len(client.sent)
    assert publisher.waiting == 2_500 - first_batch
    publisher.publish([], NOW_S)
    assert client.sent == [str(number) for number in range(2_500)]


def test_a_figure_that_cloudwatch_finds_wrong_does_not_block_the_next() -> None:
    client, told = Double(refusal("InvalidParameterValue")), []
    publisher = CloudWatchPublisher(lambda: client, "sdai", {}, told.append)
    publisher.publish([figure("wrong", Value=1.0)], NOW_S)
    publisher.publish([figure("right", Value=1.0)], NOW_S)
    assert (client.sent, told) == (["right"], ["dropped", "sent"])


@pytest.mark.parametrize("failure", [lambda: refusal("AccessDenied"), lambda: refusal("InternalFailure"), gone])
def test_figures_that_wait_are_bounded(failure: Callable[[], Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cloudwatch, "MAX_WAITING", 10)
    client, told = Double(*(failure() for _ in range(6))), []
    publisher = CloudWatchPublisher(lambda: client, "sdai", {}, told.append)
    for number in range(6):
        publisher.publish([figure(f"{number}{letter}", Value=1.0) for letter in "abcd"], NOW_S)
    assert publisher.waiting == 10
    assert "dropped" in told
    publisher.publish([], NOW_S)
    assert client.sent[-1] == "5d"  # the newest are kept


def test_without_a_region_figures_wait_and_the_way_out_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    told: list[str] = []
    publisher = CloudWatchPublisher(lambda: cloudwatch_client(TelemetrySettings()), "sdai", {}, told.append)
    publisher.publish([figure("Requests", Value=1.0)], NOW_S)
    assert (told, publisher.waiting) == (["failed"], 1)
    assert "SDAI_TELEMETRY_CLOUDWATCH_REGION" in caplog.text


def test_a_missing_boto3_is_named_with_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "boto3", None)
    with pytest.raises(ServingError, match=r"structural-design-ai\[serve,aws\]"):
        cloudwatch_client(TelemetrySettings(cloudwatch_region="us-east-1"))
