"""The judge of music: a torch version of musicnn (Pons and Serra, 2019), waveform -> 200 features and 50 tags.

Shapes, for b waveforms of n samples at 16 kHz, p patches of 187 frames (3 s), 96 mel bands:
mel [b*p, 1, 187, 96] -> front end [b*p, 561, 187] -> mid end [b*p, 753, 187] -> pooled [b*p, 1506] ->
features [b, 200], tags [b, 50].
"""

from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from artgen_music.mel_scale import filters
from artgen_music.spectrum import power

SAMPLE_RATE = 16_000
FFT_SIZE, HOP, MELS, PATCH_FRAMES = 512, 256, 96, 187
SHORTEST = (PATCH_FRAMES - 1) * HOP  # samples of one patch
WEIGHTS = Path(__file__).parent / "weights" / "musicnn_mtt.safetensors"
KERNELS = ((7, 38), (7, 67), (128, 1), (64, 1), (32, 1))  # front end: (frames, mel bands)
WIDTHS = (204, 204, 51, 51, 51)
MIDDLE, FEATURES = 64, 200
TAGS: tuple[str, ...] = (
    "guitar", "classical", "slow", "techno", "strings", "drums", "electronic", "rock", "fast", "piano", "ambient",
    "beat", "violin", "vocal", "synth", "female", "indian", "opera", "male", "singing", "vocals", "no vocals",
    "harpsichord", "loud", "quiet", "flute", "woman", "male vocal", "no vocal", "pop", "soft", "sitar", "solo",
    "man", "classic", "choir", "voice", "new age", "dance", "male voice", "female vocal", "beats", "harp", "cello",
    "no voice", "weird", "country", "metal", "female voice", "choral",
)  # fmt: skip


class Affine(nn.Module):
    """A batch norm at rest: scale and shift of each channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(channels))
        self.shift = nn.Parameter(torch.zeros(channels))

    def affine(self, value: Tensor) -> Tensor:
        """Scale and shift dimension 1."""
        shape = (1, -1) + (1,) * (value.ndim - 2)
        return value * self.scale.view(shape) + self.shift.view(shape)


class Front(Affine):
    """One shape of filter over the spectrogram, then the maximum over all bands: [b, 1, t, mel] -> [b, width, t]."""

    def __init__(self, width: int, kernel: tuple[int, int]) -> None:
        super().__init__(width)
        self.weight = nn.Parameter(torch.empty(width, 1, *kernel))
        self.bias = nn.Parameter(torch.empty(width))
        self.before, self.after = (kernel[0] - 1) // 2, kernel[0] // 2

    def forward(self, mel: Tensor) -> Tensor:
        """Filter, take the strongest band, normalize.

        The strongest band is taken before the rest, which rises or falls with it, and of one spectrogram at a time, whose answers
        stay in the processor's cache: many at once take a CPU two thirds longer."""
        padded = functional.pad(mel, (0, 0, self.before, self.after))
        return self.affine(functional.relu(torch.stack([self._strongest(one) for one in padded])))

    def _strongest(self, mel: Tensor) -> Tensor:
        """One padded spectrogram [1, t + frames - 1, mel] to the filters' answer in the band that counts most: [width, t]."""
        found = functional.conv2d(mel[None], self.weight, self.bias)[0]
        return torch.where(self.scale[:, None] >= 0, found.amax(2), found.amin(2))


class Middle(Affine):
    """A convolution in time over all features: [b, width, t] -> [b, 64, t]."""

    def __init__(self, width: int) -> None:
        super().__init__(MIDDLE)
        self.weight = nn.Parameter(torch.empty(MIDDLE, width, 7))
        self.bias = nn.Parameter(torch.empty(MIDDLE))

    def forward(self, features: Tensor) -> Tensor:
        """Filter and normalize."""
        return self.affine(functional.relu(functional.conv1d(features, self.weight, self.bias, padding=3)))


class Dense(Affine):
    """The penultimate layer."""

    def __init__(self, width: int) -> None:
        super().__init__(FEATURES)
        self.weight = nn.Parameter(torch.empty(FEATURES, width))
        self.bias = nn.Parameter(torch.empty(FEATURES))

    def forward(self, pooled: Tensor) -> Tensor:
        """Project and normalize."""
        return self.affine(functional.relu(functional.linear(pooled, self.weight, self.bias)))


class MusicNN(nn.Module):
    """The tagger trained on MagnaTagATune."""

    window: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.input = Affine(1)
        self.front = nn.ModuleList(Front(width, kernel) for width, kernel in zip(WIDTHS, KERNELS, strict=True))
        width = sum(WIDTHS)
        self.middle = nn.ModuleList(Middle(size) for size in (width, MIDDLE, MIDDLE))
        self.dense = Dense(2 * (width + 3 * MIDDLE))
        self.tags = nn.Linear(FEATURES, len(TAGS))
        self.register_buffer("window", torch.hann_window(FFT_SIZE), persistent=False)
        self.register_buffer("filters", filters(SAMPLE_RATE, FFT_SIZE, MELS), persistent=False)

    def mel(self, wave: Tensor) -> Tensor:
        """Log mel spectrogram in whole patches: [b, n] -> [b, p, 1, 187, 96]."""
        spectrum = torch.stft(
            wave, FFT_SIZE, HOP, window=self.window, center=True, pad_mode="reflect", return_complex=True
        )
        mel = torch.log10(1e4 * (self.filters @ power(spectrum)) + 1).transpose(1, 2)
        patches = mel.shape[1] // PATCH_FRAMES
        return mel[:, : patches * PATCH_FRAMES].reshape(len(wave), patches, 1, PATCH_FRAMES, MELS)

    def pool(self, mel: Tensor) -> Tensor:
        """Front end, residual mid end, maximum and mean over time: [b, 1, t, mel] -> [b, 1506]."""
        mel = self.input.affine(mel)
        front = torch.cat([block(mel) for block in self.front], dim=1)
        first = self.middle[0](front)
        second = self.middle[1](first) + first
        third = self.middle[2](second) + second
        features = torch.cat([front, first, second, third], dim=1)
        return torch.cat([features.amax(dim=2), features.mean(dim=2)], dim=1)

    def forward(self, wave: Tensor) -> tuple[Tensor, Tensor]:
        """Features [b, 200] and tag activations [b, 50] in 0..1, both the mean over patches of 3 s."""
        if wave.ndim != 2 or wave.shape[1] < SHORTEST:
            raise ValueError(f"musicnn needs waves [b, n >= {SHORTEST}] at {SAMPLE_RATE} Hz, not {list(wave.shape)}")
        mel = self.mel(wave)
        features = torch.cat([self.dense(self.pool(part)) for part in mel.flatten(0, 1).split(32)])
        tags = torch.sigmoid(self.tags(features))
        batch, patches = mel.shape[:2]
        return features.view(batch, patches, -1).mean(dim=1), tags.view(batch, patches, -1).mean(dim=1)


def load_musicnn() -> MusicNN:
    """The trained judge: in evaluation mode, its weights frozen."""
    judge = MusicNN()
    judge.load_state_dict({name: value.float() for name, value in load_file(WEIGHTS).items()})
    return judge.eval().requires_grad_(False)
