"""The words of the bench: titles and notes of its tables, headings of their columns, what their cells say.

The bench stores a title or note as one of these texts with its values, which the page fills in any language.
"""

from __future__ import annotations

from typing import Final

from app.i18n.texts import mark, verbatim

TITLES: Final = {
    "estimate-times": mark("Time to estimate a model"),
    "side-by-side": mark("Time to estimate a model, beside other tools"),
    "first-page": mark("Time to the first page, beside a bare one"),
    "app-times": mark("Time to start the app and to switch pages"),
    "batch-throughput": mark("Models a minute in a batch"),
    "calibration": mark("Calibration of the intervals"),
    "families-mobilenet-v1": mark("MobileNetV1 variants, draw by draw"),
    "families": mark("All model families"),
    "recording-trials": mark("Energy per inference on recordings of known truth"),
    "end-to-end": mark("End to end: file in, figure out"),
}
"""Name of a table -> its title; tables of accuracy are titled by `ACCURACY`."""
ACCURACY: Final = mark("Accuracy: {device}, {what}")
ESTIMATE_TIMES: Final = mark(
    "Reading, fusing and predicting on {target}, in one warm process, {times} times each. Over all "
    "models the median is {median:.0f} ms, the worst run {worst:,.0f} ms. The first estimate of a process, "
    "which loads the fitting library and fits the predictor, took {first:.1f} s."
)
FIRST_PAGE: Final = mark(
    "From the command to the first heading and to the finished page with its pictures, headless Chromium "
    "on the same machine, warm disk; both apps are started in turn, {rounds} times each after a first "
    "round. The bare page is a Streamlit page with a heading, one Plotly chart of eight bars and one "
    "table of eight rows. The last row is ours divided by the bare one."
)
APP_TIMES: Final = mark(
    "Warm disk, bundle built, headless Chromium on the same machine. Counted from the command or the "
    "click to the new heading, and to the finished page with its pictures drawn and painted; median and "
    "worst of {starts} starts, and of {switches} switches to each page after a first visit. Without a "
    "graphics processor, Chromium draws the marks of Explore on the same cores."
)
ACCURACY_ERRORS: Final = mark(
    "What went in: {went_in}. What came out: {came_out}. Errors on measurements that were left out of the "
    "fit, as the protocol says, beside the baselines. "
    "MAPE is the mean absolute error in per cent of the measured value; coverage is the share of "
    "measurements inside their 80 % interval, empty where a method gives none; `used` marks the method "
    "behind the estimates; `stratum` says which measurements were counted, all if empty. Of rows over "
    "several systems, the least and the greatest coverage of one system stand beside the mean."
)
IN_AND_OUT: Final = {
    "accuracy-huawei-p40-pro-kernels": (
        mark("type and sizes of one kernel, or of 20 that are added up"),
        mark("their energy or latency alone, not that of a network or an application"),
    ),
    "accuracy-other-phones-reference-networks": (
        mark("the measured energy of a network on the P40 Pro's CPU"),
        mark("that of the same network on another phone or delegate, so the ratio alone"),
    ),
    "accuracy-boards-networks": (
        mark("a model file"), mark("energy or latency of the whole board at its wall socket")
    ),
    "accuracy-own-devices-networks": (
        mark("a model file and a few measured networks of the device"),
        mark("energy or latency of another network there"),
    ),
    "accuracy-jetson-tx2-convolutions": (
        mark("the sizes of one convolution, or of 20 that are added up"),
        mark("their energy, latency or power on one rail, not that of a network"),
    ),
    "accuracy-jetson-orin-nano-language-models": (
        mark("the sizes of a language model and of its weights"),
        mark("energy or time of a token on that board"),
    ),
    "accuracy-raspberry-pi-5-cells-on-one-core": (
        mark("a cell of NAS-Bench-201"), mark("energy of the network made of it, on one core of that board")
    ),
    "accuracy-jetson-xavier-nx-networks": (
        mark("the layers of a network"), mark("energy or latency of the whole board at its wall socket")
    ),
}  # fmt: skip
"""Name of a table of accuracy -> what went in, and what came out."""
CALIBRATION_SHARES: Final = mark(
    "The share of left-out measurements inside the intervals of each nominal level; what was left out, "
    "and how, as in the accuracy tables. Estimates are given with the interval of 80 %. For boards it is "
    "the mean over all systems; sums of kernels stand for networks where none was measured."
)
FAMILY_DRAWS: Final = mark(
    "P40 Pro, CPU. The smallest and largest of {variants} random variants, per draw, beside the "
    "published ends (DeepEn2023). An end is a single network, so it depends on the draw: over seeds "
    "{first} to {last} our lower end is {lower:+.0f} % off the published one in the median (from "
    "{lower_least:+.0f} to {lower_most:+.0f} %), our upper end {upper:+.0f} % (from {upper_least:+.0f} to "
    "{upper_most:+.0f} %)."
)
FAMILY_RANGES: Final = mark(
    "P40 Pro, {variants} variants of each family from seed {seed}, beside the published ranges "
    "(DeepEn2023; empty where none is printed). The networks are not the published ones, and an end is a "
    "single network: what can be compared is where a range lies, not its last digits."
)
BATCH_RATE: Final = mark(
    "`python -m predictors batch --jobs {jobs}` over {models} ONNX files ({size:.0f} MB: random variants of "
    "{families} from seed {seed}, weights without content), start of Python and first fit of every "
    "worker included, one thread per process. `cpu_s` is the processor time of all its processes; the "
    "last column is the rate at which {cores} cores get through that if nothing else runs."
)
SIDE_BY_SIDE: Final = mark(
    "The sample models with weights in their files, each tool in a warm process of its own with one "
    "thread. Processor time, so that nothing else the machine does counts; median of up to {runs} runs "
    "after a first one. Ours: read, checksum taken, fused, and predicted with intervals on {target}. "
    "{profiler}: read, shapes and MACs; it knows no energy and no kernels. {detector}: read and kernels "
    "detected, with the fusion table that ours uses; its predictors are a download and were not used, so "
    "nothing is predicted. MACs differ by definition: onnx-tool also counts element-wise work, pooling "
    "and bias. Kernels are counted as each tool reports them. All with onnx {onnx} on Python {python}."
)
RECORDING_TRIALS: Final = mark(
    "Made-up recordings whose truth is known: idle, 30 to 400 inferences, idle, seen through a meter, "
    "up to {trials:,} trials a row. Of {answered:,} answers the 80 % interval of the energy per inference "
    "holds the truth in {held:,} ({percent:.0f} %; {least:.0f} to {most:.0f} % in rows of 100 "
    "answers and more, where `held_error_percent` is what chance alone makes of a row); the other trials "
    "were refused with a reason, since the meter is too slow for what the log says. {rough:,} answers are "
    "marked as rough, of meters with few samples or much noise (one that takes points sees an inference by "
    "chance); all others are off by {sure:.2g} % at worst. `tests/bench/trials.py` makes them."
)
END_TO_END: Final = mark(
    "What went in: a model file. What came out: the energy, latency or power of the running application "
    "on a phone, or of the whole board at its wall socket. The network itself, in fp32 and int8, was "
    "left out of every fit and of the interval. Errors in per cent of the measured value; 8 in 10 pairs "
    "err by at most `high_percent`; `bias_percent` is the median of estimate over measurement, less "
    "100 %; coverage is the share inside the 80 % interval. Where `has_figure` says no, the interval "
    "would be too wide, so the app gives the reason and no figure; all pairs, these included, stand in "
    "the last row of phones."
)
NOTES: Final = (
    ESTIMATE_TIMES, FIRST_PAGE, APP_TIMES, ACCURACY_ERRORS, CALIBRATION_SHARES, FAMILY_DRAWS, FAMILY_RANGES,
    BATCH_RATE, SIDE_BY_SIDE, RECORDING_TRIALS, END_TO_END,
)  # fmt: skip
"""How each kind of table was measured."""
TOOL_FAILS: Final = mark("{tool} fails on {model}: {error}.")
TOOL_FAILS_ON_OURS: Final = mark("{tool} fails on {model} as this project writes it: {error}.")
TOOL_MISSING: Final = mark("{tool} is not installed: {problem}.")
SWITCH: Final = mark("switch to {page}")
CELLS: Final = (
    SWITCH,
    mark("sums of {n} held-out kernels"),
    mark("calibrated on {n}"),
    mark("under {limit:g} {unit}"),
    mark("{low:g} to {high:g} {unit}"),
    mark("{limit:g} {unit} and more"),
)
"""Cells with values in them, as evaluations word them; those speak to developers and are not extracted."""
HEADINGS: Final = {
    "model": mark("Model"),
    "origin": mark("Origin"),
    "kernels": mark("Kernels"),
    "file_mb": mark("File (MB)"),
    "ours_ms": mark("Ours (ms)"),
    "onnx_tool_ms": mark("onnx-tool (ms)"),
    "nn_meter_ms": mark("nn-Meter (ms)"),
    "ours_kernels": mark("Kernels, ours"),
    "nn_meter_kernels": mark("Kernels, nn-Meter"),
    "ours_macs_m": mark("Million MACs, ours"),
    "onnx_tool_macs_m": mark("Million MACs, onnx-tool"),
    "median_ms": mark("Median (ms)"),
    "worst_ms": mark("Worst (ms)"),
    "step": mark("Step"),
    "page": mark("Page"),
    "heading_median_s": mark("Heading, median (s)"),
    "heading_worst_s": mark("Heading, worst (s)"),
    "finished_median_s": mark("Finished, median (s)"),
    "finished_worst_s": mark("Finished, worst (s)"),
    "device_id": mark("Device"),
    "delegate": mark("Runs on"),
    "precision": mark("Precision"),
    "quantity": mark("Quantity"),
    "method": mark("Method"),
    "protocol": mark("Left out"),
    "n": mark("Measurements"),
    "mape_percent": mark("MAPE (%)"),
    "median_ape_percent": mark("Median error (%)"),
    "scope": mark("Energy of"),
    "left_out": mark("Left out"),
    "has_figure": mark("Shown in the app"),
    "pairs": mark("Pairs"),
    "networks": mark("Networks"),
    "median_percent": mark("Median error (%)"),
    "high_percent": mark("8 in 10 within (%)"),
    "bias_percent": mark("Common bias (%)"),
    "within_10_percent": mark("Within 10 % (%)"),
    "coverage_percent": mark("Coverage (%)"),
    "used": mark("Used"),
    "stratum": mark("Of these"),
    "coverage_low_percent": mark("Coverage, least (%)"),
    "coverage_high_percent": mark("Coverage, greatest (%)"),
    "what": mark("Of what"),
    "nominal_percent": mark("Nominal level (%)"),
    "observed_percent": mark("Inside (%)"),
    "family": mark("Family"),
    "seed": mark("Seed"),
    "variants": mark("Variants"),
    "min_energy_mj": mark("Least (mJ)"),
    "published_min_energy_mj": mark("Least, published (mJ)"),
    "min_off_percent": mark("Least, difference (%)"),
    "max_energy_mj": mark("Most (mJ)"),
    "published_max_energy_mj": mark("Most, published (mJ)"),
    "max_off_percent": mark("Most, difference (%)"),
    "targets": mark("Targets"),
    "models": mark("Models"),
    "elapsed_s": mark("Elapsed (s)"),
    "cpu_s": mark("Processor (s)"),
    "models_per_minute": mark("Models a minute"),
    "models_per_minute_two_quiet_cores": mark("Models a minute if nothing else ran (computed)"),
    "meter_rate_hz": mark("Meter (Hz)"),
    "inference_ms": mark("Inference (ms)"),
    "trouble": mark("Trouble"),
    "trials": mark("Trials"),
    "answered": mark("Answered"),
    "refused": mark("Refused"),
    "held_by_the_80_percent_interval": mark("Inside the interval"),
    "held_percent": mark("Inside the interval (%)"),
    "held_error_percent": mark("Chance of it (± %)"),
    "error_worst_percent": mark("Error, worst trial (%)"),
    "error_rms_percent": mark("Error, root mean square (%)"),
    "half_width_percent": mark("Half width of the interval (%)"),
    "marked_rough": mark("Marked as rough"),
    "error_worst_of_the_others_percent": mark("Error, worst of the others (%)"),
}
"""Column of the bench -> its heading."""
SAYS_WHAT: Final = verbatim("sums of 20 layers, leave C_out out")
"""The protocol whose words say of what the measurements are."""
PHRASES: Final = {
    "sample": mark("sample model"),
    "light": mark("ONNX test model"),
    "start": mark("start"),
    verbatim("switch to any page"): mark("switch to any page"),
    "ours": mark("ours"),
    verbatim("bare page"): mark("bare page"),
    verbatim("ours by the bare page's"): mark("ours by the bare page's"),
    verbatim("Other phones"): mark("Other phones"),
    verbatim("Boards"): mark("Boards"),
    verbatim("Own devices"): mark("Devices of one's own"),
    verbatim("board left out whole"): mark("a whole board at a time"),
    "all-boards": mark("all boards"),
    "other-phones": mark("other phones"),
    "all": mark("all"),
    verbatim("all with a figure"): mark("all with a figure"),
    "energy": mark("energy"),
    "latency": mark("latency"),
    "avg_power": mark("average power"),
    "power": mark("average power"),
    "application": mark("running application"),
    "board-wall": mark("board at the wall socket"),
    verbatim("all kernel types"): mark("all kernel types"),
    "convolutions": mark("convolutions"),
    "kernels": mark("kernels"),
    "networks": mark("networks"),
    verbatim("reference networks"): mark("reference networks"),
    verbatim("sums of kernels"): mark("sums of kernels"),
    verbatim("Gaussian process on logs"): mark("Gaussian process on logarithms"),
    verbatim("baseline: MACs only"): mark("baseline: MACs only"),
    verbatim("baseline: median ratio of the phone and delegate"): mark(
        "baseline: median ratio of the phone and delegate"
    ),
    verbatim("baseline: random forest, published features"): mark(
        "baseline: random forest, published features"
    ),
    "best": mark("the best of several"),
    verbatim("lahmer-form law"): mark("law after Lahmer"),
    verbatim("median ratio of the phone and delegate"): mark("median ratio of the phone and delegate"),
    verbatim("method in use"): mark("method in use"),
    verbatim("non-negative sum over kernels"): mark("non-negative sum over kernels"),
    verbatim("not used: pooled ratio"): mark("not used: pooled ratio"),
    verbatim("pooled ratio"): mark("pooled ratio"),
    verbatim("ratio of times"): mark("ratio of times"),
    "10-fold": mark("a tenth at a time"),
    "5-fold": mark("a fifth at a time"),
    "largest 20 %": mark("the largest 20 %"),
    verbatim("largest 20 % by MACs"): mark("the largest 20 % by MACs"),
    verbatim("leave C_out out"): mark("one channel count at a time"),
    verbatim("leave one network out"): mark("one network at a time"),
    "leave-one-network-out": mark("one network at a time"),
    "leave-one-family-out": mark("one family at a time"),
    SAYS_WHAT: mark("one channel count at a time, sums of 20"),
    verbatim("whole input sizes left out"): mark("whole input sizes"),
    verbatim("whole output channels left out"): mark("one count of output channels at a time"),
    verbatim("channels in no multiple of 4 left out"): mark("channels in no multiple of 4"),
    verbatim("channels in multiples of 4"): mark("channels in multiples of 4"),
    verbatim("other channels"): mark("other channels"),
    verbatim("language models"): mark("language models"),
    verbatim("cells on one core"): mark("cells on one core"),
    verbatim("energy per token"): mark("energy per token"),
    verbatim("time per token"): mark("time per token"),
    verbatim("energy beside 25 W"): mark("energy beside 25 W"),
    verbatim("all power modes"): mark("all power modes"),
    verbatim("law of weights and parameters"): mark("law of weights and parameters"),
    verbatim("median ratio of the other models"): mark("median ratio of the other models"),
    verbatim("a model left out whole"): mark("a whole model at a time"),
    verbatim("sum over operators"): mark("sum over operators"),
    verbatim("every device and delegate"): mark("every device and delegate"),
    "no": mark("no"),
    "yes": mark("yes"),
    "none": mark("none"),
    "offset": mark("clock off by a part of a second"),
    "drift": mark("clock runs at another rate"),
    "gap": mark("gap in the recording"),
    "burst": mark("burst of other load"),
    "noise": mark("noise"),
    "unlogged": mark("inferences that the log lacks"),
    "pre-processing": mark("work between inferences"),
    verbatim("point samples"): mark("point samples"),
}
"""Cell of the bench -> its words."""
