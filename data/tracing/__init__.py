"""Power over time: readers of recordings, clocks, alignment, integration, phases, downsampling.

Times are seconds from the first sample, powers watts, energies millijoules in results and joules inside the
integration, as each name says. Nothing here draws or knows the bundle.
"""

from data.tracing.alignment import Alignment
from data.tracing.downsampling import min_max
from data.tracing.errors import Problem, TraceError
from data.tracing.inferences import InferenceLog, log_of, read_inferences
from data.tracing.layout import Layout, Rail
from data.tracing.phases import Phase
from data.tracing.reading import Reading, open_trace, read_trace
from data.tracing.recording import Recording
from data.tracing.summary import Summary, as_json, summarise

__all__ = [
    "Alignment",
    "InferenceLog",
    "Layout",
    "Phase",
    "Problem",
    "Rail",
    "Reading",
    "Recording",
    "Summary",
    "TraceError",
    "as_json",
    "log_of",
    "min_max",
    "open_trace",
    "read_inferences",
    "read_trace",
    "summarise",
]
