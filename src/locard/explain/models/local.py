"""Image-text models of the `transformers` library, run in this process: LLaVA, Qwen-VL and kin."""

from __future__ import annotations

import io
import json
import time
from importlib.util import find_spec
from typing import Any

from PIL import Image

from locard.explain.models.contract import ModelError, Request

MAX_TOKENS = 2048


def conversation(request: Request) -> list[dict[str, Any]]:
    """Return a request as messages for a chat template, with a mark for every picture.

    The schema is part of the words: nothing here forces the answer to follow it. Training uses the
    same messages.
    """
    marks = [
        part
        for p in request.pictures
        for part in ({"type": "text", "text": f"{p.title}:"}, {"type": "image"})
    ]
    schema = json.dumps(request.schema)
    asked = f"{request.text}\nAnswer with one JSON object of this schema: {schema}"
    return [
        {"role": "system", "content": [{"type": "text", "text": request.system}]},
        {"role": "user", "content": [*marks, {"type": "text", "text": asked}]},
    ]


def load(name: str) -> tuple[Any, Any]:
    """Load a processor and a model; see `LocalModel` for what is refused.

    Raises: ValueError, one sentence, when they cannot be loaded.
    """
    missing = [p for p in ("torch", "transformers") if find_spec(p) is None]
    if missing:
        raise ValueError(
            f"a local model needs {' and '.join(missing)}: pip install 'locard[vlm-local]'"
        )
    from transformers import AutoModelForImageTextToText, AutoProcessor

    here: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        processor = AutoProcessor.from_pretrained(name, **here)
        model = AutoModelForImageTextToText.from_pretrained(
            name, use_safetensors=True, dtype="auto", **here
        )
    except (OSError, ValueError, KeyError, ImportError, RuntimeError) as error:
        said = " ".join(str(error).split())[:160]
        raise ValueError(f"{name!r} is not an image-text model on this machine ({said})") from None
    return processor, model


class LocalModel:
    """A model folder, or the name of a model that is already on this machine; see `Backend`.

    Nothing is fetched, only safetensors weights are read, and no code from the folder is run.
    """

    def __init__(
        self, name: str, *, timeout_s: float = 600.0, max_tokens: int = MAX_TOKENS
    ) -> None:
        """Load a model. Raises: ValueError, one sentence, when it cannot be loaded."""
        self._processor, self._model = load(name)
        import torch

        self._model.eval()
        if torch.cuda.is_available():
            self._model.to("cuda")
        self.model = str(name).rstrip("/").rsplit("/", 1)[-1]
        self.title = f"{self.model} on this machine"
        self.leaves: str | None = None
        self._timeout, self._max_tokens = timeout_s, max_tokens

    def prompt(self, request: Request) -> str:
        """Return the text of the prompt, with the model's own marks for the pictures."""
        rendered = self._processor.apply_chat_template(
            conversation(request), add_generation_prompt=True
        )
        return str(rendered)

    def ask(self, request: Request) -> str:
        """Generate the answer greedily and return its text."""
        import torch

        start = time.monotonic()
        images = [Image.open(io.BytesIO(p.jpeg)) for p in request.pictures]
        try:
            inputs = self._processor(
                images=images or None, text=self.prompt(request), return_tensors="pt"
            ).to(self._model.device, self._model.dtype)
            with torch.inference_mode():
                made = self._model.generate(
                    **inputs,
                    max_new_tokens=self._max_tokens,
                    max_time=self._timeout,
                    do_sample=False,
                )
        except (RuntimeError, ValueError, IndexError) as error:
            said = " ".join(str(error).split())[:160]
            raise ModelError(f"{self.title} failed ({said})") from None
        if time.monotonic() - start >= self._timeout:
            raise ModelError(
                f"{self.title} did not answer within {self._timeout:g} s; raise --model-timeout"
            )
        new = made[0, inputs["input_ids"].shape[1] :]
        return str(self._processor.decode(new, skip_special_tokens=True))

    def shown(self, request: Request) -> str:
        """Return the prompt as the model gets it."""
        return self.prompt(request)
