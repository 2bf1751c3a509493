"""Keeps librosa's chroma filters, which the judges of music use: ``python plugins/music/tools/keep_chroma.py``."""

import librosa
import torch
from safetensors.torch import save_file

from artgen_music.listen import SAMPLE_RATE
from artgen_music.spectra import CHROMA, N_FFT

filters = torch.from_numpy(librosa.filters.chroma(sr=SAMPLE_RATE, n_fft=N_FFT)).float().contiguous()
save_file({"chroma": filters}, CHROMA)
