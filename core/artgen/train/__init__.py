"""The adversarial trainer: rank-agnostic, driven by items seen, the same for every domain."""
