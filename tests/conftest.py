"""What has to be set before anything is imported."""

import os
import tempfile

# prometheus_client decides when it is imported, by Prefect or BentoML, whether figures of several processes add up.
os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", tempfile.mkdtemp(prefix="sdai-metrics-"))
