"""Answers and feedback, kept on disk before they are acknowledged and moved into the database off the request path."""

from serving.recording.journal import JournalError
from serving.recording.recorder import Outcome, Recorder, RecorderState, RecorderStatus
from serving.recording.records import FeedbackRecord, PredictionRecord, new_prediction_id
from serving.recording.sink import DatabaseSink, Sink, SinkAwayError

__all__ = [
    "DatabaseSink",
    "FeedbackRecord",
    "JournalError",
    "Outcome",
    "PredictionRecord",
    "Recorder",
    "RecorderState",
    "RecorderStatus",
    "Sink",
    "SinkAwayError",
    "new_prediction_id",
]
