"""Clash checks that outlast a request: taken on at once, worked on by one process of a host, kept in the database."""

from serving.jobs.desk import JobDesk, JobPolicy
from serving.jobs.guarded import ChildLimits
from serving.jobs.runner import Chore, JobRunner, RunnerTimes, Workshop

__all__ = ["ChildLimits", "Chore", "JobDesk", "JobPolicy", "JobRunner", "RunnerTimes", "Workshop"]
