"""Small networks in PyTorch, one per group of operators, whose exports are the files of this folder.

Own code in the manner of the published architectures, as narrow as the operators allow.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional


class Gate(nn.Module):
    """Squeeze-and-excite."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.down = nn.Conv2d(channels, channels // 4, 1)
        self.up = nn.Conv2d(channels // 4, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x * functional.hardsigmoid(self.up(functional.relu(self.down(self.pool(x)))))


def conv_bn(c_in: int, c_out: int, kernel: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution without bias, and its batch norm."""
    conv = nn.Conv2d(c_in, c_out, kernel, stride, kernel // 2, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(c_out))


class Inverted(nn.Module):
    """Inverted residual with an optional gate."""

    def __init__(self, c_in: int, c_out: int, stride: int, activation: nn.Module, gated: bool) -> None:
        super().__init__()
        wide = 4 * c_in
        self.body = nn.Sequential(
            conv_bn(c_in, wide, 1),
            activation,
            conv_bn(wide, wide, 3, stride, wide),
            activation,
            Gate(wide) if gated else nn.Identity(),
            conv_bn(wide, c_out, 1),
        )
        self.shortcut = stride == 1 and c_in == c_out

    def forward(self, x: Tensor) -> Tensor:
        return x + self.body(x) if self.shortcut else self.body(x)


class Mobile(nn.Module):
    """In the manner of MobileNetV2 and V3: ReLU6, hard-swish, gates, a classifier behind a global pool."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(
            conv_bn(3, 8, 3, 2),
            nn.Hardswish(),
            Inverted(8, 8, 1, nn.ReLU6(), gated=False),
            Inverted(8, 12, 2, nn.ReLU(), gated=True),
            Inverted(12, 12, 1, nn.Hardswish(), gated=True),
            conv_bn(12, 32, 1),
            nn.Hardswish(),
            nn.AdaptiveAvgPool2d(1),
        )
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.2), nn.Linear(32, 10))

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class Residual(nn.Module):
    """In the manner of ResNet-18: a stem with a max pool and two basic blocks."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 8, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.one = nn.Sequential(conv_bn(8, 8, 3), nn.ReLU(), conv_bn(8, 8, 3))
        self.two = nn.Sequential(conv_bn(8, 16, 3, 2), nn.ReLU(), conv_bn(16, 16, 3))
        self.shortcut = conv_bn(8, 16, 1, 2)
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        x = functional.relu(x + self.one(x))
        x = functional.relu(self.two(x) + self.shortcut(x))
        return self.head(functional.adaptive_avg_pool2d(x, 1).flatten(1))


class Shuffle(nn.Module):
    """In the manner of ShuffleNetV2: split, three convolutions on one half, concat, shuffle."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(conv_bn(3, 16, 3, 2), nn.ReLU())
        self.units = nn.ModuleList(
            nn.Sequential(
                conv_bn(8, 8, 1), nn.ReLU(), conv_bn(8, 8, 3, groups=8), conv_bn(8, 8, 1), nn.ReLU()
            )
            for _ in range(2)
        )
        self.head = nn.Linear(16, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.stem(x)
        for unit in self.units:
            kept, changed = x.chunk(2, dim=1)
            x = torch.cat((kept, unit(changed)), dim=1)
            batch, channels, height, width = x.shape
            x = x.view(batch, 2, channels // 2, height, width).transpose(1, 2)
            x = x.reshape(batch, channels, height, width)
        return self.head(x.mean((2, 3)))


class Block(nn.Module):
    """A transformer layer with the norm in front, attention written out over one projection."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.project, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def attend(self, x: Tensor) -> Tensor:
        batch, steps, width = x.shape
        parts = self.project(x).view(batch, steps, 3, self.heads, width // self.heads)
        query, key, value = parts.permute(2, 0, 3, 1, 4).unbind(0)
        mixed = functional.scaled_dot_product_attention(query, key, value)
        return self.out(mixed.transpose(1, 2).reshape(batch, steps, width))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attend(self.norm_1(x))
        return x + self.narrow(functional.gelu(self.wide(self.norm_2(x))))


class Transformer(nn.Module):
    """Token and position embeddings, two layers, a classifier on the mean of the steps."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens, self.places = nn.Embedding(64, 16), nn.Embedding(128, 16)
        self.blocks = nn.Sequential(Block(16, 2), Block(16, 2))
        self.norm, self.head = nn.LayerNorm(16), nn.Linear(16, 4)

    def forward(self, ids: Tensor) -> Tensor:
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.blocks(self.tokens(ids) + self.places(places))
        return self.head(self.norm(x).mean(1))


class Encoder(nn.Module):
    """PyTorch's own encoder layer, norm behind, ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.head = nn.Linear(16, 4)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.layer(x))


class Recurrent(nn.Module):
    """An LSTM in both directions, a GRU, and a classifier on the last step."""

    def __init__(self) -> None:
        super().__init__()
        self.lstm = nn.LSTM(8, 12, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(24, 10, batch_first=True)
        self.head = nn.Linear(10, 4)

    def forward(self, x: Tensor) -> Tensor:
        x, _ = self.lstm(x)
        x, _ = self.gru(x)
        return self.head(x[:, -1])


class Convolutions(nn.Module):
    """Every sort of convolution, each with another activation."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(8, 16, 5, padding=2, groups=8),
            nn.LeakyReLU(0.1),
            nn.Conv2d(16, 16, 3, padding=2, dilation=2),
            nn.GELU(),
            nn.Conv2d(16, 24, 3, stride=2, padding=1, groups=4),
            nn.PReLU(24),
            nn.ConvTranspose2d(24, 8, 4, stride=2, padding=1),
            nn.Tanh(),
            nn.Conv2d(8, 8, (1, 5), padding=(0, 2)),
            nn.ELU(),
            nn.AvgPool2d(2),
            nn.Conv2d(8, 4, 3),
            nn.Softmax(1),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)


class UNet(nn.Module):
    """Down, up by resizing and by a transposed convolution, with skip connections."""

    def __init__(self) -> None:
        super().__init__()
        self.down_1, self.down_2, self.bottom = (
            nn.Sequential(conv_bn(c_in, c_out, 3), nn.ReLU()) for c_in, c_out in ((3, 8), (8, 16), (16, 16))
        )
        self.up_2 = nn.Sequential(conv_bn(32, 8, 3), nn.ReLU())
        self.lift = nn.ConvTranspose2d(8, 8, 2, 2)
        self.up_1 = nn.Sequential(conv_bn(16, 8, 3), nn.ReLU())
        self.head = nn.Conv2d(8, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        one = self.down_1(x)
        two = self.down_2(functional.max_pool2d(one, 2))
        x = self.bottom(functional.max_pool2d(two, 2))
        x = functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        x = self.lift(self.up_2(torch.cat((x, two), 1)))
        x = self.head(self.up_1(torch.cat((x, one), 1)))
        x = functional.interpolate(x, scale_factor=2.0, mode="nearest")
        return torch.sigmoid(x)
