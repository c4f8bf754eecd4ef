"""The reference networks of Tu et al. (SEC 2023) that are no classifiers.

Counts of these networks were not published to the unit; the layers are, and the size of the file that Tu et
al. print (4 bytes a weight) is what they were checked against.
"""

from __future__ import annotations

from collections.abc import Callable

from predictors.samples.dense_images import deeplab_v3, esrgan
from predictors.samples.detection import fpnlite_mobilenet_v2, ssd_mobilenet_v2
from predictors.samples.entry import Sample
from predictors.samples.networks import Architecture
from predictors.samples.speech import conv_actions
from predictors.samples.tokens import mobilebert

COUNTED = "Counted layer by layer. {}"


def _of(architecture: Architecture) -> Callable[[float], Architecture]:
    return lambda width: architecture


REFERENCE_SAMPLES = (
    Sample(
        id="ssd-mobilenet-v2-300",
        title="SSD-MobileNetV2 300",
        family="SSD-MobileNetV2",
        description="Detector on six feature maps with 1x1 box predictors, 90 classes",
        published_macs=772_779_056,
        published_params=6_047_647,
        published_source=COUNTED.format(
            "TensorFlow's ssd_mobilenet_v2_quantized_300x300_coco; with 3x3 predictors the same layers count "
            "16.8 M parameters and 1.875 G as OpenVINO and TI print"
        ),
        design=_of(ssd_mobilenet_v2),
        input_hw=300,
        task="detection",
    ),
    Sample(
        id="ssd-mobilenet-v2-fpnlite-640",
        title="SSD-MobileNetV2-FPNLite 640",
        family="SSD-MobileNetV2",
        description="Detector with a feature pyramid and predictors that all maps share, 90 classes",
        published_macs=3_938_345_600,
        published_params=2_607_898,
        published_source=COUNTED.format(
            "TensorFlow's ssd_mobilenet_v2_fpnlite_640x640_coco17; with what folding batch norms copies and "
            "the anchors its file is 12.30 MB, as Tu et al. print"
        ),
        design=_of(fpnlite_mobilenet_v2),
        input_hw=640,
        task="detection",
    ),
    Sample(
        id="deeplab-v3-257",
        title="DeepLabV3 257",
        family="DeepLabV3",
        description="Segmentation by MobileNetV2 of depth 0.5 with dilated convolutions, 21 classes",
        published_macs=725_849_344,
        published_params=688_357,
        published_source=COUNTED.format("Read from TensorFlow Lite's deeplabv3_257_mv_gpu (2.8 MB)"),
        design=_of(deeplab_v3),
        input_hw=257,
        task="segmentation",
    ),
    Sample(
        id="esrgan-50",
        title="ESRGAN 50 to 200",
        family="ESRGAN",
        description="Four times the rows and columns by 11 residual-in-residual dense blocks of 32 filters",
        published_macs=11_948_400_000,
        published_params=4_605_955,
        published_source=COUNTED.format(
            "captain-pool/esrgan-tf2; its phone file (5.0 MB) holds 8-bit weights and computes in float"
        ),
        design=_of(esrgan),
        input_hw=50,
        task="super-resolution",
    ),
    Sample(
        id="mobilebert",
        title="MobileBERT",
        family="MobileBERT",
        description="Question answering over 384 tokens (arXiv 2004.02984)",
        published_macs=8_682_602_496,
        published_params=24_582_914,
        published_source=COUNTED.format(
            "google-research/mobilebert, uncased_L-24_H-128_B-512_A-4_F-4_OPT; its paper: 25.3 M"
        ),
        input_hw=0,
        task="question-answering",
        written=mobilebert,
    ),
    Sample(
        id="conv-actions",
        title="Speech commands",
        family="Speech commands",
        description="Two convolutions over 99 steps of 40 coefficients of sound, 12 answers",
        published_macs=205_158_400,
        published_params=942_220,
        published_source=COUNTED.format(
            "TensorFlow's conv_actions_frozen (3.8 MB); the spectra before it are not counted"
        ),
        input_hw=0,
        task="speech-commands",
        written=conv_actions,
    ),
)
