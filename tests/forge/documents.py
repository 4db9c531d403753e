"""A photo of a printed page, made on the spot."""

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from conftest import jpeg_bytes
from locard.exhibit import open_exhibit

_WORDS = """invoice total amount of the agreed payment due on receipt by bank transfer
Account number and date Reference customer London office note balance 1,240.50 18 March 2024
contract parties"""


def document(seed: int = 0, height: int = 360, width: int = 560, *, light: bool = False):
    """Return uint8, height × width × 3: text in perspective, shaded, blurred, noisy, as JPEG."""
    rng = np.random.default_rng(seed)
    page = Image.new("RGB", (width, height), (244, 242, 235))
    draw = ImageDraw.Draw(page)
    font = ImageFont.load_default(20)
    for y in range(40, height - 60, 36):
        x = 40.0
        for _ in range(int(rng.integers(3, 6))):
            word = str(rng.choice(_WORDS.split()))
            if x + draw.textlength(word, font) > width - 40:
                break
            draw.text((x, y), word, (35, 35, 45), font)
            x += draw.textlength(word + " ", font)
    rgb: NDArray[np.float32] = np.asarray(page, np.float32)
    if light:
        rgb = 255 - rgb
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    moved = corners + rng.uniform(-8, 8, (4, 2)).astype(np.float32)
    turn = cv2.getPerspectiveTransform(corners, moved)
    rgb = cv2.warpPerspective(rgb, turn, (width, height), flags=cv2.INTER_CUBIC)
    rgb *= np.linspace(1, 0.8, width, dtype=np.float32)[None, :, None]
    rgb = cv2.GaussianBlur(rgb, (0, 0), 0.7) + rng.normal(0, 2, rgb.shape)
    data = jpeg_bytes(np.clip(rgb, 0, 255).astype(np.uint8), 90)
    return open_exhibit(data).rgb
