"""Building blocks that plugins share: one implementation for sequences, pictures and films."""

from artgen.nn.augment2d import Augment2d
from artgen.nn.codec import ByteCodec
from artgen.nn.conv import AddNoise, EqualConv2d, EqualLinear, ModulatedConv2d, add_noise, add_weighed, pixel_norm
from artgen.nn.enlarger import Enlarger, enlarge, load_enlarger
from artgen.nn.features import FeatureHeads
from artgen.nn.frozen import load_frozen, looking
from artgen.nn.heads import ProjectionHead, minibatch_std
from artgen.nn.lite0 import frozen_levels
from artgen.nn.mobilenet import MobileNetFeatures, load_mobilenet
from artgen.nn.resample import depthwise, down2, level_widths, pyramid, unpatch, up2
from artgen.nn.residual import GAIN, SLOPE, DenseBlock, Resize, scaled_conv
from artgen.nn.starts import start_centers, start_distances
from artgen.nn.style import MappingNetwork, StyleGenerator
from artgen.nn.translators import PatchDiscriminator, ResNet, UNet

__all__ = [
    "GAIN",
    "SLOPE",
    "AddNoise",
    "Augment2d",
    "ByteCodec",
    "DenseBlock",
    "Enlarger",
    "EqualConv2d",
    "EqualLinear",
    "FeatureHeads",
    "MappingNetwork",
    "MobileNetFeatures",
    "ModulatedConv2d",
    "PatchDiscriminator",
    "ProjectionHead",
    "ResNet",
    "Resize",
    "StyleGenerator",
    "UNet",
    "add_noise",
    "add_weighed",
    "depthwise",
    "down2",
    "enlarge",
    "frozen_levels",
    "level_widths",
    "load_enlarger",
    "load_frozen",
    "load_mobilenet",
    "looking",
    "minibatch_std",
    "pixel_norm",
    "pyramid",
    "scaled_conv",
    "start_centers",
    "start_distances",
    "unpatch",
    "up2",
]
