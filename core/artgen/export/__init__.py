"""A generator as graphs that other programs play: written as ONNX, described in JSON, compared with PyTorch."""
