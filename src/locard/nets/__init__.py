"""Network architectures in PyTorch (extra ``train``); shipped networks run in ONNX Runtime."""
